"""Records → totals, coverage, bounds, winners: one call, every engine (``specs/tabulation-v1.md``).

``prepare`` builds the sheets once; ``tabulate`` adds them up, for all sources together or for one (``trust``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import narwhals as nw

from tallyproof.errors import UsageError
from tallyproof.tabulate.frames import Frame, Frames, rows, settle
from tallyproof.tabulate.gaps import Interval, gap, irregular_gaps
from tallyproof.tabulate.lookup import has_no_repeats
from tallyproof.tabulate.sheets import ballot_width, sheets, vote_columns
from tallyproof.tabulate.standing import TOTAL_BOXES, live_sheets, with_standing
from tallyproof.tabulate.stations import KEY, stations, unlisted_stations
from tallyproof.tabulate.sums import Cell, Sums, sums_by_area, together
from tallyproof.tabulate.winner import RULES, Outcome


@dataclass(frozen=True, slots=True)
class Contest:
    """A contest and its ballot, in Python."""

    contest: str
    rule: str
    seats: int
    stations: int | None
    registered: int | None
    ballot: tuple[str, ...]

    def position(self, candidate: str) -> int:
        return self.ballot.index(candidate) + 1


@dataclass(frozen=True, slots=True)
class Prepared:
    """Sheets with ``stands``, and what is small enough to hold in Python: contests and the tree of areas."""

    tables: Frames
    sheets: Frame
    unlisted: Frame
    """Stations of a contest that have a sheet or a declared row, but are in no register."""
    width: int
    contests: Mapping[str, Contest]
    parents: Mapping[str, str | None]
    one_a_source: bool
    """No source has two standing sheets of one station of a contest."""
    sources: Mapping[str, Mapping[str, SourceSums]]
    """By contest and source."""


@dataclass(frozen=True, slots=True)
class SourceSums:
    """What one source's standing copies sum to."""

    stations: int
    records: int
    votes: tuple[int, ...]
    boxes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Tabulated:
    """The totals of one contest over all its stations, or over those of one area (``area``)."""

    contest: Contest
    sums: Sums
    expected: int
    missing: int
    cap: int | None
    """The most votes that the missing stations can hold; 0 if none is missing, None if unknown."""
    irregular: Mapping[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    sources: Mapping[str, SourceSums] = field(default_factory=dict)
    area: str | None = None

    @property
    def recorded(self) -> int:
        return self.expected - self.missing

    def cell(self, item: str) -> Cell:
        """The sum of a candidate or a box."""
        return self.sums.boxes[item] if item in self.sums.boxes else self.sums.votes[self.contest.position(item) - 1]

    def with_missing(self, item: str) -> int | None:
        upper = self.cell(item).upper
        return None if upper is None or self.cap is None else upper + self.cap

    def gap(self, a: int, b: int) -> Interval:
        return gap(a, b, self.sums, self.irregular, self.cap)

    @property
    def registered(self) -> int | None:
        """Registered voters of all expected stations; None where a register is unknown."""
        if self.contest.registered is not None and self.area is None:
            return self.contest.registered
        unknown = self.sums.no_roll_recorded + self.sums.no_roll_missing + (self.expected - self.sums.expected)
        return None if unknown else self.sums.roll_recorded + self.sums.roll_missing

    def outcome(self) -> Outcome | None:
        """Who is elected as far as the records prove it; None where the contest elects nobody or has no candidates."""
        rule = RULES.get(self.contest.rule)
        if rule is None or not self.contest.ballot:
            return None
        cells = self.sums.votes[: len(self.contest.ballot)]
        lows = [cell.low for cell in cells]
        outcome = rule.outcome(lows, self.gap, self.contest.seats)
        settled = self.expected > 0 and not self.missing and not self.sums.disputed and not any(cell.unread for cell in cells)
        ranked = sorted(lows, reverse=True)
        level = len(ranked) > self.contest.seats and ranked[self.contest.seats - 1] == ranked[self.contest.seats]
        return replace(outcome, tie=settled and level)

    def ranking(self) -> list[int]:
        """Ballot positions by lower end of the total, most first; ballot order among equals."""
        return sorted(range(1, len(self.contest.ballot) + 1), key=lambda position: (-self.sums.votes[position - 1].low, position))

    def margin(self) -> Interval | None:
        """How far the last winner is ahead of the first loser; None if nobody loses or nothing is recorded."""
        ranked = self.ranking()
        if self.contest.rule not in RULES or len(ranked) <= self.contest.seats or not self.recorded:
            return None
        return self.gap(ranked[self.contest.seats - 1], ranked[self.contest.seats])


@dataclass(frozen=True, slots=True)
class Tabulation:
    """All contests of a package, as every copy together or one trusted source has it."""

    prepared: Prepared
    stations: Frame
    live: Frame
    contests: Mapping[str, Tabulated]
    areas: Mapping[tuple[str, str], Tabulated]


def _ballots(tables: Frames) -> dict[str, Contest]:
    by_contest: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in rows(tables.candidates.select("contest", "candidate", "position")):
        by_contest[row["contest"]].append((row["position"], row["candidate"]))
    found = rows(tables.contests.select("contest", "rule", "seats", "stations", "registered"))
    return {
        row["contest"]: Contest(
            contest=row["contest"],
            rule=row["rule"] or "plurality",
            seats=row["seats"] or 1,
            stations=row["stations"],
            registered=row["registered"],
            ballot=tuple(candidate for _, candidate in sorted(by_contest[row["contest"]])),
        )
        for row in sorted(found, key=lambda row: str(row["contest"]))
    }


def prepare(tables: Frames, parents: Mapping[str, str | None] | None = None) -> Prepared:
    """Sheets of all records, with what stands. ``parents``: each area's parent, None at the top."""
    every = settle(with_standing(sheets(tables)))
    standing = every.filter(nw.col("stands"))
    one_a_source = has_no_repeats(standing, [*KEY, "source"])
    width = ballot_width(tables)
    return Prepared(
        tables=tables,
        sheets=every.drop("listed"),
        unlisted=unlisted_stations(tables, every),
        width=width,
        contests=_ballots(tables),
        parents=parents or {},
        one_a_source=one_a_source,
        sources=_of_each_source(standing, width, one_a_source=one_a_source),
    )


def _of_each_source(standing: Frame, width: int, *, one_a_source: bool) -> dict[str, dict[str, SourceSums]]:
    """Sums of each source's standing sheets, one sheet a station: of several, that of the highest version, then key."""
    keys = ["contest", "station", "source"]
    figures = [*vote_columns(width), *TOTAL_BOXES]
    chosen = standing
    if not one_a_source:
        latest = standing.group_by(*keys).agg(nw.col("version").max().alias("latest"))
        chosen = standing.join(latest, on=keys, how="inner").filter(nw.col("version") == nw.col("latest")).drop("latest")
        last = chosen.group_by(*keys).agg(nw.col("record").max().alias("last"))
        chosen = chosen.join(last, on=keys, how="inner").filter(nw.col("record") == nw.col("last")).drop("last")
    summed = chosen.group_by("contest", "source").agg(nw.len().cast(nw.Int64).alias("stations"), *(nw.col(name).sum() for name in figures))
    records = {
        (row["contest"], row["source"]): int(row["records"])
        for row in rows(standing.group_by("contest", "source").agg(nw.len().cast(nw.Int64).alias("records")))
    }
    found: dict[str, dict[str, SourceSums]] = defaultdict(dict)
    for row in sorted(rows(summed), key=lambda row: (str(row["contest"]), str(row["source"]))):
        found[row["contest"]][row["source"]] = SourceSums(
            stations=int(row["stations"]),
            records=records[row["contest"], row["source"]],
            votes=tuple(int(row[name] or 0) for name in vote_columns(width)),
            boxes={box: int(row[box] or 0) for box in TOTAL_BOXES},
        )
    return found


def _cap(contest: Contest, sums: Sums, unnamed: int, turnout: int | None) -> int | None:
    """The most votes that the missing stations of a contest can hold together."""
    if not sums.missing and not unnamed:
        return 0
    if not sums.no_roll_missing and not unnamed:
        return sums.cap_missing
    if contest.registered is None or sums.no_roll_recorded:
        return None
    left = max(0, contest.registered - sums.roll_recorded)
    return left if turnout is None else left * turnout // 100


def _roll_up(leaves: Mapping[tuple[str, str | None], Sums], parents: Mapping[str, str | None]) -> dict[tuple[str, str], Sums]:
    """Sums of every area: its own stations' and those of the areas below it."""
    found: dict[tuple[str, str], Sums] = defaultdict(Sums)
    for (contest, leaf), sums in leaves.items():
        area = leaf
        while area is not None:
            found[contest, area].add(sums)
            area = parents.get(area)
    return found


def tabulate(prepared: Prepared, *, trust: str | None = None, turnout: int | None = None, areas: bool = True) -> Tabulation:
    """Totals of every contest and area. ``areas`` False: of the contests alone.

    ``trust``: only the standing records of that source. ``turnout``: percent (0 to 100) of the registered voters that a missing
    station can have cast at most; all of them if None.
    """
    if turnout is not None and not 0 <= turnout <= 100:
        raise UsageError(f"turnout must be a whole percentage from 0 to 100, not {turnout}", hint="for example --turnout 80")
    standing = prepared.sheets.filter(nw.col("stands"))
    if trust is not None:
        standing = standing.filter(nw.col("source") == trust)
    live = settle(live_sheets(prepared.sheets, trust=trust))
    one_a_station = prepared.one_a_source and trust is not None
    by_station = stations(prepared.tables, standing, prepared.unlisted, live, prepared.width, unique=one_a_station or None)
    leaves = sums_by_area(by_station, prepared.width, turnout=turnout, areas=areas)
    any_irregular = any(sums.irregular for sums in leaves.values())
    irregular = irregular_gaps(live, by_station, prepared.width) if any_irregular else {}
    parts: dict[str, list[Sums]] = defaultdict(list)
    for (owner, _), part in leaves.items():
        parts[owner].append(part)
    contests: dict[str, Tabulated] = {}
    for contest in prepared.contests.values():
        sums = together(parts[contest.contest])
        if not sums.votes:
            sums.votes = [Cell() for _ in range(prepared.width)]
            sums.regular = [0] * prepared.width
        unnamed = max(0, (contest.stations or 0) - sums.expected)
        contests[contest.contest] = Tabulated(
            contest=contest,
            sums=sums,
            expected=sums.expected + unnamed,
            missing=sums.missing + unnamed,
            cap=_cap(contest, sums, unnamed, turnout),
            irregular=irregular.get(contest.contest, {}),
            sources=_of_source(prepared.sources.get(contest.contest, {}), trust),
        )
    adrift = {owner for owner, leaf in leaves if leaf is None}
    adrift |= {owner for owner, total in contests.items() if total.expected > total.sums.expected}
    by_area = {
        (owner, area): Tabulated(
            contest=contests[owner].contest,
            sums=sums,
            expected=sums.expected,
            missing=sums.missing,
            # A station whose area is not known may lie in any of them.
            cap=None if sums.no_roll_missing or (owner in adrift) else sums.cap_missing,
            area=area,
        )
        for (owner, area), sums in (_roll_up(leaves, prepared.parents) if areas else {}).items()
    }
    return Tabulation(prepared, by_station, live, contests, by_area)


def _of_source(sources: Mapping[str, SourceSums], trust: str | None) -> Mapping[str, SourceSums]:
    return sources if trust is None else {source: sums for source, sums in sources.items() if source == trust}


def missing_stations(tabulation: Tabulation, limit: int = 1000) -> dict[str, list[str]]:
    """By contest: keys of the stations of which nothing is read, in order; contests without one are left out."""
    if not any(total.missing for total in tabulation.contests.values()):
        return {}
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows(tabulation.stations.filter(nw.col("missing")).select(*KEY)):
        found[row["contest"]].append(row["station"])
    return {contest: sorted(stations)[:limit] for contest, stations in found.items()}


def stations_rows(tabulation: Tabulation, *where: Any) -> list[dict[str, Any]]:
    """Rows of the stations frame as Python dicts, sorted by key."""
    found = rows(tabulation.stations.filter(*where) if where else tabulation.stations)
    return sorted(found, key=lambda row: tuple(str(row[name]) for name in KEY))
