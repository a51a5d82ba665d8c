"""Pictures of screens: cells of turnout and share, bars of counts, the ladder of p-values. Each has a table beside it on the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isqrt, log10
from typing import Any

from markupsafe import Markup

from tallyproof_site.chrome import Chrome, number
from tallyproof_site.plots.svg import FULL, Svg, scaled

CELL = 16
SHADES = 4
"""Cells are drawn in four sizes, so that no meaning hangs on colour alone."""
BAR = 22
FLOOR = 16
"""A p-value below 1e-16 is drawn there."""


def fingerprint(series: Sequence[float], chrome: Chrome, *, key: str) -> Markup:
    """Stations by turnout (across) and the first candidate's share (up); a square's size is the number of stations."""
    side = isqrt(len(series))
    most = max(1, int(max(series, default=0)))
    pen = Svg(key=key, mirror=False)
    pen.rect(0, 0, FULL, side * CELL, "track")
    wide = FULL // side
    for at, count in enumerate(series):
        if count > 0:
            shade = 1 + int((SHADES - 1) * int(count) / most)
            x, y = at // side, side - 1 - at % side
            size = CELL * shade // SHADES
            pen.rect(x * wide, y * CELL + (CELL - size) // 2, wide * shade // SHADES, size, "gain")
    filled = sum(count > 0 for count in series)
    desc = chrome.plain("screens.fingerprint-desc", stations=int(sum(series)), cells=filled, most=most)
    return pen.render(height=side * CELL, title=chrome.plain("screens.fingerprint"), desc=desc)


def bars(series: Sequence[float], labels: Sequence[str], expected: int, chrome: Chrome, *, key: str, title: str) -> Markup:
    """Counts as bars, with a line at what is expected where every bar expects the same."""
    most = max(1, expected, *(int(count) for count in series))
    pen = Svg(key=key, mirror=chrome.dir == "rtl")
    start, room = 1200, FULL - 1200 - 1500
    for row, (label, count) in enumerate(zip(labels, series, strict=True)):
        pen.text(0, row * BAR + 15, label, "small")
        pen.rect(start, row * BAR + 4, scaled(int(count), most) * room // FULL, BAR - 8, "gain")
        pen.text(start + scaled(int(count), most) * room // FULL + 150, row * BAR + 15, number(int(count)), "small")
    if expected:
        at = start + scaled(expected, most) * room // FULL
        pen.line(at, 0, at, len(labels) * BAR, "zero")
    desc = chrome.plain("screens.bars-desc", low=int(min(series, default=0)), high=int(max(series, default=0)), expected=expected)
    return pen.render(height=len(labels) * BAR, title=title, desc=desc)


def ladder(rows: Sequence[Mapping[str, Any]], tests: int, rate: float, chrome: Chrome, *, key: str) -> Markup:
    """The smallest p-values by rank, a tick each, and Benjamini and Hochberg's line: a tick beyond the line, or before the last such, is
    a lead. Across is minus the decimal logarithm."""
    pen = Svg(key=key, mirror=chrome.dir == "rtl")
    height = 9

    def across(p: float) -> int:
        return int(min(FLOOR, -log10(max(p, 10.0**-FLOOR))) * FULL / FLOOR)

    last = None
    for rank, row in enumerate(rows, start=1):
        y = rank * height
        line = across(rate * rank / max(tests, 1))
        if last is not None:
            pen.line(last, y - height, line, y, "zero")
        last = line
        pen.rect(0, y - 2, max(across(row["p"]), 20), 4, "gain")
    over = sum(row["q"] <= rate for row in rows)
    desc = chrome.plain("screens.ladder-desc", shown=len(rows), tests=tests, over=over)
    return pen.render(height=(len(rows) + 1) * height, title=chrome.plain("screens.ladder"), desc=desc)
