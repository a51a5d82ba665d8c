"""Fill the console blocks of the how-tos with what their commands really print: ``python -m tools.howto`` (a test compares them).

A block begins with ``<!-- run -->``; its commands are the lines that begin with ``$``, run in the order of the page, in one folder.
``<!-- run: 12 -->`` shows the first 12 lines of each output. Long lines are cut. What a page starts from is in ``PAGES``.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

from rich.console import Console
from tests.support.acting_story import BASE, STEPS, key_files, log_folder
from tests.support.audited_history import HistoryLog
from tests.support.data import shared_data
from tests.support.entry_logs import ORIGIN
from tests.support.history import imported
from typer.testing import CliRunner

from tallyproof.acts.paper import groups
from tallyproof.cli import declare_print
from tallyproof.cli.app import app, show_error
from tallyproof.errors import TallyproofError
from tallyproof.record.entry import parse_entry
from tallyproof_log import keyfiles
from tallyproof_verify.__main__ import main as second_opinion

HOWTO = Path(__file__).parents[1] / "docs" / "how-to"
BLOCK = re.compile(r"<!-- run(?:: (?P<lines>\d+))? -->\n```console\n(?P<body>.*?)```\n", re.DOTALL)
WIDTH = 150
ASKED = (3, 14)
"""The groups of the fingerprint that a paper is asked for on the page; at the command line they are chosen by chance."""


def _records(folder: Path) -> None:
    """The invented election of the tests: definition, rosters and the records of three stations; everybody's key files."""
    log_folder(folder / "log", BASE.entries)
    with mock.patch.object(keyfiles, "SCRYPT_N", 16):
        key_files(folder)


def _notified(folder: Path) -> None:
    """The same, declared and notified."""
    _records(folder)
    for one in STEPS[:3]:
        signing = [word for who in one.who for word in ("--key", f"{who}.key")]
        _printed(["tallyproof", *one.argv(Path("log")), *signing, "--log-key", "log.key", "--passphrase-file", "pass"])


def _published(folder: Path) -> None:
    """The published files of Pakistan 2024, by the name of their folder. Skips where they are absent."""
    (folder / "pakistan-2024").symlink_to(shared_data("pakistan-2024"))


def na128_log(folder: Path) -> None:
    """The commission's records of NA-128 as a log that can be audited. Skips where the published files are absent."""
    HistoryLog(imported("pakistan-2024-na128"), "NA-128", "history.example/na-128").write(folder)


PAGES: dict[str, Callable[[Path], None]] = {
    "declare-a-result.md": _records,
    "follow-a-complaint.md": _notified,
    "screen.md": _published,
    "audit.md": na128_log,
}
"""Page → what makes the folder that its commands begin in."""


def _printed(words: list[str]) -> list[str]:
    """What a command prints: both streams, errors as they are shown."""
    if words[0] == "tallyproof-verify":
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            second_opinion(words[1:])
        return out.getvalue().splitlines()
    typed = ""
    if words[1:3] == ["declare", "import"]:
        shown = groups(parse_entry(Path(words[4]).read_bytes(), ORIGIN).record_id)
        typed = "".join(f"{shown[one - 1]}\n" for one in ASKED)
    done = CliRunner().invoke(app, words[1:], input=typed)
    said = done.output
    if isinstance(done.exception, TallyproofError):
        out = io.StringIO()
        show_error(done.exception, Console(file=out, width=WIDTH))
        said += out.getvalue()
    elif done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return said.splitlines()


def _commands(body: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a block as it is written, over several lines perhaps, and its words."""
    for written in re.findall(r"^\$ (?:.*\\\n)*.*", body, re.MULTILINE):
        words = shlex.split(written[2:].replace("\\\n", " "))
        if words[0] not in ("tallyproof", "tallyproof-verify"):
            raise ValueError(f"a how-to runs no {words[0]!r}")
        yield written, words


def _cut(line: str) -> str:
    line = line.rstrip()
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"


def filled(page: str) -> str:
    """The page with every block made anew. Raises ValueError for a program that is not ours."""
    text = (HOWTO / page).read_text(encoding="utf-8")

    with tempfile.TemporaryDirectory() as made:
        folder = Path(made).resolve()

        def fill(match: re.Match[str]) -> str:
            head, lines = match[0].partition("\n")[0], int(match["lines"] or 0)
            shown: list[str] = []
            for written, words in _commands(match["body"]):
                printed = [_cut(line.replace(folder.as_uri(), "file:///…")) for line in _printed(words)]
                shown += [written, *([*printed[:lines], "…"] if lines and len(printed) > lines else printed)]
            return "\n".join([head, "```console", *shown, "```", ""])

        plain = {"COLUMNS": str(WIDTH), "NO_COLOR": "1", "TERM": "dumb"}
        with contextlib.chdir(folder), mock.patch.dict(os.environ, plain), mock.patch.object(declare_print, "choose", return_value=ASKED):
            PAGES[page](folder)
            return BLOCK.sub(fill, text)


if __name__ == "__main__":
    for name in sys.argv[1:] or PAGES:
        (HOWTO / name).write_text(filled(name), encoding="utf-8")
