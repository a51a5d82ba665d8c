"""Pages about cases and seats, from the document ``specs/afterlife-v1.md`` alone: a docket, a page a seat, a page a case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markupsafe import Markup

from tallyproof_site.chrome import LANGUAGES, Chrome, number
from tallyproof_site.pages import as_json, environment, write_site
from tallyproof_site.plots import lasting
from tallyproof_site.safe import clean, ident, isolate, isolated, slug, slugs

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CasePage:
    """A case, where it is shown, and what was said and done in it."""

    row: Row
    page: str
    events: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class ContestPage:
    """A contest of the document, with where it is shown."""

    row: Row
    page: str
    cases: tuple[CasePage, ...]
    people: Mapping[str, Row] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return str(self.row["contest"])


def build_afterlife(document: Row, out: Path, *, text: str | None = None, entries: Mapping[int, bytes] | None = None) -> None:
    """Write the pages into the folder ``out``, which is made if absent.

    ``text``: the document as it is written beside them. ``entries``: signed entries by index, written as they are and linked to.
    """
    written = text.encode("utf-8", "backslashreplace") if text else as_json(document, indent=1, sort_keys=True)
    signed = {f"entries/{int(index)}.txt": data for index, data in (entries or {}).items()}
    write_site(out, _pages(document, frozenset(entries or ())), {"afterlife.json": written, **signed})


def _contests(document: Row) -> list[ContestPage]:
    names = slugs([str(row["contest"]) for row in document["contests"]])
    return [
        ContestPage(
            row,
            f"seat-{names[str(row['contest'])]}.html",
            tuple(CasePage(case, f"case-{slug(str(case['complaint']))[:24]}.html", _of_case(row["events"], case)) for case in row["cases"]),
            {str(one["candidate"]): one for one in row["candidates"]},
        )
        for row in document["contests"]
    ]


def _of_case(events: list[Row], case: Row) -> tuple[Row, ...]:
    """The complaint, each step and ruling that names it, and the acts that carry out its decisions."""
    acts = {act for one in case["decisions"] for act in one["acts"]}
    return tuple(
        one for one in events if one["index"] in acts or one["index"] == case["index"] or one["of"].get("complaint") == case["complaint"]
    )


def event_key(event: Row) -> str:
    """The word for an event: by its type and what it says."""
    kind, says = str(event["type"]), str(event.get("says") or "")
    return f"after.event.{kind}-{says}" if kind in ("declaration", "seat-status", "case-step", "ruling") else f"after.event.{kind}"


def indexes(document: Row) -> frozenset[int]:
    """The entries that the pages name."""

    def walk(value: object) -> Iterator[int]:
        if isinstance(value, Mapping):
            if isinstance(index := value.get("index"), int):
                yield index
            for one in value.values():
                yield from walk(one)
        elif isinstance(value, list | tuple):
            for one in value:
                yield from walk(one)

    return frozenset(walk(document["contests"]))


def _pages(document: Row, linked: frozenset[int]) -> Iterator[tuple[str, str]]:
    env = environment()
    contests = _contests(document)
    by_key = {one.key: one for one in contests}
    by_case = {case.row["complaint"]: case for one in contests for case in one.cases}
    docket = [{**row, "page": by_case[row["complaint"]].page, "of": by_key[str(row["contest"])]} for row in document["docket"]]
    for language in LANGUAGES:
        chrome = Chrome(language)

        def bdi(value: object, chrome: Chrome = chrome) -> Markup:
            return isolated(isolate(chrome.shown(value)))

        def office(name: str, chrome: Chrome = chrome) -> str:
            kind, _, whose = str(name).partition(":")
            key = f"after.office.{kind}"
            return chrome.plain(key, name=ident(whose)) if chrome.has(key) else chrome.plain("after.office.other", name=ident(name))

        def known_event(event: Row, chrome: Chrome = chrome) -> str:
            key = event_key(event)
            return key if chrome.has(key) else "after.event.other"

        election = document.get("election") or {}
        context = {
            "document": document, "contests": contests, "docket": docket, "t": chrome, "plain": chrome.plain, "bdi": bdi, "num": number,
            "office": office, "event_key": known_event, "language": language, "dir": chrome.dir,
            "notice": clean(str(document.get("notice", {}).get(language, ""))), "linked": linked,
            "package_title": chrome.name(election, clean(document["origin"])),
        }  # fmt: skip

        def render(template: str, page: str, context: dict[str, Any] = context, **more: Any) -> tuple[str, str]:
            return f"{context['language']}/{page}", env.get_template(template).render(context, page=page, **more)

        yield render("after_docket.html", "index.html")
        for item in contests:
            drawn = [lasting.draw(seat, chrome, key=f"l{at}") for at, seat in enumerate(item.row["seats"]) if seat["changes"]]
            yield render("after_seat.html", item.page, item=item, lasting=drawn)
            for case in item.cases:
                bars = [lasting.draw_change(item, one, chrome, key=f"b{at}") for at, one in enumerate(case.row["decisions"])]
                yield render("after_case.html", case.page, item=item, case=case, bars=bars)
    editions = [{"t": Chrome(one)} for one in LANGUAGES]
    title = editions[0]["t"].name(document["election"], document["origin"])
    yield "index.html", env.get_template("after_landing.html").render(editions=editions, title=title, heading="")
