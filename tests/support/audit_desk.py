"""Somebody who runs the commands of an audit: key files and a log in one folder. Nothing here is a secret."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from click.testing import Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from tallyproof.cli.app import app
from tallyproof.errors import TallyproofError
from tallyproof.log.checkpoint import LogSigner
from tallyproof_log import keyfiles
from tallyproof_log.keyfiles import Passphrase, SecretKey
from tallyproof_log.store import LogWriter
from tests.support.audit_logs import AGENT, AUTHORITY, OPERATORS, PARTY
from tests.support.entry_logs import Writer
from tests.support.entry_values import key, vkey

WORDS = "correct horse battery"


def private(name: str) -> Ed25519PrivateKey:
    """That of ``tests.support.entry_values.key``."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"tests/support " + name.encode()).digest())


def fill(empty: Path, full: Path, counts: Mapping[str, Sequence[object] | None]) -> Path:
    """The sheet of a round with these counts typed in, by station in the order of the columns; None: absent."""
    with empty.open(encoding="utf-8", newline="") as stream:
        head, *rows = csv.reader(stream)
    with full.open("w", encoding="utf-8", newline="") as stream:
        made = csv.writer(stream)
        made.writerow(head)
        for station, *nothing in rows:
            assert not any(nothing)
            figures = counts.get(station, [""] * (len(head) - 2))
            made.writerow([station, "absent", *[""] * (len(head) - 2)] if figures is None else [station, "", *figures])
    return full


FILES = {"authority": AUTHORITY, "party": PARTY, "agent": AGENT, **{f"op{n}": f"{one}/NA-1" for n, one in enumerate(OPERATORS, 1)}}


def written(folder: Path, log: Writer) -> Desk:
    """The log of ``audit_logs`` in a folder, and key files of all who have to do with it."""
    with LogWriter(folder / "log", LogSigner(log.origin, private(log.origin)), lambda: 1_800_000_000, create=True) as writer:
        writer.append(log.entries)
    (folder / "log" / "policy").write_text(f"log {vkey(log.origin)}\nquorum none\n", encoding="utf-8")
    (folder / "log" / "authority").write_text(f"{vkey(AUTHORITY)}\n", encoding="utf-8")
    (folder / "pass").write_text(WORDS + "\n", encoding="utf-8")
    for file, name in {**FILES, "log": log.origin, "stranger": "stranger.example"}.items():
        keyfiles.write(folder / f"{file}.key", SecretKey(key(name).vkey, private(name)), Passphrase(WORDS))
    return Desk(folder)


class Desk:
    """``log`` and key files in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, folder / "log"

    def run(self, command: str, *words: object, by: tuple[str, ...] = (), typed: str = "", code: int | None = 0) -> Result:
        """``code`` below 0: an error with a hint is expected; None: any."""
        signed = [part for one in by for part in ("--key", self.folder / f"{one}.key")]
        signed += ["--log-key", self.folder / "log.key", "--passphrase-file", self.folder / "pass"] if by else []
        done = CliRunner().invoke(app, [str(word) for word in ("audit", command, *words, *signed)], input=typed)
        if code is not None and code < 0:
            assert isinstance(done.exception, TallyproofError), done.output
        else:
            assert code in (None, done.exit_code), (done.output, done.exception)
        return done

    def refused(self, command: str, *words: object, by: tuple[str, ...] = (), typed: str = "") -> str:
        """Message and hint of the error; the log is as it was."""
        before = (self.log / "checkpoint").read_bytes()
        error = self.run(command, *words, by=by, typed=typed, code=-1).exception
        assert isinstance(error, TallyproofError)
        assert error.hint
        assert (self.log / "checkpoint").read_bytes() == before
        return f"{error.message} {error.hint}"
