"""Every seat of a log at any size: ``replay(book, size)``. Nothing is raised for what a log says; what does not fit is a notice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import merge

from tallyproof.record.book import Book, Contest, Declaration, Said
from tallyproof.rules.calendar import Due
from tallyproof.seats.seat import (
    AFTER,
    NAMED,
    Act,
    Declared,
    Seat,
    SeatStateError,
    Statement,
    Status,
    declare,
    double,
    step,
)
from tallyproof.seats.timing import Timing, read_time
from tallyproof.tabulate.winner import declared_winners

OUT_OF_ORDER = "seat-status-out-of-order"
HELD_TWICE = "seat-held-twice"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about the entry of an index that did not move a case or seat as it says, or that somebody should look at.

    ``hint``: what can be done instead.
    """

    code: str
    index: int
    contest: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class SeatsRead:
    """All seats after so many entries, by contest in the order of definition, and what was noticed on the way."""

    seats: tuple[Seat, ...]
    notices: tuple[Notice, ...]

    def of(self, contest: str) -> tuple[Seat, ...]:
        return tuple(one for one in self.seats if one.contest == contest)

    @property
    def held_twice(self) -> dict[str, tuple[Seat, ...]]:
        return double(self.seats)


def replay(book: Book, size: int | None = None) -> SeatsRead:
    """The seats after the first ``size`` entries (all, if left out). Depends on those entries alone."""
    held: dict[tuple[str, int], str] = {}
    seats: dict[str, list[Seat]] = {
        contest.key: [Seat(contest.key, number) for number in range(1, contest.seats + 1)]
        for contest in book.contests.values()
        if contest.elects and (size is None or contest.index < size)
    }
    notices: list[Notice] = []
    for one in _in_order(book, size):
        if one.contest not in seats:
            if isinstance(one, Declaration) or one.type != "seat-status/v1":
                continue
            notices.append(Notice(OUT_OF_ORDER, one.index, one.contest, "nobody is elected in this contest"))
            continue
        if isinstance(one, Declaration):
            notices += _declaration(book, seats, one)
        elif one.type == "statement/v1":
            seats[one.contest] = [replace(seat, statements=(*seat.statements, _statement(one))) for seat in seats[one.contest]]
        else:
            notices += _status(book, seats, one)
        notices += _held_twice(held, seats[one.contest], one.index)
    return SeatsRead(tuple(seat for there in seats.values() for seat in there), tuple(notices))


def _held_twice(held: dict[tuple[str, int], str], seats: Sequence[Seat], index: int) -> Iterator[Notice]:
    """Bring ``held`` (the holder of each seat that is held) up to the seats of one contest, and say who has come to hold more than one."""
    new = []
    for seat in seats:
        place, holder = (seat.contest, seat.number), seat.holder if seat.is_held else None
        if held.get(place) == holder:
            continue
        held.pop(place, None)
        if holder is not None:
            held[place] = holder
            new.append(holder)
    for holder in new:
        places = sorted(place for place, one in held.items() if one == holder)
        if len(places) > 1:
            where = " and ".join(f"seat {number} of {contest}" for contest, number in places)
            yield Notice(HELD_TWICE, index, seats[0].contest, f"{holder} holds {where}; if it is one person, one of them is left")


def by_election_due(seat: Seat, timing: Timing) -> Due | None:
    """By when a vacant seat is to be filled; None if it is not known since when it is vacant, or the law gives no time."""
    return timing("by-election", moment) if (moment := _moment(seat.vacated)) else None


def _moment(text: str) -> datetime | None:
    return read_time(text) if text else None


def _in_order(book: Book, size: int | None) -> Iterator[Said | Declaration]:
    said: Iterator[Said | Declaration] = (one for one in book.said.values() if one.type in ("seat-status/v1", "statement/v1"))
    declared: Iterator[Said | Declaration] = (one for one in book.declarations if one.version is not None)
    for one in merge(said, declared, key=lambda one: one.index):
        if size is not None and one.index >= size:
            return
        yield one


