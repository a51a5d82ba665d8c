"""The tables that tabulation needs, on any engine that narwhals speaks: Polars, DuckDB, PySpark.

Only this module knows that engines differ: ``settle`` keeps a step in memory where that is cheap, ``rows`` brings a
*small* result into Python.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import narwhals as nw
import polars as pl

from tallyproof.model.election import Election

Frame = nw.LazyFrame[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """The tables of one package on one engine.

    ``candidates`` has an extra column ``position`` (Int64, from 1, order on the ballot within the contest): a table of
    another engine has no order of its own. ``votes`` needs only record, candidate, votes.
    """

    contests: Frame
    candidates: Frame
    stations: Frame
    station_contests: Frame
    records: Frame
    votes: Frame
    declared: Frame
    wide: Frame | None = None
    """The votes of all records, a row a record, if they are at hand (``Election.wide``)."""

    def only_contests(self, contests: list[str]) -> Frames:
        """The same tables, limited to some contests (votes are limited through their records later)."""
        wanted = nw.col("contest").is_in(contests)
        return replace(
            self,
            contests=self.contests.filter(wanted),
            candidates=self.candidates.filter(wanted),
            station_contests=self.station_contests.filter(wanted),
            records=self.records.filter(wanted),
            declared=self.declared.filter(wanted),
        )


def positions(candidates: pl.LazyFrame) -> pl.LazyFrame:
    """The candidates with their ``position`` on the ballot of their contest, from 1, in row order."""
    return candidates.with_columns(position=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("contest"))


def frames(election: Election) -> Frames:
    """The tables of a package on Polars."""
    return Frames(
        contests=nw.from_native(election.contests),
        candidates=nw.from_native(positions(election.candidates)),
        stations=nw.from_native(election.stations),
        station_contests=nw.from_native(election.station_contests),
        records=nw.from_native(election.records),
        votes=nw.from_native(election.votes),
        declared=nw.from_native(election.declared),
        wide=None if election.wide is None else nw.from_native(election.wide.lazy()),
    )


_settled = count()


def settle(frame: Frame) -> Frame:
    """The same frame, computed once: in memory on Polars, as a temporary table on DuckDB, as a checkpoint on PySpark.

    Later steps use it several times; without this an engine that is lazy to the end would compute every step anew each time.
    """
    native: Any = nw.to_native(frame)
    settled: Any = native
    if frame.implementation.is_polars():
        settled = native.collect().lazy()
    elif frame.implementation.is_duckdb():
        name = f"tallyproof_settled_{next(_settled)}"
        native.create(name)
        settled = native.query("unsettled", f"select * from {name}")  # noqa: S608  # the name is ours
    elif frame.implementation.is_pyspark():
        settled = native.localCheckpoint()
    made: Frame = nw.from_native(settled)
    return made


def rows(frame: Frame) -> list[dict[str, Any]]:
    """A small result as Python rows, in no particular order."""
    return list(frame.collect().rows(named=True))


def height(frame: Frame) -> int:
    """How many rows a frame has."""
    counted = frame.select(nw.len().alias("n"))
    return int(rows(counted)[0]["n"])
