"""The words of the pages themselves, in one language, and how that language prints names and numbers."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from tallyproof_site.safe import clean, ident, isolate, isolated

LANGUAGES = {"en": "ltr", "ur": "rtl"}
"""The languages of the pages, with the direction each is written in."""


@cache
def load(language: str) -> dict[str, str]:
    """All words of a language: ``{"overview.title": "…"}``."""
    tables = tomllib.loads((files("tallyproof_site") / "words" / f"{language}.toml").read_text("utf-8"))
    flat: dict[str, str] = {}

    def walk(prefix: str, table: Mapping[str, Any]) -> None:
        for key, value in table.items():
            if isinstance(value, str):
                flat[prefix + key] = value
            else:
                walk(f"{prefix}{key}.", value)

    walk("", tables)
    return flat


def number(value: int | None) -> str:
    """``26,296``; a minus sign, not a hyphen; a dash where there is no figure. Latin digits in every language."""
    return "–" if value is None else f"{value:,}".replace("-", "−")


def signed(value: int | None) -> str:
    return f"+{value:,}" if value is not None and value > 0 else number(value)


class Marked(str):
    """Text in which figures stand between our isolates already."""


class Chrome:
    """Words and numbers of one language. ``chrome(key, **figures)`` is markup with every figure isolated."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.dir = LANGUAGES[language]
        self._words = load(language)

    def _template(self, key: str, figures: Mapping[str, object]) -> str:
        if key not in self._words:
            key = f"{key}.one" if figures.get("n") == 1 and f"{key}.one" in self._words else f"{key}.other"
        return self._words[key]

    def has(self, key: str) -> bool:
        return key in self._words

    def marked(self, key: str, **figures: object) -> str:
        """Text with isolates around the figures: for SVG, where there is no ``<bdi>``."""
        return self._template(key, figures).format_map({name: isolate(self.shown(value)) for name, value in figures.items()})

    def plain(self, key: str, **figures: object) -> str:
        """Text alone: for titles, descriptions and attributes."""
        return self._template(key, figures).format_map({name: self.shown(value) for name, value in figures.items()})

    def __call__(self, key: str, **figures: object) -> Markup:
        return isolated(self.marked(key, **figures))

    @staticmethod
    def shown(value: object) -> str:
        if isinstance(value, Marked):
            return value
        return number(value) if isinstance(value, int) or value is None else clean(value)

    def span(self, low: int | None, high: int | None) -> Marked:
        """A range: ``30,464`` · ``30,464–31,000`` · ``30,464 or more``; every figure isolated."""
        if low is None and high is None:
            return Marked(self._words["number.unknown"])
        if low is None:
            return Marked(self.marked("number.or-less", n=high))
        if high is None:
            return Marked(self.marked("number.or-more", n=low))
        if low == high:
            return Marked(isolate(number(low)))
        return Marked(isolate(f"{number(low)}–{number(high)}") if low >= 0 else self.marked("number.range", low=low, high=high))

    def interval(self, low: int | None, high: int | None) -> Markup:
        return isolated(self.span(low, high))

    def change(self, low: int | None, high: int | None) -> Markup:
        """A difference with its sign: ``−4,168`` · ``+1 to +5``."""
        if low is None or high is None:
            return self.interval(low, high)
        return isolated(isolate(signed(low)) if low == high else self.marked("number.range", low=signed(low), high=signed(high)))

    def source(self, source: str, *, inline: bool = False) -> str:
        """Whose copy, in words: ``agent:PTI`` is 'Agent (PTI)' in a heading and 'agent (PTI)' inside a sentence."""
        kind, _, whose = source.partition(":")
        key = f"{'source-in' if inline else 'source'}.{kind}"
        return self.plain(key, whose=ident(whose)) if key in self._words else ident(source)

    def sources(self, sources: list[str]) -> str:
        return self._words["number.and"].join(self.source(source) for source in sources)

    def stage(self, stage: str) -> str:
        """A declaration in words: ``final/2`` is 'Final, version 2'."""
        name, _, version = stage.partition("/")
        known = self._words.get(f"stage.{name}", ident(name))
        return known if version in ("", "1") else self.plain("stage.version", stage=known, version=ident(version))

    def name(self, thing: Mapping[str, Any], fallback: str) -> str:
        """The name in this language, else in the other, else the key."""
        first, second = ("name_ur", "name") if self.language == "ur" else ("name", "name_ur")
        return clean(thing.get(first) or "") or clean(thing.get(second) or "") or ident(fallback)
