"""Three programs that share no code read the same broken bytes, and say the same of them: the core, the second opinion, verify.js."""

from __future__ import annotations

import base64
import json
import random
import subprocess
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tallyproof.compare.logged import verify_log
from tallyproof.log import proof
from tallyproof.log.policy import parse_policy
from tallyproof.record import ed25519, entry, note
from tallyproof_verify.log import LogCheck
from tests.fuzz.everything import seeds
from tests.fuzz.near import altered
from tests.fuzz.targets import small_log
from tests.interop.conftest import HERE, ROOT
from tests.support import minilog
from tests.support.biglog import ORIGIN
from tests.unit.test_verify_js_agrees import disturb

HOW_MANY = 1_500


def _altered(target: str, how_many: int = HOW_MANY) -> list[bytes]:
    draw = random.Random(f"three {target}")
    return [altered(seeds(target), draw) for _ in range(how_many)]


def _asked(node: str, **asked: object) -> dict[str, list[object]]:
    done = subprocess.run([node, HERE / "asked.js"], input=json.dumps(asked), capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def test_entries(node: str) -> None:
    """The second opinion is compared with the core by tests/fuzz."""
    some = _altered("2-entry")
    core: list[str | None] = []
    for data in some:
        try:
            entry.parse_entry(data, ORIGIN)
            core.append(None)
        except entry.Refused as error:
            core.append(error.code)
    found = _asked(node, entries=[one.hex() for one in some], origin=ORIGIN)["entries"]
    assert [(data, one, other) for data, one, other in zip(some, core, found, strict=True) if one != other] == []
    assert len(set(core)) >= 6


def test_vkeys(node: str) -> None:
    texts = [one.decode("utf-8", "replace") for one in _altered("vkey")]
    core = []
    for text in texts:
        try:
            found = note.parse_vkey(text)
            core.append(found.algorithm == note.Algorithm.ED25519 and ed25519.is_sound_point(found.public))
        except note.NoteError:
            core.append(False)
    other = _asked(node, vkeys=texts)["vkeys"]
    assert [(text, one, two) for text, one, two in zip(texts, core, other, strict=True) if one != two] == []
    assert 0 < sum(core) < len(core)


def _without_mldsa() -> bytes:
    """The policy without keys of ML-DSA-44, which browsers cannot check: those lines are of unknown keys then."""
    lines = [line for line in small_log()["policy"].decode().splitlines() if len(line) < 1_000]
    return "\n".join([*lines, ""]).replace("group most 2 w0 w1 w2", "group most 2 w0 w1").encode()


def test_receipts(node: str, tmp_path: Path) -> None:
    some = [*_altered("receipt", 300), *seeds("receipt")]
    policy = tmp_path / "policy"
    policy.write_bytes(_without_mldsa())
    trusted = parse_policy(_without_mldsa())
    command = [node, ROOT / "src/tallyproof_verify/browser/verify.js", "--json", "--policy", policy]
    core, second = {}, {}
    for number, data in enumerate(some):
        path = tmp_path / f"{number}.tlog-proof"
        path.write_bytes(data)
        command += ["--receipt", path]
        try:
            core[path.name] = {one.code for one in proof.verify(proof.parse(data), trusted).problems}
        except proof.ReceiptError:
            core[path.name] = {"receipt-malformed"}
        check = LogCheck(_without_mldsa(), None)
        check.trust(lambda name, most: None)
        check.problems.clear()
        check.receipt(data, path.name)
        second[path.name] = {one["code"] for one in check.problems}
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    browser: dict[str, set[str]] = {name: set() for name in core}
    for one in json.loads(done.stdout)["problems"]:
        # It also says what is wrong with the entry by itself.
        if (name := Path(one["where"].split(":")[0]).name) in browser and one["code"] not in entry.CODES:
            browser[name].add(one["code"])
    assert second == core
    assert {name: (browser[name], core[name]) for name in core if browser[name] != core[name]} == {}
    assert set() in core.values()


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32), changes=st.integers(1, 6), threshold=st.integers(1, 2))
def test_random_logs(seed: int, changes: int, threshold: int) -> None:
    """The second opinion is compared with verify.js by tests/unit/test_verify_js_agrees.py, with the core here."""
    draw, log = random.Random(seed), minilog.election(threshold)
    for _ in range(changes):
        disturb(log, draw)
    files = log.files()
    check = LogCheck(None, None)
    check.log(lambda name, most: files.get(name))
    assert check.replay is not None
    second = sorted((code, -1 if index is None else index) for code, index, _ in check.replay.problems)
    # Without keys from outside the second opinion takes those in the folder; so does the core here.
    known = tuple(note.parse_vkey(key.vkey) for key in log.authority)
    found = verify_log(log.entries, log.origin, known)
    assert sorted((one.code, -1 if one.index is None else one.index) for one in found.problems) == second
    assert base64.b64encode(found.root).decode() == check.document()["root"]
