"""Findings C01, C02, T03-T05 and S01: copies of one station against each other, and rooms with two ballot boxes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tallyproof.compare.copies import Copy, LaterMissing, Pair, Repeated, differing_cells, extremes
from tallyproof.compare.patterns import Figures, Pattern, explain
from tallyproof.compare.siblings import SiblingsCompared
from tallyproof.findings.context import Context
from tallyproof.findings.finding import Cell, Effect, Figure, Finding, of_code, pattern_note
from tallyproof.tabulate.standing import COMPARED_BOXES

ChanceOf = Callable[[str, str, str, Pattern, Figures, Figures], tuple[int, int] | None]
"""(contest, source, other source, pattern, first, second) → how often the pattern fits unrelated figures of this set."""

IDENTICAL_STATIONS = 50
"""From so many common stations on, two sources without a single difference are named: transcripts of so many forms have slips."""


def figures_of(copy: Copy) -> Figures:
    """The figures of a copy that edit patterns speak of."""
    return Figures(copy.votes, {box: copy.boxes[box] for box in COMPARED_BOXES})


def copies_differ(
    disputed: Mapping[tuple[str, str], list[Copy]], contexts: Mapping[str, Context], chance_of: ChanceOf
) -> Iterator[Finding]:
    """C01 for each station whose copies differ, T03 for each where several acts stand."""
    for (contest, station), together in disputed.items():
        context = contexts[contest]
        evidence = tuple(copy.record for copy in together)
        if len({copy.instance for copy in together}) > 1:
            acts = sorted({f"{copy.act}/{copy.version} ({copy.source})" for copy in together})
            yield of_code(
                "T03",
                contest,
                station=station,
                figures={"station": station, "acts": ", ".join(acts)},
                effect=Effect(margin=context.margin),
                evidence=evidence,
            )
        cells = differing_cells(together, context.contest.ballot)
        if not cells:
            continue
        first, second = extremes(together, cells[0])
        sides = figures_of(first), figures_of(second)
        patterns = explain(*sides)
        chance = chance_of(contest, first.source, second.source, patterns[0], *sides) if patterns else None
        yield of_code(
            "C01",
            contest,
            station=station,
            candidate=cells[0].item,
            figures={
                "station": station,
                "candidate": cells[0].item,
                "source_a": first.source,
                "a": said_by(cells[0].said, first),
                "source_b": second.source,
                "b": said_by(cells[0].said, second),
                "difference": cells[0].spread,
                "cells": len(cells),
                "copies": len(together),
            },
            cells=tuple(Cell(item=cell.item, said=tuple((copy.record, figure) for copy, figure in cell.said)) for cell in cells),
            pattern=pattern_note(patterns, chance),
            effect=context.effect(changed(first, second, context.contest.ballot)),
            evidence=evidence,
        )


def said_by(said: tuple[tuple[Copy, int], ...], copy: Copy) -> Figure:
    return next((figure for one, figure in said if one is copy), None)


def changed(first: Copy, second: Copy, ballot: tuple[str, ...]) -> dict[str, tuple[int, int]]:
    """The candidates' figures that both copies read and that differ; of the boxes, too."""
    sides = (
        *zip(ballot, first.votes, second.votes, strict=True),
        *((box, first.boxes[box], second.boxes[box]) for box in COMPARED_BOXES),
    )
    return {item: (a, b) for item, a, b in sides if a is not None and b is not None and a != b}


def copies_identical(pairs: list[Pair]) -> Iterator[Finding]:
    """C02: two sources that differ nowhere: honest copies look so, and so does one file that was copied."""
    for pair in pairs:
        if pair.identical and pair.common >= IDENTICAL_STATIONS:
            yield of_code(
                "C02",
                pair.contest,
                figures={"source_a": pair.source_a, "source_b": pair.source_b, "stations": pair.common},
            )


def records_repeated(found: list[Repeated]) -> Iterator[Finding]:
    """T04: one source has several standing records of one act."""
    for one in found:
        yield of_code(
            "T04",
            one.contest,
            station=one.station,
            figures={"station": one.station, "source": one.source, "records": len(one.records)},
            evidence=one.records,
        )


def later_copies_missing(found: list[LaterMissing]) -> Iterator[Finding]:
    """T05: a source whose copy was retired holds none of what replaced it."""
    for one in found:
        yield of_code(
            "T05",
            one.contest,
            station=one.station,
            figures={"station": one.station, "source": one.source, "act": one.act},
            evidence=(one.record,),
        )


def siblings_differ(compared: list[SiblingsCompared], contexts: Mapping[str, Context]) -> Iterator[Finding]:
    """S01: one room, two ballot boxes, and many more ballots in one of them. Told of the contest that elects somebody."""
    for pair in compared:
        for one in pair.differing:
            contest = one.contest_a if contexts[one.contest_a].outcome is not None else one.contest_b
            yield of_code(
                "S01",
                contest,
                station=one.station,
                candidate="in_box",
                figures={
                    "station": one.station,
                    "contest_a": one.contest_a,
                    "a": _span(one.a),
                    "contest_b": one.contest_b,
                    "b": _span(one.b),
                    "difference": one.difference,
                },
                effect=Effect(votes=one.difference, margin=contexts[contest].margin),
            )


def _span(ends: tuple[int, int]) -> Figure:
    return ends[0] if ends[0] == ends[1] else f"{ends[0]}–{ends[1]}"
