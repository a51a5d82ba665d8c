"""A small election as a log, with every kind of entry in it; what must be refused after some of it, and what must be said.

Figures, totals and lists are written out by hand: nothing here adds up votes or tabulates. The ledger is only asked to accept.

NA-1: ali, bano, chand; one seat; stations 1 to 6. Station 1 agrees; 2 is disputed (officer and agent); 3 is on paper only, typed by two
operators; 4 has a replaced key, a recount and a canvass; 5 is counted with a key that was named late, and excluded; 6 is missing.
PS-1: two seats of three candidates, one station, nobody but the authority.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any

from tallyproof.log.merkle import Tree
from tallyproof.record.entry import entry_text
from tallyproof.record.ledger import Ledger
from tallyproof.record.note import parse_vkey
from tallyproof.record.signing import signed
from tests.support.entry_values import key, vkey

ORIGIN = "results.example/2027"
AUTHORITY = ("authority.example/1", "authority.example/2")
RULES = hashlib.sha256(b"tabulation-v1").hexdigest()
Value = dict[str, Any]


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def made(type_: str, value: Value, *names: str, origin: str = ORIGIN) -> bytes:
    """An entry signed by the keys of these names."""
    return signed(entry_text(origin, type_, value), *map(key, names))


@dataclass
class Writer:
    """A log that is written entry by entry. ``ids``, ``places``: record ids and indexes by a name given with ``add``."""

    origin: str = ORIGIN
    known: tuple[str, ...] = (vkey(AUTHORITY[0]),)
    entries: list[bytes] = field(default_factory=list)
    roots: list[bytes] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    tree: Tree = field(default_factory=Tree)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.origin, tuple(map(parse_vkey, self.known)))

    @property
    def size(self) -> int:
        return len(self.entries)

    def put(self, data: bytes, called: str = "") -> str:
        entry = self.ledger.accept(data, self.tree.root)
        self.places[called] = self.size
        self.roots.append(self.tree.root())
        self.entries.append(data)
        self.tree.extend((data,))
        self.ids[called] = entry.record_id
        return entry.record_id

    def add(self, type_: str, value: Value, *names: str, called: str = "") -> str:
        return self.put(made(type_, value, *names, origin=self.origin), called)

    def prefix(self, size: int | None = None) -> Value:
        """Size and root of the first entries, as declarations bind them."""
        size = self.size if size is None else size
        return {"root": b64(self.tree.root(size)), "size": size}

    def cut(self, size: int) -> Writer:
        """A log that begins with the first ``size`` entries."""
        other = Writer(self.origin, self.known)
        for data in self.entries[:size]:
            other.put(data)
        other.ids = dict(self.ids)
        return other


DEFINITION: Value = {
    "authority": [vkey("authority.example/1"), vkey("authority.example/2"), vkey("authority.example/3")],
    "contests": ["NA-1", "PS-1"],
    "courts": {"tribunal": vkey("court.example")},
    "day": "2027-02-08",
    "election": "general-2027",
    "name": "General election",
    "name_ur": "عام انتخابات",
    "observers": {"fafen": vkey("observers.example")},
    "parties": {"P1": vkey("p1.example"), "P2": vkey("p2.example")},
    "rules": {"name": "tabulation-v1", "sha256": RULES},
    "threshold": 2,
}
NA1: Value = {
    "candidates": [{"candidate": "ali", "name": "Ali", "party": "P1"}, {"candidate": "bano"}, {"candidate": "chand"}],
    "contest": "NA-1",
    "stations": 6,
}
PS1: Value = {"candidates": [{"candidate": one} for one in ("ali", "dara", "eman")], "contest": "PS-1", "seats": 2, "stations": 1}


def rostered(role: str, name: str, *stations: str) -> Value:
    return {"role": role, **({"stations": list(stations)} if stations else {}), "vkey": vkey(name)}


def count(station: str, votes: Value, **more: Any) -> Value:
    return {"act": "count", "contest": "NA-1", "source": "officer", "station": station, "votes": votes, **more}


def votes(ali: Any, bano: Any, chand: Any) -> Value:
    return {"ali": ali, "bano": bano, "chand": chand}


OFFICER = {one: f"officer.example/{one}" for one in "12345"}
RO, COURT = "ro.example/NA-1", "court.example"
P1_AGENT, P1_AGENT_3, P2_AGENT = "p1.example/1-2", "p1.example/3-5", "p2.example/1"
OBSERVER = "observers.example/2"
OP1, OP2, OP3 = "operator.example/1", "operator.example/2", "operator.example/3"
PICTURE_3, PICTURE_6 = sha("picture of 3"), sha("picture of 6")


def election() -> Writer:
    log = Writer()
    log.add("election-definition/v1", DEFINITION, *AUTHORITY, "p1.example")
    log.add("contest/v1", NA1, *AUTHORITY)
    log.add("contest/v1", PS1, *AUTHORITY)
    log.add("stations/v1", {"contest": "NA-1", "stations": [{"registered": 500, "station": one} for one in "123"]}, *AUTHORITY)
    log.add("stations/v1", {"contest": "NA-1", "stations": [{"station": one} for one in "456"]}, *AUTHORITY)
    log.add("stations/v1", {"contest": "PS-1", "stations": [{"registered": 900, "station": "1"}]}, *AUTHORITY)
    officers = [rostered("officer", OFFICER[one], one) for one in "1234"]
    returning = [rostered("returning-officer", RO), *(rostered("operator", one) for one in (OP1, OP2, OP3))]
    log.add("roster/v1", {"by": "authority", "contest": "NA-1", "keys": [*officers, *returning]}, *AUTHORITY, called="roster")
    agents = [rostered("agent", P1_AGENT, "1", "2"), rostered("agent", P1_AGENT_3, "3", "4", "5")]
    log.add("roster/v1", {"by": "party:P1", "contest": "NA-1", "keys": agents}, "p1.example")
    log.add("roster/v1", {"by": "party:P2", "contest": "NA-1", "keys": [rostered("agent", P2_AGENT, "1")]}, "p2.example")
    log.add("roster/v1", {"by": "observers:fafen", "contest": "NA-1", "keys": [rostered("observer", OBSERVER, "2")]}, "observers.example")
    log.add("form-issue/v1", {"contest": "NA-1", "serials": ["000101", "000102"], "station": "1"}, *AUTHORITY)
    log.add("roster-freeze/v1", log.prefix(), *AUTHORITY, called="freeze")
    log.add("timestamp/v1", {"authority": "tsa.example", "sha256": sha("reply"), **log.prefix()}, OP1)
    # after the freeze: a late key, a replacement, a revocation
    log.add(
        "roster/v1", {"by": "authority", "contest": "NA-1", "keys": [rostered("officer", OFFICER["5"], "5")]}, *AUTHORITY, called="late"
    )
    replaced = {"new": vkey("officer.example/4b"), "old": vkey(OFFICER["4"]), "reason": "lost"}
    log.add("key-replace/v1", replaced, *AUTHORITY, RO, called="replace")
    log.add("key-revoke/v1", {"key": vkey(P2_AGENT), "reason": "stolen"}, "p2.example", called="revoke")
    # station 1: an agent signs with the officer, another logs the same text later with a signature of their own
    boxes = {"in_box": 62, "registered": 500, "rejected": 2, "valid": 60}
    first = count("1", votes(10, 20, 30), boxes=boxes, closed="2027-02-08T17:40:00Z", serial="000101")
    log.add("station-record/v1", first, OFFICER["1"], P2_AGENT, called="1")
    log.add("station-record/v1", first, P1_AGENT, "somebody.example", called="1 again")
    log.add("attestation/v1", {"contest": "NA-1", "record": log.ids["1"], "says": "agree", "station": "1"}, P1_AGENT)
    # station 2: disputed
    log.add("station-record/v1", count("2", votes(100, 50, "illegible"), boxes={"in_box": 160}), OFFICER["2"], called="2")
    disagree = {"contest": "NA-1", "record": log.ids["2"], "says": "disagree", "station": "2", "votes": votes(10, 140, 5)}
    log.add("attestation/v1", disagree, OBSERVER, P1_AGENT, called="2 observer")
    log.add("attestation/v1", {"contest": "NA-1", "says": "excluded", "station": "2"}, P1_AGENT, called="2 excluded")
    # station 3: typed from a picture; the texts of two operators differ until the third settles it
    log.add("image/v1", {"contest": "NA-1", "mime": "image/jpeg", "sha256": PICTURE_3, "size": 123, "station": "3"}, P1_AGENT_3)
    typed = {"contest": "NA-1", "image": PICTURE_3, "station": "3", "votes": votes(7, 0, "blank")}
    log.add("transcription/v1", {**typed, "votes": votes(1, 0, "blank")}, OP1, called="3 wrong")
    log.add("transcription/v1", typed, OP2, called="3 typed")
    log.add("transcription/v1", typed, OP3, called="3")
    # station 4: a replaced key, a recount that a court orders, and a canvass of its figures
    log.add("station-record/v1", count("4", {"ali": 40, "chand": 4}), "officer.example/4b", called="4")
    order = {"contest": "NA-1", "reason": "figures left out", "stations": ["4"]}
    log.add("recount-order/v1", order, COURT, called="order")
    recount = {"contest": "NA-1", "order": log.ids["order"], "station": "4", "supersedes": log.ids["4"], "votes": votes(41, 9, 4)}
    log.add("recount-result/v1", recount, RO, called="4 recount")
    canvass = {"act": "canvass", "contest": "NA-1", "reason": "digits", "station": "4", "supersedes": log.ids["4 recount"]}
    log.add("correction/v1", {**canvass, "votes": votes(41, 90, 4)}, "officer.example/4b", RO, called="4 canvass")
    # station 5: late key, a serial of another station; excluded later
    log.add("station-record/v1", count("5", votes(900, 1, 1), serial="000102"), OFFICER["5"], called="5")
    log.add("station-record/v1", {**PS_RECORD}, *AUTHORITY, called="PS")
    all_in = log.size
    common = {"contest": "NA-1", "disputed": {"2": log.ids["2"]}, "missing": ["6"], "rules": RULES}
    log.add("tabulation/v1", {**common, **log.prefix(all_in), "totals": votes(1058, 161, 35)}, RO, called="tabulation")
    log.add("exclusion/v1", {"contest": "NA-1", "ground": "section 9: the box was broken open", "station": "5"}, *AUTHORITY, called="out")
    # a single transcription of the missing station makes no record
    log.add("transcription/v1", {**typed, "image": PICTURE_6, "station": "6"}, OP1, called="6 typed")
    total = {**common, "excluded": ["5"], **log.prefix(), "totals": votes(158, 160, 34), "boxes": {"in_box": 222, "valid": 60}}
    log.add("declaration/v1", {**total, "stage": "provisional", "version": 1, "winners": ["bano"]}, RO, called="declared")
    ps = {"contest": "PS-1", **log.prefix(), "rules": RULES, "totals": {"ali": 300, "dara": 200, "eman": 200}}
    log.add("declaration/v1", {**ps, "stage": "final", "version": 1, "winners": ["dara", "ali"]}, *AUTHORITY, called="PS declared")
    complaint = {
        "complaint": "C 1",
        "contest": "NA-1",
        "documents": [sha("salt")],
        "stations": ["2"],
        "summary": "the form of 2 was changed",
    }
    log.add("complaint/v1", complaint, "p1.example", called="complaint")
    ruling = {"complaint": log.ids["complaint"], "contest": "NA-1", "outcome": "granted", "summary": "the agents' copy is right"}
    log.add("ruling/v1", ruling, COURT, called="ruling")
    corrected = {"act": "ruling", "contest": "NA-1", "order": log.ids["ruling"], "reason": "by ruling", "station": "2"}
    log.add("correction/v1", {**corrected, "supersedes": log.ids["2"], "votes": votes(10, 140, 6)}, COURT, called="2 ruling")
    final = {"contest": "NA-1", "excluded": ["5"], "missing": ["6"], "rules": RULES, **log.prefix(), "totals": votes(68, 250, 40)}
    log.add("declaration/v1", {**final, "stage": "final", "version": 1, "winners": ["bano"]}, RO, called="final")
    seat = {"contest": "NA-1", "ground": log.ids["ruling"], "holder": "bano", "status": "declared"}
    log.add("seat-status/v1", seat, *AUTHORITY, called="seat")
    _a_case(log)
    return log


def _a_case(log: Writer) -> None:
    """A second complaint and its life; a statement; the seat is notified."""
    second = {
        "asks": "recount",
        "candidate": "ali",
        "complaint": "C 2",
        "contest": "NA-1",
        "evidence": [log.ids["1"], log.ids["final"]],
        "findings": ["D02"],
        "grounds": ["count-faulty"],
        "respondents": ["authority", "party:P2", "observers:fafen"],
        "stations": ["1", "4"],
        "summary": "the papers of 1 and 4 were not all counted",
        "when": "2027-02-20T09:00:00Z",
    }
    log.add("complaint/v1", second, "p1.example", called="complaint 2")

    def step(word: str, day: int, *names: str, **more: Any) -> None:
        value = {"complaint": log.ids["complaint 2"], "contest": "NA-1", "step": word, "summary": word}
        log.add("case-step/v1", {**value, "when": f"2027-02-{day}T10:00:00Z", **more}, *names, called=f"step {word}")

    step("admitted", 21, COURT)
    step("notice", 21, *AUTHORITY, due="2027-02-25T23:59:59Z", to=["authority", "party:P2", "observers:fafen"])
    step("reply", 22, *AUTHORITY)
    step("time-asked", 23, "p2.example", due="2027-03-05T00:00:00Z")
    step("no-reply", 26, COURT, to=["party:P2", "observers:fafen"])
    step("order", 27, COURT, order={"kind": "recount", "stations": ["1"]})
    counted = {"contest": "NA-1", "order": log.ids["step order"], "reason": "by order of the tribunal", "stations": ["1"]}
    log.add("recount-order/v1", counted, RO, called="order 2")
    statement = {
        "about": "records",
        "contest": "NA-1",
        "day": "2027-02-27",
        "figures": {"bano": 300},
        "source": "press conference",
        "summary": "says that bano has won",
        "who": "ali",
    }
    log.add("statement/v1", statement, "observers.example", called="statement")
    seat = {"contest": "NA-1", "holder": "bano", "status": "notified", "when": "2027-02-28T00:00:00Z"}
    log.add("seat-status/v1", seat, *AUTHORITY, called="seat notified")
    # station 5 is put back, and left out again
    back = {"contest": "NA-1", "ground": "the box was whole", "station": "5"}
    log.add("inclusion/v1", back, COURT, called="in")
    log.add("exclusion/v1", {**back, "ground": "it was another box"}, COURT, called="out again")
    _an_audit(log)


def _an_audit(log: Writer) -> None:
    """An audit of both final declarations: seed, and a station counted by hand, typed by two who do not see each other's figures."""
    log.add(
        "audit-plan/v1",
        {**PLAN, **log.prefix(), "contests": {"NA-1": log.ids["final"], "PS-1": log.ids["PS declared"]}},
        *AUTHORITY,
        called="plan",
    )
    log.add("audit-seed/v1", {"dice": DICE, "plan": log.ids["plan"]}, *AUTHORITY, "p1.example", called="seed")
    counted = {"contest": "NA-1", "found": "counted", "plan": log.ids["plan"], "station": "1"}
    log.add("audit-count/v1", {**counted, "votes": votes(10, 20, 29)}, OP1, called="tally wrong")
    log.add("audit-count/v1", {**counted, "votes": votes(10, 20, 30)}, OP2, called="tally")
    log.add("audit-count/v1", {**counted, "votes": votes(10, 20, 30)}, P1_AGENT, called="tally again")


PLAN: Value = {"audit": "RLA 1", "dice": 20, "limit": "1/20", "method": "ppeb-wor", "stake": "97/100"}
DICE = "35463115561121636246"


def step_of(complaint: str) -> Value:
    """A step of a case, to be completed."""
    return {"complaint": complaint, "contest": "NA-1", "order": {"kind": "dismissed"}, "step": "order", "summary": "x", "when": NOON}


NOON = "2027-02-28T12:00:00Z"
SAYS: Value = {"contest": "NA-1", "day": "2027-02-28", "source": "x", "summary": "x", "who": "ali"}
PS_RECORD: Value = {
    "act": "count",
    "contest": "PS-1",
    "source": "commission",
    "station": "1",
    "votes": {"ali": 300, "dara": 200, "eman": 200},
}
