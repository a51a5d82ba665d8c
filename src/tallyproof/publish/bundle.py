"""An evidence bundle for a tribunal: the files of one case, numbered, each with what shows that it is of the log. Same input, same bytes.

``build`` gives every file by its name, ``zipped`` one archive of them. What the core cannot make is handed in: the package for adding the
contest up again, the verifier's own source files, the summaries as PDF.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tallyproof.cases.case import Case
from tallyproof.log import proof
from tallyproof.model.words import LANGUAGES
from tallyproof.publish.bundle_data import Evidence, Exhibit, Given, Line, StationSheet, View
from tallyproof.publish.bundle_pages import pages
from tallyproof.publish.bundle_words import Words
from tallyproof.publish.csv_text import csv_bytes

MANIFEST = "manifest.sha256"
_EPOCH = (1980, 1, 1, 0, 0, 0)
LISTED, VIEWS = 10, 9
"""Figures and views in the tables of the summary, which has two pages; of figures the rest are counted."""
_FIRST = ("all", "source", "swapped", "aside", "declared")
"""The press prints as many views as fit its page: these kinds first."""
LAUNCH = b'''"""python3 -I -S verify: checks this bundle with nothing but Python. Give a policy file to use it, not the bundle's own."""

import sys
from pathlib import Path

sys.dont_write_bytecode = True
from tallyproof_verify.bundle import main

