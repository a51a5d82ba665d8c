"""What the screens of single stations say of NA-122 and NA-128: every lead by its station, as the page has it."""

from __future__ import annotations

import polars as pl

from tallyproof.screens import neighbours, siblings
from tallyproof.screens.frame import Outcome, Reason, leads, powered
from tests.support.real_tables import buildings, election, table


def provincial(name: str) -> dict[str, int]:
    rows = election(name).records.filter(pl.col("contest") == "provincial").select("station", "in_box").collect()
    return {station: ballots for station, ballots in rows.iter_rows() if ballots is not None}


def asked(name: str, contest: str) -> tuple[Outcome, ...]:
    rows, near = table(name, contest, "commission"), buildings(name)
    return powered([neighbours.run(rows, seed=1, buildings=near), siblings.run(rows, provincial(name), seed=1, buildings=near)])


def stations(outcome: Outcome) -> set[str]:
    return {station for lead in leads([outcome]) for station in lead.test.stations}


def test_na_122_every_lead_is_named() -> None:
    near, sibling = asked("pakistan-2024-na122", "NA-122")
    assert stations(near) == {"37", "14"}
    assert stations(sibling) == {"261", "5", "41", "134"}
    # all together they do not touch the margin
    found = leads([near, sibling])
    assert sum(abs(lead.test.votes) for lead in found) < 2_000
    assert table("pakistan-2024-na122", "NA-122", "commission").margin == 40_253


def test_na_128_differences_at_most_stations_are_no_outliers() -> None:
    near, sibling = asked("pakistan-2024-na128", "NA-128")
    assert stations(near) == {"221", "227", "433", "400", "373", "163", "145"}
    assert near.reason == sibling.reason == Reason.NO_POWER
    assert stations(sibling) == set()
    # but within buildings the difference goes with the declared winner's share
    (lead,) = leads([sibling])
    assert (lead.test.item, lead.test.figures["correlation"], lead.test.figures["groups"]) == ("leader", 736, 113)
