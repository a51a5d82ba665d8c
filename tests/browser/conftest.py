from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tallyproof_site import book, build
from tests.site.sample import SAMPLES, StubWords

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's chromium; a skip where it is absent."""
    if not CHROMIUM.exists():
        pytest.skip("needs Debian's chromium at /usr/bin/chromium")
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Samples, built small: axe looks at every element."""
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        for limit, value in {"STATIONS_SHOWN": 40, "FULL_CARDS": 8, "COMPACT_ROWS": 12}.items():
            patch.setattr(book, limit, value)
        for name in ("ps129", "na128", "hostile"):
            made[name] = tmp_path_factory.mktemp(name)
            build(*SAMPLES[name](), made[name], StubWords())
    return made


@pytest.fixture
def open_file(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens a page; fails if it asked for anything but its own files, or complained."""
    contexts, asked, complaints = [], [], []

    def opened(path: Path, *, width: int = 1000, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert all(url.startswith(("file://", "data:")) for url in asked), asked
    assert complaints == []
