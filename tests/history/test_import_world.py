"""The shipped mappings of Bolivia, Venezuela, Georgia and Kenya: rows and sums as measured."""

from __future__ import annotations

import polars as pl
import pytest

from tallyproof.formats.mapping import Imported, import_files, load_mapping
from tallyproof.formats.package import read_package, write_package
from tallyproof.model.election import Election
from tests.support.data import shared_data


def make(name: str, folder: str, *patterns: str) -> Imported:
    root = shared_data(folder)
    return import_files(load_mapping(name), [path for pattern in patterns for path in sorted(root.glob(pattern))])


def totals(election: Election, source: str) -> dict[str, int]:
    records = election.records.filter(pl.col("source") == source).select("record")
    rows = election.votes.join(records, on="record", how="semi").group_by("candidate").agg(pl.col("votes").sum()).collect()
    return dict(rows.iter_rows())


def wide(election: Election, source: str) -> pl.DataFrame:
    records = election.records.filter(pl.col("source") == source).select("record", "station").collect()
    return election.votes.collect().join(records, on="record").pivot(on="candidate", index="station", values="votes")


def differing(one: pl.DataFrame, two: pl.DataFrame) -> tuple[int, int]:
    """Stations in both, and those where a candidate's votes differ."""
    both = one.join(two, on="station", suffix="_2")
    unlike = pl.any_horizontal([pl.col(name) != pl.col(f"{name}_2") for name in one.columns if name != "station"])
    return both.height, both.filter(unlike).height


@pytest.fixture(scope="module")
def bolivia(tmp_path_factory: pytest.TempPathFactory) -> Election:
    out = tmp_path_factory.mktemp("bolivia") / "package"
    write_package(make("bolivia-2019", "bolivia-2019", "*.zip").election, out, parquet=True)
    return read_package(out)


@pytest.mark.slow
def test_bolivia(bolivia: Election) -> None:
    sources = dict(bolivia.records.group_by("source").len().collect().iter_rows())
    assert sources == {"commission": 34_555, "observer:trep-2019-10-20-1940": 28_975, "observer:trep-2019-10-21-1829": 32_806}
    final = totals(bolivia, "commission")
    assert (final["MAS-IPSP"], final["CC"]) == (2_889_359, 2_240_920)
    boxes = bolivia.records.filter(pl.col("source") == "commission").select(pl.col("blank", "rejected").sum()).collect()
    assert boxes.row(0) == (93_507, 229_337)
    computo, trep = wide(bolivia, "commission"), wide(bolivia, "observer:trep-2019-10-21-1829")
    common, differ = differing(computo, trep)
    # The 706 of the data's README counts blank and null votes too.
    boxes_of = {
        source: bolivia.records.filter(pl.col("source") == source).select("station", "blank", "rejected").collect()
        for source in ("commission", "observer:trep-2019-10-21-1829")
    }
    with_boxes = differing(
        computo.join(boxes_of["commission"], on="station"), trep.join(boxes_of["observer:trep-2019-10-21-1829"], on="station")
    )
    assert common == 32_806
    assert differ <= with_boxes[1]
    assert with_boxes[1] == 706
    first, second = (frame.select("station", ahead=pl.col("MAS-IPSP") > pl.col("CC")) for frame in (computo, trep))
    assert first.height == 34_555
    assert second.height == 32_806
    one = {name: votes for name, votes in computo.filter(pl.col("station") == "51434").row(0, named=True).items() if name != "station"}
    two = {name: votes for name, votes in trep.filter(pl.col("station") == "51434").row(0, named=True).items() if name != "station"}
    moved = sorted(one[name] - two[name] for name in one if one[name] != two[name])
    assert moved == [-86, 86]


def test_bolivia_areas_are_nested_with_unique_keys(bolivia: Election) -> None:
    areas = bolivia.areas.collect()
    assert areas["area"].n_unique() == areas.height
    assert areas.filter(pl.col("level") == "country").height == 34
    # Two communes of one name in different countries are two areas.
    assert areas.filter(pl.col("level") == "department").height >= 86
    assert set(bolivia.stations.collect()["area"]) <= set(areas["area"])


@pytest.fixture(scope="module")
def venezuela() -> Election:
    return make("venezuela-2024", "venezuela-2024", "RESULTADOS*.csv", "zentraedi_2024*.csv", "declared_cne.csv").election


