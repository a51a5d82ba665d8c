"""Packages made to do harm, or by a broken program: a clear problem, or the right reading, in little memory."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tallyproof.errors import InputError, TallyproofError
from tallyproof.formats.package import Limits, read_package
from tallyproof.formats.package_writer import write_package
from tests.unit.test_package_problems import PROBLEMS, found, lay_out

BASE: dict[str, str] = PROBLEMS["base"]
_READ = """
import json, resource, sys
from pathlib import Path
from tallyproof.errors import InputError
from tallyproof.formats.package import read_package
def peak():
    # not ru_maxrss: a child process begins with that of its parent
    return next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
codes, rows = [], 0
try:
    rows = read_package(Path(sys.argv[1])).votes.collect().height
except InputError as error:
    codes = [problem.code for problem in error.problems]
print(json.dumps({"codes": codes, "rows": rows, "megabytes": peak(), "seconds": sum(resource.getrusage(resource.RUSAGE_SELF)[:2])}))
"""


def read_apart(path: Path) -> dict[str, Any]:
    """Read in a process of its own: codes, rows, and the most memory it ever held."""
    done = subprocess.run([sys.executable, "-c", _READ, str(path)], capture_output=True, text=True, timeout=300, check=True)
    assert "Traceback" not in done.stderr
    return dict(json.loads(done.stdout))


def zipped(path: Path, files: dict[str, str | bytes], *, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def codes(path: Path, limits: Limits | None = None) -> list[str]:
    return [str(one["code"]) for one in found(path, limits)]


def places(path: Path) -> list[tuple[str, str]]:
    return [(str(one["file"]), str(one["code"])) for one in found(path)]


# ------------------------------------------------------------------------------------------------------- archives


def test_an_archive_reads_as_its_folder_also_with_one_folder_around_it(tmp_path: Path) -> None:
    assert found(zipped(tmp_path / "plain.zip", dict(BASE))) == []
    assert found(zipped(tmp_path / "around.zip", {f"pk/{name}": text for name, text in BASE.items()})) == []
    assert found(zipped(tmp_path / "stored.zip", dict(BASE), method=zipfile.ZIP_STORED)) == []


@pytest.mark.parametrize("table", ["votes.csv", "notes.bin"])
def test_a_bomb_of_one_gigabyte_is_refused_unread(tmp_path: Path, table: str) -> None:
    bomb = tmp_path / "bomb.zip"
    zipped(bomb, {name: text for name, text in BASE.items() if name != table})
    line = b"r1,a,1,\n" * 131_072
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive, archive.open(table, "w") as member:
        member.write(b"record,candidate,votes,unread\n")
        for _ in range(1024):
            member.write(line)
    assert bomb.stat().st_size < 20_000_000
    result = read_apart(bomb)
    assert result["codes"] == ["zip-bomb"]
    assert result["megabytes"] < 1000
    assert result["seconds"] < 10


def test_an_archive_that_lies_about_a_size_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "lies.zip", dict(BASE))
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02", 0, data.rfind(b"votes.csv"))
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    path.write_bytes(data)
    assert codes(path) == ["unreadable-file"]


def test_names_that_lead_out_of_the_archive_are_refused_even_if_unused(tmp_path: Path) -> None:
    files = dict(BASE)
    extra = ["../up.txt", "/root.txt", "a/../../b.txt", "c:d.txt"]
    assert places(zipped(tmp_path / "a.zip", {**files, **dict.fromkeys(extra, "x")})) == [(name, "unsafe-path") for name in extra]
    path = zipped(tmp_path / "b.zip", {**files, "back_slash.txt": "x"})
    path.write_bytes(path.read_bytes().replace(b"back_slash", b"back\\slash"))
    assert places(path) == [("back\\slash.txt", "unsafe-path")]
    path = zipped(tmp_path / "n.zip", {**files, "nul_name.txt": "x"})
    path.write_bytes(path.read_bytes().replace(b"nul_name", b"nul\x00name"))
    assert codes(path) == ["unsafe-path"]


def test_links_twins_and_secrets_in_an_archive_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("votes.csv")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    path = zipped(tmp_path / "link.zip", {name: text for name, text in BASE.items() if name != "votes.csv"})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert places(path) == [("votes.csv", "link-in-archive")]

    path = zipped(tmp_path / "twins.zip", dict(BASE))
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("votes.csv", "record,candidate,votes\nr1,a,999\n")
    assert places(path) == [("votes.csv", "duplicate-file")]

    path = zipped(tmp_path / "secret.zip", dict(BASE))
    data = bytearray(path.read_bytes())
    data[data.rfind(b"PK\x01\x02", 0, data.rfind(b"votes.csv")) + 8] |= 1
    path.write_bytes(data)
    assert places(path) == [("votes.csv", "encrypted-file")]

    assert set(codes(zipped(tmp_path / "bzip2.zip", dict(BASE), method=zipfile.ZIP_BZIP2))) == {"unknown-compression"}


def test_an_archive_of_many_files_is_refused_before_its_list_is_parsed(tmp_path: Path) -> None:
    assert codes(zipped(tmp_path / "many.zip", dict(BASE)), Limits(members=5)) == ["too-many-files"]
    path = zipped(tmp_path / "long.zip", dict(BASE))
    assert codes(path, Limits(zip_directory=100)) == ["too-many-files"]
    assert codes(path, Limits(zip_total=400)) == ["too-large-file"]
    assert set(codes(path, Limits(zip_member=100))) == {"too-large-file"}


def test_a_damaged_archive_is_unreadable(tmp_path: Path) -> None:
    path = zipped(tmp_path / "cut.zip", dict(BASE))
    data = path.read_bytes()
    path.write_bytes(data[:-40])
    assert codes(path) == ["not-a-package"]
    middle = bytearray(data)
    at = middle.find(b"votes.csv") + 30
    middle[at : at + 20] = b"\xff" * 20
    path.write_bytes(middle)
    assert codes(path) == ["unreadable-file"]


def test_what_is_no_package_is_said_to_be_none(tmp_path: Path) -> None:
    assert codes(tmp_path / "nothing") == ["not-found"]
    (tmp_path / "text").write_text("hello")
    assert codes(tmp_path / "text") == ["not-a-package"]
    assert codes(tmp_path) == ["no-descriptor"]
    with pytest.raises(InputError) as caught:
        read_package(tmp_path / "nothing")
    assert str(tmp_path) not in str(caught.value)


# --------------------------------------------------------------------------------------------------------- folders


def test_links_and_folders_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    folder = lay_out(tmp_path / "p", {"votes.csv": None, "areas.csv": None})
    outside = tmp_path / "outside.csv"
    outside.write_text(BASE["votes.csv"])
    (folder / "votes.csv").symlink_to(outside)
    (folder / "areas.csv").mkdir()
    assert found(folder) == [
        {"file": "datapackage.json", "row": 1, "column": "path", "code": "missing-file"},
        {"file": "datapackage.json", "row": 7, "column": "path", "code": "missing-file"},
    ]


def test_a_linked_folder_inside_the_package_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "votes.csv").write_text(BASE["votes.csv"])
    (tmp_path / "p").mkdir()
    folder = lay_out(tmp_path / "p", {"datapackage.json": BASE["datapackage.json"].replace('"votes.csv"', '"in/votes.csv"')})
    (folder / "in").symlink_to(tmp_path / "out")
    assert codes(folder) == ["missing-file"]


def test_a_file_that_is_larger_than_allowed(tmp_path: Path) -> None:
    assert set(codes(lay_out(tmp_path, {}), Limits(member=100))) == {"too-large-file"}
    assert codes(lay_out(tmp_path, {}), Limits(descriptor=100)) == ["too-large-file"]


# ------------------------------------------------------------------------------------------------------ descriptor


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        '{"a":' * 100_000,
        '{"name": ' + "1" * 1_000_000 + "}",
        "{} {}",
        "",
        "\0",
        '{"name": Infinity}',
        "<?xml version='1.0'?><a/>",
    ],
    ids=lambda text: f"{text[:12]!r} of {len(text)}",
)
def test_garbage_in_the_descriptor(tmp_path: Path, text: str) -> None:
    assert codes(lay_out(tmp_path, {"datapackage.json": text})) == ["bad-json"]


def test_huge_numbers_in_the_descriptor_are_not_sizes(tmp_path: Path) -> None:
    document = json.loads(BASE["datapackage.json"])
    document["resources"][0]["bytes"] = 10**400
    assert codes(lay_out(tmp_path, {"datapackage.json": json.dumps(document)})) == ["size-differs"]


# -------------------------------------------------------------------------------------------------------------- CSV


def test_a_million_columns_are_refused_fast(tmp_path: Path) -> None:
    wide = ",".join(f"c{at}" for at in range(1_000_000))
    lay_out(tmp_path, {"votes.csv": wide + "\n" + "," * 999_999 + "\n"})
    result = read_apart(tmp_path)
    assert result["codes"] == ["header-too-long"]
    assert result["megabytes"] < 1000
    assert result["seconds"] < 10
    lay_out(tmp_path, {"votes.csv": ",".join(f"c{at}" for at in range(1001)) + "\n"})
    assert codes(tmp_path) == ["too-many-columns"]


@pytest.mark.parametrize(
    "row", [b"r1,a,\0\n", b'r1,a,"\n', b"\n", b"\xff,a,1\n", b"r9,a,x\n", b'"r1","a","5"\n', b'"\n', b",,,,,,,,\n"], ids=repr
)
def test_ten_megabytes_of_anything_stay_under_half_a_gigabyte(tmp_path: Path, row: bytes) -> None:
    lay_out(tmp_path, {})
    (tmp_path / "votes.csv").write_bytes(b"record,candidate,votes\n" + row * (10_000_000 // len(row)))
    result = read_apart(tmp_path)
    assert result["codes"] or result["rows"] == 0
    assert result["megabytes"] < 500


def test_one_endless_line_is_refused(tmp_path: Path) -> None:
    lay_out(tmp_path, {})
    (tmp_path / "votes.csv").write_bytes(b"record,candidate,votes\nr1,a,1\n" + b"x" * 50_000_000)
    assert found(tmp_path) == [{"file": "votes.csv", "row": 3, "column": None, "code": "line-too-long"}]


def test_too_many_rows(tmp_path: Path) -> None:
    assert codes(lay_out(tmp_path, {}), Limits(rows=7)) == ["too-many-rows"]


def test_urdu_and_arabic_digits_are_read_as_numbers(tmp_path: Path) -> None:
    votes = "record,candidate,votes,in_words\nr1,a,۱۲۳,\nr1,b,٤٥٦,٠\nr2,a,12.0, ۷ \nr2,b,0012,illegible\n"
    election = read_package(lay_out(tmp_path, {"votes.csv": votes}))
    assert election.votes.select("votes", "in_words").collect().rows() == [(123, None), (456, 0), (12, 7), (12, None)]


# ---------------------------------------------------------------------------------------------------------- Parquet


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    csv = tmp_path / "csv"
    csv.mkdir()
    write_package(read_package(lay_out(csv, {})), tmp_path / "parquet", parquet=True)
    folder = tmp_path / "parquet"
    document = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    for resource in document["resources"]:
        del resource["hash"], resource["bytes"]
    (folder / "datapackage.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


def votes_with(folder: Path, **columns: Any) -> Path:
    pl.read_parquet(folder / "votes.parquet").with_columns(**columns).write_parquet(folder / "votes.parquet")
    return folder


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"votes": pl.col("votes").cast(pl.Float64)}, [(None, "votes", "float-column")]),
        (
            {"votes": pl.col("votes").cast(pl.Int16) - 60},
            [(2, "votes", "negative"), (7, "votes", "negative"), (8, "votes", "negative"), (5, "votes", "negative")],
        ),
        ({"votes": pl.lit(10**9)}, None),
        ({"votes": pl.lit(True)}, [(None, "votes", "wrong-type")]),
        ({"votes": pl.lit("60")}, None),
        ({"record": pl.lit(1.5)}, [(None, "record", "float-column")]),
        ({"record": pl.lit([1])}, [(None, "record", "wrong-type")]),
        ({"candidate": pl.lit(None, dtype=pl.String)}, [(row, "candidate", "missing-cell") for row in range(1, 9)]),
        ({"candidate": pl.lit("z")}, None),
        ({"extra": pl.lit("z")}, [(None, "extra", "unknown-column")]),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else str(value),
)
def test_wrong_columns_of_parquet(parquet: Path, columns: Any, expected: Any) -> None:
    problems = [(one["row"], one["column"], one["code"]) for one in found(votes_with(parquet, **columns))]
    if expected is None:
        assert {code for _, _, code in problems} <= {"too-large", "duplicate-key", "unknown-candidate", "unread-has-value"}
        assert problems
    else:
        assert sorted(problems, key=str) == sorted(expected, key=str)


@pytest.mark.parametrize("dtype", [pl.UInt8, pl.Int16, pl.UInt32, pl.Int32, pl.UInt64])
def test_any_integers_and_dictionaries_are_accepted(parquet: Path, dtype: Any) -> None:
    before = read_package(parquet).votes.collect()
    after = read_package(votes_with(parquet, votes=pl.col("votes").cast(dtype), record=pl.col("record").cast(pl.Categorical)))
    assert after.votes.collect().equals(before)
    assert after.votes.collect_schema() == before.schema


def test_keys_of_parquet_are_trimmed_and_problems_found_in_their_rows(parquet: Path) -> None:
    before = read_package(parquet).votes.collect()
    votes_with(parquet, record=pl.lit(" ") + pl.col("record"), candidate=pl.col("candidate") + pl.lit("\t"))
    assert read_package(parquet).votes.collect().equals(before)
    row = pl.int_range(pl.len())
    votes_with(
        parquet, record=pl.when(row == 4).then(pl.lit("r7")).otherwise("record"), votes=pl.when(row == 0).then(-1).otherwise("votes")
    )
    assert found(parquet) == [
        {"file": "votes.parquet", "row": 1, "column": "votes", "code": "negative"},
        {"file": "votes.parquet", "row": 5, "column": "record", "code": "unresolved-reference"},
    ]


def test_a_nul_in_parquet(parquet: Path) -> None:
    file = parquet / "areas.parquet"
    pl.read_parquet(file).with_columns(name=pl.lit("a\0b")).write_parquet(file)
    assert codes(parquet) == ["nul-byte", "nul-byte"]


def test_damaged_parquet_never_raises_anything_else(parquet: Path) -> None:
    file = parquet / "votes.parquet"
    data = file.read_bytes()
    for at in range(0, len(data), max(1, len(data) // 60)):
        for value in (0xFF, data[at] ^ 0x10):
            broken = bytearray(data)
            broken[at] = value
            file.write_bytes(broken)
            try:
                read_package(parquet).votes.collect()
            except TallyproofError:
                pass
            except pl.exceptions.PolarsError as error:
                pytest.fail(f"byte {at} as {value}: {error}")
    for cut in (0, 4, 12, len(data) // 2, len(data) - 1):
        file.write_bytes(data[:cut])
        assert codes(parquet) == ["bad-parquet"]


def test_parquet_in_an_archive_is_read(parquet: Path, tmp_path: Path) -> None:
    path = zipped(tmp_path / "p.zip", {file.name: file.read_bytes() for file in parquet.iterdir()})
    assert read_package(path).votes.collect().equals(read_package(parquet).votes.collect())


def test_a_message_never_shows_a_path_of_the_machine(tmp_path: Path) -> None:
    lay_out(tmp_path, {"votes.csv": "\0" * 100})
    with pytest.raises(InputError) as caught:
        read_package(tmp_path)
    assert not re.search(r"/(tmp|home|root)/", str(caught.value))


def test_statistics_of_parquet_are_not_believed(parquet: Path) -> None:
    """A file may state of its own column that nothing in it is negative."""
    file = parquet / "votes.parquet"
    frame = pl.read_parquet(file).with_columns(votes=pl.lit(7, dtype=pl.Int64))
    frame.write_parquet(file, compression="uncompressed")
    data = file.read_bytes()
    seven, minus = (7).to_bytes(8, "little", signed=True), (-7).to_bytes(8, "little", signed=True)
    first = data.find(seven)
    assert 0 <= first < data.rfind(seven)
    file.write_bytes(data[:first] + minus + data[first + 8 :])
    assert set(codes(parquet)) <= {"negative", "bad-parquet"}
    assert codes(parquet)


@pytest.mark.parametrize("figure, code", [(-1, "negative"), (1_000_000_000, "too-large")])
@pytest.mark.parametrize("row", [0, 1, 4])
def test_each_figure_of_votes_in_parquet_is_looked_at(parquet: Path, row: int, figure: int, code: str) -> None:
    here = pl.int_range(pl.len()) == row
    problems = found(votes_with(parquet, votes=pl.when(here).then(pl.lit(figure)).otherwise("votes").cast(pl.Int64)))
    assert problems == [{"file": "votes.parquet", "row": row + 1, "column": "votes", "code": code}]


def test_so_many_damaged_rows_that_the_rest_is_not_read_is_said_first(tmp_path: Path) -> None:
    lay_out(tmp_path, {"votes.csv": "record,candidate,votes\n" + "r1,a\n" * 30})
    with pytest.raises(InputError) as caught:
        read_package(tmp_path, limits=Limits(problems=10))
    assert "22 problems; the first 10 are listed" in caught.value.message
    assert [(problem.code, problem.row) for problem in caught.value.problems[:2]] == [("too-damaged", None), ("ragged-row", 2)]
    # within the limit every one of them is read and counted
    with pytest.raises(InputError) as caught:
        read_package(tmp_path, limits=Limits(problems=15))
    assert "30 problems; the first 15 are listed" in caught.value.message


def test_a_long_ballot_and_many_records_do_not_make_a_bomb(tmp_path: Path) -> None:
    """30,000 candidates and 30,000 records: a table of both would have 900 million cells, in a package of 1 MB."""
    number = 30_000
    lay_out(
        tmp_path,
        {
            "candidates.csv": "contest,candidate\n" + "".join(f"C1,k{at}\n" for at in range(number)) + "C1,a\nC1,b\nC2,x\nC2,y\n",
            "records.csv": "record,contest,station,source\nr3,C2,s1,scan\nr4,C1,s2,scan\n"
            + "".join(f"r{at},C1,s1,scan\n" for at in (1, 2, *range(5, number))),
        },
    )
    result = read_apart(tmp_path)
    assert result["codes"] == []
    assert result["rows"] == 8
    assert result["megabytes"] < 500


def test_packages_without_rows_are_read(tmp_path: Path) -> None:
    heads = {name: text.splitlines()[0] + "\n" for name, text in BASE.items() if name.endswith(".csv")}
    election = read_package(lay_out(tmp_path, heads))
    assert election.votes.collect().is_empty()
    lay_out(tmp_path, {**heads, "votes.csv": "record,candidate,votes\nr1,a,1\nr1,a,1\n"})
    assert codes(tmp_path) == ["unresolved-reference", "duplicate-key", "unresolved-reference"]


def test_a_parquet_file_of_more_rows_than_it_can_mean_is_refused_unread(parquet: Path) -> None:
    one = pl.read_parquet(parquet / "votes.parquet").head(1)
    one.select(pl.all().repeat_by(30_000_000).explode()).write_parquet(parquet / "votes.parquet")
    assert (parquet / "votes.parquet").stat().st_size < 400_000
    result = read_apart(parquet)
    assert result["codes"] == ["too-many-rows"]
    assert result["megabytes"] < 300


def test_a_near_key_is_proposed(tmp_path: Path) -> None:
    lay_out(tmp_path, {"votes.csv": "record,candidate,votes\nr-1,a,1\n"})
    with pytest.raises(InputError) as caught:
        read_package(tmp_path)
    assert "is 'r1' meant?" in str(caught.value)
