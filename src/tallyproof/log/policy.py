"""Who is believed about a log (https://c2sp.org/tlog-policy), and what a checkpoint is worth by that (``specs/log-v1.md`` section 2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from tallyproof.errors import InputError, Problem
from tallyproof.log.checkpoint import Checkpoint, CheckpointError, cosignature_time, parse_note, verify
from tallyproof.record import ed25519
from tallyproof.record.note import Algorithm, Note, NoteError, Vkey, parse_vkey

MAX_POLICY = 1 << 20
"""Bytes of a policy or of a list of authority keys."""
MAX_DEFINED = 256
"""Logs, witnesses and groups, each."""
_ALLOWED = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_COUNT = re.compile(rb"[1-9][0-9]{0,5}")
_OF_LOG = {Algorithm.ED25519, Algorithm.COSIGNATURE_MLDSA44}
_OF_WITNESS = {Algorithm.COSIGNATURE_ED25519, Algorithm.COSIGNATURE_MLDSA44}


class PolicyError(InputError):
    """Not a policy (``policy-malformed``) or not a list of authority keys (``authority-malformed``)."""


@dataclass(frozen=True, slots=True)
class Log:
    key: Vkey
    url: bytes = b""


@dataclass(frozen=True, slots=True)
class Witness:
    """``name`` has a meaning in its policy alone; octets, whatever they mean."""

    name: bytes
    key: Vkey
    url: bytes = b""


@dataclass(frozen=True, slots=True)
class Group:
    """At least ``needed`` of ``members``: names of witnesses and earlier groups."""

    name: bytes
    needed: int
    members: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Made by ``parse_policy``, which sees to it that names are defined before they are used. ``quorum`` None: no cosignatures needed."""

    logs: tuple[Log, ...]
    witnesses: tuple[Witness, ...]
    groups: tuple[Group, ...]
    quorum: bytes | None

    def is_met(self, cosigned: Collection[bytes]) -> bool:
        """Whether these witnesses are enough."""
        met = set(cosigned)
        for group in self.groups:
            if sum(member in met for member in group.members) >= group.needed:
                met.add(group.name)
        return self.quorum is None or self.quorum in met


@dataclass(slots=True)
class _Reading:
    """A policy while it is read, line by line."""

    file: str
    logs: list[Log] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    quorums: list[bytes | None] = field(default_factory=list)
    names: set[bytes] = field(default_factory=set)
    members: set[bytes] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def line(self, words: list[bytes]) -> None:
        """Take one line. Raises ValueError with what is wrong."""
        makers: dict[bytes, Callable[[list[bytes]], None]] = {
            b"log": self._log,
            b"witness": self._witness,
            b"group": self._group,
            b"quorum": self._quorum,
        }
        if words[0] not in makers:
            raise ValueError(f"a line begins with {_shown(words[0])}, not with log, witness, group or quorum")
        makers[words[0]](words[1:])

    def _log(self, words: list[bytes]) -> None:
        if not 1 <= len(words) <= 2:
            raise ValueError("a log line is: log VKEY [URL]")
        key = _vkey(words[0], _OF_LOG)
        self._is_new(key, [log.key for log in self.logs], [witness.key for witness in self.witnesses])
        self.logs.append(Log(key, *words[1:]))

    def _witness(self, words: list[bytes]) -> None:
        if not 2 <= len(words) <= 3:
            raise ValueError("a witness line is: witness NAME VKEY [URL]")
        self._define(words[0])
        key = _vkey(words[1], _OF_WITNESS)
        self._is_new(key, [witness.key for witness in self.witnesses], [log.key for log in self.logs])
        self.witnesses.append(Witness(words[0], key, *words[2:]))

    def _group(self, words: list[bytes]) -> None:
        if len(words) < 3:
            raise ValueError("a group line is: group NAME all|any|NUMBER NAME…")
        name, count, *members = words
        for member in members:
            if member not in self.names:
                raise ValueError(f"the member {_shown(member)} is not defined on a line before this one")
            if member in self.members:
                raise ValueError(f"{_shown(member)} is a member twice, and a member can count once only")
            self.members.add(member)
        self._define(name)
        if count not in (b"all", b"any") and not _COUNT.fullmatch(count):
            raise ValueError(f"all, any or a number is due, not {_shown(count)}")
        needed = len(members) if count == b"all" else 1 if count == b"any" else int(count)
        if needed > len(members):
            raise ValueError(f"{needed} of {len(members)} members can never be reached")
        self.groups.append(Group(name, needed, tuple(members)))

    def _quorum(self, words: list[bytes]) -> None:
        if len(words) != 1:
            raise ValueError("a quorum line is: quorum NAME")
        self.quorums.append(None if words[0] == b"none" else words[0])
        if words[0] != b"none" and words[0] not in self.names:
            raise ValueError(f"the quorum {_shown(words[0])} is not defined on a line before this one")

    def _define(self, name: bytes) -> None:
        if name == b"none":
            raise ValueError("the name none is taken")
        if name in self.names:
            raise ValueError(f"the name {_shown(name)} is defined twice")
        self.names.add(name)

    def _is_new(self, key: Vkey, alike: list[Vkey], others: list[Vkey]) -> None:
        if any(one.public == key.public for one in alike):
            raise ValueError(f"the public key of {key.name!r} is listed twice")
        if any((one.name, one.key_id) == (key.name, key.key_id) and one != key for one in (*alike, *others)):
            raise ValueError(f"two keys have the name {key.name!r} and the same key id")


