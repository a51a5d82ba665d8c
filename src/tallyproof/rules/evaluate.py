"""Rule and facts to an answer with three values, with the figures that were used and what was missing.

A range gives ``applies`` only if the rule applies at every figure in it, and ``does-not-apply`` only if at none. That is exact, not an
estimate: ``rules.read`` admits only rules in which no quantity pulls both ways, so all conditions are tried at the same corner of the
ranges.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from tallyproof.errors import RuleError
from tallyproof.rules.calendar import day_of, instants
from tallyproof.rules.facts import NOT_YET, Facts, Span, checked_now
from tallyproof.rules.model import Comparison, Event, Jurisdiction, Quantity, Relation, Rule, RuleKind, Verdict, every


class Reason(StrEnum):
    """What an answer rests on."""

    FIGURES = "figures"
    TIME = "time"
    NOT_IN_FORCE = "not-in-force"
    OTHER_LEVEL = "other-level"
    MISSING = "missing"
    RANGE = "range"
    """All figures are there, some only as ranges, and the threshold lies within."""
    CALENDAR = "calendar"
    """The jurisdiction's file does not list the offsets or holidays of that time."""
    ORDER = "order"
    """The events contradict each other: one is before what it follows from."""
    JUDGEMENT = "judgement"
    """The rule is not evaluated here; ``Rule.why`` says why."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One condition: the range of its left side, the lowest and highest of its right side (None: unbounded), and whether it holds."""

    comparison: Comparison
    left: Span
    right: tuple[Fraction, Fraction | None]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Answer:
    """What one rule says to the facts. ``missing`` names the figures, events and other inputs without which it cannot be told.

    ``verdict`` is about the figures, the day and the level. Whether it can still be asked for is ``open``: None if no event closes it.
    """

    rule: Rule
    verdict: Verdict
    reason: Reason
    missing: tuple[str, ...] = ()
    tried: tuple[Tried, ...] = ()
    open: Verdict | None = None

    @property
    def section(self) -> str:
        return f"{self.rule.law}, {self.rule.section}"

    @property
    def confirmed(self) -> bool:
        return self.rule.confirmed

    @property
    def figures(self) -> Mapping[str, str]:
        """For the words: each quantity, and ``limit``, the one that is hardest to meet; exact, ``?`` where nothing is known."""
        found = {str(one.comparison.left): _shown(one.left) for one in self.tried}
        found |= {str(one.comparison.of): _of_shown(one) for one in self.tried if one.comparison.of is not None}
        if self.tried:
            known = [one.right[0] for one in self.tried if one.right[0] == one.right[1]]
            hardest = min if self.tried[0].comparison.relation.wants_small else max
            found["limit"] = exact(hardest(known)) if known else "?"
        return MappingProxyType(found)


def _shown(span: Span) -> str:
    return "?" if span == Span(0, None) else str(span)


def _of_shown(one: Tried) -> str:
    low, high = one.right
    share = one.comparison.share
    return _shown(Span(int(low / share), None if high is None else int(high / share)))


def exact(number: Fraction) -> str:
    """A fraction as a decimal if it ends within six places, else as ``a/b``; never rounded."""
    for places in range(7):
        scaled = number * 10**places
        if scaled.denominator == 1:
            digits = str(scaled.numerator).rjust(places + 1, "0")
            return f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"{number.numerator}/{number.denominator}"


_INPUTS: Mapping[Quantity, tuple[str, ...]] = {
    Quantity.MARGIN: ("winner", "runner_up"),
    Quantity.VOTES_POLLED: ("votes_polled",),
    Quantity.REJECTED: ("rejected",),
    Quantity.WOMEN_POLLED: ("women_polled",),
    Quantity.POSTAL_LEFT: ("postal_received", "postal_counted", "postal_rejected"),
}


def quantity(name: Quantity, facts: Facts) -> Span:
    """The range of a quantity over all figures that the facts allow. Both ends are reached."""
    if name is Quantity.MARGIN:
        return _margin(facts.span("winner"), facts.span("runner_up"))
    if name is Quantity.POSTAL_LEFT:
        received, counted, rejected = map(facts.span, _INPUTS[name])
        least = 0 if counted.hi is None or rejected.hi is None else max(0, received.lo - counted.hi - rejected.hi)
        return Span(least, None if received.hi is None else max(0, received.hi - counted.lo - rejected.lo))
    return facts.span(_INPUTS[name][0])


def _margin(a: Span, b: Span) -> Span:
    apart = [first.lo - second.hi for first, second in ((a, b), (b, a)) if second.hi is not None]
    far = None if a.hi is None or b.hi is None else max(a.hi - b.lo, b.hi - a.lo)
    return Span(max(0, *apart, 0), far)


def _try(comparison: Comparison, facts: Facts) -> Tried:
    left = quantity(comparison.left, facts)
    if comparison.of is None:
        number = Fraction(comparison.votes or 0)
        right: tuple[Fraction, Fraction | None] = (number, number)
    else:
        of = quantity(comparison.of, facts)
        right = (comparison.share * of.lo, None if of.hi is None else comparison.share * of.hi)
    least, most = Fraction(left.lo), None if left.hi is None else Fraction(left.hi)
    if comparison.relation.wants_small:
        always, possible = _less(most, right[0], comparison.relation), _less(least, right[1], comparison.relation)
    else:
        always, possible = _less(right[1], least, comparison.relation), _less(right[0], most, comparison.relation)
    verdict = Verdict.APPLIES if always else Verdict.CANNOT_TELL if possible else Verdict.DOES_NOT_APPLY
    return Tried(comparison, left, right, verdict)