def _statement(said: Said) -> Statement:
    value = said.value
    return Statement(
        index=said.index,
        record_id=said.record_id,
        who=value["who"],
        day=value["day"],
        source=value["source"],
        summary=value["summary"],
        about=value.get("about", ""),
        figures=dict(value.get("figures", {})),
        signers=tuple(key.vkey.name for key in said.signers),
    )


def winners_of(contest: Contest, declaration: Declaration) -> tuple[str, ...]:
    """Whom a declaration returns: the winners it names, else those with the most votes in it; none where votes are equal."""
    if "winners" in declaration.value:
        return tuple(declaration.value["winners"])
    totals = declaration.value["totals"]
    figures = {at: totals[one] for at, one in enumerate(contest.candidates, start=1) if one in totals}
    return tuple(contest.candidates[at - 1] for at in declared_winners(figures, contest.seats))


def _declaration(book: Book, seats: dict[str, list[Seat]], declaration: Declaration) -> Iterator[Notice]:
    contest = book.contests[declaration.contest]
    winners = winners_of(contest, declaration)[: contest.seats]
    signers = book.signers_before(declaration.record_id, declaration.index + 1)
    value = declaration.value
    said = Declared(
        declaration.index,
        declaration.record_id,
        value["stage"],
        value["version"],
        winners,
        tuple(key.vkey.name for key in signers),
    )
    there = seats[declaration.contest] = [replace(seat, declared=(*seat.declared, said)) for seat in seats[declaration.contest]]
    staying = {seat.holder for seat in there if seat.holder in winners}
    new = [one for one in winners if one not in staying]
    for at, seat in enumerate(there):
        winner = seat.holder if seat.holder in winners else new.pop(0) if new else None
        if winner is None:
            continue
        try:
            there[at] = declare(seat, winner, declaration.index)
        except SeatStateError as error:
            if winner != seat.holder:
                yield Notice(OUT_OF_ORDER, declaration.index, declaration.contest, error.message, error.hint)


def _status(book: Book, seats: dict[str, list[Seat]], said: Said) -> Iterator[Notice]:
    value = said.value
    ground = value.get("ground")
    act = Act(
        Status(value["status"]),
        said.index,
        value.get("holder"),
        value.get("when", ""),
        None if ground is None else _ground(book, ground),
        ground,
    )
    there = seats[said.contest]
    chosen = _chosen(there, act)
    if not chosen:
        yield Notice(OUT_OF_ORDER, said.index, said.contest, f"no seat of the contest is one of which {act.status} can be said now")
    for at in chosen:
        try:
            there[at] = step(there[at], act)
        except SeatStateError as error:
            yield Notice(OUT_OF_ORDER, said.index, said.contest, error.message, error.hint)


def _ground(book: Book, record_id: str) -> str:
    """What an entry is as a ground (``seat.Act``)."""
    type_ = book.texts[record_id].type.partition("/")[0]
    if type_ not in ("case-step", "ruling"):
        return type_
    value = book.said[record_id].value
    if type_ == "ruling":
        return f"ruling:{value['outcome']}"
    if "order" in value:
        return f"order:{value['order']['kind']}"
    return "stay" if value["step"] == "stay" else f"step:{value['step']}"


def _chosen(seats: Sequence[Seat], act: Act) -> list[int]:
    """Places of the seats that an act is about. Of several seats an act without a holder is about each that can take it."""
    every = range(len(seats))
    if len(seats) == 1:
        return [0]
    if act.holder is None:
        return [at for at in every if act.status in AFTER[seats[at].state]]
    own = [at for at in every if seats[at].holder == act.holder]
    if own or act.status not in (Status.DECLARED, Status.FILLED):
        return own[:1]
    able = [at for at in every if act.status in AFTER[seats[at].state]]
    return sorted(able, key=lambda at: seats[at].state in NAMED)[:1]
