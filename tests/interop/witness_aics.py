"""Run by the Python that has aics-witness (Apache-2.0, by others), not by ours: serves its witness, or asks ours with its client.

witness_aics.py serve FOLDER ORIGIN VKEY      prints address and verifier key as JSON, serves until its input ends
witness_aics.py ask                           reads one question as JSON, prints what came of it as JSON
"""

from __future__ import annotations

import base64
import json
import sys
import threading
from pathlib import Path

from aics_tlog import parse_vkey, verify_cosignature  # type: ignore[import-not-found]
from aics_tlog.checkpoint import checkpoint_from_note  # type: ignore[import-not-found]
from aics_witness import (  # type: ignore[import-not-found]
    FeederError,
    LogConfig,
    Witness,
    WitnessClient,
    WitnessStore,
    load_or_create_key,
    make_server,
    merge_cosignatures,
)


def serve(folder: Path, origin: str, vkey: str) -> None:
    key, _, _ = load_or_create_key(folder / "key", create=True)
    with WitnessStore(folder / "witness.db", create=True) as store:
        witness = Witness("other.example/witness", key, store, [LogConfig.from_strings(origin, [vkey])])
        store.bind_witness_vkey(witness.vkey_text)
        server = make_server(witness)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(json.dumps({"url": server.url, "vkey": witness.vkey_text}), flush=True)
        sys.stdin.read()
        server.shutdown()


def ask() -> None:
    question = json.load(sys.stdin)
    note = base64.b64decode(question["note"])
    proofs = {int(old): [base64.b64decode(one) for one in proof] for old, proof in question["proofs"].items()}
    key = parse_vkey(question["vkey"])
    with WitnessClient(question["url"], key) as client:
        try:
            lines = client.submit(note, lambda old, _new: proofs[old])
        except FeederError as error:
            print(json.dumps({"refused": type(error).__name__, "status": getattr(error, "status", None)}))
            return
    merged = merge_cosignatures(note, lines)
    checkpoint, found = checkpoint_from_note(merged)
    true = [
        verify_cosignature(one.signature, key.name, key.public_key, checkpoint.origin, checkpoint.size, checkpoint.root)
        for one in found.signatures
        if (one.name, one.key_id) == (key.name, key.key_id)
    ]
    print(json.dumps({"lines": lines, "true": true, "note": base64.b64encode(merged).decode()}))


if __name__ == "__main__":
    serve(Path(sys.argv[2]), *sys.argv[3:]) if sys.argv[1] == "serve" else ask()
