"""A whole election as entries of a log, of any size and the same each time: for clients nobody here wrote, and for benchmarks.

Keys come from their names, so nothing here is a secret. One officer and some agents sign each station's record (about 1 KB with
four agents); the declaration of each contest binds the first entries, as an election body would. Nothing is disputed or missing:
what odd logs do is asked elsewhere.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ORIGIN = "results.example/2027/general"
SOURCE = "officer"
RULES = {"name": "tabulation-v1", "sha256": hashlib.sha256(b"tabulation-v1").hexdigest()}
TIME = 1_800_000_000
_KEYS_IN_A_ROSTER = 250
_STATIONS_IN_AN_ENTRY = 1_000
_CHUNK = 500


@dataclass(frozen=True)
class Shape:
    """How large the election is. ``keys``: every station has keys of its own, or each contest one for each role."""

    stations: int = 1_000
    contests: int = 10
    agents: int = 4
    candidates: int = 8
    keys: str = "station"

    def contest(self, station: int) -> str:
        return f"NA-{1 + station * self.contests // self.stations}"

    def stations_of(self, contest: int) -> range:
        first = -(-contest * self.stations // self.contests)
        return range(first, -(-(contest + 1) * self.stations // self.contests))

    def signers(self, station: int) -> list[str]:
        """Names of the keys of a station: the officer, then the agents."""
        where = f"{self.contest(station)}/{station + 1}" if self.keys == "station" else self.contest(station)
        return [f"officer.results.example/{where}", *(f"p{party + 1}.example/{where}" for party in range(self.agents))]


def private(name: str) -> Ed25519PrivateKey:
    """The key that is called so, always the same."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"tests/support/biglog " + name.encode()).digest())


@functools.lru_cache(maxsize=4_096)
def _signer(name: str) -> tuple[Ed25519PrivateKey, str, bytes]:
    key = private(name)
    public = b"\x01" + key.public_key().public_bytes_raw()
    identity = hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
    return key, f"{name}+{identity.hex()}+{base64.b64encode(public).decode()}", identity


def vkey(name: str) -> str:
    return _signer(name)[1]


def write(kind: str, value: dict[str, object], signers: Iterable[str], origin: str = ORIGIN) -> bytes:
    """One entry, signed by the keys of these names."""
    text = f"{origin}\n{kind}\n{json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(',', ':'))}\n"
    lines = []
    for name in signers:
        key, _, identity = _signer(name)
        lines.append(f"— {name} {base64.b64encode(identity + key.sign(text.encode())).decode()}\n")
    return (text + "\n" + "".join(lines)).encode()


