"""Who must have signed an entry of each type (``specs/entry-v1.md`` section 4, last column).

A right is asked about twice: with the keys that count, and, to tell ``key-revoked`` from ``signer-missing``, with the revoked ones too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tallyproof.record.book import Book
from tallyproof.record.canon import Json
from tallyproof.record.entry import Refused
from tallyproof.record.note import Vkey, parse_vkey
from tallyproof.record.roster import AUTHORITY, OF_OFFICES, Key, KeyRole, Roster

OPERATORS = 2
"""Different operators who must have signed one transcription before it makes a record."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One entry and the keys that signed it."""

    value: Json
    keys: Sequence[Key]
    roster: Roster
    threshold: int

    def authority(self) -> bool:
        return len({key.vkey.public for key in self.keys if key.role is KeyRole.AUTHORITY}) >= self.threshold

    def returning_officer(self) -> bool:
        contest = self.value["contest"]
        if any(key.role is KeyRole.RETURNING_OFFICER and key.contest == contest for key in self.keys):
            return True
        return not self.roster.has_returning_officer(contest) and self.authority()

    def role(self, *roles: KeyRole) -> bool:
        return any(key.role in roles for key in self.keys)

    def at_station(self, *roles: KeyRole) -> bool:
        contest, station = self.value["contest"], self.value["station"]
        return any(key.role in roles and key.is_at(contest, station) for key in self.keys)

    def operator(self) -> bool:
        contest = self.value["contest"]
        return any(key.role is KeyRole.OPERATOR and key.contest == contest for key in self.keys)

    def source(self) -> bool:
        source, contest, station = self.value["source"], self.value["contest"], self.value["station"]
        if source == "commission":
            return self.authority()
        return any(key.is_at(contest, station) and key.source == source for key in self.keys)

    def office(self, name: str) -> bool:
        """``authority``, or the kind of an office and its id: ``party:P1``."""
        if name == AUTHORITY:
            return self.authority()
        return any(key.role in OF_OFFICES and key.issuer == name for key in self.keys)

    def issuer_of(self, field: str) -> bool:
        """The issuer of the key in a field; the returning officer too where an officer's key is replaced."""
        key = self.roster.of(parse_vkey(self.value[field]))
        if key is None or not self.office(key.issuer):
            return False
        if field == "key" or key.role is not KeyRole.OFFICER:
            return True
        return Asked({"contest": key.contest}, self.keys, self.roster, self.threshold).returning_officer()

    def case_step(self) -> bool:
        """A court decides; the authority may send notices and say that nobody replied; the sides speak for themselves."""
        step = self.value["step"]
        if step in BY_SIDES:
            return self.authority() or self.role(KeyRole.PARTY, KeyRole.OBSERVERS)
        return self.role(KeyRole.COURT) or (step in BY_COURT_OR_AUTHORITY and self.authority())

    def correction(self) -> bool:
        if self.value["act"] == "ruling":
            return self.role(KeyRole.COURT)
        return self.at_station(KeyRole.OFFICER) and self.returning_officer()


BY_COURT_OR_AUTHORITY = frozenset({"notice", "no-reply"})
BY_SIDES = frozenset({"reply", "time-asked", "appeal", "withdrawn"})
"""Steps of a case by who signs them; every other is a court's."""

_ON_SITE = (KeyRole.OFFICER, KeyRole.AGENT, KeyRole.OBSERVER)

