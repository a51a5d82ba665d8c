"""Which names the files of a log may have, and how large they may be (``specs/log-v1.md`` section 1)."""

from __future__ import annotations

import re

from tallyproof.log.checkpoint import MAX_NOTE
from tallyproof.log.policy import MAX_POLICY
from tallyproof.log.tiles import MAX_BUNDLE_BYTES, MAX_TILE_BYTES, parse_path

MAX_TIMESTAMP = 1 << 16
"""Bytes of an RFC 3161 reply."""
MAX_IMAGE = 1 << 26
"""Bytes of a picture of a form."""

_FIXED = {"checkpoint": MAX_NOTE, "policy": MAX_POLICY, "authority": MAX_POLICY}
_TIMESTAMP = re.compile(r"timestamps/(?:0|[1-9][0-9]{0,15})-[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?\.tsr")
_IMAGE = re.compile(r"images/[0-9a-f]{64}")


def limit_of(path: str) -> int | None:
    """The most bytes that the file at ``path`` may have; None if a log has no file of that name."""
    if path in _FIXED:
        return _FIXED[path]
    if _TIMESTAMP.fullmatch(path):
        return MAX_TIMESTAMP
    if _IMAGE.fullmatch(path):
        return MAX_IMAGE
    tile = parse_path(path)
    return None if tile is None else MAX_BUNDLE_BYTES if tile.is_bundle else MAX_TILE_BYTES
