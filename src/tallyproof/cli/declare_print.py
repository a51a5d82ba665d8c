"""``tallyproof declare print|import``: a declaration on paper for two officers to sign, and the signed paper coming back."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated, Any

import typer

from tallyproof.acts import declare as verbs
from tallyproof.acts import paper
from tallyproof.acts.log import ActError, Log
from tallyproof.cli.acting import Folder, Lang, Where, append, read_log
from tallyproof.cli.check import Language
from tallyproof.cli.files import read_small, write_file
from tallyproof.cli.keys import PassphraseFile
from tallyproof.cli.log_entries import checkpoint_of, find
from tallyproof.cli.log_files import open_log
from tallyproof.cli.tell import Teller
from tallyproof.errors import UsageError
from tallyproof.record.entry import Entry, parse_entry

TRIES = 3
PRINTED = ("declaration/v1", "station-record/v1")


def print_command(
    log: Where,
    which: Annotated[
        str, typer.Argument(metavar="[WHICH]", help="A contest (its standing declaration), an index or a record id.", show_default=False)
    ] = "",
    out: Annotated[Path, typer.Option("--out", "-o", help="The PDF to write.")] = ...,  # type: ignore[assignment]
    draft: Annotated[
        Path | None, typer.Option("--draft", help="A signed declaration that is not in the log yet, in place of WHICH.")
    ] = None,
    rows: Annotated[bool, typer.Option("--rows", help="With the votes of every station, after Form 48.")] = False,
    address: Annotated[str, typer.Option("--address", help="Where the receipt can be had: printed as a QR.", show_default=False)] = "",
    lang: Lang = Language.EN,
) -> None:
    """Print a declaration, or the statement of a station, as PDF for officers to sign by hand. Anybody may: it shows what the log says."""
    if bool(which) == bool(draft):
        raise UsageError("what is to be printed?", hint="name a contest, an index or a record id, or a draft with --draft; one of them")
    read = read_log(log)
    entry = parse_entry(read_small(draft), read.origin) if draft else _entry(log, read, which)
    if entry.type not in PRINTED:
        raise UsageError(f"this entry is a {entry.type}: it has no paper", hint="name a declaration, or the record of a station")
    is_known = entry.record_id in read.book.texts
    made = _paper(read, entry, rows=rows, address=address, is_known=is_known, lang=lang)
    write_file(out, made)
    Teller(lang).say("printed" if is_known else "printed_draft", file=out, id=entry.record_id)


def import_command(
    folder: Folder,
    entry: Annotated[
        Path, typer.Argument(help="The declaration as it was printed, with the signatures of two officers.", show_default=False)
    ],
    log_keys: Annotated[
        list[Path] | None, typer.Option("--log-key", help="The log's key file: appends it; again for its other key. Without: only checked.")
    ] = None,
    as_announced: Annotated[
        bool, typer.Option("--as-announced", help="It was made with: declare record. Whatever it says is taken.")
    ] = False,
    lang: Lang = Language.EN,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Take in a declaration whose signed paper came back: two groups of the fingerprint on the paper are asked for, then it is appended."""
    log = read_log(str(folder))
    data = read_small(entry)
    if log_keys:
        # what may not be appended is refused before anybody types
        verbs.admit(log, data, announced=as_announced)
    parsed = parse_entry(data, log.origin)
    if parsed.type != verbs.TYPE:
        raise ActError(f"this is a {parsed.type}, not a declaration", hint="a declaration comes back on paper; append others as they are")
    to = Teller(lang)
    compare(paper.Challenge(parsed.record_id, choose()), to)
    to.say("paper_agrees", "green", id=parsed.record_id)
    if not log_keys:
        to.say("only_compared")
        return
    to.say("appended", index=append(folder, log_keys, passphrase_file, log, data), id=parsed.record_id)


def choose() -> tuple[int, ...]:
    """Two numbers of groups, by chance that nobody can foresee: who brings the paper must not know what is asked."""
    return tuple(sorted(secrets.SystemRandom().sample(range(1, paper.GROUPS + 1), paper.ASKED)))


def compare(challenge: paper.Challenge, to: Teller) -> None:
    """Ask for the groups, at most three times. Raises ActError after the last. The same groups each time: nobody waits for luckier ones."""
    for left in range(TRIES - 1, -1, -1):
        typed = [typer.prompt(to.words["type_group"].format(number=number), err=True) for number in challenge.asked]
        try:
            paper.answer(challenge, typed)
        except ActError as error:
            if not left:
                raise
            typer.echo(f"{error.message}\n{error.hint}", err=True)
        else:
            return


def _entry(where: str, read: Log, which: str) -> Entry:
    identity = which
    if which in read.book.contests:
        standing = verbs.latest(read, which)
        if standing is None:
            raise ActError(f"nothing was declared in {which}", hint="tallyproof declare preview shows what the records give")
        identity = standing.record_id
    with open_log(where) as files:
        entry = parse_entry(find(files, checkpoint_of(files), identity)[1], read.origin)
    if entry.record_id not in read.book.texts:
        raise ActError(f"entry {which} was not accepted by those who read the log", hint="tallyproof verify says why; it has no paper")
    return entry


def _paper(read: Log, entry: Entry, *, rows: bool, address: str, is_known: bool, lang: Language) -> bytes:
    import tallyproof_print as press

    language = str(lang.value)
    more: dict[str, Any] = {"address": address, "draft": not is_known}
    try:
        if entry.type == verbs.TYPE:
            sheet = paper.declaration_sheet(read, entry.value, entry.record_id, language=language)
            candidates = tuple(press.Candidate(**one) for one in sheet.pop("candidates"))
            lists: dict[str, Any] = {name: tuple(sheet.pop(name)) for name in ("missing", "disputed", "excluded")}
            found = sheet.pop("rows") if rows else sheet.pop("rows")[:0]
            return press.declaration(press.Declaration(**sheet, **lists, **more, candidates=candidates, rows=found), lang=language)
        sheet = paper.station_sheet(read, entry.value, entry.record_id, language=language)
        candidates = tuple(press.Candidate(**one) for one in sheet.pop("candidates"))
        return press.station_form(press.StationForm(**sheet, **more, candidates=candidates), lang=language)
    except press.PrintError as error:
        raise UsageError(error.message, hint=error.hint) from error


def add_to(app: typer.Typer) -> None:
    """The commands of this module."""
    app.command("print")(print_command)
    app.command("import")(import_command)
