"""Every check, on any figures, says what plain integers say. The reference below shares no code with the checks."""

from __future__ import annotations

from collections.abc import Callable

import narwhals as nw
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tallyproof.capture import checks
from tallyproof.capture.check_types import Thresholds
from tallyproof.model.boxes import BOX_NAMES
from tests.support.check_frames import Frames

Row = dict[str, int | str | None]
Answer = bool | None

# Small figures, so that equalities and boundaries happen; and the largest that a form may hold, so that nothing overflows.
FIGURES = st.none() | st.integers(0, 6) | st.sampled_from([15, 95, 97, 100, 101, 103, 105, 106, 999_999_999])
REASONS = st.sampled_from([None, "blank:illegible", "valid:blank", "valid:illegible blank:blank", "in_box:blank", "blank:not-on-form"])


@st.composite
def records(draw: st.DrawFn) -> tuple[Row, list[int | None]]:
    boxes = draw(st.fixed_dictionaries(dict.fromkeys((*BOX_NAMES, "roll"), FIGURES)))
    votes = draw(st.lists(FIGURES, min_size=0, max_size=4))
    read = [vote for vote in votes if vote is not None]
    if draw(st.booleans()):
        boxes["valid"] = sum(read) if sum(read) < 10**9 else None
    if draw(st.booleans()) and boxes["valid"] is not None and boxes["rejected"] is not None:
        boxes["in_box"] = min(boxes["valid"] + boxes["rejected"] + (boxes["blank"] or 0), 999_999_999)
    extras = {name: draw(st.none() | st.integers(0, 4)) for name in ("words_same", "words_differ", "split_same", "split_differ")}
    texts = {"unread": draw(REASONS), "voters": draw(st.sampled_from([None, "male", "female", "combined", "?"]))}
    return {**boxes, **extras, **texts, "twin_stations": draw(st.sampled_from([None, 0, 2]))}, votes


def _exact(parts: list[int | None], whole: int | None) -> Answer:
    """Do the parts make the whole? Unread parts can only add."""
    if whole is None:
        return None
    low = sum(part or 0 for part in parts)
    if None in parts:
        return False if low > whole else None
    return low == whole


def _below(parts: list[int | None], ceiling: int | None) -> Answer:
    if ceiling is None:
        return None
    if any(part is not None and part > ceiling for part in parts):
        return False
    return None if None in parts else True


def _no_more(low: int, known: bool, ceiling: int | None) -> Answer:
    """Is a sum, of which ``low`` is known, within the ceiling?"""
    if ceiling is None:
        return None
    if low > ceiling:
        return False
    return True if known else None


def _share(part: int | None, whole: int | None, percent: int) -> Answer:
    if part is None or whole is None:
        return None
    return not (whole > 0 and 100 * part >= percent * whole)


