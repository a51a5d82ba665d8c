"""The tables of an election package: names, columns, types, keys. ``specs/package-v1.md`` says the same in words.

A count is Int64 and null when unread. No table has a float.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from tallyproof.model.boxes import BOXES


class Type(StrEnum):
    """How a cell is read."""

    ID = "id"
    """A key: 1 to 200 printable characters, no control characters, kept as written after trimming."""
    TEXT = "text"
    COUNT = "count"
    """A whole number from 0; see ``model.counts.read_count``."""
    HASH = "hash"
    """SHA-256 in 64 lower-case hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: Type
    meaning: str
    required: bool = False
    """The column must be there and the cell must not be empty."""
    refers: str | None = None
    """Name of the table whose single-column key the cell must name (checked only if that table is present)."""

    @property
    def dtype(self) -> pl.DataType:
        return pl.Int64() if self.type is Type.COUNT else pl.String()


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    required: bool = False

    @property
    def schema(self) -> pl.Schema:
        return pl.Schema({column.name: column.dtype for column in self.columns})

    def empty(self) -> pl.DataFrame:
        """The table with its columns and no rows."""
        return pl.DataFrame(schema=self.schema)


def _id(name: str, meaning: str, *, required: bool = False, refers: str | None = None) -> Column:
    return Column(name, Type.ID, meaning, required, refers)


def _text(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, Type.TEXT, meaning, required)


def _count(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, Type.COUNT, meaning, required)


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "areas",
            "places above stations, nested",
            (
                _id("area", "key", required=True),
                _text("name", "name"),
                _text("name_ur", "name in Urdu"),
                _id("parent", "the area this one lies in; empty at the top", refers="areas"),
                _text("level", "what kind of area: province, district, county, parish"),
            ),
            ("area",),
        ),
        Table(
            "contests",
            "one race each",
            (
                _id("contest", "key: NA-128, PS-129", required=True),
                _text("name", "name"),
                _text("name_ur", "name in Urdu"),
                _id("area", "where it is held", refers="areas"),
                _count("seats", "how many seats it fills; 1 if empty"),
                _text("rule", "who wins: plurality (default); none for a contest kept only for its ballots"),
                _count("stations", "how many stations it has, if the list of stations is not complete"),
                _count("registered", "registered voters of the whole contest, if not known by station"),
            ),
            ("contest",),
            required=True,
        ),
        Table(
            "candidates",
            "who stands; the order of rows is the order on the ballot",
            (
                _id("contest", "contest", required=True, refers="contests"),
                _id("candidate", "key within the contest; never the name of a box", required=True),
                _text("name", "name"),
                _text("name_ur", "name in Urdu"),
                _text("party", "affiliation as on the ballot"),
                _text("backed_by", "who stands behind an independent; never merged with party"),
            ),
            ("contest", "candidate"),
            required=True,
        ),
        Table(
            "stations",
            "polling stations",
            (
                _id("station", "key", required=True),
                _text("name", "name"),
                _text("name_ur", "name in Urdu"),
                _id("area", "the lowest area it lies in", refers="areas"),
                _text("voters", "who votes here: male, female or combined"),
            ),
            ("station",),
        ),
        Table(
            "station_contests",
            "which contests a station votes in, and how many voters it has for each",
            (
                _id("station", "station", required=True, refers="stations"),
                _id("contest", "contest", required=True, refers="contests"),
                _count("registered", "registered voters here for this contest"),
            ),
            ("station", "contest"),
        ),
        Table(
            "records",
            "what one copy of one station's statement of the count says; a row a copy",
            (
                _id("record", "key", required=True),
                _id("contest", "contest", required=True, refers="contests"),
                _id("station", "station", required=True, refers="stations"),
                _id("source", "whose copy: officer, commission, agent:<party>, observer:<name>, court:<name>, scan", required=True),
                _id("act", "what produced it: count, recount, repoll, canvass, ruling; count if empty"),
                _count("version", "1, 2 … of the same source and act; 1 if empty"),
                _id("supersedes", "the earlier record that this act replaces", refers="records"),
                _text("received_at", "when this copy was received, ISO 8601"),
                Column("image_sha256", Type.HASH, "SHA-256 of the picture of the form"),
                *(_count(box.name, box.meaning) for box in BOXES),
                _text("unread", "why boxes are unread: 'valid:illegible in_box:blank'; not-on-form where nothing is said"),
            ),
            ("record",),
            required=True,
        ),
        Table(
            "votes",
            "votes of each candidate on each record",
            (
                _id("record", "record", required=True, refers="records"),
                _id("candidate", "candidate of the record's contest", required=True),
                _count("votes", "votes in figures; empty if unread"),
                _text("unread", "why votes is empty: illegible, blank, not-on-form; blank if nothing is said"),
                _count("in_words", "the number that the form gives in words, as a number"),
                _count("male", "of which by men, where the form says so"),
                _count("female", "of which by women, where the form says so"),
            ),
            ("record", "candidate"),
            required=True,
        ),
        Table(
            "declared",
            "what the authority announced, for a contest, an area or a station",
            (
                _id("contest", "contest", required=True, refers="contests"),
                _id("area", "area meant, empty for the whole contest", refers="areas"),
                _id("station", "station meant (a row of Form 48), empty for an area or the whole contest", refers="stations"),
                _text("stage", "provisional or final", required=True),
                _count("version", "1, 2 … of the same stage; 1 if empty"),
                _id("item", "a candidate of the contest, or a box (valid, rejected, in_box, registered)", required=True),
                _count("value", "the figure", required=True),
                _text("source", "where it was published"),
                _text("at", "when, ISO 8601"),
            ),
            ("contest", "area", "station", "stage", "version", "item"),
        ),
        Table(
            "statements",
            "what was said in public about the figures",
            (
                _id("statement", "key; several rows with one key are one statement about several figures", required=True),
                _id("contest", "contest", required=True, refers="contests"),
                _text("who", "who said it: an office or a role, a party, a newspaper"),
                _text("at", "when, ISO 8601"),
                _text("where", "where it was published"),
                _id("item", "a candidate or a box", required=True),
                _text("about", "records (what the station forms sum to) or declared (what was announced)", required=True),
                _count("value", "the figure that was said", required=True),
                _text("rounding", "exact, 10, 100, 1000 … (nearest), about (within 5 %), at-least, at-most"),
                _text("text", "the words that were said, short"),
            ),
            ("statement", "item", "about"),
        ),
    )
}

VOTE_COLUMNS = ("record", "candidate", "votes")
