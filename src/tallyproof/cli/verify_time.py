"""``tallyproof verify LOG --timestamp FILE``: does an RFC 3161 reply say that the log's tree of that size existed?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tallyproof.cli.files import read_small
from tallyproof.errors import Problem, UsageError
from tallyproof.log.checkpoint import Checkpoint
from tallyproof.log.merkle import Tree

_NAME = re.compile(r"(0|[1-9][0-9]{0,14})-[a-z0-9.-]+\.tsr")


def verify_time(path: Path, origin: str, entries: Mapping[int, bytes], roots: Path | None) -> tuple[list[Problem], str]:
    """What is wrong with a timestamp; and, if nothing is, its time in words of RFC 3339 with a mark if nobody vouches for it.

    ``path`` is called as in the folder of a log: ``<size>-<name>.tsr``. Raises UsageError if the log has not so many entries here.
    """
    from tallyproof_log import timestamps

    found = _NAME.fullmatch(path.name)
    size = int(found[1]) if found else -1
    if size not in range(len(entries) + 1) or any(index not in entries for index in range(size)):
        raise UsageError(
            f"{path.name} is about a tree that is not at hand", hint="its name is <size>-<name>.tsr; give the log with so many entries"
        )
    text = Checkpoint(origin, size, Tree(entries[index] for index in range(size)).root()).text.encode()
    trusted = timestamps.read_certificates(read_small(roots)) if roots else []
    try:
        stamp = timestamps.check(read_small(path), text, trusted)
    except timestamps.TimestampError as error:
        return [Problem(file=path.name, code=error.code, message=error.message, mend=error.hint)], ""
    return [], f"{stamp.time:%Y-%m-%dT%H:%M:%SZ}{'' if stamp.proved else ' (?)'}"
