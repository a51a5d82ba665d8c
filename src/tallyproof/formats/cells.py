"""Cells to values: one column at a time, vectorised; only cells that are not plain are looked at one by one.

Every function takes a column as it was read, and gives it as ``model.tables`` wants it: null for absent, text trimmed
where it is a key, counts as Int64. What cannot be read is reported and becomes null.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from tallyproof.formats.faults import Faults, Rows
from tallyproof.model.boxes import BOX_NAMES, COUNT_LIMIT
from tallyproof.model.counts import NotACount, read_count
from tallyproof.model.keys import run_values
from tallyproof.model.tables import Column, Table, Type
from tallyproof.model.words import Unread

DANGER = "=+\\-@\t\r\n＝＋－＠"
"""Characters that make a spreadsheet run a cell that begins with them (as a set of a regular expression)."""
ID_LENGTH = 200
_PLAIN_ID = r"^[!-&(-~](?:[ -~]*[!-~])?$"
_UNSEEN = r"[\p{Cc}\p{Zl}\p{Zp}\x{202a}-\x{202e}\x{2066}-\x{2069}\x{feff}]"
_REASONS = frozenset(reason.value for reason in Unread)
_INTEGERS = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.Int128, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64, pl.UInt128)


def shown(value: object) -> str:
    """A cell's text for a message: short, on one line."""
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= 62 else text[:60] + "…"


def undo_neutral(text: pl.Series) -> pl.Series:
    """Take away the apostrophe that a writer set before a cell which a spreadsheet would run (package-v1, section 4)."""
    marked = f"^''*[{DANGER}]"
    if not text.str.contains(marked).any():
        return text
    return pl.select(pl.when(text.str.contains(marked)).then(text.str.slice(1)).otherwise(text)).to_series().alias(text.name)


def neutral(column: pl.Expr) -> pl.Expr:
    """Set an apostrophe before a cell which a spreadsheet would run, or which ``undo_neutral`` would change."""
    return pl.when(column.str.contains(f"^'*[{DANGER}]")).then(pl.lit("'") + column).otherwise(column)


def _strings(raw: pl.Series, column: Column, rows: Rows, faults: Faults) -> pl.Series | None:
    """The column as String, if its type in the file may stand for text."""
    if raw.dtype == pl.String:
        return raw
    if raw.dtype in (pl.Categorical, pl.Enum, pl.Null) or isinstance(raw.dtype, (pl.Categorical, pl.Enum)):
        return raw.cast(pl.String)
    if raw.dtype in _INTEGERS and column.type is Type.ID:
        return raw.cast(pl.String)
    wrong_type(raw.dtype, column, rows, faults)
    return None


def _nulls(like: pl.Series, dtype: pl.DataType) -> pl.Series:
    return pl.select(pl.repeat(None, len(like), dtype=dtype)).to_series().alias(like.name)


def wrong_type(dtype: pl.DataType, column: Column, rows: Rows, faults: Faults) -> None:
    """Report a Parquet column whose type cannot hold what the table wants."""
    if dtype.is_float():
        faults.add(
            "float-column", f"{column.name} holds floating-point numbers", "save it as whole numbers", file=rows.file, column=column.name
        )
        return
    want = "whole numbers" if column.type is Type.COUNT else "text"
    faults.add("wrong-type", f"{column.name} holds {dtype}, not {want}", f"save it as {want}", file=rows.file, column=column.name)


def id_cells(raw: pl.Series, column: Column, rows: Rows, faults: Faults, *, csv: bool) -> pl.Series:
    """Keys and names of keys: trimmed, 1 to 200 printable characters."""
    found = _strings(raw, column, rows, faults)
    if found is None:
        return _nulls(raw, pl.String())
    text = found
    values = run_values(text)
    if values.str.contains(_PLAIN_ID).all() and not (values.str.len_bytes() > ID_LENGTH).any():
        return text
    text = text.str.strip_chars()
    if csv:
        text = undo_neutral(text)
    text = _no_empty(text)
    bad = (text.str.contains(_UNSEEN) | (text.str.len_chars() > ID_LENGTH)).fill_null(False)
    if bad.any():
        faults.rows(
            rows,
            bad,
            column.name,
            "bad-id",
            lambda at: f"not a key: {shown(text[at])} is longer than {ID_LENGTH} characters or has characters that cannot be seen",
            "use a short key of printable characters",
        )
        text = pl.select(pl.when(~bad).then(text)).to_series().alias(text.name)
    return text


