"""Commands that act: a whole life of a case and a seat at the command line; each command tried by everybody else; nothing out of order."""

from __future__ import annotations

import io
import json
import re
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from tallyproof.cli.app import app
from tallyproof.errors import TallyproofError
from tallyproof.log.checkpoint import parse_note
from tallyproof_log import keyfiles
from tallyproof_log.disk import reader
from tallyproof_verify.__main__ import main as second_opinion
from tests.support.acting_story import BASE, PLACES, ROLES, STEPS, Doing, key_files, log_folder

STEP = {one.name: one for one in STEPS}
FIRST = {" ".join(one.words.split()[:2]): one.name for one in reversed(STEPS)}
"""The first step of the story that each command takes."""


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key files that open at once: how slow they are on purpose is tested elsewhere."""
    folder = tmp_path_factory.mktemp("keys")
    slow = keyfiles.SCRYPT_N
    keyfiles.SCRYPT_N = 16
    try:
        key_files(folder)
    finally:
        keyfiles.SCRYPT_N = slow
    return folder


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def signing(keys: Path, who: tuple[str, ...]) -> list[str]:
    return [word for one in who for word in ("--key", str(keys / f"{one}.key"))] + ["--passphrase-file", str(keys / "pass")]


def appending(keys: Path) -> list[str]:
    return ["--log-key", str(keys / "log.key")]


def do(doing: Doing, log: Path, keys: Path) -> Result:
    return run(*doing.argv(log), *signing(keys, doing.who), *appending(keys))


def size_of(log: Path) -> int:
    return parse_note((log / "checkpoint").read_bytes())[0].size


@pytest.fixture(scope="module")
def lived(keys: Path, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The entries of the whole story, each appended by its command."""
    from tallyproof.cli.log_entries import entries_of

    log = log_folder(tmp_path_factory.mktemp("lived"), BASE.entries)
    for one in STEPS:
        before = size_of(log)
        done = do(one, log, keys)
        assert done.exit_code == 0, (one.name, done.output, done.exception)
        assert size_of(log) == before + 1, one.name
        assert f"entry {before}," in done.output
    return [data for _, data in entries_of(reader(log), size_of(log))]


@pytest.fixture
def at(lived: list[bytes], tmp_path: Path) -> Path:
    """Where the log of a test is put."""
    return tmp_path / "log"


def until(lived: list[bytes], log: Path, name: str) -> Path:
    """The log as it was before the step of this name."""
    return log_folder(log, lived[: PLACES[name.replace(" ", "_")]])


def refused(done: Result) -> TallyproofError:
    assert isinstance(done.exception, TallyproofError), (done.output, done.exception)
    assert done.exception.hint
    return done.exception


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("command", FIRST)
def test_each_command_by_everybody(lived: list[bytes], keys: Path, at: Path, command: str, role: str) -> None:
    name = FIRST[command]
    doing, log = STEP[name], until(lived, at, name)
    before = (log / "checkpoint").read_bytes()
    out = log.parent / "made.entry"
    done = run(*doing.argv(log), *signing(keys, (role,)), "--out", out)
    if doing.who == (role,) or (role,) in doing.others:
        assert done.exit_code == 0, (done.output, done.exception)
        assert out.exists()
    else:
        refused(done)
        assert not out.exists()
    assert (log / "checkpoint").read_bytes() == before


@pytest.mark.parametrize("name", ["provisional", "final", "final 2"])
def test_two_officers_declare(lived: list[bytes], keys: Path, at: Path, name: str) -> None:
    log, out = until(lived, at, name), at.parent / "made.entry"
    for pair in (STEP[name].who, *STEP[name].others):
        done = run(*STEP[name].argv(log), *signing(keys, pair), "--out", out)
        assert done.exit_code == 0, (pair, done.output, done.exception)
        out.unlink()
    for pair in (("ro1", "ro1"), ("ro1", "officer"), ("ro1", "court"), ("ro1", "ro of another contest"), ("authority", "court")):
        refused(run(*STEP[name].argv(log), *signing(keys, pair), "--out", out))
        assert not out.exists()


