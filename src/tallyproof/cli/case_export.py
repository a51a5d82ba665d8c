"""``tallyproof case export``: one case as a zip for a tribunal. Whoever has the log may make it: no key is asked for, nothing is signed."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from tallyproof.cases.case import Case
from tallyproof.cases.replay import replay
from tallyproof.cli.check import Language
from tallyproof.cli.files import read_small, write_file
from tallyproof.cli.log_entries import entries_of
from tallyproof.cli.log_files import open_log, read_authority, read_policy
from tallyproof.compare.logged import LogRead, verify_log
from tallyproof.errors import InputError, UsageError
from tallyproof.formats.package import read_package, write_package
from tallyproof.log.merkle import Tree
from tallyproof.log.policy import judge
from tallyproof.model.election import Election
from tallyproof.publish.bundle import build, summary_fields, zipped
from tallyproof.publish.bundle_data import Evidence, Given, Row, evidence
from tallyproof.record.replay import election

Where = Annotated[str, typer.Argument(metavar="LOG", help="A folder, .zip or .tar of a log, or its address.", show_default=False)]
CaseName = Annotated[
    str, typer.Argument(metavar="CASE", help="The complaint: its number, its index in the log, or its record id.", show_default=False)
]


def export_command(
    log: Where,
    complaint: CaseName,
    out: Annotated[Path, typer.Option("--out", "-o", help="The .zip to write.")],
    package: Annotated[
        Path | None, typer.Option("--package", help="The election package with rows that were declared station by station (Form 48).")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option("--policy", help="Whose signatures count under the log's checkpoint; else its own.")
    ] = None,
    lang: Annotated[
        list[Language] | None, typer.Option("--lang", help="A language of the pages; again for each. Both, if left out.")
    ] = None,
) -> None:
    """Make the evidence bundle of a case, for a tribunal: anybody may, who has the log. No key is needed."""
    languages = tuple(dict.fromkeys(str(one.value) for one in lang or Language))
    given = read_given(log, complaint, package, policy)
    found = evidence(given)
    data = bundle_of(given, found, languages)
    write_file(out, data)
    differing = sum(any(line.differs for line in one.lines) for one in found.sheets.values())
    typer.echo(f"{out}: {len(found.exhibits)} exhibits, {len(found.sheets)} stations, figures differ at {differing}", err=True)
    typer.echo(f"{hashlib.sha256(data).hexdigest()}  {out.name}")


def add_to(app: typer.Typer) -> None:
    """The command of this module."""
    app.command("export")(export_command)


def read_given(log: str, complaint: str, package: Path | None, policy: Path | None) -> Given:
    """The log, verified, and the case. Raises UsageError, InputError."""
    with open_log(log) as read:
        note = read("checkpoint")
        judged = judge(note, read_policy(read, policy))
        if judged.checkpoint is None or not judged.is_signed:
            raise InputError(
                "the log's checkpoint is not signed as the policy wants it", problems=judged.problems, hint="tallyproof verify LOG"
            )
        point = judged.checkpoint
        authority = read_authority(read, None)
        policy_text = read_small(policy) if policy is not None else read("policy")
        entries = [data for _, data in entries_of(read, point.size)]
    tree = Tree(entries)
    if tree.root() != point.root:
        raise UsageError("the entries are not those of the log's checkpoint", hint=f"see what is wrong with: tallyproof verify {log}")
    told = verify_log(entries, point.origin, authority)
    rows, declared_from = _declared(package, told, complaint)
    case = case_of(told, complaint)
    notices = [
        f"entry {one.index}, {one.contest}: {one.message} [{one.code}]" for one in replay(told.book).notices if one.contest == case.contest
    ]
    return Given(
        book=told.book,
        entries=entries,
        tree=tree,
        checkpoint=note,
        point=point,
        policy=policy_text,
        authority="".join(f"{one}\n" for one in authority).encode(),
        case=case,
        problems=(*map(str, (*judged.problems, *told.problems)), *notices),
        declared=rows,
        declared_from=declared_from,
    )


def case_of(told: LogRead, named: str) -> Case:
    """The case that a complaint's number, index or record id (at least 8 digits) names. Raises UsageError."""
    cases = replay(told.book).cases
    for fits in (
        [one for one in cases if one.number == named],
        [one for one in cases if str(one.index) == named],
        [one for one in cases if len(named) >= 8 and one.complaint.startswith(named)],
    ):
        if len(fits) == 1:
            return fits[0]
        if fits:
            raise UsageError(f"{len(fits)} complaints are called {named!r}", hint="name it by its index or record id")
    known = ", ".join(f"{one.number} (entry {one.index})" for one in cases[:20])
    raise UsageError(f"the log has no complaint {named!r}", hint=f"complaints: {known or 'none'}")


def _declared(package: Path | None, told: LogRead, named: str) -> tuple[tuple[Row, ...], str]:
    if package is None:
        return (), ""
    contest = case_of(told, named).contest
    read = read_package(package)
    frame = read.declared.collect()
    frame = frame.filter((frame["contest"] == contest) & frame["station"].is_not_null())
    rows = tuple(
        Row(f"{row['stage']}/{row['version'] or 1}", row["station"], row["item"], int(row["value"]), row["source"] or "")
        for row in frame.sort("stage", "version", "station", "item").iter_rows(named=True)
    )
    if not rows:
        raise UsageError(f"the package declares nothing of single stations of {contest}", hint="leave --package out")
    return rows, read.about.title or read.about.name


def bundle_of(given: Given, found: Evidence, languages: Sequence[str]) -> bytes:
    """The archive: what the core makes of the log, with package, verifier and summaries."""
    summaries = _summaries(given, found, languages)
    made = build(given, found, package=_package(given), verifier=_verifier(), summaries=summaries, languages=languages)
    return zipped(made)


def _package(given: Given) -> Mapping[str, bytes]:
    """All records of the contest, as a package: its files by name."""
    whole = election(given.book)
    contest = given.case.contest
    tables = {
        name: getattr(whole, name).filter(contest=contest) for name in ("contests", "candidates", "station_contests", "records", "declared")
    }
    kept = tables["records"].select("record")
    votes = whole.votes.join(kept, on="record", how="semi", maintain_order="left")
    stations = whole.stations.join(tables["station_contests"].select("station"), on="station", how="semi", maintain_order="left")
    made = Election(about=whole.about, stations=stations, votes=votes, **tables)
    with tempfile.TemporaryDirectory() as room:
        write_package(made, Path(room) / "package")
        return {path.name: path.read_bytes() for path in sorted((Path(room) / "package").iterdir())}


def _verifier() -> Mapping[str, bytes]:
    """The second opinion's own source files: standard library alone."""
    return {path.name: path.read_bytes() for path in files("tallyproof_verify").iterdir() if path.name.endswith(".py")}


def _summaries(given: Given, found: Evidence, languages: Sequence[str]) -> Mapping[str, bytes]:
    """PDF by language; none where the extra [print] is not installed, which the bundle's README then says."""
    from tallyproof_print import PrintError, Summary, summary

    try:
        return {one: summary(Summary(**summary_fields(given, found, one)), lang=one) for one in languages}
    except PrintError as error:
        typer.echo(f"no summary as PDF: {error.message} ({error.hint})", err=True)
        return {}
