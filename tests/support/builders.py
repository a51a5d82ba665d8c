"""Small elections for tests, in one expression; as frames (``.election``) and as a package folder or zip (``.write``, ``.zip``).

    built = build(
        candidates="A B C",
        stations={"S1": 500, "S2": None},                       # rolls; None is unknown
        records=[
            rec("S1", "officer", 10, 20, 0, valid=30, rejected=1, in_box=31),   # votes in ballot order …
            rec("S1", "agent:X", A=10, B=20, C=None, valid=30),                 # … or by name; None is unread
            rec("S2", "officer", A=4, B=0),                                     # keys: station/source[/act][/version]
            rec("S2", "officer", A=5, act="recount", supersedes="S2/officer"),
        ],
        declared=[dec(A=15, B=20), dec("provisional", version=2, area="D1", A=4), dec(station="S1", A=10)],
        areas={"P": "", "D1": "P"}, area_of={"S1": "D1"},
    )
    built.election                # model.election.Election
    built.write(tmp_path / "p")   # a folder, written with the csv module alone: it shares no code with formats

The contest is called NA-1. Several contests: ``candidates={"NA-1": "A B", "PS-1": "X Y"}``, then ``contest="PS-1"`` in ``rec``
and ``dec`` (the first contest if left out) and, where they differ, rolls by contest: ``stations={"S1": {"NA-1": 500, "PS-1": 480}}``.
Nothing is checked here: tests of the reader build bad packages too.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from tallyproof.model.boxes import BOX_NAMES
from tallyproof.model.election import About, Election
from tallyproof.model.tables import TABLES, Type

Count = int | None
Rows = list[dict[str, Any]]
_ALWAYS = {name for name, table in TABLES.items() if table.required}


@dataclass(frozen=True, slots=True)
class Rec:
    """One row of ``records`` with its rows of ``votes``."""

    station: str
    source: str
    in_order: tuple[Count, ...]
    figures: dict[str, Count]
    columns: dict[str, Any]
    vote_columns: dict[str, dict[str, Any]]
    without: tuple[str, ...]


def rec(
    station: str,
    source: str = "officer",
    *in_order: Count,
    key: str = "",
    contest: str = "",
    act: str = "",
    version: Count = None,
    supersedes: str = "",
    unread: str = "",
    votes: Mapping[str, Count] | None = None,
    in_words: Mapping[str, Count] | None = None,
    without: str = "",
    columns: Mapping[str, Any] | None = None,
    **figures: Count,
) -> Rec:
    """A record. Keywords that name a box (``valid=30``) are boxes, others candidates; ``without="C"`` leaves out C's row."""
    given = {
        **(columns or {}),
        "record": key,
        "contest": contest,
        "act": act,
        "version": version,
        "supersedes": supersedes,
        "unread": unread,
    }
    words = {candidate: {"in_words": number} for candidate, number in (in_words or {}).items()}
    return Rec(station, source, in_order, {**(votes or {}), **figures}, given, words, tuple(without.split()))


@dataclass(frozen=True, slots=True)
class Dec:
    """Rows of ``declared`` that share everything but item and value."""

    columns: dict[str, Any]
    items: dict[str, int]


def dec(
    stage: str = "final",
    version: Count = None,
    *,
    contest: str = "",
    area: str = "",
    station: str = "",
    items: Mapping[str, int] | None = None,
    **more: int,
) -> Dec:
    """What was declared for the whole contest, an area or a station."""
    return Dec(
        {"contest": contest, "area": area, "station": station, "stage": stage, "version": version},
        {**(items or {}), **more},
    )


def said(statement: str, item: str, value: int, *, about: str = "records", contest: str = "", **columns: Any) -> dict[str, Any]:
    """A row of ``statements``."""
    return {"statement": statement, "contest": contest, "item": item, "about": about, "value": value, **columns}


