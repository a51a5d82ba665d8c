"""The records of one block: a row a copy (wide) or a row a candidate (long), whole columns at a time."""

from __future__ import annotations

import polars as pl

from tallyproof.formats.mapping_cells import Notes, Skipped
from tallyproof.formats.mapping_model import FigureFrom, Records, Supersedes
from tallyproof.formats.mapping_pieces import Rows, checked, optional, versions
from tallyproof.model.boxes import BOX_NAMES
from tallyproof.model.words import SOURCE, Act, Unread

Read = tuple[pl.Series, pl.Series]
"""Values (Int64, null = unread) and reasons (String)."""

_ROLL_BOXES = ("registered", "registered_male", "registered_female")
_ABSENT = (Unread.BLANK.value, Unread.NOT_ON_FORM.value)


def read_records(rows: Rows, block: Records) -> None:
    """Add the block's records, votes and rolls to the pieces; nothing if a cell of it cannot be read."""
    cells = rows.cells
    before = len(cells.notes.problems)
    heads = pl.DataFrame(
        {
            "row": pl.Series(range(cells.height), dtype=pl.Int64),
            "line": cells.lines,
            "contest": rows.contest(block.contest),
            "station": rows.station,
            "source": checked(
                cells,
                block.source,
                "source",
                "officer, commission, scan, agent:<party>, observer:<name> or court:<name>",
                lambda value: SOURCE.fullmatch(value) is not None,
            ),
            "act": checked(cells, block.act, "act", ", ".join(Act), lambda value: value in set(Act)),
            "version": versions(cells, block.version),
            "received_at": optional(cells, block.received_at),
            "image_sha256": optional(cells, block.image_sha256),
        }
    ).with_columns(file=pl.lit(cells.table.file))
    votes = {key: cells.figure(figure, block.unreadable, key) for key, figure in block.votes.items()}
    boxes = {name: cells.figure(figure, block.unreadable, name) for name, figure in block.boxes.items()}
    parts = {
        (key, name): cells.figure(column, block.unreadable, f"{key} {name}")[0]
        for key, figure in block.votes.items()
        if isinstance(figure, FigureFrom)
        for name, column in figure.parts.items()
    }
    if block.rest is not None:
        _rest(rows, block, votes, boxes)
    roll = (
        cells.figure(block.roll, "problem", "registered")[0] if block.roll is not None else pl.Series([None] * cells.height, dtype=pl.Int64)
    )
    count = cells.figure(block.count, block.unreadable, "votes") if block.count is not None else None
    if len(cells.notes.problems) > before:
        return
    taken = _wide(rows, block, heads, votes, boxes, parts) if count is None else _long(rows, block, heads, count, boxes)
    listed = pl.DataFrame(
        {
            "row": heads["row"],
            "station": rows.station,
            "contest": heads["contest"],
            "registered": roll,
            "line": heads["line"],
            "file": heads["file"],
        }
    )
    if block.expect == "records":
        listed = listed.join(taken, on="row", how="semi", maintain_order="left")
    rows.pieces.rolls.append(listed.drop("row"))


def _rest(rows: Rows, block: Records, votes: dict[str, Read], boxes: dict[str, Read]) -> None:
    assert block.rest is not None
    cells = rows.cells
    aliases = rows.pieces.mapping.aliases.candidates
    for column in cells.table.columns:
        if column in cells.used or column in block.rest.ignore:
            continue
        key = aliases.get(column, column)
        figure = cells.figure(column, block.unreadable, key)
        (boxes if key in BOX_NAMES else votes)[key] = figure


def _earlier(supersedes: Supersedes) -> pl.Expr:
    """The key that ``_keys`` gives the earlier record; whether there is one is seen when all records are known."""
    source = pl.col("source") if supersedes.source is None else pl.lit(supersedes.source)
    act = "" if supersedes.act == "count" else f"/{supersedes.act}"
    version = "" if supersedes.version == 1 else f"/v{supersedes.version}"
    return pl.concat_str("contest", pl.lit("/"), "station", pl.lit("/"), source, pl.lit(act + version))


