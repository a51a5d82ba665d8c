"""What somebody could do to a log, each as a function that does it to a small whole election (``tests.support.minilog``).

``STORE`` is done by whoever can write to the folder or the web server, but has no key. ``OPERATOR`` is done by a dishonest operator of the
log with dishonest witnesses: everything is signed again, so only the rules of entries, or a checkpoint that somebody kept, can show it.
``RECEIPT`` is done to a receipt. Each says the code that must be among those that a verifier names.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.minilog import COSIGNATURE, Election, Key, election, leaf

Files = dict[str, bytes | None]
L = 2**252 + 27742317777372353535851937790883648493


@dataclass(frozen=True)
class Tamper:
    """``done(log, files)`` alters the log before it is written, or its files (``None`` removes one)."""

    name: str
    code: str
    done: Callable[[Election, Files], None]
    group: str

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


CATALOGUE: list[Tamper] = []


def tamper(name: str, code: str, group: str) -> Callable[[Callable[[Election, Files], None]], Callable[[Election, Files], None]]:
    def register(done: Callable[[Election, Files], None]) -> Callable[[Election, Files], None]:
        CATALOGUE.append(Tamper(name, code, done, group))
        return done

    return register


def store(name: str, code: str) -> Callable[[Callable[[Election, Files], None]], Callable[[Election, Files], None]]:
    return tamper(name, code, "STORE")


def operator(name: str, code: str) -> Callable[[Callable[[Election, Files], None]], Callable[[Election, Files], None]]:
    return tamper(name, code, "OPERATOR")


# --- In the folder, without any key ---------------------------------------------------------------------------------


def _bundle(files: Files) -> str:
    return next(path for path in files if path.startswith("tile/entries/"))


def _tile(files: Files) -> str:
    return next(path for path in files if path.startswith("tile/0/"))


def _packed(entries: list[bytes]) -> bytes:
    return b"".join(len(one).to_bytes(2, "big") + one for one in entries)


def _edited(log: Election) -> list[bytes]:
    at = log.at["count 1"]
    changed = log.entries[at].replace(b'"bari":110', b'"bari":910')
    assert changed != log.entries[at]
    return [*log.entries[:at], changed, *log.entries[at + 1 :]]


@store("a figure is edited in the bundle", "root-differs")
def _(log: Election, files: Files) -> None:
    files[_bundle(files)] = _packed(_edited(log))


@store("a figure is edited and its tile is made to fit", "root-differs")
def _(log: Election, files: Files) -> None:
    entries = _edited(log)
    files[_bundle(files)] = _packed(entries)
    files[_tile(files)] = b"".join(map(leaf, entries))


@store("an entry is deleted and another one put in its place", "root-differs")
def _(log: Election, files: Files) -> None:
    entries = [one for index, one in enumerate(log.entries) if index != log.at["disagree 5"]]
    files[_bundle(files)] = _packed([*entries, log.entries[-1]])


@store("an entry is deleted", "bundle-malformed")
def _(log: Election, files: Files) -> None:
    files[_bundle(files)] = _packed([one for index, one in enumerate(log.entries) if index != log.at["disagree 5"]])


@store("two entries are exchanged", "root-differs")
def _(log: Election, files: Files) -> None:
    a, b = log.at["count 1"], log.at["count 2"]
    entries = list(log.entries)
    entries[a], entries[b] = entries[b], entries[a]
    files[_bundle(files)] = _packed(entries)


@store("an entry is put in, and the last one left out", "root-differs")
def _(log: Election, files: Files) -> None:
    at = log.at["count 3"]
    files[_bundle(files)] = _packed([*log.entries[:at], log.entries[log.at["count 1"]], *log.entries[at:-1]])


@store("a signature is taken off an entry", "root-differs")
def _(log: Election, files: Files) -> None:
    at = log.at["count 1"]
    entries = list(log.entries)
    entries[at] = entries[at][: entries[at].rindex("—".encode())]
    files[_bundle(files)] = _packed(entries)


@store("the bundle is cut short", "bundle-malformed")
def _(log: Election, files: Files) -> None:
    path = _bundle(files)
    files[path] = (files[path] or b"")[:-100]


@store("the bundle is taken away", "bundle-missing")
def _(log: Election, files: Files) -> None:
    files[_bundle(files)] = None


@store("one bit of a tile is turned", "tile-differs")
def _(log: Election, files: Files) -> None:
    path = _tile(files)
    data = bytearray(files[path] or b"")
    data[37] ^= 4
    files[path] = bytes(data)


@store("a tile is cut short", "tile-truncated")
def _(log: Election, files: Files) -> None:
    path = _tile(files)
    files[path] = (files[path] or b"")[:-1]


@store("a tile is taken away", "tile-missing")
def _(log: Election, files: Files) -> None:
    files[_tile(files)] = None


@store("the size in the checkpoint is changed", "checkpoint-signature")
def _(log: Election, files: Files) -> None:
    text = (files["checkpoint"] or b"").decode()
    files["checkpoint"] = text.replace(f"\n{len(log.entries)}\n", f"\n{len(log.entries) - 1}\n", 1).encode()


@store("the root in the checkpoint is changed", "checkpoint-signature")
def _(log: Election, files: Files) -> None:
    files["checkpoint"] = (files["checkpoint"] or b"").replace(base64.b64encode(log.root()), base64.b64encode(bytes(32)), 1)


@store("the checkpoint is taken away", "checkpoint-missing")
def _(log: Election, files: Files) -> None:
    files["checkpoint"] = None


@store("the checkpoint has a line more", "checkpoint-malformed")
def _(log: Election, files: Files) -> None:
    files["checkpoint"] = log.seal(log.checkpoint_text() + "note to readers\n", log_keys=log.log_keys[:1]).encode()


@store("the size has a leading zero", "checkpoint-malformed")
def _(log: Election, files: Files) -> None:
    text = log.checkpoint_text().replace(f"\n{len(log.entries)}\n", f"\n0{len(log.entries)}\n", 1)
    files["checkpoint"] = log.seal(text).encode()


@store("the whole log is made again with other log keys", "checkpoint-signature")
def _(log: Election, files: Files) -> None:
    files["checkpoint"] = log.checkpoint(log_keys=[Key(log.origin, key.kind, salt="other") for key in log.log_keys]).encode()


@store("the log signs without its second key", "checkpoint-signature")
def _(log: Election, files: Files) -> None:
    files["checkpoint"] = log.checkpoint(log_keys=log.log_keys[:1]).encode()


@store("the checkpoint is of a log with another name", "checkpoint-origin")
def _(log: Election, files: Files) -> None:
    other = Election()
    other.origin, other.entries = "results.example/2028", log.entries
    files["checkpoint"] = other.checkpoint().encode()


@store("the cosignatures are taken off", "quorum-missing")
def _(log: Election, files: Files) -> None:
    files["checkpoint"] = log.checkpoint(witnesses=[]).encode()


@store("one of two witnesses is somebody else", "quorum-missing")
def _(log: Election, files: Files) -> None:
    files["checkpoint"] = log.checkpoint(witnesses=[log.witnesses[0], Key("witness-b.example", COSIGNATURE, salt="other")]).encode()


@store("a cosignature of an older tree is put under a newer one", "witness-signature")
def _(log: Election, files: Files) -> None:
    older = log.checkpoint(size=len(log.entries) - 3).splitlines(keepends=True)
    text = log.checkpoint(witnesses=log.witnesses[:1])
    files["checkpoint"] = (text + next(line for line in older if line.startswith("— witness-b"))).encode()


# --- By a dishonest operator: everything is sealed again -------------------------------------------------------------


@operator("a figure is edited in silence", "signature-bad")
def _(log: Election, files: Files) -> None:
    log.entries = _edited(log)


@operator("a figure is edited and signed by somebody unknown", "signer-missing")
def _(log: Election, files: Files) -> None:
    log.rewrite(log.at["count 1"], Key("officer.results.example/1", salt="forged"), votes={"bari": 910, "hafiz": 41, "zia": 11})


@operator("a record is signed by the officer of another station", "signer-missing")
def _(log: Election, files: Files) -> None:
    log.rewrite(log.at["count 3"], log.key("officer", "2"))


@operator("a stolen agent's key signs for the officer", "signer-missing")
def _(log: Election, files: Files) -> None:
    log.rewrite(log.at["count 3"], log.key("agent", "3", "moon"))


@operator("a stolen key is used after it was revoked", "key-revoked")
def _(log: Election, files: Files) -> None:
    log.add("key-revoke", *log.chiefs, key=log.key("officer", "5").vkey, reason="stolen")
    log.add("station-record", log.key("officer", "5"), **log.record_fields("NA-2", "5", (4, 300)))


@operator("a replaced key is used again", "key-revoked")
def _(log: Election, files: Files) -> None:
    log.add("station-record", log.key("officer", "6"), **log.record_fields("NA-2", "6", (4, 300)))


@operator("the authority takes away an agent's key", "signer-missing")
def _(log: Election, files: Files) -> None:
    log.add("key-revoke", *log.chiefs, key=log.key("agent", "5", "star").vkey, reason="ended")


@operator("a roster is replaced by one of somebody unknown", "signer-missing")
def _(log: Election, files: Files) -> None:
    log.rewrite(log.at["roster NA-1"], Key("authority.results.example/1", salt="forged"))


@operator("the authority makes agents of a party", "signer-missing")
def _(log: Election, files: Files) -> None:
    log.rewrite(log.at["roster moon NA-1"], *log.chiefs)


@operator("a party makes an officer", "role-wrong")
def _(log: Election, files: Files) -> None:
    key = {"role": "officer", "stations": ["1"], "vkey": Key("officer.results.example/1b").vkey}
    log.add("roster", log.key("party", of="moon"), by="party:moon", contest="NA-1", keys=[key])


@operator("one key is given out twice", "key-twice")
def _(log: Election, files: Files) -> None:
    key = {"role": "officer", "stations": ["2"], "vkey": log.key("officer", "1").vkey}
    log.add("roster", *log.chiefs, by="authority", contest="NA-1", keys=[key])


@operator("a station is invented after the freeze", "definition-late")
def _(log: Election, files: Files) -> None:
    log.add("stations", *log.chiefs, contest="NA-1", stations=[{"registered": 5000, "station": "99"}])


@operator("a contest is defined a second time", "definition-twice")
def _(log: Election, files: Files) -> None:
    at = log.at["roster NA-1"]
    fields = {**log.contest_fields("NA-1"), "seats": 2}
    log.entries[at:at] = [log.entry("contest", *log.chiefs, **fields)]


@operator("a whole election is made up under other authority keys", "definition-first")
def _(log: Election, files: Files) -> None:
    forged = [Key(f"authority.results.example/{number}", salt="forged") for number in (1, 2)]
    log.rewrite(0, *forged, authority=[key.vkey for key in forged])


@operator("an entry of another election is put in", "origin-differs")
def _(log: Election, files: Files) -> None:
    other = Election()
    other.origin = "results.example/2026"
    log.append(other.entry("station-record", log.key("officer", "6"), **log.record_fields("NA-2", "6", (4, 300))))


@operator("a stations list loses a station", "definition-incomplete")
def _(log: Election, files: Files) -> None:
    log.rewrite(log.at["stations NA-2"], *log.chiefs, stations=[{"registered": 400, "station": "5"}])


def _with_line(log: Election, line: str, *signers: Key) -> None:
    text = f"{log.origin}\nstation-record/v1\n{line}\n"
    log.append((text + "\n" + "".join(key.sign(text) for key in signers)).encode())


def _six(log: Election) -> str:
    return json.dumps(log.record_fields("NA-2", "6", (4, 300)), sort_keys=True, separators=(",", ":"))


_NEW_SIX = Key("officer.results.example/6", salt="new")


@operator("signed text that can be written in two ways", "json-not-canonical")
def _(log: Election, files: Files) -> None:
    _with_line(log, _six(log).replace('":', '": '), _NEW_SIX)


@operator("one name twice in an object, for two readers to read differently", "json-malformed")
def _(log: Election, files: Files) -> None:
    _with_line(log, _six(log).replace('"asma":4', '"asma":4,"asma":400'), _NEW_SIX)


@operator("half a vote", "json-malformed")
def _(log: Election, files: Files) -> None:
    _with_line(log, _six(log).replace('"asma":4', '"asma":4.5'), _NEW_SIX)


@operator("a negative vote", "json-malformed")
def _(log: Election, files: Files) -> None:
    _with_line(log, _six(log).replace('"asma":4', '"asma":-4'), _NEW_SIX)


@operator("more votes than a form can hold", "field-wrong")
def _(log: Election, files: Files) -> None:
    _with_line(log, _six(log).replace('"asma":4', '"asma":1000000000'), _NEW_SIX)


@operator("text that turns the direction of what is shown", "json-malformed")
def _(log: Election, files: Files) -> None:
    fields = {"contest": "NA-1", "ground": "void \u202eton", "station": "3"}
    log.add("exclusion", log.key("court"), **fields)


@operator("text in another Unicode form than what is shown", "json-malformed")
def _(log: Election, files: Files) -> None:
    log.add("exclusion", log.key("court"), contest="NA-1", ground="e\u0301tat", station="3")


@operator("line ends that some programs do not see", "note-malformed")
def _(log: Election, files: Files) -> None:
    log.entries.append(log.entry("exclusion", log.key("court"), contest="NA-1", ground="void", station="3").replace(b"\n", b"\r\n"))


@operator("votes for somebody who does not stand", "place-unknown")
def _(log: Election, files: Files) -> None:
    log.add("station-record", _NEW_SIX, **{**log.record_fields("NA-2", "6", (4, 300)), "votes": {"asma": 4, "nobody": 300}})


@operator("a record of a station that is not there", "place-unknown")
def _(log: Election, files: Files) -> None:
    log.add("station-record", _NEW_SIX, **{**log.record_fields("NA-2", "6", (4, 300)), "station": "77"})


@operator("a signature that some libraries take and others do not", "signature-bad")
def _(log: Election, files: Files) -> None:
    text = log.text("station-record", **log.record_fields("NA-2", "6", (4, 300)))
    signature = _NEW_SIX.private.sign(text.encode())
    other = int.from_bytes(signature[32:], "little") + L
    log.append((text + "\n" + _NEW_SIX.line(signature[:32] + other.to_bytes(32, "little"))).encode())


@operator("a key of small order, with which anything is signed", "field-wrong")
def _(log: Election, files: Files) -> None:
    from tests.support.minilog import ED25519, b64, sha256

    name, public = "officer.results.example/6c", (1).to_bytes(32, "little")
    key_id = sha256(name.encode() + b"\n" + bytes([ED25519]) + public)[:4].hex()
    vkey = f"{name}+{key_id}+{b64(bytes([ED25519]) + public)}"
    keys = [{"role": "officer", "stations": ["6"], "vkey": vkey}]
    log.add("roster", *log.chiefs, by="authority", contest="NA-2", keys=keys)


@operator("an officer signs two different counts", "equivocation")
def _(log: Election, files: Files) -> None:
    log.add("station-record", log.key("officer", "3"), **log.record_fields("NA-1", "3", (10, 160, 10)))


@operator("a correction replaces the record of another station", "reference-elsewhere")
def _(log: Election, files: Files) -> None:
    log.rewrite(log.at["correction 2"], log.key("officer", "2"), log.key("returning-officer", "NA-1"), supersedes=log.ids["count 3"])


@operator("a correction replaces a record that nobody has seen", "reference-unknown")
def _(log: Election, files: Files) -> None:
    log.rewrite(log.at["correction 2"], log.key("officer", "2"), log.key("returning-officer", "NA-1"), supersedes="ab" * 32)


@operator("the returning officer corrects alone", "signer-missing")
def _(log: Election, files: Files) -> None:
    log.rewrite(log.at["correction 2"], log.key("returning-officer", "NA-1"))


@operator("a recount without an order for that station", "reference-elsewhere")
def _(log: Election, files: Files) -> None:
    ro = log.key("returning-officer", "NA-1")
    fields = {"boxes": {}, "contest": "NA-1", "order": log.ids["order 1"], "station": "3", "supersedes": log.ids["count 3"]}
    log.add("recount-result", ro, votes={"bari": 1, "hafiz": 2, "zia": 3}, **{key: value for key, value in fields.items() if value})


@operator("a new poll that replaces nothing", "act-wrong")
def _(log: Election, files: Files) -> None:
    log.add("station-record", log.key("officer", "3"), **log.record_fields("NA-1", "3", (10, 160, 10), act="repoll"))


@operator("a party excludes a station", "signer-missing")
def _(log: Election, files: Files) -> None:
    log.add("exclusion", log.key("party", of="moon"), contest="NA-1", ground="ours lost", station="3")


@operator("one of two authority keys acts alone", "signer-missing")
def _(log: Election, files: Files) -> None:
    two = election(threshold=2)
    log.entries, log.at = two.entries, two.at
    log.add("exclusion", log.authority[0], contest="NA-1", ground="void", station="3")


def _final(log: Election, contest: str = "NA-1", **changes: object) -> None:
    log.rewrite(log.at[f"final {contest}"], log.key("returning-officer", contest), **changes)


@operator("a total is declared that the records do not have", "declaration-totals")
def _(log: Election, files: Files) -> None:
    _final(log, totals={"bari": 175, "hafiz": 289, "zia": 67}, winners=["hafiz"])


@operator("rejected ballots are declared that the records do not have", "declaration-totals")
def _(log: Election, files: Files) -> None:
    _final(log, boxes={"in_box": 538, "rejected": 107, "valid": 531})


@operator("less is declared than the least that the records allow", "declaration-totals")
def _(log: Election, files: Files) -> None:
    at = log.at["count 3"]
    typed = [log.at["typed 1"], log.at["typed 2"]]
    illegible = {"bari": 70, "hafiz": 60, "zia": "illegible"}
    log.rewrite(at, log.key("officer", "3"), votes=illegible)
    for index, number in zip(typed, "12", strict=True):
        log.rewrite(index, log.key("operator", "NA-1", number), votes=illegible)
    sealed_anew(log, totals={"bari": 275, "hafiz": 189, "zia": 16}, winners=["bari"])


def sealed_anew(log: Election, **changes: object) -> None:
    """After records before it were altered: what binds a prefix is bound to it as it is now."""
    for name in ("provisional NA-1", "tabulation NA-1", "final NA-1"):
        fields = log.fields(log.at[name])
        extra = changes if name == "final NA-1" else {}
        log.rewrite(log.at[name], log.key("returning-officer", "NA-1"), **{**log.prefix(fields["size"]), **extra})
    log.rewrite(log.at["final NA-2"], log.key("returning-officer", "NA-2"), **log.prefix(log.fields(log.at["final NA-2"])["size"]))
    log.rewrite(log.at["timestamp"], *log.chiefs, **log.prefix(log.fields(log.at["timestamp"])["size"]))


@operator("a candidate is left out of the declaration", "declaration-totals")
def _(log: Election, files: Files) -> None:
    _final(log, totals={"bari": 275, "hafiz": 189})


@operator("another winner is declared than the totals have", "declaration-winners")
def _(log: Election, files: Files) -> None:
    _final(log, winners=["hafiz"])


@operator("a missing station is not mentioned", "declaration-missing")
def _(log: Election, files: Files) -> None:
    _final(log, "NA-2", missing=None)


@operator("a disputed station is not mentioned", "declaration-disputed")
def _(log: Election, files: Files) -> None:
    _final(log, "NA-2", disputed=None)


@operator("an excluded station is not mentioned", "declaration-excluded")
def _(log: Election, files: Files) -> None:
    _final(log, excluded=None)


@operator("a declaration by other rules", "declaration-rules")
def _(log: Election, files: Files) -> None:
    _final(log, rules="cd" * 32)


@operator("a declaration over another prefix, with its root", "declaration-totals")
def _(log: Election, files: Files) -> None:
    _final(log, **log.prefix(log.at["recount 1"]))


@operator("a declaration over a prefix with the root of another", "prefix-differs")
def _(log: Election, files: Files) -> None:
    _final(log, size=log.at["recount 1"])


@operator("a timestamp over a tree that never was", "prefix-differs")
def _(log: Election, files: Files) -> None:
    log.rewrite(log.at["timestamp"], *log.chiefs, root=base64.b64encode(bytes(32)).decode())


# --- Against a checkpoint that somebody kept --------------------------------------------------------------------------


@tamper("the log has become shorter", "rollback", "SEEN")
def _(log: Election, files: Files) -> None:
    log.entries = log.entries[:-2]


@tamper("somebody is shown another log of the same size", "fork", "SEEN")
def _(log: Election, files: Files) -> None:
    log.rewrite(log.at["count 3"], log.key("officer", "3"), serial="F45-3b")


@tamper("history is rewritten while the log grows", "fork", "SEEN")
def _(log: Election, files: Files) -> None:
    log.rewrite(log.at["count 3"], log.key("officer", "3"), serial="F45-3b")
    log.add("exclusion", log.key("court"), contest="NA-2", ground="void", station="6")


# --- Receipts ------------------------------------------------------------------------------------------------------


def receipt(name: str, code: str) -> Callable[[Callable[[Election, Files], None]], Callable[[Election, Files], None]]:
    return tamper(name, code, "RECEIPT")


@receipt("the entry in a receipt is edited", "receipt-path")
def _(log: Election, files: Files) -> None:
    text = log.receipt(log.at["count 1"]).split("\n")
    entry = log.entries[log.at["count 1"]].replace(b'"bari":110', b'"bari":910')
    files["receipt"] = "\n".join([text[0], "extra " + base64.b64encode(entry).decode(), *text[2:]]).encode()


@receipt("the receipt of another entry", "receipt-path")
def _(log: Election, files: Files) -> None:
    text = log.receipt(log.at["count 1"])
    files["receipt"] = text.replace(f"\nindex {log.at['count 1']}\n", f"\nindex {log.at['count 2']}\n").encode()


@receipt("a hash of the path is changed", "receipt-path")
def _(log: Election, files: Files) -> None:
    lines = log.receipt(log.at["count 1"]).split("\n")
    lines[3] = base64.b64encode(bytes(32)).decode()
    files["receipt"] = "\n".join(lines).encode()


@receipt("a receipt is cut short", "receipt-malformed")
def _(log: Election, files: Files) -> None:
    files["receipt"] = log.receipt(log.at["count 1"]).partition("\n\n")[0].encode()


@receipt("a receipt of a log that nobody witnessed", "quorum-missing")
def _(log: Election, files: Files) -> None:
    files["receipt"] = (log.receipt(log.at["count 1"]).partition("\n\n")[0] + "\n\n" + log.checkpoint(witnesses=[])).encode()


def write(one: Tamper, folder: Path) -> Path:
    """The tampered log in ``folder``; beside it, in ``kept``, what an honest person has from outside: policy, authority, a checkpoint."""
    good = election()
    kept = folder.parent / "kept"
    kept.mkdir(parents=True, exist_ok=True)
    for name in ("policy", "authority", "checkpoint"):
        content = good.files()[name]
        (kept / name).write_bytes(content)
    log = election()
    files: Files = {}
    if one.group in ("OPERATOR", "SEEN"):
        one.done(log, files)
        files = dict(log.files())
    else:
        files = dict(log.files())
        one.done(log, files)
    for path, data in files.items():
        if data is not None:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
    return folder


__all__ = ["CATALOGUE", "Tamper", "sealed_anew", "write"]
