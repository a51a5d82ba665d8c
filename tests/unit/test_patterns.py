"""Each rule on a figure that meets it and on a near miss."""

from __future__ import annotations

import string
import tomllib
from pathlib import Path

import pytest

from tallyproof.compare.pattern_digits import digits_of
from tallyproof.compare.pattern_totals import explain_table, explain_total
from tallyproof.compare.patterns import MIRROR, RULES, Figures, Name, explain
from tallyproof.errors import UsageError

WORDS = Path(__file__).parents[2] / "src" / "tallyproof" / "findings" / "words"


def names(first: Figures, second: Figures) -> list[Name]:
    return [pattern.name for pattern in explain(first, second)]


def votes(*figures: int | None, **boxes: int | None) -> Figures:
    return Figures(figures, boxes)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (203, 803, {Name.ONE_DIGIT}),
        (0, 7, {Name.ONE_DIGIT}),
        (110, 1110, {Name.DIGIT_ADDED, Name.LEADING_DIGIT}),
        (767, 67, {Name.DIGIT_DROPPED, Name.LEADING_DIGIT}),
        (767, 76, {Name.DIGIT_DROPPED}),
        (450, 50, {Name.DIGIT_DROPPED, Name.LEADING_DIGIT}),
        (10, 0, {Name.DIGIT_DROPPED, Name.LEADING_DIGIT}),
        (9, 409, {Name.LEADING_DIGIT}),
        (100, 0, {Name.LEADING_DIGIT}),
        (72, 27, {Name.TRANSPOSED}),
        (203, 302, {Name.TRANSPOSED}),
        (123, 231, set()),
        (123, 214, set()),
        (140, 139, set()),
        (435, 0, set()),
        (5, 5, set()),
    ],
)
def test_digits_as_written(first: int, second: int, expected: set[Name]) -> None:
    assert digits_of(first, second) == expected
    assert digits_of(second, first) == {MIRROR[name] for name in expected}


def test_nothing_differs() -> None:
    assert explain(votes(1, 2, valid=3), votes(1, 2, valid=3)) == ()


def test_unread_is_no_difference_and_no_zero() -> None:
    assert explain(votes(5, None, valid=None), votes(5, 7, valid=12)) == ()
    assert names(votes(5, None), votes(0, 0)) == [Name.ZEROED, Name.ONE_DIGIT]
    assert explain(votes(5, rejected=3), votes(5)) == ()


def test_sums_that_follow_are_left_aside() -> None:
    found = explain(votes(203, 9, valid=212, rejected=3, in_box=215), votes(803, 9, valid=812, rejected=3, in_box=815))
    assert [pattern.name for pattern in found] == [Name.ONE_DIGIT]
    assert found[0].cells == ("v1",)
    assert found[0].detail == {"first": "203", "second": "803", "follows": "valid in_box"}


def test_sum_that_does_not_follow_is_a_figure_of_its_own() -> None:
    (found,) = explain(votes(203, 9, valid=212), votes(803, 9, valid=1812))
    assert (found.name, found.cells) == (Name.UNEXPLAINED, ("v1", "valid"))


def test_in_box_follows_only_what_changed_under_it() -> None:
    """The candidates' figures change and the valid votes do not: nothing carries the change up to the box."""
    (found,) = explain(votes(10, 5, valid=15, in_box=15), votes(14, 5, valid=15, in_box=19))
    assert found.cells == ("v1", "in_box")
    assert explain(votes(10, 5, in_box=15), votes(14, 5, in_box=19))[0].cells == ("v1",)


def test_moved_into_rejected_and_back() -> None:
    whole = votes(104, 767, valid=871, rejected=13, in_box=884)
    less = votes(104, 67, valid=171, rejected=713, in_box=884)
    found = explain(whole, less)
    assert [pattern.name for pattern in found] == [Name.INTO_REJECTED, Name.LEADING_DIGIT]
    assert found[0].detail == {"moved": 700, "before": 13, "after": 713, "follows": "valid"}
    assert found[0].cells == ("v2", "rejected")
    assert names(less, whole) == [Name.OUT_OF_REJECTED, Name.LEADING_DIGIT]


