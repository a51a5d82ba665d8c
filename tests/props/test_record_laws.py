"""Laws of entries: one spelling, no byte that can be changed, no order of signatures, nothing by a second copy; the life of keys."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, precondition, rule

from tallyproof.compare.logged import verify_log
from tallyproof.record import canon
from tallyproof.record.canon import CanonError
from tallyproof.record.entry import Refused, parse_entry
from tallyproof.record.qr import QrError, base45_decode, base45_encode, dictionaries, dictionary, from_letters, to_letters
from tallyproof.record.signing import signed
from tests.support import entry_logs as small
from tests.support.entry_cases import index_of, whole
from tests.support.entry_logs import AUTHORITY, OFFICER, ORIGIN, P2_AGENT, RO, Writer, count, made, rostered, votes
from tests.support.entry_values import key, vkey

# --- one spelling -------------------------------------------------------------------------------------------------------

_NAMES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=6)
_TEXTS = st.text(max_size=6).filter(lambda text: unicodedata.is_normalized("NFC", text) and not canon._FORBIDDEN.search(text))
_NUMBERS = st.integers(0, canon.MAX_INTEGER)
_VALUES = st.recursive(
    _NUMBERS | _TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3), max_leaves=8
)


def depth(value: Any) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inside is None else 1 + max(map(depth, inside), default=0)


JSON = st.dictionaries(_NAMES, _VALUES, max_size=4).filter(lambda value: depth(value) <= canon.MAX_DEPTH)


@given(JSON)
def test_reading_undoes_writing(value: dict[str, Any]) -> None:
    assert canon.loads(canon.dumps(value)) == value


@given(JSON, JSON)
def test_two_values_are_written_in_two_ways(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (canon.dumps(one) == canon.dumps(other)) == (one == other)


_LINES = st.text(st.sampled_from(list('{}[]:,"\\ue0123456789-. abAé\u0301\n')), max_size=24)
_SPELLINGS = st.builds(
    lambda value, **how: json.dumps(value, **how),
    JSON,
    ensure_ascii=st.booleans(),
    sort_keys=st.booleans(),
    separators=st.sampled_from([(",", ":"), (", ", ": "), (",", ": ")]),
)


@given(_LINES | _SPELLINGS)
def test_a_line_is_the_one_spelling_or_refused(line: str) -> None:
    try:
        value = canon.loads(line)
    except CanonError:
        return
    assert canon.dumps(value) == line


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3) | st.binary(max_size=3), st.lists, max_leaves=4
    )
)
def test_what_is_no_value_is_not_written(value: Any) -> None:
    try:
        line = canon.dumps({"a": value})
    except CanonError:
        return
    assert canon.loads(line) == {"a": value}


# --- bytes --------------------------------------------------------------------------------------------------------------

_CUTS = {size: whole().cut(size) for size in range(0, whole().size, 3)}
_PLACES = st.sampled_from(sorted(_CUTS)).flatmap(
    lambda size: st.tuples(st.just(size), st.integers(0, len(whole().entries[size]) - 1), st.integers(1, 255))
)


@settings(max_examples=300)
@given(_PLACES)
def test_no_byte_of_an_entry_can_be_changed(where: tuple[int, int, int]) -> None:
    size, place, change = where
    log, data = _CUTS[size], whole().entries[size]
    true = log.ledger.check(data, log.tree.root)
    changed = data[:place] + bytes([data[place] ^ change]) + data[place + 1 :]
    try:
        step = log.ledger.check(changed, log.tree.root)
    except Refused:
        return
    # what is left are changes in signature lines that were not needed: the text is the same, and nobody signed it who had not
    assert step.entry.record_id == true.entry.record_id
    assert changed.startswith(true.entry.text.encode())
    assert set(step.signers) < set(true.signers) or step.signers == true.signers


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_bytes_are_an_entry_or_refused(data: bytes) -> None:
    log = _CUTS[0]
    outcome = verify_log([data], ORIGIN)
    assert [one.index for one in outcome.problems] == [0]
    with pytest.raises(Refused):
        log.ledger.check(data, log.tree.root)


_ODD = st.one_of(
    st.sampled_from(
        [*whole().ids.values(), "0" * 64, "1", "7", "NA-1", "PS-1", "ali", "officer", "agent:P1", "count", "repoll", "disagree", ""]
    ),
    st.sampled_from([vkey(OFFICER["1"]), vkey(OFFICER["4"]), vkey(P2_AGENT), vkey("new"), vkey(AUTHORITY[0])]),
    st.integers(0, 50),
    st.lists(st.sampled_from(["1", "2", "9", "ali"]), max_size=3),
    st.dictionaries(st.sampled_from(["1", "ali", "bano", "valid"]), st.integers(0, 9) | st.just("blank"), max_size=3),
)
_EVERYBODY = [one.vkey.name for one in whole().ledger.book.roster.states()]


@settings(max_examples=200)
@given(st.sampled_from(sorted(_CUTS)), st.integers(0, whole().size - 1), st.data())
def test_whatever_is_signed_is_taken_or_refused(size: int, index: int, data: st.DataObject) -> None:
    """Values that are nearly right, signed by everybody: the rules meet what no honest program writes."""
    entry = parse_entry(whole().entries[index], ORIGIN)
    value = dict(entry.value)
    for field in data.draw(st.lists(st.sampled_from(sorted({*value, "supersedes", "order", "winners", "stations"})), max_size=2)):
        if data.draw(st.booleans()):
            value[field] = data.draw(_ODD)
        else:
            value.pop(field, None)
    text = f"{ORIGIN}\n{entry.type}\n{canon.dumps(value)}\n"
    log = _CUTS[size]
    try:
        step = log.ledger.check(signed(text, *map(key, _EVERYBODY)), log.tree.root)
    except Refused:
        return
    assert (step.index, step.entry.value) == (size, value)


@given(st.integers(0, whole().size - 1), st.randoms(use_true_random=False))
def test_the_order_of_signatures_does_not_matter(index: int, random: Any) -> None:
    log = whole().cut(index)
    data = whole().entries[index]
    text, _, lines = data.decode().rpartition("\n\n")
    shuffled = lines[:-1].split("\n")
    random.shuffle(shuffled)
    one = log.ledger.check(data, log.tree.root)
    other = log.ledger.check(f"{text}\n\n{chr(10).join(shuffled)}\n".encode(), log.tree.root)
    assert set(one.signers) == set(other.signers)
    assert (one.entry.record_id, one.entry.value, one.keys) == (other.entry.record_id, other.entry.value, other.keys)


_FIRST = index_of("freeze") + 2
_LAST = index_of("tabulation")


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, _LAST - 1), st.integers(_FIRST, _LAST)), max_size=5))
def test_a_second_copy_changes_nothing(copies: list[tuple[int, int]]) -> None:
    """Entries ``which`` come again before ``where``; after the freeze no entry up to _LAST names a size, so that indexes may move."""
    log: list[bytes] = []
    for index, data in enumerate(whole().entries[:_LAST]):
        log += [whole().entries[which] for which, where in copies if where == index and which < index]
        log.append(data)
    plain, twice = verify_log(whole().entries[:_LAST], ORIGIN), verify_log(log, ORIGIN)
    assert [one.code for one in twice.problems] == [one.code for one in plain.problems]
    figures = [(one.record, one.source, one.act, one.version, one.votes) for one in plain.book.records.values()]
    assert [(one.record, one.source, one.act, one.version, one.votes) for one in twice.book.records.values()] == figures
    signers = {name: {key.vkey for key in text.signers} for name, text in plain.book.texts.items()}
    assert {name: {key.vkey for key in text.signers} for name, text in twice.book.texts.items()} == signers


# --- QR -----------------------------------------------------------------------------------------------------------------

_NA1 = dictionary(ORIGIN, whole().ledger.book.contests["NA-1"])
_KNOWN = dictionaries(ORIGIN, whole().ledger.book.contests.values())
_LETTERS = to_letters(parse_entry(whole().entries[index_of("1")], ORIGIN), _NA1)


@given(st.binary(max_size=60))
def test_base45_both_ways(data: bytes) -> None:
    assert base45_decode(base45_encode(data)) == data


@given(st.text(st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:a\n"), max_size=12))
def test_base45_has_one_spelling(text: str) -> None:
    try:
        data = base45_decode(text)
    except QrError:
        return
    assert base45_encode(data) == text


@given(st.integers(0, len(_LETTERS) - 1), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"))
def test_a_changed_letter_is_seen(place: int, letter: str) -> None:
    """Unless it changes a signature or a key id alone, which the keys tell, the text is another one or cannot be read."""
    changed = _LETTERS[:place] + letter + _LETTERS[place + 1 :]
    true = from_letters(_LETTERS, ORIGIN, _KNOWN)
    try:
        scanned = from_letters(changed, ORIGIN, _KNOWN)
    except QrError:
        return
    same = (scanned.entry.text, scanned.signatures) == (true.entry.text, true.signatures)
    assert same == (changed == _LETTERS) or scanned.entry.text == true.entry.text


@given(st.dictionaries(st.sampled_from(["ali", "bano", "chand"]), st.integers(0, 999_999_999) | st.sampled_from(["blank", "illegible"])))
def test_a_record_comes_back_from_its_code(figures: dict[str, Any]) -> None:
    entry = parse_entry(made("station-record/v1", count("1", figures), "a", "b"), ORIGIN)
    scanned = from_letters(to_letters(entry, _NA1), ORIGIN, _KNOWN)
    assert (scanned.entry.text, scanned.entry.record_id) == (entry.text, entry.record_id)
    assert scanned.signatures == tuple((one.key_id, one.raw) for one in entry.note.signatures)


# --- the life of keys ---------------------------------------------------------------------------------------------------


class Keys(RuleBasedStateMachine):
    """A log in which keys are named, revoked and replaced, and sign; beside it a plain table of what each may do."""

    keys = Bundle("keys")

    def __init__(self) -> None:
        super().__init__()
        self.log = Writer()
        self.table: dict[str, dict[str, Any]] = {}
        self.made = 0
        self.frozen = False
        self.late = 0

    @initialize()
    def begin(self) -> None:
        for data in whole().entries[:6]:
            self.log.put(data)

    def _new(self, **state: Any) -> str:
        self.made += 1
        name = f"key.example/{self.made}"
        self.table[name] = {"revoked": False, **state}
        return name

    def _expect(self, code: str | None, type_: str, value: dict[str, Any], *names: str) -> None:
        data = made(type_, value, *names)
        if parse_entry(data, ORIGIN).record_id in self.log.ledger.book.texts:
            code = None  # a copy does nothing, whoever signs it
        if code is None:
            self.log.put(data)
            return
        before = (self.log.ledger.size, len(self.log.ledger.book.texts), len(self.log.ledger.book.roster))
        with pytest.raises(Refused) as caught:
            self.log.put(data)
        assert caught.value.code == code
        assert before == (self.log.ledger.size, len(self.log.ledger.book.texts), len(self.log.ledger.book.roster))

    @rule(target=keys, station=st.sampled_from("123"), party=st.sampled_from([None, "P1", "P2"]))
    def name_one(self, station: str, party: str | None) -> str:
        name = self._new(station=station, party=party, late=self.frozen)
        role, by, signers = (
            ("officer", "authority", AUTHORITY) if party is None else ("agent", f"party:{party}", (f"{party.lower()}.example",))
        )
        value = {"by": by, "contest": "NA-1", "keys": [rostered(role, name, station)]}
        self._expect("signer-missing", "roster/v1", value, *(AUTHORITY if party else ("p1.example",)))
        self._expect(None, "roster/v1", value, *signers)
        return name

    def _issuer(self, name: str) -> tuple[str, ...]:
        party = self.table[name]["party"]
        return AUTHORITY if party is None else (f"{party.lower()}.example",)

    @rule(name=keys, by_issuer=st.booleans())
    def revoke(self, name: str, by_issuer: bool) -> None:
        others = ("p1.example",) if self.table[name]["party"] is None else AUTHORITY
        code = "key-twice" if self.table[name]["revoked"] else None if by_issuer else "signer-missing"
        self._expect(code, "key-revoke/v1", {"key": vkey(name), "reason": "lost"}, *(self._issuer(name) if by_issuer else others))
        self.table[name]["revoked"] |= by_issuer

    @rule(target=keys, name=consumes(keys))
    def replace(self, name: str) -> str:
        state = self.table[name]
        new = self._new(station=state["station"], party=state["party"], late=state["late"])
        value = {"new": vkey(new), "old": vkey(name), "reason": "damaged"}
        self._expect("key-twice" if state["revoked"] else None, "key-replace/v1", value, *self._issuer(name))
        if state["revoked"]:
            del self.table[new]
            return name
        state["revoked"] = True
        return new

    @rule(name=keys, known=st.booleans())
    def name_again(self, name: str, known: bool) -> None:
        value = {"by": "authority", "contest": "NA-1", "keys": [rostered("officer", name, "1"), rostered("officer", f"x{known}", "2")]}
        self._expect("key-twice", "roster/v1", value, *AUTHORITY)

    @rule(name=keys, station=st.sampled_from("123"))
    def sign(self, name: str, station: str) -> None:
        state = self.table[name]
        self.made += 1
        source = "officer" if state["party"] is None else f"agent:{state['party']}"
        value = {**count(station, votes(self.made, 0, 0)), "source": source}
        there = state["station"] == station
        code = "signer-missing" if not there else "key-revoked" if state["revoked"] else None
        self.late += code is None and state["late"]
        self._expect(code, "station-record/v1", value, name)

    @precondition(lambda self: not self.frozen)
    @rule()
    def freeze(self) -> None:
        self._expect(None, "roster-freeze/v1", self.log.prefix(), *AUTHORITY)
        self.frozen = True

    @invariant()
    def the_roster_says_what_the_table_says(self) -> None:
        states = {one.vkey.name: one for one in self.log.ledger.book.roster.states()}
        for name, told in self.table.items():
            one = states[name]
            assert one.is_at("NA-1", told["station"])
            assert (one.counts, one.late, one.stations) == (not told["revoked"], told["late"], frozenset({told["station"]}))
        assert sum(one.code == "key-late" for one in self.log.ledger.book.remarks) == self.late


TestKeys = Keys.TestCase
TestKeys.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


# --- declarations -------------------------------------------------------------------------------------------------------

_RULES = small.RULES
_FIGURES = st.integers(0, 3) | st.just("blank")
_COPIES = st.lists(
    st.tuples(st.sampled_from("1234"), st.sampled_from(["officer", "commission"]), st.tuples(_FIGURES, _FIGURES, _FIGURES)), max_size=6
)


def _declared(book: Any, size: int, moved: list[tuple[str, str, int]]) -> tuple[dict[str, Any], set[str]]:
    """What a declaration of NA-1 has to say, by plain counting over accepted records; a disputed station by its greatest record.

    And the candidates with an unread figure: of them more than the sum may be declared.
    """
    stations = {one: [] for one in book.stations["NA-1"]}
    for record in book.records.values():
        if record.made < size and record.contest == "NA-1":
            stations[record.station].append(record)
    gone_out = set[str]()
    for type_, station, index in moved:
        if index < size:
            (gone_out.add if type_ == "exclusion/v1" else gone_out.discard)(station)
    out = sorted(gone_out)
    totals, missing, disputed = [0, 0, 0], [], {}
    names, unread = ("ali", "bano", "chand"), set()
    for station, records in stations.items():
        gone = {(one.act, one.version) for record in records for one in records if one.record == record.supersedes}
        standing = [one for one in records if (one.act, one.version) not in gone and any(figure != "blank" for figure in one.votes)]
        if station in out:
            continue
        if not standing:
            missing.append(station)
            continue
        seen = [{one.votes[place] for one in standing} - {"blank"} for place in range(3)]
        figures = [max(column, default="blank") for column in seen]
        if any(len(column) > 1 for column in seen) or len({(one.act, one.version) for one in standing}) > 1:
            chosen = max(standing, key=lambda one: one.record)
            disputed[station] = chosen.record
            figures = list(chosen.votes)
        unread |= {name for name, figure in zip(names, figures, strict=True) if figure == "blank"}
        totals = [have + (0 if more == "blank" else more) for have, more in zip(totals, figures, strict=True)]
    return {"disputed": disputed, "excluded": out, "missing": missing, "totals": dict(zip(names, totals, strict=True))}, unread


@settings(max_examples=40)
@given(
    _COPIES,
    st.lists(st.tuples(st.sampled_from(["exclusion/v1", "inclusion/v1"]), st.sampled_from("1234")), max_size=5),
    st.integers(0, 8),
    st.data(),
)
def test_a_declaration_is_judged_by_its_own_prefix(copies: list[Any], moves: list[tuple[str, str]], back: int, data: st.DataObject) -> None:
    log = whole().cut(index_of("late"))
    for number, (station, source, figures) in enumerate(copies):
        signers = AUTHORITY if source == "commission" else (small.OFFICER[station],)
        known = [one for one in log.ledger.book.records.values() if one.station == station]
        value = {**count(station, votes(*figures)), "source": source, "serial": str(number)}
        if known and number % 2:
            value |= {"act": "repoll", "supersedes": known[-1].record}
        log.add("station-record/v1", value, *signers)
    moved = []
    for type_, station in moves:
        moved.append((type_, station, log.size))
        log.add(type_, {"contest": "NA-1", "ground": f"at {log.size}", "station": station}, *AUTHORITY)
    size = log.size - min(back, log.size - 6)
    declared, unread = _declared(log.ledger.book, size, moved)
    right = {"contest": "NA-1", "rules": _RULES, **log.prefix(size), **declared}
    log.add("tabulation/v1", right, RO)
    totals: dict[str, int] = dict(right["totals"])
    changed = data.draw(st.sampled_from(sorted(totals)))
    log.add("tabulation/v1", {**right, "totals": {**totals, changed: totals[changed] + 1}}, RO)
    more = [("declaration-totals", log.size - 1)] if changed not in unread else []
    log.add("tabulation/v1", {**right, "totals": {**totals, changed: max(0, totals[changed] - 1)}}, RO)
    less = [("declaration-totals", log.size - 1)] if totals[changed] else []
    said = [(one.code, one.index) for one in verify_log(log.entries, ORIGIN).problems if one.code.startswith("declaration")]
    assert said == more + less
