"""Copy against copy: where two standing records of one station differ, and what two sources as a whole have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import narwhals as nw

from tallyproof.model.words import OFFICIAL_SOURCES
from tallyproof.tabulate.frames import Frame, height, rows, settle
from tallyproof.tabulate.lookup import has_no_repeats, look_up
from tallyproof.tabulate.sheets import vote_columns
from tallyproof.tabulate.standing import COMPARED_BOXES, INSTANCE
from tallyproof.tabulate.stations import KEY
from tallyproof.tabulate.tabulation import Tabulation


@dataclass(frozen=True, slots=True)
class Copy:
    """One live sheet, as Python figures."""

    record: str
    contest: str
    station: str
    source: str
    act: str
    version: int
    votes: tuple[int | None, ...]
    boxes: Mapping[str, int | None]

    @property
    def instance(self) -> tuple[str, int]:
        return (self.act, self.version)

    def figure(self, item: str, ballot: tuple[str, ...]) -> int | None:
        return self.boxes[item] if item in self.boxes else self.votes[ballot.index(item)]


def source_order(source: str) -> tuple[bool, str]:
    """Official copies last: differences are told from the other copy to the official one. This is no ranking."""
    return (source in OFFICIAL_SOURCES, source)


def copies(tabulation: Tabulation, sheets: Frame) -> dict[tuple[str, str], list[Copy]]:
    """The given sheets by (contest, station), in the order of ``source_order``, then version and key."""
    lengths = {name: len(contest.ballot) for name, contest in tabulation.prepared.contests.items()}
    width = tabulation.prepared.width
    found: dict[tuple[str, str], list[Copy]] = defaultdict(list)
    figures = (*vote_columns(width), *COMPARED_BOXES)
    chosen = sheets.select("record", *KEY, "source", "act", "version", *figures).collect()
    for record, contest, station, source, act, version, *read in chosen.rows():
        boxes = dict(zip(COMPARED_BOXES, read[width:], strict=True))
        copy = Copy(record, contest, station, source, act, int(version), tuple(read[: lengths[contest]]), boxes)
        found[contest, station].append(copy)
    for key in found:
        found[key].sort(key=lambda copy: (source_order(copy.source), copy.version, copy.record))
    return dict(sorted(found.items()))


def disputed_copies(tabulation: Tabulation) -> dict[tuple[str, str], list[Copy]]:
    """The live copies of every disputed station."""
    disputed = tabulation.stations.filter(nw.col("disputed")).select(*KEY)
    return copies(tabulation, tabulation.live.join(disputed, on=KEY, how="inner"))


@dataclass(frozen=True, slots=True)
class CellDiffers:
    """One figure on which copies of a station differ: what each copy that reads it says."""

    item: str
    said: tuple[tuple[Copy, int], ...]

    @property
    def spread(self) -> int:
        figures = [figure for _, figure in self.said]
        return max(figures) - min(figures)


def differing_cells(found: Iterable[Copy], ballot: tuple[str, ...]) -> list[CellDiffers]:
    """The figures on which these copies differ, the largest spread first, then in ballot order."""
    together = list(found)
    items = (*ballot, *COMPARED_BOXES)
    figures = [copy.votes + tuple(copy.boxes[box] for box in COMPARED_BOXES) for copy in together]
    cells = []
    for item, of_item in zip(items, zip(*figures, strict=True), strict=True) if together else ():
        read = set(of_item)
        read.discard(None)
        if len(read) > 1:
            said = tuple((copy, figure) for copy, figure in zip(together, of_item, strict=True) if figure is not None)
            cells.append(CellDiffers(item, said))
    # A candidate before a box: who gained is the first question.
    return sorted(cells, key=lambda cell: (cell.item in COMPARED_BOXES, -cell.spread))


def extremes(together: list[Copy], cell: CellDiffers) -> tuple[Copy, Copy]:
    """The two copies furthest apart in a cell, in the order of ``source_order``."""
    least = min(cell.said, key=lambda said: (said[1], source_order(said[0].source)))[0]
    most = max(cell.said, key=lambda said: (said[1], source_order(said[0].source)))[0]
    first, second = sorted((least, most), key=lambda copy: (source_order(copy.source), together.index(copy)))
    return first, second


@dataclass(frozen=True, slots=True)
class Pair:
    """What two sources have in common in one contest."""

    contest: str
    source_a: str
    source_b: str
    common: int
    """Stations of which both have a live sheet."""
    differ: int
    """Of these, stations where a figure that both read differs."""
    flips: int
    """Of these, stations where each copy has one leading candidate, and not the same."""
    sums: Mapping[str, tuple[int, int]]
    """Per candidate: the two sources' votes over the common stations that both read."""

    @property
    def identical(self) -> bool:
        return self.common > 0 and self.differ == 0