@pytest.mark.parametrize(
    "second",
    [
        votes(104, 67, rejected=712, in_box=884),
        votes(114, 57, rejected=713, in_box=884),
        votes(104, 67, rejected=713, in_box=1584),
        votes(104, 67, rejected=713, valid=871, in_box=1584),
    ],
    ids=["one vote lost", "another candidate gains", "box is larger", "box is larger, valid votes are not fewer"],
)
def test_not_moved_into_rejected(second: Figures) -> None:
    assert Name.INTO_REJECTED not in names(votes(104, 767, rejected=13, valid=871, in_box=884), second)


def test_moved_between_candidates() -> None:
    found = explain(votes(8, 450, 16, 9), votes(8, 50, 16, 409))
    assert [pattern.name for pattern in found] == [Name.MOVED, Name.LEADING_DIGIT]
    assert found[0].cells == ("v2", "v4")
    assert found[0].detail == {"moved": 400, "losers": 1, "gainers": 1}
    assert Name.MOVED not in names(votes(8, 450, 16, 9), votes(8, 50, 16, 408))


def test_exchange_of_two_rows_not_of_two_sums() -> None:
    assert names(votes(195, 0, 3), votes(0, 195, 3))[:1] == [Name.EXCHANGED]
    assert names(votes(30, 2, rejected=4), votes(4, 2, rejected=30))[:1] == [Name.EXCHANGED]
    assert Name.EXCHANGED not in names(votes(1, issued=30, received=40), votes(1, issued=40, received=30))


def test_shift_needs_two_figures_and_no_break() -> None:
    assert names(votes(72, 91, 4, 16, 1), votes(72, 0, 91, 4, 16))[0] == Name.SHIFTED
    assert explain(votes(72, 91, 4, 16, 1), votes(72, 0, 91, 4, 16))[0].detail == {"figures": 3, "direction": "down"}
    assert explain(votes(72, 0, 91, 4, 16), votes(72, 91, 4, 16, 1))[0].detail == {"figures": 3, "direction": "up"}
    assert Name.SHIFTED not in names(votes(72, 91, 4, 16, 1), votes(72, 0, 91, 5, 16))
    assert Name.SHIFTED not in names(votes(0, 91, 0, 0), votes(0, 7, 91, 0))
    assert Name.SHIFTED not in names(votes(91, None, 16, 1), votes(0, 91, None, 16))


def test_shift_counts_a_figure_that_stands_in_both_rows() -> None:
    """127, 2, 18 against 2, 18, 18: the last 18 is the same on both sides, and still came from one row up."""
    assert names(votes(3, 127, 2, 18, 0), votes(3, 2, 18, 18, 0))[0] == Name.SHIFTED


def test_other_order() -> None:
    assert names(votes(31, 208, 14, 76), votes(208, 31, 76, 14)) == [Name.REORDERED, Name.REWRITTEN, Name.MOVED]
    assert Name.REORDERED not in names(votes(31, 208, 14, 76), votes(208, 31, 76, 15))
    # a rotation is a shift as well
    assert names(votes(317, 208, 14, 5), votes(208, 14, 317, 5)) == [Name.SHIFTED, Name.REORDERED, Name.MOVED]


def test_zeroed_and_filled() -> None:
    found = explain(votes(803, 512), votes(0, 512))
    assert [(pattern.name, pattern.detail) for pattern in found] == [
        (Name.ZEROED, {"figures": 1, "votes": 803}),
    ]
    assert names(votes(0, 0), votes(31, 512)) == [Name.FILLED]
    assert Name.ZEROED not in names(votes(803, 512), votes(0, 511))


