"""Stations whose figures are far from those of the stations around them.

Hypothesis that is tested: given the other stations of the same building and the same areas, each figure of a station is a
beta-binomial count of its registered voters (``levels.expect``). Asked of every candidate's votes, of blank votes, and of
the ballots in the box. Not of the rejected ballots: they move no candidate, and ``invalid`` asks of them.

Each figure is set against the *register*, not against the valid votes: where one cell was misread or mistyped, that cell
is far off and the others are not, whereas shares of the valid votes move all together.

What a lead can be: a misread digit, two rows exchanged, a box left empty, papers added; or a ward, a barracks, a hostel
that votes unlike the building it votes in. On the sheets of Bolivia that were later corrected see
``docs/explanation/screens-neighbours.md``: of three leads, about one was a sheet that the authority corrected itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from tallyproof.screens.betabinomial import Floats, Ints, two_sided
from tallyproof.screens.frame import RATE, Outcome, Placebo, Power, Reason, Screen, Test
from tallyproof.screens.levels import Expected, expect, p_values
from tallyproof.screens.places import groups
from tallyproof.screens.seen import redrawn, sample, spread_power
from tallyproof.screens.table import UNREAD, Table


@dataclass(frozen=True, slots=True)
class Tested:
    """One figure of every station. Arrays of shape (stations,)."""

    item: str
    """A candidate, or a box."""
    counts: Ints
    trials: Ints
    expected: Expected
    p: Floats

    @property
    def excess(self) -> Floats:
        """Votes more than the neighbours lead one to expect; negative if fewer."""
        return self.counts - self.trials * self.expected.mean


def tested(figures: Mapping[str, Ints], registered: Ints, places: Sequence[Ints]) -> tuple[Tested, ...]:
    """Test every figure of every station against its neighbours.

    ``figures``: by item, counts of shape (stations,), none greater than ``registered`` at its station (a greater one is
    impossible, which a check of the form proves: leave that station out). ``places``: group numbers per level, lowest first.
    """
    made = []
    for item, counts in figures.items():
        expected = expect(counts, registered, places)
        made.append(Tested(item, counts, registered, expected, p_values(counts, registered, expected)))
    return tuple(made)


def together(p: Floats) -> Floats:
    """Of p-values of shape (stations, figures) one a station (Simes 1986, Biometrika 73:751): two figures that are off say more
    than one. At most Bonferroni's. Proved for independent and for positively dependent tests; a candidate's votes are taken
    from another's, which makes two-sided tests of them positively dependent. The null elections in the tests have both."""
    ranked = np.sort(p, axis=1)
    return np.asarray(np.minimum(1.0, (p.shape[1] * ranked / np.arange(1, p.shape[1] + 1)).min(axis=1)), dtype=np.float64)


SCREEN = Screen(
    code="S11",
    name="neighbours",
    hypothesis="near-alike",
    assumptions=("near-alike", "beta-binomial", "register-known"),
    causes=("special-electorate", "area-boundary", "misread-digit", "rows-exchanged", "name-of-building"),
)
FEWEST = 10
"""Fewer stations with a register say nothing of what is usual."""


def run(table: Table, *, seed: int, buildings: Mapping[str, str] | None = None) -> Outcome:
    """One test a station over all its figures; it names the one that is least likely.

    Needs the register and every candidate's votes. A station with more votes than voters is left out: a check says so.
    """
    registered = table.boxes.get("registered", np.full(len(table.stations), UNREAD))
    box = _box(table)
    table = table.only((registered > 0) & (box <= registered))
    if not len(table.candidates) or not len(table.stations):
        return Outcome(SCREEN, table.contest, Reason.NO_FIGURES)
    if len(table.stations) < FEWEST:
        return Outcome(SCREEN, table.contest, Reason.TOO_FEW)
    registered, places = table.boxes["registered"], groups(table, buildings)
    made = tested(_figures(table), registered, places)
    p = np.stack([test.p for test in made], axis=1)
    at = p.argmin(axis=1)
    least = together(p)
    rows = sample(len(at))
    again = np.stack([_again(test, rows, seed + place) for place, test in enumerate(made)], axis=1)
    placebo = Placebo("redrawn", len(rows), int((together(again) <= RATE).sum()))
    tests = tuple(_test(table, made[which], row, float(least[row])) for row, which in enumerate(at.tolist()))

    def see(level: float) -> Power:
        return _power(table, made, level)

    return Outcome(SCREEN, table.contest, tests=tests, placebo=placebo, see=see)


def _again(test: Tested, rows: Ints, seed: int) -> Floats:
    n, mean, rho = test.trials[rows], test.expected.mean[rows], test.expected.rho[rows]
    return two_sided(redrawn(n, mean, rho, seed), n, mean, rho)


def _box(table: Table) -> Ints:
    """All papers: as recorded, else candidates, rejected and blank together as far as recorded."""
    told = table.boxes.get("in_box", np.full(len(table.stations), UNREAD))
    parts = (table.boxes.get(name, np.full(len(table.stations), UNREAD)) for name in ("rejected", "blank"))
    added = table.valid + sum(np.maximum(part, 0) for part in parts)
    return np.asarray(np.where(told >= 0, np.maximum(told, table.valid), added), dtype=np.int64)


def _figures(table: Table) -> dict[str, Ints]:
    found = {name: table.votes[:, column] for column, name in enumerate(table.candidates)}
    blank = table.boxes.get("blank")
    if blank is not None and (blank >= 0).all():
        found["blank"] = blank
    return {**found, "in_box": _box(table)}


def _power(table: Table, made: Sequence[Tested], level: float) -> Power:
    """For votes added to the winner at one in twenty stations. One figure of a station carries it if it is at ``level`` by itself after
    Simes' factor."""
    winner = next(test for test in made if test.item == table.candidates[table.ranked[0]])
    rows = sample(len(table.stations))
    counts, trials = winner.counts[rows], winner.trials[rows]
    mean, rho = winner.expected.mean[rows], winner.expected.rho[rows]

    def found(votes: int) -> np.ndarray:
        room = counts + votes <= trials
        return room & (two_sided(np.minimum(counts + votes, trials), trials, mean, rho) * len(made) <= level)

    return spread_power(table.margin, len(table.stations), int(np.median(winner.trials)), found, level=level)


NONE: Mapping[str, int] = MappingProxyType({})
TOLD = 0.05
"""Tests above this p have no figures: they are counted, nobody reads them."""


def _test(table: Table, test: Tested, row: int, p: float) -> Test:
    votes = round(float(test.excess[row]))
    figures = NONE
    if p <= TOLD:
        places = {table.candidates[column]: sign for column, sign in zip(table.ranked[:2], (1, -1), strict=False)}
        figures = MappingProxyType(
            {
                "counted": int(test.counts[row]),
                "expected": int(test.counts[row]) - votes,
                "registered": int(test.trials[row]),
                "neighbours": int(test.expected.neighbours[row]),
                # what the margin would lose if this figure were as expected; none where it is no figure of the first two
                "of_margin": votes * places.get(test.item, 0),
                "margin": table.margin,
            }
        )
    return Test(
        SCREEN.code, table.contest, p, votes, test.item, table.areas[-1][row] if table.areas else "", (table.stations[row],), figures
    )
