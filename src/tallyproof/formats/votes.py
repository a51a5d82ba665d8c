"""The rows of votes against records and candidates: many rows, so by codes and by runs of one record.

Rows of one record usually stand together. Then keys need to be compared only within a run, and records looked up once a
run. Where they do not stand together the same questions are answered over all rows.
"""

from __future__ import annotations

import polars as pl

from tallyproof.formats.cells import shown
from tallyproof.formats.faults import Faults
from tallyproof.formats.relations import Sheets, unresolved
from tallyproof.formats.sheet import Sheet
from tallyproof.formats.table_parquet import load
from tallyproof.model.reshape import cells, wide_votes

_SLICE = 1 << 20
_CELLS = 1 << 28
"""The largest table of records by places on the ballot that is made while reading: 2 GB."""
_DENSE = 1 << 26
"""Pairs of contest and candidate for which a table of all pairs may be laid out (one byte each)."""


def check_votes(sheets: Sheets, faults: Faults) -> pl.DataFrame | None:
    """Report votes of records that are not there, of candidates who do not stand there, and two rows for one key.

    If there are none, and the table would not be far too wide: the votes a row a record (``model.reshape``), which is how
    everybody wants them afterwards.
    """
    votes, records, stand = sheets.get("votes"), sheets.get("records"), sheets.get("candidates")
    if votes is None or not {"record", "candidate"} <= set(votes.columns):
        return None
    if records is not None and not {"record", "contest"} <= set(records.columns):
        records = None
    if stand is not None and not {"contest", "candidate"} <= set(stand.columns):
        stand = None
    asks = _wide if records is not None and stand is not None and _narrow(records, stand) else _sound
    found, wide = asks(votes, records, stand)
    if not found and votes.frame is None:
        votes = sheets["votes"] = load(votes, faults)
        found, wide = asks(votes, records, stand)
    if not found:
        _report(votes, records, stand, faults)
    return wide


def _sound(votes: Sheet, records: Sheet | None, stand: Sheet | None) -> tuple[bool, pl.DataFrame | None]:
    return sound(votes, records, stand), None


def _narrow(records: Sheet, stand: Sheet) -> bool:
    return cells(pl.DataFrame({"record": records.series("record")}), pl.DataFrame({"contest": stand.series("contest")})) <= _CELLS


def _wide(votes: Sheet, records: Sheet | None, stand: Sheet | None) -> tuple[bool, pl.DataFrame | None]:
    """Whether the rows of votes are sound, and then the same figures by record and place on the ballot."""
    assert records is not None
    assert stand is not None
    try:
        return True, wide_votes(
            votes.lazy(),
            pl.DataFrame({"record": records.series("record"), "contest": records.series("contest")}),
            pl.DataFrame({"contest": stand.series("contest"), "candidate": stand.series("candidate")}),
        )
    except ValueError:
        return False, None


def sound(votes: Sheet, records: Sheet | None, stand: Sheet | None) -> bool:
    """Whether every row names a record, a candidate of its contest, and no two rows name the same; sure only if True."""
    if records is None or stand is None:
        return False
    if not votes.height:
        return True
    contests = stand.series("contest").unique().drop_nulls().sort()
    names = stand.series("candidate").unique().drop_nulls().sort()
    if not len(names):
        return False
    place = pl.DataFrame({"contest": contests}).with_row_index("at")
    # the streaming engine gives these few codes without ever holding a column of 10^7 texts
    rows = votes.lazy()
    # not ``rle()``: in Polars 2.1 the streaming engine panics on it where the column comes in several chunks
    opens = pl.col("record").ne_missing(pl.col("record").shift()) | pl.col("record").is_null()
    runs = rows.select("record").filter(opens).collect(engine="streaming")["record"]
    where = _numbers(runs, records, place)
    if where is None:
        return False
    kind = pl.Enum(names)
    width = len(names)
    coded = rows.select(
        run=pl.col("record").rle_id(), candidate=pl.col("candidate").cast(kind, strict=False).to_physical().cast(pl.UInt32)
    ).collect(engine="streaming")
    if coded["candidate"].null_count():
        return False
    stands = _Stands(_pairs(stand, place, kind, width), len(contests) * width)
    apart = where["number"].n_unique() == len(where)
    ascending = True
    last = -1
    for part in coded.iter_slices(_SLICE):
        candidate = part["candidate"]
        if not stands.all(where["at"].gather(part["run"]) * width + candidate):
            return False
        key = (part["run"] if apart else where["number"].gather(part["run"])).cast(pl.UInt64) * width + candidate
        ascending = ascending and bool((key > key.shift(1)).all()) and key[0] > last
        last = key[-1]
    return ascending or _distinct(coded, where["number"], width, apart)


