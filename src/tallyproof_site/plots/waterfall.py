"""Plot 2: from the records' margin to the declared margin, station by station."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from tallyproof_site.book import Contest
from tallyproof_site.chrome import Chrome, signed
from tallyproof_site.plots.svg import FULL, Svg, clipped, scaled
from tallyproof_site.safe import ident

MOST = 10
"""Stations drawn one by one; the others are one bar, and the table beneath has those that the report lists."""


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
    """The bars in order; empty if the report has no waterfall for the contest.

    From the copies of one source, by the stations where the official copies differ, to the official copies; from there
    to the declared margin. Either half may be absent.
    """
    fall = contest.row.get("waterfall")
    if not fall:
        return []
    result = [Step(chrome.marked("plot.bars.records", figure=chrome.source(fall["from"])), 0, fall["start"], total=True)]

    def move(label: str, change: int) -> None:
        result.append(Step(label, result[-1].after, result[-1].after + change))

    if fall["through"] is not None:
        listed = fall["steps"]
        for step in listed[:MOST]:
            move(chrome.marked("plot.fall.station", station=ident(step["station"])), step["change"])
        others = len(listed[MOST:]) + fall["unlisted"]["stations"]
        if others:
            change = sum(step["change"] for step in listed[MOST:]) + fall["unlisted"]["change"]
            move(chrome.marked("plot.fall.others", n=others), change)
        if fall["rest"]:
            move(chrome.plain("plot.fall.rest"), fall["rest"])
        result.append(Step(chrome.marked("plot.bars.records", figure=chrome.source(fall["through"])), 0, fall["records"], total=True))
    if fall["end"] is not None:
        if fall["unexplained"]:
            move(chrome.plain("plot.fall.unexplained"), fall["unexplained"])
        stage = chrome.stage(str(fall["to"]).removeprefix("declared "))
        result.append(Step(chrome.marked("plot.fall.declared", stage=stage), 0, fall["end"], total=True))
    return result


def conclusion(contest: Contest, chrome: Chrome) -> str:
    fall = contest.row["waterfall"]
    winner, other = (chrome.name(contest.candidates[str(fall[key])], str(fall[key])) for key in ("winner", "other"))
    first = chrome.source(fall["from"], inline=True)
    if fall["through"] is not None:
        said = chrome.plain(
            "plot.fall.desc-through",
            winner=winner,
            other=other,
            start=signed(fall["start"]),
            records=signed(fall["records"]),
            first=first,
            second=chrome.source(fall["through"], inline=True),
            changed=signed(fall["records"] - fall["start"] - fall["rest"]),
            rest=signed(fall["rest"]),
        )
    else:
        said = chrome.plain("plot.fall.desc-from", winner=winner, other=other, start=signed(fall["start"]), first=first)
    sentences = [said]
    if fall["end"] is not None:
        sentences.append(chrome.plain("plot.fall.desc-end", end=signed(fall["end"]), unexplained=signed(fall["unexplained"] or 0)))
    if min(fall["start"], fall["records"], fall["end"] or 0) < 0:
        sentences.append(chrome.plain("plot.fall.behind", other=other))
    return " ".join(sentences)


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
    svg.hatch("loss", "loss-ink")
    room = 21 if chrome.dir == "ltr" else 30
    thick = {True: 16, False: 9}
    height = sum(room + thick[bar.total] + 8 for bar in bars)
    y = 0
    for bar in bars:
        y += room
        svg.text(0, y - 5, clipped(bar.label, 44), "name" if bar.total else "small")
        svg.text(FULL, y - 5, chrome.marked("plot.figure", figure=signed(bar.after if bar.total else bar.change)), "value", end=True)
        start, stop = sorted((at(bar.before), at(bar.after)))
        css, hatch = ("total", "") if bar.total else ("loss", "loss") if bar.change < 0 else ("gain", "")
        svg.rect(start, y, max(stop - start, 25), thick[bar.total], css, hatch)
        if low < 0 < high:
            svg.line(at(0), y - 3, at(0), y + thick[bar.total] + 3, "zero")
        y += thick[bar.total] + 8
    return svg.render(height=height, title=chrome.plain("plot.fall.title"), desc=conclusion(contest, chrome))


def table(contest: Contest) -> list[tuple[str, int]]:
    """Every listed step: ``(station, change)``, largest first."""
    return [(str(step["station"]), int(step["change"])) for step in contest.row["waterfall"]["steps"]]
