"""The checks on real elections: what they find, and how seldom they are wrong about forms known to be in order."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections import Counter

import narwhals as nw
import polars as pl

from tallyproof.capture import checks
from tallyproof.capture.check_types import Thresholds
from tallyproof.capture.extra import twins
from tallyproof.model.boxes import BOX_NAMES
from tests.support.check_frames import answers
from tests.support.data import shared_data

PROOFS = {check.code for check in checks.CHECKS if check.kind.value == "proof"}


def _sheets(rows: pl.DataFrame, width: int) -> nw.LazyFrame:
    """``rows``: record and any of the other columns of the sheets."""
    votes = [f"v{place}" for place in range(1, width + 1)]
    absent = {name: pl.lit(None, pl.Int64) for name in (*BOX_NAMES, "roll") if name not in rows.columns}
    texts = {"contest": pl.lit("all"), "station": pl.col("record"), "source": pl.lit("scan")}
    read = [pl.col(name).is_not_null().cast(pl.Int64) for name in votes]
    counted = {"n_candidates": pl.lit(width, pl.Int64), "votes_read": pl.sum_horizontal(read) if read else pl.lit(0, pl.Int64)}
    total = pl.sum_horizontal(votes) if votes else pl.lit(0, pl.Int64)
    return nw.from_native(rows.with_columns(**absent, **texts, **counted, votes_sum=total).lazy())


def _failed(sheets: nw.LazyFrame) -> dict[str, tuple[int, int, int]]:
    return {one.code: (one.passed, one.failed, one.cannot_tell) for one in checks.tallies(checks.summarise(checks.evaluate(sheets)))}


def test_venezuela_every_acta_adds_up() -> None:
    path = shared_data("venezuela-2024", "RESULTADOS_2024_CSV_V1.csv")
    names = ["EG", "NM", "LM", "JABE", "JOBR", "AE", "CF", "DC", "EM", "BERA"]
    actas = pl.read_csv(path, encoding="utf8").with_row_index()
    rows = actas.select(
        pl.format("{}", "index").alias("record"),
        *(pl.col(name).cast(pl.Int64).alias(f"v{place}") for place, name in enumerate(names, 1)),
        pl.col("VOTOS_VALIDOS").cast(pl.Int64).alias("valid"),
        pl.col("VOTOS_NULOS").cast(pl.Int64).alias("rejected"),
        pl.col("RE").cast(pl.Int64).alias("roll"),
    )
    sheets = twins(_sheets(rows, len(names)), Thresholds())
    assert sheets.collect("polars").shape[0] == 0
    said = _failed(_sheets(rows, len(names)))
    for code in ("R01", "R02", "R12", "R14"):
        assert said[code] == (24_532, 0, 0), code
    # The ballot papers in the box are not on these actas: nothing is said about them.
    assert said["R03"] == (0, 0, 24_532)
    assert not {code for code in PROOFS if said[code][1]}


def test_bolivia_equal_rows_of_votes_and_the_register() -> None:
    """34,555 actas in order: none exceeds its register; equal rows are found exactly where a plain count finds them."""
    with zipfile.ZipFile(shared_data("bolivia-2019", "final_computo.zip")) as archive:
        actas = list(csv.DictReader(io.TextIOWrapper(archive.open("final_computo.csv"), "utf-8-sig")))
    names = ["CC", "FPV", "MTS", "UCS", "MAS - IPSP", "21F", "PDC", "MNR", "PAN-BOL"]
    votes = {acta["Número Mesa"]: tuple(int(acta[name]) for name in names) for acta in actas}
    assert len(votes) == len(actas) == 34_555
    figures = {"rejected": "Nulos", "blank": "Blancos", "roll": "Inscritos"}
    rows = pl.DataFrame(
        {"record": list(votes)}
        | {f"v{place}": [row[place - 1] for row in votes.values()] for place in range(1, len(names) + 1)}
        | {box: [int(acta[name]) for acta in actas] for box, name in figures.items()}
    )
    sheets = _sheets(rows, len(names))
    said = _failed(sheets)
    over = sum(sum(votes[acta["Número Mesa"]]) > int(acta["Inscritos"]) for acta in actas)
    assert said["R12"] == (len(actas) - over, over, 0)

    limits = Thresholds(same_votes_large=10, same_votes_count=2)
    asked = {mesa: row for mesa, row in votes.items() if sum(vote >= 10 for vote in row) >= 2}
    times = Counter(asked.values())
    expected = {mesa: times[row] for mesa, row in asked.items() if times[row] > 1}
    assert expected
    found = twins(sheets, limits).collect("polars").rows(named=True)
    assert {row["record"]: row["twin_stations"] for row in found} == expected
    assert {row["twin_compared"] for row in found} == {len(asked)}
    # The defaults ask only where chance is out of the question: no false alarm on a whole country.
    assert twins(sheets, Thresholds()).collect("polars").shape[0] == 0


def test_na_128_has_three_stations_above_100_percent() -> None:
    stations = json.loads(shared_data("pakistan-2024", "deck-map", "128tblfixed.json").read_text(encoding="utf-8"))
    rows = pl.DataFrame(
        {
            "record": [str(one["psno"]) for one in stations],
            "in_box": [one["turnout"] for one in stations],
            "roll": [one["Total Voters"] for one in stations],
        }
    )
    sheets = _sheets(rows, 0)
    assert _failed(sheets)["R10"] == (430, 3, 0)
    found = checks.failures(sheets, codes=["R10"])
    assert {(one.station, one.figures["in_box"], one.figures["roll"]) for one in found} == {
        ("94", 1486, 1319),
        ("237", 1727, 1722),
        ("280", 1591, 1413),
    }


def _line(form: dict[str, object]) -> str:
    votes = form["votes"]
    assert isinstance(votes, dict)
    named = {"valid": "valid_total", "rejected": "rejected", "in_box": "grand_total"}
    named |= {"admitted_male": "polled_male", "admitted_female": "polled_female", "registered": "assigned_total"}
    named |= {"registered_male": "assigned_male", "registered_female": "assigned_female"}
    boxes = [f"{box}={form[name]}" for box, name in named.items() if isinstance(form.get(name), int)]
    return " ".join([f"votes={','.join(map(str, votes.values()))}", *boxes])


def test_arithmetic_of_one_sheet_does_not_see_an_alteration_that_keeps_the_sums() -> None:
    """Two copies of one form differ by 700 votes moved to the rejected ones; each adds up. That is what comparing copies is for."""
    forms = json.loads(shared_data("pakistan-2024", "form45-images-redacted", "truth.json").read_text(encoding="utf-8"))["forms"]
    said = {name: answers([_line(form)])[0] for name, form in forms.items()}
    assert len(said) == 8
    assert not {(name, code) for name, row in said.items() for code in PROOFS if row[code] == "fail"}
    theirs, agents = said["NA-148_PS031_commission_copy.png"], said["NA-148_PS031_candidate_copy.png"]
    assert (theirs["R01"], theirs["R03"], agents["R01"], agents["R03"]) == ("pass",) * 4
    # Only the lead on the share of rejected votes tells the two apart: 713 of 1138 against 13.
    assert {code for code in theirs if theirs[code] != agents[code]} == {"R19", "R26"}
