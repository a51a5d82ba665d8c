"""The wheel holds everything that the commands need: the example, mappings, words and pages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project installed apart from this checkout, with this environment's libraries."""
    target = tmp_path_factory.mktemp("installed")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--target", str(target), str(ROOT)],
        check=True,
    )
    return target


def run(installed: Path, code: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"}
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, cwd=cwd, env=environment)


def test_the_demo_runs_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    code = "import tallyproof; from tallyproof.cli import main; print(tallyproof.__file__); main()"
    result = run(installed, code, "demo", "--html", str(tmp_path / "pages"), cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(str(installed))
    assert "Saif Bari" in result.stdout
    assert (tmp_path / "pages" / "ur" / "index.html").exists()


def test_the_shipped_mappings_are_there(installed: Path, tmp_path: Path) -> None:
    result = run(installed, "from tallyproof.cli import main; main()", "import", "--list", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "pakistan-2024-na128" in result.stdout


def test_the_second_opinion_starts_without_any_of_our_libraries(installed: Path, tmp_path: Path) -> None:
    package = installed / "tallyproof" / "examples" / "ps129"
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('polars', 'narwhals', 'tallyproof', 'pydantic', 'typer')));"
        "sys.argv[0] = 'tallyproof-verify'; from tallyproof_verify.__main__ import main; sys.exit(main())"
    )
    result = run(installed, code, str(package), cwd=tmp_path)
    assert result.returncode == 1, result.stderr
    assert "saif-bari" in result.stdout
