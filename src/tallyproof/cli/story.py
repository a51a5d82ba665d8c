"""``tallyproof demo --story``: PS-129 from the station to the seat, told from a log that is made, verified and shown on the way."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from rich.console import Console
from rich.markup import escape

from tallyproof.cases.replay import replay as replay_cases
from tallyproof.cli.after_report import write_after
from tallyproof.cli.check import Language, write_text
from tallyproof.cli.texts import texts
from tallyproof.errors import UsageError
from tallyproof.formats.package import read_package
from tallyproof.log.merkle import leaf_hash
from tallyproof.publish.afterlife import Json, afterlife, to_json
from tallyproof.publish.story import AUTHORITY, CONTEST, NOTICE, Story, demo_key, story
from tallyproof.seats.replay import replay as replay_seats

STORY_TIME = 1_718_409_600
"""15 June 2024, in seconds since 1970: the last day of the story, and what its log's signatures state."""


def told() -> Story:
    """The story of the shipped example."""
    with as_file(files("tallyproof") / "examples" / "ps129") as package:
        return story(read_package(package))


def document_of(made: Story, size: int | None = None) -> Json:
    """The document of the story's log at a size (the whole, if left out), which says what is invented."""
    size = len(made.entries) if size is None else size
    return afterlife(made.ledger.book, made.origin, size, notice=NOTICE, first_invented=made.first_invented)


def tell_story(out: Path | None, lang: Language) -> None:
    """Make the log in ``out`` (a new folder for it, if left out), narrate it, verify it with the other program, write the pages.

    Raises UsageError if ``out`` has something in it.
    """
    folder = out if out is not None else Path(mkdtemp(prefix="tallyproof-story-"))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not an empty folder", hint="name a new folder")
    made, words, console = told(), texts(lang, "story"), Console()

    def say(text: str, style: str = "") -> None:
        console.print(escape(text), style=style, highlight=False, soft_wrap=True)

    say(words["title"], "bold")
    say(NOTICE[lang], "yellow")
    say("")
    say(words["records"].format(last=made.places["form 47"] - 1, stations=made.places["form 47"] - made.places["roster"] - 1))
    for chapter in made.chapters:
        _narrate(made, chapter, words, texts(lang, "acts"), say)
    write_log(made, folder / "log")
    say("")
    _verify(folder / "log", words, say, texts(lang, "acts"), made)
    document = document_of(made)
    write_text(folder / "afterlife.json", to_json(document))
    write_after(document, dict(enumerate(made.entries)), folder / "pages")
    say("")
    say(words["written"].format(log=folder / "log", json=folder / "afterlife.json"))
    for language in Language:
        for page in (f"seat-{CONTEST}.html", case_page(folder / "pages" / language)):
            say((folder / "pages" / language / page).resolve().as_uri())
    say(words["again"].format(log=folder / "log"))


def case_page(folder: Path) -> str:
    """The page of the one case."""
    return next(folder.glob("case-*.html")).name


def _narrate(made: Story, chapter: str, words: Any, states: Any, say: Any) -> None:
    """A chapter: where it stands in the log, what was done, and where that leaves the seat and the case."""
    size, book = made.after(chapter), made.ledger.book
    index, day = made.places[chapter], made.days.get(chapter, words["no_day"])
    mark = f" [{words['invented']}]" if index >= made.first_invented else ""
    say("")
    say(words["head"].format(index=index, day=day, title=words["chapter"][chapter]["title"]) + mark, "bold")
    say("  " + words["chapter"][chapter]["text"])
    (seat,) = replay_seats(book, size).of(CONTEST)
    names = names_of(made, words)
    holder = names[seat.holder] if seat.holder else words["nobody"]
    say("  " + words["seat"].format(state=states["seat_state"][str(seat.state)], holder=holder), "cyan")
    for case in replay_cases(book, size).of(CONTEST):
        say("  " + words["case"].format(stage=states["stage"][str(case.stage)]), "cyan")


def names_of(made: Story, words: Any) -> dict[str, str]:
    """Names of the candidates by their ids."""
    contest = made.ledger.book.contests[CONTEST].value["candidates"]
    return {one["candidate"]: one["name_ur"] if words["language"] == "ur" else one["name"] for one in contest}


