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

MAX_FILE = 4 << 30  # bytes of one file after unpacking; in a zip also at most 200 times what it weighs there
MAX_LINE = 1 << 20
MAX_PROBLEMS = 200
MAX_COUNT = 999_999_999


# column: * must be filled, # a count, ^ part of the key, >table names a key of that table
TABLES = {
    "areas": "area*^ parent",
    "contests": "contest*^ rule seats# stations# registered#",
    "candidates": "contest*^>contests candidate*^",
    "stations": "station*^ area>areas",
    "station_contests": "station*^>stations contest*^>contests registered#",
    "records": "record*^ contest*>contests station*>stations source* act supersedes version# registered# in_box# valid# rejected# blank#",
    "votes": "record*>records candidate* votes#",  # its key is looked after where the votes are put in place
    "declared": "contest*^>contests area^>areas station^>stations stage*^ version#^ item*^ value*#",
}
BOX_NAMES = {"registered", "registered_male", "registered_female", "received", "issued", "unused", "spoilt", "admitted", "admitted_male"}
BOX_NAMES |= {"admitted_female", "in_box", "valid", "rejected", "blank", "challenged", "tendered", "serial_first", "serial_last"}
_SOURCE = re.compile(r"officer|commission|scan|(?:agent|observer|court):[^\s:][^:]{0,99}")
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
_COUNT = re.compile(r"([0-9]{1,12})(?:\.0{1,12})?")
_NEUTRAL = re.compile(r"^'(?='*[=+\-@\t\r\n＝＋－＠])")  # a writer sets an apostrophe before a cell that a spreadsheet would run
_FAILURES = (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, csv.Error, KeyError)
_UNSEEN = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\ufeff\\u202a-\\u202e\\u2066-\\u2069]")
_NO_ROW = -1


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
    boxes: tuple[int | None, ...]  # in_box, valid, rejected, blank
    votes: list[int | None]


@dataclass(slots=True)
class Contest:
    key: str
    seats: int
    rule: str
    stations: int | None
    registered: int | None
    candidates: dict[str, int] = field(default_factory=dict)  # candidate → place on the ballot, from 0
    rolls: dict[str, int | None] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    declared: list[tuple[str, str, str, str, int]] = field(default_factory=list)  # area, station, stage/version, item, value


@dataclass(slots=True)
class Package:
    contests: dict[str, Contest]
    parents: dict[str, str]  # area → the area it lies in, "" at the top
    area_of: dict[str, str]  # station → area


