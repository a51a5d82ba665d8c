"""A log as tables: sound packages, prefixes, what is left out; and what the tabulation and its twin make of them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tallyproof.compare.logged import LogProblem, Weight, judge_declarations, verify_log
from tallyproof.formats.package import read_package, write_package
from tallyproof.model.tables import TABLES
from tallyproof.record.book import Book
from tallyproof.record.replay import Replay, election, tables
from tallyproof.tabulate.frames import frames
from tallyproof.tabulate.tabulation import prepare, tabulate
from tallyproof_verify.tally import tally
from tests.support.entry_cases import index_of, whole
from tests.support.entry_logs import AUTHORITY, DEFINITION, OFFICER, ORIGIN, RO, RULES, Writer, count, votes


def rows(frame: pl.LazyFrame, *names: str) -> list[tuple[object, ...]]:
    return frame.select(names).collect().rows()


@pytest.mark.parametrize("size", [None, 0, 1, 2, 5, 12, 20, 26, 32, 34, 40])
def test_every_prefix_is_a_sound_package(size: int | None, tmp_path: Path) -> None:
    made = election(whole().ledger.book, size)
    for name, table in TABLES.items():
        assert made.table(name).collect_schema() == table.schema
    if size is not None and size < 3:
        return  # a package without candidates is not one
    write_package(made, tmp_path / "package")
    again = read_package(tmp_path / "package")
    for name in ("contests", "candidates", "station_contests", "records", "votes", "declared"):
        key = list(TABLES[name].key)
        columns = [column for column in TABLES[name].schema if column not in ("act", "version", "rule", "seats", "unread")]
        assert made.table(name).sort(key).select(columns).collect().equals(again.table(name).sort(key).select(columns).collect()), name


def test_figures_are_kept_as_written() -> None:
    made = election(whole().ledger.book)
    ids = whole().ids
    assert rows(made.votes.filter(pl.col("record") == ids["4"]), "candidate", "votes", "unread") == [
        ("ali", 40, None),
        ("bano", None, "blank"),
        ("chand", 4, None),
    ]
    second = made.records.filter(pl.col("record") == ids["2"])
    assert rows(second, "contest", "station", "source", "act", "version", "supersedes", "in_box", "valid") == [
        ("NA-1", "2", "officer", "count", 1, None, 160, None)
    ]
    assert rows(made.votes.filter(pl.col("record") == ids["2"], pl.col("candidate") == "chand"), "votes", "unread") == [(None, "illegible")]
    ruling = made.records.filter(pl.col("record") == ids["2 ruling"])
    assert rows(ruling, "source", "act", "supersedes") == [("commission", "ruling", ids["2"])]
    assert rows(made.records.filter(pl.col("source") == "scan"), "record", "image_sha256")[0][0] == ids["3"]


def test_unread_boxes_say_why() -> None:
    log = whole().cut(index_of("tabulation"))
    again = {**count("6", {}, boxes={"in_box": "illegible", "valid": 3, "rejected": "not-on-form"}), "source": "commission"}
    record = log.add("station-record/v1", again, *AUTHORITY)
    found = election(log.ledger.book).records.filter(pl.col("record") == record)
    assert rows(found, "in_box", "valid", "rejected", "unread") == [(None, 3, None, "in_box:illegible rejected:not-on-form")]


def test_what_the_package_says_of_itself() -> None:
    about = election(whole().ledger.book).about
    assert (about.name, about.title, about.title_ur, about.held_on) == ("general-2027", "General election", "عام انتخابات", "2027-02-08")
    assert election(Book()).about.name == "unnamed"


def test_the_whole_log_tabulated(tmp_path: Path) -> None:
    made = election(whole().ledger.book)
    totals = tabulate(prepare(frames(made))).contests
    na, ps = totals["NA-1"], totals["PS-1"]
    assert (na.expected, na.recorded, na.missing, na.sums.disputed) == (5, 4, 1, 0)
    assert [cell.low for cell in na.sums.votes] == [68, 250, 40]
    assert [cell.low for cell in ps.sums.votes] == [300, 200, 200]
    write_package(made, tmp_path / "package")
    twin = tally(tmp_path / "package")["contests"]
    assert [one["min"] for one in twin[0]["totals"]] == [68, 250, 40]
    assert twin[0]["stations"] == {"expected": 5, "recorded": 4, "missing": 1, "disputed": 0}
    assert twin[0]["winner"]["declared"] == ["bano"]


def test_a_prefix_has_what_was_known_then(tmp_path: Path) -> None:
    write_package(election(whole().ledger.book, index_of("tabulation")), tmp_path / "package")
    na = tally(tmp_path / "package")["contests"][0]
    assert na["stations"] == {"expected": 6, "recorded": 5, "missing": 1, "disputed": 1}
    # the disputed station: ali 10 or 100, bano 50 or 140; chand is read by one copy alone, and at station 3 by none: room for 500 - 7
    assert [(one["min"], one["max"]) for one in na["totals"]] == [(968, 1058), (161, 251), (40, 40 + 493)]
    assert na["winner"]["declared"] == []


def test_a_prefix_is_what_a_fold_of_the_prefix_gives() -> None:
    for size in range(whole().size + 1):
        one, other = election(whole().ledger.book, size), election(whole().cut(size).ledger.book)
        for name in TABLES:
            assert one.table(name).collect().equals(other.table(name).collect()), (size, name)


def test_an_excluded_station_is_left_out_everywhere() -> None:
    before, after = (election(whole().ledger.book, size) for size in (index_of("out"), index_of("out") + 1))
    assert len(rows(before.records.filter(pl.col("station") == "5"), "record")) == 1
    for name in ("records", "station_contests", "stations"):
        assert rows(after.table(name).filter(pl.col("station") == "5"), "station") == []
    assert rows(before.contests, "contest", "stations") == [("NA-1", 6), ("PS-1", 1)]
    assert rows(after.contests, "contest", "stations") == [("NA-1", 5), ("PS-1", 1)]


def test_the_same_contest_after_several_sizes_side_by_side() -> None:
    replay = Replay(whole().ledger.book)
    sizes = (index_of("2"), index_of("tabulation"), index_of("PS declared"))
    made = tables({f"after {size}": replay.part("NA-1", size) for size in sizes})
    together = tabulate(prepare(frames(made)), areas=False).contests
    for size in sizes:
        alone = tabulate(prepare(frames(election(whole().ledger.book, size)))).contests["NA-1"]
        beside = together[f"after {size}"]
        assert (beside.expected, beside.recorded, beside.sums.disputed) == (alone.expected, alone.recorded, alone.sums.disputed)
        assert [(cell.low, cell.upper) for cell in beside.sums.votes[:3]] == [(cell.low, cell.upper) for cell in alone.sums.votes[:3]]


def test_of_two_declarations_of_one_version_the_first_is_in_the_tables() -> None:
    log = whole().cut(whole().size)
    value = {"contest": "NA-1", **log.prefix(), "rules": "0" * 64, "stage": "final", "version": 1}
    log.add("declaration/v1", {**value, "totals": votes(1, 1, 1)}, RO)
    declared = election(log.ledger.book).declared.filter(pl.col("stage") == "final", pl.col("contest") == "NA-1")
    assert rows(declared, "item", "value") == [("ali", 68), ("bano", 250), ("chand", 40)]


def test_declarations_can_be_judged_one_by_one() -> None:
    book = whole().ledger.book
    assert judge_declarations(book) == []
    assert [one for declaration in book.declarations for one in judge_declarations(book, [declaration])] == []
    assert judge_declarations(Book()) == []


def test_a_problem_says_where_and_how_bad() -> None:
    log = whole().cut(index_of("declared"))
    log.add("station-record/v1", count("1", votes(10, 30, 20)), OFFICER["1"])
    value = {"contest": "NA-1", **log.prefix(), "rules": "0" * 64, "stage": "final", "totals": votes(1, 1, 1), "version": 1}
    log.add("declaration/v1", value, RO)
    outcome = verify_log([*log.entries, b"junk"], ORIGIN)
    found = {one.code: one for one in outcome.problems}
    assert found["equivocation"].where == f"entry {index_of('declared')}, NA-1, station 1"
    assert (found["equivocation"].weight, found["declaration-rules"].weight) == (Weight.CONTRADICTION, Weight.CONTRADICTION)
    assert (found["note-malformed"].weight, found["one-entry"].weight) == (Weight.REFUSED, Weight.NOTICE)
    assert not outcome.is_in_order
    assert LogProblem("definition-incomplete", None, "NA-1", "", "x").weight is Weight.BROKEN
    assert str(LogProblem("definition-incomplete", None, "NA-1", "", "x")) == "NA-1: x [definition-incomplete]"
    assert [one.index for one in outcome.problems] == sorted(one.index for one in outcome.problems if one.index is not None)


def test_a_contest_that_elects_nobody() -> None:
    log = Writer()
    log.add("election-definition/v1", {**DEFINITION, "contests": ["Q"]}, *AUTHORITY)
    log.add("contest/v1", {"candidates": [{"candidate": "yes"}], "contest": "Q", "rule": "none", "seats": 2, "stations": 1}, *AUTHORITY)
    log.add("stations/v1", {"contest": "Q", "stations": [{"station": "1"}]}, *AUTHORITY)
    record = {"act": "count", "contest": "Q", "source": "commission", "station": "1", "votes": {"yes": 3}}
    log.add("station-record/v1", record, *AUTHORITY)
    value = {"contest": "Q", **log.prefix(), "rules": RULES, "stage": "final", "totals": {"yes": 3}, "version": 1}
    log.add("declaration/v1", value, *AUTHORITY)
    assert verify_log(log.entries, ORIGIN).problems == ()
    log.add("declaration/v1", {**value, "reason": "a winner is named", "version": 2, "winners": ["yes"]}, *AUTHORITY)
    assert [(one.code, one.index) for one in verify_log(log.entries, ORIGIN).problems] == [("declaration-winners", 5)]


def test_many_differences_are_counted_not_listed() -> None:
    log = whole().cut(index_of("declared"))
    value = {"contest": "NA-1", **log.prefix(), "rules": "0" * 64, "totals": votes(1, 1, 1), "missing": ["1", "2", "3", "4"]}
    log.add("tabulation/v1", {**value, "excluded": ["1", "2", "3", "4", "5", "6"]}, RO)
    found = {one.code: one.message for one in judge_declarations(log.ledger.book, log.ledger.book.declarations[-1:])}
    assert "1; 2; 3; 4; 6" in found["declaration-excluded"]
    assert set(found) == {"declaration-missing", "declaration-excluded", "declaration-disputed", "declaration-rules"}
