"""Trees and proofs: the constants of RFC 6962 implementations, and the laws of proofs."""

from __future__ import annotations

import itertools
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallyproof.log.merkle import (
    EMPTY_ROOT,
    MerkleError,
    Tree,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

# The leaves and roots that implementations of RFC 6962 share (transparency-dev/merkle, testonly/constants.go).
LEAVES = [
    bytes.fromhex(one) for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    bytes.fromhex(one)
    for one in (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]


def by_definition(entries: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word."""
    if not entries:
        return sha256().digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = 1
    while 2 * k < len(entries):
        k *= 2
    return sha256(b"\x01" + by_definition(entries[:k]) + by_definition(entries[k:])).digest()


def path_by_definition(m: int, entries: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962 section 2.1.1."""
    if len(entries) == 1:
        return []
    k = 1
    while 2 * k < len(entries):
        k *= 2
    if m < k:
        return [*path_by_definition(m, entries[:k]), by_definition(entries[k:])]
    return [*path_by_definition(m - k, entries[k:]), by_definition(entries[:k])]


def proof_by_definition(m: int, entries: list[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962 section 2.1.2."""
    if m == len(entries):
        return [] if whole else [by_definition(entries)]
    k = 1
    while 2 * k < len(entries):
        k *= 2
    if m <= k:
        return [*proof_by_definition(m, entries[:k], whole), by_definition(entries[k:])]
    return [*proof_by_definition(m - k, entries[k:], False), by_definition(entries[:k])]


def entries_of(size: int) -> list[bytes]:
    return [f"entry {i}".encode() for i in range(size)]


BIG = Tree(entries_of(1_100))


def test_roots_that_all_implementations_share() -> None:
    tree = Tree(LEAVES)
    assert [tree.root(size) for size in range(9)] == ROOTS
    assert Tree().root() == EMPTY_ROOT == ROOTS[0]


@pytest.mark.parametrize("size", [*range(18), 31, 32, 33])
def test_everything_is_as_the_rfc_defines_it(size: int) -> None:
    entries = entries_of(size)
    tree = Tree(entries)
    assert tree.root() == by_definition(entries)
    for index in range(size):
        assert tree.inclusion_proof(index) == path_by_definition(index, entries)
    for first in range(1, size + 1):
        assert tree.consistency_proof(first) == proof_by_definition(first, entries)


@given(st.lists(st.integers(0, 40), max_size=12))
def test_it_does_not_matter_in_which_pieces_a_tree_grew(pieces: list[int]) -> None:
    entries = entries_of(sum(pieces))
    tree, at = Tree(), 0
    for piece in pieces:
        tree.extend(entries[at : at + piece])
        at += piece
    assert tree.size == len(entries)
    assert tree.root() == Tree(entries).root()
    assert [tree.root(size) for size in range(at)] == [BIG.root(size) for size in range(at)]


@st.composite
def sizes(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(st.integers(1, BIG.size) | st.sampled_from([255, 256, 257, 511, 512, 513, 1023, 1024, 1025]))
    return draw(st.integers(0, size - 1)), size


@given(sizes(), st.data())
def test_an_inclusion_proof_holds_and_no_changed_one_does(place: tuple[int, int], data: st.DataObject) -> None:
    index, size = place
    leaf, root, proof = leaf_hash(b"entry %d" % index), BIG.root(size), BIG.inclusion_proof(index, size)
    assert verify_inclusion(leaf, index, size, proof, root)
    other = data.draw(st.integers(0, size + 2).filter(lambda one: one != index))
    assert not verify_inclusion(leaf, other, size, proof, root)
    assert not verify_inclusion(leaf_hash(b"another"), index, size, proof, root)
    assert not verify_inclusion(leaf, index, size, proof, leaf) or size == 1
    assert not verify_inclusion(leaf, index, size, [*proof, root], root)
    assert not verify_inclusion(leaf, index, size, [root, *proof], root)
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        flipped = bytes([proof[at][0] ^ (1 << data.draw(st.integers(0, 7)))]) + proof[at][1:]
        assert not verify_inclusion(leaf, index, size, [*proof[:at], flipped, *proof[at + 1 :]], root)
        assert not verify_inclusion(leaf, index, size, proof[:at] + proof[at + 1 :], root)
        assert not verify_inclusion(leaf, index, size, [*proof[:at], proof[at][:31], *proof[at + 1 :]], root)


@given(st.integers(1, BIG.size), st.integers(1, BIG.size), st.data())
def test_a_consistency_proof_holds_and_no_changed_one_does(a: int, b: int, data: st.DataObject) -> None:
    first, second = sorted((a, b))
    old, new, proof = BIG.root(first), BIG.root(second), BIG.consistency_proof(first, second)
    assert verify_consistency(first, second, proof, old, new)
    wrong = leaf_hash(b"another")
    assert not verify_consistency(first, second, proof, wrong, new)
    assert not verify_consistency(first, second, proof, old, wrong)
    assert not verify_consistency(first, second, [*proof, wrong], old, new)
    assert not verify_consistency(0, second, proof, EMPTY_ROOT, new)
    assert not verify_consistency(0, second, [], EMPTY_ROOT, new)
    if first < second:
        assert not verify_consistency(second, first, proof, new, old)
        assert not verify_consistency(first, second, proof, new, old)
        at = data.draw(st.integers(0, len(proof) - 1))
        assert not verify_consistency(first, second, proof[:at] + proof[at + 1 :], old, new)
        assert not verify_consistency(first, second, [*proof[:at], wrong, *proof[at + 1 :]], old, new)
        assert not verify_consistency(first, second, [*proof[:at], proof[at] + b"\0", *proof[at + 1 :]], old, new)


@given(st.integers(2, 300), st.data())
def test_changing_moving_or_dropping_an_entry_changes_the_root(size: int, data: st.DataObject) -> None:
    entries = entries_of(size)
    root = Tree(entries).root()
    i, j = data.draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True))
    changed, moved, dropped = list(entries), list(entries), entries[:i] + entries[i + 1 :]
    changed[i] += b"."
    moved[i], moved[j] = moved[j], moved[i]
    assert root not in {Tree(one).root() for one in (changed, moved, dropped, [*entries, b""])}


def test_a_node_cannot_pass_for_an_entry() -> None:
    a, b = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(a + b) != node_hash(a, b)


@pytest.mark.parametrize("index, size", [(-1, 5), (5, 5), (0, 0), (0, 1_101), (3, -1)])
def test_no_proof_for_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(MerkleError, match="tree"):
        BIG.inclusion_proof(index, size)
    assert not verify_inclusion(ROOTS[1], index, size, [], ROOTS[1])


@pytest.mark.parametrize("first, second", [(0, 5), (6, 5), (-1, 5), (1, 1_101), (0, 0)])
def test_no_proof_between_what_was_not_there(first: int, second: int) -> None:
    with pytest.raises(MerkleError, match="tree"):
        BIG.consistency_proof(first, second)


def test_absurd_numbers_are_refused_at_once() -> None:
    assert not verify_inclusion(ROOTS[1], 0, 10**4000, [], ROOTS[1])
    assert not verify_consistency(1, 10**4000, [ROOTS[1]] * 5000, ROOTS[1], ROOTS[1])


def test_all_pairs_of_small_trees() -> None:
    for first, second in itertools.combinations(range(1, 40), 2):
        proof = BIG.consistency_proof(first, second)
        assert verify_consistency(first, second, proof, BIG.root(first), BIG.root(second))
