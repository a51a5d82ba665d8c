"""Seats in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from tallyproof.cli.tell import Data, Teller


def show_seats(rows: Sequence[Data], language: str) -> None:
    """A row a seat."""
    to = Teller(language)
    to.say("seats_head", "bold", all=len(rows), held=sum(bool(one["held"]) for one in rows))
    to.table(
        ("contest", "seat", "state_head", "holder", "since", "may_follow_head"),
        (
            (
                one["contest"],
                one["seat"],
                to.word("seat_state", one["state"]),
                one["holder"] or "—",
                "" if one["since"] is None else f"{one['when']} {to.words['entry_of'].format(index=one['since'])}".strip(),
                to.list(to.word("seat_status", status) for status in one["may_follow"]),
            )
            for one in rows
        ),
        right=(1,),
    )
    for one in rows:
        if one["by_election_due"]:
            to.say("by_election_due", "yellow", contest=one["contest"], due=one["by_election_due"])


def show_seat(data: Data, language: str) -> None:
    """The seats of one contest with all that is known of them."""
    to = Teller(language)
    show_seats(data["seats"], language)
    for seat in data["seats"]:
        to.line("")
        to.say("steps_of", "bold", seat=seat["seat"])
        for one in seat["steps"]:
            ground = ""
            if one["ground_index"] is not None:
                ground = f" · {to.words['ground_is'].format(index=one['ground_index'])}"
            where = to.words["entry_of"].format(index=one["index"])
            to.line(
                f"{one['when'] or '—':20}  {to.word('seat_status', one['status'])}: {one['holder'] or '—'}  [{where}{ground}]", indent=2
            )
    if data["declared"]:
        to.line("")
        to.say("declared_head", "bold")
        for one in data["declared"]:
            to.line(
                f"{to.word('declared_stage', one['stage'])} {one['version']}: {to.list(one['winners'])}"
                f"  [{to.words['entry_of'].format(index=one['index'])}; {to.list(one['signed_by'])}]",
                indent=2,
            )
    if data["statements"]:
        to.line("")
        to.say("statements_head", "bold")
        for one in data["statements"]:
            to.line(f"{one['day']}  {one['who']}: {one['summary']} ({one['source']})", indent=2)
        to.say("statements_note", "dim")
    for one in data["held_twice"]:
        to.say("held_twice", "yellow", holder=one["holder"], seats=to.list(" ".join(map(str, seat)) for seat in one["seats"]))
    for one in data["out_of_order"]:
        if one["code"] != "seat-held-twice":
            to.say("out_of_order", "red", index=one["index"], message=one["message"])
    to.line("")
    to.law(data)
