"""Whole per cents, last digits, turnout and share, late counts: exact values, brute force, conditions, refusals, nulls."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallyproof.screens import benford, digits, fingerprint, integers, late
from tallyproof.screens.frame import Power, Reason, powered
from tallyproof.screens.shpilkin import core_turnout, estimate
from tests.support.nulls import injected, made
from tests.support.screen_tables import table_of


def ints(*values: int) -> np.ndarray:
    return np.asarray(values, dtype=np.int64)


def near(k: int, n: int, shift: int = 0) -> bool:
    at = Fraction(100 * k, n) - Fraction(shift, 20)
    return abs(at - round(at)) <= Fraction(1, 20)


@given(st.integers(1, 3000), st.data(), st.sampled_from([0, 6, 14]))
def test_whole_is_the_fraction_condition(n: int, data: st.DataObject, shift: int) -> None:
    k = data.draw(st.integers(0, n))
    assert bool(integers.whole(ints(k), ints(n), shift)[0]) == near(k, n, shift)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 1200), st.data(), st.sampled_from([0, 6, 14]))
def test_chance_is_the_binomial_sum(n: int, data: st.DataObject, shift: int) -> None:
    k = data.draw(st.integers(0, n))
    share = Fraction(k, n)
    exact = sum(float(comb(n, at) * share**at * (1 - share) ** (n - at)) for at in range(n + 1) if near(at, n, shift))
    assert integers.chance(ints(k), ints(n), shift)[0] == pytest.approx(exact, abs=1e-9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_poisson_binomial_is_the_sum_over_all_ways(chances: list[float]) -> None:
    exact = np.zeros(len(chances) + 1)
    for way in product((0, 1), repeat=len(chances)):
        exact[sum(way)] += np.prod([p if yes else 1 - p for p, yes in zip(chances, way, strict=True)])
    np.testing.assert_allclose(integers.poisson_binomial(np.asarray(chances)), exact, atol=1e-12)


def test_poisson_binomial_over_many_blocks_is_the_binomial() -> None:
    from scipy.stats import binom

    made_of = integers.poisson_binomial(np.full(1000, 0.3))
    np.testing.assert_allclose(made_of, binom.pmf(np.arange(1001), 1000, 0.3), atol=1e-12)


def test_exact_excess_equals_a_monte_carlo_of_ten_thousand_draws_within_two_standard_errors() -> None:
    draw = np.random.default_rng(20)
    n = draw.integers(100, 2500, 1500)
    k = draw.binomial(n, draw.beta(5, 5, 1500))
    found = integers.excess(k, n)
    drawn = np.concatenate([integers.whole(draw.binomial(n, k / n, (500, 1500)), n).sum(axis=1) for _ in range(20)])
    assert len(drawn) == 10_000
    assert abs(drawn.mean() - found.expected) <= 2 * found.deviation / 100
    assert drawn.std() == pytest.approx(found.deviation, rel=0.03)
    by_draws = (drawn >= found.observed).mean()
    assert abs(by_draws - found.p) <= 2 * (found.p * (1 - found.p) / 10_000) ** 0.5


def test_invented_whole_per_cents_are_found_and_the_shifted_placebo_is_silent() -> None:
    draw = np.random.default_rng(5)
    n = draw.integers(300, 2500, 2000)
    k = draw.binomial(n, draw.beta(5, 5, 2000))
    k[:200] = (n[:200] * (100 * k[:200] // n[:200]) + 50) // 100
    assert integers.excess(k, n).p < 1e-9
    assert integers.excess(k, n, 6).p > 0.01


def test_last_digits_of_large_counts_alone() -> None:
    assert digits.digits(ints(10, 20, 31, 9)).tolist() == [2, 1, 0, 0, 0, 0, 0, 0, 0, 1]
    # 100 counts, all ending in 0: chi-square 900 of 9 degrees
    assert digits.evenness(ints(100, 0, 0, 0, 0, 0, 0, 0, 0, 0)) < 1e-100
    assert digits.evenness(np.full(10, 30)) == 1.0
    # published: Albania and others use 5 % of chi-square with 9 degrees, 16.919
    even = np.full(10, 100.0)
    even[0] += (16.919 * 90) ** 0.5
    even[1:] -= (16.919 * 90) ** 0.5 / 9
    assert digits.evenness(even) == pytest.approx(0.05, abs=2e-5)


@pytest.mark.parametrize(
    ("counts", "reason"),
    [(np.arange(100, 200), Reason.TOO_FEW), (np.full(500, 333), Reason.ASSUMPTION), (np.arange(100, 700), None)],
)
def test_last_digits_are_refused_where_counts_are_few_or_narrow(counts: np.ndarray, reason: Reason | None) -> None:
    assert digits.large(counts) is reason


def test_benford_is_refused_whatever_the_data() -> None:
    found = benford.run(table_of(made(1)), seed=0)
    assert (found.reason, found.tests, found.power) == (Reason.REFUSED, (), None)


def test_a_straight_relation_of_any_slope_is_no_bend_and_stuffing_is() -> None:
    draw = np.random.default_rng(3)
    turnout = draw.normal(0.5, 0.1, 3000).clip(0.1, 0.9)
    share = 0.2 + 0.6 * turnout + draw.normal(0, 0.03, 3000)
    valid, areas = np.full(3000, 500), np.arange(3000) % 30
    straight = fingerprint.bend(turnout, share, valid, areas)
    assert straight is not None
    assert straight.p > 0.05
    # where the line climbs that steeply, stuffing would lie on it; where it climbs less, it shows
    share = 0.4 + 0.2 * turnout + draw.normal(0, 0.03, 3000)
    # a hundred and fifty stations get ballots for the first until 95 % have voted
    more = 0.95 - turnout[:150]
    share[:150] = (share[:150] * turnout[:150] + more) / 0.95
    turnout[:150] = 0.95
    bent = fingerprint.bend(turnout, share, valid, areas)
    assert bent is not None
    # a sum over 30 areas over its root of squares is at most the root of 30: the least p there is is 3e-6
    assert bent.p < 1e-5


def test_shpilkin_recovers_what_was_added_and_is_refused_where_its_assumption_fails() -> None:
    draw = np.random.default_rng(11)
    count = 4000
    registered = draw.integers(800, 2000, count)
    box = draw.binomial(registered, draw.normal(0.45, 0.05, count).clip(0.2, 0.7))
    first = draw.binomial(box, 0.4)
    added = np.where(np.arange(count) < 600, registered * 9 // 10 - box, 0)
    found = estimate(box + added, registered, first + added, box + added)
    assert found is not None
    assert found.refused == ""
    assert 0.8 * added.sum() <= found.votes <= 1.2 * added.sum()
    assert abs(found.per_mille - 400) <= 10
    # nothing was added, but town and country differ both ways
    country = np.arange(count) < 2000
    box = draw.binomial(registered, np.where(country, 0.6, 0.4))
    honest = draw.binomial(box, np.where(country, 0.3, 0.6))
    refused = estimate(box, registered, honest, box)
    assert refused is not None
    assert refused.refused == "negative"
    few = estimate(box[:500], registered[:500], honest[:500], box[:500])
    assert few is not None
    assert few.refused == "few"


def test_the_lowest_significant_mode_is_the_core_and_not_the_highest() -> None:
    others = np.zeros(101)
    others[30:41], others[70:81] = 50, 100
    assert 30 <= core_turnout(others) <= 40


def test_late_stations_that_differ_by_geography_alone_are_no_shift() -> None:
    draw = np.random.default_rng(2)
    areas = np.repeat(np.arange(40), 25)
    valid = np.full(1000, 600)
    by_area = draw.normal(0.1, 0.3, 40).clip(-0.9, 0.9)[areas]
    gap = np.round(valid * (by_area + draw.normal(0, 0.05, 1000)).clip(-1, 1)).astype(np.int64)
    # areas of the first candidate come in last
    is_late = draw.random(1000) < 0.1 + 0.5 * (by_area > 0.1)
    alone = late.shift(gap, valid, is_late, areas)
    assert alone is not None
    assert alone.p > 0.05
    assert alone.actual - alone.plain > 10 * abs(alone.actual - alone.projected)
    moved = late.shift(gap + np.where(is_late, 60, 0), valid, is_late, areas)
    assert moved is not None
    assert moved.p < 1e-4


def test_late_counts_cannot_be_told_without_times() -> None:
    table = table_of(made(4))
    found = late.run(replace(table, arrived=np.full(len(table.stations), -1)), seed=0)
    assert found.reason is Reason.NO_FIGURES


@pytest.mark.parametrize("screen", [integers, digits, fingerprint, late, benford])
def test_an_empty_table_and_the_smallest_one_are_told_and_not_raised(screen: object) -> None:
    table = table_of(made(6))
    for few in (0, 1, 3):
        rows = np.arange(len(table.stations)) < few
        assert screen.run(table.only(rows), seed=0).reason is not None  # type: ignore[attr-defined]


@pytest.mark.parametrize("screen", [integers, digits, fingerprint, late])
def test_the_same_seed_gives_the_same_outcome(screen: object) -> None:
    table = table_of(made(8, stations=800))
    one, two = (powered([screen.run(table, seed=3)]) for _ in range(2))  # type: ignore[attr-defined]
    assert repr(one) == repr(two)
    assert one[0].power is not None


@pytest.mark.slow
def test_false_leads_of_null_elections_are_at_or_under_nominal() -> None:
    """300 heterogeneous, clustered elections: the share of p at or under 5 % is at most 5 % and three standard errors."""
    tables = [table_of(made(seed, stations=800), seed) for seed in range(300)]
    for screen in (integers, digits, fingerprint, late):
        p = [test.p for seed, table in enumerate(tables) for test in screen.run(table, seed=seed).tests]
        assert len(p) >= 280
        assert np.mean(np.asarray(p) <= 0.05) <= 0.05 + 3 * (0.05 * 0.95 / len(p)) ** 0.5, screen.__name__


def test_power_is_in_votes_and_what_has_no_power_says_so() -> None:
    (wide,) = powered([fingerprint.run(table_of(injected(made(9, stations=800), "stuffed", 1, share=0.2)), seed=1)])
    assert wide.power is not None
    assert wide.power.votes is None or wide.power.votes > 0
    assert not Power(None, 100).enough
    assert not Power(101, 100).enough
    assert Power(100, 100).enough
