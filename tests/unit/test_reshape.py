"""Long votes to wide sheets: equal to a plain dictionary, whatever the order, the gaps and the size of a batch."""

from __future__ import annotations

import random
from collections.abc import Iterator

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallyproof.model import reshape
from tallyproof.model.reshape import wide_votes

VOTES = {"record": pl.String, "candidate": pl.String, "votes": pl.Int64}
Row = tuple[str, str, int | None]


def naive(votes: list[Row], records: list[tuple[str, str]], ballots: dict[str, list[str]]) -> list[dict[str, object]]:
    """What the docstring says, one figure at a time."""
    figures = {(record, candidate): count for record, candidate, count in votes}
    width = max((len(ballot) for ballot in ballots.values()), default=1)
    out = []
    for record, contest in records:
        row = [figures.get((record, candidate)) for candidate in ballots.get(contest, [])]
        read = [count for count in row if count is not None]
        places = row + [None] * (width - len(row))
        out.append({"record": record, "votes_read": len(read), "votes_sum": sum(read)} | {f"v{i + 1}": v for i, v in enumerate(places)})
    return out


def wide(votes: list[Row], records: list[tuple[str, str]], ballots: dict[str, list[str]]) -> list[dict[str, object]]:
    frame = wide_votes(
        pl.LazyFrame(votes, schema=VOTES, orient="row"),
        pl.DataFrame(records, schema={"record": pl.String, "contest": pl.String}, orient="row"),
        pl.DataFrame(
            [(contest, candidate) for contest, ballot in ballots.items() for candidate in ballot],
            schema={"contest": pl.String, "candidate": pl.String},
            orient="row",
        ),
    )
    assert [dtype for name, dtype in frame.schema.items() if name != "record"] == [pl.Int64] * (frame.width - 1)
    return frame.to_dicts()


