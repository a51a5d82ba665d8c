"""A package (folder or .zip of CSV files) → plain rows. Standard library only; specs/package-v1.md is the law.

Only what the tabulation needs is read. Nothing is repaired or guessed: every problem becomes a sentence, and a package
with a problem is not tabulated.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

MAX_FILE = 4 << 30
"""Bytes of one file after unpacking; in a zip also at most 200 times what it weighs there."""
MAX_LINE = 1 << 20
MAX_PROBLEMS = 200
MAX_COUNT = 999_999_999
BOX_NAMES = {"registered", "registered_male", "registered_female", "received", "issued", "unused", "spoilt", "admitted", "admitted_male"}
BOX_NAMES |= {"admitted_female", "in_box", "valid", "rejected", "blank", "challenged", "tendered", "serial_first", "serial_last"}
# table: columns that must be there and filled, columns that may be empty, columns of counts
COLUMNS = {
    "areas": ("area", "parent", ""),
    "contests": ("contest", "rule", "seats stations registered"),
    "candidates": ("contest candidate", "", ""),
    "stations": ("station", "area", ""),
    "station_contests": ("station contest", "", "registered"),
    "records": ("record contest station source", "act supersedes", "version registered in_box valid rejected blank"),
    "votes": ("record candidate", "", "votes"),
    "declared": ("contest stage item", "area station", "version value"),
}
NEEDED = ("contests", "candidates", "records", "votes")
_SOURCE = re.compile(r"officer|commission|scan|(?:agent|observer|court):[^\s:][^:]{0,99}")
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
_COUNT = re.compile(r"([0-9]{1,12})(?:\.0{1,12})?")
_NEUTRAL = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")  # a writer sets an apostrophe before a cell that a spreadsheet would run
_NO_ROW = -1
_FAILURES = (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, csv.Error, KeyError)


class Unreadable(Exception):
    """The package cannot be read; ``problems`` are sentences for a person."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(slots=True)
class Record:
    """One copy of one station's statement. ``votes[i]`` belongs to candidate i of the ballot; None is unread."""

    key: str
    station: str
    source: str
    act: str
    version: int
    supersedes: str
    registered: int | None
    boxes: tuple[int | None, ...]
    """in_box, valid, rejected, blank"""
    votes: list[int | None]


@dataclass(slots=True)
class Contest:
    key: str
    seats: int
    rule: str
    stations: int | None
    registered: int | None
    candidates: dict[str, int] = field(default_factory=dict)
    """candidate → place on the ballot, from 0"""
    rolls: dict[str, int | None] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    declared: list[tuple[str, str, str, str, int]] = field(default_factory=list)
    """area, station, stage/version, item, value"""


@dataclass(slots=True)
class Package:
    title: str
    contests: dict[str, Contest] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    area_of: dict[str, str] = field(default_factory=dict)


