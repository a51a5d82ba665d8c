"""What screens look at: one contest, its stations as columns of whole numbers. No names, no dates but the order of arrival."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from tallyproof.tabulate.frames import rows
from tallyproof.tabulate.sheets import vote_columns
from tallyproof.tabulate.stations import high, low
from tallyproof.tabulate.tabulation import Tabulation

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
UNREAD = -1
"""In place of a figure that nobody read; every screen leaves such a station out."""


@dataclass(frozen=True, slots=True)
class Table:
    """One contest. Rows in the order of the stations' names; only stations whose copies agree and whose candidates are all read.

    ``boxes``: of each box of the form the figures, UNREAD where there is none; ``areas``: the names of the areas of each row from the
    smallest to the largest, one column a level; ``arrived``: rank by time of arrival, UNREAD where unknown; ``margin``: votes between the
    last winner and the first loser of these rows; ``left_out``: stations of the contest that are no row.
    """

    contest: str
    stations: tuple[str, ...]
    candidates: tuple[str, ...]
    votes: Ints
    """(stations, candidates)"""
    boxes: Mapping[str, Ints]
    areas: tuple[tuple[str, ...], ...]
    arrived: Ints
    seats: int = 1
    left_out: int = 0

    @property
    def totals(self) -> Ints:
        return np.asarray(self.votes.sum(axis=0), dtype=np.int64)

    @property
    def ranked(self) -> tuple[int, ...]:
        """Columns of ``votes`` from most to fewest votes; equals in ballot order."""
        return tuple(np.argsort(-self.totals, kind="stable").tolist())

    @property
    def margin(self) -> int:
        if len(self.candidates) <= self.seats:
            return 0
        order = self.ranked
        return int(self.totals[order[self.seats - 1]] - self.totals[order[self.seats]])

    @property
    def valid(self) -> Ints:
        """Votes of all candidates: what shares are shares of."""
        return np.asarray(self.votes.sum(axis=1), dtype=np.int64)

    def groups(self, level: int) -> Ints:
        """Of each row the number of its area at a level, 0 for the first met."""
        return np.unique(np.array(self.areas[level], dtype=object).astype(str), return_inverse=True)[1].astype(np.int64)

    def only(self, where: NDArray[np.bool_]) -> Table:
        """The rows where it is so."""
        keep = np.flatnonzero(where)
        return Table(
            self.contest,
            tuple(self.stations[row] for row in keep),
            self.candidates,
            self.votes[keep],
            {name: figures[keep] for name, figures in self.boxes.items()},
            tuple(tuple(level[row] for row in keep) for level in self.areas),
            self.arrived[keep],
            self.seats,
            self.left_out + len(self.stations) - len(keep),
        )


def tables(tabulation: Tabulation, arrived: Mapping[tuple[str, str], str] | None = None) -> tuple[Table, ...]:
    """Every contest of a tabulation, in order of its name. ``arrived``: (contest, station) → time of its record as text, ISO 8601."""
    names = vote_columns(tabulation.prepared.width)
    by_contest: dict[str, list[dict[str, object]]] = {}
    for row in rows(tabulation.stations.filter(~nw.col("missing"))):
        by_contest.setdefault(str(row["contest"]), []).append(row)
    found = []
    for contest, about in sorted(tabulation.prepared.contests.items()):
        every = sorted(by_contest.get(contest, []), key=lambda row: str(row["station"]))
        width = len(about.ballot)
        sound = [row for row in every if not row["disputed"] and all(row[low(name)] is not None for name in names[:width])]
        found.append(
            Table(
                contest,
                tuple(str(row["station"]) for row in sound),
                tuple(about.ballot),
                np.array([[row[low(name)] for name in names[:width]] for row in sound], dtype=np.int64).reshape(len(sound), width),
                _boxes(sound),
                _areas(sound, tabulation.prepared.parents),
                _ranks([(arrived or {}).get((contest, str(row["station"])), "") for row in sound]),
                about.seats,
                tabulation.contests[contest].expected - len(sound),
            )
        )
    return tuple(found)


def _boxes(sound: list[dict[str, object]]) -> dict[str, Ints]:
    boxes = [name[4:] for name in (sound[0] if sound else {}) if name.startswith("low_") and not name[4:].startswith("v")] + ["valid"]
    found = {}
    for box in dict.fromkeys(boxes):
        if sound and low(box) in sound[0]:
            agreed = [row[low(box)] if row[low(box)] == row[high(box)] else None for row in sound]
            found[box] = np.array([UNREAD if one is None else one for one in agreed], dtype=np.int64)
    found["registered"] = np.array([UNREAD if row["roll"] is None else row["roll"] for row in sound], dtype=np.int64)
    return found


def _areas(sound: list[dict[str, object]], parents: Mapping[str, str | None]) -> tuple[tuple[str, ...], ...]:
    lines = []
    for row in sound:
        line, area = [], row["area"]
        while area is not None:
            line.append(str(area))
            area = parents.get(str(area))
        lines.append(line)
    depth = max(map(len, lines), default=0)
    # areas are counted from the top, so that a level means the same everywhere; a row without one is a place of its own
    return tuple(tuple(line[-level] if len(line) >= level else "" for line in lines) for level in range(depth, 0, -1))


def _ranks(times: list[str]) -> Ints:
    known = sorted({time for time in times if time})
    place = {time: rank for rank, time in enumerate(known)}
    return np.array([place.get(time, UNREAD) for time in times], dtype=np.int64)
