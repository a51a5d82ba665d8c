"""Every command and option has help and stands in docs/reference/cli.md."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from tallyproof.cli.app import app

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", COMMANDS)
def test_command_has_help_and_a_section(name: str) -> None:
    assert COMMANDS[name].help, f"{name} is missing its help"
    assert f"## tallyproof {name}" in PAGE


@pytest.mark.parametrize(
    ("name", "option"),
    [(name, option) for name, command in COMMANDS.items() for option in command.params if option.param_type_name == "option"],
)
def test_option_has_help_and_is_explained(name: str, option: typer.core.TyperOption) -> None:
    if "--help" in option.opts:
        return
    assert option.help, f"{name} {option.opts[0]} is missing its help"
    section = PAGE.split(f"## tallyproof {name}")[1].split("\n## ")[0]
    assert f"`{option.opts[0]}" in section
