"""One entry of a log: a signed note of three lines, read strictly (``specs/entry-v1.md`` sections 1, 2, 4).

Who signed it, and whether it may do what it says, is asked by ``record.ledger``: it depends on the entries before.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from tallyproof.errors import RuleError
from tallyproof.record.canon import CanonError, Json, dumps, loads
from tallyproof.record.note import Note, NoteError, parse
from tallyproof.record.types import TYPES, fault

MAX_ENTRY = 65_535
"""Bytes of an entry: its length is written in two bytes (C2SP tlog-tiles)."""

CODES: Final = {
    "entry-too-long": "send a shorter entry; split lists over several",
    "note-malformed": "write it with record.entry.entry_text and record.note.Note",
    "origin-differs": "it belongs to the log of another election",
    "type-unknown": "write a type of specs/entry-v1.md section 4",
    "json-malformed": "write the line with record.canon.dumps",
    "json-not-canonical": "write the line with record.canon.dumps",
    "field-wrong": "see the fields in specs/entry-v1.md section 4",
    "definition-first": "a log begins with one definition, signed by an authority that the verifier knows",
    "definition-late": "contests and stations are defined before the roster is frozen",
    "definition-twice": "leave it out, or begin a log under another origin",
    "place-unknown": "define it first, or correct the key",
    "key-twice": "make a new key",
    "role-wrong": "let the one who may give out this role sign a roster of their own",
    "signature-bad": "sign exactly this text again",
    "key-revoked": "sign with a key that counts",
    "signer-missing": "collect the signatures that specs/entry-v1.md section 4 asks for",
    "reference-unknown": "name the record id of an earlier entry that was accepted",
    "reference-elsewhere": "name one of the same contest and station",
    "act-wrong": "see act-wrong in specs/entry-v1.md section 5",
    "prefix-differs": "name a size that the log has reached, and its root",
}
"""Why an entry is refused, in the order in which it is asked, each with what to do: ``specs/entry-v1.md`` section 5."""


class Refused(RuleError):
    """The entry breaks a rule; ``code`` is one of ``CODES``. In a log it has no effect."""

    def __init__(self, code: str, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint or CODES[code])
        self.code = code


@dataclass(frozen=True, slots=True)
class Entry:
    """What an entry says. ``type`` and ``value`` are those of section 4, ``text`` its three lines, ``record_id`` the SHA-256 of them."""

    note: Note
    origin: str
    type: str
    value: Json
    text: str
    record_id: str


def record_id(text: str) -> str:
    """64 hexadecimal digits: the SHA-256 of the three lines."""
    return hashlib.sha256(text.encode()).hexdigest()


def entry_text(origin: str, type_: str, value: Json) -> str:
    """The three lines that are to be signed. Raises Refused if no entry can say this, wherever it stands."""
    try:
        line = dumps(value)
    except CanonError as error:
        raise Refused(error.code, error.message) from error
    text = f"{origin}\n{type_}\n{line}\n"
    _look(origin, type_, value)
    return text


def read_note(data: bytes) -> Note:
    """The signed note in the bytes of an entry: three lines of text. Raises Refused."""
    if len(data) > MAX_ENTRY:
        raise Refused("entry-too-long", f"the entry has {len(data):,} bytes; {MAX_ENTRY:,} are allowed")
    try:
        note = parse(data)
    except NoteError as error:
        raise Refused("note-malformed", error.message, hint=error.hint) from error
    if note.text.count("\n") != 3:
        raise Refused("note-malformed", f"the text of an entry has three lines, not {note.text.count(chr(10))}")
    return note


def read_text(note: Note, origin: str, known_id: str | None = None) -> Entry:
    """What a note of three lines says in the log called ``origin``. Raises Refused. ``known_id``: its record id, if it was computed."""
    first, type_, line, _ = note.text.split("\n")
    if first != origin:
        raise Refused("origin-differs", f"the entry is for the log {first[:80]!r}, not {origin!r}")
    if type_ not in TYPES:
        raise Refused("type-unknown", f"no entry is of the type {type_[:40]!r}")
    try:
        value = loads(line)
    except CanonError as error:
        raise Refused(error.code, error.message) from error
    _look(origin, type_, value)
    return Entry(note, origin, type_, value, note.text, known_id or record_id(note.text))


def parse_entry(data: bytes, origin: str) -> Entry:
    """The entry in ``data``. Raises Refused with one of the codes up to ``field-wrong``. No signature has been verified."""
    return read_text(read_note(data), origin)


def _look(origin: str, type_: str, value: Json) -> None:
    if "\n" in origin or not origin:
        raise Refused("origin-differs", "the origin of a log is one line")
    if type_ not in TYPES:
        raise Refused("type-unknown", f"no entry is of the type {type_[:40]!r}")
    if wrong := fault(type_, value):
        raise Refused("field-wrong", f"{type_}: {wrong}")
