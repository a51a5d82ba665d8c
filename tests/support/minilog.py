"""A plain maker of public logs for tests, written from specs/entry-v1.md and specs/log-v1.md; it uses no code of ours.

It checks nothing: a test may sign nonsense, leave things out and alter bytes. ``MiniLog`` is a log; ``election()`` is a
small whole election in one, with every type of entry. Keys come from their names, so two runs give the same entries
(ML-DSA signatures may differ).
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

ED25519, COSIGNATURE, MLDSA = 0x01, 0x04, 0x06
TIME = 1_802_000_000  # of every cosignature, POSIX seconds
BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def canonical(value: Any) -> str:
    """RFC 8785 of values without numbers that are not whole, for keys in ASCII."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


# --- Keys ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Key:
    """A key pair that follows from its name and kind. ``kind`` is the signature type of its vkey."""

    name: str
    kind: int = ED25519
    salt: str = ""

    @property
    def private(self) -> Any:
        seed = sha256(f"minilog {self.kind} {self.name} {self.salt}".encode())
        return MLDSA44PrivateKey.from_seed_bytes(seed) if self.kind == MLDSA else Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def public(self) -> bytes:
        return self.private.public_key().public_bytes_raw()

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public)[:4]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64(bytes([self.kind]) + self.public)}"

    def line(self, signature: bytes) -> str:
        return f"— {self.name} {b64(self.id + signature)}\n"

    def sign(self, text: str) -> str:
        """The signature line under an entry or, of the log, under a checkpoint."""
        return self.line(self.private.sign(text.encode()))

    def cosign(self, checkpoint_text: str, time: int = TIME) -> str:
        """A line of type 0x04 or 0x06 under a checkpoint of three lines."""
        if self.kind == MLDSA:
            origin, size, root = checkpoint_text.splitlines()
            names = b"".join(bytes([len(name.encode())]) + name.encode() for name in (self.name,))
            message = b"subtree/v1\n\0" + names + time.to_bytes(8, "big") + bytes([len(origin.encode())]) + origin.encode()
            message += (0).to_bytes(8, "big") + int(size).to_bytes(8, "big") + base64.b64decode(root)
        else:
            message = f"cosignature/v1\ntime {time}\n{checkpoint_text}".encode()
        return self.line(time.to_bytes(8, "big") + self.private.sign(message))


# --- Trees --------------------------------------------------------------------------------------------------------


def leaf(entry: bytes) -> bytes:
    return sha256(b"\0" + entry)


def root_of(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, from leaf hashes."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else sha256(b"")
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + root_of(leaves[:k]) + root_of(leaves[k:]))


