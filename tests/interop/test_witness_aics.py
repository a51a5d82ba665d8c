"""A witness and a witness's client that nobody of this project wrote (aics-witness): our client asks theirs, theirs asks ours.

They speak Ed25519 cosignatures (0x04) only.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tallyproof.log.policy import judge, parse_policy
from tallyproof_log.witness_client import gather, signatures_of
from tallyproof_log.witness_server import WitnessApp, WitnessServer
from tallyproof_log.witness_store import WitnessStore
from tests.support.histories import ORIGIN, History, cosigner, histories, log_signer

SCRIPT = Path(__file__).with_name("witness_aics.py")
HISTORY, FORK = histories(300, size=700)
LOG = log_signer().vkeys[0]


@pytest.fixture(scope="module")
def python(interop_python: Path) -> str:
    if subprocess.run([interop_python, "-c", "import aics_witness"], check=False, capture_output=True).returncode:
        pytest.skip(f"{interop_python} has no aics-witness")
    return str(interop_python)


@pytest.fixture
def theirs(python: str, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Address and verifier key of their witness."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [python, str(SCRIPT), "serve", str(folder), ORIGIN, str(LOG)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout
        told = json.loads(process.stdout.readline())
        yield told["url"], told["vkey"]


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[str]:
    """Address of our witness."""
    store = WitnessStore(tmp_path / "witness.db", cosigner(), create=True)
    server = WitnessServer(WitnessApp(store, {ORIGIN: (LOG,)}, prefix="/w", now=time.time), port=0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}/w"
    server.stop()
    thread.join(5)
    store.close()


def test_our_client_asks_their_witness(theirs: tuple[str, str]) -> None:
    url, vkey = theirs
    policy = parse_policy(f"log {LOG}\nwitness other {vkey} {url}\nquorum other\n".encode())

    def ask(history: History, size: int) -> tuple[str, bool]:
        files = history.files(size)
        (outcome,) = gather(policy, history.note(size).to_bytes(), files.__getitem__)
        whole = history.note(size).with_signatures(*signatures_of([outcome]))
        return outcome.refused, judge(whole.to_bytes(), policy).problems == ()

    for size in (1, 255, 256, 257, 600):
        assert ask(HISTORY, size) == ("", True)
    refused, _ = ask(FORK, 700)
    assert refused.startswith("status 422")
    refused, _ = ask(HISTORY, 256)
    assert "a tree of 600 already" in refused
    assert ask(HISTORY, 600) == ("", True)
    assert ask(HISTORY, 700) == ("", True)


def test_their_client_asks_our_witness(python: str, ours: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def text(data: bytes) -> str:
        return base64.b64encode(data).decode()

    def ask(history: History, size: int) -> dict[str, object]:
        proofs = {old: [text(one) for one in history.proof(old, size)] for old in (1, 255, 256, 257, 600) if old < size}
        question = {"url": ours, "vkey": str(cosigner().vkeys[0]), "note": text(history.note(size).to_bytes()), "proofs": proofs}
        done = subprocess.run(
            [python, str(SCRIPT), "ask"], input=json.dumps(question), check=False, capture_output=True, text=True, env=environment
        )
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    for size in (1, 255, 256, 257, 600):
        assert ask(HISTORY, size)["true"] == [True]
    assert ask(FORK, 700) == {"refused": "WitnessRejected", "status": 422}
    assert ask(FORK, 600) == {"refused": "WitnessRejected", "status": 422}
    assert ask(HISTORY, 256) == {"refused": "WitnessAhead", "status": None}
    assert ask(HISTORY, 600)["true"] == [True]
