"""Audits in a log: what is drawn, counted and concluded follows, or it is said; two programs that share no code say the same."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallyproof.audit.contest import AuditError
from tallyproof.audit.logged import make_plan, with_audits
from tallyproof.compare.logged import verify_log
from tallyproof.log.merkle import leaf_hash
from tallyproof.record.note import parse_vkey
from tallyproof_verify.audits import Batches
from tallyproof_verify.entries import read_entry
from tallyproof_verify.notes import Wrong
from tallyproof_verify.replay import Replay
from tests.support.audit_logs import AGENT, AUTHORITY, OPERATORS, AuditedElection, audited_election
from tests.support.entry_logs import Writer
from tests.support.entry_values import vkey

Said = list[tuple[str, int | None]]


def core(log: Writer) -> Said:
    found = with_audits(verify_log(log.entries, log.origin, (parse_vkey(vkey(AUTHORITY)),)))
    return sorted((one.code, one.index) for one in found.problems)


def agreed(made: AuditedElection) -> Said:
    """What both programs say of the audit."""
    ours = core(made.log)
    assert second(made.log) == ours
    return [one for one in ours if one[0].startswith("audit") or one[0] in ("equivocation", "one-entry", "entries-differ")]


def second(log: Writer) -> Said:
    replay = Replay([parse_vkey(vkey(AUTHORITY)).public])
    for data in log.entries:
        try:
            entry: object = read_entry(data, log.origin)
        except Wrong as wrong:
            entry = wrong
        replay.take(entry, leaf_hash(data))  # type: ignore[arg-type]
    replay.finish()
    return sorted((code, index) for code, index, _ in replay.problems)


VECTORS = Path(__file__).parents[2] / "specs" / "vectors" / "audit-v1"


@pytest.mark.parametrize("case", json.loads((VECTORS / "audit.json").read_bytes()), ids=lambda case: case["name"])
def test_the_second_opinion_draws_and_bets_as_the_vectors_say(case: dict[str, Any]) -> None:
    of = object.__new__(Batches)
    names = case["candidates"]
    pairs = [(names.index(one), place) for one in case["winners"] for place, other in enumerate(names) if other not in case["winners"]]
    of.measure({one["station"]: (one["low"], one["high"], one["ballots"]) for one in case["stations"]}, pairs, case["pending"])
    assert (str(of.scale), {station: str(most) for station, most in of.most.items()}) == (case["scale"], case["bounds"])
    order = of.order(case["seed"])
    assert order == case["order"]
    risks = [str(of.risk(order[: place + 1], case["counted"], Fraction(case["stake"]))) for place in range(len(case["risks"]))]
    assert risks == case["risks"]


def begun(seed: int = 1, stations: int = 12, *, doubts: bool = False) -> AuditedElection:
    made = audited_election(random.Random(seed), stations, doubts=doubts)
    made.plan()
    made.seed()
    return made


@pytest.mark.parametrize("doubts", [False, True])
def test_an_audit_to_its_end(doubts: bool) -> None:
    made = begun(doubts=doubts)
    order = made.order()
    number, drawn = 0, 0
    while not all(one.done for one in made.audit().state.risks.values()):  # type: ignore[union-attr]
        number += 1
        listed = list(order[drawn : drawn + 4])
        others = [one for one in made.order("PS-1")[: drawn + 4] if not made.audit().round_of(one) and one not in listed]
        made.round(number, *listed, *others)
        for station in [*listed, *others]:
            for contest in ("NA-1", "PS-1"):
                if station in made.figures[contest]:
                    made.count(contest, station)
        drawn += 4
        done = all(one.done for one in made.audit().state.risks.values())  # type: ignore[union-attr]
        made.result(number, "confirmed" if done else "escalate")
    assert number > 1
    assert agreed(made) == []


def test_a_confirmed_result_above_the_limit_is_contradicted() -> None:
    made = begun()
    first = made.order()[0]
    made.round(1, first)
    made.count("NA-1", first)
    made.result(1, "confirmed")
    assert agreed(made) == [("audit-result", made.log.size - 1)]


@pytest.mark.parametrize("off", [-1, 1])
def test_a_risk_that_is_off_by_a_millionth(off: int) -> None:
    made = begun()
    first = made.order()[0]
    made.round(1, first)
    made.count("NA-1", first)
    made.result(1, off=off)
    assert agreed(made) == [("audit-result", made.log.size - 1)]


def test_a_count_after_the_result_does_not_help_it() -> None:
    made = begun()
    first = made.order()[0]
    made.round(1, first)
    made.result(1)
    made.count("NA-1", first)
    made.result(2)
    # round 2 was not drawn
    assert agreed(made) == [("audit-result", made.log.size - 1)]


def _skip(made: AuditedElection) -> None:
    made.round(1, made.order()[1])


def _gap(made: AuditedElection) -> None:
    made.round(1, *made.order()[:2], made.order()[3])


def _again(made: AuditedElection) -> None:
    made.round(1, made.order()[0])
    made.round(2, *made.order()[:2])


def _number(made: AuditedElection) -> None:
    made.round(2, made.order()[0])


def _nothing(made: AuditedElection) -> None:
    made.round(1)


def _strange(made: AuditedElection) -> None:
    made.round(1, made.order()[0], "no such station")


@pytest.mark.parametrize("wrong", [_skip, _gap, _again, _number, _nothing, _strange])
def test_a_round_that_the_dice_did_not_draw(wrong: Callable[[AuditedElection], None]) -> None:
    made = begun()
    if set(made.order()[:4]) & set(made.order("PS-1")[:1]) and wrong in (_skip, _gap):
        made = begun(3)
    wrong(made)
    assert agreed(made) == [("audit-draw", made.log.size - 1)]


def test_two_rounds_of_one_number_and_two_results() -> None:
    made = begun()
    made.round(1, made.order()[0])
    made.round(1, *made.order()[:2])
    made.result(1)
    made.result(1, off=1)
    assert agreed(made) == [("audit-result", made.log.size - 1), ("equivocation", made.log.size - 3), ("equivocation", made.log.size - 1)]


def test_more_votes_than_papers() -> None:
    made = begun()
    first = made.order()[0]
    made.round(1, first)
    made.count("NA-1", first, (10_000, 0, 0))
    assert agreed(made) == [("audit-count", made.log.size - 1)]


@pytest.mark.parametrize(
    "by, settles",
    [(OPERATORS[:2], True), ((OPERATORS[0], AGENT), True), (OPERATORS[:1], False), ((AGENT,), False), (OPERATORS, True)],
)
def test_who_makes_a_count(by: tuple[str, ...], settles: bool) -> None:
    made = begun()
    first = made.order()[0]
    made.round(1, first)
    made.count("NA-1", first, by=by)
    assert agreed(made) == ([] if settles else [("one-entry", made.log.size - 1)])
    assert len(made.audit().state.risks["NA-1"].steps) == settles  # type: ignore[union-attr]


def test_a_plan_on_a_tabulation_that_is_wrong_cannot_be_carried_out() -> None:
    made = audited_election(random.Random(1))
    right = next(one for one in made.book.declarations if one.contest == "NA-1").value
    totals = {**right["totals"], "ali": right["totals"]["ali"] + 1}
    made.log.add("tabulation/v1", {**right, "totals": totals}, AUTHORITY, called="tabulation NA-1")
    made.plan(contests=("NA-1",))
    made.seed()
    made.round(1, "1")
    rows = [{"contest": "NA-1", "outcome": "confirmed", "risk": 1}]
    made.log.add("audit-result/v1", {"plan": made.log.ids["plan"], "results": rows, "round": 1}, AUTHORITY)
    size = made.log.size
    assert agreed(made) == [("audit-draw", size - 2), ("audit-plan", made.log.places["plan"]), ("audit-result", size - 1)]


def test_a_winner_who_does_not_lead_cannot_be_audited() -> None:
    made = audited_election(random.Random(1), stations=1, doubts=True)
    made.plan(contests=("PS-1",))
    assert agreed(made) == [("audit-plan", made.log.places["plan"])]
    with pytest.raises(AuditError, match="does not lead") as caught:
        make_plan(made.book, "", 0, made.book.plans[made.log.ids["plan"]])
    assert caught.value.hint


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    doubts=st.booleans(),
    limit=st.sampled_from(["1/20", "1/10", "1/2", "1/999999999"]),
    stake=st.sampled_from(["99/100", "1/2", "999999998/999999999", "1/1000"]),
)
def test_random_audits_are_judged_alike(seed: int, doubts: bool, limit: str, stake: str) -> None:
    """Right or wrong steps, as chance has it: the second opinion says the same of every entry."""
    draw = random.Random(seed)
    made = audited_election(draw, draw.randint(2, 14), doubts=doubts)
    made.plan(limit, stake, draw.choice([("NA-1",), ("NA-1", "PS-1"), ("PS-1",)]))
    made.seed("".join(draw.choice("0123456789") for _ in range(20)))
    contests = list(made.book.plans[made.log.ids["plan"]]["contests"])
    try:
        order = [one for contest in contests for one in made.order(contest)]
    except AuditError:
        assert ("audit-plan", made.log.places["plan"]) in agreed(made)
        return
    for number in range(1, draw.randint(2, 4)):
        fresh = [one for one in dict.fromkeys(order) if not made.audit().round_of(one)]
        listed = fresh[: draw.randint(1, 5)]
        if draw.random() < 0.15:
            listed = draw.sample(list(made.stations), draw.randint(0, 2))
        made.round(number if draw.random() < 0.95 else number + 1, *listed)
        for station in listed:
            for contest in contests:
                if station not in made.figures[contest] or draw.random() < 0.05:
                    continue
                told = made.figures[contest][station]
                votes = draw.choice([(), (), (), (), None, (max(0, told[0] - draw.randint(0, 40)), told[1] + draw.randint(0, 9), told[2])])
                by = draw.choice([OPERATORS[:2], OPERATORS[1:], OPERATORS[:1]])
                made.count(contest, station, votes, by=by)
        try:
            made.result(number, draw.choice(["confirmed", "escalate", "full-count"]), off=draw.choice([0, 0, 0, 1]))
        except AuditError:
            break
    agreed(made)
