"""What is on each sheet of paper: figures and keys in, blocks out. Nothing is computed here but how it looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tallyproof_print.press import Block, chunks, code, figures, names, number, pdf, plain, qr, words

LISTED = 60
"""Stations named in one list; the rest are counted."""
ANSWERS, DIFFERING, VIEWS, STEPS, ORDERS, CHECKS = 4, 12, 6, 12, 4, 6
"""Most of each on the two pages of a summary."""
TEXT, CELL = 320, 48
"""Most characters of a sentence and of a cell there."""
ACROSS, ACROSS_LARGE, LARGE = 10, 6, 10_000_000
"""Candidates beside each other in the rows of Form 48, and where a figure is large: more do not fit over an A4 page."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """``votes`` None: unread."""

    name: str
    party: str = ""
    votes: int | None = None
    returned: bool = False


@dataclass(frozen=True, slots=True)
class Declaration:
    """``stage``: provisional or final. ``boxes``: name of the box → figure. ``rows``: (station, votes of each candidate in order), empty:
    not printed. ``digest``: SHA-256 of the signed text in hexadecimal. ``counted``: stations in the sums; ``size``: entries of the log that
    were counted. ``day``: of the poll. ``address``: where the receipt can be had, as a QR. ``draft``: it is not in the log yet."""

    stage: str
    contest: str
    log: str
    digest: str
    candidates: tuple[Candidate, ...]
    boxes: Mapping[str, int]
    counted: int
    missing: tuple[str, ...] = ()
    disputed: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    version: int = 1
    day: str = ""
    reason: str = ""
    override: str = ""
    notice: str = ""
    rows: tuple[tuple[str, tuple[int | None, ...]], ...] = ()
    size: int | None = None
    address: str = ""
    draft: bool = False


@dataclass(frozen=True, slots=True)
class StationForm:
    """A record of one station. ``boxes``: boxes of Form 45; ``account``: of Form 46. ``source``, ``act``: words of the specification."""

    contest: str
    station: str
    source: str
    act: str
    log: str
    digest: str
    candidates: tuple[Candidate, ...]
    boxes: Mapping[str, int | None] = field(default_factory=dict)
    account: Mapping[str, int | None] = field(default_factory=dict)
    notice: str = ""
    address: str = ""
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """Two pages for a tribunal; all sentences come in the language asked for. Tables: a row a tuple, as the words of ``summary`` head them.

    ``differing``: station, figure, one copy, other copy, gain; ``views``: records used, result, margin; ``steps``: when, what;
    ``orders``: what, before, after.
    """

    contest: str
    case: str
    log: str
    digest: str
    answer: tuple[str, ...]
    differing: tuple[tuple[str, ...], ...] = ()
    more: int = 0
    views: tuple[tuple[str, ...], ...] = ()
    complaint: str = ""
    asks: str = ""
    grounds: tuple[str, ...] = ()
    steps: tuple[tuple[str, ...], ...] = ()
    orders: tuple[tuple[str, ...], ...] = ()
    verify: tuple[str, ...] = ()
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Fetch:
    """A station to fetch. ``place``: in the order drawn, from 1."""

    place: int
    station: str
    area: str = ""


def declaration(one: Declaration, *, lang: str, at: datetime | None = None) -> bytes:
    """The paper that two officers sign, after Forms 47 (provisional) and 49 (final), with the rows of Form 48 if there are any."""
    say = words(lang)
    told = say["declaration"]
    blocks = _notice(one.notice) + _draft(say, one.draft)
    facts: list[list[Any]] = [[say["contest"], plain(one.contest)], [say["version"], number(one.version)]]
    facts += [[say["day"], figures(one.day)]] if one.day else []
    facts.append([say["log"], code(one.log)])
    facts += [[told["size"], number(one.size)]] if one.size is not None else []
    blocks.append({"t": "kv", "rows": [*facts, [told["counted"], number(one.counted)]]})
    if one.override:
        blocks.append({"t": "note", "label": told["override"], "text": plain(one.override)})
    if one.reason:
        blocks.append({"t": "p", "label": told["reason"], "text": plain(one.reason)})
    blocks.append(_votes(say, one.candidates))
    returned = [candidate.name for candidate in one.candidates if candidate.returned]
    who = say["winner"] if one.stage == "final" else say["winner_provisional"]
    blocks.append({"t": "kv", "rows": [[who, names("", returned) if returned else say["no_winner"]]]})
    if one.boxes:
        blocks.append({"t": "kv", "rows": [[_box(say, box), number(figure)] for box, figure in one.boxes.items()]})
    lists = [(told["missing"], one.missing), (told["disputed"], one.disputed), (told["excluded"], one.excluded)]
    blocks.append({"t": "kv", "rows": [[name, _list(say, stations)] for name, stations in lists]})
    blocks += _paper(say, one.digest, (say["sign_first"], say["sign_second"]), one.address)
    if one.rows:
        blocks += [{"t": "turn"}, {"t": "h", "text": told["rows"]}, {"t": "p", "text": told["rows_help"]}]
        blocks += _rows(say, one)
    return pdf(told[one.stage], blocks, lang=lang, footer=one.contest, digest=one.digest, at=at)


def station_form(one: StationForm, *, lang: str, at: datetime | None = None) -> bytes:
    """A station's statement of the count and ballot paper account, after Forms 45 and 46."""
    say = words(lang)
    told = say["station_form"]
    kind, colon, whose = one.source.partition(":")
    source = say["source_kind"].get(kind, kind) + (f" {whose}" if colon else "")
    head = [(say["contest"], one.contest), (say["station"], one.station), (say["source"], source)]
    head.append((told["act"], say["acts"].get(one.act, one.act)))
    blocks = [*_notice(one.notice), *_draft(say, one.draft), {"t": "kv", "rows": [[name, plain(text)] for name, text in head]}]
    blocks[-1]["rows"].append([say["log"], code(one.log)])
    blocks.append(_votes(say, one.candidates))
    for title, boxes in (("", one.boxes), (told["account"], one.account)):
        if boxes:
            blocks += [{"t": "h", "text": title}] if title else []
            blocks.append(
                {
                    "t": "table", "head": [told["item"], told["figure"]], "align": ["start", "end"], "widths": [3, 1],
                    "rows": [[_box(say, box), number(figure)] for box, figure in boxes.items()],
                }
            )  # fmt: skip
    blocks += _paper(say, one.digest, (say["officer"], say["agent"]), one.address)
    return pdf(told["title"], blocks, lang=lang, footer=f"{one.contest} {one.station}", digest=one.digest, at=at)


