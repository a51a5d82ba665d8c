"""The tables of a package on other engines: DuckDB and PySpark."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from dataclasses import fields
from typing import Any

import narwhals as nw
import polars as pl
import pytest

from tallyproof.model.election import Election
from tallyproof.tabulate.frames import Frames, frames


def tables(election: Election) -> dict[str, pl.DataFrame]:
    """The tables that tabulation needs, in memory."""
    lazy = frames(election)
    return {field.name: nw.to_native(getattr(lazy, field.name)).collect() for field in fields(Frames) if field.name != "wide"}


def on_duckdb(election: Election, connection: Any) -> Frames:
    """The same tables as DuckDB relations."""
    made = {}
    for name, table in tables(election).items():
        connection.register(f"arrow_{name}", table.to_arrow())
        connection.execute(f"create or replace table {name} as select * from arrow_{name}")
        made[name] = nw.from_native(connection.table(name))
    return Frames(**made)


def on_spark(election: Election, session: Any) -> Frames:
    """The same tables as Spark data frames."""
    return Frames(**{name: nw.from_native(session.createDataFrame(table.to_arrow())) for name, table in tables(election).items()})


def spark_session() -> Generator[Any, None, None]:
    """A small local session; skips with the reason where there is none."""
    sql = pytest.importorskip("pyspark.sql", reason="PySpark is not installed (extra [spark])")
    if shutil.which("java") is None:
        pytest.skip("PySpark needs Java, and there is none")
    settings = {
        # Few rows and wide plans: compiling them costs more than running them.
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        # So does making its machine code ever better: halves the processor time of the tests.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }
    builder = sql.SparkSession.builder.master("local[1]").appName("tallyproof")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        yield session
    finally:
        session.stop()
