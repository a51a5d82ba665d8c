"""A station's record in the letters of a QR code: text in, text out (``specs/log-v1.md`` section 5). Pictures are not made or read here.

TP1: base45( dictionary id ‖ length ‖ raw DEFLATE(text) ‖ key id ‖ signature ‖ … )
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tallyproof.errors import RuleError
from tallyproof.record.book import Book, Contest
from tallyproof.record.canon import dumps
from tallyproof.record.entry import Entry, Refused, read_text
from tallyproof.record.note import Note, Signature
from tallyproof.record.roster import Key
from tallyproof.record.signing import Verify, is_signed

PREFIX: Final = "TP1:"
MAX_TEXT: Final = 65_535
"""Bytes of the text after inflating; also of the deflated text, whose length is written in two bytes."""
MAX_SIGNATURES: Final = 16
_TYPE = "station-record/v1"
_SIGNATURE = 64
_LINE = 4 + _SIGNATURE
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}

CODES: Final = {
    "qr-malformed": "scan the code again, or the second copy of it",
    "qr-dictionary": "the code is of another election, or of a contest that this log does not have",
    "qr-station": "scan the form of the station that was asked for",
    "qr-signature": "keep the form: nobody of this station has signed what its code says",
    "qr-not-logged": "keep the form, and ask that its record be logged",
}
"""What can be wrong with a code, each with what to do."""


class QrError(RuleError):
    """``code`` is one of ``CODES``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, hint=CODES[code])
        self.code = code


def base45_encode(data: bytes) -> str:
    """RFC 9285: two bytes in three letters, one byte in two."""
    letters = []
    for at in range(0, len(data), 2):
        pair = data[at : at + 2]
        value = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            value, digit = divmod(value, 45)
            letters.append(_ALPHABET[digit])
    return "".join(letters)


def base45_decode(text: str) -> bytes:
    """The bytes of RFC 9285. Raises QrError: there is one spelling of each."""
    data = bytearray()
    for at in range(0, len(text), 3):
        group = text[at : at + 3]
        if len(group) == 1 or not all(letter in _VALUES for letter in group):
            raise QrError("qr-malformed", f"not base45: {group!r}")
        value = sum(_VALUES[letter] * 45**place for place, letter in enumerate(group))
        if value >> (8 * (len(group) - 1)):
            raise QrError("qr-malformed", f"not base45: {group!r} is too large")
        data += value.to_bytes(len(group) - 1, "big")
    return bytes(data)


@dataclass(frozen=True, slots=True)
class Dictionary:
    """The text of a contest's blank record, by which its records are deflated. ``key``: the first 4 bytes of its SHA-256."""

    contest: str
    text: bytes
    key: bytes


def dictionary(origin: str, contest: Contest) -> Dictionary:
    """The dictionary of a contest in the log called ``origin``."""
    blank = {
        "act": "count",
        "boxes": dict.fromkeys(contest.value.get("boxes", ()), 0),
        "closed": "",
        "contest": contest.key,
        "source": "officer",
        "station": "",
        "votes": dict.fromkeys(contest.candidates, 0),
    }
    text = f"{origin}\n{_TYPE}\n{dumps(blank)}\n".encode()
    return Dictionary(contest.key, text, hashlib.sha256(text).digest()[:4])


def dictionaries(origin: str, contests: Iterable[Contest]) -> dict[bytes, Dictionary]:
    """The dictionaries of contests by their keys."""
    made = [dictionary(origin, contest) for contest in contests]
    return {one.key: one for one in reversed(made)}


