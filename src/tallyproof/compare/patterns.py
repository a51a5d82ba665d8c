"""Name how two sets of figures of one station differ: two copies of a record, or a copy and a declared row.

``explain`` lists every pattern that fits, best first. The first is the headline; the others fit too, and a reader has to
know that. ``compare.chance`` says how often a pattern would fit figures that have nothing to do with each other.

Totals and tables of station rows: ``compare.pattern_totals``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tallyproof.compare.pattern_digits import digits_of
from tallyproof.compare.pattern_names import DIGIT_CELLS, MIRROR, REWRITTEN_CELLS, RULES, SHIFTED_FIGURES, Name
from tallyproof.errors import UsageError
from tallyproof.model.boxes import BOX_NAMES

__all__ = ["MIRROR", "RULES", "Difference", "Figures", "Name", "Pattern", "difference", "explain", "explain_difference", "fits_of"]

_COUNTED_BOXES = frozenset({"rejected", "blank"})
"""Boxes that are rows of counted papers as candidates' rows are, not sums or accounts of them."""

_BOX_ORDER = MappingProxyType({name: place for place, name in enumerate(BOX_NAMES)})


@dataclass(frozen=True, slots=True)
class Figures:
    """One side: ``votes`` in ballot order and ``boxes`` by name (``model.boxes``); None is unread, which is not zero."""

    votes: tuple[int | None, ...]
    boxes: Mapping[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A rule that fits.

    ``cells``: the figures it speaks of: ``v1`` … ``vK`` in ballot order, names of boxes, or stations where a total is
    explained. ``detail``: numbers for the words in ``patterns.toml``; ``follows`` names sums that differ only because the
    figures under them do.
    """

    name: Name
    rule: str
    cells: tuple[str, ...]
    detail: Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two sides, as the rules see it. Cells that one side does not read are not compared."""

    first: Figures
    second: Figures
    votes: tuple[int, ...]
    """Places (from 0) of the candidates' figures that differ."""
    boxes: tuple[str, ...]
    """Boxes that differ, in the order of ``BOX_NAMES``, without those in ``follows``."""
    follows: tuple[str, ...]
    """Sums (``valid``, ``in_box``) that differ by exactly what the figures under them differ by."""
    compared: int
    """How many rows of counted papers (candidates, ``rejected``, ``blank``) both sides read and are not 0 on both."""
    pairs: tuple[tuple[int, int], ...]
    """(first, second) of every differing cell, in the order of ``cells``."""

    @property
    def cells(self) -> tuple[str, ...]:
        return (*(f"v{place + 1}" for place in self.votes), *self.boxes)


def _box_place(box: str) -> tuple[int, str]:
    return (_BOX_ORDER.get(box, len(_BOX_ORDER)), box)


def difference(first: Figures, second: Figures) -> Difference | None:
    """What differs between two sides of one station; None if nothing that both read does.

    :raises UsageError: the two sides have different numbers of candidates.
    """
    if len(first.votes) != len(second.votes):
        raise UsageError(
            f"figures of {len(first.votes)} candidates cannot be compared with figures of {len(second.votes)}",
            hint="compare two copies of the same contest",
        )
    if first == second:
        return None
    votes, compared, gained = [], 0, 0
    pairs: list[tuple[int, int]] = []
    for place, (a, b) in enumerate(zip(first.votes, second.votes, strict=True)):
        if a is None or b is None:
            continue
        compared += bool(a or b)
        if a != b:
            votes.append(place)
            pairs.append((a, b))
            gained += b - a
    deltas: dict[str, int] = {}
    of_box: dict[str, tuple[int, int]] = {}
    read = set()
    for box, a in first.boxes.items():
        b = second.boxes.get(box)
        if a is not None and b is not None:
            read.add(box)
            compared += box in _COUNTED_BOXES and bool(a or b)
            if a != b:
                deltas[box] = b - a
                of_box[box] = (a, b)
    follows = []
    if "valid" in deltas and deltas["valid"] == gained:
        follows.append("valid")
    counted = deltas.get("valid", 0) if "valid" in read else gained
    if "in_box" in deltas and deltas["in_box"] == counted + sum(deltas.get(box, 0) for box in _COUNTED_BOXES):
        follows.append("in_box")
    boxes = tuple(sorted((box for box in deltas if box not in follows), key=_box_place))
    if not votes and not boxes:
        return None
    pairs += [of_box[box] for box in boxes]
    return Difference(first, second, tuple(votes), boxes, tuple(follows), compared, tuple(pairs))


Fit = tuple[Name, dict[str, int | str]]
"""A name and the numbers for its words."""


def _exchanged(diff: Difference) -> Fit | None:
    pairs = diff.pairs
    if len(pairs) != 2 or not _COUNTED_BOXES.issuperset(diff.boxes) or pairs[0] != pairs[1][::-1]:
        return None
    return Name.EXCHANGED, {"one": pairs[0][0], "other": pairs[0][1]}


def _shifted(diff: Difference) -> Fit | None:
    if diff.boxes or len(diff.votes) < 2:
        return None
    top, bottom = diff.votes[0], diff.votes[-1]
    a, b = diff.first.votes, diff.second.votes

    def moved(fewer: tuple[int | None, ...], more: tuple[int | None, ...]) -> int:
        """How many figures above 0 stand at row i of ``fewer`` and at row i + 1 of ``more``; 0 if a row between breaks it."""
        same = [fewer[row] is not None and fewer[row] == more[row + 1] for row in range(top, bottom)]
        if not all(same):
            return 0
        rows = range(max(top - 1, 0), min(bottom + 1, len(a) - 1))
        return sum(1 for row in rows if fewer[row] and fewer[row] == more[row + 1])

    down, up = moved(a, b), moved(b, a)
    if max(down, up) < SHIFTED_FIGURES:
        return None
    return Name.SHIFTED, {"figures": max(down, up), "direction": "either" if down == up else "down" if down > up else "up"}


def _reordered(diff: Difference) -> Fit | None:
    pairs = diff.pairs
    if len(pairs) < 3 or not _COUNTED_BOXES.issuperset(diff.boxes):
        return None
    if sorted(a for a, _ in pairs) != sorted(b for _, b in pairs):
        return None
    return Name.REORDERED, {"figures": len(pairs)}


def _rejected(diff: Difference) -> Fit | None:
    if not diff.votes or diff.boxes != ("rejected",) or "in_box" in diff.follows:
        return None
    *votes, (before, after) = diff.pairs
    deltas = [b - a for a, b in votes]
    moved = after - before
    if sum(deltas) != -moved or not (all(d < 0 for d in deltas) or all(d > 0 for d in deltas)):
        return None
    name = Name.INTO_REJECTED if moved > 0 else Name.OUT_OF_REJECTED
    return name, {"moved": abs(moved), "before": before, "after": after}


def _moved(diff: Difference) -> Fit | None:
    deltas = [b - a for a, b in diff.pairs]
    if diff.boxes or sum(deltas):
        return None
    return Name.MOVED, {
        "moved": sum(d for d in deltas if d > 0),
        "losers": sum(1 for d in deltas if d < 0),
        "gainers": sum(1 for d in deltas if d > 0),
    }


def _moved_between_two(diff: Difference) -> Fit | None:
    return _moved(diff) if len(diff.votes) == 2 else None


def _moved_between_many(diff: Difference) -> Fit | None:
    return _moved(diff) if len(diff.votes) > 2 else None


def _zeroed(diff: Difference) -> Fit | None:
    pairs = diff.pairs
    if all(b == 0 for _, b in pairs):
        return Name.ZEROED, {"figures": len(pairs), "votes": sum(a for a, _ in pairs)}
    if all(a == 0 for a, _ in pairs):
        return Name.FILLED, {"figures": len(pairs), "votes": sum(b for _, b in pairs)}
    return None


def _doubled(diff: Difference) -> Fit | None:
    pairs = diff.pairs
    if all(b == 2 * a for a, b in pairs):
        return Name.DOUBLED, {"figures": len(pairs)}
    if all(a == 2 * b for a, b in pairs):
        return Name.HALVED, {"figures": len(pairs)}
    return None


def _doubled_several(diff: Difference) -> Fit | None:
    return _doubled(diff) if len(diff.pairs) > 1 else None


def _doubled_one(diff: Difference) -> Fit | None:
    return _doubled(diff) if len(diff.pairs) == 1 else None


def _rewritten(diff: Difference) -> Fit | None:
    count = len(diff.votes) + len(_COUNTED_BOXES.intersection(diff.boxes))
    if count < REWRITTEN_CELLS or 2 * count < diff.compared:
        return None
    return Name.REWRITTEN, {"figures": count, "compared": diff.compared}


_SHEET_RULES: tuple[Callable[[Difference], Fit | None], ...] = (
    _exchanged,
    _shifted,
    _reordered,
    _doubled_several,
    _rejected,
    _moved_between_two,
    _zeroed,
)
"""Rules about the sheet, the hardest to meet by chance first; they come before those about digits."""

_LATE_RULES: tuple[Callable[[Difference], Fit | None], ...] = (_rewritten, _moved_between_many, _doubled_one)
"""Rules that fit easily; they come after those about digits."""

_DIGIT_ORDER = (Name.TRANSPOSED, Name.ONE_DIGIT, Name.DIGIT_ADDED, Name.DIGIT_DROPPED, Name.LEADING_DIGIT)


def _digit_fits(diff: Difference) -> list[Fit]:
    pairs = diff.pairs
    if len(pairs) > DIGIT_CELLS:
        return []
    common = frozenset.intersection(*(digits_of(a, b) for a, b in pairs))
    detail: dict[str, int | str] = {"first": ", ".join(str(a) for a, _ in pairs), "second": ", ".join(str(b) for _, b in pairs)}
    return [(name, detail) for name in _DIGIT_ORDER if name in common]


def explain(first: Figures, second: Figures) -> tuple[Pattern, ...]:
    """Every pattern that fits the difference, best first; ``unexplained`` alone if none does; nothing if nothing differs.

    Only cells that both sides read are compared. ``valid`` and ``in_box`` are left aside where they differ by exactly what
    the figures under them differ by: one edit is then named once. No direction in time is claimed: ``explain(b, a)``
    names the ``MIRROR`` of each pattern in the same order.

    :raises UsageError: the two sides have different numbers of candidates.
    """
    diff = difference(first, second)
    if diff is None:
        return ()
    return explain_difference(diff)


def fits_of(diff: Difference) -> list[Fit]:
    """The names of the patterns that fit, best first, with the numbers for their words."""
    fits = [fit for rule in _SHEET_RULES if (fit := rule(diff))]
    fits += _digit_fits(diff)
    fits += [fit for rule in _LATE_RULES if (fit := rule(diff))]
    return fits or [(Name.UNEXPLAINED, {"figures": len(diff.pairs)})]


def explain_difference(diff: Difference) -> tuple[Pattern, ...]:
    """As ``explain``, for a difference that is at hand."""
    fits = fits_of(diff)
    cells = diff.cells
    extra: dict[str, int | str] = {"follows": " ".join(diff.follows)} if diff.follows else {}
    return tuple(Pattern(name, RULES[name], cells, MappingProxyType(detail | extra)) for name, detail in fits)
