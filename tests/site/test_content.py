"""What the pages say."""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Iterator
from itertools import pairwise

import pytest

from tallyproof_site.book import Book
from tests.site.conftest import LIMITS, Site
from tests.site.sample import SAMPLES

HTML = "{http://www.w3.org/1999/xhtml}"


def words(site: Site, page: str) -> str:
    """The text of a page; blocks stand apart, inline elements do not."""
    text = re.sub(r"</?(bdi|strong|span|a|code)\b[^>]*>", "", site.text(page))
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def table_rows(site: Site, page: str) -> Iterator[list[str]]:
    for row in site.tree(page).iter(f"{HTML}tr"):
        yield [" ".join("".join(cell.itertext()).split()) for cell in row]


def test_overview_answers_first(sites: dict[str, Site]) -> None:
    said = words(sites["ps129"], "en/index.html")
    answer = said.index("The declared result does not agree with the station records; the records at hand cannot tell")
    assert answer < said.index("What was found") < said.index("What was checked")
    assert "Declared winner Hafiz Naeem ur Rehman (JI)" in said
    assert "Declared margin 5,688" in said
    assert "Copies against each other: all records come from one source." in said
    assert "148 checks could not be made" in said


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ("yes", "and the difference changes the winner."),
        ("no", "but the winner stays the same."),
        ("open", "cannot tell whether that changes the winner."),
        (None, "The declared result does not agree with the station records."),
    ],
)
def test_the_answer_follows_from_findings_and_winner(changes: str | None, sentence: str) -> None:
    from tallyproof_site.chrome import Chrome

    report, rows = SAMPLES["ps129"]()
    report["contests"][0]["winner"]["changes"] = changes
    contest = Book(report, rows).contests[0]
    assert contest.state == "differs"
    assert Chrome("en").plain(f"answer.sentence.{contest.state}.{contest.changes}").endswith(sentence)


def test_states_of_a_contest() -> None:
    report, rows = SAMPLES["na128"]()
    assert Book(report, rows).contests[0].state == "contradict"
    report["findings"] = []
    assert Book(report, rows).contests[0].state == "agrees"
    report["contests"][0]["winner"]["changes"] = "yes"
    assert Book(report, rows).contests[0].state == "differs"
    report, rows = SAMPLES["empty"]()
    assert Book(report, rows).contests[0].state == "nothing"
    report, rows = SAMPLES["large"]()
    report["findings"] = []
    assert Book(report, rows).contests[0].state == "undeclared"


def test_totals_show_interval_declared_and_difference(sites: dict[str, Site]) -> None:
    rows = list(table_rows(sites["ps129"], "en/contest-PS-129.html"))
    bari = next(row for row in rows if "Saif Bari" in row[0])
    assert bari[0] == "Saif Bari IND (backed by PTI)"
    assert bari[1] == "31,000"
    assert bari[-1] == "11,357−19,643"
    unread = next(row for row in rows if "Asad Hanif" in row[0])
    assert unread[1] == "0 or more"
    assert unread[2] == "147"


def test_unread_is_not_printed_as_zero(sites: dict[str, Site]) -> None:
    """A candidate whom nobody read, and boxes that nobody read, have no sum by source."""
    report, rows = SAMPLES["na128"]()
    contest = Book(report, rows).contests[0]
    assert contest.boxes == ["in_box"]
    report["contests"][0]["boxes"]["in_box"] |= {"unread": 392}
    assert Book(report, rows).contests[0].boxes == []


def test_waterfall_adds_up(sites: dict[str, Site]) -> None:
    from tallyproof_site.chrome import Chrome
    from tallyproof_site.plots import waterfall

    contest = Book(*SAMPLES["na128"]()).contests[0]
    steps = waterfall.steps(contest, Chrome("en"))
    fall = contest.row["waterfall"]
    assert (steps[0].after, steps[-1].after) == (fall["start"], fall["end"])
    for before, step in pairwise(steps):
        assert before.after == (step.after if step.total else step.before), step.label


def test_scatter_has_one_mark_for_each_pair_of_figures(sites: dict[str, Site]) -> None:
    from tallyproof_site.plots import copies

    contest = Book(*SAMPLES["na128"]()).contests[0]
    pairs = copies.pairs(contest)
    assert [(pair.candidate, len(pair.points), len(pair.differing)) for pair in pairs] == [("awn", 392, 171), ("raja", 392, 171)]
    page = sites["na128"].text("en/contest-NA-128.html")
    agree, differ = (re.findall(rf'class="dot {name}" d="([^"]*)"', page) for name in ("agree", "differ"))
    assert [path.count("M") for path in differ] == [len({point[:2] for point in pair.differing}) for pair in pairs]
    assert all(path.count("M") > 100 for path in agree)


