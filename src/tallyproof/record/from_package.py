"""A package as the entries of a log: for examples, and for tests that need real elections as logs.

Every source of the package gets keys of its own from the caller. Nothing is added that the package does not say: declarations list no
missing or disputed stations, because what was published had no such lists; a verifier then says what they lack.
"""

from __future__ import annotations

import base64
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import polars as pl

from tallyproof.errors import RuleError
from tallyproof.model.boxes import BOX_NAMES
from tallyproof.model.election import Election
from tallyproof.record.canon import Json
from tallyproof.record.entry import entry_text
from tallyproof.record.signing import SigningKey, signed

Keys = Callable[[str], SigningKey]
"""The key called so: the same one each time."""
RootOf = Callable[[list[bytes]], bytes]
"""The root (32 bytes) of the tree of these entries."""

PAGE = 500
"""Stations of an entry, and of a key: a list of them has to fit into 65,535 bytes."""
_REASON = re.compile(r"(\w+):([\w-]+)")
_DECLARED_BOXES = ("in_box", "valid", "rejected", "blank")


def entries_of(
    election: Election, origin: str, keys: Keys, root_of: RootOf, rules_sha256: str, courts: tuple[str, ...] = ()
) -> list[bytes]:
    """The log of ``election``: definition, contests, stations, rosters, freeze, records, declarations, in this order.

    Records must be of the act ``count`` and not superseded, of the officer, the commission, an agent or observers; keys of contests,
    stations and candidates must be printable ASCII. ``courts``: offices that no package names, for a log in which cases are to follow; each
    has the key ``court:<office>``. Raises RuleError or Refused, which say what is not so.
    """
    return _Maker(election, origin, keys, root_of, rules_sha256, courts).made()


