"""Plot 4: which stations are in, disputed or missing, and how many copies each source holds."""

from __future__ import annotations

from markupsafe import Markup

from tallyproof_site.book import Contest
from tallyproof_site.chrome import Chrome
from tallyproof_site.plots.svg import FULL, Svg, scaled


def conclusion(contest: Contest, chrome: Chrome) -> str:
    stations = contest.row["stations"]
    return chrome.plain(
        "plot.coverage.desc",
        expected=stations["expected"],
        recorded=stations["recorded"],
        disputed=stations["disputed"],
        missing=stations["missing"],
    )


def draw(contest: Contest, chrome: Chrome, *, key: str) -> Markup:
    stations = contest.row["stations"]
    expected = max(1, stations["expected"])
    agreeing = stations["recorded"] - stations["disputed"]
    svg = Svg(key=key, mirror=chrome.dir == "rtl")
    svg.hatch("disputed", "conflict-ink")
    room = 24 if chrome.dir == "ltr" else 34
    parts = (("agrees", agreeing, ""), ("disputed", stations["disputed"], "disputed"), ("missing", stations["missing"], ""))
    y, start = room, 0
    svg.text(0, y - 8, chrome.marked("plot.coverage.stations", n=stations["expected"]), "name")
    for name, count, hatch in parts:
        width = scaled(count, expected)
        if count:
            svg.rect(start, y, width, 22, f"status-{name}", hatch)
        start += width
    y += 22
    for name, count, hatch in parts:
        y += room
        svg.raw(_swatch(svg, name, hatch, y - 17, mirror=chrome.dir == "rtl"))
        svg.text(600, y - 6, chrome.marked(f"plot.coverage.{name}", n=count), "small")
    y += 12
    for source in contest.row["sources"]:
        y += room
        words = chrome.marked(
            "plot.coverage.source", source=chrome.source(str(source["source"])), n=source["stations"], of=stations["expected"]
        )
        svg.text(0, y - 7, words, "small")
        svg.rect(0, y, FULL, 8, "track")
        svg.rect(0, y, scaled(source["stations"], expected), 8, "status-agrees")
        y += 12
    return svg.render(height=y + 4, title=chrome.plain("plot.coverage.title"), desc=conclusion(contest, chrome))


def _swatch(svg: Svg, name: str, hatch: str, y: int, *, mirror: bool) -> str:
    paint = f' fill="url(#{svg.key}-{hatch})"' if hatch else ""
    place = 'x="100%" transform="translate(-14 0)"' if mirror else 'x="0"'
    return f'<rect {place} y="{y}" width="14" height="14" class="status-{name}"{paint}/>'
