"""``tallyproof case``: complaints, each step of their life, and the acts that carry an order out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import typer

from tallyproof.acts import case as verbs
from tallyproof.acts.law import Law
from tallyproof.acts.log import Act, Log
from tallyproof.acts.view import case_data, docket_rows
from tallyproof.cases.case import Word
from tallyproof.cli import case_export, case_report
from tallyproof.cli.acting import (
    AsJson,
    At,
    Complaint,
    ContestKey,
    Lang,
    Level,
    Rules,
    Where,
    acting,
    law_of,
    read_figures,
    read_log,
)
from tallyproof.cli.case_show import show_case, show_docket, show_stage
from tallyproof.cli.check import Language
from tallyproof.cli.tell import print_json
from tallyproof.record.note import Vkey

app = typer.Typer(no_args_is_help=True, help="Complaints: file one, and take each step of its life.")

Summary = Annotated[
    str, typer.Option("--summary", metavar="TEXT", help="What it says, in a sentence or two: it is published, so no names of people.")
]
Due = Annotated[
    str,
    typer.Option("--due", metavar="TIME", help="The last time for it, as 2027-02-08T17:40:00Z; by the rules, if left out and they say it."),
]
To = Annotated[list[str] | None, typer.Option("--to", metavar="OFFICE", help="Whom: authority, party:ID or observers:ID; again for each.")]
Stations = Annotated[list[str] | None, typer.Option("--station", metavar="STATION", help="A station, by its key; again for each.")]
Station = Annotated[str, typer.Argument(metavar="STATION", help="The station, by its key.", show_default=False)]
OrderOption = Annotated[
    str | None, typer.Option("--order", metavar="ENTRY", help="The order or ruling that it carries out: index or record id.")
]
Reason = Annotated[str, typer.Option("--reason", metavar="WHY", help="Why: it is published, so no names of people.")]
Votes = Annotated[
    list[str],
    typer.Option(
        "--votes", metavar="CANDIDATE=FIGURE", help="CANDIDATE=FIGURE; again for each. Unread is illegible, blank or not-on-form."
    ),
]
Boxes = Annotated[list[str] | None, typer.Option("--box", metavar="BOX=FIGURE", help="BOX=FIGURE, such as in_box=315; again for each.")]
Supersedes = Annotated[
    str | None, typer.Option("--supersedes", metavar="RECORD", help="The record whose place it takes; the one that stands, if left out.")
]
By = Sequence[Vkey]


def _after(log: Log, act: Act, law: Law | None, words: Mapping[str, Any], lang: Language) -> None:
    complaint = act.value.get("complaint") if act.type != "complaint/v1" else act.record_id
    if complaint is not None:
        show_stage(case_data(log, log.case(complaint)), lang)


@acting(app, "file", after=_after)
def file_command(
    log: Log,
    contest: ContestKey,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="What the complaint is called, such as 12/2027.", show_default=False)],
    summary: Summary,
    ground: Annotated[
        list[str] | None, typer.Option("--ground", metavar="GROUND", help="figures-changed, recount-due … (docs); again for each.")
    ] = None,
    station: Stations = None,
    evidence: Annotated[
        list[str] | None,
        typer.Option("--evidence", metavar="ENTRY", help="An entry of the log that shows it: index or record id; again for each."),
    ] = None,
    respondent: Annotated[
        list[str] | None,
        typer.Option("--respondent", metavar="OFFICE", help="Whom it is against: authority, party:ID, observers:ID; again for each."),
    ] = None,
    finding: Annotated[
        list[str] | None, typer.Option("--finding", metavar="CODE", help="A code of a report, such as D02; again for each.")
    ] = None,
    document: Annotated[
        list[str] | None,
        typer.Option("--document", metavar="SHA256", help="SHA-256 of a salt followed by a document, never the document; again for each."),
    ] = None,
    asks: Annotated[
        str | None, typer.Option("--asks", metavar="ORDER", help="What is asked for: recount, re-poll, exclude, declare, void …")
    ] = None,
    candidate: Annotated[str | None, typer.Option("--candidate", metavar="CANDIDATE", help="Who is said to be elected.")] = None,
    *,
    by: By,
    when: str,
) -> Act:
    """File a complaint: by a party, observers, the authority or a court."""
    return verbs.file(
        log,
        by=by,
        contest=contest,
        number=number,
        summary=summary,
        when=when,
        grounds=ground or (),
        stations=station or (),
        evidence=evidence or (),
        respondents=respondent or (),
        findings=finding or (),
        documents=document or (),
        asks=asks,
        candidate=candidate,
    )


_PLAIN: dict[str, tuple[Word, str]] = {
    "admit": (Word.ADMITTED, "Admit a complaint, or an appeal: by one court without interest in it."),
    "reject": (Word.REJECTED, "Reject a complaint, or an appeal, without deciding it: by one court without interest in it."),
    "reply": (Word.REPLY, "Reply to a notice: by whoever was given it."),
    "ask-time": (Word.TIME_ASKED, "Ask for time to reply: by whoever was given notice. Only another notice gives it."),
    "hearing": (Word.HEARING, "Record that the sides were heard: by the court that has the case."),
    "stay": (Word.STAY, "Make an interim order: by the court that has the case."),
    "appeal": (Word.APPEAL, "Appeal against a decision: by a side, or whoever was given notice, in time."),
    "withdraw": (Word.WITHDRAWN, "Withdraw a complaint, or an appeal: by all who brought it, together, before a decision."),
    "close": (Word.CLOSED, "Close a case that was decided, rejected or withdrawn: by the court that has it."),
}
"""Steps that say nothing but what was done."""


def _plain(name: str, word: Word, said: str) -> None:
    def verb(log: Log, complaint: Complaint, summary: Summary, *, by: By, when: str) -> Act:
        return verbs.step(log, by=by, complaint=complaint, word=word, summary=summary, when=when)

    acting(app, name, after=_after, help=said)(verb)


for _name, (_word, _said) in _PLAIN.items():
    _plain(_name, _word, _said)


@acting(app, "notice", after=_after)
def notice_command(log: Log, complaint: Complaint, summary: Summary, to: To = None, due: Due = "", *, by: By, when: str) -> Act:
    """Give notice of a complaint, with a time for the reply: by the court that has the case, or the authority."""
    return verbs.step(log, by=by, complaint=complaint, word=Word.NOTICE, summary=summary, when=when, due=due, to=to or ())


@acting(app, "no-reply", after=_after)
def no_reply_command(log: Log, complaint: Complaint, summary: Summary, to: To = None, *, by: By, when: str) -> Act:
    """Record that the time for a reply is over: by the court that has the case, or the authority if it is no side."""
    return verbs.step(log, by=by, complaint=complaint, word=Word.NO_REPLY, summary=summary, when=when, to=to or ())


@acting(app, "order", after=_after)
def order_command(
    log: Log,
    complaint: Complaint,
    kind: Annotated[
        str,
        typer.Argument(metavar="KIND", help="dismissed, recount, re-poll, exclude, include, correct, declare or void.", show_default=False),
    ],
    summary: Summary,
    station: Stations = None,
    record: Annotated[
        str | None, typer.Option("--record", metavar="RECORD", help="The record that it is about: index or record id.")
    ] = None,
    candidate: Annotated[str | None, typer.Option("--candidate", metavar="CANDIDATE", help="Who is to be declared.")] = None,
    due: Due = "",
    *,
    by: By,
    when: str,
) -> Act:
    """Decide a case: by the court that has it, once everybody whom the order may go against was heard or let the time pass."""
    return verbs.order(
        log,
        by=by,
        complaint=complaint,
        kind=kind,
        summary=summary,
        when=when,
        due=due,
        stations=station or (),
        record=record,
        candidate=candidate,
    )


@acting(app, "rule", after=_after)
def rule_command(
    log: Log,
    complaint: Complaint,
    outcome: Annotated[str, typer.Argument(metavar="OUTCOME", help="granted, part or refused.", show_default=False)],
    summary: Summary,
    *,
    by: By,
    when: str,
) -> Act:
    """Record a decision by one entry, where its steps are not in the log: by one court without interest in it."""
    return verbs.rule(log, by=by, complaint=complaint, outcome=outcome, summary=summary)


@acting(app, "recount-order")
def recount_order_command(
    log: Log, contest: ContestKey, reason: Reason, station: Stations = None, order: OrderOption = None, *, by: By, when: str
) -> Act:
    """Order that stations are counted again: by the returning officer or a court."""
    return verbs.order_recount(log, by=by, contest=contest, stations=station or (), reason=reason, order=order)


@acting(app, "recount-result")
def recount_result_command(
    log: Log,
    contest: ContestKey,
    station: Station,
    order: Annotated[str, typer.Option("--order", metavar="ENTRY", help="The recount order, or the court's: index or record id.")],
    votes: Votes,
    box: Boxes = None,
    supersedes: Supersedes = None,
    *,
    by: By,
    when: str,
) -> Act:
    """Record what a recount found at a station: by the returning officer."""
    return verbs.record_recount(
        log,
        by=by,
        contest=contest,
        station=station,
        order=order,
        votes=read_figures(votes, "votes"),
        boxes=read_figures(box, "box"),
        supersedes=supersedes,
    )


@acting(app, "correct")
def correct_command(
    log: Log,
    contest: ContestKey,
    station: Station,
    act: Annotated[
        str, typer.Option("--act", metavar="ACT", help="canvass (officer of the station and returning officer) or ruling (court).")
    ],
    reason: Reason,
    votes: Votes,
    box: Boxes = None,
    supersedes: Supersedes = None,
    order: OrderOption = None,
    *,
    by: By,
    when: str,
) -> Act:
    """Set other figures for a station, as an order says: by a court; as a canvass by its officer and the returning officer."""
    return verbs.correct(
        log,
        by=by,
        contest=contest,
        station=station,
        act=act,
        reason=reason,
        votes=read_figures(votes, "votes"),
        boxes=read_figures(box, "box"),
        supersedes=supersedes,
        order=order,
    )


def _in_or_out(name: str, verb: Callable[..., Act], said: str) -> None:
    def act(log: Log, contest: ContestKey, station: Station, reason: Reason, order: OrderOption = None, *, by: By, when: str) -> Act:
        return verb(log, by=by, contest=contest, station=station, ground=reason, order=order)

    acting(app, name, help=said)(act)


_in_or_out("exclude", verbs.exclude, "Leave a station out of the count, as an order says: by the authority or a court.")
_in_or_out("include", verbs.include, "Put an excluded station back, as an order says: by the authority or a court.")


@app.command("list")
def list_command(
    log: Where,
    contest: Annotated[str | None, typer.Option("--contest", help="Only the cases of this contest.")] = None,
    rules: Rules = None,
    level: Level = None,
    at: At = None,
    json: AsJson = False,
    lang: Lang = Language.EN,
) -> None:
    """The docket: open cases, and orders not carried out yet, by their effect on a seat, the closer first; then those that are over."""
    rows = docket_rows(read_log(log, law_of(rules, level, at)), contest)
    if json:
        print_json(rows)
    else:
        show_docket(rows, lang)


@app.command("show")
def show_command(
    log: Where,
    complaint: Complaint,
    rules: Rules = None,
    level: Level = None,
    at: At = None,
    json: AsJson = False,
    lang: Lang = Language.EN,
) -> None:
    """A case: where it stands, its time line, the times that run, and the result before and after each order."""
    law = law_of(rules, level, at)
    read = read_log(log, law)
    data = case_data(read, read.case(complaint), law)
    if json:
        print_json(data)
    else:
        show_case(data, lang)


case_export.add_to(app)
case_report.add_to(app)
