"""How fast the public log is, against what the disk and the signatures cost at the least.

    python benchmarks/log.py                                 all parts, 90,675 stations
    python benchmarks/log.py append proofs --runs 5          some parts
    python benchmarks/log.py append --pymerkle /elsewhere/bin/python    beside pymerkle, which is GPL: never imported here

Everything of a part is timed in turn, in one run, so that what slows the machine slows all of it; figures are medians.

- ``append``: batches of 256 entries through the store, each durable before the next, against ``bare``: the same files with the same
  numbers of bytes, created, synced and renamed in the same order, and nothing else.
- ``records``: a station's record with 5 signatures read, checked against the rules of the log and folded into it, against ``bare``:
  the same signatures verified by OpenSSL with keys that are loaded already, one core.
- ``proofs``: inclusion proofs made and verified in a tree of that many entries, one core.
- ``whole``: a log of all stations with 5 signatures each verified to the totals and the declarations, by the core, by tallyproof-verify and
  by verify.js under Node: seconds and peak memory of the largest process.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(Path(__file__).parent), str(ROOT), str(ROOT / "src")]
from measure import Run, machine, together  # noqa: E402

from tallyproof.log.checkpoint import LogSigner  # noqa: E402
from tallyproof_log.disk import Disk  # noqa: E402
from tallyproof_log.store import LogWriter  # noqa: E402
from tests.support import biglog  # noqa: E402
from tests.support.biglog import Shape  # noqa: E402

BATCH = 256
STATIONS = 90_675
CONTESTS = 266
PROOFS_GOAL = 30_000
RECORDS_GOAL = 1_500
SHARE_GOAL = 0.70


class Timed(NamedTuple):
    """Seconds of each run, by name; the work that was done in one."""

    seconds: dict[str, list[float]]
    amount: int

    def rate(self, name: str) -> float:
        """A second, at the median."""
        return self.amount / statistics.median(self.seconds[name])

    def line(self, name: str, what: str) -> str:
        every = " ".join(f"{one:.2f}" for one in self.seconds[name])
        return f"  {name:10} {self.rate(name):12,.0f} {what}/s   {statistics.median(self.seconds[name]):7.2f} s   ({every})"


def in_turn(tasks: dict[str, Callable[[], object]], runs: int, amount: int) -> Timed:
    seen: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(runs):
        for name, task in tasks.items():
            begin = time.perf_counter()
            task()
            seen[name].append(time.perf_counter() - begin)
    return Timed(seen, amount)


# --- append -----------------------------------------------------------------------------------------------------------


PYMERKLE = """
import sys, tempfile, time, pymerkle
size, amount, batch, where = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
entries = [bytes([n % 251]) * size for n in range(amount)]
with tempfile.TemporaryDirectory(dir=where) as folder:
    tree = pymerkle.SqliteTree(folder + "/tree.db")
    begin = time.perf_counter()
    for start in range(0, amount, batch):
        if batch > 1:
            tree.append_entries(entries[start : start + batch])
        else:
            tree.append_entry(entries[start])
        tree.get_root()
    print(time.perf_counter() - begin)
