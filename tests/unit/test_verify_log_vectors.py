"""The vectors of specs/vectors/entry, read by the second opinion."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tallyproof_verify.entries import canonical, parse_json, read_entry
from tallyproof_verify.notes import Wrong, ed25519, key
from tallyproof_verify.replay import Replay

VECTORS = Path(__file__).parents[2] / "specs" / "vectors" / "entry"


def load(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def cases(name: str, of: str = "cases") -> list[Any]:
    return [pytest.param(case, id=f"{place}-{case['name'][:60]}") for place, case in enumerate(load(name)[of])]


def raw(case: dict[str, Any] | str) -> bytes:
    case = {"entry": case} if isinstance(case, str) else case
    return base64.b64decode(case["entry_base64"]) if "entry_base64" in case else case["entry"].encode()


def code_of(what: Callable[[], Any]) -> str | None:
    try:
        what()
    except Wrong as wrong:
        return wrong.code
    return None


@pytest.mark.parametrize("case", cases("json"))
def test_json(case: dict[str, Any]) -> None:
    assert code_of(lambda: parse_json(case["line"])) == case["code"]


@pytest.mark.parametrize("case", cases("note"))
def test_notes(case: dict[str, Any]) -> None:
    origin = load("note")["origin"]
    assert code_of(lambda: read_entry(raw(case), origin)) == case["code"]
    if case["code"] is None and "signatures" in case:
        assert len(read_entry(raw(case), origin).signatures) == case["signatures"]


@pytest.mark.parametrize("case", cases("vkey"))
def test_keys(case: dict[str, Any]) -> None:
    if case["good"]:
        assert key(case["vkey"]).vkey == case["vkey"]
    else:
        with pytest.raises(ValueError):
            key(case["vkey"])


@pytest.mark.parametrize("case", cases("ed25519"))
def test_strict_ed25519(case: dict[str, Any]) -> None:
    parts = [bytes.fromhex(case[part]) for part in ("public", "signature", "message")]
    assert ed25519(*parts) == case["valid"]


@pytest.mark.parametrize("case", cases("entry"))
def test_fields(case: dict[str, Any]) -> None:
    note = f"o\n{case['type']}\n{canonical(case['value'])}\n\n— a AAAAAAA=\n".encode()
    assert code_of(lambda: read_entry(note, "o")) == case["code"]


# --- log.json -----------------------------------------------------------------------------------------------------


def replayed(entries: list[Any], known: list[str], origin: str) -> Replay:
    replay = Replay([key(one).public for one in known])
    for place, one in enumerate(entries):
        one = {"entry": one} if isinstance(one, str) else one
        if "root" in one:
            assert base64.b64encode(replay.tree.root(place)).decode() == one["root"]
        data = raw(one)
        try:
            entry = read_entry(data, origin)
            assert entry.id == one.get("record_id", entry.id)
            replay.take(entry, hashlib.sha256(b"\0" + data).digest())
        except Wrong as wrong:
            replay.take(wrong, hashlib.sha256(b"\0" + data).digest())
    return replay


def said(replay: Replay) -> list[tuple[int, str]]:
    replay.finish()
    return sorted((1 << 60 if index is None else index, code) for code, index, _ in replay.problems)


def expected(problems: list[Any]) -> list[tuple[int, str]]:
    return sorted((1 << 60 if one["index"] is None else one["index"], one["code"]) for one in problems)


LOG = load("log")


def log_cases(of: str) -> list[Any]:
    return [pytest.param(case, id=f"{place}-{case.get('name', '')[:60]}") for place, case in enumerate(LOG.get(of, ()))]


def test_log() -> None:
    replay = replayed(LOG["entries"], LOG["authority_known"], LOG["origin"])
    assert replay.refused == 0, replay.problems
    assert said(replay) == expected(LOG["problems"])
    found = {}
    for contest, race in replay.races.items():
        for made in race.made:
            if made.record.station not in race.excluded:
                one = made.record
                found[one.key] = (contest, one.station, one.source, one.act, one.version, one.supersedes or None, made.at)
    names = ("contest", "station", "source", "act", "version", "supersedes", "made")
    assert found == {one["record"]: tuple(one[name] for name in names) for one in LOG["records"]}


@pytest.mark.parametrize("case", log_cases("refused"))
def test_refused(case: dict[str, Any]) -> None:
    origin, known = case.get("origin", LOG["origin"]), case.get("authority_known", LOG["authority_known"])
    replay = replayed([*LOG["entries"][: case["after"]], case], known, origin)
    assert [(code, index) for code, index, _ in replay.problems if index == case["after"]] == [(case["code"], case["after"])]


@pytest.mark.parametrize("case", log_cases("said"))
def test_said(case: dict[str, Any]) -> None:
    replay = replayed([*LOG["entries"][: case["after"]], *case["entries"]], LOG["authority_known"], LOG["origin"])
    assert replay.refused == 0, replay.problems
    assert said(replay) == expected(case["problems"])
