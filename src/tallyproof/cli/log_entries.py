"""``tallyproof log entry|sign|show|receipt|form``: entries and what can be had of them."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tallyproof.cli.files import SMALL, read_small, write_file
from tallyproof.cli.keys import PassphraseFile, open_keys
from tallyproof.cli.log_files import open_log
from tallyproof.errors import UsageError
from tallyproof.log.audit import Read
from tallyproof.log.checkpoint import Checkpoint, parse_note
from tallyproof.log.nodes import Nodes, receipt
from tallyproof.log.tiles import bundles_of, decode_bundle
from tallyproof.record.entry import Entry, entry_text, parse_entry, read_note, record_id
from tallyproof.record.note import Algorithm, Note
from tallyproof.record.signing import SigningKey

Where = Annotated[str, typer.Argument(metavar="LOG", help="A folder, .zip or .tar of a log, or its address.", show_default=False)]
Which = Annotated[str, typer.Argument(metavar="WHICH", help="An index, or a record id (its first digits are enough).", show_default=False)]
Keys = Annotated[list[Path], typer.Option("--key", help="A key file to sign with; again for each.")]


def entry_command(
    type_: Annotated[
        str, typer.Argument(metavar="TYPE", help="What it says: station-record, declaration … (specs/entry-v1.md).", show_default=False)
    ],
    fields: Annotated[Path, typer.Argument(help="A JSON file with the fields; - reads them from standard input.", show_default=False)],
    keys: Keys,
    out: Annotated[Path, typer.Option("--out", "-o", help="The entry to write.")],
    log: Annotated[
        str | None, typer.Option("--log", help="The log that it is for; size and root are filled in where the type wants them.")
    ] = None,
    origin: Annotated[str | None, typer.Option("--origin", help="The origin of the log, if the log is not at hand.")] = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Write a signed entry. The text that is signed is shown before a passphrase is asked for."""
    value = _read_fields(fields)
    if log is not None:
        with open_log(log) as read:
            checkpoint = checkpoint_of(read)
        origin = origin or checkpoint.origin
        if type_.removesuffix("/v1") in ("roster-freeze", "tabulation", "declaration", "timestamp"):
            value = {"size": checkpoint.size, "root": base64.b64encode(checkpoint.root).decode(), **value}
    if origin is None:
        raise UsageError("which log is the entry for?", hint="add --log LOG, or --origin with its first line")
    text = entry_text(origin, type_ if "/" in type_ else f"{type_}/v1", value)
    typer.echo(text, err=True, nl=False)
    write_file(out, Note(text, tuple(key.sign(text) for key in entry_signers(keys, passphrase_file))).to_bytes())
    typer.echo(record_id(text))


