"""Proofs and receipts from the files of a log, without its entries: a few tiles each, whatever its size.

Tiles are taken as they are. Whoever serves a log from its own folder may; whoever got the files from others verifies what is made of them
(a proof from false tiles does not hold), or audits the log.
"""

from __future__ import annotations

from collections import OrderedDict

from tallyproof.errors import InputError, Problem
from tallyproof.log.audit import Read
from tallyproof.log.checkpoint import Checkpoint, parse_note
from tallyproof.log.merkle import MerkleError, consistency_from, inclusion_from, leaf_hash, parents, root_from, verify_inclusion
from tallyproof.log.proof import Receipt, make
from tallyproof.log.tiles import ENTRIES, HEIGHT, WIDTH, Tile, TileError, decode_bundle, decode_tile

_KEPT = 256
"""Tiles that are kept in memory, each with the hashes above it: 256 have 10 MB."""


class Nodes:
    """The hashes of complete subtrees of the first ``size`` leaves, read from tiles. Methods raise InputError if a tile cannot be read."""

    def __init__(self, read: Read, size: int) -> None:
        self._read = read
        self.size = size
        self._tiles: OrderedDict[tuple[int, int], list[list[bytes]]] = OrderedDict()

    def node(self, level: int, index: int) -> bytes:
        """As ``merkle.Node``."""
        above = level % HEIGHT
        return self._tile(level // HEIGHT, (index << above) // WIDTH)[above][index % (WIDTH >> above)]

    def root(self, size: int | None = None) -> bytes:
        """The root of the first ``size`` leaves. Raises MerkleError."""
        return root_from(self._within(size), self.node)

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """As ``merkle.inclusion_from``."""
        return inclusion_from(index, self._within(size), self.node)

    def consistency_proof(self, first: int, second: int | None = None) -> list[bytes]:
        """As ``merkle.consistency_from``."""
        return consistency_from(first, self._within(second), self.node)

    def entry(self, index: int) -> bytes:
        """The entry at ``index``. Raises MerkleError if the log has none."""
        if not 0 <= index < self.size:
            raise MerkleError(f"there is no entry {index} in a log of {self.size}", hint="count entries from 0")
        tile = self._place(ENTRIES, index // WIDTH)
        data, width = fetch(self._read, tile)
        try:
            return decode_bundle(data, width)[index % WIDTH]
        except TileError as error:
            raise _unreadable(tile, error.code, error.message) from error

    def _within(self, size: int | None) -> int:
        if size is not None and not 0 <= size <= self.size:
            raise MerkleError(f"the log has {self.size} entries, not {size}", hint="ask for a size that the log has reached")
        return self.size if size is None else size

    def _place(self, level: int, index: int) -> Tile:
        hashes = self.size >> (HEIGHT * max(level, 0))
        return Tile(level, index, min(WIDTH, hashes - index * WIDTH))

    def _tile(self, level: int, index: int) -> list[list[bytes]]:
        """The hashes of a tile, and those above them up to the level of the next tile."""
        key = (level, index)
        if key in self._tiles:
            self._tiles.move_to_end(key)
            return self._tiles[key]
        tile = self._place(level, index)
        data, width = fetch(self._read, tile)
        try:
            levels = [decode_tile(data, width)[: tile.width]]
        except TileError as error:
            raise _unreadable(tile, error.code, error.message) from error
        while len(levels) < HEIGHT:
            levels.append(parents(levels[-1]))
        self._tiles[key] = levels
        if len(self._tiles) > _KEPT:
            self._tiles.popitem(last=False)
        return levels


def fetch(read: Read, tile: Tile) -> tuple[bytes, int]:
    """The bytes of a tile and how many hashes or entries they hold: of the full one where the partial one is gone. Raises InputError."""
    for one in (tile, tile.full):
        try:
            return read(one.path), one.width
        except FileNotFoundError:
            continue
        except OSError as error:
            raise _unreadable(tile, _missing(tile), error.strerror or "cannot be read") from error
    raise _unreadable(tile, _missing(tile), "is not there")


def receipt(read: Read, index: int) -> Receipt:
    """The receipt of entry ``index`` under the checkpoint that the log has now.

    Raises InputError, CheckpointError or MerkleError if the log has no such entry, or its files do not fit its checkpoint.
    """
    try:
        data = read("checkpoint")
    except OSError as error:
        raise _unreadable(None, "checkpoint-missing", error.strerror or "is not there") from error
    checkpoint, _ = parse_note(data)
    return _receipt(read, index, checkpoint, data)


def _receipt(read: Read, index: int, checkpoint: Checkpoint, data: bytes) -> Receipt:
    nodes = Nodes(read, checkpoint.size)
    entry, path = nodes.entry(index), nodes.inclusion_proof(index)
    if not verify_inclusion(leaf_hash(entry), index, checkpoint.size, path, checkpoint.root):
        raise _unreadable(None, "tile-differs", f"and the tiles do not lead from entry {index} to the root")
    return make(entry, index, path, data)


def _missing(tile: Tile) -> str:
    return "bundle-missing" if tile.is_bundle else "tile-missing"


def _unreadable(tile: Tile | None, code: str, why: str) -> InputError:
    file = tile.path if tile else "checkpoint"
    problem = Problem(file=file, code=code, message=f"{file}: {why}", mend="fetch the whole log again, or from a mirror")
    return InputError("the log cannot be read", problems=(problem,), hint="an audit of the log lists all that is wrong")
