"""The QR text of a form → is it a record of this log? specs/log-v1.md section 5."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable

from tallyproof_verify.entries import canonical, read_entry
from tallyproof_verify.notes import Wrong, ed25519
from tallyproof_verify.replay import AT_STATION, Replay

_DIGITS = {digit: value for value, digit in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")}


def _base45(text: str) -> bytes:
    out = bytearray()
    for i in range(0, len(text), 3):
        digits = [_DIGITS[one] for one in text[i : i + 3]]
        out += sum(digit * 45**place for place, digit in enumerate(digits)).to_bytes(len(digits) - 1 or -1, "big")
    return bytes(out)


def check_qr(text: str, station: str | None, origin: str, replay: Replay, wrong: Callable[[str, str], None]) -> None:
    """Calls ``wrong`` with code and sentence for what is wrong. Raises ``Wrong`` if the record cannot be read."""
    try:
        data = _base45(text.removeprefix("TP1:")) if text.startswith("TP1:") and len(text) < 1 << 17 else b""
        length = int.from_bytes(data[4:6], "big")
        packed, signed = data[6 : 6 + length], data[6 + length :]
        if len(data) < 6 or len(packed) < length or len(signed) % 68 or len(signed) > 16 * 68:
            raise ValueError("no TP1: before it, or lengths that do not fit")
    except (ValueError, KeyError, OverflowError) as error:
        raise Wrong("qr-malformed", f"not the text of such a QR ({error!s:.80})") from None
    for key, race in replay.races.items():
        votes, boxes = dict.fromkeys(race.contest.candidates, 0), dict.fromkeys(race.boxes, 0)
        fields = {"act": "count", "boxes": boxes, "closed": "", "contest": key, "source": "officer", "station": "", "votes": votes}
        words = f"{origin}\nstation-record/v1\n{canonical(fields)}\n".encode()
        if hashlib.sha256(words).digest()[:4] == data[:4]:
            break
    else:
        raise Wrong("qr-dictionary", "no contest of the log has the dictionary that this QR was made with")
    try:
        inflate = zlib.decompressobj(-15, zdict=words)
        plain = inflate.decompress(packed, 65_536)
        entry = read_entry(plain + b"\n\xe2\x80\x94 none AAAAAAA=\n", origin)
        if not inflate.eof or inflate.unused_data or entry.text != plain or entry.kind != "station-record":
            raise ValueError("more than one stream, or no station record")
    except (zlib.error, ValueError, Wrong) as error:
        raise Wrong("qr-malformed", f"what was packed is no station record of this election ({error!s:.120})") from None
    here = entry.data["station"]
    if station is not None and here != station:
        wrong("qr-station", f"this is the record of station {here}, not of {station}")
    holders = [one for one in replay.keys.values() if one.role in AT_STATION and one.of(one.role, entry.data)]
    true, false = 0, 0
    for i in range(0, len(signed), 68):
        keys = [one.key for one in holders if one.key.id == signed[i : i + 4]]
        is_true = any(ed25519(one.public, signed[i + 4 : i + 68], plain) for one in keys)
        true, false = true + is_true, false + (bool(keys) and not is_true)
    if false or not true:
        wrong("qr-signature", f"of keys of station {here}, {true} signatures are true and {false} false; one must be true and none false")
    if entry.id not in replay.made:
        others = [one.record for one in race.made if (one.record.station, one.record.source) == (here, entry.data["source"])]
        wrong("qr-not-logged", f"the log has {'another record of' if others else 'no record of'} station {here} and {entry.data['source']}")
