"""The report in a terminal: the answer first, then the few things that matter, then how to see everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tallyproof.cli.texts import texts
from tallyproof.findings.words import table as words_of
from tallyproof.findings.words import text
from tallyproof.model.counts import share
from tallyproof.model.words import Kind, Role

FIRST = 8
"""So many findings are shown unless all are asked for."""
CONTESTS = 5
"""So many contests are shown in full unless all are asked for: those with findings first."""
STYLES = {Kind.PROOF: "bold red", Kind.CONFLICT: "bold yellow", Kind.GAP: "cyan", Kind.LEAD: "dim"}

Json = Mapping[str, Any]


class _Shown:
    """One report being shown in one language to one role."""

    def __init__(self, document: Json, console: Console, language: str, role: Role) -> None:
        self.document, self.console, self.language, self.role = document, console, language, role
        self.names = {
            (contest["contest"], total["candidate"]): self._name(total, "candidate")
            for contest in document["contests"]
            for total in contest["totals"]
        }

    def _name(self, row: Json, key: str) -> str:
        local = row.get("name_ur") if self.language == "ur" else None
        return str(local or row.get("name") or row[key])

    def say(self, key: str, **figures: Any) -> str:
        return str(texts(self.language)[key]).format_map(figures)

    def person(self, contest: str, item: str | None) -> str:
        return self.names.get((contest, item or ""), item or "")

    def people(self, contest: str, items: list[str]) -> str:
        return ", ".join(self.person(contest, item) for item in items)

    def print(self, line: str = "", style: str = "") -> None:
        self.console.print(escape(line), style=style, highlight=False, soft_wrap=True)


def show(document: Json, console: Console, *, language: str, role: Role, every: bool, command: str) -> None:
    """Print the report. ``every``: list each finding and contest; ``command``: how it was asked for, to say how to see more."""
    shown = _Shown(document, console, str(language), role)
    about = document["package"]
    title = about["title_ur"] if language == "ur" and about["title_ur"] else about["title"] or about["name"]
    shown.print(title, "bold")
    notice = about["notice_ur"] if language == "ur" and about["notice_ur"] else about["notice"]
    if notice:
        shown.print(f"! {notice}", "bold magenta")
    contests = _contests_that_matter(document)
    for contest in contests if every else contests[:CONTESTS]:
        shown.print()
        _contest(shown, contest)
    if len(contests) > CONTESTS and not every:
        shown.print(f"… +{len(contests) - CONTESTS}", "dim")
    _statements(shown)
    _findings(shown, every=every, command=command)


def _contests_that_matter(document: Json) -> list[Json]:
    """Contests that elect somebody before others; those whose winner may change first."""
    urgency = {"yes": 0, "open": 1, "no": 2, None: 3}
    return sorted(
        document["contests"], key=lambda contest: (contest["rule"] == "none", urgency[contest["winner"]["changes"]], contest["contest"])
    )


def _answer(shown: _Shown, contest: Json) -> Iterator[tuple[str, str]]:
    """The lines that answer the question, with their style."""
    name, winner, margin = contest["contest"], contest["winner"], contest["margin"]
    kinds = {finding["kind"] for finding in shown.document["findings"] if finding["contest"] == name and finding["code"][0] in "DT"}
    codes = {finding["code"] for finding in shown.document["findings"] if finding["contest"] == name and finding["kind"] == "conflict"}
    declared = any(total["declared"] for total in contest["totals"]) or any(box["declared"] for box in contest["boxes"].values())
    if not contest["stations"]["recorded"]:
        yield shown.say("nothing"), "bold yellow"
    elif "proof" in kinds:
        yield shown.say("differs"), "bold red"
    elif codes:
        yield shown.say("copies_conflict"), "bold yellow"
    elif not declared:
        yield shown.say("undeclared"), ""
    else:
        yield (shown.say("lacks"), "bold cyan") if "gap" in kinds else (shown.say("agrees"), "bold green")
    if contest["rule"] == "none":
        return
    by_records = winner["by_records"]
    records = shown.people(name, by_records["candidates"])
    if winner["changes"] is not None:
        declared_names = shown.people(name, winner["declared"])
        style = {"yes": "bold red", "open": "bold yellow", "no": "green"}[winner["changes"]]
        yield shown.say(f"winner_changes_{winner['changes']}", records=records, declared=declared_names), style
    elif by_records["candidates"] and contest["stations"]["recorded"]:
        yield shown.say(f"winner_{by_records['state']}", records=records), ""
    if by_records["tie"]:
        yield shown.say("winner_tie"), "bold"
    if margin["declared"] is not None:
        yield shown.say("margin_declared", margin=f"{margin['declared']:,}"), ""


def _contest(shown: _Shown, contest: Json) -> None:
    shown.print(f"{contest['contest']}  {shown._name(contest, 'contest')}", "bold underline")
    for line, style in _answer(shown, contest):
        shown.print(line, style)
    shown.print(shown.say("stations", **contest["stations"]))
    cast, registered = contest["turnout"]["cast"], contest["turnout"]["registered"]
    if registered and cast[1] is not None and cast[1] > 0:
        least, most = (share(votes, registered) for votes in cast)
        shown.print(
            shown.say(
                "turnout", cast=_interval(shown, *cast), registered=f"{registered:,}", share=least if least == most else f"{least} – {most}"
            )
        )
    if contest["totals"]:
        shown.console.print(_totals(shown, contest))
    if len(contest["views"]) > 1:
        shown.print(shown.say("views"), "dim")
        shown.console.print(_views(shown, contest))
    for pair in contest["pairs"]:
        line = shown.say("pair", a=pair["source_a"], b=pair["source_b"], common=pair["common"], differ=pair["differ"], flips=pair["flips"])
        shown.print(line)
    for sibling in contest["siblings"]:
        if contest["rule"] != "none":
            shown.print(shown.say("sibling", **sibling))


def _interval(shown: _Shown, low: int, high: int | None) -> str:
    if high is None:
        return shown.say("or_more", low=f"{low:,}")
    return f"{low:,}" if low == high else f"{low:,} – {high:,}"


def _signed(value: int) -> str:
    return f"{value:+,}" if value else "0"


def _totals(shown: _Shown, contest: Json) -> Table:
    # The report names versions from the first to the latest; the terminal shows the latest.
    every = list(dict.fromkeys(version for total in contest["totals"] for version in total["declared"]))
    versions = every[-1:]
    grid = Table(box=None, pad_edge=False, header_style="dim")
    grid.add_column(shown.say("candidate"))
    grid.add_column(shown.say("records"), justify="right")
    for version in versions:
        label = f" ({version})" if len(every) > 1 else ""
        grid.add_column(shown.say("declared") + label, justify="right")
        grid.add_column(shown.say("difference"), justify="right")
    for total in sorted(contest["totals"], key=lambda total: (-total["min"], total["candidate"])):
        cells = [escape(shown.person(contest["contest"], total["candidate"])), _interval(shown, total["min"], total["max"])]
        for version in versions:
            if version not in total["declared"]:
                cells += ["", ""]
                continue
            least, most = total["delta"][version]
            inside = least is None or least <= 0 <= most
            delta = _signed(most) if least == most else f"{'…' if least is None else _signed(least)} … {_signed(most)}"
            cells += [f"{total['declared'][version]:,}", delta if inside else f"[bold red]{delta}[/]"]
        grid.add_row(*cells)
    return grid


def _views(shown: _Shown, contest: Json) -> Table:
    leading = sorted(contest["totals"], key=lambda total: (-total["min"], total["candidate"]))[:4]
    grid = Table(box=None, pad_edge=False, header_style="dim")
    grid.add_column("")
    for total in leading:
        grid.add_column(escape(shown.person(contest["contest"], total["candidate"])), justify="right")
    grid.add_column("")
    for view in contest["views"]:
        state = view["winner"]["state"]
        elected = shown.people(contest["contest"], view["winner"]["candidates"])
        verdict = shown.say("view_proved", records=elected) if state == "proved" else shown.say("view_open")
        figures = [f"{view['totals'][total['candidate']]:,}" for total in leading]
        grid.add_row(escape(view["source"]), *figures, escape(verdict))
    return grid


def _statements(shown: _Shown) -> None:
    if not shown.document["statements"]:
        return
    shown.print()
    shown.print(shown.say("statements"), "bold")
    for statement in shown.document["statements"]:
        said = statement["text"] or statement["statement"]
        shown.print(f"  {shown.say(statement['verdict'])}: {said} ({statement['who'] or '?'}, {statement['at'] or '?'})")
        for item in statement["items"]:
            person = shown.person(statement["contest"], item["item"])
            verdict = shown.say(item["verdict"])
            shown.print(f"      {shown.say('about_' + item['about'])}, {person}: {item['value']:,} · {verdict}", "dim")


def _findings(shown: _Shown, *, every: bool, command: str) -> None:
    summary, found = shown.document["summary"], shown.document["findings"]
    shown.print()
    shown.print(shown.say("found", **{str(kind): summary[str(kind)] for kind in Kind}), "bold")
    shown.print(shown.say("kinds"), "dim")
    for finding in found if every else found[:FIRST]:
        _finding(shown, finding)
    shown.print()
    if len(found) > FIRST and not every:
        shown.print(shown.say("more", count=len(found) - FIRST, command=command), "dim")
    shown.print(shown.say("more_json", command=command), "dim")


def _finding(shown: _Shown, finding: Json) -> None:
    figures = {
        key: shown.person(finding["contest"], value) if isinstance(value, str) else f"{value:,}" if isinstance(value, int) else value
        for key, value in finding["figures"].items()
    }
    said = text(finding["code"], shown.language, shown.role, figures)
    where = " · ".join(part for part in (finding["contest"], finding["area"], finding["station"]) if part)
    shown.print()
    shown.print(f"[{finding['kind']}] {finding['id']} {finding['code']}  {said.title}  ({where})", STYLES[Kind(finding["kind"])])
    shown.print(f"    {said.happened}")
    effect, pattern = finding["effect"], finding["pattern"]
    if effect["votes"] and effect["margin"] is not None:
        who = (
            shown.say("gained", who=shown.person(finding["contest"], effect["gained"]), votes=f"{effect['votes']:,}")
            if effect["gained"]
            else ""
        )
        if effect["lost"]:
            who += shown.say("lost", who=shown.person(finding["contest"], effect["lost"]))
        line = shown.say("effect", votes=f"{effect['votes']:,}", who=who, margin=f"{effect['margin']:,}")
        decides = f"; {shown.say('decides_yes')}" if effect["changes"] == "yes" else ""
        shown.print(f"    {line}{decides}", "bold" if decides else "")
    if pattern is not None:
        names = words_of(shown.language)
        title = names.get(pattern["name"], {}).get("title", pattern["name"])
        line = shown.say("pattern", pattern=title)
        if pattern["alternatives"]:
            also = ", ".join(names.get(name, {}).get("title", name) for name in pattern["alternatives"])
            line += "; " + shown.say("also", patterns=also)
        if pattern["chance"]:
            line += "; " + shown.say("chance", **pattern["chance"])
        shown.print(f"    {line}", "dim")
    if said.do:
        shown.print(f"    {shown.say('do')}: {said.do}", "dim")
    if said.innocent:
        shown.print(f"    {shown.say('innocent')}: {'; '.join(said.innocent)}", "dim")
