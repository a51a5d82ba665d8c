"""The report: everything that was found, as one document that can be written as JSON (``specs/report-v1.schema.json``).

Same input, same bytes: everything is sorted, nothing is dated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import polars as pl
from pydantic import TypeAdapter

from tallyproof import __version__
from tallyproof.compare.copies import Copy, Pair
from tallyproof.compare.declared import version_name
from tallyproof.compare.siblings import SiblingsCompared
from tallyproof.findings.check import Checked
from tallyproof.findings.context import Context
from tallyproof.findings.statements import statements
from tallyproof.findings.waterfall import waterfall
from tallyproof.model.words import Kind
from tallyproof.tabulate.gaps import Interval
from tallyproof.tabulate.standing import TOTAL_BOXES
from tallyproof.tabulate.sums import Cell
from tallyproof.tabulate.tabulation import Tabulated, missing_stations
from tallyproof.tabulate.winner import Outcome

Json = dict[str, Any]
_ANY: TypeAdapter[Any] = TypeAdapter(Any)


def report(checked: Checked, *, every_area: bool = False) -> Json:
    """The report document. ``every_area``: with the totals of every area, not only of those at the top or with a declared figure."""
    findings = [finding.as_json(number) for number, finding in enumerate(checked.findings, start=1)]
    about = checked.election.about
    return {
        "report": "v1",
        "tallyproof": __version__,
        "package": {
            "name": about.name,
            "title": about.title,
            "title_ur": about.title_ur,
            "notice": about.notice,
            "notice_ur": about.notice_ur,
            "reconstructed": about.reconstructed,
            "held_on": about.held_on,
            "sources": list(about.sources),
        },
        "settings": {"trust": checked.trust, "turnout": checked.turnout},
        "summary": {"exit": checked.exit_code, **{str(kind): sum(1 for one in checked.findings if one.kind is kind) for kind in Kind}},
        "contests": _contests(checked),
        "areas": _areas(checked, every=every_area),
        "checks": [
            {
                "code": tally.code,
                "contest": tally.contest,
                "source": tally.source,
                "passed": tally.passed,
                "failed": tally.failed,
                "cannot_tell": tally.cannot_tell,
            }
            for tally in checked.tallies
        ],
        "statements": statements(checked.election, checked.tabulation, checked.declared),
        "findings": findings,
    }


def to_json(document: Mapping[str, Any]) -> str:
    """The document as text: UTF-8, two spaces, keys in the order of the schema, a line end at the end."""
    # The same text as json.dumps(ensure_ascii=False, indent=2), which needs ten times as long: it has no fast path for indents.
    return _ANY.dump_json(document, indent=2).decode() + "\n"


def _by_key(frame: pl.LazyFrame, *key: str) -> dict[Any, Json]:
    return {tuple(row[name] for name in key) if len(key) > 1 else row[key[0]]: row for row in frame.collect().iter_rows(named=True)}


def _ends(interval: Interval | None) -> list[int | None] | None:
    return None if interval is None else [interval.lo, interval.hi]


Declared = list[tuple[str, Mapping[str, int]]]
"""The declarations of a contest or area in order: name of the version, its figures by item."""


def _declared(checked: Checked, total: Tabulated) -> Declared:
    totals = checked.declared.get(total.contest.contest)
    if totals is None:
        return []
    return [(version_name(version), totals.by_area[total.area][version]) for version in totals.versions(total.area)]


def _figure(total: Tabulated, item: str, cell: Cell, declarations: Declared) -> Json:
    """Interval, declared figures and differences of one candidate or box."""
    upper = cell.upper
    declared = {version: items[item] for version, items in declarations if item in items}
    return {
        "min": cell.low,
        "max": upper,
        "max_with_missing": None if upper is None or total.cap is None else upper + total.cap,
        "unread": cell.unread,
        "declared": declared,
        "delta": {version: [None if upper is None else value - upper, value - cell.low] for version, value in declared.items()},
    }


def _votes(total: Tabulated) -> zip[tuple[str, Cell]]:
    """The candidates in ballot order, each with the sum of its votes; the sums can be more, as wide as the longest ballot."""
    return zip(total.contest.ballot, total.sums.votes, strict=False)


def _winner(context: Context) -> Json:
    outcome, ballot = context.outcome, context.contest.ballot
    state = context.declared_state
    return {
        "by_records": _outcome(outcome, ballot),
        "declared": [ballot[position - 1] for position in context.winners],
        "declared_state": None if state is None else str(state),
        "changes": context.changes,
    }


def _outcome(outcome: Outcome | None, ballot: tuple[str, ...]) -> Json:
    if outcome is None:
        return {"state": "open", "candidates": [], "tie": False}
    return {
        "state": str(outcome.state),
        "candidates": [ballot[position - 1] for position in outcome.candidates],
        "tie": outcome.tie,
    }


def _names(row: Mapping[str, Any] | None, *names: str) -> Json:
    return {name: row.get(name) for name in names} if row else dict.fromkeys(names)


def _contests(checked: Checked) -> list[Json]:
    meta = _by_key(checked.election.contests, "contest")
    people: dict[str, dict[str, Json]] = {name: {} for name in meta}
    for (name, candidate), row in _by_key(checked.election.candidates, "contest", "candidate").items():
        people[name][candidate] = row
    missing = missing_stations(checked.tabulation)
    # By contest once, so that no contest goes through what belongs to the others.
    pairs: dict[str, list[Pair]] = defaultdict(list)
    for pair in checked.pairs:
        pairs[pair.contest].append(pair)
    siblings: dict[str, list[tuple[str, SiblingsCompared]]] = defaultdict(list)
    for both in checked.siblings:
        siblings[both.contest_a].append((both.contest_b, both))
        siblings[both.contest_b].append((both.contest_a, both))
    disputed: dict[str, dict[str, list[Copy]]] = defaultdict(dict)
    for (name, station), together in checked.disputed.items():
        disputed[name][station] = together
    return [
        {
            **_contest(checked, name, meta[name], people[name]),
            "pairs": [_pair(pair) for pair in pairs[name]],
            "siblings": [{"contest": other, "common": both.common, "differing": len(both.differing)} for other, both in siblings[name]],
            "views": [_view(source, contexts[name]) for source, (_, contexts) in checked.views.items() if source in context.total.sources],
            "missing": missing.get(name, []),
            "waterfall": waterfall(context, disputed[name]),
        }
        for name, context in checked.contexts.items()
    ]


def _pair(pair: Pair) -> Json:
    return {
        "source_a": pair.source_a,
        "source_b": pair.source_b,
        "common": pair.common,
        "differ": pair.differ,
        "flips": pair.flips,
        "sums": {candidate: list(sums) for candidate, sums in pair.sums.items()},
    }


def _contest(checked: Checked, name: str, meta: Json, people: Mapping[str, Json]) -> Json:
    context = checked.contexts[name]
    total = context.total
    declared, sources = _declared(checked, total), total.sources.items()
    stations = {source: sums.stations for source, sums in sources}
    cast = total.cell("in_box")
    return {
        "contest": name,
        **_names(meta, "name", "name_ur"),
        "seats": context.contest.seats,
        "rule": context.contest.rule,
        "stations": {
            "expected": total.expected,
            "recorded": total.recorded,
            "missing": total.missing,
            "disputed": total.sums.disputed,
        },
        "registered": total.registered,
        "registered_missing": None if total.cap is None else total.sums.roll_missing,
        "sources": [{"source": source, "stations": sums.stations, "records": sums.records} for source, sums in total.sources.items()],
        "totals": [
            {
                "candidate": candidate,
                **_names(people.get(candidate), "name", "name_ur", "party", "backed_by"),
                **_figure(total, candidate, cell, declared),
                "by_source": {source: sums.votes[place] for source, sums in sources},
                "by_source_stations": stations,
            }
            for place, (candidate, cell) in enumerate(_votes(total))
        ],
        "boxes": {
            box: {
                **_figure(total, box, total.sums.boxes[box], declared),
                "by_source": {source: sums.boxes[box] for source, sums in sources},
            }
            for box in TOTAL_BOXES
        },
        "turnout": {"cast": [cast.low, cast.upper], "registered": total.registered},
        "winner": _winner(context),
        "margin": {
            "by_records": _ends(total.margin()),
            "declared": context.margin if context.margin_is_declared else None,
            "of": [context.first, context.second],
        },
    }


def _view(source: str, context: Context) -> Json:
    total = context.total
    outcome = _outcome(context.outcome, context.contest.ballot)
    return {
        "source": source,
        "stations": total.recorded,
        "totals": {candidate: cell.low for candidate, cell in _votes(total)},
        "winner": outcome,
        "changes": context.changes,
        "margin": _ends(total.margin()),
    }


def _areas(checked: Checked, *, every: bool) -> list[Json]:
    """Areas that have a declared figure, and those at the top; or ``every`` area."""
    known = _by_key(checked.election.areas, "area")
    found = []
    for (name, area), total in sorted(checked.tabulation.areas.items()):
        declared = checked.declared.get(name)
        if not every and known.get(area, {}).get("parent") is not None and (declared is None or area not in declared.by_area):
            continue
        figures = _declared(checked, total)
        found.append(
            {
                "contest": name,
                "area": area,
                **_names(known.get(area), "name", "name_ur", "level"),
                "stations": {
                    "expected": total.expected,
                    "recorded": total.recorded,
                    "missing": total.missing,
                    "disputed": total.sums.disputed,
                },
                "totals": [{"candidate": candidate, **_figure(total, candidate, cell, figures)} for candidate, cell in _votes(total)],
                "boxes": {box: _figure(total, box, total.sums.boxes[box], figures) for box in TOTAL_BOXES},
            }
        )
    return found
