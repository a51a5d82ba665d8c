"""What is audited: the figures that were reported of each station, and how far each could be wrong.

Source: Stark, "Risk-limiting post-election audits: Conservative P-values from common probability inequalities" (2009), maximum
relative overstatement over all pairs; Stark, "ALPHA: audit that learns from previously hand-audited ballots" (2023), batches
with probability proportional to a bound. Exact definition with vectors: ``specs/audit-v1.md``.

All numbers are integers: an error of one contest is counted in units of 1/``scale`` of "the outcome is wrong", where ``scale``
is the least common multiple of the margins of all pairs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from math import lcm
from operator import is_, itemgetter

from tallyproof.errors import RuleError


class AuditError(RuleError):
    """An audit that cannot be planned or gone on with."""


Votes = tuple[int, ...]
"""By place on the ballot."""


@dataclass(frozen=True, slots=True)
class Station:
    """One batch: a station, or the postal ballots of an area.

    ``ballots``: how many papers it can hold at most, known from elsewhere than its count (ballot paper account; registered voters
    if there is none). ``low`` and ``high``: the votes that were reported, by place on the ballot; they differ where copies do.
    """

    station: str
    ballots: int
    low: Votes
    high: Votes

    @classmethod
    def of(cls, station: str, ballots: int, votes: Votes) -> Station:
        """A station whose copies agree."""
        return cls(station, ballots, votes, votes)


@dataclass(frozen=True, slots=True)
class Contest:
    """What was declared of one contest, and the stations that it rests on.

    ``pending``: papers of stations that nobody has a record of, at most so many; all are taken to be for the loser.
    """

    contest: str
    ballot: tuple[str, ...]
    winners: tuple[str, ...]
    stations: tuple[Station, ...]
    pending: int = 0


@dataclass(frozen=True, slots=True)
class Bounds:
    """How wrong each station can be. ``most``: station → units of 1/``scale``, 0 or more; ``total``: their sum.

    ``margins``: (winner, loser), places on the ballot → votes by which the winner leads if every doubt is the loser's.
    """

    contest: Contest
    scale: int
    margins: Mapping[tuple[int, int], int]
    reported: Mapping[str, Station]
    most: Mapping[str, int]
    total: int

    def error(self, station: str, audited: Votes | None) -> int:
        """By how much the report of a station favours a winner over a loser, at most over all pairs, in units of 1/``scale``.

        ``audited``: votes by place on the ballot, counted by hand; None if the papers cannot be produced: as wrong as can be.
        Negative where the report favours the loser in every pair.

        :raises AuditError: more votes for a candidate than the station can hold papers; negative votes; another ballot.
        """
        if audited is None:
            return self.most[station]
        told = self.reported[station]
        check_votes(self.contest, station, audited)
        if max(audited) > told.ballots:
            raise AuditError(
                f"station {station}: {max(audited)} votes were counted for one candidate, and it can hold {told.ballots} papers",
                hint="the bound on ballots was wrong: no risk can be stated; count everything, and say why",
            )
        return max(
            (told.low[winner] - told.high[loser] - audited[winner] + audited[loser]) * (self.scale // margin)
            for (winner, loser), margin in self.margins.items()
        )


def check_votes(contest: Contest, station: str, votes: Votes) -> None:
    """Raise AuditError unless ``votes`` are counts, one for each candidate."""
    if len(votes) != len(contest.ballot) or any(type(count) is not int or count < 0 for count in votes):
        raise AuditError(
            f"station {station} of {contest.contest}: needed are {len(contest.ballot)} counts from 0, one for each candidate",
            hint=f"give them in the order {', '.join(contest.ballot)}",
        )


def bounds(contest: Contest) -> Bounds:
    """How wrong each station of a contest can be.

    :raises AuditError: no winner or no loser; a winner who does not lead if every doubt is the loser's; a station twice; figures
        that are no counts.
    """
    places = {candidate: place for place, candidate in enumerate(contest.ballot)}
    strange = [winner for winner in contest.winners if winner not in places]
    if strange or len(places) != len(contest.ballot) or len(set(contest.winners)) != len(contest.winners):
        raise AuditError(
            f"{contest.contest}: each winner has to be one of the candidates, each once",
            hint=f"candidates: {', '.join(contest.ballot)}; winners: {', '.join(contest.winners)}",
        )
    winners = [places[winner] for winner in contest.winners]
    losers = [place for place in places.values() if place not in winners]
    if not winners or not losers:
        raise AuditError(f"{contest.contest}: nothing to audit without a winner and a loser", hint="a walkover needs no audit")
    reported = {station.station: station for station in contest.stations}
    if len(reported) != len(contest.stations):
        raise AuditError(f"{contest.contest}: a station is there twice", hint="give each station once, with the figures of all its copies")
    lows, highs, papers = _columns(contest)
    low, high = [sum(column) for column in lows], [sum(column) for column in highs]
    margins = {(winner, loser): low[winner] - high[loser] - contest.pending for winner, loser in product(winners, losers)}
    for (winner, loser), margin in margins.items():
        if margin <= 0:
            raise AuditError(
                f"{contest.contest}: {contest.ballot[winner]} does not lead {contest.ballot[loser]} if every doubt is the loser's "
                f"({margin} votes)",
                hint="no sample can confirm this outcome: settle the copies and find the missing records first, or recount everything",
            )
    scale = lcm(*margins.values())
    beyond = [0] * len(papers)
    for (winner, loser), margin in margins.items():
        weight = scale // margin
        of_pair = [(ahead - behind + held) * weight for ahead, behind, held in zip(lows[winner], highs[loser], papers, strict=True)]
        beyond = list(map(max, beyond, of_pair))
    most = dict(zip(reported, beyond, strict=True))
    return Bounds(contest, scale, margins, reported, most, sum(most.values()))


def _columns(contest: Contest) -> tuple[list[list[int]], list[list[int]], list[int]]:
    """By place on the ballot the low figures of all stations, and the high ones; then their papers. A country has 100,000 of them.

    :raises AuditError: figures that are no counts.
    """
    every, places = contest.stations, range(len(contest.ballot))
    low, high = [one.low for one in every], [one.high for one in every]
    papers = [one.ballots for one in every]
    agree = all(map(is_, low, high))
    if set(map(len, low)) | set(map(len, high)) <= {len(places)}:
        lows = [list(map(itemgetter(place), low)) for place in places]
        highs = lows if agree else [list(map(itemgetter(place), high)) for place in places]
        columns = [papers, *lows, *([] if agree else highs)]
        counts = all(set(map(type, column)) <= {int} and min(column, default=0) >= 0 for column in columns)
        if counts and (agree or all(map(_ascend, every))):
            return lows, highs, papers
    for one in every:
        check_votes(contest, one.station, one.low)
        check_votes(contest, one.station, one.high)
        if type(one.ballots) is not int or one.ballots < 0 or not _ascend(one):
            raise AuditError(f"station {one.station}: ballots below 0, or a low figure above the high one", hint="mend the figures")
    raise AssertionError("a contest that is not sound has a station that is not")


def _ascend(one: Station) -> bool:
    return all(low <= high for low, high in zip(one.low, one.high, strict=True))
