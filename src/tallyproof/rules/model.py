"""What a rule of law is, as data: which figures it compares, which time it gives, from when to when, by which section, from which source.

Made by ``rules.read``, which checks everything that is promised here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from fractions import Fraction


class Verdict(StrEnum):
    """Whether a rule applies. What is not known never decides."""

    APPLIES = "applies"
    DOES_NOT_APPLY = "does-not-apply"
    CANNOT_TELL = "cannot-tell"


def every(*verdicts: Verdict) -> Verdict:
    """``applies`` if all apply; ``does-not-apply`` as soon as one does not, whatever the others are."""
    if Verdict.DOES_NOT_APPLY in verdicts:
        return Verdict.DOES_NOT_APPLY
    return Verdict.CANNOT_TELL if Verdict.CANNOT_TELL in verdicts else Verdict.APPLIES


class RuleKind(StrEnum):
    """What is asked of a rule."""

    THRESHOLD = "threshold"
    """Do these figures reach what the law names?"""
    WINDOW = "window"
    """Can it still be done? It can until an event."""
    DEADLINE = "deadline"
    """By when must it be done?"""
    NOT_EVALUATED = "not-evaluated"
    """The law leaves it to judgement, or its words are not known: the rule is listed, and the answer is always ``cannot-tell``."""


class Quantity(StrEnum):
    """What a threshold compares. ``docs/explanation/rules.md`` says of what each is counted."""

    MARGIN = "margin"
    """Votes between the two candidates with the most votes, whoever of them is ahead."""
    VOTES_POLLED = "votes_polled"
    """Votes of the contest: valid and rejected, or valid alone where the law counts those; the title of the rule says which."""
    REJECTED = "rejected"
    WOMEN_POLLED = "women_polled"
    POSTAL_LEFT = "postal_left"
    """Postal ballots received in time that are neither counted nor rejected."""


class Relation(StrEnum):
    LESS_THAN = "less-than"
    AT_MOST = "at-most"
    AT_LEAST = "at-least"
    MORE_THAN = "more-than"

    @property
    def wants_small(self) -> bool:
        """A smaller left side never makes it less true."""
        return self in (Relation.LESS_THAN, Relation.AT_MOST)


class Event(StrEnum):
    """What starts or ends a time that the law gives."""

    POLL = "poll"
    PROVISIONAL_RESULT = "provisional-result"
    """Communicated to the commission, complete or with reasons."""
    PROVISIONAL_COMPLETE = "provisional-complete"
    CONSOLIDATION_BEGUN = "consolidation-begun"
    CONSOLIDATION_ENDED = "consolidation-ended"
    RECOUNT = "recount"
    """The end of a recount that was ordered."""
    RECOUNT_REQUESTED = "recount-requested"
    FORMS_SENT = "forms-sent"
    PUBLISHED = "published"
    """The station forms are on the commission's website."""
    CERTIFIED = "certified"
    GAZETTED = "gazetted"
    """The name of the returned candidate is in the official gazette."""
    PETITION = "petition"
    VACANCY = "vacancy"
    BY_ELECTION = "by-election"
    TERM_ENDS = "term-ends"
    """The day on which the term of the assembly is due to expire."""


class Unit(StrEnum):
    HOURS = "hours"
    DAYS = "days"
    WORKING_DAYS = "working_days"


class SourceKind(StrEnum):
    """How near to the law a source is."""

    TEXT = "text"
    """It gives the provision's own words."""
    REPORT = "report"
    """It says what the provision says."""
    MEMORY = "memory"
    """Somebody remembers it; nothing was read."""


@dataclass(frozen=True, slots=True)
class Source:
    kind: SourceKind
    where: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """``left`` against ``share`` of ``of``, or against a number of votes; exactly one of ``of`` and ``votes`` is given."""

    left: Quantity
    relation: Relation
    share: Fraction = Fraction(1)
    of: Quantity | None = None
    votes: int | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """The time between two events: ``number`` of ``unit`` after ``after``, for ``done``.

    Days are counted from the day after the event; the last one lasts until its end, or until ``at``. ``roll``: a last day on which offices
    are closed is followed by the next working day. ``early``: the term runs only if ``after`` is at least so many days before that event.
    """

    after: Event
    done: Event
    unit: Unit
    number: int
    at: time | None = None
    roll: bool = False
    early: tuple[int, Event] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One provision in one version. ``subject`` is the same for all versions and names the words; ``key`` is this one's.

    ``since`` and ``until``: first and last day in force (None: no such end). ``levels``: which contests it is for; empty: all.
    ``confirmed``: the parameters were compared with the provision's own words in a source of kind ``text``; otherwise ``confirm`` says
    what is left to confirm. ``closes``: from this event on it cannot be asked for any more.
    """

    key: str
    subject: str
    law: str
    section: str
    title: Mapping[str, str]
    kind: RuleKind
    since: date | None
    until: date | None
    levels: tuple[str, ...]
    confirmed: bool
    confirm: str
    sources: tuple[Source, ...]
    when: tuple[Comparison, ...] = ()
    term: Term | None = None
    closes: Event | None = None
    why: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ClockChange:
    """From this instant on, local clocks are so many minutes ahead of UTC."""

    since: datetime
    minutes: int


@dataclass(frozen=True, slots=True)
class Period:
    """Days for which *all* public holidays are known. Days outside every period are not known to be working days."""

    since: date
    until: date
    holidays: frozenset[date]
    confirmed: bool
    confirm: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """``weekly``: days on which offices are always closed, 0 is Monday. ``clock`` in order of time; known before ``clock_until`` only."""

    zone: str
    clock: tuple[ClockChange, ...]
    clock_until: datetime | None
    weekly: frozenset[int]
    periods: tuple[Period, ...]
    confirmed: bool
    confirm: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """All rules of one law, in the order of the file, and the calendar they are counted in."""

    key: str
    name: Mapping[str, str]
    levels: Mapping[str, Mapping[str, str]]
    """The kinds of contest that the law tells apart, with their names; may be empty."""
    calendar: Calendar
    rules: tuple[Rule, ...]

    def rule(self, key: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.key == key), None)
