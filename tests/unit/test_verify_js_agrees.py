"""The verifier in JavaScript and the second opinion in Python, which share no code, say the same of logs made at random."""

from __future__ import annotations

import contextlib
import io
import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tallyproof_verify.__main__ import main as second_opinion
from tests.support import minilog
from tests.support.minilog import BALLOT, STATIONS, Election, Key, sha256

VERIFY = Path(__file__).resolve().parents[2] / "src/tallyproof_verify/browser/verify.js"
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="needs node (20 or later)")

WORDS: list[Any] = [
    "",
    "NA-1",
    "NA-2",
    "1",
    "5",
    "officer",
    "scan",
    "agent:moon",
    "count",
    "repoll",
    "illegible",
    "bari",
    "final",
    "x" * 201,
]
WORDS += [0, 1, 7, 999_999_999, 1_000_000_000, 2**53, -1, 1.5, True, None, [], {}, ["1", "1"], {"bari": 1}, "e\u0301", "\u202e", "0" * 64]


def anybody(log: Election, rng: random.Random) -> list[Key]:
    places = [(role, place, of) for role in ("officer", "agent") for place in "123456" for of in ("", "moon", "star")]
    places += [("returning-officer", contest, "") for contest in BALLOT] + [("operator", f"NA-1/{n}", "") for n in "123"]
    places += [("court", "", ""), ("party", "", "moon"), ("observers", "", "fafen"), ("observer", "NA-1", "fafen")]
    known = [*log.authority, *(log.key(*place) for place in places)]
    return rng.sample(known, rng.randint(0, 4))


def value(log: Election, rng: random.Random, old: Any) -> Any:
    if isinstance(old, str) and len(old) == 64 and rng.random() < 0.7:
        return rng.choice(list(log.ids.values()))
    if isinstance(old, dict) and old and rng.random() < 0.7:
        name = rng.choice(sorted(old))
        return {**old, name: value(log, rng, old[name])}
    if isinstance(old, int) and rng.random() < 0.5:
        return max(0, old + rng.choice([-1, 1, 10]))
    return rng.choice(WORDS)


def disturb(log: Election, rng: random.Random) -> None:
    """One change, or one more entry, that may or may not break a rule."""
    at = rng.randrange(1, len(log.entries))
    kind, line = minilog.text_of(log.entries[at]).decode().split("\n")[1:3]
    kind, fields = kind.removesuffix("/v1"), json.loads(line)
    signatures = log.entries[at].split(b"\n\n")[1]
    choice = rng.randrange(8)
    if choice == 0:  # a copy, with its signatures, others, or both
        more = "".join(key.sign(minilog.text_of(log.entries[at]).decode()) for key in anybody(log, rng)).encode()
        log.append(minilog.text_of(log.entries[at]) + b"\n" + (more or signatures))
    elif choice == 1:  # another act of the same office
        name = rng.choice(sorted(fields))
        changed = {**fields, name: value(log, rng, fields[name])}
        log.append(log.entry(kind, *anybody(log, rng), *old_signers(log, signatures), **changed))
    elif choice == 2:
        del log.entries[at]
    elif choice == 3:
        other = rng.randrange(1, len(log.entries))
        log.entries[at], log.entries[other] = log.entries[other], log.entries[at]
    elif choice == 4:
        log.append(log.entry(kind, *anybody(log, rng), **{key: one for key, one in fields.items() if rng.random() < 0.9}))
    elif choice == 5:
        contest = rng.choice(list(STATIONS))
        station = rng.choice(STATIONS[contest])
        figures = [rng.choice([0, 5, 40, 70]) for _ in BALLOT[contest]]
        over = {"act": "repoll", "supersedes": rng.choice(list(log.ids.values()))} if rng.random() < 0.5 else {}
        log.add("station-record", log.key("officer", station), **log.record_fields(contest, station, figures, **over))
    elif choice == 6:
        contest = rng.choice(list(STATIONS))
        station = rng.choice(STATIONS[contest])
        fields = {"act": rng.choice(["canvass", "ruling"]), "contest": contest, "reason": "r", "station": station}
        fields |= {"supersedes": log.ids[f"count {station}"] if f"count {station}" in log.ids else sha256(b"").hex()}
        fields["votes"] = {name: rng.choice([0, 5, 40, "illegible"]) for name in BALLOT[contest] if rng.random() < 0.9}
        log.add("correction", log.key("officer", station), log.key("returning-officer", contest), log.key("court"), **fields)
    else:  # a declaration of what is there now, with its old figures
        declared = log.fields(log.at["final NA-1"]) if len(log.entries) > log.at["final NA-1"] else {}
        if "totals" in declared:
            declared |= {**log.prefix(), "version": rng.randint(1, 3)}
            log.add("declaration", log.key("returning-officer", "NA-1"), **declared)


def old_signers(log: Election, signatures: bytes) -> list[Key]:
    names = [line.split(b" ")[1].decode() for line in signatures.split(b"\n") if line.startswith("—".encode())]
    return [Key(name) for name in names]


def told(document: dict[str, Any]) -> list[str]:
    return sorted(f"{one['kind']} {one['code']} {one['index']}" for one in document["problems"])


def shape(contest: dict[str, Any]) -> Any:
    """Stations and totals, of either program: a list of totals in the report's form, or an object."""
    totals = contest["totals"]
    if isinstance(totals, list):
        totals = {one["candidate"]: [one["min"], one["max"]] for one in totals}
    stations = {key: contest["stations"][key] for key in ("expected", "recorded", "missing", "disputed")}
    return contest["contest"], stations, totals


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), changes=st.integers(1, 6), threshold=st.integers(1, 2))
def test_both_say_the_same(tmp_path_factory: pytest.TempPathFactory, seed: int, changes: int, threshold: int) -> None:
    rng = random.Random(seed)
    log = minilog.election(threshold)
    for _ in range(changes):
        disturb(log, rng)
    folder = tmp_path_factory.mktemp("both")
    log.write(folder / "log")
    done = subprocess.run(
        [str(NODE), str(VERIFY), str(folder / "log"), "--json"], capture_output=True, text=True, encoding="utf-8", timeout=120
    )
    mine = json.loads(done.stdout)
    with contextlib.redirect_stdout(io.StringIO()):
        code = second_opinion([str(folder / "log"), "--json", str(folder / "python.json")])
    theirs = json.loads((folder / "python.json").read_text(encoding="utf-8"))
    assert told(mine) == told(theirs)
    assert (done.returncode, mine["ok"], mine["root"], mine["size"]) == (code, theirs["ok"], theirs["root"], theirs["size"])
    assert [shape(one) for one in mine["contests"]] == [shape(one) for one in theirs["contests"]]
