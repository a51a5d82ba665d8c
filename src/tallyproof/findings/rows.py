"""Every station with every copy: the table beside the report that pages and downloads are made from."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from tallyproof.compare.copies import copies
from tallyproof.compare.declared import station_rows, version_name, version_order
from tallyproof.findings.check import Checked
from tallyproof.tabulate.frames import rows as rows_of
from tallyproof.tabulate.sheets import vote_columns
from tallyproof.tabulate.standing import TOTAL_BOXES
from tallyproof.tabulate.tabulation import stations_rows


def rows(checked: Checked) -> dict[str, Any]:
    """Per contest: its ballot, and each expected station with its status, copies and declared rows, in order of key."""
    tabulation = checked.tabulation
    prepared = tabulation.prepared
    names = {row["station"]: row for row in checked.election.stations.collect().iter_rows(named=True)}
    standing = {row["record"] for row in rows_of(prepared.sheets.select("record", "stands")) if row["stands"]}
    together = copies(tabulation, prepared.sheets)
    declared: dict[tuple[str, str], list[tuple[tuple[str, int], list[int | None]]]] = defaultdict(list)
    for row in rows_of(station_rows(prepared.tables, prepared.width)):
        ballot = prepared.contests[row["contest"]].ballot
        figures = [row[f"d_{name}"] for name in vote_columns(len(ballot))]
        declared[row["contest"], row["station"]].append(((row["stage"], int(row["version"])), figures))
    found: dict[str, Any] = {name: {"candidates": list(contest.ballot), "stations": []} for name, contest in prepared.contests.items()}
    for row in stations_rows(tabulation):
        key = (row["contest"], row["station"])
        known = names.get(row["station"], {})
        found[row["contest"]]["stations"].append(
            {
                "station": row["station"],
                "name": known.get("name"),
                "name_ur": known.get("name_ur"),
                "area": known.get("area"),
                "status": "missing" if row["missing"] else "disputed" if row["disputed"] else "agrees",
                "roll": row["roll"],
                "copies": [
                    {
                        "record": copy.record,
                        "source": copy.source,
                        "act": copy.act,
                        "version": copy.version,
                        "stands": copy.record in standing,
                        "votes": list(copy.votes),
                        "boxes": {box: copy.boxes[box] for box in TOTAL_BOXES},
                    }
                    for copy in together.get(key, [])
                ],
                "declared": {
                    version_name(version): figures for version, figures in sorted(declared[key], key=lambda pair: version_order(pair[0]))
                },
            }
        )
    return {"contests": found}
