"""Which stations a complaint should ask to have recounted: those that would decide it soonest, and a random sample beside them.

The best stations are chosen because they look worst, so what they show says nothing about the others: no risk follows from them. The
random sample does speak for the others, and needs no suspicion.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import log2

from scipy.stats import norm

from tallyproof.audit.contest import AuditError
from tallyproof.audit.draw import check_seed, order


@dataclass(frozen=True, slots=True)
class Doubt:
    """One station of which the lead of one candidate over another is not known.

    ``leads``: what the copies say, each as likely as the next; or, with ``open``, all leads from the smallest to the largest of them (a
    station without a record: minus to plus its registered voters).
    """

    station: str
    leads: tuple[int, ...]
    open: bool = False

    @property
    def mean(self) -> Fraction:
        """The lead that is expected."""
        return Fraction(min(self.leads) + max(self.leads), 2) if self.open else Fraction(sum(self.leads), len(self.leads))

    @property
    def spread(self) -> Fraction:
        """The variance of the lead, in votes²: what a recount of this station would take away."""
        if self.open:
            values = max(self.leads) - min(self.leads) + 1
            return Fraction(values * values - 1, 12)
        return sum(((lead - self.mean) ** 2 for lead in self.leads), Fraction(0)) / len(self.leads)

    @property
    def width(self) -> int:
        return max(self.leads) - min(self.leads)


@dataclass(frozen=True, slots=True)
class Choice:
    """Stations to recount. ``bits``: what they would tell of the lead of the contest, at most; ``left``: width of what would still be open.

    ``behind``: the chance that the declared winner is behind, before anything is recounted, under the assumption of the copies above:
    a measure of what a recount is worth, no evidence of anything.
    """

    stations: tuple[str, ...]
    random: tuple[str, ...]
    bits: float
    random_bits: float
    left: int
    behind: float
    decided_after: int | None
    """with so many of the best stations recounted, what is still open is smaller than the lead expected; None if never"""


def choose(known: int, doubts: Sequence[Doubt], stations: int, seed: str, others: Mapping[str, int] | None = None) -> Choice:
    """``known``: the lead in votes in all stations without doubt. ``others``: all stations that a random sample may meet → ballots.

    Taken as independent and normal, the doubts together tell ½·log₂ of (all variance / variance left), so the best are those with the
    largest variance; equal ones by name. The result does not depend on the order of ``doubts``.

    :raises AuditError: no station asked for; a station twice or without a figure; a seed that is too short.
    """
    check_seed(seed)
    names = {doubt.station for doubt in doubts}
    if stations < 1 or len(names) != len(doubts) or any(not doubt.leads for doubt in doubts):
        raise AuditError("ask for one station or more; give each doubt once, with what its copies say", hint="one lead for each copy")
    ranked = sorted(doubts, key=lambda doubt: (-doubt.spread, doubt.station))
    best = ranked[:stations]
    pool = dict(others) if others else {doubt.station: max(1, doubt.width) for doubt in doubts}
    drawn = order(seed, pool)[:stations]
    every = sum((doubt.spread for doubt in doubts), Fraction(0))
    mean = known + sum((doubt.mean for doubt in doubts), Fraction(0))
    behind = float(norm.cdf(-float(mean) / float(every) ** 0.5)) if every else float(mean < 0)
    widths = [doubt.width for doubt in ranked]
    decided = next((count for count in range(len(ranked) + 1) if sum(widths[count:]) < 2 * abs(mean)), None)
    return Choice(
        tuple(doubt.station for doubt in best),
        drawn,
        _bits(every, best),
        _bits(every, [doubt for doubt in doubts if doubt.station in drawn]),
        sum(widths[stations:]),
        behind,
        decided,
    )


def _bits(every: Fraction, told: Sequence[Doubt]) -> float:
    """Infinite if nothing would be left open."""
    left = every - sum((doubt.spread for doubt in told), Fraction(0))
    if not every or left == every:
        return 0.0
    return log2(every / left) / 2 if left > 0 else float("inf")