@pytest.mark.parametrize("name", STEP)
def test_no_step_can_be_taken_twice_or_early(lived: list[bytes], keys: Path, at: Path, name: str) -> None:
    """Right after itself, and at the very beginning, each step is refused before it is signed: unless it stands at no place in a life."""
    doing = STEP[name]
    anywhere = {"claim", "said", "complaint", "complaint 2", "complaint 3", "complaint 4"}
    # A declaration with a reason can take the place of the one before, as often as there is one.
    again = {"final 2"}
    place = PLACES[name.replace(" ", "_")]
    log = log_folder(at, lived[: place + 1])
    if name not in again:
        refused(do(doing, log, keys))
        assert size_of(log) == place + 1
    if name not in anywhere | {"provisional", "final", "final 2"}:
        early = log_folder(at.parent / "early", BASE.entries)
        refused(do(doing, early, keys))
        assert size_of(early) == BASE.size


def test_the_log_is_in_order_for_both_verifiers(lived: list[bytes], at: Path, tmp_path: Path) -> None:
    log = log_folder(at, lived)
    done = run("verify", log, "--json", tmp_path / "found")
    assert done.exit_code == 0, done.output
    found = json.loads((tmp_path / "found").read_text(encoding="utf-8"))
    assert [one for one in found["problems"] if one["kind"] != "notice"] == []
    with redirect_stdout(io.StringIO()):
        assert second_opinion([str(log), "--json", str(tmp_path / "second")]) == 0
    second = json.loads((tmp_path / "second").read_text(encoding="utf-8"))
    totals = {one["contest"]: {key: tuple(ends) for key, ends in one["totals"].items()} for one in found["contests"]}
    assert totals["NA-1"] == {"ali": (171, 171), "bano": (229, 229)}
    assert second["root"] == found["root"]


