"""Foreign tables become packages: what is read, what is refused, and what is never done silently."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tallyproof.errors import InputError, Problem
from tallyproof.formats.mapping import Imported, import_files, parse_mapping

HEAD = """
mapping = "v1"
[about]
name = "t"
[[contests]]
contest = "NA-1"
[[candidates]]
candidate = "raja"
name = "Salman Raja"
[[candidates]]
candidate = "awn"
name = "Awn Chaudhry"
"""
WIDE = """
[[inputs]]
slot = "main"
station = "{No}"
[[inputs.records]]
source = "commission"
votes = { raja = "R", awn = "A" }
boxes = { valid = "Valid" }
"""
GOOD = "No,R,A,Valid\n1,10,5,15\n2,7,8,15\n"


def run(tmp_path: Path, mapping: str, data: str | bytes, name: str = "a.csv", **more: str) -> Imported:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    given = {"main": path}
    for slot, text in more.items():
        given[slot] = tmp_path / f"{slot}.csv"
        given[slot].write_text(text, encoding="utf-8")
    return import_files(parse_mapping(HEAD + mapping, "m.toml"), given)


def problems(tmp_path: Path, mapping: str, data: str | bytes, name: str = "a.csv", **more: str) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        run(tmp_path, mapping, data, name, **more)
    assert caught.value.exit_code == 2
    assert all(problem.mend for problem in caught.value.problems)
    return caught.value.problems


def votes(imported: Imported) -> dict[tuple[str, str], int | None]:
    frame = imported.election.votes.collect()
    return {
        (record.split("/", 1)[1], candidate): value for record, candidate, value in frame.select("record", "candidate", "votes").iter_rows()
    }


def records(imported: Imported) -> pl.DataFrame:
    return imported.election.records.collect()


def test_wide_rows_become_records_votes_and_stations(tmp_path: Path) -> None:
    imported = run(tmp_path, WIDE, GOOD)
    assert votes(imported) == {
        ("1/commission", "raja"): 10,
        ("1/commission", "awn"): 5,
        ("2/commission", "raja"): 7,
        ("2/commission", "awn"): 8,
    }
    assert records(imported).select("station", "source", "act", "version", "valid", "in_box").rows() == [
        ("1", "commission", "count", 1, 15, None),
        ("2", "commission", "count", 1, 15, None),
    ]
    assert imported.election.station_contests.collect().rows() == [("1", "NA-1", None), ("2", "NA-1", None)]


def test_every_table_has_the_columns_of_its_schema(tmp_path: Path) -> None:
    from tallyproof.model.tables import TABLES

    election = run(tmp_path, WIDE, GOOD).election
    for name, table in TABLES.items():
        assert election.table(name).collect_schema() == table.schema, name


def test_several_records_a_row_and_blocks_without_figures(tmp_path: Path) -> None:
    mapping = WIDE + '[[inputs.records]]\nsource = "agent:PTI"\nvotes = { raja = "R2", awn = "A2" }\nboxes = { registered = "Roll" }\n'
    imported = run(tmp_path, mapping, "No,R,A,Valid,R2,A2,Roll\n1,1,2,3,9,2,50\n2,1,2,3,,,50\n3,1,2,3,0,0,50\n")
    assert records(imported).filter(pl.col("source") == "agent:PTI")["station"].to_list() == ["1", "3"]
    assert any("1 rows have no figure of agent:PTI" in line for line in imported.log)
    missing = run(
        tmp_path,
        mapping.replace('"agent:PTI"', '"agent:PTI"\nall_zero = "missing"'),
        "No,R,A,Valid,R2,A2,Roll\n1,1,2,3,9,2,50\n3,1,2,3,0,0,50\n",
    )
    assert records(missing).filter(pl.col("source") == "agent:PTI")["station"].to_list() == ["1"]
    assert [(row.file, row.row) for row in missing.skipped] == [("a.csv", 3)]


def test_a_zero_among_other_figures_is_a_count(tmp_path: Path) -> None:
    mapping = WIDE.replace('source = "commission"', 'source = "commission"\nall_zero = "missing"')
    assert votes(run(tmp_path, mapping, "No,R,A,Valid\n1,0,2,2\n"))[("1/commission", "raja")] == 0


def test_skipped_rows_are_listed_with_reason(tmp_path: Path) -> None:
    mapping = WIDE.replace(
        "[[inputs.records]]", '[[inputs.skip]]\ncolumn = "No"\nmatches = "(?i)^total"\nreason = "a total"\n[[inputs.records]]'
    )
    imported = run(tmp_path, mapping, GOOD + "Total,17,13,30\n")
    assert [(row.file, row.row, row.reason) for row in imported.skipped] == [("a.csv", 4, "a total")]
    assert imported.election.stations.collect().height == 2


def test_rows_without_a_key(tmp_path: Path) -> None:
    data = GOOD + ",3,3,6\n"
    assert [(p.code, p.row) for p in problems(tmp_path, WIDE, data)] == [("no-station-key", 4)]
    skipped = run(tmp_path, WIDE.replace('station = "{No}"', 'station = "{No}"\nmissing_station = "skip"'), data)
    assert [row.row for row in skipped.skipped] == [4]
    assert records(skipped).height == 2
    own = run(tmp_path, WIDE.replace('station = "{No}"', 'station = "{No}"\nmissing_station = "row"'), data)
    assert records(own)["station"].to_list() == ["1", "2", "a row 4"]


def test_composed_padded_and_extracted_keys(tmp_path: Path) -> None:
    data = "C,M,R,A,Valid,Acta\n7,1,1,2,3,0007.01.X\n12.0,13,1,2,3,0012.13.X\n"
    composed = WIDE.replace('"{No}"', '"{C:04}-{M:02}"')
    extracted = WIDE.replace('"{No}"', '{ column = "Acta", regex = \'^(\\d+)\\.(\\d+)\', template = "{1}-{2}" }')
    for mapping in (composed, extracted):
        assert run(tmp_path, mapping, data).election.stations.collect()["station"].to_list() == ["0007-01", "0012-13"]
    found = problems(tmp_path, extracted, data.replace("0012.13.X", "?"))
    assert [(p.code, p.row) for p in found] == [("no-match", 3), ("no-station-key", 3)]


def test_long_rows_with_boxes_and_aliases(tmp_path: Path) -> None:
    mapping = """
