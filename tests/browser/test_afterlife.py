"""The pages of the story in a browser: accessible, readable on a narrow screen, without a script, without a network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tallyproof.cli.after_report import write_after
from tallyproof.cli.story import case_page, document_of
from tests.support.story_ps129 import story

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
KINDS = ("docket", "seat", "case")
EVERY = [(kind, language) for kind in KINDS for language in ("en", "ur")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The story as it is told to the end."""
    made, out = story(), tmp_path_factory.mktemp("story")
    write_after(document_of(made), dict(enumerate(made.entries)), out)
    return out


@pytest.fixture
def show(open_file: Open, folder: Path) -> Open:
    """Opens a page of a kind."""
    pages = {"docket": "index.html", "seat": "seat-PS-129.html", "case": case_page(folder / "en")}

    def opened(kind: str, language: str, **options: Any) -> Any:
        return open_file(folder / language / pages[kind], **options)

    return opened


@pytest.mark.parametrize(("kind", "language"), EVERY)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(show: Open, kind: str, language: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python").Axe()
    found = axe.run(show(kind, language, color_scheme=scheme), options={"preload": False})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize(("kind", "language"), EVERY)
@pytest.mark.parametrize("width", [320, 640])
def test_the_page_never_scrolls_sideways(show: Open, kind: str, language: str, width: int) -> None:
    """640 CSS pixels are 200 % of 1280, 320 are 400 %."""
    page = show(kind, language, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("getComputedStyle(document.body).overflowX") == "visible", "nothing is merely cut off"


@pytest.mark.parametrize("kind", ["seat", "case"])
@pytest.mark.parametrize("language", ["en", "ur"])
def test_no_table_scrolls_up_and_down(show: Open, kind: str, language: str) -> None:
    heights = show(kind, language).evaluate("[...document.querySelectorAll('.scroll')].map((one) => one.scrollHeight - one.clientHeight)")
    assert heights
    assert max(heights) <= 0, heights


@pytest.mark.parametrize("language", ["en", "ur"])
def test_without_a_script_the_time_line_is_there(show: Open, language: str) -> None:
    made = story()
    page = show("seat", language, java_script_enabled=False)
    assert page.locator("ol.timeline > li").count() == len(made.entries) - made.places["form 47"]


@pytest.mark.parametrize("language", ["en", "ur"])
def test_the_keyboard_reaches_the_entry_behind_a_line(show: Open, language: str) -> None:
    page = show("seat", language)
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('ol.timeline a')"):
            break
    else:
        pytest.fail("no entry of the time line is reached")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url("**/entries/151.txt")


def test_urdu_runs_from_right_to_left(show: Open) -> None:
    page = show("seat", "ur")
    assert page.evaluate("getComputedStyle(document.querySelector('.timeline')).direction") == "rtl"
    line, page_width = page.evaluate("(({right}) => right)(document.querySelector('.timeline').getBoundingClientRect())"), 1000
    assert line > page_width / 2
