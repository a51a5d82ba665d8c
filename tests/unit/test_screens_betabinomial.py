"""Tails, expectations and the double MAD, against scipy, against published vectors and against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import betabinom, binom

from tallyproof.screens import betabinomial, levels
from tallyproof.screens.betabinomial import tails, two_sided
from tallyproof.screens.doublemad import CUT, ratios
from tallyproof.screens.levels import expect, numbered, p_values
from tests.support.nulls import made


def ints(*values: int) -> np.ndarray:
    return np.asarray(values, dtype=np.int64)


@st.composite
def counts(draw: st.DrawFn) -> tuple[int, int, float, float]:
    n = draw(st.integers(0, 400))
    return draw(st.integers(0, n)), n, draw(st.floats(0.001, 0.999)), draw(st.floats(1e-4, 0.6))


@given(st.lists(counts(), min_size=1, max_size=8))
def test_tails_are_those_of_scipy(rows: list[tuple[int, int, float, float]]) -> None:
    k, n = ints(*(row[0] for row in rows)), ints(*(row[1] for row in rows))
    mean, rho = np.array([row[2] for row in rows]), np.array([row[3] for row in rows])
    low, high = tails(k, n, mean, rho)
    strength = 1 / rho - 1
    theirs = betabinom(n, mean * strength, (1 - mean) * strength)
    np.testing.assert_allclose(low, theirs.cdf(k), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(high, theirs.sf(k) + theirs.pmf(k), rtol=1e-6, atol=1e-9)
    # each outcome belongs to both sides
    np.testing.assert_allclose(low + high - theirs.pmf(k), 1.0, atol=1e-8)


def test_small_tails_keep_their_digits() -> None:
    """The sum of the terms themselves: 1 - cdf would give 0 or 1e-17 here."""
    _, high = tails(ints(200), ints(200), np.array([0.1]), np.array([0.0001]))
    strength = 1 / 0.0001 - 1
    assert high[0] == pytest.approx(betabinom.pmf(200, 200, 0.1 * strength, 0.9 * strength), rel=1e-8)
    assert 0 < high[0] < 1e-100


def test_no_variance_between_stations_is_the_binomial() -> None:
    low, _ = tails(ints(10, 90), ints(200, 200), np.array([0.1, 0.5]), np.array([0.0, 0.0]))
    np.testing.assert_allclose(low, binom.cdf([10, 90], 200, [0.1, 0.5]), rtol=1e-3)


def test_slices_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(1)
    n = draw.integers(0, 300, 500).astype(np.int64)
    k = (n * draw.random(500)).astype(np.int64)
    mean, rho = draw.random(500), 0.2 * draw.random(500)
    whole = tails(k, n, mean, rho)
    monkeypatch.setattr(betabinomial, "TERMS", 50)
    np.testing.assert_array_equal(whole, tails(k, n, mean, rho))


def test_p_is_at_most_nominal() -> None:
    """P(p <= a) <= a for every a: by adding up every outcome, no drawing."""
    n = 150
    k = np.arange(n + 1, dtype=np.int64)
    for mean, rho in ((0.5, 0.01), (0.02, 0.001), (0.9, 0.2), (0.3, 1e-6)):
        p = two_sided(k, np.full(n + 1, n), np.full(n + 1, mean), np.full(n + 1, rho))
        strength = 1 / rho - 1
        mass = betabinom.pmf(k, n, mean * strength, (1 - mean) * strength)
        for level in (0.2, 0.05, 0.01, 1e-4):
            assert mass[p <= level].sum() <= level


def test_double_mad_of_the_published_example() -> None:
    """Statistik Zürich, ``plausi``: median 6, MADs 2.0 and 1.5; 12, 52 and 90 are looked at."""
    x = np.array([1, 2, 3, 3, 4, 4, 4, 5, 5.5, 6, 6, 6.5, 7, 7, 7.5, 8, 9, 12, 52, 90])
    ratio = ratios(x)
    assert x[ratio >= CUT].tolist() == [12, 52, 90]
    assert ratio[0] == (6 - 1) / 2.0
    assert ratio[-1] == (90 - 6) / 1.5


def test_double_mad_without_spread() -> None:
    assert ratios(np.array([5.0, 5.0, 5.0, 5.0, 9.0])).tolist() == [0, 0, 0, 0, np.inf]
    assert ratios(np.array([5.0, 5.0, 5.0, 5.0, 9.0]), least=1.0).tolist() == [0, 0, 0, 0, 4]
    assert ratios(np.zeros(0)).tolist() == []


def test_a_station_has_no_part_in_its_own_expectation() -> None:
    election = made(3, stations=60, areas=3)
    votes = election.votes[:, 0].copy()
    before = expect(votes, election.registered, election.groups)
    votes[7] = election.registered[7]
    after = expect(votes, election.registered, election.groups)
    # what the robust weights and variances make of one wrong sheet is a little
    assert after.mean[7] == pytest.approx(before.mean[7], abs=0.02)
    assert p_values(votes, election.registered, after)[7] < 1e-6


def test_one_wrong_sheet_does_not_accuse_its_neighbours() -> None:
    registered = np.full(60, 200, dtype=np.int64)
    votes = np.full(60, 80, dtype=np.int64) + np.arange(60) % 7
    building = numbered([row // 3 for row in range(60)])
    votes[0] = 190
    p = p_values(votes, registered, expect(votes, registered, [building, numbered([0] * 60)]))
    assert p[0] < 1e-6
    assert p[1:].min() > 0.01


def test_the_variance_between_rooms_is_found_again() -> None:
    """Drawn from the model itself, with 2 % of the sheets replaced by nonsense: never too small, which would accuse, and at most
    1.7 times too large."""
    draw = np.random.default_rng(5)
    of = np.repeat(np.arange(500), 6)
    house = draw.beta(0.4 / 0.03, 0.6 / 0.03, 500)[of]
    for within in (0.002, 0.01, 0.05):
        strength = 1 / within - 1
        n = draw.integers(100, 400, 3000).astype(np.int64)
        k = draw.binomial(n, draw.beta(house * strength, (1 - house) * strength)).astype(np.int64)
        wrong = draw.choice(3000, 60, replace=False)
        k[wrong] = draw.integers(0, n[wrong])
        found = expect(k, n, [numbered(of.tolist()), numbered([0] * 3000)]).within
        assert 0.9 * within < found < 1.7 * within


def test_order_is_by_key() -> None:
    assert levels.order(["b", "a", "c"]).tolist() == [1, 0, 2]


def test_a_station_alone_is_expected_from_its_area() -> None:
    registered = np.full(20, 100, dtype=np.int64)
    votes = np.full(20, 40, dtype=np.int64)
    expected = expect(votes, registered, [numbered(range(20)), numbered([0] * 20)])
    assert expected.neighbours.tolist() == [0] * 20
    np.testing.assert_allclose(expected.mean, 0.4)


def test_nothing_is_expected_of_no_stations() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert len(expect(none, none, [none, none]).mean) == 0


def test_stations_without_voters_are_no_ones_neighbours() -> None:
    votes, registered = ints(40, 40, 0, 40), ints(100, 100, 0, 100)
    expected = expect(votes, registered, [numbered([0, 0, 0, 1]), numbered([0] * 4)])
    assert expected.neighbours.tolist() == [1, 1, 2, 0]
    assert p_values(votes, registered, expected)[2] == 1
