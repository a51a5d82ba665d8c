"""The tables of docs/explanation/screens.md are those of what was measured, and that is what the screens say now."""

from __future__ import annotations

import pytest
from benchmarks import screens


def test_the_page_has_the_tables_and_names_every_screen() -> None:
    text = screens.text_of(screens.PAGE.read_text(encoding="utf-8"))
    assert "| nothing |" in text
    assert all(f"| {kind} |" in text for kind in screens.INJECTIONS)
    assert all(f"| {code} |" in text for code in screens.NAMES)


def test_the_tables_are_those_of_what_was_kept_and_nothing_is_missing() -> None:
    rows = screens.kept()
    assert list(rows) == list(screens.wanted())
    assert screens.text_of(screens.PAGE.read_text(encoding="utf-8")) == screens.tables(rows)


@pytest.mark.parametrize("kind", ["wide", "nothing", "stuffed", "copied"])
def test_what_was_kept_is_not_stale(kind: str) -> None:
    """One election of a kind, made again; all of them are made with ``python -m benchmarks.screens measure`` after deleting the file."""
    assert screens.one(kind, 1) == screens.kept()[kind, 1]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["wide", "nothing", *screens.INJECTIONS])
def test_more_of_it_is_not_stale(kind: str) -> None:
    for seed in (7, 23):
        assert screens.one(kind, seed) == screens.kept()[kind, seed]
