"""The QR of a record as a picture: drawing it, a form page with two copies, and reading it from a photo or scan.

Only the text in the symbol (``TP1:…``) is handled here; what it says is ``tallyproof.record.qr``'s. ``specs/log-v1.md`` section 5.
Measured for the choices: level M, not a higher one, because larger modules save more photos than more correction does; two copies in
different corners, because what damages one rarely damages both. Needs ``tallyproof[evidence]``.
"""

from __future__ import annotations

import io
import re
import struct
import unicodedata
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from xml.sax.saxutils import escape

from tallyproof.errors import RuleError

if TYPE_CHECKING:
    from PIL import Image

PREFIX = "TP1:"
BORDER = 4
MIN_MODULE_MM = 0.5
MAX_PIXELS = 64_000_000
"""Of all frames together: more than any phone takes, and 64 MB as greys."""
MAX_FILE = 64 << 20
MAX_FRAMES = 20
FORMATS = ("PNG", "JPEG", "WEBP", "TIFF")

Item = TypeVar("Item")

_WIDTH, _HEIGHT, _MARGIN, _GAP = 210.0, 297.0, 12.0, 4.0
_ALPHANUMERIC = re.compile(r"TP1:[0-9A-Z $%*+\-./:]*")
_UNDRAWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


class PictureError(RuleError):
    """What cannot be drawn, or is not a picture that may be read."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a form page shows: ``head`` below the title, ``rows`` of label and figure, the signed ``text``, the ``symbol`` (``TP1:…``)."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, str], ...]
    text: str
    symbol: str


def modules(symbol: str) -> tuple[bytes, ...]:
    """The symbol as rows of 0 (light) and 1 (dark), without border. Raises PictureError: odd characters, or more than one symbol holds."""
    import segno

    if not _ALPHANUMERIC.fullmatch(symbol):
        raise PictureError("not the text of a record's QR", hint="TP1: and base45, as record.qr writes it")
    try:
        made = segno.make_qr(symbol, error="m", mode="alphanumeric", boost_error=False)
    except ValueError as error:
        raise PictureError(
            f"{len(symbol)} characters are more than a QR holds", hint="fewer signatures, or fewer candidates on one form"
        ) from error
    return tuple(bytes(row) for row in made.matrix)


def to_png(symbol: str, scale: int = 8) -> bytes:
    """A PNG of ``scale`` pixels a module, with its quiet border."""
    from PIL import Image

    drawn = modules(symbol)
    side = len(drawn)
    plain = Image.frombytes("L", (side, side), b"".join(row.translate(_INK) for row in drawn))
    framed = Image.new("L", (side + 2 * BORDER, side + 2 * BORDER), 255)
    framed.paste(plain, (BORDER, BORDER))
    out = io.BytesIO()
    framed.resize((framed.width * scale, framed.height * scale), Image.Resampling.NEAREST).convert("1").save(out, "PNG", optimize=True)
    return out.getvalue()


def to_svg(symbol: str, module_mm: float = 0.8) -> str:
    """An SVG of its printed size, at least 0.5 mm a module."""
    drawn = modules(symbol)
    side = len(drawn) + 2 * BORDER
    wide = f"{side * max(module_mm, MIN_MODULE_MM):g}mm"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{wide}" viewBox="0 0 {side} {side}">'
    return f'{head}<path fill="#fff" d="M0 0h{side}v{side}H0z"/>{_path(drawn, BORDER, BORDER, 1)}</svg>\n'


def form_pages(form: Form) -> tuple[str, ...]:
    """The form as A4 pages (SVG), as many as rows and text need, each with the symbol at the top right and at the bottom left.

    Raises PictureError: as ``modules``, a text with control characters, a title with more lines than there is room for.
    """
    drawn = modules(form.symbol)
    across = len(drawn) + 2 * BORDER
    module = max(MIN_MODULE_MM, min(0.8, 70 / across))
    side = across * module
    beside = _WIDTH - 2 * _MARGIN - side - _GAP
    middle = _HEIGHT - 2 * (_MARGIN + side + _GAP)
    heads = [line for text in (form.title, *form.head) for line in _wrap(text, beside, 4.0)]
    if len(heads) > int(side / 5):
        raise PictureError(f"title and head have {len(heads)} lines", hint=f"there is room for {int(side / 5)}: shorten them")
    columns = 3 if len(form.rows) > 60 else 2 if len(form.rows) > 25 else 1
    column = (_WIDTH - 2 * _MARGIN - (columns - 1) * _GAP) / columns
    rows = [row for label, figure in form.rows for row in _row(label, figure, column)]
    texts = [line for part in form.text.split("\n") for line in _wrap(part, beside, 2.2)]
    row_pages = _cut(rows, columns * max(1, int(middle / 4.2)))
    text_pages = _cut(texts, max(1, int((side - 6) / 3)))
    count = max(len(row_pages), len(text_pages))
    corners = ((_WIDTH - _MARGIN - side, _MARGIN), (_MARGIN, _HEIGHT - _MARGIN - side))
    symbols = "".join(_path(drawn, x + BORDER * module, y + BORDER * module, module) for x, y in corners)
    pages = []
    for number in range(count):
        parts = [symbols]
        parts += [_text(_MARGIN, _MARGIN + 4 + 5 * at, 4.0, line) for at, line in enumerate(heads)]
        high = max(1, int(middle / 4.2))
        for at, (label, figure) in enumerate(row_pages[number] if number < len(row_pages) else []):
            left, top = _MARGIN + (at // high) * (column + _GAP), _MARGIN + side + _GAP + 4.2 * (at % high + 1)
            parts += [_text(left, top, 3.2, label), _text(left + column, top, 3.2, figure, anchor="end")]
        for at, line in enumerate(text_pages[number] if number < len(text_pages) else []):
            parts.append(_text(_MARGIN + side + _GAP, _HEIGHT - _MARGIN - side + 3 * (at + 1), 2.2, line, mono=True))
        parts.append(_text(_WIDTH - _MARGIN, _HEIGHT - _MARGIN, 2.6, f"{number + 1} / {count}", anchor="end"))
        head = f'<svg xmlns="http://www.w3.org/2000/svg" width="210mm" height="297mm" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}">'
        pages.append(f'{head}\n<path fill="#fff" d="M0 0h210v297H0z"/>\n' + "\n".join(parts) + "\n</svg>\n")
    return tuple(pages)


def read_picture(path: Path) -> tuple[str, ...]:
    """As ``read_texts``, of a file. Raises PictureError."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise PictureError(f"{path} cannot be read: {error.strerror}", hint="name the photo or scan") from error
    return read_texts(data)


