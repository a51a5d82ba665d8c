"""Reading one table of a rules file, strictly: every problem is kept with its place and its mend, and nothing is guessed.

A value that cannot be read is replaced by a stand-in of the right type, so that reading goes on and finds the next problem. Whoever reads
must raise in the end if there are problems: stand-ins never leave ``rules.read``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeVar

from tallyproof.errors import Problem
from tallyproof.rules.facts import FIRST_YEAR, LAST_YEAR

MAX_TEXT = 2_000
MAX_ROWS = 2_000
MAX_TERM_OF_FRACTION = 1_000_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_URDU = re.compile(r"[\u0600-\u06ff]")
_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

_Word = TypeVar("_Word", bound=StrEnum)


class Fields:
    """One table at ``place``. Each method takes one key out; ``end`` complains of those that nobody took."""

    def __init__(self, table: Mapping[str, Any], place: str, file: str, problems: list[Problem]) -> None:
        self._left = dict(table)
        self._known: list[str] = []
        self.place, self._file, self._problems = place, file, problems
        self.failed = False

    def problem(self, key: str, code: str, message: str, mend: str) -> None:
        self.failed = True
        column = ".".join(part for part in (self.place, key) if part)
        self._problems.append(Problem(file=self._file, column=column, code=code, message=message, mend=mend))

    def has(self, key: str) -> bool:
        return key in self._left

    def _take(self, key: str, what: str, *, needed: bool) -> Any:
        self._known.append(key)
        if key in self._left:
            return self._left.pop(key)
        if needed:
            self.problem(key, "missing", f"{key} is missing", f"give {what}")
        return None

    def _wrong(self, key: str, value: Any, what: str) -> None:
        hint = "; write a fraction as two whole numbers: share = [5, 100]" if isinstance(value, float) else ""
        shown = repr(value)
        self.problem(key, "wrong-value", f"{shown if len(shown) <= 60 else shown[:57] + '...'} is not {what}", f"give {what}{hint}")

    def text(self, key: str, *, needed: bool = True, urdu: bool = False) -> str:
        what = "a text in Urdu" if urdu else "a text"
        value = self._take(key, what, needed=needed)
        if value is None:
            return ""
        if not isinstance(value, str) or not value.strip() or len(value) > MAX_TEXT or _CONTROL.search(value):
            self._wrong(key, value, f"{what} of 1 to {MAX_TEXT} characters in one line")
            return ""
        if urdu and not _URDU.search(value):
            self._wrong(key, value, what)
        return value

    def both(self, key: str, *, needed: bool = True) -> dict[str, str]:
        """A text in every language of the project: ``key`` and ``key_ur``."""
        return {"en": self.text(key, needed=needed), "ur": self.text(f"{key}_ur", needed=needed, urdu=True)}

    def key(self, key: str) -> str:
        value = self.text(key)
        if value and (not _KEY.fullmatch(value) or len(value) > 64):
            self._wrong(key, value, "a key: small letters, digits and single hyphens, at most 64")
        return value

    def flag(self, key: str) -> bool:
        value = self._take(key, "true or false", needed=True)
        if value is not None and not isinstance(value, bool):
            self._wrong(key, value, "true or false")
        return value is True

    def whole(self, key: str, low: int, high: int) -> int:
        what = f"a whole number from {low} to {high}"
        value = self._take(key, what, needed=True)
        if value is None:
            return low
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self._wrong(key, value, what)
            return low
        return value

    def share(self, key: str) -> Fraction:
        """A fraction above 0 as two whole numbers; 1 if it is not given."""
        what = "two whole numbers above 0, e.g. [5, 100] for 5 %"
        value = self._take(key, what, needed=False)
        if value is None:
            return Fraction(1)
        ok = isinstance(value, list) and len(value) == 2
        if not ok or any(not isinstance(part, int) or isinstance(part, bool) or not 0 < part <= MAX_TERM_OF_FRACTION for part in value):
            self._wrong(key, value, what)
            return Fraction(1)
        return Fraction(value[0], value[1])

    def day(self, key: str, *, needed: bool = True) -> date | None:
        value = self._take(key, "a day, e.g. 2017-10-02", needed=needed)
        return None if value is None else self._day(key, value)

    def _day(self, key: str, value: Any) -> date | None:
        if not isinstance(value, date) or isinstance(value, datetime) or not FIRST_YEAR <= value.year <= LAST_YEAR:
            self._wrong(key, value, f"a day between {FIRST_YEAR} and {LAST_YEAR} without quotation marks, e.g. 2017-10-02")
            return None
        return value

    def days(self, key: str) -> list[date]:
        return [day for value in self._list(key, "a list of days") if (day := self._day(key, value)) is not None]

    def instant(self, key: str, *, needed: bool = True) -> datetime | None:
        what = "an instant with its offset, e.g. 2020-11-01T06:00:00Z"
        value = self._take(key, what, needed=needed)
        if value is None:
            return None
        if not isinstance(value, datetime) or value.utcoffset() is None or not FIRST_YEAR <= value.year <= LAST_YEAR:
            self._wrong(key, value, what)
            return None
        return value

    def clock(self, key: str) -> time | None:
        value = self._take(key, "a time of day", needed=False)
        if value is not None and not isinstance(value, time):
            self._wrong(key, value, "a time of day without quotation marks, e.g. 02:00:00")
            return None
        return value

    def word(self, key: str, words: type[_Word]) -> _Word:
        what = f"one of: {', '.join(words)}"
        value = self._take(key, what, needed=True)
        first = next(iter(words))
        if value is None:
            return first
        if not isinstance(value, str) or value not in set(words):
            self._wrong(key, value, what)
            return first
        return words(value)

    def words(self, key: str, allowed: Iterable[str], *, needed: bool = False) -> list[str]:
        choices = list(allowed)
        what = f"a list of: {', '.join(choices) or 'nothing, there are none'}"
        values = self._list(key, what, needed=needed)
        if any(not isinstance(value, str) or value not in choices for value in values) or len(set(map(str, values))) < len(values):
            self._wrong(key, values, f"{what}, each at most once")
            return []
        return values

    def _list(self, key: str, what: str, *, needed: bool = True) -> list[Any]:
        value = self._take(key, what, needed=needed)
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > MAX_ROWS:
            self._wrong(key, value, f"{what}, at most {MAX_ROWS} long")
            return []
        return value

    def table(self, key: str, *, needed: bool = True) -> Fields | None:
        value = self._take(key, "a table", needed=needed)
        if value is not None and not isinstance(value, dict):
            self._wrong(key, value, "a table")
            return None
        return None if value is None else Fields(value, self._inner(key), self._file, self._problems)

    def tables(self, key: str, *, least: int = 0) -> Iterator[Fields]:
        """The tables ``[[key]]``, numbered from 1 as a person counts."""
        what = f"{'one table or more' if least else 'tables'} [[{self._inner(key)}]]"
        given = self.has(key)
        values = self._list(key, what, needed=least > 0)
        if given and not values and least:
            self._wrong(key, values, what)
        for number, value in enumerate(values, start=1):
            if isinstance(value, dict):
                yield Fields(value, f"{self._inner(key)}[{number}]", self._file, self._problems)
            else:
                self._wrong(key, value, "a table")

    def _inner(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key

    def end(self) -> None:
        for key in self._left:
            shown = key if len(key) <= 60 else key[:57] + "..."
            self.problem(shown, "unknown-key", f"{shown!r} means nothing here", f"take it out; keys here: {', '.join(self._known)}")
