"""The files of a package, in a folder or in a .zip, opened without trusting their names or sizes."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections import Counter
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from tallyproof.formats.faults import DESCRIPTOR, Faults

READ_ERRORS = (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, struct.error)
"""What the standard library raises for an archive or a file that cannot be read."""


def unsafe(name: str) -> str | None:
    """Why a name may not be used inside a package, or None if it may."""
    if not name or any(ord(char) < 32 or ord(char) == 127 for char in name):
        return "is empty or has control characters"
    if "://" in name or name.startswith(("http:", "https:", "file:")):
        return "is a web address"
    if "\\" in name:
        return "has a backslash"
    path = PurePosixPath(name)
    if path.is_absolute() or name[1:2] == ":":
        return "is absolute"
    if ".." in path.parts:
        return "leads out of the package"
    if any(0xD800 <= ord(char) <= 0xDFFF for char in name):
        return "is not valid Unicode"
    return None


class Store(Protocol):
    """The files of one package. Names are relative, with forward slashes, and have passed ``unsafe``."""

    def size(self, name: str) -> int | None:
        """Uncompressed size, None if there is no such regular file."""

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """The file's bytes, from the start."""

    def path(self, name: str) -> Path | None:
        """Where the file lies on disk, None in an archive."""

    def close(self) -> None:
        """Let go of the archive."""


class Folder:
    """A package in a folder. Links are not followed: they could lead anywhere."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def size(self, name: str) -> int | None:
        place = self._root
        for part in PurePosixPath(name).parts:
            place = place / part
            try:
                state = place.lstat()
            except (OSError, ValueError):
                return None
            if stat.S_ISLNK(state.st_mode):
                return None
        return state.st_size if stat.S_ISREG(state.st_mode) else None

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        return (self._root / name).open("rb")

    def path(self, name: str) -> Path | None:
        return self._root / name

    def close(self) -> None:
        pass


class Archive:
    """A package in a .zip whose members have all been checked."""

    def __init__(self, file: zipfile.ZipFile, prefix: str) -> None:
        self._file = file
        self._prefix = prefix
        self._sizes = {info.filename: info.file_size for info in file.infolist() if not info.is_dir()}

    def size(self, name: str) -> int | None:
        return self._sizes.get(self._prefix + name)

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        return self._file.open(self._prefix + name)

    def path(self, name: str) -> Path | None:
        return None

    def close(self) -> None:
        self._file.close()


def open_store(path: Path, faults: Faults) -> Store | None:
    """The files of the package at ``path``; None, with the problems added, if it cannot be opened."""
    try:
        if path.is_dir():
            return Folder(path)
        if not path.exists():
            faults.add("not-found", "there is no such file or folder", "check the path", file=path.name)
            return None
        if not path.is_file() or not zipfile.is_zipfile(path):
            faults.add(
                "not-a-package",
                "neither a folder nor a .zip archive",
                f"name the folder that holds {DESCRIPTOR}, or a .zip of it",
                file=path.name,
            )
            return None
        return _open_archive(path, faults)
    except READ_ERRORS as error:
        faults.add("unreadable-file", f"cannot be opened: {reason(error)}", "check the file and who may read it", file=path.name)
        return None


def reason(error: BaseException) -> str:
    """An error of the standard library in a few words, without a path of this machine."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return (str(error) or type(error).__name__).splitlines()[0][:200]


def directory_size(path: Path) -> tuple[int, int]:
    """(entries, bytes) of the archive's own list of files, as its last record states them, read without parsing the list."""
    with path.open("rb") as file:
        length = file.seek(0, 2)
        file.seek(max(0, length - 65_557))
        tail = file.read()
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or len(tail) < at + 22:
            raise zipfile.BadZipFile("no end of the archive's list of files")
        entries, size = struct.unpack_from("<HI", tail, at + 10)
        if (entries == 0xFFFF or size == 0xFFFFFFFF) and at >= 20 and tail[at - 20 : at - 16] == b"PK\x06\x07":
            (offset,) = struct.unpack_from("<Q", tail, at - 12)
            file.seek(min(offset, length))
            record = file.read(56)
            if len(record) == 56 and record[:4] == b"PK\x06\x06":
                entries, size = struct.unpack_from("<QQ", record, 32)
    return int(entries), int(size)


def _open_archive(path: Path, faults: Faults) -> Store | None:
    limits = faults.limits
    entries, size = directory_size(path)
    if entries > limits.members or size > limits.zip_directory:
        faults.add(
            "too-many-files",
            f"the archive lists {entries} files; {limits.members} are allowed",
            "archive the package alone",
            file=path.name,
        )
        return None
    file = zipfile.ZipFile(path)
    before = faults.total
    infos = file.infolist()
    if len(infos) > limits.members:
        faults.add(
            "too-many-files",
            f"the archive has {len(infos)} files; {limits.members} are allowed",
            "archive the package alone",
            file=path.name,
        )
    names = Counter(info.filename for info in infos)
    for name, times in names.items():
        if times > 1:
            faults.add("duplicate-file", f"the archive has {times} files of this name", "keep one of them", file=_shown(name))
    for info in infos:
        _check_member(info, faults)
    total = sum(info.file_size for info in infos)
    if total > limits.zip_total:
        faults.add("too-large-file", f"unpacks to {total} bytes; {limits.zip_total} are allowed", "use a folder", file=path.name)
    if faults.total > before:
        file.close()
        return None
    return Archive(file, _prefix([info.filename for info in infos]))


def _check_member(info: zipfile.ZipInfo, faults: Faults) -> None:
    limits, shown = faults.limits, _shown(info.filename)
    # zipfile cuts a name at a NUL and turns the platform's separator: the name as stored is what others unpack
    for name in {info.filename, info.orig_filename}:
        if why := unsafe(name.rstrip("/") if name.endswith("/") else name):
            faults.add("unsafe-path", f"the name of this file {why}", "archive the package again, from inside its folder", file=shown)
            break
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        faults.add("link-in-archive", "a link or a device, not a file", "archive the file itself", file=shown)
    if info.flag_bits & 1:
        faults.add("encrypted-file", "the file is encrypted", "archive it without a password", file=shown)
    elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        faults.add(
            "unknown-compression", "compressed by another method than deflate", "archive with deflate, or without compression", file=shown
        )
    if info.file_size > limits.zip_member:
        faults.add("too-large-file", f"unpacks to {info.file_size} bytes; {limits.zip_member} are allowed", "use a folder", file=shown)
    if info.file_size > limits.zip_ratio_from and info.file_size > limits.zip_ratio * max(1, info.compress_size):
        faults.add(
            "zip-bomb",
            f"{info.compress_size} bytes unpack to {info.file_size}: more than {limits.zip_ratio} times as much",
            "use a folder if the file is sound",
            file=shown,
        )


def _shown(name: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in name)[:200] or "?"


def _prefix(names: list[str]) -> str:
    """The folder that holds the package: the root, or the one top folder that archiving programs like to add."""
    if DESCRIPTOR in names:
        return ""
    inner = [name for name in names if name.count("/") == 1 and name.endswith("/" + DESCRIPTOR)]
    return inner[0][: -len(DESCRIPTOR)] if len(inner) == 1 else ""
