"""The example that ships is what its generator makes, and adds up to what was published and claimed."""

from __future__ import annotations

import csv
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "tallyproof" / "examples" / "ps129"
GENERATOR = ROOT / "examples" / "make_ps129.py"

Row = dict[str, str]


def table(name: str) -> list[Row]:
    with (PACKAGE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return runpy.run_path(str(GENERATOR))


def test_the_generator_makes_the_example_byte_for_byte(made: dict[str, Any], tmp_path: Path) -> None:
    made["write"](tmp_path)
    committed = {path.name: path.read_bytes() for path in PACKAGE.iterdir() if path.name != "README.md"}
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == committed


def test_station_rows_add_up_to_what_was_claimed() -> None:
    sums: dict[str, int] = {}
    for row in table("votes"):
        if row["votes"]:
            sums[row["candidate"]] = sums.get(row["candidate"], 0) + int(row["votes"])
    assert sums == {"saif-bari": 31_000, "maaz-muqaddam": 6_000, "hafiz-naeem-ur-rehman": 30_464}


def test_ballots_add_up_to_the_votes_cast() -> None:
    records = table("records")
    assert len(records) == 147
    assert sum(int(row["in_box"]) for row in records) == 83_521


def test_no_station_has_more_votes_than_ballots() -> None:
    in_box = {row["record"]: int(row["in_box"]) for row in table("records")}
    votes = dict.fromkeys(in_box, 0)
    for row in table("votes"):
        votes[row["record"]] += int(row["votes"] or 0)
    assert all(votes[record] <= in_box[record] for record in in_box)


def test_what_nobody_published_is_unread() -> None:
    hanif = [row for row in table("votes") if row["candidate"] == "muhammad-asad-hanif"]
    assert len(hanif) == 147
    assert {(row["votes"], row["unread"]) for row in hanif} == {("", "not-on-form")}
    assert not any(row.get("registered") or row.get("valid") or row.get("rejected") for row in table("records"))


def test_declared_figures_are_those_of_form_47() -> None:
    declared = {row["item"]: int(row["value"]) for row in table("declared")}
    assert declared == {
        "in_box": 83_521,
        "hafiz-naeem-ur-rehman": 26_296,
        "maaz-muqaddam": 20_608,
        "muhammad-asad-hanif": 15_014,
        "saif-bari": 11_357,
    }
    assert {row["stage"] for row in table("declared")} == {"provisional"}
    assert all("https://" in row["source"] for row in table("declared"))


def test_every_file_with_station_rows_says_that_they_are_reconstructed() -> None:
    assert all("reconstructed" in row["name"] and "مفروضہ" in row["name_ur"] for row in table("stations"))
    assert all("reconstruct" in row["source"] and "reconstructed" in row["record"] for row in table("records"))
    assert all("reconstructed" in row["record"] for row in table("votes"))
    for name in ("NOTICE.txt", "README.md", "datapackage.json"):
        assert "econstructed" in (PACKAGE / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(("total", "weights"), [(10, [1, 1, 1]), (0, [3, 4]), (7, [7]), (83_521, [300 + i for i in range(147)])])
def test_apportion_gives_the_whole_and_stays_within_one_of_the_quota(made: dict[str, Any], total: int, weights: list[int]) -> None:
    apportion: Callable[[int, list[int]], list[int]] = made["apportion"]
    parts = apportion(total, weights)
    assert sum(parts) == total
    assert all(abs(part * sum(weights) - total * weight) < sum(weights) for part, weight in zip(parts, weights, strict=True))


def test_spread_keeps_row_and_column_sums(made: dict[str, Any]) -> None:
    spread: Callable[[list[int], list[int]], list[list[int]]] = made["spread"]
    cells = spread([30, 50, 20], [45, 45, 10])
    assert [sum(row) for row in cells] == [30, 50, 20]
    assert [sum(column) for column in zip(*cells, strict=True)] == [45, 45, 10]
    assert min(min(row) for row in cells) >= 0