def summary(one: Summary, *, lang: str, at: datetime | None = None) -> bytes:
    """Page one: what the records say and who wins by which; page two: the case, and how to check all of it.

    Two pages whatever is in it: of longer lists the first are printed (of steps the last), with how many more there are; longer texts are
    cut with ``…``; what then still needs more room is printed smaller. ``at``: the date in its metadata.
    """
    say = words(lang)
    told = say["summary"]
    blocks = _notice(_cut(one.notice, TEXT))
    blocks.append({"t": "kv", "rows": [[say["contest"], _cut(one.contest, CELL)], [told["case"], _cut(one.case, CELL)]]})
    blocks += [
        {"t": "h", "text": told["answer"]},
        *({"t": "p", "text": _cut(text, TEXT)} for text in one.answer[:ANSWERS]),
        {"t": "p", "text": told["lead"]},
    ]
    head = [say["station"], *(told[name] for name in ("figure", "first", "second", "gain"))]
    blocks += _table(told["differs"], head, one.differing[:DIFFERING], 2, [3, 3, 2, 2, 2])
    blocks += _more(told, one.more + max(0, len(one.differing) - DIFFERING))
    blocks += _table(told["views"], [told["view"], told["result"], told["margin"]], one.views[:VIEWS], 2, [3, 3, 1])
    blocks += _more(told, len(one.views) - VIEWS)
    blocks += [{"t": "turn"}, {"t": "h", "text": told["complaint"]}, {"t": "p", "text": _cut(one.complaint, TEXT)}]
    blocks.append({"t": "kv", "rows": [[told["asks"], _cut(one.asks, CELL)], [told["grounds"], _cut("; ".join(one.grounds), TEXT)]]})
    blocks += _more(told, len(one.steps) - STEPS, told["earlier"])
    blocks += _table(told["steps"], [told["when"], told["what"]], one.steps[-STEPS:], 2, [1, 4])
    blocks += _table(told["orders"], [told["what"], told["before"], told["after"]], one.orders[:ORDERS], 3)
    blocks += _more(told, len(one.orders) - ORDERS)
    blocks += [{"t": "h", "text": told["verify"]}, *({"t": "p", "text": code(_cut(text, CELL))} for text in one.verify[:CHECKS])]
    return pdf(told["title"], blocks, whole=True, lang=lang, footer=_cut(one.contest, CELL), digest=one.digest, at=at)


