"""The bytes of an entry → what it says. specs/entry-v1.md sections 1, 2 and 4; nothing here knows the other entries."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from tallyproof_verify.notes import Key, NameId, Wrong, key, split_note, unbase64
from tallyproof_verify.reading import BOX_NAMES, MAX_COUNT

MAX_ENTRY = 65_535
_MAX_NUMBER = 2**53 - 1
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_ID = re.compile("[!-~]([ -~]{0,198}[!-~])?")
_SHARE = re.compile("[1-9][0-9]{0,8}/[1-9][0-9]{0,8}")
_OFFICE = "[!-9;-~]{1,100}"
_DAY = re.compile("([0-9]{4}-[0-9]{2}-[0-9]{2})(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z)?")

# --- Section 4: type, who must sign, fields -----------------------------------------------------------------------
# One of the signers with commas between must sign. office: the one in ``by``, or the issuer of the key; source: one that signs as it.
# field=kind, ? may be left out; [kind] a list, none twice; {kind:kind} an object of any names; <shape> a row of this table (no type)

_TABLE = """
election-definition authority authority=[vkey] contests=[id] courts?={office:vkey} observers?={office:vkey} parties?={office:vkey} &
 threshold=count day=day election=id name=text name_ur?=text rules=<rules>
rules - name=id sha256=hash
contest authority boxes?=[box] candidates=[<candidates>] contest=id name?=text name_ur?=text &
 rule?=plurality|none seats?=number stations=count
candidates - candidate=candidate name?=text name_ur?=text party?=id
stations authority contest=id stations=[<rows>]
rows - registered?=count station=id
roster office by=by contest=id keys=[<keys>]
keys - role=officer|returning-officer|operator|agent|observer stations?=[id] vkey=vkey
roster-freeze authority root=root size=size
key-revoke office key=vkey reason=lost|stolen|damaged|ended
key-replace office new=vkey old=vkey reason=lost|stolen|damaged|ended
form-issue authority contest=id serials=[id] station=id
station-record source act=count|repoll boxes?={box:figure} closed?=time contest=id order?=hash serial?=id source=source station=id &
 supersedes?=hash votes={candidate:figure}
attestation agent,observer boxes?={box:figure} contest=id record?=hash says=agree|disagree|refused|excluded station=id &
 votes?={candidate:figure}
image officer,agent,observer,operator,authority contest=id mime=id sha256=hash size=size station=id
transcription operator boxes?={box:figure} contest=id image=hash station=id votes={candidate:figure}
correction - act=canvass|ruling boxes?={box:figure} contest=id order?=hash reason=text station=id supersedes=hash votes={candidate:figure}
recount-order RO,court contest=id order?=hash reason=text stations=[id]
recount-result RO boxes?={box:figure} contest=id order=hash station=id supersedes=hash votes={candidate:figure}
exclusion authority,court contest=id ground=text order?=hash station=id
inclusion authority,court contest=id ground=text order?=hash station=id
tabulation RO boxes?={in_box|valid|rejected|blank:count} contest=id disputed?={id:hash} excluded?=[id] missing?=[id] root=root rules=hash &
 size=size totals={candidate:count}
declaration RO boxes?={in_box|valid|rejected|blank:count} contest=id disputed?={id:hash} excluded?=[id] missing?=[id] root=root rules=hash &
 size=size totals={candidate:count} override?=text reason?=text stage=provisional|final version=number winners?=[candidate]
complaint authority,court,party,observers asks?=dismissed|recount|re-poll|exclude|include|correct|declare|void candidate?=candidate &
 complaint=id contest=id documents?=[hash] evidence?=[hash] findings?=[id] grounds?=[figures-changed|copies-contradict|&
declaration-contradicts|station-left-out|count-faulty|recount-due|agents-excluded|poll-disrupted|women-turnout|not-qualified] &
 respondents?=[by] stations?=[id] summary=text when?=time
case-step - complaint=hash contest=id due?=time order?=<ordered> step=admitted|rejected|notice|reply|time-asked|no-reply|hearing|stay|&
order|appeal|withdrawn|closed summary=text to?=[by] when=time
ordered - candidate?=candidate kind=dismissed|recount|re-poll|exclude|include|correct|declare|void record?=hash stations?=[id]
ruling court complaint=hash contest=id outcome=granted|part|refused summary=text
seat-status authority contest=id ground?=hash holder?=candidate status=declared|notified|taken|relinquished|disqualified|died|optioned|&
stayed|vacated|re-poll|recount|by-election|filled when?=time
statement authority,court,party,observers about?=records|declared contest=id day=day figures?={candidate:count} source=text summary=text &
 who=id