def reference(row: Row, votes: list[int | None], limits: Thresholds) -> dict[str, Answer]:
    """What each check must say, in plain integers."""
    box = {name: value for name, value in row.items() if not isinstance(value, str)}
    reasons = set(str(row["unread"] or "").split())
    valid, rejected, in_box, roll, admitted = (box[name] for name in ("valid", "rejected", "in_box", "roll", "admitted"))
    received, issued, unused, spoilt = (box[name] for name in ("received", "issued", "unused", "spoilt"))
    blank_is_open = box["blank"] is None and bool(reasons & {"blank:illegible", "blank:blank"})
    blank: int | None = None if blank_is_open else (box["blank"] or 0)
    read = [vote for vote in votes if vote is not None]
    complete = bool(votes) and len(read) == len(votes)
    total, largest = sum(read), max(read, default=None)
    # No candidates at all is no statement about candidates: it is as if one was unread.
    shown: list[int | None] = list(votes) or [None]
    counted_low = total + (rejected or 0) + (blank or 0)
    counted_known = complete and rejected is not None and blank is not None
    said: dict[str, Answer] = {}

    said["R01"] = _exact(shown, valid)
    said["R02"] = _below(shown, valid)
    said["R03"] = None if valid is None or rejected is None else _exact([valid, rejected, blank], in_box)
    said["R04"] = None if valid is not None else _exact([*shown, rejected, blank], in_box)
    if total > 0 and (valid == 0 or (valid is None and "valid:blank" in reasons)):
        said["R05"] = False
    else:
        said["R05"] = True if (valid or 0) > 0 or (valid == 0 and complete and total == 0) else None
    for code, prefix in (("R06", "words"), ("R07", "split")):
        differ, same = box[f"{prefix}_differ"], box[f"{prefix}_same"]
        said[code] = False if (differ or 0) > 0 else (True if differ == 0 and same == len(votes) and votes else None)
    for code, part, ceiling in (
        ("R08", in_box, issued),
        ("R09", in_box, admitted),
        ("R10", in_box, roll),
        ("R11", admitted, roll),
        ("R15", issued, received),
        ("R34", box["challenged"], in_box),
        ("R35", box["tendered"], in_box),
    ):
        said[code] = None if part is None or ceiling is None else part <= ceiling
    said["R12"] = _no_more(total, complete, roll)
    said["R13"] = _below([*shown, valid, rejected, blank], in_box)
    said["R14"] = _below([*shown, valid, rejected, blank], roll)
    said["R16"] = None
    if received is not None and issued is not None and unused is not None:
        left = received - issued - unused
        if left == 0 or left == spoilt:
            said["R16"] = True
        elif left < 0 or spoilt is not None:
            said["R16"] = False
    said["R17"] = None
    if issued is None and in_box is not None:
        said["R17"] = _no_more(in_box + (unused or 0), unused is not None, received)
    first, last = box["serial_first"], box["serial_last"]
    said["R18"] = None if first is None or last is None or received is None else last - first + 1 == received
    said["R19"] = _exact([box["registered_male"], box["registered_female"]], box["registered"])
    said["R20"] = _exact([box["admitted_male"], box["admitted_female"]], admitted)
    other = {"male": box["admitted_female"], "female": box["admitted_male"], "combined": 0}.get(str(row["voters"]))
    said["R21"] = None if other is None else other == 0
    said["R22"] = True if total > 0 else (False if complete else None)
    said["R23"] = True if (in_box or 0) > 0 else (False if in_box == 0 and (roll or 0) > 0 else None)
    said["R24"] = None if roll is None else roll > 0
    said["R25"] = None if in_box is None or roll is None or in_box == roll == 0 else in_box != roll
    said["R26"] = _share(rejected, in_box, limits.rejected_percent)
    said["R27"] = _share(box["blank"], in_box, limits.blank_percent)
    said["R28"] = said["R29"] = None
    if in_box is not None and admitted is not None:
        apart = abs(in_box - admitted)
        said["R28"] = in_box >= admitted
        near = apart < limits.admitted_votes and 100 * apart < limits.admitted_percent * in_box
        said["R29"] = apart == 0 or near
    said["R30"] = None
    if counted_known and in_box is not None:
        said["R30"] = 100 * abs(in_box - counted_low) <= limits.reconciliation_percent * counted_low
    said["R31"] = _no_more(counted_low, counted_known, None if roll is None else roll + limits.over_voting_votes)
    said["R32"] = None
    if valid is not None and rejected is not None and admitted is not None:
        papers = valid + rejected + (blank or 0)
        over = 100 * papers > (100 + limits.card_percent) * admitted
        said["R32"] = False if over else (True if blank is not None else None)
    said["R33"] = None
    if sum(vote > 0 for vote in read) >= 2:
        said["R33"] = True
    elif complete and len(votes) >= 2 and total > 0:
        said["R33"] = largest != total
    twins = box["twin_stations"]
    said["R36"] = None if twins is None else twins == 0
    return said


def _frame(drawn: list[tuple[Row, list[int | None]]]) -> nw.LazyFrame:
    frames = Frames()
    for number, (row, votes) in enumerate(drawn):
        frames._row(f"{number:03}", "NA-1", str(number), votes, {"registered": None})
        frames.rows[-1] |= row
    extra = ("words_same", "words_differ", "words_gap", "split_same", "split_differ", "split_gap", "twin_stations", "twin_compared")
    base = frames.sheets()
    columns = [pl.Series(name, [row.get(name) for row in frames.rows], dtype=pl.Int64) for name in extra]
    return nw.from_native(base.with_columns(columns).lazy())


def _agrees(drawn: list[tuple[Row, list[int | None]]], limits: Thresholds) -> dict[str, list[Answer]]:
    said = checks.evaluate(_frame(drawn), limits).collect("polars").sort("record").rows(named=True)
    expected = [reference(row, votes, limits) for row, votes in drawn]
    for (row, votes), got, wanted in zip(drawn, said, expected, strict=True):
        assert {code: got[code] for code in wanted} == wanted, (row, votes)
        assert set(wanted) == {check.code for check in checks.CHECKS}
    return {code: [one[code] for one in expected] for code in expected[0]}


