"""Every code has words in every language for every role, with the same placeholders, and a page of its own."""

from __future__ import annotations

import re
import string
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tallyproof.model.words import LANGUAGES, Role

ROOT = Path(__file__).parents[2]
WORDS = ROOT / "src" / "tallyproof" / "findings" / "words"
PAGES = ROOT / "docs" / "checks"


def load(language: str) -> dict[str, dict[str, Any]]:
    tables: dict[str, dict[str, Any]] = {}
    for path in sorted((WORDS / language).glob("*.toml")):
        for code, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
            assert code not in tables, f"{code} has words twice in {language}"
            tables[code] = table
    return tables


BY_LANGUAGE = {language: load(language) for language in LANGUAGES}
NAMES = sorted({name for words in BY_LANGUAGE.values() for name in words})
"""Codes, and the names of edit patterns, which have words but no roles."""
CODES = [name for name in NAMES if re.fullmatch(r"[A-Z][0-9]{2}", name)]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def flat(table: dict[str, Any]) -> dict[str, str]:
    texts = {key: value for key, value in table.items() if isinstance(value, str) and key != "group"}
    texts |= {f"do.{role}": text for role, text in table.get("do", {}).items()}
    for name, words in table.get("variant", {}).items():
        texts |= {f"variant.{name}.{key}": text for key, text in words.items()}
    return texts | {f"innocent.{i}": text for i, text in enumerate(table.get("innocent", []))}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_code_has_words_for_every_role(code: str, language: str) -> None:
    table = BY_LANGUAGE[language][code]
    assert set(table) - {"innocent", "variant"} == {"title", "happened", "do"}
    assert set(table["do"]) == set(Role)
    assert all(text.strip() for text in flat(table).values())


@pytest.mark.parametrize("name", NAMES)
def test_all_languages_have_the_same_texts_and_placeholders(name: str) -> None:
    first, *others = ({key: placeholders(text) for key, text in flat(words[name]).items()} for words in BY_LANGUAGE.values())
    assert all(other == first for other in others)


@pytest.mark.parametrize("language", LANGUAGES)
def test_codes_of_the_log_have_the_next_steps_of_their_group(language: str) -> None:
    words = BY_LANGUAGE[language]
    groups = {code: table["group"] for code, table in words.items() if "group" in table}
    assert groups == {code: table["group"] for code, table in BY_LANGUAGE["en"].items() if "group" in table}
    assert len(groups) > 50
    for group in set(groups.values()):
        assert set(words[group]["do"]) == set(Role)
        assert all(text.strip() for text in words[group]["do"].values())


@pytest.mark.parametrize("name", NAMES)
def test_urdu_is_urdu(name: str) -> None:
    for key, text in flat(BY_LANGUAGE["ur"][name]).items():
        latin = re.findall(r"[A-Za-z]{3,}", re.sub(r"\{\w+\}", "", text))
        assert re.search(r"[\u0600-\u06ff]", text), f"{name}.{key}"
        assert not latin, f"{name}.{key} has Latin words: {latin}"


@pytest.mark.parametrize("code", CODES)
def test_code_has_a_page_that_says_what_it_never_proves(code: str) -> None:
    page = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {code}"), "the first heading is the code and the title"
    assert BY_LANGUAGE["en"][code]["title"] in page.splitlines()[0]
    assert "never" in page


@pytest.mark.parametrize("name", NAMES)
def test_words_accuse_nobody(name: str) -> None:
    words = " ".join(flat(BY_LANGUAGE["en"][name]).values()).lower()
    assert not re.search(r"\b(fraud|rigg\w*|tamper\w*|forg(?:ed|ery)|steal\w*|stolen|cheat\w*|manipulat\w*|fak(?:e|ed))\b", words)
