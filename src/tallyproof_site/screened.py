"""Pages of screens, from the document ``specs/screens-v1.schema.json`` and the words for its codes alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from tallyproof_site.chrome import LANGUAGES, Chrome, number
from tallyproof_site.pages import as_json, environment, write_site
from tallyproof_site.plots import screens as plots
from tallyproof_site.safe import clean, isolate, isolated

Row = Mapping[str, Any]
Said = Callable[[str], Mapping[str, Mapping[str, Any]]]
LEADS_SHOWN = 200
STATIONS_SHOWN = 8


class _Shown(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def build_screens(document: Row, out: Path, said: Said) -> None:
    """Write the pages into the folder ``out``, which is made if absent. ``said``: all words of a language by code."""
    write_site(out, _pages(document, said), {"screens.json": as_json(document, indent=2)})


def _pages(document: Row, said: Said) -> Iterator[tuple[str, str]]:
    env = environment()
    package = document["package"]
    for language in LANGUAGES:
        chrome = Chrome(language)
        words = said(language)

        def bdi(value: object, chrome: Chrome = chrome) -> Markup:
            return isolated(isolate(chrome.shown(value)))

        def fill(template: str, figures: Row, chrome: Chrome = chrome) -> Markup:
            known = {name: isolate(chrome.shown(value)) for name, value in figures.items()}
            return isolated(template.format_map(_Shown(known)))

        def p(value: float) -> str:
            return f"{value:.2g}"

        notice = package["notice_ur" if language == "ur" else "notice"] or package["notice"]
        title = (package["title_ur"] if language == "ur" else package["title"]) or package["title"] or package["name"]
        context = {
            "document": document, "words": words, "t": chrome, "plain": chrome.plain, "bdi": bdi, "fill": fill, "p": p, "num": number,
            "language": language, "dir": chrome.dir, "notice": clean(notice), "package_title": clean(title),
            "ladder": plots.ladder(document["ladder"], document["tests"], document["rate"], chrome, key="ladder"),
            "drawn": {
                f"{contest['contest']}\n{one['screen']}": _drawn(one, chrome, f"c{at}{one['screen'].lower()}")
                for at, contest in enumerate(document["contests"])
                for one in contest["screens"]
            },
            "causes": {one["screen"]: one["causes"] for contest in document["contests"] for one in contest["screens"]},
            "leads_shown": LEADS_SHOWN, "stations_shown": STATIONS_SHOWN,
        }  # fmt: skip
        yield f"{language}/index.html", env.get_template("screens.html").render(context, page="index.html")
    editions = [{"t": Chrome(one)} for one in LANGUAGES]
    title = clean(package["title"] or package["name"])
    yield "index.html", env.get_template("screens_landing.html").render(editions=editions, title=title, heading="")


def _drawn(one: Row, chrome: Chrome, key: str) -> list[dict[str, Any]]:
    """The pictures of one screen: title, markup, and the rows of the table beside it."""
    found = []
    for at, (name, series) in enumerate((one["plot"] or {}).items()):
        item, _, kind = name.rpartition(".")
        if name == "fingerprint":
            picture, rows = plots.fingerprint(series, chrome, key=f"{key}x{at}"), _bands(series)
            title = chrome.plain("screens.fingerprint")
        else:
            labels = [str(digit) for digit in range(10)] if kind == "digits" else [f"0.{step}" for step in range(10)]
            shown = chrome.plain("screens.turnout") if item == "turnout" else item
            title = chrome.plain(f"screens.{kind}", item=shown)
            picture = plots.bars(series, labels, round(sum(series) / 10), chrome, key=f"{key}x{at}", title=title)
            rows = [(label, int(count)) for label, count in zip(labels, series, strict=True)]
        found.append({"title": title, "svg": picture, "rows": rows, "fingerprint": name == "fingerprint"})
    return found


def _bands(series: Any) -> list[tuple[str, int]]:
    """Stations in fifths of turnout, for those who do not see the picture."""
    fifth = len(series) // 5
    return [(f"{20 * band}–{20 * band + 20} %", int(sum(series[band * fifth : (band + 1) * fifth]))) for band in range(5)]
