"""What a witness remembers, in SQLite: every checkpoint that it cosigned, and what it refused although the log had signed it.

Deciding and writing are one transaction, and the disk has it before anybody gets a cosignature. A database belongs to the keys it was made
with, and is never made by the way: a witness without its memory could be led to sign another history. Whoever lost the database, or put an
older copy of it back, takes new keys.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tallyproof.errors import TallyproofError
from tallyproof.log.checkpoint import CheckpointError, parse_note
from tallyproof.log.witness import Cosigned, Cosigner, Refusal, Signed, Suspicion, decide
from tallyproof.record.note import Signature

MAX_EVIDENCE = 1_000
"""Kept suspicions of a log and kind: a log that signs at random must not fill the disk."""
_VERSION = 1
_SCHEMA = """
create table witness (keys text not null);
create table cosigned (
    origin text not null, size integer not null, time integer not null, note blob not null, primary key (origin, size)
);
create table evidence (
    number integer primary key, origin text not null, kind text not null, size integer not null, root blob not null,
    noticed integer not null, note blob not null, cosigned blob, unique (origin, kind, size, root)
);
"""


class WitnessStoreError(TallyproofError):
    """The database cannot be used. Nothing was cosigned."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A checkpoint that the log signed and that does not fit; and, for a fork, the one of that size that was cosigned. Notes as bytes."""

    number: int
    origin: str
    kind: str
    size: int
    noticed: int
    note: bytes
    cosigned: bytes | None


class WitnessStore:
    """The database in ``path`` of the witness that signs as ``cosigner``, for any number of threads and processes.

    ``create`` makes it if it is not there: for new keys only. ``seconds`` is how long to wait for another one that writes.
    Raises WitnessStoreError.
    """

    def __init__(self, path: Path, cosigner: Cosigner, *, create: bool = False, seconds: float = 10) -> None:
        self.cosigner = cosigner
        self._path, self._seconds = path, seconds
        self._local = threading.local()
        self._guard = threading.Lock()
        self._all: list[sqlite3.Connection] = []
        self._closed = False
        if not (create or path.exists()):
            raise WitnessStoreError(f"{path} is not there", hint="a witness that lost its memory needs new keys; with new keys, create it")
        keys = "".join(f"{key}\n" for key in cosigner.vkeys)
        with _explained(path), self._writing() as database:
            version = database.execute("pragma user_version").fetchone()[0]
            if version == 0:
                for statement in _SCHEMA.split(";\n"):
                    database.execute(statement)
                database.execute("insert into witness (keys) values (?)", (keys,))
                database.execute(f"pragma user_version = {_VERSION}")
            elif version != _VERSION:
                raise WitnessStoreError(f"{path} was made by another version of this program", hint="use that version")
            elif database.execute("select keys from witness").fetchone() != (keys,):
                raise WitnessStoreError(f"{path} is the memory of other keys", hint="name the key files that it was made with")

    def close(self) -> None:
        with self._guard:
            self._closed = True
            for database in self._all:
                database.close()
            self._all.clear()

    def add_checkpoint(self, signed: Signed, now: int) -> Refusal | tuple[Signature, ...]:
        """Decide, remember, cosign, in this order for everybody else. Raises WitnessStoreError; then nothing was cosigned."""
        with _explained(self._path), self._writing() as database:
            checkpoint = signed.checkpoint
            latest = _latest(database, checkpoint.origin)
            same_size = _of_size(database, checkpoint.origin, checkpoint.size)
            refusal = decide(signed, latest, same_size)
            if refusal is not None:
                if refusal.suspicion:
                    _keep(database, signed, refusal.suspicion, same_size, now)
                return refusal
            state, signatures = self.cosigner.cosign(signed, latest, now)
            database.execute(
                "insert into cosigned (origin, size, time, note) values (?, ?, ?, ?)"
                " on conflict (origin, size) do update set time = excluded.time, note = excluded.note",
                (checkpoint.origin, checkpoint.size, state.time, state.note.to_bytes()),
            )
        return signatures

    def latest(self, origin: str) -> Cosigned | None:
        """The largest checkpoint of the log that was cosigned. Raises WitnessStoreError."""
        with _explained(self._path):
            return _latest(self._database(), origin)

    def evidence(self, limit: int = 100) -> list[Evidence]:
        """Forks first, then the newest. Raises WitnessStoreError."""
        with _explained(self._path):
            question = (
                "select number, origin, kind, size, noticed, note, cosigned from evidence order by kind != 'fork', number desc limit ?"
            )
            return [Evidence(*row) for row in self._database().execute(question, (limit,))]

    def _database(self) -> sqlite3.Connection:
        """The connection of this thread."""
        found: sqlite3.Connection | None = getattr(self._local, "database", None)
        if found is None:
            with self._guard:
                if self._closed:
                    raise WitnessStoreError(f"{self._path} is closed", hint="open it again")
                found = sqlite3.connect(self._path, timeout=self._seconds, isolation_level=None, check_same_thread=False)
                self._all.append(found)
            found.execute("pragma journal_mode = wal")
            # In WAL, less than this may lose the last transactions when the power fails: cosignatures would be out that nobody remembers.
            found.execute("pragma synchronous = full")
            self._local.database = found
        return found

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that nobody else decides in; what was written is on the disk when it ends without an error."""
        database = self._database()
        database.execute("begin immediate")
        try:
            yield database
            database.execute("commit")
        except BaseException:
            with suppress(sqlite3.Error):
                database.execute("rollback")
            raise


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, CheckpointError) as error:
        hint = "is the disk full, or another program writing for long? If the file is damaged, replace the witness's keys"
        raise WitnessStoreError(f"{path} cannot be used: {error}", hint=hint) from error


def _latest(database: sqlite3.Connection, origin: str) -> Cosigned | None:
    found = database.execute("select note, time from cosigned where origin = ? order by size desc limit 1", (origin,)).fetchone()
    return _cosigned(*found) if found else None


def _of_size(database: sqlite3.Connection, origin: str, size: int) -> Cosigned | None:
    found = database.execute("select note, time from cosigned where origin = ? and size = ?", (origin, size)).fetchone()
    return _cosigned(*found) if found else None


def _cosigned(data: bytes, time: int) -> Cosigned:
    checkpoint, note = parse_note(data)
    return Cosigned(checkpoint, note, time)


def _keep(database: sqlite3.Connection, signed: Signed, suspicion: Suspicion, same_size: Cosigned | None, now: int) -> None:
    origin, size, root = signed.checkpoint.origin, signed.checkpoint.size, signed.checkpoint.root
    count = database.execute("select count(*) from evidence where origin = ? and kind = ?", (origin, suspicion.kind)).fetchone()[0]
    if count < MAX_EVIDENCE:
        earlier = same_size.note.to_bytes() if same_size else None
        database.execute(
            "insert or ignore into evidence (origin, kind, size, root, noticed, note, cosigned) values (?, ?, ?, ?, ?, ?, ?)",
            (origin, suspicion.kind, size, root, now, suspicion.note.to_bytes(), earlier),
        )
