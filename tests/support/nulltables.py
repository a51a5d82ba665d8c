"""The elections of ``nulls`` as what screens look at."""

from __future__ import annotations

import numpy as np

from tallyproof.screens import history, invalid, neighbours, siblings, similar
from tallyproof.screens.frame import Outcome
from tallyproof.screens.table import UNREAD, Table
from tests.support.nulls import Made


def names(election: Made) -> tuple[str, ...]:
    return tuple(f"{row:05d}" for row in range(len(election.registered)))


def table(election: Made) -> Table:
    boxes = {"registered": election.registered, "in_box": election.box, "rejected": election.rejected, "valid": election.valid}
    areas = (tuple("whole" for _ in election.area), tuple(f"area-{number:03d}" for number in election.area))
    candidates = tuple(f"c{column}" for column in range(election.votes.shape[1]))
    return Table("made", names(election), candidates, election.votes, boxes, areas, np.full(len(election.area), UNREAD, dtype=np.int64))


def buildings(election: Made) -> dict[str, str]:
    return {name: f"b{number}" for name, number in zip(names(election), election.building.tolist(), strict=True)}


def outcomes(election: Made, seed: int = 1) -> tuple[Outcome, ...]:
    """Neighbours, siblings, invalid, similar, history, in that order."""
    rows, near = table(election), buildings(election)
    second = dict(zip(names(election), election.sibling.tolist(), strict=True))
    last = {name: tuple(shares) for name, shares in zip(names(election), election.before.tolist(), strict=True)}
    return (
        neighbours.run(rows, seed=seed, buildings=near),
        siblings.run(rows, second, seed=seed, buildings=near),
        invalid.run(rows, seed=seed, buildings=near),
        similar.run(rows, seed=seed, buildings=near),
        history.run(rows, last, seed=seed),
    )
