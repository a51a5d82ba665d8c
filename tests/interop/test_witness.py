"""aics-witness, a witness that nobody of this project wrote, over HTTP: it cosigns our log as it grows, and refuses what is no growth."""

from __future__ import annotations

import base64
import http.client
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tallyproof.log import checkpoint, merkle
from tallyproof.log.checkpoint import Checkpoint
from tallyproof.record.note import Signature, Vkey, b64decode, parse_vkey
from tests.interop import made
from tests.support.biglog import ORIGIN, TIME

ENTRIES = [f"entry {number}".encode() for number in range(40)]


@pytest.fixture
def witness(interop_python: Path, tmp_path: Path) -> Iterator[tuple[int, Vkey]]:
    """Its port and its key."""
    config = tmp_path / "witness.json"
    run = [interop_python, "-m", "aics_witness"]
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AICS_")}
    start = ["init", "--config", config, "--name", "other.example/witness", "--listen", f"127.0.0.1:{port}"]
    key = subprocess.run([*run, *start], check=True, capture_output=True, text=True, env=environment).stdout.strip()
    log = ["add-log", "--config", config, "--origin", ORIGIN, "--vkey", str(made.log_signer().vkeys[0])]
    subprocess.run([*run, *log], check=True, capture_output=True, env=environment)
    with subprocess.Popen([*run, "serve", "--config", config], stderr=subprocess.DEVNULL, env=environment) as server:
        try:
            for _ in range(200):
                if server.poll() is not None or _answers(port):
                    break
                time.sleep(0.05)
            yield port, parse_vkey(key)
        finally:
            server.terminate()


def _answers(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


def _ask(port: int, old: int, tree: merkle.Tree, proof: list[bytes] | None = None) -> tuple[int, str]:
    """Status and text of the answer to ``add-checkpoint``."""
    found = proof if proof is not None else tree.consistency_proof(old) if 0 < old < tree.size else []
    note = made.log_signer().sign(Checkpoint(ORIGIN, tree.size, tree.root()), TIME).to_bytes()
    body = f"old {old}\n".encode() + b"".join(base64.b64encode(one) + b"\n" for one in found) + b"\n" + note
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        asked.request("POST", "/add-checkpoint", body)
        answer = asked.getresponse()
        return answer.status, answer.read().decode()
    finally:
        asked.close()


def _is_cosigned(text: str, key: Vkey, tree: merkle.Tree) -> bool:
    dash, name, blob = text.rstrip("\n").split(" ")
    data = b64decode(blob)
    signature = Signature(name, data[:4], data[4:])
    return dash == "—" and checkpoint.verify(Checkpoint(ORIGIN, tree.size, tree.root()), key, signature)


def test_it_cosigns_growth_and_nothing_else(witness: tuple[int, Vkey]) -> None:
    port, key = witness
    trees = [merkle.Tree(ENTRIES[:size]) for size in (3, 3, 8, 40)]
    old = 0
    for tree in trees:
        status, text = _ask(port, old, tree)
        assert status == 200, text
        assert _is_cosigned(text, key, tree)
        old = tree.size

    fork = merkle.Tree([b"another", *ENTRIES[1:]])
    assert _ask(port, 40, fork)[0] == 422
    longer = merkle.Tree([*ENTRIES, b"one more"])
    forged = longer.consistency_proof(40)
    forged[-1] = bytes(32)
    assert _ask(port, 40, longer, forged)[0] == 422
    assert _ask(port, 40, merkle.Tree(ENTRIES[:8]))[0] == 400
    assert _ask(port, 8, longer) == (409, "40\n")
    assert _ask(port, 40, longer)[0] == 200
