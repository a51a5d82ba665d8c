"""Every shipped rule on, under and over its threshold and with inputs missing; and contests that really were."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from tallyproof.errors import RuleError, UsageError
from tallyproof.rules.calendar import day_of
from tallyproof.rules.deadlines import Deadline, State, deadline, deadlines
from tallyproof.rules.evaluate import Answer, Reason, answers, evaluate, exact
from tallyproof.rules.facts import NOT_YET, Facts, Span
from tallyproof.rules.model import Event, Jurisdiction, Rule, RuleKind, SourceKind, Verdict
from tallyproof.rules.read import available, load
from tests.support.rule_cases import DEADLINES, EST, JUDGED, PKT, THRESHOLDS, UNSURE, WINDOWS, facts

SECOND = timedelta(seconds=1)
PK = load("pk-2017")
GA = load("us-ga-2019")


def the(place: str, key: str) -> tuple[Jurisdiction, Rule]:
    jurisdiction = load(place)
    rule = jurisdiction.rule(key)
    assert rule is not None
    return jurisdiction, rule


def ask(place: str, key: str, known: Facts, now: datetime | None = None) -> Answer:
    return evaluate(*the(place, key), known, now)


def when(place: str, key: str, known: Facts, now: datetime) -> Deadline:
    return deadline(*the(place, key), known, now)


def flat(cases: dict[tuple[str, str], dict[str, Any]]) -> list[Any]:
    return [pytest.param(*rule, case, id=f"{rule[1]}: {name}") for rule, named in cases.items() for name, case in named.items()]


def test_every_rule_has_its_cases() -> None:
    by_kind = {
        RuleKind.THRESHOLD: set(THRESHOLDS),
        RuleKind.WINDOW: set(WINDOWS),
        RuleKind.DEADLINE: set(DEADLINES),
        RuleKind.NOT_EVALUATED: set(JUDGED),
    }
    for kind, cases in by_kind.items():
        assert cases == {(place, rule.key) for place in available() for rule in load(place).rules if rule.kind is kind}
    for named in (*THRESHOLDS.values(), *WINDOWS.values()):
        assert {"under", "on", "over", "missing"} <= set(named)


@pytest.mark.parametrize(("place", "key", "case"), flat(THRESHOLDS))
def test_threshold(place: str, key: str, case: tuple[Facts, str]) -> None:
    answer = ask(place, key, case[0])
    assert answer.verdict == case[1]
    assert bool(answer.missing) == (case[1] == UNSURE)
    assert answer.rule.section in answer.section
    if answer.reason is Reason.FIGURES:
        assert answer.figures


@pytest.mark.parametrize(("place", "key", "case"), flat(WINDOWS))
def test_window(place: str, key: str, case: tuple[Facts, datetime | None, str]) -> None:
    assert ask(place, key, case[0], case[1]).verdict == case[2]


@pytest.mark.parametrize(("place", "key"), list(JUDGED))
def test_what_is_not_evaluated_is_never_told(place: str, key: str) -> None:
    answer = ask(place, key, JUDGED[place, key])
    assert (answer.verdict, answer.reason) == (Verdict.CANNOT_TELL, Reason.JUDGEMENT)
    assert answer.rule.why is not None


@pytest.mark.parametrize(("place", "key"), list(DEADLINES))
def test_deadline(place: str, key: str) -> None:
    start, last, more = DEADLINES[place, key]
    rule = the(place, key)[1]
    assert rule.term is not None
    after, done = rule.term.after, rule.term.done

    def state(now: datetime, **events: Any) -> State | None:
        known = {after: start} | ({done: events["done"]} if events else {}) | more
        found = when(place, key, Facts(events=known), now)
        assert found.due is None or found.due.latest == last
        return found.state

    late = last + SECOND
    assert state(late, done=last - SECOND) is State.MET
    assert state(late, done=last) is State.MET
    assert state(late, done=late) is State.MISSED
    assert state(last, done=late) is State.RUNNING, "what is dated later has not happened yet"
    assert state(last, done=NOT_YET) is State.RUNNING
    assert state(late, done=NOT_YET) is State.MISSED
    assert state(last) is State.RUNNING
    assert state(late) is State.CANNOT_TELL, "whether it was done is not known"
    assert when(place, key, Facts(events=more), late).state is State.CANNOT_TELL
    assert when(place, key, Facts(events={**more, done: last}), late).missing[0] == after
    begun = start if isinstance(start, datetime) else datetime.combine(start, datetime.min.time(), last.tzinfo)
    assert state(begun - SECOND) is State.NOT_BEGUN
    assert state(late, done=start - timedelta(days=2)) is State.CANNOT_TELL, "done before it began"
    assert when(place, key, Facts(events={**more, after: NOT_YET}), begun).state is State.NOT_BEGUN


# --- What really happened ----------------------------------------------------------------------------------------------------------

NA_249 = facts(date(2021, 4, 29), level="national", winner=16_156, runner_up=15_473, votes_polled=73_471, rejected=3_162)


def test_na_249_margin() -> None:
    answer = ask("pk-2017", "recount-margin-2017", NA_249)
    assert answer.verdict is Verdict.APPLIES
    assert answer.tried[0].right == (Fraction(367_355, 100),) * 2
    assert answer.tried[0].left == Span(683, 683)
    assert dict(answer.figures) == {"margin": "683", "votes_polled": "73471", "limit": "3673.55"}
    assert (answer.section, answer.confirmed) == ("Elections Act 2017, s. 95(5)", True)


def test_na_249_rejected() -> None:
    answer = ask("pk-2017", "recount-rejected", NA_249)
    assert answer.verdict is Verdict.APPLIES
    assert answer.figures["limit"] == "683"
    assert not answer.confirmed


def test_na_249_by_the_rules_of_2023_does_not_count() -> None:
    for key in ("recount-margin-2023-national", "recount-margin-2023-provincial"):
        assert ask("pk-2017", key, NA_249).reason is Reason.NOT_IN_FORCE


def test_na_249_the_commission_could_order_it() -> None:
    """The stay of 1 May and the recount of 6 May came before the consolidation ended."""
    known = facts(date(2021, 4, 29), events={Event.CONSOLIDATION_ENDED: NOT_YET})
    assert ask("pk-2017", "recount-commission", known).verdict is Verdict.APPLIES


@pytest.mark.parametrize(
    ("women", "polled", "verdict"),
    [(3_505, 69_827, "applies"), (6_364, 63_954, "applies"), (12_663, 128_302, "applies"), (12_831, 128_302, "does-not-apply")],
    ids=["PK-23", "NA-48", "NA-10", "NA-10 with 168 more"],
)
def test_women_turnout_in_2018(women: int, polled: int, verdict: str) -> None:
    """The three seats that Dawn named on 29 July 2018 (news/1423631); the poll of PK-23 was declared void."""
    assert ask("pk-2017", "women-turnout", facts(date(2018, 7, 25), women_polled=women, votes_polled=polled)).verdict == verdict


def test_the_gazette_of_ps129_was_late() -> None:
    """The poll was on 8 February 2024; the name was notified on 1 April (the example's README has the sources)."""
    known = facts(events={Event.GAZETTED: date(2024, 4, 1)})
    assert when("pk-2017", "gazette", known, datetime(2024, 4, 2, tzinfo=PKT)).state is State.MISSED
    assert when("pk-2017", "gazette", facts(), datetime(2024, 2, 22, 23, 59, 59, tzinfo=PKT)).state is State.RUNNING


def test_publication_in_2024_was_late() -> None:
    known = facts(date(2024, 2, 8), events={Event.PUBLISHED: date(2024, 3, 6)})
    assert when("pk-2017", "publication", known, datetime(2024, 3, 7, tzinfo=PKT)).state is State.MISSED
    assert when("pk-2017", "publication", known, datetime(2024, 2, 22, 12, tzinfo=PKT)).state is State.RUNNING


def test_georgia_2020() -> None:
    """2,474,507 to 2,461,837 of 4,998,482 certified on Friday 20 November; the request came on Saturday."""
    known = facts(
        date(2020, 11, 3),
        events={Event.CERTIFIED: datetime(2020, 11, 20, 16, 50, tzinfo=EST), Event.RECOUNT_REQUESTED: date(2020, 11, 21)},
        winner=2_474_507,
        runner_up=2_461_837,
        votes_polled=2_474_507 + 2_461_837 + 62_138,
    )
    answer = ask("us-ga-2019", "recount-margin", known)
    assert (answer.verdict, answer.figures["limit"]) == (Verdict.APPLIES, "24992.41")
    found = {one.rule.key: one for one in deadlines(GA, known, datetime(2020, 12, 1, tzinfo=EST))}
    assert found["certification-2019"].state is State.MET
    assert found["recount-request"].state is State.MET
    assert found["recount-request"].due is not None
    assert found["recount-request"].due.latest.date() == date(2020, 11, 24)
    assert not found["recount-request"].confirmed


# --- Ranges, levels, what is missing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("winner", "runner_up", "verdict"),
    [
        (Span(100_000, 100_100), Span(95_101, 96_000), Verdict.APPLIES),
        (Span(100_000, 100_100), Span(95_100, 96_000), Verdict.CANNOT_TELL),
        (Span(100_000, 100_100), Span(90_000, 95_000), Verdict.DOES_NOT_APPLY),
        (Span(100_000, 100_100), Span(90_000, 95_001), Verdict.CANNOT_TELL),
        (Span(90_000, 100_000), Span(90_000, 100_000), Verdict.CANNOT_TELL),
        (Span(98_000, 100_000), Span(98_000, 100_000), Verdict.APPLIES),
        (Span(100_000, None), Span(0, 10_000), Verdict.DOES_NOT_APPLY),
        (Span(0, None), Span(0, None), Verdict.CANNOT_TELL),
    ],
)
def test_margin_as_a_range(winner: Span, runner_up: Span, verdict: Verdict) -> None:
    known = facts(date(2021, 4, 29), winner=winner, runner_up=runner_up, votes_polled=100_000)
    answer = ask("pk-2017", "recount-margin-2017", known)
    assert answer.verdict is verdict
    assert answer.reason is (Reason.RANGE if verdict is Verdict.CANNOT_TELL else Reason.FIGURES)


