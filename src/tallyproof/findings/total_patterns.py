"""What could lie behind a declared total or table: a station left out or counted twice, rows exchanged or shifted, votes moved.

Asked only where the records give one figure for each declared candidate and no station is missing: then the whole difference is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import and_

import narwhals as nw

from tallyproof.compare.declared import StationCompared, Version, station_rows
from tallyproof.compare.pattern_names import Name
from tallyproof.compare.pattern_totals import Vector, explain_table, explain_total
from tallyproof.compare.patterns import Figures, Pattern, explain
from tallyproof.findings.finding import PatternNote, pattern_note
from tallyproof.tabulate.frames import height, rows
from tallyproof.tabulate.sheets import vote_columns
from tallyproof.tabulate.stations import KEY, low
from tallyproof.tabulate.tabulation import Tabulated, Tabulation

SILENT = frozenset({Name.UNEXPLAINED, Name.REWRITTEN})
"""Of a total these say nothing."""

TABLE_ROWS = 100_000
"""Declared tables of more station rows than this are not searched for rows at the wrong place."""


def total_pattern(tabulation: Tabulation, total: Tabulated, declared: Mapping[str, int]) -> PatternNote | None:
    """Patterns that fit all declared candidates' totals of a contest or area together; None if none does."""
    ballot = [candidate for candidate in total.contest.ballot if candidate in declared]
    cells = [total.cell(candidate) for candidate in ballot]
    if len(ballot) < 2 or total.missing or not total.recorded or any(cell.unread or cell.low != cell.read for cell in cells):
        return None
    sums = tuple(cell.low for cell in cells)
    announced = tuple(declared[candidate] for candidate in ballot)
    delta = {candidate: b - a for candidate, a, b in zip(ballot, sums, announced, strict=True)}
    stations = explain_total(delta, _stations_like(tabulation, total, ballot, tuple(delta.values())))
    others = tuple(pattern for pattern in explain(Figures(sums, {}), Figures(announced, {})) if pattern.name not in SILENT)
    found = (*stations, *others)
    chance = _alike(tabulation, total, ballot) if stations else None
    return pattern_note(found, chance) if found else None


def _columns(total: Tabulated, ballot: Iterable[str]) -> list[str]:
    return [low(f"v{total.contest.position(candidate)}") for candidate in ballot]


def _here(tabulation: Tabulation, total: Tabulated) -> nw.Expr:
    """The stations that the total is of."""
    here = (nw.col("contest") == total.contest.contest) & ~nw.col("missing")
    if total.area is None:
        return here
    parents = tabulation.prepared.parents
    below = {total.area}
    # Parents can come after their children in the table: repeat until nothing is added.
    while added := {area for area, parent in parents.items() if parent in below} - below:
        below |= added
    return here & nw.col("area").is_in(sorted(below))


def _stations_like(tabulation: Tabulation, total: Tabulated, ballot: list[str], delta: tuple[int, ...]) -> list[tuple[str, Vector]]:
    """The stations whose figures are the difference or its opposite: found by the engine, however many stations there are."""
    names = _columns(total, ballot)
    same = reduce(and_, (nw.col(name) == change for name, change in zip(names, delta, strict=True)))
    opposite = reduce(and_, (nw.col(name) == -change for name, change in zip(names, delta, strict=True)))
    found = rows(tabulation.stations.filter(_here(tabulation, total) & (same | opposite)).select("station", *names))
    return sorted((row["station"], tuple(row[name] for name in names)) for row in found)


def _alike(tabulation: Tabulation, total: Tabulated, ballot: list[str]) -> tuple[int, int]:
    """At how many of these stations another has the very same figures: how much an exact fit says in this set."""
    names = _columns(total, ballot)
    here = tabulation.stations.filter(_here(tabulation, total)).select(*names)
    twins = here.group_by(*names).agg(nw.len().cast(nw.Int64).alias("n")).filter(nw.col("n") > 1)
    return int(rows(twins.select(nw.col("n").sum()))[0]["n"] or 0), height(here)


def table_patterns(tabulation: Tabulation, compared: list[StationCompared]) -> dict[tuple[str, Version, str], Pattern]:
    """Declared station rows that stand at the wrong place: (contest, version, station) → pattern."""
    found: dict[tuple[str, Version, str], Pattern] = {}
    tables = {(one.contest, one.version) for one in compared}
    many = {table for table in tables if sum((one.contest, one.version) == table for one in compared) > 1}
    for contest, version in sorted(many):
        for pattern in explain_table(*_tables(tabulation, contest, version)):
            for station in pattern.cells:
                found.setdefault((contest, version, station), pattern)
    return found


def _tables(tabulation: Tabulation, contest: str, version: Version) -> tuple[list[tuple[str, Vector]], list[tuple[str, Vector]]]:
    """Declared rows and records of one declared table, of the candidates that it has figures of, in order of station."""
    prepared = tabulation.prepared
    names = vote_columns(len(prepared.contests[contest].ballot))
    wide = station_rows(prepared.tables, prepared.width).filter(
        nw.col("contest") == contest, nw.col("stage") == version[0], nw.col("version") == version[1]
    )
    joined = wide.join(tabulation.stations, on=KEY, how="inner")
    table = sorted(rows(joined.head(TABLE_ROWS + 1)), key=lambda row: _natural(row["station"]))
    if len(table) > TABLE_ROWS:
        return [], []
    used = [name for name in names if any(row[f"d_{name}"] is not None for row in table)]
    return (
        [(row["station"], tuple(row[f"d_{name}"] for name in used)) for row in table],
        [(row["station"], tuple(row[low(name)] for name in used)) for row in table],
    )


def _natural(station: str) -> tuple[int, int, str]:
    """Order of stations as printed: numbers as numbers, others by spelling."""
    return (0, int(station), "") if station.isascii() and station.isdigit() else (1, 0, station)
