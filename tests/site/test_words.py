"""The chrome's words: the same keys and figures in both languages, no English left in Urdu."""

from __future__ import annotations

import re
import string
from itertools import product

import pytest

from tallyproof_site.chrome import Chrome, load, number, signed

LATIN_IN_URDU = {"CSV", "JSON"}


def figures(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys() -> None:
    assert load("en").keys() == load("ur").keys()


@pytest.mark.parametrize("key", sorted(load("en")))
def test_both_languages_name_the_same_figures(key: str) -> None:
    assert figures(load("en")[key]) == figures(load("ur")[key])


@pytest.mark.parametrize("key", sorted(load("ur")))
def test_no_english_is_left_in_urdu(key: str) -> None:
    text = re.sub(r"\{[^}]*\}", "", load("ur")[key])
    assert set(re.findall("[A-Za-z]+", text)) <= LATIN_IN_URDU


@pytest.mark.parametrize("key", sorted(load("ur")))
def test_urdu_is_written_with_urdu_letters(key: str) -> None:
    """Arabic ye and kaf look alike on the screen and are other letters to a search."""
    assert not re.search("[يكىة٠-٩]", load("ur")[key])


def test_every_answer_has_a_sentence() -> None:
    states, changes = ("differs", "contradict", "agrees", "undeclared", "nothing"), ("yes", "no", "open", "none")
    for language, state, change in product(("en", "ur"), states, changes):
        assert Chrome(language).plain(f"answer.sentence.{state}.{change}")


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (5, 5, "<bdi>5</bdi>"),
        (1000, 2000, "<bdi>1,000–2,000</bdi>"),
        (7, None, "<bdi>7</bdi> or more"),
        (None, 7, "<bdi>7</bdi> or less"),
        (-7, 7, "<bdi>−7</bdi> to <bdi>7</bdi>"),
        (None, None, "not known"),
    ],
)
def test_intervals(low: int | None, high: int | None, said: str) -> None:
    assert str(Chrome("en").interval(low, high)) == said


def test_numbers_have_a_sign_of_their_own() -> None:
    assert number(-1234) == "−1,234"
    assert signed(1234) == "+1,234"
    assert signed(-3) == "−3"
    assert signed(0) == "0"
    assert number(None) == "–"


def test_sentences_count() -> None:
    chrome = Chrome("en")
    assert chrome.plain("finding.votes", n=1) == "1 vote"
    assert chrome.plain("finding.votes", n=2) == "2 votes"


def test_sources_and_stages_have_names() -> None:
    assert Chrome("en").source("agent:PTI") == "Agent (PTI)"
    assert Chrome("ur").source("commission") == "الیکشن کمیشن"
    assert Chrome("en").stage("final/2") == "Final, version 2"
    assert Chrome("en").source("zz:x") == "zz:x"
