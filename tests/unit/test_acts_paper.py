"""Paper as plain data: the rows of a declaration against figures written out by hand; the fingerprint that is typed back."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallyproof.acts import paper
from tallyproof.acts.log import ActError, Log
from tallyproof.publish.story import Story
from tallyproof.record.entry import parse_entry
from tallyproof.record.note import parse_vkey
from tallyproof_print import chunks
from tests.support.entry_logs import Writer, election
from tests.support.story_ps129 import FORM_47, KNOWN, NAEEM, story

DIGEST = hashlib.sha256(b"a text").hexdigest()
PAIRS = st.lists(st.integers(1, paper.GROUPS), min_size=2, max_size=2, unique=True).map(tuple)


def read(writer: Writer | Story, size: int | None = None) -> Log:
    known = writer.known if isinstance(writer, Writer) else KNOWN
    return Log(writer.origin, tuple(map(parse_vkey, known))).read(writer.entries[:size])


def sheet(writer: Writer | Story, called: str, language: str = "en") -> dict[str, object]:
    entry = parse_entry(writer.entries[writer.places[called]], writer.origin)
    return paper.declaration_sheet(read(writer), entry.value, entry.record_id, language=language)


def test_rows_are_the_figures_that_were_declared_from() -> None:
    """One that agrees, one disputed where a record was taken, unread figures, a recount with a canvass, one excluded, one missing."""
    found = sheet(election(), "declared")
    assert found["rows"] == (
        ("1", (10, 20, 30)),
        ("2", (100, 50, None)),
        ("3", (7, 0, None)),
        ("4", (41, 90, 4)),
        ("6", (None, None, None)),
    )
    assert (found["missing"], found["disputed"], found["excluded"], found["counted"]) == (["6"], ["2"], ["5"], 4)
    assert [(one["name"], one["votes"], one["returned"]) for one in found["candidates"]] == [  # type: ignore[attr-defined]
        ("Ali", 158, False), ("bano", 160, True), ("chand", 34, False),
    ]  # fmt: skip


def test_rows_of_a_prefix_and_without_a_record_taken() -> None:
    """What came later is not on the paper; where nobody said whose figures are taken, no copy's are."""
    writer = election()
    size = writer.places["out"]
    book = read(writer).book
    rows = dict(paper.station_rows(book, "NA-1", size, {}))
    assert rows["5"] == (900, 1, 1)
    assert rows["2"] == (None, None, None)


def test_the_declared_figures_are_printed_as_declared() -> None:
    """Form 47 of PS-129 contradicts its rows: the paper shows what was declared, and beside it the rows."""
    found = sheet(story(), "form 47")
    ballot: list[dict[str, Any]] = found["candidates"]  # type: ignore[assignment]
    assert {one["name"].lower().replace(" ", "-"): one["votes"] for one in ballot} == FORM_47
    assert [one["votes"] for one in ballot if one["returned"]] == [FORM_47[NAEEM]]
    bari = [one["name"] for one in ballot].index("Saif Bari")
    assert sum(row[bari] for _, row in found["rows"]) == 31_000  # type: ignore[attr-defined]
    assert len(found["rows"]) == 147  # type: ignore[arg-type]


def test_a_declaration_from_more_entries_than_there_are_is_not_printed() -> None:
    writer = election()
    entry = parse_entry(writer.entries[writer.places["declared"]], writer.origin)
    with pytest.raises(ActError, match="declared from"):
        paper.declaration_sheet(read(writer, 20), entry.value, entry.record_id, language="en")


def test_the_groups_asked_for_are_those_printed() -> None:
    assert list(paper.groups(DIGEST)) == chunks(DIGEST)


@given(asked=PAIRS, upper=st.booleans())
def test_what_is_on_the_paper_is_taken_however_it_is_typed(asked: tuple[int, ...], upper: bool) -> None:
    typed = [paper.groups(DIGEST)[one - 1] for one in asked]
    urdu = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
    paper.answer(paper.Challenge(DIGEST, asked), [f" {one[:2].upper() if upper else one[:2]} {one[2:].translate(urdu)}\n" for one in typed])


@given(asked=PAIRS, typed=st.lists(st.text(max_size=6), min_size=2, max_size=2))
def test_what_is_not_is_refused_and_not_given_away(asked: tuple[int, ...], typed: list[str]) -> None:
    right = [paper.groups(DIGEST)[one - 1] for one in asked]
    if typed[0].strip().lower() == right[0]:
        return
    with pytest.raises(ActError) as caught:
        paper.answer(paper.Challenge(DIGEST, asked), [typed[0], right[1]])
    assert f"group {asked[0]}" in caught.value.message
    assert f"group {asked[1]}" not in caught.value.message.replace(f"group {asked[0]}", "", 1)
    assert right[0] not in str(caught.value)


@pytest.mark.parametrize("asked", [(), (1,), (1, 1), (0, 1), (1, 17), (1, 2, 3)])
def test_two_different_groups_are_asked(asked: tuple[int, ...]) -> None:
    with pytest.raises(ActError):
        paper.Challenge(DIGEST, asked)


def test_both_are_typed() -> None:
    with pytest.raises(ActError, match="2 groups"):
        paper.answer(paper.Challenge(DIGEST, (1, 2)), [paper.groups(DIGEST)[0]])
