"""From an election to the document of its screens (``specs/screens-v1.schema.json``): outcomes, leads, power, placebo."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tallyproof.errors import UsageError
from tallyproof.model.election import Election
from tallyproof.screens.battery import battery
from tallyproof.screens.frame import RATE, Lead, Outcome, Test, adjusted, leads, weights
from tallyproof.screens.places import building
from tallyproof.screens.table import UNREAD, Table, tables
from tallyproof.tabulate.frames import frames
from tallyproof.tabulate.tabulation import prepare, tabulate

VERSION = "1.0"
LADDER = 60
"""So many of the smallest p-values are listed, for the ladder."""
DIGITS = 4
"""Significant digits of a p-value in the document."""

Json = dict[str, Any]


def screen(election: Election, *, seed: int, trust: str | None = None) -> Json:
    """The document: the same election and seed, the same document. ``trust``: only the records of this source, as ``check`` has it.

    Raises UsageError, which names the sources, if no record is of the trusted one. Where copies of a station conflict, it is left out.
    """
    read = frames(election)
    parents = dict(election.areas.select("area", "parent").collect().iter_rows())
    prepared = prepare(read, parents)
    known = sorted({source for of_contest in prepared.sources.values() for source in of_contest})
    if trust is not None and trust not in known:
        raise UsageError(f"no standing record is of source {trust!r}", hint=f"sources in this package: {', '.join(known) or 'none'}")
    tabulation = tabulate(prepared, trust=trust)
    every = tables(tabulation, _arrived(election, trust))
    asked = [table for table in every if len(table.candidates) > 1]
    named = election.stations.select("station", "name").collect().iter_rows()
    outcomes = battery(
        asked,
        seed=seed,
        buildings={station: building(name) for station, name in named if name},
        sibling={table.contest: _sibling(table, every) for table in asked},
    )
    return document(election, asked, outcomes, seed=seed, trust=trust)


def _arrived(election: Election, trust: str | None) -> dict[tuple[str, str], str]:
    """The first time at which a record of a station came in, of those that count."""
    found: dict[tuple[str, str], str] = {}
    wanted = ("contest", "station", "source", "received_at")
    for contest, station, source, time in election.records.select(*wanted).collect().iter_rows():
        key = (str(contest), str(station))
        if time and (trust is None or source == trust):
            found[key] = min(found.get(key, str(time)), str(time))
    return found


def _sibling(table: Table, every: Sequence[Table]) -> dict[str, int]:
    """By station, the papers in the box of the other contest; empty where there is not exactly one other at these stations."""
    here = set(table.stations)
    others = [one for one in every if one.contest != table.contest and not here.isdisjoint(one.stations) and "in_box" in one.boxes]
    if len(others) != 1:
        return {}
    pairs = zip(others[0].stations, others[0].boxes["in_box"].tolist(), strict=True)
    return {station: papers for station, papers in pairs if papers != UNREAD}


def document(election: Election, asked: Sequence[Table], outcomes: Sequence[Outcome], *, seed: int, trust: str | None = None) -> Json:
    """Outcomes as plain data. Every test counts in the correction; listed are those of a contest and the leads."""
    found = leads(outcomes)
    tests = [test for outcome in outcomes for test in outcome.tests]
    weight = weights(tests)
    q = adjusted([test.p for test in tests], weight)
    # the ladder is of what the correction compares: each p over its weight
    over = (min(1.0, test.p / each) for test, each in zip(tests, weight, strict=True))
    ladder = sorted(zip(over, q, (test.screen for test in tests), strict=True))[:LADDER]
    about = election.about
    by_outcome = {(one.screen.code, one.contest): [lead for lead in found if _of(lead, one)] for one in outcomes}
    return {
        "version": VERSION,
        "package": {
            "name": about.name, "title": about.title, "title_ur": about.title_ur, "notice": about.notice, "notice_ur": about.notice_ur,
            "reconstructed": about.reconstructed,
        },
        "seed": seed,
        "trust": trust,
        "rate": RATE,
        "tests": len(tests),
        "leads": [_lead(lead) for lead in found],
        "ladder": [{"p": _short(p), "q": _short(one), "screen": code} for p, one, code in ladder],
        "contests": [
            {
                "contest": table.contest, "stations": len(table.stations), "left_out": table.left_out, "margin": table.margin,
                "screens": [_outcome(one, by_outcome[one.screen.code, one.contest]) for one in outcomes if one.contest == table.contest],
            }
            for table in asked
        ],
    }  # fmt: skip


def _of(lead: Lead, outcome: Outcome) -> bool:
    return (lead.test.screen, lead.test.contest) == (outcome.screen.code, outcome.contest)


def _outcome(one: Outcome, of_it: Sequence[Lead]) -> Json:
    whole = [test for test in one.tests if not test.stations and not test.area]
    return {
        "screen": one.screen.code,
        "name": one.screen.name,
        "state": "leads" if of_it else "cannot-tell" if one.reason else "nothing",
        "reason": str(one.reason) if one.reason else None,
        "hypothesis": one.screen.hypothesis,
        "assumptions": list(one.screen.assumptions),
        "causes": list(one.screen.causes),
        "tests": len(one.tests),
        "leads": len(of_it),
        "of_contest": [_test(test) for test in whole],
        "power": None if one.power is None else {"votes": one.power.votes, "margin": one.power.margin, "level": _short(one.power.level)},
        "placebo": None if one.placebo is None else {"how": one.placebo.how, "tests": one.placebo.tests, "low": one.placebo.low},
        "plot": None if one.plot is None else {name: list(series) for name, series in sorted(one.plot.items())},
    }


def _test(test: Test) -> Json:
    return {
        "item": test.item, "area": test.area, "stations": list(test.stations), "p": _short(test.p), "votes": test.votes,
        "figures": dict(sorted(test.figures.items())),
    }  # fmt: skip


def _lead(lead: Lead) -> Json:
    return {"screen": lead.test.screen, "contest": lead.test.contest, **_test(lead.test), "q": _short(lead.q)}


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def to_json(document: Mapping[str, Any]) -> str:
    """UTF-8, two spaces, keys in the order of the schema, a line end at the end."""
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
