"""A log at an address, read file by file: what ``tallyproof.log.audit`` needs to check it from afar."""

from __future__ import annotations

from types import TracebackType

from tallyproof.log.layout import limit_of
from tallyproof_log.web import MAX_SECONDS, Web, WebError, parse_url


class HttpReader:
    """``read(path)`` of the log whose folder is published at ``base``. Nothing that it gives back has been verified."""

    def __init__(self, base: str, *, seconds: float = MAX_SECONDS) -> None:
        if parse_url(base).query:
            raise WebError(f"the address of a log has no question mark: {base[:200]!r}", hint="the folder that has `checkpoint` in it")
        self._base = base.rstrip("/")
        self._web = Web(seconds=seconds)

    def __enter__(self) -> HttpReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._web.close()

    def read(self, path: str) -> bytes:
        """The bytes of one file. Raises FileNotFoundError if the server says so (404, 410), and WebError for every other failure."""
        limit = limit_of(path)
        if limit is None:
            raise WebError(f"no file of a log has the path {path[:200]!r}", hint="paths are those of specs/log-v1.md section 1")
        url = f"{self._base}/{path}"
        answer = self._web.get(url, limit)
        if answer.status in (404, 410):
            raise FileNotFoundError(path)
        if answer.status != 200:
            hint = "give the address that it leads to" if 300 <= answer.status < 400 else "try again later, or another mirror"
            raise WebError(f"{url}: the server says {answer.status}", hint=hint)
        return answer.body
