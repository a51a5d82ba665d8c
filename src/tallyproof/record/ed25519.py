"""Ed25519 with one meaning: keys and signatures on which libraries disagree are refused before a library is asked.

Source: RFC 8032; the edge cases of Chalkias, Garillot, Nikolaenko, "Taming the many EdDSAs" (2020). ``specs/entry-v1.md`` section 3.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
_SIGN_BIT = 1 << 255
_Y8 = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
_SMALL_ORDER = frozenset({0, 1, P - 1, _Y8, P - _Y8})


def is_sound_point(encoded: bytes) -> bool:
    """Whether 32 bytes are the one encoding of a point that is not of small order (whether it is on the curve is not asked)."""
    y = int.from_bytes(encoded, "little") & (_SIGN_BIT - 1)
    return len(encoded) == 32 and y < P and y not in _SMALL_ORDER


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
    if len(signature) != 64 or not is_sound_point(signature[:32]) or int.from_bytes(signature[32:], "little") >= L:
        return False
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True
