"""A number that is never larger than the exact one.

What a bet has won is multiplied thousands of times. As a fraction it would grow without end; as a float two programs would
differ. So it is a whole number of at most 256 bits times a power of two, rounded down at every step: the same bits in any
language that has large integers, and never a risk that looks smaller than it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

BITS = 256


@dataclass(frozen=True, slots=True)
class Wealth:
    """``mantissa`` · 2^``exponent``."""

    mantissa: int
    exponent: int

    def times(self, numerator: int, denominator: int) -> Wealth:
        """This times ``numerator``/``denominator`` (both 0 or more, the second positive), rounded down to ``BITS`` significant bits."""
        product = self.mantissa * numerator
        # so far to the left that the quotient has BITS bits or more: what is cut off it is all that is lost
        shift = max(0, BITS + denominator.bit_length() - product.bit_length())
        mantissa = (product << shift) // denominator
        excess = max(0, mantissa.bit_length() - BITS)
        return Wealth(mantissa >> excess, self.exponent - shift + excess)

    def exact(self) -> Fraction:
        return Fraction(self.mantissa) * Fraction(2) ** self.exponent

    def reaches(self, limit: Fraction) -> bool:
        """Whether the risk of stopping now is at most ``limit``: whether this is at least 1/``limit``."""
        return self.exact() * limit >= 1

    def __gt__(self, other: Wealth) -> bool:
        return self.exact() > other.exact()


ONE = Wealth(1, 0)


def risk_of(wealth: Wealth) -> Fraction:
    """The largest p-value that this much won allows: 1 over it, at most 1."""
    return Fraction(1) if wealth.mantissa == 0 else min(Fraction(1), 1 / wealth.exact())