def _less(small: Fraction | None, large: Fraction | None, relation: Relation) -> bool:
    """``small < large``, or ``<=`` where the relation admits equality. None is beyond every number, on either side."""
    if small is None:
        return False
    if large is None:
        return True
    return small < large if relation in (Relation.LESS_THAN, Relation.MORE_THAN) else small <= large


def governs(jurisdiction: Jurisdiction, rule: Rule, facts: Facts) -> Answer:
    """Whether the rule is the law for this contest: in force on the day, and made for its level.

    The day is that of the event from which a deadline runs, and the day of the poll for all other rules.
    """
    if facts.level is not None and facts.level not in jurisdiction.levels:
        raise RuleError(
            f"{jurisdiction.key} has no level {facts.level!r}",
            hint=f"levels: {', '.join(jurisdiction.levels) or 'none; leave it out'}",
        )
    event = rule.term.after if rule.term is not None else Event.POLL
    moment = facts.events.get(event)
    day = None if moment is None or moment is NOT_YET else day_of(jurisdiction.calendar, moment)
    answers: list[Answer] = []
    if rule.since is not None or rule.until is not None:
        if day is None:
            late = moment is not None and moment is not NOT_YET
            reason, missing = (Reason.CALENDAR, (f"clock:{event}",)) if late else (Reason.MISSING, (str(event),))
            answers.append(Answer(rule, Verdict.CANNOT_TELL, reason, missing))
        elif (rule.since is not None and day < rule.since) or (rule.until is not None and day > rule.until):
            return Answer(rule, Verdict.DOES_NOT_APPLY, Reason.NOT_IN_FORCE)
    if rule.levels:
        if facts.level is None:
            answers.append(Answer(rule, Verdict.CANNOT_TELL, Reason.MISSING, ("level",)))
        elif facts.level not in rule.levels:
            return Answer(rule, Verdict.DOES_NOT_APPLY, Reason.OTHER_LEVEL)
    if answers:
        return Answer(rule, Verdict.CANNOT_TELL, answers[0].reason, tuple(name for one in answers for name in one.missing))
    return Answer(rule, Verdict.APPLIES, Reason.FIGURES)


def evaluate(jurisdiction: Jurisdiction, rule: Rule, facts: Facts, now: datetime | None = None) -> Answer:
    """What ``rule`` says to ``facts``; ``now`` is needed only to tell whether a window is open.

    Raises ``RuleError`` for a deadline (ask ``rules.deadlines``), for a level that the jurisdiction does not have, and for a ``now``
    without time zone.
    """
    if rule.kind is RuleKind.DEADLINE:
        raise RuleError(f"{rule.key} is a deadline", hint="ask rules.deadlines.deadline, which needs to know what time it is")
    now = None if now is None else checked_now(now)
    law = governs(jurisdiction, rule, facts)
    open_, time_missing = (None, ()) if rule.closes is None else _open(jurisdiction, rule.closes, facts, now)
    if law.verdict is Verdict.DOES_NOT_APPLY:
        return Answer(rule, law.verdict, law.reason, open=open_)
    if rule.kind is RuleKind.NOT_EVALUATED:
        return Answer(rule, Verdict.CANNOT_TELL, Reason.JUDGEMENT, law.missing, open=open_)
    if rule.kind is RuleKind.WINDOW:
        verdict = every(law.verdict, open_ or Verdict.CANNOT_TELL)
        if verdict is not Verdict.CANNOT_TELL:
            return Answer(rule, verdict, Reason.TIME, open=open_)
        missing = law.missing + time_missing
        return Answer(rule, verdict, Reason.MISSING if missing else Reason.TIME, missing, open=open_)
    tried = tuple(_try(comparison, facts) for comparison in rule.when)
    verdict = every(law.verdict, *(one.verdict for one in tried))
    if verdict is not Verdict.CANNOT_TELL:
        return Answer(rule, verdict, Reason.FIGURES, (), tried, open_)
    undecided = [one.comparison for one in tried if one.verdict is Verdict.CANNOT_TELL]
    asked = dict.fromkeys(name for one in undecided for side in (one.left, one.of) if side is not None for name in _INPUTS[side])
    missing = law.missing + facts.unknown(*asked)
    reason = law.reason if law.missing else Reason.MISSING if missing else Reason.RANGE
    return Answer(rule, verdict, reason, missing, tried, open_)


def _open(jurisdiction: Jurisdiction, closes: Event, facts: Facts, now: datetime | None) -> tuple[Verdict, tuple[str, ...]]:
    """Whether the closing event is still ahead: (verdict, what is missing)."""
    moment = facts.events.get(closes)
    if moment is None:
        return Verdict.CANNOT_TELL, (str(closes),)
    if moment is NOT_YET:
        return Verdict.APPLIES, ()
    if now is None:
        return Verdict.CANNOT_TELL, ("now",)
    ends = instants(jurisdiction.calendar, moment)
    if ends is None:
        return Verdict.CANNOT_TELL, (f"clock:{closes}",)
    if now < ends[0]:
        return Verdict.APPLIES, ()
    return (Verdict.DOES_NOT_APPLY if now >= ends[1] else Verdict.CANNOT_TELL), ()


def answers(jurisdiction: Jurisdiction, facts: Facts, now: datetime | None = None) -> tuple[Answer, ...]:
    """Every rule that is no deadline, in the order of the file."""
    return tuple(evaluate(jurisdiction, rule, facts, now) for rule in jurisdiction.rules if rule.kind is not RuleKind.DEADLINE)
