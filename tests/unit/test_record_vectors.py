"""``specs/vectors/entry/``: the files are what their generator makes, and the code reads them as they say."""

from __future__ import annotations

import base64
import json
from collections import Counter
from functools import cache
from typing import Any

import pytest

from tallyproof.audit.logged import with_audits
from tallyproof.compare.logged import verify_log
from tallyproof.log.merkle import Tree
from tallyproof.record import canon
from tallyproof.record.entry import CODES, Refused, entry_text, parse_entry
from tallyproof.record.kinds import VKEY
from tallyproof.record.ledger import Ledger
from tallyproof.record.note import parse_vkey
from tallyproof.record.signing import is_signed
from tallyproof.record.types import TYPES, fault
from tests.support.entry_vectors import FILES, FOLDER, text_of

Case = dict[str, Any]


@cache
def read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def cases(name: str, key: str = "cases") -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in read(name)[key]]


def entry_of(case: Case) -> bytes:
    return base64.b64decode(case["entry_base64"]) if "entry_base64" in case else case["entry"].encode()


@pytest.mark.parametrize("name", FILES)
def test_the_generator_makes_this_file(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == text_of(name)


def test_every_file_is_made() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {"README.md", *FILES}


@pytest.mark.parametrize("case", cases("json.json"))
def test_json(case: Case) -> None:
    if case["code"] is None:
        assert canon.dumps(canon.loads(case["line"])) == case["line"]
    else:
        with pytest.raises(canon.CanonError) as caught:
            canon.loads(case["line"])
        assert caught.value.code == case["code"]


@pytest.mark.parametrize("case", cases("note.json"))
def test_note(case: Case) -> None:
    origin = read("note.json")["origin"]
    if case["code"] is None:
        entry = parse_entry(entry_of(case), origin)
        assert len(entry.note.signatures) == case.get("signatures", len(entry.note.signatures))
    else:
        with pytest.raises(Refused) as caught:
            parse_entry(entry_of(case), origin)
        assert caught.value.code == case["code"]


@pytest.mark.parametrize("case", cases("vkey.json"))
def test_vkey(case: Case) -> None:
    assert VKEY.is_one(case["vkey"]) is case["good"]
    if case["good"]:
        assert str(parse_vkey(case["vkey"])) == case["vkey"]


@pytest.mark.parametrize("case", cases("ed25519.json"))
def test_ed25519(case: Case) -> None:
    public, signature, message = (bytes.fromhex(case[name]) for name in ("public", "signature", "message"))
    assert is_signed(public, signature, message) is case["valid"]


@pytest.mark.parametrize("case", cases("entry.json"))
def test_value(case: Case) -> None:
    canon.dumps(case["value"])
    wrong = fault(case["type"], case["value"])
    if case["code"] is None:
        assert wrong == ""
        assert entry_text("o", case["type"], case["value"]).startswith(f"o\n{case['type']}\n{{")
    else:
        # the name of the field that is wrong comes first, then what it should be
        assert wrong.split(":")[0].split(".")[0].split("[")[0] == case["field"]
        with pytest.raises(Refused, match=case["field"]) as caught:
            entry_text("o", case["type"], case["value"])
        assert caught.value.code == "field-wrong"


def test_every_type_has_a_good_value_and_faults() -> None:
    counted = Counter((case["type"], case["code"]) for case in read("entry.json")["cases"])
    assert {type_ for type_, code in counted if code is None} == set(TYPES)
    assert min(counted[type_, "field-wrong"] for type_ in TYPES) >= 3


# --- log.json ---------------------------------------------------------------------------------------------------------


def known() -> tuple[Any, ...]:
    return tuple(map(parse_vkey, read("log.json")["authority_known"]))


def entries(after: int | None = None) -> list[bytes]:
    return [entry_of(case) for case in read("log.json")["entries"][:after]]


@cache
def ledger_after(size: int) -> tuple[Ledger, Tree]:
    ledger, tree = Ledger(read("log.json")["origin"], known()), Tree()
    for data in entries(size):
        ledger.accept(data, tree.root)
        tree.extend((data,))
    return ledger, tree


def said(problems: Any) -> Counter[tuple[str, int | None]]:
    return Counter((one["code"], one["index"]) if isinstance(one, dict) else (one.code, one.index) for one in problems)


def test_the_log() -> None:
    document = read("log.json")
    ledger, tree = Ledger(document["origin"], known()), Tree()
    for case in document["entries"]:
        assert base64.b64decode(case["root"]) == tree.root()
        assert ledger.accept(entry_of(case), tree.root).record_id == case["record_id"]
        tree.extend((entry_of(case),))
    outcome = with_audits(verify_log(entries(), document["origin"], known()))
    assert said(outcome.problems) == said(document["problems"])
    assert outcome.is_in_order
    assert (outcome.size, outcome.root) == (len(document["entries"]), tree.root())


def test_the_records() -> None:
    book = ledger_after(len(entries()))[0].book
    found = []
    for record in sorted(book.records.values(), key=lambda one: one.record):
        if (record.contest, record.station) not in book.excluded:
            row = {
                name: getattr(record, name) for name in ("record", "contest", "station", "source", "act", "version", "supersedes", "made")
            }
            figures = dict(zip(book.contests[record.contest].candidates, record.votes, strict=True))
            found.append({**row, "votes": figures, "boxes": dict(record.boxes)})
    assert found == read("log.json")["records"]


@pytest.mark.parametrize("case", cases("log.json", "refused"))
def test_refused(case: Case) -> None:
    ledger, tree = ledger_after(case["after"])
    with pytest.raises(Refused) as caught:
        ledger.check(entry_of(case), tree.root)
    assert caught.value.code == case["code"]
    assert caught.value.hint


def test_what_is_refused_is_said_with_its_index() -> None:
    some = read("log.json")["refused"][0::17]
    end = [case for case in some if case["after"] == len(entries())]
    outcome = with_audits(verify_log([*entries(), *map(entry_of, end)], read("log.json")["origin"], known()))
    told = [(one.code, one.index) for one in outcome.problems if one.code in CODES]
    assert told == [(case["code"], len(entries()) + number) for number, case in enumerate(end)]
    assert len(told) >= 3
    assert not outcome.is_in_order
    assert said(one for one in outcome.problems if one.code not in CODES) == said(read("log.json")["problems"])


@pytest.mark.parametrize("case", cases("log.json", "said"))
def test_said(case: Case) -> None:
    log = [*entries(case["after"]), *(text.encode() for text in case["entries"])]
    assert said(with_audits(verify_log(log, read("log.json")["origin"], known())).problems) == said(case["problems"])


def test_every_code_is_met() -> None:
    met = {case["code"] for name in ("json.json", "note.json", "entry.json") for case in read(name)["cases"]}
    met |= {case["code"] for case in read("log.json")["refused"]}
    assert met - {None} == set(CODES)
