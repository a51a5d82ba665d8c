"""What the second opinion says of cases and seats, beside what the core says, in the same plain words."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from tallyproof.cases import replay as cases
from tallyproof.record.book import Book
from tallyproof.seats import replay as seats
from tallyproof_verify.entries import Entry, read_entry
from tallyproof_verify.notes import Wrong
from tallyproof_verify.replay import Replay

Told = dict[str, Any]


def by_the_other(entries: Iterable[bytes], origin: str) -> Iterator[Told]:
    """The document of ``tallyproof_verify.lives`` after 0, 1, 2 … entries, from their bytes alone."""
    replay = Replay(())
    yield replay.lives.document(0)
    for size, raw in enumerate(entries, start=1):
        try:
            entry: Entry | Wrong = read_entry(raw, origin)
        except Wrong as wrong:
            entry = wrong
        replay.take(entry, hashlib.sha256(b"\0" + raw).digest())
        yield replay.lives.document(size)


def by_the_core(book: Book, size: int) -> Told:
    """The same of ``tallyproof.cases`` and ``tallyproof.seats``, without rules and without sentences."""
    found, there = cases.replay(book, size), seats.replay(book, size)
    return {
        "size": size,
        "seats": [
            {"contest": one.contest, "number": one.number, "state": str(one.state), "holder": one.holder, "since": one.since}
            for one in there.seats
        ],
        "cases": [
            {
                "complaint": one.complaint,
                "number": one.number,
                "contest": one.contest,
                "index": one.index,
                "stage": str(one.stage),
                "since": max([one.index, *(step.index for step in one.steps), *(made.index for made in one.decisions)]),
                "court": one.court,
                "stayed": one.stayed,
                "notified": [{"office": name, "due": asked.due, "answer": str(asked.answer)} for name, asked in one.notified.items()],
            }
            for one in found.cases
        ],
        "notices": Counter((one.code, one.index) for one in (*found.notices, *there.notices)),
    }


def assert_same(entries: list[bytes], origin: str, book: Book) -> None:
    """At every size, for each seat and case, and the same notices of the same entries."""
    for size, told in enumerate(by_the_other(entries, origin)):
        told["notices"] = Counter((one["code"], one["index"]) for one in told["notices"])
        assert told == by_the_core(book, size), size
