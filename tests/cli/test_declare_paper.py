"""A declaration on paper at the command line: printed as a draft, compared when it comes back, appended only then."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pypdfium2
import pytest
from click.testing import Result
from typer.testing import CliRunner

from tallyproof.acts.paper import groups
from tallyproof.cli import declare_print
from tallyproof.cli.app import app
from tallyproof.errors import TallyproofError
from tallyproof.log.checkpoint import parse_note
from tallyproof.record.entry import parse_entry
from tallyproof_log import keyfiles
from tests.support.acting_story import BASE, NAMES, key_files, log_folder
from tests.support.entry_logs import ORIGIN

ASKED = (3, 14)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, slow = tmp_path_factory.mktemp("keys"), keyfiles.SCRYPT_N
    keyfiles.SCRYPT_N = 16
    try:
        key_files(folder)
    finally:
        keyfiles.SCRYPT_N = slow
    return folder


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return log_folder(tmp_path / "log", BASE.entries)


def run(*words: str | Path, typed: str = "", code: int | None = 0) -> Result:
    done = CliRunner().invoke(app, [str(word) for word in words], input=typed)
    assert code is None or done.exit_code == code, (words, done.output, done.exception)
    return done


def refused(done: Result) -> TallyproofError:
    assert isinstance(done.exception, TallyproofError), (done.output, done.exception)
    assert done.exception.hint
    return done.exception


def draft(log: Path, keys: Path, *, second: bool = True) -> Path:
    """Signed by the first officer, handed on, and signed by the second."""
    out, secret = log.parent / "draft.entry", ["--passphrase-file", keys / "pass"]
    mine = ["--key", keys / "ro1.key", "--cosigner", NAMES["ro2"]]
    run("declare", "provisional", log, "NA-1", *mine, "--out", out, *secret)
    if second:
        run("log", "sign", out, "--key", keys / "ro2.key", *secret)
    return out


def size(log: Path) -> int:
    return parse_note((log / "checkpoint").read_bytes())[0].size


def text_of(file: Path) -> str:
    document = pypdfium2.PdfDocument(file.read_bytes())
    return re.sub(r"\s+", " ", " ".join(page.get_textpage().get_text_range() for page in document))


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(declare_print, "choose", lambda: ASKED)


def appending(keys: Path) -> list[Path | str]:
    return ["--log-key", keys / "log.key", "--passphrase-file", keys / "pass"]


def typed(entry: Path, *, wrong: bool = False) -> str:
    shown = groups(parse_entry(entry.read_bytes(), ORIGIN).record_id)
    return "".join(f"{'0000' if wrong else shown[one - 1]}\n" for one in ASKED)


def test_printed_signed_by_hand_and_taken_in(log: Path, keys: Path, tmp_path: Path) -> None:
    entry, paper = draft(log, keys), tmp_path / "47.pdf"
    done = run("declare", "print", log, "--draft", entry, "--out", paper, "--rows")
    assert "draft" in done.output
    shown = text_of(paper)
    record_id = parse_entry(entry.read_bytes(), ORIGIN).record_id
    for place in ASKED:
        assert f"{place} {groups(record_id)[place - 1]}" in shown
    for words in (
        "not in the log yet",
        "Ali P1 210",
        "bano P2 190",
        "Returned, provisionally Ali",
        "1 100 90",
        "These rows 210 190",
        ORIGIN,
    ):
        assert words in shown
    assert not any(name in shown for name in NAMES.values())
    done = run("declare", "import", log, entry, *appending(keys), typed=typed(entry))
    assert size(log) == BASE.size + 1
    assert f"entry {BASE.size}" in done.output
    # from the log, the same but that it is no draft; whoever asks, in either language
    for which in ("NA-1", str(BASE.size), record_id[:12]):
        run("declare", "print", log, which, "--out", tmp_path / "after.pdf")
        assert "not in the log yet" not in text_of(tmp_path / "after.pdf")
    first = (tmp_path / "after.pdf").read_bytes()
    run("declare", "print", log, "NA-1", "--out", tmp_path / "again.pdf")
    assert (tmp_path / "again.pdf").read_bytes() == first
    run("declare", "print", log, "NA-1", "--out", tmp_path / "ur.pdf", "--lang", "ur", "--address", "https://results.example/r/1")
    assert "علی" in text_of(tmp_path / "ur.pdf")
    assert "https://results.example/r/1" in text_of(tmp_path / "ur.pdf")


def test_a_paper_of_another_text_is_not_taken_in(log: Path, keys: Path) -> None:
    entry = draft(log, keys)
    done = run("declare", "import", log, entry, *appending(keys), typed=typed(entry, wrong=True) * 3 + typed(entry), code=None)
    error = refused(done)
    assert "group 3 and group 14" in error.message
    assert size(log) == BASE.size
    record_id = parse_entry(entry.read_bytes(), ORIGIN).record_id
    assert not any(groups(record_id)[one - 1] in str(error) for one in ASKED)
    # asked three times, always for the same groups
    assert done.output.count("group 3 of the fingerprint") == 3


def test_a_slip_of_the_finger_can_be_mended(log: Path, keys: Path) -> None:
    entry = draft(log, keys)
    run("declare", "import", log, entry, *appending(keys), typed=typed(entry, wrong=True) * 2 + typed(entry))
    assert size(log) == BASE.size + 1


def test_without_the_log_key_it_is_only_compared(log: Path, keys: Path) -> None:
    entry = draft(log, keys)
    assert "Nothing was appended" in run("declare", "import", log, entry, typed=typed(entry)).output
    assert size(log) == BASE.size
    urdu = run("declare", "import", log, entry, "--lang", "ur", typed=typed(entry))
    assert "کاغذ اسی متن کا ہے" in urdu.output


@pytest.mark.parametrize("other", [None, "officer", "agent", "operator", "court", "p1", "ro of another contest", "stranger", "ro1"])
def test_who_else_signs_does_not_make_it_one_of_two_officers(log: Path, keys: Path, other: str | None) -> None:
    """It is refused before anything is asked, and nothing is appended."""
    entry = draft(log, keys, second=False)
    if other:
        run("log", "sign", entry, "--key", keys / f"{other}.key", "--passphrase-file", keys / "pass", code=None)
    done = run("declare", "import", log, entry, *appending(keys), typed=typed(entry), code=None)
    refused(done)
    assert "group 3" not in done.output
    assert size(log) == BASE.size


def test_the_log_key_of_somebody_else_appends_nothing(log: Path, keys: Path) -> None:
    entry = draft(log, keys)
    secret = ["--passphrase-file", keys / "pass"]
    refused(run("declare", "import", log, entry, "--log-key", keys / "ro1.key", *secret, typed=typed(entry), code=None))
    assert size(log) == BASE.size


def test_an_altered_draft_is_refused(log: Path, keys: Path) -> None:
    entry = draft(log, keys)
    entry.write_bytes(entry.read_bytes().replace(b'"ali":210', b'"ali":211'))
    refused(run("declare", "import", log, entry, *appending(keys), typed=typed(entry), code=None))
    assert size(log) == BASE.size


def test_the_statement_of_a_station(log: Path, tmp_path: Path) -> None:
    run("declare", "print", log, str(BASE.places["record 2"]), "--out", tmp_path / "45.pdf")
    shown = text_of(tmp_path / "45.pdf")
    for words in ("after Form 45", "presiding officer", "Ali P1 50", "bano P2 80", "Rejected votes 5", BASE.ids["record 2"]):
        assert words in shown


def test_what_has_no_paper_is_said(log: Path, keys: Path, tmp_path: Path) -> None:
    out = ["--out", tmp_path / "x.pdf"]
    assert "nothing was declared" in refused(run("declare", "print", log, "NA-1", *out, code=None)).message
    assert "no paper" in refused(run("declare", "print", log, "0", *out, code=None)).message
    assert "what is to be printed" in refused(run("declare", "print", log, *out, code=None)).message
    foreign = tmp_path / "foreign.entry"
    foreign.write_bytes(draft(log, keys).read_bytes().replace(ORIGIN.encode(), b"other.example/2027"))
    refused(run("declare", "print", log, "--draft", foreign, *out, code=None))
    refused(run("declare", "import", log, foreign, typed="\n\n", code=None))
    assert not (tmp_path / "x.pdf").exists()


def test_without_the_library_the_way_to_it_is_named(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    error = refused(run("declare", "print", log, str(BASE.places["record 2"]), "--out", tmp_path / "x.pdf", code=None))
    assert error.hint == "pip install 'tallyproof[print]'"


def test_the_groups_are_chosen_by_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    seen = {declare_print.choose() for _ in range(400)}
    assert all(len(set(one)) == 2 and min(one) >= 1 and max(one) <= 16 for one in seen)
    # of 120 pairs; fewer than 80 different ones in 400 draws come once in 10^9
    assert len(seen) > 80
