"""Inputs near good ones: a coverage-guided fuzzer wanders off to short nonsense; most mistakes lie one step from what is right."""

from __future__ import annotations

import random
import re

PIECES = [
    *(b"\n", b"\n\n", b"\r", b" ", b"\t", b"+", b"\x00", b"\x7f", b"\xff"),
    *(b"\xe2\x80\x94 ", b"\xc2\xa0", b"\xe2\x80\xa8", b"\xed\xa0\x80", b"\xef\xbb\xbf"),
    *(b"[" * 40, b"{" * 40, b'"', b'\\u0000', b"\\", b"0", b"-1", b"00", b"1.0"),
    *(b"1e3", b"9" * 30, b"9007199254740993", b"null", b"true", b"="),
    *("e\u0301".encode(), "\u202e".encode(), "٣".encode(), b"=", b"==", b"A", b"#", b"none", b"any", b"all", b"tile/"),
]  # fmt: skip
_NUMBER = re.compile(rb"[0-9]+")


def altered(seeds: list[bytes], draw: random.Random) -> bytes:
    """One of the seeds with one to four changes."""
    data = draw.choice(seeds)
    for _ in range(draw.choice([1, 1, 1, 2, 4])):
        data = _once(data, seeds, draw)
    return data


def _once(data: bytes, seeds: list[bytes], draw: random.Random) -> bytes:
    at = draw.choice([0, len(data), draw.randrange(len(data) + 1), draw.randrange(len(data) + 1), draw.randrange(len(data) + 1)])
    length = draw.choice([1, 1, 2, 3, 4, 32, 1000])
    match draw.randrange(9):
        case 0 if at < len(data):
            return data[:at] + bytes([data[at] ^ 1 << draw.randrange(8)]) + data[at + 1 :]
        case 1:
            return data[: max(0, at - length)] + data[at:]
        case 2:
            return data[:at] + data[at : at + length] + data[at:]
        case 3:
            return data[:at] + draw.choice(PIECES) + data[at:]
        case 4:
            return data[:at]
        case 5:
            lines = data.split(b"\n")
            one, other = draw.randrange(len(lines)), draw.randrange(len(lines))
            lines[one], lines[other] = draw.choice([(lines[other], lines[one]), (lines[one], lines[one]), (lines[one] + lines[other], b"")])
            return b"\n".join(lines)
        case 6:
            other = draw.choice(seeds)
            cut = draw.randrange(len(other) + 1)
            return data[:at] + other[cut : cut + draw.choice([8, 80, len(other)])]
        case 7 if numbers := [found.span() for found in _NUMBER.finditer(data)]:
            begin, end = draw.choice(numbers)
            new = draw.choice(
                [b"0", b"1", b"255", b"256", b"257", b"65536", b"4294967296", b"18446744073709551616", b"01", b"9007199254740992"]
            )
            return data[:begin] + new + data[end:]
        case _:
            return data[:at] + draw.randbytes(length) + data[at + length :]
