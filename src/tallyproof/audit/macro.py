"""Kaplan-Markov on maximum relative overstatements (Stark 2009), batches drawn with replacement: what other tools do, to compare with.

``martingale`` replaces it: the same bounds, without replacement, and not frozen by one bad station.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import ceil, log

from tallyproof.audit.contest import Bounds, Votes


def draws_needed(bounds: Bounds, limit: Fraction) -> int:
    """How many draws with replacement are enough if no station is wrong."""
    share = bounds.scale / bounds.total
    return 1 if share >= 1 else ceil(log(limit) / log(1 - share))


def p_value(bounds: Bounds, draws: Iterable[tuple[str, Votes | None]]) -> Fraction:
    """The risk after these draws: station and its votes by place on the ballot, a station as often as it was drawn.

    An error below 0 counts as none, as in the tools that this is compared with.
    """
    found = Fraction(1)
    shrink = 1 - Fraction(bounds.scale, bounds.total)
    for station, audited in draws:
        taint = Fraction(max(0, bounds.error(station, audited)), bounds.most[station])
        if taint == 1:
            return Fraction(1)
        found *= shrink / (1 - taint)
    return min(Fraction(1), found)
