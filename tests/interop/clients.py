"""Audits a log folder with aics-tlog and tlog-scales, two readers of C2SP logs that nobody of this project wrote.

Run by the interpreter of an environment of its own (``tools/interop-clients`` makes it), never imported by a test:

    python clients.py aics|scales FOLDER REQUEST.json

REQUEST: ``log`` (vkeys of the log), ``witnesses`` (vkeys), ``quorum``, ``indexes``, ``inclusion`` [{index, size, proof}],
``consistency`` [{old, new, proof}]; hashes in base64. The answer is JSON; any exception means that something does not hold.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any


def aics(folder: Path, asked: dict[str, Any]) -> dict[str, Any]:
    from aics_tlog import (
        FileSystemTileReader,
        MerkleTree,
        VerifiedTileReader,
        audit_tiles,
        consistency_proof_from_tiles,
        inclusion_proof_from_tiles,
        parse_note,
        parse_vkey,
        read_entry,
        verify_checkpoint,
        verify_consistency,
        verify_inclusion,
    )
    from aics_tlog.hashing import leaf_hash
    from aics_tlog.tiles import parse_entry_bundle

    log = next(key for key in map(parse_vkey, asked["log"]) if key.key_type == 1)
    witnesses = [key for key in map(parse_vkey, asked["witnesses"]) if key.key_type == 4]
    judged = verify_checkpoint(parse_note((folder / "checkpoint").read_bytes()), log, witnesses, asked["quorum"])
    assert judged.ok, judged.error
    assert judged.size is not None
    assert judged.root is not None
    tiles = FileSystemTileReader(folder)
    audited = audit_tiles(tiles, judged.size, judged.root)
    verified = VerifiedTileReader(tiles, judged.size, judged.root)
    for index in asked["indexes"]:
        leaf = leaf_hash(read_entry(verified, index, judged.size))
        proof = inclusion_proof_from_tiles(verified, index, judged.size)
        assert verify_inclusion(leaf, index, judged.size, proof, judged.root)
    tree = MerkleTree()
    for start in range(0, judged.size, 256):
        width = min(256, judged.size - start)
        tree.extend(parse_entry_bundle(tiles.read_entry_bundle(start // 256, width if width < 256 else None) or b""))
    for one in asked["inclusion"]:
        assert tree.inclusion_proof(one["index"], one["size"]) == one["proof"]
    for one in asked["consistency"]:
        assert tree.consistency_proof(one["old"], one["new"]) == one["proof"]
        assert consistency_proof_from_tiles(verified, one["old"], one["new"], judged.size) == one["proof"]
        assert verify_consistency(one["old"], one["new"], tree.root(one["old"]), tree.root(one["new"]), one["proof"])
    assert tree.root(judged.size) == judged.root
    return {
        "origin": judged.origin, "size": judged.size, "root": base64.b64encode(judged.root).decode(), "cosigned": judged.witnesses,
        "tiles": audited.tiles, "bundles": audited.bundles,
    }  # fmt: skip


def scales(folder: Path, asked: dict[str, Any]) -> dict[str, Any]:
    from tlog_scales.backend import LocalBackend
    from tlog_scales.reader import TilesReader
    from tlog_scales.signing import Vkey
    from tlog_scales.tiles import leaf_hash
    from tlog_scales.tlog import Checkpoint, ConsistencyProof, InclusionProof

    checkpoint = Checkpoint.from_text((folder / "checkpoint").read_text(encoding="utf-8"))
    signed = []
    for text in [*asked["log"], *asked["witnesses"]]:
        key = Vkey.from_string(text)
        checkpoint.verify(key)
        signed.append([key.name, key.sig_type])
    reader = TilesReader(LocalBackend(folder))
    reader.set_size(checkpoint.size)
    assert reader.calculate_root_hash() == checkpoint.root_hash
    for index in asked["indexes"]:
        proof = reader.get_inclusion_proof(index, checkpoint.size)
        proof.check(leaf_hash(reader.get_entry(index)), checkpoint.root_hash)
    for one in asked["inclusion"]:
        assert reader.get_inclusion_proof(one["index"], one["size"]).node_hashes == one["proof"]
        root = reader.mth(0, one["size"])
        InclusionProof(one["index"], one["size"], one["proof"]).check(leaf_hash(reader.get_entry(one["index"])), root)
    for one in asked["consistency"]:
        assert reader.get_consistency_proof(one["old"], one["new"]).node_hashes == one["proof"]
        ConsistencyProof(one["old"], one["new"], one["proof"]).check(reader.mth(0, one["old"]), reader.mth(0, one["new"]))
    root = base64.b64encode(checkpoint.root_hash).decode()
    return {"origin": checkpoint.origin, "size": checkpoint.size, "root": root, "signed": signed}


def main() -> None:
    client, folder, request = sys.argv[1:]
    asked = json.loads(Path(request).read_text(encoding="utf-8"))
    for one in [*asked["inclusion"], *asked["consistency"]]:
        one["proof"] = [base64.b64decode(node) for node in one["proof"]]
    print(json.dumps({"aics": aics, "scales": scales}[client](Path(folder), asked)))


if __name__ == "__main__":
    main()
