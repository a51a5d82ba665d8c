"""Broken inputs for every reader, each target in a process of its own for its share of the time.

    python tests/fuzz/run.py --seconds 600            all targets
    python tests/fuzz/run.py --seconds 60 note log    some

Half of the time goes to inputs near good ones (``near.py``), half to atheris (libFuzzer), which follows what is covered. Without atheris
all of it goes to the first. What breaks a target is kept in --keep (out/fuzz) and named at the end; exit 1. It then becomes a case of
``FOUND`` in tests/fuzz/test_readers.py.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import random
import re
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]


def followed(name: str, arguments: list[str]) -> None:
    """By atheris, in the process of its own: does not return."""
    import atheris

    with atheris.instrument_imports(include=["tallyproof", "tallyproof_verify", "tallyproof_log"]):
        from tests.fuzz.everything import TARGETS

    atheris.Setup([name, *arguments], TARGETS[name])
    atheris.Fuzz()


def near(name: str, seconds: float, seed: int, keep: Path) -> int:
    """Near good inputs, in the process of its own: 1 if one breaks the target."""
    from tests.fuzz.everything import TARGETS, seeds
    from tests.fuzz.near import altered

    draw, good, target = random.Random(seed), seeds(name), TARGETS[name]
    target(good[0])
    until, runs, broken = time.monotonic() + seconds, 0, 0
    while time.monotonic() < until and broken < 5:
        data = altered(good, draw)
        runs += 1
        try:
            target(data)
        except BaseException:
            broken += 1
            path = keep / f"{name}-near-{hashlib.sha256(data).hexdigest()[:16]}"
            path.write_bytes(data)
            traceback.print_exc()
            print(f"kept in {path}", file=sys.stderr)
    print(f"Done {runs} runs", file=sys.stderr)
    return 1 if broken else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", help="only these")
    parser.add_argument("--seconds", type=int, default=600, help="for all targets together")
    parser.add_argument("--keep", type=Path, default=ROOT / "out/fuzz", help="where broken inputs go")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--near", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.keep.mkdir(parents=True, exist_ok=True)
    if options.near:
        return near(options.near, options.seconds, options.seed, options.keep)
    from tests.fuzz.everything import TARGETS, seeds

    has_atheris = importlib.util.find_spec("atheris") is not None
    if not has_atheris:
        print("atheris is not installed: only inputs near good ones")
    names = options.targets or list(TARGETS)
    share = max(1, options.seconds // len(names) // (2 if has_atheris else 1))
    broken = set()
    for name in names:
        plain = [
            sys.executable,
            __file__,
            "--near",
            name,
            "--seconds",
            str(share),
            "--seed",
            str(options.seed),
            "--keep",
            str(options.keep),
        ]
        ways = {"near": plain}
        with tempfile.TemporaryDirectory() as corpus:
            for number, seed in enumerate(seeds(name)):
                (Path(corpus) / f"seed-{number}").write_bytes(seed)
            if has_atheris:
                ways["atheris"] = [
                    *(sys.executable, __file__, "--one", name, corpus, f"-max_total_time={share}", f"-seed={options.seed}"),
                    *(f"-artifact_prefix={options.keep}/{name}-", "-rss_limit_mb=2048", "-timeout=20", "-max_len=70000"),
                ]
            for way, command in ways.items():
                done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
                runs = re.search(r"Done (\d+) runs", done.stderr)
                covered = re.findall(r"cov: (\d+)", done.stderr)
                count = f"{int(runs[1]):,} inputs" if runs else "stopped"
                coverage = f"{covered[-1]} branches" if covered else ""
                print(f"{name:14} {way:8} {count:>18} {coverage:>14}   {'BROKEN' if done.returncode else 'ok'}", flush=True)
                if done.returncode:
                    broken.add(name)
                    print("\n".join(line for line in done.stderr.splitlines() if not line.startswith(("INFO", "WARNING")))[-6_000:])
    print(f"broken: {', '.join(sorted(broken))}" if broken else "nothing broke")
    return 1 if broken else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        followed(sys.argv[2], sys.argv[3:])
    sys.exit(main())
