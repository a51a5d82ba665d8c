"""How long `check` takes, against the least that Polars needs to add the same votes up.

    python benchmarks/check.py                        1,000,000 stations x 16 candidates, one source, then two
    python benchmarks/check.py --stations 100000 --contests 85 --runs 3

Everything is timed in one run, in turn, so that what slows the machine slows all of it. Each measurement is a process of its
own: ``inside`` is the work alone, after the libraries are loaded; ``process`` is from start to end; ``peak`` is the largest
resident memory of the process. Ratios are of the medians of ``inside``.

- ``bare``: ``scan_parquet(votes).group_by("candidate").agg(sum)``, nothing else: no reader does less.
- ``joined``: the same by contest and candidate, the contest looked up in the records, as a tabulation has to.
- ``check``: the package read and checked as a whole, all records checked, tabulated, compared with the declared totals (and copy
  with copy where there are two sources), the report made and written as JSON.
"""

from __future__ import annotations

import argparse
import importlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent))
from generate import Shape, write
from measure import machine, once

GOALS = {1: 5.0, 2: 15.0}
"""By number of sources: how many times as long as ``bare`` the check may take."""
MEMORY_MB = 4_000


def bare(package: Path) -> object:
    import polars as pl

    return pl.scan_parquet(package / "votes.parquet").group_by("candidate").agg(pl.col("votes").sum()).collect().height


def joined(package: Path) -> object:
    import polars as pl

    contests = pl.scan_parquet(package / "records.parquet").select("record", "contest")
    votes = pl.scan_parquet(package / "votes.parquet").join(contests, on="record")
    return votes.group_by("contest", "candidate").agg(pl.col("votes").sum()).collect().height


def check(package: Path) -> object:
    from tallyproof.findings.check import check
    from tallyproof.findings.report import report, to_json
    from tallyproof.formats.package import read_package

    document = report(check(read_package(package)))
    return document["summary"], len(to_json(document))


TASKS: dict[str, Callable[[Path], object]] = {"bare": bare, "joined": joined, "check": check}


def one_task(name: str, package: Path) -> None:
    """In the process that is measured: load the libraries, then do the work and say how long it took."""
    for library in ["polars", *(["tallyproof.findings.report", "tallyproof.formats.package"] if name == "check" else [])]:
        importlib.import_module(library)
    begin = time.perf_counter()
    result = TASKS[name](package)
    print(json.dumps({"inside": time.perf_counter() - begin, "result": result}))


class Measured(NamedTuple):
    inside: list[float]
    process: list[float]
    peak_mb: list[int]
    result: list[object]

    def line(self, name: str) -> str:
        every = " ".join(f"{seconds:.2f}" for seconds in self.inside)
        inside, process = statistics.median(self.inside), statistics.median(self.process)
        return f"  {name:7} inside {inside:6.2f} s   process {process:6.2f} s   peak {max(self.peak_mb):5} MB   ({every})"


def measure(package: Path, runs: int) -> dict[str, Measured]:
    seen = {name: Measured([], [], [], []) for name in TASKS}
    with tempfile.NamedTemporaryFile() as answer:
        for _ in range(runs):
            for name, one in seen.items():
                command = [sys.executable, __file__, "--task", name, package]
                seconds, peak, status = once(command, output=Path(answer.name))
                if status:
                    raise SystemExit(f"{name} ended with {status}: {subprocess.list2cmdline(map(str, command))}")
                said = json.loads(Path(answer.name).read_text(encoding="utf-8"))
                one.inside.append(said["inside"])
                one.process.append(seconds)
                one.peak_mb.append(peak // 10**6)
                one.result.append(said["result"])
    return seen


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=Path, nargs="?", help="measure this package only")
    parser.add_argument("--task", choices=TASKS, help=argparse.SUPPRESS)
    parser.add_argument("--stations", type=int, default=1_000_000)
    parser.add_argument("--contests", type=int, default=850)
    parser.add_argument("--keys", choices=("short", "long"), default="short")
    parser.add_argument("--layout", choices=("by-source", "by-station"), default="by-source")
    parser.add_argument("--order", choices=("ballot", "shuffled"), default="ballot")
    parser.add_argument("--declared", choices=("contest", "leading", "all"), default="contest")
    parser.add_argument("--sources", type=int, choices=(1, 2), help="only this many sources; one, then two, if it is left out")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="keep the packages in this folder, and use those that are there")
    options = parser.parse_args()
    if options.task:
        one_task(options.task, options.package)
        return 0
    print(machine())
    met = True
    with tempfile.TemporaryDirectory() as folder:
        for sources in [options.sources] if options.sources else [1, 2]:
            shape = Shape(
                stations=options.stations, contests=options.contests, sources=sources, keys=options.keys,
                layout=options.layout, order=options.order, declared=options.declared,
            )  # fmt: skip
            name = f"{sources}-{options.stations}-{options.contests}-{options.keys}-{options.layout}-{options.order}-{options.declared}"
            package = options.package or (options.keep or Path(folder)) / name
            if not package.exists():
                write(shape, package)
            seen = measure(package, options.runs)
            print(f"{package if options.package else shape}")
            for title, one in seen.items():
                print(one.line(title))
            ratio = {title: statistics.median(seen["check"].inside) / statistics.median(seen[title].inside) for title in ("bare", "joined")}
            peak = max(seen["check"].peak_mb)
            good = ratio["bare"] <= GOALS[sources] and peak <= MEMORY_MB
            met &= good
            print(f"  check / bare {ratio['bare']:.1f} (goal {GOALS[sources]:.0f})   check / joined {ratio['joined']:.1f}   "
                  f"peak {peak} MB (goal {MEMORY_MB})   {'met' if good else 'NOT MET'}")  # fmt: skip
            if options.package:
                break
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
