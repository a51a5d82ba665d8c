"""Signed notes, keys, signatures: C2SP signed-note and tlog-cosignature as specs/entry-v1.md (1, 3) and log-v1.md (2) narrow them."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass

from tallyproof_verify.reading import Unreadable

try:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
except ImportError:  # a bare Python: slower, and without ML-DSA-44
    from tallyproof_verify.plain import (  # type: ignore[assignment]
        Ed25519PublicKey,
        InvalidSignature,
        MLDSA44PublicKey,
        UnsupportedAlgorithm,
    )

ED25519, COSIGNED, ML_DSA = 0x01, 0x04, 0x06
NameId = tuple[str, bytes]
"""A key's name and its id of four bytes: what a signature line says of its key."""
_NAME = re.compile(r"[^\s+\x00-\x1f]{1,200}")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_Y8 = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
_SMALL_ORDER = {0, 1, _P - 1, _Y8, _P - _Y8}


class Wrong(Exception):
    """A broken rule: its ``code`` in the specifications, and a sentence for a person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def unbase64(text: str) -> bytes:
    """Standard base64 with padding and without spare bits; ValueError otherwise."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("base64 with spare bits")
    return data


def _sound(point: bytes) -> bool:
    y = int.from_bytes(point, "little") & ((1 << 255) - 1)
    return y < _P and y not in _SMALL_ORDER


def ed25519(public: bytes, signature: bytes, message: bytes) -> bool:
    """Strict Ed25519: False for every key or signature that libraries disagree about."""
    if len(signature) != 64 or not _sound(public) or not _sound(signature[:32]) or int.from_bytes(signature[32:], "little") >= _L:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class Key:
    """A verifier key (vkey). ``kind`` is the signature type: 0x01, 0x04 or 0x06."""

    name: str
    id: bytes
    kind: int
    public: bytes

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Is ``signature``, without the key id, one of ``text`` (of kinds 0x04 and 0x06: of a checkpoint of three lines)?"""
        if self.kind == ED25519:
            return ed25519(self.public, signature, text)
        time, made = int.from_bytes(signature[:8], "big"), signature[8:]
        if len(signature) < 9 or time >= 1 << 63:
            return False
        if self.kind == COSIGNED:
            return ed25519(self.public, made, b"cosignature/v1\ntime %d\n" % time + text)
        origin, size, root = text.decode().split("\n")[:3]
        names = [bytes([len(name)]) + name for name in (self.name.encode(), origin.encode())]
        span = bytes(8) + int(size).to_bytes(8, "big")
        message = b"subtree/v1\n\0" + names[0] + signature[:8] + names[1] + span + unbase64(root)
        try:
            MLDSA44PublicKey.from_public_bytes(self.public).verify(made, message)
        except (InvalidSignature, ValueError):
            return False
        except UnsupportedAlgorithm:
            raise Unreadable("ML-DSA-44 cannot be checked here: install the library cryptography, or update it") from None
        return True


def key(vkey: str, kinds: tuple[int, ...] = (ED25519,)) -> Key:
    """The key of ``name+hhhhhhhh+base64``; ValueError if it is malformed, weak, or not of ``kinds``."""
    name, shown, material = vkey.split("+", 2)
    data = unbase64(material)
    kind, public, computed = data[0] if data else 0, data[1:], hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
    if not _NAME.fullmatch(name) or shown != computed.hex() or kind not in kinds:
        raise ValueError(f"not a key of this use, or its id is not {shown}")
    if (len(public) != 1312 or len(name.encode()) > 255) if kind == ML_DSA else (len(public) != 32 or not _sound(public)):
        raise ValueError("a public key of another length, or a weak one")
    return Key(name, computed, kind, public)


def split_note(data: bytes, most: int) -> tuple[bytes, dict[NameId, bytes]]:
    """Text with its last line end, and the signatures by name and key id in the order of their lines, the first of each.

    At most ``most`` signature lines. ValueError if it is not a signed note.
    """
    cut = data.rfind(b"\n\n")
    if cut < 0 or not data.endswith(b"\n") or _CONTROL.search(data.decode()):
        raise ValueError("no empty line before signatures, no line end at the end, or control characters")
    lines = data[cut + 2 :].decode().split("\n")[:-1]
    if not 1 <= len(lines) <= most:
        raise ValueError(f"{len(lines)} signature lines; there must be 1 to {most}")
    signatures: dict[NameId, bytes] = {}
    for line in lines:
        dash, name, value = line.split(" ")
        signature = unbase64(value)
        if dash != "—" or not _NAME.fullmatch(name) or len(signature) < 5:
            raise ValueError("a signature line is not: dash, key name, base64 of key id and signature")
        signatures.setdefault((name, signature[:4]), signature[4:])
    return data[: cut + 1], signatures


@dataclass(frozen=True, slots=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes
    text: bytes
    signatures: dict[NameId, bytes]


def checkpoint(data: bytes) -> Checkpoint:
    """ValueError if it is not a signed note of exactly three lines: origin, size, root."""
    if len(data) > 1 << 20:
        raise ValueError("longer than a million bytes")
    text, signatures = split_note(data, len(data))
    origin, size, root, rest = text.decode().split("\n")
    if rest or not _NAME.fullmatch(origin) or len(origin.encode()) > 200 or not re.fullmatch("0|[1-9][0-9]{0,15}", size):
        raise ValueError("the text is not three lines of origin, size and root")
    if len(unbase64(root)) != 32 or int(size) >= 1 << 53:
        raise ValueError("the root is not 32 bytes, or the size is too large")
    return Checkpoint(origin, int(size), unbase64(root), text, signatures)
