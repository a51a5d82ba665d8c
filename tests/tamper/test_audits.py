"""Tampered audits: each is named by code and index, by the core and by the second opinion.

Everything is signed by those who may: these are the tricks of an authority that wants its result confirmed, and of one person who types
for two. The log is otherwise whole, so only the rules of audits can show it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tallyproof.log.checkpoint import LogSigner
from tallyproof_log.store import LogWriter
from tests.support.audit_desk import private
from tests.support.audit_logs import AUTHORITY, BALLOT, DICE, OPERATORS, PARTY, AuditedElection, audited_election
from tests.support.entry_logs import made
from tests.support.entry_values import vkey
from tests.tamper.test_catalogue import VERIFIERS

OTHER = "27182818284590452353"
LIMIT = "1/10"


class Forger:
    """An audit of NA-1 that goes on; ``put`` takes anything, whether the rules allow it or not. ``put`` and the like give the index."""

    def __init__(self) -> None:
        self.good: AuditedElection = audited_election(random.Random(5), 10)
        self.good.plan(LIMIT, contests=("NA-1",))
        self.plan = self.good.log.ids["plan"]
        self.entries = list(self.good.log.entries)

    def put(self, type_: str, value: dict[str, Any], *names: str) -> int:
        self.entries.append(made(f"audit-{type_}/v1", {"plan": self.plan, **value}, *names, origin=self.good.log.origin))
        return len(self.entries) - 1

    def seed(self, dice: str = DICE) -> int:
        return self.put("seed", {"dice": dice}, AUTHORITY, PARTY)

    def round(self, *stations: str, number: int = 1) -> int:
        return self.put("round", {"number": number, "stations": list(stations)}, AUTHORITY)

    def count(self, station: str, *by: str, more: int = 0) -> int:
        ali, *others = self.good.figures["NA-1"][station]
        votes = dict(zip(BALLOT, (ali + more, *others), strict=True))
        value = {"contest": "NA-1", "found": "counted", "station": station, "votes": votes}
        return self.put("count", value, *(f"{one}/NA-1" for one in by or OPERATORS[:2]))

    def result(self, risk: int, outcome: str = "confirmed", number: int = 1) -> int:
        return self.put("result", {"results": [{"contest": "NA-1", "outcome": outcome, "risk": risk}], "round": number}, AUTHORITY)

    def order(self) -> tuple[str, ...]:
        """By the dice of ``DICE``; the good log is asked, which is not the one that is tampered with."""
        if "seed" not in self.good.log.ids:
            self.good.seed()
        return self.good.order()

    def risk(self, counted: int) -> int:
        """After so many stations as reported, in millionths."""
        order = self.order()
        self.good.round(1, *order[: max(counted, 1)])
        for station in order[:counted]:
            self.good.count("NA-1", station)
        state = self.good.audit().state
        assert state is not None
        risk = state.risks["NA-1"].risk
        return -(-risk.numerator * 1_000_000 // risk.denominator)


@dataclass(frozen=True)
class Trick:
    name: str
    code: str
    done: Callable[[Forger], int]
    """Gives the index of the entry that has to be named."""

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


TRICKS: list[Trick] = []


def trick(name: str, code: str) -> Callable[[Callable[[Forger], int]], Callable[[Forger], int]]:
    def register(done: Callable[[Forger], int]) -> Callable[[Forger], int]:
        TRICKS.append(Trick(name, code, done))
        return done

    return register


@trick("the dice are thrown once the counts are known", "act-wrong")
def _(log: Forger) -> int:
    at = log.count("1")
    log.seed()
    return at


@trick("stations are chosen before the dice", "act-wrong")
def _(log: Forger) -> int:
    at = log.round("1", "2")
    log.seed()
    return at


@trick("the dice are thrown again", "equivocation")
def _(log: Forger) -> int:
    log.seed()
    return log.seed(OTHER)


@trick("the order of other dice is drawn", "audit-draw")
def _(log: Forger) -> int:
    stations = log.order()[:2]
    log.seed(OTHER)
    return log.round(*stations)


@trick("only the authority saw the dice", "signer-missing")
def _(log: Forger) -> int:
    return log.put("seed", {"dice": DICE}, AUTHORITY)


@trick("a station is left out of the draw", "audit-draw")
def _(log: Forger) -> int:
    first, _, third, *_ = log.order()
    log.seed()
    return log.round(first, third)


@trick("a convenient station is drawn instead", "audit-draw")
def _(log: Forger) -> int:
    *_, last = log.order()
    log.seed()
    return log.round(last)


@trick("a station is drawn a second time", "audit-draw")
def _(log: Forger) -> int:
    first, second, *_ = log.order()
    log.seed()
    log.round(first, second)
    return log.round(second, number=2)


@trick("a round is left out", "audit-draw")
def _(log: Forger) -> int:
    first, *_ = log.order()
    log.seed()
    return log.round(first, number=2)


@trick("the risk is a millionth too small", "audit-result")
def _(log: Forger) -> int:
    stations, risk = log.order()[:2], log.risk(2)
    log.seed()
    log.round(*stations)
    for station in stations:
        log.count(station)
    return log.result(risk - 1, "escalate")


@trick("confirmed above the limit", "audit-result")
def _(log: Forger) -> int:
    stations, risk = log.order()[:1], log.risk(1)
    assert risk > 100_000
    log.seed()
    log.round(*stations)
    log.count(stations[0])
    return log.result(risk)


@trick("one person counts and types for two", "audit-result")
def _(log: Forger) -> int:
    stations, risk = log.order()[:2], log.risk(2)
    log.seed()
    log.round(*stations)
    for station in stations:
        log.count(station, OPERATORS[0], OPERATORS[0])
    return log.result(risk, "escalate")


@trick("a station is counted again until it fits", "equivocation")
def _(log: Forger) -> int:
    first, *_ = log.order()
    log.seed()
    log.round(first)
    log.count(first, more=-9)
    return log.count(first)


@trick("the later count is used", "audit-result")
def _(log: Forger) -> int:
    stations, risk = log.order()[:1], log.risk(1)
    log.seed()
    log.round(*stations)
    log.count(stations[0], more=-9)
    log.count(stations[0])
    return log.result(risk, "escalate")


@trick("more votes are counted than there are papers", "audit-count")
def _(log: Forger) -> int:
    first, *_ = log.order()
    log.seed()
    log.round(first)
    return log.count(first, more=5_000)


@trick("a result of a round that was not drawn", "audit-result")
def _(log: Forger) -> int:
    stations, risk = log.order()[:1], log.risk(1)
    log.seed()
    log.round(*stations)
    log.count(stations[0])
    return log.result(risk, "escalate", number=2)


@trick("what was counted after the result is counted in", "audit-result")
def _(log: Forger) -> int:
    stations, risk = log.order()[:1], log.risk(1)
    log.seed()
    log.round(*stations)
    at = log.result(risk, "escalate")
    log.count(stations[0])
    return at


@trick("two results of one round", "equivocation")
def _(log: Forger) -> int:
    stations, risk = log.order()[:1], log.risk(1)
    log.seed()
    log.round(*stations)
    log.count(stations[0])
    log.result(risk, "escalate")
    return log.result(risk, "full-count")


def found(verifier: str, log: Forger, folder: Path) -> tuple[int, list[tuple[str, int | None]]]:
    """Exit code, and code and index of all but notices."""
    origin = log.good.log.origin
    with LogWriter(folder / "log", LogSigner(origin, private(origin)), lambda: 1_800_000_000, create=True) as writer:
        assert writer.append(log.entries) == list(range(len(log.entries)))
    (folder / "log" / "policy").write_text(f"log {vkey(origin)}\nquorum none\n", encoding="utf-8")
    (folder / "log" / "authority").write_text(f"{vkey(AUTHORITY)}\n", encoding="utf-8")
    code, document = VERIFIERS[verifier]([str(folder / "log")], folder / "out.json")
    assert document["ok"] is (code == 0)
    said = [one for one in document["problems"] if one["kind"] != "notice"]
    assert all(len(one["message"]) > 10 for one in said)
    return code, [(one["code"], one["index"]) for one in said]


@pytest.mark.parametrize("verifier", ["tallyproof", "tallyproof-verify"])
@pytest.mark.parametrize("one", TRICKS, ids=str)
def test_a_tampered_audit_is_named(one: Trick, verifier: str, tmp_path: Path) -> None:
    log = Forger()
    at = one.done(log)
    code, said = found(verifier, log, tmp_path)
    assert code == 1
    assert (one.code, at) in said


@pytest.mark.parametrize("verifier", ["tallyproof", "tallyproof-verify"])
def test_the_same_audit_done_honestly_is_in_order(verifier: str, tmp_path: Path) -> None:
    log = Forger()
    stations, risk = log.order()[:2], log.risk(2)
    log.seed()
    log.round(*stations)
    for station in stations:
        log.count(station)
    log.result(risk, "escalate")
    assert found(verifier, log, tmp_path) == (0, [])


def test_the_other_verifiers_name_the_same_entries(tmp_path: Path) -> None:
    """All that one says, the other says: not only the entry that was tampered with."""
    for number, one in enumerate(TRICKS):
        log = Forger()
        one.done(log)
        folders = [tmp_path / f"{number}-{name}" for name in ("core", "second")]
        core, second = (found(name, log, folder)[1] for name, folder in zip(("tallyproof", "tallyproof-verify"), folders, strict=True))
        assert sorted(core, key=str) == sorted(second, key=str), one.name
