"""Acts by example: what is asked before anything is signed, what is declared from which figures, claims, what the law says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallyproof.acts import case as cases
from tallyproof.acts import declare as declaring
from tallyproof.acts import seat as seats
from tallyproof.acts.claims import claims
from tallyproof.acts.law import Law, _place, facts_of, tell
from tallyproof.acts.log import Act, ActError, Log
from tallyproof.acts.view import case_data, declaration_rows, gazette_rows, seat_data
from tallyproof.cases.replay import replay as replay_cases
from tallyproof.compare.claims import Verdict
from tallyproof.compare.logged import verify_log
from tallyproof.errors import RuleError, UsageError
from tallyproof.log.merkle import Tree
from tallyproof.record.entry import Refused, parse_entry
from tallyproof.record.note import Vkey, parse_vkey
from tallyproof.record.signing import signed
from tallyproof.rules.read import load
from tallyproof.seats.replay import HELD_TWICE
from tallyproof.seats.replay import replay as replay_seats
from tallyproof.seats.timing import by_rules, read_time
from tests.support.acting_story import BASE, NAMES
from tests.support.entry_cases import whole
from tests.support.entry_logs import AUTHORITY, Writer
from tests.support.entry_values import key, vkey
from tests.support.story_ps129 import BARI, FORM_47, HANIF, NAEEM, story


def by(*who: str) -> list[Vkey]:
    return [parse_vkey(vkey(NAMES.get(one, one))) for one in who]


def read(writer: Any, size: int | None = None, **more: Any) -> Log:
    known = writer.known if isinstance(writer, Writer) else ()
    return Log(writer.origin, tuple(map(parse_vkey, known)), **more).read(writer.entries[:size])


def done(log: Log, act: Act, *who: str) -> str:
    log.accept(signed(act.text, *(key(NAMES.get(one, one)) for one in who)))
    return act.record_id


def refused(message: str) -> Any:
    return pytest.raises(RuleError, match=message)


@pytest.fixture(scope="module")
def ps129() -> Any:
    return story()


# --- What is asked beforehand is what is said afterwards ------------------------------------------------------------------


def test_a_log_that_was_read_already_answers_as_one_that_reads(ps129: Any) -> None:
    entries, origin = ps129.entries, ps129.origin
    fresh, known = read(ps129), Log.of(verify_log(entries, origin), Tree(entries))
    for log in (fresh, known):
        log.accept(entries[-1])
        with pytest.raises(Refused) as caught:
            log.accept(entries[-1].replace(origin.encode(), b"elsewhere.example", 1))
        assert caught.value.code == "origin-differs"
    assert known.size == fresh.size == len(entries) + 1
    assert known.root() == fresh.root()
    assert (known.book.texts, known.book.said, known.book.remarks) == (fresh.book.texts, fresh.book.said, fresh.book.remarks)
    assert [key.vkey for key in known.book.roster.states()] == [key.vkey for key in fresh.book.roster.states()]


def test_a_log_that_was_read_and_the_tree_of_another_are_refused(ps129: Any) -> None:
    with pytest.raises(UsageError, match="other entries"):
        Log.of(verify_log(ps129.entries, ps129.origin), Tree(ps129.entries[:-1]))


@pytest.mark.parametrize("which", ["small", "ps129"])
def test_what_is_said_beforehand_is_what_a_replay_says_afterwards(which: str, ps129: Any) -> None:
    writer = whole() if which == "small" else ps129
    book = read(writer).book
    odd = {one.index for one in (*replay_cases(book).notices, *replay_seats(book).notices) if one.code != HELD_TWICE}
    log = read(writer, 0)
    seen, asked, stopped = set[str](), 0, set[int]()
    for index, data in enumerate(writer.entries):
        entry = parse_entry(data, writer.origin)
        signers = [key.vkey for line in entry.note.signatures if (key := log.book.roster.find(line.name, line.key_id)) and key.counts]
        if signers and entry.record_id not in seen and index:
            asked += 1
            try:
                act = log.ask(entry.type, entry.value, signers)
                assert (act.record_id, act.index) == (entry.record_id, index)
            except ActError:
                stopped.add(index)
        seen.add(entry.record_id)
        log.read([data])
    assert asked > 40
    assert stopped == odd


def test_asking_changes_nothing_and_is_no_signature() -> None:
    log = read(BASE)
    before = (log.size, log.root(), len(log.book.texts))
    act = seats.statement(log, by=by("observers"), contest="NA-1", who="ali", day="2027-02-09", source="paper", summary="x")
    assert (log.size, log.root(), len(log.book.texts)) == before
    # The stand-in that was asked with is no signature for anybody, this log among them.
    from tallyproof.record.note import Note, Signature

    forged = Note(act.text, (Signature(NAMES["observers"], by("observers")[0].key_id, bytes(64)),)).to_bytes()
    with pytest.raises(Refused, match="signature"):
        log.accept(forged)
    assert done(log, act, "observers") == act.record_id
    with refused("is entry 12 already|is entry"):
        seats.statement(log, by=by("observers"), contest="NA-1", who="ali", day="2027-02-09", source="paper", summary="x")


def test_who_acts_is_known_and_counts() -> None:
    log = read(whole())
    with refused("nobody acts"):
        seats.status(log, by=[], contest="NA-1", status="taken")
    with refused("knows no key"):
        seats.status(log, by=by("stranger"), contest="NA-1", status="taken")
    with refused("was revoked"):
        seats.status(log, by=by("p2.example/1"), contest="NA-1", status="taken")


def test_the_authority_speaks_by_its_threshold() -> None:
    log = read(whole())
    with refused("must be signed by the authority"):
        seats.status(log, by=by(AUTHORITY[0]), contest="NA-1", status="taken", when="2027-03-10T00:00:00Z")
    assert seats.status(log, by=by(*AUTHORITY), contest="NA-1", status="taken", when="2027-03-10T00:00:00Z").index == log.size


def _complaint(log: Log) -> str:
    act = cases.file(
        log, by=by("p2"), contest="NA-1", number="C", summary="x", when="2027-03-01T00:00:00Z", respondents=["authority"], stations=["1"]
    )
    return done(log, act, "p2")


def test_a_court_that_is_known_to_stand_for_a_side_decides_nothing() -> None:
    log = read(BASE, belongs={"court:tribunal": frozenset({"party:P1"})})
    complaint = _complaint(log)
    step: dict[str, Any] = {"complaint": complaint, "word": "admitted", "summary": "x", "when": "2027-03-02T00:00:00Z"}
    with refused("belongs to party:P1"):
        cases.step(log, by=by("court"), **step)
    with refused("belongs to party:P1"):
        cases.rule(log, by=by("court"), complaint=complaint, outcome="refused", summary="x")
    assert cases.step(log, by=by("high"), **step)


def test_a_number_is_given_once_and_names_its_case() -> None:
    log = read(BASE)
    complaint = _complaint(log)
    with refused("is entry 12 already|is entry"):
        _complaint(log)
    assert {log.case(one).complaint for one in ("C", complaint, complaint[:8], str(log.size - 1))} == {complaint}
    for odd in ("D", "0", complaint[:7], "0" * 64):
        with refused("names no|(is|has) no complaint"):
            log.case(odd)


@pytest.mark.parametrize(
    ("word", "message"),
    [("filed", "is no step"), ("order", "what is ordered|says what"), ("notice", "cannot follow"), ("closed", "cannot follow")],
)
def test_steps_that_cannot_be(word: str, message: str) -> None:
    log = read(BASE)
    complaint = _complaint(log)
    with pytest.raises(Exception, match=message):
        cases.step(
            log, by=by("court"), complaint=complaint, word=word, summary="x", when="2027-03-02T00:00:00Z", due="2027-03-03T00:00:00Z"
        )


# --- Declarations ---------------------------------------------------------------------------------------------------------


def test_ps129_cannot_be_declared_as_it_was(ps129: Any) -> None:
    log = read(ps129, ps129.places["form 47"])
    prepared = declaring.prepare(log, contest="PS-129")
    # The rows are reconstructed to these totals; Hanif is unread everywhere.
    assert (prepared.totals[BARI], prepared.totals[NAEEM], prepared.totals[HANIF]) == (31_000, 30_464, 0)
    assert prepared.unread[HANIF] == 147
    assert prepared.result.winners == (BARI,)
    who = [one.vkey for one in log.book.roster.states() if one.role == "authority"]
    with refused("11357; the records give 31000|contradicts the records") as caught:
        declaring.produce(log, by=who, prepared=prepared, stage="provisional", figures=FORM_47, winners=[NAEEM])
    assert caught.value.hint.count("--override") == 1
    with refused("unread at 147 stations"):
        declaring.produce(log, by=who, prepared=prepared, stage="final")
    # One key is all that this invented authority has: nobody declares alone.
    with refused("signed by two officers"):
        declaring.produce(log, by=who, prepared=prepared, stage="provisional")
    rows = declaration_rows(read(ps129))
    assert [(one["stage"], one["officers"], [found["code"] for found in one["differs"]]) for one in rows] == [
        ("provisional", 1, ["declaration-totals"])
    ]


def test_what_was_produced_never_contradicts_its_records() -> None:
    """From every size of the log, with the one choice made that is an officer's: nothing is said of it, by this and the second opinion."""
    writer = whole()
    log = read(writer)
    for size in range(writer.places["1"] + 1, writer.size + 1):
        prepared = declaring.prepare(log, contest="NA-1", size=size)
        take = {station: there[0] for station, there in prepared.undecided.items()}
        prepared = declaring.prepare(log, contest="NA-1", size=size, take=take)
        try:
            act = declaring.produce(log, by=by("ro.example/NA-1", *AUTHORITY), prepared=prepared, stage="provisional", reason="x")
        except ActError as error:
            # Somebody is notified by then: another winner takes an order.
            assert "a declaration by itself does not move it" in error.message  # noqa: PT017
            continue
        assert declaring.contradictions(log, act.value) == []


