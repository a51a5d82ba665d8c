"""The gazette list: a deadline that one contest met is said of that one, never of all."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tallyproof.cli.app import app
from tallyproof_log import keyfiles
from tests.support.acting_story import BASE, STEPS, key_files, log_folder


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """NA-1 is declared and notified in time, PS-1 has nobody."""
    folder, slow = tmp_path_factory.mktemp("gazette"), keyfiles.SCRYPT_N
    keyfiles.SCRYPT_N = 16
    try:
        key_files(folder)
    finally:
        keyfiles.SCRYPT_N = slow
    made = log_folder(folder / "log", BASE.entries)
    for one in STEPS[:3]:
        signing = [word for who in one.who for word in ("--key", str(folder / f"{who}.key"))]
        appending = ["--log-key", str(folder / "log.key"), "--passphrase-file", str(folder / "pass")]
        assert CliRunner().invoke(app, [*one.argv(made), *signing, *appending]).exit_code == 0
    return made


def shown(log: Path, *words: str) -> list[str]:
    done = CliRunner().invoke(app, ["declare", "gazette", str(log), *words])
    assert done.exit_code == 0, done.output
    return done.output.splitlines()


@pytest.mark.parametrize(
    ("language", "met", "unknown"), [("en", ", in time (", ", cannot be told"), ("ur", "، وقت پر (", "، جو معلوم ہے اس سے کہا نہیں")]
)
def test_each_contest_has_its_own_answer(log: Path, language: str, met: str, unknown: str) -> None:
    lines = shown(log, "--rules", "pk-2017", "--at", "2027-03-05T00:00:00Z", "--lang", language)
    told = [line.strip() for line in lines if "s. 98(1)" in line]
    assert len(told) == 2
    (one,) = [line for line in told if line.startswith("NA-1: ")]
    (other,) = [line for line in told if line.startswith("PS-1: ")]
    assert met in one
    assert unknown not in one
    assert unknown in other
    assert met not in other


def test_one_answer_for_all_is_said_once(log: Path) -> None:
    (one,) = [line for line in shown(log, "--rules", "pk-2017", "--at", "2027-03-05T00:00:00Z", "--contest", "NA-1") if "s. 98(1)" in line]
    assert not one.strip().startswith("NA-1")
