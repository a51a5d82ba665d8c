"""This election against the last one at the same stations.

Hypothesis that is tested: the winner's share of a station follows from its shares last time by one straight line in log-odds,
fitted on other areas than its own, and stations lie about that line as a beta-binomial does.

Fitted with each area left out in turn (grouped cross-validation): a line that has seen a station's own area would explain
what happened in it. Innocent causes: boundaries or registers that changed, a local candidate who stood last time or stands
now, a party that split, a station moved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tallyproof.screens.betabinomial import Floats, Ints, two_sided
from tallyproof.screens.frame import RATE, Outcome, Placebo, Power, Reason, Screen, Test
from tallyproof.screens.levels import within_of
from tallyproof.screens.places import groups as groups_of
from tallyproof.screens.seen import redrawn, sample, spread_power
from tallyproof.screens.table import Table

SCREEN = Screen(
    code="S15",
    name="history",
    hypothesis="as-last-time",
    assumptions=("same-stations", "one-line", "beta-binomial"),
    causes=("register-changed", "candidate-changed", "party-split", "station-moved", "special-electorate"),
)

FOLDS = 10
"""Areas are dealt to so many folds, in the order of their numbers; fewer areas, fewer folds."""
RIDGE = 1.0
"""Pull of the slopes towards 0, in stations' worth: it decides only where there are very few stations."""


@dataclass(frozen=True, slots=True)
class History:
    """Arrays of shape (stations,)."""

    mean: Floats
    """The winner's share to expect here from last time."""
    rho: float
    p: Floats
    excess: Floats
    """The winner's votes more than that; negative if fewer."""
    explained: float
    """Share of the variance of the log-odds that the line explains out of its own areas (R squared); may be negative."""


def compared(votes: Ints, valid: Ints, before: Floats, areas: Ints) -> History | None:
    """``votes`` of the winner of ``valid`` now; ``before``: shares last time, shape (stations, k); ``areas``: area numbers.

    None with fewer than two areas or where a fold would leave fewer than ten stations per figure to fit on.
    """
    size = np.maximum(valid, 1).astype(np.float64)
    now = np.log((votes + 0.5) / (valid - votes + 0.5))
    then = np.log(np.clip(before, 0.002, 0.998) / (1 - np.clip(before, 0.002, 0.998)))
    weight = (valid > 0) / (0.02 + 1 / size)
    # dealt by rank, so that the numbers themselves do not matter
    ranks = np.unique(areas, return_inverse=True)[1]
    folds = ranks % min(FOLDS, int(ranks.max()) + 1) if len(areas) else ranks
    if len(areas) == 0 or int(folds.max()) < 1:
        return None
    line = np.empty(len(now))
    for fold in range(int(folds.max()) + 1):
        rest, part = folds != fold, folds == fold
        if rest.sum() < 10 * (then.shape[1] + 1):
            return None
        line[part] = _fitted(then[rest], now[rest], weight[rest], then[part])
    mean = 1 / (1 + np.exp(-line))
    rho = within_of(votes, valid, mean)
    p = np.where(valid > 0, two_sided(votes, valid, mean, np.full(len(mean), rho)), 1.0)
    centre = float(np.average(now, weights=weight))
    left = float(weight @ (now - line) ** 2) / max(float(weight @ (now - centre) ** 2), 1e-12)
    return History(mean, rho, p, votes - valid * mean, 1 - left)


def _fitted(x: Floats, y: Floats, weight: Floats, at: Floats) -> Floats:
    """Weighted ridge, twice: the second time stations far from the first line count less (Huber's weights)."""
    for _ in range(2):
        centre_x, centre_y = np.average(x, axis=0, weights=weight), float(np.average(y, weights=weight))
        shifted = x - centre_x
        gram = shifted.T @ (shifted * weight[:, None]) + RIDGE * float(np.median(weight)) * np.eye(x.shape[1])
        slope = np.linalg.solve(gram, shifted.T @ (weight * (y - centre_y)))
        off = np.abs(y - centre_y - shifted @ slope)
        scale = max(float(np.median(off)) * 1.4826, 1e-9)
        found = centre_y + (at - centre_x) @ slope
        weight = weight * np.minimum(1.0, 2.0 * scale / np.maximum(off, 1e-12))
    return np.asarray(found)


def run(table: Table, before: Mapping[str, Sequence[float]], *, seed: int) -> Outcome:
    """One test a station. ``before``: by station, shares of the valid votes at the last election, the same parties in the same order.

    Cannot tell without areas (a line that has seen a station's own area explains what happened there), or where the line
    explains less than a tenth of what differs between stations: then last time says nothing of this time.
    """
    known = np.asarray([name in before for name in table.stations], dtype=np.bool_) & (table.valid > 0)
    table = table.only(known)
    if not len(table.stations) or not len(table.candidates):
        return Outcome(SCREEN, table.contest, Reason.NO_FIGURES)
    then = np.asarray([tuple(before[name]) for name in table.stations], dtype=np.float64)
    votes, valid = table.votes[:, table.ranked[0]], table.valid
    found = compared(votes, valid, then, groups_of(table)[0])
    if found is None:
        return Outcome(SCREEN, table.contest, Reason.TOO_FEW)
    if found.explained < EXPLAINED:
        return Outcome(SCREEN, table.contest, Reason.ASSUMPTION)
    rho = np.full(len(votes), found.rho)
    margin, winner = table.margin, table.candidates[table.ranked[0]]
    tests = tuple(_test(table, found, votes, row, margin, winner) for row in range(len(votes)))
    rows = sample(len(votes))
    some, size, mean, spread = votes[rows], valid[rows], found.mean[rows], rho[rows]

    def see(level: float) -> Power:
        def seen(more: int) -> np.ndarray:
            # moved from others to the winner: the valid votes stay as many
            return np.asarray((some + more <= size) & (two_sided(np.minimum(some + more, size), size, mean, spread) <= level))

        return spread_power(table.margin, len(votes), int(np.median(valid)), seen, level=level, per_vote=2)

    drawn = redrawn(size, mean, spread, seed)
    placebo = Placebo("redrawn", len(rows), int((two_sided(drawn, size, mean, spread) <= RATE).sum()))
    return Outcome(SCREEN, table.contest, tests=tests, placebo=placebo, see=see)


EXPLAINED = 0.1


def _test(table: Table, found: History, votes: Ints, row: int, margin: int, winner: str) -> Test:
    p, more = float(found.p[row]), round(float(found.excess[row]))
    figures = {
        "counted": int(votes[row]),
        "expected": int(votes[row]) - more,
        "valid": int(table.valid[row]),
        "explained": round(1000 * found.explained),
        "margin": margin,
    }
    area = table.areas[-1][row] if table.areas else ""
    item = winner
    return Test(SCREEN.code, table.contest, p, more, item, area, (table.stations[row],), figures if p <= RATE else {})
