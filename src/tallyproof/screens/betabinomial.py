"""Tails of the beta-binomial distribution, for tens of thousands of stations at once.

The beta-binomial is the count of successes in ``trials`` where the chance of success differs from station to station: a
beta variable with mean ``mean`` and intraclass correlation ``rho``, so that the variance of the count is
``n m (1-m) (1 + (n-1) rho)`` (Skellam 1948). ``rho`` near 0 is the binomial.

Exact sums over the shorter tail, not a normal approximation: at the levels that survive a correction for 10^5 tests the
approximation is wrong by orders of magnitude. One flat sum for all stations, which is what makes it fast.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, gammaln

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TERMS = 4_000_000
"""At most about so many terms of the sums are held at once (100 MB); stations are taken in slices."""

LEAST = 1e-9
"""A mean is kept this far from 0 and 1, and ``rho`` from 0: there the distribution degenerates."""


def tails(k: Ints, n: Ints, mean: Floats, rho: Floats) -> tuple[Floats, Floats]:
    """``(P(X <= k), P(X >= k))`` for each station.

    ``k``, ``n``: counts and trials, ``0 <= k <= n``, all of shape (stations,). ``mean``, ``rho``: of the same shape, within
    [0, 1). The shorter side is a sum of its terms; the longer is its complement, so that a small tail keeps its digits.
    """
    mean = np.clip(mean, LEAST, 1 - LEAST)
    strength = 1 / np.clip(rho, LEAST, 1 - LEAST) - 1
    below = k <= n * mean
    # The upper tail of X is the lower tail of n - X, with the two shapes exchanged.
    short = np.where(below, k, n - k)
    a, b = np.where(below, mean, 1 - mean) * strength, np.where(below, 1 - mean, mean) * strength
    total, at = np.empty(len(k)), np.empty(len(k))
    ends = np.cumsum(short + 1)
    start = 0
    while start < len(k):
        before = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + TERMS, side="right")))
        part = slice(start, stop)
        total[part], at[part] = _sums(short[part], n[part], a[part], b[part])
        start = stop
    total = np.minimum(total, 1.0)
    rest = np.clip(1 - total + at, 0.0, 1.0)
    return np.where(below, total, rest), np.where(below, rest, total)


def _sums(k: Ints, n: Ints, a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Per station the sum of the terms 0..k and the term k."""
    lengths = k + 1
    offsets = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    of = np.repeat(np.arange(len(k)), lengths)
    x = np.arange(int(lengths.sum())) - offsets[of]
    log = (gammaln(n + 1) - betaln(a, b) - gammaln(a + b + n))[of]
    log += gammaln(x + a[of]) + gammaln((n - k)[of] + (k[of] - x) + b[of]) - gammaln(x + 1) - gammaln(n[of] - x + 1)
    terms = np.exp(log)
    return np.add.reduceat(terms, offsets), terms[offsets + k]


def two_sided(k: Ints, n: Ints, mean: Floats, rho: Floats) -> Floats:
    """Two-sided p: twice the smaller tail, at most 1. Under the model ``P(p <= a) <= a`` for every a. Shapes as in ``tails``."""
    low, high = tails(k, n, mean, rho)
    return np.asarray(np.minimum(1.0, 2 * np.minimum(low, high)), dtype=np.float64)
