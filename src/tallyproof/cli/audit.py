"""``tallyproof audit``: a risk-limiting audit from the plan to the final report, each step an entry of the log.

Who may do a step is decided by ``tallyproof.record``; what is drawn and what the risk is, by ``tallyproof.audit``.
"""

from __future__ import annotations

import base64
import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tallyproof.audit.logged import LoggedAudit, make_plan, millionths, read_audit, read_plan
from tallyproof.cli.audit_lists import next_stations, write_lists
from tallyproof.cli.audit_log import Folder, Keys, LogKeys, Out, Pen, Where, WhichPlan, find_plan, put, read_log, read_to_act
from tallyproof.cli.audit_record import record_command
from tallyproof.cli.audit_show import percent, show_audit, show_plan
from tallyproof.cli.check import Language, write_text
from tallyproof.cli.keys import PassphraseFile
from tallyproof.cli.texts import texts
from tallyproof.compare.logged import LogRead
from tallyproof.errors import UsageError
from tallyproof.findings.audit_report import audit_document, plan_document
from tallyproof.record import audits
from tallyproof.record.canon import Json
from tallyproof.record.entry import entry_text

app = typer.Typer(no_args_is_help=True, help="Risk-limiting audits: plan, dice, draw, counts by hand, risk, report.")
app.command("record")(record_command)


class Otherwise(StrEnum):
    """What follows where a contest is not confirmed."""

    ESCALATE = "escalate"
    FULL_COUNT = "full-count"


Lang = Annotated[Language, typer.Option("--lang", help="Language of what is shown.")]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Write everything as JSON to this file; - prints it instead.")]


