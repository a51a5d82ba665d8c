"""A table from Parquet. Votes in a folder stay on disk: they are looked through column by column and read again when used."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import polars as pl

from tallyproof.formats.archive import READ_ERRORS, Store, reason
from tallyproof.formats.cells import typed
from tallyproof.formats.descriptor import Resource
from tallyproof.formats.faults import Faults, Rows
from tallyproof.formats.header import check_header
from tallyproof.formats.sheet import Sheet
from tallyproof.formats.table_csv import check_content
from tallyproof.model.boxes import COUNT_LIMIT
from tallyproof.model.tables import TABLES, Type
from tallyproof.model.words import Unread

_Result = TypeVar("_Result")
_FREE_ROWS = 1_000_000
_FIT = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32)
"""Types of which every value is an Int64."""


def guarded(file: str, faults: Faults, work: Callable[[], _Result]) -> _Result | None:
    """Do what reads Parquet; None, with the problem added, if the file is not sound."""
    try:
        return work()
    except (*READ_ERRORS, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        faults.add("bad-parquet", f"not a sound Parquet file: {reason(error)}", "write the table again, or save it as CSV", file=file)
        return None


def read_parquet_table(store: Store, resource: Resource, faults: Faults) -> Sheet | None:
    """The table; None, with the problems added, if not even its columns are known."""
    return guarded(resource.path, faults, lambda: _read(store, resource, faults))


def _read(store: Store, resource: Resource, faults: Faults) -> Sheet | None:
    table = TABLES[resource.table]
    path = store.path(resource.path)
    source = _checked(store, resource, path, faults)
    if source is None:
        return None
    scan = pl.scan_parquet(source, glob=False, hive_partitioning=False)
    schema = scan.collect_schema()
    if check_header(list(schema), table, resource.path, faults, row=None) is None:
        return None
    height = int(scan.select(pl.len()).collect().item())
    length = store.size(resource.path) or 0
    if height > min(faults.limits.rows, _FREE_ROWS + faults.limits.rows_per_byte * length):
        message = f"{height} rows in {length} bytes; {faults.limits.rows} rows, and {faults.limits.rows_per_byte} a byte, are allowed"
        faults.add("too-many-rows", message, "split the election into packages, or save the table as CSV", file=resource.path)
        return None
    rows = Rows(resource.path)
    known = [column.name for column in table.columns if column.name in schema]
    if table.name == "votes" and path is not None:
        plain = _plain_votes(scan, schema)
        if plain is not None:
            return Sheet(table, rows, tuple(known), height, None, plain)
    # In one piece: what is cut at other rows than the votes would be copied at every step that needs both.
    frame = typed(scan.select(known).collect().rechunk(), table, rows, faults, csv=False)
    return Sheet(table, rows, tuple(frame.columns), height, frame)


def _checked(store: Store, resource: Resource, path: Path | None, faults: Faults) -> Path | io.BytesIO | None:
    """The file to scan, after comparing it with what the descriptor says."""
    length = store.size(resource.path) or 0
    limits = faults.limits
    with store.open(resource.path) as file:
        if path is None:
            data = file.read(limits.zip_member + 1)
            if resource.sha256 or resource.bytes is not None:
                check_content(resource, len(data), hashlib.sha256(data).hexdigest(), faults)
            return io.BytesIO(data)
        if resource.sha256:
            digest = hashlib.sha256()
            while chunk := file.read(1 << 20):
                digest.update(chunk)
            check_content(resource, length, digest.hexdigest(), faults)
        elif resource.bytes is not None:
            check_content(resource, length, "", faults)
    return path


def _plain_votes(scan: pl.LazyFrame, schema: pl.Schema) -> pl.LazyFrame | None:
    """Votes as the table wants them, left on disk; None if there is any cell in them that has to be looked at or mended.

    Keys are not looked at here: a key that is a record's or a candidate's is in order because that one is
    (``votes.sound``); if one is not, the votes are read anew with ``load``.
    """
    wanted: list[pl.Expr] = []
    for column in TABLES["votes"].columns:
        dtype = schema.get(column.name)
        if dtype is None:
            continue
        if column.type is Type.COUNT:
            if not dtype.is_integer():
                return None
            cells = pl.col(column.name)
            # Every figure is looked at: the least and the greatest that the file states of itself may be false. The votes are, once
            # they are laid out (``votes.check_votes``).
            later = column.name == "votes" and dtype in _FIT
            if not later and scan.select(((cells < 0) | (cells > COUNT_LIMIT)).any()).collect(engine="streaming").item():
                return None
            wanted.append(pl.col(column.name).cast(pl.Int64))
        elif dtype == pl.String or dtype in (pl.Categorical, pl.Enum, pl.Null):
            wanted.append(pl.col(column.name).cast(pl.String))
        else:
            return None
    if "votes" not in schema or schema.get("unread", pl.Null()) == pl.Null():
        return scan.select(wanted)
    why = pl.col("unread").cast(pl.String)
    odd = ~why.is_in([reason.value for reason in Unread]) | (why.is_not_null() & pl.col("votes").is_not_null())
    return None if scan.select(odd.any()).collect().item() else scan.select(wanted)


def load(sheet: Sheet, faults: Faults) -> Sheet:
    """Votes left on disk, now in memory with every cell looked at."""
    assert sheet.scan is not None
    frame = typed(sheet.scan.collect(), sheet.table, sheet.rows, faults, csv=False)
    return Sheet(sheet.table, sheet.rows, tuple(frame.columns), sheet.height, frame)
