"""What a case is: a complaint and everything that was done about it, as a frozen state (``specs/entry-v1.md`` section 9).

An *office* is written as in a log: ``authority``, ``court:tribunal``, ``party:P1``, ``observers:fafen``. Offices, never people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from tallyproof.errors import RuleError


class CaseError(RuleError):
    """A step that the case cannot take, or not by this office."""


class Ground(StrEnum):
    """What a complaint rests on."""

    FIGURES_CHANGED = "figures-changed"
    COPIES_CONTRADICT = "copies-contradict"
    DECLARATION_CONTRADICTS = "declaration-contradicts"
    STATION_LEFT_OUT = "station-left-out"
    COUNT_FAULTY = "count-faulty"
    RECOUNT_DUE = "recount-due"
    AGENTS_EXCLUDED = "agents-excluded"
    POLL_DISRUPTED = "poll-disrupted"
    WOMEN_TURNOUT = "women-turnout"
    NOT_QUALIFIED = "not-qualified"


ABOUT_DECLARATION = frozenset({Ground.DECLARATION_CONTRADICTS, Ground.STATION_LEFT_OUT})
"""Grounds that leave the records of the stations as they are: the sum made of them is said to be wrong."""


class Word(StrEnum):
    """What a ``case-step`` entry says is done."""

    ADMITTED = "admitted"
    REJECTED = "rejected"
    NOTICE = "notice"
    REPLY = "reply"
    TIME_ASKED = "time-asked"
    NO_REPLY = "no-reply"
    HEARING = "hearing"
    STAY = "stay"
    ORDER = "order"
    APPEAL = "appeal"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class OrderKind(StrEnum):
    """What can be ordered, and asked for."""

    DISMISSED = "dismissed"
    RECOUNT = "recount"
    REPOLL = "re-poll"
    EXCLUDE = "exclude"
    INCLUDE = "include"
    CORRECT = "correct"
    DECLARE = "declare"
    VOID = "void"


class Stage(StrEnum):
    """Where a case stands."""

    FILED = "filed"
    ADMITTED = "admitted"
    NOTICED = "noticed"
    HEARD = "heard"
    DECIDED = "decided"
    REJECTED = "rejected"
    APPEALED = "appealed"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


OPEN = frozenset({Stage.FILED, Stage.ADMITTED, Stage.NOTICED, Stage.HEARD, Stage.APPEALED})
"""Stages in which somebody still has to decide."""

_BEFORE_ORDER = frozenset({Word.NOTICE, Word.HEARING, Word.STAY, Word.ORDER, Word.WITHDRAWN})
_ANSWERS = frozenset({Word.REPLY, Word.TIME_ASKED, Word.NO_REPLY})
AFTER: Mapping[Stage, frozenset[Word]] = {
    Stage.FILED: frozenset({Word.ADMITTED, Word.REJECTED, Word.WITHDRAWN}),
    Stage.ADMITTED: _BEFORE_ORDER,
    Stage.NOTICED: _BEFORE_ORDER | _ANSWERS,
    Stage.HEARD: _BEFORE_ORDER | _ANSWERS,
    Stage.DECIDED: frozenset({Word.APPEAL, Word.CLOSED}),
    Stage.REJECTED: frozenset({Word.APPEAL, Word.CLOSED}),
    Stage.APPEALED: frozenset({Word.ADMITTED, Word.REJECTED, Word.WITHDRAWN}),
    Stage.WITHDRAWN: frozenset({Word.CLOSED}),
    Stage.CLOSED: frozenset(),
}
"""What may be done at each stage. ``docs/explanation/cases.md`` has the same as a picture."""

LEADS_TO: Mapping[Word, Stage | None] = {
    Word.ADMITTED: Stage.ADMITTED,
    Word.REJECTED: Stage.REJECTED,
    Word.NOTICE: Stage.NOTICED,
    Word.REPLY: None,
    Word.TIME_ASKED: None,
    Word.NO_REPLY: None,
    Word.HEARING: Stage.HEARD,
    Word.STAY: None,
    Word.ORDER: Stage.DECIDED,
    Word.APPEAL: Stage.APPEALED,
    Word.WITHDRAWN: Stage.WITHDRAWN,
    Word.CLOSED: Stage.CLOSED,
}
"""Where each step leads; None: the stage stays. An appeal that is withdrawn leads back to the stage before it."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a court orders. ``record``: a record id; ``candidate``: who is declared."""

    kind: OrderKind
    stations: tuple[str, ...] = ()
    record: str | None = None
    candidate: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an office, and the parties (``party:P1``) that it is known to belong to or to stand for."""

    office: str
    stands_for: frozenset[str] = frozenset()

    @property
    def kind(self) -> str:
        """``authority``, ``court``, ``party`` or ``observers``."""
        return self.office.partition(":")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that somebody does about a case, before it is asked whether they may. ``when`` and ``due``: times as in an entry."""

    word: Word
    actors: tuple[Actor, ...]
    when: str
    index: int = 0
    record_id: str = ""
    summary: str = ""
    to: tuple[str, ...] = ()
    due: str = ""
    order: Order | None = None