@app.command("seed")
def seed_command(
    folder: Folder,
    plan: WhichPlan,
    keys: Keys = None,
    log_keys: LogKeys = None,
    out: Out = None,
    transcript: Annotated[
        Path | None, typer.Option("--transcript", help="Write what was done as text, to be read out and signed on paper.")
    ] = None,
    lang: Lang = Language.EN,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Type the dice of a plan, twice: as they were thrown, and as somebody else reads them back.

    Signed by the authority, and by a party or observers who were there.
    """
    words = texts(lang)["audit"]
    pen = Pen(keys or [], log_keys or [], out, passphrase_file)
    read, log = read_to_act(folder)
    record_id = find_plan(read, plan)
    value = read.book.plans[record_id]
    if record_id in read.book.seeds:
        index, _ = read.book.seeds[record_id]
        raise UsageError(f"the dice of this plan are in the log: entry {index}", hint="they are thrown once; a new audit needs a new plan")
    typer.echo(words["dice_first"].format(dice=value["dice"], name=value["audit"], index=read.book.texts[record_id].index), err=True)
    thrown = _dice(typer.prompt(words["dice_thrown"], err=True), value["dice"])
    again = _dice(typer.prompt(words["dice_read"], err=True), value["dice"])
    if wrong := [str(place + 1) for place, (one, other) in enumerate(zip(thrown, again, strict=True)) if one != other]:
        raise UsageError(f"what was read back differs at die {', '.join(wrong)}", hint="look at the dice again, then type them again")
    identity = put(folder, log, audits.SEED, {"dice": thrown, "plan": record_id}, pen)
    if transcript is not None:
        write_text(transcript, _transcript(value, record_id, thrown, identity, words))
    typer.echo(identity)


def _dice(text: str, number: int) -> str:
    digits = "".join(text.split())
    if not (digits.isascii() and digits.isdecimal()) or len(digits) != number:
        raise UsageError(
            f"{len(digits)} digits were typed; the plan asks for {number} dice", hint="one digit from 0 to 9 for each die, in order"
        )
    return digits


def _transcript(value: Json, plan: str, dice: str, identity: str, words: dict[str, str]) -> str:
    fives = " ".join(dice[at : at + 5] for at in range(0, len(dice), 5))
    lines = words["transcript"].format(name=value["audit"], plan=plan, dice=value["dice"], thrown=fives, entry=identity)
    return lines.rstrip("\n") + "\n"


@app.command("plan")
def plan_command(
    where: Where,
    name: Annotated[str, typer.Option("--audit", help="What the audit is called.")],
    contests: Annotated[
        list[str],
        typer.Option(
            "--contest", help="CONTEST=ENTRY: the declaration or tabulation that is audited, by index or record id; again for each."
        ),
    ],
    limit: Annotated[str, typer.Option("--limit", help="The risk limit as a fraction: 1/20 is 5 per cent.")] = "1/20",
    stake: Annotated[str, typer.Option("--stake", help="The share of what was won that is bet on each station.")] = "99/100",
    dice: Annotated[int, typer.Option("--dice", help="How many ten-sided dice will be thrown: 20 to 100.")] = 20,
    keys: Keys = None,
    log_keys: LogKeys = None,
    out: Out = None,
    json_: JsonFile = None,
    lang: Lang = Language.EN,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Say what an audit will take; with --key, also sign the plan. It has to be in the log before the dice are thrown."""
    read, log = read_to_act(Path(where)) if keys or log_keys or out else (read_log(where), None)
    value: Json = {
        "audit": name,
        "contests": dict(_declared(read, one) for one in contests),
        "dice": dice,
        "limit": limit,
        "method": "ppeb-wor",
        "root": base64.b64encode(read.root).decode(),
        "size": read.size,
        "stake": stake,
    }
    entry_text(read.origin, audits.PLAN, value)
    document = plan_document(make_plan(read.book, "", read.size, value))
    if json_ is not None:
        _write_json(json_, document)
    if json_ is None or str(json_) != "-":
        show_plan(document, value, Console(stderr=True), language=lang)
    if log is not None:
        typer.echo(put(Path(where), log, audits.PLAN, value, Pen(keys or [], log_keys or [], out, passphrase_file)))


@app.command("draw")
def draw_command(
    folder: Folder,
    plan: WhichPlan,
    lists: Annotated[
        Path, typer.Option("--lists", help="A folder for the retrieval lists and tally sheets (CSV, and PDF if it can be made).")
    ],
    stations: Annotated[
        int | None,
        typer.Option("--stations", min=1, help="So many more stations of each contest; else as many as are expected to be needed."),
    ] = None,
    keys: Keys = None,
    log_keys: LogKeys = None,
    out: Out = None,
    lang: Lang = Language.EN,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Draw the next round from the dice, put it into the log, and write the lists of stations to fetch and the sheets to count on."""
    pen = Pen(keys or [], log_keys or [], out, passphrase_file)
    read, log = read_to_act(folder)
    audit = _begun(read, plan)
    fresh = next_stations(audit, stations)
    if not fresh:
        raise UsageError("no station is to be drawn", hint="the risk limit is reached, or everything was drawn: tallyproof audit risk")
    number = max(audit.rounds, default=0) + 1
    value: Json = {"number": number, "plan": audit.of.record_id, "stations": fresh}
    identity = put(folder, log, audits.ROUND, value, pen)
    for path in write_lists(lists, read, audit, number, fresh, str(lang)):
        typer.echo(str(path), err=True)
    typer.echo(identity)


@app.command("risk")
def risk_command(
    where: Where,
    plan: WhichPlan,
    json_: JsonFile = None,
    every: Annotated[bool, typer.Option("--all", help="Show every station, not only the last.")] = False,
    lang: Lang = Language.EN,
) -> None:
    """Show the risk after the stations counted so far, computed again from the log.

    Exit code 1: it is above the limit, or something contradicts.
    """
    read = read_log(where)
    document = audit_document(read, _audit(read, plan))
    if json_ is not None:
        _write_json(json_, document)
    if json_ is None or str(json_) != "-":
        show_audit(document, Console(), language=lang, every=every)
    raise typer.Exit(0 if document["ok"] and all(one["reached"] for one in document["audit"]["contests"]) else 1)


@app.command("result")
def result_command(
    folder: Folder,
    plan: WhichPlan,
    otherwise: Annotated[
        Otherwise,
        typer.Option("--otherwise", help="What follows where the risk is above the limit: more stations, or a full count by hand."),
    ] = Otherwise.ESCALATE,
    keys: Keys = None,
    log_keys: LogKeys = None,
    out: Out = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Put into the log what the counts so far give: the risk of each contest, confirmed only where it is within the limit."""
    pen = Pen(keys or [], log_keys or [], out, passphrase_file)
    read, log = read_to_act(folder)
    audit = _begun(read, plan)
    if audit.state is None or not audit.rounds:
        raise UsageError("no round was drawn", hint="tallyproof audit draw")
    rows: list[Json] = [
        {"contest": name, "outcome": "confirmed" if risk.done else str(otherwise), "risk": millionths(risk.risk)}
        for name, risk in audit.state.risks.items()
    ]
    value: Json = {"plan": audit.of.record_id, "results": rows, "round": max(audit.rounds)}
    identity = put(folder, log, audits.RESULT, value, pen)
    for row in rows:
        typer.echo(f"{row['contest']}: {row['outcome']} ({percent(int(row['risk']))})", err=True)
    typer.echo(identity)


@app.command("report")
def report_command(
    where: Where,
    plan: WhichPlan,
    html: Annotated[Path | None, typer.Option("--html", help="Write the report as pages in English and Urdu into this folder.")] = None,
    json_: JsonFile = None,
    lang: Lang = Language.EN,
) -> None:
    """The whole audit from the log, for anybody: in the terminal, as JSON, as pages. Exit code 1: something in it contradicts."""
    read = read_log(where)
    document = audit_document(read, _audit(read, plan))
    if json_ is not None:
        _write_json(json_, document)
    if html is not None:
        from tallyproof_site.audits import build

        build(document, html)
        typer.echo(str(html / "index.html"), err=True)
    if json_ is None or str(json_) != "-":
        show_audit(document, Console(), language=lang, every=True)
    raise typer.Exit(0 if document["ok"] else 1)


def _declared(read: LogRead, given: str) -> tuple[str, str]:
    """``NA-1=57`` as the contest and the record id of entry 57."""
    contest, equals, which = given.partition("=")
    found = [
        one.record_id
        for one in read.book.declarations
        if one.contest == contest and (which == str(one.index) or (len(which) >= 8 and one.record_id.startswith(which)))
    ]
    if not equals or len(found) != 1:
        known = ", ".join(f"{one.contest}={one.index}" for one in read.book.declarations) or "none"
        raise UsageError(f"{given[:80]!r} names no declaration or tabulation of this log", hint=f"there are: {known}")
    return contest, found[0]


def _audit(read: LogRead, plan: str) -> LoggedAudit:
    return read_audit(read.book, read_plan(read.book, find_plan(read, plan)))


def _begun(read: LogRead, plan: str) -> LoggedAudit:
    audit = _audit(read, plan)
    if audit.seed is None:
        raise UsageError("the dice of this plan have not been thrown", hint="tallyproof audit seed")
    return audit


def _write_json(path: Path, document: object) -> None:
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    if str(path) == "-":
        typer.echo(text, nl=False)
    else:
        write_text(path, text)
