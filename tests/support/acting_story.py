"""An invented election whose declaration, complaints and seat are acted out at the command line, one command after another.

NA-1: ali (P1), bano (P2); one seat; stations 1 to 3. Two returning officers, two courts. ``STEPS`` says of each command who does it, and
who else could have: everybody else must be refused, with nothing appended.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tallyproof.log.checkpoint import LogSigner
from tallyproof.record.note import Algorithm
from tallyproof.tabulate.rules import SHA256
from tallyproof_log import keyfiles
from tests.support.entry_logs import ORIGIN, Value, Writer, rostered
from tests.support.entry_values import key, vkey
from tests.support.logs import SIGNER, Files, ed_key, made_log

NAMES = {
    "authority": "authority.example/1",
    "court": "court.example",
    "high": "high.example",
    "p1": "p1.example",
    "p2": "p2.example",
    "observers": "observers.example",
    "ro1": "ro.example/NA-1/1",
    "ro2": "ro.example/NA-1/2",
    "ro of another contest": "ro.example/PS-1",
    "officer": "officer.example/1",
    "agent": "p1.example/agent",
    "operator": "operator.example/1",
    "stranger": "stranger.example",
}
"""Everybody, by what they are called here."""
ROLES = tuple(NAMES)
OFFICES = ("authority", "court", "high", "p1", "p2", "observers")
PASSPHRASE = "correct horse battery"


def begin() -> Writer:
    """The election up to its records: everything before anybody acts."""
    log = Writer(ORIGIN, (vkey(NAMES["authority"]),))
    definition: Value = {
        "authority": [vkey(NAMES["authority"])],
        "contests": ["NA-1", "PS-1"],
        "courts": {"tribunal": vkey(NAMES["court"]), "high": vkey(NAMES["high"])},
        "day": "2027-02-08",
        "election": "general-2027",
        "name": "An invented election",
        "observers": {"fafen": vkey(NAMES["observers"])},
        "parties": {"P1": vkey(NAMES["p1"]), "P2": vkey(NAMES["p2"])},
        "rules": {"name": "tabulation-v1", "sha256": SHA256},
        "threshold": 1,
    }
    log.add("election-definition/v1", definition, NAMES["authority"])
    for contest in ("NA-1", "PS-1"):
        ballot = [{"candidate": "ali", "name": "Ali", "name_ur": "علی", "party": "P1"}, {"candidate": "bano", "party": "P2"}]
        stations = [{"registered": 400, "station": one} for one in ("123" if contest == "NA-1" else "1")]
        log.add("contest/v1", {"candidates": ballot, "contest": contest, "stations": len(stations)}, NAMES["authority"])
        log.add("stations/v1", {"contest": contest, "stations": stations}, NAMES["authority"])
    staff = [
        rostered("returning-officer", NAMES["ro1"]),
        rostered("returning-officer", NAMES["ro2"]),
        rostered("officer", NAMES["officer"], "1", "2", "3"),
        rostered("operator", NAMES["operator"]),
    ]
    log.add("roster/v1", {"by": "authority", "contest": "NA-1", "keys": staff}, NAMES["authority"])
    other = [rostered("returning-officer", NAMES["ro of another contest"])]
    log.add("roster/v1", {"by": "authority", "contest": "PS-1", "keys": other}, NAMES["authority"])
    agents = [rostered("agent", NAMES["agent"], "1", "2", "3")]
    log.add("roster/v1", {"by": "party:P1", "contest": "NA-1", "keys": agents}, NAMES["p1"])
    for station, ali, bano in (("1", 100, 90), ("2", 50, 80), ("3", 60, 20)):
        boxes = {"in_box": ali + bano + 5, "rejected": 5, "valid": ali + bano}
        value = {"act": "count", "contest": "NA-1", "source": "officer", "station": station, "votes": {"ali": ali, "bano": bano}}
        log.add("station-record/v1", {**value, "boxes": boxes}, NAMES["officer"], called=f"record {station}")
    return log


BASE = begin()


@dataclass(frozen=True, slots=True)
class Doing:
    """One command. ``words``: without LOG, which stands third; ``{name}`` is the index of an earlier step. ``others``: who else may."""

    name: str
    words: str
    who: tuple[str, ...]
    others: tuple[tuple[str, ...], ...] = ()

    def argv(self, log: Path) -> list[str]:
        group, command, *rest = self.words.split()
        return [group, command, str(log), *(word.replace("~", " ").format(**PLACES) for word in rest)]


def _one(*who: str) -> tuple[tuple[str, ...], ...]:
    return tuple((one,) for one in who)


BOTH = ("ro1", "ro2")
PAIRS = (("ro1", "authority"), ("ro2", "authority"))
_SUMMARY = "--summary invented"
STEPS = (
    Doing("provisional", "declare provisional NA-1 --when 2027-02-09T02:00:00Z", BOTH, PAIRS),
    Doing("final", "declare final NA-1", BOTH, PAIRS),
    Doing("notified", "seat notify NA-1 --when 2027-02-20T00:00:00Z", ("authority",)),
    Doing(
        "claim",
        "claims add NA-1 --who bano --day 2027-02-21 --source paper --summary claims~to~have~won --figure bano=200 --rounding bano=10",
        ("observers",),
        _one(*OFFICES),
    ),
    Doing("said", "seat statement NA-1 --who ali --day 2027-02-22 --source paper --summary x", ("p1",), _one(*OFFICES)),
    Doing(
        "complaint",
        f"case file NA-1 C~1 {_SUMMARY} --ground count-faulty --station 1 --evidence {{record_1}} --respondent authority "
        "--respondent party:P2 --asks recount --finding D02 --when 2027-03-01T09:00:00Z",
        ("p1",),
        _one(*OFFICES),
    ),
    Doing("admitted", f"case admit C~1 {_SUMMARY} --when 2027-03-02T09:00:00Z", ("court",), _one("high")),
    Doing("notice", f"case notice C~1 {_SUMMARY} --due 2027-03-10T00:00:00Z --when 2027-03-03T09:00:00Z", ("court",), _one("authority")),
    Doing("reply", f"case reply C~1 {_SUMMARY} --when 2027-03-04T09:00:00Z", ("p2",), _one("authority")),
    Doing("time", f"case ask-time C~1 {_SUMMARY} --when 2027-03-05T09:00:00Z", ("authority",)),
    Doing("silence", f"case no-reply C~1 {_SUMMARY} --to authority --when 2027-03-11T09:00:00Z", ("court",)),
    Doing("hearing", f"case hearing C~1 {_SUMMARY} --when 2027-03-12T09:00:00Z", ("court",)),
    Doing("interim", f"case stay C~1 {_SUMMARY} --when 2027-03-13T09:00:00Z", ("court",)),
    Doing("seat stayed", "seat stay NA-1 --ground {interim} --when 2027-03-13T10:00:00Z", ("authority",)),
    Doing(
        "order",
        f"case order C~1 recount {_SUMMARY} --station 1 --due 2027-04-30T00:00:00Z --when 2027-03-14T09:00:00Z",
        ("court",),
    ),
    Doing("seat recount", "seat recount NA-1 --ground {order} --when 2027-03-15T00:00:00Z", ("authority",)),
    Doing("recount order", "case recount-order NA-1 --station 1 --order {order} --reason invented", ("ro1",), _one("ro2", "court", "high")),
    Doing(
        "recount",
        "case recount-result NA-1 1 --order {recount_order} --votes ali=60 --votes bano=130 --box in_box=195 --box rejected=5",
        ("ro1",),
        _one("ro2"),
    ),
    Doing("final 2", "declare final NA-1 --reason after~the~recount", BOTH, PAIRS),
    Doing("appeal", f"case appeal C~1 {_SUMMARY} --when 2027-04-01T09:00:00Z", ("p2",), _one("p1", "authority")),
    Doing("admitted again", f"case admit C~1 {_SUMMARY} --when 2027-04-02T09:00:00Z", ("high",)),
    Doing(
        "notice again", f"case notice C~1 {_SUMMARY} --due 2027-04-09T00:00:00Z --when 2027-04-03T09:00:00Z", ("high",), _one("authority")
    ),
    Doing("heard again", f"case hearing C~1 {_SUMMARY} --when 2027-04-10T09:00:00Z", ("high",)),
    Doing("order again", f"case order C~1 exclude {_SUMMARY} --station 1 --when 2027-04-11T09:00:00Z", ("high",)),
    Doing("out", "case exclude NA-1 1 --order {order_again} --reason invented", ("authority",), _one("court", "high")),
    Doing("in", "case include NA-1 1 --order {order_again} --reason invented", ("high",), _one("court", "authority")),
    Doing(
        "corrected",
        "case correct NA-1 1 --act ruling --order {order_again} --reason invented --votes ali=61 --votes bano=129",
        ("high",),
        _one("court"),
    ),
    Doing("closed", f"case close C~1 {_SUMMARY} --when 2027-04-20T09:00:00Z", ("high",)),
    Doing("seat declared", "seat declare NA-1 --holder bano --ground {order_again} --when 2027-04-21T00:00:00Z", ("authority",)),
    Doing("notified again", "seat notify NA-1 --when 2027-04-22T00:00:00Z", ("authority",)),
    Doing("oath", "seat take NA-1 --when 2027-04-23T00:00:00Z", ("authority",)),
    Doing("complaint 2", f"case file NA-1 C~2 {_SUMMARY} --when 2027-05-01T09:00:00Z", ("p1",), _one(*OFFICES)),
    Doing("rejected", f"case reject C~2 {_SUMMARY} --when 2027-05-02T09:00:00Z", ("court",), _one("high")),
    Doing("complaint 3", f"case file NA-1 C~3 {_SUMMARY} --when 2027-05-01T09:00:00Z", ("p1",), _one(*OFFICES)),
    Doing("withdrawn", f"case withdraw C~3 {_SUMMARY} --when 2027-05-02T09:00:00Z", ("p1",)),
    Doing(
        "complaint 4",
        f"case file NA-1 C~4 {_SUMMARY} --ground not-qualified --evidence {{seat_declared}} --when 2027-05-01T09:00:00Z",
        ("observers",),
        _one(*OFFICES),
    ),
    Doing("ruling", f"case rule C~4 granted {_SUMMARY}", ("court",), _one("high")),
    Doing("given up", "seat relinquish NA-1 --when 2027-05-10T00:00:00Z", ("authority",)),
    Doing("vacant", "seat vacate NA-1 --when 2027-05-11T00:00:00Z", ("authority",)),
    Doing("called", "seat by-election NA-1 --when 2027-05-12T00:00:00Z", ("authority",)),
    Doing("filled", "seat fill NA-1 --holder ali --when 2027-07-01T00:00:00Z", ("authority",)),
    Doing("option", "seat option NA-1 --when 2027-07-02T00:00:00Z", ("authority",)),
    Doing("vacant 2", "seat vacate NA-1 --when 2027-07-03T00:00:00Z", ("authority",)),
    Doing("called 2", "seat by-election NA-1 --when 2027-07-04T00:00:00Z", ("authority",)),
    Doing("filled 2", "seat fill NA-1 --holder bano --when 2027-09-01T00:00:00Z", ("authority",)),
    Doing("died", "seat died NA-1 --when 2027-09-02T00:00:00Z", ("authority",)),
    Doing("vacant 3", "seat vacate NA-1 --when 2027-09-03T00:00:00Z", ("authority",)),
    Doing("called 3", "seat by-election NA-1 --when 2027-09-04T00:00:00Z", ("authority",)),
    Doing("filled 3", "seat fill NA-1 --holder ali --when 2027-11-01T00:00:00Z", ("authority",)),
    Doing("disqualified", "seat disqualify NA-1 --ground {ruling} --when 2027-11-02T00:00:00Z", ("authority",)),
    Doing("vacant 4", "seat vacate NA-1 --when 2027-11-03T00:00:00Z", ("authority",)),
    Doing("re-poll", "seat re-poll NA-1 --ground {ruling} --when 2027-11-04T00:00:00Z", ("authority",)),
)
PLACES = {f"record_{one}": BASE.places[f"record {one}"] for one in "123"}
PLACES |= {one.name.replace(" ", "_"): BASE.size + at for at, one in enumerate(STEPS)}
"""The index of every record and step."""


def key_files(folder: Path) -> None:
    """Key files of everybody, of the log, and the passphrase of all of them."""
    (folder / "pass").write_text(f"{PASSPHRASE}\n", encoding="utf-8")
    secret = keyfiles.Passphrase(PASSPHRASE)
    for called, name in NAMES.items():
        signing = key(name)
        keyfiles.write(folder / f"{called}.key", keyfiles.SecretKey(signing.vkey, signing._private), secret)
    keyfiles.write(folder / "log.key", keyfiles.SecretKey(keyfiles._vkey(ORIGIN, Algorithm.ED25519, ed_key("log")), ed_key("log")), secret)


def log_folder(folder: Path, entries: list[bytes], signer: LogSigner = SIGNER) -> Path:
    """The folder of a log with just these entries."""
    files: Files = made_log(entries, signer)
    files["authority"] = f"{vkey(NAMES['authority'])}\n".encode()
    for path, data in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return folder
