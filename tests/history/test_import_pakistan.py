"""The shipped mappings of Pakistan's sets: rows and sums as measured, and the traps left out."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tallyproof.formats.mapping import Imported, import_files, load_mapping
from tallyproof.formats.package import read_package, write_package
from tallyproof.model.election import Election
from tests.support.data import shared_data


def make(name: str, *parts: str) -> Imported:
    folder = shared_data("pakistan-2024")
    return import_files(load_mapping(name), [folder / part for part in parts])


def sums(election: Election, contest: str) -> dict[tuple[str, str], tuple[int, int]]:
    """(source, candidate) → (sum of votes, stations)."""
    records = election.records.filter(pl.col("contest") == contest).select("record", "source", "station")
    frame = election.votes.join(records, on="record").group_by("source", "candidate")
    rows = frame.agg(pl.col("votes").sum(), pl.col("station").n_unique()).collect()
    return {(source, candidate): (votes, stations) for source, candidate, votes, stations in rows.iter_rows()}


def pairs(election: Election, contest: str) -> pl.DataFrame:
    """A row a station that both sources have: votes of the commission's copy and of the agent's, by candidate."""
    records = election.records.filter(pl.col("contest") == contest).select("record", "source", "station")
    votes = election.votes.join(records, on="record").collect()
    return votes.pivot(on=["source", "candidate"], index="station", values="votes").drop_nulls()


@pytest.fixture(scope="module")
def na128(tmp_path_factory: pytest.TempPathFactory) -> Election:
    out = tmp_path_factory.mktemp("na128") / "package"
    write_package(make("pakistan-2024-na128", "deck-map/128tblfixed.json", "declared_published.csv").election, out)
    return read_package(out)


def test_na128_sums_of_both_copies(na128: Election) -> None:
    assert na128.stations.collect().height == 433
    assert sums(na128, "NA-128") == {
        ("commission", "salman-akram-raja"): (158_740, 433),
        ("commission", "awn-chaudhry"): (177_733, 433),
        ("agent:PTI", "salman-akram-raja"): (142_727, 392),
        ("agent:PTI", "awn-chaudhry"): (59_900, 392),
    }


def test_na128_copies_differ_at_171_stations_and_the_first_of_the_two_at_152(na128: Election) -> None:
    frame = pairs(na128, "NA-128")
    one, two = "salman-akram-raja", "awn-chaudhry"

    def votes(source: str, candidate: str) -> pl.Expr:
        return pl.col(f'{{"{source}","{candidate}"}}')

    differ = (votes("commission", one) != votes("agent:PTI", one)) | (votes("commission", two) != votes("agent:PTI", two))
    first = (votes("commission", one) > votes("commission", two)) != (votes("agent:PTI", one) > votes("agent:PTI", two))
    assert frame.height == 392
    assert frame.filter(differ).height == 171
    assert frame.filter(first).height == 152


def test_na128_form_48_sums_to_the_declared_total_and_differs_at_16_stations(na128: Election) -> None:
    declared = na128.declared.collect()
    rows = declared.filter(pl.col("station").is_not_null())
    total = declared.filter(pl.col("station").is_null())
    assert rows["stage"].unique().to_list() == ["final"]
    assert rows["value"].sum() == 172_576
    assert dict(total.select("item", "value").iter_rows()) == {"awn-chaudhry": 172_576, "salman-akram-raja": 159_024}
    assert total["stage"].unique().to_list() == ["provisional"]
    records = (
        na128.records.filter((pl.col("contest") == "NA-128") & (pl.col("source") == "commission")).select("record", "station").collect()
    )
    own = na128.votes.filter(pl.col("candidate") == "awn-chaudhry").collect().join(records, on="record")
    both = own.join(rows.select("station", "value"), on="station").filter(pl.col("votes") != pl.col("value"))
    assert both.height == 16
    figures = {station: (votes, value) for station, votes, value in both.select("station", "votes", "value").iter_rows()}
    assert figures["135"] == (803, 0)
    assert figures["81"] == (1780, 0)
    assert figures["129"] == (110, 1110)


def test_na128_turnout_and_the_provincial_ballots_of_the_same_rooms(na128: Election) -> None:
    records = na128.records.select("contest", "station", "source", "in_box").filter(pl.col("source") == "commission").collect()
    rolls = na128.station_contests.filter(pl.col("contest") == "NA-128").collect()
    national = records.filter(pl.col("contest") == "NA-128")
    provincial = records.filter(pl.col("contest") == "provincial")
    assert national.join(rolls, on="station").filter(pl.col("in_box") > pl.col("registered")).height == 3
    # 200 figures that were read, not the 433 with imputed ones.
    assert provincial.height == 200
    assert provincial["in_box"].sum() == 148_139
    rooms = national.join(provincial, on="station", suffix="_pp")
    assert rooms.filter((pl.col("in_box") - pl.col("in_box_pp")).abs() > 100).height == 191


def test_na122_rooms_agree() -> None:
    election = make("pakistan-2024-na122", "deck-map/122tblfixed.json", "declared_published.csv").election
    assert sums(election, "NA-122") == {("commission", "latif-khosa"): (118_216, 358), ("commission", "saad-rafique"): (77_963, 358)}
    records = election.records.select("contest", "station", "in_box").collect()
    provincial = records.filter(pl.col("contest") == "provincial")
    assert provincial.height == 219
    rooms = records.filter(pl.col("contest") == "NA-122").join(provincial, on="station", suffix="_pp")
    assert rooms.filter((pl.col("in_box") - pl.col("in_box_pp")).abs() > 100).height == 0
    assert dict(election.declared.select("item", "value").collect().iter_rows()) == {"latif-khosa": 117_109, "saad-rafique": 77_709}


def test_na238_seven_all_zero_rows_are_no_copies() -> None:
    imported = make("pakistan-2024-na238", "deck-map/data_238.json")
    election = imported.election
    assert election.stations.collect().height == 292
    zero = [row.row for row in imported.skipped if "agent:PTI" in row.reason]
    assert zero == [157, 158, 159, 160, 163, 164, 176]
    found = sums(election, "NA-238")
    assert found[("commission", "haleem-adil-sheikh")] == (37_362, 292)
    assert found[("commission", "sadiq-iftikhar")] == (55_679, 292)
    assert found[("agent:PTI", "haleem-adil-sheikh")] == (64_164, 213)
    assert found[("agent:PTI", "sadiq-iftikhar")] == (6_635, 213)
    frame = pairs(election, "NA-238")
    one, two = "haleem-adil-sheikh", "sadiq-iftikhar"

    def votes(source: str, candidate: str) -> pl.Expr:
        return pl.col(f'{{"{source}","{candidate}"}}')

    differ = (votes("commission", one) != votes("agent:PTI", one)) | (votes("commission", two) != votes("agent:PTI", two))
    # 178 of 220 in the table as it stands; seven of them are the rows of zeros.
    assert (frame.height, frame.filter(differ).height) == (220 - 7, 178 - 7)


def test_na242_second_copy_is_the_first_one_again() -> None:
    election = make("pakistan-2024-na242", "deck-map/data_242.json").election
    found = sums(election, "NA-242")
    for candidate, votes in (("dawa-khan-sabir", 54_572), ("mustafa-kamal", 71_806)):
        assert found[("commission", candidate)] == found[("agent:PTI", candidate)] == (votes, 286)


def test_no_imputed_column_is_mapped() -> None:
    for name in ("na128", "na122", "na238", "na242"):
        text = load_mapping(f"pakistan-2024-{name}").model_dump_json()
        for column in ("_fixed", "PP Turnout", "pp_turnout_final", "pti_valid_turnout", "total_votes_acc_pti"):
            assert column not in text, (name, column)


@pytest.fixture(scope="module")
def zlenner() -> Imported:
    folder = shared_data("pakistan-2024", "zlenner")
    return import_files(
        load_mapping("pakistan-2024-zlenner"), [folder / "form45", folder / "NA", folder / "PA", folder.parent / "declared_published.csv"]
    )


def test_zlenner_rows_and_sums(zlenner: Imported) -> None:
    election = zlenner.election
    files = sorted(path.stem for path in Path(shared_data("pakistan-2024", "zlenner", "form45")).glob("*.csv"))
    assert sorted(election.contests.collect()["contest"]) == files
    assert len(files) == 39
    # 10,452 rows, one of them a second header.
    assert election.stations.collect().height == 10_451
    assert [row.file for row in zlenner.skipped if "column names" in row.reason] == ["NA-236.csv"]
    assert sum("every figure" in row.reason for row in zlenner.skipped) == 441
    assert election.records.collect().height == 10_451 - 441
    published = pl.read_csv(shared_data("pakistan-2024", "second_source_totals.csv"))
    columns = {"Ind*": "PTI-IND", "MQM": "MQM-P"}
    found = {(contest, key): votes for contest in files for (_, key), (votes, _) in sums(election, contest).items()}
    checked = 0
    for seat, party, total in published.select("seat", "party", "sum_form45_candidate_copies").iter_rows():
        key = (seat, columns.get(party, party))
        if key in found:
            assert found[key] == total, key
            checked += 1
    assert checked >= 40


def test_zlenner_agrees_with_the_other_transcription_of_na128(zlenner: Imported, na128: Election) -> None:
    ours = sums(zlenner.election, "NA-128")
    other = sums(na128, "NA-128")
    assert ours[("agent:PTI", "PTI-IND")] == other[("agent:PTI", "salman-akram-raja")]
    assert ours[("agent:PTI", "IPP")] == other[("agent:PTI", "awn-chaudhry")]


def test_zlenner_names_come_only_from_lists_that_leave_no_doubt(zlenner: Imported) -> None:
    candidates = zlenner.election.candidates.collect()
    named = dict(candidates.filter(pl.col("contest") == "NA-46").select("candidate", "name").iter_rows())
    assert named["PML-N"] == "Anjum Aqeel Khan"
    assert named["PTI-IND"] is None
    # NA-128 is claimed by two lists.
    assert candidates.filter(pl.col("contest") == "NA-128")["name"].null_count() == 2
    assert candidates.filter(pl.col("candidate") == "PTI-IND")["backed_by"].unique().to_list() == ["PTI"]


def test_zlenner_declared_figures_and_claims_are_kept_apart(zlenner: Imported) -> None:
    declared = zlenner.election.declared.collect()
    found = {(contest, item): value for contest, item, value in declared.select("contest", "item", "value").iter_rows()}
    assert found == {
        ("NA-46", "PML-N"): 81_958,
        ("NA-46", "PTI-IND"): 44_317,
        ("NA-128", "IPP"): 172_576,
        ("NA-128", "PTI-IND"): 159_024,
    }
    assert sum(row.reason == "a claim, not a declaration" for row in zlenner.skipped) == 2