def test_missing_inputs_are_named() -> None:
    assert ask("pk-2017", "recount-margin-2023-national", facts(None)).missing == ("poll", "level", "winner", "runner_up", "votes_polled")
    assert ask("pk-2017", "recount-margin-2023-national", facts(level="national", winner=9_000, runner_up=8_000)).missing == (
        "votes_polled",
    )
    assert ask("pk-2017", "recount-rejected", facts(winner=7, runner_up=7)).verdict is Verdict.APPLIES, "no number is under a margin of 0"
    assert ask("pk-2017", "recount-commission", facts(None)).missing == ("poll", "consolidation-ended")


def test_window_of_a_threshold_is_told_apart_from_its_figures() -> None:
    begun = datetime(2021, 5, 1, 9, 0, tzinfo=PKT)
    known = Facts(winner=10, runner_up=9, rejected=5, events={Event.POLL: date(2021, 4, 29), Event.CONSOLIDATION_BEGUN: begun})
    for now, open_ in ((begun - SECOND, Verdict.APPLIES), (begun, Verdict.DOES_NOT_APPLY), (None, Verdict.CANNOT_TELL)):
        answer = ask("pk-2017", "recount-rejected", known, now)
        assert (answer.verdict, answer.open) == (Verdict.APPLIES, open_)
    assert ask("pk-2017", "women-turnout", known).open is None


