"""False leads, power and speed of the screens, on elections that are made.

``python -m benchmarks.screens measure [--part N/M]`` makes what is missing in ``screens.jsonl`` (with --part: the Nth of M parts, printed
and not kept); ``write`` puts the tables of it into docs/explanation/screens.md; ``speed`` times 91,000 stations. A test compares the page
with the file and makes a few of the elections again.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tests.support.nulls import INJECTIONS, Made, injected, made
from tests.support.screen_tables import table_of

from tallyproof.screens import digits, fingerprint, history, integers, invalid, late, neighbours, siblings, similar
from tallyproof.screens.frame import RATE, Outcome, adjusted, leads

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "screens.md"
KEPT = Path(__file__).with_name("screens.jsonl")
BEGIN, END = "<!-- made by benchmarks/screens.py -->", "<!-- end -->"
ELECTIONS, STATIONS, SHARE, STRENGTH = 50, 400, 0.1, 0.3
NULLS, WIDE_NULLS = 300, 1000
"""Elections with nothing done: with every screen, and with those of the whole contest alone."""
NAMES = {
    "S02": integers, "S03": digits, "S04": fingerprint, "S05": late, "S11": neighbours, "S12": siblings, "S13": invalid, "S14": similar,
    "S15": history,
}  # fmt: skip
WIDE = ("S02", "S03", "S04", "S05")
Row = Mapping[str, Any]


def asked(election: Made, seed: int) -> list[Outcome]:
    """Every screen. What each says of its own power is not asked: it is measured here."""
    table = table_of(election, seed)
    where = dict(zip(table.stations, map(str, election.building), strict=True))
    sibling = dict(zip(table.stations, election.sibling.tolist(), strict=True))
    before = dict(zip(table.stations, map(tuple, election.before.tolist()), strict=True))
    return [
        *(NAMES[code].run(table, seed=seed) for code in WIDE),
        neighbours.run(table, seed=seed, buildings=where),
        siblings.run(table, sibling, seed=seed, buildings=where),
        invalid.run(table, seed=seed, buildings=where),
        similar.run(table, seed=seed, buildings=where),
        history.run(table, before, seed=seed),
    ]


def one(kind: str, seed: int) -> Row:
    """What comes out of one election. ``leads``, ``plain``: screens with a lead, weighted and without weights; ``single``, ``false``: how
    many leads are of one station, and of those how many of a station at which nothing was done; ``tests``, ``low``: by screen, how many
    and how many at 5 % or less; ``p``: of the whole contest."""
    null = made(seed, stations=STATIONS)
    if kind == "wide":
        found = [NAMES[code].run(table_of(null, seed), seed=seed) for code in WIDE]
        return {"kind": kind, "seed": seed, "p": {each.screen.code: [float(f"{test.p:.3g}") for test in each.tests] for each in found}}
    election = null if kind == "nothing" else injected(null, kind, seed, share=SHARE, strength=STRENGTH)
    outcomes = asked(election, seed)
    found = leads(outcomes)
    tests = [test for outcome in outcomes for test in outcome.tests]
    plain = {test.screen for test, q in zip(tests, adjusted([test.p for test in tests]), strict=True) if q <= RATE}
    single = [int(lead.test.stations[0]) for lead in found if lead.test.single]
    return {
        "kind": kind, "seed": seed,
        "leads": sorted({lead.test.screen for lead in found}), "plain": sorted(plain),
        "single": len(single), "false": sum(not election.touched[row] for row in single),
        "tests": dict(sorted(Counter(test.screen for test in tests).items())),
        "low": dict(sorted(Counter(test.screen for test in tests if test.p <= RATE).items())),
    }  # fmt: skip


def wanted() -> Iterator[tuple[str, int]]:
    """Seeds first, so that a part of the work is of every kind."""
    for seed in range(max(ELECTIONS, NULLS)):
        yield from ((kind, seed) for kind in ("nothing", *INJECTIONS) if seed < (NULLS if kind == "nothing" else ELECTIONS))
    yield from (("wide", seed) for seed in range(WIDE_NULLS))


def kept() -> dict[tuple[str, int], Row]:
    lines = KEPT.read_text(encoding="utf-8").splitlines() if KEPT.exists() else []
    return {(row["kind"], row["seed"]): row for row in map(json.loads, lines)}


def keep(rows: Mapping[tuple[str, int], Row]) -> None:
    KEPT.write_text("".join(json.dumps(rows[name]) + "\n" for name in wanted() if name in rows), encoding="utf-8")


def tables(rows: Mapping[tuple[str, int], Row]) -> str:
    """As Markdown: the same rows, the same text."""

    def of(kind: str) -> list[Row]:
        return [row for (each, _), row in sorted(rows.items()) if each == kind]

    def share(part: int, of_all: int) -> str:
        return f"{100 * part / of_all:.1f} %" if of_all else "–"

    def line(*cells: object) -> str:
        return "| " + " | ".join(map(str, cells)) + " |"

    nulls, wide = of("nothing"), of("wide")
    lines = [
        f"{ELECTIONS} elections of each kind ({len(nulls)} with nothing done) of {STATIONS} stations in 20 areas; {SHARE:.0%} of the"
        f" stations are touched, with {STRENGTH:.0%} of the votes concerned. In how many the screen has a lead that survives the"
        " correction over all screens, and in brackets without its weights; of the leads of single stations, how many are of a station"
        " that was not touched:",
        "",
        line("what was done", "elections", *NAMES, "any", "leads of stations", "of these not touched"),
        "|---" * (len(NAMES) + 5) + "|",
    ]
    for kind in ("nothing", *INJECTIONS):
        found = of(kind)
        cells = [f"{sum(code in row['leads'] for row in found)} ({sum(code in row['plain'] for row in found)})" for code in NAMES]
        some = f"{sum(bool(row['leads']) for row in found)} ({sum(bool(row['plain']) for row in found)})"
        single, false = (sum(row[name] for row in found) for name in ("single", "false"))
        lines.append(line(kind, len(found), *cells, some, single, f"{false} ({share(false, single)})" if single else 0))
    lines += [
        "",
        f"Where nothing was done, before any correction (S02 to S05 in {len(wide)} elections, the others in {len(nulls)}):",
        "",
        line("screen", "tests", "p at or under 5 %", "at or under 1 %", "at or under 0.1 %"),
        "|---" * 5 + "|",
    ]
    for code in NAMES:
        if code in WIDE:
            p = np.asarray([each for row in wide for each in row["p"].get(code, [])])
            lines.append(
                line(
                    code, f"{len(p):,}", *(f"{int((p <= at).sum())} ({share(int((p <= at).sum()), len(p))})" for at in (0.05, 0.01, 0.001))
                )
            )
        else:
            tests, low = (sum(row[name].get(code, 0) for row in nulls) for name in ("tests", "low"))
            lines.append(line(code, f"{tests:,}", f"{low:,} ({share(low, tests)})", "", ""))
    return "\n".join(lines)


def speed() -> str:
    """Seconds of one core and by the clock, and memory, of the whole-per-cent screen on 91,000 stations."""
    draw = np.random.default_rng(0)
    n = np.clip(draw.lognormal(6.7, 0.6, 91_000), 100, 4000).astype(np.int64)
    k = draw.binomial(n, draw.beta(5, 5, 91_000))
    integers.excess(k[:1000], n[:1000])
    core, clock = time.process_time(), time.perf_counter()
    found = integers.excess(k, n)
    core, clock = time.process_time() - core, time.perf_counter() - clock
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = f"{found.observed} observed, {found.expected:.3f} expected"
    return f"91,000 stations: {core:.2f} s of one core, {clock:.2f} s by the clock, peak {peak:.0f} MiB; {told}"


def text_of(page: str) -> str:
    """What stands between the markers."""
    return page.split(BEGIN)[1].split(END)[0].strip()


def main(words: list[str]) -> None:
    if words == ["speed"]:
        print(speed())
    elif words == ["write"]:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(page.replace(text_of(page), tables(kept())), encoding="utf-8")
    elif words[:1] == ["measure"]:
        rows = kept()
        todo = [name for name in wanted() if name not in rows]
        if words[1:2] == ["--part"]:
            part, parts = map(int, words[2].split("/"))
            for name in todo[part - 1 :: parts]:
                print(json.dumps(one(*name)), flush=True)
        else:
            keep({**rows, **{name: one(*name) for name in todo}})
    elif words[:1] == ["join"]:
        found = [json.loads(line) for path in words[1:] for line in Path(path).read_text(encoding="utf-8").splitlines()]
        keep({**kept(), **{(row["kind"], row["seed"]): row for row in found}})
    else:
        sys.exit("usage: python -m benchmarks.screens measure [--part N/M] | join FILE… | write | speed")


if __name__ == "__main__":
    main(sys.argv[1:])
