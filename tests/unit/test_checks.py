"""Every check: records that pass, fail and cannot be told, with the boundaries; then the engine around them."""

from __future__ import annotations

import re
from string import Formatter

import narwhals as nw
import polars as pl
import pytest

from tallyproof.capture import checks
from tallyproof.capture.check_types import Check, Thresholds
from tallyproof.capture.extra import CHANCE_LIMIT, chance_of_same_votes
from tallyproof.findings import words
from tallyproof.model.words import LANGUAGES, Kind, Role
from tests.support.check_frames import answers, frames_of

P, F, N = "pass", "fail", "cannot tell"

# Each code has a record that passes, one that fails and one that cannot be told; more where a boundary or a lower bound matters.
CASES: dict[str, list[tuple[str, str]]] = {
    "R01": [
        ("votes=120,80,5 valid=205", P),
        ("votes=120,80,5 valid=206", F),
        ("votes=120,80,5 valid=204", F),
        ("votes=120,80,- valid=205", N),
        ("votes=120,80,- valid=200", N),
        ("votes=120,80,- valid=199", F),
        ("votes=120,80,5", N),
        ("valid=0", N),
        ("votes=0,0 valid=0", P),
        ("votes=- valid=0", N),
    ],
    "R02": [
        ("votes=120,80 valid=120", P),
        ("votes=121,80 valid=120", F),
        ("votes=120,- valid=150", N),
        ("votes=160,- valid=150", F),
        ("votes=-,- valid=150", N),
        ("votes=1,2", N),
    ],
    "R03": [
        ("valid=205 rejected=3 in_box=208", P),
        ("valid=205 rejected=3 blank=0 in_box=208", P),
        ("valid=205 rejected=3 blank=2 in_box=210", P),
        ("valid=205 rejected=3 in_box=210", F),
        ("valid=205 rejected=3 in_box=207", F),
        ("valid=205 rejected=3 blank=2 in_box=208", F),
        ("valid=205 rejected=3 in_box=210 unread=blank:not-on-form", F),
        ("valid=205 rejected=3 in_box=210 unread=blank:illegible", N),
        ("valid=205 rejected=3 in_box=208 unread=valid:blank+blank:blank", N),
        ("valid=205 rejected=3 in_box=207 unread=blank:illegible", F),
        ("valid=205 rejected=3 in_box=210 unread=in_box:blank", F),
        ("valid=205 in_box=205", N),
        ("rejected=3 in_box=205", N),
        ("valid=205 rejected=3", N),
    ],
    "R04": [
        ("votes=100,50 rejected=5 in_box=155", P),
        ("votes=100,50 rejected=5 blank=1 in_box=156", P),
        ("votes=100,50 rejected=5 in_box=156", F),
        ("votes=100,50 rejected=5 in_box=154", F),
        ("votes=100,50 rejected=5 valid=150 in_box=156", N),
        ("votes=100,- rejected=5 in_box=155", N),
        ("votes=100,- rejected=5 in_box=104", F),
        ("votes=100,50 in_box=155", N),
        ("votes=100,50 in_box=149", F),
        ("votes=100,50 rejected=5 in_box=155 unread=blank:blank", N),
        ("votes=100,50 rejected=5", N),
    ],
    "R05": [
        ("votes=100,50 valid=150", P),
        ("votes=100,50 valid=1", P),
        ("votes=0,0 valid=0", P),
        ("votes=100,50 valid=0", F),
        ("votes=100,50 unread=valid:blank", F),
        ("votes=100,- unread=in_box:illegible+valid:blank", F),
        ("votes=100,50", N),
        ("votes=100,50 unread=valid:illegible", N),
        ("votes=0,- valid=0", N),
        ("votes=-,- unread=valid:blank", N),
    ],
    "R06": [
        ("votes=12,7 words=12,7", P),
        ("votes=12,7 words=12,8", F),
        ("votes=12,- words=21,-", F),
        ("votes=12,7 words=12,-", N),
        ("votes=12,- words=12,7", N),
        ("votes=12,7", N),
    ],
    "R07": [
        ("votes=12,7 male=10,7 female=2,0", P),
        ("votes=12,7 male=10,7 female=2,1", F),
        ("votes=12,7 male=13,- female=-,-", F),
        ("votes=12,7 male=12,- female=-,-", N),
        ("votes=12,7 male=10,- female=2,7", N),
        ("votes=12,7 male=10,7 female=-,-", N),
        ("votes=12,7", N),
    ],
    "R08": [("in_box=208 issued=208", P), ("in_box=209 issued=208", F), ("in_box=208", N), ("issued=208", N)],
    "R09": [("in_box=208 admitted=208", P), ("in_box=209 admitted=208", F), ("in_box=208", N), ("admitted=0", N)],
    "R10": [
        ("in_box=500 registered=500", P),
        ("in_box=501 registered=500", F),
        ("in_box=501 roll=600 registered=500", P),
        ("in_box=1 registered=0", F),
        ("in_box=501", N),
    ],
    "R11": [("admitted=500 registered=500", P), ("admitted=501 registered=500", F), ("admitted=501", N)],
    "R12": [
        ("votes=300,200 registered=500", P),
        ("votes=300,201 registered=500", F),
        ("votes=501,- registered=500", F),
        ("votes=500,- registered=500", N),
        ("votes=300,200", N),
        ("registered=500", N),
    ],
    "R13": [
        ("votes=100,50 valid=150 rejected=5 in_box=155", P),
        ("votes=100,50 valid=150 rejected=5 in_box=150", P),
        ("votes=100,50 valid=1500 rejected=5 in_box=155", F),
        ("votes=156,- in_box=155", F),
        ("rejected=156 in_box=155", F),
        ("blank=156 in_box=155", F),
        ("votes=100,50 valid=150 in_box=155", N),
        ("votes=100,50 rejected=5 in_box=155", N),
        ("votes=100,- valid=150 rejected=5 in_box=155", N),
        ("votes=100,50 valid=150 rejected=5 in_box=155 unread=blank:illegible", N),
        ("votes=100,50 valid=150 rejected=5", N),
        ("in_box=155", N),
    ],
    "R14": [
        ("votes=100,50 valid=150 rejected=5 registered=150", P),
        ("votes=100,50 valid=150 rejected=5 registered=149", F),
        ("votes=500,- registered=499", F),
        ("votes=100,- valid=150 rejected=5 registered=150", N),
        ("votes=100,50 valid=150 rejected=5", N),
    ],
    "R15": [("issued=600 received=600", P), ("issued=601 received=600", F), ("issued=600", N), ("received=600", N)],
    "R16": [
        ("received=600 issued=400 unused=200", P),
        ("received=600 issued=400 unused=200 spoilt=3", P),
        ("received=600 issued=400 unused=197 spoilt=3", P),
        ("received=600 issued=400 unused=198 spoilt=3", F),
        ("received=600 issued=400 unused=196 spoilt=3", F),
        ("received=600 issued=400 unused=201", F),
        ("received=600 issued=400 unused=201 spoilt=3", F),
        ("received=600 issued=400 unused=197", N),
        ("received=600 issued=400", N),
        ("issued=400 unused=200 spoilt=0", N),
    ],
    "R17": [
        ("in_box=400 unused=200 received=600", P),
        ("in_box=400 unused=201 received=600", F),
        ("in_box=601 received=600", F),
        ("in_box=400 unused=201 received=600 issued=400", N),
        ("in_box=400 received=600", N),
        ("unused=700 received=600", N),
        ("in_box=400 unused=200", N),
    ],
    "R18": [
        ("serial_first=101 serial_last=700 received=600", P),
        ("serial_first=101 serial_last=701 received=600", F),
        ("serial_first=700 serial_last=101 received=600", F),
        ("serial_first=101 received=600", N),
        ("serial_first=101 serial_last=700", N),
    ],
    "R19": [
        ("registered_male=300 registered_female=200 registered=500", P),
        ("registered_male=300 registered_female=201 registered=500", F),
        ("registered_male=300 registered_female=199 registered=500", F),
        ("registered_male=501 registered=500", F),
        ("registered_male=500 registered=500", N),
        ("registered=500", N),
        ("registered_male=300 registered_female=200", N),
    ],
    "R20": [
        ("admitted_male=150 admitted_female=100 admitted=250", P),
        ("admitted_male=150 admitted_female=101 admitted=250", F),
        ("admitted_female=251 admitted=250", F),
        ("admitted_male=150 admitted=250", N),
        ("admitted=0", N),
    ],
    "R21": [
        ("voters=male admitted_male=150 admitted_female=0", P),
        ("voters=female admitted_male=0", P),
        ("voters=combined admitted_male=150 admitted_female=100", P),
        ("voters=combined", P),
        ("voters=male admitted_female=1", F),
        ("voters=female admitted_male=2 admitted_female=100", F),
        ("voters=male admitted_male=150", N),
        ("admitted_male=150 admitted_female=100", N),
        ("voters=unknown admitted_male=150 admitted_female=100", N),
    ],
    "R22": [
        ("votes=0,1", P),
        ("votes=-,1", P),
        ("votes=0,0", F),
        ("votes=0,-", N),
        ("votes=-,-", N),
        ("in_box=0", N),
    ],
    "R23": [
        ("in_box=1 registered=500", P),
        ("in_box=1", P),
        ("in_box=0 registered=500", F),
        ("in_box=0", N),
        ("in_box=0 registered=0", N),
        ("registered=500", N),
    ],
    "R24": [("registered=1", P), ("registered=0", F), ("in_box=5", N)],
    "R25": [
        ("in_box=499 registered=500", P),
        ("in_box=501 registered=500", P),
        ("in_box=500 registered=500", F),
        ("in_box=0 registered=0", N),
        ("in_box=500", N),
    ],
    "R26": [
        ("rejected=3 in_box=101", P),
        ("rejected=0 in_box=0", P),
        ("rejected=3 in_box=100", F),
        ("rejected=4 in_box=100", F),
        ("rejected=3", N),
        ("in_box=100", N),
        ("in_box=0", N),
    ],
    "R27": [
        ("blank=3 in_box=101", P),
        ("blank=0 in_box=0", P),
        ("blank=3 in_box=100", F),
        ("in_box=100", N),
        ("blank=3", N),
    ],
    "R28": [("in_box=208 admitted=208", P), ("in_box=209 admitted=208", P), ("in_box=207 admitted=208", F), ("in_box=207", N)],
    "R29": [
        ("in_box=100 admitted=101", P),
        ("in_box=100 admitted=102", F),
        ("in_box=100 admitted=98", F),
        ("in_box=1000 admitted=1014", P),
        ("in_box=1000 admitted=1015", F),
        ("in_box=1000 admitted=985", F),
        ("in_box=0 admitted=0", P),
        ("in_box=0 admitted=1", F),
        ("in_box=100", N),
        ("admitted=100", N),
    ],
    "R30": [
        ("votes=60,37 rejected=3 in_box=103", P),
        ("votes=60,37 rejected=3 in_box=97", P),
        ("votes=60,37 rejected=3 in_box=104", F),
        ("votes=60,37 rejected=3 in_box=96", F),
        ("votes=60,30 rejected=3 blank=7 in_box=103", P),
        ("votes=0,0 rejected=0 in_box=0", P),
        ("votes=60,- rejected=3 in_box=200", N),
        ("votes=60,37,- rejected=3 in_box=100", N),
        ("votes=60,37 in_box=200", N),
        ("votes=60,37 rejected=3 in_box=200 unread=blank:illegible", N),
        ("votes=60,37 rejected=3", N),
    ],
    "R31": [
        ("votes=300,200 rejected=5 registered=500", P),
        ("votes=300,200 rejected=6 registered=500", F),
        ("votes=506,- registered=500", F),
        ("votes=505,- rejected=0 registered=500", N),
        ("votes=300,200 registered=500", N),
        ("votes=300,200 rejected=5", N),
    ],
    "R32": [
        ("valid=100 rejected=5 admitted=100", P),
        ("valid=100 rejected=6 admitted=100", F),
        ("valid=100 rejected=4 blank=2 admitted=100", F),
        ("valid=100 rejected=5 admitted=100 unread=blank:illegible", N),
        ("valid=100 rejected=6 admitted=100 unread=blank:illegible", F),
        ("valid=100 admitted=100", N),
        ("valid=100 rejected=5", N),
    ],
    "R33": [
        ("votes=300,1,0", P),
        ("votes=300,1,-", P),
        ("votes=300,0,0", F),
        ("votes=300,0", F),
        ("votes=300,0,-", N),
        ("votes=0,0", N),
        ("votes=300", N),
    ],
    "R34": [("challenged=5 in_box=5", P), ("challenged=6 in_box=5", F), ("challenged=6", N), ("in_box=5", N)],
    "R35": [("tendered=5 in_box=5", P), ("tendered=6 in_box=5", F), ("tendered=6", N), ("in_box=5", N)],
    "R36": [
        ("votes=30,40,50,60,7 elsewhere=30,40,50,60,8", P),
        ("votes=30,40,50,60,7", P),
        ("votes=30,40,50,60,7 elsewhere=30,40,50,60,7", F),
        ("votes=30,40,50,60,7 again=30,40,50,60,7", P),
        ("votes=29,40,50,60,7 elsewhere=29,40,50,60,7", N),
        ("votes=30,40,50,60,- elsewhere=30,40,50,60,-", N),
        ("valid=5", N),
    ],
}


