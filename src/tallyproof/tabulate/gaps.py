"""How far one candidate can be ahead of another, whichever copy is right (``specs/tabulation-v1.md`` section 4).

``gap(a, b)`` is the interval of *a − b* over all worlds that the records allow. Stations where every copy agrees and
every figure is read contribute the difference of two sums. Only the others (few, as a rule) are looked at sheet by sheet, because there
the figures of one copy belong together: the interval of a difference is narrower than the difference of the intervals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

import narwhals as nw

from tallyproof.tabulate.frames import Frame, rows, settle
from tallyproof.tabulate.sheets import vote_columns
from tallyproof.tabulate.stations import KEY, high, low
from tallyproof.tabulate.sums import Sums

_BATCH = 40  # pairs of candidates a query: bounds the width of the intermediate table


class Interval(NamedTuple):
    """From ``lo`` to ``hi`` votes; None is an end that nothing bounds."""

    lo: int | None
    hi: int | None


def _batches(width: int) -> Iterator[list[tuple[int, int]]]:
    pairs = list(combinations(range(1, width + 1), 2))
    for start in range(0, len(pairs), _BATCH):
        yield pairs[start : start + _BATCH]


def irregular_gaps(live: Frame, stations: Frame, width: int) -> dict[str, dict[tuple[int, int], tuple[int, int]]]:
    """Per contest and pair (i, j), i < j, of ballot positions: the two ends of ``i − j`` summed over irregular stations.

    An end to which an unbounded figure contributes is meaningless; the caller knows it from ``Cell.unknown``.
    """
    names = vote_columns(width)
    bounds = stations.filter(~nw.col("missing"), ~nw.col("regular")).select(*KEY, *map(low, names), *map(high, names))
    cells = live.select(*KEY, "room", *names).join(bounds, on=KEY, how="inner")
    cells = cells.with_columns(
        *(nw.coalesce(name, low(name), nw.lit(0)).alias(f"least_{name}") for name in names),
        # Where no sheet reads the figure, this sheet's own room bounds it. ``high`` of the station is then the largest
        # room, so ``low`` tells the two cases apart.
        *(
            nw.coalesce(name, nw.when(nw.col(low(name)).is_null()).then(nw.col("room")).otherwise(nw.col(high(name)))).alias(f"most_{name}")
            for name in names
        ),
    )
    cells = settle(cells)
    found: dict[str, dict[tuple[int, int], tuple[int, int]]] = {}
    for pairs in _batches(width):
        ends = [
            expr
            for i, j in pairs
            for expr in (
                (nw.col(f"least_v{i}") - nw.col(f"most_v{j}")).alias(f"lo_{i}_{j}"),
                (nw.col(f"most_v{i}") - nw.col(f"least_v{j}")).alias(f"hi_{i}_{j}"),
            )
        ]
        by_station = cells.select(*KEY, *ends).group_by(*KEY)
        extremes = by_station.agg(
            *(nw.col(f"lo_{i}_{j}").min() for i, j in pairs),
            *(nw.col(f"hi_{i}_{j}").max() for i, j in pairs),
        )
        sums = extremes.group_by("contest").agg(*(nw.col(f"{end}_{i}_{j}").sum() for i, j in pairs for end in ("lo", "hi")))
        for row in rows(sums):
            contest = found.setdefault(row["contest"], {})
            for i, j in pairs:
                contest[i, j] = (int(row[f"lo_{i}_{j}"] or 0), int(row[f"hi_{i}_{j}"] or 0))
    return found


def gap(a: int, b: int, total: Sums, irregular: Mapping[tuple[int, int], tuple[int, int]], cap: int | None) -> Interval:
    """The interval of the votes by which candidate ``a`` is ahead of ``b`` (ballot positions from 1).

    ``cap``: the most votes that the missing stations can hold together; 0 if none is missing, None if unknown.
    """
    if cap is None:
        return Interval(None, None)
    regular = total.regular[a - 1] - total.regular[b - 1]
    lo, hi = irregular.get((a, b), (0, 0)) if a < b else _mirrored(irregular.get((b, a), (0, 0)))
    return Interval(
        None if total.votes[b - 1].unknown else regular + lo - cap,
        None if total.votes[a - 1].unknown else regular + hi + cap,
    )


def _mirrored(ends: tuple[int, int]) -> tuple[int, int]:
    return -ends[1], -ends[0]
