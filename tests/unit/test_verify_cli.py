"""``python -m tallyproof_verify``: exit codes, and what a person is told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tallyproof_verify.__main__ import main
from tallyproof_verify.tally import tally
from tests.support.builders import Built, build, dec, rec

Caught = pytest.CaptureFixture[str]


def agreeing() -> Built:
    return build(stations={"S1": 500, "S2": 100}, records=[rec("S1", A=1210, B=7, valid=1217)], declared={"A": 1250, "B": 40})


def test_0_when_the_declared_figures_are_possible(tmp_path: Path, capsys: Caught) -> None:
    assert main([str(agreeing().write(tmp_path / "package"))]) == 0
    text = capsys.readouterr().out
    assert "NA-1: stations: 2 expected, 1 recorded, 1 missing, 0 disputed\n  missing: S2\n" in text
    # A: 1210 recorded, 100 registered at S2; declared 1250 is 40 more
    assert "1,210  at most 1,310 with the missing stations\n    declared final/1: 1,250; less the stations recorded: 40\n" in text
    assert "winner by the records: proved A" in text
    # 1210 − 7 = 1203, 100 either way
    assert "margin at the last seat: 1,103 to 1,303" in text
    assert "declared winner: A: proved" in text
    assert "0 contradictions, 0 disputed stations" in text
    assert "It did not check whether the records are true" in text


def test_1_when_a_declared_figure_contradicts(tmp_path: Path, capsys: Caught) -> None:
    assert main([str(build(records=[rec("S1", A=10, B=4)], declared={"A": 9}).write(tmp_path))]) == 1
    assert "1 contradictions, 0 disputed stations\n  NA-1: final/1 gives A 9, the records at least 10\n" in capsys.readouterr().out


def test_1_when_a_declared_winner_is_refuted(tmp_path: Path, capsys: Caught) -> None:
    # A 4..10, B 3..8: every figure is possible, but no copy lets B win
    copies = [rec("S1", A=10, B=8), rec("S1", "agent:X", A=4, B=3)]
    assert main([str(build(records=copies, declared={"A": 5, "B": 7}).write(tmp_path))]) == 1
    text = capsys.readouterr().out
    assert "1 contradictions, 1 disputed stations\n  NA-1: whatever is missing, the records refute the declared winner B\n" in text
    assert "by agent:X alone, 1 stations: proved A" in text


def test_1_when_copies_are_disputed(tmp_path: Path) -> None:
    assert main([str(build(records=[rec("S1", A=10), rec("S1", "agent:X", A=11)]).write(tmp_path))]) == 1
    assert main([str(tmp_path), "--trust", "officer"]) == 0


def test_2_when_it_cannot_be_read(tmp_path: Path, capsys: Caught) -> None:
    assert main([str(tmp_path / "nothing")]) == 2
    assert main([str(agreeing().write(tmp_path)), "--trust", "agent:Nobody"]) == 2
    assert main([str(tmp_path), "--json", str(tmp_path / "no" / "such" / "folder")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "no standing record is of the source 'agent:Nobody'; there are officer" in said.err


@pytest.mark.parametrize("turnout", ["101", "-1", "fifty"])
def test_turnout_is_a_percentage(tmp_path: Path, turnout: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main([str(tmp_path), "--turnout", turnout])
    assert caught.value.code == 2


def test_json_has_what_tally_says(tmp_path: Path) -> None:
    package = agreeing().write(tmp_path / "package")
    assert main([str(package), "--turnout", "50", "--json", str(tmp_path / "out.json")]) == 0
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8")) == tally(package, turnout=50)


def test_unknown_ends_and_ties_in_words(tmp_path: Path, capsys: Caught) -> None:
    assert main([str(build(stations={"S1": None, "S2": None}, records=[rec("S1", A=10, B=None)]).write(tmp_path / "one"))]) == 0
    text = capsys.readouterr().out
    assert "0 to unknown  at most unknown with the missing stations; unread at 1 stations" in text
    assert main([str(build(records=[rec("S1", A=7, B=7)]).write(tmp_path / "two"))]) == 0
    assert "winner by the records: a tie between A B" in capsys.readouterr().out


def test_it_runs_alone_without_our_packages(tmp_path: Path) -> None:
    """As a copy in a bare folder, with no installed package to be seen: -I -S."""
    source = Path(main.__code__.co_filename).parent
    copy = tmp_path / "alone" / "tallyproof_verify"
    copy.mkdir(parents=True)
    for path in source.glob("*.py"):
        (copy / path.name).write_bytes(path.read_bytes())
    package = build(records=[rec("S1", A=10, B=4)], declared=[dec(A=10, B=4)]).zip(tmp_path / "package.zip")
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from tallyproof_verify.__main__ import main; sys.exit(main())"
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(copy.parent), str(package)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert "declared winner: A: proved" in run.stdout
