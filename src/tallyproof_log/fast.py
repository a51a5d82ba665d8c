"""Signatures asked about with libsodium where it is installed: twice as fast as OpenSSL, for logs of a whole country.

Under the strict rule of ``specs/entry-v1.md`` section 3, which is asked first, the two libraries give the same answers (tests compare
them); so which of them answered changes nothing but the time.

``know`` and ``marks`` are for processes that each ask about a part of a log. They are here because such a process should start quickly: it
imports this module, and no tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from tallyproof.record.ed25519 import L, is_sound_point
from tallyproof.record.ledger import true_marks
from tallyproof.record.signing import Verify, is_signed


def fastest() -> Verify:
    """``verify(public, signature, message)`` by the fastest library that is here."""
    try:
        from nacl.bindings import crypto_sign_open
        from nacl.exceptions import CryptoError
    except ImportError:
        return is_signed

    def verify(public: bytes, signature: bytes, message: bytes) -> bool:
        if len(signature) != 64 or int.from_bytes(signature[32:], "little") >= L:
            return False
        if not (is_sound_point(public) and is_sound_point(signature[:32])):
            return False
        try:
            crypto_sign_open(signature + message, public)
        except (CryptoError, ValueError):
            return False
        return True

    return verify


_KEYS: dict[tuple[str, bytes], bytes] = {}


def know(keys: Mapping[tuple[str, bytes], bytes]) -> None:
    """What a process is told when it starts: the keys by name and key id (``record.ledger.named_keys``)."""
    _KEYS.update(keys)


def marks(entries: Sequence[bytes]) -> list[bytes]:
    """The marks of the true signatures of these entries (``record.ledger.true_marks``)."""
    verify = fastest()
    return list(chain.from_iterable(true_marks(entry, _KEYS, verify) for entry in entries))
