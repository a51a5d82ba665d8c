"""``tallyproof demo``: the shipped example, PS-129."""

from __future__ import annotations

import re
from hashlib import sha256
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tallyproof.cli.check import Language, write_site
from tallyproof.cli.show import show
from tallyproof.errors import UsageError
from tallyproof.findings.check import check
from tallyproof.findings.report import report
from tallyproof.formats.package import read_package
from tallyproof.model.election import Election
from tallyproof.model.words import Role
from tallyproof.tabulate.rules import SHA256

DEMO_TIME = 1_707_350_400
"""8 February 2024, in seconds since 1970: what the demonstration's cosignatures state."""


def demo_command(
    html: Annotated[Path | None, typer.Option("--html", help="Also write the pages into this folder.")] = None,
    log: Annotated[
        Path | None, typer.Option("--log", help="Also make a public log of the example in this new folder, to verify and to tamper with.")
    ] = None,
    story: Annotated[
        bool, typer.Option("--story", help="Tell what becomes of the seat: complaint, order, recount; as a log, verified, and as pages.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="With --story: the new folder for the log and the pages; a temporary one, if left out.")
    ] = None,
    lang: Annotated[Language, typer.Option("--lang", help="Language of the report in the terminal.")] = Language.EN,
) -> None:
    """Check the example of PS-129, Karachi, 8 February 2024: declared figures as published, station rows reconstructed.

    The exit code is 0 although the example does not agree: that is what it shows.
    """
    if story:
        if html is not None or log is not None:
            raise UsageError("--story writes its log and its pages into one folder", hint="name it with --out")
        from tallyproof.cli.story import tell_story

        tell_story(out, lang)
        return
    if out is not None:
        raise UsageError("--out is the folder of the story", hint="add --story, or use --html and --log")
    with as_file(files("tallyproof") / "examples" / "ps129") as package:
        election = read_package(package)
        checked = check(election)
    console = Console()
    show(report(checked), console, language=lang, role=Role.CITIZEN, every=True, command="tallyproof check PACKAGE")
    if html is not None:
        write_site(checked, html)
        console.print(f"Pages: {(html / 'index.html').resolve().as_uri()}", soft_wrap=True, highlight=False)
    if log is not None:
        size = write_demo_log(election, log, "demo.example/ps-129")
        console.print(f"Log: {log}, {size} entries. Its keys are for show: anybody can make them.", soft_wrap=True, highlight=False)
        console.print(f"    tallyproof verify {log}\n    tallyproof-verify {log}", soft_wrap=True, highlight=False)


def seed(name: str) -> bytes:
    """32 bytes for the key of this name: public, so that nobody takes what it signs for evidence."""
    return sha256(f"tallyproof demonstration key, not a secret: {name}".encode()).digest()


def write_demo_log(election: Election, folder: Path, origin: str) -> int:
    """The package as a log whose keys follow from their names, so that it is nobody's evidence; how many entries it has.

    Raises StoreError if the folder has a log already, RuleError if the package has more than first counts.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

    from tallyproof.log.checkpoint import LogSigner
    from tallyproof.log.merkle import Tree
    from tallyproof.record.from_package import entries_of
    from tallyproof.record.signing import SigningKey
    from tallyproof_log.store import LogWriter

    def key(name: str) -> SigningKey:
        return SigningKey.from_seed(f"{re.sub('[^A-Za-z0-9.-]', '.', name)}.{origin}", seed(name))

    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty", hint="name a new folder")
    entries = entries_of(election, origin, key, lambda made: Tree(made).root(), SHA256)
    signer = LogSigner(
        origin, Ed25519PrivateKey.from_private_bytes(seed("log")), MLDSA44PrivateKey.from_seed_bytes(seed("log, second key"))
    )
    with LogWriter(folder, signer, lambda: DEMO_TIME, create=True) as writer:
        writer.append(entries)
    (folder / "policy").write_text("".join(f"log {vkey}\n" for vkey in signer.vkeys) + "quorum none\n", encoding="utf-8")
    (folder / "authority").write_text(f"{key('authority').vkey}\n", encoding="utf-8")
    return len(entries)
