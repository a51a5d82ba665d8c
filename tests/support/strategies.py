"""Hypothesis: whole small elections, as ``builders.Built``. Valid by construction: every one can be read as a package.

They are meant to be nasty, not likely: copies that differ, acts that compete, forms with nothing on them, boxes that
contradict the votes, rolls that are unknown or smaller than the votes, stations known only from a declared row.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.support.builders import Built, Dec, Rec, build, dec, rec

SOURCES = ("officer", "commission", "agent:X", "agent:Y", "court:H")
ACTS = ("", "", "", "count", "recount", "repoll", "canvass", "ruling")
_COUNT = st.one_of(st.none(), st.integers(0, 12), st.sampled_from([0, 7, 100]))
_ROLL = st.one_of(st.none(), st.integers(0, 60))


@st.composite
def area_trees(draw: st.DrawFn) -> dict[str, str]:
    """area → the area it lies in."""
    tree: dict[str, str] = {}
    for number in range(draw(st.integers(0, 4))):
        tree[f"D{number}"] = draw(st.sampled_from(["", *tree]))
    return tree


@st.composite
def station_records(draw: st.DrawFn, contest: str, station: str, candidates: list[str]) -> list[Rec]:
    """0 to 4 copies at one station, most of them copies of one form; a record may supersede one before it in the list."""
    form = {name: draw(st.integers(0, 12)) for name in candidates}
    made: list[Rec] = []
    for number in range(draw(st.sampled_from([0, 1, 1, 2, 2, 3, 4]))):
        figures: dict[str, int | None] = dict(form)
        figures["valid"] = draw(st.sampled_from([None, sum(form.values())]))
        for name in draw(st.lists(st.sampled_from([*candidates, "valid", "in_box", "rejected", "blank", "registered"]), max_size=3)):
            figures[name] = draw(_COUNT)
        blank = draw(st.integers(0, 7)) == 0
        earlier = [str(one.columns["record"]) for one in made]
        made.append(
            rec(
                station,
                draw(st.sampled_from(SOURCES)),
                key=f"{contest}/{station}/{number}",
                contest=contest,
                act=draw(st.sampled_from(ACTS)),
                version=draw(st.sampled_from([None, None, 1, 2, 10])),
                supersedes=draw(st.sampled_from(["", *earlier])),
                without=" ".join(draw(st.lists(st.sampled_from(candidates), max_size=1))),
                votes=dict.fromkeys(figures) if blank else figures,
            )
        )
    return made


@st.composite
def declarations(draw: st.DrawFn, contest: str, candidates: list[str], stations: list[str], areas: list[str]) -> list[Dec]:
    """Declarations of the contest, of areas and of stations; any of the items."""
    items = st.dictionaries(st.sampled_from([*candidates, "valid", "in_box", "rejected"]), st.integers(0, 90), min_size=1)
    places = [("", ""), *((area, "") for area in areas), *(("", station) for station in stations)]
    keys = st.tuples(st.sampled_from(["provisional", "final"]), st.sampled_from([1, 2, 10]), st.integers(0, len(places) - 1))
    made = []
    for stage, version, place in draw(st.lists(keys, max_size=4, unique=True)):
        written = None if version == 1 and draw(st.booleans()) else version
        area, station = places[place]
        made.append(dec(stage, written, contest=contest, area=area, station=station, items=draw(items)))
    return made


@st.composite
def elections(draw: st.DrawFn, max_contests: int = 3, max_candidates: int = 6, max_stations: int = 8) -> Built:
    """A whole election."""
    ballots = {f"K{number}": [*"ABCDEF"][: draw(st.integers(1, max_candidates))] for number in range(draw(st.integers(1, max_contests)))}
    stations = [f"S{number}" for number in range(draw(st.integers(0, max_stations)))]
    areas = draw(area_trees())
    rolls: dict[str, dict[str, int | None]] = {station: {} for station in stations}
    records: list[Rec] = []
    declared: list[Dec] = []
    for contest, candidates in ballots.items():
        for station in stations:
            if draw(st.booleans()):
                rolls[station][contest] = draw(_ROLL)
            records += draw(station_records(contest, station, candidates))
        declared += draw(declarations(contest, candidates, stations, list(areas)))

    def by_contest(choices: list[Any]) -> dict[str, Any]:
        return {contest: draw(st.sampled_from(choices)) for contest in ballots}

    rules = by_contest(["", "", "", "plurality", "none"])
    fewest = {contest: 3 if rules[contest] == "none" else len(candidates) for contest, candidates in ballots.items()}
    return build(
        {contest: " ".join(candidates) for contest, candidates in ballots.items()},
        rolls,
        records,
        declared,
        areas=areas,
        levels={area: f"level {area}" for area in areas},
        area_of={station: draw(st.sampled_from(["", *areas])) for station in stations if areas},
        seats={contest: draw(st.sampled_from([None, *range(1, min(fewest[contest], 3) + 1)])) for contest in ballots},
        rule=rules,
        n_stations=by_contest([None, None, 0, 5, 9]),
        registered=by_contest([None, None, 0, 100, 1000]),
    )
