"""What a witness decides when a log asks it to cosign a checkpoint (https://c2sp.org/tlog-witness, ``add-checkpoint``).

Every function is one step: read the request, see who signed, decide against what was cosigned before, cosign. The caller keeps what was
cosigned, and must write the new state down for good *before* it hands out a cosignature, with nobody deciding in between: a witness that
forgets can be made to sign two histories.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from tallyproof.errors import UsageError
from tallyproof.log.checkpoint import Checkpoint, CheckpointError, PrivateKey, cosign, parse_note, verify, vkey_of
from tallyproof.log.merkle import EMPTY_ROOT, HASH_SIZE, MAX_SIZE, verify_consistency
from tallyproof.log.policy import Policy
from tallyproof.record.note import Algorithm, Note, Signature, Vkey, b64decode

MAX_PROOF = 63
MAX_REQUEST = 1 << 18
"""Bytes: 63 lines of proof, and a checkpoint with 64 signatures of ML-DSA-44."""
SIZE_TYPE = "text/x.tlog.size"
_OLD = re.compile(rb"old (0|[1-9][0-9]{0,15})")

Logs = Mapping[str, tuple[Vkey, ...]]
"""The keys that are trusted for each origin."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was read. Nothing in it has been verified."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: Checkpoint
    note: Note


@dataclass(frozen=True, slots=True)
class Signed:
    """A request whose checkpoint the log signed: with these signatures, all verified, and none of anybody else's."""

    request: Request
    signatures: tuple[Signature, ...]

    @property
    def checkpoint(self) -> Checkpoint:
        return self.request.checkpoint

    @property
    def note(self) -> Note:
        return Note(self.checkpoint.text, self.signatures)


