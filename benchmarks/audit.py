"""Stations to count, and time, of an audit: ours against Arlo's MACRO, on the same elections.

    git clone https://github.com/votingworks/arlo && pip install --target LIB --no-deps consistent_sampler
    python benchmarks/audit.py --arlo arlo --lib LIB            both tables; takes some minutes
    python benchmarks/audit.py --calibrate --repetitions 40000   the risk limit on the boundary of a wrong outcome

Arlo (AGPL) is run from its own copy, never shipped: its ``compute_max_error``, ``compute_error`` and ``compute_U`` give its bounds, taints
and total, its ``draw_ppeb_sample`` its draws, with replacement; after each draw its formula is asked, and the distinct stations are
counted when the risk is at or under 5 % for the first time. Ours draws by tickets and bets ``audit.martingale``; both meet the same
elections and the same wrong stations.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from tallyproof.audit.contest import Bounds, Contest, Station, bounds
from tallyproof.audit.draw import order
from tallyproof.audit.martingale import STAKE, clean_draws, risk

LIMIT = Fraction(1, 20)
CASES = [
    (200, 0.01, "none"), (200, 0.02, "none"), (200, 0.03, "none"), (200, 0.052, "none"), (200, 0.10, "none"),
    (200, 0.052, "small"), (200, 0.052, "swapped"), (400, 0.02, "swapped"), (400, 0.05, "none"),
    (400, 0.05, "swapped"), (400, 0.10, "none"), (200, 0.052, "absent"), (200, 0.10, "absent"),
]  # fmt: skip


class Election(NamedTuple):
    contest: Contest
    audited: dict[str, tuple[int, int] | None]
    """None: the papers are not there"""


def election(stations: int, margin: float, error: str, seed: int) -> Election:
    """Two candidates; 300 to 1,500 papers a station; the leader's share varies from station to station, and the sum has the margin."""
    chance = np.random.default_rng(seed)
    papers = chance.integers(300, 1501, stations)
    share = np.clip(chance.normal(0.5 + margin / 2, 0.12, stations), 0.02, 0.98)
    ahead = (papers * share).astype(int)
    short = round(margin * papers.sum()) - (2 * ahead.sum() - papers.sum())
    # the same number of votes moved in every station brings the sum to the margin
    ahead = np.clip(ahead + int(short / 2 / stations), 0, papers)
    behind = papers - ahead
    audited: dict[str, tuple[int, int] | None] = {}
    wrong = set(chance.choice(stations, stations // 100, replace=False).tolist()) if error == "swapped" else set()
    for number, (first, second) in enumerate(zip(ahead.tolist(), behind.tolist(), strict=True)):
        if error == "small" and chance.random() < 0.2:
            moved = int(chance.integers(1, 4)) * int(chance.choice((-1, 1)))
            first, second = max(0, first - moved), max(0, second + min(moved, first))
        audited[f"s{number:05d}"] = (second, first) if number in wrong else (first, second)
    if error == "absent":
        # one station in 200; Arlo is told that the loser has all papers
        audited[f"s{chance.integers(stations):05d}"] = None
    reported = [Station.of(f"s{n:05d}", int(p), (int(a), int(b))) for n, (p, a, b) in enumerate(zip(papers, ahead, behind, strict=True))]
    return Election(Contest("C", ("w", "l"), ("w",), tuple(reported)), audited)


def ours(bound: Bounds, audited: dict[str, tuple[int, int] | None], seed: str, stake: Fraction) -> int:
    drawn = order(seed, bound.most)
    after = risk(bound, drawn, audited, LIMIT, stake)
    return next((place + 1 for place, step in enumerate(after.steps) if step.risk <= LIMIT), len(drawn))


def load_arlo(path: Path, lib: Path) -> tuple[ModuleType, ModuleType, ModuleType]:
    """Arlo's modules of audit mathematics alone: its server needs a database."""
    import importlib
    import tempfile

    folder = Path(tempfile.mkdtemp())
    (folder / "arlo_math").symlink_to((path / "server" / "audit_math").resolve(), target_is_directory=True)
    sys.path[:0] = [str(folder), str(lib)]
    return tuple(importlib.import_module(f"arlo_math.{name}") for name in ("macro", "sampler", "sampler_contest"))  # type: ignore[return-value]


def as_arlo(one: Election, contests: ModuleType) -> tuple[Any, dict[Any, Any], dict[Any, Any]]:
    reported = {
        ("J", station.station): {"C": {"ballots": station.ballots, "w": station.low[0], "l": station.low[1]}}
        for station in one.contest.stations
    }
    audited = {
        key: {"C": {"w": 0, "l": votes["C"]["ballots"]} if counted is None else dict(zip("wl", counted, strict=True))}
        for (key, votes), counted in zip(reported.items(), one.audited.values(), strict=True)
    }
    sums = [sum(votes["C"][name] for votes in reported.values()) for name in ("ballots", "w", "l")]
    contest = contests.Contest("C", {"ballots": sums[0], "w": sums[1], "l": sums[2], "numWinners": 1, "votesAllowed": 1})
    return contest, reported, audited


def theirs(one: Election, seed: str, arlo: tuple[ModuleType, ModuleType, ModuleType]) -> tuple[int, int]:
    """Distinct stations: when its formula is asked after every draw, however many; and in the rounds that it asks for itself."""
    macro, sampler, contests = arlo
    contest, reported, audited = as_arlo(one, contests)
    total, limit = macro.compute_U(reported, contest), macro.Decimal("0.05")
    nothing = macro.compute_unauditable_ballots(reported, contest)
    # its own draws are with replacement by these chances from this generator; asked for as many draws as stations, it takes all
    keys = list(reported)
    bound = {key: macro.compute_max_error(reported[key], contest, nothing) for key in keys}
    generator = np.random.default_rng(int(sampler.consistent_sampler.sha256_hex(seed), 16))
    chances = np.array([float(bound[key] / total) for key in keys])
    draws = [keys[place] for place in generator.choice(len(keys), 20 * len(keys), p=chances / chances.sum())]

    def shrink(key: Any) -> Any:
        found = macro.compute_error(reported[key], audited[key], contest, nothing)
        over = found["weighted_error"] if found and found["counted_as"] > 0 else macro.Decimal(0)
        taint = over / bound[key]
        return macro.Decimal("inf") if taint == 1 else (1 - 1 / total) / (1 - taint)

    known: dict[Any, Any] = {}
    p_value, p_values, seen, distinct = macro.Decimal(1), [], set(), []
    for key in draws:
        if key not in known:
            known[key] = shrink(key)
        p_value = p_value * known[key]
        seen.add(key)
        p_values.append(p_value)
        distinct.append(len(seen))
        if len(seen) == len(keys):
            break
    always = next((count for count, p_value in zip(distinct, p_values, strict=True) if p_value <= limit), len(keys))
    asked = macro.get_sample_sizes(5, contest, reported, {}, {}, [])
    while asked < len(keys) and p_values[asked - 1] > limit:
        # what it asks for next: draws without error from the risk so far, and one
        more = (limit.ln() - p_values[asked - 1].ln()) / (1 - 1 / total).ln() if p_values[asked - 1] <= 1 else len(keys)
        asked += int(macro.Decimal(more).to_integral_value("ROUND_CEILING")) + 1
    return always, distinct[asked - 1] if asked < len(keys) else len(keys)


def stations_table(arlo: tuple[ModuleType, ModuleType, ModuleType] | None, repetitions: int, stake: Fraction) -> None:
    print(f"distinct stations to a risk of 5 %, mean (nine in ten), {repetitions} elections and seeds a row, stake {stake}")
    for stations, margin, error in CASES:
        found: list[tuple[int, ...]] = []
        for number in range(repetitions):
            one = election(stations, margin, error, number)
            seed = f"{number:020d}"
            mine = ours(bounds(one.contest), one.audited, seed, stake)
            found.append((mine, *theirs(one, seed, arlo)) if arlo else (mine,))
        said = [f"{statistics.mean(column):.1f} ({np.quantile(column, 0.9):.0f})" for column in zip(*found, strict=True)]
        print(f"| {stations}, {margin:.1%} | {error} | {' | '.join(said)} |", flush=True)


def times(arlo: tuple[ModuleType, ModuleType, ModuleType], runs: int = 3) -> None:
    """Plan, draw and risk of 90,675 stations, in turn in one process."""
    one = election(90_675, 0.05, "none", 1)
    macro, sampler, contests = arlo
    contest, reported, audited = as_arlo(one, contests)
    seen: dict[str, list[float]] = {"ours": [], "arlo": []}
    for _ in range(runs):
        begin = time.perf_counter()
        bound = bounds(one.contest)
        drawn = order("20261125202611252026", bound.most)
        needed = clean_draws(bound, drawn, LIMIT, counted={})
        assert risk(bound, drawn, {name: one.audited[name] for name in drawn[:needed]}, LIMIT).done
        seen["ours"].append(time.perf_counter() - begin)
        begin = time.perf_counter()
        size = macro.get_sample_sizes(5, contest, reported, {}, {}, [])
        draws = sampler.draw_ppeb_sample("20261125202611252026", contest, size, [], reported)
        p_value, done = macro.compute_risk(5, contest, reported, {key: audited[key] for _, key in draws}, dict(draws), [])
        assert done, p_value
        seen["arlo"].append(time.perf_counter() - begin)
    middle = {name: statistics.median(found) for name, found in seen.items()}
    print(f"90,675 stations, plan + draw + risk, median of {runs}: ours {middle['ours']:.2f} s for {needed} stations, "
          f"Arlo {middle['arlo']:.2f} s for {size} draws: {middle['arlo'] / middle['ours']:.1f} times")  # fmt: skip


def boundary(name: str, stations: int, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Bounds and errors of a wrong outcome that is only just wrong: the errors add up to 1 exactly, the bounds to 20.

    ``few``: as wrong as can be, in as few stations as will do; ``clustered``: every tenth district holds all of it; ``spread``: the same
    share of every bound; ``hidden``: all error in the stations that are drawn least; ``repaid``: two thirds too much, and as much again
    given back elsewhere.
    """
    most = chance.lognormal(0, 0.6, stations)
    most *= 20 / most.sum()
    error = np.zeros(stations)
    rank = np.argsort(most if name == "hidden" else -most)
    if name == "spread":
        return most, most / 20
    if name == "repaid":
        half = stations // 2
        error[:half] = most[:half] * (5 / 3) / most[:half].sum()
        error[half:] = -most[half:] * (2 / 3) / most[half:].sum()
        return most, np.minimum(error, most)
    if name == "clustered":
        rank = np.concatenate([np.arange(start, min(start + 20, stations)) for start in range(0, stations, 200)])
    filled = np.cumsum(most[rank])
    last = int(np.searchsorted(filled, 1.0))
    chosen = rank[:last]
    error[chosen] = most[chosen]
    if last < len(rank):
        error[rank[last]] = 1 - error.sum()
    else:
        error[chosen] = most[chosen]
        rest = 1 - error.sum()
        others = np.setdiff1d(np.arange(stations), chosen)
        error[others] = most[others] * rest / most[others].sum()
    return most, error


def rejected(most: np.ndarray, error: np.ndarray, repetitions: int, stake: float, chance: np.random.Generator) -> float:
    """Share of repetitions in which the wrong outcome is confirmed at 5 %, whenever one looks: ``audit.martingale`` in floats."""
    hits = 0
    size = max(1, 2_000_000 // len(most))
    for begin in range(0, repetitions, size):
        rows = min(size, repetitions - begin)
        drawn = np.argsort(chance.exponential(size=(rows, len(most))) / most, axis=1)
        u, e = most[drawn], error[drawn]
        left = most.sum() - np.cumsum(u, axis=1) + u
        mean = left - 1 + np.cumsum(e, axis=1) - e
        # at the boundary the mean is what is left of the bounds that is no error: 0 only when all of it is
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = np.where(mean > 1e-9, 1 - stake + stake * (u - e) / u * left / mean, 1.0)
        hits += int((np.cumprod(factor, axis=1).max(axis=1) >= 20).sum())
    return hits / repetitions


def calibrate(repetitions: int, stake: float) -> None:
    print(f"share of wrong outcomes confirmed at a risk limit of 5 %, {repetitions} repetitions, stake {stake}")
    for stations in (200, 400, 5000):
        said = []
        for name in ("few", "clustered", "spread", "hidden", "repaid"):
            chance = np.random.default_rng([stations, len(name)])
            said.append(f"{name} {rejected(*boundary(name, stations, chance), repetitions, stake, chance):.4f}")
        print(f"{stations} stations: " + ", ".join(said), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arlo", type=Path, help="a clone of votingworks/arlo")
    parser.add_argument("--lib", type=Path, default=Path(), help="where consistent_sampler was installed")
    parser.add_argument("--repetitions", type=int, default=100)
    parser.add_argument("--stake", type=Fraction, default=STAKE)
    parser.add_argument("--calibrate", action="store_true")
    options = parser.parse_args()
    if options.calibrate:
        calibrate(options.repetitions, float(options.stake))
        return 0
    arlo = load_arlo(options.arlo, options.lib) if options.arlo else None
    if arlo:
        times(arlo)
    stations_table(arlo, options.repetitions, options.stake)
    return 0


if __name__ == "__main__":
    sys.exit(main())
