"""How often a rule is met by unrelated figures: counted by hand on sets small enough for it."""

from __future__ import annotations

import pytest

from tallyproof.compare import chance as module
from tallyproof.compare.chance import Chance, chances
from tallyproof.compare.patterns import Figures, Name, explain


def votes(*figures: int | None, **boxes: int | None) -> Figures:
    return Figures(figures, boxes)


def test_counted_by_hand() -> None:
    """203 became 803 at one station. The other three have 210, 903 and 500 there: only 903 is one digit from 203."""
    first, second = votes(203, 9), votes(803, 9)
    pairs = {"S1": (first, second)} | {f"S{place}": (votes(figure, 1),) * 2 for place, figure in ((2, 210), (3, 903), (4, 500))}
    (pattern,) = explain(first, second)
    assert chances(pairs).of(pattern, first, second) == Chance(1, 3)


def test_pairings_where_fewer_figures_differ_are_another_question() -> None:
    first, second = votes(203, 9), votes(803, 9)
    pairs = {"S1": (first, second), "S2": (votes(203, 4),) * 2, "S3": (votes(None, 4),) * 2, "S4": (votes(204, 4),) * 2}
    (pattern,) = explain(first, second)
    assert chances(pairs).of(pattern, first, second) == Chance(1, 1)
    # 203 and 9 became 803 and 8; with the second station's figures only one of the two would differ
    first, second = votes(203, 9), votes(803, 8)
    pairs = {"S1": (first, second), "S2": (votes(203, 4),) * 2, "S3": (votes(210, 9),) * 2, "S4": (votes(703, 1),) * 2}
    (pattern,) = explain(first, second)
    assert chances(pairs).of(pattern, first, second) == Chance(1, 1)


def test_sums_that_follow_stay_out_of_it() -> None:
    """Whatever figure stands in the candidate's row, the valid votes would have followed."""
    first, second = votes(203, 9, valid=212), votes(803, 9, valid=812)
    pairs = {"S1": (first, second), "S2": (votes(703, 4, valid=707),) * 2}
    (pattern,) = explain(first, second)
    assert chances(pairs).of(pattern, first, second) == Chance(1, 1)


def test_small_figures_and_large_ones_are_counted_apart() -> None:
    pairs = {f"S{place}": (votes(place), votes((place + 1) % 10)) for place in range(10)}
    pairs |= {f"T{place}": (votes(100 * place + 37), votes(100 * place + 46)) for place in range(1, 10)}
    found = chances(pairs)
    small, large = (votes(3), votes(5)), (votes(300), votes(500))
    one_digit = next(pattern for pattern in explain(*small) if pattern.name is Name.ONE_DIGIT)
    assert found.of(one_digit, *small).fits > 0
    assert found.of(one_digit, *large).fits < found.of(one_digit, *small).fits


def test_order_of_rows_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where only some of the other stations are asked."""
    monkeypatch.setattr(module, "OTHERS", 3)
    pairs = {f"S{place:03}": (votes(place * 7 % 90, place), votes(place * 11 % 90, place)) for place in range(60)}
    shuffled = dict(sorted(pairs.items(), key=lambda item: hash(item[1][1].votes)))
    assert list(shuffled) != list(pairs)
    assert chances(shuffled) == chances(pairs)


def test_nothing_to_compare_with() -> None:
    first, second = votes(203), votes(803)
    (pattern,) = explain(first, second)
    assert chances({"S1": (first, second)}).of(pattern, first, second) == Chance(0, 0)
    assert chances({}).of(pattern, first, second) == Chance(0, 0)
    assert chances({}).of(pattern, first, first) == Chance(0, 0)


def test_work_is_bounded() -> None:
    pairs = {f"S{place:06}": (votes(place), votes(place + 1)) for place in range(module.PAIRINGS + 5)}
    assert sum(chances(pairs).pairings.values()) <= module.PAIRINGS
