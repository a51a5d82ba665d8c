"""Copies side by side say what a grouping by station says, in whatever order the sources list their stations."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallyproof.tabulate import stations
from tallyproof.tabulate.aligned import align
from tallyproof.tabulate.frames import Frame, rows
from tallyproof.tabulate.stations import KEY

FIGURES = ["v1", "v2", "in_box"]
SCHEMA = dict.fromkeys((*KEY, "source", "act"), pl.String) | dict.fromkeys(("version", "registered", "room", *FIGURES), pl.Int64)
COUNT = st.none() | st.integers(0, 2)
SHEET = st.fixed_dictionaries(
    {
        "contest": st.sampled_from(["a", "b"]),
        "station": st.sampled_from(["1", "2", "3"]),
        "source": st.sampled_from(["officer", "agent:X", "observer:Y"]),
        "act": st.sampled_from(["count", "count", "recount"]),
        "version": st.integers(1, 2),
        **dict.fromkeys(("registered", "room", *FIGURES), COUNT),
    }
)


def live(sheets: list[dict[str, Any]]) -> Frame:
    made: Frame = nw.from_native(pl.DataFrame(sheets, schema=SCHEMA).lazy())
    return made


def said(sheets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = rows(stations._said(live(sheets), FIGURES, unique=False))
    return sorted(found, key=lambda row: (row["contest"], row["station"]))


@settings(deadline=None)
@given(st.lists(SHEET, max_size=14, unique_by=lambda one: (one["contest"], one["station"], one["source"])))
def test_the_same_as_grouped(sheets: list[dict[str, Any]]) -> None:
    aligned = said(sheets)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stations, "align", lambda live, key: None)
        grouped = said(sheets)
    assert aligned == [{name: row[name] for name in aligned[0]} for row in grouped] if aligned else not grouped


def test_every_sheet_of_sources_that_list_the_same_stations_is_found_in_place() -> None:
    sheet = {"contest": "a", "act": "count", "version": 1, "registered": 9, "room": 0, "v1": 1, "v2": 2, "in_box": 3}
    both = [sheet | {"station": station, "source": source} for source in ("officer", "agent:X") for station in ("1", "2", "3")]
    aligned = align(live(both), KEY)
    assert aligned is not None
    assert [found.to_list() for found in aligned.rows] == [[3, 4, 5], [0, 1, 2]]


def test_two_sheets_of_one_source_are_not_put_side_by_side() -> None:
    sheet = {"contest": "a", "station": "1", "act": "count", "version": 1, "registered": 9, "room": 0, "v1": 1, "v2": 2, "in_box": 3}
    assert align(live([sheet | {"source": source} for source in ("officer", "officer", "agent:X")]), KEY) is None
