"""What the other stations around a station lead one to expect of it: nested places, each station left out of its own.

A share (of the votes, of the voters) is thought to be alike in one building, less alike in one area, less still in the
whole contest. Each level has a variance of its own, and a station's expectation is the mean of its neighbours, drawn
towards the next level as far as the neighbours are few: empirical Bayes for a hierarchical beta-binomial, by moments
(Kleinman 1973, J. Am. Stat. Assoc. 68:46). Variances are relative to ``m (1-m)``, as an intraclass correlation is.

Robust, since the figures sought are among those that are fitted: variances come from quantiles of the residuals, which a
few wrong sheets cannot move, and a station far from its neighbours counts less as a neighbour (bisquare-like weights).
Deterministic. Rows must come in a canonical order (``order``): sums of floats depend on it in the last digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from tallyproof.screens.betabinomial import Floats, Ints, two_sided

QUANTILES = (0.5, 0.8, 0.9, 0.95)
"""The variance is the largest of those at which these quantiles of the residuals are a normal's: a distribution with heavier
shoulders than the model's is not taken for wrong sheets. Beyond 0.95 the wrong sheets themselves would be fitted."""

FAR = 3.0
"""Residuals beyond this many standard deviations count less as neighbours: weight (FAR / |z|)^2."""

PASSES = 3
NARROW, WIDE = 1e-6, 0.5
"""The range of a variance."""
LITTLE = 1e-9
ENOUGH = 6_000
STEPS = 20
"""Halvings of that range on a log scale: to 1e-5 of its logarithm's."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Per station, shape (stations,): what to expect of its share, and how far it may lie from that."""

    mean: Floats
    rho: Floats
    """Intraclass correlation of the predictive beta-binomial: stations differ, and the mean is itself estimated."""
    neighbours: Ints
    """Stations with trials in its lowest group, itself left out. 0: the expectation comes from the larger areas only."""
    within: float
    """Variance between stations of one lowest group, relative to m (1-m)."""


def order(keys: Sequence[str]) -> Ints:
    """The canonical order of rows: by key. With it the result does not depend on the order in which stations come."""
    return np.asarray(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)


def numbered(keys: Sequence[object]) -> Ints:
    """Group numbers 0.. for group keys, in the order of first appearance."""
    seen: dict[object, int] = {}
    return np.asarray([seen.setdefault(key, len(seen)) for key in keys], dtype=np.int64)


def expect(k: Ints, n: Ints, groups: Sequence[Ints]) -> Expected:
    """The expectation of each station from the others. ``groups``: group numbers per level, lowest first, nested.

    ``k``, ``n`` of shape (stations,), ``0 <= k <= n``; stations with ``n == 0`` say nothing and are nobody's neighbour.
    """
    if not len(k):
        return Expected(np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64), 0.0)
    size = np.maximum(n, 1).astype(np.float64)
    share = k / size
    there = n > 0
    weight = there.astype(np.float64)
    within = 0.01
    above = [0.02] * len(groups)
    mean, spread = np.full(len(k), 0.5), np.full(len(k), 1.0)
    lowest = groups[0]
    fellows = np.bincount(lowest, there)[lowest] - there
    # Variances between stations are read off stations that have neighbours, if there are enough of them.
    read = there & (fellows >= 2)
    if read.sum() < 30:
        read = there
    for _ in range(PASSES):
        mean, spread = _means(share, size, weight, groups, within, above)
        within = _variance(share, mean, size, spread, read)
        above = _above(share, size, weight, groups, within, above)
        mean, spread = _means(share, size, weight, groups, within, above)
        z = _residuals(share, mean, size, within + (1 - within) * spread)
        weight = np.where(there, np.minimum(1.0, FAR / np.maximum(np.abs(z), LITTLE)) ** 2, 0.0)
    mean, spread = _means(share, size, weight, groups, within, above)
    within = _variance(share, mean, size, spread, read)
    return Expected(mean, within + (1 - within) * spread, fellows.astype(np.int64), within)


def p_values(k: Ints, n: Ints, expected: Expected) -> Floats:
    """Two-sided p of each station under its predictive distribution; 1 where it has no trials."""
    return np.where(n > 0, two_sided(k, n, expected.mean, expected.rho), 1.0)


def within_of(k: Ints, n: Ints, mean: Floats) -> float:
    """The variance between stations about a mean that is given: the largest over ``QUANTILES``, relative to m (1-m)."""
    size = np.maximum(n, 1).astype(np.float64)
    return _variance(k / size, mean, size, np.zeros(len(k)), n > 0)


