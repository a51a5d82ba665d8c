"""Days and instants: year ends, leap days, holidays, clock changes, and where the calendar does not know."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta

import pytest

from tallyproof.rules.calendar import after_working_days, at, day_of, due, instants, is_working, offset_at, working_day_from
from tallyproof.rules.model import Calendar, Event, Term, Unit
from tallyproof.rules.read import load
from tests.support.rule_cases import EDT, EST, PKT

PK = load("pk-2017").calendar
GA = load("us-ga-2019").calendar


def term(unit: Unit, number: int, *, clock: time | None = None, roll: bool = False) -> Term:
    return Term(Event.POLL, Event.PUBLISHED, unit, number, clock, roll)


@pytest.mark.parametrize(
    ("start", "number", "last"),
    [
        (date(2023, 12, 20), 14, date(2024, 1, 3)),
        (date(2024, 2, 15), 14, date(2024, 2, 29)),
        (date(2023, 2, 15), 14, date(2023, 3, 1)),
        (date(2024, 2, 28), 1, date(2024, 2, 29)),
        (date(2024, 12, 31), 60, date(2025, 3, 1)),
        (date(2023, 12, 31), 60, date(2024, 2, 29)),
        (date(2024, 1, 16), 45, date(2024, 3, 1)),
        (date(2100, 2, 28), 1, date(2100, 3, 1)),
    ],
)
def test_days(start: date, number: int, last: date) -> None:
    found = due(PK, term(Unit.DAYS, number), start)
    assert found is not None
    assert found.latest == datetime.combine(last, time(23, 59, 59), PKT)
    assert found.holidays_confirmed


def test_the_hour_of_the_event_does_not_move_days_but_the_local_day_does() -> None:
    two_days = [due(PK, term(Unit.DAYS, 1), datetime(2024, 2, 8, hour, tzinfo=UTC)) for hour in (18, 19)]
    assert [found.latest.day for found in two_days if found] == [9, 10]


def test_hours_run_through_everything() -> None:
    found = due(PK, term(Unit.HOURS, 24), datetime(2023, 12, 31, 20, 15, 30, 999_999, tzinfo=PKT))
    assert found is not None
    assert found.earliest == found.latest == datetime(2024, 1, 1, 20, 15, 30, tzinfo=PKT)


def test_hours_over_a_clock_change() -> None:
    """24 hours from Saturday noon end at 11 on Sunday when clocks went back an hour."""
    found = due(GA, term(Unit.HOURS, 24), datetime(2020, 10, 31, 12, tzinfo=EDT))
    assert found is not None
    assert found.latest.isoformat() == "2020-11-01T11:00:00-05:00"


@pytest.mark.parametrize(
    ("start", "number", "last"),
    [
        (date(2024, 4, 9), 1, date(2024, 4, 15)),  # Eid on Wednesday to Friday, then the weekend
        (date(2024, 2, 2), 1, date(2024, 2, 6)),  # Friday, weekend, Kashmir Day
        (date(2024, 2, 26), 4, date(2024, 3, 1)),  # over the leap day
        (date(2024, 12, 24), 1, date(2024, 12, 26)),
        (date(2024, 6, 14), 2, date(2024, 6, 21)),
    ],
)
def test_working_days(start: date, number: int, last: date) -> None:
    assert after_working_days(PK, start, number) == last
    found = due(PK, term(Unit.WORKING_DAYS, number), start)
    assert found is not None
    assert not found.holidays_confirmed, "the list of 2024 is of days that follow the moon"


def test_working_days_beyond_the_lists_are_not_guessed() -> None:
    assert after_working_days(PK, date(2024, 12, 30), 1) == date(2024, 12, 31)
    assert after_working_days(PK, date(2024, 12, 30), 2) is None
    assert due(PK, term(Unit.WORKING_DAYS, 2), date(2024, 12, 30)) is None
    assert due(PK, term(Unit.DAYS, 2, roll=True), date(2024, 12, 30)) is None
    assert due(PK, term(Unit.DAYS, 2), date(2024, 12, 30)) is not None
    assert is_working(PK, date(2025, 1, 4)) is False, "weekly holidays are known for all years"
    assert is_working(PK, date(2025, 1, 6)) is None


def test_a_last_day_on_a_holiday_moves_if_the_rule_says_so() -> None:
    rolled = due(PK, term(Unit.DAYS, 1, roll=True), date(2024, 4, 9))
    fallen = due(PK, term(Unit.DAYS, 1), date(2024, 4, 9))
    assert rolled is not None
    assert fallen is not None
    assert (rolled.latest.date(), fallen.latest.date()) == (date(2024, 4, 15), date(2024, 4, 10))


def test_a_list_without_a_working_day_ends_the_search() -> None:
    days = frozenset(date(2024, 1, 1) + timedelta(days=n) for n in range(366))
    shut = Calendar(
        PK.zone,
        PK.clock,
        None,
        PK.weekly,
        (PK.periods[0].__class__(date(2024, 1, 1), date(2024, 12, 31), days, True, "", ()),),
        True,
        "",
        (),
    )
    assert working_day_from(shut, date(2024, 1, 1)) is None


def test_clock_changes_are_those_of_the_zone() -> None:
    """The offsets in the file against the system's zone data, hour by hour around each change."""
    try:
        zones = [(GA, zoneinfo.ZoneInfo(GA.zone)), (PK, zoneinfo.ZoneInfo(PK.zone))]
    except zoneinfo.ZoneInfoNotFoundError:
        pytest.skip("this system has no zone data")
    for calendar, zone in zones:
        last = calendar.clock_until or datetime(2026, 12, 31, tzinfo=UTC)
        moment = calendar.clock[0].since
        while moment < last:
            found = offset_at(calendar, moment)
            assert found is not None
            assert found.utcoffset(None) == moment.astimezone(zone).utcoffset(), moment
            moment += timedelta(hours=1)


def test_times_that_clocks_show_twice_or_never() -> None:
    assert at(GA, date(2020, 11, 1), time(1, 30)) == datetime(2020, 11, 1, 1, 30, tzinfo=EST)
    assert at(GA, date(2020, 3, 8), time(2, 30)) == datetime(2020, 3, 8, 2, 30, tzinfo=EST)
    assert at(GA, date(2020, 3, 8), time(3, 0)) == datetime(2020, 3, 8, 3, 0, tzinfo=EDT)


def test_outside_the_years_of_the_clock() -> None:
    for moment in (datetime(2018, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)):
        assert offset_at(GA, moment) is None
        assert day_of(GA, moment) is None
        assert due(GA, term(Unit.HOURS, 1), moment) is None
        assert due(GA, term(Unit.DAYS, 1), moment) is None
    assert instants(GA, date(2027, 1, 1)) is None
    assert day_of(GA, date(2027, 1, 1)) == date(2027, 1, 1)
    assert due(GA, term(Unit.DAYS, 300), date(2026, 6, 1)) is None
    assert due(GA, term(Unit.HOURS, 10_000), date(2026, 6, 1)) is None


def test_the_whole_day_of_an_event_without_an_hour() -> None:
    first, last = instants(PK, date(2024, 2, 8)) or (None, None)
    assert (first, last) == (datetime(2024, 2, 8, tzinfo=PKT), datetime(2024, 2, 8, 23, 59, 59, tzinfo=PKT))
