"""The style sheet: logical properties only, nothing fetched; and the contrast of every colour on its ground."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

CSS = (files("tallyproof_site") / "assets" / "style.css").read_text("utf-8")
RULES = re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL)


def test_no_physical_direction() -> None:
    properties = re.findall(r"(?<![\w-])([a-z-]+)\s*:", re.sub(r"@media[^{]*", "", RULES))
    assert not [name for name in properties if re.search(r"(^|-)(left|right|top|bottom)(-|$)", name)]
    assert not [name for name in properties if name in ("width", "height", "min-width", "max-height", "min-height")]
    values = re.findall(r":\s*([^;{}]+)[;}]", RULES)
    assert not [value for value in values if re.search(r"\b(left|right)\b", value)]


def test_nothing_is_fetched() -> None:
    assert "url(" not in RULES
    assert "@import" not in RULES
    assert "http" not in RULES


def test_urdu_has_room() -> None:
    leading = re.search(r'\[lang="ur"\] \{[^}]*--leading: ([\d.]+)', RULES)
    assert leading
    assert float(leading[1]) >= 2


def colours(dark: bool) -> dict[str, str]:
    light, _, rest = RULES.partition("@media screen and (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", light))
    return found | (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", rest.partition("}")[0])) if dark else {})


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_contrast(dark: bool) -> None:
    """WCAG 2.2: text 4.5 to 1, marks 3 to 1."""
    named = colours(dark)
    for ground in ("paper", "sheet", "tint"):
        for text in ("ink", "quiet", "link"):
            assert contrast(named[text], named[ground]) >= 4.5, (text, ground)
    for kind in ("proof", "conflict", "gap", "lead", "good"):
        for ground in ("paper", "sheet", f"{kind}-tint"):
            assert contrast(named[kind], named[ground]) >= 4.5, (kind, ground)
    assert contrast(named["notice-ink"], named["notice"]) >= 7
    for place in range(1, 9):
        assert contrast(named[f"c{place}"], named["sheet"]) >= 3, place
