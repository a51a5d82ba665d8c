"""Reports to build pages from: made up by rule, shaped like two seats of 2024, and hostile ones. No person is meant.

The figures at contest level are those that were published or claimed (PS-129: declared and claimed totals; NA-128: how many
stations, how many differ). Station rows are invented by arithmetic and say so in the notice.
"""

from __future__ import annotations

from tests.site.made import Json, StubWords, apportion, candidate, contest, copy, finding, report, rows_of, station, undeclared


def ps129() -> tuple[Json, Json]:
    """One source, everything recorded, one candidate unread, the declared winner contradicted."""
    people = [
        candidate("hafiz", "Hafiz Naeem ur Rehman", "حافظ نعیم الرحمٰن", "JI"),
        candidate("maaz", "Maaz Muqaddam", "معاذ مقدم", "MQM-P"),
        candidate("asad", "Muhammad Asad Hanif", "محمد اسد حنیف", "PPPP"),
        candidate("bari", "Saif Bari", "سیف باری", "IND", "PTI"),
    ]
    weights = [300 + (37 * i) % 211 for i in range(147)]
    columns = [apportion(total, weights) for total in (30_464, 6_000, 31_000)]
    boxes = apportion(83_521, weights)
    stations = []
    for i in range(147):
        votes = [columns[0][i], columns[1][i], None, columns[2][i]]
        one = copy(f"r-{i + 1}", "agent:IND", votes, boxes[i])
        stations.append(station(str(i + 1), f"Polling station {i + 1}", f"پولنگ اسٹیشن {i + 1}", None, [one]))
    declared = {"provisional/1": [26_296, 20_608, 15_014, 11_357]}
    row = contest(
        "PS-129",
        ("PS-129 Karachi Central-VIII", "پی ایس 129 کراچی وسطی 8"),
        people,
        stations,
        declared,
        winner={
            "by_records": {"state": "open", "candidates": ["hafiz", "bari"], "tie": False},
            "declared": ["hafiz"],
            "declared_state": "open",
            "changes": "open",
        },
        margin={"by_records": [536, 536], "declared": 5_688, "of": ["bari", "hafiz"]},
        waterfall={
            "from": "agent:IND",
            "through": None,
            "to": "declared provisional/1",
            "winner": "bari",
            "other": "hafiz",
            "start": 536,
            "steps": [],
            "unlisted": {"stations": 0, "change": 0},
            "rest": 0,
            "records": 536,
            "unexplained": -15_475,
            "end": -14_939,
        },
    )
    findings = [
        finding(
            number,
            "D02",
            "proof",
            "PS-129",
            candidate=who,
            figures={"item": who, "declared": said, "low": low, "high": high, "where": "PS-129"},
            effect={"votes": abs(said - low), "gained": who, "margin": 5_688, "changes": "open"},
            rule="min <= declared total <= max with missing stations",
        )
        for number, (who, said, low, high) in enumerate(
            [("bari", 11_357, 31_000, 31_000), ("maaz", 20_608, 6_000, 6_000), ("hafiz", 26_296, 30_464, 30_464)], start=1
        )
    ]
    findings.append(finding(4, "T02", "gap", "PS-129", candidate="asad", figures={"stations": 147, "candidate": "asad"}))
    claims = [
        {"item": "bari", "about": "records", "value": 31_000, "rounding": "1000", "low": 31_000, "high": 31_000, "verdict": "supported"},
        {
            "item": "hafiz",
            "about": "declared",
            "value": 30_464,
            "rounding": "exact",
            "low": 26_296,
            "high": 26_296,
            "verdict": "contradicted",
        },
        {"item": "asad", "about": "records", "value": 9_000, "rounding": "at-least", "low": 0, "high": None, "verdict": "cannot-tell"},
    ]
    said = {"statement": "s-1", "contest": "PS-129", "who": "A party's office", "at": "2024-02-12", "where": "https://example.org/said"}
    document = report(
        "PS-129, sample",
        [row],
        findings,
        checks=[
            {"code": "R01", "contest": "PS-129", "source": "agent:IND", "passed": 0, "failed": 0, "cannot_tell": 147},
            {"code": "R04", "contest": "PS-129", "source": "agent:IND", "passed": 147, "failed": 0, "cannot_tell": 0},
            {"code": "D02", "contest": "PS-129", "source": None, "passed": 0, "failed": 3, "cannot_tell": 1},
        ],
        statements=[said | {"text": "The forms give 31,000 and 30,464.", "items": claims, "verdict": "contradicted"}],
    )
    return document, {"contests": rows_of("PS-129", people, stations)}


