"""Collecting the problems of a package: all of them counted, the first of them listed, in the order of the files."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import polars as pl

from tallyproof.errors import InputError, Problem
from tallyproof.formats.codes import CODES
from tallyproof.formats.limits import Limits

DESCRIPTOR = "datapackage.json"


@dataclass(slots=True)
class Rows:
    """Where the rows of a frame stand in their file, and which of them are too damaged to be judged further.

    ``segments`` are (index of the first row, number of that row in the file or such numbers, a row each), ascending.
    """

    file: str
    segments: list[tuple[int, int | array[int]]] = field(default_factory=lambda: [(0, 1)])
    spoiled: set[int] = field(default_factory=set)

    def number(self, index: int) -> int:
        """The number by which a person finds row ``index`` of the frame in the file."""
        start, place = self.segments[bisect_right(self.segments, index, key=lambda segment: segment[0]) - 1]
        return place + (index - start) if isinstance(place, int) else place[index - start]


class Faults:
    """The problems found so far. Every problem is counted; of each file's problems the first in row order are kept."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.total = 0
        self._kept: list[tuple[int, int, int, str, Problem]] = []
        self._files: dict[str, int] = {DESCRIPTOR: 0}
        self._columns: dict[tuple[str, str], int] = {}

    def file(self, name: str, columns: Iterable[str] = ()) -> None:
        """State the place of a file, and of its columns, in the listing: files first stated come first."""
        self._files.setdefault(name, len(self._files))
        for position, column in enumerate(columns):
            self._columns.setdefault((name, column), position + 1)

    def add(self, code: str, message: str, mend: str, *, file: str, row: int | None = None, column: str | None = None) -> None:
        """One problem in one place."""
        assert code in CODES, code
        self.file(file)
        problem = Problem(file=file, row=row, column=column, code=code, message=message, mend=mend)
        self._kept.append((self._files[file], row or 0, self._columns.get((file, column or ""), 0), code, problem))
        self.total += 1
        if len(self._kept) > 20 * max(self.limits.problems, 50):
            self._trim()

    def rows(self, where: Rows, bad: pl.Series, column: str | None, code: str, message: Callable[[int], str], mend: str) -> None:
        """One problem for each row that the Boolean series ``bad`` marks; ``message`` is given the index of the row."""
        indexes = bad.arg_true()
        self.at(where, indexes, column, code, lambda at: message(indexes[at]), mend)

    def at(self, where: Rows, indexes: pl.Series, column: str | None, code: str, message: Callable[[int], str], mend: str) -> None:
        """One problem for each of ``indexes``, in ascending order; ``message`` is given the position within ``indexes``."""
        positions = pl.int_range(len(indexes), eager=True)
        if where.spoiled:
            positions = positions.filter(~indexes.is_in(list(where.spoiled)))
        self.total += max(0, len(positions) - self.limits.problems)
        for position in positions.head(self.limits.problems):
            self.add(code, message(position), mend, file=where.file, row=where.number(indexes[position]), column=column)

    def _trim(self) -> None:
        self._kept.sort(key=lambda kept: kept[:4])
        del self._kept[self.limits.problems :]

    def problems(self) -> tuple[Problem, ...]:
        """The problems to be listed."""
        self._trim()
        return tuple(kept[4] for kept in self._kept)

    def stop(self, what: str) -> None:
        """Raise if anything was found."""
        if not self.total:
            return
        listed = self.problems()
        noun = "problem" if self.total == 1 else "problems"
        message = f"{what} cannot be read: {self.total} {noun}"
        if len(listed) < self.total:
            message += f"; the first {len(listed)} are listed, {self.total - len(listed)} more are not"
        raise InputError(message, problems=listed, hint="mend the places listed below and read the package again")
