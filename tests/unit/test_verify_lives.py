"""The second opinion on cases and seats: equal to the core at every size, and what it says by itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tallyproof_verify import lives
from tests.support.entry_cases import whole
from tests.support.second_lives import assert_same
from tests.support.story_ps129 import story

DOCS = Path(__file__).parents[2] / "docs" / "explanation"


@pytest.mark.parametrize(("name", "table"), [("cases", lives.CASE), ("seats", lives.SEAT)])
def test_its_tables_are_the_pictures(name: str, table: dict[str, list[str]]) -> None:
    page = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    drawn = re.findall(r"^  (\w+) --> (\w+): ([\w-]+)$", page, re.MULTILINE)
    states = {one.replace("-", "_"): one for one in table}
    assert {(states[one], word) for one, _, word in drawn} == {(one, word) for one, words in table.items() for word in words} - {
        ("closed", "nothing")
    }
    for one, to, word in drawn:
        if name == "seats":
            assert states[to] == ("vacant" if word == "vacated" else word)
        elif (one, word) != ("appealed", "withdrawn"):
            assert to == lives.STAGE.get(word, one)


def test_the_story_at_every_size() -> None:
    made = story()
    assert_same(made.entries, made.origin, made.ledger.book)


def test_the_small_election_at_every_size() -> None:
    log = whole()
    assert_same(log.entries, log.origin, log.ledger.book)
