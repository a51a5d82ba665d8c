"""Whether two series of groups go together: Spearman's rank correlation, with a two-sided p."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from tallyproof.screens.betabinomial import Floats, Ints

ENOUGH = 10
"""Fewer groups say nothing of a correlation."""


@dataclass(frozen=True, slots=True)
class Association:
    rho: float
    p: float
    groups: int


def association(one: Floats, two: Floats, groups: Ints) -> Association | None:
    """Between group means of shape (stations,) series; None with fewer than ``ENOUGH`` groups or where one is constant.

    Groups and not stations, since stations of one building share voters and are not independent witnesses.
    """
    count = np.bincount(groups)
    size = np.maximum(count, 1)
    a, b = (np.bincount(groups, series)[count > 0] / size[count > 0] for series in (one, two))
    if len(a) < ENOUGH or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    result = spearmanr(a, b)
    return Association(float(result.statistic), float(result.pvalue), len(a))
