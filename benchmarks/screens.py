"""False leads, power and speed of the screens, on elections that are made: ``python -m benchmarks.screens [--write]``.

``--write`` puts the tables into docs/explanation/screens.md between its markers; a test makes the seeded part again and compares.
"""

from __future__ import annotations

import resource
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import numpy as np
from tests.support.nulls import INJECTIONS, Made, injected, made
from tests.support.screen_tables import table_of

from tallyproof.screens import digits, fingerprint, integers, invalid, late, neighbours, siblings, similar
from tallyproof.screens.frame import Outcome, Power, leads
from tallyproof.screens.table import Table

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "screens.md"
BEGIN, END = "<!-- made by benchmarks/screens.py -->", "<!-- end -->"
ELECTIONS, STATIONS, SHARE, STRENGTH = 6, 400, 0.1, 0.3
NAMES = {
    "S02": integers,
    "S03": digits,
    "S04": fingerprint,
    "S05": late,
    "S11": neighbours,
    "S12": siblings,
    "S13": invalid,
    "S14": similar,
}


def asked(election: Made, seed: int) -> list[Outcome]:
    """Every screen that needs no last election. What each says of its own power is not made: it is measured here."""
    with ExitStack() as off:
        for module in NAMES.values():
            for name in ("_power", "spread_power"):
                if hasattr(module, name):
                    off.enter_context(patch.object(module, name, lambda *_, **__: Power(1, 1)))
        return _asked(election, seed)


def _asked(election: Made, seed: int) -> list[Outcome]:
    table: Table = table_of(election, seed)
    where = dict(zip(table.stations, map(str, election.building), strict=True))
    sibling = dict(zip(table.stations, election.sibling.tolist(), strict=True))
    found = [module.run(table, seed=seed) for module in (integers, digits, fingerprint, late)]
    return [
        *found,
        neighbours.run(table, seed=seed, buildings=where),
        siblings.run(table, sibling, seed=seed, buildings=where),
        invalid.run(table, seed=seed, buildings=where),
        similar.run(table, seed=seed, buildings=where),
    ]


def measured(elections: int = ELECTIONS) -> str:
    """The tables as Markdown: the same number of elections, the same text."""
    kinds = ("nothing", *INJECTIONS)
    hits = {kind: dict.fromkeys(NAMES, 0) for kind in kinds}
    low, tests = dict.fromkeys(NAMES, 0), dict.fromkeys(NAMES, 0)
    any_lead = dict.fromkeys(kinds, 0)
    for seed in range(elections):
        null = made(seed, stations=STATIONS)
        for kind in kinds:
            election = null if kind == "nothing" else injected(null, kind, seed, share=SHARE, strength=STRENGTH)
            outcomes = asked(election, seed)
            found = leads(outcomes)
            any_lead[kind] += bool(found)
            for code in {lead.test.screen for lead in found}:
                hits[kind][code] += 1
            if kind == "nothing":
                for outcome in outcomes:
                    tests[outcome.screen.code] += len(outcome.tests)
                    low[outcome.screen.code] += sum(test.p <= 0.05 for test in outcome.tests)
    lines = [
        f"{elections} elections of {STATIONS} stations in 20 areas; {SHARE:.0%} of the stations are touched, with {STRENGTH:.0%}"
        " of the votes concerned. In how many elections the screen has a lead that survives the correction over all screens:",
        "",
        "| what was done | " + " | ".join(NAMES) + " | any |",
        "|---" * (len(NAMES) + 2) + "|",
    ]
    lines += [f"| {kind} | " + " | ".join(str(hits[kind][code]) for code in NAMES) + f" | {any_lead[kind]} |" for kind in kinds]
    lines += [
        "",
        "Where nothing was done, before any correction:",
        "",
        "| screen | tests | p at or under 5 % | share |",
        "|---|---|---|---|",
    ]
    lines += [f"| {code} | {tests[code]:,} | {low[code]:,} | {100 * low[code] / max(tests[code], 1):.1f} % |" for code in NAMES]
    return "\n".join(lines)


def speed() -> str:
    """Seconds of one core and memory of the whole-per-cent screen on 91,000 stations."""
    draw = np.random.default_rng(0)
    n = np.clip(draw.lognormal(6.7, 0.6, 91_000), 100, 4000).astype(np.int64)
    k = draw.binomial(n, draw.beta(5, 5, 91_000))
    integers.excess(k[:1000], n[:1000])
    before = time.process_time()
    found = integers.excess(k, n)
    took = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"91,000 stations: {took:.2f} s of one core, peak {peak:.0f} MiB; {found.observed} observed, {found.expected:.3f} expected"


def text_of(page: str) -> str:
    """What stands between the markers."""
    return page.split(BEGIN)[1].split(END)[0].strip()


if __name__ == "__main__":
    print(speed())
    tables = measured()
    print(tables)
    if "--write" in sys.argv:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(page.replace(text_of(page), tables), encoding="utf-8")
