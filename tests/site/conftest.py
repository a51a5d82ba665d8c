from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tallyproof_site import build
from tests.site.sample import SAMPLES, StubWords


@dataclass(frozen=True)
class Site:
    """A built sample: where it is, and its pages by name."""

    name: str
    folder: Path
    report: dict[str, object]

    def text(self, page: str) -> str:
        return (self.folder / page).read_text("utf-8")

    @property
    def pages(self) -> list[str]:
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*.html"))


def build_sample(name: str, folder: Path) -> Site:
    report, rows = SAMPLES[name]()
    build(report, rows, folder, StubWords())
    return Site(name, folder, report)


@pytest.fixture(scope="session", params=sorted(SAMPLES))
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Every sample, one after the other."""
    return build_sample(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="session")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Site]:
    """The samples that single tests name."""
    return {name: build_sample(name, tmp_path_factory.mktemp(name)) for name in ("ps129", "na128", "hostile", "large", "empty")}
