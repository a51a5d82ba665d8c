"""``tallyproof import``: what it writes, what it prints, and how it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tallyproof.formats.package import read_package

MAPPING = """mapping = "v1"
[about]
name = "t"
title = "T"
notice = "Rows of one side [claims]."
[[contests]]
contest = "NA-1"
[[candidates]]
candidate = "raja"
[[inputs]]
slot = "main"
station = "{No}"
[[inputs.skip]]
column = "No"
equals = "Total"
reason = "a total"
[[inputs.records]]
source = "commission"
votes = { raja = "R" }
"""


def tallyproof(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from tallyproof.cli import main; main()", "import", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "m.toml").write_text(MAPPING)
    (tmp_path / "a.csv").write_text("No,R\n1,10\n2,20\nTotal,30\n")
    return tmp_path


@pytest.mark.parametrize("words", [("a.csv",), ("main=a.csv",), ("a.csv", "--parquet")])
def test_a_package_is_written(folder: Path, words: tuple[str, ...]) -> None:
    done = tallyproof("m.toml", *words, "--out", "out", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 contests, 1 candidates, 2 stations, 2 records" in done.stdout
    assert "Rows of one side [claims]." in done.stdout
    assert "1 row skipped: a total\n    a.csv:4\n" in done.stdout
    assert read_package(folder / "out").votes.collect()["votes"].to_list() == [10, 20]


def test_skipped_rows_as_a_file(folder: Path) -> None:
    assert tallyproof("m.toml", "a.csv", "--out", "out", "--skipped", "s.csv", cwd=folder).returncode == 0
    assert (folder / "s.csv").read_text() == "file,row,reason\na.csv,4,a total\n"


def test_problems_end_with_2_and_nothing_is_written(folder: Path) -> None:
    (folder / "a.csv").write_text("No,R\n1,ten\n2,-20\n")
    done = tallyproof("m.toml", "a.csv", "--out", "out", cwd=folder)
    assert done.returncode == 2
    assert "a.csv:2:R: " in done.stderr
    assert "a.csv:3:R: " in done.stderr
    assert done.stderr.count("mend: ") == 2
    assert not (folder / "out").exists()
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words,said",
    [
        ((), "mapping and at least one file"),
        (("m.toml", "a.csv"), "--out"),
        (("m.toml", "nope=a.csv", "--out", "out"), "no input 'nope'"),
        (("m.toml", "b.csv", "--out", "out"), "no file 'b.csv'"),
        (("nope", "a.csv", "--out", "out"), "no mapping 'nope'"),
        (("nope.toml", "a.csv", "--out", "out"), "cannot be read"),
        (("--guess", "nope.csv"), "nope.csv"),
    ],
)
def test_what_cannot_be_done_is_said_with_a_hint(folder: Path, words: tuple[str, ...], said: str) -> None:
    done = tallyproof(*words, cwd=folder)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_list_and_guess(folder: Path) -> None:
    listed = tallyproof("--list", cwd=folder)
    assert listed.returncode == 0
    assert "pakistan-2024-na128" in listed.stdout
    guessed = tallyproof("--guess", "a.csv", cwd=folder)
    assert guessed.returncode == 0
    assert "unsure of:" in guessed.stderr
    (folder / "g.toml").write_text(guessed.stdout)
    assert tallyproof("g.toml", "a.csv", "--out", "out", cwd=folder).returncode == 0
