"""Findings D01-D08: the declaration against the records, and against itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tallyproof.compare.declared import (
    Changed,
    DeclaredTotals,
    RowsSummed,
    StationCompared,
    Sum,
    TotalCompared,
    Verdict,
    Version,
    version_name,
)
from tallyproof.compare.patterns import Figures, Pattern, explain
from tallyproof.compare.repeated import Interval, repeated
from tallyproof.compare.rounded import Verdict as Rounding
from tallyproof.compare.rounded import rounded
from tallyproof.findings.context import Context
from tallyproof.findings.finding import Cell, Effect, Finding, PatternNote, of_code, pattern_note
from tallyproof.model.words import Kind

PatternOf = Callable[[str, str | None, Version], PatternNote | None]
"""(contest, area, version) → the pattern of all its declared totals together."""

_KIND_OF = {Verdict.BELOW: Kind.PROOF, Verdict.ABOVE: Kind.PROOF, Verdict.SOME_COPIES: Kind.CONFLICT, Verdict.COULD_BE: Kind.GAP}


def total_differs(compared: list[TotalCompared], contexts: Mapping[str, Context], pattern_of: PatternOf) -> Iterator[Finding]:
    """D02: a declared total that the records do not allow, or allow only under some copies or with missing stations."""
    for one in compared:
        # An area with missing stations is told once, as T01 of its contest.
        if one.verdict is Verdict.AGREES or (one.verdict is Verdict.COULD_BE and one.area is not None and one.missing):
            continue
        yield of_code(
            "D02",
            one.contest,
            kind=_KIND_OF[one.verdict],
            area=one.area,
            candidate=one.item,
            figures={
                "item": one.item,
                "declared": one.declared,
                "low": one.low,
                "high": one.high,
                "high_with_missing": one.high_with_missing,
                "where": one.area or one.contest,
                "version": version_name(one.version),
                "verdict": str(one.verdict),
                "variant": _variant(one),
            },
            pattern=pattern_of(one.contest, one.area, one.version) if one.verdict in (Verdict.BELOW, Verdict.ABOVE) else None,
            effect=_effect_of(one, contexts[one.contest]),
        )


def _variant(one: TotalCompared) -> str:
    if one.verdict in (Verdict.BELOW, Verdict.ABOVE):
        return "exact" if one.low == one.high else "range"
    return str(one.verdict)


def _effect_of(one: TotalCompared, context: Context) -> Effect:
    """What is certain: the distance to the nearest figure that the records allow. Nobody is said to gain where that is nothing."""
    nearest = _nearest(one.declared, one.low, one.high_with_missing)
    if nearest != one.declared:
        return context.effect({one.item: (nearest, one.declared)})
    explained = _nearest(one.declared, one.low, one.read)
    return Effect(votes=abs(one.declared - explained) or one.read - one.low, margin=context.margin)


def station_rows_differ(
    compared: list[StationCompared], contexts: Mapping[str, Context], misplaced: Mapping[tuple[str, Version, str], Pattern]
) -> Iterator[Finding]:
    """D01: a declared row of a station that differs from the records of that station."""
    for one in compared:
        context = contexts[one.contest]
        item, declared, low, high = one.cells[0]
        said = f"declared {version_name(one.version)}"
        yield of_code(
            "D01",
            one.contest,
            kind=Kind.PROOF if one.outside else Kind.CONFLICT,
            station=one.station,
            candidate=item,
            figures={
                "station": one.station,
                "item": item,
                "declared": declared,
                "low": low,
                "high": high,
                "version": version_name(one.version),
                "agrees_with": ", ".join(one.agrees_with) or None,
                "variant": "exact" if low == high else "range",
            },
            cells=tuple(
                Cell(item=name, said=((said, value), ("lowest", least), ("highest", most))) for name, value, least, most in one.cells
            ),
            pattern=_pattern(one, context.contest.ballot, misplaced.get((one.contest, one.version, one.station))),
            effect=context.effect({name: (_nearest(value, least, most), value) for name, value, least, most in one.cells}),
            evidence=one.records,
        )


def _nearest(value: int, low: int, high: int | None) -> int:
    """The figure of the records that is nearest to the declared one: the smallest difference that is certain."""
    least = max(value, low)
    return least if high is None else min(least, high)


def _pattern(one: StationCompared, ballot: tuple[str, ...], misplaced: Pattern | None) -> PatternNote | None:
    """How the declared row differs from the records; None where copies differ, since there is no one first side."""
    if misplaced is None and any(low != high for _, _, low, high in one.cells):
        return None
    records = {item: low for item, _, low, _ in one.cells}
    declared = {item: value for item, value, _, _ in one.cells}
    boxes = [item for item in records if item not in ballot]
    first = Figures(tuple(records.get(candidate) for candidate in ballot), {box: records[box] for box in boxes})
    second = Figures(tuple(declared.get(candidate) for candidate in ballot), {box: declared[box] for box in boxes})
    of_table = () if misplaced is None else (misplaced,)
    return pattern_note((*of_table, *explain(first, second)), None)


def rows_do_not_add_up(compared: list[RowsSummed]) -> Iterator[Finding]:
    """D03: the rows of the declaration do not sum to its total."""
    for one in compared:
        if one.contradicts:
            yield of_code(
                "D03",
                one.contest,
                candidate=one.item,
                figures={
                    "item": one.item,
                    "declared": one.declared,
                    "sum": one.total,
                    "rows": one.rows,
                    "difference": one.declared - one.total,
                    "level": one.level,
                    "version": version_name(one.version),
                },
                effect=Effect(votes=abs(one.declared - one.total)),
            )


def declarations_differ(changes: list[Changed]) -> Iterator[Finding]:
    """D04: a figure that a later declaration lowers (conflict) or raises (gap: more stations may have come in)."""
    for one in changes:
        yield of_code(
            "D04",
            one.contest,
            kind=Kind.CONFLICT if one.falls else Kind.GAP,
            area=one.area,
            candidate=one.item,
            figures={
                "item": one.item,
                "first": one.first,
                "second": one.second,
                "first_stage": version_name(one.first_version),
                "second_stage": version_name(one.second_version),
                "variant": "falls" if one.falls else "rises",
            },
            effect=Effect(votes=abs(one.second - one.first)),
        )


def declaration_arithmetic(sums: list[Sum]) -> Iterator[Finding]:
    """D07: figures of one declaration that contradict each other."""
    for one in sums:
        yield of_code(
            "D07",
            one.contest,
            area=one.area,
            candidate=one.right_name,
            figures={
                "left": one.left,
                "left_name": one.left_name,
                "right": one.right,
                "right_name": one.right_name,
                "version": version_name(one.version),
            },
            effect=Effect(votes=abs(one.left - one.right)),
        )


def winner_differs(context: Context, views: Mapping[str, Context]) -> Finding | None:
    """D08: the records refute the declared winner: all copies together (proof), or one source's alone (conflict)."""
    if not context.winners or context.outcome is None:
        return None
    refuting = {source: view for source, view in views.items() if view.changes == "yes"}
    if context.changes != "yes" and not refuting:
        return None
    proved = context.changes == "yes"
    by_records = context if proved else next(iter(refuting.values()))
    assert by_records.outcome is not None
    ballot = context.contest.ballot
    return of_code(
        "D08",
        context.contest.contest,
        kind=Kind.PROOF if proved else Kind.CONFLICT,
        candidate=ballot[context.winners[0] - 1],
        figures={
            "declared_winner": ", ".join(ballot[position - 1] for position in context.winners),
            "records_winner": ", ".join(ballot[position - 1] for position in by_records.outcome.candidates),
            "sources": None if proved else ", ".join(sorted(refuting)),
            "variant": "all" if proved else "one-source",
        },
        effect=Effect(margin=context.margin, changes="yes" if proved else "open"),
    )


