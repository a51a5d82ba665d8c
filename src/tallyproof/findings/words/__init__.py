"""Words for codes, apart from the code: per language, and per role what to do next.

Every ``*.toml`` beside this file has one table a code: ``title``, ``happened`` with ``{placeholders}`` that are keys of the
finding's figures, ``do.citizen``, ``do.officer``, ``do.agent``, and for leads ``innocent``, causes that are nobody's fault.
``variant.<name>`` has another title or sentence for findings whose figure ``variant`` has that name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from tallyproof.errors import UsageError
from tallyproof.model.words import LANGUAGES, Role


@dataclass(frozen=True, slots=True)
class Text:
    """What one reader is told about one finding."""

    title: str
    happened: str
    do: str
    innocent: tuple[str, ...]


class _Shown(dict[str, Any]):
    """Figures for a sentence: one that is not known is shown as ``?``, never as 0."""

    def __missing__(self, key: str) -> str:
        return "?"


@cache
def table(language: str) -> Mapping[str, Mapping[str, Any]]:
    """All words of one language by code."""
    if language not in LANGUAGES:
        raise UsageError(f"no words in language {language!r}", hint=f"languages: {', '.join(LANGUAGES)}")
    found: dict[str, Mapping[str, Any]] = {}
    folder = files(__package__) / language
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.name.endswith(".toml"):
            found |= tomllib.loads(path.read_text(encoding="utf-8"))
    return found


def text(code: str, language: str, role: Role | str = Role.CITIZEN, figures: Mapping[str, Any] | None = None) -> Text:
    """The words of a code, with the figures filled in."""
    words = table(language)[code]
    shown = _Shown({name: "?" if value is None else value for name, value in (figures or {}).items()})
    special = words.get("variant", {}).get(str(shown.get("variant")), {})
    return Text(
        title=special.get("title", words["title"]),
        happened=special.get("happened", words["happened"]).format_map(shown),
        do=words.get("do", {}).get(str(role), ""),
        innocent=tuple(words.get("innocent", ())),
    )
