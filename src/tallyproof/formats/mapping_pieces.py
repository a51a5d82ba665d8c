"""What is collected while inputs are read, and the words that every block of an input needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from tallyproof.formats.mapping_cells import Cells, Notes
from tallyproof.formats.mapping_model import Input, Mapping, Text, TextFrom

MAX_KEY = 200
"""Characters of a key, as specs/package-v1.md has it."""
CONTROL = r"[\x00-\x1f\x7f-\x9f]"


@dataclass(slots=True)
class Pieces:
    """Frames collected from all inputs, in the order of the inputs."""

    mapping: Mapping
    notes: Notes
    areas: list[pl.DataFrame] = field(default_factory=list)
    stations: list[tuple[Input, pl.DataFrame]] = field(default_factory=list)
    rolls: list[pl.DataFrame] = field(default_factory=list)
    records: list[pl.DataFrame] = field(default_factory=list)
    votes: list[pl.DataFrame] = field(default_factory=list)
    declared: list[pl.DataFrame] = field(default_factory=list)
    names: list[pl.DataFrame] = field(default_factory=list)


@dataclass(slots=True)
class Rows:
    """One file's rows while its blocks are read. ``station`` and ``area`` are keys, a row each."""

    pieces: Pieces
    one: Input
    cells: Cells
    station: pl.Series
    area: pl.Series

    def contest(self, own: Text | None) -> pl.Series:
        """The contest of each row: the block's own, the input's, or the only one of the mapping."""
        text = own if own is not None else self.one.contest
        if text is None:
            contests = self.pieces.mapping.contests
            if len(contests) != 1:
                self.cells.notes.problem(
                    self.cells.table.file,
                    "no-contest",
                    "the mapping does not say which contest this is",
                    "add contest = ... to the input or the block",
                )
                return pl.Series([""] * self.cells.height, dtype=pl.String)
            text = contests[0].contest
        return self.cells.text(text)


def optional(cells: Cells, text: Text | None) -> pl.Series:
    """The texts, or "" in every row where the mapping has no such text."""
    return cells.text(text) if text is not None else pl.Series([""] * cells.height, dtype=pl.String)


def checked(cells: Cells, text: Text, what: str, allowed: str, good: Callable[[str], bool]) -> pl.Series:
    """The texts; a problem for each that is not ``good``.  ``allowed`` says what would be."""
    column = cells.text(text)
    wrong = [value for value in column.unique().to_list() if not good(value)]
    for value in wrong[:20]:
        line = cells.lines.filter(column == value)[0]
        place = text.column if isinstance(text, TextFrom) else None
        cells.notes.problem(cells.table.file, f"bad-{what}", f"{value!r} is not a {what}", f"use {allowed}", row=line, column=place)
    return column


def versions(cells: Cells, text: Text) -> pl.Series:
    """Versions as Int64."""
    column = checked(cells, text, "version", "a whole number from 1", lambda value: value.isdecimal() and int(value) >= 1)
    return column.cast(pl.Int64, strict=False)
