"""The risk after each station that was counted by hand.

A bet that stations are as they were reported: if the outcome is wrong, what the bet has won is at least 1/limit with a chance of
at most ``limit``, whatever the errors and whenever one looks (Ville's inequality). Source: Stark, ALPHA (2023), section "Batch
sampling with probability proportional to a bound on the error"; here with a fixed share ``c`` of what was won put at stake, below 1,
so that one bad station cannot freeze the risk at 1 (Kaplan-Markov, ``c`` = 1, does).

With bounds and errors in units of 1/``scale``: before a draw, R is the sum of the bounds of the stations not drawn yet, E the sum
of the errors found. If the outcome is wrong, at least ``scale`` - E of error is left in them, so the share of a station's bound
that is *no* error is on average at most m = 1 - (``scale`` - E)/R. A station with bound u and error e multiplies by
(1 - c) + c·(1 - e/u)/m. If m < 0, more error would have to be left than there can be: the outcome is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tallyproof.audit.contest import AuditError, Bounds, Votes
from tallyproof.audit.wealth import ONE, risk_of

STAKE = Fraction(99, 100)
"""``c`` of the plan, unless it says otherwise."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one drawn station said. ``error``, ``most``: units of 1/scale; ``risk``: the smallest so far, exact upper bound."""

    station: str
    error: int
    most: int
    risk: Fraction


@dataclass(frozen=True, slots=True)
class Risk:
    """Where the audit of one contest stands. ``risk`` 0: the outcome cannot be wrong any more. ``done``: at or under the limit."""

    steps: tuple[Step, ...]
    risk: Fraction
    done: bool
    waiting: str | None
    """the first station in order that was not counted; None if there is none left"""


class Bet:
    """The running bet on one contest; ``take`` the stations in the order in which they were drawn."""

    __slots__ = ("_best", "_found", "_left", "_scale", "_stake", "_sure", "_wealth")

    def __init__(self, scale: int, total: int, stake: Fraction = STAKE) -> None:
        if not 0 < stake < 1:
            raise AuditError(f"the stake {stake} is not between 0 and 1", hint="declare a share such as 97/100 before the seed")
        self._scale, self._left, self._found, self._stake = scale, total, 0, stake
        self._wealth = self._best = ONE
        self._sure = total < scale

    def take(self, most: int, error: int) -> None:
        """One station: the bound on its error (positive), and the error found (at most the bound)."""
        if not 0 < most <= self._left or error > most:
            raise AuditError("an error beyond its bound, or a bound beyond what is left", hint="take each station once, in order")
        # m = (R - scale + E)/R
        mean = self._left - self._scale + self._found
        good = most - error
        if mean < 0 or (mean == 0 and good > 0):
            self._sure = True
        elif mean > 0:
            at_stake, whole = self._stake.numerator, self._stake.denominator
            self._wealth = self._wealth.times((whole - at_stake) * most * mean + at_stake * good * self._left, whole * most * mean)
            self._best = max(self._best, self._wealth)
        self._left -= most
        self._found += error

    @property
    def risk(self) -> Fraction:
        return Fraction(0) if self._sure else risk_of(self._best)

    def reaches(self, limit: Fraction) -> bool:
        return self._sure or self._best.reaches(limit)


def check_limit(limit: Fraction) -> None:
    if not 0 < limit < 1:
        raise AuditError(f"the risk limit {limit} is not between 0 and 1", hint="declare a limit such as 1/20 before the seed")


def risk(bounds: Bounds, drawn: Sequence[str], counted: Mapping[str, Votes | None], limit: Fraction, stake: Fraction = STAKE) -> Risk:
    """The risk after the stations at the head of the order ``drawn`` that were counted.

    ``counted``: station → votes by place on the ballot, None if its papers cannot be produced; stations of other contests and later
    ones in the order may be in it: the test stops at the first one that is not, because only the order that was drawn is random.

    :raises AuditError: as ``Bounds.error``; a limit or stake that is none.
    """
    check_limit(limit)
    bet = Bet(bounds.scale, bounds.total, stake)
    steps: list[Step] = []
    for station in drawn:
        if station not in counted:
            return Risk(tuple(steps), bet.risk, bet.reaches(limit), station)
        error, most = bounds.error(station, counted[station]), bounds.most[station]
        bet.take(most, error)
        steps.append(Step(station, error, most, bet.risk))
    return Risk(tuple(steps), bet.risk, bet.reaches(limit), None)


def clean_draws(
    bounds: Bounds, drawn: Sequence[str], limit: Fraction, *, stake: Fraction = STAKE, counted: Mapping[str, Votes | None]
) -> int:
    """How many stations of the order have to be counted in all if those not counted yet show no error."""
    bet = Bet(bounds.scale, bounds.total, stake)
    for place, station in enumerate(drawn):
        if bet.reaches(limit):
            return place
        bet.take(bounds.most[station], bounds.error(station, counted[station]) if station in counted else 0)
    return len(drawn)
