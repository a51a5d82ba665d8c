"""From p-values to leads: Benjamini and Hochberg with half of the weight for contests and areas, half for single stations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, false_discovery_control, norm

from tallyproof.screens import battery
from tallyproof.screens.frame import RATE, Outcome, Power, Reason, Screen, Test, adjusted, leads, level, powered, weights
from tests.support.nulls import made
from tests.support.screen_tables import table_of

SCREENS = tuple(Screen(code, code, "h", (), ()) for code in ("S02", "S03"))
P = st.floats(0, 1)


def whole(*p: float) -> list[Test]:
    return [Test("S02", "c", one, 1, item=str(row)) for row, one in enumerate(p)]


def single(*p: float) -> list[Test]:
    return [Test("S03", "c", one, 1, stations=(str(row),)) for row, one in enumerate(p)]


def found(*tests: Test) -> set[tuple[str, str, tuple[str, ...]]]:
    return {(lead.test.screen, lead.test.item, lead.test.stations) for lead in leads([Outcome(SCREENS[0], "c", tests=tuple(tests))])}


@given(st.lists(P, max_size=40))
def test_benjamini_hochberg_is_that_of_scipy(p: list[float]) -> None:
    theirs = false_discovery_control(p).tolist() if p else []
    assert adjusted(p) == pytest.approx(theirs, abs=1e-12)


@given(st.lists(P, min_size=1, max_size=30), st.booleans())
def test_with_one_family_it_is_the_plain_procedure(p: list[float], of_stations: bool) -> None:
    tests = single(*p) if of_stations else whole(*p)
    assert weights(tests) == [1.0] * len(p)
    assert found(*tests) == {
        (test.screen, test.item, test.stations) for test, q in zip(tests, false_discovery_control(p), strict=True) if q <= RATE
    }


@given(st.integers(0, 50), st.integers(0, 50))
def test_weights_have_mean_one_and_each_family_half(of_contest: int, of_stations: int) -> None:
    tests = [*whole(*[0.5] * of_contest), *single(*[0.5] * of_stations)]
    given = weights(tests)
    assert len(given) == len(tests)
    if tests:
        assert np.mean(given) == pytest.approx(1)
    if of_contest and of_stations:
        assert sum(given[:of_contest]) == pytest.approx(sum(given[of_contest:]))


def test_one_question_of_the_contest_is_not_drowned_by_a_thousand_of_stations() -> None:
    stations = single(*np.linspace(0.001, 1, 1000))
    # plain: 0.01 times 1,001 tests; weighted: its half of the rate over one question
    assert not [q for q in adjusted([0.01, *(test.p for test in stations)]) if q <= RATE]
    assert found(*whole(0.01), *stations) == {("S02", "0", ())}
    assert not found(*whole(0.026), *stations)
    assert leads([Outcome(SCREENS[0], "c", tests=(*whole(0.01), *stations))])[0].q == pytest.approx(0.02)


def test_the_price_for_stations_is_a_factor_of_two() -> None:
    """No more: a question of one station has to be half as likely as without questions of the contest."""
    quiet = [0.9] * 99
    assert found(*single(0.0005, *quiet))
    assert not found(*whole(0.9), *single(0.0005, *quiet))
    assert found(*whole(0.9), *single(0.00024, *quiet))


@given(st.lists(P, max_size=20), st.lists(P, max_size=20), st.randoms(use_true_random=False))
def test_the_order_never_matters(of_contest: list[float], of_stations: list[float], random: object) -> None:
    tests = [*whole(*of_contest), *single(*of_stations)]
    mixed = list(tests)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert found(*tests) == found(*mixed)
    assert leads([Outcome(SCREENS[0], "c", tests=tuple(tests))]) == leads([Outcome(SCREENS[0], "c", tests=tuple(mixed))])


@given(st.lists(P, min_size=1, max_size=20), st.lists(P, min_size=1, max_size=20), st.integers(1, 20), st.booleans())
def test_more_questions_without_an_answer_never_make_a_lead_of_their_family(
    of_contest: list[float], of_stations: list[float], more: int, to_stations: bool
) -> None:
    """p of 1 more in a family costs that family and leaves the other's weighted p-values as they were: no lead appears."""
    extra = [Test("S09", "c", 1.0, 0, item=f"x{row}", stations=(f"x{row}",) if to_stations else ()) for row in range(more)]
    tests = [*whole(*of_contest), *single(*of_stations)]
    assert found(*tests, *extra) <= found(*tests)


