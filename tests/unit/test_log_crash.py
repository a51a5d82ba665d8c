"""Whatever happens while a log is written, every acknowledged entry is there afterwards, the log is sound, and the next writer goes on."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from tallyproof.log.audit import Audit
from tallyproof.log.checkpoint import Checkpoint, parse_note
from tallyproof_log.disk import StoreError, reader
from tallyproof_log.store import LogWriter
from tests.support.disks import Crash, FastDisk, FaultyDisk, ForgetfulDisk, points
from tests.support.logs import BOTH, SIGNER, TIME, entries_of, policy_of

POLICY = policy_of()
BATCHES = [250, 1, 10, 300, 2]
"""From a partial bundle to a full one, beyond it, over two at once; partial tiles go."""


def append_all(folder: Path, disk: FastDisk, start: int, told: list[int], signed: list[Checkpoint]) -> None:
    """The rest of the batches, from ``start`` entries on. ``told`` gets what was acknowledged, ``signed`` what witnesses were asked."""
    log = LogWriter(folder, SIGNER, lambda: TIME, create=True, disk=disk)
    log.cosign = lambda note: signed.append(parse_note(note.to_bytes())[0]) or ()
    try:
        at = 0
        for batch in BATCHES:
            at += batch
            if start < at:
                told += [index for index in log.append(entries_of(at, start)) if isinstance(index, int)]
                start = at
    finally:
        log.close()


def sound(folder: Path, seen: list[Checkpoint]) -> list[bytes]:
    audit = Audit(reader(folder), POLICY, seen=seen)
    entries = [entry for _, entry in audit.entries()]
    assert audit.problems == ()
    return entries


def goes_on(folder: Path, told: list[int], signed: list[Checkpoint]) -> None:
    """After a crash: sound as it lies there, then with a new writer, which needs nobody's hand; nothing that was told or signed is lost."""
    if (folder / "checkpoint").exists():
        # Witnesses may know a larger tree already, which the next writer is to reach before anything else.
        assert sound(folder, [])[: len(told)] == entries_of(len(told))
    else:
        assert not told
    with LogWriter(folder, SIGNER, lambda: TIME, create=True, disk=FastDisk()) as log:
        size = log.checkpoint.size
    entries = sound(folder, signed)
    assert entries == entries_of(size)
    assert size >= len(told)
    append_all(folder, FastDisk(), size, [], [])
    assert sound(folder, signed) == entries_of(sum(BATCHES))


@pytest.mark.parametrize("how", ["before", "after", "torn", "refused"])
def test_a_crash_at_every_operation(tmp_path: Path, how: str) -> None:
    done = 0

    def run(at: int) -> bool:
        nonlocal done
        folder = tmp_path / f"{at}"
        told: list[int] = []
        signed: list[Checkpoint] = []
        disk = FaultyDisk(at, how)
        with contextlib.suppress(Crash, StoreError):
            append_all(folder, disk, 0, told, signed)
        assert told == list(range(len(told)))
        goes_on(folder, told, signed)
        shutil.rmtree(folder)
        done = disk.done
        return disk.done > at

    assert sum(1 for _ in points(run)) == done > 80


def test_after_an_error_of_the_disk_the_writer_is_done(tmp_path: Path) -> None:
    """At every operation of an append: it says that it failed, or the entry is in; then it refuses everything, and a new one goes on."""

    def run(at: int) -> bool:
        folder = tmp_path / f"{at}"
        with LogWriter(folder, SIGNER, lambda: TIME, create=True, disk=FastDisk()) as log:
            log.append(entries_of(255))
        opening = FaultyDisk(-1, "refused")
        log = LogWriter(folder, SIGNER, lambda: TIME, disk=opening)
        opening.at = opening.done + at
        failed = False
        try:
            assert log.append(entries_of(257, 255)) == [255, 256]
        except StoreError as error:
            failed = True
            assert "No space left" in error.message  # noqa: PT017
            with pytest.raises(StoreError, match="nothing is written any more"):
                log.append([b"more"])
        log.close()
        assert sound(folder, [])[:255] == entries_of(255)
        with LogWriter(folder, SIGNER, lambda: TIME, disk=FastDisk()) as log:
            if not failed:
                assert log.checkpoint.size == 257
        return opening.done > opening.at

    assert sum(1 for _ in points(run)) > 20


