"""NA-128 (Lahore, 8 February 2024) as a log with a case, for tests and for ``docs/explanation/na-128.md``.

From the real data: every copy of Form 45, the declared figures, the stations at which Form 48 contradicts the commission's own copies
(found here by ``check``, not typed in). **Invented, and the log says so**: that there is a log and who signs it, the tribunal, the
complaint, notice, reply, hearing and the order of a recount. No figure is invented.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tallyproof.formats.package import write_package
from tallyproof.log.checkpoint import LogSigner
from tallyproof.log.merkle import Tree
from tallyproof.model.election import Election
from tallyproof.record.entry import entry_text, parse_entry, read_note, record_id
from tallyproof.record.from_package import entries_of
from tallyproof.record.signing import SigningKey, signed
from tallyproof.tabulate.rules import SHA256
from tallyproof_log.store import LogWriter
from tests.support.history import found, imported, reported

MAPPING, CONTEST, NUMBER = "pakistan-2024-na128", "NA-128", "invented 128/2024"
ORIGIN = "invented.example/na-128"
TIME = 1_710_000_000


def seed(name: str) -> bytes:
    return sha256(f"tests of evidence bundles, nobody's key: {name}".encode()).digest()


def key(name: str) -> SigningKey:
    return SigningKey.from_seed(f"{re.sub('[^A-Za-z0-9.-]', '.', name)}.invented", seed(name))


@cache
def contradicted() -> tuple[str, ...]:
    """The stations whose row of Form 48 is not what the commission's own Form 45 says, as ``check`` finds them (D01)."""
    return tuple(sorted({one["station"] for one in found(reported(MAPPING), "D01")}, key=int))


@dataclass
class Story:
    """Entries that grow; ``add`` signs one and gives its record id."""

    origin: str
    entries: list[bytes]

    def add(self, type_: str, value: dict[str, Any], *names: str) -> str:
        text = entry_text(self.origin, f"{type_}/v1", value)
        self.entries.append(signed(text, *map(key, names)))
        return record_id(text)


def story(election: Election, contest: str, stations: tuple[str, ...], party: str, origin: str = ORIGIN) -> Story:
    """The log of a package, and an invented case about these stations: complaint, admission, notice, reply, hearing, order."""
    title = f"{election.about.title}: figures as transcribed; log, tribunal and complaint invented"
    title_ur = f"{election.about.title_ur}: اعداد نقل شدہ؛ روزنامچہ، ٹریبونل اور شکایت فرضی"
    election = replace(election, about=replace(election.about, title=title, title_ur=title_ur))
    made = Story(origin, entries_of(election, origin, key, lambda entries: Tree(entries).root(), SHA256, ("tribunal",)))
    named = [_about(data, contest, stations) for data in made.entries]
    complaint = made.add(
        "complaint",
        {
            "asks": "recount",
            "complaint": NUMBER,
            "contest": contest,
            "evidence": [one for one in named if one],
            "findings": ["C01", "D01"],
            "grounds": ["copies-contradict", "declaration-contradicts"],
            "respondents": ["authority"],
            "stations": list(stations),
            "summary": f"invented: Form 48 contradicts the commission's own Form 45 at {len(stations)} stations",
            "when": "2024-03-01T09:00:00Z",
        },
        f"agent:{party}",
    )
    court = "court:tribunal"
    steps: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        ("admitted", "03-04", court, {}),
        ("notice", "03-04", court, {"due": "2024-03-18T18:59:59Z"}),
        ("reply", "03-15", "authority", {}),
        ("hearing", "03-25", court, {}),
        ("order", "04-02", court, {"order": {"kind": "recount", "stations": list(stations)}}),
    )
    for word, day, who, more in steps:
        value = {"complaint": complaint, "contest": contest, "step": word, "summary": f"invented: {word}", "when": f"2024-{day}T09:00:00Z"}
        made.add("case-step", {**value, **more}, who)
    return made


def _about(data: bytes, contest: str, stations: tuple[str, ...]) -> str:
    """The record id of an entry that is a record of one of these stations; else empty."""
    note = read_note(data)
    value = parse_entry(data, note.text.partition("\n")[0]).value
    here = value.get("contest") == contest and value.get("station") in stations and "votes" in value
    return record_id(note.text) if here else ""


def write_log(made: Story, folder: Path) -> None:
    signer = LogSigner(made.origin, Ed25519PrivateKey.from_private_bytes(seed("log")))
    with LogWriter(folder, signer, lambda: TIME, create=True) as writer:
        writer.append(made.entries)
    (folder / "policy").write_text("".join(f"log {vkey}\n" for vkey in signer.vkeys) + "quorum none\n", encoding="utf-8")
    (folder / "authority").write_text(f"{key('authority').vkey}\n", encoding="utf-8")


def na_128(folder: Path) -> tuple[Path, Path]:
    """The log and the package, in ``folder``. Skips where the real data are absent."""
    election = imported(MAPPING)
    write_package(election, folder / "package")
    write_log(story(election, CONTEST, contradicted(), "PTI"), folder / "log")
    return folder / "log", folder / "package"
