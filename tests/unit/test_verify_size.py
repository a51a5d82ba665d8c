"""The second opinion stays small enough to be read, and packages need no library."""

from __future__ import annotations

import ast
import io
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

import tallyproof_verify
from tests.support.builders import build, rec

FOLDER = Path(tallyproof_verify.__file__).parent
LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def code_lines(text: str) -> int:
    """Lines that are not blank, comment or docstring."""
    strings = [one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)]
    documented = {line for one in strings for line in range(one.lineno, (one.end_lineno or one.lineno) + 1)}
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    lines = {line for token in tokens if token.type not in LAYOUT for line in range(token.start[0], token.end[0] + 1)}
    return len(lines - documented)


def test_counting() -> None:
    assert (
        code_lines('"""Doc.\n\nMore."""\n\n# comment\nx = (\n    1,  # one\n)\n\n\ndef f():\n    """Doc."""\n    return """a\nb"""\n') == 6
    )


@pytest.mark.parametrize(
    "files, most",
    [
        ("__main__ reading tally", 600),
        ("entries files log notes policy qr replay", 1_170),
        ("audits", 250),
        ("lives", 310),
        ("bundle plain", 250),
    ],
)
def test_small_enough_to_be_read(files: str, most: int) -> None:
    assert sum(code_lines((FOLDER / f"{name}.py").read_text(encoding="utf-8")) for name in files.split()) <= most


def test_every_file_is_counted() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == {
        *[
            "__init__",
            "__main__",
            "reading",
            "tally",
            "audits",
            "lives",
            "entries",
            "files",
            "log",
            "notes",
            "policy",
            "qr",
            "replay",
            "bundle",
            "plain",
        ]
    }


def test_a_package_needs_the_standard_library_alone(tmp_path: Path) -> None:
    package = build(records=[rec("S1", A=10, B=4)], declared={"A": 10}).write(tmp_path / "package")
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "checkpoint").write_text("x")
    program = "import sys; sys.modules['cryptography'] = None; from tallyproof_verify.__main__ import main; sys.exit(main(sys.argv[1:]))"
    run = [sys.executable, "-c", program]
    assert subprocess.run([*run, str(package)], capture_output=True, check=False).returncode == 0
    log = subprocess.run([*run, str(tmp_path / "log")], capture_output=True, check=False, text=True)
    assert (log.returncode, "Traceback" in log.stderr) == (1, False)
    assert "authority-malformed" in log.stdout, "a log can be read without the library, more slowly"
