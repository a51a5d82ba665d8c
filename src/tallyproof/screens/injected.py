"""What a screen would have seen: the change is made in the data at hand, at more and more of its stations, until it is found."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tallyproof.screens.frame import POWER, Power, smallest
from tallyproof.screens.table import Floats, Ints

DRAWS = 40
"""So many times the stations are drawn anew for each number of them."""


def injected_power(margin: int, effect: Floats, p_of: Callable[[Ints], float], *, level: float, seed: int) -> Power:
    """The smallest change that is found in four of five draws.

    ``effect``: what the injection changes in the margin at each station, in votes, shape (stations,), 0 where it cannot be made;
    ``p_of``: the p-value after it was made at the rows that are given. Stations are drawn without replacement, the first of a longer
    draw being those of a shorter one, so that power can hardly fall with size.
    """
    rows = np.flatnonzero(effect > 0)
    if not len(rows):
        return Power(None, margin, level)
    draw = np.random.default_rng(seed)
    orders = [draw.permutation(rows) for _ in range(DRAWS)]
    counts = sorted({max(1, round(1.4**step)) for step in range(60) if 1.4**step < len(rows)} | {len(rows)})
    mean = float(effect[rows].mean())
    by_votes = {max(1, round(count * mean)): count for count in counts}

    def seen(votes: int) -> float:
        return float(np.mean([p_of(np.sort(order[: by_votes[votes]])) <= level for order in orders]))

    return Power(smallest(sorted(by_votes), seen, POWER), margin, level)


def raised(votes: Ints, valid: Ints, first: int, second: int, points: float = 0.1) -> Ints:
    """The first's votes if ``points`` of the valid votes came over from the second, as far as the second has them; shape (stations,)."""
    return np.asarray(votes[:, first] + np.minimum(votes[:, second], np.round(points * valid).astype(np.int64)), dtype=np.int64)