[[inputs]]
slot = "main"
station = "{No}"
[[inputs.records]]
source = "{Who}"
candidate = "{Cand}"
count = "V"
[aliases.candidates]
"S. Raja" = "raja"
"A. Chaudhry" = "awn"
"Valid votes" = "valid"
"""
    data = "No,Who,Cand,V\n1,commission,S. Raja,4\n1,commission,A. Chaudhry,\n1,commission,Valid votes,9\n2,officer,S. Raja,1\n"
    imported = run(tmp_path, mapping, data)
    assert votes(imported) == {("1/commission", "raja"): 4, ("1/commission", "awn"): None, ("2/officer", "raja"): 1}
    assert records(imported)["valid"].to_list() == [9, None]
    assert [p.code for p in problems(tmp_path, mapping, data + "2,officer,S. Raja,2\n")] == ["duplicate-key"]
    assert [p.code for p in problems(tmp_path, mapping, data + "2,somebody,S. Raja,2\n")] == ["bad-source"]


def test_an_unknown_candidate_is_proposed_not_joined(tmp_path: Path) -> None:
    mapping = """
[[inputs]]
slot = "main"
station = "{No}"
[[inputs.records]]
source = "commission"
candidate = "{Cand}"
count = "V"
"""
    with pytest.raises(InputError) as caught:
        run(tmp_path, mapping, "No,Cand,V\n1,raja,4\n1,Awn Chaudhary,3\n")
    assert [(p.code, p.row) for p in caught.value.problems] == [("unknown-candidate", 3)]
    assert '[aliases.candidates] "Awn Chaudhary" = "awn"' in caught.value.hint


def test_unknown_stations_of_a_second_file_are_proposed_not_joined(tmp_path: Path) -> None:
    mapping = (
        WIDE
        + """
