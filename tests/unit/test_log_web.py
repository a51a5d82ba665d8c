"""HTTP with limits: what a hostile, slow or broken server can do to somebody who asks it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from time import monotonic

import pytest

from tallyproof_log.http_reader import HttpReader
from tallyproof_log.web import Web, WebError, parse_url

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: Text/Plain; charset=utf-8\r\n\r\nhello"


@contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serves every connection with ``answer`` in a thread, and gives the address."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        listening.settimeout(5)

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=one, args=(connection,), daemon=True).start()

        def one(connection: socket.socket) -> None:
            with connection:
                try:
                    answer(connection)
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def asked(connection: socket.socket) -> bytes:
    """The head of one request."""
    found = b""
    while b"\r\n\r\n" not in found:
        block = connection.recv(65_536)
        if not block:
            return found
        found += block
    return found


def says(*blocks: bytes) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        asked(connection)
        for block in blocks:
            connection.sendall(block)

    return answer


def test_an_answer() -> None:
    with server(says(OK)) as url, Web() as web:
        answer = web.get(url)
    assert (answer.status, answer.media_type, answer.body) == (200, "text/plain", b"hello")


def test_what_is_sent() -> None:
    heads: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        heads.append(asked(connection))
        connection.sendall(OK)

    with server(answer) as url, Web() as web:
        web.post(f"{url}/a/b?c=d", b"body!", "application/timestamp-query")
    lines = heads[0].split(b"\r\n\r\n")[0].decode().split("\r\n")
    assert lines[0] == "POST /a/b?c=d HTTP/1.1"
    assert f"Host: {url.removeprefix('http://')}" in lines
    assert "Content-Type: application/timestamp-query" in lines
    assert "Content-Length: 5" in lines
    assert not [line for line in lines if line.lower().startswith(("accept-encoding", "cookie", "authorization", "referer"))]


def test_a_connection_is_kept_and_a_closed_one_renewed() -> None:
    connections: list[int] = []

    def answer(connection: socket.socket) -> None:
        connections.append(0)
        for _ in range(2):
            if asked(connection):
                connection.sendall(OK)

    with server(answer) as url, Web() as web:
        for _ in range(5):
            assert web.get(url).body == b"hello"
    assert len(connections) == 3


def test_a_post_is_never_sent_twice() -> None:
    heads: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        for number in range(2):
            head = asked(connection)
            if head:
                heads.append(head)
            if number == 0 and head.startswith(b"GET"):
                connection.sendall(OK)

    with server(answer) as url, Web(seconds=1) as web:
        web.get(url)
        with pytest.raises(WebError):
            web.post(url, b"x", "text/plain")
    assert sum(head.startswith(b"POST") for head in heads) == 1


@pytest.mark.parametrize(
    ("blocks", "told"),
    [
        ([], "closed the connection"),
        ([b"SSH-2.0-OpenSSH_9.2\r\n"], "not a usable answer"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"], "cut short"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n" + b"x" * 4_000], "more than 1000 bytes"),
        ([b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 4_000], "more than 1000 bytes"),
        (
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"200\r\n" + b"x" * 512 + b"\r\n", b"fff\r\n" + b"x" * 4_095],
            "more than 1000",
        ),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"], "not a usable answer"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"], "not a usable answer"),
        ([b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"], "compressed"),
        ([b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"], "not a usable answer"),
        ([b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n"], "not a usable answer"),
        ([b"HTTP/1.1 abc OK\r\n\r\n"], "not a usable answer"),
        ([b"\xff\xfe\x00" * 100 + b"\r\n\r\n"], "not a usable answer"),
    ],
)
def test_answers_that_cannot_be_used(blocks: list[bytes], told: str) -> None:
    with server(says(*blocks)) as url, Web(limit=1_000, seconds=5) as web, pytest.raises(WebError, match=told):
        web.get(url)


@pytest.mark.parametrize(
    "start", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"]
)
def test_a_server_that_drips(start: bytes) -> None:
    over = threading.Event()

    def answer(connection: socket.socket) -> None:
        asked(connection)
        connection.sendall(start)
        while not over.wait(0.05):
            connection.sendall(b"H" if not start else b"x")

    began = monotonic()
    with server(answer) as url, Web(seconds=0.5) as web, pytest.raises(WebError, match=r"in 0\.5 seconds"):
        web.get(url)
    over.set()
    assert monotonic() - began < 3


def test_a_server_that_says_continue_for_ever() -> None:
    def answer(connection: socket.socket) -> None:
        asked(connection)
        while True:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    with server(answer) as url, Web(seconds=0.5) as web, pytest.raises(WebError, match="seconds"):
        web.get(url)


def test_no_handshake_without_end() -> None:
    def answer(connection: socket.socket) -> None:
        connection.recv(10)
        connection.sendall(b"\x16\x03\x03\x40\x00\x02")
        while not over.wait(0.05):
            connection.sendall(b"\x00")

    over = threading.Event()
    began = monotonic()
    with server(answer) as url, Web(seconds=0.5) as web, pytest.raises(WebError, match="no safe connection"):
        web.get(url.replace("http:", "https:"))
    over.set()
    assert monotonic() - began < 3


def test_nobody_listens() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        port = listening.getsockname()[1]
    with Web() as web, pytest.raises(WebError, match="no connection"):
        web.get(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize(
    "url",
    ["", "x", "ftp://a.example/", "file:///etc/passwd", "http://", "http:///x", "http://me:secret@a.example/", "http://a.example/a b",
     "//a.example/", "http://a.example/\r\nX: y", "http://a.example/\x00", "http://a.example:99999/", "http://a.example:x/", "http://[::1/",
     "http://a.example/ü", "http://a.example/#x", "http://a b.example/", "javascript:alert(1)", "http://a.example:0/"],
)  # fmt: skip
def test_addresses_that_are_not_asked(url: str) -> None:
    with Web() as web, pytest.raises(WebError, match="not an address"):
        web.get(url)


def test_addresses_that_are_asked() -> None:
    for url in ("http://a.example", "https://a.example:8443/x/y?z=%20", "HTTP://[::1]:80/"):
        assert parse_url(url).hostname


def test_a_redirect_is_not_followed() -> None:
    with server(says(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")) as url:
        with Web() as web:
            assert web.get(url).status == 302
        with HttpReader(url) as log, pytest.raises(WebError, match="the server says 302"):
            log.read("checkpoint")


def test_reading_a_log() -> None:
    files = {"/log/checkpoint": b"a checkpoint", "/log/tile/0/x001/067.p/3": b"tile"}

    def answer(connection: socket.socket) -> None:
        while head := asked(connection):
            body = files.get(head.split(b" ")[1].decode())
            status = (
                b"200 OK"
                if body is not None
                else b"410 Gone"
                if b"tile/1/001" in head
                else b"500 No"
                if b"tile/2/000" in head
                else b"404 Not Found"
            )
            body = body or b""
            connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    with server(answer) as url, HttpReader(f"{url}/log/") as log:
        assert log.read("checkpoint") == b"a checkpoint"
        assert log.read("tile/0/x001/067.p/3") == b"tile"
        for path in ("tile/0/000", "tile/1/001"):
            with pytest.raises(FileNotFoundError):
                log.read(path)
        files["/log/tile/0/005"] = bytes(8_193)
        with pytest.raises(WebError, match="more than 8192 bytes"):
            log.read("tile/0/005")
        with pytest.raises(WebError, match="says 500"):
            log.read("tile/2/000")


@pytest.mark.parametrize(
    "path",
    ["", "/checkpoint", "../secret", "tile/../x", "tile//0", "a?b", "a b", "tile/.", "a\r\nb", "ü", "a/", "secret", "tile/0/1", "images/x"],
)
def test_paths_that_no_log_has(path: str) -> None:
    with HttpReader("http://127.0.0.1:1/log") as log, pytest.raises(WebError, match="no file of a log"):
        log.read(path)


def test_a_log_has_no_query() -> None:
    with pytest.raises(WebError, match="question mark"):
        HttpReader("http://127.0.0.1/log?x=y")
