"""The commands, and the one way out of them: every error is shown with its hint, and has its exit code."""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from tallyproof import __version__
from tallyproof.cli.check import check_command
from tallyproof.cli.demo import demo_command
from tallyproof.cli.import_ import import_command
from tallyproof.cli.log import app as log_app
from tallyproof.cli.verify import verify_command
from tallyproof.errors import InputError, TallyproofError

app = typer.Typer(
    name="tallyproof",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Does the declared result agree with the station records? Which station, which figure, who gained, and does it change the winner.",
)
app.command("check")(check_command)
app.command("import")(import_command)
app.command("demo")(demo_command)
app.command("verify")(verify_command)
app.add_typer(log_app, name="log")


def _version(*, value: bool) -> None:
    if value:
        typer.echo(f"tallyproof {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=lambda value: _version(value=value), is_eager=True, help="Show the version."),
) -> None:
    """Does the declared result agree with the station records?"""


LISTED = 1000


def show_error(error: TallyproofError, console: Console) -> None:
    """What is wrong, where, and how to mend it; every problem on lines of its own."""
    console.print(f"tallyproof: {error.message}", style="bold red", markup=False, highlight=False)
    if isinstance(error, InputError):
        for problem in error.problems[:LISTED]:
            console.print(f"{problem.place}: {problem.message} [{problem.code}]", markup=False, highlight=False, soft_wrap=True)
            console.print(f"    mend: {problem.mend}", style="dim", markup=False, highlight=False, soft_wrap=True)
        if len(error.problems) > LISTED:
            console.print(f"… and {len(error.problems) - LISTED} more", highlight=False)
    if error.hint:
        console.print(f"hint: {error.hint}", style="cyan", markup=False, highlight=False)


def main() -> None:
    """Entry point of the command ``tallyproof``."""
    try:
        app()
    except TallyproofError as error:
        show_error(error, Console(stderr=True))
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output has left (``tallyproof check … | head``): nothing is wrong with the package.
        sys.stderr.close()
        sys.exit(0)
