"""Real elections as what screens look at, through the shipped mappings."""

from __future__ import annotations

from functools import cache

from tallyproof.formats.mapping import import_files, load_mapping
from tallyproof.model.election import Election
from tallyproof.screens.places import building
from tallyproof.screens.table import Table, tables
from tallyproof.tabulate.frames import frames
from tallyproof.tabulate.tabulation import prepare, tabulate
from tests.support.data import shared_data

PATTERNS = {
    "bolivia-2019": ("bolivia-2019", ("*.zip",)),
    "venezuela-2024": ("venezuela-2024", ("RESULTADOS*.csv", "zentraedi_2024*.csv", "declared_cne.csv")),
    "kenya-2022": ("kenya-2022", ("forms-export.csv", "milkyway_2022.ts")),
    "usa-georgia-2020": ("usa-georgia-2020", ("output.csv", "input-data/audit-report*.csv")),
    "pakistan-2024-na122": ("pakistan-2024", ("deck-map/122tblfixed.json", "declared_published.csv")),
    "pakistan-2024-na128": ("pakistan-2024", ("deck-map/128tblfixed.json", "declared_published.csv")),
}


@cache
def election(name: str) -> Election:
    folder, patterns = PATTERNS[name]
    root = shared_data(folder)
    return import_files(load_mapping(name), [path for pattern in patterns for path in sorted(root.glob(pattern))]).election


@cache
def table(name: str, contest: str, source: str) -> Table:
    read = election(name)
    parents = dict(read.areas.select("area", "parent").collect().iter_rows())
    tabulation = tabulate(prepare(frames(read), parents), trust=source)
    return next(each for each in tables(tabulation) if each.contest == contest)


@cache
def buildings(name: str) -> dict[str, str]:
    """By station, the key of its building; where stations have no names, none."""
    return {
        station: building(called) for station, called in election(name).stations.select("station", "name").collect().iter_rows() if called
    }
