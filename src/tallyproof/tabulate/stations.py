"""What the standing copies of each station say (``specs/tabulation-v1.md`` section 2): one row a (contest, station).

Copies are never ranked. Where they differ a station has, for each candidate, the lowest and the highest figure of any
standing copy, and is *disputed*.
"""

from __future__ import annotations

import narwhals as nw

from tallyproof.tabulate.aligned import align, extremes
from tallyproof.tabulate.frames import Frame, Frames, height, settle
from tallyproof.tabulate.lookup import has_no_repeats, look_up
from tallyproof.tabulate.sheets import vote_columns
from tallyproof.tabulate.standing import COMPARED_BOXES, TOTAL_BOXES, has_figure

KEY = ["contest", "station"]


def low(name: str) -> str:
    return f"low_{name}"


def high(name: str) -> str:
    return f"high_{name}"


def _said(live: Frame, columns: list[str], *, unique: bool) -> Frame:
    """Lowest and highest figure of each cell over the live sheets of a station, and whether copies differ."""
    instance = nw.concat_str("act", nw.col("version").cast(nw.String), separator="/")
    if unique:
        # One sheet a station: lowest and highest are the sheet itself; no grouping is needed.
        return live.select(
            *KEY,
            nw.lit(1).cast(nw.Int64).alias("copies"),
            nw.col("registered"),
            nw.col("room"),
            nw.lit(value=False).alias("disputed"),
            *(nw.col(name).alias(low(name)) for name in columns),
            *(nw.col(name).alias(high(name)) for name in columns),
        )
    aligned = align(live, KEY) if live.implementation.is_polars() else None
    if aligned is not None:
        return nw.from_native(extremes(aligned, columns, [*map(low, columns)], [*map(high, columns)]).lazy())
    grouped = (
        live.with_columns(
            instance.alias("instance"),
            nw.when(nw.col("room").is_null()).then(nw.lit(1)).otherwise(nw.lit(0)).alias("no_room"),
        )
        .group_by(*KEY)
        .agg(
            nw.len().cast(nw.Int64).alias("copies"),
            nw.col("registered").max(),
            nw.col("room").max(),
            nw.col("no_room").max(),
            nw.col("instance").min().alias("first_instance"),
            nw.col("instance").max().alias("last_instance"),
            *(nw.col(name).min().alias(low(name)) for name in columns),
            *(nw.col(name).max().alias(high(name)) for name in columns),
        )
    )
    differ = nw.any_horizontal(*(nw.col(low(name)) != nw.col(high(name)) for name in columns), ignore_nulls=True)
    return grouped.with_columns(
        nw.when(nw.col("no_room") == 0).then(nw.col("room")).alias("room"),
        (differ | (nw.col("first_instance") != nw.col("last_instance"))).alias("disputed"),
    ).drop("no_room", "first_instance", "last_instance")


def unlisted_stations(tables: Frames, sheets: Frame) -> Frame:
    """contest, station: stations that have a sheet or a declared row, but are not in ``station_contests``."""
    registers = tables.station_contests.select(*KEY, nw.lit(value=True).alias("listed"))
    declared = look_up(tables.declared.filter(~nw.col("station").is_null()).select(*KEY), registers, KEY)
    every = nw.concat([sheets.select(*KEY, "listed"), declared.select(*KEY, "listed")], how="vertical")
    return settle(every.filter(nw.col("listed").is_null()).select(*KEY).unique())


def is_one_a_station(live: Frame) -> bool:
    """Whether no station has two live sheets."""
    return has_no_repeats(live, KEY)


def stations(tables: Frames, standing: Frame, unlisted: Frame, live: Frame, width: int, *, unique: bool | None = None) -> Frame:
    """One row an expected station of a contest.

    Columns: contest, station, area, roll, copies (0 where missing), missing, disputed, regular, and for each candidate
    column and each box of ``COMPARED_BOXES`` ``low_…`` and ``high_…`` (Int64). Of the candidates ``low`` is null where no live
    sheet reads the figure, and then ``high`` is the room (null: unknown). ``regular``: not disputed, and every
    candidate of the ballot is read. ``standing``: the sheets that stand (of the trusted source), ``live``: those of them
    that have a figure. ``unlisted``: ``unlisted_stations``. ``unique``: ``is_one_a_station``, where it is known.
    """
    votes = vote_columns(width)
    columns = [*votes, *COMPARED_BOXES]
    said = settle(_said(live, columns, unique=is_one_a_station(live) if unique is None else unique))
    registers = tables.station_contests.select(*KEY, nw.col("registered").alias("roll"), nw.lit(value=True).alias("listed"))
    known = look_up(said, registers, KEY).drop("listed")
    # Stations of which nothing is read, listed or not: they are expected all the same.
    is_said = said.select(*KEY, nw.lit(value=True).alias("said"))
    unsaid = look_up(registers.select(*KEY, "roll"), is_said, KEY).filter(nw.col("said").is_null()).select(*KEY, "roll")
    silent = look_up(unlisted, is_said, KEY).filter(nw.col("said").is_null()).select(*KEY)
    nobody = nw.lit(None).cast(nw.Int64)
    extra = nw.concat([unsaid, silent.with_columns(nobody.alias("roll"))], how="vertical")
    if height(extra):
        schema = known.collect_schema()
        blank = [nw.lit(None).cast(dtype).alias(name) for name, dtype in schema.items() if name not in (*KEY, "roll")]
        known = nw.concat([known, extra.with_columns(*blank).select(*schema.names())], how="vertical")
    # A copy without a single figure can still state the register.
    blanks = standing.filter(~has_figure(), ~nw.col("registered").is_null())
    stated = blanks.group_by(*KEY).agg(nw.col("registered").max().alias("stated"))
    ballots = tables.candidates.group_by("contest").agg(nw.col("position").max().alias("n_candidates"))
    unread = [
        nw.when((nw.col("n_candidates") >= position) & nw.col(low(name)).is_null()).then(nw.lit(1)).otherwise(nw.lit(0))
        for position, name in enumerate(votes, start=1)
    ]
    for table, on in ((ballots, ["contest"]), (stated, KEY), (tables.stations.select("station", "area"), ["station"])):
        known = look_up(known, table, on)
    every = (
        known.with_columns(
            nw.coalesce("roll", nw.max_horizontal("registered", "stated")).alias("roll"),
            nw.col("copies").fill_null(0),
            nw.col("disputed").fill_null(value=False),
            nw.col("copies").is_null().alias("missing"),
            *(nw.coalesce(high(name), "room").alias(high(name)) for name in votes),
            nw.sum_horizontal(*unread).alias("cells_unread"),
        )
        .with_columns((~nw.col("missing") & ~nw.col("disputed") & (nw.col("cells_unread") == 0)).alias("regular"))
        .drop("cells_unread", "registered", "stated", "room", "n_candidates")
    )
    return settle(every)


__all__ = ["COMPARED_BOXES", "TOTAL_BOXES", "high", "is_one_a_station", "low", "stations"]
