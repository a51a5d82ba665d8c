"""The few things that the log asks of the operating system, a method each, so that a test can let any of them fail."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

from tallyproof.errors import TallyproofError
from tallyproof.log.layout import limit_of


class StoreError(TallyproofError):
    """The folder of a log cannot be used, or was found in a state that nobody should write over."""


class Disk:
    """The real one."""

    def read(self, path: Path) -> bytes:
        return path.read_bytes()

    def names(self, folder: Path) -> list[str]:
        """What is in a folder; nothing if there is none."""
        try:
            return sorted(os.listdir(folder))  # noqa: PTH208
        except FileNotFoundError:
            return []

    def mkdir(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)

    def create(self, path: Path, data: bytes) -> None:
        """Write a file, over whatever is there, and wait until the disk has it."""
        with path.open("wb", buffering=0) as file:
            view = memoryview(data)
            while view:
                view = view[file.write(view) :]
            os.fsync(file.fileno())

    def sync(self, path: Path) -> None:
        """Wait until the disk has a file, or the names in a folder."""
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)

    def replace(self, source: Path, target: Path) -> None:
        source.replace(target)

    def remove(self, path: Path) -> None:
        path.unlink()

    def rmdir(self, folder: Path) -> None:
        folder.rmdir()


class FolderLock:
    """One writer a folder. The operating system lets go of it when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        """Raises StoreError if another process, or another writer of this one, has it."""
        self._file = path.open("a+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.seek(0)
            holder = self._file.read(200).decode(errors="replace").strip() or "another process"
            self._file.close()
            raise StoreError(f"the log is being written by {holder}", hint="a log has one writer: end that one first") from error
        self._file.truncate(0)
        self._file.write(f"process {os.getpid()} on {socket.gethostname()}\n".encode())
        self._file.flush()

    def release(self) -> None:
        self._file.close()


def reader(folder: Path) -> Callable[[str], bytes]:
    """``read(path)`` for the files of the log in ``folder``, as the pure log wants it: paths of a log and regular files only, of bounded
    size, links not followed. It raises OSError, and FileNotFoundError for what is not there or is no path of a log."""
    root = os.path.realpath(folder)

    def read(path: str) -> bytes:
        limit = limit_of(path)
        if limit is None:
            raise FileNotFoundError(errno.ENOENT, "no file of a log", path)
        place = os.path.join(root, path)  # noqa: PTH118
        if os.path.realpath(place) != place:
            raise OSError(errno.ELOOP, "a link, not a file", path)
        # Not to wait for ever at a named pipe.
        number = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            state = os.fstat(number)
            if not stat.S_ISREG(state.st_mode):
                raise OSError(errno.EINVAL, "not a regular file", path)
            if state.st_size > limit:
                raise OSError(errno.EFBIG, f"{state.st_size} bytes are too many", path)
            with open(number, "rb", closefd=False) as file:
                return file.read(limit)
        finally:
            os.close(number)

    return read
