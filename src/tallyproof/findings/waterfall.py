"""From one source's records to the declared result, station by station: the steps by which the margin changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tallyproof.compare.copies import Copy, source_order
from tallyproof.compare.declared import version_name
from tallyproof.findings.context import Context
from tallyproof.model.words import OFFICIAL_SOURCES

STEPS = 100
"""So many steps are listed, the largest first; the others are one sum."""


def waterfall(context: Context, disputed: Mapping[str, list[Copy]]) -> dict[str, Any] | None:
    """Margin of the leading over the next candidate: by the records of one source, then of an official one, then as declared.

    ``disputed``: the contest's disputed stations, with their copies. None where there is nothing to go from or to. ``rest``: stations of
    which only one of the two sources has a copy, and steps not listed (``unlisted``). ``unexplained``: what no station record explains.
    """
    sources = context.total.sources
    if context.first is None or context.rival is None or not sources:
        return None
    others = sorted((source for source in sources if source not in OFFICIAL_SOURCES), key=lambda one: (-sources[one].stations, one))
    officials = sorted((source for source in sources if source in OFFICIAL_SOURCES), key=lambda one: (-sources[one].stations, one))
    source = (others or officials)[0]
    official = officials[0] if officials and others else None
    if official is None and not context.margin_is_declared:
        return None
    ballot = context.contest.ballot
    first, second = ballot.index(context.first), ballot.index(context.rival)

    def margin_of(name: str) -> int:
        return sources[name].votes[first] - sources[name].votes[second]

    steps = []
    if official is not None:
        for station, together in disputed.items():
            change = _change(together, source, official, first, second)
            if change:
                steps.append({"station": station, "change": change})
    steps.sort(key=lambda step: (-abs(int(str(step["change"]))), str(step["station"])))
    listed, unlisted = steps[:STEPS], steps[STEPS:]
    start = margin_of(source)
    after = margin_of(official) if official is not None else start
    votes = context.declared_votes
    declared = votes[context.first] - votes[context.rival] if context.first in votes and context.rival in votes else None
    changed = sum(int(str(step["change"])) for step in steps)
    return {
        "from": source,
        "through": official,
        "to": f"declared {version_name(context.winner_version)}" if context.winner_version is not None else None,
        "winner": context.first,
        "other": context.rival,
        "start": start,
        "steps": listed,
        "unlisted": {"stations": len(unlisted), "change": sum(int(str(step["change"])) for step in unlisted)},
        "rest": after - start - changed,
        "records": after,
        "unexplained": None if declared is None else declared - after,
        "end": declared,
    }


def _change(together: list[Copy], source: str, official: str, first: int, second: int) -> int | None:
    ours = [copy for copy in together if copy.source == source]
    theirs = [copy for copy in together if copy.source == official]
    if not ours or not theirs:
        return None
    # The same choice as in ``by_source``: the highest version, then the greatest key.
    a, b = (max(found, key=lambda copy: (copy.version, copy.record)) for found in (ours, theirs))
    change = 0
    for place, sign in ((first, 1), (second, -1)):
        before, after = a.votes[place], b.votes[place]
        if before is not None and after is not None:
            change += sign * (after - before)
    return change


__all__ = ["source_order", "waterfall"]
