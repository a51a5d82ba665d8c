"""The words of a mapping file: which column of somebody's table is which figure of an election package.

``docs/reference/mapping.md`` explains every key. Models are strict: an unknown key is an error, never ignored.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from tallyproof.model.boxes import BOX_NAMES
from tallyproof.model.words import SOURCE, Act, Stage


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _pattern(value: str | None) -> str | None:
    if value is not None:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"{value!r} is not a regular expression: {error}") from None
    return value


class TextFrom(Strict):
    """A text taken from a column (or ``@file``, the file name without its ending) and reshaped."""

    column: str
    regex: str | None = None
    """Must match; the first group is the text, or the groups fill ``template``."""
    template: str | None = None
    """``{1}`` … are the groups of ``regex``; ``{1:05}`` pads with zeros on the left to five digits."""
    map: dict[str, str] = {}
    """Spelling → text, applied last. A spelling that is not listed stays as it is."""
    case: Literal["upper", "lower", "title"] | None = None
    collapse: bool = False
    """Runs of white space become one space."""

    _regex = field_validator("regex")(_pattern)

    @model_validator(mode="after")
    def _groups(self) -> Self:
        if self.regex is not None and self.template is not None:
            groups = re.compile(self.regex).groups
            for number in re.findall(r"\{(\d+)(?::0?\d+)?\}", self.template):
                if int(number) > groups:
                    raise ValueError(f"the template has {{{number}}}, the regular expression only {groups} groups")
        return self


Text = str | TextFrom
"""A template: ``"{CENTRO:09}-{MESA:02}"`` names columns in braces; without braces it is a constant."""


class FigureFrom(Strict):
    """A figure that is not simply a column."""

    column: str | None = None
    regex: str | None = None
    sum: list[str] | None = None
    """The figure is the sum of these columns; unread if one of them is unread."""
    constant: int | None = Field(default=None, ge=0)
    unreadable: Literal["problem", "illegible"] | None = None
    in_words: str | None = None
    """Votes only: the column of the number that the form gives in words, as a number."""
    male: str | None = None
    female: str | None = None

    _regex = field_validator("regex")(_pattern)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(part is not None for part in (self.column, self.sum, self.constant)) != 1:
            raise ValueError("exactly one of column, sum, constant is needed")
        if self.regex is not None and re.compile(self.regex).groups < 1:
            raise ValueError("the regular expression needs a group: (...) around the digits")
        return self

    @property
    def parts(self) -> dict[str, str]:
        """Columns of the table ``votes`` besides the votes themselves → column of the file."""
        named = {"in_words": self.in_words, "male": self.male, "female": self.female}
        return {name: column for name, column in named.items() if column is not None}


Figure = str | FigureFrom
"""The name of a column, or a table that says how to get the figure."""


class Skip(Strict):
    """Rows that are not results, and why. Every skipped row is listed with the reason."""

    column: str
    equals: str | list[str] | None = None
    not_equals: str | list[str] | None = None
    matches: str | None = None
    reason: str = Field(min_length=1)

    _regex = field_validator("matches")(_pattern)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(part is not None for part in (self.equals, self.not_equals, self.matches)) != 1:
            raise ValueError("exactly one of equals, not_equals, matches is needed")
        return self


class Level(Strict):
    """One level of the areas that a station lies in; the list goes from the top down."""

    level: str
    name: Text
    key: Text | None = None
    """Unique in the package. If it is not given: the names of all levels so far, joined by '/'."""


class Rest(Strict):
    """Every column that the mapping does not name is a candidate."""

    ignore: list[str] = []


class Supersedes(Strict):
    """Which earlier record of the same station an act replaces; where there is none, the record replaces nothing."""

    source: str | None = None
    """None: the block's own source."""
    act: str = "count"
    version: int = Field(default=1, ge=1)