def _small(stations: int, *records: dict[str, Any]) -> Log:
    """The invented election, cut before its records, with others."""
    writer = BASE.cut(BASE.places["record 1"])
    for value in records:
        writer.add("station-record/v1", {"act": "count", "contest": "NA-1", "source": "officer", **value}, NAMES["officer"])
    return read(writer)


def _record(station: str, ali: Any, bano: Any) -> dict[str, Any]:
    return {"station": station, "votes": {"ali": ali, "bano": bano}, "boxes": {"in_box": 200}}


def test_a_missing_station_can_decide() -> None:
    log = _small(3, _record("1", 100, 10), _record("2", 50, 50))
    prepared = declaring.prepare(log, contest="NA-1")
    assert prepared.missing == ("3",)
    # 90 ahead, and 400 voters are on the missing register.
    who = by("ro1", "ro2")
    act = declaring.produce(log, by=who, prepared=prepared, stage="provisional")
    assert "winners" not in act.value
    with refused("who is elected is open: 1 stations are missing"):
        declaring.produce(log, by=who, prepared=prepared, stage="final")
    named = declaring.produce(log, by=who, prepared=prepared, stage="final", winners=["ali"])
    assert named.value["missing"] == ["3"]
    with refused("declaration-winners"):
        declaring.produce(log, by=who, prepared=prepared, stage="final", winners=["bano"])


