"""``tallyproof check`` as a person runs it: exit codes, JSON by the schema, what stands in the terminal."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from tallyproof.cli.app import app
from tests.support.builders import Built, build, dec, rec

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "src" / "tallyproof" / "examples" / "ps129"
SCHEMA = json.loads((ROOT / "specs" / "report-v1.schema.json").read_text(encoding="utf-8"))


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, so that the way out through ``main`` is what is tested."""
    return subprocess.run(
        [sys.executable, "-c", "from tallyproof.cli import main; main()", *arguments], capture_output=True, text=True, check=False, cwd=ROOT
    )


def report_of(built: Built, tmp_path: Path, *options: str) -> tuple[int, Any]:
    out = tmp_path / "report.json"
    result = CliRunner().invoke(app, ["check", str(built.write(tmp_path / "package")), "--json", str(out), *options])
    document = json.loads(out.read_text(encoding="utf-8"))
    jsonschema.validate(document, SCHEMA)
    return result.exit_code, document


AGREES = build(
    stations={"S1": 50},
    records=[rec("S1", "officer", 10, 20, valid=30, rejected=0, in_box=30)],
    candidates="A B",
    declared=[dec(A=10, B=20)],
)


def test_exit_0_where_everything_agrees(tmp_path: Path) -> None:
    code, document = report_of(AGREES, tmp_path)
    assert (code, document["summary"]) == (0, {"exit": 0, "proof": 0, "conflict": 0, "gap": 0, "lead": 0})
    assert document["contests"][0]["winner"]["changes"] == "no"


def test_exit_1_where_figures_contradict(tmp_path: Path) -> None:
    built = build(candidates="A B", stations={"S1": 50}, records=[rec("S1", "officer", 10, 20)], declared=[dec(A=20, B=10)])
    code, document = report_of(built, tmp_path)
    assert code == document["summary"]["exit"] == 1
    assert document["contests"][0]["winner"] == {
        "by_records": {"state": "proved", "candidates": ["B"], "tie": False},
        "declared": ["A"],
        "declared_state": "refuted",
        "changes": "yes",
    }
    assert document["findings"][0]["code"] == "D08", "the winner comes first"


def test_exit_1_where_copies_contradict(tmp_path: Path) -> None:
    records = [rec("S1", "officer", 10, 203), rec("S1", "agent:X", 10, 803)]
    code, document = report_of(build(candidates="A B", records=records), tmp_path)
    assert code == 1
    (finding,) = [one for one in document["findings"] if one["kind"] == "conflict"]
    assert (finding["code"], finding["pattern"]["name"]) == ("C01", "one-digit-changed")
    assert finding["evidence"] == ["S1/agent:X", "S1/officer"]


def test_exit_0_where_something_is_only_missing(tmp_path: Path) -> None:
    built = build(candidates="A B", stations={"S1": 50, "S2": 900}, records=[rec("S1", "officer", 10, 20)], declared=[dec(A=400, B=20)])
    code, document = report_of(built, tmp_path)
    assert code == 0
    assert {one["kind"] for one in document["findings"]} == {"gap"}
    assert document["contests"][0]["winner"]["changes"] == "open"


def test_exit_2_lists_every_problem_with_its_place_and_the_mend(tmp_path: Path) -> None:
    package = AGREES.write(tmp_path / "package")
    votes = (package / "votes.csv").read_text(encoding="utf-8")
    (package / "votes.csv").write_text(votes.replace(",10", ",1o", 1).replace(",20", ",-20", 1), encoding="utf-8")
    result = run("check", str(package))
    assert result.returncode == 2
    assert "votes.csv:2:votes" in result.stderr
    assert "votes.csv:3:votes" in result.stderr
    assert result.stderr.count("mend:") == 2
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("arguments", [("check", "no-such-package"), ("check", str(EXAMPLE), "--trust", "agent:nobody")])
def test_exit_2_with_a_hint_where_the_command_cannot_be_done(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.returncode == 2
    assert "hint:" in result.stderr
    assert "Traceback" not in result.stderr


def test_trust_and_turnout_are_in_the_report(tmp_path: Path) -> None:
    records = [rec("S1", "officer", 10, 20), rec("S1", "agent:X", 30, 20)]
    built = build(candidates="A B", stations={"S1": 50, "S2": 100}, records=records)
    _, document = report_of(built, tmp_path, "--trust", "agent:X", "--turnout", "50")
    assert document["settings"] == {"trust": "agent:X", "turnout": 50}
    first = document["contests"][0]["totals"][0]
    assert (first["min"], first["max"], first["max_with_missing"]) == (30, 30, 80)


def test_same_input_same_bytes(tmp_path: Path) -> None:
    outs = []
    for name in ("one", "two"):
        out, pages = tmp_path / f"{name}.json", tmp_path / name
        run("check", str(EXAMPLE), "--json", str(out), "--html", str(pages))
        files = {path.relative_to(pages): path.read_bytes() for path in sorted(pages.rglob("*")) if path.is_file()}
        outs.append((out.read_bytes(), files))
    assert outs[0] == outs[1]
    assert outs[0][1], "pages were written"


def test_json_to_standard_output() -> None:
    result = run("check", str(EXAMPLE), "--json", "-")
    document = json.loads(result.stdout)
    jsonschema.validate(document, SCHEMA)
    assert result.returncode == document["summary"]["exit"] == 1


@pytest.mark.parametrize("language", ["en", "ur"])
@pytest.mark.parametrize("role", ["citizen", "officer", "agent"])
def test_terminal_report_in_every_language_for_every_role(language: str, role: str) -> None:
    result = CliRunner().invoke(app, ["check", str(EXAMPLE), "--lang", language, "--role", role])
    assert result.exit_code == 1
    assert ("Saif Bari" in result.output) if language == "en" else ("سیف باری" in result.output)
    assert "{" not in result.output


def test_demo_shows_the_finding_and_says_that_rows_are_reconstructed() -> None:
    result = run("demo")
    assert result.returncode == 0
    assert "Reconstructed" in result.stdout
    assert "The winner changes" in result.stdout
    assert "31,000" in result.stdout
    assert "11,357" in result.stdout


def flattened(table: dict[str, Any], before: str = "") -> dict[str, str]:
    """Sentences that come in kinds stand in tables of their own."""
    flat: dict[str, str] = {}
    for key, text in table.items():
        flat |= flattened(text, f"{before}{key}.") if isinstance(text, dict) else {before + key: text}
    return flat


def test_words_of_the_terminal_have_the_same_keys_and_placeholders_in_both_languages() -> None:
    import string
    import tomllib

    words = ROOT / "src" / "tallyproof" / "cli" / "words"
    shapes = []
    for language in ("en", "ur"):
        table = tomllib.loads((words / f"{language}.toml").read_text(encoding="utf-8"))
        flat = flattened(table)
        assert len(flat) > len(table)
        shapes.append({key: sorted(name for _, name, _, _ in string.Formatter().parse(text) if name) for key, text in flat.items()})
    assert shapes[0] == shapes[1]
