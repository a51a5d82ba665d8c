"""What a difference is held against: the contest's leading pair and its margin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tallyproof.compare.declared import DeclaredTotals, Version
from tallyproof.findings.finding import Effect
from tallyproof.tabulate.tabulation import Contest, Tabulated
from tallyproof.tabulate.winner import Outcome, State, declared_winners


@dataclass(frozen=True, slots=True)
class Context:
    """One contest: who leads whom, by how much, as declared if that is known, else by the records."""

    contest: Contest
    total: Tabulated
    declared: DeclaredTotals | None
    outcome: Outcome | None
    winners: tuple[int, ...]
    """Declared winners (ballot positions); empty if none can be told."""
    winner_version: Version | None
    declared_votes: Mapping[str, int]
    """The candidates' figures of the latest declaration."""
    first: str | None
    """The last of the winners, as declared; by the records where nothing is declared."""
    second: str | None
    """The best of the losers, likewise."""
    rival: str | None
    """Whom the records put first among the others: the one that ``first`` is to be held against. Often ``second``."""
    margin: int | None
    """Declared margin of ``first`` over ``second``; else that by the records, if it is one number."""
    margin_is_declared: bool

    @property
    def declared_state(self) -> State | None:
        """What the records say of the declared winners together: refuted if one is, proved if all are."""
        if not self.winners or self.outcome is None or self.total.recorded == 0:
            return None
        states = [self.outcome.states[position - 1] for position in self.winners]
        if State.REFUTED in states:
            return State.REFUTED
        return State.PROVED if all(state is State.PROVED for state in states) else State.OPEN

    @property
    def changes(self) -> str | None:
        """Whether the records change the declared winner: yes, no or open."""
        state = self.declared_state
        return None if state is None else {State.REFUTED: "yes", State.PROVED: "no", State.OPEN: "open"}[state]

    def effect(self, changed: Mapping[str, tuple[int, int]]) -> Effect:
        """Effect of figures that go from one side to another: item → (first side, second side). Unchanged items may be left out."""
        votes = {item: b - a for item, (a, b) in changed.items() if item in self.contest.ballot and a != b}
        gained = max((item for item in votes if votes[item] > 0), key=lambda item: votes[item], default=None)
        lost = min((item for item in votes if votes[item] < 0), key=lambda item: votes[item], default=None)
        largest = max((abs(b - a) for a, b in changed.values()), default=0)
        change = None
        if self.first is not None and self.rival is not None and votes:
            change = votes.get(self.first, 0) - votes.get(self.rival, 0)
        return Effect(
            votes=largest,
            gained=gained,
            lost=lost,
            margin_change=change,
            margin=self.margin,
            rival=self.rival,
            changes=self._decides(votes) if votes else None,
        )

    def _decides(self, votes: Mapping[str, int]) -> str | None:
        """Whether the declared winners would be others if these differences were taken back."""
        if not self.winners:
            return None
        before = {
            self.contest.position(candidate): declared - votes.get(candidate, 0) for candidate, declared in self.declared_votes.items()
        }
        return "no" if declared_winners(before, self.contest.seats) == self.winners else "yes"


def context(contest: Contest, total: Tabulated, declared: DeclaredTotals | None) -> Context:
    """The context of a contest from its totals and declared totals."""
    outcome = total.outcome()
    latest = declared.latest_of(contest.ballot) if declared and outcome is not None else None
    winners: tuple[int, ...] = ()
    version = None
    first = second = rival = None
    margin = None
    figures: dict[str, int] = {}
    if latest is not None:
        version, figures = latest
        by_position = {contest.position(candidate): votes for candidate, votes in figures.items()}
        winners = declared_winners(by_position, contest.seats)
        ranked = sorted(by_position, key=lambda position: (-by_position[position], position))
        if winners and len(ranked) > contest.seats:
            first, second = _names(contest, ranked[contest.seats - 1 : contest.seats + 1])
            margin = figures[first] - figures[second]
    declared_margin = margin is not None
    if margin is None and outcome is not None and len(contest.ballot) > contest.seats:
        first, second = _names(contest, total.ranking()[contest.seats - 1 : contest.seats + 1])
        ends = total.margin()
        margin = ends.lo if ends is not None and ends.lo == ends.hi else None
    if first is not None:
        elected = {contest.ballot[position - 1] for position in winners} or {first}
        others = [candidate for candidate in _names(contest, total.ranking()) if candidate not in elected]
        rival = others[0] if total.recorded and others else second
    return Context(contest, total, declared, outcome, winners, version, figures, first, second, rival, margin, declared_margin)


def _names(contest: Contest, positions: Sequence[int]) -> list[str]:
    return [contest.ballot[position - 1] for position in positions]
