from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import html5lib
import pytest

from tallyproof_site import book, build
from tests.site.sample import SAMPLES, StubWords

LIMITS = {"STATIONS_SHOWN": 150, "FULL_CARDS": 20, "COMPACT_ROWS": 60}
"""Smaller than the real limits, so that the pages that hit them stay quick to parse."""


@dataclass(frozen=True)
class Site:
    """A built sample: where it is, and its pages by name."""

    name: str
    folder: Path
    report: dict[str, Any]
    _trees: dict[str, Any] = field(default_factory=dict)

    def text(self, page: str) -> str:
        return (self.folder / page).read_text("utf-8")

    def tree(self, page: str) -> Any:
        """The page, parsed strictly, once."""
        if page not in self._trees:
            self._trees[page] = html5lib.HTMLParser(strict=True).parse(self.text(page))
        return self._trees[page]

    @property
    def pages(self) -> list[str]:
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*.html"))


@pytest.fixture(scope="session")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Site]:
    """Every sample, built with the smaller limits."""
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        for limit, value in LIMITS.items():
            patch.setattr(book, limit, value)
        for name, sample in SAMPLES.items():
            report, rows = sample()
            folder = tmp_path_factory.mktemp(name)
            build(report, rows, folder, StubWords())
            made[name] = Site(name, folder, report)
    return made


@pytest.fixture(scope="session", params=sorted(SAMPLES))
def site(request: pytest.FixtureRequest, sites: dict[str, Site]) -> Site:
    """Every sample, one after the other."""
    return sites[request.param]
