"""Sums of stations by contest and area: the only step that adds votes.

A sum keeps how many of its parts were unknown, so that nothing unread ever passes for zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw

from tallyproof.tabulate.frames import Frame, rows
from tallyproof.tabulate.sheets import vote_columns
from tallyproof.tabulate.standing import TOTAL_BOXES
from tallyproof.tabulate.stations import high, low


@dataclass(slots=True)
class Cell:
    """The sum of one figure over stations: lower and upper ends, and how many stations leave it open."""

    low: int = 0
    high: int = 0
    read: int = 0
    """As ``high``, over the stations at which a standing record reads the figure: what copies that differ explain."""
    unknown: int = 0
    """Stations whose upper end is unknown: ``high`` is then no bound."""
    unread: int = 0
    """Stations, not missing, at which no standing record reads the figure."""

    @property
    def upper(self) -> int | None:
        return None if self.unknown else self.high

    def add(self, other: Cell) -> None:
        self.low += other.low
        self.high += other.high
        self.read += other.read
        self.unknown += other.unknown
        self.unread += other.unread


@dataclass(slots=True)
class Sums:
    """All sums of one contest over some stations."""

    expected: int = 0
    missing: int = 0
    disputed: int = 0
    roll_recorded: int = 0
    roll_missing: int = 0
    cap_missing: int = 0
    """Sum over missing stations of the cap (the roll, or its share by ``turnout``), where the roll is known."""
    no_roll_recorded: int = 0
    no_roll_missing: int = 0
    votes: list[Cell] = field(default_factory=list)
    regular: list[int] = field(default_factory=list)
    """Sum of each candidate's votes over the regular stations."""
    irregular: int = 0
    """Stations, not missing, that are disputed or have a figure unread."""
    boxes: dict[str, Cell] = field(default_factory=lambda: {box: Cell() for box in TOTAL_BOXES})

    def add(self, other: Sums) -> None:
        self.expected += other.expected
        self.missing += other.missing
        self.disputed += other.disputed
        self.roll_recorded += other.roll_recorded
        self.roll_missing += other.roll_missing
        self.cap_missing += other.cap_missing
        self.no_roll_recorded += other.no_roll_recorded
        self.no_roll_missing += other.no_roll_missing
        self.irregular += other.irregular
        if not self.votes:
            self.votes = [Cell() for _ in other.votes]
            self.regular = [0 for _ in other.regular]
        for mine, theirs in zip(self.votes, other.votes, strict=True):
            mine.add(theirs)
        self.regular = [mine + theirs for mine, theirs in zip(self.regular, other.regular, strict=True)]
        for box, cell in other.boxes.items():
            self.boxes[box].add(cell)


def _flag(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64)


def _aggregates(width: int, turnout: int | None) -> tuple[list[nw.Expr], list[nw.Expr]]:
    """Flags to add to stations that are not regular, and the sums over them."""
    recorded, missing = ~nw.col("missing"), nw.col("missing")
    cap = nw.col("roll") if turnout is None else (nw.col("roll") * turnout) // 100
    flags = [
        _flag(missing).alias("is_missing"),
        _flag(nw.col("disputed")).alias("is_disputed"),
        _flag(recorded).alias("is_irregular"),
        nw.when(recorded).then(nw.col("roll")).alias("roll_recorded"),
        nw.when(missing).then(nw.col("roll")).alias("roll_missing"),
        nw.when(missing).then(cap).alias("cap_missing"),
        _flag(recorded & nw.col("roll").is_null()).alias("no_roll_recorded"),
        _flag(missing & nw.col("roll").is_null()).alias("no_roll_missing"),
    ]
    summed = [
        nw.len().cast(nw.Int64).alias("expected"),
        *(
            nw.col(name).sum()
            for name in (
                "is_missing",
                "is_disputed",
                "is_irregular",
                "roll_recorded",
                "roll_missing",
                "cap_missing",
                "no_roll_recorded",
                "no_roll_missing",
            )
        ),
    ]
    for name in (*vote_columns(width), *TOTAL_BOXES):
        flags += [
            _flag(nw.col(low(name)).is_null()).alias(f"null_{name}"),
            _flag(nw.col(high(name)).is_null()).alias(f"open_{name}"),
            nw.when(~nw.col(low(name)).is_null()).then(nw.col(high(name))).alias(f"read_{name}"),
        ]
        summed += [nw.col(f"{part}_{name}").sum() for part in ("low", "high", "read", "null", "open")]
    return flags, summed