def test_stations_are_ordered_by_what_matters(sites: dict[str, Site]) -> None:
    contest = Book(*SAMPLES["na128"]()).contests[0]
    states = [station.status for station in contest.shown]
    assert len(states) == 433
    assert states == sorted(states, key=("disputed", "missing", "agrees").index)
    assert states.count("missing") == 41
    assert states.count("disputed") == 171
    disputed = [station.spread for station in contest.shown if station.status == "disputed"]
    assert disputed == sorted(disputed, reverse=True)
    on_page = re.findall(r'<tr id="([^"]*)" class="\w+"', sites["na128"].text("en/stations-NA-128.html"))
    assert on_page == [station.anchor for station in contest.shown][: LIMITS["STATIONS_SHOWN"]]


def test_a_large_contest_shows_the_stations_that_matter_and_says_so(sites: dict[str, Site]) -> None:
    site = sites["large"]
    page = site.text("en/stations-BIG.html")
    shown = LIMITS["STATIONS_SHOWN"]
    assert len(re.findall(r'<tr id="s-', page)) == shown
    assert len(re.findall(r'class="disputed"', page)) == shown, "the disputed ones come first"
    assert f"The contest has 1,000 stations. These are the {shown} that matter most" in words(site, "en/stations-BIG.html")
    with (site.folder / "stations-BIG.csv").open(encoding="utf-8", newline="") as file:
        assert len({row["station"] for row in csv.DictReader(file)}) == 1_000


def test_many_findings_are_cards_first_then_rows(sites: dict[str, Site]) -> None:
    site = sites["large"]
    page = site.text("en/findings-C01.html")
    assert page.count('<article class="finding') == LIMITS["FULL_CARDS"]
    assert len(re.findall(r'<tr id="F', page)) == LIMITS["COMPACT_ROWS"]
    assert "170 more are in the file of all findings." in words(site, "en/findings-C01.html")
    with (site.folder / "findings.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 250
    votes = [int(found) for found in re.findall(r"<dd><bdi>(\d+)</bdi> votes?", page)]
    assert len(votes) == LIMITS["FULL_CARDS"]
    assert votes == sorted(votes, reverse=True)


def test_a_finding_says_all_that_it_must(sites: dict[str, Site]) -> None:
    said = words(sites["na128"], "en/findings-C01.html")
    for part in (
        "Title of C01",
        "171 findings",
        "copies of one act of a station have equal figures",
        "This pattern fits 3 of 1,000 unrelated pairs in this set.",
        "more for Awn Chaudhry, against a margin of 13,552. Whether it changes the winner cannot be told.",
        "As a citizen or journalist Do this as citizen",
        "As an election officer Do this as officer",
        "As a candidate's agent Do this as agent",
        "pti-15",
        "the agent (PTI)",
    ):
        assert part in said, part
    assert said.count("Do this as citizen") == 1, "advice that is the same for all is given once"


def test_a_lead_is_calm_and_names_innocent_causes(sites: dict[str, Site]) -> None:
    page = sites["na128"].text("en/findings-S01.html")
    said = words(sites["na128"], "en/findings-S01.html")
    assert "This is a lead: a place to look again. It says nothing about anybody's intent" in said
    assert "What may well explain it an ordinary cause" in said
    assert 'class="finding finding-lead"' in page
    assert 'class="kind kind-proof"' not in page


def test_docket_of_statements(sites: dict[str, Site]) -> None:
    rows = list(table_rows(sites["ps129"], "en/statements.html"))
    assert ["Saif Bari", "station records", "31,000 (to the nearest 1,000)", "31,000", "Supported"] in rows
    assert ["Hafiz Naeem ur Rehman", "declared result", "30,464", "26,296", "Contradicted"] in rows
    assert ["Muhammad Asad Hanif", "station records", "9,000 (at least)", "0 or more", "Cannot tell"] in rows
    assert '<a href="https://example.org/said" rel="noreferrer' in sites["ps129"].text("en/statements.html")


def test_checks_show_what_could_not_be_told(sites: dict[str, Site]) -> None:
    rows = list(table_rows(sites["ps129"], "en/checks.html"))
    assert ["R01", "Title of R01", "Agent (IND)", "0", "0", "147"] in rows
    assert ["D02", "Title of D02", "all", "0", "3", "1"] in rows


def test_views_side_by_side(sites: dict[str, Site]) -> None:
    rows = {row[0]: row[1:] for row in table_rows(sites["na128"], "en/views-NA-128.html")}
    assert rows["Winner in this view"][0] == "Salman Akram Raja (IND)"
    assert rows["Winner in this view"][1] == "open"
    assert rows["Stations"] == ["392 of 433", "392 of 433", "392 of 433", "–", "–"]


def test_urdu_pages_use_urdu_names_and_isolate_them(sites: dict[str, Site]) -> None:
    page = sites["ps129"].text("ur/contest-PS-129.html")
    assert "<bdi>حافظ نعیم الرحمٰن</bdi>" in page
    assert "Hafiz" not in page
    assert "26,296" in page, "Latin digits"
    assert not re.search("[۰-۹٠-٩]", page)
