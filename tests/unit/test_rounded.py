"""Totals that are rounded percentages, and the bound on how many are."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import comb

import pytest

from tallyproof.compare.rounded import LIMIT, Half, Verdict, bound, derived, divide, rounded
from tallyproof.errors import UsageError

VENEZUELA_1 = (5_150_092, 4_445_978, 462_704)


def test_first_bulletin_of_2024() -> None:
    found = rounded(VENEZUELA_1)
    assert (found.verdict, found.total, found.places, found.percent) == (Verdict.DERIVABLE, 10_058_774, 1, (512, 442, 46))
    assert found.chance == Fraction(comb(1002, 2), comb(10_058_776, 2))
    assert 10**8 < 1 / found.chance < 101 * 10**6 + 10**6


@pytest.mark.parametrize("place", range(3))
def test_one_vote_more_for_anyone_is_not_derivable(place: int) -> None:
    votes = list(VENEZUELA_1)
    votes[place] += 1
    assert rounded(votes, sum(VENEZUELA_1) + 1).verdict is Verdict.NOT_DERIVABLE
    votes[(place + 1) % 3] -= 1
    assert rounded(votes).verdict is Verdict.NOT_DERIVABLE


def test_second_bulletin_is_not() -> None:
    assert rounded((6_408_844, 5_326_104), 12_335_884).verdict is Verdict.NOT_DERIVABLE


def test_figures_that_leave_a_rest_are_one_number_more() -> None:
    assert rounded(VENEZUELA_1[:2], sum(VENEZUELA_1)).chance == rounded(VENEZUELA_1).chance


def test_coarsest_fit_is_told() -> None:
    assert rounded((510_000, 440_000, 50_000)).places == 0
    assert rounded((512_000, 442_000, 46_000)).places == 1
    assert rounded((5_123_000, 4_427_000, 450_000)).places == 2


def test_zeros_are_left_out_of_the_count() -> None:
    with_zeros = rounded((*VENEZUELA_1, 0, 0))
    assert with_zeros.verdict is Verdict.DERIVABLE
    assert with_zeros.chance == rounded(VENEZUELA_1).chance
    assert with_zeros.percent == (512, 442, 46, 0, 0)


@pytest.mark.parametrize("votes", [(), (0, 0), (7, 3), (100,), (10_058_774,), (600, 400), (51, 44, 5), (99_999, 1)])
def test_small_or_few_figures_tell_nothing(votes: tuple[int, ...]) -> None:
    assert rounded(votes).verdict is Verdict.CANNOT_TELL


def test_every_figure_of_a_small_total_is_derivable() -> None:
    """Why small totals must be refused: up to as many voters as steps, everything fits."""
    for total in (7, 50, 99):
        assert all(derived((figure, total - figure), total, 100, Half.UP) for figure in range(total + 1))


@pytest.mark.parametrize(("total", "parts", "steps", "half"), list(product((31, 40, 57), (2, 3), (10, 20), Half)))
def test_bound_holds_against_counting(total: int, parts: int, steps: int, half: Half) -> None:
    limit = bound(parts, total, steps)
    assert limit is not None
    vectors = [(*head, total - sum(head)) for head in product(range(total + 1), repeat=parts - 1) if sum(head) <= total]
    assert len(vectors) == comb(total + parts - 1, parts - 1)
    fitting = sum(derived(vector, total, steps, half) is not None for vector in vectors)
    assert 0 < Fraction(fitting, len(vectors)) <= limit


@pytest.mark.parametrize(("total", "steps", "half"), list(product((31, 57), (10, 20), Half)))
def test_bound_with_a_rest_holds_against_counting(total: int, steps: int, half: Half) -> None:
    limit = bound(2, total, steps, rest=True)
    assert limit is not None
    vectors = [pair for pair in product(range(total + 1), repeat=2) if sum(pair) <= total]
    fitting = sum(derived(pair, total, steps, half) is not None for pair in vectors)
    assert 0 < Fraction(fitting, len(vectors)) <= limit


def test_bound_is_refused_where_it_does_not_hold() -> None:
    assert bound(3, 15, 10) is None
    assert bound(3, 16, 10) is not None


def test_a_fit_is_told_only_below_the_limit() -> None:
    """With two figures the bound is about 100/T: over one in 10,000, asked both ways, from 2,000,000 on."""
    assert rounded((1_020_000, 980_000)).verdict is Verdict.CANNOT_TELL
    found = rounded((1_122_000, 1_078_000))
    assert found.verdict is Verdict.DERIVABLE
    assert found.chance is not None
    assert 2 * found.chance <= LIMIT


def test_halves() -> None:
    assert [divide(number, 2, Half.UP) for number in range(6)] == [0, 1, 1, 2, 2, 3]
    assert [divide(number, 2, Half.EVEN) for number in range(6)] == [0, 0, 1, 2, 2, 2]
    assert [divide(number, 3, Half.UP) for number in range(5)] == [0, 0, 1, 1, 1]


def test_impossible_input_is_refused() -> None:
    for votes, total in (((-1, 5), None), ((3, 5), 7)):
        with pytest.raises(UsageError):
            rounded(votes, total)
