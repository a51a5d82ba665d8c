"""Plot 3: copy v copy. One square a leading candidate and pair of sources; stations where the copies agree lie on the diagonal."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from markupsafe import Markup, escape

from tallyproof_site.book import Contest, Station
from tallyproof_site.chrome import Chrome, number
from tallyproof_site.plots.svg import Svg
from tallyproof_site.safe import isolate

PAIRS = 6
TABLE = 50


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sources and one candidate: ``points`` are (votes in first, votes in second, station)."""

    first: str
    second: str
    leader: int
    candidate: str
    points: tuple[tuple[int, int, Station], ...]

    @property
    def differing(self) -> list[tuple[int, int, Station]]:
        """Largest difference first."""
        return sorted((point for point in self.points if point[0] != point[1]), key=lambda point: -abs(point[0] - point[1]))


def pairs(contest: Contest) -> list[Pair]:
    """Every pair of sources with stations in common, for the two leading candidates."""
    result: list[Pair] = []
    for first, second in list(combinations(contest.sources, 2))[:PAIRS]:
        for leader, candidate in enumerate(contest.leaders):
            points = []
            for station in contest.stations:
                one, other = station.figures[leader].get(first), station.figures[leader].get(second)
                if one is not None and other is not None:
                    points.append((one, other, station))
            if points:
                result.append(Pair(first, second, leader, candidate, tuple(points)))
    return result


def conclusion(pair: Pair, contest: Contest, chrome: Chrome) -> str:
    return chrome.plain(
        "plot.copies.desc",
        name=chrome.name(contest.candidates[pair.candidate], pair.candidate),
        first=chrome.source(pair.first),
        second=chrome.source(pair.second),
        n=len(pair.points),
        differ=len(pair.differing),
        higher=sum(1 for one, other, _ in pair.points if other > one),
        lower=sum(1 for one, other, _ in pair.points if other < one),
    )


def draw(pair: Pair, contest: Contest, chrome: Chrome, *, key: str) -> Markup:
    """Dots are sub-paths of length zero with round (agree) or square (differ) ends: ten bytes a station, not sixty."""
    top = max([1, *(max(one, other) for one, other, _ in pair.points)])

    def dots(points: set[tuple[int, int]]) -> str:
        return "".join(f"M{one * 1000 // top} {1000 - other * 1000 // top}h0" for one, other in sorted(points))

    agree = {(one, other) for one, other, _ in pair.points if one == other}
    differ = {(one, other) for one, other, _ in pair.points if one != other}
    # A graph of two quantities reads the same way in Urdu textbooks: it is not mirrored.
    svg = Svg(key=key, mirror=False)
    svg.raw('<svg x="2%" y="8%" width="94%" height="82%" viewBox="0 0 1000 1000" preserveAspectRatio="none" overflow="visible">')
    svg.raw('<path class="grid" d="M0 0H1000V1000H0ZM0 500H1000M500 0V1000"/><path class="diagonal" d="M0 1000L1000 0"/>')
    svg.raw(f'<path class="dot agree" d="{dots(agree)}"/><path class="dot differ" d="{dots(differ)}"/></svg>')
    svg.raw(_label("2%", "5%", "start", f"↑ {isolate(chrome.source(pair.second))}"))
    svg.raw(_label("96%", "97%", "end", f"{isolate(chrome.source(pair.first))} →"))
    svg.raw(_label("2%", "97%", "start", "0"))
    svg.raw(_label("96%", "5%", "end", number(top)))
    return svg.render(
        height=None,
        title=chrome.plain("plot.copies.title", name=chrome.name(contest.candidates[pair.candidate], pair.candidate)),
        desc=conclusion(pair, contest, chrome),
        css="plot square",
    )


def _label(x: str, y: str, anchor: str, words: str) -> str:
    return f'<text x="{x}" y="{y}" class="small" text-anchor="{anchor}" direction="ltr">{escape(words)}</text>'
