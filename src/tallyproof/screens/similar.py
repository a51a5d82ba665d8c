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
from tallyproof.screens.frame import RATE, Outcome, Placebo, Power, Reason, Screen, Test
from tallyproof.screens.levels import Expected, expect
from tallyproof.screens.places import groups as groups_of
from tallyproof.screens.seen import redrawn
from tallyproof.screens.table import UNREAD, Table

SCREEN = Screen(
    code="S14",
    name="similar",
    hypothesis="counted-apart",
    assumptions=("counted-apart", "spread-at-least", "mixture-of-poissons"),
    causes=("rounded-shares", "entered-twice", "few-shares-possible", "estimated-figures"),
)

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
    rows: tuple[int, ...]
    """Stations with that share."""
    excess: float
    """Votes at those stations more than their neighbours lead one to expect."""
    of: int
    expected: float
    p: float

    @property
    def stations(self) -> int:
        return len(self.rows)


def tenths(k: Ints, n: Ints) -> Ints:
    """k of n in tenths of a per cent, half up, in whole numbers; ``n`` > 0."""
    return (2000 * k + n) // (2 * n)


def one_share(k: Ints, n: Ints, groups: Ints, levels: Sequence[Ints]) -> tuple[OneShare, ...]:
    """One result per group of ``FEWEST`` stations or more. ``levels``: for the expectation, as in ``levels.expect``."""
    there = np.flatnonzero(n > 0)
    k, n, groups = k[there], n[there], groups[there]
    if not len(k):
        return ()
    expected = expect(k, n, [level[there] for level in levels])
    least = SPREAD**2 / np.maximum(expected.mean * (1 - expected.mean), LEAST)
    rho = np.minimum(np.maximum(expected.rho, least), 0.99)
    share = tenths(k, n)
    sizes = np.bincount(groups)
    seen, counts = np.unique(groups * SHARES + share, return_counts=True)
    best = {group: OneShare(group, 0, (), 0.0, size, 0.0, 1.0) for group, size in enumerate(sizes.tolist()) if size >= FEWEST}
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
            alike = of[share[of] == value]
            excess = float((k[alike] - n[alike] * expected.mean[alike]).sum())
            best[group] = OneShare(group, value, tuple(there[np.sort(alike)].tolist()), excess, size, size * chance, p)
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


SMALL = 20
"""Areas in which fewer stations gave a candidate at most two votes are not asked about zeros."""
INVENTED = 0.05
"""What is tried out for the power: results written at one share that lies so far from the true one."""


def run(table: Table, *, seed: int, buildings: Mapping[str, str] | None = None) -> Outcome:
    """A test an area for the winner's share and for turnout, an area and candidate for zeros, and one for each sheet that repeats."""
    table = table.only(table.valid > 0)
    if not len(table.stations) or not len(table.candidates):
        return Outcome(SCREEN, table.contest, Reason.NO_FIGURES)
    if len(table.stations) < FEWEST:
        return Outcome(SCREEN, table.contest, Reason.TOO_FEW)
    places = groups_of(table, buildings)
    area, names = _areas(table)
    winner = table.votes[:, table.ranked[0]]
    shares = [(table.candidates[table.ranked[0]], winner, table.valid)]
    registered, box = (table.boxes.get(name, np.full(len(table.stations), UNREAD)) for name in ("registered", "in_box"))
    known = (registered > 0) & (box >= 0) & (box <= registered)
    if known.any():
        shares.append(("turnout", np.where(known, box, 0), np.where(known, registered, 0)))
    tests: list[Test] = []
    for item, k, n in shares:
        for found in one_share(k, n, area, places):
            told = {"per_mille": found.tenths, "alike": found.stations, "of": found.of, "margin": table.margin}
            stations = tuple(table.stations[row] for row in found.rows) if found.p <= RATE else ()
            tests.append(Test(SCREEN.code, table.contest, found.p, round(found.excess), item, names[found.group], stations, told))
    asked = len(tests)
    for column, candidate in enumerate(table.candidates):
        tests += _zeros(table, candidate, table.votes[:, column], area, names)
    tests += _repeated(table, registered, places)
    again = _again(winner, table.valid, area, places, seed)
    placebo = Placebo("redrawn", len(again), sum(found.p <= RATE for found in again))
    if not asked and not tests:
        return Outcome(SCREEN, table.contest, Reason.TOO_FEW)

    def see(level: float) -> Power:
        return _power(table, winner, area, places, level)

    return Outcome(SCREEN, table.contest, tests=tuple(tests), placebo=placebo, see=see)


