"""What must be said of logs that begin like the small election (``entry_logs``) and go on otherwise; and its records, by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.support import entry_logs as small
from tests.support.entry_cases import ZERO, Case, falsely, index_of, only, whole
from tests.support.entry_logs import AUTHORITY, COURT, OFFICER, OP1, OP2, OP3, P1_AGENT, RO, Value, Writer, count, made, votes
from tests.support.entry_values import vkey

Said = tuple[str, Writer, int, list[tuple[str, int | None]]]
"""Name, log, how many of its entries are the small election's, and what is to be said besides ``NOTICES``: codes with the number of the
entry among those that follow."""
NOTICES = (
    ("attested-against", 20),
    ("attested-against", 21),
    ("one-entry", 23),
    ("key-late", 30),
    ("serial-unknown", 30),
    ("one-entry", 34),
    ("audit-plan", 54),
    ("one-entry", 56),
)
"""What is said of the small election, with indexes."""


def said() -> Iterator[Said]:
    """Logs in which every entry is accepted."""
    ids = whole().ids

    def going_on(after: str = "tabulation") -> Writer:
        return whole().cut(index_of(after))

    log = going_on()
    log.add("station-record/v1", count("1", votes(10, 30, 20)), OFFICER["1"])
    log.add("station-record/v1", count("1", votes(11, 30, 20)), OFFICER["1"], P1_AGENT)
    yield "an officer counts three times", log, index_of("tabulation"), [("equivocation", 0), ("equivocation", 1)]

    log = going_on()
    log.add("station-record/v1", {**count("1", votes(10, 20, 30)), "source": "agent:P1"}, P1_AGENT)
    log.add("station-record/v1", {**count("1", votes(10, 20, 30)), "source": "commission"}, *AUTHORITY)
    log.put(only(log.entries[index_of("1")], OFFICER["1"]))
    yield "others count, and the officer's text comes again: nothing", log, index_of("tabulation"), []

    log = going_on()
    repoll = {**count("1", votes(1, 2, 3)), "act": "repoll"}
    one = log.add("station-record/v1", {**repoll, "supersedes": ids["1"]}, OFFICER["1"])
    two = log.add("station-record/v1", {**repoll, "supersedes": one}, OFFICER["1"])
    log.add("station-record/v1", {**repoll, "supersedes": two}, OFFICER["1"])
    log.add("station-record/v1", {**repoll, "supersedes": one, "votes": votes(3, 2, 1)}, OFFICER["1"])
    yield "repolls in a chain, then one beside it", log, index_of("tabulation"), [("equivocation", 3)]

    log = going_on()
    canvass = {"act": "canvass", "contest": "NA-1", "reason": "x", "station": "1", "supersedes": ids["1"], "votes": votes(1, 1, 1)}
    log.add("correction/v1", canvass, OFFICER["1"], RO)
    log.add("correction/v1", {**canvass, "act": "ruling"}, COURT)
    log.add("correction/v1", {**canvass, "votes": votes(2, 2, 2)}, OFFICER["1"], RO)
    recount = {"contest": "NA-1", "order": ids["order"], "station": "4", "supersedes": ids["4"]}
    log.add("recount-result/v1", {**recount, "votes": votes(0, 0, 0)}, RO)
    yield "two canvasses and two recounts of one record", log, index_of("tabulation"), [("equivocation", 2), ("equivocation", 3)]

    log = going_on()
    typed = {"contest": "NA-1", "image": small.PICTURE_6, "station": "6"}
    log.add("transcription/v1", {**typed, "votes": votes(1, 2, 3)}, OP1)
    log.add("transcription/v1", {**typed, "votes": votes(1, 2, 4)}, OP1)
    log.add("transcription/v1", {**typed, "votes": votes(1, 2, 5)}, OP2)
    yield (
        "two operators, three texts",
        log,
        index_of("tabulation"),
        [("one-entry", 0), ("one-entry", 1), ("entries-differ", 2), ("one-entry", 2)],
    )

    log = going_on()
    log.add("transcription/v1", {**typed, "votes": votes(1, 2, 3)}, OP1)
    log.add("transcription/v1", {**typed, "votes": votes(1, 2, 4)}, OP1)
    yield "one operator types again", log, index_of("tabulation"), [("one-entry", 0), ("one-entry", 1)]

    log = going_on()
    right = made("station-record/v1", {**count("1", votes(10, 20, 30)), "source": "commission"}, *AUTHORITY)
    log.put(falsely(right, AUTHORITY[0]))
    yield "a second line of a key is ignored, though it is false", log, index_of("tabulation"), []

    log = going_on()
    log.add("transcription/v1", {**typed, "votes": votes(1, 2, 3)}, OP1)
    log.add("key-replace/v1", {"new": vkey("operator.example/1b"), "old": vkey(OP1), "reason": "damaged"}, *AUTHORITY)
    log.add("transcription/v1", {**typed, "votes": votes(1, 2, 3)}, "operator.example/1b")
    yield "an operator and their own replacement are one", log, index_of("tabulation"), [("one-entry", 0)]

    log = going_on()
    log.add("transcription/v1", {**typed, "votes": votes(1, 2, 3)}, OP1, OP3)
    yield "two operators under one entry", log, index_of("tabulation"), []

    log = going_on("late")
    log.add("key-replace/v1", {"new": vkey("officer.example/1b"), "old": vkey(OFFICER["1"]), "reason": "lost"}, *AUTHORITY, RO)
    log.add("station-record/v1", count("1", votes(1, 2, 3), serial="x"), "officer.example/1b")
    yield "a replacement of a key that was in time, a serial that nobody issued", log, index_of("late"), [("serial-unknown", 1)]

    log = going_on()
    log.add("key-replace/v1", {"new": vkey("officer.example/5b"), "old": vkey(OFFICER["5"]), "reason": "lost"}, *AUTHORITY, RO)
    late = {**count("5", votes(1, 2, 3)), "act": "repoll", "supersedes": ids["5"]}
    log.add("station-record/v1", late, "officer.example/5b")
    yield "a replacement of a late key is late", log, index_of("tabulation"), [("key-late", 1)]

    log = going_on()
    log.add("key-revoke/v1", {"key": vkey(RO), "reason": "ended"}, *AUTHORITY)
    log.add("recount-order/v1", {"contest": "NA-1", "reason": "x", "stations": ["1"]}, *AUTHORITY)
    yield "the authority stands in where no returning officer is left", log, index_of("tabulation"), []

    log = going_on()
    order = log.add("recount-order/v1", {"contest": "NA-1", "reason": "x", "stations": ["1"]}, COURT)
    log.add("station-record/v1", {**repoll, "order": order, "supersedes": ids["1"]}, OFFICER["1"])
    yield "a repoll that names its order", log, index_of("tabulation"), []

    yield from _counts(ids)
    log = whole().cut(2)
    yield "a definition that was not carried out", log, 2, [("definition-incomplete", None), ("definition-incomplete", None)]
    yield from _declarations(ids)


def _counts(ids: dict[str, str]) -> Iterator[Said]:
    """Counts of an audit: who makes one, who does not, and what contradicts."""
    at = index_of("tally wrong")
    counted = {"contest": "NA-1", "found": "counted", "plan": ids["plan"], "station": "1", "votes": votes(10, 20, 30)}
    absent = {"contest": "NA-1", "found": "absent", "plan": ids["plan"], "station": "1"}

    def log_of(*texts: tuple[Value, tuple[str, ...]]) -> Writer:
        log = whole().cut(at)
        for value, names in texts:
            log.add("audit-count/v1", value, *names)
        return log

    alone, differ, twice = ("one-entry", 0), ("entries-differ", 1), ("equivocation", 1)
    yield "an operator and an agent count", log_of((counted, (OP1, P1_AGENT))), at, []
    yield "two operators count, in two copies", log_of((counted, (OP1,)), (counted, (OP2,))), at, []
    yield "an operator counts", log_of((counted, (OP1,))), at, [alone]
    yield "agents and observers alone count", log_of(({**counted, "station": "2"}, (P1_AGENT, small.OBSERVER))), at, [alone]
    yield "an agent and the operator of no station agree later", log_of((absent, (P1_AGENT,)), (absent, (OP3,))), at, []
    yield "two count differently", log_of((counted, (OP1,)), (absent, (OP2,))), at, [alone, ("one-entry", 1), differ]
    yield "two pairs count differently", log_of((counted, (OP1, OP2)), (absent, (OP1, OP3))), at, [twice]
    yield "two stations are counted", log_of((counted, (OP1, OP2)), ({**absent, "station": "3"}, (OP1, OP2))), at, []
    log = whole().cut(index_of("seed"))
    log.add("audit-seed/v1", {"dice": "1" * 20, "plan": ids["plan"]}, *AUTHORITY, "p1.example")
    log.add("audit-seed/v1", {"dice": "2" * 20, "plan": ids["plan"]}, *AUTHORITY, "observers.example")
    log.add("audit-seed/v1", {"dice": "1" * 20, "plan": ids["plan"]}, *AUTHORITY, "observers.example")
    yield "dice are thrown twice; the first is logged again", log, index_of("seed"), [("equivocation", 1)]


def _declarations(ids: dict[str, str]) -> Iterator[Said]:
    at = index_of("declared")
    good = {
        "boxes": {"in_box": 222, "valid": 60},
        "contest": "NA-1",
        "disputed": {"2": ids["2"]},
        "excluded": ["5"],
        "missing": ["6"],
        "rules": small.RULES,
        "stage": "provisional",
        "totals": votes(158, 160, 34),
        "version": 1,
        "winners": ["bano"],
    }
    by_observer = votes(68, 250, 39)

    def case(name: str, wrong: str, **changed: Any) -> Said:
        log = whole().cut(at)
        value = {**good, **log.prefix(), **changed}
        log.add("declaration/v1", {field: one for field, one in value.items() if one is not None}, RO)
        return name, log, at, [(f"declaration-{one}", 0) for one in wrong.split()]

    yield case("a declaration that is right", "")
    yield case("the other record of the disputed station", "", disputed={"2": ids["2 observer"]}, totals=by_observer, boxes={"in_box": 62})
    yield case("one vote more", "totals", totals=votes(159, 160, 34))
    yield case("a candidate left out", "totals", totals={"ali": 158, "bano": 160})
    yield case("a box that is wrong", "totals", boxes={"in_box": 222, "rejected": 1})
    yield case("a box that nobody stated is 0", "", boxes={"blank": 0})
    yield case("nothing missing", "missing", missing=None)
    yield case("another station missing too", "missing", missing=["6", "1"])
    yield case("an excluded station left out", "excluded", excluded=None)
    yield case("a station excluded in the declaration alone", "excluded", excluded=["5", "1"])
    yield case("a dispute kept quiet, so that sums are not compared", "disputed", disputed=None, totals=votes(999, 1, 1), winners=["ali"])
    yield case("a dispute that is none", "disputed", disputed={"1": ids["1"], "2": ids["2"]})
    yield case("a record of another station", "disputed", disputed={"2": ids["1"]})
    yield case("a record that is none", "disputed", disputed={"2": ZERO})
    yield case("other rules", "rules", rules=ZERO)
    yield case("a winner with fewer votes", "winners", winners=["ali"])
    yield case("two winners for a seat", "winners", winners=["ali", "bano"])
    yield case("no winners named", "", winners=None)
    yield case(
        "everything wrong",
        "disputed excluded missing rules winners",
        disputed={"2": ids["2"], "1": ids["1"]},
        excluded=None,
        missing=None,
        rules=ZERO,
        winners=["chand"],
    )
    early = index_of("2 observer")
    yield case(
        "an earlier prefix, before the observer disagreed",
        "",
        **whole().prefix(early),
        disputed=None,
        missing=["3", "4", "5", "6"],
        excluded=None,
        totals=votes(110, 70, 30),
        winners=["ali"],
    )
    yield case(
        "the same with what came later", "disputed excluded missing", **whole().prefix(early), totals=votes(158, 160, 34), winners=["bano"]
    )
    yield case(
        "before the contest was defined",
        "",
        **whole().prefix(1),
        boxes=None,
        disputed=None,
        excluded=None,
        missing=None,
        totals=votes(0, 0, 0),
        winners=["chand"],
    )
    log = whole().cut(at)
    back = {"contest": "NA-1", "ground": "x", "station": "5"}
    log.add("inclusion/v1", back, COURT)
    with_5 = {**good, "totals": votes(1058, 161, 35), "winners": ["ali"], "reason": "station 5 is back", "version": 2}
    log.add("declaration/v1", {**with_5, **log.prefix(), "excluded": []}, RO)
    log.add("inclusion/v1", back, *AUTHORITY)
    log.add("declaration/v1", {**with_5, **log.prefix(), "override": "x", "version": 3}, RO)
    log.add("exclusion/v1", back, COURT)
    log.add("exclusion/v1", {**back, "ground": "y"}, COURT)
    log.add("declaration/v1", {**good, **log.prefix(), "reason": "out again", "version": 4}, RO)
    log.add("inclusion/v1", {**back, "ground": "y"}, COURT)
    log.add("declaration/v1", {**with_5, **log.prefix(), "excluded": [], "version": 5}, RO)
    yield "a station that is put back, twice, and left out again, twice", log, at, [("declaration-excluded", 3)]
    log = whole().cut(at)
    prefix = log.prefix()
    log.add("declaration/v1", {**good, **prefix}, RO)
    log.add("declaration/v1", {**good, **prefix, "winners": ["ali"]}, RO)
    log.add("declaration/v1", {**good, **prefix, "version": 2}, RO)
    yield "two declarations of one version", log, at, [("declaration-winners", 1), ("equivocation", 1), ("reason-missing", 2)]
    tie = whole().cut(index_of("PS declared"))
    value = {
        "contest": "PS-1",
        **tie.prefix(),
        "rules": small.RULES,
        "stage": "final",
        "totals": {"ali": 300, "dara": 200, "eman": 200},
        "version": 1,
    }
    tie.add("declaration/v1", {**value, "winners": ["ali", "eman"]}, *AUTHORITY)
    tie.add("declaration/v1", {**value, "version": 2, "winners": ["dara", "eman"]}, *AUTHORITY)
    yield (
        "a tie for the last seat, then the first left out",
        tie,
        index_of("PS declared"),
        [("declaration-winners", 1), ("reason-missing", 1)],
    )


def records() -> list[Case]:
    """The records of the small election, by hand: what each entry makes."""
    ids, unread = whole().ids, "blank"
    rows: list[tuple[str, str, str, str, int, str | None, Any, Value]] = [
        ("1", "1", "officer", "count", 16, None, votes(10, 20, 30), {"in_box": 62, "registered": 500, "rejected": 2, "valid": 60}),
        ("2", "2", "officer", "count", 19, None, votes(100, 50, "illegible"), {"in_box": 160}),
        ("2 observer", "2", "observer:fafen", "count", 20, None, votes(10, 140, 5), {}),
        ("3", "3", "scan", "count", 25, None, votes(7, 0, unread), {}),
        ("4", "4", "officer", "count", 26, None, votes(40, unread, 4), {}),
        ("4 recount", "4", "officer", "recount", 28, "4", votes(41, 9, 4), {}),
        ("4 canvass", "4", "officer", "canvass", 29, "4 recount", votes(41, 90, 4), {}),
        ("PS", "1", "commission", "count", 31, None, {"ali": 300, "dara": 200, "eman": 200}, {}),
        ("2 ruling", "2", "commission", "ruling", 39, "2", votes(10, 140, 6), {}),
    ]
    made_ = [
        {
            "record": ids[called],
            "contest": "PS-1" if called == "PS" else "NA-1",
            "station": station,
            "source": source,
            "act": act,
            "version": 1,
            "supersedes": None if superseded is None else ids[superseded],
            "made": index,
            "votes": figures,
            "boxes": boxes,
        }
        for called, station, source, act, index, superseded, figures, boxes in rows
    ]
    return sorted(made_, key=lambda one: str(one["record"]))
