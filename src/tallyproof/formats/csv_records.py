"""CSV record by record: slow, exact about where a record starts and what is wrong with it, and never lost for long.

A record that is damaged is reported, marked as not to be judged further, and reading goes on at the next line.
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field

import polars as pl

from tallyproof.formats.faults import Faults

_CELL = re.compile(r'(?:"((?:[^"]|"")*+)"|([^",\r\n]*+))(,|\r?\n|\Z)')


_EMPTY = re.compile(rb"(?:\r?\n)++")


@dataclass(slots=True)
class Records:
    """Cells of consecutive records, the number of the line where each starts, and how far the data was used."""

    cells: list[list[str]] = field(default_factory=list)
    lines: array[int] = field(default_factory=lambda: array("Q"))
    spoiled: set[int] = field(default_factory=set)
    used: int = 0
    next_line: int = 0

    def keep(self, cells: list[str], line: int) -> None:
        self.cells.append(cells)
        self.lines.append(line)

    def frame(self, width: int, file: str, faults: Faults) -> pl.DataFrame:
        """The cells as String columns. Rows of another width are reported, cut or filled up, and marked as spoiled."""
        for at, row in enumerate(self.cells):
            if len(row) == width:
                continue
            if at not in self.spoiled:
                if len(self.spoiled) > 2 * faults.limits.problems:
                    return self._first(at, width)
                faults.add(
                    "ragged-row",
                    f"{len(row)} cells; the first line has {width}",
                    "put a cell that has a comma in quotation marks, or fill the row up",
                    file=file,
                    row=self.lines[at],
                )
                self.spoiled.add(at)
            row[width:] = [""] * (width - len(row)) if len(row) < width else []
        return self._first(len(self.cells), width)

    def _first(self, rows: int, width: int) -> pl.DataFrame:
        del self.cells[rows:], self.lines[rows:]
        columns = zip(*self.cells, strict=True) if self.cells else [()] * width
        return pl.DataFrame([pl.Series(f"c{at}", cells, dtype=pl.String) for at, cells in enumerate(columns)])


def _cells(record: str) -> list[str] | None:
    """The cells of one record with its line end; None if quotation marks stand where they may not."""
    found: list[str] = []
    at = 0
    while match := _CELL.match(record, at):
        quoted, plain, end = match.groups()
        found.append(plain if quoted is None else quoted.replace('""', '"'))
        at = match.end()
        if end != ",":
            return found if at == len(record) else None
    return None


def split_records(data: bytes, line: int, faults: Faults, file: str, *, final: bool) -> Records:
    """Split ``data``, which starts with a record at ``line``. An unfinished record at the end is left unless ``final``."""
    result = Records(next_line=line)
    reach = 4 * faults.limits.cell
    enough = 2 * faults.limits.problems
    start = 0
    while start < len(data) and len(result.spoiled) <= enough:
        if empty := _EMPTY.match(data, start):
            result.next_line += data.count(b"\n", start, empty.end())
            start = empty.end()
            continue
        end = data.find(b"\n", start) + 1
        if not end:
            if not final:
                break
            end = len(data)
        quotes = data.count(b'"', start, end)
        if quotes % 2:
            closed = _close(data, end, start + reach, final)
            if closed is None:
                break
            if closed:
                end = closed
        record = data[start:end]
        if quotes % 2 and not closed:
            _spoil(result, record, file, faults, "unbalanced-quote", "a quotation mark is opened and not closed", "close it, or remove it")
        else:
            # A record over several lines that turns out to be malformed is given up at its first line: the mark that
            # opened it may be the stray one, and the lines after it are then sound rows.
            if quotes % 2 and _cells(record.decode(errors="replace")) is None:
                end = data.find(b"\n", start) + 1
                record = data[start:end]
            _take(result, record, file, faults)
        result.next_line += data.count(b"\n", start, end)
        start = end
    result.used = start
    return result


def _close(data: bytes, at: int, reach: int, final: bool) -> int | None:
    """End of the line on which a quoted cell, open at ``at``, is closed; 0 if it never is; None if data is to come."""
    while at < len(data) and at < reach:
        end = data.find(b"\n", at) + 1
        if not end:
            if not final:
                return None
            end = len(data)
        if data.count(b'"', at, end) % 2:
            return end
        at = end
    return 0 if final or at >= reach else None


def _take(result: Records, record: bytes, file: str, faults: Faults) -> None:
    if b"\0" in record:
        _spoil(result, record, file, faults, "nul-byte", "the row has a NUL byte", "save the table as text in UTF-8")
        return
    try:
        text = record.decode()
    except UnicodeDecodeError as error:
        said = f"the row is not UTF-8: byte {record[error.start]:#04x}"
        _spoil(result, record, file, faults, "bad-utf8", said, "save the table in UTF-8")
        return
    cells = _cells(text)
    if cells is not None:
        result.keep(cells, result.next_line)
    elif "\r" in text.rstrip("\r\n") and '"' not in text:
        _spoil(result, record, file, faults, "bad-line-end", "a carriage return stands inside the row", "end lines with a line feed")
    else:
        said = "quotation marks stand inside a cell that does not begin with one, or text follows a closing one"
        _spoil(result, record, file, faults, "bad-quote", said, "put the whole cell in quotation marks and double those inside")


def _spoil(result: Records, record: bytes, file: str, faults: Faults, code: str, message: str, mend: str) -> None:
    """Report a damaged record and keep what can be made out of it, so that its key still answers references."""
    faults.add(code, message, mend, file=file, row=result.next_line)
    text = record.decode(errors="replace").replace("\0", "").strip("\r\n").replace('"', "")
    result.spoiled.add(len(result.cells))
    result.keep(text.split(","), result.next_line)