SIGNERS: dict[str, tuple[str, Callable[[Asked], bool]]] = {
    "election-definition/v1": ("the authority that it names", Asked.authority),
    "contest/v1": ("the authority", Asked.authority),
    "stations/v1": ("the authority", Asked.authority),
    "roster/v1": ("the one named in by", lambda asked: asked.office(asked.value["by"])),
    "roster-freeze/v1": ("the authority", Asked.authority),
    "key-revoke/v1": ("the issuer of the key", lambda asked: asked.issuer_of("key")),
    "key-replace/v1": ("the issuer of the key; for an officer's key the returning officer too", lambda asked: asked.issuer_of("old")),
    "form-issue/v1": ("the authority", Asked.authority),
    "station-record/v1": ("a key of the station that signs as its source", Asked.source),
    "attestation/v1": ("an agent or observer of the station", lambda asked: asked.at_station(KeyRole.AGENT, KeyRole.OBSERVER)),
    "image/v1": (
        "an officer, agent or observer of the station, an operator or the authority",
        lambda asked: asked.at_station(*_ON_SITE) or asked.operator() or asked.authority(),
    ),
    "transcription/v1": ("an operator of the contest", Asked.operator),
    "correction/v1": ("for a canvass an officer of the station and the returning officer, for a ruling a court", Asked.correction),
    "recount-order/v1": ("the returning officer or a court", lambda asked: asked.returning_officer() or asked.role(KeyRole.COURT)),
    "recount-result/v1": ("the returning officer", Asked.returning_officer),
    "exclusion/v1": ("the authority or a court", lambda asked: asked.authority() or asked.role(KeyRole.COURT)),
    "inclusion/v1": ("the authority or a court", lambda asked: asked.authority() or asked.role(KeyRole.COURT)),
    "tabulation/v1": ("the returning officer", Asked.returning_officer),
    "declaration/v1": ("the returning officer", Asked.returning_officer),
    "complaint/v1": ("the authority, a court, a party or observers", lambda asked: asked.authority() or asked.role(*OF_OFFICES)),
    "case-step/v1": (
        "a court; a notice and no-reply by a court or the authority; what a side says (reply, time-asked, appeal, withdrawn) "
        "by a party, observers or the authority",
        Asked.case_step,
    ),
    "ruling/v1": ("a court", lambda asked: asked.role(KeyRole.COURT)),
    "seat-status/v1": ("the authority", Asked.authority),
    "statement/v1": ("the authority, a court, a party or observers", lambda asked: asked.authority() or asked.role(*OF_OFFICES)),
    "timestamp/v1": ("the authority or an operator", lambda asked: asked.authority() or asked.role(KeyRole.OPERATOR)),
    "audit-plan/v1": ("the authority", Asked.authority),
    "audit-seed/v1": (
        "the authority, and a party or observers who were there",
        lambda asked: asked.authority() and asked.role(KeyRole.PARTY, KeyRole.OBSERVERS),
    ),
    "audit-round/v1": ("the authority", Asked.authority),
    "audit-count/v1": (
        "an operator of the contest, or an agent or observer of the station",
        lambda asked: asked.operator() or asked.at_station(KeyRole.AGENT, KeyRole.OBSERVER),
    ),
    "audit-result/v1": ("the authority", Asked.authority),
}
"""By type: who must have signed, in words, and whether they did."""


def resting(type_: str, value: Json, signers: Sequence[Key]) -> list[Key]:
    """The keys on which a record rests: those that signed in the role that its type asks for (section 8)."""
    contest, station = value["contest"], value["station"]
    if type_ == "transcription/v1":
        return [key for key in signers if key.role is KeyRole.OPERATOR and key.contest == contest]
    there = [key for key in signers if key.is_at(contest, station)]
    if type_ == "station-record/v1":
        return [key for key in there if key.source == value["source"]]
    if type_ == "attestation/v1":
        return [key for key in there if key.role is not KeyRole.OFFICER]
    returning = [key for key in signers if key.role is KeyRole.RETURNING_OFFICER and key.contest == contest]
    if type_ == "correction/v1":
        return [*(key for key in there if key.role is KeyRole.OFFICER), *returning] if value["act"] == "canvass" else []
    return returning


def may_sign(book: Book, type_: str, value: Json, vkeys: Sequence[Vkey]) -> None:
    """Whether an entry signed by exactly these keys would have the signers that it needs: to be asked before anybody signs.

    Raises Refused with ``key-revoked`` or ``signer-missing``. Keys that the log has not named count for nothing.
    """
    states = [key for key in map(book.roster.of, vkeys) if key is not None]
    threshold = 1 if book.definition is None else book.definition.threshold
    who, are_there = SIGNERS[type_]
    if are_there(Asked(value, [key for key in states if key.counts], book.roster, threshold)):
        return
    names = ", ".join(vkey.name for vkey in vkeys) or "nobody"
    if are_there(Asked(value, states, book.roster, threshold)):
        raise Refused("key-revoked", f"{type_} must be signed by {who}; a key among {names} was revoked")
    raise Refused("signer-missing", f"{type_} must be signed by {who}; {names} may not", hint="give the key files of those who must sign")
