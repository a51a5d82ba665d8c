"""Elections in which nothing happened, and seven things that may have: seeded, for the false-lead rates and the power of screens.

Heterogeneous (areas, buildings and rooms vote differently), clustered (alike within a building), of unequal size, with rare
candidates, rejected ballots, a second ballot handed to the same voters, and a result of the last election. Not made by the
screens' own model: shares vary on the log-odds scale, with normal noise at three levels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tallyproof.screens.betabinomial import Floats, Ints

SHARES = (0.42, 0.37, 0.12, 0.05, 0.03, 0.01)
INJECTIONS = ("stuffed", "moved", "invented", "zeroed", "copied", "invalidated", "late")


@dataclass(frozen=True, slots=True)
class Made:
    """Arrays of shape (stations,), ``votes`` (stations, candidates). Candidate 0 wins, 1 is second."""

    registered: Ints
    votes: Ints
    rejected: Ints
    sibling: Ints
    """Ballots of the second contest."""
    before: Floats
    """(stations, 2): the two first candidates' shares last time."""
    building: Ints
    area: Ints
    touched: np.ndarray
    """Stations at which something was done."""

    @property
    def valid(self) -> Ints:
        return np.asarray(self.votes.sum(axis=1))

    @property
    def box(self) -> Ints:
        return self.valid + self.rejected

    @property
    def groups(self) -> list[Ints]:
        return [self.building, self.area]

    @property
    def margin(self) -> int:
        total = self.votes.sum(axis=0)
        return int(total[0] - total[1])


def made(seed: int, *, stations: int = 400, areas: int = 20, building_sd: float = 0.25, room_sd: float = 0.12) -> Made:
    """One election without an irregularity."""
    draw = np.random.default_rng(seed)
    building = np.repeat(np.arange(stations), draw.integers(1, 9, stations))[:stations].astype(np.int64)
    houses = int(building.max()) + 1
    area_of = np.sort(draw.integers(0, areas, houses))
    area = area_of[building].astype(np.int64)

    def noise(sizes: tuple[float, float, float], width: int) -> Floats:
        of_area, of_house, of_room = (
            draw.normal(0, sd, (count, width)) for sd, count in zip(sizes, (areas, houses, stations), strict=True)
        )
        return np.asarray(of_area[area] + of_house[building] + of_room)

    place = noise((0.35, building_sd, room_sd), len(SHARES))
    weights = np.exp(np.log(SHARES) + place)
    shares = weights / weights.sum(axis=1, keepdims=True)
    registered = np.clip(draw.lognormal(6.4, 0.5, stations), 60, 2500).astype(np.int64)

    def logistic(middle: float, sizes: tuple[float, float, float]) -> Floats:
        return np.asarray(1 / (1 + np.exp(-(np.log(middle / (1 - middle)) + noise(sizes, 1)[:, 0]))))

    box = draw.binomial(registered, logistic(0.55, (0.25, 0.15, 0.08)))
    rejected = draw.binomial(box, logistic(0.03, (0.25, 0.2, 0.15)))
    votes = draw.multinomial(box - rejected, shares)
    lost, won = draw.binomial(box, logistic(0.01, (0.2, 0.2, 0.2))), draw.binomial(box, logistic(0.008, (0.2, 0.2, 0.2)))
    earlier = np.exp(np.log(SHARES) + 0.9 * place + draw.normal(0, 0.1, place.shape))
    before = (earlier / earlier.sum(axis=1, keepdims=True))[:, :2]
    whole = np.zeros(stations, dtype=bool)
    return Made(registered, votes.astype(np.int64), rejected, box - lost + won, before, building, area, whole)


def injected(election: Made, kind: str, seed: int, *, share: float = 0.05, strength: float = 0.2) -> Made:
    """The election after something was done at ``share`` of its stations, with ``strength`` (of the votes concerned)."""
    draw = np.random.default_rng(seed)
    rows = np.sort(draw.choice(len(election.registered), max(1, round(share * len(election.registered))), replace=False))
    votes, rejected = election.votes.copy(), election.rejected.copy()
    touched = election.touched.copy()
    touched[rows] = True
    room = election.registered - election.box
    if kind == "stuffed":
        votes[rows, 0] += np.minimum(room[rows], np.round(strength * election.registered[rows]).astype(np.int64))
    elif kind == "moved":
        taken = np.round(strength * votes[rows, 1]).astype(np.int64)
        votes[rows, 1] -= taken
        votes[rows, 0] += taken
    elif kind == "invented":
        # the winner's share is the same at all of them, to the nearest vote; the others keep their proportions
        valid = election.valid[rows]
        of_winner = np.round((0.45 + strength) * valid).astype(np.int64)
        rest = votes[rows, 1:]
        scaled = np.floor(rest * ((valid - of_winner) / np.maximum(rest.sum(axis=1), 1))[:, None]).astype(np.int64)
        scaled[:, 0] += valid - of_winner - scaled.sum(axis=1)
        votes[rows, 0], votes[rows, 1:] = of_winner, scaled
    elif kind == "zeroed":
        votes[rows, 0] += votes[rows, 1]
        votes[rows, 1] = 0
    elif kind == "copied":
        # each gets the sheet of the station after it, where the register allows it
        source = np.minimum(rows + 1, len(votes) - 1)
        fits = election.box[source] <= election.registered[rows]
        votes[rows[fits]], rejected[rows[fits]] = election.votes[source[fits]], election.rejected[source[fits]]
        touched[:] = False
        touched[rows[fits]] = touched[source[fits]] = True
    elif kind == "invalidated":
        taken = np.round(strength * votes[rows, 1]).astype(np.int64)
        votes[rows, 1] -= taken
        rejected[rows] += taken
    elif kind == "late":
        # whole buildings: every room of each is moved by a little
        touched = np.isin(election.building, election.building[rows[: max(1, len(rows) // 3)]])
        taken = np.where(touched, np.round(strength * votes[:, 1]), 0).astype(np.int64)
        votes[:, 1] -= taken
        votes[:, 0] += taken
    else:
        raise ValueError(kind)
    return replace(election, votes=votes, rejected=rejected, touched=touched)
