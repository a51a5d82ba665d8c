"""What is on each sheet of paper: figures and keys in, blocks out. Nothing is computed here but how it looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tallyproof_print.press import Block, chunks, code, number, pdf, plain, words

LISTED = 60
"""Stations named in one list; the rest are counted."""


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
    not printed. ``digest``: SHA-256 of the signed text in hexadecimal. ``facts``: (name, text) to show above, in order."""

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


@dataclass(frozen=True, slots=True)
class StationForm:
    """A record of one station. ``boxes``: boxes of Form 45; ``account``: of Form 46."""

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


def declaration(one: Declaration, *, lang: str) -> bytes:
    """The paper that two officers sign, after Forms 47 (provisional) and 49 (final), with the rows of Form 48 if there are any."""
    say = words(lang)
    told = say["declaration"]
    blocks = _notice(one.notice)
    facts = [[say["contest"], plain(one.contest)], [say["version"], number(one.version)]]
    facts += [[say["day"], plain(one.day)]] if one.day else []
    blocks.append({"t": "kv", "rows": [*facts, [told["counted"], number(one.counted)]]})
    if one.override:
        blocks.append({"t": "note", "text": f"{told['override']}: {plain(one.override)}"})
    if one.reason:
        blocks.append({"t": "p", "text": f"{told['reason']}: {plain(one.reason)}"})
    blocks.append(_votes(say, one.candidates))
    returned = [plain(candidate.name) for candidate in one.candidates if candidate.returned]
    who = say["winner"] if one.stage == "final" else say["winner_provisional"]
    blocks.append({"t": "p", "text": f"{who}: {', '.join(returned) or say['none']}", "strong": True})
    if one.boxes:
        blocks.append({"t": "kv", "rows": [[told.get(box, box), number(figure)] for box, figure in one.boxes.items()]})
    lists = [(told["missing"], one.missing), (told["disputed"], one.disputed), (told["excluded"], one.excluded)]
    blocks.append({"t": "kv", "rows": [[name, _list(say, stations)] for name, stations in lists]})
    blocks += _paper(say, one.digest, (say["sign_first"], say["sign_second"]))
    if one.rows:
        blocks += [{"t": "turn"}, {"t": "h", "text": told["rows"]}, _rows(say, one)]
    return pdf(told[one.stage], blocks, lang=lang, footer=f"{one.contest} {one.digest}")


def station_form(one: StationForm, *, lang: str) -> bytes:
    """A station's statement of the count and ballot paper account, after Forms 45 and 46."""
    say = words(lang)
    told = say["station_form"]
    head = [(say["contest"], one.contest), (say["station"], one.station), (say["source"], one.source), (told["act"], one.act)]
    blocks = [*_notice(one.notice), {"t": "kv", "rows": [[name, plain(text)] for name, text in head]}, _votes(say, one.candidates)]
    for title, boxes in (("", one.boxes), (told["account"], one.account)):
        if boxes:
            blocks += [{"t": "h", "text": title}] if title else []
            names = say["declaration"] | told
            blocks.append(
                {
                    "t": "table", "head": [told["item"], told["figure"]], "align": ["start", "end"], "widths": [3, 1],
                    "rows": [[plain(names.get(box, box)), number(figure)] for box, figure in boxes.items()],
                }
            )  # fmt: skip
    blocks += _paper(say, one.digest, (say["officer"], say["agent"]))
    return pdf(told["title"], blocks, lang=lang, footer=f"{one.contest} {one.station} {one.digest}")


def summary(one: Summary, *, lang: str) -> bytes:
    """Page one: what the records say and who wins by which; page two: the case, and how to check all of it."""
    say = words(lang)
    told = say["summary"]
    blocks = [*_notice(one.notice), {"t": "kv", "rows": [[say["contest"], plain(one.contest)], [told["case"], plain(one.case)]]}]
    blocks += [
        {"t": "h", "text": told["answer"]},
        *({"t": "p", "text": plain(text)} for text in one.answer),
        {"t": "p", "text": told["lead"]},
    ]
    blocks += _table(told["differs"], [say["station"], *(told[name] for name in ("figure", "first", "second", "gain"))], one.differing, 2)
    if one.more:
        blocks.append({"t": "p", "text": told["more"].format(count=number(one.more))})
    blocks += _table(told["views"], [told["view"], told["result"], told["margin"]], one.views, 2)
    blocks += [{"t": "turn"}, {"t": "h", "text": told["complaint"]}, {"t": "p", "text": plain(one.complaint)}]
    blocks.append({"t": "kv", "rows": [[told["asks"], plain(one.asks)], [told["grounds"], plain("; ".join(one.grounds))]]})
    blocks += _table(told["steps"], [told["when"], told["what"]], one.steps, 2, [1, 4])
    blocks += _table(told["orders"], [told["what"], told["before"], told["after"]], one.orders, 3)
    blocks += [{"t": "h", "text": told["verify"]}, *({"t": "p", "text": code(text)} for text in one.verify)]
    return pdf(told["title"], blocks, lang=lang, footer=f"{one.contest} {one.digest}")


