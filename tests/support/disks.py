"""Disks that fail when told to, and one that forgets what it was not asked to keep."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tallyproof_log.disk import Disk


class Crash(BaseException):
    """The process ends here. Not an Exception: nothing may catch it and go on."""


class FastDisk(Disk):
    """The real one without waiting: what tests need that ask in which order things happen, not whether the hardware keeps its word."""

    def create(self, path: Path, data: bytes) -> None:
        path.write_bytes(data)

    def sync(self, path: Path) -> None:
        path.lstat()


class FaultyDisk(FastDisk):
    """Fails at its ``at``-th operation (from 0).

    ``how``: ``refused`` (OSError), ``before`` and ``after`` (a crash on either side of the operation), ``torn`` (a crash with half of the
    operation's bytes written).
    """

    def __init__(self, at: int, how: str) -> None:
        self.at, self.how, self.done = at, how, 0
        self.log: list[str] = []

    def _step(self, name: str, act: Callable[..., Any], *arguments: Any) -> Any:
        number, self.done = self.done, self.done + 1
        self.log.append(name)
        if number != self.at:
            return act(*arguments)
        if self.how == "refused":
            raise OSError(28, "No space left on device")
        if self.how == "torn" and name == "create":
            path, data = arguments
            act(path, data[: len(data) // 2])
        elif self.how == "after":
            with contextlib.suppress(OSError):
                act(*arguments)
        raise Crash(f"{name} {arguments[0]}")

    def read(self, path: Path) -> bytes:
        data: bytes = self._step("read", super().read, path)
        return data

    def names(self, folder: Path) -> list[str]:
        names: list[str] = self._step("names", super().names, folder)
        return names

    def mkdir(self, folder: Path) -> None:
        self._step("mkdir", super().mkdir, folder)

    def create(self, path: Path, data: bytes) -> None:
        self._step("create", super().create, path, data)

    def sync(self, path: Path) -> None:
        self._step("sync", super().sync, path)

    def replace(self, source: Path, target: Path) -> None:
        self._step("replace", super().replace, source, target)

    def remove(self, path: Path) -> None:
        self._step("remove", super().remove, path)

    def rmdir(self, folder: Path) -> None:
        self._step("rmdir", super().rmdir, folder)


class ForgetfulDisk(FaultyDisk):
    """Knows which names have reached the disk. After a power cut each change of a name that was not synced is there or not, as it happens,
    whatever came before or after it: harsher than any file system."""

    def __init__(self, folder: Path, at: int, how: str) -> None:
        super().__init__(at, how)
        self.folder = folder
        self.kept: dict[Path, bytes | None] = {}
        """Path to content, None of a folder."""
        self.pending: list[tuple[Path, bytes | None, bool]] = []
        """Path, content, and whether it is there or gone; not yet on the disk."""
        for path in folder.rglob("*"):
            self.kept[path] = path.read_bytes() if path.is_file() else None

    def _step(self, name: str, act: Callable[..., Any], *arguments: Any) -> Any:
        content = arguments[0].read_bytes() if name == "replace" else None
        try:
            return super()._step(name, act, *arguments)
        except BaseException:
            if self.how != "after":
                name = ""
            raise
        finally:
            path = arguments[-1] if name == "replace" else arguments[0]
            if name == "sync":
                self._settle(path)
            elif name in ("mkdir", "replace"):
                self.pending.append((path, content, True))
            elif name in ("remove", "rmdir"):
                self.pending.append((path, None, False))

    def _settle(self, folder: Path) -> None:
        for path, content, there in self.pending:
            if path.parent == folder:
                self._keep(self.kept, path, content, there)
        self.pending = [one for one in self.pending if one[0].parent != folder]

    @staticmethod
    def _keep(kept: dict[Path, bytes | None], path: Path, content: bytes | None, there: bool) -> None:
        if there:
            kept[path] = content
        else:
            kept.pop(path, None)

    def after_power_cut(self, chance: random.Random, target: Path) -> None:
        """Write to ``target`` what is found when the power is back."""
        kept = dict(self.kept)
        for path, content, there in self.pending:
            if chance.random() < 0.5:
                self._keep(kept, path, content, there)
        for path, content in sorted(kept.items()):
            place = target / path.relative_to(self.folder)
            if not place.parent.is_dir():
                continue
            if content is None:
                place.mkdir()
            else:
                place.write_bytes(content)


def points(run: Callable[[int], bool]) -> Iterator[int]:
    """Each operation of ``run``, which says whether it came to its fault."""
    at = 0
    while run(at):
        yield at
        at += 1
