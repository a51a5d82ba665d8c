"""Turnout against the leader's share, and what would follow if the two had nothing to do with each other.

Votes added for one candidate raise both. So does much that is innocent: villages vote more, and otherwise, than towns. What is tested is
only whether the two go together among the buildings *within* an area. Beside it stands Shpilkin's figure: if the stations at the first
large group of turnouts were right everywhere, so many votes of the leader lie beyond it. It is no test and no count of anything: it rests
on the assumption that share and turnout are independent, and moves by millions with the place of that group; so it is given as a range,
or not at all.

Sources: Sobyanin and Sukhovolsky (1995); Klimek, Yegorov, Hanel and Thurner (2012), the plot; Shpilkin (2011).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from tallyproof.screens.association import association
from tallyproof.screens.frame import RATE, Outcome, Placebo, Power, Reason, Screen, Test
from tallyproof.screens.places import groups as groups_of
from tallyproof.screens.table import Floats, Ints, Table

SCREEN = Screen(
    code="S18",
    name="fingerprint",
    hypothesis="turnout-apart-from-share",
    assumptions=("areas-alike", "registers-right"),
    causes=("town-and-country", "mobilisation", "old-registers", "special-electorate"),
)
FEWEST = 200
BINS = 100
CORE = 3
"""Whole percentages of turnout on each side of the group that is taken to be right."""
MODE = 0.25
"""A group counts if it is at least this share of the largest one."""
APART = 2.0
"""Estimates that differ by more than this factor over the range of the group are given up."""


@dataclass(frozen=True, slots=True)
class Beyond:
    """Votes of the leader beyond the share of the first group, over places of that group: least and most. ``at``: its turnout, per cent."""

    at: int
    least: int
    most: int


def beyond(turnout: Floats, leader: Ints, others: Ints) -> Beyond | None:
    """Shpilkin's estimate; None where the data plainly do not fit it: no group, or estimates that differ in sign or by ``APART``."""
    place = np.clip((turnout * BINS).astype(np.int64), 0, BINS - 1)
    ours, rest = (np.bincount(place, weights=votes, minlength=BINS)[:BINS] for votes in (leader, others))
    smooth = np.convolve(rest, np.ones(5) / 5, mode="same")
    high = smooth >= MODE * smooth.max(initial=0.0)
    peaks = [at for at in range(1, BINS - 1) if high[at] and smooth[at] >= smooth[at - 1] and smooth[at] > smooth[at + 1]]
    if not peaks or smooth.max(initial=0.0) == 0:
        return None
    at = peaks[0]
    found = []
    for centre in range(max(CORE, at - CORE), min(BINS - CORE - 1, at + CORE) + 1):
        near = slice(centre - CORE, centre + CORE + 1)
        if rest[near].sum() == 0:
            return None
        ratio = ours[near].sum() / rest[near].sum()
        found.append(float((ours - ratio * rest)[centre + 1 :].sum()))
    if not found or min(found) <= 0 or max(found) > APART * min(found):
        return None
    return Beyond(at, round(min(found)), round(max(found)))


def run(table: Table, *, seed: int) -> Outcome:
    """One test of the contest, both tails."""
    registered = table.boxes.get("registered", np.full(len(table.stations), -1, dtype=np.int64))
    box = table.boxes.get("in_box", np.full(len(table.stations), -1, dtype=np.int64))
    papers = np.where(box >= 0, box, table.valid)
    sound = (registered > 0) & (papers <= registered) & (table.valid > 0)
    if not table.candidates or not sound.any():
        return Outcome(SCREEN, table.contest, Reason.NO_FIGURES)
    kept, papers, registered = table.only(sound), papers[sound], registered[sound]
    if len(kept.stations) < FEWEST or len(kept.areas) == 0:
        return Outcome(SCREEN, table.contest, Reason.TOO_FEW)
    leader = kept.votes[:, kept.ranked[0]]
    turnout, share = papers / registered, leader / kept.valid
    levels = groups_of(kept)
    inner, outer = (levels[0], levels[1]) if len(levels) > 1 else (np.arange(len(kept.stations), dtype=np.int64), levels[0])
    found = association(turnout, share, inner, outer)
    if found is None:
        return Outcome(SCREEN, table.contest, Reason.TOO_FEW)
    over = beyond(turnout, leader, kept.valid - leader)
    figures = {"correlation": round(1000 * found.rho), "groups": found.groups, "margin": table.margin}
    if over is not None:
        figures |= {"turnout": over.at, "least": over.least, "most": over.most}
    draw = np.random.default_rng(seed)
    low = sum(int(_shuffled(draw, turnout, share, inner, outer) <= RATE) for _ in range(20))
    # the smallest correlation that would be found, as votes: that share of the leader's spread within areas
    needed = (norm.isf(RATE / 2) + norm.ppf(0.8)) / np.sqrt(max(1, found.groups))
    power = Power(round(float(needed * share.std() * kept.valid.sum())), table.margin)
    votes = over.most if over is not None else round(found.rho * float(share.std()) * int(kept.valid.sum()))
    test = Test(SCREEN.code, table.contest, found.p, votes, table.candidates[table.ranked[0]], figures=figures)
    plot = {"map": _map(turnout, share), "ours": _by_turnout(turnout, leader), "others": _by_turnout(turnout, kept.valid - leader)}
    reason = None if power.enough else Reason.NO_POWER
    return Outcome(SCREEN, table.contest, reason, (test,), power, Placebo("shuffled", 20, low), plot)


def _shuffled(draw: np.random.Generator, turnout: Floats, share: Floats, inner: Ints, outer: Ints) -> float:
    """The p-value if shares change places within areas."""
    order = np.lexsort((draw.random(len(outer)), outer))
    again = np.empty_like(share)
    again[np.argsort(outer, kind="stable")] = share[order]
    found = association(turnout, again, inner, outer)
    return 1.0 if found is None else found.p


def _map(turnout: Floats, share: Floats) -> list[float]:
    """How many stations in each cell of 20 by 20: turnout across, share up, row by row from share 0."""
    cells = np.minimum((share * 20).astype(np.int64), 19) * 20 + np.minimum((turnout * 20).astype(np.int64), 19)
    return [float(count) for count in np.bincount(cells, minlength=400)]


def _by_turnout(turnout: Floats, votes: Ints) -> list[float]:
    return [float(count) for count in np.bincount(np.minimum((turnout * BINS).astype(np.int64), BINS - 1), weights=votes, minlength=BINS)]
