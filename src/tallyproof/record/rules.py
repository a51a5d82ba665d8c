"""The rules of ``specs/entry-v1.md`` section 5 that depend on the entries before, in their order. Nothing here changes anything.

``definition_first`` comes first; ``before_signatures`` are those up to ``role-wrong``, ``after_signatures`` those from
``reference-unknown`` on.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import Any

from tallyproof.record import audits
from tallyproof.record.book import Book, Contest
from tallyproof.record.canon import Json
from tallyproof.record.entry import Entry, Refused
from tallyproof.record.note import Vkey, parse_vkey
from tallyproof.record.roster import AT_STATIONS, GIVEN_BY, Key, KeyRole, named_key

RootOf = Callable[[int], bytes]
"""``root_of(size)``: the root of the tree of the first so many entries."""

DEFINITION = "election-definition/v1"
_LISTS = {"complaint/v1": ("stations",), "recount-order/v1": ("stations",), "tabulation/v1": ("missing", "excluded", "disputed")}
_LISTS["declaration/v1"] = _LISTS["tabulation/v1"]
_BINDS_PREFIX = frozenset({"roster-freeze/v1", "tabulation/v1", "declaration/v1", "timestamp/v1", audits.PLAN})
_REFERENCES = {
    "station-record/v1": ("supersedes", "order"),
    "attestation/v1": ("record",),
    "correction/v1": ("supersedes", "order"),
    "recount-result/v1": ("supersedes", "order"),
    "recount-order/v1": ("order",),
    "exclusion/v1": ("order",),
    "inclusion/v1": ("order",),
    "complaint/v1": ("evidence",),
    "case-step/v1": ("complaint",),
    "ruling/v1": ("complaint",),
    "seat-status/v1": ("ground",),
    **dict.fromkeys(audits.OF_A_PLAN, ("plan",)),
}
_FITTING = {"order": ("recount-order/v1", "ruling/v1", "case-step/v1"), "complaint": ("complaint/v1",), "plan": (audits.PLAN,)}
_SIDES = {"complaint/v1": ("respondents",), "case-step/v1": ("to",)}


def before_signatures(book: Book, entry: Entry, index: int) -> tuple[Key, ...]:
    """The new states of keys that the entry brings, if it is accepted. Raises Refused."""
    value, type_ = entry.value, entry.type
    if type_ in ("contest/v1", "stations/v1", "roster-freeze/v1"):
        _late_and_twice(book, type_, value)
    if type_ == "contest/v1":
        if book.definition is None or value["contest"] not in book.definition.contests:
            raise Refused("place-unknown", f"the definition lists no contest {value['contest']!r}")
    elif type_ == audits.PLAN:
        audits.places(book, value)
    elif "contest" in value:
        _places(book, type_, value)
    keys = _keys(book, type_, value, index)
    if type_ == "roster/v1":
        _roles(book, value)
    return keys


def definition_first(book: Book, entry: Entry, index: int) -> None:
    """Raises Refused. Whether the verifier knows an authority key is asked apart (``known_authority``)."""
    if entry.type != DEFINITION:
        if book.definition is None:
            raise Refused("definition-first", "the log does not begin with a definition that was accepted")
        return
    if index or book.definition is not None:
        raise Refused("definition-first", f"entry {index} is a definition; only entry 0 may be one")
    keys = len(entry.value["authority"])
    if not 1 <= entry.value["threshold"] <= keys:
        raise Refused("definition-first", f"the threshold is {entry.value['threshold']}, of {keys} authority keys")


def _late_and_twice(book: Book, type_: str, value: Json) -> None:
    if book.frozen is not None:
        if type_ == "roster-freeze/v1":
            raise Refused("definition-twice", f"the roster was frozen by entry {book.frozen}")
        raise Refused("definition-late", f"the roster was frozen by entry {book.frozen}; contests and stations come before that")
    if type_ == "contest/v1" and value["contest"] in book.contests:
        raise Refused("definition-twice", f"the contest {value['contest']!r} was defined by entry {book.contests[value['contest']].index}")
    if type_ == "stations/v1":
        known = book.stations.get(value["contest"], {})
        for one in value["stations"]:
            if one["station"] in known:
                raise Refused("definition-twice", f"the station {one['station']!r} was defined by entry {known[one['station']].index}")


def _places(book: Book, type_: str, value: Json) -> None:
    contest = book.contests.get(value["contest"])
    if contest is None:
        raise Refused("place-unknown", f"no contest {value['contest']!r} has been defined")
    if type_ == "stations/v1":
        return
    stations = book.stations[contest.key]
    if "station" in value:
        _among(stations, (value["station"],), "station")
    for field in _LISTS.get(type_, ()):
        _among(stations, value.get(field, ()), "station")
    if type_ == "roster/v1":
        for key in value["keys"]:
            if key["role"] in AT_STATIONS and not key.get("stations"):
                raise Refused("place-unknown", f"a key of the role {key['role']} is for at least one station")
            if key["role"] not in AT_STATIONS and "stations" in key:
                raise Refused("place-unknown", f"a key of the role {key['role']} is for all stations: it lists none")
            _among(stations, key.get("stations", ()), "station")
        return
    for field in ("votes", "totals", "winners", "figures", "rounding"):
        if field in value:
            _among(contest.ballot, value[field], "candidate")
    _one_candidate(contest, value)
    if type_ == "case-step/v1" and "order" in value:
        _among(stations, value["order"].get("stations", ()), "station")
        _one_candidate(contest, value["order"])
    for field in _SIDES.get(type_, ()):
        for side in value.get(field, ()):
            if book.definition is None or not book.definition.has_office(side):
                raise Refused("place-unknown", f"{side!r} is not in the definition")


def _one_candidate(contest: Contest, value: Json) -> None:
    for field in ("holder", "candidate"):
        if field in value:
            _among(contest.ballot, (value[field],), "candidate")


def _among(known: Container[str], named: Iterable[str], what: str) -> None:
    for one in named:
        if one not in known:
            raise Refused("place-unknown", f"the contest has no {what} {one!r}")


def _keys(book: Book, type_: str, value: Json, index: int) -> tuple[Key, ...]:
    """The states that keys will have. Raises Refused with ``key-twice``."""
    if type_ == DEFINITION:
        return _new(book, _of_definition(value))
    if type_ == "roster/v1":
        return _new(book, _of_roster(book, value, index))
    if type_ == "key-revoke/v1":
        return (_counting(book, value["key"]).revoke(index),)
    if type_ == "key-replace/v1":
        old, new = _counting(book, value["old"]), parse_vkey(value["new"])
        return (old.revoke(index), *_new(book, [old.replacement(new, index)]))
    return ()


def _of_definition(value: Json) -> Iterator[Key]:
    for text in value["authority"]:
        yield named_key(parse_vkey(text), KeyRole.AUTHORITY, 0)
    for role, field in ((KeyRole.COURT, "courts"), (KeyRole.OBSERVERS, "observers"), (KeyRole.PARTY, "parties")):
        for office, text in value.get(field, {}).items():
            yield named_key(parse_vkey(text), role, 0, office=office)


def _of_roster(book: Book, value: Json, index: int) -> Iterator[Key]:
    _, _, office = value["by"].partition(":")
    for one in value["keys"]:
        yield named_key(
            parse_vkey(one["vkey"]),
            KeyRole(one["role"]),
            index,
            office=office,
            contest=value["contest"],
            stations=frozenset(one.get("stations", ())),
            late=book.frozen is not None,
        )


def _new(book: Book, keys: Iterable[Key]) -> tuple[Key, ...]:
    found: list[Key] = []
    publics, names = set(), set()
    for key in keys:
        name = (key.vkey.name, key.key_id)
        if book.roster.has(key.vkey) or key.vkey.public in publics or name in names:
            raise Refused("key-twice", f"the key {key.vkey.name!r}, or its name and id, has been named before")
        publics.add(key.vkey.public)
        names.add(name)
        found.append(key)
    return tuple(found)


def _counting(book: Book, text: str) -> Key:
    key = book.roster.of(parse_vkey(text))
    if key is None:
        raise Refused("key-twice", f"the log has named no key {text!r}", hint="revoke and replace keys by exactly what the roster says")
    if key.revoked is not None:
        raise Refused("key-twice", f"the key {key.vkey.name!r} was revoked by entry {key.revoked}", hint="a key is revoked once")
    return key


def _roles(book: Book, value: Json) -> None:
    by = value["by"]
    if book.definition is None or not book.definition.has_office(by):
        raise Refused("role-wrong", f"{by!r} is not in the definition")
    given = GIVEN_BY[KeyRole(by.partition(":")[0])]
    for key in value["keys"]:
        if key["role"] not in given:
            raise Refused("role-wrong", f"{by!r} may give out {' and '.join(sorted(given))}, not {key['role']}")


def known_authority(value: Json, known: Iterable[Vkey]) -> list[Vkey]:
    """The authority keys of a definition that the verifier knows from outside."""
    named = set(value["authority"])
    return [key for key in known if str(key) in named]


def after_signatures(book: Book, entry: Entry, index: int, root_of: RootOf) -> None:
    """Raises Refused. A writer's ``root_of`` must know every size up to ``index``."""
    value, type_ = entry.value, entry.type
    references = [(field, name) for field in _REFERENCES.get(type_, ()) for name in _names(value.get(field))]
    if type_ == "case-step/v1":
        references += [("record", name) for name in _names(value.get("order", {}).get("record"))]
    for field, name in references:
        _is_known(book, field, name)
    for field, name in references:
        _is_here(book, field, name, value)
    if type_ == audits.PLAN:
        audits.declared(book, value)
    if type_ == audits.PLAN or type_ in audits.OF_A_PLAN:
        audits.fits(book, type_, value)
    if type_ == "case-step/v1":
        if (value["step"] == "order") is not ("order" in value):
            raise Refused("act-wrong", "a step that is an order says what is ordered, and no other step does")
    elif type_ == "station-record/v1":
        if (value["act"] == "repoll") is not ("supersedes" in value):
            raise Refused("act-wrong", "a repoll names the record that it supersedes, a count supersedes none")
        if value["act"] != "repoll" and "order" in value:
            raise Refused("act-wrong", "a repoll may name the order that it carries out, a count has none")
    elif type_ == "attestation/v1":
        _says(value)
    if type_ in _BINDS_PREFIX:
        _prefix(value, index, root_of)


