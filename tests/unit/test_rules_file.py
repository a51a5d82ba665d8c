"""A rules file is read strictly: every problem at once, with its key and its mend, and nothing but ``InputError``."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from tallyproof.errors import InputError
from tallyproof.rules.model import Jurisdiction, Quantity, Unit
from tallyproof.rules.read import available, load, parse

GOOD = """
format = "rules-v1"
key = "here"
name = "Here"
name_ur = "یہاں"

[[level]]
key = "high"
name = "High"
name_ur = "بڑا"

[calendar]
zone = "Here/Town"
weekly = ["sunday"]
confirmed = false
confirm = "all of it"
[[calendar.source]]
kind = "memory"
where = "nobody"
[[calendar.clock]]
from = 2000-01-01T00:00:00Z
offset_minutes = 60
[[calendar.period]]
from = 2024-01-01
to = 2024-12-31
holidays = [2024-05-01]
confirmed = true
[[calendar.period.source]]
kind = "text"
where = "the list"

[[rule]]
key = "close"
subject = "close"
law = "The Act"
section = "s. 1"
title = "Close"
title_ur = "قریب"
kind = "threshold"
from = 2020-01-01
levels = ["high"]
confirmed = true
[[rule.source]]
kind = "text"
where = "the Act"
[[rule.when]]
left = "margin"
is = "at-most"
share = [1, 200]
of = "votes_polled"

