"""The targets of the fuzzer with a few hundred altered seeds each: what `tests/fuzz/run.py` does for minutes, in seconds."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.everything import SLOW, TARGETS, seeds


def altered(seed: bytes, draw: random.Random) -> bytes:
    """A few bytes changed, left out, doubled or cut off."""
    data = bytearray(seed)
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(data) + 1)
        match draw.randrange(5):
            case 0 if at < len(data):
                data[at] ^= 1 << draw.randrange(8)
            case 1:
                del data[at : at + draw.choice([1, 2, 32, 1000])]
            case 2:
                data[at:at] = data[at : at + draw.choice([1, 4, 70])]
            case 3:
                data[at:at] = draw.choice([b"\n", b"\n\n", b" ", b"+", b"\x00", b"\xff", b"\xe2\x80\x94 ", b"[" * 40, b'"', b"0", b"-1", b"9" * 30])
            case 4:
                del data[at:]
    return bytes(data)


@pytest.mark.parametrize("name", TARGETS)
def test_good_inputs_are_taken(name: str) -> None:
    for seed in seeds(name):
        TARGETS[name](seed)


@pytest.mark.parametrize("name", TARGETS)
def test_altered_inputs_give_no_other_error(name: str) -> None:
    draw = random.Random(name)
    for _ in range(30 if name in SLOW else 300):
        TARGETS[name](altered(draw.choice(seeds(name)), draw))


@pytest.mark.parametrize("name", sorted(set(TARGETS) - SLOW))
@settings(max_examples=60)
@given(data=st.binary(max_size=300))
def test_any_bytes_give_no_other_error(name: str, data: bytes) -> None:
    TARGETS[name](data)


FOUND = {
    "vkey": [b"court.e\xf8ample/witness+bssf56v+BOz7FWqefx2i7NkR6u1m+YieMJ1liD3evvfNE+PrmUkC"],
}
"""What the fuzzer found once, made small."""


@pytest.mark.parametrize(("name", "data"), [(name, data) for name, some in FOUND.items() for data in some])
def test_what_was_found_once(name: str, data: bytes) -> None:
    TARGETS[name](data)
