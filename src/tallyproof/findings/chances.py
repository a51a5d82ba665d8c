"""How often an edit pattern would fit unrelated figures of the same set: asked once for each pair of sources and length of ballot."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw

from tallyproof.compare.chance import Chances, chances
from tallyproof.compare.copies import Copy, copies
from tallyproof.compare.patterns import Figures, Pattern
from tallyproof.findings.of_copies import figures_of
from tallyproof.tabulate.tabulation import Tabulation

SHEETS = 8_000
"""So many sheets, first in order of contest and station, serve as unrelated figures beside the disputed ones; more would not
change the shares."""


class ChanceOfPattern:
    """Callable: (contest, source, other source, pattern, first, second) → (fits, of); None if there was nothing to compare with.

    One set is all stations of two sources in all contests with ballots of one length: the cost is bounded however many contests a
    package has.
    """

    def __init__(self, tabulation: Tabulation, disputed: Mapping[tuple[str, str], list[Copy]]) -> None:
        self._tabulation = tabulation
        self._disputed = disputed
        self._sets: dict[tuple[int, str, str], Chances] = {}

    def __call__(self, contest: str, source: str, other: str, pattern: Pattern, first: Figures, second: Figures) -> tuple[int, int] | None:
        key = (len(self._tabulation.prepared.contests[contest].ballot), source, other)
        if key not in self._sets:
            self._sets[key] = self._set(*key)
        chance = self._sets[key].of(pattern, first, second)
        return (chance.fits, chance.of) if chance.of else None

    def _set(self, width: int, source: str, other: str) -> Chances:
        contests = [name for name, contest in self._tabulation.prepared.contests.items() if len(contest.ballot) == width]
        live = self._tabulation.live.filter(nw.col("contest").is_in(contests), nw.col("source").is_in([source, other]))
        together = copies(self._tabulation, live.sort("contest", "station", "record").head(SHEETS))
        alike = set(contests)
        together |= {key: found for key, found in self._disputed.items() if key[0] in alike}
        pairs = {}
        for (contest, station), found in together.items():
            ours = [copy for copy in found if copy.source == source]
            theirs = [copy for copy in found if copy.source == other]
            if ours and theirs:
                # Two records of one source: the last one is the other side of the first.
                pairs[f"{contest}\n{station}"] = (figures_of(ours[0]), figures_of(theirs[-1]))
        return chances(pairs)
