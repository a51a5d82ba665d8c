"""Receipts: a ``.tlog-proof`` (https://c2sp.org/tlog-proof) that holds one entry and shows that a signed tree has it."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from tallyproof.errors import Problem, RuleError
from tallyproof.log.checkpoint import MAX_NOTE
from tallyproof.log.merkle import HASH_SIZE, leaf_hash, verify_inclusion
from tallyproof.log.policy import Judged, Policy, judge
from tallyproof.log.tiles import MAX_ENTRY
from tallyproof.record.note import b64decode

HEADER = "c2sp.org/tlog-proof@v1"
MAX_PATH = 63
MAX_RECEIPT = MAX_NOTE + 2 * MAX_ENTRY
"""Bytes of a receipt."""
_INDEX = re.compile("0|[1-9][0-9]{0,15}")


class ReceiptError(RuleError):
    """Not a tlog-proof with an entry (``receipt-malformed``)."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Nothing of it has been verified yet. ``path`` are hashes from the sibling upwards, ``checkpoint`` is the signed note."""

    entry: bytes
    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes

    def to_bytes(self) -> bytes:
        """The file."""
        lines = [HEADER, f"extra {_base64(self.entry)}", f"index {self.index}", *map(_base64, self.path), "", ""]
        return "\n".join(lines).encode() + self.checkpoint


def parse(data: bytes) -> Receipt:
    """The receipt in a file. Raises ReceiptError; ``parse(data).to_bytes()`` is ``data``."""
    hint = "the lines are: a header, extra, index, the path, an empty line, the checkpoint"
    if len(data) > MAX_RECEIPT:
        raise ReceiptError(f"a receipt has at most {MAX_RECEIPT} bytes, not {len(data)}", hint="the file is something else")
    head, found, checkpoint = data.partition(b"\n\n")
    try:
        header, extra, index, *path = head.decode("ascii").split("\n")
        if not found or header != HEADER or not extra.startswith("extra ") or not index.startswith("index "):
            raise ValueError("the lines are not those of a tlog-proof with an entry")
        number = index.removeprefix("index ")
        if not _INDEX.fullmatch(number):
            raise ValueError(f"not an index: {number[:40]!r}")
        entry, hashes = b64decode(extra.removeprefix("extra ")), tuple(b64decode(line) for line in path)
    except ValueError as error:
        raise ReceiptError(f"the receipt cannot be read: {error}", hint=hint) from error
    if not 0 < len(entry) <= MAX_ENTRY:
        raise ReceiptError(f"the receipt has an entry of {len(entry)} bytes", hint=f"an entry has 1 to {MAX_ENTRY}")
    if len(hashes) > MAX_PATH or any(len(one) != HASH_SIZE for one in hashes):
        raise ReceiptError(f"a path is of at most {MAX_PATH} hashes of {HASH_SIZE} bytes", hint=hint)
    return Receipt(entry, int(number), hashes, checkpoint)


def verify(receipt: Receipt, policy: Policy, file: str = "receipt") -> Judged:
    """The receipt's checkpoint as ``policy`` sees it, and ``receipt-path`` if the entry is not in its tree. Never raises."""
    judged = judge(receipt.checkpoint, policy, file)
    checkpoint = judged.checkpoint
    if checkpoint is None:
        return judged
    if verify_inclusion(leaf_hash(receipt.entry), receipt.index, checkpoint.size, receipt.path, checkpoint.root):
        return judged
    message = f"the path does not lead from this entry at index {receipt.index} to the root of the tree of {checkpoint.size}"
    problem = Problem(file=file, code="receipt-path", message=message, mend="ask the log for a receipt of this entry again")
    return Judged((*judged.problems, problem), checkpoint, judged.note, judged.is_signed, judged.cosigned)


def make(entry: bytes, index: int, path: Sequence[bytes], checkpoint: bytes) -> Receipt:
    """The receipt of an entry. Raises ReceiptError if it would not be one that ``parse`` takes."""
    return parse(Receipt(entry, index, tuple(path), checkpoint).to_bytes())


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
