"""Results that are more alike than counting makes them: one share at many stations, missing zeros, a sheet twice.

Three hypotheses are tested.

*One share.* In an area, stations' shares (of the winner, of turnout; to one decimal of a per cent) are spread as their
neighbours' are, at the least by 1.5 points. For the most frequent share: how likely are so many stations with it? The
number is a sum of unequal chances; its upper tail is at most that of a binomial with their mean (Hoeffding 1956, Ann. Math.
Stat. 27:713), times the 1,001 shares that could have been the most frequent.

*Missing zeros.* Where a small candidate gets 0, 1 or 2 votes at many stations, zeros cannot be rarer than
``P(1)^2 / (2 P(2))`` under any mixture of Poissons, i.e. however stations differ (Cauchy-Schwarz). Given how many stations have
at most 2 votes, and how many votes they have together, the number of ones has a known distribution at the border of that
hypothesis: an exact test, of the kind of Hardy-Weinberg's (Wigginton et al. 2005). Kireev (2021) found such groups by
thresholds.

*A sheet twice.* Two stations with all figures equal, one by one: how likely under their neighbours' shares, times the
number of pairs that could have been. Half of the level is kept for pairs of one lowest group (a sheet is copied within a
building more often than across the country, and those pairs are few), half for all pairs.

Innocent causes: results worked out from rounded percentages, a sheet entered twice, small stations where few shares are
possible (that one is in the reckoning).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb

import numpy as np
from scipy.special import betaln, gammaln
from scipy.stats import binom

from tallyproof.screens.betabinomial import LEAST, Floats, Ints
from tallyproof.screens.levels import Expected, expect

SPREAD = 0.015
"""Stations' shares are taken to be spread by at least so much (standard deviation), whatever was observed."""
SHARES = 1001
"""Shares of 0.0 to 100.0 per cent. The two ends are not asked: a village that votes as one is another question."""
FEWEST = 20
"""Areas with fewer stations are not asked."""


@dataclass(frozen=True, slots=True)
class OneShare:
    """The share that is least likely to be so frequent, in one group."""

    group: int
    tenths: int
    """The share in tenths of a per cent."""
    stations: int
    """Stations with that share."""
    of: int
    expected: float
    p: float


def tenths(k: Ints, n: Ints) -> Ints:
    """k of n in tenths of a per cent, half up, in whole numbers; ``n`` > 0."""
    return (2000 * k + n) // (2 * n)


def one_share(k: Ints, n: Ints, groups: Ints, levels: Sequence[Ints]) -> tuple[OneShare, ...]:
    """One result per group of ``FEWEST`` stations or more. ``levels``: for the expectation, as in ``levels.expect``."""
    rows = n > 0
    k, n, groups = k[rows], n[rows], groups[rows]
    if not len(k):
        return ()
    expected = expect(k, n, [level[rows] for level in levels])
    least = SPREAD**2 / np.maximum(expected.mean * (1 - expected.mean), LEAST)
    rho = np.minimum(np.maximum(expected.rho, least), 0.99)
    share = tenths(k, n)
    sizes = np.bincount(groups)
    seen, counts = np.unique(groups * SHARES + share, return_counts=True)
    best = {group: OneShare(group, 0, 0, size, 0.0, 1.0) for group, size in enumerate(sizes.tolist()) if size >= FEWEST}
    members = np.argsort(groups, kind="stable")
    starts = np.concatenate(([0], np.cumsum(sizes)))
    for code, count in zip(seen.tolist(), counts.tolist(), strict=True):
        group, value = divmod(code, SHARES)
        # none and all are no coincidence of counting but a place of another kind
        if group not in best or count < 3 or value in (0, SHARES - 1):
            continue
        of = members[starts[group] : starts[group + 1]]
        chance = float(np.mean(_chance_of(value, n[of], expected.mean[of], rho[of])))
        size = int(sizes[group])
        # Hoeffding's bound holds from one above the mean on
        p = 1.0 if count < size * chance + 1 else min(1.0, SHARES * float(binom.sf(count - 1, size, chance)))
        if p < best[group].p:
            best[group] = OneShare(group, value, count, size, size * chance, p)
    return tuple(best[group] for group in sorted(best))


