"""What a log says of an audit, as the mathematics of ``audit`` needs it: the figures of each station that a declaration rests on.

A plan names declarations or tabulations; each binds the entries before it (``specs/entry-v1.md`` section 7). The figure of a station is what
its standing records read there, at a disputed station the record that the declaration took.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import narwhals as nw

from tallyproof.compare.logged import judge_declarations
from tallyproof.errors import RuleError
from tallyproof.record.book import Book, Contest, Declaration
from tallyproof.record.replay import Part, Replay, tables
from tallyproof.tabulate.frames import frames, rows, settle
from tallyproof.tabulate.sheets import vote_columns
from tallyproof.tabulate.standing import live_sheets
from tallyproof.tabulate.stations import low, stations
from tallyproof.tabulate.tabulation import prepare


class AuditLogError(RuleError):
    """What a log says cannot be audited, or not in this way."""


@dataclass(frozen=True, slots=True)
class Reported:
    """One station of a contest before the audit. ``votes`` in ballot order; None: missing, or not every candidate is read.

    ``bound``: the most papers there can be: its registered voters, else what its records state as registered; None: nobody says.
    """

    station: str
    votes: tuple[int, ...] | None
    bound: int | None
    disputed: bool


@dataclass(frozen=True, slots=True)
class Audited:
    """A contest as its declaration has it. ``stations`` in the order of their names, without excluded ones; ``nameless``: how many
    stations the contest has that no entry named."""

    contest: Contest
    declaration: Declaration
    stations: tuple[Reported, ...]
    nameless: int

    @property
    def winners(self) -> tuple[str, ...]:
        """Those declared; if none are named, as many as the contest has seats with most votes; of equals the first on the ballot."""
        value = self.declaration.value
        if "winners" in value:
            return tuple(value["winners"])
        totals = value["totals"]
        order = sorted(self.contest.candidates, key=lambda one: -totals.get(one, 0))
        return tuple(order[: self.contest.seats])


def audited(book: Book, contests: Mapping[str, str]) -> dict[str, Audited]:
    """By contest, what the declaration with the record id that a plan gives rests on. Raises AuditLogError."""
    of = {one.record_id: one for one in book.declarations}
    found = {}
    for contest in sorted(contests):
        if contest not in book.contests or (declaration := of.get(contests[contest])) is None or declaration.contest != contest:
            raise AuditLogError(
                f"{contests[contest]} is no declaration or tabulation of {contest!r}", hint="name one by its record id: tallyproof log show"
            )
        found[contest] = _audited(book, declaration)
    return found


def _audited(book: Book, declaration: Declaration) -> Audited:
    contest = book.contests[declaration.contest]
    if not contest.elects:
        raise AuditLogError(f"nobody is elected in {contest.key!r}", hint="audit a contest with a winner")
    wrong = [one for one in judge_declarations(book, [declaration]) if one.code != "declaration-rules"]
    if wrong:
        raise AuditLogError(
            f"entry {declaration.index} contradicts the records before it ({wrong[0].code}): an audit of it would show nothing",
            hint="audit a tabulation or a declaration that is the sum of its records",
        )
    part = Replay(book).part(contest.key, declaration.size)
    return Audited(contest, declaration, tuple(_stations(book, declaration, part)), max(0, part.expected - len(part.stations)))


def _stations(book: Book, declaration: Declaration, part: Part) -> list[Reported]:
    taken: Mapping[str, str] = declaration.value.get("disputed", {})
    prepared = prepare(frames(tables({part.contest.key: part})))
    standing, live = prepared.sheets.filter(nw.col("stands")), settle(live_sheets(prepared.sheets))
    ballot = part.contest.candidates
    columns = [low(name) for name in vote_columns(prepared.width)[: len(ballot)]]
    by_station = stations(prepared.tables, standing, prepared.unlisted, live, prepared.width)
    found = []
    for row in rows(by_station.select("station", "roll", "disputed", *columns)):
        figures: list[object] = [row[name] for name in columns]
        if row["station"] in taken:
            figures = [one if isinstance(one, int) else None for one in book.records[taken[row["station"]]].votes]
        read = tuple(one for one in figures if isinstance(one, int))
        votes = read if len(read) == len(ballot) else None
        found.append(Reported(str(row["station"]), votes, None if row["roll"] is None else int(row["roll"]), bool(row["disputed"])))
    return sorted(found, key=lambda one: one.station)
