"""``tallyproof audit``: a risk-limiting audit from the plan to the final report, each step an entry of the log.

Who may do a step is decided by ``tallyproof.record``; what is drawn and what the risk is, by ``tallyproof.audit``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tallyproof.cli.audit_log import Folder, Keys, LogKeys, Out, Pen, Where, WhichPlan, find_plan, put, read_log
from tallyproof.cli.audit_record import record_command
from tallyproof.cli.audit_show import show_audit, show_plan
from tallyproof.cli.check import Language, write_text
from tallyproof.cli.keys import PassphraseFile
from tallyproof.cli.texts import texts
from tallyproof.errors import UsageError
from tallyproof.record import audits
from tallyproof.record.canon import Json

app = typer.Typer(no_args_is_help=True, help="Risk-limiting audits: plan, dice, draw, counts by hand, risk, report.")
app.command("record")(record_command)

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
    """Type the dice of a plan, twice: as they were thrown, and as somebody else reads them back. Signed by the authority and a party or observers."""
    words = texts(lang)["audit"]
    pen = Pen(keys or [], log_keys or [], out, passphrase_file)
    read = read_log(str(folder))
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
    identity = put(folder, read, audits.SEED, {"dice": thrown, "plan": record_id}, pen)
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
