"""The column names of a table: known, each once, the required ones there."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from tallyproof.formats.cells import shown
from tallyproof.formats.faults import Faults
from tallyproof.model.tables import Table


def nearest(name: str, known: Sequence[str]) -> str | None:
    """The known name that looks most like ``name``, if one is near."""
    plain = re.sub(r"[\s-]+", "_", name.strip().lower())
    if plain in known:
        return plain
    found = difflib.get_close_matches(plain[:200], known, n=1, cutoff=0.6)
    return found[0] if found else None


def check_header(header: Sequence[str], table: Table, file: str, faults: Faults, *, row: int | None) -> list[str | None] | None:
    """The table's column for each name of the file, None for a name that is not known; None if rows cannot be judged."""
    if len(header) > faults.limits.columns:
        faults.add(
            "too-many-columns",
            f"{len(header)} columns; {faults.limits.columns} are allowed",
            f"keep the columns of {table.name}",
            file=file,
            row=row,
        )
        return None
    known = [column.name for column in table.columns]
    faults.file(file, known)
    if len(header) == 1 and header[0].strip() not in known and any(mark in header[0] for mark in ";\t|"):
        faults.add("wrong-delimiter", "the columns are not separated by commas", "save the table as CSV with commas", file=file, row=row)
        return None
    found: list[str | None] = []
    for position, given in enumerate(header, start=1):
        name = given.strip()
        if name not in known:
            near = nearest(name, known)
            mend = f"rename it to {near}" if near and near not in (one.strip() for one in header) else "remove the column"
            said = f"the table {table.name} has no column {shown(name)}" if name else f"column {position} has no name"
            faults.add("unknown-column", said, mend, file=file, row=row, column=name[:100] or None)
            found.append(None)
        elif name in found:
            faults.add("duplicate-column", f"the column {name} occurs twice", "keep one of them", file=file, row=row, column=name)
            found.append(None)
        else:
            found.append(name)
    for column in table.columns:
        if column.required and column.name not in found:
            faults.add(
                "missing-column",
                f"the column {column.name} is missing: {column.meaning}",
                f"add the column {column.name}",
                file=file,
                row=row,
            )
    # a file without a single column of the table says nothing about rows
    return found if any(found) else None
