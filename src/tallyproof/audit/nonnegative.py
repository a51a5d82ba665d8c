"""Older tests that the mean of a list of numbers from 0 is at most ``null``, for comparison; ``polling.alpha`` is what is used.

Source: Stark, "Sets of half-average nulls generate risk-limiting audits" (2020), section 3; Waudby-Smith and Ramdas, "Estimating means of
bounded random variables by betting" (2023) for ``agrapa``. ``size``: how many numbers there are, drawn without replacement; None: with.
Each gives the p-value after each number, at most 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

ONE = Fraction(1)
HALF = Fraction(1, 2)


def kaplan_wald(drawn: Sequence[Fraction], pad: Fraction, null: Fraction = HALF) -> list[Fraction]:
    """Each number multiplies by (1 - pad)·x/null + pad; 0 ≤ pad < 1 keeps one 0 from ending it."""
    return _history((1 - pad) * value / null + pad for value in drawn)


def kaplan_markov(drawn: Sequence[Fraction], pad: Fraction, null: Fraction = HALF) -> list[Fraction]:
    """Each number multiplies by (x + pad)/(null + pad)."""
    return _history((value + pad) / (null + pad) for value in drawn)


def kaplan_kolmogorov(drawn: Sequence[Fraction], pad: Fraction, size: int, null: Fraction = HALF) -> list[Fraction]:
    """As ``kaplan_markov``, without replacement: the null mean is that of the numbers not drawn yet."""
    return _history((value + pad) / (mean + pad) if mean + pad > 0 else None for value, mean in _means(drawn, size, null))


def agrapa(drawn: Sequence[Fraction], first: Fraction, cap: Fraction, size: int | None, null: Fraction = HALF) -> list[Fraction]:
    """Each number multiplies by 1 + s·(x - mean): the stake s is what would have grown fastest on the numbers so far against the null
    mean of the number before, from 0 to ``cap``/mean."""
    factors: list[Fraction | None] = []
    before = null
    for place, (value, mean) in enumerate(_means(drawn, size, null)):
        if mean <= 0:
            factors.append(None)
            continue
        stake = first
        if place:
            middle = sum(drawn[:place], Fraction(0)) / place
            spread = sum(((seen - middle) ** 2 for seen in drawn[:place]), Fraction(0)) / place
            away = spread + (before - middle) ** 2
            stake = (middle - before) / away if away else cap / mean
        stake = max(Fraction(0), min(stake, cap / mean))
        factors.append(1 + stake * (value - mean))
        before = mean
    return _history(iter(factors))


def _means(drawn: Sequence[Fraction], size: int | None, null: Fraction) -> Iterator[tuple[Fraction, Fraction]]:
    seen = Fraction(0)
    for place, value in enumerate(drawn):
        yield value, null if size is None else (size * null - seen) / (size - place)
        seen += value


def _history(factors: Iterable[Fraction | None]) -> list[Fraction]:
    wealth, found, sure = ONE, [], False
    for factor in factors:
        sure = sure or factor is None
        wealth = wealth if factor is None else wealth * factor
        found.append(Fraction(0) if sure else ONE if wealth <= 1 else 1 / wealth)
    return found
