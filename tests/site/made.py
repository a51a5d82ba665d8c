"""Pieces of report and rows documents, made by hand: the pages are tested without the core."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
NOTICE = "The station rows of this sample are RECONSTRUCTED: invented by arithmetic so that they add up to published totals."
NOTICE_UR = "اس نمونے میں اسٹیشنوں کی سطریں مفروضہ ہیں: حساب سے بنائی گئی ہیں تاکہ شائع شدہ مجموعوں پر پوری اتریں۔"


@dataclass(frozen=True, slots=True)
class Text:
    title: str
    happened: str
    do: str
    innocent: tuple[str, ...] = ()


class StubWords:
    """Words for any code, without the core: what they say shows which figures and language they were given."""

    def text(self, code: str, language: str, role: str, figures: Mapping[str, Any]) -> Text:
        said = " ".join(f"{key} {value}" for key, value in sorted(figures.items()))
        if language == "ur":
            return Text(f"نتیجہ {code}", f"یہ ہوا: {said}", f"یہ کریں ({role})", ("کوئی عام وجہ",) if code[0] in "S" else ())
        return Text(f"Title of {code}", f"This happened: {said}", f"Do this as {role}", ("an ordinary cause",) if code[0] in "S" else ())


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Whole numbers in proportion to ``weights`` that sum to ``total``."""
    whole, running, given = sum(weights), 0, 0
    parts = []
    for weight in weights:
        running += weight
        upto = total * running // whole
        parts.append(upto - given)
        given = upto
    return parts


def candidate(key: str, name: str, name_ur: str, party: str, backed_by: str | None = None) -> Json:
    return {"candidate": key, "name": name, "name_ur": name_ur, "party": party, "backed_by": backed_by}


def copy(record: str, source: str, votes: Sequence[int | None], in_box: int | None) -> Json:
    boxes = {"in_box": in_box, "valid": None if None in votes else sum(vote or 0 for vote in votes), "rejected": None}
    return {"record": record, "source": source, "act": "count", "version": 1, "stands": True, "votes": list(votes), "boxes": boxes}


def station(key: str, name: str, name_ur: str, roll: int | None, copies: Sequence[Json], declared: Json | None = None) -> Json:
    said = {tuple(copy["votes"]) for copy in copies}
    status = "missing" if not copies else "disputed" if len(said) > 1 else "agrees"
    row = {"station": key, "name": name, "name_ur": name_ur, "area": None, "status": status, "roll": roll}
    return row | {"copies": list(copies), "declared": declared or {}}


def contest(
    key: str, names: tuple[str, str], people: Sequence[Json], stations: Sequence[Json], declared: Mapping[str, Sequence[int]], **more: Any
) -> Json:
    """The contest of a report for these stations: a small tabulation of its own, enough for pages."""
    sources = sorted({copy["source"] for row in stations for copy in row["copies"]})
    recorded = [row for row in stations if row["status"] != "missing"]
    missing = [row for row in stations if row["status"] == "missing"]
    cap = sum(row["roll"] or 0 for row in missing)
    by_source_stations = {source: sum(any(copy["source"] == source for copy in row["copies"]) for row in stations) for source in sources}
    totals = []
    for place, person in enumerate(people):
        read = [[copy["votes"][place] for copy in row["copies"] if copy["votes"][place] is not None] for row in recorded]
        low, high = sum(min(votes, default=0) for votes in read), sum(max(votes, default=0) for votes in read)
        unread = sum(not votes for votes in read)
        upper = None if unread else high
        sums = dict.fromkeys(sources, 0)
        for row in stations:
            for one in row["copies"]:
                sums[one["source"]] += one["votes"][place] or 0
        figures = {stage: values[place] for stage, values in declared.items()}
        delta = {stage: [None if upper is None else value - upper, value - low] for stage, value in figures.items()}
        totals.append(
            person
            | {"min": low, "max": upper, "max_with_missing": None if upper is None else upper + cap, "unread": unread}
            | {"declared": figures, "delta": delta, "by_source": sums, "by_source_stations": by_source_stations}
        )
    in_box = [[copy["boxes"]["in_box"] for copy in row["copies"] if copy["boxes"]["in_box"] is not None] for row in recorded]
    low, high = sum(min(box, default=0) for box in in_box), sum(max(box, default=0) for box in in_box)
    box = {"min": low, "max": high, "max_with_missing": high + cap, "unread": 0, "by_source": {}, "declared": {}, "delta": {}}
    result = {
        "contest": key,
        "name": names[0],
        "name_ur": names[1],
        "seats": 1,
        "rule": "plurality",
        "stations": {
            "expected": len(stations),
            "recorded": len(recorded),
            "missing": len(missing),
            "disputed": sum(row["status"] == "disputed" for row in stations),
        },
        "registered": sum(row["roll"] or 0 for row in stations),
        "registered_missing": cap,
        "sources": [
            {"source": source, "stations": by_source_stations[source], "records": by_source_stations[source]} for source in sources
        ],
        "totals": totals,
        "boxes": {"in_box": box},
        "turnout": {"cast": [low, high], "registered": None},
        "views": [
            {
                "source": source,
                "stations": by_source_stations[source],
                "totals": {total["candidate"]: total["by_source"][source] for total in totals},
                "winner": {"state": "open", "candidates": [], "tie": False},
                "margin": None,
            }
            for source in sources
        ],
        "missing": [row["station"] for row in missing],
        "waterfall": None,
    }
    return result | more


def undeclared(state: str, *candidates: str, tie: bool = False) -> Json:
    """A winner by the records where nothing was declared."""
    by_records = {"state": state, "candidates": list(candidates), "tie": tie}
    return {"by_records": by_records, "declared": [], "declared_state": None, "changes": None}


def finding(number: int, code: str, kind: str, key: str, **more: Any) -> Json:
    empty = {"station": None, "area": None, "candidate": None, "figures": {}, "cells": [], "pattern": None, "evidence": [], "rule": "a = b"}
    effect = {"votes": 0, "gained": None, "lost": None, "margin_change": None, "margin": None, "changes": None}
    base = {"id": f"F{number:05d}", "code": code, "kind": kind, "contest": key} | empty | more
    return base | {"effect": effect | more.get("effect", {})}


def report(title: str, contests: Sequence[Json], findings: Sequence[Json], **more: Any) -> Json:
    kinds = {kind: sum(one["kind"] == kind for one in findings) for kind in ("proof", "conflict", "gap", "lead")}
    base = {
        "report": "v1",
        "tallyproof": "0.1.0",
        "package": {
            "name": "sample",
            "title": title,
            "title_ur": "نمونہ",
            "notice": NOTICE,
            "notice_ur": NOTICE_UR,
            "held_on": "2024-02-08",
            "sources": ["https://example.org/published"],
        },
        "settings": {"trust": None, "turnout": None},
        "summary": {"exit": int(bool(kinds["proof"] or kinds["conflict"]))} | kinds,
        "contests": list(contests),
        "areas": [],
        "checks": [],
        "statements": [],
        "findings": list(findings),
    }
    return base | more


def rows_of(key: str, people: Sequence[Json], stations: Sequence[Json]) -> Json:
    return {key: {"candidates": [person["candidate"] for person in people], "stations": list(stations)}}