def shown(log: Path, *words: str) -> object:
    done = run(words[0], words[1], log, *words[2:], "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout)


def test_the_replay_finds_nothing_out_of_order(lived: list[bytes], at: Path) -> None:
    log = log_folder(at, lived)
    seat = shown(log, "seat", "show", "NA-1")
    assert isinstance(seat, dict)
    assert seat["out_of_order"] == []
    for number in ("C 1", "C 2", "C 3", "C 4"):
        case = shown(log, "case", "show", number)
        assert isinstance(case, dict)
        assert case["out_of_order"] == []


def test_the_life_of_the_case_as_it_is_shown(lived: list[bytes], at: Path) -> None:
    case = shown(log_folder(at, lived), "case", "show", "C 1", "--rules", "pk-2017", "--level", "national", "--at", "2027-06-01T00:00:00Z")
    assert isinstance(case, dict)
    assert case["stage"] == "closed"
    assert [one["word"] for one in case["timeline"]][:6] == ["filed", "admitted", "notice", "reply", "time-asked", "no-reply"]
    first, second = case["decisions"]
    assert first["before"]["totals"] == {"ali": [210, 210], "bano": [190, 190]}
    assert first["after"]["totals"] == {"ali": [170, 170], "bano": [230, 230]}
    assert (first["before"]["winners"], first["after"]["winners"]) == (["ali"], ["bano"])
    assert second["after"]["totals"] == {"ali": [171, 171], "bano": [229, 229]}
    # The ruling set votes and no boxes: the votes polled are open now, and with them the limit.
    assert rule(case, "recount-margin") == ("cannot-tell", "Elections Act 2017, s. 95(5)")
    # Notified on 20 February 2027, filed on 1 March: within 45 days.
    assert case["filed_in_time"] is True


def rule(data: dict[str, Any], subject: str) -> tuple[str, str]:
    return next((one["verdict"], one["section"]) for one in data["law"] if one["subject"] == subject)


@pytest.mark.parametrize(
    ("before", "margin", "rejected"),
    [
        # 210 − 190 = 20 of 415 ballots is under 5 % (20.75); 15 rejected are fewer than 20.
        ("order", "applies", "does-not-apply"),
        # After the recount: 230 − 170 = 60 is more.
        ("appeal", "does-not-apply", "does-not-apply"),
    ],
)
def test_whether_a_recount_is_due(lived: list[bytes], at: Path, before: str, margin: str, rejected: str) -> None:
    log, law = until(lived, at, before), ("--rules", "pk-2017", "--level", "national", "--at", "2027-06-01T00:00:00Z")
    for words in (("case", "show", "C 1"), ("declare", "show", "NA-1"), ("declare", "preview", "NA-1"), ("seat", "show", "NA-1")):
        data = shown(log, *words, *law)
        assert isinstance(data, dict)
        assert rule(data, "recount-margin") == (margin, "Elections Act 2017, s. 95(5)")
        assert rule(data, "recount-rejected")[0] == rejected


def test_the_docket_is_ordered_by_what_it_changes(lived: list[bytes], at: Path) -> None:
    rows = shown(until(lived, at, "order"), "case", "list")
    assert isinstance(rows, list)
    assert [(one["number"], one["changes"], one["stage"]) for one in rows] == [("C 1", "no", "heard")]
    done = run("case", "list", at, "--lang", "ur")
    assert "مقدمے کھلے ہیں" in done.stdout


@pytest.mark.parametrize("lang", ["en", "ur"])
@pytest.mark.parametrize(
    "words",
    [
        ("case", "list"),
        ("case", "show", "C 1"),
        ("case", "show", "C 4"),
        ("seat", "list"),
        ("seat", "show", "NA-1"),
        ("claims", "list"),
        ("declare", "list"),
        ("declare", "show", "NA-1"),
        ("declare", "gazette"),
        ("declare", "preview", "NA-1"),
    ],
)
def test_everything_can_be_shown_in_every_language(lived: list[bytes], at: Path, words: tuple[str, ...], lang: str) -> None:
    log = log_folder(at, lived)
    law = [] if words[0] == "claims" or words[:2] == ("declare", "list") else ["--rules", "pk-2017", "--at", "2027-06-01T00:00:00Z"]
    done = run(words[0], words[1], log, *words[2:], *law, "--lang", lang)
    assert done.exit_code == 0, (done.output, done.exception)
    assert bool(re.search("[\u0620-\u06ff]{3}", done.stdout)) is (lang == "ur")
    assert run(words[0], words[1], log, *words[2:], *law, "--lang", lang).stdout == done.stdout


def test_claims_are_held_against_records_and_declaration(lived: list[bytes], at: Path) -> None:
    rows = shown(log_folder(at, lived[: PLACES["complaint"]]), "claims", "list")
    assert isinstance(rows, list)
    first, second = rows
    # bano "about 200", to the nearest 10: 195 to 205; records and declaration have 190.
    assert [(one["about"], one["low"], one["high"], one["verdict"]) for one in first["items"]] == [
        ("records", 190, 190, "contradicted"),
        ("declared", 190, 190, "contradicted"),
    ]
    assert (first["verdict"], second["verdict"]) == ("contradicted", "cannot-tell")


def test_the_gazette_list(lived: list[bytes], at: Path) -> None:
    rows = shown(
        log_folder(at, lived[: PLACES["notified"] + 1]), "declare", "gazette", "--rules", "pk-2017", "--at", "2027-02-21T00:00:00Z"
    )
    assert isinstance(rows, list)
    row = next(one for one in rows if one["contest"] == "NA-1")
    assert (row["returned"], row["party"], row["state"], row["notified"]) == ("ali", "P1", "notified", "2027-02-20T00:00:00Z")
    assert row["declaration"]["stage"] == "final"
    assert row["differs"] == 0
    # The poll was on 8 February: fourteen days later, in Pakistan's time.
    assert {one["due"] for one in row["deadlines"]} == {"2027-02-22T23:59:59+05:00"}


def test_a_declaration_that_contradicts_the_records(lived: list[bytes], keys: Path, at: Path) -> None:
    log = until(lived, at, "provisional")
    words = ["declare", "provisional", log, "NA-1", *signing(keys, ("ro1", "ro2")), *appending(keys)]
    wrong = refused(run(*words, "--figure", "ali=110", "--winner", "bano"))
    assert "declaration-totals" in wrong.message
    assert "--override" in wrong.hint
    refused(run(*words, "--winner", "bano"))
    assert "nothing to override" in refused(run(*words, "--override", "the law fixes the day")).message
    refused(run(*words, "--figure", "bob=1"))
    assert size_of(log) == PLACES["provisional"]
    done = run(*words, "--figure", "ali=110", "--winner", "bano", "--override", "the form says so")
    assert done.exit_code == 0, (done.output, done.exception)
    assert "DIFFERS" in done.stdout
    said = shown(log, "declare", "show", "NA-1")
    assert isinstance(said, dict)
    assert said["override"] == "the form says so"
    assert [one["code"] for one in said["differs"]] == ["declaration-totals"]
    assert run("verify", log).exit_code == 1


def test_a_draft_is_signed_by_the_second_officer_later(lived: list[bytes], keys: Path, at: Path) -> None:
    log, draft = until(lived, at, "provisional"), at.parent / "draft.entry"
    words = ["declare", "provisional", log, "NA-1", *signing(keys, ("ro1",))]
    refused(run(*words, *appending(keys), "--cosigner", "ro.example/NA-1/2"))
    refused(run(*words, "--out", draft, "--cosigner", "nobody.example"))
    assert run(*words, "--out", draft, "--cosigner", "ro.example/NA-1/2").exit_code == 0
    secret = ["--passphrase-file", keys / "pass"]
    assert "two officers" in refused(run("declare", "append", log, draft, *appending(keys), *secret)).message
    assert size_of(log) == PLACES["provisional"]
    assert run("log", "sign", draft, "--key", keys / "ro2.key", *secret).exit_code == 0
    done = run("declare", "append", log, draft, *appending(keys), *secret)
    assert done.exit_code == 0, (done.output, done.exception)
    assert size_of(log) == PLACES["provisional"] + 1


def test_what_was_announced_is_recorded_as_it_was(lived: list[bytes], keys: Path, at: Path) -> None:
    log, fields = until(lived, at, "provisional"), at.parent / "fields.json"
    fields.write_text(json.dumps({"contest": "NA-1", "stage": "provisional", "totals": {"ali": 1, "bano": 2}, "winners": ["bano"]}))
    words = ["declare", "record", log, fields]
    for role in ROLES:
        refused(run(*words, *signing(keys, (role,)), *appending(keys)))
    done = run(*words, *signing(keys, ("ro1", "ro2")), *appending(keys))
    assert done.exit_code == 0, (done.output, done.exception)
    assert "DIFFERS" in done.stdout


def test_copies_that_differ_are_decided_by_name_never_by_rank(lived: list[bytes], keys: Path, at: Path) -> None:
    base = BASE.cut(BASE.size)
    value = {"act": "count", "contest": "NA-1", "source": "agent:P1", "station": "1", "votes": {"ali": 130, "bano": 90}}
    base.add("station-record/v1", value, "p1.example/agent", called="copy")
    log = log_folder(at, base.entries)
    words = ["declare", "provisional", log, "NA-1", *signing(keys, ("ro1", "ro2")), *appending(keys)]
    assert "contradict each other" in refused(run(*words)).message
    refused(run(*words, "--take", "2=" + BASE.ids["record 2"]))
    refused(run(*words, "--take", "1=" + BASE.ids["record 2"]))
    done = run(*words, "--take-source", "agent:P1")
    assert done.exit_code == 0, (done.output, done.exception)
    said = shown(log, "declare", "show", "NA-1")
    assert isinstance(said, dict)
    assert said["totals"] == {"ali": 240, "bano": 190}
    assert said["disputed"] == {"1": base.ids["copy"]}
    assert said["differs"] == []


def test_who_is_interested_decides_nothing(lived: list[bytes], keys: Path, at: Path) -> None:
    """A court that complained does not hear its own complaint; the authority, a side, does not say that nobody replied."""
    log = until(lived, at, "complaint")
    filed = run(
        *("case", "file", log, "NA-1", "own", "--summary", "x", "--when", "2027-03-01T00:00:00Z"),
        *signing(keys, ("court",)),
        *appending(keys),
    )
    assert filed.exit_code == 0, filed.output
    admit = ["case", "admit", log, "own", "--summary", "x", "--when", "2027-03-02T00:00:00Z"]
    assert "complainant" in refused(run(*admit, *signing(keys, ("court",)), *appending(keys))).message
    assert run(*admit, *signing(keys, ("high",)), *appending(keys)).exit_code == 0
    other = log_folder(at.parent / "silence", lived[: PLACES["silence"]])
    done = run(*STEP["silence"].argv(other), *signing(keys, ("authority",)), *appending(keys))
    assert "side of this case" in refused(done).message


def test_an_entry_goes_somewhere(lived: list[bytes], keys: Path, at: Path) -> None:
    log = until(lived, at, "notified")
    assert "where does the entry go" in refused(run(*STEP["notified"].argv(log), *signing(keys, ("authority",)))).message


def test_a_log_that_was_tampered_with_is_not_acted_on(lived: list[bytes], keys: Path, at: Path) -> None:
    log = log_folder(at, lived[: PLACES["notified"]])
    other = log_folder(at.parent / "other", [*lived[:3], lived[4], lived[3], *lived[5 : PLACES["notified"]]])
    (log / "checkpoint").write_bytes((other / "checkpoint").read_bytes())
    assert "checkpoint" in refused(do(STEP["notified"], log, keys)).message


@pytest.mark.parametrize(
    "words",
    [
        ("case", "show", "nothing"),
        ("case", "show", "0"),
        ("seat", "show", "NA-9"),
        ("declare", "show", "PS-1"),
        ("declare", "show", "0"),
        ("declare", "preview", "NA-9"),
        ("case", "list", "--rules", "xx"),
        ("case", "list", "--level", "national"),
        ("case", "list", "--rules", "pk-2017", "--level", "galactic"),
        ("seat", "list", "--rules", "pk-2017", "--at", "yesterday"),
    ],
)
def test_what_cannot_be_shown_says_why(lived: list[bytes], at: Path, words: tuple[str, ...]) -> None:
    log = log_folder(at, lived)
    refused(run(words[0], words[1], log, *words[2:]))


@pytest.mark.parametrize(
    "summary",
    ["", "x" * 501, "two\nlines", "turned \u202e round", "\x1b[31mred", "a\u0000b"],
)
def test_hostile_words_are_not_signed(lived: list[bytes], keys: Path, at: Path, summary: str) -> None:
    log = until(lived, at, "complaint")
    done = run("case", "file", log, "NA-1", "C", "--summary", summary, *signing(keys, ("p1",)), *appending(keys))
    refused(done)
    assert size_of(log) == PLACES["complaint"]


def test_markup_in_a_summary_is_shown_as_it_is(lived: list[bytes], keys: Path, at: Path) -> None:
    log = until(lived, at, "complaint")
    summary = "[bold red]not[/] {number} {0}"
    words = ("case", "file", log, "NA-1", "C [x]", "--summary", summary, "--when", "2027-03-01T00:00:00Z")
    assert run(*words, *signing(keys, ("p1",)), *appending(keys)).exit_code == 0
    done = run("case", "show", log, "C [x]")
    assert done.exit_code == 0, (done.output, done.exception)
    assert summary in done.stdout
    assert "C [x]" in run("case", "list", log).stdout


@pytest.mark.parametrize(
    "text", ["", "[]", "1", "{", '{"contest": 1.5}', '{"contest": "NA-1", "stage": null}', '{"a": ' * 500 + "1" + "}" * 500]
)
def test_fields_that_are_none(lived: list[bytes], keys: Path, at: Path, text: str) -> None:
    log, fields = until(lived, at, "provisional"), at.parent / "fields.json"
    fields.write_text(text)
    refused(run("declare", "record", log, fields, *signing(keys, ("ro1", "ro2")), *appending(keys)))


def test_a_log_that_has_grown_is_looked_at_again(lived: list[bytes], keys: Path, at: Path) -> None:
    """Somebody else appends between the question and the signature: nothing is appended on the strength of what was asked before."""
    from tallyproof.acts.log import ActError
    from tallyproof.cli.acting import append, read_log

    log = until(lived, at, "notified")
    before = read_log(str(log))
    assert do(STEP["notified"], log, keys).exit_code == 0
    with pytest.raises(ActError, match="has grown"):
        append(log, [keys / "log.key"], keys / "pass", before, lived[PLACES["notified"]])


def test_no_secret_is_shown_or_written(lived: list[bytes], keys: Path, at: Path) -> None:
    log = until(lived, at, "notified")
    done = do(STEP["notified"], log, keys)
    assert "correct horse" not in done.output
    assert all(b"correct horse" not in path.read_bytes() for path in log.rglob("*") if path.is_file())
