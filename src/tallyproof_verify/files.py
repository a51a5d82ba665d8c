"""The files of a log: in a folder, in a .zip, on a web server. Only bytes, and never more than were asked for."""

from __future__ import annotations

import http.client
import re
import time
import urllib.error
import urllib.request as web
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from tallyproof_verify.reading import Unreadable

Reader = Callable[[str, int], bytes | None]
"""(path in the log, most bytes) → the content, cut off after one byte more than that; None: not there, or cannot be read."""
_UNREAD = (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, KeyError)


def reader(where: str) -> Reader:
    """Raises ``Unreadable`` if there is no such folder, archive or web server."""
    if re.match("https?://", where):
        return lambda name, most: _fetch(f"{where.rstrip('/')}/{name}", most)
    path = Path(where)
    if path.is_dir():
        return lambda name, most: _file(path, name, most)
    try:
        archive = zipfile.ZipFile(path)
        names = archive.namelist()
    except _UNREAD as error:
        raise Unreadable(f"{where} is neither a folder nor a .zip ({error})") from None
    tops = {name.removesuffix("checkpoint") for name in names if name.count("/") <= 1 and ("/" + name).endswith("/checkpoint")}
    inside = min(tops) if len(tops) == 1 else ""
    if len(set(names)) < len(names):
        raise Unreadable("two files in the archive have one name")

    def member(name: str, most: int) -> bytes | None:
        try:
            with archive.open(inside + name) as stream:
                return stream.read(most + 1)
        except _UNREAD:
            return None

    return member


def _file(folder: Path, name: str, most: int) -> bytes | None:
    parts = name.split("/")
    try:
        if any(folder.joinpath(*parts[:i]).is_symlink() for i in range(1, len(parts) + 1)) or not folder.joinpath(name).is_file():
            return None
        with folder.joinpath(name).open("rb") as stream:
            return stream.read(most + 1)
    except OSError:
        return None


def _fetch(url: str, most: int) -> bytes | None:
    opener, body, end = web.OpenerDirector(), b"", time.monotonic() + 120
    for handler in (
        web.ProxyHandler,
        web.HTTPHandler,
        web.HTTPSHandler,
        web.HTTPErrorProcessor,
        web.HTTPRedirectHandler,
        web.HTTPDefaultErrorHandler,
    ):
        opener.add_handler(handler())
    try:
        request = web.Request(url, headers={"Accept-Encoding": "gzip, identity", "User-Agent": "tallyproof-verify"})
        with opener.open(request, timeout=20) as answer:
            while len(body) <= most and time.monotonic() < end and (part := answer.read(min(1 << 16, most + 1 - len(body)))):
                body += part
            packed = answer.headers.get("Content-Encoding") == "gzip"
        return zlib.decompressobj(31).decompress(body, most + 1) if packed else body
    except urllib.error.HTTPError:
        return None
    except (OSError, ValueError, zlib.error, http.client.HTTPException) as error:
        raise Unreadable(f"{url}: cannot be fetched ({error})") from None
