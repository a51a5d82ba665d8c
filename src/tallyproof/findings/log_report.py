"""What was found in a log, as one document: established, not established, problems, totals. ``specs/log-v1.md``, ``specs/entry-v1.md``."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tallyproof.compare.logged import LogRead, Weight
from tallyproof.errors import Problem
from tallyproof.findings.words import table
from tallyproof.log.checkpoint import Checkpoint
from tallyproof.model.words import Role
from tallyproof.record.book import is_out
from tallyproof.tabulate.frames import frames
from tallyproof.tabulate.rules import SHA256
from tallyproof.tabulate.tabulation import Tabulated, prepare, tabulate

VERSION = 1

NOT_ESTABLISHED = ("true", "complete", "holders", "others", "outside")
"""Keys of the sentences about what no verifier of a log can know; ``cli/words`` has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFound:
    """All that a verification of a log found, before it is a document."""

    checkpoint: Checkpoint | None
    is_signed: bool
    cosigned: tuple[str, ...]
    policy_pinned: bool
    authority_pinned: bool
    seen: int
    of_files: tuple[Problem, ...]
    """What ``log.audit``, receipts, timestamps and codes on forms found: the bytes are not what was signed."""
    read: LogRead | None
    """The entries, folded; None if they could not be read, or not all of them."""

    @property
    def is_in_order(self) -> bool:
        """Whether nothing is wrong: notices are allowed, and entries must have been read."""
        return not self.of_files and self.read is not None and self.read.is_in_order


def log_document(found: LogFound) -> dict[str, Any]:
    """JSON values alone; the same log gives the same document."""
    checkpoint, read = found.checkpoint, found.read
    problems: list[dict[str, Any]] = [
        {"code": one.code, "kind": str(Weight.BROKEN), "index": None, "where": one.place, "message": one.message} for one in found.of_files
    ]
    if read is not None:
        problems += [
            {"code": one.code, "kind": str(one.weight), "index": one.index, "where": one.where, "message": one.message}
            for one in read.problems
        ]
    return {
        "version": VERSION,
        "ok": found.is_in_order,
        "election": _election(read) if read is not None else None,
        "origin": checkpoint.origin if checkpoint else None,
        "size": checkpoint.size if checkpoint else None,
        "root": base64.b64encode(checkpoint.root).decode() if checkpoint else None,
        "established": _established(found),
        "not_established": [
            *([] if found.policy_pinned and found.authority_pinned else ["who"]),
            *([] if read is None or read.book.definition is None or read.book.definition.rules == SHA256 else ["rules"]),
            *NOT_ESTABLISHED,
        ],
        "cosigned_by": list(found.cosigned),
        "problems": problems,
        "contests": _contests(read) if read is not None else [],
    }


def _established(found: LogFound) -> list[str]:
    """Keys of the sentences about what this verification did show."""
    codes = {one.code for one in found.of_files}
    about_checkpoint = {
        "checkpoint-missing",
        "checkpoint-malformed",
        "checkpoint-origin",
        "checkpoint-signature",
        "witness-signature",
        "quorum-missing",
    }
    shown = []
    if found.is_signed and not codes & about_checkpoint:
        shown.append("signed-cosigned" if found.cosigned else "signed")
    if found.read is None:
        return shown
    if not found.of_files:
        shown.append("entries")
    if found.seen and not codes & {"fork", "rollback"}:
        shown.append("grown")
    weights = {one.weight for one in found.read.problems}
    if Weight.REFUSED not in weights:
        shown.append("rights")
    if found.read.book.declarations and not any(one.code.startswith("declaration-") for one in found.read.problems):
        shown.append("declared")
    return shown


def _election(read: LogRead) -> dict[str, str] | None:
    """What the definition calls the election; it may say there that its rows are reconstructed."""
    definition = read.book.definition
    return None if definition is None else {name: definition.value[name] for name in ("name", "name_ur", "day") if name in definition.value}


def _contests(read: LogRead) -> list[dict[str, Any]]:
    election = read.election()
    if not read.book.contests:
        return []
    return [_contest(one, read) for one in tabulate(prepare(frames(election)), areas=False).contests.values()]


def _contest(total: Tabulated, read: LogRead) -> dict[str, Any]:
    name = total.contest.contest
    outcome = total.outcome()
    excluded = sum(contest == name and is_out(changes) for (contest, _), changes in read.book.excluded.items())
    return {
        "contest": name,
        "stations": {
            "expected": total.expected,
            "recorded": total.recorded,
            "missing": total.missing,
            "disputed": total.sums.disputed,
            "excluded": excluded,
        },
        "totals": {candidate: [total.cell(candidate).low, total.cell(candidate).upper] for candidate in total.contest.ballot},
        "winner": None
        if outcome is None
        else {"state": str(outcome.state), "candidates": [total.contest.ballot[at - 1] for at in outcome.candidates]},
    }


def next_steps(codes: Iterable[str], language: str, role: Role) -> list[str]:
    """What this reader can do about these codes, each thing once, in the order of the codes."""
    words: Mapping[str, Mapping[str, Any]] = table(language)
    groups = dict.fromkeys(words[code]["group"] for code in codes if code in words)
    return [words[group]["do"][str(role)] for group in groups]


def title(code: str, language: str) -> str:
    """The code in words; the code itself if there are none."""
    found = table(language).get(code, {}).get("title", code)
    return str(found)
