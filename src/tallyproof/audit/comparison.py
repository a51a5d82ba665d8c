"""Papers sorted into one bundle a candidate: a paper drawn from a bundle should be for that candidate.

The bundle says what the paper was counted as, so each paper drawn is compared with its own report (super-simple, Stark 2010; the
deduction that a bundle is such a report: ``docs/explanation/audits.md``). Needed: bundles counted and bounded independently, invalid
and blank papers bundled too. A place beyond the end of its bundle is a paper that was counted and is not there: an overstatement by two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import ceil, log

from tallyproof.audit.contest import AuditError

GAMMA = Fraction(103905, 100000)
"""Error inflation: how much of the margin a two-vote overstatement may eat; above 1. That of Stark's tool and of Colorado's rules."""


@dataclass(frozen=True, slots=True)
class Errors:
    """How many papers were counted for a winner too much (``over``) or too little (``under``), by one vote or by two."""

    over1: int = 0
    over2: int = 0
    under1: int = 0
    under2: int = 0


def error_of(bundle: str, paper: str | None, winners: frozenset[str], losers: frozenset[str]) -> int:
    """How far one paper was counted wrong, from -2 to 2: the most over all pairs of winner and loser.

    ``bundle``: the candidate whose bundle it lay in, empty for invalid and blank papers. ``paper``: what it says, empty if it is for
    nobody; None: it is not there, and taken for the loser whom that helps most.

    :raises AuditError: a bundle or paper of somebody who is no candidate; no winner or no loser.
    """
    known = winners | losers | {""}
    if bundle not in known or not (paper is None or paper in known) or not winners or not losers or winners & losers:
        raise AuditError("a paper or its bundle is for somebody who is no candidate", hint="name it empty if it is for nobody")
    if paper is None:
        return max(error_of(bundle, loser, winners, losers) for loser in losers) if bundle in winners else 1
    return max((bundle == winner) - (bundle == loser) - (paper == winner) + (paper == loser) for winner, loser in product(winners, losers))


def p_value(papers: int, margin: Fraction, errors: Errors = Errors(), gamma: Fraction = GAMMA) -> Fraction:
    """The risk after ``papers`` papers, drawn with replacement; ``margin``: smallest margin as a share of all papers."""
    _check(margin, gamma)
    half, full = 1 / (2 * gamma), 1 / gamma
    found = (1 - margin * half) ** papers
    found *= (1 - half) ** -errors.over1 * (1 - full) ** -errors.over2
    found *= (1 + half) ** -errors.under1 * (1 + full) ** -errors.under2
    return min(Fraction(1), found)


def papers_needed(limit: Fraction, margin: Fraction, errors: Errors = Errors(), gamma: Fraction = GAMMA) -> int:
    """How many papers are enough if these errors are found: the simple formula of Stark's tool, which rounds the logarithm up."""
    _check(margin, gamma)
    wide = float(2 * gamma)
    rest = (
        log(limit)
        + errors.over1 * log(1 - 1 / wide)
        + errors.over2 * log(1 - 2 / wide)
        + errors.under1 * log(1 + 1 / wide)
        + errors.under2 * log(1 + 2 / wide)
    )
    return max(errors.over1 + errors.over2 + errors.under1 + errors.under2, ceil(-wide * rest / float(margin)))


def _check(margin: Fraction, gamma: Fraction) -> None:
    if not 0 < margin <= 1 or gamma <= 1:
        raise AuditError("a margin is a share above 0 and at most 1, and gamma is above 1", hint="margin in votes over all papers")


def place_in_bundles(place: int, bundles: Mapping[str, int]) -> tuple[str, int]:
    """The bundle in which the paper at ``place`` (from 0) lies, and its place in it (from 0): bundles one after the other, as listed."""
    for bundle, papers in bundles.items():
        if place < papers:
            return bundle, place
        place -= papers
    raise AuditError("there are fewer papers in the bundles than that", hint="draw from 0 to the number of all papers")
