"""The document about cases and seats: the same from a log as it was then, equal to the other program at every size, and by the schema."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tallyproof.cases.effects import tabulated
from tallyproof.cli.story import document_of
from tallyproof.errors import UsageError
from tallyproof.publish.afterlife import afterlife, to_json
from tallyproof.publish.story import AUTHORITY, CONTEST, demo_key
from tallyproof.record.ledger import Ledger
from tallyproof.record.replay import Replay
from tallyproof.rules.read import load
from tallyproof.seats.timing import by_rules
from tallyproof_verify.entries import read_entry
from tallyproof_verify.reading import Package
from tallyproof_verify.replay import Replay as SecondOpinion
from tallyproof_verify.tally import contest_document
from tests.support.entry_logs import election
from tests.support.story_ps129 import BARI, NAEEM, story

SCHEMA = json.loads((Path(__file__).parents[2] / "specs" / "afterlife-v1.schema.json").read_text(encoding="utf-8"))


def the_contest(document: dict[str, Any]) -> dict[str, Any]:
    (contest,) = document["contests"]
    return contest


def test_totals_and_winners_are_those_of_the_other_program_at_every_size() -> None:
    made = story()
    other = SecondOpinion([demo_key(AUTHORITY).vkey.public])
    source, compared = Replay(made.ledger.book), 0
    for index, data in enumerate(made.entries):
        other.take(read_entry(data, made.origin), hashlib.sha256(b"\0" + data).digest())
        if index < made.places["stations"]:
            continue
        ours = tabulated({CONTEST: source.part(CONTEST, index + 1)})[CONTEST]
        theirs = contest_document(Package({}, {}, {}), other.races[CONTEST].at(index + 1), None, None, False, [])
        assert {row["candidate"]: (row["min"], row["max"]) for row in theirs["totals"]} == dict(ours.totals), index
        assert {row["candidate"]: row["max_with_missing"] for row in theirs["totals"]} == dict(ours.with_missing), index
        assert theirs["stations"]["missing"] == ours.missing, index
        winner = theirs["winner"]["by_records"]
        if ours.state is not None and winner["candidates"]:
            assert (winner["state"], sorted(winner["candidates"])) == (str(ours.state), sorted(ours.winners)), index
            compared += 1
    assert other.refused == 0
    assert compared > 140
    assert [(code, index) for code, index, _ in other.problems] == [("declaration-totals", made.places["form 47"])]


def test_what_it_says_of_a_size_does_not_depend_on_what_came_after() -> None:
    made = story()
    growing = Ledger(made.origin, (demo_key(AUTHORITY).vkey,))
    for size, data in enumerate(made.entries, 1):
        growing.accept(data, lambda at: made.tree.root(at))
        if size > made.places["form 47"]:
            assert to_json(afterlife(growing.book, made.origin, size)) == to_json(afterlife(made.ledger.book, made.origin, size)), size


def test_every_document_is_by_the_schema() -> None:
    made = story()
    for chapter in made.chapters:
        jsonschema.validate(document_of(made, made.after(chapter)), SCHEMA)
    log = election()
    timing, at = by_rules(load("pk-2017")), datetime(2027, 3, 1, tzinfo=UTC)
    for size in range(3, log.size + 1):
        if size % 5 == 3 or size == log.size:
            jsonschema.validate(afterlife(log.ledger.book, log.origin, size, timing=timing, at=at), SCHEMA)


def test_the_schema_refuses_what_is_not_said_in_it() -> None:
    document = document_of(story())
    document["verdict"] = "stolen"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)


@pytest.mark.parametrize(("at", "overdue"), [(None, None), ("2024-05-06T18:59:59+00:00", False), ("2024-05-06T19:00:00+00:00", True)])
def test_overdue_is_asked_at_a_time_and_ends_with_the_last_instant(at: str | None, overdue: bool | None) -> None:
    made = story()
    moment = datetime.fromisoformat(at) if at else None
    document = afterlife(made.ledger.book, made.origin, made.after("needs time"), at=moment)
    (case,) = the_contest(document)["cases"]
    assert case["overdue"] is overdue
    by_office = {one["office"]: (one["answer"], one["overdue"]) for one in case["notified"]}
    # Who asked for time has not answered; asking moves no day.
    assert by_office["party:MQM-P"] == ("time-asked", overdue)
    assert by_office["authority"] == ("awaited", overdue)
    (row,) = document["docket"]
    assert (row["changes"], row["seated"], row["claimed"]["winners"], row["overdue"]) == ("yes", [NAEEM], [BARI], overdue)


def test_who_replied_or_was_found_silent_is_not_overdue() -> None:
    made = story()
    document = afterlife(made.ledger.book, made.origin, made.after("no reply"), at=datetime(2030, 1, 1, tzinfo=UTC))
    (case,) = the_contest(document)["cases"]
    assert [(one["answer"], one["overdue"]) for one in case["notified"]] == [("no-reply", None), ("replied", None), ("no-reply", None)]


def test_a_statement_is_an_event_that_moves_no_seat() -> None:
    contest = the_contest(document_of(story()))
    (event,) = [one for one in contest["events"] if one["type"] == "statement"]
    assert event["states"] == []
    assert event["index"] not in {change["index"] for change in contest["seats"][0]["changes"]}
    (said,) = contest["statements"]
    assert (said["who"], said["index"], said["figures"]) == (NAEEM, event["index"], {BARI: 31_000, NAEEM: 30_464})


def test_what_is_awaited_of_an_order_is_said_until_it_is_there() -> None:
    made = story()
    for chapter, changed, waiting in (
        ("order", "waiting", True),
        ("recount reconstructed-001", "figures", True),
        ("closed", "figures", False),
    ):
        (case,) = the_contest(document_of(made, made.after(chapter)))["cases"]
        (decision,) = case["decisions"]
        assert (decision["changed"], bool(decision["waiting"])) == (changed, waiting), chapter
        if chapter == "recount reconstructed-001":
            assert [(one["type"], one["stations"]) for one in decision["waiting"]] == [("recount-result", ["PS-129-002"])]


def test_a_contest_that_is_not_there_is_refused() -> None:
    made = story()
    with pytest.raises(UsageError, match="no contest 'NA-1'"):
        afterlife(made.ledger.book, made.origin, len(made.entries), contests=["NA-1"])
    with pytest.raises(UsageError, match="in its first 1 entries"):
        afterlife(made.ledger.book, made.origin, 1, contests=[CONTEST])


def test_the_law_stands_with_its_section() -> None:
    from tallyproof.acts.law import Law, tell
    from tallyproof.acts.log import Log
    from tallyproof.acts.view import law_data

    made = story()
    rules, level = load("pk-2017"), "provincial"
    log = Log(made.origin, (demo_key(AUTHORITY).vkey,), timing=by_rules(rules, level)).read(made.entries)
    at = datetime(2024, 5, 12, tzinfo=UTC)
    law = {CONTEST: law_data(tell(log, Law(rules, level, at), CONTEST))}
    document = afterlife(log.book, log.origin, log.size, timing=log.timing, at=at, law=law)
    jsonschema.validate(document, SCHEMA)
    contest = the_contest(document)
    due = {one["subject"]: (one["due"], one["section"]) for one in contest["law"]}
    assert due["petition"] == ("2024-05-16T23:59:59+05:00", "Elections Act 2017, s. 142(1)")
    assert contest["cases"][0]["in_time"] is True
