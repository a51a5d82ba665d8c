"""An audit from the command line, from the plan to the report; and everybody else who tries."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from tallyproof.cli.app import app
from tallyproof_verify.__main__ import main as second_opinion
from tests.support.audit_desk import FILES, Desk, written
from tests.support.audit_logs import DICE, audited_election

MADE = audited_election(random.Random(5), 10)


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The log before and after each step: key files are slow to make and open, on purpose."""
    folder = tmp_path_factory.mktemp("audit")
    written(folder, MADE.log)
    found = {"written": folder}

    def after(before: str, name: str) -> Desk:
        found[name] = folder.with_name(f"audit-{name}")
        shutil.copytree(found[before], found[name])
        return Desk(found[name])

    plan(after("written", "planned"), by=("authority",))
    after("planned", "begun").run("seed", found["begun"] / "log", "RLA 1", by=("authority", "party"), typed=f"{DICE}\n{DICE}\n")
    desk = after("begun", "drawn")
    desk.run("draw", desk.log, "RLA 1", "--lists", desk.folder / "lists", "--stations", 1, by=("authority",))
    return found


@pytest.fixture
def at(stages: dict[str, Path], tmp_path: Path) -> Callable[[str], Desk]:
    """A copy of the log at a stage."""

    def copied(stage: str) -> Desk:
        shutil.copytree(stages[stage], tmp_path, dirs_exist_ok=True)
        return Desk(tmp_path)

    return copied


def plan(desk: Desk, **more: Any) -> Result:
    index = MADE.log.places["tabulation NA-1"]
    return desk.run("plan", desk.log, "--audit", "RLA 1", "--contest", f"NA-1={index}", "--limit", "1/10", **more)


def drawn(desk: Desk) -> str:
    """The one station of round 1."""
    return (desk.folder / "lists" / "round-1-NA-1.csv").read_text(encoding="utf-8").splitlines()[1].split(",")[1]


def figures(desk: Desk, station: str, change: int = 0) -> Path:
    ali, bano, chand = MADE.figures["NA-1"][station]
    path = desk.folder / f"figures-{station}-{change}.json"
    path.write_text(json.dumps({"votes": {"ali": ali - change, "bano": bano, "chand": chand}}), encoding="utf-8")
    return path


def record(desk: Desk, station: str, who: str, *more: object, code: int = 0, change: int = 0) -> Result:
    words = ("record", desk.log, "RLA 1", station, "--contest", "NA-1", "--drafts", desk.folder / "drafts")
    return desk.run(*words, *(more or ("--figures", figures(desk, station, change))), by=(who,), code=code)


def test_from_the_plan_to_the_report(at: Callable[[str], Desk]) -> None:
    desk = at("begun")
    assert "Declared: ali" in plan(desk).stderr
    rounds = 0
    while True:
        done = desk.run("draw", desk.log, "RLA 1", "--lists", desk.folder / "lists", "--stations", 5, by=("authority",))
        rounds += 1
        listed = (desk.folder / "lists" / f"round-{rounds}-NA-1.csv").read_text(encoding="utf-8").splitlines()[1:]
        assert listed
        assert done.stdout.strip()
        for line in listed:
            station = line.split(",")[1]
            assert "waits" in record(desk, station, "op1").stdout
            assert "is counted" in record(desk, station, "op2").stdout
        done = CliRunner().invoke(app, ["audit", "risk", str(desk.log), "RLA 1"])
        if done.exit_code == 0:
            break
        assert "NOT confirmed" in done.stdout
        desk.run("result", desk.log, "RLA 1", by=("authority",))
    assert "limit is reached" in done.stdout
    desk.run("result", desk.log, "RLA 1", by=("authority",))
    report = desk.run("report", desk.log, "RLA 1", "--html", desk.folder / "html", "--json", desk.folder / "report.json")
    assert "CONFIRMED" in report.stdout
    document = json.loads((desk.folder / "report.json").read_text(encoding="utf-8"))
    assert document["ok"]
    assert document["audit"]["contests"][0]["answer"] == "confirmed"
    assert [len(one["stations"]) for one in document["audit"]["rounds"]][:1] == [5]
    again = desk.folder / "again"
    desk.run("report", desk.log, "RLA 1", "--html", again)
    for page in ("index.html", "en/index.html", "ur/index.html", "audit.json"):
        assert (again / page).read_bytes() == (desk.folder / "html" / page).read_bytes()
    assert "تصدیق ہو گئی" in desk.run("report", desk.log, "RLA 1", "--lang", "ur").stdout
    assert CliRunner().invoke(app, ["verify", str(desk.log)]).exit_code == 0
    assert second_opinion([str(desk.log)]) == 0


