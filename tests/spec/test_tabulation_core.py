"""specs/tabulation-v1.md, sentence by sentence, asked of the core: the same examples that the second opinion answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tallyproof.findings.check import check
from tallyproof.findings.report import report
from tallyproof.formats.package import read_package
from tests.support.builders import Built, build, rec
from tests.unit import test_verify_tally as second_opinion

ANSWERED_OTHERWISE = {
    "test_trust_comes_after_retiring": "the command says that nobody of that name has a standing record, instead of an empty tabulation",
    "test_an_area_holds_its_own_stations_and_those_below": "the core leaves out areas in which the contest has no station",
}
globals().update(
    {
        name: test
        for name, test in vars(second_opinion).items()
        if name.startswith("test_") and "say" in test.__code__.co_varnames and name not in ANSWERED_OTHERWISE
    }
)


@pytest.fixture
def say(tmp_path: Path) -> Any:
    """Built → the report on its first contest, in the shape of the second opinion."""

    def one(built: Built, **options: Any) -> dict[str, Any]:
        document = report(check(read_package(built.write(tmp_path / "package")), **options), every_area=True)
        contest: dict[str, Any] = document["contests"][0]
        contest["areas"] = {row["area"]: row for row in document["areas"] if row["contest"] == contest["contest"]}
        # The report says more than the second opinion: leave out what only it has.
        del contest["margin"]["of"]
        for view in contest["views"]:
            del view["changes"]
        return contest

    return one


def test_an_area_holds_its_own_stations_and_those_below_and_empty_areas_are_left_out(tmp_path: Path) -> None:
    built = build(
        records=[rec("S1", "officer", A=1), rec("S2", "officer", A=2)],
        areas={"P": "", "D1": "P", "D9": "P"},
        area_of={"S1": "D1", "S2": "P"},
    )
    document = report(check(built.election), every_area=True)
    assert {row["area"]: row["totals"][0]["min"] for row in document["areas"]} == {"D1": 1, "P": 3}


def test_the_examples_are_there() -> None:
    assert len([name for name in globals() if name.startswith("test_")]) > 50
    assert set(ANSWERED_OTHERWISE) <= set(vars(second_opinion))
