"""The rows of one input as pieces of the package's tables: whole columns at a time, never row by row."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePath

import polars as pl

from tallyproof.formats.mapping_cells import Cells, Notes, Skipped
from tallyproof.formats.mapping_model import Declares, Input, Mapping, Names, Records, Text, TextFrom
from tallyproof.model.boxes import BOX_NAMES
from tallyproof.model.words import SOURCE, Act, Stage, Unread

_ROLL_BOXES = ("registered", "registered_male", "registered_female")
_ABSENT = (Unread.BLANK.value, Unread.NOT_ON_FORM.value)


@dataclass(slots=True)
class Pieces:
    """Frames collected from all inputs, in the order of the inputs."""

    mapping: Mapping
    notes: Notes
    areas: list[pl.DataFrame] = field(default_factory=list)
    stations: list[tuple[Input, pl.DataFrame]] = field(default_factory=list)
    rolls: list[pl.DataFrame] = field(default_factory=list)
    records: list[pl.DataFrame] = field(default_factory=list)
    votes: list[pl.DataFrame] = field(default_factory=list)
    declared: list[pl.DataFrame] = field(default_factory=list)
    names: list[pl.DataFrame] = field(default_factory=list)


@dataclass(slots=True)
class _Rows:
    """One file's rows while its blocks are read."""

    pieces: Pieces
    one: Input
    cells: Cells
    station: pl.Series
    area: pl.Series

    def contest(self, own: Text | None) -> pl.Series:
        text = own if own is not None else self.one.contest
        if text is None:
            contests = self.pieces.mapping.contests
            if len(contests) != 1:
                self.cells.notes.problem(
                    self.cells.table.file, "no-contest", "the mapping does not say which contest this is", "add contest = ... to the input or the block"
                )
                return pl.Series([""] * self.cells.height, dtype=pl.String)
            text = contests[0].contest
        return self.cells.text(text)


def read_rows(pieces: Pieces, one: Input, cells: Cells) -> None:
    """Read one file of one input into ``pieces``; problems and skipped rows go to the notes."""
    cells.skip(one.skip)
    if one.names is not None:
        pieces.names.append(_names(one.names, cells))
        return
    station = _stations(pieces, one, cells)
    rows = _Rows(pieces, one, cells, station, _areas(pieces, one, cells))
    if one.station is not None:
        frame = pl.DataFrame(
            {
                "station": station,
                "name": _optional(cells, one.station_name),
                "name_ur": _optional(cells, one.station_name_ur),
                "area": rows.area,
                "voters": _optional(cells, one.voters),
            }
        )
        pieces.stations.append((one, frame.with_columns(file=pl.lit(cells.table.file))))
    # What the mapping names elsewhere is not a candidate: ``rest`` is read last.
    for block in sorted(one.records, key=lambda block: block.rest is not None):
        _records(rows, block)
    for declares in one.declared:
        _declared(rows, declares)


def _optional(cells: Cells, text: Text | None) -> pl.Series:
    return cells.text(text) if text is not None else pl.Series([""] * cells.height, dtype=pl.String)


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
            cells.notes.log.append(f"{cells.table.file}: {int(empty.sum())} rows without a station key are stations of their own, named after the row")
        elif not cells.notes.problems:
            for line in cells.lines.filter(empty).head(1000):
                cells.notes.problem(
                    cells.table.file,
                    "no-station-key",
                    "the row has no station key",
                    'skip such rows with a reason ([[inputs.skip]]), or say missing_station = "skip" or "row"',
                    row=line,
                )
    if one.repeated_stations == "number":
        frame = pl.DataFrame({"s": station}).with_columns(n=pl.int_range(pl.len()).over("s") + 1)
        again = frame.filter(pl.col("n") > 1).height
        if again:
            cells.notes.log.append(f"{cells.table.file}: {again} rows repeat a station key and are numbered: the mapping says they are different places")
        numbered = pl.when(pl.col("n") > 1).then(pl.concat_str("s", pl.lit(" #"), pl.col("n").cast(pl.String))).otherwise(pl.col("s"))
        station = frame.select(numbered.alias("s"))["s"]
    return station


