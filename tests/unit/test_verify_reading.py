"""What the second opinion reads, and what it refuses: specs/package-v1.md as far as the tabulation needs it."""

from __future__ import annotations

import ast
import base64
import json
import stat
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tallyproof_verify import reading
from tallyproof_verify.reading import Unreadable, read_package
from tests.support.builders import Built, build, dec, rec

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "specs" / "vectors" / "package"
CODE = ROOT / "src" / "tallyproof_verify"
CASES = {case["name"]: case for case in json.loads((VECTORS / "problems.json").read_text(encoding="utf-8"))["cases"]}
# columns and tables that the tabulation does not use, and the envelope around them: looked after by tallyproof alone
NOT_READ = {
    "bad-descriptor",
    "bad-hash",
    "bad-json",
    "bad-quote",  # the csv module takes a quotation mark inside a bare cell as it stands
    "cell-too-long",
    "duplicate-path",
    "hash-differs",
    "header-too-long",
    "size-differs",
    "too-many-columns",
    "unknown-about",
    "unknown-box",
    "unknown-column",
    "unknown-reason",
    "unknown-rounding",
    "unread-differs",
    "unread-has-value",
}


@pytest.fixture
def small() -> Built:
    return build(
        "A B",
        {"S1": 500, "S2": None},
        [rec("S1", A=10, B=20, valid=30, in_box=31, rejected=1), rec("S2", A=1, B=2)],
        [dec(A=11, B=22)],
        areas={"P": "", "D": "P"},
        area_of={"S1": "D", "S2": "P"},
    )


def problems(folder: Path) -> list[str]:
    with pytest.raises(Unreadable) as caught:
        read_package(folder)
    return list(caught.value.problems)


def broken(built: Built, folder: Path, name: str, old: str, new: str) -> list[str]:
    """The problems after one text in one file was replaced."""
    path = built.write(folder) / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="")
    return problems(folder)


def write_vector(case: dict[str, Any], folder: Path) -> None:
    base = json.loads((VECTORS / "problems.json").read_text(encoding="utf-8"))["base"]
    for name, content in {**base, **case["files"]}.items():
        path = folder / name
        if content is not None and path.resolve().is_relative_to(folder.resolve()):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(base64.b64decode(content["base64"]) if isinstance(content, dict) else content.encode())


@pytest.mark.parametrize("name", CASES)
def test_the_vectors_of_the_package_format(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    write_vector(case, tmp_path)
    expected = [problem for problem in case["expected"] if problem["file"] != "statements.csv" and problem["code"] not in NOT_READ]
    if expected:
        assert problems(tmp_path)
    elif not case["expected"]:
        assert read_package(tmp_path).contests


def test_sound_vectors_are_read() -> None:
    for folder in sorted((VECTORS / "good").iterdir()):
        expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
        package = read_package(folder)
        assert len(package.contests) == (expected.get("rows") or expected)["contests"]


def test_twelve_faults_are_refused_with_their_rows() -> None:
    found = problems(VECTORS / "twelve-faults")
    expected = json.loads((VECTORS / "twelve-faults" / "expected.json").read_text(encoding="utf-8"))
    listed = expected["problems"] if isinstance(expected, dict) else expected
    places = {f"{one['file']}:{one['row']}" for one in listed if one["code"] not in {*NOT_READ, "bad-seats", "area-cycle"}}
    assert places <= {problem.partition(": ")[0] for problem in found}
    # these two are said of the file, not of a row
    assert {problem.partition(": ")[0] for problem in found} >= {"contests.csv", "areas.csv"}


def test_everything_lands_in_its_place(small: Built, tmp_path: Path) -> None:
    package = read_package(small.write(tmp_path))
    contest = package.contests["NA-1"]
    assert (contest.candidates, contest.rolls, contest.seats, contest.rule) == ({"A": 0, "B": 1}, {"S1": 500, "S2": None}, 1, "plurality")
    first = contest.records[0]
    assert (first.key, first.station, first.source, first.act, first.version) == ("S1/officer", "S1", "officer", "count", 1)
    assert (first.votes, first.boxes, first.registered) == ([10, 20], (31, 30, 1, None), None)
    assert contest.declared == [("", "", "final/1", "A", 11), ("", "", "final/1", "B", 22)]
    assert (package.parents, package.area_of) == ({"P": "", "D": "P"}, {"S1": "D", "S2": "P"})


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ("۱۲", 12),
        ("١٢", 12),
        (" 12 ", 12),
        ("012", 12),
        ("12.0", 12),
        ("0", 0),
        ("999999999", 999_999_999),
        ("", None),
        ("illegible", None),
        ("blank", None),
        ("not-on-form", None),
    ],
)
def test_counts(small: Built, tmp_path: Path, written: str, count: int | None) -> None:
    path = small.write(tmp_path) / "votes.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("S1/officer,A,10", f"S1/officer,A,{written}"), encoding="utf-8")
    assert read_package(tmp_path).contests["NA-1"].records[0].votes[0] == count


