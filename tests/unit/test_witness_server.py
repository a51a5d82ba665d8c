"""The witness over HTTP: routes and refusals, what survives a restart, requests that race, and evidence."""

from __future__ import annotations

import hashlib
import io
import json
import multiprocessing
import socket
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tallyproof.errors import UsageError
from tallyproof.log.checkpoint import cosignature_time, parse_note, verify
from tallyproof.log.witness import MAX_REQUEST, Signed, authenticate, parse_request
from tallyproof.record.note import Note, parse
from tallyproof_log import witness_store
from tallyproof_log.web import Answer, Web
from tallyproof_log.witness_client import request
from tallyproof_log.witness_server import WitnessApp, WitnessServer
from tallyproof_log.witness_store import WitnessStore, WitnessStoreError
from tests.support.histories import ORIGIN, cosigner, ed25519_key, histories, log_signer

NOW = 1_800_000_000
LOGS = {ORIGIN: log_signer().vkeys}
HISTORY, FORK = histories(3)
DIGEST = hashlib.sha256(ORIGIN.encode()).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[WitnessStore]:
    made = WitnessStore(tmp_path / "witness.db", cosigner(), create=True)
    yield made
    made.close()


@pytest.fixture
def app(store: WitnessStore) -> WitnessApp:
    return WitnessApp(store, LOGS, prefix="/w1", now=lambda: NOW)


def call(app: WitnessApp, method: str, path: str, body: bytes = b"", **more: object) -> tuple[int, dict[str, str], bytes]:
    told: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
        told.append((status, headers))

    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body), **more}
    found = b"".join(app(environ, start))  # type: ignore[arg-type]
    ((status, headers),) = told
    return int(status.split(" ")[0]), dict(headers), found


def signed(body: bytes) -> Signed:
    found = authenticate(parse_request(body), LOGS)  # type: ignore[arg-type]
    assert isinstance(found, Signed)
    return found


def test_cosigning(app: WitnessApp) -> None:
    status, headers, body = call(app, "POST", "/w1/add-checkpoint", HISTORY.ask(0, 5))
    assert status == 200
    assert headers["Content-Length"] == str(len(body))
    note = parse(HISTORY.checkpoint(5).text.encode() + b"\n" + body)
    assert [verify(HISTORY.checkpoint(5), key, line) for key, line in zip(cosigner().vkeys, note.signatures, strict=True)] == [True, True]
    status, _, kept = call(app, "GET", f"/w1/{DIGEST}/checkpoint")
    assert status == 200
    checkpoint, found = parse_note(kept)
    assert checkpoint == HISTORY.checkpoint(5)
    assert found.signatures == (*HISTORY.note(5).signatures, *note.signatures)


def test_409_names_the_size(app: WitnessApp) -> None:
    call(app, "POST", "/w1/add-checkpoint", HISTORY.ask(0, 5))
    status, headers, body = call(app, "POST", "/w1/add-checkpoint", HISTORY.ask(0, 7))
    assert (status, headers["Content-Type"], body) == (409, "text/x.tlog.size", b"5\n")


@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("GET", "/w1/add-checkpoint", 405, "POST"),
        ("PUT", "/w1/add-checkpoint", 405, "POST"),
        ("POST", "/w1/evidence", 405, "GET, HEAD"),
        ("DELETE", f"/w1/{DIGEST}/checkpoint", 405, "GET, HEAD"),
        ("GET", f"/w1/{DIGEST}/checkpoint", 404, None),
        ("GET", f"/w1/{DIGEST.upper()}/checkpoint", 404, None),
        ("GET", "/w1/00/checkpoint", 404, None),
        ("POST", "/add-checkpoint", 404, None),
        ("POST", "/w1/add-checkpoint/", 404, None),
        ("POST", "/w1//add-checkpoint", 404, None),
        ("POST", "/w1x/add-checkpoint", 404, None),
        ("POST", "/w1/sign-subtree", 404, None),
        ("GET", "/", 404, None),
        ("GET", "", 404, None),
        ("GET", "/w1", 404, None),
        ("GET", "/w1/../w1/evidence", 404, None),
    ],
)
def test_routes_and_methods(app: WitnessApp, method: str, path: str, status: int, allowed: str | None) -> None:
    found, headers, _ = call(app, method, path, HISTORY.ask(0, 5))
    assert (found, headers.get("Allow")) == (status, allowed)


