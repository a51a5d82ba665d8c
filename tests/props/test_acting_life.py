"""Anybody tries anything, in any order: what the core allows is in order for every reader, and what it refuses leaves no trace."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tallyproof.acts import case as cases
from tallyproof.acts import declare as declaring
from tallyproof.acts import seat as seats
from tallyproof.acts.log import Act, Log
from tallyproof.cases.case import OrderKind, Word
from tallyproof.cases.replay import replay as replay_cases
from tallyproof.compare.logged import verify_log
from tallyproof.errors import TallyproofError
from tallyproof.record.note import parse_vkey
from tallyproof.record.signing import signed
from tallyproof.seats.replay import HELD_TWICE
from tallyproof.seats.replay import replay as replay_seats
from tallyproof.seats.seat import Status
from tests.support.acting_story import BASE, NAMES
from tests.support.entry_values import key, vkey

WHO = st.sampled_from(["authority", "court", "high", "p1", "p2", "observers", "ro1", "officer"])
CANDIDATE = st.sampled_from([None, "ali", "bano"])
STATIONS = st.sampled_from([(), ("1",), ("2",), ("1", "2")])


class Life(RuleBasedStateMachine):
    """One log, one contest, one complaint at a time; time passes by a day with each try."""

    @initialize()
    def begin(self) -> None:
        self.log = Log(BASE.origin, tuple(map(parse_vkey, BASE.known))).read(BASE.entries)
        self.entries = list(BASE.entries)
        self.orders: list[str] = []
        self.complaint = ""
        self.day = 0

    def _when(self, days: int = 0) -> str:
        day = self.day + days
        return f"2027-{3 + day // 28:02}-{1 + day % 28:02}T00:00:00Z"

    def _try(self, who: tuple[str, ...], verb: Any, **fields: Any) -> Act | None:
        self.day += 1
        before = (self.log.size, self.log.root(), len(self.log.book.texts))
        try:
            act: Act = verb(self.log, by=[parse_vkey(vkey(NAMES[one])) for one in who], **fields)
        except TallyproofError as error:
            assert error.hint  # noqa: PT017
            assert (self.log.size, self.log.root(), len(self.log.book.texts)) == before
            return None
        data = signed(act.text, *(key(NAMES[one]) for one in who))
        self.log.accept(data)
        self.entries.append(data)
        return act

    @rule(who=WHO, stations=STATIONS, grounded=st.booleans())
    def file(self, who: str, stations: tuple[str, ...], grounded: bool) -> None:
        more = {"grounds": ["count-faulty"], "evidence": [BASE.ids["record 1"]]} if grounded else {}
        act = self._try(
            (who,),
            cases.file,
            contest="NA-1",
            number=f"C {self.log.size}",
            summary="x",
            when=self._when(),
            stations=stations,
            respondents=["party:P2"],
            **more,
        )
        self.complaint = act.record_id if act else self.complaint

    @rule(who=WHO, word=st.sampled_from([one for one in Word if one is not Word.ORDER]))
    def step(self, who: str, word: Word) -> None:
        if self.complaint:
            due = self._when(3) if word is Word.NOTICE else ""
            act = self._try((who,), cases.step, complaint=self.complaint, word=str(word), summary="x", when=self._when(), due=due)
            if act and word is Word.STAY:
                self.orders.append(act.record_id)

    @rule(who=st.sampled_from(["court", "high"]), kind=st.sampled_from(list(OrderKind)), stations=STATIONS, candidate=CANDIDATE)
    def order(self, who: str, kind: OrderKind, stations: tuple[str, ...], candidate: str | None) -> None:
        if self.complaint:
            act = self._try(
                (who,),
                cases.order,
                complaint=self.complaint,
                kind=str(kind),
                summary="x",
                when=self._when(),
                stations=stations,
                candidate=candidate,
            )
            self.orders += [act.record_id] if act else []

    @rule(who=WHO, station=st.sampled_from("12"), out=st.booleans(), at=st.integers(0, 5))
    def carry_out(self, who: str, station: str, out: bool, at: int) -> None:
        order = self.orders[at % len(self.orders)] if self.orders else None
        self._try((who,), cases.exclude if out else cases.include, contest="NA-1", station=station, ground="x", order=order)

    @rule(status=st.sampled_from(list(Status)), who=st.sampled_from(["authority", "court"]), holder=CANDIDATE, at=st.integers(0, 5))
    def seat(self, status: Status, who: str, holder: str | None, at: int) -> None:
        ground = self.orders[at % len(self.orders)] if self.orders else None
        self._try((who,), seats.status, contest="NA-1", status=str(status), when=self._when(), holder=holder, ground=ground)

    @rule(stage=st.sampled_from(["provisional", "final"]), second=st.sampled_from(["ro2", "authority", "court"]))
    def declare(self, stage: str, second: str) -> None:
        def verb(log: Log, **fields: Any) -> Act:
            return declaring.produce(log, prepared=declaring.prepare(log, contest="NA-1"), stage=stage, reason="x", **fields)

        act = self._try(("ro1", second), verb)
        assert act is None or second != "court"

    @invariant()
    def nothing_moved_out_of_order(self) -> None:
        if hasattr(self, "log"):
            notices = (*replay_cases(self.log.book).notices, *replay_seats(self.log.book).notices)
            assert [one for one in notices if one.code != HELD_TWICE] == []

    def teardown(self) -> None:
        if hasattr(self, "log"):
            read = verify_log(self.entries, BASE.origin, tuple(map(parse_vkey, BASE.known)))
            assert read.is_in_order, read.problems
            assert read.root == self.log.root()


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
