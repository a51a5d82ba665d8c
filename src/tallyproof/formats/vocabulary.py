"""Cells that must be one of a few words, and the defaults of cells left empty."""

from __future__ import annotations

import re
from collections.abc import Callable

import polars as pl

from tallyproof.formats.cells import shown
from tallyproof.formats.faults import Faults
from tallyproof.formats.sheet import Sheet
from tallyproof.model.boxes import BOX_NAMES
from tallyproof.model.keys import run_values
from tallyproof.model.words import SOURCE, Act, Stage, Unread

RULES = ("plurality", "none")
ABOUT = ("records", "declared")
_ROUNDING = re.compile(r"exact|10{1,8}|about|at-least|at-most")
_REASONS = tuple(reason.value for reason in Unread)


def _one_of(words: tuple[str, ...]) -> tuple[Callable[[str], bool], str]:
    return words.__contains__, "write " + ", ".join(words[:-1]) + " or " + words[-1]


_WORDS: dict[tuple[str, str], tuple[str, tuple[Callable[[str], bool], str]]] = {
    ("contests", "rule"): ("unknown-rule", _one_of(RULES)),
    ("records", "act"): ("unknown-act", _one_of(tuple(act.value for act in Act))),
    ("records", "source"): (
        "bad-source",
        (
            lambda cell: SOURCE.fullmatch(cell) is not None,
            "write officer, commission, scan, agent:<party>, observer:<name> or court:<name>",
        ),
    ),
    ("votes", "unread"): ("unknown-reason", _one_of(_REASONS)),
    ("declared", "stage"): ("unknown-stage", _one_of(tuple(stage.value for stage in Stage))),
    ("statements", "about"): ("unknown-about", _one_of(ABOUT)),
    ("statements", "rounding"): (
        "unknown-rounding",
        (lambda cell: _ROUNDING.fullmatch(cell) is not None, "write exact, 10, 100, 1000 …, about, at-least or at-most"),
    ),
}
"""(table, column) → (code, (is it allowed?, how to mend it))."""

DEFAULTS: dict[str, dict[str, str | int]] = {
    "contests": {"seats": 1, "rule": "plurality"},
    "records": {"act": "count", "version": 1},
    "declared": {"version": 1},
    "statements": {"rounding": "exact"},
}


def check_words(sheet: Sheet, faults: Faults) -> None:
    """Report words that are not in the vocabulary of their column, versions of 0, and reasons where there is a figure."""
    if sheet.frame is None:
        return  # votes are left on disk only if their words are in order
    for (table, name), (code, (allowed, mend)) in _WORDS.items():
        if table != sheet.table.name or name not in sheet.columns:
            continue
        cells = sheet.series(name)
        unknown = [cell for cell in run_values(cells).unique().drop_nulls() if not allowed(cell)]
        if unknown:
            bad = cells.is_in(unknown).fill_null(False)
            faults.rows(sheet.rows, bad, name, code, lambda at, cells=cells, name=name: f"{name} is {shown(cells[at])}", mend)  # type: ignore[misc]
    if "version" in sheet.columns:
        version = sheet.series("version")
        zero = (version == 0).fill_null(False)
        if zero.any():
            faults.rows(sheet.rows, zero, "version", "bad-version", lambda at: "versions count from 1", "write 1, 2 …")
    if sheet.table.name == "votes" and "unread" in sheet.columns:
        why, votes = sheet.series("unread"), sheet.series("votes")
        both = why.is_not_null() & votes.is_not_null()
        if both.any():
            faults.rows(
                sheet.rows,
                both,
                "unread",
                "unread-has-value",
                lambda at: f"unread says {shown(why[at])}, but votes is {votes[at]}",
                "keep the figure or the reason, not both",
            )
    if sheet.table.name == "records" and "unread" in sheet.columns:
        _check_tokens(sheet, faults)


def _check_tokens(sheet: Sheet, faults: Faults) -> None:
    """``unread`` of records: ``box:reason`` with known boxes, known reasons, each box once, only for boxes without a figure."""
    cells = sheet.series("unread")
    tokens = pl.DataFrame({"row": pl.int_range(len(cells), eager=True), "token": cells}).drop_nulls()
    tokens = tokens.with_columns(pl.col("token").str.split(" ")).explode("token").filter(pl.col("token") != "")
    tokens = tokens.with_columns(
        box=pl.col("token").str.extract(r"^([^:]*)"),
        why=pl.col("token").str.extract(r":(.*)$").fill_null(""),
    )

    def report(bad: pl.DataFrame, code: str, message: Callable[[int], str], mend: str) -> None:
        if len(bad):
            faults.at(sheet.rows, bad["row"], "unread", code, message, mend)

    known = pl.col("box").is_in(BOX_NAMES)
    strange = tokens.filter(~known)
    mend = "write box:reason, such as valid:illegible, with the name of a column of figures"
    report(strange, "unknown-box", lambda at: f"there is no box {shown(strange['box'][at])}", mend)
    tokens = tokens.filter(known)
    vague = tokens.filter(~pl.col("why").is_in(_REASONS))
    report(
        vague,
        "unknown-reason",
        lambda at: f"the reason for {vague['box'][at]} is {shown(vague['why'][at])}",
        _one_of(_REASONS)[1] + " after the colon",
    )
    twice = tokens.filter(pl.struct("row", "box").is_duplicated() & ~pl.struct("row", "box").is_first_distinct())
    report(twice, "unread-differs", lambda at: f"{twice['box'][at]} occurs twice", "state one reason")
    for box in BOX_NAMES:
        named = tokens.filter(pl.col("box") == box)
        if not len(named) or box not in sheet.columns:
            continue
        figures = sheet.series(box).gather(named["row"])
        filled = named.with_columns(figure=figures).filter(pl.col("figure").is_not_null())
        report(
            filled,
            "unread-has-value",
            lambda at, box=box, filled=filled: f"unread names {box}, but {box} is {filled['figure'][at]}",  # type: ignore[misc]
            "keep the figure or the reason, not both",
        )


def with_defaults(table: str, frame: pl.LazyFrame) -> pl.LazyFrame:
    """Fill what may be left empty and has a meaning then."""
    if table == "votes":
        return frame.with_columns(
            unread=pl.when(pl.col("votes").is_null() & pl.col("unread").is_null())
            .then(pl.lit(Unread.BLANK.value))
            .otherwise(pl.col("unread"))
        )
    filled = DEFAULTS.get(table)
    return frame.with_columns(pl.col(name).fill_null(value) for name, value in filled.items()) if filled else frame