def test_equal_votes_are_for_the_law() -> None:
    log = _small(3, _record("1", 50, 60), _record("2", 60, 50), _record("3", 7, 7))
    prepared = declaring.prepare(log, contest="NA-1")
    assert prepared.result.tie
    with refused("equal votes"):
        declaring.produce(log, by=by("ro1", "ro2"), prepared=prepared, stage="final")
    assert declaring.produce(log, by=by("ro1", "ro2"), prepared=prepared, stage="final", winners=["bano"])
    told = tell(log, Law(load("pk-2017"), "national", read_time("2027-02-09T00:00:00Z")), "NA-1")
    assert next(str(one.verdict) for one in told.answers if one.rule.subject == "equal-votes") == "applies"


def test_what_is_unread_is_not_declared_as_nought() -> None:
    blank = {**_record("1", 50, "illegible"), "boxes": {}}
    log = _small(3, blank, _record("2", 60, 50), _record("3", 7, 7))
    prepared = declaring.prepare(log, contest="NA-1")
    assert prepared.unread == {"bano": 1, "in_box": 1, **dict.fromkeys(("valid", "rejected", "blank"), 3)}
    with refused("votes of bano are unread at 1 stations"):
        declaring.produce(log, by=by("ro1", "ro2"), prepared=prepared, stage="final", winners=["ali"])
    act = declaring.produce(log, by=by("ro1", "ro2"), prepared=prepared, stage="provisional")
    assert "boxes" not in act.value
    given = declaring.produce(log, by=by("ro1", "ro2"), prepared=prepared, stage="final", figures={"bano": 60}, winners=["ali"])
    assert given.value["totals"] == {"ali": 117, "bano": 60}
    with refused("declaration-totals"):
        declaring.produce(log, by=by("ro1", "ro2"), prepared=prepared, stage="final", figures={"bano": 56}, winners=["ali"])


