"""Readers of the shell: what comes over HTTP, on a stick or as a photo. They have libraries of others below them."""

from __future__ import annotations

import io
import tarfile
import tempfile
import zipfile
from functools import cache
from pathlib import Path

from tallyproof.errors import InputError
from tallyproof.log import witness
from tallyproof.log.checkpoint import Checkpoint
from tallyproof_log import carry, pictures, timestamps
from tests.fuzz.targets import Target, small_log, small_policy
from tests.interop import made
from tests.support.biglog import ORIGIN, TIME


def witness_requests(data: bytes) -> None:
    request = witness.parse_request(data)
    if isinstance(request, witness.Refusal):
        assert request.status == 400
        return
    signed = witness.authenticate(request, {ORIGIN: made.log_signer().vkeys})
    if isinstance(signed, witness.Refusal):
        assert signed.status in {403, 404}
        return
    old = witness.Cosigned(Checkpoint(ORIGIN, 2, bytes(32)), signed.note, TIME)
    for latest in (None, old):
        refused = witness.decide(signed, latest, None)
        assert refused is None or refused.status in {400, 409, 422}


def archives(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.zip"
        path.write_bytes(data)
        try:
            carry.import_log(path, Path(folder) / "log", small_policy())
        except InputError as error:
            assert error.problems
        assert {one.name for one in Path(folder).iterdir()} <= {"log.zip", "log"}


def photos(data: bytes) -> None:
    try:
        found = pictures.read_texts(data)
    except pictures.PictureError:
        return
    assert all(one.startswith("TP1:") for one in found)


def replies(data: bytes) -> None:
    try:
        timestamps.check(data, b"text")
    except timestamps.TimestampError as error:
        assert error.code


def _packed() -> tuple[bytes, bytes]:
    """The small log as .zip and .tar."""
    zipped, taped = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as file, tarfile.open(fileobj=taped, mode="w") as tape:
        for name, data in small_log().items():
            file.writestr(name, data)
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tape.addfile(info, io.BytesIO(data))
    return zipped.getvalue(), taped.getvalue()


def _photo() -> list[bytes]:
    from PIL import Image

    drawn = pictures.to_png("TP1:HELLO WORLD 0123456789", scale=3)
    with Image.open(io.BytesIO(drawn)) as picture:
        other = {}
        for kind in ("JPEG", "WEBP", "TIFF"):
            file = io.BytesIO()
            picture.convert("L").save(file, kind)
            other[kind] = file.getvalue()
    return [drawn, *other.values()]


TARGETS: dict[str, Target] = {"witness": witness_requests, "archive": archives, "photo": photos, "timestamp": replies}


@cache
def seeds(target: str) -> list[bytes]:
    if target == "witness":
        return [b"old 0\n\n" + small_log()["checkpoint"], b"old 2\n" + b"A" * 43 + b"=\n\n" + small_log()["checkpoint"]]
    if target == "archive":
        return list(_packed())
    if target == "photo":
        return _photo()
    # Begin and end of a reply: granted, then signed data with nothing in it. The whole is too long to be typed in here.
    return [bytes.fromhex("301b3003020100301406092a864886f70d010702a0073005020103310030 00".replace(" ", ""))]
