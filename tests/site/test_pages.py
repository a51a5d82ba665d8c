"""Every page of every sample: valid HTML, the h1 in the title, no id twice, links that lead somewhere, nothing from elsewhere."""

from __future__ import annotations

import html
import json
import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tallyproof_site import build
from tests.site.conftest import Site
from tests.site.sample import SAMPLES, StubWords, large

URL = re.compile(r"^[a-z][a-z0-9+.-]*:|^//", re.IGNORECASE)
HTML = "{http://www.w3.org/1999/xhtml}"


def test_pages_parse_strictly(site: Site) -> None:
    for page in site.pages:
        site.tree(page)


def test_title_begins_with_the_only_h1(site: Site) -> None:
    for page in site.pages:
        tree = site.tree(page)
        heads = ["".join(element.itertext()) for element in tree.iter(f"{HTML}h1")]
        assert len(heads) == 1, page
        title = "".join(next(tree.iter(f"{HTML}title")).itertext())
        assert title.startswith(" ".join(heads[0].split())), page


def test_headings_leave_out_no_level(site: Site) -> None:
    for page in site.pages:
        tags = [str(element.tag) for element in site.tree(page).iter()]
        levels = [int(tag[-1]) for tag in tags if re.fullmatch(r".*}h[1-6]", tag)]
        assert all(after <= before + 1 for before, after in pairwise(levels)), (page, levels)


def test_ids_are_unique(site: Site) -> None:
    for page in site.pages:
        ids = [element.get("id") for element in site.tree(page).iter() if element.get("id") is not None]
        assert len(ids) == len(set(ids)), (page, sorted({one for one in ids if ids.count(one) > 1}))


def test_references_to_ids_resolve(site: Site) -> None:
    for page in site.pages:
        tree = site.tree(page)
        ids = {element.get("id") for element in tree.iter()}
        for element in tree.iter():
            for name in ("aria-labelledby", "aria-describedby", "data-status"):
                assert all(one in ids for one in (element.get(name) or "").split()), (page, name, element.get(name))


def test_links_inside_lead_to_a_page_and_an_id(site: Site) -> None:
    ids = {page: {element.get("id") for element in site.tree(page).iter() if element.get("id") is not None} for page in site.pages}
    for page in site.pages:
        for element in site.tree(page).iter(f"{HTML}a"):
            href = element.get("href")
            if URL.match(href):
                continue
            parts = urlsplit(href)
            target = (site.folder / page).parent / unquote(parts.path) if parts.path else site.folder / page
            assert target.resolve().is_file(), (page, href)
            assert target.resolve().is_relative_to(site.folder.resolve()), (page, href)
            if parts.fragment:
                assert parts.fragment in ids[str(target.resolve().relative_to(site.folder.resolve()))], (page, href)


def test_nothing_comes_from_elsewhere(site: Site) -> None:
    """No attribute names another host, except a plain link to a source that somebody cited."""
    for page in site.pages:
        for element in site.tree(page).iter():
            for name, value in element.attrib.items():
                if element.tag == f"{HTML}a" and name == "href":
                    assert not URL.match(value) or value.startswith(("https://", "http://")), (page, value)
                elif element.tag == f"{HTML}link" and element.get("rel") == "icon":
                    assert value in ("icon", "data:,")
                else:
                    assert not URL.match(value) or name not in ("href", "src", "srcset", "action", "data", "poster"), (page, name, value)
                    assert name != "style", page
                    assert not name.startswith("on"), (page, name)
                    assert "url(http" not in value, page


def test_csp_allows_only_our_own_files(site: Site) -> None:
    for page in site.pages:
        policy = re.search(r'Content-Security-Policy" content="([^"]*)"', site.text(page))
        assert policy, page
        assert html.unescape(policy[1]).startswith(
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'"
        )
        assert not re.search(r"<script(?! src=\"\.\./assets/sort\.js\" defer)", site.text(page)), page
        assert "<style" not in site.text(page)


def test_notice_is_on_every_page(site: Site) -> None:
    notice = site.report["package"]["notice"]
    if not notice:
        pytest.skip("this sample has no notice")
    for page in site.pages:
        text = "".join(site.tree(page).itertext())
        own = site.report["package"]["notice_ur"] if page.startswith("ur/") else ""
        assert (own or notice.replace("\u202e", "")) in text, page


def test_pages_stay_small(tmp_path: Path) -> None:
    report, rows = large(5_000)
    build(report, rows, tmp_path, StubWords())
    sizes = {path.name: path.stat().st_size for path in tmp_path.rglob("*.html")}
    assert max(sizes.values()) < 1_500_000, sizes
    assert sizes["stations-BIG.html"] > 300_000, "the sample is large enough to tell"


def test_both_languages_have_the_same_pages(site: Site) -> None:
    names = {language: {page[3:] for page in site.pages if page.startswith(f"{language}/")} for language in ("en", "ur")}
    assert names["en"] == names["ur"]
    for page in names["ur"]:
        assert '<html lang="ur" dir="rtl">' in site.text(f"ur/{page}")
        assert '<html lang="en" dir="ltr">' in site.text(f"en/{page}")


@pytest.mark.parametrize("name", ["ps129", "na128", "hostile", "empty"])
def test_two_builds_give_the_same_bytes(name: str, tmp_path: Path) -> None:
    def files(folder: Path) -> dict[str, bytes]:
        report, rows = SAMPLES[name]()
        build(report, rows, folder, StubWords())
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    first = files(tmp_path / "a")
    assert first == files(tmp_path / "b")
    assert first == files(tmp_path / "a"), "building over an older site changes nothing"


def test_report_is_the_bytes_that_were_given(tmp_path: Path) -> None:
    report, rows = SAMPLES["ps129"]()
    build(report, rows, tmp_path, StubWords())
    assert json.loads((tmp_path / "report.json").read_bytes()) == report
    build(report, rows, tmp_path, StubWords(), report_bytes=b"{}\n")
    assert (tmp_path / "report.json").read_bytes() == b"{}\n"


def test_every_plot_has_a_title_a_conclusion_and_its_table(site: Site) -> None:
    for page in site.pages:
        for figure in site.tree(page).iter(f"{HTML}figure"):
            plots = [element for element in figure.iter() if element.get("role") == "img"]
            assert len(plots) == 1, page
            words = {str(child.tag).rpartition("}")[2]: child.text for child in plots[0]}
            assert words["title"], page
            assert words["desc"], page
            assert words["desc"] == "".join(next(figure.iter(f"{HTML}figcaption"))[0].itertext()), "the conclusion is also there to read"
