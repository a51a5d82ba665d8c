"""How often a pattern fits figures that have nothing to do with each other.

A rule that nearly every pair of small figures meets explains little when it is met. So the same rules are asked of
pairings that *cannot* be an edit: for a station that differs, the figures that differ are replaced by those that another
station's second copy has in the same places, and the rules are asked again. ``fits`` of ``of`` such pairings met the rule.

What is counted together: pairings made from stations with the same number of differing figures and the same number of
digits in the largest of them, because 3 against 8 is always one digit apart and 203 against another figure seldom is.

No random numbers: the other station is the one a fixed number of places further on, in the order of the stations' keys,
so anybody gets the same numbers from the same records in any order of rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tallyproof.compare.pattern_names import Name
from tallyproof.compare.patterns import Difference, Figures, Pattern, difference, fits_of

PAIRINGS = 6_000
"""At most about so many pairings are asked, however many stations there are."""

OTHERS = 400
"""At most so many other stations for one station."""

Key = tuple[int, int]
"""(number of differing figures, digits of the largest of them)"""


@dataclass(frozen=True, slots=True)
class Chance:
    """``fits`` of ``of`` pairings of unrelated figures met the rule. ``of`` 0: there was nothing to compare with."""

    fits: int
    of: int


@dataclass(frozen=True, slots=True)
class Chances:
    """The chances in one set of stations; made by ``chances``."""

    pairings: Mapping[Key, int]
    fits: Mapping[tuple[Key, Name], int]

    def of(self, pattern: Pattern, first: Figures, second: Figures) -> Chance:
        """How often the rule of ``pattern``, which ``explain(first, second)`` named, is met by chance in this set."""
        diff = difference(first, second)
        if diff is None:
            return Chance(0, 0)
        key = _key(diff)
        return Chance(self.fits.get((key, pattern.name), 0), self.pairings.get(key, 0))


def chances(pairs: Mapping[str, tuple[Figures, Figures]]) -> Chances:
    """Ask the rules of unrelated figures. ``pairs``: by station, the two sides whose differences are explained.

    All stations of the set belong in ``pairs``, those that agree too: their figures serve as the unrelated ones. Use one
    set for one contest and one pair of sources. The result does not depend on the order of ``pairs``. Bounded: at most about
    ``PAIRINGS`` pairings, each about as costly as one ``explain``.
    """
    stations = sorted(pairs)
    differing = [(place, diff) for place, station in enumerate(stations) if (diff := difference(*pairs[station])) is not None]
    pairings: Counter[Key] = Counter()
    fits: Counter[tuple[Key, Name]] = Counter()
    if not differing:
        return Chances(MappingProxyType({}), MappingProxyType({}))
    # where more stations differ than pairings are allowed, one in so many is asked
    asked = differing[:: -(-len(differing) // PAIRINGS)]
    others = min(len(stations) - 1, OTHERS, PAIRINGS // len(asked))
    stride = len(stations) // (others + 1)
    for place, diff in asked:
        key = _key(diff)
        for step in range(1, others + 1):
            _, unrelated = pairs[stations[(place + step * stride) % len(stations)]]
            made = _with_figures_of(diff, unrelated)
            # fewer figures that differ would be another question
            if made is None or len(made.cells) != key[0]:
                continue
            pairings[key] += 1
            for name, _ in fits_of(made):
                fits[key, name] += 1
    return Chances(MappingProxyType(dict(pairings)), MappingProxyType(dict(fits)))


def _key(diff: Difference) -> Key:
    pairs = diff.pairs
    return len(pairs), len(str(max(max(pair) for pair in pairs)))


def _with_figures_of(diff: Difference, other: Figures) -> Difference | None:
    """``diff`` with the second side's differing cells taken from ``other``; None where ``other`` lacks one of them."""
    votes = list(diff.second.votes)
    boxes = dict(diff.second.boxes)
    for place in diff.votes:
        if place >= len(other.votes) or other.votes[place] is None:
            return None
        votes[place] = other.votes[place]
    for box in diff.boxes:
        if other.boxes.get(box) is None:
            return None
        boxes[box] = other.boxes[box]
    # sums that follow would follow here too: they are no question of chance
    for box in diff.follows:
        boxes[box] = diff.first.boxes[box]
    return difference(diff.first, Figures(tuple(votes), boxes))
