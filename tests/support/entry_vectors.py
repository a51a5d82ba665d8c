"""Makes ``specs/vectors/entry/``: what every reader of entries must accept and refuse. ``README.md`` there says the format.

    PYTHONPATH=src python -m tests.support.entry_vectors

Keys and signatures come from fixed seeds: the files are the same each time, and a test compares them.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tallyproof.record.ed25519 import L, P
from tallyproof.record.entry import record_id
from tallyproof.record.signing import SigningKey
from tests.support import entry_cases, entry_logs, entry_said, entry_values

FOLDER = Path(__file__).parents[2] / "specs" / "vectors" / "entry"
Case = dict[str, Any]


def json_cases() -> list[Case]:
    """Third lines: ``code`` null is good."""
    good = {
        "smallest": "{}",
        "whole numbers to the end": '{"a":0,"b":9007199254740991}',
        "keys in order of bytes": '{"A":1,"B":2,"a":3,"a0":4,"aa":5}',
        "an empty name": '{"":1}',
        "six levels": '{"a":{"a":{"a":{"a":{"a":{}}}}}}',
        "six levels of lists": '{"a":[[[[[]]]]]}',
        "escapes": '{"a":"\\"\\\\/"}',
        "Urdu, as it is": '{"a":"لاہور"}',
        "NFC": '{"a":"\u00e9"}',
        "beyond the first plane": '{"a":"\U0001f5f3"}',
        "a text with spaces": '{"a":" x "}',
        "zero-width joiner is allowed": '{"a":"\u200d"}',
    }
    malformed = {
        "nothing": "",
        "not JSON": "{",
        "a list at the top": "[]",
        "a number at the top": "1",
        "two values": "{}{}",
        "a trailing comma": '{"a":1,}',
        "true": '{"a":true}',
        "null": '{"a":null}',
        "a fraction": '{"a":1.0}',
        "an exponent": '{"a":1e2}',
        "a negative number": '{"a":-1}',
        "minus zero": '{"a":-0}',
        "a leading zero": '{"a":01}',
        "a plus sign": '{"a":+1}',
        "2^53": '{"a":9007199254740992}',
        "a very long number": '{"a":' + "9" * 400 + "}",
        "NaN": '{"a":NaN}',
        "Infinity": '{"a":Infinity}',
        "a name twice": '{"a":1,"a":1}',
        "a name twice, once escaped": '{"a":1,"\\u0061":2}',
        "a name that is not ASCII": '{"é":1}',
        "a name with a control character": '{"a\\u0001":1}',
        "seven levels": '{"a":{"a":{"a":{"a":{"a":{"a":{}}}}}}}',
        "a thousand levels": '{"a":' + "[" * 1000 + "]" * 1000 + "}",
        "not NFC": '{"a":"e\u0301"}',
        "an escaped control character": '{"a":"\\u0000"}',
        "DEL": '{"a":"\x7f"}',
        "a C1 control character": '{"a":"\u0085"}',
        "line separator": '{"a":"\u2028"}',
        "Arabic letter mark": '{"a":"\u061c"}',
        "left-to-right mark": '{"a":"\u200e"}',
        "right-to-left override": '{"a":"\u202e"}',
        "isolate": '{"a":"\u2066"}',
        "byte order mark in a text": '{"a":"\ufeff"}',
        "byte order mark in front": '\ufeff{"a":1}',
        "a lone surrogate, escaped": '{"a":"\\ud800"}',
        "single quotes": "{'a':1}",
        "an unknown escape": '{"a":"\\x41"}',
    }
    other_spelling = {
        "a space": '{"a": 1}',
        "a space at the end": '{"a":1} ',
        "keys in another order": '{"b":1,"a":2}',
        "an escape that is not needed": '{"a":"\\u0041"}',
        "an escaped slash": '{"a":"\\/"}',
        "non-ASCII escaped": '{"a":"\\u00e9"}',
        "a pair of surrogates, escaped": '{"a":"\\ud83d\\uddf3"}',
        "an escaped name": '{"\\u0061":1}',
    }
    return [
        {"name": name, "line": line, "code": code}
        for code, lines in ((None, good), ("json-malformed", malformed), ("json-not-canonical", other_spelling))
        for name, line in lines.items()
    ]


KEY = SigningKey.from_seed("officer.example/NA-1/7", b"7" * 32)
ORIGIN = "results.example/2027"
TEXT = f"{ORIGIN}\nimage/v1\n" + json.dumps(entry_values.GOOD["image/v1"], sort_keys=True, separators=(",", ":")) + "\n"
LINE = KEY.sign(TEXT).line()


def _encoded(name: str, data: bytes, **more: Any) -> Case:
    try:
        return {"name": name, "entry": data.decode(), **more}
    except UnicodeDecodeError:
        return {"name": name, "entry_base64": base64.b64encode(data).decode(), **more}


def note_cases() -> list[Case]:
    """Bytes of entries of the log ORIGIN, up to the code that section 1 gives; of good ones, the lines that count by name and key id."""
    b64 = LINE.rpartition(" ")[2].rstrip("\n")
    other = SigningKey.from_seed("agent.example/7", b"8" * 32).sign(TEXT).line()
    long = entry_values.GOOD["complaint/v1"] | {"documents": [hashlib.sha256(bytes([i // 256, i % 256])).hexdigest() for i in range(963)]}
    pad = f"{ORIGIN}\ncomplaint/v1\n" + json.dumps(long, sort_keys=True, separators=(",", ":")) + "\n"

    def filled(size: int) -> bytes:
        # a key nobody knows, with a name as long as is missing, makes an entry of exactly this size
        missing = size - len((pad + "\n" + LINE).encode())
        lines = LINE
        while missing > 0:
            take = missing if missing <= 200 else 150
            lines += "— " + f"{len(lines):06}".ljust(take - 14, "x") + " " + "A" * 8 + "\n"
            missing -= take
        return (pad + "\n" + lines).encode()

    good: dict[str, tuple[bytes, int]] = {
        "one signature": ((TEXT + "\n" + LINE).encode(), 1),
        "two signatures": ((TEXT + "\n" + LINE + other).encode(), 2),
        "a second line of one key": ((TEXT + "\n" + LINE + f"— {KEY.name} {b64[:-6]}AAAA==\n").encode(), 1),
        "64 signatures": ((TEXT + "\n" + "".join(f"— k{i} AAAAAAAA\n" for i in range(64))).encode(), 64),
        "a name of 200 characters": ((TEXT + "\n" + f"— {'é' * 200} {b64}\n").encode(), 1),
        "65,535 bytes": (filled(65_535), -1),
    }
    bad: dict[str, bytes] = {
        "no bytes": b"",
        "no signature": TEXT.encode(),
        "no signature after the empty line": (TEXT + "\n").encode(),
        "no empty line": (TEXT + LINE).encode(),
        "two empty lines": (TEXT + "\n\n" + LINE).encode(),
        "no line feed at the end": (TEXT + "\n" + LINE).encode()[:-1],
        "an empty line at the end": (TEXT + "\n" + LINE + "\n").encode(),
        "65 signatures": (TEXT + "\n" + "".join(f"— k{i} AAAAAAAA\n" for i in range(65))).encode(),
        "a hyphen for the dash": (TEXT + "\n" + LINE.replace("—", "-")).encode(),
        "two spaces": (TEXT + "\n" + LINE.replace("— ", "—  ")).encode(),
        "a space at the end of a line": (TEXT + "\n" + LINE.replace("\n", " \n")).encode(),
        "carriage returns": (TEXT + "\n" + LINE).replace("\n", "\r\n").encode(),
        "a carriage return in a signature line": (TEXT + "\n" + LINE.replace("\n", "\r\n")).encode(),
        "a tab": (TEXT + "\n" + LINE.replace("— ", "—\t")).encode(),
        "a NUL": (TEXT + "\n" + LINE + "\0").encode(),
        "not UTF-8": (TEXT + "\n" + LINE).encode().replace(b"officer", b"\xff\xfeficer"),
        "overlong UTF-8": (TEXT + "\n" + LINE).encode().replace(b"officer", b"\xc1\xafficer"),
        "a surrogate in UTF-8": (TEXT + "\n" + LINE).encode().replace(b"officer", b"\xed\xa0\x80ficer"),
        "base64 without padding": (TEXT + "\n" + LINE.replace("=", "")).encode(),
        "base64 for URLs": (TEXT + "\n" + f"— {KEY.name} {base64.urlsafe_b64encode(bytes([255] * 68)).decode()}\n").encode(),
        "base64 with spare bits": (TEXT + "\n" + f"— {KEY.name} AAAAAAB=\n").encode(),
        "a signature of 4 bytes": (TEXT + "\n" + f"— {KEY.name} AAAAAA==\n").encode(),
        "a name with a plus sign": (TEXT + "\n" + LINE.replace("officer", "of+icer")).encode(),
        "a name with a no-break space": (TEXT + "\n" + LINE.replace("officer", "of\u00a0icer")).encode(),
        "a name with U+0085": (TEXT + "\n" + LINE.replace("officer", "of\u0085icer")).encode(),
        "a name of 201 characters": (TEXT + "\n" + f"— {'é' * 201} {b64}\n").encode(),
        "no name": (TEXT + "\n" + f"—  {b64}\n").encode(),
        "two lines of text": (TEXT.partition("\n")[2] + "\n" + LINE).encode(),
        "four lines of text": (TEXT + "more\n\n" + LINE).encode(),
    }
    other_codes: dict[str, tuple[bytes, str]] = {
        "65,536 bytes": (filled(65_536), "entry-too-long"),
        "another origin": ((TEXT.replace("2027", "2028", 1) + "\n" + LINE).encode(), "origin-differs"),
        "an origin with a space": ((" " + TEXT + "\n" + LINE).encode(), "origin-differs"),
        "a checkpoint": (f"{ORIGIN}\n12\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n{LINE}".encode(), "type-unknown"),
        "another version of a type": ((TEXT.replace("image/v1", "image/v2") + "\n" + LINE).encode(), "type-unknown"),
        "no type": (f"{ORIGIN}\n\n{{}}\n\n{LINE}".encode(), "type-unknown"),
        "no JSON": (f"{ORIGIN}\nimage/v1\n\n\n{LINE}".encode(), "json-malformed"),
    }
    cases = [
        _encoded(name, data, code=None, signatures=n) if n >= 0 else _encoded(name, data, code=None) for name, (data, n) in good.items()
    ]
    cases += [_encoded(name, data, code="note-malformed") for name, data in bad.items()]
    return cases + [_encoded(name, data, code=code) for name, (data, code) in other_codes.items()]


def vkey_cases() -> list[Case]:
    text = str(KEY.vkey)
    name, identity, encoded = text.split("+", 2)

    def made(public: bytes, algorithm: int = 1, called: str = name) -> str:
        data = bytes([algorithm]) + public
        return f"{called}+{hashlib.sha256(called.encode() + bytes([10]) + data).hexdigest()[:8]}+{base64.b64encode(data).decode()}"

    good = {"a key": text, "a name in Urdu": made(KEY.vkey.public, called="لاہور"), "not a point of the curve": made(_off_curve())}
    bad = {
        "nothing": "",
        "a name alone": name,
        "no name": f"+{identity}+{encoded}",
        "another key id": f"{name}+{'0' * 8}+{encoded}",
        "a key id in capitals": f"{name}+{identity.upper()}+{encoded}",
        "the name of another": f"x{text}",
        "a space at the end": text + " ",
        "a space in the name": made(KEY.vkey.public, called="a b"),
        "31 bytes": made(KEY.vkey.public[:31]),
        "33 bytes": made(KEY.vkey.public + b"\0"),
        "an ECDSA key": made(KEY.vkey.public, 2),
        "a cosigner's key": made(KEY.vkey.public, 4),
        "one letter less": text[:-1],
        **{f"small order: y = {what}": made(point) for what, point in SMALL_ORDER.items()},
        "y = p + 2, not canonical": made((P + 2).to_bytes(32, "little")),
        "y = 2^255 - 1": made((2**255 - 1).to_bytes(32, "little")),
    }
    return [{"name": key, "vkey": value, "good": ok} for ok, keys in ((True, good), (False, bad)) for key, value in keys.items()]


# --- Ed25519: a little arithmetic, to make signatures that libraries disagree about ---------------------------------------

Point = tuple[int, int]
_D = -121665 * pow(121666, P - 2, P) % P
_Y8 = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")


def _add(a: Point, b: Point) -> Point:
    t = _D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + a[1] * b[0]) * pow(1 + t, P - 2, P) % P
    return x, (a[1] * b[1] + a[0] * b[0]) * pow(1 - t, P - 2, P) % P


def _times(n: int, a: Point) -> Point:
    found: Point = (0, 1)
    while n:
        if n & 1:
            found = _add(found, a)
        a, n = _add(a, a), n >> 1
    return found


def _x(y: int) -> int | None:
    """The even x of a point with this y."""
    square = (y * y - 1) * pow(_D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P:
        return None
    return P - x if x & 1 else x


def _encode(point: Point) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


_BASE: Point = (_x(4 * pow(5, P - 2, P) % P) or 0, 4 * pow(5, P - 2, P) % P)
_T8: Point = (_x(_Y8) or 0, _Y8)
SMALL_ORDER = {
    "0": (0).to_bytes(32, "little"),
    "0, sign bit": (1 << 255).to_bytes(32, "little"),
    "1": (1).to_bytes(32, "little"),
    "1, sign bit": (1 | 1 << 255).to_bytes(32, "little"),
    "p - 1": (P - 1).to_bytes(32, "little"),
    "y8": _Y8.to_bytes(32, "little"),
    "y8, sign bit": (_Y8 | 1 << 255).to_bytes(32, "little"),
    "p - y8": (P - _Y8).to_bytes(32, "little"),
    "p": P.to_bytes(32, "little"),
    "p + 1": (P + 1).to_bytes(32, "little"),
}


def _off_curve() -> bytes:
    y = next(y for y in range(2, 100) if _x(y) is None)
    return y.to_bytes(32, "little")


def _hash(r: bytes, a: bytes, message: bytes) -> int:
    return int.from_bytes(hashlib.sha512(r + a + message).digest(), "little") % L


def ed25519_cases() -> list[Case]:
    """``valid`` is what section 3 says; ``equation`` whether [S]B = R + [k]A holds, so that a lax library would say yes."""
    secret, nonce = 2**251 + 987_654_321, 2**250 + 123_456_789
    a, r = _times(secret, _BASE), _times(nonce, _BASE)
    cases: list[Case] = []

    def add(name: str, public: bytes, signature: bytes, message: bytes, valid: bool) -> None:
        cases.append({"name": name, "public": public.hex(), "signature": signature.hex(), "message": message.hex(), "valid": valid})

    def sign(public: bytes, head: bytes, message: bytes, *, of: int = secret, with_nonce: int = nonce) -> bytes:
        return head + ((with_nonce + _hash(head, public, message) * of) % L).to_bytes(32, "little")

    public, head, message = _encode(a), _encode(r), b"tallyproof"
    good = sign(public, head, message)
    s = int.from_bytes(good[32:], "little")
    add("good", public, good, message, True)
    add("good, no message", public, sign(public, head, b""), b"", True)
    seed = SigningKey.from_seed("x", b"1" * 32)
    add("good, made by a library", seed.vkey.public, seed.sign("text\n").raw, b"text\n", True)
    add("another message", public, good, b"tallyprooF", False)
    add("another key", seed.vkey.public, good, message, False)
    add("a bit of R changed", public, bytes([good[0] ^ 1]) + good[1:], message, False)
    add("a bit of S changed", public, good[:32] + bytes([good[32] ^ 1]) + good[33:], message, False)
    add("S + L", public, head + (s + L).to_bytes(32, "little"), message, False)
    add("S + 8 L, the highest bits in use", public, head + (s + 8 * L).to_bytes(32, "little"), message, False)
    add("S = L", public, head + L.to_bytes(32, "little"), message, False)
    add("63 bytes", public, good[:63], message, False)
    add("65 bytes", public, good + b"\0", message, False)
    add("R is not a point", public, sign(public, _off_curve(), message), message, False)
    add("the key is not a point", _off_curve(), good, message, False)
    for what, point in SMALL_ORDER.items():
        # [S]B = R + [k]A with A of small order holds for a good part of all messages, whoever signs; with A = 1 for all.
        add(f"the key is of small order, y = {what}", point, sign(point, head, message, of=0), message, False)
        add(f"R is of small order, y = {what}", public, sign(public, point, message, with_nonce=0), message, False)
        add(f"key and R are of small order, y = {what}", point, point + bytes(32), message, False)
    mixed = _encode(_add(a, _T8))
    for divisible in (True, False):
        text = next(m for i in range(1000) if (_hash(head, mixed, m := b"m%d" % i) % 8 == 0) is divisible)
        add(
            f"a key with a part of small order, k {'is' if divisible else 'is not'} a multiple of 8",
            mixed,
            sign(mixed, head, text),
            text,
            divisible,
        )
    crooked = _encode(_add(r, _T8))
    add("R with a part of small order: only with the factor 8", public, sign(public, crooked, message), message, False)
    return cases


def value_cases() -> list[Case]:
    """Third lines of each type: good ones, and one fault a line. ``field`` is where the fault is."""
    return [
        *({"name": f"{type_}, good", "type": type_, "value": value, "code": None} for type_, value in entry_values.GOOD.items()),
        *(
            {"name": name, "type": type_, "value": value, "code": "field-wrong", "field": field}
            for name, type_, value, field in entry_values.faults()
        ),
    ]


def log_document() -> Case:
    """The small election, what is refused after parts of it, and what is said of logs that go on otherwise."""
    log = entry_cases.whole()
    notices = [{"code": code, "index": index} for code, index in entry_said.NOTICES]
    said = []
    for name, other, after, expected in entry_said.said():
        problems = [one for one in notices if one["index"] < after]
        problems += [{"code": code, "index": None if number is None else after + number} for code, number in expected]
        said.append({"name": name, "after": after, "entries": [data.decode() for data in other.entries[after:]], "problems": problems})
    return {
        "origin": log.origin,
        "authority_known": list(log.known),
        "entries": [
            {"entry": data.decode(), "record_id": record_id(data.decode().rpartition("\n\n")[0] + "\n"), "root": entry_logs.b64(root)}
            for data, root in zip(log.entries, log.roots, strict=True)
        ],
        "problems": notices,
        "records": entry_said.records(),
        "refused": [_encoded(name, data, after=after, code=code) for name, after, data, code in entry_cases.refused()],
        "said": said,
    }


FILES: dict[str, Callable[[], Any]] = {
    "json.json": lambda: {"cases": json_cases()},
    "note.json": lambda: {"origin": ORIGIN, "cases": note_cases()},
    "vkey.json": lambda: {"cases": vkey_cases()},
    "ed25519.json": lambda: {"cases": ed25519_cases()},
    "entry.json": lambda: {"cases": value_cases()},
    "log.json": log_document,
}


def text_of(name: str) -> str:
    return json.dumps(FILES[name](), ensure_ascii=True, indent=1) + "\n"


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        (FOLDER / name).write_text(text_of(name), encoding="utf-8")


if __name__ == "__main__":
    main()