def _leader(names: tuple[str, ...], suffix: str) -> nw.Expr:
    """The column number of the one leading candidate; null if nobody or more than one leads."""
    columns = [f"{name}{suffix}" for name in names]
    # PySpark has no largest of one column.
    most = nw.max_horizontal(*columns) if len(columns) > 1 else nw.col(*columns)
    leads = [nw.when(nw.col(column) == most).then(nw.lit(1)).otherwise(nw.lit(0)) for column in columns]
    number = [nw.when(nw.col(column) == most).then(nw.lit(index)).otherwise(nw.lit(0)) for index, column in enumerate(columns, start=1)]
    return nw.when((nw.sum_horizontal(*leads) == 1) & (most > 0)).then(nw.sum_horizontal(*number))


def _both(sheets_a: Frame, sheets_b: Frame, *, one_a_source: bool) -> Frame:
    """The sheets of two sources side by side, at the stations of which both have one; each with each where one has several."""
    if not one_a_source and not has_no_repeats(sheets_b, KEY):
        return sheets_a.join(sheets_b, on=KEY, how="inner")
    looked = look_up(sheets_a, sheets_b.with_columns(nw.lit(value=True).alias("common")), KEY)
    return looked.filter(~nw.col("common").is_null()).drop("common")


def _alike(names: Iterable[str]) -> nw.Expr:
    """Whether both sides say the same of each figure, or both nothing."""
    both_null = [nw.col(f"{name}_a").is_null() & nw.col(f"{name}_b").is_null() for name in names]
    equal = [(nw.col(f"{name}_a") == nw.col(f"{name}_b")).fill_null(value=False) for name in names]
    return nw.all_horizontal(*(one | other for one, other in zip(equal, both_null, strict=True)), ignore_nulls=True)


def _alike_summed(both: Frame, names: tuple[str, ...]) -> Frame:
    """By contest, over stations where two sources say the same: how many, and the votes of either."""
    return both.group_by("contest").agg(nw.len().cast(nw.Int64).alias("common"), *(nw.col(f"{name}_a").sum().alias(name) for name in names))


def _unlike_summed(both: Frame, names: tuple[str, ...], figures: list[str]) -> Frame:
    """By contest, over other stations: how many, at how many a figure that both read differs, or the leader; the votes of each."""
    differ = nw.any_horizontal(*(nw.col(f"{name}_a") != nw.col(f"{name}_b") for name in figures), ignore_nulls=True)
    flips = (_leader(names, "_a") != _leader(names, "_b")).fill_null(value=False)
    read = [(~nw.col(f"{name}_a").is_null()) & (~nw.col(f"{name}_b").is_null()) for name in names]
    marked = both.with_columns(
        nw.when(differ).then(nw.lit(1)).otherwise(nw.lit(0)).alias("differ"),
        nw.when(flips).then(nw.lit(1)).otherwise(nw.lit(0)).alias("flips"),
        *(
            nw.when(both_read).then(nw.col(f"{name}_{side}")).alias(f"{name}_{side}_read")
            for name, both_read in zip(names, read, strict=True)
            for side in ("a", "b")
        ),
    )
    return marked.group_by("contest").agg(
        nw.len().cast(nw.Int64).alias("common"),
        nw.col("differ").sum(),
        nw.col("flips").sum(),
        *(nw.col(f"{name}_{side}_read").sum() for name in names for side in ("a", "b")),
    )


