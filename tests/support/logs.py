"""Small logs with keys from fixed seeds, in memory: a dictionary from path to bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from tallyproof.log.checkpoint import Checkpoint, LogSigner, cosign, vkey_of
from tallyproof.log.edge import Edge, grow
from tallyproof.log.policy import Policy, parse_policy
from tallyproof.record.note import Algorithm

ORIGIN = "results.example/2027"
TIME = 1_800_000_000
Files = dict[str, bytes]


def ed_key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sha256(f"log tests, {name}".encode()).digest())


def pq_key(name: str) -> MLDSA44PrivateKey:
    return MLDSA44PrivateKey.from_seed_bytes(sha256(f"log tests, ML-DSA, {name}".encode()).digest())


SIGNER = LogSigner(ORIGIN, ed_key("log"))
BOTH = LogSigner(ORIGIN, ed_key("log"), pq_key("log"))


def entries_of(size: int, begin: int = 0) -> list[bytes]:
    return [f"{ORIGIN}\nentry {i}\n".encode() for i in range(begin, size)]


def policy_text(signer: LogSigner = SIGNER, witnesses: Iterable[str] = (), quorum: str = "none", groups: str = "") -> bytes:
    """Witnesses are called so in the policy, and ``<name>.example`` in the notes: Ed25519, or ML-DSA-44 if the name begins with ``pq``."""
    lines = [f"log {key}\n" for key in signer.vkeys]
    for name in witnesses:
        late = name.startswith("pq")
        key = pq_key(name) if late else ed_key(name)
        algorithm = Algorithm.COSIGNATURE_MLDSA44 if late else Algorithm.COSIGNATURE_ED25519
        lines.append(f"witness {name} {vkey_of(f'{name}.example', key, algorithm)}\n")
    return ("".join(lines) + groups + f"quorum {quorum}\n").encode()


def policy_of(signer: LogSigner = SIGNER, witnesses: Iterable[str] = (), quorum: str = "none", groups: str = "") -> Policy:
    return parse_policy(policy_text(signer, witnesses, quorum, groups))


def signed(checkpoint: Checkpoint, signer: LogSigner = SIGNER, witnesses: Iterable[str] = ()) -> bytes:
    note = signer.sign(checkpoint, TIME)
    for name in witnesses:
        key = pq_key(name) if name.startswith("pq") else ed_key(name)
        note = note.with_signatures(cosign(checkpoint, f"{name}.example", key, TIME + 1))
    return note.to_bytes()


def made_log(entries: Sequence[bytes], signer: LogSigner = SIGNER, witnesses: Iterable[str] = ()) -> Files:
    """The files of a log that has just these entries."""
    growth = grow(Edge(), b"", entries)
    files = {tile.path: data for tile, data in (*growth.bundles, *growth.tiles)}
    files["checkpoint"] = signed(Checkpoint(signer.origin, len(entries), growth.edge.root), signer, witnesses)
    files["policy"] = policy_text(signer, witnesses)
    return files


def reading(files: Files, asked: list[str] | None = None) -> Callable[[str], bytes]:
    """``read`` over a dictionary; ``asked`` collects what was asked for."""

    def read(path: str) -> bytes:
        if asked is not None:
            asked.append(path)
        if path not in files:
            raise FileNotFoundError(path)
        return files[path]

    return read
