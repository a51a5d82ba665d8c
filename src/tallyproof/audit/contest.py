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
    for station in contest.stations:
        check_votes(contest, station.station, station.low)
        check_votes(contest, station.station, station.high)
        if station.ballots < 0 or any(low > high for low, high in zip(station.low, station.high, strict=True)):
            raise AuditError(f"station {station.station}: ballots below 0, or a low figure above the high one", hint="mend the figures")
    low = [sum(station.low[place] for station in contest.stations) for place in range(len(places))]
    high = [sum(station.high[place] for station in contest.stations) for place in range(len(places))]
    margins = {(winner, loser): low[winner] - high[loser] - contest.pending for winner, loser in product(winners, losers)}
    for (winner, loser), margin in margins.items():
        if margin <= 0:
            raise AuditError(
                f"{contest.contest}: {contest.ballot[winner]} does not lead {contest.ballot[loser]} if every doubt is the loser's "
                f"({margin} votes)",
                hint="no sample can confirm this outcome: settle the copies and find the missing records first, or recount everything",
            )
    scale = lcm(*margins.values())
    weights = [(winner, loser, scale // margin) for (winner, loser), margin in margins.items()]
    most = {
        station.station: max(
            0, max((station.low[ahead] - station.high[behind] + station.ballots) * weight for ahead, behind, weight in weights)
        )
        for station in contest.stations
    }
    return Bounds(contest, scale, margins, reported, most, sum(most.values()))
