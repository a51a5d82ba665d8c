"""A finding as a card: its words, its figures with names in place of keys, its pattern, effect and evidence, in one language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from markupsafe import Markup

from tallyproof_site.book import Book, Code, Contest, Row
from tallyproof_site.chrome import Chrome
from tallyproof_site.safe import ident, isolate, isolated, slug

ROLES = ("citizen", "officer", "agent")
EVIDENCE_SHOWN = 12


class Text(Protocol):
    """The words of one finding for one role."""

    @property
    def title(self) -> str: ...
    @property
    def happened(self) -> str: ...
    @property
    def do(self) -> str: ...
    @property
    def innocent(self) -> Sequence[str]: ...


class Words(Protocol):
    """The words of finding codes: ``tallyproof.findings.words`` is one."""

    def text(self, code: str, language: str, role: str, figures: Mapping[str, Any]) -> Text: ...


class _Any(dict[str, Any]):
    """Figures of no finding in particular: for titles, which name none."""

    def __missing__(self, key: str) -> str:
        return "…"


@dataclass(frozen=True, slots=True)
class Card:
    """What the template prints. Markup is escaped; the rest is plain text."""

    id: str
    anchor: str
    kind: str
    contest: Contest
    title: Markup
    happened: Markup
    do: tuple[tuple[str, Markup], ...]
    innocent: tuple[Markup, ...]
    rule: str
    figures: tuple[tuple[str, str], ...]
    pattern: Row | None
    effect: Row
    gained: str | None
    evidence: tuple[str, ...]
    evidence_left: int
    place: str
    place_href: str | None


class Speaker:
    """Says findings in one language."""

    def __init__(self, book: Book, words: Words, chrome: Chrome) -> None:
        self._book, self._words, self._chrome = book, words, chrome

    def title(self, code: str) -> Markup:
        return isolated(self._words.text(code, self._chrome.language, "citizen", _Any()).title)

    def card(self, finding: Row) -> Card:
        contest = self._book.by_id[str(finding["contest"])]
        figures = {key: isolate(self.figure(key, value, contest)) for key, value in (finding.get("figures") or {}).items()}
        texts = {role: self._words.text(str(finding["code"]), self._chrome.language, role, figures) for role in ROLES}
        text = texts["citizen"]
        evidence = [str(record) for record in finding.get("evidence") or ()]
        place, href = self.place(finding, contest)
        effect = finding.get("effect") or {}
        gained = effect.get("gained")
        return Card(
            id=str(finding["id"]),
            anchor=slug(str(finding["id"])),
            kind=str(finding["kind"]),
            contest=contest,
            title=isolated(text.title),
            happened=isolated(text.happened),
            do=tuple((role, isolated(texts[role].do)) for role in ROLES if texts[role].do),
            innocent=tuple(isolated(cause) for cause in text.innocent or ()),
            rule=str(finding.get("rule") or ""),
            figures=tuple((self.label(key), self.figure(key, value, contest)) for key, value in (finding.get("figures") or {}).items()),
            pattern=finding.get("pattern"),
            effect=effect,
            gained=self.candidate(str(gained), contest) if gained is not None else None,
            evidence=tuple(ident(record) for record in evidence[:EVIDENCE_SHOWN]),
            evidence_left=max(0, len(evidence) - EVIDENCE_SHOWN),
            place=place,
            place_href=href,
        )

    def cards(self, code: Code) -> list[Card]:
        return [self.card(finding) for finding in code.cards]

    def candidate(self, key: str, contest: Contest) -> str:
        """A candidate's or a box's name in this language, else the key."""
        if key in contest.candidates:
            return self._chrome.name(contest.candidates[key], key)
        return self._chrome.plain(f"box.{key}") if self._chrome.has(f"box.{key}") else ident(key)

    def label(self, key: str) -> str:
        return self._chrome.plain(f"figure.{key}") if self._chrome.has(f"figure.{key}") else key.replace("_", " ")

    def figure(self, key: str, value: Any, contest: Contest) -> str:
        """One figure of a finding, keys turned into names: candidates, boxes, sources, acts, stages, areas."""
        if not isinstance(value, str):
            return self._chrome.shown(value)
        if key.startswith("source"):
            return self._chrome.source(value, inline=True)
        if key == "acts" or key == "act":
            return ", ".join(self._word("act", act.strip()) for act in value.split(","))
        if key.endswith("stage"):
            return self._chrome.stage(value)
        if key in ("where", "area", "row_a", "row_b"):
            return self.area(value)
        if re.fullmatch(r"\d{4,}", value) and key not in ("station", "record"):
            return self._chrome.shown(int(value))
        return self.candidate(value, contest)

    def _word(self, group: str, key: str) -> str:
        return self._chrome.plain(f"{group}.{key}") if self._chrome.has(f"{group}.{key}") else ident(key)

    def area(self, key: str) -> str:
        if key in self._book.areas:
            return self._chrome.name(self._book.areas[key], key)
        if key in self._book.by_id:
            return self._chrome.name(self._book.by_id[key].row, key)
        return ident(key)

    def pattern(self, name: str) -> str:
        key = "pattern." + name.replace(" ", "-").replace("_", "-")
        return self._chrome.plain(key) if self._chrome.has(key) else ident(name)

    def patterns(self, names: Sequence[str]) -> str:
        return self._chrome.plain("number.and").join(self.pattern(str(name)) for name in names)

    def place(self, finding: Row, contest: Contest) -> tuple[str, str | None]:
        """Where it is, in words, and the row of the station table if that is shown."""
        if finding.get("station") is not None:
            key = str(finding["station"])
            anchor = contest.anchors.get(key)
            return self._chrome.plain("finding.at-station", station=ident(key)), anchor and f"stations-{contest.slug}.html#{anchor}"
        if finding.get("area") is not None:
            return self.area(str(finding["area"])), None
        return self._chrome.name(contest.row, contest.id), None