def test_whole_sheet() -> None:
    first = votes(10, 200, 31, 47, 0, 0, 0, 0, 0, 0)
    assert names(first, votes(44, 150, 90, 82, 0, 0, 0, 0, 0, 0))[0] == Name.REWRITTEN
    assert Name.REWRITTEN not in names(first, votes(44, 150, 90, 47, 0, 0, 0, 0, 0, 0))
    long = votes(*range(101, 110))
    assert Name.REWRITTEN not in names(long, votes(144, 250, 390, 582, *range(105, 110)))
    assert Name.REWRITTEN in names(long, votes(144, 250, 390, 582, 777, *range(106, 110)))
    assert Name.REWRITTEN in names(votes(*range(101, 109)), votes(144, 250, 390, 582, *range(105, 109)))


def test_double() -> None:
    assert names(votes(17, 240), votes(34, 480)) == [Name.DOUBLED]
    assert names(votes(34, 480), votes(17, 240)) == [Name.HALVED]
    assert names(votes(1, 5), votes(2, 5)) == [Name.ONE_DIGIT, Name.DOUBLED]


def test_digit_rules_speak_of_three_figures_at_most() -> None:
    assert names(votes(11, 21, 31, 500), votes(12, 22, 32, 500)) == [Name.ONE_DIGIT]
    assert Name.ONE_DIGIT not in names(votes(11, 21, 31, 41), votes(12, 22, 32, 42))


def test_copies_of_two_contests_are_refused() -> None:
    with pytest.raises(UsageError, match="figures of 2 candidates cannot be compared with figures of 3"):
        explain(votes(1, 2), votes(1, 2, 3))


ROWS = (("S1", (10, 20)), ("S2", (11, 5)), ("S3", (None, 9)), ("S4", (11, 5)), ("S5", (0, 0)))


def test_total_too_large_or_small_by_one_station() -> None:
    (twice,) = explain_total({"a": 10, "b": 20}, ROWS)
    assert (twice.name, twice.cells) == (Name.STATION_TWICE, ("S1",))
    (missing,) = explain_total({"a": -11, "b": -5}, ROWS)
    assert (missing.name, missing.cells) == (Name.STATION_MISSING, ("S2", "S4"))
    assert missing.detail == {"station": "S2", "stations": 2, "votes": 16}


@pytest.mark.parametrize("delta", [(0, 0), (10, 21), (10, -20), (0, 9)])
def test_total_that_no_station_accounts_for(delta: tuple[int, int]) -> None:
    assert explain_total(dict(zip("ab", delta, strict=True)), ROWS) == ()


def test_total_of_other_candidates_is_refused() -> None:
    with pytest.raises(UsageError, match="station S1"):
        explain_total({"a": 1}, ROWS)


def test_stations_exchanged() -> None:
    records = (("S1", (10, 20)), ("S2", (11, 5)), ("S3", (7, 7)), ("S4", (None, 1)))
    declared = (("S1", (11, 5)), ("S2", (10, 20)), ("S3", (7, 7)), ("S4", (3, 1)))
    (found,) = explain_table(declared, records)
    assert (found.name, found.cells) == (Name.STATIONS_EXCHANGED, ("S1", "S2"))
    assert explain_table(records, records) == ()


def test_exchange_with_one_of_several_is_told_once() -> None:
    records = (("S1", (10, 20)), ("S2", (11, 5)), ("S3", (11, 5)))
    declared = (("S1", (11, 5)), ("S2", (10, 20)), ("S3", (10, 20)))
    (found,) = explain_table(declared, records)
    assert found.cells == ("S1", "S2", "S3")


def test_stations_shifted_both_ways() -> None:
    figures = [(10, 20), (11, 5), (7, 7), (90, 1), (3, 3)]
    records = tuple((f"S{place}", row) for place, row in enumerate(figures))
    later = tuple((f"S{place}", row) for place, row in enumerate([*figures[1:4], (90, 1), (3, 3)]))
    (found,) = explain_table(later, records)
    assert (found.name, found.cells, found.detail["direction"]) == (Name.STATIONS_SHIFTED, ("S0", "S1", "S2"), "next")
    earlier = tuple((f"S{place}", row) for place, row in enumerate([(0, 0), *figures[:3], (3, 3)]))
    (found,) = explain_table(earlier, records)
    assert (found.cells, found.detail["direction"]) == (("S1", "S2", "S3"), "previous")
    short = tuple((f"S{place}", row) for place, row in enumerate([*figures[1:3], *figures[2:]]))
    assert explain_table(short, records) == ()


