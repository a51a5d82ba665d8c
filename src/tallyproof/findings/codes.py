"""The codes of findings above a single record (records: ``capture.checks``): what each compares and how strong it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tallyproof.model.words import Kind


@dataclass(frozen=True, slots=True)
class Code:
    """A code, the strongest kind it can have, and its rule as exact text. ``docs/checks/<code>.md`` explains it."""

    code: str
    name: str
    kind: Kind
    rule: str


CODES: Mapping[str, Code] = {
    code.code: code
    for code in (
        Code("T01", "stations-missing", Kind.GAP, "every expected station has a standing record with a figure read"),
        Code("T02", "figures-unread", Kind.GAP, "every candidate's votes are read on a standing record of every recorded station"),
        Code("T03", "acts-compete", Kind.CONFLICT, "the standing records of a station are copies of one act"),
        Code("T04", "record-repeated", Kind.GAP, "a source has one standing record of an act of a station"),
        Code("T05", "later-copy-missing", Kind.GAP, "a source whose copy was retired holds a copy of the act that replaced it"),
        Code("C01", "copies-differ", Kind.CONFLICT, "copies of one act of a station have equal figures"),
        Code("C02", "copies-identical", Kind.GAP, "two sources that differ nowhere are independent of each other"),
        Code("D01", "station-row-differs", Kind.PROOF, "low <= declared row of the station <= high of its standing records"),
        Code("D02", "total-differs", Kind.PROOF, "min <= declared total <= max with missing stations"),
        Code("D03", "rows-do-not-add-up", Kind.PROOF, "sum of the declared rows = declared total"),
        Code("D04", "declarations-differ", Kind.CONFLICT, "a later declaration repeats the figure of the earlier one or raises it"),
        Code("D05", "rounded-percentages", Kind.LEAD, "declared votes are not all equal to a rounded percentage of their total"),
        Code("D06", "figure-repeated", Kind.LEAD, "two declared rows do not share large figures"),
        Code("D07", "declaration-arithmetic", Kind.PROOF, "the sums that tie the figures of one declaration hold"),
        Code("D08", "winner-differs", Kind.PROOF, "the declared winner is not refuted by the records"),
        Code("S01", "sibling-ballots", Kind.LEAD, "|ballots in box of contest a - of contest b| <= 100 in one room"),
    )
}
