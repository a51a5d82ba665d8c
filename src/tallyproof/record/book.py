"""What the accepted entries of a log have said so far, each with its index. It changes by ``record.ledger`` alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tallyproof.record.canon import Json
from tallyproof.record.roster import Key, Roster

Figure = int | str
"""A count, or why it is unread."""
Place = tuple[str, str]
"""Contest and station."""


@dataclass(frozen=True, slots=True)
class Definition:
    """Entry 0."""

    value: Json

    @property
    def contests(self) -> list[str]:
        contests: list[str] = self.value["contests"]
        return contests

    @property
    def threshold(self) -> int:
        return int(self.value["threshold"])

    @property
    def rules(self) -> str:
        """SHA-256 of the rules of tabulation."""
        return str(self.value["rules"]["sha256"])

    def has_office(self, by: str) -> bool:
        """Whether ``authority``, ``party:…`` or ``observers:…`` is in the definition."""
        kind, _, office = by.partition(":")
        offices: Json = self.value.get("parties" if kind == "party" else "observers", {})
        return kind == "authority" if not office else bool(offices.get(office))


@dataclass(frozen=True, slots=True)
class Contest:
    """A contest as its entry defines it."""

    index: int
    value: Json
    candidates: tuple[str, ...]
    """In ballot order."""
    ballot: frozenset[str]
    """The same, to ask who is among them."""

    @property
    def key(self) -> str:
        return str(self.value["contest"])

    @property
    def seats(self) -> int:
        return int(self.value.get("seats", 1))

    @property
    def elects(self) -> bool:
        """Whether somebody wins it."""
        return str(self.value.get("rule")) != "none"


@dataclass(frozen=True, slots=True)
class Station:
    """A station of a contest; ``registered`` None: not said."""

    index: int
    registered: int | None


@dataclass(frozen=True, slots=True)
class Text:
    """One accepted text: where it was logged first, and who has signed it so far, in the order of their signatures."""

    index: int
    type: str
    contest: str
    station: str
    signers: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """What one copy of one act at one station says. ``made``: index of the entry that made it a record.

    ``votes``: of each candidate of the contest in ballot order; ``boxes``: those that were stated.
    """

    record: str
    contest: str
    station: str
    source: str
    act: str
    version: int
    supersedes: str | None
    made: int
    votes: tuple[Figure, ...]
    boxes: Mapping[str, Figure]
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Declaration:
    """A ``tabulation`` or ``declaration``."""

    index: int
    record_id: str
    type: str
    value: Json

    @property
    def contest(self) -> str:
        return str(self.value["contest"])

    @property
    def size(self) -> int:
        return int(self.value["size"])

    @property
    def version(self) -> tuple[str, int] | None:
        """Stage and version; None of a tabulation."""
        return (self.value["stage"], self.value["version"]) if self.type == "declaration/v1" else None


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that section 8 says of accepted entries. ``index`` None: of the log as a whole; empty ``contest``, ``station``: of none."""

    code: str
    index: int | None
    contest: str
    station: str
    message: str


KEPT = frozenset(
    {
        "complaint/v1",
        "case-step/v1",
        "ruling/v1",
        "recount-order/v1",
        "recount-result/v1",
        "correction/v1",
        "exclusion/v1",
        "inclusion/v1",
        "seat-status/v1",
        "statement/v1",
    }
)
"""Types of entries that are kept as they were said, because what they do depends on the life of a case or seat.

A ``station-record`` of a re-poll that names its order is kept too.
"""


@dataclass(frozen=True, slots=True)
class Said:
    """An accepted entry about complaints, seats or what was ordered, as it was logged first.

    ``signers``: who had signed it then; signatures under later copies are in ``Text`` alone.
    """

    index: int
    record_id: str
    type: str
    value: Json
    signers: tuple[Key, ...]

    @property
    def contest(self) -> str:
        return str(self.value["contest"])


@dataclass(frozen=True, slots=True)
class AuditCount:
    """A station counted by hand for an audit. ``votes``: of each candidate of the contest in ballot order; None: the papers are absent.

    ``made``: index of the entry with which it had the signatures that it needs.
    """

    record: str
    plan: str
    contest: str
    station: str
    votes: Mapping[str, Figure] | None
    boxes: Mapping[str, Figure]
    made: int


def is_out(changes: tuple[int, ...], size: int | None = None) -> bool:
    """Whether a station with these changes is excluded after the first ``size`` entries (all, if left out)."""
    return sum(size is None or index < size for index in changes) % 2 == 1


@dataclass(slots=True)
class Book:
    """All of it. Dictionaries are in the order of entries."""

    roster: Roster = field(default_factory=Roster)
    definition: Definition | None = None
    contests: dict[str, Contest] = field(default_factory=dict)
    stations: dict[str, dict[str, Station]] = field(default_factory=dict)
    excluded: dict[Place, tuple[int, ...]] = field(default_factory=dict)
    """Where a station was left out, put back, left out again …: indexes of the entries that changed it (``is_out``)."""
    frozen: int | None = None
    texts: dict[str, Text] = field(default_factory=dict)
    """By record id."""
    records: dict[str, Record] = field(default_factory=dict)
    orders: dict[str, frozenset[str] | None] = field(default_factory=dict)
    """Stations that each recount order, and each order in a case, lists, by record id; None: it has no list."""
    said: dict[str, Said] = field(default_factory=dict)
    """What the lives of cases and seats are made of: the types of ``KEPT``, by record id, in the order of entries."""
    countersigned: dict[str, list[tuple[int, tuple[Key, ...]]]] = field(default_factory=dict)
    """Signatures that copies brought, by record id: the index of the copy, whose."""
    serials: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    """Serials issued, by contest and station."""
    transcribed: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """Contest, station and image of each transcription, by record id."""
    declarations: list[Declaration] = field(default_factory=list)
    plans: dict[str, Json] = field(default_factory=dict)
    """What each ``audit-plan`` says, by record id."""
    seeds: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By plan: index and dice of its first seed."""
    rounds: dict[str, dict[int, tuple[int, tuple[str, ...]]]] = field(default_factory=dict)
    """By plan and number: index and stations of the first entry about a round."""
    tallied: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """Plan, contest and station of each text of a count, by record id."""
    counts: dict[str, AuditCount] = field(default_factory=dict)
    """Counts that count, by record id, in the order in which they were made."""
    results: list[tuple[int, Json]] = field(default_factory=list)
    """Index and value of each ``audit-result``."""
    remarks: list[Remark] = field(default_factory=list)
    """In the order in which they came up; those of the end are not among them (``Ledger.at_the_end``)."""
    spoken: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Record ids of texts by what only one text may be about: lines of type, contest and so on (section 6, equivocation)."""

    def signers_before(self, record_id: str, index: int) -> tuple[Key, ...]:
        """Who had signed a text, under all its copies before this index."""
        late = {key for at, keys in self.countersigned.get(record_id, ()) if at >= index for key in keys}
        return tuple(key for key in self.texts[record_id].signers if key not in late)

    def chain(self, record_id: str | None) -> list[Record]:
        """The record and those that it supersedes, directly or not; the nearest first. It ends: an id names an earlier text."""
        found = []
        while record_id is not None:
            record = self.records[record_id]
            found.append(record)
            record_id = record.supersedes
        return found
