"""The README shows what the commands really print."""

from __future__ import annotations

import pytest
from tools.readme import BLOCK, COMMANDS, README, output_of

TEXT = README.read_text(encoding="utf-8")


def test_every_block_is_filled() -> None:
    assert [match["name"] for match in BLOCK.finditer(TEXT)] == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_output_in_the_readme_is_that_of_the_command(name: str) -> None:
    block = next(match[0] for match in BLOCK.finditer(TEXT) if match["name"] == name)
    assert output_of(name) in block, "run: python -m tools.readme"
