"""The catalog: one SQLite database that holds the truth. What is not in it does not exist."""

import shlex
import sqlite3
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from ragkit.errors import StoreError
from ragkit.store.catalog import damage
from ragkit.store.catalog.connections import Connections, Identity, explained, identity
from ragkit.store.catalog.lock import WriterLock
from ragkit.store.catalog.migration import migrate
from ragkit.store.catalog.room import refused
from ragkit.store.catalog.schema import FILE, SCHEMA, SCHEMA_VERSION


def new_collection() -> str:
    """Return a name for a vector index that no other store has."""
    return f"ragkit-{uuid.uuid4().hex}"


class Catalog:
    """The database of one store folder. Safe to use from several threads.

    It follows the folder: where another store is put in the place of this one, that is the one from then on, unless it
    belongs to another tenant. An older schema is brought to this ragkit's first.

    Raises:
        StoreError: there is no store in the folder, or it can't be opened.
        StoreLocked: it must be brought to this schema, and another process writes.
        StoreDamaged: it can't be read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / FILE
        self._exchanging = threading.RLock()
        self._closed = False
        self._is_kept = False
        self._connections = self._opened()
        self.tenant = self._connections.meta()["tenant"]

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
            raise explained(error, folder) from error
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
                    raise explained(error, self._path) from error
                raise

    def meta(self) -> dict[str, str]:
        """Return what the store says of itself: `schema`, `fingerprint`, `tenant`, and what its index is."""
        return self._current().meta()

    def require_whole(self) -> None:
        """Read the whole file.

        Raises:
            StoreDamaged: something in it is broken.
        """
        with self.reading() as connection:
            damage.require_whole(connection, self._folder)

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
                raise explained(error, self._path) from error
        if busy:
            raise StoreError(f"{str(self._path)!r} is being read just now. Run the same command again.")

    def version(self) -> int:
        """Return a number that changes with every commit, of this process or any other."""
        with self._exchanging:
            return self._current().version()

    def identity(self) -> Identity | None:
        """Return which file this is now; see `connections.identity`."""
        return self._current().identity

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Refuse for the block what is put in the place of this store: half of what is written would go there."""
        self._current()
        before, self._is_kept = self._is_kept, True
        try:
            yield
        finally:
            self._is_kept = before

    def close(self) -> None:
        """Close every connection; one that is lent when it comes back."""
        self._closed = True
        self._connections.close()

    def _current(self) -> Connections:
        """Return connections to the file that lies in the folder now."""
        if self._closed:
            raise StoreError(f"the store in {str(self._folder)!r} was closed. Open it again.")
        if self._connections.identity != identity(self._path):
            with self._exchanging:
                self._follow()
        return self._connections

    def _follow(self) -> None:
        if self._connections.identity == identity(self._path):
            return
        found = self._opened()
        is_ours = found.meta()["tenant"] == self.tenant
        if is_ours and not self._is_kept:
            before, self._connections = self._connections, found
            before.close()
            return
        found.close()
        was = f"another store was put in the place of {str(self._folder)!r}"
        if is_ours:
            raise StoreError(f"{was} while it was written. Run the same command again.")
        raise StoreError(f"{was}, of another tenant than {self.tenant!r}. Open it again.")

    def _opened(self) -> Connections:
        _require_there(self._path)
        try:
            with ExitStack() as on_failure:
                found = on_failure.enter_context(closing(Connections(self._path)))
                if found.meta()["schema"] != str(SCHEMA_VERSION):
                    found.close()
                    migrate(self._folder)
                    found = on_failure.enter_context(closing(Connections(self._path)))
                with found.lent() as connection:
                    damage.require_complete(connection, self._folder)
                on_failure.pop_all()
        except sqlite3.DatabaseError as error:
            raise damage.unreadable(error, self._folder) from error
        return found

    @contextmanager
    def _lent(self) -> Iterator[sqlite3.Connection]:
        with self._current().lent() as connection:
            try:
                yield connection
            except sqlite3.DatabaseError as error:
                if told := damage.damage_of(error, self._folder):
                    raise told from error
                raise


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


def _require_there(file: Path) -> None:
    folder = file.parent
    if folder.is_file():
        raise StoreError(f"{str(folder)!r} is a file, and a store is a folder. Name another one: --store DIR")
    if not file.exists():
        command = f"ragkit ingest PATH --store {shlex.quote(str(folder))}"
        raise StoreError(f"there is no store in {str(folder)!r}. Run: {command}")
