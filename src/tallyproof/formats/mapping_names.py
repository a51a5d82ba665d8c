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
    spellings = {key: [text for text in texts if text] for key, texts in known.items()} if isinstance(known, Mapping) else {key: [key] for key in known}
    flat = [(key, text) for key, texts in spellings.items() for text in texts]
    choices = [text for _, text in flat]
    lines = []
    for spelling in strange:
        wanted = (labels or {}).get(spelling) or spelling
        best = process.extractOne(wanted, choices, scorer=fuzz.WRatio, processor=utils.default_process, score_cutoff=CUTOFF)
        if best is not None:
            key, text = flat[best[2]]
            # Whole numbers: a score is a hint, not a measurement.
            lines.append(f"[{table}] {json.dumps(spelling, ensure_ascii=False)} = {json.dumps(key, ensure_ascii=False)}  # {int(best[1])} of 100, like {text!r}")
    return lines


def fill_names(rows: list[dict[str, str | None]], names: pl.DataFrame, mapping: MappingFile, notes: Notes) -> None:
    """Give candidates their names from a list of candidates, where exactly one on it has the party; others are proposed."""
    listed: dict[str, list[tuple[str, str, str]]] = {}
    for contest, party, name, name_ur in names.select("contest", "party", "name", "name_ur").iter_rows():
        listed.setdefault(contest, []).append((party, name, name_ur))
    filled = several = 0
    for row in rows:
        contest, key = row.get("contest") or "", row.get("candidate") or ""
        if row.get("name") or contest not in listed:
            continue
        parties = mapping.aliases.parties.get(key, [key])
        fits = [(name, name_ur) for party, name, name_ur in listed[contest] if party in parties]
        if len(fits) == 1:
            row["name"], row["name_ur"] = fits[0]
            filled += 1
        elif fits:
            several += 1
            notes.proposals += [
                f"[[candidates]] contest = {json.dumps(contest)} candidate = {json.dumps(key)} name = {json.dumps(name, ensure_ascii=False)}  # one of {len(fits)}"
                for name, _ in fits
            ] if len(fits) <= 3 else []
    notes.log.append(f"{filled} candidates have their name from the list of candidates; for {several} the party is not enough to tell")
