"""What an order does: which acts carry it out, and the contest's result before it and after them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from tallyproof.cases.case import Case, CaseError, Decision, Order, OrderKind, Word
from tallyproof.cases.replay import CARRY_OUT
from tallyproof.record.book import Book, Record, Said
from tallyproof.record.replay import Part, Replay, tables
from tallyproof.tabulate.frames import frames
from tallyproof.tabulate.gaps import Interval
from tallyproof.tabulate.tabulation import Tabulated, prepare, tabulate
from tallyproof.tabulate.winner import State

NAMED_BY = {**dict.fromkeys((*CARRY_OUT, "recount-result/v1"), "order"), "seat-status/v1": "ground"}
"""The field by which an act of each type names what it rests on."""


@dataclass(frozen=True, slots=True)
class Effect:
    """An act that carries out an order. ``type``: of the entry, without version. ``says``: the word that it has in ``act`` or ``status``.

    ``stations`` empty: all of the contest, or none where the act is about no station. ``names``: the field by which it names the order,
    empty if it has none. ``changes``: whether the totals can become others by it.
    """

    type: str
    says: str = ""
    stations: tuple[str, ...] = ()
    record: str | None = None
    candidate: str | None = None
    names: str = ""
    changes: bool = True


def effects(order: Order) -> tuple[Effect, ...]:
    """The acts that carry an order out, in their order. One that is dismissed has none."""
    stations, record = order.stations, order.record
    match order.kind:
        case OrderKind.DISMISSED:
            return ()
        case OrderKind.RECOUNT:
            return (
                Effect("recount-order", "", stations, names="order", changes=False),
                Effect("recount-result", "", stations, names="order"),
                Effect("seat-status", "recount", names="ground", changes=False),
            )
        case OrderKind.REPOLL:
            return (
                Effect("seat-status", "re-poll", names="ground", changes=False),
                Effect("station-record", "repoll", stations, names="order"),
            )
        case OrderKind.EXCLUDE if record is None:
            return (Effect("exclusion", "", stations, names="order"),)
        case OrderKind.INCLUDE if record is None:
            return (Effect("inclusion", "", stations, names="order"),)
        case OrderKind.EXCLUDE | OrderKind.INCLUDE | OrderKind.CORRECT:
            # No entry takes a single record out or puts one back: a ruling sets the figures that then stand for the station.
            return (Effect("correction", "ruling", stations, record, names="order"),)
        case OrderKind.DECLARE:
            return (Effect("seat-status", "declared", candidate=order.candidate, names="ground", changes=False),)
        case OrderKind.VOID:
            return (Effect("seat-status", "vacated", names="ground", changes=False),)


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a contest by the records alone, as ``specs/tabulation-v1.md`` has it.

    ``totals``: votes by candidate, the upper end None where nothing bounds it; with the missing stations (``with_missing``) apart.
    ``state`` None: nobody is elected in this contest. ``winners``: the elected if proved, else everybody who is not refuted.
    """

    expected: int
    missing: int
    disputed: int
    excluded: int
    totals: Mapping[str, tuple[int, int | None]]
    with_missing: Mapping[str, int | None]
    state: State | None
    states: Mapping[str, State]
    winners: tuple[str, ...]
    tie: bool
    margin: Interval | None


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """A contest's result before an order and after the acts that name it. ``acts``: indexes of those.

    ``waiting``: effects without any, or with the stations that none of them is about.
    """

    decision: Decision
    before: Result
    after: Result
    acts: tuple[int, ...]
    waiting: tuple[Effect, ...]


def before_after(book: Book, case: Case, decision: Decision | None = None, size: int | None = None) -> BeforeAfter:
    """What a decision of a case (the last, if left out) has changed in the first ``size`` entries.

    *Before* is the contest as the entries before the decision leave it. *After* is the same with the acts that name the decision, what they
    supersede, and other copies of them: nothing else that was logged meanwhile. Raises CaseError if the case has no decision.
    """
    decision = decision or (case.decisions[-1] if case.decisions else None)
    if decision is None:
        raise CaseError("nothing was decided in this case yet", hint="ask again after an order")
    replay = Replay(book)
    base = replay.part(case.contest, decision.index)
    acts, changed, waiting = _carried_out(book, replay, base, decision, size)
    results = tabulated({"before": base, "after": changed})
    return BeforeAfter(decision, results["before"], results["after"], acts, waiting)


