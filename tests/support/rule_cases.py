"""For every rule of every shipped jurisdiction: facts on, under and over what it asks, and with inputs missing.

``tests/unit/test_rules.py`` demands that no rule is without its cases.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

from tallyproof.rules.facts import NOT_YET, Facts
from tallyproof.rules.model import Event

PKT = timezone(timedelta(hours=5))
EST = timezone(timedelta(hours=-5))
EDT = timezone(timedelta(hours=-4))

YES, NO, UNSURE = "applies", "does-not-apply", "cannot-tell"
MET, MISSED, RUNNING, NOT_BEGUN = "met", "missed", "running", "not-begun"


def facts(poll: date | None = date(2024, 2, 8), /, events: dict[Event, Any] | None = None, **known: Any) -> Facts:
    days: dict[Event, Any] = {} if poll is None else {Event.POLL: poll}
    return Facts(events=days | (events or {}), **known)


BEFORE_2023 = date(2021, 4, 29)

THRESHOLDS: dict[tuple[str, str], dict[str, tuple[Facts, str]]] = {
    ("pk-2017", "recount-margin-2017"): {
        # 5 % of 100,000 is 5,000, which is less than 10,000; 5 % of 300,000 is more, and 10,000 decides.
        "under": (facts(BEFORE_2023, winner=50_000, runner_up=45_001, votes_polled=100_000), YES),
        "on": (facts(BEFORE_2023, winner=50_000, runner_up=45_000, votes_polled=100_000), NO),
        "over": (facts(BEFORE_2023, winner=50_000, runner_up=44_999, votes_polled=100_000), NO),
        "under the other": (facts(BEFORE_2023, winner=60_000, runner_up=50_001, votes_polled=300_000), YES),
        "on the other": (facts(BEFORE_2023, winner=60_000, runner_up=50_000, votes_polled=300_000), NO),
        "missing": (facts(BEFORE_2023, winner=50_000, runner_up=45_001), UNSURE),
        "missing too": (facts(BEFORE_2023, winner=50_000, votes_polled=100_000), UNSURE),
        "missing day": (facts(None, winner=50_000, runner_up=45_001, votes_polled=100_000), UNSURE),
        "decided without": (facts(BEFORE_2023, winner=50_000, runner_up=40_000), NO),
        "last day": (facts(date(2023, 8, 3), winner=50_000, runner_up=45_001, votes_polled=100_000), YES),
        "not in force": (facts(date(2023, 8, 4), winner=50_000, runner_up=45_001, votes_polled=100_000), NO),
    },
    ("pk-2017", "recount-margin-2023-national"): {
        "under": (facts(level="national", winner=100_000, runner_up=92_001, votes_polled=200_000), YES),
        "on": (facts(level="national", winner=100_000, runner_up=92_000, votes_polled=200_000), NO),
        "over": (facts(level="national", winner=100_000, runner_up=91_999, votes_polled=200_000), NO),
        "on the share": (facts(level="national", winner=50_000, runner_up=45_000, votes_polled=100_000), NO),
        "missing": (facts(level="national", winner=100_000, runner_up=99_000), UNSURE),
        "missing level": (facts(winner=100_000, runner_up=92_001, votes_polled=200_000), UNSURE),
        "other level": (facts(level="provincial", winner=100_000, runner_up=92_001, votes_polled=200_000), NO),
    },
    ("pk-2017", "recount-margin-2023-provincial"): {
        "under": (facts(level="provincial", winner=50_000, runner_up=46_001, votes_polled=100_000), YES),
        "on": (facts(level="provincial", winner=50_000, runner_up=46_000, votes_polled=100_000), NO),
        "over": (facts(level="provincial", winner=50_000, runner_up=45_999, votes_polled=100_000), NO),
        "on the share": (facts(level="provincial", winner=20_000, runner_up=18_000, votes_polled=40_000), NO),
        "missing": (facts(level="provincial", votes_polled=100_000), UNSURE),
        "other level": (facts(level="national", winner=50_000, runner_up=46_001, votes_polled=100_000), NO),
    },
    ("pk-2017", "recount-rejected"): {
        "under": (facts(winner=1_000, runner_up=900, rejected=99), NO),
        "on": (facts(winner=1_000, runner_up=900, rejected=100), YES),
        "over": (facts(winner=1_000, runner_up=900, rejected=101), YES),
        "missing": (facts(winner=1_000, runner_up=900), UNSURE),
        "missing too": (facts(rejected=100, winner=1_000), UNSURE),
    },
    ("pk-2017", "women-turnout"): {
        "under": (facts(women_polled=9_999, votes_polled=100_000), YES),
        "on": (facts(women_polled=10_000, votes_polled=100_000), NO),
        "over": (facts(women_polled=10_001, votes_polled=100_000), NO),
        "missing": (facts(votes_polled=100_000), UNSURE),
        "missing too": (facts(women_polled=9_999), UNSURE),
    },
    ("pk-2017", "equal-votes"): {
        "under": (facts(winner=900, runner_up=899), NO),
        "on": (facts(winner=900, runner_up=900), YES),
        "over": (facts(winner=900, runner_up=901), NO),
        "missing": (facts(winner=900), UNSURE),
    },
    ("pk-2017", "postal-ballots"): {
        "under": (facts(postal_received=50, postal_counted=41, postal_rejected=10), NO),
        "on": (facts(postal_received=50, postal_counted=40, postal_rejected=10), NO),
        "over": (facts(postal_received=50, postal_counted=39, postal_rejected=10), YES),
        "missing": (facts(postal_received=50, postal_counted=39), UNSURE),
        "missing too": (facts(postal_counted=39, postal_rejected=10), UNSURE),
        "decided without": (facts(postal_received=0), NO),
    },
    ("us-ga-2019", "recount-margin"): {
        "under": (facts(date(2020, 11, 3), winner=1_000, runner_up=991, votes_polled=2_000), YES),
        "on": (facts(date(2020, 11, 3), winner=1_000, runner_up=990, votes_polled=2_000), YES),
        "over": (facts(date(2020, 11, 3), winner=1_000, runner_up=989, votes_polled=2_000), NO),
        "over by a part": (facts(date(2020, 11, 3), winner=1_000, runner_up=990, votes_polled=1_999), NO),
        "missing": (facts(date(2020, 11, 3), winner=1_000, runner_up=990), UNSURE),
        "not in force": (facts(date(2018, 11, 6), winner=1_000, runner_up=990, votes_polled=2_000), NO),
    },
}

_ENDED = datetime(2021, 5, 9, 12, 0, tzinfo=PKT)
WINDOWS: dict[tuple[str, str], dict[str, tuple[Facts, datetime | None, str]]] = {
    ("pk-2017", "recount-commission"): {
        "under": (facts(BEFORE_2023, events={Event.CONSOLIDATION_ENDED: _ENDED}), _ENDED - timedelta(seconds=1), YES),
        "on": (facts(BEFORE_2023, events={Event.CONSOLIDATION_ENDED: _ENDED}), _ENDED, NO),
        "over": (facts(BEFORE_2023, events={Event.CONSOLIDATION_ENDED: _ENDED}), _ENDED + timedelta(seconds=1), NO),
        "not yet": (facts(BEFORE_2023, events={Event.CONSOLIDATION_ENDED: NOT_YET}), None, YES),
        "some time that day": (facts(BEFORE_2023, events={Event.CONSOLIDATION_ENDED: date(2021, 5, 9)}), _ENDED, UNSURE),
        "missing": (facts(BEFORE_2023), _ENDED, UNSURE),
        "missing too": (facts(BEFORE_2023, events={Event.CONSOLIDATION_ENDED: _ENDED}), None, UNSURE),
        "missing day": (facts(None, events={Event.CONSOLIDATION_ENDED: NOT_YET}), None, UNSURE),
    },
}

# rule: start, the last second in time, and what else has to be known
_POLL = date(2024, 2, 8)
DEADLINES: dict[tuple[str, str], tuple[date | datetime, datetime, dict[Event, Any]]] = {
    ("pk-2017", "consolidation-after-recount"): (date(2021, 5, 8), datetime(2021, 5, 13, 23, 59, 59, tzinfo=PKT), {}),
    ("pk-2017", "provisional-result-2017"): (date(2018, 7, 25), datetime(2018, 7, 26, 2, 0, tzinfo=PKT), {}),
    ("pk-2017", "provisional-result-2023"): (_POLL, datetime(2024, 2, 9, 2, 0, tzinfo=PKT), {}),
    ("pk-2017", "provisional-complete-2023"): (_POLL, datetime(2024, 2, 9, 10, 0, tzinfo=PKT), {}),
    ("pk-2017", "forms-sent"): (datetime(2024, 2, 28, 17, 30, tzinfo=PKT), datetime(2024, 2, 29, 17, 30, tzinfo=PKT), {}),
    ("pk-2017", "publication"): (_POLL, datetime(2024, 2, 22, 23, 59, 59, tzinfo=PKT), {}),
    ("pk-2017", "gazette"): (_POLL, datetime(2024, 2, 22, 23, 59, 59, tzinfo=PKT), {}),
    ("pk-2017", "petition"): (date(2024, 4, 1), datetime(2024, 5, 16, 23, 59, 59, tzinfo=PKT), {}),
    ("pk-2017", "by-election"): (date(2024, 3, 1), datetime(2024, 4, 30, 23, 59, 59, tzinfo=PKT), {Event.TERM_ENDS: date(2029, 2, 28)}),
    ("us-ga-2019", "recount-request"): (
        datetime(2020, 11, 20, 16, 40, tzinfo=EST),
        datetime(2020, 11, 24, 23, 59, 59, tzinfo=EST),
        {},
    ),
    ("us-ga-2019", "certification-2019"): (date(2020, 11, 3), datetime(2020, 11, 20, 17, 0, tzinfo=EST), {}),
}

JUDGED: dict[tuple[str, str], Facts] = {
    ("pk-2017", "recount-reasonable-2017"): facts(BEFORE_2023, winner=2, runner_up=1),
    ("pk-2017", "postal-eligibility"): facts(postal_received=1),
}
