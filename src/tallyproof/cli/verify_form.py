"""``tallyproof verify PHOTO --log LOG``: the signed QR of a form, read from a photo and held against the log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tallyproof.compare.logged import LogRead
from tallyproof.errors import Problem, UsageError
from tallyproof.record import qr


def verify_form(photo: Path, read: LogRead | None, station: str | None) -> tuple[list[Problem], dict[str, Any] | None]:
    """What is wrong with the codes on the photo; if nothing is, what the first says: contest, station, names of keys, index.

    Raises PictureError, and UsageError where there is no log to hold it against.
    """
    from tallyproof_log.pictures import read_picture

    if read is None:
        raise UsageError("the log has no entries to hold a form against", hint="name the log of this election with --log")
    texts = read_picture(photo)
    if not texts:
        return [_problem(photo, "qr-malformed", "no code of a form was found on the picture")], None
    known = qr.dictionaries(read.origin, read.book.contests.values())
    problems: list[Problem] = []
    forms: list[dict[str, Any]] = []
    for text in texts:
        try:
            found = qr.look_up(qr.from_letters(text, read.origin, known), read.book, station=station)
        except qr.QrError as error:
            problems.append(_problem(photo, error.code, error.message))
            continue
        value = found.entry.value
        names = ", ".join(key.vkey.name for key in found.keys)
        forms.append({"contest": value["contest"], "station": value["station"], "names": names, "index": found.index})
    # The two copies on a form have one text; of several texts each is judged, and one that is wrong is not hidden by another.
    return problems, forms[0] if forms and not problems else None


def _problem(photo: Path, code: str, message: str) -> Problem:
    return Problem(file=photo.name, code=code, message=message, mend=qr.CODES[code])
