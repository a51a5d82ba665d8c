"""What ties the rows of the tables together: keys, references, nesting, succession."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl
from rapidfuzz import fuzz, process

from tallyproof.formats.cells import shown
from tallyproof.formats.faults import Faults
from tallyproof.formats.sheet import Sheet
from tallyproof.formats.vocabulary import DEFAULTS
from tallyproof.model.boxes import BOX_NAMES
from tallyproof.model.keys import has_no_repeats, is_ascending, places, run_values

Sheets = dict[str, Sheet]
_GUESSES = 25
"""How often a near key is looked for in one column: each look goes through all keys."""


def check_relations(sheets: Sheets, faults: Faults) -> None:
    """Everything but votes, whose rows are many (``votes.check_votes``)."""
    for sheet in sheets.values():
        if sheet.table.name != "votes":
            _check_key(sheet, faults)
            _check_references(sheet, sheets, faults)
    if "areas" in sheets:
        _check_areas(sheets["areas"], faults)
    if "candidates" in sheets:
        _check_reserved(sheets["candidates"], faults)
    if "contests" in sheets:
        _check_seats(sheets, faults)
    if "records" in sheets:
        _check_succession(sheets["records"], faults)
    for name in ("declared", "statements"):
        if name in sheets:
            _check_items(sheets[name], sheets, faults)
    if "declared" in sheets:
        _check_places(sheets["declared"], faults)


def _check_key(sheet: Sheet, faults: Faults) -> None:
    """Each key once. A row whose key could not be read is not compared; an empty part of a key equals an empty part."""
    table = sheet.table
    required = [column.name for column in table.columns if column.required and column.name in table.key]
    if any(name not in sheet.columns for name in required):
        return
    defaults = DEFAULTS.get(table.name, {})
    keys = pl.DataFrame(
        [sheet.series(name).fill_null(defaults[name]) if name in defaults else sheet.series(name) for name in table.key]
    ).with_row_index("row")
    keys = keys.drop_nulls(required)
    if has_no_repeats(keys.select(table.key)):
        return
    again = keys.with_columns(first=pl.col("row").first().over(table.key)).filter(pl.col("row") != pl.col("first"))

    def message(at: int) -> str:
        named = ", ".join(shown(again[name][at]) for name in table.key if again[name][at] is not None)
        return f"the key {named} is in row {sheet.rows.number(again['first'][at])} already"

    faults.at(sheet.rows, again["row"], table.key[-1] if len(table.key) == 1 else None, "duplicate-key", message, "keep one row of them")


def unresolved(faults: Faults, sheet: Sheet, column: str, table: str, bad: pl.Series, cells: pl.Series, keys: pl.Series) -> None:
    """Report references to keys that are not there, with a key that looks like it."""
    choices = keys.unique(maintain_order=True).to_list() if len(keys) <= 20_000 else []
    guesses: dict[str, str] = {}

    def mend(cell: str) -> str:
        if cell not in guesses:
            near = process.extractOne(cell, choices, scorer=fuzz.ratio, score_cutoff=70) if len(guesses) < _GUESSES else None
            guesses[cell] = f"; is {shown(near[0])} meant?" if near else ""
        return guesses[cell]

    faults.rows(
        sheet.rows,
        bad,
        column,
        "unresolved-reference",
        lambda at: f"{table} has no {shown(cells[at])}{mend(cells[at])}",
        f"correct the key, or add the row to {table}",
    )


def _all_among(asked: pl.Series, keys: pl.Series) -> bool:
    """Whether every value is one of the keys."""
    few = asked.unique() if 8 * len(asked) < len(keys) else asked
    if 8 * len(few) < len(keys):
        # of the two, the small one is hashed
        return not len(few) or keys.filter(keys.is_in(few.implode())).n_unique() == len(few)
    if is_ascending(keys):
        return not places(pl.DataFrame({"key": asked}), pl.DataFrame({"key": keys})).null_count()
    return bool(asked.is_in(keys.implode()).all())


def _check_references(sheet: Sheet, sheets: Sheets, faults: Faults) -> None:
    for column in sheet.table.columns:
        target = sheets.get(column.refers) if column.refers else None
        if target is None or column.name not in sheet.columns or target.table.key[0] not in target.columns:
            continue
        cells = sheet.series(column.name)
        keys = target.series(target.table.key[0]).drop_nulls()
        if cells.equals(keys) or _all_among(run_values(cells).drop_nulls(), keys):
            continue
        bad = ~cells.is_in(keys.implode())
        if bad.any():
            unresolved(faults, sheet, column.name, target.table.name, bad.fill_null(False), cells, keys)


def _cycles(links: Iterable[tuple[str, str]]) -> list[list[str]]:
    """The cycles of a graph in which every node has at most one way out; each begins with the node met first."""
    way = dict(links)
    state: dict[str, int] = {}
    found: list[list[str]] = []
    for number, start in enumerate(way):
        path: list[str] = []
        node = start
        while node in way and node not in state:
            state[node] = number
            path.append(node)
            node = way[node]
        if path and state.get(node) == number:
            found.append(path[path.index(node) :])
    return found


def _report_cycles(sheet: Sheet, links: pl.DataFrame, column: str, said: str, code: str, mend: str, faults: Faults) -> None:
    """``links`` has the columns row, key and the one that refers. One problem a cycle, at the row of its first key."""
    cycles = [cycle for cycle in _cycles(zip(links["key"], links["to"], strict=True)) if len(cycle) > 1]
    if not cycles:
        return
    firsts = {cycle[0]: cycle for cycle in cycles}
    at = links.filter(pl.col("key").is_in(list(firsts))).unique("key", keep="first", maintain_order=True)

    def message(position: int) -> str:
        cycle = firsts[at["key"][position]]
        named = [shown(key) for key in [*cycle[:10], *(["…"] if len(cycle) > 10 else []), cycle[0]]]
        return f"{said}: " + " → ".join(named)

    faults.at(sheet.rows, at["row"], column, code, message, mend)


def _links(sheet: Sheet, key: str, to: str) -> pl.DataFrame:
    frame = pl.DataFrame({"key": sheet.series(key), "to": sheet.series(to)}).with_row_index("row").drop_nulls()
    return frame.unique("key", keep="first", maintain_order=True)


def _check_areas(sheet: Sheet, faults: Faults) -> None:
    if "area" not in sheet.columns or "parent" not in sheet.columns:
        return
    links = _links(sheet, "area", "parent")
    own = links.filter(pl.col("key") == pl.col("to"))
    mend = "name the area above, or leave the cell empty at the top"
    if len(own):
        faults.at(sheet.rows, own["row"], "parent", "area-cycle", lambda at: f"{shown(own['key'][at])} lies in itself", mend)
    _report_cycles(sheet, links, "parent", "areas lie in each other", "area-cycle", mend, faults)


def _check_reserved(sheet: Sheet, faults: Faults) -> None:
    if "candidate" not in sheet.columns:
        return
    cells = sheet.series("candidate")
    bad = cells.is_in(BOX_NAMES).fill_null(False)
    if bad.any():
        faults.rows(
            sheet.rows,
            bad,
            "candidate",
            "reserved-key",
            lambda at: f"{cells[at]} is the name of a box of the form",
            "give the candidate another key, here and in votes, declared and statements",
        )


def _check_seats(sheets: Sheets, faults: Faults) -> None:
    sheet, stand = sheets["contests"], sheets.get("candidates")
    if "contest" not in sheet.columns:
        return
    rule = sheet.series("rule").fill_null("plurality")
    raw = sheet.series("seats")
    seats = pl.DataFrame({"contest": sheet.series("contest"), "seats": raw.fill_null(1), "rule": rule}).with_row_index("row")
    none = seats.filter(pl.col("seats") == 0)
    if len(none):
        mend = "write how many seats it fills; for a contest kept only for its ballots, 1 and the rule none"
        faults.at(sheet.rows, none["row"], "seats", "bad-seats", lambda at: "a contest without a seat", mend)
    if stand is None or not {"contest", "candidate"} <= set(stand.columns):
        return
    number = stand.series("contest").value_counts(name="stand")
    few = (
        seats.filter((pl.col("rule") == "plurality") & pl.col("contest").is_not_null())
        .join(number, on="contest", how="left", maintain_order="left")
        .with_columns(pl.col("stand").fill_null(0))
        .filter(pl.col("seats") > pl.col("stand"))
    )
    if len(few):
        faults.at(
            sheet.rows,
            few["row"],
            "seats",
            "bad-seats",
            lambda at: f"{shown(few['contest'][at])} has {few['seats'][at]} seats and {few['stand'][at]} candidates",
            "correct the number, add the candidates, or set the rule to none",
        )


def _check_succession(sheet: Sheet, faults: Faults) -> None:
    """A record replaces another of its own contest and station, and not, in a circle, itself."""
    if not {"record", "supersedes", "contest", "station"} <= set(sheet.columns):
        return
    links = _links(sheet, "record", "supersedes")
    if not len(links):
        return
    mend = "name the earlier record that this act replaces"
    own = links.filter(pl.col("key") == pl.col("to"))
    if len(own):
        faults.at(sheet.rows, own["row"], "supersedes", "supersedes-itself", lambda at: f"{shown(own['key'][at])} supersedes itself", mend)
    _report_cycles(sheet, links, "supersedes", "records supersede each other", "supersedes-cycle", mend, faults)
    places = pl.DataFrame({name: sheet.series(name) for name in ("record", "contest", "station")}).unique("record", keep="first")
    both = links.join(places, left_on="key", right_on="record", how="left", maintain_order="left").join(
        places, left_on="to", right_on="record", how="left", maintain_order="left", suffix="_to"
    )
    far = both.filter((pl.col("contest") != pl.col("contest_to")) | (pl.col("station") != pl.col("station_to")))
    if len(far):
        faults.at(
            sheet.rows,
            far["row"],
            "supersedes",
            "supersedes-elsewhere",
            lambda at: f"{shown(far['to'][at])} is of {shown(far['contest_to'][at])}, {shown(far['station_to'][at])}",
            "name a record of the same contest and station",
        )


def _check_items(sheet: Sheet, sheets: Sheets, faults: Faults) -> None:
    """``item`` is a box, or a candidate of the row's contest."""
    stand, contests = sheets.get("candidates"), sheets.get("contests")
    if stand is None or contests is None or not {"contest", "candidate"} <= set(stand.columns) or "contest" not in contests.columns:
        return
    if not {"contest", "item"} <= set(sheet.columns):
        return
    known = pl.DataFrame({"contest": stand.series("contest"), "item": stand.series("candidate")}).drop_nulls().unique()
    there = contests.series("contest").drop_nulls()
    items = pl.DataFrame({"contest": sheet.series("contest"), "item": sheet.series("item")}).with_row_index("row").drop_nulls()
    bad = items.filter(pl.col("contest").is_in(there.implode()) & ~pl.col("item").is_in(BOX_NAMES)).join(
        known, on=["contest", "item"], how="anti", maintain_order="left"
    )
    if len(bad):
        faults.at(
            sheet.rows,
            bad["row"],
            "item",
            "unknown-item",
            lambda at: f"{shown(bad['item'][at])} is neither a candidate of {shown(bad['contest'][at])} nor a box",
            "correct the item, or add the candidate",
        )


def _check_places(sheet: Sheet, faults: Faults) -> None:
    if not {"area", "station"} <= set(sheet.columns):
        return
    both = sheet.series("area").is_not_null() & sheet.series("station").is_not_null()
    if both.any():
        faults.rows(
            sheet.rows,
            both,
            "area",
            "two-places",
            lambda at: "a declared figure is of an area or of a station, not of both",
            "leave one of the two empty: the station's own row says which area it lies in",
        )