def _areas(pieces: Pieces, one: Input, cells: Cells) -> pl.Series:
    area = pl.Series([""] * cells.height, dtype=pl.String)
    aliases = pieces.mapping.aliases.areas
    for level in one.areas:
        name = cells.text(level.name)
        frame = pl.DataFrame({"name": name, "parent": area, "own": cells.text(level.key) if level.key is not None else name})
        path = pl.col("own") if level.key is not None else pl.when(pl.col("parent") == "").then(pl.col("own")).otherwise(pl.col("parent") + "/" + pl.col("own"))
        frame = frame.with_columns(area=pl.when(pl.col("own") == "").then(pl.lit("")).otherwise(path).replace(aliases), level=pl.lit(level.level))
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
            "name_ur": _optional(cells, names.name_ur),
        }
    )


def _checked(cells: Cells, text: Text, what: str, allowed: str, good: object) -> pl.Series:
    column = cells.text(text)
    assert callable(good)
    wrong = [value for value in column.unique().to_list() if not good(value)]
    for value in wrong[:20]:
        line = cells.lines.filter(column == value)[0]
        place = text.column if isinstance(text, TextFrom) else None
        cells.notes.problem(cells.table.file, f"bad-{what}", f"{value!r} is not a {what}", f"use {allowed}", row=line, column=place)
    return column


def _versions(cells: Cells, text: Text) -> pl.Series:
    column = _checked(cells, text, "version", "a whole number from 1", lambda value: value.isdecimal() and int(value) >= 1)
    return column.cast(pl.Int64, strict=False)


def _records(rows: _Rows, block: Records) -> None:
    cells = rows.cells
    heads = pl.DataFrame(
        {
            "row": pl.Series(range(cells.height), dtype=pl.Int64),
            "line": cells.lines,
            "contest": rows.contest(block.contest),
            "station": rows.station,
            "source": _checked(
                cells,
                block.source,
                "source",
                "officer, commission, scan, agent:<party>, observer:<name> or court:<name>",
                lambda value: SOURCE.fullmatch(value) is not None,
            ),
            "act": _checked(cells, block.act, "act", ", ".join(Act), lambda value: value in set(Act)),
            "version": _versions(cells, block.version),
            "received_at": _optional(cells, block.received_at),
            "image_sha256": _optional(cells, block.image_sha256),
        }
    ).with_columns(file=pl.lit(cells.table.file))
    boxes = {name: cells.figure(figure, block.unreadable, name) for name, figure in block.boxes.items()}
    votes = {key: cells.figure(figure, block.unreadable, key) for key, figure in block.votes.items()}
    if block.rest is not None:
        _rest(rows, block, votes, boxes)
    roll = cells.figure(block.roll, "problem", "registered")[0] if block.roll is not None else pl.Series([None] * cells.height, dtype=pl.Int64)
    if cells.notes.problems:
        return
    if block.candidate is not None:
        taken = _long(rows, block, heads, boxes)
    else:
        taken = _wide(rows, block, heads, votes, boxes)
    listed = pl.DataFrame({"row": heads["row"], "station": rows.station, "contest": heads["contest"], "registered": roll, "line": heads["line"], "file": heads["file"]})
    if block.expect == "records":
        listed = listed.join(taken, on="row", how="semi", maintain_order="left")
    rows.pieces.rolls.append(listed.drop("row"))


def _rest(rows: _Rows, block: Records, votes: dict[str, tuple[pl.Series, pl.Series]], boxes: dict[str, tuple[pl.Series, pl.Series]]) -> None:
    assert block.rest is not None
    cells = rows.cells
    aliases = rows.pieces.mapping.aliases.candidates
    for column in cells.table.columns:
        if column in cells.used or column in block.rest.ignore:
            continue
        key = aliases.get(column, column)
        figure = cells.figure(column, block.unreadable, key)
        (boxes if key in BOX_NAMES else votes)[key] = figure


