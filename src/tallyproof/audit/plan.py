"""From a declaration to the stations to fetch: what an audit will take, which stations, and what to do next.

A plan is fixed, and published, before the seed is thrown. Rounds nest: a later round begins with all stations of the earlier ones, so
counting more never makes what was counted worthless.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from math import ceil, log

from tallyproof.audit.contest import AuditError, Bounds, Contest, Votes, bounds
from tallyproof.audit.draw import check_seed, order
from tallyproof.audit.martingale import STAKE, Risk, check_limit, clean_draws, risk

TRIED = 32
"""So many seeds are tried to say what an audit will take; they are not those of dice and decide nothing."""
TRIED_UP_TO = 5_000
"""Stations; beyond, hardly any seed makes a difference, and a formula says it."""
HALF = Fraction(1, 2)


class Advice(StrEnum):
    """What to do next, as a code; ``findings/words`` has the sentences."""

    SAMPLE = "sample"
    """planned: fewer than half of the stations are expected"""
    RECOUNT_CHEAPER = "recount-cheaper"
    """half of the stations or more are expected: a full count costs little more and settles it for certain"""
    GO_ON = "go-on"
    """the risk is above the limit: count the next stations"""
    CONFIRMED = "confirmed"
    """the risk is at or under the limit in every contest"""
    FULL_COUNT = "full-count"
    """the sample cannot settle it: half of the stations or more would be needed, or none is left; the full count replaces the result"""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is fixed before the seed. ``limit``: the largest chance that a wrong outcome is confirmed."""

    contests: tuple[Bounds, ...]
    limit: Fraction
    stake: Fraction = STAKE


@dataclass(frozen=True, slots=True)
class Expected:
    """What one contest will take if no station is wrong. ``middle``, ``nine_of_ten``: stations, over the tried seeds."""

    contest: str
    stations: int
    papers: int
    """at most so many, over all stations"""
    margin: int
    """the smallest over all pairs, every doubt the loser's"""
    middle: int
    nine_of_ten: int
    advice: Advice


@dataclass(frozen=True, slots=True)
class Drawn:
    """The order of stations of each contest, from the seed."""

    plan: Plan
    seed: str
    orders: Mapping[str, tuple[str, ...]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class State:
    """Where an audit stands. ``next_round``: stations to count now, those not counted yet, each once for all contests."""

    risks: Mapping[str, Risk]
    advice: Advice
    next_round: tuple[str, ...]
    expected: Mapping[str, int]
    """contest → stations in all if those not counted yet show no error"""


def plan(contests: Sequence[Contest], limit: Fraction, stake: Fraction = STAKE) -> Plan:
    """The plan for these contests.

    :raises AuditError: as ``bounds``; a limit or stake that is not between 0 and 1; a contest twice; none.
    """
    check_limit(limit)
    if not 0 < stake < 1:
        raise AuditError(f"the stake {stake} is not between 0 and 1", hint="declare a share such as 97/100 before the seed")
    if not contests or len({contest.contest for contest in contests}) != len(contests):
        raise AuditError("an audit has one contest or more, each once", hint="name the contests")
    return Plan(tuple(bounds(contest) for contest in contests), limit, stake)


def expected(plan: Plan) -> tuple[Expected, ...]:
    """What each contest will take if the stations are as they were reported."""
    return tuple(_expected(one, plan) for one in plan.contests)


def _expected(one: Bounds, plan: Plan) -> Expected:
    stations = len(one.reported)
    if one.total < one.scale:
        # no error within the bounds can change the outcome
        middle = most = 0
    elif stations > TRIED_UP_TO:
        middle = most = _by_formula(one, plan)
    else:
        needed = sorted(
            clean_draws(one, order(f"plan {number}", one.most), plan.limit, stake=plan.stake, counted={}) for number in range(TRIED)
        )
        middle, most = needed[TRIED // 2], needed[-(-TRIED * 9 // 10) - 1]
    advice = Advice.RECOUNT_CHEAPER if middle >= HALF * stations else Advice.SAMPLE
    papers = sum(station.ballots for station in one.contest.stations)
    return Expected(one.contest.contest, stations, papers, min(one.margins.values()), middle, most, advice)


def _by_formula(one: Bounds, plan: Plan) -> int:
    """As if drawn with replacement: the bounds of what is left hardly change."""
    share = one.scale / one.total
    gain = log(1 - plan.stake + plan.stake / (1 - share)) if share < 1 else 1.0
    return min(len(one.reported), ceil(-log(plan.limit) / gain))


def draw(plan: Plan, seed: str) -> Drawn:
    """The order in which stations are counted, for each contest. ``seed``: the digits of the dice, thrown after the plan was published.

    :raises AuditError: a seed that is too short to be public chance.
    """
    check_seed(seed)
    return Drawn(plan, seed, {one.contest.contest: order(seed, one.most) for one in plan.contests})


def state(drawn: Drawn, counted: Mapping[str, Mapping[str, Votes | None]]) -> State:
    """Where the audit stands. ``counted``: contest → station → votes by place on the ballot; None: the papers cannot be produced.

    :raises AuditError: as ``Bounds.error``; a station that is none of the contest.
    """
    plan = drawn.plan
    risks, needed, waiting = {}, {}, {}
    for one in plan.contests:
        name = one.contest.contest
        have = counted.get(name, {})
        strange = sorted(set(have) - set(one.reported))
        if strange:
            raise AuditError(f"{name} has no station {strange[0]}", hint="count the stations that were drawn")
        risks[name] = risk(one, drawn.orders[name], have, plan.limit, plan.stake)
        needed[name] = 0
        if not risks[name].done:
            needed[name] = clean_draws(one, drawn.orders[name], plan.limit, stake=plan.stake, counted=have)
            waiting[name] = [station for station in drawn.orders[name][: needed[name]] if station not in have]
    missing = dict.fromkeys(station for stations in waiting.values() for station in stations)
    return State(risks, _advice(drawn, risks, needed), tuple(missing), needed)


def _advice(drawn: Drawn, risks: Mapping[str, Risk], needed: Mapping[str, int]) -> Advice:
    if all(one.done for one in risks.values()):
        return Advice.CONFIRMED
    for one in drawn.plan.contests:
        name = one.contest.contest
        if not risks[name].done and (risks[name].waiting is None or needed[name] >= HALF * len(one.reported)):
            return Advice.FULL_COUNT
    return Advice.GO_ON
