"""The files of a tiled log (https://c2sp.org/tlog-tiles): their paths, which of them a tree of a size has, and what is in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tallyproof.errors import RuleError
from tallyproof.log.merkle import HASH_SIZE, MAX_SIZE, parents

WIDTH = 256
"""Hashes of a full tile, entries of a full bundle."""
HEIGHT = 8
"""Levels of the tree from one level of tiles to the next."""
MAX_ENTRY = 65_535
"""Bytes of an entry: its length is written in two bytes."""
MAX_TILE_BYTES = WIDTH * HASH_SIZE
MAX_BUNDLE_BYTES = WIDTH * (MAX_ENTRY + 2)

_PATH = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


class TileError(RuleError):
    """Not a tile or a bundle as its path says. ``code`` is one of ``specs/log-v1.md`` section 3."""

    def __init__(self, code: str, message: str, *, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.code = code


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """Which tile: ``level`` 0 to 63, -1 of an entry bundle; ``index`` within the level; ``width`` 1 to 256."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def is_bundle(self) -> bool:
        return self.level < 0

    @property
    def full(self) -> Tile:
        """The full tile at the same place."""
        return Tile(self.level, self.index)

    @property
    def path(self) -> str:
        """Relative to the folder of the log."""
        number = f"{self.index % 1000:03}"
        rest = self.index // 1000
        while rest:
            number = f"x{rest % 1000:03}/{number}"
            rest //= 1000
        part = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{'entries' if self.is_bundle else self.level}/{number}{part}"


ENTRIES = -1
"""The level of entry bundles."""


def parse_path(path: str) -> Tile | None:
    """The tile that ``path`` names; None if it names none, or in another spelling than ``Tile.path``."""
    found = _PATH.fullmatch(path)
    if not found:
        return None
    level = ENTRIES if found[1] == "entries" else int(found[1])
    tile = Tile(level, int(found[2].replace("/", "").replace("x", "")), int(found[3] or WIDTH))
    return tile if tile.path == path and level <= 63 and tile.index <= MAX_SIZE and tile.width <= WIDTH else None


def bundles_of(size: int) -> Iterator[Tile]:
    """The entry bundles of a tree of ``size``, in order; made one by one, so that an absurd size costs nothing."""
    return _row(ENTRIES, size)


def tiles_of(size: int) -> Iterator[Tile]:
    """The hash tiles of a tree of ``size``, level by level."""
    level = 0
    while size >> (HEIGHT * level):
        yield from _row(level, size >> (HEIGHT * level))
        level += 1


def edge_of(size: int) -> list[Tile]:
    """The partial hash tiles at the right edge, one a level at the most: with them, and nothing else, a tree can grow."""
    edge = []
    level = 0
    while hashes := size >> (HEIGHT * level):
        if hashes % WIDTH:
            edge.append(Tile(level, hashes // WIDTH, hashes % WIDTH))
        level += 1
    return edge


def _row(level: int, hashes: int) -> Iterator[Tile]:
    for index in range(hashes // WIDTH):
        yield Tile(level, index)
    if hashes % WIDTH:
        yield Tile(level, hashes // WIDTH, hashes % WIDTH)


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Each entry after its length. Raises TileError if one is too long."""
    parts = []
    for entry in entries:
        if len(entry) > MAX_ENTRY:
            raise TileError("entry-too-long", f"an entry has {len(entry)} bytes", hint=f"at most {MAX_ENTRY} are possible")
        parts += [len(entry).to_bytes(2, "big"), entry]
    return b"".join(parts)


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """The ``width`` entries of a bundle. Raises TileError (``bundle-malformed``) if there are more or fewer, or a length does not fit."""
    entries: list[bytes] = []
    at, end = 0, len(data)
    while at < end and len(entries) < width:
        begin = at + 2
        at = begin + (data[begin - 2] << 8) + (data[begin - 1] if begin <= end else 0)
        if begin > end or at > end:
            raise TileError("bundle-malformed", "the bundle ends within an entry", hint="the file is cut short: fetch it again")
        entries.append(data[begin:at])
    if at < end or len(entries) < width:
        found = f"{len(entries)} entries" if at == end else "more bytes"
        raise TileError("bundle-malformed", f"the bundle has {found} where {width} entries are due", hint="the file is not this bundle")
    return entries


def encode_tile(hashes: Sequence[bytes]) -> bytes:
    """The hashes, one after the other."""
    return b"".join(hashes)


def decode_tile(data: bytes, width: int) -> list[bytes]:
    """The ``width`` hashes of a tile. Raises TileError (``tile-truncated``) if it has another length."""
    if len(data) != width * HASH_SIZE:
        message = f"the tile has {len(data)} bytes where {width} hashes of {HASH_SIZE} are due"
        raise TileError("tile-truncated", message, hint="the file is cut short or is another tile: fetch it again")
    return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]


def full_tile_root(hashes: Sequence[bytes]) -> bytes:
    """The hash of the level above for the 256 hashes of a full tile."""
    level = list(hashes)
    while len(level) > 1:
        level = parents(level)
    return level[0]
