"""A first mapping for an unknown table, with everything that a person must still decide said aloud.

A guess is never applied: it is text to be read, corrected and saved. What it cannot tell it lists in ``unsure``.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from tallyproof.errors import InputError, Problem
from tallyproof.formats.tabular import LINE, RawTable, ReadSpec, decode, read_bytes, read_table
from tallyproof.model.counts import NotACount, read_count

_SAMPLE = 1 << 18
_ROWS = 5000

# Words in headings, in the languages that election tables were met in; the first fit decides.
_BOX_WORDS: tuple[tuple[str, str], ...] = (
    ("registered", r"regist|electors?\b|inscrit|electores|\bRE\b|total voters|eligible|on roll|\broll\b|رجسٹرڈ|کل ووٹرز"),
    ("rejected", r"reject|invalid|\bnull|nulo|\bnuls\b|spoil|excluded|مسترد"),
    ("blank", r"\bblank|blanco|blancs"),
    ("valid", r"\bvalid|válid|valide|درست"),
    ("in_box", r"turn ?out|cast|polled|total votes|votantes|emitid|ballots|in box|ڈالے گئے"),
    ("issued", r"\bissued"),
)
_KEY_WORDS = (
    r"station|\bps\b|ps ?no|psnum|polling|acta|mesa|\bno\.?$|^no\b|code|cod|stream|booth|bureau|centro|\bid\b|precinct|batch|form|file|نمبر"
)
_NAME_WORDS = r"name|nombre|recinto|school|address|place|نام"
_AREA_WORDS = (
    r"countr|pa[ií]s|provinc|state|estado|\bedo\b|region|depart|district|county|municip|\bmun\b|tehsil|taluka"
    r"|parish|parroq|\bpar\b|local|ward"
)
_TOTAL = re.compile(r"(?i)^\s*(grand\s+)?(total|totals|sum|subtotal|all|gesamt|suma)\b|^\s*(کل|میزان)")
_NO_FIGURE = r"percent|pct|%|margin|winner|diff|\blat\b|\blon|url|serial|score|share|coord"


@dataclass(frozen=True, slots=True)
class Guess:
    """A mapping to start from, as TOML, and what it is unsure of."""

    toml: str
    unsure: tuple[str, ...]


@dataclass(slots=True)
class _Column:
    name: str
    counts: bool
    """Every cell is a whole number or empty."""
    filled: int
    distinct: int
    total: int


def guess(path: Path) -> Guess:
    """Guess a mapping for one table. Raises InputError if it cannot be read as a table at all."""
    unsure: list[str] = []
    spec = _spec(path, unsure)
    table = read_table(path, spec)
    if table.frame.is_empty() or not table.columns:
        raise InputError(
            f"{path.name} has no rows",
            problems=(
                Problem(
                    file=path.name, code="no-rows", message="there are no rows below the header", mend="give a file with a row a station"
                ),
            ),
        )
    for name in sorted(table.repeated):
        unsure.append(f"several columns are named {name!r}: they are called {name + '#1'!r}, {name + '#2'!r} … here")
    frame = table.frame.head(_ROWS).with_columns(pl.col(name).str.strip_chars() for name in table.columns)
    thousands = _thousands(frame, table.columns, unsure)
    columns = {name: _look(frame[name], name, thousands) for name in table.columns}
    keys = _keys(frame, columns, unsure)
    totals = _total_rows(frame, keys)
    body = frame.filter(~pl.Series(totals, dtype=pl.Boolean))
    columns = {name: _look(body[name], name, thousands) for name in table.columns}
    boxes, candidates, rest = _figures(body, columns, keys, thousands, unsure)
    return Guess(
        _toml(path, spec, table, thousands, keys, boxes, candidates, rest, frame.filter(pl.Series(totals, dtype=pl.Boolean)), unsure),
        tuple(unsure),
    )


def _spec(path: Path, unsure: list[str]) -> ReadSpec:
    suffix = path.suffix.lower()
    if suffix in (".xlsx", ".xlsm"):
        unsure.append("the first sheet is read, its first row as the header; say sheet = ... or header = ... if that is wrong")
        return ReadSpec(format="xlsx")
    if suffix == ".json":
        unsure.append("the list of objects is taken to be the whole file; say path = ... if it lies deeper")
        return ReadSpec(format="json")
    if suffix in (".ts", ".js"):
        return ReadSpec(format="js-objects")
    data = read_bytes(path)
    text, encoding = decode(data, "auto", path.name)
    if encoding not in ("utf-8", "utf-16"):
        unsure.append(f"the encoding looks like {encoding}; names with accents or Urdu letters show whether it is")
    sample = text[:_SAMPLE]
    delimiter, header = _shape(sample, unsure)
    return ReadSpec(encoding="auto" if encoding in ("utf-8", "utf-16") else encoding, delimiter=delimiter, header=header)


def _shape(sample: str, unsure: list[str]) -> tuple[str, int]:
    best = (0, 0, ",", 1)
    for delimiter in (",", ";", "\t", "|"):
        try:
            rows = list(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter))[:200]
        except csv.Error:
            continue
        widths = Counter(len(row) for row in rows if any(row))
        if not widths:
            continue
        width, same = max(widths.items(), key=lambda item: (item[0] > 1, item[1]))
        if width > 1 and (same, width) > best[:2]:
            header = next(
                number
                for number, row in enumerate(rows, start=1)
                if len(row) == width and sum(bool(cell.strip()) for cell in row) * 2 > width
            )
            best = (same, width, delimiter, header)
    if best[1] == 0:
        unsure.append("no delimiter fits: the file seems to have one column")
    elif best[3] > 1:
        unsure.append(f"row {best[3]} is taken as the header; the rows above it are not read")
    return best[2], best[3]


def _thousands(frame: pl.DataFrame, columns: list[str], unsure: list[str]) -> str:
    marks: Counter[str] = Counter()
    for name in columns:
        cells = frame[name].unique().to_list()[:500]
        for mark in (",", ".", "'", " "):
            grouped = [cell for cell in cells if mark in cell and re.fullmatch(rf"\d{{1,3}}({re.escape(mark)}\d{{2,3}})+", cell)]
            # One dot and a single group may as well be a decimal fraction.
            if grouped and len(grouped) * 2 > sum(cell != "" for cell in cells) / 5:
                marks[mark] += len(grouped)
    if not marks:
        return ""
    mark = marks.most_common(1)[0][0]
    unsure.append(f"{mark!r} seems to group digits (thousands = {mark!r}); make sure that it is no decimal point")
    return mark


def _look(column: pl.Series, name: str, thousands: str) -> _Column:
    cells = column.unique().to_list()
    read = [read_count(cell, thousands=thousands) for cell in cells if cell]
    counts = bool(read) and sum(isinstance(value, NotACount) for value in read) * 20 <= len(read)
    # A column of a few words is no column of figures, however many of its cells are empty.
    total = 0
    if counts:
        per_cell = dict(zip((cell for cell in cells if cell), read, strict=True))
        occurs = Counter(column.to_list())
        total = sum(value * occurs[cell] for cell, value in per_cell.items() if isinstance(value, int))
    return _Column(name, counts, int((column != "").sum()), len(cells), total)


def _says(words: str, heading: str) -> bool:
    return re.search(words, heading.replace("_", " "), re.IGNORECASE) is not None


def _keys(frame: pl.DataFrame, columns: dict[str, _Column], unsure: list[str]) -> list[str]:
    height = frame.height
    named = [name for name in columns if _says(_KEY_WORDS, name) and not _says(_NO_FIGURE, name)]
    single = [name for name in named if columns[name].distinct >= height * 0.97]
    if single:
        return single[:1]
    for first in named:
        for second in named:
            if first != second and frame.select(first, second).n_unique() >= height * 0.99:
                unsure.append(f"the station key is put together from {first!r} and {second!r}; no single column is unique")
                return [first, second]
    unique = [name for name, column in columns.items() if column.distinct == height]
    if unique:
        unsure.append(f"{unique[0]!r} is taken as the station key only because no value occurs twice")
        return unique[:1]
    unsure.append("no column or pair of columns is unique: say which columns make the station key")
    return named[:1] or [next(iter(columns))]


def _total_rows(frame: pl.DataFrame, keys: list[str]) -> list[bool]:
    texts = [name for name in frame.columns if name != LINE]
    rows = []
    for row in frame.select(texts).iter_rows(named=True):
        words = [row[key] for key in keys] + [next(iter(row.values()))]
        rows.append(any(_TOTAL.match(word) for word in words) or all(row[key] == "" for key in keys))
    # If most rows look like totals the pattern has misread the table.
    return rows if sum(rows) * 4 < len(rows) else [False] * len(rows)


def _figures(
    body: pl.DataFrame, columns: dict[str, _Column], keys: list[str], thousands: str, unsure: list[str]
) -> tuple[dict[str, str], list[str], list[str]]:
    boxes: dict[str, str] = {}
    candidates: list[str] = []
    rest: list[str] = []
    for name, column in columns.items():
        if name in keys or not column.counts or _says(_NO_FIGURE, name) or _says(_AREA_WORDS, name):
            rest += [name] if name not in keys else []
            continue
        box = next((box for box, words in _BOX_WORDS if _says(words, name)), None)
        if box and box not in boxes:
            boxes[box] = name
        elif box:
            rest.append(name)
            unsure.append(f"{name!r} may be {box}, but so may {boxes[box]!r}")
        elif _says(_KEY_WORDS, name) or _says(_NAME_WORDS, name):
            rest.append(name)
        else:
            candidates.append(name)
    _sums(body, boxes, candidates, thousands, unsure)
    if not candidates:
        unsure.append("no column looks like a candidate's votes")
    else:
        names = ", ".join(repr(name) for name in candidates)
        unsure.append(f"the candidates are taken to be {names}: check that each is a candidate, not a sum or a code")
    if "registered" not in boxes:
        unsure.append("no column looks like the register (registered voters)")
    return boxes, candidates, rest


def _sums(body: pl.DataFrame, boxes: dict[str, str], candidates: list[str], thousands: str, unsure: list[str]) -> None:
    """A column that equals the sum of the candidates in nearly every row is a sum, whatever it is called."""

    def values(name: str) -> list[int]:
        return [value if isinstance(value := read_count(cell, thousands=thousands), int) else 0 for cell in body[name].to_list()]

    figures = {name: values(name) for name in candidates}
    for name in list(candidates):
        others = [figures[other] for other in candidates if other != name]
        if len(others) < 2:
            continue
        same = sum(figures[name][i] == sum(column[i] for column in others) for i in range(body.height))
        if same * 10 >= body.height * 9:
            candidates.remove(name)
            if "valid" in boxes:
                unsure.append(f"{name!r} is the sum of the candidates: left out")
            else:
                boxes["valid"] = name
                unsure.append(f"{name!r} is the sum of the candidates in {same} of {body.height} rows: taken as valid votes")
            return
    if "valid" in boxes and candidates:
        total = values(boxes["valid"])
        same = sum(total[i] == sum(figures[name][i] for name in candidates) for i in range(body.height))
        if same * 10 < body.height * 9:
            only = f"{boxes['valid']!r} is the sum of the candidates in only {same} of {body.height} rows"
            unsure.append(f"{only}: is it valid votes, and are these all candidates?")


def _toml(
    path: Path,
    spec: ReadSpec,
    table: RawTable,
    thousands: str,
    keys: list[str],
    boxes: dict[str, str],
    candidates: list[str],
    rest: list[str],
    totals: pl.DataFrame,
    unsure: list[str],
) -> str:
    ids = _ids(candidates)
    name = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "election"
    station = "-".join(f"{{{key}}}" for key in keys)
    out = [
        "# A guess. Read every line; what is not certain is marked with a question mark.",
        'mapping = "v1"',
        "",
        "[about]",
        f"name = {_q(name)}",
        f"title = {_q(path.stem)}  # ?",
        "",
        "[[contests]]",
        f"contest = {_q(name)}  # ? the seat, as it is officially called",
        "seats = 1",
        "",
    ]
    for column in candidates:
        out += ["[[candidates]]", f"candidate = {_q(ids[column])}", f"name = {_q(column)}  # ?", 'party = ""  # ?', ""]
    out += ["[[inputs]]", 'slot = "stations"', f"file = {_q(path.name)}", f"format = {_q(spec.format)}"]
    if spec.format == "csv":
        out += [f"encoding = {_q(spec.encoding)}", f"delimiter = {_q(spec.delimiter)}"]
    if spec.header != 1:
        out.append(f"header = {spec.header}  # ?")
    if thousands:
        out.append(f"thousands = {_q(thousands)}  # ?")
    out.append(f"station = {_q(station)}{'  # ?' if len(keys) > 1 else ''}")
    names = [column for column in rest if _says(_NAME_WORDS, column)]
    if names:
        out.append(f"station_name = {_q('{' + names[0] + '}')}  # ?")
    areas = [column for column in rest if _says(_AREA_WORDS, column) and not _says(r"\bcod", column) and column not in names[:1]]
    if areas:
        out.append("# ? from the top down; codes and names of one level belong together (key = ..., name = ...)")
        out.append(
            "areas = [" + ", ".join(f"{{ level = {_q(column.lower())}, name = {_q('{' + column + '}')} }}" for column in areas) + "]"
        )
    if totals.height:
        key = keys[0]
        words = sorted(set(totals[key]))
        unsure.append(f"{totals.height} rows look like totals and are skipped: {', '.join(map(repr, words[:5]))} in {key!r}")
        listed = _q(words[0]) if len(words) == 1 else "[" + ", ".join(map(_q, words)) + "]"
        out += ["", "[[inputs.skip]]", f"column = {_q(key)}", f"equals = {listed}  # ?", 'reason = "a row of totals"']
    out += [
        "",
        "[[inputs.records]]",
        'source = "commission"  # ? whose copies are these: officer, commission, agent:<party>, observer:<name>',
    ]
    if "registered" in boxes:
        out.append(f"roll = {_q(boxes['registered'])}  # ?")
    out.append("[inputs.records.votes]")
    out += [f"{_q(ids[column])} = {_q(column)}" for column in candidates]
    if boxes:
        out.append("[inputs.records.boxes]")
        out += [f"{box} = {_q(column)}  # ?" for box, column in boxes.items()]
    unused = [column for column in rest if column not in names[:1] and column not in areas]
    if unused:
        out += ["", f"# not used: {', '.join(unused)}"]
    return "\n".join(out) + "\n"


def _ids(columns: list[str]) -> dict[str, str]:
    ids: dict[str, str] = {}
    for column in columns:
        plain = re.sub(r"[^\w]+", "-", column.strip().lower()).strip("-") or "candidate"
        number = sum(1 for other in ids.values() if other == plain or other.startswith(f"{plain}~"))
        ids[column] = f"{plain}~{number + 1}" if number else plain
    return ids


def _q(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
