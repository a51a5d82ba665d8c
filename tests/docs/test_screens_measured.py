"""The tables of docs/explanation/screens.md are those that the benchmark makes of the screens as they are."""

from __future__ import annotations

import pytest
from benchmarks import screens


def test_the_page_has_the_tables_and_names_every_screen() -> None:
    text = screens.text_of(screens.PAGE.read_text(encoding="utf-8"))
    assert "| nothing |" in text
    assert all(f"| {kind} |" in text for kind in screens.INJECTIONS)
    assert all(f"| {code} |" in text for code in screens.NAMES)


@pytest.mark.slow
def test_the_tables_are_not_stale() -> None:
    assert screens.text_of(screens.PAGE.read_text(encoding="utf-8")) == screens.measured()