def _keys(block: Records, heads: pl.DataFrame, notes: Notes) -> pl.DataFrame:
    """Add the record's key; a station that is there twice is a problem or, if the mapping keeps it, a record of its own."""
    act = pl.when(pl.col("act") == "count").then(pl.lit("")).otherwise("/" + pl.col("act"))
    version = pl.when(pl.col("version") == 1).then(pl.lit("")).otherwise("/v" + pl.col("version").cast(pl.String))
    heads = heads.with_columns(record=pl.concat_str("contest", pl.lit("/"), "station", pl.lit("/"), "source", act, version))
    if block.supersedes is not None:
        heads = heads.with_columns(supersedes=_earlier(block.supersedes))
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
    rows: Rows,
    block: Records,
    heads: pl.DataFrame,
    votes: dict[str, Read],
    boxes: dict[str, Read],
    parts: dict[tuple[str, str], pl.Series],
) -> pl.DataFrame:
    notes = rows.cells.notes
    constants = {name for name, figure in block.boxes.items() if not isinstance(figure, str) and figure.constant is not None}
    # The register is often printed beside every copy; it does not show that a copy exists.
    own = [figure for key, figure in votes.items()] + [
        figure for name, figure in boxes.items() if name not in _ROLL_BOXES and name not in constants
    ]
    frame = heads.with_columns(
        *(values.alias(f"v{i}") for i, (values, _) in enumerate(votes.values())),
        *(why.alias(f"w{i}") for i, (_, why) in enumerate(votes.values())),
        *(values.alias(name) for name, (values, _) in boxes.items()),
        *(why.alias(f"why {name}") for name, (_, why) in boxes.items()),
        *(values.alias(f"{key} {name}") for (key, name), values in parts.items()),
    )
    if own:
        figures = pl.DataFrame(
            [values.alias(f"f{i}") for i, (values, _) in enumerate(own)] + [why.alias(f"r{i}") for i, (_, why) in enumerate(own)]
        )
        empty = figures.select(pl.all_horizontal([pl.col(f"r{i}").is_in(_ABSENT) for i in range(len(own))]).alias("e"))["e"]
        # Something that was there and could not be read is no zero.
        nothing = [(pl.col(f"f{i}") == 0).fill_null(False) | pl.col(f"r{i}").is_in(_ABSENT) for i in range(len(own))]
        zero = figures.select(pl.all_horizontal(nothing).alias("z"))["z"]
        drop = empty
        if empty.any():
            notes.log.append(f"{rows.cells.table.file}: {int(empty.sum())} rows have no figure of {_who(block)}: no record")
        if block.all_zero == "missing":
            only_zero = zero & ~empty
            drop = drop | only_zero
            notes.skipped += [
                _skip(rows, line, f"every figure of {_who(block)} is 0: a place kept free, not a count")
                for line in heads["line"].filter(only_zero)
            ]
        frame = frame.filter(~drop)
    frame = _keys(block, frame, notes)
    rows.pieces.records.append(_box_columns(frame, boxes))
    for i, key in enumerate(votes):
        more = {name: pl.col(f"{key} {name}") for of, name in parts if of == key}
        rows.pieces.votes.append(
            frame.select(
                "record", "contest", candidate=pl.lit(key), votes=pl.col(f"v{i}"), unread=pl.col(f"w{i}"), line="line", file="file", **more
            )
        )
    return frame.select("row")


def _skip(rows: Rows, line: int, reason: str) -> Skipped:
    return Skipped(rows.cells.table.file, line, reason)


def _who(block: Records) -> str:
    return block.source if isinstance(block.source, str) else f"the column {block.source.column!r}"


def _box_columns(frame: pl.DataFrame, boxes: dict[str, Read]) -> pl.DataFrame:
    # not-on-form is what is meant where nothing is said.
    said = [
        pl.when(pl.col(f"why {name}").is_in(["", Unread.NOT_ON_FORM.value]))
        .then(None)
        .otherwise(pl.lit(f"{name}:") + pl.col(f"why {name}"))
        for name in boxes
    ]
    unread = pl.concat_str(said, separator=" ", ignore_nulls=True) if said else pl.lit("")
    heads = ["record", "contest", "station", "source", "act", "version", "received_at", "image_sha256", "line", "file"]
    heads += ["supersedes"] if "supersedes" in frame.columns else []
    return frame.select(*heads, *boxes, unread=unread)


def _long(rows: Rows, block: Records, heads: pl.DataFrame, count: Read, boxes: dict[str, Read]) -> pl.DataFrame:
    assert block.candidate is not None
    cells = rows.cells
    notes = cells.notes
    before = len(notes.problems)
    item = cells.text(block.candidate).replace(rows.pieces.mapping.aliases.candidates)
    values, reasons = count
    key = ["contest", "station", "source", "act", "version"]
    frame = heads.with_columns(item.alias("item"), values.alias("count"), reasons.alias("reason"))
    frame = frame.with_columns(
        *(figure.alias(name) for name, (figure, _) in boxes.items()), *(why.alias(f"why {name}") for name, (_, why) in boxes.items())
    )
    for name in boxes:
        unequal = (
            frame.group_by(key, maintain_order=True).agg(pl.col(name).n_unique().alias("n"), pl.col("line").first()).filter(pl.col("n") > 1)
        )
        for station, line in unequal.select("station", "line").head(1000).iter_rows():
            notes.problem(
                cells.table.file,
                "box-differs",
                f"{name} is not the same in all rows of the station {station!r}",
                "correct the rows",
                row=line,
                column=name,
            )
    twice = frame.filter(pl.struct([*key, "item"]).is_duplicated() & ~pl.struct([*key, "item"]).is_first_distinct())
    for station, candidate, line in twice.select("station", "item", "line").head(1000).iter_rows():
        notes.problem(
            cells.table.file,
            "duplicate-key",
            f"{candidate!r} has two rows at the station {station!r}",
            "skip one of them with a reason, or widen the key",
            row=line,
        )
    if len(notes.problems) > before:
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
        ((pl.col("count") == 0).fill_null(False) | pl.col("reason").is_in(_ABSENT)).all().alias("zero"),
    )
    drop = groups["empty"]
    if block.all_zero == "missing":
        only_zero = groups["zero"] & ~groups["empty"]
        notes.skipped += [
            _skip(rows, line, f"every figure of {_who(block)} is 0: a place kept free, not a count")
            for line in groups["line"].filter(only_zero)
        ]
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
    rows.pieces.votes.append(
        candidates.select("record", "contest", candidate="item", votes="count", unread="reason", line="line", file="file")
    )
    return frame.select("row")
