"""Statements against figures, worked by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tallyproof.compare.claims import Item, Verdict, allowed, check_item, check_statement
from tallyproof.errors import UsageError

SUPPORTED, CONTRADICTED, CANNOT_TELL = Verdict.SUPPORTED, Verdict.CONTRADICTED, Verdict.CANNOT_TELL


@pytest.mark.parametrize(
    ("value", "rounding", "low", "high", "verdict"),
    [
        (31_000, "1000", 31_000, 31_000, SUPPORTED),
        (31_000, "1000", 30_500, 31_500, SUPPORTED),
        (31_000, "1000", 30_400, 31_700, CANNOT_TELL),
        (31_000, "1000", 30_499, 30_499, CONTRADICTED),
        (31_000, "1000", 31_501, None, CONTRADICTED),
        (31_000, "1000", 30_900, None, CANNOT_TELL),
        (11_000, "1000", 11_357, 11_357, SUPPORTED),
        (11_000, "exact", 11_357, 11_357, CONTRADICTED),
        (11_357, "", 11_357, 11_357, SUPPORTED),
        (11_357, "exact", 11_356, 11_357, CANNOT_TELL),
        (6_000, "about", 5_700, 6_300, SUPPORTED),
        (6_000, "about", 5_699, 5_699, CONTRADICTED),
        (6_001, "about", 5_700, 5_700, CONTRADICTED),
        (6_000, "at-least", 6_000, None, SUPPORTED),
        (6_000, "at-least", 5_999, None, CANNOT_TELL),
        (6_000, "at-least", 0, 5_999, CONTRADICTED),
        (6_000, "at-most", 0, 6_000, SUPPORTED),
        (6_000, "at-most", 0, None, CANNOT_TELL),
        (6_000, "at-most", 6_001, None, CONTRADICTED),
        (1, "at-most", None, None, CANNOT_TELL),
        (5, "10", 0, 10, SUPPORTED),
    ],
)
def test_one_figure(value: int, rounding: str, low: int | None, high: int | None, verdict: Verdict) -> None:
    assert check_item(value, rounding, low, high) is verdict


def test_range_is_exact() -> None:
    assert allowed(6_001, "about") == (Fraction(114_019, 20), Fraction(126_021, 20))


@pytest.mark.parametrize("rounding", ["1", "500", "nearest", "-10", "ABOUT", "10.0", "10000000000"])
def test_unknown_rounding_is_refused(rounding: str) -> None:
    with pytest.raises(UsageError, match="unknown rounding"):
        allowed(10, rounding)


def test_impossible_input_is_refused() -> None:
    with pytest.raises(UsageError, match="no figure lies between"):
        check_item(10, "exact", 5, 4)
    with pytest.raises(UsageError, match="-1 votes"):
        check_item(-1, "exact", 5, 5)


def item(low: int | None, high: int | None) -> Item:
    return Item("a", "records", 100, "exact", low, high)


def test_statement_is_as_bad_as_its_worst_figure() -> None:
    good, open_, bad = item(100, 100), item(90, 110), item(7, 8)
    assert check_statement([good, good]) is SUPPORTED
    assert check_statement([good, open_]) is CANNOT_TELL
    assert check_statement([good, open_, bad]) is CONTRADICTED
    assert check_statement([]) is CANNOT_TELL
