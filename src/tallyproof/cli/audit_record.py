"""``tallyproof audit record``: a station counted by hand is typed twice; neither sees what the other typed.

The first text waits as a signed draft outside the log. It goes into the log, with both signatures, once a second person has typed the same.
Where they differ, only the names of the boxes are shown. A whole round can be typed as one sheet (``audit_sheets``): the log is read and
the keys are opened once, and each station goes its own way.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from tallyproof.acts.log import ActError, Log
from tallyproof.audit.logged import impossible, read_plan
from tallyproof.cli.audit_log import Folder, Keys, LogKeys, Pen, WhichPlan, find_plan, offer, read_to_act
from tallyproof.cli.audit_sheets import ABSENT, COUNTED, Sheet, read_sheet
from tallyproof.cli.check import Language
from tallyproof.cli.files import read_small, write_file
from tallyproof.cli.keys import PassphraseFile
from tallyproof.cli.log_entries import entry_signers
from tallyproof.cli.texts import texts
from tallyproof.compare.logged import LogRead
from tallyproof.errors import InputError, Problem, UsageError
from tallyproof.model.counts import read_count
from tallyproof.record import audits
from tallyproof.record.book import AuditCount
from tallyproof.record.canon import Json
from tallyproof.record.entry import Entry, Refused, entry_text, parse_entry, record_id
from tallyproof.record.note import Note
from tallyproof.record.rights import may_sign
from tallyproof.record.roster import Key
from tallyproof_log import keyfiles


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a count of a station cannot be taken. ``code`` as in the problems of files."""

    code: str
    message: str
    hint: str


