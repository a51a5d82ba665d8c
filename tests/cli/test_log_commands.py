"""A log from the command line, as somebody new would make one, from the first key to what a stranger verifies."""

from __future__ import annotations

import json
import shutil
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from tallyproof.cli.app import app
from tallyproof.errors import TallyproofError
from tallyproof.record import qr
from tallyproof.record.note import parse_vkey
from tallyproof.tabulate.rules import SHA256

ORIGIN = "results.example/2027"
STATIONS = ("7", "8")


class Desk:
    """Somebody at a terminal: key files and entries in one folder, all with one passphrase."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        (folder / "pass").write_text("correct horse battery\n", encoding="utf-8")
        self.secret = ["--passphrase-file", str(folder / "pass")]
        self.log_keys = ["--log-key", str(folder / "log.key"), "--log-key", str(folder / "log-pq.key")]

    def run(self, *words: str | Path, code: int = 0) -> Result:
        done = CliRunner().invoke(app, [str(word) for word in words])
        assert done.exit_code == code, (words, done.output, done.exception)
        return done

    def key(self, name: str, file: str, *more: str) -> str:
        made = self.run("log", "key", name, self.folder / file, *more, *self.secret)
        return made.stdout.strip()

    def entry(self, type_: str, fields: dict[str, Any], *keys: str, append: bool = True) -> Path:
        (self.folder / "fields.json").write_text(json.dumps(fields), encoding="utf-8")
        out = self.folder / f"{type_}-{len(list(self.folder.glob('*.entry')))}.entry"
        signers = [word for key in keys for word in ("--key", str(self.folder / key))]
        self.run("log", "entry", type_, self.folder / "fields.json", "--log", self.log, "-o", out, *signers, *self.secret)
        if append:
            self.append(out)
        return out

    def append(self, *entries: Path, code: int = 0) -> Result:
        return self.run("log", "append", self.log, *entries, *self.log_keys, *self.secret, code=code)


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An election of one contest and two stations, up to the freeze: key files are slow to make and open, on purpose."""
    desk = Desk(tmp_path_factory.mktemp("frozen"))
    desk.key(ORIGIN, "log.key")
    desk.key(ORIGIN, "log-pq.key", "--type", "mldsa44")
    authority = desk.key("authority.results.example/1", "authority.key")
    moon = desk.key("moon.example", "moon.key")
    officers = {station: desk.key(f"officer.results.example/{station}", f"officer-{station}.key") for station in STATIONS}
    agent = desk.key("agent.moon.example/7", "agent-7.key")
    desk.run("log", "init", desk.log, "--authority", authority, *desk.log_keys, *desk.secret)
    definition = {
        "authority": [authority],
        "threshold": 1,
        "contests": ["NA-1"],
        "parties": {"moon": moon},
        "day": "2027-02-08",
        "election": "2027",
        "name": "General election",
        "rules": {"name": "tabulation-v1", "sha256": SHA256},
    }
    desk.entry("election-definition", definition, "authority.key")
    ballot = [{"candidate": "bari", "name": "Saif Bari"}, {"candidate": "hafiz"}]
    desk.entry("contest", {"contest": "NA-1", "candidates": ballot, "stations": 2, "boxes": ["valid"]}, "authority.key")
    desk.entry("stations", {"contest": "NA-1", "stations": [{"station": one, "registered": 400} for one in STATIONS]}, "authority.key")
    keys = [{"role": "officer", "stations": [station], "vkey": vkey} for station, vkey in officers.items()]
    desk.entry("roster", {"by": "authority", "contest": "NA-1", "keys": keys}, "authority.key")
    agents = [{"role": "agent", "stations": ["7"], "vkey": agent}]
    desk.entry("roster", {"by": "party:moon", "contest": "NA-1", "keys": agents}, "moon.key")
    desk.entry("roster-freeze", {}, "authority.key")
    return desk.folder


@pytest.fixture
def desk(frozen: Path, tmp_path: Path) -> Desk:
    shutil.copytree(frozen, tmp_path, dirs_exist_ok=True)
    return Desk(tmp_path)


def record(station: str, bari: int, hafiz: int) -> dict[str, Any]:
    fields = {"act": "count", "contest": "NA-1", "source": "officer", "station": station, "votes": {"bari": bari, "hafiz": hafiz}}
    return {**fields, "boxes": {"valid": bari + hafiz}}


