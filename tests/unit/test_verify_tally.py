"""specs/tabulation-v1.md, sentence by sentence, with the arithmetic by hand. The order is that of the text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tallyproof_verify.reading import Unreadable
from tallyproof_verify.tally import check, tally
from tests.support.builders import Built, build, dec, rec

Document = dict[str, Any]


@pytest.fixture
def say(tmp_path: Path) -> Any:
    """Built → the document of its first contest (and its areas by key)."""

    def one(built: Built, **options: Any) -> Document:
        document = tally(built.write(tmp_path / "package"), **options)
        contest: Document = document["contests"][0]
        contest["areas"] = {row["area"]: row for row in document["areas"] if row["contest"] == contest["contest"]}
        return contest

    return one


def span(contest: Document, candidate: str) -> tuple[int, int | None, int | None]:
    [row] = [row for row in contest["totals"] if row["candidate"] == candidate]
    return row["min"], row["max"], row["max_with_missing"]


def row_of(contest: Document, candidate: str) -> Document:
    [row] = [row for row in contest["totals"] if row["candidate"] == candidate]
    assert isinstance(row, dict)
    return row


def stations(contest: Document) -> tuple[int, int, int, int]:
    """expected, recorded, missing, disputed"""
    counts = contest["stations"]
    return counts["expected"], counts["recorded"], counts["missing"], counts["disputed"]


# --- 1. Which records stand -----------------------------------------------------------------------


def test_an_officers_later_act_retires_every_copy(say: Any) -> None:
    # the recount 7 replaces the counts 10 (officer) and 12 (agent): A = 7, undisputed
    contest = say(
        build(
            records=[
                rec("S1", "officer", A=10),
                rec("S1", "agent:X", A=12),
                rec("S1", "officer", A=7, act="recount", supersedes="S1/officer"),
            ]
        )
    )
    assert span(contest, "A")[:2] == (7, 7)
    assert stations(contest) == (1, 1, 0, 0)
    assert [one["source"] for one in contest["sources"]] == ["officer"]


def test_a_commissions_act_that_names_an_agents_copy_retires_the_officers_too(say: Any) -> None:
    # "every copy of E's act instance", whichever copy is named
    records = [
        rec("S1", "officer", A=10),
        rec("S1", "agent:X", A=12),
        rec("S1", "commission", A=7, act="ruling", supersedes="S1/agent:X"),
    ]
    assert span(say(build(records=records)), "A")[:2] == (7, 7)


@pytest.mark.parametrize("source", ["agent:X", "observer:O", "court:H", "scan"])
def test_anybody_elses_later_act_retires_only_their_own_record(say: Any, source: str) -> None:
    # the officer's 10 stays beside the new 7; their own 12 goes: A in 7..10, two acts stand, so disputed
    records = [
        rec("S1", "officer", A=10),
        rec("S1", source, A=12),
        rec("S1", source, A=7, act="recount", supersedes="S1/officer"),
    ]
    contest = say(build(records=records))
    assert span(contest, "A")[:2] == (7, 10)
    assert stations(contest) == (1, 1, 0, 1)


def test_an_act_does_not_retire_itself(say: Any) -> None:
    # both are the officer's count, version 1: neither goes, A in 10..12
    records = [rec("S1", "officer", A=10), rec("S1", "officer", A=12, key="again", supersedes="S1/officer")]
    assert span(say(build(records=records)), "A")[:2] == (10, 12)


def test_a_later_version_of_the_same_act_is_another_instance(say: Any) -> None:
    records = [rec("S1", "officer", A=10), rec("S1", "officer", A=12, version=2, supersedes="S1/officer")]
    assert span(say(build(records=records)), "A")[:2] == (12, 12)


def test_act_and_version_that_are_left_out_are_count_and_1(say: Any) -> None:
    # the same act instance twice, so one act stands: agreeing copies, undisputed
    records = [rec("S1", "officer", A=10), rec("S1", "agent:X", A=10, act="count", version=1)]
    assert stations(say(build(records=records))) == (1, 1, 0, 0)


def test_retiring_is_not_undone(say: Any) -> None:
    # count 10 → recount 8 → ruling 9: only the ruling stands, although the recount that retired the count is retired
    records = [
        rec("S1", "officer", A=10),
        rec("S1", "officer", A=8, act="recount", supersedes="S1/officer"),
        rec("S1", "officer", A=9, act="ruling", supersedes="S1/officer/recount"),
    ]
    contest = say(build(records=records))
    assert span(contest, "A")[:2] == (9, 9)
    assert stations(contest) == (1, 1, 0, 0)


def test_copies_are_never_ranked(say: Any) -> None:
    # 10 and 12 compete: 10 <= A <= 12, whoever the officer is
    contest = say(build(records=[rec("S1", "officer", A=10), rec("S1", "agent:X", A=12)]))
    assert span(contest, "A")[:2] == (10, 12)
    assert stations(contest) == (1, 1, 0, 1)


def test_trust_keeps_one_source_and_the_others_stations_are_missing(say: Any) -> None:
    # trusting X: S1 says 12; S2 has no copy of X: missing, with a roll of 100: at most 112
    built = build(stations={"S1": 100, "S2": 100}, records=[rec("S1", A=10), rec("S1", "agent:X", A=12), rec("S2", A=5)])
    contest = say(built, trust="agent:X")
    assert span(contest, "A") == (12, 12, 112)
    assert stations(contest) == (2, 1, 1, 0)
    assert contest["missing"] == ["S2"]
    assert [one["source"] for one in contest["sources"]] == ["agent:X"]


def test_trust_comes_after_retiring(say: Any) -> None:
    # the officer's recount has retired X's copy at S1: trusting X leaves S2
    records = [rec("S1", A=10), rec("S1", "agent:X", A=12), rec("S1", A=7, act="recount", supersedes="S1/officer")]
    assert stations(say(build(records=[*records, rec("S2", "agent:X", A=1)]), trust="agent:X")) == (2, 1, 1, 0)
    with pytest.raises(Unreadable, match="no standing record is of the source 'agent:X'; there are officer"):
        say(build(records=records), trust="agent:X")


# --- 2. Stations ----------------------------------------------------------------------------------


def test_expected_are_the_listed_the_recorded_and_the_declared_stations(tmp_path: Path) -> None:
    # S1 listed, S2 only a record, S3 only a declared row, S4 of another contest: 3 expected
    built = build(
        {"NA-1": "A B", "PS-1": "A B"},
        {"S1": {"NA-1": 10}, "S2": {}, "S3": {}, "S4": {"PS-1": 10}},
        [rec("S2", A=1)],
        [dec(station="S3", A=1)],
    )
    first, second = tally(built.write(tmp_path / "package"))["contests"]
    assert stations(first) == (3, 1, 2, 0)
    assert stations(second) == (1, 0, 1, 0)


@pytest.mark.parametrize(("stated", "expected"), [(5, 5), (2, 2), (1, 2), (None, 2)])
def test_a_larger_number_of_stations_adds_stations_without_a_name(say: Any, stated: int | None, expected: int) -> None:
    # two are named; 5 stated: 3 more, missing; fewer stated than named: the named count
    contest = say(build(stations={"S1": 10, "S2": 10}, records=[rec("S1", A=1), rec("S2", A=1)], n_stations=stated))
    assert stations(contest) == (expected, 2, expected - 2, 0)
    assert contest["missing"] == []
    assert span(contest, "A") == (2, 2, 2 if expected == 2 else None)  # a station without a name has no known register


def test_a_station_with_no_figure_read_is_missing(say: Any) -> None:
    # S1: all votes unread, only the register is read: missing. S2: rejected is read: recorded
    contest = say(build(records=[rec("S1", A=None, B=None, registered=50, blank=3), rec("S2", A=None, rejected=0)]))
    assert stations(contest) == (2, 1, 1, 0)
    assert contest["missing"] == ["S1"]


def test_a_missing_station_is_not_disputed(say: Any) -> None:
    # two acts stand at S1, neither with a figure
    contest = say(build(records=[rec("S1", A=None), rec("S1", A=None, act="recount")]))
    assert stations(contest) == (1, 0, 1, 0)


def test_the_roll_is_the_listed_one_else_the_largest_on_the_standing_records(say: Any) -> None:
    # all three are missing (nothing read). S1 listed 100 (form: 900). S2: forms say 40 and 60: 60. Together 160
    built = build(
        stations={"S1": 100, "S2": None},
        records=[rec("S1", registered=900), rec("S2", registered=40), rec("S2", "agent:X", registered=60)],
    )
    assert span(say(built), "A") == (0, 0, 160)
    # trusting X: S1 has no record but its listed roll; S2 60
    assert span(say(built, trust="agent:X"), "A") == (0, 0, 160)
    # trusting the officer: 100 + 40
    assert span(say(built, trust="officer"), "A") == (0, 0, 140)


def test_a_roll_that_nobody_states_is_unknown(say: Any) -> None:
    assert span(say(build(stations={"S1": None}, records=[])), "A") == (0, 0, None)


@pytest.mark.parametrize("figure", ["A", "in_box", "valid", "rejected", "blank"])
def test_two_different_counts_make_a_dispute(say: Any, figure: str) -> None:
    same = {"A": 1, "in_box": 9, "valid": 5, "rejected": 4, "blank": 2}
    contest = say(build(records=[rec("S1", votes=same), rec("S1", "agent:X", votes={**same, figure: 8})]))
    assert stations(contest) == (1, 1, 0, 1)


@pytest.mark.parametrize("figure", ["registered", "issued", "spoilt"])
def test_other_boxes_make_no_dispute(say: Any, figure: str) -> None:
    contest = say(build(records=[rec("S1", A=1, votes={figure: 1}), rec("S1", "agent:X", A=1, votes={figure: 8})]))
    assert stations(contest) == (1, 1, 0, 0)


def test_an_unread_figure_is_no_different_count(say: Any) -> None:
    contest = say(build(records=[rec("S1", A=1, B=2), rec("S1", "agent:X", A=1, B=None)]))
    assert stations(contest) == (1, 1, 0, 0)
    assert span(contest, "B")[:2] == (2, 2)


def test_two_acts_that_stand_make_a_dispute_though_they_agree(say: Any) -> None:
    contest = say(build(records=[rec("S1", A=1), rec("S1", A=1, act="recount")]))
    assert stations(contest) == (1, 1, 0, 1)
    # another version is another act instance, whoever's; a record without a figure says nothing
    assert stations(say(build(records=[rec("S1", A=1), rec("S1", "agent:X", A=1, version=2)]))) == (1, 1, 0, 1)
    assert stations(say(build(records=[rec("S1", A=1), rec("S1", A=None, act="recount")]))) == (1, 1, 0, 0)


@pytest.mark.parametrize(
    ("boxes", "roll", "most"),
    [
        ({"valid": 50, "in_box": 70}, 90, 20),  # valid 50 − 30 read
        ({"in_box": 70}, 90, 40),  # in_box 70 − 30
        ({}, 90, 60),  # roll 90 − 30
        ({}, None, None),  # nothing bounds it
        ({"valid": 10, "in_box": 70}, 90, 0),  # the read votes exceed valid: never below 0
    ],
)
def test_the_room_of_an_unread_figure(say: Any, boxes: dict[str, int], roll: int | None, most: int | None) -> None:
    contest = say(build("A B C", {"S1": roll}, [rec("S1", A=10, B=20, C=None, votes=boxes)]))
    assert span(contest, "C")[:2] == (0, most)
    assert span(contest, "A")[:2] == (10, 10)


def test_a_candidate_without_a_row_is_unread(say: Any) -> None:
    contest = say(build("A B C", {"S1": None}, [rec("S1", A=10, B=20, C=None, valid=50, without="C")]))
    assert span(contest, "C")[:2] == (0, 20)


def test_the_largest_room_of_the_copies_that_say_anything(say: Any) -> None:
    # officer 50 − 30 = 20, X 45 − 30 = 15, Y has nothing read and bounds nothing: 20
    copies = [
        rec("S1", "officer", A=10, B=20, valid=50),
        rec("S1", "agent:X", A=10, B=20, valid=45),
        rec("S1", "agent:Y", A=None, B=None),
    ]
    assert span(say(build("A B C", records=copies)), "C")[:2] == (0, 20)
    # a copy whose room is unknown makes it unknown
    copies[2] = rec("S1", "agent:Y", A=10)
    assert span(say(build("A B C", records=copies)), "C")[:2] == (0, None)


def test_zero_is_read(say: Any) -> None:
    contest = say(build(records=[rec("S1", A=0, B=0)]))
    assert stations(contest) == (1, 1, 0, 0)
    assert (row_of(contest, "A")["unread"], span(contest, "A")[:2]) == (0, (0, 0))


# --- 3. Totals ------------------------------------------------------------------------------------


def test_min_and_max_are_sums_over_the_recorded_stations(say: Any) -> None:
    # A: S1 10..12, S2 5, S3 unread with room 9 − 4 = 5, so 0..5: 15..22
    built = build(
        records=[rec("S1", A=10, B=1), rec("S1", "agent:X", A=12, B=1), rec("S2", A=5, B=1), rec("S3", A=None, B=4, valid=9)],
    )
    contest = say(built)
    assert span(contest, "A")[:2] == (15, 22)
    assert row_of(contest, "A")["unread"] == 1


def test_missing_stations_can_hold_their_register(say: Any) -> None:
    # 10 recorded, S2 and S3 missing with 100 and 33
    built = build(stations={"S1": 500, "S2": 100, "S3": 33}, records=[rec("S1", A=10, B=0)])
    assert span(say(built), "A") == (10, 10, 143)
    # a turnout of 50 %: floor(50) + floor(16.5) = 66
    assert span(say(built, turnout=50), "A") == (10, 10, 76)
    assert span(say(built, turnout=0), "A") == (10, 10, 10)
    assert span(say(built, turnout=100), "A") == (10, 10, 143)


def test_the_contests_register_less_the_known_rolls(say: Any) -> None:
    # S2 is missing and unknown; 700 − 500 (S1) = 200 for all missing together
    built = build(stations={"S1": 500, "S2": None}, records=[rec("S1", A=10)], registered=700)
    assert span(say(built), "A") == (10, 10, 210)
    # of 200, 33 % is 66
    assert span(say(built, turnout=33), "A") == (10, 10, 76)


def test_the_remainder_takes_the_place_of_known_rolls_of_missing_stations_too(say: Any) -> None:
    # S2 150 known, S3 unknown: not 150 + something, but 700 − 500 = 200 for both
    built = build(stations={"S1": 500, "S2": 150, "S3": None}, records=[rec("S1", A=10)], registered=700)
    assert span(say(built), "A") == (10, 10, 210)


def test_the_remainder_is_never_negative_and_needs_every_recorded_roll(say: Any) -> None:
    built = build(stations={"S1": 500, "S2": None}, records=[rec("S1", A=10)], registered=400)
    assert span(say(built), "A") == (10, 10, 10)
    built = build(stations={"S1": None, "S2": None}, records=[rec("S1", A=10)], registered=700)
    assert span(say(built), "A") == (10, 10, None)


def test_known_rolls_are_used_before_the_contests_register(say: Any) -> None:
    built = build(stations={"S1": 500, "S2": 100}, records=[rec("S1", A=10)], registered=9000)
    assert span(say(built), "A") == (10, 10, 110)


def test_by_source_adds_what_each_source_reads(say: Any) -> None:
    # officer 10 + 5, X 12 (unread at S2); X has a record at both stations
    contest = say(build(records=[rec("S1", A=10), rec("S1", "agent:X", A=12), rec("S2", A=5), rec("S2", "agent:X", A=None)]))
    row = row_of(contest, "A")
    assert row["by_source"] == {"officer": 15, "agent:X": 12}
    assert row["by_source_stations"] == {"officer": 2, "agent:X": 2}
    assert contest["sources"] == [
        {"source": "agent:X", "stations": 2, "records": 2},
        {"source": "officer", "stations": 2, "records": 2},
    ]


def test_by_source_takes_the_highest_version_then_the_greatest_key(say: Any) -> None:
    # version 10 before 9 (a number, not text)
    copies = [rec("S1", A=1, version=9, key="z"), rec("S1", A=2, version=10, key="a")]
    contest = say(build(records=copies))
    assert row_of(contest, "A")["by_source"] == {"officer": 2}
    assert contest["sources"] == [{"source": "officer", "stations": 1, "records": 2}]
    # the same version: key "b10" < "b9" by code point
    copies = [rec("S1", A=1, key="b9"), rec("S1", A=2, key="b10")]
    assert row_of(say(build(records=copies)), "A")["by_source"] == {"officer": 1}


def test_the_chosen_record_counts_though_it_is_unread(say: Any) -> None:
    copies = [rec("S1", A=1, B=1), rec("S1", A=None, B=2, version=2)]
    assert row_of(say(build(records=copies)), "A")["by_source"] == {"officer": 0}


def test_boxes_are_added_too_and_unread_ones_have_no_upper_end(say: Any) -> None:
    # valid: S1 30 or 31, S2 unread
    contest = say(build(records=[rec("S1", A=1, valid=30), rec("S1", "agent:X", A=1, valid=31), rec("S2", A=1, in_box=7)]))
    valid = contest["boxes"]["valid"]
    assert (valid["min"], valid["max"], valid["unread"]) == (30, None, 1)
    assert valid["by_source"] == {"agent:X": 31, "officer": 30}
    assert sorted(contest["boxes"]) == ["in_box", "rejected", "valid"]


def test_an_area_holds_its_own_stations_and_those_below(say: Any) -> None:
    # P ⊃ D1 ⊃ U1: U1 = 1, D1 = 1 + 2, P = 1 + 2 + 4; S4 in D2 is missing with a roll of 8
    built = build(
        stations={"S1": 9, "S2": 9, "S3": 9, "S4": 8},
        records=[rec("S1", A=1), rec("S2", A=2), rec("S3", A=4)],
        declared=[dec(area="D1", A=5), dec(area="D9", A=1)],
        areas={"P": "", "D1": "P", "U1": "D1", "D2": "P", "D9": ""},
        area_of={"S1": "U1", "S2": "D1", "S3": "P", "S4": "D2"},
    )
    contest = say(built)
    spans = {area: span(row, "A") for area, row in contest["areas"].items()}
    assert spans == {"U1": (1, 1, 1), "D1": (3, 3, 3), "P": (7, 7, 15), "D2": (0, 0, 8), "D9": (0, 0, 0)}
    assert stations(contest["areas"]["P"]) == (4, 3, 1, 0)
    declared = row_of(contest["areas"]["D1"], "A")
    assert (declared["declared"], declared["delta"]) == ({"final/1": 5}, {"final/1": [2, 2]})


@pytest.mark.parametrize("where", ["a station without an area", "a station without a name"])
def test_areas_have_no_upper_end_if_a_station_may_lie_anywhere(say: Any, where: str) -> None:
    built = build(
        stations={"S1": 9, "S2": 9},
        records=[rec("S1", A=1), rec("S2", A=2)],
        areas={"D1": ""},
        area_of={"S1": "D1", "S2": "" if where == "a station without an area" else "D1"},
        n_stations=2 if where == "a station without an area" else 3,
    )
    assert span(say(built)["areas"]["D1"], "A")[2] is None


def test_the_contests_register_says_nothing_of_areas(say: Any) -> None:
    built = build(
        stations={"S1": 9, "S2": None}, records=[rec("S1", A=1)], areas={"D1": ""}, area_of={"S1": "D1", "S2": "D1"}, registered=20
    )
    contest = say(built)
    assert span(contest, "A") == (1, 1, 12)
    assert span(contest["areas"]["D1"], "A") == (1, 1, None)


# --- 4. Winner ------------------------------------------------------------------------------------


def won(contest: Document) -> tuple[str, list[str]]:
    by_records = contest["winner"]["by_records"]
    return by_records["state"], by_records["candidates"]


def margin(contest: Document) -> tuple[int | None, int | None]:
    lo, hi = contest["margin"]["by_records"]
    return lo, hi


def test_copies_move_the_gap_together_not_each_figure_for_itself(say: Any) -> None:
    # officer 20 − 10 = 10, X 15 − 12 = 3: the gap is 3..10 (not 15 − 12 … 20 − 10 apart: low A − high B = 3 here; see the next)
    contest = say(build(records=[rec("S1", A=20, B=10), rec("S1", "agent:X", A=15, B=12)]))
    assert margin(contest) == (3, 10)
    # officer 20 − 18 = 2, X 15 − 12 = 3: the gap is 2..3, although low A − high B = 15 − 18 = −3: A is proved
    contest = say(build(records=[rec("S1", A=20, B=18), rec("S1", "agent:X", A=15, B=12)]))
    assert margin(contest) == (2, 3)
    assert won(contest) == ("proved", ["A"])


def test_an_unread_figure_in_the_gap_is_anything_in_the_room(say: Any) -> None:
    # A 20, B unread with room 25 − 20 = 5: A − B in 15..20
    assert margin(say(build(records=[rec("S1", A=20, B=None, valid=25)]))) == (15, 20)
    # both unread, room 25: −25..25
    assert margin(say(build(records=[rec("S1", A=None, B=None, valid=25)]))) == (-25, 25)
    # no bound: A − B at most 20
    assert margin(say(build(records=[rec("S1", A=20, B=None)]))) == (None, 20)


def test_another_copys_figure_stands_in_for_an_unread_one(say: Any) -> None:
    # X does not read B; the officer does: 10. X: 20 − 10. Nothing widens
    contest = say(build(records=[rec("S1", A=20, B=10), rec("S1", "agent:X", A=20, B=None)]))
    assert margin(contest) == (10, 10)
    # X reads A as 25: 25 − 10 = 15 beside the officer's 10
    contest = say(build(records=[rec("S1", A=20, B=10), rec("S1", "agent:X", A=25, B=None)]))
    assert margin(contest) == (10, 15)


def test_a_copy_with_nothing_read_changes_nothing(say: Any) -> None:
    contest = say(build(stations={"S1": 500}, records=[rec("S1", A=20, B=10), rec("S1", "agent:X", A=None, B=None)]))
    assert margin(contest) == (10, 10)


def test_missing_stations_move_the_gap_both_ways(say: Any) -> None:
    # 100 − 40 = 60, a missing register of 59: 1..119, proved; of 60: 0..120, open
    def built(roll: int) -> Built:
        return build(stations={"S1": 500, "S2": roll}, records=[rec("S1", A=100, B=40)])

    assert margin(say(built(59))) == (1, 119)
    assert won(say(built(59))) == ("proved", ["A"])
    assert margin(say(built(60))) == (0, 120)
    assert won(say(built(60))) == ("open", ["A", "B"])


def test_a_candidate_that_cannot_win_any_more_is_refuted(say: Any) -> None:
    # C: 5 − 100 + 60 < 0, so refuted; B: 60 − 100 + 60 = 20: open
    contest = say(build("A B C", {"S1": 500, "S2": 60}, [rec("S1", A=100, B=60, C=5)]))
    assert won(contest) == ("open", ["A", "B"])


def test_an_unknown_register_leaves_everything_open(say: Any) -> None:
    contest = say(build(stations={"S1": 500, "S2": None}, records=[rec("S1", A=400, B=0)]))
    assert margin(contest) == (None, None)
    assert won(contest) == ("open", ["A", "B"])


def test_several_seats(say: Any) -> None:
    # 30, 20, 10 for two seats: A and C by votes; in ballot order. The margin is at the last seat: 20 − 10
    contest = say(build("A B C", records=[rec("S1", A=30, B=10, C=20)], seats=2))
    assert won(contest) == ("proved", ["A", "C"])
    assert margin(contest) == (10, 10)
    # one seat proved, the other not: state open, and B, C are not refuted
    contest = say(build("A B C", {"S1": 900, "S2": 15}, [rec("S1", A=300, B=10, C=20)], seats=2))
    assert won(contest) == ("open", ["A", "B", "C"])


def test_no_more_candidates_than_seats(say: Any) -> None:
    contest = say(build("A B", records=[rec("S1", A=3, B=0)], seats=2))
    assert won(contest) == ("proved", ["A", "B"])
    assert contest["margin"]["by_records"] is None
    assert won(say(build("A", {"S1": None}, []))) == ("proved", ["A"])


def test_a_contest_of_rule_none_has_no_winner(say: Any) -> None:
    contest = say(build(records=[rec("S1", A=3, B=0)], declared={"A": 3, "B": 0}, rule="none"))
    assert won(contest) == ("open", [])
    assert contest["winner"] == {
        "by_records": {"state": "open", "candidates": [], "tie": False},
        "declared": [],
        "declared_state": None,
        "changes": None,
    }
    assert contest["margin"] == {"by_records": None, "declared": None}
    assert contest["views"][0]["margin"] is None


def test_a_tie_at_the_last_seat(say: Any) -> None:
    contest = say(build("A B C", records=[rec("S1", A=7, B=7, C=1)]))
    assert contest["winner"]["by_records"] == {"state": "open", "candidates": ["A", "B"], "tie": True}
    # two seats: the tie is not at the last one
    contest = say(build("A B C", records=[rec("S1", A=7, B=7, C=1)], seats=2))
    assert contest["winner"]["by_records"] == {"state": "proved", "candidates": ["A", "B"], "tie": False}


@pytest.mark.parametrize(
    "built",
    [
        build(stations={"S1": 9, "S2": 0}, records=[rec("S1", A=7, B=7)]),  # a station is missing, though nobody is registered
        build(records=[rec("S1", A=7, B=7), rec("S1", "agent:X", A=7, B=7, valid=1), rec("S1", "scan", valid=2)]),  # disputed
        build(records=[rec("S1", A=7, B=7), rec("S2", A=None, B=0, valid=0)]),  # a figure is unread
        build(stations={}, records=[]),  # no station at all
    ],
)
def test_no_tie_while_anything_is_out(say: Any, built: Built) -> None:
    by_records = say(built)["winner"]["by_records"]
    assert (by_records["state"], by_records["tie"]) == ("open", False)


def test_the_declared_winner_is_that_of_the_latest_declaration(say: Any) -> None:
    declared = [dec("provisional", 9, A=1, B=99), dec("final", 1, A=5, B=9), dec("final", 2, A=10, B=4), dec("final", 3, valid=14)]
    contest = say(build(records=[rec("S1", A=10, B=4)], declared=declared))
    # final/2: A; final/3 gives no candidate a figure
    assert contest["winner"]["declared"] == ["A"]
    assert contest["margin"]["declared"] == 6
    assert (contest["winner"]["declared_state"], contest["winner"]["changes"]) == ("proved", "no")


def test_versions_are_numbers(say: Any) -> None:
    contest = say(build(records=[rec("S1", A=10, B=4)], declared=[dec("final", 9, A=1, B=2), dec("final", 10, A=2, B=1)]))
    assert contest["winner"]["declared"] == ["A"]


def test_a_later_version_is_a_whole_declaration(say: Any) -> None:
    contest = say(build(records=[rec("S1", A=10, B=4)], declared=[dec("final", 1, A=10, B=4), dec("final", 2, B=5)]))
    assert contest["winner"]["declared"] == ["B"]
    assert contest["margin"]["declared"] is None


def test_only_contest_level_rows_declare_a_winner(say: Any) -> None:
    declared = [dec(station="S1", A=1, B=9), dec(area="D", A=1, B=9)]
    contest = say(build(records=[rec("S1", A=10, B=4)], declared=declared, areas={"D": ""}, area_of={"S1": "D"}))
    assert contest["winner"]["declared"] == []
    assert (contest["winner"]["declared_state"], contest["winner"]["changes"]) == (None, None)


def test_a_declared_tie_for_the_last_seat_declares_nobody(say: Any) -> None:
    contest = say(build(records=[rec("S1", A=10, B=4)], declared={"A": 4, "B": 4}))
    assert contest["winner"]["declared"] == []
    assert contest["margin"]["declared"] is None


def test_several_declared_winners_stand_in_ballot_order(say: Any) -> None:
    # C 30, A 20, B 5: A and C; the margin is 20 − 5. A and B are proved by the records: C is refuted
    contest = say(build("A B C", records=[rec("S1", A=30, B=20, C=10)], declared={"A": 20, "B": 5, "C": 30}, seats=2))
    assert contest["winner"]["declared"] == ["A", "C"]
    assert contest["margin"]["declared"] == 15
    assert (contest["winner"]["declared_state"], contest["winner"]["changes"]) == ("refuted", "yes")


def test_a_refuted_and_an_open_declared_winner(say: Any) -> None:
    declared = {"A": 10, "B": 40}
    contest = say(build(stations={"S1": 90, "S2": 59}, records=[rec("S1", A=100, B=40)], declared=declared))
    assert (contest["winner"]["declared_state"], contest["winner"]["changes"]) == ("refuted", "yes")
    contest = say(build(stations={"S1": 90, "S2": 60}, records=[rec("S1", A=100, B=40)], declared=declared))
    assert (contest["winner"]["declared_state"], contest["winner"]["changes"]) == ("open", "open")


def test_of_two_declared_winners_one_proved_and_one_open_is_open(say: Any) -> None:
    # 15 missing: A is ahead of both by 280; B 10 and C 20 are open
    declared = {"A": 300, "B": 10, "C": 20}
    contest = say(build("A B C", {"S1": 900, "S2": 15}, [rec("S1", A=300, B=10, C=20)], declared, seats=2))
    assert contest["winner"]["declared"] == ["A", "C"]
    assert (contest["winner"]["declared_state"], contest["winner"]["changes"]) == ("open", "open")


def test_no_record_changes_nothing(say: Any) -> None:
    contest = say(build(stations={"S1": 90}, records=[], declared={"A": 10, "B": 40}))
    assert contest["winner"]["declared"] == ["B"]
    assert (contest["winner"]["declared_state"], contest["winner"]["changes"]) == (None, None)
    assert contest["margin"] == {"by_records": None, "declared": 30}


def test_the_margin_is_between_the_last_winner_and_the_first_loser_by_min(say: Any) -> None:
    # min: A 10, B 12, C 12 (ties in ballot order): winner B, loser C: 12 − (12..20)
    copies = [rec("S1", A=10, B=12, C=12), rec("S1", "agent:X", A=10, B=12, C=20)]
    assert margin(say(build("A B C", records=copies))) == (-8, 0)


def test_views_are_what_trusting_each_source_says(say: Any) -> None:
    # officer: S1 A 10 B 4, S2 missing (8): gap 6 − 8 … 6 + 8. X: S1 A 3 B 4, S2 A 1 B 5: B by 5
    built = build(
        stations={"S1": 90, "S2": 8},
        records=[rec("S1", A=10, B=4), rec("S1", "agent:X", A=3, B=4), rec("S2", "agent:X", A=1, B=5)],
    )
    expected = [
        {
            "source": "agent:X",
            "stations": 2,
            "totals": {"A": 4, "B": 9},
            "winner": {"state": "proved", "candidates": ["B"], "tie": False},
            "margin": [5, 5],
        },
        {
            "source": "officer",
            "stations": 1,
            "totals": {"A": 10, "B": 4},
            "winner": {"state": "open", "candidates": ["A", "B"], "tie": False},
            "margin": [-2, 14],
        },
    ]
    assert say(built)["views"] == expected
    assert say(built, trust="officer")["views"] == []


@pytest.mark.parametrize(("agents", "views"), [(12, 12), (13, 0)])
def test_no_views_of_more_than_12_sources(say: Any, agents: int, views: int) -> None:
    copies = [rec("S1", f"agent:{number}", A=10, contest="NA-1" if number else "PS-1") for number in range(agents)]
    contest = say(build({"NA-1": "A B", "PS-1": "A B"}, records=copies))
    assert len(contest["views"]) == max(0, views - 1)


# --- 5. Declared figures --------------------------------------------------------------------------


def test_delta_is_an_interval(say: Any) -> None:
    # A 10..12: declared 15 is 3..5 more. B has no upper end: 20 is at most 16 more
    built = build(
        records=[rec("S1", A=10, B=4), rec("S1", "agent:X", A=12, B=4), rec("S2", A=0, B=None)],
        declared=[dec(A=15, B=20, valid=30), dec("provisional", 2, A=11)],
    )
    contest = say(built)
    assert row_of(contest, "A")["delta"] == {"final/1": [3, 5], "provisional/2": [-1, 1]}
    assert row_of(contest, "A")["declared"] == {"final/1": 15, "provisional/2": 11}
    assert row_of(contest, "B")["delta"] == {"final/1": [None, 16]}
    assert contest["boxes"]["valid"]["delta"] == {"final/1": [None, 30]}


@pytest.mark.parametrize(("declared", "words"), [(9, "at least 10"), (10, ""), (22, ""), (23, "at most 22")])
def test_a_declared_figure_below_or_above_is_a_contradiction(tmp_path: Path, declared: int, words: str) -> None:
    # A 10..12 and a missing register of 10: 10..22
    built = build(
        stations={"S1": 50, "S2": 10},
        records=[rec("S1", A=10), rec("S1", "agent:X", A=12)],
        declared={"A": declared},
    )
    _, contradictions = check(built.write(tmp_path / "package"))
    assert [words in one for one in contradictions] == ([True] if words else [])


def test_boxes_and_areas_are_contradicted_too(tmp_path: Path) -> None:
    built = build(
        stations={"S1": 50, "S2": 10},
        records=[rec("S1", A=10, valid=10)],
        declared=[dec(valid=21), dec(area="D", A=9, B=0)],
        areas={"D": ""},
        area_of={"S1": "D", "S2": "D"},
    )
    _, contradictions = check(built.write(tmp_path / "package"))
    assert contradictions == [
        "NA-1: final/1 gives valid 21, the records at most 20",
        "NA-1, D: final/1 gives A 9, the records at least 10",
    ]


def test_a_station_row_is_neither_at_area_nor_at_contest_level(say: Any) -> None:
    contest = say(build(records=[rec("S1", A=10)], declared=[dec(station="S1", A=1)], areas={"D": ""}, area_of={"S1": "D"}))
    assert row_of(contest, "A")["declared"] == {}
    assert row_of(contest["areas"]["D"], "A")["declared"] == {}
