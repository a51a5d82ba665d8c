"""The boxes of a station's statement of the count, and the sums that tie them.

The names follow Pakistan's Form 45 (statement of the count) and Form 46 (ballot paper account), Elections Act 2017
s. 90, widened by boxes that other countries' forms have. A form need not have them all: a box that is not on the form
is unread (``not-on-form``), never zero.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """One figure on the form besides the candidates' votes."""

    name: str
    meaning: str


BOXES: tuple[Box, ...] = (
    Box("registered", "voters on the register of this station"),
    Box("registered_male", "men on the register"),
    Box("registered_female", "women on the register"),
    Box("received", "ballot papers received by the station (Form 46)"),
    Box("issued", "ballot papers issued to voters"),
    Box("unused", "ballot papers not issued and returned (Form 46)"),
    Box("spoilt", "ballot papers spoilt and replaced, not in the box (Form 46)"),
    Box("admitted", "voters admitted to vote"),
    Box("admitted_male", "men admitted to vote"),
    Box("admitted_female", "women admitted to vote"),
    Box("in_box", "ballot papers taken out of the ballot box: votes cast"),
    Box("valid", "valid votes, all candidates together"),
    Box("rejected", "votes excluded from the count as invalid"),
    Box("blank", "blank votes, where the form counts them apart from rejected"),
    Box("challenged", "challenged votes"),
    Box("tendered", "tendered votes"),
    Box("serial_first", "first serial number of the ballot papers received"),
    Box("serial_last", "last serial number of the ballot papers received"),
)

BOX_NAMES: tuple[str, ...] = tuple(box.name for box in BOXES)

COUNT_LIMIT = 999_999_999
"""Largest figure that a box may hold, as in abacus; larger input is refused, not truncated."""