def test_every_code_is_in_the_table() -> None:
    assert [check.code for check in checks.CHECKS] == sorted(CASES)
    for code, cases in CASES.items():
        assert {answer for _, answer in cases} == {P, F, N}, code


FLAT = [(code, line, answer) for code, cases in CASES.items() for line, answer in cases]


@pytest.fixture(scope="module")
def said() -> list[dict[str, str]]:
    return answers([line for _, line, _ in FLAT])


@pytest.mark.parametrize("number", range(len(FLAT)), ids=[f"{code} {line}" for code, line, _ in FLAT])
def test_answer(number: int, said: list[dict[str, str]]) -> None:
    code, _, answer = FLAT[number]
    assert said[number][code] == answer


def test_nothing_read_passes_and_fails_nothing() -> None:
    assert set(answers(["votes=-,-,-"])[0].values()) == {N}


def test_a_form_in_order_fails_nothing() -> None:
    line = (
        "votes=200,150,100,90,10 words=200,150,100,90,10 male=120,100,60,50,5 female=80,50,40,40,5 valid=550 rejected=8 in_box=558 "
        "admitted=558 admitted_male=340 admitted_female=218 issued=558 unused=642 spoilt=0 received=1200 serial_first=1 serial_last=1200 "
        "registered=1100 registered_male=600 registered_female=500 challenged=0 tendered=1 voters=combined"
    )
    said = answers([line])[0]
    assert F not in said.values()
    # Asked only where valid or issued is unread; the form has no box for blank votes.
    assert {code for code, answer in said.items() if answer == N} == {"R04", "R17", "R27"}


