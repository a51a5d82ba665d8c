"""The writer of a log folder: what is acknowledged is there; nothing is written over; who may not write is told."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from pathlib import Path

import pytest

from tallyproof.errors import RuleError, TallyproofError
from tallyproof.log.audit import Audit
from tallyproof.log.checkpoint import Checkpoint, LogSigner, cosign, parse_note
from tallyproof.log.merkle import EMPTY_ROOT, Tree
from tallyproof.log.tiles import MAX_ENTRY, encode_bundle
from tallyproof.record.note import Note, Signature
from tallyproof_log.disk import Disk, StoreError, reader
from tallyproof_log.sequencer import Sequencer
from tallyproof_log.store import LogWriter, Outcome
from tests.support.disks import FastDisk, FaultyDisk
from tests.support.logs import BOTH, ORIGIN, SIGNER, TIME, ed_key, entries_of, policy_of


def writer(folder: Path, signer: LogSigner = SIGNER, **more: object) -> LogWriter:
    return LogWriter(folder, signer, lambda: TIME, **({"create": True, "disk": FastDisk()} | more))  # type: ignore[arg-type]


def audited(folder: Path, signer: LogSigner = SIGNER) -> list[bytes]:
    audit = Audit(reader(folder), policy_of(signer))
    entries = [entry for _, entry in audit.entries()]
    assert audit.problems == ()
    return entries


def test_a_new_log_is_empty_and_signed(tmp_path: Path) -> None:
    with writer(tmp_path / "a" / "log", BOTH, disk=Disk()) as log:
        assert log.checkpoint == Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    assert audited(tmp_path / "a" / "log", BOTH) == []


@pytest.mark.parametrize("batches", [[1, 1, 1], [255, 1, 1], [256], [257, 255, 300], [0, 3, 0], [65_535, 1, 1], [65_537, 70]])
def test_entries_are_there_after_each_append_and_each_restart(tmp_path: Path, batches: list[int]) -> None:
    at, entries = 0, entries_of(sum(batches))
    for batch in batches:
        with writer(tmp_path) as log:
            assert log.append(entries[at : at + batch]) == list(range(at, at + batch))
            at += batch
            assert log.checkpoint == Checkpoint(ORIGIN, at, Tree(entries[:at]).root())
            assert parse_note((tmp_path / "checkpoint").read_bytes()) == (log.checkpoint, log.note)
            for start in {0, at // 2, at}:
                assert list(log.entries(start)) == entries[start:at]
    assert audited(tmp_path) == entries


def test_partial_tiles_stay_until_the_full_one_is_there(tmp_path: Path) -> None:
    with writer(tmp_path) as log:
        checkpoints = []
        for at in range(0, 255, 51):
            log.append(entries_of(at + 51, at))
            checkpoints.append((tmp_path / "checkpoint").read_bytes())
        folder = tmp_path / "tile/entries/000.p"
        assert sorted(int(part.name) for part in folder.iterdir()) == [51, 102, 153, 204, 255]
        log.append(entries_of(256, 255))
        assert not folder.exists()
        assert not (tmp_path / "tile/0/000.p").exists()
    # Whoever holds an older checkpoint finds what it needs in the full tiles.
    for data in checkpoints:
        copy = {"checkpoint": data}
        read = reader(tmp_path)
        assert Audit(lambda path, copy=copy, read=read: copy[path] if path in copy else read(path), policy_of()).run() == ()  # type: ignore[misc]


def test_the_work_of_an_append_does_not_grow_with_the_log(tmp_path: Path) -> None:
    """Operations and bytes written for one entry, at 300 entries and at 20,300, and for opening."""

    class Counting(FaultyDisk):
        written = 0

        def create(self, path: Path, data: bytes) -> None:
            self.written += len(data)
            super().create(path, data)

    seen = []
    for more in (300, 20_000):
        with writer(tmp_path) as log:
            log.append(entries_of(more))
        disk = Counting(-1, "")
        with writer(tmp_path, disk=disk) as log:
            opening = len(disk.log)
            log.append([b"one more"])
        seen.append((opening, len(disk.log), disk.written))
    assert seen[0][0] == seen[1][0] <= 10
    assert seen[1][1] <= seen[0][1] + 3
    assert seen[1][2] < 60_000


def test_one_writer_at_a_time_and_it_is_named(tmp_path: Path) -> None:
    with writer(tmp_path), pytest.raises(StoreError, match=f"process {os.getpid()} on"):
        writer(tmp_path)
    with writer(tmp_path):
        pass
    code = (
        "import sys, pathlib; from tallyproof_log.disk import FolderLock; lock = FolderLock(pathlib.Path(sys.argv[1]));"
        "print('held', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / ".lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(StoreError, match=f"process {other.pid} on"):
            writer(tmp_path)
    finally:
        other.kill()
        other.communicate()
    with writer(tmp_path) as log:
        assert log.append([b"a"]) == [0]


def test_entries_that_are_refused_leave_no_gap(tmp_path: Path) -> None:
    asked: list[tuple[int, bytes]] = []

    def accept(index: int, entry: bytes) -> None:
        asked.append((index, entry))
        if entry.startswith(b"bad"):
            raise RuleError("not this one", hint="another")

    with writer(tmp_path, accept=accept) as log:
        outcomes = log.append([b"a", b"bad", b"", bytes(MAX_ENTRY + 1), b"b", bytes(MAX_ENTRY)])
        assert [one if isinstance(one, int) else one.message for one in outcomes] == [
            *(0, "not this one", "an entry has 1 to 65535 bytes, not 0", "an entry has 1 to 65535 bytes, not 65536", 1, 2)
        ]
        assert log.append([b"bad"])[0].__class__ is RuleError
        assert log.append([b"c"]) == [3]
    assert asked == [(0, b"a"), (1, b"bad"), (1, b"b"), (2, bytes(MAX_ENTRY)), (3, b"bad"), (3, b"c")]
    assert audited(tmp_path) == [b"a", b"b", bytes(MAX_ENTRY), b"c"]


def test_a_broken_acceptance_stops_the_writer(tmp_path: Path) -> None:
    """Who decides may have changed its mind half-way: nothing that it knows can be relied upon."""

    def accept(index: int, entry: bytes) -> None:
        raise ZeroDivisionError

    log = writer(tmp_path, accept=accept)
    with pytest.raises(ZeroDivisionError):
        log.append([b"a"])
    log.accept = lambda index, entry: None
    with pytest.raises(StoreError, match="nothing is written any more: ZeroDivisionError"):
        log.append([b"a"])
    log.close()
    assert audited(tmp_path) == []


def test_a_closed_writer_writes_nothing(tmp_path: Path) -> None:
    log = writer(tmp_path)
    log.close()
    log.close()
    with pytest.raises(StoreError, match="the writer is closed"):
        log.append([b"a"])
    with pytest.raises(StoreError, match="the writer is closed"):
        log.add_signatures(log.checkpoint, [])


# --- Folders that are not as they should be ---------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with writer(tmp_path / "log") as log:
        log.append(entries_of(300))
    return tmp_path / "log"


def refused(folder: Path, match: str, **more: object) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != ".lock"}
    with pytest.raises(StoreError, match=match):
        writer(folder, **more)  # type: ignore[arg-type]
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != ".lock"} == before


def test_folders_that_hold_no_log(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be used"):
        writer(tmp_path / "none", create=False)
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", "no log in this folder", create=False)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="cannot be used"):
        writer(tmp_path / "file")


def test_a_log_without_its_checkpoint_is_not_begun_anew(folder: Path) -> None:
    (folder / "checkpoint").unlink()
    refused(folder, "has entries and no checkpoint")


def test_a_checkpoint_that_is_not_ours(folder: Path) -> None:
    refused(folder, "not signed by this key", signer=LogSigner(ORIGIN, ed_key("another")))
    refused(folder, "not signed by this key", signer=LogSigner("another.example", ed_key("log")))
    (folder / "checkpoint").write_bytes(b"nothing")
    refused(folder, "the checkpoint is damaged")


@pytest.mark.parametrize("path", ["tile/entries/001.p/44", "tile/0/001.p/44", "tile/1/000.p/1"])
@pytest.mark.parametrize("how", ["missing", "cut", "changed"])
def test_a_damaged_edge_is_not_built_upon(folder: Path, path: str, how: str) -> None:
    place = folder / path
    data = place.read_bytes()
    if how == "missing":
        place.unlink()
    else:
        place.write_bytes(data[:-1] if how == "cut" else data[:-1] + bytes([data[-1] ^ 1]))
    refused(folder, "the log is damaged")


def test_a_file_with_another_content_stops_the_writer(folder: Path) -> None:
    log = writer(folder)
    place = folder / "tile/0/001.p/45"
    place.write_bytes(b"somebody else was here")
    with pytest.raises(StoreError, match=r"tile/0/001\.p/45 is there with another content"):
        log.append([b"one"])
    assert place.read_bytes() == b"somebody else was here"
    with pytest.raises(StoreError, match="nothing is written any more"):
        log.append([b"one"])
    log.close()
    assert audited(folder) == entries_of(300)
    refused(folder, "another content")


def test_an_old_checkpoint_that_was_put_back_loses_nothing(folder: Path) -> None:
    """Witnesses may have signed the longer log: a writer that began again at the old size would fork it."""
    old = (folder / "checkpoint").read_bytes()
    with writer(folder) as log:
        log.append(entries_of(310, 300))
        log.append(entries_of(20_000, 310))
        new = log.checkpoint
    (folder / "checkpoint").write_bytes(old)
    with writer(folder) as log:
        assert log.checkpoint == new
        assert log.append([b"more"]) == [20_000]
    assert audited(folder) == [*entries_of(20_000), b"more"]


def test_what_lies_beyond_the_checkpoint_must_follow_from_it(folder: Path) -> None:
    beyond = folder / "tile/entries/001.p/46"
    tail = entries_of(300, 256)
    beyond.write_bytes(encode_bundle([b"changed", *tail[1:], b"a", b"b"]))
    refused(folder, "does not begin with the published entries")
    beyond.write_bytes(encode_bundle([*tail, b"a", b"b"])[:-1])
    refused(folder, "beyond the checkpoint, is damaged")
    beyond.write_bytes(encode_bundle([*tail, b"a", b"b"]))
    with writer(folder) as log:
        assert log.checkpoint.size == 302
    assert audited(folder) == [*entries_of(300), b"a", b"b"]


# --- Signatures of witnesses ------------------------------------------------------------------------------------------


def test_witnesses_are_asked_before_or_after_publication(tmp_path: Path) -> None:
    asked: list[Note] = []

    def ask(note: Note) -> list[Signature]:
        asked.append(note)
        # The tree that is signed is on the disk already, and not yet published.
        assert (tmp_path / "tile/entries/000.p/1").exists()
        assert parse_note((tmp_path / "checkpoint").read_bytes())[0].size == 0
        return [cosign(parse_note(note.to_bytes())[0], "w1.example", ed_key("w1"), TIME)]

    with writer(tmp_path) as log:
        log.cosign = ask
        log.append([b"a"])
        assert len(asked) == 1
        audit = Audit(log.read, policy_of(SIGNER, ["w1", "w2"], "all", "group all all w1 w2\n"))
        assert [problem.code for problem in audit.run()] == ["quorum-missing"]
        late = cosign(log.checkpoint, "w2.example", ed_key("w2"), TIME)
        assert log.add_signatures(log.checkpoint, [late])
        assert audit.run() == ()
        assert log.add_signatures(log.checkpoint, [late])
        before = log.checkpoint
        log.cosign = None
        log.append([b"b"])
        assert not log.add_signatures(before, [late])
        assert len(log.note.signatures) == 1


# --- Batches ------------------------------------------------------------------------------------------------------


def test_many_threads_one_order(tmp_path: Path) -> None:
    batches: list[int] = []
    with writer(tmp_path) as log:

        def append(entries: object) -> list[Outcome]:
            batches.append(len(entries))  # type: ignore[arg-type]
            return log.append(entries)  # type: ignore[arg-type]

        with Sequencer(append, seconds=0.05) as sequencer:
            found: dict[int, bytes] = {}

            def work(thread: int) -> None:
                for i in range(40):
                    entry = b"%d/%d" % (thread, i)
                    found[sequencer.submit(entry).result(timeout=30)] = entry

            threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    entries = audited(tmp_path)
    assert entries == [found[index] for index in range(320)]
    assert len(batches) < 100


def test_a_batch_ends_with_its_number_or_its_time(tmp_path: Path) -> None:
    batches: list[int] = []

    def append(entries: object) -> list[Outcome]:
        batches.append(len(entries))  # type: ignore[arg-type]
        return list(range(len(entries)))  # type: ignore[arg-type]

    with Sequencer(append, seconds=60, batch=5) as sequencer:
        futures = [sequencer.submit(b"x") for _ in range(10)]
        assert [future.result(timeout=30) for future in futures] == [*range(5), *range(5)]
        last = sequencer.submit(b"x")
        time.sleep(0.05)
        assert not last.done()
    assert last.result(timeout=0) == 0
    assert batches == [5, 5, 1]
    with Sequencer(append, seconds=0.01) as sequencer:
        assert sequencer.submit(b"x").result(timeout=30) == 0


def test_a_refused_entry_is_told_to_its_sender_alone(tmp_path: Path) -> None:
    def append(entries: object) -> list[Outcome]:
        return [0, RuleError("no", hint="")]

    with Sequencer(append, seconds=60, batch=2) as sequencer:
        good, bad = sequencer.submit(b"a"), sequencer.submit(b"b")
        assert good.result(timeout=30) == 0
        with pytest.raises(RuleError, match="no"):
            bad.result(timeout=30)


def test_after_an_error_of_the_disk_nobody_is_told_that_all_is_well(tmp_path: Path) -> None:
    gate = threading.Event()

    def append(entries: object) -> list[Outcome]:
        gate.wait(30)
        raise StoreError("the disk is full", hint="")

    sequencer = Sequencer(append, seconds=0, batch=1)
    futures: list[Future[int]] = [sequencer.submit(b"a"), sequencer.submit(b"b")]
    gate.set()
    for future in futures:
        with pytest.raises(StoreError, match="the disk is full"):
            future.result(timeout=30)
    with pytest.raises(StoreError, match="takes no entries"):
        sequencer.submit(b"c")
    sequencer.close()


def test_a_closed_or_overfull_sequencer_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallyproof_log.sequencer.MAX_WAITING", 2)
    gate = threading.Event()

    def append(entries: object) -> list[Outcome]:
        gate.wait(30)
        return [7] * len(entries)  # type: ignore[arg-type]

    sequencer = Sequencer(append, seconds=0, batch=1)
    futures = [sequencer.submit(b"a")]

    def fill() -> None:
        for _ in range(10):
            futures.append(sequencer.submit(b"b"))

    with pytest.raises(StoreError, match="more to do"):
        fill()
    given_up = futures.pop()
    assert given_up.cancel()
    gate.set()
    sequencer.close()
    assert {future.result(timeout=0) for future in futures} == {7}
    with pytest.raises(StoreError, match="closed"):
        sequencer.submit(b"d")


# --- Reading ------------------------------------------------------------------------------------------------------


def test_the_reader_leads_nowhere_else(folder: Path, tmp_path: Path) -> None:
    read = reader(folder)
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    for path in ("../secret", "/etc/passwd", ".lock", "", ".", "tile", "tile/entries/000/", "./checkpoint", "tile/../checkpoint", "a\0b"):
        with pytest.raises(FileNotFoundError):
            read(path)
    (folder / "policy").symlink_to(secret)
    (folder / "images").symlink_to(tmp_path)
    (tmp_path / ("0" * 64)).write_bytes(b"secret")
    for path in ("policy", "images/" + "0" * 64):
        with pytest.raises(OSError, match="a link"):
            read(path)
    (folder / "policy").unlink()
    os.mkfifo(folder / "policy")
    (folder / "authority").mkdir()
    for path in ("policy", "authority"):
        with pytest.raises(OSError, match="not a regular file"):
            read(path)
    shutil.rmtree(folder / "authority")
    with (folder / "authority").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(OSError, match="too many"):
        read("authority")


def test_errors_are_the_projects_own() -> None:
    assert issubclass(StoreError, TallyproofError)
