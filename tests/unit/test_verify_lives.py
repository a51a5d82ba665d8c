"""The second opinion on cases and seats: equal to the core at every size, and what it says by itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tallyproof.cases import steps
from tallyproof.cases.replay import CARRY_OUT
from tallyproof.seats import seat
from tallyproof_verify import lives
from tests.support.entry_cases import whole
from tests.support.entry_logs import AUTHORITY, COURT, ORIGIN, Value, Writer, election
from tests.support.second_lives import Told, assert_same, by_the_other
from tests.support.story_ps129 import story

DOCS = Path(__file__).parents[2] / "docs" / "explanation"


@pytest.mark.parametrize(("name", "table"), [("cases", lives.CASE), ("seats", lives.SEAT)])
def test_its_tables_are_the_pictures(name: str, table: dict[str, list[str]]) -> None:
    page = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    drawn = re.findall(r"^  (\w+) --> (\w+): ([\w-]+)$", page, re.MULTILINE)
    states = {one.replace("-", "_"): one for one in table}
    assert {(states[one], word) for one, _, word in drawn} == {(one, word) for one, words in table.items() for word in words} - {
        ("closed", "nothing")
    }
    for one, to, word in drawn:
        if name == "seats":
            assert states[to] == ("vacant" if word == "vacated" else word)
        elif (one, word) != ("appealed", "withdrawn"):
            assert to == lives.STAGE.get(word, one)


def test_its_other_tables_are_those_of_the_core() -> None:
    """Each written from the pages by itself: what an order names, and what a status rests on."""
    shapes = {str(kind): {one or "nothing" for one in allowed} for kind, (allowed, _) in steps._SHAPE.items()}
    assert {kind: {*allowed} for kind, allowed in lives.SHAPES.items()} == shapes
    grounds = {str(status): {one.replace("order:", "order-").removeprefix("ruling:") for one in on} for status, on in seat._GROUNDS.items()}
    assert {status: {*on} for status, on in lives.GROUNDS.items()} == grounds
    assert {*lives.LIFTED} == {one.replace("order:", "order-").removeprefix("ruling:") for one in seat._LIFTS}
    assert {*lives.HELD} == {*seat.HELD}
    assert {*lives.NAMED} == {*seat.NAMED}
    assert {*lives.BY_DECLARATION} == {*seat.OPEN_TO_DECLARATIONS}
    assert {f"{one}/v1" for one in lives.CARRY_OUT} == {*CARRY_OUT}


def test_the_story_at_every_size() -> None:
    made = story()
    assert_same(made.entries, made.origin, made.ledger.book)


def test_the_small_election_at_every_size() -> None:
    log = whole()
    assert_same(log.entries, log.origin, log.ledger.book)


# --- What it says, by itself --------------------------------------------------------------------------------------------


def after(log: Writer) -> Told:
    """What it says of the whole log."""
    *_, last = by_the_other(log.entries, log.origin)
    return last


def codes(log: Writer) -> list[tuple[str, int]]:
    return [(one["code"], one["index"]) for one in after(log)["notices"]]


def status(log: Writer, word: str, called: str = "", **more: Any) -> int:
    value: Value = {"contest": "NA-1", "status": word, **more}
    log.add("seat-status/v1", value, *AUTHORITY, called=called)
    return log.size - 1


def test_the_small_election_by_hand() -> None:
    log = election()
    told = after(log)
    na, *ps = told["seats"]
    assert na == {"contest": "NA-1", "number": 1, "state": "notified", "holder": "bano", "since": log.places["seat notified"]}
    # the winners of PS-1 were declared in the order dara, ali
    assert [(one["number"], one["state"], one["holder"]) for one in ps] == [(1, "declared", "dara"), (2, "declared", "ali")]
    first, second = told["cases"]
    assert (first["stage"], first["court"], first["notified"]) == ("filed", "", [])
    assert (second["stage"], second["court"], second["since"]) == ("decided", "court:tribunal", log.places["step order"])
    assert [(one["office"], one["answer"]) for one in second["notified"]] == [
        ("authority", "replied"),
        ("party:P2", "no-reply"),
        ("observers:fafen", "no-reply"),
    ]
    # a ruling in a complaint without a ground, and the correction that names it
    assert codes(log) == [("case-step-out-of-order", log.places["ruling"]), ("case-step-out-of-order", log.places["2 ruling"])]


def test_a_seat_that_cannot_be_where_it_is_said_to_be() -> None:
    log = election()
    wrong = [
        status(log, "by-election"),
        status(log, "relinquished", holder="ali"),
        status(log, "vacated", ground=log.ids["statement"]),
        status(log, "declared", holder="ali", ground=log.ids["complaint"]),
    ]
    before = codes(election())
    assert codes(log) == [*before, *(("seat-status-out-of-order", index) for index in wrong)]
    assert after(log)["seats"][0]["state"] == "notified"
    status(log, "relinquished")
    vacant = status(log, "vacated")
    assert after(log)["seats"][0] == {"contest": "NA-1", "number": 1, "state": "vacant", "holder": None, "since": vacant}


def test_one_name_on_two_seats() -> None:
    log = election()
    # NA-1 goes to ali by an order; PS-1 has ali as declared: to declare is not to hold
    status(log, "declared", holder="ali", ground=_granted(log))
    status(log, "notified", when="2027-03-01T00:00:00Z")
    log.add("seat-status/v1", {"contest": "PS-1", "holder": "ali", "status": "notified"}, *AUTHORITY, called="twice")
    log.add("seat-status/v1", {"contest": "PS-1", "holder": "ali", "status": "taken"}, *AUTHORITY)
    assert [one for one in codes(log) if one[0] == "seat-held-twice"] == [("seat-held-twice", log.places["twice"])]


def _granted(log: Writer) -> str:
    """A complaint with a ground, and the ruling that grants it."""
    complaint = {"complaint": "C 9", "contest": "NA-1", "evidence": [log.ids["final"]], "grounds": ["count-faulty"], "summary": "x"}
    of = log.add("complaint/v1", complaint, "p1.example")
    return log.add("ruling/v1", {"complaint": of, "contest": "NA-1", "outcome": "granted", "summary": "x"}, COURT)


def test_a_court_that_signed_a_contested_record_decides_nothing() -> None:
    from tests.support.entry_logs import made

    log = election()
    assert codes(log) == codes(election())
    complaint = {"complaint": "C 8", "contest": "NA-1", "evidence": [log.ids["1"]], "grounds": ["count-faulty"], "summary": "x"}
    of = log.add("complaint/v1", complaint, "p1.example")
    first = made("station-record/v1", _said(log, "1"), COURT)
    log.put(first)  # a copy, with the name of the court under it
    log.add("ruling/v1", {"complaint": of, "contest": "NA-1", "outcome": "granted", "summary": "x"}, COURT, called="interested")
    assert codes(log)[-1] == ("case-step-out-of-order", log.places["interested"])
    assert after(log)["cases"][-1]["stage"] == "filed"


def _said(log: Writer, called: str) -> Value:
    from tallyproof.record.canon import loads

    return loads(log.entries[log.places[called]].decode().split("\n")[2])


@pytest.mark.parametrize("raw", [b"", b"\n", b"results.example/2027\nseat-status/v1\n{}\n\n", b"\xff" * 300])
def test_what_is_refused_moves_nothing(raw: bytes) -> None:
    log = election()
    entries = [*log.entries, raw]
    *_, before, last = by_the_other(entries, ORIGIN)
    assert last == {**before, "size": len(entries)}
    # a log whose definition is refused has no seats and no cases, however much is in it
    *_, none = by_the_other([raw, *log.entries], ORIGIN)
    assert (none["seats"], none["cases"], none["notices"]) == ([], [], [])


def test_entries_after_the_size_are_not_looked_at() -> None:
    import hashlib

    from tallyproof_verify.entries import read_entry
    from tallyproof_verify.replay import Replay

    log = election()
    every = [*by_the_other(log.entries, ORIGIN)]
    for size in (0, 1, log.places["seat"], log.places["step order"], log.size, log.size + 5):
        replay = Replay(())
        replay.lives.size = size
        for raw in log.entries:
            replay.take(read_entry(raw, ORIGIN), hashlib.sha256(b"\0" + raw).digest())
        assert replay.lives.document(log.size) == every[min(size, log.size)]


def test_lines_for_a_person_are_one_a_seat_and_case() -> None:
    told = after(election())
    lines = lives.told(told)
    assert len(lines) == len(told["seats"]) + len(told["cases"]) + len(told["notices"])
    assert "seat 1 of NA-1: notified, bano, since entry" in lines[0]
    assert "observers:fafen until" in lines[4]
    assert all(line.isascii() and line.isprintable() for line in lines)
