"""Evidence bundles: the same bytes, a verifier that finds every change, nothing of an entry that becomes markup or a formula."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pypdf
import pytest
from typer.testing import CliRunner

from tallyproof.cli.app import app
from tallyproof.cli.case_export import bundle_of, read_given
from tallyproof.errors import UsageError
from tallyproof.formats.package import read_package
from tallyproof.publish.bundle_data import evidence, natural
from tallyproof.publish.csv_text import cell
from tallyproof_verify import plain
from tallyproof_verify.bundle import main as check_bundle
from tests.support.builders import build, dec, rec
from tests.support.story_na128 import NUMBER, Story, story, write_log
from tests.support.story_ps129 import KNOWN
from tests.support.story_ps129 import story as ps129

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)> =HYPERLINK("http://third.example")'
STATIONS = ("=cmd()", "S1", "S2", "../../x")


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A small log whose names are hostile, with a case about all of its stations, and its package."""
    folder = tmp_path_factory.mktemp("hostile")
    records = [rec(one, source, A=number, B=40) for one in STATIONS for source, number in (("commission", 50), ("agent:P", 30))]
    built = build("A B", stations=dict.fromkeys(STATIONS, 200), records=records, declared=[dec(A=200, B=160), dec(station="S2", A=77)])
    rows = [{"contest": "NA-1", "candidate": "A", "name": HOSTILE}, {"contest": "NA-1", "candidate": "B", "name_ur": "مخالف"}]
    package = built.with_rows("candidates", rows).write(folder / "package")
    election = read_package(package)
    write_log(story(election, "NA-1", STATIONS, "P"), folder / "log")
    return folder / "log", package


def exported(places: tuple[Path, Path], out: Path, *more: str) -> Path:
    done = CliRunner().invoke(app, ["case", "export", str(places[0]), NUMBER, "--package", str(places[1]), "--out", str(out), *more])
    assert done.exit_code == 0, (done.output, done.exception)
    return out


