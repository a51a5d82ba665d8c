"""Is this the log that was signed, and what follows from its entries? specs/log-v1.md sections 1 to 4."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections import ChainMap, deque
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import count, islice
from typing import Any

from tallyproof_verify.entries import MAX_ENTRY, Entry, read_entry
from tallyproof_verify.files import Reader
from tallyproof_verify.notes import Checkpoint, Key, NameId, Wrong, checkpoint, ed25519, unbase64
from tallyproof_verify.policy import Policy, read_authority, read_policy
from tallyproof_verify.reading import Package
from tallyproof_verify.replay import Holder, Replay, new_keys, node
from tallyproof_verify.tally import contest_document

NOTICES = {"entries-differ", "one-entry", "key-late", "serial-unknown", "attested-against", "reason-missing", "audit-plan"}
NOT_ESTABLISHED = [
    "that the figures are true: only who signed them, and that nothing was changed since",
    "that no record was kept out before the log",
    "who holds the keys, and whether they were alone when they signed",
    "that others see the same log, beyond what witnesses and the checkpoints given here show",
    "the times of timestamps and cosignatures, the pictures of forms, and documents that are named by their hash",
]
SMALL = 1 << 20  # most bytes of a checkpoint, a policy, a receipt
MOST_AHEAD = 1 << 22  # or so many bytes of them
Leaf = tuple[Entry | Wrong, bytes]
"""An entry, or why it is none, and its leaf hash."""
MOST_LOST = 100  # so many bundles or tiles that are missing are reported
AHEAD = 1024  # entries whose signatures are checked by worker processes while those before are replayed


def true_signatures(jobs: list[tuple[bytes, list[tuple[bytes, bytes]]]]) -> list[list[bool]]:
    """For every text and its (public key, signature): is it true? Runs in a worker process."""
    return [[ed25519(public, signature, text) for public, signature in pairs] for text, pairs in jobs]


def next_window(entries: Iterator[Leaf]) -> list[Leaf]:
    window, weight = [], 0
    for entry, leaf in islice(entries, AHEAD):
        window.append((entry, leaf))
        weight += len(entry.text) if isinstance(entry, Entry) else 0
        if weight > MOST_AHEAD:
            break
    return window


def checked_ahead(entries: Iterator[Leaf], size: int, keys: dict[NameId, Holder]) -> Iterator[Leaf]:
    """The same entries in the same order. In a large log, with signatures checked on all processors: those of ``keys``, the ones known
    when what was yielded before has been replayed, and of keys that were named since."""
    processors = os.cpu_count() or 1
    if size < AHEAD or processors == 1:
        yield from entries
        return
    named: deque[dict[NameId, Holder]] = deque(maxlen=2)
    waiting: deque[Any] = deque()
    with ProcessPoolExecutor(processors) as pool:
        while True:
            if window := next_window(entries):
                read = [entry for entry, _ in window if isinstance(entry, Entry)]
                named.append({(one.key.name, one.key.id): one for entry in read for one in new_keys(entry)})
                known = ChainMap({}, *named, keys)
                made = [{of: made for of, made in one.signatures.items() if of in known and len(made) == 64} for one in read]
                pairs = [[(known[of].key.public, signature) for of, signature in one.items()] for one in made]
                parts = [(read[i : i + 128], pairs[i : i + 128]) for i in range(0, len(read), 128)]
                jobs = [[(one.text, some) for one, some in zip(*part, strict=True)] for part in parts]
                waiting.append((window, [(*part, pool.submit(true_signatures, job)) for part, job in zip(parts, jobs, strict=True)]))
            if not waiting:
                return
            if not window or len(waiting) > 1:
                done, futures = waiting.popleft()
                for some, asked, future in futures:
                    for entry, of, answers in zip(some, asked, future.result(), strict=True):
                        entry.checked.update({public: answer for (public, _), answer in zip(of, answers, strict=True)})
                yield from done


def path(level: int | str, n: int, width: int = 256) -> str:
    digits = f"{n:0{-(-len(str(n)) // 3) * 3}}"
    parts = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    return f"tile/{level}/{'/'.join([*('x' + part for part in parts[:-1]), parts[-1]])}" + (f".p/{width}" if width < 256 else "")


class LogCheck:
    """One verification. ``problems`` and ``established`` are those of the JSON document."""

    def __init__(self, policy: bytes | None, authority: bytes | None) -> None:
        """What is known from outside, None where nothing is."""
        self.given, self.policy = (policy, authority), Policy()
        self.problems: list[dict[str, Any]] = []
        self.established: list[str] = []
        self.point: Checkpoint | None = None
        self.replay: Replay | None = None
        self.signed = False  # the checkpoint that was read last, by the log
        self.whole = False  # the entries are those of the checkpoint

    def add(self, code: str, message: str, where: str, index: int | None = None) -> None:
        kind = "notice" if code in NOTICES else "problem"
        self.problems.append({"code": code, "kind": kind, "index": index, "where": where, "message": message})

    def trust(self, read: Reader | None) -> list[Key]:
        """Reads policy and authority, and says whether they came from outside. The authority's keys; without a log they are not needed."""
        keys: list[Key] = []
        for name, given in zip(("policy", "authority"), self.given, strict=True):
            if given is None and read is None:
                continue
            data = read(name, SMALL) if given is None and read else given
            try:
                if data is None:
                    raise Wrong(f"{name}-malformed", "it is not in the log, and none was given")
                if name == "policy":
                    self.policy = read_policy(data)
                    own = [*self.policy.logs, *self.policy.witnesses.values()]
                else:
                    keys = own = read_authority(data)
            except Wrong as wrong:
                self.add(wrong.code, str(wrong), name)
                continue
            origin = "was given from outside" if given is not None else "is the log's own: this shows only that the log agrees with itself"
            prints = [f"{one.name!a} {hashlib.sha256(one.vkey.encode()).hexdigest()}" for one in own]
            self.established.append(f"the {name} {origin}; compare with the gazette (SHA-256 of each vkey): {', '.join(prints)}")
        return keys

    def checkpoint(self, data: bytes, where: str, quorum: bool = True) -> Checkpoint | None:
        try:
            point = checkpoint(data)
        except ValueError as error:
            self.add("checkpoint-malformed", f"not a signed note of origin, size and root ({error!s:.120})", where)
            return None
        self.signed = bool(self.policy.quorum) and self.policy.judge(point, lambda code, message: self.add(code, message, where), quorum)
        return point

    # --- 3. Tiles -------------------------------------------------------------------------------------------------

    def part(self, read: Reader, level: int | str, n: int, width: int, most: int) -> tuple[bytes, int] | None:
        """A tile or bundle, and its width: the full one where the partial one is not there."""
        for wide in (width, 256) if width < 256 else (256,):
            if (data := read(path(level, n, wide), most)) is not None:
                return data, wide
        self.add("bundle-missing" if level == "entries" else "tile-missing", "it is not there, or cannot be read", path(level, n, width))
        return None

    def entries(self, read: Reader, point: Checkpoint) -> Iterator[Leaf]:
        """Every entry with its leaf hash, up to the first bundle that is not in order; later bundles are only looked at."""
        lost = 0
        for n in range(-(-point.size // 256)):
            width = min(256, point.size - n * 256)
            found: list[bytes] = []
            at = 0
            if part := self.part(read, "entries", n, width, 256 * (MAX_ENTRY + 2)):
                data, wide = part
                while at < len(data) and len(found) <= 256:
                    end = at + 2 + int.from_bytes(data[at : at + 2], "big")
                    found.append(data[at + 2 : end])
                    at = end
                if at != len(data) or len(found) != wide:
                    self.add("bundle-malformed", "a length that does not fit, or another number of entries", path("entries", n, wide))
                    part = None
            lost += part is None
            if lost > MOST_LOST:
                return
            for raw in found[:width] if not lost else ():
                try:
                    entry: Entry | Wrong = read_entry(raw, point.origin)
                except Wrong as wrong:
                    entry = wrong
                yield entry, hashlib.sha256(b"\0" + raw).digest()

    def tiles(self, read: Reader, size: int, levels: list[list[bytes]]) -> None:
        lost = 0
        for level in count():
            width = size >> 8 * level
            if not width or lost > MOST_LOST:
                return
            hashes = levels[8 * level] if len(levels) > 8 * level else []
            for n in range(-(-width // 256)):
                part = self.part(read, level, n, min(256, width - n * 256), 256 * 32)
                lost += part is None
                if lost > MOST_LOST:
                    return
                if part is not None and len(part[0]) != part[1] * 32:
                    self.add("tile-truncated", f"{len(part[0])} bytes, not {part[1] * 32}", path(level, n, part[1]))
                elif part is not None and (below := b"".join(hashes[n * 256 : n * 256 + 256])) != part[0][: len(below)]:
                    self.add("tile-differs", "it is not the hashes of what lies below it", path(level, n, part[1]))

    def log(self, read: Reader, remote: bool = False) -> None:
        """The whole log: tree, entries, records, declarations. If it is ``remote``, nothing is fetched that the log did not sign for."""
        keys = self.trust(read)
        data = read("checkpoint", SMALL)
        if data is None:
            return self.add("checkpoint-missing", "there is no checkpoint: nobody says what the log is", "checkpoint")
        before = len(self.problems)
        point = self.point = self.checkpoint(data, "checkpoint")
        if not point:
            return None
        if self.policy.quorum and len(self.problems) == before:
            self.established.append(f"the log and the witnesses that the policy asks for signed {point.size} entries with this root")
        if remote and not self.signed:
            return self.established.append("nothing of the entries: as the log's signature is not valid, they were not fetched")
        foreign = [one.public for one in [*self.policy.logs, *self.policy.witnesses.values()]]
        replay = self.replay = Replay([one.public for one in keys], foreign)
        for entry, leaf in checked_ahead(self.entries(read, point), point.size, replay.keys):
            replay.take(entry, leaf)
        levels = replay.tree.levels
        self.tiles(read, point.size, levels)
        if len(levels[0]) < point.size:
            self.established.append(f"only the first {len(levels[0])} entries could be read: nothing is known of those after them")
        elif replay.tree.root(point.size) != point.root:
            self.add(
                "root-differs", "the entries are not those of the checkpoint: one was changed, left out, put in or moved", "checkpoint"
            )
        else:
            self.whole = True
            self.established.append(f"the {point.size} entries are exactly those of the checkpoint, in this order")
        if len(levels[0]) == point.size:
            replay.finish()
        for code, index, message in replay.problems:
            self.add(code, message, "entries", index)
        accepted = f"{len(levels[0]) - replay.refused} entries were signed by those who must sign such entries and break no rule"
        self.established.append(f"{accepted}; {replay.refused} are refused and have no effect")
        self.established.append(f"{replay.compared} tabulations and declarations were compared with the records of exactly their prefix")
        if replay.audits.plans:
            found = f"{len(replay.audits.plans)} plans, {len(replay.audits.results)} results"
            self.established.append(f"audits ({found}): draws and risks were computed again from the dice and the counts")
        return None

    def compare(self, other: Checkpoint, where: str) -> None:
        """Does the log contain the tree of a checkpoint that somebody kept?"""
        if self.point is None or self.replay is None or other.origin != self.point.origin:
            return self.add("checkpoint-origin", f"there is no log here of the origin {other.origin!a:.80} to compare it with", where)
        if other.size > self.point.size:
            return self.add("rollback", f"it has {other.size} entries, the log only {self.point.size}: entries were taken out again", where)
        if other.size < self.point.size and not self.whole:
            return self.established.append(f"{where}: not compared, as the entries are not those of the checkpoint")
        root = self.point.root if other.size == self.point.size else self.replay.tree.root(other.size)
        if root != other.root:
            return self.add("fork", f"its tree of {other.size} entries is not the beginning of the log: two histories were signed", where)
        return self.established.append(f"{where}: the log goes on from it, with its {other.size} entries unchanged")

    def seen(self, data: bytes, where: str) -> None:
        if other := self.checkpoint(data, where, quorum=False):
            self.compare(other, where)

    # --- 4. Receipts ----------------------------------------------------------------------------------------------

    def receipt(self, data: bytes, where: str) -> None:
        head, blank, note = data.partition(b"\n\n")
        try:
            lines = r"c2sp\.org/tlog-proof@v1\nextra (\S+)\nindex (0|[1-9][0-9]{0,15})((?:\n\S+){0,63})"
            if not blank or not (match := re.fullmatch(lines, head.decode())):
                raise ValueError("a line is missing or wrong, or there are more than 63 hashes")
            entry, index, hashes = unbase64(match[1]), int(match[2]), [unbase64(one) for one in match[3].split()]
            if not 0 < len(entry) <= MAX_ENTRY or any(len(one) != 32 for one in hashes):
                raise ValueError("an entry or a hash of another length")
        except ValueError as error:
            return self.add("receipt-malformed", f"not a tlog-proof with an entry in it ({error!s:.120})", where)
        point = self.checkpoint(note, where)
        if point is None:
            return None
        if index >= point.size or climb(entry, index, point.size, hashes) != point.root:
            return self.add("receipt-path", "the path does not lead from the entry to the root that was signed", where, index)
        self.established.append(f"{where}: the tree of {point.size} entries, as signed, has this entry at index {index}")
        if self.replay is not None:
            self.compare(point, where)
            codes = [code for code, at_index, _ in self.replay.problems if at_index == index]
            self.established.append(f"{where}: what the log says of the entry: {', '.join(codes) or 'it is accepted'}")
        return None

    def document(self) -> dict[str, Any]:
        """The result for other programs; ``contests`` as in the report document."""
        point, contests = self.point, []
        for race in self.replay.races.values() if self.replay else ():
            contest = race.at(1 << 53)
            for said in race.declared:
                figures, key = {**said["totals"], **said.get("boxes", {})}, f"{said['stage']}/{said['version']}"
                contest.declared += [("", "", key, item, figure) for item, figure in figures.items()]
            few = len({one.source for one in contest.records}) <= 12
            contests.append(contest_document(Package({}, {}, {}), contest, None, None, few, []))
            contests[-1].pop("areas")
        return {
            "ok": not any(one["kind"] == "problem" for one in self.problems),
            "election": self.replay.definition.get("name") if self.replay else None,
            "origin": point.origin if point else None,
            "size": point.size if point else None,
            "root": base64.b64encode(point.root).decode() if point else None,
            "established": self.established,
            "not_established": NOT_ESTABLISHED,
            "problems": self.problems,
            "contests": contests,
        }


def climb(entry: bytes, index: int, size: int, hashes: list[bytes]) -> bytes:
    """The root that an inclusion path leads to (RFC 9162 section 2.1.3.2); b"" if it is too long or too short."""
    root, last = hashlib.sha256(b"\0" + entry).digest(), size - 1
    for one in hashes:
        if not last:
            return b""
        if index % 2 or index == last:
            root = node(one, root)
            while index and not index % 2:
                index, last = index >> 1, last >> 1
        else:
            root = node(root, one)
        index, last = index >> 1, last >> 1
    return b"" if last else root
