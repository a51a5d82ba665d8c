"""The checks on a record: every code, and how they are run over all records at once.

``evaluate`` and ``summarise`` are lazy and take any engine that narwhals knows (Polars, DuckDB, PySpark); nothing in them is a loop over
records or contests. ``docs/checks`` has a page for each code.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import narwhals as nw
import polars as pl

from tallyproof.capture.check_leads import leads
from tallyproof.capture.check_proofs import proofs
from tallyproof.capture.check_types import Check, Failure, Tally, Thresholds
from tallyproof.capture.extra import EXTRA_COLUMNS, attach, vote_columns
from tallyproof.model.boxes import BOX_NAMES

__all__ = [
    "CHECKS",
    "DEFAULTS",
    "Check",
    "Failure",
    "Tally",
    "Thresholds",
    "attach",
    "checks",
    "evaluate",
    "failures",
    "prepare",
    "summarise",
    "tallies",
]

KEYS = ("record", "contest", "station", "source")
_REQUIRED = (*KEYS, *BOX_NAMES, "n_candidates", "votes_read", "votes_sum", "roll")
# Absent ones are null: the checks on them cannot tell. `voters` is the column of the stations table, `unread` that of the records table.
_OPTIONAL: dict[str, type[nw.Int64] | type[nw.String]] = {
    **dict.fromkeys(EXTRA_COLUMNS, nw.Int64),
    "voters": nw.String,
    "unread": nw.String,
}


def checks(thresholds: Thresholds | None = None) -> tuple[Check, ...]:
    """Every check in the order of the codes, with these thresholds."""
    return tuple(sorted((*proofs(), *leads(thresholds or DEFAULTS)), key=lambda check: check.code))


DEFAULTS = Thresholds()
CHECKS: tuple[Check, ...] = checks(DEFAULTS)


def prepare(sheets: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """The sheets with the columns that several checks share (names begin with ``_``).

    A null ``blank`` means that the form does not count blank votes apart, unless the optional column ``unread`` says
    ``blank:illegible`` or ``blank:blank``: then there is such a box and sums that need it cannot be told.
    Raises ValueError if a column of the sheets is absent.
    """
    names = sheets.collect_schema().names()
    absent = [name for name in _REQUIRED if name not in names]
    if absent:
        raise ValueError(f"not sheets: columns {', '.join(absent)} are absent")
    votes = vote_columns(names)
    # A second column: Spark's greatest() wants two.
    largest = nw.max_horizontal(*votes, votes[0]) if votes else nw.lit(None, nw.Int64)
    filled = sheets.with_columns(
        *(nw.lit(None, dtype).alias(name) for name, dtype in _OPTIONAL.items() if name not in names),
        _largest=largest,
        _complete=(nw.col("votes_read") == nw.col("n_candidates")) & (nw.col("n_candidates") > 0),
        _blank=nw.col("blank").fill_null(0),
        _counted=nw.col("votes_sum") + nw.sum_horizontal("rejected", "blank"),
    )
    said = nw.col("unread")
    no_such_reason = nw.lit(False)
    blank_unread = said.str.contains(r"\bblank:(illegible|blank)\b").fill_null(False) if "unread" in names else no_such_reason
    valid_empty = said.str.contains(r"\bvalid:blank\b").fill_null(False) if "unread" in names else no_such_reason
    known = filled.with_columns(
        _largest_figure=nw.max_horizontal("_largest", "valid", "rejected", "blank"),
        _blank_known=~(nw.col("blank").is_null() & blank_unread),
        _valid_empty=nw.col("valid").is_null() & valid_empty,
    )
    return known.with_columns(_counted_all=nw.col("_complete") & ~nw.col("rejected").is_null() & nw.col("_blank_known"))


def evaluate(sheets: nw.LazyFrame[Any], thresholds: Thresholds | None = None) -> nw.LazyFrame[Any]:
    """record, contest, station, source and a Boolean column a code: true passes, false fails, null cannot be told."""
    return prepare(sheets).select(*KEYS, *(check.passes.alias(check.code) for check in checks(thresholds)))


def summarise(evaluated: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """contest, source, records (how many), and for each code ``R01_passed`` and ``R01_failed``; the rest cannot be told."""
    codes = _codes(evaluated)
    evaluated, one_answer = _answered(evaluated, codes) if evaluated.implementation.is_polars() else (evaluated, {})
    apart = [code for code in codes if code not in one_answer]
    flags = evaluated.select("contest", "source", *(nw.col(code).cast(nw.Int64) for code in apart))
    counted = flags.group_by("contest", "source").agg(
        nw.len().cast(nw.Int64).alias("records"),
        *(nw.col(code).sum().cast(nw.Int64).fill_null(0).alias(f"{code}_passed") for code in apart),
        *(nw.col(code).count().cast(nw.Int64).alias(f"{code}_told") for code in apart),
    )
    failed = [(nw.col(f"{code}_told") - nw.col(f"{code}_passed")).alias(f"{code}_failed") for code in apart]
    nobody = nw.lit(0).cast(nw.Int64)
    alike = [
        (nw.col("records") if answer is said else nobody).alias(f"{code}_{name}")
        for code, answer in one_answer.items()
        for name, said in (("passed", True), ("failed", False))
    ]
    passed = [f"{code}_passed" for code in codes]
    return counted.with_columns(*failed, *alike).select("contest", "source", "records", *passed, *(f"{code}_failed" for code in codes))


def _answered(evaluated: nw.LazyFrame[Any], codes: list[str]) -> tuple[nw.LazyFrame[Any], dict[str, bool | None]]:
    """The answers in memory, a bit each, and those codes to which all records give one answer: most of them, as a rule."""
    native: pl.LazyFrame = nw.to_native(evaluated)
    found = native.select("contest", "source", *codes).collect(engine="streaming")
    one_answer: dict[str, bool | None] = {}
    for code in codes:
        answers, unknown = found[code], found[code].null_count()
        passed = int(answers.sum() or 0)
        if unknown == found.height:
            one_answer[code] = None
        elif not unknown and passed in (0, found.height):
            one_answer[code] = passed > 0
    return nw.from_native(found.lazy()), one_answer


def tallies(summary: nw.LazyFrame[Any]) -> tuple[Tally, ...]:
    """What ``summarise`` found, collected: one for each contest, source and code, sorted by them."""
    codes = [name.removesuffix("_passed") for name in summary.collect_schema().names() if name.endswith("_passed")]
    names = [(f"{code}_passed", f"{code}_failed") for code in codes]
    found = []
    for row in sorted(summary.collect("polars").rows(named=True), key=lambda row: (row["contest"], row["source"])):
        contest, source, records = row["contest"], row["source"], row["records"]
        for code, (passed, failed) in zip(codes, names, strict=True):
            yes, no = row[passed], row[failed]
            found.append(Tally(code=code, contest=contest, source=source, passed=yes, failed=no, cannot_tell=records - yes - no))
    return tuple(found)


def failures(
    sheets: nw.LazyFrame[Any],
    thresholds: Thresholds | None = None,
    *,
    codes: Collection[str] | None = None,
) -> tuple[Failure, ...]:
    """Every record that breaks a check (of ``codes``, if given), with the figures; sorted by code, contest, station, source, record.

    Only the failing rows leave the engine. Leads can be many: ask for the codes that are wanted.
    """
    wanted = [check for check in checks(thresholds) if codes is None or check.code in codes]
    if not wanted:
        return ()
    votes = vote_columns(sheets.collect_schema().names()) if any(check.derive for check in wanted) else []
    derived = ("twin_compared", *votes) if any(check.derive for check in wanted) else ()
    answers = [check.passes.alias(check.code) for check in wanted]
    figures = [expr.alias(f"{check.code}.{name}") for check in wanted for name, expr in check.figures]
    flagged = prepare(sheets).select(*KEYS, *answers, *figures, *derived)
    broken = flagged.filter(nw.any_horizontal(*(~nw.col(check.code) for check in wanted), ignore_nulls=True))
    found = []
    for row in broken.collect("polars").rows(named=True):
        for check in wanted:
            if row[check.code] is False:
                shown = {name: row[f"{check.code}.{name}"] for name, _ in check.figures}
                if check.derive:
                    shown |= check.derive({name: row[name] for name in derived})
                found.append(Failure(code=check.code, figures=shown, **{key: row[key] for key in KEYS}))
    return tuple(sorted(found, key=lambda one: (one.code, one.contest, one.station, one.source, one.record)))


def _codes(evaluated: nw.LazyFrame[Any]) -> list[str]:
    return [name for name in evaluated.collect_schema().names() if name not in KEYS]
