"""``tallyproof import``: somebody's tables in, an election package out."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tallyproof.errors import UsageError
from tallyproof.formats.guess import guess as guess_mapping
from tallyproof.formats.mapping import Mapping, import_files, load_mapping, shipped_mappings
from tallyproof.formats.mapping_cells import Skipped
from tallyproof.formats.mapping_import import Imported, assign
from tallyproof.formats.package import write_package

_SHOWN = 20
"""Skipped rows shown of one reason; ``--skipped FILE`` has them all."""


def import_command(
    mapping: Annotated[str, typer.Argument(help="Name of a mapping that comes with tallyproof, or a .toml file.", show_default=False)] = "",
    files: Annotated[list[str] | None, typer.Argument(help="The tables: FILE, SLOT=FILE or a folder.", show_default=False)] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The package to write: a folder, or a name ending in .zip.")] = None,
    parquet: Annotated[bool, typer.Option("--parquet", help="Write tables as Parquet instead of CSV.")] = False,
    guess: Annotated[
        Path | None, typer.Option("--guess", help="Print a first mapping for an unknown table, and what is unsure in it.")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the mappings that come with tallyproof.")] = False,
    skipped: Annotated[Path | None, typer.Option("--skipped", help="Write every skipped row, with its reason, to this CSV file.")] = None,
) -> None:
    """Make an election package of somebody's CSV, JSON or XLSX files.

    Exit 0 if the package was written, 2 if anything could not be read: every problem is listed with file:row:column and the mend.
    """
    # Progress is shown on a terminal only; what is printed does not depend on its width.
    screen, errors = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False, soft_wrap=True)
    if list_:
        _list(screen)
    elif guess is not None:
        _guess(guess, errors)
    else:
        _import(mapping, files or [], out, parquet, skipped, screen, errors)


def _list(screen: Console) -> None:
    for name, mapping in shipped_mappings().items():
        screen.print(f"{name}\n    {mapping.about.title}", markup=False)
        for one in mapping.inputs:
            need = " (optional)" if one.optional else " (several)" if one.several else ""
            screen.print(f"    {one.slot}={' or '.join(one.patterns)}{need}: {one.what}", markup=False)


def _guess(path: Path, errors: Console) -> None:
    found = guess_mapping(path)
    typer.echo(found.toml, nl=False)
    errors.print("unsure of:", markup=False)
    for line in found.unsure:
        errors.print(f"- {line}", markup=False)


def _import(name: str, files: list[str], out: Path | None, parquet: bool, skipped: Path | None, screen: Console, errors: Console) -> None:
    if not name or not files:
        raise UsageError(
            "a mapping and at least one file are needed", hint="tallyproof import MAPPING FILE... --out PACKAGE; --list shows the mappings"
        )
    if out is None:
        raise UsageError("where shall the package go?", hint="add --out PACKAGE (a folder, or a name ending in .zip)")
    mapping = load_mapping(name)
    given = _given(mapping, files)
    if errors.is_terminal:
        with errors.status("reading") as status:
            imported = import_files(mapping, given, on_file=lambda file: status.update(f"reading {file}"))
            status.update("writing")
            write_package(imported.election, out, parquet=parquet)
    else:
        imported = import_files(mapping, given)
        write_package(imported.election, out, parquet=parquet)
    if skipped is not None:
        _write_skipped(skipped, imported.skipped)
    _tell(imported, out, screen)


def _given(mapping: Mapping, files: list[str]) -> dict[str, list[Path]]:
    """``SLOT=FILE`` goes where it says, the others where their names fit."""
    slots = {one.slot for one in mapping.inputs}
    named: dict[str, list[Path]] = {}
    bare: list[Path] = []
    for word in files:
        slot, sign, rest = word.partition("=")
        if sign and slot in slots:
            named.setdefault(slot, []).append(Path(rest))
        elif sign and not Path(word).exists() and slot.replace("-", "").replace("_", "").isalnum():
            raise UsageError(f"the mapping {mapping.about.name!r} has no input {slot!r}", hint=f"its inputs: {', '.join(sorted(slots))}")
        else:
            bare.append(Path(word))
    return assign(mapping, bare, named)


def _write_skipped(path: Path, rows: tuple[Skipped, ...]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(["file", "row", "reason"])
            writer.writerows([row.file, row.row, row.reason] for row in rows)
    except OSError as error:
        raise UsageError(f"{str(path)!r} cannot be written: {error.strerror}", hint="check the folder and its permissions") from error


def _tell(imported: Imported, out: Path, screen: Console) -> None:
    election = imported.election
    counts = {
        name: election.table(name).select("*").collect().height for name in ("contests", "candidates", "stations", "records", "declared")
    }
    screen.print(f"{out}: " + ", ".join(f"{count} {name}" for name, count in counts.items()), markup=False)
    if election.about.notice:
        screen.print(election.about.notice, markup=False)
    reasons: dict[str, list[Skipped]] = {}
    for row in imported.skipped:
        reasons.setdefault(row.reason, []).append(row)
    for reason, rows in reasons.items():
        screen.print(f"{len(rows)} row{'s' if len(rows) > 1 else ''} skipped: {reason}", markup=False)
        for row in rows[:_SHOWN]:
            screen.print(f"    {row.file}:{row.row}", markup=False)
        if len(rows) > _SHOWN:
            screen.print(f"    … and {len(rows) - _SHOWN} more (--skipped FILE writes them all)", markup=False)
    for line in imported.log:
        screen.print(line, markup=False)
    if imported.proposals:
        screen.print("perhaps the same; nothing was joined. To agree, paste into the mapping:", markup=False)
        for line in imported.proposals:
            screen.print(f"    {line}", markup=False)
