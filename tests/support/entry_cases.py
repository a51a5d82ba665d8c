"""What must be refused after some part of the small election (``entry_logs``)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from tallyproof.record.note import Algorithm, Note, Vkey
from tests.support import entry_logs as small
from tests.support.entry_logs import (
    AUTHORITY,
    COURT,
    OBSERVER,
    OFFICER,
    OP1,
    P1_AGENT,
    P1_AGENT_3,
    P2_AGENT,
    RO,
    Value,
    Writer,
    count,
    made,
    rostered,
    votes,
)
from tests.support.entry_values import key, vkey

Case = dict[str, Any]
ZERO = "0" * 64
Refusal = tuple[str, int, bytes, str]
"""Name, how many entries of the small election come first, the entry, its code."""


@cache
def whole() -> Writer:
    return small.election()


def index_of(called: str) -> int:
    return whole().places[called]


def falsely(data: bytes, name: str) -> bytes:
    """The same entry with a line of a key under it that is not a signature of its text."""
    text, _, lines = data.decode().rpartition("\n\n")
    return f"{text}\n\n{lines}{key(name).sign('another text').line()}".encode()


def only(data: bytes, *names: str) -> bytes:
    """The same text, signed by others."""
    text = data.decode().rpartition("\n\n")[0] + "\n"
    return Note(text, tuple(key(name).sign(text) for name in names)).to_bytes()


def refused() -> Iterator[Refusal]:
    """name, how many entries of the small election come first, entry, code."""
    end, ids = whole().size, whole().ids
    yield from _definitions()
    yield from _places(end, ids)
    yield from _keys(end)
    yield from _signers(end, ids)
    yield from _references(end, ids)
    yield from _prefixes(end)
    yield from _audits(end, ids)


def _definitions() -> Iterator[Refusal]:
    first = "definition-first"
    definition, na1, frozen = small.DEFINITION, small.NA1, index_of("freeze") + 1
    yield "entry 0 is no definition", 0, made("contest/v1", na1, *AUTHORITY), first
    yield "a second definition", 1, made("election-definition/v1", {**definition, "election": "another"}, *AUTHORITY), first
    yield "threshold 0", 0, made("election-definition/v1", {**definition, "threshold": 0}, *AUTHORITY), first
    yield "threshold above the number of keys", 0, made("election-definition/v1", {**definition, "threshold": 4}, *AUTHORITY), first
    yield (
        "no authority key that is known",
        0,
        made("election-definition/v1", {**definition, "authority": [vkey("x"), vkey("y")]}, "x", "y"),
        first,
    )
    doubled = {**definition, "authority": [vkey("x"), vkey("y")], "parties": {"P1": vkey("x")}}
    yield "no authority key that is known, and a key twice", 0, made("election-definition/v1", doubled, "x", "y"), first
    yield "the known authority key did not sign", 0, made("election-definition/v1", definition, AUTHORITY[1], "authority.example/3"), first
    yield (
        "the known authority key signed falsely",
        0,
        falsely(made("election-definition/v1", definition, AUTHORITY[1]), AUTHORITY[0]),
        first,
    )
    yield "a false signature of a party", 0, falsely(made("election-definition/v1", definition, *AUTHORITY), "p2.example"), "signature-bad"
    yield "one authority key of two", 0, made("election-definition/v1", definition, AUTHORITY[0]), "signer-missing"
    yield (
        "one key as authority and party",
        0,
        made("election-definition/v1", {**definition, "parties": {"P1": vkey(AUTHORITY[0])}}, *AUTHORITY),
        "key-twice",
    )
    renamed = str(key(AUTHORITY[0]).vkey).partition("+")[0] + "b"
    twin = key(AUTHORITY[0]).vkey
    other = str(type(twin)(renamed, twin.algorithm, twin.public))
    yield (
        "one public key under two names",
        0,
        made("election-definition/v1", {**definition, "authority": [*definition["authority"], other]}, *AUTHORITY),
        "key-twice",
    )
    more = {"contest": "NA-1", "stations": [{"station": "9"}]}
    yield "a station after the freeze", frozen, made("stations/v1", more, *AUTHORITY), "definition-late"
    yield "a contest after the freeze", frozen, made("contest/v1", {**na1, "name": "x"}, *AUTHORITY), "definition-late"
    yield "frozen twice", frozen, made("roster-freeze/v1", whole().prefix(1), *AUTHORITY), "definition-twice"
    yield "a contest twice", 2, made("contest/v1", {**na1, "stations": 7}, *AUTHORITY), "definition-twice"
    yield (
        "a station twice",
        4,
        made("stations/v1", {"contest": "NA-1", "stations": [{"station": "9"}, {"station": "3"}]}, *AUTHORITY),
        "definition-twice",
    )
    yield "a contest that is not in the definition", 1, made("contest/v1", {**na1, "contest": "NA-2"}, *AUTHORITY), "place-unknown"
    yield (
        "stations of a contest that is not defined yet",
        2,
        made("stations/v1", {"contest": "PS-1", "stations": [{"station": "1"}]}, *AUTHORITY),
        "place-unknown",
    )


def _places(end: int, ids: dict[str, str]) -> Iterator[Refusal]:
    def unknown(name: str, type_: str, value: Value, *names: str) -> Refusal:
        return name, end, made(type_, value, *names), "place-unknown"

    yield unknown("a station that is not defined", "station-record/v1", count("7", {}), OFFICER["1"])
    yield unknown("a contest that is not defined", "station-record/v1", {**count("1", {}), "contest": "NA-2"}, OFFICER["1"])
    yield unknown("a station of another contest", "station-record/v1", {**count("2", {}), "contest": "PS-1"}, OFFICER["2"])
    yield unknown("a vote for somebody else", "station-record/v1", count("1", {"dara": 1}), OFFICER["1"])
    yield unknown("an order for an unknown station", "recount-order/v1", {"contest": "NA-1", "reason": "x", "stations": ["1", "7"]}, COURT)
    yield unknown("a complaint about one", "complaint/v1", {"complaint": "C", "contest": "NA-1", "stations": ["7"], "summary": "x"}, COURT)
    yield unknown("a seat for somebody else", "seat-status/v1", {"contest": "NA-1", "holder": "dara", "status": "declared"}, *AUTHORITY)
    complaint, step = {"complaint": "C", "contest": "NA-1", "summary": "x"}, small.step_of(ids["complaint 2"])
    yield unknown("a complaint against a party that is not there", "complaint/v1", {**complaint, "respondents": ["party:P3"]}, COURT)
    yield unknown("a complaint against observers that are a party", "complaint/v1", {**complaint, "respondents": ["observers:P1"]}, COURT)
    yield unknown("a complaint for somebody else", "complaint/v1", {**complaint, "candidate": "dara"}, COURT)
    yield unknown(
        "a notice to a party that is not there", "case-step/v1", {**step, "step": "notice", "to": ["authority", "party:P3"]}, COURT
    )
    yield unknown("a notice to a name that every object has", "case-step/v1", {**step, "to": ["observers:constructor"]}, COURT)
    yield unknown(
        "an order for an unknown station in a case", "case-step/v1", {**step, "order": {"kind": "recount", "stations": ["7"]}}, COURT
    )
    yield unknown("an order for somebody else", "case-step/v1", {**step, "order": {"candidate": "dara", "kind": "declare"}}, COURT)
    yield unknown("a statement with figures of somebody else", "statement/v1", {**small.SAYS, "figures": {"dara": 1}}, COURT)
    yield unknown("a statement that rounds for somebody else", "statement/v1", {**small.SAYS, "rounding": {"dara": "10"}}, COURT)
    result = {"contest": "NA-1", **whole().prefix(1), "rules": small.RULES, "totals": {}}
    for field, value in (("missing", ["7"]), ("excluded", ["7"]), ("disputed", {"7": ZERO}), ("totals", {"dara": 1})):
        yield unknown(f"a tabulation with unknown {field}", "tabulation/v1", {**result, field: value}, RO)
    declared = {**result, "stage": "final", "version": 2}
    yield unknown("a winner who does not stand", "declaration/v1", {**declared, "winners": ["dara"]}, RO)
    for name, one in (
        ("an officer without a station", {"role": "officer", "vkey": vkey("new")}),
        ("an officer with an empty list", {"role": "officer", "stations": [], "vkey": vkey("new")}),
        ("an operator with a station", rostered("operator", "new", "1")),
        ("an officer of an unknown station", rostered("officer", "new", "1", "7")),
    ):
        yield unknown(name, "roster/v1", {"by": "authority", "contest": "NA-1", "keys": [one]}, *AUTHORITY)


def _keys(end: int) -> Iterator[Refusal]:
    def roster(by: str, *keys: Value) -> Value:
        return {"by": by, "contest": "NA-1", "keys": list(keys)}

    def case(name: str, type_: str, value: Value, names: tuple[str, ...], code: str) -> Refusal:
        return name, end, made(type_, value, *names), code

    twice, role, party = "key-twice", "role-wrong", ("p1.example",)
    known = rostered("officer", OFFICER["1"], "2")
    yield case("a key that is there", "roster/v1", roster("authority", known), AUTHORITY, twice)
    yield case("an officer's key as an agent's", "roster/v1", roster("party:P1", rostered("agent", OFFICER["1"], "1")), party, twice)
    yield case(
        "a key twice in one roster",
        "roster/v1",
        roster("authority", rostered("officer", "new", "1"), rostered("officer", "new", "2")),
        AUTHORITY,
        twice,
    )
    renamed = {**rostered("officer", "new", "1"), "vkey": str(Vkey("new", Algorithm.ED25519, key(OFFICER["1"]).vkey.public))}
    yield case("a public key that is there, under another name", "roster/v1", roster("authority", renamed), AUTHORITY, twice)
    revoked = rostered("agent", P2_AGENT, "2")
    yield case("a revoked key again", "roster/v1", roster("party:P2", revoked), ("p2.example",), twice)
    revoke = {"key": vkey(P2_AGENT), "reason": "ended"}
    yield case("revoked twice", "key-revoke/v1", revoke, ("p2.example",), twice)
    yield case("an unknown key revoked", "key-revoke/v1", {"key": vkey("new"), "reason": "ended"}, AUTHORITY, twice)
    replaced = {"new": vkey("new"), "old": vkey(OFFICER["4"]), "reason": "lost"}
    yield case("a replaced key replaced again", "key-replace/v1", replaced, (*AUTHORITY, RO), twice)
    yield case(
        "a key replaced by itself",
        "key-replace/v1",
        {**replaced, "new": vkey(OFFICER["1"]), "old": vkey(OFFICER["1"])},
        (*AUTHORITY, RO),
        twice,
    )
    yield case(
        "a key replaced by another's",
        "key-replace/v1",
        {**replaced, "new": vkey(OFFICER["2"]), "old": vkey(OFFICER["1"])},
        (*AUTHORITY, RO),
        twice,
    )
    yield case("a party makes an officer", "roster/v1", roster("party:P1", rostered("officer", "new", "1")), party, role)
    yield case("the authority makes an agent", "roster/v1", roster("authority", rostered("agent", "new", "1")), AUTHORITY, role)
    yield case("a party makes an observer", "roster/v1", roster("party:P1", rostered("observer", "new", "1")), party, role)
    yield case(
        "observers make an agent", "roster/v1", roster("observers:fafen", rostered("agent", "new", "1")), ("observers.example",), role
    )
    yield case("an unknown party", "roster/v1", roster("party:P3", rostered("agent", "new", "1")), party, role)
    yield case(
        "a party by a name that every object has", "roster/v1", roster("party:constructor", rostered("agent", "new", "1")), party, role
    )
    yield case("observers that are a party", "roster/v1", roster("observers:P1", rostered("observer", "new", "1")), party, role)


def _signers(end: int, ids: dict[str, str]) -> Iterator[Refusal]:
    def missing(name: str, type_: str, value: Value, *names: str) -> Refusal:
        return name, end, made(type_, value, *names), "signer-missing"

    again = count("1", votes(1, 1, 1))
    refused_ = {"contest": "NA-1", "says": "refused", "station": "1"}
    yield "a false signature of the officer", end, falsely(made("station-record/v1", again, OFFICER["2"]), OFFICER["1"]), "signature-bad"
    yield "a false signature of somebody not needed", end, falsely(made("station-record/v1", again, OFFICER["1"]), COURT), "signature-bad"
    yield "a false signature on a second copy", end, falsely(whole().entries[index_of("1")], OFFICER["2"]), "signature-bad"
    yield "two lines of one key, the first false", end, _twice(made("station-record/v1", again, OFFICER["1"]), falsely), "signature-bad"
    yield "the signature of another text", end, _moved(whole().entries[index_of("1")], again), "signature-bad"
    yield "an officer's key that was replaced", end, made("station-record/v1", count("4", votes(1, 1, 1)), OFFICER["4"]), "key-revoked"
    yield "a revoked agent's key", end, made("attestation/v1", refused_, P2_AGENT), "key-revoked"
    yield (
        "a false signature of a revoked key",
        end,
        falsely(made("station-record/v1", count("4", votes(1, 1, 1)), OFFICER["2"]), OFFICER["4"]),
        "signer-missing",
    )
    yield "a key in the entry that names it", 6, made("station-record/v1", count("1", {}), OFFICER["1"]), "signer-missing"
    yield missing("an officer of another station", "station-record/v1", again, OFFICER["2"])
    yield missing("an agent signs as officer", "station-record/v1", again, P1_AGENT)
    yield missing("an officer signs as agent", "station-record/v1", {**again, "source": "agent:P1"}, OFFICER["1"])
    yield missing("an agent signs as another party's", "station-record/v1", {**again, "source": "agent:P2"}, P1_AGENT)
    yield missing("an observer signs as an agent", "station-record/v1", {**count("2", {}), "source": "agent:fafen"}, OBSERVER)
    yield missing("commission by one authority key", "station-record/v1", {**again, "source": "commission"}, AUTHORITY[0])
    yield missing(
        "an officer of the same station in another contest", "station-record/v1", {**again, "contest": "PS-1", "votes": {}}, OFFICER["1"]
    )
    yield missing("one authority key twice", "exclusion/v1", {"contest": "NA-1", "ground": "x", "station": "1"}, AUTHORITY[0], AUTHORITY[0])
    yield missing("a party puts a station back", "inclusion/v1", {"contest": "NA-1", "ground": "x", "station": "5"}, "p1.example")
    yield missing("the returning officer puts a station back", "inclusion/v1", {"contest": "NA-1", "ground": "x", "station": "5"}, RO)
    yield missing("nobody who is known", "exclusion/v1", {"contest": "NA-1", "ground": "x", "station": "1"}, "somebody.example")
    yield missing("an attestation of an agent of other stations", "attestation/v1", refused_, P1_AGENT_3)
    yield missing("an attestation of the officer", "attestation/v1", refused_, OFFICER["1"])
    yield missing(
        "an image of an officer elsewhere",
        "image/v1",
        {"contest": "NA-1", "mime": "x", "sha256": ZERO, "size": 1, "station": "1"},
        OFFICER["2"],
    )
    yield missing(
        "a transcription by an officer", "transcription/v1", {"contest": "NA-1", "image": ZERO, "station": "1", "votes": {}}, OFFICER["1"]
    )
    canvass = {"act": "canvass", "contest": "NA-1", "reason": "x", "station": "1", "supersedes": ids["1"], "votes": votes(1, 1, 1)}
    yield missing("a canvass by the officer alone", "correction/v1", canvass, OFFICER["1"])
    yield missing("a canvass by the returning officer alone", "correction/v1", canvass, RO)
    yield missing("a canvass by the authority for the returning officer, who is there", "correction/v1", canvass, OFFICER["1"], *AUTHORITY)
    yield missing("a ruling by the authority", "correction/v1", {**canvass, "act": "ruling"}, *AUTHORITY)
    recount = {"contest": "NA-1", "order": ids["order"], "station": "4", "supersedes": ids["4"], "votes": votes(1, 1, 1)}
    yield missing("a recount by the officer", "recount-result/v1", recount, "officer.example/4b")
    yield missing("a recount order by a party", "recount-order/v1", {"contest": "NA-1", "reason": "x", "stations": ["1"]}, "p1.example")
    yield missing(
        "a ruling that a party signs",
        "ruling/v1",
        {"complaint": ids["complaint"], "contest": "NA-1", "outcome": "refused", "summary": "x"},
        "p1.example",
    )
    step = small.step_of(ids["complaint 2"])
    for word in ("admitted", "rejected", "hearing", "stay", "order", "closed"):
        yield missing(f"{word} by the authority and a party", "case-step/v1", {**step, "step": word}, *AUTHORITY, "p1.example")
    for word in ("notice", "no-reply"):
        yield missing(f"{word} by a party", "case-step/v1", {**step, "step": word}, "p1.example", "observers.example")
        yield missing(f"{word} by one authority key", "case-step/v1", {**step, "step": word}, AUTHORITY[0])
    for word in ("reply", "time-asked", "appeal", "withdrawn"):
        yield missing(f"{word} by a court", "case-step/v1", {**step, "step": word}, COURT)
        yield missing(f"{word} by an agent", "case-step/v1", {**step, "step": word}, P1_AGENT)
    yield missing("a statement that an agent signs", "statement/v1", small.SAYS, P1_AGENT)
    yield missing("a statement that an officer signs", "statement/v1", small.SAYS, OFFICER["1"], RO)
    yield missing("a complaint by an agent", "complaint/v1", {"complaint": "C", "contest": "NA-1", "summary": "x"}, P1_AGENT)
    yield missing("a seat by the returning officer", "seat-status/v1", {"contest": "NA-1", "status": "stayed"}, RO)
    yield missing("a timestamp by an officer", "timestamp/v1", {"authority": "x", "sha256": ZERO, **whole().prefix(1)}, OFFICER["1"])
    yield missing("serials by an operator", "form-issue/v1", {"contest": "NA-1", "serials": ["1"], "station": "1"}, OP1)
    result = {"contest": "NA-1", **whole().prefix(1), "rules": small.RULES, "totals": {}}
    yield missing("a tabulation by the authority for the returning officer, who is there", "tabulation/v1", result, *AUTHORITY)
    yield missing("a returning officer of another contest", "tabulation/v1", {**result, "contest": "PS-1"}, RO)
    yield missing(
        "a party's roster by the authority",
        "roster/v1",
        {"by": "party:P1", "contest": "NA-1", "keys": [rostered("agent", "new", "1")]},
        *AUTHORITY,
    )
    yield missing(
        "a party's roster by another party",
        "roster/v1",
        {"by": "party:P1", "contest": "NA-1", "keys": [rostered("agent", "new", "1")]},
        "p2.example",
    )
    yield missing(
        "a party's roster by its agent",
        "roster/v1",
        {"by": "party:P1", "contest": "NA-1", "keys": [rostered("agent", "new", "1")]},
        P1_AGENT,
    )
    yield missing("an agent revoked by the authority", "key-revoke/v1", {"key": vkey(P1_AGENT), "reason": "stolen"}, *AUTHORITY)
    yield missing("an officer revoked by a party", "key-revoke/v1", {"key": vkey(OFFICER["1"]), "reason": "stolen"}, "p1.example")
    yield missing("a party's key revoked by the authority", "key-revoke/v1", {"key": vkey("p1.example"), "reason": "stolen"}, *AUTHORITY)
    yield missing(
        "a court's key replaced by the authority",
        "key-replace/v1",
        {"new": vkey("new"), "old": vkey(COURT), "reason": "lost"},
        *AUTHORITY,
        RO,
    )
    yield missing(
        "an officer replaced without the returning officer",
        "key-replace/v1",
        {"new": vkey("new"), "old": vkey(OFFICER["1"]), "reason": "lost"},
        *AUTHORITY,
    )
    yield missing(
        "an agent replaced by its own key", "key-replace/v1", {"new": vkey("new"), "old": vkey(P1_AGENT), "reason": "lost"}, P1_AGENT
    )


def _twice(data: bytes, false: Callable[[bytes, str], bytes]) -> bytes:
    """The entry with a false line of the officer before the true one."""
    text, _, lines = data.decode().rpartition("\n\n")
    return f"{text}\n\n{false(data, OFFICER['1']).decode().rpartition(lines)[2]}{lines}".encode()


def _moved(data: bytes, value: Value) -> bytes:
    text = made("station-record/v1", value, OFFICER["1"]).decode().rpartition("\n\n")[0]
    return f"{text}\n\n{data.decode().rpartition(chr(10) * 2)[2]}".encode()


def _references(end: int, ids: dict[str, str]) -> Iterator[Refusal]:
    unknown, elsewhere, act = "reference-unknown", "reference-elsewhere", "act-wrong"
    repoll = {**count("1", votes(1, 1, 1)), "act": "repoll"}
    canvass = {"act": "canvass", "contest": "NA-1", "reason": "x", "station": "1", "supersedes": ids["1"], "votes": votes(1, 1, 1)}
    recount = {"contest": "NA-1", "order": ids["order"], "station": "4", "supersedes": ids["4"], "votes": votes(1, 1, 1)}
    agree = {"contest": "NA-1", "record": ids["1"], "says": "agree", "station": "1"}
    ruling = {"complaint": ids["complaint"], "contest": "NA-1", "outcome": "part", "summary": "x"}
    seat = {"contest": "NA-1", "ground": ids["ruling"], "status": "stayed"}
    complaint, step = {"complaint": "C", "contest": "NA-1", "summary": "x"}, small.step_of(ids["complaint 2"])
    exclude = {"kind": "exclude", "record": ids["1"]}
    out = {"contest": "NA-1", "ground": "x", "station": "1"}
    again = {"contest": "NA-1", "reason": "x", "stations": ["1"]}
    by_officer, by_ro, by_court = (OFFICER["1"],), (RO,), (COURT,)
    both = (OFFICER["1"], RO)
    for name, type_, value, names, code in (
        ("a repoll of nothing known", "station-record/v1", {**repoll, "supersedes": ZERO}, by_officer, unknown),
        ("a repoll of an attestation that agrees", "station-record/v1", {**repoll, "supersedes": _agreed()}, by_officer, unknown),
        (
            "a transcription with one operator",
            "correction/v1",
            {**canvass, "station": "3", "supersedes": ids["3 wrong"]},
            (OFFICER["3"], RO),
            unknown,
        ),
        ("an attestation about nothing", "attestation/v1", {**agree, "record": ZERO}, (P1_AGENT,), unknown),
        ("an order that is a complaint", "recount-result/v1", {**recount, "order": ids["complaint"]}, by_ro, unknown),
        ("a ruling on a ruling", "ruling/v1", {**ruling, "complaint": ids["ruling"]}, by_court, unknown),
        ("a step of a case that is a ruling", "case-step/v1", {**step, "complaint": ids["ruling"]}, by_court, unknown),
        ("a step of no case", "case-step/v1", {**step, "complaint": ZERO}, by_court, unknown),
        ("an order about an image", "case-step/v1", {**step, "order": {**exclude, "record": ids["complaint"]}}, by_court, unknown),
        ("evidence that is not there", "complaint/v1", {**complaint, "evidence": [ids["1"], ZERO]}, by_court, unknown),
        ("a recount by a step that orders nothing", "recount-order/v1", {**again, "order": ids["step notice"]}, by_ro, unknown),
        ("an exclusion by nothing known", "exclusion/v1", {**out, "order": ZERO}, by_court, unknown),
        ("a step of a case of another contest", "case-step/v1", {**step, "contest": "PS-1"}, by_court, elsewhere),
        ("an order about a record elsewhere", "case-step/v1", {**step, "order": {**exclude, "record": ids["PS"]}}, by_court, elsewhere),
        ("evidence of another contest", "complaint/v1", {**complaint, "evidence": [ids["1"], ids["PS"]]}, by_court, elsewhere),
        (
            "a recount of more stations than the case orders",
            "recount-order/v1",
            {**again, "order": ids["step order"], "stations": ["1", "4"]},
            by_ro,
            elsewhere,
        ),
        (
            "an exclusion of a station that is not in the order",
            "exclusion/v1",
            {**out, "order": ids["step order"], "station": "4"},
            by_court,
            elsewhere,
        ),
        ("an order that orders nothing", "case-step/v1", {name: one for name, one in step.items() if name != "order"}, by_court, act),
        ("a hearing that orders something", "case-step/v1", {**step, "order": exclude, "step": "hearing"}, by_court, act),
        ("a seat on no ground", "seat-status/v1", {**seat, "ground": ZERO}, AUTHORITY, unknown),
        ("a canvass of another station's record", "correction/v1", {**canvass, "supersedes": ids["2"]}, both, elsewhere),
        ("a repoll of another contest's record", "station-record/v1", {**repoll, "supersedes": ids["PS"]}, by_officer, elsewhere),
        ("an attestation about another station's record", "attestation/v1", {**agree, "record": ids["2"]}, (P1_AGENT,), elsewhere),
        (
            "a recount that the order does not list",
            "recount-result/v1",
            {**recount, "station": "1", "supersedes": ids["1"]},
            by_ro,
            elsewhere,
        ),
        ("a ruling in another contest", "ruling/v1", {**ruling, "contest": "PS-1"}, by_court, elsewhere),
        ("a seat on the ground of another contest", "seat-status/v1", {**seat, "contest": "PS-1"}, AUTHORITY, elsewhere),
        ("a seat on a ground of no contest", "seat-status/v1", {**seat, "ground": ids["freeze"]}, AUTHORITY, elsewhere),
        ("a repoll that supersedes nothing", "station-record/v1", repoll, by_officer, act),
        ("a repoll by nothing known", "station-record/v1", {**repoll, "order": ZERO, "supersedes": ids["1"]}, by_officer, unknown),
        (
            "a repoll of a station that is not in the order",
            "station-record/v1",
            {**repoll, "order": ids["step order"], "station": "2", "supersedes": ids["2"]},
            (OFFICER["2"],),
            elsewhere,
        ),
        ("a count by an order", "station-record/v1", {**count("1", votes(1, 1, 1)), "order": ids["step order"]}, by_officer, act),
        ("an inclusion by nothing known", "inclusion/v1", {**out, "order": ZERO}, by_court, unknown),
        (
            "an inclusion of a station that is not in the order",
            "inclusion/v1",
            {**out, "order": ids["step order"], "station": "5"},
            by_court,
            elsewhere,
        ),
        ("a count that supersedes", "station-record/v1", {**repoll, "act": "count", "supersedes": ids["1"]}, by_officer, act),
        ("to disagree without votes", "attestation/v1", {**agree, "boxes": {}, "says": "disagree"}, (P1_AGENT,), act),
        (
            "to disagree with nothing",
            "attestation/v1",
            {"contest": "NA-1", "says": "disagree", "station": "1", "votes": {}},
            (P1_AGENT,),
            act,
        ),
        ("to agree with figures", "attestation/v1", {**agree, "votes": {}}, (P1_AGENT,), act),
        ("to agree with nothing", "attestation/v1", {"contest": "NA-1", "says": "agree", "station": "1"}, (P1_AGENT,), act),
        ("to be refused with figures", "attestation/v1", {**agree, "boxes": {"valid": 1}, "says": "refused"}, (P1_AGENT,), act),
    ):
        yield name, end, made(type_, value, *names), code


def _agreed() -> str:
    return next(one for one, text in whole().ledger.book.texts.items() if text.type == "attestation/v1")


def _audits(end: int, ids: dict[str, str]) -> Iterator[Refusal]:
    plan = {**small.PLAN, **whole().prefix(), "contests": {"NA-1": ids["final"]}}
    seed = {"dice": "1" * 20, "plan": ids["plan"]}
    counted = {"contest": "NA-1", "found": "counted", "plan": ids["plan"], "station": "1", "votes": {}}
    absent = {"contest": "NA-1", "found": "absent", "plan": ids["plan"], "station": "1"}
    round_ = {"number": 1, "plan": ids["plan"], "stations": ["1"]}
    result = {"plan": ids["plan"], "results": [{"contest": "NA-1", "outcome": "escalate", "risk": 1}], "round": 1}
    types = {"seed": seed, "count": counted, "round": round_, "result": result}
    everybody = (*AUTHORITY, "p1.example", OP1)
    unknown, elsewhere, act, place = "reference-unknown", "reference-elsewhere", "act-wrong", "place-unknown"
    for name, type_, value, names, code in (
        ("a plan by a party", "plan", plan, ("p1.example",), "signer-missing"),
        ("a plan by the returning officer", "plan", plan, (RO,), "signer-missing"),
        ("a plan by one authority key", "plan", plan, AUTHORITY[:1], "signer-missing"),
        ("a plan for a contest that is not there", "plan", {**plan, "contests": {"NA-2": ids["final"]}}, AUTHORITY, place),
        ("a plan for a name that every object has", "plan", {**plan, "contests": {"constructor": ids["final"]}}, AUTHORITY, place),
        ("a plan for nothing", "plan", {**plan, "contests": {}}, AUTHORITY, act),
        ("a plan for nothing that is known", "plan", {**plan, "contests": {"NA-1": ZERO}}, AUTHORITY, unknown),
        ("a plan for a record", "plan", {**plan, "contests": {"NA-1": ids["1"]}}, AUTHORITY, unknown),
        ("a plan for the declaration of another contest", "plan", {**plan, "contests": {"NA-1": ids["PS declared"]}}, AUTHORITY, elsewhere),
        ("a plan in another tree", "plan", {**plan, "size": end - 1}, AUTHORITY, "prefix-differs"),
        ("a seed by the authority alone", "seed", seed, AUTHORITY, "signer-missing"),
        ("a seed by a party alone", "seed", seed, ("p1.example",), "signer-missing"),
        ("a seed with a party and one authority key", "seed", seed, (AUTHORITY[0], "p1.example"), "signer-missing"),
        ("a seed with a court", "seed", seed, (*AUTHORITY, COURT), "signer-missing"),
        ("a seed with an agent", "seed", seed, (*AUTHORITY, P1_AGENT), "signer-missing"),
        ("a seed of one die too many", "seed", {**seed, "dice": "3" * 21}, everybody, act),
        ("a seed for no plan", "seed", {**seed, "plan": ids["final"]}, everybody, unknown),
        ("a round by a party", "round", round_, ("p1.example",), "signer-missing"),
        ("a round by an operator", "round", round_, (OP1,), "signer-missing"),
        ("a count by the officer", "count", counted, (OFFICER["1"],), "signer-missing"),
        ("a count by the authority", "count", counted, AUTHORITY, "signer-missing"),
        ("a count by an agent elsewhere", "count", counted, (P1_AGENT_3,), "signer-missing"),
        ("a count of an operator of another contest", "count", {**counted, "contest": "PS-1"}, (OP1,), "signer-missing"),
        ("a result by the returning officer", "result", result, (RO,), "signer-missing"),
        ("a count at a station that is not there", "count", {**counted, "station": "9"}, everybody, place),
        ("a count for somebody else", "count", {**counted, "votes": {"dara": 1}}, everybody, place),
        ("a count without votes", "count", {**absent, "found": "counted"}, everybody, act),
        ("a count of boxes alone", "count", {**absent, "boxes": {"valid": 1}, "found": "counted"}, everybody, act),
        ("absent papers with votes", "count", {**counted, "found": "absent"}, everybody, act),
        ("absent papers with boxes", "count", {**absent, "boxes": {}}, everybody, act),
        (
            "a result of a contest that is not there",
            "result",
            {**result, "results": [*result["results"], {"contest": "NA-2", "outcome": "confirmed", "risk": 1}]},
            AUTHORITY,
            elsewhere,
        ),
    ):
        yield name, end, made(f"audit-{type_}/v1", value, *names), code
    for name, value in types.items():
        if name != "seed":
            yield f"a {name} before the seed", index_of("seed"), made(f"audit-{name}/v1", value, *everybody), act
        yield f"a {name} before the plan", index_of("plan"), made(f"audit-{name}/v1", value, *everybody), unknown


def _prefixes(end: int) -> Iterator[Refusal]:
    log = whole()
    result = {"contest": "NA-1", "rules": small.RULES, "totals": {}}
    other = base64.b64encode(bytes(32)).decode()
    here = log.prefix()
    yield "a root that is another", end, made("tabulation/v1", {**result, **log.prefix(5), "size": 6}, RO), "prefix-differs"
    yield "a root of zeros", end, made("tabulation/v1", {**result, "root": other, "size": 0}, RO), "prefix-differs"
    yield "a tree that includes the entry", end, made("tabulation/v1", {**result, **here, "size": end + 1}, RO), "prefix-differs"
    yield "a tree of the far future", end, made("tabulation/v1", {**result, **here, "size": 2**53 - 1}, RO), "prefix-differs"
    yield "a freeze of another tree", 4, made("roster-freeze/v1", {"root": other, "size": 3}, *AUTHORITY), "prefix-differs"
    yield (
        "a timestamp of another tree",
        end,
        made("timestamp/v1", {"authority": "x", "root": other, "sha256": ZERO, "size": 3}, OP1),
        "prefix-differs",
    )
