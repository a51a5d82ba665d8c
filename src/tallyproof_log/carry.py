"""Logs as one file, for a stick or a mirror: out to a .zip or .tar, and in again only after all of it was verified."""

from __future__ import annotations

import io
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import chain
from pathlib import Path

from tallyproof.errors import InputError, Problem
from tallyproof.log.audit import Audit, Read
from tallyproof.log.checkpoint import Checkpoint, parse_note
from tallyproof.log.layout import limit_of
from tallyproof.log.nodes import fetch
from tallyproof.log.policy import Policy, PolicyError, parse_authority, parse_policy
from tallyproof.log.tiles import Tile, bundles_of, tiles_of
from tallyproof_log.archive import open_archive
from tallyproof_log.disk import Disk, StoreError, reader

Put = Callable[[str, bytes], None]


def export_log(folder: Path, target: Path) -> Checkpoint:
    """Write the log in ``folder``, as its checkpoint is now, to a .zip or .tar that is not there yet; the same log gives the same bytes.

    Nothing is verified: whoever takes it in does. Raises StoreError; InputError if a file of the log is not there; CheckpointError.
    """
    writers = {".zip": _zip, ".tar": _tar}
    if target.suffix not in writers:
        raise StoreError(f"a log is exported to a .zip or a .tar, not to {target.name}", hint="name the file log.zip or log.tar")
    if target.exists():
        raise StoreError(f"{target.name} is there already", hint="name a file that is not there")
    read, disk, part = reader(folder), Disk(), target.with_name(f".{target.name}.part")
    try:
        data = read("checkpoint")
        checkpoint, _ = parse_note(data)
        try:
            with writers[target.suffix](part) as put:
                put("checkpoint", data)
                for path, content in _files(folder, read, checkpoint.size):
                    put(path, content)
            disk.sync(part)
            disk.replace(part, target)
            disk.sync(target.parent)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            f"the log cannot be exported: {error.strerror or error}", hint="check the folder of the log and the disk"
        ) from error
    return checkpoint


def import_log(archive: Path, folder: Path, policy: Policy | None = None, *, seen: Iterable[Checkpoint] = ()) -> Checkpoint:
    """Put the log of an archive into ``folder``, which is not there or empty, if nothing at all is wrong with it.

    ``policy`` says who is believed; without one it is the archive's own, so that only the log's agreement with itself is shown. Entries are
    not replayed, timestamps not verified. Raises InputError with all problems; StoreError if the folder cannot be used.
    """
    try:
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()) or Disk().names(folder):
            raise StoreError("the folder is not empty", hint="name a folder that is not there")
        folder.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}.import-", dir=folder.parent))
        try:
            checkpoint = _take(archive, staging, policy, seen)
            staging.chmod(0o755)
            _sync_tree(staging)
            if folder.exists():
                folder.rmdir()
            staging.rename(folder)
            Disk().sync(folder.parent)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise StoreError(f"the log cannot be taken in: {error.strerror or error}", hint="check the disk and who may write to it") from error
    return checkpoint


def _take(archive: Path, staging: Path, policy: Policy | None, seen: Iterable[Checkpoint]) -> Checkpoint:
    """Verify, and write what was verified: each file is read once, so that the two cannot differ."""
    problems: list[Problem] = []
    with open_archive(archive) as held:

        def read(path: str) -> bytes:
            data = held.read(path)
            place = staging / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
            return data

        for name in held.names:
            try:
                if name == "policy":
                    own = parse_policy(read(name))
                    policy = policy or own
                elif name == "authority":
                    parse_authority(read(name))
                elif name.startswith("timestamps/"):
                    read(name)
                elif name.startswith("images/") and sha256(read(name)).hexdigest() != name.removeprefix("images/"):
                    problems.append(_problem(name, "image-differs", "the picture is not the one that its name says"))
            except PolicyError as error:
                problems += error.problems
            except OSError as error:
                problems.append(_problem(name, "unreadable-file", error.strerror or "cannot be read"))
        if policy is None:
            if not problems:
                problems.append(_problem("policy", "policy-malformed", "the archive has no policy, and none was given"))
        else:
            audit = Audit(read, policy, seen=seen)
            problems += audit.run()
        if problems:
            raise InputError("the log is not taken in", problems=tuple(problems), hint="get the log again, or from a mirror")
        assert audit.checkpoint is not None
        return audit.checkpoint


def _problem(file: str, code: str, message: str) -> Problem:
    return Problem(file=file, code=code, message=message, mend="get the log again, or from a mirror")


def _files(folder: Path, read: Read, size: int) -> Iterator[tuple[str, bytes]]:
    """The files besides the checkpoint, in an order that depends on the log alone."""
    names = ["policy", "authority"]
    for extra in ("timestamps", "images"):
        names += [name for name in (f"{extra}/{one}" for one in Disk().names(folder / extra)) if limit_of(name) is not None]
    for name in names:
        try:
            yield name, read(name)
        except FileNotFoundError:
            continue
    for tile in chain(bundles_of(size), tiles_of(size)):
        data, width = fetch(read, tile)
        # A writer that goes on meanwhile may have put a full tile in the place of a partial one.
        yield Tile(tile.level, tile.index, width).path, data


@contextmanager
def _zip(part: Path) -> Iterator[Put]:
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as file:

        def put(path: str, data: bytes) -> None:
            info = zipfile.ZipInfo(path)
            info.external_attr = 0o100644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, data)

        yield put


@contextmanager
def _tar(part: Path) -> Iterator[Put]:
    with tarfile.TarFile.open(part, "w:", format=tarfile.USTAR_FORMAT) as file:

        def put(path: str, data: bytes) -> None:
            info = tarfile.TarInfo(path)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))

        yield put


def _sync_tree(root: Path) -> None:
    disk = Disk()
    for place in sorted(root.rglob("*"), reverse=True):
        disk.sync(place)
    disk.sync(root)
