"""Which records stand (``specs/tabulation-v1.md`` section 1).

Only ``officer`` and ``commission`` can retire an act for everybody: corrections are new acts with an authority. A
party's or observer's later record retires only that source's own copies, so that nobody can make another's copy vanish.
"""

from __future__ import annotations

import narwhals as nw

from tallyproof.model.boxes import BOX_NAMES
from tallyproof.model.words import OFFICIAL_SOURCES
from tallyproof.tabulate.frames import Frame, height

INSTANCE = ("contest", "station", "act", "version")


def _earlier(sheets: Frame) -> Frame:
    """The act instances that some record of another act instance names, with the source that names them."""
    naming = sheets.filter(~nw.col("supersedes").is_null()).select(
        nw.col("supersedes").alias("record"),
        nw.col("source").alias("by"),
        nw.col("act").alias("by_act"),
        nw.col("version").alias("by_version"),
    )
    named = naming.join(sheets.select("record", *INSTANCE), on="record", how="inner")
    return named.filter((nw.col("act") != nw.col("by_act")) | (nw.col("version") != nw.col("by_version")))


def with_standing(sheets: Frame) -> Frame:
    """The sheets with a Boolean column ``stands``."""
    if height(sheets.filter(~nw.col("supersedes").is_null())) == 0:
        return sheets.with_columns(nw.lit(value=True).alias("stands"))
    earlier = _earlier(sheets)
    official = nw.col("by").is_in(sorted(OFFICIAL_SOURCES))
    for_all = earlier.filter(official).select(*INSTANCE).unique().with_columns(nw.lit(value=True).alias("retired"))
    own = earlier.filter(~official).select(*INSTANCE, nw.col("by").alias("source")).unique().with_columns(nw.lit(value=True).alias("left"))
    marked = sheets.join(for_all, on=list(INSTANCE), how="left").join(own, on=[*INSTANCE, "source"], how="left")
    return marked.with_columns((nw.col("retired").is_null() & nw.col("left").is_null()).alias("stands")).drop("retired", "left")


def live_sheets(sheets: Frame, *, trust: str | None = None) -> Frame:
    """The standing sheets that have a figure read, of one source if ``trust`` names it, with their ``room``.

    ``room`` is the largest number that an unread figure of this sheet can be: what ``valid`` (else ``in_box``, else the
    roll) leaves over the votes that are read; null where unknown.
    """
    chosen = sheets.filter(nw.col("stands"), has_figure())
    if trust is not None:
        chosen = chosen.filter(nw.col("source") == trust)
    over = nw.coalesce("valid", "in_box", "roll") - nw.col("votes_sum")
    # A null stays null here: where the bound is unknown the room is unknown, not zero.
    return chosen.with_columns(nw.when(over < 0).then(nw.lit(0)).otherwise(over).cast(nw.Int64).alias("room"))


def has_figure() -> nw.Expr:
    """Whether a sheet has a single figure read: votes, or one of the boxes that are counted from the ballot box."""
    return (nw.col("votes_read") > 0) | ~(nw.col("in_box").is_null() & nw.col("valid").is_null() & nw.col("rejected").is_null())


TOTAL_BOXES = ("in_box", "valid", "rejected")
COMPARED_BOXES = ("in_box", "valid", "rejected", "blank")
assert set(COMPARED_BOXES) <= set(BOX_NAMES)
