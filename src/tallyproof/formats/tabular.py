"""Reading other people's tables: CSV, JSON, XLSX and lists of JavaScript objects, as text, with the place of every cell.

A cell stays text until a mapping says what it means. Every table has the column ``@line``: the line of a CSV file where the
row begins, the number of a JSON element counted from 1, or the row of a sheet.
"""

from __future__ import annotations

import csv
import fnmatch
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl
from charset_normalizer import from_bytes

from tallyproof.errors import InputError, Problem
from tallyproof.formats.tabular_json import parse_json, rows_of_json
from tallyproof.formats.tabular_xlsx import xlsx_cells, xlsx_problems

MAX_BYTES = 1 << 30
"""No table may be larger than this, unpacked (1 GiB)."""
MAX_RATIO = 200
"""A member of a .zip may unpack to at most this many times its packed size (a deflated table reaches about 20)."""
GUESSED = ["cp1252", "cp1256", "cp1251", "cp1253", "gb18030", "cp932"]
"""Encodings that are guessed between; among all that exist, near twins (ñ and ń) are too easily taken for each other."""
MAX_CELL = 100_000
_CHUNK = 50_000
LINE = "@line"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSpec:
    """How one table is read."""

    format: str = "csv"
    encoding: str = "auto"
    delimiter: str = ","
    header: int = 1
    rows: int | None = None
    path: str = ""
    sheet: str = ""
    member: str = ""


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table as text. ``frame``: every column String (empty cells are ""), and ``@line`` (Int64)."""

    file: str
    frame: pl.DataFrame
    repeated: frozenset[str]
    """Headings that occur more than once; their columns are named ``X#1``, ``X#2`` …"""
    encoding: str = ""
    header: int = 1

    @property
    def columns(self) -> list[str]:
        return [name for name in self.frame.columns if not name.startswith("@")]


def _fail(problem: Problem) -> InputError:
    return InputError(f"{problem.file} cannot be read", problems=(problem,))


