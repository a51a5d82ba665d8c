"""The report, indexed for the pages: what belongs to which contest, code and station, and where each thing is shown.

Nothing here depends on a language, and nothing is computed that the report could say: only order, counts of rows,
and links.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tallyproof_site.safe import slug, slugs

Row = Mapping[str, Any]

KINDS = ("proof", "conflict", "gap", "lead")
STATUSES = ("disputed", "missing", "agrees")
STATIONS_SHOWN = 2_000
FULL_CARDS = 200
COMPACT_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Station:
    """One row of a contest's station table. ``figures[i][source]``: votes of the i-th leading candidate by source."""

    row: Row
    anchor: str
    figures: tuple[Mapping[str, int | None], ...]
    declared: tuple[Mapping[str, int | None], ...]
    spread: int
    findings: tuple[Row, ...]

    @property
    def status(self) -> str:
        return str(self.row["status"])

    def differs(self, leader: int) -> bool:
        """Whether the copies that stand give this candidate different votes."""
        return len({votes for votes in self.figures[leader].values() if votes is not None}) > 1


class Contest:
    """One contest of the report with its stations, findings and leading candidates."""

    def __init__(self, report: Row, rows: Row, findings: Sequence[Row], areas: Sequence[Row], name: str) -> None:
        self.row = report
        self.id = str(report["contest"])
        self.slug = name
        self.findings = tuple(findings)
        self.areas = sorted(areas, key=_largest_delta)
        self.totals: Sequence[Row] = report["totals"]
        self.candidates = {str(total["candidate"]): total for total in self.totals}
        self.ballot = [str(candidate) for candidate in rows.get("candidates") or self.candidates]
        self.sources: list[str] = [str(source["source"]) for source in report["sources"]]
        self.stages: list[str] = list(dict.fromkeys(stage for total in self.totals for stage in total["declared"]))
        self.leaders = _leaders(report)
        self.stations = _stations(self, rows, findings)
        self.by_station = {str(station.row["station"]): station for station in self.stations}
        self.shown = _shown(self.stations)
        self.anchors = {str(station.row["station"]): station.anchor for station in self.shown}
        self.has_areas = any(station.row.get("area") for station in self.shown)
        self.row_stages: list[str] = sorted({stage for station in self.stations for stage in station.row.get("declared") or {}})

    @property
    def declared(self) -> bool:
        """Whether anything was declared: for the contest, an area or a station."""
        return bool(self.stages or self.row_stages or any(total.get("declared") for area in self.areas for total in area["totals"]))

    @property
    def disputed(self) -> list[Station]:
        return [station for station in self.stations if station.status == "disputed"]

    @property
    def changes(self) -> str:
        """``yes``, ``no``, ``open``, or ``none`` where there is nobody to change."""
        return str(self.row["winner"].get("changes") or "none")

    @property
    def state(self) -> str:
        """The answer: ``nothing`` recorded, ``differs``, ``contradict``, ``undeclared``, ``agrees``."""
        if not self.row["stations"]["recorded"]:
            return "nothing"
        hard = {str(finding["code"]) for finding in self.findings if finding["kind"] in ("proof", "conflict")}
        if any(code.startswith("D") for code in hard) or self.changes == "yes":
            return "differs"
        if hard:
            return "contradict"
        return "agrees" if self.declared else "undeclared"

    @property
    def boxes(self) -> list[str]:
        """Boxes that somebody read or declared: unread is not zero, and is not printed as if it were."""
        recorded = self.row["stations"]["recorded"]
        return [name for name, box in self.row["boxes"].items() if box["unread"] < recorded or box.get("declared")]


def _leaders(contest: Row) -> tuple[str, ...]:
    """The two candidates the contest is about: of the waterfall, else declared and recorded winner, else most votes."""
    if fall := contest.get("waterfall"):
        return (str(fall["winner"]), str(fall["other"]))
    if all(of := contest["margin"].get("of") or [None]):
        return tuple(str(candidate) for candidate in of)
    order = sorted(contest["totals"], key=lambda total: -max([total["min"] or 0, *(total["declared"].values())]))
    by_records = contest["winner"]["by_records"]
    proved = by_records["candidates"] if by_records["state"] == "proved" else []
    wanted = [*contest["winner"]["declared"], *proved, *(total["candidate"] for total in order)]
    return tuple(str(candidate) for candidate in dict.fromkeys(wanted))[:2]


