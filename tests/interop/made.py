"""A log folder of a whole election, as an election body would publish it: written through the store, signed by the log with both
of its keys, cosigned by three witnesses, of which two make the quorum and one has a key of ML-DSA-44."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from tallyproof.log import checkpoint, merkle, tiles
from tallyproof.log.checkpoint import Checkpoint, LogSigner, PrivateKey
from tallyproof.record.note import Algorithm, Note, Signature, Vkey
from tallyproof_log.store import LogWriter
from tests.support import biglog
from tests.support.biglog import ORIGIN, TIME, Shape

WITNESSES = {"court.example/witness": False, "university.example/witness": False, "press.example/witness": True}
"""Name, and whether its key is of ML-DSA-44."""
BATCH = 1_000
"""Entries that are written, signed and cosigned together."""


def _key(name: str, post_quantum: bool) -> PrivateKey:
    if post_quantum:
        return MLDSA44PrivateKey.from_seed_bytes(hashlib.sha256(b"tests/interop/made " + name.encode()).digest())
    return biglog.private(name)


def log_signer() -> LogSigner:
    return LogSigner(ORIGIN, biglog.private("log " + ORIGIN), _key(ORIGIN, True))  # type: ignore[arg-type]


def witness_vkeys() -> list[Vkey]:
    kinds = {False: Algorithm.COSIGNATURE_ED25519, True: Algorithm.COSIGNATURE_MLDSA44}
    return [checkpoint.vkey_of(name, _key(name, pq), kinds[pq]) for name, pq in WITNESSES.items()]


def policy() -> str:
    """The policy of tlog-policy: both keys of the log, two of three witnesses."""
    lines = [f"log {key}" for key in log_signer().vkeys]
    lines += [f"witness w{number} {key}" for number, key in enumerate(witness_vkeys())]
    return "\n".join([*lines, "group most 2 w0 w1 w2", "quorum most", ""])


def cosigned(made: Checkpoint) -> bytes:
    note = log_signer().sign(made, TIME)
    return note.with_signatures(*_cosign(note)).to_bytes()


def entries(shape: Shape, workers: int = 2) -> Iterator[bytes]:
    """All entries of the election, the declarations last."""
    tree = merkle.Tree()

    def logged(some: Iterable[bytes]) -> Iterator[bytes]:
        for one in some:
            tree.extend([one])
            yield one

    yield from logged(biglog.before(shape))
    yield from logged([biglog.freeze(tree.size, tree.root())])
    yield from logged(biglog.records(shape, workers))
    yield from biglog.declarations(shape, tree.size, tree.root())


@dataclass(frozen=True)
class Made:
    """A log in a folder, and what is known of it."""

    folder: Path
    shape: Shape
    tree: merkle.Tree

    @property
    def log(self) -> Vkey:
        return log_signer().vkeys[0]


def proofs(tree: merkle.Tree, how_many: int = 40) -> tuple[list[tuple[int, int, list[bytes]]], list[tuple[int, int, list[bytes]]]]:
    """Our proofs for others to check: inclusion (index, size, proof) and consistency (old, new, proof), at sizes of all kinds."""
    size = tree.size
    edges = [one for one in (1, 2, 255, 256, 257, 511, 65_535, 65_536, 65_537, size - 1, size) if 0 < one <= size]
    inclusion = []
    for number in range(how_many):
        within = edges[number % len(edges)] if number % 2 else size
        index = int.from_bytes(hashlib.sha256(f"index {number}".encode()).digest()[:8], "big") % within
        inclusion.append((index, within, tree.inclusion_proof(index, within)))
    inclusion += [(one - 1, size, tree.inclusion_proof(one - 1, size)) for one in edges]
    consistency = [(one, size, tree.consistency_proof(one, size)) for one in edges if one < size]
    consistency += [(old, new, tree.consistency_proof(old, new)) for old, new in pairwise(edges)]
    return inclusion, consistency


def tree_of(some: Iterable[bytes]) -> merkle.Tree:
    tree = merkle.Tree()
    tree.extend(some)
    return tree


def files(every: list[bytes]) -> dict[str, bytes]:
    """The files of a log of these entries, made without the store, by path."""
    tree = tree_of(every)
    found = {}
    for tile in tiles.bundles_of(len(every)):
        first = tile.index * tiles.WIDTH
        found[tile.path] = tiles.encode_bundle(every[first : first + tile.width])
    for tile in tiles.tiles_of(len(every)):
        first = tile.index * tiles.WIDTH
        found[tile.path] = tiles.encode_tile([tree.node(tile.level * tiles.HEIGHT, first + one) for one in range(tile.width)])
    return found | _papers(tree)


def _papers(tree: merkle.Tree) -> dict[str, bytes]:
    """The checkpoint with its cosignatures, the policy and the authority's key."""
    return {
        "checkpoint": cosigned(Checkpoint(ORIGIN, tree.size, tree.root())),
        "policy": policy().encode(),
        "authority": (biglog.vkey("authority.results.example") + "\n").encode(),
    }


def write_plainly(folder: Path, shape: Shape) -> Made:
    """The files of a log without the store, and without waiting for the disk."""
    every = list(entries(shape))
    for path, data in files(every).items():
        _put(folder / path, data)
    return Made(folder, shape, tree_of(every))


def write(folder: Path, shape: Shape, batch: int = BATCH) -> Made:
    """The log as an election body writes it: through the store, batch by batch, cosigned each time."""
    tree = merkle.Tree()
    with LogWriter(folder, log_signer(), lambda: TIME, create=True, cosign=_cosign) as writer:
        coming = iter(entries(shape))
        while some := list(itertools.islice(coming, batch)):
            indexes = writer.append(some)
            assert indexes == list(range(tree.size, tree.size + len(some)))
            tree.extend(some)
    for path, data in _papers(tree).items():
        if path != "checkpoint":
            _put(folder / path, data)
    return Made(folder, shape, tree)


def _cosign(note: Note) -> list[Signature]:
    found = checkpoint.parse_text(note.text)
    return [checkpoint.cosign(found, name, _key(name, pq), TIME + number) for number, (name, pq) in enumerate(WITNESSES.items())]


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
