"""A mapping that is wrong says where: line, path, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallyproof.errors import InputError, UsageError
from tallyproof.formats.mapping import load_mapping, parse_mapping, shipped_mappings

GOOD = """mapping = "v1"
[about]
name = "t"

[[contests]]
contest = "NA-1"

[[inputs]]
slot = "main"
station = "{No}"

[[inputs.records]]
source = "commission"
votes = { a = "A" }
"""


def fail(text: str) -> list[tuple[int | None, str | None, str, str]]:
    with pytest.raises(InputError) as caught:
        parse_mapping(text, "m.toml")
    return [(p.row, p.column, p.message, p.mend) for p in caught.value.problems]


def test_good() -> None:
    assert parse_mapping(GOOD, "m.toml").inputs[0].slot == "main"


def test_unknown_key_is_placed_and_the_nearest_named() -> None:
    ((row, column, message, mend),) = fail(GOOD.replace("station =", "staton ="))
    assert (row, column) == (10, "inputs[1].staton")
    assert "not known" in message
    assert "station" in mend


@pytest.mark.parametrize(
    "old,new,row,word",
    [
        ('source = "commission"', 'source = "the commission"', 13, "source"),
        ('votes = { a = "A" }', 'boxes = { vald = "A" }', 14, "box"),
        ('votes = { a = "A" }', "", 12, "no figure"),
        ('votes = { a = "A" }', 'votes = { a = "A" }\ncandidate = "{C}"', 12, "long"),
        ('slot = "main"', 'slot = "Main Slot"', 9, "match"),
        ('name = "t"', "name = 7", 3, "string"),
        ('source = "commission"', 'source = "commission"\nact = "guess"', 14, "act"),
        ('station = "{No}"', "station = { column = 'No', regex = '(' }", 10, "regular expression"),
        ('station = "{No}"', "station = { column = 'No', regex = '(.)', template = '{2}' }", 10, "groups"),
        ('station = "{No}"', 'station = "{No}"\nskip = [{ column = "No", equals = "x", reason = "" }]', 11, "character"),
    ],
)
def test_wrong_words_are_placed(old: str, new: str, row: int, word: str) -> None:
    found = fail(GOOD.replace(old, new))
    assert any(line == row and word in message for line, _, message, _ in found), found


def test_toml_errors_have_a_line() -> None:
    ((row, *_),) = fail(GOOD.replace('name = "t"', 'name = "t'))
    assert row == 3


def test_all_problems_at_once() -> None:
    assert len(fail(GOOD.replace("station =", "staton =").replace('"commission"', '"x y"'))) == 2


def test_names_and_paths(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_mapping("pakistan-2024-na18")
    assert "pakistan-2024-na128" in caught.value.hint
    with pytest.raises(UsageError):
        load_mapping(tmp_path / "absent.toml")
    path = tmp_path / "m.toml"
    path.write_text(GOOD, encoding="utf-8-sig")
    assert load_mapping(path).about.name == "t"


def test_shipped_mappings_are_named_after_their_file_and_say_their_notice_in_both_languages() -> None:
    shipped = shipped_mappings()
    assert {
        "bolivia-2019",
        "kenya-2022",
        "pakistan-2024-na122",
        "pakistan-2024-na128",
        "pakistan-2024-na238",
        "pakistan-2024-na242",
        "pakistan-2024-zlenner",
        "usa-georgia-2020",
        "venezuela-2024",
    } <= set(shipped)
    for name, mapping in shipped.items():
        about = mapping.about
        assert about.name == name
        assert about.title, name
        assert about.title_ur, name
        assert about.notice, name
        assert about.notice_ur, name
        assert about.held_on, name
        assert about.sources, name
        assert all(skip.reason for one in mapping.inputs for skip in one.skip)
