"""Every code of a screen has words in both languages, and none of them says more than that something is worth a question."""

from __future__ import annotations

import re

import pytest

from tallyproof.findings.words import table
from tallyproof.model.words import LANGUAGES
from tallyproof.screens.battery import SCREENS
from tallyproof.screens.frame import Reason

NEVER = (
    r"\b(fraud\w*|rigg\w*|proof|prove[sdn]?|tamper\w*|forg\w+|stol\w+|"
    r"steal\w*|cheat\w*|manipulat\w*|fak\w+|suspicious|guilty|crime|criminal)\b"
)
NEVER_UR = ("دھاندلی", "جعلی", "چوری", "مجرم", "جرم", "فراڈ", "مشکوک")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.code)
def test_every_code_has_words(screen: object, language: str) -> None:
    words = table(language)
    text = words[f"screen-{screen.code}"]  # type: ignore[attr-defined]
    # two screens of stations ask one more question, of the whole contest, and a lead of it is not about a station
    of_contest = {"whole", "whole-next"} if screen.code in ("S12", "S13") else set()  # type: ignore[attr-defined]
    assert set(text) == {"title", "happened", "lead", "next"} | of_contest
    assert all(text.values())
    assert words["screen-hypothesis"][screen.hypothesis]  # type: ignore[attr-defined]
    assert all(words["screen-assumption"][code] for code in screen.assumptions)  # type: ignore[attr-defined]
    assert screen.causes, "a screen without an innocent cause accuses"  # type: ignore[attr-defined]
    assert all(words["screen-cause"][code] for code in screen.causes)  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_have_words_and_no_word_is_for_nothing(language: str) -> None:
    words = table(language)
    assert set(words["screen-reason"]) == set(Reason)
    assert set(words["screen-cause"]) == {code for screen in SCREENS for code in screen.causes}
    assert set(words["screen-assumption"]) == {code for screen in SCREENS for code in screen.assumptions}
    assert set(words["screen-hypothesis"]) == {screen.hypothesis for screen in SCREENS}


def test_words_accuse_nobody() -> None:
    said = {name: words for name, words in table("en").items() if name.startswith("screen-")}
    assert not re.search(NEVER, " ".join(text for words in said.values() for text in words.values()).lower())
    # that it is no proof may be said, once
    urdu = [text for name, words in table("ur").items() if name.startswith("screen-") for text in words.values()]
    assert not [text for text in urdu if any(word in text for word in NEVER_UR)]
    assert [text for text in urdu if "ثبوت" in text] == [table("ur")["screen-note"]["lead"]]


def test_both_languages_have_the_same_keys_and_placeholders() -> None:
    def shape(language: str) -> dict[str, dict[str, set[str]]]:
        return {
            name: {key: set(re.findall(r"{(\w+)}", text)) for key, text in words.items()}
            for name, words in table(language).items()
            if name.startswith("screen-")
        }

    assert shape("en") == shape("ur")
