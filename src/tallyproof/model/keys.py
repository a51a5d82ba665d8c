"""Columns of keys, asked about cheaply: tables of one election usually come sorted, and in one order."""

from __future__ import annotations

from itertools import pairwise

import polars as pl

INDEX = pl.UInt32

_SMALL = 1 << 16
"""Up to so many keys a hash of them stays in the processor's cache."""
_SEGMENTS = 16
"""A table asked about may be made of so many tables in order, one source after the other."""


def is_ascending(key: pl.Series) -> bool:
    """Whether every value is larger than the one before it, so that none is there twice; no value is null."""
    return not key.null_count() and bool((key.slice(1) > key.head(max(0, key.len() - 1))).all())


def has_no_repeats(keys: pl.DataFrame) -> bool:
    """Whether no two rows are equal."""
    # One column that tells all rows apart is enough, and quicker to ask than all together.
    if any(is_ascending(keys[name]) for name in keys.columns):
        return True
    if any(_ascends_in_parts(keys, name) for name in keys.columns):
        return True
    # Where rows repeat, most do as a rule: a look at one of them settles it.
    if keys.height and keys.select(pl.all_horizontal(pl.all().eq_missing(pl.all().first()))).to_series().sum() > 1:
        return False
    # Different hashes are different rows.
    return keys.hash_rows().n_unique() == keys.height or keys.n_unique() == keys.height


def _ascends_in_parts(keys: pl.DataFrame, name: str) -> bool:
    """Whether ``keys`` is a few tables one after the other, in each of which ``name`` ascends, and which another column tells apart."""
    ends = _parts(keys[name])
    if ends is None:
        return False
    for other in keys.columns:
        if keys[other].null_count():
            continue
        parts = [keys[other].slice(a, b - a) for a, b in ends]
        marks = {part[0] for part in parts}
        if other != name and len(marks) == len(parts) and all((part == part[0]).all() for part in parts):
            return True
    return False


def _parts(key: pl.Series) -> list[tuple[int, int]] | None:
    """The stretches (from, to) in which a column without nulls ascends; None if they are many, or if there is a null."""
    if key.null_count():
        return None
    descents = _where(key.slice(1) <= key.head(max(0, key.len() - 1)))
    if descents.len() >= _SEGMENTS:
        return None
    return list(pairwise([0, *(descents + 1).to_list(), key.len()]))


def run_starts(key: pl.Series) -> pl.Series:
    """The rows (UInt32) at which another value stands than in the row before; row 0 is the first of them."""
    if not key.len():
        return pl.Series([], dtype=INDEX)
    changed = key.slice(1).ne_missing(key.head(key.len() - 1))
    return pl.concat([pl.Series([0], dtype=INDEX), (changed.arg_true() + 1).cast(INDEX)])


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
    asked = asked.select(offered.columns)
    order = next((name for name in offered.columns if is_ascending(offered[name])), None) if offered.height > _SMALL else None
    parts = [asked.slice(a, b - a) for a, b in _parts(asked[order]) or ()] if order is not None else []
    found = [_in_order(part, offered, order) for part in parts] if order is not None else []
    ready = [one for one in found if one is not None]
    if ready and len(ready) == len(parts):
        return pl.concat(ready)
    changed = pl.select(pl.any_horizontal(asked[name].ne_missing(asked[name].shift()) for name in asked.columns)).to_series()
    # The first row is always looked for, also where its key is null: so one row alone never calls itself again.
    changed = changed.scatter(0, True)
    if 2 * changed.sum() <= asked.height:
        # Equal rows stand together: one of them is looked for.
        return places(asked.filter(changed), offered).gather(changed.cast(INDEX).cum_sum() - 1)
    if order is not None:
        if not ready:
            return _searched(asked, offered, order)
        return pl.concat(_searched(part, offered, order) if one is None else one for part, one in zip(parts, found, strict=True))
    numbered = offered.with_columns(pl.int_range(0, pl.len(), dtype=INDEX).alias("_place"))
    return asked.join(numbered, on=offered.columns, how="left", maintain_order="left")["_place"]


def _in_order(asked: pl.DataFrame, offered: pl.DataFrame, name: str) -> pl.Series | None:
    """``places`` of rows that are a stretch of ``offered``; None if they are not."""
    begin = offered[name].search_sorted(asked[name][0])
    if offered.slice(begin, asked.height).equals(asked, null_equal=False):
        return pl.int_range(begin, begin + asked.height, dtype=INDEX, eager=True)
    return None


def _searched(asked: pl.DataFrame, offered: pl.DataFrame, name: str) -> pl.Series:
    """``places`` where the column ``name`` ascends in ``offered``, and so tells its rows apart: a binary search, then all columns."""
    at = offered[name].search_sorted(asked[name]).cast(INDEX)
    at = at.zip_with(at < offered.height, pl.Series([0], dtype=INDEX))
    same = pl.select(pl.all_horizontal(offered[other].gather(at) == asked[other] for other in offered.columns)).to_series()
    return at.zip_with(same.fill_null(False), pl.Series([None], dtype=INDEX))


def _where(mask: pl.Series) -> pl.Series:
    return mask.arg_true().cast(INDEX)
