"""Names and keys from outside stay text: in HTML, in file names, in spreadsheets, in the direction of the line."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallyproof_site.safe import cell, clean, csv_text, ident, isolated, slug, slugs
from tests.site.conftest import Site

HTML = "{http://www.w3.org/1999/xhtml}"
OVERRIDES = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2067]")


def test_markup_in_names_is_text(sites: dict[str, Site]) -> None:
    site = sites["hostile"]
    shown = ""
    for page in site.pages:
        tree = site.tree(page)
        for script in tree.iter(f"{HTML}script"):
            assert script.get("src") == "../assets/sort.js", page
            assert not (script.text or "").strip(), page
        assert not list(tree.iter(f"{HTML}img")), page
        assert not list(tree.iter(f"{HTML}u")), page
        shown += "".join(tree.itertext())
    assert "<script>alert(2)</script>" in shown
    assert '"><img src=x onerror=alert(3)>' in shown
    assert "{{ 7*7 }}" in shown
    assert "7*7 }} 49" not in shown


def test_no_page_has_a_direction_control(sites: dict[str, Site]) -> None:
    for page in sites["hostile"].pages:
        text = sites["hostile"].text(page)
        assert not OVERRIDES.search(text), page
        assert text.count("\u2068") == text.count("\u2069"), page


def test_an_address_that_is_no_web_address_is_no_link(sites: dict[str, Site]) -> None:
    page = sites["hostile"].text("en/statements.html")
    assert "javascript:alert(1)" in page
    assert 'href="javascript' not in page


def test_files_stay_in_the_folder_and_apart(sites: dict[str, Site]) -> None:
    names = [str(path.relative_to(sites["hostile"].folder)) for path in sites["hostile"].folder.rglob("*") if path.is_file()]
    assert all(re.fullmatch(r"((en|ur|assets)/)?[A-Za-z0-9_-]+\.(html|csv|json|css|js)", name) for name in names), names
    assert len({name.lower() for name in names}) == len(names), "distinct where case is ignored"
    assert sum(name.startswith("en/contest-") for name in names) == 4


def test_no_cell_is_a_formula(sites: dict[str, Site]) -> None:
    for name in ("stations-na-1.csv", "findings.csv"):
        with (sites["hostile"].folder / name).open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                assert not any(text[:1] in "=+-@\t\r" for text in row if text and not re.fullmatch(r"-?\d+", text)), row
    text = (sites["hostile"].folder / "stations-na-1.csv").read_text("utf-8")
    assert "'=cmd|' /C calc'!A0" in text
    assert "'@SUM(A1)" in text


@pytest.mark.parametrize("mark", ["=", "+", "-", "@", "\t", "\r"])
def test_formula_marks_are_quoted(mark: str) -> None:
    assert cell(f"{mark}1+1") == f"'{mark}1+1"
    assert cell(f" {mark}1+1").startswith("'")
    assert cell(f"\u200f{mark}1+1").startswith("'"), "hidden characters are taken out first"


def test_counts_are_not_quoted() -> None:
    assert csv_text([[-5, 0, None, "a,b", 'say "x"']]) == '-5,0,,"a,b","say ""x"""\r\n'


@given(st.lists(st.lists(st.one_of(st.none(), st.integers(), st.text()), min_size=2), min_size=1))
def test_csv_reads_back_cell_by_cell(rows: list[list[object]]) -> None:
    found = list(csv.reader(io.StringIO(csv_text(rows), newline="")))
    assert found == [[cell(value) for value in row] for row in rows]


@given(st.text())
def test_clean_text_has_no_controls(text: str) -> None:
    for shown in (clean(text), ident(text)):
        assert not OVERRIDES.search(shown)
        assert not re.search("[\x00-\x1f\x7f-\x9f]", shown)


def test_two_keys_that_look_alike_are_told_apart() -> None:
    assert ident("a\u202eb") == "a[RLO]b"
    assert clean("a\u202eb") == "ab"
    assert clean("الف\u200cب") == "الف\u200cب", "the joiner that Urdu needs stays"


def test_isolates_become_elements_after_escaping() -> None:
    assert isolated("\u2068<b>\u2069 x") == "<bdi>&lt;b&gt;</bdi> x"


@given(st.lists(st.text(min_size=1), unique=True, max_size=8))
def test_slugs_are_plain_and_distinct(keys: list[str]) -> None:
    names = slugs(keys)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", name) for name in names.values())
    assert len({name.lower() for name in names.values()}) == len(keys)


def test_a_plain_key_keeps_its_name() -> None:
    assert slug("NA-128") == "NA-128"
    assert slug("../x") != slug("x")
    assert slug("CON") != "CON", "a device name on Windows"
