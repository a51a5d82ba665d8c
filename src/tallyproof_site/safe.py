"""Text that came from outside, made safe to print: bidi controls, file names, anchors, spreadsheet cells.

Escaping for HTML is done once, by the templates (autoescape); nothing here escapes except ``isolated``, which makes
the one kind of markup that is not written in a template.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

FSI, PDI = "\u2068", "\u2069"
"""First strong isolate and its end. Only we write them: ``clean`` takes them out of everything that was read."""

_BIDI = {
    0x061C: "ALM",
    0x200E: "LRM",
    0x200F: "RLM",
    0x202A: "LRE",
    0x202B: "RLE",
    0x202C: "PDF",
    0x202D: "LRO",
    0x202E: "RLO",
    0x2066: "LRI",
    0x2067: "RLI",
    0x2068: "FSI",
    0x2069: "PDI",
}
_STRIP = dict.fromkeys([*_BIDI, *range(0x20), *range(0x7F, 0xA0), 0xFEFF, 0x2028, 0x2029], "")
_STRIP |= {0x09: " ", 0x0A: " ", 0x0D: " ", 0x2028: " ", 0x2029: " "}
_SHOW = {point: f"[{short}]" for point, short in _BIDI.items()} | {
    point: f"[U+{point:04X}]" for point in [*range(0x20), *range(0x7F, 0xA0), 0xFEFF, 0x2028, 0x2029]
}
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|\s*[\t\r\n]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: object) -> str:
    """A name or sentence without bidi controls and control characters. Joiners (ZWNJ, ZWJ) stay: Urdu needs them."""
    return re.sub(r" {2,}", " ", _SURROGATE.sub("\ufffd", str(text)).translate(_STRIP)).strip()


def ident(text: object) -> str:
    """A key, kept recognisable: two keys that differ in an invisible character must not look the same."""
    return _SURROGATE.sub("\ufffd", str(text)).translate(_SHOW)


def isolate(text: str) -> str:
    """``text`` between isolates, so that its direction cannot move what stands beside it."""
    return f"{FSI}{text}{PDI}"


def isolated(text: str) -> Markup:
    """Escaped text in which our isolates have become ``<bdi>``."""
    return Markup(str(escape(text)).replace(FSI, "<bdi>").replace(PDI, "</bdi>"))  # noqa: S704  escaped on this line


def slug(text: str) -> str:
    """A file name or anchor for a key: the key itself where that is plain ASCII, else its plain part and a hash."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", unicodedata.normalize("NFKD", text)).strip("-")[:60]
    if plain == text and not re.fullmatch(r"(?i)con|prn|aux|nul|com\d|lpt\d", text):
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{plain}-{digest}" if plain else digest


def slugs(keys: Iterable[str]) -> dict[str, str]:
    """One file name a key, distinct even where a file system ignores case."""
    result: dict[str, str] = {}
    taken: set[str] = set()
    for key in keys:
        name = slug(key)
        if name.lower() in taken:
            name = f"{name}-{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
        taken.add(name.lower())
        result[key] = name
    return result


_HIDDEN = dict.fromkeys([*_BIDI, 0], "")
_UNUSUAL = re.compile("[" + "".join(map(chr, _HIDDEN)) + "\ud800-\udfff]")
_QUOTED = re.compile('[,"\r\n]')


def cell(value: object) -> str:
    """One CSV cell. Text that a spreadsheet would run as a formula gets a ``'`` before it; counts are left alone."""
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    text = str(value)
    if _UNUSUAL.search(text):
        text = _SURROGATE.sub("\ufffd", text).translate(_HIDDEN)
    return f"'{text}" if _FORMULA.match(text) else text


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """RFC 4180, comma, CRLF; every cell through ``cell``."""

    def quoted(value: object) -> str:
        text = cell(value)
        return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text

    return "".join(",".join(map(quoted, row)) + "\r\n" for row in rows)
