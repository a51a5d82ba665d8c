"""All screens of all contests, asked in one order, corrected together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tallyproof.screens import fingerprint, firstdigit, history, integers, invalid, lastdigit, late, neighbours, siblings, similar
from tallyproof.screens.frame import Lead, Outcome, Screen, leads
from tallyproof.screens.table import Table

SCREENS: Mapping[str, Screen] = {
    screen.code: screen
    for screen in (
        neighbours.SCREEN, siblings.SCREEN, invalid.SCREEN, similar.SCREEN, history.SCREEN,
        integers.SCREEN, lastdigit.SCREEN, fingerprint.SCREEN, late.SCREEN, firstdigit.SCREEN,
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Beside:
    """What may be known of a contest besides its records; nothing of it is needed.

    ``buildings``: station → a key that the stations of one building share; ``siblings``: station → papers of another contest of the same
    voters; ``before``: station → shares of the two leading candidates last time.
    """

    buildings: Mapping[str, str] | None = None
    siblings: Mapping[str, int] | None = None
    before: Mapping[str, tuple[float, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Screened:
    outcomes: tuple[Outcome, ...]
    leads: tuple[Lead, ...]
    tests: int


def screen(tables: Sequence[Table], beside: Mapping[str, Beside] | None = None, *, seed: int) -> Screened:
    """Every screen of every contest. ``seed`` makes the placebos; no test depends on it but those of redrawn data."""
    outcomes: list[Outcome] = []
    for table in sorted(tables, key=lambda one: one.contest):
        known = (beside or {}).get(table.contest, Beside())
        outcomes += [
            neighbours.run(table, seed=seed, buildings=known.buildings),
            siblings.run(table, known.siblings or {}, seed=seed, buildings=known.buildings),
            invalid.run(table, seed=seed, buildings=known.buildings),
            similar.run(table, seed=seed, buildings=known.buildings),
            history.run(table, known.before or {}, seed=seed),
            integers.run(table),
            lastdigit.run(table, seed=seed),
            fingerprint.run(table, seed=seed),
            late.run(table, seed=seed),
            firstdigit.run(table),
        ]
    return Screened(tuple(outcomes), leads(outcomes), sum(len(one.tests) for one in outcomes))
