"""Open cases in the order in which they matter for a seat."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from tallyproof.cases.case import ABOUT_DECLARATION, Case
from tallyproof.cases.effects import Result, tabulated
from tallyproof.cases.replay import replay
from tallyproof.record.book import Book
from tallyproof.record.replay import Part, Replay
from tallyproof.seats.replay import replay as replay_seats
from tallyproof.seats.timing import Timing, nobody_knows
from tallyproof.tabulate.winner import State


class Changes(StrEnum):
    """Whether what is claimed would give the seat to somebody else."""

    YES = "yes"
    OPEN = "open"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Row:
    """A case on the docket. ``seated``: who has a name to the seats now, by declarations and acts; by the records if nobody has.

    ``claimed``: the result if the complaint is right. ``share``: the margin by the records as a share of the votes they have at the least;
    None if it is not known, which may be as little as nothing. ``due``: the next time that runs, empty if none does.
    """

    case: Case
    changes: Changes
    seated: tuple[str, ...]
    claimed: Result
    margin: int | None
    share: Fraction | None
    due: str


def docket(book: Book, size: int | None = None, timing: Timing = nobody_knows) -> tuple[Row, ...]:
    """The open cases after the first ``size`` entries: those that change the seat first, then the closer contest, then the earlier day.

    **What is claimed**: where a complaint names records as evidence, they alone stand at their stations; at its other stations (at all, if
    it names neither) nothing stands, so that anything may come out of them. If its grounds are about the declaration alone, the records
    stand as they are. Of the result it is asked whether those who have the seats now are elected: proved of all, ``no``; refuted of one,
    or others proved, ``yes``; else ``open``.
    """
    cases = [one for one in replay(book, size, timing).cases if one.is_open]
    source, seats = Replay(book), replay_seats(book, size)
    now = {f"now {key}": source.part(key, size) for key in dict.fromkeys(one.contest for one in cases)}
    claims = {f"claim {at}": _claimed(book, one, now[f"now {one.contest}"]) for at, one in enumerate(cases)}
    results = tabulated({**now, **claims})
    found = []
    for at, case in enumerate(cases):
        present, claimed = results[f"now {case.contest}"], results[f"claim {at}"]
        named = tuple(seat.holder for seat in seats.of(case.contest) if seat.holder is not None)
        seated = named or (present.winners if present.state is State.PROVED else ())
        margin = None if present.margin is None or present.margin.lo is None else max(0, present.margin.lo)
        votes = sum(low for low, _ in present.totals.values())
        share = Fraction(margin, votes) if margin is not None and votes else None
        found.append(Row(case, _changes(seated, claimed), seated, claimed, margin, share, case.due))
    order = list(Changes)
    return tuple(
        sorted(found, key=lambda row: (order.index(row.changes), row.share or Fraction(0), row.due == "", row.due, row.case.index))
    )


def _claimed(book: Book, case: Case, now: Part) -> Part:
    if case.grounds and set(case.grounds) <= ABOUT_DECLARATION:
        return now
    own = [book.records[one] for one in case.evidence if one in book.records and book.records[one].station in now.stations]
    shown = {one.station for one in own}
    contested = set(case.stations) | shown if case.stations or shown else set(now.stations)
    records = [one for one in now.records if one.station not in contested]
    # What a record superseded is not here: it stands by itself.
    records += [replace(one, supersedes=None) for one in own]
    return replace(now, records=tuple(records))


def _changes(seated: tuple[str, ...], claimed: Result) -> Changes:
    if claimed.state is None or not seated:
        return Changes.OPEN
    states = [claimed.states.get(one, State.OPEN) for one in seated]
    if State.REFUTED in states:
        return Changes.YES
    if claimed.state is State.PROVED:
        return Changes.NO if set(seated) <= set(claimed.winners) else Changes.YES
    return Changes.NO if all(one is State.PROVED for one in states) else Changes.OPEN
