"""The second opinion on logs: a good one is verified, and every code of the two specifications is found."""

from __future__ import annotations

import functools
import gzip
import http.server
import json
import random
import re
import threading
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tallyproof_verify import log as log_module
from tallyproof_verify.__main__ import main
from tallyproof_verify.entries import read_entry
from tallyproof_verify.files import reader
from tallyproof_verify.log import LogCheck
from tallyproof_verify.notes import Wrong
from tallyproof_verify.qr import check_qr
from tests.support.minilog import (
    MLDSA,
    Election,
    Key,
    MiniLog,
    b64,
    boxes,
    dictionary,
    election,
    qr_text,
    sha256,
    text_of,
    votes,
    write_files,
)
from tests.unit.test_verify_log_vectors import VECTORS

Made = functools.cache(election)
"""Tests must not alter it: ``start`` copies."""


def start(after: str | None = None, threshold: int = 1) -> Election:
    """The election, or its entries before the step ``after``."""
    made, copy = Made(threshold), Election(threshold)
    copy.entries, copy.at, copy.ids = list(made.entries), dict(made.at), dict(made.ids)
    if after:
        del copy.entries[copy.at[after] :]
    return copy


def run(where: Path | str, *options: str | Path) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON document."""
    out = Path(where if not str(where).startswith("http") else options[-1]).parent / "result.json"
    options = options[:-1] if str(where).startswith("http") else options
    code = main([str(where), *map(str, options), "--json", str(out)])
    return code, json.loads(out.read_text(encoding="utf-8"))


def found(document: dict[str, Any]) -> list[tuple[str, int | None]]:
    return [(one["code"], one["index"]) for one in document["problems"]]


def problems(log: MiniLog, tmp_path: Path, **changes: bytes | None) -> list[tuple[str, int | None]]:
    code, document = run(log.write(tmp_path / "log", **changes))
    told = [(one["code"], one["index"]) for one in document["problems"] if one["kind"] == "problem"]
    assert document["ok"] is (not told)
    assert code == (1 if told else 0)
    return told


# --- A good log ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("threshold", [1, 2])
def test_a_good_log(threshold: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = start(threshold=threshold)
    code, document = run(log.write(tmp_path / "log"))
    assert code == 0
    assert (document["ok"], document["origin"], document["size"]) == (True, log.origin, len(log.entries))
    assert document["root"] == b64(log.root())
    assert found(document) == [("attested-against", log.at["disagree 5"]), ("attested-against", log.at["refused 4"])]
    one, two = document["contests"]
    assert [row["min"] for row in one["totals"]] == [275, 189, 67]
    assert (one["stations"]["expected"], one["stations"]["disputed"], two["stations"]["disputed"]) == (3, 0, 1)
    assert two["missing"] == ["6"]
    text = capsys.readouterr().out
    assert "this shows only that the log agrees with itself" in text
    assert "that the figures are true" in text
    assert sha256(log.authority[0].vkey.encode()).hex() in text


@pytest.mark.parametrize("inside", ["", "log/"])
def test_a_zip(inside: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "log.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in start().files().items():
            archive.writestr(inside + name, content)
    assert run(tmp_path / "log.zip")[0] == 0


class Quiet(http.server.SimpleHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path.startswith("/packed/"):
            body = gzip.compress((Path(self.directory) / self.path.removeprefix("/packed/")).read_bytes())
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        elif self.path.startswith("/elsewhere/"):
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
            self.end_headers()
        else:
            super().do_GET()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "log").mkdir()
    Quiet.asked = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(tmp_path / "log"))) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{web.server_address[1]}"
        web.shutdown()


def test_a_web_address(server: str, tmp_path: Path) -> None:
    start().write(tmp_path / "log")
    assert run(server, tmp_path / "out")[0] == 0
    assert set(Quiet.asked) == {"/policy", "/authority", "/checkpoint", "/tile/entries/000.p/45", "/tile/0/000.p/45"}
    assert run(f"{server}/packed/", tmp_path / "out")[0] == 0
    assert found(run(f"{server}/nothing", tmp_path / "out")[1])[-1] == ("checkpoint-missing", None)
    assert main([f"{server}/elsewhere"]) in (1, 2)


def test_nothing_is_fetched_that_was_not_signed_for(server: str, tmp_path: Path) -> None:
    start().write(tmp_path / "log", checkpoint=sealed(log_keys=[]))
    assert ("checkpoint-signature", None) in found(run(server, tmp_path / "out")[1])
    assert set(Quiet.asked) == {"/policy", "/authority", "/checkpoint"}


def test_nobody_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["http://127.0.0.1:9/log"]) == 2
    assert "cannot be fetched" in capsys.readouterr().err


def big(entries: int) -> Election:
    """The election, with so many ill-formed entries after it."""
    log = start()
    log.entries += [b"%d" % number for number in range(entries - len(log.entries))]
    return log


@pytest.mark.parametrize("size", [256, 257, 300, 512, 1000])
def test_more_than_one_tile(size: int, tmp_path: Path) -> None:
    log = big(size)
    assert problems(log, tmp_path) == [("note-malformed", index) for index in range(45, size)]


def test_the_full_tile_serves_for_the_partial_one(tmp_path: Path) -> None:
    files = big(512).files()
    small = big(512).files(300)
    del small["tile/entries/001.p/44"], small["tile/0/001.p/44"]
    write_files(tmp_path / "log", small | {name: files[name] for name in ("tile/entries/001", "tile/0/001")})
    codes = {code for code, _ in found(run(tmp_path / "log")[1])}
    assert codes == {"note-malformed", "attested-against"}


def test_signatures_in_other_processes_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = start()
    log.rewrite(log.at["count 2"], Key("officer.results.example/2", salt="another"))
    log.entries[log.at["count 3"]] = log.entries[log.at["count 3"]].replace(b"AA", b"AB", 1)
    folder = log.write(tmp_path / "log")
    alone = run(folder)
    monkeypatch.setattr(log_module, "AHEAD", 8)
    assert run(folder) == alone
    assert alone[0] == 1


# --- Checkpoints --------------------------------------------------------------------------------------------------


def sealed(**others: Any) -> bytes:
    return start().checkpoint(**others).encode()


def text_with(pattern: str, new: str) -> bytes:
    """A checkpoint with another text that log and witnesses signed."""
    log = start()
    return log.seal(re.sub(pattern, new, log.checkpoint_text(), count=1), log.log_keys[:1], []).encode()


def other_log() -> Key:
    return Key(start().origin, salt="another")


@pytest.mark.parametrize(
    "change, codes",
    [
        ({"checkpoint": None}, {"checkpoint-missing"}),
        ({"checkpoint": b""}, {"checkpoint-malformed"}),
        ({"checkpoint": b"\xff\xfe"}, {"checkpoint-malformed"}),
        ({"checkpoint": b"a" * 3_000_000}, {"checkpoint-malformed"}),
        ({"checkpoint": lambda: text_with("\n45\n", "\n045\n")}, {"checkpoint-malformed"}),
        ({"checkpoint": lambda: text_with("\n45\n", "\n-45\n")}, {"checkpoint-malformed"}),
        ({"checkpoint": lambda: text_with("\n45\n", "\n４５\n")}, {"checkpoint-malformed"}),
        ({"checkpoint": lambda: text_with("\n45\n", "\n45\nextension\n")}, {"checkpoint-malformed"}),
        ({"checkpoint": lambda: start().seal(f"{start().origin}\n45\n{b64(bytes(31))}\n").encode()}, {"checkpoint-malformed"}),
        ({"checkpoint": lambda: sealed(log_keys=[])}, {"checkpoint-signature"}),
        ({"checkpoint": lambda: sealed(log_keys=[start().log_keys[0]])}, {"checkpoint-signature"}),
        ({"checkpoint": lambda: sealed(log_keys=[start().log_keys[1]])}, {"checkpoint-signature"}),
        ({"checkpoint": lambda: sealed(log_keys=[other_log(), start().log_keys[1]])}, {"checkpoint-signature"}),
        ({"checkpoint": lambda: sealed(witnesses=start().witnesses[:1])}, {"quorum-missing"}),
        ({"checkpoint": lambda: sealed() .replace(b"witness-b.example ", b"witness-c.example ")}, {"quorum-missing"}),
        ({"policy": None}, {"policy-malformed"}),
        ({"policy": b"quorum none\nlog nothing\n"}, {"policy-malformed"}),
        ({"policy": b"quorum none\n"}, {"checkpoint-origin"}),
        ({"authority": None}, {"authority-malformed"}),
        ({"authority": b"nonsense\n"}, {"authority-malformed"}),
        ({"authority": b""}, {"authority-malformed"}),
        ({"authority": 2 * f"{start().authority[0].vkey}\n".encode()}, {"authority-malformed"}),
        ({"authority": start().authority[0].vkey.encode()}, set()),
    ],
)  # fmt: skip
def test_checkpoints(change: dict[str, Any], codes: set[str], tmp_path: Path) -> None:
    change = {name: content() if callable(content) else content for name, content in change.items()}
    assert {code for code, _ in problems(start(), tmp_path, **change)} == codes


def flipped(checkpoint: str, key: Key) -> bytes:
    """The checkpoint with one bit of the signature of ``key`` altered."""
    line = next(one for one in checkpoint.split("\n") if one.startswith(f"— {key.name} {b64(key.id)[:5]}"))
    at = len(line) - 12
    return checkpoint.replace(line, line[:at] + ("A" if line[at] != "A" else "B") + line[at + 1 :]).encode()


def test_false_signatures(tmp_path: Path) -> None:
    log = start()
    both = {"checkpoint-signature"}
    assert {code for code, _ in problems(log, tmp_path / "1", checkpoint=flipped(log.checkpoint(), log.log_keys[0]))} == both
    assert {code for code, _ in problems(log, tmp_path / "2", checkpoint=flipped(log.checkpoint(), log.log_keys[1]))} == both
    told = problems(log, tmp_path / "3", checkpoint=flipped(log.checkpoint(), log.witnesses[0]))
    assert {code for code, _ in told} == {"witness-signature", "quorum-missing"}
    swapped = log.checkpoint_text() + "\n" + log.checkpoint().partition("\n\n")[2].replace("AAAA", "AAAB", 1)
    assert problems(log, tmp_path / "4", checkpoint=swapped.encode()) != []


def test_a_witness_with_ml_dsa(tmp_path: Path) -> None:
    log = start()
    log.witnesses = [Key("post-quantum.example", MLDSA)]
    log.quorum = 1
    assert problems(log, tmp_path) == []


V1, V2, V3 = (Key(f"w{i}.example", 4).vkey for i in (1, 2, 3))
LOG = Key("o", 1).vkey


@pytest.mark.parametrize(
    "lines",
    [
        "",
        "quorum none\nquorum none",
        f"witness none {V1}\nquorum none",
        f"witness a {V1}\nwitness a {V2}\nquorum a",
        f"witness a {V1}\nwitness b {V1}\nquorum a",
        f"log {LOG}\nlog {LOG}\nquorum none",
        f"witness a {V1}\ngroup g 2 a\nquorum g",
        f"witness a {V1}\ngroup g 0 a\nquorum g",
        f"witness a {V1}\ngroup g 1 a a\nquorum g",
        f"witness a {V1}\ngroup g 1\nquorum g",
        f"group g any a\nwitness a {V1}\nquorum g",
        f"witness a {V1}\ngroup g any a\ngroup h any a\nquorum g",
        f"witness a {V1}\ngroup g any none\nquorum g",
        f"quorum a\nwitness a {V1}",
        f"witness a {V1} url more\nquorum a",
        f"witness a {LOG}\nquorum a",
        f"log {V1}\nquorum none",
        "quorum none\r",
        "quorum none\x00",
        "quorum",
        "Quorum none",
        f"log {LOG[:-4]}AAA=\nquorum none",
    ],
)
def test_policies_that_are_malformed(lines: str, tmp_path: Path) -> None:
    assert ("policy-malformed", None) in problems(start(), tmp_path, policy=f"{lines}\n".encode())


@pytest.mark.parametrize(
    "quorum, enough",
    [
        ("any w1 w2", True), ("all w1 w2", True), ("all w1 w2 w3", False), ("2 w1 w3 w2", True), ("3 w1 w2 w3", False), ("1 w3", False)
    ],
)  # fmt: skip
def test_quorums(quorum: str, enough: bool, tmp_path: Path) -> None:
    log = start()
    keys = [*log.witnesses, Key("witness-c.example", 4)]
    lines = [f"  log\t{one.vkey} https://example.com" for one in log.log_keys] + ["# ﷽ a comment", " \t"]
    lines += [f"witness w{i} {one.vkey}" for i, one in enumerate(keys, 1)] + [f"group g {quorum}", "group h all g", "quorum h"]
    told = problems(log, tmp_path, policy=("\n".join(lines) + "\n").encode())
    assert told == ([] if enough else [("quorum-missing", None)])


# --- What was pinned or seen --------------------------------------------------------------------------------------


def test_pinned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = start()
    folder = log.write(tmp_path / "log")
    (tmp_path / "policy").write_text(log.policy())
    (tmp_path / "keys").write_text(log.authority[1].vkey + "\n")
    assert run(folder, "--policy", tmp_path / "policy", "--authority", log.authority[0].vkey)[0] == 0
    assert "was given from outside" in capsys.readouterr().out
    assert run(folder, "--authority", tmp_path / "keys")[0] == 0
    assert found(run(folder, "--authority", Key("stranger").vkey)[1])[0] == ("definition-first", 0)
    assert ("authority-malformed", None) in found(run(folder, "--authority", "stranger")[1])
    (tmp_path / "policy").write_text(MiniLog("other.example").policy())
    assert ("checkpoint-origin", None) in found(run(folder, "--policy", tmp_path / "policy")[1])
    assert main([str(folder), "--policy", str(tmp_path / "none")]) == 2


def test_seen(tmp_path: Path) -> None:
    log = start()
    for size in (0, 1, 20, 45):
        (tmp_path / f"{size}").write_text(log.checkpoint(size))
    folder = log.write(tmp_path / "log")
    options = [part for size in (0, 1, 20, 45) for part in ("--seen", tmp_path / f"{size}")]
    assert run(folder, *options)[0] == 0
    short = log.write(tmp_path / "short", 20)
    assert ("rollback", None) in found(run(short, "--seen", tmp_path / "45")[1])
    other = start()
    other.entries[7] = b"other"
    for size in (20, 45):
        (tmp_path / "fork").write_text(other.checkpoint(size))
        assert ("fork", None) in found(run(folder, "--seen", tmp_path / "fork")[1])
    (tmp_path / "no").write_text(log.checkpoint(20, log_keys=[], witnesses=log.witnesses))
    assert ("checkpoint-signature", None) in found(run(folder, "--seen", tmp_path / "no")[1])
    (tmp_path / "no").write_text("nothing")
    assert ("checkpoint-malformed", None) in found(run(folder, "--seen", tmp_path / "no")[1])
    strange = MiniLog("other.example")
    (tmp_path / "no").write_text(strange.checkpoint())
    assert ("checkpoint-origin", None) in found(run(folder, "--seen", tmp_path / "no")[1])


# --- Tiles --------------------------------------------------------------------------------------------------------


def test_bundles_and_tiles(tmp_path: Path) -> None:
    log = big(600)
    files = log.files()
    bundle, tile, top = "tile/entries/001", "tile/0/002.p/88", "tile/1/000.p/2"
    assert {bundle, tile, top} < files.keys()

    def told(number: int, **changes: bytes | None) -> set[str]:
        code, document = run(write_files(tmp_path / str(number), files | changes))
        assert code == 1
        return {code for code, _ in found(document)} - {"note-malformed", "attested-against"}

    assert told(1, **{bundle: None}) == {"bundle-missing"}
    assert told(2, **{bundle: files[bundle][:-1]}) == {"bundle-malformed"}
    assert told(3, **{bundle: files[bundle] + b"\0\1a"}) == {"bundle-malformed"}
    assert told(4, **{bundle: b""}) == {"bundle-malformed"}
    assert told(5, **{bundle: b"\0"}) == {"bundle-malformed"}
    assert told(6, **{tile: None}) == {"tile-missing"}
    assert told(7, **{tile: files[tile][:-1]}) == {"tile-truncated"}
    assert told(8, **{tile: files[tile] + bytes(32)}) == {"tile-truncated"}
    assert told(9, **{tile: files[tile][:-1] + b"x"}) == {"tile-differs"}
    assert told(10, **{top: bytes(64)}) == {"tile-differs"}
    altered = files[bundle].replace(b"\0\x03300", b"\0\x0330x", 1)
    assert altered != files[bundle]
    assert told(11, **{bundle: altered}) == {"root-differs", "tile-differs"}
    assert told(12, checkpoint=log.checkpoint(599).encode()) == {"bundle-missing", "tile-missing"}


def test_a_checkpoint_of_a_huge_log(tmp_path: Path) -> None:
    log = start()
    checkpoint = log.seal(f"{log.origin}\n{2**53 - 1}\n{b64(bytes(32))}\n").encode()
    told = problems(log, tmp_path, checkpoint=checkpoint)
    assert {code for code, _ in told} >= {"bundle-missing", "tile-missing"}
    assert len(told) < 300


def test_an_empty_log(tmp_path: Path) -> None:
    told = problems(Election(), tmp_path)
    assert told == []


def test_a_fork_is_not_said_of_entries_that_nobody_signed(tmp_path: Path) -> None:
    log = start()
    (tmp_path / "seen").write_text(log.checkpoint(20))
    checkpoint = log.checkpoint().encode()
    log.entries[7] = b"another"
    codes = {code for code, _ in found(run(log.write(tmp_path / "log", checkpoint=checkpoint), "--seen", tmp_path / "seen")[1])}
    assert "root-differs" in codes
    assert "fork" not in codes


def test_links_are_not_followed(tmp_path: Path) -> None:
    log = start()
    folder = log.write(tmp_path / "log")
    (tmp_path / "elsewhere").write_bytes((folder / "checkpoint").read_bytes())
    (folder / "checkpoint").unlink()
    (folder / "checkpoint").symlink_to(tmp_path / "elsewhere")
    assert ("checkpoint-missing", None) in found(run(folder)[1])


# --- Entries ------------------------------------------------------------------------------------------------------


def officer(n: str) -> Key:
    return Election.key("officer", n)


def agent(n: str, party: str = "moon") -> Key:
    return Election.key("agent", n, party)


RO = Election.key("returning-officer", "NA-1")
RO2 = Election.key("returning-officer", "NA-2")
COURT = Election.key("court")
MOON = Election.key("party", of="moon")
FAFEN = Election.key("observers", of="fafen")
OPS = [Election.key("operator", "NA-1", n) for n in "123"]
A1, A2 = MiniLog().authority


def raw(log: Election, third: str, kind: str = "station-record/v1") -> bytes:
    text = f"{log.origin}\n{kind}\n{third}\n"
    return (text + "\n" + officer("1").sign(text)).encode()


def record(log: Election, *signers: Key, station: str = "6", contest: str = "NA-2", figures: Any = (7, 9), **changes: Any) -> bytes:
    return log.entry("station-record", *(signers or (officer(station),)), **log.record_fields(contest, station, figures, **changes))


def roster(log: Election, *signers: Key, key: Key | None = None, role: str = "agent", by: str = "party:moon", **row: Any) -> bytes:
    row = {"stations": ["1"], **row}
    row = {name: value for name, value in row.items() if value is not None}
    return log.entry("roster", *signers, by=by, contest="NA-1", keys=[{"role": role, "vkey": (key or Key("fresh")).vkey, **row}])


def nest(levels: int) -> str:
    return '{"a":' + "[" * (levels - 1) + "]" * (levels - 1) + "}"


REPOLL = {"act": "repoll"}
REPEATED = {"contest": "NA-1", "station": "3", "figures": (1, 2, 3), **REPOLL}
FIVE = {"contest": "NA-2", "station": "5"}
MENDED = {"boxes": boxes((40, 31), 2), "votes": votes("NA-2", 40, 31), **FIVE}
COUNT_5 = Made().ids["count 5"]
BOXES_29 = {"in_box": 71, "rejected": 2, "valid": 69}
AT_2 = {"station": "2", "supersedes": Made().ids["count 2"]}

Case = tuple[str, str | None, Callable[[Election], bytes]]
CASES: list[Case] = [
    ("note-malformed", None, lambda log: b""),
    ("note-malformed", None, lambda log: b"a\n\n"),
    ("note-malformed", None, lambda log: record(log)[:-1]),
    ("note-malformed", None, lambda log: record(log).replace(b"\n", b"\r\n")),
    ("note-malformed", None, lambda log: b"\n" + record(log)),
    ("note-malformed", None, lambda log: record(log) + b"\xff"),
    ("note-malformed", None, lambda log: record(log) + record(log).partition(b"\n\n")[2] * 64),
    ("origin-differs", None, lambda log: record(log).replace(b"results", b"result5", 1)),
    ("type-unknown", None, lambda log: raw(log, "{}", "station-record/v2")),
    ("type-unknown", None, lambda log: raw(log, "{}", "rules/v1")),
    ("type-unknown", None, lambda log: raw(log, "{}", "45")),
    ("json-malformed", None, lambda log: raw(log, "")),
    ("json-malformed", None, lambda log: raw(log, "[]")),
    ("json-malformed", None, lambda log: raw(log, '{"a":true}')),
    ("json-malformed", None, lambda log: raw(log, '{"a":1.0}')),
    ("json-malformed", None, lambda log: raw(log, '{"a":1,"a":1}')),
    ("json-malformed", None, lambda log: raw(log, '{"a":' + "9" * 6000 + "}")),
    ("json-malformed", None, lambda log: raw(log, "[" * 60_000)),
    ("json-malformed", None, lambda log: raw(log, nest(7))),
    ("field-wrong", None, lambda log: raw(log, nest(6))),
    ("json-not-canonical", None, lambda log: raw(log, '{"b":1,"a":1}')),
    ("json-not-canonical", None, lambda log: raw(log, '{"a":"\\u0041"}')),
    ("field-wrong", None, lambda log: record(log, act="guess")),
    ("field-wrong", None, lambda log: record(log, closed="2027-02-30T18:05:00Z")),
    ("field-wrong", None, lambda log: record(log, **{"act?": "count"})),
    ("field-wrong", "contest NA-2", lambda log: log.entry("contest", *log.chiefs, **log.contest_fields("NA-2") | {"seats": 3})),
    ("definition-first", None, lambda log: log.entry("election-definition", *log.authority, **log.definition(name="Another"))),
    ("definition-first", "definition", lambda log: log.entry("election-definition", *log.authority, **log.definition(threshold=3))),
    ("definition-first", "definition", lambda log: log.entry("election-definition", **log.definition()) + COURT.sign("x").encode()),
    ("definition-first", "definition", lambda log: log.entry("contest", *log.chiefs, **log.contest_fields("NA-1"))),
    ("definition-late", None, lambda log: log.entry("stations", *log.chiefs, contest="NA-1", stations=[{"station": "9"}])),
    ("definition-late", None, lambda log: log.entry("contest", *log.chiefs, **log.contest_fields("NA-1") | {"seats": 2})),
    ("definition-twice", "freeze", lambda log: log.entry("contest", *log.chiefs, **log.contest_fields("NA-1") | {"seats": 2})),
    ("definition-twice", "freeze", lambda log: log.entry("stations", *log.chiefs, contest="NA-1", stations=[{"station": "4"}])),
    ("definition-twice", None, lambda log: log.entry("roster-freeze", *log.chiefs, **log.prefix())),
    ("place-unknown", "freeze", lambda log: log.entry("contest", *log.chiefs, **log.contest_fields("NA-1") | {"contest": "NA-3"})),
    ("place-unknown", None, lambda log: record(log, officer("6"), station="7")),
    ("place-unknown", None, lambda log: record(log, station="6", contest="NA-1", figures=(1, 2, 3))),
    ("place-unknown", None, lambda log: record(log, votes={"nobody": 1})),
    ("place-unknown", None, lambda log: log.entry("seat-status", *log.chiefs, contest="NA-1", holder="asma", status="declared")),
    ("place-unknown", None, lambda log: roster(log, MOON, stations=None)),
    ("place-unknown", None, lambda log: roster(log, MOON, stations=["5"])),
    ("place-unknown", None, lambda log: roster(log, A1, by="authority", role="operator")),
    ("place-unknown", None, lambda log: log.entry("recount-order", RO, contest="NA-1", reason="x", stations=["5"])),
    ("key-twice", None, lambda log: roster(log, MOON, key=agent("1"))),
    ("key-twice", None, lambda log: roster(log, MOON, key=log.log_keys[0])),
    ("key-twice", None, lambda log: log.entry("key-revoke", MOON, key=Key("never").vkey, reason="lost")),
    ("key-twice", None, lambda log: log.entry("key-revoke", Election.key("party", of="star"), key=agent("6", "star").vkey, reason="lost")),
    ("role-wrong", None, lambda log: roster(log, MOON, role="observer")),
    ("role-wrong", None, lambda log: roster(log, MOON, by="party:nobody")),
    ("role-wrong", None, lambda log: roster(log, A1, by="authority")),
    ("signature-bad", None, lambda log: record(log) + agent("6").sign("another text").encode()),
    ("signature-bad", None, lambda log: record(log, officer("5"), station="5", votes={"asma": 8}).replace(b'"asma":8', b'"asma":9')),
    ("key-revoked", None, lambda log: record(log, officer("6"))),
    ("key-revoked", None, lambda log: log.entry("attestation", agent("6", "star"), contest="NA-2", says="refused", station="6")),
    ("signer-missing", None, lambda log: record(log, officer("5"), station="6")),
    ("signer-missing", None, lambda log: record(log, agent("6"), station="6")),
    ("signer-missing", None, lambda log: record(log, agent("6"), station="6", source="agent:star")),
    ("signer-missing", None, lambda log: record(log, RO2, station="6")),
    ("signer-missing", None, lambda log: roster(log, A1)),
    ("signer-missing", None, lambda log: log.entry("key-revoke", A1, A2, key=agent("1").vkey, reason="stolen")),
    ("signer-missing", None, lambda log: log.entry("key-revoke", A1, A2, key=MOON.vkey, reason="stolen")),
    ("signer-missing", None, lambda log: log.entry("key-replace", A1, new=Key("n").vkey, old=officer("1").vkey, reason="lost")),
    ("signer-missing", None, lambda log: log.entry("correction", RO2, act="ruling", reason="x", supersedes=COUNT_5, **MENDED)),
    ("signer-missing", None, lambda log: log.entry("correction", RO2, act="canvass", reason="x", supersedes=COUNT_5, **MENDED)),
    ("signer-missing", None, lambda log: log.entry("exclusion", RO, contest="NA-1", ground="x", station="1")),
    ("signer-missing", None, lambda log: log.entry("tabulation", A1, **fields_of(log, "tabulation NA-1"), **log.prefix())),
    ("reference-unknown", None, lambda log: record(log, officer("5"), station="5", supersedes="0" * 64, **REPOLL)),
    ("reference-unknown", None, lambda log: record(log, officer("5"), station="5", supersedes=log.ids["form 5"], **REPOLL)),
    ("reference-unknown", "typed 2", lambda log: record(log, officer("3"), supersedes=log.ids["typed 1"], **REPEATED)),
    ("reference-unknown", None, lambda log: log.entry("ruling", COURT, **fields_of(log, "ruling") | {"complaint": log.ids["ruling"]})),
    ("reference-unknown", None, lambda log: log.entry("recount-result", RO2, order=log.ids["complaint"], supersedes=COUNT_5, **MENDED)),
    ("reference-elsewhere", None, lambda log: record(log, officer("5"), station="5", supersedes=log.ids["count 1"], **REPOLL)),
    ("reference-elsewhere", None, lambda log: log.entry("recount-result", RO2, order=log.ids["order 1"], supersedes=COUNT_5, **MENDED)),
    ("reference-elsewhere", None, lambda log: log.entry("recount-result", RO, **fields_of(log, "recount 1") | AT_2)),
    ("reference-elsewhere", None, lambda log: log.entry("seat-status", A1, contest="NA-2", ground=log.ids["ruling"], status="stayed")),
    ("act-wrong", None, lambda log: record(log, officer("5"), station="5", **REPOLL)),
    ("act-wrong", None, lambda log: record(log, officer("5"), station="5", supersedes=log.ids["count 5"])),
    ("act-wrong", None, lambda log: log.entry("attestation", agent("5"), says="agree", **FIVE)),
    ("act-wrong", None, lambda log: log.entry("attestation", agent("5"), says="disagree", record=log.ids["count 5"], **FIVE)),
    ("act-wrong", None, lambda log: log.entry("attestation", agent("5"), says="agree", record=log.ids["count 5"], boxes={}, **FIVE)),
    ("act-wrong", None, lambda log: log.entry("attestation", agent("5"), says="excluded", votes={}, **FIVE)),
    ("prefix-differs", None, lambda log: log.entry("tabulation", RO, **fields_of(log, "tabulation NA-1"), size=3, root=b64(bytes(32)))),
    ("prefix-differs", None, lambda log: log.entry("tabulation", RO, **fields_of(log, "tabulation NA-1"), size=99, root=b64(log.root()))),
    ("prefix-differs", None, lambda log: log.entry("timestamp", OPS[0], authority="t", sha256="0" * 64, size=44, root=b64(log.root()))),
]  # fmt: skip


def fields_of(log: Election, step: str) -> dict[str, Any]:
    """The fields of a step, without size and root."""
    return {name: value for name, value in Made().fields(log.at[step]).items() if name not in ("size", "root")}


@pytest.mark.parametrize("case", CASES, ids=[f"{place}-{case[0]}" for place, case in enumerate(CASES)])
def test_refused(case: Case, tmp_path: Path) -> None:
    code, after, entry = case
    log = start(after)
    log.append(entry(log))
    told = [(one, index) for one, index in problems(log, tmp_path) if index is not None]
    assert told == [(code, len(log.entries) - 1)]


def test_a_revoked_key_counts_up_to_the_entry_that_revokes_it(tmp_path: Path) -> None:
    log = start()
    log.add("roster", MOON, by="party:moon", contest="NA-1", keys=[{"role": "agent", "stations": ["1"], "vkey": Key("m/1").vkey}])
    log.add("key-revoke", MOON, key=MOON.vkey, reason="ended")  # by itself
    log.append(roster(log, MOON))
    assert problems(log, tmp_path) == [("key-revoked", 47)]


def test_after_a_definition_that_is_refused_everything_is(tmp_path: Path) -> None:
    log = start()
    log.rewrite(0, *log.authority, threshold=0)
    assert set(problems(log, tmp_path)) == {("definition-first", index) for index in range(45)}


def test_a_replacement_counts_from_the_next_entry(tmp_path: Path) -> None:
    log = start()
    log.append(record(log, Key("officer.results.example/6", salt="new")))
    assert problems(log, tmp_path) == []


def test_without_a_returning_officer_the_authority_signs(tmp_path: Path) -> None:
    log = start()
    log.add("key-revoke", *log.chiefs, key=RO.vkey, reason="ended")
    log.add("tabulation", A1, **fields_of(log, "tabulation NA-1"), **log.prefix(38))
    log.add("tabulation", A1, **fields_of(log, "tabulation NA-1"), **log.prefix())
    assert problems(log, tmp_path) == []


def test_threshold_of_two(tmp_path: Path) -> None:
    log = start(threshold=2)
    reply = {"authority": "t", "sha256": "0" * 64, **log.prefix()}
    log.add("timestamp", A1, **reply)
    twice = log.entry("timestamp", A1, A1, **reply | {"authority": "u"})
    log.append(twice)
    assert problems(log, tmp_path) == [("signer-missing", 45), ("signer-missing", 46)]


# --- Copies, records, what is said ----------------------------------------------------------------------------------


def notices(log: MiniLog, tmp_path: Path) -> set[tuple[str, int | None]]:
    code, document = run(log.write(tmp_path / "log"))
    assert code == 0, document["problems"]
    return {(one["code"], one["index"]) for one in document["problems"] if one["code"] != "attested-against"}


def test_copies_change_nothing(tmp_path: Path) -> None:
    log = start()
    kinds = ("definition", "contest NA-1", "stations NA-1", "roster NA-1", "freeze", "count 1", "disagree 5", "revoke", "final NA-1")
    for step in kinds:
        log.append(log.entries[log.at[step]])
    before, after = run(start().write(tmp_path / "a"))[1], run(log.write(tmp_path / "b"))[1]
    assert before["contests"] == after["contests"]
    assert found(before) == found(after)
    count = log.entries[log.at["count 1"]]
    log.append(text_of(count) + b"\n" + agent("2").sign("false, but of no key of the station").encode())
    assert problems(log, tmp_path) == [("signature-bad", len(log.entries) - 1)]


def typed(log: Election, *signers: Key, image: str = "ab", **changes: Any) -> str:
    fields = {"contest": "NA-1", "image": image * 32, "station": "3", "votes": votes("NA-1", 70, 60, 50), **changes}
    return log.add("transcription", *signers, **fields)


def test_transcriptions(tmp_path: Path) -> None:
    log = start("provisional NA-1")
    typed(log, OPS[0])
    assert notices(log, tmp_path) == {("one-entry", 31)}
    typed(log, OPS[0])
    assert notices(log, tmp_path) == {("one-entry", 31)}
    typed(log, OPS[0], votes=votes("NA-1", 71, 60, 50))
    assert notices(log, tmp_path) == {("one-entry", 31), ("one-entry", 33)}
    typed(log, OPS[1], votes=votes("NA-1", 70, 61, 50))
    assert notices(log, tmp_path) == {("one-entry", 31), ("one-entry", 33), ("one-entry", 34), ("entries-differ", 34)}
    typed(log, OPS[2])
    assert notices(log, tmp_path) == {("one-entry", 33), ("one-entry", 34)}
    typed(log, OPS[0], OPS[1], image="cd")
    assert notices(log, tmp_path) == {("one-entry", 33), ("one-entry", 34)}
    assert run(tmp_path / "log")[1]["contests"][0]["sources"][-1] == {"source": "scan", "stations": 1, "records": 3}


def test_an_operator_and_the_replacement_are_one(tmp_path: Path) -> None:
    log = start("provisional NA-1")
    fresh = Key("operator/new")
    typed(log, OPS[0])
    log.add("key-replace", A1, new=fresh.vkey, old=OPS[0].vkey, reason="lost")
    typed(log, fresh)
    assert notices(log, tmp_path) == {("one-entry", 31)}


def test_equivocation(tmp_path: Path) -> None:
    log = start()

    def add(entry: bytes) -> str:
        return log.append(entry)

    add(record(log, officer("5"), station="5"))
    assert problems(log, tmp_path) == [("equivocation", 45)]
    one = add(record(log, officer("5"), station="5", act="repoll", supersedes=log.ids["count 5"]))
    two = add(record(log, officer("5"), station="5", act="repoll", supersedes=one))
    assert problems(log, tmp_path) == [("equivocation", 45)]
    add(record(log, officer("5"), station="5", act="repoll", supersedes=one, figures=(1, 1)))
    assert problems(log, tmp_path) == [("equivocation", 45), ("equivocation", 48)]
    canvass = {"act": "canvass", "reason": "x", "supersedes": two, **MENDED}
    log.add("correction", officer("5"), RO2, **canvass)
    log.add("correction", COURT, **canvass | {"act": "ruling"})
    assert problems(log, tmp_path)[-1] == ("equivocation", 48)
    log.add("correction", COURT, **canvass | {"act": "ruling", "reason": "y"})
    order = log.add("recount-order", COURT, contest="NA-2", reason="x", stations=["5"])
    again = {"order": order, "supersedes": two, **MENDED}
    log.add("recount-result", RO2, **again)
    log.add("recount-result", RO2, **again | {"votes": votes("NA-2", 1, 1)})
    final = fields_of(log, "final NA-2") | log.prefix(41)
    log.add(
        "declaration",
        RO2,
        **final,
    )
    told = problems(log, tmp_path)
    assert told == [("equivocation", at) for at in (45, 48, 51, 54, 55)]


def test_records_of_the_chain(tmp_path: Path) -> None:
    """Versions: a second recount of the recounted is version 2, and retires it."""
    log = start("tabulation NA-1")
    order = log.add("recount-order", COURT, contest="NA-1", reason="again", stations=["1"])
    figures = {"votes": votes("NA-1", 100, 41, 12)}
    log.add("recount-result", RO, contest="NA-1", order=order, station="1", supersedes=log.ids["recount 1"], **figures)
    document = run(log.write(tmp_path / "log"))[1]
    assert document["ok"]
    assert document["contests"][0]["totals"][0]["by_source"] == {"officer": 265, "scan": 70}


def test_key_late(tmp_path: Path) -> None:
    log = start()
    late = Key("late-agent")
    log.append(roster(log, MOON, key=late, stations=["4"]))
    log.append(record(log, late, station="4", contest="NA-1", figures=(9, 9, 9), source="agent:moon"))
    fresh = Key("replaces-late-agent")
    log.add("key-replace", MOON, new=fresh.vkey, old=late.vkey, reason="lost")
    log.append(record(log, fresh, station="4", contest="NA-1", figures=(9, 9, 8), source="agent:moon"))
    document = run(log.write(tmp_path / "log"))[1]
    assert [one for one in found(document) if one[0] != "attested-against"] == [("key-late", 46), ("equivocation", 48), ("key-late", 48)]


def test_serials(tmp_path: Path) -> None:
    log = start("replace 6")
    log.append(record(log, serial="F45-5"))
    assert notices(log, tmp_path) == {("serial-unknown", 43)}


def test_definition_incomplete(tmp_path: Path) -> None:
    log = start("stations NA-2")
    assert problems(log, tmp_path) == [("definition-incomplete", None)]
    log = start("contest NA-2")
    assert problems(log, tmp_path) == [("definition-incomplete", None)] * 2


# --- Declarations ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "contest, changes, codes",
    [
        ("NA-1", {"totals": votes("NA-1", 275, 189, 68)}, {"totals"}),
        ("NA-1", {"totals": {"bari": 275, "hafiz": 189}}, {"totals"}),
        ("NA-1", {"boxes": {"in_box": 538, "rejected": 8, "valid": 531}}, {"totals"}),
        ("NA-1", {"boxes": {"blank": 0}}, set()),
        ("NA-1", {"boxes": {"blank": 1}}, set()),  # unread everywhere
        ("NA-1", {"excluded": None}, {"excluded"}),
        ("NA-1", {"excluded": ["4", "1"]}, {"excluded"}),
        ("NA-1", {"missing": ["1"]}, {"missing"}),
        ("NA-1", {"rules": "0" * 64}, {"rules"}),
        ("NA-1", {"winners": ["hafiz"]}, {"winners"}),
        ("NA-1", {"winners": ["bari", "hafiz"]}, {"winners"}),
        ("NA-1", {"winners": []}, {"winners"}),
        ("NA-1", {"winners": None}, set()),
        ("NA-1", {"disputed": {"1": "0" * 64}}, {"disputed"}),
        ("NA-2", {"disputed": None}, {"disputed"}),
        ("NA-2", {"disputed": {"5": "0" * 64}}, {"disputed"}),
        ("NA-2", {"disputed": {"5": "disagree 5"}}, {"totals"}),
        ("NA-2", {"disputed": {"5": "disagree 5"}, "totals": votes("NA-2", 40, 29), "boxes": BOXES_29}, set()),
        ("NA-2", {"missing": None}, {"missing"}),
        ("NA-2", {"size": 20}, {"missing", "disputed"}),
        ("NA-2", {"size": 0}, {"missing", "disputed"}),
    ],
)  # fmt: skip
def test_declarations(contest: str, changes: dict[str, Any], codes: set[str], tmp_path: Path) -> None:
    log = start(f"final {contest}")
    if "size" in changes:
        changes = changes | {"root": b64(log.root(changes["size"]))}
    if changes.get("disputed"):
        changes = changes | {"disputed": {station: log.ids.get(of, of) for station, of in changes["disputed"].items()}}
    fields = {**Made().fields(log.at[f"final {contest}"]), **changes}
    log.add("declaration", {"NA-1": RO, "NA-2": RO2}[contest], **{name: value for name, value in fields.items() if value is not None})
    assert set(problems(log, tmp_path)) == {(f"declaration-{code}", len(log.entries) - 1) for code in codes}


def test_a_later_version_says_why_and_a_station_comes_back(tmp_path: Path) -> None:
    log = start("seat NA-1")
    fields = {**fields_of(log, "final NA-1"), "version": 2}
    log.add("declaration", RO, **fields, **log.prefix())
    log.add("inclusion", log.key("court"), contest="NA-1", ground="the box was whole", station="4")
    fields |= {"boxes": {}, "excluded": [], "totals": votes("NA-1", 285, 689, 77), "winners": ["hafiz"]}
    log.add("declaration", RO, **{**fields, **log.prefix(), "override": "x", "reason": "4 is back", "version": 3})
    log.add("exclusion", log.key("court"), contest="NA-1", ground="again", station="4")
    log.add("declaration", RO, **{**fields, **log.prefix(), "boxes": {"in_box": 1}, "reason": "4 is out", "version": 4})
    last = len(log.entries) - 1
    _, document = run(log.write(tmp_path / "log"))
    told = [one for one in found(document) if one[0] != "attested-against"]
    assert sorted(told) == [("declaration-excluded", last), ("declaration-totals", last), ("reason-missing", last - 4)]
    kinds = {one["code"]: one["kind"] for one in document["problems"]}
    assert (kinds["reason-missing"], kinds["declaration-excluded"]) == ("notice", "problem")


@pytest.mark.parametrize("khan, right", [(29, False), (30, True), (31, True), (430, True)])
def test_unread_is_not_zero_in_declared_totals(khan: int, right: bool, tmp_path: Path) -> None:
    log = start("final NA-2")
    log.append(record(log, votes={"asma": 7, "khan": "illegible"}, boxes={"valid": "illegible", "in_box": 16, "rejected": 0}))
    fields = fields_of(log, "final NA-2") | {"totals": votes("NA-2", 47, khan), "boxes": {"in_box": 88, "valid": 70}}
    del fields["missing"]
    log.add("declaration", RO2, **fields, **log.prefix())
    told = problems(log, tmp_path)
    if khan > 47:  # asma is no winner by these totals
        assert told == [("declaration-winners", 41)]
    else:
        assert told == ([] if right else [("declaration-totals", 41)])
    log.rewrite(41, RO2, totals=votes("NA-2", 48, 30))
    assert problems(log, tmp_path / "asma") == [("declaration-totals", 41)]


# --- Receipts and QR ------------------------------------------------------------------------------------------------


def test_receipts(tmp_path: Path) -> None:
    log = big(300)
    folder = log.write(tmp_path / "log")
    (tmp_path / "policy").write_text(log.policy())
    receipt = tmp_path / "one.tlog-proof"

    def told(content: str, *more: Any) -> list[str]:
        receipt.write_text(content)
        main(["--receipt", str(receipt), "--policy", str(tmp_path / "policy"), *map(str, more), "--json", str(tmp_path / "out")])
        document = json.loads((tmp_path / "out").read_text())
        ignored = ("authority-malformed", "note-malformed", "attested-against")
        return [one["code"] for one in document["problems"] if one["code"] not in ignored]

    for size in (45, 64, 100, 257, 300):
        for index in (0, 1, 20, 43, 44):
            good = log.receipt(index, size)
            assert told(good) == []
            assert main(["--receipt", str(receipt), "--policy", str(tmp_path / "policy")]) == 0
            assert told(good.replace(f"\nindex {index}\n", f"\nindex {index + 1}\n")) == ["receipt-path"]
    good = log.receipt(44)
    assert told(good, folder) == []
    head, checkpoint = good.split("\n\n", 1)
    lines = head.split("\n")
    assert told(good.replace("extra ", "extra A", 1)) == ["receipt-malformed"]
    assert told("\n".join(lines[:1] + lines[2:]) + "\n\n" + checkpoint) == ["receipt-malformed"]
    assert told("\n".join(lines[:-1]) + "\n\n" + checkpoint) == ["receipt-path"]
    assert told(head + "\n" + b64(bytes(32)) + "\n\n" + checkpoint) == ["receipt-path"]
    assert told(head + "\nAAAA\n\n" + checkpoint) == ["receipt-malformed"]
    assert told(head + ("\n" + b64(bytes(32))) * 60 + "\n\n" + checkpoint) == ["receipt-malformed"]
    assert told(good.replace("@v1", "@v2")) == ["receipt-malformed"]
    assert told(head + "\n\n" + log.checkpoint(witnesses=[])) == ["quorum-missing"]
    assert told(head) == ["receipt-malformed"]
    assert told(log.receipt(44).replace(f"index {44}", "index 9007199254740993")) == ["receipt-path"]
    other = big(300)
    other.entries[299] = b"other"
    assert told(other.receipt(44), folder) == ["fork"]
    assert told(big(301).receipt(44), folder) == ["rollback"]


def qr(log: Election, step: str = "count 1", *signers: Key, **others: Any) -> str:
    contest = others.get("contest", "NA-1")
    words = dictionary(log.origin, log.contest_fields(contest))
    text = others.get("text", text_of(log.entries[log.at[step]]))
    return qr_text(text, signers or [officer("1"), agent("1")], words)


def test_qr(tmp_path: Path) -> None:
    log = start()
    folder = log.write(tmp_path / "log")

    def told(text: str, *more: str) -> list[str]:
        code, document = run(folder, "--qr", text, *more)
        assert code == (0 if document["ok"] else 1)
        return [one["code"] for one in document["problems"] if one["where"] == "QR"]

    good = qr(log)
    assert told(good, "--station", "1") == told(good) == []
    assert told(good, "--station", "2") == ["qr-station"]
    assert told(qr(log, "count 1", officer("1"), Key("nobody"))) == []
    assert told(qr(log, "count 1", agent("2"))) == ["qr-signature"]
    assert told(qr(log, "count 1", Key(officer("1").name, salt="x"))) == ["qr-signature"]
    forged = log.text("station-record", **log.record_fields("NA-1", "1", (110, 42, 11))).encode()
    assert told(qr(log, text=forged)) == ["qr-not-logged"]
    assert told(qr_text(text_of(log.entries[log.at["count 1"]]), [], dictionary(log.origin, log.contest_fields("NA-1")))) == [
        "qr-signature"
    ]
    assert told(qr_text(forged, [officer("1")], b"other words")) == ["qr-dictionary"]
    for bad in (
        "TP1:",
        "TP2:" + good[4:],
        good[4:],
        good + "A",
        good + "AAA",
        good.lower(),
        "TP1:" + ":::" * 10,
        good[:60],
        "TP1:" + "0" * 200_000,
    ):
        assert told(bad) == ["qr-malformed"]
    assert told(qr(log, text=b"results.example/2027\nstation-record/v1\n{}\n")) == ["qr-malformed"]
    assert told(qr(log, text=text_of(log.entries[log.at["final NA-1"]]))) == ["qr-malformed"]
    assert told(qr(log, text=forged + b"\n")) == ["qr-malformed"]
    assert told(qr(log, text=bytes(10_000_000))) == ["qr-malformed"]


# --- Hostile --------------------------------------------------------------------------------------------------------


def test_altered_bytes_never_raise(tmp_path: Path) -> None:
    """Any byte of any file altered: problems, and never a traceback; and in an entry or a tile, always a problem."""
    log, chance = start(), random.Random(7)
    files = log.files()
    for number in range(150):
        name = chance.choice(sorted(files))
        content = bytearray(files[name])
        at = chance.randrange(len(content))
        content[at] ^= 1 << chance.randrange(8)
        code, document = run(write_files(tmp_path / str(number), files | {name: bytes(content)}))
        if name.startswith("tile/"):
            assert code == 1, (name, at)
            assert {"bundle-malformed", "root-differs", "tile-differs"} & {one for one, _ in found(document)}


def test_archives_that_are_not_in_order(tmp_path: Path) -> None:
    """A member of 300 MB of nothing is read no further than its kind of file may be long."""
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in start().files().items():
            archive.writestr(name, bytes(300_000_000) if name in ("policy", "tile/entries/000.p/45") else content)
    tracemalloc.start()
    codes = {code for code, _ in found(run(tmp_path / "bomb.zip")[1])}
    assert codes == {"policy-malformed", "bundle-malformed"}
    assert tracemalloc.get_traced_memory()[1] < 60_000_000
    tracemalloc.stop()
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as archive:
        archive.writestr("checkpoint", "a")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("checkpoint", "b")
    assert main([str(tmp_path / "twice.zip")]) == 2
    whole = (tmp_path / "bomb.zip").read_bytes()
    for at in (0, 10, len(whole) - 30):
        (tmp_path / "broken.zip").write_bytes(whole[:at] + b"x" * 20 + whole[at + 20 :])
        assert main([str(tmp_path / "broken.zip")]) in (1, 2)


def test_names_that_cannot_be_printed(tmp_path: Path) -> None:
    log = start()
    policy = log.policy().encode().replace(b"all-of-them", b"\xff\xc2\x9b").replace(b" w1", b" \xe2\x80\xae\xff")
    assert problems(log, tmp_path / "1", policy=policy) == []
    told = problems(log, tmp_path / "2", policy=policy, checkpoint=flipped(log.checkpoint(), log.witnesses[0]))
    assert told == [("witness-signature", None), ("quorum-missing", None)]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.binary(max_size=300), text=st.text("TP1:0123456789ABCDEFGHIJ $%*+-./", max_size=200), cut=st.integers(0, 3000))
def test_anything_may_be_a_receipt_a_qr_a_policy(tmp_path: Path, data: bytes, text: str, cut: int) -> None:
    check, good = LogCheck(data, data), start().receipt(20).encode()
    check.log(reader(str(start().write(tmp_path / "log"))))
    check.receipt(data, "receipt")
    check.receipt(good[:cut] + data + good[cut:], "receipt")
    check.seen(data, "seen")
    assert check.replay
    check_qr("TP1:" + text, None, "o", check.replay, lambda code, message: check.add(code, message, "QR"))
    assert json.dumps(check.document(), ensure_ascii=False).encode()


def test_an_entry_that_is_too_long_for_a_bundle() -> None:
    with pytest.raises(Wrong) as caught:
        read_entry(bytes(65_536), "o")
    assert caught.value.code == "entry-too-long"


def test_every_code_of_the_specifications_is_tested() -> None:
    codes = set()
    for name in ("entry-v1.md", "log-v1.md"):
        for line in (VECTORS.parents[1] / name).read_text(encoding="utf-8").split("\n"):
            if line.startswith("| `"):
                codes |= {one for one in re.findall("`([a-z-]+)`", line.split("|")[1]) if "-" in one}
    here = Path(__file__).read_text(encoding="utf-8").partition("def test_every_code")[0]
    # audits, and the lives of cases and seats (section 9), have files of their own
    here += "".join(Path(__file__).with_name(f"test_{name}.py").read_text(encoding="utf-8") for name in ("audit_log", "verify_lives"))
    types = {"election-definition", "roster-freeze", "key-revoke", "key-replace", "form-issue", "station-record", "recount-order"}
    types |= {"recount-result", "seat-status", "returning-officer", "case-step"}
    types |= {"timestamp-malformed", "timestamp-differs", "timestamp-authority"}  # not checked by this program, and it says so
    missing = {code for code in codes - types if f'"{code}"' not in here and f'{{"{code.removeprefix("declaration-")}"}}' not in here}
    assert missing == set()