def _residuals(share: Floats, mean: Floats, size: Floats, rho: Floats) -> Floats:
    return np.asarray((share - mean) / np.sqrt(np.maximum(mean * (1 - mean), LITTLE) * (rho + (1 - rho) / size)))


def _means(
    share: Floats, size: Floats, weight: Floats, groups: Sequence[Ints], within: float, above: Sequence[float]
) -> tuple[Floats, Floats]:
    """Mean of each station's others, highest level first, and the variance of that mean relative to m (1-m)."""
    total = float(weight @ size)
    overall = float((weight * size) @ share) / total if total > 0 else 0.5
    mean, spread = np.full(len(share), overall), np.full(len(share), 0.0)
    for level in reversed(range(len(groups))):
        # seen from this level, stations differ by all that lies below it
        below = within + sum(above[:level])
        information = weight / (below + (1 - min(below, 0.9)) / size)
        group = groups[level]
        sums = np.bincount(group, information)[group] - information
        shares = np.bincount(group, information * share)[group] - information * share
        prior = 1 / (above[level] + spread)
        known = np.maximum(sums, 0.0) + prior
        mean, spread = np.clip((shares + mean * prior) / known, 0.0, 1.0), 1 / known
    return mean, spread


def _variance(share: Floats, mean: Floats, size: Floats, spread: Floats, read: np.ndarray) -> float:
    """The variance between stations at which the residuals have a normal's quantiles: the largest over ``QUANTILES``."""
    if not read.any():
        return WIDE
    rows = np.flatnonzero(read)
    # every so manieth of very many: a quantile of 6,000 is known well enough
    read = rows[:: -(-len(rows) // ENOUGH)]
    base = np.maximum(mean * (1 - mean), LITTLE)[read]
    distance, known, trials = np.abs(share - mean)[read], spread[read], size[read]

    def at(quantile: float) -> float:
        goal = float(ndtri(0.5 + quantile / 2))
        low, high = NARROW, WIDE
        for _ in range(STEPS):
            middle = float(np.sqrt(low * high))
            rho = middle + (1 - middle) * known
            z = distance / np.sqrt(base * (rho + (1 - rho) / trials))
            low, high = (middle, high) if float(np.quantile(z, quantile)) > goal else (low, middle)
        return float(np.sqrt(low * high))

    return max(at(quantile) for quantile in QUANTILES)


def _above(share: Floats, size: Floats, weight: Floats, groups: Sequence[Ints], within: float, before: Sequence[float]) -> list[float]:
    """The variance between the groups of each level: of their means about the mean of the level above, by quantiles."""
    found: list[float] = []
    total = float(weight @ size)
    overall = float((weight * size) @ share) / total if total > 0 else 0.5
    for level, group in enumerate(groups):
        below = within + sum(found)
        information = weight / (below + (1 - min(below, 0.9)) / size)
        sums = np.bincount(group, information)
        filled = sums > 0
        means = np.divide(np.bincount(group, information * share), sums, out=np.zeros_like(sums), where=filled)
        if level + 1 < len(groups):
            parent = np.zeros(len(sums), dtype=np.int64)
            parent[group] = groups[level + 1]
            inverse = np.where(filled, 1 / (before[level] + 1 / np.maximum(sums, LITTLE)), 0.0)
            at = np.bincount(parent, inverse)[parent] - inverse
            centre = np.divide(
                np.bincount(parent, inverse * means)[parent] - inverse * means, at, out=np.full_like(means, overall), where=at > LITTLE
            )
            spread = np.divide(1.0, at, out=np.zeros_like(at), where=at > LITTLE)
            read = filled & (at > LITTLE)
        else:
            centre, spread, read = np.full_like(means, overall), np.zeros_like(means), filled
        if read.sum() < 5:
            found.append(before[level])
            continue
        base = np.clip(centre, 0.001, 0.999)
        base = base * (1 - base)
        # relative to m (1-m): the variance sought, that of the group's own mean, and that of its parent's
        noise = np.divide(1.0, sums, out=np.zeros_like(sums), where=filled) + spread
        observed = float(np.median((means - centre)[read] ** 2 / base[read])) / float(ndtri(0.75)) ** 2
        found.append(float(np.clip(observed - float(np.median(noise[read])), NARROW * 10, WIDE)))
    return found
