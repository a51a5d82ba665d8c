"""The pieces of all inputs as the tables of one package: keys unique, references resolved, the first input's words first."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from tallyproof.formats.mapping_names import fill_names, propose
from tallyproof.formats.mapping_pieces import CONTROL, MAX_KEY, Pieces
from tallyproof.model.boxes import BOX_NAMES
from tallyproof.model.election import About, Election
from tallyproof.model.tables import TABLES, Type


def build(pieces: Pieces) -> Election | None:
    """The election, or None if a problem was found (it is in the notes)."""
    notes = pieces.notes
    records = _concat(pieces.records, ("record", "contest", "station", "source", "act", "version", "line", "file"))
    votes = _concat(pieces.votes, ("record", "contest", "candidate", "votes", "unread", "line", "file"))
    declared = _declared(pieces)
    _unique_records(pieces, records)
    records = _superseded(pieces, records)
    contests = _contests(pieces, records, declared)
    candidates = _candidates(pieces, votes, declared)
    stations, areas = _places(pieces, records, declared)
    listed = _station_contests(pieces)
    if notes.problems:
        return None
    rank = pl.DataFrame({"record": records["record"]}).with_row_index("rank")
    order = candidates.select("contest", "candidate").with_row_index("place")
    votes = votes.join(rank, on="record").join(order, on=["contest", "candidate"]).sort("rank", "place")
    tables = {
        "areas": areas,
        "contests": contests,
        "candidates": candidates,
        "stations": stations,
        "station_contests": listed,
        "records": records,
        "votes": votes,
        "declared": declared,
        "statements": _statements(pieces),
    }
    shaped = {name: _shaped(name, frame) for name, frame in tables.items()}
    _check_keys(pieces, shaped)
    if notes.problems:
        return None
    about = pieces.mapping.about
    return Election(
        about=About(
            name=about.name,
            title=about.title,
            title_ur=about.title_ur,
            notice=about.notice,
            notice_ur=about.notice_ur,
            held_on=about.held_on,
            sources=tuple(about.sources),
        ),
        **{name: frame.lazy() for name, frame in shaped.items()},  # type: ignore[arg-type]  # keys are table names, never ``wide``
    )


def _concat(frames: Iterable[pl.DataFrame], columns: tuple[str, ...]) -> pl.DataFrame:
    whole = list(frames)
    if whole:
        return pl.concat(whole, how="diagonal")
    counts = {"version", "votes", "value", "line", "registered"}
    return pl.DataFrame(schema={name: pl.Int64() if name in counts else pl.String() for name in columns})


def _shaped(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """All columns of the table, in order; empty texts are null."""
    columns = []
    for column in TABLES[name].columns:
        if column.name not in frame.columns:
            columns.append(pl.lit(None, dtype=column.dtype).alias(column.name))
        elif column.type is Type.COUNT:
            columns.append(pl.col(column.name).cast(pl.Int64))
        else:
            text = pl.col(column.name).cast(pl.String)
            columns.append(pl.when(text == "").then(None).otherwise(text).alias(column.name))
    return frame.select(columns)


def _unique_records(pieces: Pieces, records: pl.DataFrame) -> None:
    twice = records.filter(~pl.col("record").is_first_distinct())
    first = records.filter(pl.col("record").is_first_distinct()).select("record", where="file", first="line")
    for record, file, line, where, before in (
        twice.join(first, on="record").select("record", "file", "line", "where", "first").head(1000).iter_rows()
    ):
        pieces.notes.problem(
            file,
            "duplicate-key",
            f"the record {record!r} is also in {where}, row {before}",
            "give the block another source, act or version in the mapping",
            row=line,
        )


def _superseded(pieces: Pieces, records: pl.DataFrame) -> pl.DataFrame:
    """Leave out references to earlier records that no file has."""
    if "supersedes" not in records.columns:
        return records
    absent = pl.col("supersedes").is_not_null() & ~pl.col("supersedes").is_in(records["record"].implode())
    count = records.filter(absent).height
    if count:
        pieces.notes.log.append(f"{count} records would replace an earlier one that no file has: they replace nothing")
    return records.with_columns(supersedes=pl.when(absent).then(None).otherwise(pl.col("supersedes")))


def _contests(pieces: Pieces, records: pl.DataFrame, declared: pl.DataFrame) -> pl.DataFrame:
    listed = pieces.mapping.contests
    found = _concat([frame.select("contest", "line", "file") for frame in (records, declared)], ("contest",)).unique(
        "contest", keep="first", maintain_order=True
    )
    rows = [contest.model_dump() for contest in listed]
    known = {contest.contest for contest in listed}
    for contest, line, file in found.iter_rows():
        if contest in known:
            continue
        if contest == "":
            pieces.notes.problem(
                file, "no-contest", "the row has no contest", "skip it with a reason, or mend contest = ... in the mapping", row=line
            )
        elif listed:
            pieces.notes.problem(
                file,
                "unknown-contest",
                f"the contest {contest!r} is not in the mapping",
                "add it to [[contests]], or skip its rows with a reason",
                row=line,
            )
            pieces.notes.proposals += propose([contest], known, "contests")
        else:
            rows.append({"contest": contest})
    schema = {column.name: column.dtype for column in TABLES["contests"].columns}
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def _candidates(pieces: Pieces, votes: pl.DataFrame, declared: pl.DataFrame) -> pl.DataFrame:
    mapping, notes = pieces.mapping, pieces.notes
    items = declared.filter(~pl.col("item").is_in(BOX_NAMES)).select("contest", "line", "file", candidate="item")
    pairs = _concat(
        [votes.select("contest", "candidate", "line", "file"), items.select("contest", "candidate", "line", "file")],
        ("contest", "candidate"),
    )
    pairs = pairs.unique(["contest", "candidate"], keep="first", maintain_order=True)
    found: dict[str, dict[str, tuple[int | None, str]]] = {}
    for contest, candidate, line, file in pairs.iter_rows():
        found.setdefault(contest, {})[candidate] = (line, file)
    racing = [contest.contest for contest in mapping.contests if contest.rule != "none"]
    order = [contest.contest for contest in mapping.contests] or list(found)
    rows: list[dict[str, str | None]] = []
    for contest in [*order, *(name for name in found if name not in order)]:
        here = found.get(contest, {})
        general = [one for one in mapping.candidates if one.contest is None and (one.candidate in here or racing == [contest])]
        special = [one for one in mapping.candidates if one.contest == contest]
        chosen = {one.candidate: one for one in general} | {one.candidate: one for one in special}
        places = [one.candidate for one in mapping.candidates if one.candidate in chosen]
        for key in dict.fromkeys(places):
            rows.append(chosen[key].model_dump() | {"contest": contest})
        for key, (line, file) in here.items():
            if key in chosen:
                continue
            if mapping.unlisted_candidates == "add":
                rows.append({"contest": contest, "candidate": key, "party": key})
                continue
            notes.problem(
                file,
                "unknown-candidate",
                f"{key!r} is not a candidate of {contest!r}",
                "add it to [[candidates]], or its spelling to [aliases.candidates]",
                row=line,
            )
            names = {one.candidate: [one.candidate, one.name, one.party] for one in chosen.values()}
            notes.proposals += propose([key], names, "aliases.candidates")
    if pieces.names:
        fill_names(rows, pieces.names, mapping, notes)
    schema = {column.name: column.dtype for column in TABLES["candidates"].columns}
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def _places(pieces: Pieces, records: pl.DataFrame, declared: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    notes, mapping = pieces.notes, pieces.mapping
    every = _concat([frame for _, frame in pieces.stations], ("station", "name", "name_ur", "area", "voters", "file"))
    first_said = [pl.col(name).filter(pl.col(name) != "").first().alias(name) for name in ("name", "name_ur", "area", "voters")]
    names = pl.col("name").filter(pl.col("name") != "").n_unique().alias("names")
    areas_said = pl.col("area").filter(pl.col("area") != "").unique(maintain_order=True).alias("areas")
    stations = every.group_by("station", maintain_order=True).agg(*first_said, names, areas_said)
    known: set[str] = set()
    for one, frame in pieces.stations:
        here = frame["station"].unique(maintain_order=True)
        if one.stations == "known":
            strange = [key for key in here if key not in known]
            for key in strange[:1000]:
                notes.problem(
                    frame["file"][0],
                    "unknown-station",
                    f"the station {key!r} is in no input before {one.slot!r}",
                    "add its spelling to [aliases.stations]",
                )
            labels = dict(stations.filter(pl.col("station").is_in(list(known))).select("station", "name").iter_rows())
            own = dict(frame.select("station", "name").iter_rows())
            notes.proposals += propose(strange[:200], {key: [key, labels.get(key) or ""] for key in known}, "aliases.stations", own)
        known |= set(here)
    areas = _concat(pieces.areas, ("area", "name", "parent", "level")).unique("area", keep="first", maintain_order=True)
    used = set(stations["area"].drop_nulls()) | set(declared["area"].drop_nulls()) | {contest.area for contest in mapping.contests}
    parents = dict(areas.select("area", "parent").iter_rows())
    several = [names for names in stations["areas"].to_list() if len(names) > 1]
    for what, count in (
        ("name", stations.filter(pl.col("names") > 1).height),
        ("area", sum(not _nested(names, parents) for names in several)),
    ):
        if count:
            notes.log.append(f"{count} stations have more than one {what} in the files; that of the first input is kept")
    todo = list(used)
    while todo:
        up = parents.get(todo.pop())
        if up and up not in used:
            used.add(up)
            todo.append(up)
    listed = {one.area: one.model_dump() for one in mapping.areas}
    rows = [
        row | {name: text for name, text in listed.pop(row["area"], {}).items() if text}
        for row in areas.filter(pl.col("area").is_in(list(used))).to_dicts()
    ]
    rows = [*listed.values(), *rows]
    schema = {column.name: column.dtype for column in TABLES["areas"].columns}
    return stations, pl.DataFrame([{name: row.get(name) or None for name in schema} for row in rows], schema=schema)


def _nested(areas: list[str], parents: dict[str, str]) -> bool:
    """Does the first of the areas lie within all the others? Then they only differ in how closely they look."""
    above = {areas[0]}
    up = parents.get(areas[0])
    while up and up not in above:
        above.add(up)
        up = parents.get(up)
    return above.issuperset(areas)


def _station_contests(pieces: Pieces) -> pl.DataFrame:
    rolls = _concat(pieces.rolls, ("station", "contest", "registered", "line", "file"))
    merged = rolls.group_by("station", "contest", maintain_order=True).agg(
        pl.col("registered").drop_nulls().first(),
        pl.col("registered").drop_nulls().n_unique().alias("different"),
        pl.col("line").filter(pl.col("registered").is_not_null()).last(),
        pl.col("file").filter(pl.col("registered").is_not_null()).last(),
    )
    for station, contest, line, file in (
        merged.filter(pl.col("different") > 1).select("station", "contest", "line", "file").head(1000).iter_rows()
    ):
        pieces.notes.problem(
            file,
            "roll-differs",
            f"the register of {station!r} for {contest!r} has two sizes in the files",
            "give roll = ... in one input only; in the others it can be the box registered",
            row=line,
        )
    return merged


def _declared(pieces: Pieces) -> pl.DataFrame:
    mapping = pieces.mapping
    declared = _concat(pieces.declared, ("contest", "area", "station", "stage", "version", "item", "value", "source", "at", "line", "file"))
    only = mapping.contests[0].contest if len(mapping.contests) == 1 else ""
    inline = [
        row.model_dump() | {"contest": row.contest or only, "stage": row.stage.value, "line": None, "file": "the mapping"}
        for row in mapping.declared
    ]
    if inline:
        declared = pl.concat([declared, pl.DataFrame(inline, schema=dict(declared.schema) or None)], how="diagonal")
    key = ["contest", "area", "station", "stage", "version", "item"]
    for row in declared.filter(~pl.struct(key).is_first_distinct()).head(1000).iter_rows(named=True):
        pieces.notes.problem(
            row["file"],
            "duplicate-key",
            f"{row['item']!r} is declared twice at the same place, stage and version",
            "skip one row with a reason, or number the versions",
            row=row["line"],
        )
    return declared


def _statements(pieces: Pieces) -> pl.DataFrame:
    mapping = pieces.mapping
    only = mapping.contests[0].contest if len(mapping.contests) == 1 else ""
    schema = {column.name: column.dtype for column in TABLES["statements"].columns}
    return pl.DataFrame([row.model_dump() | {"contest": row.contest or only} for row in mapping.statements], schema=schema)


def _check_keys(pieces: Pieces, tables: dict[str, pl.DataFrame]) -> None:
    for name, frame in tables.items():
        table = TABLES[name]
        for column in table.columns:
            # References are found missing below; a bad key is named once, in its own table.
            if column.type is not Type.ID or column.refers is not None:
                continue
            keys = frame[column.name].drop_nulls().unique()
            bad = keys.filter((keys.str.len_chars() > MAX_KEY) | keys.str.contains(CONTROL))
            for key in bad.head(20):
                pieces.notes.problem(
                    "the mapping",
                    "bad-key",
                    f"{name}.{column.name}: {key[:60]!r} is longer than {MAX_KEY} characters or has control characters",
                    "shorten it in the mapping (regex, collapse = true)",
                )
    known = {
        "areas": set(tables["areas"]["area"]),
        "stations": set(tables["stations"]["station"]),
        "contests": set(tables["contests"]["contest"]),
    }
    for name, field, target in (
        ("areas", "parent", "areas"),
        ("contests", "area", "areas"),
        ("declared", "area", "areas"),
        ("declared", "station", "stations"),
        ("statements", "contest", "contests"),
    ):
        strange = sorted(set(tables[name][field].drop_nulls()) - known[target])
        for key in strange[:20]:
            pieces.notes.problem(
                "the mapping",
                "unknown-reference",
                f"{name}.{field}: {key!r} is not in {target}",
                f"add it to {target}, or correct the spelling",
            )
