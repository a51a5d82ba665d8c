"""Lives of seats and cases at random: what no path may lead to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tallyproof.cases import replay as cases
from tallyproof.cases.case import AFTER, OPEN, Actor, Answer, Case, CaseError, Ground, Order, OrderKind, Stage, Step, Word
from tallyproof.cases.docket import docket
from tallyproof.cases.effects import before_after
from tallyproof.cases.steps import take
from tallyproof.cases.who import DECIDING
from tallyproof.errors import TallyproofError
from tallyproof.record.entry import Refused
from tallyproof.rules.read import load
from tallyproof.seats import replay as seats
from tallyproof.seats.seat import AFTER as SEAT_AFTER
from tallyproof.seats.seat import HELD, NAMED, Act, Seat, SeatState, SeatStateError, Status, declare, double, step
from tallyproof.seats.timing import by_rules
from tests.support.entry_cases import index_of, whole
from tests.support.entry_logs import AUTHORITY, COURT, Writer, made
from tests.support.entry_logs import P1_AGENT as AGENT

HOLDERS = st.sampled_from(["ali", "bano", "chand", None])
GROUNDS = st.sampled_from(
    [None, "statement", "complaint", "seat-status", "stay", "step:hearing", "recount-order", "exclusion", "correction", "recount-result"]
    + [f"order:{kind}" for kind in OrderKind]
    + [f"ruling:{outcome}" for outcome in ("granted", "part", "refused")]
)
WORDS_ALONE = (None, "statement", "complaint", "seat-status", "step:hearing")


class Seats(RuleBasedStateMachine):
    """Two seats of one person at most: every status, holder and ground in any order."""

    @initialize()
    def begin(self) -> None:
        self.seats = [Seat("NA-1"), Seat("NA-2")]
        self.index = 0

    @rule(at=st.integers(0, 1), status=st.sampled_from(Status), holder=HOLDERS, ground=GROUNDS)
    def official(self, at: int, status: Status, holder: str | None, ground: str | None) -> None:
        before = self.seats[at]
        self.index += 1
        act = Act(status, self.index, holder, ground=ground)
        try:
            after = step(before, act, [self.seats[1 - at]])
        except SeatStateError:
            return
        assert status in SEAT_AFTER[before.state]
        assert after.changes[:-1] == before.changes
        assert (after.declared, after.statements) == (before.declared, before.statements)
        if before.is_held and after.holder != before.holder and after.state is not SeatState.VACANT:
            # nobody is put in the place of a holder, or the poll repeated, but by a decision
            assert ground not in WORDS_ALONE
        if status in (Status.STAYED, Status.RECOUNT, Status.REPOLL, Status.DISQUALIFIED):
            assert ground not in WORDS_ALONE
        self.seats[at] = after

    @rule(at=st.integers(0, 1), winner=st.sampled_from(["ali", "bano", "chand"]))
    def returning_officer(self, at: int, winner: str) -> None:
        self.index += 1
        before = self.seats[at]
        try:
            self.seats[at] = declare(before, winner, self.index)
        except SeatStateError:
            assert before.state not in (SeatState.CONTESTED, SeatState.DECLARED)
        else:
            assert not before.is_held

    @invariant()
    def nobody_has_taken_two_seats(self) -> None:
        taken = [seat.holder for seat in self.seats if seat.state is SeatState.TAKEN]
        assert len(set(taken)) == len(taken)

    @invariant()
    def a_name_stands_exactly_where_it_should(self) -> None:
        for seat in self.seats:
            assert seat.holder is None or seat.state in NAMED
            assert seat.state not in HELD or seat.holder is not None
            assert [one.act.index for one in seat.changes] == sorted(one.act.index for one in seat.changes)

    @invariant()
    def who_holds_two_is_noticed(self) -> None:
        held = [seat.holder for seat in self.seats if seat.is_held]
        assert set(double(self.seats)) == {one for one in held if held.count(one) > 1}


OFFICES = ("authority", "court:low", "court:high", "court:top", "court:signed", "court:side", "party:P1", "party:P2", "observers:o")
MOMENT = datetime(2023, 12, 20, tzinfo=UTC)


def clock(hours: int) -> str:
    return (MOMENT + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


ORDERS = st.builds(
    Order,
    st.sampled_from(OrderKind),
    st.sampled_from([(), ("1",), ("1", "2"), ("9",)]),
    st.sampled_from([None, "record"]),
    st.sampled_from([None, "ali"]),
)


class Cases(RuleBasedStateMachine):
    """One complaint, anybody doing anything at any time."""

    @initialize(
        grounds=st.sampled_from([(), (Ground.COUNT_FAULTY,)]),
        evidence=st.sampled_from([(), ("record",)]),
        stations=st.sampled_from([(), ("1", "2")]),
        respondents=st.sampled_from([(), ("party:P2",), ("authority", "party:P2", "observers:o")]),
        complainants=st.sampled_from([("party:P1",), ("court:side", "party:P1"), ("observers:o",)]),
    )
    def begin(self, grounds: Any, evidence: Any, stations: Any, respondents: Any, complainants: Any) -> None:
        self.case = Case(
            complaint="c",
            number="C 1",
            contest="NA-1",
            index=0,
            complainants=complainants,
            respondents=respondents,
            grounds=grounds,
            evidence=evidence,
            stations=stations,
            filed=clock(0),
            parties=frozenset({"party:P1", "party:P2"}),
            signed=frozenset({"court:signed", "authority"}),
        )
        self.hours = 0

    @rule(
        word=st.sampled_from(Word),
        offices=st.lists(st.sampled_from(OFFICES), min_size=1, max_size=2, unique=True),
        later=st.integers(-5, 60),
        to=st.sampled_from([(), ("party:P2",), ("authority", "party:P2", "observers:o")]),
        due=st.sampled_from(["", 10, 50, 200]),
        order=ORDERS,
        stands_for=st.sampled_from([(), ("party:P2",), ("party:P9",)]),
    )
    def anybody(self, word: Word, offices: list[str], later: int, to: Any, due: Any, order: Order, stands_for: Any) -> None:
        self._take(word, offices, later, to, due, order, stands_for)

    @precondition(lambda self: AFTER[self.case.stage])
    @rule(data=st.data(), court=st.sampled_from(["court:low", "court:high", "court:top"]), later=st.integers(0, 60), order=ORDERS)
    def what_can_follow(self, data: st.DataObject, court: str, later: int, order: Order) -> None:
        """So that lives get far: a step of the stage, by somebody whose it may be."""
        word = data.draw(st.sampled_from(sorted(AFTER[self.case.stage])))
        if word in DECIDING or word in (Word.NOTICE, Word.NO_REPLY):
            who = [self.case.court or court]
        elif word in (Word.REPLY, Word.TIME_ASKED):
            who = list(self.case.notified) or ["party:P2"]
        else:
            who = list(self.case.appellants or self.case.complainants)
        self._take(word, who, later, (), 20, order, ())

    def _take(self, word: Word, offices: list[str], later: int, to: Any, due: Any, order: Order, stands_for: Any) -> None:
        before = self.case
        self.hours += later
        when = clock(self.hours)
        actors = tuple(Actor(one, frozenset(stands_for)) for one in offices)
        one = Step(
            word=word,
            actors=actors,
            when=when,
            index=len(before.steps) + 1,
            to=to,
            due=clock(self.hours + due) if due else "",
            order=order if word is Word.ORDER else None,
        )
        try:
            after = take(before, one)
        except CaseError:
            return
        assert after.steps == (*before.steps, one)
        assert word in AFTER[before.stage]
        if word in DECIDING:
            self._decided(before, one, after)
        if word is Word.ORDER and order.kind is not OrderKind.DISMISSED:
            self._ordered(before, order, when)
        self.case = after

    def _decided(self, before: Case, one: Step, after: Case) -> None:
        """No interested office decides, none decides twice, and one court alone does."""
        (court,) = [actor for actor in one.actors if actor.kind == "court"]
        assert court.office not in {*before.complainants, *before.respondents, *before.signed}
        assert not court.stands_for & {"party:P1", "party:P2"}
        assert court.office not in before.courts
        assert after.court == court.office

    def _ordered(self, before: Case, order: Order, when: str) -> None:
        """No order without a ground and a record; nobody is condemned unheard."""
        assert before.grounds
        assert before.evidence or order.record
        assert not before.stations or set(order.stations) <= set(before.stations)
        assert before.notified
        assert set(before.to_be_heard) <= set(before.notified)
        if before.stage is not Stage.HEARD:
            assert all(asked.answer not in (Answer.AWAITED, Answer.TIME_ASKED) or asked.due < when for asked in before.notified.values())

    @invariant()
    def the_state_is_sound(self) -> None:
        case = self.case
        assert case.is_open is (case.stage in OPEN)
        assert not case.stayed or case.is_open
        assert case.stage is not Stage.DECIDED or case.decisions
        assert case.stage is not Stage.APPEALED or (case.appellants and not case.court)
        assert len(set(case.courts)) == len(case.courts)
        whens = [one.when for one in case.steps]
        assert whens == sorted(whens)


TestSeats = Seats.TestCase
TestSeats.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestCases = Cases.TestCase
TestCases.settings = settings(max_examples=200, stateful_step_count=30, deadline=None)


# --- From the log -------------------------------------------------------------------------------------------------------

SIGNERS = st.sampled_from([(COURT,), AUTHORITY, ("p1.example",), ("p2.example",), ("observers.example",), (COURT, *AUTHORITY)])


@st.composite
def logged(draw: st.DrawFn) -> Writer:
    """The small election up to its declarations, and then whatever the ledger accepts about complaints and seats."""
    log = whole().cut(index_of("complaint"))
    known, orders = [], [None]
    for number in range(draw(st.integers(1, 14))):
        kind = draw(
            st.sampled_from(["complaint", "case-step", "case-step", "case-step", "ruling", "seat-status", "act", "copy", "statement"])
        )
        when = f"2027-03-{1 + number:02}T00:00:00Z"
        value: dict[str, Any] = {"contest": "NA-1", "summary": f"{number}"}
        if kind == "complaint" or not known:
            value |= {"complaint": f"C {number}", "evidence": [log.ids["1"]], "respondents": ["party:P2"], "when": when}
            value |= {"stations": draw(st.sampled_from([["1"], ["1", "2"]])), "grounds": draw(st.sampled_from([[], ["count-faulty"]]))}
            type_ = "complaint"
        elif kind in ("case-step", "ruling"):
            type_ = kind
            value |= {"complaint": draw(st.sampled_from(known))}
            if kind == "ruling":
                value |= {"outcome": draw(st.sampled_from(["granted", "refused"]))}
            else:
                value |= {"step": draw(st.sampled_from(Word)), "when": when, "due": when, "to": ["party:P2"]}
                if value["step"] == "order":
                    value["order"] = draw(
                        st.sampled_from([{"kind": "dismissed"}, {"kind": "recount", "stations": ["1"]}, {"kind": "void"}])
                    )
        elif kind == "seat-status":
            type_ = kind
            value = {"contest": "NA-1", "status": draw(st.sampled_from(Status)), "when": when}
            value |= {"holder": holder} if (holder := draw(HOLDERS)) else {}
            value |= {"ground": ground} if (ground := draw(st.sampled_from(orders))) else {}
        elif kind == "act":
            type_ = "exclusion"
            value = {"contest": "NA-1", "ground": f"{number}", "station": "1"}
            value |= {"order": order} if (order := draw(st.sampled_from(orders))) else {}
        elif kind == "copy":
            # somebody signs the contested record long afterwards
            log.put(made("station-record/v1", _first(log), draw(st.sampled_from([AGENT, COURT, "p2.example"]))))
            continue
        else:
            type_ = "statement"
            value |= {"day": "2027-03-01", "source": "x", "who": "ali"}
        try:
            record_id = log.add(f"{type_}/v1", value, *draw(SIGNERS))
        except Refused:
            continue
        if type_ == "complaint":
            known.append(record_id)
        elif type_ in ("case-step", "ruling"):
            orders.append(record_id)
    return log


def _first(log: Writer) -> dict[str, Any]:
    from tallyproof.record.canon import loads

    return loads(log.entries[index_of("1")].decode().split("\n")[2])


@settings(max_examples=120, deadline=None)
@given(log=logged(), data=st.data())
def test_a_prefix_says_what_was_known_then(log: Writer, data: st.DataObject) -> None:
    book = log.ledger.book
    size = data.draw(st.integers(index_of("complaint"), log.size))
    short = log.cut(size).ledger.book
    assert cases.replay(book, size) == cases.replay(short)
    assert seats.replay(book, size) == seats.replay(short)
    assert docket(book, size) == docket(short)
    for case in cases.replay(short).cases:
        if case.decisions:
            assert before_after(book, case, size=size) == before_after(short, case)


@settings(max_examples=120, deadline=None)
@given(log=logged())
def test_what_is_not_a_step_is_a_notice_and_nothing_is_raised(log: Writer) -> None:
    book = log.ledger.book
    found = cases.replay(book)
    told = {one.index for one in found.notices}
    stepped = [one for one in book.said.values() if one.type in ("case-step/v1", "ruling/v1")]
    taken = {one.index for case in found.cases for one in case.steps} | {one.index for case in found.cases for one in case.decisions}
    assert {one.index for one in stepped} == taken | (told & {one.index for one in stepped})
    assert not taken & told
    assert {one.code for one in found.notices} <= {"case-step-out-of-order"}
    read = seats.replay(book)
    assert {one.code for one in read.notices} <= {"seat-status-out-of-order", "seat-held-twice"}
    moved = {change.act.index for seat in read.seats for change in seat.changes}
    statuses = {one.index for one in book.said.values() if one.type == "seat-status/v1"}
    assert statuses == (moved | {one.index for one in read.notices if one.code == "seat-status-out-of-order"}) & statuses


# --- Deadlines by the law of a place ------------------------------------------------------------------------------------


@given(start=st.dates(date(2018, 1, 1), date(2060, 1, 1)))
def test_a_petition_is_due_on_the_forty_fifth_day(start: date) -> None:
    due = by_rules(load("pk-2017"))("petition", start)
    assert due is not None
    assert due.latest.date() == start + timedelta(days=45)


@pytest.mark.parametrize(
    ("subject", "start", "due"),
    [
        ("petition", date(2023, 12, 20), "2024-02-03T23:59:59+05:00"),
        ("petition", date(2024, 1, 20), "2024-03-05T23:59:59+05:00"),
        ("petition", date(2025, 1, 20), "2025-03-06T23:59:59+05:00"),
        ("by-election", date(2023, 12, 31), "2024-02-29T23:59:59+05:00"),
        ("by-election", date(2026, 12, 31), "2027-03-01T23:59:59+05:00"),
    ],
)
def test_over_the_end_of_a_year_and_a_leap_day(subject: str, start: date, due: str) -> None:
    timing = by_rules(load("pk-2017"), "provincial", term_ends=date(2028, 2, 28))
    found = timing(subject, start)
    assert found is not None
    assert found.latest.isoformat() == due


def test_what_the_law_is_not_known_to_say_has_no_time() -> None:
    timing = by_rules(load("pk-2017"))
    assert timing("reply", date(2024, 1, 1)) is None
    # whether it runs at all depends on when the term of the assembly ends
    assert timing("by-election", date(2024, 1, 1)) is None
    assert by_rules(load("pk-2017"), term_ends=date(2024, 2, 1))("by-election", date(2024, 1, 1)) is None
    with pytest.raises(TallyproofError):
        by_rules(load("pk-2017"), "no-such-level")("petition", date(2024, 1, 1))
