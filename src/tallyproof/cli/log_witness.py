"""``tallyproof log witness``: cosign other people's logs. ``tallyproof log cosign``: ask them to cosign one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tallyproof.cli.keys import PassphraseFile, open_keys
from tallyproof.errors import UsageError
from tallyproof.log.policy import parse_policy
from tallyproof.log.witness import Cosigner, logs_of

app = typer.Typer(no_args_is_help=True, help="Be a witness: cosign a log only if it grew from what you saw before.")


@app.command("serve")
def serve_command(
    policy: Annotated[Path, typer.Option("--policy", help="The policy whose logs are cosigned (its log lines).")],
    keys: Annotated[list[Path], typer.Option("--key", help="A key file of this witness; once of type witness, once of type mldsa44.")],
    state: Annotated[Path, typer.Option("--state", help="The witness's memory (SQLite). Losing or restoring it breaks its promise.")],
    host: Annotated[str, typer.Option("--host", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Where to listen; 0 takes a free port.")] = 8080,
    prefix: Annotated[str, typer.Option("--prefix", help="A path before all addresses, e.g. /witness.")] = "",
    passphrase_file: PassphraseFile = None,
) -> None:
    """Answer requests for cosignatures over HTTP until stopped (c2sp.org/tlog-witness)."""
    from tallyproof_log.witness_server import WitnessApp, make_server
    from tallyproof_log.witness_store import WitnessStore

    logs = logs_of(parse_policy(_read(policy), str(policy)))
    opened = open_keys(keys, passphrase_file)
    names = {key.vkey.name for key in opened}
    if len(names) != 1:
        raise UsageError("the keys of a witness have one name", hint="name key files of one witness")
    store = WitnessStore(state)
    try:
        server = make_server(
            WitnessApp(store, Cosigner(names.pop(), tuple(key.private for key in opened)), logs, prefix=prefix), host, port
        )
        typer.echo(f"witness {opened[0].vkey.name} at http://{host}:{server.effective_port}{prefix}, for {len(logs)} logs", err=True)
        try:
            server.run()
        finally:
            server.close()
    finally:
        store.close()


@app.command("evidence")
def evidence_command(
    state: Annotated[Path, typer.Option("--state", help="The witness's memory.")],
) -> None:
    """List what logs signed and this witness refused: a fork is proof against the log. Exit 1 if there is a fork."""
    from tallyproof_log.witness_store import WitnessStore

    if not state.is_file():
        raise UsageError(f"there is no witness's memory at {state}", hint="name the file that --state named when it served")
    store = WitnessStore(state)
    try:
        found = store.evidence()
    finally:
        store.close()
    for one in found:
        typer.echo(f"{one.kind}: {one.origin}, size {one.size}\n{one.note.decode()}")
        if one.cosigned:
            typer.echo(f"cosigned before, of the same size:\n{one.cosigned.decode()}")
    typer.echo(f"{len(found)} refused checkpoints kept", err=True)
    raise typer.Exit(1 if any(one.kind == "fork" for one in found) else 0)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", hint="check the path") from error
