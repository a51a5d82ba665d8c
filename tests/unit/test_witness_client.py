"""Asking witnesses: honest ones, stale ones, lying ones, and ones that are not there."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from tallyproof.log.checkpoint import CheckpointError, cosign, verify
from tallyproof.log.policy import Policy, judge, parse_policy
from tallyproof.log.witness import Cosigner
from tallyproof.record.note import Signature
from tallyproof_log.store import LogWriter
from tallyproof_log.witness_client import Outcome, Witnesses, gather, signatures_of
from tallyproof_log.witness_server import WitnessApp
from tallyproof_log.witness_store import WitnessStore
from tests.support.histories import ORIGIN, History, cosigner, ed25519_key, histories, log_signer, mldsa_key

NOW = 1_800_000_000
SIZE = 700
HISTORY, FORK = histories(300, size=SIZE)
LOGS = {ORIGIN: log_signer().vkeys}

App = Callable[..., object]


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(app: App) -> Iterator[str]:
    with make_server("127.0.0.1", 0, app, handler_class=_Quiet) as server:  # type: ignore[arg-type]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@contextmanager
def witness(folder: Path, who: Cosigner, size: int = 0, history: History = HISTORY) -> Iterator[tuple[str, list[bytes]]]:
    """An honest witness that has cosigned ``size`` entries of ``history``; and the first lines that it was sent."""
    store = WitnessStore(folder / f"{who.name.replace('/', '-')}.db", who, create=True)
    app = WitnessApp(store, LOGS, now=lambda: NOW)
    heads: list[bytes] = []

    def listening(environ: dict[str, object], start: object) -> object:
        body = environ["wsgi.input"].read(int(str(environ["CONTENT_LENGTH"])))  # type: ignore[attr-defined]
        heads.append(body.split(b"\n")[0])
        environ["wsgi.input"] = io.BytesIO(body)
        return app(environ, start)  # type: ignore[arg-type]

    with served(listening) as url:
        if size:
            (outcome,) = gather(policy((who, url)), history.note(size).to_bytes(), reader(history, size))
            assert outcome.cosigned
            heads.clear()
        yield url, heads
    store.close()


def answering(status: str, body: bytes, media_type: str = "text/plain") -> App:
    def app(environ: dict[str, object], start: Callable[..., object]) -> list[bytes]:
        environ["wsgi.input"].read(int(str(environ["CONTENT_LENGTH"])))  # type: ignore[attr-defined]
        start(status, [("Content-Type", media_type), ("Content-Length", str(len(body)))])
        return [body]

    return app


def policy(*witnesses: tuple[Cosigner, str]) -> Policy:
    lines = [f"log {LOGS[ORIGIN][0]}\n"]
    names = []
    for at, (who, url) in enumerate(witnesses):
        for key in who.vkeys:
            names.append(f"w{at}-{key.algorithm:02x}")
            lines.append(f"witness {names[-1]} {key} {url}\n")
    lines += [f"group all all {' '.join(names)}\n", "quorum all\n"]
    return parse_policy("".join(lines).encode())


def reader(history: History, size: int) -> Callable[[str], bytes]:
    files = history.files(size)

    def read(path: str) -> bytes:
        if path not in files:
            raise FileNotFoundError(path)
        return files[path]

    return read


def ask(url: str, size: int = SIZE, **more: dict[str, int]) -> Outcome:
    (outcome,) = gather(policy((cosigner(), url)), HISTORY.note(size).to_bytes(), reader(HISTORY, size), seconds=5, **more)  # type: ignore[arg-type]
    return outcome


def test_the_first_checkpoint(tmp_path: Path) -> None:
    with witness(tmp_path, cosigner()) as (url, heads):
        outcome = ask(url)
    assert heads == [b"old 0"]
    assert (outcome.url, outcome.refused, outcome.size) == (url, "", SIZE)
    assert [verify(HISTORY.checkpoint(SIZE), key, line) for key, line in zip(cosigner().vkeys, outcome.signatures, strict=True)] == [
        True,
        True,
    ]


@pytest.mark.parametrize("before", [1, 255, 256, 257, 512, 600, 699, 700])
def test_a_proof_is_made_from_tiles(tmp_path: Path, before: int) -> None:
    with witness(tmp_path, cosigner(), before) as (url, heads):
        assert ask(url).cosigned
        assert heads == [b"old 0", b"old %d" % before]
        heads.clear()
        # Who remembers what each witness has cosigned asks once.
        assert ask(url, known={url: SIZE}).cosigned
        assert heads == [b"old 700"]


@pytest.mark.parametrize("wrong", [-1, 5, 699, 701, 10**20])
def test_what_is_known_may_be_wrong(tmp_path: Path, wrong: int) -> None:
    with witness(tmp_path, cosigner(), 300) as (url, _):
        assert ask(url, known={url: wrong}).cosigned


def test_several_witnesses_make_a_quorum(tmp_path: Path) -> None:
    who = [cosigner(f"witness.example/w{number}", seed=20 + 2 * number) for number in range(4)]
    with ExitStack() as stack:
        served_at = [stack.enter_context(witness(tmp_path, one, 100 * at)) for at, one in enumerate(who)]
        needed = policy(*((one, url) for one, (url, _) in zip(who, served_at, strict=True)))
        outcomes = gather(needed, HISTORY.note(SIZE).to_bytes(), reader(HISTORY, SIZE))
    assert [outcome.cosigned for outcome in outcomes] == [True] * 4
    note = HISTORY.note(SIZE)
    assert [one.code for one in judge(note.to_bytes(), needed).problems] == ["quorum-missing"]
    assert judge(note.with_signatures(*signatures_of(outcomes)).to_bytes(), needed).problems == ()


def test_only_the_logs_signatures_are_sent(tmp_path: Path) -> None:
    note = HISTORY.note(SIZE).with_signatures(cosign(HISTORY.checkpoint(SIZE), "stranger.example", mldsa_key(9), NOW))
    sent: list[bytes] = []

    def app(environ: dict[str, object], start: Callable[..., object]) -> list[bytes]:
        sent.append(environ["wsgi.input"].read(int(str(environ["CONTENT_LENGTH"]))))  # type: ignore[attr-defined]
        return answering("404 Not Found", b"")({**environ, "CONTENT_LENGTH": "0"}, start)  # type: ignore[return-value]

    with served(app) as url:
        gather(policy((cosigner(), url)), note.to_bytes(), reader(HISTORY, SIZE))
    assert sent == [HISTORY.ask(0, SIZE)]


def test_a_fork_is_not_cosigned(tmp_path: Path) -> None:
    with witness(tmp_path, cosigner(), 400, FORK) as (url, _):
        outcome = ask(url)
        assert not outcome.cosigned
        assert outcome.refused.startswith("status 422")
        assert outcome.size == 400
    with witness(tmp_path, cosigner("b.example", 20), SIZE, FORK) as (url, _):
        (outcome,) = gather(policy((cosigner("b.example", 20), url)), HISTORY.note(SIZE).to_bytes(), reader(HISTORY, SIZE))
        assert outcome.refused.startswith("status 422: another root")


def test_a_checkpoint_that_is_behind(tmp_path: Path) -> None:
    with witness(tmp_path, cosigner(), SIZE) as (url, _):
        outcome = ask(url, 600)
    assert "a tree of 700 already" in outcome.refused
    assert not outcome.cosigned


def _signature(key: object = None, time: int = NOW, size: int = SIZE, name: str = "witness.example/w1") -> Signature:
    return cosign(HISTORY.checkpoint(size), name, key or ed25519_key(11), time)  # type: ignore[arg-type]


def _body(*signatures: Signature) -> bytes:
    return "".join(one.line() for one in signatures).encode()


@pytest.mark.parametrize(
    ("status", "body", "media_type", "told"),
    [
        ("200 OK", b"", "text/plain", "no signature lines"),
        ("200 OK", b"hello\n", "text/plain", "no signature lines"),
        ("200 OK", b"\xff\xfe", "text/plain", "no signature lines"),
        ("200 OK", _body(_signature()) + b"\x00\n", "text/plain", "no signature lines"),
        ("200 OK", _body(*[_signature()] * 65), "text/plain", "no signature lines"),
        ("200 OK", _body(_signature(ed25519_key(77))), "text/plain", "no signature of a key"),
        ("200 OK", _body(_signature(name="other.example")), "text/plain", "no signature of a key"),
        ("200 OK", _body(_signature(size=699)), "text/plain", "is false"),
        ("200 OK", _body(_signature(time=0)), "text/plain", "states no time"),
        ("200 OK", _body(_signature(mldsa_key(12), time=0)), "text/plain", "states no time"),
        ("200 OK", _body(_signature(), _signature(mldsa_key(12), size=5)), "text/plain", "is false"),
        ("200 OK", b"x" * 70_000, "text/plain", "more than 65536 bytes"),
        ("404 Not Found", b"\x1b[31mwho?\n", "text/plain", "status 404: \ufffd[31mwho?"),
        ("500 Oops", b"", "text/plain", "status 500"),
        ("302 Found", b"", "text/plain", "status 302"),
        ("409 Conflict", b"", "text/x.tlog.size", "without a size"),
        ("409 Conflict", b"600", "text/x.tlog.size", "without a size"),
        ("409 Conflict", b"0600\n", "text/x.tlog.size", "without a size"),
        ("409 Conflict", b"-1\n", "text/x.tlog.size", "without a size"),
        ("409 Conflict", "\u0665\n".encode(), "text/x.tlog.size", "without a size"),
        ("409 Conflict", b"9" * 5_000 + b"\n", "text/x.tlog.size", "without a size"),
        ("409 Conflict", b"600\n", "text/plain", "without a size"),
        ("409 Conflict", b"701\n", "text/x.tlog.size", "a tree of 701 already"),
        ("409 Conflict", b"600\n", "text/x.tlog.size", "another size 3 times"),
    ],
)
def test_answers_that_are_not_believed(status: str, body: bytes, media_type: str, told: str) -> None:
    with served(answering(status, body, media_type)) as url:
        outcome = ask(url)
    assert not outcome.cosigned
    assert told in outcome.refused


def test_signatures_of_others_are_left_out() -> None:
    body = _body(_signature(ed25519_key(77)), _signature(), _signature(name="other.example"))
    with served(answering("200 OK", body)) as url:
        assert ask(url).signatures == (_signature(),)


def test_one_bad_witness_takes_nothing_from_the_others(tmp_path: Path) -> None:
    good, silent, lying = cosigner(), cosigner("silent.example", 30), cosigner("lying.example", 40)
    with witness(tmp_path, good) as (url, _), served(answering("200 OK", _body(_signature()))) as liar:
        outcomes = gather(
            policy((silent, "http://127.0.0.1:9"), (good, url), (lying, liar)), HISTORY.note(SIZE).to_bytes(), reader(HISTORY, SIZE)
        )
    assert [outcome.cosigned for outcome in outcomes] == [False, True, False]
    assert "no connection" in outcomes[0].refused
    assert [outcome.witnesses[0].key.name for outcome in outcomes] == ["silent.example", "witness.example/w1", "lying.example"]


def test_a_log_whose_tiles_are_gone(tmp_path: Path) -> None:
    def read(path: str) -> bytes:
        raise FileNotFoundError(path)

    with witness(tmp_path, cosigner(), 300) as (url, _):
        (outcome,) = gather(policy((cosigner(), url)), HISTORY.note(SIZE).to_bytes(), read)
    assert outcome.refused.startswith("no proof can be made")
    assert outcome.size == 300


def test_nobody_to_ask() -> None:
    lines = f"log {LOGS[ORIGIN][0]}\nwitness w {cosigner().vkeys[0]}\nquorum w\n"
    assert gather(parse_policy(lines.encode()), HISTORY.note(5).to_bytes(), reader(HISTORY, 5)) == ()
    with pytest.raises(CheckpointError):
        gather(parse_policy(lines.encode()), b"not a checkpoint", reader(HISTORY, 5))


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://a.example", "http://me:word@127.0.0.1", "http://\u00fc"])
def test_addresses_of_a_policy_are_not_trusted(url: str) -> None:
    outcome = ask(url)
    assert not outcome.cosigned
    assert "not an address" in outcome.refused or "no connection" in outcome.refused


def test_a_log_that_is_cosigned_as_it_grows(tmp_path: Path) -> None:
    who = [cosigner(), cosigner("b.example", 20)]
    with (
        ExitStack() as stack,
        LogWriter(tmp_path / "log", log_signer(), lambda: NOW, create=True) as writer,
    ):
        served_at = [stack.enter_context(witness(tmp_path, one)) for one in who]
        needed = policy(*((one, url) for one, (url, _) in zip(who, served_at, strict=True)))
        writer.cosign = Witnesses(needed, writer.read)
        at = 0
        for size in (1, 255, 256, 257, 400, 512, 700):
            writer.append([b"entry %d" % number for number in range(at, size)])
            at = size
            judged = judge((tmp_path / "log" / "checkpoint").read_bytes(), needed)
            assert judged.problems == ()
            assert judged.checkpoint == HISTORY.checkpoint(size)
        # Each was asked once for each checkpoint, from the size of the one before.
        for _, heads in served_at:
            assert heads == [b"old 0", b"old 1", b"old 255", b"old 256", b"old 257", b"old 400", b"old 512"]


def test_a_log_grows_without_its_witnesses(tmp_path: Path) -> None:
    needed = policy((cosigner(), "http://127.0.0.1:9"))
    with LogWriter(tmp_path / "log", log_signer(), lambda: NOW, create=True) as writer:
        writer.cosign = witnesses = Witnesses(needed, writer.read)
        assert writer.append([b"entry 0"]) == [0]
        assert "no connection" in witnesses.outcomes[0].refused
    judged = judge((tmp_path / "log" / "checkpoint").read_bytes(), needed)
    assert [one.code for one in judged.problems] == ["quorum-missing"]
