"""NA-128 as a case: who is elected by which records, stated with figures; and the bundle that a stranger verifies."""

from __future__ import annotations

import csv
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tallyproof.cases.case import Stage
from tallyproof.cli.case_export import read_given
from tallyproof.publish.bundle_data import Evidence, Given, View, evidence
from tallyproof.publish.bundle_words import Words
from tallyproof.tabulate.winner import State
from tests.support.story_na128 import NUMBER, contradicted, na_128

RAJA, AWN = "salman-akram-raja", "awn-chaudhry"


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return na_128(tmp_path_factory.mktemp("na-128"))


@pytest.fixture(scope="module")
def given(places: tuple[Path, Path]) -> Given:
    return read_given(str(places[0]), NUMBER, places[1], None)


@pytest.fixture(scope="module")
def found(given: Given) -> Evidence:
    return evidence(given)


def by_name(found: Evidence) -> dict[str, View]:
    return {one.name: one for one in found.views}


def test_the_sixteen_stations_come_out_of_the_records(found: Evidence) -> None:
    """Published: Form 48 differs from the commission's own Form 45 at 16 stations (135: 803 v 0; 81: 1780 v 0; 129: 110 v 1110)."""
    assert len(contradicted()) == 16
    assert set(found.sheets) == set(contradicted())
    shown = {}
    for station, sheet in found.sheets.items():
        (line,) = [one for one in sheet.lines if one.item == AWN]
        commission = next(figure for figure, copy in zip(line.said, sheet.copies, strict=True) if copy.record.source == "commission")
        assert line.declared[0] != commission
        assert line.differs
        shown[station] = (commission, line.declared[0])
    assert {one: shown[one] for one in ("135", "81", "129")} == {"135": (803, 0), "81": (1780, 0), "129": (110, 1110)}
    assert sum(declared - commission for commission, declared in shown.values()) == 172_576 - 177_733


def test_who_is_elected_by_which_records(found: Evidence) -> None:
    views = by_name(found)
    assert found.holders == (AWN,)
    told = {name: (one.result.state, one.result.winners, one.changes, one.result.missing) for name, one in views.items()}
    both = (RAJA, AWN)
    assert told == {
        "all": (State.OPEN, both, "open", 0),
        "source agent:PTI": (State.PROVED, (RAJA,), "yes", 41),
        "source commission": (State.PROVED, (AWN,), "no", 0),
        "aside": (State.OPEN, both, "open", 16),
        "aside agent:PTI": (State.OPEN, both, "open", 53),
        "aside commission": (State.OPEN, both, "open", 16),
        "swapped agent:PTI commission": (State.PROVED, (RAJA,), "yes", 37),
        "swapped commission agent:PTI": (State.PROVED, (AWN,), "no", 4),
        "declared final/1": (State.OPEN, both, "open", 0),
    }


def test_the_published_sums_are_those_of_the_views(found: Evidence) -> None:
    views = by_name(found)
    assert {one: low for one, (low, _) in views["source agent:PTI"].result.totals.items()} == {RAJA: 142_727, AWN: 59_900}
    assert views["source commission"].result.totals == {RAJA: (158_740, 158_740), AWN: (177_733, 177_733)}
    assert views["declared final/1"].result.totals[AWN] == (172_576, 172_576)
    assert views["all"].result.disputed == 171


def test_missing_copies_are_bounded_by_registered_voters(found: Evidence) -> None:
    """41 stations have no copy of the agents: whatever came out of them, within their rolls, the winner by these copies stays."""
    result = by_name(found)["source agent:PTI"].result
    cap = sum(
        one.registered or 0
        for key, one in found.part.stations.items()
        if not any(record.station == key and record.source == "agent:PTI" for record in found.part.records)
    )
    assert result.with_missing[AWN] == 59_900 + cap
    assert result.margin is not None
    assert result.margin.lo == (142_727 - 59_900) - cap > 0


def test_an_order_without_its_recount_changes_nothing(given: Given, found: Evidence) -> None:
    assert given.case.stage is Stage.DECIDED
    (order,) = found.orders
    assert order.before == order.after
    assert {one.type for one in order.waiting} == {"recount-order", "recount-result", "seat-status"}


def test_the_bundle_verifies_with_a_bare_python(places: tuple[Path, Path], tmp_path: Path) -> None:
    made = []
    for seed, zone in (("1", "Asia/Karachi"), ("2", "America/La_Paz")):
        out = tmp_path / f"{seed}.zip"
        command = [
            sys.executable,
            "-c",
            "from tallyproof.cli import main; main()",
            "case",
            "export",
            places[0],
            NUMBER,
            "--package",
            places[1],
        ]
        environment = {"PYTHONPATH": str(Path(__file__).parents[2] / "src"), "PYTHONHASHSEED": seed, "TZ": zone, "PATH": "/usr/bin:/bin"}
        subprocess.run([*map(str, command), "--out", str(out)], env=environment, check=True, capture_output=True)
        made.append(out.read_bytes())
    assert made[0] == made[1]
    with zipfile.ZipFile(tmp_path / "1.zip") as archive:
        archive.extractall(tmp_path / "bundle")
    bare = [sys.executable, "-I", "-S", "verify"]
    done = subprocess.run(bare, cwd=tmp_path / "bundle", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 views were added up again" in done.stdout
    assert subprocess.run(["sha256sum", "--quiet", "-c", "manifest.sha256"], cwd=tmp_path / "bundle", check=False).returncode == 0
    with (tmp_path / "bundle" / "index.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["station"] for row in rows if row["kind"] == "station"} == set(contradicted())
    alone = [sys.executable, "-S", "-m", "tallyproof_verify", "../package"]
    told = subprocess.run(alone, cwd=tmp_path / "bundle" / "verify", capture_output=True, text=True, check=False)
    assert told.returncode == 1, "stations are disputed, and it says so"
    assert "171 disputed stations" in told.stdout


def document_rows(found: Evidence) -> tuple[list[str], list[str]]:
    """The rows of the two tables of ``docs/explanation/na-128.md``."""
    words = Words("en")
    stations = []
    for station, sheet in found.sheets.items():
        (line,) = [one for one in sheet.lines if one.item == AWN]
        said = {copy.record.source: figure for copy, figure in zip(sheet.copies, line.said, strict=True)}
        cells = [said.get("agent:PTI"), said["commission"], line.declared[0]]
        stations.append(f"| {station} | " + " | ".join(map(words.figure, cells)) + " |")
    views = []
    for one in found.views:
        totals = [words.span(one.result.totals[candidate]) for candidate in (RAJA, AWN)]
        assert one.result.margin is not None
        elected = words.result(one.result, found.contest, short=True)
        cells = [words.view(one, short=True), str(one.result.missing), *totals, words.span(one.result.margin), elected, one.changes]
        views.append("| " + " | ".join(cells) + " |")
    return stations, views


def test_the_document_says_what_the_records_say(found: Evidence) -> None:
    page = (Path(__file__).parents[2] / "docs" / "explanation" / "na-128.md").read_text(encoding="utf-8")
    stations, views = document_rows(found)
    assert "\n".join(stations) in page
    assert "\n".join(views) in page
    result = by_name(found)["source agent:PTI"].result
    most = result.with_missing[AWN]
    assert most is not None
    assert f"ahead by {142_727 - 59_900:,}, and the 41 stations without a copy have {most - 59_900:,} registered voters" in page
    assert f"{177_733 - 172_576:,} votes fewer" in page
    assert f"{len(found.exhibits)} exhibits" in page
