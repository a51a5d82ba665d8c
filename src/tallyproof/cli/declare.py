"""``tallyproof declare``: Declarations: what the returning officer declares from the records of a log, and what was announced."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, help="Declarations: what the returning officer declares from the records of a log, and what was announced.")


@app.callback(help=app.info.help)
def group() -> None:
    """Keeps the group a group while it has few commands."""