@pytest.mark.parametrize(
    "part, whole, percent, reached", [(10, 101, 10, False), (10, 100, 10, True), (0, 0, 10, False), (1, 33, 3, True), (1, 34, 3, False)]
)
def test_percentages_have_the_boundaries_of_abacus(part: int, whole: int, percent: int, reached: bool) -> None:
    limits = Thresholds(rejected_percent=percent, blank_percent=percent)
    said = answers([f"rejected={part} blank={part} in_box={whole}"], limits)[0]
    assert (said["R26"] == F, said["R27"] == F) == (reached, reached)


def test_thresholds_move_the_leads_and_are_shown() -> None:
    line = "votes=300,200 rejected=5 registered=500 in_box=505 admitted=480 valid=500"
    strict = Thresholds(over_voting_votes=4, card_percent=6, admitted_votes=30, admitted_percent=6, rejected_percent=0)
    usual, other = answers([line])[0], answers([line], strict)[0]
    assert {code: (usual[code], other[code]) for code in ("R26", "R29", "R31", "R32")} == {
        "R26": (P, F),
        "R29": (F, P),
        "R31": (P, F),
        "R32": (F, P),
    }
    for check in checks.checks(strict):
        for name, value in check.parameters:
            assert value == getattr(strict, name)
            assert re.search(rf"\b{100 + value if name == 'card_percent' else value}\b", f"{check.formula} {check.tolerance}")


