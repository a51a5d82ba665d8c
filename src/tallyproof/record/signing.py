"""Signing an entry, and asking whether one was signed. Secrets come from the caller, are kept in one object and are never shown."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import NoReturn

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tallyproof.record import ed25519
from tallyproof.record.entry import Refused
from tallyproof.record.note import Algorithm, Note, NoteError, Signature, Vkey, is_name

SEED = 32
"""Bytes of an Ed25519 seed."""

Verify = Callable[[bytes, bytes, bytes], bool]
"""``verify(public, signature, message)``: 32, 64 and any number of bytes."""


class SigningKey:
    """An Ed25519 key that can sign entries, with its name. ``repr`` shows the public half alone."""

    __slots__ = ("_private", "vkey")

    def __init__(self, name: str, private: Ed25519PrivateKey) -> None:
        """Raises NoteError if no key can be called ``name``."""
        if not is_name(name):
            raise NoteError(f"no key can be called {name[:80]!r}", hint="1 to 200 characters without white space and plus signs")
        self._private = private
        self.vkey = Vkey(name, Algorithm.ED25519, private.public_key().public_bytes_raw())

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> SigningKey:
        """The key that ``seed`` (32 bytes that nobody else can know) makes: the same each time. Raises NoteError."""
        if len(seed) != SEED:
            raise NoteError(f"a seed has {SEED} bytes, not {len(seed)}", hint="draw it from the operating system's random numbers")
        return cls(name, Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def name(self) -> str:
        return self.vkey.name

    def sign(self, text: str) -> Signature:
        """The signature line for a text that ends in a line feed."""
        return Signature(self.name, self.vkey.key_id, self._private.sign(text.encode()))

    def __repr__(self) -> str:
        return f"SigningKey({self.vkey})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a signing key is not copied to other programs")


def signed(text: str, *keys: SigningKey) -> bytes:
    """The bytes of an entry: ``text`` (``record.entry.entry_text``) with the signatures of ``keys``. Raises Refused without a key."""
    if not keys:
        raise Refused("note-malformed", "an entry has at least one signature")
    return Note(text, tuple(key.sign(text) for key in keys)).to_bytes()


@lru_cache(maxsize=8_192)
def _loaded(public: bytes) -> Ed25519PublicKey | None:
    return ed25519.load(public)


def is_signed(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the signature (64 bytes) of the message is by the key (32 bytes), strictly (``specs/entry-v1.md`` section 3)."""
    key = _loaded(public)
    return key is not None and ed25519.verify(key, signature, message)


def mark(public: bytes, signature: bytes, message: bytes) -> bytes:
    """32 bytes that stand for one question of ``is_signed``."""
    return hashlib.sha256(public + signature + message).digest()