def test_a_vacancy_shortly_before_the_end_of_the_term_has_no_by_election() -> None:
    now = datetime(2024, 6, 1, tzinfo=PKT)
    events = {Event.VACANCY: date(2024, 3, 1), Event.TERM_ENDS: date(2024, 6, 29)}
    exactly = when("pk-2017", "by-election", Facts(events={**events, Event.BY_ELECTION: NOT_YET}), now)
    assert (exactly.verdict, exactly.state) == (Verdict.APPLIES, State.MISSED), "120 days before is still in"
    short = when("pk-2017", "by-election", Facts(events={**events, Event.TERM_ENDS: date(2024, 6, 28)}), now)
    assert (short.verdict, short.state) == (Verdict.DOES_NOT_APPLY, None)
    unknown = when("pk-2017", "by-election", Facts(events={Event.VACANCY: date(2024, 3, 1)}), now)
    assert (unknown.state, unknown.missing) == (State.CANNOT_TELL, ("term-ends",))
    assert unknown.due is not None


def test_done_on_the_day_without_an_hour() -> None:
    """The forms are due at 17:30; that they went out that day does not say whether in time."""
    ended = datetime(2024, 2, 28, 17, 30, tzinfo=PKT)
    now = datetime(2024, 3, 5, tzinfo=PKT)
    for sent, state in ((date(2024, 2, 28), State.MET), (date(2024, 2, 29), State.CANNOT_TELL), (date(2024, 3, 1), State.MISSED)):
        known = Facts(events={Event.CONSOLIDATION_ENDED: ended, Event.FORMS_SENT: sent})
        assert when("pk-2017", "forms-sent", known, now).state is state
    soon = Facts(events={Event.CONSOLIDATION_ENDED: ended, Event.FORMS_SENT: date(2024, 2, 29)})
    assert when("pk-2017", "forms-sent", soon, datetime(2024, 2, 29, 17, 0, tzinfo=PKT)).state is State.CANNOT_TELL, "it may be later today"


