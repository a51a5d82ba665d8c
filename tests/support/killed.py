"""A process that writes a log until it is killed: ``python -m tests.support.killed FOLDER``.

It forks a writer for each line of its input, ``SEED AT``: the writer kills itself at its ``AT``-th operation of the disk, on one side of it
or the other; or, if ``AT`` is negative, is killed from outside after ``-AT`` microseconds. Each acknowledged entry is told in a line,
``INDEX SHA256``, then comes ``end``.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

from tallyproof_log.store import LogWriter
from tests.support.disks import FaultyDisk
from tests.support.logs import BOTH, TIME


class Deadly(FaultyDisk):
    """The real files (``kill -9`` loses nothing that was written), and death in the place of an error."""

    def _step(self, name: str, act: Any, *arguments: Any) -> Any:
        try:
            return super()._step(name, act, *arguments)
        except BaseException as error:
            if isinstance(error, Exception):
                raise
            os.kill(os.getpid(), signal.SIGKILL)
            raise


def write(folder: Path, seed: int, at: int, acknowledged: int) -> None:
    """Appends batches of all sizes, for longer than it will live."""
    chance = random.Random(seed)
    disk = Deadly(at, chance.choice(["before", "after", "torn"]))
    log = LogWriter(folder, BOTH, lambda: TIME, create=True, disk=disk)
    for _ in range(1_000):
        entries = [b"%d %d" % (seed, chance.getrandbits(60)) for _ in range(chance.choice([1, 1, 2, 7, 40, 300]))]
        indices = log.append(entries)
        lines = [f"{index} {sha256(entry).hexdigest()}\n" for index, entry in zip(indices, entries, strict=True)]
        os.write(acknowledged, "".join(lines).encode())


def main() -> None:
    folder = Path(sys.argv[1])
    for line in sys.stdin:
        seed, at = map(int, line.split())
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.close(reading)
            try:
                write(folder, seed, at, writing)
            except BaseException as error:
                os.write(writing, f"error {error!r}\n".encode())
            os._exit(1)
        os.close(writing)
        if at < 0:
            time.sleep(-at / 1e6)
            os.kill(child, signal.SIGKILL)
        with os.fdopen(reading, "rb") as pipe:
            told = pipe.read()
        os.waitpid(child, 0)
        # A line may have been cut short: then nobody was told.
        print(told[: told.rfind(b"\n") + 1].decode() + "end", flush=True)


if __name__ == "__main__":
    main()
