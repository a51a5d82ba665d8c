"""Writing a package: the same bytes for the same election, cells that no spreadsheet runs, a descriptor that others can use."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tallyproof.errors import UsageError
from tallyproof.formats.package import read_package, write_package
from tallyproof.model.election import About, Election
from tallyproof.model.tables import TABLES
from tests.unit.test_package_problems import VECTORS, lay_out


@pytest.fixture
def election(tmp_path: Path) -> Election:
    (tmp_path / "source").mkdir()
    return read_package(lay_out(tmp_path / "source", {}))


def with_table(election: Election, name: str, frame: pl.LazyFrame) -> Election:
    tables = {table: election.table(table) for table in TABLES}
    return Election(about=election.about, **{**tables, name: frame})


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_defaults_are_filled_and_every_frame_has_its_schema(election: Election) -> None:
    for table in TABLES.values():
        assert dict(election.table(table.name).collect_schema()) == dict(table.schema), table.name
        assert election.table(table.name).collect_schema().names() == list(table.schema)
    assert election.contests.select("seats", "rule").collect().rows() == [(1, "plurality"), (1, "plurality")]
    assert election.records.select("act", "version").collect().rows() == [("count", 1), ("count", 1), ("recount", 2), ("count", 1)]
    assert election.declared.select("version").collect().to_series().to_list() == [1, 1, 1]
    assert election.statements.select("rounding").collect().to_series().to_list() == ["exact", "100"]
    unread = election.votes.filter(pl.col("votes").is_null()).select("record", "unread").collect().rows()
    assert unread == [("r2", "illegible"), ("r3", "blank")]
    assert election.votes.filter(pl.col("votes").is_not_null() & pl.col("unread").is_not_null()).collect().is_empty()


def test_reasons_in_the_cells_of_figures_move_to_unread(tmp_path: Path) -> None:
    files = {
        "records.csv": "record,contest,station,source,in_box,valid,unread\n"
        "r1,C1,s1,officer,illegible,5,\nr2,C1,s1,scan,blank,,valid:illegible\nr3,C2,s1,scan,1,2,\nr4,C1,s2,scan,,illegible,valid:illegible\n",
        "votes.csv": "record,candidate,votes\nr1,a,not-on-form\nr1,b,3\n",
    }
    election = read_package(lay_out(tmp_path, files))
    records = election.records.select("in_box", "valid", "unread").collect().rows()
    assert records == [
        (None, 5, "in_box:illegible"),
        (None, None, "valid:illegible in_box:blank"),
        (1, 2, None),
        (None, None, "valid:illegible"),
    ]
    assert election.votes.select("votes", "unread").collect().rows() == [(None, "not-on-form"), (3, None)]


@pytest.mark.parametrize("parquet", [False, True])
@pytest.mark.parametrize("suffix", ["", ".zip"])
def test_the_same_election_in_another_order_gives_the_same_bytes(tmp_path: Path, election: Election, parquet: bool, suffix: str) -> None:
    turned = Election(
        about=election.about,
        **{
            # candidates keep their order within a contest: it is the order on the ballot
            name: election.table(name).sort("contest", descending=True, maintain_order=True)
            if name == "candidates"
            else election.table(name).reverse()
            for name in TABLES
        },
    )
    first, second = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
    write_package(election, first, parquet=parquet)
    write_package(turned, second, parquet=parquet)
    if suffix:
        assert first.read_bytes() == second.read_bytes()
    else:
        assert bytes_of(first) == bytes_of(second)
        assert b"\r" not in b"".join(bytes_of(first).values()) or parquet


def test_a_zip_has_no_clock_and_no_machine_in_it(tmp_path: Path, election: Election) -> None:
    write_package(election, tmp_path / "p.zip")
    with zipfile.ZipFile(tmp_path / "p.zip") as archive:
        for info in archive.infolist():
            assert (info.date_time, info.create_system, info.external_attr >> 16) == ((1980, 1, 1, 0, 0, 0), 3, 0o100644)
        assert archive.namelist() == sorted(archive.namelist())


def test_the_order_on_the_ballot_survives(tmp_path: Path, election: Election) -> None:
    frame = election.candidates.filter(pl.col("contest") == "C1").reverse()
    changed = with_table(election, "candidates", pl.concat([frame, election.candidates.filter(pl.col("contest") == "C2")]))
    write_package(changed, tmp_path / "p")
    assert read_package(tmp_path / "p").candidates.select("candidate").collect().to_series().to_list() == ["b", "a", "x", "y"]


def test_no_cell_starts_with_what_a_spreadsheet_runs(tmp_path: Path, election: Election) -> None:
    evil = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\n=x", "＝1", "'=quoted", "''+x", "'plain", "'", '"=x"', "a=1"]
    areas = pl.DataFrame({"area": [f"{at:02d}" for at in range(len(evil))] + ["A", "B"], "name": [*evil, "Top", "Below"]})
    frame = areas.select(
        *(
            pl.col(name) if name in areas.columns else pl.lit(None, dtype=dtype).alias(name)
            for name, dtype in TABLES["areas"].schema.items()
        )
    )
    write_package(with_table(election, "areas", frame.lazy()), tmp_path / "p")
    text = (tmp_path / "p" / "areas.csv").read_bytes().decode()
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert len(cells) == 2 * len(areas) + 2
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))]
    assert "'=cmd|' /C calc'!A0" in cells
    assert "''=quoted" in cells
    back = read_package(tmp_path / "p").areas.sort("area").collect()
    assert back["name"].to_list() == [*evil, "Top", "Below"]


def test_the_notice_goes_into_the_descriptor_and_a_file_of_its_own(tmp_path: Path, election: Election) -> None:
    about = About(
        name="x", title="T", title_ur="ع", notice="Rows are reconstructed.", notice_ur="قطاریں", held_on="2024-02-08", sources=("a", "b: c")
    )
    tables: dict[str, Any] = {name: election.table(name) for name in TABLES}
    write_package(Election(about=about, **tables), tmp_path / "p")
    document = json.loads((tmp_path / "p" / "datapackage.json").read_text(encoding="utf-8"))
    assert document["notice"] == "Rows are reconstructed."
    assert (tmp_path / "p" / "NOTICE.txt").read_text(encoding="utf-8") == "Rows are reconstructed.\n\nقطاریں\n"
    assert read_package(tmp_path / "p").about == about
    # the notice of a package that is replaced does not stay behind
    write_package(election, tmp_path / "p")
    assert not (tmp_path / "p" / "NOTICE.txt").exists()


def test_the_descriptor_describes_the_files(tmp_path: Path, election: Election) -> None:
    write_package(election, tmp_path / "p")
    document = json.loads((tmp_path / "p" / "datapackage.json").read_text(encoding="utf-8"))
    resources = {resource["name"]: resource for resource in document["resources"]}
    for resource in resources.values():
        data = (tmp_path / "p" / resource["path"]).read_bytes()
        assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        assert resource["bytes"] == len(data)
        assert data.split(b"\n")[0].decode().split(",") == [field["name"] for field in resource["schema"]["fields"]]
        keys = resource["schema"].get("primaryKey") or resource["schema"]["uniqueKeys"][0]
        assert set(keys) <= {field["name"] for field in resource["schema"]["fields"]}
    assert resources["votes"]["schema"]["primaryKey"] == ["record", "candidate"]
    assert resources["votes"]["schema"]["foreignKeys"] == [
        {"fields": ["record"], "reference": {"resource": "records", "fields": ["record"]}}
    ]
    assert resources["areas"]["schema"]["foreignKeys"] == [{"fields": ["parent"], "reference": {"fields": ["area"]}}]
    votes = {field["name"]: field for field in resources["votes"]["schema"]["fields"]}
    assert votes["votes"]["type"] == "integer"
    assert votes["votes"]["constraints"] == {"minimum": 0}
    assert "in_words" not in votes, "a column without a value is left out"
    # a primary key has no empty part, and a declared figure of a whole contest has neither area nor station
    assert "primaryKey" not in resources["declared"]["schema"]


def test_only_a_package_is_replaced(tmp_path: Path, election: Election) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder.zip").mkdir()
    for name in ("mine", "file", "folder.zip"):
        with pytest.raises(UsageError):
            write_package(election, tmp_path / name)
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"
    write_package(election, tmp_path / "p", parquet=True)
    (tmp_path / "p" / "letter.txt").write_text("dear")
    # also by itself, though its votes are still on disk
    write_package(read_package(tmp_path / "p"), tmp_path / "p", parquet=False)
    names = {file.name for file in (tmp_path / "p").iterdir()}
    assert "letter.txt" in names
    assert not [name for name in names if name.endswith(".parquet")]
    assert read_package(tmp_path / "p").votes.collect().equals(election.votes.sort("record", "candidate").collect())
    assert {path.name for path in tmp_path.iterdir()} == {"source", "mine", "file", "folder.zip", "p"}, "nothing is left behind"


@pytest.mark.parametrize("name", sorted(path.name for path in (VECTORS / "good").iterdir()))
@pytest.mark.parametrize("parquet", [False, True])
def test_sound_vectors_are_read_and_survive_being_written(tmp_path: Path, name: str, parquet: bool) -> None:
    folder = VECTORS / "good" / name
    election = read_package(folder)
    write_package(election, tmp_path / "p", parquet=parquet)
    again = read_package(tmp_path / "p")
    write_package(again, tmp_path / "q", parquet=parquet)
    assert bytes_of(tmp_path / "p") == bytes_of(tmp_path / "q")
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    for table, rows in expected["rows"].items():
        assert election.table(table).collect().height == rows, table
    for table, cells in expected["cells"].items():
        columns = list(cells[0])
        assert election.table(table).select(columns).collect().to_dicts()[: len(cells)] == cells, table
