"""Entries from many threads, put into one order and appended in batches: the disk is waited for once a batch, not once an entry."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Self

from tallyproof.errors import RuleError
from tallyproof_log.disk import StoreError
from tallyproof_log.store import Outcome

MAX_BATCH = 256
MAX_WAITING = 10_000
"""Entries in the queue; whoever comes then is asked to come again."""


class Sequencer:
    """Hands batches to ``append`` (``LogWriter.append``) in a thread of its own.

    A batch is closed ``seconds`` after its first entry came, or with ``batch`` entries. After ``append`` has raised, nothing more is taken.
    """

    def __init__(self, append: Callable[[Sequence[bytes]], Sequence[Outcome]], *, seconds: float = 1.0, batch: int = MAX_BATCH) -> None:
        self._append, self._seconds, self._batch = append, seconds, batch
        self._waiting: queue.Queue[tuple[bytes, Future[int]] | None] = queue.Queue(MAX_WAITING)
        self._gate = threading.Lock()
        self._closed: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="log-sequencer", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def submit(self, entry: bytes) -> Future[int]:
        """Its result, once the entry is durable, is the index; or it raises RuleError if the entry was refused, StoreError if the disk was.

        Raises StoreError at once if the sequencer is closed or has too much to do.
        """
        future: Future[int] = Future()
        with self._gate:
            if self._closed is not None:
                raise StoreError(f"the log takes no entries: {self._closed}", hint="start the log again") from self._closed
            try:
                self._waiting.put_nowait((entry, future))
            except queue.Full as error:
                raise StoreError("the log has more to do than it can", hint="submit the entry again in a while") from error
        return future

    def close(self) -> None:
        """Append what was submitted, then end."""
        with self._gate:
            if self._closed is None:
                self._closed = StoreError("it is closed", hint="")
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        going = True
        while going:
            first = self._waiting.get()
            if first is None:
                break
            batch, going = self._gather(first)
            # Whoever has given up waiting is left out; from here on, giving up is no longer possible.
            batch = [(entry, future) for entry, future in batch if future.set_running_or_notify_cancel()]
            try:
                outcomes = self._append([entry for entry, _ in batch])
            except BaseException as error:
                self._fail([future for _, future in batch], error)
                return
            for (_, future), outcome in zip(batch, outcomes, strict=True):
                if isinstance(outcome, RuleError):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)

    def _gather(self, first: tuple[bytes, Future[int]]) -> tuple[list[tuple[bytes, Future[int]]], bool]:
        """A batch, and whether there may be another."""
        batch, until = [first], time.monotonic() + self._seconds
        while len(batch) < self._batch:
            try:
                following = self._waiting.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                break
            if following is None:
                return batch, False
            batch.append(following)
        return batch, True

    def _fail(self, futures: list[Future[int]], error: BaseException) -> None:
        with self._gate:
            self._closed = error
        for future in futures:
            future.set_exception(error)
        while True:
            try:
                waiting = self._waiting.get_nowait()
            except queue.Empty:
                return
            if waiting is not None and waiting[1].set_running_or_notify_cancel():
                waiting[1].set_exception(StoreError(f"the entry is not in the log: {error}", hint="submit it again"))
