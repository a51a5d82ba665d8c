"""A jurisdiction from its TOML file. All problems of a file are collected and raised once (``InputError``), each with its key and its mend.

``docs/explanation/rules.md`` explains every key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import combinations

from tallyproof.errors import InputError, Problem, UsageError
from tallyproof.rules.fields import Fields
from tallyproof.rules.model import (
    Calendar,
    ClockChange,
    Comparison,
    Event,
    Jurisdiction,
    Period,
    Quantity,
    Relation,
    Rule,
    RuleKind,
    Source,
    SourceKind,
    Term,
    Unit,
)

FORMAT = "rules-v1"
MAX_BYTES = 1 << 20
_NEEDS: Mapping[RuleKind, str] = {
    RuleKind.THRESHOLD: "when",
    RuleKind.WINDOW: "closes",
    RuleKind.DEADLINE: "term",
    RuleKind.NOT_EVALUATED: "why",
}
_LONGEST: Mapping[Unit, int] = {Unit.HOURS: 10_000, Unit.DAYS: 10_000, Unit.WORKING_DAYS: 1_000}


class _Format(StrEnum):
    V1 = FORMAT


class _Day(StrEnum):
    """In the order of ``date.weekday``."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class _Closed(StrEnum):
    AS_IT_FALLS = "as-it-falls"
    NEXT_WORKING_DAY = "next-working-day"


def available() -> tuple[str, ...]:
    """The jurisdictions that come with the program."""
    folder = files("tallyproof.rules")
    return tuple(sorted(path.name.removesuffix(".toml") for path in folder.iterdir() if path.name.endswith(".toml")))


@cache
def load(key: str) -> Jurisdiction:
    """A jurisdiction that comes with the program; ``UsageError`` if there is none of that name."""
    if key not in available():
        raise UsageError(f"there are no rules {key!r}", hint=f"rules: {', '.join(available())}")
    return parse((files("tallyproof.rules") / f"{key}.toml").read_bytes(), f"{key}.toml")


def parse(data: bytes, file: str) -> Jurisdiction:
    """The jurisdiction that the bytes of a TOML file describe; ``InputError`` with all its problems. ``file`` is the name for messages."""
    if len(data) > MAX_BYTES:
        raise _refused(
            [Problem(file=file, code="too-long", message=f"{len(data):,} bytes", mend=f"a rules file has at most {MAX_BYTES:,}")]
        )
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        shown = "tables within tables without end" if isinstance(error, RecursionError) else str(error)[:200]
        raise _refused([Problem(file=file, code="not-toml", message=shown, mend="write it as TOML 1.0 in UTF-8")]) from None
    problems: list[Problem] = []
    jurisdiction = _jurisdiction(Fields(table, "", file, problems))
    if problems:
        raise _refused(problems)
    return jurisdiction


def _refused(problems: list[Problem]) -> InputError:
    return InputError(
        f"{problems[0].file}: the rules cannot be used", problems=tuple(problems), hint="docs/explanation/rules.md explains every key"
    )


def _jurisdiction(top: Fields) -> Jurisdiction:
    top.word("format", _Format)
    key, name = top.key("key"), top.both("name")
    levels = _levels(top)
    table = top.table("calendar")
    calendar = _calendar(table) if table else Calendar("", (), None, frozenset(), (), False, "", ())
    read = [(fields, _rule(fields, levels)) for fields in top.tables("rule", least=1)]
    top.end()
    for (_, first), (fields, second) in combinations(read, 2):
        if first.key and first.key == second.key:
            fields.problem("key", "duplicate-key", f"{second.key} is there twice", "give each version of a rule a key of its own")
        elif first.subject and first.subject == second.subject and _overlap(first, second):
            fields.problem(
                "from",
                "both-in-force",
                f"{second.key} and {first.key} are versions of one subject and in force on the same day",
                "end one before the other begins, or give them different levels",
            )
    return Jurisdiction(key, name, levels, calendar, tuple(rule for _, rule in read))


