"""Pages of cases and seats: valid, linked, from their document alone; what is invented says so on each; names from outside stay text."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tallyproof.cli.after_report import write_after
from tallyproof.cli.story import document_of
from tallyproof.publish.afterlife import afterlife, to_json
from tallyproof.publish.story import NOTICE
from tallyproof_site.afterlife import build_afterlife, indexes
from tests.site.conftest import Site
from tests.support.entry_logs import election
from tests.support.story_ps129 import story

HTML = "{http://www.w3.org/1999/xhtml}"
EVIL = "</bdi><script>alert(1)</script>\u202e<img src=x onerror=alert(2)> {{ 7*7 }} \"'&"


def hostile() -> dict[str, Any]:
    """The story's document with a hostile text wherever an entry may have one."""
    document = deepcopy(document_of(story()))
    free = {"summary", "number", "name", "name_ur", "party", "source", "origin", "override", "message", "office", "court", "who"}

    def spoil(value: Any) -> None:
        if isinstance(value, dict):
            for key, one in value.items():
                if key in free and isinstance(one, str) and key != "court":
                    value[key] = EVIL
                elif key in ("stations", "complainants", "respondents", "by", "to") and isinstance(one, list):
                    value[key] = [EVIL for _ in one]
                else:
                    spoil(one)
        elif isinstance(value, list):
            for one in value:
                spoil(one)

    spoil(document["contests"])
    document["origin"] = document["election"]["name"] = document["election"]["name_ur"] = EVIL
    document["contests"][0]["contest"] = "../../" + EVIL
    for row in document["docket"]:
        row["contest"] = document["contests"][0]["contest"]
    document["notice"] = {"en": EVIL, "ur": EVIL}
    return document


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Site]:
    made, found = story(), {}
    for name, size in (("story", None), ("asked", made.after("needs time")), ("first", made.places["form 47"])):
        folder, document = tmp_path_factory.mktemp(name), document_of(made, size)
        write_after(document, dict(enumerate(made.entries)), folder)
        found[name] = Site(name, folder, document)
    every, folder = election(), tmp_path_factory.mktemp("every")
    build_afterlife(document := afterlife(every.ledger.book, every.origin, every.size), folder)
    found["every"] = Site("every", folder, document)
    build_afterlife(evil := hostile(), folder := tmp_path_factory.mktemp("hostile"))
    found["hostile"] = Site("hostile", folder, evil)
    return found


@pytest.fixture(params=["story", "asked", "first", "every", "hostile"])
def site(request: pytest.FixtureRequest, folders: dict[str, Site]) -> Site:
    return folders[request.param]


def test_pages_are_valid_with_one_heading_and_no_id_twice(site: Site) -> None:
    for page in site.pages:
        tree = site.tree(page)
        ids = [one.get("id") for one in tree.iter() if one.get("id") is not None]
        assert len(ids) == len(set(ids)), (page, ids)
        levels = [int(one.tag[-1]) for one in tree.iter() if re.fullmatch(r".*}h[1-6]", str(one.tag))]
        assert levels.count(1) == 1, page
        assert all(after <= before + 1 for before, after in pairwise(levels)), (page, levels)
        for one in tree.iter():
            for name in ("aria-labelledby", "aria-describedby"):
                assert all(target in ids for target in (one.get(name) or "").split()), (page, name, one.get(name))


def test_every_link_leads_somewhere_and_nothing_comes_from_elsewhere(site: Site) -> None:
    for page in site.pages:
        tree = site.tree(page)
        for one in tree.iter():
            for name in ("href", "src"):
                target = one.get(name)
                if target is None or target == "data:,":
                    continue
                parts = urlsplit(target)
                assert not parts.scheme, (page, target)
                assert not parts.netloc, (page, target)
                path = (site.folder / page).parent / unquote(parts.path) if parts.path else site.folder / page
                assert path.resolve().is_relative_to(site.folder.resolve()), (page, target)
                assert path.exists(), (page, target)
                if parts.fragment:
                    there = site.tree(str(path.resolve().relative_to(site.folder.resolve())))
                    assert any(element.get("id") == unquote(parts.fragment) for element in there.iter()), (page, target)
        assert not list(tree.iter(f"{HTML}script")), page


