"""Rules of law have words in every language, and the document of rules knows every word that a file may use."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tallyproof.findings.words import table, text
from tallyproof.model.words import LANGUAGES, Role
from tallyproof.rules.deadlines import State
from tallyproof.rules.evaluate import answers
from tallyproof.rules.facts import Facts
from tallyproof.rules.model import Event, Quantity, Relation, RuleKind, Unit, Verdict
from tallyproof.rules.read import available, load

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "explanation" / "rules.md").read_text(encoding="utf-8")
SUBJECTS = sorted({rule.subject for place in available() for rule in load(place).rules})
SAID = [f"rule-says-{word}" for word in (*Verdict, *State, "unconfirmed", "not-evaluated", "open", "closed")]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("subject", SUBJECTS)
def test_subject_has_words_for_every_role(subject: str, language: str) -> None:
    words = table(language)[f"rule-{subject}"]
    assert set(words) == {"title", "happened", "do"}
    assert set(words["do"]) == set(Role)
    for role in Role:
        told = text(f"rule-{subject}", language, role)
        assert told.title.strip()
        assert told.happened.strip()
        assert told.do.strip()


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_of_subjects_and_answers_only(language: str) -> None:
    path = ROOT / "src" / "tallyproof" / "findings" / "words" / language / "rules.toml"
    assert set(tomllib.loads(path.read_text(encoding="utf-8"))) == {*(f"rule-{subject}" for subject in SUBJECTS), *SAID}


def test_every_figure_in_a_sentence_is_one_of_the_answer() -> None:
    """A placeholder that the rule does not have would be shown as ``?`` for ever."""
    for place in available():
        for answer in answers(load(place), Facts(winner=2, runner_up=1, votes_polled=9, rejected=3, women_polled=4)):
            happened = table("en")[f"rule-{answer.rule.subject}"]["happened"]
            assert set(re.findall(r"\{(\w+)\}", happened)) <= set(answer.figures), answer.rule.key


@pytest.mark.parametrize("word", [*RuleKind, *Verdict, *State, *Quantity, *Relation, *Unit, *Event, *available()])
def test_word_is_in_the_document(word: str) -> None:
    assert re.search(rf"[`*]{re.escape(word)}[`*]", DOCUMENT), word


def test_the_example_in_the_document_runs(capsys: pytest.CaptureFixture[str]) -> None:
    code = DOCUMENT.split("```python\n")[1].split("```")[0]
    exec(compile(code, "rules.md", "exec"), {})
    assert (
        "Elections Act 2017, s. 95(5) applies {'margin': '683', 'votes_polled': '73471', 'limit': '3673.55'} () True"
        in capsys.readouterr().out
    )
