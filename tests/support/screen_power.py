"""False leads and power of the five screens of single stations, as tables: ``python -m tests.support.screen_power`` prints them."""

from __future__ import annotations

from collections import Counter
from functools import cache

from tallyproof.screens.frame import leads
from tests.support.nulls import INJECTIONS, injected, made
from tests.support.nulltables import names, outcomes

ELECTIONS = 60
"""Null elections, by seed from 1000."""
INJECTED = 5
"""Elections for each kind and strength, by seed from 0."""
STRENGTHS = (0.2, 0.5)
SCREENS = {"S11": "neighbours", "S12": "siblings", "S13": "invalid", "S14": "similar", "S15": "history"}


@cache
def false_leads() -> Counter[str]:
    """In how many of the null elections each screen, asked by itself, has a lead; and all of them together."""
    count: Counter[str] = Counter()
    for seed in range(1000, 1000 + ELECTIONS):
        told = outcomes(made(seed, stations=150, areas=8))
        for outcome in told:
            count[outcome.screen.code] += bool(leads([outcome]))
        count["all"] += bool(leads(told))
    return count


@cache
def found() -> dict[tuple[str, float], Counter[str]]:
    """In how many of ``INJECTED`` elections a station (or a group with one) at which something was done is a lead."""
    table: dict[tuple[str, float], Counter[str]] = {}
    for kind in INJECTIONS:
        for strength in STRENGTHS:
            count: Counter[str] = Counter()
            for seed in range(INJECTED):
                election = injected(made(seed, stations=250, areas=12), kind, seed, strength=strength)
                touched = {name for name, was in zip(names(election), election.touched.tolist(), strict=True) if was}
                for outcome in outcomes(election):
                    count[outcome.screen.code] += any(touched & set(lead.test.stations) for lead in leads([outcome]))
            table[kind, strength] = count
    return table


def tables() -> str:
    lines = ["| screen | null elections with a lead |", "|---|---|"]
    lines += [f"| {name} | {false_leads()[code]} of {ELECTIONS} |" for code, name in {**SCREENS, "all": "all five together"}.items()]
    lines += ["", "| what was done | strength | " + " | ".join(SCREENS.values()) + " |", "|---|---|" + "---|" * len(SCREENS)]
    for (kind, strength), count in found().items():
        lines.append(f"| {kind} | {strength} | " + " | ".join(f"{count[code]} of {INJECTED}" for code in SCREENS) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(tables())
