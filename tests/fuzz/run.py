"""Random bytes for every reader, by atheris (libFuzzer), each target in a process of its own for its share of the time.

    python tests/fuzz/run.py --seconds 600            all targets
    python tests/fuzz/run.py --seconds 60 note log    some

What breaks a target is kept in --keep (out/fuzz) and named at the end; exit 1. Broken inputs become tests in tests/fuzz/test_readers.py.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]


def one_target(name: str, arguments: list[str]) -> None:
    """In the process of its own: does not return."""
    import atheris

    with atheris.instrument_imports(include=["tallyproof", "tallyproof_verify", "tallyproof_log"]):
        from tests.fuzz.everything import TARGETS

    atheris.Setup([name, *arguments], TARGETS[name])
    atheris.Fuzz()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", help="only these")
    parser.add_argument("--seconds", type=int, default=600, help="for all targets together")
    parser.add_argument("--keep", type=Path, default=ROOT / "out/fuzz", help="where broken inputs go")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    from tests.fuzz.everything import TARGETS, seeds

    names = options.targets or list(TARGETS)
    share = max(1, options.seconds // len(names))
    options.keep.mkdir(parents=True, exist_ok=True)
    broken = []
    for name in names:
        with tempfile.TemporaryDirectory() as corpus:
            for number, seed in enumerate(seeds(name)):
                (Path(corpus) / f"seed-{number}").write_bytes(seed)
            arguments = [
                corpus, f"-max_total_time={share}", f"-seed={options.seed}", f"-artifact_prefix={options.keep}/{name}-",
                "-rss_limit_mb=2048", "-timeout=20", "-max_len=70000",
            ]  # fmt: skip
            command = [sys.executable, __file__, "--one", name, *arguments]
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        runs = re.search(r"Done (\d+) runs in (\d+) second|stat::number_of_executed_units: *(\d+)", done.stderr)
        covered = re.findall(r"cov: (\d+)", done.stderr)
        print(f"{name:10} {runs[0] if runs else 'stopped':34} cov {covered[-1] if covered else '?':>5}   {'ok' if not done.returncode else 'BROKEN'}")
        if done.returncode:
            broken.append(name)
            print("\n".join(done.stderr.splitlines()[-25:]))
    return 1 if broken else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one_target(sys.argv[2], sys.argv[3:])
    sys.exit(main())
