"""``python -m tallyproof_verify PACKAGE``: the second opinion on the command line."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from tallyproof_verify.reading import Unreadable
from tallyproof_verify.tally import check

LIMITS = """This re-added the records of the package with code that shares nothing with tallyproof, and compared the sums with what was declared.
It did not check that the records are true, that they are all there, or the figures of one form against each other."""


def between(least: int | None, most: int | None) -> str:
    if least == most and least is not None:
        return f"{least:,}"
    return f"{'?' if least is None else format(least, ',')} to {'?' if most is None else format(most, ',')}"


def show(contest: dict[str, Any]) -> None:
    stations, winner = contest["stations"], contest["winner"]
    print(f"\n{contest['contest']}: {stations['recorded']} of {stations['expected']} stations recorded, ", end="")
    print(f"{stations['missing']} missing, {stations['disputed']} disputed")
    if contest["missing"]:
        print(f"  missing: {' '.join(contest['missing'][:20])}{' ...' if len(contest['missing']) > 20 else ''}")
    for row in contest["totals"] + [{"candidate": f"[{box}]", **row} for box, row in contest["boxes"].items()]:
        print(f"  {row['candidate']:24} {between(row['min'], row['max']):>24}", end="")
        print(
            f"  with missing at most {between(row['max_with_missing'], row['max_with_missing'])}"
            if stations["missing"] and "max_with_missing" in row
            else "",
            end="",
        )
        print(f"  unread at {row['unread']}" if row["unread"] else "", end="")
        print("".join(f"  {source} {votes:,}" for source, votes in row["by_source"].items()) if len(row["by_source"]) > 1 else "")
        for key, declared in row["declared"].items():
            print(f"    declared {key}: {declared:,}, that is {between(*row['delta'][key])} more than the stations recorded")
    names = " ".join(winner["by_records"]["candidates"]) or "nobody"
    if winner["by_records"]["tie"]:
        print(f"  the records prove a tie: {names}")
    else:
        print(f"  winner by the records: {'proved' if winner['by_records']['state'] == 'proved' else 'open between'} {names}")
    if contest["margin"]["by_records"]:
        print(f"  margin at the last seat: {between(*contest['margin']['by_records'])}")
    if winner["declared"]:
        print(f"  declared winner {' '.join(winner['declared'])}: {winner['declared_state'] or 'no record to compare with'}")
    for view in contest["views"] if len(contest["views"]) > 1 else []:
        print(
            f"  as {view['source']} alone says: {view['winner']['state']} {' '.join(view['winner']['candidates'])} ({view['stations']} stations)"
        )


def main(arguments: list[str] | None = None) -> int:
    """0 the declared figures agree with the records; 1 contradictions or disputed stations; 2 the package cannot be read."""
    parser = argparse.ArgumentParser(
        prog="tallyproof_verify", description="Re-tabulates an election package with the standard library alone."
    )
    parser.add_argument("package", type=Path, help="folder or .zip")
    parser.add_argument("--trust", metavar="SOURCE", help="let only the records of this source stand")
    parser.add_argument("--turnout", metavar="P", type=int, choices=range(101), help="no missing station has more than P percent turnout")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the whole tabulation to this file")
    given = parser.parse_args(arguments)
    try:
        document, contradictions = check(given.package, given.trust, given.turnout)
        if given.json:
            given.json.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except Unreadable as error:
        print(f"{given.package}: cannot be read", *error.problems, sep="\n  ", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{given.json}: cannot be written ({error.strerror})", file=sys.stderr)
        return 2
    for contest in document["contests"]:
        show(contest)
    disputed = sum(contest["stations"]["disputed"] for contest in document["contests"])
    print(f"\n{len(contradictions)} contradictions, {disputed} disputed stations", *contradictions, sep="\n  ")
    print(f"\n{LIMITS}")
    return 1 if contradictions or disputed else 0


if __name__ == "__main__":
    sys.exit(main())
