"""The pages in a browser: accessible, usable from the keyboard, on a narrow screen, without a script, without a network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.pages import wait_until

pytestmark = pytest.mark.browser

KINDS = {
    "landing": ("na128", "index.html"),
    "overview": ("ps129", "{}/index.html"),
    "contest": ("na128", "{}/contest-NA-128.html"),
    "views": ("na128", "{}/views-NA-128.html"),
    "stations": ("na128", "{}/stations-NA-128.html"),
    "findings": ("na128", "{}/findings.html"),
    "code": ("na128", "{}/findings-C01.html"),
    "lead": ("na128", "{}/findings-S01.html"),
    "statements": ("ps129", "{}/statements.html"),
    "checks": ("na128", "{}/checks.html"),
    "hostile": ("hostile", "{}/contest-na-1.html"),
}
EVERY = [(kind, language) for kind in KINDS for language in ("en", "ur") if (kind, language) != ("landing", "ur")]

Open = Callable[..., Any]


@pytest.fixture
def show(open_file: Open, folders: dict[str, Path]) -> Open:
    """Opens a page of a kind."""

    def opened(kind: str, language: str, **options: Any) -> Any:
        sample, path = KINDS[kind]
        return open_file(folders[sample] / path.format(language), **options)

    return opened


@pytest.mark.parametrize(("kind", "language"), EVERY)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(show: Open, kind: str, language: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python").Axe()
    page = show(kind, language, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
    found = axe.run(page, options={"preload": False})  # axe would fetch the sheet again, which the policy forbids
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize(("kind", "language"), EVERY)
@pytest.mark.parametrize("width", [320, 640])
def test_the_page_never_scrolls_sideways(show: Open, kind: str, language: str, width: int) -> None:
    """320 CSS pixels are WCAG's reflow width (400 % of 1280); 640 are 200 % of it."""
    page = show(kind, language, width=width)
    page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("getComputedStyle(document.body).overflowX") == "visible", "nothing is merely cut off"


@pytest.mark.parametrize("language", ["en", "ur"])
def test_style_is_loaded_from_a_file(show: Open, language: str) -> None:
    page = show("overview", language)
    assert page.evaluate("getComputedStyle(document.querySelector('.facts')).display") == "grid"
    leading = page.evaluate(
        """(() => {
            const style = getComputedStyle(document.querySelector('main p'));
            return parseFloat(style.lineHeight) / parseFloat(style.fontSize);
        })()"""
    )
    assert leading >= (2 if language == "ur" else 1.5)


@pytest.mark.parametrize("language", ["en", "ur"])
def test_the_first_tab_skips_to_the_content(show: Open, language: str) -> None:
    page = show("contest", language)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    box = page.evaluate("(({top, left, right}) => ({top, left, right}))(document.activeElement.getBoundingClientRect())")
    assert box["top"] >= 0, "visible when focused"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("language", ["en", "ur"])
def test_the_keyboard_sorts_the_stations(show: Open, language: str) -> None:
    page = show("stations", language)
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('th[data-column=\"0\"] button')"):
            break
    else:
        pytest.fail("the sort button is not reached")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"

    def column() -> list[int]:
        return [int(text) for text in page.locator("table.stations tbody th").all_inner_texts()]

    given = column()
    page.keyboard.press("Enter")
    assert page.locator("th[data-column='0']").get_attribute("aria-sort") == "ascending"
    assert column() == sorted(given)
    page.keyboard.press("Enter")
    assert page.locator("th[data-column='0']").get_attribute("aria-sort") == "descending"
    assert column() == sorted(given, reverse=True)
    assert page.locator("#sort-status").inner_text()
    assert page.locator("th[aria-sort]:not([aria-sort='none'])").count() == 1


def test_figures_sort_as_numbers_with_gaps_last(show: Open) -> None:
    page = show("stations", "en")
    heading = page.locator("th[data-column]").nth(4)
    place = int(heading.get_attribute("data-column"))
    heading.locator("button").click()
    texts = [row.locator("td, th").nth(place).inner_text() for row in page.locator("table.stations tbody tr").all()]
    read = [int(text.replace(",", "")) for text in texts if text != "–"]
    assert read == sorted(read)
    assert texts[: len(read)] == [text for text in texts if text != "–"], "a figure that is not there is not the smallest"


@pytest.mark.parametrize("language", ["en", "ur"])
def test_without_a_script_everything_is_there(show: Open, language: str) -> None:
    page = show("stations", language, java_script_enabled=False)
    assert page.locator("table.stations tbody tr").count() == 40
    assert page.locator("th button").count() == 0
    assert page.locator("table.stations tbody tr:visible").count() == 40
    page.locator("#f-missing").check()
    assert page.locator("table.stations tbody tr:visible").count() == page.locator("tr.missing").count() < 40
    page.locator("#f-all").check()
    assert page.locator("table.stations tbody tr:visible").count() == 40


@pytest.mark.parametrize("language", ["en", "ur"])
def test_tables_scroll_in_a_named_region_from_the_keyboard(show: Open, language: str) -> None:
    page = show("stations", language, width=360)
    region = page.locator(".scroll").first
    assert region.get_attribute("role") == "region"
    assert region.get_attribute("aria-label")
    region.focus()
    page.keyboard.press("ArrowLeft" if language == "ur" else "ArrowRight")
    wait_until(page, "Math.abs(document.querySelector('.scroll').scrollLeft) > 0")


def test_plots_are_mirrored_in_urdu(show: Open) -> None:
    def first_bar(language: str) -> tuple[float, float]:
        page = show("contest", language)
        bar = page.locator("svg.plot rect.c1").first.bounding_box()
        track = page.locator("svg.plot rect.track").first.bounding_box()
        return bar["x"] - track["x"], track["x"] + track["width"] - bar["x"] - bar["width"]

    english, urdu = first_bar("en"), first_bar("ur")
    assert english[0] == pytest.approx(0, abs=1)
    assert urdu[1] == pytest.approx(0, abs=1)


@pytest.mark.parametrize("language", ["en", "ur"])
@pytest.mark.parametrize("width", [360, 1280])
def test_labels_of_plots_do_not_leave_them_or_meet(show: Open, language: str, width: int) -> None:
    page = show("contest", language, width=width)
    clashes = page.evaluate(
        """() => [...document.querySelectorAll('svg.plot')].flatMap((svg) => {
            // Nastaliq letters reach a little beyond their advance: the card around the plot is what must hold them.
            const frame = svg.closest('figure').getBoundingClientRect();
            const texts = [...svg.querySelectorAll('text')].map((text) => [text.textContent, text.getBoundingClientRect()]);
            const beyond = ([, box]) => box.left < frame.left || box.right > frame.right;
            const out = texts.filter(beyond).map(([words]) => `outside: ${words}`);
            for (const [i, [words, a]] of texts.entries()) for (const [other, b] of texts.slice(i + 1)) {
              const middle = (box) => (box.top + box.bottom) / 2;
              const beside = Math.abs(middle(a) - middle(b)) < 4;
              if (beside && a.left < b.right && b.left < a.right) out.push(`meet: ${words} | ${other}`);
            }
            return out;
        })"""
    )
    assert clashes == []


def test_print_is_dark_on_white_without_navigation(show: Open) -> None:
    page = show("contest", "en", color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.documentElement).color") == "rgb(0, 0, 0)"
    assert not page.locator("nav").first.is_visible()
    assert page.locator(".notice").is_visible(), "the notice is printed too"
