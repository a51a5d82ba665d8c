"""An audit as one document: plan, dice, rounds, the risk after each station, the results. The same log gives the same document."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from tallyproof.audit import plan as planning
from tallyproof.audit.contest import Bounds
from tallyproof.audit.logged import LoggedAudit, LoggedPlan, millionths
from tallyproof.audit.plan import Advice, Expected
from tallyproof.compare.logged import LogProblem, LogRead

VERSION = 1
_STATES = {"confirmed": "agrees", "reached": "agrees", "contradicted": "differs", "full-count": "contradict"}


def audit_document(read: LogRead, audit: LoggedAudit) -> dict[str, Any]:
    """JSON values alone. ``problems``: what the log's replay says of this plan, its rounds, counts and results, and of nothing else."""
    book, of = read.book, audit.of
    problems = _problems(read, of)
    return {
        "version": VERSION,
        "origin": read.origin,
        "size": read.size,
        "root": base64.b64encode(read.root).decode(),
        "election": None
        if book.definition is None
        else {name: book.definition.value[name] for name in ("name", "name_ur", "day") if name in book.definition.value},
        "audit": {
            "plan": of.record_id,
            "index": of.index,
            "name": of.value["audit"],
            **{field: of.value[field] for field in ("limit", "stake", "method", "dice")},
            "seed": _seed(read, audit),
            "rounds": [{"number": number, "index": index, "stations": list(listed)} for number, (index, listed) in audit.rounds.items()],
            "contests": [
                _contest(read, audit, bounds, expected, problems)
                for bounds, expected in zip(of.plan.contests, planning.expected(of.plan), strict=True)
            ],
        },
        "problems": [{"code": one.code, "index": one.index, "where": one.where, "message": one.message} for one in problems],
        "ok": not problems,
    }


def plan_document(of: LoggedPlan) -> list[dict[str, Any]]:
    """What a plan will take, by contest: for somebody who has not signed it yet."""
    return [
        {**_basis(of, bounds), "advice": _advice(expected)}
        for bounds, expected in zip(of.plan.contests, planning.expected(of.plan), strict=True)
    ]


def _problems(read: LogRead, of: LoggedPlan) -> list[LogProblem]:
    book = read.book
    about = {of.index, *(index for index, _ in book.rounds.get(of.record_id, {}).values())}
    about |= {index for index, value in book.results if value["plan"] == of.record_id}
    about |= {one.made for one in book.counts.values() if one.plan == of.record_id}
    about |= {book.texts[one].index for one, (plan, _, _) in book.tallied.items() if plan == of.record_id}
    codes = {"equivocation", "one-entry", "entries-differ"}
    return [
        one for one in read.problems if (one.code.startswith("audit-") and one.index in about) or (one.code in codes and one.index in about)
    ]


def _seed(read: LogRead, audit: LoggedAudit) -> dict[str, Any] | None:
    if audit.seed is None:
        return None
    index, dice = audit.seed
    signers = next(one.signers for one in read.book.texts.values() if one.index == index)
    return {"index": index, "dice": dice, "signers": [key.vkey.name for key in signers]}


def _basis(of: LoggedPlan, bounds: Bounds) -> dict[str, Any]:
    """What the declaration of a contest rests on. ``margin``: the smallest over all pairs, every doubt the loser's."""
    audited = of.audited[bounds.contest.contest]
    value, declaration = audited.contest.value, audited.declaration
    return {
        "contest": audited.contest.key,
        **{name: value[name] for name in ("name", "name_ur") if name in value},
        "candidates": [{name: one[name] for name in ("candidate", "name", "name_ur") if name in one} for one in value["candidates"]],
        "declaration": {"record_id": declaration.record_id, "index": declaration.index, "type": declaration.type.partition("/")[0]},
        "winners": list(audited.batches.winners),
        "stations": len(bounds.reported),
        "missing": audited.missing,
        "disputed": audited.disputed,
        "margin": min(bounds.margins.values()),
    }


def _contest(read: LogRead, audit: LoggedAudit, bounds: Bounds, expected: Expected, problems: Sequence[LogProblem]) -> dict[str, Any]:
    name = bounds.contest.contest
    counted = audit.counted[name]
    risk = audit.state.risks[name] if audit.state is not None else None
    order = audit.drawn.orders[name] if audit.drawn is not None else ()
    steps = (
        [] if risk is None else [_step(audit, bounds, place, one.station, millionths(one.risk)) for place, one in enumerate(risk.steps, 1)]
    )
    heads = [station for station in order if audit.round_of(station) is not None]
    found = {
        **_basis(audit.of, bounds),
        "drawn": len(heads),
        "counted": len(steps),
        "absent": sum(counted[one["station"]] is None for one in steps),
        "differ": sum(one["differs"] for one in steps),
        "risk": 1_000_000 if risk is None else millionths(risk.risk),
        "reached": risk is not None and risk.done,
        "steps": steps,
        "advice": _advice(expected),
        "result": _result(read, audit.of, name),
    }
    found["answer"] = _answer(found, problems)
    return {**found, "state": _STATES.get(found["answer"], "nothing")}


def _step(audit: LoggedAudit, bounds: Bounds, place: int, station: str, risk: int) -> dict[str, Any]:
    """``error``: by how many votes the report favours a winner over a loser, at most of all pairs; of absent papers, at worst."""
    told, votes = bounds.reported[station], audit.counted[bounds.contest.contest][station]
    pairs = bounds.margins
    if votes is None:
        error = max(told.low[winner] - told.high[loser] + told.ballots for winner, loser in pairs)
    else:
        error = max(told.low[winner] - told.high[loser] - votes[winner] + votes[loser] for winner, loser in pairs)
    return {
        "draw": place,
        "station": station,
        "round": audit.round_of(station),
        "found": "absent" if votes is None else "counted",
        "error": error,
        "differs": votes is None or not all(low <= one <= high for low, one, high in zip(told.low, votes, told.high, strict=True)),
        "risk": risk,
    }


def _advice(expected: Expected) -> list[dict[str, Any]]:
    code = "recount-cheaper" if expected.advice is Advice.RECOUNT_CHEAPER else "expected"
    return [{"code": code, "figures": {"expected": expected.middle, "nine_of_ten": expected.nine_of_ten, "stations": expected.stations}}]


def _result(read: LogRead, of: LoggedPlan, contest: str) -> dict[str, Any] | None:
    """The last that the log has of the contest."""
    for index, value in reversed(read.book.results):
        for row in value["results"] if value["plan"] == of.record_id else ():
            if row["contest"] == contest:
                return {"outcome": row["outcome"], "risk": row["risk"], "round": value["round"], "index": index}
    return None


def _answer(found: dict[str, Any], problems: Sequence[LogProblem]) -> str:
    result = found["result"]
    if result is not None and any(one.code in ("audit-result", "audit-draw", "audit-plan", "audit-count") for one in problems):
        return "contradicted"
    if result is not None and result["outcome"] in ("confirmed", "full-count"):
        return str(result["outcome"])
    if found["reached"]:
        return "reached"
    return "going" if found["counted"] else "not-begun"
