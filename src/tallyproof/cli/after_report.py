"""What ``case report`` and ``seat report`` share: read a log up to a size, make the document, write it and its pages.

Anybody may: no key is asked for, and nothing is written into the log. No clock is asked either: what is overdue depends on ``--at``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from tallyproof.acts.law import Law, tell
from tallyproof.acts.log import Log
from tallyproof.acts.view import law_data
from tallyproof.cli.acting import law_of
from tallyproof.cli.check import Language, write_text
from tallyproof.cli.log_entries import checkpoint_of, entries_of
from tallyproof.cli.log_files import open_log, read_authority
from tallyproof.cli.texts import texts
from tallyproof.errors import UsageError
from tallyproof.publish.afterlife import Json, afterlife, to_json
from tallyproof.seats.timing import by_rules, nobody_knows, read_time

Html = Annotated[Path | None, typer.Option("--html", help="Write the pages (English and Urdu) into this folder.")]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Write the document as JSON to this file; - prints it instead.")]
Size = Annotated[int | None, typer.Option("--size", min=1, help="As it was after the first so many entries; all, if left out.")]
AtDay = Annotated[
    str | None, typer.Option("--at", help="At which time to look for what is overdue, as 2027-02-08T17:40:00Z; without it nothing is.")
]


def write_after(document: Json, entries: dict[int, bytes], html: Path) -> None:
    """The pages in a folder, with the signed entries that they name. Raises UsageError."""
    from tallyproof_site.afterlife import build_afterlife, indexes

    try:
        build_afterlife(document, html, text=to_json(document), entries={index: entries[index] for index in indexes(document)})
    except OSError as error:
        raise UsageError(f"cannot write pages to {html}: {error.strerror}", hint="name a folder that you may write to") from error


def read_prefix(where: str, size: int | None, law: Law | None) -> tuple[Log, list[bytes]]:
    """The first ``size`` entries of a log, checked to be those of its checkpoint as a whole. Raises UsageError."""
    timing = nobody_knows if law is None else by_rules(law.jurisdiction, law.level)
    with open_log(where) as read:
        checkpoint = checkpoint_of(read)
        if size is not None and size > checkpoint.size:
            raise UsageError(f"the log has {checkpoint.size} entries, not {size}", hint="ask for a size that it has had")
        log = Log(checkpoint.origin, read_authority(read, None), timing=timing)
        entries: list[bytes] = []
        rest = (data for _, data in entries_of(read, checkpoint.size))
        log.read(_kept(islice(rest, checkpoint.size if size is None else size), entries))
        whole = [*entries, *rest]
    from tallyproof.log.merkle import Tree

    if len(whole) != checkpoint.size or Tree(whole).root() != checkpoint.root:
        raise UsageError("the entries are not those of the log's checkpoint", hint=f"see what is wrong with: tallyproof verify {where}")
    return log, entries


def _kept(entries: Iterable[bytes], into: list[bytes]) -> Iterable[bytes]:
    for data in entries:
        into.append(data)
        yield data


def report_after(
    where: str,
    *,
    html: Path | None,
    json: Path | None,
    size: int | None,
    at: str | None,
    rules: str | None,
    level: str | None,
    lang: Language,
    contests: Callable[[Log], tuple[list[str], str]],
    show: Callable[[Log, Law | None], Any],
) -> None:
    """Make the document of the contests, and of the one case, that ``contests`` names; write it, or ``show`` where things stand."""
    if rules is not None and at is None:
        raise UsageError("deadlines are reckoned at a time", hint="add --at, such as --at 2027-02-08T17:40:00Z")
    law = law_of(rules, level, at)
    log, entries = read_prefix(where, size, law)
    wanted, case = contests(log)
    known = wanted or list(log.book.contests)
    document = afterlife(
        log.book,
        log.origin,
        log.size,
        contests=wanted,
        case=case,
        timing=log.timing,
        at=read_time(at) if at else None,
        law={contest: law_data(tell(log, law, contest)) for contest in known} if law else None,
    )
    if html is not None:
        write_after(document, dict(enumerate(entries)), html)
    if json is not None and str(json) == "-":
        typer.echo(to_json(document), nl=False)
        return
    if json is not None:
        write_text(json, to_json(document))
    show(log, law)
    words = texts(lang, "after")
    typer.echo(words["at_size"].format(size=log.size, origin=log.origin))
    if html is not None:
        typer.echo(words["pages"].format(address=(html / "index.html").resolve().as_uri()))
