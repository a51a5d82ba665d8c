"""A whole log against what its entries declare: each declaration is replayed from exactly the entries that it names.

``verify_log`` folds all entries and says everything that is wrong or odd (``specs/entry-v1.md`` sections 5, 7 and 8). That the entries are
those of a signed checkpoint is asked elsewhere (``log.audit``): what is said here is said of these bytes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import narwhals as nw

from tallyproof.log.merkle import Tree, leaf_hash
from tallyproof.model.election import Election
from tallyproof.record.book import Book, Contest, Declaration, Figure, Record, Remark
from tallyproof.record.entry import CODES, Refused
from tallyproof.record.ledger import Ledger
from tallyproof.record.note import Vkey
from tallyproof.record.replay import Part, Replay, election, tables
from tallyproof.tabulate.frames import frames, rows, settle
from tallyproof.tabulate.sheets import vote_columns
from tallyproof.tabulate.standing import COMPARED_BOXES, live_sheets
from tallyproof.tabulate.stations import KEY, low, stations
from tallyproof.tabulate.tabulation import prepare

BATCH_RECORDS = 200_000
"""Records that are tabulated at a time: a prefix of each declaration, one beside the other."""
_SHOWN = 5


class Weight(StrEnum):
    """What a problem means for the log. Only a notice leaves it in order."""

    BROKEN = "broken"
    """Something that has to be there is not."""
    REFUSED = "refused"
    """An entry breaks a rule and has no effect."""
    CONTRADICTION = "contradiction"
    """An office said two things, or a declaration says something else than the records before it."""
    NOTICE = "notice"


WEIGHTS: Final = {
    **dict.fromkeys(CODES, Weight.REFUSED),
    "declaration-totals": Weight.CONTRADICTION,
    "declaration-missing": Weight.CONTRADICTION,
    "declaration-excluded": Weight.CONTRADICTION,
    "declaration-disputed": Weight.CONTRADICTION,
    "declaration-rules": Weight.CONTRADICTION,
    "declaration-winners": Weight.CONTRADICTION,
    "equivocation": Weight.CONTRADICTION,
    "audit-draw": Weight.CONTRADICTION,
    "audit-count": Weight.CONTRADICTION,
    "audit-result": Weight.CONTRADICTION,
    "definition-incomplete": Weight.BROKEN,
    "entries-differ": Weight.NOTICE,
    "one-entry": Weight.NOTICE,
    "key-late": Weight.NOTICE,
    "serial-unknown": Weight.NOTICE,
    "attested-against": Weight.NOTICE,
    "reason-missing": Weight.NOTICE,
    "audit-plan": Weight.NOTICE,
}
"""Every code that is said of the entries of a log."""


@dataclass(frozen=True, slots=True)
class LogProblem:
    """One thing said of a log. ``index``: of which entry, None of the log as a whole; ``contest`` and ``station`` are empty for none."""

    code: str
    index: int | None
    contest: str
    station: str
    message: str

    @property
    def weight(self) -> Weight:
        return WEIGHTS[self.code]

    @property
    def where(self) -> str:
        """``entry 12, NA-1, station 7``, leaving out what is not known."""
        parts = (f"entry {self.index}" if self.index is not None else "", self.contest, f"station {self.station}" if self.station else "")
        return ", ".join(part for part in parts if part)

    def __str__(self) -> str:
        return f"{self.where}: {self.message} [{self.code}]"


@dataclass(frozen=True, slots=True)
class LogRead:
    """A log that was read to its end. ``root``: of all its entries. ``problems`` in order of index, those without one last."""

    origin: str
    size: int
    root: bytes
    book: Book
    problems: tuple[LogProblem, ...]

    @property
    def is_in_order(self) -> bool:
        """Whether nothing but notices was found."""
        return all(problem.weight is Weight.NOTICE for problem in self.problems)

    def election(self, size: int | None = None) -> Election:
        """The tables after the first ``size`` entries (all, if left out)."""
        return election(self.book, size)


def verify_log(
    entries: Iterable[bytes], origin: str, authority_known: tuple[Vkey, ...] = (), *, already_true: Container[bytes] = ()
) -> LogRead:
    """Everything that is to be said of a log with these entries, from entry 0 on without a gap. Never raises for a bad entry.

    ``authority_known`` and ``already_true`` are those of ``record.ledger.Ledger``.
    """
    ledger, tree = Ledger(origin, authority_known, already_true=already_true), Tree()
    problems, waiting = [], list[bytes]()

    def root_of(size: int) -> bytes:
        # Few entries ask for a root. Many leaves at a time are hashed cheaper than one by one.
        tree.extend_hashes(waiting)
        waiting.clear()
        return tree.root(size)

    for index, data in enumerate(entries):
        outcome = ledger.read(data, root_of)
        if isinstance(outcome, Refused):
            problems.append(LogProblem(outcome.code, index, "", "", outcome.message))
        waiting.append(leaf_hash(data))
    problems += [_of_remark(one) for one in (*ledger.book.remarks, *ledger.at_the_end())]
    problems += judge_declarations(ledger.book)
    problems.sort(key=lambda one: (one.index is None, one.index or 0, one.code, one.contest))
    return LogRead(origin, ledger.size, root_of(ledger.size), ledger.book, tuple(problems))


def _of_remark(remark: Remark) -> LogProblem:
    return LogProblem(remark.code, remark.index, remark.contest, remark.station, remark.message)


def judge_declarations(book: Book, declarations: Iterable[Declaration] | None = None) -> list[LogProblem]:
    """Declarations and tabulations of a log (all of them, if left out) against their own prefixes (section 7), in their order."""
    chosen = list(book.declarations if declarations is None else declarations)
    replay = Replay(book)
    parts = {}
    for one in chosen:
        if (where := (one.contest, one.size)) not in parts:
            parts[where] = replay.part(*where)
    said = _counted(parts)
    return [
        LogProblem(code, one.index, one.contest, "", message)
        for one in chosen
        for code, message in _differences(book, one, parts[one.contest, one.size], said[one.contest, one.size])
    ]


def count_prefix(book: Book, contest: str, size: int) -> Counted:
    """What a declaration of one contest after the first ``size`` entries has to agree with (section 7)."""
    return _counted({(contest, size): Replay(book).part(contest, size)})[contest, size]


@dataclass(slots=True)
class Counted:
    """What the records of one contest after so many entries say. ``sums``: of the stations that are neither missing nor disputed."""

    missing: set[str]
    disputed: dict[str, set[str]]
    """By station: the records that stand and have a figure."""
    sums: dict[str, int]
    unread: dict[str, int]
    """At how many of those stations nobody reads the figure: then its sum is only the least that it can be."""


Where = tuple[str, int]
"""A contest, and a number of entries."""


def _counted(parts: Mapping[Where, Part]) -> dict[Where, Counted]:
    found: dict[Where, Counted] = {}
    batch: dict[Where, Part] = {}
    waiting = 0
    for where, part in parts.items():
        batch[where] = part
        waiting += len(part.records)
        if waiting >= BATCH_RECORDS:
            found |= _count(batch)
            batch, waiting = {}, 0
    return found | _count(batch)


def _count(parts: Mapping[Where, Part]) -> dict[Where, Counted]:
    """Tabulate prefixes side by side, each as a contest of its own."""
    if not parts:
        return {}
    names = {f"{size} {contest}": (contest, size) for contest, size in parts}
    prepared = prepare(frames(tables({name: parts[where] for name, where in names.items()})))
    standing, live = prepared.sheets.filter(nw.col("stands")), settle(live_sheets(prepared.sheets))
    by_station = settle(stations(prepared.tables, standing, prepared.unlisted, live, prepared.width))
    columns = [*vote_columns(prepared.width), *COMPARED_BOXES]
    certain = by_station.filter(~nw.col("missing"), ~nw.col("disputed"))
    added = [expr for name in columns for expr in (nw.col(low(name)).sum().alias(name), nw.col(low(name)).count().alias(f"{name}_read"))]
    sums = {row["contest"]: row for row in rows(certain.group_by("contest").agg(nw.len().alias("stations"), *added))}
    found = {}
    for name, where in names.items():
        items = [*parts[where].contest.candidates, *COMPARED_BOXES]
        places = [*vote_columns(prepared.width)[: len(items) - len(COMPARED_BOXES)], *COMPARED_BOXES]
        row = sums.get(name, {})
        pairs = list(zip(items, places, strict=True))
        unread = {item: int(row.get("stations") or 0) - int(row.get(f"{place}_read") or 0) for item, place in pairs}
        found[where] = Counted(set(), {}, {item: int(row.get(place) or 0) for item, place in pairs}, unread)
    for row in rows(by_station.filter(nw.col("missing")).select(*KEY)):
        found[names[row["contest"]]].missing.add(row["station"])
    disputed = by_station.filter(nw.col("disputed")).select(*KEY)
    for row in rows(live.select(*KEY, "record").join(disputed, on=KEY, how="inner")):
        of_station = found[names[row["contest"]]].disputed.setdefault(row["station"], set())
        of_station.add(row["record"].rpartition("\n")[2])
    return found


def _differences(book: Book, declaration: Declaration, part: Part, counted: Counted) -> Iterator[tuple[str, str]]:
    value = declaration.value
    yield from _list_differs("missing", value.get("missing", ()), counted.missing)
    yield from _list_differs("excluded", value.get("excluded", ()), part.excluded)
    taken: Mapping[str, str] = value.get("disputed", {})
    wrong = [*_list_differs("disputed", taken, counted.disputed)]
    wrong += [
        ("declaration-disputed", f"the record named for the station {station!r} does not stand there with a figure: {record_id}")
        for station, record_id in taken.items()
        if station in counted.disputed and record_id not in counted.disputed[station]
    ]
    yield from wrong[:1]
    if not wrong:
        yield from _sums_differ(part.contest, value["totals"], value.get("boxes", {}), *with_taken(book, counted, taken.values()))
    if book.definition is not None and value["rules"] != book.definition.rules:
        yield "declaration-rules", f"the rules are {value['rules']}; the definition has {book.definition.rules}"
    if "winners" in value:
        yield from _winners_differ(part.contest, value["totals"], value["winners"])


def _list_differs(name: str, told: Iterable[str], found: Iterable[str]) -> Iterator[tuple[str, str]]:
    told, found = set(told), set(found)
    pieces = []
    if more := sorted(told - found):
        pieces.append(f"{name} lists what by the entries before is not so: {_few(more)}")
    if less := sorted(found - told):
        pieces.append(f"{name} leaves out: {_few(less)}")
    if pieces:
        yield f"declaration-{name}", "; ".join(pieces)


def with_taken(book: Book, counted: Counted, taken: Iterable[str]) -> tuple[dict[str, int], dict[str, int]]:
    """Sums, and at how many stations a figure is unread, with the records (by their ids) that were taken at disputed stations."""
    sums, unread = dict(counted.sums), dict(counted.unread)
    for record_id in taken:
        record: Record = book.records[record_id]
        figures: dict[str, Figure] = dict(zip(book.contests[record.contest].candidates, record.votes, strict=True))
        for item in sums:
            figure = {**figures, **record.boxes}.get(item)
            if figure is None or isinstance(figure, str):
                unread[item] += 1
            else:
                sums[item] += figure
    return sums, unread


def _sums_differ(
    contest: Contest, totals: Mapping[str, int], boxes: Mapping[str, int], sums: Mapping[str, int], unread: Mapping[str, int]
) -> Iterator[tuple[str, str]]:
    """A sum with an unread figure in it is the least that the total can be; any other is the total."""
    pieces = [f"{one} is left out; the records give {_least(sums[one], unread[one])}" for one in contest.candidates if one not in totals]
    pieces += [
        f"{item} is {told}; the records give {_least(sums[item], unread[item])}"
        for item, told in (*totals.items(), *boxes.items())
        if (told < sums[item] if unread[item] else told != sums[item])
    ]
    if pieces:
        yield "declaration-totals", _few(pieces)


def _least(figure: int, unread: int) -> str:
    return f"at least {figure} (unread at {unread} stations)" if unread else str(figure)


def _winners_differ(contest: Contest, totals: Mapping[str, int], winners: Sequence[str]) -> Iterator[tuple[str, str]]:
    if not contest.elects:
        yield "declaration-winners", "nobody is elected in this contest"
        return
    if len(winners) != contest.seats:
        yield "declaration-winners", f"{len(winners)} winners are named for {contest.seats} seats"
        return
    votes: dict[str, int] = defaultdict(int, totals)
    last = min(winners, key=lambda one: votes[one])
    ahead = [one for one in contest.candidates if one not in winners and votes[one] > votes[last]]
    if ahead:
        more = _few([f"{one} {votes[one]}" for one in ahead])
        yield "declaration-winners", f"{last} is named a winner with {votes[last]} votes; more have {more}"


def _few(pieces: Sequence[str]) -> str:
    more = f" and {len(pieces) - _SHOWN} more" if len(pieces) > _SHOWN else ""
    return "; ".join(pieces[:_SHOWN]) + more