@pytest.fixture(scope="module")
def bundle(places: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    with zipfile.ZipFile(exported(places, folder / "a.zip")) as archive:
        archive.extractall(folder / "bundle")
    return folder / "bundle"


def test_it_verifies_with_nothing_but_python(bundle: Path) -> None:
    done = subprocess.run([sys.executable, "-I", "-S", "verify"], cwd=bundle, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "everything fits" in done.stdout


CHANGES: dict[str, Callable[[Path], object]] = {
    "a page": lambda folder: (folder / "index.html").write_text("<p>another", encoding="utf-8"),
    "a file more": lambda folder: (folder / "exhibits" / "more.html").write_text("x", encoding="utf-8"),
    "a file less": lambda folder: (folder / "summary-en.pdf").unlink(),
    "a link": lambda folder: (folder / "link").symlink_to(folder / "index.html"),
}


def _edited(folder: Path, name: str, old: str, new: str) -> None:
    """Change a file and the manifest with it, as somebody would who wants to be believed."""
    import hashlib

    path = folder / name
    before = path.read_bytes()
    assert old.encode() in before
    path.write_bytes(before.replace(old.encode(), new.encode(), 1))
    sums = folder / "manifest.sha256"
    digests = [hashlib.sha256(one).hexdigest() for one in (before, path.read_bytes())]
    sums.write_text(sums.read_text(encoding="utf-8").replace(digests[0], digests[1]), encoding="utf-8")


def _first(folder: Path, pattern: str) -> str:
    return sorted(path for path in folder.glob(pattern) if b"station-record" in path.read_bytes())[0].relative_to(folder).as_posix()


COVERED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a figure of an entry": (lambda folder: _edited(folder, _first(folder, "entries/*"), '"A":', '"A":1'), "not the entry of its receipt"),
    "a figure in a table": (lambda folder: _edited(folder, "tables/copies.csv", ",A,50,", ",A,60,"), "is not what"),
    "a total": (lambda folder: _edited(folder, "tables/totals.csv", "source commission,A,200", "source commission,A,300"), "other totals"),
    "a winner": (lambda folder: _edited(folder, "tables/views.csv", ",proved,A,", ",proved,B,"), "another winner"),
    "a record of the package": (lambda folder: _edited(folder, "package/votes.csv", ",50", ",5"), "other totals"),
    "a receipt": (lambda folder: _edited(folder, "receipts/00000000.tlog-proof", "index 0", "index 1"), "receipt-path"),
    "the index": (lambda folder: _edited(folder, "index.csv", ",0,", ",7,"), "at that index"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_found(change: str, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(bundle, tmp_path / "b")
    CHANGES[change](tmp_path / "b")
    assert check_bundle([str(tmp_path / "b")]) == 1
    assert "manifest" in capsys.readouterr().out


@pytest.mark.parametrize("change", COVERED)
def test_a_change_with_its_manifest_is_found(change: str, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(bundle, tmp_path / "b")
    edit, told = COVERED[change]
    edit(tmp_path / "b")
    assert check_bundle([str(tmp_path / "b")]) == 1
    assert told in capsys.readouterr().out


def test_another_policy_is_asked(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (bundle / "receipts" / "policy").read_text(encoding="utf-8")
    (tmp_path / "policy").write_text(text.replace("invented.example", "other.example"), encoding="utf-8")
    assert check_bundle([str(bundle), str(tmp_path / "policy")]) == 1
    capsys.readouterr()
    assert check_bundle([str(tmp_path)]) == 2


def test_names_are_no_markup_and_no_formula(bundle: Path) -> None:
    pages = [*bundle.glob("*.html"), *bundle.glob("exhibits/*.html")]
    assert len(pages) > 10
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "<script" not in text
        assert "<img" not in text
        assert "default-src 'none'" in text
    assert "&lt;script&gt;" in (bundle / "index.html").read_text(encoding="utf-8")
    for table in bundle.glob("**/*.csv"):
        if "package" not in table.parts:
            with table.open(encoding="utf-8", newline="") as stream:
                assert not [one for row in csv.reader(stream) for one in row if one[:1] in "=+@" and one], table.name
    assert {path.parent.name for path in bundle.glob("exhibits/*")} == {"exhibits"}


def test_the_summary_has_two_pages_in_both_languages(bundle: Path) -> None:
    for language in ("en", "ur"):
        assert len(pypdf.PdfReader(io.BytesIO((bundle / f"summary-{language}.pdf").read_bytes())).pages) == 2


def test_the_archive_says_nothing_of_the_machine(places: tuple[Path, Path], tmp_path: Path) -> None:
    with zipfile.ZipFile(exported(places, tmp_path / "a.zip", "--lang", "ur")) as archive:
        infos = archive.infolist()
    assert [one.filename for one in infos] == sorted(one.filename for one in infos)
    assert {(one.date_time, one.create_system, one.external_attr, one.compress_type) for one in infos} == {
        ((1980, 1, 1, 0, 0, 0), 3, 0o100644 << 16, zipfile.ZIP_STORED)
    }
    names = {one.filename for one in infos}
    assert "index.ur.html" in names
    assert "index.html" not in names


def test_without_the_press_it_says_so(places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    given = read_given(str(places[0]), NUMBER, places[1], None)
    with zipfile.ZipFile(io.BytesIO(bundle_of(given, evidence(given), ("en", "ur")))) as archive:
        assert not [one for one in archive.namelist() if one.endswith(".pdf") or one.startswith("summary")]
        assert "PDF was not made" in archive.read("README.en.txt").decode()


def test_a_case_with_acts_shows_what_they_change(tmp_path: Path) -> None:
    """PS-129: an order of a recount, its results, and who holds the seat then."""
    told = ps129()
    write_log(Story(told.origin, told.entries), tmp_path / "log")
    (tmp_path / "log" / "authority").write_text(KNOWN[0] + "\n", encoding="utf-8")
    given = read_given(str(tmp_path / "log"), "invented 1/2024", None, None)
    found = evidence(given)
    (order,) = found.orders
    assert order.before != order.after
    kinds = {one.kind for one in found.exhibits}
    assert kinds == {"complaint", "step", "declaration", "act", "seat", "station"}
    with zipfile.ZipFile(io.BytesIO(bundle_of(given, found, ("en",)))) as archive:
        archive.extractall(tmp_path / "bundle")
    assert check_bundle([str(tmp_path / "bundle")]) == 0


def test_what_is_asked_for_has_to_be_there(places: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no complaint"):
        read_given(str(places[0]), "12/2027", None, None)
    other = build("A B", stations={"S9": 1}, records=[rec("S9", "commission", A=1, B=0)], declared=[dec(station="S9", A=1)])
    given = read_given(str(places[0]), NUMBER, other.write(tmp_path / "other"), None)
    with pytest.raises(UsageError, match="does not know"):
        evidence(given)
    entry = next(one for one in places[0].glob("tile/entries/**/*") if one.is_file())
    shutil.copytree(places[0], tmp_path / "log")
    broken = tmp_path / "log" / entry.relative_to(places[0])
    broken.chmod(0o644)
    broken.write_bytes(broken.read_bytes().replace(b'"A":50', b'"A":51', 1))
    with pytest.raises(UsageError, match="not those of the log's checkpoint"):
        read_given(str(tmp_path / "log"), NUMBER, None, None)


def test_order_for_people() -> None:
    assert sorted(["10", "9", "a10", "a9", "é", "1-2"], key=natural) == ["1-2", "9", "10", "a9", "a10", "é"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "'=1", " =1", "＝1"])
def test_a_cell_is_no_formula_and_can_be_read_back(text: str) -> None:
    assert cell(text) == f"'{text}"


RFC_8032 = [
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
]  # fmt: skip
"""RFC 8032, section 7.1, tests 1 and 2."""


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_ed25519_in_plain_integers(public: str, message: str, signature: str) -> None:
    key = plain.PlainEd25519.from_public_bytes(bytes.fromhex(public))
    key.verify(bytes.fromhex(signature), bytes.fromhex(message))
    with pytest.raises(plain.PlainInvalid):
        key.verify(bytes.fromhex(signature), bytes.fromhex(message) + b"x")
    with pytest.raises((plain.PlainInvalid, ValueError)):
        key.verify(bytes.fromhex(signature)[::-1], bytes.fromhex(message))
