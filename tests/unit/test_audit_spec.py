"""``specs/audit-v1.md`` read again: its vectors computed with the standard library only, and by the room."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Context, Decimal, localcontext
from fractions import Fraction as F
from itertools import product
from math import lcm
from typing import Any

import pytest

from tallyproof.audit.contest import Contest, Station, bounds
from tallyproof.audit.draw import number, order
from tallyproof.audit.martingale import Bet, risk
from tallyproof.audit.plan import draw, plan, state
from tests.support import audit_vectors

FILES = ("draw.json", "bet.json", "audit.json")


def cases(name: str) -> Any:
    return json.loads((audit_vectors.FOLDER / name).read_bytes())


@pytest.mark.parametrize("name", FILES)
def test_files_are_what_the_generator_makes(name: str) -> None:
    made = audit_vectors.files()
    assert set(made) == set(FILES)
    assert (audit_vectors.FOLDER / name).read_bytes() == made[name]


# --- by the room -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", cases("draw.json"), ids=lambda case: case["name"])
def test_draws(case: Any) -> None:
    most = {station: int(bound) for station, bound in case["bounds"].items()}
    assert {station: str(number(case["seed"], station)) for station in most} == case["numbers"]
    assert list(order(case["seed"], most)) == case["order"]
    # a caller's own number of digits changes nothing
    with localcontext(prec=3):
        assert list(order(case["seed"], dict(reversed(most.items())))) == case["order"]


@pytest.mark.parametrize("case", cases("bet.json"), ids=lambda case: case["name"])
def test_bets(case: Any) -> None:
    rows = [(int(most), int(error)) for most, error in case["stations"]]
    bet = Bet(int(case["scale"]), sum(most for most, _ in rows), F(case["stake"]))
    for (most, error), told in zip(rows, case["risks"], strict=True):
        bet.take(most, error)
        assert str(bet.risk) == told


@pytest.mark.parametrize("case", cases("audit.json"), ids=lambda case: case["name"])
def test_audits(case: Any) -> None:
    stations = tuple(Station(one["station"], one["ballots"], tuple(one["low"]), tuple(one["high"])) for one in case["stations"])
    contest = Contest(case["name"], tuple(case["candidates"]), tuple(case["winners"]), stations, case["pending"])
    one = bounds(contest)
    assert str(one.scale) == case["scale"]
    assert {station: str(most) for station, most in one.most.items()} == case["bounds"]
    drawn = order(case["seed"], one.most)
    counted = {station: votes if votes is None else tuple(votes) for station, votes in case["counted"].items()}
    after = risk(one, drawn, counted, F(case["limit"]), F(case["stake"]))
    assert [str(step.risk) for step in after.steps] == case["risks"]
    assert [str(step.error) for step in after.steps] == case["errors"]
    first = state(draw(plan([contest], F(case["limit"]), F(case["stake"])), case["seed"]), {})
    assert list(first.next_round) == case["first_round"]


# --- from the text ---------------------------------------------------------------------------------------------------------


def text_order(seed: str, most: Mapping[str, int]) -> list[str]:
    exact = Context(prec=80)

    def ticket(station: str) -> tuple[Decimal, str]:
        d = int(hashlib.sha256(f"{seed},{station}".encode()).hexdigest()[:13], 16)
        return exact.divide(exact.minus(exact.ln(exact.divide(Decimal(2 * d + 1), Decimal(2**53)))), Decimal(most[station])), station

    return sorted((station for station, bound in most.items() if bound), key=ticket)


def text_down(x: F) -> F:
    """floor(x · 2^(255−k)) · 2^(k−255), 2^k ≤ x < 2^(k+1)."""
    k = x.numerator.bit_length() - x.denominator.bit_length()
    k -= x < F(2) ** k
    return (x * F(2) ** (255 - k)).__floor__() * F(2) ** (k - 255)


def text_risks(scale: int, stake: F, rows: list[tuple[int, int]]) -> list[F]:
    left, found, won, best, certain, risks = sum(u for u, _ in rows), 0, F(1), F(1), False, []
    certain = left < scale
    for u, e in rows:
        m = left - scale + found
        certain |= m < 0 or (m == 0 and e < u)
        if m > 0:
            won = text_down(won * (1 - stake + stake * F(u - e, u) * F(left, m)))
            best = max(best, won)
        left, found = left - u, found + e
        risks.append(F(0) if certain else min(F(1), 1 / best))
    return risks


@pytest.mark.parametrize("case", cases("draw.json"), ids=lambda case: case["name"])
def test_draws_from_the_text(case: Any) -> None:
    assert text_order(case["seed"], {station: int(bound) for station, bound in case["bounds"].items()}) == case["order"]


@pytest.mark.parametrize("case", cases("bet.json"), ids=lambda case: case["name"])
def test_bets_from_the_text(case: Any) -> None:
    rows = [(int(most), int(error)) for most, error in case["stations"]]
    assert [str(one) for one in text_risks(int(case["scale"]), F(case["stake"]), rows)] == case["risks"]


@pytest.mark.parametrize("case", cases("audit.json"), ids=lambda case: case["name"])
def test_audits_from_the_text(case: Any) -> None:
    names = case["candidates"]
    pairs = [(names.index(w), names.index(b)) for w, b in product(case["winners"], [n for n in names if n not in case["winners"]])]
    told = {one["station"]: one for one in case["stations"]}
    margin = {(w, b): sum(one["low"][w] - one["high"][b] for one in told.values()) - case["pending"] for w, b in pairs}
    scale = lcm(*margin.values())
    most = {
        key: max(0, *((one["low"][w] - one["high"][b] + one["ballots"]) * scale // margin[w, b] for w, b in pairs))
        for key, one in told.items()
    }
    assert (str(scale), {key: str(u) for key, u in most.items()}) == (case["scale"], case["bounds"])
    drawn = text_order(case["seed"], most)
    assert drawn == case["order"]

    def error(key: str) -> int:
        one, hand = told[key], case["counted"][key]
        if hand is None:
            return most[key]
        return max((one["low"][w] - one["high"][b] - hand[w] + hand[b]) * scale // margin[w, b] for w, b in pairs)

    rows = [(most[key], error(key)) for key in drawn]
    assert [str(e) for _, e in rows] == case["errors"]
    risks = text_risks(scale, F(case["stake"]), rows)
    assert [str(one) for one in risks] == case["risks"]
    limit = F(case["limit"])
    assert next((place + 1 for place, one in enumerate(risks) if one <= limit), None) == case["confirmed_after"]
    clean = text_risks(scale, F(case["stake"]), [(most[key], 0) for key in drawn])
    assert drawn[: next(place + 1 for place, one in enumerate(clean) if one <= limit)] == case["first_round"]
