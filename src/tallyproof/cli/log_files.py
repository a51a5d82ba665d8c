"""Reading logs wherever they are: a folder, a .zip or .tar of one, or an address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tallyproof.cli.files import read_small
from tallyproof.errors import UsageError
from tallyproof.log.audit import Read
from tallyproof.log.checkpoint import Checkpoint, parse_note
from tallyproof.log.policy import Policy, parse_authority, parse_policy
from tallyproof.record.note import Vkey, parse_vkey
from tallyproof_log.archive import open_archive
from tallyproof_log.disk import reader
from tallyproof_log.http_reader import HttpReader


def is_address(where: str) -> bool:
    return where.startswith(("http://", "https://"))


@contextmanager
def open_log(where: str) -> Iterator[Read]:
    """``read(path)`` of the log at ``where``."""
    if is_address(where):
        with HttpReader(where) as http:
            yield http.read
    elif Path(where).is_dir():
        yield reader(Path(where))
    elif Path(where).is_file():
        with open_archive(Path(where)) as archive:
            yield archive.read
    else:
        raise UsageError(f"there is nothing at {where!r}", hint="name the folder of a log, a .zip or .tar of one, or its address")


def read_policy(read: Read, file: Path | None) -> Policy:
    """The policy in ``file``; that of the log itself if it is left out."""
    return parse_policy(_bytes(read, file, "policy"), str(file or "policy"))


def read_authority(read: Read, given: str | None) -> tuple[Vkey, ...]:
    """The authority's keys in a file or written out as a vkey; those in the log's folder if ``given`` is left out."""
    if given is not None and "+" in given and not Path(given).exists():
        return (parse_vkey(given),)
    return parse_authority(_bytes(read, Path(given) if given else None, "authority"), given or "authority")


def read_seen(files: list[Path]) -> tuple[Checkpoint, ...]:
    """Checkpoints that somebody kept."""
    return tuple(parse_note(read_small(file))[0] for file in files)


def _bytes(read: Read, file: Path | None, path: str) -> bytes:
    if file is not None:
        return read_small(file)
    try:
        return read(path)
    except OSError as error:
        raise UsageError(f"the log has no file {path!r}", hint=f"get it from the authority and give it with --{path}") from error
