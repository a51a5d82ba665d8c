"""CSV that a spreadsheet may open: a text that it would run as a formula has an apostrophe before it. RFC 4180, UTF-8."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from tallyproof.formats.cells import DANGER

_RUNS = re.compile(f"'|\\s*[{DANGER}]")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def plain(text: object) -> str:
    """Text without control characters and marks that turn the direction of what follows."""
    return _UNSEEN.sub(" ", str(text))


def cell(value: object) -> str:
    """One cell. Counts are left alone; None is empty."""
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    text = plain(value)
    return f"'{text}" if _RUNS.match(text) else text


def csv_bytes(lines: Iterable[Sequence[object]], *, end: str = "\n") -> bytes:
    """The file; ``end``: of each line."""
    out = io.StringIO()
    csv.writer(out, lineterminator=end).writerows([cell(value) for value in line] for line in lines)
    return out.getvalue().encode()