def test_from_keys_to_a_declaration_that_anybody_can_verify(desk: Desk, tmp_path: Path) -> None:
    seven = desk.entry("station-record", record("7", 120, 80), "officer-7.key", append=False)
    signed = desk.run("log", "sign", seven, "--key", tmp_path / "agent-7.key", *desk.secret)
    identity = signed.stdout.split()[-1]
    desk.append(seven)
    kept = (desk.log / "checkpoint").read_bytes()
    (tmp_path / "kept").write_bytes(kept)
    desk.entry("station-record", record("8", 10, 40), "officer-8.key")
    declared = {
        "contest": "NA-1",
        "rules": SHA256,
        "stage": "final",
        "version": 1,
        "totals": {"bari": 130, "hafiz": 120},
        "winners": ["bari"],
    }
    desk.entry("declaration", declared, "authority.key")

    desk.run("log", "receipt", desk.log, identity, "-o", tmp_path / "7.tlog-proof")
    pinned = ["--policy", desk.log / "policy", "--authority", (desk.log / "authority").read_text(encoding="utf-8").strip()]
    done = desk.run(
        "verify", desk.log, *pinned, "--seen", tmp_path / "kept", "--receipt", tmp_path / "7.tlog-proof", "--json", tmp_path / "found"
    )
    assert "VERIFIED" in done.stdout
    found = json.loads((tmp_path / "found").read_text(encoding="utf-8"))
    assert set(found["established"]) == {"signed", "entries", "grown", "rights", "declared", "receipt"}
    assert found["contests"][0]["totals"] == {"bari": [130, 130], "hafiz": [120, 120]}
    assert "who" not in found["not_established"]
    urdu = desk.run("verify", desk.log, "--lang", "ur")
    assert "تصدیق ہو گئی" in urdu.stdout

    desk.run("log", "export", desk.log, tmp_path / "log.zip")
    desk.run("log", "import", tmp_path / "log.zip", tmp_path / "copy")
    desk.run("verify", tmp_path / "log.zip")
    desk.run("verify", tmp_path / "copy")
    assert identity[:12] in desk.run("log", "show", tmp_path / "log.zip").stdout
    assert '"bari":120' in desk.run("log", "show", desk.log, identity[:10]).stdout


def test_a_false_declaration_is_named(desk: Desk, tmp_path: Path) -> None:
    desk.entry("station-record", record("7", 120, 80), "officer-7.key")
    false = {"contest": "NA-1", "rules": SHA256, "stage": "final", "version": 1, "totals": {"bari": 20, "hafiz": 180}}
    desk.entry("declaration", false, "authority.key")
    done = desk.run("verify", desk.log, "--json", tmp_path / "found", code=1)
    assert "NOT VERIFIED" in done.stdout
    codes = [one["code"] for one in json.loads((tmp_path / "found").read_text(encoding="utf-8"))["problems"]]
    assert codes == ["declaration-missing", "declaration-totals"]


def test_what_breaks_a_rule_does_not_get_in(desk: Desk) -> None:
    wrong = desk.entry("station-record", record("7", 120, 80), "officer-8.key", append=False)
    right = desk.entry("station-record", record("8", 1, 2), "officer-8.key", append=False)
    before = desk.run("log", "show", desk.log).stdout.count("\n")
    done = desk.append(wrong, right, code=1)
    assert "signer-missing" in done.output or "must be signed by" in done.output
    assert desk.run("log", "show", desk.log).stdout.count("\n") == before + 1


def test_the_form_of_a_record_is_printed_and_its_photo_is_verified(desk: Desk, tmp_path: Path) -> None:
    pictures = pytest.importorskip("tallyproof_log.pictures")
    pytest.importorskip("segno", reason="tallyproof[evidence] is not installed")
    pytest.importorskip("zxingcpp", reason="tallyproof[evidence] is not installed")
    seven = desk.entry("station-record", record("7", 120, 80), "officer-7.key")
    identity = desk.run("log", "sign", seven, "--key", tmp_path / "officer-7.key", *desk.secret).stdout.split()[-1]
    desk.run("log", "form", desk.log, identity, "-o", tmp_path / "forms")
    page = next((tmp_path / "forms").iterdir()).read_text(encoding="utf-8")
    assert "Saif Bari" in page
    symbol = _letters(desk, seven)
    (tmp_path / "photo.png").write_bytes(pictures.to_png(symbol))
    done = desk.run("verify", tmp_path / "photo.png", "--log", desk.log, "--station", "7")
    assert "officer.results.example/7" in done.stdout
    other = desk.run("verify", tmp_path / "photo.png", "--log", desk.log, "--station", "8", code=1)
    assert "qr-station" in other.stdout
    eight = desk.entry("station-record", record("8", 5, 5), "officer-8.key", append=False)
    (tmp_path / "photo.png").write_bytes(pictures.to_png(_letters(desk, eight)))
    assert "qr-not-logged" in desk.run("verify", tmp_path / "photo.png", "--log", desk.log, code=1).stdout


