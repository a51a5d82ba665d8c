"""Late counts: do the stations that came in last differ from those of the same area that came in before?

The total moves while a count goes on because areas come in at different times; that is geography and no question. So each late station is
compared with what the earlier ones of its smallest area with both lead to expect. What the totals moved is told in two parts: what the
geography of the early stations explains, and the rest (Bolivia 2019: 2.22 of 2.68 points were geography).

The rest is tested over areas, which are taken for independent of each other: the weighted mean of their differences over its error, t of
areas less one degrees, two-sided. The error is of the differences about their mean, each about the mean of the others (HC3: MacKinnon and
White 1985, J. Econometrics 29:305): what all areas share is what is asked about and is not to widen it, and a large area is not to hide in
a mean of its own making.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from tallyproof.screens.frame import RATE, Outcome, Placebo, Power, Reason, Screen, Test
from tallyproof.screens.injected import injected_power
from tallyproof.screens.places import groups as groups_of
from tallyproof.screens.table import Floats, Ints, Table

SCREEN = Screen(
    code="S05",
    name="late-count",
    hypothesis="late-as-early",
    assumptions=("arrival-known", "order-of-no-account", "areas-independent"),
    causes=("remote-places-late", "large-stations-late", "disputed-set-aside", "separate-ballots-late"),
)
LATE = 0.25
"""The last quarter of the stations is late."""
FEWEST_AREAS = 10
"""Areas with early and late stations."""
PERMUTED = 20


@dataclass(frozen=True, slots=True)
class Shift:
    """In votes of the margin, first less second, of the late stations: as they are, as their areas lead to expect, as all early ones do."""

    p: float
    areas: int
    late: int
    actual: float
    projected: float
    plain: float


def is_late(arrived: Ints) -> np.ndarray:
    """Of stations that all have a rank; those of one time are all late or none."""
    border = np.quantile(arrived, 1 - LATE, method="higher")
    return np.asarray(arrived >= max(int(border), int(arrived.min(initial=0)) + 1))


def shift(gap: Ints, valid: Ints, late: np.ndarray, areas: Ints) -> Shift | None:
    """``gap``: first less second, ``valid`` > 0; (stations,). None where fewer than FEWEST_AREAS areas have both."""
    count = int(areas.max(initial=-1)) + 1
    early = ~late
    of_early, of_late = (np.bincount(areas[some], valid[some], count) for some in (early, late))
    both = (of_early > 0) & (of_late > 0)
    if int(both.sum()) < FEWEST_AREAS:
        return None
    rate = np.bincount(areas[early], gap[early], count) / np.maximum(of_early, 1)
    whole = float(gap[early].sum() / valid[early].sum())
    actual = np.bincount(areas[late], gap[late], count)
    projected = np.where(both, rate, whole) * of_late
    # every area weighs by what can be known of its difference: half the harmonic mean of its early and late votes
    difference = np.where(both, actual / np.maximum(of_late, 1) - rate, 0.0)[both]
    weight = (of_early * of_late / np.maximum(of_early + of_late, 1))[both]
    weight = weight / weight.sum()
    mean = float(weight @ difference)
    # an area's distance from the mean of the others is its distance from that of all, over the weight of the others
    apart = weight * (difference - mean) / np.maximum(1 - weight, 1e-12)
    root = float(np.sqrt((apart**2).sum()))
    p = float(2 * stdtr(int(both.sum()) - 1, -abs(mean / root))) if root > 0 else 1.0
    inside = both[areas] & late
    # what is told is of the areas that can be compared, both sides alike
    return Shift(
        p, int(both.sum()), int(inside.sum()), float(actual[both].sum()), float(projected[both].sum()), whole * float(of_late[both].sum())
    )


def run(table: Table, *, seed: int) -> Outcome:
    """One test a contest. Cannot tell where times of arrival were not recorded."""
    known = (table.arrived >= 0) & (table.valid > 0)
    table = table.only(known)
    if len(table.candidates) < 2 or len(np.unique(table.arrived)) < 4:
        return Outcome(SCREEN, table.contest, Reason.NO_FIGURES)
    first, second = table.ranked[:2]
    gap, valid, late = table.votes[:, first] - table.votes[:, second], table.valid, is_late(table.arrived)
    areas, found = _areas(table, gap, valid, late)
    if found is None:
        return Outcome(SCREEN, table.contest, Reason.TOO_FEW)
    rest = round(found.actual - found.projected)
    figures = {
        "stations": found.late, "areas": found.areas, "actual": round(found.actual), "projected": round(found.projected),
        "plain": round(found.plain), "geography": round(found.projected - found.plain), "rest": rest, "margin": table.margin,
    }  # fmt: skip
    test = Test(SCREEN.code, table.contest, found.p, rest, table.candidates[first], figures=figures)
    draw = np.random.default_rng(seed)
    low = 0
    for _ in range(PERMUTED):
        again = shift(gap, valid, _mixed(late, areas, draw), areas)
        low += again is not None and again.p <= RATE
    # what is there already is not to be found again: then power is that of the same stations in another order
    order = _mixed(late, areas, draw) if found.p <= RATE else late

    def see(level: float) -> Power:
        return _power(table, first, second, order, areas, level, seed)

    return Outcome(SCREEN, table.contest, tests=(test,), placebo=Placebo("permuted", PERMUTED, low), see=see)


def _areas(table: Table, gap: Ints, valid: Ints, late: np.ndarray) -> tuple[Ints, Shift | None]:
    """The smallest areas at which enough have both early and late stations."""
    for areas in groups_of(table):
        found = shift(gap, valid, late, areas)
        if found is not None:
            return areas, found
    return np.zeros(len(valid), dtype=np.int64), None


def _mixed(late: np.ndarray, areas: Ints, draw: np.random.Generator) -> np.ndarray:
    """Stations of one area exchange their times."""
    order = np.lexsort((draw.random(len(areas)), areas))
    mixed = np.empty_like(late)
    mixed[np.argsort(areas, kind="stable")] = late[order]
    return mixed


def _power(table: Table, first: int, second: int, late: np.ndarray, areas: Ints, level: float, seed: int) -> Power:
    """A tenth of the valid votes of late stations come over from the second to the first."""
    valid = table.valid
    gap = table.votes[:, first] - table.votes[:, second]
    moved = np.where(late, np.minimum(table.votes[:, second], np.round(0.1 * valid).astype(np.int64)), 0)
    effect: Floats = 2.0 * moved

    def p_of(rows: Ints) -> float:
        changed = gap.copy()
        changed[rows] += 2 * moved[rows]
        found = shift(changed, valid, late, areas)
        # a change that is seen the other way round is not seen
        return found.p if found and found.actual > found.projected else 1.0

    return injected_power(table.margin, effect, p_of, level=level, seed=seed)
