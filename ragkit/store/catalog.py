"""The catalog: one SQLite database that holds the truth. What is not in it does not exist."""

import queue
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ragkit.errors import StoreError, StoreFull
from ragkit.store.schema import SCHEMA, SCHEMA_VERSION

FILE = "catalog.db"


def new_collection() -> str:
    """Return a name for a vector index that no other store has."""
    return f"ragkit-{uuid.uuid4().hex}"


class Catalog:
    """Connections to the database of one store folder. Safe to use from several threads.

    Raises:
        StoreError: there is no store in the folder, or it can't be opened.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        if not self._path.exists():
            raise StoreError(f"there is no store in {str(folder)!r}. Run: ragkit ingest PATH --store {folder}")
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
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
            StoreError: the folder can't be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            (folder / FILE).touch(mode=0o600, exist_ok=False)
        except OSError as error:
            raise StoreError(
                f"{str(folder)!r} can't be made a store: {error.strerror}. Choose another folder."
            ) from error
        meta = {
            "schema": str(SCHEMA_VERSION),
            "fingerprint": fingerprint,
            "tenant": tenant,
            "collection": new_collection(),
        }
        connection = sqlite3.connect(folder / FILE)
        with connection:
            connection.executescript(f"PRAGMA journal_mode = WAL; BEGIN; {SCHEMA}")
            connection.executemany("INSERT INTO meta VALUES (?, ?)", list(meta.items()))
        connection.close()
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

    def version(self) -> int:
        """Return a number that changes with every commit, of this process or any other."""
        return int(self._watch.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Close every connection that is not lent."""
        self._watch.close()
        while not self._idle.empty():
            self._idle.get_nowait().close()

    @contextmanager
    def _lent(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = self._connect()
        try:
            yield connection
        finally:
            self._idle.put(connection)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=10)
        # FULL: a commit that was reported survives the machine, not only the process.
        connection.executescript("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")
        return connection

    def _check_version(self, folder: Path) -> None:
        found = int(self.meta("schema") or 0)
        if found != SCHEMA_VERSION:
            raise StoreError(
                f"{str(folder)!r} has schema {found}, this ragkit reads {SCHEMA_VERSION}. "
                "Use the ragkit that wrote it, or ingest into another folder."
            )


def _explained(error: sqlite3.OperationalError, path: Path) -> StoreError:
    # SQLITE_FULL is 13; a short write or a full quota shows as SQLITE_IOERR, 10.
    if error.sqlite_errorcode & 0xFF in (10, 13):
        return StoreFull(f"no room left for {str(path)!r}. Free some space, then run the same command again.")
    return StoreError(f"{str(path)!r} can't be written ({error.sqlite_errorname}). Check its permissions.")