def _keys(block: Records, heads: pl.DataFrame, notes: Notes) -> pl.DataFrame:
    """Add the record's key; a station that is there twice is a problem or, if the mapping keeps it, a record of its own."""
    act = pl.when(pl.col("act") == "count").then(pl.lit("")).otherwise("/" + pl.col("act"))
    version = pl.when(pl.col("version") == 1).then(pl.lit("")).otherwise("/v" + pl.col("version").cast(pl.String))
    heads = heads.with_columns(record=pl.concat_str("contest", pl.lit("/"), "station", pl.lit("/"), "source", act, version))
    again = pl.int_range(pl.len()).over("record") + 1
    heads = heads.with_columns(again=again)
    twice = heads.filter(pl.col("again") > 1)
    if twice.is_empty():
        return heads.drop("again")
    if block.repeated == "keep":
        notes.log.append(f"{twice['file'][0]}: {twice.height} records are there a second time and kept as copies of their own")
        return heads.with_columns(
            record=pl.when(pl.col("again") > 1).then(pl.col("record") + "#" + pl.col("again").cast(pl.String)).otherwise(pl.col("record"))
        ).drop("again")
    first = heads.filter(pl.col("again") == 1).select("record", first="line")
    for station, source, line, before in twice.join(first, on="record").select("station", "source", "line", "first").head(1000).iter_rows():
        notes.problem(
            twice["file"][0],
            "duplicate-key",
            f"the station {station!r} has two rows of {source} (the other in row {before})",
            'widen the station key in the mapping, skip one row with a reason, or say repeated = "keep"',
            row=line,
        )
    return heads.drop("again")


def _wide(
    rows: _Rows,
    block: Records,
    heads: pl.DataFrame,
    votes: dict[str, tuple[pl.Series, pl.Series]],
    boxes: dict[str, tuple[pl.Series, pl.Series]],
) -> pl.DataFrame:
    notes = rows.cells.notes
    constants = {name for name, figure in block.boxes.items() if not isinstance(figure, str) and figure.constant is not None}
    # The register is often printed beside every copy; it does not show that a copy exists.
    own = [figure for key, figure in votes.items()] + [figure for name, figure in boxes.items() if name not in _ROLL_BOXES and name not in constants]
    frame = heads.with_columns(
        *(values.alias(f"v{i}") for i, (values, _) in enumerate(votes.values())),
        *(why.alias(f"w{i}") for i, (_, why) in enumerate(votes.values())),
        *(values.alias(name) for name, (values, _) in boxes.items()),
        *(why.alias(f"why {name}") for name, (_, why) in boxes.items()),
    )
    if own:
        figures = pl.DataFrame([values.alias(f"f{i}") for i, (values, _) in enumerate(own)] + [why.alias(f"r{i}") for i, (_, why) in enumerate(own)])
        empty = figures.select(pl.all_horizontal([pl.col(f"r{i}").is_in(_ABSENT) for i in range(len(own))]).alias("e"))["e"]
        zero = figures.select(
            (pl.all_horizontal([pl.col(f"f{i}").fill_null(0) == 0 for i in range(len(own))])).alias("z"),
        )["z"]
        drop = empty
        if empty.any():
            notes.log.append(f"{rows.cells.table.file}: {int(empty.sum())} rows have no figure of {_who(block)}: no record")
        if block.all_zero == "missing":
            only_zero = zero & ~empty
            drop = drop | only_zero
            notes.skipped += [_skip(rows, line, f"every figure of {_who(block)} is 0: a place kept free, not a count") for line in heads["line"].filter(only_zero)]
        frame = frame.filter(~drop)
    frame = _keys(block, frame, notes)
    rows.pieces.records.append(_box_columns(frame, boxes))
    for i, key in enumerate(votes):
        rows.pieces.votes.append(
            frame.select("record", "contest", candidate=pl.lit(key), votes=pl.col(f"v{i}"), unread=pl.col(f"w{i}"), line="line", file="file")
        )
    return frame.select("row")


def _skip(rows: _Rows, line: int, reason: str) -> Skipped:
    return Skipped(rows.cells.table.file, line, reason)


def _who(block: Records) -> str:
    return block.source if isinstance(block.source, str) else f"the column {block.source.column!r}"


def _box_columns(frame: pl.DataFrame, boxes: dict[str, tuple[pl.Series, pl.Series]]) -> pl.DataFrame:
    # not-on-form is what is meant where nothing is said.
    said = [
        pl.when(pl.col(f"why {name}").is_in(["", Unread.NOT_ON_FORM.value])).then(None).otherwise(pl.lit(f"{name}:") + pl.col(f"why {name}"))
        for name in boxes
    ]
    unread = pl.concat_str(said, separator=" ", ignore_nulls=True) if said else pl.lit("")
    heads = ["record", "contest", "station", "source", "act", "version", "received_at", "image_sha256", "line", "file"]
    return frame.select(*heads, *boxes, unread=unread)


