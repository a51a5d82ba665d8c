"""The life of one seat: its states, what may follow what, and what each step rests on.

A ``Seat`` is frozen; ``step`` gives the next one, or raises ``SeatStateError`` with what to do. What a holder, a party or the press *says*
is kept beside the life and moves nothing: only an act of the authority, or a declaration, does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from tallyproof.errors import RuleError


class SeatState(StrEnum):
    """Where a seat stands."""

    CONTESTED = "contested"
    DECLARED = "declared"
    """A winner was declared; nobody has been returned yet."""
    NOTIFIED = "notified"
    """The name is in the gazette: the holder is returned, and has taken no oath."""
    TAKEN = "taken"
    RELINQUISHED = "relinquished"
    DISQUALIFIED = "disqualified"
    DIED = "died"
    OPTIONED = "optioned"
    """The holder won more than one seat and chose another."""
    STAYED = "stayed"
    VACANT = "vacant"
    RECOUNT = "recount"
    REPOLL = "re-poll"
    BY_ELECTION = "by-election"
    FILLED = "filled"


class Status(StrEnum):
    """What a ``seat-status`` entry says (``specs/entry-v1.md`` section 4)."""

    DECLARED = "declared"
    NOTIFIED = "notified"
    TAKEN = "taken"
    RELINQUISHED = "relinquished"
    DISQUALIFIED = "disqualified"
    DIED = "died"
    OPTIONED = "optioned"
    STAYED = "stayed"
    VACATED = "vacated"
    REPOLL = "re-poll"
    RECOUNT = "recount"
    BY_ELECTION = "by-election"
    FILLED = "filled"

    @property
    def state(self) -> SeatState:
        return SeatState.VACANT if self is Status.VACATED else SeatState(self.value)


_ANEW = frozenset({Status.DECLARED, Status.STAYED, Status.RECOUNT, Status.REPOLL, Status.VACATED})
_LEFT = frozenset({Status.RELINQUISHED, Status.DISQUALIFIED, Status.DIED, Status.OPTIONED})
_BEFORE_OATH = frozenset({Status.DISQUALIFIED, Status.DIED})

AFTER: Mapping[SeatState, frozenset[Status]] = {
    SeatState.CONTESTED: frozenset({Status.DECLARED, Status.STAYED, Status.RECOUNT, Status.REPOLL}),
    SeatState.DECLARED: frozenset({Status.NOTIFIED}) | _ANEW | _BEFORE_OATH,
    SeatState.NOTIFIED: frozenset({Status.TAKEN}) | _ANEW | _LEFT,
    SeatState.TAKEN: _ANEW | _LEFT,
    SeatState.RELINQUISHED: frozenset({Status.VACATED}),
    SeatState.DISQUALIFIED: frozenset({Status.VACATED}),
    SeatState.DIED: frozenset({Status.VACATED}),
    SeatState.OPTIONED: frozenset({Status.VACATED}),
    SeatState.STAYED: (_ANEW - {Status.STAYED}) | _BEFORE_OATH,
    SeatState.VACANT: frozenset({Status.DECLARED, Status.RECOUNT, Status.REPOLL, Status.BY_ELECTION}),
    SeatState.RECOUNT: frozenset({Status.DECLARED, Status.STAYED, Status.REPOLL, Status.VACATED}),
    SeatState.REPOLL: frozenset({Status.DECLARED, Status.STAYED, Status.VACATED}),
    SeatState.BY_ELECTION: frozenset({Status.FILLED}),
    SeatState.FILLED: frozenset({Status.TAKEN}) | _ANEW | _LEFT,
}
"""What may follow each state. ``docs/explanation/seats.md`` has the same as a picture."""

HELD = frozenset({SeatState.NOTIFIED, SeatState.TAKEN, SeatState.FILLED})
"""States in which somebody is returned for the seat."""
NAMED = HELD | {SeatState.DECLARED, SeatState.STAYED, SeatState.RECOUNT, *(status.state for status in _LEFT)}
"""States in which the seat has a name to it, though perhaps nobody holds it."""
OPEN_TO_DECLARATIONS = frozenset({SeatState.CONTESTED, SeatState.DECLARED, SeatState.RECOUNT, SeatState.REPOLL})
"""States in which a returning officer's declaration is the next step; from any other it takes an order."""