def test_hours_from_a_day_without_an_hour() -> None:
    ended, now = date(2024, 2, 28), datetime(2024, 3, 5, tzinfo=PKT)
    found = when("pk-2017", "forms-sent", Facts(events={Event.CONSOLIDATION_ENDED: ended, Event.FORMS_SENT: NOT_YET}), now)
    assert found.due is not None
    assert (found.due.earliest, found.due.latest) == (datetime(2024, 2, 29, tzinfo=PKT), datetime(2024, 2, 29, 23, 59, 59, tzinfo=PKT))
    assert found.state is State.MISSED
    for sent, state in ((found.due.latest, State.CANNOT_TELL), (found.due.latest + SECOND, State.MISSED), (found.due.earliest, State.MET)):
        known = Facts(events={Event.CONSOLIDATION_ENDED: ended, Event.FORMS_SENT: sent})
        assert when("pk-2017", "forms-sent", known, now).state is state
    between = datetime(2024, 2, 29, 12, tzinfo=PKT)
    for sent, state in ((datetime(2024, 2, 28, 23, tzinfo=PKT), State.MET), (between, State.CANNOT_TELL), (NOT_YET, State.CANNOT_TELL)):
        known = Facts(events={Event.CONSOLIDATION_ENDED: ended, Event.FORMS_SENT: sent})
        assert when("pk-2017", "forms-sent", known, between).state is state


def test_a_version_that_has_ended_waits_for_nothing() -> None:
    known, now = Facts(events={Event.POLL: NOT_YET}), datetime(2026, 1, 1, tzinfo=PKT)
    found = {one.rule.key: one for one in deadlines(PK, known, now)}
    assert (found["provisional-result-2017"].verdict, found["provisional-result-2017"].state) == (Verdict.DOES_NOT_APPLY, None)
    assert found["provisional-result-2023"].state is State.NOT_BEGUN


