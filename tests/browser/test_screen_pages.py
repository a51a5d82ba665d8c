"""The pages of screens in a browser: accessible, narrow, in both directions, and asking nobody for anything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tallyproof.findings import words
from tallyproof.findings.screened import document
from tallyproof.formats.package import read_package
from tallyproof.screens.battery import battery
from tallyproof_site.screened import build_screens
from tests.support.nulls import injected, made
from tests.support.screen_tables import table_of

pytestmark = pytest.mark.browser

PAGES = [("index.html", "en"), ("en/index.html", "en"), ("ur/index.html", "ur")]
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An election of 300 made stations in which sheets were copied, so that there are leads, pictures and screens that cannot tell."""
    from tallyproof.examples import ps129

    table = table_of(injected(made(2, stations=300, areas=15), "copied", 2, share=0.1, strength=0.3), 2)
    about = read_package(Path(ps129.__path__[0]))
    shown = document(about, [table], battery([table], seed=1), seed=1)
    assert shown["leads"]
    out = tmp_path_factory.mktemp("screens")
    build_screens(shown, out, words.table)
    return out


@pytest.fixture
def show(open_file: Open, folder: Path) -> Open:
    """Opens a page, with everything in it that can be opened."""

    def opened(path: str, **options: Any) -> Any:
        page = open_file(folder / path, **options)
        page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
        return page

    return opened


@pytest.mark.parametrize(("path", "language"), PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(show: Open, path: str, language: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python").Axe()
    found = axe.run(show(path, color_scheme=scheme), options={"preload": False})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize(("path", "language"), PAGES)
@pytest.mark.parametrize("width", [320, 640])
def test_the_page_never_scrolls_sideways(show: Open, path: str, language: str, width: int) -> None:
    page = show(path, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("getComputedStyle(document.body).overflowX") == "visible", "nothing is merely cut off"


@pytest.mark.parametrize(("path", "language"), PAGES)
def test_language_and_direction(show: Open, path: str, language: str) -> None:
    page = show(path)
    assert page.evaluate("document.documentElement.lang") == language
    assert page.evaluate("getComputedStyle(document.documentElement).direction") == ("rtl" if language == "ur" else "ltr")


@pytest.mark.parametrize("language", ["en", "ur"])
def test_every_lead_says_what_it_is_and_every_picture_has_its_table(show: Open, language: str) -> None:
    page = show(f"{language}/index.html")
    note = words.table(language)["screen-note"]
    assert note["lead"] in page.inner_text("main")
    assert note["weighted"] in page.inner_text("main")
    assert page.locator("figure svg").count() == page.locator("figure + details table").count() > 1
