"""``tallyproof case``: Complaints: file one, and take each step of its life."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, help="Complaints: file one, and take each step of its life.")


@app.callback(help=app.info.help)
def group() -> None:
    """Keeps the group a group while it has few commands."""
