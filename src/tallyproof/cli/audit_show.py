"""An audit in a terminal: the answer first, then the stations one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tallyproof.cli.texts import texts

FIRST = 12
"""So many of the last steps are shown unless all are asked for."""


def percent(risk: int) -> str:
    """Millionths as a percentage, rounded up: a risk is never shown smaller than it is."""
    hundredths = -(-risk // 100)
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


def show_plan(contests: Sequence[Mapping[str, Any]], value: Mapping[str, Any], console: Console, *, language: str) -> None:
    """What a plan will take."""
    words = texts(language)["audit"]
    for one in contests:
        console.print(escape(f"{_name(one, language)}"), style="bold", highlight=False)
        line = words["rests"].format(winners=", ".join(one["winners"]), margin=f"{one['margin']:,}", stations=f"{one['stations']:,}")
        console.print(escape(line), highlight=False, soft_wrap=True)
        if one["missing"] or one["disputed"]:
            console.print(escape(words["doubts"].format(missing=one["missing"], disputed=one["disputed"])), highlight=False, soft_wrap=True)
        for advice in one["advice"]:
            figures = {name: f"{figure:,}" for name, figure in advice["figures"].items()}
            console.print(escape(words["advice"][advice["code"]].format(limit=value["limit"], **figures)), highlight=False, soft_wrap=True)


def show_audit(document: Mapping[str, Any], console: Console, *, language: str, every: bool) -> None:
    """Where an audit stands."""
    words = texts(language)["audit"]
    audit = document["audit"]
    console.print(
        escape(words["title"].format(name=audit["name"], origin=document["origin"], index=audit["index"])), style="bold", highlight=False
    )
    for one in audit["contests"]:
        figures = {"risk": percent(one["risk"]), "limit": audit["limit"], "n": one["counted"], "drawn": one["drawn"]}
        style = "bold green" if one["state"] == "agrees" else "bold red" if one["state"] == "differs" else "bold"
        console.print(escape(f"\n{_name(one, language)}"), style="bold", highlight=False)
        console.print(escape(words["answer"][one["answer"]].format(**figures)), style=style, highlight=False, soft_wrap=True)
        show_plan([one], audit, console, language=language) if every else None
        steps = one["steps"] if every else one["steps"][-FIRST:]
        if not steps:
            continue
        table = Table(box=None)
        for name in ("draw", "station", "round", "found", "error", "risk"):
            table.add_column(words["table"][name], justify="left" if name in ("station", "found") else "right")
        for step in steps:
            found = words["found"][step["found"]]
            table.add_row(
                str(step["draw"]), escape(step["station"]), str(step["round"]), found, f"{step['error']:+,}", percent(step["risk"])
            )
        console.print(table)
        if len(steps) < len(one["steps"]):
            console.print(escape(words["more"].format(more=len(one["steps"]) - len(steps))), highlight=False)
    for problem in document["problems"]:
        console.print(escape(f"{problem['where']}: {problem['message']} [{problem['code']}]"), style="red", highlight=False, soft_wrap=True)


def _name(contest: Mapping[str, Any], language: str) -> str:
    name = contest.get("name_ur" if language == "ur" else "name") or contest.get("name") or ""
    return str(name) if contest["contest"].lower() in name.lower() else f"{contest['contest']} {name}".strip()
