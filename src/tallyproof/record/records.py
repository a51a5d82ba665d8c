"""How entries become records, and what that shows: equivocation, late keys, foreign serials, single transcriptions (sections 6 and 8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tallyproof.record.book import Book, Figure, Record, Remark
from tallyproof.record.canon import Json
from tallyproof.record.entry import Entry
from tallyproof.record.rights import OPERATORS, resting
from tallyproof.record.roster import Key, KeyRole

MAKERS = ("station-record/v1", "attestation/v1", "transcription/v1", "correction/v1", "recount-result/v1")
"""Types of entries that can make a record."""


def complete(book: Book, entry: Entry, index: int) -> None:
    """Make the record that an entry, or a copy of it with further signatures, makes now; and say what it shows."""
    text = book.texts[entry.record_id]
    is_first = text.index == index
    if is_first:
        _remark_text(book, entry, index)
    if entry.record_id in book.records or entry.type not in MAKERS:
        return
    record = _record(book, entry, index, text.signers)
    if record is None:
        return
    book.records[entry.record_id] = record
    late = [key.vkey.name for key in resting(entry.type, entry.value, text.signers) if key.late]
    if late:
        _remark(book, "key-late", index, entry.value, f"the record rests on keys named after the roster was frozen: {', '.join(late)}")


def speak(book: Book, entry: Entry, index: int) -> None:
    """Remark on a text that contradicts an earlier one of the same office (section 6)."""
    value, type_ = entry.value, entry.type
    said = [type_, value["contest"]]
    if type_ == "station-record/v1":
        said += [value["station"], value["source"], value["act"]]
    elif type_ == "declaration/v1":
        said += [value["stage"], str(value["version"])]
    else:
        said += [value["supersedes"], value.get("act", "")]
    about = "\n".join(said)
    earlier = book.spoken.get(about, ())
    if earlier:
        allowed = {one.record for one in book.chain(value.get("supersedes"))} if type_ == "station-record/v1" else set()
        other = next((one for one in earlier if one not in allowed), None)
        if other is not None:
            _remark(book, "equivocation", index, value, f"entry {book.texts[other].index} says something else for the same act: {other}")
    book.spoken[about] = (*earlier, entry.record_id)


def explain(book: Book, entry: Entry, index: int) -> None:
    """Remark on a declaration that replaces another one and does not say why."""
    value = entry.value
    if value["version"] > 1 and "reason" not in value:
        _remark(book, "reason-missing", index, value, f"version {value['version']} does not say why it replaces the one before")


def _remark_text(book: Book, entry: Entry, index: int) -> None:
    value, type_ = entry.value, entry.type
    if type_ == "transcription/v1":
        book.transcribed[entry.record_id] = (value["contest"], value["station"], value["image"])
    elif type_ == "attestation/v1":
        if value["says"] != "agree":
            names = ", ".join(key.vkey.name for key in resting(type_, value, book.texts[entry.record_id].signers))
            _remark(book, "attested-against", index, value, f"{names}: {value['says']}")
    else:
        speak(book, entry, index)
        if "serial" in value:
            issued = book.serials.get(value["contest"])
            if issued is not None and value["serial"] not in issued.get(value["station"], ()):
                _remark(book, "serial-unknown", index, value, f"the serial {value['serial']!r} was not issued to this station")


def _remark(book: Book, code: str, index: int, value: Json, message: str) -> None:
    book.remarks.append(Remark(code, index, value["contest"], value.get("station", ""), message))


def _record(book: Book, entry: Entry, index: int, signers: tuple[Key, ...]) -> Record | None:
    value, type_ = entry.value, entry.type
    act, source, supersedes, image = value.get("act", "count"), "officer", value.get("supersedes"), None
    version = 0
    if type_ == "station-record/v1":
        source = value["source"]
    elif type_ == "attestation/v1":
        if value["says"] != "disagree":
            return None
        about = book.records[value["record"]]
        act, version, supersedes = about.act, about.version, about.supersedes
        source = resting(type_, value, signers)[0].source
    elif type_ == "transcription/v1":
        if len(operators(signers, value["contest"])) < OPERATORS:
            return None
        source, image = "scan", value["image"]
    elif type_ == "recount-result/v1":
        act = "recount"
    elif act == "ruling":
        source = "commission"
    if not version:
        version = 1 + sum(one.act == act for one in book.chain(supersedes))
    votes: dict[str, Figure] = value["votes"]
    return Record(
        record=entry.record_id,
        contest=value["contest"],
        station=value["station"],
        source=source,
        act=act,
        version=version,
        supersedes=supersedes,
        made=index,
        votes=tuple(votes.get(one, "blank") for one in book.contests[value["contest"]].candidates),
        boxes=value.get("boxes", {}),
        image=image,
    )


def operators(signers: tuple[Key, ...], contest: str) -> set[bytes]:
    """The different operators of a contest among signers: a key and its replacement are one."""
    return {key.holder for key in signers if key.role is KeyRole.OPERATOR and key.contest == contest}


def incomplete(book: Book) -> Iterator[Remark]:
    """``definition-incomplete``."""
    if book.definition is None:
        return
    for key in book.definition.contests:
        contest = book.contests.get(key)
        if contest is None:
            yield Remark("definition-incomplete", None, key, "", "no entry defines the contest")
        elif contest.value["stations"] != len(book.stations[key]):
            told, named = contest.value["stations"], len(book.stations[key])
            yield Remark("definition-incomplete", None, key, "", f"the contest has {told} stations by its definition; {named} were named")


def typed(book: Book) -> Iterator[Remark]:
    """``one-entry`` and ``entries-differ``, in the order of texts."""
    by_image: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for record_id, (contest, station, image) in book.transcribed.items():
        by_image[contest, station, image].append(record_id)
        if record_id not in book.records:
            index = book.texts[record_id].index
            yield Remark("one-entry", index, contest, station, "one operator has typed this: it makes no record")
    for (contest, station, image), texts in by_image.items():
        if len(texts) < 2 or any(one in book.records for one in texts):
            continue
        who = set().union(*(operators(book.texts[one].signers, contest) for one in texts))
        if len(who) >= OPERATORS:
            index = book.texts[texts[-1]].index
            yield Remark("entries-differ", index, contest, station, f"two operators typed the image {image} differently")
