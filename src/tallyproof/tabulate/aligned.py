"""Copies of one station side by side, on Polars: what a grouping by station would find, without hashing every sheet.

Sources list their stations in one order as a rule. Then their columns lie beside each other as they are, and the lowest and
highest figure of a station is found cell by cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import narwhals as nw
import polars as pl

from tallyproof.model import keys
from tallyproof.model.keys import INDEX
from tallyproof.tabulate.frames import Frame

SOURCES = 8
"""With more sources than this most cells beside each other would be empty."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """The stations of some sheets, each once, and where each source's sheet of them is."""

    sheets: pl.DataFrame
    stations: pl.DataFrame
    """The columns of the key."""
    rows: tuple[pl.Series, ...]
    """By source: the row of ``sheets`` for each of ``stations``, null where the source has none. No sheet is left out."""

    def columns(self, name: str) -> list[pl.Series]:
        """A column of the sheets, source after source, in the order of ``stations``."""
        return [_taken(self.sheets[name], rows) for rows in self.rows]


def _taken(column: pl.Series, rows: pl.Series) -> pl.Series:
    first, last = (rows[0], rows[-1]) if len(rows) else (None, None)
    # Rows ascend where a source is a stretch of the sheets: ends as far apart as there are rows leave no gap.
    if first is not None and last is not None and last - first == len(rows) - 1 and keys.is_ascending(rows):
        return column.slice(first, len(rows))
    return column.gather(rows)


def align(live: Frame, key: Sequence[str]) -> Aligned | None:
    """The sheets by station; None if a source has two of one station, or there are many sources."""
    native: pl.LazyFrame = nw.to_native(live)
    sheets = native.collect()
    sources = keys.run_values(sheets["source"]).unique().sort()
    if not 1 < len(sources) <= SOURCES:
        return None
    of_source = [(sheets["source"] == source).arg_true().cast(INDEX) for source in sources]
    parts = [pl.DataFrame([_taken(sheets[name], rows) for name in key]) for rows in of_source]
    if not all(keys.has_no_repeats(part) for part in parts):
        return None
    stations = max(parts, key=lambda part: part.height)
    for part in parts:
        if part is not stations and not part.equals(stations):
            stations = pl.concat([stations, part.filter(keys.places(part, stations).is_null())])
    found = [
        rows if part.equals(stations) else rows.gather(keys.places(stations, part)) for part, rows in zip(parts, of_source, strict=True)
    ]
    return Aligned(sheets, stations, tuple(found))


def extremes(aligned: Aligned, figures: Sequence[str], low: Sequence[str], high: Sequence[str]) -> pl.DataFrame:
    """By station, beside its key: copies, registered, room, disputed, and the lowest and the highest of each of ``figures``.

    ``registered`` and ``room`` are the largest that a copy has; ``room`` is null where a copy has none.
    """
    places = range(len(aligned.rows))
    beside = {f"{name}.{place}": column for name in ("registered", "room") for place, column in enumerate(aligned.columns(name))}
    beside |= {f"row.{place}": rows for place, rows in enumerate(aligned.rows)}
    same: dict[str, pl.Series] = {}
    ends: list[pl.Expr] = []
    differ: list[pl.Expr] = []
    for name, one, other in zip(figures, low, high, strict=True):
        columns = aligned.columns(name)
        if all(column.equals(columns[0]) for column in columns[1:]):
            same |= {one: columns[0].alias(one), other: columns[0].alias(other)}
            continue
        beside |= {f"{name}.{place}": column for place, column in enumerate(columns)}
        ends += [pl.min_horizontal(_every(name, places)).alias(one), pl.max_horizontal(_every(name, places)).alias(other)]
        differ.append(pl.col(one) != pl.col(other))
    instances = _instances(aligned.sheets)
    if instances is not None:
        beside |= {f"instance.{place}": _taken(instances, rows) for place, rows in enumerate(aligned.rows)}
        differ.append(pl.min_horizontal(_every("instance", places)) != pl.max_horizontal(_every("instance", places)))
    no_room = pl.any_horizontal(pl.col(f"room.{place}").is_null() & pl.col(f"row.{place}").is_not_null() for place in places)
    found = (
        pl.LazyFrame(beside)
        .with_columns(ends)
        .select(
            pl.sum_horizontal(pl.col(f"row.{place}").is_not_null().cast(pl.Int64) for place in places).alias("copies"),
            pl.max_horizontal(_every("registered", places)).alias("registered"),
            pl.when(~no_room).then(pl.max_horizontal(_every("room", places))).alias("room"),
            pl.any_horizontal(pl.lit(False), *(one.fill_null(False) for one in differ)).alias("disputed"),
            *(name for name in (*low, *high) if name not in same),
        )
        .collect(engine="streaming")  # a stretch of rows at a time: memory for intermediate columns is asked for once
    )
    return aligned.stations.hstack([column.rechunk() for column in found.iter_columns()]).hstack(list(same.values()))


def _every(name: str, places: range) -> list[str]:
    return [f"{name}.{place}" for place in places]


def _instances(sheets: pl.DataFrame) -> pl.Series | None:
    """A number for the act and version of each sheet, the same for the same; None if all are of one."""
    act, version = sheets["act"], sheets["version"]
    if not len(act) or bool((act == act[0]).all() and (version == version[0]).all()):
        return None
    named = pl.concat_str(pl.col("act"), pl.col("version").cast(pl.String), separator="/")
    return sheets.select(named.rank("dense")).to_series()
