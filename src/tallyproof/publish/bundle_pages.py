"""The pages of an evidence bundle: an index and a page an exhibit, in one language. No script, no network; everything is escaped."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined

from tallyproof.publish.bundle_data import Copy, Evidence, Exhibit, Given, StationSheet, value_of
from tallyproof.publish.bundle_words import Words, count
from tallyproof.publish.csv_text import plain
from tallyproof.record.canon import Json
from tallyproof.record.entry import read_note

_FOLDER = files(__package__) / "bundle_files"
_LONG = 2_000
"""Characters of one field of an entry that a page shows; the entry itself is beside it."""
NAMES = {"en": "index.html", "ur": "index.ur.html"}


def pages(given: Given, found: Evidence, words: Words, languages: Sequence[str], *, has_summary: bool) -> dict[str, bytes]:
    """By name, in the words' language. ``languages``: those that the bundle has."""
    language = words.language
    shared: dict[str, Any] = {
        "t": words,
        "language": language,
        "others": [one for one in languages if one != language],
        "names": NAMES,
        "case": given.case,
        "contest_name": words.contest(found.contest),
        "notice": words.notice(given),
    }
    made = {NAMES[language]: _render("index", up="", page=NAMES, **shared, **_index(given, found, words, has_summary))}
    for exhibit in found.exhibits:
        page = {one: f"exhibits/{exhibit.number:04}.{one}.html" for one in languages}
        told = _station(given, found, words, exhibit) if exhibit.kind == "station" else _entry(given, words, exhibit)
        made[page[language]] = _render(told.pop("template"), up="../", page=page, exhibit=exhibit, **shared, **told)
    made[f"README.{language}.txt"] = _readme(given, found, words, has_summary)
    return {name: text.encode() for name, text in made.items()} | {"style.css": _text("style.css").encode()}


