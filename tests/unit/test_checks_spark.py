"""The checks on a PySpark session: the same answers, counts and failures as on Polars."""

from __future__ import annotations

import shutil

import narwhals as nw
import pytest

from tallyproof.capture import checks
from tests.support.check_frames import frames_of
from tests.unit.test_checks import ODD_LINES, same_as_polars


@pytest.mark.spark
def test_pyspark_says_the_same() -> None:
    sql = pytest.importorskip("pyspark.sql", reason="PySpark is not installed (extra [spark])")
    if shutil.which("java") is None:
        pytest.skip("PySpark needs Java, and there is none")
    # Few rows and wide plans: compiling them costs more than running them.
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    }
    builder = sql.SparkSession.builder.master("local[1]").appName("checks")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    try:
        frames = frames_of(ODD_LINES)
        tables = [nw.from_native(spark.createDataFrame(frame.to_arrow())) for frame in (frames.sheets(), frames.votes_table())]
        same_as_polars(nw.from_native(checks.attach(*tables).to_native().cache()))
    finally:
        spark.stop()
