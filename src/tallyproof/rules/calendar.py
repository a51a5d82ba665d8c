"""Days and instants as a jurisdiction counts them. No clock is asked: every time is passed in.

Instants are compared to the second. ``None`` means that the calendar does not know: an offset outside the years that the file covers, or a
day whose holidays are not listed. It is never taken for a working day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

from tallyproof.rules.facts import Moment
from tallyproof.rules.model import Calendar, Term, Unit

_DAY = timedelta(days=1)
_LAST_SECOND = time(23, 59, 59)
_LONGEST_CLOSURE = 60
"""Days after which the search for a working day is given up: a list without one is wrong."""


def offset_at(calendar: Calendar, instant: datetime) -> timezone | None:
    """The local offset from UTC at an instant."""
    if calendar.clock_until is not None and instant >= calendar.clock_until:
        return None
    changes = [change for change in calendar.clock if change.since <= instant]
    return timezone(timedelta(minutes=changes[-1].minutes)) if changes else None


def local(calendar: Calendar, instant: datetime) -> datetime | None:
    """The same instant, cut to the second, on local clocks."""
    zone = offset_at(calendar, instant)
    return None if zone is None else instant.astimezone(zone).replace(microsecond=0)


def at(calendar: Calendar, day: date, clock: time) -> datetime | None:
    """When local clocks show this time on this day.

    A time that they show twice is the later one: nobody is late while the clock still shows it. One that they skip is counted by the
    offset before the change.
    """
    wall = datetime.combine(day, clock.replace(microsecond=0))
    offsets = [timezone(timedelta(minutes=change.minutes)) for change in calendar.clock]
    fits = [moment for zone in offsets if offset_at(calendar, moment := wall.replace(tzinfo=zone)) == zone]
    if fits:
        return max(fits)
    before = offset_at(calendar, wall.replace(tzinfo=UTC) - _DAY)
    after = offset_at(calendar, wall.replace(tzinfo=UTC) + _DAY)
    return None if before is None or after is None else wall.replace(tzinfo=before)


def day_of(calendar: Calendar, moment: Moment) -> date | None:
    """The local day of an event."""
    if not isinstance(moment, datetime):
        return moment
    there = local(calendar, moment)
    return None if there is None else there.date()


def instants(calendar: Calendar, moment: Moment) -> tuple[datetime, datetime] | None:
    """The first and the last instant at which an event can have been: a day alone leaves a whole day open."""
    if isinstance(moment, datetime):
        there = local(calendar, moment)
        return None if there is None else (there, there)
    first, last = at(calendar, moment, time()), at(calendar, moment, _LAST_SECOND)
    return None if first is None or last is None else (first, last)


def is_working(calendar: Calendar, day: date) -> bool | None:
    """Whether offices are open. Weekly holidays are known for all years, public holidays for the listed periods only."""
    if day.weekday() in calendar.weekly:
        return False
    for period in calendar.periods:
        if period.since <= day <= period.until:
            return day not in period.holidays
    return None


def working_day_from(calendar: Calendar, day: date) -> date | None:
    """This day, or else the next, on which offices are open."""
    for _ in range(_LONGEST_CLOSURE):
        working = is_working(calendar, day)
        if working is not False:
            return day if working else None
        day += _DAY
    return None


def after_working_days(calendar: Calendar, day: date, number: int) -> date | None:
    """The last of so many working days, ``day`` itself not counted."""
    for _ in range(number):
        following = working_day_from(calendar, day + _DAY)
        if following is None:
            return None
        day = following
    return day


@dataclass(frozen=True, slots=True)
class Due:
    """The last instant in time, local. The two differ if the term counts hours and only the day of the event is known."""

    earliest: datetime
    latest: datetime
    holidays_confirmed: bool
    """False if the date rests on a list of holidays that nobody has confirmed."""


def due(calendar: Calendar, term: Term, start: Moment) -> Due | None:
    """When what ``term`` asks for is due, if ``term.after`` was at ``start``. None if the calendar does not reach so far."""
    if term.unit is Unit.HOURS:
        began = instants(calendar, start)
        ends = began and tuple(local(calendar, instant + timedelta(hours=term.number)) for instant in began)
        if not ends or ends[0] is None or ends[1] is None:
            return None
        return Due(ends[0], ends[1], True)
    first = day_of(calendar, start)
    if first is None:
        return None
    if term.unit is Unit.WORKING_DAYS:
        last = after_working_days(calendar, first, term.number)
    else:
        last = first + timedelta(days=term.number)
        if term.roll:
            last = working_day_from(calendar, last)
    if last is None:
        return None
    end = at(calendar, last, _LAST_SECOND if term.at is None else term.at)
    asked = term.roll or term.unit is Unit.WORKING_DAYS
    return None if end is None else Due(end, end, not asked or _confirmed(calendar, first, last))


def _confirmed(calendar: Calendar, first: date, last: date) -> bool:
    touched = [period for period in calendar.periods if period.since <= last and period.until >= first]
    return calendar.confirmed and all(period.confirmed for period in touched)
