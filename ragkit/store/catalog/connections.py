"""Connections to the database file of a store: to the one that lies there, and to no other that follows it."""

import queue
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ragkit.errors import StoreError
from ragkit.store.catalog.damage import primary, read_meta
from ragkit.store.catalog.room import NO_ROOM, full, is_short

# FULL: a commit that was reported survives the machine, not only the process. What a statement could undo is kept in
# memory: SQLite would write each page that it changes to a file first, three times as much as to the catalog. And the
# log is moved into the database every 32 MB, since most pages are changed by many commits of an ingest.
_SETTINGS = """
PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 8000;
"""
# SQLITE_PERM, READONLY, IOERR, FULL and CANTOPEN: the system refused, and the database may be in order.
_REFUSED = frozenset({3, 8, 10, 13, 14})

Identity = tuple[int, int]


def identity(file: Path) -> Identity | None:
    """Return what no other file has as long as this one is open; None if none can be seen."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


class _Frozen(sqlite3.Connection):
    """A connection without SQLite's shared memory, for which there is no room: it must not outlive a commit."""


class Connections:
    """A pool for one file. Safe to use from several threads."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._log = file.with_name(f"{file.name}-wal")
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._closed = False
        # Before the first of them: if the file is exchanged meanwhile, the next look finds out.
        self.identity = identity(file)
        # Never lent: its data_version moves when any other connection commits.
        self._watch = self._connect()

    def meta(self) -> dict[str, str]:
        """Return what the store says of itself."""
        with self.lent() as connection:
            return read_meta(connection, self._file.parent)

    def version(self) -> int:
        """Return a number that changes with every commit, and is another one for another file."""
        if isinstance(self._watch, _Frozen):
            return hash(tuple(_stamp(file) for file in (self._file, self._log)))
        return hash((self.identity, self._watch.execute("PRAGMA data_version").fetchone()[0]))

    @contextmanager
    def lent(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection that nobody else has."""
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = self._connect()
        try:
            yield connection
        finally:
            if self._closed or isinstance(connection, _Frozen):
                connection.close()
            else:
                self._idle.put(connection)

    def close(self) -> None:
        """Close every connection; one that is lent when it comes back."""
        self._closed = True
        self._watch.close()
        while not self._idle.empty():
            self._idle.get_nowait().close()

    def _connect(self) -> sqlite3.Connection:
        # Not created if it is gone: nobody could put a store there then.
        name = f"{self._file.resolve().as_uri()}?mode=rw"
        connection = sqlite3.connect(name, uri=True, isolation_level=None, check_same_thread=False, timeout=10)
        try:
            connection.executescript(_SETTINGS)
            # Makes the shared memory that even a reader needs, or fails now.
            connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
        except sqlite3.OperationalError as error:
            connection.close()
            if primary(error) not in _REFUSED:
                raise
            return self._frozen(error)
        return connection

    def _frozen(self, refusal: sqlite3.OperationalError) -> sqlite3.Connection:
        if self._log.exists() and self._log.stat().st_size:
            # Commits that only the log has would be left out.
            raise explained(refusal, self._file) from refusal
        name = f"{self._file.resolve().as_uri()}?mode=ro&immutable=1"
        return sqlite3.connect(name, uri=True, isolation_level=None, check_same_thread=False, factory=_Frozen)


def explained(error: sqlite3.OperationalError, path: Path) -> StoreError:
    """Return the error for a catalog that SQLite could not write."""
    # A lack of inodes shows as SQLITE_CANTOPEN.
    if primary(error) in NO_ROOM or (primary(error) in _REFUSED and is_short(path)):
        return full(path)
    fix = "Make it and its folder writable for this user, or choose another folder."
    return StoreError(f"{str(path)!r} can't be written ({error.sqlite_errorname}). {fix}")


def _stamp(file: Path) -> tuple[int, int]:
    found = file.stat() if file.exists() else None
    return (found.st_mtime_ns, found.st_size) if found else (0, 0)