def retrieval_list(contest: str, seed: str, round_: int, stations: Sequence[Fetch], *, log: str, lang: str, notice: str = "") -> bytes:
    """The stations whose papers are fetched, in order of area and name; the order drawn stands beside each."""
    say = words(lang)
    told = say["retrieval"]
    facts = [
        [say["contest"], plain(contest)],
        [told["round"], number(round_)],
        [told["seed"], code(seed)],
        [say["stations"], number(len(stations))],
    ]
    rows = [
        [number(place), plain(one.station), plain(one.area), number(one.place), "☐"]
        for place, one in enumerate(sorted(stations, key=lambda one: (one.area, one.station)), start=1)
    ]
    blocks = [*_notice(notice), {"t": "kv", "rows": facts}, {"t": "p", "text": told["help"]}]
    head = [say["serial_no"], say["station"], say["area"], told["place"], told["fetched"]]
    blocks.append(
        {"t": "table", "head": head, "rows": rows, "align": ["end", "start", "start", "end", "center"], "widths": [0, 3, 3, 0, 0]}
    )
    blocks.append({"t": "sign", "labels": [told["signed"], told["taken"]]})
    return pdf(told["title"], blocks, lang=lang, footer=f"{log} {contest} {round_}")


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
        names = [plain(name) for name in candidates] + [say["declaration"].get(box, box) for box in boxes] + [told["papers"]]
        blocks.append({"t": "boxes", "head": [say["candidate"], say["counter_first"], say["counter_second"]], "rows": names})
        blocks += [{"t": "sign", "labels": [say["counter_first"], say["counter_second"]]}, {"t": "p", "text": say["no_names"]}]
    return pdf(told["title"], blocks, lang=lang, footer=f"{log} {contest} {round_}")


def _notice(text: str) -> list[Block]:
    return [{"t": "note", "text": plain(text)}] if text else []


def _list(say: Mapping[str, str], stations: Sequence[str]) -> str:
    if not stations:
        return f"0 ({say['none']})"
    named = ", ".join(plain(one) for one in stations[:LISTED])
    return f"{len(stations):,}: {named}" + (" …" if len(stations) > LISTED else "")


def _votes(say: Mapping[str, str], candidates: Sequence[Candidate]) -> Block:
    rows = [[number(place), plain(one.name), plain(one.party), number(one.votes)] for place, one in enumerate(candidates, start=1)]
    read = [one.votes for one in candidates if one.votes is not None]
    # unread is not zero: where one is unread the sum is a lower bound and says so
    total: object = number(sum(read)) if len(read) == len(candidates) else code(f"≥ {number(sum(read))}")
    return {
        "t": "table", "head": [say["serial_no"], say["candidate"], say["party"], say["votes"]],
        "rows": [*rows, ["", say["total"], "", total]],
        "align": ["end", "start", "start", "end"], "widths": [0, 4, 3, 2],
        "strong": [*(place for place, one in enumerate(candidates) if one.returned), len(rows)],
    }  # fmt: skip


def _rows(say: Mapping[str, str], one: Declaration) -> Block:
    """Candidates by their number on the first page: names would not fit over columns."""
    head = [say["station"], *(number(place) for place in range(1, len(one.candidates) + 1))]
    rows = [[plain(station), *(number(figure) for figure in figures)] for station, figures in one.rows]
    return {
        "t": "table",
        "head": head,
        "rows": rows,
        "align": ["start", *["end"] * len(one.candidates)],
        "widths": [0, *[1] * len(one.candidates)],
        "size": 7.5,
    }


def _table(title: str, head: list[str], rows: Sequence[Sequence[str]], wide: int, widths: list[int] | None = None) -> list[Block]:
    """Nothing without rows. The first ``wide`` columns are text, the others figures."""
    if not rows:
        return []
    align = ["start"] * wide + ["end"] * (len(head) - wide)
    shown = [[plain(text) for text in row] for row in rows]
    return [{"t": "h", "text": title}, {"t": "table", "head": head, "rows": shown, "align": align, "widths": widths or [2] * len(head)}]


def _paper(say: Mapping[str, str], digest: str, labels: Sequence[str]) -> list[Block]:
    return [
        {"t": "h", "text": say["hash"]},
        {"t": "chunks", "chunks": chunks(digest)},
        {"t": "p", "text": say["hash_help"]},
        {"t": "sign", "labels": list(labels)},
        {"t": "p", "text": say["no_names"]},
    ]
