"""More stations with a turnout or a share of the leader at a whole percentage than chance gives.

Somebody who writes a percentage and works the votes out from it leaves round ones. But small fractions are whole percentages often: 1 of
2, 3 of 4, 13 of 20. So each station is compared with what counting again would give there: k of n is taken as binomial with the share
that was observed. The chance to land within 0.05 of a whole percentage is then a sum of few binomial terms, exact where others draw
random numbers. Source: Kobak, Shpilkin and Pshenichnikov, "Integer percentages as electoral falsification fingerprints" (2016).
"""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln
from scipy.stats import norm

from tallyproof.screens.frame import RATE, Outcome, Placebo, Power, Reason, Screen, Test
from tallyproof.screens.table import Floats, Ints, Table

SCREEN = Screen(
    code="S16",
    name="integers",
    hypothesis="whole-percentages",
    assumptions=("binomial-recount", "stations-independent"),
    causes=("round-registers", "rounded-records", "small-stations"),
)
SMALLEST = 100
"""Registered voters; a smaller station has few percentages to choose from."""
FEWEST = 200
"""Fewer stations show nothing."""
TERMS = 6.0
"""Binomial terms further than so many standard deviations away add less than 1e-8."""

Mask = NDArray[np.bool_]


def is_whole(k: Ints, n: Ints, *, half: bool = False) -> Mask:
    """Whether 100·k/n is within 0.05 of a whole number (``half``: of one and a half), in whole numbers."""
    # |100k/n - m| ≤ 1/20  ⇔  10·|200k - 2mn| ≤ n; with the half 10·|200k - (2m+1)n| ≤ n
    rest = (200 * k - (n if half else 0)) % (2 * n)
    return np.asarray(10 * np.minimum(rest, 2 * n - rest) <= n)


def chance(k: Ints, n: Ints, *, half: bool = False) -> Floats:
    """The chance that a recount of k of n, binomial with the share k/n, is at a whole percentage. 0 < k < n."""
    logs = gammaln(np.arange(int(n.max(initial=1)) + 2, dtype=np.float64))
    share = k / n
    log_p, log_q = np.log(share), np.log1p(-share)
    middle = np.rint(100 * share).astype(np.int64)
    reach = ceil(TERMS * float((100 * np.sqrt(share * (1 - share) / n)).max(initial=0.0))) + 1
    spread = np.ceil(TERMS * 100 * np.sqrt(share * (1 - share) / n)) + 1
    found = np.zeros(len(k))
    for step in range(-reach, reach + 1):
        rows = np.flatnonzero((np.abs(step) <= spread) & (middle + step >= 0) & (middle + step <= 100))
        if not len(rows):
            continue
        here, percent = n[rows], middle[rows] + step
        centre = 10 * (2 * percent + half) * here
        first, last = -(-(centre - here) // 2000), (centre + here) // 2000
        for more in range(int((last - first).max(initial=-1)) + 1):
            at = first + more
            inside = (at <= last) & (at >= 0) & (at <= here)
            place, votes, size = rows[inside], at[inside], here[inside]
            terms = logs[size + 1] - logs[votes + 1] - logs[size - votes + 1] + votes * log_p[place] + (size - votes) * log_q[place]
            found[place] += np.exp(terms)
    return found


def excess(pairs: list[tuple[Ints, Ints]], *, half: bool = False) -> tuple[int, float, float]:
    """Of stations with several shares (k, n): at how many one is whole; how many are expected; the variance of that."""
    none_whole, chance_none = np.ones(len(pairs[0][0]), dtype=bool), np.ones(len(pairs[0][0]))
    for k, n in pairs:
        none_whole &= ~is_whole(k, n, half=half)
        chance_none *= 1 - chance(k, n, half=half)
    return int((~none_whole).sum()), float((1 - chance_none).sum()), float((chance_none * (1 - chance_none)).sum())


def usable(table: Table) -> tuple[Mask, Ints, Ints]:
    """Rows with a register and papers, where neither turnout nor the leader's share is near 0 or 1; papers, leader's votes."""
    registered = table.boxes.get("registered", np.full(len(table.stations), -1, dtype=np.int64))
    box = table.boxes.get("in_box", np.full(len(table.stations), -1, dtype=np.int64))
    papers = np.where(box >= 0, box, table.valid)
    leader = table.votes[:, table.ranked[0]] if table.candidates else papers
    sound = (registered >= SMALLEST) & (papers > 0) & (100 * papers <= 99 * registered) & (leader > 0) & (100 * leader <= 99 * papers)
    return np.asarray(sound), np.asarray(papers), np.asarray(leader)


def run(table: Table) -> Outcome:
    """One test of the contest, upper tail: turnout or the leader's share is whole at more stations than chance gives."""
    if not table.candidates or not (table.boxes.get("registered", np.array([-1])) >= 0).any():
        return Outcome(SCREEN, table.contest, Reason.NO_FIGURES)
    sound, papers, leader = usable(table)
    if sound.sum() < FEWEST:
        return Outcome(SCREEN, table.contest, Reason.TOO_FEW)
    kept, papers, leader = table.only(sound), papers[sound], leader[sound]
    pairs = [(papers, kept.boxes["registered"]), (leader, papers)]
    seen, expected, variance = excess(pairs)
    spread = float(np.sqrt(variance))
    p = float(norm.sf((seen - 0.5 - expected) / spread)) if spread else 1.0
    votes_each = int(np.median(kept.valid))
    power = Power(ceil((norm.isf(RATE) + norm.ppf(0.8)) * spread) * votes_each, table.margin)
    half_seen, half_expected, half_variance = excess(pairs, half=True)
    half_p = float(norm.sf((half_seen - 0.5 - half_expected) / np.sqrt(half_variance))) if half_variance else 1.0
    figures = {"stations": len(kept.stations), "seen": seen, "expected": round(expected), "margin": table.margin}
    test = Test(SCREEN.code, table.contest, p, round((seen - expected) * votes_each), table.candidates[table.ranked[0]], figures=figures)
    plot = {"whole": _by_tenth(papers, kept.boxes["registered"]), "share": _by_tenth(leader, papers)}
    placebo = Placebo("half-percentages", 1, int(half_p <= RATE))
    return Outcome(SCREEN, table.contest, None if power.enough else Reason.NO_POWER, (test,), power, placebo, plot)


def _by_tenth(k: Ints, n: Ints) -> list[float]:
    """How many stations at each tenth of a percentage, 0.0 to 100.0."""
    return [float(count) for count in np.bincount(np.rint(1000 * k / n).astype(np.int64), minlength=1001)[:1001]]
