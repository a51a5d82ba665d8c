"""What a witness decides: every status of C2SP tlog-witness, each beside a neighbour that is accepted."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallyproof.errors import UsageError
from tallyproof.log import witness
from tallyproof.log.checkpoint import Checkpoint, cosign, cosignature_time, parse_note, sign, verify
from tallyproof.log.merkle import EMPTY_ROOT, MAX_SIZE
from tallyproof.log.policy import parse_policy
from tallyproof.log.witness import Cosigned, Refusal, Signed
from tallyproof.record.note import Algorithm, Note, Signature
from tallyproof_log.witness_client import request
from tests.support.histories import ORIGIN, History, cosigner, ed25519_key, histories, log_signer, mldsa_key

NOW = 1_800_000_000
LOGS = {ORIGIN: log_signer(both=True).vkeys, "other.example/log": (cosigner().vkeys[1],)}
(HISTORY, FORK) = histories(3)


@dataclass
class Memory:
    """A witness that remembers in a dictionary."""

    cosigned: dict[int, Cosigned]

    def ask(self, body: bytes, now: int = NOW) -> Refusal | tuple[Signature, ...]:
        parsed = witness.parse_request(body)
        if isinstance(parsed, Refusal):
            return parsed
        signed = witness.authenticate(parsed, LOGS)
        if isinstance(signed, Refusal):
            return signed
        latest = self.cosigned[max(self.cosigned)] if self.cosigned else None
        refusal = witness.decide(signed, latest, self.cosigned.get(signed.checkpoint.size))
        if refusal:
            return refusal
        state, made = cosigner().cosign(signed, latest, now)
        self.cosigned[state.checkpoint.size] = state
        return made


@pytest.fixture
def memory() -> Memory:
    return Memory({})


def status(found: Refusal | tuple[Signature, ...]) -> int:
    return found.status if isinstance(found, Refusal) else 200


def refused(found: object) -> Refusal:
    assert isinstance(found, Refusal)
    return found


def test_a_log_grows(memory: Memory) -> None:
    for old, size in ((0, 5), (5, 5), (5, 6), (6, 16), (16, 24)):
        made = memory.ask(HISTORY.ask(old, size))
        assert not isinstance(made, Refusal)
        for key, line in zip(cosigner().vkeys, made, strict=True):
            assert verify(HISTORY.checkpoint(size), key, line)
            assert cosignature_time(line) == NOW
    kept = memory.cosigned[24]
    assert [one.name for one in kept.note.signatures] == [ORIGIN, "witness.example/w1", "witness.example/w1"]
    assert parse_note(kept.note.to_bytes())[0] == HISTORY.checkpoint(24)


def test_the_example_of_c2sp_is_read() -> None:
    body = (
        "old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\njrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
        "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\n"
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
        "— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n"
    )
    read = witness.parse_request(body.encode())
    assert not isinstance(read, Refusal)
    assert (read.old, len(read.proof), read.checkpoint.size, len(read.note.signatures)) == (20_852_014, 4, 20_852_163, 2)
    assert refused(witness.authenticate(read, LOGS)).status == 404


GOOD = HISTORY.ask(5, 6)
LINE = base64.b64encode(bytes(32)) + b"\n"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n",
        b"old 5\n",
        b"old 5\n\n",
        GOOD.replace(b"old 5", b"old 05"),
        GOOD.replace(b"old 5", b"old +5"),
        GOOD.replace(b"old 5", b"old -5"),
        GOOD.replace(b"old 5", b"old  5"),
        GOOD.replace(b"old 5", b"old 5 "),
        GOOD.replace(b"old 5", b"Old 5"),
        GOOD.replace(b"old 5", b"old \xd9\xa5"),
        GOOD.replace(b"old 5", b"old 9007199254740992"),
        GOOD.replace(b"old 5", b"old " + b"9" * 5_000),
        GOOD.replace(b"old 5\n", b""),
        GOOD.replace(b"\n", b"\r\n"),
        GOOD.replace(b"old 5\n", b"old 5\n" + LINE[:-2] + b"\n"),
        GOOD.replace(b"old 5\n", b"old 5\n" + base64.b64encode(bytes(31)) + b"\n"),
        GOOD.replace(b"old 5\n", b"old 5\n" + base64.b64encode(bytes(33)) + b"\n"),
        GOOD.replace(b"old 5\n", b"old 5\n" + LINE[:-3] + b"B=\n"),
        GOOD.replace(b"old 5\n", b"old 5\n \n"),
        GOOD.replace(b"old 5\n", b"old 5\n" + "é".encode() + b"\n"),
        GOOD.replace(b"old 5\n", b"old 5\n" + LINE * 64),
        GOOD.replace(b"\n6\n", b"\n06\n"),
        GOOD.replace(b"\n6\n", b"\n6\n6\n"),
        GOOD[:-1],
        GOOD + b"\n",
        GOOD + b"x" * witness.MAX_REQUEST,
        GOOD[: GOOD.index(b"\xe2\x80\x94")],
    ],
)
def test_400_malformed(memory: Memory, body: bytes) -> None:
    memory.ask(HISTORY.ask(0, 5))
    assert refused(memory.ask(body)).status == 400
    assert status(memory.ask(GOOD)) == 200


def test_400_old_size_above_the_checkpoint(memory: Memory) -> None:
    memory.ask(HISTORY.ask(0, 6))
    assert refused(memory.ask(request(6, [], HISTORY.note(5)))).status == 400
    assert status(memory.ask(request(6, [], HISTORY.note(6)))) == 200


def test_63_lines_are_read(memory: Memory) -> None:
    memory.ask(HISTORY.ask(0, 5))
    assert refused(memory.ask(GOOD.replace(b"old 5\n", b"old 5\n" + LINE * 60))).status == 422


def test_404_an_unknown_log(memory: Memory) -> None:
    unknown = History(HISTORY.entries, log_signer("results.example/2028"))
    assert refused(memory.ask(unknown.ask(0, 5))).status == 404


def test_403_nobody_signed(memory: Memory) -> None:
    note = HISTORY.note(5)
    stranger = Signature(ORIGIN, b"abcd", bytes(64))
    for signatures in ((stranger,), (Signature("somebody.example", *_parts(note.signatures[0])),)):
        assert refused(memory.ask(request(0, [], Note(note.text, signatures)))).status == 403
    # A signature of an unknown key beside a true one is ignored, and not kept.
    assert status(memory.ask(request(0, [], Note(note.text, (stranger, *note.signatures))))) == 200
    assert stranger not in memory.cosigned[5].note.signatures


def _parts(one: Signature) -> tuple[bytes, bytes]:
    return one.key_id, one.raw


def test_403_a_false_signature(memory: Memory) -> None:
    checkpoint = HISTORY.checkpoint(5)
    note = HISTORY.note(5)
    post_quantum = cosign(checkpoint, ORIGIN, mldsa_key(2), NOW)
    false = Signature(ORIGIN, post_quantum.key_id, post_quantum.raw[:-1] + bytes([post_quantum.raw[-1] ^ 1]))
    elsewhere = sign(HISTORY.checkpoint(6), ed25519_key(1))
    assert refused(memory.ask(request(0, [], note.with_signatures(false)))).status == 403
    assert refused(memory.ask(request(0, [], Note(note.text, (elsewhere,))))).status == 403
    assert status(memory.ask(request(0, [], Note(note.text, (post_quantum,))))) == 200
    assert status(memory.ask(request(5, [], note.with_signatures(post_quantum)))) == 200


def test_403_comes_before_409_and_422(memory: Memory) -> None:
    memory.ask(HISTORY.ask(0, 5))
    for size in (5, 6, 24):
        assert refused(memory.ask(request(1, [], Note(FORK.note(size).text, HISTORY.note(1).signatures)))).status == 403


@pytest.mark.parametrize("old", [0, 1, 4, 6])
def test_409_another_size(memory: Memory, old: int) -> None:
    memory.ask(HISTORY.ask(0, 5))
    found = refused(memory.ask(HISTORY.ask(old, 7)))
    assert (found.status, found.body, found.media_type) == (409, "5\n", "text/x.tlog.size")
    assert found.suspicion is None
    assert status(memory.ask(HISTORY.ask(5, 7))) == 200


def test_409_before_anything_was_cosigned(memory: Memory) -> None:
    assert refused(memory.ask(HISTORY.ask(1, 5))).body == "0\n"


def test_422_no_proof_and_wrong_proofs(memory: Memory) -> None:
    memory.ask(HISTORY.ask(0, 5))
    true = HISTORY.proof(5, 9)
    for proof in ([], true[:-1], [*true, bytes(32)], true[::-1], [bytes(32)] * len(true), FORK.proof(5, 9)):
        found = refused(memory.ask(request(5, proof, HISTORY.note(9))))
        assert found.status == 422
        assert found.suspicion
        assert found.suspicion.kind == "unproven"
    assert status(memory.ask(request(5, true, HISTORY.note(9)))) == 200


@pytest.mark.parametrize(("old", "size"), [(0, 5), (5, 5)])
def test_422_a_proof_where_none_may_be(memory: Memory, old: int, size: int) -> None:
    if old:
        memory.ask(HISTORY.ask(0, old))
    assert refused(memory.ask(request(old, [bytes(32)], HISTORY.note(size)))).status == 422
    assert status(memory.ask(request(old, [], HISTORY.note(size)))) == 200


def test_422_the_empty_tree(memory: Memory) -> None:
    odd = log_signer().sign(Checkpoint(ORIGIN, 0, bytes(32)), NOW)
    found = refused(memory.ask(request(0, [], odd)))
    assert found.status == 422
    assert found.suspicion
    assert status(memory.ask(request(0, [], log_signer().sign(Checkpoint(ORIGIN, 0, EMPTY_ROOT), NOW)))) == 200
    assert status(memory.ask(request(0, [], odd))) == 422
    assert status(memory.ask(HISTORY.ask(0, 5))) == 200


def test_422_a_fork_is_evidence(memory: Memory) -> None:
    memory.ask(HISTORY.ask(0, 5))
    memory.ask(HISTORY.ask(5, 9))
    for old, size, expected in ((9, 9, 422), (5, 9, 409), (0, 5, 409), (5, 5, 409)):
        found = refused(memory.ask(request(old, [], FORK.note(size))))
        assert found.status == expected
        assert found.suspicion
        assert found.suspicion.kind == "fork"
        assert found.suspicion.note == FORK.note(size)
    # A size that was never cosigned shows nothing, and neither does an old checkpoint of the same history.
    for history, size in ((FORK, 7), (HISTORY, 5), (HISTORY, 7)):
        assert refused(memory.ask(request(0, [], history.note(size)))).suspicion is None


def test_a_clock_that_was_set_back(memory: Memory) -> None:
    for old, size, now, told in ((0, 5, NOW, NOW), (5, 6, NOW - 900, NOW), (6, 7, 0, NOW), (7, 8, NOW + 1, NOW + 1)):
        made = memory.ask(HISTORY.ask(old, size), now)
        assert not isinstance(made, Refusal)
        assert [cosignature_time(one) for one in made] == [told, told]


def test_the_time_is_never_left_out(memory: Memory) -> None:
    made = memory.ask(HISTORY.ask(0, 5), 0)
    assert not isinstance(made, Refusal)
    assert [cosignature_time(one) for one in made] == [1, 1]


def test_a_witness_has_a_key_of_each_kind_at_most() -> None:
    for keys in ((), (ed25519_key(1), ed25519_key(2)), (mldsa_key(1), mldsa_key(1))):
        with pytest.raises(UsageError):
            witness.Cosigner("witness.example", keys)
    one = witness.Cosigner("witness.example", (mldsa_key(5),))
    assert [key.algorithm for key in one.vkeys] == [Algorithm.COSIGNATURE_MLDSA44]
    assert "keys" not in repr(one)


def test_logs_of_a_policy() -> None:
    both = log_signer(both=True)
    lines = "".join(f"log {key}\n" for key in both.vkeys) + f"witness w {cosigner().vkeys[0]}\nquorum w\n"
    assert witness.logs_of(parse_policy(lines.encode())) == {ORIGIN: both.vkeys}


@given(st.binary(max_size=300) | st.sampled_from([GOOD]).flatmap(lambda body: st.builds(_changed, st.just(body), st.data())))
def test_anything_may_come(body: bytes) -> None:
    memory = Memory({})
    memory.ask(HISTORY.ask(0, 5))
    found = memory.ask(body)
    assert status(found) in (400, 403, 404, 409, 422) or body == GOOD


def _changed(body: bytes, data: st.DataObject) -> bytes:
    at = data.draw(st.integers(0, len(body) - 1))
    more = data.draw(st.sampled_from([b"", b"\n", b" ", b"0", b"9", b"\x00", b"\xff", b"="]))
    return body[:at] + more + body[at + data.draw(st.integers(0, 2)) :]


def test_sizes_at_the_limit() -> None:
    huge = Checkpoint(ORIGIN, MAX_SIZE, bytes(32))
    signed = Signed(_parsed(request(MAX_SIZE, [], log_signer().sign(huge, NOW))), ())
    latest = Cosigned(huge, Note(huge.text, ()), NOW)
    assert witness.decide(signed, latest, latest) is None


def _parsed(body: bytes) -> witness.Request:
    found = witness.parse_request(body)
    assert not isinstance(found, Refusal)
    return found