sys.exit(main([str(Path(__file__).resolve().parent.parent), *sys.argv[1:]]))
'''


def build(
    given: Given,
    found: Evidence,
    *,
    package: Mapping[str, bytes],
    verifier: Mapping[str, bytes],
    summaries: Mapping[str, bytes],
    languages: Sequence[str] = LANGUAGES,
) -> dict[str, bytes]:
    """The files by name, sorted. ``package``, ``verifier``: by name within their folders; ``summaries``: PDF by language, maybe none.

    The manifest lists all others with their SHA-256, in the form that ``sha256sum -c`` reads.
    """
    files: dict[str, bytes] = {
        "receipts/policy": given.policy,
        "receipts/authority": given.authority,
        "receipts/checkpoint": given.checkpoint,
        "verify/__main__.py": LAUNCH,
    }
    for identity in _texts(found):
        index = given.book.texts[identity].index
        files[entry_file(index)] = given.entries[index]
        path = given.tree.inclusion_proof(index, given.point.size)
        files[receipt_file(index)] = proof.make(given.entries[index], index, path, given.checkpoint).to_bytes()
    files |= {f"package/{name}": data for name, data in package.items()}
    files |= {f"verify/tallyproof_verify/{name}": data for name, data in verifier.items()}
    files |= {f"summary-{language}.pdf": data for language, data in summaries.items()}
    files |= _tables(given, found)
    for language in languages:
        files |= pages(given, found, Words(language), languages, has_summary=language in summaries)
    files["index.csv"] = _index(given, found, files, languages)
    files[MANIFEST] = "".join(f"{_sha(files[name])}  {name}\n" for name in sorted(files)).encode()
    return dict(sorted(files.items()))


def zipped(files: Mapping[str, bytes]) -> bytes:
    """One archive, stored and not compressed: how a text is compressed depends on the version of a library, and its bytes with it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system, info.external_attr = 3, 0o100644 << 16
            archive.writestr(info, files[name])
    return out.getvalue()


def entry_file(index: int) -> str:
    return f"entries/{index:08}.entry"


def receipt_file(index: int) -> str:
    return f"receipts/{index:08}.tlog-proof"


def page_file(exhibit: Exhibit, language: str) -> str:
    return f"exhibits/{exhibit.number:04}.{language}.html"


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _texts(found: Evidence) -> list[str]:
    return list(dict.fromkeys([*(one for exhibit in found.exhibits for one in exhibit.texts), *found.supporting]))


def _index(given: Given, found: Evidence, files: Mapping[str, bytes], languages: Sequence[str]) -> bytes:
    """A line an entry of an exhibit; a station without any entry has a line of its own."""
    head = ["exhibit", "kind", "title", "station", "source", "page", "page_sha256"]
    head += ["entry_file", "entry_sha256", "entry_index", "record_id", "receipt"]
    lines: list[Sequence[object]] = []

    def line(number: object, kind: str, title: str, station: str, page: str, identity: str) -> None:
        record = given.book.records.get(identity)
        text = given.book.texts.get(identity)
        start = [number, kind, title, station, record.source if record else "", page, _sha(files[page]) if page else ""]
        name = entry_file(text.index) if text else ""
        end = [name, _sha(files[name]), text.index, identity, receipt_file(text.index)] if text else [""] * 5
        lines.append([*start, *end])

    shown = set()
    for exhibit in found.exhibits:
        page = page_file(exhibit, languages[0])
        for identity in exhibit.texts or ("",):
            title = given.book.texts[identity].type.partition("/")[0] if identity else exhibit.title
            line(exhibit.number, exhibit.kind, title, exhibit.station, page, identity)
            shown.add(identity)
    for identity in found.supporting:
        if identity not in shown:
            line("", "keys", given.book.texts[identity].type.partition("/")[0], "", "", identity)
    return csv_bytes([head, *lines])


def _tables(given: Given, found: Evidence) -> dict[str, bytes]:
    numbers = {one.station: one.number for one in found.exhibits if one.kind == "station"}
    rows_of: dict[str, list[Sequence[object]]] = {
        "totals": [["view", "candidate", "min", "max", "max_with_missing"], *_totals(found.views)],
        "views": [
            ["view", "stations", "missing", "disputed", "state", "winners", "tie", "margin_min", "margin_max", "changes_declared_winner"],
            *map(_view, found.views),
        ],
        "copies": [
            ["exhibit", "station", "source", "act", "version", "stands", "record", "entry_index", "item", "figure", "unread"],
            *_copies(given, found.sheets.values(), numbers),
        ],
        "differences": [["station", "item", "least", "most", "difference"], *_differences(found)],
        "steps": [["entry_index", "when", "step", "by", "summary", "record_id"], *_steps(given.case)],
        "orders": [
            ["entry_index", "kind", "candidate", "before_min", "before_max", "after_min", "after_max", "state_before", "state_after"],
            *_orders(found),
        ],
    }
    if given.declared:
        said = {(sheet.station, one.item): one for sheet in found.sheets.values() for one in sheet.lines}
        rows_of["declared_rows"] = [
            ["version", "station", "item", "value", "source", "contested", "differs"],
            *(
                [one.version, one.station, one.item, one.value, one.source, *_about_row(said, one.station, one.item)]
                for one in given.declared
            ),
        ]
    return {f"tables/{name}.csv": csv_bytes(lines) for name, lines in rows_of.items()}


def _about_row(said: Mapping[tuple[str, str], Any], station: str, item: str) -> list[str]:
    line = said.get((station, item))
    return ["no", ""] if line is None else ["yes", "yes" if line.differs else "no"]


def _totals(views: Iterable[View]) -> Iterable[Sequence[object]]:
    for view in views:
        for candidate, (low, high) in view.result.totals.items():
            yield [view.name, candidate, low, high, view.result.with_missing[candidate]]


def _view(view: View) -> Sequence[object]:
    one = view.result
    low, high = (None, None) if one.margin is None else (one.margin.lo, one.margin.hi)
    start = [view.name, one.expected, one.missing, one.disputed, "" if one.state is None else str(one.state)]
    return [*start, " ".join(one.winners), "yes" if one.tie else "no", low, high, view.changes]


def _copies(given: Given, sheets: Iterable[StationSheet], numbers: Mapping[str, int]) -> Iterable[Sequence[object]]:
    for sheet in sheets:
        for at, copy in enumerate(sheet.copies):
            record = copy.record
            start = [numbers[sheet.station], sheet.station, record.source, record.act, record.version, "yes" if copy.stands else "no"]
            for line in sheet.lines:
                figure = line.said[at]
                if figure is not None:
                    is_read = isinstance(figure, int)
                    end = [figure if is_read else "", "" if is_read else figure]
                    yield [*start, record.record, given.book.texts[record.record].index, line.item, *end]


def _differences(found: Evidence) -> Iterable[Sequence[object]]:
    for station, lines in found.everywhere.items():
        for line in lines:
            yield [station, line.item, min(line.read), max(line.read), line.spread]


def _steps(case: Case) -> Iterable[Sequence[object]]:
    yield [case.index, case.filed, "complaint", " ".join(case.complainants), case.summary, case.complaint]
    for step in case.steps:
        yield [step.index, step.when, str(step.word), " ".join(one.office for one in step.actors), step.summary, step.record_id]


def _orders(found: Evidence) -> Iterable[Sequence[object]]:
    for one in found.orders:
        kind = one.decision.outcome if one.decision.order is None else str(one.decision.order.kind)
        for candidate, before in one.before.totals.items():
            yield [
                one.decision.index,
                kind,
                candidate,
                *before,
                *one.after.totals[candidate],
                one.before.state or "",
                one.after.state or "",
            ]


def summary_fields(given: Given, found: Evidence, language: str) -> dict[str, Any]:
    """What ``tallyproof_print.Summary`` takes: two pages of plain sentences and tables."""
    words, case = Words(language, longest=40), given.case
    rows = [(line, sheet) for sheet in found.sheets.values() for line in sheet.lines if line.differs]
    rows.sort(key=lambda one: -one[0].spread)
    differing = tuple(
        (sheet.station, words.item(line.item, found.contest), *_ends(line, sheet, words), f"{line.spread:,}")
        for line, sheet in rows[:LISTED]
    )
    steps = [(case.filed, words.of("step", "filed")), *((one.when, words.of("step", str(one.word))) for one in case.steps)]
    orders = []
    for one in found.orders:
        kind = words.of("outcome", one.decision.outcome) if one.decision.order is None else words.of("order", str(one.decision.order.kind))
        orders.append((kind, words.result(one.before, found.contest, short=True), words.result(one.after, found.contest, short=True)))
    return {
        "contest": words.contest(found.contest),
        "case": f"{case.number} · {words.of('stage', str(case.stage))}",
        "log": given.point.origin,
        "digest": case.complaint,
        "answer": tuple(words.answer(given, found)),
        "differing": differing,
        "more": max(0, len(rows) - LISTED),
        "views": tuple(
            (
                words.view(one, short=True),
                words.result(one.result, found.contest, short=True),
                words.span(one.result.margin) if one.result.margin else "—",
            )
            for one in sorted(found.views, key=lambda one: _FIRST.index(one.kind))[:VIEWS]
        ),
        "complaint": case.summary,
        "asks": words.of("order", str(case.asks)) if case.asks else "—",
        "grounds": tuple(words.of("ground", str(one)) for one in case.grounds),
        "steps": tuple(steps[-12:]),
        "orders": tuple(orders),
        "verify": ("sha256sum -c manifest.sha256", "python3 -I -S verify"),
        "notice": words.notice(given),
    }


def _ends(line: Line, sheet: StationSheet, words: Words) -> tuple[str, str]:
    """The least and the most figure, each with whose it is."""
    said = [(figure, copy.record.source) for figure, copy in zip(line.said, sheet.copies, strict=True) if copy.stands]
    said += list(zip(line.declared, sheet.versions, strict=True))
    read = [(figure, whose) for figure, whose in said if isinstance(figure, int)]
    ends = min(read, key=lambda one: one[0]), max(read, key=lambda one: one[0])
    return f"{words.source(ends[0][1])}: {ends[0][0]:,}", f"{words.source(ends[1][1])}: {ends[1][0]:,}"
