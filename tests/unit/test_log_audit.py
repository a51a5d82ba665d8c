"""A whole log, read and believed nothing: sound ones pass, and each way to falsify one is found by its code."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallyproof.errors import InputError, UsageError
from tallyproof.log.audit import MAX_PROBLEMS, Audit
from tallyproof.log.checkpoint import Checkpoint, parse_note
from tallyproof.log.edge import Edge, grow
from tallyproof.log.merkle import EMPTY_ROOT, MAX_SIZE, MerkleError, Tree, leaf_hash
from tallyproof.log.nodes import Nodes, receipt
from tallyproof.log.policy import judge
from tallyproof.log.proof import ReceiptError, make, parse, verify
from tallyproof.log.tiles import MAX_ENTRY, bundles_of, encode_bundle, parse_path, tiles_of
from tests.support.logs import ORIGIN, SIGNER, Files, ed_key, entries_of, made_log, policy_of, reading, signed

POLICY = policy_of()
SIZE = 600
ENTRIES = entries_of(SIZE)
LOG = made_log(ENTRIES)
TREE = Tree(ENTRIES)


def codes(files: Files, **more: object) -> list[str]:
    return [problem.code for problem in Audit(reading(files), POLICY, **more).run()]  # type: ignore[arg-type]


def with_checkpoint(files: Files, size: int, root: bytes) -> Files:
    return files | {"checkpoint": signed(Checkpoint(ORIGIN, size, root))}


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537])
def test_sound_logs_pass_and_give_their_entries(size: int) -> None:
    entries = [b"%d" % i for i in range(size)]
    asked: list[str] = []
    files = made_log(entries)
    audit = Audit(reading(files, asked), POLICY)
    assert list(audit.entries()) == list(enumerate(entries))
    assert audit.problems == ()
    assert audit.checkpoint == parse_note(files["checkpoint"])[0]
    # Each file that the size implies was read once, and nothing else was asked for.
    assert sorted(asked) == sorted(["checkpoint", *(tile.path for tile in (*bundles_of(size), *tiles_of(size)))])


def test_no_checkpoint_or_none_that_is_signed_and_nothing_else_is_read() -> None:
    other = signed(Checkpoint("another.example", SIZE, TREE.root()))
    unsigned = signed(Checkpoint(ORIGIN, SIZE, TREE.root()), replace(SIGNER, ed25519=ed_key("another")))
    for data, code in [
        (None, "checkpoint-missing"),
        (b"x", "checkpoint-malformed"),
        (other, "checkpoint-origin"),
        (unsigned, "checkpoint-signature"),
    ]:
        asked: list[str] = []
        files = {path: content for path, content in LOG.items() if path != "checkpoint"} | ({"checkpoint": data} if data else {})
        audit = Audit(reading(files, asked), POLICY)
        assert list(audit.entries()) == []
        assert [problem.code for problem in audit.problems] == [code]
        assert asked == ["checkpoint"]


def test_a_log_whose_witnesses_are_missing_is_read_all_the_same() -> None:
    audit = Audit(reading(LOG), policy_of(SIGNER, ["w1"], "w1"))
    assert len(list(audit.entries())) == SIZE
    assert [problem.code for problem in audit.problems] == ["quorum-missing"]


@pytest.mark.parametrize("path", [path for path in LOG if path not in ("checkpoint", "policy")])
def test_every_file_counts(path: str) -> None:
    """Each one missing, cut, lengthened, empty, with a bit changed: never unnoticed, and the other entries still come."""
    tile = parse_path(path)
    assert tile is not None
    missing, malformed = ("bundle-missing", "bundle-malformed") if tile.is_bundle else ("tile-missing", "tile-truncated")
    data = LOG[path]
    for wrong, code in [(None, missing), (data[:-1], malformed), (data + b"\0", malformed), (b"", malformed), (data + data, malformed)]:
        files = {one: content for one, content in LOG.items() if one != path} | ({path: wrong} if wrong is not None else {})
        audit = Audit(reading(files), POLICY)
        got = list(audit.entries())
        assert [(problem.code, problem.file) for problem in audit.problems] == [(code, path)]
        lost = range(tile.index * 256, tile.index * 256 + tile.width) if tile.is_bundle else ()
        assert got == [(i, entry) for i, entry in enumerate(ENTRIES) if i not in lost]
    flipped = LOG | {path: data[:40] + bytes([data[40] ^ 1]) + data[41:] if len(data) > 40 else data[:-1] + bytes([data[-1] ^ 1])}
    assert set(codes(flipped)) == ({"tile-differs", "root-differs"} if tile.is_bundle else {"tile-differs"})


def test_a_log_that_was_rewritten_with_all_its_tiles_has_another_root() -> None:
    changed, moved, dropped, put_in = list(ENTRIES), list(ENTRIES), ENTRIES[:99] + ENTRIES[100:], [*ENTRIES[:99], b"more", *ENTRIES[99:]]
    changed[99] = b"changed"
    moved[99], moved[300] = moved[300], moved[99]
    for entries in (changed, moved):
        assert codes(made_log(entries) | {"checkpoint": LOG["checkpoint"]}) == ["root-differs"]
    for entries in (dropped, put_in):
        files = made_log(entries) | {"checkpoint": LOG["checkpoint"]}
        assert codes(files)
    assert codes(with_checkpoint(made_log(dropped), len(dropped), TREE.root())) == ["root-differs"]


@given(st.data())
def test_forged_tiles_are_not_believed(data: st.DataObject) -> None:
    """A bundle is changed and the tile below the root made to fit it, so that a reader of tiles alone sees a sound path."""
    at = data.draw(st.integers(0, SIZE - 1))
    forged = list(ENTRIES)
    forged[at] = b"forged"
    files = dict(LOG)
    for path, content in made_log(forged).items():
        if path.startswith(("tile/entries/", "tile/0/")):
            files[path] = content
    assert set(codes(files)) >= {"root-differs"} and "tile-differs" in codes(files) if at < 512 else codes(files) == ["root-differs"]


def test_partial_tiles_give_way_to_full_ones() -> None:
    """The folder has grown to 800; the partial tiles of 600 are gone, and its checkpoint is still good."""
    grown = made_log(entries_of(1_024)) | {"checkpoint": LOG["checkpoint"]}
    later = {path: data for path, data in LOG.items() if path.startswith("tile/1/")}
    audit = Audit(reading(grown | later), POLICY)
    assert [entry for _, entry in audit.entries()] == ENTRIES
    assert audit.problems == ()
    short = grown | later | {"tile/entries/002": encode_bundle(entries_of(700)[512:]), "tile/0/002": bytes(32)}
    assert codes(short) == ["bundle-malformed", "tile-truncated"]


def test_a_partial_tile_is_asked_for_only_where_the_size_needs_it() -> None:
    asked: list[str] = []
    Audit(reading(made_log(entries_of(512)), asked), POLICY).run()
    assert [path for path in asked if ".p/" in path] == ["tile/1/000.p/2"]


@pytest.mark.parametrize("size", [MAX_SIZE, 10**9])
def test_an_absurd_size_ends_soon_and_costs_no_memory(size: int) -> None:
    files = with_checkpoint(LOG, size, TREE.root())
    tracemalloc.start()
    problems = Audit(reading(files), POLICY).run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(problems) == MAX_PROBLEMS
    assert peak < 10_000_000


def test_memory_does_not_grow_with_the_log() -> None:
    """20 MB of entries go by; at no time is more than a few bundles of 256 KB held."""
    entry = bytes(1_000)

    def read(path: str) -> bytes:
        tile = parse_path(path)
        if tile is not None and tile.is_bundle:
            return encode_bundle([entry] * tile.width)
        return files[path]

    files = made_log([entry] * 20_000)
    files = {path: data for path, data in files.items() if not path.startswith("tile/entries/")}
    tracemalloc.start()
    assert Audit(read, POLICY).run() == ()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000


def test_other_errors_of_reading_are_problems_too() -> None:
    def read(path: str) -> bytes:
        if path == "tile/0/001":
            raise PermissionError(13, "Permission denied")
        return LOG[path]

    (problem,) = Audit(read, POLICY).run()
    assert (problem.code, problem.file) == ("tile-missing", "tile/0/001")
    assert "Permission denied" in problem.message


# --- What was seen earlier ----------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, SIZE), max_size=6))
def test_earlier_checkpoints_of_the_same_log_agree(sizes: list[int]) -> None:
    assert codes(LOG, seen=[Checkpoint(ORIGIN, size, TREE.root(size)) for size in sizes]) == []


@given(st.integers(1, SIZE))
def test_an_earlier_checkpoint_of_another_tree_is_a_fork(size: int) -> None:
    assert codes(LOG, seen=[Checkpoint(ORIGIN, size, leaf_hash(b"other"))]) == ["fork"]


def test_rollback_and_fork_together() -> None:
    larger, same = Checkpoint(ORIGIN, SIZE + 1, leaf_hash(b"")), Checkpoint(ORIGIN, SIZE, leaf_hash(b""))
    smaller = [Checkpoint(ORIGIN, 100, leaf_hash(b"")), Checkpoint(ORIGIN, 300, TREE.root(300)), Checkpoint(ORIGIN, 0, EMPTY_ROOT)]
    assert codes(LOG, seen=[larger, same, *smaller]) == ["fork", "rollback", "fork"]
    assert codes(LOG, seen=[Checkpoint(ORIGIN, 0, leaf_hash(b""))]) == ["fork"]


def test_a_log_that_disagrees_with_itself_is_not_called_a_fork() -> None:
    """Its entries are not those that it signed, so they say nothing of what it signed before."""
    changed = [b"changed", *ENTRIES[1:]]
    files = made_log(changed) | {"checkpoint": LOG["checkpoint"]}
    assert codes(files, seen=[Checkpoint(ORIGIN, 100, TREE.root(100))]) == ["root-differs"]
    unknown = {path: data for path, data in LOG.items() if path != "tile/entries/001"}
    assert codes(unknown, seen=[Checkpoint(ORIGIN, 100, leaf_hash(b""))]) == ["bundle-missing"]


def test_a_kept_checkpoint_of_another_log_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(UsageError, match=r"another\.example"):
        codes(LOG, seen=[Checkpoint("another.example", 5, EMPTY_ROOT)])


# --- Proofs and receipts from the files ---------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 255, 256, 257, 600, 65_537])
def test_proofs_from_tiles_are_those_of_the_tree(size: int) -> None:
    entries = [b"%d" % i for i in range(size)]
    tree, nodes = Tree(entries), Nodes(reading(made_log(entries)), size)
    for index in sorted({0, 1, 254, 255, 256, 511, size // 2, size - 2, size - 1} & set(range(size))):
        assert nodes.entry(index) == entries[index]
        assert nodes.inclusion_proof(index) == tree.inclusion_proof(index)
        assert nodes.inclusion_proof(index // 2, index + 1) == tree.inclusion_proof(index // 2, index + 1)
        assert nodes.consistency_proof(index + 1) == tree.consistency_proof(index + 1)
        assert nodes.root(index) == tree.root(index)
    for wrong in (-1, size, size + 1):
        with pytest.raises(MerkleError):
            nodes.entry(wrong)
        with pytest.raises(MerkleError):
            nodes.inclusion_proof(wrong)


@given(st.integers(0, SIZE - 1))
def test_a_receipt_holds(index: int) -> None:
    one = receipt(reading(LOG), index)
    assert parse(one.to_bytes()) == one
    assert one.entry == ENTRIES[index]
    judged = verify(one, POLICY)
    assert judged.problems == ()
    assert judged.checkpoint is not None
    assert judged.checkpoint.size == SIZE


def test_a_receipt_that_was_changed_does_not_hold() -> None:
    one = receipt(reading(LOG), 77)
    other_tree = Checkpoint(ORIGIN, SIZE, leaf_hash(b""))
    for wrong in (
        replace(one, entry=b"other"),
        replace(one, index=78),
        replace(one, index=SIZE),
        replace(one, index=10**15),
        replace(one, path=one.path[:-1]),
        replace(one, path=one.path[::-1]),
        replace(one, path=(*one.path, leaf_hash(b""))),
        replace(one, checkpoint=signed(other_tree)),
    ):
        assert [problem.code for problem in verify(parse(wrong.to_bytes()), POLICY).problems] == ["receipt-path"]
    unsigned = replace(one, checkpoint=one.checkpoint.replace(b"600\n", b"601\n"))
    assert [problem.code for problem in verify(unsigned, POLICY).problems] == ["checkpoint-signature"]
    assert [problem.code for problem in verify(replace(one, checkpoint=b"x"), POLICY).problems] == ["checkpoint-malformed"]
    assert judge(one.checkpoint, POLICY).problems == ()


def test_receipts_at_the_edges() -> None:
    alone = receipt(reading(made_log([b"only"])), 0)
    assert alone.path == ()
    assert verify(alone, POLICY).problems == ()
    long = receipt(reading(made_log([bytes(MAX_ENTRY), b""])), 0)
    assert verify(parse(long.to_bytes()), POLICY).problems == ()
    with pytest.raises(ReceiptError, match="0 bytes"):
        receipt(reading(made_log([bytes(MAX_ENTRY), b""])), 1)
    with pytest.raises(ReceiptError, match="65536 bytes"):
        make(bytes(65_536), 0, (), b"x")


RECEIPT = receipt(reading(LOG), 5).to_bytes()
LINES = RECEIPT.split(b"\n")


NO_RECEIPTS = [
    *(
        b"",
        b"\n\n",
        RECEIPT[:-800][:60],
        b"c2sp.org/tlog-proof@v1\n\n",
        RECEIPT.replace(b"@v1", b"@v2"),
        RECEIPT.replace(b"\n", b"\r\n"),
    ),
    RECEIPT.replace(LINES[1] + b"\n", b""),
    RECEIPT.replace(LINES[1], b"extra "),
    RECEIPT.replace(LINES[1], b"extra  " + LINES[1][6:]),
    RECEIPT.replace(LINES[1], b"Extra" + LINES[1][5:]),
    RECEIPT.replace(LINES[1], LINES[1] + b"="),
    *(RECEIPT.replace(b"index 5", b"index " + one) for one in (b"05", b"-1", b"+5", b"", b"5 ", b"5_0", b"\xd9\xa5", b"9" * 17)),
    RECEIPT.replace(b"index 5\n", b""),
    RECEIPT.replace(LINES[3], LINES[3][:-4]),
    RECEIPT.replace(LINES[3], LINES[3] + b" "),
    RECEIPT.replace(LINES[3], b"\n".join([LINES[3]] * 64)),
    b"\xff" + RECEIPT,
    RECEIPT + b"x" * (1 << 21),
]


@pytest.mark.parametrize("data", NO_RECEIPTS, ids=range(len(NO_RECEIPTS)))
def test_what_is_no_receipt(data: bytes) -> None:
    with pytest.raises(ReceiptError):
        parse(data)


@given(st.binary(max_size=200), st.integers(0, len(RECEIPT)))
def test_any_bytes_are_a_receipt_or_refused(data: bytes, at: int) -> None:
    for one in (data, RECEIPT[:at] + data + RECEIPT[at:]):
        try:
            found = parse(one)
        except ReceiptError:
            continue
        assert found.to_bytes() == one
        verify(found, POLICY)


def test_damaged_files_make_no_receipt() -> None:
    for path, code in [
        ("tile/entries/000", "bundle-missing"),
        ("tile/0/000", "tile-missing"),
        ("tile/0/002.p/88", "tile-missing"),
        ("checkpoint", "checkpoint-missing"),
    ]:
        with pytest.raises(InputError) as caught:
            receipt(reading({one: data for one, data in LOG.items() if one != path}), 5)
        assert [problem.code for problem in caught.value.problems] == [code]
    for path, data, code in [
        ("tile/entries/000", b"", "bundle-malformed"),
        ("tile/0/000", b"", "tile-truncated"),
        ("tile/0/000", bytes(8_192), "tile-differs"),
    ]:
        with pytest.raises(InputError) as caught:
            receipt(reading(LOG | {path: data}), 5)
        assert [problem.code for problem in caught.value.problems] == [code]


def test_growing_by_hand_gives_the_log() -> None:
    first = grow(Edge(), b"", ENTRIES[:300])
    assert grow(first.edge, first.tail, ENTRIES[300:]).edge.root == TREE.root()
