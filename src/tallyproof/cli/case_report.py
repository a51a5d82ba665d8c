"""``tallyproof case report``: the docket, or one case, as pages and as data."""

from __future__ import annotations

from typing import Annotated

import typer

from tallyproof.acts.law import Law
from tallyproof.acts.log import Log
from tallyproof.acts.view import case_data, docket_rows
from tallyproof.cli.acting import Lang, Level, Rules, Where
from tallyproof.cli.after_report import AtDay, Html, JsonFile, Size, report_after
from tallyproof.cli.case_show import show_case, show_docket
from tallyproof.cli.check import Language


def report_command(
    log: Where,
    case: Annotated[
        str | None,
        typer.Argument(metavar="[CASE]", help="Only this complaint: its number, its index or its record id.", show_default=False),
    ] = None,
    html: Html = None,
    json: JsonFile = None,
    size: Size = None,
    at: AtDay = None,
    rules: Rules = None,
    level: Level = None,
    lang: Lang = Language.EN,
) -> None:
    """Write the docket and each case: who answered, what was ordered, and what it changed. For everybody; no key is needed."""

    def wanted(read: Log) -> tuple[list[str], str]:
        found = read.case(case) if case is not None else None
        return ([found.contest], found.complaint) if found is not None else ([], "")

    def show(read: Log, law: Law | None) -> None:
        if case is None:
            show_docket(docket_rows(read), lang)
        else:
            show_case(case_data(read, read.case(case), law), lang)

    report_after(log, html=html, json=json, size=size, at=at, rules=rules, level=level, lang=lang, contests=wanted, show=show)


def add_to(app: typer.Typer) -> None:
    """Put the command into the group ``case``."""
    app.command("report")(report_command)