[[inputs]]
slot = "second"
station = "{No}"
stations = "known"
[[inputs.records]]
source = "agent:PTI"
votes = { raja = "R", awn = "A" }
"""
    )
    first = "No,R,A,Valid\nSchool Model Town,1,2,3\nCollege Ichra,1,2,3\n"
    with pytest.raises(InputError) as caught:
        run(tmp_path, mapping, first, second="No,R,A\nSchool Modal Town,1,2\n")
    assert [p.code for p in caught.value.problems] == ["unknown-station"]
    assert '[aliases.stations] "School Modal Town" = "School Model Town"' in caught.value.hint
    agreed = mapping + '[aliases.stations]\n"School Modal Town" = "School Model Town"\n'
    assert records(run(tmp_path, agreed, first, second="No,R,A\nSchool Modal Town,1,2\n")).height == 3


def test_rolls_that_contradict_each_other_are_a_problem(tmp_path: Path) -> None:
    second = (
        '\n[[inputs]]\nslot = "second"\nstation = "{No}"\n[[inputs.records]]\nsource = "officer"\nroll = "Roll"\nvotes = { raja = "R" }\n'
    )
    mapping = WIDE.replace('source = "commission"', 'source = "commission"\nroll = "Valid"') + second
    assert [p.code for p in problems(tmp_path, mapping, GOOD, second="No,Roll,R\n1,15,1\n2,16,1\n")] == ["roll-differs"]
    agreed = run(tmp_path, mapping, GOOD, second="No,Roll,R\n1,15,1\n2,,1\n")
    assert agreed.election.station_contests.collect()["registered"].to_list() == [15, 15]


def test_areas_are_nested_and_blank_levels_left_out(tmp_path: Path) -> None:
    mapping = WIDE.replace(
        "[[inputs.records]]", 'areas = [{ level = "province", name = "{P}" }, { level = "district", name = "{D}" }]\n[[inputs.records]]'
    )
    imported = run(tmp_path, mapping, "No,P,D,R,A,Valid\n1,Punjab,Centre,1,2,3\n2,Sindh,Centre,1,2,3\n3,Sindh,,1,2,3\n")
    areas = imported.election.areas.collect()
    assert areas.select("area", "parent", "level").rows() == [
        ("Punjab", None, "province"),
        ("Sindh", None, "province"),
        ("Punjab/Centre", "Punjab", "district"),
        ("Sindh/Centre", "Sindh", "district"),
    ]
    assert imported.election.stations.collect()["area"].to_list() == ["Punjab/Centre", "Sindh/Centre", "Sindh"]


def test_declared_figures_inline_in_rows_and_in_a_second_file(tmp_path: Path) -> None:
    mapping = (
        WIDE
        + """
[[inputs.declared]]
of = "station"
stage = "final"
items = { awn = "F48" }
[[inputs]]
slot = "second"
[[inputs.declared]]
of = "contest"
stage = { column = "form", map = { "47" = "provisional" } }
item = "{who}"
value = "n"
source = "{url}"
[[declared]]
stage = "final"
item = "valid"
value = 30
[aliases.candidates]
"A. C." = "awn"
"""
    )
    imported = run(tmp_path, mapping, "No,R,A,Valid,F48\n1,10,5,15,6\n2,7,8,15,\n", second="who,n,form,url\nA. C.,14,47,example.org\n")
    columns = ("contest", "station", "stage", "version", "item", "value", "source")
    assert imported.election.declared.collect().select(columns).rows() == [
        ("NA-1", "1", "final", 1, "awn", 6, None),
        ("NA-1", None, "provisional", 1, "awn", 14, "example.org"),
        ("NA-1", None, "final", 1, "valid", 30, None),
    ]
    found = problems(
        tmp_path, mapping, GOOD.replace("Valid\n", "Valid,F48\n").replace("15\n", "15,1\n"), second="who,n,form,url\nA. C.,14,99,x\n"
    )
    assert [p.code for p in found] == ["bad-stage"]


def test_constants_sums_and_statements(tmp_path: Path) -> None:
    boxes = 'boxes = { valid = { sum = ["R", "A"] }, registered = { constant = 700 } }\nroll = { constant = 700 }'
    mapping = WIDE.replace('boxes = { valid = "Valid" }', boxes)
    mapping += '\n[[statements]]\nstatement = "s1"\nitem = "raja"\nabout = "records"\nvalue = 31000\nrounding = "1000"\n'
    imported = run(tmp_path, mapping, "No,R,A,Valid\n1,10,5,x\n2,,5,x\n")
    assert records(imported).select("valid", "registered", "unread").rows() == [(15, 700, None), (None, 700, "valid:blank")]
    assert imported.election.station_contests.collect()["registered"].to_list() == [700, 700]
    assert imported.election.statements.collect().row(0, named=True)["contest"] == "NA-1"


def test_every_other_column_a_candidate_and_the_contest_from_the_file_name(tmp_path: Path) -> None:
    mapping = """
