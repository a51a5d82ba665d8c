"""Bolivia 2019 as a truth for screens: the sheets of the quick count, and which of them the final count has otherwise.

Truth: a sheet (acta) is *corrected* where any of its eleven figures (nine candidates, blank, null) differs between the quick
count of 21 October 18:29 and the official computation. The size of a correction is the largest difference of one figure.
It is the truth of "was changed", not of "was wrong": a sheet that is wrong in both counts as not corrected.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from tallyproof.screens.betabinomial import Ints
from tallyproof.screens.frame import RATE, adjusted
from tallyproof.screens.levels import numbered
from tallyproof.screens.neighbours import Tested, tested, together
from tests.support.data import shared_data

CANDIDATES = ("CC", "FPV", "MTS", "UCS", "MAS - IPSP", "21F", "PDC", "MNR", "PAN-BOL")
FIGURES = (*CANDIDATES, "Blancos", "Nulos")
PLACES = ("País", "Departamento", "Provincia", "Municipio", "Localidad", "Recinto")
SIZES = (1, 10, 30, 60)
TREP, FINAL = "trep - acta.2019.10.21.18.29.53.zip", "final_computo.zip"

BATTERIES = {
    "votes, box": (*CANDIDATES, "box"),
    "votes, blank, box": (*CANDIDATES, "Blancos", "box"),
    "votes, blank, null, box": (*FIGURES, "box"),
}
LEVELS = (0.05, 0.01, 0.001, 0.0001)
CHOSEN = ("votes, blank, box", RATE)
"""The battery and the level of the screen as it is shipped."""


@dataclass(frozen=True, slots=True)
class Sheets:
    """Arrays by sheet, in the order of their numbers."""

    station: tuple[str, ...]
    figures: dict[str, Ints]
    registered: Ints
    places: tuple[tuple[str, ...], ...]
    size: Ints
    """Of the correction; 0 if the sheet was not corrected."""

    @property
    def box(self) -> Ints:
        return np.sum([self.figures[name] for name in FIGURES], axis=0)

    def take(self, rows: np.ndarray) -> Sheets:
        places = [self.places[row] for row in rows.tolist()]
        figures = {name: counts[rows] for name, counts in self.figures.items()}
        return Sheets(tuple(self.station[row] for row in rows.tolist()), figures, self.registered[rows], tuple(places), self.size[rows])

    def groups(self) -> list[Ints]:
        """Building, locality, municipality, department."""
        return [numbered([place[:depth] for place in self.places]) for depth in (6, 5, 4, 2)]

    def folds(self) -> Ints:
        """The nine departments, and all countries abroad together: ten areas that share no station."""
        return numbered([place[1] if place[0] == "Bolivia" else "" for place in self.places])

    def tested(self) -> tuple[Tested, ...]:
        return tested({**self.figures, "box": self.box}, self.registered, self.groups())


def _read(name: str) -> pl.DataFrame:
    with zipfile.ZipFile(shared_data("bolivia-2019", name)) as archive:
        return pl.read_csv(io.BytesIO(archive.read(archive.namelist()[0])), infer_schema_length=None)


@cache
def bolivia() -> Sheets:
    """The 32,806 sheets of the quick count at 18:29."""
    final = _read(FINAL).select("Número Mesa", *FIGURES)
    both = _read(TREP).join(final, on="Número Mesa", suffix=" final", validate="1:1").sort("Número Mesa")
    figures = {name: both[name].to_numpy().astype(np.int64) for name in FIGURES}
    size = np.max([np.abs(figures[name] - both[f"{name} final"].to_numpy()) for name in FIGURES], axis=0)
    places = tuple(tuple(str(part) for part in row) for row in both.select(PLACES).iter_rows())
    return Sheets(tuple(str(each) for each in both["Número Mesa"]), figures, both["Inscritos"].to_numpy().astype(np.int64), places, size)


@dataclass(frozen=True, slots=True)
class Score:
    """``found`` of ``corrected`` per size of ``SIZES``; ``right`` of ``leads`` were corrected, by whatever size."""

    leads: int
    right: int
    found: tuple[int, ...]
    corrected: tuple[int, ...]

    @property
    def precision(self) -> float:
        return self.right / self.leads if self.leads else 0.0

    def recall(self, size: int) -> float:
        at = SIZES.index(size)
        return self.found[at] / self.corrected[at]

    def __add__(self, other: Score) -> Score:
        return Score(
            self.leads + other.leads,
            self.right + other.right,
            tuple(a + b for a, b in zip(self.found, other.found, strict=True)),
            tuple(a + b for a, b in zip(self.corrected, other.corrected, strict=True)),
        )


NOTHING = Score(0, 0, (0,) * len(SIZES), (0,) * len(SIZES))


def score(lead: np.ndarray, size: Ints) -> Score:
    """``lead``: shape (sheets,), true where the screen asks about the sheet."""
    return Score(
        int(lead.sum()),
        int((lead & (size > 0)).sum()),
        tuple(int((lead & (size >= least)).sum()) for least in SIZES),
        tuple(int((size >= least).sum()) for least in SIZES),
    )


def leads(tests: tuple[Tested, ...], battery: str, level: float) -> np.ndarray:
    """As ``neighbours.run``: one test a sheet, of all its figures; corrected over all sheets."""
    p = np.stack([test.p for test in tests if test.item in BATTERIES[battery]], axis=1)
    return np.asarray(adjusted(together(p).tolist())) <= level


@dataclass(frozen=True, slots=True)
class Fold:
    """One area held out: what was chosen on the other nine, and its score on this one."""

    area: str
    sheets: int
    battery: str
    level: float
    score: Score
    """Of what was chosen on the others."""
    shipped: Score
    """Of the screen as it is shipped, which nothing was chosen for."""


def cross_validated(sheets: Sheets, *, wanted: float = 0.74) -> list[Fold]:
    """Battery and level chosen on nine areas, scored on the tenth, in turn.

    The expectations of each area, the variances and the correction for many tests are those of that area alone: nothing of
    the scored part is seen when choosing, and nothing of the other parts when scoring but the choice. Chosen: the highest
    precision among those whose recall of corrections of 30 votes and more on the nine is at least ``wanted`` and one
    standard error (the one-standard-error rule, Breiman et al. 1984); if there is none, the highest recall.
    """
    folds = sheets.folds()
    scores: list[dict[tuple[str, float], Score]] = []
    parts = [sheets.take(np.flatnonzero(folds == fold)) for fold in range(int(folds.max()) + 1)]
    for part in parts:
        tests = part.tested()
        scores.append({(b, level): score(leads(tests, b, level), part.size) for b in BATTERIES for level in LEVELS})
    out = []
    for at, part in enumerate(parts):
        rest = {key: sum((each[key] for n, each in enumerate(scores) if n != at), NOTHING) for key in scores[0]}
        good = [
            key
            for key, total in rest.items()
            if total.recall(30) >= wanted + (wanted * (1 - wanted) / total.corrected[SIZES.index(30)]) ** 0.5
        ]
        battery, level = max(good, key=lambda key: rest[key].precision) if good else max(rest, key=lambda key: rest[key].recall(30))
        area = part.places[0][1] if part.places[0][0] == "Bolivia" else "abroad"
        out.append(Fold(area, len(part.station), battery, level, scores[at][battery, level], scores[at][CHOSEN]))
    return out