@pytest.mark.parametrize("value", [-1, True, "3", 2.5])
def test_thresholds_are_whole_numbers(value: object) -> None:
    with pytest.raises(ValueError, match="rejected_percent must be a whole number from 0"):
        Thresholds(rejected_percent=value)  # type: ignore[arg-type]


def _lazy(lines: list[str]) -> nw.LazyFrame:
    frames = frames_of(lines)
    return checks.attach(nw.from_native(frames.sheets().lazy()), nw.from_native(frames.votes_table().lazy()))


def test_summary_counts_each_answer() -> None:
    tallies = checks.tallies(checks.summarise(checks.evaluate(_lazy(["votes=1,2 valid=3", "votes=1,2 valid=4", "votes=1,- valid=4"]))))
    assert len(tallies) == 3 * len(checks.CHECKS)
    assert [(one.contest, one.source, one.passed, one.failed, one.cannot_tell) for one in tallies if one.code == "R01"] == [
        ("0000", "officer", 1, 0, 0),
        ("0001", "officer", 0, 1, 0),
        ("0002", "officer", 0, 0, 1),
    ]


def test_summary_is_by_contest_and_source() -> None:
    sheets = frames_of(["votes=1,2 valid=3", "votes=1,2 valid=4", "votes=1,2 valid=4", "votes=1,- valid=4"]).sheets()
    sheets = sheets.with_columns(contest=pl.lit("NA-1"), source=pl.Series(["officer", "officer", "agent:x", "agent:x"]))
    tallies = checks.tallies(checks.summarise(checks.evaluate(nw.from_native(sheets.lazy()))))
    assert [(one.source, one.passed, one.failed, one.cannot_tell) for one in tallies if one.code == "R01"] == [
        ("agent:x", 0, 1, 1),
        ("officer", 1, 1, 0),
    ]


