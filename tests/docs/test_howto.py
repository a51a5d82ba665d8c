"""The how-tos show what their commands really print."""

from __future__ import annotations

import pytest
from tools.howto import BLOCK, HOWTO, PAGES, filled


@pytest.mark.parametrize("page", PAGES)
def test_output_in_the_howto_is_that_of_its_commands(page: str) -> None:
    assert filled(page) == (HOWTO / page).read_text(encoding="utf-8"), f"run: python -m tools.howto {page}"


@pytest.mark.parametrize("page", sorted(path.name for path in HOWTO.glob("*.md")))
def test_no_block_is_left_out(page: str) -> None:
    text = (HOWTO / page).read_text(encoding="utf-8")
    assert text.count("<!-- run") == len(BLOCK.findall(text)), "a block is not closed, or lacks its ```console"
    assert page in PAGES or "<!-- run" not in text