_RULED = frozenset({"ruling:granted", "ruling:part"})
_GROUNDS: Mapping[Status, frozenset[str]] = {
    Status.STAYED: _RULED | {"stay"},
    Status.RECOUNT: _RULED | {"order:recount", "recount-order"},
    Status.REPOLL: _RULED | {"order:re-poll", "order:void", "exclusion"},
    Status.DISQUALIFIED: _RULED | {"order:void", "order:declare"},
    Status.DECLARED: _RULED | {"order:declare", "order:correct", "order:exclude", "order:include", "correction", "recount-result"},
    Status.VACATED: _RULED | {"order:void", "order:re-poll", "order:declare"},
}
"""What a step against a holder can rest on. A statement, a complaint or another status is never among them."""
_LIFTS = frozenset({"order:dismissed", "ruling:refused"})
"""What gives a stayed seat back to whom it was declared for."""


class SeatStateError(RuleError):
    """A step that the seat cannot take."""


@dataclass(frozen=True, slots=True)
class Act:
    """One official step. ``index``: of its entry. ``ground``: what it rests on, ``ground_id`` that entry.

    A ground is the type of the entry without its version; of an order in a case ``order:`` and its kind, of an interim order ``stay``, of
    another step of a case ``step:`` and which, of a ruling ``ruling:`` and its outcome.

    ``holder``: candidate id; may be left out where the seat has a name already. ``when``: as the act states it, empty if it does not.
    """

    status: Status
    index: int
    holder: str | None = None
    when: str = ""
    ground: str | None = None
    ground_id: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One step that was taken, and where it led."""

    act: Act
    state: SeatState
    holder: str | None


@dataclass(frozen=True, slots=True)
class Declared:
    """That somebody declared something, whether it moved the seat or not. ``signers``: names of keys. ``winners`` empty: it names none."""

    index: int
    record_id: str
    stage: str
    version: int
    winners: tuple[str, ...]
    signers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody said of the contest, and who signed that it was said. It changes nothing.

    ``about``: ``records``, ``declared`` or empty; ``figures``: votes by candidate id.
    """

    index: int
    record_id: str
    who: str
    day: str
    source: str
    summary: str
    about: str
    figures: Mapping[str, int]
    signers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seat:
    """One seat of a contest, numbered from 1. ``holder``: who has a name to it in ``state`` (see ``NAMED``), a candidate id."""

    contest: str
    number: int = 1
    state: SeatState = SeatState.CONTESTED
    holder: str | None = None
    changes: tuple[Change, ...] = ()
    declared: tuple[Declared, ...] = ()
    statements: tuple[Statement, ...] = ()

    @property
    def is_held(self) -> bool:
        return self.state in HELD and self.holder is not None

    @property
    def since(self) -> int | None:
        """Index of the entry that brought the seat to its state; None while it is contested."""
        return self.changes[-1].act.index if self.changes else None

    @property
    def vacated(self) -> str:
        """When the seat was vacated last, as the act states it; empty if it never was or the act does not say."""
        return next((one.act.when for one in reversed(self.changes) if one.state is SeatState.VACANT), "")


