"""The same invented election through `actasum verify` and `tallyproof check`, in one run, and whether they say the same.

    python -m venv OTHER && OTHER/bin/pip install actasum==0.1.0
    python benchmarks/actasum.py --actasum OTHER/bin/actasum

actasum (Apache-2.0, https://github.com/arfonzeras/actasum) is not a dependency and is not imported: it lives in an
environment of its own. Its input is a file of JSON lines, a line a statement, and a file of official totals by area.

What both can be asked is compared: which declared figure differs from the sum of the station records, by how much, and at
which stations two copies of one count differ. Three elections are made: all agrees; some totals were declared too high; some
copies differ. Both are timed from start of the process to its end, files read, report written as JSON.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import polars as pl

sys.path.insert(0, str(Path(__file__).parent))
from generate import SOURCES, Shape, write
from measure import Run, machine, together

ELECTION = "invented/1"
BOXES = ("null", "candidature_total")


def as_actasum(package: Path, out: Path) -> None:
    """Write the package's figures as actasum reads them: statements.jsonl and official.json.

    A record is a statement, its source is the kind of evidence. rejected -> null, valid -> candidature_total; blank is 0.
    """
    votes = pl.read_parquet(package / "votes.parquet")
    records = pl.read_parquet(package / "records.parquet")
    by_record = votes.group_by("record", maintain_order=True).agg("candidate", "votes")
    rows = records.join(by_record, on="record", how="left", maintain_order="left")
    with (out / "statements.jsonl").open("w", encoding="utf-8") as file:
        for row in rows.iter_rows(named=True):
            file.write(
                json.dumps(
                    {
                        "spec": "actasum/statement/v0.1",
                        "profile": "invented",
                        "election": ELECTION,
                        "station": row["station"],
                        "constituency": row["contest"],
                        "counts": {
                            "blank": 0,
                            "null": row["rejected"],
                            "candidatures": dict(zip(row["candidate"], row["votes"], strict=True)),
                            "registered": row["registered"],
                            "candidature_total": row["valid"],
                        },
                        "evidence": {"kind": row["source"]},
                    },
                    sort_keys=True,
                    separators=(",", ":"),
                )
                + "\n"
            )
    areas: dict[str, dict[str, Any]] = {}
    declared = pl.read_parquet(package / "declared.parquet").filter(pl.col("station").is_null())
    for contest, item, value in declared.select("contest", "item", "value").iter_rows():
        area = areas.setdefault(contest, {"blank": 0, "candidatures": {}})
        match item:
            case "rejected":
                area["null"] = value
            case "valid":
                area["candidature_total"] = value
            case "in_box":
                pass
            case _:
                area["candidatures"][item] = value
    (out / "official.json").write_text(
        json.dumps({"spec": "actasum/official-totals/v0.1", "profile": "invented", "election": ELECTION, "areas": areas}), encoding="utf-8"
    )


def as_csv(package: Path, out: Path) -> None:
    """The package again, as CSV: text against text."""
    out.mkdir(exist_ok=True)
    descriptor = json.loads((package / "datapackage.json").read_text(encoding="utf-8"))
    for resource in descriptor["resources"]:
        pl.scan_parquet(package / resource["path"]).sink_csv(out / f"{resource['name']}.csv")
        resource |= {"path": f"{resource['name']}.csv", "format": "csv"}
    (out / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")


Verdict = tuple[dict[tuple[str, str], int], set[str]]
"""Differences, declared less recomputed, by contest and item; stations whose copies differ."""


def said_by_actasum(report: dict[str, Any]) -> Verdict:
    items = {"null": "rejected", "candidature_total": "valid"}
    differences = {
        (d["area"], items.get(d["item"], d["item"].removeprefix("candidature:"))): d["official"] - d["recomputed"]
        for d in report["differences"]
    }
    return differences, {conflict["station"] for conflict in report.get("conflicts", [])}


def said_by_tallyproof(report: dict[str, Any], source: str) -> Verdict:
    """The same of ``tallyproof check``: candidates against the copies of ``source``; the boxes too."""
    differences: dict[tuple[str, str], int] = {}
    for contest in report["contests"]:
        rows = [(row["candidate"], row) for row in contest["totals"]] + list(contest["boxes"].items())
        for item, row in rows:
            for value in row["declared"].values():
                if item != "in_box" and value != row["by_source"].get(source, 0):
                    differences[contest["contest"], item] = value - row["by_source"].get(source, 0)
    return differences, {f["station"] for f in report["findings"] if f["code"] == "C01"}


def line(name: str, run: Run) -> str:
    every = " ".join(f"{s:.2f}" for s in run.seconds)
    return f"  {name:18} median {run.median:7.2f} s   peak {run.peak_mb:5} MB   exit {run.exit}   ({every})"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--actasum", default="actasum", help="the program")
    parser.add_argument("--tallyproof", default=str(Path(sys.executable).parent / "tallyproof"))
    parser.add_argument("--stations", type=int, default=100_000)
    parser.add_argument("--candidates", type=int, default=16)
    parser.add_argument("--contests", type=int, default=85)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    if shutil.which(options.actasum) is None:
        print("actasum is not installed. See the head of this file.", file=sys.stderr)
        return 2

    base = Shape(
        stations=options.stations, candidates=options.candidates, contests=options.contests, sources=1, differ=0, declared="contest"
    )
    cases = {
        "all agrees": base,
        "3 totals declared too high": base._replace(wrong_totals=3),
        "two copies, some differ": base._replace(sources=2, differ=max(1, options.stations // 1000)),
    }
    print(f"{options.stations} stations x {options.candidates} candidates, {options.contests} contests; {machine()}")
    same = True
    for title, shape in cases.items():
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            write(shape, place / "parquet")
            as_csv(place / "parquet", place / "csv")
            as_actasum(place / "parquet", place)
            found = together(
                {
                    "actasum": [
                        options.actasum, "verify", "--json", "--limit", "1000000",
                        "--statements", place / "statements.jsonl", "--official", place / "official.json",
                    ],
                    "tallyproof csv": [options.tallyproof, "check", place / "csv", "--json", place / "csv.json"],
                    "tallyproof parquet": [options.tallyproof, "check", place / "parquet", "--json", place / "parquet.json"],
                },
                runs=options.runs,
                outputs={"actasum": place / "actasum.json"},
            )  # fmt: skip
            reports = {name: json.loads((place / f"{name}.json").read_text(encoding="utf-8")) for name in ("actasum", "csv", "parquet")}
        theirs = said_by_actasum(reports["actasum"])
        ours = said_by_tallyproof(reports["parquet"], SOURCES[0])
        if shape.sources > 1:
            # actasum leaves a station whose copies differ out of its sums, so only the stations can be compared
            theirs, ours = ({}, theirs[1]), ({}, ours[1])
        agree = theirs == ours and reports["csv"]["summary"] == reports["parquet"]["summary"]
        same &= agree and found["actasum"].exit == found["tallyproof csv"].exit == found["tallyproof parquet"].exit
        said = "the same" if agree else "NOT THE SAME"
        print(f"{title}: {len(ours[0])} declared figures differ, copies differ at {len(ours[1])} stations; said by both: {said}")
        for name, run in found.items():
            print(line(name, run))
        for name in ("tallyproof csv", "tallyproof parquet"):
            print(f"  actasum / {name}: {found['actasum'].median / found[name].median:.1f}")
        if not agree:
            print(f"  only actasum: {sorted(set(theirs[0].items()) - set(ours[0].items()))[:5]} {sorted(theirs[1] - ours[1])[:5]}")
            print(f"  only tallyproof: {sorted(set(ours[0].items()) - set(theirs[0].items()))[:5]} {sorted(ours[1] - theirs[1])[:5]}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
