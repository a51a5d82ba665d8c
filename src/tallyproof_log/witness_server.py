"""A witness over HTTP: a WSGI application, and waitress to serve it (``tallyproof[evidence]``).

| | |
|---|---|
| ``POST <prefix>/add-checkpoint`` | as https://c2sp.org/tlog-witness says |
| ``GET <prefix>/<SHA-256 of the origin>/checkpoint`` | the largest checkpoint that was cosigned |
| ``GET <prefix>/evidence`` | checkpoints that a log signed and that do not fit what was cosigned (JSON) |

On the open internet a proxy in front of it should end connections that drip, and TLS.
"""

from __future__ import annotations

import hashlib
import json
import logging
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from time import time
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from tallyproof.errors import UsageError
from tallyproof.log.witness import MAX_REQUEST, Logs, Refusal, answer, authenticate, parse_request
from tallyproof_log.witness_store import WitnessStore, WitnessStoreError

PLAIN = "text/plain; charset=utf-8"
_REASONS = {
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    411: "Length Required",
    413: "Content Too Large",
    422: "Unprocessable Content",
    503: "Service Unavailable",
}


class _Answer:
    """A status, a body, its media type, and further headers."""

    def __init__(self, status: int, body: bytes, media_type: str = PLAIN, *headers: tuple[str, str]) -> None:
        self.status, self.body, self.media_type, self.headers = status, body, media_type, headers


class WitnessApp:
    """The application. ``logs`` are those that it cosigns for, ``now`` gives the seconds since 1970, ``prefix`` is ``/…`` or empty.

    Raises UsageError if a key of the witness is one of a log as well.
    """

    def __init__(self, store: WitnessStore, logs: Logs, *, prefix: str = "", now: Callable[[], float] = time) -> None:
        if {key.public for key in store.cosigner.vkeys} & {key.public for keys in logs.values() for key in keys}:
            raise UsageError("a key of the witness is the key of a log", hint="a witness needs keys of its own")
        if prefix and (not prefix.startswith("/") or prefix.endswith("/")):
            raise UsageError(f"not a prefix: {prefix!r}", hint="empty, or with a slash at the beginning and none at the end")
        self._store, self._logs, self._prefix, self._now = store, logs, prefix, now
        self._origins = {hashlib.sha256(origin.encode()).hexdigest(): origin for origin in logs}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            found = self._route(environ)
        except WitnessStoreError:
            # What is wrong with the disk is the operator's affair; who asks learns that nothing was cosigned.
            found = _Answer(503, b"the witness cannot write: nothing was cosigned\n", PLAIN, ("Retry-After", "30"))
        headers = [
            *(("Content-Type", found.media_type), ("Content-Length", str(len(found.body)))),
            *(("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store"), *found.headers),
        ]
        start_response(f"{found.status} {_REASONS[found.status]}", headers)
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [found.body]

    def _route(self, environ: WSGIEnvironment) -> _Answer:
        path = environ.get("PATH_INFO", "")
        parts = path[len(self._prefix) :].split("/") if path.startswith(self._prefix + "/") else []
        if parts == ["", "add-checkpoint"]:
            return self._add(environ) if environ.get("REQUEST_METHOD") == "POST" else _not_allowed("POST")
        if parts == ["", "evidence"] or (len(parts) == 3 and parts[2] == "checkpoint"):
            if environ.get("REQUEST_METHOD") not in ("GET", "HEAD"):
                return _not_allowed("GET, HEAD")
            return self._evidence() if len(parts) == 2 else self._checkpoint(parts[1])
        return _Answer(404, b"there is nothing here\n")

    def _add(self, environ: WSGIEnvironment) -> _Answer:
        length = environ.get("CONTENT_LENGTH") or ""
        if not (length.isascii() and length.isdecimal()):
            return _Answer(411, b"say how long the request is\n")
        if len(length) > 9 or int(length) > MAX_REQUEST:
            return _Answer(413, f"a request has at most {MAX_REQUEST} bytes\n".encode())
        body = environ["wsgi.input"].read(int(length))
        request = parse_request(body)
        signed = request if isinstance(request, Refusal) else authenticate(request, self._logs)
        done = signed if isinstance(signed, Refusal) else self._store.add_checkpoint(signed, int(self._now()))
        return _Answer(done.status, done.body.encode(), done.media_type) if isinstance(done, Refusal) else _Answer(200, answer(done))

    def _checkpoint(self, digest: str) -> _Answer:
        origin = self._origins.get(digest)
        latest = self._store.latest(origin) if origin is not None else None
        return _Answer(200, latest.note.to_bytes()) if latest else _Answer(404, b"never cosigned a checkpoint of this log\n")

    def _evidence(self) -> _Answer:
        found = [
            {
                "kind": one.kind,
                "origin": one.origin,
                "size": one.size,
                "noticed": datetime.fromtimestamp(one.noticed, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "checkpoint": one.note.decode(),
                "cosigned": one.cosigned.decode() if one.cosigned else None,
            }
            for one in self._store.evidence()
        ]
        return _Answer(200, json.dumps(found, ensure_ascii=False, indent=1).encode() + b"\n", "application/json")


def _not_allowed(allowed: str) -> _Answer:
    return _Answer(405, f"only {allowed} here\n".encode(), PLAIN, ("Allow", allowed))


class WitnessServer:
    """A server with limits, listening at ``host`` and ``port`` already (0: a free one). Raises UsageError if that cannot be had.

    A connection that is silent for ``silent`` seconds is ended.
    """

    def __init__(self, app: WitnessApp, host: str = "127.0.0.1", port: int = 8080, *, threads: int = 4, silent: int = 20) -> None:
        import waitress

        try:
            listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        except (OSError, OverflowError) as error:
            raise UsageError(f"cannot listen at {host}:{port}: {error}", hint="is another program using this port?") from error
        self.port: int = listening.getsockname()[1]
        # It warns of every request that waits for a thread, which is what a queue is for.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._stopping = False
        self._channels: dict[int, Any] = {}
        self._server = waitress.create_server(
            app,
            map=self._channels,
            sockets=[listening],
            threads=threads,
            ident="",
            connection_limit=200,
            channel_timeout=silent,
            cleanup_interval=max(1, silent // 4),
            max_request_header_size=8_192,
            max_request_body_size=MAX_REQUEST + 1,
            expose_tracebacks=False,
            clear_untrusted_proxy_headers=True,
        )

    def run(self) -> None:
        """Serve until ``stop`` is called in another thread, or the program is interrupted."""
        from waitress import wasyncore

        try:
            while not self._stopping:
                wasyncore.loop(timeout=1, use_poll=True, map=self._channels, count=1)
        finally:
            # Whoever is deciding ends first: it still tells the loop that its answer is ready.
            self._server.task_dispatcher.shutdown()
            for channel in list(self._channels.values()):
                channel.close()

    def stop(self) -> None:
        """End ``run`` from another thread."""
        self._stopping = True
        with suppress(OSError):
            self._server.pull_trigger()
