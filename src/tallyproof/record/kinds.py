"""The kinds of values that a field of an entry can have (``specs/entry-v1.md`` section 4): name, what it says, what is one."""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from tallyproof.model.boxes import BOX_NAMES, COUNT_LIMIT
from tallyproof.model.words import Unread
from tallyproof.record import ed25519
from tallyproof.record.note import Algorithm, NoteError, b64decode, parse_vkey

MAX_LIST = 5_000
MAX_SIZE = 2**53 - 1
MAX_ID = 200
MAX_TEXT = 500
MAX_OFFICE = 100
MIN_DIGITS, MAX_DIGITS = 20, 100
"""Of dice: fewer could be tried out until a draw suits somebody."""

_ID = re.compile(r"[!-~](?:[ -~]{0,198}[!-~])?")
_OFFICE = re.compile(r"[!-9;-~]{1,100}")
_HASH = re.compile(r"[0-9a-f]{64}")
_SHARE = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,8})")
_DIGITS = re.compile(r"[0-9]{20,100}")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z")
_REASONS = frozenset(Unread)
_BOXES = frozenset(BOX_NAMES)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of value that is a text or a number. ``name`` is its word in the specification."""

    name: str
    says: str
    is_one: Callable[[Any], bool]

    def fault(self, value: Any) -> str:
        return "" if self.is_one(value) else f": should be {self.says}"


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of at most ``MAX_LIST`` values, none twice; of objects, none with the same ``key`` (None: their keys are judged later)."""

    kind: AnyKind
    key: str | None = None

    def fault(self, value: Any) -> str:
        if not isinstance(value, list) or len(value) > MAX_LIST:
            return f": should be a list of at most {MAX_LIST}"
        for place, one in enumerate(value):
            if wrong := self.kind.fault(one):
                return f"[{place}]{wrong}"
        seen = value if isinstance(self.kind, Kind) else [one[self.key] for one in value] if self.key else []
        return "" if len(set(seen)) == len(seen) else ": has one of its values twice"


@dataclass(frozen=True, slots=True)
class MapOf:
    """An object whose names are of one kind and whose values are of another."""

    name: Kind
    kind: Kind

    def fault(self, value: Any) -> str:
        if not isinstance(value, dict):
            return f": should be an object of {self.name.name} and {self.kind.name}"
        is_name, is_one = self.name.is_one, self.kind.is_one
        for name, one in value.items():
            if not is_name(name):
                return f": has the name {name[:40]!r}, which should be {self.name.says}"
            if not is_one(one):
                return f".{name}: should be {self.kind.says}"
        return ""


class Fields:
    """An object with these fields and no other. A name that ends in ``?`` may be left out."""

    __slots__ = ("kinds", "optional", "required")

    def __init__(self, kinds: Mapping[str, AnyKind]) -> None:
        self.kinds: dict[str, AnyKind] = {name.removesuffix("?"): kind for name, kind in kinds.items()}
        self.optional = frozenset(name[:-1] for name in kinds if name.endswith("?"))
        self.required = self.kinds.keys() - self.optional

    def fault(self, value: Any) -> str:
        if not isinstance(value, dict):
            return ": should be an object"
        kinds = self.kinds
        for name, one in value.items():
            kind = kinds.get(name)
            if kind is None:
                return f".{name[:40]}: is no field here; there are {', '.join(kinds)}"
            if isinstance(kind, Kind):
                if not kind.is_one(one):
                    return f".{name}: should be {kind.says}"
            elif wrong := kind.fault(one):
                return f".{name}{wrong}"
        if not self.required <= value.keys():
            return f".{min(self.required - value.keys())}: is not there"
        return ""


AnyKind = Kind | ListOf | MapOf | Fields


def words(*allowed: str) -> Kind:
    """One of these words."""
    among = frozenset(allowed)
    return Kind("|".join(allowed), " or ".join(allowed), lambda value: isinstance(value, str) and value in among)


@lru_cache(maxsize=1 << 14)
def _reads_as_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _reads_as_id(value)


def _is_office(value: Any) -> bool:
    return isinstance(value, str) and _OFFICE.fullmatch(value) is not None


def _is_count(value: Any) -> bool:
    # Canonical JSON has no true or false, so an int is a number here.
    return isinstance(value, int) and 0 <= value <= COUNT_LIMIT


def _is_figure(value: Any) -> bool:
    return 0 <= value <= COUNT_LIMIT if isinstance(value, int) else isinstance(value, str) and value in _REASONS


@lru_cache(maxsize=64)
def _reads_as_day(text: str) -> bool:
    if not (parts := _DAY.fullmatch(text)):
        return False
    try:
        date(*map(int, parts.groups()))
    except ValueError:
        return False
    return True


def _is_day(value: Any) -> bool:
    return isinstance(value, str) and _reads_as_day(value)


def _is_time(value: Any) -> bool:
    return isinstance(value, str) and (parts := _TIME.fullmatch(value)) is not None and _is_day(parts[1])


