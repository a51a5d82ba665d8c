"""Steps of a case: ``take`` gives the case after one, or raises ``CaseError``. A case that is given is never changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

from tallyproof.cases.case import (
    AFTER,
    LEADS_TO,
    Actor,
    Answer,
    Case,
    CaseError,
    Decision,
    Notified,
    Order,
    OrderKind,
    Stage,
    Step,
    Word,
)
from tallyproof.cases.who import check, deciding_court
from tallyproof.errors import RuleError
from tallyproof.rules.facts import Moment
from tallyproof.seats.timing import Timing, is_late, nobody_knows, read_time


def take(case: Case, step: Step, timing: Timing = nobody_knows) -> Case:
    """The case after a step. Raises CaseError if it cannot be taken now, or not by these actors.

    ``timing`` is asked for what the step does not say itself: the time for a ``reply`` from a notice, and for an ``appeal`` from an order.
    """
    if step.word not in AFTER[case.stage]:
        follows = ", ".join(sorted(AFTER[case.stage])) or "nothing"
        raise CaseError(f"the case is {case.stage}: {step.word} cannot follow", hint=f"what can: {follows}")
    when = _time(step.when)
    if case.last and when < _time(case.last):
        raise CaseError(f"{step.word} at {step.when} is before the step before it, at {case.last}", hint="correct the time")
    actors = check(case, step)
    after = _DO[step.word](case, step, actors, timing)
    return replace(after, stage=_stage(case, step.word), steps=(*case.steps, step))


def rule(case: Case, court: Actor, decision: Decision) -> Case:
    """The case after a ``ruling``: the short form, by one entry, of a decision whose steps are not in the log. Raises CaseError."""
    if case.stage not in (Stage.FILED, Stage.ADMITTED, Stage.NOTICED, Stage.HEARD):
        raise CaseError(f"the case is {case.stage}: a ruling cannot follow", hint="an appeal has to be admitted first")
    found = deciding_court(case, "a ruling", (court,))
    if decision.outcome != "refused":
        _rests(case, None)
    return replace(
        case, stage=Stage.DECIDED, court=found.office, stayed=False, decisions=(*case.decisions, replace(decision, court=found.office))
    )


def in_time(case: Case, gazetted: Moment, timing: Timing) -> bool | None:
    """Whether the complaint came within the time for a petition; None if it cannot be told. The court decides what follows from it."""
    if not case.filed:
        return None
    late = is_late(_time(case.filed), timing("petition", gazetted))
    return None if late is None else not late


def _time(text: str) -> datetime:
    try:
        return read_time(text)
    except RuleError as error:
        raise CaseError(error.message, hint=error.hint) from error


def _stage(case: Case, word: Word) -> Stage:
    if case.stage is Stage.APPEALED and word is Word.WITHDRAWN and case.before_appeal is not None:
        return case.before_appeal
    return LEADS_TO[word] or case.stage


Actors = tuple[Actor, ...]


def _admitted(case: Case, step: Step, actors: Actors, timing: Timing) -> Case:
    return replace(case, court=actors[0].office)


def _rejected(case: Case, step: Step, actors: Actors, timing: Timing) -> Case:
    return replace(case, court=actors[0].office)


def _notice(case: Case, step: Step, actors: Actors, timing: Timing) -> Case:
    due = step.due or _from(timing, "reply", step.when)
    if not due:
        raise CaseError("a notice says by when a reply is awaited", hint="give due: the law is not known to give a time")
    if _time(due) < _time(step.when):
        raise CaseError(f"the reply is due at {due}, before the notice itself", hint="correct one of the times")
    to = step.to or case.to_be_heard
    if not to:
        raise CaseError("the notice is for nobody", hint="give to: the complaint names no respondent")
    notified = dict(case.notified)
    for office in to:
        before = notified.get(office)
        if before and _time(due) < _time(before.due):
            raise CaseError(f"{office} has time until {before.due}; a notice cannot take it away", hint="give a later time")
        answer = before.answer if before and before.answer in (Answer.REPLIED, Answer.LATE) else Answer.AWAITED
        notified[office] = Notified(due, answer)
    return replace(case, notified=MappingProxyType(notified))


def _reply(case: Case, step: Step, actors: Actors, timing: Timing) -> Case:
    notified = dict(case.notified)
    for actor in actors:
        asked = notified[actor.office]
        late = _time(step.when) > _time(asked.due)
        notified[actor.office] = replace(asked, answer=Answer.LATE if late and asked.answer is not Answer.REPLIED else Answer.REPLIED)
    return replace(case, notified=MappingProxyType(notified))


def _time_asked(case: Case, step: Step, actors: Actors, timing: Timing) -> Case:
    """To ask for time gives none: the day stays until a court or the authority gives notice of another."""
    notified = dict(case.notified)
    for actor in actors:
        asked = notified[actor.office]
        if not asked.is_open:
            raise CaseError(f"nothing is awaited of {actor.office} any more", hint="a new notice can ask again")
        if _time(step.when) > _time(asked.due):
            raise CaseError(f"the time of {actor.office} was over at {asked.due}", hint="a new notice can give more")
        notified[actor.office] = replace(asked, answer=Answer.TIME_ASKED)
    return replace(case, notified=MappingProxyType(notified))


def _no_reply(case: Case, step: Step, actors: Actors, timing: Timing) -> Case:
    notified = dict(case.notified)
    over = [office for office, asked in notified.items() if asked.is_open and _time(step.when) > _time(asked.due)]
    named = step.to or tuple(over)
    if not named:
        raise CaseError("nobody has let the time for a reply pass", hint="wait until it is over")
    for office in named:
        asked = notified.get(office)
        if asked is None or not asked.is_open:
            raise CaseError(f"no reply is awaited of {office}", hint="name offices that were given notice and have not replied")
        if office not in over:
            raise CaseError(f"{office} has time until {asked.due}", hint="wait until it is over")
        notified[office] = replace(asked, answer=Answer.SILENT)
    return replace(case, notified=MappingProxyType(notified))


def _hearing(case: Case, step: Step, actors: Actors, timing: Timing) -> Case:
    return case


def _stay(case: Case, step: Step, actors: Actors, timing: Timing) -> Case:
    _rests(case, None)
    return replace(case, stayed=True)


def _order(case: Case, step: Step, actors: Actors, timing: Timing) -> Case:
    order = step.order
    if order is None:
        raise CaseError("an order says what is ordered", hint="give order")
    check_order(case, order)
    if order.kind is not OrderKind.DISMISSED:
        _heard(case, _time(step.when))
    due = step.due or _from(timing, "appeal", step.when)
    decision = Decision(step.index, step.record_id, actors[0].office, step.when, order, appeal_due=due)
    return replace(case, stayed=False, decisions=(*case.decisions, decision))


_SHAPE: Mapping[OrderKind, tuple[frozenset[str], str]] = {
    OrderKind.DISMISSED: (frozenset({""}), "nothing else"),
    OrderKind.RECOUNT: (frozenset({"stations"}), "the stations, and nothing else"),
    OrderKind.REPOLL: (frozenset({"", "stations"}), "stations, or none for the whole contest"),
    OrderKind.EXCLUDE: (frozenset({"stations", "record"}), "stations, or one record"),
    OrderKind.INCLUDE: (frozenset({"stations", "record"}), "stations, or one record"),
    OrderKind.CORRECT: (frozenset({"stations", "record"}), "stations, or one record"),
    OrderKind.DECLARE: (frozenset({"candidate"}), "the candidate"),
    OrderKind.VOID: (frozenset({""}), "nothing else"),
}
"""What each order names."""


def check_order(case: Case, order: Order) -> None:
    """Raises CaseError if no court could make this order in this case, whatever was heard."""
    named = "+".join(name for name in ("stations", "record", "candidate") if getattr(order, name))
    allowed, says = _SHAPE[order.kind]
    if named not in allowed:
        raise CaseError(f"the order {order.kind} names {named.replace('+', ' and ') or 'nothing'}", hint=f"it names {says}")
    if order.kind is OrderKind.DISMISSED:
        return
    _rests(case, order)
    if case.stations and (beyond := sorted(set(order.stations) - set(case.stations))):
        raise CaseError(f"the complaint is not about the station {beyond[0]}", hint="a further complaint can be")


def _rests(case: Case, order: Order | None) -> None:
    """Nothing is ordered against anybody without a ground, and without something in the log that shows it."""
    if not case.grounds:
        raise CaseError("the complaint gives no ground", hint="it can be dismissed; a further complaint can give one")
    if not case.evidence and not (order and order.record):
        raise CaseError("the complaint names no entry of the log as evidence", hint="a further complaint can name records or declarations")


def _heard(case: Case, when: datetime) -> None:
    """Everybody whom the order may go against was given notice, and has replied, been heard, or let the time pass."""
    if not case.notified:
        raise CaseError("nobody was given notice of the complaint", hint="give notice first, with a time for the reply")
    if unasked := [one for one in case.to_be_heard if one not in case.notified]:
        raise CaseError(f"{unasked[0]} was not given notice", hint="give notice first, with a time for the reply")
    for office, asked in case.notified.items():
        if case.stage is not Stage.HEARD and asked.is_open and when <= _time(asked.due):
            raise CaseError(f"{office} has time to reply until {asked.due}", hint="wait, or hear them")


def _appeal(case: Case, step: Step, actors: Actors, timing: Timing) -> Case:
    due = case.decisions[-1].appeal_due if case.stage is Stage.DECIDED else ""
    if due and _time(step.when) > _time(due):
        raise CaseError(f"the time for an appeal was over at {due}", hint="nothing can follow but that the case is closed")
    return replace(
        case,
        court="",
        courts=(*case.courts, case.court),
        appellants=tuple(one.office for one in actors),
        before_appeal=case.stage,
        notified=MappingProxyType({}),
    )


def _withdrawn(case: Case, step: Step, actors: Actors, timing: Timing) -> Case:
    if case.stage is not Stage.APPEALED:
        return replace(case, stayed=False)
    return replace(case, court=case.courts[-1], courts=case.courts[:-1], appellants=(), before_appeal=None)


def _closed(case: Case, step: Step, actors: Actors, timing: Timing) -> Case:
    return replace(case, court=actors[0].office)


def _from(timing: Timing, subject: str, when: str) -> str:
    due = timing(subject, _time(when))
    return "" if due is None else due.latest.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_DO: Mapping[Word, Callable[[Case, Step, Actors, Timing], Case]] = {
    Word.ADMITTED: _admitted,
    Word.REJECTED: _rejected,
    Word.NOTICE: _notice,
    Word.REPLY: _reply,
    Word.TIME_ASKED: _time_asked,
    Word.NO_REPLY: _no_reply,
    Word.HEARING: _hearing,
    Word.STAY: _stay,
    Word.ORDER: _order,
    Word.APPEAL: _appeal,
    Word.WITHDRAWN: _withdrawn,
    Word.CLOSED: _closed,
}
