"""``tallyproof log``: keep a public log of signed entries (``specs/log-v1.md``). Who may say what is decided by ``tallyproof.record``."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from tallyproof.cli import log_entries, log_witness
from tallyproof.cli.files import read_small, write_file
from tallyproof.cli.keys import PassphraseFile, key_command, open_keys
from tallyproof.cli.log_files import is_address, open_log, read_policy
from tallyproof.errors import UsageError
from tallyproof.log.checkpoint import LogSigner
from tallyproof.log.policy import parse_authority, parse_policy
from tallyproof.record.note import Algorithm
from tallyproof_log import carry, witness_client
from tallyproof_log.disk import reader
from tallyproof_log.store import LogWriter

app = typer.Typer(no_args_is_help=True, help="Keep a public log of signed entries: keys, entries, receipts, witnesses, timestamps.")
app.command("key")(key_command)
app.add_typer(log_witness.app, name="witness")
log_entries.add_to(app)

Folder = Annotated[Path, typer.Argument(metavar="LOG", help="The folder of the log.", show_default=False)]
LogKeys = Annotated[
    list[Path], typer.Option("--log-key", help="The log's key file (type entry, named as the log's origin); again for one of type mldsa44.")
]


@app.command("init")
def init_command(
    folder: Folder,
    log_keys: LogKeys,
    authority: Annotated[list[str], typer.Option("--authority", help="A verifier key of the authority; again for each.")],
    witness: Annotated[
        list[str] | None, typer.Option("--witness", help="A witness: its verifier key, or KEY@ADDRESS; again for each key.")
    ] = None,
    quorum: Annotated[int, typer.Option("--quorum", min=0, help="How many of the witness keys have to cosign; 0 for none.")] = 0,
    policy: Annotated[Path | None, typer.Option("--policy", help="A policy file to use in place of --witness and --quorum.")] = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Begin an empty log: checkpoint, policy and the authority's keys. The folder can be published as it is."""
    signer = signer_of(log_keys, passphrase_file)
    lines = "".join(f"{key}\n" for key in authority).encode()
    parse_authority(lines)
    if policy is not None and (witness or quorum):
        raise UsageError("a policy file says already who witnesses", hint="leave out --witness and --quorum")
    text = read_small(policy) if policy is not None else _policy(signer, witness or [], quorum).encode()
    parse_policy(text)
    with LogWriter(folder, signer, _clock, create=True) as writer:
        if writer.checkpoint.size:
            raise UsageError(f"{folder} has a log already", hint="name a new folder, or append to this log")
        write_file(folder / "policy", text, new=True)
        write_file(folder / "authority", lines, new=True)
    typer.echo(f"{folder}: an empty log of {signer.origin}", err=True)


