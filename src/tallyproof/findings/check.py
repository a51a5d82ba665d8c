"""One call from a package to everything that is found: tabulate, compare, and put findings in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import narwhals as nw

from tallyproof.capture.check_types import Failure, Tally
from tallyproof.capture.checks import CHECKS, attach, evaluate, failures, summarise, tallies
from tallyproof.compare.copies import Copy, Pair, disputed_copies, later_missing, pairs, repeated
from tallyproof.compare.declared import (
    DeclaredTotals,
    Version,
    compare_rows,
    compare_stations,
    compare_totals,
    compare_versions,
    declared_arithmetic,
    declared_totals,
)
from tallyproof.compare.repeated import Interval
from tallyproof.compare.siblings import SiblingsCompared, compare_siblings
from tallyproof.errors import UsageError
from tallyproof.findings import of_copies, of_declared, of_records
from tallyproof.findings.chances import ChanceOfPattern
from tallyproof.findings.context import Context, context
from tallyproof.findings.finding import Finding, PatternNote, finding_order
from tallyproof.findings.total_patterns import table_patterns, total_pattern
from tallyproof.model.election import Election
from tallyproof.model.words import Kind
from tallyproof.tabulate.frames import Frame, frames, settle
from tallyproof.tabulate.tabulation import Prepared, Tabulation, missing_stations, prepare, tabulate

VIEWS = 12
"""Up to so many sources are each tabulated alone; with more, a table of views helps nobody."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Everything that ``check`` found, still as objects; ``findings.report`` turns it into the report."""

    election: Election
    tabulation: Tabulation
    declared: Mapping[str, DeclaredTotals]
    contexts: Mapping[str, Context]
    views: Mapping[str, tuple[Tabulation, Mapping[str, Context]]]
    pairs: list[Pair]
    siblings: list[SiblingsCompared]
    disputed: Mapping[tuple[str, str], list[Copy]]
    tallies: tuple[Tally, ...]
    findings: tuple[Finding, ...]
    trust: str | None
    turnout: int | None

    @property
    def exit_code(self) -> int:
        """0 agrees, 1 findings of kind proof or conflict."""
        return 1 if any(finding.kind in (Kind.PROOF, Kind.CONFLICT) for finding in self.findings) else 0


def _parents(election: Election) -> dict[str, str | None]:
    return dict(election.areas.select("area", "parent").collect().iter_rows())


def _contexts(tabulation: Tabulation, declared: Mapping[str, DeclaredTotals]) -> dict[str, Context]:
    return {name: context(total.contest, total, declared.get(name)) for name, total in tabulation.contests.items()}


def _views(
    prepared: Prepared, tabulation: Tabulation, declared: Mapping[str, DeclaredTotals], contexts: Mapping[str, Context], turnout: int | None
) -> dict[str, tuple[Tabulation, Mapping[str, Context]]]:
    """The tabulation as each source alone has it, as ``--trust`` would say it."""
    sources = sorted({source for total in tabulation.contests.values() for source in total.sources})
    if len(sources) > VIEWS:
        return {}
    if len(sources) == 1:
        return {sources[0]: (tabulation, contexts)}
    views = {source: tabulate(prepared, trust=source, turnout=turnout, areas=False) for source in sources}
    return {source: (view, _contexts(view, declared)) for source, view in views.items()}


def _with_extra(sheets: Frame, election: Election) -> Frame:
    """The sheets with what the checks know beyond one row: words against figures, men and women, equal rows of votes."""
    return settle(attach(sheets, None if election.only_votes else nw.from_native(election.votes)))


def _allowed_by_area(tabulation: Tabulation) -> dict[str, dict[str, dict[str, Interval]]]:
    """What the records allow in each area: contest → area → item → interval; areas without a record are left out."""
    found: dict[str, dict[str, dict[str, Interval]]] = {}
    for (name, area), total in tabulation.areas.items():
        if total.recorded:
            items = {candidate: (total.cell(candidate).low, total.with_missing(candidate)) for candidate in total.contest.ballot}
            found.setdefault(name, {})[area] = items
    return found


