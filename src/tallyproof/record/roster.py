"""Who may speak for what: the keys of one log, each from the entry that names it to the entry that revokes it.

A ``Key`` is a frozen state; the transitions make new ones. Order in the log is the clock (``specs/entry-v1.md`` section 3).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from enum import StrEnum

from tallyproof.errors import RuleError
from tallyproof.record.note import Vkey


class KeyRole(StrEnum):
    """What a key is for."""

    AUTHORITY = "authority"
    COURT = "court"
    PARTY = "party"
    OBSERVERS = "observers"
    OFFICER = "officer"
    RETURNING_OFFICER = "returning-officer"
    OPERATOR = "operator"
    AGENT = "agent"
    OBSERVER = "observer"


AUTHORITY = KeyRole.AUTHORITY.value
AT_STATIONS = frozenset({KeyRole.OFFICER, KeyRole.AGENT, KeyRole.OBSERVER})
"""Roles whose keys speak for the stations that are listed with them, the others of a roster for their whole contest."""
OF_OFFICES = frozenset({KeyRole.COURT, KeyRole.PARTY, KeyRole.OBSERVERS})
"""Roles of the keys that belong to an office which the definition names."""
GIVEN_BY = {
    KeyRole.AUTHORITY: frozenset({KeyRole.OFFICER, KeyRole.RETURNING_OFFICER, KeyRole.OPERATOR}),
    KeyRole.PARTY: frozenset({KeyRole.AGENT}),
    KeyRole.OBSERVERS: frozenset({KeyRole.OBSERVER}),
}
"""Which roles a roster of each may give out."""


class KeyStateError(RuleError):
    """A transition that a key cannot make, such as being revoked a second time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key and its state. Indexes are those of entries.

    ``office``: of a court's, party's or observers' key, and of their agents' and observers' keys, which one; else empty.
    ``contest``: where it counts; empty for the keys of the definition. ``stations``: those listed, none for roles that have the
    whole contest. ``late``: named by a roster after ``roster-freeze``, or replacing such a key. ``holder``: the public key with
    which whoever holds this one began: a key and its replacements are one signer. ``source``: as whose copy a record that it
    signs counts; empty if it makes none by itself.
    """

    vkey: Vkey
    key_id: bytes
    role: KeyRole
    office: str = ""
    contest: str = ""
    stations: frozenset[str] = frozenset()
    named: int = 0
    late: bool = False
    holder: bytes = b""
    replaces: str = ""
    source: str = ""
    revoked: int | None = None

    @property
    def counts(self) -> bool:
        return self.revoked is None

    @property
    def is_replacement(self) -> bool:
        return self.replaces != ""

    @property
    def issuer(self) -> str:
        """Who may revoke and replace it: ``authority``, or ``party:``, ``observers:``, ``court:`` and the office."""
        if self.role in OF_OFFICES:
            return f"{self.role}:{self.office}"
        if self.role is KeyRole.AGENT:
            return f"{KeyRole.PARTY}:{self.office}"
        return f"{KeyRole.OBSERVERS}:{self.office}" if self.role is KeyRole.OBSERVER else AUTHORITY

    def is_at(self, contest: str, station: str) -> bool:
        """Whether it speaks for a station as one of those listed."""
        return station in self.stations and contest == self.contest

    def revoke(self, index: int) -> Key:
        """Raises KeyStateError if it was revoked before."""
        if self.revoked is not None:
            raise KeyStateError(f"the key {self.vkey.name!r} was revoked by entry {self.revoked}", hint="a key is revoked once")
        return replace(self, revoked=index)

    def replacement(self, new: Vkey, index: int) -> Key:
        """The key that takes its place: same role, office, contest, stations, and as late. Raises KeyStateError as ``revoke``."""
        self.revoke(index)
        return replace(self, vkey=new, key_id=new.key_id, named=index, replaces=str(self.vkey))


def named_key(
    vkey: Vkey,
    role: KeyRole,
    index: int,
    *,
    office: str = "",
    contest: str = "",
    stations: frozenset[str] = frozenset(),
    late: bool = False,
) -> Key:
    """The first state of a key."""
    source = f"{role}:{office}" if role in (KeyRole.AGENT, KeyRole.OBSERVER) else role.value if role is KeyRole.OFFICER else ""
    return Key(
        vkey=vkey,
        key_id=vkey.key_id,
        role=role,
        office=office,
        contest=contest,
        stations=stations,
        named=index,
        late=late,
        holder=vkey.public,
        source=sys.intern(source),
    )


class Roster:
    """All keys of a log in their present states. It changes by ``put`` alone."""

    def __init__(self) -> None:
        self._keys: dict[tuple[str, bytes], Key] = {}
        self._publics: set[bytes] = set()
        self._returning: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, name: str, key_id: bytes) -> Key | None:
        """The key that a signature line names, revoked or not."""
        return self._keys.get((name, key_id))

    def of(self, vkey: Vkey) -> Key | None:
        """The state of exactly this key; None if the log has not named it."""
        key = self._keys.get((vkey.name, vkey.key_id))
        return key if key is not None and key.vkey == vkey else None

    def has(self, vkey: Vkey) -> bool:
        """Whether its public key, or its name with its id, was named before."""
        return vkey.public in self._publics or (vkey.name, vkey.key_id) in self._keys

    def has_returning_officer(self, contest: str) -> bool:
        """Whether a returning officer's key of the contest counts."""
        return self._returning.get(contest, 0) > 0

    def states(self) -> tuple[Key, ...]:
        """In the order in which they were named."""
        return tuple(self._keys.values())

    def put(self, key: Key) -> None:
        """Take in the new state of a key, or a key that is new."""
        place = (key.vkey.name, key.key_id)
        if key.role is KeyRole.RETURNING_OFFICER:
            before = self._keys.get(place)
            step = key.counts - (before is not None and before.counts)
            self._returning[key.contest] = self._returning.get(key.contest, 0) + step
        self._keys[place] = key
        self._publics.add(key.vkey.public)
