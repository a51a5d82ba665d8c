"""The rows of one input as pieces of the package's tables: whole columns at a time, never row by row."""

from __future__ import annotations

from pathlib import PurePath

import polars as pl

from tallyproof.formats.mapping_cells import Cells
from tallyproof.formats.mapping_model import Declares, Input, Names
from tallyproof.formats.mapping_pieces import CONTROL, MAX_KEY, Pieces, Rows, checked, optional, versions
from tallyproof.formats.mapping_records import read_records
from tallyproof.model.words import Stage


def read_rows(pieces: Pieces, one: Input, cells: Cells) -> None:
    """Read one file of one input into ``pieces``; problems and skipped rows go to the notes."""
    cells.skip(one.skip)
    if one.names is not None:
        pieces.names.append(_names(one.names, cells))
        return
    station = _stations(pieces, one, cells)
    rows = Rows(pieces, one, cells, station, _areas(pieces, one, cells))
    if one.station is not None:
        frame = pl.DataFrame(
            {
                "station": station,
                "name": optional(cells, one.station_name),
                "name_ur": optional(cells, one.station_name_ur),
                "area": rows.area,
                "voters": optional(cells, one.voters),
            }
        )
        pieces.stations.append((one, frame.with_columns(file=pl.lit(cells.table.file))))
    # What the mapping names elsewhere is not a candidate: ``rest`` is read last.
    for block in sorted(one.records, key=lambda block: block.rest is not None):
        read_records(rows, block)
    for declares in one.declared:
        _declared(rows, declares)


def _stations(pieces: Pieces, one: Input, cells: Cells) -> pl.Series:
    if one.station is None:
        if one.records or any(block.of == "station" for block in one.declared):
            cells.notes.problem(cells.table.file, "no-station-key", f"the input {one.slot!r} has no station", "add station = ... to it")
        return pl.Series([""] * cells.height, dtype=pl.String)
    station = cells.text(one.station).replace(pieces.mapping.aliases.stations)
    empty = station == ""
    if empty.any():
        if one.missing_station == "skip":
            cells.drop(empty, "no station key: the row cannot be tied to a station")
            station = station.filter(~empty)
        elif one.missing_station == "row":
            # The figures are somebody's station; only its number is unknown. The row's place keeps it apart.
            stem = PurePath(cells.table.file).stem
            own = pl.Series([f"{stem} row {line}" for line in cells.lines], dtype=pl.String)
            station = station.zip_with(~empty, own)
            cells.notes.log.append(
                f"{cells.table.file}: {int(empty.sum())} rows without a station key are stations of their own, named after the row"
            )
        else:
            for line in cells.lines.filter(empty).head(1000):
                cells.notes.problem(
                    cells.table.file,
                    "no-station-key",
                    "the row has no station key",
                    'skip such rows with a reason ([[inputs.skip]]), or say missing_station = "skip" or "row"',
                    row=line,
                )
    bad = (station.str.len_chars() > MAX_KEY) | station.str.contains(CONTROL)
    for line, key in zip(cells.lines.filter(bad).head(1000), station.filter(bad).head(1000), strict=True):
        cells.notes.problem(
            cells.table.file,
            "bad-key",
            f"the station key {key[:60]!r} is longer than {MAX_KEY} characters or has control characters",
            "shorten it in the mapping (regex), or let white space become one space (collapse = true)",
            row=line,
        )
    if one.repeated_stations == "number":
        frame = pl.DataFrame({"s": station}).with_columns(n=pl.int_range(pl.len()).over("s") + 1)
        again = frame.filter(pl.col("n") > 1).height
        if again:
            cells.notes.log.append(
                f"{cells.table.file}: {again} rows repeat a station key and are numbered: the mapping says they are different places"
            )
        numbered = pl.when(pl.col("n") > 1).then(pl.concat_str("s", pl.lit(" #"), pl.col("n").cast(pl.String))).otherwise(pl.col("s"))
        station = frame.select(numbered.alias("s"))["s"]
    return station


def _areas(pieces: Pieces, one: Input, cells: Cells) -> pl.Series:
    area = pl.Series([""] * cells.height, dtype=pl.String)
    aliases = pieces.mapping.aliases.areas
    for level in one.areas:
        name = cells.text(level.name)
        frame = pl.DataFrame({"name": name, "parent": area, "own": cells.text(level.key) if level.key is not None else name})
        path = (
            pl.col("own")
            if level.key is not None
            else pl.when(pl.col("parent") == "").then(pl.col("own")).otherwise(pl.col("parent") + "/" + pl.col("own"))
        )
        frame = frame.with_columns(
            area=pl.when(pl.col("own") == "").then(pl.lit("")).otherwise(path).replace(aliases), level=pl.lit(level.level)
        )
        pieces.areas.append(frame.filter(pl.col("area") != "").select("area", "name", "parent", "level").unique(maintain_order=True))
        # A blank level is left out: the station lies in the last level that has a name.
        area = frame.select(pl.when(pl.col("area") == "").then(pl.col("parent")).otherwise(pl.col("area")).alias("a"))["a"]
    return area


def _names(names: Names, cells: Cells) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "contest": cells.text(names.contest),
            "party": cells.text(names.party),
            "name": cells.text(names.name),
            "name_ur": optional(cells, names.name_ur),
        }
    )


def _declared(rows: Rows, block: Declares) -> None:
    cells = rows.cells
    if block.of == "area" and not rows.one.areas:
        cells.notes.problem(cells.table.file, "no-area", "declared figures of areas need the input's areas", "add [[inputs.areas]]")
        return
    empty = pl.Series([""] * cells.height, dtype=pl.String)
    heads = pl.DataFrame(
        {
            "contest": rows.contest(block.contest),
            "area": rows.area if block.of == "area" else empty,
            "station": rows.station if block.of == "station" else empty,
            "stage": checked(cells, block.stage, "stage", ", ".join(Stage), lambda value: value in set(Stage)),
            "version": versions(cells, block.version),
            "source": cells.text(block.source),
            "at": cells.text(block.at),
            "line": cells.lines,
        }
    ).with_columns(file=pl.lit(cells.table.file))
    if block.of == "area":
        for line in cells.lines.filter(rows.area == "").head(1000):
            cells.notes.problem(cells.table.file, "no-area", "the row names no area", "skip it with a reason", row=line)
    aliases = rows.pieces.mapping.aliases.candidates
    parts: list[tuple[pl.Series, pl.Series]] = []
    for key, figure in block.items.items():
        values, _ = cells.figure(figure, "problem", key)
        parts.append((pl.Series([key] * cells.height, dtype=pl.String), values))
    if block.item is not None and block.value is not None:
        values, _ = cells.figure(block.value, "problem", "value")
        parts.append((cells.text(block.item).replace(aliases), values))
    for item, values in parts:
        frame = heads.with_columns(item.alias("item"), values.alias("value"))
        missing = frame.filter(pl.col("value").is_null()).height
        if missing:
            cells.notes.log.append(
                f"{cells.table.file}: {missing} rows have no declared figure of {item[0] if item.n_unique() == 1 else 'the item'}"
            )
        rows.pieces.declared.append(frame.filter(pl.col("value").is_not_null()))
