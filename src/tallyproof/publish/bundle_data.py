"""What an evidence bundle is made of: exhibits, copies side by side, and the winner under each view.

Everything follows from the entries of one log, one case of it, and rows that were declared station by station, which a log cannot hold.
Nothing is judged here: figures that differ are named, not explained.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import narwhals as nw

from tallyproof.cases.case import Case
from tallyproof.cases.effects import BeforeAfter, Result, before_after, tabulated
from tallyproof.errors import UsageError
from tallyproof.log.checkpoint import Checkpoint
from tallyproof.log.merkle import Tree
from tallyproof.model.boxes import BOX_NAMES
from tallyproof.record.book import Book, Contest, Declaration, Figure, Record, Text
from tallyproof.record.canon import Json
from tallyproof.record.entry import Entry, parse_entry
from tallyproof.record.replay import Part, Replay, tables
from tallyproof.seats.replay import winners_of
from tallyproof.tabulate.frames import frames, rows
from tallyproof.tabulate.tabulation import prepare
from tallyproof.tabulate.winner import State

SOURCES = 6
"""Up to so many sources, each is a view by itself; of more than three no two are combined."""
_KEYS = frozenset({"key-revoke/v1", "key-replace/v1"})
_SEAT = frozenset({"seat-status/v1", "statement/v1"})


@dataclass(frozen=True, slots=True)
class Row:
    """A figure that was declared for one station outside the log. ``version``: ``final/1``; ``item``: a candidate or a box."""

    version: str
    station: str
    item: str
    value: int
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a bundle is made from.

    ``entries``: all of the log, as they lie there; ``tree``: theirs. ``checkpoint``: the signed note about it, ``point`` its content.
    ``problems``: what a reader of the log says of it, a line each. ``declared``: rows of stations from a package; ``declared_from``: what
    that package is called, with the SHA-256 of its descriptor.
    """

    book: Book
    entries: Sequence[bytes]
    tree: Tree
    checkpoint: bytes
    point: Checkpoint
    policy: bytes
    authority: bytes
    case: Case
    problems: tuple[str, ...] = ()
    declared: tuple[Row, ...] = ()
    declared_from: str = ""


@dataclass(frozen=True, slots=True)
class Copy:
    """A record of a contested station. ``stands``: whether no later act has taken its place."""

    record: Record
    stands: bool

    def figure(self, item: str, ballot: Sequence[str]) -> Figure | None:
        """What the copy says of a candidate or box; None: it does not have it."""
        if item in ballot:
            return self.record.votes[ballot.index(item)]
        return self.record.boxes.get(item)


@dataclass(frozen=True, slots=True)
class Line:
    """One item at a station. ``said``: of each copy, in the order of copies; ``declared``: of each version of declared rows."""

    item: str
    said: tuple[Figure | None, ...]
    declared: tuple[int | None, ...]
    differs: bool

    @property
    def read(self) -> tuple[int, ...]:
        return tuple(one for one in (*self.said, *self.declared) if isinstance(one, int))

    @property
    def spread(self) -> int:
        return max(self.read) - min(self.read) if self.differs else 0


@dataclass(frozen=True, slots=True)
class StationSheet:
    """A station with all that the log has of it. ``others``: attestations, pictures and the like, as entries with their index."""

    station: str
    registered: int | None
    copies: tuple[Copy, ...]
    versions: tuple[str, ...]
    lines: tuple[Line, ...]
    others: tuple[tuple[int, Entry], ...]


@dataclass(frozen=True, slots=True)
class View:
    """The contest by some of its records. ``kind``: ``all``, ``source``, ``aside``, ``swapped``, ``declared``; ``of``: which."""

    kind: str
    of: tuple[str, ...]
    result: Result
    changes: str

    @property
    def name(self) -> str:
        """For tables: ``source agent:PTI``."""
        return " ".join((self.kind, *self.of))


