"""The checks on a PySpark session: the same answers, counts and failures as on Polars."""

from __future__ import annotations

import shutil

import narwhals as nw
import pytest

from tests.support.check_frames import frames_of
from tests.unit.test_checks import ODD_LINES, same_as_polars


@pytest.mark.spark
def test_pyspark_says_the_same() -> None:
    sql = pytest.importorskip("pyspark.sql", reason="PySpark is not installed (extra [spark])")
    if shutil.which("java") is None:
        pytest.skip("PySpark needs Java, and there is none")
    settings = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2", "spark.driver.host": "127.0.0.1"}
    builder = sql.SparkSession.builder.master("local[1]").appName("checks")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    try:
        frames = frames_of(ODD_LINES)
        tables = [spark.createDataFrame(frame.to_arrow()).cache() for frame in (frames.sheets(), frames.votes_table())]
        same_as_polars(*(nw.from_native(table) for table in tables))
    finally:
        spark.stop()