def _count(row: Mapping[str, Any], name: str) -> int:
    return int(row[name] or 0)


def _cell(row: Mapping[str, Any], name: str, missing: int) -> Cell:
    return Cell(
        low=_count(row, f"low_{name}"),
        high=_count(row, f"high_{name}"),
        read=_count(row, f"read_{name}"),
        # A missing station has neither end; it is bounded by its register, not counted here.
        unknown=_count(row, f"open_{name}") - missing,
        unread=_count(row, f"null_{name}") - missing,
    )


def sums_by_area(stations: Frame, width: int, *, turnout: int | None = None, areas: bool = True) -> dict[tuple[str, str | None], Sums]:
    """Sums of the stations by (contest, lowest area); area None for stations without one. ``areas`` False: by contest alone, area None."""
    keys = ["contest", "area"] if areas else ["contest"]
    found = _regular(stations.filter(nw.col("regular")), width, keys)
    for key, sums in _others(stations.filter(~nw.col("regular")), width, keys, turnout).items():
        found.setdefault(key, Sums()).add(sums)
    return found


def _regular(stations: Frame, width: int, keys: list[str]) -> dict[tuple[str, str | None], Sums]:
    """The sums of regular stations: nearly all, as a rule. Lowest and highest figure are one, and only boxes can be unread."""
    names = vote_columns(width)
    summed = [
        nw.len().cast(nw.Int64).alias("expected"),
        *(nw.col(name).sum() for name in ("roll", *map(low, names), *map(low, TOTAL_BOXES))),
        *(nw.col(name).count().cast(nw.Int64).alias(f"{name}_read") for name in ("roll", *map(low, TOTAL_BOXES))),
    ]
    found: dict[tuple[str, str | None], Sums] = {}
    for row in rows(stations.group_by(*keys).agg(*summed)):
        votes = [_count(row, low(name)) for name in names]
        boxes = {box: (_count(row, low(box)), row["expected"] - row[f"{low(box)}_read"]) for box in TOTAL_BOXES}
        found[row["contest"], row.get("area")] = Sums(
            expected=row["expected"],
            roll_recorded=_count(row, "roll"),
            no_roll_recorded=row["expected"] - row["roll_read"],
            votes=[Cell(low=total, high=total, read=total) for total in votes],
            regular=votes,
            boxes={box: Cell(low=total, high=total, read=total, unknown=open_, unread=open_) for box, (total, open_) in boxes.items()},
        )
    return found


def _others(stations: Frame, width: int, keys: list[str], turnout: int | None) -> dict[tuple[str, str | None], Sums]:
    """The sums of stations that are missing, disputed or have a candidate's figure unread."""
    flags, summed = _aggregates(width, turnout)
    found: dict[tuple[str, str | None], Sums] = {}
    for row in rows(stations.with_columns(*flags).group_by(*keys).agg(*summed)):
        missing = _count(row, "is_missing")
        found[row["contest"], row.get("area")] = Sums(
            expected=_count(row, "expected"),
            missing=missing,
            disputed=_count(row, "is_disputed"),
            irregular=_count(row, "is_irregular"),
            roll_recorded=_count(row, "roll_recorded"),
            roll_missing=_count(row, "roll_missing"),
            cap_missing=_count(row, "cap_missing"),
            no_roll_recorded=_count(row, "no_roll_recorded"),
            no_roll_missing=_count(row, "no_roll_missing"),
            votes=[_cell(row, name, missing) for name in vote_columns(width)],
            regular=[0] * width,
            boxes={box: _cell(row, box, missing) for box in TOTAL_BOXES},
        )
    return found


def together(parts: Iterable[Sums]) -> Sums:
    """The sums of several sets of stations that share none."""
    all_parts = list(parts)
    if len(all_parts) == 1:
        return all_parts[0]
    total = Sums()
    for part in all_parts:
        total.add(part)
    return total
