"""Clients that nobody of this project wrote read a log of 90,000 entries that the store wrote, and find what we say of it."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tallyproof.record.note import Algorithm
from tests.interop import made
from tests.interop.conftest import HERE
from tests.interop.made import Made
from tests.support import biglog
from tests.support.biglog import Shape

ENTRIES = int(os.environ.get("TALLYPROOF_INTEROP_ENTRIES", "90000"))
OPENED = 25
"""Every 25th entry is opened as a note by Go: all of them when TALLYPROOF_INTEROP_OPEN says 1."""


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made.write(tmp_path_factory.mktemp("log"), Shape(stations=ENTRIES, contests=max(1, ENTRIES // 340), keys="contest"))


@pytest.fixture(scope="session")
def asked(log: Made, keys: dict[str, Any]) -> dict[str, Any]:
    """What the clients are asked."""
    inclusion, consistency = made.proofs(log.tree)
    b64 = [[base64.b64encode(node).decode() for node in proof] for _, _, proof in inclusion + consistency]
    return keys | {
        "indexes": sorted({index for index, _, _ in inclusion}),
        "inclusion": [{"index": i, "size": s, "proof": p} for (i, s, _), p in zip(inclusion, b64, strict=False)],
        "consistency": [{"old": o, "new": n, "proof": p} for (o, n, _), p in zip(consistency, b64[len(inclusion) :], strict=True)],
    }


Client = Callable[[Made, dict[str, Any], Path], list[str | Path]]
"""Makes the command that audits a log; the question is written to a file in the folder."""


@pytest.fixture(scope="session")
def keys() -> dict[str, Any]:
    """The keys of a question, without any."""
    return {
        "log": [str(key) for key in made.log_signer().vkeys], "witnesses": [str(key) for key in made.witness_vkeys()], "quorum": 2,
        "inclusion": [], "consistency": [], "indexes": [],
    }  # fmt: skip


def _written(asked: dict[str, Any], folder: Path) -> Path:
    path = folder / "request.json"
    path.write_text(json.dumps(asked), encoding="utf-8")
    return path


@pytest.fixture(params=["go", "node", "aics-tlog", "tlog-scales"])
def client(request: pytest.FixtureRequest) -> Client:
    if request.param == "go":
        binary = request.getfixturevalue("go_audit")
        every = int(os.environ.get("TALLYPROOF_INTEROP_OPEN", OPENED))

        def go(log: Made, asked: dict[str, Any], folder: Path) -> list[str | Path]:
            ed25519 = [str(key) for key in made.witness_vkeys() if key.algorithm != Algorithm.COSIGNATURE_MLDSA44]
            more = {"log": str(log.log), "witnesses": ed25519, "every": every, "signers": biglog.vkeys(log.shape)}
            return [binary, log.folder, _written(asked | more, folder)]

        return go
    if request.param == "node":
        node = request.getfixturevalue("node")
        return lambda log, asked, folder: [node, HERE / "root.js", log.folder, str(log.log)]
    python = request.getfixturevalue("interop_python")
    name = {"aics-tlog": "aics", "tlog-scales": "scales"}[request.param]
    return lambda log, asked, folder: [python, HERE / "clients.py", name, log.folder, _written(asked, folder)]


def _run(command: list[str | Path]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=900, check=False)


@pytest.mark.slow
def test_the_log_is_what_we_say(client: Client, log: Made, asked: dict[str, Any], tmp_path: Path) -> None:
    done = _run(client(log, asked, tmp_path))
    assert done.returncode == 0, done.stderr[-2_000:]
    found = json.loads(done.stdout)
    assert (found["origin"], found["size"]) == (biglog.ORIGIN, log.tree.size)
    assert base64.b64decode(found["root"]) == log.tree.root()
    ed25519 = {name for name, post_quantum in made.WITNESSES.items() if not post_quantum}
    match found:
        case {"opened": opened, "signatures": signatures}:  # Go
            assert set(found["signed"]) == {biglog.ORIGIN, *ed25519}
            assert (found["inclusion"], found["consistency"]) == (len(asked["inclusion"]), len(asked["consistency"]))
            assert opened >= log.tree.size // OPENED
            assert signatures > 4 * opened
            if opened == log.tree.size:
                assert found["votes"] == {
                    f"NA-{contest + 1}/{candidate}": votes
                    for contest in range(log.shape.contests)
                    for candidate, votes in biglog.totals(log.shape, contest).items()
                }
        case {"cosigned": cosigned}:  # aics-tlog
            assert set(cosigned) == ed25519
            assert found["bundles"] == -(-log.tree.size // 256)
        case {"signed": signed}:  # tlog-scales
            kinds = {(biglog.ORIGIN, 1), (biglog.ORIGIN, 6), *((name, 6 if pq else 4) for name, pq in made.WITNESSES.items())}
            assert {(name, kind) for name, kind in signed} == kinds


def _with_one_vote_more(folder: Path) -> None:
    path = folder / "tile/entries/003"
    data = path.read_bytes()
    at = data.index(b'"c01":') + 6
    path.write_bytes(data[:at] + (b"8" if data[at : at + 1] == b"9" else b"9") + data[at + 1 :])


def _with_another_size(folder: Path) -> None:
    path = folder / "checkpoint"
    origin, size, rest = path.read_bytes().split(b"\n", 2)
    path.write_bytes(b"\n".join([origin, str(int(size) - 1).encode(), rest]))


def _with_another_signature(folder: Path) -> None:
    path = folder / "checkpoint"
    text, signatures = path.read_text(encoding="utf-8").split("\n\n")
    lines = signatures.split("\n")
    head, _, blob = lines[0].rpartition(" ")
    data = bytearray(base64.b64decode(blob))
    data[-40] ^= 1
    lines[0] = f"{head} {base64.b64encode(data).decode()}"
    path.write_text(text + "\n\n" + "\n".join(lines), encoding="utf-8")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made.write(tmp_path_factory.mktemp("small"), Shape(stations=1_500, contests=2, keys="contest"), batch=700)


@pytest.mark.parametrize("alter", [_with_one_vote_more, _with_another_size, _with_another_signature])
def test_an_altered_log_is_refused(
    client: Client, small: Made, keys: dict[str, Any], alter: Callable[[Path], None], tmp_path: Path
) -> None:
    """Each client notices by itself; otherwise that it accepts our log would say nothing."""
    folder = tmp_path / "log"
    shutil.copytree(small.folder, folder)
    question = keys | {"indexes": [3 * 256]}
    assert _run(client(Made(folder, small.shape, small.tree), question, tmp_path)).returncode == 0
    alter(folder)
    assert _run(client(Made(folder, small.shape, small.tree), question, tmp_path)).returncode == 1
