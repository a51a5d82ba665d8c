"""Paths of tiles, what is in them, and the edge at which a log grows."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallyproof.log.edge import Edge, EdgeError, grow
from tallyproof.log.layout import limit_of
from tallyproof.log.merkle import MAX_SIZE, Tree, leaf_hash
from tallyproof.log.tiles import (
    ENTRIES,
    MAX_ENTRY,
    Tile,
    TileError,
    bundles_of,
    decode_bundle,
    decode_tile,
    edge_of,
    encode_bundle,
    encode_tile,
    parse_path,
    tiles_of,
)
from tests.support.logs import entries_of

EDGES = [0, 1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537]


@pytest.mark.parametrize(
    "tile, path",
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1_234_067), "tile/0/x001/x234/067"),
        (Tile(63, 999), "tile/63/999"),
        (Tile(1, 1000, 255), "tile/1/x001/000.p/255"),
        (Tile(ENTRIES, 273, 112), "tile/entries/273.p/112"),
        (Tile(ENTRIES, 10**6), "tile/entries/x001/x000/000"),
    ],
)
def test_paths_as_the_specification_writes_them(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert parse_path(path) == tile


@given(st.integers(-1, 63), st.integers(0, MAX_SIZE), st.integers(1, 256))
def test_a_path_says_which_tile_it_is(level: int, index: int, width: int) -> None:
    assert parse_path(Tile(level, index, width).path) == Tile(level, index, width)


@pytest.mark.parametrize(
    "path",
    [
        *("tile/0/0", "tile/0/00", "tile/0/0000", "tile/00/000", "tile/64/000", "tile/0/x000/001", "tile/0/001/002", "tile/0/x001"),
        *("tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/999", "tile/0/000.p/01", "tile/0/000.p/", "tile/0/000.p", "tile/0/000/"),
        *("tile/0/x001/../000", "tile//000", "/tile/0/000", "tile/0/000\n", "tile/0/０００", "tile/entries/-01", "Tile/0/000", ""),
        *("tile/0/x999/x999/x999/x999/x999/999", "tile/-1/000"),
    ],
)
def test_other_spellings_are_no_paths(path: str) -> None:
    assert parse_path(path) is None


def test_tiles_of_the_size_that_the_specification_explains() -> None:
    tiles = list(tiles_of(70_000))
    assert [sum(tile.level == level and tile.width == 256 for tile in tiles) for level in range(3)] == [273, 1, 0]
    assert edge_of(70_000) == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert list(tiles_of(256)) == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles_of(0)) == list(bundles_of(0)) == edge_of(0) == []


def test_an_absurd_size_costs_nothing_until_tiles_are_taken() -> None:
    assert list(itertools.islice(bundles_of(MAX_SIZE), 2)) == [Tile(ENTRIES, 0), Tile(ENTRIES, 1)]
    assert next(tiles_of(MAX_SIZE)) == Tile(0, 0)
    assert len(edge_of(MAX_SIZE)) == 7


@pytest.mark.parametrize("size", EDGES)
def test_tiles_hold_each_hash_of_their_level_once(size: int) -> None:
    widths: dict[int, int] = {}
    for tile in tiles_of(size):
        widths[tile.level] = widths.get(tile.level, 0) + tile.width
    assert widths == {level: size >> (8 * level) for level in range(8) if size >> (8 * level)}
    assert sum(tile.width for tile in bundles_of(size)) == size
    assert [tile for tile in tiles_of(size) if tile.width < 256] == edge_of(size)


@given(st.lists(st.binary(max_size=40), max_size=256))
def test_a_bundle_gives_back_its_entries(entries: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(entries), len(entries)) == entries


@given(st.lists(st.binary(max_size=9), min_size=1, max_size=6), st.data())
def test_a_bundle_cut_or_lengthened_is_refused(entries: list[bytes], data: st.DataObject) -> None:
    whole = encode_bundle(entries)
    cut = data.draw(st.integers(0, len(whole) - 1))
    for wrong, width in ((whole[:cut], len(entries)), (whole + b"\0", len(entries)), (whole + b"\0\0", len(entries))):
        with pytest.raises(TileError, match="bundle") as caught:
            decode_bundle(wrong, width)
        assert caught.value.code == "bundle-malformed"
    for width in (len(entries) - 1, len(entries) + 1):
        with pytest.raises(TileError, match="bundle"):
            decode_bundle(whole, width)


@given(st.binary(max_size=600), st.integers(0, 256))
def test_any_bytes_are_a_bundle_or_refused(data: bytes, width: int) -> None:
    try:
        entries = decode_bundle(data, width)
    except TileError:
        return
    assert len(entries) == width
    assert encode_bundle(entries) == data


def test_the_longest_entry_and_one_byte_more() -> None:
    longest = bytes(MAX_ENTRY)
    assert MAX_ENTRY == 65_535
    assert decode_bundle(encode_bundle([longest, b""]), 2) == [longest, b""]
    with pytest.raises(TileError, match="65536 bytes") as caught:
        encode_bundle([bytes(65_536)])
    assert caught.value.code == "entry-too-long"


@pytest.mark.parametrize("length", [0, 31, 33, 63, 65, 8_192])
def test_a_tile_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(TileError) as caught:
        decode_tile(bytes(length), 2)
    assert caught.value.code == "tile-truncated"


@pytest.mark.parametrize("size", EDGES)
def test_growing_at_once_or_in_two_steps_gives_the_same_files(size: int) -> None:
    """The files of the second step are those that the whole log has and the first had not, byte for byte."""
    entries = [b"%d" % i for i in range(size)]
    whole = grow(Edge(), b"", entries)
    tree = Tree(entries)
    assert whole.edge.root == tree.root()
    files = dict((*whole.bundles, *whole.tiles))
    assert set(files) == {*tiles_of(size), *bundles_of(size)}
    for tile in tiles_of(size):
        first = tile.index * 256
        assert files[tile] == encode_tile([tree.node(8 * tile.level, first + i) for i in range(tile.width)])
    for split in {0, 1, size // 2, size - 256, size - 1, size} & set(range(size + 1)):
        first = grow(Edge(), b"", entries[:split])
        second = grow(first.edge, first.tail, entries[split:])
        assert second.edge == whole.edge or not size
        assert second.tail == whole.tail
        both = dict((*first.bundles, *first.tiles, *second.bundles, *second.tiles))
        assert both.items() >= files.items()
        assert {*both} - {*files} <= {*edge_of(split), *bundles_of(split)}


@given(st.lists(st.integers(0, 300), max_size=8))
def test_an_edge_has_the_root_of_the_tree(pieces: list[int]) -> None:
    edge, tail, at = Edge(), b"", 0
    entries = entries_of(sum(pieces))
    for piece in pieces:
        growth = grow(edge, tail, entries[at : at + piece])
        edge, tail, at = growth.edge, growth.tail, at + piece
        assert edge.size == at
        assert edge.root == Tree(entries[:at]).root()
        assert decode_bundle(tail, at % 256) == entries[at - at % 256 : at]


@pytest.mark.parametrize("size, rows", [(1, ()), (2, ((leaf_hash(b""),),)), (0, ((leaf_hash(b""),),)), (256, ((),)), (-1, ())])
def test_hashes_that_are_no_edge_are_refused(size: int, rows: tuple[tuple[bytes, ...], ...]) -> None:
    with pytest.raises(EdgeError, match="partial tiles"):
        Edge(size, rows)


@pytest.mark.parametrize(
    "path, known",
    [
        *((path, True) for path in ("checkpoint", "policy", "authority", "tile/entries/000", "tile/0/000.p/1")),
        *((path, True) for path in ("timestamps/12-tsa.example.tsr", "timestamps/0-a.tsr", "images/" + "0a" * 32)),
        *((path, False) for path in ("", ".lock", "checkpoint/", "./checkpoint", "images/x", "images/" + "0A" * 32, "timestamps/12-.tsr")),
        *((path, False) for path in ("timestamps/01-a.tsr", "timestamps/1-a/../b.tsr", "timestamps/1-..tsr", "timestamps/1-A.tsr")),
        *((path, False) for path in ("../checkpoint", "tile/entries/000.p/256", "checkpoint\n", "images/" + "0a" * 32 + "\n")),
    ],
)
def test_which_names_a_log_has(path: str, known: bool) -> None:
    assert (limit_of(path) is not None) is known
