"""Shpilkin's estimate: the first candidate's votes above what the share of the stations of usual turnout leads to expect.

Stations are put in bins of one per cent of turnout. In a core around T*, the first candidate has k votes for each vote of all others;
above the core, ``sum(L - k O)`` is the estimate (Shpilkin 2009, 2016). It supposes that the share does not depend on turnout. That is false
wherever town and country differ in both. So the estimate is refused where its own assumption fails in the data, and otherwise given as a
range over T*. It is never a number of invented votes: a reference implementation gives minus 15.7 million on its own example.

T* is the lowest mode of the others' votes that has a quarter of the highest, of bins smoothed by five: the highest mode itself is, where
there is much to be seen, the wrong one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tallyproof.screens.table import Floats, Ints

FEWEST = 1000
"""Stations; with fewer the core is a handful."""
CORE = 3
"""The core reaches so many per cent to each side of T*."""
UNSTABLE = 0.5
"""A range over T* that is wider than so much of its middle is no estimate."""
SHARE_OF_MODE = 0.25


@dataclass(frozen=True, slots=True)
class Estimate:
    """``turnout``: T* in per cent; ``low``, ``votes``, ``high``: over T* and the ones up to CORE beside it; ``per_mille``: the core's share
    of the first candidate; ``refused``: why it is not to be read: few, unstable, negative, areas-differ; empty if none."""

    turnout: int
    low: int
    votes: int
    high: int
    per_mille: int
    refused: str = ""


def by_turnout(box: Ints, registered: Ints, of: Ints) -> Ints:
    """Sums of ``of`` in bins of whole per cents of turnout, rounded half up; (101,). 0 < box <= registered."""
    return np.bincount((200 * box + registered) // (2 * registered), of, 101).astype(np.int64)[:101]


def core_turnout(others: Ints) -> int:
    """T* of a histogram of the others' votes, (101,)."""
    smooth = np.convolve(others, np.ones(5), "same")
    peaks = [
        at
        for at in range(1, 99)
        if smooth[at] >= smooth[at - 1] and smooth[at] > smooth[at + 1] and smooth[at] >= SHARE_OF_MODE * smooth.max()
    ]
    return peaks[0] if peaks else int(np.argmax(smooth))


def anomalous(leader: Ints, others: Ints, core: int) -> tuple[int, float]:
    """Votes above the core, and votes of the leader for one of the others in it."""
    near = slice(max(0, core - CORE), core + CORE + 1)
    ratio = float(leader[near].sum() / max(int(others[near].sum()), 1))
    # bins of the core itself balance out; they are not counted
    return round(float((leader[core + CORE + 1 :] - ratio * others[core + CORE + 1 :]).sum())), ratio


def estimate(box: Ints, registered: Ints, first: Ints, valid: Ints, areas: Ints | None = None) -> Estimate | None:
    """None where no station has a turnout. ``areas``: area numbers; where the sign of share against turnout differs between those of a
    hundred stations or more, the areas are different electorates and one ratio for all is no ratio."""
    fit = (box > 0) & (registered > 0) & (box <= registered)
    if not fit.any():
        return None
    box, registered, first, valid = box[fit], registered[fit], first[fit], valid[fit]
    leader, others = by_turnout(box, registered, first), by_turnout(box, registered, valid - first)
    core = core_turnout(others)
    every = [anomalous(leader, others, max(0, min(100, core + step)))[0] for step in range(-CORE, CORE + 1)]
    votes, ratio = anomalous(leader, others, core)
    low, high = min(every), max(every)
    refused = ""
    if len(box) < FEWEST:
        refused = "few"
    elif low <= 0:
        refused = "negative"
    elif high - low > UNSTABLE * (high + low) / 2:
        refused = "unstable"
    elif areas is not None and _signs_differ(box / registered, first / np.maximum(valid, 1), areas[fit]):
        refused = "areas-differ"
    return Estimate(core, low, votes, high, round(1000 * ratio / (1 + ratio)), refused)


def _signs_differ(turnout: Floats, share: Floats, areas: Ints) -> bool:
    """Whether in at least one area of a hundred stations or more high turnout goes with less of the first candidate's share, beyond three
    standard errors of Fisher's transform."""
    for area in np.flatnonzero(np.bincount(areas) >= 100).tolist():
        t, s = turnout[areas == area], share[areas == area]
        if np.ptp(t) > 0 and np.ptp(s) > 0 and np.arctanh(np.clip(np.corrcoef(t, s)[0, 1], -0.999, 0.999)) * (len(t) - 3) ** 0.5 < -3:
            return True
    return False
