"""The story's document is what it was, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallyproof.cli.story import document_of, told
from tallyproof.publish.afterlife import to_json
from tests.support.story_ps129 import story

GOLDEN = Path(__file__).parent


@pytest.mark.parametrize("chapter", ["needs time", "vacant", "closed"])
def test_the_document_is_what_it_was(chapter: str) -> None:
    made = story()
    name = f"story-{made.places[chapter]}.json"
    assert to_json(document_of(made, made.after(chapter))).encode() == (GOLDEN / name).read_bytes()


def test_the_log_is_the_same_each_time() -> None:
    assert told().entries == story().entries