def test_lengths(app: WitnessApp) -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            assert 0 <= size <= MAX_REQUEST
            return b"x" * size

    for length, status in (
        ("", 411),
        ("-1", 411),
        ("1e3", 411),
        ("٥", 411),
        (str(MAX_REQUEST + 1), 413),
        ("9" * 500, 413),
        (str(MAX_REQUEST), 400),
    ):
        found, _, _ = call(app, "POST", "/w1/add-checkpoint", **{"CONTENT_LENGTH": length, "wsgi.input": Endless()})
        assert found == status


def test_head_has_no_body(app: WitnessApp) -> None:
    status, headers, body = call(app, "HEAD", "/w1/evidence")
    assert (status, body) == (200, b"")
    assert headers["Content-Length"] == "3"


def test_evidence(app: WitnessApp) -> None:
    assert json.loads(call(app, "GET", "/w1/evidence")[2]) == []
    for body in (HISTORY.ask(0, 5), HISTORY.ask(5, 9)):
        call(app, "POST", "/w1/add-checkpoint", body)
    for _ in range(2):
        assert call(app, "POST", "/w1/add-checkpoint", request(9, [], FORK.note(9)))[0] == 422
        assert call(app, "POST", "/w1/add-checkpoint", request(0, [], FORK.note(5)))[0] == 409
        assert call(app, "POST", "/w1/add-checkpoint", FORK.ask(9, 12))[0] == 422
        assert call(app, "POST", "/w1/add-checkpoint", HISTORY.ask(0, 5))[0] == 409
    found = json.loads(call(app, "GET", "/w1/evidence")[2])
    assert [(one["kind"], one["size"]) for one in found] == [("fork", 5), ("fork", 9), ("unproven", 12)]
    assert found[0]["noticed"] == "2027-01-15T08:00:00Z"
    for one in found[:2]:
        # The two notes together are the proof, for anybody who has the log's key.
        (mine, kept), (other, fork) = parse_note(one["cosigned"].encode()), parse_note(one["checkpoint"].encode())
        assert (mine.origin, mine.size) == (other.origin, other.size)
        assert mine.root != other.root
        for checkpoint, note in ((mine, kept), (other, fork)):
            assert verify(checkpoint, LOGS[ORIGIN][0], note.signatures[0])


def test_evidence_does_not_fill_the_disk(store: WitnessStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness_store, "MAX_EVIDENCE", 3)
    store.add_checkpoint(signed(HISTORY.ask(0, 5)), NOW)
    for size in range(6, 16):
        store.add_checkpoint(signed(request(5, [], FORK.note(size))), NOW)
    store.add_checkpoint(signed(request(5, [], FORK.note(5))), NOW)
    assert [(one.kind, one.size) for one in store.evidence()] == [("fork", 5), ("unproven", 8), ("unproven", 7), ("unproven", 6)]
    assert len(store.evidence(2)) == 2


def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    times = []
    for old, size in ((0, 5), (5, 9)):
        store = WitnessStore(tmp_path / "witness.db", cosigner(), create=True)
        made = store.add_checkpoint(signed(HISTORY.ask(old, size)), NOW - old)
        assert isinstance(made, tuple)
        times.append(cosignature_time(made[0]))
        store.close()
    assert times == [NOW, NOW]
    store = WitnessStore(tmp_path / "witness.db", cosigner())
    latest = store.latest(ORIGIN)
    assert latest
    assert latest.checkpoint == HISTORY.checkpoint(9)
    assert store.latest("other.example") is None
    refusal = store.add_checkpoint(signed(FORK.ask(5, 12)), NOW)
    assert not isinstance(refusal, tuple)
    assert refusal.body == "9\n"
    store.close()
    with pytest.raises(WitnessStoreError, match="cannot be used"):
        store.latest(ORIGIN)
    with ThreadPoolExecutor(1) as pool, pytest.raises(WitnessStoreError, match="closed"):
        pool.submit(store.latest, ORIGIN).result()


def test_a_lost_memory_is_not_replaced_by_the_way(tmp_path: Path) -> None:
    path = tmp_path / "witness.db"
    with pytest.raises(WitnessStoreError, match="is not there"):
        WitnessStore(path, cosigner())
    assert not path.exists()
    WitnessStore(path, cosigner(), create=True).close()
    for other in (cosigner(seed=50), cosigner("witness.example/w2")):
        with pytest.raises(WitnessStoreError, match="memory of other keys"):
            WitnessStore(path, other, create=True)
    WitnessStore(path, cosigner()).close()


def test_logs_are_apart(store: WitnessStore) -> None:
    other = log_signer("results.example/2028")
    logs = {**LOGS, other.origin: other.vkeys}
    one = parse_request(HISTORY.ask(0, 5))
    two = parse_request(type(HISTORY)(FORK.entries, other).ask(0, 7))
    for body in (one, two):
        assert isinstance(store.add_checkpoint(authenticate(body, logs), NOW), tuple)  # type: ignore[arg-type]
    assert [store.latest(origin).checkpoint.size for origin in logs] == [5, 7]  # type: ignore[union-attr]


