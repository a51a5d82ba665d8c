"""A log as somebody who wants to act has read it, and the question whether the act may be done: asked before anything is signed.

``Log.ask`` takes the fields of an entry and the keys that are going to sign it. It asks the ledger, with these keys in the place of their
signatures, and then the lives of cases and seats, by replaying them with the entry at the end. So what is said beforehand is what every
reader of the log says afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tallyproof.cases.case import Actor, Case, CaseError
from tallyproof.cases.replay import replay as replay_cases
from tallyproof.cases.who import DECIDING, interest
from tallyproof.compare.logged import LogRead
from tallyproof.errors import RuleError, UsageError
from tallyproof.log.merkle import Tree
from tallyproof.record.book import KEPT, Book, Declaration, Said, Text
from tallyproof.record.canon import Json
from tallyproof.record.entry import entry_text, parse_entry
from tallyproof.record.ledger import SIGNATURE, Ledger, Step
from tallyproof.record.note import Note, Signature, Vkey
from tallyproof.record.roster import Key
from tallyproof.record.signing import is_signed
from tallyproof.seats.replay import HELD_TWICE, Notice
from tallyproof.seats.replay import replay as replay_seats
from tallyproof.seats.timing import Timing, nobody_knows

_STAND_IN = bytes(SIGNATURE)
"""In the place of a signature that is not made yet. No key ever makes it: its R is a point of small order, which is refused."""
_NAMED = 10
"""How many complaints a hint names."""
_RESULTS = frozenset({"declaration/v1", "tabulation/v1"})
_LIVE = KEPT | _RESULTS | {"station-record/v1"}
"""Types of which cases and seats are made: no other entry can be out of order in a life."""


class ActError(RuleError):
    """An act that may not be done now, or not by whoever wants to do it."""


@dataclass(frozen=True, slots=True)
class Act:
    """An entry that may be signed and appended next. ``index``: its place if nothing comes before it.

    ``text``: the three lines to sign. ``signers``: the keys that it was asked with, as the log knows them. ``remarks``: what somebody
    should look at first, though it keeps nobody from acting.
    """

    type: str
    value: Json
    text: str
    record_id: str
    index: int
    signers: tuple[Key, ...]
    remarks: tuple[Notice, ...] = ()


class Log:
    """The entries of one log so far. It changes by ``read`` and ``accept`` alone.

    ``timing``: by when the law wants what an entry does not say. ``belongs``: parties (``party:P1``) for which an office is known to stand,
    by office; no log says it.
    """

    def __init__(
        self,
        origin: str,
        authority_known: tuple[Vkey, ...] = (),
        *,
        timing: Timing = nobody_knows,
        belongs: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        self.origin = origin
        self.timing = timing
        self.belongs = dict(belongs or {})
        self._asked: bytes | None = None
        self._ledger = Ledger(origin, authority_known, verify=self._verify)
        self._tree = Tree()

    @classmethod
    def of(cls, read: LogRead, tree: Tree, authority_known: tuple[Vkey, ...] = ()) -> Log:
        """The same of a log that was read already, so that no signature is asked about twice. ``read.book`` grows with it from now on.

        ``tree``: of the entries that were read. Raises UsageError if it is of others.
        """
        if (tree.size, tree.root()) != (read.size, read.root):
            raise UsageError("the tree is of other entries than those that were read", hint="make it of the same entries")
        made = cls(read.origin, authority_known)
        made._ledger = Ledger.at(read.origin, read.book, read.size, authority_known, verify=made._verify)
        made._tree = tree
        return made

    def read(self, entries: Iterable[bytes]) -> Log:
        """Take entries of the log as they lie there, each in its turn; those that break a rule keep their place and do nothing."""
        for data in entries:
            self._ledger.read(data, self._tree.root)
            self._tree.extend([data])
        return self

    def accept(self, data: bytes) -> None:
        """Take one signed entry, verified. Raises Refused; then nothing has changed."""
        self._ledger.accept(data, self._tree.root)
        self._tree.extend([data])

    @property
    def book(self) -> Book:
        """What has been said so far."""
        return self._ledger.book

    @property
    def size(self) -> int:
        return self._ledger.size

    @property
    def threshold(self) -> int:
        """How many keys of the authority speak for it."""
        return 1 if self.book.definition is None else self.book.definition.threshold

    def root(self, size: int | None = None) -> bytes:
        """32 bytes: the root of the tree of the first ``size`` entries. Raises MerkleError if there are fewer."""
        return self._tree.root(self.size if size is None else size)

    def keys(self, by: Sequence[Vkey]) -> tuple[Key, ...]:
        """What the log knows of those who want to act. Raises ActError for a key that it does not know, or that was revoked."""
        if not by:
            raise ActError("nobody acts", hint="give the key of who does, one for each who signs")
        found = []
        for vkey in by:
            key = self.book.roster.of(vkey)
            if key is None:
                raise ActError(
                    f"the log knows no key {vkey.name!r}", hint="a roster or the definition of the election has to name it first"
                )
            if key.revoked is not None:
                raise ActError(f"the key {vkey.name!r} was revoked by entry {key.revoked}", hint="act with a key that counts")
            if key in found:
                raise ActError(f"the key {vkey.name!r} is named twice", hint="name each key once")
            found.append(key)
        return tuple(found)

    def record_id(self, named: str) -> str:
        """The record id that an index, or at least the first 8 digits of a record id, names. Raises ActError."""
        texts = self.book.texts
        if named in texts:
            return named
        if named.isascii() and named.isdecimal() and len(named) < 8:
            found = [one for one, text in texts.items() if text.index == int(named)]
        else:
            found = [one for one in texts if len(named) >= 8 and one.startswith(named)]
        if len(found) != 1:
            several = "several accepted entries" if found else "no accepted entry"
            raise ActError(f"{named!r} names {several} of the log", hint="give the index, or more digits of the record id")
        return found[0]

    def case(self, named: str) -> Case:
        """The case that a complaint's number, index or record id names. Raises ActError."""
        cases = replay_cases(self.book, None, self.timing).cases
        by_number = [one for one in cases if one.number == named]
        if len(by_number) == 1:
            return by_number[0]
        if len(by_number) > 1:
            raise ActError(f"{len(by_number)} complaints have the number {named!r}", hint="name the complaint by its index or record id")
        try:
            identity = self.record_id(named)
        except ActError as error:
            numbers = ", ".join(one.number for one in cases[:_NAMED]) or "none yet"
            raise ActError(f"the log has no complaint {named!r}", hint=f"complaints, by their numbers: {numbers}") from error
        found = next((one for one in cases if one.complaint == identity), None)
        if found is None:
            index = self.book.texts[identity].index
            raise ActError(f"entry {index} is no complaint", hint="name a complaint by its number, index or record id")
        return found

    def contest(self, key: str) -> None:
        """Raises ActError if the log defines no such contest."""
        if key not in self.book.contests:
            raise ActError(f"the log defines no contest {key!r}", hint=f"contests: {', '.join(self.book.contests) or 'none yet'}")

    def ask(self, type_: str, value: Json, by: Sequence[Vkey]) -> Act:
        """Whether these keys may append this entry now. Raises ActError, CaseError or Refused, with what can be done instead."""
        keys = self.keys(by)
        text = entry_text(self.origin, type_, value)
        data = Note(text, tuple(Signature(key.vkey.name, key.key_id, _STAND_IN) for key in keys)).to_bytes()
        identity = parse_entry(data, self.origin).record_id
        if identity in self.book.texts:
            raise ActError(f"this is entry {self.book.texts[identity].index} already", hint="say what is different, or leave it out")
        step = self._checked(data, text)
        notices = self._lives(step)
        stops = [one for one in notices if one.code != HELD_TWICE]
        if stops:
            raise ActError(stops[0].message, hint=stops[0].hint or "see what the case or seat allows now")
        self._no_interest(value, type_, keys)
        return Act(type_, value, text, identity, self.size, step.signers, tuple(notices))

    def _checked(self, data: bytes, text: str) -> Step:
        self._asked = text.encode()
        try:
            return self._ledger.check(data, self._tree.root)
        finally:
            self._asked = None

    def _verify(self, public: bytes, signature: bytes, message: bytes) -> bool:
        if self._asked is not None and message == self._asked and signature == _STAND_IN:
            return True
        return is_signed(public, signature, message)

    def _lives(self, step: Step) -> list[Notice]:
        """What replaying cases and seats with the entry says of it."""
        entry, index = step.entry, step.index
        if entry.type not in _LIVE:
            return []
        book = _with(self.book, entry.type, entry.value, entry.record_id, index, step.signers)
        notices = (*replay_cases(book, None, self.timing).notices, *replay_seats(book).notices)
        return [one for one in notices if one.index == index]

    def _no_interest(self, value: Json, type_: str, keys: Sequence[Key]) -> None:
        """A court that is known to stand for a side decides nothing; what the log itself knows was asked by its replay."""
        if not (type_ == "ruling/v1" or (type_ == "case-step/v1" and value["step"] in DECIDING)):
            return
        case = self.case(value["complaint"])
        for key in keys:
            if reason := interest(case, Actor(key.issuer, self.belongs.get(key.issuer, frozenset()))):
                raise CaseError(f"{key.issuer} may not decide this case: {reason}", hint="let a court decide that has no interest in it")


def _with(book: Book, type_: str, value: Json, identity: str, index: int, signers: tuple[Key, ...]) -> Book:
    text = Text(index, type_, str(value.get("contest", "")), str(value.get("station", "")), signers)
    made = replace(book, texts={**book.texts, identity: text})
    if type_ in KEPT or (type_ == "station-record/v1" and "order" in value):
        made.said = {**book.said, identity: Said(index, identity, type_, value, signers)}
    if type_ in _RESULTS:
        made.declarations = [*book.declarations, Declaration(index, identity, type_, value)]
    return made


def fields(**given: object) -> Json:
    """The fields of an entry that were given: None, an empty list and an empty text are left out; tuples become lists."""
    made: Json = {}
    for name, value in given.items():
        if value is None or value in ("", (), [], {}):
            continue
        made[name] = list(value) if isinstance(value, tuple) else value
    return made


def known(what: str, one: str, words: Iterable[str]) -> str:
    """``one`` if it is among the words. Raises UsageError."""
    words = tuple(words)
    if one not in words:
        raise UsageError(f"{one!r} is no {what}", hint=f"{what}: {', '.join(words)}")
    return one