def step(seat: Seat, act: Act, others: Iterable[Seat] = ()) -> Seat:
    """The seat after an official step. Raises SeatStateError; the seat given is unchanged.

    ``others``: further seats in which the holder's id is known to mean the same person; who has taken one there can take no oath here.
    """
    if act.status not in AFTER[seat.state]:
        follows = ", ".join(sorted(AFTER[seat.state])) or "nothing"
        raise SeatStateError(f"{_name(seat)} is {seat.state}: it cannot be {act.status} now", hint=f"what can follow: {follows}")
    holder = _holder(seat, act)
    _rests(seat, act, holder)
    if act.status is Status.TAKEN and (elsewhere := [one for one in others if one.holder == holder and one.state is SeatState.TAKEN]):
        raise SeatStateError(f"{holder} has taken {_name(elsewhere[0])} already", hint="one of the two is left first: status optioned")
    state = act.status.state
    kept = holder if state in NAMED else None
    return replace(seat, state=state, holder=kept, changes=(*seat.changes, Change(act, state, kept)))


def declare(seat: Seat, winner: str, index: int) -> Seat:
    """The seat after a returning officer's declaration that names ``winner``. Raises SeatStateError where that takes an order."""
    if seat.state not in OPEN_TO_DECLARATIONS:
        raise SeatStateError(
            f"{_name(seat)} is {seat.state}: a declaration by itself does not move it",
            hint="append a seat-status declared whose ground is the order",
        )
    change = Change(Act(Status.DECLARED, index, winner, ground="declaration"), SeatState.DECLARED, winner)
    return replace(seat, state=SeatState.DECLARED, holder=winner, changes=(*seat.changes, change))


def _name(seat: Seat) -> str:
    return f"seat {seat.number} of {seat.contest}"


def _holder(seat: Seat, act: Act) -> str | None:
    if act.status is Status.DECLARED:
        if act.holder is None:
            raise SeatStateError("a declaration names who is declared", hint="give the holder")
        return act.holder
    if act.status is Status.FILLED:
        if act.holder is None:
            raise SeatStateError("a seat is filled by somebody", hint="give the holder")
        return act.holder
    if act.holder is not None and act.holder != seat.holder:
        named = f"{seat.holder} has a name to it" if seat.holder else "nobody has a name to it"
        raise SeatStateError(f"{act.holder} is not the holder of {_name(seat)}: {named}", hint="declare another first, by an order")
    return seat.holder


def _rests(seat: Seat, act: Act, holder: str | None) -> None:
    """Steps against a holder rest on a decision."""
    fitting = _GROUNDS.get(act.status)
    if fitting is None:
        return
    if act.status is Status.DECLARED:
        # A first or corrected declaration needs none, nor one after a count that was ordered.
        needed = seat.state not in OPEN_TO_DECLARATIONS
    elif act.status is Status.VACATED:
        needed = seat.state not in {status.state for status in _LEFT}
    else:
        needed = True
    if seat.state is SeatState.STAYED and act.status is Status.DECLARED and holder == seat.holder:
        fitting |= _LIFTS
    if needed and act.ground not in fitting:
        given = f"not on a {act.ground}" if act.ground else "and it has none"
        raise SeatStateError(
            f"{act.status} from {seat.state} rests on a decision, {given}", hint=f"name as ground one of: {', '.join(sorted(fitting))}"
        )


def double(seats: Iterable[Seat]) -> dict[str, tuple[Seat, ...]]:
    """Candidate ids that hold more than one seat, with their seats. One id in two contests may be two people: somebody has to look."""
    by_holder: dict[str, list[Seat]] = {}
    for seat in seats:
        if seat.is_held and seat.holder is not None:
            by_holder.setdefault(seat.holder, []).append(seat)
    return {holder: tuple(held) for holder, held in by_holder.items() if len(held) > 1}


def picture() -> str:
    """The states and what may follow them, as a mermaid state diagram."""
    names = {state: state.replace("-", "_") for state in SeatState}
    lines = ["stateDiagram-v2", f"  [*] --> {names[SeatState.CONTESTED]}"]
    lines += [f"  {names[state]}: {state}" for state in SeatState if names[state] != state]
    for state in SeatState:
        lines += [f"  {names[state]} --> {names[status.state]}: {status}" for status in Status if status in AFTER[state]]
    return "\n".join(lines) + "\n"
