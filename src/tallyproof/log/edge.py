"""The right edge of a growing log: with the hashes of its partial tiles alone it can take further entries.

Pure: ``grow`` says which files a log of a larger size has; who writes them, and in which order, is the store's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tallyproof.errors import RuleError
from tallyproof.log.merkle import EMPTY_ROOT, leaf_hashes, node_hash, parents
from tallyproof.log.tiles import ENTRIES, HEIGHT, WIDTH, Tile, encode_bundle, encode_tile, full_tile_root

Row = tuple[bytes, ...]


class EdgeError(RuleError):
    """Hashes that are not the right edge of a tree of the size."""


@dataclass(frozen=True, slots=True)
class Edge:
    """``rows[level]`` are the hashes of the partial tile of that level, none if the level has only full ones. Raises EdgeError."""

    size: int = 0
    rows: tuple[Row, ...] = ()

    def __post_init__(self) -> None:
        due = [(self.size >> (HEIGHT * level)) % WIDTH for level in range(len(self.rows))]
        if self.size >> (HEIGHT * len(self.rows)) or [len(row) for row in self.rows] != due:
            raise EdgeError(f"these are not the partial tiles of a tree of {self.size}", hint="read the tiles of the checkpoint's size")

    @property
    def root(self) -> bytes:
        """The root of the tree."""
        return edge_root(self.rows)


def edge_root(rows: Sequence[Sequence[bytes]]) -> bytes:
    """The root over the hashes at the right edge, level by level from the leaves."""
    root = b""
    for row in rows:
        level = list(row)
        while level:
            if len(level) % 2:
                root = node_hash(level[-1], root) if root else level[-1]
            level = parents(level)
    return root or EMPTY_ROOT


@dataclass(frozen=True, slots=True)
class Growth:
    """What is to be written so that a log has further entries: files with their bytes, bundles in order, then tiles."""

    edge: Edge
    tail: bytes
    """The partial bundle at the end, as bytes; empty if there is none."""
    bundles: tuple[tuple[Tile, bytes], ...]
    tiles: tuple[tuple[Tile, bytes], ...]

    @property
    def completed(self) -> list[Tile]:
        """Tiles that are full now: their partial ones are no longer needed once this growth is published."""
        return [tile for tile, _ in (*self.bundles, *self.tiles) if tile.width == WIDTH]


def grow(edge: Edge, tail: bytes, entries: Sequence[bytes]) -> Growth:
    """The log with ``entries`` after those it has. ``tail`` is its partial bundle. Raises TileError if an entry is too long.

    The work depends on the number of entries and the height of the tree, not on its size.
    """
    bundles: list[tuple[Tile, bytes]] = []
    at, index, filled = 0, edge.size // WIDTH, edge.size % WIDTH
    while at < len(entries):
        taken = entries[at : at + WIDTH - filled]
        tail += encode_bundle(taken)
        at, filled = at + len(taken), filled + len(taken)
        bundles.append((Tile(ENTRIES, index, filled), tail))
        if filled == WIDTH:
            index, filled, tail = index + 1, 0, b""
    tiles: list[tuple[Tile, bytes]] = []
    rows: list[Row] = []
    level, new = 0, leaf_hashes(entries)
    while new or level < len(edge.rows):
        row = [*(edge.rows[level] if level < len(edge.rows) else ()), *new]
        index = (edge.size >> (HEIGHT * level)) // WIDTH
        whole = [row[begin : begin + WIDTH] for begin in range(0, len(row) - WIDTH + 1, WIDTH)]
        rest = row[len(whole) * WIDTH :]
        tiles += [(Tile(level, index + i), encode_tile(hashes)) for i, hashes in enumerate(whole)]
        if new and rest:
            tiles.append((Tile(level, index + len(whole), len(rest)), encode_tile(rest)))
        rows.append(tuple(rest))
        new = [full_tile_root(hashes) for hashes in whole]
        level += 1
    return Growth(Edge(edge.size + len(entries), tuple(rows)), tail, tuple(bundles), tuple(tiles))
