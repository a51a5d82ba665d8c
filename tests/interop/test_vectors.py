"""Vectors that others published: proofs of trees, and the edges of Ed25519 and ML-DSA-44."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from tallyproof.log import merkle
from tallyproof.record import ed25519
from tallyproof_verify.notes import ed25519 as second_opinion
from tests.interop.conftest import HERE

ACCEPTED = 43
"""Of the 914: those that every library accepts once odd keys and signatures are refused."""

SIZE_ZERO = {
    "consistency/additional/sizes-are-equal-zero-and-proof-is-empty",
    "consistency/additional/size1-is-zero-and-size2-is-not-zero",
}
"""Proofs from the empty tree, that libraries differ about: there is nothing to prove, so such a proof is no proof."""

NOT_A_HASH = "consistency/additional/sizes-are-equal-one-and-proof-is-empty"
"""The one case that is accepted there and refused here: its roots are nine bytes of text, and a root has 32."""


def _load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _proofs(vectors: Path, kind: str) -> list[tuple[str, dict[str, Any]]]:
    folder = vectors / "merkle/testdata" / kind
    return [(path.relative_to(folder.parent).with_suffix("").as_posix(), _load(path)) for path in sorted(folder.rglob("*.json"))]


def _hashes(values: list[str] | None) -> list[bytes]:
    return [base64.b64decode(one) for one in values or []]


def test_inclusion_proofs_of_transparency_dev(vectors: Path) -> None:
    cases = _proofs(vectors, "inclusion")
    wrong = [
        name
        for name, one in cases
        if merkle.verify_inclusion(
            base64.b64decode(one["leafHash"]), one["leafIdx"], one["treeSize"], _hashes(one["proof"]), base64.b64decode(one["root"])
        )
        == one["wantErr"]
    ]
    assert wrong == []
    assert Counter(one["wantErr"] for _, one in cases) == {True: 92, False: 6}


def test_inclusion_proofs_of_transparency_dev_in_the_browser(vectors: Path) -> None:
    """verify.js makes the leaf hash itself, reads roots of 32 bytes only, and asks elsewhere that the index is below the size."""
    cases = [
        (one["leafIdx"], one["treeSize"], base64.b64decode(one["leafHash"]), base64.b64decode(one["root"]), one)
        for _, one in _proofs(vectors, "inclusion")
    ]
    can_be_asked = [index < size and len(leaf) == len(root) == 32 for index, size, leaf, root, _ in cases]
    paths = [
        [leaf.hex(), index, size, [node.hex() for node in _hashes(one["proof"])]]
        for (index, size, leaf, _, one), can in zip(cases, can_be_asked, strict=True)
        if can
    ]
    roots = iter(_ask_javascript(paths=paths)["roots"])
    for (_, _, _, root, one), can in zip(cases, can_be_asked, strict=True):
        assert (can and next(roots) == root.hex()) != one["wantErr"], one["desc"]
    assert sum(can_be_asked) > 60


def test_consistency_proofs_of_transparency_dev(vectors: Path) -> None:
    cases = _proofs(vectors, "consistency")
    accepted = {
        name: merkle.verify_consistency(
            one["size1"], one["size2"], _hashes(one["proof"]), base64.b64decode(one["root1"]), base64.b64decode(one["root2"])
        )
        for name, one in cases
    }
    assert [name for name, one in cases if accepted[name] == one["wantErr"]] == [NOT_A_HASH]
    assert merkle.verify_consistency(1, 1, [], b"r" * 32, b"r" * 32)
    assert {name for name in SIZE_ZERO if not accepted[name]} == SIZE_ZERO
    assert Counter(one["wantErr"] for _, one in cases) == {True: 92, False: 6}


def _sodium(public: bytes, signature: bytes, message: bytes) -> bool:
    """libsodium, behind the same refusal of odd keys and signatures."""
    bindings = pytest.importorskip("nacl.bindings", reason="needs PyNaCl")
    exceptions = pytest.importorskip("nacl.exceptions")
    if not (ed25519.is_sound_point(public) and len(signature) == 64 and ed25519.is_sound_point(signature[:32])):
        return False
    if int.from_bytes(signature[32:], "little") >= ed25519.L:
        return False
    try:
        bindings.crypto_sign_open(signature + message, public)
    except (exceptions.BadSignatureError, ValueError):
        return False
    return True


def _core(public: bytes, signature: bytes, message: bytes) -> bool:
    key = ed25519.load(public)
    return key is not None and ed25519.verify(key, signature, message)


def _bare(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


Case = tuple[bytes, bytes, bytes]
"""Public key, signature, message."""


def _ask_javascript(**asked: Any) -> dict[str, Any]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    done = subprocess.run([node, HERE / "asked.js"], input=json.dumps(asked), capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def _javascript(cases: Sequence[Case]) -> list[bool]:
    answers = _ask_javascript(signatures=[[part.hex() for part in one] for one in cases])["signatures"]
    assert isinstance(answers, list)
    return answers


def _each(verify: Callable[[bytes, bytes, bytes], bool]) -> Callable[[Sequence[Case]], list[bool]]:
    return lambda cases: [verify(*one) for one in cases]


VERIFIERS: dict[str, Callable[[Sequence[Case]], list[bool]]] = {
    "tallyproof": _each(_core),
    "tallyproof_verify": _each(second_opinion),
    "libsodium": _each(_sodium),
    "verify.js": _javascript,
}


def _cctv(vectors: Path) -> list[Case]:
    cases = _load(vectors / "cctv/ed25519vectors.json")
    return [(bytes.fromhex(one["key"]), bytes.fromhex(one["sig"]), one["msg"].encode()) for one in cases]


@pytest.mark.parametrize("name", VERIFIERS)
def test_everybody_accepts_the_same_of_the_914_edges(vectors: Path, name: str) -> None:
    cases = _cctv(vectors)
    assert len(cases) == 914
    own = [_core(*one) for one in cases]
    assert VERIFIERS[name](cases) == own
    assert sum(own) == ACCEPTED


def test_the_library_alone_accepts_more(vectors: Path) -> None:
    """Otherwise the refusal of odd points would not be needed, and the test above could not fail."""
    assert sum(_bare(*one) for one in _cctv(vectors)) > 4 * ACCEPTED


def _wycheproof_ed25519(folder: Path) -> list[tuple[str, list[str], Case]]:
    return [
        (one["result"], one["flags"], tuple(bytes.fromhex(text) for text in (group["publicKey"]["pk"], one["sig"], one["msg"])))
        for group in _load(folder / "ed25519_test.json")["testGroups"]
        for one in group["tests"]
    ]


@pytest.mark.parametrize("name", VERIFIERS)
def test_wycheproof_ed25519(wycheproof: Path, name: str) -> None:
    """What is valid is accepted, what is invalid refused; about what is "acceptable" (odd keys) everybody says the same."""
    seen: Counter[tuple[str, bool]] = Counter()
    asked = _wycheproof_ed25519(wycheproof)
    answers = VERIFIERS[name]([one for _, _, one in asked])
    for (result, flags, one), accepted in zip(asked, answers, strict=True):
        assert accepted == (_core(*one) if result == "acceptable" else result == "valid"), (result, flags)
        assert not (accepted and "SmallOrderPublicKey" in flags)
        seen[result, accepted] += 1
    assert seen["valid", True] >= 88
    assert seen["invalid", False] >= 62


def test_wycheproof_mldsa44(wycheproof: Path) -> None:
    """The library that cosignatures of type 0x06 rest on."""
    seen = Counter()
    for group in _load(wycheproof / "mldsa_44_verify_test.json")["testGroups"]:
        for one in group["tests"]:
            signature, message, context = (bytes.fromhex(one.get(field, "")) for field in ("sig", "msg", "ctx"))
            try:
                key = MLDSA44PublicKey.from_public_bytes(bytes.fromhex(group["publicKey"]))
                key.verify(signature, message, context)
                accepted = True
            except (InvalidSignature, ValueError):
                accepted = False
            assert accepted == (one["result"] == "valid"), one["comment"]
            seen[one["result"]] += 1
    assert sum(seen.values()) == 180
    assert seen["valid"] > 20
