"""``tallyproof demo``: the shipped example, PS-129."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tallyproof.cli.check import Language, write_site
from tallyproof.cli.show import show
from tallyproof.findings.check import check
from tallyproof.findings.report import report
from tallyproof.formats.package import read_package
from tallyproof.model.words import Role


def demo_command(
    html: Annotated[Path | None, typer.Option("--html", help="Also write the pages into this folder.")] = None,
    lang: Annotated[Language, typer.Option("--lang", help="Language of the report in the terminal.")] = Language.EN,
) -> None:
    """Check the example of PS-129, Karachi, 8 February 2024: declared figures as published, station rows reconstructed.

    The exit code is 0 although the example does not agree: that is what it shows.
    """
    with as_file(files("tallyproof") / "examples" / "ps129") as package:
        checked = check(read_package(package))
    console = Console()
    show(report(checked), console, language=lang, role=Role.CITIZEN, every=True, command="tallyproof check PACKAGE")
    if html is not None:
        write_site(checked, html)
        console.print(f"Pages: {(html / 'index.html').resolve().as_uri()}", soft_wrap=True, highlight=False)
