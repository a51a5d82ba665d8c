"""Columns of keys, asked about cheaply: tables of one election usually come sorted, and in one order."""

from __future__ import annotations

import polars as pl

INDEX = pl.UInt32

_SMALL = 1 << 16
"""Up to so many keys a hash of them stays in the processor's cache."""


def is_ascending(key: pl.Series) -> bool:
    """Whether every value is larger than the one before it, so that none is there twice; no value is null."""
    return not key.null_count() and bool((key.slice(1) > key.head(max(0, key.len() - 1))).all())


def has_no_repeats(keys: pl.DataFrame) -> bool:
    """Whether no two rows are equal."""
    # One column that tells all rows apart is enough, and quicker to ask than all together.
    if any(is_ascending(keys[name]) for name in keys.columns):
        return True
    # Different hashes are different rows; only equal ones leave it open.
    return keys.hash_rows().n_unique() == keys.height or keys.n_unique() == keys.height


def run_starts(key: pl.Series) -> pl.Series:
    """The rows (UInt32) at which another value stands than in the row before; row 0 is the first of them."""
    if not key.len():
        return pl.Series([], dtype=INDEX)
    changed = key.slice(1).ne_missing(key.head(key.len() - 1))
    return pl.concat([pl.zeros(1, INDEX, eager=True), pl.int_range(1, key.len(), dtype=INDEX, eager=True).filter(changed)])


def run_values(key: pl.Series) -> pl.Series:
    """All values of a column, without most repetitions where these stand together; nulls are kept."""
    starts = run_starts(key)
    return key.gather(starts) if 2 * starts.len() < key.len() else key


def places(asked: pl.DataFrame, offered: pl.DataFrame) -> pl.Series:
    """For each row of ``asked`` the row of ``offered`` that equals it, null if none does or a key is null.

    Both have the same columns; ``offered`` has no row twice.
    """
    if not offered.height or not asked.height:
        return pl.Series([None], dtype=INDEX).new_from_index(0, asked.height)
    for name in offered.columns if offered.height > _SMALL else []:
        key = offered[name]
        if is_ascending(key):
            # This column alone tells the rows apart: a binary search in it, and then a comparison of the whole row.
            at = key.search_sorted(asked[name]).cast(INDEX)
            at = at.zip_with(at < offered.height, pl.Series([0], dtype=INDEX))
            same = pl.select(pl.all_horizontal(offered[other].gather(at) == asked[other] for other in offered.columns)).to_series()
            return at.zip_with(same.fill_null(False), pl.Series([None], dtype=INDEX))
    numbered = offered.with_columns(pl.int_range(0, pl.len(), dtype=INDEX).alias("_place"))
    return asked.join(numbered, on=offered.columns, how="left", maintain_order="left")["_place"]
