"""Checkpoints and their signatures: by the log (0x01), and cosignatures with a time (0x04 Ed25519, 0x06 ML-DSA-44).

Sources: https://c2sp.org/tlog-checkpoint@v1.0.0, https://c2sp.org/tlog-cosignature; ``specs/log-v1.md`` section 2. Times are given by the
caller, in whole seconds since 1970 (UTC); who is trusted says the policy.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from tallyproof.errors import RuleError
from tallyproof.log.merkle import HASH_SIZE, MAX_SIZE
from tallyproof.record import ed25519
from tallyproof.record.note import Algorithm, Note, NoteError, Signature, Vkey, b64decode, is_name, parse

MAX_NOTE = 1 << 20
"""Bytes of a checkpoint with its signatures: 64 of ML-DSA-44 have 210,000."""
MAX_ORIGIN = 200
"""Bytes of an origin."""
MAX_TIME = 2**63 - 1
_MLDSA_LENGTH = 2420
_SIZE = re.compile("0|[1-9][0-9]{0,15}")

PrivateKey = Ed25519PrivateKey | MLDSA44PrivateKey


class CheckpointError(RuleError):
    """Not a checkpoint (``checkpoint-malformed``), or one that cannot be signed so."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """That the log ``origin`` had ``size`` entries with ``root`` (32 bytes). Raises CheckpointError if such a one cannot be."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not is_name(self.origin) or not 0 < _bytes(self.origin) <= MAX_ORIGIN:
            raise CheckpointError(f"not the origin of a log: {self.origin[:80]!r}", hint="1 to 200 bytes without white space or +")
        if not 0 <= self.size <= MAX_SIZE:
            raise CheckpointError("the size of a tree is from 0 to 2^53 - 1", hint="the checkpoint is damaged")
        if len(self.root) != HASH_SIZE:
            raise CheckpointError(f"a root has 32 bytes, not {len(self.root)}", hint="the checkpoint is damaged")

    @property
    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def _bytes(name: str) -> int:
    """The length in UTF-8; 0 of what is not Unicode (half a pair of surrogates)."""
    try:
        return len(name.encode())
    except UnicodeEncodeError:
        return 0


def parse_text(text: str) -> Checkpoint:
    """The checkpoint of three lines. Raises CheckpointError; ``parse_text(text).text`` is ``text``."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3]:
        raise CheckpointError("a checkpoint has three lines", hint="origin, size, root; extension lines are not allowed in this log")
    if not _SIZE.fullmatch(lines[1]):
        raise CheckpointError(f"not the size of a tree: {lines[1][:40]!r}", hint="a whole number without leading zeros, below 2^53")
    try:
        root = b64decode(lines[2])
    except ValueError as error:
        raise CheckpointError(f"not a root: {lines[2][:80]!r}", hint="32 bytes in base64 with padding") from error
    return Checkpoint(lines[0], int(lines[1]), root)


def parse_note(data: bytes) -> tuple[Checkpoint, Note]:
    """The checkpoint in a signed note, and the note, of which no signature was verified. Raises CheckpointError."""
    if len(data) > MAX_NOTE:
        raise CheckpointError(f"a checkpoint has at most {MAX_NOTE} bytes, not {len(data)}", hint="the file is something else")
    try:
        note = parse(data)
    except NoteError as error:
        raise CheckpointError(error.message, hint=error.hint) from error
    return parse_text(note.text), note


def vkey_of(name: str, key: PrivateKey, algorithm: Algorithm) -> Vkey:
    """The verifier key of ``key`` for signatures of one type. Raises CheckpointError if the key cannot make them."""
    if not is_name(name) or not _bytes(name):
        raise CheckpointError(f"not the name of a key: {name[:80]!r}", hint="1 to 200 characters without white space or +")
    if isinstance(key, MLDSA44PrivateKey) != (algorithm is Algorithm.COSIGNATURE_MLDSA44):
        raise CheckpointError(f"a key of {type(key).__name__} makes no signatures of type {algorithm:#04x}", hint="give the other key")
    return Vkey(name, algorithm, key.public_key().public_bytes_raw())


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> Signature:
    """The log's own signature (0x01), under its origin as name."""
    vkey = vkey_of(checkpoint.origin, key, Algorithm.ED25519)
    return Signature(vkey.name, vkey.key_id, key.sign(checkpoint.text.encode()))


