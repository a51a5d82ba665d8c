"""From a log to the tables of an election: what the accepted entries amount to, as ``tallyproof.model.election.Election``.

``election(book)`` is the whole log. A prefix is asked for by its ``size``: everything in the book has the index of its entry, so a prefix
is a filter, and nothing is folded again. Stations that are excluded then are left out, with their records (``specs/entry-v1.md``
section 6).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from tallyproof.model.boxes import BOX_NAMES
from tallyproof.model.election import About, Election
from tallyproof.model.tables import TABLES
from tallyproof.record.book import Book, Contest, Record, Station, is_out

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """One contest after so many entries: what counts of it. ``excluded`` are those of its stations that do not."""

    contest: Contest
    stations: Mapping[str, Station]
    excluded: tuple[str, ...]
    records: tuple[Record, ...]

    @property
    def expected(self) -> int:
        """Stations by the contest's own entry, without the excluded ones."""
        return max(0, int(self.contest.value["stations"]) - len(self.excluded))


class Replay:
    """The book, sorted by contest, so that prefixes of single contests can be taken many times. It must not change meanwhile."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self._records: dict[str, list[Record]] = {key: [] for key in book.contests}
        for record in book.records.values():
            self._records[record.contest].append(record)
        self._excluded: dict[str, dict[str, tuple[int, ...]]] = {key: {} for key in book.contests}
        for (contest, station), changes in book.excluded.items():
            self._excluded[contest][station] = changes

    def excluded(self, contest: str, size: int | None = None) -> frozenset[str]:
        """The stations that are excluded after the first ``size`` entries (all, if left out)."""
        return frozenset(station for station, changes in self._excluded[contest].items() if is_out(changes, size))

    def part(self, contest: str, size: int | None = None, out: frozenset[str] | None = None) -> Part:
        """One contest after the first ``size`` entries (all, if left out), without the stations ``out`` (those excluded, if left out).

        The contest itself need not be defined in them: whoever asks has read its definition, and nobody has counted there yet.
        """
        out = self.excluded(contest, size) if out is None else out
        return Part(
            contest=self.book.contests[contest],
            stations={
                key: station
                for key, station in self.book.stations[contest].items()
                if key not in out and (size is None or station.index < size)
            },
            excluded=tuple(sorted(out)),
            records=tuple(one for one in self._records[contest] if one.station not in out and (size is None or one.made < size)),
        )


def election(book: Book, size: int | None = None) -> Election:
    """The tables after the first ``size`` entries (all, if left out), with what was declared in them."""
    replay = Replay(book)
    parts = [replay.part(key, size) for key, contest in sorted(book.contests.items()) if size is None or contest.index < size]
    return tables({part.contest.key: part for part in parts}, about=_about(book), declared=_declared(book, size))


def tables(parts: Mapping[str, Part], *, about: About | None = None, declared: Rows | None = None) -> Election:
    """The tables of some parts, each under the name that it has here: the same contest may be there after several sizes.

    Then the keys of records are told apart by that name too: ``name`` + line feed + record id, where ``name`` is not the contest's key.
    """
    contests, candidates, rolls, records, votes = [], [], [], _columns("records"), _columns("votes")
    for name, part in parts.items():
        value, prefix = part.contest.value, "" if name == part.contest.key else f"{name}\n"
        copied = {field: value.get(field) for field in ("name", "name_ur", "seats", "rule")}
        contests.append({"contest": name, **copied, "stations": part.expected})
        for one in value["candidates"]:
            candidates.append({"contest": name, **one})
        rolls += [{"station": key, "contest": name, "registered": one.registered} for key, one in part.stations.items()]
        for record in part.records:
            _add(records, votes, record, name, prefix, part.contest.candidates)
    stations = [{"station": key} for key in sorted({key for part in parts.values() for key in part.stations})]
    return Election(
        about=about or About(),
        contests=_frame("contests", contests),
        candidates=_frame("candidates", candidates),
        stations=_frame("stations", stations),
        station_contests=_frame("station_contests", rolls),
        records=_made("records", records),
        votes=_made("votes", votes),
        declared=_frame("declared", declared or []),
    )


def _add(
    records: dict[str, list[Any]], votes: dict[str, list[Any]], record: Record, name: str, prefix: str, candidates: tuple[str, ...]
) -> None:
    unread = []
    for box in BOX_NAMES:
        figure = record.boxes.get(box)
        if isinstance(figure, str):
            unread.append(f"{box}:{figure}")
            figure = None
        records[box].append(figure)
    records["record"].append(prefix + record.record)
    records["contest"].append(name)
    records["station"].append(record.station)
    records["source"].append(record.source)
    records["act"].append(record.act)
    records["version"].append(record.version)
    records["supersedes"].append(None if record.supersedes is None else prefix + record.supersedes)
    records["image_sha256"].append(record.image)
    records["unread"].append(" ".join(unread) or None)
    votes["record"] += [prefix + record.record] * len(candidates)
    votes["candidate"] += candidates
    for figure in record.votes:
        is_read = not isinstance(figure, str)
        votes["votes"].append(figure if is_read else None)
        votes["unread"].append(None if is_read else figure)


def _declared(book: Book, size: int | None) -> Rows:
    """The rows of declarations. Of several with one stage and version, which is equivocation, those of the first."""
    rows: Rows = []
    seen = set()
    for one in book.declarations:
        if one.version is None or (size is not None and one.index >= size) or (one.contest, *one.version) in seen:
            continue
        seen.add((one.contest, *one.version))
        items = {**one.value["totals"], **one.value.get("boxes", {})}
        about = {"contest": one.contest, "stage": one.version[0], "version": one.version[1]}
        rows += [{**about, "item": item, "value": figure} for item, figure in items.items()]
    return rows


def _about(book: Book) -> About:
    if book.definition is None:
        return About()
    value = book.definition.value
    return About(name=value["election"], title=value["name"], title_ur=value.get("name_ur", ""), held_on=value["day"])


_FILLED = {
    "records": {"record", "contest", "station", "source", "act", "version", "supersedes", "image_sha256", *BOX_NAMES, "unread"},
    "votes": {"record", "candidate", "votes", "unread"},
}


def _columns(table: str) -> dict[str, list[Any]]:
    return {name: [] for name in TABLES[table].schema if name in _FILLED[table]}


def _made(table: str, columns: Mapping[str, list[Any]]) -> pl.LazyFrame:
    schema = TABLES[table].schema
    made = pl.DataFrame([pl.Series(name, cells, dtype=schema[name]) for name, cells in columns.items()])
    return made.select(*(name if name in columns else pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema.items())).lazy()


def _frame(table: str, rows: Iterable[Mapping[str, Any]]) -> pl.LazyFrame:
    schema = TABLES[table].schema
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema).lazy()
