"""The fold of a log: writers and verifiers, copies of a text, who holds which key, keys asked about beforehand."""

from __future__ import annotations

import dataclasses
import json

import pytest

from tallyproof.compare.logged import verify_log
from tallyproof.errors import UsageError
from tallyproof.record.entry import MAX_ENTRY, Refused, entry_text, parse_entry, record_id
from tallyproof.record.ledger import Ledger, named_keys, true_marks
from tallyproof.record.note import NoteError, parse_vkey
from tallyproof.record.roster import KeyRole, KeyStateError
from tallyproof.record.signing import SigningKey, is_signed, mark, signed
from tests.support import entry_logs as small
from tests.support.entry_cases import falsely, index_of, only, whole
from tests.support.entry_logs import (
    AUTHORITY,
    COURT,
    OBSERVER,
    OFFICER,
    OP1,
    OP2,
    OP3,
    ORIGIN,
    P1_AGENT,
    P1_AGENT_3,
    P2_AGENT,
    RO,
    Writer,
    count,
    made,
    votes,
)
from tests.support.entry_values import GOOD, key, vkey

KNOWN = (parse_vkey(vkey(AUTHORITY[0])),)


def before(called: str) -> Writer:
    return whole().cut(index_of(called))


def refusal(log: Writer, data: bytes) -> str:
    with pytest.raises(Refused) as caught:
        log.ledger.check(data, log.tree.root)
    return caught.value.code


# --- entries ------------------------------------------------------------------------------------------------------------


def test_an_entry_says_what_was_signed() -> None:
    text = entry_text(ORIGIN, "image/v1", GOOD["image/v1"])
    entry = parse_entry(signed(text, key("a"), key("b")), ORIGIN)
    assert (entry.origin, entry.type, entry.value, entry.text) == (ORIGIN, "image/v1", GOOD["image/v1"], text)
    assert entry.record_id == record_id(text)
    assert [one.name for one in entry.note.signatures] == ["a", "b"]


@pytest.mark.parametrize(
    ("type_", "value", "code"),
    [
        ("image/v2", {}, "type-unknown"),
        ("12", {}, "type-unknown"),
        ("image/v1", {}, "field-wrong"),
        ("image/v1", {**GOOD["image/v1"], "size": 1.5}, "json-malformed"),
        ("image/v1", {**GOOD["image/v1"], "mime": "a\nb"}, "json-malformed"),
        ("image/v1", {**GOOD["image/v1"], "size": True}, "json-malformed"),
    ],
)
def test_what_no_entry_can_say_is_not_written(type_: str, value: dict[str, object], code: str) -> None:
    with pytest.raises(Refused) as caught:
        entry_text(ORIGIN, type_, value)
    assert caught.value.code == code


def test_an_origin_is_one_line() -> None:
    for origin in ("", "a\nb"):
        with pytest.raises(Refused, match="one line"):
            entry_text(origin, "image/v1", GOOD["image/v1"])


def test_an_entry_has_a_signature() -> None:
    with pytest.raises(Refused, match="at least one signature"):
        signed(entry_text(ORIGIN, "image/v1", GOOD["image/v1"]))


# --- signing keys -------------------------------------------------------------------------------------------------------


def test_a_key_comes_from_its_seed_and_never_shows_it() -> None:
    seed = bytes(range(32))
    one, two = SigningKey.from_seed("officer.example/7", seed), SigningKey.from_seed("officer.example/7", seed)
    assert one.vkey == two.vkey
    assert one.sign("x\n") == two.sign("x\n")
    assert is_signed(one.vkey.public, one.sign("x\n").raw, b"x\n")
    for shown in (repr(one), str(one), f"{one!r:>10}", str(vars(type(one)))):
        assert seed.hex() not in shown
        assert str(list(seed)) not in shown
    assert str(one.vkey) in repr(one)
    with pytest.raises(TypeError, match="not copied"):
        one.__reduce__()


@pytest.mark.parametrize(("name", "seed"), [("a b", bytes(32)), ("a+b", bytes(32)), ("", bytes(32)), ("a", bytes(31)), ("a", bytes(33))])
def test_an_odd_name_or_seed_is_refused(name: str, seed: bytes) -> None:
    with pytest.raises(NoteError):
        SigningKey.from_seed(name, seed)


