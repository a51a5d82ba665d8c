"""The neighbour screen scored on the sheets of Bolivia 2019 that were corrected later (``tests/support/bolivia.py`` says what that is).

The figures are those of ``docs/explanation/screens-neighbours.md``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from time import process_time

import numpy as np
import pytest

from tallyproof.screens import neighbours
from tallyproof.screens.frame import leads as surviving
from tallyproof.screens.frame import powered
from tests.support.bolivia import CHOSEN, NOTHING, SIZES, Fold, Score, bolivia, cross_validated, leads, score
from tests.support.real_tables import buildings, table

REFERENCE_RECALL, REFERENCE_PRECISION = 0.74, 0.25
"""Of an earlier screen of the same kind, scored on the 29,457 sheets with two neighbours or more; here all 32,806 count."""

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "screens-neighbours.md"


@cache
def folds() -> tuple[Fold, ...]:
    return tuple(cross_validated(bolivia()))


def row(name: str, total: Score) -> str:
    recalls = " | ".join(f"{total.found[at]} of {total.corrected[at]} ({total.recall(size):.3f})" for at, size in enumerate(SIZES))
    return f"| {name} | {total.leads} | {total.right} ({total.precision:.3f}) | {recalls} |"


def test_the_truth_is_the_published_706() -> None:
    size = bolivia().size
    assert len(size) == 32_806
    assert [int((size >= least).sum()) for least in SIZES] == [706, 237, 97, 44]


def test_areas_held_out() -> None:
    """Battery and level chosen on nine areas, scored on the tenth."""
    assert len(folds()) == 10
    total = sum((fold.score for fold in folds()), NOTHING)
    assert total.corrected == (706, 237, 97, 44)
    assert total.recall(30) >= REFERENCE_RECALL
    assert total.precision >= REFERENCE_PRECISION
    assert row("chosen on nine areas, scored on the tenth", total) in PAGE.read_text()


def test_as_shipped_area_by_area() -> None:
    """The rate is that of all screens and the figures asked are all but those of another screen: nothing was tuned."""
    total = sum((fold.shipped for fold in folds()), NOTHING)
    assert total.recall(30) >= REFERENCE_RECALL
    assert total.precision >= REFERENCE_PRECISION
    assert row("as shipped, each area by itself", total) in PAGE.read_text()
    for fold in folds():
        assert row(fold.area, fold.shipped) in PAGE.read_text()


def test_leads_are_not_the_sheets_that_any_rule_would_find() -> None:
    """A score that cannot fail says nothing: as many sheets drawn without looking, and the largest boxes, are corrected as all are."""
    sheets = bolivia()
    lead = leads(sheets.tested(), *CHOSEN)
    drawn = np.zeros(len(lead), dtype=bool)
    drawn[np.random.default_rng(1).choice(len(lead), int(lead.sum()), replace=False)] = True
    assert score(drawn, sheets.size).precision < 0.05
    full = np.zeros(len(lead), dtype=bool)
    full[np.argsort(-sheets.box, kind="stable")[: int(lead.sum())]] = True
    assert score(full, sheets.size).precision < 0.05


@pytest.mark.slow
def test_the_same_through_the_package_in_seconds() -> None:
    """The shipped road: mapping, tabulation, table, screen. It uses more levels of areas; the score is the same or better."""
    rows = table("bolivia-2019", "president", "observer:trep-2019-10-21-1829")
    sheets = bolivia()
    assert set(rows.stations) == set(sheets.station)
    start = process_time()
    (outcome,) = powered([neighbours.run(rows, seed=1, buildings=buildings("bolivia-2019"))])
    assert process_time() - start < 30
    found = {lead.test.stations[0] for lead in surviving([outcome])}
    total = score(np.asarray([name in found for name in sheets.station]), sheets.size)
    assert total.recall(30) >= REFERENCE_RECALL
    assert total.precision >= REFERENCE_PRECISION
    assert row("as shipped, the whole country at once, from the package", total) in PAGE.read_text()
    assert outcome.power is not None
    assert outcome.power.enough
    assert outcome.placebo is not None
    # of figures drawn from the screen's own model no more than one in twenty is at 5 %
    assert outcome.placebo.low <= 0.06 * outcome.placebo.tests
