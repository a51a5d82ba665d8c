"""What is fuzzed: every reader of bytes that somebody else made. A target takes bytes and lets through nothing but its own errors.

A target also asks what must hold of whatever a reader accepts: written again it is the same bytes, read again it is the same value.
"""

from __future__ import annotations

import hashlib
import json as json_module
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tallyproof.errors import InputError
from tallyproof.log import checkpoint, policy, proof, tiles
from tallyproof.log.audit import Audit
from tallyproof.record import canon, ed25519, entry, note, types
from tests.interop import made
from tests.support.biglog import ORIGIN, Shape

Target = Callable[[bytes], None]

VECTORS = Path(__file__).parents[2] / "specs/vectors/entry/entry.json"
SHAPE = Shape(stations=300, contests=2, agents=2, candidates=3, keys="contest")
"""The small log that is altered: two bundles, of which one is full."""


@cache
def small_log() -> dict[str, bytes]:
    """Its files, by path."""
    return made.files(list(made.entries(SHAPE, workers=1)))


@cache
def small_policy() -> policy.Policy:
    return policy.parse_policy(made.policy().encode())


def notes(data: bytes) -> None:
    try:
        found = note.parse(data)
    except note.NoteError:
        return
    again = note.parse(found.to_bytes())
    assert again == found
    assert len(found.to_bytes()) <= len(data)


def vkeys(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    try:
        found = note.parse_vkey(text)
    except note.NoteError:
        return
    assert str(found) == text


def json(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    try:
        found = canon.loads(text)
    except canon.CanonError as error:
        assert error.code in {"json-malformed", "json-not-canonical"}
        return
    assert canon.dumps(found) == text


def signatures(data: bytes) -> None:
    key = ed25519.load(data[:32])
    if key is not None:
        ed25519.verify(key, data[32:96], data[96:])


def bundles(data: bytes) -> None:
    width = 1 + (data[0] if data else 0)
    try:
        found = tiles.decode_bundle(data[1:], width)
    except tiles.TileError as error:
        assert error.code == "bundle-malformed"
    else:
        assert len(found) == width
        assert tiles.encode_bundle(found) == data[1:]


def hash_tiles(data: bytes) -> None:
    width = 1 + (data[0] if data else 0)
    try:
        assert tiles.encode_tile(tiles.decode_tile(data[1:], width)) == data[1:]
    except tiles.TileError as error:
        assert error.code == "tile-truncated"


def paths(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    found = tiles.parse_path(text)
    assert found is None or found.path == text


def checkpoints(data: bytes) -> None:
    judged = policy.judge(data, small_policy())
    assert judged.problems or judged.checkpoint
    try:
        found, signed = checkpoint.parse_note(data)
    except checkpoint.CheckpointError:
        return
    assert found.text == signed.text


def policies(data: bytes) -> None:
    try:
        found = policy.parse_policy(data)
    except policy.PolicyError as error:
        assert error.problems
        return
    policy.judge(small_log()["checkpoint"], found)


def authorities(data: bytes) -> None:
    try:
        assert policy.parse_authority(data)
    except InputError as error:
        assert error.problems


def receipts(data: bytes) -> None:
    if data in seeds("receipt"):
        assert proof.verify(proof.parse(data), small_policy()).problems == ()
    try:
        found = proof.parse(data)
    except proof.ReceiptError:
        return
    assert found.to_bytes() == data
    proof.verify(found, small_policy())


def whole_logs(data: bytes) -> None:
    """One file of the log is replaced, at random by the first byte; whatever it is, the audit says so and goes on."""
    files = dict(small_log())
    path = sorted(files)[data[0] % len(files) if data else 0]
    files[path] = data[1:]

    def read(path: str) -> bytes:
        if path not in files:
            raise FileNotFoundError(path)
        return files[path]

    audit = Audit(read, small_policy())
    problems = audit.run()
    # Signatures of ML-DSA-44 are drawn anew each time, so another checkpoint may be as good.
    text = files["checkpoint"].split(b"\n\n")[0] == small_log()["checkpoint"].split(b"\n\n")[0]
    assert problems or files == small_log() or path in {"policy", "authority"} or (path == "checkpoint" and text)


def entries(data: bytes) -> None:
    try:
        found = entry.parse_entry(data, ORIGIN)
    except entry.Refused as error:
        assert list(entry.CODES).index(error.code) <= list(entry.CODES).index("field-wrong")
        return
    assert entry.entry_text(found.origin, found.type, found.value) == found.text
    assert found.text.encode() in data


def fields(data: bytes) -> None:
    """The first byte chooses the type, so that what is inside is reached."""
    kinds = sorted(types.TYPES)
    try:
        value = canon.loads(data[1:].decode("utf-8", "surrogateescape"))
    except canon.CanonError:
        return
    told = types.fault(kinds[data[0] % len(kinds)], value)
    assert isinstance(told, str)


TARGETS: dict[str, Target] = {
    "note": notes, "vkey": vkeys, "json": json, "signature": signatures, "bundle": bundles, "tile": hash_tiles, "path": paths,
    "checkpoint": checkpoints, "policy": policies, "authority": authorities, "receipt": receipts, "entry": entries, "field": fields,
    "log": whole_logs,
}  # fmt: skip


def _values() -> list[bytes]:
    """One good value of each type, from the published vectors."""
    kinds = sorted(types.TYPES)
    cases = json_module.loads(VECTORS.read_text(encoding="utf-8"))["cases"]
    good = {one["type"]: one["value"] for one in cases if one["code"] is None}
    return [bytes([kinds.index(kind)]) + canon.dumps(value).encode() for kind, value in good.items()]


@cache
def seeds(target: str) -> list[bytes]:
    """Good inputs to begin with."""
    files = small_log()
    size = checkpoint.parse_note(files["checkpoint"])[0].size
    entries = [one for tile in tiles.bundles_of(size) for one in tiles.decode_bundle(files[tile.path], tile.width)]
    names = sorted(files)
    tree = made.tree_of(entries)
    receipt = proof.make(entries[9], 9, tree.inclusion_proof(9), files["checkpoint"])
    some = {hashlib.sha256(one).digest(): one for one in entries if len(one) < 4_000}
    texts = sorted({one.split(b"\n")[1]: one for one in some.values()}.values())
    return {
        "note": [*texts, files["checkpoint"]],
        "vkey": [str(key).encode() for key in (*made.log_signer().vkeys, *made.witness_vkeys())],
        "json": [one.split(b"\n")[2] for one in texts],
        "signature": [made.log_signer().vkeys[0].public + note.parse(one).signatures[0].raw + b"text" for one in texts],
        "bundle": [bytes([4]) + tiles.encode_bundle([b"a", b"", b"bc" * 200, b"d", b"e"]), b"\xff" + files["tile/entries/000"]],
        "tile": [b"\xff" + files["tile/0/000"], b"\x00" + files["tile/0/000"][:32]],
        "path": [name.encode() for name in names] + [b"tile/2/x001/x234/067.p/8"],
        "checkpoint": [files["checkpoint"]],
        "policy": [files["policy"], b"quorum none\n"],
        "authority": [files["authority"]],
        "receipt": [receipt.to_bytes()],
        "entry": texts,
        "field": _values(),
        "log": [bytes([number]) + files[name] for number, name in enumerate(names)],
    }[target]
