"""Makes ``specs/vectors/audit-v1/``: what every program that audits must draw and state. ``README.md`` there says the format.

    PYTHONPATH=src python -m tests.support.audit_vectors

All from fixed seeds: the files are the same each time, and a test compares them.
"""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import Any

from tallyproof.audit.contest import Contest, Station, Votes, bounds
from tallyproof.audit.draw import number, order
from tallyproof.audit.martingale import Bet, risk
from tallyproof.audit.plan import draw, plan, state

FOLDER = Path(__file__).parents[2] / "specs" / "vectors" / "audit-v1"
SEED = "3546311556112163624615351222"
Case = dict[str, Any]


def _dice(what: str, sides: int) -> int:
    """A number below ``sides`` that depends on ``what`` alone."""
    return int(hashlib.sha256(what.encode()).hexdigest(), 16) % sides


def draw_cases() -> list[Case]:
    few = {"PS-001": 420, "PS-002": 610, "PS-003": 95, "PS-004": 1200, "PS-006": 333, "PS-007": 610, "PS-008": 58}
    cases = {
        "seven stations": (SEED, few),
        "a leading zero of the seed counts": ("0" + SEED, few),
        "a bound of 0 is never drawn": (SEED, {**few, "PS-005": 0}),
        "keys in Urdu and with spaces and commas": (SEED, {"لاہور 1": 5, "a b": 5, "a,b": 5, "é": 5}),
        "bounds beyond any float": (SEED, {name: bound * 10**400 for name, bound in few.items()}),
        "a hundred stations, bounds near each other": (SEED, {f"ps-{place}": 10**12 + _dice(f"near {place}", 3) for place in range(100)}),
        "nearer than any float, one before": (SEED, _near(0)),
        "nearer than any float, the other before": (SEED, _near(1)),
        "one station has nearly all": (SEED, {"all": 10**15, **{f"s{place}": 1 for place in range(9)}}),
    }
    return [
        {
            "name": name,
            "seed": seed,
            "bounds": {station: str(bound) for station, bound in of.items()},
            "numbers": {station: str(number(seed, station)) for station in of},
            "order": list(order(seed, of)),
        }
        for name, (seed, of) in cases.items()
    ]


def _near(more: int) -> dict[str, int]:
    """Two stations whose tickets differ by less than 1 in 10^29."""
    with localcontext(prec=60):
        first, second = (Decimal(number(SEED, name)) / 2**53 for name in ("x", "y"))
        return {"x": 10**30, "y": int(10**30 * second.ln() / first.ln()) + more}


def bet_cases() -> list[Case]:
    clean = [(5, 0)] * 12
    cases: dict[str, tuple[int, list[tuple[int, int]], Fraction]] = {
        "no error": (10, clean, Fraction(99, 100)),
        "the first is as wrong as can be": (10, [(5, 5), *clean], Fraction(99, 100)),
        "errors for the loser": (10, [(5, -3), (5, 2), (5, -5), *clean], Fraction(99, 100)),
        "a small stake": (10, clean, Fraction(1, 3)),
        "a stake near 1": (10, [(5, 5), *clean], Fraction(999_999_998, 999_999_999)),
        "certain from the start": (61, clean, Fraction(99, 100)),
        "certain at the bound": (60, clean, Fraction(99, 100)),
        "all error there can be": (60, [(5, 5)] * 12, Fraction(99, 100)),
        "large numbers": (10**60 + 7, [(3 * 10**58 + place, _dice(f"large {place}", 10**57)) for place in range(60)], Fraction(97, 100)),
    }
    found = []
    for name, (scale, stations, stake) in cases.items():
        bet, risks = Bet(scale, sum(most for most, _ in stations), stake), []
        for most, error in stations:
            bet.take(most, error)
            risks.append(str(bet.risk))
        rows = [[str(most), str(error)] for most, error in stations]
        found.append({"name": name, "scale": str(scale), "stake": str(stake), "stations": rows, "risks": risks})
    return found


def _elections() -> dict[str, tuple[Contest, dict[str, Votes | None]]]:
    def stations(what: str, count: int, candidates: int, doubt: int = 0) -> tuple[Station, ...]:
        found = []
        for place in range(count):
            key = f"{what} {place}"
            low = tuple(
                (400 - 90 * other) // (1 + _dice(f"{key} {other}", 3)) + _dice(f"{key} {other} more", 40) for other in range(candidates)
            )
            high = tuple(
                votes + (_dice(f"{key} {other} doubt", 9) if _dice(f"{key} doubt", 10) < doubt else 0) for other, votes in enumerate(low)
            )
            found.append(Station(f"{what}-{place:03d}", sum(high) + 5 + _dice(f"{key} papers", 60), low, high))
        return tuple(found)

    two = Contest("two", ("a", "b"), ("a",), stations("two", 40, 2))
    seats = Contest("seats", ("a", "b", "c", "d"), ("a", "b"), stations("seats", 60, 4))
    doubtful = Contest("doubtful", ("a", "b", "c"), ("a",), stations("doubtful", 80, 3, doubt=2), pending=700)

    def swapped(one: Contest, every: int) -> dict[str, Votes | None]:
        turned: dict[str, Votes | None] = {station.station: station.low for station in one.stations}
        for station in one.stations[::every]:
            turned[station.station] = (station.low[1], station.low[0], *station.low[2:])
        return turned

    absent: dict[str, Votes | None] = {station.station: station.high for station in doubtful.stations}
    for place in (3, 17, 44):
        absent[f"doubtful-{place:03d}"] = None
    return {
        "no error": (two, {station.station: station.low for station in two.stations}),
        "every tenth station swapped": (two, swapped(two, 10)),
        "two seats, every twentieth swapped": (seats, swapped(seats, 20)),
        "doubtful and pending papers, three stations absent": (doubtful, absent),
    }


def audit_cases() -> list[Case]:
    found = []
    limit, stake = Fraction(1, 20), Fraction(99, 100)
    for name, (contest, counted) in _elections().items():
        one = bounds(contest)
        drawn = order(SEED, one.most)
        after = risk(one, drawn, counted, limit, stake)
        found.append(
            {
                "name": name,
                "candidates": list(contest.ballot),
                "winners": list(contest.winners),
                "pending": contest.pending,
                "stations": [
                    {"station": each.station, "ballots": each.ballots, "low": list(each.low), "high": list(each.high)}
                    for each in contest.stations
                ],
                "limit": str(limit),
                "stake": str(stake),
                "seed": SEED,
                "scale": str(one.scale),
                "bounds": {station: str(most) for station, most in one.most.items()},
                "order": list(drawn),
                "first_round": list(state(draw(plan([contest], limit, stake), SEED), {}).next_round),
                "counted": {station: votes if votes is None else list(votes) for station, votes in counted.items()},
                "errors": [str(step.error) for step in after.steps],
                "risks": [str(step.risk) for step in after.steps],
                "confirmed_after": next((place + 1 for place, step in enumerate(after.steps) if step.risk <= limit), None),
            }
        )
    return found


def files() -> dict[str, bytes]:
    cases = {"draw.json": draw_cases(), "bet.json": bet_cases(), "audit.json": audit_cases()}
    return {name: (json.dumps(of, ensure_ascii=True, indent=1) + "\n").encode() for name, of in cases.items()}


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in files().items():
        (FOLDER / name).write_bytes(content)
