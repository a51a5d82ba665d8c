"""The verifier in a browser: receipts and logs, from disk and from a server, in both languages, with hostile texts in a log."""

from __future__ import annotations

import functools
import http.server
import re
import shutil
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.support import minilog
from tests.support.minilog import Election
from tests.support.pages import wait_until

pytestmark = pytest.mark.browser

HERE = Path(__file__).resolve().parents[2] / "src/tallyproof_verify/browser"
PAGE = HERE / "verify.html"
WAIT = 60_000  # milliseconds; the machine may be busy

Open = Callable[..., Any]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A folder with the two files of the page, and its address."""
    root = tmp_path / "served"
    root.mkdir()
    for name in ("verify.html", "verify.js"):
        shutil.copy(HERE / name, root / name)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(root)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", root
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def show(browser: Any) -> Iterator[Open]:
    """Opens the page; fails if it asked for anything beyond its own place, or complained."""
    contexts, asked, complaints = [], [], []

    def opened(language: str = "en", address: str | None = None, query: str = "", width: int = 1000, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 800}, locale="en", **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT)
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if "404" not in message.text else None)
        page.goto((PAGE.as_uri() if address is None else f"{address}/verify.html") + f"{query}#{language}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert all(url.startswith(("file://", "data:", "http://127.0.0.1:")) for url in asked), asked
    assert complaints == []


@pytest.fixture
def log() -> Election:
    return minilog.election()


def verdict(page: Any) -> Any:
    page.locator("#verify").click()
    page.wait_for_selector("#verdict")
    return page.locator("#verdict")


def pick(page: Any, folder: Path) -> None:
    page.locator("#folder").set_input_files(str(folder))


def choose(page: Any, name: str, content: str) -> None:
    page.locator(f"#{name}-file").set_input_files([{"name": f"{name}.txt", "mimeType": "text/plain", "buffer": content.encode()}])


# --- What it verifies ---------------------------------------------------------------------------------------------


def test_a_folder_from_disk(show: Open, log: Election, tmp_path: Path) -> None:
    page = show()
    pick(page, log.write(tmp_path / "a-log"))
    assert verdict(page).inner_text() == "In order: what was checked agrees"
    assert page.evaluate("document.activeElement.id") == "verdict", "the reader is led to the answer"
    assert page.locator("#status").inner_text() == "In order: what was checked agrees"
    text = page.locator("#results").inner_text()
    for part in (log.origin, "before them: 4", "Not checked here: ML-DSA-44", "What was not established"):
        assert part in text
    first = page.locator("#results table").first
    assert [row.inner_text().split("\t") for row in first.locator("tbody tr").all()] == [["bari", "275"], ["hafiz", "189"], ["zia", "67"]]


def test_an_altered_log_names_the_station(show: Open, log: Election, tmp_path: Path) -> None:
    old = log.checkpoint().encode()
    entry = log.entries[log.at["count 3"]]
    log.entries[log.at["count 3"]] = entry.replace(b'"zia":50', b'"zia":51')
    assert log.entries[log.at["count 3"]] != entry
    page = show()
    pick(page, log.write(tmp_path / "log", checkpoint=old))
    assert "Not in order" in verdict(page).inner_text()
    text = page.locator("#results").inner_text()
    assert "root-differs" in text
    assert f"signature-bad entry {log.at['count 3']} NA-1/3" in text


def test_a_folder_on_the_server(show: Open, log: Election, served: tuple[str, Path]) -> None:
    address, root = served
    log.write(root / "logs/2027")
    page = show(address=address, query="?log=logs/2027")
    assert page.locator("#address").input_value() == "logs/2027"
    assert verdict(page).get_attribute("class") == "good"
    (root / "logs/2027" / minilog.tile_path("entries", 0, 45)).unlink()
    page.locator("#verify").click()
    page.wait_for_selector("#verdict.bad")
    assert "bundle-missing" in page.locator("#results").inner_text()


def test_nothing_is_fetched_below_a_checkpoint_that_the_log_did_not_sign(show: Open, log: Election, served: tuple[str, Path]) -> None:
    address, root = served
    log.write(root / "log", checkpoint=log.checkpoint(log_keys=[]).encode())
    page = show(address=address, query="?log=log")
    tiles: list[str] = []
    page.on("request", lambda request: tiles.append(request.url) if "/tile/" in request.url else None)
    assert verdict(page).get_attribute("class") == "bad"
    assert "none were fetched" in page.locator("#results").inner_text()
    assert tiles == []


def test_another_site_is_not_asked(show: Open, served: tuple[str, Path]) -> None:
    page = show(address=served[0])
    page.locator("#address").fill("http://127.0.0.1:9/log")
    page.locator("#verify").click()
    wait_until(page, "document.getElementById('status').textContent.includes('another site')")


def test_a_page_from_disk_asks_no_address(show: Open) -> None:
    page = show()
    page.locator("#address").fill("log")
    page.locator("#verify").click()
    wait_until(page, "document.getElementById('status').textContent.includes('Choose the folder')")


@pytest.mark.parametrize("pasted", [False, True])
def test_a_receipt(show: Open, log: Election, pasted: bool) -> None:
    page = show()
    choose(page, "receipt", log.receipt(log.at["count 1"]))
    if pasted:
        page.locator("#policy-text").fill(log.policy())
        page.locator("#authority-text").fill(f"\n  {log.authority[0].vkey}\n\n  {log.authority[1].vkey}")
    else:
        choose(page, "policy", log.policy())
        choose(page, "authority", log.authority[0].vkey + "\n")
    assert verdict(page).get_attribute("class") == "good"
    assert '"station":"1"' in page.locator("#results pre").first.inner_text()
    assert "keys of log and witnesses are those that you gave" in page.locator("#results").inner_text()


def test_an_altered_receipt_names_the_problem(show: Open, log: Election) -> None:
    page = show()
    choose(page, "policy", log.policy())
    choose(page, "receipt", log.receipt(20).replace("index 20", "index 21"))
    assert "Problems: 1" in verdict(page).inner_text()
    assert "receipt-path" in page.locator("#results").inner_text()


def test_a_remembered_checkpoint(show: Open, log: Election, tmp_path: Path) -> None:
    page = show()
    pick(page, log.write(tmp_path / "log"))
    choose(page, "seen", log.checkpoint(30).replace("\n30\n", "\n31\n"))
    assert verdict(page).get_attribute("class") == "bad"
    assert "fork" in page.locator("#results").inner_text()


def test_nothing_chosen_is_said(show: Open) -> None:
    page = show()
    page.locator("#verify").click()
    wait_until(page, "document.getElementById('status').textContent.includes('Choose a folder')")
    assert page.locator("#verify").is_enabled()


def test_a_dropped_folder(show: Open, log: Election) -> None:
    """Playwright cannot drop a folder: the browser's entries are stood in for, the rest is the page's own."""
    page = show()
    files = {path: list(content) for path, content in log.files().items()}
    page.evaluate(
        """(files) => {
            const entry = (name, below) => below instanceof File
                ? {isFile: true, name, file: (yes) => yes(below)}
                : {isFile: false, name, createReader: () => { let told = false; return {readEntries: (yes) => {
                    yes(told ? [] : [...below].map(([inner, one]) => entry(inner, one))); told = true; }}; }};
            const top = new Map();
            for (const [path, bytes] of Object.entries(files)) {
                const parts = path.split("/"), last = parts.pop();
                let at = top;
                for (const part of parts) { if (!at.has(part)) at.set(part, new Map()); at = at.get(part); }
                at.set(last, new File([new Uint8Array(bytes)], last));
            }
            const drop = new Event("drop", {bubbles: true, cancelable: true});
            drop.dataTransfer = {items: [{webkitGetAsEntry: () => entry("my-log", top)}]};
            document.getElementById("drop").dispatchEvent(drop);
        }""",
        files,
    )
    wait_until(page, "document.getElementById('dropped').textContent.includes('files')")
    assert verdict(page).get_attribute("class") == "good"


# --- How it looks and behaves -------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ur"])
def test_axe_finds_nothing(show: Open, log: Election, tmp_path: Path, language: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python").Axe()
    page = show(language)
    options = {"preload": False}
    empty = axe.run(page, options=options)
    assert empty.violations_count == 0, empty.generate_report()
    log.append(b"x")
    pick(page, log.write(tmp_path / "log"))
    choose(page, "receipt", log.receipt(20))
    verdict(page)
    page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
    full = axe.run(page, options=options)
    assert full.violations_count == 0, full.generate_report()


def test_urdu(show: Open, log: Election, tmp_path: Path) -> None:
    page = show("ur")
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["ur", "rtl"]
    assert page.locator("h1").inner_text() == "انتخابی لاگ کی جانچ"
    assert page.locator("#verify").inner_text() == "جانچیں"
    pick(page, log.write(tmp_path / "log"))
    assert "درست" in verdict(page).inner_text()
    assert "مجموعے ہیں: 4" in page.locator("#results").inner_text()
    page.get_by_role("link", name="English").click()
    wait_until(page, "document.documentElement.lang === 'en'")
    assert page.locator("#verdict").inner_text() == "In order: what was checked agrees", "the answer is kept and said again"
    assert page.locator(".languages a[aria-current]").inner_text() == "English"


@pytest.mark.parametrize("language", ["en", "ur"])
@pytest.mark.parametrize("width", [320, 640])
def test_the_page_never_scrolls_sideways(show: Open, log: Election, tmp_path: Path, language: str, width: int) -> None:
    """320 CSS pixels are WCAG's reflow width; 640 are 200 % of 1280."""
    page = show(language, width=width)
    log.append(b"x")
    pick(page, log.write(tmp_path / "log"))
    verdict(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_by_keyboard_alone(show: Open, log: Election) -> None:
    page = show()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = set()
    for _ in range(20):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id"))
        if "verify" in reached:
            break
    assert {
        "folder",
        "address",
        "receipt-file",
        "policy-file",
        "policy-text",
        "authority-file",
        "authority-text",
        "seen-file",
        "verify",
    } <= reached
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    wait_until(page, "document.getElementById('status').textContent.includes('Choose a folder')")


def test_without_a_script_it_says_so(show: Open) -> None:
    page = show(java_script_enabled=False)
    text = page.locator("noscript, main").first.inner_text()
    assert "needs JavaScript" in text
    assert "جاوا اسکرپٹ" in text
    assert "tallyproof-verify" in text
    assert page.locator("#form").is_hidden()


def test_what_a_log_says_is_never_markup(show: Open, log: Election, tmp_path: Path) -> None:
    bad = "<img src=x onerror=alert(1)>\u202e"
    log.append(f"{bad}\nx\n{{}}\n\n— k AAAAAAA=\n".encode())
    log.add("station-record", log.key("officer", "3"), **log.record_fields("NA-1", "3", (1, 2, 3), serial=bad.strip("\u202e")))
    page = show()
    pick(page, log.write(tmp_path / "log"))
    verdict(page)
    assert bad.strip("\u202e") in page.locator("#results").inner_text()
    assert page.locator("#results img").count() == 0


def test_the_policy_of_the_page_allows_nothing_else() -> None:
    html = PAGE.read_text(encoding="utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert policy
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style
    digest = b64encode(sha256(style[1].encode()).digest()).decode()
    parts = dict(part.split(" ", 1) for part in policy[1].split("; "))
    assert parts == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": f"'sha256-{digest}'",
        "img-src": "data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert not re.search(r"\son\w+=|style=|https?:", html)


def test_long_work_shows_its_progress(show: Open, log: Election, tmp_path: Path) -> None:
    for n in range(700):
        log.add("image", *log.chiefs, contest="NA-1", mime="image/png", sha256=minilog.sha256(b"%d" % n).hex(), size=n, station="1")
    page = show()
    pick(page, log.write(tmp_path / "log"))
    page.evaluate(
        """() => { window.seen = []; new MutationObserver(() => { const bar = document.getElementById('progress');
            if (!bar.hidden) window.seen.push(bar.value); }).observe(document.getElementById('progress'), {attributes: true}); }"""
    )
    assert verdict(page).get_attribute("class") == "good"
    seen = page.evaluate("window.seen")
    assert len(set(seen)) >= 3
    assert page.locator("#progress").is_hidden()