def _long(rows: _Rows, block: Records, heads: pl.DataFrame, boxes: dict[str, tuple[pl.Series, pl.Series]]) -> pl.DataFrame:
    assert block.candidate is not None
    assert block.count is not None
    cells = rows.cells
    notes = cells.notes
    item = cells.text(block.candidate).replace(rows.pieces.mapping.aliases.candidates)
    values, reasons = cells.figure(block.count, block.unreadable, "votes")
    if notes.problems:
        return heads.head(0).select("row")
    key = ["contest", "station", "source", "act", "version"]
    frame = heads.with_columns(item.alias("item"), values.alias("count"), reasons.alias("reason"))
    frame = frame.with_columns(*(figure.alias(name) for name, (figure, _) in boxes.items()), *(why.alias(f"why {name}") for name, (_, why) in boxes.items()))
    for name in boxes:
        unequal = frame.group_by(key, maintain_order=True).agg(pl.col(name).n_unique().alias("n"), pl.col("line").first()).filter(pl.col("n") > 1)
        for station, line in unequal.select("station", "line").head(1000).iter_rows():
            notes.problem(cells.table.file, "box-differs", f"{name} is not the same in all rows of the station {station!r}", "correct the rows", row=line, column=name)
    twice = frame.filter(pl.struct([*key, "item"]).is_duplicated() & ~pl.struct([*key, "item"]).is_first_distinct())
    for station, candidate, line in twice.select("station", "item", "line").head(1000).iter_rows():
        notes.problem(
            cells.table.file, "duplicate-key", f"{candidate!r} has two rows at the station {station!r}", "skip one of them with a reason, or widen the key", row=line
        )
    if notes.problems:
        return heads.head(0).select("row")
    groups = frame.group_by(key, maintain_order=True).agg(
        pl.col("row").first(),
        pl.col("line").first(),
        pl.col("file").first(),
        pl.col("received_at").first(),
        pl.col("image_sha256").first(),
        *(pl.col(name).first() for name in boxes),
        *(pl.col(f"why {name}").first() for name in boxes),
        pl.col("reason").is_in(_ABSENT).all().alias("empty"),
        (pl.col("count").fill_null(0) == 0).all().alias("zero"),
    )
    drop = groups["empty"]
    if block.all_zero == "missing":
        only_zero = groups["zero"] & ~groups["empty"]
        notes.skipped += [_skip(rows, line, f"every figure of {_who(block)} is 0: a place kept free, not a count") for line in groups["line"].filter(only_zero)]
        drop = drop | only_zero
    groups = _keys(block, groups.filter(~drop), notes)
    frame = frame.join(groups.select(*key, "record"), on=key, how="inner", maintain_order="left")
    found = dict(boxes)
    for name in [name for name in frame["item"].unique(maintain_order=True) if name in BOX_NAMES]:
        part = frame.filter(pl.col("item") == name).select("record", pl.col("count").alias(name), pl.col("reason").alias(f"why {name}"))
        groups = groups.drop(name, f"why {name}", strict=False).join(part, on="record", how="left", maintain_order="left")
        groups = groups.with_columns(pl.col(f"why {name}").fill_null(Unread.NOT_ON_FORM.value))
        found[name] = (groups[name], groups[f"why {name}"])
    rows.pieces.records.append(_box_columns(groups, found))
    candidates = frame.filter(~pl.col("item").is_in(BOX_NAMES))
    rows.pieces.votes.append(candidates.select("record", "contest", candidate="item", votes="count", unread="reason", line="line", file="file"))
    return frame.select("row")


def _declared(rows: _Rows, block: Declares) -> None:
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
            "stage": _checked(cells, block.stage, "stage", ", ".join(Stage), lambda value: value in set(Stage)),
            "version": _versions(cells, block.version),
            "source": cells.text(block.source),
            "at": cells.text(block.at),
            "line": cells.lines,
        }
    ).with_columns(file=pl.lit(cells.table.file))
    if block.of == "area":
        for line in cells.lines.filter(rows.area == "").head(1000):
            cells.notes.problem(cells.table.file, "no-area", "the row names no area", "skip it with a reason", row=line)
    if block.of == "station" and cells.notes.problems:
        return
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
            cells.notes.log.append(f"{cells.table.file}: {missing} rows have no declared figure of {item[0] if item.n_unique() == 1 else 'the item'}")
        rows.pieces.declared.append(frame.filter(pl.col("value").is_not_null()))
