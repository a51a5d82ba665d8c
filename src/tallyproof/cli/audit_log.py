"""What the commands of an audit share: reading a log whole, and putting a signed entry into it or into a file."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from tallyproof.acts.log import ActError, Log
from tallyproof.cli.files import write_file
from tallyproof.cli.log_entries import entry_signers
from tallyproof.cli.log_files import open_log, read_authority, read_policy
from tallyproof.cli.verify import read_entries
from tallyproof.compare.logged import LogRead, Weight
from tallyproof.errors import RuleError, UsageError
from tallyproof.log.audit import Audit
from tallyproof.log.merkle import Tree
from tallyproof.record.canon import Json
from tallyproof.record.entry import Refused, entry_text, record_id
from tallyproof.record.note import Note, Vkey
from tallyproof_log import keyfiles

Where = Annotated[str, typer.Argument(metavar="LOG", help="The log: its folder, a .zip or .tar of it, or its address.", show_default=False)]
Folder = Annotated[Path, typer.Argument(metavar="LOG", help="The folder of the log.", show_default=False)]
WhichPlan = Annotated[
    str,
    typer.Argument(metavar="PLAN", help="The plan: its name, its index, or the first digits of its record id.", show_default=False),
]
Keys = Annotated[list[Path] | None, typer.Option("--key", help="A key file to sign with; again for each.")]
LogKeys = Annotated[list[Path] | None, typer.Option("--log-key", help="The log's key files: the entry is put into the log at once.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Write the signed entry to this file instead, for others to sign too.")]


@dataclass(frozen=True, slots=True)
class Pen:
    """With what an entry is signed, and where it goes."""

    keys: Sequence[Path]
    log_keys: Sequence[Path]
    out: Path | None
    passphrase_file: Path | None

    def __post_init__(self) -> None:
        if bool(self.log_keys) == (self.out is not None):
            raise UsageError("where does the entry go?", hint="give --log-key to put it into the log, or --out to have others sign it too")
        if not self.keys:
            raise UsageError("who signs?", hint="give --key with a key file; again for each")


def read_log(where: str) -> LogRead:
    """The log with its entries judged. Raises UsageError if its files are not what was signed, or an entry was refused."""
    return _read(where)[0]


def read_to_act(folder: Path) -> tuple[LogRead, Log]:
    """The same for whoever wants to put something into it. What ``read`` says of entries is then of those before."""
    found, entries, known = _read(str(folder))
    return found, Log.of(found, Tree(entries[index] for index in range(found.size)), known)


def _read(where: str) -> tuple[LogRead, Mapping[int, bytes], tuple[Vkey, ...]]:
    with open_log(where) as read:
        audit = Audit(read, read_policy(read, None))
        known = read_authority(read, None)
        entries = dict(audit.entries())
        problems = list(audit.problems)
    found = read_entries(entries, audit, known)
    if problems or found is None:
        first = problems[0].message if problems else "it has no entries"
        raise UsageError(f"nothing can be audited by this log: {first}", hint="see what is wrong: tallyproof verify LOG")
    if refused := [one for one in found.problems if one.weight is Weight.REFUSED]:
        raise UsageError(f"an entry of this log was refused: {refused[0]}", hint="see all of it: tallyproof verify LOG")
    return found, entries, known


def find_plan(read: LogRead, which: str) -> str:
    """The record id of a plan. Raises UsageError if none or several are meant."""
    book = read.book
    named = [
        one
        for one, value in book.plans.items()
        if which in (value["audit"], str(book.texts[one].index)) or (len(which) >= 8 and one.startswith(which))
    ]
    if len(named) == 1:
        return named[0]
    known = ", ".join(f"{value['audit']} (entry {book.texts[one].index})" for one, value in book.plans.items()) or "none"
    raise UsageError(f"{len(named)} plans of the log are {which[:64]!r}", hint=f"name one by its index; there are: {known}")


def put(folder: Path, log: Log, type_: str, value: Json, pen: Pen) -> str:
    """Sign an entry and put it into the log, or into a file; its record id. Whether it may be said is asked before a passphrase is.

    Raises Refused, UsageError, ActError, KeyFileError; then nothing was put anywhere.
    """
    text = entry_text(log.origin, type_, value)
    try:
        log.ask(type_, value, [keyfiles.read_vkey(file) for file in pen.keys])
    except Refused as refused:
        # Somebody else's signature may still come under a draft; it must not be of people who have no part in it.
        if refused.code != "signer-missing" or pen.log_keys or not _has_part(log, type_, pen.keys):
            raise UsageError(refused.message, hint=refused.hint or "ask those who may") from refused
    typer.echo(text, err=True, nl=False)
    note = Note(text, tuple(key.sign(text) for key in entry_signers(list(pen.keys), pen.passphrase_file)))
    if pen.out is not None:
        write_file(pen.out, note.to_bytes())
        return record_id(text)
    (outcome,) = offer(folder, log, [note], pen)
    if not isinstance(outcome, int):
        raise UsageError(f"the log refuses it: {outcome.message}", hint=outcome.hint or "see specs/entry-v1.md section 5") from outcome
    return record_id(text)


def offer(folder: Path, log: Log, notes: Sequence[Note], pen: Pen) -> list[int | RuleError]:
    """Offer entries to the log that was read, all at once; of each its index, or why the log does not take it. ``log`` grows by them.

    Raises ActError if the log has grown since: what was asked may be answered otherwise now.
    """
    from tallyproof.cli.log import signer_of
    from tallyproof_log.store import LogWriter

    with LogWriter(folder, signer_of(list(pen.log_keys), pen.passphrase_file), lambda: int(time.time())) as writer:
        if (writer.checkpoint.origin, writer.checkpoint.size, writer.checkpoint.root) != (log.origin, log.size, log.root()):
            raise ActError("the log has grown since it was read", hint="look at what was appended, then do it again")
        writer.accept = lambda _, entry: log.accept(entry)
        return writer.append([note.to_bytes() for note in notes])


def _has_part(log: Log, type_: str, keys: Sequence[Path]) -> bool:
    """Whether every key is of somebody whose signature this entry asks for, with others."""
    for file in keys:
        state = log.book.roster.of(keyfiles.read_vkey(file))
        if state is None or not state.counts or str(state.role) not in _PARTS.get(type_, ()):
            return False
    return True


_PARTS: dict[str, tuple[str, ...]] = {
    "audit-plan/v1": ("authority",),
    "audit-seed/v1": ("authority", "party", "observers"),
    "audit-round/v1": ("authority",),
    "audit-result/v1": ("authority",),
}
