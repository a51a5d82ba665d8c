"""Tables that leave as CSV, and the table of checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tallyproof_site.book import Book, Contest

BOXES = ("in_box", "valid", "rejected")


def csv_name(contest: Contest) -> str:
    return f"stations-{contest.slug}.csv"


def station_rows(contest: Contest) -> Iterator[list[object]]:
    """A header, then a row a copy (a station without a copy has one row with none) and a row a declared station row."""
    candidates = contest.ballot
    yield [
        *("station", "name", "name_ur", "area", "status", "registered", "what", "record", "source", "act", "version", "stands"),
        *(f"votes: {candidate}" for candidate in candidates),
        *BOXES,
    ]
    for station in contest.stations:
        row = station.row
        place = [row["station"], row.get("name"), row.get("name_ur"), row.get("area"), row["status"], row.get("roll")]
        if not row["copies"]:
            yield [*place, "none", None, None, None, None, None, *(None for _ in (*candidates, *BOXES))]
        for copy in row["copies"]:
            votes = _padded(copy["votes"], len(candidates))
            act = [copy["record"], copy["source"], copy["act"], copy["version"], "yes" if copy["stands"] else "no"]
            yield [*place, "copy", *act, *votes, *(copy["boxes"].get(box) for box in BOXES)]
        for stage, cells in sorted((row.get("declared") or {}).items()):
            yield [*place, "declared", None, stage, None, None, None, *_padded(cells, len(candidates)), *(None for _ in BOXES)]


def _padded(cells: Sequence[int | None], length: int) -> list[int | None]:
    return [*cells[:length], *([None] * (length - len(cells)))]


def finding_rows(book: Book) -> Iterator[list[object]]:
    """Every finding, in the order of the report."""
    yield [
        "id",
        "code",
        "kind",
        "contest",
        "station",
        "area",
        "candidate",
        "votes",
        "gained",
        "changes",
        "pattern",
        "figures",
        "evidence",
        "rule",
    ]
    for finding in book.report["findings"]:
        effect, pattern = finding.get("effect") or {}, finding.get("pattern") or {}
        figures = " ".join(f"{key}={value}" for key, value in (finding.get("figures") or {}).items())
        yield [
            *(finding.get(key) for key in ("id", "code", "kind", "contest", "station", "area", "candidate")),
            *(effect.get(key) for key in ("votes", "gained", "changes")),
            pattern.get("name"),
            figures,
            " ".join(str(record) for record in finding.get("evidence") or ()),
            finding.get("rule"),
        ]


@dataclass(frozen=True, slots=True)
class Check:
    """One code of one contest and source: how often it passed, failed, could not tell."""

    code: str
    contest: str
    source: str | None
    passed: int
    failed: int
    cannot_tell: int


def checks(book: Book) -> list[Check]:
    return [
        Check(str(row["code"]), str(row["contest"]), row.get("source"), row["passed"], row["failed"], row["cannot_tell"])
        for row in book.report["checks"]
    ]