def test_equal_neighbours_are_no_shift() -> None:
    records = tuple((f"S{place}", (5, 5)) for place in range(6))
    assert explain_table(records, records) == ()
    gap = tuple((f"S{place}", (5, 5) if place != 3 else (6, 6)) for place in range(6))
    assert explain_table(gap, records) == ()


def test_station_twice_in_a_table_is_refused() -> None:
    with pytest.raises(UsageError, match="twice among the records"):
        explain_table((("S1", (1,)),), (("S1", (1,)), ("S1", (2,))))


def _words(language: str) -> dict[str, dict[str, object]]:
    return tomllib.loads((WORDS / language / "patterns.toml").read_text(encoding="utf-8"))


def _placeholders(text: object) -> set[str]:
    assert isinstance(text, str)
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


@pytest.mark.parametrize("language", ["en", "ur"])
def test_words_for_every_pattern(language: str) -> None:
    words = _words(language)
    assert set(words) == {name.value for name in Name} == {name.value for name in RULES}
    for name, table in words.items():
        assert set(table) == {"title", "happened", "rule", "innocent"}, name
        assert all(table.values()), name
        assert _placeholders(table["happened"]) == _placeholders(_words("en")[name]["happened"]), name
        assert not _placeholders(table["title"]) | _placeholders(table["rule"]), name


def test_rule_in_english_is_the_rule_of_the_code() -> None:
    assert {name: table["rule"] for name, table in _words("en").items()} == {name.value: rule for name, rule in RULES.items()}


def test_urdu_is_urdu() -> None:
    for name, table in _words("ur").items():
        for text in (table["title"], table["rule"]):
            assert isinstance(text, str)
            assert not set(text) & set(string.ascii_letters), name


def test_every_number_in_the_words_is_in_the_detail() -> None:
    """One example a pattern: its detail fills the sentence."""
    examples = [
        *explain(votes(203, 9), votes(803, 9)),
        *explain(votes(110, 9), votes(1110, 9)),
        *explain(votes(1110, 9), votes(110, 9)),
        *explain(votes(72, 9), votes(27, 9)),
        *explain(votes(195, 0), votes(0, 195)),
        *explain(votes(72, 91, 4, 16, 1), votes(72, 0, 91, 4, 16)),
        *explain(votes(30, 20, 10), votes(20, 10, 30)),
        *explain(votes(767, rejected=13), votes(67, rejected=713)),
        *explain(votes(67, rejected=713), votes(767, rejected=13)),
        *explain(votes(803), votes(0)),
        *explain(votes(0), votes(803)),
        *explain(votes(17, 240, 31, 47), votes(34, 480, 62, 94)),
        *explain(votes(34, 480), votes(17, 240)),
        *explain(votes(140), votes(139)),
        *explain_total({"a": 10, "b": 20}, ROWS),
        *explain_total({"a": -10, "b": -20}, ROWS),
        *explain_table((("S1", (5, 6)), ("S2", (7, 8))), (("S1", (7, 8)), ("S2", (5, 6)))),
        *explain_table(
            tuple(zip("abcd", [(2,), (3,), (4,), (4,)], strict=True)), tuple(zip("abcd", [(1,), (2,), (3,), (4,)], strict=True))
        ),
    ]
    assert {pattern.name for pattern in examples} == set(Name)
    for language in ("en", "ur"):
        words = _words(language)
        for pattern in examples:
            sentence = words[pattern.name]["happened"]
            assert isinstance(sentence, str)
            assert "{" not in sentence.format_map(pattern.detail)
