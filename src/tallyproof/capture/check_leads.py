"""Checks whose failure is a lead: something unusual that usually has an innocent cause. Never an accusation."""

from __future__ import annotations

import narwhals as nw

from tallyproof.capture.check_proofs import FORM_45, FORM_46
from tallyproof.capture.check_types import (
    Check,
    Thresholds,
    at_least,
    blank,
    blank_known,
    box,
    complete,
    counted,
    counted_all,
    judged,
    largest,
    n_candidates,
    valid_empty,
    votes_sum,
)
from tallyproof.capture.extra import chance_of_same_votes
from tallyproof.model.words import Kind


def leads(thresholds: Thresholds) -> tuple[Check, ...]:
    """The checks of kind ``lead``, with these thresholds."""
    return (*_entry(), *_turnout(), *_shares(thresholds), *_differences(thresholds), *_papers(), _same_votes(thresholds))


def _entry() -> tuple[Check, ...]:
    voters = nw.col("voters")
    other = nw.when(voters == "male").then(box("admitted_female")).otherwise(nw.when(voters == "female").then(box("admitted_male")))
    return (
        Check(
            code="R05",
            name="valid-left-empty",
            kind=Kind.LEAD,
            needs=("v*", "votes_sum", "valid", "unread"),
            formula="if sum(votes) > 0 then valid > 0; fails also if the record says that the box for valid votes was left empty",
            tolerance="none",
            basis=(FORM_45, "abacus F.204 (the total is empty though lists have votes), F.401"),
            passes=judged(
                fails=(votes_sum > 0) & ((box("valid") == 0) | valid_empty),
                passes=(box("valid") > 0) | ((box("valid") == 0) & complete & (votes_sum == 0)),
            ),
            figures=(("sum", votes_sum),),
        ),
        Check(
            code="R21",
            name="station-sex",
            kind=Kind.LEAD,
            needs=("voters", "admitted_male", "admitted_female"),
            formula="at a station for men admitted_female = 0; at a station for women admitted_male = 0",
            tolerance="none",
            basis=("the list of polling stations says for whom a station is: male, female or combined; tally-ho keeps it too",),
            passes=judged(fails=(voters != "combined") & (other > 0), passes=(voters == "combined") | (other == 0)),
            figures=(("other", other),),
        ),
        Check(
            code="R22",
            name="all-votes-zero",
            kind=Kind.LEAD,
            needs=("v*", "votes_sum"),
            formula="not every candidate has 0 votes",
            tolerance="none",
            basis=("tally-ho, entry check (all votes zero); all votes blank is the finding T02",),
            passes=judged(fails=complete & (votes_sum == 0), passes=votes_sum > 0),
            figures=(("candidates", n_candidates),),
        ),
        Check(
            code="R33",
            name="one-candidate-has-all",
            kind=Kind.LEAD,
            needs=("v*", "votes_sum"),
            formula="of two or more candidates, at least two have votes",
            tolerance="none",
            basis=("tally-ho (former check: share of one candidate at most a given percentage), at 100 %",),
            passes=judged(
                fails=complete & (n_candidates >= 2) & (votes_sum > 0) & (votes_sum == largest),
                passes=votes_sum > largest,
            ),
            figures=(("largest", largest), ("candidates", n_candidates)),
        ),
    )


def _turnout() -> tuple[Check, ...]:
    roll, in_box = box("roll"), box("in_box")
    return (
        Check(
            code="R23",
            name="box-empty",
            kind=Kind.LEAD,
            needs=("in_box", "roll"),
            formula="in_box > 0 where roll > 0 (turnout is not 0 %)",
            tolerance="none",
            basis=("abacus W.204", "the extremes of turnout"),
            passes=judged(fails=(roll > 0) & (in_box == 0), passes=in_box > 0),
            figures=(("roll", roll),),
        ),
        Check(
            code="R24",
            name="roll-empty",
            kind=Kind.LEAD,
            needs=("roll",),
            formula="roll > 0",
            tolerance="none",
            basis=("abacus W.205",),
            passes=roll > 0,
            figures=(("roll", roll),),
        ),
        Check(
            code="R25",
            name="turnout-full",
            kind=Kind.LEAD,
            needs=("in_box", "roll"),
            formula="in_box != roll where roll > 0 (turnout is not exactly 100 %)",
            tolerance="none",
            basis=("the extremes of turnout; above 100 % is R10",),
            passes=judged(fails=(roll > 0) & (in_box == roll), passes=in_box != roll),
            figures=(("in_box", in_box), ("roll", roll)),
        ),
    )


def _shares(thresholds: Thresholds) -> tuple[Check, ...]:
    def share(code: str, name: str, part: str, percent: int, parameter: str, *basis: str) -> Check:
        return Check(
            code=code,
            name=name,
            kind=Kind.LEAD,
            needs=(part, "in_box"),
            formula=f"{part} * 100 < in_box * {percent}; where in_box = 0 it passes",
            tolerance=f"{percent} % of the ballot papers in the box",
            parameters=((parameter, percent),),
            basis=basis,
            passes=~at_least(box(part), box("in_box"), percent),
            figures=((part, box(part)), ("in_box", box("in_box"))),
        )

    return (
        share("R26", "rejected-share", "rejected", thresholds.rejected_percent, "rejected_percent", "abacus W.202", FORM_45),
        share("R27", "blank-share", "blank", thresholds.blank_percent, "blank_percent", "abacus W.201"),
    )