def write_log(made: Story, folder: Path) -> None:
    """The story's log as a folder, with its policy and its authority's key. Raises StoreError."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

    from tallyproof.cli.demo import seed
    from tallyproof.log.checkpoint import LogSigner
    from tallyproof_log.store import LogWriter

    one, other = Ed25519PrivateKey.from_private_bytes(seed("log")), MLDSA44PrivateKey.from_seed_bytes(seed("log, second key"))
    signer = LogSigner(made.origin, one, other)
    with LogWriter(folder, signer, lambda: STORY_TIME, create=True) as writer:
        writer.append(made.entries)
    (folder / "policy").write_text("".join(f"log {vkey}\n" for vkey in signer.vkeys) + "quorum none\n", encoding="utf-8")
    (folder / "authority").write_text(f"{demo_key(AUTHORITY).vkey}\n", encoding="utf-8")


def _verify(folder: Path, words: Any, say: Any, states: Any, made: Story) -> None:
    """What the other program, which shares no code with this one, says of the log."""
    from tallyproof_verify.files import reader
    from tallyproof_verify.log import LogCheck

    check = LogCheck(None, None)
    check.log(reader(str(folder)))
    document = check.document()
    say(words["verifier"], "bold")
    for line in document["established"]:
        say(f"  {line}")
    for one in document["problems"]:
        say(f"  {one['kind']} {one['code']}, {one['index']}: {one['message']}", "yellow")
    for contest in document["contests"]:
        records = contest["winner"]["by_records"]
        say("  " + words["winner"].format(contest=contest["contest"], state=records["state"], who=", ".join(records["candidates"])))
    names = names_of(made, words)
    for one in document["lives"]["seats"]:
        holder = names[one["holder"]] if one["holder"] else words["nobody"]
        say("  " + words["other_seat"].format(state=states["seat_state"][one["state"]], holder=holder, since=one["since"]))
    for one in document["lives"]["cases"]:
        answers = " · ".join(f"{row['office']}: {states['answer'][row['answer']]}" for row in one["notified"])
        say("  " + words["other_case"].format(number=one["number"], stage=states["stage"][one["stage"]], answers=answers))
    for one in document["lives"]["notices"]:
        say(f"  {one['code']}, {one['index']}: {one['message']}", "yellow")
    if differing := disagreements(made):
        say("  " + words["differs"].format(chapters=states["comma"].join(differing)), "red")
    else:
        say("  " + words["agrees"].format(chapters=len(made.chapters)), "green")


def disagreements(made: Story) -> list[str]:
    """The chapters after which the two programs say different things of a seat or a case: states, holders, courts, answers, notices."""
    from tallyproof_verify.entries import read_entry
    from tallyproof_verify.replay import Replay as OtherReplay

    other, found = OtherReplay(()), []
    sizes = {made.after(chapter): chapter for chapter in made.chapters}
    for size, raw in enumerate(made.entries, start=1):
        other.take(read_entry(raw, made.origin), leaf_hash(raw))
        if size in sizes and _told(other.lives.document(size)) != _lives(made, size):
            found.append(sizes[size])
    return found


def _told(lives: Json) -> Json:
    """What the other program says, without what is named apart there."""
    cases = [{key: value for key, value in one.items() if key != "since"} for one in lives["cases"]]
    return {"seats": lives["seats"], "cases": cases, "notices": sorted((one["code"], one["index"]) for one in lives["notices"])}


def _lives(made: Story, size: int) -> Json:
    """The same by this program."""
    cases, seats = replay_cases(made.ledger.book, size), replay_seats(made.ledger.book, size)
    return {
        "seats": [
            {"contest": one.contest, "number": one.number, "state": one.state, "holder": one.holder, "since": one.since}
            for one in seats.seats
        ],
        "cases": [
            {"complaint": one.complaint, "number": one.number, "contest": one.contest, "index": one.index, "stage": one.stage}
            | {"court": one.court, "stayed": one.stayed}
            | {"notified": [{"office": name, "due": asked.due, "answer": asked.answer} for name, asked in one.notified.items()]}
            for one in cases.cases
        ],
        "notices": sorted((one.code, one.index) for one in (*cases.notices, *seats.notices)),
    }
