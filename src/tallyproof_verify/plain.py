"""Ed25519 in plain integers (RFC 8032, section 5.1), for a Python without the library *cryptography*: slow, and for public data alone.

The names are those of that library, so that whoever asks need not know which of the two answers. ML-DSA-44 is not here.
"""

from __future__ import annotations

import hashlib

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
Point = tuple[int, int, int, int]
"""X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z."""
_NEUTRAL: Point = (0, 1, 1, 0)


class InvalidSignature(Exception):
    """The signature is false."""


class UnsupportedAlgorithm(Exception):
    """This needs the library *cryptography*."""


def _add(a: Point, b: Point) -> Point:
    low, high = (a[1] - a[0]) * (b[1] - b[0]) % _P, (a[1] + a[0]) * (b[1] + b[0]) % _P
    c, d = 2 * a[3] * b[3] * _D % _P, 2 * a[2] * b[2] % _P
    e, f, g, h = high - low, d - c, d + c, high + low
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(number: int, point: Point) -> Point:
    found = _NEUTRAL
    while number:
        if number & 1:
            found = _add(found, point)
        point = _add(point, point)
        number >>= 1
    return found


def _read(data: bytes) -> Point:
    """ValueError if it is not a point of the curve."""
    number = int.from_bytes(data, "little")
    y, odd = number & ((1 << 255) - 1), number >> 255
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if y >= _P or (x * x - square) % _P or (x == 0 and odd):
        raise ValueError("not a point of the curve")
    x = _P - x if x & 1 != odd else x
    return x, y, 1, x * y % _P


_BASE = _read((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))


def _is(a: Point, b: Point) -> bool:
    return (a[0] * b[2] - b[0] * a[2]) % _P == 0 and (a[1] * b[2] - b[1] * a[2]) % _P == 0


class Ed25519PublicKey:
    """Verifies as ``cryptography`` does: without the factor 8."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @classmethod
    def from_public_bytes(cls, data: bytes) -> Ed25519PublicKey:
        return cls(data)

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raises InvalidSignature, or ValueError where a point is none."""
        s = int.from_bytes(signature[32:], "little")
        k = int.from_bytes(hashlib.sha512(signature[:32] + self._data + message).digest(), "little") % _L
        if len(signature) != 64 or s >= _L:
            raise InvalidSignature
        if not _is(_times(s, _BASE), _add(_read(signature[:32]), _times(k, _read(self._data)))):
            raise InvalidSignature


class MLDSA44PublicKey:
    """Stands where the library's would: it can only say that it is not there."""

    @classmethod
    def from_public_bytes(cls, data: bytes) -> MLDSA44PublicKey:
        raise UnsupportedAlgorithm

    def verify(self, signature: bytes, message: bytes) -> None:
        raise UnsupportedAlgorithm
