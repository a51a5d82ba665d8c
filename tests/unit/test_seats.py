"""Seats by example: what follows what, on which ground; several seats; one name twice. Laws: ``tests/props/test_case_machines.py``."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tallyproof.rules.read import load
from tallyproof.seats.replay import by_election_due, replay
from tallyproof.seats.seat import AFTER, Act, Seat, SeatState, SeatStateError, Status, declare, double, step
from tallyproof.seats.timing import by_rules
from tests.support.entry_logs import AUTHORITY, COURT, Writer, election


def lived(*acts: tuple[Status, str | None, str | None], seat: Seat | None = None) -> Seat:
    seat = seat or declare(Seat("NA-1"), "ali", 1)
    for number, (status, holder, ground) in enumerate(acts, start=2):
        seat = step(seat, Act(status, number, holder, f"2024-03-{number:02}T00:00:00Z", ground))
    return seat


def refused(seat: Seat, message: str, status: Status, holder: str | None = None, ground: str | None = None) -> None:
    with pytest.raises(SeatStateError, match=message) as caught:
        step(seat, Act(status, 99, holder, ground=ground))
    assert caught.value.hint


NOTIFIED = lived((Status.NOTIFIED, None, None))


def test_the_whole_road() -> None:
    seat = lived(
        (Status.NOTIFIED, "ali", None),
        (Status.TAKEN, None, None),
        (Status.DIED, None, None),
        (Status.VACATED, None, None),
        (Status.BY_ELECTION, None, None),
        (Status.FILLED, "bano", None),
        (Status.TAKEN, "bano", None),
    )
    assert (seat.state, seat.holder, seat.since, seat.vacated) == (SeatState.TAKEN, "bano", 8, "2024-03-05T00:00:00Z")
    assert [one.holder for one in seat.changes] == ["ali", "ali", "ali", "ali", None, None, "bano", "bano"]


@pytest.mark.parametrize("leaving", [Status.RELINQUISHED, Status.OPTIONED, Status.DIED])
def test_whoever_leaves_by_themselves_needs_no_decision(leaving: Status) -> None:
    gone = lived((leaving, None, None), seat=NOTIFIED)
    assert (str(gone.state), gone.holder, gone.is_held) == (str(leaving), "ali", False)
    assert lived((Status.VACATED, None, None), seat=gone).state is SeatState.VACANT


@pytest.mark.parametrize(
    "ground", [None, "statement", "complaint", "seat-status", "stay", "step:hearing", "order:dismissed", "ruling:refused"]
)
@pytest.mark.parametrize("status", [Status.RECOUNT, Status.REPOLL, Status.DISQUALIFIED, Status.VACATED, Status.DECLARED])
def test_nobody_loses_a_seat_by_what_somebody_said(status: Status, ground: str | None) -> None:
    refused(NOTIFIED, "rests on a decision", status, "bano" if status is Status.DECLARED else None, ground)


@pytest.mark.parametrize(
    ("status", "ground"),
    [
        (Status.RECOUNT, "order:recount"),
        (Status.RECOUNT, "recount-order"),
        (Status.REPOLL, "order:re-poll"),
        (Status.DISQUALIFIED, "order:void"),
        (Status.VACATED, "ruling:granted"),
        (Status.STAYED, "stay"),
        (Status.DECLARED, "order:declare"),
    ],
)
def test_a_decision_carries_it(status: Status, ground: str) -> None:
    assert lived((status, "bano" if status is Status.DECLARED else None, ground), seat=NOTIFIED).state is status.state


def test_a_stay_is_lifted_for_the_same_holder_by_a_dismissal() -> None:
    stayed = lived((Status.STAYED, None, "stay"), seat=NOTIFIED)
    assert lived((Status.DECLARED, "ali", "order:dismissed"), seat=stayed).holder == "ali"
    refused(stayed, "rests on a decision", Status.DECLARED, "bano", "order:dismissed")
    refused(stayed, "cannot be notified", Status.NOTIFIED)


def test_names() -> None:
    refused(NOTIFIED, "bano is not the holder", Status.TAKEN, "bano")
    refused(Seat("NA-1"), "names who", Status.DECLARED)
    refused(lived((Status.DIED, None, None), (Status.VACATED, None, None), (Status.BY_ELECTION, None, None)), "by somebody", Status.FILLED)
    refused(Seat("NA-1"), "cannot be taken", Status.TAKEN)
    with pytest.raises(SeatStateError, match="does not move it"):
        declare(NOTIFIED, "bano", 9)


def test_nobody_takes_two() -> None:
    first = lived((Status.TAKEN, None, None), seat=NOTIFIED)
    other = step(declare(Seat("NA-2"), "ali", 1), Act(Status.NOTIFIED, 2))
    with pytest.raises(SeatStateError, match="has taken seat 1 of NA-1"):
        step(other, Act(Status.TAKEN, 3), [first])
    left = step(first, Act(Status.OPTIONED, 4))
    assert step(other, Act(Status.TAKEN, 5), [left]).state is SeatState.TAKEN
    assert set(double([first, other])) == {"ali"}
    assert double([left, other]) == {}


def test_no_state_is_a_dead_end() -> None:
    for state in SeatState:
        assert AFTER[state], state


# --- From a log ---------------------------------------------------------------------------------------------------------


def put(log: Writer, contest: str, status: str, holder: str = "", ground: str = "", **more: Any) -> None:
    value = {"contest": contest, "status": status, **({"holder": holder} if holder else {}), **({"ground": ground} if ground else {})}
    log.add("seat-status/v1", {**value, **more}, *AUTHORITY)


def seats_of(log: Writer, contest: str) -> list[tuple[str, str | None]]:
    return [(str(one.state), one.holder) for one in replay(log.ledger.book).of(contest)]


def test_one_name_in_two_contests_is_noticed_until_one_is_left() -> None:
    log = election()
    corrected = {"complaint": log.ids["complaint"], "contest": "NA-1", "outcome": "granted", "summary": "another"}
    ruling = log.add("ruling/v1", corrected, COURT)
    put(log, "NA-1", "declared", "ali", ruling)
    put(log, "NA-1", "notified")
    put(log, "PS-1", "notified", "ali")
    at = log.size - 1
    found = replay(log.ledger.book)
    assert [(one.code, one.index) for one in found.notices] == [("seat-held-twice", at)]
    assert set(found.held_twice) == {"ali"}
    put(log, "PS-1", "taken", "ali")
    put(log, "NA-1", "optioned")
    found = replay(log.ledger.book)
    assert [one.index for one in found.notices] == [at]
    assert found.held_twice == {}
    assert seats_of(log, "NA-1") == [("optioned", "ali")]


def test_several_seats() -> None:
    log = election()
    assert seats_of(log, "PS-1") == [("declared", "dara"), ("declared", "ali")]
    put(log, "PS-1", "notified")
    assert seats_of(log, "PS-1") == [("notified", "dara"), ("notified", "ali")]
    put(log, "PS-1", "died", "ali")
    put(log, "PS-1", "vacated", "ali", when="2027-12-31T00:00:00Z")
    put(log, "PS-1", "by-election")
    put(log, "PS-1", "filled", "eman")
    assert seats_of(log, "PS-1") == [("notified", "dara"), ("filled", "eman")]
    assert replay(log.ledger.book).notices == ()
    put(log, "PS-1", "taken", "ali")
    put(log, "PS-1", "stayed")
    found = replay(log.ledger.book)
    assert [one.message.split(" ")[0] for one in found.notices] == ["no", "stayed", "stayed"]
    assert seats_of(log, "PS-1") == [("notified", "dara"), ("filled", "eman")]


def test_a_declaration_that_names_another_does_not_move_a_notified_seat() -> None:
    log = election()
    before = replay(log.ledger.book)
    value = {"contest": "NA-1", **log.prefix(), "rules": "0" * 64, "stage": "final", "version": 2}
    log.add("declaration/v1", {**value, "totals": {"ali": 300, "bano": 200, "chand": 0}, "winners": ["ali"]}, "ro.example/NA-1")
    log.add("declaration/v1", {**value, "totals": {"ali": 1, "bano": 200, "chand": 0}, "version": 3}, "ro.example/NA-1")
    found = replay(log.ledger.book)
    assert [(one.code, one.index) for one in found.notices] == [("seat-status-out-of-order", log.size - 2)]
    (old,), (seat,) = before.of("NA-1"), found.of("NA-1")
    assert (seat.state, seat.holder, seat.changes) == (old.state, old.holder, old.changes)
    # both are kept: who declared what; the last names nobody, but has most votes for one
    assert [(one.version, one.winners, one.signers) for one in seat.declared[-2:]] == [
        (2, ("ali",), ("ro.example/NA-1",)),
        (3, ("bano",), ("ro.example/NA-1",)),
    ]


def test_a_statement_is_no_ground_in_a_log() -> None:
    log = election()
    for ground in ("statement", "complaint 2", "step hearing", "step order"):
        if ground in log.ids:
            put(log, "NA-1", "vacated", ground=log.ids[ground])
    assert seats_of(log, "NA-1") == [("notified", "bano")]
    assert len(replay(log.ledger.book).notices) == 3
    put(log, "NA-1", "recount", ground=log.ids["step order"])
    assert seats_of(log, "NA-1") == [("recount", "bano")]


def test_the_day_of_a_by_election() -> None:
    timing = by_rules(load("pk-2017"), term_ends=date(2029, 2, 28))
    seat = lived((Status.NOTIFIED, None, None), (Status.DIED, None, None))
    assert by_election_due(seat, timing) is None
    vacant = step(seat, Act(Status.VACATED, 9, when="2027-12-31T12:00:00Z"))
    due = by_election_due(vacant, timing)
    assert due is not None
    assert due.latest == datetime(2028, 2, 29, 18, 59, 59, tzinfo=UTC)
    assert by_election_due(step(seat, Act(Status.VACATED, 9)), timing) is None