def test_failures_carry_every_figure_and_only_failures() -> None:
    lines = [line for _, line, _ in FLAT]
    said = answers(lines)
    found = checks.failures(_lazy(lines))
    listed = {(one.code, one.record) for one in found if "+" not in one.record and "*" not in one.record}
    assert listed == {(code, f"{number:04}") for number, row in enumerate(said) for code, answer in row.items() if answer == F}
    names = {check.code: check.figure_names for check in checks.CHECKS}
    for one in found:
        assert tuple(one.figures) == names[one.code]
        assert all(type(figure) is int for figure in one.figures.values()), one
    assert {one.code for one in found} == set(names)


def test_failures_of_chosen_codes() -> None:
    (one,) = checks.failures(_lazy(["votes=120,80,- valid=199", "votes=1,2 valid=3"]), codes=["R01"])
    assert (one.code, one.record, one.contest, one.station, one.source) == ("R01", "0000", "0000", "here", "officer")
    assert one.figures == {"sum": 200, "valid": 199, "unread": 1}
    assert checks.failures(_lazy(["votes=1,2 valid=4"]), codes=[]) == ()


def test_same_votes_state_the_chance() -> None:
    twins = checks.failures(_lazy(["votes=30,40,50,60,0 elsewhere=30,40,50,60,0"]), codes=["R36"])
    # floor(sqrt(180 * 240 * 300 * 360)): a zero says nothing about chance.
    assert [one.figures for one in twins] == [{"stations": 2, "compared": 2, "pairs": 1, "one_in": 68305}] * 2
    assert {one.station for one in twins} == {"here", "there"}


def test_the_chance_is_an_upper_bound_and_capped() -> None:
    # Poisson(30) takes its own mean with probability 0.0726 < 1 / 13; the bound may not promise less chance than that.
    assert chance_of_same_votes({"v1": 30, "twin_compared": 4}) == {"pairs": 6, "one_in": 13}
    assert chance_of_same_votes(dict.fromkeys((f"v{place}" for place in range(1, 20)), 500))["one_in"] == CHANCE_LIMIT


def test_equal_fingerprints_alone_are_no_twins() -> None:
    # Weights are 1, 7, 49 ...: (30 + 7, 40 - 1, ...) has the fingerprint of (30, 40, ...).
    assert answers(["votes=30,40,50,60,70 elsewhere=37,39,50,60,70"])[0]["R36"] == P


def test_twins_need_one_contest_and_one_source() -> None:
    sheets = frames_of(["votes=30,40,50,60,7"] * 3).sheets()
    sheets = sheets.with_columns(
        contest=pl.Series(["NA-1", "NA-1", "NA-2"]), source=pl.Series(["officer", "scan", "scan"]), station=pl.Series(["1", "2", "3"])
    )
    empty = frames_of(["valid=1"]).votes_table()
    joined = checks.attach(nw.from_native(sheets.lazy()), nw.from_native(empty.lazy()))
    assert checks.failures(joined, codes=["R36"]) == ()


