"""What a log says of audits: who may count, and what is said twice. specs/entry-v1.md sections 4 to 8, specs/audit-v1.md."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tallyproof_verify.entries import Entry
from tallyproof_verify.notes import Wrong

if TYPE_CHECKING:
    from tallyproof_verify.replay import Accepted, Holder

Tell = Callable[[str, int | None, str], None]
SAME = {"audit-seed": ("plan",), "audit-round": ("plan", "number"), "audit-result": ("plan", "round")}


@dataclass(slots=True)
class Tally:
    """A text of a count by hand. ``made``: two have signed it, one of them an operator, by the entry of that index."""

    data: dict[str, Any]
    index: int
    voices: set[tuple[str, Any]] = field(default_factory=set)
    made: int | None = None

    @property
    def place(self) -> tuple[str, str, str]:
        return self.data["plan"], self.data["contest"], self.data["station"]

    def sign(self, signers: list[Holder]) -> None:
        """An operator is one voice, whatever key replaced theirs; so is a party, and so are observers."""
        self.voices |= {("operator", one.person) for one in signers if one.of("operator", self.data)}
        self.voices |= {("office", one.issuer) for one in signers if one.of("agent", self.data) or one.of("observer", self.data)}


@dataclass(slots=True)
class Audits:
    """All audits of a log. ``plans``: record id → fields; ``seeds``: plan → index, dice; ``rounds``: plan → number → index, stations."""

    tell: Tell
    plans: dict[str, dict[str, Any]] = field(default_factory=dict)
    seeds: dict[str, tuple[int, str]] = field(default_factory=dict)
    rounds: dict[str, dict[int, tuple[int, list[str]]]] = field(default_factory=lambda: defaultdict(dict))
    tallies: dict[str, Tally] = field(default_factory=dict)
    results: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    said: Counter[Any] = field(default_factory=Counter)

    def check(self, kind: str, data: Mapping[str, Any], accepted: Mapping[str, Accepted]) -> None:
        """reference-unknown, reference-elsewhere, act-wrong. That ``plan`` is a plan has been asked."""
        if kind == "audit-plan":
            found = {contest: accepted.get(of) for contest, of in data["contests"].items()}
            if not all(one and one.kind in ("tabulation", "declaration") for one in found.values()):
                raise Wrong("reference-unknown", "a plan audits declarations and tabulations that were accepted before")
            if any(one and one.contest != contest for contest, one in found.items()):
                raise Wrong("reference-elsewhere", "a declaration of the plan is of another contest")
            if not found:
                raise Wrong("act-wrong", "a plan audits at least one contest")
            return
        plan = self.plans[data["plan"]]
        contests = [data["contest"]] if "contest" in data else [row["contest"] for row in data.get("results", ())]
        if not plan["contests"].keys() >= set(contests):
            raise Wrong("reference-elsewhere", "the plan does not audit this contest")
        ready = len(data["dice"]) == plan["dice"] if kind == "audit-seed" else data["plan"] in self.seeds
        if not ready:
            raise Wrong("act-wrong", "the plan asks for another number of dice, or for a seed first")
        figures = {"votes", "boxes"} & data.keys()
        if kind == "audit-count" and (figures if data["found"] == "absent" else "votes" not in figures):
            raise Wrong("act-wrong", "a station that was counted has votes, one whose papers are absent has no figures")

    def take(self, entry: Entry, index: int, signers: list[Holder]) -> None:
        kind, data = entry.kind, entry.data
        if kind == "audit-plan":
            self.plans[entry.id] = data
        elif kind == "audit-count":
            self.tallies[entry.id] = Tally(data, index)
            self.sign(entry.id, index, signers)
        else:
            if kind == "audit-seed":
                self.seeds.setdefault(data["plan"], (index, data["dice"]))
            elif kind == "audit-round":
                self.rounds[data["plan"]].setdefault(data["number"], (index, data["stations"]))
            else:
                self.results.append((index, data))
            self.say((kind, *(data[name] for name in SAME[kind])), index)

    def sign(self, of: str, index: int, signers: list[Holder]) -> None:
        """Take the signatures under an entry, or a copy of one, of a count."""
        tally = self.tallies[of]
        tally.sign(signers)
        if tally.made is None and len(tally.voices) > 1 and any(role == "operator" for role, _ in tally.voices):
            tally.made = index
            self.say(("audit-count", *tally.place), index)

    def say(self, what: tuple[Any, ...], index: int) -> None:
        if self.said[what]:
            self.tell("equivocation", index, f"another text says something else of the same audit: {' '.join(map(str, what))}")
        self.said[what] += 1

    def finish(self) -> None:
        """What can be said only at the end."""
        places: dict[Any, list[Tally]] = defaultdict(list)
        for one in self.tallies.values():
            places[one.place].append(one)
            if one.made is None:
                self.tell("one-entry", one.index, "this count was not signed by two: it does not count")
        for place, texts in places.items():
            voices = set().union(*(one.voices for one in texts))
            if len(texts) > 1 and len(voices) > 1 and all(one.made is None for one in texts):
                self.tell("entries-differ", texts[-1].index, f"{place[1]}, station {place[2]}: two counted differently")
