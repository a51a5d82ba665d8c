"""The names of the edit patterns, the rule of each in words, and which name becomes which when the two sides change places.

A pattern says how two sets of figures differ. It says nothing about which of them is right, who wrote which, or why.
``docs/explanation/edit-patterns.md`` explains every rule with an example.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Name(StrEnum):
    """One way in which two sets of figures may differ. The value is stable and is the key in ``patterns.toml``."""

    ONE_DIGIT = "one-digit-changed"
    DIGIT_ADDED = "digit-added"
    DIGIT_DROPPED = "digit-dropped"
    LEADING_DIGIT = "leading-digit-changed"
    TRANSPOSED = "digits-transposed"
    EXCHANGED = "two-rows-exchanged"
    SHIFTED = "rows-shifted-by-one"
    REORDERED = "rows-in-another-order"
    MOVED = "moved-between-candidates"
    INTO_REJECTED = "moved-into-rejected"
    OUT_OF_REJECTED = "moved-out-of-rejected"
    ZEROED = "zeroed"
    FILLED = "filled"
    REWRITTEN = "whole-sheet-rewritten"
    DOUBLED = "counted-twice"
    HALVED = "counted-half"
    STATION_TWICE = "station-counted-twice"
    STATION_MISSING = "station-missing"
    STATIONS_EXCHANGED = "stations-exchanged"
    STATIONS_SHIFTED = "stations-shifted-by-one"
    UNEXPLAINED = "unexplained"


DIGIT_CELLS: Final = 3
"""Digit patterns speak of at most so many differing figures: with more, each being one digit off says little."""

REWRITTEN_CELLS: Final = 4
"""From so many differing figures a sheet can be called rewritten."""

SHIFTED_FIGURES: Final = 2
"""So many figures above 0 must be found one row further on."""

SHIFTED_STATIONS: Final = 3
"""So many stations in a row must carry their neighbour's figures."""

_PAIRS = (
    (Name.DIGIT_ADDED, Name.DIGIT_DROPPED),
    (Name.INTO_REJECTED, Name.OUT_OF_REJECTED),
    (Name.ZEROED, Name.FILLED),
    (Name.DOUBLED, Name.HALVED),
    (Name.STATION_TWICE, Name.STATION_MISSING),
)

MIRROR: Final = MappingProxyType({name: name for name in Name} | dict(_PAIRS) | {b: a for a, b in _PAIRS})
"""``MIRROR[p]`` fits (b, a) where ``p`` fits (a, b): which of two sides comes first is no statement about which is right."""

_DIGITS = "At most three figures differ, and in each of them "

RULES: Final = MappingProxyType(
    {
        Name.ONE_DIGIT: _DIGITS + "both sides have the same number of digits and exactly one digit is different.",
        Name.DIGIT_ADDED: _DIGITS + "taking one digit out of the second figure gives the first.",
        Name.DIGIT_DROPPED: _DIGITS + "taking one digit out of the first figure gives the second.",
        Name.LEADING_DIGIT: _DIGITS
        + "the numbers of digits are different, and one digit is different once the shorter is filled up with zeros in front.",
        Name.TRANSPOSED: _DIGITS + "two digits have changed places and all other digits are the same.",
        Name.EXCHANGED: "Exactly two rows differ, and each has the figure that the other has on the second side.",
        Name.SHIFTED: "From the first row that differs to the last, each figure stands one row higher or lower on the second side, "
        "and at least two figures above 0 do.",
        Name.REORDERED: "At least three rows differ, and they hold the same figures in another order.",
        Name.MOVED: "Only candidates' figures differ; what some have fewer on the second side others have more, so their sum is the same.",
        Name.INTO_REJECTED: "On the second side candidates have fewer votes, none has more, and the rejected votes are more "
        "by the same number; the votes in the box are the same.",
        Name.OUT_OF_REJECTED: "On the second side candidates have more votes, none has fewer, and the rejected votes are fewer "
        "by the same number; the votes in the box are the same.",
        Name.ZEROED: "Every figure that differs is 0 on the second side.",
        Name.FILLED: "Every figure that differs is 0 on the first side.",
        Name.REWRITTEN: "At least four rows differ, and they are at least half of the rows that both sides read "
        "and that are not 0 on both.",
        Name.DOUBLED: "Every figure that differs is exactly twice as large on the second side.",
        Name.HALVED: "Every figure that differs is exactly half as large on the second side.",
        Name.STATION_TWICE: "The total exceeds the sum of the records, for every candidate, by exactly one station's figures.",
        Name.STATION_MISSING: "The total falls short of the sum of the records, for every candidate, by exactly one station's figures.",
        Name.STATIONS_EXCHANGED: "Each of two stations has, in the declared table, all the figures that the record of the other has.",
        Name.STATIONS_SHIFTED: "At least three stations in a row each have, in the declared table, "
        "all the figures of the record of a neighbour, always the neighbour on the same side.",
        Name.UNEXPLAINED: "None of the other rules fits.",
    }
)
"""What must hold for a pattern to be named. "First" and "second" are the two sides compared; sums that follow are left aside."""
