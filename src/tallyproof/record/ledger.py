"""The fold of a log: each entry in its turn is accepted, or refused and without effect (``specs/entry-v1.md`` sections 5 and 6).

A *writer* calls ``accept``: a refused entry changes nothing and is not appended. A *verifier* calls ``read``: a refused entry stays in the
tree, so its index is taken. ``check`` says what would happen and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain

from tallyproof.errors import UsageError
from tallyproof.record import audits, records
from tallyproof.record.book import KEPT, Book, Contest, Declaration, Definition, Remark, Said, Station, Text, is_out
from tallyproof.record.entry import Entry, Refused, parse_entry, read_note, read_text
from tallyproof.record.note import Vkey, parse_vkey
from tallyproof.record.rights import SIGNERS, Asked
from tallyproof.record.roster import Key, Roster
from tallyproof.record.rules import DEFINITION, RootOf, after_signatures, before_signatures, definition_first, known_authority
from tallyproof.record.signing import Verify, is_signed, mark

SIGNATURE = 64


@dataclass(frozen=True, slots=True)
class Step:
    """What accepting one entry would do. It holds for the ledger that made it, as long as no other entry was taken."""

    index: int
    entry: Entry
    signers: tuple[Key, ...]
    """Keys that count and signed this entry, in the order of the lines."""
    keys: tuple[Key, ...]
    """New states of keys."""
    is_copy: bool
    """Whether its text was accepted before."""


class Ledger:
    """The state of one log after so many entries. It is its own: nothing else may change its ``book``.

    ``authority_known``: keys of the authority that the verifier has from outside; none: entry 0 is taken at its word, and so a log shows
    only that it agrees with itself. ``verify``: asks whether a signature is true; ``already_true`` spares the asking (``true_marks``).
    """

    def __init__(
        self, origin: str, authority_known: tuple[Vkey, ...] = (), *, verify: Verify = is_signed, already_true: Container[bytes] = ()
    ) -> None:
        self.origin = origin
        self.authority_known = authority_known
        self.size = 0
        self.book = Book()
        self._verify = verify
        self._true = already_true

    @classmethod
    def at(cls, origin: str, book: Book, size: int, authority_known: tuple[Vkey, ...] = (), *, verify: Verify = is_signed) -> Ledger:
        """The ledger that has read ``size`` entries and has ``book`` of them, which is its own from now on."""
        made = cls(origin, authority_known, verify=verify)
        made.book, made.size = book, size
        return made

    def check(self, data: bytes, root_of: RootOf) -> Step:
        """What ``data`` would do as the next entry. Raises Refused. Changes nothing.

        ``root_of(size)``: the root of the tree of the first ``size`` entries, for every size up to the present one.
        """
        entry, index, book = parse_entry(data, self.origin), self.size, self.book
        if entry.record_id in book.texts:
            signers, _ = self._signers(entry, book.roster)
            return Step(index, entry, signers, (), is_copy=True)
        definition_first(book, entry, index)
        if entry.type == DEFINITION:
            self._is_known(entry)
        keys = before_signatures(book, entry, index)
        roster, threshold = book.roster, 0
        if entry.type == DEFINITION:
            # Its keys count for itself already: there is nobody else yet who could sign.
            roster, threshold = Roster(), entry.value["threshold"]
            for key in keys:
                roster.put(key)
        elif book.definition is not None:
            threshold = book.definition.threshold
        signers, revoked = self._signers(entry, roster)
        who, are_there = SIGNERS[entry.type]
        if not are_there(Asked(entry.value, signers, roster, threshold)):
            with_revoked = (*signers, *self._true_of_revoked(entry, revoked)) if revoked else ()
            if with_revoked and are_there(Asked(entry.value, with_revoked, roster, threshold)):
                raise Refused("key-revoked", f"{entry.type} must be signed by {who}; here it is by a key that was revoked")
            raise Refused("signer-missing", f"{entry.type} must be signed by {who}")
        after_signatures(book, entry, index, root_of)
        return Step(index, entry, signers, keys, is_copy=False)

    def apply(self, step: Step) -> Entry:
        """Take the entry that ``check`` looked at. Raises UsageError if another one was taken since."""
        if step.index != self.size:
            raise UsageError(f"the step is for entry {step.index}, the ledger is at {self.size}", hint="check the entry again")
        if step.is_copy:
            self._sign_again(step)
        else:
            self._take(step)
        self.size += 1
        return step.entry

    def accept(self, data: bytes, root_of: RootOf) -> Entry:
        """Take the next entry. Raises Refused; then nothing has changed, and another one can take its place."""
        return self.apply(self.check(data, root_of))

    def read(self, data: bytes, root_of: RootOf) -> Entry | Refused:
        """Take the next entry of a log that exists: if it is refused it has no effect but keeps its place. Never raises Refused."""
        try:
            return self.accept(data, root_of)
        except Refused as refused:
            self.size += 1
            return refused

    def signers(self, record_id: str) -> tuple[Key, ...]:
        """The keys that signed an accepted text, all its entries together, each as it was when it signed."""
        text = self.book.texts.get(record_id)
        return text.signers if text else ()

    def at_the_end(self) -> Iterator[Remark]:
        """What section 8 says if this is the whole log, besides ``book.remarks``."""
        yield from records.incomplete(self.book)
        yield from records.typed(self.book)
        yield from audits.unsettled(self.book)

    def _is_known(self, entry: Entry) -> None:
        if not self.authority_known:
            return
        lines = {(one.name, one.key_id): one.raw for one in entry.note.signatures}
        message = entry.text.encode()
        for key in known_authority(entry.value, self.authority_known):
            if self._is_true(key.public, lines.get((key.name, key.key_id), b""), message):
                return
        raise Refused("definition-first", "no authority key that the verifier knows is in the definition and has signed it")

    def _is_true(self, public: bytes, raw: bytes, message: bytes) -> bool:
        if len(raw) != SIGNATURE:
            return False
        return (bool(self._true) and mark(public, raw, message) in self._true) or self._verify(public, raw, message)

    def _signers(self, entry: Entry, roster: Roster) -> tuple[tuple[Key, ...], list[tuple[Key, bytes]]]:
        """The keys that count and signed; of the revoked ones each with its signature. Raises Refused with ``signature-bad``."""
        counting, revoked = [], []
        message = entry.text.encode()
        for line in entry.note.signatures:
            key = roster.find(line.name, line.key_id)
            if key is None or len(line.raw) != SIGNATURE:
                continue
            if key.revoked is not None:
                revoked.append((key, line.raw))
            elif self._is_true(key.vkey.public, line.raw, message):
                counting.append(key)
            else:
                raise Refused("signature-bad", f"the signature of {line.name!r} is not one of this text")
        return tuple(counting), revoked

    def _true_of_revoked(self, entry: Entry, revoked: Iterable[tuple[Key, bytes]]) -> list[Key]:
        message = entry.text.encode()
        return [key for key, raw in revoked if self._is_true(key.vkey.public, raw, message)]

    def _sign_again(self, step: Step) -> None:
        text = self.book.texts[step.entry.record_id]
        known = {key.vkey.public for key in text.signers}
        new = tuple(key for key in step.signers if key.vkey.public not in known)
        if new:
            self.book.texts[step.entry.record_id] = replace(text, signers=(*text.signers, *new))
            self.book.countersigned.setdefault(step.entry.record_id, []).append((step.index, new))
            complete = audits.complete if step.entry.type == audits.COUNT else records.complete
            complete(self.book, step.entry, step.index)

    def _take(self, step: Step) -> None:
        entry, book = step.entry, self.book
        value = entry.value
        book.texts[entry.record_id] = Text(step.index, entry.type, value.get("contest", ""), value.get("station", ""), step.signers)
        for key in step.keys:
            book.roster.put(key)
        if entry.type in KEPT or (entry.type == "station-record/v1" and "order" in value):
            book.said[entry.record_id] = Said(step.index, entry.record_id, entry.type, value, step.signers)
        if effect := _EFFECTS.get(entry.type):
            effect(book, entry, step.index)


def _define(book: Book, entry: Entry, _: int) -> None:
    book.definition = Definition(entry.value)


def _contest(book: Book, entry: Entry, index: int) -> None:
    candidates = tuple(one["candidate"] for one in entry.value["candidates"])
    book.contests[entry.value["contest"]] = Contest(index, entry.value, candidates, frozenset(candidates))
    book.stations[entry.value["contest"]] = {}


def _stations(book: Book, entry: Entry, index: int) -> None:
    known = book.stations[entry.value["contest"]]
    for one in entry.value["stations"]:
        known[one["station"]] = Station(index, one.get("registered"))


def _freeze(book: Book, _: Entry, index: int) -> None:
    book.frozen = index


def _issue(book: Book, entry: Entry, _: int) -> None:
    issued = book.serials.setdefault(entry.value["contest"], {})
    issued.setdefault(entry.value["station"], set()).update(entry.value["serials"])


def _order(book: Book, entry: Entry, _: int) -> None:
    book.orders[entry.record_id] = frozenset(entry.value["stations"])


def _decide(book: Book, entry: Entry, _: int) -> None:
    if "order" in entry.value:
        stations = entry.value["order"].get("stations")
        book.orders[entry.record_id] = None if stations is None else frozenset(stations)


def _exclude(book: Book, entry: Entry, index: int) -> None:
    """An exclusion of a station that is out, and an inclusion of one that is in, change nothing."""
    place = (entry.value["contest"], entry.value["station"])
    changes = book.excluded.get(place, ())
    if is_out(changes) is (entry.type == "inclusion/v1"):
        book.excluded[place] = (*changes, index)


def _declare(book: Book, entry: Entry, index: int) -> None:
    declaration = Declaration(index, entry.record_id, entry.type, entry.value)
    book.declarations.append(declaration)
    if declaration.version is not None:
        records.speak(book, entry, index)
        records.explain(book, entry, index)


_EFFECTS: dict[str, Callable[[Book, Entry, int], None]] = {
    DEFINITION: _define,
    "contest/v1": _contest,
    "stations/v1": _stations,
    "roster-freeze/v1": _freeze,
    "form-issue/v1": _issue,
    "recount-order/v1": _order,
    "case-step/v1": _decide,
    "exclusion/v1": _exclude,
    "inclusion/v1": _exclude,
    "tabulation/v1": _declare,
    "declaration/v1": _declare,
    audits.PLAN: audits.plan,
    audits.COUNT: audits.complete,
    **dict.fromkeys((audits.SEED, audits.ROUND, audits.RESULT), audits.say),
    **dict.fromkeys(records.MAKERS, records.complete),
}


_NAMES_KEYS = frozenset({DEFINITION, "roster/v1", "key-replace/v1"})


def named_keys(entries: Iterable[bytes], origin: str) -> dict[tuple[str, bytes], bytes]:
    """Every key that entries name, by name and key id: those whose signatures are worth asking about beforehand.

    Nothing is judged here: a key may be named by an entry that will be refused. Of two with one name and id the first is kept.
    """
    found: dict[tuple[str, bytes], bytes] = {}
    for data in entries:
        try:
            note = read_note(data)
            if note.text.split("\n", 2)[1] not in _NAMES_KEYS:
                continue
            value = read_text(note, origin).value
        except Refused:
            continue
        offices = (value.get(field, {}).values() for field in ("courts", "observers", "parties"))
        rostered = (one["vkey"] for one in value.get("keys", ()))
        for text in (*value.get("authority", ()), *chain.from_iterable(offices), *rostered, *([value["new"]] if "new" in value else ())):
            key = parse_vkey(text)
            found.setdefault((key.name, key.key_id), key.public)
    return found


def true_marks(data: bytes, keys: Mapping[tuple[str, bytes], bytes], verify: Verify = is_signed) -> list[bytes]:
    """The marks of those signatures of one entry that are true, for ``Ledger(already_true=…)``: several processes can each ask for a part.

    Never raises for a bad entry: it has none then.
    """
    try:
        note = read_note(data)
    except Refused:
        return []
    message = note.text.encode()
    asked = ((keys.get((one.name, one.key_id)), one.raw) for one in note.signatures if len(one.raw) == SIGNATURE)
    return [mark(public, raw, message) for public, raw in asked if public is not None and verify(public, raw, message)]
