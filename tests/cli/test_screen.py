"""``tallyproof screen``: what it writes, that anyone may use it, and that it says what it could not see."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from tallyproof.cli.app import app
from tallyproof.examples import ps129

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "specs" / "screens-v1.schema.json").read_text(encoding="utf-8"))
PACKAGE = Path(ps129.__path__[0])
run = CliRunner().invoke


def test_the_document_meets_its_schema_and_is_the_same_each_time(tmp_path: Path) -> None:
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    for path in (first, second):
        assert run(app, ["screen", str(PACKAGE), "--json", str(path), "--seed", "7"]).exit_code == 0
    assert first.read_bytes() == second.read_bytes()
    document = json.loads(first.read_text(encoding="utf-8"))
    Draft202012Validator(SCHEMA).validate(document)
    states = {one["screen"]: (one["state"], one["reason"]) for one in document["contests"][0]["screens"]}
    assert states["S05"] == ("cannot-tell", "no-figures")
    assert states["S06"] == ("cannot-tell", "refused")


@pytest.mark.parametrize(("language", "said"), [("en", "A lead is a question, not evidence of a motive."), ("ur", "اشارہ ایک سوال ہے")])
def test_the_terminal_says_what_a_lead_is_and_what_was_not_seen(language: str, said: str) -> None:
    shown = run(app, ["screen", str(PACKAGE), "--lang", language])
    assert shown.exit_code == 0
    assert said in shown.output
    assert "S06" in shown.output


def test_pages_are_the_same_bytes_in_both_languages_with_a_table_for_each_picture(tmp_path: Path) -> None:
    made = []
    for name in ("a", "b"):
        assert run(app, ["screen", str(PACKAGE), "--html", str(tmp_path / name)]).exit_code == 0
        made.append({path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*") if path.is_file()})
    assert made[0] == made[1]
    for language in ("en", "ur"):
        page = made[0][Path(language, "index.html")].decode()
        assert page.count("<figure>") == page.count("<details>") >= 1
        assert page.count("<desc") >= page.count("<figure>")
        assert "&lt;bdi" not in page


def test_a_package_that_cannot_be_read_is_exit_code_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tallyproof.cli.app import main

    monkeypatch.setattr("sys.argv", ["tallyproof", "screen", str(tmp_path / "absent")])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2


def test_a_source_that_is_not_there_is_answered_with_those_that_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tallyproof.cli.app import main

    monkeypatch.setattr("sys.argv", ["tallyproof", "screen", str(PACKAGE), "--trust", "agent:nobody"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "agent:nobody" in told
    assert "sources in this package: observer:reconstruction" in told
