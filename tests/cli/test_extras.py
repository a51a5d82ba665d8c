"""Without the extras: what needs none works, and what needs one says which to install. Nothing ends in a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tallyproof.cli.app import EXTRAS, missing_extra

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "tallyproof" / "examples" / "ps129"
BARE = (
    "import sys; sys.modules.update(dict.fromkeys({blocked!r})); sys.argv[0] = 'tallyproof';"
    "from tallyproof.cli import main; sys.exit(main())"
).format(blocked=sorted({*EXTRAS, "nacl"}))


def bare(folder: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """A command of a Python in which no library of an extra can be imported."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "200"}
    command = [sys.executable, "-c", BARE, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)
    assert "Traceback" not in done.stderr, (words, done.stderr)
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the log of the story in it, made by the bare program."""
    made = tmp_path_factory.mktemp("bare")
    assert bare(made, "demo", "--story", "--out", "story").returncode == 0
    (made / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (made / "pass").write_text("correct horse battery\n", encoding="utf-8")
    return made


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("check", PACKAGE, "--html", "pages"), 1),
        (("demo",), 0),
        (("case", "list", "story/log"), 0),
        (("case", "report", "story/log", "154", "--html", "case"), 0),
        (("seat", "show", "story/log", "PS-129"), 0),
        (("claims", "list", "story/log"), 0),
        (("declare", "show", "story/log", "151"), 0),
        (("verify", "story/log"), 1),
        (("case", "export", "story/log", "154", "--out", "bundle.zip"), 0),
    ],
)
def test_works_without_any_extra(folder: Path, words: tuple[str | Path, ...], code: int) -> None:
    done = bare(folder, *words)
    assert done.returncode == code, done.stderr
    assert done.stdout


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (("screen", PACKAGE), "screens"),
        (("declare", "print", "story/log", "151", "--out", "47.pdf"), "print"),
        (("log", "form", "story/log", "4", "--out", "forms"), "evidence"),
        (("log", "timestamp", "story/log", "--url", "http://127.0.0.1:9/", "--name", "t"), "evidence"),
        (("verify", "photo.png", "--log", "story/log", "--station", "PS-129-001"), "evidence"),
    ],
)
def test_says_which_extra_to_install(folder: Path, words: tuple[str | Path, ...], extra: str) -> None:
    done = bare(folder, *words)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert f"pip install 'tallyproof[{extra}]'" in done.stderr
    assert not (folder / "47.pdf").exists()


def test_a_module_of_our_own_that_is_missing_is_no_extra() -> None:
    assert missing_extra(ModuleNotFoundError("gone", name="tallyproof.gone")) is None
    assert missing_extra(ModuleNotFoundError("gone")) is None
    told = missing_extra(ModuleNotFoundError("gone", name="PIL.Image"))
    assert told is not None
    assert told.hint == "install it with: pip install 'tallyproof[evidence]'"
