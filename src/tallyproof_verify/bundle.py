"""Checks an evidence bundle, unzipped: every file, every receipt, every signature under an exhibit, every figure shown, the tabulation."""

from __future__ import annotations

import csv
import hashlib
import sys
from pathlib import Path
from typing import Any

from tallyproof_verify import notes
from tallyproof_verify.entries import Entry, read_entry
from tallyproof_verify.log import SMALL, LogCheck
from tallyproof_verify.notes import ML_DSA, Key, Wrong
from tallyproof_verify.replay import new_keys
from tallyproof_verify.tally import check as check_package

MOST_SHOWN = 50


class Bundle:
    """``wrong``: a sentence for everything that does not fit; ``found``: what was established."""

    def __init__(self, folder: Path, policy: bytes | None = None) -> None:
        self.folder, self.given = folder, policy
        self.wrong: list[str] = []
        self.found: list[str] = []
        self.notes: list[str] = []
        self.entries: dict[str, Entry] = {}

    def check(self) -> None:
        self.manifest()
        self.receipts()
        self.signatures()
        self.figures()
        self.tabulation()

    def table(self, name: str) -> list[dict[str, str]]:
        with (self.folder / name).open(encoding="utf-8", newline="") as stream:
            # A cell that a spreadsheet would run has an apostrophe before it, put there by whoever wrote the table.
            return [{key: one[1:] if one[:1] == "'" else one for key, one in row.items()} for row in csv.DictReader(stream)]

    def manifest(self) -> None:
        listed = {}
        for line in (self.folder / "manifest.sha256").read_text(encoding="utf-8").splitlines():
            digest, _, name = line.partition("  ")
            listed[name] = digest
        there = {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file() or path.is_symlink()}
        there = {name for name in there if "__pycache__" not in name} - {"manifest.sha256"}
        self.wrong += [f"{name}: not in the manifest" for name in sorted(there - listed.keys())]
        for name, digest in listed.items():
            path = self.folder / name
            if name not in there or path.is_symlink():
                self.wrong.append(f"{name}: in the manifest, and not here")
            elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
                self.wrong.append(f"{name}: other bytes than in the manifest")
        self.found.append(f"{len(listed)} files are those of the manifest")

    def policy(self) -> bytes:
        data = self.given or (self.folder / "receipts" / "policy").read_bytes()
        if not hasattr(notes.MLDSA44PublicKey, "public_bytes"):  # without the library nothing can say whether these are true
            lines = data.split(b"\n")
            kept = [line for line in lines if not (line[:4] == b"log " and _is_mldsa(line))]
            if len(kept) < len(lines):
                self.notes.append("the log's ML-DSA-44 signature was not checked: that needs the library cryptography. Ed25519 was.")
            data = b"\n".join(kept)
        return data

    def receipts(self) -> None:
        log = LogCheck(self.policy(), None)
        log.trust(None)
        count = 0
        for row in self.table("index.csv"):
            name = row["entry_file"]
            if not name:
                continue
            raw = (self.folder / name).read_bytes()
            receipt = (self.folder / row["receipt"]).read_bytes()
            before = len(log.problems)
            log.receipt(receipt[: SMALL + 1], row["receipt"])
            head = dict(line.partition(b" ")[::2] for line in receipt.split(b"\n")[1:3])
            if len(log.problems) > before:
                continue
            if notes.unbase64(head[b"extra"].decode()) != raw or head[b"index"].decode() != row["entry_index"]:
                self.wrong.append(f"{name}: not the entry of its receipt, or not at that index")
            try:
                assert log.point is None
                entry = read_entry(raw, raw.partition(b"\n")[0].decode())
            except (Wrong, ValueError) as wrong:
                self.wrong.append(f"{name}: no entry ({wrong})")
                continue
            if entry.id != row["record_id"]:
                self.wrong.append(f"{name}: its record id is {entry.id}, the index says {row['record_id']}")
            self.entries[entry.id] = entry
            count += 1
        self.wrong += [f"{one['where']}: {one['code']}: {one['message']}" for one in log.problems if one["kind"] == "problem"]
        self.found.append(f"{count} receipts: the signed tree has each of these entries at its index")

    def signatures(self) -> None:
        keys: dict[tuple[str, bytes], Key] = {}
        for entry in self.entries.values():
            for one in new_keys(entry):
                keys.setdefault((one.key.name, one.key.id), one.key)
        count = 0
        for identity, entry in self.entries.items():
            known = [keys[of] for of in entry.signatures if of in keys]
            if not known:
                self.wrong.append(f"entry {identity}: nobody's signature under it is of a key that is named here")
            elif not all(entry.true(one) for one in known):
                self.wrong.append(f"entry {identity}: a signature under it is false")
            count += len(known)
        self.found.append(f"{count} signatures under {len(self.entries)} entries are true, of keys that entries here name")

    def figures(self) -> None:
        """What the tables show of a signed copy is what the copy says."""
        count = 0
        for row in self.table("tables/copies.csv"):
            said = self.entries.get(row["record"])
            if said is None:
                self.wrong.append(f"tables/copies.csv: no entry here is the record {row['record']}")
                continue
            figures = {**said.data.get("boxes", {}), **said.data["votes"]}
            if str(figures.get(row["item"], "blank")) != (row["figure"] or row["unread"]) or row["station"] != said.data["station"]:
                self.wrong.append(f"tables/copies.csv: {row['item']} at station {row['station']} is not what {row['record']} says")
            count += 1
        self.found.append(f"{count} figures in tables/copies.csv are those of signed entries")

    def tabulation(self) -> None:
        document, _ = check_package(self.folder / "package")
        (contest,) = document["contests"]
        rows: dict[str, dict[str, dict[str, str]]] = {}
        for row in self.table("tables/totals.csv"):
            rows.setdefault(row["view"], {})[row["candidate"]] = row
        states = {row["view"]: row for row in self.table("tables/views.csv")}
        mine: dict[str, tuple[dict[str, int], dict[str, Any]]] = {
            "all": ({row["candidate"]: row["min"] for row in contest["totals"]}, contest["winner"]["by_records"]),
            **{f"source {view['source']}": (view["totals"], view["winner"]) for view in contest["views"]},
        }
        compared = 0
        for name, (totals, winner) in mine.items():
            if name not in rows:
                continue
            compared += 1
            if {one: str(low) for one, low in totals.items()} != {one: row["min"] for one, row in rows[name].items()}:
                self.wrong.append(f"tables/totals.csv: the view {name!r} has other totals than the records give")
            if states[name]["state"] and (states[name]["state"], states[name]["winners"].split()) != (winner["state"], winner["candidates"]):
                self.wrong.append(f"tables/views.csv: the view {name!r} has another winner than the records give")
        for row in contest["totals"]:
            if str(row["max"] if row["max"] is not None else "") != rows["all"][row["candidate"]]["max"]:
                self.wrong.append(f"tables/totals.csv: the most of {row['candidate']} is {row['max']} by the records")
        self.found.append(f"{compared} views were added up again from package/, with the same totals and winners")


def _is_mldsa(line: bytes) -> bool:
    try:
        return notes.key(line.split()[1].decode(), (notes.ED25519, ML_DSA)).kind == ML_DSA
    except (ValueError, IndexError):
        return False


def main(arguments: list[str] | None = None) -> int:
    """0: everything fits; 1: something does not; 2: it cannot be read."""
    arguments = sys.argv[1:] if arguments is None else arguments
    folder = Path(arguments[0]) if arguments else Path()
    try:
        made = Bundle(folder, Path(arguments[1]).read_bytes() if len(arguments) > 1 else None)
        made.check()
    except Exception as error:  # whatever a hostile file does, it was not verified
        print(f"{folder}: cannot be read as an evidence bundle: {type(error).__name__}: {error!s:.300}", file=sys.stderr)
        return 2
    print(*made.found, sep="\n")
    print(*made.notes, sep="\n")
    if made.given is None:
        print("the policy (whose signatures count) is the bundle's own: compare it with the one that was published")
    print(*(f"WRONG  {one}" for one in made.wrong[:MOST_SHOWN]), sep="\n")
    print(f"{len(made.wrong)} things are wrong" if made.wrong else "everything fits")
    return 1 if made.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
