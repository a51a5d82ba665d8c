"""``demo --story``, ``case report`` and ``seat report`` as a person runs them: anybody may, and nothing in the log changes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from tallyproof.cli.app import app
from tallyproof.cli.story import document_of
from tallyproof.errors import TallyproofError
from tallyproof.publish.afterlife import to_json
from tallyproof_verify.__main__ import main as second_opinion
from tests.support.story_ps129 import story

SCHEMA = json.loads((Path(__file__).parents[2] / "specs" / "afterlife-v1.schema.json").read_text(encoding="utf-8"))


def run(*words: str | Path) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == 0, (words, done.output, done.exception)
    return done.output


def refused(*words: str | Path) -> TallyproofError:
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert isinstance(done.exception, TallyproofError), (words, done.output, done.exception)
    return done.exception


def digests(folder: Path) -> dict[str, str]:
    return {str(one.relative_to(folder)): hashlib.sha256(one.read_bytes()).hexdigest() for one in folder.rglob("*") if one.is_file()}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of the story, and what was said while it was made."""
    folder = tmp_path_factory.mktemp("told") / "story"
    return folder, run("demo", "--story", "--out", folder)


def test_the_story_is_told_verified_and_shown(told: tuple[Path, str]) -> None:
    folder, said = told
    made = story()
    for chapter in made.chapters:
        assert f"Entry {made.places[chapter]} · {made.days.get(chapter, 'day not said')} · " in said
    assert said.count("[invented]") == len(made.entries) - made.first_invented
    assert "nobody named here did it" in said
    assert f"the {len(made.entries)} entries are exactly those of the checkpoint" in said
    assert "0 are refused" in said
    assert said.count("problem ") == said.count("problem declaration-totals, 151:") == 1
    assert "Seat, read again: declared; name to it: Saif Bari; since entry 167" in said
    assert "Case invented 1/2024, read again: " in said
    assert f"After each of the {len(made.chapters)} chapters above both programs say the same" in said
    for language in ("en", "ur"):
        for page in ("index.html", "seat-PS-129.html"):
            assert (folder / "pages" / language / page).is_file()
        assert (folder / "pages" / language / "seat-PS-129.html").as_uri() in said
    assert (folder / "afterlife.json").read_text(encoding="utf-8") == to_json(document_of(made))


def test_the_other_program_reads_its_log(told: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, _ = told
    assert second_opinion([str(folder / "log"), "--json", str(tmp_path / "found.json")]) == 1
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert [(one["code"], one["index"]) for one in found["problems"]] == [("declaration-totals", 151)]
    text = capsys.readouterr().out
    assert "169 entries" in text
    (seat,), (case,) = found["lives"]["seats"], found["lives"]["cases"]
    (own,) = document_of(story())["contests"]
    assert [seat[key] for key in ("state", "holder", "since")] == [own["seats"][0][key] for key in ("state", "holder", "since")]
    assert [case[key] for key in ("stage", "court", "stayed")] == [own["cases"][0][key] for key in ("stage", "court", "stayed")]
    asked = [(row["office"], row["due"], row["answer"]) for row in case["notified"]]
    assert asked == [(row["office"], row["due"], row["answer"]) for row in own["cases"][0]["notified"]]
    assert f"seat 1 of PS-129: {seat['state']}" in text
    assert found["lives"]["notices"] == []


@pytest.mark.parametrize("chapter", story().chapters)
def test_the_other_program_tells_every_size(told: tuple[Path, str], tmp_path: Path, chapter: str) -> None:
    folder, _ = told
    size = story().after(chapter)
    assert second_opinion([str(folder / "log"), "--json", str(tmp_path / "found.json"), "--size", str(size)]) == 1
    lives = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))["lives"]
    (own,) = document_of(story(), size)["contests"]
    assert lives["size"] == size
    assert [(one["state"], one["holder"]) for one in lives["seats"]] == [(one["state"], one["holder"]) for one in own["seats"]]
    assert [(one["stage"], one["court"]) for one in lives["cases"]] == [(one["stage"], one["court"]) for one in own["cases"]]


def test_that_the_programs_differ_would_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from tallyproof.cli.story import disagreements
    from tallyproof_verify import lives

    assert disagreements(story()) == []
    monkeypatch.setitem(lives.CASE, "filed", ["rejected"])
    assert disagreements(story())[0] == "admitted"