def parse_policy(data: bytes, file: str = "policy") -> Policy:
    """The policy in a file. Raises PolicyError with a problem for each line that is wrong."""
    reading = _Reading(file)

    def wrong(message: str, row: int | None = None) -> None:
        mend = "write it as c2sp.org/tlog-policy says, or copy the policy again"
        reading.problems.append(Problem(file=file, row=row, code="policy-malformed", message=message, mend=mend))

    if len(data) > MAX_POLICY:
        wrong(f"a policy has at most {MAX_POLICY} bytes, not {len(data)}")
        data = b""
    for row, line in enumerate(data.split(b"\n"), start=1):
        try:
            if not _ALLOWED.fullmatch(line):
                raise ValueError("a control character")
            words = [word for word in line.replace(b"\t", b" ").split(b" ") if word]
            if words and not words[0].startswith(b"#"):
                reading.line(words)
        except ValueError as error:
            wrong(str(error), row)
        if len(reading.problems) > MAX_DEFINED or max(len(reading.logs), len(reading.witnesses), len(reading.groups)) > MAX_DEFINED:
            wrong(f"more than {MAX_DEFINED} logs, witnesses, groups or faults", row)
            break
    if len(reading.quorums) != 1:
        wrong(f"a policy has exactly one quorum line, this one has {len(reading.quorums)}")
    if reading.problems:
        raise PolicyError("the policy cannot be used", problems=tuple(reading.problems), hint="a policy says whose signatures count")
    return Policy(tuple(reading.logs), tuple(reading.witnesses), tuple(reading.groups), reading.quorums[0])


def parse_authority(data: bytes, file: str = "authority") -> tuple[Vkey, ...]:
    """The authority's keys, a vkey (0x01) a line, none twice. Raises PolicyError (``authority-malformed``)."""
    problems: list[Problem] = []
    keys: list[Vkey] = []

    def wrong(message: str, row: int | None = None) -> None:
        mend = "one vkey a line, no empty lines; copy the file again"
        problems.append(Problem(file=file, row=row, code="authority-malformed", message=message, mend=mend))

    lines = data.removesuffix(b"\n").split(b"\n") if len(data) <= MAX_POLICY else []
    if not 1 <= len(lines) <= MAX_DEFINED:
        wrong(f"1 to {MAX_DEFINED} lines are due")
        lines = lines[:MAX_DEFINED]
    for row, line in enumerate(lines, start=1):
        try:
            key = _vkey(line, {Algorithm.ED25519})
            if any(one.public == key.public for one in keys):
                raise ValueError("a public key is listed twice")
            keys.append(key)
        except ValueError as error:
            wrong(str(error), row)
    if problems:
        raise PolicyError("the authority's keys cannot be used", problems=tuple(problems), hint="compare them with those in the gazette")
    return tuple(keys)


