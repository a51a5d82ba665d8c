"""Ed25519 with one meaning: keys and signatures on which libraries disagree are refused before a library is asked.

Source: RFC 8032; the edge cases of Chalkias, Garillot, Nikolaenko, "Taming the many EdDSAs" (2020). ``specs/entry-v1.md`` section 3.
"""

from __future__ import annotations

import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
_Y8 = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
_SMALL_ORDER = frozenset((y | sign << 255).to_bytes(32, "little") for y in (0, 1, P - 1, _Y8, P - _Y8) for sign in (0, 1))
_NOT_CANONICAL = re.compile(rb"[\xed-\xff]\xff{30}[\x7f\xff]", re.DOTALL)
"""The little-endian numbers from p to 2^255 - 1, with either sign bit."""


def is_sound_point(encoded: bytes) -> bool:
    """Whether 32 bytes are the one encoding of a point that is not of small order (whether it is on the curve is not asked)."""
    return len(encoded) == 32 and encoded not in _SMALL_ORDER and _NOT_CANONICAL.fullmatch(encoded) is None


def load(public: bytes) -> Ed25519PublicKey | None:
    """The key of 32 bytes; None if it is not sound."""
    if not is_sound_point(public):
        return None
    try:
        return Ed25519PublicKey.from_public_bytes(public)
    except ValueError:
        return None


def verify(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether ``signature`` (64 bytes) of ``message`` is by ``key``, which came from ``load``."""
    if len(signature) != 64 or not is_sound_point(signature[:32]) or not _is_below_order(signature[32:]):
        return False
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _is_below_order(scalar: bytes) -> bool:
    # L is a little more than 2^252: nearly all numbers are told by their highest byte.
    return scalar[31] < 0x10 or int.from_bytes(scalar, "little") < L
