"""Key files on the command line: passphrases come from a prompt or a file, never from an argument, and are never shown."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tallyproof.errors import UsageError
from tallyproof.record.note import Algorithm
from tallyproof_log import keyfiles
from tallyproof_log.keyfiles import Passphrase, SecretKey

PassphraseFile = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help="Read the passphrase of the key files from the first line of this file; else it is asked for."),
]


class KeyType(StrEnum):
    """What a key signs; a key has one use."""

    ENTRY = "entry"
    WITNESS = "witness"
    MLDSA44 = "mldsa44"


_ALGORITHMS = {
    KeyType.ENTRY: Algorithm.ED25519,
    KeyType.WITNESS: Algorithm.COSIGNATURE_ED25519,
    KeyType.MLDSA44: Algorithm.COSIGNATURE_MLDSA44,
}
_MAX_PASSPHRASE_FILE = 4_096


def key_command(
    name: Annotated[str, typer.Argument(help="The key's name: an office and a station, never a person.", show_default=False)],
    file: Annotated[Path, typer.Argument(help="The key file to make; it is encrypted, and only you may read it.", show_default=False)],
    type_: Annotated[
        KeyType, typer.Option("--type", help="entry: signs entries or, under the log's origin, checkpoints. witness, mldsa44: cosign.")
    ] = KeyType.ENTRY,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Make a key pair: an encrypted key file, and the verifier key, which is printed and may be given to everybody."""
    secret = keyfiles.generate(name, _ALGORITHMS[type_])
    keyfiles.write(file, secret, passphrase(passphrase_file, f"new passphrase for {name}", confirm=True))
    typer.echo(str(secret.vkey))


def passphrase(file: Path | None, prompt: str, *, confirm: bool = False) -> Passphrase:
    """From the first line of ``file``, else asked for without showing it. Raises UsageError, KeyFileError."""
    if file is None:
        return Passphrase(typer.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True))
    try:
        with file.open("rb") as stream:
            line = stream.read(_MAX_PASSPHRASE_FILE).split(b"\n")[0].removesuffix(b"\r")
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}", hint="name the file with the passphrase") from error
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not text in UTF-8", hint="write the passphrase in its first line") from None
    return Passphrase(text)


def open_keys(files: Sequence[Path], passphrase_file: Path | None) -> tuple[SecretKey, ...]:
    """The keys in ``files``, each with the passphrase of ``passphrase_file`` or one that is asked for."""
    for file in files:
        # A file that is not there is said before anybody types a passphrase for it.
        keyfiles.read_vkey(file)
    shared = passphrase(passphrase_file, "") if passphrase_file else None
    return tuple(keyfiles.read(file, shared or passphrase(None, f"passphrase of {file.name}")) for file in files)