"""

Done = tuple[str, Path, Path | bytes | None]


def _noted(done: list[Done]) -> Disk:
    """The real disk, which also writes down what it did."""

    class Noted(Disk):
        def create(self, path: Path, data: bytes) -> None:
            super().create(path, data)
            done.append(("create", path, data))

        def replace(self, source: Path, target: Path) -> None:
            super().replace(source, target)
            done.append(("replace", source, target))

    def also(name: str) -> Callable[[Disk, Path], None]:
        def method(self: Disk, path: Path) -> None:
            getattr(Disk, name)(self, path)
            done.append((name, path, None))

        return method

    for name in ("sync", "mkdir", "remove", "rmdir"):
        setattr(Noted, name, also(name))
    return Noted()


def append(options: argparse.Namespace) -> bool:
    shape = Shape(stations=min(options.stations, 20_480), contests=64, keys="contest")
    entries = list(biglog.records(shape))
    for batch, amount in ((BATCH, len(entries)), (1, min(len(entries), 512))):
        _append(options, entries[:amount], batch)
    return True


def _append(options: argparse.Namespace, entries: list[bytes], batch: int) -> None:
    batches = [entries[start : start + batch] for start in range(0, len(entries), batch)]
    signer = LogSigner(biglog.ORIGIN, biglog.private("log"))
    done: list[Done] = []
    size = sum(map(len, entries)) // len(entries)
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)

        def store(disk: Disk | None = None) -> None:
            shutil.rmtree(folder / "log", ignore_errors=True)
            with LogWriter(folder / "log", signer, lambda: biglog.TIME, create=True, disk=disk) as writer:
                for some in batches:
                    assert all(isinstance(one, int) for one in writer.append(some))

        store(_noted(done))

        def bare() -> None:
            shutil.rmtree(folder / "bare", ignore_errors=True)
            (folder / "bare").mkdir()
            disk = Disk()
            for what, path, more in done:
                place = folder / "bare" / path.relative_to(folder / "log")
                if isinstance(more, bytes):
                    disk.create(place, more)
                elif isinstance(more, Path):
                    disk.replace(place, folder / "bare" / more.relative_to(folder / "log"))
                else:
                    getattr(disk, what)(place)

        timed = in_turn({"store": store, "bare": bare}, options.runs, len(entries))
        waits = sum(one[0] in {"create", "sync"} for one in done)
        written = sum(len(one[2]) for one in done if isinstance(one[2], bytes))
        print(f"append: {len(entries):,} entries of {size} bytes, {batch} at a time: {waits} waits for the disk, {written / 1e6:.1f} MB")
        for one in timed.seconds:
            print(timed.line(one, "entries"))
        print(f"  store / bare {statistics.median(timed.seconds['store']) / statistics.median(timed.seconds['bare']):.2f}")
        if options.pymerkle:
            command = [str(options.pymerkle), "-c", PYMERKLE, str(size), str(len(entries)), str(batch), str(folder)]
            other = Timed({"pymerkle": [float(subprocess.check_output(command)) for _ in range(options.runs)]}, len(entries))
            print(other.line("pymerkle", "entries") + "   SQLite; no tiles, no signed checkpoints")
            print(f"  store / pymerkle {other.rate('pymerkle') / timed.rate('store'):.2f}")


# --- proofs -----------------------------------------------------------------------------------------------------------


def proofs(options: argparse.Namespace) -> bool:
    from tallyproof.log.merkle import Tree, leaf_hash, verify_consistency, verify_inclusion

    size = options.stations
    leaves = [leaf_hash(str(number).encode()) for number in range(size)]
    tree = Tree()
    tree.extend_hashes(leaves)
    root = tree.root()
    some = [(7_919 * number) % size for number in range(min(size, 40_000))]
    made = [tree.inclusion_proof(index, size) for index in some]
    firsts = [1 + one for one in some if 1 + one < size]
    grown = [(first, tree.consistency_proof(first, size), tree.root(first)) for first in firsts]

    def build() -> None:
        Tree().extend_hashes(leaves)

    def check() -> None:
        assert all(verify_inclusion(leaves[index], index, size, proof, root) for index, proof in zip(some, made, strict=True))

    def check_growth() -> None:
        assert all(verify_consistency(first, size, proof, older, root) for first, proof, older in grown)

    timed = in_turn({"made": lambda: [tree.inclusion_proof(index, size) for index in some], "verified": check}, options.runs, len(some))
    growth = in_turn(
        {"made": lambda: [tree.consistency_proof(first, size) for first in firsts], "verified": check_growth}, options.runs, len(firsts)
    )
    built = in_turn({"tree built": build}, options.runs, size)
    print(f"proofs: inclusion, then consistency, in a tree of {size:,} entries, one core")
    for one in (timed, growth):
        for name in one.seconds:
            print(one.line(name, "proofs "))
    print(built.line("tree built", "leaves "))
    good = min(timed.rate("made"), timed.rate("verified")) >= PROOFS_GOAL
    print(f"  goal {PROOFS_GOAL:,} inclusion proofs/s: {'met' if good else 'NOT MET'}")
    return good


PARTS: dict[str, Callable[[argparse.Namespace], bool]] = {"append": append, "proofs": proofs}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help="only these: " + ", ".join(PARTS))
    parser.add_argument("--stations", type=int, default=STATIONS)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where files are written: on the disk that is to be measured")
    parser.add_argument("--keep", type=Path, help="keep the large log in this folder, and use the one that is there")
    parser.add_argument("--pymerkle", type=Path, help="the Python of an environment with pymerkle 7")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    print(machine())
    met = [PARTS[name](options) for name in options.parts or PARTS]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
