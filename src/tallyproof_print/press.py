"""From blocks of plain text to the bytes of a PDF. Same blocks, same bytes: no clock, no network, no font of the machine."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import as_file, files
from typing import Any

LANGUAGES = ("en", "ur")
LONGEST = 400
"""Characters of one cell that are printed; more cannot be the name of anything."""
PAGES_OF_ROWS = 20_000

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


def number(figure: int | None, *, unread: str = "—") -> str:
    """1234567 as 1,234,567; Western digits in every language, as on the forms and pages."""
    return unread if figure is None else f"{figure:,}"


def chunks(digest: str) -> list[str]:
    """The 64 hexadecimal digits of a SHA-256 as 16 groups of four, to be read and typed one by one."""
    return [digest[place : place + 4] for place in range(0, len(digest), 4)]


def pdf(title: str, blocks: Sequence[Block], *, lang: str, footer: str, tagged: bool = True) -> bytes:
    """The document. ``footer`` is on every page, with its number.

    :raises PrintError: the extra [print] is not installed; an unknown language; too many rows.
    """
    try:
        import typst
    except ImportError as error:
        raise PrintError("printing needs a library that is not installed", hint="pip install 'tallyproof[print]'") from error
    if sum(len(block.get("rows", ())) for block in blocks) > PAGES_OF_ROWS:
        raise PrintError(f"a document of more than {PAGES_OF_ROWS} rows", hint="print one contest or area at a time")
    told = {"lang": lang, "title": plain(title), "footer": plain(footer), "words": words(lang), "blocks": blocks}
    with as_file(files("tallyproof_print")) as home:
        made = typst.compile(
            home / "page.typ",
            root=home,
            font_paths=[home / "fonts"],
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs={"data": json.dumps(told, ensure_ascii=False)},
            timestamp=0,
            pdf_tags=tagged,
        )
    return bytes(made)
