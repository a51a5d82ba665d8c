"""All files of the site, from the report and the rows: ``build``.

The same input gives the same bytes: no clock, no environment, no set is iterated unsorted, line ends are fixed.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tallyproof_site import tables
from tallyproof_site.book import KINDS, STATUSES, Book, Code, Contest
from tallyproof_site.cards import ROLES, Speaker, Words
from tallyproof_site.chrome import LANGUAGES, Chrome, number, signed
from tallyproof_site.plots import bars, copies, coverage, waterfall
from tallyproof_site.safe import clean, csv_text, ident, isolate, isolated, slug
from tallyproof_site.scope import scope

CSP = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'"
ASSETS = ("style.css", "sort.js")


def build(report: Mapping[str, Any], rows: Mapping[str, Any], out: Path, words: Words, *, report_bytes: bytes | None = None) -> None:
    """Write the site into the folder ``out``, which is made if absent; files of the same name are replaced.

    ``report`` and ``rows`` are the report and rows documents (``specs/report-v1.schema.json``); ``words`` says finding
    codes in a language (``tallyproof.findings.words``). ``report_bytes`` is written as ``report.json`` if given, else
    the report is printed as JSON.
    """
    document = report_bytes or as_json(report, indent=2)
    write_site(out, pages(Book(report, rows), words), {"report.json": document})


def as_json(document: Mapping[str, Any], *, indent: int, sort_keys: bool = False) -> bytes:
    """The document as it lies beside its pages."""
    text = json.dumps(document, ensure_ascii=False, indent=indent, sort_keys=sort_keys, allow_nan=False) + "\n"
    return text.encode("utf-8", "backslashreplace")


def write_site(out: Path, made: Iterable[tuple[str, str]], beside: Mapping[str, bytes], *, assets: Iterable[str] = ASSETS) -> None:
    """Write pages, assets and the files ``beside`` them into the folder ``out``, which is made if absent. Every site is written here."""
    every = {name: content.encode("utf-8") for name, content in made}
    every |= {f"assets/{asset}": (files("tallyproof_site") / "assets" / asset).read_bytes() for asset in assets}
    for name, content in sorted((every | dict(beside)).items()):
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def environment() -> Environment:
    env = Environment(
        loader=PackageLoader("tallyproof_site"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    env.filters |= {"clean": clean, "ident": ident, "slug": slug}
    env.globals |= {"csp": CSP, "KINDS": KINDS, "STATUSES": STATUSES, "ROLES": ROLES, "LANGUAGES": list(LANGUAGES)}
    return env


def pages(book: Book, words: Words) -> Iterator[tuple[str, str]]:
    """``(file name, text)`` of every page and CSV file."""
    env = environment()
    speakers: list[dict[str, Any]] = []
    pairs = {contest.id: copies.pairs(contest) for contest in book.contests}
    for language in LANGUAGES:
        writer = _Writer(env, book, words, language, pairs)
        speakers.append(writer.context)
        yield from writer.pages()
    yield (
        "index.html",
        env.get_template("landing.html").render(book=book, editions=speakers, title=speakers[0]["package_title"], heading=""),
    )
    for contest in book.contests:
        yield tables.csv_name(contest), csv_text(tables.station_rows(contest))
    yield "findings.csv", csv_text(tables.finding_rows(book))


class _Writer:
    """The pages of one language."""

    def __init__(self, env: Environment, book: Book, words: Words, language: str, pairs: Mapping[str, list[copies.Pair]]) -> None:
        self._pairs = pairs
        self._env, self._book = env, book
        self._chrome = chrome = Chrome(language)
        self._speaker = Speaker(book, words, chrome)

        def bdi(value: object) -> Markup:
            return isolated(isolate(chrome.shown(value)))

        self.context: dict[str, Any] = {
            "book": book,
            "t": chrome,
            "plain": chrome.plain,
            "bdi": bdi,
            "num": number,
            "signed": signed,
            "say": self._speaker,
            "csv_name": tables.csv_name,
            "language": language,
            "dir": chrome.dir,
            "package_title": self._localised("title") or clean(book.package["name"]),
            "notice": self._localised("notice"),
        }

    def _localised(self, key: str) -> str:
        package = self._book.package
        own, other = (f"{key}_ur", key) if self._chrome.language == "ur" else (key, f"{key}_ur")
        return clean(package.get(own) or "") or clean(package.get(other) or "")

    def _render(self, template: str, page: str, **more: Any) -> tuple[str, str]:
        text = self._env.get_template(template).render(self.context, page=page, **more)
        return f"{self._chrome.language}/{page}", text

    def pages(self) -> Iterator[tuple[str, str]]:
        yield self._render("overview.html", "index.html", contest=None, checked=scope(self._book, self._chrome))
        for contest in self._book.contests:
            yield self._render(
                "contest.html", f"contest-{contest.slug}.html", contest=contest, **self._plots(contest), **self._parts(contest)
            )
            yield self._render("views.html", f"views-{contest.slug}.html", contest=contest)
            yield self._render(
                "stations.html",
                f"stations-{contest.slug}.html",
                contest=contest,
                has_rolls=any(station.row.get("roll") is not None for station in contest.shown),
            )
        yield self._render("findings.html", "findings.html", contest=None)
        for code in self._book.codes:
            yield self._render("code.html", code.href, contest=None, code=code, **self._cards(code))
        yield self._render("statements.html", "statements.html", contest=None, said=self._said, found=self._found, citation=_citation)
        yield self._render("checks.html", "checks.html", contest=None, checks=tables.checks(self._book))

    def _cards(self, code: Code) -> dict[str, Any]:
        """What every card of a code says in the same words is said once, above them."""
        cards = self._speaker.cards(code)
        same_do, same_innocent = len({card.do for card in cards}) == 1, len({card.innocent for card in cards}) == 1
        return {"cards": cards, "shared": {"do": same_do, "innocent": same_innocent}}

    def _parts(self, contest: Contest) -> dict[str, Any]:
        areas = contest.areas
        counts = Counter(str(finding["code"]) for finding in contest.findings)
        return {
            "areas": areas,
            "area_stages": sorted({stage for area in areas for total in area["totals"] for stage in total.get("declared") or {}}),
            "codes": [code for code in self._book.codes if code.id in counts],
            "code_counts": counts,
            "disputed_keys": [str(station.row["station"]) for station in contest.disputed],
        }

    def _said(self, item: Mapping[str, Any]) -> Markup:
        """The figure of a statement with how exact it was meant to be."""
        chrome, rounding = self._chrome, str(item.get("rounding") or "exact")
        figure = isolated(isolate(number(item["value"])))
        if rounding == "exact":
            return figure
        key = "nearest" if rounding.isdigit() else rounding
        how = chrome(f"statements.rounding.{key}", n=int(rounding) if rounding.isdigit() else None)
        return Markup('{} <span class="quiet">({})</span>').format(figure, how)

    def _found(self, item: Mapping[str, Any]) -> Markup:
        """The figure that the statement is held against: a count or a range."""
        return self._chrome.interval(item.get("low"), item.get("high"))

    def _plots(self, contest: Contest) -> dict[str, Any]:
        chrome = self._chrome
        fall = waterfall.draw(contest, chrome, key="fall")
        pairs = [
            {"pair": pair, "svg": copies.draw(pair, contest, chrome, key=f"copy{place}"), "text": copies.conclusion(pair, contest, chrome)}
            for place, pair in enumerate(self._pairs[contest.id])
        ]
        return {
            "bars": bars.draw(contest, chrome, key="bars"),
            "bars_text": bars.conclusion(contest, chrome),
            "fall": fall,
            "fall_text": waterfall.conclusion(contest, chrome) if fall else "",
            "fall_table": waterfall.table(contest) if fall else [],
            "fall_end": waterfall.steps(contest, chrome)[-1].label if fall else "",
            "copies": pairs,
            "copies_rows": copies.TABLE,
            "coverage": coverage.draw(contest, chrome, key="cover"),
            "coverage_text": coverage.conclusion(contest, chrome),
        }


def _citation(where: str) -> Markup:
    """A source as it was named: a plain link if it is a web address, text otherwise."""
    text = clean(where)
    if re.fullmatch(r"https?://[^\s<>\"']+", text):
        return Markup('<a href="{}" rel="noreferrer noopener external"><bdi dir="ltr">{}</bdi></a>').format(text, text)
    return isolated(isolate(text))
