"""Everything that can go wrong, as a tree.

``TallyproofError``                 has a message, a hint and an exit code
├─ ``UsageError``                   the command was asked for something it cannot do
├─ ``InputError``                   the files could not be read; carries *all* problems that were found
└─ ``RuleError``                    a step that the rules of the domain forbid

A ``Problem`` is one thing wrong in one place of one file; readers collect problems and raise once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One thing wrong in an input file: where it is, what it is, and how to mend it.

    ``row`` counts as a person does: 1 is the first line of the file, the header of a CSV file. It is None where the
    file as a whole is meant. For JSON ``row`` is the number of the element, counted from 1, for Parquet the data row.
    ``code`` is stable (``not-a-number``, ``duplicate-key`` …); the whole list is in ``specs/package-v1.md``.
    """

    file: str
    row: int | None = None
    column: str | None = None
    code: str
    message: str
    mend: str

    @property
    def place(self) -> str:
        """``file:row:column``, leaving out what is not known."""
        return ":".join(str(part) for part in (self.file, self.row, self.column) if part is not None)

    def __str__(self) -> str:
        return f"{self.place}: {self.message} [{self.code}]\n    mend: {self.mend}"


class TallyproofError(Exception):
    """An error that a person is shown without a traceback: what is wrong, and a hint what to do next."""

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message


class UsageError(TallyproofError):
    """The command or function was asked for something it cannot do."""


class InputError(TallyproofError):
    """Input that cannot be read. ``problems`` lists every problem that was found, in file order."""

    def __init__(self, message: str, *, problems: tuple[Problem, ...] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *map(str, self.problems)])


class RuleError(TallyproofError):
    """A step that the rules of the domain forbid."""