timestamp authority,operator authority=id root=root sha256=hash size=size
audit-plan authority audit=id contests={id:hash} dice=dice limit=share method=ppeb-wor root=root size=size stake=share
audit-seed authority+party,authority+observers dice=digits plan=hash
audit-round authority number=number plan=hash stations=[id]
audit-count operator,agent,observer boxes?={box:figure} contest=id found=counted|absent plan=hash station=id votes?={candidate:figure}
audit-result authority plan=hash results=[<results>] round=number
results - contest=id outcome=confirmed|escalate|full-count risk=count
"""
_ROWS = [line.split() for line in _TABLE.replace("&\n", "").strip().split("\n")]
FIELDS = {row[0]: {name.rstrip("?"): (kind, name[-1] != "?") for name, kind in (word.split("=") for word in row[2:])} for row in _ROWS}
"""Row of the table → field → its kind, and whether it must be there."""
SIGNERS = {row[0]: row[1] for row in _ROWS}
SIGNERS |= {"correction canvass": "officer+RO", "correction ruling": "court", "key-replace officer": "office+RO"}  # +: both must
SIGNERS |= dict.fromkeys([f"case-step {step}" for step in ("admitted", "rejected", "hearing", "stay", "order", "closed")], "court")
SIGNERS |= {"case-step notice": "court,authority", "case-step no-reply": "court,authority"}
SIGNERS |= {f"case-step {step}": "party,observers,authority" for step in ("reply", "time-asked", "appeal", "withdrawn")}
_LISTED = {"contest": [("candidates", "candidate")], "stations": [("stations", "station")], "audit-result": [("results", "contest")]}
TYPES = FIELDS.keys() - {"rules", "candidates", "rows", "keys", "ordered", "results"}


def _number(least: int, most: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and least <= value <= most


def _moment(value: str, with_time: bool) -> bool:
    match = _DAY.fullmatch(value)
    return bool(match and bool(match[2]) == with_time and date.fromisoformat(match[1]))


_COUNT = _number(0, MAX_COUNT)
KINDS: dict[str, Callable[[Any], Any]] = {
    "id": _ID.fullmatch,
    "text": lambda value: type(value) is str and 1 <= len(value) <= 500,
    "count": _COUNT,
    "number": _number(1, MAX_COUNT),
    "size": _number(0, _MAX_NUMBER),
    "figure": lambda value: value in ("illegible", "blank", "not-on-form") or _COUNT(value),
    "hash": re.compile("[0-9a-f]{64}").fullmatch,
    "share": lambda value: _SHARE.fullmatch(value) and Fraction(value) < 1,
    "digits": re.compile("[0-9]{20,100}").fullmatch,
    "dice": _number(20, 100),
    "ppeb-wor": ("ppeb-wor",).__contains__,
    "root": lambda value: len(unbase64(value)) == 32,
    "vkey": key,
    "day": lambda value: _moment(value, False),
    "time": lambda value: _moment(value, True),
    "office": re.compile(_OFFICE).fullmatch,
    "source": re.compile(f"officer|commission|(agent|observer):{_OFFICE}").fullmatch,
    "by": re.compile(f"authority|(party|observers):{_OFFICE}").fullmatch,
    "box": BOX_NAMES.__contains__,
    "candidate": lambda value: value not in BOX_NAMES and _ID.fullmatch(value),
}


def _misfit(value: Any, kind: str, where: str) -> str:
    """Where ``value`` is not of ``kind``, "" if it is."""
    parts: list[tuple[Any, str, str]] = []
    if kind[0] == "[":
        if type(value) is not list or len(value) > 5000 or len({canonical(one) for one in value}) < len(value):
            return f"{where} is not a list of at most 5,000, none twice"
        parts = [(one, kind[1:-1], where) for one in value]
    elif kind[0] in "{<" and type(value) is not dict:
        return f"{where} is not an object"
    elif kind[0] == "{":
        names, items = kind[1:-1].split(":")
        parts = [(name, names, where) for name in value] + [(item, items, f"{where}.{name}") for name, item in value.items()]
    elif kind[0] == "<":
        fields = FIELDS[kind[1:-1]]
        if odd := (value.keys() - fields) | ({name for name, (_, needed) in fields.items() if needed} - value.keys()):
            return f"{where}: the field {min(odd)!a:.80} is missing or unknown"
        parts = [(item, fields[name][0], f"{where}.{name}") for name, item in value.items()]
    else:
        try:
            fits = value in kind.split("|") if "|" in kind else KINDS[kind](value)
        except (ValueError, TypeError, AttributeError):
            fits = False
        return "" if fits else f"{where} is not of the kind {kind}"
    return next((wrong for part in parts if (wrong := _misfit(*part))), "")


# --- JSON (section 2) ---------------------------------------------------------------------------------------------


def canonical(value: Any) -> str:
    """RFC 8785, for values within the limits: their keys are ASCII and their numbers whole."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _refuse(what: str) -> Any:
    raise ValueError(f"{what[:40]}: not a whole number from 0 to 2^53 - 1")


