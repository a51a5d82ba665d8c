"""Asking witnesses to cosign a log's checkpoint (https://c2sp.org/tlog-witness), and believing nothing that they answer."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tallyproof.errors import TallyproofError
from tallyproof.log.audit import Read
from tallyproof.log.checkpoint import Checkpoint, cosignature_time, parse_note, verify
from tallyproof.log.nodes import Nodes
from tallyproof.log.policy import Policy, Witness
from tallyproof.log.witness import SIZE_TYPE
from tallyproof.record.note import Note, NoteError, Signature, parse
from tallyproof_log.web import MAX_SECONDS, Answer, Web, WebError

MAX_ANSWER = 65_536
MAX_TRIES = 3
"""Another client of the same log may be faster: then the old size is asked for once more."""
MAX_AT_ONCE = 16
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,15})\n")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of asking at one address. ``signatures`` were verified; ``size`` is what the witness is known to have cosigned now."""

    url: str
    witnesses: tuple[Witness, ...]
    signatures: tuple[Signature, ...]
    refused: str
    size: int

    @property
    def cosigned(self) -> bool:
        return bool(self.signatures)


def gather(
    policy: Policy, checkpoint: bytes, read: Read, *, known: Mapping[str, int] | None = None, seconds: float = MAX_SECONDS
) -> tuple[Outcome, ...]:
    """Asks every witness of the policy that has an address, all at once, to cosign ``checkpoint`` (a note that the log signed).

    ``read`` gives the tiles for the proofs; it is called from several threads. ``known`` says, by address, what size each has cosigned (as
    an earlier ``Outcome.size``); a wrong or missing one costs a question more. A witness that has cosigned this checkpoint already is asked
    again. Raises CheckpointError if ``checkpoint`` is none; whatever a witness or a tile does wrong is the ``refused`` of an outcome.
    """
    now, note = parse_note(checkpoint)
    by_url: dict[str, tuple[Witness, ...]] = {}
    for witness in policy.witnesses:
        if witness.url:
            url = witness.url.decode("utf-8", "replace").rstrip("/")
            by_url[url] = (*by_url.get(url, ()), witness)

    def one(url: str) -> Outcome:
        with Web(seconds=seconds, limit=MAX_ANSWER) as web:
            return _Asking(url, by_url[url], now, note, read).ask(web, (known or {}).get(url, 0))

    if not by_url:
        return ()
    with ThreadPoolExecutor(min(MAX_AT_ONCE, len(by_url))) as pool:
        return tuple(pool.map(one, by_url))


def signatures_of(outcomes: Sequence[Outcome]) -> tuple[Signature, ...]:
    """All cosignatures that came back, as ``LogWriter.add_signatures`` takes them."""
    return tuple(signature for outcome in outcomes for signature in outcome.signatures)


class Witnesses:
    """The witnesses of a policy as ``LogWriter.cosign`` wants them: asked for each checkpoint before it is published.

    Remembers what each has cosigned, so that each is asked once. A checkpoint without a quorum is published nevertheless: whoever reads it
    judges it by the policy, and ``outcomes`` says what was missing. Not for several threads at once (the writer calls it under its lock).
    """

    def __init__(self, policy: Policy, read: Read, *, seconds: float = MAX_SECONDS) -> None:
        self._policy, self._read, self._seconds = policy, read, seconds
        self.outcomes: tuple[Outcome, ...] = ()

    def __call__(self, note: Note) -> tuple[Signature, ...]:
        known = {outcome.url: outcome.size for outcome in self.outcomes}
        self.outcomes = gather(self._policy, note.to_bytes(), self._read, known=known, seconds=self._seconds)
        return signatures_of(self.outcomes)


class _RefusedError(Exception):
    """Why there is no cosignature, in words."""


@dataclass(frozen=True, slots=True)
class _Asking:
    url: str
    witnesses: tuple[Witness, ...]
    checkpoint: Checkpoint
    note: Note
    read: Read

    def ask(self, web: Web, old: int) -> Outcome:
        # What is said to be known is a guess; a size beyond this checkpoint cannot be asked for.
        old = old if 0 <= old <= self.checkpoint.size else 0
        try:
            for _ in range(MAX_TRIES):
                answer = web.post(f"{self.url}/add-checkpoint", self._body(old), "text/plain; charset=utf-8")
                if answer.status == 200:
                    return Outcome(self.url, self.witnesses, self._verified(answer.body), "", self.checkpoint.size)
                if answer.status != 409:
                    raise _RefusedError(f"status {answer.status}: {_shown(answer.body)}")
                old = self._size(answer)
            raise _RefusedError(f"the witness named another size {MAX_TRIES} times")
        except WebError as error:
            refused = error.message
        except _RefusedError as error:
            refused = str(error)
        except TallyproofError as error:
            refused = f"no proof can be made from the log's files: {error}"
        return Outcome(self.url, self.witnesses, (), refused, old)

    def _body(self, old: int) -> bytes:
        size = self.checkpoint.size
        proof = Nodes(self.read, size).consistency_proof(old, size) if 0 < old < size else []
        return request(old, proof, Note(self.note.text, tuple(one for one in self.note.signatures if one.name == self.checkpoint.origin)))

    def _size(self, answer: Answer) -> int:
        found = _SIZE.fullmatch(answer.body)
        if not found or answer.media_type != SIZE_TYPE:
            raise _RefusedError(f"status 409 without a size: {_shown(answer.body)}")
        size = int(found[1])
        if size > self.checkpoint.size:
            raise _RefusedError(f"the witness has cosigned a tree of {size} already: this one, of {self.checkpoint.size}, is behind it")
        return size

    def _verified(self, body: bytes) -> tuple[Signature, ...]:
        try:
            lines = parse(self.checkpoint.text.encode() + b"\n" + body).signatures
        except NoteError as error:
            raise _RefusedError(f"the answer has no signature lines: {error.message}") from error
        true: list[Signature] = []
        for line in lines:
            for key in (witness.key for witness in self.witnesses if (line.name, line.key_id) == (witness.key.name, witness.key.key_id)):
                if not verify(self.checkpoint, key, line):
                    raise _RefusedError(f"the signature of {key.name!r}, type {key.algorithm:#04x}, is false")
                if not cosignature_time(line):
                    raise _RefusedError(f"the signature of {key.name!r}, type {key.algorithm:#04x}, states no time")
                true.append(line)
        if not true:
            raise _RefusedError("the answer has no signature of a key that the policy lists for this witness")
        return tuple(true)


def request(old: int, proof: Sequence[bytes], note: Note) -> bytes:
    """The body of an ``add-checkpoint``."""
    lines = [f"old {old}\n", *(f"{b64encode(one).decode()}\n" for one in proof), "\n"]
    return "".join(lines).encode() + note.to_bytes()


def _shown(body: bytes) -> str:
    text = body[:200].decode("utf-8", "replace").strip()
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
