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


def association(one: Floats, two: Floats, groups: Ints, areas: Ints | None = None) -> Association | None:
    """Between group means of shape (stations,) series; None with fewer than ``ENOUGH`` groups or where one is constant.

    Groups and not stations, since stations of one building share voters and are not independent witnesses. With ``areas``
    (each group in one) the means are taken less those of their area: what differs between areas is not asked about.
    """
    count = np.bincount(groups)
    size = np.maximum(count, 1)
    a, b = (np.bincount(groups, series) / size for series in (one, two))
    if areas is not None:
        of = np.zeros(len(count), dtype=np.int64)
        of[groups] = areas
        whole = np.maximum(np.bincount(of, count > 0), 1)
        a, b = (series - (np.bincount(of, np.where(count > 0, series, 0.0)) / whole)[of] for series in (a, b))
        # an area of one group has nothing left to compare
        count = np.where(whole[of] > 1, count, 0)
    a, b = a[count > 0], b[count > 0]
    if len(a) < ENOUGH or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    result = spearmanr(a, b)
    return Association(float(result.statistic), float(result.pvalue), len(a))
