"""Evaluating a mapping's words over a raw table: texts and figures as whole columns, problems by row and column."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePath

import polars as pl
from rapidfuzz import process

from tallyproof.errors import Problem
from tallyproof.formats.mapping_model import Figure, FigureFrom, Skip, Text, TextFrom
from tallyproof.formats.tabular import LINE, RawTable
from tallyproof.model.counts import NotACount, read_count
from tallyproof.model.words import Unread

_HOLE = re.compile(r"\{([^{}]+?)(?::0?(\d+))?\}")
_LISTED = 10_000
"""So many unreadable cells of a column are listed; more of them say nothing new."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that was not taken over, and why."""

    file: str
    row: int
    reason: str


@dataclass(slots=True)
class Notes:
    """What is collected on the way through all inputs."""

    problems: list[Problem] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    proposals: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def problem(self, file: str, code: str, message: str, mend: str, *, row: int | None = None, column: str | None = None) -> None:
        found = Problem(file=file, row=row, column=column, code=code, message=message, mend=mend)
        if found not in self.problems[-200:]:
            self.problems.append(found)


@dataclass(slots=True)
class Cells:
    """One raw table with the mapping's marks, ready to be asked for texts and figures."""

    table: RawTable
    notes: Notes
    thousands: str = ""
    marks: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    @property
    def height(self) -> int:
        return self.table.frame.height

    @property
    def lines(self) -> pl.Series:
        return self.table.frame[LINE]

    def keep(self, mask: pl.Series) -> None:
        """Leave only the rows where ``mask`` is true."""
        self.table = RawTable(self.table.file, self.table.frame.filter(mask), self.table.repeated, self.table.encoding, self.table.header)

    def column(self, name: str) -> pl.Series | None:
        """The trimmed column; a problem (with the nearest name) if there is none."""
        wanted = re.sub(r"\s+", " ", name).strip()
        if wanted == "@file":
            stem = PurePath(self.table.file).stem
            return pl.Series([stem] * self.height, dtype=pl.String)
        if wanted == LINE:
            return self.lines.cast(pl.String)
        frame = self.table.frame
        by_name = {re.sub(r"\s+", " ", column).strip(): column for column in frame.columns}
        if wanted in self.table.repeated:
            self.notes.problem(
                self.table.file,
                "ambiguous-column",
                f"several columns are named {name!r}",
                f'write which one: "{name}#1" is the first from the left, "{name}#2" the second',
                row=self.table.header,
                column=name,
            )
            return None
        if wanted not in by_name:
            near = process.extract(wanted, self.table.columns, limit=3, score_cutoff=50)
            hint = (
                f"nearest: {', '.join(repr(found) for found, _, _ in near)}"
                if near
                else f"there are: {', '.join(map(repr, self.table.columns))[:300]}"
            )
            self.notes.problem(
                self.table.file,
                "missing-column",
                f"there is no column {name!r}",
                f"{hint}; correct the name in the mapping or give another file",
                row=self.table.header or None,
                column=name,
            )
            return None
        self.used.add(by_name[wanted])
        return frame[by_name[wanted]].str.strip_chars()

    # --- texts ---

    def text(self, text: Text) -> pl.Series:
        """One text per row; "" where a column is missing or a pattern does not match (and a problem says so)."""
        if isinstance(text, TextFrom):
            return self._reshaped(text)
        return self._template(text, self._words)

    def _words(self, name: str) -> pl.Series | None:
        column = self.column(name)
        marks = [mark for mark in self.marks if mark]
        if column is None or not marks:
            return column
        return column.replace(marks, [""] * len(marks))

    def _template(self, template: str, find: object) -> pl.Series:
        assert callable(find)
        parts: list[pl.Series | str] = []
        position = 0
        for hole in _HOLE.finditer(template):
            parts.append(template[position : hole.start()])
            column = find(hole[1])
            if column is None:
                return pl.Series([""] * self.height, dtype=pl.String)
            parts.append(_padded(column, int(hole[2])) if hole[2] else column)
            position = hole.end()
        parts.append(template[position:])
        if len(parts) == 1:
            return pl.Series([template] * self.height, dtype=pl.String)
        holes = [part for part in parts if isinstance(part, pl.Series)]
        frame = pl.DataFrame([part.alias(f"c{i}") for i, part in enumerate(holes)])
        numbers = iter(range(len(holes)))
        words = [pl.lit(part) if isinstance(part, str) else pl.col(f"c{next(numbers)}") for part in parts]
        # A key with an empty part would be the key of something else.
        empty = pl.any_horizontal([pl.col(f"c{i}") == "" for i in range(len(holes))])
        return frame.select(pl.when(empty).then(pl.lit("")).otherwise(pl.concat_str(words)).alias("t"))["t"]

    def _reshaped(self, text: TextFrom) -> pl.Series:
        column = self._words(text.column)
        if column is None:
            return pl.Series([""] * self.height, dtype=pl.String)
        if text.regex is not None:
            groups = re.compile(text.regex).groups
            parts = {str(group): self._matched(column, text.column, text.regex, group) for group in range(groups + 1)}
            column = self._template(text.template or ("{1}" if groups else "{0}"), parts.get)
        elif text.template:
            column = self._template(text.template, lambda name: column if name in ("0", "1") else self._words(name))
        if text.collapse:
            column = column.str.replace_all(r"\s+", " ")
        if text.map:
            column = column.replace(text.map)
        if text.case == "upper":
            column = column.str.to_uppercase()
        elif text.case == "lower":
            column = column.str.to_lowercase()
        elif text.case == "title":
            column = column.str.to_titlecase()
        return column

    def _matched(self, column: pl.Series, name: str, regex: str, group: int) -> pl.Series:
        """The group of the match in every cell, "" in empty cells; a problem for each other cell that does not match."""
        pattern = re.compile(regex)
        found = {value: pattern.search(value) for value in column.unique().to_list() if value}
        missing = [value for value, match in found.items() if match is None]
        if missing:
            bad = pl.DataFrame({"l": self.lines, "c": column}).filter(pl.col("c").is_in(missing)).head(_LISTED)
            for line, value in bad.iter_rows():
                self.notes.problem(
                    self.table.file,
                    "no-match",
                    f"{value[:60]!r} does not match the pattern {regex!r}",
                    "mend the pattern in the mapping, or skip such rows with a reason",
                    row=line,
                    column=name,
                )
        if not found:
            return column
        groups = [(match[group] or "") if match else "" for match in found.values()]
        return column.replace_strict(list(found), groups, default="", return_dtype=pl.String)

    # --- figures ---

    def figure(self, figure: Figure, unreadable: str, what: str) -> tuple[pl.Series, pl.Series]:
        """Values (Int64, null = unread) and reasons (String, "" where read). ``what`` names the figure in messages."""
        form = FigureFrom(column=figure) if isinstance(figure, str) else figure
        unreadable = form.unreadable or unreadable
        if form.constant is not None:
            return pl.Series([form.constant] * self.height, dtype=pl.Int64), pl.Series([""] * self.height, dtype=pl.String)
        if form.sum is not None:
            parts = [self.figure(column, unreadable, what) for column in form.sum]
            frame = pl.DataFrame(
                [values.alias(f"v{i}") for i, (values, _) in enumerate(parts)] + [why.alias(f"w{i}") for i, (_, why) in enumerate(parts)]
            )
            every = pl.all_horizontal([pl.col(f"v{i}").is_not_null() for i in range(len(parts))])
            added = frame.select(
                pl.when(every).then(pl.sum_horizontal([pl.col(f"v{i}") for i in range(len(parts))])).alias("v"),
                pl.when(every).then(pl.lit("")).otherwise(pl.max_horizontal([pl.col(f"w{i}") for i in range(len(parts))])).alias("w"),
            )
            return added["v"].cast(pl.Int64), added["w"]
        assert form.column is not None
        column = self.column(form.column)
        if column is None:
            return pl.Series([None] * self.height, dtype=pl.Int64), pl.Series([Unread.NOT_ON_FORM.value] * self.height, dtype=pl.String)
        if form.regex is not None:
            column = self._matched(column, form.column, form.regex, 1)
        return self._counts(column, form.column, unreadable, what)

    def _counts(self, column: pl.Series, name: str, unreadable: str, what: str) -> tuple[pl.Series, pl.Series]:
        # Few different figures occur in many rows: each spelling is read once, by the reader of model.counts.
        spellings = column.unique().to_list()
        values: dict[str, int | None] = {}
        reasons: dict[str, str] = {}
        bad: dict[str, NotACount] = {}
        for spelling in spellings:
            read = Unread(self.marks[spelling]) if spelling in self.marks else read_count(spelling, thousands=self.thousands)
            if isinstance(read, NotACount):
                bad[spelling] = read
            values[spelling] = read if isinstance(read, int) else None
            reasons[spelling] = "" if isinstance(read, int) else read.value if isinstance(read, Unread) else Unread.ILLEGIBLE.value
        if bad:
            self._unreadable(column, name, bad, unreadable, what)
        if not values:
            return pl.Series(dtype=pl.Int64), pl.Series(dtype=pl.String)
        return (
            column.replace_strict(list(values), list(values.values()), return_dtype=pl.Int64),
            column.replace_strict(list(reasons), list(reasons.values()), return_dtype=pl.String),
        )

    def _unreadable(self, column: pl.Series, name: str, bad: dict[str, NotACount], unreadable: str, what: str) -> None:
        rows = pl.DataFrame({"l": self.lines, "c": column}).filter(pl.col("c").is_in(list(bad)))
        if unreadable == "illegible":
            examples = ", ".join(repr(value) for value in list(bad)[:5])
            self.notes.log.append(f"{self.table.file}: {rows.height} cells of {name!r} are taken as illegible: {examples}")
            return
        for line, value in rows.head(_LISTED).iter_rows():
            wrong = bad[value]
            self.notes.problem(self.table.file, wrong.code, f"{what}: {wrong.message}", self._mend(value, wrong), row=line, column=name)

    def _mend(self, value: str, wrong: NotACount) -> str:
        for mark in ",. '  ":
            if not self.thousands and mark in value and not isinstance(read_count(value, thousands=mark), NotACount):
                return f'if {mark!r} groups the digits, say so in the mapping: thousands = "{mark}"'
        if wrong.code == "not-a-number":
            return f'correct the cell, or say in the mapping what it means: marks = {{ "{value[:40]}" = "illegible" }}'
        return wrong.mend

    # --- rows ---

    def skip(self, rules: list[Skip]) -> None:
        """Drop the rows that a rule names; each is noted with the reason."""
        for rule in rules:
            column = self.column(rule.column)
            if column is None:
                continue
            listed = rule.equals if rule.equals is not None else rule.not_equals
            if rule.matches is not None:
                pattern = re.compile(rule.matches)
                drop = column.is_in([value for value in column.unique().to_list() if pattern.search(value)])
            else:
                drop = column.is_in([listed] if isinstance(listed, str) else listed or [])
                if rule.not_equals is not None:
                    drop = ~drop
            self.drop(drop, rule.reason)

    def drop(self, mask: pl.Series, reason: str) -> None:
        """Drop the rows where ``mask`` is true and note each."""
        self.notes.skipped += [Skipped(self.table.file, line, reason) for line in self.lines.filter(mask)]
        self.keep(~mask)


def _padded(column: pl.Series, width: int) -> pl.Series:
    # Excel turns 007 into 7.0; the point and the zeros after it are not part of a number that is a key.
    plain = column.str.replace(r"^(\d+)\.0+$", "$1")
    return pl.DataFrame({"c": plain}).select(
        pl.when(pl.col("c") == "").then(pl.lit("")).otherwise(pl.col("c").str.zfill(width)).alias("c")
    )["c"]
