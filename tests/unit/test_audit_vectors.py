"""The published vectors of audit mathematics, and the defects of other programs that must not come back here."""

from __future__ import annotations

import json
import math
from fractions import Fraction as F
from typing import Any

import pytest

from tallyproof.audit import comparison, macro, nonnegative, polling
from tallyproof.audit.contest import AuditError, Bounds, Contest, Station, bounds
from tallyproof.audit.draw import order, papers, ticket
from tallyproof.audit.martingale import Bet, risk
from tests.support.data import shared_data

SEED = "3546311556112163624615351222"
LOSS = pytest.approx


@pytest.fixture(scope="module")
def vectors() -> Any:
    return json.loads((shared_data("audit_vectors.json")).read_text(encoding="utf-8"))


def layout() -> Bounds:
    """200 stations (200, 180 of 400 papers) and 200 (100, 90 of 200)."""
    stations = [Station.of(f"a{n}", 400, (200, 180)) for n in range(200)] + [Station.of(f"b{n}", 200, (100, 90)) for n in range(200)]
    return bounds(Contest("X", ("w", "l"), ("w",), tuple(stations)))


def test_bounds_of_macro(vectors: Any) -> None:
    told, ours = vectors["macro"], layout()
    assert F(ours.total, ours.scale) == F(told["U"])
    assert float(F(ours.most["a0"], ours.scale)) == told["u_big"]
    assert float(F(ours.most["b0"], ours.scale)) == told["u_small"]


def test_draws_of_macro(vectors: Any) -> None:
    # the other program adds one draw to the formula, since it escalated an audit for want of one
    for percent, draws in vectors["macro"]["n0"].items():
        assert macro.draws_needed(layout(), F(int(percent), 100)) + 1 == draws


def test_risk_of_macro(vectors: Any) -> None:
    told, ours = vectors["macro"], layout()
    clean = [("a0", (200, 180))] * 30
    assert float(macro.p_value(ours, clean)) == LOSS(told["p_30_clean"], rel=1e-12)
    assert macro.p_value(ours, clean) == F(20, 21) ** 30
    worse = [*clean[:-1], ("a1", (190, 190))]
    assert float(macro.p_value(ours, worse)) == LOSS(told["p_30_one_20vote_overstatement"], rel=1e-12)
    assert macro.p_value(ours, [*clean[:-1], ("a1", (210, 170))]) == macro.p_value(ours, clean)
    assert macro.p_value(ours, [*clean[:-1], ("a1", (0, 400))]) == 1


def test_bravo(vectors: Any) -> None:
    for case in vectors["bravo"]:
        reported = {name: votes for name, votes in case["contest"].items() if name != "ballots"}
        found = polling.bravo(reported, ["cand1"], case["sample"])
        for pair, told in case["p"].items():
            assert float(found[tuple(pair.split("|"))]) == LOSS(told, rel=1e-12, abs=1e-15)  # type: ignore[index]
        assert all(p_value <= F(1, 10) for p_value in found.values()) is case["stop_at_10pct"]


@pytest.mark.parametrize(
    ("name", "reported", "of"),
    [("600/400", {"a": 600, "b": 400}, 1000), ("10000/9000/200 of 20000", {"a": 10000, "b": 9000, "c": 200}, 20000)],
)
def test_papers_for_bravo(vectors: Any, name: str, reported: dict[str, int], of: int) -> None:
    told = vectors["bravo_sizes_10pct"][name]
    assert polling.bravo_mean(reported, ["a"], of, F(1, 10)) == told["asn"]
    for chance in ("0.7", "0.8", "0.9"):
        assert polling.bravo_papers(reported, ["a"], of, F(1, 10), float(chance)) == told[chance]


def test_super_simple(vectors: Any) -> None:
    told = vectors["supersimple"]
    assert float(comparison.GAMMA) == told["gamma"]
    margins = {"margin .2": F(1, 5), "margin .1": F(1, 10), "margin .15": F(3, 20), "margin 2/15": F(2, 15), "margin 1": F(1)}
    p_values = (0.06507, 0.06973, 0.06740, 0.07048, 0.01950)
    # the vectors allow for one one-vote error each way: a rate of 1 in 1,000, rounded up
    one = comparison.Errors(over1=1, under1=1)
    for (name, margin), p_value in zip(margins.items(), p_values, strict=True):
        needed = comparison.papers_needed(F(1, 10), margin, one)
        assert needed == told["n_zero_error_10pct"][name]
        assert float(comparison.p_value(needed, margin)) == LOSS(p_value, abs=5e-6)
    assert comparison.papers_needed(F(1, 10), F(1, 20)) == told["rlacalc nmin(.1,1.03905,.05,0,0,0,0)"]


