"""Every command and option has help and stands in docs/reference/cli.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from tallyproof.cli.app import app

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")


def commands_of(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every command with its whole name, groups left out."""
    for name, command in group.commands.items():
        whole = f"{before}{name}"
        if hasattr(command, "commands"):
            yield from commands_of(command, f"{whole} ")
        else:
            yield whole, command


ACTS = ("declare", "case", "seat", "claims")
"""Groups whose commands have many options in common, explained once."""
IN_COMMON = PAGE.split("## Commands that act")[1].split("\n## ")[0]
COMMANDS = dict(commands_of(typer.main.get_command(app)))


def section_of(name: str) -> str:
    """The section of a command; of the commands of a group, the row of the group's table."""
    top, _, rest = name.partition(" ")
    assert f"## tallyproof {top}" in PAGE
    section = PAGE.split(f"## tallyproof {top}")[1].split("\n## ")[0]
    if not rest:
        return section
    rows = [line for line in section.splitlines() if f"`{name} " in line]
    assert rows, f"{name} has no row"
    return rows[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_command_has_help_and_a_place(name: str) -> None:
    assert COMMANDS[name].help, f"{name} is missing its help"
    assert section_of(name)


@pytest.mark.parametrize(
    ("name", "option"),
    [(name, option) for name, command in COMMANDS.items() for option in command.params if option.param_type_name == "option"],
)
def test_option_has_help_and_is_explained(name: str, option: typer.core.TyperOption) -> None:
    if "--help" in option.opts:
        return
    assert option.help, f"{name} {option.opts[0]} is missing its help"
    if " " not in name:
        assert f"`{option.opts[0]}" in section_of(name)
    elif option.opts[0] == "--passphrase-file":
        # Explained once, above the table of the commands that all have it.
        assert "`--passphrase-file`" in PAGE
    elif name.split()[0] in ACTS and f"| `{option.opts[0]}" in IN_COMMON:
        return
    else:
        assert option.opts[0] in section_of(name)
