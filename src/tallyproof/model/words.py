"""The closed vocabularies: acts, stages, kinds of finding, reasons why a figure is unread. GLOSSARY.md defines each."""

from __future__ import annotations

import re
from enum import StrEnum


class Act(StrEnum):
    """What produced a record."""

    COUNT = "count"
    RECOUNT = "recount"
    REPOLL = "repoll"
    CANVASS = "canvass"
    RULING = "ruling"


class Stage(StrEnum):
    """How final a declaration is (Pakistan: Form 47 provisional, Forms 48 and 49 final)."""

    PROVISIONAL = "provisional"
    FINAL = "final"


class Kind(StrEnum):
    """How strong a finding is, strongest first."""

    PROOF = "proof"
    """Figures contradict each other, whatever is missing and whichever copy is right."""
    CONFLICT = "conflict"
    """Copies of the same thing contradict each other."""
    GAP = "gap"
    """Something is missing or cannot be told."""
    LEAD = "lead"
    """Statistics. Never an accusation."""


class Unread(StrEnum):
    """Why a figure has no number. Unread is not zero."""

    ILLEGIBLE = "illegible"
    BLANK = "blank"
    NOT_ON_FORM = "not-on-form"


class Role(StrEnum):
    """Who reads a finding; each role is told what *it* can do next."""

    CITIZEN = "citizen"
    OFFICER = "officer"
    AGENT = "agent"


LANGUAGES = ("en", "ur")

OFFICIAL_SOURCES = frozenset({"officer", "commission"})
"""Sources whose later act retires an earlier act for every copy of it. See ``tabulate.standing``."""

SOURCE = re.compile(r"officer|commission|scan|(?:agent|observer|court):[^\s:][^:]{0,99}")
"""Whose copy a record is: ``officer``, ``commission``, ``scan``, ``agent:<party>``, ``observer:<name>``, ``court:<name>``."""