@given(st.lists(P, min_size=1, max_size=20), st.lists(P, min_size=1, max_size=20), st.data())
def test_a_smaller_p_never_takes_a_lead_away(of_contest: list[float], of_stations: list[float], data: st.DataObject) -> None:
    tests = [*whole(*of_contest), *single(*of_stations)]
    row = data.draw(st.integers(0, len(of_contest) - 1))
    less = [*whole(*[p * (0.1 if at == row else 1) for at, p in enumerate(of_contest)]), *single(*of_stations)]
    assert found(*tests) <= found(*less)


@pytest.mark.parametrize(("true_whole", "true_stations"), [(0, 0), (1, 0), (0, 30), (3, 10)])
def test_the_rate_of_false_leads_is_kept(true_whole: int, true_stations: int) -> None:
    """Of 30 questions of the contest and 400 of stations some are true (shifted by 5 standard deviations): the mean share of false leads
    in 2,000 elections is at most 5 % and three standard errors; where all are null, so is the share of elections with any."""
    draw, trials = np.random.default_rng(7), 2000
    is_true = np.zeros(430, dtype=bool)
    is_true[:true_whole] = is_true[30 : 30 + true_stations] = True
    weight = weights([*whole(*[1.0] * 30), *single(*[1.0] * 400)])
    false = []
    for _ in range(trials):
        p = norm.sf(draw.normal(0, 1, 430) + 5 * is_true)
        lead = np.asarray(adjusted(p, weight)) <= RATE
        false.append((lead & ~is_true).sum() / max(1, lead.sum()))
    assert np.mean(false) <= RATE + 3 * np.std(false) / trials**0.5
    if not is_true.any():
        # and a procedure that shows nothing would keep it too: independent nulls use the rate up
        assert binom.ppf(0.001, trials, RATE) <= np.count_nonzero(false) <= binom.ppf(0.999, trials, RATE)


@given(st.integers(0, 40), st.integers(0, 40))
def test_the_level_is_where_a_test_alone_becomes_a_lead(of_contest: int, of_stations: int) -> None:
    quiet = [*whole(*[1.0] * of_contest), *single(*[1.0] * of_stations)]
    for of_one in (False, True):
        if not (of_stations if of_one else of_contest):
            continue
        at = level(quiet, single=of_one)
        rows = [row for row, test in enumerate(quiet) if test.single == of_one]
        for p, is_lead in ((at * 0.999, True), (at * 1.001, False)):
            asked = list(quiet)
            asked[rows[0]] = replace(quiet[rows[0]], p=p)
            assert bool(found(*asked)) == is_lead


def test_power_is_asked_at_the_level_of_this_battery_and_decides_what_cannot_be_told() -> None:
    asked: list[float] = []

    def see(at: float) -> Power:
        asked.append(at)
        return Power(100, 90, at)

    one = Outcome(SCREENS[0], "c", tests=tuple(whole(0.5, 0.5)), see=see)
    two = Outcome(SCREENS[1], "c", tests=(*single(*[0.5] * 8), *whole(0.5)), see=see)
    none = Outcome(SCREENS[0], "d", Reason.NO_FIGURES)
    done = powered([one, two, none])
    # three questions of contests, eight of stations; the second screen's power is that of its stations
    assert asked == [RATE / 2 / 3, RATE / 2 / 8]
    assert [outcome.reason for outcome in done] == [Reason.NO_POWER, Reason.NO_POWER, Reason.NO_FIGURES]
    assert all(outcome.see is None for outcome in done)


def test_the_whole_battery_states_its_power_at_its_own_level() -> None:
    table = table_of(made(3, stations=300, areas=15), 3)
    outcomes = battery.battery([table], seed=1)
    tests = [test for outcome in outcomes for test in outcome.tests]
    asked = [outcome for outcome in outcomes if outcome.tests]
    assert asked
    for outcome in asked:
        assert outcome.power is not None
        assert outcome.power.level == level(tests, single=outcome.screen.code in ("S11", "S12", "S13", "S15"))
        assert (outcome.reason is Reason.NO_POWER) == (not outcome.power.enough)