def path_of(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962 section 2.1.1: from the sibling of the leaf up."""
    if len(leaves) <= 1:
        return []
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if index < k:
        return [*path_of(index, leaves[:k]), root_of(leaves[k:])]
    return [*path_of(index - k, leaves[k:]), root_of(leaves[:k])]


def tile_path(level: int | str, n: int, width: int = 256) -> str:
    parts = [f"{n % 1000:03}"]
    while n := n // 1000:
        parts.insert(0, f"x{n % 1000:03}")
    return f"tile/{level}/{'/'.join(parts)}" + (f".p/{width}" if width < 256 else "")


# --- The log ------------------------------------------------------------------------------------------------------


def text_of(entry: bytes) -> bytes:
    return entry[: entry.rindex(b"\n\n") + 1]


def record_id(entry: bytes) -> str:
    return sha256(text_of(entry)).hex()


@dataclass
class MiniLog:
    """``entries`` are the bytes of the log, for tests to alter as they like."""

    origin: str = "results.example/2027"
    entries: list[bytes] = field(default_factory=list)
    witnesses: list[Key] = field(default_factory=lambda: [Key("witness-a.example", COSIGNATURE), Key("witness-b.example", COSIGNATURE)])
    quorum: int = 2
    authority: list[Key] = field(default_factory=lambda: [Key("authority.results.example/1"), Key("authority.results.example/2")])

    @property
    def log_keys(self) -> list[Key]:
        return [Key(self.origin, ED25519), Key(self.origin, MLDSA)]

    def text(self, kind: str, /, **fields: Any) -> str:
        return f"{self.origin}\n{kind}/v1\n{canonical(fields)}\n"

    def entry(self, kind: str, /, *signers: Key, **fields: Any) -> bytes:
        text = self.text(kind.replace("_", "-"), **fields)
        return (text + "\n" + "".join(key.sign(text) for key in signers)).encode()

    def add(self, kind: str, /, *signers: Key, **fields: Any) -> str:
        """Appends the entry and gives its record id. ``kind`` without ``/v1``."""
        return self.append(self.entry(kind, *signers, **fields))

    def append(self, entry: bytes) -> str:
        self.entries.append(entry)
        return record_id(entry) if b"\n\n" in entry else ""

    def fields(self, index: int) -> dict[str, Any]:
        return json.loads(text_of(self.entries[index]).split(b"\n")[2])  # type: ignore[no-any-return]

    def rewrite(self, index: int, *signers: Key, **changes: Any) -> None:
        """Another entry in the place of one, with ``changes`` to its fields (None: left out) and signed anew."""
        kind = text_of(self.entries[index]).split(b"\n")[1].decode().removesuffix("/v1")
        fields = {key: value for key, value in {**self.fields(index), **changes}.items() if value is not None}
        self.entries[index] = self.entry(kind, *signers, **fields)

    def root(self, size: int | None = None) -> bytes:
        return root_of([leaf(entry) for entry in self.entries[:size]])

    def prefix(self, size: int | None = None) -> dict[str, Any]:
        """``size`` and ``root`` of what is there now, as entries state them."""
        size = len(self.entries) if size is None else size
        return {"size": size, "root": b64(self.root(size))}

    def checkpoint_text(self, size: int | None = None) -> str:
        size = len(self.entries) if size is None else size
        return f"{self.origin}\n{size}\n{b64(self.root(size))}\n"

    def checkpoint(self, size: int | None = None, log_keys: Iterable[Key] | None = None, witnesses: Iterable[Key] | None = None) -> str:
        return self.seal(self.checkpoint_text(size), log_keys, witnesses)

    def seal(self, text: str, log_keys: Iterable[Key] | None = None, witnesses: Iterable[Key] | None = None) -> str:
        """Any text, with the signatures of log and witnesses under it."""
        own = [key.cosign(text) if key.kind == MLDSA else key.sign(text) for key in (self.log_keys if log_keys is None else log_keys)]
        return text + "\n" + "".join(own + [key.cosign(text) for key in (self.witnesses if witnesses is None else witnesses)])

    def policy(self) -> str:
        lines = [f"log {key.vkey}" for key in self.log_keys]
        lines += [f"witness w{i} {key.vkey}" for i, key in enumerate(self.witnesses, 1)]
        names = " ".join(f"w{i}" for i in range(1, len(self.witnesses) + 1))
        lines += [f"group all-of-them {self.quorum} {names}", "quorum all-of-them"] if self.witnesses else ["quorum none"]
        return "\n".join(lines) + "\n"

    def files(self, size: int | None = None) -> dict[str, bytes]:
        """Path → content of every file of the log folder."""
        entries = self.entries[:size]
        files = {"checkpoint": self.checkpoint(size).encode(), "policy": self.policy().encode()}
        files["authority"] = "".join(f"{key.vkey}\n" for key in self.authority).encode()
        for n in range(0, len(entries), 256):
            some = entries[n : n + 256]
            files[tile_path("entries", n // 256, len(some))] = b"".join(len(one).to_bytes(2, "big") + one for one in some)
        hashes, level = [leaf(entry) for entry in entries], 0
        while hashes:
            for n in range(0, len(hashes), 256):
                files[tile_path(level, n // 256, len(hashes[n : n + 256]))] = b"".join(hashes[n : n + 256])
            hashes, level = [root_of(hashes[n : n + 256]) for n in range(0, len(hashes) - 255, 256)], level + 1
        return files

    def write(self, folder: Path, size: int | None = None, **changes: bytes | None) -> Path:
        """The log as files. ``changes``: path → other content, or None to leave the file out."""
        return write_files(folder, {**self.files(size), **changes})

    def receipt(self, index: int, size: int | None = None) -> str:
        leaves = [leaf(entry) for entry in self.entries[:size]]
        lines = ["c2sp.org/tlog-proof@v1", f"extra {b64(self.entries[index])}", f"index {index}", *map(b64, path_of(index, leaves))]
        return "\n".join(lines) + "\n\n" + self.checkpoint(size)


def write_files(folder: Path, files: Mapping[str, bytes | None]) -> Path:
    for name, content in files.items():
        if content is not None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    return folder


# --- QR (log-v1 section 5) ----------------------------------------------------------------------------------------


def base45(data: bytes) -> str:
    out = ""
    for i in range(0, len(data), 2):
        n = int.from_bytes(data[i : i + 2], "big")
        digits = 3 if len(data[i : i + 2]) == 2 else 2
        out += "".join(BASE45[n // 45**place % 45] for place in range(digits))
    return out


def dictionary(origin: str, contest: Mapping[str, Any]) -> bytes:
    """``contest``: the fields of a ``contest`` entry."""
    fields = {"act": "count", "boxes": dict.fromkeys(contest.get("boxes", []), 0), "closed": "", "contest": contest["contest"]}
    fields |= {"source": "officer", "station": "", "votes": {one["candidate"]: 0 for one in contest["candidates"]}}
    return f"{origin}\nstation-record/v1\n{canonical(fields)}\n".encode()


def qr_text(text: bytes, keys: Iterable[Key], words: bytes) -> str:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=words)
    packed = squeeze.compress(text) + squeeze.flush()
    signatures = b"".join(key.id + key.private.sign(text) for key in keys)
    return "TP1:" + base45(sha256(words)[:4] + len(packed).to_bytes(2, "big") + packed + signatures)


# --- A small election ---------------------------------------------------------------------------------------------

BALLOT = {"NA-1": ["bari", "hafiz", "zia"], "NA-2": ["asma", "khan"]}
STATIONS = {"NA-1": ["1", "2", "3", "4"], "NA-2": ["5", "6"]}
BOXES = ["in_box", "valid", "rejected"]
PARTIES = {"moon": "bari hafiz", "star": "hafiz zia"}


def votes(contest: str, *figures: int | str) -> dict[str, int | str]:
    return dict(zip(BALLOT[contest], figures, strict=True))


def boxes(figures: Iterable[int], rejected: int) -> dict[str, int]:
    valid = sum(figures)
    return {"in_box": valid + rejected, "rejected": rejected, "valid": valid}


class Election(MiniLog):
    """A log with the keys of a small election, and short ways to write its entries.

    ``key("officer", "3")`` is the officer of station 3; others are ``agent`` (with a party), ``observer``,
    ``returning-officer`` and ``operator`` (of a contest; operators are numbered), ``party``, ``observers``, ``court``.
    ``at`` and ``ids`` give index and record id of the steps of ``election()`` by name.
    """

    def __init__(self, threshold: int = 1) -> None:
        super().__init__()
        self.threshold = threshold
        self.at: dict[str, int] = {}
        self.ids: dict[str, str] = {}

    @staticmethod
    def key(role: str, place: str = "", of: str = "") -> Key:
        return Key("/".join(part for part in (f"{role}.results.example", of, place) if part))

    @property
    def chiefs(self) -> list[Key]:
        """As many authority keys as must sign."""
        return self.authority[: self.threshold]

    def step(self, name: str, kind: str, /, *signers: Key, **fields: Any) -> str:
        self.at[name] = len(self.entries)
        self.ids[name] = self.add(kind, *signers, **fields)
        return self.ids[name]

    def definition(self, **changes: Any) -> dict[str, Any]:
        fields = {
            "authority": [key.vkey for key in self.authority],
            "contests": list(BALLOT),
            "courts": {"high": self.key("court").vkey},
            "day": "2027-02-08",
            "election": "2027",
            "name": "General election",
            "observers": {"fafen": self.key("observers", of="fafen").vkey},
            "parties": {party: self.key("party", of=party).vkey for party in PARTIES},
            "rules": {"name": "example-2027", "sha256": sha256(b"rules").hex()},
            "threshold": self.threshold,
        }
        return {**fields, **changes}

    def contest_fields(self, contest: str) -> dict[str, Any]:
        ballot = [{"candidate": name} for name in BALLOT[contest]]
        return {"boxes": BOXES, "candidates": ballot, "contest": contest, "seats": 1, "stations": len(STATIONS[contest])}

    def rosters(self, contest: str) -> None:
        ro, ops = self.key("returning-officer", contest), [self.key("operator", contest, n) for n in "123"]
        named = [{"role": "officer", "stations": [s], "vkey": self.key("officer", s).vkey} for s in STATIONS[contest]]
        named += [{"role": "returning-officer", "vkey": ro.vkey}, *({"role": "operator", "vkey": op.vkey} for op in ops)]
        self.step(f"roster {contest}", "roster", *self.chiefs, by="authority", contest=contest, keys=named)
        for party in PARTIES:
            agents = [{"role": "agent", "stations": [s], "vkey": self.key("agent", s, party).vkey} for s in STATIONS[contest]]
            self.step(f"roster {party} {contest}", "roster", self.key("party", of=party), by=f"party:{party}", contest=contest, keys=agents)
        watch = [{"role": "observer", "stations": STATIONS[contest], "vkey": self.key("observer", contest, "fafen").vkey}]
        self.step(f"roster fafen {contest}", "roster", self.key("observers", of="fafen"), by="observers:fafen", contest=contest, keys=watch)

    def record_fields(self, contest: str, station: str, figures: Iterable[int], rejected: int = 2, **changes: Any) -> dict[str, Any]:
        figures = tuple(figures)
        fields = {"act": "count", "boxes": boxes(figures, rejected), "closed": "2027-02-08T18:05:00Z", "contest": contest}
        fields |= {"serial": f"F45-{station}", "source": "officer", "station": station, "votes": votes(contest, *figures)}
        return {**fields, **changes}

    def count(self, contest: str, station: str, figures: Iterable[int], rejected: int = 2, **changes: Any) -> str:
        """The officer's record of a station, countersigned by the agents of both parties."""
        signers = [self.key("officer", station), *(self.key("agent", station, party) for party in PARTIES)]
        fields = self.record_fields(contest, station, figures, rejected, **changes)
        return self.step(f"count {station}", "station-record", *signers, **fields)


def election(threshold: int = 1) -> Election:
    """Every type of entry once or more. What holds at the end:

    NA-1: station 1 recounted (110, 41, 12; rejected 2), 2 corrected by canvass (95, 88, 5; 3), 3 as counted, with a scan
    that agrees (70, 60, 50; 2), 4 excluded. NA-2: station 5 disputed by an agent (the officer 40, 30; the agent 40, 29),
    6 missing. Declared: ``NA-1`` provisional (before recount and correction, 4 still in) and final, ``NA-2`` final.
    """
    log = Election(threshold)
    ro, court = log.key("returning-officer", "NA-1"), log.key("court")
    log.step("definition", "election-definition", *log.authority, **log.definition())
    for contest in BALLOT:
        log.step(f"contest {contest}", "contest", *log.chiefs, **log.contest_fields(contest))
    for contest, stations in STATIONS.items():
        rows = [{"registered": 400, "station": station} for station in stations]
        log.step(f"stations {contest}", "stations", *log.chiefs, contest=contest, stations=rows)
    for contest in BALLOT:
        log.rosters(contest)
    log.step("freeze", "roster-freeze", *log.chiefs, **log.prefix())
    for contest, stations in STATIONS.items():
        for s in stations:
            log.step(f"form {s}", "form-issue", *log.chiefs, contest=contest, serials=[f"F45-{s}"], station=s)

    log.count("NA-1", "1", (110, 41, 11))
    log.count("NA-1", "2", (95, 80, 5), 3)
    log.count("NA-1", "3", (70, 60, 50))
    log.count("NA-1", "4", (10, 500, 10))
    log.count("NA-2", "5", (40, 30))
    log.step(
        "agree 1", "attestation", log.key("observer", "NA-1", "fafen"), contest="NA-1", record=log.ids["count 1"], says="agree", station="1"
    )
    against = {"boxes": boxes((40, 29), 2), "record": log.ids["count 5"], "votes": votes("NA-2", 40, 29)}
    log.step("disagree 5", "attestation", log.key("agent", "5", "star"), contest="NA-2", says="disagree", station="5", **against)
    log.step("refused 4", "attestation", log.key("agent", "4", "moon"), contest="NA-1", says="refused", station="4")

    picture = sha256(b"picture of station 3").hex()
    log.step("image 3", "image", log.key("officer", "3"), contest="NA-1", mime="image/jpeg", sha256=picture, size=123_456, station="3")
    typed = {"boxes": boxes((70, 60, 50), 2), "contest": "NA-1", "image": picture, "station": "3", "votes": votes("NA-1", 70, 60, 50)}
    for n in "12":
        log.step(f"typed {n}", "transcription", log.key("operator", "NA-1", n), **typed)

    rules = log.definition()["rules"]["sha256"]
    early = {"boxes": {"in_box": 1051, "rejected": 9, "valid": 1042}, "totals": votes("NA-1", 285, 681, 76), "winners": ["hafiz"]}
    log.step("provisional NA-1", "declaration", ro, contest="NA-1", rules=rules, stage="provisional", version=1, **early, **log.prefix())
    log.step(
        "complaint", "complaint", log.key("party", of="moon"), complaint="c-1", contest="NA-1", stations=["4"], summary="Box 4 was seized"
    )
    ruling = log.step("ruling", "ruling", court, complaint=log.ids["complaint"], contest="NA-1", outcome="granted", summary="4 is void")
    log.step("exclusion 4", "exclusion", court, contest="NA-1", ground="box seized", station="4")
    order = log.step("order 1", "recount-order", ro, contest="NA-1", reason="narrow", stations=["1"])
    again = {"boxes": boxes((110, 41, 12), 2), "supersedes": log.ids["count 1"], "votes": votes("NA-1", 110, 41, 12)}
    log.step("recount 1", "recount-result", ro, contest="NA-1", order=order, station="1", **again)
    mended = {"boxes": boxes((95, 88, 5), 3), "supersedes": log.ids["count 2"], "votes": votes("NA-1", 95, 88, 5)}
    canvass = {"act": "canvass", "contest": "NA-1", "reason": "8 written as 0", "station": "2"}
    log.step("correction 2", "correction", log.key("officer", "2"), ro, **canvass, **mended)

    late = {"boxes": {"in_box": 538, "rejected": 7, "valid": 531}, "excluded": ["4"], "totals": votes("NA-1", 275, 189, 67)}
    log.step("tabulation NA-1", "tabulation", ro, contest="NA-1", rules=rules, **late, **log.prefix())
    log.step(
        "final NA-1", "declaration", ro, contest="NA-1", rules=rules, stage="final", version=1, winners=["bari"], **late, **log.prefix()
    )
    other = {"boxes": {"in_box": 72, "rejected": 2, "valid": 70}, "totals": votes("NA-2", 40, 30), "winners": ["asma"]}
    other |= {"disputed": {"5": log.ids["count 5"]}, "missing": ["6"]}
    two = log.key("returning-officer", "NA-2")
    log.step("final NA-2", "declaration", two, contest="NA-2", rules=rules, stage="final", version=1, **other, **log.prefix())
    log.step("seat NA-1", "seat-status", *log.chiefs, contest="NA-1", ground=ruling, holder="bari", status="declared")
    log.step("timestamp", "timestamp", *log.chiefs, authority="tsa.example", sha256=sha256(b"reply").hex(), **log.prefix())
    fresh = Key("officer.results.example/6", salt="new")
    six = {"new": fresh.vkey, "old": log.key("officer", "6").vkey, "reason": "lost"}
    log.step("replace 6", "key-replace", *log.chiefs, two, **six)
    log.step("revoke", "key-revoke", log.key("party", of="star"), key=log.key("agent", "6", "star").vkey, reason="ended")
    return log
