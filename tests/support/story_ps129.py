"""PS-129 as a log with its afterlife, for tests.

From sources (the example's README; the reports it names): the figures of Form 47; that the declared winner said at a press conference on
12 February 2024 that he gave the seat up, with the figures he named; that the commission notified him as returned on 1 April 2024.
**Reconstructed**: every station's record, as in the shipped example. **Invented, and it says so**: that the log exists and who signs it,
the complaint before a tribunal, notice, request for time and silence; the order, the recount and everything that follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import as_file, files
from typing import Any

from tallyproof.formats.package import read_package
from tallyproof.tabulate.rules import SHA256
from tests.support.entry_logs import Value, Writer
from tests.support.entry_values import vkey

NAEEM, MUQADDAM, HANIF, BARI = "hafiz-naeem-ur-rehman", "maaz-muqaddam", "muhammad-asad-hanif", "saif-bari"
FORM_47 = {NAEEM: 26_296, MUQADDAM: 20_608, HANIF: 15_014, BARI: 11_357}
AUTHORITY, COURT, OBSERVERS = "authority.invented", "tribunal.invented", "observers.invented"
OFFICE = {"JI": "ji.invented", "MQM-P": "mqm-p.invented", "PTI": "pti.invented"}
RECOUNTED = ("reconstructed-001", "reconstructed-002")


Rows = Mapping[str, tuple[str, int, Mapping[str, int]]]


def _example() -> tuple[list[str], Rows]:
    """Candidates in ballot order; of each station its record's id, the ballots in the box, and the votes that are read."""
    with as_file(files("tallyproof") / "examples" / "ps129") as folder:
        election = read_package(folder)
    candidates = election.candidates.collect()["candidate"].to_list()
    rows = election.records.collect().select("record", "station", "in_box").iter_rows()
    votes: dict[str, dict[str, int]] = {}
    for record, candidate, figure in election.votes.collect().select("record", "candidate", "votes").iter_rows():
        if figure is not None:
            votes.setdefault(record, {})[candidate] = figure
    return candidates, {station: (record, in_box, votes[record]) for record, station, in_box in sorted(rows)}


def story() -> Writer:
    """The log; ``places`` has the index of each chapter."""
    candidates, records = _example()
    log = Writer("invented.example/ps-129", (vkey(AUTHORITY),))
    contest = {"contest": "PS-129"}

    def add(called: str, type_: str, value: Value, *names: str) -> str:
        return log.add(f"{type_}/v1", {**contest, **value}, *names, called=called)

    definition = {
        "authority": [vkey(AUTHORITY)],
        "contests": ["PS-129"],
        "courts": {"tribunal": vkey(COURT)},
        "day": "2024-02-08",
        "election": "ps-129-story",
        "name": "PS-129: station rows reconstructed; complaint, order and recount invented",
        "observers": {"reconstruction": vkey(OBSERVERS)},
        "parties": {name: vkey(key) for name, key in OFFICE.items()},
        "rules": {"name": "tabulation-v1", "sha256": SHA256},
        "threshold": 1,
    }
    log.add("election-definition/v1", definition, AUTHORITY)
    party = {NAEEM: "JI", MUQADDAM: "MQM-P", HANIF: "PPPP"}
    ballot = [{"candidate": one, **({"party": party[one]} if one in party else {})} for one in candidates]
    add("contest", "contest", {"candidates": ballot, "stations": len(records)}, AUTHORITY)
    add("stations", "stations", {"stations": [{"station": station} for station in records]}, AUTHORITY)
    observer = {"role": "observer", "stations": list(records), "vkey": vkey("observer.invented")}
    add("roster", "roster", {"by": "observers:reconstruction", "keys": [observer]}, OBSERVERS)
    for station, (name, in_box, votes) in records.items():
        value = {"act": "count", "boxes": {"in_box": in_box}, "source": "observer:reconstruction", "station": station}
        add(name, "station-record", {**value, "votes": {one: votes.get(one, "not-on-form") for one in candidates}}, "observer.invented")
    totals = {one: FORM_47[one] for one in candidates}
    result = {**log.prefix(), "rules": SHA256, "stage": "provisional", "totals": totals, "version": 1, "winners": [NAEEM]}
    add("form 47", "declaration", result, AUTHORITY)
    add(
        "press conference",
        "statement",
        {
            "about": "records",
            "day": "2024-02-12",
            "figures": {BARI: 31_000, NAEEM: 30_464},
            "source": "press conference of 12 February 2024, as reported by Dawn and GTV",
            "summary": "gives the seat up, will not take the oath, and says that the candidate backed by PTI has won",
            "who": NAEEM,
        },
        OBSERVERS,
    )
    seat = {"holder": NAEEM, "status": "notified", "when": "2024-04-01T00:00:00Z"}
    add("notified", "seat-status", seat, AUTHORITY)
    _invented(log, add, records)
    return log


def _invented(log: Writer, add: Any, records: Rows) -> None:
    stations = [station for station, (name, _, _) in records.items() if name in RECOUNTED]
    complaint = {
        "asks": "declare",
        "candidate": BARI,
        "complaint": "invented 1/2024",
        "evidence": [log.ids["form 47"], *(log.ids[name] for name in RECOUNTED)],
        "findings": ["D02", "D08"],
        "grounds": ["declaration-contradicts"],
        "respondents": ["authority", "party:JI", "party:MQM-P"],
        "summary": "invented: the form of consolidation is not the sum of the stations' forms",
        "when": "2024-04-20T09:00:00Z",
    }
    add("complaint", "complaint", complaint, OFFICE["PTI"])

    def step(called: str, word: str, when: str, *names: str, **more: Any) -> None:
        value = {"complaint": log.ids["complaint"], "step": word, "summary": f"invented: {word}", "when": f"2024-{when}T09:00:00Z"}
        add(called, "case-step", {**value, **more}, *names)

    step("admitted", "admitted", "04-22", COURT)
    step("notice", "notice", "04-22", COURT, due="2024-05-06T18:59:59Z")
    step("needs time", "time-asked", "05-05", OFFICE["MQM-P"], due="2024-06-05T18:59:59Z")
    step("JI replies", "reply", "05-06", OFFICE["JI"])
    step("no reply", "no-reply", "05-07", COURT, to=["authority", "party:MQM-P"])
    step("order", "order", "05-20", COURT, order={"kind": "recount", "stations": stations})
    add("seat recount", "seat-status", {"ground": log.ids["order"], "status": "recount", "when": "2024-05-21T00:00:00Z"}, AUTHORITY)
    order = {"order": log.ids["order"], "reason": "invented: by order of the tribunal", "stations": stations}
    add("recount order", "recount-order", order, AUTHORITY)
    for station in stations:
        name, in_box, votes = records[station]
        value = {"boxes": {"in_box": in_box}, "order": log.ids["recount order"], "station": station, "supersedes": log.ids[name]}
        # Invented figure: the candidate whom the reconstruction leaves unread has 5 at each.
        add(f"recount {name}", "recount-result", {**value, "votes": {**votes, HANIF: 5}}, AUTHORITY)
    add("declared", "seat-status", {"holder": BARI, "status": "declared", "when": "2024-06-10T00:00:00Z"}, AUTHORITY)
    step("closed", "closed", "06-15", COURT)
