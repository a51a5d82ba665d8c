"""From long votes (a row a candidate of a record) to wide sheets (a row a record, a column a place on the ballot).

Almost every file has the candidates of one record together, all of them, in ballot order. Such a stretch of rows is a
*regular run*: its votes are the wide row already, and taking them by place costs about as much as reading them. Everything
else (rows left out, another order, a record in pieces, a run cut in two where a batch ends) is *torn* and goes by keys, row
by row. A run counts as regular only after every key in it was compared with the ballot, so both ways give the same figures.

Votes are streamed: besides the result, memory holds a few batches and the torn rows as numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from tallyproof.model.keys import INDEX, run_starts

BATCH_ROWS = 1 << 19
"""Rows of votes reshaped at a time: a few tens of MB."""
FLUSH_ROWS = 1 << 22
"""Rows of records whose place is not known, collected before they are looked up: each look-up hashes all records."""

MANY_BLOCKS = 64
"""From this many stretches of equal ballots in one batch on, runs are gathered by the length of their ballot instead."""


def wide_votes(votes: pl.LazyFrame, records: pl.DataFrame, candidates: pl.DataFrame) -> pl.DataFrame:
    """One row for each row of ``records``, in its order: record, votes_read, votes_sum, v1..vK (all Int64 but the key).

    ``votes``: record, candidate, votes (null = unread), in any order. ``records``: record (unique), contest.
    ``candidates``: contest, candidate, in ballot order; K is the length of the longest ballot, at least 1.
    ``v_i`` is the figure of the i-th candidate of the record's contest; null where it is unread, has no row, or where there is
    no such candidate. ``votes_read`` counts the figures that are read, ``votes_sum`` adds them (0 if there is none).

    Raises ``ValueError`` at an unknown or repeated (record, candidate): a vote is never dropped in silence, nor counted twice.
    ``votes`` may be collected more than once; a plan that gives its rows in another order each time is slower, not wrong.
    """
    ballots = _Ballots.of(candidates)
    known = (
        records.select("record", "contest")
        .join(ballots.codes, on="contest", how="left", maintain_order="left")
        .select(pl.int_range(0, pl.len(), dtype=INDEX).alias("row"), "record", "code")
    )
    votes = votes.select("record", "candidate", pl.col("votes").cast(pl.Int64))

    reshaper = _Reshaper(ballots, known, expected=known, give_up=True)
    if not reshaper.read(votes):
        reshaper = _Reshaper(ballots, known, expected=_as_votes_come(votes, known), give_up=False)
        reshaper.read(votes)
    sheets = _every_row(pl.concat([*reshaper.regular, reshaper.torn_sheets()]), known.height)
    return sheets.select(known["record"], pl.col("votes_read").fill_null(0), pl.col("votes_sum").fill_null(0), *ballots.columns)


@dataclass(frozen=True, slots=True)
class _Ballots:
    """The ballots of all contests, which are numbered by ``code``."""

    codes: pl.DataFrame
    """contest, code"""
    lengths: pl.Series
    """by code: how many candidates"""
    offsets: pl.Series
    """by code: where its ballot begins in ``flat``"""
    flat: pl.Series
    """the candidates of all ballots, one ballot after the other"""
    positions: pl.DataFrame
    """code, candidate, position (from 0)"""
    columns: tuple[str, ...]
    """v1..vK"""

    @classmethod
    def of(cls, candidates: pl.DataFrame) -> _Ballots:
        codes = candidates.select(pl.col("contest").unique(maintain_order=True)).select(
            "contest", pl.int_range(0, pl.len(), dtype=INDEX).alias("code")
        )
        positions = (
            candidates.select("contest", "candidate")
            .join(codes, on="contest", how="left", maintain_order="left")
            .select("code", "candidate", pl.int_range(0, pl.len(), dtype=INDEX).over("code").alias("position"))
        )
        lengths = positions.group_by("code").len().sort("code")["len"].cast(INDEX)
        longest = max(lengths.to_list(), default=1)
        return cls(
            codes=codes,
            lengths=lengths,
            offsets=lengths.cum_sum() - lengths,
            flat=positions.sort("code", "position")["candidate"],
            positions=positions,
            columns=tuple(f"v{place + 1}" for place in range(longest)),
        )


def _as_votes_come(votes: pl.LazyFrame, known: pl.DataFrame) -> pl.DataFrame:
    """The known records in the order of the runs of ``votes``; none if records are in so many pieces that it does not help."""
    limit = 2 * known.height + 1000
    keys = votes.select("record").filter(pl.col("record").ne_missing(pl.col("record").shift())).head(limit).collect()
    if keys.height == limit:
        return known.clear()
    # an unknown record is not to be met by its place: leaving it out sends its batch to the look-up, which says so
    return keys.join(known, on="record", how="inner", maintain_order="left").select("row", "record", "code")


@dataclass(slots=True)
class _Reshaper:
    """One pass over the votes."""

    ballots: _Ballots
    known: pl.DataFrame
    """row, record, code: every record"""
    expected: pl.DataFrame
    """the same columns, in the order in which the runs should come"""
    give_up: bool
    """stop at the first batch whose runs come in another order"""
    at: int = 0
    """how many expected records were met, in full or in part"""
    last: str | None = None
    """the record of the row before this batch"""
    regular: list[pl.DataFrame] = field(default_factory=list)
    """sheets of the regular runs"""
    torn: list[pl.DataFrame] = field(default_factory=list)
    """row, position, votes: single figures"""
    unplaced: list[pl.DataFrame] = field(default_factory=list)
    """record, candidate, votes: not looked up yet"""

    def read(self, votes: pl.LazyFrame) -> bool:
        """Take in all votes; False if the pass was given up."""
        waiting = 0
        for batch in votes.collect_batches(chunk_size=BATCH_ROWS, maintain_order=True):
            if batch["record"].null_count() or batch["candidate"].null_count():
                raise ValueError("a vote has no record or no candidate")
            if not batch.height or self._in_place(batch.rechunk()):
                continue
            if self.give_up:
                return False
            self.unplaced.append(batch)
            waiting += batch.height
            if waiting >= FLUSH_ROWS:
                waiting = 0
                self._look_up()
        self._look_up()
        return True

    def _in_place(self, batch: pl.DataFrame) -> bool:
        """Take in a batch whose runs are the next expected records; False, and nothing is done, if they are not."""
        starts = run_starts(batch["record"])
        records = batch["record"][starts]
        begin = self.at - 1 if self.at and records[0] == self.last else self.at
        runs = self.expected.slice(begin, starts.len())
        if not records.equals(runs["record"]):
            return False
        self.at, self.last = begin + runs.height, records[-1]
        self._split(batch, runs.with_columns(starts.alias("start")))
        return True

    def _split(self, batch: pl.DataFrame, runs: pl.DataFrame) -> None:
        """Tell the regular runs (row, code, start) of a batch from the torn ones; take in both."""
        start, length, code = pl.col("start"), pl.col("length"), pl.col("code")
        runs = (
            runs.lazy()
            .select("row", code, start, start.shift(-1, fill_value=batch.height).alias("end"))
            .with_columns((pl.col("end") - start).alias("length"), pl.lit(self.ballots.lengths).gather(code).alias("wanted"))
            .with_columns((length == pl.col("wanted")).fill_null(False).alias("whole"))
            .collect(engine="in-memory")
        )
        if not runs["whole"].all():
            self._tear(batch, runs.filter(~pl.col("whole")))
            runs = runs.filter("whole")
        if not runs.height:
            return
        # a block is a stretch of runs of one length without a gap: a grid that can be read by columns
        runs = runs.with_columns(
            ((start == pl.col("end").shift()) & (length == length.shift())).fill_null(False).not_().alias("opens"),
            (code != code.shift()).fill_null(True).alias("fresh"),
        )
        blocks = _where(runs["opens"]).to_list()
        if len(blocks) > MANY_BLOCKS:
            for width in runs["length"].unique().to_list():
                self._take_scattered(batch, runs.filter(length == width), width)
            return
        for begin, end in zip(blocks, [*blocks[1:], runs.height], strict=True):
            self._take_block(batch, runs.slice(begin, end - begin))

    def _take_block(self, batch: pl.DataFrame, runs: pl.DataFrame) -> None:
        """Take in runs that lie one after the other, each as long as its ballot, all of one length."""
        length: int = runs["length"][0]
        rows = batch.slice(runs["start"][0], runs.height * length)
        # If the first run of every contest is its ballot, and every other run repeats the one before it, then all runs are their
        # ballots: neighbours are compared in place, and only the first runs with what should be there.
        candidate = rows["candidate"]
        repeats = candidate.slice(length) == candidate.head(rows.height - length)
        breaks = _where(~repeats) // length + 1
        firsts = _where(runs["fresh"] | (runs["start"] == runs["start"][0]))
        if breaks.len() and not runs["fresh"][breaks].all():
            firsts = firsts.clear()
        if not 0 < 4 * firsts.len() <= max(4, runs.height) or not self._agrees(batch, runs[firsts], length).all():
            self._take_scattered(batch, runs, length)
            return
        self._keep(runs["row"], rows, [pl.col("votes").gather_every(length, place) for place in range(length)])

    def _take_scattered(self, batch: pl.DataFrame, runs: pl.DataFrame, length: int) -> None:
        """Take in runs anywhere in the batch, each as long as its ballot, all of one length."""
        agrees = self._agrees(batch, runs, length)
        if not agrees.all():
            self._tear(batch, runs.filter(~agrees))
            runs = runs.filter(agrees)
        starts = runs["start"]
        self._keep(runs["row"], batch, [pl.col("votes").gather(pl.lit(starts + place)) for place in range(length)])

    def _agrees(self, batch: pl.DataFrame, runs: pl.DataFrame, length: int) -> pl.Series:
        """Whether each run has the candidates of its ballot, in order; all ballots are of this length."""
        there = pl.select(
            pl.int_ranges(pl.lit(runs["start"]), pl.lit(runs["start"] + length), dtype=INDEX).explode().alias("at"),
            pl.int_ranges(pl.lit(self.ballots.offsets[runs["code"]]), pl.lit(self.ballots.offsets[runs["code"]] + length), dtype=INDEX)
            .explode()
            .alias("wanted"),
        )
        same = batch["candidate"][there["at"]] == self.ballots.flat[there["wanted"]]
        return same.reshape((-1, length)).arr.all().alias("agrees")

    def _keep(self, rows: pl.Series, source: pl.DataFrame, figures: list[pl.Expr]) -> None:
        """Add the sheets of ``rows``: ``figures`` are the first so many of v1..vK, taken from ``source``."""
        names = self.ballots.columns[: len(figures)]
        sheets = source.lazy().select(figure.alias(name) for figure, name in zip(figures, names, strict=True))
        self.regular.append(self._summed(rows, sheets, names, some_unread=source["votes"].null_count() > 0))

    def _tear(self, batch: pl.DataFrame, runs: pl.DataFrame) -> None:
        """Take in the runs of known records row by row."""
        rows = runs.select("row", "code", pl.int_ranges("start", pl.col("start") + pl.col("length"), dtype=INDEX).alias("at")).explode("at")
        self._place(rows.select("row", "code", batch["candidate"].gather(rows["at"]), batch["votes"].gather(rows["at"])))

    def _look_up(self) -> None:
        """Take in the rows whose record is not known by its place."""
        if self.unplaced:
            rows = pl.concat(self.unplaced)
            self.unplaced = []
            self._place(rows.join(self.known, on="record", how="left").select("row", "code", "candidate", "votes"))

    def _place(self, rows: pl.DataFrame) -> None:
        placed = rows.join(self.ballots.positions, on=["code", "candidate"], how="left").select("row", "position", "votes")
        if placed["position"].null_count():
            raise ValueError("votes name a record or a candidate that is not in the package")
        self.torn.append(placed)

    def torn_sheets(self) -> pl.DataFrame:
        """The sheets of the torn figures."""
        torn = pl.concat([pl.DataFrame(schema={"row": INDEX, "position": INDEX, "votes": pl.Int64}), *self.torn])
        self.torn = []
        rows = torn["row"].unique().sort()
        number = pl.zeros(self.known.height, INDEX, eager=True).scatter(rows, pl.int_range(0, rows.len(), dtype=INDEX, eager=True))
        torn = torn.with_columns(number.gather(torn["row"]).alias("at"))
        figures, met = [], 0
        for place, name in enumerate(self.ballots.columns):
            here = torn.filter(pl.col("position") == place)
            figures.append(_nulls(name, rows.len()).scatter(here["at"], here["votes"]))
            met += here["at"].n_unique()
        if met != torn.height:
            raise ValueError("votes give a candidate of a record twice")
        return self._summed(rows, pl.LazyFrame(figures), self.ballots.columns, some_unread=True)

    def _summed(self, rows: pl.Series, figures: pl.LazyFrame, names: tuple[str, ...], *, some_unread: bool) -> pl.DataFrame:
        """row, votes_read, votes_sum, v1..vK; ``figures`` has the columns ``names``, the first so many of v1..vK."""
        width = pl.lit(len(names), pl.Int64)
        unread = pl.sum_horizontal(pl.col(name).is_null().cast(pl.Int64) for name in names) if some_unread and names else 0
        total = pl.sum_horizontal(names) if names else 0
        return figures.select(
            pl.lit(rows).alias("row"),
            (width - unread).alias("votes_read"),
            (pl.lit(0, pl.Int64) + total).alias("votes_sum"),
            *names,
            *(pl.lit(None, pl.Int64).alias(name) for name in self.ballots.columns[len(names) :]),
        ).collect(engine="in-memory")


def _where(mask: pl.Series) -> pl.Series:
    """The indices of the true values."""
    return mask.arg_true().cast(INDEX)


def _nulls(name: str, length: int) -> pl.Series:
    return pl.Series(name, [None], pl.Int64).new_from_index(0, length)


def _every_row(sheets: pl.DataFrame, height: int) -> pl.DataFrame:
    """Sheets of rows 0..height-1 in order; a row that has no sheet is null."""
    rows = sheets["row"]
    every = pl.int_range(0, height, dtype=INDEX, eager=True).alias("row")
    if rows.equals(every):
        return sheets
    if rows.n_unique() != rows.len():
        raise ValueError("votes give a candidate of a record twice")
    found = pl.Series([None], dtype=INDEX).new_from_index(0, height).scatter(rows, pl.int_range(0, rows.len(), dtype=INDEX, eager=True))
    return sheets.select(pl.all().gather(found))


def cells(records: pl.DataFrame, candidates: pl.DataFrame) -> int:
    """How many cells of v1..vK ``wide_votes`` would make: a single long ballot widens all records."""
    longest = candidates.group_by("contest").len()["len"].max()
    return records.height * (longest if isinstance(longest, int) else 1)
