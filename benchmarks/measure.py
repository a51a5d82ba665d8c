"""Running a command or a function several times: median seconds, peak memory."""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Run(NamedTuple):
    """One command, several times."""

    seconds: tuple[float, ...]
    peak_mb: int
    """largest resident set of any of the runs, in 10^6 bytes"""
    exit: int

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def once(command: Sequence[str | Path], *, output: Path | None = None) -> tuple[float, int, int]:
    """Seconds, peak resident memory in bytes, exit status of a command; its output goes to a file or nowhere.

    The peak is that of the process itself as the kernel accounts it (``wait4``), interpreter and libraries included.
    """
    target = os.open(output or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    words = [str(word) for word in command]
    begin = time.perf_counter()
    child = os.posix_spawnp(words[0], words, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, target, 1)])
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - begin
    os.close(target)
    return seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024), os.waitstatus_to_exitcode(status)


def together(commands: dict[str, Sequence[str | Path]], *, runs: int, outputs: dict[str, Path] | None = None) -> dict[str, Run]:
    """Run the commands in turn, ``runs`` times each: what slows the machine slows all of them."""
    seen: dict[str, list[tuple[float, int, int]]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            seen[name].append(once(command, output=(outputs or {}).get(name)))
    return {
        name: Run(tuple(s for s, _, _ in every), max(peak for _, peak, _ in every) // 10**6, every[-1][2]) for name, every in seen.items()
    }


def machine() -> str:
    """What the reader must know of the machine, without naming it."""
    processor = next(
        (line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")),
        "unknown processor",
    )
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores ({processor}), Python {sys.version.split()[0]}, load {os.getloadavg()[0]:.1f}"