def _levels(top: Fields) -> dict[str, Mapping[str, str]]:
    levels: dict[str, Mapping[str, str]] = {}
    for row in top.tables("level"):
        key = row.key("key")
        if key in levels:
            row.problem("key", "duplicate-key", f"{key} is there twice", "name each level once")
        levels[key] = row.both("name")
        row.end()
    return levels


def _overlap(first: Rule, second: Rule) -> bool:
    apart = set(first.levels) and set(second.levels) and not set(first.levels) & set(second.levels)
    since = max(first.since or date.min, second.since or date.min)
    return not apart and since <= min(first.until or date.max, second.until or date.max)


def _basis(fields: Fields) -> tuple[bool, str, tuple[Source, ...]]:
    """``confirmed``, ``confirm`` and the sources. Confirmed is only what was compared with the provision's own words."""
    confirmed, confirm = fields.flag("confirmed"), fields.text("confirm", needed=False)
    sources = []
    for row in fields.tables("source", least=1):
        sources.append(Source(row.word("kind", SourceKind), row.text("where")))
        row.end()
    if confirmed and confirm:
        fields.problem(
            "confirm", "confirmed-and-not", "it is confirmed, and something is left to confirm", "set confirmed = false, or take it out"
        )
    if not confirmed and not confirm:
        fields.problem(
            "confirm", "missing", "confirmed is not true, and it is not said what is left", "say what somebody has to compare with what"
        )
    if confirmed and not any(source.kind is SourceKind.TEXT for source in sources):
        fields.problem(
            "confirmed",
            "not-from-text",
            "it is confirmed, but no source gives the provision's own words",
            "name a source of kind text, or set it to false",
        )
    return confirmed, confirm, tuple(sources)


def _rule(fields: Fields, levels: Mapping[str, Mapping[str, str]]) -> Rule:
    kind = fields.word("kind", RuleKind)
    since, until = fields.day("from", needed=False), fields.day("to", needed=False)
    if since is not None and until is not None and until < since:
        fields.problem("to", "wrong-order", f"{until} is before {since}", "give the first day in force as from and the last as to")
    confirmed, confirm, sources = _basis(fields)
    why = fields.both("why") if kind is RuleKind.NOT_EVALUATED else None
    closes = fields.word("closes", Event) if fields.has("closes") or kind is RuleKind.WINDOW else None
    when = tuple(_comparison(row) for row in fields.tables("when", least=int(kind is RuleKind.THRESHOLD)))
    term = fields.table("term", needed=kind is RuleKind.DEADLINE)
    rule = Rule(
        key=fields.key("key"),
        subject=fields.key("subject"),
        law=fields.text("law"),
        section=fields.text("section"),
        title=fields.both("title"),
        kind=kind,
        since=since,
        until=until,
        levels=tuple(fields.words("levels", levels)),
        confirmed=confirmed,
        confirm=confirm,
        sources=sources,
        when=when,
        term=None if term is None else _term(term),
        closes=closes,
        why=why,
    )
    fields.end()
    given = {"when": bool(when), "term": term is not None}
    for name, there in given.items():
        if there and _NEEDS[kind] != name:
            fields.problem(
                name,
                "wrong-kind",
                f"a rule of kind {kind} has no {name}",
                f"take it out, or give another kind; {kind} needs {_NEEDS[kind]}",
            )
    if closes is not None and kind is RuleKind.DEADLINE:
        fields.problem("closes", "wrong-kind", "a deadline does not close with an event", "take it out; term.done says what meets it")
    _one_way(fields, when)
    return rule


def _one_way(fields: Fields, when: tuple[Comparison, ...]) -> None:
    """Ranges are answered exactly only if no quantity makes one condition truer and another less true."""
    wants: dict[Quantity, bool] = {}
    for one in when:
        for side, small in ((one.left, one.relation.wants_small), (one.of, not one.relation.wants_small)):
            if side is not None and wants.setdefault(side, small) != small:
                fields.problem(
                    "when",
                    "pulls-both-ways",
                    f"{side} must be small for one condition and large for another",
                    "make two rules of it, one for each",
                )