def read_texts(data: bytes) -> tuple[str, ...]:
    """The different ``TP1:`` texts in a photo or scan (PNG, JPEG, WebP, TIFF), in the order found; empty if there is none.

    Raises PictureError: not such a picture, damaged, or too large. What else is in the picture is not looked at, and nothing is kept.
    """
    from PIL import Image, UnidentifiedImageError

    if len(data) > MAX_FILE:
        raise PictureError(f"the picture has more than {MAX_FILE >> 20} MB", hint="save it as JPEG")
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            return _texts(picture)
    except UnidentifiedImageError as error:
        raise PictureError("not a picture that can be read", hint="PNG, JPEG, WebP or TIFF") from error
    except Image.DecompressionBombError as error:
        raise PictureError(f"the picture has more than {MAX_PIXELS:,} pixels", hint="scan it at 300 dpi") from error
    except (OSError, ValueError, SyntaxError, EOFError, TypeError, LookupError, ArithmeticError, MemoryError, struct.error) as error:
        # Decoders of damaged files raise what they please.
        raise PictureError(f"the picture is damaged ({type(error).__name__})", hint="take or scan it again") from error


def _texts(picture: Image.Image) -> tuple[str, ...]:
    from PIL import ImageSequence

    found: dict[str, None] = {}
    left, number = MAX_PIXELS, 0
    if picture.width * picture.height <= MAX_PIXELS:
        # JPEG decodes straight to greys, with a third of the memory.
        picture.draft("L", picture.size)
    for frame in ImageSequence.Iterator(picture):
        left, number = left - frame.width * frame.height, number + 1
        # Before a pixel is decoded: a small file can claim to be a picture that no memory holds.
        if left < 0 or number > MAX_FRAMES:
            raise PictureError(f"the picture has more than {MAX_PIXELS:,} pixels or {MAX_FRAMES} pages", hint="scan it at 300 dpi")
        found.update(dict.fromkeys(_decode(_greys(frame))))
    return tuple(found)


