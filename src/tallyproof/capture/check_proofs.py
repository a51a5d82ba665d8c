"""Checks whose failure is a proof: two figures of one record cannot both be right. Which one is wrong they do not say."""

from __future__ import annotations

import narwhals as nw

from tallyproof.capture.check_types import (
    Check,
    blank,
    blank_known,
    box,
    complete,
    counted,
    counted_all,
    judged,
    largest,
    largest_figure,
    n_candidates,
    parts_of,
    votes_sum,
)
from tallyproof.model.words import Kind

EXACT = "none: the figures must agree exactly"
CEILING = "none: one above the ceiling fails"

FORM_45 = "Elections Act 2017 (Pakistan) s. 90: the statement of the count, Form 45"
FORM_46 = "Elections Act 2017 (Pakistan) s. 90: the ballot paper account, Form 46"


def proofs() -> tuple[Check, ...]:
    """The checks of kind ``proof``. They have no thresholds."""
    return (*_sums(), *_ceilings(), *_papers(), *_voters())


def _sums() -> tuple[Check, ...]:
    parts = box("valid") + box("rejected") + blank
    no_valid = box("valid").is_null()
    words_differ, split_differ = box("words_differ"), box("split_differ")
    return (
        Check(
            code="R01",
            name="votes-sum-to-valid",
            kind=Kind.PROOF,
            needs=("v*", "votes_sum", "valid"),
            formula="sum(votes) = valid; fails also if some votes are unread and the others already exceed valid",
            tolerance=EXACT,
            basis=(FORM_45, "abacus F.402; KawalPemilu 2019 (sah = pas1 + pas2); electoral-commission forms UI (parties = valid)"),
            passes=judged(
                fails=(votes_sum > box("valid")) | (complete & (votes_sum != box("valid"))),
                passes=complete & (votes_sum == box("valid")),
            ),
            figures=(("sum", votes_sum), ("valid", box("valid")), ("unread", n_candidates - box("votes_read"))),
        ),
        Check(
            code="R02",
            name="vote-within-valid",
            kind=Kind.PROOF,
            needs=("v*", "valid"),
            formula="max(votes) <= valid",
            tolerance=CEILING,
            basis=(FORM_45, "follows from R01; catches a digit too many even where other candidates are unread"),
            passes=judged(fails=largest > box("valid"), passes=complete & (largest <= box("valid"))),
            figures=(("largest", largest), ("valid", box("valid"))),
        ),
        Check(
            code="R03",
            name="parts-make-box",
            kind=Kind.PROOF,
            needs=("valid", "rejected", "blank", "in_box"),
            formula="valid + rejected (+ blank, where the form counts it apart) = in_box",
            tolerance=EXACT,
            basis=(FORM_45, "abacus F.203; KawalPemilu 2019 (jum = sah + tSah); tally-ho (former check: in box = valid + invalid)"),
            passes=judged(
                fails=(parts > box("in_box")) | (blank_known & (parts != box("in_box"))),
                passes=blank_known & (parts == box("in_box")),
            ),
            figures=(("valid", box("valid")), ("rejected", box("rejected")), ("sum", parts), ("in_box", box("in_box"))),
        ),
        Check(
            code="R04",
            name="votes-and-rejected-make-box",
            kind=Kind.PROOF,
            needs=("v*", "votes_sum", "valid", "rejected", "blank", "in_box"),
            formula="where valid is unread: sum(votes) + rejected (+ blank) = in_box; fails also if the read part already exceeds in_box",
            tolerance=EXACT,
            basis=(
                FORM_45,
                "R01 and R03 taken together, for forms whose box for valid votes is unread; tally-ho reconciliation, made exact",
            ),
            passes=judged(
                fails=no_valid & ((counted > box("in_box")) | (counted_all & (counted != box("in_box")))),
                passes=no_valid & counted_all & (counted == box("in_box")),
            ),
            figures=(("counted", counted), ("in_box", box("in_box"))),
        ),
        Check(
            code="R06",
            name="words-match-figures",
            kind=Kind.PROOF,
            needs=("words_same", "words_differ", "words_gap", "n_candidates"),
            formula="votes in words = votes in figures, for every candidate",
            tolerance=EXACT,
            basis=("forms that give each number in figures and in words; whether words prevail is for the law, not for this check",),
            passes=judged(
                fails=words_differ > 0,
                passes=(words_differ == 0) & (box("words_same") == n_candidates) & (n_candidates > 0),
            ),
            figures=(("differ", words_differ), ("gap", box("words_gap"))),
        ),
        Check(
            code="R07",
            name="votes-by-sex",
            kind=Kind.PROOF,
            needs=("split_same", "split_differ", "split_gap", "n_candidates"),
            formula="male + female = votes, for every candidate; fails also if one of the two alone exceeds the votes",
            tolerance=EXACT,
            basis=("Form 45 gives votes by men and by women since the Elections Act 2017 (Pakistan)",),
            passes=judged(
                fails=split_differ > 0,
                passes=(split_differ == 0) & (box("split_same") == n_candidates) & (n_candidates > 0),
            ),
            figures=(("differ", split_differ), ("gap", box("split_gap"))),
        ),
    )


def _ceiling(code: str, name: str, part: str, ceiling: str, *basis: str) -> Check:
    return Check(
        code=code,
        name=name,
        kind=Kind.PROOF,
        needs=(part, ceiling),
        formula=f"{part} <= {ceiling}",
        tolerance=CEILING,
        basis=basis,
        passes=box(part) <= box(ceiling),
        figures=((part, box(part)), (ceiling, box(ceiling))),
    )


