"""``tallyproof verify``: is this log, receipt or form what was signed, and do declarations follow from it?"""

from __future__ import annotations

import json
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from tallyproof.audit.logged import with_audits
from tallyproof.cli.check import Language, write_text
from tallyproof.cli.files import read_small
from tallyproof.cli.log_files import open_log, read_authority, read_policy, read_seen
from tallyproof.cli.verify_show import show_log
from tallyproof.compare.logged import LogRead, verify_log
from tallyproof.errors import Problem
from tallyproof.findings.log_report import LogFound, log_document
from tallyproof.log import proof
from tallyproof.log.audit import Audit
from tallyproof.log.policy import Policy
from tallyproof.model.words import Role
from tallyproof.record.ledger import named_keys
from tallyproof.record.note import Vkey
from tallyproof_log.fast import know, marks

MANY = 4_000
"""From so many entries on, signatures are asked about by several processes."""
CHUNK = 500


def verify_command(
    where: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="A log: its folder, a .zip or .tar of it, or its address. Or, with --log, a photo of a form.",
            show_default=False,
        ),
    ],
    policy: Annotated[
        Path | None, typer.Option("--policy", help="The policy, from somewhere else than the log: whose signatures count.")
    ] = None,
    authority: Annotated[
        str | None, typer.Option("--authority", help="The authority's keys, from somewhere else: a file, or a verifier key.")
    ] = None,
    seen: Annotated[
        list[Path] | None, typer.Option("--seen", help="A checkpoint that you kept: the log must have grown from it. Again for each.")
    ] = None,
    receipt: Annotated[
        list[Path] | None, typer.Option("--receipt", help="A receipt (.tlog-proof) to verify with the log's keys. Again for each.")
    ] = None,
    timestamp: Annotated[
        list[Path] | None, typer.Option("--timestamp", help="An RFC 3161 reply of the log (timestamps/<size>-<name>.tsr). Again for each.")
    ] = None,
    roots: Annotated[Path | None, typer.Option("--roots", help="Certificates (PEM) of time authorities that you trust.")] = None,
    log: Annotated[str | None, typer.Option("--log", help="The log that knows the form on the photo.")] = None,
    station: Annotated[str | None, typer.Option("--station", help="With a photo: the station that the form should be of.")] = None,
    json_: Annotated[Path | None, typer.Option("--json", help="Write everything that was found as JSON to this file.")] = None,
    lang: Annotated[Language, typer.Option("--lang", help="Language of what is shown.")] = Language.EN,
    role: Annotated[Role, typer.Option("--role", help="For whom to say what to do next.")] = Role.CITIZEN,
    every: Annotated[bool, typer.Option("--all", help="List everything that was found.")] = False,
) -> None:
    """Say whether a public log is what was signed, by those who may, and whether its declarations follow from its records.

    Exit code 0: verified. 1: something is out of order. 2: it cannot be read.
    """
    photo = None if log is None else Path(where)
    with open_log(log if log is not None else where) as read:
        judged_by = read_policy(read, policy)
        known = read_authority(read, authority)
        audit = Audit(read, judged_by, seen=read_seen(seen or []))
        entries = dict(audit.entries())
        of_files = list(audit.problems)
        shown: list[str] = []
        for path in receipt or []:
            of_files += verify_receipt(path, judged_by, entries)
            shown += ["receipt"] if not of_files else []
        times: list[str] = []
        for path in timestamp or []:
            from tallyproof.cli.verify_time import verify_time

            problems, time = verify_time(path, audit.checkpoint.origin if audit.checkpoint else "", entries, roots)
            of_files += problems
            times += [f"{path.name}: {time}"] if time else []
    found = LogFound(
        checkpoint=audit.checkpoint,
        is_signed=audit.judged is not None and audit.judged.is_signed,
        cosigned=tuple(name.decode("utf-8", "replace") for name, _ in audit.judged.cosigned) if audit.judged else (),
        policy_pinned=policy is not None,
        authority_pinned=authority is not None,
        seen=len(seen or []),
        of_files=tuple(of_files),
        read=read_entries(entries, audit, known),
    )
    form: dict[str, Any] | None = None
    if photo is not None:
        from tallyproof.cli.verify_form import verify_form

        problems, form = verify_form(photo, found.read, station)
        found = replace(found, of_files=(*found.of_files, *problems))
        shown += ["form"] if form else []
    document = log_document(found)
    document["established"] += shown
    document["timestamps"] = times
    if json_ is not None:
        write_text(json_, json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    keys = [*(one.key for one in judged_by.logs), *known]
    show_log(document, Console(), language=lang, role=role, every=every, keys=[] if policy and authority else keys, form=form)
    raise typer.Exit(0 if document["ok"] else 1)


def read_entries(entries: dict[int, bytes], audit: Audit, known: tuple[Vkey, ...]) -> LogRead | None:
    """The entries folded. Of a log with a gap, those before it; None if there is not even a first one."""
    checkpoint = audit.checkpoint
    if checkpoint is None:
        return None
    whole: list[bytes] = []
    while len(whole) in entries:
        whole.append(entries[len(whole)])
    if not whole:
        return None
    return with_audits(verify_log(whole, checkpoint.origin, known, already_true=_true_of(whole, checkpoint.origin)))


def _true_of(entries: list[bytes], origin: str) -> frozenset[bytes]:
    """The true signatures of a large log, asked about on all processors; none of a small one, where starting them takes longer.

    A signature that is not among them is asked about again, by OpenSSL: so nothing rests on the faster library when it says no.
    """
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if len(entries) < MANY:
        return frozenset()
    keys = named_keys(entries, origin)
    chunks = [entries[start : start + CHUNK] for start in range(0, len(entries), CHUNK)]
    # Threads of Polars must not be copied into a child: children are started anew.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=know, initargs=(keys,)) as pool:
        return frozenset(chain.from_iterable(pool.map(marks, chunks)))


def verify_receipt(path: Path, policy: Policy, entries: dict[int, bytes]) -> list[Problem]:
    """What is wrong with a receipt: by itself, and against the entries of the log that are at hand."""
    data = read_small(path, proof.MAX_RECEIPT)
    try:
        receipt = proof.parse(data)
    except proof.ReceiptError as error:
        return [Problem(file=path.name, code="receipt-malformed", message=error.message, mend=error.hint)]
    problems = list(proof.verify(receipt, policy, path.name).problems)
    if receipt.index in entries and entries[receipt.index] != receipt.entry:
        message = f"entry {receipt.index} of this log is another one than that of the receipt"
        problems.append(Problem(file=path.name, code="receipt-entry", message=message, mend="keep both: together they show a fork"))
    return problems
