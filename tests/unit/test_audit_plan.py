"""Plans, rounds and advice; papers in bundles; a choice of stations to recount; what must be refused."""

from __future__ import annotations

from fractions import Fraction as F
from itertools import product

import pytest

from tallyproof.audit import comparison, polling
from tallyproof.audit.contest import AuditError, Contest, Station, Votes, bounds
from tallyproof.audit.draw import order
from tallyproof.audit.martingale import Bet
from tallyproof.audit.plan import Advice, draw, expected, plan, state
from tallyproof.audit.recount import Doubt, choose
from tests.support.audit_vectors import _dice

SEED = "20261125202611252026"
LIMIT = F(1, 20)


def contest(name: str, lead: int, stations: int = 100) -> Contest:
    """Every station 1,000 papers, ``lead`` more for a than for b."""
    votes = (500 + lead // 2, 500 - lead // 2)
    return Contest(name, ("a", "b"), ("a",), tuple(Station.of(f"s{n:03d}", 1000, votes) for n in range(stations)))


def clean(one: Contest) -> dict[str, Votes | None]:
    return {station.station: station.low for station in one.stations}


@pytest.mark.parametrize(
    ("lead", "advice"), [(10, Advice.RECOUNT_CHEAPER), (20, Advice.RECOUNT_CHEAPER), (100, Advice.SAMPLE), (300, Advice.SAMPLE)]
)
def test_a_small_lead_is_cheaper_to_recount(lead: int, advice: Advice) -> None:
    """100 stations: at a lead of 1 or 2 in 100 more than half of them would be needed."""
    (told,) = expected(plan([contest("C", lead)], LIMIT))
    assert told.advice is advice
    assert (told.stations, told.papers, told.margin) == (100, 100_000, 100 * lead)
    assert (told.middle >= 50) is (advice is Advice.RECOUNT_CHEAPER)


def test_a_wider_margin_never_needs_more_stations() -> None:
    needed = [expected(plan([contest("C", lead)], LIMIT))[0].middle for lead in (10, 20, 40, 80, 160, 320)]
    assert needed == sorted(needed, reverse=True)
    assert needed[0] > needed[-1]


def test_a_certain_outcome_needs_no_station() -> None:
    one = Contest("C", ("a", "b"), ("a",), (Station.of("s", 10, (10, 0)), Station.of("t", 10, (10, 0)), Station.of("u", 10, (10, 0))))
    # 30 ahead; one station wrong is 20, so two have to be: never certain from bounds alone, unless a station has fewer papers
    assert expected(plan([one], LIMIT))[0].middle > 0
    safe = Contest("C", ("a", "b"), ("a",), (Station.of("s", 10, (9, 0)), Station("t", 0, (90, 0), (90, 0))))
    told = expected(plan([safe], LIMIT))[0]
    assert told.middle == (0 if bounds(safe).total < bounds(safe).scale else told.middle)


def test_contests_share_their_draw() -> None:
    """Same stations, same bounds up to a factor: the smaller sample is the head of the larger one."""
    national, provincial = contest("national", 100), contest("provincial", 200)
    planned = draw(plan([national, provincial], LIMIT), SEED)
    assert planned.orders["national"] == planned.orders["provincial"]
    first = state(planned, {})
    assert len(first.next_round) == max(first.expected.values()) < sum(first.expected.values())
    after = state(planned, {"national": clean(national), "provincial": clean(provincial)})
    assert (after.advice, after.next_round) == (Advice.CONFIRMED, ())


def test_rounds_nest_and_end() -> None:
    """A bad station in the first round asks for more; the second round adds to it; all bad asks for a full count."""
    one = contest("C", 100)
    planned = draw(plan([one], LIMIT), SEED)
    first = state(planned, {}).next_round
    have = {name: clean(one)[name] for name in first}
    have[first[3]] = None
    second = state(planned, {"C": have})
    assert second.advice in (Advice.GO_ON, Advice.FULL_COUNT)
    assert planned.orders["C"][: len(first) + len(second.next_round)] == (*first, *second.next_round)
    done = state(planned, {"C": {**have, **{name: clean(one)[name] for name in second.next_round}}})
    assert done.advice is Advice.CONFIRMED
    bad: dict[str, Votes | None] = dict.fromkeys(planned.orders["C"])
    assert state(planned, {"C": bad}).advice is Advice.FULL_COUNT


def test_a_station_counted_out_of_turn_waits() -> None:
    one = contest("C", 100)
    planned = draw(plan([one], LIMIT), SEED)
    late = planned.orders["C"][10]
    after = state(planned, {"C": {late: (0, 1000)}})
    assert after.risks["C"].steps == ()
    assert after.risks["C"].risk == 1


def test_stations_that_nobody_has_and_copies_that_differ_cost_stations() -> None:
    one = contest("C", 100)
    doubtful = Contest("C", one.ballot, one.winners, one.stations, pending=3_000)
    disputed = Contest(
        "C", one.ballot, one.winners, (*(Station(s.station, 1000, (450, 450), (550, 450)) for s in one.stations[:10]), *one.stations[10:])
    )
    needed = [expected(plan([each], LIMIT))[0].middle for each in (one, doubtful, disputed)]
    assert needed[0] < needed[1]
    assert needed[0] < needed[2]


def test_many_candidates_and_seats() -> None:
    """40 candidates for 8 seats, 256 pairs: the scale has hundreds of digits, beyond any float."""
    ballot = tuple(f"c{place:02d}" for place in range(40))
    stations = tuple(
        Station.of(f"s{n:02d}", 300_000, tuple(6_000 - 100 * place + _dice(f"{n} {place}", 90) for place in range(40))) for n in range(50)
    )
    one = Contest("C", ballot, ballot[:8], stations)
    ours = bounds(one)
    assert ours.scale.bit_length() > 1024
    drawn = draw(plan([one], LIMIT), SEED)
    assert len(drawn.orders["C"]) == 50
    assert state(drawn, {"C": clean(one)}).risks["C"].risk < 1


GOOD = (Station.of("s", 9, (5, 3)),)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (Contest("C", ("a", "b"), (), GOOD), "without a winner"),
        (Contest("C", ("a", "b"), ("a", "b"), GOOD), "without a winner"),
        (Contest("C", ("a", "b"), ("c",), GOOD), "one of the candidates"),
        (Contest("C", ("a", "a"), ("a",), GOOD), "one of the candidates"),
        (Contest("C", ("a", "b"), ("b",), GOOD), "does not lead"),
        (Contest("C", ("a", "b"), ("a",), GOOD, pending=2), "does not lead"),
        (Contest("C", ("a", "b"), ("a",), (*GOOD, *GOOD)), "twice"),
        (Contest("C", ("a", "b"), ("a",), ()), "does not lead"),
        (Contest("C", ("a", "b"), ("a",), (Station.of("s", 9, (5, 3, 1)),)), "counts"),
        (Contest("C", ("a", "b"), ("a",), (Station.of("s", 9, (5, -3)),)), "counts"),
        (Contest("C", ("a", "b"), ("a",), (Station.of("s", 9, (True, 0)),)), "counts"),
        (Contest("C", ("a", "b"), ("a",), (Station("s", 9, (5, 3), (4, 3)),)), "low figure"),
        (Contest("C", ("a", "b"), ("a",), (Station.of("s", -1, (5, 3)),)), "below 0"),
    ],
)
def test_a_contest_that_cannot_be_audited(bad: Contest, message: str) -> None:
    with pytest.raises(AuditError, match=message):
        bounds(bad)


