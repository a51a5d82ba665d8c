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
    of_source = [_where(sheets["source"] == source) for source in sources]
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


def _where(mask: pl.Series) -> pl.Series:
    return pl.int_range(0, mask.len(), dtype=INDEX, eager=True).filter(mask)


def extremes(aligned: Aligned, figures: Sequence[str], low: Sequence[str], high: Sequence[str]) -> pl.DataFrame:
    """By station, beside its key: copies, registered, room, disputed, and the lowest and the highest of each of ``figures``.

    ``registered`` and ``room`` are the largest that a copy has; ``room`` is null where a copy has none.
    """
    beside: dict[str, pl.Series] = {}
    places = range(len(aligned.rows))
    for name in ("registered", "room", *figures):
        for place, column in enumerate(aligned.columns(name)):
            beside[f"{name}.{place}"] = column
    instances = _instances(aligned.sheets)
    if instances is not None:
        for place, rows in enumerate(aligned.rows):
            beside[f"instance.{place}"] = _taken(instances, rows)
    for place, rows in enumerate(aligned.rows):
        beside[f"row.{place}"] = rows

    def every(name: str) -> list[str]:
        return [f"{name}.{place}" for place in places]

    no_room = pl.any_horizontal(pl.col(f"room.{place}").is_null() & pl.col(f"row.{place}").is_not_null() for place in places)
    differ = [pl.col(one) != pl.col(other) for one, other in zip(low, high, strict=True)]
    if instances is not None:
        differ.append(pl.min_horizontal(every("instance")) != pl.max_horizontal(every("instance")))
    return (
        aligned.stations.hstack(list(pl.DataFrame(beside).iter_columns()))
        .lazy()
        .with_columns(
            *(pl.min_horizontal(every(name)).alias(one) for name, one in zip(figures, low, strict=True)),
            *(pl.max_horizontal(every(name)).alias(other) for name, other in zip(figures, high, strict=True)),
        )
        .select(
            *aligned.stations.columns,
            pl.sum_horizontal(pl.col(f"row.{place}").is_not_null().cast(pl.Int64) for place in places).alias("copies"),
            pl.max_horizontal(every("registered")).alias("registered"),
            pl.when(~no_room).then(pl.max_horizontal(every("room"))).alias("room"),
            pl.any_horizontal(one.fill_null(False) for one in differ).alias("disputed"),
            *low,
            *high,
        )
        .collect(engine="in-memory")
    )


def _instances(sheets: pl.DataFrame) -> pl.Series | None:
    """A number for the act and version of each sheet, the same for the same; None if all are of one."""
    act, version = sheets["act"], sheets["version"]
    if not len(act) or bool((act == act[0]).all() and (version == version[0]).all()):
        return None
    named = pl.concat_str(pl.col("act"), pl.col("version").cast(pl.String), separator="/")
    return sheets.select(named.rank("dense")).to_series()
