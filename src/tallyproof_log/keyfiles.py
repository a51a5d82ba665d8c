"""Private keys on disk: encrypted PKCS#8 in a file that only its owner may read, with the public key in a line before it.

    commission.results.example+1a2b3c4d+AbC…        the verifier key (C2SP vkey), which is no secret
    -----BEGIN ENCRYPTED PRIVATE KEY-----           PBES2 with scrypt and AES-256 (RFC 5958, RFC 8018, RFC 7914): ``openssl pkey`` reads it

Sources: RFC 7468 for the text before the PEM block; the scrypt cost is that of the OWASP Password Storage Cheat Sheet (N 2^14, r 8, p 5).
The passphrase protects the secret, not the line: whoever may write the file could give the key another name or use.
No error, repr or traceback of this module has a passphrase or a private key in it.
"""

from __future__ import annotations

import base64
import os
import re
import stat
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

from tallyproof.errors import RuleError
from tallyproof.log.checkpoint import PrivateKey
from tallyproof.record.note import Algorithm, NoteError, Vkey, is_name, parse_vkey

MIN_PASSPHRASE = 8
MAX_PASSPHRASE_BYTES = 1_000
MAX_FILE = 16_384
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**14, 8, 5

_BEGIN, _END = "-----BEGIN ENCRYPTED PRIVATE KEY-----", "-----END ENCRYPTED PRIVATE KEY-----"
_SURROGATE = re.compile(b"\xed[\xa0-\xbf]")
_PBES2 = bytes.fromhex("06092a864886f70d01050d")
_SCRYPT = bytes.fromhex("06092b06010401da47040b")
_AES_256_CBC = bytes.fromhex("060960864801650304012a")


class KeyFileError(RuleError):
    """A key file that cannot be made, or read, or that is not kept safely."""


class Passphrase:
    """A passphrase of at least 8 characters. It is compared in Unicode NFC, and never shown."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        # No local variable and no codec's error may hold the text when an error is raised: some tracebacks show both.
        self._text = unicodedata.normalize("NFC", text).encode(errors="surrogatepass")
        del text
        if len(self._text.decode(errors="surrogatepass")) < MIN_PASSPHRASE:
            raise KeyFileError(f"a passphrase has at least {MIN_PASSPHRASE} characters", hint="five words chosen by dice are better still")
        if _SURROGATE.search(self._text):
            raise KeyFileError("the passphrase is not valid Unicode", hint="type it again")
        if len(self._text) > MAX_PASSPHRASE_BYTES:
            raise KeyFileError(f"a passphrase has at most {MAX_PASSPHRASE_BYTES} bytes", hint="choose a shorter one")

    def __repr__(self) -> str:
        return "Passphrase(…)"

    def key(self, salt: bytes) -> bytes:
        """The 32 bytes that encrypt the file."""
        return Scrypt(salt, 32, SCRYPT_N, SCRYPT_R, SCRYPT_P).derive(self._text)

    def open(self, encrypted: bytes) -> object:
        """The private key in encrypted PKCS#8 (DER). Raises ValueError, TypeError, UnsupportedAlgorithm."""
        return load_der_private_key(encrypted, self._text)


@dataclass(frozen=True, slots=True)
class SecretKey:
    """A private key with its name and use. The private half is in no repr."""

    vkey: Vkey
    private: PrivateKey = field(repr=False)


def generate(name: str, algorithm: Algorithm) -> SecretKey:
    """A new key called ``name``, from the randomness of the operating system. Raises KeyFileError for a name that no key may have."""
    if not is_name(name):
        raise KeyFileError(f"no key may be called {name[:80]!r}", hint="1 to 200 characters without white space and +")
    private: PrivateKey
    private = MLDSA44PrivateKey.generate() if algorithm is Algorithm.COSIGNATURE_MLDSA44 else Ed25519PrivateKey.generate()
    return SecretKey(_vkey(name, algorithm, private), private)


