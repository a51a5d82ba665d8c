"""Plot 1: declared v records, a pair of bars a candidate, with the interval that the records leave."""

from __future__ import annotations

from markupsafe import Markup

from tallyproof_site.book import Contest, Row
from tallyproof_site.chrome import Chrome
from tallyproof_site.plots.svg import FULL, Svg, clipped, scaled

MOST = 8
"""Candidates drawn; the table beneath has them all."""


def drawn(contest: Contest) -> list[Row]:
    """The candidates of the plot: those with the most votes by records or declared, in ballot order."""

    def size(total: Row) -> int:
        return int(max([total["min"], total["max"] or 0, *(total["declared"].values())]))

    keep = {str(total["candidate"]) for total in sorted(contest.totals, key=size, reverse=True)[:MOST]}
    return [total for total in contest.totals if str(total["candidate"]) in keep and size(total)]


def outside(contest: Contest) -> tuple[list[Row], list[Row]]:
    """Candidates whose declared figure the records do not allow whatever is missing; and those whom missing stations could explain."""
    never, perhaps = [], []
    for total in contest.totals:
        ceiling = total["max_with_missing"]
        declared = total["declared"].values()
        if any(value < total["min"] or (ceiling is not None and value > ceiling) for value in declared):
            never.append(total)
        elif total["max"] is not None and any(value > total["max"] for value in declared):
            perhaps.append(total)
    return never, perhaps


def conclusion(contest: Contest, chrome: Chrome) -> str:
    if not contest.stages:
        return chrome.plain("plot.bars.undeclared")
    sentences = []
    for key, totals in zip(("outside", "perhaps"), outside(contest), strict=True):
        if totals:
            names = chrome.plain("number.and").join(chrome.name(total, str(total["candidate"])) for total in totals)
            sentences.append(chrome.plain(f"plot.bars.{key}", names=names))
    return " ".join(sentences) or chrome.plain("plot.bars.inside")


def draw(contest: Contest, chrome: Chrome, *, key: str) -> Markup | None:
    totals = drawn(contest)
    if not totals:
        return None
    colour = {candidate: place % 8 + 1 for place, candidate in enumerate(contest.candidates)}
    missing = contest.row["stations"]["missing"] > 0
    ends = [end for total in totals for end in (total["min"], total["max"], missing and total["max_with_missing"]) if end]
    span = max([1, *ends, *(value for total in totals for value in total["declared"].values())])
    svg = Svg(key=key, mirror=chrome.dir == "rtl")
    svg.hatch("declared", "ink")
    # Nastaliq hangs deep below its line: the same plot needs more room in Urdu.
    name_room, line_room = (24, 22) if chrome.dir == "ltr" else (36, 30)
    y = 0
    for total in totals:
        y += name_room
        svg.text(0, y - 7, clipped(chrome.marked("plot.name", name=chrome.name(total, str(total["candidate"]))), 44), "name")
        y += line_room
        low, high = total["min"], total["max"]
        svg.text(0, y - 6, chrome.marked("plot.bars.records", figure=chrome.span(low, high)), "small")
        css = f"c{colour[str(total['candidate'])]}"
        svg.rect(0, y, FULL, 12, "track")
        svg.rect(0, y, scaled(low, span), 12, css)
        if high is None or high > low:
            end = FULL if high is None else scaled(high, span)
            svg.rect(scaled(low, span), y, end - scaled(low, span), 12, f"{css} faint")
            _whisker(svg, scaled(low, span), end, y, open_end=high is None)
        if missing and high is not None and (total["max_with_missing"] or 0) > high:
            svg.line(scaled(high, span), y + 6, scaled(total["max_with_missing"], span), y + 6, "reach")
        y += 12
        for stage, value in total["declared"].items():
            y += line_room
            svg.text(0, y - 6, chrome.marked("plot.bars.declared", stage=chrome.stage(stage), n=value), "small")
            svg.rect(0, y, FULL, 12, "track")
            svg.rect(0, y, scaled(value, span), 12, "declared", "declared")
            y += 12
        y += 14
    return svg.render(height=y, title=chrome.plain("plot.bars.title"), desc=conclusion(contest, chrome))


def _whisker(svg: Svg, low: int, high: int, y: int, *, open_end: bool) -> None:
    svg.line(low, y + 6, high, y + 6, "whisker")
    svg.line(low, y + 1, low, y + 11, "whisker")
    if not open_end:
        svg.line(high, y + 1, high, y + 11, "whisker")