class _Maker:
    def __init__(self, election: Election, origin: str, keys: Keys, root_of: RootOf, rules_sha256: str, courts: tuple[str, ...]) -> None:
        self._origin, self._keys, self._root_of, self._rules = origin, keys, root_of, rules_sha256
        self._courts = courts
        self._about = election.about
        self._contests = election.contests.collect()
        self._candidates = election.candidates.collect()
        self._records = election.records.collect()
        self._votes = election.votes.collect().partition_by("record", as_dict=True, include_key=False)
        self._declared = election.declared.collect()
        self._registered = {
            (c, s): n for s, c, n in election.station_contests.select("station", "contest", "registered").collect().iter_rows()
        }
        self._entries: list[bytes] = []
        self._keys_of: dict[tuple[str, str, str], SigningKey] = {}
        self._authority = keys("authority")

    def made(self) -> list[bytes]:
        odd = self._records.filter((pl.col("act").fill_null("count") != "count") | pl.col("supersedes").is_not_null())
        if odd.height:
            raise RuleError(f"{odd.height} records are not first counts", hint="a log of recounts and corrections needs their orders")
        stations = self._stations()
        self._define(stations)
        for contest, listed in stations.items():
            self._rosters(contest, listed)
        self._add("roster-freeze", self._prefix(), self._authority)
        for row in self._records.iter_rows(named=True):
            self._record(row)
        self._declare()
        return self._entries

    def _add(self, type_: str, value: Json, *signers: SigningKey) -> None:
        self._entries.append(signed(entry_text(self._origin, f"{type_}/v1", value), *signers))

    def _prefix(self) -> Json:
        return {"root": base64.b64encode(self._root_of(self._entries)).decode(), "size": len(self._entries)}

    def _stations(self) -> dict[str, list[str]]:
        """Of each contest the stations that anything is said of, in order."""
        found: dict[str, set[str]] = {contest: set() for contest in self._contests["contest"]}
        for contest, station in self._registered:
            found[contest].add(station)
        for frame in (self._records, self._declared.filter(pl.col("station").is_not_null())):
            for contest, station in frame.select("contest", "station").unique().iter_rows():
                found[contest].add(station)
        return {contest: sorted(stations) for contest, stations in found.items()}

    def _define(self, stations: Mapping[str, list[str]]) -> None:
        sources = self._records["source"].unique().sort().to_list()
        offices: dict[str, dict[str, str]] = defaultdict(dict)
        for source in sources:
            kind, _, office = source.partition(":")
            if kind in ("agent", "observer"):
                offices["parties" if kind == "agent" else "observers"][office] = str(self._keys(source).vkey)
        for court in self._courts:
            offices["courts"][court] = str(self._keys(f"court:{court}").vkey)
        about = self._about
        value = {
            "authority": [str(self._authority.vkey)],
            "contests": self._contests["contest"].to_list(),
            "day": about.held_on or "0001-01-01",
            "election": about.name,
            "name": (about.title or about.name)[:500],
            "rules": {"name": "tabulation-v1", "sha256": self._rules},
            "threshold": 1,
            **offices,
        }
        self._add("election-definition", value | ({"name_ur": about.title_ur[:500]} if about.title_ur else {}), self._authority)
        for row in self._contests.iter_rows(named=True):
            ballot = self._candidates.filter(pl.col("contest") == row["contest"]).select("candidate", "name", "name_ur", "party")
            contest = {
                "candidates": [_filled(one) for one in ballot.iter_rows(named=True)],
                "stations": len(stations[row["contest"]]),
                **_filled({name: row[name] for name in ("contest", "name", "name_ur", "rule", "seats")}),
            }
            self._add("contest", contest, self._authority)
            for page in _pages(stations[row["contest"]]):
                listed = [_filled({"station": station, "registered": self._registered.get((row["contest"], station))}) for station in page]
                self._add("stations", {"contest": row["contest"], "stations": listed}, self._authority)

    def _rosters(self, contest: str, stations: list[str]) -> None:
        """For each source that has records in the contest, a key for every ``PAGE`` stations."""
        sources = self._records.filter(pl.col("contest") == contest)["source"].unique().sort().to_list()
        for source in sources:
            kind, _, office = source.partition(":")
            if kind == "commission":
                continue
            if kind not in ("officer", "agent", "observer"):
                raise RuleError(f"records of the source {source!r} cannot be signed as counts", hint="leave them out of the package")
            issuer = self._authority if kind == "officer" else self._keys(source)
            by = {"officer": "authority", "agent": f"party:{office}", "observer": f"observers:{office}"}[kind]
            for number, page in enumerate(_pages(stations)):
                key = self._keys(f"{source}/{contest}/{number}")
                self._keys_of |= dict.fromkeys([(contest, station, source) for station in page], key)
                self._add(
                    "roster", {"by": by, "contest": contest, "keys": [{"role": kind, "stations": page, "vkey": str(key.vkey)}]}, issuer
                )

    def _record(self, row: dict[str, Any]) -> None:
        reasons = dict(_REASON.findall(row["unread"] or ""))
        votes = self._votes.get((row["record"],))
        figures = (
            {}
            if votes is None
            else {c: v if v is not None else why or "blank" for c, v, why in votes.select("candidate", "votes", "unread").iter_rows()}
        )
        boxes = {box: row[box] if row[box] is not None else reasons[box] for box in BOX_NAMES if row[box] is not None or box in reasons}
        value = {"act": "count", "contest": row["contest"], "source": row["source"], "station": row["station"], "votes": figures}
        key = self._authority if row["source"] == "commission" else self._keys_of[row["contest"], row["station"], row["source"]]
        self._add("station-record", value | ({"boxes": boxes} if boxes else {}), key)

    def _declare(self) -> None:
        whole = self._declared.filter(pl.col("station").is_null() & pl.col("area").is_null())
        rows = whole.with_columns(pl.col("version").fill_null(1)).sort(
            "contest", pl.col("stage") == "final", "version", maintain_order=True
        )
        for (contest, stage, version), figures in rows.group_by("contest", "stage", "version", maintain_order=True):
            items = dict(figures.select("item", "value").iter_rows())
            ballot = self._candidates.filter(pl.col("contest") == contest)["candidate"].to_list()
            value = {
                "contest": contest,
                "rules": self._rules,
                "stage": stage,
                "version": version,
                **self._prefix(),
                "totals": {candidate: items[candidate] for candidate in ballot if candidate in items},
            }
            boxes = {box: items[box] for box in _DECLARED_BOXES if box in items}
            self._add("declaration", value | ({"boxes": boxes} if boxes else {}), self._authority)


def _pages(stations: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(stations), PAGE):
        yield stations[start : start + PAGE]


def _filled(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value[:500] if isinstance(value, str) else value for name, value in row.items() if value not in (None, "")}
