"""Make a large invented election package in Parquet, the same bytes of figures every time.

    python benchmarks/generate.py OUT --stations 1000000 --contests 850 --sources 2

Nothing here is anybody's election. Figures come from a fixed integer mixing function of (station, position), so a run can be
repeated on any machine; no clock and no random state is used. Votes are written in the order of records, candidates of one
record together and in ballot order, unless ``--order shuffled``.

Shape by default: 850 contests of 16 candidates, each station votes in one contest, two copies of each station's form
(``officer`` and ``agent:PTA``); at ``--differ`` stations the officer's copy has moved votes from the second candidate to the
first. The declaration repeats the officer's copies. ``--wrong-totals`` contests declare 1,000 more for the first candidate.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import NamedTuple

import polars as pl

U64 = pl.UInt64
SOURCES = ("officer", "agent:PTA", "agent:PTB", "observer:NET")


class Shape(NamedTuple):
    """How large the package is and what is wrong in it."""

    stations: int = 1_000_000
    candidates: int = 16
    contests: int = 850
    sources: int = 2
    differ: int = 3_000
    unread: int = 0
    missing: int = 0
    wrong_totals: int = 0
    declared: str = "leading"
    keys: str = "short"
    layout: str = "by-source"
    order: str = "ballot"
    mixed: bool = False


def mix(value: pl.Expr, salt: int) -> pl.Expr:
    """A well spread unsigned 64-bit integer (the finaliser of splitmix64); wrapping multiplication is meant."""
    z = value.cast(U64) * pl.lit(0x9E3779B97F4A7C15, U64) + pl.lit((salt * 0xD1B54A32D192ED03 + 0x2545F4914F6CDD1D) % 2**64, U64)
    z = (z ^ (z // pl.lit(2**30, U64))) * pl.lit(0xBF58476D1CE4E5B9, U64)
    z = (z ^ (z // pl.lit(2**27, U64))) * pl.lit(0x94D049BB133111EB, U64)
    return z ^ (z // pl.lit(2**31, U64))


def below(value: pl.Expr, salt: int, limit: pl.Expr | int) -> pl.Expr:
    """An integer from 0 to limit - 1."""
    return mix(value, salt) % (limit.cast(U64) if isinstance(limit, pl.Expr) else pl.lit(limit, U64))


def contest_of(shape: Shape, station: pl.Expr) -> pl.Expr:
    """Stations lie in blocks, contest after contest."""
    return station * shape.contests // shape.stations


def ballot_length(shape: Shape, contest: pl.Expr) -> pl.Expr:
    """All ballots have ``candidates`` names, or with ``mixed`` between half and all of that number."""
    full = pl.lit(shape.candidates, pl.Int64)
    if not shape.mixed:
        return full
    return full - below(contest, 90, shape.candidates // 2 + 1).cast(pl.Int64)


def is_edited(shape: Shape, station: pl.Expr) -> pl.Expr:
    """The stations at which copies differ: about ``differ`` of them."""
    return below(station, 91, shape.stations) < shape.differ


def figure(shape: Shape, station: pl.Expr, position: int, source: int) -> pl.Expr:
    """Votes of the candidate at ``position`` on the copy of ``source``, before anything is unread."""
    contest = contest_of(shape, station)
    if position < 2:
        # which of the two leads depends on the contest, so that winners are spread
        lean = below(contest, 92 + position, 120)
        votes = 150 + below(station, position, 200 + lean)
    else:
        votes = below(station, position, max(2, 48 // position))
    votes = votes.cast(pl.Int64)
    if source == 0 and position < 2:
        moved = 20 + below(station, 93, 80).cast(pl.Int64)
        votes = pl.when(is_edited(shape, station)).then(votes + moved if position == 0 else votes - moved).otherwise(votes)
    return votes


def station_key(shape: Shape, station: pl.Expr) -> pl.Expr:
    if shape.keys == "short":
        return pl.format("S{}", station.cast(pl.String).str.zfill(7))
    return pl.format("C{}/S{}", contest_of(shape, station).cast(pl.String).str.zfill(4), station.cast(pl.String).str.zfill(7))


def contest_key(contest: pl.Expr) -> pl.Expr:
    return pl.format("C{}", contest.cast(pl.String).str.zfill(4))


def candidate_key(contest: pl.Expr, position: pl.Expr) -> pl.Expr:
    return pl.format("C{}-{}", contest.cast(pl.String).str.zfill(4), (position + 1).cast(pl.String).str.zfill(2))


def record_key(shape: Shape, station: pl.Expr, source: int) -> pl.Expr:
    return pl.format("{}" + (f".{'oabc'[source]}" if shape.keys == "short" else f"/{SOURCES[source]}"), station_key(shape, station))


def sheets(shape: Shape, source: int, start: int, length: int) -> pl.DataFrame:
    """The copies of one source of the stations from ``start``: a row a record, v1..vK, boxes."""
    station = pl.col("station_number")
    names = [f"v{i + 1}" for i in range(shape.candidates)]
    frame = pl.select(pl.int_range(start, start + length, dtype=pl.Int64).alias("station_number"))
    if shape.missing:
        frame = frame.filter(below(station, 94, shape.stations) >= shape.missing)
    frame = frame.with_columns(contest_of(shape, station).alias("contest_number"), record_key(shape, station, source).alias("record"))
    frame = frame.with_columns(ballot_length(shape, pl.col("contest_number")).alias("length"))
    frame = frame.with_columns(
        pl.when(pl.col("length") > i).then(figure(shape, station, i, source)).alias(name) for i, name in enumerate(names)
    )
    frame = frame.with_columns(pl.sum_horizontal(names).alias("valid"), below(station, 95, 12).cast(pl.Int64).alias("rejected"))
    frame = frame.with_columns((pl.col("valid") + pl.col("rejected")).alias("in_box"))
    frame = frame.with_columns(
        pl.col("in_box").alias("issued"),
        (pl.col("in_box") + 100 + below(station, 96, 700).cast(pl.Int64)).alias("registered"),
    )
    frame = frame.with_columns((pl.col("registered") // 100 * 100 + 200).alias("received"))
    frame = frame.with_columns((pl.col("received") - pl.col("issued")).alias("unused"))
    if shape.unread:
        hidden = (below(station, 97, shape.stations) < shape.unread) & (pl.lit(source) == shape.sources - 1)
        frame = frame.with_columns(pl.when(hidden).then(None).otherwise(pl.col("v3")).alias("v3"))
    return frame


def votes_of(shape: Shape, frame: pl.DataFrame) -> pl.DataFrame:
    """The long votes of ``sheets``: candidates of one record together, in ballot order."""
    names = [f"v{i + 1}" for i in range(shape.candidates)]
    width = shape.candidates
    row = pl.int_range(0, frame.height * width, dtype=pl.Int64)
    index = frame.select(row.alias("n")).select((pl.col("n") // width).alias("row"), (pl.col("n") % width).alias("position"))
    flat = frame.select(pl.concat_list(names).alias("votes")).explode("votes")["votes"]
    ballots = pl.select(pl.int_range(0, shape.contests, dtype=pl.Int64).alias("c")).select(
        candidate_key(pl.col("c").repeat_by(width).explode(), pl.int_range(0, shape.contests * width, dtype=pl.Int64) % width)
    )
    keys = ballots.to_series()
    rows = index["row"]
    out = pl.DataFrame(
        {
            "record": frame["record"].gather(rows),
            "candidate": keys.gather(frame["contest_number"].gather(rows) * width + index["position"]),
            "votes": flat,
        }
    )
    return out.filter(index["position"] < frame["length"].gather(rows)) if shape.mixed else out


RECORD_BOXES = ("registered", "received", "issued", "unused", "in_box", "valid", "rejected")


def write(shape: Shape, out: Path, *, chunk: int = 250_000) -> dict[str, int]:
    """Write the package to the folder ``out``; returns rows by table."""
    out.mkdir(parents=True, exist_ok=True)
    parts = out / ".parts"
    parts.mkdir(exist_ok=True)
    blocks = [(start, min(chunk, shape.stations - start)) for start in range(0, shape.stations, chunk)]
    pairs = [(s, b) for s in range(shape.sources) for b in blocks]
    if shape.layout == "by-station":
        pairs = [(s, b) for b in blocks for s in range(shape.sources)]
    names = [f"v{i + 1}" for i in range(shape.candidates)]
    totals: list[pl.DataFrame] = []
    leading: list[pl.DataFrame] = []
    for number, (source, (start, length)) in enumerate(pairs):
        frame = sheets(shape, source, start, length)
        votes_of(shape, frame).write_parquet(parts / f"votes-{number:04}.parquet", compression="lz4")
        station = pl.col("station_number")
        frame.select(
            "record",
            contest_key(pl.col("contest_number")).alias("contest"),
            station_key(shape, station).alias("station"),
            pl.lit(SOURCES[source]).alias("source"),
            *RECORD_BOXES,
        ).write_parquet(parts / f"records-{number:04}.parquet", compression="lz4")
        if source == 0:
            totals.append(frame.group_by("contest_number").agg(pl.col(names).sum(), pl.col("valid", "rejected", "in_box").sum()))
            items = names if shape.declared == "all" else names[:2] if shape.declared == "leading" else []
            if items:
                leading.append(frame.select("contest_number", station_key(shape, station).alias("station"), *items))

    votes = pl.scan_parquet(sorted(parts.glob("votes-*.parquet")))
    if shape.order == "shuffled":
        votes = votes.with_row_index("n").sort(mix(pl.col("n"), 98)).drop("n")
    votes.sink_parquet(out / "votes.parquet", row_group_size=1 << 19)
    pl.scan_parquet(sorted(parts.glob("records-*.parquet"))).sink_parquet(out / "records.parquet", row_group_size=1 << 18)
    for path in parts.iterdir():
        path.unlink()
    parts.rmdir()
    return _small_tables(shape, out, totals, leading)


def _small_tables(shape: Shape, out: Path, totals: list[pl.DataFrame], leading: list[pl.DataFrame]) -> dict[str, int]:
    c = pl.col("c")
    names = [f"v{i + 1}" for i in range(shape.candidates)]
    contests = pl.select(pl.int_range(0, shape.contests, dtype=pl.Int64).alias("c"))
    area = pl.format("D{}", c.cast(pl.String).str.zfill(4))
    contests.select(
        contest_key(c).alias("contest"),
        pl.format("Invented contest {}", c + 1).alias("name"),
        area.alias("area"),
        pl.lit(1, pl.Int64).alias("seats"),
    ).write_parquet(out / "contests.parquet")
    pl.concat(
        [
            pl.DataFrame({"area": [f"P{p}" for p in range(4)], "name": [f"Invented province {p}" for p in range(4)]}).select(
                "area", "name", pl.lit(None, pl.String).alias("parent"), pl.lit("province").alias("level")
            ),
            contests.select(
                area.alias("area"),
                pl.format("Invented district {}", c).alias("name"),
                pl.format("P{}", c * 4 // shape.contests).alias("parent"),
                pl.lit("district").alias("level"),
            ),
        ]
    ).write_parquet(out / "areas.parquet")
    ballot = contests.with_columns(ballot_length(shape, c).alias("length")).with_columns(pl.int_ranges(0, "length").alias("p")).explode("p")
    ballot.select(
        contest_key(c).alias("contest"), candidate_key(c, pl.col("p")).alias("candidate"), pl.format("Name {}-{}", c, "p").alias("name")
    ).write_parquet(out / "candidates.parquet")

    n = pl.col("n")
    stations = pl.select(pl.int_range(0, shape.stations, dtype=pl.Int64).alias("n"))
    stations.select(
        station_key(shape, n).alias("station"), pl.format("D{}", contest_of(shape, n).cast(pl.String).str.zfill(4)).alias("area")
    ).write_parquet(out / "stations.parquet")
    rolls = sheets(shape._replace(missing=0, unread=0), 0, 0, shape.stations).select("station_number", "registered")
    rolls.rename({"station_number": "n"}).select(
        station_key(shape, n).alias("station"), contest_key(contest_of(shape, n)).alias("contest"), "registered"
    ).write_parquet(out / "station_contests.parquet")

    total = pl.concat(totals).group_by("contest_number").sum().sort("contest_number")
    position = pl.int_range(0, pl.len()).over("contest_number", mapping_strategy="group_to_rows")
    rows = (
        total.with_columns(pl.when(pl.col("contest_number") < shape.wrong_totals).then(pl.col("v1") + 1000).otherwise("v1").alias("v1"))
        .unpivot(on=names, index="contest_number", variable_name="item", value_name="value")
        .with_columns(pl.col("item").str.slice(1).cast(pl.Int64).alias("p") - 1)
        .join(ballot.select(c.alias("contest_number"), pl.col("p").cast(pl.Int64)), on=["contest_number", "p"], how="semi")
        .with_columns(candidate_key(pl.col("contest_number"), pl.col("p")).alias("item"))
        .drop("p")
    )
    boxes = total.unpivot(on=["valid", "rejected", "in_box"], index="contest_number", variable_name="item", value_name="value")
    del position
    columns = (pl.lit("final").alias("stage"), pl.lit(1, pl.Int64).alias("version"), "item", "value")
    declared = [
        pl.concat([rows, boxes])
        .sort("contest_number", maintain_order=True)
        .select(contest_key(pl.col("contest_number")).alias("contest"), pl.lit(None, pl.String).alias("station"), *columns)
    ]
    for frame in leading:
        items = [name for name in names if name in frame.columns]
        declared.append(
            frame.unpivot(on=items, index=["contest_number", "station"], variable_name="item", value_name="value")
            .filter(pl.col("value").is_not_null())
            .with_columns(candidate_key(pl.col("contest_number"), pl.col("item").str.slice(1).cast(pl.Int64) - 1).alias("item"))
            .select(contest_key(pl.col("contest_number")).alias("contest"), "station", *columns)
        )
    pl.concat(declared).write_parquet(out / "declared.parquet")

    tables = ("areas", "contests", "candidates", "stations", "station_contests", "records", "votes", "declared")
    (out / "datapackage.json").write_text(
        json.dumps(
            {
                "profile": "data-package",
                "name": "invented-large",
                "title": "An invented election for measuring speed",
                "notice": "Every figure in this package is invented.",
                "resources": [{"name": name, "path": f"{name}.parquet", "format": "parquet"} for name in tables],
            },
            indent=1,
        )
        + "\n",
        encoding="utf-8",
    )
    return {name: pl.scan_parquet(out / f"{name}.parquet").select(pl.len()).collect().item() for name in tables}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The shape as options of a command."""
    default = Shape()
    for name in ("stations", "candidates", "contests", "sources", "differ", "unread", "missing", "wrong_totals"):
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=getattr(default, name))
    parser.add_argument("--declared", choices=("contest", "leading", "all"), default=default.declared, help="declared rows of stations")
    parser.add_argument("--keys", choices=("short", "long"), default=default.keys, help="record keys of 10 or of about 21 characters")
    parser.add_argument("--layout", choices=("by-source", "by-station"), default=default.layout)
    parser.add_argument("--order", choices=("ballot", "shuffled"), default=default.order)
    parser.add_argument("--mixed", action="store_true", help="ballots of different length")


def shape_of(options: argparse.Namespace) -> Shape:
    return Shape(**{name: getattr(options, name) for name in Shape._fields})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    add_arguments(parser)
    options = parser.parse_args()
    rows = write(shape_of(options), options.out)
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