def write(path: Path, key: SecretKey, passphrase: Passphrase) -> None:
    """Makes the file (mode 0600) with the encrypted key. Raises KeyFileError if it is there already: a key is never overwritten."""
    text = f"{key.vkey}\n{_encrypt(key.private, passphrase)}"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise KeyFileError(f"{path} is there already", hint="a key file is never overwritten: choose another name") from None
    except OSError as error:
        raise KeyFileError(f"{path} cannot be made: {error.strerror}", hint="choose a folder that may be written to") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        _sync_folder(path.parent)
    except OSError as error:
        # Half a key file would be in the way of the next try.
        with suppress(OSError):
            path.unlink()
        raise KeyFileError(f"{path} cannot be written: {error.strerror}", hint="make room on the disk and try again") from None


def read(path: Path, passphrase: Passphrase) -> SecretKey:
    """The key in the file. Raises KeyFileError: not there, others may read it, damaged, wrong passphrase, public line of another key."""
    vkey, encrypted = _parse(path, _read(path, secret=True))
    try:
        private = passphrase.open(encrypted)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyFileError(f"{path}: wrong passphrase, or the file is damaged", hint="type the passphrase again") from None
    wanted: type[PrivateKey] = MLDSA44PrivateKey if vkey.algorithm is Algorithm.COSIGNATURE_MLDSA44 else Ed25519PrivateKey
    if not isinstance(private, wanted) or _vkey(vkey.name, vkey.algorithm, private) != vkey:
        raise KeyFileError(f"{path}: its first line is not the public half of its key", hint="restore the file from its copy")
    return SecretKey(vkey, private)


def read_vkey(path: Path) -> Vkey:
    """The public half, for which no passphrase is needed. Raises KeyFileError."""
    return _parse(path, _read(path, secret=False))[0]


def _vkey(name: str, algorithm: Algorithm, private: PrivateKey) -> Vkey:
    return Vkey(name, algorithm, private.public_key().public_bytes_raw())


def _read(path: Path, *, secret: bool) -> str:
    try:
        # Without O_NONBLOCK a named pipe would wait for a writer for ever.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read: {error.strerror}", hint="name the key file") from None
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            raise KeyFileError(f"{path} is not a file", hint="name the key file")
        if secret and state.st_mode & 0o077:
            raise KeyFileError(
                f"others than its owner may use {path}", hint=f"chmod 600 {path}; if others could have read it, replace the key"
            )
        data = os.read(handle, MAX_FILE + 1)
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read: {error.strerror}", hint="name the key file") from None
    finally:
        os.close(handle)
    try:
        if len(data) > MAX_FILE:
            raise ValueError
        return data.decode()
    except ValueError:
        raise KeyFileError(f"{path} is not a key file", hint="name the file that was made with the key") from None


def _parse(path: Path, text: str) -> tuple[Vkey, bytes]:
    head, *lines = text.splitlines() or [""]
    try:
        if len(lines) < 3 or lines[0] != _BEGIN or lines[-1] != _END:
            raise ValueError
        return parse_vkey(head), base64.b64decode("".join(lines[1:-1]), validate=True)
    except (ValueError, NoteError):
        raise KeyFileError(f"{path} is not a key file", hint="a line with the public key, then ENCRYPTED PRIVATE KEY in PEM") from None


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _encrypt(private: PrivateKey, passphrase: Passphrase) -> str:
    # By hand, because the library's own encryption of PKCS#8 stretches a passphrase with 2,048 rounds only.
    plain = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    salt, vector = os.urandom(16), os.urandom(16)
    padder = PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES256(passphrase.key(salt)), modes.CBC(vector)).encryptor()
    sealed = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    costs = b"".join(_integer(cost) for cost in (SCRYPT_N, SCRYPT_R, SCRYPT_P))
    stretched = _sequence(_SCRYPT, _sequence(_octets(salt), costs))
    scheme = _sequence(_PBES2, _sequence(stretched, _sequence(_AES_256_CBC, _octets(vector))))
    body = base64.b64encode(_sequence(scheme, _octets(sealed))).decode()
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    return "\n".join([_BEGIN, *lines, _END, ""])


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2, "big") if size > 255 else bytes([0x81, size])
    return bytes([tag]) + length + content


def _sequence(*parts: bytes) -> bytes:
    return _der(0x30, b"".join(parts))


def _octets(data: bytes) -> bytes:
    return _der(0x04, data)


def _integer(value: int) -> bytes:
    return _der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))