@pytest.mark.parametrize("written", ["-1", "+1", "1e3", "1_0", "12.5", "1000000000", "=1", "'5", "x", "²", "१२", "1 0", "0x1"])
def test_what_is_no_count(small: Built, tmp_path: Path, written: str) -> None:
    [problem] = broken(small, tmp_path, "votes.csv", "S1/officer,A,10", f"S1/officer,A,{written}")
    assert problem.startswith("votes.csv:2: votes is not a whole number from 0 to 999999999")


@pytest.mark.parametrize(
    ("name", "old", "new", "place"),
    [
        ("areas.csv", "D,,,P", "D,,,D", "areas.csv"),
        ("areas.csv", "P,,,,", "P,,,D,", "areas.csv"),
        ("areas.csv", "D,,,P", "D,,,Q", "areas.csv"),
        ("areas.csv", "D,,,P", "P,,,", "areas.csv:3: P occurs twice"),
        ("contests.csv", "NA-1,", ",", "contests.csv:2"),
        ("contests.csv", "NA-1,,,,,", "NA-1,,,,0,", "contests.csv"),
        ("contests.csv", "NA-1,,,,,", "NA-1,,,,3,", "contests.csv"),
        ("contests.csv", "NA-1,,,,,,", "NA-1,,,,,lottery,", "contests.csv"),
        ("candidates.csv", "NA-1,B", "NA-1,A", "candidates.csv:3: NA-1 A occurs twice"),
        ("candidates.csv", "NA-1,B", "NA-1,valid", "contests.csv"),
        ("candidates.csv", "NA-1,B", "NA-2,B", "candidates.csv:3: contest names a key that is not there"),
        ("stations.csv", "S2,S2,,P", "S2,S2,,Q", "stations.csv:3: area names a key that is not there"),
        ("station_contests.csv", "S2,NA-1", "S9,NA-1", "station_contests.csv:3: station names a key that is not there"),
        ("station_contests.csv", "S2,NA-1", "S1,NA-1", "station_contests.csv:3: S1 NA-1 occurs twice"),
        ("records.csv", "S2/officer,NA-1,S2,officer", "S1/officer,NA-1,S2,officer", "records.csv:3: S1/officer occurs twice"),
        ("records.csv", "NA-1,S2,officer", "NA-1,S2,agent:", "records.csv:3: unknown source"),
        ("records.csv", "NA-1,S2,officer,,", "NA-1,S2,officer,guess,", "records.csv:3: unknown source or act"),
        ("records.csv", "NA-1,S2,officer,,", "NA-1,S2,officer,,0", "records.csv:3"),
        ("records.csv", "NA-1,S2,officer,,,", "NA-1,S2,officer,,,S1/officer", "records.csv"),
        ("records.csv", "NA-1,S2,officer,,,", "NA-1,S2,officer,,,S2/officer", "records.csv"),
        ("records.csv", "NA-1,S2,officer,,,", "NA-1,S2,officer,,,gone", "records.csv"),
        ("votes.csv", "S1/officer,B", "S1/officer,A", "votes.csv:3: no such candidate there, or given twice"),
        ("votes.csv", "S1/officer,B", "S1/officer,Z", "votes.csv:3: no such candidate there"),
        ("votes.csv", "S1/officer,B", "gone,B", "votes.csv:3: record names a key that is not there"),
        ("votes.csv", "S1/officer,B,20", "S1/officer,B,20,1", "votes.csv:3"),
        ("votes.csv", "record,candidate", "record,candidat", "votes.csv: the columns record candidate are needed"),
        ("votes.csv", "votes,unread", "votes,votes", "votes.csv: the columns"),
        ("votes.csv", "S1/officer,B", 'S1/officer,"B', "votes.csv"),
        ("votes.csv", "S1/officer,B", "S1/officer,B\0", "votes.csv"),
        ("votes.csv", "S1/officer,B", "S1/officer," + "B" * 201, "votes.csv:3: longer than 200"),
        ("votes.csv", "S1/officer,B", "S1/officer,B\u202e", "votes.csv:3: longer than 200 characters, or with characters"),
        ("declared.csv", "final,,A", "last,,A", "declared.csv:2: an unknown stage"),
        ("declared.csv", "final,,A,11", "final,,A,", "declared.csv:2"),
        ("declared.csv", "final,,A", "final,,Z", "declared.csv:2: 'Z' is neither"),
        ("declared.csv", "NA-1,,,final,,B", "NA-1,,,final,1,A", "declared.csv:3: NA-1   final 1 A occurs twice"),
        ("declared.csv", "NA-1,,,final", "NA-1,D,S1,final", "declared.csv:2"),
    ],
)
def test_what_is_refused(small: Built, tmp_path: Path, name: str, old: str, new: str, place: str) -> None:
    found = broken(small, tmp_path, name, old, new)
    assert any(one.startswith(place) for one in found), found