def test_more_votes_than_papers_leave_no_risk_to_state() -> None:
    one = bounds(contest("C", 100))
    with pytest.raises(AuditError, match="it can hold 1000"):
        one.error("s001", (1001, 0))


@pytest.mark.parametrize("limit", [F(0), F(1), F(-1, 2), F(3, 2)])
def test_a_limit_is_a_share(limit: F) -> None:
    with pytest.raises(AuditError, match="risk limit"):
        plan([contest("C", 100)], limit)


def test_a_count_of_a_strange_station_is_refused() -> None:
    with pytest.raises(AuditError, match="no station"):
        state(draw(plan([contest("C", 100)], LIMIT), SEED), {"C": {"elsewhere": (1, 1)}})


def test_a_bet_takes_no_error_beyond_its_bound() -> None:
    bet = Bet(10, 100)
    for most, error in ((0, 0), (5, 6), (101, 0)):
        with pytest.raises(AuditError, match="beyond"):
            bet.take(most, error)


# --- papers in bundles -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("winners", "losers"), [("a", "b"), ("a", "bcd"), ("ab", "c"), ("ab", "cd")])
def test_a_paper_counts_as_its_worst_pair(winners: str, losers: str) -> None:
    """Against the votes themselves: what the report of the paper gives each pair, less what the paper gives."""
    for bundle, paper in product(["", *winners, *losers], repeat=2):
        pairs = [((bundle == w) - (bundle == b)) - ((paper == w) - (paper == b)) for w in winners for b in losers]
        assert comparison.error_of(bundle, paper, frozenset(winners), frozenset(losers)) == max(pairs)
        absent = comparison.error_of(bundle, None, frozenset(winners), frozenset(losers))
        assert absent >= comparison.error_of(bundle, paper, frozenset(winners), frozenset(losers))


