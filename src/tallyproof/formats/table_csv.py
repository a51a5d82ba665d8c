"""A table from CSV: strict RFC 4180, block by block.

A block is parsed by Polars after a cheap proof that it is regular; otherwise record by record (``csv_records``), which
finds and numbers what is wrong and goes on.
"""

from __future__ import annotations

import codecs
import hashlib
from array import array
from collections.abc import Iterator
from typing import IO

import polars as pl

from tallyproof.formats.archive import READ_ERRORS, Store, reason
from tallyproof.formats.cells import typed
from tallyproof.formats.csv_records import Records, split_records
from tallyproof.formats.descriptor import Resource
from tallyproof.formats.faults import Faults, Rows
from tallyproof.formats.header import check_header
from tallyproof.formats.sheet import Sheet
from tallyproof.model.tables import TABLES

_SLAB = 2 << 20
"""Bytes that are split record by record at a time: Python's lists of cells weigh some thirty times as much."""
_CELL = r'(?:"(?:[^"]|"")*"|[^",]*)'


def read_csv_table(store: Store, resource: Resource, faults: Faults) -> Sheet | None:
    """The table; None, with the problems added, if not even its columns are known."""
    try:
        with store.open(resource.path) as file:
            return _read(file, resource, faults)
    except READ_ERRORS as error:
        faults.add("unreadable-file", f"cannot be read: {reason(error)}", "check the file and who may read it", file=resource.path)
        return None


