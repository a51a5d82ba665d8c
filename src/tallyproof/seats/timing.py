"""By when something is due, asked of whoever knows the law. Nothing here reads a clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from tallyproof.errors import RuleError
from tallyproof.rules.calendar import Due
from tallyproof.rules.deadlines import deadline
from tallyproof.rules.facts import Facts, Moment
from tallyproof.rules.model import Event, Jurisdiction, Verdict

Timing = Callable[[str, Moment], Due | None]
"""``timing(subject, start)``: the last instant for what the law calls ``subject`` (``petition``, ``by-election``, ``reply`` …) if the time
runs from ``start``. None: the law is not known to give a time, or its calendar does not reach so far. None is never taken for "in time"."""


def nobody_knows(subject: str, start: Moment) -> Due | None:
    """The timing of a jurisdiction without rules."""
    return None


def by_rules(jurisdiction: Jurisdiction, level: str | None = None, *, term_ends: Moment | None = None) -> Timing:
    """The deadlines of a jurisdiction, by the subject of its rules, each in the version in force on the day from which it runs.

    ``term_ends``: when the term of the assembly expires; rules that run only long enough before it cannot be told without. A rule of which
    it cannot be told whether it governs gives no time. ``timing`` raises RuleError for a ``level`` that the jurisdiction does not have,
    and for a start that is no day and no instant with a time zone.
    """

    def timing(subject: str, start: Moment) -> Due | None:
        found = []
        for rule in jurisdiction.rules:
            if rule.subject != subject or rule.term is None:
                continue
            known: dict[Event, Moment] = {rule.term.after: start}
            if term_ends is not None:
                known.setdefault(Event.TERM_ENDS, term_ends)
            # Asked long afterwards, so that what the time runs from has happened for certain.
            told = deadline(jurisdiction, rule, Facts(level=level, events=known), _LONG_AFTER)
            if told.verdict is not Verdict.DOES_NOT_APPLY:
                found.append(told.due if told.verdict is Verdict.APPLIES else None)
        return found[0] if len(found) == 1 else None

    return timing


_LONG_AFTER = datetime(2200, 12, 31, tzinfo=UTC)


def read_time(text: str) -> datetime:
    """A ``time`` of an entry as an instant. Raises RuleError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise RuleError(f"{text[:40]!r} is no time", hint="write it as 2027-02-08T17:40:00Z") from error
    if found.utcoffset() is None:
        raise RuleError(f"the time {text!r} has no time zone", hint="write it as 2027-02-08T17:40:00Z")
    return found


def is_late(when: datetime, due: Due | None) -> bool | None:
    """Whether ``when`` is after the last instant; None where that cannot be told."""
    if due is None or due.earliest < when <= due.latest:
        return None
    return when > due.latest
