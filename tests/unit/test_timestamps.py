"""Timestamps by an authority of our own, made with ``openssl ts``."""

from __future__ import annotations

import hashlib
import http.server
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from tallyproof.errors import UsageError
from tallyproof_log import timestamps
from tallyproof_log.disk import StoreError, reader
from tallyproof_log.timestamps import TimestampError
from tallyproof_log.web import Web, WebError

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed")

TEXT = b"results.example/2027\n3\nUGXu34uKs1Vm2V3x3vCOJdDpkIkRVwLSGxmjBhDkGYg=\n"
CONFIG = """
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ordering = yes
ess_cert_id_alg = sha256
"""


@dataclass(frozen=True)
class Authority:
    """A root and certificates under it, each with its key, in a folder."""

    folder: Path

    def openssl(self, *words: str, data: bytes = b"") -> bytes:
        assert OPENSSL
        done = subprocess.run([OPENSSL, *words], cwd=self.folder, input=data, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def certify(self, name: str, extensions: str, issuer: str = "root") -> None:
        self.openssl(*f"req -new -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.csr -subj".split(), f"/CN={name}")
        (self.folder / f"{name}.ext").write_text(extensions)
        how = f"x509 -req -in {name}.csr -CA {issuer}.pem -CAkey {issuer}.key -days 30 -extfile {name}.ext -out {name}.pem"
        self.openssl(*how.split())

    def reply(self, request: bytes, signer: str = "tsa", chain: str | None = None) -> bytes:
        (self.folder / "request.tsq").write_bytes(request)
        extra = ("-chain", f"{chain}.pem") if chain else ()
        words = f"ts -reply -config ts.cnf -section one -queryfile request.tsq -signer {signer}.pem -inkey {signer}.key".split()
        return self.openssl(*words, *extra)

    def certificates(self, *names: str) -> list[x509.Certificate]:
        return [one for name in names for one in timestamps.read_certificates((self.folder / f"{name}.pem").read_bytes())]


STAMPS = "basicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority(tmp_path_factory.mktemp("authority"))
    (made.folder / "ts.cnf").write_text(CONFIG.format(folder=made.folder))
    for name in ("root", "stranger"):
        made.openssl(*f"req -x509 -newkey rsa:2048 -nodes -keyout {name}.key -subj /CN={name} -days 30 -out {name}.pem".split())
    made.certify("tsa", STAMPS)
    # A comment, because openssl writes the signer's certificate first and DER wants the longer one last.
    made.certify("middle", f"basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign\nnsComment={'long ' * 40}\n")
    made.certify("below", STAMPS, issuer="middle")
    made.certify("foreign", STAMPS, issuer="stranger")
    return made


@pytest.fixture(scope="module")
def reply(authority: Authority) -> bytes:
    return authority.reply(timestamps.make_request(TEXT).body)


def code_of(action: Callable[[], object]) -> str:
    with pytest.raises(TimestampError) as caught:
        action()
    assert caught.value.hint
    return caught.value.code


def test_a_reply(authority: Authority, reply: bytes) -> None:
    stamp = timestamps.check(reply, TEXT, authority.certificates("root"))
    assert stamp.proved
    assert abs(stamp.time - datetime.now(UTC)) < timedelta(minutes=1)
    assert stamp.time.utcoffset() == timedelta(0)
    assert stamp.policy == "1.2.3.4.1"
    assert stamp.serial > 0
    hearsay = timestamps.check(reply, TEXT)
    assert (hearsay.proved, hearsay.time) == (False, stamp.time)


def test_openssl_agrees(authority: Authority, reply: bytes) -> None:
    (authority.folder / "reply.tsr").write_bytes(reply)
    digest = hashlib.sha256(TEXT).hexdigest()
    assert b"Verification: OK" in authority.openssl("ts", "-verify", "-digest", digest, "-in", "reply.tsr", "-CAfile", "root.pem")


def test_about_other_bytes(authority: Authority, reply: bytes) -> None:
    roots = authority.certificates("root")
    for text in (TEXT + b"\n", TEXT[:-1], b"", TEXT.replace(b"\n3\n", b"\n4\n")):
        assert code_of(lambda text=text: timestamps.check(reply, text, roots)) == "timestamp-differs"
        assert code_of(lambda text=text: timestamps.check(reply, text)) == "timestamp-differs"


def test_another_hash_is_refused(authority: Authority) -> None:
    query = authority.openssl("ts", "-query", "-sha512", "-digest", hashlib.sha512(TEXT).hexdigest(), "-cert")
    assert code_of(lambda: timestamps.check(authority.reply(query), TEXT, authority.certificates("root"))) == "timestamp-differs"


def test_an_authority_that_is_not_trusted(authority: Authority, reply: bytes) -> None:
    for roots in (("stranger",), ("tsa",), ("foreign",)):
        assert code_of(lambda roots=roots: timestamps.check(reply, TEXT, authority.certificates(*roots))) == "timestamp-authority"
    foreign = authority.reply(timestamps.make_request(TEXT).body, "foreign")
    assert code_of(lambda: timestamps.check(foreign, TEXT, authority.certificates("root"))) == "timestamp-authority"
    assert timestamps.check(foreign, TEXT, authority.certificates("root", "stranger")).proved


def test_an_authority_below_another(authority: Authority) -> None:
    query = timestamps.make_request(TEXT).body
    alone, whole = authority.reply(query, "below"), authority.reply(query, "below", chain="middle")
    roots, middle = authority.certificates("root"), authority.certificates("middle")
    assert timestamps.check(whole, TEXT, roots).proved
    assert timestamps.check(alone, TEXT, roots, middle).proved
    assert code_of(lambda: timestamps.check(alone, TEXT, roots)) == "timestamp-authority"
    # A certificate that only helps to build the chain is not trusted by being given.
    stranger = authority.certificates("stranger")
    foreign = authority.reply(query, "foreign")
    assert code_of(lambda: timestamps.check(foreign, TEXT, roots, authority.certificates("foreign"))) == "timestamp-authority"
    assert stranger != roots


def test_a_reply_without_its_certificate(authority: Authority) -> None:
    query = authority.openssl("ts", "-query", "-sha256", "-digest", hashlib.sha256(TEXT).hexdigest())
    bare = authority.reply(query)
    assert code_of(lambda: timestamps.check(bare, TEXT, authority.certificates("root"))) == "timestamp-authority"


def test_a_refusal(authority: Authority) -> None:
    refused = authority.reply(timestamps.make_request(TEXT).body[:20] + b"\x00")
    with pytest.raises(TimestampError, match="the authority refused") as caught:
        timestamps.check(refused, TEXT)
    assert caught.value.code == "timestamp-malformed"


def test_not_a_reply() -> None:
    for odd in (b"", b"\x30", b"\x30\x80\x00\x00", b"<html>", b"\x30\x84\xff\xff\xff\xff", b"0" * 70_000):
        assert code_of(lambda odd=odd: timestamps.check(odd, TEXT)) == "timestamp-malformed"


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_damaged_reply_is_never_believed(authority: Authority, reply: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(reply) - 1))
    kind = data.draw(st.sampled_from(["other", "cut", "more"]))
    if kind == "other":
        byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != reply[at]))
        odd = reply[:at] + bytes([byte]) + reply[at + 1 :]
    else:
        odd = reply[:at] if kind == "cut" else reply[:at] + data.draw(st.binary(min_size=1, max_size=9)) + reply[at:]
    try:
        stamp = timestamps.check(odd, TEXT, authority.certificates("root"))
    except TimestampError:
        return
    # What is not signed may change (status texts, the certificates that are sent along); what is said may not.
    assert stamp == timestamps.check(reply, TEXT, authority.certificates("root"))


