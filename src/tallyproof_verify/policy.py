"""Whose signatures make a checkpoint valid: C2SP tlog-policy; specs/log-v1.md section 2."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tallyproof_verify.notes import COSIGNED, ED25519, ML_DSA, Checkpoint, Key, Wrong, key


@dataclass(slots=True)
class Policy:
    """``groups``: name → how many of which names."""

    logs: list[Key] = field(default_factory=list)
    witnesses: dict[str, Key] = field(default_factory=dict)
    groups: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    quorum: str = ""

    def met(self, name: str, true: set[str]) -> bool:
        """Have enough of the witnesses that ``name`` means signed?"""
        least, members = self.groups.get(name, (0, []))
        return sum(self.met(one, true) for one in members) >= least if members else name in true or name == "none"

    def add(self, line: str) -> None:
        """Raises ValueError if the line is no line of a policy or does not fit those before."""
        names = self.witnesses.keys() | self.groups.keys()
        taken = {one for _, members in self.groups.values() for one in members}
        match re.findall("[^ \t]+", line):
            case ["log", vkey, *rest] if len(rest) < 2:
                self.logs.append(key(vkey, (ED25519, ML_DSA)))
            case ["witness", name, vkey, *rest] if len(rest) < 2 and name not in names and name != "none":
                self.witnesses[name] = key(vkey, (COSIGNED, ML_DSA))
            case ["group", name, least, *members] if name not in names and name != "none" and {*members} <= names - taken:
                number = {"any": "1", "all": str(len(members))}.get(least, least)
                if not re.fullmatch("[1-9][0-9]{0,3}", number) or not int(number) <= len(members) == len({*members}):
                    raise ValueError(f"group {name}: an impossible number, or a member twice")
                self.groups[name] = int(number), members
            case ["quorum", name] if not self.quorum and (name in names or name == "none"):
                self.quorum = name
            case [first, *_] if first[0] != "#":
                raise ValueError(f"not a line of a policy, or names that are unknown or taken: {line[:80]!a}")

    def judge(self, point: Checkpoint, wrong: Callable[[str, str], None], quorum: bool = True) -> None:
        """Calls ``wrong`` with code and sentence for everything that is wrong with the signatures of a checkpoint."""
        own = [one for one in self.logs if one.name == point.origin]
        if not own:
            return wrong("checkpoint-origin", f"the policy has no log of the origin {point.origin!a:.80}")
        made = {one: point.signatures.get((one.name, one.id)) for one in [*own, *self.witnesses.values()]}
        true = {one for one, signature in made.items() if signature is not None and one.verify(point.text, signature)}
        for one in own:
            if one not in true and (made[one] is not None or one.kind == ML_DSA):
                wrong(
                    "checkpoint-signature", f"the log's signature of type 0x0{one.kind} is {'not there' if made[one] is None else 'false'}"
                )
        if not any(one.kind == ED25519 and one in true for one in own):
            wrong("checkpoint-signature", "there is no valid Ed25519 signature of the log")
        for name, one in self.witnesses.items():
            if made[one] is not None and one not in true:
                wrong("witness-signature", f"the signature of the witness {name} is false")
        if quorum and not self.met(self.quorum, {name for name, one in self.witnesses.items() if one in true}):
            wrong("quorum-missing", f"the witnesses that the policy asks for ({self.quorum}) have not all signed")
        return None


def read_policy(data: bytes) -> Policy:
    """Raises ``Wrong``: policy-malformed."""
    policy = Policy()
    try:
        if len(data) > 1 << 20 or re.search(rb"[^\t\n\x20-\x7e\x80-\xff]", data):
            raise ValueError("control characters, or longer than a million bytes")
        for line in data.decode(errors="surrogateescape").split("\n"):
            policy.add(line)
            if max(map(len, (policy.logs, policy.witnesses, policy.groups))) > 256:
                raise ValueError("more than 256 logs, witnesses or groups")
        for keys in (policy.logs, [*policy.witnesses.values()]):
            if len({one.public for one in keys}) < len(keys):
                raise ValueError("one public key twice")
        if not policy.quorum:
            raise ValueError("no line of a quorum")
    except ValueError as error:
        raise Wrong("policy-malformed", f"the policy is not in order: {error!s:.200}") from None
    return policy


def read_authority(data: bytes) -> list[Key]:
    """Raises ``Wrong``: authority-malformed."""
    try:
        keys = [key(line) for line in data.decode().removesuffix("\n").split("\n")]
        if len({one.public for one in keys}) < len(keys):
            raise ValueError("one public key twice")
    except ValueError as error:
        raise Wrong("authority-malformed", f"the authority's keys are not a vkey a line: {error!s:.200}") from None
    return keys
