"""Reading a whole log and believing nothing of it: checkpoint, every bundle, every hash tile, the root (``specs/log-v1.md``, 2 and 3).

The log comes through ``read(path)``, which gives the bytes of a file or raises FileNotFoundError; so a folder, an archive and a web server
are one to it. Entries are handed on one bundle at a time, and of the hashes only the right edge is kept: memory does not grow with the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from tallyproof.errors import Problem, UsageError
from tallyproof.log.checkpoint import Checkpoint
from tallyproof.log.edge import edge_root
from tallyproof.log.merkle import EMPTY_ROOT, leaf_hashes
from tallyproof.log.policy import Judged, Policy, judge
from tallyproof.log.tiles import WIDTH, Tile, TileError, bundles_of, decode_bundle, decode_tile, full_tile_root

Read = Callable[[str], bytes]
Hash = bytes | None
"""None is a hash that cannot be known, because a bundle below it is not there."""

MAX_PROBLEMS = 1_000
"""Problems after which nothing more is looked at."""


class _Enough(Exception):
    """So much is wrong that the rest is not read."""


class Audit:
    """One reading of a log. First ``entries`` (or ``run``), then ``problems``: while entries come, not all of them are known yet.

    ``seen`` are checkpoints of the same log that somebody kept: the log must not have fallen behind them or forked from them. Their
    signatures are for whoever kept them to judge. Raises UsageError, while reading, if one is of another log.
    """

    def __init__(self, read: Read, policy: Policy, *, seen: Iterable[Checkpoint] = ()) -> None:
        self._read = read
        self._policy = policy
        self._seen = sorted(set(seen), key=lambda one: (one.size, one.root))
        self._problems: list[Problem] = []
        self._rows: list[list[Hash]] = []
        self._counts: list[int] = []
        self.judged: Judged | None = None
        """The checkpoint; None before it was read, or if there is none."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was found so far, in the order in which it was read."""
        return tuple(self._problems)

    @property
    def checkpoint(self) -> Checkpoint | None:
        return self.judged.checkpoint if self.judged else None

    def run(self) -> tuple[Problem, ...]:
        """Read everything, keep no entry."""
        for _ in self.entries():
            pass
        return self.problems

    def entries(self) -> Iterator[tuple[int, bytes]]:
        """Each entry with its index. Entries of a bundle that cannot be read are left out, and are a problem."""
        self._problems, self._rows, self._counts, self.judged = [], [], [], None
        try:
            checkpoint = self._begin()
            # Whoever has no signature of the log over the size has no right to ask for partial tiles of that size.
            if checkpoint is not None and self.judged is not None and self.judged.is_signed:
                yield from self._tree(checkpoint)
        except _Enough:
            pass

    def _begin(self) -> Checkpoint | None:
        try:
            data = self._read("checkpoint")
        except OSError as error:
            self._add("checkpoint", "checkpoint-missing", f"there is no checkpoint ({_reason(error)})", "name the folder of a log")
            return None
        self.judged = judge(data, self._policy)
        self._problems += self.judged.problems
        if (now := self.judged.checkpoint) is None or any(one.code == "checkpoint-origin" for one in self._problems):
            return None
        for kept in self._seen:
            if kept.origin != now.origin:
                raise UsageError(f"the checkpoint kept is of {kept.origin!r}, this log is {now.origin!r}", hint="keep them apart by log")
            if kept.size > now.size:
                message = f"the log has {now.size} entries, and had {kept.size} when its checkpoint was kept"
                self._add("checkpoint", "rollback", message, "fetch the newest checkpoint; if it stays so, publish the two")
            elif (kept.size == now.size and kept.root != now.root) or (kept.size == 0 and kept.root != EMPTY_ROOT):
                self._fork(kept)
        return now

    def _tree(self, checkpoint: Checkpoint) -> Iterator[tuple[int, bytes]]:
        earlier = [one for one in self._seen if 0 < one.size < checkpoint.size]
        forked: list[Checkpoint] = []
        for bundle in bundles_of(checkpoint.size):
            entries = self._bundle(bundle)
            hashes: list[Hash] = [*leaf_hashes(entries)] if entries is not None else [None] * bundle.width
            begin = bundle.index * WIDTH
            while earlier and earlier[0].size <= begin + bundle.width:
                kept = earlier.pop(0)
                root = _root([hashes[: kept.size - begin], *self._rows[1:]])
                if root is not None and root != kept.root:
                    forked.append(kept)
            self._take(0, hashes)
            if entries is not None:
                yield from enumerate(entries, start=begin)
        for level, row in enumerate(self._rows):
            if row:
                self._compare(Tile(level, self._counts[level], len(row)), row)
        root = _root(self._rows)
        if root is not None and root != checkpoint.root:
            message = f"the root of the {checkpoint.size} entries is not that of the checkpoint"
            self._add("checkpoint", "root-differs", message, "an entry was changed, left out, put in or moved: fetch the log elsewhere")
        elif root is not None:
            # Only where these entries are those that the log signed do they say anything about what it signed before.
            for kept in forked:
                self._fork(kept)

    def _take(self, level: int, hashes: Sequence[Hash]) -> None:
        """Put the hashes of one full tile, or single ones of the level above, at the right edge; compare each tile that is full."""
        while hashes:
            if level == len(self._rows):
                self._rows.append([])
                self._counts.append(0)
            row = self._rows[level]
            row += hashes
            if len(row) < WIDTH:
                return
            self._compare(Tile(level, self._counts[level]), row)
            hashes = [_full(row)]
            self._counts[level] += 1
            row.clear()
            level += 1

    def _bundle(self, bundle: Tile) -> list[bytes] | None:
        found = self._fetch(bundle, "bundle-missing", "the entry bundle")
        if found is None:
            return None
        data, held = found
        try:
            return decode_bundle(data, held.width)[: bundle.width]
        except TileError as error:
            self._add(held.path, error.code, error.message, error.hint)
            return None

    def _compare(self, tile: Tile, hashes: Sequence[Hash]) -> None:
        found = self._fetch(tile, "tile-missing", "the hash tile")
        if found is None:
            return
        data, held = found
        try:
            told = decode_tile(data, held.width)[: tile.width]
        except TileError as error:
            self._add(held.path, error.code, error.message, error.hint)
            return
        for place, (mine, other) in enumerate(zip(hashes, told, strict=True)):
            if mine is not None and mine != other:
                message = f"hash {place} of the tile is not that of what lies below it"
                self._add(held.path, "tile-differs", message, "the tile or an entry was changed: fetch the log elsewhere")
                return

    def _fetch(self, tile: Tile, code: str, what: str) -> tuple[bytes, Tile] | None:
        """The bytes of a tile, or of the full one in the place of a partial one that is not there; which of the two it was."""
        reason = ""
        for one in (tile, tile.full)[: 1 + (tile.width < WIDTH)]:
            try:
                return self._read(one.path), one
            except OSError as error:
                reason = reason or _reason(error)
        self._add(tile.path, code, f"{what} is not there ({reason})", "fetch the whole log again, or from a mirror")
        return None

    def _fork(self, kept: Checkpoint) -> None:
        message = f"the log does not begin with the tree of {kept.size} entries whose checkpoint was kept"
        self._add("checkpoint", "fork", message, "publish the two signed checkpoints: together they prove it")

    def _add(self, file: str, code: str, message: str, mend: str) -> None:
        self._problems.append(Problem(file=file, code=code, message=message, mend=mend))
        if len(self._problems) >= MAX_PROBLEMS:
            raise _Enough


def _full(row: Sequence[Hash]) -> Hash:
    known = [one for one in row if one is not None]
    return full_tile_root(known) if len(known) == len(row) else None


def _root(rows: Sequence[Sequence[Hash]]) -> Hash:
    known = [[one for one in row if one is not None] for row in rows]
    return edge_root(known) if [len(row) for row in known] == [len(row) for row in rows] else None


def _reason(error: OSError) -> str:
    return error.strerror or "no such file"
