"""D05: declared totals that are exactly a rounded percentage of their own sum. A lead, never more.

Votes are counted and percentages worked out from them. If instead every declared figure is the very number that one gets
by multiplying the total by a percentage rounded to a few places, the figures carry no more than the percentages do. For
bulletin 1 of Venezuela's presidential election of 2024 (5,150,092 / 4,445,978 / 462,704 of 10,058,774; 51.2, 44.2 and
4.6 %) all three do; A. Gelman put the chance at about 1 in 100 million.

The bound on the chance
-----------------------
Let S = 100·10^d be the number of steps of a percentage with d places, T the total, and call v *derivable* if
v = round(T·p/S) with p = round(v·S/T). Given derivable v_1 … v_k with sum T and p_1 … p_k: v_c = T·p_c/S + e_c with
|e_c| ≤ 1/2, so T·(Σp_c - S)/S = -Σe_c, at most k/2 in size. If 2T > k·S the whole number Σp_c - S is therefore 0. Hence there
are at most as many derivable vectors as ways of writing S as an ordered sum of k numbers from 0, C(S+k-1, k-1), of the
C(T+k-1, k-1) vectors of sum T. The ratio, about (S/T)^(k-1), bounds the share of derivable vectors among *all* vectors with
that total. It is a count of possibilities, not a model of how people vote. If the figures do not make up the whole total,
what is left over is one more number, which need not be derivable: then k+1 numbers, of which Σp_c ≤ S, with the same ratio
for k+1. If 2T ≤ k·S, or if the bound is not small (for T ≤ S *every* figure is derivable), fitting says nothing: cannot tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import comb
from typing import Final

from tallyproof.errors import UsageError

PLACES: Final = (0, 1, 2)
"""Decimal places of a percentage that are asked, coarsest first."""

LIMIT: Final = Fraction(1, 10_000)
"""Worth telling only if at most this share of all vectors would fit, taken together over all the questions asked."""


class Half(StrEnum):
    """What becomes of exactly one half."""

    UP = "half-up"
    EVEN = "half-even"


class Verdict(StrEnum):
    DERIVABLE = "derivable"
    """Every figure is a rounded percentage of the total, and by counting hardly any figures would be."""
    NOT_DERIVABLE = "not-derivable"
    """At every number of places at least one figure is not a rounded percentage, however halves are rounded."""
    CANNOT_TELL = "cannot-tell"
    """The figures are too small or too few for a fit to say anything."""


@dataclass(frozen=True, slots=True)
class Rounded:
    """``places`` and ``half``: the coarsest fit. ``percent``: by figure, in steps of 10^-places percent (512 is 51.2 %).

    ``chance``: at most this share of all vectors with this total would fit at that number of places, exact.
    """

    verdict: Verdict
    total: int
    places: int | None = None
    half: Half | None = None
    percent: tuple[int, ...] = ()
    chance: Fraction | None = None


def divide(numerator: int, denominator: int, half: Half) -> int:
    """``numerator / denominator`` rounded to the nearest whole number; both from 0, denominator not 0."""
    quotient, rest = divmod(numerator, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and (half is Half.UP or quotient % 2)):
        return quotient + 1
    return quotient


def derived(votes: Sequence[int], total: int, steps: int, half: Half) -> tuple[int, ...] | None:
    """The percentages in ``steps`` of the whole from which every figure can be got back; None if one cannot."""
    percent = []
    for figure in votes:
        step = divide(figure * steps, total, half)
        if divide(total * step, steps, half) != figure:
            return None
        percent.append(step)
    return tuple(percent)


def bound(parts: int, total: int, steps: int, *, rest: bool = False) -> Fraction | None:
    """The bound of the module's text, as a share of 1; None if it does not hold because ``total`` is too small.

    ``parts``: how many figures must be derivable. ``rest``: they do not make up ``total``.
    """
    if 2 * total <= parts * steps:
        return None
    free = parts if rest else parts - 1
    return Fraction(comb(steps + free, free), comb(total + free, free))


def rounded(votes: Sequence[int], total: int | None = None, *, places: Sequence[int] = PLACES) -> Rounded:
    """Whether all of ``votes`` are rounded percentages of ``total`` (their sum, if none is given).

    Figures of 0 are always derivable and are left out of the count. With ``total`` given, it must not be below the sum.

    :raises UsageError: a negative figure, or a total smaller than the sum.
    """
    figures = [figure for figure in votes if figure]
    added = sum(figures)
    whole = added if total is None else total
    if min(votes, default=0) < 0 or whole < added:
        raise UsageError("figures must be 0 or more and their sum not above the total", hint="pass the declared votes and their total")
    # each number of places is asked for both ways of rounding halves: the chances add up
    bounds = {place: bound(len(figures), whole, 100 * 10**place, rest=whole > added) for place in places}
    asked = Fraction(0)
    telling = False
    for place in sorted(places):
        limit = bounds[place]
        if limit is None:
            continue
        asked += 2 * limit
        if asked > LIMIT:
            continue
        telling = True
        for half in Half:
            percent = derived(votes, whole, 100 * 10**place, half)
            if percent is not None:
                return Rounded(Verdict.DERIVABLE, whole, place, half, percent, limit)
    return Rounded(Verdict.NOT_DERIVABLE if telling else Verdict.CANNOT_TELL, whole)
