"""What people look at before they act, as plain data: the docket, a case with its time line, seats, declarations, the gazette list.

Codes, figures and places in the log; no sentences. Offices, never people. The same log, law and time give the same data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from tallyproof.acts.case import may_follow
from tallyproof.acts.declare import contradictions, latest, officers
from tallyproof.acts.law import Law, Told, gazetted, tell
from tallyproof.acts.log import Log
from tallyproof.cases.case import Case, CaseError, Decision, Order, Step
from tallyproof.cases.docket import Row, docket
from tallyproof.cases.effects import Effect, Result, before_after
from tallyproof.cases.replay import replay as replay_cases
from tallyproof.cases.steps import in_time
from tallyproof.record.book import Declaration
from tallyproof.rules.calendar import Due
from tallyproof.rules.deadlines import Deadline
from tallyproof.rules.evaluate import Answer
from tallyproof.seats.replay import by_election_due, winners_of
from tallyproof.seats.replay import replay as replay_seats
from tallyproof.seats.seat import AFTER, HELD, NAMED, Seat, SeatState

Data = dict[str, Any]


def docket_rows(log: Log, contest: str | None = None) -> list[Data]:
    """The docket (``cases.docket``): open cases and orders that wait; then the others, in the order of the log."""
    rows = [_docket_row(row) for row in docket(log.book, None, log.timing) if contest in (None, row.case.contest)]
    there = {row["complaint"] for row in rows}
    over = [one for one in replay_cases(log.book, None, log.timing).cases if one.complaint not in there and contest in (None, one.contest)]
    nothing: Data = {"changes": None, "seated": [], "claimed": [], "margin": None, "share": None, "waiting": []}
    return rows + [{**_head(one), **nothing} for one in over]


def _docket_row(row: Row) -> Data:
    return {
        **_head(row.case),
        "changes": str(row.changes),
        "seated": list(row.seated),
        "claimed": list(row.claimed.winners),
        "margin": row.margin,
        "share": None if row.share is None else str(row.share),
        "waiting": [_effect(one) for one in row.waiting],
    }


def _effect(one: Effect) -> Data:
    return {"type": one.type, "says": one.says, "stations": list(one.stations)}


def _head(case: Case) -> Data:
    return {
        "complaint": case.complaint,
        "index": case.index,
        "number": case.number,
        "contest": case.contest,
        "stage": str(case.stage),
        "open": case.is_open,
        "stayed": case.stayed,
        "court": case.court,
        "due": case.due,
    }


def case_data(log: Log, case: Case, law: Law | None = None) -> Data:
    """A case: what it is about, its time line, who is awaited until when, what each decision did to the result, and what the law says."""
    told = tell(log, law, case.contest) if law else None
    moment = gazetted(log, case.contest, case.index)
    return {
        **_head(case),
        "filed": case.filed,
        "complainants": list(case.complainants),
        "respondents": list(case.respondents),
        "grounds": [str(one) for one in case.grounds],
        "stations": list(case.stations),
        "evidence": [{"record_id": one, "index": log.book.texts[one].index} for one in case.evidence],
        "findings": list(case.findings),
        "asks": str(case.asks) if case.asks else None,
        "candidate": case.candidate,
        "summary": case.summary,
        "filed_in_time": None if moment is None else in_time(case, moment, log.timing),
        "timeline": [*_timeline(log, case)],
        "notified": [{"office": office, "due": one.due, "answer": str(one.answer)} for office, one in sorted(case.notified.items())],
        "may_follow": list(may_follow(case)),
        "decisions": [_decision(log, case, one) for one in case.decisions],
        "out_of_order": [
            {"index": one.index, "message": one.message}
            for one in replay_cases(log.book, None, log.timing).notices
            if one.contest == case.contest and _is_about(log, one.index, case)
        ],
        **_told(told),
    }


def _is_about(log: Log, index: int, case: Case) -> bool:
    return any(one.index == index and one.value.get("complaint") == case.complaint for one in log.book.said.values())


def _timeline(log: Log, case: Case) -> Iterator[Data]:
    said = log.book.said[case.complaint]
    signers = [key.vkey.name for key in said.signers]
    yield {
        "index": case.index,
        "when": case.filed,
        "word": "filed",
        "by": list(case.complainants),
        "signed_by": signers,
        "summary": case.summary,
    }
    found = [_of_step(log, one) for one in case.steps]
    stepped = {one.record_id for one in case.steps}
    found += [_of_ruling(log, one) for one in case.decisions if one.record_id not in stepped]
    yield from sorted(found, key=lambda one: int(one["index"]))


def _of_step(log: Log, step: Step) -> Data:
    signers = [key.vkey.name for key in log.book.said[step.record_id].signers]
    return {
        "index": step.index,
        "when": step.when,
        "word": str(step.word),
        "by": [one.office for one in step.actors],
        "signed_by": signers,
        "summary": step.summary,
        "to": list(step.to),
        "due": step.due,
        "order": _order(step.order),
    }


def _of_ruling(log: Log, decision: Decision) -> Data:
    said = log.book.said[decision.record_id]
    signers = [key.vkey.name for key in said.signers]
    return {
        "index": decision.index,
        "when": "",
        "word": "ruling",
        "by": [decision.court],
        "signed_by": signers,
        "summary": said.value["summary"],
        "outcome": decision.outcome,
    }


def _order(order: Order | None) -> Data | None:
    if order is None:
        return None
    return {"kind": str(order.kind), "stations": list(order.stations), "record": order.record, "candidate": order.candidate}


def _decision(log: Log, case: Case, decision: Decision) -> Data:
    data: Data = {
        "index": decision.index,
        "record_id": decision.record_id,
        "court": decision.court,
        "when": decision.when,
        "order": _order(decision.order),
        "outcome": decision.outcome or None,
        "appeal_due": decision.appeal_due,
    }
    try:
        found = before_after(log.book, case, decision)
    except CaseError:
        return data
    return data | {
        "acts": list(found.acts),
        "waiting": [_effect(one) for one in found.waiting],
        "before": result_data(found.before),
        "after": result_data(found.after),
    }


def result_data(result: Result) -> Data:
    """A result: figures as [least, most], most None where nothing bounds it."""
    return {
        "stations": {
            "expected": result.expected,
            "missing": result.missing,
            "disputed": result.disputed,
            "excluded": result.excluded,
        },
        "totals": {one: [low, result.with_missing[one]] for one, (low, _) in result.totals.items()},
        "state": None if result.state is None else str(result.state),
        "winners": list(result.winners),
        "tie": result.tie,
        "margin": None if result.margin is None else list(result.margin),
    }


def seat_rows(log: Log, contest: str | None = None, law: Law | None = None) -> list[Data]:
    """Every seat: where it stands and since when."""
    found = replay_seats(log.book)
    return [_seat(log, one, law) for one in found.seats if contest in (None, one.contest)]


def _seat(log: Log, seat: Seat, law: Law | None) -> Data:
    due = by_election_due(seat, log.timing) if law and str(seat.state) == "vacant" else None
    return {
        "contest": seat.contest,
        "seat": seat.number,
        "state": str(seat.state),
        "holder": seat.holder,
        "held": seat.is_held,
        "since": seat.since,
        "when": seat.changes[-1].act.when if seat.changes else "",
        "may_follow": sorted(str(one) for one in AFTER[seat.state]),
        "by_election_due": _instant(due),
    }


def seat_data(log: Log, contest: str, law: Law | None = None) -> Data:
    """All seats of a contest with their steps, who declared what, and what was said; and what the law says."""
    found = replay_seats(log.book)
    seats = found.of(contest)
    return {
        "contest": contest,
        "seats": [
            {
                **_seat(log, one, law),
                "steps": [
                    {
                        "index": change.act.index,
                        "status": str(change.act.status),
                        "state": str(change.state),
                        "holder": change.holder,
                        "when": change.act.when,
                        "ground": change.act.ground,
                        "ground_index": log.book.texts[change.act.ground_id].index if change.act.ground_id else None,
                    }
                    for change in one.changes
                ],
            }
            for one in seats
        ],
        "declared": [
            {
                "index": one.index,
                "stage": one.stage,
                "version": one.version,
                "winners": list(one.winners),
                "signed_by": list(one.signers),
            }
            for one in (seats[0].declared if seats else ())
        ],
        "statements": [
            {
                "index": one.index,
                "who": one.who,
                "day": one.day,
                "source": one.source,
                "summary": one.summary,
                "signed_by": list(one.signers),
            }
            for one in (seats[0].statements if seats else ())
        ],
        "held_twice": [
            {"holder": holder, "seats": [[one.contest, one.number] for one in held]}
            for holder, held in found.held_twice.items()
            if any(one.contest == contest for one in held)
        ],
        "out_of_order": [{"index": one.index, "message": one.message, "code": one.code} for one in found.notices if one.contest == contest],
        **_told(tell(log, law, contest) if law else None),
    }


def declaration_rows(log: Log, contest: str | None = None) -> list[Data]:
    """Every declaration: which it is, whether it stands, how many officers signed, and in what it differs from its records."""
    return [declaration_data(log, one) for one in log.book.declarations if one.version and contest in (None, one.contest)]


def declaration_data(log: Log, one: Declaration, law: Law | None = None) -> Data:
    """One declaration. ``stands``: none came after it that takes its place. ``signed_by``: names of keys."""
    stage, version = one.version or ("", 0)
    signers = log.book.texts[one.record_id].signers if one.record_id in log.book.texts else ()
    standing = latest(log, one.contest)
    value = one.value
    return {
        "index": one.index,
        "record_id": one.record_id,
        "contest": one.contest,
        "stage": stage,
        "version": version,
        "stands": standing is not None and standing.record_id == one.record_id,
        "size": one.size,
        "winners": list(winners_of(log.book.contests[one.contest], one)),
        "totals": dict(value["totals"]),
        "boxes": dict(value.get("boxes", {})),
        "missing": list(value.get("missing", [])),
        "disputed": dict(value.get("disputed", {})),
        "excluded": list(value.get("excluded", [])),
        "reason": value.get("reason"),
        "override": value.get("override"),
        "signed_by": [key.vkey.name for key in signers],
        "officers": len(officers(log, one.contest, signers)),
        "differs": [{"code": problem.code, "message": problem.message} for problem in contradictions(log, value)],
        **_told(tell(log, law, one.contest, size=one.size, declared=value) if law else None),
    }


def gazette_rows(log: Log, law: Law | None = None, contest: str | None = None) -> list[Data]:
    """The returned candidates, seat by seat: who, of which party, by which declaration, since when notified, and by when it is due.

    ``differs``: in how many points the declaration differs from its records. ``returned``: somebody has a name to the seat; else the seat
    stands as ``state`` says. ``deadlines``: those of the law that run from the poll.
    """
    rows = []
    for seat in replay_seats(log.book).seats:
        if contest not in (None, seat.contest):
            continue
        named = seat.holder if seat.state in NAMED else None
        candidates = {one["candidate"]: one for one in log.book.contests[seat.contest].value["candidates"]}
        by = next((one for one in reversed(seat.declared) if named in one.winners), None)
        declaration = next((one for one in log.book.declarations if by is not None and one.record_id == by.record_id), None)
        told = tell(log, law, seat.contest) if law else None
        who: Mapping[str, Any] = candidates.get(named or "", {})
        rows.append(
            {
                "contest": seat.contest,
                "seat": seat.number,
                "state": str(seat.state),
                "returned": named,
                "name": who.get("name"),
                "name_ur": who.get("name_ur"),
                "party": who.get("party"),
                "declaration": None
                if by is None
                else {"index": by.index, "stage": by.stage, "version": by.version, "record_id": by.record_id},
                "differs": None if declaration is None else len(contradictions(log, declaration.value)),
                "notified": _notified(seat),
                "deadlines": [_deadline(one) for one in told.deadlines if one.rule.subject in ("publication", "gazette")] if told else [],
            }
        )
    return rows


def _notified(seat: Seat) -> str | None:
    """When the holder was notified, as the act says; None if nobody was since they were declared, or the act does not say."""
    for change in reversed(seat.changes):
        if change.state in (SeatState.NOTIFIED, SeatState.FILLED):
            return change.act.when or None
        if change.state not in HELD:
            return None
    return None


def _told(told: Told | None) -> Data:
    """What the rules say; empty lists if no law was named."""
    if told is None:
        return {"law": [], "deadlines": []}
    return {"law": [_answer(one) for one in told.answers], "deadlines": [_deadline(one) for one in told.deadlines]}


def law_data(told: Told) -> Data:
    """What the rules say of a contest: ``law`` and ``deadlines``."""
    return _told(told)


def _answer(answer: Answer) -> Data:
    return {
        "subject": answer.rule.subject,
        "rule": answer.rule.key,
        "section": answer.section,
        "title": dict(answer.rule.title),
        "verdict": str(answer.verdict),
        "reason": str(answer.reason),
        "open": None if answer.open is None else str(answer.open),
        "confirmed": answer.confirmed,
        "missing": list(answer.missing),
        "figures": dict(answer.figures),
    }


def _deadline(one: Deadline) -> Data:
    return {
        "subject": one.rule.subject,
        "rule": one.rule.key,
        "section": one.section,
        "title": dict(one.rule.title),
        "state": None if one.state is None else str(one.state),
        "due": _instant(one.due),
        "confirmed": one.confirmed,
        "missing": list(one.missing),
    }


def _instant(due: Due | None) -> str | None:
    moment: datetime | None = None if due is None else due.latest
    return None if moment is None else moment.isoformat()
