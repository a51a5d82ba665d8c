"""The same large figure in two rows."""

from __future__ import annotations

from fractions import Fraction

from tallyproof.compare.repeated import expected_pairs, repeated

COUNTIES = {f"county {place:02}": {"a": 20_000 + 1_713 * place, "b": 90_000 - 1_219 * place} for place in range(40)}


def with_row(row: str, **figures: int) -> dict[str, dict[str, int]]:
    return COUNTIES | {row: figures}


def test_nothing_repeats() -> None:
    assert repeated(COUNTIES) == ()
    assert repeated({}) == ()


def test_one_figure_of_another_row() -> None:
    (found,) = repeated(with_row("elsewhere", a=COUNTIES["county 07"]["a"], b=1_234_567))
    assert found.rows == ("county 07", "elsewhere")
    assert found.items == {"a": 20_000 + 1_713 * 7}
    assert found.pairs == 41 * 40 // 2
    assert 0 < found.expected < Fraction(1, 10)


def test_several_figures_of_the_same_two_rows_are_one_lead() -> None:
    (found,) = repeated(with_row("elsewhere", **COUNTIES["county 07"]))
    assert found.items == COUNTIES["county 07"]
    assert found.expected == min(
        expected_pairs([figures[item] for figures in with_row("elsewhere", **COUNTIES["county 07"]).values()]) for item in "ab"
    )


def test_the_rarest_column_counts_alone() -> None:
    """A column in which equal figures are common neither makes a repeat rarer nor hides it."""
    table = {row: figures | {"c": 1_000 + place % 7} for place, (row, figures) in enumerate(COUNTIES.items())}
    table["elsewhere"] = {"a": table["county 07"]["a"], "c": table["county 07"]["c"]}
    (found,) = repeated(table)
    assert "a" in found.items
    assert found.expected < Fraction(1, 10)


def test_small_figures_are_not_looked_at() -> None:
    table = with_row("elsewhere", a=COUNTIES["county 07"]["a"])
    figure = table["elsewhere"]["a"]
    assert repeated(table, threshold=figure)
    assert repeated(table, threshold=figure + 1) == ()


def test_with_two_rows_nothing_is_known_of_the_spread() -> None:
    assert repeated({"one": {"a": 22_876}, "two": {"a": 22_876}}) == ()


def test_figures_that_often_coincide_are_not_told() -> None:
    stations = {f"station {place}": {"a": 1_000 + place * 37 % 500} for place in range(600)}
    assert repeated(stations) == ()


def test_what_the_records_say() -> None:
    table = with_row("elsewhere", a=COUNTIES["county 07"]["a"])
    figure = table["elsewhere"]["a"]
    (found,) = repeated(table, records={"county 07": {"a": (figure, figure)}, "elsewhere": {"a": (figure + 500, None)}})
    assert [(said.row, said.agrees) for said in found.records] == [("county 07", True), ("elsewhere", False)]
    (found,) = repeated(table, records={})
    assert [said.agrees for said in found.records] == [None, None]


def test_expected_pairs_by_hand() -> None:
    """1,000, 1,010 … 1,990: a tenth of the median is 150, and 99 + 98 + … + 85 pairs lie 10, 20 … 150 apart."""
    assert expected_pairs([1_000 + 10 * place for place in range(100)]) == Fraction(sum(range(85, 100)), 2 * 150)
    # 2 pairs up to 120 (a tenth of the median), 6 up to 240, 9 up to 480 apart: 6/480 is the largest estimate
    assert expected_pairs([1_000, 1_000, 1_050, 1_200, 1_400, 9_000]) == Fraction(1, 80)
    # four rows: nothing is known
    assert expected_pairs([1_000, 1_000, 1_050, 9_000]) == 6
    assert expected_pairs([]) == expected_pairs([5]) == 0
    assert expected_pairs([5, 5, 5]) == 3


def test_expected_pairs_is_about_right_for_an_even_spread() -> None:
    """1,000 figures spread over 1,000,000 by a multiplier: about n²/2 pairs over the span, 0.5."""
    figures = [1_000 + place * 7_919 * 104_729 % 1_000_000 for place in range(1_000)]
    assert Fraction(4, 10) < expected_pairs(figures) < Fraction(6, 10)
