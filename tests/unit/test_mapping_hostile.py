"""Tables as they come: bad bytes, bad numbers, double keys, broken archives. Each is placed and has a mend."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tallyproof.errors import InputError, UsageError
from tallyproof.formats.mapping import import_files, parse_mapping
from tests.unit.test_mapping_import import GOOD, HEAD, WIDE, problems, records, run, votes


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.encode("utf-16"),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("10,5,15", "۱۰,٥,15.0").encode(),
        GOOD.replace("No,", " No ,").encode(),
        GOOD.replace("\n2,", "\n\n2,").encode(),
    ],
    ids=["bom", "utf-16", "crlf", "urdu-digits-and-float", "spaces-in-header", "blank-line"],
)
def test_spellings_of_the_same_table(tmp_path: Path, data: bytes) -> None:
    assert votes(run(tmp_path, WIDE, data)) == votes(run(tmp_path, WIDE, GOOD))


def test_latin_1_is_guessed_or_named_and_wrong_bytes_are_placed(tmp_path: Path) -> None:
    data = "No,Recinto,R,A,Valid\n1,Estación Peñón,10,5,15\n2,Añasco,7,8,15\n".encode("latin-1")
    named = WIDE.replace('station = "{No}"', 'station = "{No}"\nstation_name = "{Recinto}"')
    for encoding in ('encoding = "latin-1"\n', ""):
        mapping = named.replace('slot = "main"\n', f'slot = "main"\n{encoding}')
        assert run(tmp_path, mapping, data).election.stations.collect()["name"].to_list() == ["Estación Peñón", "Añasco"]
    strict = named.replace('slot = "main"\n', 'slot = "main"\nencoding = "utf-8"\n')
    (problem,) = problems(tmp_path, strict, data)
    assert (problem.code, problem.row) == ("bad-encoding", 2)


def test_urdu_names_in_windows_1256(tmp_path: Path) -> None:
    mapping = WIDE.replace('station = "{No}"', 'encoding = "windows-1256"\nstation = "{No}"\nstation_name_ur = "{نام}"')
    imported = run(tmp_path, mapping, "No,نام,R,A,Valid\n1,لاہور,1,2,3\n".encode("cp1256"))
    assert imported.election.stations.collect()["name_ur"].to_list() == ["لاہور"]


def test_thousands_marks_are_read_only_if_the_mapping_says_so(tmp_path: Path) -> None:
    data = "No;R;A;Valid\n1;1.234;5;1.239\n2;1,10;1.2345;3\n"
    semicolon = WIDE.replace('slot = "main"', 'slot = "main"\ndelimiter = ";"')
    found = problems(tmp_path, semicolon, data)
    assert [(p.row, p.column, p.code) for p in found] == [
        (2, "R", "not-a-number"),
        (2, "Valid", "not-a-number"),
        (3, "R", "not-a-number"),
        (3, "A", "not-a-number"),
    ]
    assert 'thousands = "."' in found[0].mend
    grouped = semicolon.replace('slot = "main"', 'slot = "main"\nthousands = "."')
    assert [(p.row, p.column, p.code) for p in problems(tmp_path, grouped, data)] == [(3, "R", "not-a-number"), (3, "A", "bad-grouping")]
    assert votes(run(tmp_path, grouped, data.replace("2;1,10;1.2345;3\n", "")))[("1/commission", "raja")] == 1234


def test_all_unreadable_cells_are_listed_with_their_place(tmp_path: Path) -> None:
    found = problems(tmp_path, WIDE, "No,R,A,Valid\n1,ten,5,15\n2,7,-3,15\n3,=1+1,2,1e3\n")
    assert [(p.file, p.row, p.column, p.code) for p in found] == [
        ("a.csv", 2, "R", "not-a-number"),
        ("a.csv", 3, "A", "negative"),
        ("a.csv", 4, "R", "formula"),
        ("a.csv", 4, "Valid", "not-a-number"),
    ]


def test_rows_are_counted_by_line_even_after_a_cell_with_line_breaks(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, WIDE, 'No,R,A,Valid,Name\n1,1,2,3,"two\nlines"\n2,x,2,3,n\n')
    assert problem.row == 4


def test_unreadable_may_be_taken_as_illegible_and_is_logged(tmp_path: Path) -> None:
    mapping = WIDE.replace('source = "commission"', 'source = "commission"\nunreadable = "illegible"')
    imported = run(tmp_path, mapping, "No,R,A,Valid\n1,ten,5,1S\n")
    row = imported.election.votes.collect().row(0, named=True)
    assert (row["votes"], row["unread"]) == (None, "illegible")
    assert records(imported)["unread"].to_list() == ["valid:illegible"]
    assert any("'ten'" in line for line in imported.log)


def test_unread_is_not_zero(tmp_path: Path) -> None:
    mapping = WIDE.replace('slot = "main"', 'slot = "main"\nmarks = { "No data" = "blank", "torn" = "illegible", "n/a" = "not-on-form" }')
    imported = run(tmp_path, mapping, "No,R,A,Valid\n1,No data,torn,n/a\n2,0,,\n")
    frame = imported.election.votes.collect()
    assert frame.select("votes", "unread").rows() == [(None, "blank"), (None, "illegible"), (0, None), (None, "blank")]
    assert records(imported)["unread"].to_list() == [None, "valid:blank"]


def test_a_missing_column_names_the_nearest(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, WIDE, "No,R,A,Valid votes\n1,1,2,3\n")
    assert problem.code == "missing-column"
    assert "Valid votes" in problem.mend


def test_headings_that_occur_twice_must_be_told_apart(tmp_path: Path) -> None:
    data = "No,R,A,Valid,R\n1,1,2,3,9\n"
    (problem,) = problems(tmp_path, WIDE, data)
    assert problem.code == "ambiguous-column"
    assert votes(run(tmp_path, WIDE.replace('"R"', '"R#2"'), data))[("1/commission", "raja")] == 9
    # A repeated heading that nobody asks for harms nobody.
    assert run(tmp_path, WIDE, "No,R,A,Valid,X,X\n1,1,2,3,9,9\n")


def test_a_station_twice_is_a_problem_unless_the_mapping_keeps_it(tmp_path: Path) -> None:
    data = "No,R,A,Valid\n1,1,2,3\n1,1,2,3\n"
    (problem,) = problems(tmp_path, WIDE, data)
    assert (problem.code, problem.row) == ("duplicate-key", 3)
    assert "row 2" in problem.message
    kept = run(tmp_path, WIDE.replace('source = "commission"', 'source = "commission"\nrepeated = "keep"'), data)
    assert records(kept)["station"].to_list() == ["1", "1"]
    assert kept.log
    apart = run(tmp_path, WIDE.replace('station = "{No}"', 'station = "{No}"\nrepeated_stations = "number"'), data)
    assert records(apart)["station"].to_list() == ["1", "1 #2"]
    assert apart.log


def test_the_same_record_from_two_blocks_is_a_problem(tmp_path: Path) -> None:
    block = WIDE[WIDE.index("[[inputs.records]]") :]
    (problem, *_) = problems(tmp_path, WIDE + block, GOOD)
    assert problem.code == "duplicate-key"


def test_ragged_rows_and_open_quotes_are_problems(tmp_path: Path) -> None:
    assert [(p.code, p.row) for p in problems(tmp_path, WIDE, GOOD + "3,1,2\n4,1,2,3,4\n")] == [("row-length", 4), ("row-length", 5)]
    assert [p.code for p in problems(tmp_path, WIDE, GOOD + '3,"1,2,3\n')] == ["bad-csv"]
    assert [p.code for p in problems(tmp_path, WIDE, "")] == ["no-header"]


def test_a_zip_with_one_member_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", GOOD)
    mapping = parse_mapping(HEAD + WIDE, "m.toml")
    assert import_files(mapping, [path]).election.stations.collect().height == 2
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("b.csv", GOOD)
    with pytest.raises(InputError) as caught:
        import_files(mapping, [path])
    assert caught.value.problems[0].code == "zip-members"


def test_a_zip_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", "0" * 5_000_000)
    with pytest.raises(InputError) as caught:
        import_files(parse_mapping(HEAD + WIDE, "m.toml"), [path])
    assert caught.value.problems[0].code == "zip-bomb"


def test_a_file_that_is_no_zip(tmp_path: Path) -> None:
    assert [p.code for p in problems(tmp_path, WIDE, GOOD, "a.zip")] == ["unreadable-file"]


def test_keys_that_a_package_cannot_hold(tmp_path: Path) -> None:
    found = problems(tmp_path, WIDE, f"No,R,A,Valid\n{'x' * 201},1,2,3\n")
    assert {p.code for p in found} == {"bad-key"}


def test_files_and_inputs_must_fit(tmp_path: Path) -> None:
    mapping = parse_mapping(HEAD + WIDE.replace('slot = "main"', 'slot = "main"\nfile = "res*.csv"'), "m.toml")
    other = tmp_path / "other.csv"
    other.write_text(GOOD)
    with pytest.raises(UsageError, match="takes"):
        import_files(mapping, [other])
    with pytest.raises(UsageError, match="missing"):
        import_files(mapping, [])
    with pytest.raises(UsageError, match="no input"):
        import_files(mapping, {"nope": other})
    with pytest.raises(UsageError, match="no file"):
        import_files(mapping, [tmp_path / "res.csv"])
    assert import_files(mapping, {"main": other}).election.stations.collect().height == 2
    for name in ("res1.csv", "res2.csv"):
        (tmp_path / name).write_text(GOOD)
    with pytest.raises(UsageError, match="one file is expected"):
        import_files(mapping, [tmp_path])


@pytest.mark.parametrize("data", ["No,R,A,Valid\n", "No,R,A,Valid\n,,,\n\n"])
def test_a_table_without_rows_is_a_problem(tmp_path: Path, data: str) -> None:
    assert [p.code for p in problems(tmp_path, WIDE, data)] == ["no-rows"]


def test_a_table_whose_rows_are_all_skipped_is_empty(tmp_path: Path) -> None:
    rule = '[[inputs.skip]]\ncolumn = "No"\nmatches = "."\nreason = "not this year"\n'
    imported = run(tmp_path, WIDE.replace("[[inputs.records]]", rule + "[[inputs.records]]"), GOOD)
    assert len(imported.skipped) == 2
    assert records(imported).is_empty()
    assert imported.election.candidates.collect().height == 2


def test_a_key_with_a_line_break_is_placed(tmp_path: Path) -> None:
    assert [(p.code, p.row) for p in problems(tmp_path, WIDE, 'No,R,A,Valid\n1,1,2,3\n"2\n3",1,2,3\n')] == [("bad-key", 3)]
