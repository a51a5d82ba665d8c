"""Logs as one file: the same bytes each time, taken in only if nothing is wrong, and never beyond the folder."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from tallyproof.errors import InputError
from tallyproof.log.audit import Audit
from tallyproof.log.checkpoint import Checkpoint, CheckpointError
from tallyproof.log.merkle import Tree, leaf_hash
from tallyproof_log.archive import open_archive
from tallyproof_log.carry import export_log, import_log
from tallyproof_log.disk import StoreError, reader
from tallyproof_log.store import LogWriter
from tests.support.disks import FastDisk
from tests.support.logs import ORIGIN, SIGNER, TIME, Files, ed_key, entries_of, made_log, policy_of, policy_text, vkey_of

PICTURE = b"a picture of a form"
EXTRAS = {
    "authority": f"{vkey_of('authority.example', ed_key('authority'), 1)}\n".encode(),
    "timestamps/300-tsa.example.tsr": b"a reply",
    f"images/{sha256(PICTURE).hexdigest()}": PICTURE,
}
LOG = made_log(entries_of(300)) | EXTRAS


def put(folder: Path, files: Files) -> Path:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def zipped(target: Path, files: Files) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for path, data in files.items():
            file.writestr(path, data)
    return target


def tarred(target: Path, files: Files) -> Path:
    with tarfile.open(target, "w") as file:
        for path, data in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return target


def tree_of(folder: Path) -> Files:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("suffix", [".zip", ".tar"])
def test_out_and_in_again(tmp_path: Path, suffix: str) -> None:
    folder = put(tmp_path / "log", LOG)
    (folder / ".lock").write_bytes(b"process 1")
    (folder / "tile/entries/000.p").mkdir()
    (folder / "tile/entries/000.p/7").write_bytes(b"an old partial bundle")
    checkpoint = export_log(folder, tmp_path / f"a{suffix}")
    assert checkpoint == Checkpoint(ORIGIN, 300, Tree(entries_of(300)).root())
    export_log(folder, tmp_path / f"b{suffix}")
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()
    assert import_log(tmp_path / f"a{suffix}", tmp_path / "new" / "in", policy_of()) == checkpoint
    assert tree_of(tmp_path / "new" / "in") == LOG
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    with LogWriter(tmp_path / "new" / "in", SIGNER, lambda: TIME, disk=FastDisk()) as log:
        assert log.append([b"more"]) == [300]


def test_a_log_that_grew_since_its_checkpoint_is_exported_as_it_was(tmp_path: Path) -> None:
    """The partial tiles are gone, full ones in their place; only what the checkpoint needs goes out."""
    grown = made_log(entries_of(600)) | {"checkpoint": LOG["checkpoint"], "tile/1/000.p/1": LOG["tile/1/000.p/1"]}
    export_log(put(tmp_path / "log", grown), tmp_path / "a.zip")
    import_log(tmp_path / "a.zip", tmp_path / "in", policy_of())
    audit = Audit(reader(tmp_path / "in"), policy_of())
    assert [entry for _, entry in audit.entries()] == entries_of(300)
    assert audit.problems == ()
    assert "tile/entries/002.p/88" not in tree_of(tmp_path / "in")


def test_what_cannot_be_exported(tmp_path: Path) -> None:
    folder = put(tmp_path / "log", LOG)
    with pytest.raises(StoreError, match=r"a \.zip or a \.tar"):
        export_log(folder, tmp_path / "a.tgz")
    (tmp_path / "a.zip").write_bytes(b"mine")
    with pytest.raises(StoreError, match="is there already"):
        export_log(folder, tmp_path / "a.zip")
    assert (tmp_path / "a.zip").read_bytes() == b"mine"
    with pytest.raises(StoreError, match="cannot be exported"):
        export_log(tmp_path / "nothing", tmp_path / "b.zip")
    (folder / "tile/0/000").unlink()
    with pytest.raises(InputError, match="tile-missing"):
        export_log(folder, tmp_path / "b.zip")
    (folder / "checkpoint").write_bytes(b"x")
    with pytest.raises(CheckpointError):
        export_log(folder, tmp_path / "b.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "log"]


def codes(tmp_path: Path, archive: Path, **more: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        import_log(archive, tmp_path / "in", **({"policy": policy_of()} | more))  # type: ignore[arg-type]
    assert not (tmp_path / "in").exists()
    assert not [path for path in tmp_path.iterdir() if ".import-" in path.name]
    return [problem.code for problem in caught.value.problems]


def test_nothing_is_taken_in_if_anything_is_wrong(tmp_path: Path) -> None:
    for number, (wrong, code) in enumerate(
        [
            ({"tile/0/000": bytes(8_192)}, "tile-differs"),
            ({"tile/entries/000": LOG["tile/entries/000"][:-1]}, "bundle-malformed"),
            ({"checkpoint": b"x"}, "checkpoint-malformed"),
            ({"policy": b"x"}, "policy-malformed"),
            ({"authority": b"x"}, "authority-malformed"),
            ({"images/" + "0" * 64: PICTURE}, "image-differs"),
        ]
    ):
        for made, suffix in ((zipped, "zip"), (tarred, "tar")):
            assert set(codes(tmp_path, made(tmp_path / f"{number}.{suffix}", LOG | wrong))) >= {code}
    without = {path: data for path, data in LOG.items() if path != "tile/entries/000"}
    assert codes(tmp_path, zipped(tmp_path / "without.zip", without)) == ["bundle-missing"]
    good = zipped(tmp_path / "good.zip", LOG)
    assert codes(tmp_path, good, seen=[Checkpoint(ORIGIN, 100, leaf_hash(b""))]) == ["fork"]
    assert codes(tmp_path, good, policy=policy_of(SIGNER, ["w1"], "w1")) == ["quorum-missing"]


def test_whose_policy_it_is(tmp_path: Path) -> None:
    stranger = policy_text(SIGNER, ["w1"], "w1")
    archive = zipped(tmp_path / "a.zip", LOG | {"policy": stranger})
    assert codes(tmp_path, archive, policy=None) == ["quorum-missing"]
    import_log(archive, tmp_path / "in", policy_of())
    import_log(zipped(tmp_path / "b.zip", LOG), tmp_path / "own")
    bare = zipped(tmp_path / "c.zip", {path: data for path, data in LOG.items() if path != "policy"})
    with pytest.raises(InputError, match="no policy, and none was given"):
        import_log(bare, tmp_path / "none")
    import_log(bare, tmp_path / "given", policy_of())


def test_a_folder_that_is_in_use_is_left_alone(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", LOG)
    folder = put(tmp_path / "in", {"mine": b"mine"})
    with pytest.raises(StoreError, match="not empty"):
        import_log(archive, folder, policy_of())
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="not empty"):
        import_log(archive, tmp_path / "link", policy_of())
    with pytest.raises(StoreError, match="not empty"):
        import_log(archive, archive, policy_of())
    assert tree_of(folder) == {"mine": b"mine"}
    (tmp_path / "empty").mkdir()
    import_log(archive, tmp_path / "empty", policy_of())
    assert tree_of(tmp_path / "empty") == LOG


def test_one_folder_around_it_is_no_harm(tmp_path: Path) -> None:
    inside = {f"log-2027/{path}": data for path, data in LOG.items()} | {"log-2027/.lock": b"process 1"}
    import_log(zipped(tmp_path / "a.zip", inside), tmp_path / "in", policy_of())
    assert tree_of(tmp_path / "in") == LOG
    assert "checkpoint-missing" in codes(tmp_path / "x", zipped(tmp_path / "b.zip", {**LOG, "second/checkpoint": b""}))


ODD = [
    *(
        "../evil",
        "/etc/evil",
        "a/../../evil",
        "tile/0/../../../evil",
        "C:/evil",
        "..\\evil",
        "tile\\0\\001",
        "tile/0/001\n",
        "evil",
        ".bashrc",
    ),
    *(
        "tile/entries/000/..",
        "images/evil",
        "timestamps/../evil",
        "policy/evil",
        "TILE/0/001",
        "tile/0/256.p/256",
        "http://x.example/a",
        ".",
    ),
]


@pytest.mark.parametrize("name", ODD)
def test_odd_names_are_refused(tmp_path: Path, name: str) -> None:
    for made, suffix in ((zipped, "zip"), (tarred, "tar")):
        assert codes(tmp_path, made(tmp_path / f"a.{suffix}", LOG | {name: b"evil"})) == ["unsafe-path"]
    assert not [path for path in tmp_path.parent.rglob("*") if path.name == "evil"]


def test_a_name_that_is_cut_at_a_nul_is_refused(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", LOG | {"authorityX../evil": LOG["authority"]})
    archive.write_bytes(archive.read_bytes().replace(b"authorityX../evil", b"authority\0../evil"))
    assert "unsafe-path" in codes(tmp_path, archive)


def test_links_and_devices_are_refused(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    zipped(archive, {path: data for path, data in LOG.items() if path != "authority"})
    with zipfile.ZipFile(archive, "a") as file:
        info = zipfile.ZipInfo("authority")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(info, "/etc/passwd")
    assert codes(tmp_path, archive) == ["link-in-archive"]
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.GNUTYPE_SPARSE):
        target = tarred(tmp_path / "a.tar", {path: data for path, data in LOG.items() if path != "authority"})
        with tarfile.open(target, "a") as file:
            info = tarfile.TarInfo("authority")
            info.type = kind
            info.linkname = "/etc/passwd"
            file.addfile(info)
        found = codes(tmp_path, target)
        assert found in (["link-in-archive"], ["unreadable-file"]), kind


def test_archives_that_unpack_to_more_than_they_should(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "bomb.zip", LOG | {"images/" + "0" * 64: bytes(1 << 23)})
    assert codes(tmp_path, bomb) == ["zip-bomb"]
    large = zipped(tmp_path / "large.zip", LOG | {"policy": bytes((1 << 20) + 1)})
    assert set(codes(tmp_path, large)) == {"zip-bomb", "too-large-file"}
    assert codes(tmp_path, tarred(tmp_path / "large.tar", LOG | {"policy": bytes((1 << 20) + 1)})) == ["too-large-file"]
    assert codes(tmp_path, tarred(tmp_path / "tile.tar", LOG | {"tile/0/000": bytes(8_193)})) == ["too-large-file"]


def test_a_list_of_files_that_lies_about_sizes(tmp_path: Path) -> None:
    """The list says 20 bytes, and 8 MiB come out."""
    archive = zipped(tmp_path / "a.zip", LOG | {"authority": bytes(1 << 20)})
    data = bytearray(archive.read_bytes())
    at = data.rfind(b"authority") - 46
    assert data[at : at + 4] == b"PK\x01\x02"
    data[at + 24 : at + 28] = (20).to_bytes(4, "little")
    archive.write_bytes(data)
    assert set(codes(tmp_path, archive)) & {"unreadable-file", "authority-malformed"}


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", LOG)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(archive, "a") as file:
        file.writestr("policy", b"another")
    assert codes(tmp_path, archive) == ["duplicate-file"]


def test_what_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 and nothing more")
    (tmp_path / "empty").write_bytes(b"")
    whole = zipped(tmp_path / "whole.zip", LOG).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    for name in ("a.zip", "empty", "cut.zip"):
        assert codes(tmp_path, tmp_path / name)[0] in ("unreadable-file", "checkpoint-missing")
    assert codes(tmp_path, tmp_path / "none.zip") == ["not-found"]
    assert codes(tmp_path, tmp_path) == ["not-found"]
    assert codes(tmp_path, zipped(tmp_path / "other.zip", {"a.txt": b"a"})) == ["checkpoint-missing"]


def test_damaged_bytes_never_end_in_another_error(tmp_path: Path) -> None:
    """Each archive with single bytes changed all over it: refused with problems, or taken because it is the same log."""
    small = made_log(entries_of(3))
    for made, suffix in ((zipped, "zip"), (tarred, "tar")):
        whole = made(tmp_path / f"a.{suffix}", small).read_bytes()
        for number, at in enumerate(range(0, len(whole), max(1, len(whole) // 150))):
            archive = tmp_path / f"b.{suffix}"
            archive.write_bytes(whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :])
            target = tmp_path / f"{suffix}{number}"
            try:
                import_log(archive, target, policy_of())
            except InputError as error:
                assert error.problems  # noqa: PT017
                assert not target.exists()
            else:
                taken = tree_of(target)
                assert {path: data for path, data in small.items() if path != "policy"}.items() <= taken.items()


def test_an_archive_can_be_audited_where_it_is(tmp_path: Path) -> None:
    with open_archive(zipped(tmp_path / "a.zip", LOG)) as archive:
        assert archive.names == sorted(LOG)
        audit = Audit(archive.read, policy_of())
        assert [entry for _, entry in audit.entries()] == entries_of(300)
        assert audit.problems == ()
        with pytest.raises(FileNotFoundError):
            archive.read("tile/0/999")
