"""Private keys on disk: who may read them, what is said when they cannot be read, and that nothing of them leaks."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import traceback
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tallyproof.record import ed25519
from tallyproof.record.note import Algorithm
from tallyproof_log import keyfiles
from tallyproof_log.keyfiles import KeyFileError, Passphrase, SecretKey

WORDS = "correct horse battery"
WRONG = "something wrong"
NAME = "log.results.example"
KINDS = list(Algorithm)


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyfiles, "SCRYPT_N", 2)


def secret_of(key: SecretKey) -> bytes:
    return key.private.private_bytes_raw()


@pytest.mark.parametrize("kind", KINDS)
def test_round_trip(tmp_path: Path, kind: Algorithm) -> None:
    made = keyfiles.generate(NAME, kind)
    path = tmp_path / "log.key"
    keyfiles.write(path, made, Passphrase(WORDS))
    assert path.stat().st_mode & 0o777 == 0o600
    found = keyfiles.read(path, Passphrase(WORDS))
    assert found.vkey == made.vkey == keyfiles.read_vkey(path)
    assert secret_of(found) == secret_of(made)
    assert path.read_text().splitlines()[0] == str(made.vkey)
    assert path.read_text().splitlines()[1] == "-----BEGIN ENCRYPTED PRIVATE KEY-----"


def test_no_two_keys_are_the_same(tmp_path: Path) -> None:
    first, second = (keyfiles.generate(NAME, Algorithm.ED25519) for _ in range(2))
    assert first.vkey != second.vkey
    for number in (1, 2):
        keyfiles.write(tmp_path / f"{number}.key", first, Passphrase(WORDS))
    assert (tmp_path / "1.key").read_text().splitlines()[2:] != (tmp_path / "2.key").read_text().splitlines()[2:]


@pytest.mark.parametrize("kind", [Algorithm.ED25519, Algorithm.COSIGNATURE_ED25519])
def test_generated_keys_are_sound(kind: Algorithm) -> None:
    assert ed25519.load(keyfiles.generate(NAME, kind).vkey.public) is not None


def test_openssl_reads_it_at_full_cost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not (openssl := shutil.which("openssl")):
        pytest.skip("openssl is not installed")
    monkeypatch.setattr(keyfiles, "SCRYPT_N", 2**14)
    made = keyfiles.generate(NAME, Algorithm.ED25519)
    path = tmp_path / "log.key"
    keyfiles.write(path, made, Passphrase(WORDS))
    done = subprocess.run(
        [openssl, "pkey", "-in", str(path), "-passin", f"pass:{WORDS}", "-pubout", "-outform", "DER"], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout[-32:] == made.vkey.public
    scheme = subprocess.run([openssl, "asn1parse", "-in", str(path)], capture_output=True, text=True, check=True).stdout
    assert ":scrypt" in scheme
    assert ":4000" in scheme  # N = 16,384
    assert ":aes-256-cbc" in scheme


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o601, 0o644, 0o777])
def test_refused_if_others_may_use_it(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "log.key"
    keyfiles.write(path, keyfiles.generate(NAME, Algorithm.ED25519), Passphrase(WORDS))
    path.chmod(mode)
    with pytest.raises(KeyFileError, match="others than its owner"):
        keyfiles.read(path, Passphrase(WORDS))
    assert keyfiles.read_vkey(path).name == NAME


def test_a_wide_umask_does_not_widen_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        keyfiles.write(tmp_path / "log.key", keyfiles.generate(NAME, Algorithm.ED25519), Passphrase(WORDS))
    finally:
        os.umask(before)
    assert (tmp_path / "log.key").stat().st_mode & 0o777 == 0o600


def test_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    path.write_text("something else")
    (tmp_path / "link.key").symlink_to(tmp_path / "elsewhere")
    for taken in (path, tmp_path / "link.key"):
        with pytest.raises(KeyFileError, match="is there already"):
            keyfiles.write(taken, keyfiles.generate(NAME, Algorithm.ED25519), Passphrase(WORDS))
    assert path.read_text() == "something else"
    assert not (tmp_path / "elsewhere").exists()


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keyfiles.os, "fsync", full)
    with pytest.raises(KeyFileError, match="No space left"):
        keyfiles.write(tmp_path / "log.key", keyfiles.generate(NAME, Algorithm.ED25519), Passphrase(WORDS))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("where", ["no/such/folder/log.key", "."])
def test_a_place_that_cannot_be_written(tmp_path: Path, where: str) -> None:
    with pytest.raises(KeyFileError):
        keyfiles.write(tmp_path / where, keyfiles.generate(NAME, Algorithm.ED25519), Passphrase(WORDS))


def test_nothing_leaks(tmp_path: Path) -> None:
    made = keyfiles.generate(NAME, Algorithm.ED25519)
    path = tmp_path / "log.key"
    keyfiles.write(path, made, Passphrase(WORDS))
    told = [repr(made), str(made), repr(Passphrase(WORDS)), str(Passphrase(WORDS)), f"{Passphrase(WORDS)!s}"]
    with pytest.raises(KeyFileError, match="wrong passphrase") as caught:
        keyfiles.read(path, Passphrase(WRONG))
    told.append("".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()))
    assert caught.value.__cause__ is None
    for odd in ("short12", "\udcff" * 9, "ü" * 501):
        with pytest.raises(KeyFileError) as refused:
            Passphrase(odd)
        # The frame of the test itself is left out: what a caller does with a passphrase is its own affair.
        assert refused.value.__traceback__ is not None
        shown = traceback.TracebackException(KeyFileError, refused.value, refused.value.__traceback__.tb_next, capture_locals=True)
        assert repr(odd)[1:-1] not in "".join(shown.format())
        assert refused.value.__context__ is None
        told.append(str(refused.value))
    raw = secret_of(made)
    for text in told:
        for secret in (WORDS, WRONG, raw.hex(), base64.b64encode(raw).decode(), repr(raw)):
            assert secret not in text
    assert raw not in path.read_bytes()


@pytest.mark.parametrize("text", ["", "short12", "1234567"])
def test_a_short_passphrase_is_refused(text: str) -> None:
    with pytest.raises(KeyFileError, match="at least 8"):
        Passphrase(text)


def test_a_passphrase_is_the_same_from_every_keyboard(tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    keyfiles.write(path, keyfiles.generate(NAME, Algorithm.ED25519), Passphrase("Schlüssel eins"))
    assert keyfiles.read(path, Passphrase("Schlu\u0308ssel eins")).vkey.name == NAME


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "x" * 201])
def test_names_that_no_key_may_have(name: str) -> None:
    with pytest.raises(KeyFileError, match="no key may be called"):
        keyfiles.generate(name, Algorithm.ED25519)


def test_a_public_line_of_another_key(tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    made, other = (keyfiles.generate(NAME, Algorithm.ED25519) for _ in range(2))
    post_quantum = keyfiles.generate(NAME, Algorithm.COSIGNATURE_MLDSA44)
    keyfiles.write(path, made, Passphrase(WORDS))
    for vkey in (other.vkey, post_quantum.vkey):
        path.write_text("\n".join([str(vkey), *path.read_text().splitlines()[1:], ""]))
        with pytest.raises(KeyFileError, match="not the public half"):
            keyfiles.read(path, Passphrase(WORDS))


def test_not_a_key_file(tmp_path: Path) -> None:
    path = tmp_path / "odd.key"
    for content in (b"", b"\n", b"\xff" * 40, b"x" * 40_000, b"-----BEGIN PRIVATE KEY-----\n", f"{NAME}\n\n\n\n".encode()):
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(KeyFileError, match="is not a key file"):
            keyfiles.read(path, Passphrase(WORDS))
    for odd in (tmp_path, tmp_path / "none.key"):
        with pytest.raises(KeyFileError):
            keyfiles.read(odd, Passphrase(WORDS))
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(KeyFileError, match="is not a file"):
        keyfiles.read(tmp_path / "pipe", Passphrase(WORDS))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_file_says_so(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "log.key"
    if not path.exists():
        keyfiles.write(path, keyfiles.generate(NAME, Algorithm.ED25519), Passphrase(WORDS))
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    other = bytes([data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[at]))])
    odd = tmp_path / "odd.key"
    odd.write_bytes(whole[:at] + other + whole[at + 1 :])
    odd.chmod(0o600)
    try:
        found = keyfiles.read(odd, Passphrase(WORDS))
    except KeyFileError:
        return
    # Only what is no content may differ: the white space at the end of a line.
    assert found.vkey == keyfiles.read_vkey(path)
    assert secret_of(found) == secret_of(keyfiles.read(path, Passphrase(WORDS)))
