"""Last digits: are those of large counts as even as counting makes them?

Beber and Scacco (2012): people who invent numbers prefer some last digits. The last digit of a count is even only where counts are large
and vary over several tens; where they do not, the screen refuses. It is weak: figures that were moved
by a rule, or copied, keep even digits.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import chi2

from tallyproof.screens.frame import RATE, Outcome, Placebo, Power, Reason, Screen, Test
from tallyproof.screens.injected import injected_power, raised
from tallyproof.screens.table import Floats, Ints, Table

SCREEN = Screen(
    code="S03",
    name="last-digit",
    hypothesis="even-last-digits",
    assumptions=("large-counts", "wide-counts", "counted-apart"),
    causes=("counted-in-bundles", "rounded-in-copying", "estimated-figures", "misread-digit"),
)
LARGE = 100
"""Smaller counts have no even last digit."""
FEWEST = 200
"""Twenty for each digit; with fewer the distribution of chi-square is not its own."""
WIDE = 50
"""A quarter and three quarters of the counts must lie so far apart, that is five rounds of ten."""


def digits(counts: Ints) -> Ints:
    """How many counts end in 0, 1 … 9: (10,)."""
    return np.bincount(counts % 10, minlength=10).astype(np.int64)


def evenness(by_digit: Ints) -> float:
    """Pearson's chi-square of ten digits against a tenth each: p of so uneven or more; 9 degrees of freedom."""
    total = by_digit.sum()
    return float(chi2.sf(float(((by_digit - total / 10) ** 2).sum() / (total / 10)), 9)) if total else 1.0


def large(counts: Ints) -> Reason | None:
    """Why the last digits of these counts say nothing; None if they may be asked. ``counts`` are LARGE or more."""
    if len(counts) < FEWEST:
        return Reason.TOO_FEW
    low, high = np.quantile(counts, (0.25, 0.75))
    return Reason.ASSUMPTION if high - low < WIDE else None


def run(table: Table, *, seed: int) -> Outcome:
    """A test for each candidate with enough large counts."""
    if len(table.candidates) < 2 or not len(table.stations):
        return Outcome(SCREEN, table.contest, Reason.NO_FIGURES)
    draw = np.random.default_rng(seed)
    tests, plot, low, placebos, refusals = [], {}, 0, 0, set()
    for column in table.ranked:
        rows = table.votes[:, column] >= LARGE
        counts, valid = table.votes[rows, column], table.valid[rows]
        refusal = large(counts)
        if refusal:
            refusals.add(refusal)
            continue
        by_digit = digits(counts)
        commonest = int(np.argmax(by_digit))
        figures = {"counts": len(counts), "digit": commonest, "times": int(by_digit[commonest]), "expected": round(len(counts) / 10)}
        # a last digit moves no more than nine votes at a station
        votes = round(9 * max(0.0, float(by_digit[commonest]) - len(counts) / 10))
        p = evenness(by_digit)
        tests.append(Test(SCREEN.code, table.contest, p, votes, table.candidates[column], figures={**figures, "margin": table.margin}))
        plot[f"{table.candidates[column]}.digits"] = [float(times) for times in by_digit]
        placebos += 1
        low += evenness(digits(draw.binomial(valid, _near(counts, valid)))) <= RATE
    if not tests:
        # what is plainly broken is said rather than what is few
        return Outcome(SCREEN, table.contest, Reason.ASSUMPTION if Reason.ASSUMPTION in refusals else Reason.TOO_FEW)

    def see(level: float) -> Power:
        return _power(table, level, seed)

    return Outcome(SCREEN, table.contest, tests=tuple(tests), placebo=Placebo("redrawn", placebos, low), plot=plot, see=see)


def _near(counts: Ints, valid: Ints) -> Floats:
    return np.asarray(counts / np.maximum(valid, 1), dtype=np.float64)


def _power(table: Table, level: float, seed: int) -> Power:
    """Invented counts: ten points of the valid votes come over from the second, and the first's count is put to the ten below."""
    first, second = table.ranked[:2]
    was = table.votes[:, first]
    # what is there already is not to be found again: the other stations' digits are drawn anew, evenly
    drawn = was // 10 * 10 + np.random.default_rng(seed).integers(0, 10, len(was))
    was = np.where(was >= LARGE, drawn, was)
    old_digits = digits(was[was >= LARGE])

    new = np.maximum(raised(table.votes, table.valid, first, second) // 10 * 10, was)

    def p_of(rows: Ints) -> float:
        before, after = was[rows], new[rows]
        return evenness(old_digits - digits(before[before >= LARGE]) + digits(after[after >= LARGE]))

    if int((was >= LARGE).sum()) < FEWEST:
        return Power(None, table.margin, level)
    return injected_power(table.margin, np.asarray(2.0 * (new - was), dtype=np.float64), p_of, level=level, seed=seed)