def rounded_totals(declared: DeclaredTotals, context: Context) -> Iterator[Finding]:
    """D05: declared votes that are all a rounded percentage of their total."""
    for area, by_version in sorted(declared.by_area.items(), key=lambda pair: pair[0] or ""):
        for version in declared.versions(area):
            items = by_version[version]
            votes = [items[candidate] for candidate in context.contest.ballot if candidate in items]
            found = rounded(votes, max(items.get("valid", 0), sum(votes)))
            if found.verdict is Rounding.DERIVABLE and found.chance is not None:
                yield of_code(
                    "D05",
                    context.contest.contest,
                    area=area,
                    figures={
                        "total": found.total,
                        "decimals": found.places,
                        "candidates": len(votes),
                        "version": version_name(version),
                        "one_in": int(1 / found.chance),
                    },
                    effect=Effect(margin=context.margin),
                )


def repeated_rows(declared: DeclaredTotals, context: Context, records: Mapping[str, Mapping[str, Interval]]) -> Iterator[Finding]:
    """D06: the same large figures in the declared rows of two areas. ``records``: what the records allow, area → item → interval."""
    areas = {area: by_version for area, by_version in declared.by_area.items() if area is not None}
    for version in sorted({version for by_version in areas.values() for version in by_version}):
        table = {area: by_version[version] for area, by_version in areas.items() if version in by_version}
        for found in repeated(table, records=records):
            doubtful = [said for said in found.records if said.agrees is False]
            off = [abs(said.declared - _nearest(said.declared, said.records[0], said.records[1])) for said in doubtful if said.records]
            yield of_code(
                "D06",
                context.contest.contest,
                area=doubtful[0].row if doubtful else found.rows[-1],
                candidate=next(iter(found.items)),
                figures={
                    "item": ", ".join(found.items),
                    "value": ", ".join(str(value) for value in found.items.values()),
                    "row_a": found.rows[0],
                    "row_b": ", ".join(found.rows[1:]),
                    "version": version_name(version),
                    "disagrees": ", ".join(sorted({said.row for said in doubtful})) or None,
                },
                effect=Effect(votes=max(off, default=0), margin=context.margin),
            )
