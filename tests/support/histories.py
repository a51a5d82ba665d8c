"""A log that signs whatever it is told to, for tests of those who must not be fooled by it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from tallyproof.log.checkpoint import Checkpoint, LogSigner
from tallyproof.log.merkle import Tree
from tallyproof.log.tiles import encode_tile, tiles_of
from tallyproof.log.witness import Cosigner
from tallyproof.record.note import Note
from tallyproof_log.witness_client import request

ORIGIN = "results.example/2027"


def ed25519_key(seed: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


def mldsa_key(seed: int) -> MLDSA44PrivateKey:
    return MLDSA44PrivateKey.from_seed_bytes(bytes([seed]) * 32)


def log_signer(origin: str = ORIGIN, *, both: bool = False) -> LogSigner:
    return LogSigner(origin, ed25519_key(1), mldsa_key(2) if both else None)


def cosigner(name: str = "witness.example/w1", seed: int = 11) -> Cosigner:
    return Cosigner(name, (ed25519_key(seed), mldsa_key(seed + 1)))


@dataclass(frozen=True)
class History:
    """One history of a log: its entries. Histories with equal beginnings are forks of each other."""

    entries: tuple[bytes, ...]
    signer: LogSigner = field(default_factory=log_signer)

    @cached_property
    def tree(self) -> Tree:
        return Tree(self.entries)

    def checkpoint(self, size: int) -> Checkpoint:
        return Checkpoint(self.signer.origin, size, self.tree.root(size))

    def note(self, size: int) -> Note:
        return self.signer.sign(self.checkpoint(size), 1_800_000_000)

    def proof(self, old: int, size: int) -> list[bytes]:
        return self.tree.consistency_proof(old, size) if 0 < old < size else []

    def ask(self, old: int, size: int) -> bytes:
        """The body of an honest request."""
        return request(old, self.proof(old, size), self.note(size))

    def files(self, size: int) -> dict[str, bytes]:
        """The hash tiles of the tree of that size, by path."""
        found = {}
        for tile in tiles_of(size):
            first = tile.index * 256
            found[tile.path] = encode_tile([self.tree.node(8 * tile.level, first + at) for at in range(tile.width)])
        return found


def histories(*shared: int, size: int = 24) -> list[History]:
    """The first history, and one for each of ``shared``: it has as many first entries in common with the first."""
    first = tuple(b"entry %d" % number for number in range(size))
    return [History(first), *(History((*first[:same], *(b"fork %d %d" % (same, at) for at in range(same, size)))) for same in shared)]
