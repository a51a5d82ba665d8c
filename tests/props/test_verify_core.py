"""Two implementations of specs/tabulation-v1.md, written apart, say the same of every package.

``tallyproof`` (Polars and narwhals) reads the package from disk and makes its report; ``tallyproof_verify`` (plain
integers) reads the same files. Whatever the verifier says must stand in the report, figure by figure, with the same type.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tallyproof.errors import UsageError
from tallyproof.findings.check import check
from tallyproof.findings.report import report
from tallyproof.formats.package import read_package
from tallyproof_verify.reading import Unreadable
from tallyproof_verify.tally import tally
from tests.support.builders import Built
from tests.support.strategies import elections

CLOSED = ("by_source", "by_source_stations", "declared", "delta")
"""Dictionaries with free keys: here the core may not say more than the verifier."""


def differences(verifier: Any, core: Any, where: str) -> Iterator[str]:
    """What the core says otherwise, as sentences."""
    if isinstance(verifier, dict) and isinstance(core, dict):
        for key in verifier.keys() - core.keys():
            yield f"{where}: the core lacks {key}"
        if where.rpartition(".")[2] in CLOSED:
            yield from (f"{where}: the core adds {key}" for key in core.keys() - verifier.keys())
        for key in verifier.keys() & core.keys():
            yield from differences(verifier[key], core[key], f"{where}.{key}")
    elif isinstance(verifier, list) and isinstance(core, list) and len(verifier) == len(core):
        for number, (ours, theirs) in enumerate(zip(verifier, core, strict=True)):
            yield from differences(ours, theirs, f"{where}[{number}]")
    elif verifier != core or type(verifier) is not type(core):
        yield f"{where}: verifier {verifier!r}, core {core!r}"


def disagreements(package: Path, trust: str | None = None, turnout: int | None = None) -> list[str]:
    """Where the report on a package and the second opinion differ."""
    election = read_package(package)
    try:
        verifier = tally(package, trust, turnout)
    except Unreadable:
        with pytest.raises(UsageError):
            check(election, trust=trust, turnout=turnout)
        return []
    return documents_differ(verifier, report(check(election, trust=trust, turnout=turnout)))


def documents_differ(verifier: dict[str, Any], core: dict[str, Any]) -> list[str]:
    """Where two documents on one package differ; the core's may say more of a contest, and less of areas."""
    contests = [{row["contest"]: row for row in document["contests"]} for document in (verifier, core)]
    areas = [{f"{row['contest']} {row['area']}": row for row in document["areas"]} for document in (verifier, core)]
    found = [*differences(*contests, "contests"), *(f"the core adds {one}" for one in contests[1].keys() - contests[0].keys())]
    # the report shows some areas, the verifier all of them
    found += [f"the core adds {one}" for one in areas[1].keys() - areas[0].keys()]
    for area in areas[0].keys() & areas[1].keys():
        found += differences(areas[0][area], areas[1][area], area)
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(elections(), st.sampled_from([None, None, "officer", "agent:X"]), st.sampled_from([None, None, 0, 50, 99]))
def test_core_and_verifier_agree(built: Built, trust: str | None, turnout: int | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert disagreements(built.write(Path(folder)), trust, turnout) == []


def test_the_comparison_can_fail() -> None:
    assert list(differences({"a": {"by_source": {}}}, {"a": {"by_source": {"x": 1}}}, "")) == [".a.by_source: the core adds x"]
    assert list(differences({"a": [1, None]}, {"a": [1, 0], "b": 2}, "")) == [".a[1]: verifier None, core 0"]
    assert list(differences({"a": 1}, {"a": True}, "")) == [".a: verifier 1, core True"]
