"""Pakistan, 8 February 2024: the published analyses of NA-128, NA-238, NA-242, and NA-122 as a control."""

from __future__ import annotations

from tests.support.history import checked, contest, found, reported, totals

NA128, NA122, NA238, NA242 = (f"pakistan-2024-na{seat}" for seat in (128, 122, 238, 242))
RAJA, AWN = "salman-akram-raja", "awn-chaudhry"


def test_na128_totals_of_each_side() -> None:
    by_source = {candidate: total["by_source"] for candidate, total in totals(reported(NA128), "NA-128").items()}
    assert by_source[RAJA] == {"agent:PTI": 142_727, "commission": 158_740}
    assert by_source[AWN] == {"agent:PTI": 59_900, "commission": 177_733}
    assert contest(reported(NA128), "NA-128")["stations"]["expected"] == 433
    assert totals(reported(NA128), "NA-128")[RAJA]["by_source_stations"] == {"agent:PTI": 392, "commission": 433}


def test_na128_copies_differ_at_171_of_392_stations_and_the_leader_at_152() -> None:
    (pair,) = contest(reported(NA128), "NA-128")["pairs"]
    assert (pair["common"], pair["differ"], pair["flips"]) == (392, 171, 152)
    assert len(found(reported(NA128), "C01", "conflict")) == 171


def test_na128_form_48_sums_to_the_declared_total_and_differs_from_the_commissions_own_form_45_at_16_stations() -> None:
    declared = checked(NA128).election.declared.collect()
    totals_only = declared.filter(declared["station"].is_null())
    assert totals_only.filter(item=AWN)["value"].to_list() == [172_576]
    rows = declared.drop_nulls("station")
    assert (len(rows), rows["value"].sum()) == (433, 172_576)
    assert not found(reported(NA128), "D03"), "the rows do add up to the total"
    differing = {one["station"]: one["figures"] for one in found(reported(NA128), "D01")}
    assert len(differing) == 16
    commission = {station: _votes(NA128, f"NA-128/{station}/commission", AWN) for station in ("135", "81", "129")}
    assert {station: (differing[station]["declared"], commission[station]) for station in commission} == {
        "135": (0, 803),
        "81": (0, 1780),
        "129": (1110, 110),
    }


def _votes(mapping: str, record: str, candidate: str) -> int:
    votes = checked(mapping).election.votes.filter(record=record, candidate=candidate).collect()
    return int(votes["votes"].item())


def test_na128_turnout_above_100_percent_at_3_stations() -> None:
    over = {one["station"] for one in found(reported(NA128), "R10") if one["contest"] == "NA-128"}
    assert over == {"94", "237", "280"}


def test_na128_national_and_provincial_ballots_differ_by_more_than_100_at_191_stations_and_na122_at_none() -> None:
    assert [one["differing"] for one in contest(reported(NA128), "NA-128")["siblings"]] == [191]
    assert len(found(reported(NA128), "S01", "lead")) == 191
    assert [one["differing"] for one in contest(reported(NA122), "NA-122")["siblings"]] == [0]
    assert not found(reported(NA122), "S01")


def test_na128_who_won_is_open_and_each_side_has_its_own_winner() -> None:
    one = contest(reported(NA128), "NA-128")
    assert one["winner"]["declared"] == [AWN]
    assert one["winner"]["changes"] == "open"
    assert {view["source"]: (view["winner"]["state"], view["winner"]["candidates"]) for view in one["views"]} == {
        "agent:PTI": ("proved", [RAJA]),
        "commission": ("proved", [AWN]),
    }
    assert [finding["kind"] for finding in found(reported(NA128), "D08")] == ["conflict"], "copies contradict; nothing is proved"


def test_na128_the_altered_forms_of_stations_135_and_394_are_named_one_digit() -> None:
    """The pictures of both copies of these two forms are public; figures as transcribed from them."""
    by_station = {one["station"]: one for one in found(reported(NA128), "C01")}
    for station, theirs, commissions in (("135", 203, 803), ("394", 260, 860)):
        assert dict(by_station[station]["cells"][0]["said"]) == {
            f"NA-128/{station}/agent:PTI": theirs,
            f"NA-128/{station}/commission": commissions,
        }
        assert by_station[station]["pattern"]["name"] == "one-digit-changed"
        assert by_station[station]["effect"]["gained"] == AWN


def test_na128_waterfall_ends_at_the_declared_margin() -> None:
    steps = contest(reported(NA128), "NA-128")["waterfall"]
    listed = sum(step["change"] for step in steps["steps"]) + steps["unlisted"]["change"]
    assert steps["start"] == 59_900 - 142_727
    assert steps["start"] + listed + steps["rest"] == steps["records"] == 177_733 - 158_740
    assert steps["records"] + steps["unexplained"] == steps["end"] == 172_576 - 159_024


def test_na238_copies_differ_and_the_leader_changes() -> None:
    """Published: 178 of 220 copies differ, 137 with another leader.

    The explained exceptions: at 7 of the 220 stations the candidate's columns are all zero, which is a place kept free and not a
    count (other transcriptions of the same copies have figures there). They make no record. All 7 are among the 178, and 3 of them,
    where the commission's copy has PTI ahead, among the 137.
    """
    (pair,) = contest(reported(NA238), "NA-238")["pairs"]
    empty = {"157", "158", "159", "160", "163", "164", "176"}
    have = set(checked(NA238).election.records.filter(source="agent:PTI").collect()["station"])
    assert not have & empty
    assert pair["common"] + len(empty) == 220
    assert pair["differ"] + len(empty) == 178
    ahead = {
        station
        for station in empty
        if _votes(NA238, f"NA-238/{station}/commission", "haleem-adil-sheikh")
        > _votes(NA238, f"NA-238/{station}/commission", "sadiq-iftikhar")
    }
    assert len(ahead) == 3
    assert pair["flips"] + len(ahead) == 137


def test_na242_copied_columns_are_no_agreement() -> None:
    (finding,) = found(reported(NA242), "C02")
    assert finding["kind"] == "gap"
    assert finding["figures"] == {"source_a": "agent:PTI", "source_b": "commission", "stations": 286}
    assert not found(reported(NA242), "C01")


def test_na122_control_differs_only_where_figures_really_differ() -> None:
    """Two press figures differ from the sum of the commission's own forms; three forms do not add up. Nothing else is a proof."""
    document = reported(NA122)
    sums = totals(document, "NA-122")
    proofs = [one for one in document["findings"] if one["kind"] == "proof"]
    assert {one["code"] for one in proofs} == {"D02", "R04"}
    for one in found(document, "D02"):
        total = sums[one["candidate"]]
        assert total["min"] == total["max"] != one["figures"]["declared"]
    assert contest(document, "NA-122")["winner"]["changes"] == "no"
    assert not [one for one in document["findings"] if one["kind"] == "conflict"]
