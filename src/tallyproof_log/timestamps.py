"""Timestamps of checkpoints by RFC 3161: asking an authority, keeping its reply beside the log, checking it offline.

A reply shows that a tree existed before the time in it, even if every key of the log leaks later. Who the authority is, is judged by
certificates that come from outside: nothing in a reply vouches for itself. ``specs/log-v1.md`` section 6. Needs ``tallyproof[evidence]``.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509

from tallyproof.errors import RuleError, UsageError
from tallyproof.log.layout import MAX_TIMESTAMP, limit_of
from tallyproof_log.disk import Disk, StoreError
from tallyproof_log.web import Web, WebError

if TYPE_CHECKING:
    from rfc3161_client import TimeStampResponse

_SHA256 = "2.16.840.1.101.3.4.2.1"
_GRANTED = 0


class TimestampError(RuleError):
    """A reply that shows nothing. ``code`` is ``timestamp-malformed``, ``timestamp-differs`` or ``timestamp-authority``."""

    def __init__(self, code: str, message: str, *, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.code = code


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent to an authority, and the number that its reply has to repeat."""

    body: bytes
    nonce: int


@dataclass(frozen=True, slots=True)
class Timestamp:
    """What a reply says. ``proved`` if its signature leads to a certificate that the caller trusts; otherwise it is hearsay."""

    time: datetime
    serial: int
    policy: str
    proved: bool


def path_of(size: int, name: str) -> str:
    """Where the reply of the authority called ``name`` about the tree of that size lies in the folder of a log."""
    path = f"timestamps/{size}-{name}.tsr"
    if limit_of(path) is None:
        raise UsageError(f"no timestamp may be called {size}-{name[:80]!r}", hint="a size, and a-z, 0-9, dot and hyphen, at most 64")
    return path


def keep(folder: Path, size: int, name: str, reply: bytes) -> Path:
    """Puts a reply into the folder of a log, where it is never changed again; gives its path. Raises UsageError, StoreError."""
    place = folder / path_of(size, name)
    disk, temporary = Disk(), place.with_name(f".new-{os.getpid()}")
    try:
        disk.mkdir(place.parent)
        disk.create(temporary, reply)
        try:
            # Not a rename: that would replace what is there.
            place.hardlink_to(temporary)
        except FileExistsError:
            if disk.read(place) != reply:
                raise StoreError(f"{place} is there with another content", hint="keep this reply under another name") from None
        finally:
            with suppress(OSError):
                disk.remove(temporary)
        disk.sync(place.parent)
        disk.sync(folder)
    except OSError as error:
        raise StoreError(f"{place} cannot be written: {error.strerror}", hint="mend that and ask the authority again") from error
    return place


def make_request(text: bytes) -> Request:
    """A request for the SHA-256 of ``text`` (the three lines of a checkpoint), with a fresh random number in it."""
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    made = TimestampRequestBuilder(text, HashAlgorithm.SHA256).cert_request(cert_request=True).build()
    if made.nonce is None:  # the builder makes one unless it is told not to
        raise UsageError("a request without a number cannot be told from an old one", hint="update rfc3161-client")
    return Request(made.as_bytes(), made.nonce)


def ask(web: Web, url: str, text: bytes, roots: Sequence[x509.Certificate] = (), extra: Sequence[x509.Certificate] = ()) -> bytes:
    """The reply of the authority at ``url`` about ``text``, checked as ``check`` does and for being the answer to this request.

    Raises WebError, TimestampError.
    """
    request = make_request(text)
    answer = web.post(url, request.body, "application/timestamp-query")
    if answer.status != 200 or answer.media_type != "application/timestamp-reply":
        raise WebError(
            f"{url}: status {answer.status}, {answer.media_type}, and no timestamp", hint="is this the address of a time authority?"
        )
    check(answer.body, text, roots, extra)
    if _parse(answer.body).tst_info.nonce != request.nonce:
        raise TimestampError("timestamp-differs", f"{url}: the reply is to another request", hint="ask again")
    return answer.body


def check(reply: bytes, text: bytes, roots: Sequence[x509.Certificate] = (), extra: Sequence[x509.Certificate] = ()) -> Timestamp:
    """What ``reply`` says about ``text``. Raises TimestampError.

    With ``roots`` its signature must lead to one of them, through certificates in the reply or in ``extra``, all valid at its time, and
    the signer's must be for timestamps. Without, the signature is not looked at.
    """
    parsed = _parse(reply)
    try:
        about, time = parsed.tst_info.message_imprint, parsed.tst_info.gen_time
        stamp = Timestamp(time.astimezone(UTC), parsed.tst_info.serial_number, parsed.tst_info.policy.dotted_string, bool(roots))
        algorithm, digest = about.hash_algorithm.dotted_string, about.message
    except (ValueError, OverflowError, TypeError) as error:
        raise _malformed(str(error)) from error
    if algorithm != _SHA256 or digest != hashlib.sha256(text).digest():
        raise TimestampError("timestamp-differs", "the timestamp is about other bytes", hint="take the reply for this size")
    if roots:
        _prove(parsed, digest, roots, extra)
    return stamp


def read_certificates(pem: bytes) -> list[x509.Certificate]:
    """The certificates in ``pem``, in order. Raises UsageError."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise UsageError("no certificates in PEM", hint="the file of the time authority, with BEGIN CERTIFICATE") from error


def _parse(reply: bytes) -> TimeStampResponse:
    from rfc3161_client import decode_timestamp_response

    if len(reply) > MAX_TIMESTAMP:
        raise _malformed(f"more than {MAX_TIMESTAMP} bytes")
    try:
        parsed = decode_timestamp_response(reply)
        status = parsed.status
        # The rest of a refusal cannot be read.
        told = ", ".join(parsed.status_string) if status != _GRANTED else ""
    except (ValueError, OverflowError, TypeError) as error:
        raise _malformed(str(error)) from error
    if status != _GRANTED:
        raise _malformed(f"the authority refused (status {status}{': ' + told[:200] if told else ''})")
    return parsed


def _prove(parsed: TimeStampResponse, digest: bytes, roots: Sequence[x509.Certificate], extra: Sequence[x509.Certificate]) -> None:
    from rfc3161_client import VerificationError, VerifierBuilder

    verifier = VerifierBuilder(roots=list(roots), intermediates=list(extra)).build()
    try:
        verifier.verify(parsed, digest)
    except (VerificationError, ValueError, OverflowError, TypeError) as error:
        hint = "give the root certificate of the authority that was asked"
        raise TimestampError(
            "timestamp-authority", f"the timestamp is not by an authority that is trusted here: {error}", hint=hint
        ) from error


def _malformed(what: str) -> TimestampError:
    return TimestampError("timestamp-malformed", f"not a timestamp: {what}", hint="ask the authority again")
