"""What a check on a record is, its thresholds, and the three-valued logic that the checks are written in.

A check looks at one record (a row of the *sheets*, see ``tabulate.sheets``) and answers pass, fail or *cannot tell*. A figure that
is unread never makes a check pass and never makes it fail; it may fail on a lower bound (votes that are read already exceed a ceiling).
Everything is an integer: percentages are compared as ``part * 100 >= whole * percent``, nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import narwhals as nw

from tallyproof.model.words import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Where the leads begin. The defaults are those of the programs named in each check's basis; none of them is law in Pakistan."""

    rejected_percent: int = 3
    """Lead from this share of the ballot papers in the box (abacus W.202)."""
    blank_percent: int = 3
    """Likewise for blank votes (abacus W.201)."""
    admitted_percent: int = 2
    """Lead if voters admitted and papers in the box differ by at least this share of the papers (abacus W.203) ..."""
    admitted_votes: int = 15
    """... or by at least this many, whichever comes first."""
    reconciliation_percent: int = 3
    """Papers in the box may differ from the papers counted by at most this share of the latter (tally-ho, reconciliation)."""
    over_voting_votes: int = 5
    """Papers counted may exceed the register by at most this many: staff who vote where they serve (tally-ho, over-voting)."""
    card_percent: int = 5
    """Papers counted may exceed the voters admitted by at most this share (tally-ho, card check)."""
    same_votes_large: int = 30
    """A candidate's votes count as large from here: small figures repeat by chance."""
    same_votes_count: int = 4
    """So many large figures are needed before two equal rows of votes are worth a look."""

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise ValueError(f"threshold {name} must be a whole number from 0, not {value!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One rule that a record must keep. A code, never a sentence: the words are in ``findings/words/*/checks.toml``."""

    code: str
    name: str
    kind: Kind
    """``proof`` where exact figures contradict each other; ``lead`` where it is unusual, or a threshold is passed."""
    needs: tuple[str, ...]
    """Columns of the sheets that it looks at; ``v*`` means every candidate's votes."""
    formula: str
    tolerance: str
    parameters: tuple[tuple[str, int], ...] = ()
    """The thresholds that it was built with."""
    basis: tuple[str, ...]
    """Law or practice, a line each."""
    passes: nw.Expr = field(compare=False, repr=False)
    """Boolean over the sheets; null is *cannot tell*."""
    figures: tuple[tuple[str, nw.Expr], ...] = field(compare=False, repr=False)
    """What a failure reports: name and Int64 expression, never null where the check fails."""
    derive: Callable[[Mapping[str, int | None]], dict[str, int]] | None = field(default=None, compare=False, repr=False)
    """More figures of a failure, from the row's own (exact arithmetic that does not fit into 64 bits)."""

    @property
    def figure_names(self) -> tuple[str, ...]:
        """Keys of the figures of a failure, in order."""
        derived = tuple(self.derive({name: 1 for name, _ in self.figures})) if self.derive else ()
        return tuple(name for name, _ in self.figures) + derived


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One record that breaks one check."""

    code: str
    record: str
    contest: str
    station: str
    source: str
    figures: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How one check went for the records of one source in one contest."""

    code: str
    contest: str
    source: str
    passed: int
    failed: int
    cannot_tell: int


# Columns that ``checks.prepare`` adds to the sheets, once, for all checks.
complete = nw.col("_complete")
"""Every candidate's votes are read, and there is a candidate. Never null."""
largest = nw.col("_largest")
"""The largest candidate's votes that are read; null if none is."""
largest_figure = nw.col("_largest_figure")
"""The largest of the candidates' votes, valid, rejected and blank that are read; null if none is."""
counted = nw.col("_counted")
"""Candidates' votes + rejected + blank, of those that are read: a lower bound of the papers counted. Never null."""
counted_all = nw.col("_counted_all")
"""Nothing is unread in ``counted``. Never null."""
blank = nw.col("_blank")
"""Blank votes, 0 where the form does not count them apart. Never null."""
blank_known = nw.col("_blank_known")
"""False only if the record says that its box for blank votes is there but unread. Never null."""
valid_empty = nw.col("_valid_empty")
"""The record says that its box for valid votes was left empty. Never null."""

votes_sum = nw.col("votes_sum")
n_candidates = nw.col("n_candidates")


def judged(*, fails: nw.Expr, passes: nw.Expr) -> nw.Expr:
    """False where ``fails``, True where ``passes``, null elsewhere.

    The two must exclude each other, and ``fails`` must be false, not null, where ``passes`` holds.
    """
    return nw.when(fails | passes).then(~fails)


def box(name: str) -> nw.Expr:
    """A box of the form; null where unread."""
    return nw.col(name)


def at_least(part: nw.Expr, whole: nw.Expr, percent: int) -> nw.Expr:
    """``part`` is at least ``percent`` % of ``whole``; never where ``whole`` is 0. 10 of 100 is at least 10 %, 10 of 101 is not."""
    # Of an empty whole an unread part is still unread: without the guard, `false and null` would be an answer.
    return nw.when(~part.is_null()).then((whole > 0) & (part * 100 >= whole * percent))


def parts_of(first: str, second: str, whole: str) -> tuple[nw.Expr, nw.Expr]:
    """The check that two boxes make a third, and their sum (of those read). One alone may already exceed the third."""
    total = nw.sum_horizontal(first, second)
    both = ~(box(first).is_null() | box(second).is_null())
    fails = (total > box(whole)) | (both & (total != box(whole)))
    return judged(fails=fails, passes=both & (total == box(whole))), total