def _comparison(row: Fields) -> Comparison:
    left, relation = row.word("left", Quantity), row.word("is", Relation)
    if row.has("votes"):
        for key in ("of", "share"):
            if row.has(key):
                row.problem(
                    key, "two-sides", f"votes and {key} are both given", "compare with a number of votes, or with a share of a quantity"
                )
        votes: int | None = row.whole("votes", 0, 10**9)
        of, share = None, row.share("share")
        if row.has("of"):
            row.word("of", Quantity)
    else:
        votes, of, share = None, row.word("of", Quantity), row.share("share")
        if of is left and not row.failed:
            row.problem("of", "same-side", f"{left} is compared with itself", "name another quantity")
    row.end()
    return Comparison(left, relation, share, of, votes)


def _term(table: Fields) -> Term:
    after, done = table.word("after", Event), table.word("done", Event)
    units = [unit for unit in Unit if table.has(unit)]
    if len(units) != 1:
        table.problem("", "one-length", f"{len(units)} of {', '.join(Unit)} are given", "give exactly one of them")
    unit = units[0] if units else Unit.DAYS
    numbers = [table.whole(one, 1, _LONGEST[one]) for one in units]
    clock = table.clock("at")
    roll = (table.word("if_closed", _Closed) is _Closed.NEXT_WORKING_DAY) if unit is Unit.DAYS else False
    if clock is not None and unit is Unit.HOURS:
        table.problem("at", "wrong-unit", "hours end when they end", "take it out, or count in days")
    early = None
    row = table.table("only_if", needed=False)
    if row is not None:
        early = (row.whole("days_before", 1, _LONGEST[Unit.DAYS]), row.word("event", Event))
        row.end()
    if after is done and not table.failed:
        table.problem("done", "same-event", f"{after} cannot meet what begins with it", "name the event that has to follow")
    table.end()
    return Term(after, done, unit, numbers[0] if numbers else 1, clock, roll, early)


def _calendar(table: Fields) -> Calendar:
    zone = table.text("zone")
    weekly = table.words("weekly", _Day, needed=True)
    if len(weekly) == len(_Day):
        table.problem("weekly", "no-working-day", "offices are never open", "leave out the days on which they are")
    clock: list[ClockChange] = []
    for row in table.tables("clock", least=1):
        since, minutes = row.instant("from"), row.whole("offset_minutes", -900, 900)
        if since is not None:
            if clock and since <= clock[-1].since:
                row.problem("from", "wrong-order", f"{since.isoformat()} is not after the one before", "put them in order of time")
            clock.append(ClockChange(since, minutes))
        row.end()
    until = table.instant("clock_until", needed=False)
    if until is not None and clock and until <= clock[-1].since:
        table.problem("clock_until", "wrong-order", "it is before the last change", "give the instant up to which the changes are known")
    confirmed, confirm, sources = _basis(table)
    read = [(row, _period(row)) for row in table.tables("period")]
    table.end()
    for (_, first), (row, second) in combinations(read, 2):
        if max(first.since, second.since) <= min(first.until, second.until):
            row.problem("from", "overlap", f"it shares days with the period from {first.since}", "list each day in one period only")
    names = list(_Day)
    return Calendar(
        zone,
        tuple(clock),
        until,
        frozenset(names.index(_Day(day)) for day in weekly),
        tuple(period for _, period in read),
        confirmed,
        confirm,
        sources,
    )


def _period(row: Fields) -> Period:
    since, until = row.day("from") or date.min, row.day("to") or date.max
    if until < since:
        row.problem("to", "wrong-order", f"{until} is before {since}", "give the first day as from and the last as to")
    holidays = row.days("holidays")
    for day in holidays:
        if not since <= day <= until:
            row.problem("holidays", "outside", f"{day} is not in the period", "list it in the period that it belongs to")
    confirmed, confirm, sources = _basis(row)
    row.end()
    return Period(since, until, frozenset(holidays), confirmed, confirm, sources)
