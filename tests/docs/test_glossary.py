"""Every closed word of the code is in GLOSSARY.md, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tallyproof.cases.case import Ground, OrderKind, Word
from tallyproof.model.boxes import BOX_NAMES
from tallyproof.model.tables import TABLES
from tallyproof.model.words import OFFICIAL_SOURCES, Act, Kind, Role, Stage, Unread
from tallyproof.rules.deadlines import State
from tallyproof.rules.model import RuleKind, Verdict
from tallyproof.seats.seat import Status

GLOSSARY = (Path(__file__).parents[2] / "GLOSSARY.md").read_text(encoding="utf-8")
ENTRY = re.compile(r"^\| `([^`]+)`(?: \(\w+\))? \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
ENTRIES = {word: (urdu.strip(), meaning.strip()) for word, urdu, meaning in ENTRY.findall(GLOSSARY)}

WORDS = sorted(
    {*Act, *Stage, *Kind, *Unread, *Role, *OFFICIAL_SOURCES, *BOX_NAMES, *TABLES, "agent", "observer", "court", "scan"}
    | {*RuleKind, *Verdict, *State, *Ground, *Word, *OrderKind, *Status}
)


@pytest.mark.parametrize("word", WORDS)
def test_word_is_in_the_glossary_in_both_languages(word: str) -> None:
    assert word in ENTRIES, f"GLOSSARY.md has no row for `{word}`"
    urdu, meaning = ENTRIES[word]
    assert re.search(r"[\u0600-\u06ff]", urdu), f"the row of `{word}` has no Urdu"
    assert meaning


@pytest.mark.parametrize("word", ENTRIES)
def test_code_word_of_the_glossary_is_in_the_code(word: str) -> None:
    assert word in WORDS, f"GLOSSARY.md defines `{word}`, which the code does not know"


def test_every_row_has_three_cells() -> None:
    rows = [line for line in GLOSSARY.splitlines() if line.startswith("|")]
    assert [row for row in rows if row.count("|") != 4] == []