@pytest.mark.slow
def test_venezuela(venezuela: Election) -> None:
    sources = dict(venezuela.records.group_by("source").len().collect().iter_rows())
    assert sources == {"observer:resultadosconvzla-v1": 24_532, "observer:resultadosconvzla-v2": 25_073, "observer:zentraedi": 21_952}
    assert totals(venezuela, "observer:resultadosconvzla-v2")["gonzalez"] == 7_303_480
    one, two, three = (wide(venezuela, source) for source in sorted(sources))
    assert differing(one, two) == (24_530, 0)
    common, differ = differing(two, three)
    assert common == 21_937
    # Four at which the two main candidates' figures differ; seven with all ten candidates.
    assert differ == 7
    main = ["station", "gonzalez", "maduro"]
    assert differing(two.select(main), three.select(main))[1] == 4
    records = venezuela.records.filter(pl.col("source") == "observer:resultadosconvzla-v2").select("record", "valid")
    added = venezuela.votes.group_by("record").agg(pl.col("votes").sum()).join(records, on="record").collect()
    assert added.filter(pl.col("votes") != pl.col("valid")).height == 0


def test_venezuela_declarations(venezuela: Election) -> None:
    declared = venezuela.declared.collect()
    found = {(stage, item): value for stage, item, value in declared.select("stage", "item", "value").iter_rows()}
    assert found == {
        ("provisional", "maduro"): 5_150_092,
        ("provisional", "gonzalez"): 4_445_978,
        # In the mapping itself: the sum of the bulletin's three figures, one of which ("others") is no candidate's.
        ("provisional", "valid"): 5_150_092 + 4_445_978 + 462_704,
        ("final", "maduro"): 6_408_844,
        ("final", "gonzalez"): 5_326_104,
        ("final", "valid"): 12_335_884,
        ("final", "rejected"): 50_785,
        ("final", "in_box"): 12_386_669,
    }
    assert "São" not in "".join(venezuela.areas.collect()["name"].drop_nulls())
    assert any("Ñ" in name for name in venezuela.areas.collect()["name"].drop_nulls())


def test_georgia_hand_count_and_machine_count_by_county() -> None:
    election = make("usa-georgia-2020", "usa-georgia-2020", "output.csv", "input-data/audit-report*.csv").election
    assert election.stations.collect().height == election.records.collect().height == 41_881
    assert totals(election, "commission") == {"trump": 2_462_857, "biden": 2_475_141, "jorgensen": 62_587}
    records = election.records.join(election.stations.select("station", "area"), on="station")
    by_county = records.group_by("area").agg(pl.col("valid").sum()).collect()
    declared = election.declared.filter(pl.col("area").is_not_null()).select("area", "value").collect()
    both = by_county.join(declared, on="area").select(d=(pl.col("valid") - pl.col("value")).abs())
    assert both.height == 159
    assert both.filter(pl.col("d") == 0).height == 54
    assert sorted(both["d"])[79] == 1
    state = election.declared.filter(pl.col("area").is_null()).select("stage", "item", "value").collect()
    assert sorted(state.iter_rows()) == [
        ("final", "valid", 4_998_482),
        ("provisional", "biden", 2_474_248),
        ("provisional", "jorgensen", 62_131),
        ("provisional", "trump", 2_461_468),
    ]


def test_kenya() -> None:
    election = make("kenya-2022", "kenya-2022", "forms-export.csv", "milkyway_2022.ts").election
    assert election.records.collect().height == 30_000
    assert election.station_contests.collect()["registered"].unique().to_list() == [700]
    cast = election.votes.group_by("record").agg(pl.col("votes").sum()).collect()
    assert cast.filter(pl.col("votes") > 700).height == 28
    declared = election.declared.filter(pl.col("item") == "ruto").select("area", "value").collect()
    assert dict(declared.filter(pl.col("value") == 22_876).iter_rows()) == {"005": 22_876, "006": 22_876}
    records = election.records.join(election.stations.filter(pl.col("area") == "006").select("station"), on="station", how="semi")
    stations = election.votes.filter(pl.col("candidate") == "ruto").join(records.select("record"), on="record", how="semi").collect()
    assert stations["votes"].sum() == 30_770
    names = dict(election.areas.select("area", "name").collect().iter_rows())
    assert names["006"] == "Taita Taveta"