def test_all_problems_are_listed_up_to_a_bound(small: Built, tmp_path: Path) -> None:
    path = small.write(tmp_path) / "votes.csv"
    path.write_text("record,candidate,votes\nS1/officer,A,x\nS1/officer,B,y\n", encoding="utf-8")
    assert [one.partition(" is")[0] for one in problems(tmp_path)] == ["votes.csv:2: votes", "votes.csv:3: votes"]
    path.write_text("record,candidate,votes\n" + "gone,A,1\n" * 5000, encoding="utf-8")
    assert len(problems(tmp_path)) == reading.MAX_PROBLEMS + 1


def test_an_apostrophe_before_a_formula_is_taken_away(tmp_path: Path) -> None:
    # written by a writer: '=A → =A, ''=A → '=A, and 'A stays (specs/package-v1.md, section 4)
    built = build("'=A ''=A 'A '-1", records=[rec("S1", "officer", 1, 2, 3, 4)], declared={"'=A": 1})
    contest = read_package(built.write(tmp_path)).contests["NA-1"]
    assert list(contest.candidates) == ["=A", "'=A", "'A", "-1"]
    assert contest.records[0].votes == [1, 2, 3, 4]
    assert contest.declared[0][3] == "=A"


def test_keys_may_have_joiners_and_inner_spaces(tmp_path: Path) -> None:
    # Urdu writes U+200C between letters: a key with it is sound
    name = "نون\u200cلیگ"
    assert list(read_package(build(name, records=[rec("S 1", "officer", 1)]).write(tmp_path)).contests["NA-1"].candidates) == [name]


def test_byte_order_mark_crlf_and_quotation_marks(small: Built, tmp_path: Path) -> None:
    plain = read_package(small.write(tmp_path / "plain"))
    folder = small.write(tmp_path / "other")
    for path in folder.glob("*.csv"):
        rows = [",".join(f'"{cell}"' for cell in line.split(",")) for line in path.read_text(encoding="utf-8").splitlines()]
        path.write_bytes(("\ufeff" + "\r\n".join(rows) + "\r\n\r\n").encode())
    assert read_package(folder) == plain


