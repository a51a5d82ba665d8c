"""``specs/package-v1.md`` says what the code does: its tables are those of the model, its bounds and codes those of the reader."""

from __future__ import annotations

import ast
import dataclasses
import re
from pathlib import Path

import tallyproof.formats
from tallyproof.formats.codes import CODES
from tallyproof.formats.limits import Limits
from tallyproof.formats.vocabulary import DEFAULTS
from tallyproof.model.tables import TABLES

SPEC = (Path(__file__).parents[2] / "specs" / "package-v1.md").read_text(encoding="utf-8")
LIMITS = {
    "descriptor": "bytes of `datapackage.json`",
    "member": "bytes of a file in a folder",
    "zip_member": "bytes of a file in an archive, unpacked",
    "zip_total": "bytes of all files in an archive, unpacked",
    "zip_ratio": "unpacked to packed, of a file in an archive that is larger than the next figure",
    "zip_ratio_from": "bytes from which that ratio is asked for",
    "zip_directory": "bytes of an archive's own list of files",
    "members": "files in an archive",
    "header": "bytes of the first line of a CSV file",
    "columns": "columns of a table",
    "rows": "rows of a table",
    "rows_per_byte": "rows of a Parquet file for each of its bytes, beyond the first million rows",
    "cell": "bytes of a text; four times as many are searched for the end of a quoted cell",
    "problems": "problems that are listed",
    "block": "bytes of a CSV file that are parsed at a time",
}


def tables() -> str:
    """Section 3 as the model has it."""
    parts = []
    for table in TABLES.values():
        parts.append(f"### {table.name}{' (required)' if table.required else ''}\n")
        parts.append(f"{table.meaning[0].upper()}{table.meaning[1:]}. Key: {', '.join(f'`{name}`' for name in table.key)}.\n")
        parts.append("| column | type | | meaning |\n|---|---|---|---|")
        for column in table.columns:
            notes = ["required"] if column.required else []
            notes += [f"reference to {column.refers}"] if column.refers else []
            parts.append(f"| `{column.name}` | {column.type.value} | {', '.join(notes)} | {column.meaning} |")
        parts.append("")
    return "\n".join(parts).rstrip()


def limits() -> str:
    """Section 8 as the reader has it."""
    values = dataclasses.asdict(Limits())
    return "| bound | of |\n|---|---|\n" + "\n".join(f"| {values[name]} | {meaning} |" for name, meaning in LIMITS.items())


def problems() -> str:
    """Section 9 as the reader has it."""
    rows = (f"| `{code}` | {meaning} | {mend} |" for code, (meaning, mend) in CODES.items())
    return "| code | meaning | mend |\n|---|---|---|\n" + "\n".join(rows)


def part(name: str) -> str:
    found = re.search(rf"<!-- {name}: [^\n]*-->\n(.*?)\n<!-- end of {name} -->", SPEC, flags=re.DOTALL)
    assert found is not None
    return found[1]


def test_the_tables_are_those_of_the_model() -> None:
    assert part("tables") == tables()


def test_the_limits_are_those_of_the_reader() -> None:
    assert set(LIMITS) == {field.name for field in dataclasses.fields(Limits)}
    assert part("limits") == limits()


def test_the_problems_are_those_of_the_reader() -> None:
    assert part("problems") == problems()


def test_the_defaults_are_those_of_the_reader() -> None:
    stated = re.findall(r"^\| (\w+) \| (\w+) \| (\w+) \|$", SPEC[SPEC.index("## 6.") : SPEC.index("## 7.")], flags=re.MULTILINE)
    known = {(table, column, str(value)) for table, columns in DEFAULTS.items() for column, value in columns.items()}
    assert set(stated) == known


def test_no_code_is_stated_that_nothing_reports() -> None:
    """Codes of counts come from ``model.counts``; all others stand as a text somewhere in the reader."""
    folder = Path(tallyproof.formats.__file__).parent
    files = [file for file in folder.glob("*.py") if file.name != "codes.py"] + [folder.parent / "model" / "counts.py"]
    texts = {
        node.value
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(CODES) <= texts


def test_the_example_of_section_1_is_a_package(tmp_path: Path) -> None:
    from tallyproof.formats.package import read_package

    example = SPEC[SPEC.index("datapackage.json  {") : SPEC.index("## 2.")]
    descriptor = example[example.index("{") : example.index("]}") + 2]
    (tmp_path / "datapackage.json").write_text(descriptor)
    (tmp_path / "contests.csv").write_text("contest\nPS-129\n")
    (tmp_path / "candidates.csv").write_text("contest,candidate\nPS-129,bari\nPS-129,hafiz\n")
    (tmp_path / "records.csv").write_text("record,contest,station,source\nr1,PS-129,station-1,officer\n")
    (tmp_path / "votes.csv").write_text("record,candidate,votes\nr1,bari,412\n")
    assert read_package(tmp_path).votes.collect().rows() == [("r1", "bari", 412, None, None, None, None)]