@app.command("append")
def append_command(
    folder: Folder,
    entries: Annotated[list[Path], typer.Argument(help="Signed entries, in this order.", show_default=False)],
    log_keys: LogKeys,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Put signed entries into the log. What breaks a rule is refused, the rest is taken. Exit 1 if something was refused."""
    signer = signer_of(log_keys, passphrase_file)
    with writer_of(folder, signer) as writer:
        outcomes = writer.append([read_small(entry) for entry in entries])
        size = writer.checkpoint.size
    refused = 0
    for path, outcome in zip(entries, outcomes, strict=True):
        if isinstance(outcome, int):
            typer.echo(f"{path}: index {outcome}")
        else:
            refused += 1
            typer.echo(f"{path}: refused: {outcome}", err=True)
    typer.echo(f"{folder}: {size} entries", err=True)
    raise typer.Exit(1 if refused else 0)


@app.command("cosign")
def cosign_command(folder: Folder, log_keys: LogKeys, passphrase_file: PassphraseFile = None) -> None:
    """Ask the witnesses of the log's policy to cosign its newest checkpoint. Exit 1 if the quorum was not reached."""
    read = reader(folder)
    policy = read_policy(read, None)
    with LogWriter(folder, signer_of(log_keys, passphrase_file), _clock) as writer:
        outcomes = witness_client.gather(policy, writer.note.to_bytes(), read)
        writer.add_signatures(writer.checkpoint, witness_client.signatures_of(outcomes))
        signed = {(one.name, one.key_id) for one in writer.note.signatures}
    for outcome in outcomes:
        typer.echo(f"{outcome.url}: {'cosigned' if outcome.cosigned else 'refused: ' + outcome.refused}", err=not outcome.cosigned)
    # What came back was verified, and what was there before is checked by whoever reads the log.
    met = policy.is_met({one.name for one in policy.witnesses if (one.key.name, one.key.key_id) in signed})
    typer.echo("the quorum has cosigned" if met else "the quorum has NOT cosigned", err=True)
    raise typer.Exit(0 if met else 1)


@app.command("timestamp")
def timestamp_command(
    folder: Folder,
    url: Annotated[str, typer.Option("--url", help="Address of a time authority (RFC 3161).")],
    name: Annotated[str, typer.Option("--name", help="A short name for it: a-z, 0-9, dot, hyphen.")],
    roots: Annotated[Path | None, typer.Option("--roots", help="Certificates (PEM) that its signature must lead to.")] = None,
) -> None:
    """Have the newest checkpoint timestamped: it shows later that this log existed before that time."""
    from tallyproof.log.checkpoint import parse_note
    from tallyproof_log import timestamps
    from tallyproof_log.web import Web

    checkpoint, _ = parse_note(read_small(folder / "checkpoint"))
    trusted = timestamps.read_certificates(read_small(roots)) if roots else []
    with Web() as web:
        reply = timestamps.ask(web, url, checkpoint.text.encode(), trusted)
    place = timestamps.keep(folder, checkpoint.size, name, reply)
    stamp = timestamps.check(reply, checkpoint.text.encode(), trusted)
    shown = "" if stamp.proved else " (nobody vouches for the authority: give --roots)"
    typer.echo(f"{place}: the tree of {checkpoint.size} entries existed at {stamp.time:%Y-%m-%d %H:%M:%S} UTC{shown}")


@app.command("export")
def export_command(folder: Folder, file: Annotated[Path, typer.Argument(help="A .zip or .tar to make.", show_default=False)]) -> None:
    """Write the whole log as one file, for a stick or a mirror."""
    checkpoint = carry.export_log(folder, file)
    typer.echo(f"{file}: {checkpoint.size} entries of {checkpoint.origin}", err=True)


@app.command("import")
def import_command(
    source: Annotated[str, typer.Argument(help="A .zip or .tar of a log.", show_default=False)],
    folder: Annotated[Path, typer.Argument(help="The folder to make.", show_default=False)],
    policy: Annotated[Path | None, typer.Option("--policy", help="The policy to judge it by; else its own.")] = None,
) -> None:
    """Take a log in from one file. All of it is verified before anything is taken."""
    if is_address(source):
        raise UsageError("a log at an address is not imported", hint="fetch its files with any program, or verify it where it is")
    with open_log(source) as read:
        judged_by = read_policy(read, policy)
    checkpoint = carry.import_log(Path(source), folder, judged_by)
    typer.echo(f"{folder}: {checkpoint.size} entries of {checkpoint.origin}", err=True)


def signer_of(files: list[Path], passphrase_file: Path | None) -> LogSigner:
    """The log's keys. Raises UsageError unless they are one Ed25519 key and at most one of ML-DSA-44, both called as the log."""
    keys = open_keys(files, passphrase_file)
    plain = [key for key in keys if key.vkey.algorithm is Algorithm.ED25519]
    mldsa = [key for key in keys if key.vkey.algorithm is Algorithm.COSIGNATURE_MLDSA44]
    if len(plain) != 1 or len(mldsa) > 1 or len(plain) + len(mldsa) != len(keys) or len({key.vkey.name for key in keys}) != 1:
        raise UsageError(
            "a log has one key of type entry, and at most one of type mldsa44, both named as its origin",
            hint="make them with: tallyproof log key ORIGIN FILE [--type mldsa44]",
        )
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

    first, second = plain[0].private, mldsa[0].private if mldsa else None
    assert isinstance(first, Ed25519PrivateKey)
    assert second is None or isinstance(second, MLDSA44PrivateKey)
    return LogSigner(plain[0].vkey.name, first, second)


@contextmanager
def writer_of(folder: Path, signer: LogSigner) -> Iterator[LogWriter]:
    """A writer that takes only what the rules of entries allow; the log's own entries are read first."""
    with LogWriter(folder, signer, _clock) as writer:
        writer.accept = log_entries.acceptor(writer.entries(), signer.origin, parse_authority(read_small(folder / "authority")))
        yield writer


def _policy(signer: LogSigner, witnesses: list[str], quorum: int) -> str:
    """A policy in which ``quorum`` of all witness keys have to cosign."""
    if quorum > len(witnesses):
        raise UsageError(f"{quorum} of {len(witnesses)} witnesses can never be reached", hint="name more, or ask for fewer")
    lines = [f"log {key}" for key in signer.vkeys]
    for number, given in enumerate(witnesses, start=1):
        key, _, url = given.partition("@http")
        lines.append(f"witness w{number} {key}" + (f" http{url}" if url else ""))
    if quorum:
        lines.append(f"group quorum {quorum} " + " ".join(f"w{number + 1}" for number in range(len(witnesses))))
    return "\n".join([*lines, f"quorum {'quorum' if quorum else 'none'}", ""])


def _clock() -> int:
    return int(time.time())
