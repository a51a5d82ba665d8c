"""``tallyproof seat``: Seats: what becomes of each, and who holds it."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, help="Seats: what becomes of each, and who holds it.")


@app.callback(help=app.info.help)
def group() -> None:
    """Keeps the group a group while it has few commands."""
