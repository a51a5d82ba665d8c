"""Whether stations that came late differ from what their own places said early.

Late stations are elsewhere: far from roads, abroad, in large buildings. Each is projected from the early stations of its smallest area
that has any, and only what is left is asked about; the part that geography explains is stated beside it. Source: the projections from
the same building, then the locality, in the studies of Bolivia 2019 (Williams and Curiel 2020; Idrobo, Kronick and Rodríguez 2022).
"""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from tallyproof.screens.frame import RATE, Outcome, Placebo, Power, Reason, Screen, Test
from tallyproof.screens.table import UNREAD, Floats, Ints, Table

SCREEN = Screen(
    code="S19",
    name="late-count",
    hypothesis="late-as-early",
    assumptions=("areas-alike", "arrival-by-place"),
    causes=("late-places-differ", "large-stations-late", "special-electorate"),
)
LATE = 0.8
"""The stations after the first four fifths are late, unless the caller says which are."""
FEWEST = 30
CLUSTERS = 20
Mask = NDArray[np.bool_]


def projected(margin: Ints, valid: Ints, early: Mask, areas: list[Ints]) -> Floats:
    """For every row the leader's lead that the early rows of its smallest area with early rows give; NaN where no area has any.

    ``areas``: lowest level first, numbers from 0.
    """
    found = np.full(len(valid), np.nan)
    for groups in [*areas, np.zeros(len(valid), dtype=np.int64)]:
        size = int(groups.max(initial=0)) + 1
        votes = np.bincount(groups[early], weights=valid[early], minlength=size)
        lead = np.bincount(groups[early], weights=margin[early], minlength=size)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(votes > 0, lead / votes, np.nan)
        found = np.where(np.isnan(found), share[groups] * valid, found)
    return found


def run(table: Table, *, seed: int, late: Mask | None = None) -> Outcome:
    """One test of the contest, both tails. ``late``: rows that came late; by time of arrival if left out."""
    known = table.arrived != UNREAD
    if len(table.candidates) < 2 or (late is None and known.sum() < FEWEST):
        return Outcome(SCREEN, table.contest, Reason.NO_FIGURES)
    if late is None:
        table = table.only(known)
        late = table.arrived > np.quantile(table.arrived, LATE)
    if late.sum() < FEWEST or (~late).sum() < FEWEST or not table.areas:
        return Outcome(SCREEN, table.contest, Reason.TOO_FEW)
    first, second = table.ranked[:2]
    margin, valid = np.asarray(table.votes[:, first] - table.votes[:, second]), table.valid
    areas = [table.groups(level) for level in range(len(table.areas))]
    areas.sort(key=lambda groups: -int(groups.max(initial=0)))
    rest, spread = _left_over(margin, valid, ~late, areas)
    p = float(2 * norm.sf(abs(rest) / spread)) if spread else 1.0
    draw = np.random.default_rng(seed)
    low = 0
    for _ in range(20):
        as_late = np.zeros(len(valid), dtype=bool)
        as_late[draw.choice(len(valid), int(late.sum()), replace=False)] = True
        left, width = _left_over(margin, valid, ~as_late, areas)
        low += int(bool(width) and 2 * norm.sf(abs(left) / width) <= RATE)
    sums = [int(x[rows].sum()) for rows in (late, ~late) for x in (margin, valid)]
    actual, before = sums[0] / max(1, sums[1]), sums[2] / max(1, sums[3])
    expected = float(np.nansum(projected(margin, valid, ~late, areas)[late]))
    figures = {
        "late": int(late.sum()),
        "early_lead": round(1000 * before),
        "late_lead": round(1000 * actual),
        "projected": round(1000 * expected / max(1, sums[1])),
        "margin": table.margin,
    }
    power = Power(ceil((norm.isf(RATE / 2) + norm.ppf(0.8)) * spread), table.margin)
    test = Test(SCREEN.code, table.contest, p, round(rest), table.candidates[first], figures=figures)
    return Outcome(SCREEN, table.contest, None if power.enough else Reason.NO_POWER, (test,), power, Placebo("random-late", 20, low))


def _left_over(margin: Ints, valid: Ints, early: Mask, areas: list[Ints]) -> tuple[float, float]:
    """The lead of late rows beyond their projection, and its standard error from the sums of whole areas: rows of one area move together,
    and share the early rows that they are measured by. Areas are the largest of which there are ``CLUSTERS`` or more."""
    expected = projected(margin, valid, early, areas)
    late = ~early & ~np.isnan(expected)
    many = [groups for groups in areas if int(groups.max(initial=0)) + 1 >= CLUSTERS]
    groups = many[-1] if many else areas[0]
    rest = margin - expected
    of_area = np.bincount(groups[late], weights=rest[late])
    total = float(rest[late].sum())
    met = max(2, int((np.bincount(groups[late]) > 0).sum()))
    # about their mean: one that all areas share is what is asked about
    spread = float(np.sqrt(((of_area - total / met)[np.bincount(groups[late]) > 0] ** 2).sum() * met / (met - 1)))
    return total, spread