def to_letters(entry: Entry, by: Dictionary) -> str:
    """The letters of a code: text and signatures of a station record. Raises QrError if it does not fit the format."""
    lines = [one for one in entry.note.signatures if len(one.raw) == _SIGNATURE]
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, 9, zlib.Z_DEFAULT_STRATEGY, by.text)
    text = entry.text.encode()
    packed = packer.compress(text) + packer.flush()
    if entry.type != _TYPE or len(lines) > MAX_SIGNATURES or max(len(text), len(packed)) > MAX_TEXT:
        raise QrError("qr-malformed", f"a code holds a {_TYPE} of at most {MAX_TEXT:,} bytes with at most {MAX_SIGNATURES} signatures")
    signatures = b"".join(one.key_id + one.raw for one in lines)
    return PREFIX + base45_encode(by.key + len(packed).to_bytes(2, "big") + packed + signatures)


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a code says. ``signatures``: key ids (4 bytes) and signatures (64 bytes); nothing has been verified."""

    entry: Entry
    signatures: tuple[tuple[bytes, bytes], ...]

    @property
    def contest(self) -> str:
        return str(self.entry.value["contest"])

    @property
    def station(self) -> str:
        return str(self.entry.value["station"])


def from_letters(letters: str, origin: str, known: Mapping[bytes, Dictionary]) -> Scanned:
    """What the letters of a code say in the log called ``origin``. ``known``: ``dictionaries``. Raises QrError."""
    if not letters.startswith(PREFIX):
        raise QrError("qr-malformed", f"the code does not begin with {PREFIX}")
    data = base45_decode(letters.removeprefix(PREFIX))
    head, rest = data[:6], data[6:]
    length = int.from_bytes(head[4:], "big")
    packed, tail = rest[:length], rest[length:]
    if len(head) < 6 or len(packed) < length or len(tail) % _LINE or len(tail) > _LINE * MAX_SIGNATURES:
        raise QrError("qr-malformed", "lengths in the code do not fit each other")
    by = known.get(head[:4])
    if by is None:
        raise QrError("qr-dictionary", f"no contest of this log has the dictionary {head[:4].hex()}")
    lines = [tail[at : at + _LINE] for at in range(0, len(tail), _LINE)]
    return Scanned(_read(_inflate(packed, by.text), origin), tuple((line[:4], line[4:]) for line in lines))


def _inflate(packed: bytes, by: bytes) -> bytes:
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS, zdict=by)
    try:
        # One byte more than allowed is asked for, and no further: a bomb is not let off.
        text = unpacker.decompress(packed, MAX_TEXT + 1)
    except zlib.error as error:
        raise QrError("qr-malformed", "the text in the code cannot be inflated") from error
    if len(text) > MAX_TEXT:
        raise QrError("qr-malformed", f"the text in the code is longer than {MAX_TEXT:,} bytes")
    if not unpacker.eof or unpacker.unused_data:
        raise QrError("qr-malformed", "the deflated text has another length than the code says")
    return text


def _read(data: bytes, origin: str) -> Entry:
    try:
        text = data.decode("utf-8")
        if text.count("\n") != 3 or not text.endswith("\n"):
            raise QrError("qr-malformed", "the text in the code has not three lines")
        entry = read_text(Note(text, ()), origin)
    except UnicodeDecodeError as error:
        raise QrError("qr-malformed", "the text in the code is not UTF-8") from error
    except Refused as refused:
        raise QrError("qr-malformed", refused.message) from refused
    if entry.type != _TYPE:
        raise QrError("qr-malformed", f"the text in the code is a {entry.type}")
    return entry


@dataclass(frozen=True, slots=True)
class Found:
    """A code that was held against a log: it is signed by ``keys`` of its station, and entry ``index`` has its record."""

    entry: Entry
    keys: tuple[Key, ...]
    index: int


def station_keys(book: Book, contest: str, station: str) -> list[Key]:
    """Keys that were ever named for a station, revoked or not: a printed code has no place in the log. All keys are looked at."""
    return [key for key in book.roster.states() if key.is_at(contest, station)]


def signers(scanned: Scanned, keys: Sequence[Key], verify: Verify = is_signed) -> tuple[tuple[Key, Signature], ...]:
    """The keys among ``keys`` (those of the station) that signed, each with its line. Raises QrError: ``qr-signature``.

    A signature of a key id that none of them has is ignored, as in a note.
    """
    message = scanned.entry.text.encode()
    found = []
    for key_id, raw in scanned.signatures:
        asked = [key for key in keys if key.key_id == key_id]
        true = next((key for key in asked if verify(key.vkey.public, raw, message)), None)
        if asked and true is None:
            raise QrError("qr-signature", f"the signature of {asked[0].vkey.name!r} is not one of this text")
        if true is not None:
            found.append((true, Signature(true.vkey.name, key_id, raw)))
    if not found:
        raise QrError("qr-signature", "no key of the station has signed the code")
    return tuple(found)


def look_up(scanned: Scanned, book: Book, *, contest: str | None = None, station: str | None = None, verify: Verify = is_signed) -> Found:
    """Hold a code against a log. Raises QrError. ``contest``, ``station``: those that were asked for, if any."""
    if station not in (None, scanned.station) or contest not in (None, scanned.contest):
        raise QrError("qr-station", f"the code is of {scanned.contest}, station {scanned.station}")
    keys = signers(scanned, station_keys(book, scanned.contest, scanned.station), verify)
    record = book.records.get(scanned.entry.record_id)
    if record is None:
        value = scanned.entry.value
        others = [
            str(one.made)
            for one in book.records.values()
            if (one.contest, one.station, one.source) == (scanned.contest, scanned.station, value["source"])
        ]
        has = f"; entry {', '.join(others)} says something else for this station and source" if others else ""
        raise QrError("qr-not-logged", f"the log has no record {scanned.entry.record_id}{has}")
    return Found(scanned.entry, tuple(key for key, _ in keys), record.made)
