"""Real differences: altered forms of 2024, quick count against final count of 2019, declared tables."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections import Counter, defaultdict
from functools import cache
from typing import Any

import pytest

from tallyproof.compare.chance import chances
from tallyproof.compare.pattern_totals import explain_total
from tallyproof.compare.patterns import MIRROR, Figures, Name, Pattern, explain
from tallyproof.compare.repeated import repeated
from tallyproof.compare.rounded import Verdict, rounded
from tests.support.data import shared_data

# -- Pakistan 2024: two copies of one form, transcribed from the pictures


def form(name: str) -> Figures:
    path = shared_data("pakistan-2024", "form45-images-redacted", "truth.json")
    read = json.loads(path.read_text(encoding="utf-8"))["forms"][f"{name}.png"]
    boxes = {"valid": read.get("valid_total"), "rejected": read.get("rejected"), "in_box": read.get("grand_total")}
    return Figures(tuple(read["votes"].get(str(row)) for row in range(1, 21)), boxes)


def told(station: str) -> tuple[list[Name], Pattern]:
    found = explain(form(f"{station}_candidate_copy"), form(f"{station}_commission_copy"))
    return [pattern.name for pattern in found], found[0]


@pytest.mark.parametrize(("station", "figures"), [("NA-128_PS135", ("203", "803")), ("NA-128_PS394", ("260", "860"))])
def test_one_digit_of_one_figure(station: str, figures: tuple[str, str]) -> None:
    names, headline = told(station)
    assert names == [Name.ONE_DIGIT]
    assert headline.cells == ("v18",)
    assert (headline.detail["first"], headline.detail["second"]) == figures


def test_seven_hundred_votes_in_the_rejected_row() -> None:
    names, headline = told("NA-148_PS031")
    assert names == [Name.INTO_REJECTED, Name.LEADING_DIGIT]
    assert headline.cells == ("v4", "rejected")
    assert headline.detail == {"moved": 700, "before": 13, "after": 713, "follows": "valid"}


def test_four_hundred_votes_in_another_row() -> None:
    names, headline = told("NA-238_PS112")
    assert names == [Name.MOVED, Name.LEADING_DIGIT]
    assert headline.cells == ("v4", "v12")
    assert headline.detail["moved"] == 400


@cache
def na_128() -> dict[int, dict[str, Any]]:
    path = shared_data("pakistan-2024", "deck-map", "128tblfixed.json")
    return {row["psno"]: row for row in json.loads(path.read_text(encoding="utf-8"))}


def form_48_against_form_45(station: int) -> list[Name]:
    row = na_128()[station]
    return [pattern.name for pattern in explain(Figures((row["est"],), {}), Figures((row["f48_est"],), {}))]


@pytest.mark.parametrize(
    ("station", "name"),
    [(135, Name.ZEROED), (81, Name.ZEROED), (129, Name.DIGIT_ADDED), (204, Name.DIGIT_DROPPED), (235, Name.UNEXPLAINED)],
)
def test_form_48_against_form_45(station: int, name: Name) -> None:
    """At 235 (197 against 7) two leading digits are gone, which no rule names."""
    assert form_48_against_form_45(station)[0] is name


def test_form_48_differs_at_sixteen_stations() -> None:
    assert sum(bool(form_48_against_form_45(station)) for station in na_128()) == 16


# -- Bolivia 2019: the quick count of 21 October 18:29 against the final count

ROWS = ("CC", "FPV", "MTS", "UCS", "MAS - IPSP", "21F", "PDC", "MNR", "PAN-BOL")


@cache
def bolivia() -> dict[str, tuple[Figures, Figures]]:
    sides = []
    for name in ("trep - acta.2019.10.21.18.29.53.zip", "final_computo.zip"):
        with zipfile.ZipFile(shared_data("bolivia-2019", name)) as archive:
            text = archive.read(archive.namelist()[0]).decode("utf-8-sig")
        sides.append(
            {
                row["Número Mesa"]: Figures(
                    tuple(int(row[party]) for party in ROWS), {"blank": int(row["Blancos"]), "rejected": int(row["Nulos"])}
                )
                for row in csv.DictReader(io.StringIO(text))
            }
        )
    quick, final = sides
    return {acta: (quick[acta], final[acta]) for acta in quick if acta in final}


@cache
def explained() -> dict[str, tuple[Pattern, ...]]:
    return {acta: found for acta, sides in bolivia().items() if (found := explain(*sides))}


def names_of(acta: str) -> list[Name]:
    return [pattern.name for pattern in explained()[acta]]


def test_706_actas_differ() -> None:
    assert len(bolivia()) == 32_806
    assert len(explained()) == 706
    assert sum(any(cell.startswith("v") for cell in found[0].cells) for found in explained().values()) == 546


def test_507_in_one_figure_332_by_one_digit_66_from_zero() -> None:
    """332 leaves out quick counts of 0, which are among the 66: with them one digit is different in 388."""
    one = [acta for acta, found in explained().items() if len(found[0].cells) == 1]
    assert len(one) == 507
    assert sum(Name.FILLED in names_of(acta) for acta in one) == 66
    assert sum(Name.ONE_DIGIT in names_of(acta) for acta in one) == 388
    assert sum(Name.ONE_DIGIT in names_of(acta) and Name.FILLED not in names_of(acta) for acta in one) == 332


def test_38_hold_the_same_figures_in_other_rows() -> None:
    counts = Counter(name for acta in explained() for name in names_of(acta))
    assert counts[Name.EXCHANGED] + counts[Name.REORDERED] == 38


def test_acta_51434_moves_exactly_86() -> None:
    found = {pattern.name: pattern for pattern in explained()["51434"]}
    assert next(iter(found)) is Name.EXCHANGED
    assert found[Name.EXCHANGED].detail == {"one": 1, "other": 87}
    assert found[Name.MOVED].detail["moved"] == 86
    assert Name.SHIFTED in found
    assert {cell for pattern in found.values() for cell in pattern.cells} == {
        f"v{ROWS.index(party) + 1}" for party in ("MAS - IPSP", "21F")
    }


@pytest.mark.parametrize(
    ("acta", "name"), [("90047", Name.ONE_DIGIT), ("36127", Name.EXCHANGED), ("1689", Name.EXCHANGED), ("27427", Name.SHIFTED)]
)
def test_the_largest_differences(acta: str, name: Name) -> None:
    assert names_of(acta)[0] is name


def test_mirror_on_real_sheets() -> None:
    for acta, found in explained().items():
        first, second = bolivia()[acta]
        assert [pattern.name for pattern in explain(second, first)] == [MIRROR[pattern.name] for pattern in found]


def test_chance_tells_small_figures_from_large() -> None:
    """One digit explains nothing for figures of one digit, and something for figures of three."""
    asked = chances(bolivia())
    by_digits = {digits: (asked.fits[(1, digits), Name.ONE_DIGIT], asked.pairings[(1, digits)]) for digits in (1, 2, 3)}
    assert by_digits == {1: (1_548, 1_784), 2: (262, 1_505), 3: (26, 351)}
    assert sum(asked.pairings.values()) <= 20_000


# -- Venezuela 2024: totals against actas, bulletins


def test_a_missing_acta_is_found_among_twenty_four_thousand() -> None:
    path = shared_data("venezuela-2024", "RESULTADOS_2024_CSV_V1.csv")
    parties = ("EG", "NM", "LM", "JABE", "JOBR", "AE", "CF", "DC", "EM", "BERA")
    with path.open(encoding="utf-8-sig") as lines:
        rows = [(f"{row['CENTRO']}-{row['MESA']}", tuple(int(row[party]) for party in parties)) for row in csv.DictReader(lines)]
    assert len(rows) == 24_532
    (found,) = explain_total({party: -figure for party, figure in zip(parties, rows[1000][1], strict=True)}, rows)
    assert (found.name, found.cells) == (Name.STATION_MISSING, (rows[1000][0],))
    # the figures of one acta, with one vote more: no acta
    assert explain_total({party: figure + (party == "NM") for party, figure in zip(parties, rows[1000][1], strict=True)}, rows) == ()


@pytest.mark.parametrize(("bulletin", "verdict"), [("1", Verdict.DERIVABLE), ("2", Verdict.NOT_DERIVABLE)])
def test_bulletins(bulletin: str, verdict: Verdict) -> None:
    with shared_data("venezuela-2024", "declared_cne.csv").open(encoding="utf-8") as lines:
        said = {row["candidate"]: int(row["votes"]) for row in csv.DictReader(lines) if row["bulletin"] == bulletin}
    votes = [figure for item, figure in said.items() if item not in {"valid", "null", "total"}]
    found = rounded(votes, said.get("valid"))
    assert found.verdict is verdict
    if bulletin == "1":
        assert (found.total, found.places) == (10_058_774, 1)


# -- Kenya 2022: one list of declared county figures


def test_figures_repeated_in_a_list_of_counties() -> None:
    text = shared_data("kenya-2022", "milkyway_2022.ts").read_text(encoding="utf-8")
    table: dict[str, dict[str, int]] = {}
    number: dict[str, str] = {}
    for block in re.findall(r"\{([^{}]*)\}", text):
        county = next(a or b for a, b in re.findall(r"""County: (?:'([^']*)'|"([^"]*)")""", block))
        figures = {key: int(value) for key, value in re.findall(r"(\w+): (\d+)", block)}
        number[county] = f"{figures.pop('Id'):03}"
        table[county] = figures
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    with shared_data("kenya-2022", "forms-export.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            sums[row["fileName"].split("_")[3][:3]]["RutoWilliam"] += int(row["Ruto"] or 0)
    # forms of part of the stations: a lower bound
    records = {county: {"RutoWilliam": (sums[code]["RutoWilliam"], None)} for county, code in number.items() if code in sums}

    found = {frozenset(repeat.rows): repeat for repeat in repeated(table, records=records)}
    assert set(found) == {frozenset({"LAMU", "TAITA TAVETA"}), frozenset({"KIRINYAGA", "MURANG'A"})}
    coast = found[frozenset({"LAMU", "TAITA TAVETA"})]
    assert coast.items == {"RutoWilliam": 22_876}
    assert {said.row: (said.records, said.agrees) for said in coast.records} == {
        "LAMU": ((21_840, None), True),
        "TAITA TAVETA": ((30_770, None), False),
    }
    centre = found[frozenset({"KIRINYAGA", "MURANG'A"})]
    assert centre.items == {"RailaOdinga": 37_909, "RutoWilliam": 220_984, "WajackoyahGeorge": 1_367}
    assert all(repeat.expected * 100 < 1 for repeat in found.values())