def record_command(
    folder: Folder,
    plan: WhichPlan,
    contest: Annotated[str, typer.Option("--contest", help="The contest whose papers were counted.")],
    drafts: Annotated[
        Path, typer.Option("--drafts", help="A folder for what waits for the second person; not in the log, and not to be looked at.")
    ],
    station: Annotated[str, typer.Argument(metavar="[STATION]", help="The station that was counted; or --from.", show_default=False)] = "",
    keys: Keys = None,
    log_keys: LogKeys = None,
    from_: Annotated[
        Path | None, typer.Option("--from", help="A whole round: the sheet that audit draw wrote (-counts.csv), filled in.")
    ] = None,
    figures: Annotated[
        Path | None, typer.Option("--figures", help='A JSON file {"votes": {…}, "boxes": {…}}; without it, each figure is asked for.')
    ] = None,
    absent: Annotated[
        bool, typer.Option("--absent", help="The papers of the station cannot be found: it counts as its worst case.")
    ] = False,
    lang: Annotated[Language, typer.Option("--lang", help="Language of what is shown.")] = Language.EN,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Type the hand count of a drawn station, or of a whole round.

    It counts once a second person, one of the two an operator, has typed the same.

    Exit code 1: the two differ; which boxes is said, not how. 2: something in the sheet is wrong; then nothing of it was taken.
    """
    words = texts(lang)["audit"]
    pen = Pen(keys or [], log_keys or [], None, passphrase_file)
    if bool(station) is (from_ is not None) or (from_ is not None and (absent or figures is not None)):
        raise UsageError("which count?", hint="name one station, or give --from with the sheet of a round")
    if absent and figures is not None:
        raise UsageError("papers that are absent have no figures", hint="give --absent or --figures")
    read, log = read_to_act(folder)
    desk = _Desk(folder, read, log, find_plan(read, plan), contest, drafts, pen, words)
    desk.audits_it()
    if from_ is not None:
        desk.take_sheet(read_sheet(from_, read.book.contests[contest], desk.drawn()))
        return
    value = desk.value(station, {"found": ABSENT if absent else COUNTED})
    if wrong := desk.not_drawn(station) or desk.counted(station) or desk.may_not(value):
        raise UsageError(wrong.message, hint=wrong.hint)
    if not absent:
        value |= _read(figures) if figures is not None else dict(_asked(read, contest, words))
    if wrong := desk.refused(value) or desk.cannot_be([value]).get(station):
        raise UsageError(wrong.message, hint=wrong.hint)
    desk.take([value])


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where one person types counts of one contest. ``plan``: its record id."""

    folder: Path
    read: LogRead
    log: Log
    plan: str
    contest: str
    drafts: Path
    pen: Pen
    words: Any

    def value(self, station: str, fields: Json) -> Json:
        return {"contest": self.contest, "plan": self.plan, "station": station, **fields}

    # --- what is refused ------------------------------------------------------------------------------------------------

    def audits_it(self) -> None:
        """Raises UsageError."""
        contests = self.read.book.plans[self.plan]["contests"]
        if self.contest not in contests:
            raise UsageError(f"the plan does not audit the contest {self.contest!r}", hint=f"it audits {', '.join(contests)}")

    def drawn(self) -> list[str]:
        """The stations of all rounds that the contest has."""
        known = self.read.book.stations[self.contest]
        rounds = self.read.book.rounds.get(self.plan, {})
        return list(dict.fromkeys(one for _, stations in rounds.values() for one in stations if one in known))

    def not_drawn(self, station: str) -> Wrong | None:
        if station in self.drawn():
            return None
        hint = "count the stations of the retrieval list: tallyproof audit draw"
        return Wrong("unknown-station", f"the station {station!r} has not been drawn", hint)

    def counts(self) -> dict[str, AuditCount]:
        """What counts already; of several of a station the first."""
        found: dict[str, AuditCount] = {}
        for one in self.read.book.counts.values():
            if (one.plan, one.contest) == (self.plan, self.contest):
                found.setdefault(one.station, one)
        return found

    def counted(self, station: str) -> Wrong | None:
        if (one := self.counts().get(station)) is None:
            return None
        return Wrong("counted-before", f"the station {station!r} was counted: entry {one.made}", "see tallyproof audit risk")

    def may_not(self, value: Json) -> Wrong | None:
        try:
            may_sign(self.read.book, audits.COUNT, value, [keyfiles.read_vkey(file) for file in self.pen.keys])
        except Refused as refused:
            return Wrong(refused.code, refused.message, refused.hint or "sign with the key of whoever typed it")
        return None

    def refused(self, value: Json) -> Wrong | None:
        """Why the log would not take the count; asked before it waits for the second person."""
        if record_id(entry_text(self.read.origin, audits.COUNT, value)) in self.read.book.texts:
            # One person's text is in the log: another signature may come under it.
            return self.may_not(value)
        try:
            self.log.ask(audits.COUNT, value, [keyfiles.read_vkey(file) for file in self.pen.keys])
        except (Refused, ActError) as refused:
            code = refused.code if isinstance(refused, Refused) else "signer-missing"
            return Wrong(code, refused.message, refused.hint or "see specs/entry-v1.md section 5")
        return None

    def cannot_be(self, values: Sequence[Json]) -> dict[str, Wrong]:
        """The stations that would have more votes for one candidate than papers: such a count can never be taken out of the log again."""
        of = read_plan(self.read.book, self.plan)
        found = {}
        for value in values:
            votes = value.get("votes")
            count = AuditCount("", self.plan, self.contest, value["station"], votes, value.get("boxes", {}), self.read.size)
            if message := impossible(of, count):
                found[value["station"]] = Wrong("too-many-votes", message, "look at the paper again; is it the right column?")
        return found

    # --- what is taken --------------------------------------------------------------------------------------------------

    def take_sheet(self, sheet: Sheet) -> None:
        """All rows that are not in the log yet. Raises InputError with all that is wrong; then nothing was signed."""
        before = self.counts()
        values, problems, forbidden = [], list[Problem](), 0
        for typed in sheet.rows:
            value = self.value(typed.station, typed.fields)
            if wrong := self.may_not(value):
                forbidden += 1
            elif (known := before.get(typed.station)) is None:
                wrong = self.refused(value)
                values.append((typed.row, value))
            elif differ := _differs(value, _as_said(known)):
                message = f"the log has another count: entry {known.made} differs at {', '.join(differ)}"
                wrong = Wrong("counted-before", message, "the first count stands; take the row out")
            if wrong is not None:
                problems.append(_problem(sheet, typed.row, wrong))
        if forbidden and forbidden == len(sheet.rows):
            raise UsageError(problems[0].message, hint=problems[0].mend)
        wrongs = self.cannot_be([value for _, value in values])
        problems += [_problem(sheet, row, wrongs[value["station"]]) for row, value in values if value["station"] in wrongs]
        if problems:
            problems.sort(key=lambda one: (one.row or 0, one.code))
            raise InputError(
                f"{sheet.file} has {len(problems)} problems: nothing was signed, nothing is in the log",
                problems=tuple(problems),
                hint="mend the file from the papers, then give it again",
            )
        for typed in sheet.rows:
            if typed.unread:
                self._tell("unread", station=typed.station, boxes=", ".join(typed.unread))
        self._tell("sheet", typed=len(sheet.rows), before=len(sheet.rows) - len(values), empty=len(sheet.empty))
        self.take([value for _, value in values])

    def take(self, values: Sequence[Json]) -> None:
        """Sign each; what two have typed alike goes into the log, the rest waits. Raises typer.Exit(1) if any two differ."""
        mine = [keyfiles.read_vkey(file).name for file in self.pen.keys]
        waiting = self._waiting({*mine})
        signers = entry_signers(list(self.pen.keys), self.pen.passphrase_file) if values else []
        agreed: list[tuple[Json, Note, list[Path]]] = []
        later: list[tuple[Json, Note, list[Entry]]] = []
        for value in values:
            text = entry_text(self.read.origin, audits.COUNT, value)
            note = Note(text, tuple(key.sign(text) for key in signers))
            others = waiting.get(value["station"], [])
            same = [(path, other) for path, other in others if other.text == text]
            for _, other in same:
                note = note.with_signatures(*other.note.signatures)
            if audits.voices(_signers(self.read, note), self.contest, value["station"]).settle:
                agreed.append((value, note, [path for path, _ in same]))
            else:
                later.append((value, note, [other for _, other in others if other.text != text]))
        for value, note, _ in later:
            write_file(_place(self.drafts, value, mine[0]), note.to_bytes())
        self._append(agreed, mine)
        for value, _, differ in later:
            for other in differ:
                self._tell("differs", station=value["station"], boxes=", ".join(_differs(value, other.value)))
            if not differ:
                typer.echo(self.words["waits"].format(station=value["station"]))
        if any(differ for _, _, differ in later):
            raise typer.Exit(1)

    def _append(self, agreed: Sequence[tuple[Json, Note, list[Path]]], mine: Sequence[str]) -> None:
        """Each station is one entry: it is in the log with both signatures, or not at all. Raises UsageError for what the log refuses."""
        if not agreed:
            return
        refused = None
        for (value, _, drafts), outcome in zip(
            agreed, offer(self.folder, self.log, [note for _, note, _ in agreed], self.pen), strict=True
        ):
            if not isinstance(outcome, int):
                refused = refused or outcome
                continue
            for path in [*drafts, _place(self.drafts, value, mine[0])]:
                path.unlink(missing_ok=True)
            typer.echo(self.words["counted"].format(station=value["station"], index=outcome))
        if refused is not None:
            raise UsageError(f"the log refuses it: {refused.message}", hint=refused.hint or "see specs/entry-v1.md section 5") from refused

    def _waiting(self, mine: set[str]) -> Mapping[str, list[tuple[Path, Entry]]]:
        """What others have typed of this contest, by station. Raises UsageError for a file that is no draft of a count."""
        found: dict[str, list[tuple[Path, Entry]]] = defaultdict(list)
        for path in sorted(self.drafts.glob("*.entry")):
            try:
                other = parse_entry(read_small(path), self.read.origin)
            except Refused as refused:
                raise UsageError(f"{path} is no draft of a count: {refused.message}", hint="take it out of the folder") from refused
            is_of_this = other.type == audits.COUNT and (other.value["plan"], other.value["contest"]) == (self.plan, self.contest)
            if is_of_this and not {one.name for one in other.note.signatures} & mine:
                found[other.value["station"]].append((path, other))
        return found

    def _tell(self, word: str, **figures: object) -> None:
        typer.echo(self.words[word].format(**figures), err=True)


def _problem(sheet: Sheet, row: int, wrong: Wrong) -> Problem:
    return Problem(file=sheet.file, row=row, column="station", code=wrong.code, message=wrong.message, mend=wrong.hint)


def _as_said(count: AuditCount) -> Json:
    if count.votes is None:
        return {"found": ABSENT}
    return {"found": COUNTED, "votes": dict(count.votes), "boxes": dict(count.boxes)}


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
