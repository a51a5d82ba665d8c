"""How often an edit pattern would fit unrelated figures of the same set: asked once for each contest and pair of sources."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw

from tallyproof.compare.chance import Chances, chances
from tallyproof.compare.copies import Copy, copies
from tallyproof.compare.patterns import Figures, Pattern
from tallyproof.findings.of_copies import figures_of
from tallyproof.tabulate.tabulation import Tabulation

SHEETS = 8_000
"""So many sheets of a contest, first in order of station, serve as unrelated figures beside the disputed ones; more would not
change the shares."""


class ChanceOfPattern:
    """Callable: (contest, source, other source, pattern, first, second) → (fits, of); None if there was nothing to compare with."""

    def __init__(self, tabulation: Tabulation, disputed: Mapping[tuple[str, str], list[Copy]]) -> None:
        self._tabulation = tabulation
        self._disputed = disputed
        self._sets: dict[tuple[str, str, str], Chances] = {}

    def __call__(self, contest: str, source: str, other: str, pattern: Pattern, first: Figures, second: Figures) -> tuple[int, int] | None:
        key = (contest, source, other)
        if key not in self._sets:
            self._sets[key] = self._set(*key)
        chance = self._sets[key].of(pattern, first, second)
        return (chance.fits, chance.of) if chance.of else None

    def _set(self, contest: str, source: str, other: str) -> Chances:
        live = self._tabulation.live.filter(nw.col("contest") == contest, nw.col("source").is_in([source, other]))
        together = copies(self._tabulation, live.sort("station", "record").head(SHEETS))
        together |= {key: found for key, found in self._disputed.items() if key[0] == contest}
        pairs = {}
        for (_, station), found in together.items():
            ours = [copy for copy in found if copy.source == source]
            theirs = [copy for copy in found if copy.source == other]
            if ours and theirs:
                # Two records of one source: the last one is the other side of the first.
                pairs[station] = (figures_of(ours[0]), figures_of(theirs[-1]))
        return chances(pairs)
