"""Cases in a terminal: the docket, one case, and where a case stands after a step."""

from __future__ import annotations

from collections.abc import Sequence

from tallyproof.cli.tell import Data, Teller, span


def show_docket(rows: Sequence[Data], language: str) -> None:
    """A row a case, those that matter most first."""
    to = Teller(language)
    waiting = [one for one in rows if one["open"]]
    changing = sum(one["changes"] == "yes" for one in waiting)
    to.say("docket_head", "bold", open=len(waiting), all=len(rows), changing=changing)
    if ordered := sum(bool(one["waiting"]) for one in rows):
        to.say("docket_waiting", "yellow", n=ordered)
    if not rows:
        return
    to.table(
        ("case", "contest", "stage_head", "changes_head", "seated", "margin", "next_due", "entry"),
        (
            (
                one["number"],
                one["contest"],
                _stage(one, to),
                to.word("changes", one["changes"]) if one["changes"] else "",
                to.list(one["seated"]) if one["changes"] else "",
                "" if one["margin"] is None else f"{one['margin']:,}",
                one["due"],
                one["index"],
            )
            for one in rows
        ),
        right=(5, 7),
    )
    to.say("docket_note", "dim")


def _stage(one: Data, to: Teller) -> str:
    marks = [to.words[mark] for mark in ("stayed", "waiting") if one[mark]]
    return to.word("stage", one["stage"]) + (f" ({to.list(marks)})" if marks else "")


def show_stage(data: Data, language: str) -> None:
    """Where the case stands, and what may follow."""
    to = Teller(language)
    to.say("case_is", "bold", number=data["number"], contest=data["contest"], stage=to.word("stage", data["stage"]))
    if data["stayed"]:
        to.say("case_stayed", "yellow")
    if data["court"]:
        to.say("before_court", court=data["court"])
    if data["due"]:
        to.say("runs_until", "yellow", due=data["due"])
    to.say("may_follow", what=to.list(to.word("step", one) for one in data["may_follow"]))


def show_case(data: Data, language: str) -> None:
    """A case: the answer first, then what it is about, its time line, decisions with the result before and after, and the law."""
    to = Teller(language)
    show_stage(data, language)
    to.line("")
    to.say("brought_by", who=to.list(data["complainants"]), against=to.list(data["respondents"]))
    to.say("rests_on", grounds=to.list(to.word("ground", one) for one in data["grounds"]), evidence=to.list(_entries(data, to)))
    if data["stations"]:
        to.say("about_stations", stations=to.list(data["stations"]))
    if data["asks"]:
        to.say("asks_for", asks=to.word("order", data["asks"]), candidate=data["candidate"] or "—")
    in_time = {True: "in_time_yes", False: "in_time_no", None: "in_time_open"}[data["filed_in_time"]]
    to.say(in_time)
    to.line(data["summary"], indent=2)
    to.line("")
    to.say("timeline", "bold")
    for one in data["timeline"]:
        _event(one, to)
    if data["notified"]:
        to.line("")
        to.say("notified", "bold")
        for one in data["notified"]:
            to.line(f"{one['office']}: {to.word('answer', one['answer'])} · {to.words['until'].format(due=one['due'])}", indent=2)
    for one in data["decisions"]:
        _decision(one, to)
    for one in data["out_of_order"]:
        to.say("out_of_order", "red", index=one["index"], message=one["message"])
    to.line("")
    to.law(data)


def _entries(data: Data, to: Teller) -> list[str]:
    return [to.words["entry_of"].format(index=one["index"]) for one in data["evidence"]]


def _event(one: Data, to: Teller) -> None:
    word = to.word("step", one["word"])
    more = ""
    if one.get("order"):
        more = f": {_order(one['order'], to)}"
    elif one.get("outcome"):
        more = f": {to.word('outcome', one['outcome'])}"
    elif one.get("to"):
        more = f" → {to.list(one['to'])}"
    due = f" · {to.words['until'].format(due=one['due'])}" if one.get("due") else ""
    to.line(
        f"{one['when'] or '—':20}  {word}{more}{due}  [{to.list(one['by'])}; {to.words['entry_of'].format(index=one['index'])}]", indent=2
    )
    to.line(one["summary"], "dim", 24)


def _order(order: Data, to: Teller) -> str:
    named = [
        *order["stations"],
        *([order["record"][:12]] if order["record"] else []),
        *([order["candidate"]] if order["candidate"] else []),
    ]
    return to.word("order", order["kind"]) + (f" ({to.list(named)})" if named else "")


def _decision(one: Data, to: Teller) -> None:
    to.line("")
    said = _order(one["order"], to) if one["order"] else to.word("outcome", one["outcome"])
    to.say("decision", "bold", index=one["index"], what=said, court=one["court"])
    if one["appeal_due"]:
        to.say("appeal_until", indent=2, due=one["appeal_due"])
    if "before" not in one:
        return
    before, after = one["before"], one["after"]
    to.table(
        ("candidate", "before", "after"),
        ((name, span(figures), span(after["totals"][name])) for name, figures in before["totals"].items()),
        right=(1, 2),
    )
    for key, result in (("won_before", before), ("won_after", after)):
        to.say(key, indent=2, who=to.list(result["winners"]), state=to.word("state", result["state"]))
    if one["acts"]:
        to.say("carried_out", indent=2, acts=to.list(one["acts"]))
    for left in one["waiting"]:
        name = left["type"] + (f" {left['says']}" if left["says"] else "")
        to.say("not_carried_out", "yellow", 2, what=f"{name} {to.list(left['stations']) if left['stations'] else ''}".strip())
