"""Sheets: one row a record, with every figure of the form in a column of its own.

Packages keep votes long (a row a candidate), as data are exchanged. Everything after this module works on sheets: a
check is an expression over columns, a total is a sum of a column, two copies are compared cell by cell.
"""

from __future__ import annotations

from functools import cache

import narwhals as nw
import polars as pl

from tallyproof.model.boxes import BOX_NAMES
from tallyproof.model.reshape import wide_votes
from tallyproof.tabulate.frames import Frame, Frames, rows, settle
from tallyproof.tabulate.lookup import look_up

IDENTITY = ("record", "contest", "station", "source", "act", "version", "supersedes")


@cache
def vote_columns(width: int) -> tuple[str, ...]:
    """``('v1', …, 'vK')``: candidate *i* of the contest's ballot is column ``vi``."""
    return tuple(f"v{position}" for position in range(1, width + 1))


def ballot_width(tables: Frames) -> int:
    """The longest ballot of the package; 1 if there is no candidate."""
    longest = rows(tables.candidates.select(nw.col("position").max()))[0]["position"]
    return int(longest or 1)


def _wide(tables: Frames, width: int) -> Frame:
    """Votes from long to wide on any engine: one pass, one group a record."""
    columns = vote_columns(width)
    contest_of = tables.records.select("record", "contest")
    ballot = tables.candidates.select("contest", "candidate", "position")
    placed = tables.votes.select("record", "candidate", "votes").join(contest_of, on="record", how="inner")
    placed = placed.join(ballot, on=["contest", "candidate"], how="inner")
    cells = [nw.when(nw.col("position") == position).then(nw.col("votes")).alias(name) for position, name in enumerate(columns, start=1)]
    wide = placed.with_columns(*cells).group_by("record").agg(*(nw.col(name).max() for name in columns))
    return tables.records.select("record").join(wide, on="record", how="left")


def _read(columns: tuple[str, ...]) -> list[nw.Expr]:
    read = [nw.when(nw.col(name).is_null()).then(nw.lit(0)).otherwise(nw.lit(1)).cast(nw.Int64) for name in columns]
    return [
        nw.sum_horizontal(*read).cast(nw.Int64).alias("votes_read"),
        nw.sum_horizontal(*(nw.col(name).fill_null(0) for name in columns)).cast(nw.Int64).alias("votes_sum"),
    ]


def sheets(tables: Frames) -> Frame:
    """One row a record: identity, the boxes, ``v1``…``vK``, ``n_candidates``, ``votes_read``, ``votes_sum``, ``roll``.

    All figures Int64, null where unread. ``roll``: registered voters of the station for the contest
    (``station_contests.registered``, else what the record says); null where unknown. ``listed``: true where the table
    ``station_contests`` has the station for the contest, else null.
    """
    width = ballot_width(tables)
    if tables.wide is not None:
        wide = tables.wide
    elif tables.votes.implementation.is_polars():
        wide = nw.from_native(
            wide_votes(
                nw.to_native(tables.votes),
                nw.to_native(tables.records.select("record", "contest")).collect(),
                nw.to_native(tables.candidates.sort("contest", "position").select("contest", "candidate")).collect(),
            ).lazy()
        )
    else:
        wide = _wide(tables, width).with_columns(*_read(vote_columns(width)))
    ballots = tables.candidates.group_by("contest").agg(nw.col("position").max().alias("n_candidates"))
    rolls = tables.station_contests.select("contest", "station", nw.col("registered").alias("roll"), nw.lit(value=True).alias("listed"))
    optional = tables.stations.select("station", "voters")
    joined = tables.records.select(*IDENTITY, *BOX_NAMES, "unread")
    for table, on in ((wide, ["record"]), (ballots, ["contest"]), (rolls, ["contest", "station"]), (optional, ["station"])):
        joined = look_up(joined, table, on)
    joined = joined.with_columns(
        nw.col("act").fill_null("count"),
        nw.col("version").fill_null(1),
        nw.coalesce("roll", "registered").alias("roll"),
        nw.col("n_candidates").fill_null(0),
        nw.col("votes_read").fill_null(0),
        nw.col("votes_sum").fill_null(0),
    )
    return settle(joined)


def polars_sheets(frame: Frame) -> pl.DataFrame:
    """Settled sheets as a Polars table, for code that looks at single records."""
    native: pl.LazyFrame = nw.to_native(frame)
    return native.collect()
