"""The how-tos show what their commands really print."""

from __future__ import annotations

import json
import re

import pytest
from tools.howto import BLOCK, HOWTO, PAGES, filled

from tallyproof.acts.log import Log
from tallyproof.record.entry import entry_text
from tallyproof.record.note import parse_vkey
from tallyproof.record.signing import signed
from tallyproof.tabulate.rules import SHA256
from tests.support.entry_logs import ORIGIN
from tests.support.entry_values import key, vkey


@pytest.mark.parametrize("page", PAGES)
def test_output_in_the_howto_is_that_of_its_commands(page: str) -> None:
    assert filled(page) == (HOWTO / page).read_text(encoding="utf-8"), f"run: python -m tools.howto {page}"


@pytest.mark.parametrize("page", sorted(path.name for path in HOWTO.glob("*.md")))
def test_no_block_is_left_out(page: str) -> None:
    text = (HOWTO / page).read_text(encoding="utf-8")
    assert text.count("<!-- run") == len(BLOCK.findall(text)), "a block is not closed, or lacks its ```console"
    assert page in PAGES or "<!-- run" not in text


def test_the_first_entries_of_a_log_are_accepted_as_they_are_shown() -> None:
    text = (HOWTO / "keep-a-log.md").read_text(encoding="utf-8")
    shown = re.sub("<vkey of ([^>]+)>", lambda match: vkey(match[1]), "".join(re.findall(r"```json\n(.*?)```", text, re.DOTALL)))
    decode, values = json.JSONDecoder(), []
    while shown.strip():
        value, end = decode.raw_decode(shown.strip())
        values.append(value)
        shown = shown.strip()[end:]
    types = ("election-definition", "contest", "stations", "roster", "station-record")
    signers = ("authority-1.key",) * 4 + ("officer-1.key",)
    log = Log(ORIGIN, (parse_vkey(vkey("authority-1.key")),))
    for type_, value, signer in zip(types, values, signers, strict=True):
        log.accept(signed(entry_text(ORIGIN, f"{type_}/v1", value), key(signer)))
    assert log.size == 5
    assert SHA256 in text
