"""Somebody who runs the commands of an audit: key files and a log in one folder. Nothing here is a secret."""

from __future__ import annotations

import hashlib
from pathlib import Path

from click.testing import Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from tallyproof.cli.app import app
from tallyproof.errors import TallyproofError

WORDS = "correct horse battery"


def private(name: str) -> Ed25519PrivateKey:
    """That of ``tests.support.entry_values.key``."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"tests/support " + name.encode()).digest())


class Desk:
    """``log`` and key files in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, folder / "log"

    def run(self, command: str, *words: object, by: tuple[str, ...] = (), typed: str = "", code: int = 0) -> Result:
        """``code`` below 0: an error with a hint is expected."""
        signed = [part for one in by for part in ("--key", self.folder / f"{one}.key")]
        signed += ["--log-key", self.folder / "log.key", "--passphrase-file", self.folder / "pass"] if by else []
        done = CliRunner().invoke(app, [str(word) for word in ("audit", command, *words, *signed)], input=typed)
        if code < 0:
            assert isinstance(done.exception, TallyproofError), done.output
        else:
            assert done.exit_code == code, (done.output, done.exception)
        return done

    def refused(self, command: str, *words: object, by: tuple[str, ...] = (), typed: str = "") -> str:
        """Message and hint of the error; the log is as it was."""
        before = (self.log / "checkpoint").read_bytes()
        error = self.run(command, *words, by=by, typed=typed, code=-1).exception
        assert isinstance(error, TallyproofError)
        assert error.hint
        assert (self.log / "checkpoint").read_bytes() == before
        return f"{error.message} {error.hint}"
