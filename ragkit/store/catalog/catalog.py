"""The catalog: one SQLite database that holds the truth. What is not in it does not exist."""

import queue
import shlex
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from ragkit.errors import StoreError
from ragkit.store.catalog.lock import WriterLock
from ragkit.store.catalog.room import full, is_short, refused
from ragkit.store.catalog.schema import SCHEMA, SCHEMA_VERSION

FILE = "catalog.db"
# FULL: a commit that was reported survives the machine, not only the process. What a statement could undo is kept in
# memory: SQLite would write each page that it changes to a file first, three times as much as to the catalog. And the
# log is moved into the database every 32 MB, since most pages are changed by many commits of an ingest.
_SETTINGS = """
PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 8000;
"""
# SQLITE_PERM, READONLY, IOERR, FULL and CANTOPEN: the system refused, and the database may be in order.
_REFUSED = frozenset({3, 8, 10, 13, 14})


def new_collection() -> str:
    """Return a name for a vector index that no other store has."""
    return f"ragkit-{uuid.uuid4().hex}"


class _Frozen(sqlite3.Connection):
    """A connection without SQLite's shared memory, for which there is no room: it must not outlive a commit."""


class Catalog:
    """Connections to the database of one store folder. Safe to use from several threads.

    Raises:
        StoreError: there is no store in the folder, or it can't be opened.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        if folder.is_file():
            raise StoreError(f"{str(folder)!r} is a file, and a store is a folder. Name another one: --store DIR")
        if not self._path.exists():
            command = f"ragkit ingest PATH --store {shlex.quote(str(folder))}"
            raise StoreError(f"there is no store in {str(folder)!r}. Run: {command}")
        self._log = folder / f"{FILE}-wal"
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._closed = False
        # Never lent for writing: its data_version moves when any other connection commits.
        self._watch = self._connect()
        self._check_version(folder)

    @staticmethod
    def exists(folder: Path) -> bool:
        """Whether the folder has a catalog."""
        return (folder / FILE).exists()

    @classmethod
    def create(cls, folder: Path, *, fingerprint: str, tenant: str) -> "Catalog":
        """Make the folder and an empty catalog, readable by this user alone.

        Raises:
            StoreFull: there is no room for it; no half of a store is left.
            StoreLocked: another process is making it.
            StoreError: the folder can't be written, or it has a store.
        """
        meta = {
            "schema": str(SCHEMA_VERSION),
            "fingerprint": fingerprint,
            "tenant": tenant,
            "collection": new_collection(),
        }
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with WriterLock(folder).held():
                if cls.exists(folder):
                    raise StoreError(f"{str(folder)!r} has a store already. Choose another folder.")
                _write_new(folder, meta)
        except OSError as error:
            raise refused(error, folder) from error
        except sqlite3.OperationalError as error:
            raise _explained(error, folder) from error
        return cls(folder)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection that sees one state of the catalog for the whole block."""
        with self._lent() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection whose block is one transaction: all of it is stored, or nothing.

        Raises:
            StoreFull: the disk took no more.
            StoreError: the catalog can't be written.
        """
        with self._lent() as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except BaseException as error:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.OperationalError):
                    raise _explained(error, self._path) from error
                raise

    def meta(self, key: str) -> str:
        """Return a setting of the store; empty if it was never set."""
        with self.reading() as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else ""

    def set_meta(self, key: str, value: str) -> None:
        """Write a setting of the store."""
        with self.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def compact(self) -> None:
        """Write the whole file anew, without the room and the remains of what was deleted.

        Raises:
            StoreFull: there is no room for a second copy, which this needs for a while.
            StoreError: somebody is in the middle of reading.
        """
        with self._lent() as connection:
            try:
                # The second copy is a temporary file.
                connection.execute("PRAGMA temp_store = FILE")
                connection.execute("VACUUM")
                connection.execute("PRAGMA temp_store = MEMORY")
                busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            except sqlite3.OperationalError as error:
                raise _explained(error, self._path) from error
        if busy:
            raise StoreError(f"{str(self._path)!r} is being read just now. Run the same command again.")

    def version(self) -> int:
        """Return a number that changes with every commit, of this process or any other."""
        self._require_open()
        if isinstance(self._watch, _Frozen):
            return hash(tuple(_stamp(file) for file in (self._path, self._log)))
        return int(self._watch.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Close every connection; one that is lent when it comes back."""
        self._closed = True
        self._watch.close()
        while not self._idle.empty():
            self._idle.get_nowait().close()

    @contextmanager
    def _lent(self) -> Iterator[sqlite3.Connection]:
        self._require_open()
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

    def _require_open(self) -> None:
        if self._closed:
            raise StoreError(f"the store in {str(self._path.parent)!r} was closed. Open it again.")

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=10)
        try:
            connection.executescript(_SETTINGS)
            # Makes the shared memory that even a reader needs, or fails now.
            connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
        except sqlite3.OperationalError as error:
            connection.close()
            if error.sqlite_errorcode & 0xFF not in _REFUSED:
                raise
            return self._frozen(error)
        return connection

    def _frozen(self, refusal: sqlite3.OperationalError) -> sqlite3.Connection:
        if self._log.exists() and self._log.stat().st_size:
            # Commits that only the log has would be left out.
            raise _explained(refusal, self._path) from refusal
        name = f"{self._path.resolve().as_uri()}?mode=ro&immutable=1"
        return sqlite3.connect(name, uri=True, isolation_level=None, check_same_thread=False, factory=_Frozen)

    def _check_version(self, folder: Path) -> None:
        found = int(self.meta("schema") or 0)
        if found != SCHEMA_VERSION:
            message = f"{str(folder)!r} has schema {found}, this ragkit reads {SCHEMA_VERSION}"
            raise StoreError(f"{message}. Run: ragkit store check --store {shlex.quote(str(folder))}")


def _write_new(folder: Path, meta: Mapping[str, str]) -> None:
    """Write an empty catalog under another name first: nobody ever finds half of one."""
    part = folder / f"{FILE}.new"
    part.unlink(missing_ok=True)
    try:
        part.touch(mode=0o600)
        with closing(sqlite3.connect(part, isolation_level=None)) as connection:
            connection.executescript(f"PRAGMA synchronous = FULL; BEGIN; {SCHEMA}")
            connection.executemany("INSERT INTO meta VALUES (?, ?)", list(meta.items()))
            connection.execute("COMMIT")
            # Not before: closing moves what is in a log into the database, and says nothing if there is no room.
            connection.execute("PRAGMA journal_mode = WAL")
        part.rename(folder / FILE)
    finally:
        for left in folder.glob(f"{FILE}.new*"):
            left.unlink()


def _stamp(file: Path) -> tuple[int, int]:
    found = file.stat() if file.exists() else None
    return (found.st_mtime_ns, found.st_size) if found else (0, 0)


def _explained(error: sqlite3.OperationalError, path: Path) -> StoreError:
    # A short write or a full quota shows as SQLITE_IOERR, a lack of inodes as SQLITE_CANTOPEN.
    code = error.sqlite_errorcode & 0xFF
    if code in (10, 13) or (code in _REFUSED and is_short(path)):
        return full(path)
    fix = "Make it and its folder writable for this user, or choose another folder."
    return StoreError(f"{str(path)!r} can't be written ({error.sqlite_errorname}). {fix}")
