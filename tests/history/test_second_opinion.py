"""The second opinion, which shares no code with the core, comes to the same figures on every real election."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tallyproof.formats.package import write_package
from tallyproof_verify.tally import tally
from tests.support.history import FILES, imported, reported

SAME = ("contest", "stations", "sources", "winner")
FIGURES = ("min", "max", "max_with_missing", "unread", "declared", "delta")


def of_both(row: dict[str, Any], *more: str) -> dict[str, Any]:
    return {key: row[key] for key in (*FIGURES, *more)}


@pytest.mark.parametrize("mapping", FILES)
def test_both_programs_agree(mapping: str, tmp_path: Path) -> None:
    election = imported(mapping)
    write_package(election, tmp_path / "package")
    ours, theirs = reported(mapping), tally(tmp_path / "package")
    assert [one["contest"] for one in ours["contests"]] == [one["contest"] for one in theirs["contests"]]
    for mine, second in zip(ours["contests"], theirs["contests"], strict=True):
        for key in SAME:
            assert mine[key] == second[key], (mine["contest"], key)
        assert {key: mine["margin"][key] for key in ("by_records", "declared")} == {
            key: second["margin"][key] for key in ("by_records", "declared")
        }
        more = ("candidate", "by_source", "by_source_stations")
        assert [of_both(row, *more) for row in mine["totals"]] == [of_both(row, *more) for row in second["totals"]]
        for box, row in mine["boxes"].items():
            assert of_both(row, "by_source") == of_both(second["boxes"][box], "by_source"), box
        views = [(view["source"], view["stations"], view["totals"], view["margin"]) for view in mine["views"]]
        assert views == [(view["source"], view["stations"], view["totals"], view["margin"]) for view in second["views"]]
    areas = {(row["contest"], row["area"]): row for row in theirs["areas"]}
    for row in ours["areas"]:
        second = areas[row["contest"], row["area"]]
        assert row["stations"] == second["stations"]
        assert [of_both(total, "candidate") for total in row["totals"]] == [of_both(total, "candidate") for total in second["totals"]]
