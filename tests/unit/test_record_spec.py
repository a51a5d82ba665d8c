"""``specs/entry-v1.md`` and the code say the same: types with their fields, codes in their order, lists of words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tallyproof.compare.logged import WEIGHTS, Weight
from tallyproof.record import qr, types
from tallyproof.record.entry import CODES
from tallyproof.record.kinds import AnyKind, Fields, Kind, ListOf, MapOf
from tallyproof.record.rights import SIGNERS
from tallyproof.record.types import TYPES

SPECS = Path(__file__).parents[2] / "specs"
SPEC = (SPECS / "entry-v1.md").read_text(encoding="utf-8")
LOG_SPEC = (SPECS / "log-v1.md").read_text(encoding="utf-8")
BASIC = {kind.name: kind for kind in vars(types).values() if isinstance(kind, Kind)}


def table(text: str, first: str) -> list[list[str]]:
    """The rows of the markdown table whose first cell of the head is ``first``, cells without spaces around."""
    lines = text[text.index(f"\n| {first} |") + 1 :].split("\n\n")[0].splitlines()
    return [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def pieces(text: str) -> list[str]:
    """Split at the commas that are in no brackets."""
    found, depth = [""], 0
    for letter in text:
        depth += (letter in "[{") - (letter in "]}")
        if letter == "," and not depth:
            found.append("")
        else:
            found[-1] += letter
    return [piece.strip() for piece in found]


def kind_of(text: str) -> AnyKind:
    if text.startswith("["):
        return ListOf(kind_of(text[1:-1]))
    if text.startswith("{") and ":" in text.split("[")[0]:
        name, _, kind = text[1:-1].partition(": ")
        return MapOf(one_of(name), one_of(kind))
    if text.startswith("{"):
        return fields_of(text[1:-1])
    return one_of(text)


def one_of(text: str) -> Kind:
    if text in BASIC:
        return BASIC[text]
    return Kind(text.replace("`", ""), "", bool)


def fields_of(text: str) -> Fields:
    shorthand = {"votes": "{candidate: figure}", "boxes": "{box: figure}"}
    found: dict[str, AnyKind] = {}
    for piece in pieces(text):
        name, _, kind = piece.partition(" ")
        found[name] = kind_of(shorthand.get(kind, kind))
    return Fields(found)


def shape(kind: AnyKind) -> object:
    """A kind in a form that can be compared."""
    match kind:
        case Kind(name):
            return name
        case ListOf(inner):
            return [shape(inner)]
        case MapOf(name, inner):
            return {shape(name): shape(inner)}  # type: ignore[dict-item]
    return {name + "?" * (name in kind.optional): shape(inner) for name, inner in kind.kinds.items()}


ROWS = table(SPEC, "type")


def test_the_table_has_the_types_in_order() -> None:
    assert [row[0].strip("`") for row in ROWS] == list(TYPES) == list(SIGNERS)


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_row_of_the_table_has_the_fields(row: list[str]) -> None:
    text = row[1].replace("as `tabulation`, and ", ROWS[[one[0] for one in ROWS].index("`tabulation/v1`")][1] + ", ")
    assert shape(fields_of(text)) == shape(TYPES[row[0].strip("`")])


def test_the_comparison_sees_a_difference() -> None:
    assert shape(fields_of("contest id, station id")) != shape(fields_of("contest id, station? id"))
    assert shape(fields_of("votes votes")) != shape(fields_of("votes {candidate: count}"))
    assert shape(fields_of("says `a|b`")) != shape(fields_of("says `a|c`"))
    assert shape(fields_of("keys [{role id, vkey vkey}]")) == {"keys": [{"role": "id", "vkey": "vkey"}]}


def test_every_kind_is_named_in_the_specification() -> None:
    section = SPEC[SPEC.index("Kinds of values:") : SPEC.index("| type | fields |")]
    used = {kind.name for kind in BASIC.values() if "|" not in kind.name and kind is not types.BY}
    assert {name for name in used if f"`{name}`" not in section} == set()


def test_the_codes_are_in_the_order_of_the_table() -> None:
    start = SPEC.index("## 5. Accepting")
    assert [row[0].strip("`") for row in table(SPEC[start:], "code")] == list(CODES)


def test_what_else_is_said_has_the_codes_and_weights_of_sections_7_and_8() -> None:
    seventh, eighth = (SPEC[SPEC.index(title) :] for title in ("## 7. Declarations", "## 8. What else"))
    declared = re.findall(r"`(declaration-[a-z]+)`", " ".join(row[0] for row in table(seventh, "code")))
    assert {code for code in WEIGHTS if code.startswith("declaration-")} == set(declared)
    said = {row[0].strip("`"): row[1].startswith("notice") for row in table(eighth, "code")}
    assert {code for code in WEIGHTS if code not in CODES} == {*declared, *said}
    assert {code for code in WEIGHTS if WEIGHTS[code] is Weight.NOTICE} == {code for code, notice in said.items() if notice}


def test_the_codes_of_a_qr_are_those_of_the_log() -> None:
    assert [row[0].strip("`") for row in table(LOG_SPEC[LOG_SPEC.index("## 5. QR") :], "code")] == list(qr.CODES)
