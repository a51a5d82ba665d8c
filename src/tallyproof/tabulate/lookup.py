"""Columns of one table for the rows of another, by key: the join that everything here needs, made cheap where it can be.

On Polars two keys that come in one order are compared row by row, and no hash of a million keys is made; the columns that
are found are set beside the others, which a join would write anew.
"""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import polars as pl

from tallyproof.model import keys
from tallyproof.tabulate.frames import Frame, height


def look_up(frame: Frame, table: Frame, on: Sequence[str]) -> Frame:
    """``frame`` with the other columns of ``table``, null where its key is not there or has a null.

    ``table`` has no key twice. Rows and columns of ``frame`` stay as they are, on Polars in their order.
    """
    if not frame.implementation.is_polars():
        return frame.join(table, on=list(on), how="left")
    left, right = _collected(frame), _collected(table)
    found = [right[name] for name in right.columns if name not in on]
    if left.height != right.height or not all(left[name].equals(right[name], null_equal=False) for name in on):
        at = keys.places(pl.DataFrame([left[name] for name in on]), pl.DataFrame([right[name] for name in on]))
        found = [column.gather(at) for column in found]
    # Columns cut at different rows are copied by every step that needs both; those in one piece never are.
    return nw.from_native(left.hstack([column.rechunk() for column in found]).lazy())


def has_no_repeats(frame: Frame, on: Sequence[str]) -> bool:
    """Whether no two rows have the same ``on``."""
    wanted = frame.select(*on)
    if wanted.implementation.is_polars():
        return keys.has_no_repeats(_collected(wanted))
    return height(wanted.group_by(*on).agg(nw.len().alias("rows")).filter(nw.col("rows") > 1)) == 0


def _collected(frame: Frame) -> pl.DataFrame:
    native: pl.LazyFrame = nw.to_native(frame)
    return native.collect()
