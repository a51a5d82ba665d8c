"""``verify.js`` under Node: a good log, every code that applies, receipts, remembered checkpoints, hostile input, the vectors."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import minilog
from tests.support.minilog import COSIGNATURE, MLDSA, Election, Key, b64, boxes, sha256, tile_path, votes

ROOT = Path(__file__).resolve().parents[2]
VERIFY = ROOT / "src/tallyproof_verify/browser/verify.js"
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="needs node (20 or later)")

Judge = Callable[[str], list[tuple[str, int | None]]]


def node(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [str(NODE), *map(str, arguments)]
    environment = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, env=environment)


def verify(*arguments: str | Path) -> tuple[int, dict[str, Any]]:
    done = node(VERIFY, *arguments, "--json")
    assert done.returncode in (0, 1), done.stderr
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert found["ok"] is (done.returncode == 0)
    return done.returncode, found


def codes(found: dict[str, Any], kind: str = "problem") -> list[tuple[str, int | None]]:
    return [(one["code"], one["index"]) for one in found["problems"] if one["kind"] == kind]


@pytest.fixture
def log() -> Election:
    return minilog.election()


# --- A log in order -----------------------------------------------------------------------------------------------


def test_a_good_log_is_in_order(log: Election, tmp_path: Path) -> None:
    code, found = verify(log.write(tmp_path))
    assert code == 0
    assert (found["origin"], found["size"], found["root"]) == (log.origin, len(log.entries), b64(log.root()))
    assert codes(found) == []
    assert codes(found, "notice") == [("attested-against", log.at["disagree 5"]), ("attested-against", log.at["refused 4"])]
    assert found["contests"] == [
        {
            "contest": "NA-1",
            "stations": {"expected": 3, "recorded": 3, "missing": 0, "disputed": 0, "excluded": 1},
            "totals": {"bari": [275, 275], "hafiz": [189, 189], "zia": [67, 67]},
        },
        {
            "contest": "NA-2",
            "stations": {"expected": 2, "recorded": 1, "missing": 1, "disputed": 1, "excluded": 0},
            "totals": {"asma": [40, 40], "khan": [29, 30]},
        },
    ]
    assert any("before them: 4" in text for text in found["established"])
    assert any("Not checked here: ML-DSA-44" in text for text in found["not_established"])
    assert any("its keys came with the log itself" in text for text in found["not_established"])


def test_keys_from_elsewhere_are_named_as_such(log: Election, tmp_path: Path) -> None:
    files = log.files()
    for name in ("policy", "authority"):
        (tmp_path / name).write_bytes(files[name])
    log.write(tmp_path / "log", policy=None, authority=None)
    code, found = verify(tmp_path / "log", "--policy", tmp_path / "policy", "--authority", tmp_path / "authority")
    assert code == 0
    assert sum("are those that you gave" in text for text in found["established"]) == 2
    assert not any("came with the log" in text for text in found["not_established"])


def test_two_of_two_authority_keys(tmp_path: Path) -> None:
    assert verify(minilog.election(threshold=2).write(tmp_path))[0] == 0


def test_a_log_over_several_tiles(log: Election, tmp_path: Path) -> None:
    """Two full tiles and a partial one, a tile above, and full files where partial ones were asked for."""
    for n in range(600 - len(log.entries)):
        log.add("image", *log.chiefs, contest="NA-1", mime="image/png", sha256=sha256(b"%d" % n).hex(), size=n, station="1")
    folder = log.write(tmp_path / "log", size=None)
    assert (folder / tile_path(1, 0, 2)).exists()
    assert verify(folder)[0] == 0
    shorter = log.files(500)
    later = {name: content for name, content in log.files().items() if not name.endswith((".p/88", ".p/2"))}
    mixed = minilog.write_files(
        tmp_path / "mixed", {**later, tile_path(1, 0, 1): shorter[tile_path(1, 0, 1)], "checkpoint": shorter["checkpoint"]}
    )
    code, found = verify(mixed)
    assert (code, found["size"]) == (0, 500)


def test_text_for_people(log: Election, tmp_path: Path) -> None:
    done = node(VERIFY, log.write(tmp_path))
    assert done.returncode == 0
    for line in ("In order", "Established", "Not established", "Contests"):
        assert line in done.stdout


# --- Entries ------------------------------------------------------------------------------------------------------

Change = Callable[[Election], None]


def appended(kind: str, *signers: str | Key, **fields: Any) -> Change:
    """An entry at the end. A signer is a Key, ``authority``, or ``role place party``."""

    def change(log: Election) -> None:
        keys = [one if isinstance(one, Key) else log.authority[0] if one == "authority" else log.key(*one.split()) for one in signers]
        log.add(kind, *keys, **{name: value(log) if callable(value) else value for name, value in fields.items()})

    return change


def raw(make: Callable[[Election], bytes]) -> Change:
    return lambda log: (log.append(make(log)), None)[1]


def signed(log: Election, text: str, *keys: Key) -> bytes:
    return (text + "\n" + "".join(key.sign(text) for key in keys or log.authority[:1])).encode()


ID = "0" * 64
IMAGE = {"contest": "NA-1", "mime": "image/png", "sha256": ID, "size": 1, "station": "1"}
RECORD = {"act": "count", "contest": "NA-1", "source": "officer", "station": "1", "votes": {"bari": 1}}
FRESH = Key("officer.results.example/fresh")


def prefix(log: Election) -> dict[str, Any]:
    return log.prefix()


REFUSED: dict[str, list[Change]] = {
    "note-malformed": [
        raw(lambda log: b"x"),
        raw(lambda log: b""),
        raw(lambda log: log.text("image", **IMAGE).encode()),
        raw(lambda log: signed(log, log.text("image", **IMAGE) + "more\n")),
        raw(lambda log: signed(log, log.text("image", **IMAGE)).replace(b"\n", b"\r\n")),
        raw(lambda log: signed(log, log.text("image", **IMAGE))[:-1]),
        raw(lambda log: signed(log, log.text("image", **IMAGE)) + b"\xff\n"),
        raw(lambda log: signed(log, log.text("image", **IMAGE), *[Key(f"k{n}") for n in range(65)])),
    ],
    "origin-differs": [raw(lambda log: signed(log, log.text("image", **IMAGE).replace("2027", "2028")))],
    "type-unknown": [appended("constructor", "authority", **IMAGE), raw(lambda log: signed(log, f"{log.origin}\n7\n{{}}\n"))],
    "json-malformed": [
        raw(lambda log: signed(log, f'{log.origin}\nimage/v1\n{{"a":1,"a":1}}\n')),
        raw(lambda log: signed(log, f'{log.origin}\nimage/v1\n{{"a":{"[" * 60000}\n')),
        raw(lambda log: signed(log, f'{log.origin}\nimage/v1\n{{"a":1.0}}\n')),
        raw(lambda log: signed(log, f'{log.origin}\nimage/v1\n{{"a":"e\u0301"}}\n')),
    ],
    "json-not-canonical": [raw(lambda log: signed(log, f'{log.origin}\nimage/v1\n{{"b":1,"a":1}}\n'))],
    "field-wrong": [
        appended("image", "authority", **{**IMAGE, "size": "1"}),
        appended("image", "authority", **IMAGE, extra=1),
        raw(lambda log: signed(log, f'{log.origin}\nimage/v1\n{{"__proto__":{{"a":1}},"toString":1}}\n')),
        appended("key-revoke", "authority", key="a+00000000+AQ==", reason="lost"),
    ],
    "definition-first": [raw(lambda log: log.entry("election-definition", *log.authority, **log.definition(name="Other")))],
    "definition-late": [appended("stations", "authority", contest="NA-1", stations=[{"station": "new"}])],
    "definition-twice": [appended("roster-freeze", "authority", root=lambda log: prefix(log)["root"], size=lambda log: len(log.entries))],
    "place-unknown": [
        appended("station-record", "officer 1", **{**RECORD, "station": "5"}),
        appended("station-record", "officer 1", **{**RECORD, "votes": {"nobody": 1}}),
        appended("station-record", "officer 1", **{**RECORD, "contest": "__proto__"}),
        appended("roster", "authority", by="authority", contest="NA-1", keys=[{"role": "officer", "vkey": FRESH.vkey}]),
        appended("roster", "authority", by="authority", contest="NA-1", keys=[{"role": "operator", "stations": ["1"], "vkey": FRESH.vkey}]),
        appended("seat-status", "authority", contest="NA-1", holder="asma", status="declared"),
    ],
    "key-twice": [
        appended("roster", "authority", by="authority", contest="NA-1", keys=[{"role": "operator", "vkey": Election.key("court").vkey}]),
        appended(
            "roster", "authority", by="authority", contest="NA-1", keys=[{"role": "operator", "vkey": Key("results.example/2027").vkey}]
        ),
        appended("key-revoke", "authority", key=FRESH.vkey, reason="lost"),
        appended("key-revoke", "party star", key=Election.key("agent", "6", "star").vkey, reason="lost"),
    ],
    "role-wrong": [
        appended(
            "roster", "party moon", by="party:moon", contest="NA-1", keys=[{"role": "officer", "stations": ["1"], "vkey": FRESH.vkey}]
        ),
        appended("roster", "authority", by="authority", contest="NA-1", keys=[{"role": "agent", "stations": ["1"], "vkey": FRESH.vkey}]),
        appended("roster", "party moon", by="party:none", contest="NA-1", keys=[{"role": "agent", "stations": ["1"], "vkey": FRESH.vkey}]),
    ],
    "signature-bad": [raw(lambda log: log.entry("image", log.authority[0], **IMAGE).replace(b'"size":1', b'"size":2'))],
    "key-revoked": [appended("attestation", Election.key("agent", "6", "star"), contest="NA-2", says="refused", station="6")],
    "signer-missing": [
        appended("station-record", "officer 2", **RECORD),
        appended("station-record", "authority", **RECORD),
        appended("station-record", "officer 1", **{**RECORD, "source": "agent:moon"}),
        raw(lambda log: log.entry("station-record", log.key("agent", "1", "star"), **{**RECORD, "source": "agent:moon"})),
        appended("image", FRESH, **IMAGE),
        appended("correction", "returning-officer NA-1", act="canvass", contest="NA-1", reason="r", station="1", supersedes=ID, votes={}),
        appended("key-replace", "authority", new=FRESH.vkey, old=Election.key("officer", "1").vkey, reason="lost"),
        appended("key-revoke", "authority", key=Election.key("agent", "1", "moon").vkey, reason="ended"),
        appended("key-revoke", "authority", key=Election.key("party", of="moon").vkey, reason="ended"),
    ],
    "reference-unknown": [
        appended("ruling", "court", complaint=ID, contest="NA-1", outcome="granted", summary="s"),
        appended("ruling", "court", complaint=lambda log: log.ids["order 1"], contest="NA-1", outcome="granted", summary="s"),
        appended(
            "correction",
            "court",
            act="ruling",
            contest="NA-1",
            reason="r",
            station="1",
            votes={},
            supersedes=lambda log: log.ids["image 3"],
        ),
    ],
    "reference-elsewhere": [
        appended("ruling", "court", complaint=lambda log: log.ids["complaint"], contest="NA-2", outcome="granted", summary="s"),
        appended(
            "correction",
            "court",
            act="ruling",
            contest="NA-1",
            reason="r",
            station="2",
            votes={},
            supersedes=lambda log: log.ids["count 1"],
        ),
        appended(
            *("recount-result", "returning-officer NA-1"),
            contest="NA-1",
            station="3",
            votes={},
            order=lambda log: log.ids["order 1"],
            supersedes=lambda log: log.ids["count 3"],
        ),
    ],
    "act-wrong": [
        appended("station-record", "officer 1", **{**RECORD, "act": "repoll"}),
        appended("station-record", "officer 1", **RECORD, supersedes=lambda log: log.ids["count 1"]),
        appended("attestation", Election.key("agent", "1", "moon"), contest="NA-1", says="agree", station="1"),
        appended("attestation", Election.key("agent", "1", "moon"), contest="NA-1", says="refused", station="1", votes={}),
    ],
    "prefix-differs": [
        appended("timestamp", "authority", authority="tsa", root=lambda log: prefix(log)["root"], sha256=ID, size=3),
        appended(
            "timestamp",
            "authority",
            authority="tsa",
            root=lambda log: prefix(log)["root"],
            sha256=ID,
            size=lambda log: len(log.entries) + 1,
        ),
    ],
}


@pytest.mark.parametrize(("code", "n"), [(code, n) for code, changes in REFUSED.items() for n in range(len(changes))])
def test_an_entry_that_breaks_a_rule(log: Election, tmp_path: Path, code: str, n: int) -> None:
    index = len(log.entries)
    REFUSED[code][n](log)
    returned, found = verify(log.write(tmp_path))
    assert (returned, codes(found)) == (1, [(code, index)])
    assert found["problems"][-1]["message"]


def test_after_a_refused_definition_nothing_is_accepted(log: Election, tmp_path: Path) -> None:
    log.rewrite(0, *log.authority, threshold=3)
    assert codes(verify(log.write(tmp_path))[1]) == [("definition-first", n) for n in range(len(log.entries))]


def test_an_authority_from_outside_must_be_in_the_definition(log: Election, tmp_path: Path) -> None:
    (tmp_path / "other").write_text(Key("authority.elsewhere").vkey + "\n")
    code, found = verify(log.write(tmp_path / "log"), "--authority", tmp_path / "other")
    assert (code, codes(found)[0]) == (1, ("definition-first", 0))


def test_a_long_list_of_problems_is_counted(log: Election, tmp_path: Path) -> None:
    for _ in range(1200):
        log.append(b"x")
    code, found = verify(log.write(tmp_path))
    assert code == 1
    assert len(found["problems"]) == 1000
    assert found["problems_left_out"] == 202, "two notices are among the first thousand"


# --- Records, declarations, what is said at the end ---------------------------------------------------------------


def said(log: Election, tmp_path: Path) -> list[tuple[str, int | None]]:
    _, found = verify(log.write(tmp_path))
    usual = [("attested-against", log.at["disagree 5"]), ("attested-against", log.at["refused 4"])]
    return [one for one in codes(found) + codes(found, "notice") if one not in usual]


def declare(log: Election, **changes: Any) -> int:
    """Another final declaration of NA-1, at the end; its index."""
    fields = {**log.fields(log.at["final NA-1"]), **log.prefix(), "reason": "x", "version": 2, **changes}
    log.add("declaration", log.key("returning-officer", "NA-1"), **{key: value for key, value in fields.items() if value is not None})
    return len(log.entries) - 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"boxes": None, "winners": None}, None),
        ({"totals": votes("NA-1", 275, 189, 68)}, "declaration-totals"),
        ({"totals": {"bari": 275, "hafiz": 189}}, "declaration-totals"),
        ({"boxes": {"valid": 532}}, "declaration-totals"),
        ({"missing": ["3"]}, "declaration-missing"),
        ({"excluded": []}, "declaration-excluded"),
        ({"disputed": {"3": ID}}, "declaration-disputed"),
        ({"rules": ID}, "declaration-rules"),
        ({"winners": ["hafiz"]}, "declaration-winners"),
        ({"winners": []}, "declaration-winners"),
        ({"version": 1}, "equivocation"),
    ],
)
def test_a_declaration_is_compared(log: Election, tmp_path: Path, changes: dict[str, Any], code: str | None) -> None:
    index = declare(log, **changes)
    assert said(log, tmp_path) == ([] if code is None else [(code, index)])


def test_a_disputed_station_is_added_as_named(log: Election, tmp_path: Path) -> None:
    fields = {**log.fields(log.at["final NA-2"]), **log.prefix(), "reason": "x", "version": 2}
    fields |= {"boxes": boxes((40, 29), 2), "disputed": {"5": log.ids["disagree 5"]}, "totals": votes("NA-2", 40, 29)}
    log.add("declaration", log.key("returning-officer", "NA-2"), **fields)
    log.add("declaration", log.key("returning-officer", "NA-2"), **{**fields, "version": 3, "disputed": {"5": log.ids["count 1"]}})
    assert said(log, tmp_path) == [("declaration-disputed", len(log.entries) - 1)]


def test_only_the_named_prefix_is_added(log: Election, tmp_path: Path) -> None:
    """The provisional declaration stays right although recount and exclusion came after it; with the newer prefix it is wrong."""
    fields = log.fields(log.at["provisional NA-1"])
    log.add("declaration", log.key("returning-officer", "NA-1"), **{**fields, "reason": "x", "version": 2})
    assert said(log, tmp_path / "a") == []
    log.add("declaration", log.key("returning-officer", "NA-1"), **{**fields, "reason": "x", "version": 3, **log.prefix()})
    index = len(log.entries) - 1
    assert said(log, tmp_path / "b") == [("declaration-excluded", index), ("declaration-totals", index)]


def test_two_statements_of_one_office(log: Election, tmp_path: Path) -> None:
    log.add("station-record", log.key("officer", "3"), **log.record_fields("NA-1", "3", (70, 60, 51)))
    assert said(log, tmp_path) == [("equivocation", len(log.entries) - 1)]


def test_a_repoll_of_a_repoll_is_no_equivocation(log: Election, tmp_path: Path) -> None:
    before = log.ids["count 3"]
    for n in range(3):
        before = log.add(
            "station-record", log.key("officer", "3"), **log.record_fields("NA-1", "3", (70, 60, n), act="repoll", supersedes=before)
        )
    assert said(log, tmp_path) == []


def test_of_a_split_chain_whatever_is_said_next_contradicts(log: Election, tmp_path: Path) -> None:
    def repoll(figure: int, over: str) -> str:
        fields = log.record_fields("NA-1", "3", (70, 60, figure), act="repoll", supersedes=over)
        return log.add("station-record", log.key("officer", "3"), **fields)

    first = repoll(1, log.ids["count 3"])
    index = len(log.entries)
    repoll(2, log.ids["count 3"])
    repoll(3, first)
    assert said(log, tmp_path) == [("equivocation", index), ("equivocation", index + 1)]


def test_stations_without_a_name_are_expected(log: Election, tmp_path: Path) -> None:
    log.rewrite(log.at["contest NA-2"], *log.chiefs, stations=9)
    _, found = verify(log.write(tmp_path))
    assert found["contests"][1]["stations"] == {"expected": 9, "recorded": 1, "missing": 8, "disputed": 1, "excluded": 0}


def test_a_record_without_a_figure_cannot_be_taken(log: Election, tmp_path: Path) -> None:
    nothing = {"record": log.ids["count 5"], "votes": votes("NA-2", "illegible", "blank")}
    empty = log.add("attestation", log.key("agent", "5", "moon"), contest="NA-2", says="disagree", station="5", **nothing)
    fields = {**log.fields(log.at["final NA-2"]), **log.prefix(), "reason": "x", "version": 2, "disputed": {"5": empty}}
    log.add("declaration", log.key("returning-officer", "NA-2"), **fields)
    index = len(log.entries)
    assert said(log, tmp_path) == [("declaration-disputed", index - 1), ("attested-against", index - 2)]


def test_unread_figures_make_intervals(log: Election, tmp_path: Path) -> None:
    """tabulation-v1 section 2: the room of an unread figure is what valid, else in_box, else the roll leaves."""
    for n, (boxes_, high) in enumerate([({"valid": 90, "in_box": 95}, 50), ({"in_box": 95}, 55), ({}, 360), ({"valid": 10}, 0)]):
        fresh = minilog.election()
        fresh.entries = fresh.entries[: fresh.at["count 5"]]
        fields = fresh.record_fields("NA-2", "5", (40, 0), boxes=boxes_, votes={"asma": 40, "khan": "illegible"})
        fresh.add("station-record", fresh.key("officer", "5"), **fields)
        _, found = verify(fresh.write(tmp_path / str(n)))
        assert found["contests"][1]["totals"] == {"asma": [40, 40], "khan": [0, high]}


def test_a_split_office_and_places_that_look_alike(log: Election, tmp_path: Path) -> None:
    """Once there are two, every further one contradicts; contest ``a/b`` with station ``c`` is not contest ``a`` with ``b/c``."""
    for n in (51, 52):
        log.add("station-record", log.key("officer", "3"), **log.record_fields("NA-1", "3", (70, 60, n)))
    index = len(log.entries)
    assert said(log, tmp_path / "split") == [("equivocation", index - 2), ("equivocation", index - 1)]
    alike = Election()
    places = {"a/b": "c", "a": "b/c"}
    alike.add("election-definition", *alike.authority, **alike.definition(contests=list(places)))
    for contest in places:
        alike.add("contest", *alike.chiefs, candidates=[{"candidate": "x"}], contest=contest, stations=1)
    for n, (contest, station) in enumerate(places.items()):
        alike.add("stations", *alike.chiefs, contest=contest, stations=[{"station": station}])
        fields = {"act": "count", "contest": contest, "source": "commission", "station": station, "votes": {"x": n}}
        alike.add("station-record", *alike.chiefs, **fields)
    assert codes(verify(alike.write(tmp_path / "alike"))[1]) == []


def test_two_corrections_of_one_record(log: Election, tmp_path: Path) -> None:
    fields = log.fields(log.at["correction 2"])
    log.add("correction", log.key("officer", "2"), log.key("returning-officer", "NA-1"), **{**fields, "reason": "again"})
    assert said(log, tmp_path) == [("equivocation", len(log.entries) - 1)]


def test_typed_by_one_and_typed_differently(log: Election, tmp_path: Path) -> None:
    fields = {**log.fields(log.at["typed 1"]), "image": sha256(b"other").hex()}
    log.add("transcription", log.key("operator", "NA-1", "1"), **fields)
    one = len(log.entries) - 1
    assert said(log, tmp_path / "one") == [("one-entry", one)]
    log.add("transcription", log.key("operator", "NA-1", "2"), **{**fields, "votes": votes("NA-1", 1, 2, 3)})
    assert said(log, tmp_path / "two") == [("one-entry", one), ("entries-differ", one + 1), ("one-entry", one + 1)]


def test_late_keys_and_unknown_serials(log: Election, tmp_path: Path) -> None:
    late = Key("agent.results.example/late")
    log.add(
        "roster",
        log.key("party", of="moon"),
        by="party:moon",
        contest="NA-1",
        keys=[{"role": "agent", "stations": ["3"], "vkey": late.vkey}],
    )
    fields = log.record_fields("NA-1", "3", (70, 60, 50), source="agent:moon", serial="F45-1")
    log.add("station-record", late, **fields)
    index = len(log.entries) - 1
    assert said(log, tmp_path) == [("key-late", index), ("serial-unknown", index)]


def test_contests_that_are_not_all_there(log: Election, tmp_path: Path) -> None:
    log.rewrite(log.at["contest NA-2"], *log.chiefs, stations=3)
    log.entries[log.at["definition"]] = log.entry(
        "election-definition", *log.authority, **log.definition(contests=["NA-1", "NA-2", "NA-3"])
    )
    _, found = verify(log.write(tmp_path))
    incomplete = [one["where"] for one in found["problems"] if one["code"] == "definition-incomplete"]
    assert incomplete == ["NA-2", "NA-3"]


def test_a_second_copy_brings_a_signature_and_nothing_else(log: Election, tmp_path: Path) -> None:
    log.append(log.entries[log.at["definition"]])
    log.append(log.entries[log.at["freeze"]])
    log.append(log.entries[log.at["count 3"]])
    assert said(log, tmp_path) == []


# --- Checkpoints --------------------------------------------------------------------------------------------------


def of_checkpoint(make: Callable[[Election], str | bytes | None]) -> Callable[[Election], dict[str, bytes | None]]:
    def change(log: Election) -> dict[str, bytes | None]:
        made = make(log)
        return {"checkpoint": made.encode() if isinstance(made, str) else made}

    return change


def with_size(log: Election, size: str, root: str | None = None) -> str:
    """A checkpoint that states another size; without ML-DSA-44 where that could not sign it."""
    keys = log.log_keys if size.isdigit() and len(size) < 20 else log.log_keys[:1]
    return log.seal(f"{log.origin}\n{size}\n{root or b64(log.root())}\n", keys)


A, B = Key("witness-a.example", COSIGNATURE), Key("witness-b.example", COSIGNATURE)
PQ = Key("witness-pq.example", MLDSA)

CHECKPOINTS: list[tuple[str, Callable[[Election], dict[str, bytes | None]]]] = [
    ("checkpoint-missing", of_checkpoint(lambda log: None)),
    ("checkpoint-malformed", of_checkpoint(lambda log: b"")),
    ("checkpoint-malformed", of_checkpoint(lambda log: b"\xff" * 100)),
    ("checkpoint-malformed", of_checkpoint(lambda log: with_size(log, "045"))),
    ("checkpoint-malformed", of_checkpoint(lambda log: with_size(log, "-1"))),
    ("checkpoint-malformed", of_checkpoint(lambda log: with_size(log, "9" * 30))),
    ("checkpoint-malformed", of_checkpoint(lambda log: with_size(log, "45", b64(b"short")))),
    ("checkpoint-malformed", of_checkpoint(lambda log: log.seal(log.checkpoint_text() + "extension\n", log.log_keys[:1]))),
    ("checkpoint-malformed", of_checkpoint(lambda log: log.checkpoint().replace("=\n\n", "=\n", 1))),
    ("checkpoint-signature", of_checkpoint(lambda log: log.checkpoint(log_keys=[]))),
    ("checkpoint-signature", of_checkpoint(lambda log: log.checkpoint(log_keys=log.log_keys[:1]))),
    ("checkpoint-signature", of_checkpoint(lambda log: log.checkpoint(log_keys=log.log_keys[1:]))),
    ("checkpoint-signature", of_checkpoint(lambda log: log.checkpoint(log_keys=[Key(log.origin, salt="other"), log.log_keys[1]]))),
    ("quorum-missing", of_checkpoint(lambda log: log.checkpoint(witnesses=[A]))),
    ("quorum-missing", of_checkpoint(lambda log: log.checkpoint(witnesses=[A, A]))),
    ("quorum-missing", of_checkpoint(lambda log: log.checkpoint(witnesses=[A, Key("witness-b.example", COSIGNATURE, "x")]))),
    ("policy-malformed", lambda log: {"policy": None}),
    ("policy-malformed", lambda log: {"policy": log.policy().encode() + b"quorum none\n"}),
    ("policy-malformed", lambda log: {"policy": log.policy().replace("all-of-them 2", "all-of-them 3").encode()}),
    ("policy-malformed", lambda log: {"policy": b"\xff\x00"}),
    ("policy-malformed", lambda log: {"policy": log.policy().encode() + b"#" * (1 << 20)}),
    ("authority-malformed", lambda log: {"authority": b""}),
    ("authority-malformed", lambda log: {"authority": log.authority[0].vkey.encode() + b"\n\n"}),
    ("authority-malformed", lambda log: {"authority": f"{log.authority[0].vkey}\n{log.authority[0].vkey}\n".encode()}),
    ("authority-malformed", lambda log: {"authority": log.authority[0].vkey.encode()[:-4] + b"AAA=\n"}),
]


@pytest.mark.parametrize("n", range(len(CHECKPOINTS)))
def test_checkpoint_policy_authority(log: Election, tmp_path: Path, n: int) -> None:
    code, change = CHECKPOINTS[n]
    returned, found = verify(log.write(tmp_path, **change(log)))
    assert (returned, {one for one, _ in codes(found)}) == (1, {code})


def test_the_origin_is_one_of_the_policy(log: Election, tmp_path: Path) -> None:
    other = Election()
    other.origin = "other.example"
    _, found = verify(log.write(tmp_path, policy=other.policy().encode()))
    assert codes(found) == [("checkpoint-origin", None)]


def test_a_false_cosignature_is_named(log: Election, tmp_path: Path) -> None:
    false = B.cosign(log.checkpoint_text(), 1_900_000_000).split(" ")
    raw_line = bytearray(base64.b64decode(false[2]))
    raw_line[11] ^= 1
    text = log.checkpoint(witnesses=[A]) + f"— {B.name} {b64(bytes(raw_line))}\n"
    _, found = verify(log.write(tmp_path, checkpoint=text.encode()))
    assert codes(found) == [("witness-signature", None), ("quorum-missing", None)]


def test_a_time_that_is_none(log: Election, tmp_path: Path) -> None:
    text = log.checkpoint(witnesses=[A]) + B.cosign(log.checkpoint_text(), 2**63)
    assert codes(verify(log.write(tmp_path, checkpoint=text.encode()))[1]) == [("witness-signature", None), ("quorum-missing", None)]


LOG, W1, W2 = (key.vkey for key in (Key("results.example/2027"), A, B))


@pytest.mark.parametrize(
    "lines",
    [
        [f"log {LOG}", "quorum none", "quorum none"],
        [f"log {LOG}"],
        [f"log {LOG}", f"log {LOG}", "quorum none"],
        [f"log {W1}", "quorum none"],
        ["log", "quorum none"],
        [f"log {LOG} url more", "quorum none"],
        [f"log {LOG[:-4]}AAA=", "quorum none"],
        [f"log {LOG}", "quorum w1", f"witness w1 {W1}"],
        [f"log {LOG}", f"witness w1 {W1}", f"witness w1 {W2}", "quorum w1"],
        [f"log {LOG}", f"witness w1 {W1}", f"witness w2 {W1}", "quorum w1"],
        [f"log {LOG}", f"witness none {W1}", "quorum none"],
        [f"log {LOG}", f"witness w1 {LOG}", "quorum w1"],
        [f"log {LOG}", f"witness w1 {W1}", "group g 0 w1", "quorum g"],
        [f"log {LOG}", f"witness w1 {W1}", "group g 2 w1", "quorum g"],
        [f"log {LOG}", f"witness w1 {W1}", "group g 01 w1", "quorum g"],
        [f"log {LOG}", f"witness w1 {W1}", "group g any", "quorum g"],
        [f"log {LOG}", f"witness w1 {W1}", "group g any g", "quorum g"],
        [f"log {LOG}", f"witness w1 {W1}", "group g any none", "quorum g"],
        [f"log {LOG}", f"witness w1 {W1}", "group g 2 w1 w1", "quorum g"],
        [f"log {LOG}", f"witness w1 {W1}", "group g any w1", "group h any w1", "quorum g"],
        [f"log {LOG}", f"witness w1 {W1}\r", "quorum w1"],
        [f"log {LOG}", "something else", "quorum none"],
    ],
)
def test_policies_that_are_none(log: Election, tmp_path: Path, lines: list[str]) -> None:
    (tmp_path / "policy").write_bytes("".join(f"{line}\n" for line in lines).encode())
    _, found = verify(log.write(tmp_path / "log"), "--policy", tmp_path / "policy")
    assert codes(found) == [("policy-malformed", None)]


@pytest.mark.parametrize(
    ("lines", "enough"),
    [
        (["# a comment", "", f" log\t{LOG}  https://log.example ", f"witness w1 {W1} https://w.example", "quorum w1"], True),
        ([f"witness w1 {W1}", f"log {LOG}", f"witness w2 {W2}", "group g all w1 w2", "group h any g", "quorum h"], True),
        ([f"log {LOG}", f"witness w1 {W1}", f"witness x {Key('x', COSIGNATURE).vkey}", "group g all w1 x", "quorum g"], False),
        ([f"log {LOG}", f"witness w1 {W1}", f"witness x {Key('x', COSIGNATURE).vkey}", "group g 1 w1 x", "quorum g"], True),
    ],
)
def test_policies_and_their_quorum(log: Election, tmp_path: Path, lines: list[str], enough: bool) -> None:
    (tmp_path / "policy").write_bytes("".join(f"{line}\n" for line in lines).encode())
    _, found = verify(log.write(tmp_path / "log"), "--policy", tmp_path / "policy")
    assert codes(found) == ([] if enough else [("quorum-missing", None)])


def test_a_quorum_that_needs_ml_dsa_is_open(log: Election, tmp_path: Path) -> None:
    log.witnesses = [A, PQ]
    code, found = verify(log.write(tmp_path / "both"))
    assert code == 0
    assert any("quorum" in text for text in found["not_established"])
    assert not any("Enough witnesses" in text for text in found["established"])
    missing = log.checkpoint(witnesses=[PQ]).encode()
    assert codes(verify(log.write(tmp_path / "none", checkpoint=missing))[1]) == [("quorum-missing", None)]
    log.quorum = 1
    code, found = verify(log.write(tmp_path / "one"))
    assert any("Enough witnesses" in text for text in found["established"])


def test_no_witnesses_is_said(log: Election, tmp_path: Path) -> None:
    log.witnesses = []
    code, found = verify(log.write(tmp_path))
    assert code == 0
    assert any("asks for no witnesses" in text for text in found["not_established"])


def test_an_empty_log(tmp_path: Path) -> None:
    code, found = verify(Election().write(tmp_path))
    assert (code, found["size"]) == (0, 0)
    assert any("the log is empty" in text for text in found["not_established"])


# --- Tiles and what was seen --------------------------------------------------------------------------------------

ENTRIES, TILE = tile_path("entries", 0, 45), tile_path(0, 0, 45)


@pytest.mark.parametrize(
    ("path", "change", "expected"),
    [
        (ENTRIES, lambda old: None, {"bundle-missing"}),
        (ENTRIES, lambda old: old[:-1], {"bundle-malformed"}),
        (ENTRIES, lambda old: old + b"\0\0", {"bundle-malformed"}),
        (ENTRIES, lambda old: b"\xff\xff" + old[2:], {"bundle-malformed"}),
        (TILE, lambda old: None, {"tile-missing"}),
        (TILE, lambda old: old[:-32], {"tile-truncated"}),
        (TILE, lambda old: old + bytes(32), {"tile-truncated"}),
        (TILE, lambda old: old[:40] + b"!" + old[41:], {"tile-differs"}),
    ],
)
def test_files_of_the_tree(log: Election, tmp_path: Path, path: str, change: Callable[[bytes], bytes | None], expected: set[str]) -> None:
    assert len(log.entries) == 45, "the paths above are of this size"
    _, found = verify(log.write(tmp_path, **{path: change(log.files()[path])}))
    assert {code for code, _ in codes(found)} == expected


def test_changed_entries_under_the_old_checkpoint(log: Election, tmp_path: Path) -> None:
    old = log.checkpoint().encode()
    log.rewrite(log.at["count 3"], log.key("officer", "3"), votes=votes("NA-1", 70, 60, 49))
    _, found = verify(log.write(tmp_path, checkpoint=old))
    assert ("root-differs", None) in codes(found)
    kept = log.files()[ENTRIES]
    _, found = verify(minilog.election().write(tmp_path / "b", **{ENTRIES: kept}))
    assert {"tile-differs", "root-differs"} <= {code for code, _ in codes(found)}


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda log: log.checkpoint(30), None),
        (lambda log: log.checkpoint(0), None),
        (lambda log: log.checkpoint(), None),
        (lambda log: with_size(log, "46"), "rollback"),
        (lambda log: with_size(log, "45", b64(bytes(32))), "fork"),
        (lambda log: with_size(log, "30", b64(bytes(32))), "fork"),
        (lambda log: "nonsense", "checkpoint-malformed"),
    ],
)
def test_remembered_checkpoints(log: Election, tmp_path: Path, make: Callable[[Election], str], code: str | None) -> None:
    (tmp_path / "seen").write_text(make(log), encoding="utf-8")
    _, found = verify(log.write(tmp_path / "log"), "--seen", tmp_path / "seen")
    assert [one for one, _ in codes(found)] == ([] if code is None else [code])
    assert any("what was seen before" in text for text in found["established"]) == (code is None)


def test_a_fork_shows_even_if_entries_are_gone(log: Election, tmp_path: Path) -> None:
    (tmp_path / "seen").write_text(with_size(log, "45", b64(bytes(32))), encoding="utf-8")
    _, found = verify(log.write(tmp_path / "log", **{ENTRIES: None}), "--seen", tmp_path / "seen")
    assert [one for one, _ in codes(found)] == ["bundle-missing", "fork"]


def test_a_remembered_checkpoint_that_nobody_signed_proves_nothing_to_others(log: Election, tmp_path: Path) -> None:
    (tmp_path / "seen").write_text(log.checkpoint(30, log_keys=[Key("x")]), encoding="utf-8")
    _, found = verify(log.write(tmp_path / "log"), "--seen", tmp_path / "seen")
    assert any("proves nothing to others" in text for text in found["not_established"])


# --- Receipts -----------------------------------------------------------------------------------------------------


@pytest.fixture
def receipt(log: Election, tmp_path: Path) -> Judge:
    (tmp_path / "policy").write_text(log.policy(), encoding="utf-8")

    def judged(text: str) -> list[tuple[str, int | None]]:
        (tmp_path / "r.tlog-proof").write_bytes(text.encode("utf-8", "surrogateescape"))
        _, found = verify("--policy", tmp_path / "policy", "--receipt", tmp_path / "r.tlog-proof")
        return codes(found)

    return judged


def test_receipts_of_every_entry(log: Election, receipt: Judge) -> None:
    for index in (0, 1, 20, 31, 32, 44):
        assert receipt(log.receipt(index)) == []
    assert receipt(log.receipt(0, 1)) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: "", "receipt-malformed"),
        (lambda text: text.replace("@v1", "@v2"), "receipt-malformed"),
        (lambda text: "\n".join(line for line in text.split("\n") if not line.startswith("extra")), "receipt-malformed"),
        (lambda text: text.replace("index 20", "index 020"), "receipt-malformed"),
        (lambda text: text.replace("index 20\n", "index 20\nAAAA\n"), "receipt-malformed"),
        (lambda text: text.replace("\n\n", "\n", 1), "receipt-malformed"),
        (lambda text: text + "\udcff", "checkpoint-malformed"),
        (lambda text: text.replace("index 20", "index 21"), "receipt-path"),
        (lambda text: text.replace("index 20", "index 45"), "receipt-path"),
        (lambda text: text.replace("index 20", "index 9007199254740991"), "receipt-path"),
        (lambda text: text.replace("index 20\n", f"index 20\n{b64(bytes(32))}\n"), "receipt-path"),
        (lambda text: text.replace("\n45\n", "\n045\n"), "checkpoint-malformed"),
    ],
)
def test_altered_receipts(log: Election, receipt: Judge, change: Callable[[str], str], code: str) -> None:
    assert [one for one, _ in receipt(change(log.receipt(20)))] == [code]


@pytest.mark.parametrize("extra", [b"no entry", b"x" * 65_536])
def test_a_receipt_of_something_else(log: Election, receipt: Judge, extra: bytes) -> None:
    log.entries[20] = extra
    assert ("receipt-malformed", 20) in receipt(log.receipt(20))


def test_a_receipt_of_another_entry(log: Election, receipt: Judge) -> None:
    good = log.receipt(20)
    other = good.replace(b64(log.entries[20]), b64(log.entries[21]))
    assert receipt(other) == [("receipt-path", 20)]


def test_a_receipt_against_the_log(log: Election, tmp_path: Path) -> None:
    (tmp_path / "r").write_text(log.receipt(log.at["count 1"], 30), encoding="utf-8")
    folder = log.write(tmp_path / "log")
    code, found = verify(folder, "--receipt", tmp_path / "r")
    assert code == 0
    assert found["receipts"][0]["record"] == log.ids["count 1"]
    log.rewrite(log.at["count 2"], log.key("officer", "2"), votes=votes("NA-1", 1, 2, 3))
    _, found = verify(log.write(tmp_path / "other"), "--receipt", tmp_path / "r")
    assert ("fork", None) in codes(found)


def test_a_receipt_signed_by_a_known_authority(log: Election, tmp_path: Path) -> None:
    for name, content in {"policy": log.policy(), "authority": log.authority[0].vkey + "\n", "r": log.receipt(0)}.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    code, found = verify("--policy", tmp_path / "policy", "--authority", tmp_path / "authority", "--receipt", tmp_path / "r")
    assert code == 0
    assert any("signed by the authority" in text for text in found["established"])


# --- Hostile input ------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_any_changed_byte_is_noticed(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Of every file but policy and authority, which are the reader's to give; and never a crash."""
    files = minilog.election().files()
    path = data.draw(st.sampled_from(sorted(set(files) - {"policy", "authority"})))
    at = data.draw(st.integers(0, len(files[path]) - 1))
    content = bytearray(files[path])
    content[at] ^= 1 << data.draw(st.integers(0, 7))
    folder = minilog.write_files(tmp_path_factory.mktemp("log"), {**files, path: bytes(content)})
    code, found = verify(folder)
    if path == "checkpoint" and code == 0:
        kept = files[path].split(b"\n\n")[1].splitlines()
        changed = [old for old, new in zip(kept, bytes(content).split(b"\n\n")[1].splitlines(), strict=True) if old != new]
        assert all(len(line) > 3000 for line in changed), "only a signature by ML-DSA-44 may be changed unnoticed here"
        assert any("ML-DSA-44" in text for text in found["not_established"])
    else:
        assert code == 1


