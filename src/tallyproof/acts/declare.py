"""What a returning officer declares: made from the first entries of a log, compared with them before anybody signs.

``prepare`` counts; ``produce`` makes the declaration and refuses one that contradicts the records, unless it says why (``override``);
``record`` takes one that was announced as it was announced. Each is signed by two: whoever the specification asks for (the returning
officer; the authority where a contest has none), and a second officer of the same contest or of the authority with a key of their own.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tallyproof.acts.log import Act, ActError, Log, fields, known
from tallyproof.cases.effects import Result, tabulated
from tallyproof.compare.logged import Counted, LogProblem, count_prefix, judge_declarations, with_taken
from tallyproof.errors import UsageError
from tallyproof.record.book import Declaration, Record
from tallyproof.record.canon import Json
from tallyproof.record.entry import Refused, parse_entry
from tallyproof.record.note import Vkey
from tallyproof.record.replay import Replay
from tallyproof.record.roster import Key, KeyRole
from tallyproof.record.signing import is_signed
from tallyproof.tabulate.winner import State

By = Sequence[Vkey]
STAGES = ("provisional", "final")
TYPE = "declaration/v1"
BOXES = ("in_box", "valid", "rejected", "blank")
OFFICERS = 2
"""Different people who sign a declaration: a key and those that replaced it are one."""
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the first ``size`` entries give for a declaration of one contest.

    ``missing``, ``excluded``: stations. ``disputed``: by station the record taken; ``undecided``: disputed stations where none was taken
    yet, with the records that stand there. ``totals``, ``boxes``: sums over the other stations; ``unread``: at how many of them nobody
    reads the figure, so that the sum is the least. ``result``: the same with the upper ends, and whether the winner is proved.
    """

    contest: str
    size: int
    root: bytes
    missing: tuple[str, ...]
    excluded: tuple[str, ...]
    disputed: Mapping[str, str]
    undecided: Mapping[str, tuple[str, ...]]
    totals: Mapping[str, int]
    boxes: Mapping[str, int]
    unread: Mapping[str, int]
    result: Result
    seats: int


def prepare(
    log: Log, *, contest: str, size: int | None = None, take: Mapping[str, str] | None = None, take_source: str | None = None
) -> Prepared:
    """Count the first ``size`` entries (all, if left out). Raises ActError, UsageError.

    No copy is believed by rank. Where copies contradict each other, ``take`` names the record (id, or its first digits) whose figures are
    taken, by station; ``take_source`` takes, at every other disputed station, the one standing record of that source.
    """
    log.contest(contest)
    size = log.size if size is None else size
    if size > log.size:
        raise UsageError(f"the log has {log.size} entries, not {size}", hint="leave --size out for all of them")
    counted = count_prefix(log.book, contest, size)
    taken = _taken(log, counted, take or {}, take_source)
    sums, unread = with_taken(log.book, counted, taken.values())
    part = Replay(log.book).part(contest, size)
    records = tuple(one for one in part.records if one.station not in taken)
    records += tuple(replace(log.book.records[one], supersedes=None) for one in taken.values())
    candidates = log.book.contests[contest].candidates
    return Prepared(
        contest=contest,
        size=size,
        root=log.root(size),
        missing=tuple(sorted(counted.missing)),
        excluded=part.excluded,
        disputed=taken,
        undecided={station: tuple(sorted(there)) for station, there in sorted(counted.disputed.items()) if station not in taken},
        totals={one: sums[one] for one in candidates},
        boxes={box: sums[box] for box in BOXES if _is_stated(part.records, box)},
        unread={item: number for item, number in unread.items() if number},
        result=tabulated({"taken": replace(part, records=records)})["taken"],
        seats=log.book.contests[contest].seats if log.book.contests[contest].elects else 0,
    )


