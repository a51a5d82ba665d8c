"""Audits of real elections: what would have been drawn, and what the count that really was made says of it."""

from __future__ import annotations

from fractions import Fraction as F
from functools import cache

import polars as pl
import pytest

from tallyproof.audit.contest import AuditError, Contest, Station, Votes, bounds
from tallyproof.audit.draw import order
from tallyproof.audit.martingale import risk
from tallyproof.audit.plan import Advice, draw, expected, plan, state
from tests.support.history import imported

SEED = "20261125202611252026"
LIMIT = F(1, 20)


@cache
def figures(mapping: str, source: str) -> dict[str, Votes]:
    """station → votes by candidate in the order of their keys; stations with an unread figure are left out."""
    election = imported(mapping)
    records = election.records.filter(pl.col("source") == source).select("record", "station").collect()
    wide = (
        election.votes.collect().join(records, on="record").pivot(on="candidate", index="station", values="votes", aggregate_function="max")
    )
    names = sorted(name for name in wide.columns if name != "station")
    return {row[0]: row[1:] for row in wide.select("station", *names).iter_rows() if None not in row}


@cache
def rolls(mapping: str, source: str) -> dict[str, int]:
    records = imported(mapping).records.filter(pl.col("source") == source).select("station", "registered").collect()
    return {station: roll for station, roll in records.iter_rows() if roll is not None}


BALLOT = ("21F", "CC", "FPV", "MAS-IPSP", "MNR", "MTS", "PAN-BOL", "PDC", "UCS")


def bolivia(snapshot: str) -> tuple[Contest, dict[str, Votes]]:
    """The quick count as the report, the official computation as what the sheets say when they are read again."""
    quick, final = figures("bolivia-2019", f"observer:trep-2019-10-{snapshot}"), figures("bolivia-2019", "commission")
    roll = rolls("bolivia-2019", "commission")
    stations = tuple(Station.of(name, roll[name], votes) for name, votes in sorted(quick.items()) if name in final)
    return Contest("president", BALLOT, ("MAS-IPSP",), stations), final


def test_the_quick_count_of_bolivia_against_the_sheets_read_again() -> None:
    """32,806 sheets in both, of which 546 differ for a candidate: ten points of lead stand all the same, by a few dozen sheets."""
    contest, final = bolivia("21-1829")
    assert len(contest.stations) == 32_806
    assert sum(final[one.station] != one.low for one in contest.stations) == 546
    planned = plan([contest], LIMIT)
    (told,) = expected(planned)
    assert (told.margin, told.advice) == (2_738_136 - 2_145_237, Advice.SAMPLE)
    drawn = draw(planned, SEED)
    first = state(drawn, {})
    after = state(drawn, {"president": {name: final[name] for name in first.next_round}})
    assert (len(first.next_round), after.advice) == (told.middle, Advice.CONFIRMED)
    # the other way round the same sheets confirm nothing, however many are read
    swapped = Contest("president", tuple(BALLOT[{1: 3, 3: 1}.get(place, place)] for place in range(9)), ("CC",), contest.stations)
    turned = {name: (votes[0], votes[3], votes[2], votes[1], *votes[4:]) for name, votes in final.items()}
    wrong = bounds(swapped)
    order_of = order(SEED, wrong.most)[:2_000]
    assert risk(wrong, order_of, turned, LIMIT).risk > LIMIT


def test_the_first_snapshot_of_bolivia_without_the_pending_sheets() -> None:
    """At 19:40, 5,580 sheets with 1,178,136 voters were not read: more than the lead of 405,644, so no sample could confirm it."""
    contest, _ = bolivia("20-1940")
    late = rolls("bolivia-2019", "commission")
    pending = sum(late.values()) - sum(late[one.station] for one in contest.stations)
    assert pending == 1_178_136
    with pytest.raises(AuditError, match="does not lead"):
        bounds(Contest(contest.contest, contest.ballot, contest.winners, contest.stations, pending))


def test_georgia_is_counted_in_full_by_county_and_sampled_by_batch() -> None:
    """A lead of 12,284 in 5,000,585: the counties that would be drawn hold over nine papers in ten, so the full hand count was no more
    work; of 41,881 batches fewer than one in twenty would have been enough."""
    batches = [Station.of(name, sum(votes), votes) for name, votes in sorted(figures("usa-georgia-2020", "commission").items())]
    counties: dict[str, list[Station]] = {}
    for one in batches:
        counties.setdefault(one.station.split("/")[0], []).append(one)
    whole = [
        Station.of(name, sum(one.ballots for one in of), tuple(sum(one.low[place] for one in of) for place in range(3)))
        for name, of in counties.items()
    ]
    ballot = ("biden", "jorgensen", "trump")
    told = {
        len(stations): expected(plan([Contest("president", ballot, ("biden",), tuple(stations))], LIMIT))[0]
        for stations in (batches, whole)
    }
    assert {one.margin for one in told.values()} == {2_475_141 - 2_462_857}
    assert (told[159].advice, told[41_881].advice) == (Advice.RECOUNT_CHEAPER, Advice.SAMPLE)
    assert told[41_881].middle < 41_881 / 20
    first = state(draw(plan([Contest("president", ballot, ("biden",), tuple(whole))], LIMIT), SEED), {}).next_round
    papers = {one.station: one.ballots for one in whole}
    share = sum(papers[name] for name in first) / sum(papers.values())
    assert share > 0.9


@cache
def na128() -> tuple[tuple[Station, ...], dict[str, Votes]]:
    """Stations with both copies, as the commission has them, and as the candidate's agents have them."""
    ours, theirs = figures("pakistan-2024-na128", "commission"), figures("pakistan-2024-na128", "agent:PTI")
    papers = imported("pakistan-2024-na128").records.select("station", "in_box").collect()
    most: dict[str, int] = {}
    for station, box in papers.iter_rows():
        most[station] = max(most.get(station, 0), box or 0)
    both = sorted(set(ours) & set(theirs))
    return tuple(Station.of(name, max(most[name], sum(ours[name]), sum(theirs[name])), ours[name]) for name in both), theirs


def test_na128_cannot_be_audited_while_copies_differ() -> None:
    stations, theirs = na128()
    disputed = tuple(
        Station(
            one.station,
            one.ballots,
            tuple(map(min, one.low, theirs[one.station])),
            tuple(map(max, one.low, theirs[one.station])),
        )
        for one in stations
    )
    assert sum(one.low != one.high for one in disputed) > 150
    for winner in ("awn-chaudhry", "salman-akram-raja"):
        with pytest.raises(AuditError, match="does not lead"):
            bounds(Contest("NA-128", ("awn-chaudhry", "salman-akram-raja"), (winner,), disputed))


def test_na128_is_never_confirmed_if_the_papers_are_as_the_agents_say() -> None:
    """A claim of one side, taken as the count by hand: the winner of the commission's forms stays unconfirmed to the last station."""
    stations, theirs = na128()
    one = bounds(Contest("NA-128", ("awn-chaudhry", "salman-akram-raja"), ("awn-chaudhry",), stations))
    for number in range(20):
        drawn = order(f"{number:020d}", one.most)
        after = risk(one, drawn, theirs, LIMIT)
        assert (len(after.steps), after.waiting, after.done) == (len(drawn), None, False)
