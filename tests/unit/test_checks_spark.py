"""The checks on a PySpark session: the same answers, counts and failures as on Polars."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import narwhals as nw
import pytest

from tallyproof.capture import checks
from tests.support.check_frames import frames_of
from tests.support.engines import spark_session
from tests.unit.test_checks import ODD_LINES, same_as_polars


@pytest.fixture
def spark() -> Iterator[Any]:
    yield from spark_session()


@pytest.mark.spark
def test_pyspark_says_the_same(spark: Any) -> None:
    frames = frames_of(ODD_LINES)
    tables = [nw.from_native(spark.createDataFrame(frame.to_arrow())) for frame in (frames.sheets(), frames.votes_table())]
    same_as_polars(nw.from_native(checks.attach(*tables).to_native().cache()))
