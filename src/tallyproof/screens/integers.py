"""Whole percentages: are there more stations with a whole-per-cent turnout or share than counting gives by itself?

Kobak, Shpilkin and Pshenichnikov (2016, 2018): people who invent a result tend to choose a round percentage. Theirs is a Monte Carlo of
each station's count; here it is exact. At each station the count is a binomial of its own observed share, the chance to land within
0.05 of a whole per cent is a sum of its probabilities, and the number of such stations is Poisson-binomial: its tail is a convolution.
The condition is in whole numbers: |100 k / n - m| <= 0.05 is |2000 k - 20 m n| <= n.

Small denominators make peaks by themselves (1/2, 2/3, 3/4): the binomial of the station has them too, so they are in the expectation.
The share is the station's own, so a real peak widens the expectation a little: the test is on the careful side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.special import gammaln
from scipy.stats import norm

from tallyproof.screens.frame import RATE, Outcome, Placebo, Power, Reason, Screen, Test
from tallyproof.screens.injected import injected_power, raised
from tallyproof.screens.table import UNREAD, Floats, Ints, Table

SCREEN = Screen(
    code="S02",
    name="integers",
    hypothesis="no-round-choice",
    assumptions=("binomial-count", "own-share", "counted-apart"),
    causes=("rounded-in-copying", "estimated-figures", "quota-of-voters"),
)
FEWEST_VOTERS = 100
"""Smaller denominators are left out: their whole percentages are common fractions."""
FEWEST = 50
"""Fewer stations say nothing of round choices."""
SPREADS = 7
"""Counts are summed to so many standard deviations; what is beyond has a chance below 1e-11."""
SHIFTS = (6, 14)
"""For the placebo: 0.3 and 0.7 above a whole per cent, in twentieths."""
BLOCK = 64


@dataclass(frozen=True, slots=True)
class Excess:
    """``hits``: at which stations it is so; ``chance`` of each, both (stations,); ``p``: of so many or more."""

    hits: np.ndarray
    chance: Floats
    p: float

    @property
    def observed(self) -> int:
        return int(self.hits.sum())

    @property
    def expected(self) -> float:
        return float(self.chance.sum())

    @property
    def deviation(self) -> float:
        return float(np.sqrt((self.chance * (1 - self.chance)).sum()))


def whole(k: Ints, n: Ints, shift: int = 0) -> np.ndarray:
    """Whether k of n is within 0.05 of a whole per cent, moved up by ``shift`` twentieths of a per cent. ``n`` > 0."""
    rest = (2000 * k - shift * n) % (20 * n)
    return np.asarray(np.minimum(rest, 20 * n - rest) <= n)


def chance(k: Ints, n: Ints, shift: int = 0) -> Floats:
    """The chance of each station that a binomial of its own share k/n is within 0.05 of a whole per cent, (stations,)."""
    share = k / n
    reach = SPREADS * 100 * np.sqrt(share * (1 - share) / n) + 1
    first = np.maximum(np.floor(100 * share - reach), -1).astype(np.int64)
    last = np.minimum(np.ceil(100 * share + reach), 100).astype(np.int64)
    counts = last - first + 1
    of = np.repeat(np.arange(len(n)), counts)
    per_cent = np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts) + first[of]
    middle = (20 * per_cent + shift) * n[of]
    low, high = -((n[of] - middle) // 2000), (middle + n[of]) // 2000
    some = np.flatnonzero(high >= low)
    of, low, high = of[some], low[some], high[some]
    logs = gammaln(np.arange(int(n.max(initial=0)) + 2) + 1.0)
    # at the two ends the other count is 0, and 0 times a finite logarithm is 0
    inside = np.clip(share, 1e-300, 1 - 1e-16)
    yes, no = np.log(inside), np.log1p(-inside)
    found = np.zeros(len(n))
    for step in range(int((high - low).max(initial=-1)) + 1):
        at = low + step
        there = np.flatnonzero((at <= high) & (at >= 0) & (at <= n[of]))
        rows, at = of[there], at[there]
        rest = n[rows] - at
        found += np.bincount(rows, np.exp(logs[n[rows]] - logs[at] - logs[rest] + at * yes[rows] + rest * no[rows]), len(n))
    return np.minimum(found, 1.0)


def poisson_binomial(chances: Floats) -> Floats:
    """The distribution of how many of independent events happen, (events + 1,). Blocks are multiplied out, then joined two by two."""
    blocks = max(1, -(-len(chances) // BLOCK))
    blocks = 1 << (blocks - 1).bit_length()
    padded = np.zeros(blocks * BLOCK)
    padded[: len(chances)] = chances
    events = padded.reshape(blocks, BLOCK)
    made = np.zeros((blocks, BLOCK + 1))
    made[:, 0] = 1
    for column in range(BLOCK):
        one = events[:, column : column + 1]
        made[:, 1:] = made[:, 1:] * (1 - one) + made[:, :-1] * one
        made[:, :1] *= 1 - one
    while len(made) > 1:
        size = 2 * made.shape[1] - 1
        length = next_fast_len(size, real=True)
        joined = rfft(made[0::2], length) * rfft(made[1::2], length)
        made = np.maximum(irfft(joined, length)[:, :size], 0.0)
    return np.asarray(made[0, : len(chances) + 1], dtype=np.float64)


def tail(chances: Floats, observed: int) -> float:
    """P(this many or more). Below 1e-12 rounding decides, so it is never given as less."""
    if observed <= 0 or not len(chances):
        return 1.0
    return float(min(1.0, max(poisson_binomial(chances)[observed:].sum(), 1e-12)))


def excess(k: Ints, n: Ints, shift: int = 0) -> Excess:
    """How many of the stations k of n (``n`` > 0) are at a whole per cent, against the chance of each."""
    hits, chances = whole(k, n, shift), chance(k, n, shift)
    return Excess(hits, chances, tail(chances, int(hits.sum())))


def run(table: Table, *, seed: int) -> Outcome:
    """Two tests a contest: the turnout, where voters are registered, and the first candidate's share."""
    if len(table.candidates) < 2 or not len(table.stations):
        return Outcome(SCREEN, table.contest, Reason.NO_FIGURES)
    first, second = table.ranked[:2]
    asked = {table.candidates[first]: (table.votes[:, first], table.valid)}
    registered = table.boxes.get("registered", np.full(len(table.stations), UNREAD))
    box = table.boxes.get("in_box", np.full(len(table.stations), UNREAD))
    box = np.where(box >= 0, box, table.valid)
    asked["turnout"] = (np.where(registered > 0, box, -1), registered)
    tests: list[Test] = []
    plot: dict[str, list[float]] = {}
    low = placebos = 0
    for item, (k, n) in asked.items():
        # a share of all or nothing is no round choice but a village that votes as one, or a roll that was copied
        fit = (n >= FEWEST_VOTERS) & (k > 0) & (100 * k <= 99 * n)
        if int(fit.sum()) < FEWEST:
            continue
        found = excess(k[fit], n[fit])
        more = found.observed - found.expected
        papers = float(n[fit][found.hits].mean()) if item != "turnout" else float(k[fit][found.hits].mean()) if found.observed else 0.0
        figures = {
            "stations": int(fit.sum()), "observed": found.observed, "expected": round(found.expected),
            "deviation": round(10 * found.deviation), "margin": table.margin,
        }  # fmt: skip
        # without a whole one there is no mean of papers
        votes = round(more * papers) if found.observed else 0
        tests.append(Test(SCREEN.code, table.contest, found.p, votes, item, figures=figures))
        plot[f"{item}.offsets"] = [float(count) for count in offsets(k[fit], n[fit])]
        placebos += len(SHIFTS)
        low += sum(excess(k[fit], n[fit], shift).p <= RATE for shift in SHIFTS)
    if not tests:
        return Outcome(SCREEN, table.contest, Reason.TOO_FEW)

    def see(level: float) -> Power:
        return _power(table, first, second, level, seed)

    return Outcome(SCREEN, table.contest, tests=tuple(tests), placebo=Placebo("shifted", placebos, low), plot=plot, see=see)


