"""The pages of an evidence bundle in a browser: accessible, on a narrow screen, without a script, asking for their own files alone."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from tallyproof.cli.case_export import bundle_of, read_given
from tallyproof.formats.package import read_package
from tallyproof.publish.bundle_data import evidence
from tests.support.builders import build, dec, rec
from tests.support.story_na128 import NUMBER, story, write_log

pytestmark = pytest.mark.browser
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>' + "x" * 200
PAGES = ("index{}.html", "exhibits/0001.{}.html", "exhibits/0002.{}.html", "exhibits/0008.{}.html")
EVERY = [(page, language) for page in PAGES for language in ("en", "ur")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case with an order, two stations, one of them with copies that differ, and a name that would be markup."""
    place = tmp_path_factory.mktemp("pages")
    records = [rec(one, source, A=number, B=40) for one in ("1", "2") for source, number in (("commission", 50), ("agent:P", 30))]
    built = build("A B", stations={"1": 200, "2": 200}, records=records, declared=[dec(A=100, B=80), dec(station="1", A=77)])
    rows = [{"contest": "NA-1", "candidate": "A", "name": HOSTILE}, {"contest": "NA-1", "candidate": "B", "name_ur": "مخالف"}]
    package = built.with_rows("candidates", rows).write(place / "package")
    write_log(story(read_package(package), "NA-1", ("1", "2"), "P"), place / "log")
    given = read_given(str(place / "log"), NUMBER, package, None)
    (place / "a.zip").write_bytes(bundle_of(given, evidence(given), ("en", "ur")))
    with zipfile.ZipFile(place / "a.zip") as archive:
        archive.extractall(place / "bundle")
    return place / "bundle"


def opened(browser: Any, folder: Path, page: str, language: str, width: int) -> tuple[Any, list[str]]:
    context = browser.new_context(viewport={"width": width, "height": 800})
    shown, told = context.new_page(), list[str]()
    shown.on("request", lambda request: told.append(request.url) if not request.url.startswith((folder.as_uri(), "data:")) else None)
    shown.on("console", lambda message: told.append(message.text))
    shown.on("pageerror", lambda error: told.append(str(error)))
    name = page.format("" if language == "en" else ".ur") if page.startswith("index") else page.format(language)
    shown.goto((folder / name).as_uri())
    return shown, told


@pytest.mark.parametrize(("page", "language"), EVERY)
def test_axe_finds_nothing(browser: Any, folder: Path, page: str, language: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python").Axe()
    shown, told = opened(browser, folder, page, language, 1000)
    found = axe.run(shown, options={"preload": False})
    assert found.violations_count == 0, found.generate_report()
    assert told == []
    assert shown.evaluate("getComputedStyle(document.querySelector('h1')).fontSize") == "25.6px", "the style is there"


@pytest.mark.parametrize(("page", "language"), EVERY)
def test_the_page_never_scrolls_sideways(browser: Any, folder: Path, page: str, language: str) -> None:
    shown, told = opened(browser, folder, page, language, 320)
    assert shown.evaluate("document.documentElement.scrollWidth") <= 320
    assert told == []


@pytest.mark.parametrize("language", ["en", "ur"])
def test_what_differs_is_said_in_words(browser: Any, folder: Path, language: str) -> None:
    shown, _ = opened(browser, folder, "exhibits/0008.{}.html", language, 1000)
    marked = shown.evaluate("[...document.querySelectorAll('tr.differs .mark')].map((one) => one.textContent)")
    assert marked == ["differs by 47" if language == "en" else "47 کا فرق"]
    assert shown.evaluate("document.documentElement.dir") == ("rtl" if language == "ur" else "ltr")