class Source:
    """The files of the package and the problems found in them."""

    def __init__(self, path: Path) -> None:
        self.problems: list[str] = []
        self.place = "datapackage.json"
        self.keys: dict[str, str] = {}
        self.seen: dict[str, set[Any]] = {}
        self.folder, self.archive, self.inside = path, None if path.is_dir() else zipfile.ZipFile(path), ""
        names = self.archive.namelist() if self.archive else []
        tops = [name for name in names if name.count("/") == 1 and name.endswith("/datapackage.json")]
        if len(set(names)) != len(names):
            raise Unreadable("two files in the archive have one name")
        if len(tops) == 1 and "datapackage.json" not in names:
            self.inside = tops[0].removesuffix("datapackage.json")
        with self.open("datapackage.json") as stream:
            listed = [(str(one["name"]), str(one["path"])) for one in json.loads(stream.read(1 << 22).decode("utf-8-sig"))["resources"]]
        self.paths = {name: path for name, path in listed if name in TABLES}
        for name in ("contests", "candidates", "records", "votes"):
            if name not in self.paths:
                raise Unreadable(f"datapackage.json: no resource named {name}")
        for name, where in self.paths.items():
            if not where.lower().endswith(".csv") or sum(name == other for other, _ in listed) > 1:
                raise Unreadable(f"{where}: this verifier reads one CSV file a table; make a CSV package of it (tallyproof import)")

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

    def problem(self, message: str) -> None:
        self.problems.append(f"{self.place}: {message}")
        if len(self.problems) == MAX_PROBLEMS:
            raise Unreadable(*self.problems, f"stopped after {MAX_PROBLEMS} problems")

    def rows(self, name: str) -> Iterator[dict[str, Any]]:
        """column → cell: keys as text, "" where empty; counts as int, None where unread. Problems are noted and read on."""
        self.place = path = self.paths.get(name, "")
        columns = [re.split("[*#^>]", column)[0] for column in TABLES[name].split()]
        marks = dict(zip(columns, TABLES[name].split(), strict=True))
        counts = {column for column in columns if "#" in marks[column]}
        needed = [column for column in columns if "*" in marks[column]]
        key = [column for column in columns if "^" in marks[column]]
        refers = [
            (column, self.seen[marks[column].partition(">")[2]])
            for column in columns
            if self.paths.keys() & {marks[column].partition(">")[2]}
        ]
        seen = self.seen.setdefault(name, set())
        try:
            with self.open(path) if path else io.BytesIO() as stream:
                table = csv.reader(_lines(stream), strict=True)
                header = [cell.strip() for cell in next(table, () if path else needed)]
                if not set(needed) <= set(header) or len(set(header)) < len(header):
                    return self.problem(f"the columns {' '.join(needed)} are needed, and none twice")
                at = [(column, header.index(column) if column in header else -1) for column in columns]
                for cells in table:
                    self.place = f"{path}:{table.line_num}"
                    if len(cells) != len(header):
                        if cells:
                            self.problem(f"{len(cells)} cells where the header has {len(header)}")
                        continue
                    cells.append("")  # that is the cell of columns that are not there
                    row: dict[str, Any] = {name: self.count(name, cells[i]) if name in counts else self.key(cells[i]) for name, i in at}
                    row["version"] = 1 if row.get("version") is None else row["version"]
                    identity = tuple([row[column] for column in key])
                    if any(row[column] in ("", None) for column in needed) or row["version"] == 0:
                        self.problem(f"a cell is empty ({' '.join(needed)} are needed), or a version is 0")
                    elif key and identity in seen:
                        self.problem(f"{' '.join(map(str, identity))} occurs twice")
                    elif unknown := [column for column, others in refers if row[column] and (row[column],) not in others]:
                        self.problem(f"{unknown[0]} names a key that is not there: {row[unknown[0]]!r}")
                    else:
                        yield row
                    if key:
                        seen.add(identity)
        except _FAILURES as error:
            self.problem(f"cannot be read from here on as UTF-8 CSV ({error})")

    def key(self, cell: str) -> str:
        if cell not in self.keys:
            self.keys[cell] = key = _NEUTRAL.sub("", cell.strip())
            if len(key) > 200 or _UNSEEN.search(key):
                self.problem(f"longer than 200 characters, or with characters that cannot be seen: {key[:40]!a}")
        return self.keys[cell]

    def count(self, column: str, cell: str) -> int | None:
        if cell.isascii() and cell.isdigit() and len(cell) < 10:
            return int(cell)
        plain = cell.strip().translate(_DIGITS)
        if plain in ("", "illegible", "blank", "not-on-form"):
            return None
        if (match := _COUNT.fullmatch(plain)) and int(match[1]) <= MAX_COUNT:
            return int(match[1])
        return self.problem(f"{column} is not a whole number from 0 to {MAX_COUNT}: {cell[:40]!a}")


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
    parents = {row["area"]: row["parent"] for row in source.rows("areas")}
    for area, up in parents.items():
        above = {area}
        while up in parents and up not in above:
            above.add(up)
            up = parents[up]
        if up:
            source.problem(f"the area {area!r} lies in itself or in an unknown area")
    contests: dict[str, Contest] = {}
    for row in source.rows("contests"):
        seats = 1 if row["seats"] is None else row["seats"]
        contests[row["contest"]] = Contest(row["contest"], seats, row["rule"] or "plurality", row["stations"], row["registered"])
    for row in source.rows("candidates"):
        candidates = contests[row["contest"]].candidates
        candidates[row["candidate"]] = len(candidates)
    for key, contest in contests.items():
        if contest.rule not in ("plurality", "none") or contest.seats < 1 or BOX_NAMES & contest.candidates.keys():
            source.problem(f"{key!r}: an unknown rule, no seat, or a candidate with the name of a box")
        if contest.rule == "plurality" and contest.seats > len(contest.candidates):
            source.problem(f"{key!r} has more seats than candidates")
    area_of = {row["station"]: row["area"] for row in source.rows("stations")}
    for row in source.rows("station_contests"):
        contests[row["contest"]].rolls[row["station"]] = row["registered"]
    records: dict[str, tuple[Contest, Record]] = {}
    for row in source.rows("records"):
        if not _SOURCE.fullmatch(row["source"]) or row["act"] not in ("", "count", "recount", "repoll", "canvass", "ruling"):
            source.problem(f"unknown source or act: {row['source']!r} {row['act']!r}")
        contest, boxes = contests[row["contest"]], (row["in_box"], row["valid"], row["rejected"], row["blank"])
        identity = row["record"], row["station"], row["source"], row["act"] or "count", row["version"], row["supersedes"]
        contest.records.append(Record(*identity, row["registered"], boxes, [_NO_ROW] * len(contest.candidates)))
        records[row["record"]] = contest, contest.records[-1]
    for contest, record in records.values():
        path, one = {record.key}, record
        while one.supersedes:
            of, earlier = records.get(one.supersedes, (None, one))
            if of is not contest or earlier.station != record.station or earlier.key in path:
                source.problem(f"{record.key!r} supersedes no record of its contest and station, or in the end itself")
                break
            path.add(earlier.key)
            one = earlier
    for row in source.rows("votes"):
        contest, record = records[row["record"]]
        place = contest.candidates.get(row["candidate"])
        if place is None or record.votes[place] != _NO_ROW:
            source.problem(f"no such candidate there, or given twice: {row['record']!r}, {row['candidate']!r}")
        else:
            record.votes[place] = row["votes"]
    for _, record in records.values():
        record.votes = [None if votes == _NO_ROW else votes for votes in record.votes]
    for row in source.rows("declared"):
        contest = contests[row["contest"]]
        if row["stage"] not in ("provisional", "final") or (row["area"] and row["station"]):
            source.problem("an unknown stage, or both an area and a station")
        elif row["item"] not in contest.candidates and row["item"] not in BOX_NAMES:
            source.problem(f"{row['item']!r} is neither a candidate nor a box")
        else:
            contest.declared.append((row["area"], row["station"], f"{row['stage']}/{row['version']}", row["item"], row["value"]))
    return Package(contests, parents, area_of)
