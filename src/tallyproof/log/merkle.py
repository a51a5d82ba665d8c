"""Merkle trees with the hashes of RFC 6962 section 2.1, and their proofs (RFC 9162 sections 2.1.3 and 2.1.4).

Whoever *makes* a proof needs the hashes of complete subtrees and gets them by coordinates: ``node(level, index)`` is the hash of the
leaves from ``index * 2**level`` up to ``(index + 1) * 2**level``. A tree in memory has them (``Tree``), and so have tiles. Whoever
*verifies* needs nothing else than the proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from tallyproof.errors import RuleError

HASH_SIZE = 32
EMPTY_ROOT = sha256().digest()
MAX_SIZE = 2**53 - 1
"""Leaves of a tree: every program can hold the number exactly, also where all numbers are floating point."""

Node = Callable[[int, int], bytes]
"""``node(level, index)``: the hash of a complete subtree of ``2**level`` leaves."""


class MerkleError(RuleError):
    """A proof was asked for that cannot exist: an index or size beyond the tree."""


def leaf_hash(entry: bytes) -> bytes:
    """32 bytes: SHA-256(0x00 ‖ entry)."""
    return sha256(b"\x00" + entry).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """The leaf hash of each entry."""
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """32 bytes: SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


def parents(hashes: Sequence[bytes]) -> list[bytes]:
    """The nodes above ``hashes``, two and two; an odd one at the end has none yet."""
    pairs = iter(hashes)
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]


def root_from(size: int, node: Node) -> bytes:
    """The root of the first ``size`` leaves."""
    return _right_side(0, size, node) if size else EMPTY_ROOT


def inclusion_from(index: int, size: int, node: Node) -> list[bytes]:
    """The inclusion proof of leaf ``index`` in the first ``size`` leaves, from its sibling upwards. Raises MerkleError."""
    if not 0 <= index < size:
        raise MerkleError(f"there is no leaf {index} in a tree of {size}", hint="count leaves from 0")
    return _siblings(0, index, size, node)


def consistency_from(first: int, second: int, node: Node) -> list[bytes]:
    """The proof that the tree of ``second`` leaves begins with that of ``first``. Raises MerkleError, also if ``first`` is 0."""
    if not 0 < first <= second:
        raise MerkleError(f"no proof leads from a tree of {first} to one of {second}", hint="the earlier tree has at least one leaf")
    if first == second:
        return []
    # The largest complete subtree that ends the earlier tree: it is a node of both.
    index = first - 1
    level = (first & -first).bit_length() - 1
    index >>= level
    start = [node(level, index)] if index else []
    return start + _siblings(level, index, second, node)


def _siblings(level: int, index: int, size: int, node: Node) -> list[bytes]:
    """The hashes beside the way from a node up to the root."""
    last = (size - 1) >> level
    proof = []
    while last:
        if index & 1:
            proof.append(node(level, index - 1))
        elif index < last:
            beside = index + 1
            whole = (beside + 1) << level <= size
            proof.append(node(level, beside) if whole else _right_side(beside << level, size, node))
        index >>= 1
        last >>= 1
        level += 1
    return proof


def _right_side(begin: int, end: int, node: Node) -> bytes:
    """The root over leaves ``begin`` to ``end``, at the right edge of a tree: ``begin`` is where a subtree at least as wide begins."""
    width, level, position = end - begin, 0, end
    root = b""
    while width:
        if width & 1:
            position -= 1 << level
            piece = node(level, position >> level)
            root = node_hash(piece, root) if root else piece
        width >>= 1
        level += 1
    return root


class Tree:
    """A tree that only grows, with all its nodes in memory (about 200 bytes a leaf)."""

    def __init__(self, entries: Iterable[bytes] = ()) -> None:
        self._levels: list[list[bytes]] = [[]]
        self.extend(entries)

    @property
    def size(self) -> int:
        return len(self._levels[0])

    def extend(self, entries: Iterable[bytes]) -> None:
        """Append entries (their bytes, not their hashes)."""
        self.extend_hashes(leaf_hashes(entries))

    def extend_hashes(self, hashes: Iterable[bytes]) -> None:
        """Append leaves by their leaf hashes."""
        self._levels[0].extend(hashes)
        level = 0
        while len(self._levels[level]) > 1:
            if level + 1 == len(self._levels):
                self._levels.append([])
            above = self._levels[level + 1]
            above.extend(parents(self._levels[level][2 * len(above) :]))
            level += 1

    def node(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree."""
        return self._levels[level][index]

    def root(self, size: int | None = None) -> bytes:
        """The root of the first ``size`` leaves (all, if left out). Raises MerkleError."""
        return root_from(self._within(size), self.node)

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """As ``inclusion_from``, in the tree of the first ``size`` leaves."""
        return inclusion_from(index, self._within(size), self.node)

    def consistency_proof(self, first: int, second: int | None = None) -> list[bytes]:
        """As ``consistency_from``."""
        return consistency_from(first, self._within(second), self.node)

    def _within(self, size: int | None) -> int:
        if size is None:
            return self.size
        if not 0 <= size <= self.size:
            raise MerkleError(f"the tree has {self.size} leaves, not {size}", hint="ask for a size that the tree has reached")
        return size


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf with the hash ``leaf`` is leaf ``index`` of the tree of ``size`` leaves with ``root``. Never raises."""
    if not (0 <= index < size <= MAX_SIZE and _are_hashes(leaf, root, *proof)):
        return False
    last = size - 1
    for sibling in proof:
        if not last:
            return False
        if index & 1 or index == last:
            leaf = sha256(b"\x01" + sibling + leaf).digest()
            while not index & 1 and index:
                index >>= 1
                last >>= 1
        else:
            leaf = sha256(b"\x01" + leaf + sibling).digest()
        index >>= 1
        last >>= 1
    return not last and leaf == root


def verify_consistency(first: int, second: int, proof: Sequence[bytes], first_root: bytes, second_root: bytes) -> bool:
    """Whether the tree of ``second`` leaves begins with that of ``first``. Never raises.

    An earlier tree of no leaves is refused: it would be consistent with anything, so "verified" would say nothing.
    """
    if not (0 < first <= second <= MAX_SIZE and _are_hashes(first_root, second_root, *proof)):
        return False
    if first == second:
        return not proof and first_root == second_root
    if not proof:
        return False
    index, last = first - 1, second - 1
    shift = (first & -first).bit_length() - 1
    index >>= shift
    last >>= shift
    # An earlier tree that is one complete subtree is itself the node to start from, and is not in the proof.
    old = new = first_root if not index else proof[0]
    for sibling in proof if not index else proof[1:]:
        if not last:
            return False
        if index & 1 or index == last:
            old = sha256(b"\x01" + sibling + old).digest()
            new = sha256(b"\x01" + sibling + new).digest()
            while not index & 1 and index:
                index >>= 1
                last >>= 1
        else:
            new = sha256(b"\x01" + new + sibling).digest()
        index >>= 1
        last >>= 1
    return not last and old == first_root and new == second_root


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_SIZE for value in values)
