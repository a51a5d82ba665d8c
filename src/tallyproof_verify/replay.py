"""Entries in the order of the log → what is refused, and which records there are. specs/entry-v1.md sections 3 and 5 to 8."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from sys import intern
from typing import Any, NamedTuple

from tallyproof_verify.audits import Audits
from tallyproof_verify.entries import SIGNERS, Entry
from tallyproof_verify.lives import Lives
from tallyproof_verify.notes import Key, NameId, Wrong, key, unbase64
from tallyproof_verify.reading import Contest, Record
from tallyproof_verify.tally import Tabulation, not_retired

MAY_NAME = {"authority": {"officer", "returning-officer", "operator"}, "party": {"agent"}, "observers": {"observer"}}
AT_STATION = ("officer", "agent", "observer")
RESTS_ON = {"station-record": AT_STATION, "attestation": AT_STATION[1:], "transcription": ("operator",)}
RESTS_ON |= {"correction canvass": ("officer", "returning-officer"), "recount-result": ("returning-officer",)}
BOXES = ("in_box", "valid", "rejected", "blank")  # as in Record.boxes
OF_RECORD = ("record", "supersedes")
REFERENCES = {
    "order": ("recount-order", "ruling", "case-step order"),
    "complaint": ("complaint",),
    "plan": ("audit-plan",),
}  # field → types; other fields: any


class Tree:
    """RFC 6962. ``levels[h][n]`` is the root of the leaves from n·2^h to (n + 1)·2^h, for every part that is whole."""

    def __init__(self) -> None:
        self.levels: list[list[bytes]] = [[]]

    def append(self, leaf: bytes) -> None:
        for level in self.levels:
            level.append(leaf)
            if len(level) % 2:
                return
            leaf = node(*level[-2:])
        self.levels.append([leaf])

    def root(self, size: int) -> bytes:
        root = b""
        for height, level in enumerate(self.levels):
            if size >> height & 1:
                part = level[(size >> height) - 1]
                root = node(part, root) if root else part
        return root or hashlib.sha256(b"").digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(slots=True)
class Holder:
    """A key that an entry named. ``issuer``: ``authority``, ``party:x``, ``observers:x`` or ``court:x``."""

    key: Key
    role: str
    issuer: str
    contest: str = ""
    stations: tuple[str, ...] = ()
    late: bool = False
    revoked: bool = False
    first: Key | None = None  # that this one replaced in the end

    @property
    def person(self) -> bytes:
        """What a key and its replacements have in common."""
        return (self.first or self.key).public

    @property
    def source(self) -> str:
        """As which source it signs, if it is the key of a station."""
        return "officer" if self.role == "officer" else f"{self.role}:{self.issuer.partition(':')[2]}"

    def of(self, role: str, fields: Mapping[str, Any]) -> bool:
        """Has it this role, at the contest and station that an entry is about?"""
        here = role not in AT_STATION or fields.get("station") in self.stations
        return self.role == role and here and (not self.contest or fields.get("contest", self.contest) == self.contest)


def new_keys(entry: Entry) -> list[Holder]:
    """The keys that an entry names. What a replacement is follows from the key that it replaces."""
    data = entry.data
    if entry.kind == "election-definition":
        offices = (("courts", "court"), ("observers", "observers"), ("parties", "party"))
        named = [(one, role, f"{role}:{office}") for name, role in offices for office, one in data.get(name, {}).items()]
        return [Holder(key(one), role, by) for one, role, by in [*((one, "authority", "authority") for one in data["authority"]), *named]]
    if entry.kind == "roster":
        rows, by, contest = data["keys"], data["by"], data["contest"]
        return [Holder(key(row["vkey"]), row["role"], by, contest, tuple(map(intern, row.get("stations", ())))) for row in rows]
    return [Holder(key(data["new"]), "", "")] if entry.kind == "key-replace" else []


class Accepted(NamedTuple):
    """What is kept of an accepted entry for those that refer to it."""

    kind: str
    contest: str
    station: str
    stations: tuple[str, ...] | None  # that an order lists


class Made(NamedTuple):
    """A record. ``above``: how many records of each act, and station records of each source and act, it supersedes in the end."""

    record: Record
    at: int
    kind: str
    above: Counter[Any]

    def chain(self) -> Counter[Any]:
        """The same with this one."""
        act, source = self.record.act, self.record.source
        return self.above + Counter((act, (source, act)) if self.kind == "station-record" else (act,))


NOTHING: Counter[Any] = Counter()


@dataclass(slots=True)
class Typed:
    """A transcription. ``made``: it is a record."""

    entry: Entry
    index: int
    operators: list[Holder]
    made: bool = False


@dataclass(slots=True)
class Race:
    """A contest: what entries said of it so far. Indexes of entries: ``listed``, and ``excluded``, where a station went out, in, out …"""

    contest: Contest
    boxes: list[str]
    listed: dict[str, int] = field(default_factory=dict)
    excluded: dict[str, list[int]] = field(default_factory=dict)
    made: list[Made] = field(default_factory=list)
    declared: list[dict[str, Any]] = field(default_factory=list)
    serials: set[tuple[str, str]] = field(default_factory=set)
    officers: int = 0  # returning officers' keys that count

    def out(self, size: int) -> set[str]:
        """The stations that are excluded after the first ``size`` entries."""
        return {station for station, at in self.excluded.items() if sum(index < size for index in at) % 2}

    def at(self, size: int) -> Contest:
        """The contest as the first ``size`` entries leave it, for the tabulation."""
        out = self.out(size)
        rolls = {name: roll for name, roll in self.contest.rolls.items() if self.listed[name] < size and name not in out}
        records = [one.record for one in self.made if one.at < size and one.record.station not in out]
        return replace(self.contest, stations=(self.contest.stations or 0) - len(out), rolls=rolls, records=records)


class Replay:
    """``take`` every entry in order, then ``finish``. ``problems``: code, index or None, sentence; notices are among them."""

    def __init__(self, pinned: Iterable[bytes], foreign: Iterable[bytes] = ()) -> None:
        self.pinned, self.publics = set(pinned), set(foreign)  # public keys of log and witnesses are no entry keys
        self.tree, self.frozen, self.compared, self.refused = Tree(), False, 0, 0
        self.problems: list[tuple[str, int | None, str]] = []
        self.definition: dict[str, Any] = {}
        self.keys: dict[NameId, Holder] = {}
        self.races: dict[str, Race] = {}
        self.accepted: dict[str, Accepted] = {}
        self.made: dict[str, Made] = {}
        self.typed: dict[str, Typed] = {}
        self.said: Counter[Any] = Counter()
        self.audits = Audits(self.tell)
        self.lives = Lives()

    def take(self, entry: Entry | Wrong, leaf: bytes) -> None:
        index = len(self.tree.levels[0])
        try:
            if isinstance(entry, Wrong):
                raise entry
            if entry.id in self.accepted:
                self.add_copy(entry, index)
            else:
                self.accept(entry, index)
        except Wrong as wrong:
            self.refused += 1
            self.tell(wrong.code, index, str(wrong))
        self.tree.append(leaf)

    def tell(self, code: str, index: int | None, message: str) -> None:
        self.problems.append((code, index, message))

    # --- 5. Accepting an entry ------------------------------------------------------------------------------------

    def accept(self, entry: Entry, index: int) -> None:
        """Raises ``Wrong`` with the first rule that is broken; else the entry takes effect."""
        kind, data = entry.kind, entry.data
        vkey = key(data.get("key") or data["old"]) if kind in ("key-revoke", "key-replace") else None
        old = self.keys.get((vkey.name, vkey.id)) if vkey else None
        new = [replace(one, late=self.frozen) for one in new_keys(entry)]
        if old and new:
            new = [replace(old, key=new[0].key, first=old.first or old.key)]
        named = {(one.key.name, one.key.id): one for one in new}
        keys = self.keys if index else named
        if (kind == "election-definition") != (index == 0) or (index and not self.definition):
            raise Wrong("definition-first", "entry 0, and no other, is the definition of the election, and it must be in order")
        if index == 0:
            known = not self.pinned or any(one.role == "authority" and one.key.public in self.pinned and entry.true(one.key) for one in new)
            if not known or not 1 <= data["threshold"] <= len(data["authority"]):
                raise Wrong("definition-first", "an impossible threshold, or no authority key known from outside is named and has signed")
        self.check_places(kind, data)
        publics = {one.key.public for one in new}
        if vkey and (not old or old.key != vkey or old.revoked):
            raise Wrong("key-twice", f"{vkey.name} is no key of the log, or was revoked before")
        if len(publics) < len(new) or len(named) < len(new) or publics & self.publics or named.keys() & self.keys.keys():
            raise Wrong("key-twice", "a key is named that is in the log before, is named twice, or is of the log or a witness")
        if kind == "roster":
            by, _, office = data["by"].partition(":")
            offices = self.definition.get({"party": "parties"}.get(by, by), {}) if office else {"": ""}
            if office not in offices or {one.role for one in new} - MAY_NAME[by]:
                raise Wrong("role-wrong", f"{data['by']} is not in the definition, or may not give out such keys")
        signers = self.true_signers(entry, keys)
        about = {"contest": old.contest} if old else data
        name = f"{kind} {data['act']}" if kind == "correction" else f"{kind} {data['step']}" if kind == "case-step" else kind
        name += " officer" if old and kind == "key-replace" and old.role == "officer" else ""
        office = data.get("by") or (old.issuer if old else "")
        if not self.enough(SIGNERS[name], office, about, signers):
            with_revoked = [one for name_id in entry.signatures if (one := keys.get(name_id)) and entry.true(one.key)]
            code = "key-revoked" if self.enough(SIGNERS[name], office, about, with_revoked) else "signer-missing"
            raise Wrong(code, f"a {kind} needs valid signatures that count of: {office or SIGNERS[name]}")
        self.check_references(kind, data)
        if not _act_fits(kind, data):
            raise Wrong("act-wrong", "what it says, what it names and whether it has figures do not go together")
        if "root" in data and (data["size"] > index or self.tree.root(data["size"]) != unbase64(data["root"])):
            raise Wrong("prefix-differs", f"the first {data['size']} entries have another root, or are not all before it")
        ordered = data if kind == "recount-order" else data.get("order", {}) if kind == "case-step" else {}
        stations = tuple(ordered["stations"]) if "stations" in ordered else None
        said = name if name == "case-step order" else kind
        self.accepted[entry.id] = Accepted(said, data.get("contest", ""), data.get("station", ""), stations)
        self.take_effect(entry, index, name, signers)
        self.lives.take(entry, index, signers, self)
        if old:
            old.revoked = True
        for one in [*new, *([old] if old else [])]:
            if one.role == "returning-officer":
                self.races[one.contest].officers += -1 if one is old else 1
        self.publics |= publics
        self.keys |= named

    def true_signers(self, entry: Entry, keys: Mapping[NameId, Holder]) -> list[Holder]:
        """The keys that count and have signed, in the order of lines."""
        counting = [one for name_id in entry.signatures if (one := keys.get(name_id)) and not one.revoked]
        for one in counting:
            if entry.true(one.key) is False:
                raise Wrong("signature-bad", f"the signature of {one.key.name} is false: this is not what it signed")
        return [one for one in counting if entry.true(one.key)]

    def enough(self, needs: str, office: str, about: Mapping[str, Any], signers: list[Holder]) -> bool:
        """Are those there who must sign?"""
        threshold: int = (self.definition or about)["threshold"]
        race = self.races.get(about.get("contest", ""))

        def there(word: str) -> bool:
            if word == "source" and about["source"] != "commission":
                return any(one.source == about["source"] and one.of(one.role, about) for one in signers if one.role in AT_STATION)
            if word == "authority" or word == "source" or (word == "office" and office == "authority"):
                return sum(one.role == "authority" for one in signers) >= threshold
            if word == "office":
                return any(one.issuer == office and one.role == office.partition(":")[0] for one in signers)
            if word == "RO" and race and not race.officers and there("authority"):
                return True
            return any(one.of("returning-officer" if word == "RO" else word, about) for one in signers)

        return any(all(map(there, both.split("+"))) for both in needs.split(","))

    def check_places(self, kind: str, data: dict[str, Any]) -> None:
        """definition-late, definition-twice, place-unknown."""
        contest, race = data.get("contest"), self.races.get(data.get("contest", ""))
        if kind in ("contest", "stations") and self.frozen:
            raise Wrong("definition-late", "contests and stations were frozen before")
        fresh = {row["station"] for row in data["stations"]} if kind == "stations" else set()
        if (kind == "contest" and race) or (kind == "roster-freeze" and self.frozen) or (race and fresh & race.listed.keys()):
            raise Wrong("definition-twice", "the contest, a station of it, or the freeze is in the log before")
        if kind == "contest" and contest in self.definition["contests"]:
            return
        if (contest is not None and not race) or (kind == "audit-plan" and data["contests"].keys() - self.races.keys()):
            raise Wrong("place-unknown", f"the contest {contest!a:.80} was not defined")
        rows = data["keys"] if kind == "roster" else []
        if any(bool(row.get("stations")) != (row["role"] in AT_STATION) or row.get("stations") == [] for row in rows):
            raise Wrong("place-unknown", "officers, agents and observers have stations, the other roles none")
        stations = _names(data, "station", "missing", "excluded", "disputed").union(*(_names(row, "stations") for row in rows))
        stations |= _names(data, "stations") if kind in ("recount-order", "complaint") else set()
        candidates = _names(data, "votes", "totals", "winners", "holder", "candidate", "figures", "rounding")
        if kind == "case-step":
            stations |= _names(data.get("order", {}), "stations")
            candidates |= _names(data.get("order", {}), "candidate")
        for side in _names(data, "respondents", "to"):
            office, _, one = side.partition(":")
            if one and one not in self.definition.get("parties" if office == "party" else office, {}):
                raise Wrong("place-unknown", f"{side} is not in the definition")
        if not race:
            return
        # Not by subtracting all keys of the contest: that would go through every station for every entry.
        unknown = {one for one in stations if one not in race.listed} | {one for one in candidates if one not in race.contest.candidates}
        if unknown:
            raise Wrong("place-unknown", f"{contest} has no such station or candidate: {min(unknown)!a:.80}")

    def check_references(self, kind: str, data: dict[str, Any]) -> None:
        """reference-unknown, reference-elsewhere."""
        named = [
            (name, data[name])
            for name in ("record", "supersedes", "order", "complaint", "ground", "plan")
            if isinstance(data.get(name), str)
        ]
        named = [one for one in named if f"{kind} {one[0]}" not in ("complaint complaint", "exclusion ground", "inclusion ground")]
        named += [("evidence", one) for one in data.get("evidence", ())]
        if kind == "case-step" and "record" in data.get("order", {}):
            named.append(("record", data["order"]["record"]))
        found: list[tuple[str, Accepted]] = []
        for name, one in named:
            what = self.accepted.get(one)
            if not what or what.kind not in REFERENCES.get(name, (what.kind,)) or (name in OF_RECORD and one not in self.made):
                raise Wrong("reference-unknown", f"{name} names no earlier accepted entry of a fitting type")
            found.append((name, what))
        if kind.startswith("audit-"):
            self.audits.check(kind, data, self.accepted)
            return
        for name, what in found:
            elsewhere = name in OF_RECORD and what.station != data.get("station", what.station)
            if name == "order" and what.stations is not None:
                elsewhere |= not set(data.get("stations", [data.get("station")])) <= set(what.stations)
            if elsewhere or what.contest != data["contest"]:
                raise Wrong("reference-elsewhere", f"what {name} names is of another contest or station")

    # --- 6. Records -----------------------------------------------------------------------------------------------

    def add_copy(self, entry: Entry, index: int) -> None:
        signers, typed = self.true_signers(entry, self.keys), self.typed.get(entry.id)
        self.lives.sign(entry.id, signers, index)
        if entry.kind == "audit-count":
            self.audits.sign(entry.id, index, signers)
        if typed:
            typed.operators += [one for one in signers if one.of("operator", entry.data)]
            self.complete(typed, index)

    def complete(self, typed: Typed, index: int) -> None:
        if not typed.made and len({one.person for one in typed.operators}) > 1:
            typed.made = True
            self.make(typed.entry, index, "transcription", "scan", typed.operators)

    def take_effect(self, entry: Entry, index: int, name: str, signers: list[Holder]) -> None:
        kind, data = entry.kind, entry.data
        race = self.races.get(data.get("contest", ""))
        if kind == "election-definition":
            self.definition = data
        elif kind == "contest":
            ballot = {row["candidate"]: place for place, row in enumerate(data["candidates"])}
            contest = Contest(data["contest"], data.get("seats", 1), data.get("rule", "plurality"), data["stations"], None, ballot)
            self.races[data["contest"]] = Race(contest, data.get("boxes", []))
        elif kind == "roster-freeze":
            self.frozen = True
        if kind.startswith("audit-"):
            self.audits.take(entry, index, signers)
        if race is None:
            return
        if kind == "stations":
            race.listed.update({row["station"]: index for row in data["stations"]})
            race.contest.rolls.update({row["station"]: row.get("registered") for row in data["stations"]})
        elif kind == "form-issue":
            race.serials.update((data["station"], serial) for serial in data["serials"])
        elif kind in ("exclusion", "inclusion"):
            if len(race.excluded.get(data["station"], ())) % 2 == (kind == "inclusion"):
                race.excluded.setdefault(data["station"], []).append(index)
        elif kind == "transcription":
            self.typed[entry.id] = Typed(entry, index, [one for one in signers if one.of("operator", data)])
            self.complete(self.typed[entry.id], index)
        elif kind in ("tabulation", "declaration"):
            before = len(self.problems)
            self.compare(race, data, index)
            self.audits.declared[entry.id] = data, any(code != "declaration-rules" for code, _, _ in self.problems[before:])
            if kind == "declaration":
                race.declared.append(data)
                self.say(("declaration", data["contest"], data["stage"], data["version"]), 0, index)
                if data["version"] > 1 and "reason" not in data:
                    self.tell("reason-missing", index, f"version {data['version']} does not say why it replaces the one before")
        elif kind == "attestation" and data["says"] != "agree":
            source = next(one.source for one in signers if any(one.of(role, data) for role in RESTS_ON[kind]))
            self.tell("attested-against", index, f"{data['contest']}, station {data['station']}: {source}: {data['says']}")
            if data["says"] == "disagree":
                self.make(entry, index, name, source, signers)
        elif kind in ("station-record", "correction", "recount-result"):
            self.make(entry, index, name, data.get("source") or ("commission" if name == "correction ruling" else "officer"), signers)

    def make(self, entry: Entry, index: int, name: str, source: str, signers: list[Holder]) -> None:
        """The record of an entry, and what is said of it (section 8)."""
        data, kind, race = entry.data, entry.kind, self.races[entry.data["contest"]]
        spoken = self.made[data["record"]].record if kind == "attestation" else None
        act = spoken.act if spoken else data.get("act", "recount" if kind == "recount-result" else "count")
        supersedes = spoken.supersedes if spoken else data.get("supersedes", "")
        above = self.made[supersedes].chain() if supersedes else NOTHING
        boxes, votes = data.get("boxes", {}), [_read(data["votes"].get(one)) for one in race.contest.candidates]
        standing = [_read(boxes.get(box)) for box in BOXES]
        rest = data["station"], source, act, 1 + above[act], supersedes, _read(boxes.get("registered")), tuple(standing), votes
        made = self.made[entry.id] = Made(Record(entry.id, *rest), index, kind, above)
        race.made.append(made)
        if kind == "station-record":
            self.say((kind, data["contest"], data["station"], source, act), above[source, act], index)
            if "serial" in data and race.serials and (data["station"], data["serial"]) not in race.serials:
                self.tell("serial-unknown", index, f"the form {data['serial']} was not issued to the station {data['station']}")
        elif kind in ("correction", "recount-result"):
            self.say((kind, act, supersedes), 0, index)
        rests = [one for one in signers if any(one.of(role, data) for role in RESTS_ON.get(name, ()))]
        if late := [one.key.name for one in rests if one.late and (kind != "station-record" or one.source == source)]:
            self.tell("key-late", index, f"the record rests on {late[0]}, which was named after the roster was frozen")

    def say(self, what: tuple[Any, ...], superseded: int, index: int) -> None:
        if self.said[what] > superseded:
            self.tell("equivocation", index, f"another text says something else in the same place: {' '.join(map(str, what))}")
        self.said[what] += 1

    # --- 7. Declarations ------------------------------------------------------------------------------------------

    def compare(self, race: Race, data: dict[str, Any], index: int) -> None:
        """A declaration or tabulation with the records of exactly its prefix."""
        self.compared += 1
        contest = race.at(data["size"])
        stations = {one.key: one for one in Tabulation(contest, not_retired(contest), None).stations}
        out = race.out(data["size"])
        disputed, given = {name for name, one in stations.items() if one.disputed}, data.get("disputed", {})
        taken = {name: [one for one in stations[name].read if one.key == of] for name, of in given.items() if name in stations}
        right = disputed == given.keys() and all(taken.values())
        sums: Counter[str] = Counter()
        unread: set[str] = set()  # where a figure is unread, the sum is only the least that the total can be
        for name, one in stations.items() if right else ():
            known = [None if gap else low for low, gap in zip(one.low, one.unread, strict=True)]
            figures = [*taken[name][0].votes, *taken[name][0].boxes] if name in taken else known
            for item, figure in zip([*contest.candidates, *BOXES], figures, strict=True) if one.read else ():
                sums[item] += figure or 0
                unread |= {item} if figure is None else set()
        told = {**data["totals"], **data.get("boxes", {})}
        off = [item for item, figure in told.items() if right and (figure < sums[item] or (figure > sums[item] and item not in unread))]
        off = [f"{item} {told[item]}, the records {'at least ' if item in unread else ''}{sums[item]}" for item in off]
        off += [f"{name} is left out" for name in contest.candidates if name not in told]
        most = sorted((data["totals"].get(name, 0) for name in contest.candidates), reverse=True)[: contest.seats]
        won = data.get("winners")
        fair = won is None or (contest.rule != "none" and sorted((data["totals"].get(one, 0) for one in won), reverse=True) == most)
        missing = {name for name, one in stations.items() if not one.read}
        for code, fits, message in (
            ("totals", not off, "; ".join(off[:5])),
            ("missing", missing == {*data.get("missing", ())}, f"missing are {_some(missing)}"),
            ("excluded", out == {*data.get("excluded", ())}, f"excluded are {_some(out)}"),
            ("disputed", right, f"disputed are {_some(disputed)}; each must name the standing record whose figures were taken"),
            ("rules", data["rules"] == self.definition["rules"]["sha256"], "the rules are not those of the definition"),
            ("winners", fair, "they are not as many as the seats, or somebody else has more votes in totals"),
        ):
            if not fits:
                self.tell(f"declaration-{code}", index, f"{contest.key}, of {data['size']} entries: {message}")

    def finish(self) -> None:
        """What can be said only at the end (section 8)."""
        for name in self.definition.get("contests", ()):
            race = self.races.get(name)
            if race is None or len(race.listed) != race.contest.stations:
                found = f"{len(race.listed)} stations were named, not {race.contest.stations}" if race else "it was not defined"
                self.tell("definition-incomplete", None, f"{name}: {found}")
        images: dict[Any, list[Typed]] = defaultdict(list)
        for one in self.typed.values():
            images[one.entry.data["contest"], one.entry.data["station"], one.entry.data["image"]].append(one)
            if not one.made:
                self.tell("one-entry", one.index, "a transcription with one operator makes no record")
        for of, texts in images.items():
            people = {operator.person for one in texts for operator in one.operators}
            if len(texts) > 1 and len(people) > 1 and not any(one.made for one in texts):
                self.tell("entries-differ", texts[-1].index, f"{of[0]}, {of[1]}: two operators typed one image differently")
        self.audits.finish(self.races)


def _read(figure: Any) -> int | None:
    return figure if isinstance(figure, int) else None


def _names(data: Mapping[str, Any], *fields: str) -> set[str]:
    """The names in these fields: a name, a list of names, or the names of an object."""
    values = [data.get(one, ()) for one in fields]
    return {name for value in values for name in ([value] if isinstance(value, str) else value)}


def _some(names: set[str]) -> str:
    return " ".join(sorted(names)[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "") or "none"


def _act_fits(kind: str, data: Mapping[str, Any]) -> bool:
    if kind == "case-step":
        return bool(data["step"] == "order") == ("order" in data)
    if kind == "station-record":
        return bool((data["act"] == "repoll") == ("supersedes" in data) >= ("order" in data))
    figures = "votes" in data or "boxes" in data
    says = {"agree": "record" in data and not figures, "disagree": "record" in data and "votes" in data}
    return kind != "attestation" or bool(says.get(data["says"], not figures))
