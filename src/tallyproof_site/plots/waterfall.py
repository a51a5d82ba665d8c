"""Plot 2: from the records' margin to the declared margin, station by station."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from tallyproof_site.book import Contest
from tallyproof_site.chrome import Chrome, number, signed
from tallyproof_site.plots.svg import FULL, Svg, clipped, scaled

MOST = 16
"""Stations drawn one by one; the others are one bar, and the table beneath has up to ``TABLE``."""
TABLE = 100


@dataclass(frozen=True, slots=True)
class Step:
    """One bar: from ``before`` to ``after`` votes of margin. ``total`` bars stand on zero."""

    label: str
    before: int
    after: int
    total: bool = False

    @property
    def change(self) -> int:
        return self.after - self.before


def steps(contest: Contest, chrome: Chrome) -> list[Step]:
    """The bars in order; empty if the report has no waterfall for the contest."""
    fall = contest.row.get("waterfall")
    if not fall:
        return []
    listed = sorted(fall["steps"], key=lambda step: (-abs(step["change"]), str(step["station"])))
    rest = (fall["rest"] or 0) + sum(step["change"] for step in listed[MOST:])
    result = [Step(chrome.plain("plot.fall.from", what=chrome.place(fall["from"])), 0, fall["start"], total=True)]

    def move(label: str, change: int) -> None:
        result.append(Step(label, result[-1].after, result[-1].after + change))

    for step in listed[:MOST]:
        move(chrome.marked("plot.fall.station", station=str(step["station"])), step["change"])
    if rest or len(listed) > MOST:
        move(chrome.plain("plot.fall.rest"), rest)
    if fall["unexplained"]:
        move(chrome.plain("plot.fall.unexplained"), fall["unexplained"])
    result.append(Step(chrome.plain("plot.fall.to", what=chrome.place(fall["to"])), 0, fall["end"], total=True))
    return result


def conclusion(contest: Contest, chrome: Chrome) -> str:
    fall = contest.row["waterfall"]
    count = sum(1 for step in fall["steps"] if step["change"])
    explained = fall["end"] - fall["start"] - (fall["unexplained"] or 0)
    return chrome.plain(
        "plot.fall.desc",
        winner=chrome.name(contest.candidates[str(fall["winner"])], str(fall["winner"])),
        other=chrome.name(contest.candidates[str(fall["other"])], str(fall["other"])),
        start=signed(fall["start"]),
        end=signed(fall["end"]),
        stations=count,
        explained=signed(explained),
        unexplained=signed(fall["unexplained"] or 0),
    )


def draw(contest: Contest, chrome: Chrome, *, key: str) -> Markup | None:
    bars = steps(contest, chrome)
    if not bars:
        return None
    ends = [0, *(bar.after for bar in bars)]
    low, high = min(ends), max(ends)
    span = max(1, high - low)

    def at(value: int) -> int:
        return scaled(value - low, span)

    svg = Svg(key=key, mirror=chrome.dir == "rtl")
    svg.hatch("less", "less-ink")
    room, y = (20 if chrome.dir == "ltr" else 29), 0
    height = len(bars) * (room + 12 + 10)
    if low < 0 < high:
        svg.line(at(0), 0, at(0), height, "zero")
    for bar in bars:
        y += room
        svg.text(0, y - 6, clipped(bar.label, 40), "name" if bar.total else "small")
        svg.text(FULL, y - 6, chrome.marked("plot.figure", figure=signed(bar.after if bar.total else bar.change)), "value", end=True)
        start, stop = sorted((at(bar.before), at(bar.after)))
        if bar.total:
            svg.rect(start, y, stop - start, 12, "total")
        elif bar.change < 0:
            svg.rect(start, y, max(stop - start, 25), 12, "less", "less")
        else:
            svg.rect(start, y, max(stop - start, 25), 12, "more")
        y += 22
    return svg.render(height=height, title=chrome.plain("plot.fall.title"), desc=conclusion(contest, chrome))


def table(contest: Contest) -> tuple[list[tuple[str, int]], int]:
    """``(station, change)``, largest first, at most ``TABLE``; and how many more there are."""
    fall = contest.row["waterfall"]
    listed = sorted(fall["steps"], key=lambda step: (-abs(step["change"]), str(step["station"])))
    return [(str(step["station"]), int(step["change"])) for step in listed[:TABLE]], max(0, len(listed) - TABLE)


__all__ = ["Step", "conclusion", "draw", "number", "steps", "table"]