# --- writer and verifier ------------------------------------------------------------------------------------------------


def test_checking_changes_nothing_and_a_step_holds_once() -> None:
    log = before("1")
    data, other = whole().entries[log.size], made("station-record/v1", count("2", votes(1, 2, 3)), OFFICER["2"])
    steps = [log.ledger.check(data, log.tree.root), log.ledger.check(data, log.tree.root), log.ledger.check(other, log.tree.root)]
    assert steps[0] == steps[1]
    assert (log.ledger.size, len(log.ledger.book.records)) == (index_of("1"), 0)
    log.ledger.apply(steps[0])
    assert log.ledger.size == index_of("1") + 1
    with pytest.raises(UsageError, match="check the entry again"):
        log.ledger.apply(steps[2])


def test_a_writer_that_was_refused_puts_another_entry_there() -> None:
    log = before("1")
    with pytest.raises(Refused):
        log.put(falsely(whole().entries[log.size], RO))
    assert log.ledger.size == log.size == index_of("1")
    log.put(whole().entries[log.size])
    assert log.ledger.book.texts[whole().ids["1"]].index == index_of("1")


def test_a_verifier_keeps_the_place_of_a_refused_entry() -> None:
    log = before("1")
    outcome = log.ledger.read(falsely(whole().entries[log.size], RO), log.tree.root)
    assert isinstance(outcome, Refused)
    assert outcome.code == "signature-bad"
    assert log.ledger.size == index_of("1") + 1
    assert log.ledger.book.records == {}


@pytest.mark.parametrize("junk", [b"", b"\xff", b"x" * (MAX_ENTRY + 1), b"\n\n\n\n", b"a\nb\n{}\n\n", bytes(range(256))])
def test_junk_is_refused_and_never_raises_anything_else(junk: bytes) -> None:
    outcome = verify_log([junk, *whole().entries], ORIGIN, KNOWN)
    assert outcome.size == whole().size + 1
    codes = [one.code for one in outcome.problems]
    assert codes[0] in ("note-malformed", "entry-too-long")
    assert set(codes[1:]) == {"definition-first"}


def test_nothing_is_accepted_after_a_refused_definition() -> None:
    ledger = Ledger(ORIGIN)
    entries = [made("election-definition/v1", small.DEFINITION, AUTHORITY[0]), *whole().entries]
    codes = [getattr(ledger.read(data, whole().tree.root), "code", "accepted") for data in entries]
    assert codes == ["signer-missing", *["definition-first"] * whole().size]


def test_who_knows_no_authority_key_takes_the_definition_at_its_word() -> None:
    assert verify_log(whole().entries, ORIGIN).is_in_order
    stranger = verify_log(whole().entries, ORIGIN, (parse_vkey(vkey("somebody.example")),))
    assert {one.code for one in stranger.problems} == {"definition-first"}


def test_one_known_authority_key_of_several_is_enough() -> None:
    several = (parse_vkey(vkey("somebody.example")), parse_vkey(vkey(AUTHORITY[1])))
    assert verify_log(whole().entries, ORIGIN, several).is_in_order


def test_an_empty_log_says_nothing() -> None:
    outcome = verify_log([], ORIGIN, KNOWN)
    assert (outcome.size, outcome.problems) == (0, ())


# --- copies -------------------------------------------------------------------------------------------------------------


def test_a_copy_adds_its_signatures_and_nothing_else() -> None:
    log = before("1 again")
    names = [one.vkey.name for one in log.ledger.signers(log.ids["1"])]
    assert names == [OFFICER["1"]]  # the other line was of a key that was revoked
    records, remarks = dict(log.ledger.book.records), list(log.ledger.book.remarks)
    log.put(whole().entries[log.size])
    assert [one.vkey.name for one in log.ledger.signers(log.ids["1"])] == [OFFICER["1"], P1_AGENT]
    log.put(only(whole().entries[index_of("1")], P1_AGENT, OFFICER["1"]))
    assert len(log.ledger.signers(log.ids["1"])) == 2
    assert log.ledger.book.records == records
    assert log.ledger.book.remarks == remarks


def test_signers_of_what_is_not_there() -> None:
    assert whole().ledger.signers("0" * 64) == ()


