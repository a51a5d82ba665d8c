"""Laws of the screens: the order of stations and the names of candidates decide nothing; a station that fits accuses nobody."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from tallyproof.screens import invalid, neighbours, similar
from tallyproof.screens.frame import Outcome
from tallyproof.screens.places import building, groups
from tallyproof.screens.table import Table
from tests.support.nulls import injected, made
from tests.support.nulltables import buildings, outcomes, table
from tests.support.screen_power import ELECTIONS, SCREENS, false_leads


def told(outcome: Outcome) -> list[tuple[object, ...]]:
    return sorted((test.p, test.item, test.area, test.stations, test.votes) for test in outcome.tests)


def renamed(rows: Table, order: np.ndarray) -> Table:
    """Candidates in another order of the ballot."""
    return replace(rows, candidates=tuple(rows.candidates[at] for at in order), votes=rows.votes[:, order])


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_the_order_of_candidates_decides_nothing(seed: int, random: object) -> None:
    election = injected(made(seed, stations=80, areas=3), "moved", seed)
    rows, near = table(election), buildings(election)
    order = np.random.default_rng(seed).permutation(len(rows.candidates))
    for run in (neighbours.run, invalid.run, similar.run):
        one, two = run(rows, seed=1, buildings=near), run(renamed(rows, order), seed=1, buildings=near)
        if run is similar.run:
            # the chain of chances of a sheet that repeats is in the order of the ballot
            one, two = (replace(each, tests=tuple(test for test in each.tests if test.item != "sheet")) for each in (one, two))
        assert [(t.item, t.stations, t.votes) for t in sorted(one.tests, key=lambda t: (t.stations, t.area, t.item, t.p))] == [
            (t.item, t.stations, t.votes) for t in sorted(two.tests, key=lambda t: (t.stations, t.area, t.item, t.p))
        ]
        np.testing.assert_allclose([each[0] for each in told(one)], [each[0] for each in told(two)], rtol=1e-9)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000))
def test_the_order_of_rows_decides_nothing(seed: int) -> None:
    """``table.tables`` sorts; and were rows in another order, p-values would differ in the last digits only."""
    election = injected(made(seed, stations=80, areas=3), "stuffed", seed)
    rows, near = table(election), buildings(election)
    order = np.random.default_rng(seed).permutation(len(rows.stations))
    mixed = Table(
        rows.contest,
        tuple(rows.stations[at] for at in order),
        rows.candidates,
        rows.votes[order],
        {name: figures[order] for name, figures in rows.boxes.items()},
        tuple(tuple(level[at] for at in order) for level in rows.areas),
        rows.arrived[order],
    )
    one, two = (neighbours.run(each, seed=1, buildings=near) for each in (rows, mixed))
    by_station = {test.stations: test for test in two.tests}
    for test in one.tests:
        assert by_station[test.stations].p == pytest.approx(test.p, rel=1e-6)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000))
def test_a_station_that_fits_is_no_lead_and_makes_none(seed: int) -> None:
    election = made(seed, stations=120, areas=4)
    rows, near = table(election), buildings(election)
    before = neighbours.run(rows, seed=1, buildings=near)
    first = rows.only(np.arange(len(rows.stations)) == 0)
    share = (
        rows.votes[election.building == election.building[0]].sum(axis=0)
        / election.registered[election.building == election.building[0]].sum()
    )
    votes = np.round(share * 1000).astype(np.int64)[None, :]
    boxes = {
        name: np.append(figures, {"registered": 1000, "in_box": votes.sum(), "valid": votes.sum(), "rejected": 0}[name])
        for name, figures in rows.boxes.items()
    }
    more = Table(
        rows.contest,
        (*rows.stations, "zzz"),
        rows.candidates,
        np.concatenate([rows.votes, votes]),
        boxes,
        tuple((*level, added[0]) for level, added in zip(rows.areas, first.areas, strict=True)),
        np.append(rows.arrived, -1),
    )
    after = neighbours.run(more, seed=1, buildings={**near, "zzz": near[rows.stations[0]]})
    assert next(test for test in after.tests if test.stations == ("zzz",)).p > 0.05
    # what one more neighbour changes for the others is little
    low = {test.stations for test in before.tests if test.p < 1e-4}
    assert {test.stations for test in after.tests if test.p < 1e-6} <= low


def test_same_input_same_outcome() -> None:
    election = injected(made(5, stations=100, areas=4), "copied", 5)
    assert [told(each) for each in outcomes(election)] == [told(each) for each in outcomes(election)]
    assert [each.placebo for each in outcomes(election, 3)] == [each.placebo for each in outcomes(election, 3)]


@pytest.mark.slow
def test_false_leads_are_at_most_nominal() -> None:
    """Elections with heterogeneity and clusters and nothing done: at most what 5 % of them allow, by the binomial at 99.9 %."""
    allowed = int(binom.ppf(0.999, ELECTIONS, 0.05))
    for code in (*SCREENS, "all"):
        assert false_leads()[code] <= allowed, code


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Govt. High School (Male)-II", "Govt. High School (Female) - 1"),
        ("Escuela Jatun Mayu", "Escuela  Jatun Mayu 2"),
        ("GOVT GIRLS SCHOOL No. 3", "Govt Girls School"),
    ],
)
def test_stations_of_one_building(one: str, two: str) -> None:
    assert building(one) == building(two) != ""


def test_levels_that_split_nothing_are_left_out() -> None:
    election = made(1, stations=60, areas=3)
    assert [int(level.max()) + 1 for level in groups(table(election))] == [len(set(election.area.tolist()))]
    assert len(groups(table(election), buildings(election))) == 2