def _no_empty(text: pl.Series) -> pl.Series:
    empty = text == ""
    if not empty.any():
        return text
    return pl.select(pl.when(~empty).then(text)).to_series().alias(text.name)


def text_cells(raw: pl.Series, column: Column, rows: Rows, faults: Faults, *, csv: bool) -> pl.Series:
    """Free text, kept as written."""
    text = _strings(raw, column, rows, faults)
    if text is None:
        return _nulls(raw, pl.String())
    if text.null_count() == len(text):
        return text
    text = _no_empty(undo_neutral(text) if csv else text)
    limit = faults.limits.cell
    long = text.str.len_bytes() > limit
    if long.any():
        faults.rows(
            rows, long.fill_null(False), column.name, "cell-too-long", lambda at: f"a cell of more than {limit} bytes", "shorten the text"
        )
    if not csv:
        nul = text.str.contains("\0", literal=True)
        if nul.any():
            faults.rows(rows, nul.fill_null(False), column.name, "nul-byte", lambda at: "the text has a NUL character", "remove it")
    return text


def hash_cells(raw: pl.Series, column: Column, rows: Rows, faults: Faults, *, csv: bool) -> pl.Series:
    """SHA-256 in lower-case hexadecimal digits."""
    text = text_cells(raw, column, rows, faults, csv=csv).str.strip_chars()
    bad = ~text.str.contains(r"^[0-9a-f]{64}$")
    if bad.any():
        faults.rows(
            rows,
            bad.fill_null(False),
            column.name,
            "bad-hash",
            lambda at: f"not a SHA-256: {shown(text[at])}",
            "write the 64 hexadecimal digits in lower case, or leave the cell empty",
        )
    return text


def count_cells(raw: pl.Series, column: Column, rows: Rows, faults: Faults) -> tuple[pl.Series, pl.Series | None]:
    """(counts as Int64, reasons why cells are unread where cells give a reason instead of a figure)."""
    name = raw.name
    if raw.dtype in _INTEGERS:
        return _integers(raw, column, rows, faults), None
    if raw.dtype != pl.String and raw.dtype not in (pl.Categorical, pl.Enum, pl.Null):
        wrong_type(raw.dtype, column, rows, faults)
        return _nulls(raw, pl.Int64()), None
    text = raw.cast(pl.String)
    odd = ~text.str.contains(r"^[0-9]{1,9}$")
    if not odd.any():
        return text.cast(pl.Int64), None
    cells = text.filter(odd.fill_null(False)).unique(maintain_order=True)
    read = [read_count(cell) for cell in cells]
    known = pl.DataFrame(
        {
            "cell": cells,
            "value": pl.Series([one if type(one) is int else None for one in read], dtype=pl.Int64),
            "reason": pl.Series(
                [one.value if isinstance(one, Unread) and cell.strip() else None for cell, one in zip(cells, read, strict=True)],
                dtype=pl.String,
            ),
            "wrong": pl.Series([at if isinstance(one, NotACount) else None for at, one in enumerate(read)], dtype=pl.Int64),
        }
    )
    met = pl.DataFrame({"cell": text}).join(known, on="cell", how="left", maintain_order="left")
    _report_wrong(met["wrong"], read, column, rows, faults)
    plain = pl.select(pl.when(~odd).then(text)).to_series().cast(pl.Int64)
    reasons = met["reason"]
    return plain.zip_with(~odd.fill_null(False), met["value"]).alias(name), (reasons if reasons.null_count() < len(reasons) else None)


def _report_wrong(wrong: pl.Series, read: Sequence[object], column: Column, rows: Rows, faults: Faults) -> None:
    kinds: dict[tuple[str, str], list[int]] = {}
    for at, one in enumerate(read):
        if isinstance(one, NotACount):
            kinds.setdefault((one.code, one.mend), []).append(at)
    for (code, mend), members in kinds.items():
        faults.rows(rows, wrong.is_in(members).fill_null(False), column.name, code, lambda at: _said(read[wrong[at]]), mend)


def _said(one: object) -> str:
    assert isinstance(one, NotACount)
    return one.message