@dataclass(frozen=True, slots=True)
class Exhibit:
    """``number`` from 1. ``index``: of the entry, None of a station, whose page shows several. ``texts``: record ids that it rests on."""

    number: int
    kind: str
    title: str
    texts: tuple[str, ...]
    index: int | None = None
    station: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that is shown, before it is written."""

    contest: Contest
    part: Part
    exhibits: tuple[Exhibit, ...]
    sheets: Mapping[str, StationSheet]
    views: tuple[View, ...]
    holders: tuple[str, ...]
    declaration: Declaration | None
    orders: tuple[BeforeAfter, ...]
    supporting: tuple[str, ...]
    """Record ids of entries that name the keys which signed the exhibits."""
    everywhere: Mapping[str, tuple[Line, ...]]
    """By station of the contest: the figures on which standing copies differ."""


def evidence(given: Given) -> Evidence:
    """All that a bundle about the case shows. Raises UsageError if declared rows are about something that the log does not know."""
    book, case = given.book, given.case
    part = Replay(book).part(case.contest)
    ballot = part.contest.candidates
    _check_rows(given, part)
    standing = _standing(part)
    by_station: dict[str, list[Record]] = {}
    for record in part.records:
        by_station.setdefault(record.station, []).append(record)
    everywhere = {}
    for station in sorted(by_station, key=natural):
        lines = _lines([Copy(one, True) for one in by_station[station] if one.record in standing], ballot, (), {})
        if differing := tuple(one for one in lines if one.differs):
            everywhere[station] = differing
    stations = contested(book, case) or tuple(everywhere)
    # A station that was excluded has no records in the part; its copies are evidence all the same.
    every: dict[str, list[Record]] = {}
    wanted = set(stations)
    for record in book.records.values():
        if record.contest == case.contest and record.station in wanted:
            every.setdefault(record.station, []).append(record)
    others: dict[str, list[tuple[int, Entry]]] = {}
    for identity, text in book.texts.items():
        if text.contest == case.contest and text.station in wanted and identity not in book.records:
            others.setdefault(text.station, []).append((text.index, parse_entry(given.entries[text.index], given.point.origin)))
    sheets = {
        station: _sheet(given, part, station, every.get(station, []), standing, tuple(others.get(station, ()))) for station in stations
    }
    declaration = next((one for one in reversed(book.declarations) if one.contest == case.contest and one.version), None)
    holders = () if declaration is None else winners_of(part.contest, declaration)
    orders = tuple(before_after(book, case, one) for one in case.decisions)
    exhibits = tuple(_exhibits(book, case, sheets, orders))
    return Evidence(
        contest=part.contest,
        part=part,
        exhibits=exhibits,
        sheets=sheets,
        views=tuple(_views(given, part, standing, stations, holders)),
        holders=holders,
        declaration=declaration,
        orders=orders,
        supporting=tuple(_supporting(book, {one for exhibit in exhibits for one in exhibit.texts}, case.contest)),
        everywhere=everywhere,
    )


def natural(key: str) -> tuple[tuple[int, int, str], ...]:
    """Order for people: station 9 before station 10."""
    return tuple((0, int(one), "") if one.isdigit() else (1, 0, one) for one in re.split(r"([0-9]{1,18})", key) if one)


def contested(book: Book, case: Case) -> tuple[str, ...]:
    """The stations that a complaint names, and those of the records which it names as evidence."""
    of_records = [book.records[one].station for one in case.evidence if one in book.records]
    return tuple(sorted({*case.stations, *of_records}, key=natural))


def _check_rows(given: Given, part: Part) -> None:
    known, items = given.book.stations[part.contest.key], {*part.contest.ballot, *BOX_NAMES}
    for row in given.declared:
        if row.station not in known or row.item not in items:
            raise UsageError(
                f"the package declares {row.item!r} of station {row.station!r}, which the log does not know",
                hint="give the package that the log was made of, or leave --package out",
            )


def _standing(part: Part) -> frozenset[str]:
    sheets = prepare(frames(tables({part.contest.key: part}))).sheets
    return frozenset(row["record"] for row in rows(sheets.filter(nw.col("stands")).select("record")))


def _lines(copies: Sequence[Copy], ballot: tuple[str, ...], versions: tuple[str, ...], said: Mapping[tuple[str, str], int]) -> list[Line]:
    items = [
        *ballot,
        *(box for box in BOX_NAMES if any(box in one.record.boxes for one in copies) or any((v, box) in said for v in versions)),
    ]
    made = []
    for item in items:
        figures = tuple(one.figure(item, ballot) for one in copies)
        declared = tuple(said.get((version, item)) for version in versions)
        read = {figure for copy, figure in zip(copies, figures, strict=True) if copy.stands and isinstance(figure, int)}
        read |= {figure for figure in declared if figure is not None}
        made.append(Line(item, figures, declared, len(read) > 1))
    return made


def _sheet(
    given: Given, part: Part, station: str, records: Iterable[Record], standing: frozenset[str], others: tuple[tuple[int, Entry], ...]
) -> StationSheet:
    gone = station in part.excluded
    copies = tuple(Copy(one, gone or one.record in standing) for one in sorted(records, key=lambda one: (one.source, one.made)))
    said = {(row.version, row.item): row.value for row in given.declared if row.station == station}
    versions = tuple(sorted({row.version for row in given.declared}))
    known = given.book.stations[part.contest.key].get(station)
    lines = tuple(_lines(copies, part.contest.candidates, versions, said))
    return StationSheet(station, None if known is None else known.registered, copies, versions, lines, others)


def _views(given: Given, part: Part, standing: frozenset[str], stations: tuple[str, ...], holders: tuple[str, ...]) -> Iterable[View]:
    """Each view is a part of its own; all are tabulated together.

    ``aside``: at the contested stations nothing stands, so that anything within their registered voters may come out of them.
    """
    plain = [replace(one, supersedes=None) for one in part.records if one.record in standing]
    sources = sorted({one.source for one in plain})
    here = set(stations)
    parts: dict[tuple[str, ...], Part] = {("all",): part}
    if len(sources) <= SOURCES:
        for source in sources:
            parts["source", source] = replace(part, records=tuple(one for one in plain if one.source == source))
    if here:
        parts["aside",] = replace(part, records=tuple(one for one in plain if one.station not in here))
        if len(sources) <= SOURCES:
            for source in sources:
                own = tuple(one for one in plain if one.source == source and one.station not in here)
                parts["aside", source] = replace(part, records=own)
        if len(sources) <= 3:
            for first, second in permutations(sources, 2):
                mixed = tuple(one for one in plain if one.source == (second if one.station in here else first))
                parts["swapped", first, second] = replace(part, records=mixed)
    for version in sorted({row.version for row in given.declared}):
        parts["declared", version] = replace(part, records=tuple(_declared_records(given, part, version)))
    results = tabulated({"view " + " ".join(name): one for name, one in parts.items()})
    for name in parts:
        result = results["view " + " ".join(name)]
        yield View(name[0], name[1:], result, _changes(result, holders))


def _declared_records(given: Given, part: Part, version: str) -> Iterable[Record]:
    """Declared rows in the form of records: what a row does not have is not on that form."""
    by_station: dict[str, dict[str, int]] = {}
    for row in given.declared:
        if row.version == version and row.station not in part.excluded:
            by_station.setdefault(row.station, {})[row.item] = row.value
    for station, said in by_station.items():
        votes = tuple(said.get(one, "not-on-form") for one in part.contest.candidates)
        boxes = {box: said[box] for box in BOX_NAMES if box in said}
        yield Record(f"declared {version} {station}", part.contest.key, station, "commission", "count", 1, None, 0, votes, boxes)


def _changes(result: Result, holders: tuple[str, ...]) -> str:
    """Whether somebody else is elected than was declared: yes, no or open; empty where nothing was declared or nobody is elected."""
    if not holders or result.state is None:
        return ""
    states = [result.states.get(one, State.OPEN) for one in holders]
    if State.REFUTED in states:
        return "yes"
    return "no" if all(one is State.PROVED for one in states) else "open"


def _exhibits(book: Book, case: Case, sheets: Mapping[str, StationSheet], orders: Iterable[BeforeAfter]) -> Iterable[Exhibit]:
    """The complaint, what was done about it, declarations, what else it names, acts, the seat, then station by station."""
    seen: set[str] = set()
    found: list[tuple[str, str]] = [("complaint", case.complaint)]
    # Also steps that the case did not allow: they are in the log, and what readers say of them is shown.
    found += [("step", one.record_id) for one in book.said.values() if one.value.get("complaint") == case.complaint]
    of_station = {one.record.record for sheet in sheets.values() for one in sheet.copies}
    found += [("declaration", one.record_id) for one in book.declarations if one.contest == case.contest]
    found += [("evidence", one) for one in case.evidence if one not in of_station]
    carried = {index for one in orders for index in one.acts}
    found += [("act", one) for one, text in book.texts.items() if text.index in carried and one not in of_station]
    found += [("seat", one.record_id) for one in book.said.values() if one.contest == case.contest and one.type in _SEAT]
    number = 0
    for kind, identity in found:
        if identity in seen:
            continue
        seen.add(identity)
        number += 1
        text = book.texts[identity]
        yield Exhibit(number, kind, text.type.partition("/")[0], (identity,), text.index, text.station)
    for station, sheet in sheets.items():
        number += 1
        of_sheet = sorted(
            [*(one.record.record for one in sheet.copies), *(one.record_id for _, one in sheet.others)],
            key=lambda one: book.texts[one].index,
        )
        yield Exhibit(number, "station", station, tuple(of_sheet), None, station)


def _supporting(book: Book, texts: Iterable[str], contest: str) -> Iterable[str]:
    """What names the keys of the exhibits' signers, and the contest's candidates."""
    signers = [key for one in texts for key in book.texts[one].signers]
    named = {key.named for key in signers} | {0, book.contests[contest].index}
    first: dict[int, tuple[str, Text]] = {text.index: (one, text) for one, text in book.texts.items()}
    names = {key.vkey.name for key in signers}
    for index, (identity, text) in first.items():
        if index in named or (
            text.type in _KEYS and any(key.named == index or key.revoked == index for key in book.roster.states() if key.vkey.name in names)
        ):
            yield identity


def value_of(given: Given, identity: str) -> Json:
    """The fields of an accepted entry."""
    return parse_entry(given.entries[given.book.texts[identity].index], given.point.origin).value
