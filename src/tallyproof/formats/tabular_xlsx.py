"""Spreadsheets. Formulas are read as the values that were stored with them, never computed."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator

import fastexcel

from tallyproof.errors import InputError, Problem

MAX_UNPACKED = 1 << 30
_CELL = re.compile(r"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(r"<Relationship\b[^>]*>")


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'(?:^|[\s:]){name}="([^"]*)"', tag)
    return html.unescape(found[1]) if found else ""


def _fail(file: str, code: str, message: str, mend: str) -> InputError:
    return InputError(f"{file} cannot be read", problems=(Problem(file=file, code=code, message=message, mend=mend),))


def _sheet_xml(data: bytes, file: str, sheet: str) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED:
                raise _fail(file, "zip-bomb", "the workbook would unpack to more than 1 GiB", "save the one sheet as CSV")
            book = archive.read("xl/workbook.xml").decode("utf-8")
            relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8")
            targets = {_attribute(tag, "Id"): _attribute(tag, "Target") for tag in _RELATION.findall(relations)}
            sheets = {_attribute(tag, "name"): targets.get(_attribute(tag, "id"), "") for tag in _SHEET.findall(book)}
            if not sheets or (sheet and sheet not in sheets):
                raise _fail(
                    file,
                    "no-sheet",
                    f"there is no sheet {sheet!r}",
                    f"the sheets are: {', '.join(sheets) or 'none'}; say which: sheet = ...",
                )
            target = sheets[sheet] if sheet else next(iter(sheets.values()))
            return archive.read(target.lstrip("/") if target.startswith("/") else f"xl/{target}").decode("utf-8")
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError, RuntimeError, NotImplementedError) as error:
        raise _fail(
            file, "bad-xlsx", f"this is not a whole .xlsx workbook: {error}", "open it in a spreadsheet and save it as .xlsx or CSV"
        ) from error


def xlsx_problems(data: bytes, file: str, sheet: str) -> tuple[Problem, ...]:
    """Cells that would silently read as empty: formulas without a stored value, and error values such as #REF!."""
    problems = []
    for attributes, content in _CELL.findall(_sheet_xml(data, file, sheet)):
        reference = re.fullmatch(r"([A-Z]+)(\d+)", _attribute(attributes, "r"))
        column, row = (reference[1], int(reference[2])) if reference else (None, None)
        if _attribute(attributes, "t") == "e":
            problems.append(
                Problem(
                    file=file,
                    row=row,
                    column=column,
                    code="error-value",
                    message="the cell holds an error value",
                    mend="mend the formula or clear the cell",
                )
            )
        elif "<f" in content and not re.search(r"<v>[^<]", content) and _attribute(attributes, "t") != "str":
            problems.append(
                Problem(
                    file=file,
                    row=row,
                    column=column,
                    code="formula-without-value",
                    message="the formula has no stored value; formulas are not computed here",
                    mend="open the workbook in a spreadsheet program, let it calculate, and save it",
                )
            )
    return tuple(problems)


def xlsx_cells(data: bytes, file: str, sheet: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of the sheet as text, each with its number in the sheet."""
    try:
        reader = fastexcel.read_excel(data)
        frame = reader.load_sheet(sheet or 0, header_row=None, skip_rows=0, dtypes="string").to_polars()
    except fastexcel.FastExcelError as error:
        raise _fail(
            file, "bad-xlsx", f"the sheet cannot be read: {str(error).splitlines()[0]}", "save it as .xlsx again, or as CSV"
        ) from error
    for number, row in enumerate(frame.iter_rows(), start=1):
        yield number, ["" if cell is None else str(cell) for cell in row]
