"""What a log says of audits: plans, the seed of each, rounds, counts by hand, results (``specs/entry-v1.md`` sections 4 to 6).

Whether a draw or a risk is the one that follows is asked by ``audit``: here is only who said what, in which order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tallyproof.record.book import AuditCount, Book, Remark, Text
from tallyproof.record.canon import Json
from tallyproof.record.entry import Entry, Refused
from tallyproof.record.roster import Key, KeyRole

PLAN, SEED, ROUND, COUNT, RESULT = (f"audit-{name}/v1" for name in ("plan", "seed", "round", "count", "result"))
OF_A_PLAN = frozenset({SEED, ROUND, COUNT, RESULT})
VOICES = 2
"""Signers who must have signed one text of a count, one of them an operator, before it counts."""
_ABOUT: dict[str, tuple[str, ...]] = {SEED: (), ROUND: ("number",), RESULT: ("round",), COUNT: ("contest", "station")}


@dataclass(frozen=True, slots=True)
class Voices:
    """Who has signed a count: an operator is one voice (a key and its replacements are one), and a party or observers are one."""

    operators: frozenset[bytes] = field(default_factory=frozenset)
    offices: frozenset[str] = field(default_factory=frozenset)

    @property
    def number(self) -> int:
        return len(self.operators) + len(self.offices)

    @property
    def settle(self) -> bool:
        return bool(self.operators) and self.number >= VOICES


def voices(signers: Sequence[Key], contest: str, station: str) -> Voices:
    """The voices among signers of a count at a station."""
    typists = frozenset(key.holder for key in signers if key.role is KeyRole.OPERATOR and key.contest == contest)
    there = [key for key in signers if key.role in (KeyRole.AGENT, KeyRole.OBSERVER) and key.is_at(contest, station)]
    return Voices(typists, frozenset(key.issuer for key in there))


def plan(book: Book, entry: Entry, _: int) -> None:
    book.plans[entry.record_id] = entry.value


def say(book: Book, entry: Entry, index: int) -> None:
    """Take in a seed, a round or a result, and remark on one that says something else than an earlier one."""
    if entry.type == SEED:
        book.seeds.setdefault(entry.value["plan"], (index, entry.value["dice"]))
    elif entry.type == ROUND:
        book.rounds.setdefault(entry.value["plan"], {}).setdefault(entry.value["number"], (index, tuple(entry.value["stations"])))
    else:
        book.results.append((index, entry.value))
    _equivocates(book, entry, index)


def complete(book: Book, entry: Entry, index: int) -> None:
    """Make the count that an entry, or a copy of it with further signatures, makes now."""
    text, value = book.texts[entry.record_id], entry.value
    place = (value["plan"], value["contest"], value["station"])
    book.tallied.setdefault(entry.record_id, place)
    if entry.record_id in book.counts or not voices(text.signers, value["contest"], value["station"]).settle:
        return
    votes = None
    if value["found"] == "counted":
        votes = {one: value["votes"].get(one, "blank") for one in book.contests[value["contest"]].candidates}
    book.counts[entry.record_id] = AuditCount(entry.record_id, *place, votes, value.get("boxes", {}), index)
    _equivocates(book, entry, index)


def unsettled(book: Book) -> Iterator[Remark]:
    """``one-entry`` and ``entries-differ`` of counts, in the order of texts."""
    by_place: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for record_id, place in book.tallied.items():
        by_place[place].append(record_id)
        if record_id not in book.counts:
            yield Remark(
                "one-entry", book.texts[record_id].index, place[1], place[2], "this count was not signed by two: it does not count"
            )
    for (_, contest, station), texts in by_place.items():
        if len(texts) < 2 or any(one in book.counts for one in texts):
            continue
        signers = [key for one in texts for key in book.texts[one].signers]
        if voices(signers, contest, station).number >= VOICES:
            yield Remark("entries-differ", book.texts[texts[-1]].index, contest, station, "two counted this station differently")


def _equivocates(book: Book, entry: Entry, index: int) -> None:
    value = entry.value
    about = "\n".join([entry.type, value["plan"], *(str(value[name]) for name in _ABOUT[entry.type])])
    earlier = book.spoken.get(about, ())
    if earlier:
        message = f"entry {book.texts[earlier[0]].index} says something else of the same audit: {earlier[0]}"
        book.remarks.append(Remark("equivocation", index, value.get("contest", ""), value.get("station", ""), message))
    book.spoken[about] = (*earlier, entry.record_id)


# --- what is refused ----------------------------------------------------------------------------------------------------


def places(book: Book, value: Json) -> None:
    """Raises Refused: the contests of a plan are defined."""
    for contest in value["contests"]:
        if contest not in book.contests:
            raise Refused("place-unknown", f"no contest {contest!r} has been defined")


def declared(book: Book, value: Json) -> None:
    """Raises Refused: what a plan audits are declarations or tabulations, each of its contest."""
    found: list[tuple[str, Text]] = []
    for contest, name in value["contests"].items():
        text = book.texts.get(name)
        if text is None or text.type not in ("declaration/v1", "tabulation/v1"):
            raise Refused("reference-unknown", f"contests: no declaration or tabulation before has the record id {name}")
        found.append((contest, text))
    for contest, text in found:
        if text.contest != contest:
            raise Refused("reference-elsewhere", f"contests: entry {text.index} is of the contest {text.contest!r}, not {contest!r}")


def of_plan(book: Book, name: str, value: Json) -> None:
    """Raises Refused: the contests that an entry speaks of are audited by its plan."""
    named = [value["contest"]] if "contest" in value else [one["contest"] for one in value.get("results", ())]
    for contest in named:
        if contest not in book.plans[name]["contests"]:
            raise Refused("reference-elsewhere", f"the plan of entry {book.texts[name].index} does not audit the contest {contest!r}")


def fits(book: Book, type_: str, value: Json) -> None:
    """Raises Refused with ``act-wrong``."""
    if type_ == PLAN:
        if not value["contests"]:
            raise Refused("act-wrong", "a plan audits at least one contest")
        return
    wanted: Any = book.plans[value["plan"]]["dice"]
    if type_ == SEED:
        if len(value["dice"]) != wanted:
            raise Refused("act-wrong", f"the plan asks for {wanted} dice; here are {len(value['dice'])}")
    elif value["plan"] not in book.seeds:
        raise Refused("act-wrong", "the seed of the plan comes first")
    if type_ == COUNT:
        has = {name for name in ("votes", "boxes") if name in value}
        if has if value["found"] == "absent" else "votes" not in has:
            raise Refused("act-wrong", "a station that was counted has votes, one whose papers are absent has no figures")