def test_the_race_of_the_specification(tmp_path: Path) -> None:
    # A asks for N, B for N+K, from the same old size, at the same time: whoever is second must not be cosigned, and nothing rolls back.
    for attempt in range(12):
        stores = [WitnessStore(tmp_path / f"{attempt}.db", cosigner(), create=True) for _ in range(2)]
        stores[0].add_checkpoint(signed(HISTORY.ask(0, 5)), NOW)
        bodies = [HISTORY.ask(5, size) for size in (6, 9, 12, 24)] + [FORK.ask(5, 12), request(5, [], FORK.note(5))]
        gate = threading.Barrier(len(bodies))

        def one(
            number: int, stores: list[WitnessStore] = stores, bodies: list[bytes] = bodies, gate: threading.Barrier = gate
        ) -> int | None:
            work = signed(bodies[number])
            gate.wait()
            done = stores[number % 2].add_checkpoint(work, NOW)
            return work.checkpoint.size if isinstance(done, tuple) else None

        with ThreadPoolExecutor(len(bodies)) as pool:
            cosigned = [size for size in pool.map(one, range(len(bodies))) if size is not None]
        assert len(cosigned) == 1
        latest = stores[1].latest(ORIGIN)
        assert latest
        assert latest.checkpoint == HISTORY.checkpoint(cosigned[0])
        for store in stores:
            store.close()


def _ask_at_once(store: WitnessStore, work: Signed, gate: threading.Barrier) -> int | None:
    gate.wait()
    return work.checkpoint.size if isinstance(store.add_checkpoint(work, NOW), tuple) else None


def test_a_decision_waits_for_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The first request is held between its decision and its commit; the second must not decide in between.
    store = WitnessStore(tmp_path / "witness.db", cosigner(), create=True)
    store.add_checkpoint(signed(HISTORY.ask(0, 5)), NOW)
    inside, leave, decided = threading.Event(), threading.Event(), []
    true = witness_store.decide

    def slow(*arguments: object) -> object:
        found = true(*arguments)  # type: ignore[arg-type]
        decided.append(arguments[0].checkpoint.size)  # type: ignore[attr-defined]
        if len(decided) == 1:
            inside.set()
            assert leave.wait(5)
        return found

    monkeypatch.setattr(witness_store, "decide", slow)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(store.add_checkpoint, signed(HISTORY.ask(5, 9)), NOW)
        assert inside.wait(5)
        second = pool.submit(store.add_checkpoint, signed(HISTORY.ask(5, 7)), NOW)
        with pytest.raises(TimeoutError):
            second.result(0.3)
        assert decided == [9]
        leave.set()
        assert isinstance(first.result(), tuple)
        refusal = second.result()
        assert not isinstance(refusal, tuple)
        assert refusal.status == 409
    store.close()


def test_nothing_is_answered_that_was_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = WitnessStore(tmp_path / "witness.db", cosigner(), create=True, seconds=0.1)
    app = WitnessApp(store, LOGS, now=lambda: NOW)
    other = sqlite3.connect(tmp_path / "witness.db", isolation_level=None)
    other.execute("begin immediate")
    status, headers, body = call(app, "POST", "/add-checkpoint", HISTORY.ask(0, 5))
    assert (status, headers["Retry-After"]) == (503, "30")
    assert "—".encode() not in body
    other.execute("rollback")
    other.close()
    assert call(app, "POST", "/add-checkpoint", HISTORY.ask(0, 5))[0] == 200
    store._local.database.execute("pragma query_only = on")
    assert call(app, "POST", "/add-checkpoint", HISTORY.ask(5, 9))[0] == 503
    store._local.database.execute("pragma query_only = off")
    latest = store.latest(ORIGIN)
    assert latest
    assert latest.checkpoint.size == 5
    store.close()


def test_the_disk_is_waited_for(store: WitnessStore) -> None:
    assert store._database().execute("pragma synchronous").fetchone()[0] == 2
    assert store._database().execute("pragma journal_mode").fetchone()[0] == "wal"


def test_not_a_database(tmp_path: Path) -> None:
    path = tmp_path / "witness.db"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(WitnessStoreError, match="cannot be used"):
        WitnessStore(path, cosigner(), create=True)
    with pytest.raises(WitnessStoreError):
        WitnessStore(tmp_path / "no" / "folder.db", cosigner(), create=True)
    database = sqlite3.connect(tmp_path / "newer.db")
    database.execute("pragma user_version = 9")
    database.close()
    with pytest.raises(WitnessStoreError, match="another version"):
        WitnessStore(tmp_path / "newer.db", cosigner(), create=True)


