"""Sibling contests: two ballots handed to the same voters in the same room.

The number of ballots in the two boxes can differ honestly: a voter may keep one, and registers can differ by contest. A large difference
at some stations is a reason to look there, and nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw

from tallyproof.tabulate.frames import rows
from tallyproof.tabulate.lookup import has_no_repeats
from tallyproof.tabulate.stations import high, low
from tallyproof.tabulate.tabulation import Tabulation

THRESHOLD = 100
"""Ballots by which the boxes of one room may differ before the station is named (as in the published analysis of NA-128)."""


@dataclass(frozen=True, slots=True)
class Siblings:
    """One room whose two ballot boxes differ by more than the threshold, whichever copies are right."""

    station: str
    contest_a: str
    contest_b: str
    a: tuple[int, int]
    """Lowest and highest number of ballots in the box of ``contest_a``."""
    b: tuple[int, int]
    difference: int
    """The smallest difference that the copies allow."""


@dataclass(frozen=True, slots=True)
class SiblingsCompared:
    """How many rooms two contests share with both boxes read, and those that differ by more than the threshold."""

    contest_a: str
    contest_b: str
    common: int
    differing: tuple[Siblings, ...]


def compare_siblings(tabulation: Tabulation, *, threshold: int = THRESHOLD) -> list[SiblingsCompared]:
    """Every two contests that share stations, by pair of contests; stations in order of key."""
    if len(tabulation.contests) < 2:
        return []
    lowest, highest = low("in_box"), high("in_box")
    boxes = tabulation.stations.filter(~nw.col(lowest).is_null()).select("contest", "station", lowest, highest)
    if has_no_repeats(boxes, ["station"]):
        return []
    both = boxes.join(boxes, on="station", how="inner", suffix="_b").filter(nw.col("contest") < nw.col("contest_b"))
    apart = nw.max_horizontal(nw.col(lowest) - nw.col(f"{highest}_b"), nw.col(f"{lowest}_b") - nw.col(highest))
    both = both.with_columns(apart.alias("apart"))
    common = {
        (row["contest"], row["contest_b"]): int(row["n"])
        for row in rows(both.group_by("contest", "contest_b").agg(nw.len().cast(nw.Int64).alias("n")))
    }
    differing: dict[tuple[str, str], list[Siblings]] = {key: [] for key in common}
    for row in rows(both.filter(nw.col("apart") > threshold)):
        differing[row["contest"], row["contest_b"]].append(
            Siblings(
                row["station"],
                row["contest"],
                row["contest_b"],
                (row[lowest], row[highest]),
                (row[f"{lowest}_b"], row[f"{highest}_b"]),
                int(row["apart"]),
            )
        )
    return [
        SiblingsCompared(a, b, count, tuple(sorted(differing[a, b], key=lambda one: one.station)))
        for (a, b), count in sorted(common.items())
    ]