def _integers(raw: pl.Series, column: Column, rows: Rows, faults: Faults) -> pl.Series:
    lowest, highest = raw.min(), raw.max()
    if isinstance(lowest, int) and lowest < 0:
        bad = (raw < 0).fill_null(False)
        mend = "check the form; leave the cell empty if it cannot be read"
        faults.rows(rows, bad, column.name, "negative", lambda at: f"a count cannot be negative: {raw[at]}", mend)
        raw = pl.select(pl.when(raw >= 0).then(raw)).to_series().alias(raw.name)
    if isinstance(highest, int) and highest > COUNT_LIMIT:
        bad = (raw > COUNT_LIMIT).fill_null(False)
        mend = f"the largest figure allowed is {COUNT_LIMIT}"
        faults.rows(rows, bad, column.name, "too-large", lambda at: f"larger than any polling station or election: {raw[at]}", mend)
        raw = pl.select(pl.when(raw <= COUNT_LIMIT).then(raw)).to_series().alias(raw.name)
    return raw.cast(pl.Int64)


def typed(raw: pl.DataFrame, table: Table, rows: Rows, faults: Faults, *, csv: bool) -> pl.DataFrame:
    """The columns of ``table`` that ``raw`` has, with the types of the table; cells that cannot be read are null."""
    done: dict[str, pl.Series] = {}
    reasons: dict[str, pl.Series] = {}
    unreadable: dict[str, pl.Series] = {}
    for column in table.columns:
        if column.name not in raw.columns:
            continue
        before = raw[column.name]
        if column.type is Type.COUNT:
            values, why = count_cells(before, column, rows, faults)
            if why is not None:
                reasons[column.name] = why
        else:
            reader = {Type.ID: id_cells, Type.TEXT: text_cells, Type.HASH: hash_cells}[column.type]
            values = reader(before, column, rows, faults, csv=csv)
        done[column.name] = values
        if column.required:
            unreadable[column.name] = before
    for column in table.columns:
        if column.required and column.name in done:
            _report_missing(done[column.name], unreadable[column.name], reasons.get(column.name), column, rows, faults)
    return _merge_reasons(pl.DataFrame(done), reasons, rows, faults)


def _report_missing(values: pl.Series, raw: pl.Series, reasons: pl.Series | None, column: Column, rows: Rows, faults: Faults) -> None:
    if not values.null_count():
        return
    # a cell that was there but could not be read has its own problem already
    empty = raw.is_null()
    if raw.dtype == pl.String:
        empty = empty | (raw.str.strip_chars() == "")
    if reasons is not None:
        empty = empty | reasons.is_not_null()
    faults.rows(
        rows, values.is_null() & empty, column.name, "missing-cell", lambda at: f"{column.name} is empty: {column.meaning}", "fill the cell"
    )


def _merge_reasons(frame: pl.DataFrame, reasons: dict[str, pl.Series], rows: Rows, faults: Faults) -> pl.DataFrame:
    """Move reasons that stand in the cells of figures into the column ``unread``."""
    if not reasons:
        return frame
    if "votes" in reasons:
        given = frame["unread"] if "unread" in frame.columns else pl.Series("unread", [None] * len(frame), dtype=pl.String)
        why = reasons["votes"]
        differ = (given != why).fill_null(False)
        if differ.any():
            faults.rows(
                rows,
                differ,
                "unread",
                "unread-differs",
                lambda at: f"votes says {why[at]}, unread says {shown(given[at])}",
                "state one reason",
            )
        frame = frame.with_columns(unread=pl.coalesce(given, why))
    boxes = [box for box in BOX_NAMES if box in reasons]
    if boxes and "record" in frame.columns:
        given = frame["unread"] if "unread" in frame.columns else pl.Series("unread", [None] * len(frame), dtype=pl.String)
        for box in boxes:
            why = reasons[box]
            stated = given.str.extract(rf"(?:^|\s){box}:(\S*)", 1)
            differ = (stated != why).fill_null(False)
            if differ.any():
                faults.rows(
                    rows,
                    differ,
                    "unread",
                    "unread-differs",
                    lambda at, box=box, why=why: f"{box} says {why[at]}, unread says otherwise",  # type: ignore[misc]
                    "state one reason",
                )
            token = pl.select(pl.when(why.is_not_null() & stated.is_null()).then(pl.lit(f"{box}:") + why)).to_series()
            given = pl.select(pl.concat_str([given, token], separator=" ", ignore_nulls=True)).to_series()
        frame = frame.with_columns(unread=_no_empty(given.str.strip_chars()).alias("unread"))
    return frame
