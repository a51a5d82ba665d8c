"""``tallyproof log witness``: cosign other people's logs. ``tallyproof log cosign``: ask them to cosign one's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from tallyproof.cli.files import read_small
from tallyproof.cli.keys import PassphraseFile, open_keys
from tallyproof.errors import UsageError
from tallyproof.log.policy import parse_policy
from tallyproof.log.witness import Cosigner, logs_of
from tallyproof_log.witness_store import WitnessStore

app = typer.Typer(no_args_is_help=True, help="Be a witness: cosign a log only if it grew from what you saw before.")


State = Annotated[
    Path, typer.Option("--state", help="The witness's memory (SQLite). To lose it or put back an older copy breaks the witness's promise.")
]
Keys = Annotated[list[Path], typer.Option("--key", help="A key file of this witness: one of type witness, one of type mldsa44, or both.")]


@app.command("serve")
def serve_command(
    policy: Annotated[Path, typer.Option("--policy", help="The policy whose logs are cosigned (its log lines).")],
    keys: Keys,
    state: State,
    create: Annotated[bool, typer.Option("--create", help="Make the memory: once, for new keys.")] = False,
    host: Annotated[str, typer.Option("--host", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Where to listen; 0 takes a free port.")] = 8080,
    prefix: Annotated[str, typer.Option("--prefix", help="A path before all addresses, e.g. /witness.")] = "",
    passphrase_file: PassphraseFile = None,
) -> None:
    """Answer requests for cosignatures over HTTP until stopped (c2sp.org/tlog-witness)."""
    from tallyproof_log.witness_server import WitnessApp, WitnessServer

    logs = logs_of(parse_policy(read_small(policy), str(policy)))
    with _memory(state, keys, passphrase_file, create=create) as store:
        server = WitnessServer(WitnessApp(store, logs, prefix=prefix), host, port)
        typer.echo(f"witness {store.cosigner.name} at http://{host}:{server.port}{prefix}, for {len(logs)} logs", err=True)
        server.run()


@app.command("evidence")
def evidence_command(state: State, keys: Keys, passphrase_file: PassphraseFile = None) -> None:
    """List what logs signed and this witness refused: a fork is proof against the log. Exit 1 if there is a fork."""
    with _memory(state, keys, passphrase_file) as store:
        found = store.evidence()
    for one in found:
        typer.echo(f"{one.kind}: {one.origin}, size {one.size}\n{one.note.decode()}")
        if one.cosigned:
            typer.echo(f"cosigned before, of the same size:\n{one.cosigned.decode()}")
    typer.echo(f"{len(found)} refused checkpoints kept", err=True)
    raise typer.Exit(1 if any(one.kind == "fork" for one in found) else 0)


@contextmanager
def _memory(state: Path, files: list[Path], passphrase_file: Path | None, *, create: bool = False) -> Iterator[WitnessStore]:
    opened = open_keys(files, passphrase_file)
    names = {key.vkey.name for key in opened}
    if len(names) != 1:
        raise UsageError("the keys of a witness have one name", hint="name key files of one witness")
    store = WitnessStore(state, Cosigner(names.pop(), tuple(key.private for key in opened)), create=create)
    try:
        yield store
    finally:
        store.close()
