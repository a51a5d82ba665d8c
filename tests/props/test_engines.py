"""tabulate and compare on DuckDB and PySpark: the same code through narwhals, the same results as on Polars.

The plain-int second opinion is compared in ``test_verify_core``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tallyproof.compare import copies, declared, siblings
from tallyproof.tabulate.frames import Frames, frames
from tallyproof.tabulate.tabulation import prepare, stations_rows, tabulate
from tests.support.builders import Built, build, dec, rec
from tests.support.engines import on_duckdb, on_spark, spark_session
from tests.support.strategies import elections

duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed (extra [spark])")


def results(tables: Frames, parents: dict[str, str | None]) -> dict[str, Any]:
    """Everything that tabulate and compare find, as plain values."""
    prepared = prepare(tables, parents)
    tabulation = tabulate(prepared)
    totals = declared.declared_totals(tables)
    trusted = tabulate(prepared, trust="officer", turnout=50, areas=False)
    return {
        "contests": {name: (one, one.outcome(), one.margin()) for name, one in tabulation.contests.items()},
        "areas": tabulation.areas,
        "trusted": trusted.contests,
        "stations": stations_rows(tabulation),
        "totals": declared.compare_totals(tabulation, totals),
        "station rows": declared.compare_stations(tabulation),
        "sums of rows": declared.compare_rows(tabulation, totals, {}),
        "disputed": copies.disputed_copies(tabulation),
        "pairs": copies.pairs(tabulation),
        "repeated": copies.repeated(tabulation),
        "later missing": copies.later_missing(tabulation),
        "siblings": siblings.compare_siblings(tabulation, threshold=5),
    }


def parents_of(built: Built) -> dict[str, str | None]:
    return dict(built.election.areas.select("area", "parent").collect().iter_rows())


def same(theirs: Frames, built: Built) -> None:
    ours = results(frames(built.election), parents_of(built))
    found = results(theirs, parents_of(built))
    for what, value in ours.items():
        assert found[what] == value, what


WORKED = build(
    candidates={"NA-1": "A B C", "PS-1": "X Y"},
    stations={"S1": 500, "S2": None, "S3": 100},
    records=[
        rec("S1", "officer", 10, 20, 0, valid=30, rejected=1, in_box=31),
        rec("S1", "agent:X", A=10, B=21, C=None, valid=31),
        rec("S1", "officer", X=200, Y=1, in_box=201, contest="PS-1", key="ps"),
        rec("S2", "officer", A=4, B=0),
        rec("S2", "agent:X", A=4, B=0),
        rec("S2", "officer", A=5, B=1, C=0, act="recount", supersedes="S2/officer"),
        rec("S4", "commission", 7, 7, 7, key="one"),
        rec("S4", "commission", 7, 7, 7, key="two"),
    ],
    declared=[dec(A=15, B=20), dec(station="S1", A=9, B=20), dec(station="S2", A=5), dec("provisional", version=2, area="D1", A=4)],
    areas={"P": "", "D1": "P"},
    area_of={"S1": "D1"},
)


def test_duckdb_on_a_worked_example() -> None:
    same(on_duckdb(WORKED.election, duckdb.connect()), WORKED)


@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow])
@given(elections(max_contests=2, max_candidates=3, max_stations=4))
def test_duckdb_on_any_election(built: Built) -> None:
    same(on_duckdb(built.election, duckdb.connect()), built)


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    yield from spark_session()


@pytest.mark.spark
@pytest.mark.skipif(
    "TALLYPROOF_SPARK" not in os.environ, reason="takes many minutes; TALLYPROOF_SPARK=1 runs tabulate and compare on PySpark"
)
def test_pyspark_on_a_worked_example(spark: Any) -> None:
    same(on_spark(WORKED.election, spark), WORKED)