def test_exactly_one_version_of_a_subject_is_in_force() -> None:
    for level in PK.levels:
        for day in (date(2017, 10, 2), date(2023, 8, 3), date(2023, 8, 4), date(2026, 1, 1)):
            known = facts(day, level=level, winner=9, runner_up=8, votes_polled=100)
            assert [one.verdict for one in answers(PK, known) if one.rule.subject == "recount-margin"].count(Verdict.APPLIES) == 1


def test_local_day_of_an_instant_decides_what_is_in_force() -> None:
    at = datetime(2023, 8, 3, 19, 30, tzinfo=UTC)
    assert day_of(PK.calendar, at) == date(2023, 8, 4)
    known = Facts(winner=9, runner_up=8, votes_polled=100, level="national", events={Event.POLL: at})
    assert ask("pk-2017", "recount-margin-2017", known).reason is Reason.NOT_IN_FORCE


# --- What was confirmed, and bad input ---------------------------------------------------------------------------------------------


def test_what_is_confirmed_is_said_here_too() -> None:
    """Whoever confirms a rule changes this test, on purpose."""
    confirmed = {(place, rule.key) for place in available() for rule in load(place).rules if rule.confirmed}
    assert confirmed == {
        ("pk-2017", "recount-margin-2017"),
        ("pk-2017", "provisional-result-2017"),
        ("pk-2017", "forms-sent"),
        ("pk-2017", "by-election"),
    }
    for place in available():
        for rule in load(place).rules:
            if any(source.kind is SourceKind.MEMORY for source in rule.sources):
                assert not rule.confirmed


@pytest.mark.parametrize(
    "wrong",
    [
        {"winner": -1},
        {"winner": 1.5},
        {"winner": True},
        {"winner": "12"},
        {"winner": 10**13},
        {"level": 3},
        {"events": [Event.POLL]},
        {"events": {"polling": date(2024, 2, 8)}},
        {"events": {Event.POLL: "2024-02-08"}},
        {"events": {Event.POLL: date(1, 1, 1)}},
        {"events": {Event.POLL: date(9999, 12, 31)}},
        {"events": {Event.POLL: datetime(2024, 2, 8)}},  # noqa: DTZ001
        {"events": {Event.POLL: None}},
    ],
    ids=str,
)
def test_wrong_facts_are_refused_with_a_hint(wrong: dict[str, Any]) -> None:
    with pytest.raises(RuleError) as caught:
        Facts(**wrong)
    assert caught.value.hint


@pytest.mark.parametrize(("lo", "hi"), [(2, 1), (-1, None), (None, 3), (0, 1.0)])
def test_wrong_ranges(lo: Any, hi: Any) -> None:
    with pytest.raises(RuleError):
        Span(lo, hi)


def test_wrong_questions() -> None:
    now = datetime(2024, 3, 1, tzinfo=PKT)
    with pytest.raises(RuleError, match="is a deadline"):
        ask("pk-2017", "publication", facts())
    with pytest.raises(RuleError, match="is no deadline"):
        when("pk-2017", "women-turnout", facts(), now)
    with pytest.raises(RuleError, match="has no level 'municipal'"):
        ask("pk-2017", "women-turnout", facts(level="municipal"))
    with pytest.raises(RuleError, match="has no level"):
        ask("us-ga-2019", "recount-margin", facts(level="national"))
    for wrong in (datetime(2024, 3, 1), date(2024, 3, 1), "now", None):  # noqa: DTZ001
        with pytest.raises(RuleError):
            when("pk-2017", "publication", facts(), wrong)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="there are no rules"):
        load("../pk-2017")


@pytest.mark.parametrize(
    ("number", "text"), [("0", "0"), ("7", "7"), ("3673.55", "3673.55"), ("1/20", "0.05"), ("100", "100"), ("1/3", "1/3"), ("5/2", "2.5")]
)
def test_fractions_are_shown_exactly(number: str, text: str) -> None:
    assert exact(Fraction(number)) == text
