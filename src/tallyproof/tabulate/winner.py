"""Who wins, as far as the records prove it (``specs/tabulation-v1.md`` section 4).

A winner rule is a small interface: from the gaps between candidates to a verdict for each of them. First-past-the-post is
plurality with one seat.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from tallyproof.tabulate.gaps import Interval

Gap = Callable[[int, int], Interval]
"""``gap(a, b)`` for ballot positions from 1."""


class State(StrEnum):
    """What the records say of "this candidate is elected"."""

    PROVED = "proved"
    REFUTED = "refuted"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on every candidate of a contest, in ballot order."""

    states: tuple[State, ...]
    seats: int
    tie: bool = False
    """Everything is in, agrees and is read, and the last seat is level: the law decides, by lot or otherwise."""

    @property
    def proved(self) -> tuple[int, ...]:
        return tuple(position for position, state in enumerate(self.states, start=1) if state is State.PROVED)

    @property
    def state(self) -> State:
        """``proved`` if all seats are proved (all candidates, if there are no more than seats), else ``open``."""
        wanted = min(self.seats, len(self.states))
        return State.PROVED if wanted and len(self.proved) == wanted else State.OPEN

    @property
    def candidates(self) -> tuple[int, ...]:
        """The elected if proved, else everybody who is not refuted."""
        if self.state is State.PROVED:
            return self.proved
        return tuple(position for position, state in enumerate(self.states, start=1) if state is not State.REFUTED)


class WinnerRule(Protocol):
    """How votes become seats."""

    def outcome(self, lows: Sequence[int], gap: Gap, seats: int) -> Outcome: ...


class Plurality:
    """The ``seats`` candidates with the most votes are elected (Elections Act 2017 s. 98 for one seat)."""

    def outcome(self, lows: Sequence[int], gap: Gap, seats: int) -> Outcome:
        # The strongest rivals first: most candidates are refuted by the first few.
        rivals = sorted(range(1, len(lows) + 1), key=lambda position: -lows[position - 1])
        return Outcome(tuple(self._state(a, rivals, gap, seats) for a in range(1, len(lows) + 1)), seats)

    def _state(self, a: int, rivals: Sequence[int], gap: Gap, seats: int) -> State:
        not_ahead = behind = 0
        for b in rivals:
            if b == a:
                continue
            ends = gap(a, b)
            not_ahead += not (ends.lo is not None and ends.lo > 0)
            behind += ends.hi is not None and ends.hi < 0
            # Who is surely behind b is not ahead of b: such a candidate cannot be proved any more.
            if behind >= seats:
                return State.REFUTED
        return State.PROVED if not_ahead < seats else State.OPEN


RULES: Mapping[str, WinnerRule] = {"plurality": Plurality()}
"""Winner rules by the name in ``contests.rule``. A contest of rule ``none`` elects nobody."""


def declared_winners(figures: Mapping[int, int], seats: int) -> tuple[int, ...]:
    """Ballot positions with the most declared votes, in ballot order; empty if a tie for the last seat leaves it open."""
    ranked = sorted(figures, key=lambda position: (-figures[position], position))
    if not ranked:
        return ()
    if len(ranked) > seats and figures[ranked[seats - 1]] == figures[ranked[seats]]:
        return ()
    return tuple(sorted(ranked[:seats]))
