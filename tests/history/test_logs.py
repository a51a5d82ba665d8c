"""Real elections as public logs: the same totals as from the package, by every verifier, and the declaration that does not follow."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import tallyproof_verify
from tallyproof.cli.app import app
from tallyproof.cli.demo import write_demo_log
from tallyproof_verify.__main__ import main as second_opinion
from tests.support.history import contest, imported, reported

SCRIPT = Path(tallyproof_verify.__file__).parent / "browser" / "verify.js"
LOGS = {
    "pakistan-2024-na128": ("NA-128", 433, 171),
    "pakistan-2024-na122": ("NA-122", None, None),
    "pakistan-2024-na238": ("NA-238", None, None),
}
"""mapping → contest, stations, stations at which copies differ (``data/README.md``; None: whatever the package says)."""


@pytest.fixture(scope="module", params=LOGS)
def logged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp(request.param) / "log"
    write_demo_log(imported(request.param), folder, "history.example/2024")
    return request.param, folder


def verified(folder: Path, out: Path) -> dict[str, dict[str, Any]]:
    """The document of each verifier, by its name."""
    CliRunner().invoke(app, ["verify", str(folder), "--json", str(out / "core.json")])
    second_opinion([str(folder), "--json", str(out / "second.json")])
    documents = {name: json.loads((out / f"{name}.json").read_text(encoding="utf-8")) for name in ("core", "second")}
    if shutil.which("node"):
        done = subprocess.run(["node", str(SCRIPT), str(folder), "--json"], capture_output=True, text=True, check=False, timeout=300)
        documents["browser"] = json.loads(done.stdout)
    return documents


def spans(document: dict[str, Any], name: str) -> dict[str, tuple[int, int | None]]:
    totals = contest(document, name)["totals"]
    if isinstance(totals, dict):
        return {candidate: (low, high) for candidate, (low, high) in totals.items()}
    return {row["candidate"]: (row["min"], row["max"]) for row in totals}


def test_every_verifier_finds_the_totals_of_the_package(logged: tuple[str, Path], tmp_path: Path) -> None:
    mapping, folder = logged
    name, stations, disputed = LOGS[mapping]
    ours = reported(mapping)
    for verifier, document in verified(folder, tmp_path).items():
        assert spans(document, name) == spans(ours, name), verifier
        found = contest(document, name)["stations"]
        expected = contest(ours, name)["stations"]
        assert {key: found[key] for key in ("expected", "recorded", "missing", "disputed")} == {
            key: expected[key] for key in ("expected", "recorded", "missing", "disputed")
        }, verifier
        if stations is not None:
            assert (found["expected"], found["disputed"]) == (stations, disputed), verifier


def test_every_verifier_says_the_same_of_the_entries(logged: tuple[str, Path], tmp_path: Path) -> None:
    _, folder = logged
    said = {
        verifier: sorted({(one["code"], one["index"]) for one in document["problems"]}, key=str)
        for verifier, document in verified(folder, tmp_path).items()
    }
    assert all(one == said["core"] for one in said.values()), said
