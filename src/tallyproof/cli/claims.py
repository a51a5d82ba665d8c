"""``tallyproof claims``: What press and parties said of the figures, checked against them."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, help="What press and parties said of the figures, checked against them.")


@app.callback(help=app.info.help)
def group() -> None:
    """Keeps the group a group while it has few commands."""