def test_a_loser_paper_read_for_the_winner_is_no_two_for_the_other_losers() -> None:
    assert comparison.error_of("b", "a", frozenset("a"), frozenset("b")) == -2
    assert comparison.error_of("b", "a", frozenset("a"), frozenset("bc")) == -1


@pytest.mark.parametrize("margin", [F(1, 5), F(1, 10), F(3, 20), F(2, 15), F(1)])
def test_papers_of_bundles(margin: F) -> None:
    """The simple formula is enough by the exact one."""
    needed = comparison.papers_needed(F(1, 10), margin)
    assert comparison.p_value(needed, margin) <= F(1, 10)
    assert comparison.p_value(needed, margin, comparison.Errors(over1=1)) > comparison.p_value(needed, margin)


def test_a_place_beyond_all_bundles_is_refused() -> None:
    assert comparison.place_in_bundles(7, {"a": 5, "": 1, "b": 4}) == ("b", 1)
    with pytest.raises(AuditError, match="fewer papers"):
        comparison.place_in_bundles(10, {"a": 5, "": 1, "b": 4})


def test_polling_needs_a_reported_winner() -> None:
    with pytest.raises(AuditError, match="not reported ahead"):
        polling.bravo({"a": 5, "b": 5}, ["a"], {})


# --- which stations to recount ---------------------------------------------------------------------------------------------


def test_the_stations_that_decide_come_first() -> None:
    """NA-128's shape: most copies agree, a few differ much; a random sample beside it mostly meets stations without doubt."""
    doubts = [Doubt("wide", (600, -200)), Doubt("narrow", (40, 30)), Doubt("missing", (-900, 900), open=True)]
    told = choose(500, doubts, 2, SEED, {f"s{n}": 500 for n in range(300)} | {one.station: 500 for one in doubts})
    assert told.stations == ("missing", "wide")
    assert told.left == 10
    assert told.decided_after is not None
    assert told.bits > told.random_bits


@pytest.mark.parametrize("doubts", [[Doubt("s", (1, 2)), Doubt("s", (1, 2))], [Doubt("s", ())]])
def test_doubts_are_given_once_with_a_figure(doubts: list[Doubt]) -> None:
    with pytest.raises(AuditError):
        choose(0, doubts, 1, SEED)


def test_order_leaves_out_what_cannot_be_wrong() -> None:
    assert order(SEED, {"a": 0, "b": 1}) == ("b",)
    assert order(SEED, {}) == ()


def test_the_papers_of_the_explanation() -> None:
    """The figures in docs/explanation/audits.md."""
    assert comparison.papers_needed(LIMIT, F(1, 20)) == 125
    assert round(polling.bravo_mean({"a": 52_500, "b": 47_500}, ["a"], 100_000, LIMIT), -2) == 2_400
    twenty = [Station.of(f"s{n}", 1000, (510, 490)) for n in range(200)]
    assert expected(plan([Contest("C", ("a", "b"), ("a",), tuple(twenty))], LIMIT))[0].advice is Advice.RECOUNT_CHEAPER