[[rule]]
key = "late"
subject = "late"
law = "The Act"
section = "s. 2"
title = "Late"
title_ur = "دیر"
kind = "deadline"
confirmed = false
confirm = "the words"
[[rule.source]]
kind = "report"
where = "a paper"
[rule.term]
after = "poll"
done = "published"
days = 14
at = 17:00:00
if_closed = "next-working-day"
"""


def read(text: str) -> Jurisdiction:
    return parse(text.encode(), "here.toml")


def problems(text: str) -> list[tuple[str | None, str]]:
    with pytest.raises(InputError) as caught:
        read(text)
    assert caught.value.hint
    for problem in caught.value.problems:
        assert problem.file == "here.toml"
        assert problem.message
        assert problem.mend
    return [(problem.column, problem.code) for problem in caught.value.problems]


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) >= 1, old
    return GOOD.replace(old, new, 1)


def test_a_good_file() -> None:
    found = read(GOOD)
    assert found.levels == {"high": {"en": "High", "ur": "بڑا"}}
    close, late = found.rules
    assert (close.when[0].share, close.when[0].of) == (Fraction(1, 200), Quantity.VOTES_POLLED)
    assert late.term is not None
    assert (late.term.unit, late.term.number, late.term.roll) == (Unit.DAYS, 14, True)
    assert found.rule("close") is close
    assert found.rule("nothing") is None


@pytest.mark.parametrize(
    ("old", "new", "column", "code"),
    [
        ('format = "rules-v1"', 'format = "rules-v2"', "format", "wrong-value"),
        ('format = "rules-v1"', "", "format", "missing"),
        ('key = "here"', 'key = "Here There"', "key", "wrong-value"),
        ('name_ur = "یہاں"', 'name_ur = "Here"', "name_ur", "wrong-value"),
        ('name = "Here"', 'name = "  "', "name", "wrong-value"),
        ('name = "Here"', 'name = "He\\u202ere"', "name", "wrong-value"),
        ('name = "Here"', 'nom = "Ici"\nname = "Here"', "nom", "unknown-key"),
        ('weekly = ["sunday"]', 'weekly = ["sonntag"]', "calendar.weekly", "wrong-value"),
        ('weekly = ["sunday"]', 'weekly = ["sunday", "sunday"]', "calendar.weekly", "wrong-value"),
        ('weekly = ["sunday"]', "weekly = [7]", "calendar.weekly", "wrong-value"),
        ('weekly = ["sunday"]', 'weekly = "sunday"', "calendar.weekly", "wrong-value"),
        (
            'weekly = ["sunday"]',
            'weekly = ["monday","tuesday","wednesday","thursday","friday","saturday","sunday"]',
            "calendar.weekly",
            "no-working-day",
        ),
        ("offset_minutes = 60", "offset_minutes = 60.0", "calendar.clock[1].offset_minutes", "wrong-value"),
        ("offset_minutes = 60", "offset_minutes = 6000", "calendar.clock[1].offset_minutes", "wrong-value"),
        ("from = 2000-01-01T00:00:00Z", "from = 2000-01-01T00:00:00", "calendar.clock[1].from", "wrong-value"),
        ("from = 2000-01-01T00:00:00Z", "from = 2000-01-01", "calendar.clock[1].from", "wrong-value"),
        ("holidays = [2024-05-01]", "holidays = [2023-05-01]", "calendar.period[1].holidays", "outside"),
        ("holidays = [2024-05-01]", 'holidays = ["2024-05-01"]', "calendar.period[1].holidays", "wrong-value"),
        ("to = 2024-12-31", "to = 2023-12-31", "calendar.period[1].to", "wrong-order"),
        ("from = 2020-01-01", "from = 2020-01-01T00:00:00Z", "rule[1].from", "wrong-value"),
        ("from = 2020-01-01", "from = 0020-01-01", "rule[1].from", "wrong-value"),
        ("from = 2020-01-01", "from = 2020-01-01\nto = 2019-12-31", "rule[1].to", "wrong-order"),
        ('levels = ["high"]', 'levels = ["low"]', "rule[1].levels", "wrong-value"),
        ("share = [1, 200]", "share = 0.005", "rule[1].when[1].share", "wrong-value"),
        ("share = [1, 200]", "share = [1, 0]", "rule[1].when[1].share", "wrong-value"),
        ("share = [1, 200]", "share = [-1, 200]", "rule[1].when[1].share", "wrong-value"),
        ("share = [1, 200]", "share = [1.0, 200]", "rule[1].when[1].share", "wrong-value"),
        ("share = [1, 200]", "share = [true, 200]", "rule[1].when[1].share", "wrong-value"),
        ("share = [1, 200]", "votes = 10", "rule[1].when[1].of", "two-sides"),
        ('of = "votes_polled"', "", "rule[1].when[1].of", "missing"),
        ('of = "votes_polled"', 'of = "margin"', "rule[1].when[1].of", "same-side"),
        ('of = "votes_polled"', 'of = "turnout"', "rule[1].when[1].of", "wrong-value"),
        ('is = "at-most"', 'is = "about"', "rule[1].when[1].is", "wrong-value"),
        (
            'of = "votes_polled"\n',
            'of = "votes_polled"\n[[rule.when]]\nleft = "margin"\nis = "at-least"\nvotes = 3\n',
            "rule[1].when",
            "pulls-both-ways",
        ),
        (
            'of = "votes_polled"\n',
            'of = "votes_polled"\n[[rule.when]]\nleft = "votes_polled"\nis = "at-most"\nvotes = 3\n',
            "rule[1].when",
            "pulls-both-ways",
        ),
        ('kind = "threshold"', 'kind = "treshold"', "rule[1].kind", "wrong-value"),
        ('kind = "threshold"', 'kind = "deadline"', "rule[1].term", "missing"),
        ('kind = "threshold"', 'kind = "window"', "rule[1].closes", "missing"),
        ('kind = "threshold"', 'kind = "not-evaluated"', "rule[1].why", "missing"),
        ('kind = "threshold"', 'kind = "threshold"\nwhy = "so"', "rule[1].why", "unknown-key"),
        ('kind = "threshold"', 'kind = "threshold"\ncloses = "tea"', "rule[1].closes", "wrong-value"),
        (
            "confirmed = true\n[[rule.source]]",
            'confirmed = true\nconfirm = "more"\n[[rule.source]]',
            "rule[1].confirm",
            "confirmed-and-not",
        ),
        ("confirmed = true\n[[rule.source]]", "confirmed = false\n[[rule.source]]", "rule[1].confirm", "missing"),
        ("confirmed = true\n[[rule.source]]", 'confirmed = "yes"\n[[rule.source]]', "rule[1].confirmed", "wrong-value"),
        ('kind = "text"\nwhere = "the Act"', 'kind = "report"\nwhere = "a paper"', "rule[1].confirmed", "not-from-text"),
        ('[[rule.source]]\nkind = "text"\nwhere = "the Act"', "", "rule[1].source", "missing"),
        ('section = "s. 1"', "", "rule[1].section", "missing"),
        ('title_ur = "قریب"', "", "rule[1].title_ur", "missing"),
        ('key = "late"', 'key = "close"', "rule[2].key", "duplicate-key"),
        ('subject = "late"', 'subject = "close"', "rule[2].from", "both-in-force"),
        ('subject = "late"', 'subject = "close"\nlevels = ["high"]', "rule[2].from", "both-in-force"),
        ("days = 14", "days = 0", "rule[2].term.days", "wrong-value"),
        ("days = 14", "days = true", "rule[2].term.days", "wrong-value"),
        ("days = 14", "days = 14.5", "rule[2].term.days", "wrong-value"),
        ("days = 14", "days = 14\nhours = 2", "rule[2].term", "one-length"),
        ("days = 14", "hours = 14", "rule[2].term.at", "wrong-unit"),
        ("days = 14", "", "rule[2].term", "one-length"),
        ("at = 17:00:00", 'at = "17:00"', "rule[2].term.at", "wrong-value"),
        ('if_closed = "next-working-day"', "", "rule[2].term.if_closed", "missing"),
        ('done = "published"', 'done = "poll"', "rule[2].term.done", "same-event"),
        ('done = "published"', 'done = "forgotten"', "rule[2].term.done", "wrong-value"),
        ("[rule.term]", "[rule.trem]", "rule[2].term", "missing"),
    ],
)
def test_one_problem(old: str, new: str, column: str, code: str) -> None:
    assert (column, code) in problems(changed(old, new))


def test_all_problems_are_told_at_once() -> None:
    text = GOOD
    for old, new in (
        ("days = 14", "days = -1"),
        ("share = [1, 200]", "share = 0.5"),
        ('weekly = ["sunday"]', "weekly = 3"),
        ('name = "Here"', ""),
    ):
        text = text.replace(old, new, 1)
    assert [column for column, _ in problems(text)] == ["name", "calendar.weekly", "rule[1].when[1].share", "rule[2].term.days"]


def test_a_float_is_told_how_a_fraction_is_written() -> None:
    with pytest.raises(InputError, match=re.escape("share = [5, 100]")):
        read(changed("share = [1, 200]", "share = 0.005"))


def test_overlapping_periods_and_clocks_out_of_order() -> None:
    again = "[[calendar.period]]\nfrom = 2024-12-31\nto = 2025-01-01\nholidays = []\nconfirmed = true\n"
    again += '[[calendar.period.source]]\nkind = "text"\nwhere = "x"\n'
    assert ("calendar.period[2].from", "overlap") in problems(changed("\n[[rule]]", f"\n{again}\n[[rule]]"))
    clock = "[[calendar.clock]]\nfrom = 1999-01-01T00:00:00Z\noffset_minutes = 0\n"
    assert ("calendar.clock[2].from", "wrong-order") in problems(changed("[[calendar.period]]", f"{clock}[[calendar.period]]"))
    assert ("calendar.clock_until", "wrong-order") in problems(changed("weekly", "clock_until = 1999-01-01T00:00:00Z\nweekly"))


def test_versions_with_different_levels_or_days_may_share_a_subject() -> None:
    level = '[[level]]\nkey = "low"\nname = "Low"\nname_ur = "چھوٹا"\n\n[calendar]'
    text = changed("[calendar]", level).replace('subject = "late"', 'subject = "close"\nlevels = ["low"]')
    assert len(read(text).rules) == 2
    text = changed('subject = "late"', 'subject = "close"\nto = 2019-12-31')
    assert len(read(text).rules) == 2


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"\x00",
        b"format = ",
        b"a = " + b"[" * 5_000,
        b"a = " + b"9" * 6_000,
        b"a = 2024-02-30",
        b"rule = 3\ncalendar = 4\nlevel = 5",
        b"rule = [1, 2]\ncalendar = []\n",
        b"[[rule]]\n[rule.term]\n[[rule.when]]\n",
        b"[[rule]]\nsource = [[]]\nwhen = [{}]\n",
        b"x" * ((1 << 20) + 1),
        ("k" * 500 + ' = "v"').encode(),
    ],
    ids=lambda data: repr(data[:20]),
)
def test_hostile_files(data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        parse(data, "evil.toml")
    assert caught.value.problems
    assert all(len(str(problem)) < 1_000 for problem in caught.value.problems)


@pytest.mark.parametrize("place", available())
def test_shipped_files(place: str) -> None:
    found = load(place)
    assert found.key == place
    for rule in found.rules:
        assert set(rule.title) == {"en", "ur"}
        assert not re.search(r"[A-Za-z]{3,}", rule.title["ur"]), rule.key
        assert rule.confirmed or rule.confirm
        assert rule.sources
