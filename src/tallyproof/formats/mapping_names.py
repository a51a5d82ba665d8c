"""Names that are nearly alike: proposed as lines for the mapping, with a score, never joined without a person's word."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import polars as pl
from rapidfuzz import fuzz, process, utils

from tallyproof.formats.mapping_cells import Notes
from tallyproof.formats.mapping_model import Mapping as MappingFile

CUTOFF = 60
"""Below this score (of 100) two names have too little in common to propose."""


def propose(
    strange: Iterable[str],
    known: Iterable[str] | Mapping[str, list[str]],
    table: str,
    labels: Mapping[str, str] | None = None,
) -> list[str]:
    """TOML lines ``"strange" = "known"  # score`` for the section ``table``, one for each strange spelling that is near a known one.

    ``known`` may give several spellings for each key; ``labels`` a name to compare instead of the strange key.
    """
    spellings = (
        {key: [text for text in texts if text] for key, texts in known.items()}
        if isinstance(known, Mapping)
        else {key: [key] for key in known}
    )
    flat = [(key, text) for key, texts in spellings.items() for text in texts]
    choices = [text for _, text in flat]
    lines = []
    for spelling in strange:
        wanted = (labels or {}).get(spelling) or spelling
        best = process.extractOne(wanted, choices, scorer=fuzz.WRatio, processor=utils.default_process, score_cutoff=CUTOFF)
        if best is not None:
            key, text = flat[best[2]]
            # Whole numbers: a score is a hint, not a measurement.
            lines.append(f"[{table}] {_quoted(spelling)} = {_quoted(key)}  # {int(best[1])} of 100, like {text!r}")
    return lines


def fill_names(rows: list[dict[str, str | None]], lists: list[pl.DataFrame], mapping: MappingFile, notes: Notes) -> None:
    """Give candidates their names from lists of candidates, where exactly one on the list has the party; others are proposed.

    A contest that two lists claim gets no names: one of the lists is wrong, and it is not for a program to say which.
    """
    listed: dict[str, list[tuple[str, str, str]]] = {}
    claimed: dict[str, int] = {}
    for frame in lists:
        for contest in frame["contest"].unique(maintain_order=True):
            claimed[contest] = claimed.get(contest, 0) + 1
        for contest, party, name, name_ur in frame.select("contest", "party", "name", "name_ur").iter_rows():
            listed.setdefault(contest, []).append((_folded(party), name, name_ur))
    filled = unsure = 0
    disputed: list[str] = []
    for row in rows:
        contest, key = row.get("contest") or "", row.get("candidate") or ""
        if row.get("name") or contest not in listed:
            continue
        if claimed[contest] > 1:
            disputed += [contest] if contest not in disputed else []
            continue
        parties = {_folded(party) for party in mapping.aliases.parties.get(key, [key])}
        fits = [(name, name_ur) for party, name, name_ur in listed[contest] if party in parties]
        if len(fits) == 1:
            row["name"], row["name_ur"] = fits[0]
            filled += 1
            continue
        unsure += 1
        if fits:
            notes.proposals += [
                f"[[candidates]] contest = {_quoted(contest)}, candidate = {_quoted(key)}, name = {_quoted(name)}  # one of {len(fits)}"
                for name, _ in fits
            ]
    notes.log.append(f"{filled} candidates have their name from a list of candidates; for {unsure} the party is not enough to tell")
    if disputed:
        notes.log.append(f"two lists of candidates claim {', '.join(disputed)}: no names were taken for these")


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
