"""The vector index of a store, used only when it is known to be whole, and built anew when it is not.

A *seal* in the catalog says what the index was when the last writer had finished; `unsealed` is set before a writer
touches it. So a killed writer, and damage from outside, are both noticed before the first answer.
"""

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ragkit.errors import IndexUnavailable, StoreDamaged, StoreError, StoreFull, StoreLocked
from ragkit.store.catalog import reading, writing
from ragkit.store.catalog.catalog import Catalog, new_collection
from ragkit.store.catalog.damage import repair_command
from ragkit.store.catalog.lock import WriterLock
from ragkit.store.index.base import Finding, Indexes, VectorIndex
from ragkit.store.index.filling import fill
from ragkit.store.index.judge import Judge

_log = logging.getLogger(__name__)
# A search waits while up to so many chunks are written to the index. More are left to the next writer.
REBUILT_AT_ONCE = 20_000
# So many chunks are written to the index at once, while an ingest goes on. Chroma writes all its files anew each time,
# and takes a third less processor time for each chunk than in the batches in which these are embedded.
BULK = 10_000
# Seconds that a writer waits: a search that finds the index damaged holds the lock for a moment, to say so.
_PATIENCE = 0.5


class TrustedIndex:
    """The index that the catalog names. `failpoint` is called with the name of each step that a crash could follow."""

    def __init__(
        self, catalog: Catalog, indexes: Indexes, *, folder: Path, failpoint: Callable[[str], None] = lambda _: None
    ) -> None:
        self._catalog = catalog
        self._indexes = indexes
        self._folder = folder
        self._failpoint = failpoint
        self._judge = Judge(catalog, indexes, folder=folder)
        self._lock = WriterLock(folder)
        self._looking = threading.Lock()
        self._index: VectorIndex | None = None
        self._name = ""
        self._version = -1
        self._given_up = -1
        self._depth = 0
        self._lacking = 0
        self._touched = False
        self._broken = False
        self._verdict: str | None = None

    def usable(self) -> VectorIndex | None:
        """Return the index for searching; None if it can't be trusted just now, and the catalog must answer."""
        try:
            with self._looking:
                index = self._current()
        except (StoreFull, IndexUnavailable):
            # Chroma writes even when it is only opened; and a server may be away.
            return None
        except StoreDamaged as error:
            self.distrust(error)
            index = None
        return index or self._recovered()

    def distrust(self, error: StoreError) -> None:
        """Have the index examined before it is used again, or just its seal compared if it was only away."""
        _log.warning("the vector index of %s can't be read; answering from the catalog", self._folder)
        if self._touched:
            self._broken = True
            return
        self._index = None
        if not isinstance(error, IndexUnavailable):
            # Whoever holds the lock leaves a new seal, or none.
            with suppress(StoreError, OSError), self._lock.held():
                self._write(unsealed="1")

    @contextmanager
    def session(self) -> Iterator[None]:
        """Be the one writer for the block; after it the index is level with the catalog.

        Raises:
            StoreLocked: somebody else is.
        """
        with self._lock.held(patience=_PATIENCE), self._catalog.kept():
            self._depth += 1
            in_haste = False
            try:
                if self._depth == 1:
                    self._level()
                yield
            except BaseException as error:
                # Whoever presses Ctrl-C does not wait for the graph: the next writer sees to it.
                in_haste = not isinstance(error, Exception)
                raise
            finally:
                self._depth -= 1
                if not self._depth:
                    self._end(in_haste=in_haste)

    def follow(self, fresh: int) -> None:
        """Take note that the catalog has so many chunks more for the index, within a session."""
        self._lacking += fresh
        if self._lacking >= BULK:
            self._level()

    def rebuild(self, *, apart: bool = False) -> int:
        """Build a new index beside the old one, swap, and return how many vectors it has; within a session.

        With `apart` its files hold nothing of what this process has in its memory.
        """
        self._drop_spare(self._catalog.meta())
        new = new_collection()
        self._write(spare=new)
        try:
            build = self._indexes.build_apart
            total = build(new, self._folder) if apart else fill(self._indexes.open(new), self._catalog)
        except BaseException:
            # Half an index is of no use, and a full disk needs its room.
            self._indexes.drop(new)
            raise
        self.swap(new, seal=self._indexes.seal(new))
        return total

    def swap(self, new: str, *, seal: str, take_over: Callable[[sqlite3.Connection], None] = lambda _: None) -> None:
        """Let another index serve from the commit on in which `take_over` changes the catalog; within a session."""
        old = self._catalog.meta()["collection"]
        self._failpoint("before swap")
        with self._catalog.writing() as connection:
            take_over(connection)
            writing.forget_lacking(connection)
            _set(connection, collection=new, spare=old, seal=seal, unsealed="")
        with self._looking:
            self._index, self._touched, self._broken = None, False, False
        self._failpoint("after swap")
        self._indexes.drop(old)
        self._write(spare="")
        self._verdict = ""

    def mend(self) -> None:
        """Examine the index if it may not be whole, and build it anew if it is not; within a session."""
        with self._watched():
            self._prepared()

    def indexed(self) -> int:
        """Return how many of the catalog's vectors the index holds; all while one writes, 0 if it can't be read."""
        chunks = self._judge.chunks()
        try:
            if not chunks or self._depth or self._is_level(self._catalog.meta()):
                return chunks
            with self._lock.held():
                return self._judge.indexed()
        except StoreError as error:
            return chunks if isinstance(error, StoreLocked) else 0

    def examine(self) -> Finding:
        """Compare every byte with the seal and every vector with the catalog.

        Raises:
            StoreLocked: another process writes.
        """
        with self._lock.held():
            return self._judge.examine()

    def _current(self) -> VectorIndex | None:
        """Return the index if it is the one that the catalog names, whole, and level with it."""
        version = self._catalog.version()
        if self._index and not self._broken and version == self._version:
            return self._index
        meta = self._catalog.meta()
        # Chroma can't read where it may not write.
        if not self._is_level(meta) or not os.access(self._folder, os.W_OK):
            return None
        return self._open(meta["collection"], version)

    def _recovered(self) -> VectorIndex | None:
        """Examine and mend the index, unless a living process writes or it would take too long."""
        chunks = self._judge.chunks()
        if not chunks or self._depth or self._catalog.version() == self._given_up:
            return None
        try:
            with self._lock.held():
                with self._looking:
                    index = self._current()
                if index:
                    # A writer finished just now.
                    return index
                if (chunks if self._fault() else self._judge.lacking()) > REBUILT_AT_ONCE:
                    _log.warning("the catalog answers until the next ingest. Or run: %s", repair_command(self._folder))
                    self._given_up, self._verdict = self._catalog.version(), None
                    return None
                with self.session():
                    self.mend()
        except (StoreLocked, IndexUnavailable):
            return None
        except (StoreError, OSError) as error:
            _log.warning("the vector index of %s can't be mended (%s)", self._folder, type(error).__name__)
            self._given_up = self._catalog.version()
            return None
        return self._index

    def _end(self, *, in_haste: bool) -> None:
        self._verdict = None
        try:
            with self._watched():
                if not (self._broken or in_haste):
                    self._level()
                if self._touched and not self._broken:
                    with self._looking:
                        self._write(seal=self._indexes.seal(self._name), unsealed="")
                        self._touched, self._version = False, self._catalog.version()
        finally:
            if self._broken:
                # Left without a seal, so that whoever comes next examines it.
                self._index, self._touched, self._broken = None, False, False

    def _level(self) -> None:
        """Write to the index what it lacks of the catalog, and remove from it what the catalog has no more."""
        self._lacking = 0
        with self._catalog.reading() as connection:
            stale, lacking = reading.stale_ids(connection), reading.count(connection, "pending")
        if not stale and not lacking:
            return
        with self._watched():
            index = self._prepared()
            self._failpoint("before upsert")
            with self._catalog.reading() as connection:
                for ids, vectors in reading.lacking(connection):
                    index.upsert(ids, vectors)
            self._failpoint("after upsert")
            # Not before: Chroma would repair the graph around each place that it uses again.
            index.delete(stale)
        with self._catalog.writing() as connection:
            writing.forget_lacking(connection)
            if stale:
                writing.forget_stale(connection)

    def _is_level(self, settings: dict[str, str]) -> bool:
        """Whether the index is as its last writer left it, and has all that the catalog has."""
        return self._judge.is_sealed(settings) and not self._judge.lacking()

    def _prepared(self) -> VectorIndex:
        """Return the index for writing: examined, mended if need be, and marked."""
        if self._index and self._touched:
            return self._index
        if self._fault():
            self.rebuild()
        meta = self._catalog.meta()
        self._drop_spare(meta)
        version = self._catalog.version()
        self._write(unsealed="1")
        with self._looking:
            index = self._open(meta["collection"], version)
            self._touched = True
        return index

    def _open(self, name: str, version: int) -> VectorIndex:
        if self._index is None or name != self._name:
            self._index = self._indexes.open(name)
            self._name = name
        else:
            self._index.reopen()
        self._version = version
        return self._index

    def _fault(self) -> str:
        """Return what is wrong with the index, found once for as long as the lock is held."""
        if self._verdict is None:
            self._verdict = self._judge.fault()
            if self._verdict:
                _log.warning("the vector index of %s is damaged: %s", self._folder, self._verdict)
        return self._verdict

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._broken = True
            raise

    def _drop_spare(self, meta: dict[str, str]) -> None:
        """Remove what a killed rebuilding left: the half-built index, or the old one."""
        if spare := meta.get("spare"):
            self._indexes.drop(spare)
            self._write(spare="")

    def _write(self, **values: str) -> None:
        with self._catalog.writing() as connection:
            _set(connection, **values)


def _set(connection: sqlite3.Connection, **values: str) -> None:
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(values.items()))