class Records(Strict):
    """One copy of the statement of the count in each row (wide), or one candidate's line of it (long)."""

    source: Text
    contest: Text | None = None
    act: Text = "count"
    version: Text = "1"
    votes: dict[str, Figure] = {}
    """Wide: candidate → column."""
    rest: Rest | None = None
    candidate: Text | None = None
    """Long: the candidate's (or box's) spelling; ``aliases.candidates`` turns spellings into keys and box names."""
    count: Figure | None = None
    """Long: the column of the figure."""
    boxes: dict[str, Figure] = {}
    roll: Figure | None = None
    """Voters of the station's register for this contest, as the list of stations says (not as the form says)."""
    supersedes: Supersedes | None = None
    received_at: Text | None = None
    image_sha256: Text | None = None
    expect: Literal["rows", "records"] = "rows"
    """``rows``: the station of every row votes in this contest, with or without a record."""
    all_zero: Literal["keep", "missing"] = "keep"
    unreadable: Literal["problem", "illegible"] = "problem"
    repeated: Literal["problem", "keep"] = "problem"

    @model_validator(mode="after")
    def _layout(self) -> Self:
        if (self.candidate is None) != (self.count is None):
            raise ValueError("the long layout needs both candidate and count")
        if self.candidate is not None and (self.votes or self.rest):
            raise ValueError("a block is either long (candidate, count) or wide (votes, rest), not both")
        if any(isinstance(figure, FigureFrom) and figure.parts for figure in (*self.boxes.values(), self.roll)):
            raise ValueError("in_words, male and female are of candidates' votes only")
        if not (self.votes or self.rest or self.candidate or self.boxes):
            raise ValueError("the block names no figure: give votes, rest, boxes, or candidate and count")
        return self

    @field_validator("boxes")
    @classmethod
    def _boxes(cls, value: dict[str, Figure]) -> dict[str, Figure]:
        for name in value:
            if name not in BOX_NAMES:
                raise ValueError(f"{name!r} is not a box; the boxes are {', '.join(BOX_NAMES)}")
        return value

    @field_validator("source")
    @classmethod
    def _source(cls, value: Text) -> Text:
        if isinstance(value, str) and "{" not in value and not SOURCE.fullmatch(value):
            raise ValueError(f"{value!r} is not a source: officer, commission, scan, agent:<party>, observer:<name>, court:<name>")
        return value

    @field_validator("act")
    @classmethod
    def _act(cls, value: Text) -> Text:
        if isinstance(value, str) and "{" not in value and value not in set(Act):
            raise ValueError(f"{value!r} is not an act: {', '.join(Act)}")
        return value


class Declares(Strict):
    """Declared figures in the rows of an input."""

    of: Literal["contest", "area", "station"]
    contest: Text | None = None
    stage: Text
    version: Text = "1"
    items: dict[str, Figure] = {}
    """Wide: candidate or box → column."""
    item: Text | None = None
    value: Figure | None = None
    source: Text = ""
    at: Text = ""

    @model_validator(mode="after")
    def _layout(self) -> Self:
        if (self.item is None) != (self.value is None) or bool(self.items) == (self.item is not None):
            raise ValueError("give either items (a column each), or item and value (a row each)")
        return self

    @field_validator("stage")
    @classmethod
    def _stage(cls, value: Text) -> Text:
        if isinstance(value, str) and "{" not in value and value not in set(Stage):
            raise ValueError(f"{value!r} is not a stage: {', '.join(Stage)}")
        return value


class Names(Strict):
    """A list of candidates (Pakistan: Form 33) that lends its names to the candidates of the records."""

    contest: Text
    party: Text
    """Joined to the party column of the records where exactly one candidate of the contest has that party."""
    name: Text
    name_ur: Text | None = None


