"""Small files that a command is given: read with a limit, written with a reason if it cannot be done."""

from __future__ import annotations

from pathlib import Path

from tallyproof.errors import UsageError

SMALL = 1 << 20
"""Bytes of a policy, an entry, a timestamp, a checkpoint: all are far smaller."""


def read_small(path: Path, limit: int = SMALL) -> bytes:
    """At most ``limit`` bytes and one more, so that a reader sees what is too long. Raises UsageError."""
    try:
        with path.open("rb") as stream:
            return stream.read(limit + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", hint="check the path") from error


def write_file(path: Path, data: bytes, *, new: bool = False) -> None:
    """Write a file and the folders above it; with ``new`` only if it is not there. Raises UsageError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb" if new else "wb") as stream:
            stream.write(data)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", hint="name a place that you may write to") from error
