"""Last digits that are not spread evenly: people who make figures up prefer some.

Weak: a 2018 thesis found that it does not tell an orderly election from one that observers doubted. Asked only of counts of 100 or more
that spread over many tens, as small or narrow ones are uneven by themselves. Source: Beber and Scacco, "What the numbers say" (2012).
"""

from __future__ import annotations

from math import ceil, sqrt

import numpy as np
from scipy.stats import chi2

from tallyproof.screens.frame import RATE, Outcome, Placebo, Power, Reason, Screen, Test
from tallyproof.screens.table import Ints, Table

SCREEN = Screen(
    code="S17",
    name="last-digit",
    hypothesis="digits-even",
    assumptions=("counts-spread", "stations-independent"),
    causes=("rounded-records", "misread-digit", "narrow-counts"),
)
SMALLEST = 100
FEWEST = 200
SPREAD = 30
"""Standard deviation of the counts: with it a last digit is even to within 0.1 % by itself."""
NONCENTRAL = 15.6
"""Noncentrality at which a chi-squared test with 9 degrees of freedom at 5 % finds it with a chance of 80 %."""


def statistic(counts: Ints) -> tuple[float, list[int]]:
    """Chi-squared of the last digits against an even spread, and how often each was met."""
    seen = np.bincount(counts % 10, minlength=10)
    expected = len(counts) / 10
    return float(((seen - expected) ** 2 / expected).sum()), [int(one) for one in seen]


def run(table: Table, *, seed: int) -> Outcome:
    """One test each of the two leading candidates."""
    if not table.candidates or not len(table.stations):
        return Outcome(SCREEN, table.contest, Reason.NO_FIGURES)
    tests, plot, low = [], {}, 0
    smallest: Power | None = None
    draw = np.random.default_rng(seed)
    for column in table.ranked[:2]:
        counts = table.votes[:, column]
        counts = counts[counts >= SMALLEST]
        if len(counts) < FEWEST or float(counts.std()) < SPREAD:
            continue
        found, digits = statistic(counts)
        item = table.candidates[column]
        commonest = int(np.argmax(digits))
        figures = {"stations": len(counts), "digit": commonest, "times": digits[commonest], "expected": len(counts) // 10}
        beyond = round(sum(max(0, one - len(counts) / 10) for one in digits))
        votes = beyond * int(np.median(counts))
        tests.append(Test(SCREEN.code, table.contest, float(chi2.sf(found, 9)), votes, item, figures={**figures, "margin": table.margin}))
        plot[item] = [float(one) for one in digits]
        again = draw.poisson(counts)
        low += int(chi2.sf(statistic(again)[0], 9) <= RATE)
        # a share f of sheets that all end in one digit has noncentrality 9·f²·N
        power = Power(ceil(sqrt(NONCENTRAL / 9 / len(counts)) * len(counts)) * int(np.median(counts)), table.margin)
        smallest = power if smallest is None or (power.votes or 0) < (smallest.votes or 0) else smallest
    if smallest is None:
        return Outcome(SCREEN, table.contest, Reason.TOO_FEW)
    placebo = Placebo("redrawn", len(tests), low)
    return Outcome(SCREEN, table.contest, None if smallest.enough else Reason.NO_POWER, tuple(tests), smallest, placebo, plot)
