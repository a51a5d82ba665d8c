"""Declared figures against the records, at every level that both have; and the declaration against itself.

Nothing here says who is right. A declared figure outside everything that the records allow is a contradiction of figures;
one that only some copies allow is a conflict of copies; one that missing stations could explain is a gap.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import narwhals as nw

from tallyproof.compare.copies import copies
from tallyproof.model.words import OFFICIAL_SOURCES, Stage
from tallyproof.tabulate.frames import Frame, Frames, rows, settle
from tallyproof.tabulate.sheets import vote_columns
from tallyproof.tabulate.standing import TOTAL_BOXES
from tallyproof.tabulate.stations import KEY, high, low
from tallyproof.tabulate.sums import Cell
from tallyproof.tabulate.tabulation import Tabulated, Tabulation

Version = tuple[str, int]
"""Stage and version of a declaration, e.g. ``('final', 1)``."""


def version_name(version: Version) -> str:
    return f"{version[0]}/{version[1]}"


def version_order(version: Version) -> tuple[bool, int]:
    """Final after provisional, then by version: the last one is the latest."""
    return (version[0] == Stage.FINAL, version[1])


@dataclass(frozen=True, slots=True)
class DeclaredTotals:
    """All declared figures of one contest that are not about single stations: ``[area][version][item]``; area None is the contest."""

    contest: str
    by_area: Mapping[str | None, Mapping[Version, Mapping[str, int]]]

    def versions(self, area: str | None = None) -> list[Version]:
        return sorted(self.by_area.get(area, {}), key=version_order)

    def latest(self, area: str | None = None) -> tuple[Version, Mapping[str, int]] | None:
        """The last declaration *that has a figure of a candidate or box* for the area; None if there is none."""
        versions = self.versions(area)
        return (versions[-1], self.by_area[area][versions[-1]]) if versions else None

    def latest_of(self, items: Iterable[str], area: str | None = None) -> tuple[Version, dict[str, int]] | None:
        """The last declaration that has any of these items, limited to them."""
        wanted = set(items)
        for version in reversed(self.versions(area)):
            found = {item: value for item, value in self.by_area[area][version].items() if item in wanted}
            if found:
                return version, found
        return None


def declared_totals(tables: Frames) -> dict[str, DeclaredTotals]:
    """The declared figures above stations, by contest."""
    found: dict[str, dict[str | None, dict[Version, dict[str, int]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(dict)))
    for row in rows(tables.declared.filter(nw.col("station").is_null())):
        found[row["contest"]][row["area"]][row["stage"], int(row["version"] or 1)][row["item"]] = int(row["value"])
    return {contest: DeclaredTotals(contest, by_area) for contest, by_area in found.items()}


class Verdict(StrEnum):
    """What the records say of a declared figure."""

    AGREES = "agrees"
    BELOW = "below"
    ABOVE = "above"
    SOME_COPIES = "some-copies"
    """Between the lowest and the highest sum of copies that differ."""
    COULD_BE = "could-be"
    """Only stations that are missing or unread could explain it."""


@dataclass(frozen=True, slots=True)
class TotalCompared:
    """One declared figure of a contest or area against what the records allow."""

    contest: str
    area: str | None
    version: Version
    item: str
    declared: int
    low: int
    high: int | None
    read: int
    """Upper end over the stations at which the figure is read."""
    high_with_missing: int | None
    missing: int
    """Stations of the contest or area that are missing."""
    verdict: Verdict


def judge(declared: int, cell: Cell, high_with_missing: int | None) -> Verdict:
    """Where a declared figure lies (``specs/tabulation-v1.md`` section 5)."""
    if declared < cell.low:
        return Verdict.BELOW
    if high_with_missing is not None and declared > high_with_missing:
        return Verdict.ABOVE
    if declared > cell.read:
        return Verdict.COULD_BE
    return Verdict.AGREES if cell.low == cell.read else Verdict.SOME_COPIES


def _comparable(total: Tabulated) -> set[str]:
    return {*total.contest.ballot, *TOTAL_BOXES}


def compare_totals(tabulation: Tabulation, declared: Mapping[str, DeclaredTotals]) -> list[TotalCompared]:
    """Every declared total of a contest or area against the records, in order of contest, area, version, ballot."""
    found = []
    for contest in sorted(declared):
        for area in sorted(declared[contest].by_area, key=lambda area: area or ""):
            total = tabulation.contests[contest] if area is None else tabulation.areas.get((contest, area))
            if total is None or total.recorded == 0:
                continue
            order = [*total.contest.ballot, *TOTAL_BOXES]
            for version in declared[contest].versions(area):
                items = declared[contest].by_area[area][version]
                for item in sorted(items.keys() & _comparable(total), key=order.index):
                    cell, most = total.cell(item), total.with_missing(item)
                    if cell.unread == total.recorded:
                        continue  # no record has this figure: there is nothing to compare
                    found.append(
                        TotalCompared(
                            contest,
                            area,
                            version,
                            item,
                            items[item],
                            cell.low,
                            cell.upper,
                            cell.read,
                            most,
                            total.missing,
                            judge(items[item], cell, most),
                        )
                    )
    return found


@dataclass(frozen=True, slots=True)
class StationCompared:
    """The declared row of one station (of Form 48, say) that its records do not bear out; only cells that differ are listed."""

    contest: str
    station: str
    version: Version
    cells: tuple[tuple[str, int, int, int], ...]
    """(item, declared, low, high), the largest difference first."""
    outside: bool
    """Whether a declared figure lies outside everything that the copies say."""
    agrees_with: tuple[str, ...]
    """Sources whose copy says the same as the row in every figure that both have."""
    records: tuple[str, ...]


def station_rows(tables: Frames, width: int) -> Frame:
    """Declared rows of stations, wide: contest, station, stage, version, ``d_v1``…``d_vK``, ``d_in_box``…"""
    ballot = tables.candidates.select("contest", nw.col("candidate").alias("item"), "position")
    declared = tables.declared.filter(~nw.col("station").is_null()).with_columns(nw.col("version").fill_null(1))
    placed = declared.select("contest", "station", "stage", "version", "item", "value").join(ballot, on=["contest", "item"], how="left")
    cells = [
        nw.when(nw.col("position") == position).then(nw.col("value")).alias(f"d_{name}")
        for position, name in enumerate(vote_columns(width), start=1)
    ]
    boxes = [nw.when(nw.col("item") == box).then(nw.col("value")).alias(f"d_{box}") for box in TOTAL_BOXES]
    names = [*vote_columns(width), *TOTAL_BOXES]
    return (
        placed.with_columns(*cells, *boxes)
        .group_by("contest", "station", "stage", "version")
        .agg(*(nw.col(f"d_{name}").max() for name in names))
    )


def compare_stations(tabulation: Tabulation) -> list[StationCompared]:
    """Declared rows of stations that differ from every copy, or from an official one; sorted by contest and station.

    A row that repeats one of two copies that differ is not listed again: the difference is between the copies.
    """
    prepared = tabulation.prepared
    names = [*vote_columns(prepared.width), *TOTAL_BOXES]
    joined = station_rows(prepared.tables, prepared.width).join(tabulation.stations.filter(~nw.col("missing")), on=KEY, how="inner")
    unequal = [(nw.col(f"d_{name}") != nw.col(low(name))) | (nw.col(f"d_{name}") != nw.col(high(name))) for name in names]
    differing = settle(joined.filter(nw.any_horizontal(*unequal, ignore_nulls=True)))
    together = copies(tabulation, tabulation.live.join(differing.select(*KEY).unique(), on=KEY, how="inner"))
    found = []
    for row in rows(differing):
        ballot = prepared.contests[row["contest"]].ballot
        items = dict(zip(ballot, vote_columns(prepared.width), strict=False)) | {box: box for box in TOTAL_BOXES}
        declared = {item: int(row[f"d_{name}"]) for item, name in items.items() if row[f"d_{name}"] is not None}
        said = [
            (copy, [figure for item in declared if (figure := copy.figure(item, ballot)) not in (None, declared[item])])
            for copy in together[row["contest"], row["station"]]
        ]
        agrees = tuple(copy.source for copy, off in said if not off)
        if agrees and not any(off and copy.source in OFFICIAL_SOURCES for copy, off in said):
            continue
        cells = [
            (item, value, int(row[low(items[item])]), int(row[high(items[item])]))
            for item, value in declared.items()
            if row[low(items[item])] is not None and not row[low(items[item])] == value == row[high(items[item])]
        ]
        cells.sort(key=lambda cell: (-max(abs(cell[1] - cell[2]), abs(cell[1] - cell[3])), cell[0]))
        if cells:
            found.append(
                StationCompared(
                    row["contest"],
                    row["station"],
                    (row["stage"], int(row["version"])),
                    tuple(cells),
                    any(not least <= value <= most for _, value, least, most in cells),
                    agrees,
                    tuple(copy.record for copy, _ in said),
                )
            )
    return sorted(found, key=lambda one: (one.contest, one.station, version_order(one.version)))


@dataclass(frozen=True, slots=True)
class RowsSummed:
    """A declared total against the sum of the declared rows (stations or areas) that make it up."""

    contest: str
    version: Version
    item: str
    declared: int
    total: int
    rows: int
    complete: bool
    """Whether every expected row is there; otherwise only a sum above the declared total contradicts."""
    level: str
    """``stations`` or ``areas``."""

    @property
    def contradicts(self) -> bool:
        return self.total != self.declared if self.complete else self.total > self.declared


def _station_sums(tabulation: Tabulation) -> Iterable[tuple[str, Version, str, int, int]]:
    prepared = tabulation.prepared
    names = [*vote_columns(prepared.width), *TOTAL_BOXES]
    wide = station_rows(prepared.tables, prepared.width)
    present = [nw.when(~nw.col(f"d_{name}").is_null()).then(nw.lit(1)).otherwise(nw.lit(0)).alias(f"n_{name}") for name in names]
    summed = (
        wide.with_columns(*present)
        .group_by("contest", "stage", "version")
        .agg(*(nw.col(f"{part}_{name}").sum() for name in names for part in ("d", "n")))
    )
    for row in rows(summed):
        ballot = prepared.contests[row["contest"]].ballot
        for name, item in [*zip(vote_columns(prepared.width), ballot, strict=False), *((box, box) for box in TOTAL_BOXES)]:
            if row[f"n_{name}"]:
                yield row["contest"], (row["stage"], int(row["version"])), item, int(row[f"d_{name}"]), int(row[f"n_{name}"])


def _area_sums(declared: DeclaredTotals, parents: Mapping[str, str | None], expected: int) -> Iterable[tuple[Version, str, int, int, bool]]:
    """Sums of the declared areas that have no declared area above them."""
    for version in {version for area, versions in declared.by_area.items() if area is not None for version in versions}:
        tops = {}
        for area, versions in declared.by_area.items():
            if area is None or version not in versions:
                continue
            above = parents.get(area)
            while above is not None and version not in declared.by_area.get(above, {}):
                above = parents.get(above)
            if above is None:
                tops[area] = versions[version]
        for item in sorted({item for items in tops.values() for item in items}):
            values = [items[item] for items in tops.values() if item in items]
            yield version, item, sum(values), len(values), len(values) == expected


def compare_rows(tabulation: Tabulation, declared: Mapping[str, DeclaredTotals], top_areas: Mapping[str, int]) -> list[RowsSummed]:
    """Declared rows v the latest declared total of the same stage.

    ``top_areas``: how many declared areas make up each contest; contests without it are never complete by areas.
    """
    found = []

    def total_of(contest: str, version: Version, item: str) -> int | None:
        by_version = declared[contest].by_area.get(None, {}) if contest in declared else {}
        same_stage = [one for one in sorted(by_version, key=version_order) if one[0] == version[0] and item in by_version[one]]
        return by_version[same_stage[-1]][item] if same_stage else None

    for contest, version, item, total, count in _station_sums(tabulation):
        value = total_of(contest, version, item)
        if value is not None:
            complete = count == tabulation.contests[contest].expected
            found.append(RowsSummed(contest, version, item, value, total, count, complete, "stations"))
    for contest, of_contest in declared.items():
        for version, item, total, count, complete in _area_sums(of_contest, tabulation.prepared.parents, top_areas.get(contest, -1)):
            value = total_of(contest, version, item)
            if value is not None:
                found.append(RowsSummed(contest, version, item, value, total, count, complete, "areas"))
    return sorted(found, key=lambda one: (one.contest, one.level, version_order(one.version), one.item))


@dataclass(frozen=True, slots=True)
class Changed:
    """One item declared differently in two versions of the declaration."""

    contest: str
    area: str | None
    item: str
    first: int
    second: int
    first_version: Version
    second_version: Version

    @property
    def falls(self) -> bool:
        """A later figure is smaller: more stations coming in cannot explain it."""
        return self.second < self.first


def compare_versions(declared: Mapping[str, DeclaredTotals]) -> list[Changed]:
    """Each figure against the one of the declaration before it."""
    found = []
    for contest, of_contest in sorted(declared.items()):
        for area, by_version in of_contest.by_area.items():
            last: dict[str, tuple[Version, int]] = {}
            for version in of_contest.versions(area):
                for item, value in by_version[version].items():
                    if item in last and last[item][1] != value:
                        found.append(Changed(contest, area, item, last[item][1], value, last[item][0], version))
                    last[item] = (version, value)
    return sorted(found, key=lambda one: (one.contest, one.area or "", version_order(one.second_version), one.item))


@dataclass(frozen=True, slots=True)
class Sum:
    """Two figures of one declaration that a sum ties: ``left`` should be ``right``, or not above it."""

    contest: str
    area: str | None
    version: Version
    left_name: str
    left: int
    right_name: str
    right: int


def _sums_that_tie(items: Mapping[str, int], ballot: tuple[str, ...]) -> Iterable[tuple[str, int, str, bool]]:
    """(name of the left side, its figure, box on the right, whether both must be equal): only what the declaration states."""
    votes = [items[candidate] for candidate in ballot if candidate in items]
    if votes:
        # Candidates that are not listed may have votes too: then the sum may only not be above.
        exact = len(votes) == len(ballot) and "valid" in items
        yield "candidates", sum(votes), "valid" if "valid" in items else "in_box", exact
    if "valid" in items:
        counted = items["valid"] + items.get("rejected", 0) + items.get("blank", 0)
        yield "valid + rejected", counted, "in_box", "rejected" in items
    if "in_box" in items:
        yield "in_box", items["in_box"], "registered", False


def declared_arithmetic(declared: Mapping[str, DeclaredTotals], ballots: Mapping[str, tuple[str, ...]]) -> list[Sum]:
    """Sums inside each declaration that do not hold: candidates v valid, valid + rejected v in_box, in_box v registered."""
    found = [
        Sum(contest, area, version, name, left, right_name, items[right_name])
        for contest, of_contest in declared.items()
        for area, by_version in of_contest.by_area.items()
        for version, items in by_version.items()
        for name, left, right_name, exact in _sums_that_tie(items, ballots[contest])
        if right_name in items and (left > items[right_name] or (exact and left != items[right_name]))
    ]
    return sorted(found, key=lambda one: (one.contest, one.area or "", version_order(one.version), one.left_name))