def _differences(thresholds: Thresholds) -> tuple[Check, ...]:
    in_box, admitted, roll = box("in_box"), box("admitted"), box("roll")
    apart = (admitted - in_box).abs()
    papers = box("valid") + box("rejected") + blank
    percent, votes = thresholds.admitted_percent, thresholds.admitted_votes
    reconciliation, extra, card = thresholds.reconciliation_percent, thresholds.over_voting_votes, thresholds.card_percent
    reconciled = (in_box - counted).abs() * 100 <= counted * reconciliation
    return (
        Check(
            code="R28",
            name="box-below-admitted",
            kind=Kind.LEAD,
            needs=("in_box", "admitted"),
            formula="in_box >= admitted",
            tolerance="none",
            basis=("abacus F.301-F.308 (fewer papers than voters must be explained)", FORM_45),
            passes=in_box >= admitted,
            figures=(("in_box", in_box), ("admitted", admitted)),
        ),
        Check(
            code="R29",
            name="box-far-from-admitted",
            kind=Kind.LEAD,
            needs=("in_box", "admitted"),
            formula=f"|admitted - in_box| < {votes} and |admitted - in_box| * 100 < in_box * {percent}; no difference passes",
            tolerance=f"fewer than {votes} votes and less than {percent} % of the ballot papers in the box",
            parameters=(("admitted_percent", percent), ("admitted_votes", votes)),
            basis=("abacus W.203 (its code, either limit is enough)",),
            passes=~((apart > 0) & ((apart >= votes) | (apart * 100 >= in_box * percent))),
            figures=(("apart", apart), ("in_box", in_box), ("admitted", admitted)),
        ),
        Check(
            code="R30",
            name="reconciliation",
            kind=Kind.LEAD,
            needs=("v*", "votes_sum", "rejected", "blank", "in_box"),
            formula=f"|in_box - counted| * 100 <= counted * {reconciliation}, counted = sum(votes) + rejected (+ blank)",
            tolerance=f"{reconciliation} % of the papers counted",
            parameters=(("reconciliation_percent", reconciliation),),
            basis=("tally-ho, reconciliation check",),
            passes=judged(fails=counted_all & ~reconciled, passes=counted_all & reconciled),
            figures=(("counted", counted), ("in_box", in_box)),
        ),
        Check(
            code="R31",
            name="over-voting",
            kind=Kind.LEAD,
            needs=("v*", "votes_sum", "rejected", "blank", "roll"),
            formula=f"sum(votes) + rejected (+ blank) <= roll + {extra}; fails also if the read part already exceeds it",
            tolerance=f"{extra} votes above the register",
            parameters=(("over_voting_votes", extra),),
            basis=("tally-ho, over-voting check", "R10 and R12 are the exact ones"),
            passes=judged(fails=counted > roll + extra, passes=counted_all & (counted <= roll + extra)),
            figures=(("counted", counted), ("roll", roll)),
        ),
        Check(
            code="R32",
            name="papers-near-admitted",
            kind=Kind.LEAD,
            needs=("valid", "rejected", "blank", "admitted"),
            formula=f"(valid + rejected (+ blank)) * 100 <= admitted * {100 + card}",
            tolerance=f"{card} % above the voters admitted",
            parameters=(("card_percent", card),),
            basis=("tally-ho, card check", "R09 is the exact one"),
            passes=judged(
                fails=papers * 100 > admitted * (100 + card),
                passes=blank_known & (papers * 100 <= admitted * (100 + card)),
            ),
            figures=(("counted", papers), ("admitted", admitted)),
        ),
    )


def _papers() -> tuple[Check, ...]:
    def within_box(code: str, name: str, part: str, *basis: str) -> Check:
        return Check(
            code=code,
            name=name,
            kind=Kind.LEAD,
            needs=(part, "in_box"),
            formula=f"{part} <= in_box",
            tolerance="none",
            basis=basis,
            passes=box(part) <= box("in_box"),
            figures=((part, box(part)), ("in_box", box("in_box"))),
        )

    serials = box("serial_last") - box("serial_first") + 1
    return (
        Check(
            code="R18",
            name="serial-range",
            kind=Kind.LEAD,
            needs=("serial_first", "serial_last", "received"),
            formula="serial_last - serial_first + 1 = received",
            tolerance="none",
            basis=(FORM_46, "each ballot paper has its own serial number within a series"),
            passes=serials == box("received"),
            figures=(("serial_first", box("serial_first")), ("serial_last", box("serial_last")), ("received", box("received"))),
        ),
        within_box("R34", "challenged-within-box", "challenged", FORM_45, FORM_46),
        within_box("R35", "tendered-within-box", "tendered", FORM_45, FORM_46),
    )


def _same_votes(thresholds: Thresholds) -> Check:
    large, count = thresholds.same_votes_large, thresholds.same_votes_count
    return Check(
        code="R36",
        name="same-votes-elsewhere",
        kind=Kind.LEAD,
        needs=("v*", "twin_stations", "twin_compared"),
        formula=f"votes differ from those of every other station of contest and source; asked where {count} or more are at least {large}",
        tolerance=f"fewer than {count} candidates with {large} votes or more: cannot tell",
        parameters=(("same_votes_large", large), ("same_votes_count", count)),
        basis=(
            "tally-ho (former check: same votes in the same centre or race)",
            "chance for one pair of stations: a Poisson count x has probability at most 1/sqrt(2 pi x) whatever its mean; "
            "the product over candidates holds for independent counts, and for any mixture of such",
        ),
        passes=nw.col("twin_stations") == 0,
        figures=(("stations", nw.col("twin_stations")), ("compared", nw.col("twin_compared"))),
        derive=chance_of_same_votes,
    )
