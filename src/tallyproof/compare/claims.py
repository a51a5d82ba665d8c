"""What was said in public about the figures, against the figures.

A claim allows a range of figures: "31,000, to the nearest 1,000" is kept by anything from 30,500 to 31,500. The records give
a range too, because copies compete and stations are missing. The claim is *supported* if every figure that the records allow
keeps it, *contradicted* if none does, and otherwise it *cannot be told*. Nobody is called a liar: a claim may have been made
from fewer stations, or from other copies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

from tallyproof.errors import UsageError

ABOUT: Final = Fraction(1, 20)
"""``about`` is kept within this share of the value that was said: 5 %."""

_NEAREST = re.compile(r"10{1,8}")

Range = tuple[Fraction | None, Fraction | None]
"""Smallest and largest figure, both included; None: no such end."""


class Verdict(StrEnum):
    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    CANNOT_TELL = "cannot-tell"


def allowed(value: int, rounding: str = "exact") -> Range:
    """The figures that keep a claim of ``value``, ends included.

    ``rounding``: ``exact`` (also empty), ``10``, ``100`` … (to the nearest, a half rounded either way), ``about`` (within 5 % of
    the value said), ``at-least``, ``at-most``.

    :raises UsageError: any other rounding, or a negative value.
    """
    if value < 0:
        raise UsageError(f"a claim cannot be about {value} votes", hint="write a whole number from 0")
    match rounding.strip():
        case "exact" | "":
            return Fraction(value), Fraction(value)
        case "about":
            return value * (1 - ABOUT), value * (1 + ABOUT)
        case "at-least":
            return Fraction(value), None
        case "at-most":
            return None, Fraction(value)
        case nearest if _NEAREST.fullmatch(nearest):
            half = Fraction(int(nearest), 2)
            return value - half, value + half
        case other:
            raise UsageError(
                f"unknown rounding of a claim: {other[:40]!r}", hint="use exact, about, at-least, at-most, or a power of ten such as 1000"
            )


def check_item(value: int, rounding: str, low: int | None, high: int | None) -> Verdict:
    """One figure that was said, against all figures that are possible.

    ``low`` … ``high``: for a claim about the records the interval of the tabulation with the missing stations, ``high`` None
    if nothing bounds it; for a claim about the declaration the declared figure twice. ``low`` None: there is nothing to hold
    the claim against. See ``allowed`` for ``rounding`` and errors.
    """
    least, most = allowed(value, rounding)
    if low is None:
        return Verdict.CANNOT_TELL
    if high is not None and high < low:
        raise UsageError(f"no figure lies between {low} and {high}", hint="pass the smaller end first")
    if (most is not None and low > most) or (least is not None and high is not None and high < least):
        return Verdict.CONTRADICTED
    inside = (least is None or low >= least) and (most is None or (high is not None and high <= most))
    return Verdict.SUPPORTED if inside else Verdict.CANNOT_TELL


@dataclass(frozen=True, slots=True)
class Item:
    """One figure of a statement. ``about``: ``records`` or ``declared``; ``low`` and ``high`` as in ``check_item``."""

    item: str
    about: str
    value: int
    rounding: str
    low: int | None
    high: int | None

    @property
    def verdict(self) -> Verdict:
        return check_item(self.value, self.rounding, self.low, self.high)


def check_statement(items: Iterable[Item]) -> Verdict:
    """The verdict on a statement of several figures: as bad as its worst. A statement without figures cannot be told."""
    verdicts = {item.verdict for item in items}
    for verdict in (Verdict.CONTRADICTED, Verdict.CANNOT_TELL):
        if verdict in verdicts:
            return verdict
    return Verdict.SUPPORTED if verdicts else Verdict.CANNOT_TELL
