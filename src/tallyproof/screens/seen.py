"""What a screen of single stations could have seen, and what it says of figures drawn from its own model."""

from __future__ import annotations

from collections.abc import Callable
from math import comb

import numpy as np
from numpy.typing import NDArray

from tallyproof.screens.betabinomial import Floats, Ints
from tallyproof.screens.frame import POWER, Power, smallest

SHARE = 20
"""The change that is tried out is spread evenly over one in so many stations. Spread thinner, it is harder to see."""


ASKED = 2_000
"""For power and placebo, of very many stations about so many are asked: every so manieth."""


def sample(stations: int) -> Ints:
    """Rows for power and placebo, in order."""
    return np.arange(0, stations, max(1, -(-stations // ASKED)), dtype=np.int64)


def spread_power(
    margin: int, stations: int, most: int, found: Callable[[int], NDArray[np.bool_]], *, level: float, per_vote: int = 1
) -> Power:
    """The smallest change that is seen: votes at one in ``SHARE`` stations, at least one of which survives the correction.

    ``found``: given votes, at which stations (or at a ``sample`` of them) so many more would be a lead by themselves, which is at
    ``level``; ``most``: the largest number of votes to try; ``per_vote``: what one such vote changes in the margin. Exact: the chance
    that none of the stations, drawn without replacement, is found is a ratio of binomial coefficients (of a sample, a power).
    """
    touched = -(-stations // SHARE)

    def seen(votes: int) -> float:
        at = found(votes)
        missed = len(at) - int(at.sum())
        if len(at) < stations:
            return 1 - float(missed / len(at)) ** touched
        return 1 - comb(missed, touched) / comb(stations, touched)

    votes = smallest(range(1, most + 1), seen, POWER) if stations else None
    return Power(None if votes is None else votes * touched * per_vote, margin, level)


def redrawn(n: Ints, mean: Floats, rho: Floats, seed: int) -> Ints:
    """Counts of ``n`` drawn from the beta-binomial; the same seed, the same counts."""
    draw = np.random.default_rng(seed)
    strength = 1 / np.clip(rho, 1e-6, 1 - 1e-6) - 1
    inside = np.clip(mean, 1e-6, 1 - 1e-6)
    return np.asarray(draw.binomial(n, draw.beta(inside * strength, (1 - inside) * strength)), dtype=np.int64)
