"""An auditor's journey on real elections, from dice to report. Logs, dice and hand counts are invented: no paper was counted.

Bolivia 2019: every hand count finds what the commission published. NA-128: every hand count finds what the agents' copies of the forms say,
where there are any; that is what an audit would say *if* they were right.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tallyproof.cli import verify
from tallyproof.model.election import Election
from tallyproof_verify.__main__ import main as second_opinion
from tests.support.audit_desk import Desk, fill
from tests.support.audited_history import HistoryLog
from tests.support.history import imported

pytestmark = pytest.mark.slow
DICE = "35463115561121636246"


def agents(election: Election, log: HistoryLog) -> dict[str, tuple[int, ...]]:
    """The agents' copies that have every candidate: station → votes in ballot order."""
    records = election.records.collect().filter(contest=log.contest).select("record", "station", "source").iter_rows()
    station_of = {record: station for record, station, source in records if source.startswith("agent:")}
    found: dict[str, dict[str, int]] = {}
    for record, candidate, votes in election.votes.collect().select("record", "candidate", "votes").iter_rows():
        if record in station_of and votes is not None:
            found.setdefault(station_of[record], {})[candidate] = votes
    whole = {station: row for station, row in found.items() if row.keys() >= set(log.candidates)}
    return {station: tuple(row[one] for one in log.candidates) for station, row in whole.items()}


@pytest.fixture(autouse=True)
def asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signature that was found true stays true: of a log that grows, each command here asks about the new ones alone.

    Every signature is asked about once by the core, and once more by the second opinion. Nothing is remembered of one that is false.
    """
    known: dict[str, frozenset[bytes]] = {}
    ask = verify._true_of

    def remembering(entries: list[bytes], origin: str) -> frozenset[bytes]:
        if origin not in known:
            known[origin] = ask(entries, origin)
        return known[origin]

    monkeypatch.setattr(verify, "_true_of", remembering)


class Journey:
    """``counts``: what a hand count finds, by station."""

    def __init__(self, folder: Path, log: HistoryLog, counts: dict[str, tuple[int, ...]]) -> None:
        self.log, self.counts, self.desk = log, counts, Desk(folder)
        log.write(folder)

    def run(self, command: str, *words: object, **more: Any) -> Any:
        return self.desk.run(command, self.desk.log, *words, **more)

    def begin(self, limit: str) -> str:
        contest = f"{self.log.contest}={self.log.tabulation}"
        done = self.run("plan", "--audit", "RLA", "--contest", contest, "--limit", limit, by=("authority",))
        self.run("seed", "RLA", by=("authority", "observers"), typed=f"{DICE}\n{DICE}\n")
        return str(done.stderr)

    def draw(self, number: int) -> list[str]:
        lists = self.desk.folder / "lists"
        self.run("draw", "RLA", "--lists", lists, by=("authority",))
        (self.sheet,) = lists.glob(f"round-{number}-*-counts.csv")
        return [line.split(",")[0] for line in self.sheet.read_text(encoding="utf-8").splitlines()[1:]]

    def count(self, stations: list[str]) -> None:
        """Two people type the whole round, each a sheet of their own."""
        words = ("RLA", "--contest", self.log.contest, "--drafts", self.desk.folder / "drafts", "--from")
        for who, said in (("op1", "waits"), ("op2", "is counted")):
            sheet = fill(self.sheet, self.desk.folder / f"{who}.csv", self.counts)
            assert self.run("record", *words, sheet, by=(who,)).stdout.count(said) == len(stations)

    def report(self) -> dict[str, Any]:
        folder = self.desk.folder
        self.run("report", "RLA", "--html", folder / "html", "--json", folder / "report.json")
        document: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        return document

    def second(self) -> dict[str, Any]:
        path = self.desk.folder / "second.json"
        assert second_opinion([str(self.desk.log), "--json", str(path)]) == 0
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return document


def test_bolivia_is_confirmed(tmp_path: Path) -> None:
    log = HistoryLog(imported("bolivia-2019"), "president", "history.example/bolivia-2019")
    journey = Journey(tmp_path, log, log.votes)
    assert "of 34,555 stations have to be counted" in journey.begin("1/20")
    stations = journey.draw(1)
    assert 30 <= len(stations) <= 50
    journey.count(stations)
    assert "limit is reached" in journey.run("risk", "RLA").stdout
    journey.run("result", "RLA", by=("authority",))
    document = journey.report()
    (contest,) = document["audit"]["contests"]
    assert document["ok"]
    assert (contest["answer"], contest["counted"], contest["differ"]) == ("confirmed", len(stations), 0)
    assert 0 < contest["risk"] <= 50_000
    assert journey.second()["problems"] == []


def test_na128_by_the_agents_copies_is_not_confirmed(tmp_path: Path) -> None:
    election = imported("pakistan-2024-na128")
    log = HistoryLog(election, "NA-128", "history.example/na-128")
    found = agents(election, log)
    counts = {station: found.get(station, votes) for station, votes in log.votes.items()}
    # a hand count with more votes for one than there are voters is no count; the reported figure is taken there
    counts = {one: votes if max(votes) <= log.rolls[one] else log.votes[one] for one, votes in counts.items()}
    journey = Journey(tmp_path, log, counts)
    assert "of 433 stations have to be counted" in journey.begin("1/20")
    stations = journey.draw(1)
    journey.count(stations)
    assert "NOT confirmed" in journey.run("risk", "RLA", code=1).stdout
    journey.run("result", "RLA", "--otherwise", "full-count", by=("authority",))
    document = journey.report()
    (contest,) = document["audit"]["contests"]
    assert document["ok"]
    assert contest["answer"] == "full-count"
    assert contest["risk"] > 50_000
    assert contest["differ"] == sum(counts[one] != log.votes[one] for one in stations)
    assert contest["differ"] > 10
    assert journey.second()["problems"] == []
