"""One way for all commands that act: read the log, ask whether it may be done, show what is signed, sign it, append it or hand it on.

``acting`` makes a command of a function ``verb(log, by, when, …) -> Act``: it adds the options that all acts have. Nothing is signed, and
no passphrase is asked for, before the core has said that the act may be done by these keys now.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from tallyproof.acts.law import Law, read_now
from tallyproof.acts.log import Act, ActError, Log
from tallyproof.cli.check import Language
from tallyproof.cli.files import write_file
from tallyproof.cli.keys import PassphraseFile
from tallyproof.cli.log_entries import checkpoint_of, entries_of, entry_signers
from tallyproof.cli.log_files import open_log, read_authority
from tallyproof.cli.texts import texts
from tallyproof.errors import RuleError, UsageError
from tallyproof.model.counts import NotACount, read_count
from tallyproof.record.note import Note, Vkey
from tallyproof.rules import read as rules_read
from tallyproof.seats.timing import by_rules, nobody_knows
from tallyproof_log import keyfiles

Folder = Annotated[Path, typer.Argument(metavar="LOG", help="The folder of the log.", show_default=False)]
Where = Annotated[str, typer.Argument(metavar="LOG", help="A folder, .zip or .tar of a log, or its address.", show_default=False)]
ContestKey = Annotated[str, typer.Argument(metavar="CONTEST", help="The contest, by its key in the log.", show_default=False)]
Complaint = Annotated[
    str, typer.Argument(metavar="CASE", help="The complaint: its number, its index in the log, or its record id.", show_default=False)
]
Keys = Annotated[list[Path], typer.Option("--key", help="The key file of who acts; again for each who signs.")]
Cosigners = Annotated[
    list[str] | None,
    typer.Option("--cosigner", help="Name of a key whose owner will sign too, with: tallyproof log sign. Needs --out: it is a draft."),
]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Write the signed entry here, for whoever keeps the log.")]
LogKeys = Annotated[list[Path] | None, typer.Option("--log-key", help="The log's key file: appends the entry; again for its other key.")]
When = Annotated[str | None, typer.Option("--when", help="When it was done, as 2027-02-08T17:40:00Z; now, if left out.")]
At = Annotated[str | None, typer.Option("--at", help="What time it is for deadlines, as 2027-02-08T17:40:00Z; the clock, if left out.")]
Rules = Annotated[
    str | None, typer.Option("--rules", help="The rules of a jurisdiction, such as pk-2017: deadlines and thresholds by them.")
]
Level = Annotated[str | None, typer.Option("--level", help="The kind of contest in those rules, such as national or provincial.")]
Lang = Annotated[Language, typer.Option("--lang", help="Language of what is shown in the terminal.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print everything as JSON.")]
Verb = Callable[..., Act]


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What every act is given besides its own fields."""

    key: list[Path]
    cosigner: list[str] | None
    out: Path | None
    log_key: list[Path] | None
    when: str | None
    rules: str | None
    level: str | None
    lang: Language
    passphrase_file: Path | None


_COMMON: tuple[tuple[str, Any, Any], ...] = (
    ("key", Keys, inspect.Parameter.empty),
    ("cosigner", Cosigners, None),
    ("out", Out, None),
    ("log_key", LogKeys, None),
    ("when", When, None),
    ("rules", Rules, None),
    ("level", Level, None),
    ("lang", Lang, Language.EN),
    ("passphrase_file", PassphraseFile, None),
)
AfterAct = Callable[[Log, Act, Law | None, Mapping[str, Any], Language], None]


def acting(app: typer.Typer, name: str, *, after: AfterAct | None = None, help: str | None = None) -> Callable[[Verb], Verb]:
    """Make ``verb(log, *, by, when, …)`` the command ``name``. ``after``: shows where things stand once the entry is signed."""

    def decorate(verb: Verb) -> Verb:
        hints = get_type_hints(verb, include_extras=True)
        own = [one for key, one in inspect.signature(verb).parameters.items() if key not in ("log", "by", "when")]
        keyword = inspect.Parameter.KEYWORD_ONLY
        parameters = [inspect.Parameter("log", keyword, annotation=Folder)]
        parameters += [inspect.Parameter(one.name, keyword, annotation=hints[one.name], default=one.default) for one in own]
        parameters += [inspect.Parameter(key, keyword, annotation=kind, default=default) for key, kind, default in _COMMON]

        def command(**given: Any) -> None:
            folder = given.pop("log")
            common = Common(**{key: given.pop(key) for key, _, _ in _COMMON})
            perform(folder, common, lambda log, by, when: verb(log, by=by, when=when, **given), after)

        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {one.name: one.annotation for one in parameters}
        command.__doc__ = help or verb.__doc__
        app.command(name)(command)
        return verb

    return decorate


