"""Checkpoints, their signatures, policies, and what a policy makes of a checkpoint."""

from __future__ import annotations

import base64
import contextlib
import struct

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from hypothesis import given
from hypothesis import strategies as st

from tallyproof.log.checkpoint import (
    MAX_TIME,
    Checkpoint,
    CheckpointError,
    cosign,
    cosignature_time,
    parse_note,
    parse_text,
    sign,
    verify,
    vkey_of,
)
from tallyproof.log.policy import PolicyError, judge, parse_authority, parse_policy
from tallyproof.record.ed25519 import L
from tallyproof.record.note import Algorithm, Note, Signature, Vkey, parse
from tests.support.logs import BOTH, ORIGIN, SIGNER, TIME, ed_key, policy_of, policy_text, pq_key, signed

ROOT = bytes(range(32))
CHECKPOINT = Checkpoint(ORIGIN, 7, ROOT)

# The example of c2sp.org/tlog-cosignature.
EXAMPLE = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""


def test_the_example_of_the_specification() -> None:
    checkpoint, note = parse_note(EXAMPLE.encode())
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert base64.b64encode(checkpoint.root) == b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
    assert note.to_bytes() == EXAMPLE.encode()
    assert [len(one.raw) for one in note.signatures] == [64, 8 + 64]
    assert cosignature_time(note.signatures[1]) == 1_679_315_147


