"""The rows of votes against records and candidates: many rows, so by codes and by runs of one record.

Rows of one record usually stand together: records are looked up once a run. Whether all is well is found out by laying the
votes out a row a record, which is wanted afterwards anyway; only if that fails are the rows asked one by one.
"""

from __future__ import annotations

import polars as pl

from tallyproof.formats.cells import shown
from tallyproof.formats.faults import Faults
from tallyproof.formats.relations import Sheets, unresolved
from tallyproof.formats.sheet import Sheet
from tallyproof.formats.table_parquet import load
from tallyproof.model.boxes import COUNT_LIMIT
from tallyproof.model.keys import places, run_starts
from tallyproof.model.reshape import cells, wide_votes

_CELLS = 1 << 28
"""The largest table of records by places on the ballot that is made while reading: 2 GB."""
_SHARE = 1 << 22
"""Rows that are compared with each other at a time."""


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
    if records is not None and stand is not None and _narrow(votes, records, stand):
        wide = _wide(votes, records, stand)
        if wide is None and votes.frame is None:
            votes = sheets["votes"] = load(votes, faults)
            wide = _wide(votes, records, stand)
        if wide is not None:
            return wide
    elif votes.frame is None:
        votes = sheets["votes"] = load(votes, faults)
    _report(votes, records, stand, faults)
    return None


def _narrow(votes: Sheet, records: Sheet, stand: Sheet) -> bool:
    """Whether the wide table is small enough, also beside the votes it is made of: a long ballot would make a bomb of it."""
    wanted = cells(pl.DataFrame({"record": records.series("record")}), pl.DataFrame({"contest": stand.series("contest")}))
    return wanted <= min(_CELLS, 16 * votes.height + (1 << 20))


def _wide(votes: Sheet, records: Sheet, stand: Sheet) -> pl.DataFrame | None:
    """The votes by record and place on the ballot; None if their rows are not sound, or a figure is no count."""
    try:
        wide = wide_votes(
            votes.lazy(),
            pl.DataFrame({"record": records.series("record"), "contest": records.series("contest")}),
            pl.DataFrame({"contest": stand.series("contest"), "candidate": stand.series("candidate")}),
        )
    except ValueError:
        return None
    return wide if votes.frame is not None or _are_counts(wide) else None


def _are_counts(wide: pl.DataFrame) -> bool:
    """Whether every figure that was laid out is from 0 to the limit: each row of votes is laid out somewhere."""
    figures = wide.lazy().drop("record", "votes_read", "votes_sum")
    # Row by row first: of a column that its file calls sorted, only the first and the last figure would be looked at.
    ends = figures.select(least=pl.min_horizontal(pl.all(), 0), most=pl.max_horizontal(pl.all(), 0))
    found = ends.select(pl.col("least").min(), pl.col("most").max()).collect(engine="streaming")
    least, most = found.row(0) if found["least"][0] is not None else (0, 0)
    return bool(least >= 0 and most <= COUNT_LIMIT)


class _Codes:
    """Numbers in place of the texts of all rows: of the run that a row is in, of the run's record, of the row's candidate."""

    def __init__(self, votes: Sheet, known: pl.Series) -> None:
        record, candidate = votes.series("record"), votes.series("candidate")
        heads = record.gather(run_starts(record))
        self.run = record.rle_id()
        self.number = places(pl.DataFrame({"record": heads}), pl.DataFrame({"record": known})).cast(pl.UInt64)
        """Of each run: the row of its record in ``known``, null if it is not there."""
        self.lost = self.number.is_null() & heads.is_not_null()
        strange = heads.zip_with(self.lost, pl.Series([None], dtype=pl.String)).rank("dense").cast(pl.UInt64) + len(known)
        self.names = candidate.unique().drop_nulls().sort()
        self.kind = pl.Enum(self.names)
        self.width = max(1, len(self.names))
        self.candidate = candidate.cast(self.kind).to_physical().cast(pl.UInt32)
        self.key = self.number.zip_with(~self.lost, strange).gather(self.run) * self.width + self.candidate
        """Of each row: one number for record and candidate, null if one of them is."""


def _report(votes: Sheet, records: Sheet | None, stand: Sheet | None, faults: Faults) -> None:
    """Look at every row, and report it if something is wrong with it."""
    known = pl.DataFrame(schema={"record": pl.String, "contest": pl.String})
    if records is not None:
        known = pl.DataFrame({"record": records.series("record"), "contest": records.series("contest")})
        known = known.filter(pl.col("record").is_not_null()).unique("record", keep="first", maintain_order=True)
    codes = _Codes(votes, known["record"])
    _report_twice(votes, codes.key, faults)
    if records is None:
        return
    lost = codes.lost.gather(codes.run)
    if lost.any():
        unresolved(faults, votes, "record", "records", lost, votes.series("record"), known["record"])
    if stand is not None:
        _report_strange(votes, codes, known["contest"], stand, faults)


def _twice(key: pl.Series) -> pl.Series:
    """The rows whose key another row has too, ascending. Equal keys fall into one share, and a share at a time is compared."""
    shares = 1 + len(key) // _SHARE
    found = []
    for share in range(shares):
        rows = (key % shares == share).arg_true()
        found.append(rows.filter(key.gather(rows).is_duplicated()))
    return pl.concat(found).sort()


def _report_twice(votes: Sheet, key: pl.Series, faults: Faults) -> None:
    twice = _twice(key)
    if not len(twice):
        return
    pairs = pl.DataFrame({"row": twice, "key": key.gather(twice)})
    again = pairs.with_columns(first=pl.col("row").min().over("key")).filter(pl.col("row") != pl.col("first"))
    record, candidate = votes.series("record"), votes.series("candidate")

    def message(at: int) -> str:
        row, first = again["row"][at], again["first"][at]
        return f"the key {shown(record[row])}, {shown(candidate[row])} is in row {votes.rows.number(first)} already"

    faults.at(votes.rows, again["row"], None, "duplicate-key", message, "keep one row of them")


def _report_strange(votes: Sheet, codes: _Codes, contests: pl.Series, stand: Sheet, faults: Faults) -> None:
    """Votes for someone who does not stand in the record's contest. A contest without candidates is not asked."""
    stands = pl.DataFrame({"contest": stand.series("contest"), "candidate": stand.series("candidate")}).drop_nulls().unique()
    ballots = stands.select("contest").unique().sort("contest")
    listed = (
        places(stands.select("contest"), ballots).cast(pl.UInt64) * codes.width
        + stands["candidate"].cast(codes.kind, strict=False).to_physical().cast(pl.UInt64)
    ).drop_nulls()
    ballot = places(pl.DataFrame({"contest": contests.gather(codes.number)}), ballots).cast(pl.UInt64)
    asked = ballot.gather(codes.run) * codes.width + codes.candidate
    strange = (asked.is_not_null() & ~asked.is_in(listed.implode())).fill_null(False)
    if not strange.any():
        return
    candidate = votes.series("candidate")

    def message(at: int) -> str:
        return f"{shown(candidate[at])} does not stand in {shown(contests[codes.number[codes.run[at]]])}"

    mend = "correct the key, or add the candidate to that contest"
    faults.rows(votes.rows, strange, "candidate", "unknown-candidate", message, mend)
