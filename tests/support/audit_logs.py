"""A log with an audit in it, small enough to be made a hundred times: figures from a seeded generator, steps right or wrong as asked."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from tallyproof.audit.logged import LoggedAudit, LoggedPlan, millionths, read_audit, read_plan
from tests.support.entry_logs import Value, Writer
from tests.support.entry_values import vkey

AUTHORITY, PARTY, RO = "authority.audited", "p1.audited", "ro.audited"
OPERATORS = ("operator.audited/1", "operator.audited/2", "operator.audited/3")
AGENT = "agent.audited"
RULES = "0" * 64
BALLOT = ("ali", "bano", "chand")
DICE = "31415926535897932384"


@dataclass
class AuditedElection:
    """Two contests at the same stations; ``figures``: contest → station → votes as reported, by place on the ballot."""

    log: Writer
    stations: tuple[str, ...]
    figures: dict[str, dict[str, tuple[int, ...]]] = field(default_factory=dict)
    known: LoggedPlan | None = None

    @property
    def book(self) -> Any:
        return self.log.ledger.book

    def prefix(self) -> Value:
        return self.log.prefix()

    def plan(self, limit: str = "1/10", stake: str = "99/100", contests: tuple[str, ...] = ("NA-1", "PS-1")) -> str:
        names = {contest: self.log.ids[f"tabulation {contest}"] for contest in contests}
        value = {"audit": "RLA", "contests": names, "dice": len(DICE), "limit": limit, "method": "ppeb-wor", "stake": stake}
        return self.log.add("audit-plan/v1", {**value, **self.prefix()}, AUTHORITY, called="plan")

    def seed(self, dice: str = DICE) -> str:
        return self.log.add("audit-seed/v1", {"dice": dice, "plan": self.log.ids["plan"]}, AUTHORITY, PARTY, called="seed")

    def audit(self) -> LoggedAudit:
        """What a plan rests on does not change after it, and is read once."""
        if self.known is None:
            self.known = read_plan(self.book, self.log.ids["plan"])
        return read_audit(self.book, self.known)

    def order(self, contest: str = "NA-1") -> tuple[str, ...]:
        drawn = self.audit().drawn
        assert drawn is not None
        return drawn.orders[contest]

    def round(self, number: int, *stations: str) -> str:
        return self.log.add("audit-round/v1", {"number": number, "plan": self.log.ids["plan"], "stations": list(stations)}, AUTHORITY)

    def count(self, contest: str, station: str, votes: Any = (), *, by: tuple[str, ...] = OPERATORS[:2]) -> str:
        """``votes``: by place on the ballot; None: the papers are absent; empty: as reported."""
        value: Value = {"contest": contest, "found": "counted", "plan": self.log.ids["plan"], "station": station}
        if votes is None:
            value["found"] = "absent"
        else:
            value["votes"] = dict(zip(BALLOT, votes or self.figures[contest][station], strict=True))
        return self.log.add("audit-count/v1", value, *(name if name == AGENT else f"{name}/{contest}" for name in by))

    def result(self, number: int, outcome: str = "escalate", off: int = 0) -> str:
        state = self.audit().state
        assert state is not None
        rows = [{"contest": one, "outcome": outcome, "risk": max(0, millionths(risk.risk) + off)} for one, risk in state.risks.items()]
        return self.log.add("audit-result/v1", {"plan": self.log.ids["plan"], "results": rows, "round": number}, AUTHORITY)


def audited_election(draw: random.Random, stations: int = 12, *, doubts: bool = False) -> AuditedElection:
    """``doubts``: a station is missing, and one is disputed by a few votes."""
    log = Writer("audited.example/2027", (vkey(AUTHORITY),))
    names = tuple(str(number) for number in range(1, stations + 1))
    made = AuditedElection(log, names)
    definition = {
        "authority": [vkey(AUTHORITY)],
        "contests": ["NA-1", "PS-1"],
        "day": "2027-02-08",
        "election": "audited",
        "name": "An audited election",
        "parties": {"P1": vkey(PARTY)},
        "rules": {"name": "tabulation-v1", "sha256": RULES},
        "threshold": 1,
    }
    log.add("election-definition/v1", definition, AUTHORITY)
    rolls = {name: draw.randint(200, 900) for name in names}
    for contest in ("NA-1", "PS-1"):
        value = {"candidates": [{"candidate": one} for one in BALLOT], "contest": contest, "stations": stations}
        log.add("contest/v1", value, AUTHORITY)
        rows = [{"registered": rolls[name], "station": name} for name in names]
        log.add("stations/v1", {"contest": contest, "stations": rows}, AUTHORITY)
        keys = [{"role": "operator", "vkey": vkey(f"{one}/{contest}")} for one in OPERATORS]
        log.add("roster/v1", {"by": "authority", "contest": contest, "keys": keys}, AUTHORITY)
    agent = {"role": "agent", "stations": list(names), "vkey": vkey(AGENT)}
    log.add("roster/v1", {"by": "party:P1", "contest": "NA-1", "keys": [agent]}, PARTY)
    for contest in ("NA-1", "PS-1"):
        missing, disputed, totals = [], {}, [0, 0, 0]
        for place, name in enumerate(names):
            if doubts and place == 0:
                missing.append(name)
                continue
            room = rolls[name] * draw.randint(40, 80) // 100
            ahead = room * draw.randint(50, 70) // 100
            votes = (ahead, (room - ahead) * 3 // 4, (room - ahead) // 4)
            record = {"act": "count", "contest": contest, "source": "commission", "station": name}
            identity = log.add("station-record/v1", {**record, "votes": dict(zip(BALLOT, votes, strict=True))}, AUTHORITY)
            made.figures.setdefault(contest, {})[name] = votes
            if doubts and place == 1 and contest == "NA-1":
                other = dict(zip(BALLOT, (votes[0] - 3, votes[1] + 3, votes[2]), strict=True))
                log.add("station-record/v1", {**record, "source": "agent:P1", "votes": other}, AGENT)
                disputed[name] = identity
            totals = [have + more for have, more in zip(totals, votes, strict=True)]
        value = {"contest": contest, "disputed": disputed, "missing": missing, "rules": RULES, **log.prefix()}
        log.add("tabulation/v1", {**value, "totals": dict(zip(BALLOT, totals, strict=True))}, AUTHORITY, called=f"tabulation {contest}")
    return made
