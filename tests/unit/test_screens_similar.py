"""One share at many stations, missing zeros, a sheet twice: exact values, brute force, and published cases."""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import product
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallyproof.screens.betabinomial import tails
from tallyproof.screens.levels import numbered
from tallyproof.screens.similar import _chance_of, log_chance, one_share, tenths, too_few_zeros, twice
from tests.support.nulls import made


def ints(*values: int) -> np.ndarray:
    return np.asarray(values, dtype=np.int64)


@given(st.integers(1, 5000), st.data())
def test_tenths_are_rounded_half_up(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    exact = (Decimal(100 * k) / Decimal(n)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    # Decimal's own quotient has 28 digits, more than enough at these sizes
    assert tenths(ints(k), ints(n))[0] == int(exact * 10)


@given(st.integers(1, 300), st.floats(0.01, 0.99), st.floats(0.001, 0.2))
def test_every_count_has_one_share(n: int, mean: float, rho: float) -> None:
    """The chances of all shares are those of all counts, each once."""
    each = [_chance_of(value, ints(n), np.array([mean]), np.array([rho]))[0] for value in range(1001)]
    assert sum(each) == pytest.approx(1.0, abs=1e-8)
    k = np.arange(n + 1)
    theirs = np.exp(log_chance(k, np.full(n + 1, n), np.full(n + 1, mean), np.full(n + 1, rho)))
    by_share = Counter[int]()
    for share, chance in zip(tenths(k, np.full(n + 1, n)).tolist(), theirs.tolist(), strict=True):
        by_share[share] += chance
    np.testing.assert_allclose(each, [by_share[value] for value in range(1001)], atol=1e-12)


def test_log_chance_is_the_step_of_the_tails() -> None:
    n, mean, rho = np.full(50, 49, dtype=np.int64), np.full(50, 0.3), np.full(50, 0.02)
    k = np.arange(50, dtype=np.int64)
    low, high = tails(k, n, mean, rho)
    np.testing.assert_allclose(np.exp(log_chance(k, n, mean, rho)), low + high - 1, atol=1e-9)


def brute(zeros: int, ones: int, twos: int) -> Fraction:
    """All ways for T stations with 0, 1 or 2 votes to have S together, weighted as one Poisson weights them."""
    total, votes = zeros + ones + twos, ones + 2 * twos
    weights: Counter[int] = Counter()
    for ways in product((0, 1, 2), repeat=total):
        if sum(ways) == votes:
            weights[ways.count(1)] += 2 ** (total - ways.count(2))
    return Fraction(sum(weight for count, weight in weights.items() if count >= ones), sum(weights.values()))


@given(st.integers(0, 4), st.integers(0, 4), st.integers(0, 3))
def test_too_few_zeros_is_exact(zeros: int, ones: int, twos: int) -> None:
    if zeros + ones + twos > 8:
        return
    assert too_few_zeros(zeros, ones, twos) == (brute(zeros, ones, twos) if zeros + ones + twos else 1)


def poisson(rate: float, k: int) -> float:
    return float(np.exp(-rate)) * rate**k / factorial(k)


@pytest.mark.parametrize("rates", [(1.0,), (0.3, 2.0), (0.1, 1.0, 6.0), (1.8, 2.2)])
def test_under_mixtures_of_poissons_it_is_at_most_nominal(rates: tuple[float, ...]) -> None:
    """However stations differ. Every outcome of 30 stations added up: no drawing."""
    chance = [sum(poisson(rate, k) for rate in rates) / len(rates) for k in (0, 1, 2)]
    zero, one, two = (each / sum(chance) for each in chance)
    total = 30
    for level in (0.05, 0.01):
        mass = 0.0
        for ones in range(total + 1):
            for twos in range(total + 1 - ones):
                zeros = total - ones - twos
                if too_few_zeros(zeros, ones, twos) <= level:
                    ways = factorial(total) / factorial(zeros) / factorial(ones) / factorial(twos)
                    mass += ways * zero**zeros * one**ones * two**twos
        assert mass <= level


KIREEV_2021 = (
    (0, 25, 22), (0, 24, 21), (0, 22, 25), (2, 42, 37), (2, 34, 22), (5, 38, 22),
    (3, 29, 26), (2, 24, 22), (3, 25, 23), (2, 23, 25), (8, 25, 21),
)  # fmt: skip
"""Stations with 0, 1 and 2 votes in the eleven groups (district commission, party) of Russia's election of 2021 that Kireev's
rule finds: more than 20 ones, more than 20 twos, fewer than 10 zeros."""


def test_the_eleven_of_2021() -> None:
    """Ten of the eleven are at 5 % by themselves. The eleventh (8, 25, 21) is what one Poisson of 2 gives one time in four."""
    p = sorted(float(too_few_zeros(*counts)) for counts in KIREEV_2021)
    assert sum(each <= 0.05 for each in p) == 10
    assert p[0] == pytest.approx(0.000218, abs=1e-6)
    assert p[-1] == pytest.approx(0.2298337, abs=1e-6)


def with_one_share(stations: int, alike: int) -> tuple[np.ndarray, np.ndarray]:
    election = made(11, stations=stations, areas=1)
    votes, valid = election.votes[:, 0].copy(), election.valid
    votes[:alike] = np.round(0.622 * valid[:alike])
    return votes, valid


def test_one_share_at_many_stations_is_found_and_named() -> None:
    votes, valid = with_one_share(120, 30)
    (found,) = one_share(votes, valid, numbered([0] * 120), [numbered([0] * 120)])
    assert (found.tenths, found.of) == (622, 120)
    # at a station of 300 valid votes one vote is a third of a per cent: the nearest to 62.2 is often 62.1 or 62.3
    assert found.stations >= 10
    assert found.p < 1e-12


def test_one_share_says_nothing_where_nothing_was_done() -> None:
    votes, valid = with_one_share(120, 0)
    (found,) = one_share(votes, valid, numbered([0] * 120), [numbered([0] * 120)])
    assert found.p > 0.05


def test_small_stations_share_shares() -> None:
    """40 stations of 10 valid votes can have eleven shares only: 13 with 50.0 per cent are no surprise."""
    votes = np.asarray([5] * 13 + [4] * 10 + [6] * 9 + [3] * 5 + [7] * 3, dtype=np.int64)
    (found,) = one_share(votes, np.full(40, 10, dtype=np.int64), numbered([0] * 40), [numbered([0] * 40)])
    assert found.p == 1


def test_everybody_and_nobody_are_not_asked_about() -> None:
    votes = np.asarray([100] * 20 + [50] * 20, dtype=np.int64)
    found = one_share(votes, np.full(40, 100, dtype=np.int64), numbered([0] * 20 + [1] * 20), [numbered([0] * 40)])
    assert [each.tenths for each in found if each.p < 0.05] == [500]


def test_areas_with_few_stations_are_not_asked() -> None:
    assert one_share(np.full(19, 5, dtype=np.int64), np.full(19, 10, dtype=np.int64), numbered([0] * 19), [numbered([0] * 19)]) == ()


def test_a_sheet_twice() -> None:
    election = made(21, stations=200, areas=5)
    figures = {str(at): election.votes[:, at].copy() for at in range(6)} | {"rejected": election.rejected.copy()}
    before = twice(figures, election.registered, election.groups)
    assert all(each.p > 0.05 for each in before)
    big = np.flatnonzero(election.registered > 900)
    one, two = int(big[0]), int(big[1])
    election.registered[two] = max(election.registered[one], election.registered[two])
    for counts in figures.values():
        counts[two] = counts[one]
    after = [each for each in twice(figures, election.registered, election.groups) if each.p <= 0.01]
    assert [each.rows for each in after] == [(one, two)]


def test_empty_sheets_are_no_sheet_twice() -> None:
    figures = {"a": ints(0, 0, 5, 9), "b": ints(0, 0, 7, 2)}
    assert twice(figures, ints(9, 9, 20, 20), [numbered([0] * 4)]) == ()
