"""From blocks of plain text to the bytes of a PDF. Same blocks, same bytes: no clock, no network, no font of the machine."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import as_file, files
from typing import Any

INSTALL = "pip install 'tallyproof[print]'"
LANGUAGES = ("en", "ur")
LONGEST = 500
"""Characters of one text that are printed: as many as a text of an entry can have (specs/entry-v1.md section 4)."""
FOOT = 100
"""Characters of a footer, which has one or two lines."""
MOST_ROWS = 20_000

Block = dict[str, Any]
"""``t`` (h, p, note, kv, table, chunks, sign, boxes, picture, turn) and what ``page.typ`` asks for."""


class PrintError(Exception):
    """It cannot be printed. ``message`` says why, ``hint`` how to mend it."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@cache
def words(lang: str) -> Mapping[str, Any]:
    """The words of a language, by name."""
    if lang not in LANGUAGES:
        raise PrintError(f"nothing is printed in {lang!r}", hint=f"choose one of {', '.join(LANGUAGES)}")
    text = (files("tallyproof_print") / "words" / f"{lang}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def plain(text: object) -> str:
    """Text as it is printed: without control characters and marks that turn the direction of what follows, cut where too long."""
    shown = "".join(" " if one in "\n\r\t" else one for one in str(text) if one in "\n\r\t" or _printable(one))
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"


def _printable(one: str) -> bool:
    point = ord(one)
    directions = 0x202A <= point <= 0x202E or 0x2066 <= point <= 0x2069 or point in (0x200E, 0x200F, 0x061C)
    return not directions and not (point < 0x20 or 0x7F <= point <= 0x9F or 0xD800 <= point <= 0xDFFF)


def code(text: object) -> dict[str, str]:
    """A cell in which every sign counts: keys, hashes; always from left to right."""
    return {"code": plain(text)}


def figures(text: object) -> dict[str, str]:
    """A cell with signs beside figures (``≥ 12``, ``+100``): from left to right, which else turns them around in Urdu."""
    return {"ltr": plain(text)}


def names(count: str, listed: Sequence[str]) -> dict[str, Any]:
    """A cell with a count and names, each kept together and in its own direction."""
    return {"count": count, "names": [plain(one) for one in listed]}


def qr(text: str, *, label: str, width: int = 30) -> Block:
    """A QR symbol, ``width`` mm wide with its quiet border, and its text beside it.

    :raises PrintError: the extra [print] is not installed; more text than a symbol of that width can hold and be read.
    """
    try:
        import segno
    except ImportError as error:
        raise PrintError("a QR needs a library that is not installed", hint=INSTALL) from error
    if not text.isprintable() or len(text) > LONGEST:
        raise PrintError(f"not an address for a QR: {plain(text)[:40]}", hint=f"at most {LONGEST} characters, without control characters")
    try:
        made = segno.make_qr(text, error="m")
    except ValueError as error:
        raise PrintError(f"{len(text)} characters are more than a QR holds", hint="give a shorter address") from error
    svg = made.svg_inline(scale=4, border=4, omitsize=False)
    return {"t": "picture", "svg": svg, "width": width, "alt": label, "label": label, "text": plain(text)}


def number(figure: int | None, *, unread: str = "—") -> str:
    """1234567 as 1,234,567; Western digits in every language, as on the forms and pages."""
    return unread if figure is None else f"{figure:,}"


def chunks(digest: str) -> list[str]:
    """The 64 hexadecimal digits of a SHA-256 as 16 groups of four, to be read and typed one by one."""
    return [digest[place : place + 4] for place in range(0, len(digest), 4)]


def pdf(
    title: str, blocks: Sequence[Block], *, whole: bool = False, lang: str, footer: str, digest: str = "", at: datetime | None = None
) -> bytes:
    """The document. ``footer`` and ``digest`` are on every page, with its number. ``at``: the date in its metadata.
    ``whole``: what stands between two turns is one page, printed smaller where it needs more room.

    :raises PrintError: the extra [print] is not installed; an unknown language; too many rows.
    """
    try:
        import typst
    except ImportError as error:
        raise PrintError("printing needs a library that is not installed", hint=INSTALL) from error
    if sum(len(block.get("rows", ())) for block in blocks) > MOST_ROWS:
        raise PrintError(f"a document of more than {MOST_ROWS} rows", hint="print one contest or area at a time")
    foot = plain(footer)
    told: dict[str, Any] = {
        "lang": lang,
        "title": plain(title),
        "footer": foot if len(foot) <= FOOT else foot[: FOOT - 1] + "…",
        "digest": plain(digest),
        "words": words(lang),
        "blocks": blocks,
    }
    if whole:
        told["pages"] = [[]]
        for block in blocks:
            told["pages"].append([]) if block["t"] == "turn" else told["pages"][-1].append(block)
    if at is not None:
        told["at"] = [at.year, at.month, at.day, at.hour, at.minute, at.second]
    with as_file(files("tallyproof_print")) as home:
        made = typst.compile(
            home / "page.typ",
            root=home,
            font_paths=[home / "fonts"],
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs={"data": json.dumps(told, ensure_ascii=False)},
            timestamp=0,
            pdf_tags=True,
        )
    # Readers that take this as "every line runs from the right" (PDFium) turn Latin words and hashes around; without it each line decides.
    return bytes(made).replace(b"/ViewerPreferences<</Direction/R2L", b"/ViewerPreferences<</Direction/L2R")
