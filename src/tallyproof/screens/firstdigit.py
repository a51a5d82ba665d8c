"""First digits against Benford's law: refused.

Votes at stations are of one size, because stations are: Benford's law asks for figures over many orders of magnitude. Clean elections fail
it and doubted ones pass (Deckert, Myagkov and Ordeshook 2011: "a coin toss"; Mebane, who proposed the second digit, finds first digits
"not useful"). In 2020 it was used in public to accuse. It is named here so that nobody adds it again.
"""

from __future__ import annotations

from tallyproof.screens.frame import Outcome, Reason, Screen
from tallyproof.screens.table import Table

SCREEN = Screen(code="S20", name="first-digit", hypothesis="benford", assumptions=("many-sizes",), causes=("stations-of-one-size",))


def run(table: Table) -> Outcome:
    """Always refused: no test, no figure."""
    return Outcome(SCREEN, table.contest, Reason.REFUSED)
