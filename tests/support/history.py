"""Real elections through the shipped mappings: imported and checked once a test run, each in its own cache."""

from __future__ import annotations

from functools import cache
from typing import Any

from tallyproof.findings.check import Checked, check
from tallyproof.findings.report import report
from tallyproof.formats.mapping import import_files, load_mapping
from tallyproof.model.election import Election
from tests.support.data import shared_data

FILES: dict[str, tuple[str, ...]] = {
    "pakistan-2024-na128": ("pakistan-2024/deck-map/128tblfixed.json", "pakistan-2024/declared_published.csv"),
    "pakistan-2024-na122": ("pakistan-2024/deck-map/122tblfixed.json", "pakistan-2024/declared_published.csv"),
    "pakistan-2024-na238": ("pakistan-2024/deck-map/data_238.json",),
    "pakistan-2024-na242": ("pakistan-2024/deck-map/data_242.json",),
    "pakistan-2024-zlenner": ("pakistan-2024/zlenner/form45",),
    "bolivia-2019": (
        "bolivia-2019/final_computo.zip",
        "bolivia-2019/trep - acta.2019.10.20.19.40.57.zip",
        "bolivia-2019/trep - acta.2019.10.21.18.29.53.zip",
    ),
    "venezuela-2024": (
        "venezuela-2024/RESULTADOS_2024_CSV_V1.csv",
        "venezuela-2024/RESULTADOS_2024_CSV_V2.csv",
        "venezuela-2024/zentraedi_2024_vzla_presidential.csv",
        "venezuela-2024/declared_cne.csv",
    ),
    "usa-georgia-2020": (
        "usa-georgia-2020/output.csv",
        "usa-georgia-2020/input-data/audit-report-batch-results-lines.csv",
        "usa-georgia-2020/input-data/audit-report-November-3-2020-General-Election-2020-11-19.csv",
    ),
    "kenya-2022": ("kenya-2022/milkyway_2022.ts", "kenya-2022/forms-export.csv"),
}


@cache
def imported(mapping: str) -> Election:
    """The election that a shipped mapping makes of the real data; skips where they are absent."""
    paths = [shared_data(*name.split("/")) for name in FILES[mapping]]
    return import_files(load_mapping(mapping), paths).election


@cache
def checked(mapping: str) -> Checked:
    return check(imported(mapping))


@cache
def reported(mapping: str) -> dict[str, Any]:
    return report(checked(mapping))


def contest(document: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in document["contests"] if one["contest"] == name)


def totals(document: dict[str, Any], name: str) -> dict[str, dict[str, Any]]:
    return {total["candidate"]: total for total in contest(document, name)["totals"]}


def found(document: dict[str, Any], code: str, kind: str | None = None) -> list[dict[str, Any]]:
    return [one for one in document["findings"] if one["code"] == code and kind in (None, one["kind"])]
