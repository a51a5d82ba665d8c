"""The second opinion's readers, and both opinions about the same bytes: where they differ, one of the two is wrong."""

from __future__ import annotations

from functools import cache

from tallyproof.compare.logged import LogRead, verify_log
from tallyproof.errors import InputError
from tallyproof.log import policy, proof
from tallyproof.log.audit import Audit
from tallyproof.record import entry, qr
from tallyproof_verify import entries as verify_entries
from tallyproof_verify import notes as verify_notes
from tallyproof_verify import policy as verify_policy
from tallyproof_verify.log import LogCheck
from tallyproof_verify.notes import Wrong
from tallyproof_verify.qr import check_qr
from tests.fuzz import targets
from tests.fuzz.targets import Target, small_log, small_policy
from tests.interop import made
from tests.support import minilog
from tests.support.biglog import ORIGIN


def _codes(check: LogCheck) -> set[str]:
    return {one["code"] for one in check.problems}


@cache
def _policy_bytes() -> bytes:
    return made.policy().encode()


def signatures(data: bytes) -> None:
    ours = targets.ed25519.load(data[:32])
    core = ours is not None and targets.ed25519.verify(ours, data[32:96], data[96:])
    if len(data) >= 32:
        assert verify_notes.ed25519(data[:32], data[32:96], data[96:]) == core


def vkeys(data: bytes) -> None:
    """An Ed25519 key of an entry: the core asks whether it is sound where it is used."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        found = targets.note.parse_vkey(text)
        core = found.algorithm == 1 and targets.ed25519.is_sound_point(found.public)
    except targets.note.NoteError:
        core = False
    try:
        assert verify_notes.key(text).vkey == text
        second = True
    except ValueError:
        second = False
    assert core == second


def entries(data: bytes) -> None:
    core = second = ""
    try:
        entry.parse_entry(data, ORIGIN)
    except entry.Refused as error:
        core = error.code
    try:
        verify_entries.read_entry(data, ORIGIN)
    except Wrong as error:
        second = error.code
    assert core == second, (core, second)


def policies(data: bytes) -> None:
    core = second = True
    try:
        policy.parse_policy(data)
    except InputError:
        core = False
    check = LogCheck(data, None)
    check.trust(lambda name, most: None)
    second = "policy-malformed" not in _codes(check)
    assert core == second
    if second:
        check.checkpoint(small_log()["checkpoint"], "checkpoint")


def authorities(data: bytes) -> None:
    core = second = True
    try:
        policy.parse_authority(data)
    except InputError:
        core = False
    try:
        verify_policy.read_authority(data)
    except Wrong:
        second = False
    assert core == second


def _judged(data: bytes) -> set[str]:
    return {one.code for one in policy.judge(data, small_policy()).problems}


def checkpoints(data: bytes) -> None:
    check = LogCheck(_policy_bytes(), None)
    check.trust(lambda name, most: None)
    check.problems.clear()
    check.checkpoint(data, "checkpoint")
    assert _codes(check) == _judged(data)


def receipts(data: bytes) -> None:
    check = LogCheck(_policy_bytes(), None)
    check.trust(lambda name, most: None)
    check.problems.clear()
    check.receipt(data, "receipt")
    try:
        core = {one.code for one in proof.verify(proof.parse(data), small_policy()).problems}
    except proof.ReceiptError:
        core = {"receipt-malformed"}
    assert _codes(check) == core


def whole_logs(data: bytes) -> None:
    """One file is replaced. Both say that something is wrong, or neither; what is wrong with the tree is not compared file by file."""
    files = dict(small_log())
    path = sorted(files)[data[0] % len(files) if data else 0]
    files[path] = data[1:]

    def read(path: str) -> bytes:
        if path not in files:
            raise FileNotFoundError(path)
        return files[path]

    check = LogCheck(_policy_bytes(), small_log()["authority"])
    check.log(lambda name, most: files.get(name))
    assert bool([one for one in check.problems if one["kind"] == "problem"]) == bool(Audit(read, small_policy()).run())


@cache
def _election() -> tuple[minilog.Election, LogCheck, LogRead, dict[bytes, qr.Dictionary]]:
    """A small election with everything in it, as each of the two read it, and the dictionaries of its codes."""
    log = minilog.election()
    files = log.files()
    check = LogCheck(None, None)
    check.log(lambda name, most: files.get(name))
    found = verify_log(log.entries, log.origin)
    return log, check, found, qr.dictionaries(log.origin, found.book.contests.values())


def codes(data: bytes) -> None:
    """The letters of a code on a form."""
    letters = data.decode("utf-8", "surrogateescape")
    log, check, found, known = _election()
    assert check.replay is not None
    core = ""
    second: list[str] = []
    try:
        scanned = qr.from_letters(letters, log.origin, known)
        qr.look_up(scanned, found.book)
    except qr.QrError as error:
        core = error.code
    try:
        check_qr(letters, None, log.origin, check.replay, lambda code, message: second.append(code))
    except Wrong as error:
        second.append(error.code)
    # The core stops at the first code, the second opinion says them all.
    assert (core in second) if core else not second, (core, second)


def code_bytes(data: bytes) -> None:
    """The same, but the letters are always base45, so that more gets through."""
    codes(b"TP1:" + qr.base45_encode(data).encode())


def _code() -> bytes:
    """A good code, without its prefix and before base45."""
    log, _, _, _ = _election()
    entry = log.entries[log.at["count 1"]]
    words = minilog.dictionary(log.origin, log.contest_fields("NA-1"))
    letters = minilog.qr_text(minilog.text_of(entry), [log.key("officer", "1"), log.key("agent", "1", "moon")], words)
    return qr.base45_decode(letters.removeprefix("TP1:"))


TARGETS: dict[str, Target] = {
    "2-signature": signatures, "2-vkey": vkeys, "2-entry": entries, "2-policy": policies, "2-authority": authorities,
    "2-checkpoint": checkpoints, "2-receipt": receipts, "2-log": whole_logs, "2-qr": codes,
    "2-qr-bytes": code_bytes,
}  # fmt: skip


@cache
def seeds(target: str) -> list[bytes]:
    if target == "2-entry":
        fields = [one[1:] for one in targets.seeds("field")]
        kinds = sorted(targets.types.TYPES)
        signature = b"\n\n" + "— officer.example AAAAAAAA\n".encode()
        head = [f"{ORIGIN}\n{kinds[one[0]]}\n".encode() for one in targets.seeds("field")]
        return [*targets.seeds("entry"), *(first + rest + signature for first, rest in zip(head, fields, strict=True))]
    if target == "2-qr":
        return [b"TP1:" + qr.base45_encode(_code()).encode()]
    if target == "2-qr-bytes":
        return [_code()]
    return targets.seeds(target.removeprefix("2-"))