@dataclass(frozen=True, slots=True)
class Cosigned:
    """What a witness keeps of a checkpoint that it cosigned: the note has the log's signatures and its own; time in seconds since 1970."""

    checkpoint: Checkpoint
    note: Note
    time: int


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A checkpoint that the log signed and that does not fit.

    ``fork``: with the checkpoint that was cosigned at the same size it *proves* that the log signed two histories. ``unproven``: nobody has
    shown that it continues the history; but anybody can send a true checkpoint with a false proof, so this alone proves nothing.
    """

    kind: Literal["fork", "unproven"]
    note: Note


@dataclass(frozen=True, slots=True)
class Refusal:
    """A status of HTTP, what is said with it, and what is worth keeping."""

    status: Literal[400, 403, 404, 409, 422]
    body: str
    media_type: str = "text/plain; charset=utf-8"
    suspicion: Suspicion | None = None


def logs_of(policy: Policy) -> Logs:
    """The logs that a witness with this policy knows."""
    found: dict[str, tuple[Vkey, ...]] = {}
    for log in policy.logs:
        found[log.key.name] = (*found.get(log.key.name, ()), log.key)
    return found


def parse_request(body: bytes) -> Request | Refusal:
    """The request in the body of a POST, or 400."""
    if len(body) > MAX_REQUEST:
        return _malformed(f"a request has at most {MAX_REQUEST} bytes")
    head, found, rest = body.partition(b"\n\n")
    first, *lines = head.split(b"\n")
    old = _OLD.fullmatch(first)
    if not found or not old or int(old[1]) > MAX_SIZE:
        return _malformed("a request is: old SIZE, proof lines, an empty line, a checkpoint")
    if len(lines) > MAX_PROOF:
        return _malformed(f"a proof has at most {MAX_PROOF} lines")
    try:
        proof = tuple(b64decode(line.decode("ascii")) for line in lines)
    except ValueError:
        proof = (b"",)
    if any(len(one) != HASH_SIZE for one in proof):
        return _malformed("a proof line is 32 bytes in base64 with padding")
    try:
        checkpoint, note = parse_note(rest)
    except CheckpointError as error:
        return _malformed(error.message)
    return Request(int(old[1]), proof, checkpoint, note)


def authenticate(request: Request, logs: Logs) -> Signed | Refusal:
    """Who signed it; 404 for a log that is not known, 403 without a signature of its keys or with a false one."""
    keys = logs.get(request.checkpoint.origin, ())
    if not keys:
        return Refusal(404, "this witness does not know the log\n")
    found = {(one.name, one.key_id): one for one in request.note.signatures}
    true: list[Signature] = []
    for key in keys:
        signature = found.get((key.name, key.key_id))
        if signature is None:
            continue
        if not verify(request.checkpoint, key, signature):
            return Refusal(403, f"the signature of type {key.algorithm:#04x} is false\n")
        true.append(signature)
    return Signed(request, tuple(true)) if true else Refusal(403, "no key that is trusted for this log has signed\n")


def decide(signed: Signed, latest: Cosigned | None, same_size: Cosigned | None) -> Refusal | None:
    """None if the checkpoint may be cosigned. Otherwise 400, 409, 422.

    ``latest`` is the largest checkpoint of this log that was cosigned, ``same_size`` the one of this checkpoint's size; None: never one.
    """
    request, now = signed.request, signed.checkpoint
    if request.old > now.size:
        return _malformed("the old size is above the size of the checkpoint")
    size, root = (latest.checkpoint.size, latest.checkpoint.root) if latest else (0, EMPTY_ROOT)
    forked = (same_size is not None and same_size.checkpoint.root != now.root) or (now.size == 0 and now.root != EMPTY_ROOT)
    fork = Suspicion("fork", signed.note) if forked else None
    if request.old != size:
        return Refusal(409, f"{size}\n", SIZE_TYPE, fork)
    if fork:
        return Refusal(422, "another root was cosigned at this size\n" if now.size else "not the root of an empty tree\n", suspicion=fork)
    if size == 0 or now.size == size:
        # Here nothing is to be proved: everything continues the empty tree, and the same tree is its own continuation.
        return Refusal(422, "the proof must be empty\n") if request.proof else None
    if not verify_consistency(size, now.size, request.proof, root, now.root):
        return Refusal(422, "the proof does not show that the log only grew\n", suspicion=Suspicion("unproven", signed.note))
    return None


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A witness's name and keys: one of Ed25519 (0x04), one of ML-DSA-44 (0x06), or both; they serve nothing else, and are never shown."""

    name: str
    keys: tuple[PrivateKey, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if not self.keys or len({isinstance(key, MLDSA44PrivateKey) for key in self.keys}) != len(self.keys):
            raise UsageError("a witness has one key of Ed25519, one of ML-DSA-44, or both", hint="name one key file of each kind")

    @property
    def vkeys(self) -> tuple[Vkey, ...]:
        """What goes into the policy as ``witness`` lines. Raises CheckpointError for a name that no key may have."""
        return tuple(vkey_of(self.name, key, _type_of(key)) for key in self.keys)

    def cosign(self, signed: Signed, latest: Cosigned | None, now: int) -> tuple[Cosigned, tuple[Signature, ...]]:
        """The new state to keep, and what is answered, once ``decide`` has said None. ``now``: seconds since 1970.

        A clock that was set back does not take the statements back: the time is never before that of the cosignature before.
        """
        time = max(1, now, latest.time if latest else 0)
        made = tuple(cosign(signed.checkpoint, self.name, key, time) for key in self.keys)
        return Cosigned(signed.checkpoint, signed.note.with_signatures(*made), time), made


def answer(signatures: Sequence[Signature]) -> bytes:
    """The body of a 200: the signature lines."""
    return "".join(one.line() for one in signatures).encode()


def _type_of(key: PrivateKey) -> Algorithm:
    return Algorithm.COSIGNATURE_MLDSA44 if isinstance(key, MLDSA44PrivateKey) else Algorithm.COSIGNATURE_ED25519


def _malformed(what: str) -> Refusal:
    return Refusal(400, what + "\n")
