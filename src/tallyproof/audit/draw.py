"""Which station comes when: an order that anybody can compute again from a public seed.

Each station gets a ticket, -ln(h)/u: ``h`` is a number between 0 and 1 made of the SHA-256 of seed and station, ``u`` the bound
on its error. In ascending order the tickets are a draw without replacement with probability proportional to ``u`` at every step
(Efraimidis and Spirakis 2006), and a longer draw begins with the shorter one. Two contests that share their stations share the
numbers ``h``, so that their draws overlap as far as can be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Context, Decimal
from hashlib import sha256

import polars as pl

from tallyproof.audit.contest import AuditError

_HALF_BITS = 53
"""h = (2·d + 1)/2^53, d the first 13 hexadecimal digits of the hash: an odd number over 2^53."""
_NEAR = 1e-12
"""Tickets whose floats are closer than this share are compared with more digits: floats never decide an order."""
_EXACT = Context(prec=80)


def number(seed: str, station: str) -> int:
    """The odd number from 1 to 2^53 - 1 whose share of 2^53 is ``h`` of this station. The text hashed is ``seed,station`` in UTF-8."""
    # 13 hexadecimal digits are the first 52 bits
    return 2 * (int.from_bytes(sha256(f"{seed},{station}".encode()).digest()[:7], "big") >> 4) + 1


def check_seed(seed: str) -> None:
    """A seed is at least 20 decimal digits, as dice give them: shorter ones can be tried out until a draw suits somebody."""
    if not (20 <= len(seed) <= 1000 and seed.isascii() and seed.isdigit()):
        raise AuditError("a seed is 20 or more digits, 0 to 9", hint="roll ten-sided dice 20 times or more, in public")


def order(seed: str, most: Mapping[str, int]) -> tuple[str, ...]:
    """All stations in the order in which they are drawn. ``most``: station → bound on its error, 0 or more, in any unit.

    A station that cannot be wrong (bound 0) is never drawn and not in the order. The result does not depend on the order of ``most``.
    """
    names = [station for station, bound in most.items() if bound > 0]
    head = f"{seed},"
    # shares of the greatest: with many pairs of candidates the bounds are integers beyond any float
    greatest = max((most[name] for name in names), default=1)
    drawn = pl.DataFrame(
        {"hash": [sha256((head + name).encode()).digest() for name in names], "bound": [most[name] / greatest for name in names]},
        schema={"hash": pl.Binary, "bound": pl.Float64},
    )
    # the first 52 bits of the hash; a share of 2^53 that is odd is never 0 or 1
    first = pl.col("hash").bin.slice(0, 8).bin.reinterpret(dtype=pl.UInt64, endianness="big") // (1 << 12)
    share = (2 * first + 1).cast(pl.Float64) / (1 << _HALF_BITS)
    key = drawn.select(key=-share.log() / pl.col("bound"))["key"]
    places = key.arg_sort()
    ordered = key.gather(places)
    named = [names[place] for place in places]
    if not (ordered.diff() <= _NEAR * ordered).any():
        return tuple(named)
    return tuple(station for run in _close(list(zip(ordered, named, strict=True))) for station in _settled(seed, run, most))


def ticket(seed: str, station: str, bound: int) -> Decimal:
    """The ticket with 70 digits or more."""
    share = _EXACT.divide(Decimal(number(seed, station)), Decimal(1 << _HALF_BITS))
    # not a minus sign: that would round to the digits of whatever context the caller has
    return _EXACT.divide(_EXACT.minus(_EXACT.ln(share)), Decimal(bound))


def papers(seed: str, of: int, start: int, stop: int) -> list[int]:
    """The papers of draws ``start`` to ``stop`` - 1 (counted from 1), with replacement, each from 1 to ``of``: Rivest's sampler, SHA-256
    of ``seed,draw`` as a number modulo ``of``, plus 1."""
    return [1 + int(sha256(f"{seed},{draw}".encode()).hexdigest(), 16) % of for draw in range(start, stop)]


def _close(keyed: list[tuple[float, str]]) -> Iterator[list[str]]:
    """Stretches of stations whose float tickets cannot be told apart for certain; nearly all have one station."""
    run: list[str] = []
    last = -1.0
    for key, station in keyed:
        if run and key - last > _NEAR * key:
            yield run
            run = []
        run.append(station)
        last = key
    if run:
        yield run


def _settled(seed: str, run: list[str], most: Mapping[str, int]) -> list[str]:
    return run if len(run) == 1 else sorted(run, key=lambda station: (ticket(seed, station, most[station]), station))
