"""D06: the same large figure in two rows of a declared table. A lead: figures do coincide, and the chance is stated.

One published list of Kenya's county results of 2022 gives 22,876 for the same candidate in Lamu and in Taita Taveta; of Taita
Taveta's stations, those whose forms were collected already sum to 30,770.

The chance
----------
How many pairs of rows would share a figure if figures were spread as they are, but smoothly? Pairs whose figures are *close*
tell: if W pairs lie 1 to h apart and the figures have no reason to prefer a distance, each distance has W/h pairs, and
distance 0, which a pair reaches in one way instead of two (above and below), has half of that: W/(2h). h starts at a tenth of
the column's median and doubles up to the spread of the column; the largest of these estimates counts, so that clusters are
not smoothed away. With fewer than ``NEAR`` unequal pairs in the column nothing is known, and every pair counts as expected.
The number is exact for the rows given, needs no random draw, and is an expectation over the *whole column*: 1/100 says that
of a hundred such columns about one would have a coincidence. Where several columns repeat in the same two rows, only the
column in which that is rarest counts, so nothing is assumed about columns being independent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

THRESHOLD: Final = 1_000
"""Figures below are not looked at."""

LIMIT: Final = Fraction(1, 10)
"""Told only where at most this many pairs are expected in the column."""

NEAR: Final = 10
"""So many pairs of unequal figures make an estimate; five rows have as many."""

Interval = tuple[int, int | None]
"""What the records say: smallest and largest, None where nothing bounds it."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the records say of one repeated figure in one row. ``agrees``: the declared figure lies within; None: no record."""

    row: str
    item: str
    declared: int
    records: Interval | None
    agrees: bool | None


@dataclass(frozen=True, slots=True)
class Repeat:
    """Two or more rows that share the figures ``items``. ``expected``: pairs to expect by chance in the rarest column."""

    rows: tuple[str, ...]
    items: Mapping[str, int]
    expected: Fraction
    pairs: int
    """Of so many pairs of rows."""
    records: tuple[Said, ...] = ()


def expected_pairs(figures: Sequence[int]) -> Fraction:
    """How many pairs of equal figures to expect by chance in a column with these figures (see the module's text)."""
    count = len(figures)
    if count < 2:
        return Fraction(0)
    times = sorted(Counter(figures).items())
    span = times[-1][0] - times[0][0]
    # too few rows to know how figures are spread: then every equal pair may be chance
    if _pairs_within(times, span) < NEAR:
        return Fraction(count * (count - 1), 2)
    reach = max(1, min(sorted(figures)[count // 2] // 10, span))
    largest = Fraction(0)
    while reach < 2 * span:
        largest = max(largest, Fraction(_pairs_within(times, reach), 2 * reach))
        reach *= 2
    return largest


def _pairs_within(times: Sequence[tuple[int, int]], reach: int) -> int:
    """Pairs of figures that differ by 1 to ``reach``; ``times``: figure, ascending, and how often it stands there."""
    total, above, end = 0, 0, 0
    for figure, often in times:
        while end < len(times) and times[end][0] <= figure + reach:
            above += times[end][1]
            end += 1
        above -= often
        total += often * above
    return total


def repeated(
    table: Mapping[str, Mapping[str, int]],
    *,
    records: Mapping[str, Mapping[str, Interval]] | None = None,
    threshold: int = THRESHOLD,
    limit: Fraction = LIMIT,
) -> tuple[Repeat, ...]:
    """Figures of ``threshold`` or more that stand in the same column of two or more rows, rarest first.

    ``table``: row (area or station) → item → declared figure. ``records``: row → item → what the records sum to there.
    A repeat of which more than ``limit`` pairs were to be expected in the column is not told. Cost: n log n a column.
    """
    columns: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row, figures in table.items():
        for item, figure in figures.items():
            if figure >= threshold:
                columns[item][row] = figure
    shared: defaultdict[tuple[str, ...], dict[str, int]] = defaultdict(dict)
    chance: dict[str, Fraction] = {}
    for item, column in columns.items():
        rows_of: defaultdict[int, list[str]] = defaultdict(list)
        for row, figure in column.items():
            rows_of[figure].append(row)
        alike = {figure: rows for figure, rows in rows_of.items() if len(rows) > 1}
        if not alike:
            continue
        chance[item] = expected_pairs(list(column.values()))
        for figure, twins in alike.items():
            shared[tuple(sorted(twins))][item] = figure
    repeats = []
    for rows, items in shared.items():
        rarest = min(items, key=lambda item: (chance[item], item))
        if chance[rarest] <= limit:
            size = len(columns[rarest])
            repeats.append(Repeat(rows, dict(sorted(items.items())), chance[rarest], size * (size - 1) // 2, _said(rows, items, records)))
    return tuple(sorted(repeats, key=lambda repeat: (repeat.expected, -len(repeat.items), repeat.rows)))


def _said(rows: tuple[str, ...], items: Mapping[str, int], records: Mapping[str, Mapping[str, Interval]] | None) -> tuple[Said, ...]:
    if records is None:
        return ()
    said = []
    for row in rows:
        for item, figure in sorted(items.items()):
            interval = records.get(row, {}).get(item)
            agrees = None if interval is None else interval[0] <= figure and (interval[1] is None or figure <= interval[1])
            said.append(Said(row, item, figure, interval, agrees))
    return tuple(said)
