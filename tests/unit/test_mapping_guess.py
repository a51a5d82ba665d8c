"""A guess is a mapping that imports, and it says aloud what it is not sure of."""

from __future__ import annotations

from pathlib import Path

from tallyproof.formats.guess import guess
from tallyproof.formats.mapping import import_files, parse_mapping


def write(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "Seat results.csv"
    path.write_bytes(text.encode(encoding))
    return path


ROWS = "".join(f"{i};School {i};{900 + i};{10 * i};{20 * i};{30 * i};{i}\n" for i in range(1, 31))
TABLE = "PS No;Name;Registered Voters;Raja;Awn;Valid Votes;Rejected\n" + ROWS


def test_a_guess_imports_and_sums(tmp_path: Path) -> None:
    path = write(tmp_path, TABLE + f"Total;;27465;{10 * 465};{20 * 465};{30 * 465};465\n")
    found = guess(path)
    mapping = parse_mapping(found.toml, "guess.toml")
    one = mapping.inputs[0]
    assert (one.delimiter, one.station, one.station_name) == (";", "{PS No}", "{Name}")
    assert one.records[0].votes == {"raja": "Raja", "awn": "Awn"}
    assert one.records[0].boxes == {"registered": "Registered Voters", "valid": "Valid Votes", "rejected": "Rejected"}
    imported = import_files(mapping, [path])
    votes = imported.election.votes.collect()
    assert votes.height == 60
    assert votes["votes"].sum() == 30 * 465
    assert [row.row for row in imported.skipped] == [32]
    assert any("Total" in line for line in found.unsure)


def test_titles_above_the_header_and_other_encodings(tmp_path: Path) -> None:
    path = write(tmp_path, "Elección de la región\n\n" + TABLE.replace("Name", "Año"), "latin-1")
    found = guess(path)
    assert parse_mapping(found.toml, "guess.toml").inputs[0].header == 3
    assert any("row 3" in line for line in found.unsure)
    assert any("encoding" in line for line in found.unsure)


def test_a_sum_is_no_candidate_whatever_it_is_called(tmp_path: Path) -> None:
    found = guess(write(tmp_path, TABLE.replace("Valid Votes", "Ergebnis")))
    block = parse_mapping(found.toml, "guess.toml").inputs[0].records[0]
    assert "ergebnis" not in block.votes
    assert block.boxes["valid"] == "Ergebnis"


def test_a_key_of_two_columns(tmp_path: Path) -> None:
    rows = "".join(f"{centre},{mesa},{centre + mesa},{mesa}\n" for centre in range(100, 120) for mesa in (1, 2, 3))
    found = guess(write(tmp_path, "CENTRO,MESA,EG,NM\n" + rows))
    assert parse_mapping(found.toml, "guess.toml").inputs[0].station == "{CENTRO}-{MESA}"
    assert any("'CENTRO' and 'MESA'" in line for line in found.unsure)