def read_bytes(path: Path, member: str = "") -> bytes:
    """The bytes of the file, or of the one member of a .zip (an .xlsx is not unpacked). Raises InputError."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _fail(
                Problem(file=path.name, code="too-big", message="the file is larger than 1 GiB", mend="split it into several files")
            )
        if path.suffix.lower() != ".zip":
            return path.read_bytes()
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir() and not info.filename.startswith("__MACOSX/")]
            if member:
                infos = [info for info in infos if fnmatch.fnmatch(info.filename, member)]
            if len(infos) != 1:
                names = ", ".join(info.filename for info in infos[:5]) or "none"
                raise _fail(
                    Problem(
                        file=path.name,
                        code="zip-members",
                        message=f"one table is expected inside the .zip, there are {len(infos)} ({names})",
                        mend="name the member in the mapping (member = ...), or unpack the .zip and give the one file",
                    )
                )
            info = infos[0]
            if info.file_size > MAX_BYTES or info.file_size > MAX_RATIO * max(info.compress_size, 1):
                raise _fail(
                    Problem(
                        file=path.name,
                        code="zip-bomb",
                        message=f"{info.filename} would unpack to {info.file_size} bytes from {info.compress_size}",
                        mend="unpack it yourself if you trust it, and give the file",
                    )
                )
            with archive.open(info) as stream:
                data = stream.read(info.file_size + 1)
            if len(data) > info.file_size:
                raise _fail(
                    Problem(
                        file=path.name,
                        code="zip-bomb",
                        message=f"{info.filename} is larger than the .zip says",
                        mend="unpack it yourself if you trust it, and give the file",
                    )
                )
            return data
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _fail(
            Problem(
                file=path.name, code="unreadable-file", message=f"the file cannot be opened: {reason}", mend="check the path and the file"
            )
        ) from error


def decode(data: bytes, encoding: str, file: str) -> tuple[str, str]:
    """The text and the encoding that was used. ``auto``: a byte order mark, then UTF-8, then a guess. Raises InputError."""
    if encoding == "auto":
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            encoding = "utf-16"
        else:
            try:
                return data.decode("utf-8-sig"), "utf-8"
            except UnicodeDecodeError:
                # Half a megabyte is enough to tell; the whole is decoded strictly with the guess.
                best = from_bytes(data[: 1 << 19], cp_isolation=GUESSED).best()
                encoding = best.encoding if best else "latin-1"
    try:
        text = data.decode("utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding)
    except LookupError as error:
        raise _fail(
            Problem(
                file=file,
                code="unknown-encoding",
                message=f"no encoding is called {encoding!r}",
                mend="use auto, utf-8, latin-1, windows-1256 …",
            )
        ) from error
    except UnicodeError as error:
        start = getattr(error, "start", 0)
        raise _fail(
            Problem(
                file=file,
                row=data.count(b"\n", 0, start) + 1,
                code="bad-encoding",
                message=f"the bytes are not {encoding}",
                mend='name the right encoding in the mapping (encoding = "latin-1", "windows-1256" …) or save the file as UTF-8',
            )
        ) from error
    return text, encoding


def read_table(path: Path, spec: ReadSpec) -> RawTable:
    """Read one table. Raises InputError with the place of what cannot be read."""
    if spec.format == "xlsx":
        data = read_bytes(path, spec.member)
        problems = xlsx_problems(data, path.name, spec.sheet)
        if problems:
            raise InputError(f"{path.name} cannot be read", problems=problems)
        return _table(path.name, xlsx_cells(data, path.name, spec.sheet), spec, "xlsx")
    text, encoding = decode(read_bytes(path, spec.member), spec.encoding, path.name)
    if spec.format in ("json", "js-objects"):
        names, rows = rows_of_json(parse_json(text, path.name, javascript=spec.format == "js-objects"), spec.path, path.name)
        numbered: Iterator[tuple[int, list[str]]] = ((number, row) for number, row in enumerate(rows, start=1))
        if spec.rows is not None:
            numbered = islice(numbered, spec.rows)
        return RawTable(path.name, _frame(names, numbered), frozenset(), encoding, 0)
    return _table(path.name, _csv_rows(text, spec.delimiter, path.name), spec, encoding)


def _csv_rows(text: str, delimiter: str, file: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise _fail(
            Problem(
                file=file,
                row=line,
                code="bad-csv",
                message=f"the row cannot be parsed: {error}",
                mend="check the quotation marks in this row; each one that opens must close",
            )
        ) from error


def _table(file: str, rows: Iterable[tuple[int, list[str]]], spec: ReadSpec, encoding: str) -> RawTable:
    stream = iter(rows)
    heading: list[str] | None = None
    for number, (line, row) in enumerate(stream, start=1):
        # A sheet's rows carry their own number; a CSV file's header is the n-th record.
        if (line if encoding == "xlsx" else number) >= spec.header:
            heading = row
            break
    if heading is None or not any(cell.strip() for cell in heading):
        raise _fail(
            Problem(
                file=file,
                row=spec.header,
                code="no-header",
                message="there is no row of column names here",
                mend="say in the mapping which row has them: header = 3",
            )
        )
    names, repeated = _names(heading)
    width = len(names)
    ragged: list[Problem] = []

    def checked() -> Iterator[tuple[int, list[str]]]:
        taken = 0
        for line, row in stream:
            if not any(cell.strip() for cell in row):
                continue
            if spec.rows is not None and taken >= spec.rows:
                return
            taken += 1
            if len(row) != width:
                extra = any(cell.strip() for cell in row[width:])
                if extra or (len(row) < width and encoding != "xlsx"):
                    ragged.append(
                        Problem(
                            file=file,
                            row=line,
                            code="row-length",
                            message=f"the row has {len(row)} cells, the header {width}",
                            mend="check delimiter and quotation marks; every row needs a cell for every column",
                        )
                    )
                row = (row + [""] * width)[:width]
            yield line, row

    frame = _frame(names, checked())
    if ragged:
        raise InputError(f"{file} cannot be read", problems=tuple(ragged))
    return RawTable(file, frame, repeated, encoding, spec.header)


def _names(heading: list[str]) -> tuple[list[str], frozenset[str]]:
    plain = [re.sub(r"\s+", " ", cell).strip() for cell in heading]
    repeated = frozenset(name for name in plain if name and plain.count(name) > 1)
    counts: dict[str, int] = {}
    names = []
    for position, name in enumerate(plain, start=1):
        if not name:
            names.append(f"#{position}")
        elif name in repeated:
            counts[name] = counts.get(name, 0) + 1
            names.append(f"{name}#{counts[name]}")
        else:
            names.append(name)
    return names, repeated


def _frame(names: list[str], rows: Iterator[tuple[int, list[str]]]) -> pl.DataFrame:
    schema: dict[str, pl.DataType] = {LINE: pl.Int64(), **dict.fromkeys(names, pl.String())}
    parts = []
    # In chunks: a million rows as Python strings would need gigabytes.
    while chunk := list(islice(rows, _CHUNK)):
        columns = list(zip(*(row for _, row in chunk), strict=True))
        parts.append(
            pl.DataFrame(
                {LINE: pl.Series([line for line, _ in chunk], dtype=pl.Int64)}
                | {name: pl.Series(values, dtype=pl.String) for name, values in zip(names, columns, strict=True)}
            )
        )
    return pl.concat(parts) if parts else pl.DataFrame(schema=schema)
