"""QR pictures: drawn, printed, photographed, damaged, and what is no picture at all."""

from __future__ import annotations

import io
import random
import re
import struct
import xml.etree.ElementTree as ET
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFile, ImageFilter

from tallyproof_log import pictures
from tallyproof_log.pictures import Form, PictureError

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
SVG = "{http://www.w3.org/2000/svg}"


def symbol(length: int, seed: int = 7) -> str:
    return "TP1:" + "".join(random.Random(seed).choices(ALPHABET, k=length - 4))


def form(text: str = "", rows: int = 12, length: int = 340) -> Form:
    figures = tuple((f"Candidate {number}", f"{number * 37}") for number in range(rows))
    return Form("results.example/2027", ("NA-1", "station 7"), figures, text or '{"contest":"NA-1","station":"7"}', symbol(length))


def saved(picture: Image.Image, kind: str = "PNG", **options: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def printed(page: str, dots: float) -> Image.Image:
    """The symbols of an SVG page at ``dots`` a millimetre, drawn by other code than that which wrote it."""
    root = ET.fromstring(page)
    picture = Image.new("L", (round(210 * dots), round(297 * dots)), 255)
    draw = ImageDraw.Draw(picture)
    for path in root.iter(f"{SVG}path"):
        moved = re.fullmatch(r"translate\(([\d.]+) ([\d.]+)\) scale\(([\d.]+)\)", path.get("transform", ""))
        if not moved:
            continue
        left, top, module = (float(part) for part in moved.groups())
        for x, y, wide in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path.get("d", "")):
            corners = [left + int(x) * module, top + int(y) * module, left + (int(x) + int(wide)) * module, top + (int(y) + 1) * module]
            draw.rectangle([round(corner * dots) - (at > 1) for at, corner in enumerate(corners)], fill=0)
    return picture


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet=ALPHABET, max_size=400))
def test_round_trip(rest: str) -> None:
    assert pictures.read_texts(pictures.to_png("TP1:" + rest, 3)) == ("TP1:" + rest,)


@pytest.mark.parametrize("length", [4, 100, 1_000, 3_391])
def test_small_and_large(length: int) -> None:
    text = symbol(length)
    assert pictures.read_texts(pictures.to_png(text, 4)) == (text,)


def test_the_symbol_is_level_m_without_boost() -> None:
    import segno

    text = symbol(200)
    made = segno.make_qr(text, error="m", boost_error=False)
    assert len(pictures.modules(text)) == made.symbol_size(border=0)[0]
    # A short text in a symbol with room to spare would be raised to level H by default.
    assert segno.make_qr(text).error != "M"


def test_too_long_or_not_ours() -> None:
    with pytest.raises(PictureError, match="more than a QR holds"):
        pictures.modules(symbol(3_392))
    for odd in ("", "TP1", "HC1:ABC", "TP1:abc", "TP1:Ä", "TP1:A\n", " TP1:A"):
        with pytest.raises(PictureError, match="not the text"):
            pictures.modules(odd)


def test_an_svg_has_its_printed_size() -> None:
    text = symbol(340)
    side = len(pictures.modules(text)) + 8
    root = ET.fromstring(pictures.to_svg(text))
    assert root.get("width") == f"{side * 0.8:g}mm"
    assert ET.fromstring(pictures.to_svg(text, 0.1)).get("width") == f"{side * 0.5:g}mm"


