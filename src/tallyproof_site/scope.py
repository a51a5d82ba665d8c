"""What was checked and what was not, in sentences, from the report alone."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from tallyproof_site.book import Book
from tallyproof_site.chrome import Chrome


@dataclass(frozen=True, slots=True)
class Scope:
    was: tuple[Markup, ...]
    was_not: tuple[Markup, ...]


def scope(book: Book, chrome: Chrome) -> Scope:
    """Absence is said aloud: what could not be compared stands in ``was_not``, never silently missing."""
    was: list[Markup] = []
    was_not: list[Markup] = []

    def say(done: bool, yes: str, no: str, **figures: object) -> None:
        if done:
            was.append(chrome(f"overview.was-list.{yes}", **figures))
        elif no:
            was_not.append(chrome(f"overview.not-list.{no}"))

    arithmetic = [row for row in book.report["checks"] if str(row["code"]).startswith("R")]
    passed, failed = (sum(row[key] for row in arithmetic) for key in ("passed", "failed"))
    say(bool(passed + failed), "arithmetic", "", passed=passed, failed=failed)
    sources = list(dict.fromkeys(source for contest in book.contests for source in contest.sources))
    compared = any(len(contest.sources) > 1 for contest in book.contests)
    say(compared, "copies", "one-source", sources=", ".join(chrome.source(source, inline=True) for source in sources))
    say(any(contest.declared for contest in book.contests), "declared", "no-declared")
    say(any(contest.row_stages for contest in book.contests), "rows", "no-rows")
    say(bool(book.report["statements"]), "statements", "", n=len(book.report["statements"]))
    cannot = sum(row["cannot_tell"] for row in book.report["checks"])
    if cannot:
        was_not.append(chrome("overview.not-list.cannot-tell", n=cannot))
    missing = sum(contest.row["stations"]["missing"] for contest in book.contests)
    if missing:
        was_not.append(chrome("overview.not-list.missing", n=missing))
    was_not += [chrome("overview.not-list.pictures"), chrome("overview.not-list.voters")]
    return Scope(tuple(was), tuple(was_not))