def perform(folder: Path, common: Common, verb: Callable[[Log, Sequence[Vkey], str], Act], after: AfterAct | None = None) -> None:
    """Ask, show, sign, append or write. Raises TallyproofError before anything is signed if it may not be done."""
    if common.out is None and not common.log_key:
        raise UsageError(
            "where does the entry go?", hint="--log-key FILE appends it to the log; --out FILE writes it for whoever keeps the log"
        )
    if common.cosigner and (common.log_key or common.out is None):
        raise UsageError(
            "an entry that somebody else still has to sign is not appended",
            hint="write it with --out, let them sign with: tallyproof log sign, then append it",
        )
    when = common.when or _now()
    law = law_of(common.rules, common.level, common.when)
    log = read_log(str(folder), law)
    act = verb(log, who_acts(log, common.key, common.cosigner), when)
    typer.echo(act.text, err=True, nl=False)
    for remark in act.remarks:
        typer.echo(f"{remark.message} [{remark.code}]", err=True)
    keys = entry_signers(common.key, common.passphrase_file)
    data = Note(act.text, tuple(key.sign(act.text) for key in keys)).to_bytes()
    words = texts(common.lang, "acts")
    if common.out is not None:
        write_file(common.out, data)
        typer.echo(words["written"].format(file=common.out, id=act.record_id))
    if common.log_key:
        index = append(folder, common.log_key, common.passphrase_file, log, data)
        typer.echo(words["appended"].format(index=index, id=act.record_id))
        if after is not None:
            after(log, act, law, words, common.lang)


def append(folder: Path, log_keys: Sequence[Path], passphrase_file: Path | None, log: Log, data: bytes) -> int:
    """Put an entry into the log that was read, and into ``log``; its index. Raises what refuses it; then nothing was appended."""
    from tallyproof.cli.log import signer_of
    from tallyproof_log.store import LogWriter

    signer = signer_of(list(log_keys), passphrase_file)
    with LogWriter(folder, signer, lambda: int(time.time())) as writer:
        if (writer.checkpoint.origin, writer.checkpoint.size, writer.checkpoint.root) != (log.origin, log.size, log.root()):
            raise ActError("the log has grown since it was read", hint="look at what was appended, then do it again")
        writer.accept = lambda _, entry: log.accept(entry)
        outcome = writer.append([data])[0]
    if isinstance(outcome, RuleError):
        raise outcome
    return outcome


def who_acts(log: Log, files: Sequence[Path], cosigners: Sequence[str] | None) -> list[Vkey]:
    """The public keys in key files, and the counting keys of the log with these names. No secret is opened. Raises UsageError, ActError."""
    found = [keyfiles.read_vkey(file) for file in files]
    for name in cosigners or ():
        named = [key.vkey for key in log.book.roster.states() if key.vkey.name == name and key.counts]
        if len(named) != 1:
            raise ActError(f"the log knows {len(named)} keys {name!r} that count", hint="name a key as the roster names it")
        found += named
    return found


def read_log(where: str, law: Law | None = None) -> Log:
    """All entries of a log. They must be those of its checkpoint; who signed that is asked by ``tallyproof verify``. Raises UsageError."""
    timing = nobody_knows if law is None else by_rules(law.jurisdiction, law.level)
    with open_log(where) as read:
        checkpoint = checkpoint_of(read)
        log = Log(checkpoint.origin, read_authority(read, None), timing=timing)
        log.read(data for _, data in entries_of(read, checkpoint.size))
    if log.size != checkpoint.size or log.root() != checkpoint.root:
        raise UsageError("the entries are not those of the log's checkpoint", hint=f"see what is wrong with: tallyproof verify {where}")
    return log


def law_of(rules: str | None, level: str | None, now: str | None) -> Law | None:
    """The rules that were named, at the time that was given or the clock's. Raises UsageError."""
    if rules is None:
        if level is not None:
            raise UsageError("a level belongs to the rules of a jurisdiction", hint="add --rules")
        return None
    if rules not in rules_read.available():
        raise UsageError(f"there are no rules {rules!r}", hint=f"rules: {', '.join(rules_read.available())}")
    jurisdiction = rules_read.load(rules)
    if level is not None and level not in jurisdiction.levels:
        raise UsageError(f"{rules} has no level {level!r}", hint=f"levels: {', '.join(jurisdiction.levels) or 'none; leave it out'}")
    return Law(jurisdiction, level, read_now(now or _now()))


def read_pairs(given: Sequence[str] | None, what: str) -> dict[str, str]:
    """``NAME=VALUE`` by name. Raises UsageError for one that is not so, or a name twice."""
    found: dict[str, str] = {}
    for one in given or ():
        name, equals, value = one.rpartition("=")
        if not equals or not name or name in found:
            raise UsageError(f"{what}: {one[:80]!r} is not NAME=VALUE, or is given twice", hint=f"give {what} as NAME=VALUE, once for each")
        found[name] = value
    return found


def read_figures(given: Sequence[str] | None, what: str) -> dict[str, int | str]:
    """``NAME=FIGURE`` by name; a figure that is not read is illegible, blank or not-on-form. Raises UsageError."""
    found: dict[str, int | str] = {}
    for name, text in read_pairs(given, what).items():
        figure = read_count(text)
        if isinstance(figure, NotACount):
            raise UsageError(f"{what} {name}: {figure.message}", hint=figure.mend)
        found[name] = figure if isinstance(figure, int) else figure.value
    return found


def read_counts(given: Sequence[str] | None, what: str) -> dict[str, int]:
    """``NAME=COUNT`` by name. Raises UsageError for a figure that is not read."""
    found = {}
    for name, figure in read_figures(given, what).items():
        if not isinstance(figure, int):
            raise UsageError(f"{what} {name} has no number", hint="give a whole number from 0")
        found[name] = figure
    return found


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