def _stations(contest: Contest, rows: Row, findings: Sequence[Row]) -> list[Station]:
    places = [contest.ballot.index(leader) if leader in contest.ballot else -1 for leader in contest.leaders]
    by_station: dict[str, list[Row]] = defaultdict(list)
    for finding in findings:
        if finding.get("station") is not None:
            by_station[str(finding["station"])].append(finding)

    def votes(cells: Sequence[int | None], place: int) -> int | None:
        return cells[place] if 0 <= place < len(cells) else None

    result = []
    for row in rows.get("stations", []):
        copies = sorted((copy for copy in row["copies"] if copy["stands"]), key=lambda copy: (copy["version"] or 0, str(copy["record"])))
        figures = tuple({str(copy["source"]): votes(copy["votes"], place) for copy in copies} for place in places)
        declared = tuple({stage: votes(cells, place) for stage, cells in (row.get("declared") or {}).items()} for place in places)
        seen = [[value for value in (votes(copy["votes"], place) for copy in copies) if value is not None] for place in places]
        told = [[*values, *(value for value in row.values() if value is not None)] for values, row in zip(seen, declared, strict=True)]
        spread = max((max(values) - min(values) for values in told if values), default=0)
        key = str(row["station"])
        result.append(Station(row, f"s-{slug(key)}", figures, declared, spread, tuple(by_station.get(key, ()))))
    return result


def _shown(stations: Sequence[Station]) -> list[Station]:
    """The stations of the page, those that matter first; within a rank in the order of the package."""

    def rank(station: Station) -> tuple[int, int, int]:
        status = STATUSES.index(station.status) if station.status in STATUSES else 0
        return (status, 0 if station.findings or station.spread else 1, -station.spread)

    return sorted(stations, key=rank)[:STATIONS_SHOWN]


class Code:
    """The findings of one code, largest effect first."""

    def __init__(self, code: str, findings: Sequence[Row]) -> None:
        self.id = code
        self.href = f"findings-{slug(code)}.html"
        self.findings = sorted(findings, key=lambda finding: (-abs((finding.get("effect") or {}).get("votes") or 0), str(finding["id"])))
        self.kinds = [kind for kind in KINDS if any(finding["kind"] == kind for finding in findings)]
        self.kind = self.kinds[0]
        self.cards = self.findings[:FULL_CARDS]
        self.compact = self.findings[FULL_CARDS : FULL_CARDS + COMPACT_ROWS]
        self.left = len(self.findings) - len(self.cards) - len(self.compact)
        self.rule = str(self.findings[0].get("rule") or "")

    @property
    def largest(self) -> int:
        return int((self.findings[0].get("effect") or {}).get("votes") or 0)

    @property
    def contests(self) -> list[str]:
        return sorted({str(finding["contest"]) for finding in self.findings})


class Book:
    """The whole report."""

    def __init__(self, report: Row, rows: Row) -> None:
        self.report = report
        self.package: Row = report["package"]
        by_contest: dict[str, list[Row]] = defaultdict(list)
        by_code: dict[str, list[Row]] = defaultdict(list)
        for finding in report["findings"]:
            by_contest[str(finding["contest"])].append(finding)
            by_code[str(finding["code"])].append(finding)
        names = slugs(str(contest["contest"]) for contest in report["contests"])
        tables = rows.get("contests", {})
        areas = report.get("areas", [])
        self.contests = [
            Contest(
                contest,
                tables.get(contest["contest"], {}),
                by_contest[str(contest["contest"])],
                [area for area in areas if area["contest"] == contest["contest"]],
                names[str(contest["contest"])],
            )
            for contest in report["contests"]
        ]
        self.by_id = {contest.id: contest for contest in self.contests}
        codes = [Code(code, by_code[code]) for code in sorted(by_code)]
        self.codes = sorted(codes, key=lambda code: (KINDS.index(code.kind), code.id))
        self.by_code = {code.id: code for code in self.codes}
        self.hrefs = dict(_hrefs(self.codes))
        self.areas: dict[str, Row] = {str(area["area"]): area for area in report.get("areas", [])}

    def by_kind(self, kind: str) -> list[Code]:
        return [code for code in self.codes if code.kind == kind]


def _largest_delta(area: Row) -> int:
    """Sort key: areas whose declared figures differ most come first."""
    deltas = [delta for total in area["totals"] for delta in (total.get("delta") or {}).values()]
    return -max((abs(end) for delta in deltas for end in delta if end is not None), default=0)


def _hrefs(codes: Sequence[Code]) -> Iterator[tuple[str, str]]:
    for code in codes:
        for place, finding in enumerate(code.findings):
            fragment = f"#{slug(str(finding['id']))}" if place < FULL_CARDS + COMPACT_ROWS else ""
            yield str(finding["id"]), code.href + fragment
