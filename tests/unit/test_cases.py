"""Cases by example: who may do what, what an order needs and does, the docket. Laws: ``tests/props/test_case_machines.py``."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from tallyproof.cases.case import Actor, Answer, Case, CaseError, Ground, Order, OrderKind, Stage, Step, Word
from tallyproof.cases.docket import Changes, docket
from tallyproof.cases.effects import before_after, effects
from tallyproof.cases.replay import replay
from tallyproof.cases.steps import check_order, in_time, take
from tallyproof.cases.who import interest
from tallyproof.errors import RuleError
from tallyproof.rules.calendar import Due
from tallyproof.rules.facts import Moment
from tallyproof.seats.timing import is_late, read_time
from tallyproof.tabulate.winner import State
from tests.support.entry_logs import AUTHORITY, COURT, ORIGIN, RO, RULES, Value, Writer, count, election, rostered
from tests.support.entry_values import vkey

LOW, HIGH = Actor("court:low"), Actor("court:high")
P1, P2, OFFICE = Actor("party:P1"), Actor("party:P2"), Actor("authority")
FILED = Case(
    complaint="c",
    number="C 1",
    contest="NA-1",
    index=0,
    complainants=("party:P1",),
    respondents=("party:P2",),
    grounds=(Ground.COUNT_FAULTY,),
    stations=("1", "2"),
    evidence=("record",),
    filed="2024-02-10T00:00:00Z",
    parties=frozenset({"party:P1", "party:P2", "party:P3"}),
    signed=frozenset({"court:signed"}),
)
RECOUNT = Order(OrderKind.RECOUNT, ("1",))


def at(word: Word, day: str, *actors: Actor, **more: Any) -> Step:
    return Step(word=word, actors=actors, when=f"2024-{day}T00:00:00Z", **more)


def after(*steps: Step, case: Case = FILED) -> Case:
    for one in steps:
        case = take(case, one)
    return case


ADMITTED = at(Word.ADMITTED, "02-11", LOW)
NOTICE = at(Word.NOTICE, "02-11", LOW, due="2024-02-29T23:59:59Z")
ORDER = at(Word.ORDER, "03-01", LOW, order=RECOUNT, due="2024-03-31T23:59:59Z")


def refused(case: Case, one: Step, message: str) -> None:
    with pytest.raises(CaseError, match=message) as caught:
        take(case, one)
    assert caught.value.hint


# --- Who ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actor", "reason"),
    [
        (LOW, ""),
        (Actor("court:low", frozenset({"party:P9"})), ""),
        (Actor("court:low", frozenset({"party:P3"})), "belongs to party:P3"),
        (Actor("court:signed"), "signed a record"),
        (P1, "complainant"),
        (P2, "respondent"),
        (Actor("party:P9"), "is a party"),
    ],
)
def test_interest(actor: Actor, reason: str) -> None:
    found = interest(FILED, actor)
    assert reason in found
    assert bool(found) is bool(reason)


@pytest.mark.parametrize("word", [Word.ADMITTED, Word.REJECTED])
def test_the_same_office_is_not_complainant_and_judge(word: Word) -> None:
    case = Case(complaint="c", number="C", contest="NA-1", index=0, complainants=("court:low",))
    refused(case, at(word, "02-11", LOW), "is the complainant")
    assert take(case, at(word, "02-11", HIGH)).court == "court:high"


def test_deciding_is_for_one_court() -> None:
    refused(FILED, at(Word.ADMITTED, "02-11", OFFICE, P2), "nobody of that kind")
    refused(FILED, at(Word.ADMITTED, "02-11", LOW, HIGH), "court:low, court:high")
    refused(after(ADMITTED), at(Word.HEARING, "02-12", HIGH), "before court:low, not court:high")
    # others cannot keep a court from deciding by signing with it
    assert take(FILED, at(Word.ADMITTED, "02-11", P2, LOW)).court == "court:low"


def test_an_appeal_is_decided_by_another_court() -> None:
    case = after(ADMITTED, NOTICE, ORDER, at(Word.APPEAL, "03-31", P2))
    assert (case.stage, case.court, case.courts, case.appellants) == (Stage.APPEALED, "", ("court:low",), ("party:P2",))
    refused(case, at(Word.ADMITTED, "04-01", LOW), "has decided this case before")
    above = after(at(Word.ADMITTED, "04-01", HIGH), at(Word.NOTICE, "04-01", HIGH, due="2024-04-10T00:00:00Z"), case=case)
    # on appeal it is the complainant who is given notice
    assert set(above.notified) == {"party:P1"}
    refused(above, at(Word.ORDER, "04-02", HIGH, order=RECOUNT), "time to reply until")
    decided = after(at(Word.REPLY, "04-02", P1), at(Word.ORDER, "04-03", HIGH, order=Order(OrderKind.DISMISSED)), case=above)
    assert [one.court for one in decided.decisions] == ["court:low", "court:high"]
    assert after(at(Word.CLOSED, "04-04", HIGH), case=decided).stage is Stage.CLOSED


def test_an_appeal_that_is_withdrawn_leaves_the_decision() -> None:
    case = after(ADMITTED, NOTICE, ORDER, at(Word.APPEAL, "03-02", P2))
    refused(case, at(Word.WITHDRAWN, "03-03", P1), "withdrawn by all who brought it")
    back = take(case, at(Word.WITHDRAWN, "03-03", P2))
    assert (back.stage, back.court, back.courts) == (Stage.DECIDED, "court:low", ())
    assert take(back, at(Word.CLOSED, "03-04", LOW)).stage is Stage.CLOSED


def test_an_appeal_after_its_day_is_refused() -> None:
    case = after(ADMITTED, NOTICE, ORDER)
    refused(case, at(Word.APPEAL, "04-01", P2), "the time for an appeal was over")
    refused(case, at(Word.APPEAL, "03-02", Actor("observers:o")), "is not for observers:o")


def test_joint_complainants_withdraw_together() -> None:
    case = Case(complaint="c", number="C", contest="NA-1", index=0, complainants=("party:P1", "observers:o"))
    refused(case, at(Word.WITHDRAWN, "02-11", P1), "together")
    assert take(case, at(Word.WITHDRAWN, "02-11", P1, Actor("observers:o"))).stage is Stage.WITHDRAWN


# --- Notices and silence ------------------------------------------------------------------------------------------------


def test_to_ask_for_time_gives_none() -> None:
    case = after(ADMITTED, NOTICE, at(Word.TIME_ASKED, "02-28", P2, due="2024-04-01T00:00:00Z"))
    assert case.notified["party:P2"].due == case.due == "2024-02-29T23:59:59Z"
    silent = take(case, at(Word.NO_REPLY, "03-01", OFFICE))
    assert silent.notified["party:P2"].answer is Answer.SILENT
    more = take(case, at(Word.NOTICE, "02-29", OFFICE, due="2024-03-10T00:00:00Z"))
    refused(more, at(Word.NO_REPLY, "03-01", LOW), "nobody has let the time")
    refused(more, ORDER, "has time to reply until 2024-03-10")
    refused(more, at(Word.NOTICE, "02-29", LOW, due="2024-03-01T00:00:00Z"), "cannot take it away")


@pytest.mark.parametrize(("when", "late"), [("2024-02-29T23:59:59Z", False), ("2024-03-01T00:00:00Z", True)])
def test_the_last_second_of_a_leap_day(when: str, late: bool) -> None:
    case = after(ADMITTED, NOTICE)
    reply = Step(word=Word.REPLY, actors=(P2,), when=when)
    assert take(case, reply).notified["party:P2"].answer is (Answer.LATE if late else Answer.REPLIED)
    silence = Step(word=Word.NO_REPLY, actors=(LOW,), when=when, to=("party:P2",))
    if late:
        assert take(case, silence).notified["party:P2"].answer is Answer.SILENT
    else:
        refused(case, silence, "has time until")


def test_the_authority_notes_no_silence_in_its_own_case() -> None:
    case = Case(complaint="c", number="C", contest="NA-1", index=0, complainants=("party:P1",), respondents=("authority", "party:P2"))
    noticed = after(ADMITTED, at(Word.NOTICE, "02-11", OFFICE, due="2024-02-20T00:00:00Z"), case=case)
    refused(noticed, at(Word.NO_REPLY, "02-21", OFFICE, to=("party:P2",)), "for a court to say")
    assert take(noticed, at(Word.NO_REPLY, "02-21", LOW)).due == ""


def test_a_notice_has_a_day_from_the_notice_or_the_law() -> None:
    case = after(ADMITTED)
    bare = at(Word.NOTICE, "12-20", OFFICE)
    refused(case, bare, "by when a reply is awaited")

    def week(subject: str, start: Moment) -> Due | None:
        end = read_time("2025-01-03T23:59:59+05:00")
        return Due(end, end, True) if subject == "reply" else None

    assert take(case, bare, week).due == "2025-01-03T18:59:59Z"
    refused(case, at(Word.NOTICE, "02-20", LOW, due="2024-02-19T00:00:00Z"), "before the notice itself")
    refused(case, at(Word.REPLY, "02-20", P2), "cannot follow")
    refused(after(ADMITTED, NOTICE), at(Word.REPLY, "02-20", OFFICE), "is not for authority")


@pytest.mark.parametrize("when", ["", "yesterday", "2024-02-30T00:00:00Z", "2024-02-20T00:00:00", "2024-02-20"])
def test_a_time_that_is_none(when: str) -> None:
    with pytest.raises(CaseError, match="time"):
        take(FILED, Step(word=Word.ADMITTED, actors=(LOW,), when=when))


def test_in_time_is_told_and_not_guessed() -> None:
    def timing(subject: str, start: Moment) -> Due | None:
        return Due(read_time("2024-02-09T00:00:00Z"), read_time("2024-02-11T00:00:00Z"), True)

    assert in_time(FILED, read_time("2024-01-01T00:00:00Z"), timing) is None
    assert is_late(read_time("2024-02-09T00:00:00Z"), timing("", read_time("2024-01-01T00:00:00Z"))) is False
    assert is_late(read_time("2024-02-11T00:00:01Z"), timing("", read_time("2024-01-01T00:00:00Z"))) is True
    assert (
        in_time(Case(complaint="c", number="C", contest="x", index=0, complainants=()), read_time("2024-01-01T00:00:00Z"), timing) is None
    )


# --- Orders -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "message"),
    [
        (Order(OrderKind.DISMISSED), ""),
        (Order(OrderKind.DISMISSED, ("1",)), "names stations"),
        (Order(OrderKind.RECOUNT), "names nothing"),
        (Order(OrderKind.RECOUNT, ("1",), record="r"), "stations and record"),
        (Order(OrderKind.RECOUNT, ("1", "3")), "not about the station 3"),
        (Order(OrderKind.REPOLL), ""),
        (Order(OrderKind.REPOLL, ("2",)), ""),
        (Order(OrderKind.EXCLUDE, record="r"), ""),
        (Order(OrderKind.EXCLUDE, ("1",), "r"), "stations and record"),
        (Order(OrderKind.INCLUDE, ("1",)), ""),
        (Order(OrderKind.INCLUDE, ("1",), "r"), "stations and record"),
        (Order(OrderKind.INCLUDE), "names nothing"),
        (Order(OrderKind.CORRECT, ("1",)), ""),
        (Order(OrderKind.DECLARE), "names nothing"),
        (Order(OrderKind.DECLARE, candidate="ali"), ""),
        (Order(OrderKind.VOID, candidate="ali"), "names candidate"),
    ],
)
def test_what_an_order_names(order: Order, message: str) -> None:
    if not message:
        check_order(FILED, order)
        return
    with pytest.raises(CaseError, match=message) as caught:
        check_order(FILED, order)
    assert caught.value.hint


@pytest.mark.parametrize("kind", OrderKind)
def test_without_a_ground_or_a_record_a_complaint_can_only_be_dismissed(kind: OrderKind) -> None:
    names: dict[OrderKind, dict[str, Any]] = {
        OrderKind.RECOUNT: {"stations": ("1",)},
        OrderKind.EXCLUDE: {"stations": ("1",)},
        OrderKind.CORRECT: {"stations": ("1",)},
        OrderKind.INCLUDE: {"record": "r"},
        OrderKind.DECLARE: {"candidate": "ali"},
    }
    order = Order(kind, **names.get(kind, {}))
    bare = {"complaint": "c", "number": "C", "contest": "NA-1", "index": 0, "complainants": ("party:P1",)}
    for more, message in (({"evidence": ("record",)}, "gives no ground"), ({"grounds": (Ground.COUNT_FAULTY,)}, "as evidence")):
        if kind is OrderKind.DISMISSED or (order.record and "grounds" in more):
            check_order(Case(**bare, **more), order)
        else:
            with pytest.raises(CaseError, match=message):
                check_order(Case(**bare, **more), order)
    if kind is OrderKind.DISMISSED:
        assert effects(order) == ()
    else:
        assert {one.names for one in effects(order)} <= {"order", "ground", ""}


def test_nobody_is_ordered_against_unheard() -> None:
    refused(after(ADMITTED), ORDER, "nobody was given notice")
    only_authority = after(ADMITTED, at(Word.NOTICE, "02-11", LOW, to=("authority",), due="2024-02-12T00:00:00Z"))
    refused(only_authority, ORDER, "party:P2 was not given notice")
    early = at(Word.ORDER, "02-20", LOW, order=RECOUNT)
    refused(after(ADMITTED, NOTICE), early, "time to reply until")
    assert after(ADMITTED, NOTICE, at(Word.HEARING, "02-19", LOW), early).stage is Stage.DECIDED
    assert after(ADMITTED, at(Word.ORDER, "02-12", LOW, order=Order(OrderKind.DISMISSED))).stage is Stage.DECIDED


@pytest.mark.parametrize(("when", "may"), [("2024-02-29T23:59:59Z", False), ("2024-03-01T00:00:00Z", True)])
def test_an_order_waits_for_the_last_second_of_a_reply(when: str, may: bool) -> None:
    order = Step(word=Word.ORDER, actors=(LOW,), when=when, order=RECOUNT)
    if may:
        assert after(ADMITTED, NOTICE, order).stage is Stage.DECIDED
    else:
        refused(after(ADMITTED, NOTICE), order, "time to reply until")


def test_who_comes_at_the_last_second_is_in_time() -> None:
    end = read_time("2024-02-11T00:00:00Z")
    assert is_late(end, Due(end, end, True)) is False
    assert is_late(end, None) is None


def test_a_stay_ends_with_the_decision() -> None:
    stayed = after(ADMITTED, at(Word.STAY, "02-11", LOW))
    assert (stayed.stayed, stayed.stage) == (True, Stage.ADMITTED)
    assert not after(at(Word.ORDER, "02-12", LOW, order=Order(OrderKind.DISMISSED)), case=stayed).stayed
    bare = Case(complaint="c", number="C", contest="NA-1", index=0, complainants=("party:P1",))
    refused(after(ADMITTED, case=bare), at(Word.STAY, "02-12", LOW), "gives no ground")


# --- From a log ---------------------------------------------------------------------------------------------------------


def small() -> Writer:
    """Contest NA-1 with ali, bano, chand at stations 1 and 2; each station has the officer's copy, station 1 an agent's too."""
    log = Writer()
    definition = {
        "authority": [vkey(one) for one in AUTHORITY],
        "contests": ["NA-1"],
        "courts": {"tribunal": vkey(COURT), "high": vkey("high.example")},
        "day": "2027-02-08",
        "election": "e",
        "name": "e",
        "parties": {"P1": vkey("p1.example"), "P2": vkey("p2.example")},
        "rules": {"name": "tabulation-v1", "sha256": RULES},
        "threshold": 2,
    }
    log.add("election-definition/v1", definition, *AUTHORITY)
    ballot = [{"candidate": "ali", "party": "P1"}, {"candidate": "bano", "party": "P2"}, {"candidate": "chand"}]
    log.add("contest/v1", {"candidates": ballot, "contest": "NA-1", "stations": 2}, *AUTHORITY)
    log.add("stations/v1", {"contest": "NA-1", "stations": [{"registered": 500, "station": one} for one in "12"]}, *AUTHORITY)
    keys = [rostered("officer", "o1", "1"), rostered("officer", "o2", "2"), rostered("returning-officer", RO)]
    log.add("roster/v1", {"by": "authority", "contest": "NA-1", "keys": keys}, *AUTHORITY)
    log.add("roster/v1", {"by": "party:P1", "contest": "NA-1", "keys": [rostered("agent", "a1", "1", "2")]}, "p1.example")
    log.add("station-record/v1", count("1", {"ali": 100, "bano": 200, "chand": 0}), "o1", called="1")
    log.add("station-record/v1", {**count("1", {"ali": 300, "bano": 100, "chand": 0}), "source": "agent:P1"}, "a1", called="1 agent")
    log.add("station-record/v1", count("2", {"ali": 50, "bano": 40, "chand": 0}), "o2", called="2")
    result = {"contest": "NA-1", **log.prefix(), "disputed": {"1": log.ids["1"]}, "rules": RULES, "stage": "provisional", "version": 1}
    log.add("declaration/v1", {**result, "totals": {"ali": 150, "bano": 240, "chand": 0}, "winners": ["bano"]}, RO)
    return log


def complain(log: Writer, number: str, *names: str, **more: Any) -> str:
    value = {"complaint": number, "contest": "NA-1", "grounds": ["copies-contradict"], "summary": "x", "when": "2027-02-10T00:00:00Z"}
    return log.add("complaint/v1", {**value, **more}, *(names or ("p1.example",)), called=number)


def do(log: Writer, number: str, word: str, day: int, *names: str, **more: Any) -> str:
    value = {"complaint": log.ids[number], "contest": "NA-1", "step": word, "summary": "x", "when": f"2027-02-{day}T00:00:00Z"}
    return log.add("case-step/v1", {**value, **more}, *names, called=f"{number} {word}")


def ordered(log: Writer, order: Value, number: str = "C") -> str:
    do(log, number, "admitted", 11, COURT)
    do(log, number, "notice", 11, COURT, due="2027-02-12T00:00:00Z", to=["party:P2"])
    return do(log, number, "order", 13, COURT, order=order)


def test_what_an_order_changed_and_nothing_else() -> None:
    log = small()
    complain(log, "C", evidence=[log.ids["1"]], stations=["1"])
    order = ordered(log, {"kind": "recount", "stations": ["1"]})
    by = log.add("recount-order/v1", {"contest": "NA-1", "order": order, "reason": "x", "stations": ["1"]}, RO)
    # meanwhile something else is corrected; it is no part of what the order does
    canvass = {"act": "canvass", "contest": "NA-1", "reason": "x", "station": "2", "supersedes": log.ids["2"]}
    log.add("correction/v1", {**canvass, "votes": {"ali": 0, "bano": 490, "chand": 0}}, "o2", RO)
    result = {"contest": "NA-1", "order": by, "station": "1", "supersedes": log.ids["1"]}
    recount = log.add("recount-result/v1", {**result, "votes": {"ali": 290, "bano": 110, "chand": 0}}, RO)
    book = log.ledger.book
    (case,) = replay(book).cases
    found = before_after(book, case)
    assert found.before.totals == {"ali": (150, 350), "bano": (140, 240), "chand": (0, 0)}
    assert (found.before.disputed, found.before.state) == (1, State.OPEN)
    assert found.after.totals == {"ali": (340, 340), "bano": (150, 150), "chand": (0, 0)}
    assert (found.after.disputed, found.after.state, found.after.winners) == (0, State.PROVED, ("ali",))
    assert found.acts == (book.texts[by].index, book.texts[recount].index)
    assert [one.type for one in found.waiting] == ["seat-status"]
    # an agent who disagrees with the recount makes the station disputed again
    disagree = {"contest": "NA-1", "record": recount, "says": "disagree", "station": "1", "votes": {"ali": 0, "bano": 1, "chand": 2}}
    log.add("attestation/v1", disagree, "a1")
    assert before_after(book, case).after.totals["ali"] == (50, 340)
    assert before_after(book, case, size=log.size - 1) == found


def test_the_effect_of_each_other_order() -> None:
    def after_order(order: Value, *acts: tuple[str, Value, tuple[str, ...]], out: tuple[str, ...] = ()) -> Any:
        log = small()
        for station in out:
            log.add("exclusion/v1", {"contest": "NA-1", "ground": "x", "station": station}, *AUTHORITY)
        complain(log, "C", evidence=[log.ids["1"]])
        name = ordered(log, {"record": log.ids["1"], **order} if order.pop("record", None) else order)
        for type_, value, names in acts:
            references = {"supersedes": log.ids["1"]} if "supersedes" in value else {}
            references |= {"order": name} if "order" in value else {}
            log.add(type_, {"contest": "NA-1", **value, **references}, *names)
        book = log.ledger.book
        (case,) = replay(book).cases
        return before_after(book, case)

    out = after_order(
        {"kind": "exclude", "stations": ["1"]}, ("exclusion/v1", {"ground": "x", "order": "ORDER", "station": "1"}, AUTHORITY)
    )
    assert (out.after.excluded, out.after.expected, out.after.totals["ali"]) == (1, 1, (50, 50))
    put_back = ("inclusion/v1", {"ground": "x", "order": "ORDER", "station": "1"}, AUTHORITY)
    left_out = after_order({"kind": "include", "stations": ["1"]}, out=("1",))
    back = after_order({"kind": "include", "stations": ["1"]}, put_back, out=("1",))
    assert (left_out.after, [one.type for one in left_out.waiting]) == (left_out.before, ["inclusion"])
    assert (back.before.excluded, back.before.totals["ali"]) == (1, (50, 50))
    assert (back.after.excluded, back.after.totals, back.waiting) == (0, out.before.totals, ())
    ruled = {"act": "ruling", "order": "ORDER", "reason": "x", "supersedes": "1", "votes": {"ali": 300, "bano": 100, "chand": 0}}
    for kind in ("exclude", "include", "correct"):
        found = after_order({"kind": kind, "record": True}, ("correction/v1", {**ruled, "station": "1"}, (COURT,)))
        assert found.after.totals["ali"] == (350, 350), kind
        assert found.waiting == ()
    again = {"act": "repoll", "source": "officer", "supersedes": "1", "votes": {"ali": 1, "bano": 2, "chand": 3}}
    repoll = after_order({"kind": "re-poll", "stations": ["1"]}, ("station-record/v1", {**again, "station": "1"}, ("o1",)))
    assert repoll.after.totals == {"ali": (51, 51), "bano": (42, 42), "chand": (3, 3)}
    assert [one.type for one in repoll.waiting] == ["seat-status"]
    named = ("station-record/v1", {**again, "order": "ORDER", "station": "1"}, ("o1",))
    assert after_order({"kind": "re-poll", "stations": ["1"]}, named).after == repoll.after
    # one that names no order of re-polling is no part of what a recount does; one that names it is what was done about it
    assert after_order({"kind": "recount", "stations": ["1"]}, ("station-record/v1", {**again, "station": "1"}, ("o1",))).acts == ()
    assert after_order({"kind": "recount", "stations": ["1"]}, named).after == repoll.after
    void = after_order({"kind": "void"})
    assert void.before == void.after


def test_before_a_decision_there_is_nothing_to_compare() -> None:
    log = small()
    complain(log, "C")
    (case,) = replay(log.ledger.book).cases
    with pytest.raises(RuleError, match="nothing was decided"):
        before_after(log.ledger.book, case)


def test_an_interested_court_in_a_log_moves_nothing() -> None:
    log = small()
    complain(log, "C", COURT, evidence=[log.ids["1"]])
    do(log, "C", "admitted", 11, COURT)
    do(log, "C", "admitted", 12, "high.example")
    found = replay(log.ledger.book)
    assert [(one.code, one.index) for one in found.notices] == [("case-step-out-of-order", log.places["C admitted"] - 1)]
    assert found.cases[0].court == "court:high"
    # a court that signed a copy of the contested record itself
    other = small()
    other.add("station-record/v1", count("2", {"ali": 1, "bano": 2, "chand": 3}), "o2", COURT, called="2 too")
    complain(other, "C", evidence=[other.ids["2 too"]])
    do(other, "C", "admitted", 11, COURT)
    assert "signed a record" in replay(other.ledger.book).notices[0].message


def test_an_act_that_names_an_order_without_effect_is_noticed() -> None:
    log = small()
    complain(log, "C", evidence=[log.ids["1"]])
    do(log, "C", "admitted", 11, COURT)
    order = do(log, "C", "order", 12, COURT, order={"kind": "exclude", "stations": ["1"]})
    log.add("exclusion/v1", {"contest": "NA-1", "ground": "x", "order": order, "station": "1"}, *AUTHORITY)
    found = replay(log.ledger.book)
    assert [one.index for one in found.notices] == [log.size - 2, log.size - 1]
    assert found.cases[0].stage is Stage.ADMITTED
    # the record room has its own rules: the exclusion stands
    assert log.ledger.book.excluded == {("NA-1", "1"): (log.size - 1,)}


def test_a_ruling_is_the_short_form() -> None:
    log = small()
    complain(log, "C", evidence=[log.ids["1"]])
    complain(log, "D", grounds=[])
    for number, outcome in (("C", "granted"), ("D", "part"), ("D", "refused"), ("D", "refused")):
        value = {"complaint": log.ids[number], "contest": "NA-1", "outcome": outcome, "summary": f"{log.size}"}
        log.add("ruling/v1", value, COURT)
    found = replay(log.ledger.book)
    assert [(one.stage, [d.outcome for d in one.decisions]) for one in found.cases] == [
        (Stage.DECIDED, ["granted"]),
        (Stage.DECIDED, ["refused"]),
    ]
    assert [one.message for one in found.notices] == ["the complaint gives no ground", "the case is decided: a ruling cannot follow"]


def test_the_docket() -> None:
    log = small()
    complain(log, "calm", evidence=[log.ids["1"]], stations=["1"], when="2027-02-09T00:00:00Z")
    complain(log, "open", stations=["2"], grounds=["poll-disrupted"])
    complain(log, "turns", evidence=[log.ids["1 agent"]], stations=["1"])
    complain(log, "sum", grounds=["declaration-contradicts"])
    complain(log, "early", stations=["2"], grounds=["poll-disrupted"])
    for number, due in (("open", "2027-02-25T00:00:00Z"), ("early", "2027-02-20T00:00:00Z")):
        do(log, number, "admitted", 11, COURT)
        do(log, number, "notice", 11, COURT, due=due, to=["party:P2"])
    complain(log, "gone")
    do(log, "gone", "rejected", 11, COURT)
    rows = docket(log.ledger.book)
    assert [(row.case.number, row.changes) for row in rows] == [
        ("turns", Changes.YES),
        ("early", Changes.OPEN),
        ("open", Changes.OPEN),
        ("sum", Changes.OPEN),
        ("calm", Changes.NO),
    ]
    assert {row.seated for row in rows} == {("bano",)}
    assert rows[0].claimed.winners == ("ali",)
    assert [row.due for row in rows[1:3]] == ["2027-02-20T00:00:00Z", "2027-02-25T00:00:00Z"]
    # before the agent's copy: 150 to 240 of 390 votes
    early = docket(log.ledger.book, log.places["calm"] + 1)
    assert early[0].share == Fraction(early[0].margin or 0, 290)
    assert docket(log.ledger.book, log.places["calm"]) == ()


def seat(log: Writer, status: str, **more: Any) -> None:
    log.add("seat-status/v1", {"contest": "NA-1", "status": status, **more}, *AUTHORITY)


def test_where_a_seat_is_vacant_nobody_is_seated() -> None:
    """What would spare a by-election is not called no change because the records agree with it."""
    log = small()
    complain(log, "sum", grounds=["declaration-contradicts"])
    complain(log, "calm", evidence=[log.ids["1"]], stations=["1"])
    complain(log, "open", stations=["2"], grounds=["poll-disrupted"])
    seat(log, "notified")
    for status in ("relinquished", "vacated"):
        rows = {row.case.number: row for row in docket(log.ledger.book)}
        assert ({row.seated for row in rows.values()}, rows["calm"].changes) == ({("bano",)}, Changes.NO)
        seat(log, status)
    for status in ("vacated", "by-election"):
        if status == "by-election":
            seat(log, status)
        rows = {row.case.number: row for row in docket(log.ledger.book)}
        assert {row.seated for row in rows.values()} == {()}
        # the same claim: it gives the seat, which nobody has, to bano
        assert (rows["calm"].changes, rows["calm"].claimed.winners) == (Changes.YES, ("bano",))
        assert (rows["open"].changes, rows["sum"].changes) == (Changes.OPEN, Changes.OPEN)


def test_before_anything_was_declared_the_records_are_asked() -> None:
    log = small()
    log = log.cut(next(at for at, one in enumerate(log.entries) if b"declaration/v1" in one))
    complain(log, "calm", evidence=[log.ids["1"]], stations=["1"])
    (row,) = docket(log.ledger.book)
    assert row.seated == ()
    assert row.changes is Changes.YES, "the records are open: two copies of station 1"
    exclusion = {"contest": "NA-1", "ground": "x", "station": "1"}
    log.add("exclusion/v1", exclusion, *AUTHORITY)
    complain(log, "sum", grounds=["declaration-contradicts"])
    (row,) = [row for row in docket(log.ledger.book) if row.case.number == "sum"]
    assert (row.seated, row.changes) == ((), Changes.NO), "what the records prove is what is claimed"


def test_an_order_that_is_not_carried_out_stays_on_the_docket() -> None:
    log = small()
    complain(log, "C", evidence=[log.ids["1"]], stations=["1"])
    assert [row.waiting for row in docket(log.ledger.book)] == [()]
    order = ordered(log, {"kind": "recount", "stations": ["1"]})
    counted = {"contest": "NA-1", "order": order, "reason": "x", "stations": ["1"]}
    result = {"contest": "NA-1", "order": order, "station": "1", "supersedes": log.ids["1"], "votes": {"ali": 1, "bano": 9, "chand": 0}}

    def awaited() -> list[list[str]]:
        return [[one.type for one in row.waiting] for row in docket(log.ledger.book)]

    assert awaited() == [["recount-order", "recount-result", "seat-status"]]
    log.add("recount-order/v1", counted, RO)
    do(log, "C", "closed", 14, COURT)
    assert awaited() == [["recount-result", "seat-status"]], "that the court closes it carries nothing out"
    assert docket(log.ledger.book, log.size - 1)[0].case.stage is Stage.DECIDED
    log.add("recount-result/v1", result, RO)
    seat(log, "recount", ground=order)
    assert awaited() == []


def test_on_appeal_nothing_is_awaited_until_it_fails() -> None:
    log = small()
    complain(log, "C", evidence=[log.ids["1"]], stations=["1"])
    ordered(log, {"kind": "exclude", "stations": ["1"]})
    do(log, "C", "appeal", 14, "p1.example")
    assert [(row.case.is_open, row.waiting) for row in docket(log.ledger.book)] == [(True, ())]
    do(log, "C", "withdrawn", 15, "p1.example")
    (row,) = docket(log.ledger.book)
    assert (row.case.stage, [one.type for one in row.waiting]) == (Stage.DECIDED, ["exclusion"])
    do(log, "C", "appeal", 16, "p1.example")
    do(log, "C", "admitted", 17, "high.example")
    do(log, "C", "notice", 17, "high.example", due="2027-02-18T00:00:00Z")
    do(log, "C", "withdrawn", 18, "p1.example")
    assert docket(log.ledger.book) == (), "the complaint itself was withdrawn"


def test_who_has_the_seat_may_be_refuted_while_it_is_open_who_has_won() -> None:
    log = small()
    copy = {**count("1", {"ali": 400, "bano": 0, "chand": 450}), "source": "agent:P1"}
    log.add("station-record/v1", copy, "a1", called="tie")
    complain(log, "C", evidence=[log.ids["tie"]])
    (row,) = docket(log.ledger.book)
    assert (row.claimed.state, set(row.claimed.winners)) == (State.OPEN, {"ali", "chand"})
    assert row.changes is Changes.YES


def test_the_small_election_of_the_vectors() -> None:
    log = election()
    found = replay(log.ledger.book)
    assert [(one.number, one.stage) for one in found.cases] == [("C 1", Stage.FILED), ("C 2", Stage.DECIDED)]
    assert {name: one.answer for name, one in found.cases[1].notified.items()} == {
        "authority": Answer.REPLIED,
        "party:P2": Answer.SILENT,
        "observers:fafen": Answer.SILENT,
    }
    assert {one.message.split(",")[0] for one in found.notices} == {
        "the complaint gives no ground",
        f"the correction rests on entry {log.places['ruling']}",
    }
    assert log.origin == ORIGIN