def test_sheets_without_the_extra_columns_cannot_be_told() -> None:
    sheets = frames_of(["votes=30,40,50,60,7 words=1,1,1,1,1 voters=male admitted_female=3"]).sheets().drop("voters", "unread")
    row = checks.evaluate(nw.from_native(sheets.lazy())).collect("polars").rows(named=True)[0]
    assert [row[code] for code in ("R06", "R07", "R21", "R36")] == [None] * 4


def test_a_frame_that_is_no_sheets_is_refused() -> None:
    sheets = frames_of(["valid=1"]).sheets().drop("in_box", "roll")
    with pytest.raises(ValueError, match="columns in_box, roll are absent"):
        checks.evaluate(nw.from_native(sheets.lazy()))


def test_attach_keeps_every_sheet_once() -> None:
    frames = frames_of(["votes=1,2 words=1,3 male=1,1 female=0,5", "votes=30,40,50,60,7 elsewhere=30,40,50,60,7"])
    joined = checks.attach(nw.from_native(frames.sheets().lazy()), nw.from_native(frames.votes_table().lazy())).collect("polars")
    assert sorted(joined["record"].to_list()) == sorted(row["record"] for row in frames.rows)
    first = joined.filter(nw.col("record") == "0000").rows(named=True)[0]
    names = ("words_same", "words_differ", "words_gap", "split_same", "split_differ", "split_gap", "twin_stations")
    assert [first[name] for name in names] == [1, 1, 1, 1, 1, 4, None]


ODD_LINES = [line for _, line, _ in FLAT]


def _expected() -> dict[str, dict[str, str]]:
    return {f"{number:04}": row for number, row in enumerate(answers(ODD_LINES))}


def same_as_polars(joined: nw.LazyFrame) -> None:
    """Evaluate, summarise and list failures on the engine of these sheets (after ``attach``); hold every answer against Polars."""
    evaluated = checks.evaluate(joined)
    said = {row["record"]: row for row in evaluated.collect("polars").rows(named=True)}
    for record, row in _expected().items():
        assert {code: {True: P, False: F, None: N}[said[record][code]] for code in row} == row, record
    lazy = _lazy(ODD_LINES)
    assert checks.tallies(checks.summarise(evaluated)) == checks.tallies(checks.summarise(checks.evaluate(lazy)))
    assert checks.failures(joined) == checks.failures(lazy)


def test_duckdb_says_the_same() -> None:
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    frames = frames_of(ODD_LINES)
    sheets, votes = frames.sheets(), frames.votes_table()
    with duckdb.connect() as connection:
        relations = [nw.from_native(connection.from_arrow(frame.to_arrow())) for frame in (sheets, votes)]
        same_as_polars(checks.attach(*relations))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.code)
def test_words_use_the_figures_of_the_check(check: Check, language: str) -> None:
    table = words.table(language)[check.code]
    holders = {name for _, name, _, _ in Formatter().parse(table["happened"]) if name}
    assert holders <= set(check.figure_names)
    assert holders
    assert set(table["do"]) == {str(role) for role in Role}
    assert all(table["do"].values())
    assert bool(table.get("innocent")) == (check.kind is Kind.LEAD)
    assert holders == {name for _, name, _, _ in Formatter().parse(words.table("en")[check.code]["happened"]) if name}
    if language == "ur":
        assert len(table.get("innocent", ())) == len(words.table("en")[check.code].get("innocent", ()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_accuse_nobody(language: str) -> None:
    accusing = re.compile(r"fraud|rigg|tamper|stolen|stuff|fake|forg(?!ot)|manipul|cheat|دھاندلی|جعل|چوری|فراڈ|دھوک|ہیرا پھیری", re.I)
    for check in checks.CHECKS:
        assert not accusing.search(str(words.table(language)[check.code])), check.code


def test_codes_and_names_are_unique_and_in_order() -> None:
    codes = [check.code for check in checks.CHECKS]
    assert codes == [f"R{number:02}" for number in range(1, len(codes) + 1)]
    assert len({check.name for check in checks.CHECKS}) == len(codes)
    for check in checks.CHECKS:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", check.name)
        assert check.kind in (Kind.PROOF, Kind.LEAD)
        assert check.needs
        assert check.formula
        assert check.tolerance
        assert check.basis