def offsets(k: Ints, n: Ints) -> Ints:
    """How many stations are how far above a whole per cent, in tenths, nearest first: (10,). The first is what is asked about."""
    tenth = ((2000 * k + n) % (20 * n)) // (2 * n)
    return np.bincount(tenth, minlength=10).astype(np.int64)


def _power(table: Table, first: int, second: int, level: float, seed: int) -> Power:
    """Invented results: ten points of the valid votes come over from the second, and the share is put to the next whole per cent below."""
    keep = table.valid >= FEWEST_VOTERS
    votes, n = table.votes[keep], table.valid[keep]
    if int(keep.sum()) < FEWEST:
        return Power(None, table.margin, level)
    k = votes[:, first]
    new = raised(votes, n, first, second)
    # the next whole per cent below, as near as whole votes come to it
    new = np.maximum(np.minimum((100 * new // n * n + 50) // 100, n), k)
    was, becomes = chance(k, n), chance(new, n)
    # what is there already is not to be found again: the other stations are drawn anew from their chances
    before = (np.random.default_rng(seed).random(len(n)) < was).astype(np.float64)
    after = whole(new, n).astype(np.float64)

    def p_of(rows: Ints) -> float:
        mean = was.sum() + (becomes[rows] - was[rows]).sum()
        spread = (was * (1 - was)).sum() + (becomes[rows] * (1 - becomes[rows]) - was[rows] * (1 - was[rows])).sum()
        observed = before.sum() + (after[rows] - before[rows]).sum()
        # for power alone the normal tail will do
        return float(norm.sf((observed - 0.5 - mean) / np.sqrt(max(spread, 1e-9))))

    return injected_power(table.margin, 2.0 * (new - k), p_of, level=level, seed=seed)