@contextmanager
def served(answer: Callable[[bytes], tuple[int, str, bytes]]) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, media_type, body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/tsa"
        server.shutdown()


REPLY = "application/timestamp-reply"


def test_asking(authority: Authority) -> None:
    roots = authority.certificates("root")
    with Web() as web:
        with served(lambda query: (200, REPLY, authority.reply(query))) as url:
            assert timestamps.check(timestamps.ask(web, url, TEXT, roots), TEXT, roots).proved
            assert code_of(lambda: timestamps.ask(web, url, TEXT, authority.certificates("stranger"))) == "timestamp-authority"
        old = authority.reply(timestamps.make_request(TEXT).body)
        with served(lambda _: (200, REPLY, old)) as url:
            assert code_of(lambda: timestamps.ask(web, url, TEXT, roots)) == "timestamp-differs"
        other = authority.reply(timestamps.make_request(b"other").body)
        with served(lambda _: (200, REPLY, other)) as url:
            assert code_of(lambda: timestamps.ask(web, url, TEXT, roots)) == "timestamp-differs"
        for odd in ((404, REPLY, old), (200, "text/html", b"<html>")):
            with served(lambda _, odd=odd: odd) as url, pytest.raises(WebError, match="no timestamp"):
                timestamps.ask(web, url, TEXT, roots)


def test_no_request_is_asked_twice() -> None:
    first, second = timestamps.make_request(TEXT), timestamps.make_request(TEXT)
    assert first.nonce != second.nonce
    assert hashlib.sha256(TEXT).digest() in first.body


def test_paths() -> None:
    assert timestamps.path_of(42, "a.example") == "timestamps/42-a.example.tsr"
    for size, name in ((-1, "a"), (1, ""), (1, "../a"), (1, "a/b"), (1, "A"), (1, "a" * 65), (1, "a\n")):
        with pytest.raises(UsageError):
            timestamps.path_of(size, name)


def test_a_reply_is_kept_and_never_changed(tmp_path: Path, reply: bytes) -> None:
    place = timestamps.keep(tmp_path, 3, "a.example", reply)
    assert place == tmp_path / "timestamps" / "3-a.example.tsr"
    assert timestamps.keep(tmp_path, 3, "a.example", reply) == place
    with pytest.raises(StoreError, match="another content"):
        timestamps.keep(tmp_path, 3, "a.example", reply + b"x")
    assert [one.name for one in place.parent.iterdir()] == [place.name]
    assert reader(tmp_path)("timestamps/3-a.example.tsr") == reply
    with pytest.raises(StoreError, match="cannot be written"):
        timestamps.keep(tmp_path / "none", 3, "a.example", reply)


def test_not_certificates() -> None:
    for odd in (b"", b"x", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"\xff"):
        with pytest.raises(UsageError, match="no certificates"):
            timestamps.read_certificates(odd)