class _Source:
    """The bytes of a file, hashed as they pass."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._sum = hashlib.sha256()
        self.length = 0

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self._sum.update(data)
        self.length += len(data)
        return data

    def skip(self) -> None:
        """Read to the end, for the hash."""
        while self.read(1 << 20):
            pass

    def sha256(self) -> str:
        return self._sum.hexdigest()


def check_content(resource: Resource, length: int, sha256: str, faults: Faults) -> None:
    """Compare a file with what the descriptor says of it."""
    if resource.bytes is not None and resource.bytes != length:
        faults.add(
            "size-differs",
            f"the file has {length} bytes; the descriptor says {resource.bytes}",
            "the file was changed or cut short: fetch it again, or write the descriptor anew",
            file=resource.path,
        )
    elif resource.sha256 is not None and resource.sha256 != sha256:
        faults.add(
            "hash-differs",
            f"the file's SHA-256 is {sha256}; the descriptor says {resource.sha256}",
            "the file was changed: fetch it again, or write the descriptor anew",
            file=resource.path,
        )


def _read(file: IO[bytes], resource: Resource, faults: Faults) -> Sheet | None:
    table = TABLES[resource.table]
    source = _Source(file)
    limits = faults.limits
    data = source.read(max(limits.block, limits.header + 1))
    if data.startswith(codecs.BOM_UTF8):
        data = data[3:]
    if not data:
        faults.add("empty-file", "the file is empty", "write at least the line of column names", file=resource.path)
        return None
    header, data, line = _header(data, resource, faults)
    if header is None:
        return None
    columns = check_header(header, table, resource.path, faults, row=1)
    if columns is None:
        return None
    rows = Rows(resource.path, [])
    frames: list[pl.DataFrame] = []
    height = 0
    blocks = _Blocks(source, data, line, len(header), resource.path, faults)
    for raw, lines, spoiled in blocks:
        part = Rows(resource.path, [(0, lines)], spoiled)
        raw.columns = [name or f"\0{at}" for at, name in enumerate(columns)]
        frames.append(typed(raw, table, part, faults, csv=True))
        rows.segments.append((height, lines))
        rows.spoiled.update(height + at for at in spoiled)
        height += len(raw)
        if len(rows.spoiled) > 2 * limits.problems:
            # all that can be listed of this file is found; what its sound rows say of each other is of no use to anyone
            faults.add(
                "too-damaged",
                f"more than {2 * limits.problems} rows are damaged: what follows row {rows.number(height - 1)} was not read",
                "check how the file was written",
                file=resource.path,
            )
            return None
        if height > limits.rows:
            faults.add("too-many-rows", f"more than {limits.rows} rows", "split the election into packages", file=resource.path)
            return None
    check_content(resource, source.length, source.sha256(), faults)
    frame = pl.concat(frames, how="diagonal") if frames else table.empty().select([name for name in columns if name])
    return Sheet(table, rows, tuple(frame.columns), height, frame)


def _header(data: bytes, resource: Resource, faults: Faults) -> tuple[list[str] | None, bytes, int]:
    """(names, the rest, line number of the rest)."""
    end = data.find(b"\n", 0, faults.limits.header)
    if end < 0 and len(data) > faults.limits.header:
        faults.add(
            "header-too-long",
            f"the first line is longer than {faults.limits.header} bytes ({data[: faults.limits.header].count(b',') + 1} columns or more)",
            "write the column names in the first line, a row a line",
            file=resource.path,
            row=1,
        )
        return None, b"", 0
    end = len(data) if end < 0 else end
    records = split_records(data[: end + 1], 1, faults, resource.path, final=True)
    if records.spoiled:
        return None, b"", 0
    if not records.cells:
        faults.add("missing-header", "the first line is empty", "write the column names in the first line", file=resource.path, row=1)
        return None, b"", 0
    return records.cells[0], data[end + 1 :], 2


class _Blocks:
    """The rows of a file, a block at a time: (cells as String, number of the first line or of each row, spoiled rows)."""

    def __init__(self, source: _Source, data: bytes, line: int, width: int, file: str, faults: Faults) -> None:
        self._source, self._data, self._line, self._width, self._file, self._faults = source, data, line, width, file, faults
        self._more = True

    def __iter__(self) -> Iterator[tuple[pl.DataFrame, int | array[int], set[int]]]:
        slow = 0
        while True:
            self._fill()
            if not self._data:
                return
            cut = 0 if slow > 0 else (_record_end(self._data, self._faults.limits.cell) if self._more else len(self._data))
            frame = _regular(self._data[:cut], self._width) if cut else None
            if frame is not None:
                yield frame, self._line, set()
                self._line += self._data.count(b"\n", 0, cut)
                self._data = self._data[cut:]
                continue
            slow = slow if slow > 0 else (cut or _SLAB)
            records = self._records()
            if not records.used:
                mend = "check the line ends and the quotation marks"
                self._faults.add(
                    "line-too-long",
                    f"a line of more than {_SLAB} bytes: it and what follows was not read",
                    mend,
                    file=self._file,
                    row=records.next_line,
                )
                self._source.skip()
                return
            slow -= records.used
            if records.cells:
                yield records.frame(self._width, self._file, self._faults), records.lines, records.spoiled
            self._data, self._line = self._data[records.used :], records.next_line

    def _fill(self) -> None:
        limit = self._faults.limits.block
        while self._more and len(self._data) < limit:
            chunk = self._source.read(limit - len(self._data))
            self._more = bool(chunk)
            self._data += chunk

    def _records(self) -> Records:
        slab = self._data[:_SLAB]
        final = not self._more and len(slab) == len(self._data)
        return split_records(slab, self._line, self._faults, self._file, final=final)


def _record_end(data: bytes, reach: int) -> int:
    """Where the last record ends that lies wholly in ``data``, which starts with a record; 0 if that is not near the end."""
    at = data.rfind(b"\n")
    if at < 0:
        return 0
    odd = data.count(b'"', 0, at) % 2
    floor = max(0, at - 2 * reach)
    while odd:
        quote = data.rfind(b'"', floor, at)
        newline = data.rfind(b"\n", floor, quote) if quote >= 0 else -1
        if newline < 0:
            return 0
        odd = (odd + data.count(b'"', newline, at)) % 2
        at = newline
    return at + 1


def _regular(block: bytes, width: int) -> pl.DataFrame | None:
    """The cells of a block in which every line is one record of ``width`` cells; None if that is not certain."""
    if b"\0" in block:
        return None
    try:
        block.decode()
    except UnicodeDecodeError:
        return None
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n")
    if b"\r" in block or b"\n\n" in block or block.startswith(b"\n"):
        return None
    quoted = b'"' in block
    lines = block.count(b"\n") + (not block.endswith(b"\n"))
    # With as many commas as lines of this width have, and no line with more (Polars refuses it), no line has fewer.
    if not (_regular_quotes(block, width) if quoted else block.count(b",") == (width - 1) * lines):
        return None
    schema = {f"c{at}": pl.String() for at in range(width)}
    try:
        frame = pl.read_csv(block, has_header=False, schema=schema, quote_char='"' if quoted else None)
    except pl.exceptions.PolarsError:
        return None
    return frame if len(frame) == lines else None


def _regular_quotes(block: bytes, width: int) -> bool:
    """Whether every line is a record by itself, its quotation marks where they may be."""
    if width > 60:
        return False
    lines = pl.Series("line", block.decode().removesuffix("\n").split("\n"))
    return bool(lines.str.contains("^" + ",".join([_CELL] * width) + "$").all())
