"""Every tampering of the catalogue is found and named by every verifier: the core, the second opinion, and the one for browsers."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

import tallyproof_verify
from tallyproof.cli.app import app
from tallyproof_verify.__main__ import main as second_opinion
from tests.support.minilog import election
from tests.tamper.catalogue import CATALOGUE, Tamper, sealed_anew, write

SCRIPT = Path(tallyproof_verify.__file__).parent / "browser" / "verify.js"
Verifier = Callable[[list[str], Path], tuple[int, dict[str, Any]]]


def core(arguments: list[str], out: Path) -> tuple[int, dict[str, Any]]:
    done: Result = CliRunner().invoke(app, ["verify", *arguments, "--json", str(out)])
    assert out.exists(), done.output
    return done.exit_code, json.loads(out.read_text(encoding="utf-8"))


def python(arguments: list[str], out: Path) -> tuple[int, dict[str, Any]]:
    code = second_opinion([*arguments, "--json", str(out)])
    return code, json.loads(out.read_text(encoding="utf-8"))


def node(arguments: list[str], out: Path) -> tuple[int, dict[str, Any]]:
    if shutil.which("node") is None:
        pytest.skip("node is not installed: the verifier for browsers runs in it")
    done = subprocess.run(["node", str(SCRIPT), *arguments, "--json"], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


VERIFIERS: dict[str, Verifier] = {"tallyproof": core, "tallyproof-verify": python, "verify.js": node}


def arguments_of(one: Tamper, folder: Path) -> list[str]:
    kept = folder.parent / "kept"
    pinned = ["--policy", str(kept / "policy"), "--authority", str(kept / "authority")]
    if one.group == "SEEN":
        pinned += ["--seen", str(kept / "checkpoint")]
    if one.group == "RECEIPT":
        pinned += ["--receipt", str(folder / "receipt")]
    return [str(folder), *pinned]


@pytest.mark.parametrize("verifier", VERIFIERS)
@pytest.mark.parametrize("one", CATALOGUE, ids=str)
def test_tampering_is_named(one: Tamper, verifier: str, tmp_path: Path) -> None:
    folder = write(one, tmp_path / "log")
    exit_code, document = VERIFIERS[verifier](arguments_of(one, folder), tmp_path / "out.json")
    found = {problem["code"]: problem["message"] for problem in document["problems"] if problem["kind"] != "notice"}
    assert one.code in found, (one.code, document["problems"])
    assert len(found[one.code]) > 10
    assert exit_code == 1
    assert document["ok"] is False


@pytest.mark.parametrize("verifier", VERIFIERS)
@pytest.mark.parametrize("threshold", [1, 2])
def test_the_log_without_tampering_is_in_order(verifier: str, threshold: int, tmp_path: Path) -> None:
    log = election(threshold)
    log.write(tmp_path / "log")
    (tmp_path / "receipt").write_text(log.receipt(log.at["count 1"]), encoding="utf-8")
    (tmp_path / "seen").write_text(log.checkpoint(size=log.at["count 3"]), encoding="utf-8")
    given = [str(tmp_path / "log"), "--policy", str(tmp_path / "log" / "policy"), "--authority", str(tmp_path / "log" / "authority")]
    given += ["--seen", str(tmp_path / "seen"), "--receipt", str(tmp_path / "receipt")]
    exit_code, document = VERIFIERS[verifier](given, tmp_path / "out.json")
    assert [problem for problem in document["problems"] if problem["kind"] != "notice"] == []
    assert (exit_code, document["ok"]) == (0, True)


@pytest.mark.parametrize("verifier", VERIFIERS)
def test_more_than_the_least_may_be_declared_where_a_figure_is_unread(verifier: str, tmp_path: Path) -> None:
    log = election()
    illegible = {"bari": 70, "hafiz": 60, "zia": "illegible"}
    log.rewrite(log.at["count 3"], log.key("officer", "3"), votes=illegible)
    for number in "12":
        log.rewrite(log.at[f"typed {number}"], log.key("operator", "NA-1", number), votes=illegible)
    sealed_anew(log, totals={"bari": 275, "hafiz": 189, "zia": 67}, winners=["bari"])
    log.write(tmp_path / "log")
    _, document = VERIFIERS[verifier]([str(tmp_path / "log")], tmp_path / "out.json")
    said = [(one["code"], one["index"]) for one in document["problems"] if one["kind"] != "notice"]
    assert ("declaration-totals", log.at["final NA-1"]) not in said


def test_the_catalogue_is_long_and_says_each_thing_once() -> None:
    names = [one.name for one in CATALOGUE]
    assert len(names) == len(set(names)) >= 60
    assert {one.group for one in CATALOGUE} == {"STORE", "OPERATOR", "SEEN", "RECEIPT"}
