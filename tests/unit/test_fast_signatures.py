"""libsodium and OpenSSL say the same of every signature, once the strict rule was asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallyproof.record.ed25519 import L
from tallyproof.record.signing import SigningKey, is_signed
from tallyproof_log.fast import fastest

pytest.importorskip("nacl", reason="PyNaCl is not installed (tallyproof[evidence])")
fast = fastest()
VECTORS = Path(__file__).parents[2] / "specs" / "vectors" / "entry" / "ed25519.json"


def test_it_is_another_library() -> None:
    assert fast is not is_signed


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=80), st.integers(0, 511), st.booleans())
def test_altered_signatures(seed: bytes, message: bytes, bit: int, malleable: bool) -> None:
    key = SigningKey.from_seed("key.example", seed)
    text = message.hex() + "\n"
    raw = key.sign(text).raw
    assert fast(key.vkey.public, raw, text.encode())
    altered = bytearray(raw)
    altered[bit // 8] ^= 1 << bit % 8
    if malleable:
        altered[32:] = (int.from_bytes(raw[32:], "little") + L).to_bytes(32, "little")
    answers = [verify(key.vkey.public, bytes(altered), text.encode()) for verify in (fast, is_signed)]
    assert answers == [False, False]


def test_the_vectors_of_the_specification() -> None:
    cases = json.loads(VECTORS.read_text(encoding="utf-8"))
    cases = cases["cases"] if isinstance(cases, dict) else cases
    asked = 0
    for case in cases:
        if not {"public", "signature"} <= case.keys():
            continue
        public, signature, message = (bytes.fromhex(case[name]) for name in ("public", "signature", "message"))
        assert fast(public, signature, message) == is_signed(public, signature, message), case
        asked += 1
    assert asked > 5


@pytest.mark.parametrize("length", [0, 63, 65])
def test_other_lengths_are_false(length: int) -> None:
    key = SigningKey.from_seed("key.example", bytes(32))
    assert not fast(key.vkey.public, bytes(length), b"text\n")
    assert not fast(bytes(31), bytes(64), b"text\n")
