"""The election package v1: a folder or .zip with ``datapackage.json`` and a table a file. ``specs/package-v1.md`` is the law."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from tallyproof.formats.archive import Store, open_store
from tallyproof.formats.descriptor import Descriptor, Resource, read_descriptor
from tallyproof.formats.faults import Faults
from tallyproof.formats.limits import Limits
from tallyproof.formats.package_writer import write_package
from tallyproof.formats.relations import check_relations
from tallyproof.formats.sheet import Sheet
from tallyproof.formats.table_csv import read_csv_table
from tallyproof.formats.table_parquet import guarded, read_parquet_table
from tallyproof.formats.vocabulary import check_words, with_defaults
from tallyproof.formats.votes import check_votes
from tallyproof.model.election import Election
from tallyproof.model.tables import TABLES

__all__ = ["Limits", "read_package", "write_package"]

_DEFAULT = Limits()


def read_package(path: Path, *, limits: Limits = _DEFAULT) -> Election:
    """The election in a folder or .zip, checked as a whole.

    Every frame has exactly the columns of ``model.tables``, in order; keys are unique and references resolve. Votes in
    Parquet stay in their file, which must not change while the election is in use.

    Raises:
        InputError: with all problems, in the order of files and rows, the first ``limits.problems`` listed.
    """
    faults = Faults(limits)
    what = path.name or "the package"
    store = open_store(path, faults)
    if store is None:
        faults.stop(what)
        raise AssertionError("a store that cannot be opened has a problem")
    try:
        descriptor = read_descriptor(store, faults)
        if descriptor is None:
            faults.stop(what)
            raise AssertionError("a descriptor that cannot be used has a problem")
        sheets = _read_tables(store, descriptor, faults)
    finally:
        store.close()
    check_relations(sheets, faults)
    wide = _check_votes(sheets, faults)
    faults.stop(what)
    return _election(descriptor, sheets, wide)


def _read_tables(store: Store, descriptor: Descriptor, faults: Faults) -> dict[str, Sheet]:
    for resource in descriptor.resources:
        faults.file(resource.path)
    sheets: dict[str, Sheet] = {}
    for resource in descriptor.resources:
        sheet = _read_table(store, resource, faults)
        if sheet is not None:
            check_words(sheet, faults)
            sheets[resource.table] = sheet
    return sheets


def _check_votes(sheets: dict[str, Sheet], faults: Faults) -> pl.DataFrame | None:
    votes = sheets.get("votes")
    if votes is None or votes.frame is not None:
        return check_votes(sheets, faults)
    # votes left on disk are decoded only now: a damaged page shows here
    return guarded(votes.rows.file, faults, lambda: check_votes(sheets, faults))


def _read_table(store: Store, resource: Resource, faults: Faults) -> Sheet | None:
    if (store.size(resource.path) or 0) > faults.limits.member:
        faults.add("too-large-file", f"larger than {faults.limits.member} bytes", "use Parquet", file=resource.path)
        return None
    return read_parquet_table(store, resource, faults) if resource.parquet else read_csv_table(store, resource, faults)


def _election(descriptor: Descriptor, sheets: dict[str, Sheet], wide: pl.DataFrame | None) -> Election:
    empty = {name: table.empty().lazy() for name, table in TABLES.items()}
    frames = {name: sheet.lazy() for name, sheet in sheets.items()}
    done = {name: with_defaults(name, frames.get(name, frame)) for name, frame in empty.items()}
    only_votes = "votes" in sheets and not {"in_words", "male", "female"} & set(sheets["votes"].columns)
    return Election(about=descriptor.about, wide=wide, only_votes=only_votes, **done)
