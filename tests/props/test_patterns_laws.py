"""Laws of explain: mirror, relabelling, nothing for equals, and every edit that is made is recognised."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from tallyproof.compare.chance import chances
from tallyproof.compare.pattern_totals import explain_table, explain_total
from tallyproof.compare.patterns import MIRROR, RULES, Figures, Name, difference, explain

count = st.integers(0, 2_000) | st.integers(0, 9)
cell = count | st.none()
BOXES = ("valid", "rejected", "blank", "in_box", "issued")


@st.composite
def sheets(draw: st.DrawFn, *, read: bool = False, least: int = 1) -> Figures:
    figures = draw(st.lists(count if read else cell, min_size=least, max_size=9))
    boxes = draw(st.fixed_dictionaries({}, optional=dict.fromkeys(("rejected", "blank"), count if read else cell)))
    if read and draw(st.booleans()):
        boxes["valid"] = sum(figures)
        boxes["in_box"] = boxes["valid"] + sum(boxes.get(box) or 0 for box in ("rejected", "blank"))
    return Figures(tuple(figures), boxes)


@st.composite
def two_sides(draw: st.DrawFn) -> tuple[Figures, Figures]:
    """Two sides that agree in some places and not in others."""
    first = draw(sheets())
    votes = tuple(draw(st.sampled_from([figure, figure, draw(cell)])) for figure in first.votes)
    boxes = {box: draw(st.sampled_from([figure, draw(cell)])) for box, figure in first.boxes.items()}
    boxes |= draw(st.fixed_dictionaries({}, optional={box: cell for box in BOXES if box not in first.boxes}))
    return first, Figures(votes, boxes)


def edited(sheet: Figures, changes: dict[int, int], **boxes: int) -> Figures:
    """The sheet with other votes in some places; sums under which they stand follow."""
    votes = tuple(changes.get(place, figure) for place, figure in enumerate(sheet.votes))
    after = dict(sheet.boxes) | boxes
    if "valid" in after:
        after["valid"] = sum(figure or 0 for figure in votes)
        after["in_box"] = after["valid"] + sum(after.get(box) or 0 for box in ("rejected", "blank"))
    return Figures(votes, after)


def names(first: Figures, second: Figures) -> set[Name]:
    return {pattern.name for pattern in explain(first, second)}


@given(sheets())
def test_equals_need_no_explanation(sheet: Figures) -> None:
    assert explain(sheet, sheet) == ()


@given(two_sides())
def test_mirror(sides: tuple[Figures, Figures]) -> None:
    there, back = explain(*sides), explain(*sides[::-1])
    assert [MIRROR[pattern.name] for pattern in there] == [pattern.name for pattern in back]
    assert [pattern.cells for pattern in there] == [pattern.cells for pattern in back]


@given(two_sides())
def test_a_difference_has_a_name_and_a_rule(sides: tuple[Figures, Figures]) -> None:
    found = explain(*sides)
    assert bool(found) == (difference(*sides) is not None)
    assert len({pattern.name for pattern in found}) == len(found)
    assert Name.UNEXPLAINED not in {pattern.name for pattern in found} or len(found) == 1
    assert all(pattern.rule == RULES[pattern.name] and pattern.cells for pattern in found)


@given(two_sides(), st.data())
def test_relabelling_candidates_permutes(sides: tuple[Figures, Figures], data: st.DataObject) -> None:
    """Only a shift by one knows of the order of rows."""
    order = data.draw(st.permutations(range(len(sides[0].votes))))
    moved = [Figures(tuple(side.votes[place] for place in order), side.boxes) for side in sides]
    label = {f"v{old + 1}": f"v{new + 1}" for new, old in enumerate(order)}

    def seen(first: Figures, second: Figures, labels: dict[str, str]) -> list[tuple[Name, frozenset[str]]]:
        found = [pattern for pattern in explain(first, second) if pattern.name not in {Name.SHIFTED, Name.UNEXPLAINED}]
        return [(pattern.name, frozenset(labels.get(cell, cell) for cell in pattern.cells)) for pattern in found]

    assert seen(*moved, {}) == seen(*sides, label)


@given(sheets(read=True), st.data())
def test_one_digit(sheet: Figures, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(sheet.votes) - 1))
    text = str(sheet.votes[place])
    spot = data.draw(st.integers(0, len(text) - 1))
    digit = data.draw(st.sampled_from("0123456789"))
    assume(digit != text[spot] and not (spot == 0 and digit == "0" and len(text) > 1))
    after = edited(sheet, {place: int(text[:spot] + digit + text[spot + 1 :])})
    assert Name.ONE_DIGIT in names(sheet, after)


@given(sheets(read=True), st.data())
def test_digit_added_and_dropped(sheet: Figures, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(sheet.votes) - 1))
    text = str(sheet.votes[place])
    spot = data.draw(st.integers(0, len(text)))
    digit = data.draw(st.sampled_from("123456789" if spot == 0 else "0123456789"))
    assume(text != "0" or spot == 0)
    after = edited(sheet, {place: int(text[:spot] + digit + text[spot:])})
    assert Name.DIGIT_ADDED in names(sheet, after)
    assert Name.DIGIT_DROPPED in names(after, sheet)


@given(sheets(read=True), st.integers(1, 9), st.data())
def test_first_digit_lost(sheet: Figures, digit: int, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(sheet.votes) - 1))
    figure = sheet.votes[place]
    assert figure is not None
    after = edited(sheet, {place: figure + digit * 10 ** data.draw(st.integers(len(str(figure)), 5))})
    assert Name.LEADING_DIGIT in names(sheet, after)


@given(sheets(read=True), st.data())
def test_two_digits_in_each_others_place(sheet: Figures, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(sheet.votes) - 1))
    digits = list(str(sheet.votes[place]))
    assume(len(digits) > 1)
    one, two = sorted(data.draw(st.sets(st.integers(0, len(digits) - 1), min_size=2, max_size=2)))
    assume(digits[one] != digits[two] and (one > 0 or digits[two] != "0"))
    digits[one], digits[two] = digits[two], digits[one]
    assert Name.TRANSPOSED in names(sheet, edited(sheet, {place: int("".join(digits))}))


@given(sheets(read=True, least=2), st.data())
def test_two_rows(sheet: Figures, data: st.DataObject) -> None:
    one, two = data.draw(st.permutations(range(len(sheet.votes))))[:2]
    a, b = sheet.votes[one], sheet.votes[two]
    assert a is not None
    assert b is not None
    assume(a != b)
    after = edited(sheet, {one: b, two: a})
    assert explain(sheet, after)[0].name is Name.EXCHANGED
    assert Name.MOVED in names(sheet, after)


@given(sheets(read=True, least=3), st.data())
def test_rows_shifted(sheet: Figures, data: st.DataObject) -> None:
    top = data.draw(st.integers(0, len(sheet.votes) - 3))
    bottom = data.draw(st.integers(top + 2, len(sheet.votes) - 1))
    run = sheet.votes[top : bottom + 1]
    moved = dict(zip(range(top + 1, bottom + 1), run[:-1], strict=True)) | {top: 0}
    changes = {place: figure for place, figure in moved.items() if figure is not None}
    # one row of the run that happens to be equal at an end would make the run shorter than two figures
    assume(all(changes[place] != sheet.votes[place] for place in (top, bottom)))
    assume(sum(1 for figure in run[:-1] if figure) >= 2)
    after = edited(sheet, changes)
    found = [pattern for pattern in explain(sheet, after) if pattern.name is Name.SHIFTED]
    assert found
    assert found[0].detail["direction"] in {"down", "either"}


@given(sheets(read=True, least=3), st.data())
def test_other_order(sheet: Figures, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(sheet.votes))))
    after = edited(sheet, {place: sheet.votes[source] or 0 for place, source in enumerate(order)})
    changed = sum(a != b for a, b in zip(sheet.votes, after.votes, strict=True))
    assume(changed)
    assert (Name.EXCHANGED if changed == 2 else Name.REORDERED) in names(sheet, after)


@given(sheets(read=True, least=2), st.data())
def test_votes_moved_to_another_candidate(sheet: Figures, data: st.DataObject) -> None:
    loser, gainer = data.draw(st.permutations(range(len(sheet.votes))))[:2]
    held, other = sheet.votes[loser], sheet.votes[gainer]
    assert held is not None
    assert other is not None
    assume(held > 0)
    moved = data.draw(st.integers(1, held))
    found = explain(sheet, edited(sheet, {loser: held - moved, gainer: other + moved}))
    assert next(pattern for pattern in found if pattern.name is Name.MOVED).detail["moved"] == moved


@given(sheets(read=True), count, st.data())
def test_votes_moved_into_rejected(sheet: Figures, rejected: int, data: st.DataObject) -> None:
    sheet = edited(Figures(sheet.votes, dict(sheet.boxes) | {"rejected": rejected}), {})
    place = data.draw(st.integers(0, len(sheet.votes) - 1))
    held = sheet.votes[place]
    assert held is not None
    assume(held > 0)
    moved = data.draw(st.integers(1, held))
    after = edited(sheet, {place: held - moved}, rejected=rejected + moved)
    found = {pattern.name: pattern for pattern in explain(sheet, after)}
    assert found[Name.INTO_REJECTED].detail["moved"] == moved
    assert Name.OUT_OF_REJECTED in names(after, sheet)


@given(sheets(read=True), st.data())
def test_zeroed(sheet: Figures, data: st.DataObject) -> None:
    places = data.draw(st.sets(st.integers(0, len(sheet.votes) - 1), min_size=1))
    assume(any(sheet.votes[place] for place in places))
    after = edited(sheet, dict.fromkeys(places, 0))
    assert Name.ZEROED in names(sheet, after)
    assert Name.FILLED in names(after, sheet)


@given(sheets(read=True))
def test_doubled(sheet: Figures) -> None:
    assume(any(sheet.votes))
    after = edited(sheet, {place: 2 * (figure or 0) for place, figure in enumerate(sheet.votes)})
    assert Name.DOUBLED in names(sheet, after)
    assert Name.HALVED in names(after, sheet)


@given(sheets(read=True, least=4), st.integers(1, 50))
def test_whole_sheet(sheet: Figures, more: int) -> None:
    sheet = Figures(sheet.votes, {})
    assert Name.REWRITTEN in names(sheet, edited(sheet, {place: (figure or 0) + more for place, figure in enumerate(sheet.votes)}))


rows = st.lists(st.tuples(count, count, count), min_size=1, max_size=12)


@given(rows, st.data())
def test_total_with_one_station_twice_or_missing(figures: list[tuple[int, int, int]], data: st.DataObject) -> None:
    table = [(f"S{place}", row) for place, row in enumerate(figures)]
    station, row = data.draw(st.sampled_from(table))
    assume(any(row))
    (twice,) = explain_total(dict(zip("abc", row, strict=True)), table)
    assert twice.name is Name.STATION_TWICE
    assert station in twice.cells
    (missing,) = explain_total(dict(zip("abc", (-figure for figure in row), strict=True)), table)
    assert missing.name is MIRROR[twice.name]
    assert missing.cells == twice.cells


@given(rows, st.data())
def test_two_stations_exchanged_in_a_table(figures: list[tuple[int, int, int]], data: st.DataObject) -> None:
    assume(len(figures) > 1)
    one, two = sorted(data.draw(st.permutations(range(len(figures))))[:2])
    assume(figures[one] != figures[two])
    records = [(f"S{place}", row) for place, row in enumerate(figures)]
    declared = [*records]
    declared[one], declared[two] = (f"S{one}", figures[two]), (f"S{two}", figures[one])
    found = [pattern for pattern in explain_table(declared, records) if pattern.name is Name.STATIONS_EXCHANGED]
    assert [pattern.cells for pattern in found] == [(f"S{one}", f"S{two}")]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=12), st.randoms(use_true_random=False))
def test_chances_know_no_order_of_rows(figures: list[tuple[int, int]], random: object) -> None:
    pairs = {f"S{place}": (Figures((a,), {}), Figures((b,), {})) for place, (a, b) in enumerate(figures)}
    keys = list(pairs)
    random.shuffle(keys)  # type: ignore[attr-defined]
    found = chances(pairs)
    assert found == chances({key: pairs[key] for key in keys})
    assert all(fits <= found.pairings[key] for (key, _), fits in found.fits.items())
