"""``tallyproof check PACKAGE``: does the declared result agree with the records?"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tallyproof.cli.show import show
from tallyproof.errors import UsageError
from tallyproof.findings.check import Checked, check
from tallyproof.findings.report import report, to_json
from tallyproof.findings.rows import rows
from tallyproof.formats.package import read_package
from tallyproof.model.words import Role


class Language(StrEnum):
    EN = "en"
    UR = "ur"


def write_text(path: Path, text: str) -> None:
    """Write a file, or say what keeps it from being written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}", hint="name a place that you may write to") from error


def write_site(checked: Checked, out: Path) -> None:
    """The report as pages in a folder."""
    from tallyproof.findings import words
    from tallyproof_site import build

    try:
        build(report(checked), rows(checked), out, words)
    except OSError as error:
        raise UsageError(f"cannot write pages to {out}: {error.strerror}", hint="name a folder that you may write to") from error


def check_command(
    package: Annotated[Path, typer.Argument(help="An election package: a folder or .zip (see specs/package-v1.md).", show_default=False)],
    json: Annotated[Path | None, typer.Option("--json", help="Write the whole report as JSON to this file; - prints it instead.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write the report as pages (English and Urdu) into this folder.")] = None,
    trust: Annotated[
        str | None, typer.Option("--trust", help="Tabulate only the records of this source, e.g. officer or agent:PTI.")
    ] = None,
    turnout: Annotated[
        int | None, typer.Option("--turnout", min=0, max=100, help="Missing stations have cast at most this percentage of their voters.")
    ] = None,
    areas: Annotated[bool, typer.Option("--areas", help="With --json: the totals of every area, at every level.")] = False,
    lang: Annotated[Language, typer.Option("--lang", help="Language of the report in the terminal.")] = Language.EN,
    role: Annotated[Role, typer.Option("--role", help="For whom to say what to do next.")] = Role.CITIZEN,
    every: Annotated[bool, typer.Option("--all", help="List every finding.")] = False,
) -> None:
    """Say whether the declared result agrees with the station records, and if not, where.

    Exit code 0: agrees. 1: something contradicts (a finding of kind proof or conflict). 2: the package cannot be read; every problem is
    listed with file, row and column.
    """
    checked = check(read_package(package), trust=trust, turnout=turnout)
    document = report(checked, every_area=areas)
    if json is not None and str(json) == "-":
        typer.echo(to_json(document), nl=False)
    else:
        if json is not None:
            write_text(json, to_json(document))
        show(document, Console(), language=lang, role=role, every=every, command=f"tallyproof check {package}")
    if html is not None:
        write_site(checked, html)
    raise typer.Exit(checked.exit_code)
