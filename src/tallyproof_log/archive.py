"""The files of a log in a .zip or .tar, read without trusting names, sizes or compression."""

from __future__ import annotations

import errno
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tallyproof.errors import InputError, Problem
from tallyproof.formats.archive import READ_ERRORS, directory_size, reason
from tallyproof.log.layout import limit_of

MAX_FILES = 400_000
MAX_DIRECTORY = 1 << 26
"""Bytes of the list of files in a .zip."""
MAX_TOTAL = 1 << 36
MAX_RATIO = 200
"""Uncompressed to compressed bytes of a file that has more than ``RATIO_FROM``."""
RATIO_FROM = 1 << 20
_LEFT_OUT = {".lock", ".new"}
"""What a writer keeps in the folder besides the log."""
_ERRORS = (*READ_ERRORS, tarfile.TarError)

Open = Callable[[], IO[bytes]]


class _Members:
    """What an archive lists, while it is being looked at."""

    def __init__(self, archive: str) -> None:
        self.files: dict[str, tuple[int, Open]] = {}
        self.problems: list[Problem] = []
        self._archive = archive
        self._total = 0

    def wrong(self, code: str, message: str, mend: str, name: str = "") -> None:
        shown = "".join(char if char.isprintable() else "?" for char in name)[:200]
        self.problems.append(Problem(file=shown or self._archive, code=code, message=message, mend=mend))

    def add(self, name: str, size: int, opened: Open) -> None:
        if name in self.files:
            self.wrong("duplicate-file", "the archive has two files of this name", "export the log again", name)
        self._total += size
        if self._total > MAX_TOTAL or len(self.files) >= MAX_FILES:
            raise _Refused("too-large-file", f"more than {MAX_FILES} files or {MAX_TOTAL} bytes", "use a folder")
        self.files[name] = (size, opened)

    def checked(self) -> dict[str, tuple[int, Open]]:
        """The files by their path in the log, below the one top folder that archiving programs like to add."""
        tops = [name[: -len("checkpoint")] for name in self.files if name == "checkpoint" or name.endswith("/checkpoint")]
        tops = [top for top in tops if top.count("/") <= 1]
        if len(tops) != 1:
            self.wrong("checkpoint-missing", "there is no checkpoint, or more than one", "archive one log, from inside its folder")
            return {}
        files: dict[str, tuple[int, Open]] = {}
        for name, (size, opened) in self.files.items():
            path = name.removeprefix(tops[0]) if name.startswith(tops[0]) else ""
            limit = limit_of(path)
            if path in _LEFT_OUT:
                continue
            if limit is None:
                self.wrong("unsafe-path", "no log has a file of this name", "export the log again, with nothing else", name)
            elif size > limit:
                self.wrong("too-large-file", f"unpacks to {size} bytes; {limit} are allowed", "export the log again", name)
            files[path] = (size, opened)
            if len(self.problems) > 1_000:
                break
        return files


class _Refused(Exception):
    """The archive as a whole is not looked at any further: code, message, mend."""


class LogArchive:
    """A log in an archive. ``read(path)`` raises OSError (FileNotFoundError), as the pure log wants it."""

    def __init__(self, files: dict[str, tuple[int, Open]]) -> None:
        self._files = files

    @property
    def names(self) -> list[str]:
        """Paths in the log, in order."""
        return sorted(self._files)

    def read(self, path: str) -> bytes:
        if path not in self._files:
            raise FileNotFoundError(errno.ENOENT, "no such file in the archive", path)
        size, opened = self._files[path]
        try:
            with opened() as file:
                # One byte more than it may have: a list of files can lie about sizes.
                data = file.read(size + 1)
        except _ERRORS as error:
            raise OSError(errno.EIO, f"cannot be unpacked: {reason(error)}", path) from error
        if len(data) != size:
            raise OSError(errno.EIO, f"unpacks to another size than {size} bytes", path)
        return data


@contextmanager
def open_archive(path: Path) -> Iterator[LogArchive]:
    """The log in a .zip or an uncompressed .tar, every name and size of which was checked. Raises InputError with all problems."""
    members = _Members(path.name)
    file: zipfile.ZipFile | tarfile.TarFile | None = None
    try:
        try:
            if not path.is_file():
                raise _Refused("not-found", "there is no such file", "check the path")
            if zipfile.is_zipfile(path):
                count, size = directory_size(path)
                if count > MAX_FILES or size > MAX_DIRECTORY:
                    raise _Refused("too-many-files", f"the archive lists {count} files; {MAX_FILES} are allowed", "use a folder")
                file = zipfile.ZipFile(path)
                _list_zip(file, members)
            else:
                file = tarfile.TarFile.open(path, "r:")
                _list_tar(file, members)
            files = members.checked()
        except _Refused as error:
            members.wrong(*error.args)
        except _ERRORS as error:
            members.wrong("unreadable-file", f"neither a .zip nor an uncompressed .tar: {reason(error)}", "export the log again")
        if members.problems:
            raise InputError(
                "the archive is refused", problems=tuple(members.problems), hint="get the log again, as a folder or an archive"
            )
        yield LogArchive(files)
    finally:
        if file is not None:
            file.close()


def _list_zip(file: zipfile.ZipFile, members: _Members) -> None:
    for info in file.infolist():
        if info.is_dir():
            continue
        # zipfile cuts a name at a NUL: the name as stored is what others unpack.
        if info.orig_filename != info.filename:
            members.wrong("unsafe-path", "no log has a file of this name", "export the log again", info.orig_filename)
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
            members.wrong("link-in-archive", "a link or a device, not a file", "export the log again", info.filename)
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            members.wrong(
                "unknown-compression", "encrypted, or compressed by another method than deflate", "export the log again", info.filename
            )
        if info.file_size > RATIO_FROM and info.file_size > MAX_RATIO * max(1, info.compress_size):
            message = f"{info.compress_size} bytes unpack to {info.file_size}: more than {MAX_RATIO} times as much"
            members.wrong("zip-bomb", message, "use a folder if the file is sound", info.filename)
        members.add(info.filename, info.file_size, lambda info=info: file.open(info))  # type: ignore[misc]


def _list_tar(file: tarfile.TarFile, members: _Members) -> None:
    for info in file:
        if info.isdir():
            continue
        if not info.isreg() or info.issparse():
            members.wrong("link-in-archive", "a link, a device or a file with holes", "export the log again", info.name)
            continue
        members.add(info.name, info.size, lambda info=info: _extracted(file, info))  # type: ignore[misc]


def _extracted(file: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    opened = file.extractfile(info)
    if opened is None:
        raise tarfile.ReadError("not a file")
    return opened