def still_waiting(book: Book, case: Case, size: int | None = None) -> tuple[Effect, ...]:
    """What of the decision that stands in a case nobody has carried out in the first ``size`` entries; nothing while the case is open.

    On appeal nothing is awaited, until it fails: then the decision below stands again. A ruling names no acts that could be awaited.
    """
    if case.is_open or not case.decisions:
        return ()
    decision = case.decisions[-1]
    if any(one.word is Word.ADMITTED and one.index > decision.index for one in case.steps):
        return ()  # the appeal was heard anew, and what was brought was withdrawn: nothing stands
    replay = Replay(book)
    return _carried_out(book, replay, replay.part(case.contest, decision.index), decision, size)[2]


def _carried_out(
    book: Book, replay: Replay, base: Part, decision: Decision, size: int | None
) -> tuple[tuple[int, ...], Part, tuple[Effect, ...]]:
    contest = base.contest.key
    said = [one for one in book.said.values() if one.contest == contest and (size is None or one.index < size)]
    names = {decision.record_id}
    names |= {one.record_id for one in said if one.type == "recount-order/v1" and _names(one) in names}
    acts = [one for one in said if _names(one) in names]
    records = {one.record: one for one in book.records.values() if one.contest == contest and (size is None or one.made < size)}
    made = [records[one.record_id] for one in acts if one.record_id in records]
    stations = decision.order.stations if decision.order else ()
    if decision.order and decision.order.kind is OrderKind.REPOLL:
        # A re-poll need not name its order. One that names none, at these stations and after the order, is of this order.
        made += [
            one
            for one in records.values()
            if one.act == "repoll" and one.made > decision.index and (not stations or one.station in stations)
            if one.record not in book.said
        ]
    out = set(base.excluded)
    for one in acts:
        if one.type in ("exclusion/v1", "inclusion/v1"):
            (out.add if one.type == "exclusion/v1" else out.discard)(one.value["station"])
    base = replay.part(contest, decision.index, frozenset(out))
    indexes = tuple(sorted({*(one.index for one in acts), *(one.made for one in made)}))
    there = {one.record for one in base.records}
    added = [one for one in _with_copies(records.values(), made, book) if one.record not in there and one.station not in out]
    part = replace(base, records=(*base.records, *added))
    wanted = effects(decision.order) if decision.order is not None else ()
    waiting = [_awaited(one, acts, made) for one in wanted]
    return indexes, part, tuple(one for one in waiting if one is not None)


def _awaited(effect: Effect, acts: Iterable[Said], made: Iterable[Record]) -> Effect | None:
    """What of an effect no act has carried out yet: the whole, or the stations that are left; None if nothing is."""
    there: list[tuple[str, ...]] = [_at(one) for one in acts if one.type.partition("/")[0] == effect.type]
    if effect.type == "station-record":
        there += [(one.station,) for one in made if one.act == "repoll"]
    if not there:
        return effect
    if () in there:
        return None
    left = tuple(one for one in effect.stations if not any(one in stations for stations in there))
    return replace(effect, stations=left) if left else None


def _at(said: Said) -> tuple[str, ...]:
    """The stations that an act is about; empty: the whole contest."""
    if "stations" in said.value:
        return tuple(said.value["stations"])
    return (said.value["station"],) if "station" in said.value else ()


def _names(said: Said) -> str:
    """The record id of the order that an act carries out; empty if it names none. A recount may name the recount order instead."""
    return str(said.value.get(NAMED_BY[said.type], "")) if said.type in NAMED_BY else ""


def _with_copies(records: Iterable[Record], made: Iterable[Record], book: Book) -> list[Record]:
    """The records, what they supersede, and other copies of the same acts, in the order in which they were made."""
    wanted = {one.record for record in made for one in book.chain(record.record)}
    instances = {(one.station, one.act, one.version, one.supersedes) for one in records if one.record in wanted}
    return [one for one in records if (one.station, one.act, one.version, one.supersedes) in instances]


def tabulated(parts: Mapping[str, Part]) -> dict[str, Result]:
    """The result of each part, by the name that it has here; a name is no key of a contest unless it is the part's own."""
    if not parts:
        return {}
    contests = tabulate(prepare(frames(tables(parts))), areas=False).contests
    return {name: _result(contests[name], len(part.excluded)) for name, part in parts.items()}


def _result(total: Tabulated, excluded: int) -> Result:
    ballot, outcome = total.contest.ballot, total.outcome()
    cells = {one: total.cell(one) for one in ballot}
    return Result(
        expected=total.expected,
        missing=total.missing,
        disputed=total.sums.disputed,
        excluded=excluded,
        totals={one: (cell.low, cell.upper) for one, cell in cells.items()},
        with_missing={one: total.with_missing(one) for one in ballot},
        state=None if outcome is None else outcome.state,
        states={} if outcome is None else dict(zip(ballot, outcome.states, strict=True)),
        winners=() if outcome is None else tuple(ballot[at - 1] for at in outcome.candidates),
        tie=outcome is not None and outcome.tie,
        margin=total.margin(),
    )