def retrieval_list(
    contest: str, seed: str, round_: int, stations: Sequence[Fetch], *, log: str, lang: str, notice: str = "", at: datetime | None = None
) -> bytes:
    """The stations whose papers are fetched, in order of area and name; the order drawn stands beside each."""
    say = words(lang)
    told = say["retrieval"]
    facts = [
        [say["contest"], plain(contest)],
        [told["round"], number(round_)],
        [told["seed"], code(seed)],
        [say["stations"], number(len(stations))],
    ]
    rows: list[list[Any]] = [
        [number(place), plain(one.station), plain(one.area), number(one.place), {"box": 1}]
        for place, one in enumerate(sorted(stations, key=lambda one: (one.area, one.station)), start=1)
    ]
    blocks = [*_notice(notice), {"t": "kv", "rows": facts}, {"t": "p", "text": told["help"]}]
    head = [say["serial_no"], say["station"], say["area"], told["place"], told["fetched"]]
    blocks.append(
        {"t": "table", "head": head, "rows": rows, "align": ["end", "start", "start", "end", "center"], "widths": [0, 3, 3, 0, 0]}
    )
    blocks.append({"t": "sign", "labels": [told["signed"], told["taken"]]})
    return pdf(told["title"], blocks, lang=lang, footer=f"{log} {contest} {round_}", at=at)


def tally_sheets(
    contest: str,
    round_: int,
    stations: Sequence[Fetch],
    candidates: Sequence[str],
    boxes: Sequence[str],
    *,
    log: str,
    lang: str,
    notice: str = "",
    at: datetime | None = None,
) -> bytes:
    """A page a station, to be filled in twice. No reported figure is on it: who counts must not know what is expected."""
    say = words(lang)
    told = say["tally"]
    blocks: list[Block] = []
    for place, one in enumerate(stations):
        blocks += [*([{"t": "turn"}, {"t": "h", "text": told["title"], "level": 1}] if place else []), *_notice(notice)]
        facts = [(say["contest"], contest), (say["station"], one.station), (say["area"], one.area), (told["ticket"], number(one.place))]
        blocks.append({"t": "kv", "rows": [[name, plain(text)] for name, text in facts if text]})
        blocks.append({"t": "p", "text": told["help"]})
        counted = [plain(name) for name in candidates] + [_box(say, box) for box in boxes] + [told["papers"]]
        blocks.append({"t": "boxes", "head": [say["counter_first"], say["candidate"], say["counter_second"]], "rows": counted})
        blocks.append({"t": "sign", "labels": [say["counter_first"], say["counter_second"]], "note": say["no_names"]})
    return pdf(told["title"], blocks, lang=lang, footer=f"{log} {contest} {round_}", at=at)


def _notice(text: str) -> list[Block]:
    return [{"t": "note", "text": plain(text)}] if text else []


def _draft(say: Mapping[str, Any], draft: bool) -> list[Block]:
    return [{"t": "note", "text": say["draft"]}] if draft else []


