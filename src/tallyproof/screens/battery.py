"""All screens over all contests, in one order, and the leads that survive the correction over every test of every one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tallyproof.screens import benford, digits, fingerprint, history, integers, invalid, late, neighbours, siblings, similar
from tallyproof.screens.frame import Outcome, Screen, powered
from tallyproof.screens.table import Table

SCREENS: tuple[Screen, ...] = tuple(
    module.SCREEN for module in (integers, digits, fingerprint, late, benford, neighbours, siblings, invalid, similar, history)
)


def battery(
    tables: Sequence[Table],
    *,
    seed: int,
    buildings: Mapping[str, str] | None = None,
    sibling: Mapping[str, Mapping[str, int]] | None = None,
    before: Mapping[str, Mapping[str, Sequence[float]]] | None = None,
) -> tuple[Outcome, ...]:
    """Every screen of every contest, and what each could have seen among the tests of all of them.

    ``sibling``, ``before``: by contest, what ``siblings.run`` and ``history.run`` want."""
    found: list[Outcome] = []
    for table in tables:
        found += [screen.run(table, seed=seed) for screen in (integers, digits, fingerprint, late, benford)]
        found += [
            neighbours.run(table, seed=seed, buildings=buildings),
            siblings.run(table, (sibling or {}).get(table.contest, {}), seed=seed, buildings=buildings),
            invalid.run(table, seed=seed, buildings=buildings),
            similar.run(table, seed=seed, buildings=buildings),
            history.run(table, (before or {}).get(table.contest, {}), seed=seed),
        ]
    return powered(found)
