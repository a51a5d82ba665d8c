"""What a verification found, in a terminal: the verdict, what it rests on and what it leaves open, then each thing that was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from rich.console import Console
from rich.markup import escape

from tallyproof.cli.texts import texts
from tallyproof.findings.log_report import next_steps, title
from tallyproof.model.words import Role
from tallyproof.record.note import Vkey

FIRST = 12
"""So many of the things found are shown unless all are asked for; notices after the others."""


def show_log(
    document: Mapping[str, Any],
    console: Console,
    *,
    language: str,
    role: Role,
    every: bool,
    keys: Sequence[Vkey] = (),
    form: Mapping[str, Any] | None = None,
) -> None:
    """``keys``: those that the log itself named, to be compared with the gazette. ``form``: a form that was verified against the log."""
    words = texts(language)

    def say(line: str, style: str = "") -> None:
        console.print(escape(line), style=style, highlight=False, soft_wrap=True)

    if document["election"]:
        say(document["election"].get("name_ur" if language == "ur" else "name") or document["election"]["name"], "bold")
    if document["origin"] is not None:
        say(words["log_of"].format(origin=document["origin"], size=f"{document['size']:,}", root=document["root"]))
    say(words["log_verified"] if document["ok"] else words["log_not_verified"], "bold green" if document["ok"] else "bold red")
    if form:
        say(words["form_signed"].format(**form))
    if document["cosigned_by"]:
        say(words["log_witnesses"].format(names=", ".join(document["cosigned_by"])))
    for time in document["timestamps"]:
        say(words["log_existed"].format(time=time))
    for heading, of, keys_of in (
        ("log_established", "established", "established"),
        ("log_not_established", "not_established", "not_established"),
    ):
        say(f"\n{words[heading]}", "bold")
        for key in document[keys_of]:
            say(f"  {words[of][key]}")
    if keys:
        say(f"\n{words['log_keys']}", "bold")
        for key in keys:
            say(f"  {key.name}  SHA-256 {sha256(str(key).encode()).hexdigest()}")
    problems = sorted(document["problems"], key=lambda one: one["kind"] == "notice")
    if problems:
        say(f"\n{words['log_problems']}", "bold")
        for one in problems if every else problems[:FIRST]:
            kind = f"({words['log_notice']}) " if one["kind"] == "notice" else ""
            say(f"  {kind}{title(one['code'], language)} [{one['code']}]", "" if kind else "red")
            say(f"      {one['where'] + ': ' if one['where'] else ''}{one['message']}")
        if not every and len(problems) > FIRST:
            say("  " + words["log_more"].format(more=len(problems) - FIRST))
        say(f"\n{words['log_next']}", "bold")
        for step in next_steps((one["code"] for one in problems), language, role):
            say(f"  {step}")
    if document["contests"]:
        say(f"\n{words['log_totals']}", "bold")
        for contest in document["contests"]:
            say(f"  {contest['contest']}: {words['log_stations'].format(**contest['stations'])}")
            for candidate, (least, most) in contest["totals"].items():
                span = f"{least:,}" if least == most else f"{least:,} – {'?' if most is None else format(most, ',')}"
                say(f"    {candidate:32} {span:>20}")
