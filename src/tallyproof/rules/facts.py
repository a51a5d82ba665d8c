"""What is known of a contest when a rule is asked: figures, and when things happened. What is not known stays unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from types import MappingProxyType

from tallyproof.errors import RuleError
from tallyproof.rules.model import Event

MAX_COUNT = 10**12
FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Days outside are mistakes in typing, and sums with them could leave the calendar."""


@dataclass(frozen=True, slots=True)
class Span:
    """From ``lo`` to ``hi`` votes, both included; ``hi`` None: nothing bounds it."""

    lo: int
    hi: int | None

    def __post_init__(self) -> None:
        for end in (self.lo, self.hi):
            if end is not None and (not isinstance(end, int) or isinstance(end, bool) or not 0 <= end <= MAX_COUNT):
                raise RuleError(f"{end!r} is not a number of votes", hint=f"give a whole number from 0 to {MAX_COUNT:,}")
        if self.lo is None or (self.hi is not None and self.lo > self.hi):
            raise RuleError(f"votes from {self.lo} to {self.hi} are no range", hint="give the lowest figure first")

    def __str__(self) -> str:
        return str(self.lo) if self.lo == self.hi else f"{self.lo}–{'' if self.hi is None else self.hi}"


UNKNOWN = Span(0, None)

Figure = int | Span | None
"""A figure, the range in which it lies, or None: not known."""


class Not(Enum):
    """The one thing that is known of an event without a time."""

    YET = "not yet"


NOT_YET = Not.YET

Moment = date | datetime
"""A day of the jurisdiction's calendar, or an instant with its time zone. An instant is read to the second."""


def checked_moment(what: str, moment: object) -> None:
    """Raises ``RuleError`` for what is no day between 1900 and 2200 and no instant with a time zone."""
    if not isinstance(moment, date):
        raise RuleError(f"{what}: {moment!r} is neither a day nor an instant", hint="give a date, or a datetime with its time zone")
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise RuleError(
            f"{what}: {moment.isoformat()} is outside the years {FIRST_YEAR} to {LAST_YEAR}", hint="see whether the year is right"
        )
    if isinstance(moment, datetime) and moment.utcoffset() is None:
        raise RuleError(f"{what}: {moment.isoformat()} has no time zone", hint="give the offset from UTC with it, e.g. +05:00")


def checked_now(now: object) -> datetime:
    """``now``, cut to the second. Raises ``RuleError`` for anything but an instant with a time zone."""
    checked_moment("now", now)
    if not isinstance(now, datetime):
        raise RuleError(f"now: {now!r} is a day", hint="give an instant with its time zone")
    return now.replace(microsecond=0)


_FIGURES = (
    "winner",
    "runner_up",
    "votes_polled",
    "rejected",
    "women_polled",
    "postal_received",
    "postal_counted",
    "postal_rejected",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Figures of one contest, and its events. None, or an event that is left out: not known. Wrong values raise ``RuleError``.

    ``winner`` and ``runner_up``: the two candidates with the most votes. Ranges are independent of each other: if one figure rises with
    another, the answers are wider than they need be, never narrower. ``postal_received``: postal ballots received in time;
    ``postal_counted`` and ``postal_rejected``: how many of them are in the consolidated statement.
    """

    winner: Figure = None
    runner_up: Figure = None
    votes_polled: Figure = None
    rejected: Figure = None
    women_polled: Figure = None
    postal_received: Figure = None
    postal_counted: Figure = None
    postal_rejected: Figure = None
    level: str | None = None
    events: Mapping[Event, Moment | Not] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in _FIGURES:
            figure = getattr(self, name)
            if figure is not None and not isinstance(figure, Span):
                object.__setattr__(self, name, Span(figure, figure))
        if self.level is not None and not isinstance(self.level, str):
            raise RuleError(f"{self.level!r} is not a level", hint="give a level of the jurisdiction, or None")
        if not isinstance(self.events, Mapping):
            raise RuleError(f"{self.events!r} are no events", hint="give a mapping from event to day, instant or NOT_YET")
        known: dict[Event, Moment | Not] = {}
        for name, moment in self.events.items():
            if name not in set(Event):
                raise RuleError(f"{name!r} is no event", hint=f"events: {', '.join(Event)}")
            if moment is not NOT_YET:
                checked_moment(f"event {name}", moment)
            known[Event(name)] = moment
        object.__setattr__(self, "events", MappingProxyType(known))

    def span(self, name: str) -> Span:
        """The range of a figure; everything, if it is not known."""
        figure = getattr(self, name)
        return UNKNOWN if figure is None else figure

    def unknown(self, *names: str) -> tuple[str, ...]:
        return tuple(name for name in names if getattr(self, name) is None)