def test_a_second_person_who_types_something_else(at: Callable[[str], Desk]) -> None:
    desk = at("drawn")
    station = drawn(desk)
    record(desk, station, "op1")
    size = (desk.log / "checkpoint").read_bytes()
    differs = record(desk, station, "op2", code=1, change=7)
    assert "differ at ali" in differs.stderr
    told = differs.stderr.partition("the two differ")[2]
    assert str(MADE.figures["NA-1"][station][0]) not in told
    assert (desk.log / "checkpoint").read_bytes() == size
    # one person twice is one person, and an agent with an operator are two
    shutil.rmtree(desk.folder / "drafts")
    assert "waits" in record(desk, station, "op1").stdout
    assert "waits" in record(desk, station, "op1").stdout
    shutil.rmtree(desk.folder / "drafts")
    record(desk, station, "agent")
    assert "is counted" in record(desk, station, "op3").stdout
    assert "was counted" in desk.refused(
        "record", desk.log, "RLA 1", station, "--contest", "NA-1", "--drafts", desk.folder / "d", "--absent", by=("op1",)
    )


def test_figures_are_asked_for_one_by_one(at: Callable[[str], Desk]) -> None:
    desk = at("drawn")
    station = drawn(desk)
    typed = "".join(f"{one}\n" for one in MADE.figures["NA-1"][station])
    words = ("record", desk.log, "RLA 1", station, "--contest", "NA-1", "--drafts", desk.folder / "drafts")
    desk.run(*words, by=("op1",), typed=f"x\n{typed}")
    assert "is counted" in record(desk, station, "op2").stdout


ALLOWED = {
    "plan": {"authority"},
    "draw": {"authority"},
    "result": {"authority"},
    "record": {"op1", "op2", "op3", "agent"},
    "seed": set[str](),
}
"""Who may do it alone; a seed takes two."""


@pytest.mark.parametrize("who", [*FILES, "log", "stranger"])
@pytest.mark.parametrize("command", ALLOWED)
def test_everybody_tries(at: Callable[[str], Desk], command: str, who: str) -> None:
    if who in ALLOWED[command]:
        return
    desk = at({"plan": "written", "seed": "planned", "draw": "begun"}.get(command, "drawn"))
    words = {
        "plan": ("--audit", "x", "--contest", f"NA-1={MADE.log.places['tabulation NA-1']}"),
        "seed": ("RLA 1",),
        "draw": ("RLA 1", "--lists", desk.folder / "more"),
        "result": ("RLA 1",),
        "record": ("RLA 1", drawn(desk) if command == "record" else "", "--contest", "NA-1", "--drafts", desk.folder / "d", "--absent"),
    }
    told = desk.refused(command, desk.log, *words[command], by=(who,), typed=f"{DICE}\n{DICE}\n")
    assert "must be signed by" in told or "the log knows no key" in told
    assert not (desk.folder / "more").exists()
    assert not (desk.folder / "d").exists()


@pytest.mark.parametrize(
    "typed, message",
    [
        (f"{DICE}\n{DICE[:-1]}5\n", "differs at die 20"),
        (f"{DICE[:-1]}\n{DICE}\n", "19 digits"),
        (f"{DICE[:-1]}x\n{DICE}\n", "20 digits were typed"),
    ],
)
def test_dice_that_are_not_read_back(at: Callable[[str], Desk], typed: str, message: str) -> None:
    desk = at("planned")
    assert message in desk.refused("seed", desk.log, "RLA 1", by=("authority", "party"), typed=typed)


def test_what_comes_too_early_or_twice(at: Callable[[str], Desk]) -> None:
    desk = at("written")
    assert "0 plans" in desk.refused("seed", desk.log, "RLA 1", by=("authority", "party"))
    contest = f"NA-1={MADE.log.places['tabulation NA-1']}"
    assert "names no declaration" in desk.refused("plan", desk.log, "--audit", "x", "--contest", "NA-1=0")
    assert "where does the entry go" in desk.refused(
        "plan", desk.log, "--audit", "x", "--contest", contest, "--key", desk.folder / "authority.key"
    )
    desk = at("planned")
    assert "have not been thrown" in desk.refused("draw", desk.log, "RLA 1", "--lists", desk.folder / "lists", by=("authority",))
    desk.run("seed", desk.log, "RLA 1", "--transcript", desk.folder / "dice.txt", by=("authority", "party"), typed=f"{DICE}\n{DICE}\n")
    assert "31415 92653 58979 32384" in (desk.folder / "dice.txt").read_text(encoding="utf-8")
    assert "are in the log" in desk.refused("seed", desk.log, "RLA 1", by=("authority", "party"), typed=f"{DICE}\n{DICE}\n")
    words = ("record", desk.log, "RLA 1", "1", "--contest", "NA-1", "--drafts", desk.folder / "d", "--absent")
    assert "has not been drawn" in desk.refused(*words, by=("op1",))
    assert "no round was drawn" in desk.refused("result", desk.log, "RLA 1", by=("authority",))
