"""The story of PS-129 as a log, from the station to the seat: an example, and nobody's evidence.

**From sources** (the README of ``examples/ps129`` names them): the figures of Form 47; that the declared winner said at a press conference
on 12 February 2024 that he gave the seat up, with the figures he named; that the commission notified him as returned on 1 April 2024.
**Reconstructed**: every station's record, as in the shipped example. **Invented**: that the log exists and who signs it; and everything
after 1 April 2024: complaint, notice, request for time and silence; the relinquishment in writing and the vacant seat; order, recount and
what follows. Its keys follow from their names: anybody can make them, so what they sign proves nothing about anybody.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from tallyproof.log.merkle import Tree
from tallyproof.model.election import Election
from tallyproof.record.entry import entry_text
from tallyproof.record.ledger import Ledger
from tallyproof.record.signing import SigningKey, signed
from tallyproof.tabulate.rules import SHA256

ORIGIN, CONTEST = "invented.example/ps-129", "PS-129"
NAEEM, MUQADDAM, HANIF, BARI = "hafiz-naeem-ur-rehman", "maaz-muqaddam", "muhammad-asad-hanif", "saif-bari"
FORM_47 = {NAEEM: 26_296, MUQADDAM: 20_608, HANIF: 15_014, BARI: 11_357}
"""As published; see the README of the example."""
AUTHORITY, COURT, OBSERVERS, OBSERVER = "authority.invented", "tribunal.invented", "observers.invented", "observer.invented"
OFFICE = {"JI": "ji.invented", "MQM-P": "mqm-p.invented", "PTI": "pti.invented"}
PARTY = {NAEEM: "JI", MUQADDAM: "MQM-P", HANIF: "PPPP"}
RECOUNTED = ("reconstructed-001", "reconstructed-002")
NOTICE = {
    "en": "An example, not evidence. Form 47, the press conference and the notification of 1 April 2024 are from published reports. Every "
    "station row is reconstructed. The log, its signatures and everything after 1 April 2024 are invented: nobody named here did it.",
    "ur": "یہ مثال ہے، ثبوت نہیں۔ فارم 47، پریس کانفرنس اور یکم اپریل 2024 کا نوٹیفکیشن شائع شدہ خبروں سے ہیں۔ ہر اسٹیشن کی سطر مفروضہ ہے۔ "
    "روزنامچہ، اس کے دستخط اور یکم اپریل 2024 کے بعد سب کچھ فرضی ہے: یہاں جن کا نام ہے ان میں سے کسی نے ایسا نہیں کیا۔",
}
Rows = Mapping[str, tuple[str, int, Mapping[str, int]]]


@dataclass
class Story:
    """A log as it is told. ``places``, ``ids``: index and record id of each chapter by its name; a station's record by its id.

    ``days``: of each chapter that says one, the day, as ``2024-02-08``. ``first_invented``: the index from which everything is invented.
    """

    origin: str = ORIGIN
    entries: list[bytes] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    days: dict[str, str] = field(default_factory=dict)
    tree: Tree = field(default_factory=Tree)
    first_invented: int = 0

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.origin, (demo_key(AUTHORITY).vkey,))

    def add(self, called: str, type_: str, value: Mapping[str, Any], *names: str) -> str:
        """Sign an entry with the keys of these names, and append it; its record id. Raises Refused."""
        data = signed(entry_text(self.origin, f"{type_}/v1", dict(value)), *map(demo_key, names))
        entry = self.ledger.accept(data, self.tree.root)
        self.places[called], self.ids[called] = len(self.entries), entry.record_id
        if day := str(value.get("when") or value.get("day") or ""):
            self.days[called] = day[:10]
        self.entries.append(data)
        self.tree.extend((data,))
        return entry.record_id

    def after(self, chapter: str) -> int:
        """The size of the log when a chapter has just been told."""
        return self.places[chapter] + 1

    @property
    def chapters(self) -> tuple[str, ...]:
        """From the declaration on, in order: what came before are the records."""
        return tuple(name for name, index in self.places.items() if index >= self.places["form 47"])


def demo_key(name: str) -> SigningKey:
    """A key for show, always the same for a name: anybody can make it."""
    return SigningKey.from_seed(name, sha256(f"tallyproof demonstration key, not a secret: {name}".encode()).digest())


def story(election: Election) -> Story:
    """The log, told from the shipped example ``examples/ps129``. The same bytes each time."""
    told = Story()
    candidates = list(election.candidates.collect().iter_rows(named=True))
    ballot = [str(row["candidate"]) for row in candidates]
    records = _records(election)
    contest = {"contest": CONTEST}
    definition = {
        "authority": [str(demo_key(AUTHORITY).vkey)],
        "contests": [CONTEST],
        "courts": {"tribunal": str(demo_key(COURT).vkey)},
        "day": "2024-02-08",
        "election": "ps-129-story",
        "name": "PS-129, an example: station rows reconstructed; complaint, order and recount invented",
        "name_ur": "پی ایس 129، ایک مثال: اسٹیشنوں کی سطریں مفروضہ؛ شکایت، حکم اور دوبارہ گنتی فرضی",
        "observers": {"reconstruction": str(demo_key(OBSERVERS).vkey)},
        "parties": {name: str(demo_key(key).vkey) for name, key in OFFICE.items()},
        "rules": {"name": "tabulation-v1", "sha256": SHA256},
        "threshold": 1,
    }
    told.add("definition", "election-definition", definition, AUTHORITY)
    standing = [
        {
            "candidate": str(row["candidate"]),
            "name": str(row["name"]),
            "name_ur": str(row["name_ur"]),
            **({"party": PARTY[row["candidate"]]} if row["candidate"] in PARTY else {}),
        }
        for row in candidates
    ]
    named = {"name": "PS-129 Karachi Central-VIII", "name_ur": "پی ایس 129 کراچی وسطی 8"}
    told.add("contest", "contest", {**contest, **named, "candidates": standing, "stations": len(records)}, AUTHORITY)
    told.add("stations", "stations", {**contest, "stations": [{"station": station} for station in records]}, AUTHORITY)
    observer = {"role": "observer", "stations": list(records), "vkey": str(demo_key(OBSERVER).vkey)}
    told.add("roster", "roster", {**contest, "by": "observers:reconstruction", "keys": [observer]}, OBSERVERS)
    for station, (name, in_box, votes) in records.items():
        value = {**contest, "act": "count", "boxes": {"in_box": in_box}, "source": "observer:reconstruction", "station": station}
        told.add(name, "station-record", {**value, "votes": {one: votes.get(one, "not-on-form") for one in ballot}}, OBSERVER)
    _published(told, ballot)
    told.first_invented = len(told.entries)
    _invented(told, records)
    return told


def _records(election: Election) -> Rows:
    """Of each station its record's id, the ballots in the box, and the votes that are read."""
    rows = election.records.collect().select("record", "station", "in_box").iter_rows()
    votes: dict[str, dict[str, int]] = {}
    for record, candidate, figure in election.votes.collect().select("record", "candidate", "votes").iter_rows():
        if figure is not None:
            votes.setdefault(record, {})[candidate] = figure
    return {station: (record, in_box, votes[record]) for record, station, in_box in sorted(rows)}