def test_a_key_and_its_replacement_are_one_officer() -> None:
    writer = BASE.cut(BASE.size)
    # Both names of one person could be among the signers only if the old key counted still; so the log itself is asked.
    log = read(writer)
    signers = log.keys(by("ro1", "ro2"))
    assert len(declaring.officers(log, "NA-1", signers)) == 2
    replaced = signers[0].replacement(by("stranger")[0], 20)
    assert declaring.officers(log, "NA-1", (signers[0], replaced)) == (NAMES["ro1"],)
    assert declaring.officers(log, "NA-1", log.keys(by("ro of another contest", "officer", "court", "operator", "p1"))) == ()


@pytest.mark.parametrize("size", [-1, 10_000, True, "x"])
def test_a_record_of_what_was_announced_names_a_size_that_is_there(size: Any) -> None:
    value = {"contest": "NA-1", "size": size, "stage": "final", "totals": {"ali": 1, "bano": 2}}
    with refused("it cannot be declared from"):
        declaring.record(read(BASE), by=by("ro1", "ro2"), value=value)


@pytest.mark.parametrize("value", [{}, {"contest": "NA-9"}, {"contest": "NA-1"}, {"contest": "NA-1", "stage": "draft", "totals": {}}])
def test_a_record_that_lacks_fields_is_refused(value: dict[str, Any]) -> None:
    with refused("defines no contest|declaration/v1"):
        declaring.record(read(BASE), by=by("ro1", "ro2"), value=value)


# --- Claims ---------------------------------------------------------------------------------------------------------------


def test_the_claim_of_the_declared_winner_of_ps129(ps129: Any) -> None:
    """He said: 31,000 for the other, 30,464 for himself. By these rows (reconstructed from what was claimed) it is so; the form differs."""
    for size in (ps129.places["press conference"] + 1, len(ps129.entries)):
        (found,) = claims(read(ps129, size))
        assert [(one["item"], one["about"], one["low"], one["high"], one["verdict"]) for one in found["items"]] == [
            (NAEEM, "records", 30_464, 30_464, "supported"),
            (BARI, "records", 31_000, 31_000, "supported"),
        ]
    # The same figures held against the declaration that he won by.
    declared = declaration_rows(read(ps129))[0]["totals"]
    assert (declared[NAEEM], declared[BARI]) == (26_296, 11_357)


@pytest.mark.parametrize(
    ("rounding", "said", "verdict"),
    [
        ("exact", 210, Verdict.SUPPORTED),
        ("exact", 211, Verdict.CONTRADICTED),
        ("10", 205, Verdict.SUPPORTED),
        ("10", 204, Verdict.CONTRADICTED),
        ("100", 200, Verdict.SUPPORTED),
        ("about", 200, Verdict.SUPPORTED),
        ("about", 190, Verdict.CONTRADICTED),
        ("at-least", 210, Verdict.SUPPORTED),
        ("at-least", 211, Verdict.CONTRADICTED),
        ("at-most", 209, Verdict.CONTRADICTED),
    ],
)
def test_a_claim_with_its_rounding(rounding: str, said: int, verdict: Verdict) -> None:
    log = read(BASE)
    act = seats.statement(
        log,
        by=by("p1"),
        contest="NA-1",
        who="ali",
        day="2027-02-09",
        source="paper",
        summary="x",
        about="records",
        figures={"ali": said},
        rounding={"ali": rounding},
    )
    done(log, act, "p1")
    assert claims(log)[0]["verdict"] == verdict
    # Before two of the stations were there, nothing could be told of what lies within their registers.
    assert claims(log, size=BASE.places["record 1"]) == []


def test_a_rounding_that_nobody_knows_is_refused() -> None:
    with refused("rounding"):
        seats.statement(
            read(BASE),
            by=by("p1"),
            contest="NA-1",
            who="ali",
            day="2027-02-09",
            source="paper",
            summary="x",
            figures={"ali": 1},
            rounding={"ali": "roughly"},
        )


# --- Law ------------------------------------------------------------------------------------------------------------------

SPAN = st.tuples(st.integers(0, 50), st.one_of(st.none(), st.integers(0, 50))).map(
    lambda ends: (ends[0], None if ends[1] is None else ends[0] + ends[1])
)


