"""Audits as a log has them: what a plan rests on, where it stands, and whether its rounds and results follow (``specs/entry-v1.md`` 10).

A plan names declarations or tabulations; each binds the entries before it. The figures of a station are the lowest and highest that its
standing records read there (``specs/tabulation-v1.md`` section 2), its papers at most its roll.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import narwhals as nw

from tallyproof.audit import plan as planning
from tallyproof.audit.contest import AuditError, Station, Votes
from tallyproof.audit.contest import Contest as Batches
from tallyproof.audit.martingale import risk
from tallyproof.audit.plan import Drawn, Plan, State
from tallyproof.compare.logged import LogProblem, LogRead, judge_declarations
from tallyproof.record.book import AuditCount, Book, Contest, Declaration
from tallyproof.record.canon import Json
from tallyproof.record.replay import Part, Replay, tables
from tallyproof.tabulate.frames import frames, rows, settle
from tallyproof.tabulate.sheets import vote_columns
from tallyproof.tabulate.standing import live_sheets
from tallyproof.tabulate.stations import high, low, stations
from tallyproof.tabulate.tabulation import prepare

MILLION = 1_000_000
MAX_SIZE = 2**53
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Audited:
    """A contest of a plan. ``missing``: stations without a figure, named or not; they have no batch."""

    contest: Contest
    declaration: Declaration
    batches: Batches
    missing: int
    disputed: int


@dataclass(frozen=True, slots=True)
class LoggedPlan:
    """A plan with what it rests on, by contest in the order of their keys."""

    record_id: str
    index: int
    value: Json
    plan: Plan
    audited: Mapping[str, Audited]


@dataclass(frozen=True, slots=True)
class LoggedAudit:
    """Where an audit stands after so many entries. ``rounds``: number → stations. ``state`` None: the dice were not thrown yet."""

    of: LoggedPlan
    seed: tuple[int, str] | None
    rounds: Mapping[int, tuple[int, tuple[str, ...]]]
    counted: Mapping[str, Mapping[str, Votes | None]]
    drawn: Drawn | None
    state: State | None

    def round_of(self, station: str) -> int | None:
        """The first round that has the station."""
        return next((number for number, (_, listed) in sorted(self.rounds.items()) if station in listed), None)


def millionths(risk: Fraction) -> int:
    """A risk as an ``audit-result`` states it: in millionths, rounded up."""
    return -(-risk.numerator * MILLION // risk.denominator)


def share(text: str) -> Fraction:
    """``1/20``, as a plan writes it."""
    return Fraction(text)


def read_plan(book: Book, record_id: str) -> LoggedPlan:
    """The plan of an entry. Raises AuditError if it cannot be carried out."""
    return make_plan(book, record_id, book.texts[record_id].index, book.plans[record_id])


def make_plan(book: Book, record_id: str, index: int, value: Json) -> LoggedPlan:
    """The plan that ``value`` describes, whether it is in the log or not. Raises AuditError."""
    of = {one.record_id: one for one in book.declarations}
    found: dict[str, Audited] = {}
    for contest, name in sorted(value["contests"].items()):
        declaration = of.get(name)
        if declaration is None or declaration.contest != contest:
            raise AuditError(
                f"{name} is no declaration or tabulation of {contest!r}", hint="name one by its record id: tallyproof log show"
            )
        found[contest] = _audited(book, declaration)
    plan = planning.plan([one.batches for one in found.values()], share(value["limit"]), share(value["stake"]))
    return LoggedPlan(record_id, index, value, plan, found)


def read_audit(book: Book, of: LoggedPlan, size: int | None = None) -> LoggedAudit:
    """Where the audit stands after the first ``size`` entries (all, if left out). Raises AuditError for a count that cannot be."""
    until = MAX_SIZE if size is None else size
    seed = book.seeds.get(of.record_id)
    seed = seed if seed is not None and seed[0] < until else None
    rounds, counted = _before(book, of, until)
    if seed is None:
        return LoggedAudit(of, None, rounds, counted, None, None)
    drawn = planning.draw(of.plan, seed[1])
    return LoggedAudit(of, seed, rounds, counted, drawn, planning.state(drawn, counted))


def _before(book: Book, of: LoggedPlan, until: int) -> tuple[dict[int, tuple[int, tuple[str, ...]]], dict[str, dict[str, Votes | None]]]:
    """The rounds, and the counts of drawn stations, of the first entries. Of several counts of a station the first counts."""
    rounds = {number: one for number, one in sorted(book.rounds.get(of.record_id, {}).items()) if one[0] < until}
    drawn = {station for _, listed in rounds.values() for station in listed}
    reported = {one.contest.contest: one.reported for one in of.plan.contests}
    counted: dict[str, dict[str, Votes | None]] = {contest: {} for contest in reported}
    for one in book.counts.values():
        if one.plan == of.record_id and one.made < until and one.station in drawn and one.station in reported[one.contest]:
            counted[one.contest].setdefault(one.station, _votes(one))
    return rounds, counted


def _votes(count: AuditCount) -> Votes | None:
    """A count with a figure that nobody could read is as bad as none."""
    figures = [] if count.votes is None else [one for one in count.votes.values() if isinstance(one, int)]
    return tuple(figures) if count.votes is not None and len(figures) == len(count.votes) else None


# --- what is said of a log ----------------------------------------------------------------------------------------------


def with_audits(read: LogRead) -> LogRead:
    """The same with what is to be said of its audits."""
    problems = [*read.problems, *judge_audits(read.book)]
    problems.sort(key=lambda one: (one.index is None, one.index or 0, one.code, one.contest))
    return replace(read, problems=tuple(problems))


def judge_audits(book: Book) -> list[LogProblem]:
    """Plans that cannot be carried out, rounds that were not drawn, counts that cannot be, results that do not follow."""
    return [problem for record_id in book.plans for problem in _judge(book, record_id)]


def _judge(book: Book, record_id: str) -> Iterator[LogProblem]:
    try:
        of = read_plan(book, record_id)
    except AuditError as error:
        yield LogProblem("audit-plan", book.texts[record_id].index, "", "", error.message)
        for index, _ in book.rounds.get(record_id, {}).values():
            yield LogProblem("audit-draw", index, "", "", "the plan cannot be carried out")
        for index, value in book.results:
            if value["plan"] == record_id:
                yield LogProblem("audit-result", index, "", "", "the plan cannot be carried out")
        return
    yield from _rounds(book, of)
    for count in book.counts.values():
        if count.plan == record_id and (wrong := impossible(of, count)):
            yield LogProblem("audit-count", count.made, count.contest, count.station, wrong)
    for index, value in book.results:
        if value["plan"] == record_id and (pieces := list(_differs(book, of, index, value))):
            yield LogProblem("audit-result", index, "", "", "; ".join(pieces[:_SHOWN]))


def _rounds(book: Book, of: LoggedPlan) -> Iterator[LogProblem]:
    """After each round, what was drawn is the head of the order of one contest or more, and nothing else."""
    rounds = sorted((index, number, listed) for number, (index, listed) in book.rounds.get(of.record_id, {}).items())
    if not rounds:
        return
    orders = planning.draw(of.plan, book.seeds[of.record_id][1]).orders.values()
    so_far: set[str] = set()
    for place, (index, number, listed) in enumerate(rounds, start=1):
        again = so_far & set(listed)
        so_far |= set(listed)
        heads = {station for order in orders for station in _head(order, so_far)}
        if number != place:
            yield LogProblem("audit-draw", index, "", "", f"this is round {place} of the plan, not {number}")
        elif again or not listed:
            yield LogProblem("audit-draw", index, "", "", f"drawn before: {_few(again)}" if again else "no station is drawn")
        elif beyond := so_far - heads:
            yield LogProblem("audit-draw", index, "", "", f"not the next stations by the dice: {_few(beyond)}")


def _head(order: Iterable[str], drawn: set[str]) -> Iterator[str]:
    for station in order:
        if station not in drawn:
            return
        yield station


def impossible(of: LoggedPlan, count: AuditCount) -> str:
    """Why a count cannot be: more votes for one candidate than the station has papers. Empty if it can."""
    votes = _votes(count)
    bounds = next(one for one in of.plan.contests if one.contest.contest == count.contest)
    if votes is None or count.station not in bounds.reported:
        return ""
    try:
        bounds.error(count.station, votes)
    except AuditError as error:
        return error.message
    return ""


def _differs(book: Book, of: LoggedPlan, index: int, value: Json) -> Iterator[str]:
    rounds, counted = _before(book, of, index)
    orders = planning.draw(of.plan, book.seeds[of.record_id][1]).orders
    if value["round"] not in rounds:
        yield f"no round {value['round']} was drawn before"
    for row in value["results"]:
        (bounds,) = (one for one in of.plan.contests if one.contest.contest == row["contest"])
        try:
            found = risk(bounds, orders[row["contest"]], counted[row["contest"]], of.plan.limit, of.plan.stake)
        except AuditError as error:
            yield error.message
            continue
        if row["risk"] != millionths(found.risk):
            yield f"{row['contest']}: the risk is {row['risk']} millionths; the counts give {millionths(found.risk)}"
        if row["outcome"] == "confirmed" and not found.done:
            yield f"{row['contest']}: confirmed, with a risk above the limit {of.value['limit']}"


def _few(names: Iterable[str]) -> str:
    ordered = sorted(names)
    return ", ".join(ordered[:_SHOWN]) + (f" and {len(ordered) - _SHOWN} more" if len(ordered) > _SHOWN else "")


# --- what a declaration rests on ----------------------------------------------------------------------------------------


def _audited(book: Book, declaration: Declaration) -> Audited:
    contest = book.contests[declaration.contest]
    if not contest.elects:
        raise AuditError(f"nobody is elected in {contest.key!r}", hint="audit a contest with a winner")
    # Whether it was made by the rules of the definition is said of the declaration; it changes no figure here.
    wrong = [one for one in judge_declarations(book, [declaration]) if one.code != "declaration-rules"]
    if wrong:
        raise AuditError(
            f"entry {declaration.index} contradicts the records before it ({wrong[0].code}): an audit of it would show nothing",
            hint="audit a declaration or tabulation that is the sum of its records",
        )
    part = Replay(book).part(contest.key, declaration.size)
    batches, missing_rolls, disputed = _stations(part)
    nameless = max(0, part.expected - len(part.stations))
    if nameless:
        raise AuditError(f"{nameless} stations of {contest.key!r} have no name and no roll", hint="the definition names every station")
    winners = tuple(declaration.value.get("winners", _most_votes(contest, declaration.value["totals"])))
    batch = Batches(contest.key, contest.candidates, winners, tuple(batches), sum(missing_rolls))
    return Audited(contest, declaration, batch, len(missing_rolls), disputed)


def _most_votes(contest: Contest, totals: Mapping[str, int]) -> list[str]:
    """Whoever is elected by the totals, where nobody was named; of equals the first on the ballot, and then no margin is left."""
    return sorted(contest.candidates, key=lambda one: -totals.get(one, 0))[: contest.seats]


def _stations(part: Part) -> tuple[list[Station], list[int], int]:
    """The stations with a figure; the rolls of the missing ones; how many are disputed. Raises AuditError where a bound is unknown."""
    prepared = prepare(frames(tables({part.contest.key: part})))
    standing, live = prepared.sheets.filter(nw.col("stands")), settle(live_sheets(prepared.sheets))
    columns = vote_columns(prepared.width)[: len(part.contest.candidates)]
    lows, highs = [low(name) for name in columns], [high(name) for name in columns]
    found, missing, disputed = [], [], 0
    by_station = stations(prepared.tables, standing, prepared.unlisted, live, prepared.width)
    for row in sorted(
        rows(by_station.select("station", "roll", "missing", "disputed", *lows, *highs)), key=lambda one: str(one["station"])
    ):
        if row["roll"] is None:
            raise AuditError(
                f"nobody says how many papers the station {row['station']!r} can have",
                hint="the entry stations has its registered voters, or its records state them",
            )
        if row["missing"]:
            missing.append(int(row["roll"]))
            continue
        disputed += bool(row["disputed"])
        least = tuple(int(row[name] or 0) for name in lows)
        if any(row[name] is None for name in highs):
            raise AuditError(
                f"nobody says what an unread figure of {row['station']!r} can be", hint="read the form again, or correct the record"
            )
        most = tuple(int(row[name]) for name in highs)
        found.append(Station(str(row["station"]), int(row["roll"]), least, least if most == least else most))
    return found, missing, disputed
