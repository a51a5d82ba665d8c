"""One HTTP exchange with limits: http and https only, no redirects, a bound on bytes and a bound on the whole time."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from urllib.parse import SplitResult, urlsplit

from tallyproof.errors import TallyproofError

MAX_SECONDS = 20.0
MAX_BYTES = 1 << 20
_BLOCK = 1 << 16
# What a path or query may be made of when it goes out; everything else, line ends first, must come percent-encoded.
_TARGET = re.compile(r"[!-\"$-~]*")


class WebError(TallyproofError):
    """Nobody answered, or the answer is not one that can be used."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, the media type without parameters in lower case, and the body."""

    status: int
    media_type: str
    body: bytes


class Web:
    """Asks servers, one question at a time (not for several threads). Connections are kept open between questions to one server.

    ``seconds`` bounds one question from connecting to the last byte (but not the look-up of the name, which the system bounds);
    ``limit`` bounds the body in bytes.
    """

    def __init__(self, *, seconds: float = MAX_SECONDS, limit: int = MAX_BYTES) -> None:
        self._seconds, self._limit = seconds, limit
        self._open: dict[tuple[str, str, int], http.client.HTTPConnection] = {}
        self._tls: ssl.SSLContext | None = None

    def __enter__(self) -> Web:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        for connection in self._open.values():
            connection.close()
        self._open.clear()

    def get(self, url: str, limit: int | None = None) -> Answer:
        """Raises WebError; a status that is not 200 is an answer. ``limit`` is for this body alone."""
        return self._ask("GET", url, None, {}, self._limit if limit is None else limit)

    def post(self, url: str, body: bytes, media_type: str) -> Answer:
        """Raises WebError; a status that is not 200 is an answer. Never sent twice."""
        return self._ask("POST", url, body, {"Content-Type": media_type}, self._limit)

    def _ask(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], limit: int) -> Answer:
        parts = parse_url(url)
        host = (parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        question = _Question(method, url, host, target, body, headers, limit, monotonic() + self._seconds)
        kept = self._open.pop(host, None)
        # A server may close a kept connection at any time: a question that may be asked twice is. Another gets a new connection.
        if kept is not None and method == "GET":
            with suppress(_ClosedError):
                return self._exchange(question, kept)
        elif kept is not None:
            kept.close()
        try:
            return self._exchange(question, self._connect(question))
        except _ClosedError as error:
            raise WebError(f"{url}: the server closed the connection", hint="try again later") from error

    def _connect(self, question: _Question) -> http.client.HTTPConnection:
        scheme, host, port = question.host
        try:
            plain = _socket(host, port, question.until)
        except (OSError, UnicodeError) as error:
            raise WebError(f"{question.url}: no connection ({error})", hint="is the address right, and the server running?") from error
        connection = http.client.HTTPConnection(host, port)
        # Otherwise http.client would open a connection of its own, without limits, once the server has closed this one.
        connection.auto_open = 0
        connection.sock = plain
        if scheme == "https":
            self._tls = self._tls or ssl.create_default_context()
            try:
                secured = self._tls.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
                connection.sock = secured
                with _Watch(secured, question.until):
                    secured.do_handshake()
            except (OSError, ValueError) as error:
                connection.close()
                hint = "the server's certificate must be one that this system trusts"
                raise WebError(f"{question.url}: no safe connection ({error})", hint=hint) from error
        return connection

    def _exchange(self, question: _Question, connection: http.client.HTTPConnection) -> Answer:
        url, late = question.url, f"{question.url}: no whole answer in {self._seconds:g} seconds"
        watch = _Watch(connection.sock, question.until)
        keep = False
        try:
            with watch:
                _send(question, connection)
                response = connection.getresponse()
                answer = Answer(response.status, response.headers.get_content_type(), _body(response, question))
            if watch.fired:
                raise WebError(late, hint="try again later")
            if response.length:
                raise WebError(f"{url}: the answer is cut short", hint="try again later")
            keep = not response.will_close
            return answer
        except (OSError, http.client.HTTPException, ValueError) as error:
            if watch.fired or isinstance(error, TimeoutError):
                raise WebError(late, hint="try again later") from error
            if isinstance(error, (ConnectionError, http.client.NotConnected)):
                raise _ClosedError from error
            raise WebError(f"{url}: not a usable answer ({type(error).__name__}: {error})", hint="is this the right address?") from error
        finally:
            if keep:
                self._open[question.host] = connection
            else:
                connection.close()


@dataclass(frozen=True, slots=True)
class _Question:
    method: str
    url: str
    host: tuple[str, str, int]
    target: str
    body: bytes | None
    headers: Mapping[str, str]
    limit: int
    until: float


class _ClosedError(Exception):
    """The server closed the connection before it answered."""


class _Watch:
    """Shuts a connection down when its time is over, however slowly the other side drips its bytes."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self.fired = False
        self._socket = connection
        left = max(0.001, until - monotonic())
        connection.settimeout(left)
        self._timer = threading.Timer(left, self._fire)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _fire(self) -> None:
        self.fired = True
        with suppress(OSError):
            # The plain method: that of a TLS socket would take its state away under the thread that reads.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def parse_url(url: str) -> SplitResult:
    """The parts of an address that can be asked. Raises WebError: not http or https, no host, a name and password in it, odd characters."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and not parts.fragment
        sound = sound and "@" not in parts.netloc and bool(_TARGET.fullmatch(parts.path + parts.query)) and parts.netloc.isprintable()
        sound = sound and " " not in parts.netloc
    except ValueError:
        sound = False
    if not sound:
        raise WebError(
            f"not an address that can be asked: {url[:200]!r}", hint="http:// or https://, a host, and a path without odd characters"
        )
    return parts


def _socket(host: str, port: int, until: float) -> socket.socket:
    """A connection to the first address that answers in time. Raises OSError, UnicodeError."""
    failed: OSError = OSError("no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        made = socket.socket(family, kind, protocol)
        try:
            made.settimeout(max(0.001, until - monotonic()))
            made.connect(address)
        except OSError as error:
            made.close()
            failed = error
        else:
            return made
    raise failed


def _send(question: _Question, connection: http.client.HTTPConnection) -> None:
    scheme, host, port = question.host
    host = f"[{host}]" if ":" in host else host
    connection.putrequest(question.method, question.target, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", host if port == (443 if scheme == "https" else 80) else f"{host}:{port}")
    connection.putheader("User-Agent", "tallyproof")
    for name, value in question.headers.items():
        connection.putheader(name, value)
    if question.body is not None:
        connection.putheader("Content-Length", str(len(question.body)))
    connection.endheaders(question.body)


def _body(response: http.client.HTTPResponse, question: _Question) -> bytes:
    url, limit = question.url, question.limit
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise WebError(f"{url}: the answer is compressed, which was not asked for", hint="the server must send files as they are")
    found = bytearray()
    while block := response.read(min(_BLOCK, limit + 1 - len(found))):
        found += block
        if len(found) > limit:
            raise WebError(f"{url}: the answer has more than {limit} bytes", hint="is this the right address?")
    return bytes(found)