def produce(
    log: Log,
    *,
    by: By,
    prepared: Prepared,
    stage: str,
    winners: Sequence[str] = (),
    figures: Mapping[str, int] | None = None,
    reason: str | None = None,
    override: str | None = None,
) -> Act:
    """The declaration of what was prepared. ``figures``: totals or boxes that the officer declares instead of the sums.

    A box that is unread at a station is not declared; votes that are unread somewhere are, as the least that they can be, in a provisional
    declaration alone. ``winners`` left out: those whom the records prove; a final declaration names them. ``reason``: why it takes the
    place of the version before. Raises ActError: a disputed station was not decided; the winner is open; figures or winners contradict the
    records and no ``override`` says why that is declared all the same; a second officer is missing.
    """
    known("stage", stage, STAGES)
    if prepared.undecided:
        raise ActError(
            f"copies contradict each other at {len(prepared.undecided)} stations: {_undecided(prepared)}",
            hint="take one record at each: --take STATION=RECORD, or --take-source SOURCE for all of them",
        )
    figures = dict(figures or {})
    if odd := sorted(set(figures) - set(prepared.totals) - set(BOXES)):
        raise ActError(
            f"{odd[0]!r} is neither a candidate of {prepared.contest} nor a box that is summed", hint=f"boxes: {', '.join(BOXES)}"
        )
    unread = [one for one in prepared.totals if one in prepared.unread and one not in figures]
    if unread and stage == "final":
        raise ActError(
            f"the votes of {unread[0]} are unread at {prepared.unread[unread[0]]} stations: their sum is only the least",
            hint="log what was read there; or say with --figure what is declared",
        )
    version = _version(log, prepared.contest, stage)
    if version > 1 and not reason:
        raise ActError(f"this takes the place of version {version - 1}: it says why", hint="give a reason")
    value = fields(
        # A box that is unread somewhere has no sum to declare.
        boxes={**{box: figure for box, figure in prepared.boxes.items() if box not in prepared.unread}, **_only(figures, BOXES)},
        contest=prepared.contest,
        disputed=dict(prepared.disputed),
        excluded=list(prepared.excluded),
        missing=list(prepared.missing),
        override=override,
        reason=reason,
        root=base64.b64encode(prepared.root).decode(),
        rules=_rules(log),
        stage=stage,
        totals={**prepared.totals, **_only(figures, prepared.totals)},
        version=version,
        winners=list(_winners(prepared, stage, winners)),
    ) | {"size": prepared.size}
    problems = contradictions(log, value)
    if problems and not override:
        shown = "; ".join(f"{one.message} [{one.code}]" for one in problems[:_SHOWN])
        raise ActError(
            f"this contradicts the records of the stations: {shown}",
            hint="declare what the records give; or say with --override why it is declared all the same: the reason is published",
        )
    if override and not problems:
        raise ActError("nothing here contradicts the records: there is nothing to override", hint="leave --override out")
    return sign_off(log, log.ask(TYPE, value, by))


def record(log: Log, *, by: By, value: Json) -> Act:
    """A declaration as it was announced, with whatever figures it had. Size, root, rules and version are filled in if they are left out.

    What contradicts the records is not refused: it happened (``contradictions`` says it). Raises ActError, Refused.
    """
    contest = str(value.get("contest", ""))
    log.contest(contest)
    size = value.get("size", log.size)
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= log.size:
        raise ActError(f"the log has {log.size} entries: it cannot be declared from {size!r:.40}", hint="leave size out")
    given = {"rules": _rules(log), "size": size, "root": base64.b64encode(log.root(size)).decode(), **value}
    if "stage" in given and "version" not in given:
        given["version"] = _version(log, contest, str(given["stage"]))
    return sign_off(log, log.ask(TYPE, given, by))


def sign_off(log: Log, act: Act) -> Act:
    """The act, if two officers sign it. Raises ActError."""
    named = officers(log, str(act.value["contest"]), act.signers)
    if len(named) < OFFICERS:
        contest = act.value["contest"]
        raise ActError(
            f"a declaration is signed by two officers; here it is {named[0] if named else 'none'}",
            hint=f"let a second returning officer of {contest}, or the authority, sign too: --key, or --cosigner for a draft",
        )
    return act


def officers(log: Log, contest: str, signers: Sequence[Key]) -> tuple[str, ...]:
    """The names of the keys of different officers among the signers: returning officers of the contest, and the authority's keys."""
    found: dict[bytes, str] = {}
    for key in signers:
        if key.role is KeyRole.AUTHORITY or (key.role is KeyRole.RETURNING_OFFICER and key.contest == contest):
            found.setdefault(key.holder or key.vkey.public, key.vkey.name)
    return tuple(found.values())


def contradictions(log: Log, value: Json) -> list[LogProblem]:
    """In what a declaration differs from the entries that it names; empty if in nothing. It need not be in the log."""
    return judge_declarations(log.book, [Declaration(log.size, "", TYPE, value)])


def _only(figures: Mapping[str, int], names: Iterable[str]) -> dict[str, int]:
    return {name: figures[name] for name in names if name in figures}


