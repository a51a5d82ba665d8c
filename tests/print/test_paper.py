"""Every sheet in both languages: the same bytes each time, no font but ours, text that can be read out, and data that is never markup."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pypdf
import pypdfium2
import pytest

import tallyproof_print as paper
from tallyproof_print.press import LANGUAGES, PrintError, pdf, plain

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