def _areas(table: Table) -> tuple[Ints, dict[int, str]]:
    """The lowest level of areas at which the station in the middle lies in one of ``FEWEST`` stations or more; else the contest."""
    for level in range(len(table.areas) - 1, -1, -1):
        numbers = table.groups(level)
        if np.median(np.bincount(numbers)[numbers]) >= FEWEST:
            return numbers, dict(zip(numbers.tolist(), table.areas[level], strict=True))
    return np.zeros(len(table.stations), dtype=np.int64), {0: ""}


def _zeros(table: Table, candidate: str, votes: Ints, area: Ints, names: Mapping[int, str]) -> list[Test]:
    counts = np.stack([np.bincount(area[votes == value], minlength=int(area.max()) + 1) for value in (0, 1, 2)], axis=1)
    made = []
    for group in np.flatnonzero(counts.sum(axis=1) >= SMALL).tolist():
        zeros, ones, twos = counts[group].tolist()
        told = {"zeros": zeros, "ones": ones, "twos": twos, "margin": table.margin}
        p = float(too_few_zeros(zeros, ones, twos))
        made.append(Test(SCREEN.code, table.contest, p, 0, candidate, names[group], (), told))
    return made


def _repeated(table: Table, registered: Ints, places: Sequence[Ints]) -> list[Test]:
    figures = {name: table.votes[:, column] for column, name in enumerate(table.candidates)}
    for box in ("rejected", "blank"):
        counts = table.boxes.get(box)
        if counts is not None and (counts >= 0).all():
            figures[box] = counts
    made = []
    for found in twice(figures, registered, places):
        told = {"stations": len(found.rows), "valid": int(table.valid[found.rows[0]]), "margin": table.margin}
        stations = tuple(table.stations[row] for row in found.rows)
        votes = int(table.valid[list(found.rows[1:])].sum())
        made.append(Test(SCREEN.code, table.contest, found.p, votes, "sheet", "", stations, told))
    return made


def _again(k: Ints, n: Ints, area: Ints, places: Sequence[Ints], seed: int) -> tuple[OneShare, ...]:
    expected = expect(k, n, places)
    return one_share(redrawn(n, expected.mean, expected.rho, seed), n, area, places)


def _power(table: Table, winner: Ints, area: Ints, places: Sequence[Ints], level: float) -> Power:
    """The fewest stations of one area with one share that are a lead in four areas of five, at ``INVENTED`` of their votes moved."""
    expected = expect(winner, table.valid, places)
    least = SPREAD**2 / np.maximum(expected.mean * (1 - expected.mean), LEAST)
    rho = np.minimum(np.maximum(expected.rho, least), 0.99)
    needed = []
    for group in np.flatnonzero(np.bincount(area) >= FEWEST).tolist():
        of = np.flatnonzero(area == group)
        usual = int(tenths(winner[of].sum(), table.valid[of].sum()))
        chance = float(np.mean(_chance_of(usual, table.valid[of], expected.mean[of], rho[of])))
        sizes = np.arange(1, len(of) + 1)
        enough = (SHARES * binom.sf(sizes - 1, len(of), chance) <= level) & (sizes >= len(of) * chance + 1)
        needed.append(int(sizes[enough][0]) if enough.any() else len(of) + 1)
    if not needed:
        return Power(None, table.margin, level)
    stations = int(np.quantile(needed, 0.8, method="higher"))
    possible = stations <= int(np.bincount(area).max())
    # moved from another candidate to the winner: twice its size in the margin
    return Power(round(2 * INVENTED * stations * float(np.median(table.valid))) if possible else None, table.margin, level)
