"""Stations whose figures are far from those of the stations around them.

Hypothesis that is tested: given the other stations of the same building and the same areas, each figure of a station is a
beta-binomial count of its registered voters (``levels.expect``). Asked of every candidate's votes, of blank votes, and of
the ballots in the box. Not of the rejected ballots: they move no candidate, and ``invalid`` asks of them.

Each figure is set against the *register*, not against the valid votes: where one cell was misread or mistyped, that cell
is far off and the others are not, whereas shares of the valid votes move all together.

What a lead can be: a misread digit, two rows exchanged, a box left empty, papers added; or a ward, a barracks, a hostel
that votes unlike the building it votes in. On the sheets of Bolivia that were later corrected see
``docs/explanation/screens-neighbours.md``: of three leads, about one was a sheet that the authority corrected itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tallyproof.screens.betabinomial import Floats, Ints, two_sided
from tallyproof.screens.levels import Expected, expect, p_values

POWER = 0.8
"""A shift is detectable where at least so many of the stations would be found."""


@dataclass(frozen=True, slots=True)
class Tested:
    """One figure of every station. Arrays of shape (stations,)."""

    item: str
    """A candidate, or a box."""
    counts: Ints
    trials: Ints
    expected: Expected
    p: Floats

    @property
    def excess(self) -> Floats:
        """Votes more than the neighbours lead one to expect; negative if fewer."""
        return self.counts - self.trials * self.expected.mean


def tested(figures: Mapping[str, Ints], registered: Ints, groups: Sequence[Ints]) -> tuple[Tested, ...]:
    """Test every figure of every station against its neighbours.

    ``figures``: by item, counts of shape (stations,), none greater than ``registered`` at its station (a greater one is
    impossible, which a check of the form proves: leave that station out). ``groups``: group numbers per level, lowest first.
    """
    made = []
    for item, counts in figures.items():
        expected = expect(counts, registered, groups)
        made.append(Tested(item, counts, registered, expected, p_values(counts, registered, expected)))
    return tuple(made)


def smallest_shift(test: Tested, threshold: float, *, share: float = POWER) -> int | None:
    """The fewest votes which, added to this figure at one station, give p <= ``threshold`` at ``share`` of the stations.

    Exact, without drawing: a station's own figure has no part in its expectation, so adding votes leaves that unchanged.
    Stations without room for so many votes count as not found. None: no number of votes does it.
    """
    rows = test.trials > 0
    counts, trials = test.counts[rows], test.trials[rows]
    if not len(counts):
        return None
    mean, rho = test.expected.mean[rows], test.expected.rho[rows]

    def found(votes: int) -> bool:
        room = counts + votes <= trials
        p = two_sided(np.where(room, counts + votes, counts), trials, mean, rho)
        return float(np.mean(room & (p <= threshold))) >= share

    # Whether more votes are found more often holds until stations run out of room; hence the steps first, then halving.
    high = 1
    while not found(high):
        high *= 2
        if high > int(trials.max()):
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if found(middle) else (middle, high)
    return high
