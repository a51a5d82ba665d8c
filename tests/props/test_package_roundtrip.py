"""Whatever an election holds survives being written; whatever bytes a file holds, reading ends in an election or an InputError."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tallyproof.errors import InputError, TallyproofError
from tallyproof.formats.codes import CODES
from tallyproof.formats.package import Limits, read_package, write_package
from tallyproof.model.boxes import BOX_NAMES, COUNT_LIMIT
from tallyproof.model.election import About, Election
from tallyproof.model.tables import TABLES
from tallyproof.model.words import Act, Unread
from tests.unit.test_package_problems import PROBLEMS, lay_out

TRICKY = st.sampled_from(list("=+-@\t\r\n'\",; ۱٢قABz０＝é\u200c"))
TEXT = st.text(TRICKY, min_size=1, max_size=6) | st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1, max_size=6
)
MAYBE = st.none() | TEXT
KEYS = (
    st.text(st.sampled_from(list("=+-@'\",;:۱٢قABz０＝é ")), min_size=1, max_size=6)
    .map(str.strip)
    .filter(lambda key: key not in ("", *BOX_NAMES))
)
COUNT = st.integers(0, COUNT_LIMIT)


def frame(name: str, rows: list[dict[str, Any]]) -> pl.LazyFrame:
    schema = TABLES[name].schema
    return pl.DataFrame([{column: row.get(column) for column in schema} for row in rows], schema=schema, orient="row").lazy()


@st.composite
def elections(draw: st.DrawFn) -> Election:
    areas = draw(st.lists(KEYS, unique=True, max_size=3))
    contests = draw(st.lists(KEYS, unique=True, min_size=1, max_size=2))
    stand = {contest: draw(st.lists(KEYS, unique=True, min_size=1, max_size=3)) for contest in contests}
    stations = draw(st.lists(KEYS, unique=True, min_size=1, max_size=3))
    records = draw(st.lists(KEYS, unique=True, max_size=4))
    place = st.none() | st.sampled_from(areas) if areas else st.none()
    record_rows: list[dict[str, Any]] = []
    vote_rows = []
    for key in records:
        contest = draw(st.sampled_from(contests))
        boxes = {box: draw(st.none() | COUNT) for box in draw(st.sets(st.sampled_from(BOX_NAMES), max_size=3))}
        blank = [f"{box}:{draw(st.sampled_from(Unread)).value}" for box in BOX_NAMES if boxes.get(box) is None and draw(st.booleans())]
        record_rows.append(
            {
                "record": key,
                "contest": contest,
                "station": draw(st.sampled_from(stations)),
                "source": draw(st.sampled_from(["officer", "scan", "agent:=Blue", "observer:ق ن", "court:'-x"])),
                "act": draw(st.sampled_from(Act)).value,
                "version": draw(st.integers(1, 3)),
                "received_at": draw(MAYBE),
                "image_sha256": draw(st.none() | st.just("0f" * 32)),
                **boxes,
                "unread": " ".join(blank) or None,
            }
        )
        for candidate in draw(st.sets(st.sampled_from(stand[contest]))):
            votes = draw(st.none() | COUNT)
            unread = None if votes is not None else draw(st.sampled_from(Unread)).value
            vote_rows.append({"record": key, "candidate": candidate, "votes": votes, "unread": unread, "male": draw(st.none() | COUNT)})
    return Election(
        about=About(
            name="x", title=draw(TEXT | st.just("")), notice=draw(TEXT | st.just("")), sources=tuple(draw(st.lists(TEXT, max_size=2)))
        ),
        areas=frame("areas", [{"area": area, "name": draw(MAYBE), "name_ur": draw(MAYBE)} for area in areas]),
        contests=frame(
            "contests", [{"contest": c, "name": draw(MAYBE), "area": draw(place), "seats": 1, "rule": "plurality"} for c in contests]
        ),
        candidates=frame(
            "candidates",
            [
                {"contest": c, "candidate": one, "party": draw(MAYBE), "backed_by": draw(MAYBE)}
                for c in sorted(contests)
                for one in stand[c]
            ],
        ),
        stations=frame("stations", [{"station": one, "name": draw(MAYBE), "area": draw(place)} for one in stations]),
        records=frame("records", record_rows),
        votes=frame("votes", vote_rows),
        statements=frame(
            "statements",
            [
                {
                    "statement": key,
                    "contest": contests[0],
                    "who": draw(MAYBE),
                    "item": "valid",
                    "about": "records",
                    "value": draw(COUNT),
                    "rounding": "about",
                    "text": draw(MAYBE),
                }
                for key in draw(st.lists(KEYS, unique=True, max_size=2))
            ],
        ),
    )


def sorted_table(election: Election, name: str) -> pl.DataFrame:
    frame = election.table(name).collect()
    return frame if name == "candidates" else frame.sort(TABLES[name].key, nulls_last=False)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(election=elections(), parquet=st.booleans(), suffix=st.sampled_from(["", ".zip"]))
def test_what_was_written_is_read(election: Election, parquet: bool, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as room:
        out = Path(room) / f"p{suffix}"
        write_package(election, out, parquet=parquet)
        again = read_package(out)
        assert again.about == election.about
        for name in TABLES:
            expected, found = sorted_table(election, name), sorted_table(again, name)
            assert found.schema == expected.schema
            assert found.rows() == expected.rows(), name


NAMES = [name for name in PROBLEMS["base"] if name.endswith(".csv")]
PIECES = st.sampled_from(
    [
        b'"',
        b'""',
        b",",
        b"\n",
        b"\r\n",
        b"\r",
        b"\0",
        b"\xff",
        b"=cmd()",
        b"-1",
        b"1e400",
        "۱۲".encode(),
        b"r1",
        b"a",
        b"C1",
        b"A",
        b" ",
        b"x" * 300,
    ]
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(["datapackage.json", *NAMES]),
    content=st.binary(max_size=200) | st.lists(PIECES, max_size=30).map(b"".join),
    at=st.integers(0, 400),
    block=st.sampled_from([200, 4096, 1 << 24]),
)
def test_arbitrary_bytes_end_in_an_election_or_an_input_error(name: str, content: bytes, at: int, block: int) -> None:
    with tempfile.TemporaryDirectory() as room:
        folder = lay_out(Path(room), {})
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[:at] + content + data[at:])
        found: InputError | None = None
        try:
            read_package(folder, limits=Limits(block=block, header=180)).votes.collect()
        except InputError as error:
            found = error
        if found is not None:
            assert found.problems
            assert {problem.code for problem in found.problems} <= set(CODES)
            str(found).encode()


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=300))
def test_arbitrary_files_are_refused(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as room:
        path = Path(room) / "x.zip"
        for start in (b"", b"PK\x03\x04", b"PK\x05\x06"):
            path.write_bytes(start + data)
            with pytest.raises(TallyproofError):
                read_package(path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(st.lists(st.text(st.sampled_from(list("a\"\n\r,= 'ق")), max_size=5), min_size=2, max_size=2), min_size=1, max_size=8),
    quote_all=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
    block=st.sampled_from([64, 1 << 24]),
)
def test_cells_are_those_that_the_csv_module_wrote(rows: list[list[str]], quote_all: bool, end: str, block: int) -> None:
    """Whatever way is taken through a file, fast or record by record, the cells are the same."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL)
    writer.writerow(["area", "name", "level"])
    for at, row in enumerate(rows):
        # the writer of Python quotes a carriage return only if it also is the line end
        writer.writerow([f"k{at:02d}", *(cell.replace("\r", "") if not quote_all else cell for cell in row)])
    with tempfile.TemporaryDirectory() as room:
        only = {"areas.csv": out.getvalue(), "contests.csv": "contest\nC1\nC2\n", "stations.csv": "station\ns1\ns2\n"}
        folder = lay_out(Path(room), {**only, "declared.csv": "contest,stage,item,value\n"})
        election = read_package(folder, limits=Limits(block=block, header=200))
        found = election.areas.sort("area").select("name", "level").collect().rows()
    expected = [tuple(_plain(cell if quote_all else cell.replace("\r", "")) for cell in row) for row in rows]
    assert found == expected


def _plain(cell: str) -> str | None:
    """What a cell means, by section 4 of the specification, written anew."""
    bare = cell.lstrip("'")
    if bare != cell and bare[:1] in ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠") and bare:
        cell = cell[1:]
    return cell or None
