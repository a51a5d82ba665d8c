"""Explain a declared total by the stations under it, and a table of declared station rows by the records.

Every function is one pass with hashing: 100,000 stations take well under a second.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from tallyproof.compare.pattern_names import RULES, SHIFTED_STATIONS, Name
from tallyproof.compare.patterns import Pattern
from tallyproof.errors import UsageError

Vector = tuple[int | None, ...]
"""A station's votes in ballot order; None is unread."""


def explain_total(delta: Mapping[str, int], rows: Sequence[tuple[str, Vector]]) -> tuple[Pattern, ...]:
    """Stations that alone account for ``declared total - sum of the records``.

    ``delta``: by candidate, in ballot order. ``rows``: the station and its votes in that same order; a row that is not
    read throughout cannot account for anything. ``station-counted-twice``: the total is too large by exactly one station.
    ``station-missing``: it is too small by exactly one. ``cells`` are all stations that would do: several if some are alike,
    so one of them, not each. Nothing is returned where no station fits or ``delta`` is 0 throughout.

    How a *total* differs in its digits is asked of ``patterns.explain``: a total is as good a set of figures as a station's.
    """
    wanted = tuple(delta.values())
    if not any(wanted):
        return ()
    short = tuple(-change for change in wanted)
    fits: dict[Name, list[str]] = {Name.STATION_TWICE: [], Name.STATION_MISSING: []}
    for station, votes in rows:
        _same_length(votes, wanted, station)
        if votes == wanted:
            fits[Name.STATION_TWICE].append(station)
        elif votes == short:
            fits[Name.STATION_MISSING].append(station)
    return tuple(
        Pattern(
            name,
            RULES[name],
            tuple(stations),
            MappingProxyType({"station": stations[0], "stations": len(stations), "votes": abs(sum(wanted))}),
        )
        for name, stations in fits.items()
        if stations
    )


def explain_table(declared: Sequence[tuple[str, Vector]], records: Sequence[tuple[str, Vector]]) -> tuple[Pattern, ...]:
    """Stations whose declared rows stand at the wrong place: ``stations-exchanged`` and ``stations-shifted-by-one``.

    Both tables: station and votes in ballot order, a station at most once; the order of ``declared`` is the order of the
    table as printed. Stations that one table lacks break a run. Only rows that differ and are read throughout are explained.
    ``cells`` of an exchange are two stations, or more where several have the same figures and any of them would do.
    """
    record_of = _by_station(records, "records")
    _by_station(declared, "declared")
    rows = [(station, votes, record_of.get(station)) for station, votes in declared]
    return (*_exchanged_rows(rows), *_shifted_rows(rows))


Row = tuple[str, Vector, Vector | None]
"""Station, declared, record."""


def _exchanged_rows(rows: Sequence[Row]) -> list[Pattern]:
    places: defaultdict[tuple[Vector, Vector], list[str]] = defaultdict(list)
    for station, said, read in rows:
        if read is not None and said != read and None not in said and None not in read:
            places[said, read].append(station)
    patterns, told = [], set()
    for (said, read), ones in places.items():
        others = places.get((read, said))
        if others and (read, said) not in told:
            told.add((said, read))
            detail: dict[str, int | str] = {"station": ones[0], "other": others[0], "stations": len(ones) + len(others)}
            patterns.append(Pattern(Name.STATIONS_EXCHANGED, RULES[Name.STATIONS_EXCHANGED], (*ones, *others), MappingProxyType(detail)))
    return patterns


def _shifted_rows(rows: Sequence[Row]) -> list[Pattern]:
    patterns = []
    for step, direction in ((1, "next"), (-1, "previous")):
        run: list[int] = []
        for place in range(len(rows) + 1):
            if place < len(rows) and _carries(rows, place, place + step):
                run.append(place)
                continue
            if len(run) >= SHIFTED_STATIONS:
                cells = tuple(rows[member][0] for member in run)
                detail: dict[str, int | str] = {"station": cells[0], "last": cells[-1], "stations": len(cells), "direction": direction}
                patterns.append(Pattern(Name.STATIONS_SHIFTED, RULES[Name.STATIONS_SHIFTED], cells, MappingProxyType(detail)))
            run = []
    return patterns


def _carries(rows: Sequence[Row], place: int, other: int) -> bool:
    """Whether the declared row at ``place`` is the record of ``other`` and not its own."""
    if not 0 <= other < len(rows):
        return False
    _, said, own = rows[place]
    return own is not None and None not in said and None not in own and said != own and said == rows[other][2]


def _by_station(rows: Sequence[tuple[str, Vector]], what: str) -> dict[str, Vector]:
    table = dict(rows)
    if len(table) != len(rows):
        raise UsageError(f"a station stands twice among the {what}", hint="give one row a station")
    return table


def _same_length(votes: Vector, wanted: tuple[int, ...], station: str) -> None:
    if len(votes) != len(wanted):
        raise UsageError(
            f"station {station} has figures of {len(votes)} candidates, the total of {len(wanted)}", hint="compare rows of the same contest"
        )