def cosign(checkpoint: Checkpoint, name: str, key: PrivateKey, time: int) -> Signature:
    """The cosignature of ``name`` at ``time``: 0x04 with an Ed25519 key, 0x06 with one of ML-DSA-44. Raises CheckpointError."""
    if not 0 <= time <= MAX_TIME:
        raise CheckpointError(f"not a time: {time}", hint="seconds since 1970, below 2^63")
    if isinstance(key, MLDSA44PrivateKey):
        vkey = vkey_of(name, key, Algorithm.COSIGNATURE_MLDSA44)
        message = _mldsa_message(checkpoint, name, time)
        if message is None:
            raise CheckpointError("the name of a cosigner with an ML-DSA key has at most 255 bytes", hint="take a shorter name")
        signature = key.sign(message)
    else:
        vkey = vkey_of(name, key, Algorithm.COSIGNATURE_ED25519)
        signature = key.sign(_ed25519_message(checkpoint, time))
    return Signature(name, vkey.key_id, time.to_bytes(8, "big") + signature)


def verify(checkpoint: Checkpoint, key: Vkey, signature: Signature) -> bool:
    """Whether ``signature`` is one of ``key`` over ``checkpoint``, of the key's type. Never raises."""
    if (signature.name, signature.key_id) != (key.name, key.key_id):
        return False
    if key.algorithm is Algorithm.ED25519:
        public = ed25519.load(key.public)
        return key.name == checkpoint.origin and public is not None and ed25519.verify(public, signature.raw, checkpoint.text.encode())
    time = cosignature_time(signature)
    if time is None:
        return False
    if key.algorithm is Algorithm.COSIGNATURE_ED25519:
        public = ed25519.load(key.public)
        return public is not None and ed25519.verify(public, signature.raw[8:], _ed25519_message(checkpoint, time))
    message = _mldsa_message(checkpoint, key.name, time)
    if message is None or len(signature.raw) != 8 + _MLDSA_LENGTH:
        return False
    try:
        MLDSA44PublicKey.from_public_bytes(key.public).verify(signature.raw[8:], message)
    except (InvalidSignature, ValueError):
        return False
    return True


def cosignature_time(signature: Signature) -> int | None:
    """The seconds since 1970 that a cosignature (0x04, 0x06) states; None if it has none. Only true if the signature is."""
    time = int.from_bytes(signature.raw[:8], "big")
    return time if len(signature.raw) > 8 and time <= MAX_TIME else None


def _ed25519_message(checkpoint: Checkpoint, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{checkpoint.text}".encode()


def _mldsa_message(checkpoint: Checkpoint, name: str, time: int) -> bytes | None:
    cosigner, origin = name.encode(), checkpoint.origin.encode()
    if not 0 < len(cosigner) <= 255:
        return None
    parts = (
        *(b"subtree/v1\n\0", bytes([len(cosigner)]), cosigner, time.to_bytes(8, "big"), bytes([len(origin)]), origin),
        *(bytes(8), checkpoint.size.to_bytes(8, "big"), checkpoint.root),
    )
    return b"".join(parts)


@dataclass(frozen=True, slots=True)
class LogSigner:
    """The keys of a log: one of Ed25519 (0x01), and one of ML-DSA-44 (0x06) if the policy lists it. Never shown."""

    origin: str
    ed25519: Ed25519PrivateKey = field(repr=False)
    mldsa44: MLDSA44PrivateKey | None = field(default=None, repr=False)

    @property
    def vkeys(self) -> tuple[Vkey, ...]:
        """What goes into the policy as ``log`` lines."""
        first = vkey_of(self.origin, self.ed25519, Algorithm.ED25519)
        return (first, vkey_of(self.origin, self.mldsa44, Algorithm.COSIGNATURE_MLDSA44)) if self.mldsa44 else (first,)

    def sign(self, checkpoint: Checkpoint, time: int) -> Note:
        """The checkpoint as a note with the signature of each key. ``time`` is what the 0x06 signature states."""
        made = [sign(checkpoint, self.ed25519)]
        if self.mldsa44:
            made.append(cosign(checkpoint, self.origin, self.mldsa44, time))
        return Note(checkpoint.text, tuple(made))
