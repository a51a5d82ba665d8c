"""Real elections as logs that can be audited: the commission's records of every station, and their tabulation.

**From sources**: the stations, their registered voters, the figures. **Invented, and the log says so**: who signs it, and later
the dice and what a hand count would have found. No paper was counted for this.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tallyproof.log.checkpoint import LogSigner
from tallyproof.log.merkle import Tree
from tallyproof.model.election import Election
from tallyproof.record.entry import entry_text
from tallyproof.record.signing import signed
from tallyproof.tabulate.rules import SHA256
from tallyproof_log import keyfiles
from tallyproof_log.keyfiles import Passphrase, SecretKey
from tallyproof_log.store import LogWriter
from tests.support.audit_desk import WORDS, private
from tests.support.entry_values import key, vkey

AUTHORITY, OBSERVERS = "authority.invented", "observers.invented"
OPERATORS = ("operator.invented/1", "operator.invented/2")
PAGE = 500


class HistoryLog:
    """The log of one contest of an election. ``votes``: station → votes in ballot order; ``tabulation``: index of its entry."""

    def __init__(self, election: Election, contest: str, origin: str) -> None:
        self.origin, self.contest = origin, contest
        self.entries: list[bytes] = []
        self.tree = Tree()
        self._read(election)
        self._write(election)
        self.tabulation = len(self.entries) - 1

    def _read(self, election: Election) -> None:
        of = {"contest": self.contest, "source": "commission"}
        records = [row for row in election.records.collect().iter_rows(named=True) if all(row[name] == one for name, one in of.items())]
        station_of = {row["record"]: row["station"] for row in records}
        ballot = election.candidates.collect().filter(contest=self.contest)
        self.ballot = [{name: row[name] for name in ("candidate", "name", "name_ur") if row[name]} for row in ballot.iter_rows(named=True)]
        self.candidates = [one["candidate"] for one in self.ballot]
        figures: dict[str, dict[str, int]] = {row["station"]: {} for row in records}
        for record, candidate, votes in election.votes.collect().select("record", "candidate", "votes").iter_rows():
            if record in station_of and votes is not None:
                figures[station_of[record]][candidate] = votes
        self.votes = {station: tuple(row.get(one, 0) for one in self.candidates) for station, row in sorted(figures.items())}
        rolls = election.station_contests.collect().filter(contest=self.contest)
        self.rolls = {station: roll for station, roll in rolls.select("station", "registered").iter_rows() if station in self.votes}

    def add(self, type_: str, value: dict[str, Any], *names: str) -> None:
        data = signed(entry_text(self.origin, f"{type_}/v1", value), *map(key, names))
        self.entries.append(data)
        self.tree.extend((data,))

    def _write(self, election: Election) -> None:
        about = election.about
        definition = {
            "authority": [vkey(AUTHORITY)],
            "contests": [self.contest],
            "day": about.held_on or "0001-01-01",
            "election": about.name,
            "name": f"{about.title or about.name}: the log, the dice and the hand count are invented"[:500],
            "observers": {"invented": vkey(OBSERVERS)},
            "rules": {"name": "tabulation-v1", "sha256": SHA256},
            "threshold": 1,
        }
        self.add("election-definition", definition, AUTHORITY)
        row = election.contests.collect().filter(contest=self.contest).row(0, named=True)
        names = {name: row[name] for name in ("name", "name_ur") if row[name]}
        self.add("contest", {"candidates": self.ballot, "contest": self.contest, "stations": len(self.votes), **names}, AUTHORITY)
        for page in _pages(list(self.votes)):
            rows = [{"registered": self.rolls[one], "station": one} for one in page]
            self.add("stations", {"contest": self.contest, "stations": rows}, AUTHORITY)
        keys = [{"role": "operator", "vkey": vkey(one)} for one in OPERATORS]
        self.add("roster", {"by": "authority", "contest": self.contest, "keys": keys}, AUTHORITY)
        for station, votes in self.votes.items():
            figures = dict(zip(self.candidates, votes, strict=True))
            record = {"act": "count", "contest": self.contest, "source": "commission", "station": station, "votes": figures}
            self.add("station-record", record, AUTHORITY)
        totals = {one: sum(votes[place] for votes in self.votes.values()) for place, one in enumerate(self.candidates)}
        size = len(self.entries)
        bound = {"root": base64.b64encode(self.tree.root(size)).decode(), "size": size}
        self.add("tabulation", {"contest": self.contest, "rules": SHA256, "totals": totals, **bound}, AUTHORITY)

    def write(self, folder: Path) -> None:
        """The log's folder, and key files beside it."""
        with LogWriter(folder / "log", LogSigner(self.origin, private(self.origin)), lambda: 1_707_350_400, create=True) as writer:
            writer.append(self.entries)
        (folder / "log" / "policy").write_text(f"log {vkey(self.origin)}\nquorum none\n", encoding="utf-8")
        (folder / "log" / "authority").write_text(f"{vkey(AUTHORITY)}\n", encoding="utf-8")
        (folder / "pass").write_text(WORDS + "\n", encoding="utf-8")
        names = {"authority": AUTHORITY, "observers": OBSERVERS, "log": self.origin, "op1": OPERATORS[0], "op2": OPERATORS[1]}
        for file, name in names.items():
            keyfiles.write(folder / f"{file}.key", SecretKey(vkey=key(name).vkey, private=private(name)), Passphrase(WORDS))


def _pages(stations: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(stations), PAGE):
        yield stations[start : start + PAGE]
