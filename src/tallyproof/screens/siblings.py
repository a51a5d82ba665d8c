"""Two contests of one day in one room: the ballots handed to the same voters.

A voter gets a paper of each contest. Their numbers in the two boxes differ by those who put in only one. Hypothesis that is
tested: at each station the papers missing from the smaller box are a beta-binomial count of the larger one, alike in the
station's areas; and the difference has nothing to do with who is ahead there (Behrens' second property).

A station is a lead only if both the p and the official practice's own cut (double MAD, ``doublemad``) say so. Innocent
causes: voters registered for one contest only, a station entered in the wrong row, boxes exchanged, a box counted late.

The second question is asked within areas, or within buildings where no areas are known: between areas, turnout habits and
preferences go together anyway.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tallyproof.screens.association import Association, association
from tallyproof.screens.betabinomial import Floats, Ints, tails
from tallyproof.screens.doublemad import CUT, ratios
from tallyproof.screens.frame import RATE, Outcome, Placebo, Power, Reason, Screen, Test
from tallyproof.screens.levels import expect
from tallyproof.screens.places import groups as groups_of
from tallyproof.screens.seen import redrawn, spread_power
from tallyproof.screens.table import UNREAD, Table

SCREEN = Screen(
    code="S12",
    name="siblings",
    hypothesis="same-voters",
    assumptions=("same-voters", "beta-binomial"),
    causes=("one-contest-voters", "boxes-exchanged", "rows-exchanged", "misread-digit", "special-electorate"),
)
FEWEST = 20
"""Fewer stations with both ballots say nothing of what is usual."""


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
    """The difference as a share of the ballots, and the winner's share, by lowest group or station."""


def compared(ballots: Ints, sibling: Ints, winner_share: Floats, groups: Sequence[Ints]) -> Siblings:
    """``ballots``, ``sibling``: papers in the two boxes. ``winner_share``: of the valid votes. ``groups``: lowest level first."""
    difference = ballots - sibling
    p = np.minimum(*(_missing(large, small, groups) for large, small in ((ballots, sibling), (sibling, ballots))))
    largest = np.maximum(np.maximum(ballots, sibling), 1)
    ratio = ratios(difference.astype(np.float64), least=1.0)
    return Siblings(
        difference, p, ratio, association(difference / largest, winner_share, groups[0], groups[1] if len(groups) > 1 else None)
    )


def _missing(large: Ints, small: Ints, groups: Sequence[Ints]) -> Floats:
    missing = np.maximum(large - small, 0)
    expected = expect(missing, large, groups)
    _, upper = tails(missing, large, expected.mean, expected.rho)
    return np.asarray(np.where(missing > 0, np.minimum(1.0, 2 * upper), 1.0), dtype=np.float64)


def run(table: Table, siblings: Mapping[str, int], *, seed: int, buildings: Mapping[str, str] | None = None) -> Outcome:
    """One test a station, and one of the contest. ``siblings``: by station, the ballots of the other contest of the same voters."""
    other = np.asarray([siblings.get(name, UNREAD) for name in table.stations], dtype=np.int64)
    box = table.boxes.get("in_box", np.full(len(table.stations), UNREAD))
    both = (other >= 0) & (box >= 0) & (np.maximum(other, box) > 0)
    table, box, other = table.only(both), box[both], other[both]
    if not len(box) or not len(table.candidates):
        return Outcome(SCREEN, table.contest, Reason.NO_FIGURES)
    if len(box) < FEWEST:
        return Outcome(SCREEN, table.contest, Reason.TOO_FEW)
    places = groups_of(table, buildings)
    winner = table.votes[:, table.ranked[0]] / np.maximum(table.valid, 1)
    found = compared(box, other, winner, places)
    # both must say so: a p without the cut would ask about differences of three or four papers
    p = np.where(found.ratio >= CUT, found.p, 1.0)
    margin = table.margin
    tests = [_test(table, found, box, other, row, float(p[row]), margin) for row in range(len(box))]
    if found.with_leader:
        told = {"correlation": round(1000 * found.with_leader.rho), "groups": found.with_leader.groups, "margin": table.margin}
        tests.append(Test(SCREEN.code, table.contest, found.with_leader.p, int(np.abs(found.difference).sum()), "leader", figures=told))
    expected = expect(np.maximum(box - other, 0), box, places)
    middle, edge = (
        float(np.median(found.difference)),
        CUT * max(1.0, float(np.median(np.abs(found.difference - np.median(found.difference))))),
    )

    def see(level: float) -> Power:
        def seen(votes: int) -> np.ndarray:
            added = box + votes
            missing = np.maximum(added - other, 0)
            _, upper = tails(missing, added, expected.mean, expected.rho)
            return np.asarray((np.abs(added - other - middle) >= edge) & (2 * upper <= level))

        return spread_power(table.margin, len(box), int(np.median(box)), seen, level=level)

    drawn = redrawn(box, expected.mean, expected.rho, seed)
    _, upper = tails(drawn, box, expected.mean, expected.rho)
    placebo = Placebo("redrawn", len(box), int((2 * upper <= RATE).sum()))
    return Outcome(SCREEN, table.contest, tests=tuple(tests), placebo=placebo, see=see)


def _test(table: Table, found: Siblings, box: Ints, other: Ints, row: int, p: float, margin: int) -> Test:
    figures = {
        "counted": int(box[row]),
        "sibling": int(other[row]),
        "ratio": round(10 * min(float(found.ratio[row]), 1e6)),
        "margin": margin,
    }
    area = table.areas[-1][row] if table.areas else ""
    votes = int(found.difference[row])
    return Test(SCREEN.code, table.contest, p, votes, "in_box", area, (table.stations[row],), figures if p <= RATE else {})
