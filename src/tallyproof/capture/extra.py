"""Columns for the sheets that only some packages can fill: votes in words, votes by sex, and equal votes at two stations.

``attach`` adds them; checks R06, R07 and R36 look at them and cannot tell without them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isqrt
from typing import Any

import narwhals as nw

from tallyproof.capture.check_types import Thresholds

WORDS_COLUMNS = ("words_same", "words_differ", "words_gap")
SPLIT_COLUMNS = ("split_same", "split_differ", "split_gap")
TWIN_COLUMNS = ("twin_stations", "twin_compared")
EXTRA_COLUMNS = (*WORDS_COLUMNS, *SPLIT_COLUMNS, *TWIN_COLUMNS)

CHANCE_LIMIT = 10**18 - 1
"""Chances smaller than one in this are reported as one in this."""

_VOTE_COLUMN = re.compile(r"v[1-9][0-9]*")
_WEIGHT_PRIME = 262_139
# Votes < 2**30, weights < 2**18 and at most 2**15 candidates: a fingerprint fits a signed 64-bit integer.


def vote_columns(names: list[str]) -> list[str]:
    """The columns ``v1 .. vK`` of the sheets, in ballot order."""
    return sorted((name for name in names if _VOTE_COLUMN.fullmatch(name)), key=lambda name: int(name[1:]))


def attach(sheets: nw.LazyFrame[Any], votes: nw.LazyFrame[Any] | None, thresholds: Thresholds | None = None) -> nw.LazyFrame[Any]:
    """The sheets with ``EXTRA_COLUMNS`` (Int64). ``votes`` is the table of that name, on the same engine; None if it has nothing but votes.

    ``words_same``/``words_differ``: candidates whose votes in words and in figures agree/differ, both being read; ``words_gap``: the
    largest difference. ``split_*``: the same for men + women. ``twin_stations``: how many stations have this row of votes (0 if no
    other has), null where the check is not asked; ``twin_compared``: how many were compared, null without a twin.
    """
    limits = thresholds or Thresholds()
    more = ("in_words", "male", "female")
    filled = (0, 0, 0) if votes is None else votes.select(*(nw.col(name).count() for name in more)).collect("polars").row(0)
    sheets = _held(sheets.with_columns(_twins_asked=_asked(vote_columns(sheets.collect_schema().names()), limits)))
    parts = [_twins(sheets)]
    if votes is not None and filled[0]:
        parts.append(words(votes))
    if votes is not None and (filled[1] or filled[2]):
        parts.append(split(votes))
    # One narrow frame, so that the wide sheets are joined once.
    stacked = nw.concat([_all_extra(part) for part in parts], how="vertical")
    narrow = stacked.group_by("record").agg(*(nw.col(name).max().cast(nw.Int64) for name in EXTRA_COLUMNS))
    if narrow.implementation.is_polars():
        narrow = _held(narrow)
        if not narrow.select(nw.len()).collect().item():
            # Joining nothing to a million wide rows would still write them all anew.
            joined = sheets.with_columns(*(nw.lit(None, nw.Int64).alias(name) for name in EXTRA_COLUMNS))
            return joined.with_columns(twin_stations=nw.when("_twins_asked").then(nw.lit(0)).cast(nw.Int64)).drop("_twins_asked")
    joined = sheets.join(narrow, on="record", how="left")
    return joined.with_columns(twin_stations=nw.when("_twins_asked").then(nw.col("twin_stations").fill_null(0))).drop("_twins_asked")


def _all_extra(part: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    names = part.collect_schema().names()
    return part.select("record", *(nw.col(name) if name in names else nw.lit(None, nw.Int64).alias(name) for name in EXTRA_COLUMNS))


def words(votes: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """record, words_same, words_differ, words_gap: only records with at least one candidate whose votes are read both ways."""
    apart = (nw.col("in_words") - nw.col("votes")).abs()
    rows = votes.filter(~nw.col("in_words").is_null() & ~nw.col("votes").is_null()).select("record", apart=apart)
    return _per_record(rows, "words", same=nw.col("apart") == 0)


def split(votes: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """record, split_same, split_differ, split_gap: only records where a candidate's votes can be held against them."""
    one, both = ~nw.col("male").is_null() | ~nw.col("female").is_null(), ~nw.col("male").is_null() & ~nw.col("female").is_null()
    total = nw.sum_horizontal("male", "female")
    rows = votes.filter(one & ~nw.col("votes").is_null()).select("record", over=total - nw.col("votes"), both=both)
    # One of the two alone says something only if it exceeds the votes.
    rows = rows.filter(nw.col("both") | (nw.col("over") > 0)).select("record", apart=nw.col("over").abs())
    return _per_record(rows, "split", same=nw.col("apart") == 0)