def na128() -> tuple[Json, Json]:
    """Two sources: 433 stations, 41 without a record, copies that differ at 171 of the others, Form 48 rows."""
    people = [
        candidate("raja", "Salman Akram Raja", "سلمان اکرم راجہ", "IND", "PTI"),
        candidate("awn", "Awn Chaudhry", "عون چوہدری", "IPP"),
        candidate("third", "A Third Candidate", "تیسرا امیدوار", "TLP"),
    ]
    stations, disputed, steps, findings = [], 0, [], []
    for i in range(433):
        key, roll = str(i + 1), 900 + (53 * i) % 1_100
        names = (f"Govt. High School {i % 97 + 1} ({'Male' if i % 2 else 'Female'})", f"گورنمنٹ ہائی اسکول {i % 97 + 1}")
        if i % 10 == 7 and i < 410:
            stations.append(station(key, *names, roll, []))
            continue
        raja, awn, third = 250 + (71 * i) % 300, 90 + (43 * i) % 160, 10 + i % 20
        ours = [raja, awn, third]
        theirs = list(ours)
        if disputed < 171 and i % 2 == 0:
            disputed += 1
            moved = 20 + (97 * i) % 170
            theirs = [max(0, raja - moved // 4), awn + moved * 4, third]
        copies = [copy(f"pti-{key}", "agent:PTI", ours, sum(ours) + 12), copy(f"ecp-{key}", "commission", theirs, sum(theirs) + 12)]
        stations.append(station(key, *names, roll, copies, {"final/1": theirs}))
        if theirs != ours:
            change = (theirs[0] - theirs[1]) - (ours[0] - ours[1])
            steps.append({"station": key, "change": change})
            findings.append(
                finding(
                    len(findings) + 1,
                    "C01",
                    "conflict",
                    "NA-128",
                    station=key,
                    candidate="awn",
                    figures={
                        "station": key,
                        "candidate": "awn",
                        "source_a": "agent:PTI",
                        "a": ours[1],
                        "source_b": "commission",
                        "b": theirs[1],
                        "difference": theirs[1] - ours[1],
                    },
                    cells=[{"item": "awn", "said": {f"pti-{key}": ours[1], f"ecp-{key}": theirs[1]}}],
                    pattern={
                        "name": "moved-between-candidates",
                        "rule": "sum kept",
                        "detail": {},
                        "alternatives": ["unexplained"],
                        "chance": {"fits": 3, "of": 1_000},
                    },
                    effect={"votes": theirs[1] - ours[1], "gained": "awn", "margin": 13_552, "changes": "open"},
                    evidence=[f"pti-{key}", f"ecp-{key}"],
                    rule="copies of one act of a station have equal figures",
                )
            )
    steps.sort(key=lambda step: (-abs(step["change"]), step["station"]))
    row = contest(
        "NA-128",
        ("NA-128 Lahore-XII", "این اے 128 لاہور 12"),
        people,
        stations,
        {"provisional/1": [159_024, 172_576, 4_000], "final/1": [159_024, 172_576, 4_000]},
        winner={
            "by_records": {"state": "open", "candidates": ["raja", "awn"], "tie": False},
            "declared": ["awn"],
            "declared_state": "open",
            "changes": "open",
        },
        margin={"by_records": [-40_000, 130_000], "declared": 13_552, "of": ["awn", "raja"]},
    )
    by_source = {total["candidate"]: total["by_source"] for total in row["totals"]}
    start, records = (by_source["awn"][source] - by_source["raja"][source] for source in ("agent:PTI", "commission"))
    steps = [{"station": step["station"], "change": -step["change"]} for step in steps]
    changed = sum(step["change"] for step in steps)
    row["waterfall"] = {
        "from": "agent:PTI",
        "through": "commission",
        "to": "declared final/1",
        "winner": "awn",
        "other": "raja",
        "start": start,
        "steps": steps[:100],
        "unlisted": {"stations": len(steps[100:]), "change": sum(step["change"] for step in steps[100:])},
        "rest": records - start - changed,
        "records": records,
        "unexplained": 13_552 - records,
        "end": 13_552,
    }
    row["views"][0] |= {"winner": {"state": "proved", "candidates": ["raja"], "tie": False}, "margin": [-start, -start]}
    findings.append(finding(900, "T01", "gap", "NA-128", figures={"missing": 41, "expected": 433, "registered": 60_000}))
    findings += [
        finding(
            901 + place,
            "S01",
            "lead",
            "NA-128",
            station=str(3 + 2 * place),
            figures={"station": str(3 + 2 * place), "contest_a": "NA-128", "a": 500, "contest_b": "PP-156", "b": 800, "difference": 300},
            effect={"votes": 300, "margin": 13_552},
        )
        for place in range(3)
    ]
    checks = [
        {"code": code, "contest": "NA-128", "source": source, "passed": 380 - place, "failed": place * 2, "cannot_tell": 12}
        for place, code in enumerate(("R01", "R02", "R05"))
        for source in ("agent:PTI", "commission")
    ]
    areas = [
        {
            "contest": "NA-128",
            "area": f"a{place}",
            "name": f"Ward {place}",
            "name_ur": f"وارڈ {place}",
            "level": "ward",
            "stations": {"expected": 100, "recorded": 90, "missing": 10, "disputed": 40},
            "totals": [
                {
                    "candidate": who,
                    "min": 1_000,
                    "max": 1_400,
                    "declared": {"final/1": 1_500 + place},
                    "delta": {"final/1": [100 + place, 500]},
                }
                for who in ("raja", "awn", "third")
            ],
        }
        for place in range(4)
    ]
    return report("NA-128, sample", [row], findings, checks=checks, areas=areas), {"contests": rows_of("NA-128", people, stations)}


def hostile() -> tuple[Json, Json]:
    """Names and keys that try to leave their place: markup, formulas, bidi controls, paths, two keys that differ in case."""
    people = [
        candidate("<script>alert(1)</script>", "<script>alert(2)</script>", '"><img src=x onerror=alert(3)>', "=HYPERLINK(1)"),
        candidate("evil\u202e", "abc\u202egnp.exe\u2066", "الف\u202eب\u200cج", "+1"),
    ]
    contests, rows, findings = [], {}, []
    for number, key in enumerate(("../../etc/passwd", "na-1", "NA-1", "حلقہ"), start=1):
        stations = [
            station("=cmd|' /C calc'!A0", "@SUM(A1)", "\t=1+1", 100, [copy("-r1\u202e", "agent:<b>x</b>", [1, 2], 3)]),
            station("<i>2</i>", "-2+3", "{{ 7*7 }} {% raw %}", 100, []),
        ]
        declared = {"<u>final</u>/1": [5, 1]}
        won = undeclared("open", "evil\u202e", tie=True)
        margin = {"by_records": [None, None], "declared": None, "of": [None, None]}
        contests.append(contest(key, (f"<b>{key}</b>", f"<b>{key}</b>"), people, stations, declared, winner=won, margin=margin))
        rows |= rows_of(key, people, stations)
        findings.append(
            finding(
                number,
                "X<1>",
                "proof",
                key,
                station="<i>2</i>",
                figures={"candidate": people[0]["candidate"], "source": "agent:<b>x</b>", "{evil}": "{0}", "text": "</script><script>x"},
                evidence=["-r1\u202e", "<b>"],
                rule="<b>a</b> = b",
                pattern={"name": "<i>p</i>", "rule": "", "detail": {}, "alternatives": ["<i>q</i>"], "chance": None},
            )
        )
    said = {
        "statement": "<s>",
        "contest": "na-1",
        "who": "<script>",
        "at": "",
        "where": "javascript:alert(1)",
        "text": "<script>x</script>",
    }
    item = {"item": "evil\u202e", "about": "records", "value": 1, "rounding": "about", "low": None, "high": None, "verdict": "cannot-tell"}
    document = report("<script>title</script>", contests, findings, statements=[said | {"items": [item], "verdict": "cannot-tell"}])
    document["package"] |= {"notice": "<script>notice</script>\u202e", "notice_ur": ""}
    return document, {"contests": rows}


def large(count: int = 1_000) -> tuple[Json, Json]:
    """More stations than a page shows, and more findings than have cards."""
    people = [candidate(f"c{i}", f"Candidate {i}", f"امیدوار {i}", f"P{i}") for i in range(9)]
    stations, findings = [], []
    for i in range(count):
        ours = [(17 * i + 31 * place) % 400 for place in range(9)]
        theirs = [votes + (i % 9 + 1 if place == 0 and i % 4 == 0 else 0) for place, votes in enumerate(ours)]
        key = f"{i:05d}"
        copies = [copy(f"a-{key}", "commission", ours, sum(ours)), copy(f"b-{key}", "scan", theirs, sum(theirs))]
        stations.append(station(key, f"School {i}", "", 500, copies))
        if ours != theirs:
            findings.append(
                finding(
                    len(findings) + 1, "C01", "conflict", "BIG", station=key, effect={"votes": i % 9 + 1}, evidence=[f"a-{key}", f"b-{key}"]
                )
            )
    won = undeclared("proved", "c8")
    row = contest(
        "BIG",
        ("A large contest", ""),
        people,
        stations,
        {},
        winner=won,
        margin={"by_records": [100, 900], "declared": None, "of": ["c0", "c1"]},
    )
    return report("Large, sample", [row], findings), {"contests": rows_of("BIG", people, stations)}


def empty() -> tuple[Json, Json]:
    """A contest without a record or declaration."""
    people = [candidate("a", "A", "", ""), candidate("b", "B", "", "")]
    won = undeclared("open")
    margin = {"by_records": None, "declared": None, "of": [None, None]}
    row = contest("E-1", ("", ""), people, [], {}, winner=won, margin=margin)
    document = report("", [row], [])
    document["package"] |= {"title": "", "title_ur": "", "notice": "", "notice_ur": "", "held_on": ""}
    return document, {"contests": {}}


SAMPLES = {"ps129": ps129, "na128": na128, "hostile": hostile, "large": large, "empty": empty}

__all__ = ["SAMPLES", "StubWords"]