def _chance_of(value: int, n: Ints, mean: Floats, rho: Floats) -> Floats:
    """Per station the chance that its share rounds to ``value`` tenths."""
    # 2000 k + n in [2 n value, 2 n (value + 1))
    first = np.maximum(-(-(2 * n * value - n) // 2000), 0)
    last = np.minimum((2 * n * (value + 1) - n - 1) // 2000, n)
    width = np.maximum(last - first + 1, 0)
    of = np.repeat(np.arange(len(n)), width)
    k = np.arange(int(width.sum())) - (np.cumsum(width) - width)[of] + first[of]
    return np.asarray(np.bincount(of, np.exp(log_chance(k, n[of], mean[of], rho[of])), len(n)), dtype=np.float64)


def log_chance(k: Ints, n: Ints, mean: Floats, rho: Floats) -> Floats:
    """Natural logarithm of the beta-binomial chance of exactly k of n."""
    strength = 1 / np.clip(rho, LEAST, 1 - LEAST) - 1
    a = np.clip(mean, LEAST, 1 - LEAST) * strength
    b = strength - a
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + betaln(k + a, n - k + b) - betaln(a, b))


def too_few_zeros(zeros: int, ones: int, twos: int) -> Fraction:
    """Exact p that so many ones or more come with these numbers of 0, 1 and 2 in all, at the border of the hypothesis.

    Given ``T = zeros + ones + twos`` and ``S = ones + 2 twos``, at the border (one Poisson) ``twos = j`` has weight
    ``T! / ((T-S+j)! (S-2j)! j!) / 2^j``. Under any mixture of Poissons ones are stochastically fewer.
    """
    total, votes = zeros + ones + twos, ones + 2 * twos
    lowest, highest = max(0, votes - total), votes // 2
    weights = {j: comb(total, j) * comb(total - j, votes - 2 * j) * 2 ** (highest - j) for j in range(lowest, highest + 1)}
    return Fraction(sum(weight for j, weight in weights.items() if j <= twos), sum(weights.values()))


@dataclass(frozen=True, slots=True)
class Twice:
    """Stations (rows) with all figures equal, and the chance of at least one such pair anywhere (at most 1)."""

    rows: tuple[int, ...]
    p: float


def twice(figures: Mapping[str, Ints], registered: Ints, levels: Sequence[Ints]) -> tuple[Twice, ...]:
    """Groups of stations whose figures are equal one by one, in the order of their first rows.

    ``figures``: candidates' votes (and other boxes that are filled in at every station). The chance is a chain: the first
    figure of the register, the second of what is left, and so on; each figure beta-binomial about its neighbours' share.
    """
    table = np.stack(list(figures.values()), axis=1)
    _, of, counts = np.unique(table, axis=0, return_inverse=True, return_counts=True)
    of = of.reshape(-1)
    repeated = np.flatnonzero((counts[of] > 1) & (table.sum(axis=1) > 0))
    if not len(repeated):
        return ()
    log = np.zeros(len(repeated))
    left = np.maximum(registered, table.sum(axis=1))
    for column in range(table.shape[1]):
        votes = table[:, column]
        expected: Expected = expect(votes, left, levels)
        log += log_chance(votes[repeated], left[repeated], expected.mean[repeated], expected.rho[repeated])
        left = left - votes
    pairs = len(table) * (len(table) - 1) / 2
    fellows = np.bincount(levels[0])
    near = float((fellows * (fellows - 1) / 2).sum())
    classes: dict[int, list[int]] = {}
    for place, row in enumerate(repeated.tolist()):
        classes.setdefault(int(of[row]), []).append(place)
    made: list[Twice] = []
    for places in classes.values():
        rows = repeated[places]
        # the likeliest of the class: where its stations differ in what is expected, the chance is over-stated
        chance = float(np.exp(log[places].max()))
        in_one_group = len(np.unique(levels[0][rows])) < len(rows)
        tries = 2 * (min(near, pairs) if in_one_group else pairs)
        made.append(Twice(tuple(rows.tolist()), min(1.0, tries * chance)))
    return tuple(sorted(made, key=lambda each: each.rows))