@dataclass(frozen=True)
class Built:
    """Rows of every table, cells as Python values (None and "" are empty cells)."""

    tables: dict[str, Rows]
    about: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def election(self) -> Election:
        about = About(**{**self.about, "sources": tuple(self.about.get("sources", ()))})
        frames: dict[str, Any] = {name: self.frame(name).lazy() for name in TABLES}
        return Election(about=about, **frames)

    def frame(self, name: str) -> pl.DataFrame:
        """The table with every column of its schema; empty cells are null."""
        table = TABLES[name]
        columns = {}
        for column in table.columns:
            cells = [row.get(column.name) for row in self.tables.get(name, [])]
            columns[column.name] = [None if cell in ("", None) else cell if column.type is Type.COUNT else str(cell) for cell in cells]
        return pl.DataFrame(columns, schema=table.schema)

    def csv_files(self) -> dict[str, str]:
        """File name → text, ``datapackage.json`` included; optional tables without rows are left out."""
        files = {}
        resources = []
        for name, table in TABLES.items():
            rows = self.tables.get(name, [])
            if not rows and name not in _ALWAYS:
                continue
            header = [column.name for column in table.columns]
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(header)
            writer.writerows([row.get(column) for column in header] for row in rows)
            files[f"{name}.csv"] = text.getvalue()
            resources.append({"name": name, "path": f"{name}.csv", "format": "csv", "mediatype": "text/csv", "encoding": "utf-8"})
        package = {**self.about, "resources": resources}
        return {"datapackage.json": json.dumps(package, ensure_ascii=False, indent=1), **files}

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in self.csv_files().items():
            (folder / name).write_bytes(text.encode())
        return folder

    def zip(self, path: Path) -> Path:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in self.csv_files().items():
                archive.writestr(name, text)
        return path

    def with_rows(self, name: str, rows: Rows) -> Built:
        """The same election with one table replaced."""
        return Built({**self.tables, name: rows}, self.about)


def build(
    candidates: str | Mapping[str, str] = "A B",
    stations: str | Mapping[str, Count | Mapping[str, Count]] = "",
    records: Iterable[Rec] = (),
    declared: Mapping[str, int] | Iterable[Dec] = (),
    *,
    areas: Mapping[str, str] | None = None,
    levels: Mapping[str, str] | None = None,
    area_of: Mapping[str, str] | None = None,
    seats: int | Mapping[str, int] | None = None,
    rule: str | Mapping[str, str] = "",
    n_stations: int | Mapping[str, int] | None = None,
    registered: int | Mapping[str, int] | None = None,
    statements: Sequence[Mapping[str, Any]] = (),
    about: Mapping[str, Any] | None = None,
) -> Built:
    """An election. ``seats``, ``rule``, ``n_stations`` and ``registered`` are columns of the contests: one for all, or by contest."""
    ballots = {"NA-1": candidates} if isinstance(candidates, str) else dict(candidates)
    first = next(iter(ballots), "")
    known = dict.fromkeys(stations.split()) if isinstance(stations, str) else dict(stations)
    decs = [dec(items=declared)] if isinstance(declared, Mapping) else list(declared)

    def of(setting: Any, contest: str) -> Any:
        return setting.get(contest) if isinstance(setting, Mapping) else setting

    tables: dict[str, Rows] = {name: [] for name in TABLES}
    tables["areas"] = [{"area": area, "parent": parent, "level": (levels or {}).get(area)} for area, parent in (areas or {}).items()]
    for contest, names in ballots.items():
        row = {"seats": seats, "rule": rule, "stations": n_stations, "registered": registered}
        tables["contests"].append({"contest": contest, **{name: of(setting, contest) for name, setting in row.items()}})
        tables["candidates"] += [{"contest": contest, "candidate": candidate, "name": candidate} for candidate in names.split()]
    listed = dict(known)
    for one in records:
        if one.station not in listed:
            listed[one.station] = {}
        contest = one.columns["contest"] or first
        figures = {**dict(zip(ballots.get(contest, "").split(), one.in_order, strict=False)), **one.figures}
        row = {**one.columns, "contest": contest, "station": one.station, "source": one.source}
        row.update({name: value for name, value in figures.items() if name in BOX_NAMES})
        if not row["record"]:
            parts = [contest if len(ballots) > 1 else "", one.station, one.source, str(row["act"]), str(row["version"] or "")]
            row["record"] = "/".join(part for part in parts if part)
        tables["records"].append(row)
        for candidate, votes in figures.items():
            if candidate not in BOX_NAMES and candidate not in one.without:
                more = one.vote_columns.get(candidate, {})
                tables["votes"].append({"record": row["record"], "candidate": candidate, "votes": votes, **more})
    for one_dec in decs:
        if (station := one_dec.columns["station"]) and station not in listed:
            listed[station] = {}
        contest = one_dec.columns["contest"] or first
        tables["declared"] += [{**one_dec.columns, "contest": contest, "item": item, "value": n} for item, n in one_dec.items.items()]
    tables["stations"] = [{"station": station, "name": station, "area": (area_of or {}).get(station)} for station in listed]
    for station, rolls in listed.items():
        by_contest = rolls if isinstance(rolls, Mapping) else dict.fromkeys(ballots, rolls)
        tables["station_contests"] += [{"station": station, "contest": contest, "registered": roll} for contest, roll in by_contest.items()]
    tables["statements"] = [{**row, "contest": row.get("contest") or first} for row in statements]
    return Built(tables, {"name": "test", "title": "A test election", **(about or {})})