class Source:
    """The files of the package and the problems found in them."""

    def __init__(self, path: Path) -> None:
        self.problems: list[str] = []
        self.folder, self.archive, self.inside = path, None if path.is_dir() else zipfile.ZipFile(path), ""
        if self.archive:
            names = self.archive.namelist()
            if len(set(names)) != len(names):
                raise Unreadable(f"{path.name}: two files in the archive have one name")
            tops = [name for name in names if name.count("/") == 1 and name.endswith("/datapackage.json")]
            if "datapackage.json" not in names and len(tops) == 1:
                self.inside = tops[0].removesuffix("datapackage.json")
        with self.open("datapackage.json") as stream:
            about = json.loads(stream.read(1 << 22).decode("utf-8-sig"))
        self.title = str(about.get("title") or about.get("name"))
        self.paths = {str(one["name"]): str(one["path"]) for one in about["resources"] if one["name"] in COLUMNS}
        if absent := [name for name in NEEDED if name not in self.paths]:
            raise Unreadable(f"datapackage.json: no resource named {', '.join(absent)}")
        for name, where in self.paths.items():
            if not where.lower().endswith(".csv"):
                raise Unreadable(f"{where}: this verifier reads CSV alone; make a CSV package of it first (tallyproof import)")
            if sum(one["name"] == name for one in about["resources"]) > 1:
                raise Unreadable(f"datapackage.json: two resources are named {name}")

    def open(self, name: str) -> IO[bytes]:
        parts = PurePosixPath(name).parts
        if name.startswith("/") or ".." in parts or "\\" in name or ":" in name:
            raise Unreadable(f"datapackage.json: the path {name!r} leads out of the package")
        if self.archive:
            info = self.archive.getinfo(self.inside + "/".join(parts))
            size, most = info.file_size, min(MAX_FILE, max(1 << 23, 200 * info.compress_size))
        elif any(self.folder.joinpath(*parts[:i]).is_symlink() for i in range(1, len(parts) + 1)):
            raise Unreadable(f"{name}: a link, not a file")
        else:
            size, most = self.folder.joinpath(*parts).stat().st_size, MAX_FILE
        if size > most:
            raise Unreadable(f"{name}: larger than this verifier unpacks ({size} bytes)")
        return self.archive.open(info) if self.archive else self.folder.joinpath(*parts).open("rb")

    def problem(self, place: str, message: str) -> None:
        self.problems.append(f"{place}: {message}")
        if len(self.problems) == MAX_PROBLEMS:
            raise Unreadable(*self.problems, f"stopped after {MAX_PROBLEMS} problems")

    def rows(self, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """(file:row, column → cell) of a table: keys as text, "" where empty; counts as int, None where unread."""
        if name not in self.paths:
            return
        path, row = self.paths[name], 1
        needed, optional, counts = (columns.split() for columns in COLUMNS[name])
        try:
            with self.open(path) as stream:
                table = csv.reader(_lines(stream), strict=True)
                header = [cell.strip() for cell in next(table, [])]
                if (absent := [column for column in needed if column not in header]) or len(set(header)) < len(header):
                    return self.problem(path, f"columns are absent ({', '.join(absent)}) or have one name")
                for row, cells in enumerate(table, start=2):
                    place = f"{path}:{row}"
                    if len(cells) != len(header):
                        if cells:
                            self.problem(place, f"{len(cells)} cells where the header has {len(header)}")
                        continue
                    raw = dict(zip(header, cells, strict=True))
                    line: dict[str, Any] = {column: self.key(place, raw.get(column, "")) for column in (*needed, *optional)}
                    line.update({column: self.count(place, column, raw.get(column, "")) for column in counts})
                    if "" in (empty := [line[column] for column in needed]):
                        self.problem(place, f"{needed[empty.index('')]} is empty")
                    yield place, line
        except _FAILURES as error:
            self.problem(f"{path}:{row + 1}", f"cannot be read as UTF-8 CSV ({error})")

    def key(self, place: str, cell: str) -> str:
        key = cell.strip()
        if _NEUTRAL.match(key):
            key = key[1:]
        if len(key) > 200 or not key.isprintable():
            self.problem(place, f"longer than 200 characters, or with characters that cannot be seen: {key[:40]!a}")
        return key

    def count(self, place: str, column: str, cell: str) -> int | None:
        if cell.isascii() and cell.isdigit() and len(cell) < 10:
            return int(cell)
        plain = cell.strip().translate(_DIGITS)
        if plain in ("", "illegible", "blank", "not-on-form"):
            return None
        match = _COUNT.fullmatch(plain)
        if match is None or int(match[1]) > MAX_COUNT:
            self.problem(place, f"{column} is not a whole number from 0 to {MAX_COUNT}: {cell[:40]!a}")
            return None
        return int(match[1])


def _lines(stream: IO[bytes]) -> Iterator[str]:
    with io.TextIOWrapper(stream, "utf-8-sig", newline="") as text:
        while line := text.readline(MAX_LINE):
            if len(line) == MAX_LINE or "\0" in line:
                raise ValueError("a line of more than a million characters, or with a NUL character")
            yield line


def read_package(path: Path) -> Package:
    """The package at ``path``. Raises ``Unreadable`` with all problems found."""
    try:
        source = Source(path)
    except (*_FAILURES, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable(f"{path.name}: not a folder or .zip with a datapackage.json that lists tables ({error!r})") from None
    package = _package(source)
    if source.problems:
        raise Unreadable(*source.problems)
    return package


def _package(source: Source) -> Package:
    package = Package(source.title)
    contests, parents, area_of = package.contests, package.parents, package.area_of
    records: dict[str, tuple[Contest, Record]] = {}
    problem, nobody = source.problem, Contest("", 1, "", None, None)

    def known(place: str, key: str, table: str, keys: dict[str, Any]) -> None:
        if key and key not in keys and table in source.paths:
            problem(place, f"{table} has no {key!r}")

    def new(place: str, key: str, keys: dict[str, Any]) -> None:
        if key in keys:
            problem(place, f"{key!r} occurs twice")

    for place, row in source.rows("areas"):
        new(place, row["area"], parents)
        parents[row["area"]] = row["parent"]
    for area in parents:
        up, above = parents[area], {area}
        while up in parents and up not in above:
            above.add(up)
            up = parents[up]
        if up:
            problem(source.paths["areas"], f"{area!r} lies in itself or in an unknown area")
    for place, row in source.rows("contests"):
        new(place, row["contest"], contests)
        if row["rule"] not in ("", "plurality", "none") or row["seats"] == 0:
            problem(place, f"unknown rule {row['rule']!r} or no seat")
        contests[row["contest"]] = Contest(row["contest"], row["seats"] or 1, row["rule"], row["stations"], row["registered"])
    for place, row in source.rows("candidates"):
        known(place, row["contest"], "contests", contests)
        candidates = contests.get(row["contest"], nobody).candidates
        new(place, row["candidate"], {**candidates, **dict.fromkeys(BOX_NAMES)})
        candidates[row["candidate"]] = len(candidates)
    for place, row in source.rows("stations"):
        new(place, row["station"], area_of)
        known(place, row["area"], "areas", parents)
        area_of[row["station"]] = row["area"]
    for place, row in source.rows("station_contests"):
        known(place, row["contest"], "contests", contests)
        known(place, row["station"], "stations", area_of)
        rolls = contests.get(row["contest"], nobody).rolls
        new(place, row["station"], rolls)
        rolls[row["station"]] = row["registered"]
    for place, row in source.rows("records"):
        known(place, row["contest"], "contests", contests)
        known(place, row["station"], "stations", area_of)
        new(place, row["record"], records)
        if not _SOURCE.fullmatch(row["source"]) or row["act"] not in ("", "count", "recount", "repoll", "canvass", "ruling"):
            problem(place, f"unknown source or act: {row['source']!r} {row['act']!r}")
        contest, version = contests.get(row["contest"], nobody), 1 if row["version"] is None else row["version"]
        boxes = row["in_box"], row["valid"], row["rejected"], row["blank"]
        no_row: list[int | None] = [_NO_ROW] * len(contest.candidates)
        keys = row["record"], row["station"], row["source"], row["act"] or "count", version, row["supersedes"]
        contest.records.append(Record(*keys, row["registered"], boxes, no_row))
        records[row["record"]] = contest, contest.records[-1]
    for contest, record in records.values():
        of, earlier = records.get(record.supersedes, (contest, record))
        if record.supersedes and (record.supersedes not in records or of is not contest or earlier.station != record.station):
            problem(source.paths["records"], f"{record.key!r} supersedes no record of its contest and station")
    for place, row in source.rows("votes"):
        found = records.get(row["record"])
        at = found[0].candidates.get(row["candidate"]) if found else None
        if found is None or at is None or found[1].votes[at] != _NO_ROW:
            problem(place, f"no such record, no such candidate there, or given twice: {row['record']!r}, {row['candidate']!r}")
        else:
            found[1].votes[at] = row["votes"]
    for _, record in records.values():
        record.votes = [None if votes == _NO_ROW else votes for votes in record.votes]
    said: set[tuple[str, ...]] = set()
    for place, row in source.rows("declared"):
        known(place, row["contest"], "contests", contests)
        known(place, row["station"], "stations", area_of)
        known(place, row["area"], "areas", parents)
        contest, version = contests.get(row["contest"], nobody), 1 if row["version"] is None else row["version"]
        given = row["area"], row["station"], f"{row['stage']}/{version}", row["item"]
        if row["stage"] not in ("provisional", "final") or row["value"] is None or (contest.key, *given) in said:
            problem(place, "an unknown stage, no value, or given twice")
        elif row["item"] not in contest.candidates and row["item"] not in BOX_NAMES:
            problem(place, f"{row['item']!r} is neither a candidate nor a box")
        else:
            said.add((contest.key, *given))
            contest.declared.append((*given, row["value"]))
    return package
