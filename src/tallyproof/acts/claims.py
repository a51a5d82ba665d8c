"""The docket of claims of a log: what was said in public, against the records and against what was declared. Nobody is called a liar."""

from __future__ import annotations

from typing import Any

from tallyproof.acts.declare import latest
from tallyproof.acts.log import Log
from tallyproof.compare.claims import Item, check_statement
from tallyproof.record.book import Said
from tallyproof.record.replay import Part, Replay, tables
from tallyproof.tabulate.frames import frames
from tallyproof.tabulate.tabulation import Tabulated, prepare, tabulate

ABOUT = ("records", "declared")


def claims(log: Log, contest: str | None = None, size: int | None = None) -> list[dict[str, Any]]:
    """Each statement of the log with a verdict on each of its figures, in the order of the log.

    A statement that says neither ``records`` nor ``declared`` is held against both. What is said of the records is held against all that
    they allow, with the missing stations; of the declaration, against the one that stands. ``verdict`` is as bad as the worst of its items,
    and *cannot tell* for a statement without figures.
    """
    said = [one for one in log.book.said.values() if one.type == "statement/v1" and contest in (None, one.contest)]
    said = [one for one in said if size is None or one.index < size]
    replay = Replay(log.book)
    parts: dict[str, Part] = {one.contest: replay.part(one.contest, size) for one in said}
    tabulated = tabulate(prepare(frames(tables(parts))), areas=False).contests if parts else {}
    return [_claim(log, one, tabulated[one.contest]) for one in said]


def _claim(log: Log, said: Said, tabulated: Tabulated) -> dict[str, Any]:
    value = said.value
    about = (value["about"],) if "about" in value else ABOUT
    items = [_item(log, said, tabulated, candidate, figure, one) for candidate, figure in value.get("figures", {}).items() for one in about]
    return {
        "index": said.index,
        "statement": said.record_id,
        "contest": said.contest,
        "who": value["who"],
        "day": value["day"],
        "source": value["source"],
        "summary": value["summary"],
        "signed_by": [key.vkey.name for key in said.signers],
        "items": [
            {
                "item": item.item,
                "about": item.about,
                "value": item.value,
                "rounding": item.rounding,
                "low": item.low,
                "high": item.high,
                "verdict": str(item.verdict),
            }
            for item in items
        ],
        "verdict": str(check_statement(items)),
    }


def _item(log: Log, said: Said, tabulated: Tabulated, candidate: str, figure: int, about: str) -> Item:
    low: int | None = None
    high: int | None = None
    if about == "declared":
        standing = latest(log, said.contest)
        low = high = None if standing is None else standing.value["totals"].get(candidate)
    elif tabulated.recorded:
        low, high = tabulated.cell(candidate).low, tabulated.with_missing(candidate)
    return Item(candidate, about, figure, said.value.get("rounding", {}).get(candidate, "exact"), low, high)
