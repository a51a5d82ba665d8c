"""The reader against ``specs/vectors/package``: which problems, where, each once, all in one run."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tallyproof.errors import InputError
from tallyproof.formats.codes import CODES
from tallyproof.formats.package import Limits, read_package

VECTORS = Path(__file__).parents[2] / "specs" / "vectors" / "package"
PROBLEMS = json.loads((VECTORS / "problems.json").read_text(encoding="utf-8"))
ELSEWHERE = {
    # needs an archive, Parquet or another limit: test_package_hostile
    "not-found",
    "not-a-package",
    "unreadable-file",
    "too-many-files",
    "duplicate-file",
    "link-in-archive",
    "encrypted-file",
    "unknown-compression",
    "too-large-file",
    "zip-bomb",
    "header-too-long",
    "too-many-columns",
    "too-many-rows",
    "line-too-long",
    "too-damaged",
    "float-column",
    "wrong-type",
    "bad-parquet",
}


def lay_out(folder: Path, files: dict[str, Any]) -> Path:
    """Write a vector's files: text, or an object with base64, or null for none."""
    for name, content in {**PROBLEMS["base"], **files}.items():
        if content is not None:
            data = base64.b64decode(content["base64"]) if isinstance(content, dict) else content.encode()
            (folder / name).write_bytes(data)
    return folder


def found(folder: Path, limits: Limits | None = None) -> list[dict[str, Any]]:
    try:
        read_package(folder, limits=limits or Limits())
    except InputError as error:
        for problem in error.problems:
            assert problem.message
            assert problem.mend
            assert len(str(problem)) < 700
        return [{"file": p.file, "row": p.row, "column": p.column, "code": p.code} for p in error.problems]
    return []


@pytest.mark.parametrize("case", PROBLEMS["cases"], ids=lambda case: case["name"])
def test_each_case_gives_exactly_its_problems(tmp_path: Path, case: dict[str, Any]) -> None:
    assert found(lay_out(tmp_path, case["files"])) == case["expected"]


@pytest.mark.parametrize("block", [300, 1000])
@pytest.mark.parametrize("case", [case for case in PROBLEMS["cases"] if len(str(case)) < 20_000], ids=lambda case: case["name"])
def test_the_size_of_blocks_changes_nothing(tmp_path: Path, case: dict[str, Any], block: int) -> None:
    assert found(lay_out(tmp_path, case["files"]), Limits(block=block, header=200)) == case["expected"]


@pytest.mark.parametrize("case", [case for case in PROBLEMS["cases"] if "votes.csv" in case["files"]], ids=lambda case: case["name"])
def test_ballots_too_long_for_one_table_change_nothing(tmp_path: Path, case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallyproof.formats.votes._CELLS", 0)
    assert found(lay_out(tmp_path, case["files"])) == case["expected"]


def test_a_sound_package_has_no_problem(tmp_path: Path) -> None:
    assert found(lay_out(tmp_path, {})) == []


def test_twelve_faults_in_300_rows_are_found_in_one_run() -> None:
    folder = VECTORS / "twelve-faults"
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    rows = sum(len(file.read_text(encoding="utf-8").splitlines()) - 1 for file in folder.glob("*.csv"))
    assert (rows, len(expected), len({one["code"] for one in expected})) == (300, 12, 12)
    assert found(folder) == expected


def test_every_code_has_a_case() -> None:
    met = {one["code"] for case in PROBLEMS["cases"] for one in case["expected"]}
    assert met | ELSEWHERE == set(CODES)


def test_the_message_names_the_first_row_of_a_key_the_circle_and_the_near_name(tmp_path: Path) -> None:
    files = {
        "areas.csv": "area,nam,parent\nA,,C\nB,,A\nC,,B\nstation-1,,A\nA,,C\n",
        "votes.csv": "record,candidate,votes\nr1,a,60\nr1,b,40\nr1,a,60\nr5,a,1\n",
    }
    with pytest.raises(InputError) as caught:
        read_package(lay_out(tmp_path, files))
    texts = {(p.code, p.row): f"{p.message} | {p.mend}" for p in caught.value.problems}
    assert "rename it to name" in texts["unknown-column", 1]
    assert "'A' → 'C' → 'B' → 'A'" in texts["area-cycle", 2]
    assert "row 2 " in texts["duplicate-key", 6]
    assert "row 2 " in texts["duplicate-key", 4]
    assert "records has no 'r5'" in texts["unresolved-reference", 5]


def test_the_listing_is_capped_and_says_how_many_more(tmp_path: Path) -> None:
    votes = "record,candidate,votes\n" + "r1,a,-1\n" + "r9,a,x\n" * 3000
    with pytest.raises(InputError) as caught:
        read_package(lay_out(tmp_path, {"votes.csv": votes, "areas.csv": "area,name,parent\nA,,Z\n"}))
    problems = caught.value.problems
    assert len(problems) == 1000
    assert [problem.code for problem in problems[:2]] == ["unresolved-reference", "unresolved-reference"]
    # five references to areas are lost. The first row of votes is negative; each of the 3000 others has a bad figure and
    # no record, and all but the first of them a key that is there already: 5 + 1 + 3000 + 3000 + 2999
    assert "9005 problems; the first 1000 are listed, 8005 more are not" in str(caught.value)
    rows = [problem.row for problem in problems if problem.file == "votes.csv"]
    assert rows == sorted(rows, key=lambda row: row or 0)
