"""Elections that were made (``nulls``) as what screens look at, with an order of arrival."""

from __future__ import annotations

import numpy as np

from tallyproof.screens.table import Table
from tests.support.nulls import Made


def table_of(election: Made, seed: int = 0) -> Table:
    """Station names in order, one level of areas; arrival at random, but what was touched comes in after the rest of its kind: a station
    that was touched gains 60 % of all places, so most of them are among the last."""
    count = len(election.registered)
    names = tuple(f"{row:06d}" for row in range(count))
    arrived = np.random.default_rng(seed).permutation(count).astype(np.int64) + np.where(election.touched, count * 6 // 10, 0)
    boxes = {"registered": election.registered, "in_box": election.box, "rejected": election.rejected, "valid": election.valid}
    return Table("made", names, tuple("abcdef"), election.votes, boxes, (tuple(map(str, election.area)),), arrived)