def test_a_witness_needs_its_own_keys(tmp_path: Path, store: WitnessStore) -> None:
    log_key = WitnessStore(tmp_path / "log.db", cosigner(seed=1), create=True)
    with pytest.raises(UsageError, match="keys of its own"):
        WitnessApp(log_key, LOGS)
    log_key.close()
    for prefix in ("w1", "/w1/", "/"):
        with pytest.raises(UsageError, match="not a prefix"):
            WitnessApp(store, LOGS, prefix=prefix)
    assert ed25519_key(1).public_key().public_bytes_raw() == LOGS[ORIGIN][0].public


@contextmanager
def served(app: WitnessApp) -> Iterator[str]:
    server = WitnessServer(app, port=0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.stop()
    thread.join(5)
    assert not thread.is_alive()


def test_over_http(app: WitnessApp) -> None:
    with served(app) as url, Web() as web:
        for old, size in ((0, 5), (5, 9), (9, 24)):
            assert web.post(f"{url}/w1/add-checkpoint", HISTORY.ask(old, size), "text/plain").status == 200
        assert web.post(f"{url}/w1/add-checkpoint", HISTORY.ask(5, 9), "text/plain") == Answer(409, "text/x.tlog.size", b"24\n")
        assert web.get(f"{url}/w1/{DIGEST}/checkpoint").status == 200
        assert web.get(f"{url}/w1/nothing").status == 404
        assert web.post(f"{url}/w1/add-checkpoint", b"x" * (MAX_REQUEST + 1), "text/plain").status == 413


def test_raw_http(app: WitnessApp) -> None:
    with served(app) as url:
        port = int(url.rpartition(":")[2])
        for raw, status in (
            (b"GARBAGE\r\n\r\n", b"400"),
            (b"POST /w1/add-checkpoint HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n", b"413"),
            (b"POST /w1/add-checkpoint HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nold 0\r\n0\r\n\r\n", b"400"),
            (b"GET /w1/evidence HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 20_000 + b"\r\n\r\n", b"431"),
            (b"GET /w1/%00%ff HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", b"404"),
        ):
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.sendall(raw)
                answer = connection.recv(65_536)
            assert answer.split(b" ")[1] == status
            assert b"Traceback" not in answer
            assert b"waitress" not in answer.lower().split(b"\r\n\r\n")[0]


def test_silent_connections_are_ended(app: WitnessApp) -> None:
    server = WitnessServer(app, port=0, silent=1)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    start = b"POST /w1/add-checkpoint HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nold"
    silent = [socket.create_connection(("127.0.0.1", server.port), timeout=15) for _ in range(50)]
    for connection in silent:
        connection.sendall(start)
    with Web() as web:
        assert web.post(f"http://127.0.0.1:{server.port}/w1/add-checkpoint", HISTORY.ask(0, 5), "text/plain").status == 200
    for connection in silent:
        with connection:
            assert connection.recv(100) == b""
    server.stop()
    thread.join(5)
    assert not thread.is_alive()


def test_a_port_that_is_taken(app: WitnessApp) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UsageError, match="cannot listen"):
        WitnessServer(app, port=taken.getsockname()[1])


def test_a_note_without_the_log_is_not_kept(store: WitnessStore) -> None:
    strangers = tuple(
        cosigner("stranger.example", seed=40 + number).cosign(signed(HISTORY.ask(0, 5)), None, NOW)[1][0] for number in range(3)
    )
    note = HISTORY.note(5)
    body = request(0, [], Note(note.text, (*strangers, *note.signatures)))
    store.add_checkpoint(signed(body), NOW)
    latest = store.latest(ORIGIN)
    assert latest
    assert [one.name for one in latest.note.signatures] == [ORIGIN, *["witness.example/w1"] * 2]


def test_processes_race_as_threads_do(tmp_path: Path) -> None:
    store = WitnessStore(tmp_path / "witness.db", cosigner(), create=True)
    store.add_checkpoint(signed(HISTORY.ask(0, 5)), NOW)
    store.close()
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        sizes = pool.starmap(_ask_in_process, [(str(tmp_path / "witness.db"), size) for size in (6, 9, 12)])
    assert sum(size is not None for size in sizes) == 1


def _ask_in_process(path: str, size: int) -> int | None:
    store = WitnessStore(Path(path), cosigner(), create=True)
    done = store.add_checkpoint(signed(HISTORY.ask(5, size)), NOW)
    store.close()
    return size if isinstance(done, tuple) else None
