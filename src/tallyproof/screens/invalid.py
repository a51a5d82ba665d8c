"""Rejected ballots: where there are more than around, and whether they go with one candidate's strength.

Hypotheses that are tested: the rejected ballots of a station are a beta-binomial count of the ballots in the box, alike in
the station's areas; and where there are more of them than around, the runner-up has no fewer votes than around.

What matters to the outcome is not a rate but the rejected ballots in excess against the margin; both are reported. Innocent
causes: a ballot that is harder to fill in for some voters (age, literacy, many candidates), one strict presiding officer,
ballots of two contests exchanged between boxes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tallyproof.screens.association import Association, association
from tallyproof.screens.betabinomial import Floats, Ints
from tallyproof.screens.levels import Expected, expect, p_values


@dataclass(frozen=True, slots=True)
class Invalid:
    """Arrays of shape (stations,)."""

    expected: Expected
    p: Floats
    excess: Floats
    """Rejected ballots more than around; negative if fewer."""
    with_runner_up: Association | None
    """Excess as a share of the box, and the runner-up's votes in excess as a share of the valid votes, by station."""


def compared(rejected: Ints, in_box: Ints, runner_up: Ints, valid: Ints, groups: Sequence[Ints]) -> Invalid:
    """``rejected <= in_box``, ``runner_up <= valid`` at each station; ``groups``: group numbers, lowest level first."""
    expected = expect(rejected, in_box, groups)
    excess = rejected - in_box * expected.mean
    behind = expect(runner_up, valid, groups)
    missing = runner_up / np.maximum(valid, 1) - behind.mean
    told = in_box > 0
    alone = np.arange(int(told.sum()), dtype=np.int64)
    with_runner_up = association((excess / np.maximum(in_box, 1))[told], missing[told], alone)
    return Invalid(expected, p_values(rejected, in_box, expected), excess, with_runner_up)
