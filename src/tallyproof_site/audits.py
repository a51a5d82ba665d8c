"""The pages of an audit: what was planned, drawn and counted, the risk after each station, and how to do it all again.

``build`` takes the document of ``tallyproof.findings.audit_report`` as plain data. The same document gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from tallyproof_site.chrome import LANGUAGES, Chrome, Marked, number
from tallyproof_site.pages import as_json, environment, write_site
from tallyproof_site.plots.svg import FULL, Svg, scaled
from tallyproof_site.safe import ident, isolate, isolated, slugs

Row = Mapping[str, Any]
MILLION = 1_000_000
HEIGHT = 260
STEPS_DRAWN = 400
"""Steps of the plot; of a longer audit every so-manieth, and always the last. The table beneath has them all."""


def build(document: Row, out: Path) -> None:
    """Write the pages and ``audit.json`` into ``out``, which is made if absent; files of the same name are replaced."""
    write_site(out, pages(document), {"audit.json": as_json(document, indent=1)}, assets=("style.css",))


def pages(document: Row) -> Iterator[tuple[str, str]]:
    """``(file name, text)`` of each page: one a language, and the first, which leads to them."""
    env = environment()
    editions = []
    for language in LANGUAGES:
        chrome = Chrome(language)
        context = _context(document, chrome)
        editions.append(context)
        yield f"{language}/index.html", env.get_template("audit.html").render(context, page="index.html")
    yield (
        "index.html",
        env.get_template("audit-landing.html").render(
            editions=editions, document=document, title=editions[0]["title"], heading=editions[0]["election"]
        ),
    )


def percent(risk: int) -> str:
    """Millionths as a percentage, rounded up to its last place: a risk is never shown smaller than it is."""
    hundredths = -(-risk // 100)
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


def share(text: str) -> str:
    """``1/20`` as ``1/20 (5.00%)``, which is not broken over lines."""
    part, whole = map(int, text.split("/"))
    return f"{text}\u00a0({percent(-(-part * MILLION // whole))})"


def _context(document: Row, chrome: Chrome) -> dict[str, Any]:
    def bdi(value: object) -> Markup:
        return isolated(isolate(chrome.shown(value)))

    audit = document["audit"]
    names = slugs(str(one["contest"]) for one in audit["contests"])
    contests = [
        {
            **one,
            "slug": names[str(one["contest"])],
            "title": chrome.name(one, str(one["contest"])),
            "plot": plot(one, audit["limit"], chrome, key=f"risk{place}"),
            "plot_text": _said(one, audit["limit"], chrome),
            "winner_names": [chrome.name(names_of(one).get(key, {}), key) for key in one["winners"]],
        }
        for place, one in enumerate(audit["contests"])
    ]
    return {
        "t": chrome,
        "plain": chrome.plain,
        "bdi": bdi,
        "num": number,
        "percent": percent,
        "share": share,
        "language": chrome.language,
        "dir": chrome.dir,
        "document": document,
        "audit": audit,
        "contests": contests,
        "title": chrome.plain("audit.title", name=ident(audit["name"])),
        "election": (election := chrome.name(document["election"] or {}, str(document["origin"]))),
        "package_title": election,
        "notice": "",
        "dice": " ".join(_fives(audit["seed"]["dice"])) if audit["seed"] else "",
    }


def names_of(contest: Row) -> Mapping[str, Row]:
    return {str(one["candidate"]): one for one in contest["candidates"]}


def _fives(digits: str) -> list[str]:
    return [digits[at : at + 5] for at in range(0, len(digits), 5)]


def _concluded(contest: Row, limit: str) -> tuple[str, dict[str, object]]:
    """What the plot shows: the key of its words, and the figures in them."""
    figures: dict[str, object] = {"n": contest["counted"], "risk": percent(contest["risk"]), "limit": share(limit)}
    if not contest["counted"]:
        return "audit.plot.nothing", {}
    return ("audit.plot.reached" if contest["reached"] else "audit.plot.above"), figures


def _said(contest: Row, limit: str, chrome: Chrome) -> Markup:
    key, figures = _concluded(contest, limit)
    return chrome(key, **figures)


def plot(contest: Row, limit: str, chrome: Chrome, *, key: str) -> Markup | None:
    """The risk after each station, from 100 per cent at the top to 0 at the bottom, with the line of the limit."""
    steps: Sequence[Row] = contest["steps"]
    if not steps:
        return None
    part, whole = map(int, limit.split("/"))
    top = 26 if chrome.dir == "ltr" else 36
    svg = Svg(key=key, mirror=chrome.dir == "rtl")

    def y_of(risk: int) -> int:
        return top + (MILLION - min(risk, MILLION)) * HEIGHT // MILLION

    for quarter in range(5):
        y = y_of(quarter * MILLION // 4)
        svg.line(0, y, FULL, y, "grid")
        svg.text(0, y - 4, isolate(f"{quarter * 25}%"), "small")
    shown = [*range(0, len(steps), -(-len(steps) // STEPS_DRAWN)), len(steps) - 1]
    at, level = 0, MILLION
    for place in dict.fromkeys(shown):
        x, risk = scaled(place + 1, len(steps)), int(steps[place]["risk"])
        svg.line(at, y_of(level), x, y_of(level), "whisker")
        svg.line(x, y_of(level), x, y_of(risk), "whisker")
        at, level = x, risk
    line = y_of(part * MILLION // whole)
    svg.line(0, line, FULL, line, "zero")
    # Near its beginning the curve is far above: there the words do not lie under it.
    svg.text(FULL // 10, line - 5, chrome.marked("audit.plot.limit", limit=Marked(isolate(share(limit)))), "small")
    key_of, figures = _concluded(contest, limit)
    foot = top + HEIGHT + (22 if chrome.dir == "ltr" else 32)
    svg.text(0, foot, chrome.marked("audit.plot.first"), "small")
    svg.text(FULL, foot, chrome.marked("audit.plot.last", n=len(steps)), "small", end=True)
    return svg.render(height=foot + 8, title=chrome.plain("audit.plot.title"), desc=chrome.plain(key_of, **figures))