def test_what_a_log_says_does_not_steer_the_terminal(log: Election, tmp_path: Path) -> None:
    log.append(signed(log, "\x7f\x9b2Jevil\nx\n{}\n"))
    done = node(VERIFY, log.write(tmp_path))
    assert done.returncode == 1
    assert not set(done.stdout) & {"\x7f", "\x9b", "\x1b"}


@pytest.mark.parametrize(
    "arguments", [[], ["--json"], ["/nowhere/at/all"], ["--policy"], ["--what"], ["a", "b"], ["--receipt", "/nowhere/at/all"]]
)
def test_unusable_input_exits_with_2(arguments: list[str]) -> None:
    done = node(VERIFY, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1


def test_a_folder_where_files_should_be(log: Election, tmp_path: Path) -> None:
    folder = log.write(tmp_path, checkpoint=None)
    (folder / "checkpoint").mkdir()
    assert codes(verify(folder)[1]) == [("checkpoint-missing", None)]


def test_a_checkpoint_of_a_huge_tree_does_not_make_it_busy(log: Election, tmp_path: Path) -> None:
    text = with_size(log, "9007199254740991")
    _, found = verify(log.write(tmp_path, checkpoint=text.encode()))
    assert {code for code, _ in codes(found)} == {"bundle-missing"}
    assert len(codes(found)) <= 20


# --- Vectors and words --------------------------------------------------------------------------------------------


def test_every_vector_agrees() -> None:
    done = node(ROOT / "tests/support/verify_vectors.js", VERIFY, ROOT / "specs/vectors/entry")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["wrong"] == []
    for name in ("json", "note", "vkey", "ed25519", "entry"):
        assert found["cases"][name] >= 20, f"too few vectors of {name} were read"


def test_every_code_of_the_specifications_has_words() -> None:
    """In both languages, but for the codes of what this program does not read: QR and timestamps."""
    source = VERIFY.read_text(encoding="utf-8")
    wanted = set()
    for name, last in (("entry-v1.md", ""), ("log-v1.md", "## 5.")):
        text = (ROOT / "specs" / name).read_text(encoding="utf-8")
        text = text[text.index("## 5.") if name.startswith("entry") else text.index("## 2.") : text.index(last) if last else None]
        for line in text.splitlines():
            if line.startswith("| `"):
                cell = line.split("|")[1]
                wanted |= {word for word in cell.replace("`", "").replace(",", " ").split() if "-" in word}
    wanted -= {"station-record", "recount-result"}
    # section 9: the lives of cases and seats are not replayed by a verifier
    wanted -= {"case-step-out-of-order", "seat-status-out-of-order", "seat-held-twice"}
    assert len(wanted) > 45
    for code in wanted:
        assert f'"{code}": ["' in source, code


def test_nothing_that_runs_text_as_code_or_markup() -> None:
    source = VERIFY.read_text(encoding="utf-8")
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "localStorage",
        "http://",
        "https://",
    ):
        assert word not in source, word