def _numbers(runs: pl.Series, records: Sheet, place: pl.DataFrame) -> pl.DataFrame | None:
    """(row of its record, place of its contest) of each run; None if a run names no record or one of no contest."""
    known = pl.DataFrame({"record": records.series("record"), "contest": records.series("contest")}).with_row_index("number")
    known = known.join(place, on="contest", how="left", maintain_order="left").with_columns(
        pl.col("number").cast(pl.UInt64), pl.col("at").cast(pl.UInt64)
    )
    # where votes are written in the order of their records there is nothing to look up
    if len(runs) != len(known) or not (runs == known["record"]).all() or runs.null_count():
        known = pl.DataFrame({"record": runs}).join(known, on="record", how="left", maintain_order="left")
    return None if len(known) != len(runs) or known["at"].null_count() else known.select("number", "at")


class _Stands:
    """Whether pairs of contest and candidate, as numbers, are among those that stand."""

    def __init__(self, listed: pl.Series, pairs: int) -> None:
        self._listed = listed
        self._dense = pl.repeat(False, pairs, eager=True).scatter(listed, True) if pairs <= _DENSE else None

    def all(self, asked: pl.Series) -> bool:
        found = self._dense.gather(asked) if self._dense is not None else asked.is_in(self._listed.implode())
        return bool(found.all())


def _distinct(coded: pl.DataFrame, numbers: pl.Series, width: int, apart: bool) -> bool:
    """Whether no two rows have the same record and candidate."""
    if not apart:
        return int((numbers.gather(coded["run"]) * width + coded["candidate"]).n_unique()) == len(coded)
    # rows of one record stand together: they need to be compared only with each other, slice by slice of whole runs
    start = 0
    while start < len(coded):
        end = min(start + _SLICE, len(coded))
        if end < len(coded):
            end = int(coded["run"].search_sorted(coded["run"][end], side="left"))
            end = end if end > start else int(coded["run"].search_sorted(coded["run"][start], side="right"))
        part = coded.slice(start, end - start)
        if (part["run"].cast(pl.UInt64) * width + part["candidate"]).n_unique() != len(part):
            return False
        start = end
    return True


def _pairs(stand: Sheet, place: pl.DataFrame, kind: pl.Enum, width: int) -> pl.Series:
    """The number of each (contest, candidate) that stands: place of the contest times ``width`` plus place of the candidate."""
    stands = pl.DataFrame({"contest": stand.series("contest"), "candidate": stand.series("candidate")}).drop_nulls().unique()
    placed = stands.join(place, on="contest")
    return placed["at"].cast(pl.UInt64) * width + placed["candidate"].cast(kind).to_physical().cast(pl.UInt64)


def _report(votes: Sheet, records: Sheet | None, stand: Sheet | None, faults: Faults) -> None:
    """The same questions, slowly, over a frame of all rows."""
    rows = pl.DataFrame({"record": votes.series("record"), "candidate": votes.series("candidate")}).with_row_index("row")
    whole = rows.drop_nulls()
    twice = whole.filter(pl.struct("record", "candidate").is_duplicated())
    if len(twice):
        again = twice.with_columns(first=pl.col("row").min().over("record", "candidate")).filter(pl.col("row") != pl.col("first"))
        faults.at(
            votes.rows,
            again["row"],
            None,
            "duplicate-key",
            lambda at: (
                f"the key {shown(again['record'][at])}, {shown(again['candidate'][at])} "
                f"is in row {votes.rows.number(again['first'][at])} already"
            ),
            "keep one row of them",
        )
    if records is None:
        return
    known = pl.DataFrame({"record": records.series("record"), "contest": records.series("contest")}).unique("record", keep="first")
    keys = known["record"].drop_nulls()
    cells = votes.series("record")
    lost = (~cells.is_in(keys.implode())).fill_null(False)
    if lost.any():
        unresolved(faults, votes, "record", "records", lost, cells, keys)
    if stand is None:
        return
    stands = pl.DataFrame({"contest": stand.series("contest"), "candidate": stand.series("candidate")}).drop_nulls().unique()
    strange = (
        whole.join(known.drop_nulls(), on="record", how="inner", maintain_order="left")
        .join(stands.select("contest").unique(), on="contest", how="semi", maintain_order="left")
        .join(stands, on=["contest", "candidate"], how="anti", maintain_order="left")
    )
    if len(strange):
        faults.at(
            votes.rows,
            strange["row"],
            "candidate",
            "unknown-candidate",
            lambda at: f"{shown(strange['candidate'][at])} does not stand in {shown(strange['contest'][at])}",
            "correct the key, or add the candidate to that contest",
        )
