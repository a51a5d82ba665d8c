"""``python -m tallyproof_verify PACKAGE``: the second opinion on the command line."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from tallyproof_verify.reading import Unreadable
from tallyproof_verify.tally import check

LIMITS = """
This read the package and added up its records again, with code that shares nothing with tallyproof, and compared the
sums with what was declared. It did not check whether the records are true or complete, the figures of one form against
each other, declared rows of single stations, hashes, or columns that the tabulation does not use."""


def span(least: int | None, most: int | None) -> str:
    ends = ["unknown" if end is None else f"{end:,}" for end in (least, most)]
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


def show(contest: dict[str, Any]) -> None:
    winner = contest["winner"]
    print(f"\n{contest['contest']}: stations: {', '.join(f'{number:,} {name}' for name, number in contest['stations'].items())}")
    if contest["missing"]:
        print(f"  missing: {' '.join(contest['missing'][:20])}{' ...' if len(contest['missing']) > 20 else ''}")
    boxes = [{"candidate": f"({box})", **row} for box, row in contest["boxes"].items()]
    for row in contest["totals"] + boxes:
        notes = [f"{source} {votes:,}" for source, votes in row["by_source"].items() if len(row["by_source"]) > 1]
        if contest["stations"]["missing"] and "max_with_missing" in row:
            notes.append(f"at most {span(row['max_with_missing'], row['max_with_missing'])} with the missing stations")
        notes += [f"unread at {row['unread']:,} stations"] if row["unread"] else []
        print(f"  {row['candidate']:24} {span(row['min'], row['max']):>20}  {'; '.join(notes)}".rstrip())
        for key, declared in row["declared"].items():
            print(f"    declared {key}: {declared:,}; less the stations recorded: {span(*row['delta'][key])}")
    state = "a tie between" if winner["by_records"]["tie"] else winner["by_records"]["state"]
    print(f"  winner by the records: {state} {' '.join(winner['by_records']['candidates'])}")
    if contest["margin"]["by_records"]:
        print(f"  margin at the last seat: {span(*contest['margin']['by_records'])}")
    if winner["declared"]:
        print(f"  declared winner: {' '.join(winner['declared'])}: {winner['declared_state'] or 'no record to compare with'}")
    for view in contest["views"] if len(contest["views"]) > 1 else ():
        wins = view["winner"]
        print(f"  by {view['source']} alone, {view['stations']:,} stations: {wins['state']} {' '.join(wins['candidates'])}")


def main(arguments: list[str] | None = None) -> int:
    """0: the declared figures agree with the records; 1: contradictions or disputed stations; 2: the package cannot be read."""
    parser = argparse.ArgumentParser(prog="tallyproof_verify", description="Tabulates an election package with the standard library alone.")
    parser.add_argument("package", type=Path, help="folder or .zip")
    parser.add_argument("--trust", metavar="SOURCE", help="let only the records of this source stand")
    parser.add_argument("--turnout", metavar="P", type=int, choices=range(101), help="no missing station has more than P percent turnout")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the whole tabulation to this file")
    given = parser.parse_args(arguments)
    try:
        document, contradictions = check(given.package, given.trust, given.turnout)
        if given.json:
            given.json.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except (Unreadable, OSError) as error:
        print(f"{given.package}: cannot be read, or the result not written", *str(error).splitlines(), sep="\n  ", file=sys.stderr)
        return 2
    for contest in document["contests"]:
        show(contest)
    disputed = sum(contest["stations"]["disputed"] for contest in document["contests"])
    print(f"\n{len(contradictions)} contradictions, {disputed} disputed stations", *contradictions, sep="\n  ")
    print(LIMITS)
    return 1 if contradictions or disputed else 0


if __name__ == "__main__":
    sys.exit(main())