@pytest.fixture(autouse=True)
def small_batches() -> Iterator[None]:
    """Batches end in the middle of records, and rows of unknown place are looked up more than once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reshape, "BATCH_ROWS", 7)
        patch.setattr(reshape, "FLUSH_ROWS", 20)
        yield


BALLOTS = {"A": ["a", "b", "c"], "B": ["b", "a"], "C": ["x"], "D": ["p", "q", "r", "s", "t"]}


def package(contests: str, *, step: int = 10) -> tuple[list[Row], list[tuple[str, str]]]:
    """Complete records r0, r1 … of the given contests, in order; every figure is different."""
    records = [(f"r{i}", contest) for i, contest in enumerate(contests)]
    votes: list[Row] = [(r, c, step * i + j) for i, (r, contest) in enumerate(records) for j, c in enumerate(BALLOTS[contest])]
    return votes, records


def test_a_tidy_file_is_read_by_place(monkeypatch: pytest.MonkeyPatch) -> None:
    votes, records = package("AAAAAA")
    monkeypatch.setattr(reshape, "BATCH_ROWS", 100)
    monkeypatch.setattr(reshape._Reshaper, "_place", lambda *_: pytest.fail("a tidy file has no torn rows"))
    assert wide(votes, records, BALLOTS) == naive(votes, records, BALLOTS)


def test_a_tidy_file_in_another_order_than_its_records_is_read_by_place(monkeypatch: pytest.MonkeyPatch) -> None:
    votes, records = package("ABADCAB")
    monkeypatch.setattr(reshape, "BATCH_ROWS", 100)
    monkeypatch.setattr(reshape._Reshaper, "_place", lambda *_: pytest.fail("a tidy file has no torn rows"))
    assert wide(votes, records[::-1], BALLOTS) == naive(votes, records[::-1], BALLOTS)


@pytest.mark.parametrize("contests", ["", "A", "AAAAAAAAAAAA", "ABCD", "DDDDAAAABBBBCCCC", "ABCDABCDABCDABCD"])
def test_contests_with_different_ballots(contests: str) -> None:
    votes, records = package(contests)
    assert wide(votes, records, BALLOTS) == naive(votes, records, BALLOTS)


def test_unread_is_not_zero() -> None:
    votes, records = package("AAB")
    votes[1] = ("r0", "b", None)
    votes[3:6] = [("r1", c, None) for c in "abc"]
    got = wide(votes, records, BALLOTS)
    assert got == naive(votes, records, BALLOTS)
    assert got[1] == {"record": "r1", "votes_read": 0, "votes_sum": 0} | dict.fromkeys(["v1", "v2", "v3", "v4", "v5"])


def test_a_zero_is_read() -> None:
    assert wide([("r", "x", 0)], [("r", "C")], {"C": ["x"]}) == [{"record": "r", "votes_read": 1, "votes_sum": 0, "v1": 0}]


def test_missing_rows_are_unread() -> None:
    votes, records = package("AAAABBBB")
    del votes[4]
    del votes[0]
    assert wide(votes, records, BALLOTS) == naive(votes, records, BALLOTS)


def test_a_record_without_votes_has_a_row() -> None:
    votes, records = package("AAA")
    votes = [row for row in votes if row[0] != "r1"]
    assert wide(votes, records, BALLOTS)[1]["votes_read"] == 0
    assert wide([], records, BALLOTS) == naive([], records, BALLOTS)


def test_same_candidates_in_another_order_are_not_exchanged() -> None:
    votes, records = package("AABB")
    votes[0], votes[1] = votes[1], votes[0]
    assert wide(votes, records, BALLOTS) == naive(votes, records, BALLOTS)


def test_a_complete_run_of_another_contests_ballot_is_refused() -> None:
    votes, records = package("AA")
    with pytest.raises(ValueError, match="not in the package"):
        wide([(r, {"a": "p", "b": "q", "c": "r"}[c], n) for r, c, n in votes], records, BALLOTS)


def test_an_unknown_record_is_refused() -> None:
    votes, records = package("AAA")
    with pytest.raises(ValueError, match="not in the package"):
        wide([*votes, ("nobody", "a", 1)], records, BALLOTS)
    with pytest.raises(ValueError, match="not in the package"):
        wide([("nobody", "a", 1), *votes], records, BALLOTS)


@pytest.mark.parametrize("place", [0, 1, 4, 9])
def test_a_repeated_candidate_is_refused(place: int) -> None:
    votes, records = package("AAAA")
    with pytest.raises(ValueError, match="twice"):
        wide([*votes[:place], votes[5], *votes[place:]], records, BALLOTS)


def test_a_record_that_is_given_twice_whole_is_refused() -> None:
    votes, records = package("AAAA")
    with pytest.raises(ValueError, match="twice"):
        wide([*votes, *votes[3:6]], records, BALLOTS)


def test_no_candidates_at_all() -> None:
    assert wide([], [("r", "A")], {}) == [{"record": "r", "votes_read": 0, "votes_sum": 0, "v1": None}]


def test_narrow_integers_do_not_overflow() -> None:
    votes = pl.LazyFrame({"record": ["r", "r"], "candidate": ["a", "b"], "votes": pl.Series([2_000_000_000] * 2, dtype=pl.Int32)})
    frame = wide_votes(
        votes, pl.DataFrame({"record": ["r"], "contest": ["A"]}), pl.DataFrame({"contest": ["A"] * 2, "candidate": ["a", "b"]})
    )
    assert frame["votes_sum"].to_list() == [4_000_000_000]


@st.composite
def packages(draw: st.DrawFn) -> tuple[list[Row], list[tuple[str, str]], dict[str, list[str]]]:
    keys = st.lists(st.sampled_from(["a", "b", "c", "a candidate with a long key", "ف"]), min_size=1, max_size=5, unique=True)
    ballots = draw(st.dictionaries(st.sampled_from(["A", "B", "C"]), keys, min_size=1))
    contests = draw(st.lists(st.sampled_from(sorted(ballots)), max_size=9))
    records = [(f"record {i}" if i % 3 else f"a record with a longer key {i}", contest) for i, contest in enumerate(contests)]
    figure = st.none() | st.integers(0, 999_999_999)
    votes = [(record, candidate, draw(figure)) for record, contest in records for candidate in ballots[contest]]
    match draw(st.sampled_from(["tidy", "gaps", "records shuffled", "shuffled", "by candidate", "nearly tidy"])):
        case "gaps":
            votes = [row for row in votes if draw(st.booleans())]
        case "records shuffled":
            records = draw(st.permutations(records))
        case "shuffled":
            votes = draw(st.permutations(votes))
        case "by candidate":
            votes = sorted(votes, key=lambda row: (row[1], row[0]))
        case "nearly tidy" if votes:
            moved = votes.pop(draw(st.integers(0, len(votes) - 1)))
            votes.insert(draw(st.integers(0, len(votes))), moved)
        case _:
            pass
    return votes, records, ballots


@settings(deadline=None, max_examples=60)
@given(packages(), st.sampled_from([2, 5, 1000]), st.sampled_from([0, 64]))
def test_equal_to_a_plain_dictionary(
    made: tuple[list[Row], list[tuple[str, str]], dict[str, list[str]]], batch_rows: int, many_blocks: int
) -> None:
    votes, records, ballots = made
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reshape, "BATCH_ROWS", batch_rows)
        patch.setattr(reshape, "MANY_BLOCKS", many_blocks)
        assert wide(votes, records, ballots) == naive(votes, records, ballots)


def test_batches_as_large_as_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    shuffle = random.Random(1)
    votes, records = package("".join(shuffle.choices("ABCD", k=3000)))
    for rows in (votes, sorted(votes, key=lambda row: shuffle.random())):
        assert wide(rows, records, BALLOTS) == naive(rows, records, BALLOTS)