def _per_record(rows: nw.LazyFrame[Any], prefix: str, *, same: nw.Expr) -> nw.LazyFrame[Any]:
    counted = rows.select("record", "apart", same=same.cast(nw.Int64), differ=(~same).cast(nw.Int64))
    return counted.group_by("record").agg(
        nw.col("same").sum().cast(nw.Int64).alias(f"{prefix}_same"),
        nw.col("differ").sum().cast(nw.Int64).alias(f"{prefix}_differ"),
        nw.col("apart").max().cast(nw.Int64).alias(f"{prefix}_gap"),
    )


def _asked(votes: list[str], thresholds: Thresholds) -> nw.Expr:
    """Enough candidates have enough votes that a second station would hardly show the same row by chance."""
    if not votes:
        return nw.col("n_candidates") < 0
    large = nw.sum_horizontal(*((nw.col(name) >= thresholds.same_votes_large).cast(nw.Int16).fill_null(0) for name in votes))
    return (nw.col("votes_read") == nw.col("n_candidates")) & (large >= thresholds.same_votes_count)


def twins(sheets: nw.LazyFrame[Any], thresholds: Thresholds) -> nw.LazyFrame[Any]:
    """record, twin_stations, twin_compared: the records whose votes another station of the same contest and source has too.

    Two records of one station are no twins, nor are two sources.
    """
    return _twins(sheets.with_columns(_twins_asked=_asked(vote_columns(sheets.collect_schema().names()), thresholds)))


def _twins(sheets: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """``twins`` of the sheets where ``_twins_asked`` is true."""
    votes = vote_columns(sheets.collect_schema().names())
    if not votes:
        nothing = nw.lit(None, nw.Int64)
        return sheets.filter(nw.col("_twins_asked")).select("record", twin_stations=nothing, twin_compared=nothing)
    fingerprint = nw.sum_horizontal(*(nw.col(name).fill_null(0) * pow(7, place, _WEIGHT_PRIME) for place, name in enumerate(votes)))
    group = ["contest", "source"]
    rows = _held(
        sheets.filter(nw.col("_twins_asked")).select(
            "record", "station", *group, *(nw.col(name).fill_null(-1) for name in votes), _print=fingerprint
        )
    )
    # Equal fingerprints are necessary, not sufficient: they leave few rows for the comparison of whole rows of votes.
    near = _held(rows.join(_repeated(rows.select("_print"), ["_print"], nw.len()), on="_print", how="semi"))
    equal = _repeated(near, [*group, *votes], nw.col("station").n_unique(), "twin_stations")
    found = near.join(equal, on=[*group, *votes], how="inner").select("record", *group, "twin_stations")
    compared = rows.select("station", *group).join(found.select(*group), on=group, how="semi").group_by(*group)
    return found.join(compared.agg(nw.col("station").n_unique().cast(nw.Int64).alias("twin_compared")), on=group, how="inner").select(
        "record", *TWIN_COLUMNS
    )


def _held(rows: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """The same rows, computed once on Polars: several steps go on from them."""
    return rows.collect().lazy() if rows.implementation.is_polars() else rows


def _repeated(rows: nw.LazyFrame[Any], by: list[str], count: nw.Expr, name: str = "_count") -> nw.LazyFrame[Any]:
    return rows.group_by(*by).agg(count.cast(nw.Int64).alias(name)).filter(nw.col(name) > 1)


def chance_of_same_votes(row: Mapping[str, int | None]) -> dict[str, int]:
    """``pairs`` of stations compared, and ``one_in``: by chance a given second station shows these votes at most once in so many times.

    A Poisson count is x with probability at most 1/sqrt(2 pi x), whatever its mean (Stirling); for independent counts, and mixtures of
    such, the bounds multiply. With 6 < 2 pi the bound stays an integer: ``one_in = floor(sqrt(prod(6 x)))`` over votes x > 0.
    """
    product = 1
    for name, value in row.items():
        if _VOTE_COLUMN.fullmatch(name) and value:
            product *= 6 * value
    compared = row.get("twin_compared") or 0
    return {"pairs": compared * (compared - 1) // 2, "one_in": min(isqrt(product), CHANCE_LIMIT)}
