"""How much a package may ask of the machine that reads it."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 1 << 20
_GIB = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds that the reader enforces before it allocates. Sizes in bytes, uncompressed unless said otherwise.

    The defaults let a folder hold a 2 GB CSV or 32 million rows of votes in Parquet, and refuse an archive that unpacks
    to much more than it weighs. ``specs/package-v1.md`` section 8 lists them.
    """

    descriptor: int = 4 * _MIB
    """``datapackage.json``."""
    member: int = 16 * _GIB
    """One file of a folder."""
    zip_member: int = 4 * _GIB
    """One file of an archive. A Parquet file in an archive is held in memory while it is read."""
    zip_total: int = 8 * _GIB
    """All files of an archive together."""
    zip_ratio: int = 200
    """Uncompressed to compressed, of a file in an archive that is larger than ``zip_ratio_from``."""
    zip_ratio_from: int = 8 * _MIB
    zip_directory: int = 16 * _MIB
    """The archive's own list of its files."""
    members: int = 10_000
    """Files in an archive."""
    header: int = _MIB
    """The first line of a CSV file."""
    columns: int = 1_000
    rows: int = 100_000_000
    """Rows of one table."""
    rows_per_byte: int = 64
    """Rows of a Parquet file for each of its bytes, beyond the first million rows: equal rows take no room in a file."""
    cell: int = 100_000
    """Characters of one cell, and the bytes searched for the end of a quoted cell."""
    problems: int = 1_000
    """Problems that are listed; those beyond are counted."""
    block: int = 16 * _MIB
    """Bytes of a CSV file that are parsed at a time."""