@given(st.integers(0, 2**53 - 1), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_is_its_three_lines(size: int, root: bytes) -> None:
    checkpoint = Checkpoint(ORIGIN, size, root)
    assert parse_text(checkpoint.text) == checkpoint
    assert checkpoint.text.count("\n") == 3


GOOD_ROOT = base64.b64encode(ROOT).decode()


NO_CHECKPOINTS = [
    *("", "\n", "a\n1\n", f"a\n1\n{GOOD_ROOT}", f"a\n1\n{GOOD_ROOT}\nmore\n", f"a\n1\n{GOOD_ROOT}\n\n", f"\n1\n{GOOD_ROOT}\n"),
    *(f"a\n{size}\n{GOOD_ROOT}\n" for size in ("01", "+1", "-1", "1_0", " 1", "1 ", "", "1.0", "1e3", "0x1", "١", "٠", str(2**53))),
    *(f"a\n{size}\n{GOOD_ROOT}\n" for size in ("9" * 16, "9" * 20, "9" * 5000)),
    *(f"a\n1\n{root}\n" for root in ("", "AAAA", GOOD_ROOT[:-1], GOOD_ROOT + "=", GOOD_ROOT[:-2] + "9=", " " + GOOD_ROOT, "é" * 44)),
    *(f"{origin}\n1\n{GOOD_ROOT}\n" for origin in ("a b", "a+b", "a\tb", "a\u2028b", "a\u00a0b", "a" * 201, "é" * 101)),
    f"a\r\n1\r\n{GOOD_ROOT}\r\n",
]


@pytest.mark.parametrize("text", NO_CHECKPOINTS, ids=range(len(NO_CHECKPOINTS)))
def test_texts_that_are_no_checkpoints(text: str) -> None:
    with pytest.raises(CheckpointError):
        parse_text(text)


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_a_checkpoint_or_refused(data: bytes) -> None:
    with contextlib.suppress(CheckpointError):
        parse_note(data)
    assert judge(data, policy_of()).problems


def test_what_cannot_be_a_checkpoint() -> None:
    for origin, size, root in [("a", -1, ROOT), ("a", 2**53, ROOT), ("a", 1, ROOT[:31]), ("", 1, ROOT), ("\ud800", 1, ROOT)]:
        with pytest.raises(CheckpointError):
            Checkpoint(origin, size, root)


# --- Signatures ---------------------------------------------------------------------------------------------------

LOG_KEY = vkey_of(ORIGIN, ed_key("log"), Algorithm.ED25519)
W4 = vkey_of("w.example", ed_key("w"), Algorithm.COSIGNATURE_ED25519)
W6 = vkey_of("w.example", pq_key("w"), Algorithm.COSIGNATURE_MLDSA44)


def made() -> list[tuple[Vkey, Signature]]:
    by_witness = [(W4, cosign(CHECKPOINT, "w.example", ed_key("w"), TIME)), (W6, cosign(CHECKPOINT, "w.example", pq_key("w"), TIME))]
    return [(LOG_KEY, sign(CHECKPOINT, ed_key("log"))), *by_witness]


def test_signatures_hold_for_their_key_and_checkpoint_alone() -> None:
    others = [Checkpoint(ORIGIN, 8, ROOT), Checkpoint(ORIGIN, 7, ROOT[::-1]), Checkpoint(ORIGIN + "x", 7, ROOT)]
    pairs = made()
    for key, signature in pairs:
        assert verify(CHECKPOINT, key, signature)
        assert not any(verify(other, key, signature) for other in others)
        for other_key, _ in pairs:
            renamed = Signature(other_key.name, other_key.key_id, signature.raw)
            assert verify(CHECKPOINT, other_key, renamed) is (other_key == key)
        for raw in (b"", signature.raw[:-1], signature.raw + b"\0", signature.raw[8:], bytes(len(signature.raw))):
            assert not verify(CHECKPOINT, key, Signature(key.name, key.key_id, raw))
        assert not verify(CHECKPOINT, key, Signature(key.name + "x", key.key_id, signature.raw))
        assert not verify(CHECKPOINT, key, Signature(key.name, b"\0\0\0\0", signature.raw))


def test_a_log_signs_under_its_origin_and_no_other() -> None:
    other = Checkpoint("another.example", 7, ROOT)
    signature = Signature(LOG_KEY.name, LOG_KEY.key_id, ed_key("log").sign(other.text.encode()))
    assert not verify(other, LOG_KEY, signature)


@given(st.sampled_from(made()), st.data())
def test_a_signature_with_one_bit_changed_is_false(pair: tuple[Vkey, Signature], data: st.DataObject) -> None:
    key, signature = pair
    at = data.draw(st.integers(0, len(signature.raw) - 1))
    raw = bytearray(signature.raw)
    raw[at] ^= 1 << data.draw(st.integers(0, 7))
    assert not verify(CHECKPOINT, key, Signature(key.name, key.key_id, bytes(raw)))


def test_the_bytes_that_are_signed() -> None:
    """Written down a second time, from the text of tlog-cosignature."""
    by_ed, by_pq = made()[1][1], made()[2][1]
    message = b"cosignature/v1\ntime 1800000000\n" + f"{ORIGIN}\n7\n{GOOD_ROOT}\n".encode()
    ed_key("w").public_key().verify(by_ed.raw[8:], message)
    name, origin = b"w.example", ORIGIN.encode()
    structure = f">12sB{len(name)}sQB{len(origin)}sQQ32s"
    packed = struct.pack(structure, b"subtree/v1\n\0", len(name), name, TIME, len(origin), origin, 0, 7, ROOT)
    MLDSA44PublicKey.from_public_bytes(W6.public).verify(by_pq.raw[8:], packed)
    assert by_ed.raw[:8] == by_pq.raw[:8] == TIME.to_bytes(8, "big")
    assert (len(by_ed.raw), len(by_pq.raw)) == (72, 2428)


@pytest.mark.parametrize("time, good", [(0, True), (MAX_TIME, True), (MAX_TIME + 1, False), (-1, False)])
def test_times_at_their_limits(time: int, good: bool) -> None:
    for key, private in ((W4, ed_key("w")), (W6, pq_key("w"))):
        if good:
            signature = cosign(CHECKPOINT, "w.example", private, time)
            assert verify(CHECKPOINT, key, signature)
            assert cosignature_time(signature) == time
        else:
            with pytest.raises(CheckpointError, match="not a time"):
                cosign(CHECKPOINT, "w.example", private, time)
    assert cosignature_time(Signature("w", bytes(4), b"\xff" * 72)) is None


def test_a_signature_with_s_above_the_order_is_false() -> None:
    """The equation holds for s + L too: a library that lets it pass would give one checkpoint two signatures."""
    signature = sign(CHECKPOINT, ed_key("log"))
    s = int.from_bytes(signature.raw[32:], "little") + L
    again = Signature(signature.name, signature.key_id, signature.raw[:32] + s.to_bytes(32, "little"))
    assert not verify(CHECKPOINT, LOG_KEY, again)


def test_keys_and_names_that_do_not_fit() -> None:
    with pytest.raises(CheckpointError, match="makes no signatures"):
        vkey_of("w", ed_key("w"), Algorithm.COSIGNATURE_MLDSA44)
    with pytest.raises(CheckpointError, match="makes no signatures"):
        vkey_of("w", pq_key("w"), Algorithm.ED25519)
    for name in ("", "a b", "a+b", "\ud800", "a" * 201):
        with pytest.raises(CheckpointError, match="name of a key"):
            cosign(CHECKPOINT, name, ed_key("w"), TIME)
    with pytest.raises(CheckpointError, match="255 bytes"):
        cosign(CHECKPOINT, "é" * 128, pq_key("w"), TIME)


def test_a_signer_does_not_show_its_keys() -> None:
    assert repr(BOTH) == f"LogSigner(origin={ORIGIN!r})"


# --- Judging ------------------------------------------------------------------------------------------------------


def codes(data: bytes, **policy: object) -> list[str]:
    return [problem.code for problem in judge(data, policy_of(**policy)).problems]  # type: ignore[arg-type]


def test_a_good_checkpoint_has_nothing_against_it() -> None:
    assert codes(signed(CHECKPOINT)) == []
    judged = judge(signed(CHECKPOINT, BOTH, ["w1", "pq1"]), policy_of(BOTH, ["w1", "pq1"], "pq1"))
    assert judged.problems == ()
    assert judged.is_signed
    assert judged.checkpoint == CHECKPOINT
    assert judged.cosigned == ((b"w1", TIME + 1), (b"pq1", TIME + 1))


def altered(data: bytes, name: str, raw: bytes | None) -> bytes:
    """The note with another signature in the place of that of ``name``, or with none."""
    note = parse(data)
    kept = [
        one if one.name != name else Signature(one.name, one.key_id, raw) for one in note.signatures if one.name != name or raw is not None
    ]
    return Note(note.text, tuple(kept)).to_bytes()


def test_each_way_to_fail_has_its_code() -> None:
    by_all = signed(CHECKPOINT, BOTH, ["w1", "w2"])
    two = {"signer": BOTH, "witnesses": ["w1", "w2"], "groups": "group both all w1 w2\n", "quorum": "both"}
    assert codes(by_all, **two) == []
    assert codes(b"nothing", **two) == ["checkpoint-malformed"]
    assert codes(signed(Checkpoint("another.example", 7, ROOT)), **two) == ["checkpoint-origin"]
    assert codes(signed(CHECKPOINT, SIGNER, ["w1", "w2"]), **two) == ["checkpoint-signature"]
    assert codes(altered(by_all, ORIGIN, b"false" * 9), **two) == ["checkpoint-signature"] * 2
    assert codes(altered(by_all, ORIGIN, None), **two) == ["checkpoint-signature"] * 2
    assert codes(altered(by_all, "w1.example", None), **two) == ["quorum-missing"]
    assert codes(altered(by_all, "w1.example", bytes(72)), **two) == ["witness-signature", "quorum-missing"]
    any_of = two | {"groups": "group both any w1 w2\n"}
    assert codes(altered(by_all, "w1.example", bytes(72)), **any_of) == ["witness-signature"]
    assert codes(altered(by_all, "w1.example", None), **any_of) == []


def test_a_log_that_is_not_signed_is_not_signed_by_its_witnesses() -> None:
    data = altered(signed(CHECKPOINT, BOTH, ["w1"]), ORIGIN, None)
    assert not judge(data, policy_of(BOTH, ["w1"], "w1")).is_signed
    classic_only = judge(signed(CHECKPOINT), policy_of(BOTH))
    assert classic_only.is_signed
    assert [problem.code for problem in classic_only.problems] == ["checkpoint-signature"]


def test_a_stranger_counts_for_nothing() -> None:
    """A witness that is not in the policy, and one that has the name of a witness and another key."""
    stranger = cosign(CHECKPOINT, "w1.example", ed_key("stranger"), TIME)
    data = SIGNER.sign(CHECKPOINT, TIME).with_signatures(stranger).to_bytes()
    assert codes(data, witnesses=["w1"], quorum="w1") == ["quorum-missing"]
    assert codes(signed(CHECKPOINT, SIGNER, ["w9"])) == []


def test_two_logs_in_a_policy_do_not_speak_for_each_other() -> None:
    other = vkey_of("another.example", ed_key("another"), Algorithm.ED25519)
    policy = parse_policy(f"log {other}\n".encode() + policy_text())
    assert judge(signed(CHECKPOINT), policy).problems == ()
    by_other = Signature(other.name, other.key_id, ed_key("another").sign(CHECKPOINT.text.encode()))
    judged = judge(Note(CHECKPOINT.text, (by_other,)).to_bytes(), policy)
    assert [problem.code for problem in judged.problems] == ["checkpoint-signature"]


# --- Policies -----------------------------------------------------------------------------------------------------

KEYS = {name: str(vkey_of(f"{name}.example", ed_key(name), Algorithm.COSIGNATURE_ED25519)) for name in ("x1", "x2", "x3", "y1", "y2", "y3")}
GROUPS = "group X 2 x1 x2 x3\ngroup Y any y1 y2 y3\ngroup XY all X Y\n"
WITNESSES = "".join(f"witness {name} {key}\n" for name, key in KEYS.items())


def test_the_policy_of_the_specification() -> None:
    policy = parse_policy(f"# comment\n\n \t # another\n log\t{LOG_KEY}  https://x.example/ \n{WITNESSES}{GROUPS}quorum XY\n".encode())
    assert policy.logs[0].url == b"https://x.example/"
    names = [name.encode() for name in KEYS]
    for number in range(64):
        cosigned = {name for bit, name in enumerate(names) if number >> bit & 1}
        xs, ys = sum(name.startswith(b"x") for name in cosigned), sum(name.startswith(b"y") for name in cosigned)
        assert policy.is_met(cosigned) is (xs >= 2 and ys >= 1)


def test_the_last_line_may_lack_its_end() -> None:
    assert parse_policy(policy_text()[:-1]) == policy_of()


def test_each_late_key_of_a_log_has_to_sign_and_one_of_the_others() -> None:
    """While keys are changed, a policy lists the old and the new one."""
    new = vkey_of(ORIGIN, ed_key("new"), Algorithm.ED25519)
    assert judge(signed(CHECKPOINT), parse_policy(f"log {new}\n".encode() + policy_text())).problems == ()
    late = vkey_of(ORIGIN, pq_key("new"), Algorithm.COSIGNATURE_MLDSA44)
    judged = judge(signed(CHECKPOINT, BOTH), parse_policy(f"log {late}\n".encode() + policy_text(BOTH)))
    assert [problem.code for problem in judged.problems] == ["checkpoint-signature"]
    assert judged.is_signed


def test_no_quorum_is_met_by_nobody() -> None:
    policy = parse_policy(b"quorum none\n")
    assert policy.is_met(())
    assert judge(signed(CHECKPOINT), policy).problems[0].code == "checkpoint-origin"


def test_names_are_octets_not_letters() -> None:
    """K and the Kelvin sign are two names; an octet that is not UTF-8 is a name too."""
    text = f"witness K {KEYS['x1']}\n".encode() + b"witness \xe2\x84\xaa " + KEYS["x2"].encode() + b"\nwitness \xff " + KEYS["x3"].encode()
    policy = parse_policy(text + b"\ngroup g all K \xe2\x84\xaa \xff\nquorum g\n")
    assert [witness.name for witness in policy.witnesses] == [b"K", b"\xe2\x84\xaa", b"\xff"]


SMALL_ORDER = Vkey("weak.example", Algorithm.COSIGNATURE_ED25519, bytes(32))


NO_POLICIES = [
    ("", None, "exactly one quorum"),
    ("quorum none\nquorum none\n", None, "exactly one quorum"),
    ("quorum x1\n" + WITNESSES, 1, "not defined on a line before"),
    (WITNESSES + "quorum X\n", 7, "not defined on a line before"),
    ("group X any x1\n" + WITNESSES + "quorum none\n", 1, "not defined on a line before"),
    (WITNESSES + "group X any X x1\nquorum X\n", 7, "not defined on a line before"),
    (WITNESSES + "group X any none\nquorum X\n", 7, "not defined on a line before"),
    (WITNESSES + "group X any x1 x1\nquorum X\n", 7, "member twice"),
    (WITNESSES + "group X any x1\ngroup Y any x1 x2\nquorum Y\n", 8, "member twice"),
    (WITNESSES + "group x1 any x2\nquorum x2\n", 7, "defined twice"),
    (WITNESSES + f"witness x1 {W4}\nquorum x2\n", 7, "defined twice"),
    (WITNESSES + "group none any x2\nquorum x2\n", 7, "none is taken"),
    (f"witness none {W4}\nquorum none\n", 1, "none is taken"),
    (WITNESSES + "group X 0 x1\nquorum X\n", 7, "a number is due"),
    (WITNESSES + "group X 02 x1 x2\nquorum X\n", 7, "a number is due"),
    (WITNESSES + "group X +1 x1 x2\nquorum X\n", 7, "a number is due"),
    (WITNESSES + "group X ANY x1 x2\nquorum X\n", 7, "a number is due"),
    (WITNESSES + "group X 3 x1 x2\nquorum X\n", 7, "can never be reached"),
    (WITNESSES + "group X any\nquorum none\n", 7, "a group line is"),
    (WITNESSES + "quorum x1 x2\n", 7, "a quorum line is"),
    ("quorum\n", 1, "a quorum line is"),
    ("log\nquorum none\n", 1, "a log line is"),
    (f"log {LOG_KEY} url more\nquorum none\n", 1, "a log line is"),
    (f"log {W4}\nquorum none\n", 1, "type 0x04"),
    (f"log {LOG_KEY}\nlog {LOG_KEY}\nquorum none\n", 2, "listed twice"),
    (f"log {LOG_KEY}\nlog {vkey_of('b', ed_key('log'), Algorithm.ED25519)}\nquorum none\n", 2, "listed twice"),
    (f"witness a {W4}\nwitness b {W4}\nquorum none\n", 2, "listed twice"),
    (f"witness a {LOG_KEY}\nquorum none\n", 1, "type 0x01"),
    (f"witness {W4}\nquorum none\n", 1, "a witness line is"),
    (f"witness a {str(W4)[:-4]}\nquorum none\n", 1, "not a verifier key"),
    (f"witness a {SMALL_ORDER}\nquorum none\n", 1, "libraries disagree"),
    ("quorum none\r\n", 1, "control character"),
    ("quorum none\n#\x7f\n", 2, "control character"),
    ("quorum none\n\x0b\n", 2, "control character"),
    ("quorum none\nallow all\n", 2, "begins with 'allow'"),
    ("Quorum none\n", 1, "begins with"),
    ("quorum none\n" + "#" * (1 << 20), None, "at most"),
]


@pytest.mark.parametrize("text, row, message", NO_POLICIES, ids=range(len(NO_POLICIES)))
def test_policies_that_are_refused(text: str, row: int | None, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text.encode())
    assert [problem for problem in caught.value.problems if problem.row == row and message in problem.message]
    assert {problem.code for problem in caught.value.problems} == {"policy-malformed"}


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(b"hello\nlog x\nquorum y\n")
    assert [problem.row for problem in caught.value.problems] == [1, 2, 3]


def test_a_policy_may_be_as_large_as_the_specification_wants() -> None:
    lines = [f"log {vkey_of(f'l{i}', ed_key(f'l{i}'), Algorithm.ED25519)}\n" for i in range(32)]
    lines += [f"witness w{i} {vkey_of(f'w{i}', pq_key(f'w{i}'), Algorithm.COSIGNATURE_MLDSA44)}\n" for i in range(32)]
    lines += [f"group g{i} all {f'g{i - 1} ' if i else ''}w{i}\n" for i in range(32)]
    policy = parse_policy(("".join(lines) + "quorum g31\n").encode())
    assert policy.is_met({b"w%d" % i for i in range(32)})
    assert not policy.is_met({b"w%d" % i for i in range(1, 32)})


@given(st.binary(max_size=200) | st.lists(st.sampled_from(["log", "group", "quorum", "none", "any", "x1", "\n", " ", "1"])).map("".join))
def test_any_bytes_are_a_policy_or_refused(data: bytes | str) -> None:
    for parser in (parse_policy, parse_authority):
        with contextlib.suppress(PolicyError):
            parser(data.encode() if isinstance(data, str) else data)


def test_the_authoritys_keys() -> None:
    keys = [vkey_of(f"a{i}.example", ed_key(f"a{i}"), Algorithm.ED25519) for i in range(3)]
    text = "".join(f"{key}\n" for key in keys)
    assert parse_authority(text.encode()) == tuple(keys)
    weak = Vkey("weak.example", Algorithm.ED25519, b"\x01" + bytes(31))
    assert parse_authority(text[:-1].encode()) == tuple(keys)
    for wrong in (
        "",
        "\n",
        text[:-2],
        text + "\n",
        text * 100,
        text + f"{keys[0]}\n",
        f"{W4}\n",
        f"{weak}\n",
        text.replace("\n", "\r\n"),
        " " + text,
    ):
        with pytest.raises(PolicyError) as caught:
            parse_authority(wrong.encode())
        assert {problem.code for problem in caught.value.problems} == {"authority-malformed"}
