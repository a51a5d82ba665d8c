"""Declarations and the gazette list in a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tallyproof.cli.tell import Data, Teller

NAMED = 8
"""How many contests a deadline names."""


def show_declaration(data: Data, language: str) -> None:
    """Whether it agrees with its records first, then its figures, what it lists, and what the law says."""
    to = Teller(language)
    key = "declaration_differs" if data["differs"] else "declaration_agrees"
    to.say(
        key,
        "bold red" if data["differs"] else "bold green",
        contest=data["contest"],
        stage=to.word("declared_stage", data["stage"]),
        version=data["version"],
    )
    for one in data["differs"]:
        to.line(f"{one['message']} [{one['code']}]", "red", 2)
    if data["override"]:
        to.say("overridden", "yellow", 2, reason=data["override"])
    if data["reason"]:
        to.say("reason_is", indent=2, reason=data["reason"])
    if not data["stands"]:
        to.say("replaced", "yellow", 2)
    if data["officers"] < 2:
        to.say("one_officer", "yellow", 2, count=data["officers"])
    to.table(("candidate", "votes"), ((one, f"{figure:,}") for one, figure in data["totals"].items()), right=(1,))
    if data["boxes"]:
        to.say("box_line", boxes=to.list(f"{box} {figure:,}" for box, figure in data["boxes"].items()))
    to.say("declared_winner", who=to.list(data["winners"]))
    to.say("lists", missing=len(data["missing"]), disputed=len(data["disputed"]), excluded=len(data["excluded"]))
    to.say("signed_by", names=to.list(data["signed_by"]), size=data["size"])
    to.law(data)


def show_declarations(rows: Sequence[Data], language: str) -> None:
    """A row a declaration."""
    to = Teller(language)
    to.say("declarations_head", "bold", all=len(rows), differing=sum(bool(one["differs"]) for one in rows))
    if rows:
        to.table(
            ("entry", "contest", "declared_head_one", "stands_head", "winners", "officers", "differs_head"),
            (
                (
                    one["index"],
                    one["contest"],
                    f"{to.word('declared_stage', one['stage'])} {one['version']}",
                    to.words["yes"] if one["stands"] else to.words["no"],
                    to.list(one["winners"]),
                    one["officers"],
                    to.list(problem["code"] for problem in one["differs"]),
                )
                for one in rows
            ),
            right=(0, 5),
        )


def show_gazette(rows: Sequence[Data], language: str) -> None:
    """A row a seat; deadlines once below."""
    to = Teller(language)
    returned = sum(one["returned"] is not None for one in rows)
    to.say("gazette_head", "bold", all=len(rows), returned=returned)
    to.table(
        ("contest", "seat", "returned_head", "party", "declared_head_one", "differs_head", "state_head", "notified_head"),
        (
            (
                one["contest"],
                one["seat"],
                (one["name_ur"] if language == "ur" else None) or one["name"] or one["returned"] or "—",
                one["party"] or "",
                _which(one["declaration"], to),
                "—" if one["differs"] is None else one["differs"],
                to.word("seat_state", one["state"]),
                one["notified"] or "",
            )
            for one in rows
        ),
        right=(1, 5),
    )
    to.law({"law": [], "deadlines": _deadlines(rows, language)})


def _deadlines(rows: Sequence[Data], language: str) -> list[Data]:
    """Each deadline once; where contests of the list differ in one, once for each answer, with the contests."""
    groups: dict[tuple[object, ...], tuple[Data, list[str]]] = {}
    for one in rows:
        for due in one["deadlines"]:
            group = groups.setdefault((due["rule"], due["due"], due["state"]), (due, []))[1]
            if one["contest"] not in group:
                group.append(one["contest"])
    answers = Counter(rule for rule, _, _ in groups)
    found: list[Data] = []
    for (rule, _, _), (due, contests) in groups.items():
        where = f"{', '.join(contests[:NAMED])}{' …' if len(contests) > NAMED else ''}: " if answers[rule] > 1 else ""
        found.append({**due, "title": {language: where + due["title"][language]}})
    return found


def _which(one: Data | None, to: Teller) -> str:
    if one is None:
        return "—"
    return f"{to.word('declared_stage', one['stage'])} {one['version']} ({to.words['entry_of'].format(index=one['index'])})"
