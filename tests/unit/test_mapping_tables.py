"""Spreadsheets, JSON and lists in JavaScript source."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from tallyproof.errors import InputError
from tallyproof.formats.tabular import RawTable, ReadSpec, read_table


def rows(table: RawTable) -> list[tuple[object, ...]]:
    return table.frame.rows()


def codes(path: Path, spec: ReadSpec) -> list[tuple[str, int | None, str | None]]:
    with pytest.raises(InputError) as caught:
        read_table(path, spec)
    return [(problem.code, problem.row, problem.column) for problem in caught.value.problems]


def book(tmp_path: Path, cells: dict[str, object], sheet: str = "Sheet") -> Path:
    workbook = openpyxl.Workbook()
    page = workbook.active
    assert page is not None
    page.title = sheet
    for place, value in cells.items():
        page[place] = value
    path = tmp_path / "a.xlsx"
    workbook.save(path)
    return path


def stored(path: Path, formula: str, value: str) -> None:
    """Give the formula a stored value, as a spreadsheet program does (openpyxl writes none)."""
    import zipfile

    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    old = f"<f>{formula}</f><v />".encode()
    assert old in parts[name]
    parts[name] = parts[name].replace(old, f"<f>{formula}</f><v>{value}</v>".encode())
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def test_xlsx_numbers_are_whole_and_rows_keep_their_number(tmp_path: Path) -> None:
    path = book(tmp_path, {"B3": "No", "C3": "Votes", "B4": 7, "C4": 571.0, "B6": "x", "C6": "۱۲"})
    table = read_table(path, ReadSpec(format="xlsx", header=3))
    assert rows(table) == [(4, "7", "571"), (6, "x", "۱۲")]


def test_xlsx_formulas_are_read_as_stored_never_computed(tmp_path: Path) -> None:
    path = book(tmp_path, {"A1": "No", "B1": "Votes", "A2": 1, "B2": "=A2+1"})
    assert codes(path, ReadSpec(format="xlsx")) == [("formula-without-value", 2, "B")]
    stored(path, "A2+1", "41")
    assert rows(read_table(path, ReadSpec(format="xlsx"))) == [(2, "1", "41")]


def test_xlsx_error_values_are_problems_not_blanks(tmp_path: Path) -> None:
    path = book(tmp_path, {"A1": "No", "B1": "Votes", "A2": 1, "B2": "#REF!"})
    assert codes(path, ReadSpec(format="xlsx")) == [("error-value", 2, "B")]


def test_xlsx_sheet_by_name(tmp_path: Path) -> None:
    path = book(tmp_path, {"A1": "No", "A2": 1}, sheet="Nat & Prov")
    assert rows(read_table(path, ReadSpec(format="xlsx", sheet="Nat & Prov"))) == [(2, "1")]
    assert codes(path, ReadSpec(format="xlsx", sheet="Other")) == [("no-sheet", None, None)]


def test_xlsx_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_text("No,Votes\n1,2\n")
    assert codes(path, ReadSpec(format="xlsx")) == [("bad-xlsx", None, None)]


def read_json(tmp_path: Path, value: object, path: str = "") -> RawTable:
    file = tmp_path / "a.json"
    file.write_text(json.dumps(value), encoding="utf-8")
    return read_table(file, ReadSpec(format="json", path=path))


def test_json_keeps_numbers_as_written(tmp_path: Path) -> None:
    table = read_json(tmp_path, [{"a": 1, "b": 571.0, "c": None, "d": {"e": True}}, {"a": "x"}])
    assert table.columns == ["a", "b", "c", "d.e"]
    assert rows(table) == [(1, "", "1", "571.0", "", "true"), (2, "", "x", "", "", "")]


def test_json_paths_and_stars(tmp_path: Path) -> None:
    value = {"data": {"NA-1": {"rows": [{"v": 1}, {"v": 2}]}, "NA-2": {"rows": [{"v": 3}]}}}
    table = read_json(tmp_path, value, "data.*.rows")
    assert table.frame.select("@line", "@key", "v").rows() == [(1, "NA-1", "1"), (2, "NA-1", "2"), (3, "NA-2", "3")]
    objects = read_json(tmp_path, {"Appling": {"BC": 5}, "Bacon": {"BC": 6}})
    assert objects.frame.select("@key", "BC").rows() == [("Appling", "5"), ("Bacon", "6")]


@pytest.mark.parametrize(
    "text,code",
    [
        ("[{", "bad-json"),
        ("7", "no-list"),
        ('[{"a": 1, "a": 2}]', "duplicate-key"),
        ("[1, 2]", "not-an-object"),
        ("[" * 100_000, "bad-json"),
    ],
)
def test_json_that_cannot_be_read(tmp_path: Path, text: str, code: str) -> None:
    file = tmp_path / "a.json"
    file.write_text(text, encoding="utf-8")
    assert codes(file, ReadSpec(format="json"))[0][0] == code


def test_javascript_lists(tmp_path: Path) -> None:
    file = tmp_path / "a.ts"
    file.write_text(
        "import x from 'y'\nexport const results: Row[] = [\n"
        "  { County: 'TANA RIVER', Id: 1, 'B-C': \"a\\\"b\", n: 1_000, u: undefined, },\n"
        "  /* two */ { County: `X`, Id: 2 }\n]\nexport default results",
        encoding="utf-8",
    )
    assert codes(file, ReadSpec(format="js-objects"))[0] == ("not-a-literal", 4, None)
    file.write_text(file.read_text(encoding="utf-8").replace("`X`", "'O\\'Neill'"), encoding="utf-8")
    table = read_table(file, ReadSpec(format="js-objects"))
    assert table.frame.select("County", "Id", "B-C", "n", "u").rows() == [
        ("TANA RIVER", "1", 'a"b', "1000", ""),
        ("O'Neill", "2", "", "", ""),
    ]


def test_javascript_calls_are_never_run(tmp_path: Path) -> None:
    file = tmp_path / "a.js"
    file.write_text("const x = [{ a: compute(1) }]", encoding="utf-8")
    assert codes(file, ReadSpec(format="js-objects"))[0][0] == "not-a-literal"


def test_header_row_and_number_of_rows(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("#### TITLE ####\nA,B\n\n#### ROWS ####\nNo,V\n1,2\n3,4\n\n#### MORE ####\n", encoding="utf-8")
    assert rows(read_table(file, ReadSpec(header=5, rows=2))) == [(6, "1", "2"), (7, "3", "4")]
