"""What is drawn next, and the lists for those who fetch and count."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import islice
from pathlib import Path

import typer

from tallyproof.audit.logged import LoggedAudit
from tallyproof.cli.audit_sheets import sheet_bytes
from tallyproof.cli.files import write_file
from tallyproof.compare.logged import LogRead
from tallyproof.publish.csv_text import csv_bytes


def next_stations(audit: LoggedAudit, more: int | None) -> list[str]:
    """The stations of the next round, in the order drawn, contest by contest: ``more`` of each, or those expected to be needed."""
    if audit.drawn is None or audit.state is None:
        return []
    if more is None:
        return [station for station in audit.state.next_round if audit.round_of(station) is None]
    heads = (islice((one for one in order if audit.round_of(one) is None), more) for order in audit.drawn.orders.values())
    return list(dict.fromkeys(station for head in heads for station in head))


def write_lists(folder: Path, read: LogRead, audit: LoggedAudit, number: int, fresh: Sequence[str], lang: str) -> Iterator[Path]:
    """Of each contest the retrieval list and the sheet to type counts into, as CSV; list and tally sheets as PDF, where that can be made.

    No reported figure is on any.
    """
    if audit.drawn is None or audit.seed is None:
        return
    for contest, order in audit.drawn.orders.items():
        places = {station: place for place, station in enumerate(order, start=1)}
        drawn = [(places[station], station) for station in fresh if station in places]
        if not drawn:
            continue
        name = f"round-{number}-{_slug(contest)}"
        write_file(folder / f"{name}.csv", csv_bytes([["place", "station"], *sorted(drawn)], end="\r\n"))
        yield folder / f"{name}.csv"
        write_file(folder / f"{name}-counts.csv", sheet_bytes(read.book.contests[contest], (station for _, station in sorted(drawn))))
        yield folder / f"{name}-counts.csv"
        yield from _print(folder, name, read, audit, contest, number, drawn, lang)


def _print(
    folder: Path, name: str, read: LogRead, audit: LoggedAudit, contest: str, number: int, drawn: Sequence[tuple[int, str]], lang: str
) -> Iterator[Path]:
    from tallyproof_print import Fetch, PrintError, retrieval_list, tally_sheets

    assert audit.seed is not None
    value = read.book.contests[contest].value
    own, other = ("name_ur", "name") if lang == "ur" else ("name", "name_ur")
    title = value.get(own) or value.get(other) or contest
    ballot = [one.get(own) or one.get(other) or one["candidate"] for one in value["candidates"]]
    stations = [Fetch(place, station) for place, station in sorted(drawn)]
    boxes = [box for box in value.get("boxes", ()) if box in ("valid", "rejected")] or ["rejected"]
    try:
        listed = retrieval_list(title, audit.seed[1], number, stations, log=read.origin, lang=lang)
        sheets = tally_sheets(title, number, stations, ballot, boxes, log=read.origin, lang=lang)
    except PrintError as error:
        typer.echo(f"no PDF: {error.message} ({error.hint})", err=True)
        return
    for path, data in ((folder / f"{name}-list-{lang}.pdf", listed), (folder / f"{name}-sheets-{lang}.pdf", sheets)):
        write_file(path, data)
        yield path


def _slug(contest: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", contest).strip("-")[:60]
    return plain if plain == contest else f"{plain}-{sha256(contest.encode()).hexdigest()[:8]}"