mapping = "v1"
unlisted_candidates = "add"
[about]
name = "t"
[[candidates]]
candidate = "PTI-IND"
party = "Independent"
backed_by = "PTI"
[[inputs]]
slot = "seats"
several = true
file = "*.csv"
contest = { column = "@file" }
station = "{@file}/{No}"
[[inputs.records]]
source = "agent:PTI"
rest = { ignore = ["Note"] }
[aliases.candidates]
"Rejected Votes" = "rejected"
"""
    (tmp_path / "NA-1.csv").write_text("No,PTI-IND,PPP,Rejected Votes,Note\n1,5,6,2,x\n")
    (tmp_path / "NA-2.csv").write_text("No,TLP,Note\n1,5,y\n")
    imported = import_files(parse_mapping(mapping, "m.toml"), [tmp_path])
    assert imported.election.candidates.collect().select("contest", "candidate", "party", "backed_by").rows() == [
        ("NA-1", "PTI-IND", "Independent", "PTI"),
        ("NA-1", "PPP", "PPP", None),
        ("NA-2", "TLP", "TLP", None),
    ]
    assert records(imported).select("contest", "station", "rejected").rows() == [("NA-1", "NA-1/1", 2), ("NA-2", "NA-2/1", None)]


def test_a_recount_replaces_the_record_that_it_names(tmp_path: Path) -> None:
    block = """
[[inputs]]
slot = "second"
station = "{No}"
[[inputs.records]]
source = "officer"
act = "recount"
supersedes = { source = "commission" }
votes = { raja = "R", awn = "A" }
"""
    imported = run(tmp_path, WIDE + block, GOOD, second="No,R,A\n1,9,6\n3,1,1\n")
    found = dict(records(imported).select("record", "supersedes").iter_rows())
    assert found["NA-1/1/officer/recount"] == "NA-1/1/commission"
    assert found["NA-1/3/officer/recount"] is None
    assert found["NA-1/2/commission"] is None
    assert any("replace nothing" in line for line in imported.log)


def test_votes_in_words_and_by_sex(tmp_path: Path) -> None:
    mapping = WIDE.replace('raja = "R"', 'raja = { column = "R", in_words = "W", male = "M" }')
    frame = run(tmp_path, mapping, "No,R,A,Valid,W,M\n1,10,5,15,100,4\n").election.votes.collect()
    assert frame.select("candidate", "votes", "in_words", "male", "female").rows() == [
        ("raja", 10, 100, 4, None),
        ("awn", 5, None, None, None),
    ]


def test_zeros_beside_an_illegible_figure_are_not_taken_for_an_empty_form(tmp_path: Path) -> None:
    mapping = WIDE.replace('source = "commission"', 'source = "commission"\nall_zero = "missing"\nunreadable = "illegible"')
    imported = run(tmp_path, mapping, "No,R,A,Valid\n1,0,?,0\n2,0,,0\n")
    assert records(imported)["station"].to_list() == ["1"]
    assert [row.row for row in imported.skipped] == [3]


def test_a_figure_within_a_cell(tmp_path: Path) -> None:
    mapping = WIDE.replace('raja = "R"', "raja = { column = \"R\", regex = 'Raja: (\\S+)' }")
    assert votes(run(tmp_path, mapping, "No,R,A,Valid\n1,x; Raja: 12,5,15\n"))[("1/commission", "raja")] == 12
    assert [(p.code, p.row, p.column) for p in problems(tmp_path, mapping, "No,R,A,Valid\n1,12,5,15\n")] == [("no-match", 2, "R")]
