"""Small sheets from one line a record, for tests of the checks and for the worked examples of their pages.

``votes=120,80,- valid=205 blank=-``: a figure that is not named, or ``-``, is unread. ``words=``, ``male=`` and ``female=`` are lists like
``votes``. ``elsewhere=40,50,60,70`` adds another station with these votes to the same contest and source, ``again=...`` a second record
of the same station. Each line is a contest of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import polars as pl

from tallyproof.capture import checks
from tallyproof.model.boxes import BOX_NAMES
from tallyproof.model.tables import TABLES

TEXTS = ("voters", "unread")
LISTS = ("votes", "words", "male", "female", "elsewhere", "again")
ANSWERS = {True: "pass", False: "fail", None: "cannot tell"}


def _figure(text: str) -> int | None:
    return None if text == "-" else int(text)


@dataclass
class Frames:
    """The rows of the sheets and of the votes table."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    votes: list[dict[str, Any]] = field(default_factory=list)

    def add(self, record: str, line: str) -> None:
        """Add the record (and its companions) that the line describes."""
        said = dict(part.split("=", 1) for part in line.split())
        lists = {name: [_figure(cell) for cell in said.pop(name).split(",")] for name in LISTS if name in said}
        texts = {name: said.pop(name, None) for name in TEXTS}
        texts["unread"] = texts["unread"] and texts["unread"].replace("+", " ")
        figures = {name: _figure(cell) for name, cell in said.items()}
        unknown = set(figures) - {*BOX_NAMES, "roll"}
        assert not unknown, f"{line}: {unknown}"
        self._row(record, record, "here", lists.get("votes", []), figures | texts)
        if "elsewhere" in lists:
            self._row(f"{record}+", record, "there", lists["elsewhere"], {})
        if "again" in lists:
            self._row(f"{record}*", record, "here", lists["again"], {})
        for place, votes in enumerate(lists.get("votes", [])):
            cells = {name: lists[name][place] if name in lists else None for name in ("words", "male", "female")}
            self.votes.append({"record": record, "candidate": f"c{place}", "votes": votes, "in_words": cells.pop("words"), **cells})

    def _row(self, record: str, contest: str, station: str, votes: list[int | None], more: dict[str, Any]) -> None:
        read = [vote for vote in votes if vote is not None]
        self.rows.append(
            {"record": record, "contest": contest, "station": station, "source": "officer"}
            | {f"v{place}": vote for place, vote in enumerate(votes, 1)}
            | {"n_candidates": len(votes), "votes_read": len(read), "votes_sum": sum(read), "roll": more.get("registered")}
            | more
        )

    def sheets(self) -> pl.DataFrame:
        width = max(row["n_candidates"] for row in self.rows)
        schema = dict.fromkeys(("record", "contest", "station", "source"), pl.String()) | dict.fromkeys(TEXTS, pl.String())
        numbers = (*BOX_NAMES, *(f"v{place}" for place in range(1, width + 1)), "n_candidates", "votes_read", "votes_sum", "roll")
        return pl.DataFrame(self.rows, schema=schema | dict.fromkeys(numbers, pl.Int64()))

    def votes_table(self) -> pl.DataFrame:
        return pl.DataFrame(self.votes, schema=TABLES["votes"].schema)


def frames_of(lines: list[str]) -> Frames:
    """One record a line; its id is the number of the line, from ``0000``."""
    frames = Frames()
    for number, line in enumerate(lines):
        frames.add(f"{number:04}", line)
    return frames


def answers(lines: list[str], thresholds: checks.Thresholds | None = None) -> list[dict[str, str]]:
    """For each line, what every check says of it: code -> pass, fail, cannot tell. One run for all lines."""
    frames = frames_of(lines)
    sheets = checks.attach(nw.from_native(frames.sheets().lazy()), nw.from_native(frames.votes_table().lazy()), thresholds)
    said = {row["record"]: row for row in checks.evaluate(sheets, thresholds).collect("polars").rows(named=True)}
    return [{check.code: ANSWERS[said[f"{number:04}"][check.code]] for check in checks.CHECKS} for number in range(len(lines))]
