"""Fill the marked blocks of README.md with what the commands really print: ``python -m tools.readme`` (a test compares them)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
BLOCK = re.compile(r"<!-- output: (?P<name>\w+) -->\n.*?<!-- /output -->", re.DOTALL)

COMMANDS: dict[str, tuple[tuple[str, ...], int]] = {
    "demo": (("tallyproof", "demo"), 27),
    "check": (("tallyproof", "check", "specs/vectors/package/twelve-faults"), 13),
    "verify": (("tallyproof-verify", "src/tallyproof/examples/ps129"), 9),
    "log": (("tallyproof", "verify", "ps129-log"), 24),
    "story": (("tallyproof", "demo", "--story"), 16),
    "audit": (("tallyproof", "audit", "plan", "log", "--audit", "RLA", "--contest", "NA-128=437"), 9),
    "screen": (("tallyproof", "screen", "na128", "--trust", "commission"), 13),
}
"""What each block shows: the command, and how many of its lines; the rest is left out with an ellipsis."""

MAINS = {"tallyproof": "from tallyproof.cli import main", "tallyproof-verify": "from tallyproof_verify.__main__ import main"}


def output_of(name: str) -> str:
    """The block's text: the command and the first lines that it prints."""
    command, lines = COMMANDS[name]
    if name == "log":
        # The log that the README makes one command before.
        with tempfile.TemporaryDirectory() as folder:
            _run(("tallyproof", "demo", "--log", "ps129-log"), Path(folder))
            return _block(command, lines, _run(command, Path(folder)))
    if name in ("audit", "screen"):
        with tempfile.TemporaryDirectory() as made:
            _na128(Path(made))
            return _block(command, lines, [line if len(line) <= 150 else f"{line[:149]}…" for line in _run(command, Path(made))])
    return _block(command, lines, _run(command, ROOT))


def _na128(folder: Path) -> None:
    """The published figures of NA-128, as a log and as a package. Skips, in a test, where the files are absent."""
    from tests.support.data import shared_data
    from tools.howto import na128_log

    data = shared_data("pakistan-2024")
    files = (data / "deck-map" / "128tblfixed.json", data / "declared_published.csv")
    _run(("tallyproof", "import", "pakistan-2024-na128", *map(str, files), "--out", "na128"), folder)
    na128_log(folder)


def _run(command: tuple[str, ...], folder: Path) -> list[str]:
    code = f"import sys; sys.argv[0] = {command[0]!r}; {MAINS[command[0]]}; sys.exit(main())"
    environment = {**os.environ, "COLUMNS": "150", "NO_COLOR": "1", "TERM": "dumb"}
    done = subprocess.run(
        [sys.executable, "-c", code, *command[1:]], capture_output=True, text=True, check=False, cwd=folder, env=environment
    )
    return [line.rstrip() for line in (done.stdout + done.stderr).splitlines()]


def _block(command: tuple[str, ...], lines: int, printed: list[str]) -> str:
    shown = printed[:lines] + (["…"] if len(printed) > lines else [])
    return "\n".join(["```console", f"$ {' '.join(command)}", *shown, "```"])


def filled(text: str) -> str:
    """The README with every block made anew."""
    return BLOCK.sub(lambda match: f"<!-- output: {match['name']} -->\n{output_of(match['name'])}\n<!-- /output -->", text)


if __name__ == "__main__":
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