class Answer(StrEnum):
    """What an office that was given notice has done."""

    AWAITED = "awaited"
    TIME_ASKED = "time-asked"
    """It asked for time, and has not replied. Only another notice moves the day."""
    REPLIED = "replied"
    LATE = "replied-late"
    SILENT = "no-reply"


@dataclass(frozen=True, slots=True)
class Notified:
    """An office that was given notice: by when it is to reply, and what it has done."""

    due: str
    answer: Answer = Answer.AWAITED

    @property
    def is_open(self) -> bool:
        return self.answer in (Answer.AWAITED, Answer.TIME_ASKED)


@dataclass(frozen=True, slots=True)
class Decision:
    """An order, or (``order`` None) a ruling with its ``outcome``: ``granted``, ``part`` or ``refused``. ``appeal_due`` empty: not said."""

    index: int
    record_id: str
    court: str
    when: str
    order: Order | None
    outcome: str = ""
    appeal_due: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A complaint and what became of it.

    ``complaint``: its record id; ``number``: what it is called. ``evidence``: record ids. ``findings``: codes. ``asks``: what is wanted.
    ``candidate``: who is said to be elected. ``filed``: when, empty if not said. ``parties``: those with a candidate in the contest.
    ``signed``: offices of whoever signed a contested record. ``court``: who has the case now; ``courts``: who has decided it before, at
    lower levels. ``notified``: at this level. ``stayed``: an interim order stands.
    """

    complaint: str
    number: str
    contest: str
    index: int
    complainants: tuple[str, ...]
    respondents: tuple[str, ...] = ()
    grounds: tuple[Ground, ...] = ()
    stations: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    asks: OrderKind | None = None
    candidate: str | None = None
    filed: str = ""
    summary: str = ""
    parties: frozenset[str] = frozenset()
    signed: frozenset[str] = frozenset()
    stage: Stage = Stage.FILED
    before_appeal: Stage | None = None
    court: str = ""
    courts: tuple[str, ...] = ()
    appellants: tuple[str, ...] = ()
    notified: Mapping[str, Notified] = field(default_factory=lambda: MappingProxyType({}))
    stayed: bool = False
    decisions: tuple[Decision, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.stage in OPEN

    @property
    def sides(self) -> tuple[str, ...]:
        """Complainants and respondents."""
        return tuple(dict.fromkeys((*self.complainants, *self.respondents)))

    @property
    def to_be_heard(self) -> tuple[str, ...]:
        """Who has to be given notice before an order against them: the respondents; on appeal every side but the appellants.

        A court that complained is not among them: it has spoken by its complaint.
        """
        others = [one for one in self.sides if one not in self.appellants] if self.appellants else self.respondents
        return tuple(one for one in others if not one.startswith("court:"))

    @property
    def due(self) -> str:
        """The next time that runs: for a reply, or for an appeal; empty if none does."""
        waiting = [one.due for one in self.notified.values() if one.is_open]
        if self.is_open:
            return min(waiting, default="")
        return self.decisions[-1].appeal_due if self.stage is Stage.DECIDED else ""

    @property
    def last(self) -> str:
        """When the last thing that says a time was done."""
        return self.steps[-1].when if self.steps else self.filed


def picture() -> str:
    """The stages and what leads from one to the next, as a mermaid state diagram."""
    lines = ["stateDiagram-v2", f"  [*] --> {Stage.FILED}"]
    for stage in Stage:
        for word in Word:
            if word in AFTER[stage] and not (stage is Stage.APPEALED and word is Word.WITHDRAWN):
                lines.append(f"  {stage} --> {LEADS_TO[word] or stage}: {word}")
    lines += [f"  {Stage.APPEALED} --> {stage}: {Word.WITHDRAWN}" for stage in (Stage.DECIDED, Stage.REJECTED)]
    return "\n".join(lines) + "\n"