def test_a_folder_in_a_zip(small: Built, tmp_path: Path) -> None:
    path = tmp_path / "package.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in small.csv_files().items():
            archive.writestr(f"elections/{name}", text)
    assert read_package(path) == read_package(small.write(tmp_path / "folder"))


@pytest.mark.parametrize(
    "path", ["../votes.csv", "/etc/votes.csv", "..\\votes.csv", "C:votes.csv", "a/../../votes.csv", "https://x/votes.csv"]
)
def test_a_path_does_not_lead_out(small: Built, tmp_path: Path, path: str) -> None:
    (tmp_path / "votes.csv").write_text("record,candidate,votes\n", encoding="utf-8")
    folder = small.write(tmp_path / "package")
    descriptor = (folder / "datapackage.json").read_text(encoding="utf-8")
    (folder / "datapackage.json").write_text(descriptor.replace('"votes.csv"', json.dumps(path)), encoding="utf-8")
    assert "leads out of the package" in problems(folder)[-1]


def test_a_link_is_not_followed(small: Built, tmp_path: Path) -> None:
    folder = small.write(tmp_path / "package")
    (folder / "votes.csv").rename(tmp_path / "votes.csv")
    (folder / "votes.csv").symlink_to(tmp_path / "votes.csv")
    assert problems(folder) == ["votes.csv: a link, not a file"]


def test_a_file_that_unpacks_to_far_more_than_it_weighs(small: Built, tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    files = small.csv_files()
    files["votes.csv"] += "\n" * (9 << 20)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    assert "larger than this verifier unpacks" in problems(path)[0]


def test_an_endless_line(small: Built, tmp_path: Path) -> None:
    path = small.write(tmp_path) / "votes.csv"
    with path.open("a", encoding="utf-8") as file:
        file.write("x" * (reading.MAX_LINE + 1))
    assert "a line of more than a million characters" in problems(tmp_path)[0]


def test_two_files_of_one_name_in_a_zip(small: Built, tmp_path: Path) -> None:
    path = small.zip(tmp_path / "package.zip")
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("votes.csv", "record,candidate,votes\n")
    assert problems(path) == ["two files in the archive have one name"]


def test_parquet_is_refused_in_plain_words(small: Built, tmp_path: Path) -> None:
    found = broken(small, tmp_path, "datapackage.json", '"votes.csv"', '"votes.parquet"')
    assert found == ["votes.parquet: this verifier reads one CSV file a table; make a CSV package of it (tallyproof import)"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", '{"resources": 1}', '{"resources": [1]}', '{"resources": [{"name": "votes"}]}', "[" * 100_000]
)
def test_what_is_no_descriptor(small: Built, tmp_path: Path, text: str) -> None:
    (small.write(tmp_path) / "datapackage.json").write_text(text, encoding="utf-8")
    assert len(problems(tmp_path)) == 1


@pytest.mark.parametrize("what", ["nothing", "text", "damaged", "unreadable"])
def test_what_is_no_package(small: Built, tmp_path: Path, what: str) -> None:
    path = tmp_path / "package"
    if what == "text":
        path.write_text("an election", encoding="utf-8")
    elif what == "damaged":
        whole = small.zip(path).read_bytes()
        path.write_bytes(whole[:200] + bytes(300) + whole[500:])
    elif what == "unreadable":
        path.mkdir()
        path.chmod(stat.S_IXUSR)
    assert problems(path)


# --- the code itself ------------------------------------------------------------------------------


def test_it_imports_the_standard_library_and_for_logs_cryptography() -> None:
    for path in CODE.glob("*.py"):
        also = {"tallyproof_verify", "cryptography"} if path.stem == "plain" else {"tallyproof_verify"}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [one.name for one in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            for name in names:
                top = name.partition(".")[0]
                assert top in also or top in sys.stdlib_module_names, f"{path.name} imports {name}"
