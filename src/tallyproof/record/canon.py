"""The restricted JSON of an entry's third line: one value, one spelling (``specs/entry-v1.md`` section 2, after RFC 8785)."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from typing import Any, NoReturn

from tallyproof.errors import RuleError

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 6

Json = dict[str, Any]
"""An object of objects, lists, texts and whole numbers."""

_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


class CanonError(RuleError):
    """Not the JSON that an entry may have. ``code`` is ``json-malformed`` or ``json-not-canonical``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, hint="write the line with record.canon.dumps")
        self.code = code


def dumps(value: Json) -> str:
    """The one spelling of ``value``. Raises CanonError if it is not a value that an entry may have."""
    _look(value, 1)
    return _write(value)


def loads(line: str) -> Json:
    """The value of one line. Raises CanonError; what is returned is written by ``dumps`` as exactly ``line``."""
    try:
        value = _QUICK.decode(line)
        _look(value, 1)
        if isinstance(value, dict) and _write(value) == line:
            return value
    except (ValueError, RecursionError, CanonError):
        pass
    return _refuse(line)


def _refuse(line: str) -> NoReturn:
    """Say why a line is not the one spelling of anything. The quick reader does not see what writing does not bring back."""
    try:
        value = _STRICT.decode(line)
    except (ValueError, RecursionError) as error:
        raise CanonError("json-malformed", f"the third line is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise CanonError("json-malformed", "the third line is not a JSON object")
    _look(value, 1)
    raise CanonError("json-not-canonical", "the third line is not written as RFC 8785 writes it")


def _write(value: Json) -> str:
    # For ASCII keys, texts without control characters and whole numbers this is what RFC 8785 says, byte for byte.
    return _ENCODER.encode(value)


def _look(value: object, depth: int) -> None:
    """Raises CanonError unless ``value`` is an object or a list that an entry may have at this depth."""
    if depth > MAX_DEPTH:
        raise CanonError("json-malformed", f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        for key in value:
            if not (isinstance(key, str) and key.isascii() and key.isprintable()):
                raise CanonError("json-malformed", "a name of a field is not printable ASCII")
        inside: Iterable[object] = value.values()
    elif isinstance(value, list):
        inside = value
    else:
        raise CanonError("json-malformed", f"a value is neither object, list, text nor whole number: {value!r}")
    for one in inside:
        if isinstance(one, str):
            # ASCII is in NFC, and what is printable of it has no character that is forbidden.
            if not (one.isascii() and one.isprintable()):
                _look_at_text(one)
        elif isinstance(one, int) and not isinstance(one, bool):
            if not 0 <= one <= MAX_INTEGER:
                raise CanonError("json-malformed", "a number is below 0 or above 2^53 - 1")
        else:
            _look(one, depth + 1)


def _look_at_text(text: str) -> None:
    if _FORBIDDEN.search(text):
        raise CanonError("json-malformed", "a text has a character that cannot be seen or that turns the direction of text")
    if not unicodedata.is_normalized("NFC", text):
        raise CanonError("json-malformed", "a text is not in Unicode NFC")


def _no_twins(pairs: list[tuple[str, Any]]) -> Json:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name occurs twice in one object")
    return made


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"not a whole number: {text[:40]}")


def _integer(text: str) -> int:
    if len(text) > 16 or text[0] == "-":
        raise ValueError(f"not a number that an entry may have: {text[:20]}…")
    return int(text)


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False)
_QUICK = json.JSONDecoder()
_STRICT = json.JSONDecoder(object_pairs_hook=_no_twins, parse_float=_no_number, parse_constant=_no_number, parse_int=_integer)
