"""One table of a package as it was read: its cleaned columns, and where its rows stand in the file."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tallyproof.formats.faults import Rows
from tallyproof.model.tables import Table


@dataclass(slots=True)
class Sheet:
    """Columns that the file has, typed as ``table`` says. ``frame`` is None only for votes left on disk (``scan``)."""

    table: Table
    rows: Rows
    columns: tuple[str, ...]
    height: int
    frame: pl.DataFrame | None = None
    scan: pl.LazyFrame | None = None

    def series(self, name: str) -> pl.Series:
        """A column, cleaned; all null if the file does not have it."""
        column = next(column for column in self.table.columns if column.name == name)
        if name not in self.columns:
            return pl.select(pl.repeat(None, self.height, dtype=column.dtype)).to_series().alias(name)
        if self.frame is not None:
            return self.frame[name]
        assert self.scan is not None
        return self.scan.select(name).collect().to_series()

    def lazy(self) -> pl.LazyFrame:
        """All columns of the table's schema, in order."""
        found = self.frame.lazy() if self.frame is not None else self.scan
        assert found is not None
        return found.select(
            pl.col(column.name) if column.name in self.columns else pl.lit(None, dtype=column.dtype).alias(column.name)
            for column in self.table.columns
        )
