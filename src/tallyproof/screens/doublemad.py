"""Double MAD: how far a value lies from the median, in median distances of its own side.

Used by statistical offices to look through results on the evening of the vote (Statistik Zürich, ``plausi``; Rosenmai 2013).
Two sides, because differences are skewed: many small ones below, few large ones above.
"""

from __future__ import annotations

import numpy as np

from tallyproof.screens.betabinomial import Floats

CUT = 3.5
"""At this ratio a value is looked at, after ``plausi``."""


def ratios(values: Floats, *, least: float = 0.0) -> Floats:
    """|value - median| / MAD of its side, shape as given. ``least``: MADs below it are raised to it (counts: 1, one vote).

    Where a MAD is 0 and ``least`` too, a value at the median has ratio 0 and any other infinity.
    """
    if not len(values):
        return np.zeros(0)
    middle = float(np.median(values))
    distance = np.abs(values - middle)
    left = max(float(np.median(distance[values <= middle])), least)
    right = max(float(np.median(distance[values >= middle])), least)
    scale = np.where(values < middle, left, right)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(distance == 0, 0.0, distance / scale)