def _published(told: Story, ballot: list[str]) -> None:
    """What is in published reports, though nobody signed it into any log."""
    size = len(told.entries)
    told.add(
        "form 47",
        "declaration",
        {
            "contest": CONTEST,
            "root": base64.b64encode(told.tree.root()).decode(),
            "rules": SHA256,
            "size": size,
            "stage": "provisional",
            "totals": {one: FORM_47[one] for one in ballot},
            "version": 1,
            "winners": [NAEEM],
        },
        AUTHORITY,
    )
    told.add(
        "press conference",
        "statement",
        {
            "about": "records",
            "contest": CONTEST,
            "day": "2024-02-12",
            "figures": {BARI: 31_000, NAEEM: 30_464},
            "source": "press conference of 12 February 2024, as reported by Dawn and GTV",
            "summary": "gives the seat up, will not take the oath, and says that the candidate backed by PTI has won",
            "who": NAEEM,
        },
        OBSERVERS,
    )
    seat = {"contest": CONTEST, "holder": NAEEM, "status": "notified", "when": "2024-04-01T00:00:00Z"}
    told.add("notified", "seat-status", seat, AUTHORITY)


def _invented(told: Story, records: Rows) -> None:
    def seat(called: str, status: str, when: str, **more: str) -> None:
        value = {"contest": CONTEST, "status": status, "when": f"2024-{when}T00:00:00Z", **more}
        told.add(called, "seat-status", value, AUTHORITY)

    def step(called: str, word: str, when: str, *names: str, **more: Any) -> None:
        value = {"complaint": told.ids["complaint"], "contest": CONTEST, "step": word, "when": f"2024-{when}T09:00:00Z"}
        told.add(called, "case-step", {**value, "summary": f"invented: {SAID[called]}", **more}, *names)

    stations = [station for station, (name, _, _) in records.items() if name in RECOUNTED]
    complaint = {
        "asks": "declare",
        "candidate": BARI,
        "complaint": "invented 1/2024",
        "contest": CONTEST,
        "evidence": [told.ids["form 47"], *(told.ids[name] for name in RECOUNTED)],
        "findings": ["D02", "D08"],
        "grounds": ["declaration-contradicts"],
        "respondents": ["authority", "party:JI", "party:MQM-P"],
        "summary": "invented: the form of consolidation is not the sum of the stations' forms",
        "when": "2024-04-20T09:00:00Z",
    }
    told.add("complaint", "complaint", complaint, OFFICE["PTI"])
    step("admitted", "admitted", "04-22", COURT)
    step("notice", "notice", "04-22", COURT, due="2024-05-06T18:59:59Z")
    step("needs time", "time-asked", "05-05", OFFICE["MQM-P"], due="2024-06-05T18:59:59Z")
    step("JI replies", "reply", "05-06", OFFICE["JI"])
    step("no reply", "no-reply", "05-07", COURT, to=["authority", "party:MQM-P"])
    seat("relinquished", "relinquished", "05-08", holder=NAEEM)
    seat("vacant", "vacated", "05-10")
    step("order", "order", "05-20", COURT, order={"kind": "recount", "stations": stations})
    seat("seat recount", "recount", "05-21", ground=told.ids["order"])
    order = {"contest": CONTEST, "order": told.ids["order"], "reason": "invented: by order of the tribunal", "stations": stations}
    told.add("recount order", "recount-order", order, AUTHORITY)
    for station in stations:
        name, in_box, votes = records[station]
        value = {"boxes": {"in_box": in_box}, "contest": CONTEST, "order": told.ids["recount order"], "station": station}
        # Invented figure: the candidate whom the reconstruction leaves unread has 5 at each.
        result = {**value, "supersedes": told.ids[name], "votes": {**votes, HANIF: 5}}
        told.add(f"recount {name}", "recount-result", result, AUTHORITY)
    seat("declared", "declared", "06-10", holder=BARI)
    step("closed", "closed", "06-15", COURT)


SAID = {
    "admitted": "the tribunal hears the complaint",
    "notice": "the respondents answer by 6 May 2024",
    "needs time": "the opponent needs time to respond",
    "JI replies": "the office of the declared candidate's party does not contest the figures of the complaint",
    "no reply": "by the day set the authority has said nothing, and the opponent has not replied; the time asked for was not granted",
    "order": "the boxes of two stations are counted again before anybody is declared",
    "closed": "the acts that the order asked for are in the log",
}
"""What each step of the invented case says of itself."""