@pytest.mark.parametrize("index", range(0, 42, 5))
def test_any_entry_can_come_again_at_the_end(index: int) -> None:
    log = whole().cut(whole().size)
    entry_count = len(log.ledger.book.texts)
    records = dict(log.ledger.book.records)
    log.put(log.entries[index])
    log.put(only(log.entries[index], "somebody.example"))
    assert len(log.ledger.book.texts) == entry_count
    assert log.ledger.book.records == records
    outcome = verify_log(log.entries, ORIGIN, KNOWN)
    assert [(one.code, one.index) for one in outcome.problems] == [(one.code, one.index) for one in whole_problems()]


def whole_problems() -> tuple[object, ...]:
    return verify_log(whole().entries, ORIGIN, KNOWN).problems


def test_a_copy_of_a_refused_text_is_judged_as_new() -> None:
    log = before("1")
    text = count("3", votes(1, 1, 1))
    first = made("station-record/v1", text, P1_AGENT)
    assert refusal(log, first) == "signer-missing"
    log.ledger.read(first, log.tree.root)
    log.ledger.size -= 1  # the refused entry is not in this log
    log.put(made("station-record/v1", text, OFFICER["3"]))
    assert len(log.ledger.book.records) == 1


def test_signatures_of_two_entries_are_not_added_up_to_reach_the_authority() -> None:
    log = before("out")
    value = {"contest": "NA-1", "ground": "x", "station": "1"}
    assert refusal(log, made("exclusion/v1", value, AUTHORITY[0])) == "signer-missing"
    assert refusal(log, made("exclusion/v1", value, AUTHORITY[1])) == "signer-missing"
    log.put(made("exclusion/v1", value, *AUTHORITY))
    assert log.ledger.book.excluded == {("NA-1", "1"): (log.size - 1,)}


def test_a_transcription_becomes_a_record_with_the_second_operator() -> None:
    log = before("3")
    assert log.ids["3 typed"] not in log.ledger.book.records
    log.put(only(log.entries[index_of("3 typed")], OP2))
    assert log.ids["3 typed"] not in log.ledger.book.records
    log.put(only(log.entries[index_of("3 typed")], OP3))
    assert log.ledger.book.records[log.ids["3 typed"]].made == log.size - 1


def test_versions_count_the_acts_on_the_chain() -> None:
    log = before("out")
    repoll = {**count("1", votes(1, 2, 3)), "act": "repoll"}
    one = log.add("station-record/v1", {**repoll, "supersedes": log.ids["1"]}, OFFICER["1"])
    order = log.add("recount-order/v1", {"contest": "NA-1", "reason": "x", "stations": ["1"]}, COURT)
    recount = {"contest": "NA-1", "order": order, "station": "1", "votes": votes(3, 2, 1)}
    two = log.add("recount-result/v1", {**recount, "supersedes": one}, RO)
    three = log.add("station-record/v1", {**repoll, "supersedes": two}, OFFICER["1"])
    four = log.add("recount-result/v1", {**recount, "supersedes": three}, RO)
    found = [(log.ledger.book.records[name].act, log.ledger.book.records[name].version) for name in (one, two, three, four)]
    assert found == [("repoll", 1), ("recount", 1), ("repoll", 2), ("recount", 2)]
    assert [one.record for one in log.ledger.book.chain(four)] == [four, three, two, one, log.ids["1"]]


def test_who_disagrees_speaks_of_the_same_act() -> None:
    log = before("out")
    disagree = {"contest": "NA-1", "record": log.ids["4 recount"], "says": "disagree", "station": "4", "votes": votes(1, 2, 3)}
    record = log.ledger.book.records[log.add("attestation/v1", disagree, P1_AGENT_3)]
    assert (record.source, record.act, record.version, record.supersedes) == ("agent:P1", "recount", 1, log.ids["4"])


