"""The pictures and tables of cases and seats are those of the code; the words are those of the entries."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tallyproof.cases import case, effects, who
from tallyproof.cases.case import Ground, Order, OrderKind, Stage, Word
from tallyproof.cases.replay import OUT_OF_ORDER as CASE_OUT_OF_ORDER
from tallyproof.findings.words import table
from tallyproof.model.words import LANGUAGES
from tallyproof.record import rights, types
from tallyproof.seats import seat
from tallyproof.seats.replay import HELD_TWICE
from tallyproof.seats.replay import OUT_OF_ORDER as SEAT_OUT_OF_ORDER
from tallyproof.seats.seat import SeatState, Status

ROOT = Path(__file__).parents[2]
SPEC = (ROOT / "specs" / "entry-v1.md").read_text(encoding="utf-8")


def page(name: str) -> str:
    return (ROOT / "docs" / "explanation" / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "picture"), [("seats", seat.picture()), ("cases", case.picture())])
def test_the_picture_is_the_code(name: str, picture: str) -> None:
    (drawn,) = re.findall("```mermaid\n(.*?)```", page(name), re.DOTALL)
    assert drawn == picture


def test_every_state_and_status_is_reached_and_drawn() -> None:
    reached = {status.state for follows in seat.AFTER.values() for status in follows}
    assert reached == set(SeatState) - {SeatState.CONTESTED}
    assert {status for follows in seat.AFTER.values() for status in follows} == set(Status)
    led = {case.LEADS_TO[word] for words in case.AFTER.values() for word in words} - {None}
    assert led == set(Stage) - {Stage.FILED}
    assert {word for words in case.AFTER.values() for word in words} == set(Word)


def test_words_are_those_of_the_entries() -> None:
    for kind, words in ((types.GROUND, Ground), (types.CASE_STEP, Word), (types.ORDERED, OrderKind), (types.SEAT_STATUS, Status)):
        assert kind.name == "|".join(words)


def test_every_step_is_somebodys() -> None:
    parts = [who.DECIDING, rights.BY_COURT_OR_AUTHORITY, rights.BY_SIDES]
    assert {word for part in parts for word in part} == set(Word)
    assert sum(map(len, parts)) == len(Word)
    rows = re.findall(r"^\| ((?:`[a-z-]+`(?:, )?)+) \| (.+?) \|", page("cases").split("## Who may")[1].split("\n**")[0], re.MULTILINE)
    assert {word for row, _ in rows for word in re.findall("`([a-z-]+)`", row)} == set(Word)
    for row, said in rows:
        for word in re.findall("`([a-z-]+)`", row):
            assert ("court" in said) is (word not in rights.BY_SIDES)


def test_the_table_of_orders_has_the_acts() -> None:
    rows = [line.split("|")[1:-1] for line in page("cases").splitlines() if line.startswith("| `") and line.count("|") == 5]
    rows = [row for row in rows if set(re.findall("`([a-z-]+)`", row[0])) <= set(OrderKind)]
    shapes = {"recount": Order(OrderKind.RECOUNT, ("1",)), "exclude": Order(OrderKind.EXCLUDE, ("1",))}
    shapes["include"] = Order(OrderKind.INCLUDE, ("1",))
    seen = set()
    for row in rows:
        for kind in re.findall("`([a-z-]+)`", row[0]):
            order = shapes.get(kind, Order(OrderKind(kind), record="r"))
            if kind in seen:
                order = Order(OrderKind(kind), record="r")
            seen.add(kind)
            types_ = [one.type for one in effects.effects(order)]
            assert all(f"`{one}`" in row[2] for one in types_), (kind, types_)
            assert any(one.changes for one in effects.effects(order)) is ("change" in row[3])
    assert seen == set(OrderKind)


@pytest.mark.parametrize("language", LANGUAGES)
def test_codes_are_in_the_specification_and_have_words(language: str) -> None:
    ninth = SPEC[SPEC.index("## 9. Cases and seats") :]
    codes = re.findall(r"^\| `([a-z-]+)`", ninth, re.MULTILINE)
    assert codes == [CASE_OUT_OF_ORDER, SEAT_OUT_OF_ORDER, HELD_TWICE]
    assert all(table(language)[code]["group"] == "log-life" for code in codes)