def _is_known(book: Book, field: str, name: str) -> None:
    text = book.texts.get(name)
    if text is None:
        raise Refused("reference-unknown", f"{field}: no entry before has the record id {name}")
    if field in ("record", "supersedes"):
        if name not in book.records:
            raise Refused("reference-unknown", f"{field}: entry {text.index} made no record", hint="name the record id of a record")
    elif field in _FITTING and text.type not in _FITTING[field]:
        raise Refused("reference-unknown", f"{field}: entry {text.index} is a {text.type}, not a {' or '.join(_FITTING[field])}")
    elif field == "order" and text.type == "case-step/v1" and name not in book.orders:
        raise Refused("reference-unknown", f"{field}: entry {text.index} is a step of a case that orders nothing")


def _names(value: Any) -> Sequence[str]:
    """The record ids in a field: one, several or none."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


def _is_here(book: Book, field: str, name: str, value: Json) -> None:
    if field == "plan":
        audits.of_plan(book, name, value)
        return
    text = book.texts[name]
    if text.contest != value["contest"]:
        raise Refused("reference-elsewhere", f"{field}: entry {text.index} is of the contest {text.contest!r}")
    if field in ("record", "supersedes") and text.station != value.get("station", text.station):
        raise Refused("reference-elsewhere", f"{field}: entry {text.index} is of the station {text.station!r}")
    if field == "order" and (listed := book.orders.get(name)) is not None:
        for station in value.get("stations", (value.get("station"),)):
            if station not in listed:
                raise Refused("reference-elsewhere", f"the order of entry {text.index} does not list the station {station!r}")


def _says(value: Json) -> None:
    says = value["says"]
    figures = "votes" in value or "boxes" in value
    if says == "disagree":
        if "votes" not in value or "record" not in value:
            raise Refused("act-wrong", "who disagrees names the record and gives their own votes")
    elif figures:
        raise Refused("act-wrong", f"an attestation that says {says!r} has no figures")
    elif says == "agree" and "record" not in value:
        raise Refused("act-wrong", "who agrees names the record")


def _prefix(value: Json, index: int, root_of: RootOf) -> None:
    size = value["size"]
    if size > index:
        raise Refused("prefix-differs", f"the tree of {size} entries is not there yet: this is entry {index}")
    if base64.b64decode(value["root"]) != root_of(size):
        raise Refused("prefix-differs", f"the root of the first {size} entries is another one")