def _top_areas(election: Election, tabulation: Tabulation) -> dict[str, int]:
    """How many areas without a parent each contest has stations in."""
    tops = {area for area, parent in _parents(election).items() if parent is None}
    counted: dict[str, int] = {}
    for name, area in tabulation.areas:
        if area in tops:
            counted[name] = counted.get(name, 0) + 1
    return counted


def check(election: Election, *, trust: str | None = None, turnout: int | None = None) -> Checked:
    """Tabulate and compare everything that the package has.

    ``trust`` and ``turnout`` as in ``tabulate.tabulation.tabulate``. Raises UsageError if no record is of the trusted source.
    """
    tables = frames(election)
    prepared = prepare(tables, _parents(election))
    tabulation = tabulate(prepared, trust=trust, turnout=turnout)
    if trust is not None and not any(trust in total.sources for total in tabulation.contests.values()):
        everybody = tabulate(prepared, areas=False).contests.values()
        known = sorted({source for total in everybody for source in total.sources})
        raise UsageError(f"no standing record is of source {trust!r}", hint=f"sources in this package: {', '.join(known) or 'none'}")
    declared = declared_totals(tables)
    contexts = _contexts(tabulation, declared)
    views = {} if trust is not None else _views(prepared, tabulation, declared, contexts, turnout)
    sheets = _with_extra(prepared.sheets.filter(nw.col("stands")), election)
    counted = tallies(summarise(evaluate(sheets)))
    failed = {tally.code for tally in counted if tally.failed}
    disputed = disputed_copies(tabulation)
    between = pairs(tabulation)
    siblings = compare_siblings(tabulation)
    found = _findings(
        election, tabulation, declared, contexts, views, between, siblings, disputed, failures(sheets, codes=failed) if failed else ()
    )
    return Checked(
        election,
        tabulation,
        declared,
        contexts,
        views,
        between,
        siblings,
        disputed,
        counted,
        tuple(sorted(found, key=finding_order)),
        trust,
        turnout,
    )


def _findings(
    election: Election,
    tabulation: Tabulation,
    declared: Mapping[str, DeclaredTotals],
    contexts: Mapping[str, Context],
    views: Mapping[str, tuple[Tabulation, Mapping[str, Context]]],
    between: list[Pair],
    siblings: list[SiblingsCompared],
    disputed: Mapping[tuple[str, str], list[Copy]],
    failed: tuple[Failure, ...],
) -> list[Finding]:
    ballots = {name: one.contest.ballot for name, one in contexts.items()}
    chance_of = ChanceOfPattern(tabulation, disputed)
    rows = compare_stations(tabulation)

    @cache
    def pattern_of(contest: str, area: str | None, version: Version) -> PatternNote | None:
        total = tabulation.contests[contest] if area is None else tabulation.areas[contest, area]
        return total_pattern(tabulation, total, declared[contest].by_area[area][version])

    found = [
        *of_declared.total_differs(compare_totals(tabulation, declared), contexts, pattern_of),
        *of_declared.station_rows_differ(rows, contexts, table_patterns(tabulation, rows)),
        *of_declared.rows_do_not_add_up(compare_rows(tabulation, declared, _top_areas(election, tabulation))),
        *of_declared.declarations_differ(compare_versions(declared)),
        *of_declared.declaration_arithmetic(declared_arithmetic(declared, ballots)),
        *of_copies.copies_differ(disputed, contexts, chance_of),
        *of_copies.copies_identical(between),
        *of_copies.records_repeated(repeated(tabulation)),
        *of_copies.later_copies_missing(later_missing(tabulation)),
        *of_copies.siblings_differ(siblings, contexts),
        *of_records.records_fail(failed, {one.code: one for one in CHECKS}, contexts),
    ]
    allowed = _allowed_by_area(tabulation)
    without = missing_stations(tabulation, 20)
    for name, one in contexts.items():
        winner = of_declared.winner_differs(one, {source: contexts_of[name] for source, (_, contexts_of) in views.items()})
        missing = of_records.stations_missing(one, without.get(name, []))
        found += [finding for finding in (winner, missing) if finding is not None]
        found += of_records.figures_unread(one)
        if name in declared:
            found += of_declared.rounded_totals(declared[name], one)
            found += of_declared.repeated_rows(declared[name], one, allowed.get(name, {}))
    return found
