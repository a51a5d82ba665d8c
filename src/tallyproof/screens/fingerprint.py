"""Turnout and share: does the first candidate's share bend upwards where turnout is unusually high?

The picture of turnout against share (Klimek and others 2012) is drawn and not tested: that high turnout goes with a share is what town and
country, age or party machines do, and a correlation by itself is no question. What is asked is whether the line that all stations of an
area follow bends upwards beyond the usual turnout, as when ballots for one candidate are added at some stations. A straight relation, of
whatever slope, is no lead. A bend can be innocent too: small villages with one opinion that all go to vote.

The share of a station is regressed on its area, its turnout and its turnout beyond the cut. The test is that of the score of the bend with
the straight line imposed, summed by area (Liang and Zeger 1986) with t of areas less one degrees, or by station (White 1980) where there
are few areas: the usual error, without the hypothesis imposed, is too small where few stations lie beyond the cut. One-sided.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from tallyproof.screens.frame import RATE, Outcome, Placebo, Power, Reason, Screen, Test
from tallyproof.screens.injected import injected_power
from tallyproof.screens.places import groups as groups_of
from tallyproof.screens.shpilkin import estimate
from tallyproof.screens.table import UNREAD, Floats, Ints, Table

SCREEN = Screen(
    code="S04",
    name="turnout-share",
    hypothesis="straight-line",
    assumptions=("register-known", "straight-line", "areas-independent"),
    causes=("villages-of-one-opinion", "party-machine", "special-electorate", "register-outdated"),
)
FEWEST = 100
"""Fewer stations make no line."""
FEWEST_BEYOND = 20
"""Fewer stations beyond the cut make no bend."""
BEYOND = 1.5
"""The cut: the median turnout and so many times 1.4826 median absolute deviations."""
AREAS = 12
"""With fewer areas, their scatter is not known; then stations are taken for independent."""
PERMUTED = 20
CELLS = 25
"""The fingerprint has so many cells each way."""


@dataclass(frozen=True, slots=True)
class Bend:
    """``slope`` beyond the cut in addition to the one before it; ``cut`` in turnout; ``beyond``: how many stations; ``votes`` by it."""

    slope: float
    p: float
    cut: float
    beyond: int
    votes: float


def bend(turnout: Floats, share: Floats, valid: Ints, areas: Ints) -> Bend | None:
    """Series of shape (stations,), ``areas`` numbered from 0. None where too few stations lie beyond the cut."""
    middle = float(np.median(turnout))
    cut = middle + BEYOND * 1.4826 * float(np.median(np.abs(turnout - middle)))
    over = np.maximum(turnout - cut, 0.0)
    beyond = int((over > 0).sum())
    if beyond < FEWEST_BEYOND:
        return None
    size = np.bincount(areas)
    y, t, h = (series - (np.bincount(areas, series) / np.maximum(size, 1))[areas] for series in (share, turnout, over))
    if float(t @ t) <= 0:
        return None
    # what the bend adds to the line, and what the line alone leaves: the hypothesis is imposed before the error is estimated
    alone = h - t * float(t @ h) / float(t @ t)
    size_of_it = float(alone @ alone)
    if size_of_it <= 1e-12:
        return None
    slope = float(alone @ y) / size_of_it
    left = y - t * float(t @ y) / float(t @ t)
    clusters = int((size > 1).sum())
    scores = np.bincount(areas, alone * left, len(size)) if clusters >= AREAS else alone * left
    root = float(np.sqrt((scores**2).sum()))
    free = clusters - 1 if clusters >= AREAS else len(y) - clusters - 2
    if root <= 0 or free < 1:
        return None
    return Bend(slope, float(stdtr(free, -float(scores.sum()) / root)), cut, beyond, float((slope * over * valid).sum()))


def run(table: Table, *, seed: int) -> Outcome:
    """One test: the bend of the first candidate's share. Shpilkin's estimate is told beside it, or why not; it is no test."""
    registered = table.boxes.get("registered", np.full(len(table.stations), UNREAD))
    box = table.boxes.get("in_box", np.full(len(table.stations), UNREAD))
    box = np.where(box >= 0, box, table.valid)
    fit = (registered > 0) & (box <= registered) & (table.valid > 0)
    if len(table.candidates) < 2 or not fit.any():
        return Outcome(SCREEN, table.contest, Reason.NO_FIGURES)
    table, registered, box = table.only(fit), registered[fit], box[fit]
    first = table.ranked[0]
    of_first, valid = table.votes[:, first], table.valid
    turnout, share = box / registered, of_first / valid
    areas = _areas(table)
    plot = {"fingerprint": _cells(turnout, share)}
    if len(valid) < FEWEST:
        return Outcome(SCREEN, table.contest, Reason.TOO_FEW, plot=plot)
    found = bend(turnout, share, valid, areas)
    if found is None:
        return Outcome(SCREEN, table.contest, Reason.TOO_FEW, plot=plot)
    guess = estimate(box, registered, of_first, valid, areas)
    figures = {
        "stations": len(valid), "beyond": found.beyond, "cut": round(1000 * found.cut), "slope": round(1000 * found.slope),
        "margin": table.margin,
    }  # fmt: skip
    told = {f"shpilkin_{guess.refused}": 1} if guess and guess.refused else {}
    if guess and not guess.refused:
        told = {"shpilkin_low": guess.low, "shpilkin_high": guess.high, "shpilkin_core": guess.turnout}
    test = Test(SCREEN.code, table.contest, found.p, round(found.votes), table.candidates[first], figures={**figures, **told})
    draw = np.random.default_rng(seed)
    low = 0
    for _ in range(PERMUTED):
        # stations of one area exchange their turnouts: what high turnout goes with is then nothing
        order = np.lexsort((draw.random(len(areas)), areas))
        mixed = np.empty_like(turnout)
        mixed[np.argsort(areas, kind="stable")] = turnout[order]
        again = bend(mixed, share, valid, areas)
        low += again is not None and again.p <= RATE
    flat = of_first
    if found.p <= RATE:
        # what is there already is not to be found again: power is that of the same stations with the bend taken out
        bent = np.round(found.slope * np.maximum(turnout - found.cut, 0.0) * valid).astype(np.int64)
        flat = np.clip(of_first - bent, 0, valid)

    def see(level: float) -> Power:
        return _power(table.margin, box, registered, flat, valid, areas, level, seed)

    return Outcome(SCREEN, table.contest, tests=(test,), placebo=Placebo("permuted", PERMUTED, low), plot=plot, see=see)


def _areas(table: Table) -> Ints:
    """The smallest areas that have twenty stations on average, else the next larger; buildings would leave nothing of the turnout."""
    levels = groups_of(table)
    wide = [level for level in levels if len(level) >= 20 * (int(level.max(initial=0)) + 1)]
    return wide[0] if wide else np.zeros(len(table.stations), dtype=np.int64)


def _cells(turnout: Floats, share: Floats) -> list[float]:
    """Stations by turnout (slow) and share (fast), in CELLS by CELLS cells from 0 to 1."""
    at = np.minimum((turnout * CELLS).astype(np.int64), CELLS - 1) * CELLS + np.minimum((share * CELLS).astype(np.int64), CELLS - 1)
    return [float(count) for count in np.bincount(at, minlength=CELLS * CELLS)]


def _power(margin: int, box: Ints, registered: Ints, first: Ints, valid: Ints, areas: Ints, level: float, seed: int) -> Power:
    """Ballots for the first candidate are added until nineteen of twenty voters have voted."""
    more = np.maximum(registered * 19 // 20 - box, 0)

    def p_of(rows: Ints) -> float:
        added = np.zeros_like(box)
        added[rows] = more[rows]
        found = bend((box + added) / registered, (first + added) / (valid + added), valid + added, areas)
        return found.p if found else 1.0

    return injected_power(margin, more.astype(np.float64), p_of, level=level, seed=seed)