def figures(shape: Shape, station: int) -> dict[str, int]:
    """Votes of a station: of no pattern, the same each time, 0 to 799."""
    drawn = hashlib.sha256(f"votes {station}".encode()).digest() * (1 + shape.candidates // 16)
    return {f"c{one + 1:02}": int.from_bytes(drawn[2 * one : 2 * one + 2], "big") % 800 for one in range(shape.candidates)}


def record(shape: Shape, station: int) -> bytes:
    votes = figures(shape, station)
    valid = sum(votes.values())
    boxes = {"in_box": valid + station % 7, "registered": 8 * 800, "rejected": station % 7, "valid": valid}
    value = {
        "act": "count", "boxes": boxes, "closed": "2027-02-08T17:40:00Z", "contest": shape.contest(station), "source": SOURCE,
        "station": str(station + 1), "votes": votes,
    }  # fmt: skip
    return write("station-record/v1", value, shape.signers(station))


def before(shape: Shape) -> Iterator[bytes]:
    """Everything up to the freeze of the rosters, without it: definition, contests, stations, keys."""
    names = [f"NA-{one + 1}" for one in range(shape.contests)]
    parties = [f"p{one + 1}" for one in range(shape.agents)]
    definition = {
        "authority": [vkey("authority.results.example")], "contests": names, "day": "2027-02-08", "election": "general-2027",
        "name": "General election 2027", "parties": {one: vkey(f"{one}.example") for one in parties}, "rules": RULES, "threshold": 1,
    }  # fmt: skip
    authority = ["authority.results.example"]
    yield write("election-definition/v1", definition, authority)
    for number, contest in enumerate(names):
        stations = shape.stations_of(number)
        candidates = [{"candidate": f"c{one + 1:02}", "name": f"Candidate {one + 1}"} for one in range(shape.candidates)]
        boxes = ["in_box", "registered", "rejected", "valid"]
        yield write(
            "contest/v1", {"boxes": boxes, "candidates": candidates, "contest": contest, "seats": 1, "stations": len(stations)}, authority
        )
        for start in range(0, len(stations), _STATIONS_IN_AN_ENTRY):
            some = [{"registered": 8 * 800, "station": str(one + 1)} for one in stations[start : start + _STATIONS_IN_AN_ENTRY]]
            yield write("stations/v1", {"contest": contest, "stations": some}, authority)
        returning = {"role": "returning-officer", "vkey": vkey(f"ro.results.example/{contest}")}
        yield write("roster/v1", {"by": "authority", "contest": contest, "keys": [returning]}, authority)
        for which in range(1 + shape.agents):
            by = "authority" if which == 0 else f"party:p{which}"
            holder = authority if which == 0 else [f"p{which}.example"]
            role = "officer" if which == 0 else "agent"
            places: dict[str, list[str]] = {}
            for station in stations:
                places.setdefault(shape.signers(station)[which], []).append(str(station + 1))
            keys = [
                {"role": role, "stations": some[start : start + 5_000], "vkey": vkey(name)}
                for name, some in places.items()
                for start in range(0, len(some), 5_000)
            ]
            for start in range(0, len(keys), _KEYS_IN_A_ROSTER):
                yield write("roster/v1", {"by": by, "contest": contest, "keys": keys[start : start + _KEYS_IN_A_ROSTER]}, holder)


def freeze(size: int, root: bytes) -> bytes:
    value = {"root": base64.b64encode(root).decode(), "size": size}
    return write("roster-freeze/v1", value, ["authority.results.example"])


def totals(shape: Shape, contest: int) -> dict[str, int]:
    found = dict.fromkeys(figures(shape, 0), 0)
    for station in shape.stations_of(contest):
        for candidate, votes in figures(shape, station).items():
            found[candidate] += votes
    return found


def declarations(shape: Shape, size: int, root: bytes) -> Iterator[bytes]:
    """The final declaration of each contest from the first ``size`` entries."""
    for number in range(shape.contests):
        sums = totals(shape, number)
        value = {
            "contest": f"NA-{number + 1}", "root": base64.b64encode(root).decode(), "rules": RULES["sha256"], "size": size,
            "stage": "final", "totals": sums, "version": 1, "winners": [max(sums, key=lambda one: sums[one])],
        }  # fmt: skip
        yield write("declaration/v1", value, [f"ro.results.example/NA-{number + 1}"])


def _some(shape: Shape, start: int) -> list[bytes]:
    return [record(shape, station) for station in range(start, min(start + _CHUNK, shape.stations))]


def records(shape: Shape, workers: int = 2) -> Iterator[bytes]:
    """The records of all stations in order; made by several processes, since signing takes the time."""
    starts = range(0, shape.stations, _CHUNK)
    if workers < 2:
        for start in starts:
            yield from _some(shape, start)
        return
    with ProcessPoolExecutor(workers) as pool:
        for some in pool.map(functools.partial(_some, shape), starts):
            yield from some


def vkeys(shape: Shape) -> list[str]:
    """Every key that signs an entry."""
    names = {name for station in range(shape.stations) for name in shape.signers(station)}
    names |= {"authority.results.example", *(f"p{one + 1}.example" for one in range(shape.agents))}
    names |= {f"ro.results.example/NA-{one + 1}" for one in range(shape.contests)}
    return [vkey(name) for name in sorted(names)]
