"""Which stations are near each other: one building, then the areas, smallest first."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tallyproof.screens.betabinomial import Ints
from tallyproof.screens.levels import numbered
from tallyproof.screens.table import Table

_PART = re.compile(r"\([^()]*\)|\b(?:no|number|booth|room|ps|p\.s)\b\.?|[\W_]*\b(?:[ivx]{1,4}|\d{1,3}|[a-h])\s*$", re.IGNORECASE)


def building(name: str) -> str:
    """What the names of the stations of one building have in common: without what is in brackets and the number at the end.

    "Govt. High School (Male)-II" and "Govt. High School (Female) - 1" give the same. A guess from names: two schools of one
    name in one area are taken for one building, which makes the screen ask less, not more, of each.
    """
    before, name = "", " ".join(name.split())
    while name != before:
        before = name
        name = _PART.sub(" ", name).strip(" -,.:/")
    return " ".join(name.lower().split())


def groups(table: Table, buildings: Mapping[str, str] | None = None) -> list[Ints]:
    """Group numbers per level, lowest first, nested: buildings where they are known, the areas, the whole contest.

    ``buildings``: by station, a key that stations of one building of one area share. A level that splits nothing more than
    the one above it is left out.
    """
    rows = range(len(table.stations))
    lines = [tuple(level[row] for level in reversed(table.areas)) for row in rows]
    levels = [numbered([line[:depth] for line in lines]) for depth in range(len(table.areas), 0, -1)]
    if buildings:
        # a station whose building is not known is a building of its own
        keys = [(lines[row], buildings.get(name) or None, None if buildings.get(name) else name) for row, name in enumerate(table.stations)]
        levels.insert(0, numbered(keys))
    kept: list[Ints] = []
    for level in levels:
        count = int(level.max()) + 1 if len(level) else 0
        if count > 1 and (not kept or count < int(kept[-1].max()) + 1):
            kept.append(level)
    return kept or [numbered([0] * len(table.stations))]
