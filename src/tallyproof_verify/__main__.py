"""``python -m tallyproof_verify PATH``: the second opinion on the command line, of an election package or a public log."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tallyproof_verify.files import reader
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


def is_log(where: str) -> bool:
    if where.startswith(("http://", "https://")):
        return True
    try:
        read = reader(where)
    except Unreadable:
        return False
    return read("datapackage.json", 0) is None and any(read(name, 0) is not None for name in ("checkpoint", "policy", "authority"))


def show_log(given: argparse.Namespace) -> int:
    """Checks a log, or receipts alone, and prints what was and was not established."""
    # here, so that packages are checked without the library cryptography
    from tallyproof_verify.lives import told
    from tallyproof_verify.log import SMALL, LogCheck
    from tallyproof_verify.qr import check_qr

    def content(path: Path) -> bytes:
        with path.open("rb") as stream:
            return stream.read(SMALL + 1)

    authority = given.authority.encode() if given.authority else None
    if authority and Path(given.authority).is_file():
        authority = content(Path(given.authority))
    log = LogCheck(content(given.policy) if given.policy else None, authority)
    kept = [(log.seen, path, content(path)) for path in given.seen] + [(log.receipt, path, content(path)) for path in given.receipt]
    if given.path:
        log.log(reader(given.path), given.path.startswith("http"), given.size)
    else:
        log.trust(None)
    for check_file, path, data in kept:
        check_file(data, str(path))
    if given.qr and log.replay and log.point:
        check_qr(given.qr, given.station, log.point.origin, log.replay, lambda code, message: log.add(code, message, "QR"))
    document = log.document()
    if given.json:
        given.json.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for contest in document["contests"]:
        show(contest)
    if document["election"]:
        coding = sys.stdout.encoding or "ascii"  # a terminal that cannot show a name is no reason to end
        print("\n" + document["election"].encode(coding, "backslashreplace").decode(coding))
    print(f"\n{document['origin']!a}: {document['size']} entries, root {document['root']}")
    if document["lives"]:
        print(f"\ncases and seats after {document['lives']['size']} entries:", *told(document["lives"]), sep="\n  ")
    print("\nestablished:", *document["established"], sep="\n  ")
    print("\nnot established:", *document["not_established"], sep="\n  ")
    counts = Counter(one["code"] for one in document["problems"])
    print("\nproblems and notices:" if counts else "\nno problems", *(f"{code}: {number}" for code, number in counts.items()), sep="\n  ")
    for one in document["problems"][:200]:
        print(f"  {one['kind']} {one['code']}, {one['where']} {'' if one['index'] is None else one['index']}: {one['message']}")
    return 0 if document["ok"] else 1


def main(arguments: list[str] | None = None) -> int:
    """0: the declared figures agree with the records, the log is in order; 1: they do not, or stations are disputed; 2: cannot be read."""
    parser = argparse.ArgumentParser(
        prog="tallyproof_verify", description="Checks an election package or a public log, sharing no code with tallyproof."
    )
    parser.add_argument("path", nargs="?", help="folder or .zip of a package or a log, or the web address of a log")
    parser.add_argument("--trust", metavar="SOURCE", help="package: let only the records of this source stand")
    parser.add_argument(
        "--turnout", metavar="P", type=int, choices=range(101), help="package: no missing station has more than P percent turnout"
    )
    parser.add_argument("--policy", metavar="FILE", type=Path, help="log: the policy that you trust, instead of the one in the log")
    parser.add_argument("--authority", metavar="FILE_OR_VKEY", help="log: the authority's keys as printed in the gazette")
    parser.add_argument(
        "--seen", metavar="FILE", type=Path, action="append", default=[], help="log: a checkpoint that you kept; may be repeated"
    )
    parser.add_argument(
        "--receipt", metavar="FILE", type=Path, action="append", default=[], help="a .tlog-proof; without a log it needs --policy"
    )
    parser.add_argument("--qr", metavar="TEXT", help="log: the text of a form's QR")
    parser.add_argument("--station", metavar="S", help="log: the station that the QR must be of")
    parser.add_argument("--size", metavar="N", type=int, help="log: tell cases and seats as they were after the first N entries")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the whole result to this file")
    given = parser.parse_args(arguments)
    of_log = given.policy or given.authority or given.seen or given.receipt or given.qr
    try:
        if given.path is None and not (given.receipt and given.policy):
            parser.error("give a package, a log, or --receipt with --policy")
        if of_log or not given.path or is_log(given.path):
            return show_log(given)
        document, contradictions = check(Path(given.path), given.trust, given.turnout)
        if given.json:
            given.json.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except (Unreadable, OSError, ImportError) as error:
        print(f"{given.path}: cannot be read, or the result not written", *str(error).splitlines(), sep="\n  ", file=sys.stderr)
        return 2
    for contest in document["contests"]:
        show(contest)
    disputed = sum(contest["stations"]["disputed"] for contest in document["contests"])
    print(f"\n{len(contradictions)} contradictions, {disputed} disputed stations", *contradictions, sep="\n  ")
    print(LIMITS)
    return 1 if contradictions or disputed else 0


if __name__ == "__main__":
    sys.exit(main())
