"""Who may do what in a case. Decided here and nowhere else: a command and a web page ask the same function."""

from __future__ import annotations

from collections.abc import Iterable

from tallyproof.cases.case import Actor, Case, CaseError, Stage, Step, Word
from tallyproof.record.rights import BY_COURT_OR_AUTHORITY
from tallyproof.record.roster import AUTHORITY, OF_OFFICES, Key, KeyRole

DECIDING = frozenset({Word.ADMITTED, Word.REJECTED, Word.HEARING, Word.STAY, Word.ORDER, Word.CLOSED})
"""Steps of a court that has the case, and no interest in it."""


def interest(case: Case, actor: Actor) -> str:
    """Why an office may not decide this case; empty if nothing known speaks against it."""
    if actor.office in case.complainants:
        return f"{actor.office} is the complainant"
    if actor.office in case.respondents:
        return f"{actor.office} is a respondent"
    if actor.kind == "party":
        return f"{actor.office} is a party"
    if actor.office in case.signed:
        return f"{actor.office} signed a record that is contested"
    involved = case.parties | {side for side in case.sides if side.startswith("party:")}
    if stands_for := sorted(actor.stands_for & involved):
        return f"{actor.office} belongs to {stands_for[0]}, which is in this case or has a candidate in the contest"
    return ""


def check(case: Case, step: Step) -> tuple[Actor, ...]:
    """Those of the actors by whom the step is taken. Raises CaseError if it is not theirs to take.

    Of several signers those whose role the step does not ask for are passed over, as nobody can keep them from signing.
    """
    word = step.word
    if word in DECIDING:
        return (deciding_court(case, word, step.actors),)
    if word.value in BY_COURT_OR_AUTHORITY:
        return _of_office(case, step)
    return _of_sides(case, step)


def deciding_court(case: Case, word: str, actors: Iterable[Actor]) -> Actor:
    """The one court among the actors. Raises CaseError if there is none or several, or if it may not decide this case."""
    courts = [one for one in actors if one.kind == "court"]
    if len(courts) != 1:
        who = "nobody of that kind" if not courts else ", ".join(one.office for one in courts)
        raise CaseError(f"{word} is for one court to say; here it is {who}", hint="let the court that has the case sign, alone")
    court = courts[0]
    if reason := interest(case, court):
        raise CaseError(f"{court.office} may not decide this case: {reason}", hint="let a court decide that has no interest in it")
    if court.office in case.courts:
        raise CaseError(f"{court.office} has decided this case before", hint="an appeal is decided by another court")
    if case.court and court.office != case.court:
        raise CaseError(f"the case is before {case.court}, not {court.office}", hint="only an appeal brings it before another court")
    return court


def _of_office(case: Case, step: Step) -> tuple[Actor, ...]:
    """Giving notice and noting that nobody replied: a court that could decide, or the authority if it is no side."""
    if any(one.kind == "court" for one in step.actors):
        return (deciding_court(case, step.word, step.actors),)
    authority = [one for one in step.actors if one.office == AUTHORITY]
    if not authority:
        raise CaseError(f"{step.word} is for a court or the authority to say", hint="let one of them sign")
    if step.word is Word.NO_REPLY and AUTHORITY in case.sides:
        raise CaseError("the authority is a side of this case: that nobody replied is for a court to say", hint="let the court sign")
    return tuple(authority)


def _of_sides(case: Case, step: Step) -> tuple[Actor, ...]:
    able = [one for one in step.actors if one.office == AUTHORITY or one.kind in ("party", "observers")]
    if step.word in (Word.REPLY, Word.TIME_ASKED):
        found = [one for one in able if one.office in case.notified]
        asked = f"given notice: {', '.join(sorted(case.notified)) or 'nobody'}"
    elif step.word is Word.APPEAL:
        found = [one for one in able if one.office in case.sides or one.office in case.notified]
        asked = f"sides: {', '.join(case.sides)}"
    else:
        wanted = case.appellants if case.stage is Stage.APPEALED else case.complainants
        found = [one for one in able if one.office in wanted]
        asked = f"who began it: {', '.join(wanted)}"
        if {one.office for one in found} != set(wanted):
            raise CaseError("a complaint or appeal is withdrawn by all who brought it, together", hint=asked)
    if not found:
        raise CaseError(f"{step.word} is not for {', '.join(one.office for one in step.actors) or 'nobody'} to say here", hint=asked)
    return tuple(found)


def actors_of(keys: Iterable[Key], threshold: int) -> tuple[Actor, ...]:
    """The offices for which the keys under an entry speak. The authority only if at least ``threshold`` of its keys are there."""
    keys = tuple(keys)
    found = [key.issuer for key in keys if key.role in OF_OFFICES]
    if len({key.vkey.public for key in keys if key.role is KeyRole.AUTHORITY}) >= threshold:
        found.append(AUTHORITY)
    return tuple(Actor(one) for one in dict.fromkeys(found))