def _greys(frame: Image.Image) -> Image.Image:
    from PIL import Image

    if frame.mode.startswith("I"):
        # 16 bits a pixel: a plain conversion would make everything white.
        return frame.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if "A" in frame.mode or "transparency" in frame.info:
        layers = frame.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layers.size, "white"), layers).convert("L")
    return frame.convert("L")


def _decode(picture: Image.Image) -> list[str]:
    import zxingcpp

    # The second way of telling dark from light reads some pages that the first does not, and is only tried on those.
    wanted = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
    for binarizer in (zxingcpp.Binarizer.LocalAverage, zxingcpp.Binarizer.GlobalHistogram):
        codes = zxingcpp.read_barcodes(picture, formats=wanted, text_mode=zxingcpp.TextMode.Plain, binarizer=binarizer)
        if texts := [code.text for code in codes if code.valid and _ALPHANUMERIC.fullmatch(code.text)]:
            return texts
    return []


_INK = bytes([255, 0]) + bytes(254)


def _path(drawn: Sequence[bytes], left: float, top: float, module: float) -> str:
    """The dark modules as one path, a piece for each run in a row."""
    runs = "".join(
        f"M{run.start()} {y}h{len(run[0])}v1h-{len(run[0])}z" for y, row in enumerate(drawn) for run in re.finditer(b"\x01+", row)
    )
    return f'<path fill="#000" transform="translate({left:.4f} {top:.4f}) scale({module:.6f})" d="{runs}"/>'


def _text(x: float, y: float, size: float, text: str, *, anchor: str = "start", mono: bool = False) -> str:
    family = "monospace" if mono else "sans-serif"
    place = f'x="{x:.2f}" y="{y:.2f}" font-size="{size}" font-family="{family}" text-anchor="{anchor}"'
    return f'<text {place} xml:space="preserve">{escape(text)}</text>'


def _row(label: str, figure: str, width: float) -> list[tuple[str, str]]:
    figures = _wrap(figure, width / 3, 3.2)
    labels = _wrap(label, width * 2 / 3, 3.2)
    # The figure stands on the last line of its label.
    lines = max(len(figures), len(labels))
    figures = [""] * (lines - len(figures)) + figures
    return list(zip(labels + [""] * (lines - len(labels)), figures, strict=True))


def _wrap(text: str, width: float, size: float) -> list[str]:
    """Lines of ``text``, no character left out, of at most ``width`` mm in letters of ``size`` mm. Raises PictureError."""
    if _UNDRAWABLE.search(text):
        raise PictureError(f"a text cannot be printed: {text[:80]!r}", hint="without control characters")
    room = max(1.0, width / (0.62 * size))
    lines, line, used = [], "", 0.0
    for char in text:
        cells = 1.7 if unicodedata.east_asian_width(char) in "WF" else 0.0 if unicodedata.combining(char) else 1.0
        if used + cells > room and line:
            lines.append(line)
            line, used = "", 0.0
        line, used = line + char, used + cells
    return [*lines, line]


def _cut(items: list[Item], size: int) -> list[list[Item]]:
    return [items[at : at + size] for at in range(0, len(items), size)]
