"""What goes on the paper of a declaration or of a station's statement, as plain data; and the question whether a paper that comes back
is the one of this text.

The SHA-256 of an entry's text is on its paper in sixteen numbered groups. Whoever brings a signed paper in types two of them, which chance
has chosen, from the paper and not from a screen: a paper of another text agrees by accident once in 2^32. (So does ABACUS of the Dutch
Electoral Council with the hash of a file that comes with its paper.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from tallyproof.acts.log import ActError, Log
from tallyproof.record.book import Book
from tallyproof.record.canon import Json
from tallyproof.record.replay import Replay, tables
from tallyproof.tabulate.frames import frames, rows, settle
from tallyproof.tabulate.sheets import vote_columns
from tallyproof.tabulate.standing import live_sheets
from tallyproof.tabulate.stations import low, stations
from tallyproof.tabulate.tabulation import prepare

GROUPS, LENGTH, ASKED = 16, 4, 2
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
Figures = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Challenge:
    """The groups that are asked for, by their numbers on the paper, from 1: chosen by chance, the same for all tries."""

    record_id: str
    asked: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(set(self.asked)) != ASKED or not all(1 <= one <= GROUPS for one in self.asked):
            raise ActError(f"{self.asked} are not {ASKED} different groups of {GROUPS}", hint="choose them anew")


def groups(record_id: str) -> tuple[str, ...]:
    """The 64 hexadecimal digits as they are printed: sixteen groups of four."""
    return tuple(record_id[place : place + LENGTH] for place in range(0, GROUPS * LENGTH, LENGTH))


def answer(challenge: Challenge, typed: Sequence[str]) -> None:
    """Whether what was typed is on the paper of this text. Raises ActError with the numbers of those that are not."""
    if len(typed) != len(challenge.asked):
        raise ActError(f"{len(challenge.asked)} groups were asked for", hint="type each as it is on the paper")
    right = groups(challenge.record_id)
    given = ("".join(one.split()).translate(_DIGITS).lower() for one in typed)
    wrong = [number for number, one in zip(challenge.asked, given, strict=True) if one != right[number - 1]]
    if wrong:
        raise ActError(
            f"the paper does not have the fingerprint of this text: group {' and group '.join(map(str, wrong))}",
            hint="read the numbered groups from the signed paper again; if they are typed as printed, it is the paper of another text",
        )


def station_rows(book: Book, contest: str, size: int, taken: Mapping[str, str]) -> tuple[tuple[str, Figures], ...]:
    """By station of the contest that was not excluded, in the order of the log: the votes of each candidate in ballot order.

    None: nobody reads it; at a missing station, all of them. ``taken``: at disputed stations, the record whose figures were taken; without
    one it has no figures.
    """
    part = Replay(book).part(contest, size)
    prepared = prepare(frames(tables({contest: part})))
    standing, live = prepared.sheets.filter(nw.col("stands")), settle(live_sheets(prepared.sheets))
    found = rows(settle(stations(prepared.tables, standing, prepared.unlisted, live, prepared.width)))
    columns = [low(name) for name in vote_columns(prepared.width)[: len(part.contest.candidates)]]
    nothing: Figures = (None,) * len(columns)
    by_station: dict[str, Figures] = {}
    for row in found:
        whole = not row["missing"] and not row["disputed"]
        by_station[row["station"]] = tuple(row[name] for name in columns) if whole else nothing
    for station, record_id in taken.items():
        record = book.records.get(record_id)
        if station in by_station and record is not None and record.contest == contest:
            by_station[station] = tuple(one if isinstance(one, int) else None for one in record.votes)
    left_out = set(part.excluded)
    return tuple((station, by_station.get(station, nothing)) for station in part.stations if station not in left_out)


def declaration_sheet(log: Log, value: Json, record_id: str, *, language: str) -> dict[str, Any]:
    """A declaration by its fields, in the log or still a draft. Names are those of the ballot in the ``language``, where it has them."""
    contest = str(value["contest"])
    log.contest(contest)
    size = int(value["size"])
    if size > log.size:
        raise ActError(f"it is declared from {size} entries; the log has {log.size}", hint="is this the whole log?")
    found = station_rows(log.book, contest, size, value.get("disputed", {}))
    missing = list(value.get("missing", ()))
    day = log.book.definition.value["day"] if log.book.definition is not None else ""
    return {
        "stage": str(value["stage"]),
        "version": int(value["version"]),
        "contest": _contest_name(log, contest, language),
        "day": str(day),
        "log": log.origin,
        "size": size,
        "digest": record_id,
        "candidates": _candidates(log, contest, language, value["totals"], value.get("winners", ())),
        "boxes": dict(value.get("boxes", {})),
        "counted": sum(station not in set(missing) for station, _ in found),
        "missing": missing,
        "disputed": sorted(value.get("disputed", {})),
        "excluded": list(value.get("excluded", ())),
        "reason": str(value.get("reason", "")),
        "override": str(value.get("override", "")),
        "rows": found,
    }


def station_sheet(log: Log, value: Json, record_id: str, *, language: str) -> dict[str, Any]:
    """A station record by its fields: what one copy says, with what it leaves unread."""
    contest = str(value["contest"])
    log.contest(contest)
    return {
        "contest": _contest_name(log, contest, language),
        "station": str(value["station"]),
        "source": str(value["source"]),
        "act": str(value["act"]),
        "log": log.origin,
        "digest": record_id,
        "candidates": _candidates(log, contest, language, value["votes"], ()),
        "boxes": {name: figure if isinstance(figure, int) else None for name, figure in value.get("boxes", {}).items()},
    }


def _contest_name(log: Log, contest: str, language: str) -> str:
    value = log.book.contests[contest].value
    name = (value.get("name_ur") if language == "ur" else None) or value.get("name")
    return f"{contest} · {name}" if name and name != contest else contest


def _candidates(log: Log, contest: str, language: str, votes: Mapping[str, Any], winners: Sequence[str]) -> list[dict[str, Any]]:
    made = []
    for one in log.book.contests[contest].value["candidates"]:
        key = one["candidate"]
        figure = votes.get(key)
        name = (one.get("name_ur") if language == "ur" else None) or one.get("name") or key
        made.append(
            {
                "name": name,
                "party": one.get("party", ""),
                "votes": figure if isinstance(figure, int) else None,
                "returned": key in winners,
            }
        )
    return made
