"""Two contests of one day in one room: the ballots handed to the same voters.

A voter gets a paper of each contest. Their numbers in the two boxes differ by those who put in only one. Hypothesis that is
tested: at each station the papers missing from the smaller box are a beta-binomial count of the larger one, alike in the
station's areas; and the difference has nothing to do with who is ahead there (Behrens' second property).

A station is a lead only if both the p and the official practice's own cut (double MAD, ``doublemad``) say so. Innocent
causes: voters registered for one contest only, a station entered in the wrong row, boxes exchanged, a box counted late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tallyproof.screens.association import Association, association
from tallyproof.screens.betabinomial import Floats, Ints, tails
from tallyproof.screens.doublemad import ratios
from tallyproof.screens.levels import expect


@dataclass(frozen=True, slots=True)
class Siblings:
    """Arrays of shape (stations,)."""

    difference: Ints
    """Ballots of this contest less those of its sibling."""
    p: Floats
    """That so many papers or more are missing from the smaller box; the smaller of the two directions, doubled."""
    ratio: Floats
    """Double MAD ratio of the difference."""
    with_leader: Association | None
    """The difference as a share of the ballots, and the winner's share, by lowest group within its area."""


def compared(ballots: Ints, sibling: Ints, winner_share: Floats, groups: Sequence[Ints]) -> Siblings:
    """``ballots``, ``sibling``: papers in the two boxes. ``winner_share``: of the valid votes. ``groups``: lowest level first."""
    difference = ballots - sibling
    p = np.ones(len(ballots))
    for large, small in ((ballots, sibling), (sibling, ballots)):
        missing = np.maximum(large - small, 0)
        expected = expect(missing, large, groups)
        _, upper = tails(missing, large, expected.mean, expected.rho)
        p = np.where(missing > 0, np.minimum(p, np.minimum(1.0, 2 * upper)), p)
    largest = np.maximum(np.maximum(ballots, sibling), 1)
    ratio = ratios(difference.astype(np.float64), least=1.0)
    return Siblings(
        difference, p, ratio, association(difference / largest, winner_share, groups[0], groups[1] if len(groups) > 1 else None)
    )
