"""What every screen gives, and the only way from p-values to leads.

A lead is a question about stations, never evidence of a motive. So each screen says what it supposes, which innocent causes there are,
what it could have seen at all in an election of this size, and what it says of data where nothing is to be found. Floats are used: they
decide which question is asked, no result.

Whether anything is a lead is decided over the tests of *all* screens together, not by each screen for itself: by Benjamini and Hochberg's
procedure (1995) on weighted p-values (Genovese, Roeder and Wasserman 2006, Biometrika 93:509). Half of the weight is for questions about a
whole contest or an area, half for questions about a single station; without the weights, the one or two questions about the contest would
drown among as many as there are stations. The weights are fixed by what is asked and not by what is found, and their mean is 1: then the
expected share of false leads among all leads is at most ``RATE``, as without them. For that the tests have to be independent or positively
dependent (Benjamini and Yekutieli 2001), which tests of the same votes need not be; what comes out of elections that nobody touched is
therefore measured (``benchmarks/screens.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

RATE = 0.05
"""Of the leads that are shown, at most this share is expected to be false."""
POWER = 0.8


class Reason(StrEnum):
    """Why a screen cannot tell."""

    NO_FIGURES = "no-figures"
    """the figures that it needs were not recorded"""
    TOO_FEW = "too-few"
    """too few stations, or counts too small, for its assumptions"""
    NO_POWER = "no-power"
    """what it could see is larger than the margin: finding nothing means nothing"""
    ASSUMPTION = "assumption-broken"
    """what it supposes is plainly not so in this data"""
    REFUSED = "refused"
    """the method tells nothing about elections; it is named so that nobody adds it again"""


@dataclass(frozen=True, slots=True)
class Screen:
    """What is fixed before any data is seen; the words for the codes are in ``findings/words``.

    ``code``: S and two digits. ``assumptions`` and ``causes`` (the innocent ones): codes.
    """

    code: str
    name: str
    hypothesis: str
    assumptions: tuple[str, ...]
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Test:
    """One question that was asked. ``area`` and ``stations``: of whom; ``item``: a candidate or a box; ``votes``: by how many the figures
    differ from what is expected, with its sign. ``figures``: whole numbers or shares in per mille, for the words."""

    __test__ = False

    screen: str
    contest: str
    p: float
    votes: int
    item: str = ""
    area: str = ""
    stations: tuple[str, ...] = ()
    figures: Mapping[str, int] = field(default_factory=dict)

    @property
    def single(self) -> bool:
        """Of one station. Which station it is, is fixed before its figures are seen: questions that find their stations in the figures
        (one share at many, a sheet twice) are of the contest or area and name none or several."""
        return len(self.stations) == 1


@dataclass(frozen=True, slots=True)
class Power:
    """What the screen would have seen. ``votes``: the smallest change of the result, in votes, that it finds with a chance of 80 % at the
    level ``level``, None if none; ``margin``: what a change has to reach to matter."""

    votes: int | None
    margin: int
    level: float = RATE

    @property
    def enough(self) -> bool:
        return self.votes is not None and self.votes <= self.margin


@dataclass(frozen=True, slots=True)
class Placebo:
    """The same screen where nothing is to be found. ``how``: code; ``tests`` asked, of which ``low`` had a p-value of 5 % or less."""

    how: str
    tests: int
    low: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one screen says of one contest. ``reason``: why it cannot tell; None if it can. ``plot``: numbers to draw, by name.

    ``see``: what it could have seen, given the p that a test has to reach; ``powered`` asks it when all tests are known."""

    screen: Screen
    contest: str
    reason: Reason | None = None
    tests: tuple[Test, ...] = ()
    power: Power | None = None
    placebo: Placebo | None = None
    plot: Mapping[str, Sequence[float]] | None = None
    see: Callable[[float], Power] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Lead:
    """A test that is still unlikely when all tests are counted. ``q``: the smallest rate at which it would be shown."""

    test: Test
    q: float


def weights(tests: Sequence[Test]) -> list[float]:
    """One for each test, in the order given; mean 1. Half for single stations and half for contests and areas, alike within each half;
    all for one of them where there are no tests of the other."""
    single = sum(test.single for test in tests)
    sizes = {True: single, False: len(tests) - single}
    halves = sum(size > 0 for size in sizes.values())
    return [len(tests) / (halves * sizes[test.single]) for test in tests]


def level(tests: Sequence[Test], *, single: bool, rate: float = RATE) -> float:
    """The p at which a test would be a lead by itself, with no other lead to help it: its weight of the rate over all tests.

    ``single``: of a single station, or of a contest or an area. If none of ``tests`` is of that kind, as if one were.
    """
    same = sum(test.single == single for test in tests)
    halves = 1 + (same < len(tests))
    return rate / (halves * max(same, 1))


def adjusted(p_values: Sequence[float], weight: Sequence[float] | None = None) -> list[float]:
    """Benjamini-Hochberg: for each p-value the smallest rate of false leads at which it is one, in the order given.

    ``weight``: positive, mean 1, of each p-value; without it, plain.
    """
    p = np.asarray(p_values, dtype=float)
    if weight is not None:
        p = p / np.asarray(weight, dtype=float)
    if not len(p):
        return []
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    found = np.empty(len(p))
    found[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return [float(q) for q in found]


def leads(outcomes: Sequence[Outcome], rate: float = RATE) -> tuple[Lead, ...]:
    """The tests that survive the correction over all tests of all screens; most unlikely first, then by screen, place and item.

    A screen that cannot tell for want of power still asks its questions: what it finds is found, only its silence means nothing.
    """
    tests = [test for outcome in outcomes for test in outcome.tests]
    every = adjusted([test.p for test in tests], weights(tests))
    found = [Lead(test, q) for test, q in zip(tests, every, strict=True) if q <= rate]

    def place(lead: Lead) -> tuple[object, ...]:
        test = lead.test
        return lead.q, test.p, test.screen, test.contest, test.area, test.stations, test.item

    return tuple(sorted(found, key=place))


def powered(outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """The same outcomes with what each could have seen among all these tests; one that could see only more than the margin cannot tell.

    A screen with tests of single stations states its power for them.
    """
    tests = [test for outcome in outcomes for test in outcome.tests]
    done = []
    for one in outcomes:
        if one.see is not None:
            power = one.see(level(tests, single=any(test.single for test in one.tests)))
            one = replace(one, power=power, reason=one.reason or (None if power.enough else Reason.NO_POWER), see=None)
        done.append(one)
    return tuple(done)


def smallest(sizes: Sequence[int], seen: Callable[[int], float], power: float = POWER) -> int | None:
    """The first of ascending ``sizes`` (votes) at which ``seen`` gives a share of ``power`` or more; None if there is none. ``seen`` is
    taken to rise, so that few sizes are tried."""
    low, high = 0, len(sizes)
    while low < high:
        middle = (low + high) // 2
        if seen(sizes[middle]) >= power:
            high = middle
        else:
            low = middle + 1
    return sizes[low] if low < len(sizes) else None
