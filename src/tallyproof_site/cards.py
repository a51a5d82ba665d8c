"""A finding as a card: its words, its figures with names in place of keys, its pattern, effect and evidence, in one language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from markupsafe import Markup

from tallyproof_site.book import Book, Code, Contest, Row
from tallyproof_site.chrome import Chrome
from tallyproof_site.safe import clean, ident, isolate, isolated, slug

ROLES = ("citizen", "officer", "agent")
EVIDENCE_SHOWN = 12
CELLS_SHOWN = 12


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
class Note:
    """An edit pattern, as printed."""

    title: Markup
    happened: Markup
    innocent: tuple[Markup, ...]
    chance: Row | None
    alternatives: str


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
    pattern: Note | None
    cells: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
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
            pattern=self.note(finding["pattern"], contest) if finding.get("pattern") else None,
            cells=tuple(self.cell(cell, contest) for cell in (finding.get("cells") or ())[:CELLS_SHOWN]),
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

    def cell(self, cell: Row, contest: Contest) -> tuple[str, tuple[tuple[str, str], ...]]:
        """One figure that differs, and what each side says: a record, a declaration, or an end of the records' range."""
        said = tuple((self._side(str(side)), self._chrome.shown(value)) for side, value in cell["said"].items())
        return self.candidate(str(cell["item"]), contest), said

    def _side(self, side: str) -> str:
        if side.startswith("declared "):
            return self._chrome.plain("plot.fall.declared", stage=self._chrome.stage(side.removeprefix("declared ")))
        return (
            self._chrome.plain(f"figure.{({'lowest': 'low', 'highest': 'high'})[side]}") if side in ("lowest", "highest") else ident(side)
        )

    def label(self, key: str) -> str:
        return self._chrome.plain(f"figure.{key}") if self._chrome.has(f"figure.{key}") else key.replace("_", " ")

    def figure(self, key: str, value: Any, contest: Contest) -> str:
        """One figure of a finding, keys turned into names: candidates, boxes, sources, acts, stages, areas."""
        if not isinstance(value, str):
            return self._chrome.shown(value)
        if key.startswith("source"):
            return ", ".join(self._chrome.source(one, inline=True) for one in value.split(", "))
        if key == "acts" or key == "act":
            return ", ".join(self._act(act.strip()) for act in value.split(","))
        if key.endswith(("stage", "version")):
            return self._chrome.stage(value)
        if key.endswith("winner") or key in ("losers", "gainers"):
            return self._chrome.plain("number.and").join(self.candidate(one.strip(), contest) for one in value.split(", "))
        if key in ("where", "area", "row_a", "row_b"):
            return self.area(value)
        if re.fullmatch(r"\d{4,}", value) and key not in ("station", "record"):
            return self._chrome.shown(int(value))
        return self.candidate(value, contest)

    def _act(self, text: str) -> str:
        """``recount/2 (officer)`` in words."""
        found = re.fullmatch(r"(\w+)(?:/(\d+))?(?: \((.*)\))?", text)
        if not found or not self._chrome.has(f"act.{found[1]}"):
            return ident(text)
        act = self._chrome.plain(f"act.{found[1]}") + (f" {found[2]}" if found[2] not in (None, "1") else "")
        return f"{act} ({self._chrome.source(found[3], inline=True)})" if found[3] else act

    def area(self, key: str) -> str:
        if key in self._book.areas:
            return self._chrome.name(self._book.areas[key], key)
        if key in self._book.by_id:
            return self._chrome.name(self._book.by_id[key].row, key)
        return ident(key)

    def pattern(self, name: str) -> str:
        """The title of an edit pattern; the name itself if nobody has words for it."""
        try:
            return clean(self._words.text(name, self._chrome.language, "citizen", _Any()).title)
        except KeyError:
            return ident(name)

    def note(self, pattern: Row, contest: Contest) -> Note:
        """An edit pattern in words: what it says of these figures, its rule, and the ordinary causes of such a difference."""
        name = str(pattern["name"])
        detail = {key: isolate(self.figure(key, value, contest)) for key, value in (pattern.get("detail") or {}).items()}
        try:
            text = self._words.text(name, self._chrome.language, "citizen", detail)
        except KeyError:
            return Note(isolated(ident(name)), Markup(), (), pattern.get("chance"), self.patterns(pattern.get("alternatives") or ()))
        causes = tuple(isolated(cause) for cause in text.innocent or ())
        happened = isolated(text.happened)
        chance = pattern.get("chance") if name != "unexplained" else None
        return Note(isolated(text.title), happened, causes, chance, self.patterns(pattern.get("alternatives") or ()))

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
