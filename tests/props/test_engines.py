"""Polars, DuckDB, PySpark and plain integers say the same of the same elections.

``tabulate`` and ``compare`` run unchanged on the first three, through narwhals: everything that they find must be equal, and so must
the report made of it. ``tallyproof_verify``, which shares no code with them, tallies the same package from its files; what it says
must stand in that report, figure by figure. Each test below compares one of the two other engines with Polars and with the verifier.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tallyproof.compare import copies, declared, siblings
from tallyproof.findings.check import Checked
from tallyproof.findings.context import context
from tallyproof.findings.report import report
from tallyproof.tabulate.frames import Frames, frames
from tallyproof.tabulate.tabulation import Tabulation, missing_stations, prepare, stations_rows, tabulate
from tallyproof_verify.reading import Unreadable
from tallyproof_verify.tally import tally
from tests.props.test_verify_core import documents_differ
from tests.support.builders import Built, build, dec, rec
from tests.support.engines import on_duckdb, on_spark, spark_session
from tests.support.strategies import elections

OnEngine = Callable[[Built], Frames]
ALONE: tuple[str, int] = ("officer", 50)
"""The second tabulation of every election: one source's records, and a bound on the turnout at missing stations."""


def results(tables: Frames, built: Built) -> dict[str, Any]:
    """Everything that tabulate and compare find, as plain values, and the report on it."""
    parents = dict(built.election.areas.select("area", "parent").collect().iter_rows())
    prepared = prepare(tables, parents)
    tabulation = tabulate(prepared)
    trust, turnout = ALONE
    alone = tabulate(prepared, trust=trust, turnout=turnout, areas=False)
    totals = declared.declared_totals(tables)
    found = {
        "contests": {name: (one, one.outcome(), one.margin()) for name, one in tabulation.contests.items()},
        "areas": tabulation.areas,
        "alone": alone.contests,
        "stations": stations_rows(tabulation),
        "missing": missing_stations(tabulation),
        "declared": totals,
        "totals": declared.compare_totals(tabulation, totals),
        "station rows": declared.compare_stations(tabulation),
        "sums of rows": declared.compare_rows(tabulation, totals, {}),
        "disputed": copies.disputed_copies(tabulation),
        "pairs": copies.pairs(tabulation),
        "repeated": copies.repeated(tabulation),
        "later missing": copies.later_missing(tabulation),
        "siblings": siblings.compare_siblings(tabulation, threshold=5),
    }
    return {
        **found,
        "report": document(built, tabulation, totals, None, None, found),
        "report, alone": document(built, alone, totals, trust, turnout, found),
    }


def document(
    built: Built, tabulation: Tabulation, totals: Any, trust: str | None, turnout: int | None, found: dict[str, Any]
) -> dict[str, Any]:
    """The report on what an engine found, without findings and views: those are not of tabulate and compare."""
    contexts = {name: context(total.contest, total, totals.get(name)) for name, total in tabulation.contests.items()}
    of_copies = (found["pairs"], found["siblings"], found["disputed"])
    return report(Checked(built.election, tabulation, totals, contexts, {}, *of_copies, (), (), trust, turnout), every_area=True)


def second_opinion_differs(built: Built, ours: dict[str, Any]) -> list[str]:
    """Where the plain integers say otherwise than the reports."""
    differ = []
    with tempfile.TemporaryDirectory() as folder:
        package = built.write(Path(folder))
        for name, asked in (("report", ()), ("report, alone", ALONE)):
            try:
                second = tally(package, *asked)
            except Unreadable:
                # Nobody of that name has a standing record. A package that cannot be read is an error of the election made here.
                assert asked
                assert not any(one.sources for one in ours["alone"].values())
                continue
            for contest in second["contests"]:
                del contest["views"]
            differ += [f"{name}: {one}" for one in documents_differ(second, ours[name])]
    return differ


def same(built: Built, on_engine: OnEngine) -> None:
    """Polars, the engine and the plain integers agree."""
    ours = results(frames(built.election), built)
    assert second_opinion_differs(built, ours) == []
    theirs = results(on_engine(built), built)
    for what, value in ours.items():
        assert theirs[what] == value, what