@pytest.mark.slow
@pytest.mark.parametrize("how", ["before", "after"])
def test_a_power_cut_at_every_operation(tmp_path: Path, how: str) -> None:
    """Names that were not synced are there or not, in any combination."""
    chance = random.Random(2027)

    def run(at: int) -> bool:
        folder = tmp_path / f"{at}"
        folder.mkdir()
        told: list[int] = []
        signed: list[Checkpoint] = []
        disk = ForgetfulDisk(folder, at, how)
        with contextlib.suppress(Crash):
            append_all(folder, disk, 0, told, signed)
        for trial in range(2):
            found = tmp_path / f"{at}-{trial}"
            found.mkdir()
            disk.after_power_cut(chance, found)
            goes_on(found, told, signed)
            shutil.rmtree(found)
        shutil.rmtree(folder)
        return disk.done > at

    assert sum(1 for _ in points(run)) > 80


def test_the_power_cut_would_show_a_writer_that_does_not_wait(tmp_path: Path) -> None:
    """The same, with a writer for which waiting for a folder does nothing: what it acknowledged is lost, or it cannot go on."""

    class Careless(ForgetfulDisk):
        def _settle(self, folder: Path) -> None:
            pass

    chance, lost = random.Random(2027), 0
    for at in range(40, 100, 5):
        folder, found = tmp_path / f"{at}", tmp_path / f"{at}-found"
        folder.mkdir()
        found.mkdir()
        told: list[int] = []
        signed: list[Checkpoint] = []
        disk = Careless(folder, at, "before")
        with contextlib.suppress(Crash):
            append_all(folder, disk, 0, told, signed)
        disk.after_power_cut(chance, found)
        try:
            goes_on(found, told, signed)
        except (AssertionError, StoreError):
            lost += 1
    assert lost > 5


KILLS = int(os.environ.get("TALLYPROOF_KILLS", "200"))


@pytest.mark.slow
def test_kill_9_at_random_points(tmp_path: Path) -> None:
    """One log, killed again and again: half the times at a chosen operation, half at any moment from outside."""
    folder, chance = tmp_path / "log", random.Random(45)
    policy, told = policy_of(BOTH), dict[int, str]()
    seen: list[Checkpoint] = []
    at_once = 0
    command = [sys.executable, "-m", "tests.support.killed", str(folder)]
    killer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
    assert killer.stdin is not None
    assert killer.stdout is not None
    read_line: Callable[[], str] = killer.stdout.readline
    try:
        for number in range(KILLS):
            point = chance.randrange(60) if number % 2 else -chance.randrange(1, 120_000)
            killer.stdin.write(f"{number} {point}\n")
            before = len(told)
            while (line := read_line().strip()) != "end":
                index, _, digest = line.partition(" ")
                assert index.isdigit(), line
                assert int(index) not in told
                told[int(index)] = digest
            at_once += len(told) == before
            if not (folder / "checkpoint").exists():
                assert not told
                continue
            audit = Audit(reader(folder), policy, seen=seen[-3:])
            digests = [sha256(entry).hexdigest() for _, entry in audit.entries()]
            assert audit.problems == ()
            assert all(digests[index] == digest for index, digest in told.items())
            assert audit.checkpoint is not None
            seen.append(audit.checkpoint)
    finally:
        killer.kill()
        killer.communicate()
    # It was worth something only if kills came both before and after acknowledgements.
    assert len(told) > 10 * KILLS
    assert at_once > KILLS // 20
    assert len({one.size for one in seen}) > KILLS // 4