def sign_command(
    entry: Annotated[Path, typer.Argument(help="A signed entry; the signature is added to it.", show_default=False)],
    keys: Keys,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Add a signature to an entry, as an agent does with the officer's record. The text that is signed is shown first."""
    note = read_note(read_small(entry))
    typer.echo(note.text, err=True, nl=False)
    write_file(entry, note.with_signatures(*(key.sign(note.text) for key in entry_signers(keys, passphrase_file))).to_bytes())
    typer.echo(record_id(note.text))


def show_command(
    where: Where,
    which: Annotated[str, typer.Argument(metavar="[WHICH]", help="An index or a record id; without it, all, a line each.")] = "",
) -> None:
    """Show an entry with its signers, or list all of a log. Nothing is verified: ``tallyproof verify`` does that."""
    with open_log(where) as read:
        checkpoint = checkpoint_of(read)
        if which:
            index, data = find(read, checkpoint, which)
            note = read_note(data)
            names = "".join(f"  {one.name}+{one.key_id.hex()}\n" for one in note.signatures)
            typer.echo(f"index {index}, record id {record_id(note.text)}\n\n{note.text}\nsigned by (not verified)\n{names}", nl=False)
            return
        for index, data in entries_of(read, checkpoint.size):
            typer.echo(f"{index:>8}  {_line(data, checkpoint.origin)}")


def receipt_command(
    where: Where, which: Which, out: Annotated[Path, typer.Option("--out", "-o", help="The receipt to write (.tlog-proof).")]
) -> None:
    """Write the receipt of an entry: it shows offline that the entry is in the log (c2sp.org/tlog-proof)."""
    with open_log(where) as read:
        index, _ = find(read, checkpoint_of(read), which)
        made = receipt(read, index)
    write_file(out, made.to_bytes())
    typer.echo(f"{out}: entry {index}", err=True)


def form_command(
    where: Where, which: Which, out: Annotated[Path, typer.Option("--out", "-o", help="The folder for the pages (SVG).")]
) -> None:
    """Write the form of a station record as pages to print, with its signed QR in two corners."""
    from tallyproof.record import qr
    from tallyproof.record.book import Contest
    from tallyproof_log.pictures import Form, form_pages

    with open_log(where) as read:
        checkpoint = checkpoint_of(read)
        _, data = find(read, checkpoint, which)
        entry = parse_entry(data, checkpoint.origin)
        if entry.type != "station-record/v1":
            raise UsageError(f"this entry is a {entry.type}, not a station-record", hint="name the record of a station")
        contest = _contest(read, checkpoint, str(entry.value["contest"]))
    candidates = tuple(one["candidate"] for one in contest.value["candidates"])
    symbol = qr.to_letters(entry, qr.dictionary(checkpoint.origin, Contest(0, contest.value, candidates, frozenset(candidates))))
    names = {one["candidate"]: one.get("name", one["candidate"]) for one in contest.value["candidates"]}
    rows = [(names.get(key, key), str(votes)) for key, votes in entry.value["votes"].items()]
    rows += [(box, str(figure)) for box, figure in entry.value.get("boxes", {}).items()]
    head = (f"{entry.value['contest']} · {entry.value['station']}", f"{entry.value['source']} · {entry.value['act']}", entry.record_id[:16])
    for number, page in enumerate(form_pages(Form(checkpoint.origin, head, tuple(rows), entry.text, symbol)), start=1):
        write_file(out / f"{entry.record_id[:16]}-{number}.svg", page.encode())
    typer.echo(f"{out}: the form of {entry.record_id}", err=True)


def add_to(app: typer.Typer) -> None:
    """The commands of this module."""
    commands: dict[str, Callable[..., None]] = {
        "entry": entry_command,
        "sign": sign_command,
        "show": show_command,
        "receipt": receipt_command,
        "form": form_command,
    }
    for name, command in commands.items():
        app.command(name)(command)


def entries_of(read: Read, size: int) -> Iterator[tuple[int, bytes]]:
    """Each entry with its index, as it lies there. Raises InputError, TileError."""
    from tallyproof.log.nodes import fetch

    index = 0
    for bundle in bundles_of(size):
        data, width = fetch(read, bundle)
        for entry in decode_bundle(data, width)[: bundle.width]:
            yield index, entry
            index += 1


def find(read: Read, checkpoint: Checkpoint, which: str) -> tuple[int, bytes]:
    """The entry with this index, or the first with this record id. Raises UsageError if there is none, or several records begin so."""
    if which.isascii() and which.isdecimal() and len(which) < 10:
        if int(which) >= checkpoint.size:
            raise UsageError(f"the log has {checkpoint.size} entries, counted from 0", hint="tallyproof log show LOG lists them")
        return int(which), Nodes(read, checkpoint.size).entry(int(which))
    found: dict[str, tuple[int, bytes]] = {}
    for index, data in entries_of(read, checkpoint.size):
        identity = record_id(read_note(data).text)
        if len(which) >= 8 and identity.startswith(which):
            found.setdefault(identity, (index, data))
    if len(found) != 1:
        raise UsageError(
            f"{len(found)} records of the log begin with {which[:64]!r}", hint="give the whole record id, at least 8 digits of it"
        )
    return next(iter(found.values()))


def acceptor(entries: Iterator[bytes], origin: str, authority: tuple[Any, ...]) -> Callable[[int, bytes], None]:
    """What asks of an entry whether it may follow the ``entries`` that a log has."""
    from tallyproof.log.merkle import Tree
    from tallyproof.record.ledger import Ledger

    tree, ledger = Tree(), Ledger(origin, authority)

    def accept(index: int, data: bytes) -> None:
        ledger.accept(data, tree.root)
        tree.extend([data])

    for entry in entries:
        ledger.read(entry, tree.root)
        tree.extend([entry])
    return accept


def _contest(read: Read, checkpoint: Checkpoint, contest: str) -> Entry:
    for _, data in entries_of(read, checkpoint.size):
        note = read_note(data)
        if note.text.split("\n")[1] == "contest/v1":
            entry = parse_entry(data, checkpoint.origin)
            if entry.value["contest"] == contest:
                return entry
    raise UsageError(f"the log does not define the contest {contest!r}", hint="is this the whole log?")


def _line(data: bytes, origin: str) -> str:
    note = read_note(data)
    _, type_, line, _ = note.text.split("\n")
    return f"{record_id(note.text)[:12]}  {type_:24}  {line[:100]}{'…' if len(line) > 100 else ''}"


def entry_signers(files: Sequence[Path], passphrase_file: Path | None) -> list[SigningKey]:
    """The keys in these files, opened, in their order. Raises UsageError for one that signs no entries."""
    made = []
    for key in open_keys(files, passphrase_file):
        if key.vkey.algorithm is not Algorithm.ED25519 or not isinstance(key.private, Ed25519PrivateKey):
            raise UsageError(f"the key {key.vkey.name!r} signs no entries", hint="use a key of type entry")
        made.append(SigningKey(key.vkey.name, key.private))
    return made


def checkpoint_of(read: Read) -> Checkpoint:
    """The newest checkpoint of a log, as it lies there. Raises UsageError if there is none."""
    try:
        return parse_note(read("checkpoint"))[0]
    except OSError as error:
        raise UsageError("there is no checkpoint", hint="name the folder of a log") from error


def _read_fields(path: Path) -> dict[str, Any]:
    try:
        data = sys.stdin.buffer.read(SMALL) if str(path) == "-" else read_small(path)
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not JSON: {error}", hint="an object with the fields of specs/entry-v1.md section 4") from error
    if not isinstance(value, dict):
        raise UsageError(f"{path} is not a JSON object", hint="an object with the fields of specs/entry-v1.md section 4")
    return value
