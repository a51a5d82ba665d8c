"""``tallyproof declare``: what the returning officer declares from the records of a log; what was announced; the gazette list."""

from __future__ import annotations

import json as json_module
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from tallyproof.acts import declare as verbs
from tallyproof.acts.law import AT_DECLARATION, Law, tell
from tallyproof.acts.log import Act, ActError, Log
from tallyproof.acts.view import declaration_data, declaration_rows, gazette_rows, law_data
from tallyproof.cli.acting import (
    AsJson,
    At,
    ContestKey,
    Folder,
    Lang,
    Level,
    Rules,
    Where,
    acting,
    append,
    law_of,
    read_counts,
    read_log,
    read_pairs,
)
from tallyproof.cli.check import Language
from tallyproof.cli.declare_print import add_to
from tallyproof.cli.declare_show import show_declaration, show_declarations, show_gazette
from tallyproof.cli.files import read_small
from tallyproof.cli.keys import PassphraseFile
from tallyproof.cli.tell import Teller, print_json
from tallyproof.errors import UsageError
from tallyproof.record.note import Vkey

app = typer.Typer(
    no_args_is_help=True, help="Declarations: what the returning officer declares from the records of a log, and what was announced."
)
By = Sequence[Vkey]


def _after(log: Log, act: Act, law: Law | None, words: Mapping[str, Any], lang: Language) -> None:
    standing = next(one for one in log.book.declarations if one.record_id == act.record_id)
    show_declaration(declaration_data(log, standing, law), lang)


def _produce(name: str, said: str) -> None:
    def verb(
        log: Log,
        contest: ContestKey,
        size: Annotated[
            int | None, typer.Option("--size", metavar="N", min=0, help="Declare from the first entries of the log; all, if left out.")
        ] = None,
        take: Annotated[
            list[str] | None,
            typer.Option(
                "--take", metavar="STATION=RECORD", help="STATION=RECORD: whose figures are taken where copies differ; again for each."
            ),
        ] = None,
        take_source: Annotated[
            str | None,
            typer.Option("--take-source", metavar="SOURCE", help="Take the record of this source wherever copies differ and it has one."),
        ] = None,
        winner: Annotated[
            list[str] | None,
            typer.Option("--winner", metavar="CANDIDATE", help="Who is declared elected; whom the records prove, if left out."),
        ] = None,
        figure: Annotated[
            list[str] | None,
            typer.Option(
                "--figure", metavar="ITEM=COUNT", help="ITEM=COUNT to declare in place of the sum: a candidate or a box; again for each."
            ),
        ] = None,
        reason: Annotated[str | None, typer.Option("--reason", metavar="WHY", help="Why it takes the place of the version before.")] = None,
        override: Annotated[
            str | None,
            typer.Option("--override", metavar="WHY", help="Why it is declared although it contradicts the records: it is published."),
        ] = None,
        *,
        by: By,
        when: str,
    ) -> Act:
        prepared = verbs.prepare(log, contest=contest, size=size, take=read_pairs(take, "take"), take_source=take_source)
        return verbs.produce(
            log,
            by=by,
            prepared=prepared,
            stage=name,
            winners=winner or (),
            figures=read_counts(figure, "figure"),
            reason=reason,
            override=override,
        )

    acting(app, name, after=_after, help=said)(verb)


_produce("provisional", "Declare a provisional result from the records of the log: by the returning officer and a second officer.")
_produce("final", "Declare the final result from the records of the log: by the returning officer and a second officer.")


@acting(app, "record", after=_after)
def record_command(
    log: Log,
    fields: Annotated[Path, typer.Argument(metavar="FIELDS", help="A JSON file with the fields as announced.", show_default=False)],
    *,
    by: By,
    when: str,
) -> Act:
    """Record a declaration as it was announced, with whatever figures it had: by the returning officer and a second officer."""
    try:
        value = json_module.loads(read_small(fields))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{fields} is not JSON: {error}", hint="an object with the fields of a declaration (specs/entry-v1.md)") from error
    if not isinstance(value, dict):
        raise UsageError(f"{fields} is not a JSON object", hint="an object with the fields of a declaration (specs/entry-v1.md)")
    return verbs.record(log, by=by, value=value)


