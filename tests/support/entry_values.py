"""A sound value of every type of entry, and the ways to get a field wrong."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

from tallyproof.record.signing import SigningKey

HASH = hashlib.sha256(b"something").hexdigest()
ROOT = base64.b64encode(hashlib.sha256().digest()).decode()
SMALL = "x+" + hashlib.sha256(b"x\n\x01" + bytes(32)).hexdigest()[:8] + "+" + base64.b64encode(b"\x01" + bytes(32)).decode()
COSIGNER = "x+" + hashlib.sha256(b"x\n\x04" + b"\x02" * 32).hexdigest()[:8] + "+" + base64.b64encode(b"\x04" + b"\x02" * 32).decode()


def key(name: str) -> SigningKey:
    """The key that is called so, always the same: nothing here is a secret."""
    return SigningKey.from_seed(name, hashlib.sha256(b"tests/support " + name.encode()).digest())


def vkey(name: str) -> str:
    return str(key(name).vkey)


_RESULT = {
    "boxes": {"in_box": 30, "rejected": 2},
    "contest": "NA-1",
    "disputed": {"7": HASH},
    "excluded": ["9"],
    "missing": ["8"],
    "root": ROOT,
    "rules": HASH,
    "size": 0,
    "totals": {"ali": 10, "bano": 20},
}

GOOD: dict[str, dict[str, Any]] = {
    "election-definition/v1": {
        "authority": [vkey("authority.example/1"), vkey("authority.example/2")],
        "contests": ["NA-1", "PS 2"],
        "courts": {"tribunal": vkey("court.example")},
        "day": "2027-02-08",
        "election": "general-2027",
        "name": "General election",
        "name_ur": "عام انتخابات",
        "observers": {"fafen": vkey("observers.example")},
        "parties": {"P1": vkey("p1.example"), "P2": vkey("p2.example")},
        "rules": {"name": "tabulation-v1", "sha256": HASH},
        "threshold": 2,
    },
    "contest/v1": {
        "boxes": ["in_box", "valid"],
        "candidates": [{"candidate": "ali", "name": "Ali", "name_ur": "علی", "party": "P1"}, {"candidate": "bano"}],
        "contest": "NA-1",
        "name": "Lahore",
        "name_ur": "لاہور",
        "rule": "plurality",
        "seats": 1,
        "stations": 3,
    },
    "stations/v1": {"contest": "NA-1", "stations": [{"registered": 500, "station": "7"}, {"station": "8"}]},
    "roster/v1": {
        "by": "party:P1",
        "contest": "NA-1",
        "keys": [{"role": "agent", "stations": ["7", "8"], "vkey": vkey("p1.example/7")}, {"role": "operator", "vkey": vkey("op.example")}],
    },
    "roster-freeze/v1": {"root": ROOT, "size": 9007199254740991},
    "key-revoke/v1": {"key": vkey("p1.example/7"), "reason": "stolen"},
    "key-replace/v1": {"new": vkey("p1.example/7b"), "old": vkey("p1.example/7"), "reason": "damaged"},
    "form-issue/v1": {"contest": "NA-1", "serials": ["000123", "000124"], "station": "7"},
    "station-record/v1": {
        "act": "count",
        "boxes": {"in_box": 30, "rejected": "illegible", "serial_first": 999_999_999, "valid": "not-on-form"},
        "closed": "2027-02-08T17:40:00Z",
        "contest": "NA-1",
        "order": HASH,
        "serial": "000123",
        "source": "officer",
        "station": "7",
        "supersedes": HASH,
        "votes": {"ali": 0, "bano": "blank"},
    },
    "attestation/v1": {"boxes": {}, "contest": "NA-1", "record": HASH, "says": "disagree", "station": "7", "votes": {"ali": 1}},
    "image/v1": {"contest": "NA-1", "mime": "image/png", "sha256": HASH, "size": 123_456, "station": "7"},
    "transcription/v1": {"boxes": {"in_box": 1}, "contest": "NA-1", "image": HASH, "station": "7", "votes": {"ali": 1}},
    "correction/v1": {
        "act": "canvass",
        "boxes": {},
        "contest": "NA-1",
        "order": HASH,
        "reason": "digits exchanged",
        "station": "7",
        "supersedes": HASH,
        "votes": {},
    },
    "recount-order/v1": {"contest": "NA-1", "order": HASH, "reason": "the margin is below the rejected votes", "stations": ["7", "8"]},
    "recount-result/v1": {
        "boxes": {},
        "contest": "NA-1",
        "order": HASH,
        "station": "7",
        "supersedes": HASH,
        "votes": {"ali": "illegible"},
    },
    "exclusion/v1": {"contest": "NA-1", "ground": "section 9", "order": HASH, "station": "7"},
    "inclusion/v1": {"contest": "NA-1", "ground": "the box was found whole", "order": HASH, "station": "7"},
    "tabulation/v1": _RESULT,
    "declaration/v1": {
        **_RESULT,
        "override": "the law fixes the day; station 8 is counted later",
        "reason": "station 7 was counted again",
        "stage": "provisional",
        "version": 2,
        "winners": ["bano"],
    },
    "complaint/v1": {
        "asks": "recount",
        "candidate": "ali",
        "complaint": "C 1/2027",
        "contest": "NA-1",
        "documents": [HASH],
        "evidence": [HASH],
        "findings": ["D02"],
        "grounds": ["declaration-contradicts", "recount-due"],
        "respondents": ["authority", "party:P1", "observers:fafen"],
        "stations": ["7"],
        "summary": "x" * 500,
        "when": "2027-02-10T09:00:00Z",
    },
    "case-step/v1": {
        "complaint": HASH,
        "contest": "NA-1",
        "due": "2027-02-28T23:59:59Z",
        "order": {"candidate": "ali", "kind": "recount", "record": HASH, "stations": ["7"]},
        "step": "order",
        "summary": "the papers of station 7 are counted again",
        "to": ["authority", "party:P2"],
        "when": "2027-02-20T10:00:00Z",
    },
    "ruling/v1": {"complaint": HASH, "contest": "NA-1", "outcome": "part", "summary": "station 7 is counted again"},
    "seat-status/v1": {"contest": "NA-1", "ground": HASH, "holder": "bano", "status": "re-poll", "when": "2027-03-01T00:00:00Z"},
    "statement/v1": {
        "about": "records",
        "contest": "NA-1",
        "day": "2027-02-12",
        "figures": {"ali": 0, "bano": 31_000},
        "rounding": {"bano": "1000"},
        "source": "press conference",
        "summary": "gives the seat up and says that bano has won",
        "who": "ali",
    },
    "timestamp/v1": {"authority": "tsa.example", "root": ROOT, "sha256": HASH, "size": 12},
    "audit-plan/v1": {
        "audit": "RLA 1",
        "contests": {"NA-1": HASH, "PS 2": HASH},
        "dice": 20,
        "limit": "1/20",
        "method": "ppeb-wor",
        "root": ROOT,
        "size": 12,
        "stake": "97/100",
    },
    "audit-seed/v1": {"dice": "35463115561121636246", "plan": HASH},
    "audit-round/v1": {"number": 1, "plan": HASH, "stations": ["7", "8"]},
    "audit-count/v1": {"boxes": {"in_box": 3}, "contest": "NA-1", "found": "counted", "plan": HASH, "station": "7", "votes": {"ali": 1}},
    "audit-result/v1": {
        "plan": HASH,
        "results": [{"contest": "NA-1", "outcome": "escalate", "risk": 61_234}, {"contest": "PS 2", "outcome": "confirmed", "risk": 0}],
        "round": 1,
    },
}

# Of each kind: values that are none, though some look it.
_IDS: list[Any] = ["", " x", "x ", "x" * 201, "\u0644", "é", 7, [], {}]
_COUNTS: list[Any] = [1_000_000_000, "1", [], {}]
_HASHES: list[Any] = ["", HASH[:-1], HASH + "0", HASH.upper(), 1]
_VKEYS: list[Any] = ["", "x", vkey("a")[:-1], vkey("a") + " ", "b" + vkey("a"), SMALL, COSIGNER, 1]
_WRONG: list[tuple[str, str, list[Any]]] = [
    ("image/v1", "contest", _IDS),
    ("image/v1", "size", ["1", [], {}]),
    ("image/v1", "sha256", _HASHES),
    ("complaint/v1", "summary", ["", "x" * 501, 1, []]),
    ("complaint/v1", "documents", [HASH, {}, [1], [HASH, HASH]]),
    ("complaint/v1", "stations", [["7", "7"], [""], [["7"]], "7"]),
    ("contest/v1", "stations", _COUNTS),
    ("contest/v1", "seats", [0, 3, "1"]),
    ("contest/v1", "rule", ["", "PLURALITY", "list", 1]),
    ("contest/v1", "boxes", [["votes"], ["valid", "valid"], "valid"]),
    (
        "contest/v1",
        "candidates",
        [
            [{"candidate": "ali"}, {"candidate": "ali", "name": "another"}],
            [{"candidate": "valid"}],
            [{"name": "Ali"}],
            [{"candidate": "ali", "age": 40}],
            ["ali"],
            {},
        ],
    ),
    (
        "stations/v1",
        "stations",
        [[{"station": "7"}, {"registered": 1, "station": "7"}], [{"registered": 1}], [{"registered": "1", "station": "7"}]],
    ),
    ("stations/v1", "contest", [["NA-1"]]),
    ("roster/v1", "by", ["", "court:x", "party:", "party:a:b", "party:a b", "observer:x", "Authority", "party:" + "x" * 101, 1]),
    (
        "roster/v1",
        "keys",
        [
            [{"role": "agent", "stations": ["7"]}],
            [{"role": "authority", "vkey": vkey("a")}],
            [{"role": "agent", "stations": "7", "vkey": vkey("a")}],
            [{"role": "agent", "stations": ["7", "7"], "vkey": vkey("a")}],
            [{"role": "agent", "vkey": SMALL}],
        ],
    ),
    ("key-revoke/v1", "key", _VKEYS),
    ("key-revoke/v1", "reason", ["", "other", 1]),
    (
        "roster-freeze/v1",
        "root",
        ["", ROOT[:-1], "A" * 44, ROOT + ROOT, base64.b64encode(bytes(31)).decode(), base64.b64encode(bytes(33)).decode(), 1],
    ),
    ("election-definition/v1", "authority", [[vkey("a"), vkey("a")], [SMALL], vkey("a"), {}]),
    (
        "election-definition/v1",
        "parties",
        [{"a:b": vkey("a")}, {"": vkey("a")}, {"a b": vkey("a")}, {"x" * 101: vkey("a")}, {"P": "x"}, []],
    ),
    ("election-definition/v1", "courts", [{"c": COSIGNER}]),
    (
        "election-definition/v1",
        "day",
        ["", "2027-02-30", "2027-2-8", "2027-13-01", "0000-01-01", "20270208", "2027-02-08 ", "2100-02-29", 20270208],
    ),
    ("election-definition/v1", "rules", [{"name": "x"}, {"name": "x", "sha256": "y"}, "x", {"name": "x", "sha256": HASH, "url": "x"}]),
    (
        "station-record/v1",
        "closed",
        [
            "2027-02-08T24:00:00Z",
            "2027-02-08T17:60:00Z",
            "2027-02-08T17:40:60Z",
            "2027-02-30T17:40:00Z",
            "2027-02-08T17:40:00+05:00",
            "2027-02-08 17:40:00Z",
            "2027-02-08T17:40Z",
        ],
    ),
    ("station-record/v1", "source", ["", "scan", "court:x", "agent:", "agent:a:b", "agent:a b", "party:P1", "Officer", 1]),
    ("station-record/v1", "act", ["recount", "canvass", "ruling", ""]),
    (
        "station-record/v1",
        "votes",
        [{"ali": "unread"}, {"ali": ""}, {"ali": 1_000_000_000}, {"valid": 1}, {"": 1}, {" ali": 1}, {"ali": {}}, [], "ali"],
    ),
    ("station-record/v1", "boxes", [{"votes": 1}, {"valid": "x"}, {"valid": 1_000_000_000}, []]),
    ("station-record/v1", "supersedes", _HASHES),
    ("attestation/v1", "says", ["", "agrees", 1]),
    ("correction/v1", "act", ["count", "repoll", "recount"]),
    ("declaration/v1", "version", [0, "1", 1_000_000_000]),
    ("declaration/v1", "stage", ["", "draft"]),
    ("declaration/v1", "override", ["", "x" * 501, 1]),
    ("declaration/v1", "reason", ["", "x" * 501, ["x"]]),
    ("station-record/v1", "order", _HASHES),
    ("inclusion/v1", "ground", ["", "x" * 501, 1]),
    ("inclusion/v1", "order", ["", [HASH]]),
    ("declaration/v1", "boxes", [{"registered": 1}, {"valid": "blank"}]),
    ("declaration/v1", "totals", [{"ali": "blank"}, {"ali": 1_000_000_000}, {"in_box": 1}, []]),
    ("declaration/v1", "disputed", [["7"], {"7": "x"}, {"": HASH}]),
    ("declaration/v1", "winners", [["bano", "bano"], "bano", ["valid"]]),
    ("seat-status/v1", "status", ["repoll", ""]),
    ("seat-status/v1", "when", ["2027-03-01"]),
    ("recount-order/v1", "order", ["", [HASH]]),
    ("exclusion/v1", "order", [HASH.upper()]),
    ("complaint/v1", "asks", ["granted", "", ["recount"]]),
    ("complaint/v1", "candidate", ["valid", "", ["ali"]]),
    ("complaint/v1", "evidence", [HASH, [HASH, HASH], ["x"]]),
    ("complaint/v1", "findings", ["D02", ["D02", "D02"], [""]]),
    ("complaint/v1", "grounds", ["recount-due", ["because"], ["recount-due", "recount-due"], [1]]),
    ("complaint/v1", "respondents", [["court:tribunal"], ["P1"], ["party:P1", "party:P1"], ["party:"], "authority"]),
    ("complaint/v1", "when", ["2027-02-10", 1]),
    ("case-step/v1", "complaint", _HASHES),
    ("case-step/v1", "due", ["2027-02-29T00:00:00Z", "2027-02-28"]),
    (
        "case-step/v1",
        "order",
        [
            HASH,
            {},
            {"candidate": "ali"},
            {"kind": "granted"},
            {"kind": "recount", "why": "x"},
            {"kind": "exclude", "record": "x"},
            {"kind": "recount", "stations": ["7", "7"]},
            {"candidate": "valid", "kind": "declare"},
        ],
    ),
    ("case-step/v1", "step", ["filed", "", "orders", ["order"]]),
    ("case-step/v1", "to", ["authority", ["court:tribunal"], ["P1"], ["authority", "authority"]]),
    ("case-step/v1", "when", ["2027-02-20", "2027-02-29T00:00:00Z"]),
    ("statement/v1", "about", ["", "record"]),
    ("statement/v1", "day", ["2027-02-12T00:00:00Z"]),
    ("statement/v1", "figures", [{"ali": "blank"}, {"valid": 1}, ["ali"]]),
    ("statement/v1", "rounding", [{"ali": "5"}, {"valid": "exact"}, {"ali": 1000}, {"ali": "exact|10"}, ["ali"]]),
    ("statement/v1", "source", ["", "x" * 501]),
    ("statement/v1", "who", _IDS),
    ("ruling/v1", "outcome", ["", "denied"]),
    ("audit-plan/v1", "stake", ["", "1", "0/1", "1/0", "01/20", "1/1", "21/20", "1/20 ", "-1/20", "1.5/20", "1/1000000000", 1, ["1/20"]]),
    ("audit-plan/v1", "limit", ["0.05", "5%", "1/020", "1//20", "\u0661/20"]),
    ("audit-plan/v1", "contests", [["NA-1"], {"NA-1": "x"}, {"": HASH}, HASH]),
    ("audit-plan/v1", "dice", [0, 19, 101, "20"]),
    ("audit-plan/v1", "method", ["", "bravo", 1]),
    ("audit-seed/v1", "dice", ["", "1" * 19, "1" * 101, "1234 " * 5, "-" + "1" * 20, "1" * 20 + "a", "\u0661" * 20, 12]),
    ("audit-seed/v1", "plan", _HASHES),
    ("audit-round/v1", "number", [0, "1"]),
    ("audit-round/v1", "stations", ["7", ["7", "7"], [""], [7]]),
    ("audit-count/v1", "found", ["", "missing", 1]),
    ("audit-count/v1", "votes", [{"ali": "lost"}, {"valid": 1}, [], "absent"]),
    (
        "audit-result/v1",
        "results",
        [
            [{"contest": "NA-1", "outcome": "escalate", "risk": 1}, {"contest": "NA-1", "outcome": "confirmed", "risk": 2}],
            [{"contest": "NA-1", "outcome": "stopped", "risk": 1}],
            [{"contest": "NA-1", "outcome": "confirmed", "risk": "1"}],
            [{"contest": "NA-1", "outcome": "confirmed"}],
            [{"contest": "NA-1", "outcome": "confirmed", "risk": 1, "why": "x"}],
            {},
        ],
    ),
]


def faults() -> Iterator[tuple[str, str, dict[str, Any], str]]:
    """name, type, value, the field that is wrong; every value could be written as canonical JSON."""
    for type_, value in GOOD.items():
        yield f"{type_}: a field that is not there", type_, {**value, "zz": 1}, "zz"
        for field in value:
            if not _is_optional(type_, field):
                yield f"{type_}: without {field}", type_, {name: one for name, one in value.items() if name != field}, field
    for type_, field, wrong in _WRONG:
        for number, one in enumerate(wrong):
            yield f"{type_}: {field} wrong in the way {number + 1}", type_, {**GOOD[type_], field: one}, field
    yield (
        "form-issue/v1: 5,001 serials",
        "form-issue/v1",
        {**GOOD["form-issue/v1"], "serials": [str(one) for one in range(5_001)]},
        "serials",
    )
    yield "contest/v1: more seats than candidates", "contest/v1", {**GOOD["contest/v1"], "seats": 3}, "seats"


OPTIONAL = {
    "election-definition/v1": "courts name_ur observers parties",
    "contest/v1": "boxes name name_ur rule seats",
    "station-record/v1": "boxes closed order serial supersedes",
    "attestation/v1": "boxes record votes",
    "transcription/v1": "boxes",
    "correction/v1": "boxes order",
    "recount-result/v1": "boxes",
    "tabulation/v1": "boxes disputed excluded missing",
    "declaration/v1": "boxes disputed excluded missing override reason winners",
    "recount-order/v1": "order",
    "exclusion/v1": "order",
    "inclusion/v1": "order",
    "complaint/v1": "asks candidate documents evidence findings grounds respondents stations when",
    "case-step/v1": "due order to",
    "seat-status/v1": "ground holder when",
    "statement/v1": "about figures rounding",
    "audit-count/v1": "boxes votes",
}


def _is_optional(type_: str, field: str) -> bool:
    return field in OPTIONAL.get(type_, "").split()
