"""The docket of claims: what was said in public, against the records and the declaration."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from tallyproof.compare.claims import Item, check_statement
from tallyproof.compare.declared import DeclaredTotals
from tallyproof.model.election import Election
from tallyproof.tabulate.standing import TOTAL_BOXES
from tallyproof.tabulate.tabulation import Tabulation


def statements(election: Election, tabulation: Tabulation, declared: Mapping[str, DeclaredTotals]) -> list[dict[str, Any]]:
    """Every statement with a verdict on each of its figures, in order of key."""
    grouped: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in election.statements.collect().iter_rows(named=True):
        grouped[row["statement"]].append(row)
    found = []
    for key, rows in sorted(grouped.items()):
        made = election.about.reconstructed
        items = [_item(row, tabulation, declared.get(row["contest"]), made=made) for row in rows]
        first = rows[0]
        found.append(
            {
                "statement": key,
                **{name: first[name] for name in ("contest", "who", "at", "where", "text")},
                "items": [
                    {
                        "item": item.item,
                        "about": item.about,
                        "value": item.value,
                        "rounding": item.rounding or "exact",
                        "low": item.low,
                        "high": item.high,
                        "verdict": str(item.verdict),
                    }
                    for item in items
                ],
                "verdict": str(check_statement(items)),
            }
        )
    return found


def _item(row: Mapping[str, Any], tabulation: Tabulation, declared: DeclaredTotals | None, *, made: bool) -> Item:
    """``made``: the records were made to fit what was claimed, so that they can say nothing of a claim about records."""
    low: int | None = None
    high: int | None = None
    item, total = row["item"], tabulation.contests[row["contest"]]
    if row["about"] == "declared":
        latest = declared.latest_of([item]) if declared is not None else None
        low = high = latest[1][item] if latest is not None else None
    elif not made and total.recorded and (item in total.contest.ballot or item in TOTAL_BOXES):
        low, high = total.cell(item).low, total.with_missing(item)
    return Item(item, row["about"], row["value"], row["rounding"] or "exact", low, high)
