"""Findings T01, T02 and R..: what is missing or unread in a contest, and records whose own figures contradict each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from tallyproof.capture.check_types import Check, Failure
from tallyproof.findings.context import Context
from tallyproof.findings.finding import Effect, Finding, of_code
from tallyproof.model.words import Kind

LISTED_LEADS = 50
"""So many records are named for each lead, contest and source; the table of checks counts them all."""


def stations_missing(context: Context, names: list[str]) -> Finding | None:
    """T01: how many stations nothing is read of, and whether they could change the winner."""
    total = context.total
    if not total.missing or total.expected == 0:
        return None
    unknown = total.sums.no_roll_missing + (total.expected - total.sums.expected)
    return of_code(
        "T01",
        context.contest.contest,
        figures={
            "missing": total.missing,
            "expected": total.expected,
            "registered": None if unknown else total.sums.roll_missing,
            "stations": ", ".join(names[:20]),
        },
        effect=Effect(votes=total.cap or 0, margin=context.margin, changes=_decides(context)),
    )


def _decides(context: Context) -> str | None:
    """Whether votes of the missing stations could make another the winner by records."""
    if context.outcome is None or context.total.recorded == 0:
        return None
    return "no" if context.outcome.state == "proved" else "open"


def figures_unread(context: Context) -> Iterator[Finding]:
    """T02: for each candidate, stations at which no copy gives a figure."""
    for position, cell in enumerate(context.total.sums.votes[: len(context.contest.ballot)], start=1):
        if cell.unread:
            candidate = context.contest.ballot[position - 1]
            yield of_code(
                "T02",
                context.contest.contest,
                candidate=candidate,
                figures={"stations": cell.unread, "candidate": candidate},
                effect=Effect(votes=cell.high - cell.low if not cell.unknown else 0, margin=context.margin, changes=_decides(context)),
            )


def records_fail(failures: Iterable[Failure], checks: Mapping[str, Check], contexts: Mapping[str, Context]) -> Iterator[Finding]:
    """R..: records that break a check. Leads are named up to ``LISTED_LEADS`` for each contest and source."""
    listed: dict[tuple[str, str, str], int] = defaultdict(int)
    for failure in failures:
        check = checks[failure.code]
        if check.kind is Kind.LEAD:
            key = (failure.code, failure.contest, failure.source)
            listed[key] += 1
            if listed[key] > LISTED_LEADS:
                continue
        yield Finding(
            code=failure.code,
            kind=check.kind,
            contest=failure.contest,
            station=failure.station,
            figures={**failure.figures, "station": failure.station, "source": failure.source},
            effect=Effect(margin=contexts[failure.contest].margin),
            evidence=(failure.record,),
            rule=check.formula,
        )