def _is_root(value: Any) -> bool:
    try:
        return isinstance(value, str) and len(b64decode(value)) == 32
    except (ValueError, Base64Error):
        return False


def _is_vkey(value: Any) -> bool:
    try:
        key = parse_vkey(value) if isinstance(value, str) else None
    except NoteError:
        return False
    return key is not None and key.algorithm is Algorithm.ED25519 and ed25519.is_sound_point(key.public)


def _is_share(value: Any) -> bool:
    parts = _SHARE.fullmatch(value) if isinstance(value, str) else None
    return parts is not None and int(parts[1]) < int(parts[2])


def _prefixed(*prefixes: str) -> Callable[[Any], bool]:
    def is_one(value: Any) -> bool:
        return isinstance(value, str) and any(value.startswith(prefix) and _is_office(value[len(prefix) :]) for prefix in prefixes)

    return is_one


_of_office = _prefixed("agent:", "observer:")
_by_office = _prefixed("party:", "observers:")

ID = Kind("id", "1 to 200 printable ASCII characters without a space at either end", _is_id)
TEXT = Kind("text", f"1 to {MAX_TEXT} characters", lambda value: isinstance(value, str) and 0 < len(value) <= MAX_TEXT)
COUNT = Kind("count", f"a whole number from 0 to {COUNT_LIMIT}", _is_count)
NUMBER = Kind("number", f"a whole number from 1 to {COUNT_LIMIT}", lambda value: _is_count(value) and value > 0)
SIZE = Kind("size", "a whole number from 0 to 2^53 - 1", lambda value: isinstance(value, int) and 0 <= value <= MAX_SIZE)
FIGURE = Kind("figure", f"a count, or {', '.join(Unread)}", _is_figure)
HASH = Kind("hash", "64 lower-case hexadecimal digits", lambda value: isinstance(value, str) and _HASH.fullmatch(value) is not None)
ROOT = Kind("root", "32 bytes in base64", _is_root)
VKEY = Kind("vkey", "a sound Ed25519 key: name+key id+base64", _is_vkey)
SHARE = Kind("share", "two whole numbers from 1 to 999999999 as 1/20, the first below the second", _is_share)
DICE = Kind(
    "dice", f"a whole number from {MIN_DIGITS} to {MAX_DIGITS}", lambda value: isinstance(value, int) and MIN_DIGITS <= value <= MAX_DIGITS
)
DIGITS = Kind(
    "digits", f"{MIN_DIGITS} to {MAX_DIGITS} digits", lambda value: isinstance(value, str) and _DIGITS.fullmatch(value) is not None
)
DAY = Kind("day", "a day such as 2027-02-08", _is_day)
TIME = Kind("time", "a time such as 2027-02-08T17:40:00Z", _is_time)
OFFICE = Kind("office", f"1 to {MAX_OFFICE} printable ASCII characters without spaces and colons", _is_office)
BOX = Kind("box", "the name of a box (specs/package-v1.md)", lambda value: isinstance(value, str) and value in _BOXES)
CANDIDATE = Kind("candidate", f"{ID.says}, not the name of a box", lambda value: _is_id(value) and value not in _BOXES)
SOURCE = Kind(
    "source",
    "officer, commission, agent:<party> or observer:<name>",
    lambda value: value in ("officer", "commission") or _of_office(value),
)
BY = Kind(
    "authority or party:<office> or observers:<office>",
    "authority, party:<id> or observers:<id>",
    lambda value: value == "authority" or _by_office(value),
)
ROLE = words("officer", "returning-officer", "operator", "agent", "observer")
REASON = words("lost", "stolen", "damaged", "ended")
SIDE = Kind("side", BY.says, BY.is_one)
"""Somebody who can be a respondent: the authority, a party or observers."""
ACT = words("count", "repoll")
ORDERED = words("dismissed", "recount", "re-poll", "exclude", "include", "correct", "declare", "void")
GROUND = words(
    "figures-changed",
    "copies-contradict",
    "declaration-contradicts",
    "station-left-out",
    "count-faulty",
    "recount-due",
    "agents-excluded",
    "poll-disrupted",
    "women-turnout",
    "not-qualified",
)
CASE_STEP = words(
    "admitted",
    "rejected",
    "notice",
    "reply",
    "time-asked",
    "no-reply",
    "hearing",
    "stay",
    "order",
    "appeal",
    "withdrawn",
    "closed",
)
SEAT_STATUS = words(
    "declared",
    "notified",
    "taken",
    "relinquished",
    "disqualified",
    "died",
    "optioned",
    "stayed",
    "vacated",
    "re-poll",
    "recount",
    "by-election",
    "filled",
)
SUMMED_BOX = words("in_box", "valid", "rejected", "blank")
ROUNDING = words("exact", *(str(10**power) for power in range(1, 9)), "about", "at-least", "at-most")
"""How somebody who said a figure rounded it: what ``compare.claims.allowed`` knows."""

VOTES = MapOf(CANDIDATE, FIGURE)
BOXES = MapOf(BOX, FIGURE)