def _letters(desk: Desk, entry: Path) -> str:
    from tallyproof.record.book import Contest
    from tallyproof.record.entry import parse_entry

    contest = Contest(1, {"contest": "NA-1", "boxes": ["valid"]}, ("bari", "hafiz"), frozenset({"bari", "hafiz"}))
    return qr.to_letters(parse_entry(entry.read_bytes(), ORIGIN), qr.dictionary(ORIGIN, contest))


def test_a_witness_cosigns_over_http_and_the_quorum_is_reached(desk: Desk, tmp_path: Path) -> None:
    pytest.importorskip("waitress", reason="tallyproof[evidence] is not installed")
    from tallyproof.cli.keys import open_keys
    from tallyproof.log.policy import parse_policy
    from tallyproof.log.witness import Cosigner, logs_of
    from tallyproof_log.witness_server import WitnessApp, WitnessServer
    from tallyproof_log.witness_store import WitnessStore

    vkey = desk.key("witness.paper.example", "witness.key", "--type", "witness")
    (secret,) = open_keys([tmp_path / "witness.key"], tmp_path / "pass")
    logs = logs_of(parse_policy((desk.log / "policy").read_bytes()))
    store = WitnessStore(tmp_path / "witness.db", Cosigner(secret.vkey.name, (secret.private,)), create=True)
    server = WitnessServer(WitnessApp(store, logs), "127.0.0.1", 0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        lines = (desk.log / "policy").read_text(encoding="utf-8").replace("quorum none\n", "")
        (desk.log / "policy").write_text(f"{lines}witness paper {vkey} http://127.0.0.1:{server.port}\nquorum paper\n", encoding="utf-8")
        desk.run("verify", desk.log, code=1)
        done = desk.run("log", "cosign", desk.log, *desk.log_keys, *desk.secret)
        assert "cosigned" in done.output
    finally:
        server.stop()
        thread.join()
        store.close()
    assert "Cosigned by: paper" in desk.run("verify", desk.log).stdout
    empty = desk.run("log", "witness", "evidence", "--state", tmp_path / "witness.db", "--key", tmp_path / "witness.key", *desk.secret)
    assert "0 refused" in empty.output


def test_keys_are_encrypted_and_private_and_never_shown(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    shown = desk.key("officer.example/1", "a.key")
    assert parse_vkey(shown).name == "officer.example/1"
    text = (tmp_path / "a.key").read_text(encoding="utf-8")
    assert "ENCRYPTED PRIVATE KEY" in text
    assert stat.S_IMODE((tmp_path / "a.key").stat().st_mode) == 0o600
    (tmp_path / "pass").write_text("another passphrase\n", encoding="utf-8")
    (tmp_path / "fields.json").write_text("{}", encoding="utf-8")
    words = ["log", "entry", "image", str(tmp_path / "fields.json"), "--origin", ORIGIN, "--key", str(tmp_path / "a.key"), "-o", "x"]
    done = CliRunner().invoke(app, [*words, *desk.secret])
    assert isinstance(done.exception, TallyproofError)
    assert "another passphrase" not in done.output + str(done.exception)


@pytest.mark.parametrize(
    "words",
    [
        ("verify", "nowhere"),
        ("log", "show", "nowhere"),
        ("log", "receipt", "nowhere", "0", "-o", "x"),
        ("log", "append", "nowhere", "x", "--log-key", "nowhere"),
        ("log", "cosign", "nowhere", "--log-key", "nowhere"),
        ("log", "witness", "evidence", "--state", "nowhere", "--key", "nowhere"),
        ("log", "export", "nowhere", "x.zip"),
        ("log", "import", "nowhere", "x"),
        ("log", "timestamp", "nowhere", "--url", "http://127.0.0.1:9/", "--name", "x"),
    ],
)
def test_what_is_not_there_is_said_with_a_hint(words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, list(words))
    assert isinstance(done.exception, TallyproofError), (done.output, done.exception)
    assert done.exception.hint