def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    names = ("base.html", "index.html", "entry.html", "station.html")
    made = Environment(
        loader=DictLoader({name: _text(name) for name in names}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"plain": plain, "count": count}
    return made


def _render(template: str, **told: Any) -> str:
    return _environment().get_template(f"{template}.html").render(**told) + "\n"


def _index(given: Given, found: Evidence, words: Words, has_summary: bool) -> dict[str, Any]:
    case, contest = given.case, found.contest
    return {
        "point": given.point,
        "grounds": [words.of("ground", str(one)) for one in case.grounds],
        "asks": words.of("order", str(case.asks)) if case.asks else "—",
        "answer": list(words.answer(given, found)),
        "views": [
            {
                "label": words.view(one),
                "result": words.result(one.result, contest),
                "margin": words.span(one.result.margin) if one.result.margin else "—",
                "missing": f"{one.result.missing:,}",
                "changes": words.changes(one),
                "totals": [
                    (words.item(candidate, contest), count(low), count(high), count(one.result.with_missing[candidate]))
                    for candidate, (low, high) in one.result.totals.items()
                ],
            }
            for one in found.views
        ],
        "steps": [
            {
                "when": case.filed or "—",
                "step": words.of("step", "filed"),
                "by": case.complainants,
                "summary": case.summary,
                "index": case.index,
            },
            *(
                {
                    "when": one.when,
                    "step": words.of("step", str(one.word)),
                    "by": [actor.office for actor in one.actors],
                    "summary": one.summary,
                    "index": one.index,
                }
                for one in case.steps
            ),
        ],
        "orders": [
            {
                "kind": words.of("outcome", one.decision.outcome)
                if one.decision.order is None
                else words.of("order", str(one.decision.order.kind)),
                "rows": [
                    (words.item(candidate, contest), words.span(before), words.span(one.after.totals[candidate]))
                    for candidate, before in one.before.totals.items()
                ],
                "before": words.result(one.before, contest),
                "after": words.result(one.after, contest),
            }
            for one in found.orders
        ],
        "exhibits": [_row(given, found, words, one) for one in found.exhibits],
        "tables": ["totals", "views", "copies", "differences", "steps", "orders", *(["declared_rows"] if given.declared else [])],
        "problems": given.problems[:100],
        "has_summary": has_summary,
        "stage": words.of("stage", str(case.stage)),
    }


def _row(given: Given, found: Evidence, words: Words, exhibit: Exhibit) -> dict[str, Any]:
    differs = exhibit.kind == "station" and any(one.differs for one in found.sheets[exhibit.station].lines)
    sources = [one.record.source for one in found.sheets[exhibit.station].copies] if exhibit.kind == "station" else []
    return {
        "number": exhibit.number,
        "kind": words(f"kind_{exhibit.kind}"),
        "title": exhibit.title,
        "file": f"exhibits/{exhibit.number:04}.{words.language}.html",
        "sources": [words.source(one) for one in dict.fromkeys(sources)],
        "differs": differs,
        "entries": [given.book.texts[one].index for one in exhibit.texts],
    }


def _about(given: Given, identity: str) -> dict[str, Any]:
    """Where an entry is, and whose signatures are under it."""
    text = given.book.texts[identity]
    names = [one.name for one in read_note(given.entries[text.index]).signatures]
    return {
        "index": text.index,
        "record_id": identity,
        "signers": names,
        "entry": f"entries/{text.index:08}.entry",
        "receipt": f"receipts/{text.index:08}.tlog-proof",
    }


def _entry(given: Given, words: Words, exhibit: Exhibit) -> dict[str, Any]:
    (identity,) = exhibit.texts
    value = value_of(given, identity)
    fields = [(name, _shown(one)) for name, one in sorted(value.items())]
    return {"template": "entry", "kind": words(f"kind_{exhibit.kind}"), "about": _about(given, identity), "fields": fields}


def _shown(value: Json | object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    text = plain(text)
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"


def _station(given: Given, found: Evidence, words: Words, exhibit: Exhibit) -> dict[str, Any]:
    sheet = found.sheets[exhibit.station]
    lines = [
        {
            "item": words.item(line.item, found.contest),
            "said": [words.figure(one) for one in line.said],
            "declared": [words.figure(one) for one in line.declared],
            "differs": line.differs,
            "by": words("differs_by", figure=f"{line.spread:,}"),
        }
        for line in sheet.lines
    ]
    return {
        "template": "station",
        "sheet": sheet,
        "registered": words("registered", count=f"{sheet.registered:,}" if sheet.registered is not None else words("not_said")),
        "copies": [{"name": words.source(one.record.source), **_copy(given, one)} for one in sheet.copies],
        "versions": sheet.versions,
        "lines": lines,
        "declared_from": words("declared_note", source=_sources(given, sheet)) if any(any(one.declared) for one in sheet.lines) else "",
        "other_entries": [
            {"type": one.type.partition("/")[0], "value": _shown(one.value), **_about(given, one.record_id)} for _, one in sheet.others
        ],
        "pictures": [(one.value["sha256"], index) for index, one in sheet.others if one.type == "image/v1"],
    }


def _sources(given: Given, sheet: StationSheet) -> str:
    said = dict.fromkeys(plain(row.source) for row in given.declared if row.station == sheet.station and row.source)
    return "; ".join([given.declared_from, *said])


def _copy(given: Given, copy: Copy) -> dict[str, Any]:
    record = copy.record
    return {
        "source": record.source,
        "act": f"{record.act} {record.version}",
        "stands": copy.stands,
        "image": record.image,
        **_about(given, record.record),
    }


def _readme(given: Given, found: Evidence, words: Words, has_summary: bool) -> str:
    rule = "=" * 78
    commands: Mapping[str, str] = {
        "check_manifest": "sha256sum -c manifest.sha256",
        "check_all": "python3 -I -S verify",
        "check_alone": "cd verify && python3 -m tallyproof_verify ../package",
    }
    lines = [f"{words('title')}: {plain(given.case.number)}, {words.contest(found.contest)}", words.notice(given), rule, ""]
    lines += [*words.answer(given, found), words("accuse"), "", words("in_bundle"), ""]
    lines += [words("check"), ""]
    for key, command in commands.items():
        lines += [words(key), f"    {command}", ""]
    lines += [words("check_policy", command="python3 -I -S verify POLICY"), words("check_pages"), "", words("limits"), words("for_whom")]
    lines += [] if has_summary else [words("no_pdf")]
    lines += ["", words("problems") if given.problems else words("problems_none"), *(f"    {plain(one)}" for one in given.problems[:100])]
    lines += ["", given.point.origin, f"{given.point.size} {given.point.root.hex()}", given.case.complaint]
    return "\n".join(lines) + "\n"
