"""Laws of the audit: what must hold whatever the figures, and the chance that a wrong outcome is confirmed, counted out."""

from __future__ import annotations

from fractions import Fraction as F
from itertools import permutations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tallyproof.audit.contest import AuditError, Bounds, Contest, Station, bounds
from tallyproof.audit.draw import order
from tallyproof.audit.martingale import Bet, clean_draws, risk
from tallyproof.audit.plan import draw, plan, state
from tallyproof.audit.recount import Doubt, choose
from tallyproof.audit.wealth import ONE

SEED = st.text("0123456789", min_size=20, max_size=24)


@st.composite
def contests(draw: st.DrawFn, doubts: bool = True) -> Contest:
    candidates = draw(st.integers(2, 4))
    stations = []
    for number in range(draw(st.integers(1, 12))):
        low = tuple(draw(st.integers(0, 60)) for _ in range(candidates))
        high = tuple(votes + draw(st.sampled_from((0, 0, 0, 3))) for votes in low) if doubts else low
        stations.append(Station(f"s{number}", sum(high) + draw(st.integers(0, 20)), low, high))
    ballot = tuple("abcd"[:candidates])
    sums = [sum(station.low[place] for station in stations) for place in range(candidates)]
    seats = draw(st.integers(1, candidates - 1))
    ranked = sorted(range(candidates), key=lambda place: -sums[place])
    return Contest("C", ballot, tuple(ballot[place] for place in ranked[:seats]), tuple(stations), draw(st.integers(0, 3)) if doubts else 0)


def bounded(contest: Contest) -> Bounds:
    try:
        return bounds(contest)
    except AuditError:
        assume(False)
        raise


@given(contests(), st.data())
def test_no_error_is_beyond_its_bound(contest: Contest, data: st.DataObject) -> None:
    ours = bounded(contest)
    for station in contest.stations:
        votes = tuple(data.draw(st.integers(0, station.ballots)) for _ in contest.ballot)
        assert ours.error(station.station, votes) <= max(ours.most[station.station], 0)


@given(contests(doubts=False), st.data())
def test_a_wrong_outcome_has_error_of_one_at_least(contest: Contest, data: st.DataObject) -> None:
    """The inequality on which everything rests: if a loser is not behind, the errors add up to ``scale`` or more."""
    ours = bounded(contest)
    votes = {one.station: tuple(data.draw(st.integers(0, one.ballots)) for _ in contest.ballot) for one in contest.stations}
    sums = [sum(one[place] for one in votes.values()) for place in range(len(contest.ballot))]
    if any(sums[winner] <= sums[loser] for winner, loser in ours.margins):
        assert sum(ours.error(station, one) for station, one in votes.items()) >= ours.scale


@given(contests(), SEED)
def test_the_order_of_stations_never_matters(contest: Contest, seed: str) -> None:
    ours = bounded(contest)
    turned = bounds(Contest(contest.contest, contest.ballot, contest.winners, contest.stations[::-1], contest.pending))
    assert order(seed, ours.most) == order(seed, turned.most)


@given(contests(), SEED)
def test_names_of_candidates_never_matter(contest: Contest, seed: str) -> None:
    ours = bounded(contest)
    names = dict(zip(contest.ballot, "zyxw", strict=False))
    other = bounds(
        Contest(
            "D",
            tuple(names[one] for one in contest.ballot),
            tuple(names[one] for one in contest.winners),
            contest.stations,
            contest.pending,
        )
    )
    assert (other.most, other.total, other.scale) == (ours.most, ours.total, ours.scale)


@given(contests(), SEED, st.data())
def test_more_counted_never_raises_the_risk_and_more_error_never_lowers_it(contest: Contest, seed: str, data: st.DataObject) -> None:
    ours = bounded(contest)
    drawn = order(seed, ours.most)
    counted = {name: ours.reported[name].low for name in drawn}
    last = F(1)
    for count in range(len(drawn) + 1):
        now = risk(ours, drawn, dict(list(counted.items())[:count]), F(1, 20))
        assert now.risk <= last
        assert now.waiting == (drawn[count] if count < len(drawn) else None)
        last = now.risk
    if drawn:
        bad = data.draw(st.sampled_from(drawn))
        assert risk(ours, drawn, {**counted, bad: None}, F(1, 20)).risk >= last


