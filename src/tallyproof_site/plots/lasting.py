"""Plots about a seat: how long it was in each state; and of an order: the votes before and after."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from markupsafe import Markup

from tallyproof_site.chrome import Chrome
from tallyproof_site.plots.svg import FULL, Svg, clipped, scaled

Row = Mapping[str, Any]


def draw(seat: Row, chrome: Chrome, *, key: str) -> Markup:
    """A bar a state, as long as it lasted; a state whose begin or end nobody stated has no bar."""
    changes = seat["changes"]
    days = [_day(change["when"]) for change in changes]
    lasted = [
        (days[at + 1] - days[at]).days if at + 1 < len(days) and days[at] and days[at + 1] else None  # type: ignore[operator]
        for at in range(len(days))
    ]
    span = max((one for one in lasted if one is not None), default=1) or 1
    svg = Svg(key=key, mirror=chrome.dir == "rtl")
    room, y = (21 if chrome.dir == "ltr" else 30), 0
    told = []
    for at, change in enumerate(changes):
        y += room
        state = chrome.plain(f"after.seat-state.{change['state']}")
        length = (
            chrome.plain("after.days", n=lasted[at])
            if lasted[at] is not None
            else chrome.plain("after.still")
            if at + 1 == len(changes)
            else "–"
        )
        svg.text(0, y - 5, clipped(state, 44), "name")
        svg.text(FULL, y - 5, chrome.marked("plot.figure", figure=length), "value", end=True)
        svg.rect(0, y, FULL, 10, "track")
        if lasted[at] is not None:
            svg.rect(0, y, max(25, scaled(max(0, lasted[at] or 0), span)), 10, "gain" if change["holder"] else "total")
        y += 18
        told.append(f"{state} ({length})")
    first, last = ((changes[at]["when"] or chrome.plain("after.unknown-day"))[:10] for at in (0, -1))
    words = chrome.plain("after.states-desc", first=first, last=last, states=chrome.plain("number.and").join(told))
    return svg.render(height=y, title=chrome.plain("after.states"), desc=words)


def draw_change(contest: Any, decision: Row, chrome: Chrome, *, key: str) -> Markup:
    """Two bars a candidate, before and after; what is only possible is faint."""
    before, after = decision["before"]["totals"], decision["after"]["totals"]
    ends = [end for total in (*before, *after) for end in (total["min"], total["max"]) if end is not None]
    span = max(ends, default=1) or 1
    svg = Svg(key=key, mirror=chrome.dir == "rtl")
    name_room, room, y = (24, 20, 0) if chrome.dir == "ltr" else (36, 30, 0)
    for first, then in zip(before, after, strict=True):
        y += name_room
        name = chrome.name(contest.people.get(first["candidate"], {}), str(first["candidate"]))
        svg.text(0, y - 7, clipped(chrome.marked("plot.name", name=name), 44), "name")
        for words, total, css in (("after.before", first, "total"), ("after.after", then, "gain")):
            y += room
            low, high = total["min"], total["max"]
            svg.text(0, y - 5, f"{chrome.plain(words)}: {chrome.span(low, high)}", "small")
            svg.rect(0, y, FULL, 9, "track")
            svg.rect(0, y, scaled(low, span), 9, css)
            if high is None or high > low:
                svg.rect(scaled(low, span), y, (FULL if high is None else scaled(high, span)) - scaled(low, span), 9, f"{css} faint")
            y += 9
        y += 8
    words = chrome.plain("after.bars-desc", contest=contest.key, before=_told(contest, before, chrome), after=_told(contest, after, chrome))
    return svg.render(height=y, title=chrome.plain("after.bars"), desc=words)


def _told(contest: Any, totals: list[Row], chrome: Chrome) -> str:
    leading = sorted(totals, key=lambda total: -total["min"])[:3]
    pairs = [
        (chrome.name(contest.people.get(one["candidate"], {}), str(one["candidate"])), chrome.span(one["min"], one["max"]))
        for one in leading
    ]
    return chrome.plain("number.and").join(f"{name} {span}" for name, span in pairs)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