def _cut(text: str, most: int) -> str:
    shown = plain(text)
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def _more(told: Mapping[str, str], more: int, sentence: str = "") -> list[Block]:
    return [{"t": "p", "text": (sentence or told["more"]).format(count=number(more))}] if more > 0 else []


def _box(say: Mapping[str, Any], box: str) -> str:
    return str(say["boxes"].get(box) or plain(box))


def _list(say: Mapping[str, Any], stations: Sequence[str]) -> object:
    if not stations:
        return f"0 ({say['none']})"
    return names(number(len(stations)), [*stations[:LISTED], *(["…"] if len(stations) > LISTED else [])])


def _votes(say: Mapping[str, str], candidates: Sequence[Candidate]) -> Block:
    rows = [[number(place), plain(one.name), plain(one.party), number(one.votes)] for place, one in enumerate(candidates, start=1)]
    read = [one.votes for one in candidates if one.votes is not None]
    # unread is not zero: where one is unread the sum is a lower bound and says so
    total: object = number(sum(read)) if len(read) == len(candidates) else figures(f"≥ {number(sum(read))}")
    return {
        "t": "table", "head": [say["serial_no"], say["candidate"], say["party"], say["votes"]],
        "rows": [*rows, ["", say["total"], "", total]],
        "align": ["end", "start", "start", "end"], "widths": [0, 4, 3, 2],
        "strong": [*(place for place, one in enumerate(candidates) if one.returned), len(rows)],
    }  # fmt: skip


def _rows(say: Mapping[str, Any], one: Declaration) -> list[Block]:
    """Candidates by their number on the first page: names would not fit over columns. Below: what the rows add up to, what is declared."""
    made = []
    most = max(figure or 0 for figure in (*(candidate.votes for candidate in one.candidates), *(x for _, row in one.rows for x in row)))
    across = ACROSS if most < LARGE else ACROSS_LARGE
    for begin in range(0, len(one.candidates), across):
        chosen = range(begin, min(begin + across, len(one.candidates)))
        rows: list[list[Any]] = [[plain(station), *(number(row[place]) for place in chosen)] for station, row in one.rows]
        rows.append([say["declaration"]["summed"], *(_sum([row[place] for _, row in one.rows]) for place in chosen)])
        rows.append([say["declaration"]["declared"], *(number(one.candidates[place].votes) for place in chosen)])
        made.append(
            {
                "t": "table",
                "head": [say["station"], *(number(place + 1) for place in chosen)],
                "rows": rows,
                "align": ["start", *["end"] * len(chosen)],
                "widths": [2, *[1] * len(chosen)],
                "strong": [len(rows) - 2, len(rows) - 1],
                "size": 7.5,
                "inset": 2.5,
            }
        )
    return made


def _sum(row: Sequence[int | None]) -> object:
    read = [figure for figure in row if figure is not None]
    return number(sum(read)) if len(read) == len(row) else figures(f"≥ {number(sum(read))}")


def _table(title: str, head: list[str], rows: Sequence[Sequence[str]], wide: int, widths: list[int] | None = None) -> list[Block]:
    """Nothing without rows. The first ``wide`` columns are text, the others figures."""
    if not rows:
        return []
    align = ["start"] * wide + ["end"] * (len(head) - wide)
    shown = [[_cut(text, CELL) if place < wide else figures(_cut(text, CELL)) for place, text in enumerate(row)] for row in rows]
    return [{"t": "h", "text": title}, {"t": "table", "head": head, "rows": shown, "align": align, "widths": widths or [2] * len(head)}]


def _paper(say: Mapping[str, Any], digest: str, labels: Sequence[str], address: str) -> list[Block]:
    return [
        {"t": "h", "text": say["hash"]},
        {"t": "chunks", "chunks": chunks(digest), "help": say["hash_help"]},
        *([qr(address, label=say["receipt"])] if address else []),
        {"t": "sign", "labels": list(labels), "note": say["no_names"]},
    ]
