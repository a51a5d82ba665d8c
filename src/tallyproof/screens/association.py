"""Whether two series of groups go together: Spearman's rank correlation, with a two-sided p.

The p is that of the sum of products of the ranks over its own root of squares (White 1980), not the textbook one: small groups
scatter more in both series, and then ranks far out in one are far out in the other without going together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr
from scipy.stats import rankdata

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
    size, means = np.maximum(count, 1), 1
    a, b = (np.bincount(groups, series) / size for series in (one, two))
    if areas is not None:
        of = np.zeros(len(count), dtype=np.int64)
        of[groups] = areas
        whole = np.maximum(np.bincount(of, count > 0), 1)
        a, b = (series - (np.bincount(of, np.where(count > 0, series, 0.0)) / whole)[of] for series in (a, b))
        # an area of one group has nothing left to compare
        count = np.where(whole[of] > 1, count, 0)
        means = len(np.unique(of[count > 0]))
    a, b = a[count > 0], b[count > 0]
    if len(a) < ENOUGH or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    one_ranks, two_ranks = (rankdata(series) - (len(a) + 1) / 2 for series in (a, b))
    products = one_ranks * two_ranks
    if not products.any():
        return None
    rho = float(products.sum() / np.sqrt((one_ranks**2).sum() * (two_ranks**2).sum()))
    # one degree of freedom for each mean that was taken away
    free = max(len(a) - means, 1)
    t = float(products.sum() / np.sqrt((products**2).sum())) * (free / len(a)) ** 0.5
    return Association(rho, float(2 * stdtr(free, -abs(t))), len(a))
