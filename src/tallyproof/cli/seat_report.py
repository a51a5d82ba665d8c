"""``tallyproof seat report``: the life of each seat as pages and as data."""

from __future__ import annotations

from typing import Annotated

import typer

from tallyproof.acts.view import seat_rows
from tallyproof.cli.acting import Lang, Level, Rules, Where
from tallyproof.cli.after_report import AtDay, Html, JsonFile, Size, report_after
from tallyproof.cli.check import Language
from tallyproof.cli.seat_show import show_seats


def report_command(
    log: Where,
    contest: Annotated[list[str] | None, typer.Argument(metavar="[CONTEST]...", help="Only these contests.", show_default=False)] = None,
    html: Html = None,
    json: JsonFile = None,
    size: Size = None,
    at: AtDay = None,
    rules: Rules = None,
    level: Level = None,
    lang: Lang = Language.EN,
) -> None:
    """Write the life of each seat: who was declared, on what ground each change rests, what was said. For everybody; no key is needed."""
    wanted = list(contest or ())
    report_after(
        log,
        html=html,
        json=json,
        size=size,
        at=at,
        rules=rules,
        level=level,
        lang=lang,
        contests=lambda _: (wanted, ""),
        show=lambda read, law: show_seats([row for row in seat_rows(read, None, law) if not wanted or row["contest"] in wanted], lang),
    )


def add_to(app: typer.Typer) -> None:
    """Put the command into the group ``seat``."""
    app.command("report")(report_command)
