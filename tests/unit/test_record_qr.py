"""Records as the letters of a QR code, and codes against a log."""

from __future__ import annotations

import dataclasses
import zlib

import pytest

from tallyproof.record.entry import Entry, entry_text, parse_entry
from tallyproof.record.note import Note
from tallyproof.record.qr import (
    MAX_SIGNATURES,
    PREFIX,
    Dictionary,
    Found,
    QrError,
    base45_decode,
    base45_encode,
    dictionaries,
    dictionary,
    from_letters,
    look_up,
    to_letters,
)
from tests.support.entry_cases import index_of, whole
from tests.support.entry_logs import COURT, OFFICER, ORIGIN, P1_AGENT, P2_AGENT, Value, count, made, votes
from tests.support.entry_values import key

CONTESTS = whole().ledger.book.contests
KNOWN = dictionaries(ORIGIN, CONTESTS.values())
NA1 = dictionary(ORIGIN, CONTESTS["NA-1"])


def entry(data: bytes) -> Entry:
    return parse_entry(data, ORIGIN)


FIRST = entry(whole().entries[index_of("1")])


def code_of(letters: str, **asked: str) -> str:
    with pytest.raises(QrError) as caught:
        look_up(from_letters(letters, ORIGIN, KNOWN), whole().ledger.book, **asked)
    assert caught.value.hint
    return caught.value.code


def letters_of(value: Value, *names: str) -> str:
    return to_letters(entry(made("station-record/v1", value, *names)), NA1)


def packed(text: bytes, by: bytes = NA1.text) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, by)
    return packer.compress(text) + packer.flush()


def letters(deflated: bytes, tail: bytes = b"", key_: bytes = NA1.key, length: int | None = None) -> str:
    return PREFIX + base45_encode(key_ + (len(deflated) if length is None else length).to_bytes(2, "big") + deflated + tail)


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0"), (b"", ""), (b"\xff\xff", "FGW")],
)
def test_base45_as_in_the_rfc(data: bytes, text: str) -> None:
    assert base45_encode(data) == text
    assert base45_decode(text) == data


@pytest.mark.parametrize("text", ["GGW", "::", "A", "AAAA", "aa", "A\n", ":::", "GGWA1", "ÄÄ", "V5"])
def test_base45_that_is_none(text: str) -> None:
    with pytest.raises(QrError, match="not base45"):
        base45_decode(text)


def test_the_dictionary_is_the_blank_record() -> None:
    blank = '{"act":"count","boxes":{},"closed":"","contest":"NA-1","source":"officer","station":"","votes":{"ali":0,"bano":0,"chand":0}}'
    assert NA1.text.decode() == f"{ORIGIN}\nstation-record/v1\n{blank}\n"
    with_boxes = dataclasses.replace(CONTESTS["NA-1"], value={**CONTESTS["NA-1"].value, "boxes": ["valid", "in_box"]})
    assert '"boxes":{"in_box":0,"valid":0}' in dictionary(ORIGIN, with_boxes).text.decode()
    assert {one.contest for one in KNOWN.values()} == {"NA-1", "PS-1"}


def test_a_code_says_what_was_signed() -> None:
    letters = to_letters(FIRST, NA1)
    assert set(letters) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
    scanned = from_letters(letters, ORIGIN, KNOWN)
    assert (scanned.entry.text, scanned.contest, scanned.station) == (FIRST.text, "NA-1", "1")
    assert scanned.signatures == tuple((one.key_id, one.raw) for one in FIRST.note.signatures)


def test_a_code_is_held_against_the_log() -> None:
    found = look_up(from_letters(to_letters(FIRST, NA1), ORIGIN, KNOWN), whole().ledger.book, contest="NA-1", station="1")
    assert isinstance(found, Found)
    assert [one.vkey.name for one in found.keys] == [OFFICER["1"], P2_AGENT]
    assert [one.counts for one in found.keys] == [True, False]
    assert found.index == index_of("1")


def test_a_later_copy_of_the_text_has_the_index_of_its_record() -> None:
    again = entry(whole().entries[index_of("1 again")])
    found = look_up(from_letters(to_letters(again, NA1), ORIGIN, KNOWN), whole().ledger.book)
    assert ([one.vkey.name for one in found.keys], found.index) == ([P1_AGENT], index_of("1"))


def test_codes_of_what_can_be_wrong_with_a_signed_record() -> None:
    value = count("1", votes(1, 2, 3))
    assert code_of(to_letters(FIRST, NA1), station="2") == "qr-station"
    assert code_of(to_letters(FIRST, NA1), contest="PS-1") == "qr-station"
    assert code_of(letters_of(value, OFFICER["2"])) == "qr-signature"
    assert code_of(letters_of(value, COURT)) == "qr-signature"
    assert code_of(letters_of(value, OFFICER["1"])) == "qr-not-logged"
    assert code_of(letters_of(count("6", votes(1, 2, 3)), OFFICER["1"])) == "qr-signature"