@given(contests(doubts=False), SEED)
def test_a_plan_is_what_happens_if_nothing_is_wrong(contest: Contest, seed: str) -> None:
    ours = bounded(contest)
    planned = draw(plan([contest], F(1, 10)), seed)
    first = state(planned, {})
    again = state(planned, {"C": {name: ours.reported[name].low for name in first.next_round}})
    assert again.risks["C"].done or again.risks["C"].waiting is None
    assert clean_draws(ours, planned.orders["C"], F(1, 10), counted={}) == len(first.next_round)


@given(st.lists(st.tuples(st.integers(0, 1 << 40), st.integers(1, 1 << 40)), max_size=60))
def test_wealth_is_never_above_the_exact_one(factors: list[tuple[int, int]]) -> None:
    wealth, exact = ONE, F(1)
    for numerator, denominator in factors:
        wealth = wealth.times(numerator, denominator)
        exact *= F(numerator, denominator)
        assert wealth.exact() <= exact
    assert exact == 0 or 1 - wealth.exact() / exact < F(1, 1 << 200)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 8), st.integers(-4, 8)), min_size=1, max_size=5), st.fractions(F(1, 100), F(99, 100)))
def test_the_bet_is_fair_if_the_outcome_is_wrong(stations: list[tuple[int, int]], stake: F) -> None:
    """Every order with its exact chance: what is won is 1 on average or less at every step, so 1/limit is rare (Ville)."""
    stations = [(most, min(error, most)) for most, error in stations]
    scale = sum(error for _, error in stations)
    total = sum(most for most, _ in stations)
    assume(0 < scale <= total)
    # ``scale`` is exactly the error there is: the boundary between right and wrong
    mean, reached = F(0), F(0)
    for places in permutations(range(len(stations))):
        chance, left, bet = F(1), total, Bet(scale, total, stake)
        for place in places:
            most, error = stations[place]
            chance *= F(most, left)
            left -= most
            bet.take(most, error)
        mean += chance * bet._wealth.exact()
        reached += chance * bet.reaches(F(1, 4))
    assert mean <= 1
    assert reached <= F(1, 4)


@given(
    st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=1, max_size=8), st.integers(-100, 100), st.integers(1, 8), SEED
)
def test_the_stations_chosen_tell_most(pairs: list[tuple[int, int]], known: int, stations: int, seed: str) -> None:
    doubts = [Doubt(f"s{number}", pair) for number, pair in enumerate(pairs)]
    chosen = choose(known, doubts, stations, seed)
    assert chosen == choose(known, doubts[::-1], stations, seed)
    assert chosen.bits >= chosen.random_bits
    assert 0 <= chosen.behind <= 1
    assert chosen.left == sum(doubt.width for doubt in doubts if doubt.station not in chosen.stations)


@pytest.mark.parametrize("seed", ["", "1234", "x" * 20, "1" * 1001, "१२३४५६७८९०१२३४५६७८९०"])
def test_a_seed_is_of_dice(seed: str) -> None:
    with pytest.raises(AuditError, match="seed"):
        draw(plan([Contest("C", ("a", "b"), ("a",), (Station.of("s", 9, (5, 3)),))], F(1, 20)), seed)


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(-30, 50), st.integers(0, 40)), min_size=1, max_size=10), st.data())
def test_more_error_in_any_station_never_lowers_the_risk_at_any_time(stations: list[tuple[int, int, int]], data: st.DataObject) -> None:
    total = sum(most for most, _, _ in stations)
    scale = data.draw(st.integers(1, total + 5))
    less, more = Bet(scale, total), Bet(scale, total)
    for most, error, worse in stations:
        less.take(most, min(error, most))
        more.take(most, min(error + worse, most))
        assert less.risk <= more.risk


@given(contests(doubts=False), SEED, st.integers(1, 20))
def test_a_smaller_margin_never_has_less_risk_if_nothing_is_wrong(contest: Contest, seed: str, pending: int) -> None:
    """Papers that nobody has seen make the margin smaller, and change nothing else: with two candidates not even the order."""
    assume(len(contest.ballot) == 2)
    wide, narrow = bounded(contest), bounded(Contest("C", contest.ballot, contest.winners, contest.stations, pending))
    drawn = order(seed, wide.most)
    assert order(seed, narrow.most) == drawn
    clean = {station.station: station.low for station in contest.stations}
    pairs = zip(risk(wide, drawn, clean, F(1, 20)).steps, risk(narrow, drawn, clean, F(1, 20)).steps, strict=True)
    assert all(one.risk <= other.risk for one, other in pairs)
