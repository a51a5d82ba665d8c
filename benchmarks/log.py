"""How fast the public log is, against what the disk and the signatures cost at the least.

    python benchmarks/log.py                                 all parts, 90,675 stations
    python benchmarks/log.py append proofs --runs 5          some parts
    python benchmarks/log.py append --pymerkle /elsewhere/bin/python    beside pymerkle, which is GPL: never imported here

Everything of a part is timed in turn, in one run, so that what slows the machine slows all of it; figures are medians. Of ``records`` and
``proofs`` the processor's time is taken, of the others the wall's.

- ``append``: batches of 256 entries through the store, each durable before the next, against ``bare``: the same files with the same
  numbers of bytes, created, synced and renamed in the same order, and nothing else.
- ``records``: a station's record with 5 signatures read, checked against the rules of the log and folded into it, against ``bare``:
  the same signatures verified by OpenSSL with keys that are loaded already; ``libsodium``: the ledger with the faster library, which
  `tallyproof verify` takes where it is installed. One core.
- ``proofs``: inclusion proofs made and verified in a tree of that many entries, one core.
- ``whole``: a log of all stations with 5 signatures each verified to the totals and the declarations, by `tallyproof
  verify`, by `tallyproof-verify` and by verify.js under Node: seconds and peak memory of the largest process.
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
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: E402
from tests.support import biglog  # noqa: E402
from tests.support.biglog import Shape  # noqa: E402

from measure import Run, machine, together  # noqa: E402
from tallyproof.log.checkpoint import LogSigner  # noqa: E402
from tallyproof_log.disk import Disk  # noqa: E402
from tallyproof_log.store import LogWriter  # noqa: E402

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


def in_turn(tasks: dict[str, Callable[[], object]], runs: int, amount: int, clock: Callable[[], float] = time.perf_counter) -> Timed:
    """``clock``: of the wall, or of the processor, which others on the machine disturb less."""
    seen: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(runs):
        for name, task in tasks.items():
            begin = clock()
            task()
            seen[name].append(clock() - begin)
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
        ratios = [choose(timed.seconds["store"]) / choose(timed.seconds["bare"]) for choose in (statistics.median, min)]
        print(f"  store / bare {ratios[0]:.2f}, of the fastest runs {ratios[1]:.2f}")
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

    timed = in_turn(
        {"made": lambda: [tree.inclusion_proof(index, size) for index in some], "verified": check},
        options.runs,
        len(some),
        time.process_time,
    )
    growth = in_turn(
        {"made": lambda: [tree.consistency_proof(first, size) for first in firsts], "verified": check_growth},
        options.runs,
        len(firsts),
        time.process_time,
    )
    built = in_turn({"tree built": build}, options.runs, size, time.process_time)
    print(f"proofs: inclusion, then consistency, in a tree of {size:,} entries, one core")
    for one in (timed, growth):
        for name in one.seconds:
            print(one.line(name, "proofs "))
    print(built.line("tree built", "leaves "))
    good = min(timed.rate("made"), timed.rate("verified")) >= PROOFS_GOAL
    print(f"  goal {PROOFS_GOAL:,} inclusion proofs/s: {'met' if good else 'NOT MET'}")
    return good


# --- records ----------------------------------------------------------------------------------------------------------


def records(options: argparse.Namespace) -> bool:
    """Each station has keys of its own, as in a real election, so each record also brings five keys that were never used before."""
    from tallyproof.record.ledger import Ledger
    from tallyproof.record.note import parse, parse_vkey
    from tallyproof.record.signing import Verify, is_signed
    from tallyproof_log.fast import fastest

    shape = Shape(stations=min(options.stations, 4_000), contests=12)
    start, several = list(biglog.before(shape)), list(biglog.records(shape))
    keys = {(key.name, key.key_id): Ed25519PublicKey.from_public_bytes(key.public) for key in map(parse_vkey, biglog.vkeys(shape))}
    signed = [(keys[one.name, one.key_id], one.raw, found.text.encode()) for found in map(parse, several) for one in found.signatures]

    def no_root(size: int) -> bytes:
        raise AssertionError("no record asks for a root")

    def begun(verify: Verify) -> Iterator[Ledger]:
        for _ in range(options.runs):
            ledger = Ledger(biglog.ORIGIN, verify=verify)
            for one in start:
                ledger.accept(one, no_root)
            yield ledger

    waiting = {"ledger": iter(list(begun(is_signed))), "libsodium": iter(list(begun(fastest())))}

    def fold(name: str) -> None:
        ledger = next(waiting[name])
        for one in several:
            ledger.accept(one, no_root)

    def bare() -> None:
        for key, signature, message in signed:
            key.verify(signature, message)

    tasks: dict[str, Callable[[], object]] = {"ledger": lambda: fold("ledger"), "bare": bare}
    if fastest() is not is_signed:
        tasks["libsodium"] = lambda: fold("libsodium")
    timed = in_turn(tasks, options.runs, len(several), time.process_time)
    share = timed.rate("ledger") / timed.rate("bare")
    print(f"records: {len(several):,} of {len(signed) // len(several)} signatures each, read, verified and folded, one core")
    for one in timed.seconds:
        print(timed.line(one, "records"))
    good = share >= SHARE_GOAL and max(timed.rate(name) for name in tasks if name != "bare") >= RECORDS_GOAL
    print(f"  ledger / bare {share:.0%} (goal {SHARE_GOAL:.0%}, and {RECORDS_GOAL:,} records/s: {'met' if good else 'NOT MET'})   "
          f"bare {timed.rate('bare') * len(signed) / len(several):,.0f} signatures/s")  # fmt: skip
    return good


# --- whole ------------------------------------------------------------------------------------------------------------


def whole(options: argparse.Namespace) -> bool:
    from tests.interop import made

    shape = Shape(stations=options.stations, contests=max(1, options.stations * CONTESTS // STATIONS))
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = (options.keep or Path(name)) / f"log-{shape.stations}-{shape.contests}-{shape.agents}"
        if not (folder / "authority").exists():
            made.write(folder, shape)
        answers = {which: Path(name) / f"{which}.json" for which in ("core", "verify", "browser")}
        commands: dict[str, list[str | Path]] = {
            "core": [sys.executable, "-c", "from tallyproof.cli import main; main()", "verify", folder, "--json", answers["core"]],
            "verify": [sys.executable, "-m", "tallyproof_verify", folder, "--json", answers["verify"]],
        }
        if node := shutil.which("node"):
            commands["browser"] = [node, ROOT / "src/tallyproof_verify/browser/verify.js", folder, "--json"]
        seen: dict[str, Run] = together(commands, runs=options.runs, outputs={"browser": answers["browser"]})
        print(f"whole: {shape.stations:,} stations, {1 + shape.agents} signatures a record, {shape.contests} declarations")
        good = True
        for which, run in seen.items():
            found = json.loads(answers[which].read_text(encoding="utf-8"))
            good &= bool(found["ok"]) and run.exit == 0
            every = " ".join(f"{one:.0f}" for one in run.seconds)
            verdict = "in order" if found["ok"] else "NOT IN ORDER"
            print(
                f"  {which:10} {run.median:7.1f} s   largest process {run.peak_mb:5} MB   {verdict}, {found['size']:,} entries   ({every})"
            )
    return good


PARTS: dict[str, Callable[[argparse.Namespace], bool]] = {"append": append, "records": records, "proofs": proofs, "whole": whole}


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
