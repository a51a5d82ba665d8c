"""Real elections: which leads survive, and what explains each. Georgia 2020 (batches, counted by hand) and NA-122 as a control."""

from __future__ import annotations

from functools import cache
from typing import Any

import polars as pl
import pytest

from tallyproof.findings.screened import screen
from tests.support.history import imported


@cache
def screened(mapping: str) -> dict[str, Any]:
    return screen(imported(mapping), seed=1)


def of(document: dict[str, Any], code: str) -> dict[str, Any]:
    return next(one for one in document["contests"][0]["screens"] if one["screen"] == code)


@pytest.mark.parametrize("mapping", ["pakistan-2024-na122", "usa-georgia-2020"])
def test_no_lead_of_the_whole_contest_survives(mapping: str) -> None:
    """Whole per cents, last digits, turnout, late counts, Benford: none of them."""
    assert not [lead for lead in screened(mapping)["leads"] if lead["screen"] in ("S02", "S03", "S04", "S05", "S06")]


def test_na122_leads_are_single_stations_and_together_far_from_the_margin() -> None:
    """Each is one station and a few dozen to a few hundred votes: misread digits and exchanged rows of a volunteers' transcription are that
    size. All of them together would change nothing."""
    found = screened("pakistan-2024-na122")
    assert {lead["screen"] for lead in found["leads"]} <= {"S11", "S12"}
    assert all(len(lead["stations"]) == 1 for lead in found["leads"])
    assert 4 * sum(abs(lead["votes"]) for lead in found["leads"]) < found["contests"][0]["margin"]


def test_georgia_the_leads_are_batches_of_counted_papers_and_not_polling_stations() -> None:
    """Every lead is S14, which supposes that units are counted apart with their own voters. Batches are stacks of papers: they are cut to
    equal sizes, entered again and split, and that is what it sees. The same votes at several batches of one county are the first lead."""
    found = screened("usa-georgia-2020")
    assert {lead["screen"] for lead in found["leads"]} == {"S14"}
    assert of(found, "S02")["state"] == "cannot-tell"
    first = found["leads"][0]
    assert first["item"] == "sheet"
    votes = imported("usa-georgia-2020").votes.collect()
    records = imported("usa-georgia-2020").records.collect().filter(pl.col("station").is_in(first["stations"]))
    sheets = {tuple(sorted(votes.filter(record=name).select("candidate", "votes").iter_rows())) for name in records["record"]}
    assert len(sheets) == 1
    # the batches are of one county
    assert len({station.split("/")[0] for station in first["stations"]}) == 1
