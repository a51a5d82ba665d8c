"""What a log says of audits: who may count, and what is said twice. specs/entry-v1.md sections 4 to 8, specs/audit-v1.md."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal
from fractions import Fraction
from itertools import takewhile
from math import lcm
from typing import TYPE_CHECKING, Any

from tallyproof_verify.entries import Entry
from tallyproof_verify.notes import Wrong
from tallyproof_verify.tally import Tabulation, not_retired

if TYPE_CHECKING:
    from tallyproof_verify.replay import Accepted, Holder, Race

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


class Batches:
    """A contest of a plan: its stations, how wrong each can be, all in units of 1/``scale`` of a wrong outcome. specs/audit-v1.md."""

    def __init__(self, race: Race, declared: dict[str, Any], contradicted: bool) -> None:
        """Raises ``ValueError`` where the outcome cannot be audited."""
        contest, totals = race.at(declared["size"]), declared["totals"]
        names = [*contest.candidates]
        tab = Tabulation(contest, not_retired(contest), None)
        winners = declared.get("winners", sorted(names, key=lambda one: -totals.get(one, 0))[: contest.seats])
        pairs = [(names.index(one), b) for one in winners for b, other in enumerate(names) if other not in winners]
        if contest.rule == "none" or contradicted or not pairs:
            raise ValueError(f"{contest.key}: nobody is elected, there is no loser, or the records contradict what was declared")
        if tab.unnamed or any(one.roll is None or (one.read and None in one.high[: len(names)]) for one in tab.stations):
            raise ValueError(f"{contest.key}: nobody says how many papers a station, or how many votes an unread figure can have")
        pending = sum(one.roll or 0 for one in tab.stations if not one.read)
        self.names = names
        self.reported = {
            one.key: ([*one.low[: len(names)]], [high or 0 for high in one.high[: len(names)]], one.roll or 0)
            for one in tab.stations
            if one.read
        }
        self.margins = {(w, b): sum(low[w] - high[b] for low, high, _ in self.reported.values()) - pending for w, b in pairs}
        if min(self.margins.values()) <= 0:
            raise ValueError(f"{contest.key}: a winner does not lead if every doubt is the loser's")
        self.scale = lcm(*self.margins.values())
        of = self.reported.items()
        self.most = {
            key: max(0, *((low[w] - high[b] + roll) * (self.scale // m) for (w, b), m in self.margins.items()))
            for key, (low, high, roll) in of
        }

    def order(self, dice: str) -> list[str]:
        """The stations that can be wrong, by ticket: -ln(h)/bound, where h is 52 bits of the hash and a half, over 2^52."""
        exact = Context(prec=80)

        def ticket(station: str) -> tuple[Decimal, str]:
            first = int(hashlib.sha256(f"{dice},{station}".encode()).hexdigest()[:13], 16)
            return exact.divide(-exact.ln(exact.divide(Decimal(2 * first + 1), Decimal(2**53))), Decimal(self.most[station])), station

        return sorted((station for station, most in self.most.items() if most), key=ticket)

    def error(self, station: str, votes: list[int] | None) -> int:
        """Raises ``ValueError`` if more votes were counted for somebody than the station has papers."""
        if votes is None:
            return self.most[station]
        low, high, roll = self.reported[station]
        if max(votes) > roll:
            raise ValueError(f"station {station}: {max(votes)} votes for one candidate; it can have {roll} papers")
        return max((low[w] - high[b] - votes[w] + votes[b]) * (self.scale // margin) for (w, b), margin in self.margins.items())

    def risk(self, order: list[str], counts: Mapping[str, list[int] | None], stake: Fraction) -> Fraction:
        """The bet on the stations at the head of the order that were counted; what is won is rounded down to 256 bits at every step."""
        left, found, won, best, sure = sum(self.most.values()), 0, Fraction(1), Fraction(1), sum(self.most.values()) < self.scale
        for station in takewhile(counts.__contains__, order):
            most, error = self.most[station], self.error(station, counts[station])
            mean = left - self.scale + found
            sure |= mean < 0 or (mean == 0 and error < most)
            if mean > 0:
                a, b = stake.as_integer_ratio()
                won = _down(won * Fraction((b - a) * most * mean + a * (most - error) * left, b * most * mean))
                best = max(best, won)
            left, found = left - most, found + error
        return Fraction(0) if sure else min(Fraction(1), 1 / best)


def _down(value: Fraction) -> Fraction:
    """Rounded down to 256 significant bits."""
    if not value:
        return value
    shift = 256 + value.denominator.bit_length() - value.numerator.bit_length()
    digits = (value.numerator << max(0, shift)) // (value.denominator << max(0, -shift))
    excess = digits.bit_length() - 256
    return Fraction(digits >> excess if excess > 0 else digits) * Fraction(2) ** (max(excess, 0) - shift)


@dataclass(slots=True)
class Audits:
    """All audits of a log. ``plans``: record id → fields; ``seeds``: plan → index, dice; ``rounds``: plan → number → index, stations."""

    tell: Tell
    plans: dict[str, dict[str, Any]] = field(default_factory=dict)
    seeds: dict[str, tuple[int, str]] = field(default_factory=dict)
    rounds: dict[str, dict[int, tuple[int, list[str]]]] = field(default_factory=lambda: defaultdict(dict))
    tallies: dict[str, Tally] = field(default_factory=dict)
    results: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    declared: dict[str, tuple[dict[str, Any], bool]] = field(default_factory=dict)  # record id → fields, whether the records contradict it
    said: Counter[Any] = field(default_factory=Counter)
    at: dict[str, int] = field(default_factory=dict)  # index of each plan

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
            self.plans[entry.id], self.at[entry.id] = data, index
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

    def finish(self, races: Mapping[str, Race]) -> None:
        """What can be said only at the end."""
        for of, plan in self.plans.items():
            try:
                self.judge(of, {contest: Batches(races[contest], *self.declared[name]) for contest, name in plan["contests"].items()})
            except ValueError as error:
                self.tell("audit-plan", self.at[of], str(error))
        places: dict[Any, list[Tally]] = defaultdict(list)
        for one in self.tallies.values():
            places[one.place].append(one)
            if one.made is None:
                self.tell("one-entry", one.index, "this count was not signed by two: it does not count")
        for place, texts in places.items():
            voices = set().union(*(one.voices for one in texts))
            if len(texts) > 1 and len(voices) > 1 and all(one.made is None for one in texts):
                self.tell("entries-differ", texts[-1].index, f"{place[1]}, station {place[2]}: two counted differently")

    def judge(self, of: str, batches: Mapping[str, Batches]) -> None:
        """audit-draw, audit-count, audit-result."""
        if of not in self.seeds:
            return
        plan, rounds = self.plans[of], sorted((index, number, listed) for number, (index, listed) in self.rounds[of].items())
        orders = {contest: one.order(self.seeds[of][1]) for contest, one in batches.items()}
        made = sorted((one for one in self.tallies.values() if one.made is not None and one.place[0] == of), key=lambda one: one.made or 0)
        seen: set[str] = set()
        for place, (index, number, listed) in enumerate(rounds, start=1):
            fresh = bool(listed) and not seen & set(listed)
            seen |= set(listed)
            heads = {station for order in orders.values() for station in takewhile(seen.__contains__, order)}
            if number != place or not fresh or seen - heads:
                self.tell("audit-draw", index, f"round {number}: not the next stations by the dice")
        figures: dict[int, list[int] | None] = {}
        for one in made:
            votes = [one.data.get("votes", {}).get(name) for name in batches[one.place[1]].names]
            figures[id(one)] = [v for v in votes if isinstance(v, int)] if all(isinstance(v, int) for v in votes) else None
            try:
                if one.place[2] in batches[one.place[1]].most:
                    batches[one.place[1]].error(one.place[2], figures[id(one)])
            except ValueError as error:
                self.tell("audit-count", one.made, str(error))
        for index, data in self.results:
            if data["plan"] != of:
                continue
            before = {station for at, _, listed in rounds if at < index for station in listed}
            fits = any(at < index and number == data["round"] for at, number, _ in rounds)
            for row in data["results"]:
                counts: dict[str, list[int] | None] = {}
                for one in made:
                    if (one.made or 0) < index and one.place[1] == row["contest"] and one.place[2] in before:
                        counts.setdefault(one.place[2], figures[id(one)])
                try:
                    risk = batches[row["contest"]].risk(orders[row["contest"]], counts, Fraction(plan["stake"]))
                except ValueError:
                    fits = False
                    continue
                told = row["risk"] == -(-risk.numerator * 1_000_000 // risk.denominator)
                fits &= told and (row["outcome"] != "confirmed" or risk <= Fraction(plan["limit"]))
            if not fits:
                self.tell("audit-result", index, f"round {data['round']}: its risk or outcome does not follow from the counts before it")
