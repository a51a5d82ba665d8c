"""What the rules of a jurisdiction say of a contest in a log, with the section of law: whether a recount is due, by when what is due.

Figures are ranges where the records leave them open, so that *applies* and *does not apply* hold for every figure that is possible; else it
cannot be told. Days come from what the log says: the poll from its definition, the gazette and a vacancy from the acts of the authority.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from tallyproof.acts.log import Log
from tallyproof.errors import RuleError, UsageError
from tallyproof.record.replay import Part, Replay, tables
from tallyproof.rules.deadlines import Deadline, deadline
from tallyproof.rules.evaluate import Answer, answers
from tallyproof.rules.facts import Facts, Moment, Not, Span
from tallyproof.rules.model import Event, Jurisdiction, RuleKind, Verdict
from tallyproof.seats.replay import replay as replay_seats
from tallyproof.seats.seat import SeatState
from tallyproof.seats.timing import read_time
from tallyproof.tabulate.frames import frames
from tallyproof.tabulate.tabulation import Tabulated, prepare, tabulate

AT_DECLARATION = (
    "recount-margin",
    "recount-rejected",
    "recount-reasonable",
    "recount-commission",
    "women-turnout",
    "equal-votes",
    "postal-ballots",
)
"""Subjects of rules that matter when a result is declared."""


@dataclass(frozen=True, slots=True)
class Law:
    """A jurisdiction, the level of the contest in it (None: not said) and what time it is."""

    jurisdiction: Jurisdiction
    level: str | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What the rules say of one contest: rules that are in force and made for it, and deadlines."""

    answers: tuple[Answer, ...]
    deadlines: tuple[Deadline, ...]


def tell(log: Log, law: Law, contest: str, *, size: int | None = None, declared: Mapping[str, Mapping[str, int]] | None = None) -> Told:
    """Everything that the rules say of a contest after the first ``size`` entries. Rules that do not govern it are left out.

    ``declared``: by the ``totals`` and ``boxes`` of a declaration; without them by the records, as ranges. Raises RuleError for a level
    that the jurisdiction does not have.
    """
    facts = facts_of(log, contest, law.level, size=size, declared=declared)
    asked = answers(law.jurisdiction, facts, law.now)
    notified = _notified(log, contest, size)
    later = replace(facts, events={**facts.events, Event.GAZETTED: notified[-1][1]}) if notified else facts
    due = [
        # What runs from the gazette runs from the newest one; whether a name was there in time is asked of the first.
        deadline(law.jurisdiction, rule, later if rule.term and rule.term.after is Event.GAZETTED else facts, law.now)
        for rule in law.jurisdiction.rules
        if rule.kind is RuleKind.DEADLINE
    ]
    return Told(
        tuple(one for one in asked if one.reason.value not in ("not-in-force", "other-level")),
        tuple(one for one in due if one.verdict is not Verdict.DOES_NOT_APPLY),
    )


def facts_of(
    log: Log, contest: str, level: str | None, *, size: int | None = None, declared: Mapping[str, Mapping[str, int]] | None = None
) -> Facts:
    """Figures and events of a contest, as ranges where they are open."""
    tabulated = _tabulated(Replay(log.book).part(contest, size))
    boxes: Mapping[str, int] = {}
    if declared is None:
        spans = [(tabulated.cell(one).low, tabulated.with_missing(one)) for one in tabulated.contest.ballot]
    else:
        spans = [(figure, figure) for figure in declared["totals"].values()]
        boxes = declared.get("boxes", {})
    first, second = _place(spans, 0), _place(spans, 1)
    return Facts(
        winner=first,
        runner_up=second,
        votes_polled=boxes.get("in_box", _box(tabulated, "in_box")),
        rejected=boxes.get("rejected", _box(tabulated, "rejected")),
        level=level,
        events=_events(log, contest, size),
    )


def _tabulated(part: Part) -> Tabulated:
    return tabulate(prepare(frames(tables({part.contest.key: part}))), areas=False).contests[part.contest.key]


def _place(spans: Sequence[tuple[int, int | None]], place: int) -> Span | None:
    """The votes of whoever has the most (0), or the second most (1): at least as many as so many are sure of, at most as can be reached."""
    if len(spans) <= place:
        return None
    lows = sorted((low for low, _ in spans), reverse=True)
    highs = [high for _, high in spans]
    if sum(one is None for one in highs) > place:
        return Span(lows[place], None)
    bounded = sorted((one for one in highs if one is not None), reverse=True)
    return Span(lows[place], bounded[place - sum(one is None for one in highs)])


def _box(tabulated: Tabulated, box: str) -> Span | None:
    """None where no record states the box: it is not known, and not zero."""
    cell = tabulated.cell(box)
    if not tabulated.recorded or cell.unread >= tabulated.recorded:
        return None
    return Span(cell.low, tabulated.with_missing(box))


def _events(log: Log, contest: str, size: int | None) -> dict[Event, Moment | Not]:
    found: dict[Event, Moment | Not] = {}
    if log.book.definition is not None:
        found[Event.POLL] = date.fromisoformat(log.book.definition.value["day"])
    if notified := _notified(log, contest, size):
        found[Event.GAZETTED] = notified[0][1]
    for seat in replay_seats(log.book, size).of(contest):
        if seat.state is SeatState.VACANT and seat.vacated:
            found[Event.VACANCY] = read_time(seat.vacated)
    return found


def _notified(log: Log, contest: str, size: int | None = None) -> list[tuple[int, datetime]]:
    """When somebody was notified as returned in the contest, as the acts say, with their indexes, in the order of the log."""
    changes = [change for seat in replay_seats(log.book, size).of(contest) for change in seat.changes]
    return sorted((one.act.index, read_time(one.act.when)) for one in changes if one.state is SeatState.NOTIFIED and one.act.when)


def gazetted(log: Log, contest: str, before: int) -> datetime | None:
    """The last notification before the entry of this index; if there was none, the first after it; None if there is none at all."""
    notified = _notified(log, contest)
    earlier = [moment for index, moment in notified if index < before]
    return earlier[-1] if earlier else notified[0][1] if notified else None


def read_now(text: str) -> datetime:
    """A time given in place of the clock. Raises UsageError."""
    try:
        return read_time(text)
    except RuleError as error:
        raise UsageError(f"{text[:40]!r} is no time", hint="write it as 2027-02-08T17:40:00Z") from error
