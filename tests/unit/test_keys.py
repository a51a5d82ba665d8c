"""Cheap questions about key columns: every shortcut answers as the plain way does."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallyproof.model import keys
from tallyproof.model.keys import has_no_repeats, is_ascending, places, run_starts, run_values

KEY = st.none() | st.sampled_from(["", "a", "b", "bb", "c", "ف", "a key that is longer than twelve bytes"])
ROW = st.tuples(KEY, st.sampled_from(["x", "y"]))


def series(values: list[str | None]) -> pl.Series:
    return pl.Series("key", values, dtype=pl.String)


def table(rows: list[tuple[str | None, str]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"key": pl.String, "other": pl.String}, orient="row")


@pytest.fixture(autouse=True)
def no_table_is_small() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "_SMALL", 0)
        patch.setattr(keys, "_SEGMENTS", 2)
        yield


@pytest.mark.parametrize(
    "values, expected",
    [([], True), (["a"], True), (["a", "b"], True), (["a", "a"], False), (["b", "a"], False), ([None], False), (["a", None, "b"], False)],
)
def test_is_ascending(values: list[str | None], expected: bool) -> None:
    assert is_ascending(series(values)) is expected


@given(st.lists(KEY))
def test_runs_have_every_value(values: list[str | None]) -> None:
    assert set(run_values(series(values))) == set(values)
    starts = run_starts(series(values)).to_list()
    assert starts == [at for at in range(len(values)) if at == 0 or values[at] != values[at - 1]]


@given(st.lists(ROW, max_size=8))
def test_has_no_repeats(rows: list[tuple[str | None, str]]) -> None:
    assert has_no_repeats(table(rows)) is (len(set(rows)) == len(rows))


@settings(deadline=None)
@given(st.data())
def test_places_equal_a_dictionary(data: st.DataObject) -> None:
    offered = data.draw(st.lists(ROW, unique=True, max_size=8))
    shape = data.draw(st.sampled_from(["any", "sorted by key", "one key each"]))
    if shape != "any":
        offered = sorted((row for row in offered if row[0] is not None), key=lambda row: (row[0] or "", row[1]))
    if shape == "one key each":
        offered = list({row[0]: row for row in offered}.values())
    few = st.lists(st.sampled_from(offered) if offered else ROW, max_size=6) | st.lists(ROW, max_size=6) | st.just(offered)
    asked = [row for part in data.draw(st.lists(few, max_size=4)) for row in part]
    if data.draw(st.booleans()):
        asked = [row for row in asked for _ in range(3)]
    where = {row: at for at, row in enumerate(offered) if row[0] is not None}
    assert places(table(asked), table(offered)).to_list() == [where.get(row) for row in asked]
