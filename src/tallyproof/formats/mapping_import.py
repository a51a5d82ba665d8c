"""Applying a mapping to files: which file is which input, then every input's rows, then the tables of the package."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tallyproof.errors import InputError, Problem, UsageError
from tallyproof.formats.mapping_cells import Cells, Notes, Skipped
from tallyproof.formats.mapping_model import Input
from tallyproof.formats.mapping_model import Mapping as MappingFile
from tallyproof.formats.mapping_pieces import Pieces
from tallyproof.formats.mapping_rows import read_rows
from tallyproof.formats.mapping_tables import build
from tallyproof.formats.tabular import ReadSpec, read_table
from tallyproof.model.election import Election


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import."""

    election: Election
    skipped: tuple[Skipped, ...]
    """Every row that was not taken over, with its reason."""
    proposals: tuple[str, ...]
    """TOML lines to paste into the mapping if a person agrees; nothing was joined because of them."""
    log: tuple[str, ...]
    """What else was decided on the way, a sentence each."""


Files = Mapping[str, Path | Sequence[Path]] | Iterable[Path]


def import_files(mapping: MappingFile, files: Files, *, on_file: Callable[[str], None] | None = None) -> Imported:
    """Make an election of the files. ``files``: slot → path(s), or paths that the file patterns of the mapping tell apart.

    A folder stands for the files in it that fit. ``on_file`` is called with the name of each file before it is read.
    Raises UsageError if the files are not those of the mapping, InputError with *all* problems in them.
    """
    given = assign(mapping, files)
    notes = Notes()
    pieces = Pieces(mapping, notes)
    for one in mapping.inputs:
        for path in given.get(one.slot, []):
            if on_file is not None:
                on_file(path.name)
            try:
                table = read_table(path, _spec(one))
            except InputError as error:
                notes.problems += error.problems
                continue
            if table.frame.is_empty():
                notes.problem(
                    path.name, "no-rows", "there are no rows in the table", "check header = ..., path = ... and sheet = ... in the mapping"
                )
                continue
            if one.format != "xlsx" and one.encoding == "auto" and table.encoding not in ("utf-8", "utf-16"):
                guess = f"{path.name}: read as {table.encoding}, a guess; look at the names"
                notes.log.append(f'{guess}, and say encoding = "{table.encoding}" if they are right')
            marks = {" ".join(mark.split()): meaning for mark, meaning in one.marks.items()}
            read_rows(pieces, one, Cells(table, notes, one.thousands, dict(marks)))
    # Tables are not built of unreadable rows: the problems of the cells come first, references are checked once they are mended.
    election = build(pieces) if not notes.problems else None
    if notes.problems or election is None:
        count = len(notes.problems)
        hint = "mend the files or the mapping, then import again"
        if notes.proposals:
            hint += "; if these are right, paste them into the mapping:\n" + "\n".join(notes.proposals)
        raise InputError(f"{count} problem{'s' if count != 1 else ''}; nothing was imported", problems=_in_order(notes.problems), hint=hint)
    return Imported(election, tuple(notes.skipped), tuple(notes.proposals), tuple(notes.log))


def _in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    files = {file: place for place, file in enumerate(dict.fromkeys(problem.file for problem in problems))}
    return tuple(sorted(problems, key=lambda problem: (files[problem.file], problem.row or 0)))


def _spec(one: Input) -> ReadSpec:
    return ReadSpec(
        format=one.format,
        encoding=one.encoding,
        delimiter=one.delimiter,
        header=one.header,
        rows=one.rows,
        path=one.path,
        sheet=one.sheet,
        member=one.member,
    )


def assign(mapping: MappingFile, files: Files, named: Mapping[str, Path | Sequence[Path]] | None = None) -> dict[str, list[Path]]:
    """Slot → its files; ``named`` are those given by slot. Raises UsageError if one is left over, missing, or one too many."""
    slots = {one.slot: one for one in mapping.inputs}
    found: dict[str, list[Path]] = {slot: [] for slot in slots}
    wanted = "; ".join(f"{one.slot}={_what(one)}" for one in mapping.inputs)
    by_slot, bare = (files, []) if isinstance(files, Mapping) else (named or {}, list(files))
    absent = [path for path in bare if not path.exists()]
    for slot, paths in by_slot.items():
        if slot not in slots:
            raise UsageError(f"the mapping {mapping.about.name!r} has no input {slot!r}", hint=f"its inputs: {wanted}")
        for path in [paths] if isinstance(paths, Path) else list(paths):
            found[slot] += _expand(path, slots[slot]) if path.is_dir() else [path]
            absent += [path] if not path.exists() else []
    if absent:
        raise UsageError(f"there is no file {str(absent[0])!r}", hint="check the path")
    for path in bare:
        fits = _fits(path, mapping)
        if not fits:
            raise UsageError(
                f"no input of the mapping {mapping.about.name!r} takes {path.name!r}",
                hint=f"say which it is: SLOT={path.name}; its inputs: {wanted}",
            )
        for slot, paths_here in fits.items():
            # A file given by slot is meant instead of one that merely fits.
            found[slot] += [] if slot in by_slot else paths_here
    for slot, one in slots.items():
        found[slot] = list(dict.fromkeys(found[slot]))
        if not found[slot] and not one.optional:
            raise UsageError(f"the file for {slot!r} is missing ({_what(one)})", hint=f"give it as {slot}=FILE; the inputs: {wanted}")
        if len(found[slot]) > 1 and not one.several:
            names = ", ".join(path.name for path in found[slot][:4])
            raise UsageError(
                f"one file is expected for {slot!r}, {len(found[slot])} were given ({names})", hint=f"say which one: {slot}=FILE"
            )
    return {slot: paths for slot, paths in found.items() if paths}


def _what(one: Input) -> str:
    return one.what or " or ".join(one.patterns)


def _fits(path: Path, mapping: MappingFile) -> dict[str, list[Path]]:
    if path.is_dir():
        inside = {one.slot: _expand(path, one) for one in mapping.inputs if one.patterns != ["*"]}
        return {slot: paths for slot, paths in inside.items() if paths}
    fits = {one.slot: [path] for one in mapping.inputs if one.patterns != ["*"] and _match(path, one)}
    # An input without a pattern takes what no pattern claims.
    return fits or {one.slot: [path] for one in mapping.inputs if one.patterns == ["*"]}


def _expand(folder: Path, one: Input) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and _match(path, one))


def _match(path: Path, one: Input) -> bool:
    return any(fnmatch.fnmatch(path.name, pattern) for pattern in one.patterns)
