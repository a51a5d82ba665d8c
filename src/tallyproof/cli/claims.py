"""``tallyproof claims``: what press and parties said of the figures, against the records and the declaration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from tallyproof.acts.claims import claims
from tallyproof.acts.law import Law
from tallyproof.acts.log import Act, Log
from tallyproof.cli.acting import AsJson, Lang, Where, acting, read_log
from tallyproof.cli.check import Language
from tallyproof.cli.seat import statement_command
from tallyproof.cli.tell import Data, Teller, print_json, span

app = typer.Typer(no_args_is_help=True, help="What press and parties said of the figures, checked against them.")


def _after(log: Log, act: Act, law: Law | None, words: Data, lang: Language) -> None:
    show_claims([one for one in claims(log) if one["statement"] == act.record_id], lang)


acting(
    app,
    "add",
    after=_after,
    help="Record a statement of the press or a party, with its figures: by the authority, a court, a party or observers.",
)(statement_command)


@app.command("list")
def list_command(
    log: Where,
    contest: Annotated[str | None, typer.Option("--contest", help="Only what was said of this contest.")] = None,
    json: AsJson = False,
    lang: Lang = Language.EN,
) -> None:
    """The docket of claims: each statement, and whether records and declaration bear its figures out."""
    rows = claims(read_log(log), contest)
    if json:
        print_json(rows)
    else:
        show_claims(rows, lang)


def show_claims(rows: Sequence[Data], language: str) -> None:
    """The count of verdicts first, then each statement with its figures."""
    to = Teller(language)
    count = {verdict: sum(one["verdict"] == verdict for one in rows) for verdict in ("supported", "contradicted", "cannot-tell")}
    to.say(
        "claims_head",
        "bold",
        all=len(rows),
        supported=count["supported"],
        contradicted=count["contradicted"],
        open=count["cannot-tell"],
    )
    for one in rows:
        to.line("")
        to.line(f"{one['day']}  {one['who']}  ·  {one['contest']}  ·  {to.word('verdict', one['verdict'])}", "bold")
        to.line(f"{one['summary']} ({one['source']}; {to.words['entry_of'].format(index=one['index'])})", indent=2)
        for item in one["items"]:
            known = to.words["nothing_known"] if item["low"] is None else span((item["low"], item["high"]))
            to.say(
                "claim_item",
                indent=4,
                item=item["item"],
                value=f"{item['value']:,}",
                rounding=to.word("rounding", item["rounding"]) if item["rounding"] in to.words["rounding"] else item["rounding"],
                about=to.word("about", item["about"]),
                known=known,
                verdict=to.word("verdict", item["verdict"]),
            )
    if rows:
        to.say("claims_note", "dim")
