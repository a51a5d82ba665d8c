"""First digits (Benford): named, and not run.

Votes of stations are sums over rooms of nearly equal size, not products over many sizes: their first digits follow the size of a room.
Deckert, Myagkov and Ordeshook (2011) found such tests no better than a coin; Mebane (2020) says first digits are not useful. Measured on
Russia 2016, where other screens see much, second digits are as expected; on Germany 2025, where nothing was found, they are far from it.
"""

from __future__ import annotations

from tallyproof.screens.frame import Outcome, Reason, Screen
from tallyproof.screens.table import Table

SCREEN = Screen(code="S06", name="first-digit", hypothesis="benford", assumptions=("many-sizes",), causes=("rooms-of-one-size",))


def run(table: Table, *, seed: int) -> Outcome:
    """Always refused, whatever the data and the seed."""
    return Outcome(SCREEN, table.contest, Reason.REFUSED)
