"""How two unequal figures differ as written: digit by digit."""

from __future__ import annotations

from tallyproof.compare.pattern_names import Name


def digits_of(first: int, second: int) -> frozenset[Name]:
    """The digit patterns that fit ``first`` against ``second``, two counts (0 or more); empty if they are equal.

    Figures are taken as written without leading zeros, 0 as one digit. ``leading-digit-changed`` alone fills the shorter
    one up with zeros, because many forms are: 9 against 409 is 009 against 409.
    """
    if first == second:
        return frozenset()
    a, b = str(first), str(second)
    if len(a) == len(b):
        places = [place for place in range(len(a)) if a[place] != b[place]]
        if len(places) == 1:
            return frozenset({Name.ONE_DIGIT})
        if len(places) == 2 and a[places[0]] == b[places[1]] and a[places[1]] == b[places[0]]:
            return frozenset({Name.TRANSPOSED})
        return frozenset()
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    names = set()
    if any(longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer))):
        names.add(Name.DIGIT_DROPPED if longer is a else Name.DIGIT_ADDED)
    # the longer figure begins with a digit other than 0, so the one place that differs can only be its first
    if longer[1:] == shorter.zfill(len(longer))[1:]:
        names.add(Name.LEADING_DIGIT)
    return frozenset(names)
