"""A whole round typed as a sheet: what agrees goes into the log, what differs waits, what is wrong is said with its place."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tallyproof.cli.audit_sheets import Sheet, read_sheet, sheet_bytes
from tallyproof.errors import InputError
from tallyproof.record.book import Contest
from tallyproof.record.entry import parse_entry
from tests.support.audit_desk import Desk, fill, written
from tests.support.audit_logs import DICE, audited_election

MADE = audited_election(random.Random(5), 10)
FIGURES = MADE.figures["NA-1"]
BOXED = Contest(
    1,
    {"candidates": [{"candidate": "ali"}, {"candidate": "=bano"}], "boxes": ["rejected"]},
    ("ali", "=bano"),
    frozenset({"ali", "=bano"}),
)
HEAD = "station,found,votes:ali,votes:=bano,boxes:rejected"


def read(tmp_path: Path, text: str | bytes, drawn: tuple[str, ...] = ("1", "2", "=3", "10")) -> Sheet:
    path = tmp_path / "sheet.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_sheet(path, BOXED, drawn)


def wrong(tmp_path: Path, text: str | bytes) -> list[tuple[str, str]]:
    """Place and code of all that is wrong; each says how to mend it."""
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert all(len(one.mend) > 5 for one in caught.value.problems)
    return [(one.place.removeprefix("sheet.csv:"), one.code) for one in caught.value.problems]


# --- reading --------------------------------------------------------------------------------------------------------


def test_what_was_written_empty_is_read_with_nothing_in_it(tmp_path: Path) -> None:
    text = sheet_bytes(BOXED, ["1", "=3"])
    assert text.decode() == f"{HEAD}\n1,,,,\n'=3,,,,\n"
    assert read(tmp_path, text) == Sheet("sheet.csv", (), ("1", "=3"))


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_as_spreadsheets_save_it(tmp_path: Path, mark: str, encoding: str) -> None:
    text = f"{HEAD}\r\n10,counted,۱۲,7.0,illegible\r\n\r\n'=3,,0,, 4 \r\n۲,absent,,,\r\n1,,,,\r\n".replace(",", mark)
    sheet = read(tmp_path, text.encode(encoding))
    assert [(one.row, one.station, one.fields) for one in sheet.rows] == [
        (2, "10", {"found": "counted", "votes": {"ali": 12, "=bano": 7}, "boxes": {"rejected": "illegible"}}),
        (4, "=3", {"found": "counted", "votes": {"ali": 0, "=bano": "blank"}, "boxes": {"rejected": 4}}),
        (5, "2", {"found": "absent"}),
    ]
    assert [one.unread for one in sheet.rows] == [["rejected"], ["=bano"], []]
    assert sheet.empty == ("1",)


def test_the_order_of_columns_is_free_and_found_may_be_left_out(tmp_path: Path) -> None:
    (row,) = read(tmp_path, "boxes:rejected,votes:=bano,station,votes:ali\n3,2,1,1\n").rows
    assert row.fields == {"found": "counted", "votes": {"ali": 1, "=bano": 2}, "boxes": {"rejected": 3}}


def test_every_problem_is_said_at_once_in_its_place(tmp_path: Path) -> None:
    rows = [
        "1,counted,=1+1,-2,3",
        "11,,1,2,3",
        "1,,1,2,3",
        "2,maybe,x,9999999999,1.5",
        "10,absent,4,,",
        ",,1,2,3",
        "'=3,,1,2",
        "=3,,1,2,3,4",
    ]
    assert wrong(tmp_path, "\n".join([HEAD, *rows])) == [
        ("2:votes:ali", "formula"),
        ("2:votes:=bano", "negative"),
        ("3:station", "unknown-station"),
        ("4:station", "repeated-station"),
        ("5:found", "unknown-word"),
        ("5:votes:ali", "not-a-number"),
        ("5:votes:=bano", "too-large"),
        ("5:boxes:rejected", "not-a-number"),
        ("6:votes:ali", "absent-with-figures"),
        ("7:station", "unknown-station"),
        ("8", "row-too-short"),
        ("9:station", "unknown-station"),
        ("9", "row-too-long"),
    ]


@pytest.mark.parametrize(
    "head, found",
    [
        ("", [("1:station", "missing-column")]),
        ("station,found,votes:ali,votes:=bano", [("1:boxes:rejected", "missing-column")]),
        (f"{HEAD},votes:ali", [("1:votes:ali", "repeated-column")]),
        (f"{HEAD},votes:chand", [("1:votes:chand", "unknown-column")]),
        (f"{HEAD},", [("1", "unknown-column")]),
        ("station,found,ali,bano,rejected", [("1:ali", "unknown-column")]),
    ],
)
def test_the_first_line_names_the_columns_of_the_contest(tmp_path: Path, head: str, found: list[tuple[str, str]]) -> None:
    said = wrong(tmp_path, f"{head}\n1,,1,2,3\n")
    assert set(found) <= set(said)
    assert {place for place, _ in said if place.startswith("2")} == set()


@pytest.mark.parametrize(
    "data, code",
    [
        (b"\x00" * 100, "missing-column"),
        (HEAD.encode() + b'\n1,"2"3,4,5,6\n', "bad-csv"),
        (HEAD.encode() + b'\n1,"' + b"9" * 200_000 + b'",4,5,6\n', "bad-csv"),
        (b"," * (9 << 20), "too-big"),
    ],
)
def test_hostile_files_are_refused_with_a_reason(tmp_path: Path, data: bytes, code: str) -> None:
    assert code in [one for _, one in wrong(tmp_path, data)]


# --- the round ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("round")
    desk = written(folder, MADE.log)
    contest = f"NA-1={MADE.log.places['tabulation NA-1']}"
    desk.run("plan", desk.log, "--audit", "RLA 1", "--contest", contest, by=("authority",))
    desk.run("seed", desk.log, "RLA 1", by=("authority", "party"), typed=f"{DICE}\n{DICE}\n")
    desk.run("draw", desk.log, "RLA 1", "--lists", desk.folder / "lists", "--stations", 4, by=("authority",))
    return folder


@pytest.fixture
def at(drawn: Path, tmp_path: Path) -> Desk:
    shutil.copytree(drawn, tmp_path, dirs_exist_ok=True)
    return Desk(tmp_path)


def empty(desk: Desk) -> Path:
    return desk.folder / "lists" / "round-1-NA-1-counts.csv"


def stations(desk: Desk) -> list[str]:
    return [line.split(",")[0] for line in empty(desk).read_text(encoding="utf-8").splitlines()[1:]]


def words(desk: Desk, sheet: Path) -> tuple[object, ...]:
    return ("record", desk.log, "RLA 1", "--contest", "NA-1", "--drafts", desk.folder / "drafts", "--from", sheet)


def type_(desk: Desk, who: str, changed: dict[str, tuple[object, ...] | None] | None = None, code: int = 0) -> Result:
    counts = {station: FIGURES[station] for station in stations(desk)} | (changed or {})
    return desk.run(*words(desk, fill(empty(desk), desk.folder / f"{who}.csv", counts)), by=(who,), code=code)


def off(station: str, more: int = 1) -> tuple[int, ...]:
    ali, bano, chand = FIGURES[station]
    return ali - more, bano + more, chand


def entries(desk: Desk) -> int:
    return int((desk.log / "checkpoint").read_text(encoding="utf-8").splitlines()[1])


def test_what_agrees_is_counted_and_what_differs_waits(at: Desk) -> None:
    first, second, third, fourth = stations(at)
    size = entries(at)
    done = type_(at, "op1", {fourth: ("", "", "")})
    assert done.stdout.count("waits") == 3
    assert "1 rows without figures" in done.stderr
    assert entries(at) == size
    differ = type_(at, "op2", {second: off(second), third: None}, code=1)
    assert f"Station {first} is counted" in differ.stdout
    assert f"Station {fourth} waits" in differ.stdout
    assert f"Station {second}: the two differ at ali, bano." in differ.stderr
    assert f"Station {third}: the two differ at found." in differ.stderr
    for typed in (*FIGURES[second], *off(second)):
        assert str(typed) not in differ.stderr.replace(str(second), "").partition("the two differ")[2]
    assert entries(at) == size + 1
    # The first person counts again and finds what the second found; the station that was not typed waits for the first, too.
    again = type_(at, "op1", {second: off(second), third: None})
    assert again.stdout.count("is counted") == 3
    assert entries(at) == size + 4
    assert not list((at.folder / "drafts").iterdir())
    last = type_(at, "op1", {second: off(second), third: None})
    assert "4 stations typed, 4 of them in the log already" in last.stderr
    assert entries(at) == size + 4


def test_nothing_is_taken_of_a_sheet_with_a_problem(at: Desk) -> None:
    first, second, *_ = stations(at)
    type_(at, "op1")
    ali, bano, chand = FIGURES[second]
    size, drafts = entries(at), sorted((at.folder / "drafts").iterdir())
    bad = type_(at, "op2", {first: ("=cmd|'/c calc'!A1", bano, chand)}, code=-1).exception
    assert isinstance(bad, InputError)
    assert bad.exit_code == 2
    assert [(one.place, one.code) for one in bad.problems] == [("op2.csv:2:votes:ali", "formula")]
    # More votes than papers can never be taken out of the log again.
    bad = type_(at, "op2", {second: (ali + 100_000, bano, chand)}, code=-1).exception
    assert isinstance(bad, InputError)
    assert [(one.place, one.code) for one in bad.problems] == [("op2.csv:3:station", "too-many-votes")]
    assert (entries(at), sorted((at.folder / "drafts").iterdir())) == (size, drafts)


def test_a_count_in_the_log_is_not_typed_over(at: Desk) -> None:
    first, *_ = stations(at)
    type_(at, "op1")
    type_(at, "op2")
    bad = type_(at, "op3", {first: off(first)}, code=-1).exception
    assert isinstance(bad, InputError)
    ((place, code),) = [(one.place, one.code) for one in bad.problems]
    assert (place, code) == ("op3.csv:2:station", "counted-before")
    assert "differs at ali, bano" in bad.problems[0].message


def test_an_unread_figure_is_said_and_is_no_zero(at: Desk) -> None:
    first, *_ = stations(at)
    ali, _, chand = FIGURES[first]
    for who in ("op1", "op2"):
        done = type_(at, who, {first: (ali, "", chand)})
        assert f"Station {first}: bano unread" in done.stderr
    shown = at.run("risk", at.log, "RLA 1", "--json", at.folder / "risk.json", "--all", code=None)
    assert shown.exit_code in (0, 1)
    assert "+" in shown.stdout


def test_the_draft_of_a_first_person_is_signed_by_them_alone(at: Desk) -> None:
    type_(at, "op1")
    for path in (at.folder / "drafts").iterdir():
        note = parse_entry(path.read_bytes(), MADE.log.origin).note
        assert len(note.signatures) == 1


def test_a_log_that_has_grown_is_read_again(at: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people record at the same moment: one of them is told, so that no station is counted twice."""
    import tallyproof.cli.audit_record as module

    type_(at, "op1")
    real = module.entry_signers

    def late(*given: object) -> object:
        monkeypatch.undo()
        type_(at, "op3")
        return real(*given)

    monkeypatch.setattr(module, "entry_signers", late)
    error = type_(at, "op2", code=-1).exception
    assert "has grown since it was read" in str(error)
    assert "in the log already" in type_(at, "op2").stderr