def test_an_operator_types_in_their_own_contest() -> None:
    log = before("out")
    keys = [small.rostered("operator", "operator.example/PS-1"), small.rostered("returning-officer", "ro.example/PS-1")]
    log.add("roster/v1", {"by": "authority", "contest": "PS-1", "keys": keys}, *AUTHORITY)
    typed = {"contest": "NA-1", "image": small.PICTURE_6, "station": "6", "votes": votes(9, 9, 9)}
    assert refusal(log, made("transcription/v1", typed, "operator.example/PS-1")) == "signer-missing"
    name = log.add("transcription/v1", typed, OP1, "operator.example/PS-1")
    assert name not in log.ledger.book.records
    result = {"contest": "PS-1", **log.prefix(1), "rules": small.RULES, "totals": {}}
    assert refusal(log, made("tabulation/v1", result, *AUTHORITY)) == "signer-missing"
    log.add("tabulation/v1", result, "ro.example/PS-1")


_IMAGE = {"contest": "NA-1", "mime": "image/png", "sha256": "1" * 64, "size": 1, "station": "2"}
_COMPLAINT = {"complaint": "C 2", "contest": "NA-1", "summary": "x"}
_STAMP = {"authority": "tsa", "sha256": "1" * 64, **whole().prefix(3)}


@pytest.mark.parametrize(
    ("type_", "value", "signers"),
    [
        *(("image/v1", _IMAGE, names) for names in ((OFFICER["2"],), (P1_AGENT,), (OBSERVER,), (OP1,), AUTHORITY)),
        *(("complaint/v1", _COMPLAINT, names) for names in (AUTHORITY, (COURT,), ("p2.example",), ("observers.example",))),
        *(("timestamp/v1", _STAMP, names) for names in (AUTHORITY, (OP2,))),
        *(("exclusion/v1", {"contest": "NA-1", "ground": "x", "station": "1"}, names) for names in (AUTHORITY, (COURT,))),
        *(("recount-order/v1", {"contest": "NA-1", "reason": "x", "stations": ["1"]}, names) for names in ((RO,), (COURT,))),
        *(("attestation/v1", {"contest": "NA-1", "says": "refused", "station": "2"}, names) for names in ((P1_AGENT,), (OBSERVER,))),
        ("station-record/v1", {**count("2", votes(1, 2, 3)), "source": "observer:fafen"}, (OBSERVER,)),
        ("key-revoke/v1", {"key": vkey(AUTHORITY[0]), "reason": "stolen"}, ("authority.example/3", AUTHORITY[1])),
        ("key-revoke/v1", {"key": vkey(COURT), "reason": "stolen"}, (COURT,)),
        ("key-replace/v1", {"new": vkey("new"), "old": vkey("observers.example"), "reason": "damaged"}, ("observers.example",)),
        ("key-replace/v1", {"new": vkey("new"), "old": vkey(OP1), "reason": "damaged"}, AUTHORITY),
    ],
)
def test_whoever_may_sign_can(type_: str, value: small.Value, signers: tuple[str, ...]) -> None:
    log = before("tabulation")
    log.add(type_, value, *signers)
    # and one authority key alone is never the authority
    if signers == AUTHORITY:
        again = before("tabulation")
        assert refusal(again, made(type_, value, AUTHORITY[0])) == "signer-missing"


# --- order of signatures, keys ------------------------------------------------------------------------------------------


def test_a_key_counts_up_to_and_including_the_entry_that_revokes_it() -> None:
    log = before("out")
    log.add("key-revoke/v1", {"key": vkey("p1.example"), "reason": "ended"}, "p1.example")
    agent = small.rostered("agent", "p1.example/6", "6")
    roster = {"by": "party:P1", "contest": "NA-1", "keys": [agent]}
    assert refusal(log, made("roster/v1", roster, "p1.example")) == "key-revoked"
    # agents that the party named before still count
    log.add("attestation/v1", {"contest": "NA-1", "says": "refused", "station": "1"}, P1_AGENT)


def test_a_false_signature_of_a_revoked_key_is_ignored() -> None:
    log = before("1")
    log.put(falsely(made("station-record/v1", count("1", votes(1, 2, 3)), OFFICER["1"]), P2_AGENT))


