"""What an entry of each type says: its fields and their kinds, as data (``specs/entry-v1.md`` section 4).

``TYPES`` is the table of the specification; ``fault`` holds a value against it. Who must sign what is ``record.rights``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tallyproof.record.kinds import (
    ACT,
    BOX,
    BOXES,
    BY,
    CANDIDATE,
    CASE_STEP,
    COUNT,
    DAY,
    DICE,
    DIGITS,
    GROUND,
    HASH,
    ID,
    NUMBER,
    OFFICE,
    ORDERED,
    REASON,
    ROLE,
    ROOT,
    ROUNDING,
    SEAT_STATUS,
    SHARE,
    SIDE,
    SIZE,
    SOURCE,
    SUMMED_BOX,
    TEXT,
    TIME,
    VKEY,
    VOTES,
    AnyKind,
    Fields,
    ListOf,
    MapOf,
    words,
)

_RESULT: dict[str, AnyKind] = {
    "boxes?": MapOf(SUMMED_BOX, COUNT),
    "contest": ID,
    "disputed?": MapOf(ID, HASH),
    "excluded?": ListOf(ID),
    "missing?": ListOf(ID),
    "root": ROOT,
    "rules": HASH,
    "size": SIZE,
    "totals": MapOf(CANDIDATE, COUNT),
}

TYPES: dict[str, Fields] = {
    "election-definition/v1": Fields(
        {
            "authority": ListOf(VKEY),
            "threshold": COUNT,
            "contests": ListOf(ID),
            "courts?": MapOf(OFFICE, VKEY),
            "day": DAY,
            "election": ID,
            "name": TEXT,
            "name_ur?": TEXT,
            "observers?": MapOf(OFFICE, VKEY),
            "parties?": MapOf(OFFICE, VKEY),
            "rules": Fields({"name": ID, "sha256": HASH}),
        }
    ),
    "contest/v1": Fields(
        {
            "boxes?": ListOf(BOX),
            "candidates": ListOf(Fields({"candidate": CANDIDATE, "name?": TEXT, "name_ur?": TEXT, "party?": ID}), key="candidate"),
            "contest": ID,
            "name?": TEXT,
            "name_ur?": TEXT,
            "rule?": words("plurality", "none"),
            "seats?": NUMBER,
            "stations": COUNT,
        }
    ),
    "stations/v1": Fields({"contest": ID, "stations": ListOf(Fields({"registered?": COUNT, "station": ID}), key="station")}),
    "roster/v1": Fields({"by": BY, "contest": ID, "keys": ListOf(Fields({"role": ROLE, "stations?": ListOf(ID), "vkey": VKEY}))}),
    "roster-freeze/v1": Fields({"root": ROOT, "size": SIZE}),
    "key-revoke/v1": Fields({"key": VKEY, "reason": REASON}),
    "key-replace/v1": Fields({"new": VKEY, "old": VKEY, "reason": REASON}),
    "form-issue/v1": Fields({"contest": ID, "serials": ListOf(ID), "station": ID}),
    "station-record/v1": Fields(
        {
            "act": ACT,
            "boxes?": BOXES,
            "closed?": TIME,
            "contest": ID,
            "order?": HASH,
            "serial?": ID,
            "source": SOURCE,
            "station": ID,
            "supersedes?": HASH,
            "votes": VOTES,
        }
    ),
    "attestation/v1": Fields(
        {
            "boxes?": BOXES,
            "contest": ID,
            "record?": HASH,
            "says": words("agree", "disagree", "refused", "excluded"),
            "station": ID,
            "votes?": VOTES,
        }
    ),
    "image/v1": Fields({"contest": ID, "mime": ID, "sha256": HASH, "size": SIZE, "station": ID}),
    "transcription/v1": Fields({"boxes?": BOXES, "contest": ID, "image": HASH, "station": ID, "votes": VOTES}),
    "correction/v1": Fields(
        {
            "act": words("canvass", "ruling"),
            "boxes?": BOXES,
            "contest": ID,
            "order?": HASH,
            "reason": TEXT,
            "station": ID,
            "supersedes": HASH,
            "votes": VOTES,
        }
    ),
    "recount-order/v1": Fields({"contest": ID, "order?": HASH, "reason": TEXT, "stations": ListOf(ID)}),
    "recount-result/v1": Fields({"boxes?": BOXES, "contest": ID, "order": HASH, "station": ID, "supersedes": HASH, "votes": VOTES}),
    "exclusion/v1": Fields({"contest": ID, "ground": TEXT, "order?": HASH, "station": ID}),
    "inclusion/v1": Fields({"contest": ID, "ground": TEXT, "order?": HASH, "station": ID}),
    "tabulation/v1": Fields(_RESULT),
    "declaration/v1": Fields(
        {
            **_RESULT,
            "override?": TEXT,
            "reason?": TEXT,
            "stage": words("provisional", "final"),
            "version": NUMBER,
            "winners?": ListOf(CANDIDATE),
        }
    ),
    "complaint/v1": Fields(
        {
            "asks?": ORDERED,
            "candidate?": CANDIDATE,
            "complaint": ID,
            "contest": ID,
            "documents?": ListOf(HASH),
            "evidence?": ListOf(HASH),
            "findings?": ListOf(ID),
            "grounds?": ListOf(GROUND),
            "respondents?": ListOf(SIDE),
            "stations?": ListOf(ID),
            "summary": TEXT,
            "when?": TIME,
        }
    ),
    "case-step/v1": Fields(
        {
            "complaint": HASH,
            "contest": ID,
            "due?": TIME,
            "order?": Fields({"candidate?": CANDIDATE, "kind": ORDERED, "record?": HASH, "stations?": ListOf(ID)}),
            "step": CASE_STEP,
            "summary": TEXT,
            "to?": ListOf(SIDE),
            "when": TIME,
        }
    ),
    "ruling/v1": Fields({"complaint": HASH, "contest": ID, "outcome": words("granted", "part", "refused"), "summary": TEXT}),
    "seat-status/v1": Fields({"contest": ID, "ground?": HASH, "holder?": CANDIDATE, "status": SEAT_STATUS, "when?": TIME}),
    "statement/v1": Fields(
        {
            "about?": words("records", "declared"),
            "contest": ID,
            "day": DAY,
            "figures?": MapOf(CANDIDATE, COUNT),
            "rounding?": MapOf(CANDIDATE, ROUNDING),
            "source": TEXT,
            "summary": TEXT,
            "who": ID,
        }
    ),
    "timestamp/v1": Fields({"authority": ID, "root": ROOT, "sha256": HASH, "size": SIZE}),
    "audit-plan/v1": Fields(
        {
            "audit": ID,
            "contests": MapOf(ID, HASH),
            "dice": DICE,
            "limit": SHARE,
            "method": words("ppeb-wor"),
            "root": ROOT,
            "size": SIZE,
            "stake": SHARE,
        }
    ),
    "audit-seed/v1": Fields({"dice": DIGITS, "plan": HASH}),
    "audit-round/v1": Fields({"number": NUMBER, "plan": HASH, "stations": ListOf(ID)}),
    "audit-count/v1": Fields(
        {
            "boxes?": BOXES,
            "contest": ID,
            "found": words("counted", "absent"),
            "plan": HASH,
            "station": ID,
            "votes?": VOTES,
        }
    ),
    "audit-result/v1": Fields(
        {
            "plan": HASH,
            "results": ListOf(
                Fields({"contest": ID, "outcome": words("confirmed", "escalate", "full-count"), "risk": COUNT}), key="contest"
            ),
            "round": NUMBER,
        }
    ),
}
"""Every type of entry, with its fields."""


def fault(type_: str, value: Mapping[str, Any]) -> str:
    """The first thing wrong with what an entry of a known type says: ``field: what it should be``; empty if nothing is."""
    if wrong := TYPES[type_].fault(value):
        return wrong.removeprefix(".")
    if type_ == "contest/v1" and value.get("rule") != "none" and value.get("seats", 1) > len(value["candidates"]):
        return "seats: are more than there are candidates; mend the number, or let rule be none"
    return ""