def pairs(tabulation: Tabulation) -> list[Pair]:
    """Every two sources that have sheets of the same stations, by contest."""
    prepared = tabulation.prepared
    names = vote_columns(prepared.width)
    figures = [*names, *COMPARED_BOXES]
    sources = sorted({source for total in tabulation.contests.values() for source in total.sources}, key=source_order)
    found = []
    slim = tabulation.live.select(*KEY, "source", *figures)
    for source_a, source_b in combinations(sources, 2):
        sheets_a, sheets_b = (
            slim.filter(nw.col("source") == source).drop("source").rename({name: f"{name}_{side}" for name in figures})
            for source, side in ((source_a, "a"), (source_b, "b"))
        )
        both = _both(sheets_a, sheets_b, one_a_source=prepared.one_a_source)
        # Copies agree as a rule: what can only be told of those that do not is asked of them alone.
        both = settle(both.with_columns(_alike(figures).alias("alike")))
        alike = {row["contest"]: row for row in rows(_alike_summed(both.filter(nw.col("alike")), names))}
        unlike = {row["contest"]: row for row in rows(_unlike_summed(both.filter(~nw.col("alike")), names, figures))}
        for contest in alike.keys() | unlike.keys():
            same, other = alike.get(contest, {}), unlike.get(contest, {})

            def votes(name: str, side: str, same: Mapping[str, Any] = same, other: Mapping[str, Any] = other) -> int:
                return int(same.get(name) or 0) + int(other.get(f"{name}_{side}_read") or 0)

            ballot = prepared.contests[contest].ballot
            found.append(
                Pair(
                    contest=contest,
                    source_a=source_a,
                    source_b=source_b,
                    common=int(same.get("common", 0)) + int(other.get("common", 0)),
                    differ=int(other.get("differ", 0)),
                    flips=int(other.get("flips", 0)),
                    sums={candidate: (votes(name, "a"), votes(name, "b")) for name, candidate in zip(names, ballot, strict=False)},
                )
            )
    return sorted(found, key=lambda pair: (pair.contest, source_order(pair.source_a), source_order(pair.source_b)))


@dataclass(frozen=True, slots=True)
class Repeated:
    """One source has several standing records of one act instance of a station."""

    contest: str
    station: str
    source: str
    records: tuple[str, ...]


def repeated(tabulation: Tabulation) -> list[Repeated]:
    """Standing records that one source has more than once of the same act instance."""
    if tabulation.prepared.one_a_source:
        return []
    standing = tabulation.prepared.sheets.filter(nw.col("stands")).select("record", "source", *INSTANCE)
    keys = ["source", *INSTANCE]
    counted = standing.group_by(*keys).agg(nw.len().cast(nw.Int64).alias("n")).filter(nw.col("n") > 1)
    grouped: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for row in rows(standing.join(counted.drop("n"), on=keys, how="inner")):
        grouped[row["contest"], row["station"], row["source"], row["act"], str(row["version"])].append(row["record"])
    return [Repeated(key[0], key[1], key[2], tuple(sorted(records))) for key, records in sorted(grouped.items())]


@dataclass(frozen=True, slots=True)
class LaterMissing:
    """A source has a copy of a retired act of a station, but none of the act that replaced it."""

    contest: str
    station: str
    source: str
    act: str
    record: str


def later_missing(tabulation: Tabulation) -> list[LaterMissing]:
    """Sources whose copy was retired by another's act and who hold no standing record of that station."""
    sheets = tabulation.prepared.sheets
    retired = sheets.filter(~nw.col("stands"))
    if height(retired) == 0:
        return []
    keys = [*KEY, "source"]
    standing = sheets.filter(nw.col("stands")).select(*keys).unique()
    left = retired.select("record", "act", *keys).join(standing, on=keys, how="anti")
    found = [LaterMissing(row["contest"], row["station"], row["source"], row["act"], row["record"]) for row in rows(left)]
    return sorted(found, key=lambda one: (one.contest, one.station, one.source, one.record))
