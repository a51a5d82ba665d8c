"""A finding: a code with fields and figures, its evidence and its effect. The words live in ``findings.words``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tallyproof.compare.patterns import Pattern
from tallyproof.findings.codes import CODES
from tallyproof.model.words import Kind

Figure = int | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What the difference is worth. Nothing here says which side is right."""

    votes: int = 0
    """Size of the largest single difference, in votes."""
    gained: str | None = None
    """The candidate with more votes on the second side (the official or declared one) by the most."""
    lost: str | None = None
    margin_change: int | None = None
    """Change of the margin of the (declared) winner over ``rival`` from the first side to the second; None if not readable."""
    rival: str | None = None
    """Whom the records put first among the others."""
    margin: int | None = None
    """The contest's margin that it is to be held against."""
    changes: str | None = None
    """``yes`` if without it the winner would be another, ``no``, ``open`` if it cannot be told; None if it does not apply."""

    def as_json(self) -> dict[str, Any]:
        return {
            "votes": self.votes,
            "gained": self.gained,
            "lost": self.lost,
            "margin_change": self.margin_change,
            "rival": self.rival,
            "margin": self.margin,
            "changes": self.changes,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternNote:
    """The edit pattern that fits best, what else fits, and how often it would fit unrelated figures of this set."""

    name: str
    rule: str
    detail: Mapping[str, Figure] = field(default_factory=dict)
    alternatives: tuple[str, ...] = ()
    chance: tuple[int, int] | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "rule": self.rule,
            "detail": dict(self.detail),
            "alternatives": list(self.alternatives),
            "chance": None if self.chance is None else {"fits": self.chance[0], "of": self.chance[1]},
        }


def pattern_note(patterns: tuple[Pattern, ...], chance: tuple[int, int] | None) -> PatternNote | None:
    """The pattern that fits best with those that fit too; None if nothing differs."""
    if not patterns:
        return None
    headline = patterns[0]
    return PatternNote(
        name=str(headline.name),
        rule=headline.rule,
        detail=dict(headline.detail),
        alternatives=tuple(str(pattern.name) for pattern in patterns[1:]),
        chance=chance,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One figure that differs: what each side says. Sides are record ids, or ``declared <stage>/<version>``."""

    item: str
    said: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that does not add up, or is missing, or is worth a look."""

    code: str
    kind: Kind
    contest: str
    station: str | None = None
    area: str | None = None
    candidate: str | None = None
    """The item that the finding is about: a candidate, or a box of the form."""
    figures: Mapping[str, Figure] = field(default_factory=dict)
    cells: tuple[Cell, ...] = ()
    pattern: PatternNote | None = None
    effect: Effect = field(default_factory=Effect)
    evidence: tuple[str, ...] = ()
    rule: str = ""

    def as_json(self, number: int) -> dict[str, Any]:
        """The finding as ``specs/report-v1.schema.json`` has it; ``number`` counts from 1."""
        return {
            "id": f"F{number:05d}",
            "code": self.code,
            "kind": str(self.kind),
            "contest": self.contest,
            "station": self.station,
            "area": self.area,
            "candidate": self.candidate,
            "figures": dict(self.figures),
            "cells": [{"item": cell.item, "said": dict(cell.said)} for cell in self.cells],
            "pattern": None if self.pattern is None else self.pattern.as_json(),
            "effect": self.effect.as_json(),
            "evidence": list(self.evidence),
            "rule": self.rule,
        }


def of_code(code: str, contest: str, *, kind: Kind | None = None, **fields: Any) -> Finding:
    """A finding of a code of ``findings.codes``: its rule, and its strongest kind unless another is given."""
    return Finding(code=code, kind=kind or CODES[code].kind, contest=contest, rule=CODES[code].rule, **fields)


KINDS = tuple(Kind)


def finding_order(finding: Finding) -> tuple[Any, ...]:
    """Strongest kind first; within a kind the winner, then the contest as a whole before its stations, then the largest effect."""
    return (
        KINDS.index(finding.kind),
        finding.contest,
        finding.code != "D08",
        finding.station is not None,
        -abs(finding.effect.margin_change or 0),
        -finding.effect.votes,
        finding.code,
        finding.area or "",
        finding.station or "",
        finding.candidate or "",
        finding.evidence,
    )
