"""``tallyproof seat``: what becomes of each seat, by acts of the authority; and what its holder said, which changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from tallyproof.acts import seat as verbs
from tallyproof.acts.law import Law
from tallyproof.acts.log import Act, Log
from tallyproof.acts.view import seat_data, seat_rows
from tallyproof.cli import seat_report
from tallyproof.cli.acting import (
    AsJson,
    At,
    ContestKey,
    Lang,
    Level,
    Rules,
    Where,
    acting,
    law_of,
    read_counts,
    read_log,
    read_pairs,
)
from tallyproof.cli.check import Language
from tallyproof.cli.seat_show import show_seat, show_seats
from tallyproof.cli.tell import print_json
from tallyproof.record.note import Vkey
from tallyproof.seats.seat import Status

app = typer.Typer(no_args_is_help=True, help="Seats: what becomes of each, and who holds it.")
By = Sequence[Vkey]
Holder = Annotated[
    str | None, typer.Option("--holder", metavar="CANDIDATE", help="The candidate; may be left out where the seat has a name to it.")
]
GroundOption = Annotated[
    str | None, typer.Option("--ground", metavar="ENTRY", help="The entry on which it rests, such as an order: index or record id.")
]

STEPS: dict[str, tuple[Status, str]] = {
    "declare": (Status.DECLARED, "Declare a candidate by an order of a court, after a count that was ordered, or for the first time."),
    "notify": (Status.NOTIFIED, "Record that the name of the returned candidate is in the gazette: --when is the day of the gazette."),
    "take": (Status.TAKEN, "Record that the seat was taken: the oath."),
    "relinquish": (Status.RELINQUISHED, "Record that the holder has given the seat up, in the form that the law asks for."),
    "disqualify": (Status.DISQUALIFIED, "Record that the holder was disqualified, by a decision."),
    "died": (Status.DIED, "Record that the holder has died."),
    "option": (Status.OPTIONED, "Record that the holder, elected to several seats, has chosen another."),
    "stay": (Status.STAYED, "Record that the seat is stayed, by an interim order."),
    "vacate": (Status.VACATED, "Record that the seat is vacant: after the holder has left, or by a decision."),
    "re-poll": (Status.REPOLL, "Record that the poll is held again, by an order."),
    "recount": (Status.RECOUNT, "Record that the votes are counted again, by an order."),
    "by-election": (Status.BY_ELECTION, "Record that a by-election was called for a vacant seat."),
    "fill": (Status.FILLED, "Record who was elected at the by-election."),
}


def show_after(log: Log, act: Act, law: Law | None, words: Mapping[str, Any], lang: Language) -> None:
    """Where the seats of the contest stand now."""
    show_seats(seat_rows(log, act.value["contest"]), lang)


def _step(name: str, status: Status, said: str) -> None:
    def verb(log: Log, contest: ContestKey, holder: Holder = None, ground: GroundOption = None, *, by: By, when: str) -> Act:
        return verbs.status(log, by=by, contest=contest, status=status, when=when, holder=holder, ground=ground)

    acting(app, name, after=show_after, help=f"{said} By the authority.")(verb)


for _name, (_status, _said) in STEPS.items():
    _step(_name, _status, _said)


@acting(app, "statement", after=show_after)
def statement_command(
    log: Log,
    contest: ContestKey,
    who: Annotated[str, typer.Option("--who", metavar="WHO", help="Who said it: an office, a party or a candidate, never another person.")],
    day: Annotated[str, typer.Option("--day", metavar="DAY", help="On which day, as 2027-02-12.")],
    source: Annotated[str, typer.Option("--source", metavar="TEXT", help="Where it was said or printed.")],
    summary: Annotated[str, typer.Option("--summary", metavar="TEXT", help="What was said.")],
    about: Annotated[
        str | None, typer.Option("--about", metavar="ABOUT", help="What the figures are about: records or declared; both, if left out.")
    ] = None,
    figure: Annotated[
        list[str] | None, typer.Option("--figure", metavar="CANDIDATE=VOTES", help="CANDIDATE=VOTES as they were said; again for each.")
    ] = None,
    rounding: Annotated[
        list[str] | None,
        typer.Option(
            "--rounding", metavar="CANDIDATE=ROUNDING", help="CANDIDATE=exact, 10, 100 …, about, at-least or at-most; again for each."
        ),
    ] = None,
    *,
    by: By,
    when: str,
) -> Act:
    """Record what somebody said in public: by the authority, a court, a party or observers. It changes no seat."""
    return verbs.statement(
        log,
        by=by,
        contest=contest,
        who=who,
        day=day,
        source=source,
        summary=summary,
        about=about,
        figures=read_counts(figure, "figure"),
        rounding=read_pairs(rounding, "rounding"),
    )


@app.command("list")
def list_command(
    log: Where,
    contest: Annotated[str | None, typer.Option("--contest", help="Only the seats of this contest.")] = None,
    rules: Rules = None,
    level: Level = None,
    at: At = None,
    json: AsJson = False,
    lang: Lang = Language.EN,
) -> None:
    """Every seat: where it stands, and who has a name to it."""
    law = law_of(rules, level, at)
    rows = seat_rows(read_log(log, law), contest, law)
    if json:
        print_json(rows)
    else:
        show_seats(rows, lang)


@app.command("show")
def show_command(
    log: Where, contest: ContestKey, rules: Rules = None, level: Level = None, at: At = None, json: AsJson = False, lang: Lang = Language.EN
) -> None:
    """The seats of a contest: each step with its ground, who declared what, what was said, and what the law says."""
    law = law_of(rules, level, at)
    read = read_log(log, law)
    read.contest(contest)
    data = seat_data(read, contest, law)
    if json:
        print_json(data)
    else:
        show_seat(data, lang)


seat_report.add_to(app)