def test_means_of_numbers_from_0(vectors: Any) -> None:
    x = [F(value) for value in vectors["nonnegmean_x"]]
    seven, tenth = F(7, 10), F(1, 10)
    ours = {
        "alpha fixed eta .7, t .5, u 1, WR": polling.alpha(x, guess=seven, weight=0),
        "alpha shrink_trunc eta .7 d 10 c .1 f 0, N=20": polling.alpha(x, guess=seven, weight=10, papers=20),
        "betting agrapa lam .25 c_grapa .9 const, N=20": nonnegative.agrapa(x, F(1, 4), F(9, 10), 20),
        "kaplan_wald g .1": nonnegative.kaplan_wald(x, tenth),
        "kaplan_markov g .1": nonnegative.kaplan_markov(x, tenth),
        "kaplan_kolmogorov g .1 N=20": nonnegative.kaplan_kolmogorov(x, tenth, 20),
    }
    told = {name: value for name, value in vectors["nonnegmean"].items() if not name.startswith("DO NOT")}
    assert set(told) == set(ours)
    for name, value in told.items():
        assert [float(p_value) for p_value in ours[name]] == LOSS(value["p_history"], rel=1e-12)
        assert float(min(ours[name])) == LOSS(value["p"], rel=1e-12)


def test_papers_by_sha256(vectors: Any) -> None:
    told = vectors["sha256_rivest"]
    assert papers(told["seed"], 876, 1, 11) == told["first10"]


def test_order_of_tickets() -> None:
    most = {
        f"PS-{n}": bound for n, bound in [("001", 420), ("002", 610), ("003", 95), ("004", 1200), ("006", 333), ("007", 610), ("008", 58)]
    }
    assert [name[3:] for name in order(SEED, most)] == ["004", "003", "001", "002", "007", "006", "008"]
    assert float(ticket(SEED, "PS-004", 1200)) == LOSS(1.039947758753e-04, rel=1e-12)


# What other programs get wrong (each has its number in the list that this project was given).


def test_products_are_not_taken_twice(vectors: Any) -> None:
    """1: a sequential test that multiplied its cumulative products again would have stopped at .0048 instead of .3099."""
    x = [F(value) for value in vectors["nonnegmean_x"]]
    wrong = vectors["nonnegmean"]["DO NOT MATCH wald_sprt (double cumprod bug)"]
    ours = polling.alpha(x, guess=F(7, 10), weight=0)
    assert min(ours) > 60 * F(wrong["p"])
    by_hand = F(1)
    for value in x[:6]:
        by_hand *= F(7, 5) if value else F(3, 5)
    assert ours[5] == 1 / by_hand


def test_tickets_hash_text_and_nothing_else() -> None:
    """2: tickets of a printed tuple change with the version of a library; ours are of bytes that anybody can write down."""
    from hashlib import sha256

    digits = sha256(b"3546311556112163624615351222,PS-004").hexdigest()[:13]
    share = (int(digits, 16) + 0.5) / 2**52
    assert float(ticket(SEED, "PS-004", 1200)) == LOSS(-math.log(share) / 1200, rel=1e-12)


def test_one_bad_station_does_not_freeze_the_risk() -> None:
    """4: with everything at stake a station that is as wrong as can be ends the test for ever."""
    ours = layout()
    drawn = order(SEED, ours.most)
    counted: dict[str, tuple[int, ...] | None] = {name: (200, 180) if name[0] == "a" else (100, 90) for name in drawn}
    counted[drawn[0]] = None
    assert macro.p_value(ours, [(name, counted[name]) for name in drawn]) == 1
    after = risk(ours, drawn, counted, F(1, 20))
    assert after.steps[0].risk == 1
    assert after.done


def test_a_stake_is_capped_without_replacement() -> None:
    """7: a fixed stake of 1.9 goes below 0 when the null mean falls: here what is won is never below 0, nor a p-value outside [0, 1]."""
    x = [F(value) for value in (0, 0, 0, 0, 1, 1, 1, 1, 1, 1)]
    for history in (
        polling.alpha(x, guess=F(19, 20), weight=0, papers=10),
        polling.alpha(x, guess=F(1), weight=0, papers=10),
        nonnegative.agrapa(x, F(19, 10), F(99, 100), 10),
        nonnegative.kaplan_kolmogorov(x, F(1, 10), 10),
    ):
        assert all(0 <= p_value <= 1 for p_value in history)
    bet = Bet(100, 1000, F(99, 100))
    for _ in range(10):
        bet.take(100, 100 if bet.risk == 1 else -50)
        assert 0 <= bet.risk <= 1


def test_a_whole_list_is_certain() -> None:
    """Null: 3 of 7 papers for the winner. Once all are seen it is impossible or certain, by the last one."""
    half = [F(value) for value in (1, 0, 1, 1, 0, 0, 1)]
    assert polling.alpha(half, guess=F(4, 7), weight=0, papers=7, null=F(3, 7))[-1] == 0
    assert polling.alpha([*half[:-1], F(0)], guess=F(4, 7), weight=0, papers=7, null=F(3, 7))[-1] == 1


@pytest.mark.parametrize("stake", [F(0), F(1), F(3, 2), F(-1)])
def test_a_stake_is_a_share(stake: F) -> None:
    with pytest.raises(AuditError, match="stake"):
        Bet(10, 100, stake)
