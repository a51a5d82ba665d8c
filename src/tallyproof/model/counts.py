"""Reading a figure as it was written, and printing one exactly.

Counts are integers, shares exact fractions until they are printed. No float decides anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from tallyproof.model.boxes import COUNT_LIMIT
from tallyproof.model.words import Unread

_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
_PLAIN = re.compile(r"[0-9]{1,12}")
_INTEGRAL = re.compile(r"([0-9]{1,12})\.0{1,12}")
_UNREAD = {reason.value: reason for reason in Unread}


@dataclass(frozen=True, slots=True)
class NotACount:
    """A cell that is neither a count nor a known reason for being unread."""

    code: str
    message: str
    mend: str


def read_count(text: str, *, thousands: str = "", limit: int = COUNT_LIMIT) -> int | Unread | NotACount:
    """Read one cell: a count, a reason for being unread (empty means ``blank``), or what is wrong with it.

    Digits ۰-۹ and ٠-٩ are read as numbers. ``thousands`` is the grouping mark of the file, if it has one; groups must be
    well formed (three digits, or the 3-2-2 of South Asia). ``12.0`` is the integer 12: spreadsheets write it so.
    """
    cell = text.strip().translate(_DIGITS)
    if cell == "":
        return Unread.BLANK
    if cell in _UNREAD:
        return _UNREAD[cell]
    if cell[0] in "=+@" or cell.startswith("-="):
        return NotACount("formula", f"a formula or sign stands where a number should: {text[:40]!r}", "write the number alone")
    if cell[0] in "-−" and _PLAIN.fullmatch(cell[1:]):
        return NotACount(
            "negative", f"a count cannot be negative: {text[:40]!r}", "check the form; leave the cell empty if it cannot be read"
        )
    if thousands and thousands in cell:
        groups = cell.split(thousands)
        sizes = [len(group) for group in groups]
        western = all(size == 3 for size in sizes[1:])
        lakh = sizes[-1] == 3 and all(size == 2 for size in sizes[1:-1])
        if not (1 <= sizes[0] <= 3 and (western or lakh)):
            return NotACount("bad-grouping", f"digits are grouped in an unknown way: {text[:40]!r}", "write the number without marks")
        cell = "".join(groups)
    if integral := _INTEGRAL.fullmatch(cell):
        cell = integral[1]
    if not _PLAIN.fullmatch(cell):
        return NotACount("not-a-number", f"not a whole number: {text[:40]!r}", "write digits only, or leave the cell empty if it is unread")
    value = int(cell)
    if value > limit:
        return NotACount(
            "too-large", f"larger than any polling station or election: {text[:40]!r}", f"the largest figure allowed is {limit}"
        )
    return value


def share(part: int, whole: int, *, places: int = 1) -> str:
    """``part / whole`` in percent, rounded half up, exactly: ``share(1, 3) == '33.3'``. ``'-'`` where whole is 0."""
    if whole == 0:
        return "-"
    scaled = Fraction(part * 100, whole) * 10**places
    rounded = (scaled + Fraction(1, 2)).__floor__()
    sign, digits = ("-" if rounded < 0 else ""), str(abs(rounded)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"
