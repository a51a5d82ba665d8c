"""The sentences of an evidence bundle, in one language: codes and figures in, text out. The words are in ``findings/words``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tallyproof.cases.effects import Result
from tallyproof.findings.words import table
from tallyproof.publish.bundle_data import Evidence, Given, View
from tallyproof.publish.csv_text import plain
from tallyproof.record.book import Contest, Figure
from tallyproof.tabulate.gaps import Interval
from tallyproof.tabulate.winner import State

NAMED, FEW = 100, 4
"""Where names are cut to less than so many characters, so many winners are named."""


def count(figure: int | None) -> str:
    """1,234,567 in every language, as on the forms; an end that nothing bounds is ∞."""
    return "∞" if figure is None else f"{figure:,}"


class Words:
    """All that is said in ``language``. ``Words("en")("title")`` is one sentence."""

    def __init__(self, language: str, *, longest: int = 500) -> None:
        """``longest``: characters of a name; more are cut, as in tables that have to fit a page."""
        self.language = language
        self.longest = longest
        self.dir = "rtl" if language == "ur" else "ltr"
        self._all: Mapping[str, Mapping[str, Any]] = table(language)

    def __call__(self, key: str, **figures: object) -> str:
        text: str = self._all["bundle"][key]
        return text.format(**figures) if figures else text

    def of(self, kind: str, code: str) -> str:
        """The word for a code; the code itself where there is none."""
        return str(self._all[f"bundle_{kind}"].get(code, code))

    def contest(self, contest: Contest) -> str:
        value = contest.value
        return plain((value.get("name_ur") if self.language == "ur" else None) or value.get("name") or contest.key)

    def item(self, item: str, contest: Contest) -> str:
        """A candidate's name as the log has it, or what a box is called."""
        if item in contest.ballot:
            one = next(one for one in contest.value["candidates"] if one["candidate"] == item)
            name = plain((one.get("name_ur") if self.language == "ur" else None) or one.get("name") or item)
            return name if len(name) <= self.longest else name[: self.longest - 1] + "…"
        return self.of("box", item)

    def figure(self, figure: Figure | None) -> str:
        if figure is None:
            return "—"
        return f"{figure:,}" if isinstance(figure, int) else self.of("unread", figure)

    def span(self, interval: Interval | tuple[int, int | None]) -> str:
        """Both ends, or one figure where they are the same. In Urdu a minus is a word: a sign would end up on the wrong side."""
        low, high = interval if isinstance(interval, tuple) else (interval.lo, interval.hi)
        ends = [self._signed(low, "−∞"), self._signed(high, "∞")]
        return ends[0] if low is not None and low == high else self("span", low=ends[0], high=ends[1])

    def _signed(self, figure: int | None, unbounded: str) -> str:
        if figure is None:
            return unbounded
        return self("minus", figure=f"{-figure:,}") if figure < 0 else f"{figure:,}"

    def source(self, source: str) -> str:
        """Whose copy, for people: ``agent:PTI`` as *agents of PTI*. A version of declared rows (``final/1``) stays as it is."""
        kind, _, office = source.partition(":")
        words = self._all["bundle_source"]
        return str(words[kind]).format(office=plain(office)) if kind in words else plain(source)

    def view(self, view: View, *, short: bool = False) -> str:
        kind = view.kind + ("_source" if view.kind == "aside" and view.of else "")
        return self(f"{'summary_' if short else ''}view_{kind}", **dict(zip("ab", map(self.source, view.of), strict=False)))

    def result(self, result: Result, contest: Contest, *, short: bool = False) -> str:
        """``proved: …``, ``open: … or …``; ``short``: without names where it is open."""
        if short and result.state is State.OPEN and not result.tie:
            return self("summary_open")
        if result.state is None:
            return self("nobody_elected")
        more = "…" if self.longest < NAMED and len(result.winners) > FEW else ""
        names = self("comma").join(self.item(one, contest) for one in result.winners[: FEW if more else None]) + more
        if result.tie:
            return self("tied", who=names)
        return self("is_proved" if result.state is State.PROVED else "is_open", who=names)

    def changes(self, view: View) -> str:
        return self.of("changes", view.changes) if view.changes else "—"

    def notice(self, given: Given) -> str:
        """What the log calls the election, and what its readers say is not in order."""
        definition = given.book.definition
        name = ""
        if definition is not None:
            name = plain((definition.value.get("name_ur") if self.language == "ur" else None) or definition.value["name"])
        return name + (f" · {self('log_problems', count=f'{len(given.problems):,}')}" if given.problems else "")

    def answer(self, given: Given, found: Evidence) -> Iterable[str]:
        """The few sentences that come first."""
        differ = [one for one in found.sheets.values() if any(line.differs for line in one.lines)]
        yield self("answer_stations", stations=f"{len(found.sheets):,}", differ=f"{len(differ):,}")
        everything = next(one for one in found.views if one.kind == "all").result
        yield self(
            "answer_contest",
            expected=f"{everything.expected:,}",
            missing=f"{everything.missing:,}",
            differ=f"{len(found.everywhere):,}",
        )
        if found.holders:
            yield self("answer_declared", who=self("comma").join(self.item(one, found.contest) for one in found.holders))
        yield self("answer_all", result=self.result(everything, found.contest))
