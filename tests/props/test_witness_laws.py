"""However requests come, a witness never cosigns two trees of which one does not begin with the other."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tallyproof.log.checkpoint import Checkpoint, cosignature_time, parse_note, verify
from tallyproof.log.merkle import verify_consistency
from tallyproof.log.witness import Refusal, authenticate, parse_request
from tallyproof_log.witness_client import request
from tallyproof_log.witness_store import WitnessStore
from tests.support.histories import ORIGIN, History, cosigner, histories, log_signer

LOGS = {ORIGIN: log_signer().vkeys}
HISTORIES = histories(1, 5, 8, 16, size=20)
SIZES = st.integers(0, 20)
WHICH = st.sampled_from(HISTORIES)
MEMORY = Path("/dev/shm")


class Witness(RuleBasedStateMachine):
    """A log that signs five histories, and a witness that is asked in every order, restarted, and whose clock jumps."""

    @initialize()
    def start(self) -> None:
        # In memory where there is such a folder: what is tested is the order of things, and each commit waits for the disk.
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self.path = Path(self.folder.name) / "witness.db"
        self.store = WitnessStore(self.path, cosigner(), create=True)
        self.cosigned: list[tuple[History, Checkpoint]] = []
        self.now = 1_800_000_000
        self.told: list[int] = []

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    def ask(self, body: bytes, history: History) -> Refusal | None:
        parsed = parse_request(body)
        assert not isinstance(parsed, Refusal)
        signed = authenticate(parsed, LOGS)
        assert not isinstance(signed, Refusal)
        done = self.store.add_checkpoint(signed, self.now)
        if isinstance(done, Refusal):
            return done
        for key, line in zip(cosigner().vkeys, done, strict=True):
            assert verify(signed.checkpoint, key, line)
        self.cosigned.append((history, signed.checkpoint))
        self.told.append(cosignature_time(done[0]) or 0)
        return None

    @property
    def size(self) -> int:
        return self.cosigned[-1][1].size if self.cosigned else 0

    @rule(history=WHICH, old=SIZES, size=SIZES, proof_of=WHICH)
    def anything(self, history: History, old: int, size: int, proof_of: History) -> None:
        self.ask(request(old, proof_of.proof(old, size), history.note(size)), history)

    @rule(history=WHICH, size=SIZES, proof_of=WHICH, cut=st.integers(0, 3))
    def with_the_right_old_size(self, history: History, size: int, proof_of: History, cut: int) -> None:
        proof = proof_of.proof(self.size, size)
        self.ask(request(self.size, proof[: max(0, len(proof) - cut)], history.note(size)), history)

    @rule(history=WHICH, size=SIZES)
    def honestly(self, history: History, size: int) -> None:
        before, size = self.size, max(size, self.size)
        refusal = self.ask(history.ask(before, size), history)
        mine = self.cosigned[-1][0] if self.cosigned else history
        # A witness that refuses everything would be safe too.
        if history is mine or before == 0 or history.tree.root(before) == mine.tree.root(before):
            assert refusal is None
        else:
            assert refusal is not None
            assert refusal.status == 422

    @rule(history=WHICH, size=SIZES)
    def a_fork_is_kept(self, history: History, size: int) -> None:
        earlier = {checkpoint.size: checkpoint for _, checkpoint in self.cosigned}
        refusal = self.ask(history.ask(0, size), history)
        forked = size in earlier and earlier[size].root != history.tree.root(size)
        kept = {one.note for one in self.store.evidence() if one.kind == "fork"}
        assert (history.note(size).to_bytes() in kept) or not forked
        assert not forked or refusal is not None

    @rule(seconds=st.integers(-1_000_000, 1_000_000))
    def the_clock_jumps(self, seconds: int) -> None:
        self.now += seconds

    @rule()
    def it_restarts(self) -> None:
        self.store.close()
        self.store = WitnessStore(self.path, cosigner(), create=True)

    @invariant()
    def every_cosigned_tree_continues_the_one_before(self) -> None:
        for (_, first), (history, second) in zip(self.cosigned, self.cosigned[1:], strict=False):
            assert first.size <= second.size
            if first.size:
                assert verify_consistency(first.size, second.size, history.proof(first.size, second.size), first.root, second.root)

    @invariant()
    def time_does_not_run_back(self) -> None:
        assert self.told == sorted(self.told)

    @invariant()
    def it_serves_what_it_cosigned_last(self) -> None:
        latest = self.store.latest(ORIGIN)
        assert (latest.checkpoint if latest else None) == (self.cosigned[-1][1] if self.cosigned else None)

    @invariant()
    def forks_are_proofs(self) -> None:
        for one in self.store.evidence():
            if one.kind == "fork":
                assert one.cosigned
                mine, other = parse_note(one.cosigned)[0], parse_note(one.note)[0]
                assert mine.size == other.size
                assert mine.root != other.root


TestWitness = Witness.TestCase
TestWitness.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