@pytest.mark.parametrize(
    ("language", "waits", "nobody"),
    [("en", "Decided; its order is not carried out yet", "nobody"), ("ur", "فیصلہ ہو چکا؛ حکم پر ابھی پورا عمل نہیں ہوا", "کوئی نہیں")],
)
def test_an_order_that_waits_is_on_the_docket_and_says_so(tmp_path: Path, language: str, waits: str, nobody: str) -> None:
    made = story()
    for chapter, is_there in (("vacant", False), ("order", True), ("closed", False)):
        build_afterlife(document_of(made, made.after(chapter)), tmp_path / chapter)
        page = (tmp_path / chapter / language / "index.html").read_text(encoding="utf-8")
        assert (waits in page) is is_there, chapter
        assert chapter == "closed" or nobody in page, "the seat is vacant: nobody has a name to it"


@pytest.mark.parametrize("language", ["en", "ur"])
def test_every_page_of_the_story_says_what_is_invented(folders: dict[str, Site], language: str) -> None:
    for name in ("story", "asked", "first"):
        pages = [page for page in folders[name].pages if page.startswith(f"{language}/")]
        assert pages
        for page in pages:
            asides = ["".join(one.itertext()) for one in folders[name].tree(page).iter(f"{HTML}aside")]
            assert any(NOTICE[language] in text for text in asides), page


def test_every_invented_event_is_marked_and_no_other(folders: dict[str, Site]) -> None:
    made, site = story(), folders["story"]
    items = {one.get("id"): "".join(one.itertext()) for one in site.tree("en/seat-PS-129.html").iter(f"{HTML}li") if one.get("id")}
    marked = {int(name[2:]) for name, text in items.items() if "(invented)" in text}
    assert marked == set(range(made.first_invented, len(made.entries)))
    assert len(items) == len(made.entries) - made.places["form 47"]


def test_the_time_line_is_an_ordered_list_with_times(folders: dict[str, Site]) -> None:
    site = folders["story"]
    for page in ("en/seat-PS-129.html", "ur/seat-PS-129.html"):
        (line,) = [one for one in site.tree(page).iter(f"{HTML}ol") if one.get("class") == "timeline"]
        items = [one for one in line if one.tag == f"{HTML}li"]
        assert [one.get("id") for one in items] == [f"e-{one['index']}" for one in site.report["contests"][0]["events"]]
        times = [one.get("datetime") for one in line.iter(f"{HTML}time")]
        assert "2024-02-12" in times
        assert all(re.match(r"\d{4}-\d\d-\d\d", one) for one in times)


def test_every_picture_has_a_title_and_a_description(site: Site) -> None:
    for page in site.pages:
        for svg in site.tree(page).iter("{http://www.w3.org/2000/svg}svg"):
            if svg.get("aria-hidden") == "true":
                continue
            tags = [str(one.tag).rpartition("}")[2] for one in svg]
            assert tags[:2] == ["title", "desc"], (page, tags)


def test_entries_lie_beside_the_pages_as_they_are_in_the_log(folders: dict[str, Site]) -> None:
    made, site = story(), folders["story"]
    files = {int(path.stem): path.read_bytes() for path in (site.folder / "entries").iterdir()}
    assert files == {index: made.entries[index] for index in indexes(site.report)}
    assert made.places["form 47"] in files
    assert made.places["reconstructed-001"] in files, "evidence too"


def test_a_hostile_text_is_text_wherever_it_stands(folders: dict[str, Site]) -> None:
    site, shown = folders["hostile"], ""
    for page in site.pages:
        tree = site.tree(page)
        assert not list(tree.iter(f"{HTML}script")), page
        assert not list(tree.iter(f"{HTML}img")), page
        text = site.text(page)
        assert "\u202e" not in text, page
        shown += "".join(tree.itertext())
    assert "<script>alert(1)</script>" in shown
    assert "{{ 7*7 }}" in shown
    assert "{{ 49 }}" not in shown
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", path.name) for path in site.folder.rglob("*"))


def test_the_same_document_makes_the_same_bytes(folders: dict[str, Site], tmp_path: Path) -> None:
    made, site = story(), folders["story"]
    # from the JSON alone: what is not in the document cannot be on a page
    write_after(json.loads(to_json(site.report)), dict(enumerate(made.entries)), tmp_path)
    both = [{str(path.relative_to(one)): path.read_bytes() for path in one.rglob("*") if path.is_file()} for one in (site.folder, tmp_path)]
    assert both[0] == both[1]