def _ceilings() -> tuple[Check, ...]:
    boxes_read = ~(box("valid").is_null() | box("rejected").is_null())
    all_read = complete & boxes_read & blank_known
    return (
        _ceiling("R08", "box-within-issued", "in_box", "issued", FORM_45, FORM_46, "ballot accounting: found in the box <= issued"),
        _ceiling(
            "R09", "box-within-admitted", "in_box", "admitted", FORM_45, "abacus F.301-F.308 (more papers than voters must be explained)"
        ),
        _ceiling("R10", "box-within-roll", "in_box", "roll", FORM_45, "votes <= electors of the station; KawalPemilu 2024 allows 2 % over"),
        _ceiling("R11", "admitted-within-roll", "admitted", "roll", FORM_45, "abacus W.206 (electorate smaller than poll cards)"),
        Check(
            code="R12",
            name="votes-within-roll",
            kind=Kind.PROOF,
            needs=("v*", "votes_sum", "roll"),
            formula="sum(votes that are read) <= roll",
            tolerance=CEILING,
            basis=(FORM_45, "votes <= electors of the station; needs neither valid nor in_box"),
            passes=judged(fails=(votes_sum > box("roll")), passes=complete & (votes_sum <= box("roll"))),
            figures=(("sum", votes_sum), ("roll", box("roll"))),
        ),
        Check(
            code="R13",
            name="figure-within-box",
            kind=Kind.PROOF,
            needs=("v*", "valid", "rejected", "blank", "in_box"),
            formula="max(votes, valid, rejected, blank) <= in_box",
            tolerance=CEILING,
            basis=(FORM_45, "follows from R01 and R03; catches a digit too many even where other figures are unread"),
            passes=judged(fails=largest_figure > box("in_box"), passes=all_read & (largest_figure <= box("in_box"))),
            figures=(("largest", largest_figure), ("in_box", box("in_box"))),
        ),
        Check(
            code="R14",
            name="figure-within-roll",
            kind=Kind.PROOF,
            needs=("v*", "valid", "rejected", "blank", "roll"),
            formula="max(votes, valid, rejected, blank) <= roll",
            tolerance=CEILING,
            basis=(FORM_45, "votes <= electors of the station, for each figure alone"),
            passes=judged(fails=largest_figure > box("roll"), passes=all_read & (largest_figure <= box("roll"))),
            figures=(("largest", largest_figure), ("roll", box("roll"))),
        ),
    )


def _papers() -> tuple[Check, ...]:
    used = box("issued") + box("unused")
    left = box("received") - used
    no_issued = box("issued").is_null()
    found = nw.sum_horizontal("in_box", "unused")
    box_read = ~box("in_box").is_null()
    return (
        _ceiling("R15", "issued-within-received", "issued", "received", FORM_46, "ballot accounting: issued <= received"),
        Check(
            code="R16",
            name="paper-account",
            kind=Kind.PROOF,
            needs=("received", "issued", "unused", "spoilt"),
            formula="received = issued + unused, or received = issued + unused + spoilt (spoilt papers are counted as issued, or apart)",
            tolerance="none, but both readings of spoilt pass",
            basis=(FORM_46, "tally-ho (former check: ballots received = inside + outside the box)"),
            passes=judged(
                fails=(left < 0) | ((left != 0) & (left != box("spoilt"))),
                passes=(left == 0) | (left == box("spoilt")),
            ),
            figures=(("received", box("received")), ("issued", box("issued")), ("unused", box("unused")), ("accounted", used)),
        ),
        Check(
            code="R17",
            name="paper-account-without-issued",
            kind=Kind.PROOF,
            needs=("received", "issued", "unused", "in_box"),
            formula="where issued is unread: in_box + unused <= received; fails also if in_box alone exceeds received",
            tolerance=CEILING,
            basis=(FORM_46, "R08 and R16 taken together, for forms whose box for issued papers is unread"),
            passes=judged(
                fails=no_issued & box_read & (found > box("received")),
                passes=no_issued & box_read & ~box("unused").is_null() & (found <= box("received")),
            ),
            figures=(("found", found), ("received", box("received"))),
        ),
    )


def _voters() -> tuple[Check, ...]:
    registered, registered_sum = parts_of("registered_male", "registered_female", "registered")
    admitted, admitted_sum = parts_of("admitted_male", "admitted_female", "admitted")
    by_sex = "Form 45 gives voters by men and by women since the Elections Act 2017 (Pakistan)"
    return (
        Check(
            code="R19",
            name="registered-by-sex",
            kind=Kind.PROOF,
            needs=("registered_male", "registered_female", "registered"),
            formula="registered_male + registered_female = registered; fails also if one of the two alone exceeds registered",
            tolerance=EXACT,
            basis=(by_sex,),
            passes=registered,
            figures=(("sum", registered_sum), ("registered", box("registered"))),
        ),
        Check(
            code="R20",
            name="admitted-by-sex",
            kind=Kind.PROOF,
            needs=("admitted_male", "admitted_female", "admitted"),
            formula="admitted_male + admitted_female = admitted; fails also if one of the two alone exceeds admitted",
            tolerance=EXACT,
            basis=(by_sex, "abacus F.201 (parts of the admitted voters = admitted voters)"),
            passes=admitted,
            figures=(("sum", admitted_sum), ("admitted", box("admitted"))),
        ),
    )
