"""The rules that a log names by their hash are the text in specs/."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tallyproof.tabulate.rules import NAME, SHA256

SPECS = Path(__file__).parents[2] / "specs"


def test_the_hash_is_that_of_the_specification() -> None:
    assert hashlib.sha256((SPECS / f"{NAME}.md").read_bytes()).hexdigest() == SHA256
