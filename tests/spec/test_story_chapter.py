"""Every figure of ``specs/story-ps129.md`` is that of the run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tallyproof.cases.replay import replay as cases
from tallyproof.cli.story import document_of
from tallyproof.cli.texts import texts
from tallyproof.publish.story import FORM_47
from tallyproof.seats.replay import replay as seats
from tests.support.story_ps129 import story

PAGE = (Path(__file__).parents[2] / "specs" / "story-ps129.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The rows of the first table under a heading, its head left out."""
    lines = [line for line in PAGE.split(f"## {heading}\n")[1].split("\n## ")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def span(total: dict[str, int]) -> str:
    return f"{total['min']:,}" if total["min"] == total["max"] else f"{total['min']:,} to {total['max']:,}"


def test_the_chapters_are_those_of_the_log() -> None:
    made, found = story(), []
    for chapter in made.chapters:
        size, book = made.after(chapter), made.ledger.book
        (seat,) = seats(book, size).seats
        stage = [str(one.stage) for one in cases(book, size).cases] or ["–"]
        name = "Form 47" if chapter == "form 47" else chapter
        found.append([str(size - 1), made.days.get(chapter, "–"), name, str(seat.state), seat.holder or "–", *stage])
    assert rows("The chapters") == found


def test_the_figures_are_those_of_the_log() -> None:
    (contest,) = document_of(story())["contests"]
    ((declared,), ((decision,),)) = contest["declared"], [one["decisions"] for one in contest["cases"]]
    parts = [declared["records"], decision["before"], decision["after"]]
    found = [
        [one["candidate"], f"{FORM_47[one['candidate']]:,}", *(span(part["totals"][at]) for part in parts)]
        for at, one in enumerate(parts[0]["totals"])
    ]
    assert rows("Figures") == found
    assert declared["totals"] == FORM_47
    assert {(part["state"], *part["winners"], *part["margin"]) for part in parts} == {("proved", "saif-bari", 536, 536)}
    assert decision["changed"] == "figures"
    assert decision["acts"] == [163, 164, 165, 166]
    assert declared["contradicts"] == ["declaration-totals"]


def test_the_sentences_name_the_figures_of_the_log() -> None:
    made = story()
    assert f"The log has {len(made.entries)} entries. Entries 0 to {made.places['form 47'] - 1} define" in PAGE
    assert f"the records of {made.places['form 47'] - made.places['roster'] - 1} stations" in PAGE
    assert made.first_invented == made.places["complaint"] == made.places["notified"] + 1


@pytest.mark.parametrize("language", ["en", "ur"])
def test_what_is_narrated_has_the_figures_of_the_log(language: str) -> None:
    (contest,) = document_of(story())["contests"]
    decision = contest["cases"][0]["decisions"][0]
    known = {*FORM_47.values(), 2024, 147, 5, 6}
    for part in (contest["declared"][0]["records"], decision["before"], decision["after"]):
        known |= {figure for total in part["totals"] for figure in (total["min"], total["max"])}
    told = texts(language, "story")["chapter"]
    assert list(told) == list(dict.fromkeys(told))
    assert set(told) == set(story().chapters)
    for chapter in told.values():
        figures = [int(one.replace(",", "")) for one in re.findall(r"\d[\d,]*\d|\d", chapter["title"].replace("47", "") + chapter["text"])]
        assert set(figures) <= known, chapter
