"""The worked number in ARCHITECTURE.md is the one in the shipped example."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.support.story_ps129 import story

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "tallyproof" / "examples" / "ps129"
TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def rows(name: str) -> list[dict[str, str]]:
    with (PACKAGE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_first_station_is_as_told() -> None:
    votes = {row["candidate"]: row["votes"] for row in rows("votes") if row["record"] == "reconstructed-001"}
    in_box = next(int(row["in_box"]) for row in rows("records") if row["record"] == "reconstructed-001")
    bari, hanif, muqaddam, naeem = (votes[key] for key in ("saif-bari", "muhammad-asad-hanif", "maaz-muqaddam", "hafiz-naeem-ur-rehman"))
    read = int(bari) + int(muqaddam) + int(naeem)
    assert hanif == ""
    assert f"votes of Saif Bari: **{bari}**" in TEXT
    assert f"{bari} + {muqaddam} + {naeem} = {read}, the ballots in the box are {in_box}" in TEXT
    assert f"`v1 = {bari}`, `v2 = null`, `v3 = {muqaddam}`, `v4 = {naeem}`, `in_box = {in_box}`" in TEXT
    assert f"{in_box} − {read} = {in_box - read}" in TEXT


def test_what_becomes_of_the_number_is_as_told() -> None:
    made = story()
    result = json.loads(made.entries[made.places["recount reconstructed-001"]].decode().split("\n")[2])
    complaint = json.loads(made.entries[made.places["complaint"]].decode().split("\n")[2])
    assert result["supersedes"] in complaint["evidence"]
    assert result["votes"]["saif-bari"] == 92
    assert f"92 stays 92, and the unread figure beside it is now {result['votes']['muhammad-asad-hanif']}." in TEXT


@pytest.mark.parametrize("shell", sorted(path.name for path in (ROOT / "src").iterdir() if path.name.startswith("tallyproof_")))
def test_every_shell_is_on_the_map_and_in_the_picture(shell: str) -> None:
    assert f"| `{shell}` |" in TEXT
    assert f"src/{shell}<br>" in TEXT


@pytest.mark.parametrize("room", sorted(path.name for path in (ROOT / "src" / "tallyproof").iterdir() if (path / "__init__.py").exists()))
def test_every_room_is_on_the_map(room: str) -> None:
    assert f"| `{room}` |" in TEXT
    assert room in ("model", "errors", "cli") or f'{room}["{room}<br>' in TEXT, "not in the picture"
