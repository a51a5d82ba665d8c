"""Where the real elections lie. They are not part of this project: tests skip, with the reason, where they are absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def shared_data(*parts: str) -> Path:
    """The folder or file of real data, or a skip that says what is absent. ``TALLYPROOF_DATA`` names another place."""
    root = Path(os.environ.get("TALLYPROOF_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
    path = root.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"real election data not found at {path.name!r} (set TALLYPROOF_DATA to the folder that holds it)")
    return path