@pytest.mark.parametrize("who", ["authority", "party", "log", "stranger"])
def test_everybody_else_tries(at: Desk, who: str) -> None:
    sheet = fill(empty(at), at.folder / "sheet.csv", {one: FIGURES[one] for one in stations(at)})
    assert "must be signed by" in at.refused(*words(at, sheet), by=(who,))
    assert not (at.folder / "drafts").exists()


def test_one_station_or_a_sheet(at: Desk) -> None:
    sheet = fill(empty(at), at.folder / "sheet.csv", {})
    told: Callable[..., str] = at.refused
    assert "which count" in told(*words(at, sheet), "1", by=("op1",))
    assert "which count" in told(*words(at, sheet), "--absent", by=("op1",))
    assert "which count" in told(*words(at, sheet)[:-2], by=("op1",))
    assert "cannot be read" in told(*words(at, at.folder / "none.csv"), by=("op1",))
    done = at.run(*words(at, sheet), by=("op1",))
    assert "0 stations typed" in done.stderr


def test_in_urdu(at: Desk) -> None:
    sheet = fill(empty(at), at.folder / "sheet.csv", {one: FIGURES[one] for one in stations(at)[:1]})
    done = at.run(*words(at, sheet), "--lang", "ur", by=("op1",))
    assert "دوسرے شخص کا منتظر" in done.stdout
    assert "سطریں بغیر اعداد کے" in done.stderr


def test_the_files_of_a_round_have_no_reported_figure(at: Desk) -> None:
    text = empty(at).read_text(encoding="utf-8")
    assert not [one for row in FIGURES.values() for one in row if str(one) in text.replace("NA-1", "") and one > 20]
