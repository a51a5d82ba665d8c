"""Ballot polling: papers drawn from one pile and read, no report of single papers needed. For places that mix their papers.

BRAVO (Lindeman, Stark and Yates 2012) is Wald's sequential test of the reported shares; ALPHA (Stark 2023) learns the shares from the
sample and knows that papers are drawn without replacement. All p-values are exact fractions, or rounded up where that is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import ceil, log, sqrt

from scipy.stats import binom, norm

from tallyproof.audit.contest import AuditError

ONE = Fraction(1)
HALF = Fraction(1, 2)


def bravo(reported: Mapping[str, int], winners: Sequence[str], sample: Mapping[str, int]) -> dict[tuple[str, str], Fraction]:
    """(winner, loser) → p-value of a sample (candidate → papers) if it is looked at now. The audit stops when all are at most the limit.

    Looking again after more papers is allowed; the smallest p-value of all looks counts.

    :raises AuditError: a winner with no more votes than a loser.
    """
    found = {}
    for winner, loser in _pairs(reported, winners):
        share = Fraction(reported[winner], reported[winner] + reported[loser])
        won = (2 * share) ** sample.get(winner, 0) * (2 * (1 - share)) ** sample.get(loser, 0)
        found[winner, loser] = ONE if won == 0 else min(ONE, 1 / won)
    return found


def bravo_mean(reported: Mapping[str, int], winners: Sequence[str], papers: int, limit: Fraction) -> int:
    """About how many papers BRAVO needs on average if the report is right (Wald): the most over all pairs. ``papers``: all there are."""
    return max(_mean(reported[winner], reported[loser], papers, limit) for winner, loser in _pairs(reported, winners))


def _mean(winner: int, loser: int, papers: int, limit: Fraction) -> int:
    if not loser:
        return ceil(-log(limit) / log(2)) * max(1, papers // winner)
    share = winner / (winner + loser)
    up, down = log(2 * share), log(2 - 2 * share)
    return ceil((-log(limit) + up / 2) / ((winner * up + loser * down) / papers))


def bravo_papers(reported: Mapping[str, int], winners: Sequence[str], papers: int, limit: Fraction, chance: float) -> int:
    """So many papers are enough with this chance if the report is right, the most over all pairs: of those for winner or loser, the
    first number from the normal approximation on at which the binomial quantile is enough; other papers by their reported share."""
    return max(_quantile(reported[winner], reported[loser], papers, limit, chance) for winner, loser in _pairs(reported, winners))


def _quantile(winner: int, loser: int, papers: int, limit: Fraction, chance: float) -> int:
    if not loser:
        return _mean(winner, loser, papers, limit)
    share = winner / (winner + loser)
    up, down = log(2 * share), log(2 - 2 * share)
    drift = share * up + (1 - share) * down
    spread = (up - down) * sqrt(share * (1 - share)) * float(norm.ppf(chance))
    # drift·n - spread·√n = -ln(limit)
    root = (spread + sqrt(spread * spread - 4 * drift * log(limit))) / (2 * drift)
    needed = int(root * root)
    while needed < papers and (needed - (won := int(binom.ppf(1 - chance, needed, share)))) * down + won * up < -log(limit):
        needed += 1
    return ceil(needed * papers / (winner + loser))


def _pairs(reported: Mapping[str, int], winners: Sequence[str]) -> Iterator[tuple[str, str]]:
    losers = [candidate for candidate in reported if candidate not in winners]
    for winner, loser in product(winners, losers):
        if reported[winner] <= reported[loser]:
            raise AuditError(f"{winner} was not reported ahead of {loser}", hint="an audit by polling needs a reported winner")
        yield winner, loser


def alpha(
    drawn: Sequence[Fraction],
    *,
    guess: Fraction,
    weight: int,
    keep: Fraction = Fraction(1, 10),
    papers: int | None = None,
    null: Fraction = HALF,
) -> list[Fraction]:
    """The p-value after each paper. Each is 1 for the winner, 0 for the loser, 1/2 for anything else; null: the mean is at most ``null``.

    ``guess``: the mean if the report is right; ``weight``: after so many papers the sample counts as much as the guess (0: the guess is
    never changed); ``keep``: c of the shrinking distance from the null (Stark 2023, section 2.5.2); ``papers``: all there are, drawn
    without replacement; None: with replacement.
    """
    seen, wealth, found = Fraction(0), ONE, []
    for place, value in enumerate(drawn):
        mean = null if papers is None else (papers * null - seen) / (papers - place)
        best = _shrunk(guess, weight, keep, place, seen, mean)
        wealth, p_value = _bet(wealth, value, mean, best)
        seen += value
        if place + 1 == papers:
            # all papers are seen: there is nothing left to bet on
            p_value = Fraction(0) if seen > papers * null else ONE
        found.append(p_value)
    return found


def _shrunk(guess: Fraction, weight: int, keep: Fraction, place: int, seen: Fraction, mean: Fraction) -> Fraction:
    if not weight:
        return guess
    learnt = (weight * guess + seen) / (weight + place)
    # a root is no fraction: any number that is fixed before the paper is read keeps the test valid
    away = mean + keep / Fraction(sqrt(weight + place))
    return min(ONE, max(learnt, away))


def _bet(wealth: Fraction, value: Fraction, mean: Fraction, best: Fraction) -> tuple[Fraction, Fraction]:
    """What is won after one paper with values from 0 to 1, and the p-value.

    What is put at stake is never more than there is: with ``best`` in [``mean``, 1] the factor is 0 or more, also without
    replacement, where ``mean`` moves (a fixed stake that is not capped there gives a martingale below 0).
    """
    if mean < 0:
        return wealth, Fraction(0)
    if mean >= 1:
        return wealth, ONE
    if mean == 0:
        return wealth, Fraction(0) if value > 0 else _p(wealth)
    best = min(ONE, max(best, mean))
    wealth *= value * best / mean + (1 - value) * (1 - best) / (1 - mean)
    return wealth, _p(wealth)


def _p(wealth: Fraction) -> Fraction:
    return ONE if wealth <= 1 else 1 / wealth
