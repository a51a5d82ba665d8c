"""``tallyproof screen PACKAGE``: statistical leads, with what could have been seen at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from tallyproof.cli.check import Language, write_text
from tallyproof.errors import UsageError
from tallyproof.findings import words
from tallyproof.formats.package import read_package

SHOWN = 20
Row = Mapping[str, Any]


class _Shown(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def screen_command(
    package: Annotated[Path, typer.Argument(help="An election package: a folder or .zip (see specs/package-v1.md).", show_default=False)],
    json: Annotated[Path | None, typer.Option("--json", help="Write everything as JSON to this file; - prints it instead.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write pages (English and Urdu) with pictures into this folder.")] = None,
    trust: Annotated[
        str | None, typer.Option("--trust", help="Look only at the records of this source, e.g. officer or agent:PTI.")
    ] = None,
    lang: Annotated[Language, typer.Option("--lang", help="Language in the terminal.")] = Language.EN,
    seed: Annotated[int, typer.Option("--seed", min=0, help="For placebos and power; the same seed, the same output.")] = 1,
    every: Annotated[bool, typer.Option("--all", help="List every lead.")] = False,
) -> None:
    """Ask statistical questions of the station records. A lead is a question, never evidence of a motive. Anyone may use it.

    Exit code 0 whenever it ran, whatever was found. 2: the package cannot be read.
    """
    try:
        from tallyproof.findings.screened import screen, to_json
    except ImportError as error:
        raise UsageError(f"the screens need {error.name}", hint="install it with: pip install 'tallyproof[screens]'") from error
    document = screen(read_package(package), seed=seed, trust=trust)
    if json is not None and str(json) == "-":
        typer.echo(to_json(document), nl=False)
    else:
        if json is not None:
            write_text(json, to_json(document))
        show(document, Console(), language=lang, every=every)
    if html is not None:
        from tallyproof_site.screened import build_screens

        try:
            build_screens(document, html, words.table)
        except OSError as error:
            raise UsageError(f"cannot write pages to {html}: {error.strerror}", hint="name a folder that you may write to") from error


def show(document: Row, console: Console, *, language: str, every: bool = False) -> None:
    """What was asked, what could have been seen, what survives."""
    said = words.table(language)
    note = said["screen-note"]

    def line(text: str, style: str = "", indent: int = 0) -> None:
        shown = "".join(each if each.isprintable() else "�" for each in text)
        console.print(" " * indent + shown, style=style or None, markup=False, highlight=False, soft_wrap=True)

    notice = document["package"]["notice_ur" if language == "ur" else "notice"] or document["package"]["notice"]
    if notice:
        line(notice, "yellow")
    count = len(document["leads"])
    line(note["some"].format(leads=count, tests=f"{document['tests']:,}") if count else note["none"], "bold")
    line(note["lead"])
    line(note["silence"])
    line(note["weighted"])
    for contest in document["contests"]:
        line("")
        line(str(contest["contest"]), "bold")
        for one in contest["screens"]:
            text = said[f"screen-{one['screen']}"]
            state = said["screen-state"][one["state"]] + (f": {said['screen-reason'][one['reason']]}" if one["reason"] else "")
            line(f"{one['screen']} {text['title']}: {state}", "cyan" if one["state"] == "leads" else "", 2)
            line(text["happened"], "dim", 6)
            if one["power"]:
                shown = {name: f"{value:,}" for name, value in one["power"].items() if isinstance(value, int)}
                line(note["power" if one["power"]["votes"] is not None else "blind"].format_map(_Shown(shown)), "dim", 6)
            if one["placebo"]:
                line(note["placebo"].format_map(one["placebo"]), "dim", 6)
            for sentence in shpilkin(one, said):
                line(sentence, "dim", 6)
            if one["leads"]:
                line("; ".join(said["screen-cause"][cause] for cause in one["causes"]), "", 6)
                line(text["next"], "", 6)
    for lead in document["leads"] if every else document["leads"][:SHOWN]:
        line("")
        line(lead_text(lead, said), "bold", 2)
        where = ", ".join(lead["stations"][:8]) or lead["area"] or note["whole-contest"]
        line(f"{lead['contest']}: " + f"{where} · {said['screen-item'].get(lead['item'], lead['item'])}", "", 6)
        line(lead_figures(lead, said), "", 6)
        if not lead["stations"] and "whole-next" in said[f"screen-{lead['screen']}"]:
            line(said[f"screen-{lead['screen']}"]["whole-next"], "", 6)
    if count > SHOWN and not every:
        line(f"… {count - SHOWN}: --all", "dim", 2)


def lead_text(lead: Row, said: Mapping[str, Any]) -> str:
    text = said[f"screen-{lead['screen']}"]
    sentence: str = text["lead"] if lead["stations"] else text.get("whole", text["lead"])
    return f"{lead['screen']} {text['title']}: " + sentence.format_map(_Shown(lead["figures"]))


def lead_figures(lead: Row, said: Mapping[str, Any]) -> str:
    known = {"votes": lead["votes"], "margin": lead["figures"].get("margin", "?"), "p": f"{lead['p']:.2g}", "q": f"{lead['q']:.2g}"}
    template: str = said["screen-note"]["lead-figures"]
    return template.format_map(known)


def shpilkin(one: Row, said: Mapping[str, Any]) -> list[str]:
    """Shpilkin's estimate as a range, or why it is not given."""
    text = said["screen-shpilkin"]
    found = []
    for test in one["of_contest"]:
        figures = test["figures"]
        if "shpilkin_low" in figures:
            known = {name.removeprefix("shpilkin_"): f"{value:,}" for name, value in figures.items() if name.startswith("shpilkin_")}
            found.append(f"{text['title']}: " + text["range"].format_map(known))
        found += [f"{text['title']}: {text[name]}" for name in text if f"shpilkin_{name}" in figures]
    return found
