"""Columns of one table for the rows of another, by key: the join that everything here needs, made cheap where it can be.

Tables of one election usually come in one order. Then two keys are compared row by row, and no hash of a million keys is
made. What is looked up is a narrow table; the wide one is never rebuilt.
"""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import polars as pl

from tallyproof.tabulate.frames import Frame

_SMALL = 1 << 16
"""Up to so many keys a hash of them stays in the processor's cache."""

_INDEX = pl.UInt32


def look_up(frame: Frame, table: Frame, on: Sequence[str]) -> Frame:
    """``frame`` with the other columns of ``table``, null where its key is not there or has a null.

    ``table`` has no key twice. Rows and columns of ``frame`` stay as they are, on Polars in their order.
    """
    if not frame.implementation.is_polars():
        return frame.join(table, on=list(on), how="left")
    left, right = _collected(frame), _collected(table)
    asked, offered = left.select(on), right.select(on)
    found = right.drop(on)
    if not asked.equals(offered, null_equal=False):
        found = found.select(pl.all().gather(places(asked, offered)))
    return nw.from_native(left.hstack(found).lazy())


def places(asked: pl.DataFrame, offered: pl.DataFrame) -> pl.Series:
    """For each row of ``asked`` the row of ``offered`` that is the same, null if there is none; ``offered`` has no row twice."""
    if not offered.height or not asked.height:
        return pl.Series([None], dtype=_INDEX).new_from_index(0, asked.height)
    for name in offered.columns if offered.height > _SMALL else []:
        key = offered[name]
        if is_ascending(key):
            # A column that alone tells the rows apart, in order: a binary search, and a comparison of the whole row.
            at = key.search_sorted(asked[name]).cast(_INDEX)
            at = at.zip_with(at < offered.height, pl.Series([0], dtype=_INDEX))
            same = pl.select(pl.all_horizontal(offered[other].gather(at) == asked[other] for other in offered.columns)).to_series()
            return at.zip_with(same.fill_null(False), pl.Series([None], dtype=_INDEX))
    numbered = offered.with_columns(pl.int_range(0, pl.len(), dtype=_INDEX).alias("_place"))
    return asked.join(numbered, on=offered.columns, how="left", maintain_order="left")["_place"]


def is_ascending(key: pl.Series) -> bool:
    """Whether every value is larger than the one before it, so that none is there twice; no value is null."""
    return not key.null_count() and bool((key.slice(1) > key.head(max(0, key.len() - 1))).all())


def _collected(frame: Frame) -> pl.DataFrame:
    native: pl.LazyFrame = nw.to_native(frame)
    return native.collect()
