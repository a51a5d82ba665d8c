"""PS-129 from the station to the seat, at each date (``tallyproof.publish.story`` says what is invented)."""

from __future__ import annotations

from datetime import date

import pytest

from tallyproof.cases.case import Answer, Stage
from tallyproof.cases.docket import Changes, docket
from tallyproof.cases.effects import before_after
from tallyproof.cases.replay import replay
from tallyproof.cases.steps import in_time
from tallyproof.compare.logged import judge_declarations
from tallyproof.publish.story import Story
from tallyproof.record.book import Book
from tallyproof.rules.read import load
from tallyproof.seats.replay import replay as seats
from tallyproof.seats.timing import by_rules
from tallyproof.tabulate.winner import State
from tests.support.entry_logs import Writer
from tests.support.story_ps129 import BARI, FORM_47, HANIF, KNOWN, MUQADDAM, NAEEM, RECOUNTED, story


def log() -> Story:
    return story()


def book() -> Book:
    return log().ledger.book


def after(chapter: str) -> int:
    return log().places[chapter] + 1


def test_form_47_contradicts_the_records_before_it() -> None:
    said = judge_declarations(book())
    assert [one.code for one in said] == ["declaration-totals"]
    assert f"{BARI} is 11357; the records give 31000" in said[0].message
    (form,) = seats(book(), after("form 47")).of("PS-129")[0].declared
    assert (form.winners, form.stage, form.signers) == ((NAEEM,), "provisional", ("authority.invented",))


@pytest.mark.parametrize(
    ("chapter", "state", "holder"),
    [
        ("reconstructed-147", "contested", None),
        ("form 47", "declared", NAEEM),
        ("press conference", "declared", NAEEM),
        ("notified", "notified", NAEEM),
        ("complaint", "notified", NAEEM),
        ("needs time", "notified", NAEEM),
        ("no reply", "notified", NAEEM),
        ("relinquished", "relinquished", NAEEM),
        ("vacant", "vacant", None),
        ("order", "vacant", None),
        ("seat recount", "recount", None),
        (f"recount {RECOUNTED[1]}", "recount", None),
        ("declared", "declared", BARI),
        ("closed", "declared", BARI),
    ],
)
def test_what_became_of_the_seat(chapter: str, state: str, holder: str | None) -> None:
    found = seats(book(), after(chapter))
    (seat,) = found.seats
    assert (str(seat.state), seat.holder) == (state, holder)
    assert found.notices == ()


def test_the_statement_is_kept_and_moves_nothing() -> None:
    (before,) = seats(book(), after("form 47")).seats
    (seat,) = seats(book(), after("press conference")).seats
    assert (seat.state, seat.holder, seat.changes) == (before.state, before.holder, before.changes)
    (said,) = seat.statements
    assert (said.who, said.day, said.figures) == (NAEEM, "2024-02-12", {BARI: 31_000, NAEEM: 30_464})


@pytest.mark.parametrize(
    ("chapter", "stage", "answers"),
    [
        ("complaint", Stage.FILED, []),
        ("admitted", Stage.ADMITTED, []),
        ("notice", Stage.NOTICED, [Answer.AWAITED, Answer.AWAITED, Answer.AWAITED]),
        ("needs time", Stage.NOTICED, [Answer.AWAITED, Answer.AWAITED, Answer.TIME_ASKED]),
        ("JI replies", Stage.NOTICED, [Answer.AWAITED, Answer.REPLIED, Answer.TIME_ASKED]),
        ("no reply", Stage.NOTICED, [Answer.SILENT, Answer.REPLIED, Answer.SILENT]),
        ("order", Stage.DECIDED, [Answer.SILENT, Answer.REPLIED, Answer.SILENT]),
        ("closed", Stage.CLOSED, [Answer.SILENT, Answer.REPLIED, Answer.SILENT]),
    ],
)
def test_the_case(chapter: str, stage: Stage, answers: list[Answer]) -> None:
    found = replay(book(), after(chapter))
    (case,) = found.cases
    assert (case.stage, [one.answer for one in case.notified.values()]) == (stage, answers)
    assert found.notices == ()


def test_the_petition_was_in_time_by_the_law_of_pakistan() -> None:
    (case,) = replay(book(), after("complaint")).cases
    timing = by_rules(load("pk-2017"))
    due = timing("petition", date(2024, 4, 1))
    assert due is not None
    assert due.latest.isoformat() == "2024-05-16T23:59:59+05:00"
    assert in_time(case, date(2024, 4, 1), timing) is True
    assert in_time(case, date(2024, 3, 1), timing) is False


def test_on_the_docket_it_changes_the_seat() -> None:
    (row,) = docket(book(), after("needs time"))
    assert (row.changes, row.seated, row.claimed.winners, row.due) == (Changes.YES, (NAEEM,), (BARI,), "2024-05-06T18:59:59Z")
    assert docket(book()) == ()


def test_what_the_order_changed() -> None:
    (case,) = replay(book()).cases
    found = before_after(book(), case)
    assert found.before.totals[BARI] == found.after.totals[BARI] == (31_000, 31_000)
    assert found.before.totals[NAEEM] == found.after.totals[NAEEM] == (30_464, 30_464)
    assert found.before.totals[MUQADDAM] == found.after.totals[MUQADDAM]
    assert found.before.totals[HANIF][0] == 0
    # 315 - 284 and the same of the second station are what he could have had there; 5 at each is what he has now
    assert found.before.totals[HANIF] == (0, 16_057)
    assert found.after.totals[HANIF][0] == 10
    assert found.after.totals[HANIF][1] < 16_057 - 31 + 10
    assert (found.before.state, found.after.state, found.after.winners) == (State.PROVED, State.PROVED, (BARI,))
    chapters = ("seat recount", "recount order", *(f"recount {name}" for name in RECOUNTED))
    assert found.acts == tuple(log().places[one] for one in chapters)
    assert found.waiting == ()
    half = before_after(book(), case, size=after(f"recount {RECOUNTED[0]}"))
    assert half.after.totals[HANIF][0] == 5


def test_every_prefix_of_the_log_says_the_same_as_the_whole_log_at_that_size() -> None:
    first = log().places["form 47"]
    growing = Writer(log().origin, KNOWN)
    for size, data in enumerate(log().entries):
        if size >= first:
            assert seats(growing.ledger.book) == seats(book(), size)
            assert replay(growing.ledger.book) == replay(book(), size)
        growing.put(data)


def test_the_figures_of_form_47_are_as_published() -> None:
    assert sum(FORM_47.values()) == 73_275
    (seat,) = seats(book(), after("form 47")).seats
    assert seat.declared[0].winners == (NAEEM,)
