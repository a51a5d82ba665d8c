"""When something is due, and whether it was in time: met, missed, running, not begun, or it cannot be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tallyproof.errors import RuleError
from tallyproof.rules.calendar import Due, day_of, due, instants
from tallyproof.rules.evaluate import Reason, governs
from tallyproof.rules.facts import NOT_YET, Facts, checked_now
from tallyproof.rules.model import Calendar, Jurisdiction, Rule, RuleKind, Term, Verdict, every


class State(StrEnum):
    """How a deadline stands at a given time. The law may excuse or extend what is missed: that is for its courts."""

    MET = "met"
    MISSED = "missed"
    RUNNING = "running"
    """Time is left, and nothing is known to have been done."""
    NOT_BEGUN = "not-begun"
    """What the time runs from has not happened."""
    CANNOT_TELL = "cannot-tell"


@dataclass(frozen=True, slots=True)
class Deadline:
    """One deadline as it stands at one time.

    ``state`` is None if the rule does not apply. ``due`` is given whenever it can be reckoned, also where the rest cannot be told.
    ``missing`` names what would have to be known.
    """

    rule: Rule
    verdict: Verdict
    state: State | None
    reason: Reason
    due: Due | None = None
    missing: tuple[str, ...] = ()

    @property
    def section(self) -> str:
        return f"{self.rule.law}, {self.rule.section}"

    @property
    def confirmed(self) -> bool:
        """Both the rule and the holidays that were counted, if any."""
        return self.rule.confirmed and (self.due is None or self.due.holidays_confirmed)


def deadline(jurisdiction: Jurisdiction, rule: Rule, facts: Facts, now: datetime) -> Deadline:
    """The deadline of ``rule`` as it stands at ``now``. What the facts date later than ``now`` has not happened yet.

    Raises ``RuleError`` for a rule that is no deadline, a level that the jurisdiction does not have, and a ``now`` without time zone.
    """
    term = rule.term
    if rule.kind is not RuleKind.DEADLINE or term is None:
        raise RuleError(f"{rule.key} is no deadline", hint="ask rules.evaluate.evaluate")
    now = checked_now(now)
    law = governs(jurisdiction, rule, facts)
    if law.verdict is Verdict.DOES_NOT_APPLY:
        return Deadline(rule, law.verdict, None, law.reason)
    start = facts.events.get(term.after)
    if start is None:
        return Deadline(rule, Verdict.CANNOT_TELL, State.CANNOT_TELL, Reason.MISSING, None, _once(str(term.after), *law.missing))
    if start is NOT_YET:
        return _not_begun(jurisdiction.calendar, rule, law.missing, now)
    began = instants(jurisdiction.calendar, start)
    if began is None:
        return Deadline(rule, Verdict.CANNOT_TELL, State.CANNOT_TELL, Reason.CALENDAR, None, (f"clock:{term.after}",))
    if began[0] > now:
        return _not_begun(jurisdiction.calendar, rule, law.missing, now)
    verdict, missing = _early(jurisdiction.calendar, term, facts)
    if verdict is Verdict.DOES_NOT_APPLY:
        return Deadline(rule, verdict, None, Reason.TIME)
    ends = due(jurisdiction.calendar, term, start)
    verdict, missing = every(law.verdict, verdict), _once(*law.missing, *missing)
    if verdict is Verdict.CANNOT_TELL:
        reason = Reason.MISSING if law.verdict is Verdict.APPLIES else law.reason
        return Deadline(rule, verdict, State.CANNOT_TELL, reason, ends, missing)
    if ends is None:
        return Deadline(rule, verdict, State.CANNOT_TELL, Reason.CALENDAR, None, ("calendar",))
    state, reason, missing = _state(jurisdiction.calendar, term, facts, ends, began[0], now)
    return Deadline(rule, verdict, state, reason, ends, missing)


def _once(*names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _not_begun(calendar: Calendar, rule: Rule, missing: tuple[str, ...], now: datetime) -> Deadline:
    """Of an event to come it is not known whether this version will be in force then, unless it has ended already."""
    today = day_of(calendar, now)
    if rule.until is not None and today is not None and rule.until < today:
        return Deadline(rule, Verdict.DOES_NOT_APPLY, None, Reason.NOT_IN_FORCE)
    event = "" if rule.term is None else str(rule.term.after)
    verdict = Verdict.CANNOT_TELL if missing else Verdict.APPLIES
    return Deadline(rule, verdict, State.NOT_BEGUN, Reason.TIME, None, tuple(name for name in missing if name != event))


def _early(calendar: Calendar, term: Term, facts: Facts) -> tuple[Verdict, tuple[str, ...]]:
    """Whether the term runs at all: only if its event is so many days before another."""
    if term.early is None:
        return Verdict.APPLIES, ()
    days, event = term.early
    other, start = facts.events.get(event), facts.events.get(term.after)
    if other is None or other is NOT_YET or start is None or start is NOT_YET:
        return Verdict.CANNOT_TELL, (str(event),)
    last, first = day_of(calendar, other), day_of(calendar, start)
    if last is None or first is None:
        return Verdict.CANNOT_TELL, (f"clock:{event}",)
    return (Verdict.APPLIES if (last - first).days >= days else Verdict.DOES_NOT_APPLY), ()


def _state(
    calendar: Calendar, term: Term, facts: Facts, ends: Due, began: datetime, now: datetime
) -> tuple[State, Reason, tuple[str, ...]]:
    done = facts.events.get(term.done)
    when = None if done is None or done is NOT_YET else instants(calendar, done)
    if done is not None and done is not NOT_YET and when is None:
        return State.CANNOT_TELL, Reason.CALENDAR, (f"clock:{term.done}",)
    if when is not None and when[0] <= now:
        first, last = when
        if last < began:
            return State.CANNOT_TELL, Reason.ORDER, ()
        if last <= ends.earliest:
            return State.MET, Reason.TIME, ()
        return (State.MISSED, Reason.TIME, ()) if first > ends.latest else (State.CANNOT_TELL, Reason.RANGE, ())
    if now <= ends.earliest:
        return State.RUNNING, Reason.TIME, ()
    if done is None:
        return State.CANNOT_TELL, Reason.MISSING, (str(term.done),)
    return (State.MISSED, Reason.TIME, ()) if now > ends.latest else (State.CANNOT_TELL, Reason.RANGE, ())


def deadlines(jurisdiction: Jurisdiction, facts: Facts, now: datetime) -> tuple[Deadline, ...]:
    """Every deadline of the jurisdiction as it stands at ``now``, in the order of the file."""
    return tuple(deadline(jurisdiction, rule, facts, now) for rule in jurisdiction.rules if rule.kind is RuleKind.DEADLINE)
