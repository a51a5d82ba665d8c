"""Each check has a page that says what the code does, with worked examples that are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tallyproof.capture.check_types import Check
from tallyproof.capture.checks import CHECKS
from tallyproof.findings import words
from tests.support.check_frames import answers

PAGES = Path(__file__).parents[2] / "docs" / "checks"
EXAMPLE = re.compile(r"^\| `(?P<line>[^`]+)` \| (?P<answer>pass|fail|cannot tell) \| .+ \|$", re.MULTILINE)


def _examples(check: Check) -> list[tuple[str, str]]:
    text = (PAGES / f"{check.code}.md").read_text(encoding="utf-8")
    return [(found["line"], found["answer"]) for found in EXAMPLE.finditer(text)]


@pytest.fixture(scope="module")
def said() -> dict[tuple[str, str], str]:
    """What the checks say of every example: (code, line) -> answer. One run for all pages."""
    asked = [(check.code, line) for check in CHECKS for line, _ in _examples(check)]
    rows = answers([line for _, line in asked])
    return {(code, line): row[code] for (code, line), row in zip(asked, rows, strict=True)}


def test_every_check_has_a_page_and_every_page_a_check() -> None:
    assert {page.stem for page in PAGES.glob("R*.md") if page.stem != "README"} == {check.code for check in CHECKS}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_the_page_says_what_the_code_does(check: Check) -> None:
    text = (PAGES / f"{check.code}.md").read_text(encoding="utf-8")
    title = words.table("en")[check.code]["title"]
    assert text.startswith(f"# {check.code} {title}\n\n**Kind**: {check.kind.value} · **Name**: {check.name}\n")
    assert f"\n    {check.formula}\n" in text
    assert f"\n- Tolerance: {check.tolerance}\n" in text
    for line in check.basis:
        assert f"\n- {line}\n" in text
    for name, value in check.parameters:
        assert f"`{name}` = {value}" in text
    for name in (*check.needs, *check.figure_names):
        assert f"`{name}`" in text
    for part in ("It proves:", "It never proves:", "Usual causes:", "Cannot tell if"):
        assert len(re.findall(rf"^- {part} \S.+\.$", text, re.MULTILINE)) == 1, part


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_the_worked_examples_are_true(check: Check, said: dict[tuple[str, str], str]) -> None:
    examples = _examples(check)
    assert {answer for _, answer in examples} == {"pass", "fail", "cannot tell"}
    table = (PAGES / f"{check.code}.md").read_text(encoding="utf-8").split("|---|---|---|\n")[1]
    assert len(table.splitlines()) == len(examples)
    assert {line: said[check.code, line] for line, _ in examples} == dict(examples)


def test_the_index_lists_every_check_with_its_rule() -> None:
    text = (PAGES / "README.md").read_text(encoding="utf-8")
    proofs, leads = text.split("\n## Leads\n")
    for check in CHECKS:
        row = f"| [{check.code}]({check.code}.md) | {check.name} | {check.formula.replace('|', chr(92) + '|')} |"
        assert row in (proofs if check.kind.value == "proof" else leads)