ELECTIONS = {
    "everything at once": build(
        candidates={"NA-1": "A B C", "PS-1": "X Y"},
        stations={"S1": 500, "S2": None, "S3": 100},
        records=[
            rec("S1", "officer", 10, 20, 0, valid=30, rejected=1, in_box=31),
            rec("S1", "agent:X", A=10, B=21, C=None, valid=31),
            rec("S1", "officer", X=200, Y=1, in_box=201, contest="PS-1", key="ps"),
            rec("S2", "officer", A=4, B=0),
            rec("S2", "agent:X", A=4, B=0),
            rec("S2", "officer", A=5, B=1, C=0, act="recount", supersedes="NA-1/S2/officer"),
            rec("S4", "commission", 7, 7, 7, key="one"),
            rec("S4", "commission", 7, 7, 7, key="two"),
        ],
        declared=[
            dec(A=15, B=20),
            dec(station="S1", A=9, B=20),
            dec(station="S2", A=5),
            dec(station="S9", A=1),
            dec("provisional", version=2, area="D1", A=4),
        ],
        areas={"P": "", "D1": "P"},
        area_of={"S1": "D1"},
    ),
    # Where no station has two records, nothing is superseded or nobody has a rival, other branches run.
    "one record a station, one candidate": build(
        "A",
        stations={"S1": 50, "S2": 60},
        records=[rec("S1", "officer", 10, valid=10, in_box=11), rec("S2", "agent:X", 1, valid=3, in_box=4)],
        declared=[dec(A=11, valid=33), dec(station="S1", A=10), dec(station="S2", A=2)],
        areas={"D1": ""},
        area_of={"S1": "D1", "S2": "D1"},
    ),
    "no record": build(stations={"S1": 50}, declared={"A": 3}),
}


@pytest.fixture(scope="module")
def duckdb() -> OnEngine:
    module = pytest.importorskip("duckdb", reason="DuckDB is not installed (extra [spark])")
    return lambda built: on_duckdb(built.election, module.connect())


@pytest.fixture(scope="module")
def pyspark() -> Iterator[OnEngine]:
    sessions = spark_session()
    session = next(sessions)
    yield lambda built: on_spark(built.election, session)
    sessions.close()


@pytest.mark.parametrize("election", ELECTIONS)
def test_polars_duckdb_and_plain_integers_agree(election: str, duckdb: OnEngine) -> None:
    same(ELECTIONS[election], duckdb)


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.parametrize("election", ELECTIONS)
def test_polars_pyspark_and_plain_integers_agree(election: str, pyspark: OnEngine) -> None:
    same(ELECTIONS[election], pyspark)


@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow])
@given(built=elections(max_contests=2, max_candidates=3, max_stations=4))
def test_polars_duckdb_and_plain_integers_agree_on_any_election(built: Built, duckdb: OnEngine) -> None:
    same(built, duckdb)


# An election takes Spark ten seconds, so an example is not made smaller: that takes hundreds. Two records at least, or nothing is tried.
@pytest.mark.spark
@pytest.mark.slow
@settings(max_examples=2, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))
@given(built=elections(max_contests=2, max_candidates=3, max_stations=4).filter(lambda built: len(built.tables["records"]) > 1))
def test_polars_pyspark_and_plain_integers_agree_on_any_election(built: Built, pyspark: OnEngine) -> None:
    same(built, pyspark)


def test_the_comparison_can_fail(duckdb: OnEngine) -> None:
    """An engine that adds otherwise, and a report that says otherwise, are noticed."""
    one = ELECTIONS["one record a station, one candidate"]
    other = build("A", stations={"S1": 50}, records=[rec("S1", "officer", 10)])
    with pytest.raises(AssertionError, match="contests"):
        same(one, lambda _: duckdb(other))
    ours = results(frames(one.election), one)
    ours["report"]["contests"][0]["totals"][0]["min"] += 1
    assert second_opinion_differs(one, ours) == ["report: contests.NA-1.totals[0].min: verifier 11, core 12"]
