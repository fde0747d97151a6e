"""From a folder to a store that may be used."""

import shlex
import sqlite3
from pathlib import Path

from ragkit.errors import StoreDamaged, StoreError
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.catalog.fingerprints import require_same
from ragkit.store.catalog.migration import migrate
from ragkit.store.index.base import Indexes
from ragkit.store.store import Store


def open_store(folder: Path, indexes: Indexes, *, fingerprint: str | None = None) -> Store:
    """Return the store of a folder. Without a fingerprint it can be looked after, not searched or written.

    A store of an older ragkit is brought to this one's schema first.

    Raises:
        StoreError: nothing was ingested here yet, or a newer ragkit wrote it.
        StoreLocked: it must be brought to this schema, and another process writes.
        StoreDamaged: its catalog can't be read.
        IndexMismatch: it was built with another embedder.
    """
    try:
        migrate(folder)
        catalog = Catalog(folder)
    except sqlite3.DatabaseError as error:
        raise _unreadable(folder, error) from error
    if fingerprint is not None:
        require_same(catalog.meta("fingerprint"), fingerprint, folder=folder)
    return Store(catalog, indexes, folder=folder, fingerprint=fingerprint)


def _unreadable(folder: Path, error: sqlite3.DatabaseError) -> StoreError:
    message = f"the catalog of the store {str(folder)!r} can't be read: {error}."
    # SQLITE_ERROR (a table is missing), SQLITE_CORRUPT and SQLITE_NOTADB; everything else comes from outside.
    if error.sqlite_errorcode & 0xFF not in (1, 11, 26):
        return StoreError(f"{message} Check that you may write the folder.")
    another = shlex.quote(f"{folder}-2")
    return StoreDamaged(
        f"{message} Put back a copy of the folder, or ingest into another one: ragkit ingest PATH --store {another}"
    )
