"""Records → totals, intervals, winner. specs/tabulation-v1.md, section by section, in plain integers. None is unknown."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tallyproof_verify.reading import Contest, Package, Record, Unreadable, read_package

Unsure = int | None
SUMMED = ("in_box", "valid", "rejected")
"""The first boxes of ``Record.boxes``; the last one is ``blank``, which is compared and not summed."""


@dataclass(slots=True)
class Station:
    """One expected station. ``low``, ``high``, ``unread``: candidates in ballot order, then the boxes."""

    key: str
    roll: Unsure
    read: list[Record]
    low: list[int]
    high: list[Unsure]
    unread: list[bool]
    disputed: bool


def minus(a: Unsure, b: Unsure) -> Unsure:
    return None if a is None or b is None else a - b


def total(values: list[Unsure]) -> Unsure:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def largest(values: list[Unsure]) -> Unsure:
    known = [value for value in values if value is not None]
    return max(known) if known and len(known) == len(values) else None


# --- 1. Which records stand ---------------------------------------------------------------------------------------


def not_retired(contest: Contest) -> list[Record]:
    by_key = {record.key: record for record in contest.records}
    copies: dict[tuple[str, str, int], list[Record]] = defaultdict(list)
    for record in contest.records:
        copies[record.station, record.act, record.version].append(record)
    retired: set[str] = set()
    for record in contest.records:
        earlier = by_key[record.supersedes] if record.supersedes else record
        instance = (earlier.station, earlier.act, earlier.version)
        if instance != (record.station, record.act, record.version):
            for_all = record.source in ("officer", "commission")
            retired.update(copy.key for copy in copies[instance] if for_all or copy.source == record.source)
    return [record for record in contest.records if record.key not in retired]


# --- 2. Stations --------------------------------------------------------------------------------------------------


def room(record: Record, roll: Unsure) -> Unsure:
    """The most that an unread figure of the record can be."""
    in_box, valid = record.boxes[0], record.boxes[1]
    whole = valid if valid is not None else in_box if in_box is not None else roll
    return None if whole is None else max(0, whole - sum(votes for votes in record.votes if votes is not None))


def station(key: str, standing: list[Record], listed: Unsure, candidates: int) -> Station:
    roll = listed if listed is not None else max((one.registered for one in standing if one.registered is not None), default=None)
    read = [one for one in standing if any(figure is not None for figure in (*one.votes, *one.boxes[:3]))]
    most_room = largest([room(one, roll) for one in read])
    low: list[int] = []
    high: list[Unsure] = []
    differ = len({(one.act, one.version) for one in standing}) > 1
    columns = list(zip(*((*one.votes, *one.boxes) for one in standing), strict=True)) or [()] * (candidates + 4)
    counts = [{count for count in column if count is not None} for column in columns]
    for place, seen in enumerate(counts):
        low.append(min(seen, default=0))
        high.append(max(seen) if seen else most_room if place < candidates else None)
        differ = differ or len(seen) > 1
    return Station(key, roll, read, low, high, [not seen for seen in counts], bool(read) and differ)


# --- 3. Totals ----------------------------------------------------------------------------------------------------


class Tabulation:
    """The expected stations of one contest, with what the ``standing`` records say of them."""

    def __init__(self, contest: Contest, standing: list[Record], turnout: Unsure) -> None:
        self.contest, self.standing = contest, standing
        self.percent = 100 if turnout is None else turnout
        by_station: dict[str, list[Record]] = {key: [] for key in contest.rolls}
        by_station.update({key: [] for key in (*(one.station for one in contest.records), *(row[1] for row in contest.declared)) if key})
        for record in standing:
            by_station[record.station].append(record)
        k = len(contest.candidates)
        self.stations = [station(key, records, contest.rolls.get(key), k) for key, records in sorted(by_station.items())]
        self.unnamed = max(0, (contest.stations or 0) - len(self.stations))
        self.at_missing = self.cap(self.stations)
        if self.at_missing is None and contest.registered is not None:
            known = total([one.roll for one in self.stations if one.read])
            self.at_missing = None if known is None else max(0, contest.registered - known) * self.percent // 100

    def cap(self, stations: list[Station]) -> Unsure:
        """The most votes that anybody can have at the missing ones of ``stations`` together, from their rolls."""
        rolls = [one.roll for one in stations if not one.read] + [None] * self.unnamed
        return total([None if roll is None else roll * self.percent // 100 for roll in rolls])

    def counts(self, stations: list[Station], unnamed: int = 0) -> dict[str, int]:
        expected, recorded = len(stations) + unnamed, sum(bool(one.read) for one in stations)
        disputed = sum(one.disputed for one in stations)
        return {"expected": expected, "recorded": recorded, "missing": expected - recorded, "disputed": disputed}

    def totals(self, stations: list[Station], at_missing: Unsure) -> dict[str, dict[str, Any]]:
        """Item → min, max, max_with_missing, unread: the candidates, then the boxes."""
        recorded = [one for one in stations if one.read]
        sums = {}
        for i, item in enumerate([*self.contest.candidates, *SUMMED]):
            most, unread = total([one.high[i] for one in recorded]), sum(one.unread[i] for one in recorded)
            least = sum(one.low[i] for one in recorded)
            sums[item] = {"min": least, "max": most, "max_with_missing": total([most, at_missing]), "unread": unread}
        return sums

    def by_source(self) -> tuple[list[dict[str, Any]], dict[str, list[int]]]:
        """The sources with a standing record, and what each says of every item."""
        chosen: dict[str, dict[str, Record]] = defaultdict(dict)
        records: dict[str, int] = defaultdict(int)
        for record in self.standing:
            records[record.source] += 1
            other = chosen[record.source].get(record.station)
            if other is None or (record.version, record.key) > (other.version, other.key):
                chosen[record.source][record.station] = record
        sums = {}
        for source in sorted(chosen):
            columns = zip(*((*one.votes, *one.boxes[:3]) for one in chosen[source].values()), strict=True)
            sums[source] = [sum(figure for figure in column if figure is not None) for column in columns]
        return [{"source": one, "stations": len(chosen[one]), "records": records[one]} for one in sums], sums

    # --- 4. Winner ------------------------------------------------------------------------------------------------

    def highest_gaps(self) -> dict[tuple[int, int], Unsure]:
        """The upper end of votes(a) − votes(b) for every two candidates; the lower end is minus that of (b, a)."""
        k = len(self.contest.candidates)
        pairs = [(a, b) for a in range(k) for b in range(k) if a != b]
        certain = [0] * k
        unsure: dict[tuple[int, int], Unsure] = dict.fromkeys(pairs, 0)
        for one in self.stations:
            if one.read and one.low[:k] == one.high[:k]:
                certain = [have + more for have, more in zip(certain, one.low, strict=False)]
            elif one.read:
                spans = []
                for record in one.read:
                    left = room(record, one.roll)
                    known = [(0, left) if unread else (one.low[i], one.high[i]) for i, unread in enumerate(one.unread[:k])]
                    spans.append([span if votes is None else (votes, votes) for votes, span in zip(record.votes, known, strict=True)])
                for a, b in pairs:
                    unsure[a, b] = total([unsure[a, b], largest([minus(span[a][1], span[b][0]) for span in spans])])
        return {(a, b): total([certain[a] - certain[b], unsure[a, b], self.at_missing]) for a, b in pairs}

    def winner(self, sums: dict[str, dict[str, Any]]) -> tuple[dict[str, Any], list[Unsure] | None, dict[str, str]]:
        """winner.by_records, margin.by_records, candidate → proved, refuted or open."""
        names, n, k = [*self.contest.candidates], self.contest.seats, len(self.contest.candidates)
        if self.contest.rule == "none":
            return {"state": "open", "candidates": [], "tie": False}, None, dict.fromkeys(names, "open")
        top = self.highest_gaps()
        states = {}
        for a, name in enumerate(names):
            beaten_by = sum((hi := top[a, b]) is not None and hi < 0 for b in range(k) if b != a)
            not_beaten = sum((hi := top[b, a]) is None or hi >= 0 for b in range(k) if b != a)
            states[name] = "proved" if not_beaten < n else "refuted" if beaten_by >= n else "open"
        proved = [name for name in names if states[name] == "proved"]
        sure = len(proved) == n
        left = proved if sure else [name for name in names if states[name] != "refuted"]
        stations = self.counts(self.stations, self.unnamed)
        margin, tie = None, False
        if k > n and stations["recorded"]:
            last, loser = sorted(range(k), key=lambda i: (-sums[names[i]]["min"], i))[n - 1 : n + 1]
            margin = [minus(0, top[loser, last]), top[last, loser]]
            unread = any(sums[name]["unread"] for name in names)
            equal = sums[names[last]]["min"] == sums[names[loser]]["min"]
            tie = equal and not unread and not stations["missing"] and not stations["disputed"]
        return {"state": "proved" if sure else "open", "candidates": left, "tie": tie}, margin, states


def declared_winner(contest: Contest, announced: dict[str, dict[str, int]]) -> tuple[list[str], Unsure]:
    """winner.declared, margin.declared."""
    with_votes = [key for key, items in announced.items() if not items.keys().isdisjoint(contest.candidates)]
    if contest.rule == "none" or not with_votes:
        return [], None
    latest = announced[max(with_votes, key=lambda key: (key.startswith("final/"), int(key.partition("/")[2])))]
    votes = {name: latest[name] for name in contest.candidates if name in latest}
    order, n = sorted(votes, key=lambda name: -votes[name]), contest.seats
    if len(order) <= n:
        return list(votes), None
    by = votes[order[n - 1]] - votes[order[n]]
    return ([name for name in votes if name in order[:n]], by) if by else ([], None)


# --- 5. Declared figures ------------------------------------------------------------------------------------------


def compare(sums: dict[str, dict[str, Any]], announced: dict[str, dict[str, int]], where: str, contradictions: list[str]) -> None:
    """Adds ``declared`` and ``delta`` to every item, and a sentence for each figure that is below or above."""
    for item, row in sums.items():
        row["declared"] = {key: items[item] for key, items in announced.items() if item in items}
        row["delta"] = {key: [minus(d, row["max"]), d - row["min"]] for key, d in row["declared"].items()}
        for key, d in row["declared"].items():
            if d < row["min"]:
                contradictions.append(f"{where}: {key} gives {item} {d}, the records at least {row['min']}")
            elif row["max_with_missing"] is not None and d > row["max_with_missing"]:
                contradictions.append(f"{where}: {key} gives {item} {d}, the records at most {row['max_with_missing']}")


def contest_document(
    package: Package, contest: Contest, trust: str | None, turnout: Unsure, with_views: bool, wrong: list[str]
) -> dict[str, Any]:
    """The contest, and under ``areas`` the rows of its areas."""
    announced: dict[tuple[str, str], dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for area, place, key, item, value in contest.declared:
        announced["" if place else area, place][key][item] = value
    standing = not_retired(contest)
    tab = Tabulation(contest, [one for one in standing if trust in (None, one.source)], turnout)
    sums = tab.totals(tab.stations, tab.at_missing)
    compare(sums, announced["", ""], contest.key, wrong)
    sources, by_source = tab.by_source()
    for i, row in enumerate(sums.values()):
        row["by_source"] = {source: figures[i] for source, figures in by_source.items()}
    winner, margin, states = tab.winner(sums)
    won, won_by = declared_winner(contest, announced["", ""])
    verdicts = {states[name] for name in won} if any(one.read for one in tab.stations) else set()
    verdict = "refuted" if "refuted" in verdicts else "open" if "open" in verdicts else "proved" if verdicts else None
    if verdict == "refuted":
        wrong.append(f"{contest.key}: whatever is missing, the records refute the declared winner {' '.join(won)}")
    views = []
    for source in by_source if with_views else ():
        view = Tabulation(contest, [one for one in standing if one.source == source], turnout)
        of_view = view.totals(view.stations, view.at_missing)
        wins, by, _ = view.winner(of_view)
        totals = {name: of_view[name]["min"] for name in contest.candidates}
        recorded = view.counts(view.stations)["recorded"]
        views.append({"source": source, "stations": recorded, "totals": totals, "winner": wins, "margin": by})
    inside: dict[str, list[Station]] = {area: [] for area, _ in announced if area}
    for one in tab.stations:
        area = package.area_of.get(one.key, "")
        while area:
            inside.setdefault(area, []).append(one)
            area = package.parents.get(area, "")
    nowhere = any(not package.area_of.get(one.key) for one in tab.stations)
    areas = []
    for area, stations in sorted(inside.items()):
        of_area = tab.totals(stations, None if nowhere else tab.cap(stations))
        compare(of_area, announced[area, ""], f"{contest.key}, {area}", wrong)
        rows = [{"candidate": name, **of_area[name]} for name in contest.candidates]
        areas.append({"contest": contest.key, "area": area, "stations": tab.counts(stations), "totals": rows})
    at_stations = {one["source"]: one["stations"] for one in sources}
    return {
        "contest": contest.key,
        "seats": contest.seats,
        "stations": tab.counts(tab.stations, tab.unnamed),
        "sources": sources,
        "totals": [{"candidate": name, **sums[name], "by_source_stations": at_stations} for name in contest.candidates],
        "boxes": {box: sums[box] for box in SUMMED},
        "winner": {"by_records": winner, "declared": won, "declared_state": verdict, "changes": CHANGES[verdict]},
        "margin": {"by_records": margin, "declared": won_by},
        "views": views,
        "missing": [one.key for one in tab.stations if not one.read][:1000],
        "areas": areas,
    }


CHANGES = {"proved": "no", "refuted": "yes", "open": "open", None: None}


def check(path: Path, trust: str | None = None, turnout: int | None = None) -> tuple[dict[str, Any], list[str]]:
    """The tabulation, and a sentence for every declared figure or winner that the records contradict. Raises ``Unreadable``."""
    package = read_package(path)
    wrong: list[str] = []
    sources = {record.source for contest in package.contests.values() for record in not_retired(contest)}
    if trust is not None and trust not in sources:
        raise Unreadable(f"no standing record is of the source {trust!r}; there are {', '.join(sorted(sources)) or 'none'}")
    views = trust is None and len(sources) <= 12
    contests = [contest_document(package, contest, trust, turnout, views, wrong) for contest in package.contests.values()]
    areas = [row for contest in contests for row in contest.pop("areas")]
    return {"report": "v1", "settings": {"trust": trust, "turnout": turnout}, "contests": contests, "areas": areas}, wrong


def tally(package_path: Path | str, trust: str | None = None, turnout: int | None = None) -> dict[str, Any]:
    """The tabulation of a package as a subset of the report document: same keys, same types of value."""
    return check(Path(package_path), trust, turnout)[0]
