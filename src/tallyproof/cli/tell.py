"""How the commands about cases, seats, declarations and claims print: JSON as it is, and lines with the answer first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tallyproof.cli.texts import texts
from tallyproof.findings.words import table

Data = Mapping[str, Any]


def print_json(data: object) -> None:
    """Sorted keys, two spaces, one line feed at the end: the same data, the same bytes."""
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True))


class Teller:
    """A console with the words of one language. Whatever comes from a log is shown as text, never as markup."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.words: Mapping[str, Any] = texts(language, "acts")
        self.console = Console()

    def say(self, key: str, style: str = "", indent: int = 0, **figures: object) -> None:
        """The sentence of this key."""
        self.line(self.words[key].format(**figures), style, indent)

    def line(self, text: str, style: str = "", indent: int = 0) -> None:
        self.console.print(escape(" " * indent + text), style=style, highlight=False, soft_wrap=True)

    def word(self, kind: str, code: object) -> str:
        """What a code of this kind (``stage``, ``step`` …) is called."""
        return str(self.words[kind][str(code)])

    def list(self, names: Iterable[object]) -> str:
        return str(self.words["comma"]).join(map(str, names)) or str(self.words["none"])

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], right: Sequence[int] = ()) -> None:
        """A table; ``columns``: keys of words; ``right``: places of columns with figures."""
        shown = Table(box=None, pad_edge=False)
        for at, key in enumerate(columns):
            shown.add_column(escape(self.words[key]), justify="right" if at in right else "left", overflow="fold")
        for row in rows:
            shown.add_row(*(escape(str(cell)) for cell in row))
        self.console.print(shown)

    def law(self, data: Data) -> None:
        """Rules that govern the contest with their section, then deadlines; what is not confirmed says so."""
        if not data["law"] and not data["deadlines"]:
            self.say("no_rules", "dim")
            return
        # What has not begun, and has no day, is in the JSON.
        told = [
            one
            for one in data["deadlines"]
            if one["state"] is not None and (one["due"] is not None or one["state"] not in ("not-begun", "cannot-tell"))
        ]
        if not data["law"] and not told:
            return
        says = table(self.language)
        self.say("by_law", "bold")
        for one in data["law"]:
            answer = says[f"rule-says-{one['verdict']}"]["title"]
            self.line(f"{one['title'][self.language]}: {answer} ({one['section']}){self._unconfirmed(one)}", indent=2)
            if one["missing"]:
                self.say("lacking", "dim", 6, what=self.list(one["missing"]))
        for one in told:
            state = says[f"rule-says-{one['state']}"]["title"]
            due = self.words["due_at"].format(due=one["due"]) if one["due"] else ""
            self.line(f"{one['title'][self.language]}: {due}{state} ({one['section']}){self._unconfirmed(one)}", indent=2)

    def _unconfirmed(self, one: Data) -> str:
        return "" if one["confirmed"] else f" · {table(self.language)['rule-says-unconfirmed']['title']}"


def span(ends: Sequence[int | None]) -> str:
    """Least to most; ``?`` where nothing bounds it."""
    least, most = ends
    if least == most:
        return f"{least:,}"
    return f"{'?' if least is None else format(least, ',')} – {'?' if most is None else format(most, ',')}"
