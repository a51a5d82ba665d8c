"""One election package in memory: its tables as Polars frames with the schemas of ``model.tables``."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from tallyproof.model.tables import TABLES


@dataclass(frozen=True, slots=True)
class About:
    """What the package says of itself (``datapackage.json``)."""

    name: str = "unnamed"
    title: str = ""
    title_ur: str = ""
    notice: str = ""
    """A sentence that every page and every file made from this package must show, e.g. that rows are reconstructed."""
    notice_ur: str = ""
    held_on: str = ""
    sources: tuple[str, ...] = ()
    reconstructed: bool = False
    """Whether the station records were made to fit totals that were claimed: then they can confirm no claim about records."""


def _absent(name: str) -> pl.LazyFrame:
    return TABLES[name].empty().lazy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Election:
    """The tables of a package that was read without a problem.

    Every frame has all columns of its schema, in order; keys are unique, references resolve, figures are in range:
    the reader (``formats.package``) guarantees it and nothing after it checks again. ``votes`` may be large
    (10^7 rows): keep it lazy. Absent optional tables are empty.
    """

    about: About = field(default_factory=About)
    areas: pl.LazyFrame = field(default_factory=lambda: _absent("areas"))
    contests: pl.LazyFrame
    candidates: pl.LazyFrame
    stations: pl.LazyFrame = field(default_factory=lambda: _absent("stations"))
    station_contests: pl.LazyFrame = field(default_factory=lambda: _absent("station_contests"))
    records: pl.LazyFrame
    votes: pl.LazyFrame
    declared: pl.LazyFrame = field(default_factory=lambda: _absent("declared"))
    statements: pl.LazyFrame = field(default_factory=lambda: _absent("statements"))
    wide: pl.DataFrame | None = None
    """``model.reshape.wide_votes`` of exactly these records, votes and candidates, where the reader made it to check them."""
    only_votes: bool = False
    """The reader saw that ``votes`` has nothing but votes: all of in_words, male and female are null."""

    def table(self, name: str) -> pl.LazyFrame:
        """The frame of the table of that name."""
        frame = getattr(self, name)
        assert isinstance(frame, pl.LazyFrame)
        return frame
