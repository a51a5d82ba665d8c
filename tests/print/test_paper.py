"""Every sheet in both languages: the same bytes each time, no font but ours, text that can be read out, and data that is never markup."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pypdf
import pypdfium2
import pytest

import tallyproof_print as paper
from tallyproof_print.press import LANGUAGES, PrintError, pdf, plain
from tests.support.data import shared_data

DIGEST = hashlib.sha256(b"a text that was signed").hexdigest()
HOSTILE = '#read("/etc/passwd") *x* $y$ @z <l> \\ ` _ {"a": [1]} =cmd() // /* https://third.example'
CANDIDATES = (
    paper.Candidate("Aoun Chaudhary", "IPP", 1_234_567, returned=True),
    paper.Candidate("سلمان اکرم راجا", "آزاد", 98_765),
    paper.Candidate(HOSTILE, "x" * 10_000, None),
)
ROWS = tuple((f"NA-128-{number:03d}", (number, 2 * number, None)) for number in range(1, 434))
DECLARATION = paper.Declaration(
    "provisional", "NA-128", "results.example/2024", DIGEST, CANDIDATES, {"in_box": 1_400_000, "valid": 1_333_332, "rejected": 66_668},
    433, tuple(f"NA-128-{number:03d}" for number in range(1, 100)), ("NA-128-200",), (), version=2, day="2024-02-08",
    reason="A station was counted again.", override="By order.", notice="Invented, to show the layout.", rows=ROWS,
)  # fmt: skip
SUMMARY = paper.Summary(
    "NA-128", "c1", "results.example/2024", DIGEST, ("The records give the seat to another.",),
    (("NA-128-001", "Aoun Chaudhary", "12", "112", "+100"),), 15, (("all copies", "open", "—"), ("agent:PTI", "S. A. Raja", "12,345")),
    "The copies of 16 stations contradict each other.", "recount", ("copies-contradict",), (("2024-02-20", "complaint"),),
    (("recount of 16 stations", "open", "refuted"),), ("python -m tallyproof_verify log/",), "Invented, to show the layout.",
)  # fmt: skip
FETCH = [paper.Fetch(3, "NA-128-009", "Model Town"), paper.Fetch(1, "NA-128-002", "Gulberg"), paper.Fetch(2, "=HYPERLINK()", "Gulberg")]
SHEETS: dict[str, Callable[[str], bytes]] = {
    "provisional": lambda lang: paper.declaration(DECLARATION, lang=lang),
    "final": lambda lang: paper.declaration(paper.Declaration("final", "NA-128", "l", DIGEST, CANDIDATES[:2], {}, 1), lang=lang),
    "station": lambda lang: paper.station_form(
        paper.StationForm("NA-128", "NA-128-001", "agent:PTI", "count", "l", DIGEST, CANDIDATES, {"valid": 5}, {"issued": None}), lang=lang
    ),
    "summary": lambda lang: paper.summary(SUMMARY, lang=lang),
    "retrieval": lambda lang: paper.retrieval_list("NA-128", "35463115561121636246", 1, FETCH, log="l", lang=lang),
    "tally": lambda lang: paper.tally_sheets("NA-128", 1, FETCH, ["A", "عون چوہدری"], ["rejected"], log="l", lang=lang),
}
EVERY = pytest.mark.parametrize(("name", "lang"), [(name, lang) for name in SHEETS for lang in LANGUAGES])


def texts(made: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(made)
    return [re.sub(r"\s+", " ", page.get_textpage().get_text_range()) for page in document]


@EVERY
def test_same_data_same_bytes(name: str, lang: str) -> None:
    assert SHEETS[name](lang) == SHEETS[name](lang)


def test_the_bytes_know_no_process_and_no_place(tmp_path: Path) -> None:
    program = (
        "import hashlib, sys; from tests.print.test_paper import SHEETS, LANGUAGES\n"
        "print([hashlib.sha256(SHEETS[n](l)).hexdigest() for n in SHEETS for l in LANGUAGES])"
    )
    found = set()
    for seed, zone in (("1", "Asia/Karachi"), ("2", "America/La_Paz")):
        home = tmp_path / seed
        home.mkdir()
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "HOME": str(home), "SOURCE_DATE_EPOCH": f"{seed}00000"}
        root = Path(__file__).parents[2]
        found.add(subprocess.run([sys.executable, "-c", program], cwd=root, env=environment, check=True, capture_output=True).stdout)
    assert len(found) == 1


@EVERY
def test_only_fonts_that_are_shipped(name: str, lang: str) -> None:
    found = set()
    for page in pypdf.PdfReader(io.BytesIO(SHEETS[name](lang))).pages:
        for font in (page["/Resources"].get("/Font") or {}).values():  # type: ignore[union-attr, call-overload]
            found.add(str(font.get_object()["/BaseFont"]).split("+")[-1].split("-")[0].lower())
    assert found <= {"libertinusserif", "notonaskharabic", "dejavusansmono", "libertinusserifsemibold"}


@EVERY
def test_language_and_title_are_said(name: str, lang: str) -> None:
    read = pypdf.PdfReader(io.BytesIO(SHEETS[name](lang)))
    assert read.trailer["/Root"]["/Lang"] == lang  # type: ignore[index]
    assert read.metadata is not None
    assert read.metadata.title
    assert read.metadata.author is None
    assert read.metadata.creation_date is None or read.metadata.creation_date.year == 1970


def test_sentences_can_be_read_out_in_order() -> None:
    """Urdu as a reader of PDF gives it: from the first word to the last."""
    words = tomllib.loads((files("tallyproof_print") / "words" / "ur.toml").read_text(encoding="utf-8"))
    page = " ".join(texts(SHEETS["tally"]("ur")))
    assert words["tally"]["help"] in page
    assert words["no_names"] in page
    assert words["tally"]["title"] in page
    page = " ".join(texts(SHEETS["provisional"]("ur")))
    assert words["hash_help"] in page
    assert "سلمان اکرم راجا" in page


def test_figures_hash_and_lists_of_a_declaration() -> None:
    first = texts(SHEETS["provisional"]("en"))[0]
    for text in ("1,234,567", "98,765", "≥ 1,333,332", "Invented, to show the layout.", "99: NA-128-001", "NA-128-060, …", "By order."):
        assert text in first
    assert "NA-128-061" not in first
    groups = paper.chunks(DIGEST)
    assert len(groups) == 16
    assert "".join(groups) == DIGEST
    for place, group in enumerate(groups, start=1):
        assert f"{place} {group}" in first
    # all rows of Form 48, and the hash on each page
    pages = texts(SHEETS["provisional"]("en"))
    assert all(DIGEST in page for page in pages)
    assert all(any(station in page for page in pages[1:]) for station, _ in ROWS)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_data_is_never_markup(lang: str) -> None:
    page = SHEETS["provisional"](lang)
    assert b"root:" not in page
    assert b"/URI" not in page
    english = texts(SHEETS["provisional"]("en"))[0]
    assert '#read("/etc/passwd") *x* $y$ @z <l> \\ ` _ {"a": [1]} =cmd() // /*' in english
    assert "x" * 401 not in english


def test_marks_that_turn_the_direction_are_left_out() -> None:
    assert plain("a\u202eb\u2066c\u200fd\x00\x1b[31m\ud800e\n") == "abcd[31me "


def test_a_tally_sheet_is_blind() -> None:
    """No figure that was reported is on it, only those that say where one is."""
    for lang in LANGUAGES:
        pages = texts(SHEETS["tally"](lang))
        assert len(pages) == 3
        for page in pages:
            assert not re.search(r"\d{4,}", page)


def test_the_list_is_in_order_of_area_and_name() -> None:
    (page,) = texts(SHEETS["retrieval"]("en"))
    assert page.index("=HYPERLINK()") < page.index("NA-128-002") < page.index("NA-128-009")


def test_two_pages_for_the_tribunal() -> None:
    for lang in LANGUAGES:
        assert len(texts(SHEETS["summary"](lang))) == 2


def test_both_languages_have_all_words() -> None:
    def keys(table: dict[str, object], before: str = "") -> set[str]:
        return {
            key
            for name, value in table.items()
            for key in (keys(value, f"{before}{name}.") if isinstance(value, dict) else {before + name})
        }

    read = [tomllib.loads((files("tallyproof_print") / "words" / f"{lang}.toml").read_text(encoding="utf-8")) for lang in LANGUAGES]
    assert keys(read[0]) == keys(read[1])


def test_what_cannot_be_printed_is_said() -> None:
    with pytest.raises(PrintError, match="'xx'"):
        paper.summary(SUMMARY, lang="xx")
    with pytest.raises(PrintError, match="20000 rows"):
        pdf("t", [{"t": "table", "rows": [[]] * 20_001}], lang="en", footer="")


def test_without_the_extra_the_way_to_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(PrintError) as caught:
        paper.summary(SUMMARY, lang="en")
    assert caught.value.hint == "pip install 'tallyproof[print]'"


def test_hash_and_its_groups_can_be_copied_from_an_urdu_page() -> None:
    """A whole line in another script keeps its order. Not so in PDFium, which has no bidi of its own: a Latin value beside an Urdu word."""
    for page in texts(paper.declaration(replace(DECLARATION, contest="NA-128 · لاہور 12"), lang="ur")):
        assert DIGEST in page
    page = " ".join(texts(SHEETS["provisional"]("ur"))[:2])
    assert all(f"{place} {group}" in page for place, group in enumerate(paper.chunks(DIGEST), start=1))
    assert "Invented, to show the layout." in page
    assert "A station was counted again." in page


def test_every_urdu_sentence_of_ours_can_be_read_out() -> None:
    """All of at least four words that a sheet has, as PDFium reads them: without signs that it mirrors."""
    read = tomllib.loads((files("tallyproof_print") / "words" / "ur.toml").read_text(encoding="utf-8"))
    found = " ".join(text for name in SHEETS for text in texts(SHEETS[name]("ur")))
    every = dict.fromkeys(read["boxes"], 1)
    more = replace(
        DECLARATION, draft=True, rows=ROWS[:2], candidates=CANDIDATES[1:2], boxes=every, size=9, address="https://results.example"
    )
    found += " ".join(
        texts(paper.declaration(more, lang="ur")) + texts(paper.summary(replace(SUMMARY, steps=SUMMARY.steps * 99), lang="ur"))
    )
    tables = (read, *(one for one in read.values() if isinstance(one, dict)))
    sentences = [text for table in tables for text in table.values() if isinstance(text, str)]
    sentences = [text for text in sentences if len(text.split()) > 3 and not set("(){}—:") & set(text)]
    missing = [text for text in sentences if text not in found]
    assert len(sentences) > 15
    assert missing == [], missing


def test_the_receipt_is_a_qr(tmp_path: Path) -> None:
    zxingcpp = pytest.importorskip("zxingcpp")
    address = "https://results.example/receipt/" + "3ca068a8" * 4
    for lang in LANGUAGES:
        made = paper.declaration(replace(DECLARATION, address=address, rows=(), candidates=CANDIDATES[:2], missing=()), lang=lang)
        picture = pypdfium2.PdfDocument(made)[0].render(scale=3).to_pil()
        assert [one.text for one in zxingcpp.read_barcodes(picture)] == [address]
    for odd in ("a\nb", "x" * 501):
        with pytest.raises(PrintError, match="not an address"):
            paper.declaration(replace(DECLARATION, address=odd), lang="en")


def test_the_date_is_told_not_asked_for() -> None:
    at = datetime(2027, 2, 9, 2, 0, 0, tzinfo=UTC)
    read = pypdf.PdfReader(io.BytesIO(paper.summary(SUMMARY, lang="ur", at=at)))
    assert read.metadata is not None
    assert read.metadata.creation_date is not None
    assert read.metadata.creation_date.replace(tzinfo=UTC) == at


@pytest.mark.parametrize("letter", ["W", "ی ", "W "])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_summary_has_two_pages_whatever_is_in_it(letter: str, lang: str) -> None:
    long = letter * 4_000
    rows = {"differing": ((long,) * 5,) * 500, "views": ((long,) * 3,) * 50, "steps": ((long,) * 2,) * 300, "orders": ((long,) * 3,) * 50}
    texts_ = {"answer": (long,) * 50, "grounds": (long,) * 50, "verify": (long,) * 50}
    named = dict.fromkeys(("contest", "case", "complaint", "asks", "notice"), long)
    assert len(texts(paper.summary(replace(SUMMARY, **rows, **texts_, **named), lang=lang))) == 2  # type: ignore[arg-type]


def test_more_candidates_than_fit_beside_each_other() -> None:
    """30 candidates and 433 stations: the rows in three tables, each figure on the page of its own columns, none outside the page."""
    candidates = tuple(paper.Candidate(f"C{place}", votes=433 * 9_999) for place in range(1, 31))
    rows = tuple((f"PS {number}", (9_999,) * 30) for number in range(1, 434))
    made = paper.declaration(paper.Declaration("final", "NA-128", "l", DIGEST, candidates, {}, 433, rows=rows), lang="en")
    found = " ".join(texts(made))
    assert found.split().count("9,999") == 433 * 30
    assert found.split().count("4,329,567") == 90
    assert all(found.count(f"PS {number} 9") == 3 for number in range(1, 434))
    for page in pypdfium2.PdfDocument(made):
        wide = page.get_width()
        read = page.get_textpage()
        assert all(read.get_charbox(at)[0] > 0 and read.get_charbox(at)[2] < wide for at in range(0, read.count_chars(), 7))


def test_na_128_as_form_48_has_it() -> None:
    """433 stations of a real contest: the rows add up to what was declared, 172,576 (DECK)."""
    rows = json.loads(shared_data("pakistan-2024", "deck-map", "128tblfixed.json").read_text(encoding="utf-8"))
    named = tuple((f"{one['psno']} {one['Polling Station Name']}", (int(one["f48_est"]),)) for one in rows)
    winner = paper.Candidate("Awn Chaudhry", "IPP", 172_576, returned=True)
    one = paper.Declaration(
        "final", "NA-128 Lahore-XII", "invented.example", DIGEST, (winner,), {}, 433,
        rows=named, notice="Invented, to show the layout; figures of Form 48.",
    )  # fmt: skip
    for lang in LANGUAGES:
        pages = texts(paper.declaration(one, lang=lang))
        assert len(pages) < 30
        assert pages[-1].count("172,576") == 2
