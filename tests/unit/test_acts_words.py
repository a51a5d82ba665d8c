"""The words of the commands that act: every language has the same, with the same placeholders, for every code that they show."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from tallyproof.acts.case import OUTCOMES
from tallyproof.acts.declare import STAGES
from tallyproof.cases.case import Answer, Ground, OrderKind, Stage, Word
from tallyproof.cases.docket import Changes
from tallyproof.cli.texts import texts
from tallyproof.compare.claims import Verdict
from tallyproof.model.words import LANGUAGES
from tallyproof.record.kinds import ROUNDING
from tallyproof.seats.seat import SeatState, Status
from tallyproof.tabulate.winner import State

CODES: dict[str, Iterable[str]] = {
    "stage": Stage,
    "step": [*Word, "filed", "ruling"],
    "outcome": OUTCOMES,
    "order": OrderKind,
    "ground": Ground,
    "answer": Answer,
    "changes": Changes,
    "state": [*State, "None"],
    "seat_state": SeatState,
    "seat_status": Status,
    "declared_stage": STAGES,
    "verdict": Verdict,
    "about": ("records", "declared"),
    "rounding": [str(10**power) for power in range(1, 9)] + ["exact", "about", "at-least", "at-most"],
}


def flat(words: Mapping[str, Any], before: str = "") -> dict[str, str]:
    found = {}
    for name, one in words.items():
        found |= flat(one, f"{before}{name}.") if isinstance(one, Mapping) else {f"{before}{name}": str(one)}
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", CODES)
def test_every_code_has_a_word(kind: str, language: str) -> None:
    assert set(texts(language, "acts")[kind]) == {str(one) for one in CODES[kind]}


def test_roundings_are_those_of_the_specification() -> None:
    assert all(ROUNDING.is_one(one) for one in CODES["rounding"])


def test_all_languages_have_the_same_sentences_and_placeholders() -> None:
    def placeholders(text: str) -> list[str]:
        return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)

    first, *others = ({key: placeholders(text) for key, text in flat(texts(one, "acts")).items()} for one in LANGUAGES)
    assert all(other == first for other in others)


def test_urdu_is_urdu() -> None:
    for key, text in flat(texts("ur", "acts")).items():
        if key not in ("comma", "at_least_mark"):
            assert re.search(r"[\u0600-\u06ff]", text), key
            # A name of an option is typed as it is.
            assert not re.search(r"(?<!-)\b[A-Za-z]{3,}", re.sub(r"\{\w+\}|--\w+", "", text)), key


def test_words_accuse_nobody() -> None:
    words = " ".join(flat(texts("en", "acts")).values()).lower()
    assert not re.search(r"\b(fraud|rigg\w*|forg(?:ed|ery)|steal\w*|stolen|cheat\w*|manipulat\w*|fak(?:e|ed)|lie[sd]?|liar)\b", words)