@settings(max_examples=40, deadline=None)
@given(drawn=st.lists(records(), min_size=1, max_size=40))
def test_the_checks_say_what_plain_integers_say(drawn: list[tuple[Row, list[int | None]]]) -> None:
    _agrees(drawn, Thresholds())


@settings(max_examples=25, deadline=None)
@given(
    drawn=st.lists(records(), min_size=1, max_size=40),
    limits=st.builds(Thresholds, **{name: st.integers(0, 110) for name in ("rejected_percent", "admitted_percent", "admitted_votes")}),
)
def test_whatever_the_thresholds(drawn: list[tuple[Row, list[int | None]]], limits: Thresholds) -> None:
    _agrees(drawn, limits)


@settings(max_examples=12, deadline=None)
@given(drawn=st.lists(records(), min_size=1, max_size=40))
def test_counts_add_up_and_failures_are_the_failed(drawn: list[tuple[Row, list[int | None]]]) -> None:
    sheets = _frame(drawn)
    tallies = checks.tallies(checks.summarise(checks.evaluate(sheets)))
    assert all(one.passed + one.failed + one.cannot_tell == len(drawn) for one in tallies)
    # words_gap and twin_compared come with their counts from `attach`; the columns drawn here have none.
    codes = {check.code for check in checks.CHECKS} - {"R06", "R07", "R36"}
    found = checks.failures(sheets, codes=codes)
    assert {one.code: one.failed for one in tallies if one.failed and one.code in codes} == _count([one.code for one in found])
    assert all(type(figure) is int for one in found for figure in one.figures.values())


@settings(max_examples=40, deadline=None)
@given(drawn=records(), name=st.sampled_from((*BOX_NAMES, "roll")))
def test_losing_a_figure_turns_no_failure_into_a_pass(drawn: tuple[Row, list[int | None]], name: str) -> None:
    """Unread never passes: with a box gone a check says what it said, or cannot tell; it may not start to pass.

    Not so for ``valid``, ``issued`` and ``blank``: R04 and R17 are asked only without the first two, and a form without the third has no
    blank votes.
    """
    if name in ("valid", "issued", "blank"):
        return
    row, votes = drawn
    before, after = (reference(one, votes, Thresholds()) for one in (row, row | {name: None}))
    _agrees([drawn, (row | {name: None}, votes)], Thresholds())
    assert not [code for code in before if after[code] is True and before[code] is not True]


def _count(codes: list[str]) -> dict[str, int]:
    return {code: codes.count(code) for code in codes}


VOTES = st.lists(st.none() | st.integers(0, 5), min_size=1, max_size=3)


@settings(max_examples=40, deadline=None)
@given(drawn=st.lists(st.tuples(VOTES, VOTES, VOTES, VOTES), min_size=1, max_size=8))
def test_words_and_sexes_are_counted_as_by_hand(drawn: list[tuple[list[int | None], ...]]) -> None:
    frames = Frames()
    for number, (votes, *others) in enumerate(drawn):
        lists = {"votes": votes} | {
            name: [(others[place] + [None] * 3)[cell] for cell in range(len(votes))]
            for place, name in enumerate(("words", "male", "female"))
        }
        text = {name: ",".join("-" if cell is None else str(cell) for cell in cells) for name, cells in lists.items()}
        frames.add(f"{number:03}", " ".join(f"{name}={cells}" for name, cells in text.items()))
    attach: Callable[..., nw.LazyFrame] = checks.attach
    joined = attach(nw.from_native(frames.sheets().lazy()), nw.from_native(frames.votes_table().lazy()))
    for row in joined.collect("polars").rows(named=True):
        cells = [one for one in frames.votes if one["record"] == row["record"] and one["votes"] is not None]
        spoken = [abs(one["in_words"] - one["votes"]) for one in cells if one["in_words"] is not None]
        sexes = []
        for one in cells:
            male, female = one["male"], one["female"]
            over = (male or 0) + (female or 0) - one["votes"]
            if (male is not None and female is not None) or over > 0:
                sexes.append(abs(over))
        for prefix, gaps in (("words", spoken), ("split", sexes)):
            wanted = (sum(gap == 0 for gap in gaps), sum(gap > 0 for gap in gaps), max(gaps)) if gaps else (None, None, None)
            assert tuple(row[f"{prefix}_{name}"] for name in ("same", "differ", "gap")) == wanted
