"""The targets of the fuzzer with a few hundred altered seeds each: what `tests/fuzz/run.py` does for minutes, in seconds."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.everything import SLOW, TARGETS, seeds
from tests.fuzz.near import altered
from tests.interop import made


@pytest.mark.parametrize("name", TARGETS)
def test_good_inputs_are_taken(name: str) -> None:
    for seed in seeds(name):
        TARGETS[name](seed)


@pytest.mark.parametrize("name", TARGETS)
def test_altered_inputs_give_no_other_error(name: str) -> None:
    draw = random.Random(name)
    for _ in range(8 if name == "2-log" else 30 if name in SLOW else 300):
        TARGETS[name](altered(seeds(name), draw))


@pytest.mark.parametrize("name", sorted(set(TARGETS) - SLOW))
@settings(max_examples=60)
@given(data=st.binary(max_size=300))
def test_any_bytes_give_no_other_error(name: str, data: bytes) -> None:
    TARGETS[name](data)


TWICE = b"authority.results.example+4cb163c3+AQiRDkJ5nvpqo1X286YQhhZe6Wof8phteRIEcqt4T1O5\n"
NESTED = (
    made.policy().replace("quorum most\n", "group g0 any most\n")
    + "".join(f"group g{number} any g{number - 1}\n" for number in range(1, 30_000))
    + "quorum g29999\n"
).encode()
"""Groups of groups: whoever follows them down by calling itself runs out of stack."""
FOUND = {
    "2-authority": [TWICE + TWICE],
    "2-policy": [NESTED, b"quorum none"],
    "2-receipt": [b"c2sp.org/tlog-proof@v1\nextra AA==\nindex 0\n"],
    "vkey": [b"court.e\xf8ample/witness+bssf56v+BOz7FWqefx2i7NkR6u1m+YieMJ1liD3evvfNE+PrmUkC"],
}
"""What the fuzzer found once, made small."""


@pytest.mark.parametrize(("name", "data"), [(name, data) for name, some in FOUND.items() for data in some])
def test_what_was_found_once(name: str, data: bytes) -> None:
    TARGETS[name](data)
