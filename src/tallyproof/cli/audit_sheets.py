"""The sheet of a round as CSV: written empty with the draw, typed full by each of two people, read with every problem in its place.

Columns: ``station``, ``found``, ``votes:CANDIDATE`` for each candidate, ``boxes:BOX`` for each box of the contest. A row without any figure
has not been typed yet. In a row that has one, an empty cell is unread: such a station counts as the worst that it could be.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tallyproof.cli.files import read_small
from tallyproof.errors import InputError, Problem
from tallyproof.formats.tabular import decode
from tallyproof.model.counts import NotACount, read_count
from tallyproof.publish.csv_text import cell, csv_bytes
from tallyproof.record.book import Contest
from tallyproof.record.canon import Json

STATION, FOUND = "station", "found"
COUNTED, ABSENT = "counted", "absent"
MAX_SHEET = 8 << 20
"""Bytes: a round has at most 5,000 stations."""
_MARKS = ",;\t"
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")


@dataclass(frozen=True, slots=True)
class Typed:
    """One row. ``row`` as a person counts: the header is 1. ``fields``: ``found`` and, if counted, ``votes`` and ``boxes`` of an entry."""

    row: int
    station: str
    fields: Json

    @property
    def unread(self) -> list[str]:
        """The candidates and boxes without a number."""
        return [name for part in ("votes", "boxes") for name, figure in self.fields.get(part, {}).items() if not isinstance(figure, int)]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What somebody typed: ``rows`` in the order of the file, and the stations of rows without a figure."""

    file: str
    rows: tuple[Typed, ...]
    empty: tuple[str, ...]


def sheet_bytes(contest: Contest, stations: Iterable[str]) -> bytes:
    """The sheet with nothing on it but the stations, in this order. No reported figure is on it."""
    names = _columns(contest)
    return csv_bytes([[STATION, FOUND, *names], *([station, "", *("" for _ in names)] for station in stations)])


def read_sheet(path: Path, contest: Contest, drawn: Iterable[str]) -> Sheet:
    """What somebody typed of drawn stations. Raises InputError with all that is wrong, in the order of the file."""
    file = path.name
    data = read_small(path, MAX_SHEET)
    if len(data) > MAX_SHEET:
        wrong = Problem(file=file, code="too-big", message="the sheet is larger than 8 MiB", mend="give the sheet of one round")
        raise InputError(f"{file} cannot be read", problems=(wrong,))
    text, _ = decode(data, "auto", file)
    reading = _Reading(file, _columns(contest), {cell(one): one for one in drawn})
    reading.read(text)
    if reading.problems:
        raise InputError(
            f"{file} has {len(reading.problems)} problems: nothing was signed, nothing is in the log",
            problems=tuple(reading.problems),
            hint="mend the file from the papers, then give it again",
        )
    return Sheet(file, tuple(reading.rows), tuple(reading.empty))


def _columns(contest: Contest) -> list[str]:
    return [*(f"votes:{one}" for one in contest.candidates), *(f"boxes:{one}" for one in contest.value.get("boxes", ()))]


@dataclass(slots=True)
class _Reading:
    """One file being read. ``stations``: what a cell says → the key of the station."""

    file: str
    columns: Sequence[str]
    stations: Mapping[str, str]
    rows: list[Typed] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)

    def read(self, text: str) -> None:
        lines = _lines(text)
        try:
            head_row, head = next(lines, (1, []))
            places = self._head(head_row, [one.strip() for one in head])
            if places is None:
                return
            for row, cells in lines:
                if any(one.strip() for one in cells):
                    self._row(row, cells, places)
        except csv.Error as error:
            self._wrong(None, None, "bad-csv", f"this is no CSV: {error}", "save it from the spreadsheet as CSV (UTF-8)")

    def _wrong(self, row: int | None, column: str | None, code: str, message: str, mend: str) -> None:
        self.problems.append(Problem(file=self.file, row=row, column=column, code=code, message=message, mend=mend))

    def _head(self, row: int, head: list[str]) -> dict[str, int] | None:
        """Where each column is; None if what is wrong with them leaves nothing to read."""
        known = [STATION, FOUND, *self.columns]
        written = {cell(one): one for one in known}
        names = [written.get(one, one) for one in head]
        before = len(self.problems)
        for place, name in enumerate(names):
            if name not in known:
                said = f"the column {name[:80]!r} is not one of this contest" if name else f"column {place + 1} has no name"
                self._wrong(row, name[:80] or None, "unknown-column", said, "keep the first line as tallyproof audit draw wrote it")
            elif name in names[:place]:
                self._wrong(row, name, "repeated-column", "the column is there twice", "take one of the two out")
        for name in known:
            if name not in names and name != FOUND:
                self._wrong(row, name, "missing-column", "the column is missing", "keep the first line as tallyproof audit draw wrote it")
        return {name: place for place, name in enumerate(names)} if len(self.problems) == before else None

    def _row(self, row: int, cells: Sequence[str], places: Mapping[str, int]) -> None:
        said = [one.strip() for one in cells]
        before = len(self.problems)
        at = places[STATION]
        station = self._station(row, said[at] if at < len(said) else "")
        if any(said[len(places) :]):
            self._wrong(row, None, "row-too-long", f"the row has {len(said)} cells, the first line {len(places)}", "one cell a column")
        rest = [one for place, one in enumerate(said) if place != at]
        if not any(rest):
            self.empty += [station] if station is not None else []
            return
        if len(said) < len(places):
            mend = "write blank where the paper has nothing"
            self._wrong(row, None, "row-too-short", f"the row has {len(said)} cells, the first line {len(places)}", mend)
            return
        fields = self._fields(row, said, places)
        if station is not None and len(self.problems) == before:
            self.rows.append(Typed(row, station, fields))

    def _station(self, row: int, said: str) -> str | None:
        station = self.stations.get(said) or self.stations.get(said.translate(_DIGITS))
        if station is None:
            message = f"the station {said[:80]!r} has not been drawn" if said else "the row names no station"
            self._wrong(row, STATION, "unknown-station", message, "write it as on the retrieval list; a spreadsheet may have changed it")
        elif station in self.seen:
            message = f"the station is in row {self.seen[station]} already"
            self._wrong(row, STATION, "repeated-station", message, "one row for a station: take out the one that is wrong")
            return None
        else:
            self.seen[station] = row
        return station

    def _fields(self, row: int, said: Sequence[str], places: Mapping[str, int]) -> Json:
        found = (said[places[FOUND]] if FOUND in places else "") or COUNTED
        figures = {name: said[places[name]] for name in self.columns}
        if found not in (COUNTED, ABSENT):
            self._wrong(row, FOUND, "unknown-word", f"{found[:40]!r} is neither counted nor absent", "leave it empty if it was counted")
        if found == ABSENT:
            for name, one in figures.items():
                if one:
                    self._wrong(row, name, "absent-with-figures", "papers that are absent have no figures", "take out one of the two")
            return {"found": ABSENT}
        made: Json = {"found": COUNTED, "votes": {}}
        for name, one in figures.items():
            figure = read_count(one)
            if isinstance(figure, NotACount):
                self._wrong(row, name, figure.code, figure.message, figure.mend)
                continue
            part, _, key = name.partition(":")
            made.setdefault(part, {})[key] = figure if isinstance(figure, int) else str(figure)
        return made


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line on which it begins. The mark between cells is the one that the first line has most of."""
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(_MARKS, key=first.count), strict=True)
    begins = 1
    for cells in reader:
        yield begins, cells
        begins = reader.line_num + 1
