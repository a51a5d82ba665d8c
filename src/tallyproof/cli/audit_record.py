"""``tallyproof audit record``: a station counted by hand is typed twice; neither sees what the other typed.

The first text waits as a signed draft outside the log. It goes into the log, with both signatures, once a second person has typed the same.
Where they differ, only the names of the boxes are shown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from tallyproof.cli.audit_log import Folder, Keys, LogKeys, Pen, WhichPlan, append, find_plan, read_log
from tallyproof.cli.check import Language
from tallyproof.cli.files import read_small, write_file
from tallyproof.cli.keys import PassphraseFile
from tallyproof.cli.log_entries import entry_signers
from tallyproof.cli.texts import texts
from tallyproof.compare.logged import LogRead
from tallyproof.errors import UsageError
from tallyproof.model.counts import read_count
from tallyproof.record import audits
from tallyproof.record.canon import Json
from tallyproof.record.entry import Entry, Refused, entry_text, parse_entry
from tallyproof.record.note import Note
from tallyproof.record.rights import may_sign
from tallyproof.record.roster import Key
from tallyproof_log import keyfiles


def record_command(
    folder: Folder,
    plan: WhichPlan,
    station: Annotated[str, typer.Argument(metavar="STATION", help="The station that was counted.", show_default=False)],
    contest: Annotated[str, typer.Option("--contest", help="The contest whose papers were counted.")],
    drafts: Annotated[
        Path, typer.Option("--drafts", help="A folder for what waits for the second person; not in the log, and not to be looked at.")
    ],
    keys: Keys = None,
    log_keys: LogKeys = None,
    figures: Annotated[
        Path | None, typer.Option("--figures", help='A JSON file {"votes": {…}, "boxes": {…}}; without it, each figure is asked for.')
    ] = None,
    absent: Annotated[
        bool, typer.Option("--absent", help="The papers of the station cannot be found: it counts as its worst case.")
    ] = False,
    lang: Annotated[Language, typer.Option("--lang", help="Language of what is shown.")] = Language.EN,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Type the hand count of a drawn station. It counts once a second person, one of the two an operator, has typed the same.

    Exit code 1: the two differ; which boxes is said, not how.
    """
    words = texts(lang)["audit"]
    pen = Pen(keys or [], log_keys or [], None, passphrase_file)
    read = read_log(str(folder))
    record_id = find_plan(read, plan)
    _is_drawn(read, record_id, contest, station)
    value: Json = {"contest": contest, "found": "absent" if absent else "counted", "plan": record_id, "station": station}
    vkeys = [keyfiles.read_vkey(file) for file in pen.keys]
    try:
        may_sign(read.book, audits.COUNT, value, vkeys)
    except Refused as refused:
        raise UsageError(refused.message, hint=refused.hint) from refused
    if not absent:
        value |= _read(figures) if figures is not None else dict(_asked(read, contest, words))
    text = entry_text(read.origin, audits.COUNT, value)
    note = Note(text, tuple(key.sign(text) for key in entry_signers(list(pen.keys), passphrase_file)))
    others = list(_drafts(drafts, read, value, {vkey.name for vkey in vkeys}))
    same = [path for path, other in others if other.text == text]
    for path in same:
        note = note.with_signatures(*parse_entry(read_small(path), read.origin).note.signatures)
    if audits.voices(_signers(read, note), contest, station).settle:
        (index,) = append(folder, [note], pen)
        for path in [*same, _place(drafts, value, vkeys[0].name)]:
            path.unlink(missing_ok=True)
        typer.echo(words["counted"].format(station=station, index=index))
        return
    write_file(_place(drafts, value, vkeys[0].name), note.to_bytes())
    if differ := [other for _, other in others if other.text != text]:
        for other in differ:
            typer.echo(words["differs"].format(station=station, boxes=", ".join(_differs(value, other.value))), err=True)
        raise typer.Exit(1)
    typer.echo(words["waits"].format(station=station))


def _is_drawn(read: LogRead, plan: str, contest: str, station: str) -> None:
    if contest not in read.book.plans[plan]["contests"]:
        raise UsageError(
            f"the plan does not audit the contest {contest!r}", hint=f"it audits {', '.join(read.book.plans[plan]['contests'])}"
        )
    rounds = read.book.rounds.get(plan, {})
    if not any(station in stations for _, stations in rounds.values()):
        raise UsageError(
            f"the station {station!r} has not been drawn", hint="count the stations of the retrieval list: tallyproof audit draw"
        )
    for one in read.book.counts.values():
        if (one.plan, one.contest, one.station) == (plan, contest, station):
            raise UsageError(f"the station {station!r} was counted: entry {one.made}", hint="see tallyproof audit risk")


def _asked(read: LogRead, contest: str, words: Any) -> Iterator[tuple[str, Json]]:
    known = read.book.contests[contest]
    names = {one["candidate"]: one.get("name", one["candidate"]) for one in known.value["candidates"]}
    yield "votes", {one: _figure(words["votes_of"].format(name=names[one])) for one in known.candidates}
    if boxes := known.value.get("boxes"):
        yield "boxes", {one: _figure(one) for one in boxes}


def _figure(prompt: str) -> int:
    while True:
        found = read_count(typer.prompt(prompt, err=True))
        if isinstance(found, int):
            return found
        typer.echo("0 … 999,999,999", err=True)


def _read(path: Path) -> Json:
    try:
        value = json.loads(read_small(path))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not JSON: {error}", hint='{"votes": {"name": 1}, "boxes": {"rejected": 2}}') from error
    if not isinstance(value, dict) or not value.keys() <= {"votes", "boxes"} or "votes" not in value:
        raise UsageError(f"{path} has other fields than votes and boxes", hint='{"votes": {"name": 1}, "boxes": {"rejected": 2}}')
    return value


def _place(drafts: Path, value: Json, name: str) -> Path:
    """A file name that says nothing but that two drafts are of one station."""
    about = hashlib.sha256("\n".join([value["plan"], value["contest"], value["station"]]).encode()).hexdigest()[:16]
    return drafts / f"{about}-{hashlib.sha256(name.encode()).hexdigest()[:8]}.entry"


def _drafts(drafts: Path, read: LogRead, value: Json, mine: set[str]) -> Iterator[tuple[Path, Entry]]:
    """What others have typed of this station."""
    about = _place(drafts, value, "").name.partition("-")[0]
    for path in sorted(drafts.glob(f"{about}-*.entry")):
        try:
            other = parse_entry(read_small(path), read.origin)
        except Refused as refused:
            raise UsageError(f"{path} is no draft of a count: {refused.message}", hint="take it out of the folder") from refused
        is_of_this = other.type == audits.COUNT and all(other.value[name] == value[name] for name in ("plan", "contest", "station"))
        if is_of_this and not {one.name for one in other.note.signatures} & mine:
            yield path, other


def _signers(read: LogRead, note: Note) -> list[Key]:
    found = (read.book.roster.find(one.name, one.key_id) for one in note.signatures)
    return [key for key in found if key is not None and key.counts]


def _differs(one: Json, other: Json) -> list[str]:
    """The names of what differs: candidates and boxes; ``found`` if only one of them found the papers."""
    names = ["found"] if one["found"] != other["found"] else []
    for field in ("votes", "boxes"):
        mine, theirs = one.get(field, {}), other.get(field, {})
        names += sorted(name for name in {*mine, *theirs} if not names and mine.get(name) != theirs.get(name))
    return names
