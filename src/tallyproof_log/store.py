"""The writer of a log folder. What it has acknowledged is on the disk, signed, and stays as it is.

Order of a batch: its entry bundles, one by one; the hash tiles that follow from them; the signed checkpoint. Each is written under another
name, synced and renamed, and the names of its folder are synced, before the next begins. So after a crash at any point

* the checkpoint is the old or the new one, and everything it needs is there;
* beyond it there may be whole bundles, without a gap, and tiles only if all the bundles of the batch are there.

Such bundles are *taken up* at the next start and signed: they hold entries that were accepted but not acknowledged. They are never thrown
away. For if it was not a crash, but somebody put back an old checkpoint, witnesses may have signed a tree that has them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Self

from tallyproof.errors import InputError, RuleError, TallyproofError
from tallyproof.log.checkpoint import Checkpoint, CheckpointError, LogSigner, parse_note, verify
from tallyproof.log.edge import Edge, EdgeError, Row, grow
from tallyproof.log.merkle import EMPTY_ROOT, leaf_hashes
from tallyproof.log.nodes import fetch
from tallyproof.log.tiles import ENTRIES, MAX_ENTRY, WIDTH, Tile, TileError, bundles_of, decode_bundle, decode_tile, edge_of, encode_bundle
from tallyproof.record.note import Note, Signature
from tallyproof_log.disk import Disk, FolderLock, StoreError, reader

Accept = Callable[[int, bytes], None]
"""``accept(index, entry)`` raises RuleError if the entry may not stand at that index; if it returns, the entry will."""
Cosign = Callable[[Note], Sequence[Signature]]
"""Asks witnesses about a signed checkpoint that is about to be published. It must not raise: who does not answer is left out."""
Outcome = int | RuleError
"""The index of an entry, or why it was refused."""

_TAKEN_UP = 64
"""Bundles that are taken up at a time."""


def take_all(index: int, entry: bytes) -> None:
    """Accepts every entry that fits into a bundle."""


class LogWriter:
    """Appends to the log in a folder; the only one that does. To be used from several threads, and to be closed.

    ``clock()`` gives seconds since 1970 for signatures with a time. After an error of the disk the writer refuses everything: what it
    remembers may not be what the disk has. A new writer finds out and goes on.
    """

    def __init__(
        self,
        folder: Path,
        signer: LogSigner,
        clock: Callable[[], int],
        *,
        accept: Accept = take_all,
        cosign: Cosign | None = None,
        create: bool = False,
        disk: Disk | None = None,
    ) -> None:
        """Opens the log; begins an empty one if ``create`` is set and the folder has none.

        Entries beyond the checkpoint are taken up without asking ``accept``, which took them before they were written; so whatever
        ``accept`` knows is to be built from ``entries()`` after this. Raises StoreError if the folder cannot be used as it is.
        """
        self._folder, self._signer, self._clock = folder, signer, clock
        self.accept = accept
        self.cosign = cosign
        self._disk = disk or Disk()
        self._known: set[Path] = {folder}
        self._mutex = RLock()
        self._broken = ""
        self.read = reader(folder)
        try:
            if create:
                folder.mkdir(parents=True, exist_ok=True)
            self._lock = FolderLock(folder / ".lock")
        except OSError as error:
            raise StoreError(f"the folder of the log cannot be used: {error.strerror}", hint="name the folder of a log") from error
        try:
            self._open(create)
        except OSError as error:
            self._lock.release()
            raise StoreError(f"the log cannot be opened: {error.strerror or error}", hint="check the disk, then start again") from error
        except BaseException:
            self._lock.release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let another writer have the folder."""
        with self._mutex:
            self._broken = self._broken or "the writer is closed"
            self._lock.release()

    @property
    def checkpoint(self) -> Checkpoint:
        """What is published now."""
        return self._checkpoint

    @property
    def note(self) -> Note:
        """The published checkpoint with its signatures."""
        return self._note

    def entries(self, start: int = 0) -> Iterator[bytes]:
        """The published entries from ``start`` on, as they lie in the folder; ``log.audit`` verifies them. Raises InputError."""
        for bundle in bundles_of(self.checkpoint.size):
            if (bundle.index + 1) * WIDTH > start:
                data, width = fetch(self.read, bundle)
                yield from decode_bundle(data, width)[: bundle.width][max(0, start - bundle.index * WIDTH) :]

    def append(self, entries: Sequence[bytes]) -> list[Outcome]:
        """Append what is accepted, in this order. When it returns, the disk has it and the checkpoint says so.

        Raises StoreError if that could not be done; then nobody may be told that an entry is in the log.
        """
        with self._mutex:
            self._must_be_sound()
            outcomes: list[Outcome] = []
            taken: list[bytes] = []
            with self._breaking():
                for entry in entries:
                    index = self._edge.size + len(taken)
                    try:
                        if not 0 < len(entry) <= MAX_ENTRY:
                            raise TileError("entry-too-long", f"an entry has 1 to {MAX_ENTRY} bytes, not {len(entry)}", hint="split it")
                        self.accept(index, entry)
                    except RuleError as error:
                        outcomes.append(error)
                        continue
                    taken.append(entry)
                    outcomes.append(index)
                if taken:
                    self._commit(taken)
            return outcomes

    def add_signatures(self, checkpoint: Checkpoint, signatures: Sequence[Signature]) -> bool:
        """Publish cosignatures, which the caller verified, of the checkpoint; False if the log has grown since. Raises StoreError."""
        with self._mutex:
            self._must_be_sound()
            if checkpoint != self._checkpoint:
                return False
            note = self._note.with_signatures(*signatures)
            if note != self._note:
                with self._breaking():
                    self._publish(checkpoint, note)
            return True

    def _must_be_sound(self) -> None:
        if self._broken:
            raise StoreError(f"nothing is written any more: {self._broken}", hint="open the log with a new writer")

    @contextlib.contextmanager
    def _breaking(self) -> Iterator[None]:
        """After any error in here, nothing is written by this writer again."""
        try:
            yield
        except OSError as error:
            self._broken = f"the disk said {error.strerror or error}"
            raise StoreError(f"the log could not be written: {self._broken}", hint="mend that, then open the log again") from error
        except BaseException as error:
            self._broken = error.message if isinstance(error, TallyproofError) else type(error).__name__
            raise

    # --- Opening --------------------------------------------------------------------------------------------------

    def _open(self, create: bool) -> None:
        try:
            data = self._disk.read(self._folder / "checkpoint")
        except FileNotFoundError as error:
            if "tile" in self._disk.names(self._folder):
                raise StoreError("the log has entries and no checkpoint", hint="put back its newest checkpoint") from error
            if not create:
                raise StoreError("there is no log in this folder", hint="name the folder of a log, or begin one") from error
            self._edge, self._tail = Edge(), b""
            empty = Checkpoint(self._signer.origin, 0, EMPTY_ROOT)
            self._publish(empty, self._signer.sign(empty, self._clock()))
            return
        try:
            checkpoint, note = parse_note(data)
        except CheckpointError as error:
            raise StoreError(f"the checkpoint is damaged: {error.message}", hint="put back the newest checkpoint") from error
        key = self._signer.vkeys[0]
        if not any(verify(checkpoint, key, signature) for signature in note.signatures):
            raise StoreError(f"the checkpoint of {checkpoint.origin!r} is not signed by this key", hint="give the key of this log")
        # It may have been renamed just before a crash, and nobody waited for the disk.
        self._disk.sync(self._folder)
        self._checkpoint, self._note = checkpoint, note
        self._read_edge(checkpoint)
        while entries := self._beyond():
            self._commit(entries)

    def _read_edge(self, checkpoint: Checkpoint) -> None:
        hint = "restore the folder from a mirror; an audit of the log lists all that is wrong"
        try:
            rows: list[Row] = []
            for tile in edge_of(checkpoint.size):
                rows += [()] * (tile.level - len(rows))
                data, width = fetch(self.read, tile)
                rows.append(tuple(decode_tile(data, width)[: tile.width]))
            height = 0
            while checkpoint.size >> (8 * height):
                height += 1
            self._edge = Edge(checkpoint.size, (*rows, *([()] * (height - len(rows)))))
            self._tail = encode_bundle(self._partial(checkpoint.size))
        except (InputError, TileError, EdgeError) as error:
            raise StoreError(f"the log is damaged: {error}", hint=hint) from error
        if self._edge.root != checkpoint.root:
            raise StoreError("the log is damaged: its tiles do not have the root of its checkpoint", hint=hint)
        if tuple(leaf_hashes(decode_bundle(self._tail, checkpoint.size % WIDTH))) != (self._edge.rows or ((),))[0]:
            raise StoreError("the log is damaged: its last entries are not those of its tiles", hint=hint)

    def _partial(self, size: int) -> list[bytes]:
        """The entries of the partial bundle at the end."""
        if not size % WIDTH:
            return []
        tile = Tile(ENTRIES, size // WIDTH, size % WIDTH)
        data, width = fetch(self.read, tile)
        return decode_bundle(data, width)[: tile.width]

    def _beyond(self) -> list[bytes]:
        """Entries of whole bundles that follow the checkpoint without a gap."""
        found: list[bytes] = []
        index, width = divmod(self._edge.size, WIDTH)
        for at in range(index, index + _TAKEN_UP):
            widest = self._widest(at)
            if widest is None or widest.width <= width:
                break
            try:
                entries = decode_bundle(self._disk.read(self._folder / widest.path), widest.width)
            except TileError as error:
                raise StoreError(f"{widest.path}, beyond the checkpoint, is damaged", hint="restore the folder from a mirror") from error
            if encode_bundle(entries[:width]) != (self._tail if at == index else b""):
                raise StoreError(f"{widest.path} does not begin with the published entries", hint="restore the folder from a mirror")
            found += entries[width:]
            if widest.width < WIDTH:
                break
            width = 0
        return found

    def _widest(self, index: int) -> Tile | None:
        """The bundle at ``index`` that has the most entries."""
        full = Tile(ENTRIES, index)
        place = self._folder / full.path
        if place.name in self._disk.names(place.parent):
            return full
        parts = [int(name) for name in self._disk.names(place.with_name(place.name + ".p")) if name.isascii() and name.isdigit()]
        widths = [width for width in parts if 0 < width < WIDTH]
        return Tile(ENTRIES, index, max(widths)) if widths else None

    # --- Writing --------------------------------------------------------------------------------------------------

    def _commit(self, entries: Sequence[bytes]) -> None:
        growth = grow(self._edge, self._tail, entries)
        for tile, data in growth.bundles:
            # Each is durable before the next begins: taking up after a crash relies on there being no gap.
            self._sync_folders({self._put(tile, data)})
        self._sync_folders({self._put(tile, data) for tile, data in growth.tiles})
        checkpoint = Checkpoint(self._signer.origin, growth.edge.size, growth.edge.root)
        note = self._signer.sign(checkpoint, self._clock())
        if self.cosign is not None:
            note = note.with_signatures(*self.cosign(note))
        self._publish(checkpoint, note)
        self._edge, self._tail = growth.edge, growth.tail
        for tile in growth.completed:
            # Nobody needs to know if it fails: a partial tile beside a full one does no harm.
            with contextlib.suppress(OSError):
                self._drop_partial(self._folder / f"{tile.path}.p")

    def _put(self, tile: Tile, data: bytes) -> Path:
        """Write a file that never changes; the folder whose names are to be synced."""
        place = self._folder / tile.path
        try:
            there = self._disk.read(place)
        except FileNotFoundError:
            self._make_folder(place.parent)
            temporary = self._folder / ".new"
            self._disk.create(temporary, data)
            self._disk.replace(temporary, place)
            return place.parent
        if there != data:
            raise StoreError(f"{tile.path} is there with another content", hint="two writers, or files of another log: restore the folder")
        # It may be there since a crash, and not yet on the disk.
        self._disk.sync(place)
        return place.parent

    def _make_folder(self, folder: Path) -> None:
        if folder in self._known:
            return
        self._make_folder(folder.parent)
        self._disk.mkdir(folder)
        self._disk.sync(folder.parent)
        self._known.add(folder)

    def _sync_folders(self, folders: set[Path]) -> None:
        for folder in sorted(folders):
            self._disk.sync(folder)

    def _publish(self, checkpoint: Checkpoint, note: Note) -> None:
        temporary = self._folder / ".new"
        self._disk.create(temporary, note.to_bytes())
        self._disk.replace(temporary, self._folder / "checkpoint")
        self._disk.sync(self._folder)
        self._checkpoint, self._note = checkpoint, note

    def _drop_partial(self, folder: Path) -> None:
        self._known.discard(folder)
        for name in self._disk.names(folder):
            self._disk.remove(folder / name)
        self._disk.rmdir(folder)