def _taken(log: Log, counted: Counted, take: Mapping[str, str], source: str | None) -> dict[str, str]:
    found = {}
    for station, named in sorted(take.items()):
        there = counted.disputed.get(station)
        if there is None:
            raise ActError(f"the station {station!r} is not disputed", hint="take records at disputed stations only")
        fitting = [one for one in there if one == named or (len(named) >= 8 and one.startswith(named))]
        if len(fitting) != 1:
            raise ActError(
                f"{named!r} is not one of the records that stand at the station {station!r}",
                hint=f"records: {', '.join(sorted(one[:12] for one in there))}",
            )
        found[station] = fitting[0]
    if source is not None:
        for station, there in sorted(counted.disputed.items()):
            own = [one for one in there if log.book.records[one].source == source]
            if station not in found and len(own) == 1:
                found[station] = own[0]
    return found


def _undecided(prepared: Prepared) -> str:
    shown = [f"{station} ({', '.join(one[:12] for one in there)})" for station, there in prepared.undecided.items()]
    return ", ".join(shown[:_SHOWN]) + (f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else "")


def _winners(prepared: Prepared, stage: str, named: Sequence[str]) -> tuple[str, ...]:
    if named or not prepared.seats:
        return tuple(named)
    result = prepared.result
    if result.state is State.PROVED and not result.tie:
        return result.winners
    if stage == "provisional":
        return ()
    if result.tie:
        raise ActError("candidates have equal votes: who is returned is for the law to say", hint="name who is, with --winner")
    unread = sum(number for item, number in prepared.unread.items() if item in prepared.totals)
    raise ActError(
        f"who is elected is open: {len(prepared.missing)} stations are missing, {unread} figures are unread",
        hint="declare it provisional, without a winner; or name with --winner whom you declare",
    )


def _version(log: Log, contest: str, stage: str) -> int:
    before = [one.version[1] for one in log.book.declarations if one.contest == contest and one.version and one.version[0] == stage]
    return max(before, default=0) + 1


def _rules(log: Log) -> str:
    if log.book.definition is None:
        raise ActError("the log has no definition", hint="is this the whole log?")
    return log.book.definition.rules


def _is_stated(records: Sequence[Record], box: str) -> bool:
    return any(isinstance(one.boxes.get(box), int) for one in records)


def latest(log: Log, contest: str) -> Declaration | None:
    """The declaration that stands: a final one before a provisional one, then the later version, then the later entry."""
    there: list[Any] = [one for one in log.book.declarations if one.contest == contest and one.version]
    return max(there, key=lambda one: (one.version[0] == "final", one.version[1], one.index), default=None)


def admit(log: Log, data: bytes, *, announced: bool = False) -> Act:
    """A signed declaration, as it may be appended next: two officers signed it, and it agrees with its records or says why it does not.

    ``announced``: it is recorded as it was announced, whatever it says. Raises ActError, Refused.
    """
    entry = parse_entry(data, log.origin)
    if entry.type != TYPE:
        raise ActError(f"this is a {entry.type}, not a declaration", hint="append other entries with: tallyproof log append")
    by = []
    for line in entry.note.signatures:
        key = log.book.roster.find(line.name, line.key_id)
        if key is not None and key.counts:
            if not is_signed(key.vkey.public, line.raw, entry.text.encode()):
                raise Refused("signature-bad", f"the signature of {line.name!r} is not one of this text")
            by.append(key.vkey)
    act = sign_off(log, log.ask(TYPE, entry.value, by))
    problems = contradictions(log, entry.value)
    if problems and not announced and "override" not in entry.value:
        raise ActError(
            f"this contradicts the records of the stations: {problems[0].message} [{problems[0].code}]",
            hint="declare what the records give, or say why with --override; what was announced so goes in with --as-announced",
        )
    return act


def prepared_data(prepared: Prepared) -> dict[str, Any]:
    """What was prepared, as plain data. ``winners`` are those whom the records prove, with the records that were taken."""
    result = prepared.result
    return {
        "contest": prepared.contest,
        "size": prepared.size,
        "root": base64.b64encode(prepared.root).decode(),
        "missing": list(prepared.missing),
        "excluded": list(prepared.excluded),
        "disputed": dict(prepared.disputed),
        "undecided": {station: list(there) for station, there in prepared.undecided.items()},
        "totals": dict(prepared.totals),
        "boxes": dict(prepared.boxes),
        "unread": dict(prepared.unread),
        "state": None if result.state is None else str(result.state),
        "winners": list(result.winners),
        "tie": result.tie,
    }
