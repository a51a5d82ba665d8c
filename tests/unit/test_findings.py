"""Each code above a single record: an election that has the finding, and its neighbour that has not."""

from __future__ import annotations

from typing import Any

import pytest

from tallyproof.findings.check import check
from tallyproof.findings.codes import CODES
from tallyproof.findings.report import report
from tests.support.builders import Built, build, dec, rec, said


def findings(built: Built, **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = report(check(built.election, **options))["findings"]
    return found


def of(code: str, built: Built, **options: Any) -> list[dict[str, Any]]:
    return [one for one in findings(built, **options) if one["code"] == code]


def two(*records: Any, **more: Any) -> Built:
    return build(candidates="A B", records=list(records), **more)


SAME = [rec(f"S{i}", source, 10 + i, 20) for i in range(60) for source in ("officer", "agent:X")]
HAS: dict[str, tuple[Built, str]] = {
    "T01": (two(rec("S1", "officer", 1, 2), stations={"S1": 9, "S2": 9}), "gap"),
    "T02": (two(rec("S1", "officer", 1, None)), "gap"),
    "T03": (two(rec("S1", "officer", 1, 2), rec("S1", "agent:X", 1, 2, act="recount")), "conflict"),
    "T04": (two(rec("S1", "officer", 1, 2), rec("S1", "officer", 1, 2, key="again")), "gap"),
    "T05": (
        two(rec("S1", "officer", 1, 2), rec("S1", "agent:X", 1, 2), rec("S1", "officer", 3, 2, act="recount", supersedes="S1/officer")),
        "gap",
    ),
    "C01": (two(rec("S1", "officer", 1, 2), rec("S1", "agent:X", 1, 3)), "conflict"),
    "C02": (two(*SAME), "gap"),
    "D01": (two(rec("S1", "officer", 1, 2), declared=[dec(station="S1", A=7)]), "proof"),
    "D02": (two(rec("S1", "officer", 1, 2), declared=[dec(A=7)]), "proof"),
    "D03": (two(rec("S1", "officer", 1, 2), declared=[dec(station="S1", A=1), dec(A=2)]), "proof"),
    "D04": (two(rec("S1", "officer", 1, 2), declared=[dec("provisional", A=2), dec(A=1)]), "conflict"),
    "D05": (two(rec("S1", "officer", 1, 2), declared=[dec(A=5_150_092, B=4_445_978, valid=10_058_774)]), "lead"),
    "D06": (
        build(
            candidates="A B",
            records=[rec("S1", "officer", 1, 2)],
            areas={f"D{i}": "" for i in range(30)},
            declared=[dec(area=f"D{i}", A=22_876 if i in (3, 4) else 10_000 + 997 * i, B=5_000 + 1_013 * i) for i in range(30)],
        ),
        "lead",
    ),
    "D07": (two(rec("S1", "officer", 1, 2), declared=[dec(A=1, B=2, valid=4)]), "proof"),
    "D08": (two(rec("S1", "officer", 1, 2), declared=[dec(A=2, B=1)]), "proof"),
    "S01": (
        build(
            candidates={"NA-1": "A B", "PS-1": "X Y"},
            records=[rec("S1", "officer", 300, 2, in_box=302), rec("S1", "officer", X=100, Y=1, in_box=101, contest="PS-1", key="ps")],
        ),
        "lead",
    ),
}
HAS_NOT: dict[str, Built] = {
    "T01": two(rec("S1", "officer", 1, 2), stations={"S1": 9}),
    "T02": two(rec("S1", "officer", 1, None), rec("S1", "agent:X", 1, 2)),
    "T03": two(rec("S1", "officer", 1, 2), rec("S1", "officer", 3, 2, act="recount", supersedes="S1/officer")),
    "T04": two(rec("S1", "officer", 1, 2), rec("S1", "agent:X", 1, 2)),
    "T05": two(
        rec("S1", "officer", 1, 2),
        rec("S1", "agent:X", 1, 2),
        rec("S1", "officer", 3, 2, act="recount", supersedes="S1/officer"),
        rec("S1", "agent:X", 3, 2, act="recount", supersedes="S1/agent:X"),
    ),
    "C01": two(rec("S1", "officer", 1, 2), rec("S1", "agent:X", 1, None)),
    "C02": two(*SAME[:80]),
    "D01": two(rec("S1", "commission", 1, 2), rec("S1", "agent:X", 7, 2), declared=[dec(station="S1", A=1)]),
    "D02": two(rec("S1", "officer", 1, 2), declared=[dec(A=1)]),
    "D03": two(rec("S1", "officer", 1, 2), rec("S2", "officer", 1, 2), declared=[dec(station="S1", A=1), dec(A=2)]),
    "D04": two(rec("S1", "officer", 1, 2), declared=[dec("provisional", A=1), dec(A=1)]),
    "D05": two(rec("S1", "officer", 1, 2), declared=[dec(A=5_150_093, B=4_445_977, valid=10_058_774)]),
    "D06": build(
        candidates="A B",
        records=[rec("S1", "officer", 1, 2)],
        areas={f"D{i}": "" for i in range(30)},
        declared=[dec(area=f"D{i}", A=10_000 + 997 * i, B=5_000 + 1_013 * i) for i in range(30)],
    ),
    "D07": two(rec("S1", "officer", 1, 2), declared=[dec(A=1, valid=4)]),
    "D08": two(rec("S1", "officer", 1, 2), declared=[dec(A=1, B=2)]),
    "S01": build(
        candidates={"NA-1": "A B", "PS-1": "X Y"},
        records=[rec("S1", "officer", 300, 2, in_box=302), rec("S1", "officer", X=200, Y=2, in_box=202, contest="PS-1", key="ps")],
    ),
}


def test_every_code_is_shown_here() -> None:
    assert set(HAS) == set(HAS_NOT) == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_the_finding_is_there(code: str) -> None:
    built, kind = HAS[code]
    found = of(code, built)
    assert [one["kind"] for one in found] == [kind]
    assert found[0]["rule"] == CODES[code].rule


@pytest.mark.parametrize("code", CODES)
def test_the_neighbour_has_none(code: str) -> None:
    assert not of(code, HAS_NOT[code])


def test_a_total_that_only_missing_stations_could_explain_is_a_gap_and_blames_nobody() -> None:
    built = two(rec("S1", "officer", 1, 2), stations={"S1": 9, "S2": 9}, declared=[dec(A=8)])
    (finding,) = of("D02", built)
    assert (finding["kind"], finding["figures"]["variant"]) == ("gap", "could-be")
    assert (finding["effect"]["gained"], finding["effect"]["lost"]) == (None, None)


def test_a_total_above_everything_that_missing_stations_can_hold_is_proved_wrong() -> None:
    built = two(rec("S1", "officer", 1, 2), stations={"S1": 9, "S2": 9}, declared=[dec(A=11)])
    (finding,) = of("D02", built)
    assert (finding["kind"], finding["figures"]["verdict"]) == ("proof", "above")
    assert finding["effect"]["votes"] == 1, "1 + 9 could be; 11 is one more"


def test_a_total_between_two_copies_is_a_conflict_and_no_proof() -> None:
    built = two(rec("S1", "officer", 5, 2), rec("S1", "agent:X", 1, 2), declared=[dec(A=3)])
    (finding,) = of("D02", built)
    assert (finding["kind"], finding["figures"]["variant"]) == ("conflict", "some-copies")


def test_under_one_copy_the_winner_is_another_and_that_is_a_conflict() -> None:
    built = two(rec("S1", "officer", 5, 2), rec("S1", "agent:X", 1, 2), declared=[dec(A=5, B=2)])
    (finding,) = of("D08", built)
    assert (finding["kind"], finding["figures"]["variant"], finding["figures"]["sources"]) == ("conflict", "one-source", "agent:X")


def test_a_row_that_repeats_another_partys_copy_but_not_the_officers_own_is_told() -> None:
    built = two(rec("S1", "commission", 1, 2), rec("S1", "agent:X", 7, 2), declared=[dec(station="S1", A=7)])
    (finding,) = of("D01", built)
    assert (finding["kind"], finding["figures"]["agrees_with"]) == ("conflict", "agent:X")


STATIONS = [rec(f"S{i}", "officer", 100 + 7 * i, 200 + 11 * i) for i in range(8)]
A, B = sum(100 + 7 * i for i in range(8)), sum(200 + 11 * i for i in range(8))


@pytest.mark.parametrize(
    ("a", "b", "name", "station"),
    [
        (A + 121, B + 233, "station-counted-twice", "S3"),
        (A - 121, B - 233, "station-missing", "S3"),
        (A - 90, B + 90, "moved-between-candidates", None),
    ],
)
def test_what_lies_behind_a_total(a: int, b: int, name: str, station: str | None) -> None:
    for finding in of("D02", two(*STATIONS, declared=[dec(A=a, B=b)])):
        assert finding["pattern"]["name"] == name
        assert finding["pattern"]["detail"].get("station") == station


def test_how_much_a_station_that_fits_says_in_this_set() -> None:
    twins = [*STATIONS, rec("S8", "officer", 121, 233)]
    (finding, _) = of("D02", two(*twins, declared=[dec(A=A, B=B)]))
    assert finding["pattern"]["detail"]["stations"] == 2, "either of the two would do"
    assert finding["pattern"]["chance"] == {"fits": 2, "of": 9}


def test_rows_of_a_declared_table_that_stand_at_each_others_place() -> None:
    declared = [dec(station=f"S{i}", A=100 + 7 * j, B=200 + 11 * j) for i, j in enumerate([0, 1, 5, 3, 4, 2, 6, 7])]
    found = {one["station"]: one["pattern"]["name"] for one in of("D01", two(*STATIONS, declared=declared))}
    assert found == {"S2": "stations-exchanged", "S5": "stations-exchanged"}


def test_rows_of_a_declared_table_shifted_by_one() -> None:
    declared = [dec(station=f"S{i}", A=100 + 7 * j, B=200 + 11 * j) for i, j in enumerate([0, 1, 3, 4, 5, 6, 6, 7])]
    found = {one["station"]: one["pattern"]["name"] for one in of("D01", two(*STATIONS, declared=declared))}
    assert found == dict.fromkeys(("S2", "S3", "S4", "S5"), "stations-shifted-by-one")


def test_a_blank_copy_changes_nothing() -> None:
    plain = report(check(two(rec("S1", "officer", 5, 2)).election))
    beside = report(check(two(rec("S1", "officer", 5, 2), rec("S1", "agent:X", None, None)).election))
    assert plain["contests"][0]["totals"][0]["max"] == beside["contests"][0]["totals"][0]["max"] == 5
    assert beside["contests"][0]["winner"] == plain["contests"][0]["winner"]


def test_claims_are_held_against_records_and_declaration() -> None:
    built = two(
        rec("S1", "officer", 31_000, 2),
        declared=[dec(A=11_357)],
        statements=[
            said("reduced", "A", 31_000, rounding="1000"),
            said("reduced", "A", 11_000, about="declared", rounding="1000"),
            said("wrong", "A", 29_000, rounding="1000"),
            said("unknown", "B", 5, about="declared"),
        ],
    )
    verdicts = {one["statement"]: one["verdict"] for one in report(check(built.election))["statements"]}
    assert verdicts == {"reduced": "supported", "wrong": "contradicted", "unknown": "cannot-tell"}


def test_findings_are_numbered_in_one_order_whatever_the_order_of_rows() -> None:
    records = [rec(f"S{i}", source, 10 + i * (source == "officer"), 5) for i in range(1, 6) for source in ("officer", "agent:X")]
    assert findings(two(*records)) == findings(two(*reversed(records)))
