"""What becomes of a result: declarations, statements, complaints, orders and seats of a log at one size, as one document.

JSON values alone (``specs/afterlife-v1.md``). The same entries, size and day give the same bytes. Nothing is judged here: states, due
days and effects are those of ``cases`` and ``seats``, and what an order changes is tabulated from the acts that name it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from tallyproof.cases.case import Case, Decision, Order
from tallyproof.cases.docket import docket
from tallyproof.cases.effects import BeforeAfter, Effect, Result, before_after, tabulated
from tallyproof.cases.replay import CasesRead
from tallyproof.cases.replay import replay as replay_cases
from tallyproof.cases.steps import in_time
from tallyproof.cases.who import actors_of
from tallyproof.compare.logged import judge_declarations
from tallyproof.errors import RuleError, UsageError
from tallyproof.record.book import Book, Contest, Declaration, Said
from tallyproof.record.replay import Replay
from tallyproof.seats.replay import SeatsRead, by_election_due, winners_of
from tallyproof.seats.replay import replay as replay_seats
from tallyproof.seats.seat import Seat, Statement
from tallyproof.seats.timing import Timing, is_late, nobody_knows, read_time
from tallyproof.tabulate.gaps import Interval

FORMAT = "tallyproof-afterlife"
VERSION = 1
LISTED = 200
"""Stations listed in one place; the rest are counted."""
LAW = ("subject", "rule", "section", "title", "state", "due", "confirmed", "missing")
"""What is kept of a deadline (``acts.view``)."""

Json = dict[str, Any]


def afterlife(
    book: Book,
    origin: str,
    size: int,
    *,
    contests: Iterable[str] = (),
    case: str = "",
    timing: Timing = nobody_knows,
    at: datetime | None = None,
    law: Mapping[str, Json] | None = None,
    notice: Mapping[str, str] | None = None,
    first_invented: int | None = None,
) -> Json:
    """The document about the first ``size`` entries of a log.

    ``contests``: only these (all of the log, if left out). ``at``: the instant at which due days are looked at; without it nothing is
    called overdue. ``case``: record id of the one complaint that is shown and stands on the docket. ``law``: what the rules say, by contest
    (``acts.view.law_data``). ``notice``: a sentence by language for the head of every page. ``first_invented``: an example's entries from
    this index on are marked as invented. Raises UsageError for a contest that the log does not define in these entries.
    """
    known = [key for key, contest in book.contests.items() if contest.index < size]
    wanted = list(dict.fromkeys(contests)) or known
    for contest in wanted:
        if contest not in known:
            raise UsageError(f"the log defines no contest {contest!r} in its first {size} entries", hint=f"contests: {', '.join(known)}")
    cases, seats = replay_cases(book, size, timing), replay_seats(book, size)
    source = Replay(book)
    results = tabulated({contest: source.part(contest, size) for contest in wanted})
    definition = book.definition
    return {
        "format": FORMAT,
        "version": VERSION,
        "origin": origin,
        "size": size,
        "at": at.isoformat() if at is not None else None,
        "notice": dict(notice or {}),
        "first_invented": first_invented,
        "election": {key: str(definition.value[key]) for key in ("election", "name", "name_ur", "day") if key in definition.value}
        if definition is not None
        else {},
        "contests": [
            _contest(book, contest, size, results[contest], cases, seats, timing, at, case, (law or {}).get(contest)) for contest in wanted
        ],
        "docket": [
            {
                "complaint": row.case.complaint,
                "number": row.case.number,
                "contest": row.case.contest,
                "changes": str(row.changes),
                "seated": list(row.seated),
                "claimed": _result(row.claimed),
                "margin": row.margin,
                "due": row.due,
                "overdue": _overdue(row.due, at),
                "waiting": [_effect(effect) for effect in row.waiting],
            }
            for row in docket(book, size, timing)
            if row.case.contest in wanted and case in ("", row.case.complaint)
        ],
    }


def to_json(document: Json) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n"


def _contest(
    book: Book,
    key: str,
    size: int,
    result: Result,
    cases: CasesRead,
    seats: SeatsRead,
    timing: Timing,
    at: datetime | None,
    case: str,
    law: Json | None,
) -> Json:
    contest = book.contests[key]
    declarations = [one for one in book.declarations if one.contest == key and one.index < size and one.version is not None]
    here = [one for one in cases.of(key) if case in ("", one.complaint)]
    source = Replay(book)
    return {
        "contest": key,
        **{name: contest.value[name] for name in ("name", "name_ur") if name in contest.value},
        "candidates": [
            {name: one[name] for name in ("candidate", "name", "name_ur", "party") if name in one} for one in contest.value["candidates"]
        ],
        "elects": contest.seats if contest.elects else 0,
        "result": _result(result),
        "declared": [_declared(book, contest, one, source) for one in declarations],
        "seats": [_seat(book, one, timing, at) for one in seats.of(key)],
        "statements": [_statement(one) for one in _statements(seats, key)],
        "cases": [_case(book, one, size, timing, at) for one in here],
        "events": list(_events(book, contest, size, cases, seats)),
        "notices": [
            {"code": one.code, "index": one.index, "message": one.message}
            for one in sorted((*cases.notices, *seats.notices), key=lambda one: (one.index, one.code))
            if one.contest == key
        ],
        "law": [{name: one[name] for name in LAW} for one in (law or {}).get("deadlines", ())],
    }


def _statements(seats: SeatsRead, contest: str) -> tuple[Statement, ...]:
    found = seats.of(contest)
    return found[0].statements if found else ()


def _declared(book: Book, contest: Contest, one: Declaration, source: Replay) -> Json:
    return {
        "index": one.index,
        "record_id": one.record_id,
        "stage": one.value["stage"],
        "version": one.value["version"],
        "rests_on": one.size,
        "winners": list(winners_of(contest, one)),
        "totals": {candidate: int(figure) for candidate, figure in one.value["totals"].items()},
        "reason": one.value.get("reason", ""),
        "override": one.value.get("override", ""),
        "records": _result(tabulated({contest.key: source.part(contest.key, one.size)})[contest.key]),
        "contradicts": sorted({problem.code for problem in judge_declarations(book, [one])}),
    }


def _seat(book: Book, seat: Seat, timing: Timing, at: datetime | None) -> Json:
    due = by_election_due(seat, timing)
    return {
        "number": seat.number,
        "state": str(seat.state),
        "holder": seat.holder,
        "since": seat.since,
        "changes": [
            {
                "index": one.act.index,
                "status": str(one.act.status),
                "state": str(one.state),
                "holder": one.holder,
                "when": one.act.when,
                "ground": one.act.ground or "",
                "ground_index": book.texts[one.act.ground_id].index if one.act.ground_id in book.texts else None,
            }
            for one in seat.changes
        ],
        "by_election_due": due.latest.isoformat() if due is not None else "",
        "by_election_overdue": is_late(at, due) if at is not None and due is not None else None,
    }


def _statement(one: Statement) -> Json:
    return {
        "index": one.index,
        "record_id": one.record_id,
        "who": one.who,
        "day": one.day,
        "source": one.source,
        "summary": one.summary,
        "about": one.about,
        "figures": dict(one.figures),
    }


def _case(book: Book, case: Case, size: int, timing: Timing, at: datetime | None) -> Json:
    return {
        "complaint": case.complaint,
        "number": case.number,
        "index": case.index,
        "stage": str(case.stage),
        "is_open": case.is_open,
        "court": case.court,
        "stayed": case.stayed,
        "complainants": list(case.complainants),
        "respondents": list(case.respondents),
        "asks": str(case.asks) if case.asks else "",
        "candidate": case.candidate,
        "grounds": [str(one) for one in case.grounds],
        "stations": list(case.stations[:LISTED]),
        "stations_count": len(case.stations),
        "evidence": [_evidence(book, one) for one in case.evidence],
        "findings": list(case.findings),
        "summary": case.summary,
        "filed": case.filed,
        "in_time": _in_time(book, case, timing),
        "notified": [
            {"office": office, "due": one.due, "answer": str(one.answer), "overdue": _overdue(one.due, at) if one.is_open else None}
            for office, one in case.notified.items()
        ],
        "due": case.due,
        "overdue": _overdue(case.due, at),
        "decisions": [_decision(book, case, one, size) for one in case.decisions],
    }


def _evidence(book: Book, record_id: str) -> Json:
    text = book.texts.get(record_id)
    found = {"index": text.index, "type": text.type.partition("/")[0], "station": text.station} if text is not None else {}
    return {"record_id": record_id, **found}


def _in_time(book: Book, case: Case, timing: Timing) -> bool | None:
    """Whether the complaint came within the time for petitions, from the first act that notifies a winner; None: cannot be told."""
    notified = [
        said.value.get("when", "")
        for said in book.said.values()
        if said.type == "seat-status/v1" and said.contest == case.contest and said.value["status"] == "notified" and said.index < case.index
    ]
    if not notified or not notified[-1] or not case.filed:
        return None
    try:
        return in_time(case, read_time(notified[-1]), timing)
    except RuleError:
        return None


def _decision(book: Book, case: Case, one: Decision, size: int) -> Json:
    changed = before_after(book, case, one, size)
    return {
        "index": one.index,
        "record_id": one.record_id,
        "court": one.court,
        "when": one.when,
        "order": _order(one.order),
        "outcome": one.outcome,
        "appeal_due": one.appeal_due,
        "before": _result(changed.before),
        "after": _result(changed.after),
        "acts": list(changed.acts),
        "waiting": [_effect(effect) for effect in changed.waiting],
        "changed": _what_changed(changed),
    }


def _what_changed(changed: BeforeAfter) -> str:
    """``nothing``, ``figures``, ``winner`` (proved or not refuted); ``waiting`` while an act that could change figures is missing."""
    if changed.before.winners != changed.after.winners or changed.before.state != changed.after.state:
        return "winner"
    if changed.before != changed.after:
        return "figures"
    return "waiting" if any(effect.changes for effect in changed.waiting) else "nothing"


def _effect(one: Effect) -> Json:
    return {"type": one.type, "says": one.says, "stations": list(one.stations[:LISTED]), "candidate": one.candidate}


def _order(order: Order | None) -> Json | None:
    if order is None:
        return None
    return {
        "kind": str(order.kind),
        "stations": list(order.stations[:LISTED]),
        "stations_count": len(order.stations),
        "record": order.record,
        "candidate": order.candidate,
    }


def _result(one: Result) -> Json:
    return {
        "expected": one.expected,
        "missing": one.missing,
        "disputed": one.disputed,
        "excluded": one.excluded,
        "totals": [
            {
                "candidate": candidate,
                "min": low,
                "max": high,
                "max_with_missing": one.with_missing.get(candidate),
                "state": str(one.states.get(candidate, "")),
            }
            for candidate, (low, high) in one.totals.items()
        ],
        "state": str(one.state) if one.state is not None else "",
        "winners": list(one.winners),
        "tie": one.tie,
        "margin": _interval(one.margin),
    }


def _interval(one: Interval | None) -> list[int | None] | None:
    return None if one is None else [one.lo, one.hi]


def _overdue(due: str, at: datetime | None) -> bool | None:
    """Whether the last instant has passed; None if there is no day, or nobody said when it is asked."""
    if not due or at is None:
        return None
    try:
        return at > read_time(due)
    except RuleError:
        return None


def _events(book: Book, contest: Contest, size: int, cases: CasesRead, seats: SeatsRead) -> Iterator[Json]:
    """All that was said and done about a contest after its records, in the order of entries. ``moved`` False: it had no effect."""
    unmoved = {one.index for one in (*cases.notices, *seats.notices) if one.code.endswith("out-of-order")}
    steps = {step.index: step for case in cases.cases for step in case.steps}
    states: dict[int, list[Json]] = {}
    for seat in seats.of(contest.key):
        for change in seat.changes:
            states.setdefault(change.act.index, []).append({"seat": seat.number, "state": str(change.state), "holder": change.holder})
    every: list[Said | Declaration] = [*book.said.values(), *(one for one in book.declarations if one.version is not None)]
    threshold = int(book.definition.value["threshold"]) if book.definition is not None else 1
    for one in sorted((one for one in every if one.contest == contest.key and one.index < size), key=lambda one: one.index):
        value = one.value
        yield {
            "index": one.index,
            "record_id": one.record_id,
            "type": one.type.partition("/")[0],
            "when": value.get("when") or value.get("day") or "",
            "by": [
                actor.office for actor in actors_of(one.signers if isinstance(one, Said) else book.texts[one.record_id].signers, threshold)
            ],
            "says": _says(value, one.type),
            "summary": value.get("summary") or value.get("reason") or "",
            "of": _of(value),
            "order": _order(steps[one.index].order) if one.index in steps else None,
            "due": value.get("due", ""),
            "to": list(value.get("to", ())),
            "states": states.get(one.index, []),
            "moved": one.index not in unmoved,
        }


def _says(value: Mapping[str, Any], type_: str) -> str:
    """The word of the act: the status of a seat, the step of a case, the stage of a declaration, the outcome of a ruling."""
    words = {"seat-status/v1": "status", "case-step/v1": "step", "declaration/v1": "stage", "ruling/v1": "outcome", "complaint/v1": "asks"}
    return str(value.get(words.get(type_, ""), ""))


def _of(value: Mapping[str, Any]) -> Json:
    """Whom and what the act is about, as far as it says so."""
    found = {key: value[key] for key in ("holder", "candidate", "winners", "who", "station", "complaint", "version") if key in value}
    if "stations" in value:
        found |= {"stations": list(value["stations"][:LISTED]), "stations_count": len(value["stations"])}
    return found