def test_states_of_a_key() -> None:
    roster = whole().ledger.book.roster
    old, new = (next(one for one in roster.states() if one.vkey.name == name) for name in (OFFICER["4"], "officer.example/4b"))
    assert (old.revoked, old.counts, new.counts) == (index_of("replace"), False, True)
    assert (new.replaces, new.is_replacement, old.is_replacement) == (str(old.vkey), True, False)
    assert (new.role, new.contest, new.stations, new.issuer) == (KeyRole.OFFICER, "NA-1", frozenset("4"), "authority")
    assert new.holder == old.holder == old.vkey.public
    assert (new.late, new.named) == (False, index_of("replace"))
    late = next(one for one in roster.states() if one.vkey.name == OFFICER["5"])
    assert late.late
    with pytest.raises(KeyStateError, match="revoked by entry"):
        old.revoke(99)
    with pytest.raises(KeyStateError, match="revoked by entry"):
        old.replacement(key("new").vkey, 99)
    with pytest.raises(dataclasses.FrozenInstanceError):
        new.late = True  # type: ignore[misc]


def test_issuers() -> None:
    issuers = {one.vkey.name: one.issuer for one in whole().ledger.book.roster.states()}
    assert issuers[AUTHORITY[0]] == issuers[RO] == issuers[OP1] == issuers[OFFICER["1"]] == "authority"
    assert issuers[P1_AGENT] == issuers["p1.example"] == "party:P1"
    assert issuers["observers.example/2"] == issuers["observers.example"] == "observers:fafen"
    assert issuers[COURT] == "court:tribunal"


def test_a_returning_officer_who_was_replaced_is_one_still() -> None:
    log = before("out")
    log.add("key-replace/v1", {"new": vkey("ro.example/2"), "old": vkey(RO), "reason": "damaged"}, *AUTHORITY)
    value = {"contest": "NA-1", "reason": "x", "stations": ["1"]}
    assert refusal(log, made("recount-order/v1", value, RO)) == "key-revoked"
    assert refusal(log, made("recount-order/v1", value, *AUTHORITY)) == "signer-missing"
    log.add("recount-order/v1", value, "ro.example/2")
    log.add("key-revoke/v1", {"key": vkey("ro.example/2"), "reason": "ended"}, *AUTHORITY)
    log.add("recount-order/v1", {**value, "reason": "y"}, *AUTHORITY)


# --- asking about signatures beforehand ---------------------------------------------------------------------------------


def test_signatures_can_be_asked_about_apart() -> None:
    entries = whole().entries
    keys = named_keys([b"junk", *entries], ORIGIN)
    assert {one.vkey.public for one in whole().ledger.book.roster.states()} == set(keys.values())
    true = {one for data in entries for one in true_marks(data, keys)}
    asked = []

    def ask(public: bytes, raw: bytes, message: bytes) -> bool:
        asked.append(public)
        return is_signed(public, raw, message)

    ledger, tree = Ledger(ORIGIN, KNOWN, verify=ask, already_true=true), small.Tree()
    for data in entries:
        ledger.accept(data, tree.root)
        tree.extend((data,))
    assert asked == []
    assert ledger.book.records == whole().ledger.book.records


def test_a_false_signature_has_no_mark_and_is_still_refused() -> None:
    log = before("1")
    keys = named_keys(log.entries, ORIGIN)
    good = whole().entries[log.size]
    bad = falsely(good, RO)
    true = {*true_marks(good, keys), *true_marks(bad, keys)}
    outcome = verify_log([*log.entries, bad], ORIGIN, KNOWN, already_true=true)
    assert [one.code for one in outcome.problems if one.index is not None] == ["signature-bad"]
    assert true_marks(b"junk", keys) == []


def test_a_mark_is_of_one_key_signature_and_text() -> None:
    one = mark(b"k" * 32, b"s" * 64, b"text")
    assert one not in (mark(b"K" * 32, b"s" * 64, b"text"), mark(b"k" * 32, b"S" * 64, b"text"), mark(b"k" * 32, b"s" * 64, b"texT"))


def test_the_message_says_what_and_how_to_mend_it() -> None:
    log = before("1")
    for data in (made("station-record/v1", count("9", {}), OFFICER["1"]), falsely(log.entries[1], RO)):
        with pytest.raises(Refused) as caught:
            log.ledger.check(data, log.tree.root)
        assert caught.value.hint
        assert "\nhint: " in str(caught.value)


def test_nothing_of_a_person_is_asked_for() -> None:
    names = json.dumps([list(value) for value in GOOD.values()])
    assert not any(word in names for word in ("phone", "cnic", "address", "officer_name", "thumb"))
