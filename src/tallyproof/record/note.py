"""C2SP signed notes and verifier keys (https://c2sp.org/signed-note@v1.0.0). Pure: who is trusted, the caller says."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from enum import IntEnum

from tallyproof.errors import RuleError

MAX_SIGNATURES = 64
MAX_NAME = 200
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f]")
_NAME = re.compile(rf"[^\s+\x00-\x1f\ud800-\udfff]{{1,{MAX_NAME}}}")
_LINE = re.compile(rf"— ({_NAME.pattern}) ([A-Za-z0-9+/]+={{0,2}})")


class Algorithm(IntEnum):
    """The signature types of C2SP that are used here."""

    ED25519 = 0x01
    COSIGNATURE_ED25519 = 0x04
    COSIGNATURE_MLDSA44 = 0x06


_PUBLIC_LENGTH = {Algorithm.ED25519: 32, Algorithm.COSIGNATURE_ED25519: 32, Algorithm.COSIGNATURE_MLDSA44: 1312}


class NoteError(RuleError):
    """Not a signed note, or not a verifier key."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: the key's name and id (4 bytes), and what the key made (bytes without the id)."""

    name: str
    key_id: bytes
    raw: bytes

    def line(self) -> str:
        return f"— {self.name} {base64.b64encode(self.key_id + self.raw).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends in a line feed, and its signatures in order, of which none has been verified yet."""

    text: str
    signatures: tuple[Signature, ...]

    def to_bytes(self) -> bytes:
        return (self.text + "\n" + "".join(one.line() for one in self.signatures)).encode()

    def with_signatures(self, *more: Signature) -> Note:
        """The same note with further signatures; a second one of the same key is left out."""
        found = {(one.name, one.key_id): one for one in self.signatures}
        for one in more:
            found.setdefault((one.name, one.key_id), one)
        return Note(self.text, tuple(found.values()))


def is_name(name: str) -> bool:
    """Whether a key may be called so: 1 to 200 characters, no white space, no ``+``, no control characters, no half of a
    pair of surrogates."""
    return _NAME.fullmatch(name) is not None


def b64decode(text: str) -> bytes:
    """Standard base64 with padding, in its one spelling. Raises ValueError."""
    data = binascii.a2b_base64(text)
    # The reader above is lax; there is one spelling, and that is what the writer gives.
    if binascii.b2a_base64(data, newline=False).decode() != text:
        raise ValueError("not the one spelling in base64")
    return data


def parse(data: bytes) -> Note:
    """The note in ``data``. Raises NoteError. Signatures are parsed, not verified; of one key the first is kept."""
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoteError("a note is text in UTF-8", hint="the bytes are damaged") from error
    # Most notes are printable but for their line feeds, and that is quickly asked.
    if not whole.replace("\n", "").isprintable() and _CONTROL.search(whole):
        raise NoteError("a note has no control characters but line feeds", hint="the bytes are damaged")
    head, found, tail = whole.rpartition("\n\n")
    if not found or not tail.endswith("\n"):
        raise NoteError("a note has a text, an empty line and signature lines", hint="the bytes are cut short")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError(f"a note has at most {MAX_SIGNATURES} signatures", hint="split the signatures over several entries")
    signatures: dict[tuple[str, bytes], Signature] = {}
    for line in lines:
        one = _signature(line)
        signatures.setdefault((one.name, one.key_id), one)
    return Note(head + "\n", tuple(signatures.values()))


def _signature(line: str) -> Signature:
    parts = _LINE.fullmatch(line)
    try:
        if parts is None:
            raise ValueError("not a signature line")
        data = b64decode(parts[2])
    except ValueError as error:
        raise NoteError(f"not a signature line: {line[:80]!r}", hint="em dash, space, key name, space, base64") from error
    if len(data) < 5:
        raise NoteError(f"a signature is too short: {line[:80]!r}", hint="four bytes of key id, then the signature")
    return Signature(parts[1], data[:4], data[4:])


def key_id(name: str, algorithm: int, public: bytes) -> bytes:
    """Four bytes that tell the keys of one name apart; not a fingerprint to trust."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()[:4]


@dataclass(frozen=True, slots=True)
class Vkey:
    """A verifier key: name, algorithm, public key (32 bytes; 1,312 of ML-DSA-44)."""

    name: str
    algorithm: Algorithm
    public: bytes

    @property
    def key_id(self) -> bytes:
        return key_id(self.name, self.algorithm, self.public)

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(bytes([self.algorithm]) + self.public).decode()}"


def parse_vkey(text: str) -> Vkey:
    """The key that ``text`` says. Raises NoteError. Whether the key is sound is asked where it is used (``ed25519.load``)."""
    name, _, rest = text.partition("+")
    identity, _, encoded = rest.partition("+")
    try:
        data = b64decode(encoded)
        algorithm = Algorithm(data[0]) if data else None
    except ValueError:
        algorithm = None
    if algorithm is None or not is_name(name) or len(data) != 1 + _PUBLIC_LENGTH[algorithm]:
        raise NoteError(f"not a verifier key: {text[:80]!r}", hint="name+key id in hexadecimal+base64, as C2SP signed-note says")
    key = Vkey(name, algorithm, data[1:])
    if key.key_id.hex() != identity:
        raise NoteError(f"the key id of {name!r} is not that of its public key", hint="copy the whole key again")
    return key