def _vkey(word: bytes, fitting: set[Algorithm]) -> Vkey:
    try:
        key = parse_vkey(word.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError("a verifier key is not UTF-8") from error
    except NoteError as error:
        raise ValueError(error.message) from error
    if key.algorithm not in fitting:
        raise ValueError(f"the key {key.name!r} makes signatures of type {key.algorithm:#04x}, which do not count here")
    if key.algorithm is not Algorithm.COSIGNATURE_MLDSA44 and ed25519.load(key.public) is None:
        raise ValueError(f"the public key of {key.name!r} is one that libraries disagree about")
    return key


def _shown(word: bytes) -> str:
    return repr(word[:80].decode("utf-8", "backslashreplace"))


@dataclass(frozen=True, slots=True)
class Judged:
    """A checkpoint as a policy sees it. ``cosigned``: the witnesses (names in the policy) with a true signature, and the time it states.

    ``is_signed``: a log of the policy signed it (0x01), so its size may be believed to be what that log said.
    """

    problems: tuple[Problem, ...]
    checkpoint: Checkpoint | None = None
    note: Note | None = None
    is_signed: bool = False
    cosigned: tuple[tuple[bytes, int], ...] = ()


def judge(data: bytes, policy: Policy, file: str = "checkpoint") -> Judged:
    """What the checkpoint in ``data`` is worth; all that is wrong, by the codes of ``specs/log-v1.md`` section 2. Never raises."""
    problems: list[Problem] = []

    def wrong(code: str, message: str, mend: str) -> None:
        problems.append(Problem(file=file, code=code, message=message, mend=mend))

    try:
        checkpoint, note = parse_note(data)
    except CheckpointError as error:
        wrong("checkpoint-malformed", error.message, error.hint)
        return Judged(tuple(problems))
    logs = [log.key for log in policy.logs if log.key.name == checkpoint.origin]
    if not logs:
        wrong(
            "checkpoint-origin",
            f"no log of the policy is called {checkpoint.origin!r}",
            "take the policy of this log, or this log's folder",
        )
        return Judged(tuple(problems), checkpoint, note)
    found = {(one.name, one.key_id): one for one in note.signatures}
    is_signed = is_told = False
    for key in logs:
        signature = found.get((key.name, key.key_id))
        if signature and verify(checkpoint, key, signature):
            is_signed = is_signed or key.algorithm is Algorithm.ED25519
        elif signature or key.algorithm is Algorithm.COSIGNATURE_MLDSA44:
            is_told = is_told or key.algorithm is Algorithm.ED25519
            state = "is false" if signature else "is not there"
            message = f"the log's signature {key.algorithm:#04x} with the key {key.key_id.hex()} {state}"
            wrong("checkpoint-signature", message, "fetch the checkpoint again, or ask the log for it")
    if not (is_signed or is_told):
        wrong("checkpoint-signature", "there is no true Ed25519 signature (0x01) of the log", "ask the log for its signed checkpoint")
    cosigned: list[tuple[bytes, int]] = []
    for witness in policy.witnesses:
        signature = found.get((witness.key.name, witness.key.key_id))
        if signature and verify(checkpoint, witness.key, signature):
            cosigned.append((witness.name, cosignature_time(signature) or 0))
        elif signature:
            wrong("witness-signature", f"the signature of the witness {_shown(witness.name)} is false", "fetch the checkpoint again")
    if not policy.is_met({name for name, _ in cosigned}):
        message = f"{len(cosigned)} of {len(policy.witnesses)} witnesses cosigned, which is not the quorum"
        wrong("quorum-missing", message, "wait for the witnesses and fetch the checkpoint again")
    return Judged(tuple(problems), checkpoint, note, is_signed, tuple(cosigned))
