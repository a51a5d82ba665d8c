"""Sheets of a round: whatever was typed is read back, and whatever a file holds, it is read or refused with its problems."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from tallyproof.cli.audit_sheets import Sheet, read_sheet, sheet_bytes
from tallyproof.errors import InputError, Problem
from tallyproof.publish.csv_text import cell
from tallyproof.record.book import Contest

ids = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=12).filter(lambda one: one == one.strip())
figures = st.one_of(st.integers(0, 999_999_999), st.sampled_from(["illegible", "blank", "not-on-form"]))
_URDU = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def contest(candidates: list[str], boxes: list[str]) -> Contest:
    value = {"candidates": [{"candidate": one} for one in candidates], "boxes": boxes}
    return Contest(1, value, tuple(candidates), frozenset(candidates))


def reading(data: bytes, of: Contest, drawn: list[str]) -> Sheet:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet.csv"
        path.write_bytes(data)
        return read_sheet(path, of, drawn)


@st.composite
def sheets(draw: st.DrawFn) -> tuple[Contest, list[str], dict[str, dict[str, Any]]]:
    of = contest(draw(st.lists(ids, min_size=1, max_size=4, unique=True)), draw(st.sampled_from([[], ["rejected"], ["valid", "rejected"]])))
    drawn = draw(st.lists(ids, min_size=1, max_size=6, unique=True))
    typed = {}
    for station in drawn:
        if draw(st.booleans()):
            votes = {one: draw(figures) for one in of.candidates}
            boxes = {one: draw(figures) for one in of.value["boxes"]}
            typed[station] = {"found": "counted", "votes": votes, **({"boxes": boxes} if boxes else {})}
    return of, drawn, typed


@given(sheets(), st.booleans())
def test_what_was_typed_into_an_empty_sheet_is_read_back(made: tuple[Contest, list[str], dict[str, dict[str, Any]]], urdu: bool) -> None:
    of, drawn, typed = made
    head, *rows = csv.reader(io.StringIO(sheet_bytes(of, drawn).decode(), newline=""))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    for station, row in zip(drawn, rows, strict=True):
        assert row[0] == cell(station)
        one = typed.get(station)
        said = [] if one is None else [str(figure) for part in ("votes", "boxes") for figure in one.get(part, {}).values()]
        writer.writerow([row[0], *([""] * (len(head) - 1) if one is None else ["", *(x.translate(_URDU) if urdu else x for x in said)])])
    found = reading(out.getvalue().encode(), of, drawn)
    assert {one.station: one.fields for one in found.rows} == typed
    assert set(found.empty) == set(drawn) - typed.keys()


def refused(data: bytes) -> tuple[Problem, ...] | None:
    """What is wrong with a file; None if nothing is."""
    try:
        reading(data, contest(["ali"], []), ["1", "2"])
    except InputError as error:
        return error.problems
    return None


@given(st.binary(max_size=300))
@example(b"\xff\xfe\x00")
@example(b"station,found,votes:ali\n\x00,,")
@example(b'station,votes:ali\n"1')
def test_any_bytes_are_read_or_refused_with_their_places(data: bytes) -> None:
    head = b"station,found,votes:ali\n"
    for whole in (data, head + data):
        problems = refused(whole)
        assert problems is None or problems
        assert all(one.mend and one.file == "sheet.csv" for one in problems or ())
