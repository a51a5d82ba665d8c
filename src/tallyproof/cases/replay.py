"""Every case of a log at any size: ``replay(book, size)``. Nothing is raised for what a log says; what does not fit is a notice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tallyproof.cases.case import Case, CaseError, Decision, Ground, Order, OrderKind, Step, Word
from tallyproof.cases.steps import rule, take
from tallyproof.cases.who import actors_of
from tallyproof.record.book import Book, Said
from tallyproof.record.canon import Json
from tallyproof.seats.replay import Notice
from tallyproof.seats.timing import Timing, nobody_knows

OUT_OF_ORDER = "case-step-out-of-order"
CARRY_OUT = ("recount-order/v1", "exclusion/v1", "inclusion/v1", "correction/v1", "station-record/v1")
"""Types of entries that name the order which they carry out."""


@dataclass(frozen=True, slots=True)
class CasesRead:
    """All cases after so many entries, in the order in which they were filed, and what was noticed on the way."""

    cases: tuple[Case, ...]
    notices: tuple[Notice, ...]

    def of(self, contest: str) -> tuple[Case, ...]:
        return tuple(one for one in self.cases if one.contest == contest)

    def case(self, complaint: str) -> Case | None:
        """By the record id of the complaint."""
        return next((one for one in self.cases if one.complaint == complaint), None)


def replay(book: Book, size: int | None = None, timing: Timing = nobody_knows) -> CasesRead:
    """The cases after the first ``size`` entries (all, if left out). Depends on those entries and on ``timing`` alone."""
    contested = _Contested(book)
    cases: dict[str, Case] = {}
    orders: dict[str, bool] = {}
    notices: list[Notice] = []
    for said in book.said.values():
        if size is not None and said.index >= size:
            break
        if said.type == "complaint/v1":
            cases[said.record_id] = file(book, said)
        elif said.type in ("case-step/v1", "ruling/v1"):
            key = said.value["complaint"]
            case = replace(cases[key], signed=contested.signers(cases[key], said.index))
            try:
                cases[key] = _taken(book, case, said, timing)
                orders[said.record_id] = True
            except CaseError as error:
                orders[said.record_id] = False
                notices.append(Notice(OUT_OF_ORDER, said.index, said.contest, error.message, error.hint))
        elif said.type in CARRY_OUT and not orders.get(said.value.get("order", ""), True):
            order = book.texts[said.value["order"]].index
            name = said.type.partition("/")[0]
            notices.append(
                Notice(OUT_OF_ORDER, said.index, said.contest, f"the {name} rests on entry {order}, which the case did not allow")
            )
    return CasesRead(tuple(cases.values()), tuple(notices))


def file(book: Book, said: Said) -> Case:
    """The case that a ``complaint`` entry begins."""
    value, contest = said.value, book.contests[said.contest]
    return Case(
        complaint=said.record_id,
        number=value["complaint"],
        contest=said.contest,
        index=said.index,
        complainants=tuple(one.office for one in actors_of(said.signers, _threshold(book))),
        respondents=tuple(value.get("respondents", ())),
        grounds=tuple(Ground(one) for one in value.get("grounds", ())),
        stations=tuple(value.get("stations", ())),
        evidence=tuple(value.get("evidence", ())),
        findings=tuple(value.get("findings", ())),
        asks=OrderKind(value["asks"]) if "asks" in value else None,
        candidate=value.get("candidate"),
        filed=value.get("when", ""),
        summary=value["summary"],
        parties=frozenset(f"party:{one['party']}" for one in contest.value["candidates"] if "party" in one),
    )


def step_of(value: Json) -> Step:
    """What the value of a ``case-step`` entry says, without who signed it: for asking beforehand whether it can be taken."""
    ordered = value.get("order")
    order = None
    if ordered is not None:
        order = Order(OrderKind(ordered["kind"]), tuple(ordered.get("stations", ())), ordered.get("record"), ordered.get("candidate"))
    return Step(
        word=Word(value["step"]),
        actors=(),
        when=value["when"],
        summary=value["summary"],
        to=tuple(value.get("to", ())),
        due=value.get("due", ""),
        order=order,
    )


def _taken(book: Book, case: Case, said: Said, timing: Timing) -> Case:
    actors = actors_of(said.signers, _threshold(book))
    if said.type == "case-step/v1":
        return take(case, replace(step_of(said.value), actors=actors, index=said.index, record_id=said.record_id), timing)
    courts = [one for one in actors if one.kind == "court"]
    if len(courts) != 1:
        raise CaseError("a ruling is for one court to say", hint="let the court that has the case sign, alone")
    return rule(case, courts[0], Decision(said.index, said.record_id, "", "", None, said.value["outcome"]))


def _threshold(book: Book) -> int:
    return 1 if book.definition is None else book.definition.threshold


class _Contested:
    """The records that a complaint contests: those it names, and those of its stations, as they were when it was filed."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._at: dict[tuple[str, str], list[str]] = {}
        for record in book.records.values():
            self._at.setdefault((record.contest, record.station), []).append(record.record)
        self._known: dict[str, tuple[str, ...]] = {}

    def _records(self, case: Case) -> Iterator[str]:
        records = self._book.records
        yield from (one for one in case.evidence if one in records and records[one].made < case.index)
        for station in case.stations:
            yield from (one for one in self._at.get((case.contest, station), ()) if records[one].made < case.index)

    def signers(self, case: Case, index: int) -> frozenset[str]:
        """The offices of those who had signed one before the entry of this index."""
        if case.complaint not in self._known:
            self._known[case.complaint] = tuple(dict.fromkeys(self._records(case)))
        book = self._book
        return frozenset(key.issuer for one in self._known[case.complaint] for key in book.signers_before(one, index))