@given(st.lists(SPAN, min_size=2, max_size=6), st.data())
def test_whatever_the_figures_are_the_first_two_lie_in_their_spans(spans: list[tuple[int, int | None]], data: st.DataObject) -> None:
    world: Sequence[int] = [data.draw(st.integers(low, low + 200 if high is None else high)) for low, high in spans]
    for place, votes in enumerate(sorted(world, reverse=True)[:2]):
        span = _place(spans, place)
        assert span is not None
        assert span.lo <= votes
        assert span.hi is None or votes <= span.hi


def test_one_candidate_has_nobody_behind() -> None:
    assert _place([(3, 3)], 1) is None


def test_figures_of_boxes_that_nobody_states_are_not_known() -> None:
    facts = facts_of(_small(3, {**_record("1", 1, 2), "boxes": {}}), "NA-1", None)
    assert (facts.votes_polled, facts.rejected) == (None, None)


def test_a_petition_has_its_time_from_the_gazette_that_it_is_about() -> None:
    """Another is returned after a recount: whoever lost then has the whole time, and the first name was there in time all the same."""
    law = Law(load("pk-2017"), "national", read_time("2027-06-01T00:00:00Z"))
    log = read(BASE, timing=by_rules(law.jurisdiction, law.level))
    for stage, index in (("provisional", 0), ("final", 1)):
        act = declaring.produce(log, by=by("ro1", "ro2"), prepared=declaring.prepare(log, contest="NA-1"), stage=stage)
        assert act.index == BASE.size + index
        done(log, act, "ro1", "ro2")

    def seat(word: str, day: str, **more: Any) -> None:
        act = seats.status(log, by=by("authority"), contest="NA-1", status=word, when=f"2027-{day}T00:00:00Z", **more)
        done(log, act, "authority")

    seat("notified", "02-20")
    order = cases.order_recount(log, by=by("court"), contest="NA-1", stations=["1"], reason="x")
    seat("recount", "05-01", ground=done(log, order, "court"))
    seat("declared", "05-05", holder="bano")
    seat("notified", "05-10")
    due = {one.rule.subject: one for one in tell(log, law, "NA-1").deadlines}
    assert due["petition"].due is not None
    assert due["petition"].due.latest.isoformat() == "2027-06-24T23:59:59+05:00"
    assert (str(due["petition"].state), str(due["gazette"].state)) == ("running", "met")
    act = cases.file(log, by=by("p1"), contest="NA-1", number="late", summary="x", when="2027-06-20T00:00:00Z")
    done(log, act, "p1")
    assert case_data(log, log.case("late"), law)["filed_in_time"] is True


# --- Seats, and the list for the gazette ------------------------------------------------------------------------------------


def test_ps129_on_the_gazette_list(ps129: Any) -> None:
    at = {name: ps129.places[name] + 1 for name in ("notified", "declared")}
    law = Law(load("pk-2017"), "provincial", read_time("2024-04-02T00:00:00Z"))
    (row,) = gazette_rows(read(ps129, at["notified"]), law)
    # He gave it up before the press, and was notified all the same; the declaration differs from the records.
    assert (row["returned"], row["notified"], row["differs"]) == (NAEEM, "2024-04-01T00:00:00Z", 1)
    assert [(one["subject"], one["due"], one["state"]) for one in row["deadlines"]] == [
        ("publication", "2024-02-22T23:59:59+05:00", "cannot-tell"),
        ("gazette", "2024-02-22T23:59:59+05:00", "missed"),
    ]
    (row,) = gazette_rows(read(ps129, at["declared"]))
    # Declared by a court's order, in this invented life: no declaration names him, and nobody has notified him yet.
    assert (row["returned"], row["notified"], row["declaration"]) == (BARI, None, None)
    assert seat_data(read(ps129), "PS-129")["statements"][0]["who"] == NAEEM


def test_what_a_seat_cannot_do_says_what_can() -> None:
    log = read(BASE)
    with refused("it cannot be taken now") as caught:
        seats.status(log, by=by("authority"), contest="NA-1", status="taken")
    assert "declared" in caught.value.hint
    with pytest.raises(Exception, match="is no status"):
        seats.status(log, by=by("authority"), contest="NA-1", status="crowned")
    with refused("defines no contest"):
        seats.status(log, by=by("authority"), contest="NA-9", status="taken")
