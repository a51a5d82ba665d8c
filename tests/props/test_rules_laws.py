"""Laws of rules: ranges agree with every figure inside, a smaller margin never applies less, no deadline ends before its event."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from importlib.resources import files
from itertools import product
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from tallyproof.errors import InputError
from tallyproof.rules.calendar import due, is_working
from tallyproof.rules.deadlines import State, deadline
from tallyproof.rules.evaluate import evaluate
from tallyproof.rules.facts import NOT_YET, Facts, Span
from tallyproof.rules.model import Comparison, Event, Jurisdiction, Quantity, Relation, Rule, RuleKind, Term, Unit, Verdict
from tallyproof.rules.read import load, parse

PK, GA = load("pk-2017"), load("us-ga-2019")
THRESHOLDS = [(place, rule) for place in (PK, GA) for rule in place.rules if rule.kind is RuleKind.THRESHOLD]
DEADLINES = [rule for rule in PK.rules if rule.kind is RuleKind.DEADLINE]
NAMES = ("winner", "runner_up", "votes_polled", "rejected", "women_polled", "postal_received", "postal_counted", "postal_rejected")
USED = {
    Quantity.MARGIN: NAMES[:2],
    Quantity.VOTES_POLLED: ("votes_polled",),
    Quantity.REJECTED: ("rejected",),
    Quantity.WOMEN_POLLED: ("women_polled",),
    Quantity.POSTAL_LEFT: NAMES[5:],
}
ORDER = [Verdict.DOES_NOT_APPLY, Verdict.CANNOT_TELL, Verdict.APPLIES]


def in_force(rule: Rule, **figures: Any) -> Facts:
    return Facts(level=rule.levels[0] if rule.levels else None, events={Event.POLL: rule.since or date(2024, 2, 8)}, **figures)


@st.composite
def small_rules(draw: st.DrawFn) -> Rule:
    """Rules with small numbers, so that all figures in a range can be tried. No quantity pulls both ways, as ``rules.read`` demands."""
    wants = {quantity: draw(st.booleans()) for quantity in Quantity}
    conditions = []
    for left in draw(st.lists(st.sampled_from(Quantity), min_size=1, max_size=3)):
        relations = [Relation.LESS_THAN, Relation.AT_MOST] if wants[left] else [Relation.AT_LEAST, Relation.MORE_THAN]
        others = [None, *(other for other in Quantity if other is not left and wants[other] != wants[left])]
        of = draw(st.sampled_from(others))
        share = Fraction(draw(st.integers(1, 4)), draw(st.integers(1, 4))) if of else Fraction(1)
        conditions.append(Comparison(left, draw(st.sampled_from(relations)), share, of, None if of else draw(st.integers(0, 6))))
    names = {name for one in conditions for side in (one.left, one.of) if side for name in USED[side]}
    assume(len(names) <= 5)
    rule = THRESHOLDS[0][1]
    return Rule(
        **{name: getattr(rule, name) for name in Rule.__dataclass_fields__ if name not in ("when", "since", "until", "levels")},
        since=None,
        until=None,
        levels=(),
        when=tuple(conditions),
    )


def spans(limit: int) -> st.SearchStrategy[Span]:
    return st.tuples(st.integers(0, limit), st.integers(0, 2)).map(lambda pair: Span(pair[0], pair[0] + pair[1]))


@given(small_rules(), st.fixed_dictionaries({name: spans(6) for name in NAMES}))
def test_a_range_agrees_with_all_figures_inside(rule: Rule, ranges: dict[str, Span]) -> None:
    used = sorted({name for one in rule.when for side in (one.left, one.of) if side for name in USED[side]})
    inside = [range(ranges[name].lo, (ranges[name].hi or 0) + 1) for name in used]
    points = {evaluate(PK, rule, Facts(**dict(zip(used, figures, strict=True)))).verdict for figures in product(*inside)}
    assert Verdict.CANNOT_TELL not in points
    expected = points.pop() if len(points) == 1 else Verdict.CANNOT_TELL
    assert evaluate(PK, rule, Facts(**{name: ranges[name] for name in used})).verdict is expected


@given(
    st.sampled_from(THRESHOLDS), st.fixed_dictionaries({name: st.integers(0, 200_000) for name in NAMES}), st.sets(st.sampled_from(NAMES))
)
def test_what_is_not_known_never_turns_an_answer(pair: tuple[Jurisdiction, Rule], figures: dict[str, int], hidden: set[str]) -> None:
    place, rule = pair
    full = evaluate(place, rule, in_force(rule, **figures)).verdict
    part = evaluate(place, rule, in_force(rule, **{name: figure for name, figure in figures.items() if name not in hidden}))
    assert full is not Verdict.CANNOT_TELL
    assert part.verdict in (full, Verdict.CANNOT_TELL)
    assert set(part.missing) <= hidden


@given(
    st.sampled_from([pair for pair in THRESHOLDS if any(Quantity.MARGIN in (one.left, one.of) for one in pair[1].when)]),
    st.integers(0, 200_000),
    st.integers(0, 20_000),
    st.integers(0, 20_000),
    st.one_of(st.none(), spans(400_000)),
    st.one_of(st.none(), spans(20_000)),
)
def test_a_smaller_margin_never_applies_less(
    pair: tuple[Jurisdiction, Rule], runner_up: int, margin: int, more: int, polled: Span | None, rejected: Span | None
) -> None:
    place, rule = pair
    near, far = (
        evaluate(place, rule, in_force(rule, winner=runner_up + gap, runner_up=runner_up, votes_polled=polled, rejected=rejected)).verdict
        for gap in (margin, margin + more)
    )
    assert ORDER.index(near) >= ORDER.index(far)


DAYS = st.dates(date(2018, 11, 5), date(2026, 6, 1))
INSTANTS = st.datetimes(datetime(2018, 11, 5), datetime(2026, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001
TERMS = st.builds(
    Term,
    st.just(Event.POLL),
    st.just(Event.PUBLISHED),
    st.sampled_from(Unit),
    st.integers(1, 60),
    st.one_of(st.none(), st.times()),
    st.booleans(),
)


@given(st.sampled_from([PK, GA]), TERMS, st.one_of(DAYS, INSTANTS))
def test_no_deadline_before_its_event_or_on_a_closed_day(place: Jurisdiction, term: Term, start: date | datetime) -> None:
    found = due(place.calendar, term, start)
    if found is None:
        assert term.roll or term.unit is Unit.WORKING_DAYS or start.year >= 2026, "only holidays and the end of the clock stop it"
        return
    assert found.earliest <= found.latest
    begun = start if isinstance(start, datetime) else datetime.combine(start, time(), UTC) - timedelta(hours=14)
    assert found.earliest >= begun.replace(microsecond=0)
    if term.unit is Unit.WORKING_DAYS or (term.roll and term.unit is Unit.DAYS):
        assert is_working(place.calendar, found.latest.date()) is True


@given(TERMS, INSTANTS, st.integers(1, 5))
def test_a_longer_term_never_ends_earlier(term: Term, start: datetime, more: int) -> None:
    longer = Term(term.after, term.done, term.unit, term.number + more, term.at, term.roll)
    short, long = due(PK.calendar, term, start), due(PK.calendar, longer, start)
    if short is not None and long is not None:
        assert short.latest <= long.latest


@given(
    st.sampled_from(DEADLINES),
    INSTANTS,
    st.one_of(st.just(NOT_YET), st.none(), INSTANTS, DAYS),
    INSTANTS,
    st.timedeltas(timedelta(0), timedelta(days=200)),
)
def test_met_and_missed_are_never_taken_back(rule: Rule, start: datetime, done: Any, now: datetime, later: timedelta) -> None:
    """With the same facts: what is met or missed at one time is so at every later time, and what runs has not been missed before."""
    assert rule.term is not None
    events = {rule.term.after: start, Event.TERM_ENDS: date(2030, 1, 1)} | ({} if done is None else {rule.term.done: done})
    first, second = (deadline(PK, rule, Facts(events=events), at) for at in (now, now + later))
    if isinstance(done, date) and first.state in (State.MET, State.MISSED):
        assert second.state is first.state
    if first.state is State.MISSED and done is NOT_YET:
        assert second.state is State.MISSED
    if second.state is State.RUNNING:
        assert first.state in (State.RUNNING, State.NOT_BEGUN)
    if first.state is State.NOT_BEGUN:
        assert start.replace(microsecond=0) > now.replace(microsecond=0)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_input_errors(data: bytes) -> None:
    with contextlib.suppress(InputError):
        parse(data, "x.toml")


LINES = ("pk-2017", "us-ga-2019")


@given(st.data())
def test_no_damage_to_a_shipped_file_raises_anything_else(data: st.DataObject) -> None:
    lines = (files("tallyproof.rules") / f"{data.draw(st.sampled_from(LINES))}.toml").read_text(encoding="utf-8").splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        value = data.draw(
            st.sampled_from(["", "key = 1", "= ", "0.5", "[]", "[[rule]]", "[rule.term]", "x = {}", "days = 99999999999", '"', *lines])
        )
        lines[at] = value if data.draw(st.booleans()) else f"{lines[at].split('=')[0]}= {value}"
    with contextlib.suppress(InputError):
        parse("\n".join(lines).encode(), "x.toml")
