"""The commands, and the one way out of them: every error is shown with its hint, and has its exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Any

import typer
from rich.console import Console

from tallyproof import __version__
from tallyproof.errors import InputError, TallyproofError, UsageError

HELP = "Does the declared result agree with the station records? Which station, which figure, who gained, and does it change the winner."

COMMANDS = {
    "check": "tallyproof.cli.check:check_command",
    "import": "tallyproof.cli.import_:import_command",
    "screen": "tallyproof.cli.screen:screen_command",
    "demo": "tallyproof.cli.demo:demo_command",
    "verify": "tallyproof.cli.verify:verify_command",
    "log": "tallyproof.cli.log:app",
    "declare": "tallyproof.cli.declare:app",
    "case": "tallyproof.cli.case:app",
    "seat": "tallyproof.cli.seat:app",
    "claims": "tallyproof.cli.claims:app",
    "audit": "tallyproof.cli.audit:app",
}
"""Name → where the command is; a name that ends in ``app`` is a group of commands. Each is loaded when it is asked for."""


def make_app(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """The program with these of its commands."""
    made = typer.Typer(
        name="tallyproof",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help=HELP,
    )
    made.callback()(_options)
    for name in names:
        module, _, member = COMMANDS[name].partition(":")
        found = getattr(import_module(module), member)
        if isinstance(found, typer.Typer):
            made.add_typer(found, name=name)
        else:
            made.command(name)(found)
    return made


def __getattr__(name: str) -> Any:
    # The whole program is made for those who want all of it: help, tests. One command loads its own modules alone.
    if name == "app":
        globals()["app"] = made = make_app()
        return made
    raise AttributeError(name)


def _version(*, value: bool) -> None:
    if value:
        typer.echo(f"tallyproof {__version__}")
        raise typer.Exit


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


EXTRAS = {
    "numpy": "screens",
    "scipy": "screens",
    "typst": "print",
    "segno": "evidence",
    "zxingcpp": "evidence",
    "PIL": "evidence",
    "rfc3161_client": "evidence",
    "waitress": "evidence",
    "pyspark": "spark",
    "duckdb": "spark",
    "pyarrow": "spark",
}
"""Library → the extra that has it. ``segno`` is in two; what prints says itself that it needs ``print``."""


def missing_extra(error: ModuleNotFoundError) -> UsageError | None:
    """What to install, if the module that is missing belongs to an extra; nothing for a fault of our own."""
    library = (error.name or "").partition(".")[0]
    extra = EXTRAS.get(library)
    if extra is None:
        return None
    return UsageError(f"this command needs {library}, which is not installed", hint=f"install it with: pip install 'tallyproof[{extra}]'")


def main() -> None:
    """Entry point of the command ``tallyproof``."""
    asked = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        make_app([asked] if asked in COMMANDS else COMMANDS)()
    except ModuleNotFoundError as error:
        mend = missing_extra(error)
        if mend is None:
            raise
        show_error(mend, Console(stderr=True))
        sys.exit(mend.exit_code)
    except TallyproofError as error:
        show_error(error, Console(stderr=True))
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output has left (``tallyproof check … | head``): nothing is wrong with the package.
        sys.stderr.close()
        sys.exit(0)
