"""What the authority can do about a seat, and what its holder said, as verbs. ``by``: the keys that are going to sign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tallyproof.acts.log import Act, ActError, Log, fields, known
from tallyproof.record.note import Vkey
from tallyproof.seats.replay import replay as replay_seats
from tallyproof.seats.seat import AFTER, Status

By = Sequence[Vkey]


def status(log: Log, *, by: By, contest: str, status: str, when: str = "", holder: str | None = None, ground: str | None = None) -> Act:
    """One step of a seat; ``seats.seat.Status`` has the words. ``ground``: the entry on which it rests.

    Raises ActError, Refused, UsageError: a step that does not follow, or whose ground does not carry it, is not signed.
    """
    log.contest(contest)
    known("status", status, Status)
    seats = replay_seats(log.book).of(contest)
    if not seats:
        raise ActError(f"nobody is elected in the contest {contest!r}", hint="it has no seat")
    if not any(Status(status) in AFTER[one.state] for one in seats):
        may = sorted({str(word) for one in seats for word in AFTER[one.state]})
        states = ", ".join(sorted({str(one.state) for one in seats}))
        raise ActError(
            f"the seat of {contest} is {states}: it cannot be {status} now", hint=f"what can follow: {', '.join(may) or 'nothing'}"
        )
    value = fields(contest=contest, ground=log.record_id(ground) if ground else None, holder=holder, status=status, when=when)
    return log.ask("seat-status/v1", value, by)


def statement(
    log: Log,
    *,
    by: By,
    contest: str,
    who: str,
    day: str,
    source: str,
    summary: str,
    about: str | None = None,
    figures: Mapping[str, int] | None = None,
    rounding: Mapping[str, str] | None = None,
) -> Act:
    """That somebody said something in public: kept with the seat, changes nothing. ``who``: an office, a party or a candidate.

    ``about``: ``records`` or ``declared``. ``rounding``: how each figure was rounded (``compare.claims.allowed``); exact if left out.
    """
    log.contest(contest)
    if about is not None:
        known("about", about, ("records", "declared"))
    value = fields(
        about=about,
        contest=contest,
        day=day,
        figures=dict(figures or {}),
        rounding=dict(rounding or {}),
        source=source,
        summary=summary,
        who=who,
    )
    return log.ask("statement/v1", value, by)
