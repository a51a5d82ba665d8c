"""Random lives of cases and seats: the second opinion and the core say the same at every size, and get far enough for it to matter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tallyproof.cases import replay as cases
from tallyproof.cases.case import AFTER, Answer, Case, OrderKind, Stage, Word
from tallyproof.record.entry import Refused
from tallyproof.seats import replay as seats
from tallyproof.seats.seat import AFTER as SEAT_AFTER
from tallyproof.seats.seat import SeatState, Status
from tests.props.test_case_machines import logged
from tests.support.entry_logs import AUTHORITY, COURT, RO, RULES, Value, Writer, made, rostered
from tests.support.entry_values import vkey
from tests.support.second_lives import assert_same, by_the_other

HIGH, THIRD, P1, P2, OBS = "high.example", "third.example", "p1.example", "p2.example", "observers.example"
SIDES = {"party:P1": (P1,), "party:P2": (P2,), "observers:o": (OBS,), "authority": AUTHORITY, "court:third": (THIRD,)}
COURTS = {"court:low": COURT, "court:high": HIGH, "court:third": THIRD}
SIGNERS = [
    (COURT,),
    (HIGH,),
    (THIRD,),
    AUTHORITY,
    AUTHORITY[:1],
    (P1,),
    (P2,),
    (OBS,),
    (P1, P2),
    (COURT, HIGH),
    (P2, *AUTHORITY),
    (P1, COURT),
]
CONTESTS = {"NA-1": ["ali", "bano", "chand"], "PS-1": ["ali", "dara", "eman"], "X": ["ali", "bano"]}
ORDERS: list[Value] = [
    {"kind": "dismissed"},
    {"kind": "recount", "stations": ["1"]},
    {"kind": "recount", "stations": ["2"]},
    {"kind": "re-poll"},
    {"kind": "exclude", "stations": ["1"]},
    {"kind": "declare", "candidate": "ali"},
    {"kind": "void"},
    {"kind": "void", "candidate": "ali"},
]


def begun() -> Writer:
    """One seat in NA-1, two in PS-1, nobody elected in X; three courts; a record of each station of NA-1."""
    log = Writer()
    definition = {
        "authority": [vkey(one) for one in AUTHORITY],
        "contests": [*CONTESTS],
        "courts": {name.partition(":")[2]: vkey(one) for name, one in COURTS.items()},
        "day": "2027-02-08",
        "election": "e",
        "name": "e",
        "observers": {"o": vkey(OBS)},
        "parties": {"P1": vkey(P1), "P2": vkey(P2)},
        "rules": {"name": "tabulation-v1", "sha256": RULES},
        "threshold": 2,
    }
    log.add("election-definition/v1", definition, *AUTHORITY)
    for contest, names in CONTESTS.items():
        more: Value = {"PS-1": {"seats": 2}, "X": {"rule": "none"}}.get(contest, {})
        log.add("contest/v1", {"candidates": [{"candidate": one} for one in names], "contest": contest, "stations": 2, **more}, *AUTHORITY)
    log.add("stations/v1", {"contest": "NA-1", "stations": [{"registered": 500, "station": one} for one in "12"]}, *AUTHORITY)
    keys = [rostered("officer", "o1", "1"), rostered("officer", "o2", "2"), rostered("returning-officer", RO)]
    log.add("roster/v1", {"by": "authority", "contest": "NA-1", "keys": keys}, *AUTHORITY)
    for station in "12":
        log.add("station-record/v1", _count(station), f"o{station}", called=station)
    return log


def _count(station: str) -> Value:
    return {"act": "count", "contest": "NA-1", "source": "officer", "station": station, "votes": {"ali": 9, "bano": 5, "chand": 1}}


class Drawn:
    """What is drawn next: mostly something that can follow, so that lives get far; else anything by anybody."""

    def __init__(self, one_of: Callable[[Sequence[Any]], Any]) -> None:
        self.one_of, self.log, self.hours = one_of, begun(), 0
        self.grounds: list[str] = [self.log.ids["1"]]
        self.decisions: list[str] = []

    def rarely(self) -> bool:
        return bool(self.one_of(range(6)) == 5)

    def clock(self, hours: int) -> str:
        return f"2027-03-{1 + max(0, hours) // 24:02}T{max(0, hours) % 24:02}:00:00Z"

    def append(self, type_: str, value: Value, *names: str) -> None:
        try:
            record_id = self.log.add(f"{type_}/v1", value, *names)
        except Refused:
            return
        self.grounds += [record_id] if value.get("contest") == "NA-1" else []
        self.decisions += [record_id] if "order" in value or "outcome" in value or value.get("step") == "stay" else []

    def complaint(self) -> None:
        brought = self.one_of([("party:P1",), ("party:P1", "observers:o"), ("court:third",), ("court:third", "party:P2"), ("authority",)])
        value: Value = {"complaint": f"C {self.log.size}", "contest": "NA-1", "summary": "x"}
        value |= {"when": self.clock(self.hours)} if not self.rarely() else {}
        value |= {"grounds": self.one_of([["count-faulty"], ["count-faulty"], []]), "stations": self.one_of([[], ["1"], ["1", "2"]])}
        value |= {"evidence": self.one_of([[self.log.ids["1"]], [self.log.ids["2"]], []])}
        value |= {"respondents": self.one_of([["party:P2"], ["party:P2", "authority"], ["authority", "observers:o", "party:P1"], []])}
        self.append("complaint", value, *dict.fromkeys(name for one in brought for name in SIDES[one]))

    def whose(self, case: Case, word: str) -> tuple[str, ...]:
        if self.rarely():
            return tuple(self.one_of(SIGNERS))
        if word in ("reply", "time-asked"):
            offices = [self.one_of([*case.notified] or ["party:P2"])]
        elif word == "appeal":
            offices = [self.one_of([one for one in case.sides if one in SIDES] or ["party:P1"])]
        elif word == "withdrawn":
            offices = [*(case.appellants or case.complainants)]
        elif word == "notice" and self.rarely():
            return AUTHORITY
        else:
            return (COURTS[case.court or self.one_of([*COURTS])],)
        return tuple(dict.fromkeys(name for one in offices for name in SIDES.get(one, (P1,))))

    def step(self, case: Case) -> None:
        able = sorted(AFTER[case.stage]) or ["closed"]
        word = str(self.one_of(able) if not self.rarely() else self.one_of([*Word]))
        self.hours += self.one_of(range(-1, 31))
        value: Value = {
            "complaint": case.complaint,
            "contest": "NA-1",
            "step": word,
            "summary": f"{self.log.size}",
            "when": self.clock(self.hours),
        }
        if word in ("notice", "order", "time-asked") and not self.rarely():
            value["due"] = self.clock(self.hours + self.one_of([-1, 5, 20, 60]))
        if word in ("notice", "no-reply"):
            value |= self.one_of([{}, {}, {"to": ["party:P2"]}, {"to": ["authority", "observers:o"]}])
        if word == "order":
            value["order"] = self.one_of(ORDERS)
        self.append("case-step", value, *self.whose(case, word))

    def status(self) -> None:
        contest = self.one_of(["NA-1", "PS-1", "PS-1", "X"])
        found = seats.replay(self.log.ledger.book).of(contest)
        able = sorted({word for one in found for word in SEAT_AFTER[one.state]})
        status = str(self.one_of(able if able and not self.rarely() else [*Status]))
        value: Value = {"contest": contest, "status": status}
        named = self.rarely() or status in ("declared", "filled")
        value |= self.one_of([{"holder": self.one_of(CONTESTS[contest])}, {"holder": "ali"}]) if named else {}
        if contest == "NA-1":
            value |= {"ground": self.one_of(self.grounds[-8:] if self.rarely() else self.decisions[-4:] or self.grounds)}
        value |= {"when": self.clock(self.log.size)}
        self.append("seat-status", value, *AUTHORITY)

    def declaration(self) -> None:
        contest = self.one_of(["NA-1", "PS-1", "PS-1", "X"])
        names = CONTESTS[contest]
        totals = {one: self.one_of(range(3)) for one in names[: self.one_of(range(len(names) + 1))]}
        value: Value = {
            "contest": contest,
            **self.log.prefix(),
            "rules": RULES,
            "stage": "final",
            "version": 1 + self.log.size,
            "totals": totals,
        }
        value |= self.one_of([{}, {}, {"winners": names[1:2]}, {"winners": [names[1], names[0]]}, {"winners": []}])
        self.append("declaration", value, *((RO,) if contest == "NA-1" else AUTHORITY))

    def ruling(self, case: Case) -> None:
        outcome = self.one_of(["granted", "part", "refused"])
        value = {"complaint": case.complaint, "contest": "NA-1", "outcome": outcome, "summary": f"{self.log.size}"}
        self.append("ruling", value, *self.whose(case, "order"))

    def act(self) -> None:
        value: Value = {"contest": "NA-1", "order": self.one_of(self.grounds[-6:])}
        if self.one_of([True, False]):
            self.append("exclusion", {**value, "ground": f"{self.log.size}", "station": "1"}, *AUTHORITY)
        else:
            self.append("recount-order", {**value, "reason": f"{self.log.size}", "stations": ["1"]}, RO)

    def court_signs(self) -> None:
        """A court puts its name under a record long afterwards: it has an interest from then on."""
        self.log.put(made("station-record/v1", _count(self.one_of(["1", "2"])), self.one_of([*COURTS.values()])))

    def next(self) -> None:
        found = cases.replay(self.log.ledger.book).cases
        kind = self.one_of(["step"] * 9 + ["status"] * 6 + ["declaration"] * 2 + ["complaint", "act", "ruling"] + ["copy"] * self.rarely())
        if kind == "copy":
            self.court_signs()
        elif kind in ("status", "declaration", "act"):
            {"status": self.status, "declaration": self.declaration, "act": self.act}[kind]()
        elif kind == "complaint" or not found:
            self.complaint()
        else:
            {"step": self.step, "ruling": self.ruling}[kind](self.one_of([*found[-2:]]))


@st.composite
def lived(draw: st.DrawFn) -> Writer:
    drawn = Drawn(lambda what: draw(st.sampled_from(what)))
    for _ in range(draw(st.integers(1, 30))):
        drawn.next()
    return drawn.log


def walked(seed: int) -> Writer:
    """A longer life, the same each time: what Hypothesis rarely reaches."""
    drawn = Drawn(Random(seed).choice)
    for _ in range(120):
        drawn.next()
    return drawn.log


SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
@given(log=lived())
def test_both_say_the_same_at_every_size(log: Writer) -> None:
    assert_same(log.entries, log.origin, log.ledger.book)


@settings(max_examples=60, deadline=None)
@given(log=logged())
def test_both_say_the_same_of_the_other_machine(log: Writer) -> None:
    assert_same(log.entries, log.origin, log.ledger.book)


def test_the_kinds_of_orders_are_drawn() -> None:
    assert {str(one["kind"]) for one in ORDERS} >= {str(one) for one in OrderKind} - {"include", "correct"}


def test_long_lives_get_far_and_both_say_the_same() -> None:
    """That everything was reached is asked too, so that what both agree on is more than that nothing happened."""
    seen: Counter[str] = Counter()
    for seed in range(24):
        log = walked(seed)
        assert_same(log.entries, log.origin, log.ledger.book)
        for told in by_the_other(log.entries, log.origin):
            seen.update({f"case {one['stage']}" for one in told["cases"]} | {f"seat {one['state']}" for one in told["seats"]})
            seen.update({row["answer"] for one in told["cases"] for row in one["notified"]} | {one["code"] for one in told["notices"]})
            seen.update("stayed" for one in told["cases"] if one["stayed"])
    wanted = {f"case {one}" for one in Stage} | {f"seat {one}" for one in SeatState} | {*Answer, "stayed"}
    assert (wanted | {"case-step-out-of-order", "seat-status-out-of-order", "seat-held-twice"}) - seen.keys() == set()
