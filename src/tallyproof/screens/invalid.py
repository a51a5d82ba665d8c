"""Rejected ballots: where there are more than around, and whether they go with one candidate's strength.

Hypotheses that are tested: the rejected ballots of a station are a beta-binomial count of the ballots in the box, alike in
the station's areas; and where there are more of them than around, the runner-up has no fewer votes than around.

What matters to the outcome is not a rate but the rejected ballots in excess against the margin; both are reported. Innocent
causes: a ballot that is harder to fill in for some voters (age, literacy, many candidates), one strict presiding officer,
ballots of two contests exchanged between boxes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tallyproof.screens.association import Association, association
from tallyproof.screens.betabinomial import Floats, Ints, two_sided
from tallyproof.screens.frame import RATE, Outcome, Placebo, Power, Reason, Screen, Test
from tallyproof.screens.levels import Expected, expect, p_values
from tallyproof.screens.places import groups as groups_of
from tallyproof.screens.seen import redrawn, sample, spread_power
from tallyproof.screens.table import UNREAD, Table

SCREEN = Screen(
    code="S13",
    name="invalid",
    hypothesis="rejected-alike",
    assumptions=("near-alike", "beta-binomial"),
    causes=("hard-ballot", "strict-officer", "boxes-exchanged", "special-electorate", "misread-digit"),
)
FEWEST = 20
"""Fewer stations say nothing of what is usual."""


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


def run(table: Table, *, seed: int, buildings: Mapping[str, str] | None = None) -> Outcome:
    """One test a station, and one of the contest: whether rejected ballots are more where the runner-up's votes are fewer."""
    rejected = table.boxes.get("rejected", np.full(len(table.stations), UNREAD))
    table, rejected = table.only(rejected >= 0), rejected[rejected >= 0]
    box = table.valid + rejected
    table, rejected, box = table.only(box > 0), rejected[box > 0], box[box > 0]
    if not len(rejected) or len(table.candidates) < 2:
        return Outcome(SCREEN, table.contest, Reason.NO_FIGURES)
    if len(rejected) < FEWEST:
        return Outcome(SCREEN, table.contest, Reason.TOO_FEW)
    places = groups_of(table, buildings)
    found = compared(rejected, box, table.votes[:, table.ranked[1]], table.valid, places)
    margin = table.margin
    tests = [_test(table, found, rejected, box, row, margin) for row in range(len(box))]
    if found.with_runner_up:
        told = {
            "correlation": round(1000 * found.with_runner_up.rho),
            "rejected": int(rejected.sum()),
            "in_box": int(box.sum()),
            "margin": table.margin,
        }
        more = round(float(np.maximum(found.excess, 0).sum()))
        tests.append(Test(SCREEN.code, table.contest, found.with_runner_up.p, more, table.candidates[table.ranked[1]], figures=told))
    expected = found.expected
    rows = sample(len(box))
    behind, less, full = table.votes[rows, table.ranked[1]], rejected[rows], box[rows]
    mean, rho = expected.mean[rows], expected.rho[rows]

    def see(level: float) -> Power:
        def seen(votes: int) -> np.ndarray:
            # votes of the runner-up become rejected ballots: the box stays as full as it is
            return np.asarray((votes <= behind) & (two_sided(np.minimum(less + votes, full), full, mean, rho) <= level))

        return spread_power(table.margin, len(box), int(np.median(box)), seen, level=level)

    drawn = redrawn(full, mean, rho, seed)
    placebo = Placebo("redrawn", len(rows), int((two_sided(drawn, full, mean, rho) <= RATE).sum()))
    return Outcome(SCREEN, table.contest, tests=tuple(tests), placebo=placebo, see=see)


def _test(table: Table, found: Invalid, rejected: Ints, box: Ints, row: int, margin: int) -> Test:
    p, votes = float(found.p[row]), round(float(found.excess[row]))
    figures = {"rejected": int(rejected[row]), "expected": int(rejected[row]) - votes, "in_box": int(box[row]), "margin": margin}
    area = table.areas[-1][row] if table.areas else ""
    return Test(SCREEN.code, table.contest, p, votes, "rejected", area, (table.stations[row],), figures if p <= RATE else {})
