"""The story of PS-129 for tests: that of the package (``tallyproof.publish.story`` says what is invented)."""

from __future__ import annotations

from functools import cache

from tallyproof.cli.story import told
from tallyproof.publish.story import AUTHORITY, BARI, FORM_47, HANIF, MUQADDAM, NAEEM, RECOUNTED, Story, demo_key

__all__ = ["AUTHORITY", "BARI", "FORM_47", "HANIF", "KNOWN", "MUQADDAM", "NAEEM", "RECOUNTED", "story"]

KNOWN = (str(demo_key(AUTHORITY).vkey),)


@cache
def story() -> Story:
    """The log; ``places`` has the index of each chapter."""
    return told()