@app.command("append")
def append_command(
    folder: Folder,
    entry: Annotated[Path, typer.Argument(help="A declaration that two officers have signed.", show_default=False)],
    log_keys: Annotated[list[Path], typer.Option("--log-key", help="The log's key file; again for its other key.")],
    as_announced: Annotated[
        bool, typer.Option("--as-announced", help="It was made with: declare record. Whatever it says is taken.")
    ] = False,
    rules: Rules = None,
    level: Level = None,
    at: At = None,
    lang: Lang = Language.EN,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Append a draft once the second officer has signed it with: tallyproof log sign. It is compared with its records again."""
    law = law_of(rules, level, at)
    log = read_log(str(folder), law)
    data = read_small(entry)
    act = verbs.admit(log, data, announced=as_announced)
    index = append(folder, log_keys, passphrase_file, log, data)
    to = Teller(lang)
    to.say("appended", index=index, id=act.record_id)
    _after(log, act, law, to.words, lang)


@app.command("preview")
def preview_command(
    log: Where,
    contest: ContestKey,
    take_source: Annotated[
        str | None,
        typer.Option("--take-source", metavar="SOURCE", help="Take the record of this source wherever copies differ and it has one."),
    ] = None,
    rules: Rules = None,
    level: Level = None,
    at: At = None,
    json: AsJson = False,
    lang: Lang = Language.EN,
) -> None:
    """What would be declared now: sums, stations missing and disputed, the winner, whether a recount is due. Signs nothing."""
    law = law_of(rules, level, at)
    read = read_log(log, law)
    data = verbs.prepared_data(verbs.prepare(read, contest=contest, take_source=take_source))
    asked = {"totals": data["totals"], "boxes": data["boxes"]}
    told = law_data(tell(read, law, contest, declared=asked)) if law and not data["undecided"] else {"law": [], "deadlines": []}
    told["law"] = [one for one in told["law"] if one["subject"] in AT_DECLARATION]
    if json:
        print_json(data | told)
        return
    to = Teller(lang)
    to.say("would_declare", "bold", contest=contest, size=data["size"])
    show_prepared(data, to)
    to.law(told)


def show_prepared(data: Mapping[str, Any], to: Teller) -> None:
    """Sums and what they lack."""
    if data["undecided"]:
        to.say("undecided", "red", count=len(data["undecided"]), stations=to.list(data["undecided"]))
    to.table(
        ("candidate", "votes"),
        ((one, f"{figure:,}{to.words['at_least_mark'] if one in data['unread'] else ''}") for one, figure in data["totals"].items()),
        right=(1,),
    )
    boxes = [f"{box} {figure:,}{to.words['at_least_mark'] if box in data['unread'] else ''}" for box, figure in data["boxes"].items()]
    if boxes:
        to.say("box_line", boxes=to.list(boxes))
    to.say("winner_is", who=to.list(data["winners"]), state=to.word("state", data["state"]))
    to.say("lists", missing=len(data["missing"]), disputed=len(data["disputed"]), excluded=len(data["excluded"]))


@app.command("list")
def list_command(
    log: Where,
    contest: Annotated[str | None, typer.Option("--contest", help="Only the declarations of this contest.")] = None,
    json: AsJson = False,
    lang: Lang = Language.EN,
) -> None:
    """Every declaration: which one stands, who signed, and in what it differs from its records."""
    rows = declaration_rows(read_log(log), contest)
    if json:
        print_json(rows)
    else:
        show_declarations(rows, lang)


@app.command("show")
def show_command(
    log: Where,
    which: Annotated[
        str, typer.Argument(metavar="WHICH", help="A contest (its standing declaration), an index or a record id.", show_default=False)
    ],
    rules: Rules = None,
    level: Level = None,
    at: At = None,
    json: AsJson = False,
    lang: Lang = Language.EN,
) -> None:
    """One declaration: its figures, in what it differs from its records, and whether a recount is due by them."""
    law = law_of(rules, level, at)
    read = read_log(log, law)
    one = verbs.latest(read, which) if which in read.book.contests else None
    if one is None and which in read.book.contests:
        raise ActError(f"nothing was declared in {which}", hint="tallyproof declare preview shows what the records give")
    if one is None:
        identity = read.record_id(which)
        one = next((one for one in read.book.declarations if one.record_id == identity and one.version), None)
    if one is None:
        raise ActError(f"{which!r} is no declaration", hint="tallyproof declare list shows them")
    data = declaration_data(read, one, law)
    if json:
        print_json(data)
    else:
        show_declaration(data, lang)


@app.command("gazette")
def gazette_command(
    log: Where,
    contest: Annotated[str | None, typer.Option("--contest", help="Only this contest.")] = None,
    rules: Rules = None,
    level: Level = None,
    at: At = None,
    json: AsJson = False,
    lang: Lang = Language.EN,
) -> None:
    """The gazette list: the returned candidate of each seat, by which declaration, and by when the law wants it published."""
    law = law_of(rules, level, at)
    rows = gazette_rows(read_log(log, law), law, contest)
    if json:
        print_json(rows)
    else:
        show_gazette(rows, lang)


add_to(app)
