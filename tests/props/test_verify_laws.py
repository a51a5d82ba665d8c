"""Laws of the tabulation that hold for every package, tested on the second opinion."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tallyproof_verify.reading import Unreadable
from tallyproof_verify.tally import tally
from tests.support.builders import Built, Rec, build, rec
from tests.support.strategies import elections

Document = dict[str, Any]
# an example is a package written to disk and read again: slow on a busy machine, which is no fault of the test
LAW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FREE_ORDER = ("areas", "stations", "station_contests", "records", "votes", "declared")


def small() -> st.SearchStrategy[Built]:
    return elections(max_contests=2, max_candidates=4, max_stations=4)


def said(built: Built, **options: Any) -> Document:
    with tempfile.TemporaryDirectory() as folder:
        return tally(built.write(Path(folder)), **options)


def contests(document: Document) -> dict[str, Document]:
    return {contest["contest"]: contest for contest in document["contests"]}


def spans(row: Document) -> dict[str, tuple[int, int | None, int | None]]:
    return {one["candidate"]: (one["min"], one["max"], one["max_with_missing"]) for one in row["totals"]}


def not_above(a: int | None, b: int | None) -> bool:
    """a <= b, where None is no upper end."""
    return b is None or (a is not None and a <= b)


def inside(inner: list[int | None] | None, outer: list[int | None] | None) -> bool:
    """Whether a gap is no wider than another; None is no end."""
    assert inner is not None
    assert outer is not None
    below = outer[0] is None or (inner[0] is not None and inner[0] >= outer[0])
    return below and not_above(inner[1], outer[1])


@LAW
@given(small(), st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(built: Built, random: Any) -> None:
    shuffled = Built(
        {name: random.sample(rows, len(rows)) if name in FREE_ORDER else rows for name, rows in built.tables.items()}, built.about
    )
    assert said(shuffled) == said(built)


@LAW
@given(small())
def test_a_zip_says_what_the_folder_says(built: Built) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert tally(built.zip(Path(folder) / "package.zip")) == said(built)


@LAW
@given(small())
def test_intervals_are_nested_and_stations_add_up(built: Built) -> None:
    document = said(built)
    for row in [*document["contests"], *document["areas"]]:
        stations = row["stations"]
        assert stations["expected"] == stations["recorded"] + stations["missing"]
        assert 0 <= stations["disputed"] <= stations["recorded"]
        for least, most, with_missing in spans(row).values():
            assert not_above(least, most)
            assert most is None or not_above(most, with_missing)
            assert most is not None or with_missing is None
    for contest in document["contests"]:
        by_records = contest["winner"]["by_records"]
        if contest["margin"]["by_records"] is not None:
            lo, hi = contest["margin"]["by_records"]
            assert not_above(lo if lo is not None else 0, hi if lo is not None else None)
        assert not (by_records["tie"] and by_records["state"] == "proved")
        if contest["winner"]["changes"] == "no" and by_records["state"] == "proved":
            assert set(contest["winner"]["declared"]) <= set(by_records["candidates"])
        if contest["winner"]["changes"] == "yes":
            assert not set(contest["winner"]["declared"]) <= set(by_records["candidates"])


@LAW
@given(small(), st.sampled_from([None, 0, 50, 99]))
def test_a_view_is_the_tabulation_that_trusts_the_source(built: Built, turnout: int | None) -> None:
    for name, contest in contests(said(built, turnout=turnout)).items():
        for view in contest["views"]:
            alone = contests(said(built, trust=view["source"], turnout=turnout))[name]
            assert view["stations"] == alone["stations"]["recorded"]
            assert view["totals"] == {candidate: least for candidate, (least, _, _) in spans(alone).items()}
            assert view["margin"] == alone["margin"]["by_records"]
            assert view["winner"]["candidates"] == alone["winner"]["by_records"]["candidates"]


def only_stations(built: Built, keep: set[str]) -> Built:
    """The same election as if it had only these stations, and nothing declared."""
    tables = {
        name: [row for row in rows if row.get("station", "") in keep] for name, rows in built.tables.items() if name.startswith("station")
    }
    tables["records"] = [row for row in built.tables["records"] if row["station"] in keep]
    records = {row["record"] for row in tables["records"]}
    tables["votes"] = [row for row in built.tables["votes"] if row["record"] in records]
    bare = [{**row, "stations": None, "registered": None} for row in built.tables["contests"]]
    return Built({**built.tables, **tables, "contests": bare, "declared": []}, built.about)


@LAW
@given(small())
def test_an_area_is_an_election_of_its_stations_alone(built: Built) -> None:
    document = said(built)
    parents = {row["area"]: row["parent"] for row in built.tables["areas"]}
    area_of = {row["station"]: row["area"] or "" for row in built.tables["stations"]}
    declared_at = {row["station"] for row in built.tables["declared"] if row["station"]}

    def within(area: str, where: str) -> bool:
        return bool(where) and (where == area or within(area, parents[where]))

    for row in document["areas"]:
        stations = {station for station, area in area_of.items() if within(row["area"], area)}
        alone = contests(said(only_stations(built, stations)))[row["contest"]]
        if stations & declared_at:
            continue
        assert row["stations"] == alone["stations"]
        for name, (least, most, with_missing) in spans(row).items():
            assert (least, most) == spans(alone)[name][:2]
            assert with_missing in (None, spans(alone)[name][2])


@LAW
@given(small())
def test_totals_are_the_sums_of_the_areas_at_the_top(built: Built) -> None:
    areas = [*built.tables["areas"], {"area": "elsewhere", "parent": ""}]
    placed = [{**row, "area": row["area"] or "elsewhere"} for row in built.tables["stations"]]
    built = built.with_rows("areas", areas).with_rows("stations", placed)
    document = said(built)
    top = {row["area"] for row in areas if not row["parent"]}
    for name, contest in contests(document).items():
        rows = [row for row in document["areas"] if row["contest"] == name and row["area"] in top]
        assert contest["stations"]["recorded"] == sum(row["stations"]["recorded"] for row in rows)
        for candidate, (least, most, _) in spans(contest).items():
            assert least == sum(spans(row)[candidate][0] for row in rows)
            parts = [spans(row)[candidate][1] for row in rows]
            assert most == (None if None in parts else sum(part for part in parts if part is not None))


@LAW
@given(small(), st.data())
def test_one_more_vote_for_a_candidate_never_lowers_it(built: Built, data: st.DataObject) -> None:
    read = [number for number, row in enumerate(built.tables["votes"]) if row["votes"] is not None]
    if not read:
        return
    at = data.draw(st.sampled_from(read))
    row = built.tables["votes"][at]
    votes = [*built.tables["votes"]]
    votes[at] = {**row, "votes": row["votes"] + 1}
    before, after = contests(said(built)), contests(said(built.with_rows("votes", votes)))
    contest, candidate = row["record"].partition("/")[0], row["candidate"]
    old, new = spans(before[contest])[candidate], spans(after[contest])[candidate]
    assert new[0] >= old[0]
    assert all(a is b is None or (a is not None and b is not None and b >= a) for a, b in zip(old[1:], new[1:], strict=True))
    won = before[contest]["winner"]["by_records"]
    if won["state"] == "proved" and candidate in won["candidates"]:
        # a second winner may become uncertain; this one does not, nor is it ever refuted
        assert candidate in after[contest]["winner"]["by_records"]["candidates"]
    for earlier, later in zip(before[contest]["views"], after[contest]["views"], strict=True):
        assert later["source"] == earlier["source"]
        assert later["totals"][candidate] >= earlier["totals"][candidate]


@LAW
@given(small(), st.data())
def test_a_record_of_a_missing_station_only_narrows(built: Built, data: st.DataObject) -> None:
    # not with contests.registered: a register of the contest that is smaller than its rolls' sum can be exceeded
    built = built.with_rows("contests", [{**row, "registered": None} for row in built.tables["contests"]])
    name, roll = data.draw(st.sampled_from(built.tables["contests"]))["contest"], data.draw(st.integers(0, 60))
    built = built.with_rows("stations", [*built.tables["stations"], {"station": "M"}])
    built = built.with_rows("station_contests", [*built.tables["station_contests"], {"station": "M", "contest": name, "registered": roll}])
    before = contests(said(built))
    gone = [row for row in built.tables["station_contests"] if row["contest"] == name and row["registered"] is not None]
    chosen = data.draw(st.sampled_from([row for row in gone if row["station"] in before[name]["missing"]]))
    station, roll = chosen["station"], chosen["registered"]
    candidates = [row["candidate"] for row in built.tables["candidates"] if row["contest"] == name]
    new = {"record": "new", "contest": name, "station": station, "source": "officer", "version": 77, "valid": roll}
    votes = [{"record": "new", "candidate": one, "votes": data.draw(st.one_of(st.none(), st.integers(0, roll)))} for one in candidates]
    tables = {**built.tables, "records": [*built.tables["records"], new], "votes": [*built.tables["votes"], *votes]}
    after = contests(said(Built(tables, built.about)))[name]
    old = before[name]
    assert after["stations"]["recorded"] == old["stations"]["recorded"] + 1
    for candidate in candidates:
        assert spans(after)[candidate][0] >= spans(old)[candidate][0]
        assert not_above(spans(after)[candidate][2], spans(old)[candidate][2])
    won, wins = old["winner"]["by_records"], after["winner"]["by_records"]
    assert set(wins["candidates"]) <= set(won["candidates"])
    if won["state"] == "proved":
        assert wins == won


@LAW
@given(small(), st.data(), st.booleans())
def test_another_copy_that_agrees_or_says_nothing_changes_no_figure(built: Built, data: st.DataObject, blank: bool) -> None:
    by_key = {row["record"]: row for row in built.tables["records"]}

    def instance(row: dict[str, Any]) -> tuple[Any, ...]:
        return row["contest"], row["station"], row["act"] or "count", row["version"] or 1

    retired = {instance(by_key[row["supersedes"]]) for row in by_key.values() if row["supersedes"]}
    live = [row for row in by_key.values() if instance(row) not in retired]
    if not live:
        return
    row = data.draw(st.sampled_from(live))
    of_row = [one for one in built.tables["votes"] if one["record"] == row["record"]]
    copy = {**row, "record": "copy", "source": "agent:Z", "supersedes": ""}
    votes = [{**one, "record": "copy"} for one in of_row]
    if blank:
        copy = {key: copy[key] for key in ("record", "contest", "station", "source", "act", "version")}
        votes = []
    tables = {**built.tables, "records": [*by_key.values(), copy], "votes": [*built.tables["votes"], *votes]}
    before, after = contests(said(built)), contests(said(Built(tables, built.about)))
    for name in before:
        assert spans(after[name]) == spans(before[name])
        assert after[name]["stations"] == before[name]["stations"]
        assert after[name]["winner"] == before[name]["winner"]
        assert after[name]["margin"] == before[name]["margin"]


@LAW
@given(small())
def test_less_turnout_only_narrows(built: Built) -> None:
    document = [contests(said(built, turnout=turnout)) for turnout in (0, 30, 100)]
    for name, whole in contests(said(built)).items():
        assert spans(whole) == spans(document[2][name])
        for less, more in ((document[0][name], document[1][name]), (document[1][name], whole)):
            for candidate in spans(less):
                assert spans(less)[candidate][:2] == spans(more)[candidate][:2]
                assert not_above(spans(less)[candidate][2], spans(more)[candidate][2])
            if less["margin"]["by_records"] is not None:
                assert inside(less["margin"]["by_records"], more["margin"]["by_records"])


@st.composite
def elections_with_truth(draw: st.DrawFn) -> tuple[Built, dict[str, int], int]:
    """An election of which we know the truth: at every recorded station one copy is honest, though not all of it is read.

    The other copies say anything, except that they give no figure that the honest copy leaves unread; registers are true.
    """
    candidates = [*"ABCD"][: draw(st.integers(1, 4))]
    truth = dict.fromkeys(candidates, 0)
    stations: dict[str, int | None] = {}
    records: list[Rec] = []
    for number in range(draw(st.integers(1, 5))):
        station = f"S{number}"
        votes = {name: draw(st.integers(0, 9)) for name in candidates}
        rejected = draw(st.integers(0, 3))
        boxes = {"valid": sum(votes.values()), "in_box": sum(votes.values()) + rejected}
        truth = {name: truth[name] + votes[name] for name in candidates}
        stations[station] = draw(st.sampled_from([boxes["in_box"], boxes["in_box"] + 5, None]))
        if draw(st.integers(0, 3)) == 0:
            continue
        unread = set(draw(st.lists(st.sampled_from([*candidates, *boxes]), max_size=3)))
        honest = {name: None if name in unread else figure for name, figure in {**votes, **boxes}.items()}
        false = st.one_of(st.none(), st.integers(0, 12))
        copies: list[tuple[str, dict[str, int | None]]] = [("agent:X", honest)]
        for source in draw(st.lists(st.sampled_from(["officer", "agent:Y", "scan"]), unique=True)):
            copies.append((source, {name: draw(false) if name not in unread else None for name in honest}))
        records += [rec(station, source, votes=figures) for source, figures in draw(st.permutations(copies))]
    seats = draw(st.integers(1, len(candidates)))
    return build(" ".join(candidates), stations, records, seats=seats), truth, seats


@settings(LAW, max_examples=100)
@given(elections_with_truth())
def test_the_truth_lies_in_every_interval(case: tuple[Built, dict[str, int], int]) -> None:
    built, truth, seats = case
    [contest] = said(built)["contests"]
    for candidate, (least, _, with_missing) in spans(contest).items():
        assert least <= truth[candidate]
        assert not_above(truth[candidate], with_missing)
    by_records = contest["winner"]["by_records"]
    # whoever has a seat in truth (or shares the last place) was not refuted; whoever is proved has a seat whatever the lot says
    ranked = sorted(truth.values(), reverse=True)
    last, loser = ranked[seats - 1], ranked[seats] if len(ranked) > seats else -1
    if by_records["state"] == "proved":
        assert all(truth[name] > loser for name in by_records["candidates"])
    else:
        assert {name for name in truth if truth[name] >= last} <= set(by_records["candidates"])


@LAW
@given(small(), st.binary(max_size=60), st.data())
def test_bad_bytes_are_refused_or_read_but_never_crash(built: Built, junk: bytes, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = built.write(Path(name))
        file = folder / data.draw(st.sampled_from(sorted(path.name for path in folder.iterdir())))
        content = file.read_bytes()
        at = data.draw(st.integers(0, len(content)))
        file.write_bytes(content[:at] + junk + content[at + data.draw(st.integers(0, 20)) :])
        with contextlib.suppress(Unreadable):
            tally(folder)