def test_it_is_the_same_each_time_and_in_urdu(told: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = told
    said = run("demo", "--story", "--out", tmp_path / "again", "--lang", "ur")
    both = [digests(one) for one in (tmp_path / "again", folder)]
    # A signature with ML-DSA has random bytes in it: what is signed is the same, the checkpoint's last line is not.
    texts = [(one / "log" / "checkpoint").read_bytes().split(b"\n\n")[0] for one in (tmp_path / "again", folder)]
    assert texts[0] == texts[1]
    assert {**both[0], "log/checkpoint": ""} == {**both[1], "log/checkpoint": ""}
    assert "یہ مثال ہے، ثبوت نہیں" in said
    assert said.count("[فرضی]") == len(story().entries) - story().first_invented


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert "not an empty folder" in refused("demo", "--story", "--out", tmp_path).message
    assert "not an empty folder" in refused("demo", "--story", "--out", tmp_path / "mine.txt").message
    assert [one.name for one in tmp_path.iterdir()] == ["mine.txt"]
    assert "--out" in refused("demo", "--story", "--html", tmp_path / "x").hint
    assert "--story" in refused("demo", "--out", tmp_path / "x").hint
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("group", ["case", "seat"])
def test_anybody_may_report_and_the_log_stays_as_it_is(told: tuple[Path, str], tmp_path: Path, group: str) -> None:
    folder, _ = told
    before = digests(folder)
    run(group, "report", folder / "log", "--html", tmp_path / "pages", "--json", tmp_path / "report.json")
    assert digests(folder) == before
    document = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, SCHEMA)
    assert document["size"] == 169
    for language in ("en", "ur"):
        page = (tmp_path / "pages" / language / "seat-PS-129.html").read_text(encoding="utf-8")
        assert ("station rows reconstructed" if language == "en" else "مفروضہ") in page
    assert "--key" not in run(group, "report", "--help"), "no key is asked for"


def test_an_earlier_size_is_reported_as_it_was(told: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = told
    made = story()
    for chapter in ("notified", "needs time", "order"):
        size = made.after(chapter)
        found = json.loads(run("seat", "report", folder / "log", "PS-129", "--size", str(size), "--json", "-"))
        expected: dict[str, Any] = document_of(made, size) | {"notice": {}, "first_invented": None}
        assert found == expected


@pytest.mark.parametrize("named", ["invented 1/2024", "154", story().ids["complaint"]])
def test_one_case_is_reported_by_each_of_its_names(told: tuple[Path, str], tmp_path: Path, named: str) -> None:
    folder, _ = told
    out = tmp_path / "case.json"
    law = ("--rules", "pk-2017", "--level", "provincial", "--at", "2024-05-06T00:00:00Z", "--size", "158")
    run("case", "report", folder / "log", named, "--json", out, *law)
    document = json.loads(out.read_text(encoding="utf-8"))
    jsonschema.validate(document, SCHEMA)
    ((case,),) = [contest["cases"] for contest in document["contests"]]
    assert (case["number"], case["overdue"], case["in_time"]) == ("invented 1/2024", False, True)
    assert [row["number"] for row in document["docket"]] == ["invented 1/2024"]
    assert {one["section"] for one in document["contests"][0]["law"]} >= {"Elections Act 2017, s. 142(1)"}


def test_what_cannot_be_reported_is_refused_with_a_hint(told: tuple[Path, str], tmp_path: Path) -> None:
    log = told[0] / "log"
    out = ("--json", tmp_path / "x.json", "--html", tmp_path / "x")
    assert "169 entries, not 170" in refused("seat", "report", log, "--size", "170", *out).message
    assert "PS-129" in refused("seat", "report", log, "NA-1", *out).hint
    assert "--at" in refused("seat", "report", log, "--rules", "pk-2017", *out).hint
    assert "T17:40:00Z" in refused("seat", "report", log, "--at", "yesterday", *out).hint
    assert refused("case", "report", log, "no such case", *out).hint
    assert "no complaint" in refused("case", "report", log, "3", *out).message
    assert refused("case", "report", tmp_path / "nothing", *out).hint
    assert list(tmp_path.iterdir()) == []


def test_a_log_that_was_changed_is_not_reported(told: tuple[Path, str], tmp_path: Path) -> None:
    import shutil

    shutil.copytree(told[0] / "log", tmp_path / "log")
    (bundle,) = [one for one in (tmp_path / "log").rglob("*") if one.is_file() and b"relinquished" in one.read_bytes()]
    bundle.chmod(0o644)
    bundle.write_bytes(bundle.read_bytes().replace(b'"status":"relinquished"', b'"status":"taken"       '))
    # an earlier size is refused too: whoever changed the end may have changed the rest
    for size in ((), ("--size", "155")):
        error = refused("seat", "report", tmp_path / "log", "--html", tmp_path / "pages", *size)
        assert "not those of the log's checkpoint" in error.message
    assert not (tmp_path / "pages").exists()