def test_another_record_of_the_station_is_named() -> None:
    with pytest.raises(QrError, match=f"entry {index_of('1')} says something else"):
        look_up(from_letters(letters_of(count("1", votes(1, 2, 3)), OFFICER["1"]), ORIGIN, KNOWN), whole().ledger.book)


def test_a_false_signature_beside_a_true_one() -> None:
    wrong = key(OFFICER["1"]).sign("another text\n")
    right = key(P1_AGENT).sign(FIRST.text)
    text = packed(FIRST.text.encode())
    assert code_of(letters(text, right.key_id + right.raw + wrong.key_id + wrong.raw)) == "qr-signature"
    assert code_of(letters(text)) == "qr-signature"
    stranger = key("somebody").sign("x")
    scanned = from_letters(letters(text, right.key_id + right.raw + stranger.key_id + stranger.raw), ORIGIN, KNOWN)
    assert len(look_up(scanned, whole().ledger.book).keys) == 1


TEXT = FIRST.text.encode()
PACKED = packed(TEXT)
OTHER_TYPE = whole().entries[index_of("2 excluded")].decode().rpartition("\n\n")[0].encode() + b"\n"


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "TP1:",
        "TP2:" + to_letters(FIRST, NA1)[4:],
        "tp1:" + to_letters(FIRST, NA1)[4:],
        to_letters(FIRST, NA1)[:-1],
        to_letters(FIRST, NA1)[:-3],
        to_letters(FIRST, NA1) + "000",
        letters(PACKED, bytes(67)),
        letters(PACKED, bytes(68 * (MAX_SIGNATURES + 1))),
        letters(PACKED, length=len(PACKED) + 1),
        letters(PACKED + b"\0"),
        letters(PACKED[:-1]),
        letters(b""),
        letters(b"\xff" * 20),
        letters(packed(b"x" * 65_536)),
        letters(packed(b"x" * 65_535)),
        letters(packed(b"\xff\n\n\n")),
        letters(packed(TEXT[:-1])),
        letters(packed(TEXT + b"\n")),
        letters(packed(b"a\nb\n{}\n")),
        letters(packed(TEXT.replace(b"2027", b"2028", 1))),
        letters(packed(TEXT.replace(b'"ali"', b' "ali"'))),
        letters(packed(TEXT.replace(b'"ali":10', b'"ali":-1'))),
        letters(packed(OTHER_TYPE)),
    ],
    ids=range(24),
)
def test_a_code_that_is_none(bad: str) -> None:
    with pytest.raises(QrError) as caught:
        from_letters(bad, ORIGIN, KNOWN)
    assert caught.value.code == "qr-malformed"


def test_a_bomb_is_not_let_off() -> None:
    bomb = packed(bytes(40_000_000))
    assert len(bomb) < 65_536
    with pytest.raises(QrError, match="longer than 65,535 bytes"):
        from_letters(letters(bomb), ORIGIN, KNOWN)


def test_a_dictionary_that_the_log_does_not_have() -> None:
    assert code_of(letters(PACKED, key_=bytes(4))) == "qr-dictionary"
    other = dictionary("other.example", CONTESTS["NA-1"])
    assert code_of(to_letters(FIRST, other)) == "qr-dictionary"


def test_the_wrong_dictionary_gives_no_other_record() -> None:
    ps1 = dictionary(ORIGIN, CONTESTS["PS-1"])
    with pytest.raises(QrError):
        from_letters(letters(PACKED, key_=ps1.key), ORIGIN, KNOWN)


def test_what_does_not_fit_is_not_written() -> None:
    many = made("station-record/v1", count("1", {}), *(f"k{number}" for number in range(MAX_SIGNATURES + 1)))
    for bad in (entry(many), entry(whole().entries[index_of("2 excluded")])):
        with pytest.raises(QrError, match="at most 16 signatures"):
            to_letters(bad, NA1)


def test_a_code_is_small() -> None:
    """Of 38 candidates, with boxes, a QR of version 12 at level M (at most 419 letters) holds text and one signature."""
    candidates = tuple(f"c{number:02}" for number in range(38))
    boxes = ["in_box", "registered", "rejected", "valid"]
    contest = dataclasses.replace(CONTESTS["NA-1"], candidates=candidates, value={**CONTESTS["NA-1"].value, "boxes": boxes})
    figures = {one: (number * 37) % 90 if number > 3 else 300 + 41 * number for number, one in enumerate(candidates)}
    value = count("7", figures, boxes={"in_box": 2771, "registered": 4100, "rejected": 17, "valid": 2754}, closed="2027-02-08T17:40:00Z")
    text = entry_text(ORIGIN, "station-record/v1", value)
    assert (
        len(
            to_letters(Entry(Note(text, (key("x").sign(text),)), ORIGIN, "station-record/v1", value, text, ""), dictionary(ORIGIN, contest))
        )
        <= 419
    )


def test_dictionaries_of_a_log_are_told_apart() -> None:
    assert all(isinstance(one, Dictionary) and one.key == key_ for key_, one in KNOWN.items())
    assert len(KNOWN) == 2
