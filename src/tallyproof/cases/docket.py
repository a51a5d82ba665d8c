"""Open cases, and orders that nobody has carried out, in the order in which they matter for a seat."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from tallyproof.cases.case import ABOUT_DECLARATION, Case
from tallyproof.cases.effects import Effect, Result, still_waiting, tabulated
from tallyproof.cases.replay import replay
from tallyproof.record.book import Book
from tallyproof.record.replay import Part, Replay
from tallyproof.seats.replay import replay as replay_seats
from tallyproof.seats.seat import SeatState
from tallyproof.seats.timing import Timing, nobody_knows
from tallyproof.tabulate.winner import State


class Changes(StrEnum):
    """Whether what is claimed would give the seat to somebody else."""

    YES = "yes"
    OPEN = "open"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Row:
    """A case on the docket. ``seated``: who has a name to the seats now, by declarations and acts; nobody where all of them are vacant.

    ``claimed``: the result if the complaint is right. ``share``: the margin by the records as a share of the votes they have at the least;
    None if it is not known, which may be as little as nothing. ``due``: the next time that runs, empty if none does. ``waiting``: of a case
    that is decided, what of its order nobody has carried out; empty of one that is open.
    """

    case: Case
    changes: Changes
    seated: tuple[str, ...]
    claimed: Result
    margin: int | None
    share: Fraction | None
    due: str
    waiting: tuple[Effect, ...]


def docket(book: Book, size: int | None = None, timing: Timing = nobody_knows) -> tuple[Row, ...]:
    """The cases after the first ``size`` entries that are open, or decided with an order that is not carried out yet.

    Those that change the seat come first, then the closer contest, then the earlier day.

    **What is claimed**: where a complaint names records as evidence, they alone stand at their stations; at its other stations (at all, if
    it names neither) nothing stands, so that anything may come out of them. If its grounds are about the declaration alone, the records
    stand as they are. Of the result it is asked whether those who have a name to the seats now are elected: proved of all, ``no``; refuted
    of one, or others proved, ``yes``; else ``open``. A seat to which nobody has a name is changed by whoever is proved to be elected:
    ``yes``. Only before anything was declared, winners that the records prove are asked about in their place.
    """
    every = replay(book, size, timing).cases
    waiting = {one.complaint: still_waiting(book, one, size) for one in every}
    cases = [one for one in every if one.is_open or waiting[one.complaint]]
    source, seats = Replay(book), replay_seats(book, size)
    now = {f"now {key}": source.part(key, size) for key in dict.fromkeys(one.contest for one in cases)}
    claims = {f"claim {at}": _claimed(book, one, now[f"now {one.contest}"]) for at, one in enumerate(cases)}
    results = tabulated({**now, **claims})
    found = []
    for at, case in enumerate(cases):
        present, claimed = results[f"now {case.contest}"], results[f"claim {at}"]
        there = seats.of(case.contest)
        seated = tuple(seat.holder for seat in there if seat.holder is not None)
        undeclared = all(seat.state is SeatState.CONTESTED for seat in there)
        elected = present.winners if undeclared and present.state is State.PROVED else seated
        margin = None if present.margin is None or present.margin.lo is None else max(0, present.margin.lo)
        votes = sum(low for low, _ in present.totals.values())
        share = Fraction(margin, votes) if margin is not None and votes else None
        found.append(Row(case, _changes(elected, len(there), claimed), seated, claimed, margin, share, case.due, waiting[case.complaint]))
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


def _changes(elected: tuple[str, ...], seats: int, claimed: Result) -> Changes:
    if claimed.state is None:
        return Changes.OPEN
    states = [claimed.states.get(one, State.OPEN) for one in elected]
    if State.REFUTED in states:
        return Changes.YES
    if claimed.state is State.PROVED:
        return Changes.NO if set(claimed.winners) <= set(elected) else Changes.YES
    return Changes.NO if len(elected) == seats and all(one is State.PROVED for one in states) else Changes.OPEN
