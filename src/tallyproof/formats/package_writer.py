"""Writing an election package: the same election gives the same bytes."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import polars as pl

from tallyproof.errors import UsageError
from tallyproof.formats.cells import neutral
from tallyproof.formats.faults import DESCRIPTOR
from tallyproof.model.election import About, Election
from tallyproof.model.tables import TABLES, Column, Table, Type

NOTICE = "NOTICE.txt"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_CHUNK = 1 << 20
_GROUP = 1 << 20
"""Rows of a row group of a Parquet file: fixed, so that the bytes do not depend on the machine."""


def write_package(election: Election, out: Path, *, parquet: bool = False) -> None:
    """Write ``election`` to the folder ``out``, or to the archive ``out`` if its name ends in ``.zip``.

    Rows are sorted by key, candidates by contest in ballot order. Optional tables without rows and optional columns
    without a value are left out. An existing package at ``out`` is replaced when the new one is complete.

    Raises:
        UsageError: ``out`` exists and is not a package, or cannot be written.
    """
    archive = out.suffix.lower() == ".zip"
    if (archive and out.is_dir()) or (not archive and out.exists() and not out.is_dir()):
        raise UsageError(f"{out.name} exists and is {'a folder' if archive else 'a file'}", hint="name another place to write to")
    if not archive and out.is_dir() and any(out.iterdir()) and not (out / DESCRIPTOR).exists():
        raise UsageError(f"the folder {out.name} is not empty and not a package", hint="name a new folder")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as room:
            files = _write_files(election, Path(room), parquet)
            if archive:
                _zip(Path(room), files, Path(room) / "package.zip")
                (Path(room) / "package.zip").replace(out)
            else:
                _move(Path(room), files, out)
    except OSError as error:
        raise UsageError(f"{out.name} cannot be written: {error.strerror or error}", hint="check the place and the free space") from error


def _write_files(election: Election, room: Path, parquet: bool) -> list[str]:
    resources = []
    written = {table.name for table in TABLES.values() if table.required or not _empty(election.table(table.name))}
    for table in TABLES.values():
        if table.name not in written:
            continue
        name = f"{table.name}.{'parquet' if parquet else 'csv'}"
        columns = _write_table(election.table(table.name), table, room / name, parquet)
        resources.append(_resource(table, columns, room / name, written, parquet))
    about = election.about
    descriptor = json.dumps(_descriptor(about, resources), ensure_ascii=False, indent=1) + "\n"
    (room / DESCRIPTOR).write_bytes(descriptor.encode())
    files = [DESCRIPTOR]
    if notice := "\n\n".join(part for part in (about.notice, about.notice_ur) if part):
        (room / NOTICE).write_bytes((notice + "\n").encode())
        files.append(NOTICE)
    return files + [resource["path"] for resource in resources]


def _empty(frame: pl.LazyFrame) -> bool:
    return not len(frame.head(1).collect())


def _write_table(frame: pl.LazyFrame, table: Table, file: Path, parquet: bool) -> list[Column]:
    """Write the columns that have a value, and give them back."""
    full = frame.select(pl.all().is_not_null().any()).collect()
    columns = [column for column in table.columns if column.required or full[column.name].item()]
    names = [column.name for column in columns]
    # the order of candidates within a contest is the order on the ballot
    keys = ["contest"] if table.name == "candidates" else [key for key in table.key if key in names]
    frame = frame.select(names).sort(keys, maintain_order=True, nulls_last=False)
    if parquet:
        frame.collect().write_parquet(file, compression="zstd", compression_level=3, row_group_size=_GROUP, statistics=True)
        return columns
    texts = [column.name for column in columns if column.type is not Type.COUNT]
    frame = frame.with_columns(neutral(pl.col(name)).alias(name) for name in texts)
    frame = frame.with_columns(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in texts)
    frame.collect().write_csv(file, line_terminator="\n", quote_style="necessary")
    return columns


def _resource(table: Table, columns: list[Column], file: Path, written: set[str], parquet: bool) -> dict[str, Any]:
    names = [column.name for column in columns]
    optional = {column.name for column in table.columns if not column.required}
    key = [name for name in table.key if name in names]
    schema: dict[str, Any] = {"fields": [_field(column) for column in columns], "missingValues": [""]}
    # a primary key may not have empty parts: a key that has is stated as unique
    schema["uniqueKeys" if optional & set(table.key) else "primaryKey"] = [key] if optional & set(table.key) else key
    foreign = [{"fields": [column.name], "reference": _reference(column.refers, table)} for column in columns if column.refers in written]
    if foreign:
        schema["foreignKeys"] = foreign
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    return {
        "name": table.name,
        "type": "table",
        "title": table.meaning,
        "path": file.name,
        "format": "parquet" if parquet else "csv",
        "mediatype": "application/vnd.apache.parquet" if parquet else "text/csv",
        "encoding": "utf-8",
        "bytes": file.stat().st_size,
        "hash": f"sha256:{digest}",
        "schema": schema,
    }


def _reference(refers: str | None, table: Table) -> dict[str, Any]:
    assert refers is not None
    key = TABLES[refers].key[0]
    return {"fields": [key]} if refers == table.name else {"resource": refers, "fields": [key]}


def _field(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.name,
        "type": "integer" if column.type is Type.COUNT else "string",
        "description": column.meaning,
    }
    constraints: dict[str, Any] = {}
    if column.required:
        constraints["required"] = True
    if column.type is Type.COUNT:
        constraints["minimum"] = 0
    if column.type is Type.HASH:
        constraints["pattern"] = "^[0-9a-f]{64}$"
    return {**field, "constraints": constraints} if constraints else field


def _descriptor(about: About, resources: list[dict[str, Any]]) -> dict[str, Any]:
    document: dict[str, Any] = {"$schema": PROFILE, "name": about.name, "title": about.title}
    for key in ("title_ur", "notice", "notice_ur", "held_on"):
        if value := getattr(about, key):
            document[key] = value
    if about.reconstructed:
        document["reconstructed"] = True
    if about.sources:
        document["sources"] = [{"title": source} for source in about.sources]
    return {**document, "resources": resources}


def _zip(room: Path, files: list[str], out: Path) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system, info.external_attr, info.compress_type = 3, 0o100644 << 16, zipfile.ZIP_DEFLATED
            with (room / name).open("rb") as source, archive.open(info, "w", force_zip64=(room / name).stat().st_size > 1 << 31) as target:
                shutil.copyfileobj(source, target, _CHUNK)


def _move(room: Path, files: list[str], out: Path) -> None:
    out.mkdir(exist_ok=True)
    # the old descriptor goes first and the new one comes last: a folder left half written is not a package
    (out / DESCRIPTOR).unlink(missing_ok=True)
    ours = {NOTICE, *(f"{name}.{kind}" for name in TABLES for kind in ("csv", "parquet"))}
    for name in ours - set(files):
        (out / name).unlink(missing_ok=True)
    for name in sorted(files, key=lambda name: name == DESCRIPTOR):
        (room / name).replace(out / name)
