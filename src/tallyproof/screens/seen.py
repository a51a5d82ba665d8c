"""What a screen of single stations could have seen, and what it says of figures drawn from its own model."""

from __future__ import annotations

from collections.abc import Callable
from math import comb

import numpy as np
from numpy.typing import NDArray

from tallyproof.screens.betabinomial import Floats, Ints
from tallyproof.screens.frame import POWER, RATE, Power, smallest

SHARE = 20
"""The change that is tried out is spread evenly over one in so many stations. Spread thinner, it is harder to see."""


def spread_power(margin: int, stations: int, most: int, found: Callable[[int], NDArray[np.bool_]], *, per_vote: int = 1) -> Power:
    """The smallest change that is seen: votes at one in ``SHARE`` stations, at least one of which survives the correction.

    ``found``: given votes, at which stations so many more would be a lead by themselves, shape (stations,); ``most``: the
    largest number of votes to try; ``per_vote``: what one such vote changes in the margin. Exact: the chance that none of
    the stations, drawn without replacement, is found is a ratio of binomial coefficients.
    """
    touched = -(-stations // SHARE)

    def seen(votes: int) -> float:
        missed = stations - int(found(votes).sum())
        return 1 - comb(missed, touched) / comb(stations, touched)

    votes = smallest(range(1, most + 1), seen, POWER) if stations else None
    return Power(None if votes is None else votes * touched * per_vote, margin, RATE)


def single_level(tests: int) -> float:
    """The p at which one test alone is a lead among ``tests``."""
    return RATE / max(tests, 1)


def redrawn(n: Ints, mean: Floats, rho: Floats, seed: int) -> Ints:
    """Counts of ``n`` drawn from the beta-binomial; the same seed, the same counts."""
    draw = np.random.default_rng(seed)
    strength = 1 / np.clip(rho, 1e-6, 1 - 1e-6) - 1
    inside = np.clip(mean, 1e-6, 1 - 1e-6)
    return np.asarray(draw.binomial(n, draw.beta(inside * strength, (1 - inside) * strength)), dtype=np.int64)
