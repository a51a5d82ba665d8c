"""The risk limit is held where it is hardest: outcomes that are only just wrong, with errors laid out against the test.

The repetitions are those of ``benchmarks/audit.py``, in floats; that they are the test of the room is a test too.
"""

from __future__ import annotations

from fractions import Fraction as F

import numpy as np
import pytest
from benchmarks.audit import boundary, rejected

from tallyproof.audit.martingale import Bet

LAYOUTS = ("few", "clustered", "spread", "hidden", "repaid")
STAKE = 0.99


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_layout_is_a_wrong_outcome(name: str) -> None:
    most, error = boundary(name, 400, np.random.default_rng(1))
    assert error.sum() == pytest.approx(1, abs=1e-9)
    assert (error <= most * (1 + 1e-12)).all()
    assert most.sum() == pytest.approx(20, abs=1e-9)


@pytest.mark.parametrize("stations", [200, 400])
@pytest.mark.parametrize("name", LAYOUTS)
def test_a_wrong_outcome_is_confirmed_in_five_of_a_hundred_at_most(name: str, stations: int) -> None:
    chance = np.random.default_rng([stations, len(name)])
    assert rejected(*boundary(name, stations, chance), 10_000, STAKE, chance) <= 0.052


@pytest.mark.slow
@pytest.mark.parametrize("name", LAYOUTS)
def test_the_same_of_five_thousand_stations(name: str) -> None:
    # at 4,000 repetitions chance alone takes one in five true rates of .049 above .052; at 20,000 one in forty
    chance = np.random.default_rng([5000, len(name)])
    assert rejected(*boundary(name, 5000, chance), 20_000, STAKE, chance) <= 0.052


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_repetitions_are_the_bet_of_the_room(name: str) -> None:
    """One path in floats beside the exact one, to the last station with a mean above 0."""
    chance = np.random.default_rng(7)
    most, error = boundary(name, 60, chance)
    unit = 10**12
    whole = [(int(u * unit), int(e * unit)) for u, e in zip(most, error, strict=True)]
    # the last vote or two of the outcome is lost by rounding: put it back where there is room
    scale = sum(e for _, e in whole)
    places = np.argsort(chance.exponential(size=60) / most)
    bet, total, left, found, won, best = Bet(scale, sum(u for u, _ in whole), F(99, 100)), sum(u for u, _ in whole), 0.0, 0, 1.0, 1.0
    left = float(total)
    for place in places:
        u, e = whole[place]
        mean = left - scale + found
        if mean > unit * 1e-9:
            won *= 1 - STAKE + STAKE * (u - e) / u * left / mean
            best = max(best, won)
            bet.take(u, e)
            assert float(bet.risk) == pytest.approx(1 / best, rel=1e-6)
        left, found = left - u, found + e
    assert best > 1 or name != "spread"
