"""Makes the example package PS-129: station rows that add up to what was published and claimed, and nothing more.

    python examples/make_ps129.py [FOLDER]      (without FOLDER: the package that ships with tallyproof)

What is real: the declared totals (Form 47), the number of stations and of votes cast, the statements in the press.
What is not: every station row. No polling station's Form 45 of PS-129 is public. The rows are made here, so that their sums
equal the totals that were claimed; how the sums are spread over stations means nothing and can confirm nothing.

The spread is exact and repeatable: largest remainders, then exchanges that leave every row and column sum as it is, their
sizes drawn from SHA-256. No clock, no random numbers, no floating point.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from tallyproof.formats.package import write_package
from tallyproof.model.election import About, Election
from tallyproof.model.tables import TABLES

PACKAGE = Path(__file__).parents[1] / "src" / "tallyproof" / "examples" / "ps129"

CONTEST = "PS-129"
STATIONS = 147
SOURCE = "observer:reconstruction"

FRIDAY_TIMES = "https://thefridaytimes.com/13-Feb-2024/ji-s-hafiz-naeemur-rehman-relinquishes-seat-in-favour-of-winner-from-pti"
DAWN = "https://dawn.com/news/1813572/"
NATION = "https://www.nation.com.pk/12-Feb-2024/pti-candidate-secured-more-votes-than-me-ji-s-naeem-withdraws-from-ps-129-seat"
GTV = "https://urdu.gtvnewshd.com/karachi-jamaat-e-islami-karachi-ameer-hafiz-naeemur-rehman-has-announced-to-leave-the-seat-of-ps-129"
NOTIFICATION = "https://baaghitv.com/hafiz-naeem-ki-kamyabi-ka-notification"

VOTES_CAST = 83_521
"""Form 47, as reported by The Friday Times."""

# Candidate, name, name_ur, party, backed_by, declared (Form 47), where that was reported, claimed from Form 45 (None: never published).
# In the order of the ballot, which had more candidates than these four.
CANDIDATES = (
    ("saif-bari", "Saif Bari", "سیف باری", "Independent", "PTI", 11_357, DAWN, 31_000),
    ("muhammad-asad-hanif", "Muhammad Asad Hanif", "محمد اسد حنیف", "PPPP", None, 15_014, FRIDAY_TIMES, None),
    ("maaz-muqaddam", "Maaz Muqaddam", "معاذ مقدم", "MQM-P", None, 20_608, FRIDAY_TIMES, 6_000),
    ("hafiz-naeem-ur-rehman", "Hafiz Naeem ur Rehman", "حافظ نعیم الرحمان", "JI", None, 26_296, FRIDAY_TIMES, 30_464),
)

# Statement, who, at, where, text, and its figures: (item, about, value, rounding). Figures spoken in round thousands are `about`.
JI_CANDIDATE = "JI's candidate, declared the winner (press conference)"
STATEMENTS = (
    (
        "ps129-bari",
        JI_CANDIDATE,
        "2024-02-12",
        DAWN,
        "votes reduced to 11,000 from 31,000",
        (("saif-bari", "records", 31_000, "about"), ("saif-bari", "declared", 11_000, "about")),
    ),
    (
        "ps129-ji",
        JI_CANDIDATE,
        "2024-02-12",
        GTV,
        "shown 26,000 votes, received 30,464",
        (("hafiz-naeem-ur-rehman", "records", 30_464, "exact"), ("hafiz-naeem-ur-rehman", "declared", 26_000, "about")),
    ),
    (
        "ps129-mqm-p",
        JI_CANDIDATE,
        "2024-02-12",
        NATION,
        "6,000 votes raised to 20,000",
        (("maaz-muqaddam", "records", 6_000, "about"), ("maaz-muqaddam", "declared", 20_000, "about")),
    ),
    (
        "ps129-notified",
        "Election Commission of Pakistan (notification of the returned candidate)",
        "2024-04-01",
        NOTIFICATION,
        "returned with 26,296 votes",
        (("hafiz-naeem-ur-rehman", "declared", 26_296, "exact"),),
    ),
)

ABOUT = About(
    name="ps129",
    title="PS-129 Karachi Central-VIII, 8 February 2024 (station rows reconstructed)",
    title_ur="پی ایس 129 کراچی وسطی 8، 8 فروری 2024 (پولنگ اسٹیشنوں کے اعداد مفروضہ)",
    notice=(
        "Reconstructed example, not evidence. No polling station's Form 45 of PS-129 is public. The station rows were made so that they"
        " sum to totals claimed in the press; they cannot confirm those claims. The declared totals (Form 47) are as published."
    ),
    reconstructed=True,
    notice_ur=(
        "یہ ایک مفروضہ مثال ہے، ثبوت نہیں۔ پی ایس 129 کے کسی پولنگ اسٹیشن کا فارم 45 عام نہیں۔ پولنگ اسٹیشنوں کے اعداد اس طرح بنائے گئے ہیں"
        " کہ ان کا مجموعہ ذرائع ابلاغ میں آنے والے دعووں کے برابر ہو؛ ان سے ان دعووں کی تصدیق نہیں ہوتی۔"
        " اعلان کردہ کل ووٹ (فارم 47) وہی ہیں جو شائع ہوئے۔"
    ),
    held_on="2024-02-08",
    sources=(FRIDAY_TIMES, DAWN, NATION, GTV, NOTIFICATION),
)


def draw(below: int, *what: object) -> int:
    """A number from 0 to ``below - 1`` that depends on ``what`` alone."""
    digest = hashlib.sha256("|".join(("tallyproof ps129", *map(str, what))).encode()).digest()
    return int.from_bytes(digest, "big") % below


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """``total`` in whole parts proportional to ``weights``: largest remainders, the earlier part first among equal ones.

    No part exceeds its quota rounded up, so parts never exceed whole-number weights when ``total <= sum(weights)``.
    """
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def spread(rows: Sequence[int], columns: Sequence[int]) -> list[list[int]]:
    """A table of counts with these row sums and column sums, which must have the same total."""
    assert sum(rows) == sum(columns)
    left, table = list(columns), []
    for row in rows:
        cells = apportion(row, left)
        left = [old - cell for old, cell in zip(left, cells, strict=True)]
        table.append(cells)
    # An exchange adds to two cells on one diagonal what it takes from two on the other: all sums stay as they are.
    size, width = len(rows), len(columns)
    for turn in range(8 * size):
        i, j = draw(size, "i", turn), draw(size, "j", turn)
        a, b = draw(width, "a", turn), draw(width, "b", turn)
        if i == j or a == b:
            continue
        most = min(table[i][b], table[j][a])
        step = most * draw(30, "step", turn) // 100
        table[i][a] += step
        table[j][b] += step
        table[i][b] -= step
        table[j][a] -= step
    return table


def rows() -> list[tuple[int, list[int | None]]]:
    """Of each station: ballots in the box, and the votes of each candidate in ballot order, None where no claim exists."""
    in_box = apportion(VOTES_CAST, [300 + draw(500, "size", station) for station in range(STATIONS)])
    claimed = [claim for *_, claim in CANDIDATES if claim is not None]
    table = spread(in_box, [*claimed, VOTES_CAST - sum(claimed)])
    made = []
    for ballots, cells in zip(in_box, table, strict=True):
        read = iter(cells)
        made.append((ballots, [None if claim is None else next(read) for *_, claim in CANDIDATES]))
    return made


def frame(table: str, records: list[dict[str, object]]) -> pl.LazyFrame:
    schema = TABLES[table].schema
    return pl.DataFrame([{name: record.get(name) for name in schema} for record in records], schema=schema).lazy()


def election() -> Election:
    """The whole package in memory."""
    numbered = [(f"{CONTEST}-{n:03}", f"reconstructed-{n:03}", n, *row) for n, row in enumerate(rows(), start=1)]
    declared: list[dict[str, object]] = [
        {"contest": CONTEST, "stage": "provisional", "version": 1, "item": item, "value": value, "source": f"Form 47, {where}"}
        for item, value, where in (
            ("in_box", VOTES_CAST, FRIDAY_TIMES),
            *((candidate, value, where) for candidate, _, _, _, _, value, where, _ in CANDIDATES),
        )
    ]
    return Election(
        about=ABOUT,
        contests=frame(
            "contests",
            [
                {
                    "contest": CONTEST,
                    "name": "PS-129 Karachi Central-VIII",
                    "name_ur": "پی ایس 129 کراچی وسطی 8",
                    "seats": 1,
                    "rule": "plurality",
                    "stations": STATIONS,
                }
            ],
        ),
        candidates=frame(
            "candidates",
            [
                {"contest": CONTEST, "candidate": key, "name": name, "name_ur": name_ur, "party": party, "backed_by": backed_by}
                for key, name, name_ur, party, backed_by, _, _, _ in CANDIDATES
            ],
        ),
        stations=frame(
            "stations",
            [
                {
                    "station": station,
                    "name": f"Polling station {n} (reconstructed)",
                    "name_ur": f"پولنگ اسٹیشن {n} (مفروضہ، اصل فارم نہیں)",
                }
                for station, _, n, _, _ in numbered
            ],
        ),
        records=frame(
            "records",
            [
                {"record": record, "contest": CONTEST, "station": station, "source": SOURCE, "act": "count", "version": 1, "in_box": in_box}
                for station, record, _, in_box, _ in numbered
            ],
        ),
        votes=frame(
            "votes",
            [
                {"record": record, "candidate": candidate[0], "votes": votes, "unread": "not-on-form" if votes is None else None}
                for _, record, _, _, cells in numbered
                for candidate, votes in zip(CANDIDATES, cells, strict=True)
            ],
        ),
        declared=frame("declared", declared),
        statements=frame(
            "statements",
            [
                {
                    "statement": key,
                    "contest": CONTEST,
                    "who": who,
                    "at": at,
                    "where": where,
                    "item": item,
                    "about": about,
                    "value": value,
                    "rounding": rounding,
                    "text": text,
                }
                for key, who, at, where, text, figures in STATEMENTS
                for item, about, value, rounding in figures
            ],
        ),
    )


def write(folder: Path) -> None:
    """Writes the package into a folder that is new, or has an earlier one: its README.md stays."""
    write_package(election(), folder)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PACKAGE
    write(target)
    print(f"{target}: {STATIONS} reconstructed stations, {VOTES_CAST:,} ballots")
