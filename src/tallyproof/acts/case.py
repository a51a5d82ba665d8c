"""What can be done about a complaint, as verbs: each gives the entry to sign, or raises why it may not be done and what may.

Sections of law are those of the jurisdiction's rules (``acts.law``); which step follows which, and whose it is, is in ``cases``. ``by``:
the keys that are going to sign. ``when``, ``due``: times as in an entry, in UTC. ``complaint``: the record id of the complaint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC

from tallyproof.acts.log import Act, ActError, Log, fields, known
from tallyproof.cases.case import AFTER, Case, Ground, OrderKind, Stage, Word
from tallyproof.record.book import Figure
from tallyproof.record.canon import Json
from tallyproof.record.note import Vkey
from tallyproof.record.replay import Replay
from tallyproof.seats.timing import read_time

OUTCOMES = ("granted", "part", "refused")
By = Sequence[Vkey]


def file(
    log: Log,
    *,
    by: By,
    contest: str,
    number: str,
    summary: str,
    when: str,
    grounds: Sequence[str] = (),
    stations: Sequence[str] = (),
    evidence: Sequence[str] = (),
    respondents: Sequence[str] = (),
    findings: Sequence[str] = (),
    documents: Sequence[str] = (),
    asks: str | None = None,
    candidate: str | None = None,
) -> Act:
    """A complaint. ``evidence``: record ids; ``documents``: SHA-256 of salt and document; ``findings``: codes of a report.

    Raises ActError, Refused, UsageError. A number that the contest has already is refused: people would take the two for one.
    """
    log.contest(contest)
    taken = [one for one in log.book.said.values() if one.type == "complaint/v1" and one.contest == contest]
    if twin := next((one for one in taken if one.value["complaint"] == number), None):
        raise ActError(f"the complaint {number!r} is entry {twin.index} already", hint="give this one another number")
    for ground in grounds:
        known("ground", ground, Ground)
    if asks is not None:
        known("order", asks, OrderKind)
    value = fields(
        asks=asks,
        candidate=candidate,
        complaint=number,
        contest=contest,
        documents=list(documents),
        evidence=[log.record_id(one) for one in evidence],
        findings=list(findings),
        grounds=list(grounds),
        respondents=list(respondents),
        stations=list(stations),
        summary=summary,
        when=when,
    )
    return log.ask("complaint/v1", value, by)


def step(
    log: Log,
    *,
    by: By,
    complaint: str,
    word: str,
    summary: str,
    when: str,
    due: str = "",
    to: Sequence[str] = (),
    order: Json | None = None,
) -> Act:
    """One step of a case; ``cases.case.Word`` has the words. ``order``: the fields of an order, with the word ``order`` alone.

    The time for a reply or an appeal that is left out is asked of the rules and written into the entry, so that no reader needs them.
    Raises ActError, CaseError, Refused, UsageError.
    """
    known("step", word, Word)
    case = log.case(complaint)
    if not due and word in (Word.NOTICE, Word.ORDER):
        due = _by_rules(log, "reply" if word == Word.NOTICE else "appeal", when)
    value = fields(complaint=case.complaint, contest=case.contest, due=due, order=order, step=word, summary=summary, to=list(to), when=when)
    return log.ask("case-step/v1", value, by)


def order(
    log: Log,
    *,
    by: By,
    complaint: str,
    kind: str,
    summary: str,
    when: str,
    due: str = "",
    stations: Sequence[str] = (),
    record: str | None = None,
    candidate: str | None = None,
) -> Act:
    """An order; ``cases.case.OrderKind`` has the kinds. ``due``: the last time for an appeal. Raises as ``step``."""
    known("order", kind, OrderKind)
    named = fields(candidate=candidate, kind=kind, record=log.record_id(record) if record else None, stations=list(stations))
    return step(log, by=by, complaint=complaint, word=Word.ORDER, summary=summary, when=when, due=due, order=named)


def rule(log: Log, *, by: By, complaint: str, outcome: str, summary: str) -> Act:
    """A ruling: a decision by one entry, where the steps before it are not in the log. Raises as ``step``."""
    known("outcome", outcome, OUTCOMES)
    case = log.case(complaint)
    return log.ask("ruling/v1", fields(complaint=case.complaint, contest=case.contest, outcome=outcome, summary=summary), by)


def order_recount(log: Log, *, by: By, contest: str, stations: Sequence[str], reason: str, order: str | None = None) -> Act:
    """That stations are counted again: by the returning officer or a court; ``order``: the order or ruling that wants it."""
    log.contest(contest)
    if not stations:
        raise ActError("no station is named", hint="name the stations that are counted again")
    value = fields(contest=contest, order=_order(log, order), reason=reason, stations=list(stations))
    return log.ask("recount-order/v1", value, by)


def record_recount(
    log: Log,
    *,
    by: By,
    contest: str,
    station: str,
    order: str,
    votes: Mapping[str, Figure],
    boxes: Mapping[str, Figure] | None = None,
    supersedes: str | None = None,
) -> Act:
    """What a recount found at one station. ``supersedes``: the record that it takes the place of; the one that stands, if left out."""
    _once(log, "recount-result/v1", station, log.record_id(order))
    value = fields(
        boxes=dict(boxes or {}),
        contest=contest,
        order=log.record_id(order),
        station=station,
        supersedes=_superseded(log, contest, station, supersedes),
        votes=dict(votes),
    )
    return log.ask("recount-result/v1", value, by)


def correct(
    log: Log,
    *,
    by: By,
    contest: str,
    station: str,
    act: str,
    reason: str,
    votes: Mapping[str, Figure],
    boxes: Mapping[str, Figure] | None = None,
    supersedes: str | None = None,
    order: str | None = None,
) -> Act:
    """Other figures for a station: ``canvass`` by its officer and the returning officer, ``ruling`` by a court."""
    known("act", act, ("canvass", "ruling"))
    if order:
        _once(log, "correction/v1", station, log.record_id(order))
    value = fields(
        act=act,
        boxes=dict(boxes or {}),
        contest=contest,
        order=_order(log, order),
        reason=reason,
        station=station,
        supersedes=_superseded(log, contest, station, supersedes),
        votes=dict(votes),
    )
    return log.ask("correction/v1", value, by)


def exclude(log: Log, *, by: By, contest: str, station: str, ground: str, order: str | None = None) -> Act:
    """That a station counts for nothing: by the authority or a court."""
    log.contest(contest)
    _is_out(log, contest, station, wanted=False)
    return log.ask("exclusion/v1", fields(contest=contest, ground=ground, order=_order(log, order), station=station), by)


def include(log: Log, *, by: By, contest: str, station: str, ground: str, order: str | None = None) -> Act:
    """That an excluded station counts again: by the authority or a court."""
    log.contest(contest)
    _is_out(log, contest, station, wanted=True)
    return log.ask("inclusion/v1", fields(contest=contest, ground=ground, order=_order(log, order), station=station), by)


def may_follow(case: Case) -> tuple[str, ...]:
    """What may be done next in a case, by name: the steps that its stage allows, and ``ruling`` where one may follow."""
    ruling = case.stage in (Stage.FILED, Stage.ADMITTED, Stage.NOTICED, Stage.HEARD)
    return (*sorted(AFTER[case.stage]), *(("ruling",) if ruling else ()))


def _order(log: Log, named: str | None) -> str | None:
    return log.record_id(named) if named else None


def _once(log: Log, type_: str, station: str, order: str) -> None:
    """An order is carried out at each station once. Raises ActError."""
    for one in log.book.said.values():
        if (one.type, one.value.get("station"), one.value.get("order")) == (type_, station, order):
            raise ActError(
                f"the order was carried out at the station {station!r} by entry {one.index}", hint="other figures take another order"
            )


def _is_out(log: Log, contest: str, station: str, *, wanted: bool) -> None:
    out = station in Replay(log.book).part(contest).excluded
    if out is not wanted:
        raise ActError(
            f"the station {station!r} is {'excluded already' if out else 'not excluded'}", hint="nothing would change by this entry"
        )


def _superseded(log: Log, contest: str, station: str, named: str | None) -> str:
    """The record that a new act takes the place of. Raises ActError where that is not one record without asking."""
    if named:
        return log.record_id(named)
    log.contest(contest)
    here = [one for one in log.book.records.values() if (one.contest, one.station) == (contest, station)]
    gone = {one.supersedes for one in here}
    standing = [one.record for one in here if one.record not in gone]
    if len(standing) != 1:
        several = ", ".join(one[:12] for one in standing) or "none"
        raise ActError(f"{len(standing)} records stand at the station {station!r}", hint=f"say which is superseded: {several}")
    return standing[0]


def _by_rules(log: Log, subject: str, when: str) -> str:
    due = log.timing(subject, read_time(when))
    return "" if due is None else due.latest.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