def _whole(digits: str) -> int:
    return int(digits) if len(digits) <= 16 and digits[0] != "-" and int(digits) <= _MAX_NUMBER else _refuse(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = {name: sys.intern(value) if type(value) is str and len(value) < 32 else value for name, value in pairs}  # to save memory
    if len(found) < len(pairs) or not all(re.fullmatch("[ -~]*", name) for name in found):
        raise ValueError("a name twice in one object, or not in ASCII")
    return found


def _within_limits(value: Any, levels: int) -> bool:
    if type(value) is str:
        return not _FORBIDDEN.search(value) and unicodedata.is_normalized("NFC", value)
    if type(value) is dict or type(value) is list:
        return levels > 0 and all(_within_limits(part, levels - 1) for part in (value.values() if type(value) is dict else value))
    return type(value) is int


def parse_json(line: str) -> dict[str, Any]:
    """Raises ``Wrong``: json-malformed, json-not-canonical."""
    try:
        value = json.loads(line, object_pairs_hook=_object, parse_int=_whole, parse_float=_refuse, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Wrong("json-malformed", f"the third line is not JSON within the limits ({error!s:.120})") from None
    if type(value) is not dict or not _within_limits(value, 6):
        raise Wrong("json-malformed", "not an object, too deep, or with characters or values that are not allowed")
    if canonical(value) != line:
        raise Wrong("json-not-canonical", "the same content is written in another way; it must be in RFC 8785")
    return value


# --- Entries ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Entry:
    """An entry that is well-formed by itself. ``kind`` is its type without ``/v1``; ``checked``: public key → is its signature true?"""

    id: str
    kind: str
    data: dict[str, Any]
    text: bytes
    signatures: dict[NameId, bytes]
    checked: dict[bytes, bool] = field(default_factory=dict)

    def true(self, by: Key) -> bool | None:
        """Is the signature of this key true? None: it has none of the right length."""
        signature = self.signatures.get((by.name, by.id), b"")
        if len(signature) == 64 and by.public not in self.checked:
            self.checked[by.public] = by.verify(self.text, signature)
        return self.checked[by.public] if len(signature) == 64 else None


def read_entry(raw: bytes, origin: str) -> Entry:
    """Raises ``Wrong`` with the first code of section 5 that an entry can break by itself."""
    if len(raw) > MAX_ENTRY:
        raise Wrong("entry-too-long", f"{len(raw)} bytes; at most {MAX_ENTRY}")
    try:
        text, signatures = split_note(raw, 64)
        first, second, third, rest = text.decode().split("\n")
        if rest:
            raise ValueError("the text is not three lines")
    except ValueError as error:
        raise Wrong("note-malformed", f"not a signed note of three lines ({error!s:.120})") from None
    if first != origin:
        raise Wrong("origin-differs", f"it is of {first!a:.80}, the log of {origin!a:.80}")
    kind = second.removesuffix("/v1")
    if kind not in TYPES or kind == second:
        raise Wrong("type-unknown", f"{second!a:.80}")
    data = parse_json(third)
    if wrong := _misfit(data, f"<{kind}>", kind):
        raise Wrong("field-wrong", wrong[:300])
    for rows, one in _LISTED.get(kind, ()):
        names = [row[one] for row in data[rows]] if isinstance(data.get(rows), list) else []
        if len(set(names)) < len(names):
            raise Wrong("field-wrong", f"a {one} is listed twice")
    if kind == "contest" and data.get("rule") != "none" and data.get("seats", 1) > len(data["candidates"]):
        raise Wrong("field-wrong", "more seats than candidates")
    return Entry(hashlib.sha256(text).hexdigest(), kind, data, text, signatures)