@pytest.mark.parametrize("length", [100, 340, 1_500, 3_391])
def test_a_form_page(length: int) -> None:
    made = form(length=length)
    (page,) = pictures.form_pages(made)
    root = ET.fromstring(page)
    assert (root.get("width"), root.get("height")) == ("210mm", "297mm")
    assert "scale(0.5" in page or "scale(0.6" in page or "scale(0.7" in page or "scale(0.8" in page
    picture = printed(page, 12)
    assert pictures.read_texts(saved(picture)) == (made.symbol,)
    # Each copy alone, in its corner of the page.
    wide, high = picture.size
    for box in ((wide // 2 - 60, 0, wide, high // 2), (0, high // 2, wide // 2 + 60, high)):
        assert pictures.read_texts(saved(picture.crop(box))) == (made.symbol,)


def test_nothing_is_left_out_or_drawn_over() -> None:
    text = "results.example/2027\nstation-record/v1\n" + '{"votes":{' + ",".join(f'"candidate-{n}":{n}' for n in range(400)) + "}}"
    made = form(text=text, rows=400, length=3_000)
    pages = pictures.form_pages(made)
    assert len(pages) > 1
    mono, labels, figures = [], [], []
    for page in pages:
        assert page.count("<path") == 3
        places = set()
        for one in ET.fromstring(page).iter(f"{SVG}text"):
            x, y = float(one.get("x", "")), float(one.get("y", ""))
            assert 0 < x < 210
            assert 0 < y < 297
            assert (x, y) not in places
            places.add((x, y))
            kind = mono if one.get("font-family") == "monospace" else figures if one.get("text-anchor") == "end" else labels
            kind.append(one.text or "")
    assert "".join(mono) == text.replace("\n", "")
    assert [one for one in labels if one.startswith("Candidate")] == [label for label, _ in made.rows]
    assert [one for one in figures if "/" not in one] == [figure for _, figure in made.rows]


def test_what_is_written_stays_text() -> None:
    odd = form(text='<script>alert("&")</script>')
    (page,) = pictures.form_pages(Form("<b>&", ("سیف باری",), (("<i>", "]]>"),), odd.text, odd.symbol))
    told = [one.text for one in ET.fromstring(page).iter(f"{SVG}text")]
    for text in ("<b>&", "سیف باری", "<i>", "]]>", odd.text):
        assert text in told
    for control in ("a\x00b", "a\ud800", "a\uffff", "\x1b[0m"):
        with pytest.raises(PictureError, match="cannot be printed"):
            pictures.form_pages(Form(control, (), (), "x", odd.symbol))
    with pytest.raises(PictureError, match="shorten"):
        pictures.form_pages(Form("long " * 200, (), (), "x", odd.symbol))


def photo(seed: int = 1) -> Image.Image:
    (page,) = pictures.form_pages(form())
    return printed(page, 9)


@pytest.mark.parametrize("degrees", [3, 45, 90, 137, 180, 271])
def test_rotated(degrees: int) -> None:
    turned = photo().rotate(degrees, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    assert pictures.read_texts(saved(turned)) == (form().symbol,)


@pytest.mark.parametrize("radius", [1.0, 2.5])
def test_blurred(radius: float) -> None:
    assert pictures.read_texts(saved(photo().filter(ImageFilter.GaussianBlur(radius)))) == (form().symbol,)


@pytest.mark.parametrize("quality", [5, 30, 90])
def test_compressed(quality: int) -> None:
    assert pictures.read_texts(saved(photo(), "JPEG", quality=quality)) == (form().symbol,)


def test_dark_noisy_and_shaded() -> None:
    noise = random.Random(5)
    picture = photo().resize((1200, 1700), Image.Resampling.BILINEAR)
    shade = Image.linear_gradient("L").resize(picture.size).point(lambda value: 60 + value // 3)
    dark = Image.composite(shade, Image.new("L", picture.size, 25), picture.point(lambda value: 255 if value > 127 else 0))
    grains = Image.frombytes("L", picture.size, noise.randbytes(picture.width * picture.height))
    assert pictures.read_texts(saved(Image.blend(dark, grains, 0.12), "JPEG", quality=60)) == (form().symbol,)


def test_one_copy_destroyed() -> None:
    picture = photo()
    for box in ((0, 0, picture.width, picture.height // 2), (0, picture.height // 2, picture.width, picture.height)):
        damaged = picture.copy()
        damaged.paste(90, box)
        assert pictures.read_texts(saved(damaged)) == (form().symbol,)
    assert pictures.read_texts(saved(Image.new("L", picture.size, 90))) == ()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "PA"])
def test_kinds_of_pixels(mode: str) -> None:
    plain = Image.open(io.BytesIO(pictures.to_png(symbol(100), 6)))
    deep = plain.convert("I").point(lambda value: value * 257)
    picture = deep.convert("I;16") if mode == "I;16" else plain.convert("L").convert(mode)
    kind = "TIFF" if mode in ("CMYK", "PA") else "PNG"
    assert pictures.read_texts(saved(picture, kind)) == (symbol(100),)


def test_dark_on_nothing() -> None:
    ink = Image.open(io.BytesIO(pictures.to_png(symbol(100), 6))).convert("L").point(lambda value: 255 - value)
    clear = Image.new("RGBA", ink.size, (0, 0, 0, 0))
    clear.putalpha(ink)
    assert pictures.read_texts(saved(clear)) == (symbol(100),)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_file_formats(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "scan"
    path.write_bytes(saved(photo(), kind))
    assert pictures.read_picture(path) == (form().symbol,)


def test_several_forms_in_one_scan() -> None:
    texts = tuple(symbol(120, seed) for seed in range(3))
    leaves = [Image.open(io.BytesIO(pictures.to_png(text, 5))).convert("L") for text in texts]
    out = io.BytesIO()
    leaves[0].save(out, "TIFF", save_all=True, append_images=leaves[1:])
    assert pictures.read_texts(out.getvalue()) == texts
    out = io.BytesIO()
    leaves[0].save(out, "TIFF", save_all=True, append_images=leaves * 7)
    with pytest.raises(PictureError, match="20 pages"):
        pictures.read_texts(out.getvalue())


def test_other_codes_are_not_ours() -> None:
    import segno

    out = io.BytesIO()
    segno.make_qr("https://results.example/").save(out, kind="png", scale=5)
    assert pictures.read_texts(out.getvalue()) == ()


def test_not_a_picture(tmp_path: Path) -> None:
    gif, bmp = io.BytesIO(), io.BytesIO()
    Image.new("L", (9, 9)).save(gif, "GIF")
    Image.new("L", (9, 9)).save(bmp, "BMP")
    for odd in (
        b"",
        b"TP1:ABC",
        b"\x89PNG\r\n\x1a\n",
        b"%PDF-1.7",
        b"<svg/>",
        gif.getvalue(),
        bmp.getvalue(),
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
    ):
        with pytest.raises(PictureError):
            pictures.read_texts(odd)
    for place in (tmp_path, tmp_path / "none.png"):
        with pytest.raises(PictureError, match="cannot be read"):
            pictures.read_picture(place)


def bomb(wide: int, high: int) -> bytes:
    """A PNG of a few bytes that claims ``wide`` times ``high`` pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(10_000_000), 9)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("wide", "high"), [(8_001, 8_000), (9_500, 9_500), (14_000, 14_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_picture_bomb(wide: int, high: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(_picture: Image.Image) -> None:
        pytest.fail("pixels were decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    with pytest.raises(PictureError, match="pixels"):
        pictures.read_texts(bomb(wide, high))


def test_a_large_file_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_FILE", 1_000)
    with pytest.raises(PictureError, match="more than"):
        pictures.read_texts(bytes(1_001))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damaged_files(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "WEBP", "TIFF"]))
    text = symbol(60)
    whole = bytearray(saved(Image.open(io.BytesIO(pictures.to_png(text, 3))).convert("L"), kind))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        if data.draw(st.booleans()):
            whole[at] = data.draw(st.integers(0, 255))
        else:
            del whole[max(1, at) :]
    try:
        found = pictures.read_texts(bytes(whole))
    except PictureError:
        return
    assert found in ((), (text,))