class Input(Strict):
    """One of the given files (or several of one kind) and how its table is read."""

    slot: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    """Its name on the command line: ``SLOT=FILE``."""
    what: str = ""
    file: str | list[str] = "*"
    """Files whose name matches this pattern (or one of them) belong here, if they were given without a slot."""
    optional: bool = False
    several: bool = False
    format: Literal["csv", "json", "xlsx", "js-objects"] = "csv"
    encoding: str = "auto"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    thousands: Annotated[str, Field(max_length=1)] = ""
    header: int = Field(default=1, ge=1)
    rows: int | None = Field(default=None, ge=1)
    """Read only so many rows after the header."""
    path: str = ""
    """JSON: where the list of objects is: ``data.rows``; ``*`` goes into every member and keeps its key as ``@key``."""
    sheet: str = ""
    member: str = ""
    """Which member of a .zip with several."""
    marks: dict[str, Literal["blank", "illegible", "not-on-form"]] = {}
    """Words that stand in a figure's place: ``"No data" = "blank"``. In a key or a name such a word is no word."""
    contest: Text | None = None
    station: Text | None = None
    """Key of the polling station, unique in the whole package."""
    stations: Literal["any", "known"] = "any"
    """``known``: the stations must be those of the inputs before this one; others are problems, with proposals."""
    missing_station: Literal["problem", "skip", "row"] = "problem"
    """A row without a station key: a problem, skipped with a reason, or a station of its own named after the row."""
    repeated_stations: Literal["same", "number"] = "same"
    """``number``: rows with the same station key are different places; the second is numbered ``KEY #2``."""
    station_name: Text | None = None
    station_name_ur: Text | None = None
    voters: Text | None = None
    areas: list[Level] = []
    skip: list[Skip] = []
    records: list[Records] = []
    declared: list[Declares] = []
    names: Names | None = None

    @property
    def patterns(self) -> list[str]:
        return [self.file] if isinstance(self.file, str) else self.file


class Contest(Strict):
    contest: str
    name: str = ""
    name_ur: str = ""
    area: str = ""
    seats: int | None = Field(default=None, ge=1)
    rule: Literal["", "plurality", "none"] = ""
    stations: int | None = Field(default=None, ge=0)
    registered: int | None = Field(default=None, ge=0)


class Candidate(Strict):
    contest: str | None = None
    """None: of every contest in which this key occurs."""
    candidate: str
    name: str = ""
    name_ur: str = ""
    party: str = ""
    backed_by: str = ""


class Area(Strict):
    area: str
    name: str = ""
    name_ur: str = ""
    parent: str = ""
    level: str = ""


class DeclaredRow(Strict):
    contest: str | None = None
    area: str = ""
    station: str = ""
    stage: Stage = Field(strict=False)
    version: int = Field(default=1, ge=1)
    item: str
    value: int = Field(ge=0)
    source: str = ""
    at: str = ""


class StatementRow(Strict):
    statement: str
    contest: str | None = None
    who: str = ""
    at: str = ""
    where: str = ""
    item: str
    about: Literal["records", "declared"]
    value: int = Field(ge=0)
    rounding: str = "exact"
    text: str = ""


class AboutMap(Strict):
    name: str
    title: str = ""
    title_ur: str = ""
    notice: str = ""
    notice_ur: str = ""
    held_on: str = ""
    sources: list[str] = []


class Aliases(Strict):
    """Foreign spelling → key, for spellings that are not keys themselves."""

    candidates: dict[str, str] = {}
    stations: dict[str, str] = {}
    areas: dict[str, str] = {}
    parties: dict[str, list[str]] = {}
    """Party column of the records → its spellings in a list of candidates."""


class Mapping(Strict):
    """A whole mapping file."""

    mapping: Literal["v1"]
    about: AboutMap
    contests: list[Contest] = []
    candidates: list[Candidate] = []
    areas: list[Area] = []
    inputs: list[Input] = Field(min_length=1)
    aliases: Aliases = Aliases()
    declared: list[DeclaredRow] = []
    statements: list[StatementRow] = []
    unlisted_candidates: Literal["problem", "add"] = "problem"
    """A candidate in the files that [[candidates]] does not list: a problem, or added under its own spelling."""

    @model_validator(mode="after")
    def _unique(self) -> Self:
        for what, keys in (
            ("contest", [contest.contest for contest in self.contests]),
            ("candidate", [f"{one.contest or ''}/{one.candidate}" for one in self.candidates]),
            ("slot", [one.slot for one in self.inputs]),
            ("area", [one.area for one in self.areas]),
        ):
            twice = sorted({key for key in keys if keys.count(key) > 1})
            if twice:
                raise ValueError(f"{what} given twice: {', '.join(twice)}")
        for one in self.candidates:
            if one.candidate in BOX_NAMES:
                raise ValueError(f"candidate {one.candidate!r} has the name of a box")
        return self
